/*
 * idx.h - the IDX files of MNIST and its relatives, item by item
 *
 * Two zero bytes, a type, the number of dimensions, the dimensions (32 bits,
 * big-endian), then the numbers, big-endian.  An item is everything under one
 * index of the first dimension.  The file may be gzip.
 * Format: LeCun, Cortes and Burges, "The MNIST database of handwritten digits".
 */
#ifndef DPK_IDX_H
#define DPK_IDX_H

#include "inflate.h"

#define DPK_IDX_MAX_DIMS 16

typedef struct dpk_idx
{
	dpk_inflate stream;
	int			type;			/* as in the file: 8 is unsigned bytes */
	int			ndims;
	int32_t		dims[DPK_IDX_MAX_DIMS];
	size_t		item_bytes;
	int32_t		next;			/* the item to come */
} dpk_idx;

/* Reads the header; 'bytes', 'work' and 'stop' as for dpk_inflate_start() */
extern dpk_status dpk_idx_start(dpk_idx *idx, const uint8_t *bytes, size_t nbytes, uint64_t max_bytes,
								void *work, const dpk_stop *stop, dpk_error *err);

/* The next item to 'item' (item_bytes); *done instead where there is none, which also checks the end of the file */
extern dpk_status dpk_idx_next(dpk_idx *idx, uint8_t *item, bool *done, dpk_error *err);

#endif							/* DPK_IDX_H */
