/*
 * compat.h - every difference between PostgreSQL 15, 16, 17 and 18 that we meet
 *
 * No other file tests PG_VERSION_NUM.
 */
#ifndef DP_COMPAT_H
#define DP_COMPAT_H

#include "postgres.h"
#include "fmgr.h"

#if PG_VERSION_NUM < 150000
#error "datapower needs PostgreSQL 15 or later"
#endif

#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* Written before a declaration since 18, behind it until then; gcc and clang take both */
#ifndef pg_noreturn
#define pg_noreturn pg_attribute_noreturn()
#endif

#define DP_VERSION "0.1"

#ifdef PG_MODULE_MAGIC_EXT
#define DP_MODULE_MAGIC PG_MODULE_MAGIC_EXT(.name = "datapower", .version = DP_VERSION)
#else
#define DP_MODULE_MAGIC PG_MODULE_MAGIC
#endif

/* One session's status, by its place in the list of them */
#if PG_VERSION_NUM >= 160000
#define dp_backend_status(i) pgstat_get_local_beentry_by_index(i)
#else
#define dp_backend_status(i) pgstat_fetch_stat_local_beentry(i)
#endif

/* The next of sorted datums that are passed by value; with utils/tuplesort.h */
#if PG_VERSION_NUM >= 160000
#define dp_sorted_datum(state, value, isnull) tuplesort_getdatum(state, true, false, value, isnull, NULL)
#else
#define dp_sorted_datum(state, value, isnull) tuplesort_getdatum(state, true, value, isnull, NULL)
#endif

#endif							/* DP_COMPAT_H */
