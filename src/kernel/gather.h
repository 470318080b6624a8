/*
 * gather.h - channels of a map from anywhere: for the layers that only move values
 *
 * One row of one block of channels at a time:
 *		y[j * y_step + q] = x[q][j * x_step]	for w pixels j and n channels q
 * or added to y.  Channels n up to v of the block, which are not there, become
 * zero unless it is added.  v is the network's block.
 */
#ifndef DPK_GATHER_H
#define DPK_GATHER_H

#include "layer.h"

extern void dpk_gather(int v, int w, int n, const float *const *x, int x_step, float *y, int y_step, bool add);

/* Where channel c of row i of one sample at 'maps' starts; m is l->y or l->dy */
static inline size_t
dpk_channel(const dpk_net *net, const dpk_layer *l, const dpk_map *m, int c, int i)
{
	return dpk_row(net, l, m, c / net->block * m->h + i) + c % net->block;
}

/* How many channels of the block of row r there are */
static inline int
dpk_row_channels(const dpk_net *net, const dpk_layer *l, int r)
{
	return DPK_MIN(net->block, l->y.c - r / l->y.h * net->block);
}

#endif							/* DPK_GATHER_H */
