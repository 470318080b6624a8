/*
 * specs.h - networks and recipes written as text in a test
 *
 *		"conv2d filters=4 kernel=3,3 activation=relu; flatten; dense activation=softmax"
 * A value in letters is a string, "a|b" a list of strings; true and false are
 * booleans.  This stands in for the JSON that PostgreSQL parses.
 */
#ifndef SPECS_H
#define SPECS_H

#include "spec.h"
#include "tap.h"

#define NETS_MAX_STEPS 64
#define NETS_MAX_VALUES 10

typedef struct spec
{
	char		text[2000];
	dpk_step	steps[NETS_MAX_STEPS];
	dpk_value	values[NETS_MAX_STEPS][NETS_MAX_VALUES];
	double		numbers[NETS_MAX_STEPS][NETS_MAX_VALUES][8];
	const char *strings[NETS_MAX_STEPS][NETS_MAX_VALUES][10];
	int			nsteps;
} spec;

static inline void
spec_value(spec *s, int step, int k, char *text)
{
	dpk_value  *v = &s->values[step][k];
	char	   *rest = text;

	v->numbers = s->numbers[step][k];
	v->strings = s->strings[step][k];
	if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
	{
		v->is_bool = true;
		v->count = 1;
		s->numbers[step][k][0] = text[0] == 't';
	}
	else if (strchr("0123456789-.", text[0]) != NULL)
		for (v->count = 0; v->count < 8 && *rest; v->count++, rest += *rest == ',')
			s->numbers[step][k][v->count] = strtod(rest, &rest);
	else
	{
		v->is_string = true;
		for (v->count = 0; v->count < 10 && rest != NULL; v->count++)
			s->strings[step][k][v->count] = strsep(&rest, "|");
	}
	v->is_list = v->count > 1;
}

static inline void
spec_read(spec *s, const char *text)
{
	char	   *rest = s->text,
			   *line;

	memset(s, 0, sizeof(*s));
	strncpy(s->text, text, sizeof(s->text) - 1);
	while ((line = strsep(&rest, ";")) != NULL)
	{
		dpk_step   *step = &s->steps[s->nsteps];
		char	   *word;

		while ((word = strsep(&line, " ")) != NULL)
		{
			char	   *value = strchr(word, '=');

			if (*word == '\0')
				continue;
			if (value == NULL)
				step->op = word;
			else
			{
				*value = '\0';
				s->values[s->nsteps][step->nvalues].key = word;
				spec_value(s, s->nsteps, step->nvalues++, value + 1);
			}
		}
		step->values = s->values[s->nsteps];
		s->nsteps += step->op != NULL;
	}
}

#endif							/* SPECS_H */
