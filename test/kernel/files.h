/*
 * files.h - read a whole file of the tests
 */
#ifndef TEST_FILES_H
#define TEST_FILES_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* malloc'd to the byte, so that ASan sees a read behind the end; NULL where there is no such file */
__attribute__((unused)) static uint8_t *
read_file(const char *dir, const char *name, size_t *n)
{
	char		path[1024];
	FILE	   *f;
	uint8_t    *bytes;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "rb");
	if (f == NULL)
		return NULL;
	fseek(f, 0, SEEK_END);
	*n = ftell(f);
	rewind(f);
	bytes = malloc(*n ? *n : 1);
	if (fread(bytes, 1, *n, f) != *n)
	{
		free(bytes);
		bytes = NULL;
	}
	fclose(f);
	return bytes;
}

#endif							/* TEST_FILES_H */
