/*
 * operation.c - the table of operations (operation.h)
 */
#include "operation.h"

#include <string.h>

#define OPERATIONS(X) \
	X(flip) X(translate) X(shift) X(rotate) X(shear) X(zoom) X(crop_size) X(crop) \
	X(center_crop) X(random_crop) X(random_resized_crop) X(resize) X(pad) X(rot90) X(transpose) \
	X(affine) X(perspective) X(elastic) \
	X(keras) X(blend) X(randaugment) X(trivial) X(augmix) \
	X(noise) X(salt_pepper) X(speckle) X(poisson) \
	X(brightness) X(contrast) X(gamma) X(invert) X(posterize) X(solarize) X(equalize) X(autocontrast) X(clahe) \
	X(saturation) X(hue) X(grayscale) X(color_jitter) \
	X(blur) X(median) X(motion_blur) X(sharpness) X(jpeg) \
	X(erase) X(cutout) X(grid_dropout)

#define DECLARE(name) extern const dpk_operation dpk_op_##name;
#define ROW(name) &dpk_op_##name,

OPERATIONS(DECLARE)

const dpk_operation *const dpk_operations[] = {OPERATIONS(ROW) NULL};

int
dpk_operation_value(const dpk_operation *o, const char *key)
{
	int			at = 0;

	for (const dpk_parameter *p = o->parameters; !dpk_parameter_ends(p); at += dpk_parameter_values(p), p++)
		if (p->key != NULL && strcmp(p->key, key) == 0)
			return at;
	return -1;
}

bool
dpk_drawn_fill(const dpk_drawn *d, dpk_fill *fill)
{
	int			at = dpk_operation_value(d->operation, "fill");

	if (at < 0)
		return false;
	*fill = (dpk_fill) {(dpk_fill_method) d->value[at], d->mask ? 0 : (uint8_t) d->value[at + 1]};
	return true;
}

dpk_drawn
dpk_draw_fixed(const char *name, const double *values, int n, const dpk_random *random, int step)
{
	dpk_drawn	d = {.random = *random, .step = step};
	int			i = 0;

	while (dpk_operations[i + 1] != NULL && strcmp(dpk_operations[i]->name, name) != 0)
		i++;
	d.operation = dpk_operations[i];
	for (i = 0; i < n; i++)
		d.value[i] = values[i];
	return d;
}
