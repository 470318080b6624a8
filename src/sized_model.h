/*
 * sized_model.h - the network of a model, laid out for an image of any size
 *
 * The weights of a network of convolutions do not depend on the size of its
 * input.  So a model that makes images of images takes others than those it was
 * trained on: whether its network can be laid out for one, and whether the
 * weights are those of the model, the shapes tell.  The last such network is
 * kept for the next image where it is no larger than the model cache.
 */
#ifndef DP_SIZED_MODEL_H
#define DP_SIZED_MODEL_H

#include "compat.h"

#include "model_cache.h"

typedef struct dp_sized_model
{
	MemoryContext context;		/* holds all of it; NULL: this is the predictor's own network */
	dp_model_key key;
	bool		folded;			/* as the predictor it was made from */
	dpk_input	input;
	dpk_output	output;
	size_t		bytes;
	dpk_net    *net;
	float	   *params;
	dpk_run		run;			/* work for one sample */
	uint8	   *x;				/* (h, w, c) of input */
	float	   *y;				/* (h, w, c) of output, white being 1 */
} dp_sized_model;

/* Whether the model makes images of images */
extern bool dp_makes_images(const dp_stored_model *model);

/*
 * The network for the size of 'image', with the image in its x; for models
 * with dp_makes_images() alone.  It is the caller's until SQL is run or the next one is asked for, and
 * goes with dp_sized_release().  What cannot be is a status, with *result NULL.
 */
extern dpk_status dp_sized_read(dp_predictor *p, bytea *image, dp_sized_model **result, dpk_error *err);

/* From x to y; an output that is not finite is an ERROR */
extern void dp_sized_run(const dp_predictor *p, dp_sized_model *s);

extern void dp_sized_release(dp_sized_model *s);

#endif							/* DP_SIZED_MODEL_H */
