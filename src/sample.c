/*
 * sample.c - from a value in SQL to a sample of a network
 */
#include "compat.h"

#include <float.h>
#include <math.h>

#include "miscadmin.h"
#include "storage/shmem.h"

#include "args.h"
#include "imageio.h"
#include "resize.h"
#include "sample.h"

#define CLEARED ((size_t) 16 * 1024 * 1024)	/* bytes between two looks */

static dpk_status
wrong_size(const dpk_image *got, const dpk_input *input, const char *others, dpk_error *err)
{
	dpk_fail(err, DPK_INVALID, "%s is %d x %d x %d, but %s %d x %d x %d", others ? "target image" : "image",
			 got->height, got->width, got->channels, others ? others : "the network takes", input->h, input->w, input->c);
	dpk_detail(err, "Sizes are height x width x channels.");
	if (others == NULL && got->height == input->h && got->width == input->w)
		dpk_hint(err, "A network that begins with {\"input\": {\"channels\": %d}} takes images in gray and in colour.", input->c);
	else if (others == NULL)
		dpk_hint(err, "A network that begins with {\"input\": {\"height\": ..., \"width\": ..., \"channels\": ...}} takes images of any size.");
	return DPK_INVALID;
}

/* Header only; 'shown' is what the image is once it is upright, without pixels */
static dpk_status
probe(bytea *image, dpk_image_info *info, dpk_image *shown, dpk_error *err)
{
	dpk_status	status = dp_probe_image(image, info, err);

	if (status == DPK_OK && info->orientation >= 5)
		*shown = (dpk_image) {info->height, info->width, info->colors, NULL};
	else
		*shown = (dpk_image) {info->width, info->height, info->colors, NULL};
	return status;
}

dpk_status
dp_sample_look(bytea *image, const dpk_input *wanted, dpk_input *input, dpk_error *err)
{
	dpk_image_info info;
	dpk_image	shown;
	dpk_status	status = probe(image, &info, &shown, err);

	*input = (dpk_input) {wanted->h ? wanted->h : shown.height, wanted->w ? wanted->w : shown.width,
		wanted->c ? wanted->c : shown.channels, true};
	return status;
}

dpk_status
dp_sample_size(bytea *image, const dpk_input *wanted, dpk_input *input, dpk_error *err)
{
	dpk_image_info info;
	dpk_image  *decoded;
	dpk_status	status = dp_sample_look(image, wanted, input, err);

	/* a header alone shall not decide what all others must be like */
	if (status == DPK_OK && (status = dp_try_decode(image, wanted->c, &decoded, &info, err)) == DPK_OK)
		dp_free_scratch(decoded);
	return status;
}

static dpk_status
resize(const dpk_image *image, dpk_image *result, dpk_error *err)
{
	size_t		work;
	void	   *scratch;
	dpk_status	status = dpk_resize_work(image, result->width, result->height, DPK_FILTER_BILINEAR, &work);

	if (status != DPK_OK)
		return dpk_fail(err, status, "image is too big to be resized: %d x %d", image->width, image->height);
	scratch = dp_scratch(work);
	status = dpk_resize(image, result, DPK_FILTER_BILINEAR, scratch, &dp_stop);
	if (status == DPK_STOPPED)
		dp_raise(status, err);
	dp_free_scratch(scratch);
	return status;
}

/* 'others' is NULL for an input, else for the error about a target */
static dpk_status
load(bytea *image, const dpk_input *wanted, const dpk_input *input, const char *others, uint8 *x, dpk_error *err)
{
	dpk_image_info info;
	dpk_image	result = {input->w, input->h, input->c, x};
	dpk_image	shown;
	dpk_image  *decoded;
	dpk_status	status = probe(image, &info, &shown, err);
	bool		right_size = shown.height == input->h && shown.width == input->w;

	if (status != DPK_OK)
		return status;
	if ((wanted->h == 0 && shown.height != input->h) || (wanted->w == 0 && shown.width != input->w) ||
		(wanted->c == 0 && shown.channels != input->c))
		return wrong_size(&shown, input, others, err);
	if (right_size && info.orientation == 1)
		return dp_decode_into(image, &info, &result, err);

	status = dp_try_decode(image, input->c, &decoded, &info, err);
	if (status != DPK_OK)
		return status;
	if (right_size)
		dpk_image_orient(decoded, info.orientation, &result);
	else if (info.orientation == 1)
		status = resize(decoded, &result, err);
	else
	{
		dpk_image  *upright = dp_new_image(shown.width, shown.height, decoded->channels);

		dpk_image_orient(decoded, info.orientation, upright);
		status = resize(upright, &result, err);
		dp_free_scratch(upright);
	}
	dp_free_scratch(decoded);
	return status;
}

dpk_status
dp_sample_image(bytea *image, const dpk_input *wanted, const dpk_input *input, uint8 *x, dpk_error *err)
{
	return load(image, wanted, input, NULL, x, err);
}

dpk_status
dp_sample_target(bytea *image, const dpk_output *output, const char *others, uint8 *t, dpk_error *err)
{
	const dpk_input as_it_is = {0, 0, 0, true};

	return load(image, &as_it_is, output, others, t, err);
}

dpk_status
dp_sample_features(const double *features, int n, const dpk_input *input, float *x, dpk_error *err)
{
	if (n != input->c)
		return dpk_fail(err, DPK_INVALID, "row has %d features, but the network takes %d", n, input->c);
	for (int i = 0; i < n; i++)
	{
		if (features == NULL || !(fabs(features[i]) <= FLT_MAX))
		{
			dpk_fail(err, DPK_INVALID, "a feature is null or not a finite number of single precision");
			dpk_hint(err, "A network knows no missing values: fill them in first.");
			return DPK_INVALID;
		}
		x[i] = (float) features[i];
	}
	return DPK_OK;
}

void
dp_clear(void *p, size_t bytes)
{
	for (size_t from = 0; from < bytes; from += CLEARED)
	{
		CHECK_FOR_INTERRUPTS();
		memset((char *) p + from, 0, Min(CLEARED, bytes - from));
	}
}

/* Aligned to DPK_ALIGN */
static void *
alloc(size_t bytes)
{
	char	   *p = MemoryContextAllocExtended(CurrentMemoryContext, add_size(Max(bytes, 1), DPK_ALIGN), MCXT_ALLOC_HUGE);

	return (void *) TYPEALIGN(DPK_ALIGN, p);
}

void *
dp_alloc_aligned(size_t bytes)
{
	void	   *p = alloc(bytes);

	dp_clear(p, bytes);
	return p;
}

void *
dp_alloc_work(size_t bytes)
{
	return memset(alloc(Max(bytes, DPK_ALIGN)), 0, DPK_ALIGN);
}
