/*
 * score_bins.c - the area under the ROC curve, mergeable
 */
#include "score_bins.h"

#include <math.h>
#include <string.h>

#include "order.h"

static dpk_score_bin *
bins(const dpk_score_bins *b)
{
	return (dpk_score_bin *) (b + 1);
}

size_t
dpk_score_bins_size(int room)
{
	return sizeof(dpk_score_bins) + (size_t) room * sizeof(dpk_score_bin);
}

void
dpk_score_bins_init(dpk_score_bins *b, int room)
{
	b->nbins = b->nsorted = 0;
	b->room = room;
	b->drop = 0;
	b->npositive = b->nnegative = 0;
}

void
dpk_score_bins_copy(dpk_score_bins *to, const dpk_score_bins *from)
{
	to->nbins = from->nbins;
	to->nsorted = from->nsorted;
	to->drop = from->drop;
	to->npositive = from->npositive;
	to->nnegative = from->nnegative;
	memcpy(bins(to), bins(from), from->nbins * sizeof(dpk_score_bin));
}

DPK_DEFINE_SORT(sort, dpk_score_bin,.key)

static int64_t
bits_of(double x)
{
	int64_t		bits;

	memcpy(&bits, &x, sizeof bits);
	return bits;
}

/*
 * An integer in the order of the scores, and equal for equal ones (-0 and 0
 * among them).  1 - score is exact from one half on.  Beyond 1e200 all scores
 * count as the same, which is what it takes to fit 64 bits.
 */
static int64_t
key_of(double score)
{
	const int64_t mirror = 2 * bits_of(0.5),
				one = mirror - bits_of(0x1p-53) + 1;

	if (score < 0)
		return -bits_of(fmin(-score, 1e200));
	if (score <= 0.5)
		return bits_of(fabs(score));
	if (score < 1)
		return mirror - bits_of(1 - score);
	return one - bits_of(1) + bits_of(fmin(score, 1e200));
}

/* Leave out 'more' bits of each key, and join neighbours that are then equal; sorted before and after */
static void
widen(dpk_score_bins *b, int more)
{
	dpk_score_bin *x = bins(b);
	int			last = -1;

	for (int i = 0; i < b->nbins; i++)
	{
		x[i].key >>= more;
		if (last >= 0 && x[last].key == x[i].key)
		{
			x[last].npositive += x[i].npositive;
			x[last].nnegative += x[i].nnegative;
		}
		else
			x[++last] = x[i];
	}
	b->nbins = b->nsorted = last + 1;
	b->drop += more;
}

void
dpk_score_bins_compact(dpk_score_bins *b)
{
	if (b->nsorted < b->nbins)
		sort(bins(b), b->nbins);
	widen(b, 0);
	while (b->nbins > DPK_MAX_SCORES)
		widen(b, 1);
}

/* Among the sorted bins; NULL where there is none */
static dpk_score_bin *
find(const dpk_score_bins *b, int64_t key)
{
	int			low = 0,
				high = b->nsorted;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (bins(b)[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low < b->nsorted && bins(b)[low].key == key ? &bins(b)[low] : NULL;
}

dpk_status
dpk_score_bins_weigh(dpk_score_bins *b, double score, bool is_positive, double weight, dpk_error *err)
{
	int64_t		key;
	dpk_score_bin *bin;

	if (!isfinite(score))
	{
		dpk_fail(err, DPK_INVALID, "score is not a finite number");
		return DPK_INVALID;
	}
	key = key_of(score);
	bin = find(b, key >> b->drop);
	if (bin == NULL)
	{
		if (b->nbins == b->room)
		{
			dpk_score_bins_compact(b);
			if (b->nbins > b->room / 2 && b->room < DPK_SCORES_ROOM)
				return DPK_NO_MEMORY;
		}
		bin = &bins(b)[b->nbins++];
		*bin = (dpk_score_bin) {key >> b->drop, 0, 0};
	}
	*(is_positive ? &bin->npositive : &bin->nnegative) += weight;
	*(is_positive ? &b->npositive : &b->nnegative) += weight;
	return DPK_OK;
}

dpk_status
dpk_score_bins_add(dpk_score_bins *b, double score, bool is_positive, dpk_error *err)
{
	return dpk_score_bins_weigh(b, score, is_positive, 1, err);
}

dpk_status
dpk_score_bins_merge(dpk_score_bins *b, const dpk_score_bins *other, dpk_error *err)
{
	if (b->npositive + other->npositive > DPK_MAX_ROWS || b->nnegative + other->nnegative > DPK_MAX_ROWS)
		return dpk_fail(err, DPK_TOO_BIG, "score bins count too many rows");
	b->npositive += other->npositive;
	b->nnegative += other->nnegative;
	dpk_score_bins_compact(b);
	if (b->drop < other->drop)
		widen(b, other->drop - b->drop);
	for (int i = 0; i < other->nbins; i++)
	{
		dpk_score_bin bin = bins(other)[i];

		if (b->nbins == b->room)
			dpk_score_bins_compact(b);
		bin.key >>= b->drop - other->drop;
		bins(b)[b->nbins++] = bin;
	}
	return DPK_OK;
}

double
dpk_score_bins_auc(dpk_score_bins *b)
{
	double		won = 0;		/* pairs in which the positive scores higher */
	double		below = 0;		/* negatives of lower score */

	dpk_score_bins_compact(b);
	for (int i = 0; i < b->nbins; i++)
	{
		const dpk_score_bin *bin = &bins(b)[i];

		won += bin->npositive * (below + bin->nnegative * 0.5);
		below += bin->nnegative;
	}
	return won / (b->npositive * b->nnegative);
}

double
dpk_score_bins_precision(dpk_score_bins *b)
{
	double		hits = 0,		/* positives of at least this score */
				told = 0,		/* rows */
				sum = 0;

	dpk_score_bins_compact(b);
	for (int i = b->nbins - 1; i >= 0; i--)
	{
		const dpk_score_bin *bin = &bins(b)[i];

		hits += bin->npositive;
		told += bin->npositive + bin->nnegative;
		sum += bin->npositive * (hits / told);
	}
	return sum / b->npositive;
}

void
dpk_score_bins_write(dpk_writer *w, const dpk_score_bins *b)
{
	dpk_write_int(w, b->drop);
	dpk_write_int(w, b->nbins);
	for (int i = 0; i < b->nbins; i++)
	{
		dpk_write_int(w, bins(b)[i].key);
		dpk_write_int(w, (int64_t) bins(b)[i].npositive);
		dpk_write_int(w, (int64_t) bins(b)[i].nnegative);
	}
}

dpk_status
dpk_score_bins_read(dpk_reader *r, dpk_score_bins *b, size_t *size)
{
	int			drop = (int) dpk_read_int(r, 0, 63);
	int			nbins = (int) dpk_read_int(r, 0, DPK_MAX_SCORES);
	int			room = 16;
	size_t		needed;

	while (room < nbins)
		room *= 2;
	needed = dpk_score_bins_size(room);
	if (r->failed)
		return DPK_CORRUPT;
	if (needed > *size)
	{
		*size = needed;
		return DPK_NO_MEMORY;
	}
	dpk_score_bins_init(b, room);
	b->drop = drop;
	for (int i = 0; i < nbins; i++)
	{
		dpk_score_bin *bin = &bins(b)[i];

		bin->key = dpk_read_int(r, key_of(-1e200) >> drop, key_of(1e200) >> drop);
		bin->npositive = dpk_read_int(r, 0, DPK_MAX_ROWS - (int64_t) b->npositive);
		bin->nnegative = dpk_read_int(r, 0, DPK_MAX_ROWS - (int64_t) b->nnegative);
		if (r->failed || bin->npositive + bin->nnegative == 0 || (i > 0 && bin->key <= bin[-1].key))
			return DPK_CORRUPT;
		b->npositive += bin->npositive;
		b->nnegative += bin->nnegative;
		b->nbins = b->nsorted = i + 1;
	}
	return dpk_read_done(r) ? DPK_OK : DPK_CORRUPT;
}
