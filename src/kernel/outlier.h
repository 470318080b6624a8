/*
 * outlier.h - how unusual a row is among others: the methods, in one table
 *
 * A method scores all rows at once (score_all), or learns a model from rows
 * and scores any row by it (fit and score), in the same way alone or among a
 * million, or does both.  Higher is more unusual.  A method is one entry of the table in
 * outlier.c and one file outlier_NAME.c.
 *
 * Rows that come here are complete: n >= 1 rows of d >= 1 finite values.  A
 * score may be infinite where a distance overflows, but is never NaN; what a
 * model holds is finite.
 *
 * A model is a list of doubles, so that every one can be written, read and
 * compared in the same way.  What is read comes from strangers: check() says
 * whether it is a model, and whatever it lets through can be scored with.
 */
#ifndef DPK_OUTLIER_H
#define DPK_OUTLIER_H

#include "dpk.h"

#define DPK_OUTLIER_OPTIONS 8	/* a method has at most */
#define DPK_OUTLIER_CHUNK 1024	/* rows that score() is given at a time */
#define DPK_OUTLIER_ALIGN 64	/* of scratch memory */
#define DPK_OUTLIER_FEATURES 100000

typedef enum dpk_outlier_type
{
	DPK_OUTLIER_INT,
	DPK_OUTLIER_FLOAT,
	DPK_OUTLIER_BOOL,
	DPK_OUTLIER_CHOICE			/* an index into 'choices' */
} dpk_outlier_type;

typedef struct dpk_outlier_option
{
	const char *name;			/* NULL ends a list */
	dpk_outlier_type type;
	const char *fallback;		/* the default as JSON writes it; NULL: none, which shows by being below min */
	double		min,
				max;			/* of a number */
	const char *const *choices;
} dpk_outlier_option;

typedef struct dpk_rows
{
	const double *x;			/* (n, d) */
	size_t		n;
	int			d;
	const uint32_t *order;		/* the n row numbers, sorted by the values of the rows; NULL unless the method draws */
	const double *options;		/* of the method, in the order of its list */
	int64_t		seed;			/* of a method that draws */
	const dpk_stop *stop;
	dpk_error  *err;
} dpk_rows;

typedef struct dpk_outlier_method
{
	const char *name;
	const dpk_outlier_option *options;
	int			max_features;
	bool		draws;			/* at random: needs rows->order, so that results depend on the set of rows alone */

	/* The score an outlier exceeds by the method's custom; NULL where there is none */
	double		(*threshold) (int d, const double *options);

	/* Bytes of scratch that score_all() or fit() takes; false where they do not fit a size_t.  NULL: none. */
	bool		(*work_bytes) (size_t n, int d, const double *options, size_t *bytes);

	/* A score per row; of a method without a model */
	dpk_status	(*score_all) (const dpk_rows *rows, void *work, double *scores);

	/* Doubles of a model of n rows, at most */
	bool		(*model_size) (size_t n, int d, const double *options, size_t *size);
	dpk_status	(*fit) (const dpk_rows *rows, void *work, double *model, size_t *size);
	bool		(*check) (int d, const double *options, const double *model, size_t size);

	/* What score() wants to have of a checked model: bytes for one of 'size' doubles, and the making of it.  NULL: the model itself. */
	bool		(*ready_bytes) (int d, const double *options, size_t size, size_t *bytes);
	void		(*get_ready) (int d, const double *options, const double *model, size_t size, void *ready);

	/* The scores of n <= DPK_OUTLIER_CHUNK rows */
	void		(*score) (int d, const double *options, const void *ready, size_t n, const double *x, double *scores);

	/* What each feature contributes to the score of one row; false where these options do not let it be told */
	bool		(*explain) (int d, const double *options, const void *ready, const double *x, double *contributions);
} dpk_outlier_method;

/* The methods, and how many */
extern const dpk_outlier_method *const dpk_outlier_methods[];
extern const int dpk_outlier_nmethods;

extern const dpk_outlier_method dpk_outlier_zscore;
extern const dpk_outlier_method dpk_outlier_mad;
extern const dpk_outlier_method dpk_outlier_tukey;
extern const dpk_outlier_method dpk_outlier_knn;
extern const dpk_outlier_method dpk_outlier_lof;
extern const dpk_outlier_method dpk_outlier_dbscan;
extern const dpk_outlier_method dpk_outlier_ecod;
extern const dpk_outlier_method dpk_outlier_copod;
extern const dpk_outlier_method dpk_outlier_hbos;
extern const dpk_outlier_method dpk_outlier_isolation_forest;
extern const dpk_outlier_method dpk_outlier_mahalanobis;
extern const dpk_outlier_method dpk_outlier_pca;
extern const dpk_outlier_method dpk_outlier_mcd;
extern const dpk_outlier_method dpk_outlier_esd;

/* What score_rows() needs at most beside the rows and scores: bytes of memory, false where they do not fit a size_t */
extern bool dpk_outlier_bytes(const dpk_outlier_method *m, size_t n, int d, const double *options, size_t *bytes);

/* All rows, whichever way the method goes; 'memory' of dpk_outlier_bytes(), aligned */
extern dpk_status dpk_outlier_score_rows(const dpk_outlier_method *m, const dpk_rows *rows, void *memory, double *scores);

/* ---- what methods share ---- */

extern const dpk_outlier_option dpk_outlier_no_options[];

/* Feature j of all rows (n) */
extern void dpk_outlier_column(const dpk_rows *rows, int j, double *column);

/* Ascending; 'work' (n) */
extern dpk_status dpk_outlier_sort(double *x, size_t n, double *work, const dpk_stop *stop);

/* DPK_INVALID: the values of feature j (from 0) are too large */
extern dpk_status dpk_outlier_out_of_range(const dpk_rows *rows, int j);

/* Fills rows->order (n); 'work' (n) */
extern dpk_status dpk_outlier_order(const double *x, size_t n, int d, const dpk_stop *stop, uint64_t *work, uint32_t *order);

/* The q-quantile of n >= 1 values, interpolated as numpy and R's type 7; reorders them */
extern dpk_status dpk_outlier_quantile(double *x, size_t n, double q, const dpk_stop *stop, double *quantile);

#endif							/* DPK_OUTLIER_H */
