/*
 * label_joint.c - confident learning: which labels are wrong, and how many
 */
#include "label_joint.h"

#include <math.h>
#include <string.h>

/* ---- thresholds ---- */

static dpk_label_sum *
sum_at(dpk_label_thresholds *t, int i)
{
	return (dpk_label_sum *) (t + 1) + i;
}

size_t
dpk_label_thresholds_size(int k)
{
	return sizeof(dpk_label_thresholds) + (size_t) k * sizeof(dpk_label_sum);
}

void
dpk_label_thresholds_init(dpk_label_thresholds *t, int k)
{
	t->nclasses = k;
	t->n = 0;
	memset(sum_at(t, 0), 0, (size_t) k * sizeof(dpk_label_sum));
}

static void
add_parts(dpk_label_sum *s, int64_t high, int64_t low)
{
	uint64_t	sum = (uint64_t) s->low + (uint64_t) low;

	s->low = (int64_t) (sum & INT64_MAX);
	s->high += high + (int64_t) (sum >> 63);
}

static dpk_status
check_rows(int64_t a, int64_t b, dpk_error *err)
{
	if (a + b <= DPK_MAX_LABEL_ROWS)
		return DPK_OK;
	return dpk_fail(err, DPK_TOO_BIG, "too many rows of labels");
}

dpk_status
dpk_label_thresholds_add(dpk_label_thresholds *t, int label, const double *p, dpk_error *err)
{
	dpk_label_sum *s = sum_at(t, label);
	unsigned __int128 x = (unsigned __int128) (DPK_MIN(p[label], 1) * 0x1p74);
	dpk_status	status = check_rows(t->n, 1, err);

	if (status != DPK_OK)
		return status;
	add_parts(s, (int64_t) (x >> 63), (int64_t) (x & INT64_MAX));
	s->n++;
	t->n++;
	return DPK_OK;
}

dpk_status
dpk_label_thresholds_merge(dpk_label_thresholds *t, const dpk_label_thresholds *other, dpk_error *err)
{
	dpk_status	status = check_rows(t->n, other->n, err);

	if (status != DPK_OK)
		return status;
	for (int i = 0; i < t->nclasses; i++)
	{
		const dpk_label_sum *s = dpk_label_sum_at(other, i);

		add_parts(sum_at(t, i), s->high, s->low);
		sum_at(t, i)->n += s->n;
	}
	t->n += other->n;
	return DPK_OK;
}

double
dpk_label_threshold(const dpk_label_thresholds *t, int i)
{
	const dpk_label_sum *s = dpk_label_sum_at(t, i);

	if (s->n == 0)
		return NAN;
	return (double) (((unsigned __int128) s->high << 63) + (uint64_t) s->low) / (double) s->n * 0x1p-74;
}

void
dpk_label_thresholds_write(dpk_writer *w, const dpk_label_thresholds *t)
{
	dpk_write_int(w, t->nclasses);
	for (int i = 0; i < t->nclasses; i++)
	{
		const dpk_label_sum *s = dpk_label_sum_at(t, i);

		dpk_write_int(w, s->n);
		dpk_write_int(w, s->high);
		dpk_write_int(w, s->low);
	}
}

/* A sum of n probabilities is not more than n */
dpk_status
dpk_label_thresholds_read(dpk_reader *r, dpk_label_thresholds *t, size_t *size)
{
	int			k = (int) dpk_read_int(r, 2, DPK_MAX_LABEL_CLASSES);

	/* a class takes six bytes at least in either form */
	if (r->failed || (size_t) k > r->length / 6)
		return DPK_CORRUPT;
	if (dpk_label_thresholds_size(k) > *size)
	{
		*size = dpk_label_thresholds_size(k);
		return DPK_NO_MEMORY;
	}
	dpk_label_thresholds_init(t, k);
	for (int i = 0; i < k; i++)
	{
		dpk_label_sum *s = sum_at(t, i);

		s->n = dpk_read_int(r, 0, DPK_MAX_LABEL_ROWS - t->n);
		s->high = dpk_read_int(r, 0, INT64_MAX);
		s->low = dpk_read_int(r, 0, INT64_MAX);
		if (r->failed || ((unsigned __int128) s->high << 63) + (uint64_t) s->low > (unsigned __int128) s->n << 74)
			return DPK_CORRUPT;
		t->n += s->n;
	}
	return dpk_read_done(r) ? DPK_OK : DPK_CORRUPT;
}

/* ---- the confident joint ---- */

int
dpk_confident_class(const double *p, const double *thresholds, int k)
{
	int			best = -1;

	for (int i = 0; i < k; i++)
		if (p[i] >= thresholds[i] && (best < 0 || p[i] > p[best]))
			best = i;
	return best;
}

static int64_t *
labels(dpk_confident_joint *j)
{
	return (int64_t *) (j + 1);
}

static int64_t *
counts(dpk_confident_joint *j)
{
	return labels(j) + j->nclasses;
}

size_t
dpk_confident_joint_size(int k)
{
	return sizeof(dpk_confident_joint) + (size_t) k * (k + 1) * sizeof(int64_t);
}

void
dpk_confident_joint_init(dpk_confident_joint *j, int k)
{
	j->nclasses = k;
	j->n = 0;
	memset(labels(j), 0, (size_t) k * (k + 1) * sizeof(int64_t));
}

dpk_status
dpk_confident_joint_add(dpk_confident_joint *j, int label, int confident, dpk_error *err)
{
	dpk_status	status = check_rows(j->n, 1, err);

	if (status != DPK_OK)
		return status;
	j->n++;
	labels(j)[label]++;
	if (confident >= 0)
		counts(j)[(size_t) label * j->nclasses + confident]++;
	return DPK_OK;
}

dpk_status
dpk_confident_joint_merge(dpk_confident_joint *j, const dpk_confident_joint *other, dpk_error *err)
{
	size_t		n = (size_t) j->nclasses * (j->nclasses + 1);
	dpk_status	status = check_rows(j->n, other->n, err);

	if (status != DPK_OK)
		return status;
	for (size_t i = 0; i < n; i++)
		labels(j)[i] += dpk_joint_labels(other)[i];
	j->n += other->n;
	return DPK_OK;
}

void
dpk_confident_joint_write(dpk_writer *w, const dpk_confident_joint *j)
{
	size_t		n = (size_t) j->nclasses * (j->nclasses + 1);

	dpk_write_int(w, j->nclasses);
	for (size_t i = 0; i < n; i++)
		dpk_write_int(w, dpk_joint_labels(j)[i]);
}

/* No more rows of a label are confident than there are */
dpk_status
dpk_confident_joint_read(dpk_reader *r, dpk_confident_joint *j, size_t *size)
{
	int			k = (int) dpk_read_int(r, 2, DPK_MAX_LABEL_CLASSES);

	/* a number takes two bytes at least in either form */
	if (r->failed || (size_t) k * (k + 1) > r->length / 2)
		return DPK_CORRUPT;
	if (dpk_confident_joint_size(k) > *size)
	{
		*size = dpk_confident_joint_size(k);
		return DPK_NO_MEMORY;
	}
	dpk_confident_joint_init(j, k);
	for (int s = 0; s < k; s++)
	{
		labels(j)[s] = dpk_read_int(r, 0, DPK_MAX_LABEL_ROWS - j->n);
		j->n += labels(j)[s];
	}
	for (int s = 0; s < k; s++)
		for (int64_t i = 0, left = labels(j)[s]; i < k; i++)
		{
			int64_t	   *count = counts(j) + (size_t) s * k + i;

			*count = dpk_read_int(r, 0, left);
			left -= *count;
			if (r->failed)
				return DPK_CORRUPT;
		}
	return dpk_read_done(r) ? DPK_OK : DPK_CORRUPT;
}

void
dpk_joint_expected(const dpk_confident_joint *j, int given, double *expected)
{
	double		sum = 0;

	for (int i = 0; i < j->nclasses; i++)
	{
		int64_t		count = dpk_joint_count(j, given, i);

		expected[i] = (double) (i == given ? DPK_MAX(count, 1) : count);
		sum += expected[i];
	}
	for (int i = 0; i < j->nclasses; i++)
		expected[i] = expected[i] / sum * (double) dpk_joint_labels(j)[given];
}

void
dpk_joint_whole(const double *expected, int k, int64_t *whole)
{
	double		sum = 0;
	int64_t		left;

	for (int i = 0; i < k; i++)
	{
		whole[i] = (int64_t) nearbyint(expected[i]);
		sum += expected[i];
	}
	left = (int64_t) nearbyint(sum);
	for (int i = 0; i < k; i++)
		left -= whole[i];
	/* each is moved once at most: what rounding took away is less than half a row per class */
	for (; left != 0; left -= left > 0 ? 1 : -1)
	{
		int			sign = left > 0 ? 1 : -1,
					furthest = 0;

		for (int i = 1; i < k; i++)
			if (sign * (expected[i] - (double) whole[i]) > sign * (expected[furthest] - (double) whole[furthest]))
				furthest = i;
		whole[furthest] += sign;
	}
}
