/*
 * outlier_neighbours.h - what the methods that look at neighbours share
 *
 * Their first two options are the number of neighbours and the scale.  Models
 * are what a feature is reduced by and divided by (d each), then rows, scaled,
 * in the order of the tree's leaves.
 */
#ifndef DPK_OUTLIER_NEIGHBOURS_H
#define DPK_OUTLIER_NEIGHBOURS_H

#include "neighbour_score.h"
#include "outlier.h"

#define DPK_NEAR_MAX_K 1000

enum							/* scales */
{
	DPK_NEAR_MINMAX,
	DPK_NEAR_NONE
};

enum							/* options */
{
	DPK_NEAR_K,
	DPK_NEAR_SCALE,
	DPK_NEAR_THIRD
};

extern const char *const dpk_near_scales[];

/* What scoring or learning from rows needs */
typedef struct dpk_near_rig
{
	int			k;
	double	   *low,			/* d each */
			   *range,
			   *x;				/* scaled */
	void	   *memory;			/* of the tree */
	dpk_neighbours tree;
	dpk_densities keep;
	void	   *work;
} dpk_near_rig;

/* What new rows are scored with */
typedef struct dpk_near_ready
{
	int			k;
	const double *low,
			   *range;
	double	   *row;			/* room for one, scaled */
	dpk_neighbours tree;
	dpk_densities keep;
	void	   *work;
} dpk_near_ready;

extern bool dpk_near_work(size_t n, int d, const double *options, size_t *bytes);

/* Scales the rows and builds their tree; rig.k is the number of neighbours there can be */
extern dpk_status dpk_near_prepare(const dpk_rows *rows, void *work, dpk_near_rig *r);

/* The kernel's status with a sentence where one is due */
extern dpk_status dpk_near_status(const dpk_rows *rows, dpk_status status);

/* One row, scaled; false where a value is too far away for distances */
extern bool dpk_near_scale_row(int d, const double *low, const double *range, const double *x, double *row);

/* A model of the n rows of the tree; what 'keep' (or NULL) knows of each goes behind them */
extern void dpk_near_write(const dpk_near_rig *r, size_t n, const dpk_densities *keep, double *model);

/* Whether a model can begin with these */
extern bool dpk_near_check_scale(int d, const double *model, size_t size);

/* Of models of rows alone */
extern bool dpk_near_model_size(size_t n, int d, const double *options, size_t *size);
extern bool dpk_near_check(int d, const double *options, const double *model, size_t size);
extern bool dpk_near_ready_bytes(int d, const double *options, size_t size, size_t *bytes);
extern void dpk_near_get_ready(int d, const double *options, const double *model, size_t size, void *ready);

#endif							/* DPK_OUTLIER_NEIGHBOURS_H */
