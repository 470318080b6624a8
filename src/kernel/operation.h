/*
 * operation.h - what can be done to an image: one table of operations
 *
 * A row of the table is a step of a recipe, {"rotate": {"degrees": [-15, 15]}},
 * and the function dp.image_rotate(image, degrees ...).  To add one:
 *		1. op_NAME.c, with its constant dpk_operation
 *		2. its name in OPERATIONS of operation.c
 *		3. CREATE FUNCTION dp.image_NAME AS 'MODULE_PATHNAME', 'dp_image_operation':
 *		   the arguments have the names of the parameters; image, seed and key
 *		   are what they say; types integer, float8, text, boolean, float8[]
 *		4. its numbers in the tests and its line in docs/augmentation.md
 * A row that has no function, or a function that is written otherwise, is fine.
 * Two rows may have one name; a step takes the first that knows all its keys.
 *
 * What it does is one of
 *		map		moves pixels: a map, merged with its neighbours into one resampling
 *		change	changes the samples where they are
 *		apply	from one image to another
 *		expand	stands for other operations, which are drawn in its place
 *		blends	adds the image to a mixture (recipe.h)
 * and only map and apply may change the size, with the function 'size'.
 *
 * Random numbers come from 'random' alone: it stands where the parameters were
 * drawn, and whatever is drawn from it is the operation's own.  It is a copy:
 * the draws of one step are no business of the next.
 *
 * Images have 1 or 3 channels of 8 bits.  Nothing is allocated: 'work' says how
 * many bytes of scratch are needed (aligned to 64), 'stop' is polled every
 * 50 ms or so.  The same pixels on every instruction set.
 */
#ifndef DPK_OPERATION_H
#define DPK_OPERATION_H

#include <math.h>

#include "affine.h"
#include "image.h"
#include "philox.h"

#define DPK_OPERATION_VALUES 24
#define DPK_REQUIRED NAN

/*
 * A number, drawn from a range where the user gives a list of two; or a word;
 * or a list of just so many numbers, which takes as many values.
 */
typedef struct dpk_parameter
{
	const char *key;			/* NULL: none of the user's, a draw from [min, max); ends with all zero */
	double		min,
				max;
	double		fallback;		/* of a word its index; DPK_REQUIRED: must be given */
	bool		whole;			/* whole numbers, each as likely, both ends too */
	const char *const *words;	/* what it may be, ends with NULL; never drawn */
	int			list;			/* so many numbers, never drawn */
	bool		spread;			/* a list of two, for which a number r alone is [about - r, about + r] */
	double		about;
	bool		flag;			/* true or false, never drawn */
	const double *fallbacks;	/* of a list; NULL: all of them are the fallback */
} dpk_parameter;

/* Moving operations take these two, in this order */
#define DPK_FILL_PARAMETERS(fill) \
	{.key = "fill", .words = dpk_fill_names, .fallback = (fill)}, {.key = "value", .max = 255, .whole = true}

/* What a step came to for one image */
typedef struct dpk_drawn
{
	const struct dpk_operation *operation;
	double		value[DPK_OPERATION_VALUES];	/* in the order of the parameters; of a word its index */
	dpk_random	random;			/* for what the operation draws besides */
	int			step;			/* which step of the recipe drew */
	bool		mask;			/* what moves takes the nearest pixel, since labels have no mean; 'value' is 0 */
} dpk_drawn;

struct dpk_plan;				/* recipe.h */

typedef struct dpk_operation
{
	const char *name;
	double		p;				/* the chance that it happens, where the user does not say */
	dpk_parameter parameters[DPK_OPERATION_VALUES];

	/* the size of the result, from that of the image; NULL: as it is */
	dpk_status	(*size) (const dpk_drawn *d, int *width, int *height, dpk_error *err);

	dpk_affine	(*map) (const dpk_drawn *d, int width, int height);
	dpk_status	(*change) (const dpk_drawn *d, dpk_image *image, void *work, const dpk_stop *stop);
	dpk_status	(*apply) (const dpk_drawn *d, const dpk_image *in, dpk_image *out, void *work, const dpk_stop *stop, dpk_error *err);
	dpk_status	(*expand) (const dpk_drawn *d, struct dpk_plan *plan, dpk_error *err);

	bool		blends;
	bool		moves;			/* apply and change: pixels move, so those of a mask move along */

	/* where a point of the image gets to, in pixel centres, for apply that moves; NULL: it stays */
	void		(*point) (const dpk_drawn *d, int width, int height, double *x, double *y);

	/* or of n of them, with the scratch of apply, for what draws a field first */
	dpk_status	(*points) (const dpk_drawn *d, int width, int height, int n, double *xy, void *work, const dpk_stop *stop);

	/* bytes of scratch for change and apply, given the image; false where they overflow; NULL: none */
	bool		(*work) (const dpk_drawn *d, int width, int height, int channels, size_t *bytes);
} dpk_operation;

extern const dpk_operation *const dpk_operations[]; /* ends with NULL */

/* Values that a parameter takes */
static inline int
dpk_parameter_values(const dpk_parameter *p)
{
	return p->list > 0 ? p->list : 1;
}

static inline bool
dpk_parameter_ends(const dpk_parameter *p)
{
	return p->key == NULL && p->min == 0 && p->max == 0;
}

/* Where the values of a parameter are, or -1 */
extern int	dpk_operation_value(const dpk_operation *o, const char *key);

/* What is beyond the border; false where the operation does not say */
extern bool dpk_drawn_fill(const dpk_drawn *d, dpk_fill *fill);

/* An operation with its values, to be put into a plan; 'name' is a row's */
extern dpk_drawn dpk_draw_fixed(const char *name, const double *values, int n, const dpk_random *random, int step);

#endif							/* DPK_OPERATION_H */
