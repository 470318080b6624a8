/*
 * preset.c - writing steps into an outline
 */
#include "preset.h"

#include <stdarg.h>
#include <stdio.h>

void
dpk_put(dpk_outline *o, const char *op)
{
	if (o->nsteps == DPK_OUTLINE_STEPS)
	{
		o->full = true;
		return;
	}
	o->steps[o->nsteps++] = (dpk_step) {op, 0, o->values + o->nvalues};
}

/* One more value of the last step, or NULL */
static dpk_value *
new_value(dpk_outline *o, const char *key)
{
	dpk_value  *v;

	if (o->nvalues == DPK_OUTLINE_VALUES || o->nsteps == 0)
		o->full = true;
	if (o->full)
		return NULL;
	v = &o->values[o->nvalues];
	*v = (dpk_value) {.key = key,.count = 1,.numbers = &o->numbers[o->nvalues]};
	o->nvalues++;
	o->steps[o->nsteps - 1].nvalues++;
	return v;
}

void
dpk_put_number(dpk_outline *o, const char *key, double x)
{
	dpk_value  *v = new_value(o, key);

	if (v != NULL)
		o->numbers[v - o->values] = x;
}

void
dpk_put_bool(dpk_outline *o, const char *key, bool x)
{
	dpk_value  *v = new_value(o, key);

	if (v == NULL)
		return;
	v->is_bool = true;
	o->numbers[v - o->values] = x;
}

static void
put_strings(dpk_outline *o, const char *key, int n, const char *const *strings)
{
	dpk_value  *v;

	if (o->nstrings + n > DPK_OUTLINE_STRINGS)
		o->full = true;
	if ((v = new_value(o, key)) == NULL)
		return;
	v->is_string = true;
	v->count = n;
	v->is_list = n > 1;
	v->strings = &o->strings[o->nstrings];
	for (int i = 0; i < n; i++)
		o->strings[o->nstrings++] = strings[i];
}

void
dpk_put_word(dpk_outline *o, const char *key, const char *word)
{
	put_strings(o, key, 1, &word);
}

void
dpk_put_inputs(dpk_outline *o, const char *a, const char *b)
{
	const char *names[] = {a, b};

	put_strings(o, "inputs", b == NULL ? 1 : 2, names);
}

const char *
dpk_put_name(dpk_outline *o, const char *format, ...)
{
	char	   *name = o->names[o->nnames];
	va_list		args;

	if (o->nnames == DPK_OUTLINE_STEPS - 1)
		o->full = true;
	else
		o->nnames++;
	va_start(args, format);
	vsnprintf(name, DPK_OUTLINE_NAME, format, args);
	va_end(args);
	dpk_put_word(o, "name", name);
	return name;
}

void
dpk_put_conv(dpk_outline *o, int filters, int kernel, const char *activation)
{
	dpk_put(o, "conv2d");
	dpk_put_number(o, "filters", filters);
	dpk_put_number(o, "kernel", kernel);
	if (activation != NULL)
		dpk_put_word(o, "activation", activation);
}

void
dpk_put_conv_norm(dpk_outline *o, const char *from, int filters, int kernel, int stride, int groups, const char *activation)
{
	dpk_put_conv(o, filters, kernel, NULL);
	dpk_put_word(o, "padding", "same");
	dpk_put_bool(o, "use_bias", false);
	if (stride > 1)
		dpk_put_number(o, "stride", stride);
	if (groups > 1)
		dpk_put_number(o, "groups", groups);
	if (from != NULL)
		dpk_put_inputs(o, from, NULL);
	dpk_put(o, "batch_norm");
	dpk_put_number(o, "momentum", 0.9);
	dpk_put_number(o, "epsilon", 1e-5);
	if (activation != NULL)
		dpk_put_word(o, "activation", activation);
}

dpk_status
dpk_bad_parameter(const dpk_step *step, const char *key, const char *wanted, dpk_error *err)
{
	dpk_fail(err, DPK_INVALID, "invalid value for parameter \"%s\" of \"%s\"", key, step->op);
	dpk_detail(err, "\"%s\" must be %s.", key, wanted);
	return DPK_INVALID;
}

void
dpk_put_classifier(dpk_outline *o, double dropout)
{
	dpk_put(o, "global_avg_pool2d");
	if (dropout > 0)
	{
		dpk_put(o, "dropout");
		dpk_put_number(o, "rate", dropout);
	}
	dpk_put(o, "dense");
	dpk_put_word(o, "activation", "softmax");
}
