/*
 * test_philox.c - Philox4x32-10 against the known answers of Random123 1.14
 * (kat_vectors), and the ranges of what is drawn from it
 */
#include "philox.h"
#include "tap.h"

int
main(void)
{
	static const uint32_t cases[3][10] = {
		{0, 0, 0, 0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8},
		{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff,
		0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd},
		{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0,
		0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1},
	};

	for (int i = 0; i < 3; i++)
	{
		uint32_t	out[4];

		dpk_philox_block(cases[i], cases[i] + 4, out);
		ok(memcmp(out, cases[i] + 6, sizeof(out)) == 0, "known answer %d", i + 1);
	}

	dpk_random	r = dpk_random_start(-1, INT64_MIN, 7);
	double		sum = 0;
	bool		inside = true;

	for (int i = 0; i < 100000; i++)
	{
		double		u = dpk_random_double(&r);
		float		f = dpk_random_float(&r);

		inside &= u >= 0 && u < 1 && f >= 0 && f < 1 && dpk_random_below(&r, 6) < 6;
		sum += u;
	}
	ok(inside, "draws stay in their ranges");
	close_to(sum / 100000, 0.5, 4 * sqrt(1 / 12.0 / 100000), "the mean is within 4 standard errors");
	return done();
}
