/*
 * netspec.h - a network as the user writes it: the name of a preset, or JSON
 */
#ifndef DP_NETSPEC_H
#define DP_NETSPEC_H

#include "compat.h"

#include "utils/jsonb.h"

#include "spec.h"

/* JSON text is parsed; a preset becomes its steps, as JSON; another name is an ERROR that lists the presets */
extern Jsonb *dp_network_from_text(const char *text);

/* Steps as a JSON list that dp_read_steps() reads back */
extern Jsonb *dp_steps_to_jsonb(const dpk_step *steps, int nsteps);

#endif							/* DP_NETSPEC_H */
