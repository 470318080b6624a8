/*
 * settings.h - the settings datapower.*, all of them for the superuser
 *
 * Sizes are in kilobytes, as GUC_UNIT_KB has it.
 */
#ifndef DP_SETTINGS_H
#define DP_SETTINGS_H

extern int	dp_memory_limit;	/* kB one training or evaluation may plan for */
extern int	dp_max_image_pixels;
extern int	dp_max_image_scans;
extern int	dp_max_image_memory;	/* kB of decoder memory */
extern int	dp_max_image_bytes; /* kB of encoded input */
extern int	dp_max_image_warnings;

#endif							/* DP_SETTINGS_H */
