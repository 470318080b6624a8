/*
 * netspec.h - a network as the user writes it: the name of a preset, or JSON
 *
 *		lenet, or "lenet"
 *		{"resnet": {"depth": 20}}
 *		[{"input": {...}}, {"resnet": {"depth": 20}}]
 *		[{"conv2d": {...}}, ...]
 * What comes back is a list that dp_read_steps() reads, with every preset
 * written out as layers.
 */
#ifndef DP_NETSPEC_H
#define DP_NETSPEC_H

#include "compat.h"

#include "utils/jsonb.h"

/* JSON text is parsed; another name than a preset's is an ERROR that lists them */
extern Jsonb *dp_network_from_text(const char *text);

/* A list, one step, or a name; it may be returned as it is */
extern Jsonb *dp_network_from_jsonb(Jsonb *json);

#endif							/* DP_NETSPEC_H */
