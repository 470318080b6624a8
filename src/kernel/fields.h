/*
 * fields.h - the text and binary form of an aggregate's state
 *
 * A state is a sequence of fields: integers, doubles and labels.  The same
 * walk writes either form, and one that only counts tells the size first.
 *		text	fields separated by spaces; a double in as few digits, 15 at
 *				least where it takes so many, as read back to the same bits,
 *				and NaN one way whatever its bits; a label in double quotes, with \ before
 *				a quote or a backslash
 *		binary	integers and doubles as 8 bytes, labels as their length and
 *				bytes; all of it in network byte order
 * What is read comes from strangers: each call checks the range it is given,
 * and once a reader has failed, all that follows fails too.  Writer and reader
 * poll 'stop' every some thousand fields; once it has said so a writer writes
 * no more and a reader fails.
 */
#ifndef DPK_FIELDS_H
#define DPK_FIELDS_H

#include "dpk.h"
#include "moments.h"

/* Rows a state may have counted: every integer up to here is exact as a double */
#define DPK_MAX_ROWS (INT64_C(1) << 53)

typedef struct dpk_writer
{
	char	   *out;			/* NULL: count alone */
	size_t		length;			/* bytes written or counted */
	bool		binary;
	const dpk_stop *stop;
	bool		stopped;
	unsigned	nfields;
} dpk_writer;

typedef struct dpk_reader
{
	const char *data;
	size_t		length,
				at;
	bool		binary;
	bool		failed;
	const dpk_stop *stop;
	bool		stopped;
	unsigned	nfields;
} dpk_reader;

extern void dpk_write_int(dpk_writer *w, int64_t value);
extern void dpk_write_double(dpk_writer *w, double value);
extern void dpk_write_moments(dpk_writer *w, const dpk_moments *m);
extern void dpk_write_label(dpk_writer *w, const char *label, size_t length);

/* The value, or 'min' after a failure */
extern int64_t dpk_read_int(dpk_reader *r, int64_t min, int64_t max);
extern double dpk_read_double(dpk_reader *r);
extern void dpk_read_moments(dpk_reader *r, dpk_moments *m);

/* Copies at most 'max' bytes to 'label' and returns how many there were */
extern size_t dpk_read_label(dpk_reader *r, char *label, size_t max);

/* True where nothing failed and nothing is left */
extern bool dpk_read_done(dpk_reader *r);

#endif							/* DPK_FIELDS_H */
