/*
 * sample.c - from a value in SQL to a sample of a network
 */
#include "compat.h"

#include <float.h>
#include <math.h>

#include "miscadmin.h"

#include "args.h"
#include "imageio.h"
#include "resize.h"
#include "sample.h"

static dpk_status
wrong_size(const dpk_image *got, const dpk_input *input, dpk_error *err)
{
	dpk_fail(err, DPK_INVALID, "image is %d x %d x %d, but the network takes %d x %d x %d",
			 got->height, got->width, got->channels, input->h, input->w, input->c);
	dpk_detail(err, "Sizes are height x width x channels.");
	dpk_hint(err, "A network that begins with {\"input\": {\"height\": ..., \"width\": ..., \"channels\": ...}} takes images of any size.");
	return DPK_INVALID;
}

dpk_status
dp_sample_image(bytea *image, const dpk_input *wanted, const dpk_input *input, uint8 *x, dpk_error *err)
{
	const uint8_t *bytes = (const uint8_t *) VARDATA_ANY(image);
	size_t		nbytes = VARSIZE_ANY_EXHDR(image);
	dpk_image_limits limits = dp_image_limits();
	dpk_image_info info;
	dpk_image	result = {input->w, input->h, input->c, x};
	dpk_image	stored;
	dpk_image  *decoded;
	dpk_status	status;
	size_t		work;
	void	   *scratch;

	CHECK_FOR_INTERRUPTS();
	status = dpk_image_probe(bytes, nbytes, &limits, &info, err);
	if (status != DPK_OK)
		return status;
	stored = (dpk_image) {info.width, info.height, info.colors, NULL};
	if ((wanted->h == 0 && stored.height != input->h) || (wanted->w == 0 && stored.width != input->w) ||
		(wanted->c == 0 && stored.channels != input->c))
		return wrong_size(&stored, input, err);
	if (stored.height == input->h && stored.width == input->w)
	{
		status = dpk_image_decode(bytes, nbytes, &limits, &dp_stop, &info, &result, err);
		if (status == DPK_STOPPED)
			dp_raise(status, err);
		return status;
	}

	status = dp_try_decode(image, input->c, &decoded, &info, err);
	if (status != DPK_OK)
		return status;
	status = dpk_resize_work(decoded, input->w, input->h, DPK_FILTER_BILINEAR, &work);
	if (status != DPK_OK)
	{
		dpk_fail(err, status, "image is too big to be resized: %d x %d", decoded->width, decoded->height);
		pfree(decoded);
		return status;
	}
	scratch = MemoryContextAllocHuge(CurrentMemoryContext, work);
	dp_raise(dpk_resize(decoded, &result, DPK_FILTER_BILINEAR, scratch, &dp_stop), err);
	pfree(scratch);
	pfree(decoded);
	return DPK_OK;
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
