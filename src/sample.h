/*
 * sample.h - from a value in SQL to a sample of a network
 *
 * Training, evaluation and prediction all go through here, so a model is
 * asked exactly what it was taught: an image is decoded, turned upright where
 * its EXIF data says so, brought to the colour and size of the network's input
 * step (bilinear, smoothed when it shrinks), and stays uint8; features become
 * float.  What does not fit is a status with both sizes in 'err', so that a
 * caller may skip the row.
 */
#ifndef DP_SAMPLE_H
#define DP_SAMPLE_H

#include "compat.h"

#include "network.h"

/* The input of a network whose first sample is 'image': zeros of 'wanted' become its size and channels */
extern dpk_status dp_sample_size(bytea *image, const dpk_input *wanted, dpk_input *input, dpk_error *err);

/* The same from the image's header alone */
extern dpk_status dp_sample_look(bytea *image, const dpk_input *wanted, dpk_input *input, dpk_error *err);

/*
 * 'wanted' is what the input step says, with zeros where the images decide;
 * there an image must agree with 'input'.  x: input->h * input->w * input->c bytes.
 */
extern dpk_status dp_sample_image(bytea *image, const dpk_input *wanted, const dpk_input *input, uint8 *x, dpk_error *err);

/*
 * A target image, which must have the size and channels of 'output'; where it
 * has not, the error says that it is another than what 'others' names, such as
 * "the others are".  t: output->h * output->w * output->c bytes
 */
extern dpk_status dp_sample_target(bytea *image, const dpk_output *output, const char *others, uint8 *t, dpk_error *err);

/* n numbers, NULL where one is missing or not finite; they must be input->c.  x: as many floats */
extern dpk_status dp_sample_features(const double *features, int n, const dpk_input *input, float *x, dpk_error *err);

/* Zeros, with a look for interrupts every few milliseconds */
extern void dp_clear(void *p, size_t bytes);

/* Zeroed memory for samples and networks, aligned to DPK_ALIGN, of any size; it goes with the current context */
extern void *dp_alloc_aligned(size_t bytes);

/*
 * Work memory of a network, of dpk_net_work_bytes().  Only the first bytes are
 * cleared, as the network asks: to clear all can take seconds, which a cancel
 * would wait for, and takes memory for maps that may never be used.
 */
extern void *dp_alloc_work(size_t bytes);

#endif							/* DP_SAMPLE_H */
