/*
 * model_value.h - the type dp.model: a whole model as a value
 *
 * It reads no table, so it works where the tables of models are not: in a
 * query over shards, on a server that has only the value, in an index.  A value
 * is what model_bytes.h describes behind its SHA-256.  The input functions and
 * dp.model_value() compute the hash, and whoever loads a value verifies it, so
 * that two values with the same hash are the same model.
 */
#ifndef DP_MODEL_VALUE_H
#define DP_MODEL_VALUE_H

#include "compat.h"

#include "common/sha2.h"

#include "store.h"

typedef struct dp_model_value
{
	int32		vl_len_;		/* of a varlena with a header of 4 bytes */
	uint8		hash[PG_SHA256_DIGEST_LENGTH];	/* of 'bytes' */
	char		bytes[FLEXIBLE_ARRAY_MEMBER];
} dp_model_value;

/* Of a value; what is longer could be stored, but not printed or dumped */
#define DP_MODEL_VALUE_LIMIT ((size_t) 512 * 1024 * 1024)

/* What the value says of the model, its bytes verified; ERROR 22P03 */
extern dp_stored_model *dp_value_read(const dp_model_value *value);

/* Fill a slab of dpk_net_param_floats() zeros; ERROR 22P03 where the weights are not those of the network */
extern void dp_value_read_weights(const dp_model_value *value, const dpk_net *net, float *params);

#endif							/* DP_MODEL_VALUE_H */
