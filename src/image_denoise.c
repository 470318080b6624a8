/*
 * image_denoise.c - noise taken away from images
 */
#include "compat.h"

#include "utils/builtins.h"

#include "args.h"
#include "blur.h"
#include "denoise.h"
#include "imageio.h"

PG_FUNCTION_INFO_V1(dp_image_denoise);

enum
{
	MEDIAN,
	GAUSSIAN,
	BILATERAL,
	NLM
};

static const char *const methods[] = {"median", "gaussian", "bilateral", "nlm", NULL};

typedef struct denoise_options
{
	int			size;			/* median; bilateral: the diameter */
	double		sigma;			/* gaussian */
	double		sigma_space,
				sigma_color;	/* bilateral */
	double		strength;		/* nlm */
	int			patch,
				search;
} denoise_options;

#define OPTION(field) offsetof(denoise_options, field)

static const dp_option median_options[] = {
	{"size", DP_OPTION_INT, OPTION(size), "3", 1, DPK_MAX_MEDIAN, NULL}
};
static const dp_option gaussian_options[] = {
	{"sigma", DP_OPTION_FLOAT, OPTION(sigma), "1", 0.1, DPK_MAX_SIGMA, NULL}
};
static const dp_option bilateral_options[] = {
	{"size", DP_OPTION_INT, OPTION(size), "9", 3, DPK_MAX_DIAMETER, NULL},
	{"sigma_space", DP_OPTION_FLOAT, OPTION(sigma_space), "75", 0.1, 1000, NULL},
	{"sigma_color", DP_OPTION_FLOAT, OPTION(sigma_color), "75", 0.1, 1000, NULL}
};
static const dp_option nlm_options[] = {
	{"strength", DP_OPTION_FLOAT, OPTION(strength), "10", 0.1, 255, NULL},
	{"patch", DP_OPTION_INT, OPTION(patch), "7", 1, DPK_MAX_PATCH, NULL},
	{"search", DP_OPTION_INT, OPTION(search), "21", 3, DPK_MAX_SEARCH, NULL}
};

static void
check_odd(const char *name, int value)
{
	if (value % 2 == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid value for parameter \"%s\": %d", name, value),
				 errdetail("\"%s\" must be odd, so that it has a middle.", name)));
}

static void
read_options(int method, Jsonb *json, denoise_options *o)
{
	switch (method)
	{
		case MEDIAN:
			dp_read_options(json, median_options, lengthof(median_options), o);
			check_odd("size", o->size);
			break;
		case GAUSSIAN:
			dp_read_options(json, gaussian_options, lengthof(gaussian_options), o);
			break;
		case BILATERAL:
			dp_read_options(json, bilateral_options, lengthof(bilateral_options), o);
			check_odd("size", o->size);
			break;
		default:
			dp_read_options(json, nlm_options, lengthof(nlm_options), o);
			check_odd("patch", o->patch);
			check_odd("search", o->search);
	}
}

static bool
work_size(int method, const denoise_options *o, const dpk_image *in, size_t *bytes)
{
	switch (method)
	{
		case MEDIAN:
			return dpk_median_work(in->width, in->height, in->channels, o->size, bytes);
		case GAUSSIAN:
			return dpk_gaussian_work(in->width, in->height, in->channels, o->sigma, bytes);
		case BILATERAL:
			return dpk_bilateral_work(in->width, in->height, in->channels, o->size, bytes);
		default:
			return dpk_nlm_work(in->width, in->height, in->channels, o->patch, o->search, bytes);
	}
}

static dpk_status
apply(int method, const denoise_options *o, const dpk_image *in, dpk_image *out, void *work)
{
	switch (method)
	{
		case MEDIAN:
			return dpk_median_filter(in, out, o->size, work, &dp_stop);
		case GAUSSIAN:
			return dpk_gaussian(in, out, o->sigma, work, &dp_stop);
		case BILATERAL:
			return dpk_bilateral(in, out, o->size, o->sigma_space, o->sigma_color, work, &dp_stop);
		default:
			return dpk_nlm(in, out, o->strength, o->patch, o->search, work, &dp_stop);
	}
}

/*
 * dp.image_denoise(image bytea, method text DEFAULT 'nlm', options jsonb DEFAULT '{}') RETURNS bytea
 *
 * In the file format of the image, upright.
 */
Datum
dp_image_denoise(PG_FUNCTION_ARGS)
{
	int			method = dp_choose("method", text_to_cstring(PG_GETARG_TEXT_PP(1)), methods);
	denoise_options options = {0};
	dpk_image_info info;
	dpk_image  *in,
			   *out;
	size_t		bytes;
	void	   *work;
	bytea	   *result;

	read_options(method, PG_GETARG_JSONB_P(2), &options);
	in = dp_decode_upright(PG_GETARG_BYTEA_PP(0), 0, &info);
	if (!work_size(method, &options, in, &bytes) || bytes > DP_SCRATCH_MAX)
		dp_image_too_big(in->width, in->height, in->channels);
	out = dp_new_image(in->width, in->height, in->channels);
	work = dp_scratch(bytes);
	dp_raise(apply(method, &options, in, out, work), NULL);
	dp_free_scratch(work);
	dp_free_scratch(in);
	result = dp_encode_image(out, info.format, DP_JPEG_QUALITY);
	dp_free_scratch(out);
	PG_RETURN_BYTEA_P(result);
}
