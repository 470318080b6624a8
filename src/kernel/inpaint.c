/*
 * inpaint.c - holes of an image filled from their borders (inpaint.h)
 */
#include "inpaint.h"

#include <math.h>
#include <string.h>

enum
{
	KNOWN,
	BAND,						/* known, or filled, and its neighbours still to be reached */
	HOLE
};

/* A pixel on the way, the nearest to the border first */
typedef struct waiting
{
	float		distance;
	uint32_t	order;			/* in which it was reached */
	uint32_t	place;
} waiting;

typedef struct front
{
	dpk_image  *image;
	int			radius;
	uint8_t    *state;
	float	   *distance;		/* from the border of the hole; 0 outside */
	waiting    *heap;
	uint32_t	nheap,
				reached;
} front;

bool
dpk_inpaint_work(int width, int height, size_t *bytes)
{
	size_t		n = (size_t) width * height;

	return dpk_mul(n, sizeof(waiting) + sizeof(float) + 1, bytes) && dpk_add(*bytes, 16, bytes) && n <= UINT32_MAX / 2;
}

static bool
comes_first(const waiting *a, const waiting *b)
{
	return a->distance < b->distance || (a->distance == b->distance && a->order < b->order);
}

static void
push(front *f, uint32_t place, float distance)
{
	waiting		new = {distance, f->reached++, place};
	uint32_t	i = f->nheap++;

	for (; i > 0 && comes_first(&new, &f->heap[(i - 1) / 2]); i = (i - 1) / 2)
		f->heap[i] = f->heap[(i - 1) / 2];
	f->heap[i] = new;
}

static uint32_t
pop(front *f)
{
	uint32_t	result = f->heap[0].place,
				i = 0;
	waiting		last = f->heap[--f->nheap];

	for (;;)
	{
		uint32_t	child = 2 * i + 1;

		if (child >= f->nheap)
			break;
		if (child + 1 < f->nheap && comes_first(&f->heap[child + 1], &f->heap[child]))
			child++;
		if (!comes_first(&f->heap[child], &last))
			break;
		f->heap[i] = f->heap[child];
		i = child;
	}
	f->heap[i] = last;
	return result;
}

static bool
is_known(const front *f, int x, int y)
{
	return x >= 0 && y >= 0 && x < f->image->width && y < f->image->height &&
		f->state[(size_t) y * f->image->width + x] != HOLE;
}

static double
distance_at(const front *f, int x, int y)
{
	return f->distance[(size_t) y * f->image->width + x];
}

/* |grad T| = 1 from a neighbour in either direction */
static double
solve(const front *f, int x1, int y1, int x2, int y2)
{
	bool		k1 = is_known(f, x1, y1),
				k2 = is_known(f, x2, y2);

	if (k1 && k2)
	{
		double		t1 = distance_at(f, x1, y1),
					t2 = distance_at(f, x2, y2),
					d = t1 - t2;

		return fabs(d) >= 1 ? fmin(t1, t2) + 1 : (t1 + t2 + sqrt(2 - d * d)) / 2;
	}
	return k1 ? 1 + distance_at(f, x1, y1) : k2 ? 1 + distance_at(f, x2, y2) : 1e6;
}

static double
march(const front *f, int x, int y)
{
	return fmin(fmin(solve(f, x - 1, y, x, y - 1), solve(f, x + 1, y, x, y - 1)),
				fmin(solve(f, x - 1, y, x, y + 1), solve(f, x + 1, y, x, y + 1)));
}

/* The slope of the distances at (x, y), itself of distance t, from what is known beside it */
static double
slope(const front *f, int x, int y, int dx, int dy, double t)
{
	bool		before = is_known(f, x - dx, y - dy),
				behind = is_known(f, x + dx, y + dy);

	if (before && behind)
		return (distance_at(f, x + dx, y + dy) - distance_at(f, x - dx, y - dy)) / 2;
	return behind ? distance_at(f, x + dx, y + dy) - t : before ? t - distance_at(f, x - dx, y - dy) : 0;
}

static inline double
sample(const dpk_image *image, int x, int y, int k)
{
	return image->pixels[((size_t) y * image->width + x) * image->channels + k];
}

static void
fill(front *f, int x, int y, double t)
{
	dpk_image  *image = f->image;
	int			r = f->radius,
				c = image->channels;
	double		sum[3] = {0},
				total = 0,
				tx = slope(f, x, y, 1, 0, t),
				ty = slope(f, x, y, 0, 1, t);

	for (int v = DPK_MAX(y - r, 0); v <= DPK_MIN(y + r, image->height - 1); v++)
		for (int u = DPK_MAX(x - r, 0); u <= DPK_MIN(x + r, image->width - 1); u++)
		{
			double		rx = x - u,
						ry = y - v,
						length = rx * rx + ry * ry,
						direction,
						w;

			if (length > r * r || !is_known(f, u, v))
				continue;
			direction = fabs(rx * tx + ry * ty) / sqrt(length);
			w = fmax(direction, 1e-6) / (length * (1 + fabs(distance_at(f, u, v) - t)));
			for (int k = 0; k < c; k++)
				sum[k] += w * sample(image, u, v, k);
			total += w;
		}
	for (int k = 0; k < c; k++)
	{
		double		value = sum[k] / total + 0.5;

		image->pixels[((size_t) y * image->width + x) * c + k] = value < 0 ? 0 : value > 255 ? 255 : (uint8_t) value;
	}
}

/* The known pixels beside the hole; returns how many pixels it has */
static size_t
find_border(front *f, const uint8_t *mask)
{
	int			w = f->image->width,
				h = f->image->height;
	size_t		holes = 0;

	for (size_t i = 0; i < (size_t) w * h; i++)
	{
		f->state[i] = mask[i] ? HOLE : KNOWN;
		f->distance[i] = 0;
		holes += mask[i] != 0;
	}
	for (int y = 0; y < h; y++)
		for (int x = 0; x < w; x++)
		{
			size_t		i = (size_t) y * w + x;

			if (mask[i] == 0 && ((x > 0 && mask[i - 1]) || (x < w - 1 && mask[i + 1]) ||
								 (y > 0 && mask[i - w]) || (y < h - 1 && mask[i + w])))
			{
				f->state[i] = BAND;
				push(f, (uint32_t) i, 0);
			}
		}
	return holes;
}

dpk_status
dpk_inpaint(dpk_image *image, const uint8_t *mask, int radius, void *work, const dpk_stop *stop, dpk_error *err)
{
	static const int beside[4][2] = {{0, -1}, {-1, 0}, {0, 1}, {1, 0}};
	size_t		n = (size_t) image->width * image->height;
	front		f = {.image = image, .radius = radius, .heap = work};
	unsigned	turns = 0;

	f.distance = (float *) (f.heap + n);
	f.state = (uint8_t *) (f.distance + n);
	if (find_border(&f, mask) == n)
	{
		dpk_fail(err, DPK_INVALID, "the mask covers the whole image");
		dpk_detail(err, "Nothing is left to fill it from.");
		return DPK_INVALID;
	}
	while (f.nheap > 0)
	{
		uint32_t	place = pop(&f);

		if (turns++ % 64 == 0 && dpk_stopped(stop))
			return DPK_STOPPED;
		f.state[place] = KNOWN;
		for (int i = 0; i < 4; i++)
		{
			int			x = (int) (place % image->width) + beside[i][0],
						y = (int) (place / image->width) + beside[i][1];
			size_t		there = (size_t) y * image->width + x;
			double		t;

			if (x < 0 || y < 0 || x >= image->width || y >= image->height || f.state[there] != HOLE)
				continue;
			t = march(&f, x, y);
			fill(&f, x, y, t);
			f.distance[there] = (float) t;
			f.state[there] = BAND;
			push(&f, (uint32_t) there, (float) t);
		}
	}
	return DPK_OK;
}
