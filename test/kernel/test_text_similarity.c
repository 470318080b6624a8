/*
 * test_text_similarity.c - Jaro, Jaro-Winkler, Damerau-Levenshtein and UTF-8:
 * against RapidFuzz and jellyfish (test/oracle/text_similarity.py)
 */
#include "tap.h"

#include "text_similarity.h"
#include "utf8.h"

typedef struct compared
{
	const char *a,
			   *b;
	double		jaro,
				jaro_winkler;
	int			edits;
} compared;

#include "../data/text_similarity.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool
always(void *arg)
{
	return true;
}

static void
test_pairs(void)
{
	int			wrong[3] = {0};

	for (size_t i = 0; i < COUNT(known_pairs); i++)
	{
		const compared *k = &known_pairs[i];
		size_t		la = strlen(k->a),
					lb = strlen(k->b);
		uint32_t   *a = malloc(la * sizeof(uint32_t) + 1),
				   *b = malloc(lb * sizeof(uint32_t) + 1);
		size_t		na = dpk_utf8_decode(k->a, la, a),
					nb = dpk_utf8_decode(k->b, lb, b);
		void	   *work = malloc(dpk_text_similarity_work(na, nb));
		double		jaro,
					winkler,
					swapped;
		int			edits,
					back;

		dpk_jaro(a, na, b, nb, work, NULL, &jaro);
		dpk_jaro_winkler(a, na, b, nb, work, NULL, &winkler);
		dpk_jaro_winkler(b, nb, a, na, work, NULL, &swapped);
		dpk_damerau_levenshtein(a, na, b, nb, work, NULL, &edits);
		dpk_damerau_levenshtein(b, nb, a, na, work, NULL, &back);
		wrong[0] += fabs(jaro - k->jaro) > 1e-14;
		wrong[1] += fabs(winkler - k->jaro_winkler) > 1e-14 || fabs(swapped - winkler) > 1e-14;
		wrong[2] += edits != k->edits || back != k->edits;
		free(a);
		free(b);
		free(work);
	}
	ok(COUNT(known_pairs) > 250, "there are pairs");
	ok(wrong[0] == 0, "Jaro");
	ok(wrong[1] == 0, "Jaro-Winkler, both ways");
	ok(wrong[2] == 0, "Damerau-Levenshtein, both ways");
}

static void
test_stops(void)
{
	dpk_stop	stop = {always, NULL};
	uint32_t   *a = malloc(2000 * sizeof(uint32_t)),
			   *b = malloc(2000 * sizeof(uint32_t));
	void	   *work = malloc(dpk_text_similarity_work(2000, 2000));
	double		similarity;
	int			edits;

	for (int i = 0; i < 2000; i++)
	{
		a[i] = i;
		b[i] = 5000 + i;
	}
	ok(dpk_jaro_winkler(a, 2000, b, 2000, work, &stop, &similarity) == DPK_STOPPED, "Jaro-Winkler stops");
	ok(dpk_damerau_levenshtein(a, 2000, b, 2000, work, &stop, &edits) == DPK_STOPPED, "Damerau-Levenshtein stops");
	ok(dpk_damerau_levenshtein(a, 2000, b, 2000, work, NULL, &edits) == DPK_OK && edits == 2000, "nothing in common");
	free(a);
	free(b);
	free(work);
}

static void
test_utf8(void)
{
	uint32_t	points[16];
	char		out[4];
	int			wrong = 0;

	for (uint32_t c = 1; c < 0x110000; c += c < 0x3000 ? 1 : 61)
	{
		int			n = dpk_utf8_put(c, out);
		size_t		at = 0;

		wrong += c >> 11 != 0xD800 >> 11 && (dpk_utf8_next(out, n, &at) != c || at != (size_t) n);
	}
	ok(wrong == 0, "code points to UTF-8 and back");
	ok(dpk_utf8_decode("a\xC3", 2, points) == 2 && points[1] == DPK_REPLACEMENT, "a character cut off");
	ok(dpk_utf8_decode("\xE4\xBA" "b\xFF\x80", 5, points) == 5 && points[2] == 'b' && points[3] == DPK_REPLACEMENT, "bytes that are no UTF-8");
}

int
main(void)
{
	test_pairs();
	test_stops();
	test_utf8();
	return done();
}
