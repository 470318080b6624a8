/*
 * error.c - the text of an error on its way from a kernel to its caller
 */
#include "dpk.h"

#include <stdarg.h>
#include <stdio.h>

dpk_status
dpk_fail(dpk_error *err, dpk_status status, const char *format,...)
{
	va_list		args;

	if (err == NULL)
		return status;
	err->status = status;
	err->detail[0] = '\0';
	err->hint[0] = '\0';
	va_start(args, format);
	vsnprintf(err->message, sizeof(err->message), format, args);
	va_end(args);
	return status;
}

void
dpk_detail(dpk_error *err, const char *format,...)
{
	va_list		args;

	if (err == NULL)
		return;
	va_start(args, format);
	vsnprintf(err->detail, sizeof(err->detail), format, args);
	va_end(args);
}

void
dpk_hint(dpk_error *err, const char *format,...)
{
	va_list		args;

	if (err == NULL)
		return;
	va_start(args, format);
	vsnprintf(err->hint, sizeof(err->hint), format, args);
	va_end(args);
}
