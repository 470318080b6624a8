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
	b->npositive = b->nnegative = 0;
}

void
dpk_score_bins_copy(dpk_score_bins *to, const dpk_score_bins *from)
{
	to->nbins = from->nbins;
	to->nsorted = from->nsorted;
	to->npositive = from->npositive;
	to->nnegative = from->nnegative;
	memcpy(bins(to), bins(from), from->nbins * sizeof(dpk_score_bin));
}

DPK_DEFINE_SORT(sort, dpk_score_bin,.score)

/* The bin's part of all positives plus its part of all negatives */
static double
share(const dpk_score_bins *b, const dpk_score_bin *bin)
{
	return (double) bin->npositive / DPK_MAX(b->npositive, 1) + (double) bin->nnegative / DPK_MAX(b->nnegative, 1);
}

static void
join(dpk_score_bin *to, const dpk_score_bin *from)
{
	double		n = (double) (to->npositive + to->nnegative),
				m = (double) (from->npositive + from->nnegative);
	double		mean = to->score * (n / (n + m)) + from->score * (m / (n + m));

	/* rounding must not carry it past a neighbour */
	if (to->score != from->score)
		to->score = fmin(fmax(mean, to->score), from->score);
	to->npositive += from->npositive;
	to->nnegative += from->nnegative;
}

/* Join neighbours of equal score, or while their share stays within 'limit' */
static void
join_neighbours(dpk_score_bins *b, double limit)
{
	dpk_score_bin *x = bins(b);
	int			last = 0;

	for (int i = 1; i < b->nbins; i++)
	{
		if (x[i].score == x[last].score || share(b, &x[last]) + share(b, &x[i]) <= limit)
			join(&x[last], &x[i]);
		else
			x[++last] = x[i];
	}
	b->nbins = b->nbins > 0 ? last + 1 : 0;
}

void
dpk_score_bins_compact(dpk_score_bins *b)
{
	if (b->nsorted < b->nbins)
		sort(bins(b), b->nbins);
	join_neighbours(b, -1);

	/*
	 * All shares add up to 2 at most, and two neighbours that remain exceed
	 * the limit together: no more than half of DPK_MAX_SCORES are left.
	 */
	if (b->nbins > DPK_MAX_SCORES)
		join_neighbours(b, 8.0 / DPK_MAX_SCORES);
	b->nsorted = b->nbins;
}

dpk_status
dpk_score_bins_add(dpk_score_bins *b, double score, bool is_positive, dpk_error *err)
{
	if (!isfinite(score))
	{
		dpk_fail(err, DPK_INVALID, "score is not a finite number");
		return DPK_INVALID;
	}
	if (b->nbins == b->room)
	{
		dpk_score_bins_compact(b);
		if (b->nbins > b->room / 2 && b->room < DPK_SCORES_ROOM)
			return DPK_NO_MEMORY;
	}
	bins(b)[b->nbins++] = (dpk_score_bin) {score, is_positive, !is_positive};
	b->npositive += is_positive;
	b->nnegative += !is_positive;
	return DPK_OK;
}

dpk_status
dpk_score_bins_merge(dpk_score_bins *b, const dpk_score_bins *other, dpk_error *err)
{
	if (b->npositive + other->npositive > DPK_MAX_ROWS || b->nnegative + other->nnegative > DPK_MAX_ROWS)
		return dpk_fail(err, DPK_TOO_BIG, "score bins count too many rows");
	b->npositive += other->npositive;
	b->nnegative += other->nnegative;
	for (int i = 0; i < other->nbins; i++)
	{
		if (b->nbins == b->room)
			dpk_score_bins_compact(b);
		bins(b)[b->nbins++] = bins(other)[i];
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
	return won / ((double) b->npositive * (double) b->nnegative);
}

void
dpk_score_bins_write(dpk_writer *w, const dpk_score_bins *b)
{
	dpk_write_int(w, b->nbins);
	for (int i = 0; i < b->nbins; i++)
	{
		dpk_write_double(w, bins(b)[i].score);
		dpk_write_int(w, bins(b)[i].npositive);
		dpk_write_int(w, bins(b)[i].nnegative);
	}
}

dpk_status
dpk_score_bins_read(dpk_reader *r, dpk_score_bins *b, size_t *size)
{
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
	for (int i = 0; i < nbins; i++)
	{
		dpk_score_bin *bin = &bins(b)[i];

		bin->score = dpk_read_double(r);
		bin->npositive = dpk_read_int(r, 0, DPK_MAX_ROWS - b->npositive);
		bin->nnegative = dpk_read_int(r, 0, DPK_MAX_ROWS - b->nnegative);
		if (r->failed || !isfinite(bin->score) || bin->npositive + bin->nnegative == 0 ||
			(i > 0 && bin->score <= bin[-1].score))
			return DPK_CORRUPT;
		b->npositive += bin->npositive;
		b->nnegative += bin->nnegative;
		b->nbins = b->nsorted = i + 1;
	}
	return dpk_read_done(r) ? DPK_OK : DPK_CORRUPT;
}
