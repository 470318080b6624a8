/*
 * kernels.h - the compute kernels of one instruction set, as a table
 *
 * Every file in simd/ is compiled once per instruction set (-DDPK_ISA=avx512,
 * avx2, generic) and its functions end in _<isa>; a table of them is picked at
 * run time by what the processor can do.
 *
 * Feature maps are kept in channel blocks of V floats (V = kernels->block):
 *		x	(n, ceil(c/V), h + 2*border, w + 2*border, V)
 * Channels that fill no block are zero, and so is the border: a producer
 * writes into its consumer's bordered map, so padding costs nothing.
 * Everything is aligned to DPK_ALIGN bytes.  Nothing here allocates or fails.
 *
 * A kernel computes rows 'from' up to 'to' of its output, counted through the
 * samples: row r of sample i is i * h + r, all of n samples are 0 to n * h.
 * So a long call can be cut and the caller can look in between whether to go
 * on.  Where it is cut changes no bit, but for the rounding of db.
 */
#ifndef DPK_KERNELS_H
#define DPK_KERNELS_H

#include "dpk.h"

#define DPK_ALIGN 64

#define DPK_NEAR_ROWS 32		/* points whose distances are computed together */
#define DPK_NEAR_BOXES 8		/* and boxes; see neighbours.h */
#define DPK_CENTERS 8			/* centers of clusters; see kmeans.h */
#define DPK_PROFILE_LANES 64	/* diagonals of a matrix profile */
#define DPK_PIXEL_SLACK 64		/* bytes or samples that may be read beyond those of a row */
#define DPK_MEDIAN_BINS 272		/* of a histogram of bytes: 256, and 16 of 16 of them */

/* The feature maps of one sample */
typedef struct dpk_map
{
	int			c,				/* channels */
				h,
				w,
				border;			/* zeros on each of the four sides */
} dpk_map;

typedef enum dpk_activation
{
	DPK_LINEAR,
	DPK_RELU
} dpk_activation;

/* What maps one number to another; softmax is the loss's and is linear here */
typedef enum dpk_act
{
	DPK_ACT_LINEAR,
	DPK_ACT_RELU,
	DPK_ACT_SIGMOID,
	DPK_ACT_TANH,
	DPK_ACT_LEAKY_RELU,
	DPK_ACT_ELU,
	DPK_ACT_GELU,
	DPK_ACT_SILU,
	DPK_ACT_HARD_SIGMOID,
	DPK_ACT_HARD_SWISH,
	DPK_ACT_SOFTMAX
} dpk_act;

/* Whether the derivative is a function of x and not of y alone, so that x must be kept */
static inline bool
dpk_act_needs_x(dpk_act act)
{
	return act == DPK_ACT_GELU || act == DPK_ACT_SILU || act == DPK_ACT_HARD_SWISH;
}

/*
 * A two-dimensional convolution (cross-correlation, as in Keras and PyTorch).
 *		y[o][i][j] = b[o] + sum x[c][i*stride_h - pad_top + p*dilation_h][...] * w[o][c][p][q]
 * x.border >= the padding; dy.border >= dilation * (k - 1) - pad where the
 * stride is 1 (the input gradient then is a forward pass over dy).
 *
 * Depthwise, where every group is one channel of x and one of y, a channel
 * stays in its lane of the vectors and there are no products with zeros.
 *
 * First layer: x_interleaved, x is (n, h + 2*border, w + 2*border, c), c <= 4,
 * pixels as an image has them, and there is no input gradient.
 */
typedef struct dpk_conv2d
{
	dpk_map		x,
				y,
				dx,				/* like x and y but for the border */
				dy;
	int			kh,
				kw,
				stride_h,
				stride_w,
				pad_top,
				pad_left,
				dilation_h,
				dilation_w,
				groups;
	bool		x_interleaved;
	dpk_activation activation;	/* fused into the forward store */
} dpk_conv2d;

static inline bool
dpk_depthwise(const dpk_conv2d *s)
{
	return s->groups > 1 && s->groups == s->x.c && s->groups == s->y.c && !s->x_interleaved;
}

/*
 * Max or average pooling over x; windows as for the convolution.  Average
 * pooling divides by the number of elements inside the map, as Keras does.
 */
typedef struct dpk_pool2d
{
	dpk_map		x,
				y,
				dx,
				dy;
	int			kh,
				kw,
				stride_h,
				stride_w,
				pad_top,
				pad_left;
	bool		average;
} dpk_pool2d;

/* Floats 'from' up to 'to' of a slab */
typedef struct dpk_range
{
	size_t		from,
				to;
} dpk_range;

/*
 * Normalisation by channel, with ReLU or without:
 *		y = (x - mean) / sqrt(variance + epsilon) * gamma + beta
 */
typedef struct dpk_norm
{
	dpk_map		x,
				y,
				dx,				/* like x and y but for the border */
				dy;
	float		epsilon;
	bool		relu;
} dpk_norm;

/* By channel, in whole blocks; where there is no channel all are zero, so y and dx are */
typedef struct dpk_norm_params
{
	const float *gamma,
			   *beta,
			   *mean,
			   *variance;
} dpk_norm_params;

/* Where the gradients of a slice of parameters are: nshards rows, 'stride' floats apart */
typedef struct dpk_gradients
{
	const float *shards;
	int			nshards;
	size_t		stride;
	float		scale;			/* of their sum */
} dpk_gradients;

/* The numbers of one step; see optimizer.h */
typedef struct dpk_step_sizes
{
	float		rate,			/* bias-corrected for Adam */
				beta1,
				beta2,
				correction,		/* of sqrt(v) */
				epsilon,
				momentum,
				decay,			/* times the parameter is added to its gradient */
				shrink;			/* times the parameter is taken off it, whatever the gradient */
	bool		nesterov;
} dpk_step_sizes;

/*
 * One step over n floats: the same bits however a slab is cut.  slabs[0] is
 * the parameters, slabs[1] and [2] the state of the method.
 */
typedef void (*dpk_stepper) (size_t n, const dpk_gradients *grads, const dpk_step_sizes *k, float *const *slabs);

/*
 * What a matrix profile is made of (see matrix_profile.h), each with room for
 * DPK_PROFILE_LANES more: the windows' means and 1 / norm, and of the values
 * that enter and leave a window half the difference and the sum about the means
 */
typedef struct dpk_profile
{
	size_t		m,				/* values of a window */
				nwindows;
	double	   *x,
			   *mean,
			   *scale,			/* NaN: not to be compared */
			   *difference,
			   *sum,
			   *best;			/* the highest correlation so far */
} dpk_profile;

/* Neighbours of a bilateral filter */
typedef struct dpk_bilateral_taps
{
	int			n;
	int32_t    *offset;			/* bytes from a pixel to its neighbour */
	float	   *space;			/* weight by distance */
	const float *color;			/* and by the difference, summed over channels */
} dpk_bilateral_taps;

/* A resized axis: of n results each is a sum of taps[i] samples from first[i], with weights of DPK_FILTER_BITS after the point */
#define DPK_FILTER_BITS 22		/* 8 of a pixel, 2 to spare, in 32 */

typedef struct dpk_filter_taps
{
	int			n,
				most;			/* taps at most; the stride of weights */
	int		   *first,
			   *taps;
	int32_t    *weights;
} dpk_filter_taps;

typedef struct dpk_kernels
{
	const char *isa;
	int			block;			/* V */

	/* floats of the weights (packed by blocks; what the optimiser sees) and of their flipped copy */
	size_t		(*conv2d_weights) (const dpk_conv2d *s);
	size_t		(*conv2d_flipped) (const dpk_conv2d *s);

	/* canonical (c_out, c_in/groups, kh, kw) <-> packed; padding is zero */
	void		(*conv2d_pack) (const dpk_conv2d *s, const float *canonical, float *w);
	void		(*conv2d_unpack) (const dpk_conv2d *s, const float *w, float *canonical);

	/* the copy of w the input gradient reads; once per step, floats from .. to of it, multiples of 4096 but for its end */
	void		(*conv2d_flip) (const dpk_conv2d *s, size_t from, size_t to, const float *w, float *flipped);

	/* b (ceil(c_out/V) * V) or NULL; rows of y, which without its border is overwritten */
	void		(*conv2d_forward) (const dpk_conv2d *s, int from, int to, const float *x, const float *w, const float *b, float *y);

	/* Rows of dy; dw and db, which may be NULL, are added to */
	void		(*conv2d_backward_weights) (const dpk_conv2d *s, int from, int to, const float *x, const float *dy, float *dw, float *db);

	/* Rows of dx, which without its border is overwritten, or added to where 'add' */
	void		(*conv2d_backward_input) (const dpk_conv2d *s, int from, int to, const float *dy, const float *flipped, float *dx, bool add);

	void		(*pool2d_forward) (const dpk_pool2d *s, int from, int to, const float *x, float *y);

	/*
	 * Rows of dy, in ascending order where they are cut; dx overwritten or
	 * added to.  The maximum is found again from x and y.  Ties go to the
	 * first element in row order.
	 */
	void		(*pool2d_backward) (const dpk_pool2d *s, int from, int to, const float *x, const float *y, const float *dy, float *dx, bool add);

	/* y = f(x) over n floats at any address; x may be y; 'slope' is leaky_relu's below zero */
	void		(*activate) (dpk_act act, float slope, size_t n, const float *x, float *y);

	/* dx = dy * f'(x), or added to; dx may be dy; x may be NULL where dpk_act_needs_x() does not, and y where it does */
	void		(*activate_backward) (dpk_act act, float slope, size_t n, const float *x, const float *y, const float *dy, float *dx, bool add);

	/*
	 * Merges rows of x into the mean, and the sum of the squares about it, of
	 * 'count' pixels before them.  Where it is cut may change the rounding.
	 */
	void		(*norm_moments) (const dpk_norm *s, int from, int to, const float *x, double count, double *mean, double *squares);
	void		(*norm_forward) (const dpk_norm *s, int from, int to, const float *x, const dpk_norm_params *p, float *y);

	/*
	 * With dz the gradient of what ReLU sees: adds the sums of dz and of dz * (x - mean)
	 * over rows of dy, which may round as they are cut; and then, with k = gamma / sqrt(variance + epsilon),
	 *		dx = k * (dz - shift - slope * (x - mean))
	 */
	void		(*norm_backward_sums) (const dpk_norm *s, int from, int to, const float *x, const dpk_norm_params *p, const float *dy,
									   double *plain, double *product);
	void		(*norm_backward) (const dpk_norm *s, int from, int to, const float *x, const dpk_norm_params *p, const float *dy,
								  const float *shift, const float *slope, float *dx, bool add);

	dpk_stepper adam,			/* m, v */
				sgd,
				momentum,		/* m */
				rmsprop,		/* v */
				rmsprop_momentum;	/* v, m */

	/* sum = the shards added up, which may be the first of them; returns the sum of squares of that.  n is whole cache lines. */
	double		(*sum_gradients) (size_t n, const dpk_gradients *grads, float *sum);

	/* average += share * (params - average): the same bits however a slab is cut */
	void		(*average) (size_t n, float share, const float *params, float *average);

	/*
	 * Squared distances of a point of d values from the DPK_NEAR_ROWS of a block (d, DPK_NEAR_ROWS),
	 * with a bit for each that is below the bound; and from DPK_NEAR_BOXES boxes (d, lowest | highest, DPK_NEAR_BOXES)
	 */
	uint32_t	(*block_squares) (int d, const double *point, const double *block, double bound, double *squares);
	void		(*box_squares) (int d, const double *point, const double *boxes, double *squares);

	/* Squared distances (n, DPK_CENTERS) of n rows of d values from the centers of a block (d, DPK_CENTERS) */
	void		(*center_squares) (int d, int n, const double *const *rows, const double *block, double *squares);

	/* Rows row up to row + count of DPK_PROFILE_LANES diagonals; window i meets windows i + diagonal and on */
	void		(*profile) (const dpk_profile *p, size_t diagonal, size_t row, size_t count);

	/* least[j] = the least of itself and factors[j] * x[i] + offsets[j] modulo 2^32, for 128 of them; see minhash.h */
	void		(*minhash) (const uint32_t *factors, const uint32_t *offsets, size_t n, const uint32_t *x, uint32_t *least);

	/*
	 * n pixels of c channels (1 or 3), bilinear, at places with 16 bits after the point, which have
	 * all four neighbours in the image; the same bits for every instruction set.
	 */
	void		(*blend) (const uint8_t *pixels, size_t stride, int c, int n, const uint32_t *x, const uint32_t *y, uint8_t *to);

	/*
	 * n pixels, of c channels (1 or 3) in planes 'plane' bytes apart, become the mean of their
	 * neighbours; see denoise.h.  Rows are read DPK_PIXEL_SLACK bytes beyond what they need.
	 */
	void		(*bilateral) (const dpk_bilateral_taps *taps, int c, int n, const uint8_t *middle, size_t plane, uint8_t *to);

	/* see mix.h */
	void		(*mix_samples) (double share, size_t n, uint8_t *a, const uint8_t *b);

	/* Rows filtered along themselves; one row from several, whose first is 'in'.  Integers. */
	void		(*filter_rows) (const dpk_filter_taps *a, int c, const uint8_t *in, int nrows, size_t in_stride, uint8_t *out, size_t out_stride);
	void		(*filter_columns) (const int32_t *weights, int taps, const uint8_t *in, size_t stride, size_t n, uint8_t *out);

	/*
	 * Pixels of three bytes, none read or written beyond them.  n of a row, the
	 * last first; n blocks of four by four: pixel r of column i, which begins at
	 * from + i * step, goes to place i of the row to + r * pitch.  NULL where the
	 * instruction set does not move bytes within a register.
	 */
	void		(*mirror_rgb) (size_t n, const uint8_t *from, uint8_t *to);
	void		(*turn_rgb) (size_t n, const uint8_t *from, ptrdiff_t step, uint8_t *to, ptrdiff_t pitch);

	/*
	 * Bytes of images, the same on every instruction set.  Rows that are read
	 * may be read DPK_PIXEL_SLACK beyond their end.
	 */

	/* p[i] = curve[p[i]] */
	void		(*map_bytes) (size_t n, const uint8_t *curve, uint8_t *p);

	/* dpk_luma() of n pixels */
	void		(*gray) (size_t n, const uint8_t *rgb, uint8_t *gray);

	/* The median of rows[0 .. size-1][i + step * (0 .. size-1)], for a size of 3, 5 or 7 */
	void		(*median_row) (int size, int n, const uint8_t *const *rows, int step, uint8_t *out);

	/* out[i * step] = the median of the columns i .. i + size-1, of each the histogram of size bytes; size is odd, up to 255 */
	void		(*median_wide) (int size, int n, uint16_t (*columns)[DPK_MEDIAN_BINS], int step, uint8_t *out);

	/* sums[i] = sum of weights[t] * from[t][i] / 256, and out[i] = that of weights[t] * sums[i + step * t] / 2^24, rounded; weights add up to 65536 or less, the latter's are symmetric and odd in number */
	void		(*weigh_bytes) (int n, int taps, const uint8_t *const *from, const uint16_t *weights, uint16_t *sums);
	void		(*weigh_sums) (int n, int taps, int step, const uint16_t *sums, const uint16_t *weights, uint8_t *out);

	/* p[i] + sigma * dpk_normal() of word i of the Philox blocks from counter on, rounded and clipped; sigma is at most 255 */
	void		(*noise) (size_t n, float sigma, const uint32_t *counter, const uint32_t *key, uint8_t *p);
} dpk_kernels;

/* The best table this processor can run */
extern const dpk_kernels *dpk_kernels_best(void);

/* "avx512", "avx2" or "generic"; NULL where it is unknown or the processor cannot */
extern const dpk_kernels *dpk_kernels_named(const char *isa);

/* floats of one sample's maps */
static inline size_t
dpk_map_floats(const dpk_map *m, int block)
{
	return (size_t) ((m->c + block - 1) / block) * block * (m->h + 2 * m->border) * (m->w + 2 * m->border);
}

#endif							/* DPK_KERNELS_H */
