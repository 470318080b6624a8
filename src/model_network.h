/*
 * model_network.h - the network that a stored model describes
 */
#ifndef DP_MODEL_NETWORK_H
#define DP_MODEL_NETWORK_H

#include "network.h"
#include "store.h"

/*
 * The network of a model, in the current context, and what its input step
 * wants; where it cannot be built the model is damaged
 */
extern dpk_net *dp_model_network(const dp_stored_model *model, dpk_input *wanted);

#endif							/* DP_MODEL_NETWORK_H */
