/*
 * link_pairs.c - records of two sources, paired by blocking rules or drawn, and compared
 *
 * A pair that several rules bring together is taken by the first of them.
 */
#include "link_pairs.h"

#include <math.h>

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#define PAIRS_PER_CHECK 4096
#define NAME_BYTES 100			/* shown of a block's name */

/* The right records of each block, in their order */
static void
fill_blocks(dp_link_pairs *p)
{
	size_t		nblocks = p->names->n,
				n = (size_t) p->right.n * p->spec->nrules;
	uint32	   *next;

	if (n > PG_UINT32_MAX)
		dp_link_check_memory(p, &p->right, SIZE_MAX);
	dp_link_check_memory(p, &p->right, (2 * nblocks + n) * sizeof(uint32));
	p->first = MemoryContextAllocHuge(p->context, mul_size(nblocks + 2, sizeof(uint32)));
	p->members = MemoryContextAllocHuge(p->context, mul_size(n + 1, sizeof(uint32)));
	memset(p->first, 0, (nblocks + 2) * sizeof(uint32));
	for (size_t i = 0; i < n; i++)
		if (p->right.blocks[i] > 0)
			p->first[p->right.blocks[i] + 1]++;
	for (size_t b = 1; b < nblocks + 2; b++)
		p->first[b] += p->first[b - 1];
	next = MemoryContextAllocHuge(p->context, mul_size(nblocks + 2, sizeof(uint32)));
	memcpy(next, p->first, (nblocks + 2) * sizeof(uint32));
	for (uint32 j = 0; j < p->right.n; j++)
		for (int r = 0; r < p->spec->nrules; r++)
		{
			uint32		block = p->right.blocks[(size_t) j * p->spec->nrules + r];

			if (block > 0)
				p->members[next[block]++] = j;
		}
	pfree(next);
}

/* ERROR where blocks have more pairs than may be, before any is compared */
static void
check_blocks(const dp_link_pairs *p, double max_pairs)
{
	double	   *pairs = palloc_extended(mul_size(p->names->n + 1, sizeof(double)), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO),
				total = 0;
	uint32		largest = 1;

	for (size_t i = 0; i < (size_t) p->left.n * p->spec->nrules; i++)
	{
		uint32		block = p->left.blocks[i];

		if (block == 0)
			continue;
		pairs[block] += (double) (p->first[block + 1] - p->first[block]) - p->self;
		total += ((double) (p->first[block + 1] - p->first[block]) - p->self) / (p->self ? 2 : 1);
		if (pairs[block] > pairs[largest])
			largest = block;
	}
	if (total > max_pairs)
	{
		text	   *name = (text *) DatumGetPointer(p->names->values[largest - 1]);

		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many pairs to compare: %.0f", total),
				 errdetail("The largest block, \"%s\" of rule \"%s\", has %.0f.", pnstrdup(VARDATA_ANY(name) + 1, pg_mbcliplen(VARDATA_ANY(name) + 1, VARSIZE_ANY_EXHDR(name) - 1, NAME_BYTES)),
						   p->spec->rules[VARDATA_ANY(name)[0] - 1], pairs[largest] / (p->self ? 2 : 1)),
				 errhint("Make the rule narrower, such as with a second column, or turn that value into NULL; the option \"max_pairs\" is %.0f.", max_pairs)));
	}
	pfree(pairs);
}

dp_link_pairs *
dp_link_open(const dp_link_spec *spec, const char *left, const char *right, double max_pairs, int64 seed)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "datapower records", ALLOCSET_DEFAULT_SIZES),
				before = MemoryContextSwitchTo(context);
	dp_link_pairs *p = palloc0(sizeof *p);

	p->spec = spec;
	p->context = context;
	p->self = right == NULL;
	p->values = dp_keys_create(false);
	p->names = dp_keys_create(false);
	p->work = palloc(dp_link_work());
	dp_link_read_side(p, &p->left, right == NULL ? "source" : "left source", left, seed);
	if (p->self)
		p->right = p->left;
	else
		dp_link_read_side(p, &p->right, "right source", right, seed);
	fill_blocks(p);
	check_blocks(p, max_pairs);
	MemoryContextSwitchTo(before);
	return p;
}

static uint64
compare_records(const dp_link_pairs *p, uint32 i, uint32 j)
{
	int			n = p->spec->link.nfields;
	uint64		levels = 0;

	for (int f = 0; f < n; f++)
	{
		uint32		a = p->left.words[(size_t) i * n + f],
					b = p->right.words[(size_t) j * n + f];

		levels = dpk_link_put(levels, f, a == 0 || b == 0 ? DPK_LINK_MISSING
							  : dp_link_compare(&p->spec->fields[f], a == b, &p->words[a - 1], &p->words[b - 1], p->work));
	}
	return levels;
}

/* A bit for each rule that two agree on */
static uint64
rules_of(const uint32 *a, const uint32 *b, int nrules)
{
	uint64		rules = 0;

	for (int r = 0; r < nrules; r++)
		rules |= (uint64) (a[r] == b[r] && a[r] > 0) << r;
	return rules;
}

int64
dp_link_each(dp_link_pairs *p, dp_link_user use, void *arg)
{
	int			nrules = p->spec->nrules;
	int64		n = 0;

	for (uint32 i = 0; i < p->left.n; i++)
		for (int r = 0; r < nrules; r++)
		{
			const uint32 *a = p->left.blocks + (size_t) i * nrules;

			CHECK_FOR_INTERRUPTS();
			for (uint32 e = p->first[a[r]]; a[r] > 0 && e < p->first[a[r] + 1]; e++)
			{
				uint32		j = p->members[e];
				uint64		rules = rules_of(a, p->right.blocks + (size_t) j * nrules, nrules);

				if ((p->self && j <= i) || (rules & ((UINT64_C(1) << r) - 1)) != 0)
					continue;
				use(p, i, j, compare_records(p, i, j), rules, arg);
				if (++n % PAIRS_PER_CHECK == 0)
					CHECK_FOR_INTERRUPTS();
			}
		}
	return n;
}

double
dp_link_all(const dp_link_pairs *p)
{
	return p->self ? (double) p->left.n * ((double) p->left.n - 1) / 2 : (double) p->left.n * p->right.n;
}

/* Of few records all, and more of the other side */
void
dp_link_draw(dp_link_pairs *p, double wanted, dp_link_user use, void *arg)
{
	double		left = ceil(p->self ? (1 + sqrt(1 + 8 * wanted)) / 2 : sqrt(wanted)),
				right = left;
	int64		n = 0;

	if (!p->self && p->left.n < left)
		right = ceil(wanted / Max(p->left.n, 1));
	else if (!p->self && p->right.n < right)
		left = ceil(wanted / Max(p->right.n, 1));
	for (uint32 i = 0; i < p->left.n && i < left; i++)
		for (uint32 j = p->self ? i + 1 : 0; j < p->right.n && j < right; j++)
		{
			uint32		a = p->left.drawn[i],
						b = p->right.drawn[j];

			use(p, a, b, compare_records(p, a, b), 0, arg);
			if (++n % PAIRS_PER_CHECK == 0)
				CHECK_FOR_INTERRUPTS();
		}
}

const char *
dp_link_text(const dp_link_pairs *p, uint32 word, size_t *length)
{
	text	   *t = (text *) DatumGetPointer(p->values->values[word - 1]);

	*length = VARSIZE_ANY_EXHDR(t) - 1;
	return VARDATA_ANY(t) + 1;
}
