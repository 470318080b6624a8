/*
 * imageio.c - images between bytea and memory, under the settings' limits
 */
#include "compat.h"

#include "miscadmin.h"

#include "args.h"
#include "imageio.h"
#include "settings.h"

dpk_image_limits
dp_image_limits(void)
{
	dpk_image_limits limits = {
		.pixels = dp_max_image_pixels,
		.scans = dp_max_image_scans,
		.memory = (size_t) dp_max_image_memory * 1024,
		.bytes = (size_t) dp_max_image_bytes * 1024,
		.warnings = dp_max_image_warnings
	};

	return limits;
}

void
dp_image_too_big(int width, int height, int channels)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("image is too big: %d x %d x %d", width, height, channels)));
}

dpk_image *
dp_new_image(int width, int height, int channels)
{
	dpk_image  *image;
	size_t		size;

	if (!dpk_mul((size_t) width, (size_t) height, &size) || !dpk_mul(size, (size_t) channels, &size) ||
		!dpk_add(size, DP_SCRATCH_ALIGN, &size) || size > MaxAllocSize)
		dp_image_too_big(width, height, channels);
	image = dp_scratch(size);
	image->width = width;
	image->height = height;
	image->channels = channels;
	/* not at the beginning of a cache line: from there dp.augment() takes a fifth longer on Zen 4, rotating most of all */
	image->pixels = (uint8_t *) image + DP_SCRATCH_ALIGN - 16;
	return image;
}

dpk_status
dp_probe_image(bytea *data, dpk_image_info *info, dpk_error *err)
{
	dpk_image_limits limits = dp_image_limits();

	CHECK_FOR_INTERRUPTS();
	return dpk_image_probe((const uint8_t *) VARDATA_ANY(data), VARSIZE_ANY_EXHDR(data), &limits, info, err);
}

dpk_status
dp_decode_into(bytea *data, dpk_image_info *info, dpk_image *image, dpk_error *err)
{
	dpk_image_limits limits = dp_image_limits();
	dpk_status	status = dpk_image_decode((const uint8_t *) VARDATA_ANY(data), VARSIZE_ANY_EXHDR(data), &limits,
										  &dp_stop, info, image, err);

	if (status == DPK_STOPPED)
		dp_raise(status, err);
	return status;
}

dpk_status
dp_try_decode(bytea *data, int channels, dpk_image **image, dpk_image_info *info, dpk_error *err)
{
	dpk_status	status = dp_probe_image(data, info, err);
	dpk_image  *result;

	*image = NULL;
	if (status != DPK_OK)
		return status;
	result = dp_new_image(info->width, info->height, channels ? channels : info->colors);
	status = dp_decode_into(data, info, result, err);
	if (status == DPK_OK)
		*image = result;
	else
		dp_free_scratch(result);
	return status;
}

dpk_image *
dp_decode_image(bytea *data, int channels)
{
	dpk_image  *image;
	dpk_image_info info;
	dpk_error	err;

	dp_raise(dp_try_decode(data, channels, &image, &info, &err), &err);
	return image;
}

dpk_image *
dp_decode_upright(bytea *data, int channels, dpk_image_info *info)
{
	dpk_image  *image,
			   *upright;
	dpk_error	err;

	dp_raise(dp_try_decode(data, channels, &image, info, &err), &err);
	if (info->orientation == 1)
		return image;
	upright = dp_new_image(image->width, image->height, image->channels);
	dpk_image_orient(image, info->orientation, upright);
	dp_free_scratch(image);
	return upright;
}

bytea *
dp_encode_image(const dpk_image *image, dpk_format format, int quality)
{
	size_t		bound,
				nbytes;
	uint8_t    *file;
	bytea	   *result;
	dpk_error	err;

	CHECK_FOR_INTERRUPTS();
	if (!dpk_image_encode_bound(image, format, &bound) || bound > DP_SCRATCH_MAX)
		dp_image_too_big(image->width, image->height, image->channels);
	file = dp_scratch(bound);
	dp_raise(dpk_image_encode(image, format, quality, &dp_stop, file, bound, &nbytes, &err), &err);
	if (nbytes > dp_image_limits().bytes || nbytes > MaxAllocSize - VARHDRSZ)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("encoded image is too big: %zu bytes", nbytes),
				 errdetail("Images of more than %zu bytes cannot be read again (datapower.max_image_bytes).", dp_image_limits().bytes),
				 format == DPK_JPEG ? 0 : errhint("JPEG takes a tenth of the room, or less: dp.image_convert(image, 'jpeg').")));
	result = palloc(nbytes + VARHDRSZ);
	SET_VARSIZE(result, nbytes + VARHDRSZ);
	memcpy(VARDATA(result), file, nbytes);
	dp_free_scratch(file);
	return result;
}
