/*
 * model_bytes.h - a trained model as one string of bytes
 *
 *		8 bytes			"dpmodel1"
 *		u32, bytes		its description, JSON in UTF-8
 *		u32				number of tensors, then for each of them
 *			u8, bytes		name of its layer
 *			u8, bytes		its own name
 *			u8, u32 ...		its shape
 *			bytes			its weights, canonical, 4 bytes each
 *		u32				a checksum of all before it, which is the caller's
 * Numbers are little-endian whatever the machine.  A model has one such string
 * and no other: nothing is optional, and nothing may follow.
 *
 * What is read comes from strangers: no length is believed.  Nothing is copied
 * but names and shapes; the rest points into the bytes.
 */
#ifndef DPK_MODEL_BYTES_H
#define DPK_MODEL_BYTES_H

#include "dpk.h"
#include "network.h"

#define DPK_MODEL_MAGIC "dpmodel1"
#define DPK_MODEL_NAME 256

typedef struct dpk_model_tensor
{
	char		layer[DPK_MODEL_NAME],
				name[DPK_MODEL_NAME];
	int			ndim;
	int			shape[4];
	size_t		count;			/* product of the shape */
	const uint8_t *weights;		/* 4 * count bytes */
} dpk_model_tensor;

typedef struct dpk_model_bytes
{
	const char *description;
	size_t		description_length;
	uint32_t	ntensors;
	uint32_t	checksum;		/* as stored */
	const uint8_t *at,			/* the next tensor */
			   *end;			/* the checksum */
	uint32_t	nread;
} dpk_model_bytes;

/* DPK_CORRUPT where it is no model */
extern dpk_status dpk_model_open(const void *bytes, size_t length, dpk_model_bytes *m, dpk_error *err);

/* The next of 'ntensors'; the last of them must end where the checksum begins */
extern dpk_status dpk_model_next(dpk_model_bytes *m, dpk_model_tensor *t, dpk_error *err);

/* Whether it is the tensor that the network wants */
extern bool dpk_model_fits(const dpk_model_tensor *t, const dpk_tensor *wanted);

extern void dpk_model_get(const dpk_model_tensor *t, float *canonical);

/* Writing: with 'out' NULL the bytes are only counted */
typedef struct dpk_model_writer
{
	uint8_t    *out;
	size_t		length;
} dpk_model_writer;

extern void dpk_model_begin(dpk_model_writer *w, const char *description, size_t length, uint32_t ntensors);

/* 'canonical' may be NULL while counting */
extern void dpk_model_put(dpk_model_writer *w, const dpk_tensor *t, const float *canonical);

extern void dpk_model_finish(dpk_model_writer *w, uint32_t checksum);

#endif							/* DPK_MODEL_BYTES_H */
