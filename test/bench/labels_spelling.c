/*
 * labels_spelling.c - similar spellings among all pairs, against the comparison of each with each
 *
 * labels_spelling [FACTOR]
 *
 * What dp.label_map does with fingerprints: all pairs of 32 hexadecimal digits,
 * and of made words with endings and errors, of which many are alike.  Both
 * ways must find the same pairs; the ratio is that of their times in one run.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "spelling.h"
#include "text_similarity.h"

#define MOST 3000
#define LONGEST 40
#define LEAST 0.9

static uint64_t state;

static uint32_t
draw(uint32_t n)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (state >> 33) % n;
}

static uint32_t
digits(uint32_t which, uint32_t *points)
{
	state = which * 7919;
	for (int i = 0; i < 32; i++)
		points[i] = "0123456789abcdef"[draw(16)];
	return 32;
}

/* A word of 6 to 12 letters, one of seven endings, sometimes an error */
static uint32_t
words(uint32_t which, uint32_t *points)
{
	static const char *const letters = "eeeeaaiiootnshrdlucmfwypgbvk";
	static const char *const endings[] = {"", " ville", " on sea", "berg", "s", " city", "ton"};
	const char *ending = endings[which % 7];
	uint32_t	n;

	state = which / 7 * 104729 + 1;
	n = 6 + draw(7);
	for (uint32_t i = 0; i < n; i++)
		points[i] = letters[draw(strlen(letters))];
	state += which;
	if (draw(4) == 0)
		points[draw(n)] = letters[draw(strlen(letters))];
	for (; *ending != '\0'; ending++)
		points[n++] = *ending;
	return n;
}

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

static bool
figure(const char *name, uint32_t (*make) (uint32_t, uint32_t *), uint32_t n, double bar)
{
	static uint32_t points[MOST][LONGEST];
	static dpk_spelling spellings[MOST];
	void	   *work = malloc(dpk_text_similarity_work(LONGEST, LONGEST));
	uint64_t	found[2] = {0};
	double		seconds[2],
				similarity;
	bool		holds;

	for (uint32_t i = 0; i < n; i++)
		dpk_spelling_init(&spellings[i], points[i], make(i, points[i]));
	for (int way = 0; way < 2; way++)
	{
		double		start = now();

		for (uint32_t i = 0; i < n; i++)
			for (uint32_t j = 0; j < i; j++)
			{
				if (way == 1 && !dpk_may_be_similar(&spellings[i], &spellings[j], LEAST))
					continue;
				dpk_jaro_winkler(points[i], spellings[i].n, points[j], spellings[j].n, work, NULL, &similarity);
				if (similarity >= LEAST)
					found[way] += 1 + (uint64_t) i * j;
			}
		seconds[way] = now() - start;
	}
	free(work);
	holds = found[0] == found[1] && seconds[0] / seconds[1] >= bar;
	printf("%s | %.0f ns a pair | each with each: %.0f ns | %.1f | %.1f | %s\n", name, seconds[1] * 2e9 / n / (n - 1), seconds[0] * 2e9 / n / (n - 1),
		   seconds[0] / seconds[1], bar, found[0] != found[1] ? "falls short: other pairs" : holds ? "holds" : "falls short");
	return holds;
}

int
main(int argc, char **argv)
{
	double		factor = argc > 1 ? atof(argv[1]) : 1;
	const char *is_short = getenv("BENCH_SHORT");
	uint32_t	n = is_short != NULL && is_short[0] != '\0' ? MOST / 3 : MOST;
	bool		holds = figure("similar spellings of 32 hexadecimal digits", digits, n, 50 * factor);

	holds &= figure("similar spellings of words", words, n, 15 * factor);
	return !holds;
}
