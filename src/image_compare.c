/*
 * image_compare.c - hashes, differences and statistics of images
 *
 * Gray is Pillow's mode "L" of the decoded colours, not the luma a JPEG file
 * stores: a hash then is that of the Python package imagehash, and an image has
 * the same one as JPEG and as PNG.
 */
#include "compat.h"

#include "funcapi.h"
#include "port/pg_bitutils.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "args.h"
#include "imagediff.h"
#include "imagehash.h"
#include "imageio.h"
#include "imagestats.h"

PG_FUNCTION_INFO_V1(dp_image_hash);
PG_FUNCTION_INFO_V1(dp_hash_distance);
PG_FUNCTION_INFO_V1(dp_image_difference);
PG_FUNCTION_INFO_V1(dp_image_stats);

/* RGB becomes gray in place */
static void
make_gray(dpk_image *image)
{
	size_t		n = (size_t) image->width * image->height;
	uint8_t    *p = image->pixels;

	if (image->channels == 1)
		return;
	for (size_t i = 0; i < n; i++)
		p[i] = dpk_luma(p[3 * i], p[3 * i + 1], p[3 * i + 2]);
	image->channels = 1;
}

static dpk_image *
decode_gray(bytea *data)
{
	dpk_image  *image = dp_decode_image(data, 0);

	make_gray(image);
	return image;
}

/* dp.image_hash(image bytea, method text DEFAULT 'phash') RETURNS bigint */
Datum
dp_image_hash(PG_FUNCTION_ARGS)
{
	dpk_hash_method method = (dpk_hash_method) dp_choose("method", text_to_cstring(PG_GETARG_TEXT_PP(1)), dpk_hash_names);
	dpk_image  *gray = decode_gray(PG_GETARG_BYTEA_PP(0));
	uint64_t	hash = 0;
	size_t		bytes;
	void	   *work;

	if (dpk_image_hash_work(gray, method, &bytes) != DPK_OK || bytes > DP_SCRATCH_MAX)
		dp_image_too_big(gray->width, gray->height, gray->channels);
	work = dp_scratch(bytes);
	dp_raise(dpk_image_hash(gray, method, &hash, work, &dp_stop), NULL);
	dp_free_scratch(work);
	dp_free_scratch(gray);
	PG_RETURN_INT64((int64) hash);
}

/* dp.hash_distance(a bigint, b bigint) RETURNS integer */
Datum
dp_hash_distance(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(pg_popcount64((uint64) PG_GETARG_INT64(0) ^ (uint64) PG_GETARG_INT64(1)));
}

static double
structural_difference(const dpk_image *a, const dpk_image *b)
{
	void	   *work;
	double		ssim = 0;

	if (a->width < DPK_SSIM_WINDOW || a->height < DPK_SSIM_WINDOW)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("images are too small to compare by \"ssim\": %d x %d", a->width, a->height),
				 errdetail("Both sides must be at least %d pixels.", DPK_SSIM_WINDOW)));
	work = dp_scratch(dpk_ssim_work(a->width));
	dp_raise(dpk_ssim(a, b, &ssim, work, &dp_stop), NULL);
	dp_free_scratch(work);
	return 1 - ssim;
}

/*
 * dp.image_difference(a bytea, b bytea, method text DEFAULT 'mae') RETURNS float8
 *
 * A gray and a colour image are compared as colours.
 */
Datum
dp_image_difference(PG_FUNCTION_ARGS)
{
	enum
	{
		MAE,
		MSE,
		SSIM
	};
	static const char *const methods[] = {"mae", "mse", "ssim", NULL};
	int			method = dp_choose("method", text_to_cstring(PG_GETARG_TEXT_PP(2)), methods);
	bytea	   *data[2] = {PG_GETARG_BYTEA_PP(0), PG_GETARG_BYTEA_PP(1)};
	dpk_image  *image[2];
	double		result;

	for (int i = 0; i < 2; i++)
		image[i] = method == SSIM ? decode_gray(data[i]) : dp_decode_image(data[i], 0);
	if (image[0]->width != image[1]->width || image[0]->height != image[1]->height)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("images differ in size: %d x %d and %d x %d", image[0]->width, image[0]->height,
						image[1]->width, image[1]->height),
				 errhint("Bring one to the size of the other with dp.image_resize().")));
	for (int i = 0; i < 2; i++)
		if (image[i]->channels < image[1 - i]->channels)
			image[i] = dp_decode_image(data[i], 3);

	result = method == MAE ? dpk_mean_difference(image[0], image[1]) :
		method == MSE ? dpk_mean_squared_difference(image[0], image[1]) : structural_difference(image[0], image[1]);
	dp_free_scratch(image[0]);
	dp_free_scratch(image[1]);
	PG_RETURN_FLOAT8(result);
}

/* dp.image_stats(image bytea, OUT mean float8, OUT spread float8, OUT sharpness float8, OUT entropy float8) */
Datum
dp_image_stats(PG_FUNCTION_ARGS)
{
	dpk_image  *gray = decode_gray(PG_GETARG_BYTEA_PP(0));
	dpk_image_stats stats = dpk_measure_image(gray);
	Datum		values[4] = {
		Float8GetDatum(stats.mean), Float8GetDatum(stats.spread),
		Float8GetDatum(stats.sharpness), Float8GetDatum(stats.entropy)
	};
	bool		nulls[4] = {false};
	TupleDesc	desc;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	dp_free_scratch(gray);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}
