/*
 * errors.h - sums over (actual, predicted) that RMSE, MAE and R2 need, mergeable
 *
 * One flat piece of memory that the caller owns.  Also holds the sum of a loss
 * per row, as one column of absolute errors: its mean is then the MAE.
 */
#ifndef DPK_ERRORS_H
#define DPK_ERRORS_H

#include "fields.h"
#include "moments.h"

typedef struct dpk_errors
{
	int32_t		header;			/* the caller's */
	int32_t		unused;
	dpk_moments actual;
	dpk_sum		absolute,		/* of |actual - predicted| */
				squared;
} dpk_errors;

extern void dpk_errors_init(dpk_errors *e);
extern void dpk_errors_add(dpk_errors *e, double actual, double predicted);
extern dpk_status dpk_errors_merge(dpk_errors *e, const dpk_errors *other, dpk_error *err);

/* n >= 1 */
extern double dpk_errors_mae(const dpk_errors *e);
extern double dpk_errors_rmse(const dpk_errors *e);

/* 1 - squared errors / squared deviations; n >= 2; where 'actual' is constant 1 for no error, else 0 */
extern double dpk_errors_r2(const dpk_errors *e);

extern void dpk_errors_write(dpk_writer *w, const dpk_errors *e);
extern dpk_status dpk_errors_read(dpk_reader *r, dpk_errors *e, size_t *size);

#endif							/* DPK_ERRORS_H */
