/*
 * datapower.c - the module: magic block and settings
 */
#include "compat.h"

#include <limits.h>

#include "utils/guc.h"

#include "settings.h"

DP_MODULE_MAGIC;

int			dp_memory_limit = 2 * 1024 * 1024;
int			dp_model_cache = 256 * 1024;
int			dp_max_image_pixels = 32 * 1024 * 1024;
int			dp_max_image_scans = 100;
int			dp_max_image_memory = 256 * 1024;
int			dp_max_image_bytes = 64 * 1024;
int			dp_max_image_warnings = 50;
int			dp_max_archive_bytes = 8 * 1024 * 1024;

extern void _PG_init(void);

void
_PG_init(void)
{
	DefineCustomIntVariable("datapower.memory_limit",
							"Sets the most memory one training or evaluation may plan for.",
							NULL, &dp_memory_limit, 2 * 1024 * 1024, 1024, MAX_KILOBYTES,
							PGC_SUSET, GUC_UNIT_KB, NULL, NULL, NULL);
	DefineCustomIntVariable("datapower.model_cache",
							"Sets the memory a session keeps trained models in, and each call the scalers, encoders and detectors of its rows.",
							NULL, &dp_model_cache, 256 * 1024, 1024, MAX_KILOBYTES,
							PGC_USERSET, GUC_UNIT_KB, NULL, NULL, NULL);
	DefineCustomIntVariable("datapower.max_image_pixels",
							"Sets the most pixels an image may have.",
							NULL, &dp_max_image_pixels, 32 * 1024 * 1024, 1, 268435456,
							PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("datapower.max_image_scans",
							"Sets the most scans a progressive JPEG image may have.",
							NULL, &dp_max_image_scans, 100, 1, 10000,
							PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("datapower.max_image_memory",
							"Sets the most memory an image decoder may use.",
							NULL, &dp_max_image_memory, 256 * 1024, 1024, 4 * 1024 * 1024,
							PGC_SUSET, GUC_UNIT_KB, NULL, NULL, NULL);
	DefineCustomIntVariable("datapower.max_image_bytes",
							"Sets the most bytes an encoded image may have.",
							NULL, &dp_max_image_bytes, 64 * 1024, 1, 1024 * 1024,
							PGC_SUSET, GUC_UNIT_KB, NULL, NULL, NULL);
	DefineCustomIntVariable("datapower.max_image_warnings",
							"Sets how many warnings of a decoder make an image broken.",
							NULL, &dp_max_image_warnings, 50, 0, 1000000,
							PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("datapower.max_archive_bytes",
							"Sets the most bytes one archive may unpack to.",
							NULL, &dp_max_archive_bytes, 8 * 1024 * 1024, 1, MAX_KILOBYTES,
							PGC_SUSET, GUC_UNIT_KB, NULL, NULL, NULL);
	MarkGUCPrefixReserved("datapower");
}
