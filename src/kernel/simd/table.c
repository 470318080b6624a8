/*
 * table.c - the table of one instruction set's kernels
 */
#include "conv2d.h"
#include "pool2d.h"

/* NaN is not greater than 0: a gradient through it is lost, the loss shows it */
static void
relu_backward(const dpk_map *ymap, const dpk_map *dymap, int from, int to, const float *y, float *dy)
{
	long		blocks = BLOCKS(ymap->c);

	y += map_origin(ymap);
	dy += map_origin(dymap);
	for (int i = from / ymap->h; i * ymap->h < to; i++)
		for (long b = i * blocks; b < (i + 1) * blocks; b++)
			for (int r = first_row(from, i, ymap->h); r < end_row(to, i, ymap->h); r++)
			{
				const float *ys = y + b * map_plane(ymap) + r * map_row(ymap);
				float	   *d = dy + b * map_plane(dymap) + r * map_row(dymap);

				for (int j = 0; j < ymap->w; j++)
					VEC(d + j * V) = (vec) ((CVEC(ys + j * V) > 0) & (ivec) CVEC(d + j * V));
			}
}

#define STEPPER(method) \
	extern void DPK_NAME(method) (size_t n, const dpk_gradients *grads, const dpk_step_sizes *k, float *const *slabs)

STEPPER(adam);
STEPPER(sgd);
STEPPER(momentum);
STEPPER(rmsprop);
STEPPER(rmsprop_momentum);
extern double DPK_NAME(sum_gradients) (size_t n, const dpk_gradients *grads, float *sum);
extern void DPK_NAME(average) (size_t n, float share, const float *params, float *average);
extern const dpk_kernels DPK_NAME(kernels);

const dpk_kernels DPK_NAME(kernels) = {
	.isa = DPK_STRING(DPK_ISA),
	.block = V,
	.conv2d_weights = DPK_NAME(conv2d_weights),
	.conv2d_flipped = DPK_NAME(conv2d_flipped),
	.conv2d_pack = DPK_NAME(conv2d_pack),
	.conv2d_unpack = DPK_NAME(conv2d_unpack),
	.conv2d_flip = DPK_NAME(conv2d_flip),
	.conv2d_forward = DPK_NAME(conv2d_forward),
	.conv2d_backward_weights = DPK_NAME(conv2d_backward_weights),
	.conv2d_backward_input = DPK_NAME(conv2d_backward_input),
	.pool2d_forward = DPK_NAME(pool2d_forward),
	.pool2d_backward = DPK_NAME(pool2d_backward),
	.relu_backward = relu_backward,
	.adam = DPK_NAME(adam),
	.sgd = DPK_NAME(sgd),
	.momentum = DPK_NAME(momentum),
	.rmsprop = DPK_NAME(rmsprop),
	.rmsprop_momentum = DPK_NAME(rmsprop_momentum),
	.sum_gradients = DPK_NAME(sum_gradients),
	.average = DPK_NAME(average),
};
