/*
 * model_value.c - the type dp.model: its input and output, and how it is made and read
 *
 * Text is "dpmodel1:" and the rest of the bytes in base64.  The description
 * travels in UTF-8 whatever the encoding of the server.  What comes in must be
 * a model that this library can run: a value in a table has been checked.
 */
#include "compat.h"

#include "common/base64.h"
#include "common/cryptohash.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "port/pg_crc32c.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "args.h"
#include "model_bytes.h"
#include "model_network.h"
#include "model_value.h"
#include "sample.h"
#include "settings.h"

#define PIECE (192 * 1024)		/* bytes between two looks whether to stop; a multiple of 3 */

#define TAG DPK_MODEL_MAGIC ":"
#define MAGIC (sizeof(DPK_MODEL_MAGIC) - 1)

PG_FUNCTION_INFO_V1(dp_model_in);
PG_FUNCTION_INFO_V1(dp_model_out);
PG_FUNCTION_INFO_V1(dp_model_recv);
PG_FUNCTION_INFO_V1(dp_model_send);
PG_FUNCTION_INFO_V1(dp_model_value_of);

static void
invalid(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("invalid value of type dp.model"),
			 errdetail("%s", detail)));
}

/* A new value for so many bytes of a model */
static dp_model_value *
alloc_value(size_t length)
{
	dp_model_value *value;
	size_t		size = add_size(offsetof(dp_model_value, bytes), length);

	if (size > DP_MODEL_VALUE_LIMIT)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("model is too big for a value of type dp.model"),
				 errdetail("It takes %zu MB, more than %zu MB.", size / (1024 * 1024), DP_MODEL_VALUE_LIMIT / (1024 * 1024)),
				 errhint("Predict with its name, or train a smaller network.")));
	value = palloc(size);
	SET_VARSIZE(value, size);
	return value;
}

static size_t
nbytes(const dp_model_value *value)
{
	if (VARSIZE(value) < offsetof(dp_model_value, bytes) + MAGIC)
		invalid("It is cut off.");
	return VARSIZE(value) - offsetof(dp_model_value, bytes);
}

static uint32
checksum(const char *bytes, size_t n)
{
	pg_crc32c	crc;

	INIT_CRC32C(crc);
	for (size_t i = 0; i < n; i += PIECE)
	{
		CHECK_FOR_INTERRUPTS();
		COMP_CRC32C(crc, bytes + i, Min(PIECE, n - i));
	}
	FIN_CRC32C(crc);
	return crc;
}

static void
compute_hash(const dp_model_value *value, uint8 hash[PG_SHA256_DIGEST_LENGTH])
{
	pg_cryptohash_ctx *context = pg_cryptohash_create(PG_SHA256);
	size_t		n = nbytes(value);
	bool		done = context != NULL && pg_cryptohash_init(context) >= 0;

	for (size_t i = 0; done && i < n; i += PIECE)
	{
		CHECK_FOR_INTERRUPTS();
		done = pg_cryptohash_update(context, (const uint8 *) value->bytes + i, Min(PIECE, n - i)) >= 0;
	}
	if (!done || pg_cryptohash_final(context, hash, PG_SHA256_DIGEST_LENGTH) < 0)
		elog(ERROR, "could not compute SHA-256");
	pg_cryptohash_free(context);
}

/* ---- reading ---- */

/* The description as jsonb; text that is none is the value's fault */
static Jsonb *
read_description(const dpk_model_bytes *m)
{
	MemoryContext context = CurrentMemoryContext;
	char	   *text = pnstrdup(m->description, m->description_length);
	Jsonb	   *json = NULL;

	if (strlen(text) != m->description_length)
		invalid("Its description is damaged.");
	PG_TRY();
	{
		text = pg_any_to_server(text, strlen(text), PG_UTF8);
		json = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(text)));
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		if (error->sqlerrcode == ERRCODE_QUERY_CANCELED || error->sqlerrcode == ERRCODE_OUT_OF_MEMORY)
			PG_RE_THROW();
		FlushErrorState();
		invalid(psprintf("Its description cannot be read: %s.", error->message));
	}
	PG_END_TRY();
	return json;
}

static dp_stored_model *
read_model(const dp_model_value *value, dpk_model_bytes *m)
{
	dpk_error	err = {0};

	dp_raise(dpk_model_open(value->bytes, nbytes(value), m, &err), &err);
	if (checksum(value->bytes, (const char *) m->end - value->bytes) != m->checksum)
		invalid("Its checksum does not fit.");
	return dp_store_describe(read_description(m));
}

/* The next tensor, which must be number 'i' of the network */
static void
next_tensor(dpk_model_bytes *m, const dpk_net *net, int i, dpk_model_tensor *t)
{
	const dpk_tensor *wanted = dpk_net_tensor(net, i);
	dpk_error	err = {0};

	CHECK_FOR_INTERRUPTS();
	dp_raise(dpk_model_next(m, t, &err), &err);
	if (!dpk_model_fits(t, wanted))
		invalid(psprintf("Its tensor %d is not the \"%s\" of layer \"%s\" that the network has.", i + 1, wanted->name, wanted->layer));
}

static void
check_ntensors(const dpk_model_bytes *m, const dpk_net *net)
{
	if (m->ntensors != dpk_net_ntensors(net))
		invalid(psprintf("It has %u tensors, but its network has %d.", m->ntensors, dpk_net_ntensors(net)));
}

/* A value whose bytes came from a stranger: checks them, and sets the hash */
static void
check_input(dp_model_value *value)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "datapower model check", ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	dpk_model_bytes m;
	dpk_model_tensor t;
	dpk_input	wanted;
	dpk_net    *net = dp_model_network(read_model(value, &m), &wanted);

	check_ntensors(&m, net);
	for (int i = 0; i < dpk_net_ntensors(net); i++)
		next_tensor(&m, net, i, &t);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	compute_hash(value, value->hash);
}

dp_stored_model *
dp_value_read(const dp_model_value *value)
{
	uint8		hash[PG_SHA256_DIGEST_LENGTH];
	dpk_model_bytes m;

	compute_hash(value, hash);
	if (memcmp(hash, value->hash, sizeof(hash)) != 0)
		invalid("Its hash does not fit.");
	return read_model(value, &m);
}

void
dp_value_read_weights(const dp_model_value *value, const dpk_net *net, float *params)
{
	float	   *canonical = MemoryContextAllocHuge(CurrentMemoryContext, Max(1, dpk_net_scratch_floats(net)) * sizeof(float));
	dpk_model_bytes m;
	dpk_model_tensor t;
	dpk_error	err = {0};

	dp_raise(dpk_model_open(value->bytes, nbytes(value), &m, &err), &err);
	check_ntensors(&m, net);
	for (int i = 0; i < dpk_net_ntensors(net); i++)
	{
		next_tensor(&m, net, i, &t);
		dpk_model_get(&t, canonical);
		dpk_net_set(net, i, params, canonical);
	}
	pfree(canonical);
}

/* ---- making ---- */

static void
put_tensors(dpk_model_writer *w, const dpk_net *net, const float *params, float *canonical)
{
	for (int i = 0; i < dpk_net_ntensors(net); i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (params != NULL)
			dpk_net_get(net, i, params, canonical);
		dpk_model_put(w, dpk_net_tensor(net, i), canonical);
	}
}

/* The value in the context 'result', all else in the current one */
static dp_model_value *
make_value(const dp_stored_model *model, MemoryContext result)
{
	char	   *text = JsonbToCString(NULL, &model->description->root, VARSIZE(model->description));
	char	   *description = pg_server_to_any(text, strlen(text), PG_UTF8);
	dpk_input	wanted;
	dpk_net    *net = dp_model_network(model, &wanted);
	dpk_model_writer w = {NULL, 0};
	dp_model_value *value;
	MemoryContext work;
	size_t		bytes;
	float	   *params,
			   *canonical;

	dpk_model_begin(&w, description, strlen(description), dpk_net_ntensors(net));
	put_tensors(&w, net, NULL, NULL);
	dpk_model_finish(&w, 0);
	work = MemoryContextSwitchTo(result);
	value = alloc_value(w.length);
	MemoryContextSwitchTo(work);

	bytes = mul_size(add_size(dpk_net_param_floats(net), dpk_net_scratch_floats(net)), sizeof(float));
	if (bytes / 1024 > dp_memory_limit)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("model \"%s\" is too big to become a value", model->name),
				 errdetail("It takes %zu kB, more than \"datapower.memory_limit\" allows (%d kB).", bytes / 1024, dp_memory_limit),
				 errhint("Raise datapower.memory_limit.")));
	params = dp_alloc_aligned(mul_size(dpk_net_param_floats(net), sizeof(float)));
	canonical = dp_alloc_aligned(mul_size(dpk_net_scratch_floats(net), sizeof(float)));
	dp_store_read_weights(model, net, params);
	w = (dpk_model_writer) {(uint8 *) value->bytes, 0};
	dpk_model_begin(&w, description, strlen(description), dpk_net_ntensors(net));
	put_tensors(&w, net, params, canonical);
	dpk_model_finish(&w, checksum(value->bytes, w.length));
	compute_hash(value, value->hash);
	return value;
}

/* model_value(name text, version integer DEFAULT NULL) returns dp.model */
Datum
dp_model_value_of(PG_FUNCTION_ARGS)
{
	MemoryContext context,
				caller;
	dp_model_value *value;
	uint32		crc;
	int64		id;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	if (!PG_ARGISNULL(1))
		dp_check_range("version", PG_GETARG_INT32(1), 1, PG_INT32_MAX);
	id = dp_store_find(text_to_cstring(PG_GETARG_TEXT_PP(0)), PG_ARGISNULL(1) ? 0 : PG_GETARG_INT32(1), &crc);
	context = AllocSetContextCreate(CurrentMemoryContext, "datapower model value", ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(context);
	value = make_value(dp_store_read(id), caller);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	PG_RETURN_POINTER(value);
}

/* ---- input and output ---- */

Datum
dp_model_in(PG_FUNCTION_ARGS)
{
	const char *text = PG_GETARG_CSTRING(0);
	size_t		n = strlen(text),
				at = 0;
	dp_model_value *value;

	if (n < strlen(TAG) || strncmp(text, TAG, strlen(TAG)) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type dp.model: \"%s\"", pnstrdup(text, pg_mbcliplen(text, n, 40))),
				 errdetail("A model begins with \"" TAG "\"."),
				 errhint("dp.model_value(name) gives the value of a model that you trained.")));
	text += strlen(TAG);
	n -= strlen(TAG);
	if (n == 0 || n % 4 != 0)
		invalid("Its base64 is cut off.");
	value = alloc_value(MAGIC + n / 4 * 3);
	memcpy(value->bytes, DPK_MODEL_MAGIC, MAGIC);
	for (size_t i = 0; i < n; i += PIECE / 3 * 4)
	{
		int			length = Min(PIECE / 3 * 4, n - i);
		int			got = pg_b64_decode((const void *) (text + i), length, (void *) (value->bytes + MAGIC + at), length / 4 * 3);

		CHECK_FOR_INTERRUPTS();
		if (got < 0 || (i + length < n && got != length / 4 * 3))
			invalid("Its base64 is damaged.");
		at += got;
	}
	SET_VARSIZE(value, offsetof(dp_model_value, bytes) + MAGIC + at);
	check_input(value);
	PG_RETURN_POINTER(value);
}

Datum
dp_model_out(PG_FUNCTION_ARGS)
{
	const dp_model_value *value = (dp_model_value *) PG_DETOAST_DATUM(PG_GETARG_DATUM(0));
	size_t		n = nbytes(value) - MAGIC,
				at = strlen(TAG);
	char	   *text = palloc(at + (n + 2) / 3 * 4 + 1);

	memcpy(text, TAG, at);
	for (size_t i = 0; i < n; i += PIECE)
	{
		int			length = Min(PIECE, n - i);

		CHECK_FOR_INTERRUPTS();
		at += pg_b64_encode((const void *) (value->bytes + MAGIC + i), length, (void *) (text + at), (length + 2) / 3 * 4);
	}
	text[at] = '\0';
	PG_RETURN_CSTRING(text);
}

Datum
dp_model_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			n = buf->len - buf->cursor;
	dp_model_value *value = alloc_value(n);

	pq_copymsgbytes(buf, value->bytes, n);
	check_input(value);
	PG_RETURN_POINTER(value);
}

Datum
dp_model_send(PG_FUNCTION_ARGS)
{
	const dp_model_value *value = (dp_model_value *) PG_DETOAST_DATUM(PG_GETARG_DATUM(0));
	size_t		size = VARHDRSZ + nbytes(value);
	bytea	   *result = palloc(size);

	SET_VARSIZE(result, size);
	memcpy(VARDATA(result), value->bytes, nbytes(value));
	PG_RETURN_BYTEA_P(result);
}
