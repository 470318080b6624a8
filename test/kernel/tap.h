/*
 * tap.h - the few lines a kernel test needs: ok(), close_to(), done()
 *
 * Prints TAP; main() returns done(), which is 1 if anything failed.
 */
#ifndef TAP_H
#define TAP_H

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int	tap_count,
			tap_failed;

__attribute__((format(printf, 2, 3), unused)) static bool
ok(bool good, const char *format,...)
{
	va_list		args;

	printf("%sok %d - ", good ? "" : "not ", ++tap_count);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	tap_failed += !good;
	return good;
}

/* |got - wanted| <= tolerance * max(1, |wanted|); NaN never is */
__attribute__((unused)) static bool
close_to(double got, double wanted, double tolerance, const char *what)
{
	bool		good = fabs(got - wanted) <= tolerance * fmax(1, fabs(wanted));

	ok(good, "%s", what);
	if (!good)
		printf("# got %.17g, wanted %.17g within %g\n", got, wanted, tolerance);
	return good;
}

__attribute__((unused)) static int
done(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed != 0;
}

#endif							/* TAP_H */
