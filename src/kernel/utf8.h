/*
 * utf8.h - UTF-8 and code points
 *
 * Texts on floor 0 are UTF-8 whatever the server's encoding.  They were
 * checked by the server; what is no UTF-8 all the same is read byte by byte
 * as U+FFFD, so that no text makes these functions read outside of it.
 */
#ifndef DPK_UTF8_H
#define DPK_UTF8_H

#include <stddef.h>
#include <stdint.h>

#define DPK_REPLACEMENT 0xFFFD

/* The code point at text[*at], *at < length, and *at behind it */
static inline uint32_t
dpk_utf8_next(const char *text, size_t length, size_t *at)
{
	const unsigned char *p = (const unsigned char *) text + *at;
	size_t		left = length - *at;
	uint32_t	c = p[0];
	int			more = c < 0x80 ? 0 : c >= 0xC2 && c < 0xE0 ? 1 : c >= 0xE0 && c < 0xF0 ? 2 : c >= 0xF0 && c < 0xF5 ? 3 : -1;

	++*at;
	if (more == 0)
		return c;
	if (more < 0 || left <= (size_t) more)
		return DPK_REPLACEMENT;
	c &= 0x3F >> more;
	for (int i = 1; i <= more; i++)
	{
		if ((p[i] & 0xC0) != 0x80)
			return DPK_REPLACEMENT;
		c = c << 6 | (p[i] & 0x3F);
	}
	*at += more;
	return c;
}

/* Room in 'points' for one of each byte suffices; returns how many there are */
static inline size_t
dpk_utf8_decode(const char *text, size_t length, uint32_t *points)
{
	size_t		n = 0;

	for (size_t at = 0; at < length;)
		points[n++] = dpk_utf8_next(text, length, &at);
	return n;
}

/* The bytes of a code point, 1 to 4, to 'out' */
static inline int
dpk_utf8_put(uint32_t c, char *out)
{
	if (c < 0x80)
	{
		out[0] = (char) c;
		return 1;
	}
	if (c < 0x800)
	{
		out[0] = (char) (0xC0 | c >> 6);
		out[1] = (char) (0x80 | (c & 0x3F));
		return 2;
	}
	if (c < 0x10000)
	{
		out[0] = (char) (0xE0 | c >> 12);
		out[1] = (char) (0x80 | (c >> 6 & 0x3F));
		out[2] = (char) (0x80 | (c & 0x3F));
		return 3;
	}
	out[0] = (char) (0xF0 | c >> 18);
	out[1] = (char) (0x80 | (c >> 12 & 0x3F));
	out[2] = (char) (0x80 | (c >> 6 & 0x3F));
	out[3] = (char) (0x80 | (c & 0x3F));
	return 4;
}

#endif							/* DPK_UTF8_H */
