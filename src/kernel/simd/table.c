/*
 * table.c - the table of one instruction set's kernels
 */
#include "conv2d.h"
#include "distance.h"
#include "exact_pixels.h"
#include "norm.h"
#include "pixels.h"
#include "pool2d.h"
#include "profile.h"
#include "turn.h"

extern void DPK_NAME(activate) (dpk_act act, float slope, size_t n, const float *x, float *y);
extern void DPK_NAME(activate_backward) (dpk_act act, float slope, size_t n, const float *x, const float *y, const float *dy, float *dx, bool add);
#define STEPPER(method) \
	extern void DPK_NAME(method) (size_t n, const dpk_gradients *grads, const dpk_step_sizes *k, float *const *slabs)

STEPPER(adam);
STEPPER(sgd);
STEPPER(momentum);
STEPPER(rmsprop);
STEPPER(rmsprop_momentum);
extern double DPK_NAME(sum_gradients) (size_t n, const dpk_gradients *grads, float *sum);
extern void DPK_NAME(average) (size_t n, float share, const float *params, float *average);
extern void DPK_NAME(minhash) (const uint32_t *factors, const uint32_t *offsets, size_t n, const uint32_t *x, uint32_t *least);
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
	.activate = DPK_NAME(activate),
	.activate_backward = DPK_NAME(activate_backward),
	.norm_moments = DPK_NAME(norm_moments),
	.norm_forward = DPK_NAME(norm_forward),
	.norm_backward_sums = DPK_NAME(norm_backward_sums),
	.norm_backward = DPK_NAME(norm_backward),
	.adam = DPK_NAME(adam),
	.sgd = DPK_NAME(sgd),
	.momentum = DPK_NAME(momentum),
	.rmsprop = DPK_NAME(rmsprop),
	.rmsprop_momentum = DPK_NAME(rmsprop_momentum),
	.sum_gradients = DPK_NAME(sum_gradients),
	.average = DPK_NAME(average),
	.block_squares = DPK_NAME(block_squares),
	.box_squares = DPK_NAME(box_squares),
	.center_squares = DPK_NAME(center_squares),
	.profile = DPK_NAME(profile),
	.minhash = DPK_NAME(minhash),
	.blend = DPK_NAME(blend),
	.bilateral = DPK_NAME(bilateral),
	.mix_samples = DPK_NAME(mix_samples),
	.filter_rows = DPK_NAME(filter_rows),
	.filter_columns = DPK_NAME(filter_columns),
	.mirror_rgb = DPK_MIRROR_RGB,
	.turn_rgb = DPK_TURN_RGB,
	.map_bytes = DPK_NAME(map_bytes),
	.gray = DPK_NAME(gray),
	.median_row = DPK_NAME(median_row),
	.median_wide = DPK_NAME(median_wide),
	.weigh_bytes = DPK_NAME(weigh_bytes),
	.weigh_sums = DPK_NAME(weigh_sums),
	.noise = DPK_NAME(noise),
};
