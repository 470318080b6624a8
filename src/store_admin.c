/*
 * store_admin.c - dropping, renaming, sharing and handing over models
 *
 * Each is a statement on dp.model_names or dp.model_shares that foreign keys
 * carry to the rest, under the lock that keeps a second trainer away.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/syscache.h"

#include "store.h"

PG_FUNCTION_INFO_V1(dp_drop_model);
PG_FUNCTION_INFO_V1(dp_rename_model);
PG_FUNCTION_INFO_V1(dp_share_model);
PG_FUNCTION_INFO_V1(dp_unshare_model);
PG_FUNCTION_INFO_V1(dp_change_model_owner);

/* The owner of a model the user may change; SPI is connected */
static Oid
own_model(const char *name)
{
	Oid			types[1] = {TEXTOID};
	Datum		values[1] = {CStringGetTextDatum(name)};
	Oid			owner;
	bool		isnull;

	dp_store_lock(name, false);
	dp_spi_look("SELECT owner::pg_catalog.oid FROM dp.model_names WHERE name OPERATOR(pg_catalog.=) $1",
				1, types, values);
	if (SPI_processed != 1)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("model \"%s\" does not exist", name),
				 errhint("SELECT name FROM dp.models lists the models you may use.")));
	owner = DatumGetObjectId(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	if (!has_privs_of_role(GetUserId(), owner))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("must be owner of model \"%s\"", name)));
	return owner;
}

/* dp.drop_model(model text, version integer DEFAULT NULL): all versions and runs, or one version */
Datum
dp_drop_model(PG_FUNCTION_ARGS)
{
	Oid			types[2] = {TEXTOID, INT4OID};
	Datum		values[2];
	char	   *name;

	if (PG_ARGISNULL(0))
		PG_RETURN_VOID();
	name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	SPI_connect();
	own_model(name);
	values[0] = CStringGetTextDatum(name);
	values[1] = PG_ARGISNULL(1) ? (Datum) 0 : PG_GETARG_DATUM(1);
	if (PG_ARGISNULL(1))
		dp_spi_run("DELETE FROM dp.model_names WHERE name OPERATOR(pg_catalog.=) $1",
				   1, types, values, NULL, SPI_OK_DELETE);
	else
	{
		dp_spi_run("DELETE FROM dp.models WHERE name OPERATOR(pg_catalog.=) $1 AND version OPERATOR(pg_catalog.=) $2",
				   2, types, values, NULL, SPI_OK_DELETE);
		if (SPI_processed == 0)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_OBJECT),
					 errmsg("version %d of model \"%s\" does not exist", PG_GETARG_INT32(1), name)));
	}
	SPI_finish();
	PG_RETURN_VOID();
}

/* dp.rename_model(model text, new_name text) */
Datum
dp_rename_model(PG_FUNCTION_ARGS)
{
	Oid			types[2] = {TEXTOID, TEXTOID};
	Datum		values[2] = {PG_GETARG_DATUM(0), PG_GETARG_DATUM(1)};
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	char	   *new_name = text_to_cstring(PG_GETARG_TEXT_PP(1));

	dp_store_check_name(new_name);
	SPI_connect();
	own_model(name);
	dp_store_lock(new_name, false);
	dp_spi_run("INSERT INTO dp.model_names (name, owner) SELECT $2, owner FROM dp.model_names"
			   " WHERE name OPERATOR(pg_catalog.=) $1 ON CONFLICT DO NOTHING",
			   2, types, values, NULL, SPI_OK_INSERT);
	if (SPI_processed == 0)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("model name \"%s\" is in use", new_name),
				 errhint("Choose another name.")));
	/* the place was free: the row that moves in carries everything along */
	dp_spi_run("DELETE FROM dp.model_names WHERE name OPERATOR(pg_catalog.=) $2",
			   2, types, values, NULL, SPI_OK_DELETE);
	dp_spi_run("UPDATE dp.model_names SET name = $2 WHERE name OPERATOR(pg_catalog.=) $1",
			   2, types, values, NULL, SPI_OK_UPDATE);
	SPI_finish();
	PG_RETURN_VOID();
}

static void
change_share(FunctionCallInfo fcinfo, const char *sql, int expect)
{
	Oid			types[3] = {TEXTOID, OIDOID, OIDOID};
	Datum		values[3] = {PG_GETARG_DATUM(0), PG_GETARG_DATUM(1), (Datum) 0};
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(0));

	SPI_connect();
	values[2] = ObjectIdGetDatum(own_model(name));
	dp_spi_run(sql, 3, types, values, NULL, expect);
	SPI_finish();
}

/* A regrole may be any number */
static void
check_role(Oid role)
{
	if (!SearchSysCacheExists1(AUTHOID, ObjectIdGetDatum(role)))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("role \"%u\" does not exist", role)));
}

/* dp.share_model(model text, role regrole) */
Datum
dp_share_model(PG_FUNCTION_ARGS)
{
	check_role(PG_GETARG_OID(1));
	change_share(fcinfo, "INSERT INTO dp.model_shares (model, reader, owner)"
				 " VALUES ($1, $2::pg_catalog.regrole, $3::pg_catalog.regrole) ON CONFLICT DO NOTHING", SPI_OK_INSERT);
	PG_RETURN_VOID();
}

/* dp.unshare_model(model text, role regrole) */
Datum
dp_unshare_model(PG_FUNCTION_ARGS)
{
	change_share(fcinfo, "DELETE FROM dp.model_shares WHERE model OPERATOR(pg_catalog.=) $1"
				 " AND reader::pg_catalog.oid OPERATOR(pg_catalog.=) $2", SPI_OK_DELETE);
	PG_RETURN_VOID();
}

/* dp.change_model_owner(model text, role regrole) */
Datum
dp_change_model_owner(PG_FUNCTION_ARGS)
{
	/* the first carries the tables with a foreign key along, and lets the others pass their policies */
	static const char *const updates[] = {
		"UPDATE dp.model_names SET owner = $2::pg_catalog.regrole WHERE name OPERATOR(pg_catalog.=) $1",
		"UPDATE dp.weights w SET owner = $2::pg_catalog.regrole FROM dp.models m"
		" WHERE m.name OPERATOR(pg_catalog.=) $1 AND w.model_id OPERATOR(pg_catalog.=) m.model_id",
		"UPDATE dp.metrics x SET owner = $2::pg_catalog.regrole FROM dp.runs r"
		" WHERE r.model OPERATOR(pg_catalog.=) $1 AND x.run_id OPERATOR(pg_catalog.=) r.run_id",
		"UPDATE dp.checkpoints c SET owner = $2::pg_catalog.regrole FROM dp.runs r"
		" WHERE r.model OPERATOR(pg_catalog.=) $1 AND c.run_id OPERATOR(pg_catalog.=) r.run_id"
	};
	Oid			types[2] = {TEXTOID, OIDOID};
	Datum		values[2] = {PG_GETARG_DATUM(0), PG_GETARG_DATUM(1)};
	Oid			role = PG_GETARG_OID(1);

	check_role(role);
	SPI_connect();
	own_model(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	if (!has_privs_of_role(GetUserId(), role))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("must be member of role \"%s\"", GetUserNameFromId(role, false))));
	for (int i = 0; i < lengthof(updates); i++)
		dp_spi_run(updates[i], 2, types, values, NULL, SPI_OK_UPDATE);
	SPI_finish();
	PG_RETURN_VOID();
}
