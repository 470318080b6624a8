/*
 * image_inpaint.c - scratches and holes of an image filled
 */
#include "compat.h"

#include "args.h"
#include "imageio.h"
#include "inpaint.h"

PG_FUNCTION_INFO_V1(dp_image_inpaint);

/*
 * dp.image_inpaint(image bytea, mask bytea, radius integer DEFAULT 3) RETURNS bytea
 *
 * In the file format of the image, upright.  What is light in the mask is filled.
 */
Datum
dp_image_inpaint(PG_FUNCTION_ARGS)
{
	int			radius = PG_GETARG_INT32(2);
	dpk_image_info info;
	dpk_image  *image,
			   *mask;
	size_t		bytes,
				n;
	void	   *work;
	bytea	   *result;
	dpk_error	err;

	dp_check_range("radius", radius, 1, DPK_MAX_INPAINT_RADIUS);
	mask = dp_decode_upright(PG_GETARG_BYTEA_PP(1), 1, &info);
	image = dp_decode_upright(PG_GETARG_BYTEA_PP(0), 0, &info);
	if (mask->width != image->width || mask->height != image->height)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("images differ in size: %d x %d and %d x %d", image->width, image->height, mask->width, mask->height),
				 errhint("Bring the mask to the size of the image with dp.image_resize(mask, width, height, 'nearest').")));
	n = (size_t) mask->width * mask->height;
	for (size_t i = 0; i < n; i++)
		mask->pixels[i] = mask->pixels[i] >= 128;
	if (!dpk_inpaint_work(image->width, image->height, &bytes) || bytes > DP_SCRATCH_MAX)
		dp_image_too_big(image->width, image->height, image->channels);
	work = dp_scratch(bytes);
	dp_raise(dpk_inpaint(image, mask->pixels, radius, work, &dp_stop, &err), &err);
	dp_free_scratch(work);
	dp_free_scratch(mask);
	result = dp_encode_image(image, info.format, DP_JPEG_QUALITY);
	dp_free_scratch(image);
	PG_RETURN_BYTEA_P(result);
}
