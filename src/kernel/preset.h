/*
 * preset.h - networks with a name, written out as ordinary steps
 *
 * A preset is a step whose kind is its name, {"resnet": {"depth": 20}}.  Its
 * builder reads the parameters and writes the layers one after another into
 * a dpk_outline, which is memory of the caller's:
 *		dpk_put(o, "conv2d");
 *		dpk_put_number(o, "filters", 16);
 *		dpk_put_word(o, "padding", "same");
 * Each call adds to the step put last.  What is referred to later is named,
 * because the numbers of unnamed layers depend on what stands before them.
 * An outline that is full takes no more and says so at the end.
 */
#ifndef DPK_PRESET_H
#define DPK_PRESET_H

#include "spec.h"

#define DPK_OUTLINE_STEPS 1024
#define DPK_OUTLINE_VALUES (5 * DPK_OUTLINE_STEPS)
#define DPK_OUTLINE_STRINGS (3 * DPK_OUTLINE_STEPS)
#define DPK_OUTLINE_NAME 24		/* bytes of a name, with its '\0' */

typedef struct dpk_outline
{
	int			nsteps,
				nvalues,
				nstrings,
				nnames;
	bool		full;
	dpk_step	steps[DPK_OUTLINE_STEPS];
	dpk_value	values[DPK_OUTLINE_VALUES];
	double		numbers[DPK_OUTLINE_VALUES];	/* of the value of the same index */
	const char *strings[DPK_OUTLINE_STRINGS];
	char		names[DPK_OUTLINE_STEPS][DPK_OUTLINE_NAME];
} dpk_outline;

typedef struct dpk_preset
{
	const char *name;
	const dpk_key *keys;
	dpk_status	(*build) (dpk_outline *o, const dpk_step *step, dpk_error *err);
} dpk_preset;

/* A new step, and its parameters; strings must outlive the outline */
extern void dpk_put(dpk_outline *o, const char *op);
extern void dpk_put_number(dpk_outline *o, const char *key, double x);
extern void dpk_put_bool(dpk_outline *o, const char *key, bool x);
extern void dpk_put_word(dpk_outline *o, const char *key, const char *word);

/* Names the last step, and returns the name, which lives as long as the outline */
extern const char *dpk_put_name(dpk_outline *o, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The inputs of the last step; b is NULL where there is one */
extern void dpk_put_inputs(dpk_outline *o, const char *a, const char *b);

/* What most builders need: {"conv2d": {"filters", "kernel", "activation"}}, to which more can be put; activation may be NULL */
extern void dpk_put_conv(dpk_outline *o, int filters, int kernel, const char *activation);

/*
 * A convolution with "same" padding, batch normalisation in place of its bias,
 * and an activation (or NULL).  'from' is its input, NULL the step before.
 */
extern void dpk_put_conv_norm(dpk_outline *o, const char *from, int filters, int kernel, int stride, int groups, const char *activation);

/* Mean over the map, dropout (0: none), and as many classes as there are */
extern void dpk_put_classifier(dpk_outline *o, double dropout);

/* Error: "key" must be 'wanted' */
extern dpk_status dpk_bad_parameter(const dpk_step *step, const char *key, const char *wanted, dpk_error *err);

/* What the presets of other files are */
extern const dpk_preset dpk_preset_resnet,
			dpk_preset_shufflenet,
			dpk_preset_efficientnet,
			dpk_preset_dncnn,
			dpk_preset_espcn,
			dpk_preset_autoencoder;

#endif							/* DPK_PRESET_H */
