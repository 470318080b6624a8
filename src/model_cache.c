/*
 * model_cache.c - from the name of a model to a network in memory
 *
 * Network JSON and weights come from tables, so they are as hostile as any
 * input: shapes are inferred and sized from the JSON alone, compared with the
 * setting before memory is taken, and every row of weights must fit them.
 */
#include "compat.h"

#include <math.h>

#include "access/detoast.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "args.h"
#include "blas.h"
#include "model_cache.h"
#include "model_network.h"
#include "model_value.h"
#include "sample.h"
#include "settings.h"

#define MAX_NAMES 16			/* remembered */

/*
 * When a name has to be looked up again: another transaction, snapshot or
 * user.  Our own subtransactions are in no snapshot, and the command counter
 * does not go back with them: what ROLLBACK TO takes away is told by the
 * subtransaction.
 */
typedef struct name_scope
{
	TimestampTz transaction;
	TransactionId xmin,
				xmax;
	uint32		xcnt;
	int32		subxcnt;		/* a standby keeps running transactions here */
	CommandId	curcid;
	SubTransactionId subtransaction;
	Oid			user;
} name_scope;

typedef struct name_slot
{
	text	   *name;
	dp_model_key key;
} name_slot;

static name_scope names_scope;
static name_slot names[MAX_NAMES];
static int	nnames = 0;
static uint32 next_name = 0;	/* slot to use once all are taken */

static dlist_head predictors = DLIST_STATIC_INIT(predictors);
static size_t cached_bytes = 0;

/* ---- names ---- */

static void
read_scope(name_scope *scope)
{
	Snapshot	snapshot = GetActiveSnapshot();

	memset(scope, 0, sizeof(*scope));	/* padding too: it is compared as bytes */
	scope->transaction = GetCurrentTransactionStartTimestamp();
	scope->xmin = snapshot->xmin;
	scope->xmax = snapshot->xmax;
	scope->xcnt = snapshot->xcnt;
	scope->subxcnt = snapshot->subxcnt;
	scope->curcid = snapshot->curcid;
	scope->subtransaction = GetCurrentSubTransactionId();
	scope->user = GetUserId();
}

dp_model_key
dp_predictor_key(const text *name)
{
	Size		bytes = VARSIZE_ANY_EXHDR(name);
	name_scope	scope;
	name_slot  *slot;
	text	   *copy;
	dp_model_key key;

	memset(&key, 0, sizeof(key));
	read_scope(&scope);
	if (memcmp(&scope, &names_scope, sizeof(scope)) != 0)
	{
		while (nnames > 0)
			pfree(names[--nnames].name);
		names_scope = scope;
	}
	for (int i = 0; i < nnames; i++)
		if (VARSIZE(names[i].name) - VARHDRSZ == bytes && memcmp(VARDATA(names[i].name), VARDATA_ANY(name), bytes) == 0)
			return names[i].key;

	key.model_id = dp_store_find(text_to_cstring(name), 0, &key.checksum);
	copy = MemoryContextAlloc(CacheMemoryContext, VARHDRSZ + bytes);
	SET_VARSIZE(copy, VARHDRSZ + bytes);
	memcpy(VARDATA(copy), VARDATA_ANY(name), bytes);
	if (nnames < MAX_NAMES)
		slot = &names[nnames++];
	else
	{
		slot = &names[next_name++ % MAX_NAMES];
		pfree(slot->name);
	}
	slot->name = copy;
	slot->key = key;
	return key;
}

/* ---- networks ---- */

static void
check_kind(const dp_predictor *p, bool is_image)
{
	if (is_image != p->model->input.is_image)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("model \"%s\" takes %s, not %s", p->model->name,
						is_image ? "features" : "images", is_image ? "images" : "features"),
				 is_image ? errhint("Give it %d features as float8[].", p->model->input.c)
				 : errhint("Give it an image as bytea.")));
}

void
dp_predictor_read_image(dp_predictor *p, bytea *image)
{
	dpk_error	err = {0};

	check_kind(p, true);
	dp_raise(dp_sample_image(image, &p->wanted, &p->model->input, p->x, &err), &err);
}

void
dp_predictor_read_features(dp_predictor *p, ArrayType *features)
{
	dpk_error	err = {0};

	check_kind(p, false);
	dp_raise(dp_sample_features(array_contains_nulls(features) ? NULL : (double *) ARR_DATA_PTR(features),
								ArrayGetNItems(ARR_NDIM(features), ARR_DIMS(features)), &p->model->input, p->x, &err), &err);
}

void
dp_predictor_check_finite(const dp_predictor *p, const float *y, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!isfinite(y[i]))
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("model \"%s\" gives an output that is not a finite number", p->model->name),
					 errdetail("Output %zu is %g.", i + 1, y[i]),
					 errhint("Train it with a smaller learning rate, on features of similar size.")));
}

void
dp_predictor_run(dp_predictor *p, int n, const void *x, const dpk_run *run, float *y)
{
	dpk_error	err = {.message = "could not run the network"};

	dp_raise(dpk_net_forward(p->net, run, p->params, n, x, y), &err);
	/* one probability, of the second of two classes */
	if (p->model->nclasses == 2 && p->model->output.c == 1)
		for (int i = n - 1; i >= 0; i--)
		{
			y[2 * i + 1] = y[i];
			y[2 * i] = 1 - y[2 * i + 1];
		}
	for (int i = 0; i < n; i++)
		dp_predictor_check_finite(p, y + (size_t) i * p->model->noutputs, p->model->noutputs);
}

static void
check_memory(const dp_predictor *p)
{
	if (p->bytes > (size_t) dp_model_cache * 1024)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("model \"%s\" is too big for the model cache", p->model->name),
				 errdetail("It needs %zu kB, and datapower.model_cache is %d kB.", p->bytes / 1024 + 1, dp_model_cache),
				 errhint("Raise datapower.model_cache.")));
}

/* Forget what was used least, so that so many bytes more are within the setting */
static void
make_room(size_t bytes)
{
	size_t		limit = (size_t) dp_model_cache * 1024;

	while (!dlist_is_empty(&predictors) && cached_bytes + bytes > limit)
	{
		dp_predictor *last = dlist_container(dp_predictor, node, dlist_tail_node(&predictors));

		dlist_delete(&last->node);
		cached_bytes -= last->bytes;
		MemoryContextDelete(last->context);
	}
}

/* Plan the network in the current context; what it takes is known before it is taken */
static void
build_network(dp_predictor *p)
{
	dp_stored_model *model = p->model;
	size_t		sample = mul_size(mul_size(model->input.h, model->input.w), model->input.c);

	p->net = dp_model_network(model, &p->wanted);
	p->folded = !p->key.plain && dpk_net_fold(p->net) > 0;
	sample = mul_size(sample, model->input.is_image ? 1 : sizeof(float));
	p->bytes = add_size(MemoryContextMemAllocated(CurrentMemoryContext, true), sample);
	p->bytes = add_size(p->bytes, mul_size(dpk_net_param_floats(p->net), sizeof(float)));
	p->bytes = add_size(p->bytes, dpk_net_work_bytes(p->net, 1, false));
	p->bytes = add_size(p->bytes, mul_size(model->noutputs, sizeof(float)));
	check_memory(p);
	make_room(p->bytes);

	dp_blas_load();
	p->x = dp_alloc_aligned(sample);
	p->y = dp_alloc_aligned(mul_size(model->noutputs, sizeof(float)));
	p->run.work = dp_alloc_work(dpk_net_work_bytes(p->net, 1, false));
	p->run.sgemm = dp_sgemm;
	p->run.stop = &dp_stop;
	p->params = dp_alloc_aligned(mul_size(dpk_net_param_floats(p->net), sizeof(float)));
}

/* 'value' is NULL for a model of the tables */
static dp_predictor *
load(const dp_model_key *key, const dp_model_value *value)
{
	/* under the caller's context until it is complete, so that an error frees it */
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "datapower model", ALLOCSET_SMALL_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	dp_predictor *p = palloc0(sizeof(dp_predictor));

	p->context = context;
	p->key = *key;
	p->model = value ? dp_value_read(value) : dp_store_read(key->model_id);
	build_network(p);
	if (value != NULL)
		dp_value_read_weights(value, p->net, p->params);
	else
		dp_store_read_weights(p->model, p->net, p->params);
	MemoryContextSwitchTo(caller);
	if (p->folded)
	{
		float	   *scratch = palloc_extended(mul_size(dpk_net_scratch_floats(p->net), sizeof(float)), MCXT_ALLOC_HUGE);

		dpk_net_fold_params(p->net, p->params, scratch);
		pfree(scratch);
	}

	MemoryContextSetParent(context, CacheMemoryContext);
	dlist_push_head(&predictors, &p->node);
	cached_bytes += p->bytes;
	return p;
}

bool
dp_same_model(const dp_model_key *a, const dp_model_key *b)
{
	return a->model_id == b->model_id && a->checksum == b->checksum && a->size == b->size && memcmp(a->hash, b->hash, sizeof(a->hash)) == 0;
}

static dp_predictor *
find_loaded(const dp_model_key *key)
{
	dlist_iter	iter;

	dlist_foreach(iter, &predictors)
	{
		dp_predictor *p = dlist_container(dp_predictor, node, iter.cur);

		if (dp_same_model(&p->key, key) && (p->key.plain == key->plain || !p->folded))
		{
			dlist_move_head(&predictors, &p->node);
			return p;
		}
	}
	return NULL;
}

dp_predictor *
dp_predictor_get(dp_model_key key)
{
	dp_predictor *p = find_loaded(&key);

	return p ? p : load(&key, NULL);
}

dp_predictor *
dp_predictor_find(const text *name, bool plain)
{
	dp_model_key key = dp_predictor_key(name);

	key.plain = plain;
	return dp_predictor_get(key);
}

/* ---- values ---- */

/*
 * What a call remembers of its last argument on disk: while the snapshot is
 * the same, nothing that can be seen has the same place in the same table
 */
typedef struct value_memo
{
	name_scope	scope;
	varatt_external pointer;
	dp_model_key key;
} value_memo;

/* Its hash and size, from as few of its bytes as will do */
static dp_model_key
value_key(Datum value)
{
	struct varlena *head = PG_DETOAST_DATUM_SLICE(value, 0, PG_SHA256_DIGEST_LENGTH);
	dp_model_key key = {.size = (uint32) toast_raw_datum_size(value)};

	if (VARSIZE_ANY_EXHDR(head) == sizeof(key.hash))	/* else it is found to be damaged when it is loaded */
		memcpy(key.hash, VARDATA_ANY(head), sizeof(key.hash));
	pfree(head);
	return key;
}

/* The same for a value that lies in a TOAST table, looked at once for all rows that have it */
static const dp_model_key *
remembered_key(FunctionCallInfo fcinfo, Datum value)
{
	value_memo *memo = fcinfo->flinfo->fn_extra;
	varatt_external pointer;
	name_scope	scope;

	VARATT_EXTERNAL_GET_POINTER(pointer, (struct varlena *) DatumGetPointer(value));
	read_scope(&scope);
	if (memo == NULL)
		fcinfo->flinfo->fn_extra = memo = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(value_memo));
	if (memcmp(&memo->pointer, &pointer, sizeof(pointer)) != 0 || memcmp(&memo->scope, &scope, sizeof(scope)) != 0)
	{
		memo->key = value_key(value);
		memo->pointer = pointer;
		memo->scope = scope;
	}
	return &memo->key;
}

dp_predictor *
dp_predictor_of_value(FunctionCallInfo fcinfo, int i, bool plain)
{
	Datum		datum = PG_GETARG_DATUM(i);
	dp_model_key key;
	dp_predictor *p;

	if (VARATT_IS_EXTERNAL_ONDISK((struct varlena *) DatumGetPointer(datum)) && ActiveSnapshotSet())
		key = *remembered_key(fcinfo, datum);
	else
		key = value_key(datum);
	key.plain = plain;
	p = find_loaded(&key);
	if (p == NULL)
	{
		struct varlena *value = PG_DETOAST_DATUM(datum);

		p = load(&key, (dp_model_value *) value);
		if ((Pointer) value != DatumGetPointer(datum))
			pfree(value);
	}
	return p;
}
