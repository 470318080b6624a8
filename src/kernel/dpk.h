/*
 * dpk.h - what every kernel shares: status codes, error text, checked sizes
 *
 * Floor 0 is plain C.  It includes no PostgreSQL header, allocates no memory
 * in hot paths, keeps no global state and raises no error: a function returns
 * a dpk_status and, where a sentence helps, fills a dpk_error that the caller
 * turns into ereport().  Memory is the caller's.  A call that can last longer
 * than about 50 ms polls dpk_stop.
 */
#ifndef DPK_H
#define DPK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef enum dpk_status
{
	DPK_OK = 0,
	DPK_INVALID,				/* an argument or option makes no sense (22023) */
	DPK_TOO_BIG,				/* over a limit (54000) */
	DPK_CORRUPT,				/* broken bytes (22P03) */
	DPK_NO_MEMORY,				/* the memory handed in does not suffice (53200) */
	DPK_STOPPED					/* dpk_stop asked to return */
} dpk_status;

/* Three sentences of an error report, as PostgreSQL's style guide wants them; empty where unused */
typedef struct dpk_error
{
	dpk_status	status;
	char		message[256];
	char		detail[256];
	char		hint[1024];
} dpk_error;

/* Fill 'err' (which may be NULL) and return its status: return dpk_fail(err, DPK_INVALID, "...", ...) */
extern dpk_status dpk_fail(dpk_error *err, dpk_status status, const char *format, ...)
			__attribute__((format(printf, 3, 4)));
extern void dpk_detail(dpk_error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
extern void dpk_hint(dpk_error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Polled inside long loops; should_stop may be NULL */
typedef struct dpk_stop
{
	bool		(*should_stop) (void *arg);
	void	   *arg;
} dpk_stop;

static inline bool
dpk_stopped(const dpk_stop *stop)
{
	return stop != NULL && stop->should_stop != NULL && stop->should_stop(stop->arg);
}

/* *r = a * b and *r = a + b; false where the result does not fit */
static inline bool
dpk_mul(size_t a, size_t b, size_t *r)
{
	return !__builtin_mul_overflow(a, b, r);
}

static inline bool
dpk_add(size_t a, size_t b, size_t *r)
{
	return !__builtin_add_overflow(a, b, r);
}

#define DPK_MIN(a, b) ((a) < (b) ? (a) : (b))
#define DPK_MAX(a, b) ((a) > (b) ? (a) : (b))

/* Below 0, 0 or above: bytes in order, a text before those it begins */
static inline int
dpk_compare_bytes(const void *a, size_t a_length, const void *b, size_t b_length)
{
	int			order = memcmp(a, b, DPK_MIN(a_length, b_length));

	return order != 0 ? order : (a_length > b_length) - (a_length < b_length);
}

#endif							/* DPK_H */
