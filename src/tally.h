/*
 * tally.h - what an evaluation counts, and the measures it makes of it
 *
 * Of classes the pairs (actual, predicted) that occurred, of values five sums an
 * output, of images five in all: memory does not grow with the rows.  All of it is palloc'd
 * in the context that was current at dp_new_tally().
 *
 *		loss		mean of -log(probability of the actual class), over the rows whose label the model has learnt
 *		accuracy	share of the rows whose class was found
 *		top_5_accuracy	share of the rows whose class is among the five most probable, of more than five classes
 *		macro_f1, macro_precision, macro_recall		means over the labels that occur, actual or predicted
 *		weighted_f1, weighted_precision				the same, each label by the weight of its rows
 *		auc, average_precision	of two classes, the second being the positive one, over the rows whose label is one of them
 *		mse, mae	mean over rows and outputs; rmse is the root of mse
 *		r2			1 - squared errors / squared deviations of the target, mean over outputs
 * Of probabilities, the outputs of a binary cross-entropy, each output is a label:
 *		loss		mean of -t log(p) - (1 - t) log(1 - p), over rows and outputs
 *		accuracy	share of the labels on the right side of one half; macro_f1 as above, over outputs
 * Of images, each of them counting alike whatever its size:
 *		psnr		10 log10(1 / mse) of an image, mean over images; infinite for equal ones
 *		ssim		1 - dp.image_difference(what is predicted, target, 'ssim'), mean over images
 * Rows count by their weight.  A label the model has not learnt is always wrong.
 */
#ifndef DP_TALLY_H
#define DP_TALLY_H

#include "compat.h"

#include "nodes/execnodes.h"

#include "network.h"

typedef struct dp_tally dp_tally;

/* nclasses is 0 for values and images */
extern dp_tally *dp_new_tally(const dpk_output *output, dpk_loss loss, int nclasses, char *const *classes);

/* The number of a label: that of its output, or one above for a label not learnt */
extern int	dp_tally_label(dp_tally *tally, const char *label);

/* One row: y, of classes (nclasses), else (noutputs), is what the model said */
extern void dp_tally_class(dp_tally *tally, int actual, double weight, const float *y);
extern void dp_tally_image(dp_tally *tally, const dpk_output *output, const uint8 *target, double weight, const float *y);	/* 'output' may differ from row to row */
extern void dp_tally_values(dp_tally *tally, const double *target, double weight, const float *y);

/* Rows (metric text, value float8), and (actual text, predicted text, count bigint) */
extern void dp_tally_metrics(const dp_tally *tally, ReturnSetInfo *result);
extern void dp_tally_pairs(const dp_tally *tally, ReturnSetInfo *result);

#endif							/* DP_TALLY_H */
