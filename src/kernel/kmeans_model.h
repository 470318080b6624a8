/*
 * kmeans_model.h - a sample of rows, and the clusters found in it
 *
 * One flat piece of memory that the caller owns, an aggregate's state and its
 * result: at first the rows (row_sample.h), then k clusters of d + 2 values:
 * the number of rows, the sum of squared distances of those, the center.
 */
#ifndef DPK_KMEANS_MODEL_H
#define DPK_KMEANS_MODEL_H

#include "kmeans.h"
#include "row_sample.h"

#define DPK_KMEANS_FEATURES 100000

typedef struct dpk_kmeans
{
	int32_t		header;			/* the caller's */
	int32_t		nfeatures;
	int32_t		k;
	int32_t		fitted;			/* 1: clusters; 0: a sample */
	int32_t		starts;
	int32_t		iterations;
	int32_t		batch;			/* rows of a batch; 0: none */
	int32_t		unused;
	dpk_row_sample sample;		/* rows to learn from, and the seed of the draws */
	uint64_t	fingerprint;	/* of clusters: heads that are equal belong to clusters that are */
} dpk_kmeans;

static inline dpk_sample_value *
dpk_kmeans_values(const dpk_kmeans *t)
{
	return (dpk_sample_value *) (t + 1);
}

/* Cluster c of a fitted one: its rows, their inertia, its center */
static inline const dpk_sample_value *
dpk_kmeans_cluster(const dpk_kmeans *t, int c)
{
	return dpk_kmeans_values(t) + c * dpk_row_sample_width(t->nfeatures);
}

/* Bytes with 'room' values; false where they do not fit a size_t */
extern bool dpk_kmeans_size(int64_t room, size_t *size);

/* Puts clusters in the place of the rows; there is room */
extern void dpk_kmeans_seal(dpk_kmeans *t, const dpk_clusters *clusters);

extern void dpk_kmeans_write(dpk_writer *w, const dpk_kmeans *t);

/* Reading knows the size only as it goes: DPK_NO_MEMORY asks for *size bytes and a second call */
extern dpk_status dpk_kmeans_read(dpk_reader *r, dpk_kmeans *t, size_t *size);

#endif							/* DPK_KMEANS_MODEL_H */
