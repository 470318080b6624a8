/*
 * predict_image.c - what a trained model makes of an image where that is an image
 *
 * And how far that is from the image, which tells what an autoencoder has not
 * learnt; of features likewise.
 */
#include "compat.h"

#include "utils/array.h"
#include "utils/builtins.h"

#include "args.h"
#include "imageio.h"
#include "sized_model.h"

PG_FUNCTION_INFO_V1(dp_predict_image_image);
PG_FUNCTION_INFO_V1(dp_predict_image_of_value);
PG_FUNCTION_INFO_V1(dp_reconstruction_error);
PG_FUNCTION_INFO_V1(dp_reconstruction_error_of_value);
PG_FUNCTION_INFO_V1(dp_reconstruction_error_features);
PG_FUNCTION_INFO_V1(dp_reconstruction_error_of_value_features);

static void
check_model(const dp_stored_model *model)
{
	if (!dp_makes_images(model))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("model \"%s\" does not make images of images", model->name),
				 errdetail("It takes %s and gives %s.", model->input.is_image ? "images" : "features",
						   model->nclasses > 0 ? "a class" : model->output.is_image ? "images" : "values"),
				 errhint("%s", model->nclasses > 0 ? "Use dp.predict." : "Use dp.predict_values.")));
}

/* The network with what it makes of argument 1, an image, in its y */
static dp_sized_model *
run(FunctionCallInfo fcinfo, bool is_value)
{
	dp_predictor *p = dp_predictor_of_argument(fcinfo, is_value, false);
	bytea	   *image = PG_GETARG_BYTEA_PP(1);
	dp_sized_model *s;
	dpk_error	err = {0};

	check_model(p->model);
	dp_raise(dp_sized_read(p, image, &s, &err), &err);
	dp_sized_run(p, s);
	PG_FREE_IF_COPY(image, 1);
	return s;
}

static Datum
predict_image(FunctionCallInfo fcinfo, bool is_value)
{
	dp_sized_model *s = run(fcinfo, is_value);
	dpk_image  *image;
	bytea	   *result;

	if (s->output.c != 1 && s->output.c != 3)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the model gives %d channels, which are no image", s->output.c),
				 errdetail("Images have 1 channel (gray) or 3 (RGB).")));
	image = dp_new_image(s->output.w, s->output.h, s->output.c);
	dpk_net_pixels(dpk_output_count(&s->output), s->y, image->pixels);
	dp_sized_release(s);
	result = dp_encode_image(image, DPK_PNG, 0);
	dp_free_scratch(image);
	PG_RETURN_BYTEA_P(result);
}

/* predict_image(model text, image bytea) returns bytea, a PNG */
Datum
dp_predict_image_image(PG_FUNCTION_ARGS)
{
	return predict_image(fcinfo, false);
}

/* predict_image(model dp.model, image bytea) */
Datum
dp_predict_image_of_value(PG_FUNCTION_ARGS)
{
	return predict_image(fcinfo, true);
}

/* Mean squared difference of an image and what is made of it, on the scale from 0 to 1 */
static Datum
image_error(FunctionCallInfo fcinfo, bool is_value)
{
	dp_sized_model *s = run(fcinfo, is_value);
	size_t		count = dpk_output_count(&s->output);
	double		sum = 0;

	if (s->output.h != s->input.h || s->output.w != s->input.w || s->output.c != s->input.c)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the model makes an image of %d x %d x %d of one of %d x %d x %d", s->output.h, s->output.w, s->output.c,
						s->input.h, s->input.w, s->input.c),
				 errdetail("Only images of one size can be compared.")));
	for (size_t i = 0; i < count; i++)
	{
		double		d = s->y[i] - s->x[i] / 255.0;

		sum += d * d;
	}
	dp_sized_release(s);
	PG_RETURN_FLOAT8(sum / count);
}

/* reconstruction_error(model text, image bytea) returns float8 */
Datum
dp_reconstruction_error(PG_FUNCTION_ARGS)
{
	return image_error(fcinfo, false);
}

/* reconstruction_error(model dp.model, image bytea) */
Datum
dp_reconstruction_error_of_value(PG_FUNCTION_ARGS)
{
	return image_error(fcinfo, true);
}

/* The same of features, as they are given */
static Datum
features_error(FunctionCallInfo fcinfo, bool is_value)
{
	dp_predictor *p = dp_predictor_of_argument(fcinfo, is_value, false);
	const dp_stored_model *model = p->model;
	const float *x = p->x;
	double		sum = 0;

	if (!model->input.is_image && (model->nclasses > 0 || model->output.is_image || model->noutputs != model->input.c))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("model \"%s\" does not put its features together again", model->name),
				 errdetail("It takes %d features and gives %s.", model->input.c, model->nclasses > 0 ? "a class" :
						   model->output.is_image ? "an image" : psprintf("%d %s", model->noutputs, model->noutputs == 1 ? "value" : "values")),
				 errhint("An autoencoder is trained with the features as the target, too.")));
	dp_predictor_read_features(p, PG_GETARG_ARRAYTYPE_P(1));
	dp_predictor_run(p, 1, p->x, &p->run, p->y);
	for (int i = 0; i < model->noutputs; i++)
	{
		double		d = (double) p->y[i] - x[i];

		sum += d * d;
	}
	PG_RETURN_FLOAT8(sum / model->noutputs);
}

/* reconstruction_error(model text, features float8[]) returns float8 */
Datum
dp_reconstruction_error_features(PG_FUNCTION_ARGS)
{
	return features_error(fcinfo, false);
}

/* reconstruction_error(model dp.model, features float8[]) */
Datum
dp_reconstruction_error_of_value_features(PG_FUNCTION_ARGS)
{
	return features_error(fcinfo, true);
}
