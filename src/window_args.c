/*
 * window_args.c - method and options of a window function
 */
#include "window_args.h"

#include "args.h"

text *
dp_window_method(WindowObject window, int i)
{
	bool		isnull;
	Datum		method = WinGetFuncArgCurrent(window, i, &isnull);

	if (isnull)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("\"method\" must not be null")));
	return DatumGetTextPP(method);
}

static Jsonb *
options_argument(WindowObject window, int i)
{
	bool		isnull;
	Datum		options = WinGetFuncArgCurrent(window, i, &isnull);

	return isnull ? NULL : DatumGetJsonbP(options);
}

dp_window_args
dp_window_keep_args(WindowObject window, int i, MemoryContext context)
{
	return (dp_window_args) {
		dp_copy_bytes(dp_window_method(window, i), context), dp_copy_bytes(options_argument(window, i + 1), context)
	};
}

void
dp_window_check_args(FunctionCallInfo fcinfo, int i, const dp_window_args *args)
{
	WindowObject window = PG_WINDOW_OBJECT();
	const char *changed = NULL;

	if (!get_fn_expr_arg_stable(fcinfo->flinfo, i) && !dp_same_bytes(dp_window_method(window, i), args->method))
		changed = "method";
	else if (!get_fn_expr_arg_stable(fcinfo->flinfo, i + 1) && !dp_same_bytes(options_argument(window, i + 1), args->options))
		changed = "options";
	if (changed != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" must be the same for every row of a partition", changed)));
}
