/*
 * train_cross.c - CALL dp.cross_predict: every row judged by a network that has not seen it
 *
 * The keys, folds and labels of all rows go into the result first.  Then fold
 * after fold a network is trained on the other folds, by CALL dp.train, and the
 * rows of the fold get what it says, in one transaction.  So the result tells
 * how far it is: the same CALL goes on with the first fold without predictions,
 * after a look whether rows and arguments are still those it began with.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "tcop/pquery.h"
#include "utils/builtins.h"

#include "args.h"
#include "netspec.h"
#include "store.h"
#include "train_cross.h"

PG_FUNCTION_INFO_V1(dp_cross_predict_text);
PG_FUNCTION_INFO_V1(dp_cross_predict_jsonb);

#define MAX_FOLDS 1000			/* of dp.fold 10000, but each one is a model */

/* What the network of a fold learns from */
static char *
training_rows(const dp_cross *c, int fold)
{
	return psprintf("SELECT r.key, r.%s, r.label%s FROM (%s) AS r WHERE r.fold OPERATOR(pg_catalog.<>) %d AND r.label IS NOT NULL",
					c->input, c->has_weight ? ", r.weight" : "", c->rows, fold);
}

static char *
model_name(const dp_cross *c, int fold)
{
	return psprintf("%s/%d", c->name, fold);
}

/* Each class must be learnt from in every fold, for a network that has not seen a class says nothing about it */
static void
check_rows(const dp_cross *c)
{
	int64		n = pg_strtoint64(dp_cross_look_up(psprintf("SELECT pg_catalog.count(*)::pg_catalog.text FROM %s", c->table)));
	bool		isnull;
	int			nlabels;

	if (n < c->folds)
		ereport(ERROR,
				(errcode(n == 0 ? ERRCODE_DATA_EXCEPTION : ERRCODE_INVALID_PARAMETER_VALUE),
				 n == 0 ? errmsg("the source has no rows") : errmsg("%d folds are more than the source has rows: %lld", c->folds, (long long) n)));
	dp_cross_run(psprintf("SELECT DISTINCT label FROM %s WHERE label IS NOT NULL LIMIT 2", c->table), 0, NULL, NULL, SPI_OK_SELECT, &isnull);
	nlabels = SPI_processed;
	if (nlabels < 2)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 nlabels == 0 ? errmsg("no row of the source has a label")
				 : errmsg("all rows of the source have the label \"%s\"", SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1)),
				 errdetail("There is nothing to tell apart.")));
	dp_cross_run(psprintf("SELECT label, pg_catalog.min(fold), pg_catalog.count(*) FROM %s WHERE label IS NOT NULL GROUP BY label"
						  " HAVING pg_catalog.min(fold) OPERATOR(pg_catalog.=) pg_catalog.max(fold) ORDER BY label LIMIT 1", c->table),
			0, NULL, NULL, SPI_OK_SELECT, &isnull);
	if (SPI_processed > 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("all rows with the label \"%s\" are in fold %s", SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1),
						SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2)),
				 errdetail("They are %s, and the network that judges them would never have seen their class.",
						   SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 3)),
				 errhint("Leave out classes of so few rows, or try another \"seed\".")));
}

/* Every network gets the classes of all rows, in one order */
static void
give_classes(dp_cross *c)
{
	char	   *sql = psprintf("SELECT $1 OPERATOR(pg_catalog.||) pg_catalog.jsonb_build_object('classes', pg_catalog.jsonb_agg(x.label ORDER BY x.label))"
							   " FROM (SELECT DISTINCT label FROM %s WHERE label IS NOT NULL LIMIT %d) AS x", c->table, DP_MAX_CLASSES + 1);
	Oid			types[1] = {JSONBOID};
	Datum		values[1] = {JsonbPGetDatum(c->options)};
	bool		isnull;

	if (c->train.options.classes != NULL)
		return;
	c->options = DatumGetJsonbPCopy(dp_cross_run(sql, 1, types, values, SPI_OK_SELECT, &isnull));
	dp_train_read_options(&c->train, c->options);
}

/* Whether a run with these arguments has made a model of the fold */
static bool
was_trained(const dp_cross *c, int fold)
{
	Oid			types[4] = {TEXTOID, TEXTOID, JSONBOID, JSONBOID};
	Datum		values[4] = {CStringGetTextDatum(model_name(c, fold)), CStringGetTextDatum(training_rows(c, fold)),
	JsonbPGetDatum(c->network), dp_train_options_json(&c->train)};

	dp_spi_look("SELECT FROM dp.models m JOIN dp.runs r ON m.run_id OPERATOR(pg_catalog.=) r.run_id"
				" WHERE m.name OPERATOR(pg_catalog.=) $1 AND r.source OPERATOR(pg_catalog.=) $2 AND r.network OPERATOR(pg_catalog.=) $3"
				" AND pg_catalog.jsonb_delete(r.options, VARIADIC '{workers,segment_seconds}'::pg_catalog.text[])"
				" OPERATOR(pg_catalog.=) pg_catalog.jsonb_delete($4, VARIADIC '{workers,segment_seconds}'::pg_catalog.text[]) LIMIT 1",
				4, types, values);
	return SPI_processed > 0;
}

/* Which folds are there, and which are finished, by these arguments */
static void
look_at_folds(dp_cross *c)
{
	SPITupleTable *found;
	uint64		n;
	bool		isnull;

	c->has_rows = palloc0((c->folds + 1) * sizeof(bool));
	c->is_finished = palloc0((c->folds + 1) * sizeof(bool));
	dp_cross_run(psprintf("SELECT fold, pg_catalog.count(probabilities) OPERATOR(pg_catalog.>) 0 FROM %s GROUP BY fold ORDER BY fold", c->table),
			0, NULL, NULL, SPI_OK_SELECT, &isnull);
	found = SPI_tuptable;
	n = SPI_processed;
	for (uint64 i = 0; i < n; i++)
	{
		int			fold = DatumGetInt32(SPI_getbinval(found->vals[i], found->tupdesc, 1, &isnull));

		dp_check_range("fold", isnull ? 0 : fold, 1, c->folds);
		c->has_rows[fold] = true;
		c->is_finished[fold] = DatumGetBool(SPI_getbinval(found->vals[i], found->tupdesc, 2, &isnull));
		if (c->is_finished[fold] && !was_trained(c, fold))
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("\"%s\" has predictions that these arguments have not made", c->name),
					 errdetail("Fold %d is not of a model \"%s\" with this source, network and options.", fold, model_name(c, fold)),
					 errhint("Give the arguments it began with, or start over with the option \"resume\": false.")));
	}
}

/* ---- a fold ---- */

/* CALL dp.train, which commits where we may */
static void
train_fold(const dp_cross *c, int fold)
{
	ParamListInfo params = makeParamList(4);
	SPIExecuteOptions how = {.params = params,.allow_nonatomic = true};
	Oid			types[4] = {TEXTOID, TEXTOID, JSONBOID, JSONBOID};
	Datum		values[4] = {CStringGetTextDatum(model_name(c, fold)), CStringGetTextDatum(training_rows(c, fold)),
	JsonbPGetDatum(c->network), JsonbPGetDatum(c->options)};

	for (int i = 0; i < 4; i++)
		params->params[i] = (ParamExternData) {.value = values[i],.pflags = PARAM_FLAG_CONST,.ptype = types[i]};
	if (SPI_execute_extended("CALL dp.train($1, $2, $3, $4)", &how) != SPI_OK_UTILITY)
		elog(ERROR, "could not call dp.train");
}

/* What the network of a fold says about its rows */
static void
predict_fold(const dp_cross *c, int fold)
{
	Oid			types[3] = {TEXTOID, INT4OID, TEXTARRAYOID};
	Datum		values[3] = {CStringGetTextDatum(model_name(c, fold)), Int32GetDatum(fold)};
	bool		isnull;

	values[2] = dp_cross_run("SELECT ARRAY(SELECT pg_catalog.jsonb_array_elements_text((SELECT m.classes FROM dp.models m"
						" WHERE m.name OPERATOR(pg_catalog.=) $1 ORDER BY m.version USING OPERATOR(pg_catalog.>) LIMIT 1)))",
						1, types, values, SPI_OK_SELECT, &isnull);
	dp_cross_run(psprintf("UPDATE %s AS t SET probabilities = p.p, predicted = ($3)[b.place]::pg_catalog.%s"
					 " FROM (%s) AS r, LATERAL (SELECT dp.predict_probabilities($1, r.%s) AS p OFFSET 0) AS p,"
					 " LATERAL (SELECT u.place FROM pg_catalog.unnest(p.p) WITH ORDINALITY AS u(p, place)"
					 " ORDER BY u.p USING OPERATOR(pg_catalog.>), u.place LIMIT 1) AS b"
					 " WHERE r.fold OPERATOR(pg_catalog.=) $2 AND t.fold OPERATOR(pg_catalog.=) $2 AND t.key OPERATOR(pg_catalog.=) r.key",
					 c->table, c->label_type, c->rows, c->input),
			3, types, values, SPI_OK_UPDATE, &isnull);
	ereport(NOTICE,
			(errmsg("fold %d of %d: " UINT64_FORMAT " rows predicted", fold, c->folds, SPI_processed)));
}

/* ERROR where a row that was entered is not in the source any more: its fold would count as finished */
static void
check_predicted(const dp_cross *c, int fold)
{
	char	   *key = dp_cross_look_up(psprintf("SELECT key::pg_catalog.text FROM %s WHERE fold OPERATOR(pg_catalog.=) %d"
												" AND label IS NOT NULL AND probabilities IS NULL LIMIT 1", c->table, fold));

	if (key != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("there is no prediction for the row with key \"%s\"", key),
				 errdetail("When its fold was predicted, the source had no such row, or one without %s.", c->input),
				 errhint("The source must give the same rows each time: take it from a table that does not change meanwhile.")));
}

static void
predict_folds(dp_cross *c)
{
	for (int fold = 1; fold <= c->folds; fold++)
	{
		if (!c->has_rows[fold])
			continue;
		if (c->is_finished[fold])
		{
			ereport(NOTICE,
					(errmsg("fold %d of %d was predicted before", fold, c->folds)));
			continue;
		}
		train_fold(c, fold);
		predict_fold(c, fold);
		check_predicted(c, fold);
		if (c->atomic)
			continue;
		SPI_commit();
		EnsurePortalSnapshotExists();
	}
}

/* ---- the procedure ---- */

static void
read_options(dp_cross *c, FunctionCallInfo fcinfo)
{
	c->options = PG_ARGISNULL(4) ? DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum("{}"))) : DatumGetJsonbPCopy(PG_GETARG_DATUM(4));
	dp_train_read_options(&c->train, c->options);
	c->train.loss = c->train.options.loss > 0 ? c->train.options.loss - 1 : DPK_CROSS_ENTROPY;
	if (c->train.loss != DPK_CROSS_ENTROPY && c->train.loss != DPK_BINARY_CROSS_ENTROPY)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the loss \"%s\" is not for classes", dp_loss_names[c->train.loss])));
	if (c->train.options.on_error != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the option \"on_error\": \"skip\" is not for predictions of every row"),
				 errhint("Leave broken images out of the source; dp.image_info() finds them.")));
}

static void
do_cross_predict(FunctionCallInfo fcinfo, Jsonb *network)
{
	dp_cross	   *c = palloc0(sizeof(dp_cross));
	char	   *source;

	c->atomic = fcinfo->context == NULL || !IsA(fcinfo->context, CallContext) ||
		castNode(CallContext, fcinfo->context)->atomic;
	dp_require(fcinfo, 0, "result");
	dp_require(fcinfo, 1, "source");
	dp_require(fcinfo, 3, "folds");
	source = text_to_cstring(PG_GETARG_TEXT_PP(1));
	c->folds = PG_GETARG_INT32(3);
	dp_check_range("folds", c->folds, 2, MAX_FOLDS);
	SPI_connect_ext(c->atomic ? 0 : SPI_OPT_NONATOMIC);
	c->network = network;
	read_options(c, fcinfo);
	dp_cross_read_source(c, source);
	dp_cross_name_result(c, text_to_cstring(PG_GETARG_TEXT_PP(0)));
	/* before the table is made: of two sessions that begin at once one is told so */
	dp_store_lock(c->name, !c->atomic);
	PG_TRY();
	{
		dp_cross_open_result(c);
		dp_cross_enter_rows(c);
		check_rows(c);
		give_classes(c);
		look_at_folds(c);
		predict_folds(c);
	}
	PG_FINALLY();
	{
		if (!c->atomic)
			dp_store_unlock(c->name);
	}
	PG_END_TRY();
	SPI_finish();
}

/*
 * dp.cross_predict(result text, source text, network text, folds integer DEFAULT 5, options jsonb DEFAULT '{}')
 * 'network' is the name of a preset or JSON.
 */
Datum
dp_cross_predict_text(PG_FUNCTION_ARGS)
{
	dp_require(fcinfo, 2, "network");
	do_cross_predict(fcinfo, dp_network_from_text(text_to_cstring(PG_GETARG_TEXT_PP(2))));
	PG_RETURN_VOID();
}

/* The same with network jsonb */
Datum
dp_cross_predict_jsonb(PG_FUNCTION_ARGS)
{
	dp_require(fcinfo, 2, "network");
	do_cross_predict(fcinfo, dp_network_from_jsonb(DatumGetJsonbPCopy(PG_GETARG_DATUM(2))));
	PG_RETURN_VOID();
}
