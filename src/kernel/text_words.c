/*
 * text_words.c - texts without what does not matter, and their shingles (text_words.h)
 */
#include "text_words.h"

#include <string.h>

#include "unicode_tables.h"
#include "utf8.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool
in_ranges(uint32_t c, const uint32_t (*ranges)[2], size_t n)
{
	size_t		low = 0,
				high = n;

	while (low < high)
	{
		size_t		middle = (low + high) / 2;

		if (c > ranges[middle][1])
			low = middle + 1;
		else
			high = middle;
	}
	return low < n && c >= ranges[low][0];
}

static bool
is_ascii_word(uint32_t c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

bool
dpk_is_word_point(uint32_t c)
{
	return c < 128 ? is_ascii_word(c) : in_ranges(c, words, COUNT(words));
}

static bool
is_ascii_symbol(char c)
{
	return c != '\0' && strchr("$+<=>|~", c) != NULL;
}

bool
dpk_is_symbol_point(uint32_t c)
{
	return c < 128 ? is_ascii_symbol(c) : in_ranges(c, symbols, COUNT(symbols));
}

const char *
dpk_plain_letter(uint32_t c)
{
	static const struct
	{
		uint32_t	letter;
		const char *plain;
	}			letters[] = {
		{0xA9, "c"},			/* the sign of copyright */
		{0xE6, "ae"}, {0xF0, "d"}, {0xF8, "oe"}, {0xFE, "th"}, {0x111, "d"}, {0x127, "h"}, {0x131, "i"}, {0x138, "k"},
		{0x142, "l"}, {0x14B, "n"}, {0x153, "oe"}, {0x167, "t"}, {0x1BF, "w"}, {0x256, "d"}, {0x1E9C, "s"}, {0x1E9D, "s"},
	};

	if (c >= 128)
		for (size_t i = 0; i < COUNT(letters) && letters[i].letter <= c; i++)
			if (letters[i].letter == c)
				return letters[i].plain;
	return NULL;
}

bool
dpk_is_joining_point(uint32_t c)
{
	return c >= 128 && in_ranges(c, joining, COUNT(joining));
}

static bool
is_space(uint32_t c)
{
	return c <= 0x20 || c == 0x7F || c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) ||
		c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

/* Folds one point to 1, 2 or 3 */
static int
fold_case(uint32_t c, uint32_t *out)
{
	size_t		low = 0,
				high = COUNT(folds);

	if (c < 128)
	{
		out[0] = c >= 'A' && c <= 'Z' ? c + 32 : c;
		return 1;
	}
	while (low < high)
	{
		size_t		middle = (low + high) / 2;

		if (c > folds[middle].last)
			low = middle + 1;
		else
			high = middle;
	}
	out[0] = c;
	if (low < COUNT(folds) && c >= folds[low].first && (c - folds[low].first) % folds[low].step == 0)
		out[0] = c + folds[low].add;
	else
		for (size_t i = 0; i < COUNT(long_folds) && long_folds[i][0] <= c; i++)
			if (long_folds[i][0] == c)
			{
				memcpy(out, long_folds[i] + 1, 3 * sizeof(uint32_t));
				return out[2] != 0 ? 3 : 2;
			}
	return 1;
}

size_t
dpk_text_change_points(const uint32_t *points, size_t n, int changes, uint32_t *out)
{
	size_t		length = 0;

	for (size_t i = 0; i < n; i++)
	{
		uint32_t	c = points[i];

		if ((changes & DPK_STRIP_DIACRITICS) && c >= 0x300 && c <= 0x36F)
			continue;
		if ((changes & DPK_STRIP_ACCENTS) && c >= 128 && in_ranges(c, accents, COUNT(accents)))
			continue;
		if ((changes & DPK_STRIP_PUNCTUATION) && !dpk_is_word_point(c) && !((changes & DPK_KEEP_SYMBOLS) && dpk_is_symbol_point(c)))
			c = ' ';
		if (changes & DPK_FOLD_CASE)
			length += fold_case(c, out + length);
		else
			out[length++] = c;
	}
	return length;
}

void
dpk_text_change_ascii(const char *text, size_t n, int changes, char *out)
{
	for (size_t i = 0; i < n; i++)
	{
		char		c = text[i];

		if ((changes & DPK_STRIP_PUNCTUATION) && !is_ascii_word((unsigned char) c) && !((changes & DPK_KEEP_SYMBOLS) && is_ascii_symbol(c)))
			c = ' ';
		if ((changes & DPK_FOLD_CASE) && c >= 'A' && c <= 'Z')
			c += 32;
		out[i] = c;
	}
}

size_t
dpk_text_squeeze(uint32_t *points, size_t n, bool *blank)
{
	size_t		length = 0;

	for (size_t i = 0; i < n; i++)
	{
		bool		space = is_space(points[i]);

		if (!space || !*blank)
			points[length++] = space ? ' ' : points[i];
		*blank = space;
	}
	return length;
}

size_t
dpk_text_squeeze_ascii(char *text, size_t n, bool *blank)
{
	size_t		length = 0;

	for (size_t i = 0; i < n; i++)
	{
		bool		space = is_space((unsigned char) text[i]);

		if (!space || !*blank)
			text[length++] = space ? ' ' : text[i];
		*blank = space;
	}
	return length;
}

dpk_shingles
dpk_shingles_start(const char *text, size_t length, int n, bool characters)
{
	return (dpk_shingles) {.text = text,.length = length,.n = n,.characters = characters};
}

size_t
dpk_shingles_most(const dpk_shingles *s)
{
	size_t		n = 1;

	for (size_t i = 0; i < s->length; i++)
		n += s->characters ? (s->text[i] & 0xC0) != 0x80 : s->text[i] == ' ';
	return n;
}

bool
dpk_shingles_next(dpk_shingles *s, const char **shingle, size_t *length)
{
	while (s->at < s->length)
	{
		size_t		end = s->at;
		bool		full;

		s->starts[s->nunits % s->n] = s->at;
		if (s->characters)
		{
			dpk_utf8_next(s->text, s->length, &end);
			s->at = end;
		}
		else
		{
			const char *space = memchr(s->text + end, ' ', s->length - end);

			end = space != NULL ? (size_t) (space - s->text) : s->length;
			s->at = space != NULL ? end + 1 : end;
		}
		full = ++s->nunits >= (size_t) s->n;
		if (full || s->at == s->length)
		{
			size_t		start = full ? s->starts[s->nunits % s->n] : s->starts[0];

			*shingle = s->text + start;
			*length = end - start;
			return true;
		}
	}
	return false;
}
