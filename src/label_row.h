/*
 * label_row.h - a label and the probabilities of its row, as arguments
 *
 * A label is the number of a class, from 0, in the order of the probabilities.
 */
#ifndef DP_LABEL_ROW_H
#define DP_LABEL_ROW_H

#include "compat.h"

#include "feature_row.h"

/* Argument i, a float8[] of probabilities that add up to 1; ERROR where it is not */
extern dp_features dp_read_probabilities(FunctionCallInfo fcinfo, int i);

/* Argument i, a bigint; ERROR where it is none of the classes */
extern int	dp_read_label(FunctionCallInfo fcinfo, int i, int nclasses);

#endif							/* DP_LABEL_ROW_H */
