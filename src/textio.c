/*
 * textio.c - texts between the server and floor 0 (textio.h)
 */
#include "textio.h"

#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "utf8.h"

const char *
dp_text_utf8(const text *t, size_t *length)
{
	const char *data = VARDATA_ANY(t);
	int			n = VARSIZE_ANY_EXHDR(t);
	char	   *utf8 = pg_server_to_any(data, n, PG_UTF8);

	*length = utf8 == data ? n : strlen(utf8);
	return utf8;
}

text *
dp_utf8_text(const char *utf8, size_t length)
{
	char	   *server = pg_any_to_server(utf8, length, PG_UTF8);

	return cstring_to_text_with_len(server, server == utf8 ? length : strlen(server));
}

uint32 *
dp_text_points(const text *t, size_t *n)
{
	size_t		length;
	const char *utf8 = dp_text_utf8(t, &length);
	uint32	   *points = MemoryContextAllocHuge(CurrentMemoryContext, mul_size(length + 1, sizeof(uint32)));

	*n = dpk_utf8_decode(utf8, length, points);
	return points;
}
