/*
 * checkpoint.c - the rows of a run: start, resume, commit, finish
 *
 * A checkpoint is the weights and the optimiser's moments in dp.checkpoints,
 * and last in the same transaction the position in dp.runs.  There is no other
 * state: order, augmentation and dropout follow from the seed and the epoch.
 */
#include "compat.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "port/pg_crc32c.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "args.h"
#include "store.h"
#include "train.h"

static Datum
column(int i, bool *isnull)
{
	return SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, i, isnull);
}

/* A number of the position, which is empty where a run begins */
static float8
position_number(int i)
{
	bool		isnull;
	Datum		d = column(i, &isnull);

	return isnull ? 0 : DatumGetFloat8(d);
}

/* One of its counts of epochs; what cannot be one is the nearest */
static int
position_count(int i)
{
	float8		x = position_number(i);

	return x >= 0 ? (int) Min(x, 1e9) : 0;
}

static void
cannot_resume(int64 run_id, const char *model, const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("cannot resume run " INT64_FORMAT " of model \"%s\": the %s has changed", run_id, model, what),
			 errhint("The option \"resume\": false starts over.")));
}

/* The same, with the options that are others than the run was started with */
static void
options_changed(const dp_train *train)
{
	Oid			types[1] = {INT8OID};
	Datum		values[1] = {Int64GetDatum(train->run_id)};
	bool		isnull;

	dp_spi_look("SELECT options FROM dp.runs WHERE run_id OPERATOR(pg_catalog.=) $1", 1, types, values);
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("cannot resume run " INT64_FORMAT " of model \"%s\": the set of options has changed", train->run_id, train->model),
			 errdetail("%s.", dp_train_changed_options(train, DatumGetJsonbP(column(1, &isnull)))),
			 errhint("Give the options of the run, or start over with the option \"resume\": false.")));
}

/* What a resumed run was asked last */
static void
record_options(const dp_train *train)
{
	Oid			types[3] = {INT8OID, INT4OID, JSONBOID};
	Datum		values[3] = {Int64GetDatum(train->run_id), Int32GetDatum(train->options.epochs), dp_train_options_json(train)};

	dp_spi_run("UPDATE dp.runs SET epochs = $2, options = $3 WHERE run_id OPERATOR(pg_catalog.=) $1",
			   3, types, values, NULL, SPI_OK_UPDATE);
}

/* Look for an unfinished run of the model and take its place; false: there is none */
bool
dp_run_resume(dp_train *train)
{
	Oid			types[5] = {TEXTOID, INT8OID, JSONBOID, JSONBOID, TEXTOID};
	Datum		values[5] = {CStringGetTextDatum(train->model), Int64GetDatum(train->fingerprint),
	JsonbPGetDatum(train->network), dp_train_options_json(train), CStringGetTextDatum(dp_train_free_options(train))};
	dp_train_shared *shared = train->shared;
	int			epochs;
	double		step;
	bool		isnull;

	if (!train->options.resume)
	{
		dp_spi_run("DELETE FROM dp.checkpoints c USING dp.runs r WHERE c.run_id OPERATOR(pg_catalog.=) r.run_id"
				   " AND r.model OPERATOR(pg_catalog.=) $1 AND r.status OPERATOR(pg_catalog.=) 'unfinished'",
				   1, types, values, NULL, SPI_OK_DELETE);
		dp_spi_run("UPDATE dp.runs SET status = 'abandoned', position = NULL, checksum = NULL"
				   " WHERE model OPERATOR(pg_catalog.=) $1 AND status OPERATOR(pg_catalog.=) 'unfinished'",
				   1, types, values, NULL, SPI_OK_UPDATE);
		return false;
	}
	dp_spi_look("SELECT run_id, epoch, runs.step, fingerprint OPERATOR(pg_catalog.=) $2, network OPERATOR(pg_catalog.=) $3,"
				" pg_catalog.jsonb_delete(options, VARIADIC $5::pg_catalog.text[])"
				" OPERATOR(pg_catalog.=) pg_catalog.jsonb_delete($4, VARIADIC $5::pg_catalog.text[]),"
				" checksum, p.step, p.loss, p.weight, p.correct, p.seconds, p.computing, p.plateau, p.plateau_epoch, p.wait, p.reductions,"
				" p.best, p.best_epoch, p.best_wait, p.squared"
				" FROM dp.runs, pg_catalog.jsonb_to_record(position)"
				" AS p(step pg_catalog.float8, loss pg_catalog.float8, weight pg_catalog.float8,"
				" correct pg_catalog.float8, seconds pg_catalog.float8, computing pg_catalog.float8,"
				" plateau pg_catalog.float8, plateau_epoch pg_catalog.float8, wait pg_catalog.float8, reductions pg_catalog.float8,"
				" best pg_catalog.float8, best_epoch pg_catalog.float8, best_wait pg_catalog.float8, squared pg_catalog.float8)"
				" WHERE model OPERATOR(pg_catalog.=) $1 AND status OPERATOR(pg_catalog.=) 'unfinished'"
				" ORDER BY run_id DESC LIMIT 1",
				5, types, values);
	if (SPI_processed == 0)
		return false;
	train->run_id = DatumGetInt64(column(1, &isnull));
	if (!DatumGetBool(column(4, &isnull)))
		cannot_resume(train->run_id, train->model, "data of the source or the validation");
	if (!DatumGetBool(column(5, &isnull)))
		cannot_resume(train->run_id, train->model, "network");
	if (!DatumGetBool(column(6, &isnull)))
		options_changed(train);
	epochs = DatumGetInt32(column(2, &isnull));
	shared->steps = DatumGetInt64(column(3, &isnull));
	train->checksum = (uint32) DatumGetInt64(column(7, &isnull));
	step = position_number(8);
	train->sums = (dpk_sums) {
		.loss = position_number(9), .weight = position_number(10), .correct = position_number(11), .squared = position_number(21)
	};
	train->seconds = position_number(12);
	train->computing = position_number(13);
	train->plateau = (dpk_watch) {position_number(14), position_count(15), position_count(16)};
	shared->optimizer.reductions = position_count(17);
	train->early = (dpk_watch) {position_number(18), position_count(19), position_count(20)};
	if (epochs < 0 || epochs == PG_INT32_MAX || !(step >= 0 && step <= shared->nsteps) ||
		shared->steps != (int64) epochs * shared->nsteps + step)
		dp_store_damaged(DP_CHECKPOINTS, psprintf("position of run " INT64_FORMAT, train->run_id),
						 psprintf("Epoch %d, step %g of %u and " INT64_FORMAT " steps in all do not go together.",
								  epochs, step, shared->nsteps, shared->steps));
	if (epochs > train->options.epochs || (epochs == train->options.epochs && step > 0))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("cannot resume run " INT64_FORMAT " of model \"%s\": it has made %d epochs already, and \"epochs\" is %d",
						train->run_id, train->model, epochs, train->options.epochs),
				 errhint("Ask for more epochs; the option \"resume\": false starts over.")));
	shared->epoch = epochs + 1;
	shared->step = (uint32) step;
	ereport(NOTICE,
			(errmsg("resuming run " INT64_FORMAT " of model \"%s\" after %d epochs and " INT64_FORMAT " steps",
					train->run_id, train->model, epochs, shared->steps)));
	record_options(train);
	return true;
}

/* The row of a new run */
void
dp_run_start(dp_train *train)
{
	Oid			types[13] = {TEXTOID, OIDOID, TEXTOID, TEXTOID, JSONBOID, JSONBOID, INT8OID, INT8OID, INT8OID, INT8OID, TEXTOID, INT4OID, INT4OID};
	Datum		values[13];
	char		nulls[14] = "             ";
	bool		isnull;

	values[0] = CStringGetTextDatum(train->model);
	values[1] = ObjectIdGetDatum(train->owner);
	values[2] = CStringGetTextDatum(train->source);
	values[3] = train->validation ? CStringGetTextDatum(train->validation) : (Datum) 0;
	nulls[3] = train->validation ? ' ' : 'n';
	values[4] = JsonbPGetDatum(train->network);
	values[5] = dp_train_options_json(train);
	values[6] = Int64GetDatum(train->options.seed);
	values[7] = Int64GetDatum(train->fingerprint);
	values[8] = Int64GetDatum((int64) train->train.n);
	values[9] = Int64GetDatum((int64) train->train.skipped);
	values[10] = train->train.skipped_keys ? CStringGetTextDatum(train->train.skipped_keys) : (Datum) 0;
	nulls[10] = train->train.skipped_keys ? ' ' : 'n';
	values[11] = Int32GetDatum(train->options.epochs);
	values[12] = Int32GetDatum(train->nworkers);
	dp_spi_run("INSERT INTO dp.runs (model, owner, kind, status, source, validation, network, options, seed, fingerprint,"
			   " samples, skipped, skipped_keys, epochs, workers, position, library_version)"
			   " VALUES ($1, $2::pg_catalog.regrole, 'train', 'unfinished', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, '{}', '" DP_VERSION "')"
			   " RETURNING run_id",
			   13, types, values, nulls, SPI_OK_INSERT_RETURNING);
	train->run_id = DatumGetInt64(column(1, &isnull));
	train->shared->epoch = 1;
}

/* Parameters and moments: from the checkpoint, or new ones */
void
dp_run_load(dp_train *train)
{
	dp_train_shared *shared = train->shared;
	uint32		crc;

	if (shared->steps == 0)
	{
		float	   *scratch = MemoryContextAllocHuge(CurrentMemoryContext, Max(1, dpk_net_scratch_floats(train->net)) * sizeof(float));

		dpk_net_init(train->net, DP_SHARED(shared, params, float), shared->seed, scratch);
		pfree(scratch);
		return;
	}
	INIT_CRC32C(crc);
	crc = dp_slab_read(DP_CHECKPOINTS, train->run_id, 0, train->net, DP_SHARED(shared, params, float), crc);
	for (int i = 0; i < shared->nslots; i++)
		crc = dp_slab_read(DP_CHECKPOINTS, train->run_id, i + 1, train->net, DP_SHARED(shared, slots[i], float), crc);
	FIN_CRC32C(crc);
	if (train->checksum != crc)
		dp_store_damaged(DP_CHECKPOINTS, psprintf("checkpoint of run " INT64_FORMAT, train->run_id),
						 psprintf("The checksum is %u, but %u was stored.", crc, train->checksum));
}

/* A value per split and metric of the epoch just completed */
void
dp_run_metrics(dp_train *train)
{
	dp_train_shared *shared = train->shared;
	double		measured,
				validated = 0;
	const char *metric = dp_target_metric(train, &train->sums, &measured);
	bool		valid = shared->nvalid > 0 && dp_target_metric(train, &train->valid_sums, &validated) != NULL;
	struct
	{
		const char *split,
				   *metric;
		double		value;
		bool		wanted;
	}			rows[] = {
		{"train", "loss", train->sums.loss / train->sums.weight, true},
		{"train", metric, measured, true},
		{"train", "samples_per_second", shared->ntrain / train->seconds, true},
		{"train", "gflops", shared->ntrain / train->seconds * dpk_net_flops(train->net, true) / 1e9, true},
		{"train", "seconds", train->seconds, true},
		{"train", "learning_rate", dpk_optimizer_rate(&shared->optimizer, shared->steps), true},
		{"validation", "loss", train->valid_sums.loss / train->valid_sums.weight, valid},
		{"validation", metric, validated, valid},
		{"validation", "seconds", train->validating, valid},
	};
	Oid			types[6] = {INT8OID, OIDOID, INT4OID, TEXTOID, TEXTOID, FLOAT8OID};

	for (int i = 0; i < lengthof(rows); i++)
	{
		Datum		values[6] = {Int64GetDatum(train->run_id), ObjectIdGetDatum(train->owner), Int32GetDatum(shared->epoch),
			CStringGetTextDatum(rows[i].split), CStringGetTextDatum(rows[i].metric), Float8GetDatum(rows[i].value)};

		if (rows[i].wanted)
			dp_spi_run("INSERT INTO dp.metrics (run_id, owner, epoch, split, metric, value)"
					   " VALUES ($1, $2::pg_catalog.regrole, $3, $4, $5, $6)",
					   6, types, values, NULL, SPI_OK_INSERT);
	}
}

static void
delete_checkpoint(const dp_train *train)
{
	Oid			types[1] = {INT8OID};
	Datum		values[1] = {Int64GetDatum(train->run_id)};

	dp_spi_run("DELETE FROM dp.checkpoints WHERE run_id OPERATOR(pg_catalog.=) $1", 1, types, values, NULL, SPI_OK_DELETE);
}

/* Every number to its last bit, whatever extra_float_digits is */
static Datum
position_json(const dp_train *train)
{
	const dp_train_shared *shared = train->shared;
	const struct
	{
		const char *name;
		double		value;
	}			numbers[] = {
		{"step", shared->step},
		{"loss", train->sums.loss},
		{"weight", train->sums.weight},
		{"correct", train->sums.correct},
		{"squared", train->sums.squared},
		{"seconds", train->seconds},
		{"computing", train->computing},
		{"plateau", train->plateau.best},
		{"plateau_epoch", train->plateau.best_epoch},
		{"wait", train->plateau.wait},
		{"reductions", shared->optimizer.reductions},
		{"best", train->early.best},
		{"best_epoch", train->early.best_epoch},
		{"best_wait", train->early.wait},
	};
	StringInfoData s;

	initStringInfo(&s);
	for (int i = 0; i < lengthof(numbers); i++)
		appendStringInfo(&s, "%s\"%s\": %s", i == 0 ? "{" : ", ", numbers[i].name, dp_train_exact(numbers[i].value));
	appendStringInfoChar(&s, '}');
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(s.data));
}

/* Replace the checkpoint by where the run is now, the position last */
void
dp_run_save(dp_train *train)
{
	dp_train_shared *shared = train->shared;
	Oid			types[6] = {INT8OID, INT4OID, INT8OID, INT8OID, INT4OID, JSONBOID};
	Datum		values[6];
	uint32		crc;

	delete_checkpoint(train);
	INIT_CRC32C(crc);
	crc = dp_slab_write(DP_CHECKPOINTS, train->run_id, 0, train->owner, train->net, DP_SHARED(shared, params, float), crc);
	for (int i = 0; i < shared->nslots; i++)
		crc = dp_slab_write(DP_CHECKPOINTS, train->run_id, i + 1, train->owner, train->net, DP_SHARED(shared, slots[i], float), crc);
	FIN_CRC32C(crc);
	values[0] = Int64GetDatum(train->run_id);
	values[1] = Int32GetDatum(shared->epoch - 1);
	values[2] = Int64GetDatum(shared->steps);
	values[3] = Int64GetDatum((int64) crc);
	values[4] = Int32GetDatum(train->nlaunched);
	values[5] = position_json(train);
	dp_spi_run("UPDATE dp.runs SET epoch = $2, step = $3, checksum = $4, workers = $5, updated = pg_catalog.clock_timestamp(), position = $6"
			   " WHERE run_id OPERATOR(pg_catalog.=) $1",
			   6, types, values, NULL, SPI_OK_UPDATE);
}

/* The new version of the model, and the end of the run */
void
dp_run_finish(dp_train *train)
{
	dp_train_shared *shared = train->shared;
	Oid			types[5] = {INT8OID, INT4OID, INT8OID, INT4OID, INT4OID};
	Datum		values[5] = {Int64GetDatum(train->run_id), Int32GetDatum(shared->epoch - 1), Int64GetDatum(shared->steps),
	Int32GetDatum(train->nlaunched), Int32GetDatum(train->early.best_epoch)};
	char		nulls[6] = "     ";
	bool		early = shared->best != 0 && train->early.best_epoch > 0;
	dp_stored_model model = {0};

	model.name = train->model;
	model.owner = train->owner;
	model.network = train->network;
	model.input = train->input;
	model.output = train->output;
	model.noutputs = (int) dpk_output_count(&train->output);
	model.loss = train->loss;
	if (train->classes.n > 0)
	{
		model.nclasses = model.noutputs = train->classes.n;
		model.classes = train->classes.names;
		model.classes_are_text = train->classes.are_text;
	}
	model.run_id = train->run_id;
	nulls[4] = early ? ' ' : 'n';
	dp_store_write(&model, train->net, early ? DP_SHARED(shared, best, float) : DP_SHARED(shared, answers, float));
	train->version = model.version;
	delete_checkpoint(train);
	dp_spi_run("UPDATE dp.runs SET status = 'finished', epoch = $2, step = $3, workers = $4, best_epoch = $5, position = NULL, checksum = NULL,"
			   " updated = pg_catalog.clock_timestamp(), finished = pg_catalog.clock_timestamp()"
			   " WHERE run_id OPERATOR(pg_catalog.=) $1",
			   5, types, values, nulls, SPI_OK_UPDATE);
}
