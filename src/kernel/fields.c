/*
 * fields.c - the text and binary form of an aggregate's state
 */
#include "fields.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_NUMBER 40			/* bytes of a number in text, with its end */
#define FIELDS_PER_POLL 4096

static bool
poll(const dpk_stop *stop, unsigned *nfields)
{
	return ++*nfields % FIELDS_PER_POLL == 0 && dpk_stopped(stop);
}

static void
put(dpk_writer *w, const char *bytes, size_t n)
{
	if (w->stopped)
		return;
	if (w->out != NULL)
		memcpy(w->out + w->length, bytes, n);
	w->length += n;
}

static void
put_separator(dpk_writer *w)
{
	w->stopped = w->stopped || poll(w->stop, &w->nfields);
	if (!w->binary && w->length > 0)
		put(w, " ", 1);
}

static void
put_word(dpk_writer *w, uint64_t word, int nbytes)
{
	char		bytes[8];

	for (int i = 0; i < nbytes; i++)
		bytes[i] = (char) (word >> (8 * (nbytes - 1 - i)));
	put(w, bytes, nbytes);
}

void
dpk_write_int(dpk_writer *w, int64_t value)
{
	char		text[MAX_NUMBER];

	put_separator(w);
	if (w->binary)
		put_word(w, (uint64_t) value, 8);
	else
		put(w, text, snprintf(text, sizeof text, "%" PRId64, value));
}

void
dpk_write_double(dpk_writer *w, double value)
{
	char		text[MAX_NUMBER];
	uint64_t	bits;
	int			n = 0;

	put_separator(w);
	if (w->binary)
	{
		if (isnan(value))
			value = NAN;
		memcpy(&bits, &value, sizeof bits);
		put_word(w, bits, 8);
		return;
	}
	if (w->stopped)
		return;
	if (isnan(value))
	{
		put(w, "NaN", 3);
		return;
	}
	for (int digits = 15; digits <= 17; digits++)
	{
		n = snprintf(text, sizeof text, "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	put(w, text, n);
}

void
dpk_write_moments(dpk_writer *w, const dpk_moments *m)
{
	dpk_write_int(w, m->n);
	dpk_write_double(w, m->origin);
	dpk_write_double(w, m->sum.sum);
	dpk_write_double(w, m->sum.rest);
	dpk_write_double(w, m->squares.sum);
	dpk_write_double(w, m->squares.rest);
}

void
dpk_write_label(dpk_writer *w, const char *label, size_t length)
{
	put_separator(w);
	if (w->binary)
	{
		put_word(w, length, 4);
		put(w, label, length);
		return;
	}
	put(w, "\"", 1);
	for (size_t i = 0; i < length; i++)
	{
		if (label[i] == '"' || label[i] == '\\')
			put(w, "\\", 1);
		put(w, label + i, 1);
	}
	put(w, "\"", 1);
}

static void
skip_space(dpk_reader *r)
{
	while (r->at < r->length && isspace((unsigned char) r->data[r->at]))
		r->at++;
}

/* The next word of the text, as a string; false where it cannot be a number */
static bool
next_number(dpk_reader *r, char text[MAX_NUMBER])
{
	size_t		n = 0;

	skip_space(r);
	while (r->at < r->length && !isspace((unsigned char) r->data[r->at]))
	{
		if (n == MAX_NUMBER - 1)
			return false;
		text[n++] = r->data[r->at++];
	}
	text[n] = '\0';
	return n > 0 && strlen(text) == n;
}

static bool
next_word(dpk_reader *r, int nbytes, uint64_t *word)
{
	if (r->length - r->at < (size_t) nbytes)
		return false;
	*word = 0;
	for (int i = 0; i < nbytes; i++)
		*word = *word << 8 | (unsigned char) r->data[r->at++];
	return true;
}

/* To be called before a field is read: false where none is to be read any more */
static bool
can_read(dpk_reader *r)
{
	if (!r->failed && poll(r->stop, &r->nfields))
		r->failed = r->stopped = true;
	return !r->failed;
}

int64_t
dpk_read_int(dpk_reader *r, int64_t min, int64_t max)
{
	char		text[MAX_NUMBER];
	char	   *end;
	uint64_t	word;
	int64_t		value = 0;

	if (!can_read(r))
		return min;
	if (r->binary)
	{
		r->failed = !next_word(r, 8, &word);
		if (!r->failed)
			value = (int64_t) word;
	}
	else if (next_number(r, text))
	{
		errno = 0;
		value = strtoll(text, &end, 10);
		r->failed = *end != '\0' || errno != 0;
	}
	else
		r->failed = true;
	if (r->failed || value < min || value > max)
	{
		r->failed = true;
		return min;
	}
	return value;
}

double
dpk_read_double(dpk_reader *r)
{
	char		text[MAX_NUMBER];
	char	   *end;
	uint64_t	word;
	double		value = 0;

	if (!can_read(r))
		return 0;
	if (r->binary)
	{
		r->failed = !next_word(r, 8, &word);
		if (!r->failed)
			memcpy(&value, &word, sizeof value);
	}
	else if (next_number(r, text))
	{
		value = strtod(text, &end);
		r->failed = *end != '\0';
	}
	else
		r->failed = true;
	return value;
}

void
dpk_read_moments(dpk_reader *r, dpk_moments *m)
{
	m->n = dpk_read_int(r, 0, DPK_MAX_ROWS);
	m->origin = dpk_read_double(r);
	m->sum.sum = dpk_read_double(r);
	m->sum.rest = dpk_read_double(r);
	m->squares.sum = dpk_read_double(r);
	m->squares.rest = dpk_read_double(r);
	if (m->squares.sum < 0)
		r->failed = true;
}

size_t
dpk_read_label(dpk_reader *r, char *label, size_t max)
{
	uint64_t	length;
	size_t		n = 0;

	if (!can_read(r))
		return 0;
	if (r->binary)
	{
		r->failed = !next_word(r, 4, &length) || length > max || length > r->length - r->at;
		if (r->failed)
			return 0;
		memcpy(label, r->data + r->at, length);
		r->at += length;
		return length;
	}
	r->failed = true;			/* until the closing quote is seen */
	skip_space(r);
	if (r->at == r->length || r->data[r->at++] != '"')
		return 0;
	while (r->at < r->length && r->data[r->at] != '"')
	{
		if (r->data[r->at] == '\\' && ++r->at == r->length)
			return 0;
		if (n == max)
			return 0;
		label[n++] = r->data[r->at++];
	}
	if (r->at == r->length)
		return 0;
	r->at++;					/* the closing quote */
	r->failed = false;
	return n;
}

bool
dpk_read_done(dpk_reader *r)
{
	if (!r->binary)
		skip_space(r);
	return !r->failed && r->at == r->length;
}
