/*
 * kmeans.c - Lloyd's algorithm with bounds
 */
#include "kmeans_work.h"

#include <math.h>
#include <string.h>

/* So much larger than what rounding adds to a bound in DPK_MAX_ITERATIONS */
#define SLACK (1 + 1e-10)

dpk_status
dpk_kmeans_overflow(dpk_error *err)
{
	dpk_fail(err, DPK_INVALID, "features are too large for distances between them");
	dpk_hint(err, "Scale them first: dp.scale, dp.standardize.");
	return DPK_INVALID;
}

/* ---- centers in blocks ---- */

void
dpk_center_layout(const double *centers, int k, int d, double *blocks)
{
	for (int c = 0; c < dpk_center_blocks(k) * DPK_CENTERS; c++)
	{
		double	   *to = blocks + (size_t) (c / DPK_CENTERS) * d * DPK_CENTERS + c % DPK_CENTERS;

		for (int j = 0; j < d; j++)
			to[(size_t) j * DPK_CENTERS] = c < k ? centers[(size_t) c * d + j] : INFINITY;
	}
}

int
dpk_center_nearest(const dpk_kernels *kernels, const double *blocks, int k, int d, const double *x, double *squares, double *square)
{
	int			best = 0;

	*square = INFINITY;
	for (int b = 0; b < dpk_center_blocks(k); b++)
	{
		kernels->center_squares(d, 1, &x, blocks + (size_t) b * d * DPK_CENTERS, squares);
		for (int c = 0; c < DPK_CENTERS; c++)
			if (squares[c] < *square)
			{
				*square = squares[c];
				best = b * DPK_CENTERS + c;
			}
	}
	return best;
}

/* ---- every row to its nearest center ---- */

/* Rows of a chunk, by their place in it; the square of each one's distance from its center, once that is known */
typedef struct chunk
{
	size_t		from;
	int			n;
	double		square[DPK_KMEANS_CHUNK];
	bool		dirty[DPK_KMEANS_CHUNK];
	int16_t		own[DPK_KMEANS_CHUNK];	/* block of the center it had; -1: none */
	double		squares[DPK_CENTERS * DPK_CENTERS] __attribute__((aligned(DPK_ALIGN)));
} chunk;

/* What a row learns from its distances to a block */
static void
learn(dpk_kmeans_work *w, chunk *c, int place, int block, const double *squares)
{
	size_t		i = c->from + place;
	double	   *lower = w->lower + i * w->nblocks;
	int			least = 0,
				center;
	double		second = INFINITY,
				first;

	for (int j = 1; j < DPK_CENTERS; j++)
		if (squares[j] < squares[least])
		{
			second = squares[least];
			least = j;
		}
		else if (squares[j] < second)
			second = squares[j];
	first = squares[least];
	center = block * DPK_CENTERS + least;
	if (block != c->own[place] && !(first < c->square[place] || (first == c->square[place] && center < w->label[i])))
	{
		lower[block] = sqrt(first);
		return;
	}
	/* the center it leaves is one of its block's others from now on */
	if (block != c->own[place] && w->label[i] >= 0)
		lower[w->label[i] / DPK_CENTERS] = DPK_MIN(lower[w->label[i] / DPK_CENTERS], w->upper[i]);
	w->label[i] = center;
	w->upper[i] = sqrt(first);
	c->square[place] = first;
	lower[block] = sqrt(second);
}

/* The distances of rows of a chunk to a block */
static void
look(dpk_kmeans_work *w, chunk *c, int block, const int *places, int n)
{
	const double *rows[DPK_CENTERS];

	for (int from = 0; from < n; from += DPK_CENTERS)
	{
		int			count = DPK_MIN(DPK_CENTERS, n - from);

		for (int i = 0; i < count; i++)
			rows[i] = w->x + (c->from + places[from + i]) * w->d;
		w->kernels->center_squares(w->d, count, rows, w->blocks + (size_t) block * w->d * DPK_CENTERS, c->squares);
		for (int i = 0; i < count; i++)
			learn(w, c, places[from + i], block, c->squares + i * DPK_CENTERS);
	}
}

/* Loosens the bounds of a row by what centers moved; whether its center can be another one now */
static bool
loosen(dpk_kmeans_work *w, size_t i)
{
	double	   *lower = w->lower + i * w->nblocks;
	double		least = INFINITY;

	w->upper[i] += w->drift[w->label[i]];
	for (int b = 0; b < w->nblocks; b++)
	{
		lower[b] -= w->most[b];
		least = DPK_MIN(least, lower[b]);
	}
	return w->upper[i] * SLACK >= least;
}

/* First to the block of the center it had, then to those whose bounds say they may be nearer */
static dpk_status
assign_chunk(dpk_kmeans_work *w, chunk *c)
{
	int			places[DPK_KMEANS_CHUNK];

	for (int i = 0; i < c->n; i++)
	{
		int32_t		label = w->label[c->from + i];

		c->square[i] = INFINITY;
		c->own[i] = (int16_t) (label < 0 ? -1 : label / DPK_CENTERS);
		c->dirty[i] = label < 0 || loosen(w, c->from + i);
	}
	for (int own = 1; own >= 0; own--)
		for (int b = 0; b < w->nblocks; b++)
		{
			int			n = 0;

			for (int i = 0; i < c->n; i++)
				if (c->dirty[i] && (own == 1 ? c->own[i] == b :
									c->own[i] != b && w->lower[(c->from + i) * w->nblocks + b] <= w->upper[c->from + i] * SLACK))
					places[n++] = i;
			look(w, c, b, places, n);
			if (n > 0 && dpk_stopped(w->stop))
				return DPK_STOPPED;
		}
	return DPK_OK;
}

/* *moved: rows whose center is another one than before */
static dpk_status
assign(dpk_kmeans_work *w, size_t *moved)
{
	chunk		c;
	int32_t		before[DPK_KMEANS_CHUNK];

	dpk_center_layout(w->centers, w->k, w->d, w->blocks);
	*moved = 0;
	for (c.from = 0; c.from < w->n; c.from += DPK_KMEANS_CHUNK)
	{
		c.n = (int) DPK_MIN(DPK_KMEANS_CHUNK, w->n - c.from);
		memcpy(before, w->label + c.from, c.n * sizeof *before);
		if (assign_chunk(w, &c) != DPK_OK)
			return DPK_STOPPED;
		for (int i = 0; i < c.n; i++)
		{
			if (w->label[c.from + i] < 0)
				return dpk_kmeans_overflow(w->err);
			*moved += w->label[c.from + i] != before[i];
		}
	}
	return DPK_OK;
}

/* ---- every center to the mean of its rows ---- */

static double
square_between(const double *a, const double *b, int d)
{
	double		sum = 0;

	for (int j = 0; j < d; j++)
		sum += (a[j] - b[j]) * (a[j] - b[j]);
	return sum;
}

/* An empty cluster takes the row farthest from its center, unless that is alone or nowhere else */
static void
fill_empty(dpk_kmeans_work *w, int empty)
{
	size_t		farthest = 0;
	double		most = 0;

	for (size_t i = 0; i < w->n; i++)
	{
		double		square = w->sizes[w->label[i]] > 1 ? square_between(w->x + i * w->d, w->centers + (size_t) w->label[i] * w->d, w->d) : 0;

		if (square > most)
		{
			most = square;
			farthest = i;
		}
	}
	if (most > 0)
	{
		int			from = w->label[farthest];

		for (int j = 0; j < w->d; j++)
		{
			w->next[(size_t) from * w->d + j] -= w->x[farthest * w->d + j];
			w->next[(size_t) empty * w->d + j] = w->x[farthest * w->d + j];
		}
		w->sizes[from]--;
		w->sizes[empty] = 1;
		w->label[farthest] = empty;
		w->upper[farthest] = INFINITY;
		w->lower[farthest * w->nblocks + from / DPK_CENTERS] = 0;
	}
	else
		memcpy(w->next + (size_t) empty * w->d, w->centers + (size_t) empty * w->d, w->d * sizeof(double));
}

static dpk_status
move_centers(dpk_kmeans_work *w)
{
	double	   *swapped;

	memset(w->next, 0, (size_t) w->k * w->d * sizeof(double));
	memset(w->sizes, 0, w->k * sizeof(int64_t));
	for (size_t i = 0; i < w->n; i++)
	{
		double	   *sum = w->next + (size_t) w->label[i] * w->d;

		if (i % 65536 == 0 && dpk_stopped(w->stop))
			return DPK_STOPPED;
		for (int j = 0; j < w->d; j++)
			sum[j] += w->x[i * w->d + j];
		w->sizes[w->label[i]]++;
	}
	for (int c = 0; c < w->k; c++)
		if (w->sizes[c] == 0)
		{
			if (dpk_stopped(w->stop))
				return DPK_STOPPED;
			fill_empty(w, c);
		}
	memset(w->most, 0, w->nblocks * sizeof(double));
	for (int c = 0; c < w->k; c++)
	{
		double	   *most = &w->most[c / DPK_CENTERS];

		for (int j = 0; j < w->d; j++)
			w->next[(size_t) c * w->d + j] /= (double) DPK_MAX(w->sizes[c], 1);
		w->drift[c] = sqrt(square_between(w->next + (size_t) c * w->d, w->centers + (size_t) c * w->d, w->d));
		if (!isfinite(w->drift[c]))
			return dpk_kmeans_overflow(w->err);
		*most = DPK_MAX(*most, w->drift[c]);
	}
	swapped = w->centers;
	w->centers = w->next;
	w->next = swapped;
	return DPK_OK;
}

/* From w->centers on until no row moves; without iterations what those centers are worth */
static dpk_status
run(dpk_kmeans_work *w, int iterations)
{
	size_t		moved;
	dpk_status	status;

	for (size_t i = 0; i < w->n; i++)
	{
		w->label[i] = -1;
		w->upper[i] = INFINITY;
	}
	memset(w->lower, 0, w->n * w->nblocks * sizeof(double));
	for (int i = 0;; i++)
	{
		if ((status = assign(w, &moved)) != DPK_OK)
			return status;
		if (moved == 0 || i == iterations)
			break;
		if ((status = move_centers(w)) != DPK_OK)
			return status;
	}
	memset(w->sizes, 0, w->k * sizeof(int64_t));
	memset(w->inertia, 0, w->k * sizeof(double));
	for (size_t i = 0; i < w->n; i++)
	{
		w->sizes[w->label[i]]++;
		w->inertia[w->label[i]] += square_between(w->x + i * w->d, w->centers + (size_t) w->label[i] * w->d, w->d);
	}
	return DPK_OK;
}

/* ---- all of it ---- */

/* Lays the work out in 'memory', or with NULL there adds up what it takes */
static bool
lay_out(dpk_kmeans_work *w, char *memory, size_t *bytes)
{
	size_t		n = w->n,
				d = w->d,
				k = w->k,
				nblocks = w->nblocks;
	struct
	{
		void	  **to;
		size_t		count,
					each,
					size;
	}			parts[] = {
		{(void **) &w->centers, k, d, sizeof(double)}, {(void **) &w->next, k, d, sizeof(double)},
		{(void **) &w->blocks, nblocks * DPK_CENTERS, d, sizeof(double)}, {(void **) &w->drift, nblocks, DPK_CENTERS, sizeof(double)},
		{(void **) &w->most, nblocks, 1, sizeof(double)}, {(void **) &w->sizes, k, 1, sizeof(int64_t)},
		{(void **) &w->inertia, k, 1, sizeof(double)}, {(void **) &w->label, n, 1, sizeof(int32_t)},
		{(void **) &w->upper, n, 1, sizeof(double)}, {(void **) &w->nearest, n, 1, sizeof(double)},
		{(void **) &w->lower, n, DPK_MAX(nblocks, DPK_CENTERS), sizeof(double)}
	};

	*bytes = 0;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
	{
		size_t		size;

		if (memory != NULL)
			*parts[i].to = memory + *bytes;
		if (!dpk_mul(parts[i].count, parts[i].each, &size) || !dpk_mul(size, parts[i].size, &size) ||
			!dpk_add(size, DPK_ALIGN - 1, &size) || !dpk_add(*bytes, size / DPK_ALIGN * DPK_ALIGN, bytes))
			return false;
	}
	w->squares = w->lower;
	return true;
}

bool
dpk_kmeans_bytes(size_t n, int d, int k, size_t *bytes)
{
	dpk_kmeans_work w = {.n = n,.d = d,.k = k,.nblocks = dpk_center_blocks(k)};

	return lay_out(&w, NULL, bytes);
}

static bool
comes_before(const dpk_kmeans_work *w, int a, int b)
{
	const double *u = w->centers + (size_t) a * w->d,
			   *v = w->centers + (size_t) b * w->d;

	if (w->sizes[a] != w->sizes[b])
		return w->sizes[a] > w->sizes[b];
	for (int j = 0; j < w->d; j++)
		if (u[j] != v[j])
			return u[j] < v[j];
	return a < b;
}

/* What came out, the largest cluster first */
static void
keep(const dpk_kmeans_work *w, dpk_clusters *result)
{
	for (int c = 0; c < w->k; c++)
	{
		int			place = 0;

		for (int other = 0; other < w->k; other++)
			place += other != c && comes_before(w, other, c);
		memcpy(result->centers + (size_t) place * w->d, w->centers + (size_t) c * w->d, w->d * sizeof(double));
		result->sizes[place] = w->sizes[c];
		result->inertia[place] = w->inertia[c];
	}
}

static double
total(const double *inertia, int k)
{
	double		sum = 0;

	for (int c = 0; c < k; c++)
		sum += inertia[c];
	return sum;
}

static void
begin(dpk_kmeans_work *w, const double *x, size_t n, int d, const dpk_kmeans_options *o, const dpk_stop *stop, void *memory, dpk_error *err)
{
	size_t		bytes;			/* which fit, or the caller would not have the memory */

	*w = (dpk_kmeans_work) {.kernels = dpk_kernels_best(),.stop = stop,.err = err,.x = x,.n = n,.d = d,.k = o->k,.nblocks = dpk_center_blocks(o->k)};
	lay_out(w, memory, &bytes);
}

dpk_status
dpk_kmeans_fit(const double *x, size_t n, int d, const dpk_kmeans_options *o, const dpk_stop *stop,
			   void *memory, dpk_clusters *result, dpk_error *err)
{
	dpk_kmeans_work w;
	double		least = INFINITY;

	begin(&w, x, n, d, o, stop, memory, err);
	for (int start = 0; start < o->starts; start++)
	{
		dpk_status	status;
		double		inertia;

		status = o->batch > 0 ? dpk_kmeans_batches(&w, o, start) : dpk_kmeans_draw(&w, o->seed, start);
		if (status != DPK_OK || (status = run(&w, o->batch > 0 ? 0 : o->iterations)) != DPK_OK)
			return status;
		inertia = total(w.inertia, w.k);
		if (inertia < least)
		{
			least = inertia;
			keep(&w, result);
		}
	}
	return isfinite(least) ? DPK_OK : dpk_kmeans_overflow(err);
}

dpk_status
dpk_kmeans_fit_from(const double *x, size_t n, int d, const dpk_kmeans_options *o, const dpk_stop *stop,
					void *memory, dpk_clusters *result, dpk_error *err)
{
	dpk_kmeans_work w;
	dpk_status	status;

	begin(&w, x, n, d, o, stop, memory, err);
	memcpy(w.centers, result->centers, (size_t) o->k * d * sizeof(double));
	if ((status = run(&w, o->iterations)) != DPK_OK)
		return status;
	keep(&w, result);
	return DPK_OK;
}
