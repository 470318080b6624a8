/*
 * image_mix.c - rows mixed with others: mixup, CutMix, mosaic, and their labels
 *
 * Whom a row is mixed with, and by how much, are functions of its key and a
 * seed, so that a mixed table is a self-join.  Images are decoded one after the
 * other: at no time are there more than two in memory, besides the encoded ones.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"

#include "args.h"
#include "feature_row.h"
#include "imageio.h"
#include "mix.h"
#include "permute.h"

PG_FUNCTION_INFO_V1(dp_mix_partner);
PG_FUNCTION_INFO_V1(dp_mix_lambda);
PG_FUNCTION_INFO_V1(dp_label_mix);
PG_FUNCTION_INFO_V1(dp_label_mix_many);
PG_FUNCTION_INFO_V1(dp_image_mixup);
PG_FUNCTION_INFO_V1(dp_image_cutmix);
PG_FUNCTION_INFO_V1(dp_image_mosaic);

/* Random decisions, named by four letters so that no other part takes the same */
#define OPERATION_LAMBDA 0x4C414D42u
#define OPERATION_CUTMIX 0x4355544Du
#define OPERATION_MOSAIC 0x4D4F5341u

#define LEAST_ALPHA 0.001
#define MOST_ALPHA 1000
#define SAMPLES_PER_CALL 4194304	/* between two looks at interrupts */

/* dp.mix_partner(key bigint, n bigint, seed bigint DEFAULT 0) RETURNS bigint */
Datum
dp_mix_partner(PG_FUNCTION_ARGS)
{
	int64		key = PG_GETARG_INT64(0),
				n = PG_GETARG_INT64(1);

	if (n < 1 || n > DPK_PERMUTE_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid value for parameter \"%s\": %lld", "n", (long long) n),
				 errdetail("\"%s\" must be between %d and %lld.", "n", 1, (long long) DPK_PERMUTE_MAX)));
	if (key < 0 || key >= n)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid value for parameter \"%s\": %lld", "key", (long long) key),
				 errdetail("\"%s\" must be between %d and %lld.", "key", 0, (long long) n - 1),
				 errhint("Number the rows first: row_number() OVER (ORDER BY id) - 1.")));
	PG_RETURN_INT64(dpk_permute(key, n, PG_GETARG_INT64(2)));
}

/* dp.mix_lambda(key bigint, alpha float8, seed bigint DEFAULT 0) RETURNS float8 */
Datum
dp_mix_lambda(PG_FUNCTION_ARGS)
{
	double		alpha = PG_GETARG_FLOAT8(1);
	dpk_random	random = dpk_random_start(PG_GETARG_INT64(2), PG_GETARG_INT64(0), OPERATION_LAMBDA);

	dp_check_range("alpha", alpha, LEAST_ALPHA, MOST_ALPHA);
	PG_RETURN_FLOAT8(dpk_random_beta(&random, alpha));
}

static void
refuse_nulls(const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
			 errmsg("\"%s\" must not contain nulls", name)));
}

static dp_features
read_numbers(const char *name, ArrayType *array)
{
	if (array_contains_nulls(array))
		refuse_nulls(name);
	return dp_read_features(name, array);
}

/*
 * dp.label_mix(a float8[], b float8[], lambda float8) RETURNS float8[]
 *
 * lambda a + (1 - lambda) b, class by class.
 */
Datum
dp_label_mix(PG_FUNCTION_ARGS)
{
	dp_features a = read_numbers("a", PG_GETARG_ARRAYTYPE_P(0)),
				b = read_numbers("b", PG_GETARG_ARRAYTYPE_P(1));
	double		lambda = PG_GETARG_FLOAT8(2);
	double	   *mixed = palloc(sizeof(double) * a.n);

	dp_check_range("lambda", lambda, 0, 1);
	if (a.n != b.n)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("labels differ in their number of classes: %d and %d", a.n, b.n)));
	for (int i = 0; i < a.n; i++)
		mixed[i] = lambda * a.values[i] + (1 - lambda) * b.values[i];
	PG_RETURN_DATUM(dp_features_array(mixed, 0, a.n));
}

/*
 * dp.label_mix(labels float8[], weights float8[]) RETURNS float8[]
 *
 * 'labels' is what array_agg() makes of labels: (rows, classes).  The sum over
 * rows of weight times label.
 */
Datum
dp_label_mix_many(PG_FUNCTION_ARGS)
{
	ArrayType  *labels = PG_GETARG_ARRAYTYPE_P(0);
	dp_features weights = read_numbers("weights", PG_GETARG_ARRAYTYPE_P(1));
	const double *label = (const double *) ARR_DATA_PTR(labels);
	double	   *mixed;
	int			nclasses;

	if (array_contains_nulls(labels))
		refuse_nulls("labels");
	if (ARR_NDIM(labels) != 2)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("\"%s\" must have two dimensions, not %d", "labels", ARR_NDIM(labels)),
				 errhint("array_agg(label) of labels that are arrays has two.")));
	if (ARR_DIMS(labels)[0] != weights.n)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("%d labels but %d weights", ARR_DIMS(labels)[0], weights.n)));
	nclasses = ARR_DIMS(labels)[1];
	mixed = palloc0(sizeof(double) * nclasses);
	for (int i = 0; i < weights.n; i++)
	{
		dp_check_range("weights", weights.values[i], 0, 1);
		for (int j = 0; j < nclasses; j++)
			mixed[j] += weights.values[i] * *label++;
	}
	PG_RETURN_DATUM(dp_features_array(mixed, 0, nclasses));
}

/* An image as its header has it, upright */
static void
measure(bytea *data, int *width, int *height, int *colors)
{
	dpk_image_limits limits = dp_image_limits();
	dpk_image_info info;
	dpk_error	err;

	dp_raise(dpk_image_probe((const uint8_t *) VARDATA_ANY(data), VARSIZE_ANY_EXHDR(data), &limits, &info, &err), &err);
	*width = info.orientation > 4 ? info.height : info.width;
	*height = info.orientation > 4 ? info.width : info.height;
	*colors = info.colors;
}

/* The channels that n images are mixed in: colours if any has them.  ERROR unless they are of one size. */
static int
common_channels(bytea *const *data, int n)
{
	int			width,
				height,
				channels;

	measure(data[0], &width, &height, &channels);
	for (int i = 1; i < n; i++)
	{
		int			w,
					h,
					c;

		measure(data[i], &w, &h, &c);
		if (w != width || h != height)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("images differ in size: %d x %d and %d x %d", width, height, w, h),
					 errhint("Bring them to one size with dp.image_resize().")));
		channels = Max(channels, c);
	}
	return channels;
}

/* The first of two images, which becomes their mixture, and the other */
static dpk_image *
decode_two(FunctionCallInfo fcinfo, dpk_image **b, dpk_format *format)
{
	bytea	   *data[2] = {PG_GETARG_BYTEA_PP(0), PG_GETARG_BYTEA_PP(1)};
	int			channels = common_channels(data, 2);
	dpk_image_info info;
	dpk_image  *a;

	*b = dp_decode_upright(data[1], channels, &info);
	a = dp_decode_upright(data[0], channels, &info);
	*format = info.format;
	return a;
}

/*
 * dp.image_mixup(a bytea, b bytea, lambda float8) RETURNS bytea
 *
 * In the file format of a.
 */
Datum
dp_image_mixup(PG_FUNCTION_ARGS)
{
	double		lambda = PG_GETARG_FLOAT8(2);
	dpk_image  *a,
			   *b;
	dpk_format	format;
	size_t		n;
	bytea	   *result;

	dp_check_range("lambda", lambda, 0, 1);
	a = decode_two(fcinfo, &b, &format);
	n = (size_t) a->width * a->height * a->channels;
	for (size_t from = 0; from < n; from += SAMPLES_PER_CALL)
	{
		CHECK_FOR_INTERRUPTS();
		dpk_mix_samples(lambda, Min(n - from, SAMPLES_PER_CALL), a->pixels + from, b->pixels + from);
	}
	dp_free_scratch(b);
	result = dp_encode_image(a, format, DP_JPEG_QUALITY);
	dp_free_scratch(a);
	PG_RETURN_BYTEA_P(result);
}

static Datum
make_row(FunctionCallInfo fcinfo, bytea *image, Datum weight)
{
	TupleDesc	desc;
	Datum		values[2] = {PointerGetDatum(image), weight};
	bool		nulls[2] = {false, false};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
}

/*
 * dp.image_cutmix(a bytea, b bytea, seed bigint, key bigint, alpha float8 DEFAULT 1,
 *				   OUT image bytea, OUT lambda float8)
 */
Datum
dp_image_cutmix(PG_FUNCTION_ARGS)
{
	double		alpha = PG_GETARG_FLOAT8(4);
	dpk_random	random = dpk_random_start(PG_GETARG_INT64(2), PG_GETARG_INT64(3), OPERATION_CUTMIX);
	dpk_image  *a,
			   *b;
	dpk_format	format;
	dpk_mix		m;
	double		share;
	int			x,
				y;
	bytea	   *result;

	dp_check_range("alpha", alpha, LEAST_ALPHA, MOST_ALPHA);
	a = decode_two(fcinfo, &b, &format);
	share = dpk_random_beta(&random, alpha);
	x = (int) dpk_random_below(&random, (uint32_t) a->width);
	y = (int) dpk_random_below(&random, (uint32_t) a->height);
	dpk_mix_box(share, x, y, a->width, a->height, &m);
	dpk_mix_bytes(&m, a->width, a->height, a->channels, a->pixels, b->pixels);
	dp_free_scratch(b);
	result = dp_encode_image(a, format, DP_JPEG_QUALITY);
	dp_free_scratch(a);
	PG_RETURN_DATUM(make_row(fcinfo, result, Float8GetDatum(m.share)));
}

/* The images of an array, detoasted */
static int
read_images(ArrayType *array, bytea *images[DPK_MOSAIC])
{
	Datum	   *elements;
	int			n = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));

	if (n < 1 || n > DPK_MOSAIC)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("wrong number of images for a mosaic: %d", n),
				 errdetail("A mosaic is of 1 to %d images.", DPK_MOSAIC)));
	if (array_contains_nulls(array))
		refuse_nulls("images");
	deconstruct_array(array, BYTEAOID, -1, false, TYPALIGN_INT, &elements, NULL, &n);
	for (int i = 0; i < n; i++)
		images[i] = DatumGetByteaPP(elements[i]);
	return n;
}

/*
 * dp.image_mosaic(images bytea[], seed bigint, key bigint, OUT image bytea, OUT weights float8[])
 *
 * In the file format of the first image.  Weights are in the order of the images.
 */
Datum
dp_image_mosaic(PG_FUNCTION_ARGS)
{
	bytea	   *images[DPK_MOSAIC] = {NULL};
	int			n = read_images(PG_GETARG_ARRAYTYPE_P(0), images);
	dpk_random	random = dpk_random_start(PG_GETARG_INT64(1), PG_GETARG_INT64(2), OPERATION_MOSAIC);
	int			channels = common_channels(images, n),
				x = 0,
				y = 0;
	int64		shown[DPK_MOSAIC] = {0};	/* pixels */
	double		weights[DPK_MOSAIC];
	dpk_format	format = DPK_PNG;
	dpk_image  *out = NULL;
	bytea	   *result;

	for (int i = 0; i < n; i++)
	{
		dpk_image_info info;
		dpk_image  *image = dp_decode_upright(images[i], channels, &info);

		if (i == 0)
		{
			format = info.format;
			out = dp_new_image(image->width, image->height, channels);
			x = (int) dpk_random_below(&random, (uint32_t) image->width + 1);
			y = (int) dpk_random_below(&random, (uint32_t) image->height + 1);
		}
		for (int tile = 0; tile < DPK_MOSAIC; tile++)
			if (dpk_mosaic_tiles[n - 1][tile] == i)
			{
				dpk_mosaic_copy(image, tile, x, y, out);
				shown[i] += dpk_mosaic_pixels(tile, x, y, image->width, image->height);
			}
		dp_free_scratch(image);
	}
	for (int i = 0; i < n; i++)
		weights[i] = shown[i] / ((double) out->width * out->height);
	result = dp_encode_image(out, format, DP_JPEG_QUALITY);
	dp_free_scratch(out);
	PG_RETURN_DATUM(make_row(fcinfo, result, dp_features_array(weights, 0, n)));
}
