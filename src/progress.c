/*
 * progress.c - what a training session is doing, for other sessions
 */
#include "compat.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "catalog/pg_authid.h"
#include "utils/acl.h"
#include "utils/backend_progress.h"
#include "utils/backend_status.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "progress.h"

/* "DP" and a number; core's commands count from 0 */
#define DP_COMMAND ((ProgressCommandType) 0x44500001)

PG_FUNCTION_INFO_V1(dp_progress_rows);

static const char *const phases[] = {"reading", "training", "validating", "storing"};

void
dp_progress_start(void)
{
	pgstat_progress_start_command(DP_COMMAND, InvalidOid);
	dp_progress_set(DP_PROGRESS_STARTED, GetCurrentTimestamp());
}

void
dp_progress_set(dp_progress_slot slot, int64 value)
{
	pgstat_progress_update_param(slot, value);
}

void
dp_progress_set_float(dp_progress_slot slot, double value)
{
	int64		bits;

	memcpy(&bits, &value, sizeof(bits));
	pgstat_progress_update_param(slot, bits);
}

void
dp_progress_end(void)
{
	pgstat_progress_end_command();
}

static Datum
float_of(int64 bits)
{
	double		value;

	memcpy(&value, &bits, sizeof(value));
	return Float8GetDatum(value);
}

/*
 * dp.progress_rows(): pid, run_id, phase, epoch, epochs, done, total, loss,
 * metric, samples_per_second, workers, started; of this database, and of
 * roles whose activity the user may see.
 */
Datum
dp_progress_rows(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 1; i <= pgstat_fetch_stat_numbackends(); i++)
	{
		LocalPgBackendStatus *local = dp_backend_status(i);
		PgBackendStatus *b;
		Datum		values[12];
		bool		nulls[12] = {false};
		int64	   *p;

		if (local == NULL)
			continue;
		b = &local->backendStatus;
		p = b->st_progress_param;
		if (b->st_progress_command != DP_COMMAND || b->st_databaseid != MyDatabaseId ||
			(!has_privs_of_role(GetUserId(), b->st_userid) && !has_privs_of_role(GetUserId(), ROLE_PG_READ_ALL_STATS)))
			continue;
		values[0] = Int32GetDatum(b->st_procpid);
		values[1] = Int64GetDatum(p[DP_PROGRESS_RUN]);
		nulls[1] = p[DP_PROGRESS_RUN] == 0;
		values[2] = CStringGetTextDatum(phases[p[DP_PROGRESS_PHASE] & 3]);
		values[3] = Int32GetDatum((int32) p[DP_PROGRESS_EPOCH]);
		values[4] = Int32GetDatum((int32) p[DP_PROGRESS_EPOCHS]);
		values[5] = Int64GetDatum(p[DP_PROGRESS_DONE]);
		values[6] = Int64GetDatum(p[DP_PROGRESS_TOTAL]);
		nulls[6] = p[DP_PROGRESS_TOTAL] == 0;
		values[7] = float_of(p[DP_PROGRESS_LOSS]);
		values[8] = float_of(p[DP_PROGRESS_METRIC]);
		values[9] = float_of(p[DP_PROGRESS_SPEED]);
		nulls[7] = nulls[8] = nulls[9] = p[DP_PROGRESS_SPEED] == 0;
		values[10] = Int32GetDatum((int32) p[DP_PROGRESS_WORKERS]);
		values[11] = TimestampTzGetDatum(p[DP_PROGRESS_STARTED]);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}
