/*
 * test_spelling.c - pairs that cannot be similar: the plain comparison of all is the reference
 *
 * That comparison is tested against RapidFuzz in test_text_similarity.c.
 */
#include "tap.h"

#include "spelling.h"
#include "text_similarity.h"

#define SPELLINGS 400
#define MOST 300

static uint64_t state = 42;

static uint32_t
draw(uint32_t n)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (state >> 33) % n;
}

typedef struct kind
{
	const char *name;
	uint32_t	first;			/* of the letters */
	uint32_t	letters;
	uint32_t	shortest;
	uint32_t	longest;
	uint32_t	words;			/* each spelling is one of so many with a few letters changed; 0: all are random */
	bool		prune;			/* most pairs cannot be similar */
} kind;

static const kind kinds[] = {
	{"two letters", 'a', 2, 0, 6, 0, false},
	{"hexadecimal", '0', 16, 32, 32, 0, true},
	{"words", 'a', 26, 3, 14, 40, true},
	{"one word", 'a', 26, 9, 9, 1, false},
	{"all letters, of any length", 1, 0x10FFFF, 1, 40, 20, true},
	{"Greek", 0x3B1, 25, 4, 20, 60, true},
	{"long ones", 'a', 4, 200, MOST, 50, false},
	{"one letter many times", 'a', 1, 0, MOST, 0, false},
};

static uint32_t
make(const kind *k, uint32_t which, uint32_t *points)
{
	uint64_t	before = state;
	uint32_t	n;

	if (k->words > 0)
		state = which % k->words;
	n = k->shortest + draw(k->longest - k->shortest + 1);
	for (uint32_t i = 0; i < n; i++)
		points[i] = k->first + draw(k->letters);
	if (k->words == 0)
		return n;
	state = before;
	for (uint32_t changes = draw(4); changes > 0 && n > 1; changes--)
	{
		uint32_t	at = draw(n - 1),
					letter = points[at];

		if (draw(3) == 0)
			n--;
		else if (draw(2) == 0)
			points[at] = k->first + draw(k->letters);
		else
		{
			points[at] = points[at + 1];
			points[at + 1] = letter;
		}
	}
	return n;
}

static void
test_kind(const kind *k)
{
	static uint32_t points[SPELLINGS][MOST];
	static dpk_spelling spellings[SPELLINGS];
	static const double least[] = {0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 1};
	void	   *work = malloc(dpk_text_similarity_work(MOST, MOST));
	int			missed = 0,
				pairs = 0,
				tried = 0,
				similar = 0;

	for (uint32_t i = 0; i < SPELLINGS; i++)
		dpk_spelling_init(&spellings[i], points[i], make(k, i, points[i]));
	for (uint32_t i = 0; i < SPELLINGS; i++)
		for (uint32_t j = 0; j < i; j++)
		{
			double		similarity;

			dpk_jaro_winkler(points[i], spellings[i].n, points[j], spellings[j].n, work, NULL, &similarity);
			for (size_t t = 0; t < sizeof least / sizeof least[0]; t++)
				missed += similarity >= least[t] && !dpk_may_be_similar(&spellings[i], &spellings[j], least[t]);
			missed += !dpk_may_be_similar(&spellings[i], &spellings[j], similarity) || !dpk_may_be_similar(&spellings[j], &spellings[i], similarity);
			pairs++;
			similar += similarity >= 0.9;
			tried += dpk_may_be_similar(&spellings[i], &spellings[j], 0.9);
		}
	printf("# %s: %d pairs, %d similar, %d tried\n", k->name, pairs, similar, tried);
	ok(missed == 0, k->name);
	ok(tried >= similar && (!k->prune || tried < pairs / 5), "and how many pairs are left to compare");
	free(work);
}

int
main(void)
{
	dpk_spelling empty,
				letter;
	uint32_t	a = 'a';

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		test_kind(&kinds[i]);
	dpk_spelling_init(&empty, &a, 0);
	dpk_spelling_init(&letter, &a, 1);
	ok(dpk_may_be_similar(&empty, &empty, 1) && !dpk_may_be_similar(&empty, &letter, 0.5), "nothing is like nothing alone");
	return done();
}
