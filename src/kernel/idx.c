/*
 * idx.c - the IDX files of MNIST and its relatives, item by item
 */
#include "idx.h"

static dpk_status
fail(dpk_error *err, const char *detail)
{
	dpk_fail(err, DPK_CORRUPT, "could not read IDX data");
	dpk_detail(err, "%s", detail);
	return DPK_CORRUPT;
}

/* All n bytes, or an error */
static dpk_status
read_fully(dpk_idx *idx, uint8_t *out, uint64_t n, dpk_error *err)
{
	uint64_t	got;
	dpk_status	status = dpk_inflate_read(&idx->stream, out, n, &got, err);

	if (status == DPK_OK && got < n)
		return fail(err, "Premature end of IDX data");
	return status;
}

static size_t
type_bytes(int type)
{
	switch (type)
	{
		case 0x08:				/* unsigned byte */
		case 0x09:				/* signed byte */
			return 1;
		case 0x0B:				/* short */
			return 2;
		case 0x0C:				/* int */
		case 0x0D:				/* float */
			return 4;
		case 0x0E:				/* double */
			return 8;
	}
	return 0;
}

dpk_status
dpk_idx_start(dpk_idx *idx, const uint8_t *bytes, size_t nbytes, uint64_t max_bytes,
			  void *work, const dpk_stop *stop, dpk_error *err)
{
	uint8_t		head[4],
				dim[4];
	uint64_t	got;
	dpk_status	status = dpk_inflate_start(&idx->stream, bytes, nbytes, max_bytes, work, stop, err);

	if (status == DPK_OK)
		status = dpk_inflate_read(&idx->stream, head, 4, &got, err);
	if (status != DPK_OK)
		return status;
	idx->type = head[2];
	idx->ndims = head[3];
	idx->next = 0;
	idx->item_bytes = type_bytes(head[2]);
	if (got < 4 || head[0] != 0 || head[1] != 0 || idx->item_bytes == 0 || idx->ndims == 0)
	{
		dpk_fail(err, DPK_CORRUPT, "unrecognized archive format");
		dpk_hint(err, "IDX data begin with 00 00, a type (08, 09, 0B .. 0E) and the number of dimensions, plain or within gzip.");
		return DPK_CORRUPT;
	}
	if (idx->ndims > DPK_IDX_MAX_DIMS)
		return fail(err, "There are more than 16 dimensions.");
	for (int i = 0; i < idx->ndims; i++)
	{
		status = read_fully(idx, dim, 4, err);
		if (status != DPK_OK)
			return status;
		if (dim[0] > 0x7F)
			return fail(err, "A dimension is larger than 2147483647.");
		idx->dims[i] = (int32_t) ((uint32_t) dim[0] << 24 | dim[1] << 16 | dim[2] << 8 | dim[3]);
		/* items without bytes would be two thousand million rows out of nothing */
		if (i > 0 && idx->dims[i] == 0)
			return fail(err, "The items are empty.");
		if (i > 0 && !dpk_mul(idx->item_bytes, (size_t) idx->dims[i], &idx->item_bytes))
			return fail(err, "The items are too big.");
	}
	if (idx->dims[0] > 0 && !dpk_inflate_could_give(&idx->stream, idx->item_bytes))
		return fail(err, "Premature end of IDX data");
	return DPK_OK;
}

dpk_status
dpk_idx_next(dpk_idx *idx, uint8_t *item, bool *done, dpk_error *err)
{
	uint64_t	got;
	uint8_t		more;
	dpk_status	status;

	*done = idx->next == idx->dims[0];
	if (!*done)
	{
		idx->next++;
		return read_fully(idx, item, idx->item_bytes, err);
	}
	status = dpk_inflate_read(&idx->stream, &more, 1, &got, err);
	if (status == DPK_OK && got > 0)
		return fail(err, "There are more bytes than the dimensions say.");
	return status;
}
