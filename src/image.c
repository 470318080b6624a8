/*
 * image.c - what an image is, its pixels, and back
 */
#include "compat.h"

#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "args.h"
#include "imageio.h"

PG_FUNCTION_INFO_V1(dp_image_info);
PG_FUNCTION_INFO_V1(dp_image_decode);
PG_FUNCTION_INFO_V1(dp_image_encode);
PG_FUNCTION_INFO_V1(dp_image_convert);

static char *
describe_status(dpk_status status, const dpk_image_info *info, const dpk_error *err)
{
	static const char *const kinds[] = {
		[DPK_NO_PROBLEM] = "ok",
		[DPK_UNRECOGNIZED] = "unrecognized",
		[DPK_TRUNCATED] = "truncated",
		[DPK_DAMAGED] = "damaged",
		[DPK_UNSUPPORTED] = "unsupported",
		[DPK_OVER_LIMIT] = "over limit"
	};

	if (status != DPK_OK)
		return psprintf("%s: %s", kinds[info->problem], err->detail[0] ? err->detail : "no known format");
	if (info->warnings > 0)
		return psprintf("warning: %s (%d in all)", info->warning, info->warnings);
	return pstrdup("ok");
}

/*
 * dp.image_info(image bytea, OUT format text, OUT width integer, OUT height integer,
 *				 OUT channels integer, OUT orientation integer, OUT bytes bigint, OUT status text)
 *
 * Decodes everything, since only that shows whether the image is whole.
 * Never an ERROR for broken bytes; what was not reached is NULL.
 */
Datum
dp_image_info(PG_FUNCTION_ARGS)
{
	bytea	   *data = PG_GETARG_BYTEA_PP(0);
	dpk_image  *image;
	dpk_image_info info;
	dpk_error	err;
	dpk_status	status;
	TupleDesc	desc;
	Datum		values[7] = {0};
	bool		nulls[7] = {false};
	bool		known;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");

	status = dp_try_decode(data, 0, &image, &info, &err);
	if (image != NULL)
		dp_free_scratch(image);

	known = info.problem != DPK_UNRECOGNIZED;
	nulls[0] = !known;
	if (known)
		values[0] = CStringGetTextDatum(dpk_format_names[info.format]);
	values[1] = Int32GetDatum(info.width);
	values[2] = Int32GetDatum(info.height);
	values[3] = Int32GetDatum(info.channels);
	values[4] = Int32GetDatum(info.orientation);
	nulls[1] = nulls[2] = nulls[3] = nulls[4] = info.channels == 0;
	values[5] = Int64GetDatum(VARSIZE_ANY_EXHDR(data));
	values[6] = CStringGetTextDatum(describe_status(status, &info, &err));
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}

static void
check_channels(int channels, bool zero_too)
{
	if (channels == 1 || channels == 3 || (zero_too && channels == 0))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid value for parameter \"%s\": %d", "channels", channels),
			 zero_too ? errdetail("\"channels\" must be 0 (as stored), 1 (gray) or 3 (RGB).") :
			 errdetail("\"channels\" must be 1 (gray) or 3 (RGB).")));
}

/* dp.image_decode(image bytea, channels integer DEFAULT 0) RETURNS bytea */
Datum
dp_image_decode(PG_FUNCTION_ARGS)
{
	bytea	   *data = PG_GETARG_BYTEA_PP(0),
			   *result;
	int			channels = PG_GETARG_INT32(1);
	dpk_image	image;
	dpk_image_info info;
	dpk_error	err;
	size_t		size;

	check_channels(channels, true);
	dp_raise(dp_probe_image(data, &info, &err), &err);
	image = (dpk_image) {info.width, info.height, channels ? channels : info.colors, NULL};
	if (!dpk_mul((size_t) image.width * image.height, (size_t) image.channels, &size) || size > MaxAllocSize - VARHDRSZ)
		dp_image_too_big(image.width, image.height, image.channels);
	result = palloc(size + VARHDRSZ);
	image.pixels = (uint8_t *) VARDATA(result);
	dp_raise(dp_decode_into(data, &info, &image, &err), &err);
	SET_VARSIZE(result, size + VARHDRSZ);
	PG_RETURN_BYTEA_P(result);
}

static bytea *
encode(const dpk_image *image, text *format, int quality)
{
	dpk_format	f = (dpk_format) dp_choose("format", text_to_cstring(format), dpk_format_names);

	dp_check_range("quality", quality, 1, 100);
	return dp_encode_image(image, f, quality);
}

/*
 * dp.image_encode(pixels bytea, width integer, height integer, channels integer,
 *				   format text DEFAULT 'png', quality integer DEFAULT 90) RETURNS bytea
 */
Datum
dp_image_encode(PG_FUNCTION_ARGS)
{
	bytea	   *pixels = PG_GETARG_BYTEA_PP(0);
	dpk_image	image = {PG_GETARG_INT32(1), PG_GETARG_INT32(2), PG_GETARG_INT32(3), (uint8_t *) VARDATA_ANY(pixels)};
	size_t		size;

	dp_check_range("width", image.width, 1, 1000000);
	dp_check_range("height", image.height, 1, 1000000);
	check_channels(image.channels, false);
	size = (size_t) image.width * image.height * image.channels;	/* below 2^42 */
	if (VARSIZE_ANY_EXHDR(pixels) != size)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid value for parameter \"%s\"", "pixels"),
				 errdetail("%d x %d x %d samples are %zu bytes, but there are %zu.",
						   image.width, image.height, image.channels, size, (size_t) VARSIZE_ANY_EXHDR(pixels))));
	PG_RETURN_BYTEA_P(encode(&image, PG_GETARG_TEXT_PP(4), PG_GETARG_INT32(5)));
}

/* dp.image_convert(image bytea, format text DEFAULT 'png', quality integer DEFAULT 90) RETURNS bytea */
Datum
dp_image_convert(PG_FUNCTION_ARGS)
{
	dpk_image_info info;

	PG_RETURN_BYTEA_P(encode(dp_decode_upright(PG_GETARG_BYTEA_PP(0), 0, &info), PG_GETARG_TEXT_PP(1), PG_GETARG_INT32(2)));
}
