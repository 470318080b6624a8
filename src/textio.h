/*
 * textio.h - texts between the server and floor 0, which reads UTF-8 alone
 */
#ifndef DP_TEXTIO_H
#define DP_TEXTIO_H

#include "compat.h"

/* A text as UTF-8, whatever the server's encoding: its own bytes where they are that, else palloc'd */
extern const char *dp_text_utf8(const text *t, size_t *length);

/* UTF-8 as a text; an ERROR where the server's encoding lacks a character */
extern text *dp_utf8_text(const char *utf8, size_t length);

/* The code points of a text, palloc'd */
extern uint32 *dp_text_points(const text *t, size_t *n);

#endif							/* DP_TEXTIO_H */
