/*
 * window_args.h - method and options of a window function
 *
 * A window function works by the method and the options of its partition's
 * first row.  They must be the same for every other row.
 */
#ifndef DP_WINDOW_ARGS_H
#define DP_WINDOW_ARGS_H

#include "compat.h"

#include "utils/jsonb.h"
#include "windowapi.h"

typedef struct dp_window_args
{
	text	   *method;			/* as given */
	Jsonb	   *options;		/* NULL where they were */
} dp_window_args;

/* Argument i of the current row; ERROR where it is NULL */
extern text *dp_window_method(WindowObject window, int i);

/* Arguments i and i + 1 of the current row, copied into 'context' */
extern dp_window_args dp_window_keep_args(WindowObject window, int i, MemoryContext context);

/* ERROR where those of the current row are others; constants are not looked at */
extern void dp_window_check_args(FunctionCallInfo fcinfo, int i, const dp_window_args *args);

#endif							/* DP_WINDOW_ARGS_H */
