/*
 * image_resize.c - images of another size: scaled, or a part of them
 *
 * The result has the file format of the input.
 */
#include "compat.h"

#include "utils/builtins.h"
#include "utils/memutils.h"

#include "affine.h"
#include "args.h"
#include "imageio.h"
#include "resize.h"
#include "settings.h"

#define LARGEST_SIDE 65500		/* what a JPEG file can hold */

PG_FUNCTION_INFO_V1(dp_image_resize);
PG_FUNCTION_INFO_V1(dp_image_crop);

/* dp.image_resize(image bytea, width integer, height integer, method text DEFAULT 'bilinear') RETURNS bytea */
Datum
dp_image_resize(PG_FUNCTION_ARGS)
{
	int			width = PG_GETARG_INT32(1),
				height = PG_GETARG_INT32(2);
	dpk_filter	filter = (dpk_filter) dp_choose("method", text_to_cstring(PG_GETARG_TEXT_PP(3)), dpk_filter_names);
	dpk_image  *in,
			   *out;
	dpk_image_info info;
	size_t		bytes;
	void	   *work;
	bytea	   *result;

	dp_check_range("width", width, 1, LARGEST_SIDE);
	dp_check_range("height", height, 1, LARGEST_SIDE);
	if ((int64) width * height > dp_max_image_pixels)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("image is too big: %d x %d", width, height),
				 errdetail("At most %d pixels are allowed by datapower.max_image_pixels.", dp_max_image_pixels)));

	in = dp_decode_upright(PG_GETARG_BYTEA_PP(0), 0, &info);
	if (dpk_resize_work(in, width, height, filter, &bytes) != DPK_OK || bytes > MaxAllocSize)
		dp_image_too_big(width, height, in->channels);
	out = dp_new_image(width, height, in->channels);
	work = palloc(bytes);
	dp_raise(dpk_resize(in, out, filter, work, &dp_stop), NULL);
	pfree(work);
	pfree(in);
	result = dp_encode_image(out, info.format, DP_JPEG_QUALITY);
	pfree(out);
	PG_RETURN_BYTEA_P(result);
}

/* dp.image_crop(image bytea, x integer, y integer, width integer, height integer) RETURNS bytea */
Datum
dp_image_crop(PG_FUNCTION_ARGS)
{
	int			x = PG_GETARG_INT32(1),
				y = PG_GETARG_INT32(2),
				width = PG_GETARG_INT32(3),
				height = PG_GETARG_INT32(4);
	dpk_image  *in,
			   *out;
	dpk_image_info info;
	bytea	   *result;

	in = dp_decode_upright(PG_GETARG_BYTEA_PP(0), 0, &info);
	dp_check_range("x", x, 0, in->width - 1);
	dp_check_range("y", y, 0, in->height - 1);
	dp_check_range("width", width, 1, in->width - x);
	dp_check_range("height", height, 1, in->height - y);
	out = dp_new_image(width, height, in->channels);
	dpk_crop(in, out, x, y);
	pfree(in);
	result = dp_encode_image(out, info.format, DP_JPEG_QUALITY);
	pfree(out);
	PG_RETURN_BYTEA_P(result);
}
