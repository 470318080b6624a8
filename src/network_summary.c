/*
 * network_summary.c - what a network is made of: a row per layer
 *
 * The network is laid out as for training, but no memory is taken for its
 * weights or maps, so that even one that could never run can be looked at.
 */
#include "compat.h"

#include "catalog/pg_type_d.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#include "args.h"
#include "model_network.h"
#include "model_value.h"
#include "netspec.h"
#include "network.h"
#include "store.h"

PG_FUNCTION_INFO_V1(dp_network_summary_text);
PG_FUNCTION_INFO_V1(dp_network_summary_jsonb);
PG_FUNCTION_INFO_V1(dp_network_summary_model);
PG_FUNCTION_INFO_V1(dp_network_summary_value);

#define MAX_OUTPUTS (1 << 20)
#define NCOLUMNS 6

static Datum
inputs_text(const dpk_layer_info *l)
{
	StringInfoData s;

	initStringInfo(&s);
	for (int k = 0; k < l->ninputs; k++)
		appendStringInfo(&s, "%s%s", k ? ", " : "", l->inputs[k]);
	return PointerGetDatum(cstring_to_text_with_len(s.data, s.len));
}

static void
put_layers(ReturnSetInfo *result, const dpk_net *net)
{
	for (int i = 0; i < dpk_net_nlayers(net); i++)
	{
		dpk_layer_info l;
		Datum		values[NCOLUMNS];
		bool		nulls[NCOLUMNS] = {false};

		dpk_net_layer(net, i, &l);
		values[0] = CStringGetTextDatum(l.name);
		values[1] = CStringGetTextDatum(l.kind);
		values[2] = inputs_text(&l);
		nulls[2] = l.ninputs == 0;
		values[3] = CStringGetTextDatum(l.is_map ? psprintf("%d x %d x %d", l.h, l.w, l.c) : psprintf("%d", l.c));
		values[4] = Int64GetDatum((int64) l.parameters);
		values[5] = Float8GetDatum(l.flops * 1e-6);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
}

/* ---- a network ---- */

/* {height, width, channels} or {features}; zeros where NULL leaves it to the network's input step */
static dpk_input
read_input(FunctionCallInfo fcinfo, int arg)
{
	ArrayType  *array;
	const int32 *v;
	int			n;

	if (PG_ARGISNULL(arg))
		return (dpk_input) {0, 0, 0, true};
	array = PG_GETARG_ARRAYTYPE_P(arg);
	n = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	if ((n != 1 && n != 3) || array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid value for parameter \"input\""),
				 errdetail("\"input\" must be {height, width, channels} of images, or {n} for n features.")));
	v = (const int32 *) ARR_DATA_PTR(array);
	for (int i = 0; i < n; i++)
		dp_check_range("input", v[i], 1, INT_MAX);
	return n == 1 ? (dpk_input) {1, 1, v[0], false} : (dpk_input) {v[0], v[1], v[2], true};
}

static Datum
summarize(FunctionCallInfo fcinfo, Jsonb *network)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	dpk_input	input = read_input(fcinfo, 1),
				wanted;
	dpk_output	output = dpk_values(PG_ARGISNULL(2) ? 10 : PG_GETARG_INT32(2));
	int			nsteps;
	dpk_step   *steps = dp_read_steps("network", network, &nsteps);
	dpk_error	err = {0};
	bool		present;
	dpk_net    *net;

	dp_check_range("outputs", output.c, 1, MAX_OUTPUTS);
	dp_raise(dpk_net_read_input(steps, nsteps, &wanted, &present, &err), &err);
	if (input.is_image)
		input = (dpk_input) {wanted.h ? wanted.h : input.h, wanted.w ? wanted.w : input.w, wanted.c ? wanted.c : input.c, true};
	if (input.c == 0 || input.h == 0 || input.w == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the size of the input is not known"),
				 errhint("Give \"input\" as {height, width, channels} of images, or as {n} for n features.")));
	dp_raise(dpk_net_outline(palloc(dpk_net_bytes(nsteps)), dpk_kernels_best(), steps, nsteps, &input, &output, &net, &err), &err);
	put_layers(result, net);
	return (Datum) 0;
}

/*
 * network_summary(network text, input int[], outputs int DEFAULT 10)
 * returns table (layer text, kind text, inputs text, shape text, parameters bigint, mflop float8)
 */
Datum
dp_network_summary_text(PG_FUNCTION_ARGS)
{
	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	return summarize(fcinfo, dp_network_from_text(text_to_cstring(PG_GETARG_TEXT_PP(0))));
}

/* The same with network jsonb */
Datum
dp_network_summary_jsonb(PG_FUNCTION_ARGS)
{
	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	return summarize(fcinfo, dp_network_from_jsonb(PG_GETARG_JSONB_P(0)));
}

/* network_summary(model text), of a trained model's newest version */
Datum
dp_network_summary_model(PG_FUNCTION_ARGS)
{
	dpk_input	wanted;
	uint32		checksum;
	int64		id = dp_store_find(text_to_cstring(PG_GETARG_TEXT_PP(0)), 0, &checksum);

	InitMaterializedSRF(fcinfo, 0);
	put_layers((ReturnSetInfo *) fcinfo->resultinfo, dp_model_network(dp_store_read(id), &wanted));
	return (Datum) 0;
}

/* network_summary(model dp.model) */
Datum
dp_network_summary_value(PG_FUNCTION_ARGS)
{
	dpk_input	wanted;
	dp_model_value *value = (dp_model_value *) PG_DETOAST_DATUM(PG_GETARG_DATUM(0));

	InitMaterializedSRF(fcinfo, 0);
	put_layers((ReturnSetInfo *) fcinfo->resultinfo, dp_model_network(dp_value_read(value), &wanted));
	return (Datum) 0;
}
