/*
 * model_bytes.c - a trained model as one string of bytes
 */
#include <string.h>

#include "model_bytes.h"

static const char magic[8] = DPK_MODEL_MAGIC;

#define CHECKSUM 4

static dpk_status
corrupt(dpk_error *err, const char *what)
{
	dpk_fail(err, DPK_CORRUPT, "invalid value of type dp.model");
	dpk_detail(err, "%s", what);
	return DPK_CORRUPT;
}

/* ---- reading: false where the bytes end before ---- */

static bool
read_u8(dpk_model_bytes *m, uint8_t *value)
{
	if (m->at >= m->end)
		return false;
	*value = *m->at++;
	return true;
}

static uint32_t
get_u32(const uint8_t *at)
{
	return (uint32_t) at[0] | (uint32_t) at[1] << 8 | (uint32_t) at[2] << 16 | (uint32_t) at[3] << 24;
}

static bool
read_u32(dpk_model_bytes *m, uint32_t *value)
{
	if (m->end - m->at < 4)
		return false;
	*value = get_u32(m->at);
	m->at += 4;
	return true;
}

static bool
read_name(dpk_model_bytes *m, char name[DPK_MODEL_NAME])
{
	uint8_t		n;

	if (!read_u8(m, &n) || m->end - m->at < n || memchr(m->at, 0, n) != NULL)
		return false;
	memcpy(name, m->at, n);
	name[n] = '\0';
	m->at += n;
	return true;
}

dpk_status
dpk_model_open(const void *bytes, size_t length, dpk_model_bytes *m, dpk_error *err)
{
	uint32_t	n;

	memset(m, 0, sizeof(*m));
	if (length < sizeof(magic) + CHECKSUM || memcmp(bytes, magic, sizeof(magic)) != 0)
		return corrupt(err, "It does not begin as a model does.");
	m->at = (const uint8_t *) bytes + sizeof(magic);
	m->end = (const uint8_t *) bytes + length - CHECKSUM;
	m->checksum = get_u32(m->end);
	if (!read_u32(m, &n) || (size_t) (m->end - m->at) < n)
		return corrupt(err, "Its description is cut off.");
	m->description = (const char *) m->at;
	m->description_length = n;
	m->at += n;
	if (!read_u32(m, &m->ntensors))
		return corrupt(err, "Its tensors are cut off.");
	return m->ntensors == 0 && m->at != m->end ? corrupt(err, "There is more behind the last tensor.") : DPK_OK;
}

dpk_status
dpk_model_next(dpk_model_bytes *m, dpk_model_tensor *t, dpk_error *err)
{
	uint8_t		ndim;
	size_t		size;

	if (m->nread >= m->ntensors)
		return corrupt(err, "A tensor is missing.");
	if (!read_name(m, t->layer) || !read_name(m, t->name) || !read_u8(m, &ndim) || ndim < 1 || ndim > 4)
		return corrupt(err, "The name of a tensor is damaged.");
	t->ndim = ndim;
	t->count = 1;
	memset(t->shape, 0, sizeof(t->shape));
	for (int i = 0; i < ndim; i++)
	{
		uint32_t	n;

		if (!read_u32(m, &n) || n < 1 || n > INT32_MAX || !dpk_mul(t->count, n, &t->count))
			return corrupt(err, "The shape of a tensor is damaged.");
		t->shape[i] = (int) n;
	}
	if (!dpk_mul(t->count, sizeof(float), &size) || (size_t) (m->end - m->at) < size)
		return corrupt(err, "The weights of a tensor are cut off.");
	t->weights = m->at;
	m->at += size;
	if (++m->nread == m->ntensors && m->at != m->end)
		return corrupt(err, "There is more behind the last tensor.");
	return DPK_OK;
}

bool
dpk_model_fits(const dpk_model_tensor *t, const dpk_tensor *wanted)
{
	if (strcmp(t->layer, wanted->layer) != 0 || strcmp(t->name, wanted->name) != 0 || t->ndim != wanted->ndim)
		return false;
	for (int i = 0; i < t->ndim; i++)
		if (t->shape[i] != wanted->shape[i])
			return false;
	return true;
}

void
dpk_model_get(const dpk_model_tensor *t, float *canonical)
{
	for (size_t i = 0; i < t->count; i++)
	{
		uint32_t	bits = get_u32(t->weights + 4 * i);

		memcpy(&canonical[i], &bits, sizeof(bits));
	}
}

/* ---- writing ---- */

static void
put(dpk_model_writer *w, const void *bytes, size_t n)
{
	if (w->out != NULL)
		memcpy(w->out + w->length, bytes, n);
	w->length += n;
}

static void
put_u32(dpk_model_writer *w, uint32_t value)
{
	const uint8_t bytes[4] = {(uint8_t) value, (uint8_t) (value >> 8), (uint8_t) (value >> 16), (uint8_t) (value >> 24)};

	put(w, bytes, sizeof(bytes));
}

static void
put_name(dpk_model_writer *w, const char *name)
{
	uint8_t		n = (uint8_t) strnlen(name, DPK_MODEL_NAME - 1);

	put(w, &n, 1);
	put(w, name, n);
}

void
dpk_model_begin(dpk_model_writer *w, const char *description, size_t length, uint32_t ntensors)
{
	put(w, magic, sizeof(magic));
	put_u32(w, (uint32_t) length);
	put(w, description, length);
	put_u32(w, ntensors);
}

void
dpk_model_put(dpk_model_writer *w, const dpk_tensor *t, const float *canonical)
{
	uint8_t		ndim = (uint8_t) t->ndim;

	put_name(w, t->layer);
	put_name(w, t->name);
	put(w, &ndim, 1);
	for (int i = 0; i < t->ndim; i++)
		put_u32(w, (uint32_t) t->shape[i]);
	if (w->out == NULL)
		w->length += 4 * t->count;
	else
		for (size_t i = 0; i < t->count; i++)
		{
			uint32_t	bits;

			memcpy(&bits, &canonical[i], sizeof(bits));
			put_u32(w, bits);
		}
}

void
dpk_model_finish(dpk_model_writer *w, uint32_t checksum)
{
	put_u32(w, checksum);
}
