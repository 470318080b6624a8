/*
 * model_network.c - the network that a stored model describes
 */
#include "model_network.h"

#include "args.h"

/* The steps of a stored network; what is wrong with them is the table's fault, not the caller's */
static dpk_step *
read_stored_steps(const dp_stored_model *model, int *nsteps)
{
	MemoryContext context = CurrentMemoryContext;
	dpk_step   *steps = NULL;

	PG_TRY();
	{
		steps = dp_read_steps("network", model->network, nsteps);
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		if (error->sqlerrcode == ERRCODE_QUERY_CANCELED || error->sqlerrcode == ERRCODE_OUT_OF_MEMORY)
			PG_RE_THROW();
		FlushErrorState();
		dp_store_damaged_model(model, psprintf("Its network cannot be read: %s.%s%s", error->message,
								error->detail ? " " : "", error->detail ? error->detail : ""));
	}
	PG_END_TRY();
	return steps;
}

dpk_net *
dp_model_network(const dp_stored_model *model, dpk_input *wanted)
{
	int			nsteps;
	dpk_step   *steps = read_stored_steps(model, &nsteps);
	dpk_error	err = {0};
	bool		present;
	dpk_net    *net;

	if (dpk_net_read_input(steps, nsteps, wanted, &present, &err) != DPK_OK ||
		dpk_net_build(palloc0(dpk_net_bytes(nsteps)), dpk_kernels_best(), steps, nsteps,
					  &model->input, model->loss, &model->output, &net, &err) != DPK_OK)
		dp_store_damaged_model(model, dp_valid_text(psprintf("Its network does not fit: %s.%s%s", err.message, err.detail[0] ? " " : "", err.detail)));

	if (model->input.is_image && model->input.c != 1 && model->input.c != 3)
		dp_store_damaged_model(model, psprintf("Images have 1 or 3 channels, not %d.", model->input.c));
	return net;
}
