/*
 * settings.h - the settings datapower.*, for the superuser unless said otherwise
 *
 * Sizes are in kilobytes, as GUC_UNIT_KB has it.
 */
#ifndef DP_SETTINGS_H
#define DP_SETTINGS_H

extern int	dp_memory_limit;	/* kB one training or evaluation may plan for */
extern int	dp_model_cache;		/* kB a session keeps trained models in; anybody may set it */
extern int	dp_max_image_pixels;
extern int	dp_max_image_scans;
extern int	dp_max_image_memory;	/* kB of decoder memory */
extern int	dp_max_image_bytes; /* kB of encoded input */
extern int	dp_max_image_warnings;
extern int	dp_max_archive_bytes;	/* kB one archive may unpack to */

#endif							/* DP_SETTINGS_H */
