/*
 * store.c - models by name: finding, reading, writing, and who owns a name
 *
 * A name belongs to one role.  dp.model_names has the primary key that says
 * so, and an INSERT that conflicts is how a role learns that a name it cannot
 * see is taken.
 */
#include "compat.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "port/pg_crc32c.h"
#include "storage/lock.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/rls.h"

#include "args.h"
#include "store.h"

const char *const dp_loss_names[] = {"cross_entropy", "mse", "mae", "huber", "binary_crossentropy", NULL};

/* Advisory locks of core have class 1 or 2 in this field of the tag */
#define LOCK_CLASS 0x4450

int
dp_store_begin(void)
{
	int			level = NewGUCNestLevel();

	if (!row_security)
		(void) set_config_option("row_security", "on", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	return level;
}

void
dp_store_end(int level)
{
	AtEOXact_GUC(true, level);
}

static void
run(const char *sql, int nargs, const Oid *types, const Datum *values, const char *nulls, bool read_only, int expect)
{
	int			level = dp_store_begin();
	int			rc = SPI_execute_with_args(sql, nargs, unconstify(Oid *, types), unconstify(Datum *, values),
										   nulls, read_only, 0);

	if (rc != expect)
		elog(ERROR, "unexpected result of SPI: %s", SPI_result_code_string(rc));
	dp_store_end(level);
}

void
dp_spi_run(const char *sql, int nargs, const Oid *types, const Datum *values, const char *nulls, int expect)
{
	run(sql, nargs, types, values, nulls, expect == SPI_OK_SELECT, expect);
}

void
dp_spi_look(const char *sql, int nargs, const Oid *types, const Datum *values)
{
	run(sql, nargs, types, values, NULL, false, SPI_OK_SELECT);
}

static void
set_lock_tag(LOCKTAG *tag, const char *name)
{
	uint64		hash = DatumGetUInt64(hash_any_extended((const unsigned char *) name, strlen(name), 0));

	SET_LOCKTAG_ADVISORY(*tag, MyDatabaseId, (uint32) (hash >> 32), (uint32) hash, LOCK_CLASS);
}

void
dp_store_lock(const char *name, bool session)
{
	LOCKTAG		tag;

	set_lock_tag(&tag, name);
	if (LockAcquire(&tag, ExclusiveLock, session, true) == LOCKACQUIRE_NOT_AVAIL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_IN_USE),
				 errmsg("model \"%s\" is being trained by another session", name),
				 errhint("SELECT * FROM dp.progress shows the sessions that train.")));
}

void
dp_store_unlock(const char *name)
{
	LOCKTAG		tag;

	set_lock_tag(&tag, name);
	LockRelease(&tag, ExclusiveLock, true);
}

void
dp_store_check_name(const char *name)
{
	if (name[0] == '\0' || strlen(name) > 1000)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("invalid model name"),
				 errdetail("A name has between 1 and 1000 bytes.")));
}

Oid
dp_store_claim(const char *name)
{
	Oid			types[2] = {TEXTOID, OIDOID};
	Datum		values[2] = {CStringGetTextDatum(name), ObjectIdGetDatum(GetUserId())};
	Oid			owner = InvalidOid;
	bool		isnull;

	dp_store_check_name(name);
	SPI_connect();
	dp_spi_run("SELECT owner::pg_catalog.oid FROM dp.model_names WHERE name OPERATOR(pg_catalog.=) $1",
			   1, types, values, NULL, SPI_OK_SELECT);
	if (SPI_processed == 1)
		owner = DatumGetObjectId(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	else
	{
		dp_spi_run("INSERT INTO dp.model_names (name, owner) VALUES ($1, $2::pg_catalog.regrole) ON CONFLICT DO NOTHING",
				   2, types, values, NULL, SPI_OK_INSERT);
		if (SPI_processed == 1)
			owner = GetUserId();
	}
	SPI_finish();
	if (!OidIsValid(owner))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("model name \"%s\" is in use by another role", name),
				 errhint("Choose another name.")));
	if (!has_privs_of_role(GetUserId(), owner))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("must be owner of model \"%s\"", name),
				 GetUserNameFromId(owner, true) == NULL ? errhint("Choose another name.")
				 : errhint("Choose another name, or ask role \"%s\".", GetUserNameFromId(owner, true))));
	return owner;
}

int64
dp_store_find(const char *name, int version, uint32 *checksum)
{
	Oid			types[2] = {TEXTOID, INT4OID};
	Datum		values[2] = {CStringGetTextDatum(name), Int32GetDatum(version)};
	int64		id = 0;
	bool		isnull;

	SPI_connect();
	dp_spi_run("SELECT model_id, checksum FROM dp.models WHERE name OPERATOR(pg_catalog.=) $1"
			   " AND ($2 OPERATOR(pg_catalog.=) 0 OR version OPERATOR(pg_catalog.=) $2)"
			   " ORDER BY version DESC LIMIT 1",
			   2, types, values, NULL, SPI_OK_SELECT);
	if (SPI_processed == 1)
	{
		id = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
		*checksum = (uint32) DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2, &isnull));
	}
	SPI_finish();
	if (id == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 version == 0 ? errmsg("model \"%s\" does not exist", name)
				 : errmsg("version %d of model \"%s\" does not exist", version, name),
				 version == 0 && dpk_net_is_preset(name)
				 ? errhint("It is the name of a network: dp.network_summary('%s', input => '{height,width,channels}') shows it, dp.train makes a model of it.", name)
				 : errhint("SELECT name FROM dp.models lists the models you may use.")));
	return id;
}

void
dp_store_damaged(dp_slab_table table, const char *what, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("stored %s is damaged", what),
			 errdetail("%s", detail),
			 table == DP_WEIGHTS ? errhint("Train it again, or restore it from a dump.")
			 : errhint("The option \"resume\": false starts over.")));
}

void
dp_store_damaged_model(const dp_stored_model *model, const char *detail)
{
	if (model->is_value)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid value of type dp.model"),
				 errdetail("%s", detail)));
	dp_store_damaged(DP_WEIGHTS, psprintf("model \"%s\" version %d", model->name, model->version), detail);
}

static void
damaged_column(const dp_stored_model *model, const char *column)
{
	dp_store_damaged_model(model, psprintf("%s \"%s\"%s does not hold what it should.", model->is_value ? "Field" : "Column",
										   column, model->is_value ? "" : " of dp.models"));
}

static void
read_classes(dp_stored_model *model, Jsonb *json)
{
	if (!JB_ROOT_IS_ARRAY(json) || JB_ROOT_IS_SCALAR(json) || JB_ROOT_COUNT(json) != model->noutputs)
		damaged_column(model, "classes");
	model->nclasses = model->noutputs;
	model->classes = palloc0(sizeof(char *) * model->nclasses);
	for (int i = 0; i < model->nclasses; i++)
	{
		JsonbValue *v = getIthJsonbValueFromContainer(&json->root, i);

		model->classes_are_text = v->type == jbvString;
		if (v->type == jbvString)
			model->classes[i] = pnstrdup(v->val.string.val, v->val.string.len);
		else if (v->type == jbvNumeric)
			model->classes[i] = DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(v->val.numeric)));
		else
			damaged_column(model, "classes");
	}
}

/* A whole number of 'json' between 1 and 'max', else the column is damaged */
static int
read_integer(const dp_stored_model *model, Jsonb *json, const char *key, int max, const char *column)
{
	JsonbValue *v = JB_ROOT_IS_OBJECT(json) ? getKeyJsonValueFromContainer(&json->root, key, strlen(key), NULL) : NULL;
	double		x = 0;

	if (v != NULL && v->type == jbvNumeric)
		x = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, NumericGetDatum(v->val.numeric)));
	if (!(x >= 1 && x <= max) || x != floor(x))
		damaged_column(model, column);
	return (int) x;
}

static char *
read_text(const dp_stored_model *model, Jsonb *json, const char *key, const char *column)
{
	JsonbValue *v = JB_ROOT_IS_OBJECT(json) ? getKeyJsonValueFromContainer(&json->root, key, strlen(key), NULL) : NULL;

	if (v == NULL || v->type != jbvString)
		damaged_column(model, column);
	return pnstrdup(v->val.string.val, v->val.string.len);
}

/* A list or an object of the description; NULL for null */
static Jsonb *
read_json(const dp_stored_model *model, const char *key)
{
	JsonbValue *v = getKeyJsonValueFromContainer(&model->description->root, key, strlen(key), NULL);

	if (v == NULL || (v->type != jbvBinary && v->type != jbvNull))
		damaged_column(model, key);
	return v->type == jbvNull ? NULL : JsonbValueToJsonb(v);
}

/* Fill what the description says */
static void
read_description(dp_stored_model *model)
{
	Jsonb	   *description = model->description,
			   *input,
			   *classes,
			   *image;
	char	   *kind,
			   *loss;

	if (!JB_ROOT_IS_OBJECT(description) || JB_ROOT_COUNT(description) != 8)
		dp_store_damaged_model(model, "Its description has not the eight fields it should have.");
	model->name = read_text(model, description, "name", "name");
	model->version = read_integer(model, description, "version", INT_MAX, "version");
	model->network = read_json(model, "network");
	input = read_json(model, "input");
	classes = read_json(model, "classes");
	image = read_json(model, "output_image");
	if (model->network == NULL)
		damaged_column(model, "network");
	if (input == NULL)
		damaged_column(model, "input");

	kind = read_text(model, input, "kind", "input");
	if (strcmp(kind, "image") != 0 && strcmp(kind, "features") != 0)
		damaged_column(model, "input");
	model->input.is_image = kind[0] == 'i';
	model->input.h = read_integer(model, input, "height", 65535, "input");
	model->input.w = read_integer(model, input, "width", 65535, "input");
	model->input.c = read_integer(model, input, "channels", 16 * 1024 * 1024, "input");
	model->noutputs = read_integer(model, description, "outputs", INT_MAX, "outputs");
	loss = read_text(model, description, "loss", "loss");
	while (dp_loss_names[model->loss] != NULL && strcmp(loss, dp_loss_names[model->loss]) != 0)
		model->loss++;
	if (dp_loss_names[model->loss] == NULL)
		damaged_column(model, "loss");
	model->output = dpk_values(model->noutputs);
	if (image != NULL)
		model->output = (dpk_output) {
			read_integer(model, image, "height", 65535, "output_image"), read_integer(model, image, "width", 65535, "output_image"),
			read_integer(model, image, "channels", 65535, "output_image"), true
		};
	if (dpk_output_count(&model->output) != model->noutputs)
		damaged_column(model, "output_image");
	if (model->loss == DPK_CROSS_ENTROPY ? classes == NULL : classes != NULL && (model->loss != DPK_BINARY_CROSS_ENTROPY || image != NULL))
		damaged_column(model, "classes");
	if (classes != NULL)
		read_classes(model, classes);
	if (classes != NULL && model->loss == DPK_BINARY_CROSS_ENTROPY)
	{
		if (model->nclasses != 2)
			damaged_column(model, "classes");
		model->output = dpk_values(1);
	}
}

dp_stored_model *
dp_store_describe(Jsonb *description)
{
	dp_stored_model *model = palloc0(sizeof(dp_stored_model));

	model->is_value = true;
	model->description = description;
	read_description(model);
	return model;
}

dp_stored_model *
dp_store_read(int64 model_id)
{
	MemoryContext caller = CurrentMemoryContext,
				spi;
	Oid			types[1] = {INT8OID};
	Datum		values[1] = {Int64GetDatum(model_id)};
	dp_stored_model *model = palloc0(sizeof(dp_stored_model));
	bool		isnull;
	Datum		run_id;

	SPI_connect();
	dp_spi_run("SELECT pg_catalog.jsonb_build_object('name', name, 'version', version, 'network', network, 'input', input,"
			   " 'outputs', outputs, 'loss', loss, 'classes', classes, 'output_image', output_image), owner::pg_catalog.oid, checksum, run_id, name, version"
			   " FROM dp.models WHERE model_id OPERATOR(pg_catalog.=) $1",
			   1, types, values, NULL, SPI_OK_SELECT);
	if (SPI_processed != 1)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("model " INT64_FORMAT " does not exist", model_id)));
	spi = MemoryContextSwitchTo(caller);
	model->model_id = model_id;
	model->description = DatumGetJsonbPCopy(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	model->owner = DatumGetObjectId(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2, &isnull));
	model->checksum = (uint32) DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 3, &isnull));
	run_id = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 4, &isnull);
	model->run_id = isnull ? 0 : DatumGetInt64(run_id);
	/* for errors */
	model->name = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 5);
	model->version = DatumGetInt32(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 6, &isnull));
	read_description(model);
	MemoryContextSwitchTo(spi);
	SPI_finish();
	return model;
}

/*
 * The CRC-32C of what decides a prediction beside the weights, to be continued
 * over them: a network or a list of classes that was edited is found out too.
 */
static uint32
begin_checksum(const dp_stored_model *model)
{
	char	   *network = JsonbToCString(NULL, &model->network->root, VARSIZE(model->network));
	char	   *input = psprintf("%s %d %d %d %d %s %d", model->input.is_image ? "image" : "features",
								 model->input.h, model->input.w, model->input.c,
								 model->noutputs, dp_loss_names[model->loss], model->nclasses);
	pg_crc32c	crc;

	INIT_CRC32C(crc);
	COMP_CRC32C(crc, network, strlen(network) + 1);
	COMP_CRC32C(crc, input, strlen(input) + 1);
	if (model->output.is_image)
	{
		char	   *output = psprintf("image %d %d %d", model->output.h, model->output.w, model->output.c);

		COMP_CRC32C(crc, output, strlen(output) + 1);
	}
	for (int i = 0; i < model->nclasses; i++)
		COMP_CRC32C(crc, model->classes[i], strlen(model->classes[i]) + 1);
	return crc;
}

void
dp_store_read_weights(const dp_stored_model *model, const dpk_net *net, float *params)
{
	uint32		crc = begin_checksum(model);

	crc = dp_slab_read(DP_WEIGHTS, model->model_id, 0, net, params, crc);
	FIN_CRC32C(crc);
	if (crc != model->checksum)
		dp_store_damaged_model(model, psprintf("The checksum is %u, but %u was stored.", crc, model->checksum));
}

/* ["a", "b"] or [0, 1] */
static Datum
classes_json(const dp_stored_model *model)
{
	JsonbParseState *state = NULL;
	JsonbValue	v;

	pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	for (int i = 0; i < model->nclasses; i++)
	{
		if (model->classes_are_text)
		{
			v.type = jbvString;
			v.val.string.val = model->classes[i];
			v.val.string.len = strlen(model->classes[i]);
		}
		else
		{
			v.type = jbvNumeric;
			v.val.numeric = DatumGetNumeric(DirectFunctionCall3(numeric_in, CStringGetDatum(model->classes[i]),
																ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
		}
		pushJsonbValue(&state, WJB_ELEM, &v);
	}
	return JsonbPGetDatum(JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_ARRAY, NULL)));
}

static Datum
output_json(const dpk_output *output)
{
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(psprintf("{\"height\": %d, \"width\": %d, \"channels\": %d}",
																  output->h, output->w, output->c)));
}

void
dp_store_write(dp_stored_model *model, const dpk_net *net, const float *params)
{
	Oid			types[13] = {TEXTOID, OIDOID, JSONBOID, TEXTOID, INT4OID, INT4OID, INT4OID, INT4OID, TEXTOID, JSONBOID, INT8OID, INT8OID, JSONBOID};
	Datum		values[13];
	char		nulls[14] = "             ";
	bool		isnull;
	uint32		crc = begin_checksum(model);

	SPI_connect();
	values[0] = CStringGetTextDatum(model->name);
	values[1] = ObjectIdGetDatum(model->owner);
	values[2] = JsonbPGetDatum(model->network);
	values[3] = CStringGetTextDatum(model->input.is_image ? "image" : "features");
	values[4] = Int32GetDatum(model->input.h);
	values[5] = Int32GetDatum(model->input.w);
	values[6] = Int32GetDatum(model->input.c);
	values[7] = Int32GetDatum(model->noutputs);
	values[8] = CStringGetTextDatum(dp_loss_names[model->loss]);
	values[9] = model->nclasses > 0 ? classes_json(model) : (Datum) 0;
	nulls[9] = model->nclasses > 0 ? ' ' : 'n';
	values[10] = Int64GetDatum((int64) dpk_net_param_count(net));
	values[11] = Int64GetDatum(model->run_id);
	nulls[11] = model->run_id != 0 ? ' ' : 'n';
	values[12] = model->output.is_image ? output_json(&model->output) : (Datum) 0;
	nulls[12] = model->output.is_image ? ' ' : 'n';
	dp_spi_run("UPDATE dp.model_names SET last_version = 1 OPERATOR(pg_catalog.+) GREATEST(last_version,"
			   " (SELECT pg_catalog.max(version) FROM dp.models m WHERE m.name OPERATOR(pg_catalog.=) $1))"
			   " WHERE name OPERATOR(pg_catalog.=) $1", 1, types, values, NULL, SPI_OK_UPDATE);
	dp_spi_run("INSERT INTO dp.models (name, version, owner, network, input, outputs, loss, classes, parameters, checksum, library_version, run_id, output_image)"
			   " SELECT $1, (SELECT last_version FROM dp.model_names WHERE name OPERATOR(pg_catalog.=) $1), $2::pg_catalog.regrole, $3,"
			   " pg_catalog.jsonb_build_object('kind', $4, 'height', $5, 'width', $6, 'channels', $7), $8, $9, $10, $11, 0, '" DP_VERSION "', $12, $13"
			   " RETURNING model_id, version",
			   13, types, values, nulls, SPI_OK_INSERT_RETURNING);
	model->model_id = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	model->version = DatumGetInt32(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2, &isnull));

	crc = dp_slab_write(DP_WEIGHTS, model->model_id, 0, model->owner, net, params, crc);
	FIN_CRC32C(crc);
	model->checksum = crc;
	values[0] = Int64GetDatum(model->model_id);
	values[1] = Int64GetDatum((int64) crc);
	types[0] = types[1] = INT8OID;
	dp_spi_run("UPDATE dp.models SET checksum = $2 WHERE model_id OPERATOR(pg_catalog.=) $1",
			   2, types, values, NULL, SPI_OK_UPDATE);
	SPI_finish();
}
