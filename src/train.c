/*
 * train.c - CALL dp.train: arguments, the order of events, and cleaning up
 *
 * The source is read to its end before the first commit, because its cursor
 * and its snapshot belong to that transaction.  From there on a run lives in a
 * pinned segment and in temporary files; whatever ends it, by an error or not,
 * passes through dp_train's PG_FINALLY, and what happens without it (a
 * terminate, a crash) leaves nothing behind either: segments, files and
 * session locks go with the process.
 */
#include "compat.h"

#include <math.h>
#include <unistd.h>

#include "access/xact.h"
#include "catalog/namespace.h"
#include "commands/defrem.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "optimizer/optimizer.h"
#include "tcop/pquery.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "args.h"
#include "netspec.h"
#include "progress.h"
#include "store.h"
#include "train.h"

PG_FUNCTION_INFO_V1(dp_train_text);
PG_FUNCTION_INFO_V1(dp_train_jsonb);

/* ---- arguments ---- */

/* The argument as text, or the ERROR that it must not be null */
static char *
required_text(FunctionCallInfo fcinfo, int i, const char *name)
{
	dp_require(fcinfo, i, name);
	return text_to_cstring(PG_GETARG_TEXT_PP(i));
}

static void
read_network(dp_train *train, Jsonb *json)
{
	int			nsteps;
	dpk_step   *steps;
	dpk_error	err;
	bool		present;

	train->network = json;
	steps = dp_read_steps("network", json, &nsteps);
	dp_raise(dpk_net_read_input(steps, nsteps, &train->wanted, &present, &err), &err);
}

/* A clear word before any work, instead of "permission denied for table" after it */
static void
check_privileges(void)
{
	static const char *const tables[] = {"model_names", "runs", "metrics", "models", "weights", "checkpoints"};
	static const AclMode modes[] = {ACL_SELECT, ACL_INSERT, ACL_UPDATE, ACL_DELETE};
	Oid			schema = get_namespace_oid("dp", false);

	for (int i = 0; i < lengthof(tables); i++)
		for (int j = 0; j < lengthof(modes); j++)
			if (pg_class_aclcheck(get_relname_relid(tables[i], schema), GetUserId(), modes[j]) != ACLCHECK_OK)
				ereport(ERROR,
						(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
						 errmsg("permission denied to train models"),
						 errhint("An administrator can GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA dp TO %s.",
								 quote_identifier(GetUserNameFromId(GetUserId(), false)))));
}

/* Workers beside the leader: as asked, else as many as there are processors, and none for an epoch of a moment */
static int
choose_workers(const dp_train *train)
{
	int			n = train->options.workers;
	int			cores = (int) sysconf(_SC_NPROCESSORS_ONLN);
	double		work = dpk_net_flops(train->net, true) * train->train.n;

	if (n < 0)
		n = work < 1e9 ? 0 : Min(Min(cores, max_parallel_workers), max_worker_processes) - 1;
	return Max(0, Min(n, train->options.shards - 1));
}

/* ---- a run ---- */

static void
commit(dp_train *train)
{
	if (train->atomic)
		return;
	SPI_commit();
	EnsurePortalSnapshotExists();
}

/* A loss for a line of progress: four places, but not the seventy digits of one that explodes */
char *
dp_train_number(double x)
{
	return psprintf(fabs(x) < 1e6 ? "%.4f" : "%.4g", x);
}

static void
report_epoch(const dp_train *train)
{
	const dp_train_shared *shared = train->shared;
	StringInfoData s;
	const char *metric;
	double		value,
				speed = shared->ntrain / train->seconds;

	initStringInfo(&s);
	appendStringInfo(&s, "epoch %d of %d: loss %s", shared->epoch, train->options.epochs,
					 dp_train_number(train->sums.loss / train->sums.weight));
	metric = dp_target_metric(train, &train->sums, &value);
	appendStringInfo(&s, ", %s %s", metric, dp_train_number(value));
	if (shared->nvalid > 0)
	{
		appendStringInfo(&s, ", validation loss %s", dp_train_number(train->valid_sums.loss / train->valid_sums.weight));
		metric = dp_target_metric(train, &train->valid_sums, &value);
		appendStringInfo(&s, ", %s %s", metric, dp_train_number(value));
	}
	appendStringInfo(&s, "; %.1f s, %.0f samples/s, %.0f %% of the time in the network, %d processes",
					 train->seconds, speed, 100 * train->computing / train->seconds, 1 + train->nlaunched);
	ereport(NOTICE, (errmsg_internal("%s", s.data)));
	pfree(s.data);
}

/* Everything up to the first step */
static void
prepare(dp_train *train)
{
	dp_progress_start();
	dp_progress_set(DP_PROGRESS_EPOCHS, train->options.epochs);
	train->owner = dp_store_claim(train->model);
	dp_spool_create(&train->spool);
	dp_train_read(train, &train->train, train->source);
	dp_train_finish_reading(train);
	if (train->validation != NULL)
		dp_train_read_validation(train);
	if (train->options.augment != NULL && !train->input.is_image)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the option \"augment\" is for images")));
	if (train->options.monitor != 0 && !dp_has_accuracy(train->loss, train->target))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the option \"monitor\": \"accuracy\" is for classes")));
	train->net = dp_train_build(train->network, &train->input, train->loss, &train->output);
	train->nworkers = choose_workers(train);
	dp_train_share(train);
	if (!dp_run_resume(train))
		dp_run_start(train);
	dp_run_load(train);
	dp_progress_set(DP_PROGRESS_RUN, train->run_id);
}

/* What is to fall: the loss, or the accuracy turned round, of the validation where there is one */
static double
watched(const dp_train *train)
{
	const dpk_sums *sums = train->shared->nvalid > 0 ? &train->valid_sums : &train->sums;

	return train->options.monitor == 0 ? sums->loss / sums->weight : -sums->correct / sums->weight;
}

/* Metrics and a line for the client, then what follows from them; false: this was the last epoch */
static bool
end_epoch(dp_train *train)
{
	dp_train_shared *shared = train->shared;
	const dp_train_options *o = &train->options;
	bool		goes_on = shared->epoch < o->epochs;

	dp_run_metrics(train);
	report_epoch(train);
	if (shared->best != 0)
	{
		if (dpk_watch_see(&train->early, shared->epoch, watched(train), 0))
			memcpy(DP_SHARED(shared, best, float), DP_SHARED(shared, answers, float), shared->slab * sizeof(float));
		else if (train->early.wait >= o->early_stopping && train->early.best_epoch > 0)
			goes_on = false;
	}
	if (o->schedule == DPK_PLATEAU && !dpk_watch_see(&train->plateau, shared->epoch, watched(train), o->plateau_min_delta) &&
		train->plateau.wait >= o->plateau_patience)
	{
		shared->optimizer.reductions++;
		train->plateau.wait = 0;
	}
	shared->epoch++;
	shared->step = 0;
	memset(&train->sums, 0, sizeof(train->sums));
	train->seconds = train->computing = 0;
	return goes_on;
}

static void
run_epochs(dp_train *train)
{
	dp_train_shared *shared = train->shared;

	bool		goes_on = shared->epoch <= train->options.epochs;

	while (goes_on)
	{
		dp_train_segment(train);
		dp_progress_set(DP_PROGRESS_PHASE, DP_STORING);
		if (shared->step == shared->nsteps)
			goes_on = end_epoch(train);
		if (!goes_on)
			break;
		if (!train->atomic)
			dp_run_save(train);
		commit(train);
	}
	if (shared->best != 0 && train->early.best_epoch > 0)
		ereport(NOTICE,
				(errmsg("the weights of epoch %d are kept, the best of %d", train->early.best_epoch, shared->epoch - 1)));
	dp_run_finish(train);
	commit(train);
}

/* Undo by hand what does not end with the transaction */
static void
clean_up(dp_train *train)
{
	/* an error may have left us in the list of sleepers, inside the segment */
	ConditionVariableCancelSleep();
	if (train->segment != NULL)
		dsm_detach(train->segment);
	dp_spool_detach(&train->spool);
	if (train->locked)
		dp_store_unlock(train->model);
}

static void
do_train(FunctionCallInfo fcinfo, Jsonb *network)
{
	dp_train   *train = palloc0(sizeof(dp_train));

	train->atomic = fcinfo->context == NULL || !IsA(fcinfo->context, CallContext) ||
		castNode(CallContext, fcinfo->context)->atomic;
	SPI_connect_ext(train->atomic ? 0 : SPI_OPT_NONATOMIC);
	train->model = required_text(fcinfo, 0, "model");
	train->source = required_text(fcinfo, 1, "source");
	train->validation = PG_ARGISNULL(4) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(4));
	train->train = (dp_dataset) {.what = "source",.file = "train"};
	train->valid = (dp_dataset) {.what = "validation",.file = "validation"};
	read_network(train, network);
	dp_train_read_options(train, PG_ARGISNULL(3) ? NULL : PG_GETARG_JSONB_P(3));
	check_privileges();
	if (train->atomic)
		ereport(NOTICE,
				(errmsg("training inside a transaction block: nothing is committed until it ends"),
				 errhint("Outside one, each epoch is committed, and an interrupted run can be resumed.")));
	dp_store_lock(train->model, !train->atomic);
	train->locked = !train->atomic;
	PG_TRY();
	{
		prepare(train);
		commit(train);
		run_epochs(train);
		dp_progress_end();
	}
	PG_FINALLY();
	{
		clean_up(train);
	}
	PG_END_TRY();
	ereport(NOTICE,
			(errmsg("model \"%s\" version %d is ready", train->model, train->version)));
	SPI_finish();
}

/*
 * dp.train(model text, source text, network text, options jsonb DEFAULT '{}', validation text DEFAULT NULL)
 * 'network' is the name of a preset or JSON.
 */
Datum
dp_train_text(PG_FUNCTION_ARGS)
{
	do_train(fcinfo, dp_network_from_text(required_text(fcinfo, 2, "network")));
	PG_RETURN_VOID();
}

/* The same with network jsonb */
Datum
dp_train_jsonb(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(2))
		required_text(fcinfo, 2, "network");
	do_train(fcinfo, dp_network_from_jsonb(DatumGetJsonbPCopy(PG_GETARG_DATUM(2))));
	PG_RETURN_VOID();
}
