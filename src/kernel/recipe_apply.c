/*
 * recipe_apply.c - what was drawn from a recipe, done to an image (recipe.h)
 *
 * A mixture of images is summed in integers, weights being parts of 2^24: the
 * same on every machine, and exact but for the weights' own rounding.
 */
#include "recipe.h"

#include <string.h>

/* The loops over samples want vectorising; clang does it at -O2 */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize ("O3")
#endif

#define BLEND_ONE (1u << 24)
#define BLEND_SAMPLES 4194304	/* between two looks at the stop; a multiple of a cache line */

/* Where the image is at the moment, and the maps that wait to be applied to it */
typedef struct progress
{
	dpk_image	now;			/* 'in' at first, then one of the buffers */
	size_t		room;			/* samples of the first buffer */
	uint8_t    *buffers[3];		/* the result's, and those in 'work' */
	void	   *scratch;
	bool		in_place;		/* now is ours to write to */
	bool		waiting;
	int			width,
				height;			/* of the image once what waits is applied */
	dpk_affine	map;
	dpk_fill	fill;
	bool		fill_known;		/* some of what waits said how to fill */
	bool		cropped;		/* some of it cut a part off */
	bool		mask;

	/* a mixture that is being made */
	bool		blending;
	const uint8_t *origin;		/* the image it began with */
	uint8_t    *origin_room;
	uint32_t   *sum;			/* of samples times weights in parts of BLEND_ONE */
} progress;

/* Another image to write to */
static dpk_image
other_image(const progress *p, int width, int height)
{
	dpk_image	to = {width, height, p->now.channels, p->buffers[0]};

	if (p->now.pixels == to.pixels || (size_t) width * height * to.channels > p->room)
		to.pixels = p->now.pixels == p->buffers[1] ? p->buffers[2] : p->buffers[1];
	return to;
}

/* Apply what waits */
static dpk_status
resample(progress *p, const dpk_stop *stop, dpk_error *err)
{
	dpk_image	to;
	dpk_status	status;

	if (!p->waiting)
		return DPK_OK;
	p->waiting = p->fill_known = p->cropped = false;
	if (dpk_affine_is_identity(&p->map) && p->width == p->now.width && p->height == p->now.height)
		return DPK_OK;
	to = other_image(p, p->width, p->height);
	status = (p->mask ? dpk_affine_nearest : dpk_affine_apply) (&p->map, p->fill, &p->now, &to, stop, err);
	p->now = to;
	p->in_place = true;
	return status;
}

static void
own_pixels(progress *p)
{
	dpk_image	to = other_image(p, p->now.width, p->now.height);

	if (p->in_place)
		return;
	memcpy(to.pixels, p->now.pixels, (size_t) p->now.width * p->now.height * p->now.channels);
	p->now = to;
	p->in_place = true;
}

static dpk_status
move_pixels(progress *p, const dpk_drawn *d, int width, int height, const dpk_stop *stop, dpk_error *err)
{
	const dpk_operation *o = d->operation;
	dpk_fill	fill;
	bool		fills = dpk_drawn_fill(d, &fill);
	dpk_affine	map;
	dpk_status	status;

	if (fills && (p->cropped || (p->fill_known && (fill.method != p->fill.method || fill.value != p->fill.value))) &&
		(status = resample(p, stop, err)) != DPK_OK)
		return status;
	map = o->map(d, p->width, p->height);
	p->map = p->waiting ? dpk_affine_then(&p->map, &map) : map;
	p->waiting = true;
	p->cropped = p->cropped || (!fills && (size_t) width * height < (size_t) p->width * p->height);
	p->width = width;
	p->height = height;
	if (fills)
	{
		p->fill = fill;
		p->fill_known = true;
	}
	return DPK_OK;
}

/* One more image in the mixture; to.pixels is NULL or becomes the mixture */
static dpk_status
add_samples(progress *p, uint32_t weight, bool first, uint8_t *to, const dpk_stop *stop)
{
	size_t		n = (size_t) p->now.width * p->now.height * p->now.channels;
	const uint8_t *from = p->now.pixels;

	for (size_t start = 0; start < n; start += BLEND_SAMPLES)
	{
		size_t		end = DPK_MIN(start + BLEND_SAMPLES, n);

		if (dpk_stopped(stop))
			return DPK_STOPPED;
		if (first)
			memset(p->sum + start, 0, (end - start) * sizeof(uint32_t));
		for (size_t i = start; i < end; i++)
			p->sum[i] += weight * from[i];
		for (size_t i = start; to != NULL && i < end; i++)
			to[i] = (uint8_t) ((p->sum[i] + BLEND_ONE / 2) / BLEND_ONE);
	}
	return DPK_OK;
}

/* The image goes into the mixture; the next one begins where the mixture began */
static dpk_status
blend(progress *p, const dpk_drawn *d, const dpk_stop *stop)
{
	bool		first = !p->blending,
				last = d->value[1] != 0;
	uint32_t	weight = (uint32_t) floor(d->value[0] * BLEND_ONE + 0.5);
	dpk_image	to = p->in_place ? p->now : other_image(p, p->now.width, p->now.height);
	dpk_status	status;

	if (first && !p->in_place)
		p->origin = p->now.pixels;
	else if (first)
	{
		memcpy(p->origin_room, p->now.pixels, (size_t) p->now.width * p->now.height * p->now.channels);
		p->origin = p->origin_room;
	}
	status = add_samples(p, weight, first, last ? to.pixels : NULL, stop);
	p->now.pixels = last ? to.pixels : (uint8_t *) p->origin;
	p->in_place = last;
	p->blending = !last;
	return status;
}

static dpk_status
apply_step(progress *p, const dpk_drawn *d, const dpk_stop *stop, dpk_error *err)
{
	const dpk_operation *o = d->operation;
	int			width = p->width,
				height = p->height;
	dpk_status	status;
	dpk_image	to;

	if (o->size != NULL && (status = o->size(d, &width, &height, err)) != DPK_OK)
		return status;
	if (o->map != NULL)
		return move_pixels(p, d, width, height, stop, err);
	if ((status = resample(p, stop, err)) != DPK_OK)
		return status;
	if (o->blends)
		return blend(p, d, stop);
	if (o->change != NULL)
	{
		own_pixels(p);
		return o->change(d, &p->now, p->scratch, stop);
	}
	to = other_image(p, width, height);
	status = o->apply(d, &p->now, &to, p->scratch, stop, err);
	p->now = to;
	p->width = width;
	p->height = height;
	p->in_place = true;
	return status;
}

/* Whether a step makes a part of a mixture, which moves no masks and points; before the first step *inside is false */
static bool
in_blend(const dpk_drawn *d, bool *inside)
{
	bool		blended = *inside || d->operation->blends;

	if (d->operation->blends)
		*inside = d->value[1] == 0;
	return blended;
}

dpk_status
dpk_plan_apply(const dpk_plan *plan, const dpk_image *in, dpk_image *out, void *work, const dpk_stop *stop, dpk_error *err)
{
	progress	p = {.now = *in, .width = in->width, .height = in->height};
	bool		in_mixture = false;
	dpk_status	status;

	p.room = (size_t) plan->width * plan->height * plan->channels;
	p.buffers[0] = out->pixels;
	p.scratch = work;
	p.buffers[1] = (uint8_t *) work + dpk_plan_lines(plan->scratch);
	p.buffers[2] = p.buffers[1] + dpk_plan_lines(plan->largest);
	p.sum = (uint32_t *) ((uint8_t *) work + plan->work - dpk_plan_lines(plan->blended * sizeof(uint32_t)));
	p.origin_room = (uint8_t *) p.sum - dpk_plan_lines(plan->blended);
	p.mask = plan->mask;
	for (int i = 0; i < plan->ndrawn; i++)
	{
		dpk_drawn	d = plan->drawn[i];
		bool		blended = in_blend(&d, &in_mixture);

		d.mask = p.mask;
		if (p.mask && (blended || (d.operation->map == NULL && !d.operation->moves)))
			continue;
		if ((status = apply_step(&p, &d, stop, err)) != DPK_OK)
			return status;
	}
	if ((status = resample(&p, stop, err)) != DPK_OK)
		return status;
	if (p.now.pixels != out->pixels)
		memcpy(out->pixels, p.now.pixels, p.room);
	return DPK_OK;
}

size_t
dpk_plan_points_work(const dpk_plan *plan)
{
	for (int i = 0; i < plan->ndrawn; i++)
		if (plan->drawn[i].operation->points != NULL)
			return plan->scratch;
	return 0;
}

dpk_status
dpk_plan_points(const dpk_plan *plan, int width, int height, int n, double *xy, void *work, const dpk_stop *stop)
{
	bool		in_mixture = false;

	for (int i = 0; i < plan->ndrawn; i++)
	{
		const dpk_drawn *d = &plan->drawn[i];
		const dpk_operation *o = d->operation;

		if (in_blend(d, &in_mixture))
			continue;
		if (o->map != NULL)
		{
			dpk_affine	map = o->map(d, width, height);

			for (int j = 0; j < n; j++)
				dpk_affine_point(&map, &xy[2 * j], &xy[2 * j + 1]);
		}
		for (int j = 0; j < n && o->point != NULL; j++)
			o->point(d, width, height, &xy[2 * j], &xy[2 * j + 1]);
		if (o->points != NULL && o->points(d, width, height, n, xy, work, stop) != DPK_OK)
			return DPK_STOPPED;
		if (o->size != NULL)
			o->size(d, &width, &height, NULL);
	}
	return DPK_OK;
}
