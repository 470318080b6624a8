/* Written by test/oracle/mixing.py with NumPy 1.24.2 */

/* share a + (1 - share) b for all a and b, the rounded numbers as a checksum: FNV-1a of 65536 bytes */
static const struct
{
	double		share;
	uint64_t	sum;
}			rounded[] = {
	{0, UINT64_C(0x1ec0db407f352325)},
	{0.10000000000000001, UINT64_C(0x7187dd3ee88fc493)},
	{0.25, UINT64_C(0x07bc7d68047d4125)},
	{0.29999999999999999, UINT64_C(0xa7b0a51310ce47b8)},
	{0.33333333333333331, UINT64_C(0x635ef6ce67cd703f)},
	{0.5, UINT64_C(0xfb36ddc1d975c725)},
	{0.625, UINT64_C(0xc13d6c97f36e8965)},
	{0.69999999999999996, UINT64_C(0x2915954524b04f37)},
	{0.99990000000000001, UINT64_C(0x9e731e58b77ca325)},
	{1, UINT64_C(0x9e731e58b77ca325)},
};
