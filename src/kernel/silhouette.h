/*
 * silhouette.h - how well rows lie in their clusters
 *
 * Rousseeuw (1987): with a the mean distance of a row from the others of its
 * cluster, and b the least mean distance from the rows of another cluster,
 *		s = (b - a) / max(a, b)
 * and 0 for a row that is alone in its cluster.  The score is the mean of s
 * over all rows.  Every distance is computed.
 *
 * DETERMINISM: rows are sorted by cluster and values first, so that the same
 * rows give the same bits in any order.
 */
#ifndef DPK_SILHOUETTE_H
#define DPK_SILHOUETTE_H

#include "kernels.h"

/* Memory for n rows of d values, aligned to DPK_ALIGN; false where it does not fit */
extern bool dpk_silhouette_bytes(size_t n, int d, size_t *bytes);

/*
 * x (n, d), all finite; cluster (n).  *score is NaN where there are fewer than
 * two clusters.  DPK_INVALID where squares of distances overflow.
 */
extern dpk_status dpk_silhouette(const double *x, const int32_t *cluster, size_t n, int d, const dpk_stop *stop,
								 void *memory, double *score, dpk_error *err);

#endif							/* DPK_SILHOUETTE_H */
