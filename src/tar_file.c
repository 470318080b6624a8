/*
 * tar_file.c - the aggregate that packs rows into a tar archive
 *
 * It collects rows by nature, so its state is 'internal' and stays in one
 * process.  The archive grows in the bytea that is returned, which can have
 * 1 GB, so memory is bounded by that; paths are kept besides, because of two
 * files with one path the second would be lost when the archive is unpacked.
 */
#include "compat.h"

#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "args.h"
#include "tar_write.h"
#include "textio.h"

#define MOST_BYTES ((uint64) MaxAllocSize - VARHDRSZ)

typedef struct tar_state
{
	bytea	   *archive;		/* the files so far, and room for DPK_TAR_END bytes */
	uint64		used,
				room;			/* bytes after the header of the bytea */
	StringInfoData paths;		/* UTF-8, as keep_path() has them, each with its zero */
	int64		nfiles;
} tar_state;

PG_FUNCTION_INFO_V1(dp_tar_file_add);
PG_FUNCTION_INFO_V1(dp_tar_file_final);

static tar_state *
start_archive(MemoryContext context)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	tar_state  *state = palloc0(sizeof(tar_state));

	state->room = 65536;
	state->archive = palloc(state->room + VARHDRSZ);
	initStringInfo(&state->paths);
	MemoryContextSwitchTo(old);
	return state;
}

static void
make_room(tar_state *state, uint64 bytes)
{
	uint64		needed = state->used + bytes + DPK_TAR_END;

	if (needed > MOST_BYTES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("tar archive is too big: more than %lld files", (long long) state->nfiles),
				 errdetail("It would have %llu bytes; a value can have %llu.", (unsigned long long) needed, (unsigned long long) MOST_BYTES),
				 errhint("Make several archives: GROUP BY a class, or a part of the keys.")));
	if (needed <= state->room)
		return;
	state->room = Min(MOST_BYTES, Max(needed, 2 * state->room));
	state->archive = repalloc(state->archive, state->room + VARHDRSZ);
}

/*
 * A path as it is kept to be compared: without "." and empty components, and
 * SEPARATOR for a slash, which puts what is in a directory right behind it
 */
#define SEPARATOR '\1'

static void
keep_path(StringInfo paths, const char *path)
{
	int			start = paths->len;

	for (const char *p = path, *end; *p != '\0'; p = *end == '/' ? end + 1 : end)
	{
		end = strchrnul(p, '/');
		if (end == p || (end == p + 1 && *p == '.'))
			continue;
		if (paths->len > start)
			appendStringInfoChar(paths, SEPARATOR);
		appendBinaryStringInfo(paths, p, end - p);
	}
	appendStringInfoChar(paths, '\0');
}

/*
 * dp.tar_file_add(state internal, path text, data bytea) RETURNS internal
 *
 * A row whose data are NULL is left out.
 */
Datum
dp_tar_file_add(PG_FUNCTION_ARGS)
{
	tar_state  *state = PG_ARGISNULL(0) ? NULL : (tar_state *) PG_GETARG_POINTER(0);
	MemoryContext context;
	const char *utf8;
	char	   *path;
	bytea	   *data;
	size_t		length;
	uint64		size,
				grows;
	uint8	   *at;
	dpk_error	err;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "dp.tar_file_add was called outside an aggregate");
	if (PG_ARGISNULL(2))
	{
		if (state == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(state);
	}
	if (PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("parameter \"%s\" must not be null", "path")));

	CHECK_FOR_INTERRUPTS();
	utf8 = dp_text_utf8(PG_GETARG_TEXT_PP(1), &length);
	path = pnstrdup(utf8, length);
	data = PG_GETARG_BYTEA_PP(2);
	size = VARSIZE_ANY_EXHDR(data);
	dp_raise(dpk_tar_measure(path, size, &grows, &err), &err);
	if (state == NULL)
		state = start_archive(context);
	make_room(state, grows);
	at = (uint8 *) VARDATA(state->archive) + state->used;
	length = dpk_tar_put(path, size, at);
	memcpy(at + length, VARDATA_ANY(data), size);
	memset(at + length + size, 0, grows - length - size);
	state->used += grows;
	state->nfiles++;
	keep_path(&state->paths, path);
	pfree(path);
	PG_RETURN_POINTER(state);
}

static int
compare_paths(const void *a, const void *b, void *arg)
{
	return strcmp(*(const char *const *) a, *(const char *const *) b);
}

static char *
shown_path(const char *kept)
{
	char	   *path = dp_valid_text(kept);

	for (char *p = path; *p != '\0'; p++)
		if (*p == SEPARATOR)
			*p = '/';
	return path;
}

static void
refuse_equal_paths(const tar_state *state)
{
	const char **paths = MemoryContextAllocHuge(CurrentMemoryContext, mul_size(state->nfiles, sizeof(char *)));
	const char *p = state->paths.data;

	for (int64 i = 0; i < state->nfiles; i++, p += strlen(p) + 1)
		paths[i] = p;
	qsort_interruptible(paths, state->nfiles, sizeof(char *), compare_paths, NULL);
	for (int64 i = 1; i < state->nfiles; i++)
	{
		size_t		n = strlen(paths[i - 1]);

		if (strncmp(paths[i - 1], paths[i], n) == 0 && (paths[i][n] == '\0' || paths[i][n] == SEPARATOR))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 paths[i][n] == '\0' ? errmsg("two files of the archive have the path \"%s\"", shown_path(paths[i])) :
					 errmsg("a file of the archive lies in another: \"%s\"", shown_path(paths[i])),
					 errdetail("One of them would be lost when the archive is unpacked."),
					 errhint("Put the key into the path, as in label || '/' || id || '.png'.")));
	}
	pfree(paths);
}

/* dp.tar_file_final(state internal) RETURNS bytea; NULL where there was no file */
Datum
dp_tar_file_final(PG_FUNCTION_ARGS)
{
	tar_state  *state = PG_ARGISNULL(0) ? NULL : (tar_state *) PG_GETARG_POINTER(0);

	if (state == NULL)
		PG_RETURN_NULL();
	refuse_equal_paths(state);
	memset(VARDATA(state->archive) + state->used, 0, DPK_TAR_END);
	SET_VARSIZE(state->archive, state->used + DPK_TAR_END + VARHDRSZ);
	PG_RETURN_BYTEA_P(state->archive);
}
