/*
 * outlier.c - the table of methods, and scoring rows by any of them
 */
#include "outlier.h"

#include <math.h>
#include <string.h>

#include "hash.h"
#include "order.h"

/* Stored detectors know their method by its place: new ones go to the end */
const dpk_outlier_method *const dpk_outlier_methods[] = {
	&dpk_outlier_zscore,
	&dpk_outlier_mad,
	&dpk_outlier_tukey,
	&dpk_outlier_knn,
	&dpk_outlier_lof,
	&dpk_outlier_dbscan,
	&dpk_outlier_ecod,
	&dpk_outlier_copod,
	&dpk_outlier_hbos,
	&dpk_outlier_isolation_forest,
	&dpk_outlier_mahalanobis,
	&dpk_outlier_pca,
	&dpk_outlier_mcd,
	&dpk_outlier_esd,
};
const int	dpk_outlier_nmethods = sizeof dpk_outlier_methods / sizeof *dpk_outlier_methods;

static bool
add_aligned(size_t bytes, size_t *sum)
{
	return dpk_add(bytes, DPK_OUTLIER_ALIGN - 1, &bytes) &&
		dpk_add(*sum, bytes / DPK_OUTLIER_ALIGN * DPK_OUTLIER_ALIGN, sum);
}

static size_t
aligned(size_t bytes)
{
	size_t		sum = 0;

	add_aligned(bytes, &sum);
	return sum;
}

/* The parts of the memory that scoring rows takes */
typedef struct layout
{
	size_t		order,			/* row numbers, and a number each to sort them by */
				work,			/* the method's own */
				model,
				ready;
} layout;

static bool
plan(const dpk_outlier_method *m, size_t n, int d, const double *options, layout *l)
{
	*l = (layout) {0};
	if (m->draws && !(n <= UINT32_MAX && dpk_mul(n, sizeof(uint64_t) + sizeof(uint32_t), &l->order)))
		return false;
	if (m->work_bytes != NULL && !m->work_bytes(n, d, options, &l->work))
		return false;
	if (m->score_all != NULL)
		return true;
	return m->model_size(n, d, options, &l->model) &&
		(m->get_ready == NULL || m->ready_bytes(d, options, l->model, &l->ready)) &&
		dpk_mul(l->model, sizeof(double), &l->model);
}

bool
dpk_outlier_bytes(const dpk_outlier_method *m, size_t n, int d, const double *options, size_t *bytes)
{
	layout		l;

	*bytes = 0;
	return plan(m, n, d, options, &l) && add_aligned(l.order, bytes) && add_aligned(l.work, bytes) &&
		add_aligned(l.model, bytes) && add_aligned(l.ready, bytes);
}

dpk_status
dpk_outlier_score_rows(const dpk_outlier_method *m, const dpk_rows *rows, void *memory, double *scores)
{
	dpk_rows	r = *rows;
	layout		l;
	char	   *work = memory,
			   *ready;
	double	   *model;
	size_t		size;
	dpk_status	status;

	if (!plan(m, r.n, r.d, r.options, &l))
		return dpk_fail(r.err, DPK_TOO_BIG, "too many rows");
	if (m->draws)
	{
		uint32_t   *order = (uint32_t *) ((uint64_t *) memory + r.n);

		status = dpk_outlier_order(r.x, r.n, r.d, r.stop, memory, order);
		if (status != DPK_OK)
			return status;
		r.order = order;
	}
	work += aligned(l.order);
	if (m->score_all != NULL)
		return m->score_all(&r, work, scores);

	model = (double *) (work + aligned(l.work));
	ready = (char *) model + aligned(l.model);
	status = m->fit(&r, work, model, &size);
	if (status != DPK_OK)
		return status;
	if (m->get_ready != NULL)
		m->get_ready(r.d, r.options, model, size, ready);
	for (size_t i = 0; i < r.n; i += DPK_OUTLIER_CHUNK)
	{
		if (dpk_stopped(r.stop))
			return DPK_STOPPED;
		m->score(r.d, r.options, m->get_ready ? (void *) ready : (void *) model,
				 DPK_MIN(r.n - i, (size_t) DPK_OUTLIER_CHUNK), r.x + i * r.d, scores + i);
	}
	return DPK_OK;
}

/* ---- what methods share ---- */

const dpk_outlier_option dpk_outlier_no_options[] = {{NULL, 0, NULL, 0, 0, NULL}};

void
dpk_outlier_column(const dpk_rows *rows, int j, double *column)
{
	for (size_t i = 0; i < rows->n; i++)
		column[i] = rows->x[i * rows->d + j];
}

dpk_status
dpk_outlier_out_of_range(const dpk_rows *rows, int j)
{
	dpk_fail(rows->err, DPK_INVALID, "spread of feature %d is out of range", j + 1);
	dpk_detail(rows->err, "The values are too large for double precision.");
	return DPK_INVALID;
}

#define SORT_PIECE ((size_t) 1 << 18)	/* values sorted between two looks whether to stop */

static void
merge(const double *a, size_t na, const double *b, size_t nb, double *to)
{
	size_t		i = 0,
				j = 0;

	while (i < na && j < nb)
		*to++ = b[j] < a[i] ? b[j++] : a[i++];
	memcpy(to, a + i, (na - i) * sizeof *a);
	memcpy(to + (na - i), b + j, (nb - j) * sizeof *b);
}

dpk_status
dpk_outlier_sort(double *x, size_t n, double *work, const dpk_stop *stop)
{
	double	   *from = x,
			   *to = work;

	for (size_t i = 0; i < n; i += SORT_PIECE)
	{
		if (dpk_stopped(stop))
			return DPK_STOPPED;
		dpk_sort(x + i, (int) DPK_MIN(n - i, SORT_PIECE), work);
	}
	for (size_t run = SORT_PIECE; run < n; run *= 2)
	{
		double	   *swap = from;

		for (size_t i = 0; i < n; i += 2 * run)
		{
			size_t		na = DPK_MIN(run, n - i);

			if (dpk_stopped(stop))
				return DPK_STOPPED;
			merge(from + i, na, from + i + na, DPK_MIN(run, n - i - na), to + i);
		}
		from = to;
		to = swap;
	}
	if (from != x)
		memcpy(x, from, n * sizeof *x);
	return DPK_OK;
}

/* ---- the order of rows ---- */

/* 32 bits of a hash of the values */
static uint32_t
hash_row(const double *x, int d)
{
	uint64_t	hash = 0;

	for (int i = 0; i < d; i++)
	{
		double		value = x[i] + 0.0; /* -0 becomes 0 */
		uint64_t	bits;

		memcpy(&bits, &value, sizeof bits);
		hash = dpk_mix64(hash ^ bits) + UINT64_C(0x9E3779B97F4A7C15);
	}
	return (uint32_t) (hash >> 32);
}

/* Radix exchange sort by the upper half, from 'bit' (a power of two) down */
static void
sort_by_bits(uint64_t *keys, size_t n, uint64_t bit)
{
	while (n > 1 && bit > UINT32_MAX)
	{
		size_t		i = 0,
					j = n;

		while (i < j)
		{
			if (keys[i] & bit)
			{
				uint64_t	key = keys[--j];

				keys[j] = keys[i];
				keys[i] = key;
			}
			else
				i++;
		}
		bit >>= 1;
		sort_by_bits(keys, i, bit);
		keys += i;
		n -= i;
	}
}

static int
compare_rows(const double *x, int d, uint32_t a, uint32_t b)
{
	const double *p = x + (size_t) a * d,
			   *q = x + (size_t) b * d;

	for (int i = 0; i < d; i++)
		if (p[i] != q[i])
			return p[i] < q[i] ? -1 : 1;
	return 0;
}

static void
sift_down(uint32_t *rows, size_t i, size_t n, const double *x, int d)
{
	for (size_t child; (child = 2 * i + 1) < n; i = child)
	{
		uint32_t	row = rows[i];

		if (child + 1 < n && compare_rows(x, d, rows[child], rows[child + 1]) < 0)
			child++;
		if (compare_rows(x, d, row, rows[child]) >= 0)
			return;
		rows[i] = rows[child];
		rows[child] = row;
	}
}

/* Rows of one hash: nearly always equal, else sorted by their values */
static void
sort_run(uint32_t *rows, size_t n, const double *x, int d)
{
	size_t		i = 1;

	while (i < n && compare_rows(x, d, rows[0], rows[i]) == 0)
		i++;
	if (i >= n)
		return;
	for (i = n / 2; i-- > 0;)
		sift_down(rows, i, n, x, d);
	for (i = n; i-- > 1;)
	{
		uint32_t	row = rows[0];

		rows[0] = rows[i];
		rows[i] = row;
		sift_down(rows, 0, i, x, d);
	}
}

dpk_status
dpk_outlier_order(const double *x, size_t n, int d, const dpk_stop *stop, uint64_t *work, uint32_t *order)
{
	for (size_t i = 0; i < n; i++)
		work[i] = (uint64_t) hash_row(x + i * d, d) << 32 | i;
	if (dpk_stopped(stop))
		return DPK_STOPPED;
	sort_by_bits(work, n, UINT64_C(1) << 63);
	for (size_t i = 0; i < n; i++)
		order[i] = (uint32_t) work[i];
	for (size_t from = 0, to; from < n; from = to)
	{
		for (to = from + 1; to < n && work[to] >> 32 == work[from] >> 32;)
			to++;
		if (to - from > 1)
			sort_run(order + from, to - from, x, d);
		if (dpk_stopped(stop))
			return DPK_STOPPED;
	}
	return DPK_OK;
}

dpk_status
dpk_outlier_quantile(double *x, size_t n, double q, const dpk_stop *stop, double *quantile)
{
	double		at = q * (n - 1);
	size_t		k = (size_t) at;
	dpk_status	status = dpk_select(x, n, k, stop);
	double		next;

	if (status != DPK_OK)
		return status;
	*quantile = x[k];
	if (k + 1 == n || at == k)
		return DPK_OK;
	next = x[k + 1];
	for (size_t i = k + 2; i < n; i++)
		next = DPK_MIN(next, x[i]);
	if (next > x[k])
		*quantile = isfinite(next) ? x[k] + (at - k) * (next - x[k]) : next;
	return DPK_OK;
}
