/*
 * model_cache.h - trained models in memory, ready to predict
 *
 * A version of a model never changes, so a backend keeps the networks it used
 * under (model_id, checksum), or under the hash of a value, and throws out the least recently used when
 * datapower.model_cache is full.  What a name means does change, and not
 * everybody may see every model: it is looked up as the current user, once for
 * each snapshot.  Nothing is written anywhere, so all of it works in parallel
 * workers and on a standby.
 */
#ifndef DP_MODEL_CACHE_H
#define DP_MODEL_CACHE_H

#include "compat.h"

#include "common/sha2.h"
#include "lib/ilist.h"
#include "utils/array.h"

#include "store.h"

typedef struct dp_model_key
{
	int64		model_id;		/* 0: a value of type dp.model */
	uint32		checksum;
	uint32		size;			/* of a value */
	uint8		hash[PG_SHA256_DIGEST_LENGTH];	/* of a value */
	bool		plain;			/* every layer as it was trained, so that its output can be looked at */
} dp_model_key;

typedef struct dp_predictor
{
	dlist_node	node;			/* in the cache, most recently used first */
	dp_model_key key;
	MemoryContext context;		/* holds all of it */
	size_t		bytes;			/* what it takes, counted against the setting */

	dp_stored_model *model;			/* what dp.models says of it */
	dpk_input	wanted;			/* of the input step: zeros where images must agree with model->input */
	dpk_net    *net;
	bool		folded;			/* dpk_net_fold() has found something to do */
	float	   *params;
	dpk_run		run;			/* work for one sample */
	void	   *x;				/* one sample: uint8 (h, w, c), or float (c) */
	float	   *y;				/* (noutputs); of an image (h, w, c) of model->output, white being 1 */
} dp_predictor;

/*
 * The newest version of the model called 'name', or the ERROR that there is
 * none.  Unless 'plain', batch_norm is folded into other layers.  It is the caller's until SQL is run again, which may load another
 * model in its place.
 */
extern dp_predictor *dp_predictor_find(const text *name, bool plain);

/*
 * The same for argument 'i' of type dp.model, which is not read from the disk,
 * nor decompressed, but for its hash, if the network is in memory
 */
extern dp_predictor *dp_predictor_of_value(FunctionCallInfo fcinfo, int i, bool plain);

/* The model of argument 0, a value or a name */
static inline dp_predictor *
dp_predictor_of_argument(FunctionCallInfo fcinfo, bool is_value, bool plain)
{
	return is_value ? dp_predictor_of_value(fcinfo, 0, plain) : dp_predictor_find(PG_GETARG_TEXT_PP(0), plain);
}

/* Whether both are one version of one model, or one value, plain or not */
extern bool dp_same_model(const dp_model_key *a, const dp_model_key *b);

/* The same in two steps, for a caller that runs SQL in between */
extern dp_model_key dp_predictor_key(const text *name);
extern dp_predictor *dp_predictor_get(dp_model_key key);

/* An argument of SQL as the sample p->x; ERROR where the model takes the other kind, or it does not fit */
extern void dp_predictor_read_image(dp_predictor *p, bytea *image);
extern void dp_predictor_read_features(dp_predictor *p, ArrayType *features);

/*
 * y (n, model->noutputs) for n samples, with work memory of the caller's or
 * p->run: probabilities of the classes, or values.
 * An output that is not finite is an ERROR: it would be the first class, or a
 * NaN, that nobody asked for.
 */
extern void dp_predictor_run(dp_predictor *p, int n, const void *x, const dpk_run *run, float *y);

/* That ERROR, where one of 'count' outputs is not finite */
extern void dp_predictor_check_finite(const dp_predictor *p, const float *y, size_t count);

#endif							/* DP_MODEL_CACHE_H */
