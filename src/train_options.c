/*
 * train_options.c - the options of dp.train: their table, and how dp.runs records them
 *
 * A run is resumed only where its options are those it was started with, but
 * for a few that do not change what is computed.
 */
#include "compat.h"

#include "common/shortest_dec.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "args.h"
#include "recipeio.h"
#include "store.h"
#include "train.h"

static const char *const optimizers[] = {"adam", "sgd", "adamw", "rmsprop", NULL};
static const char *const schedules[] = {"constant", "cosine", "one_cycle", "step", "reduce_on_plateau", NULL};
static const char *const losses[] = {"auto", "cross_entropy", "mse", "mae", "huber", "binary_crossentropy", NULL};
static const char *const monitors[] = {"loss", "accuracy", NULL};
static const char *const on_errors[] = {"error", "skip", NULL};

#define OPTION(field) offsetof(dp_train_options, field)

static const dp_option option_table[] = {
	{"epochs", DP_OPTION_INT, OPTION(epochs), "10", 1, 1000000, NULL},
	{"batch_size", DP_OPTION_INT, OPTION(batch_size), "64", 1, 1048576, NULL},
	{"optimizer", DP_OPTION_CHOICE, OPTION(optimizer), "adam", 0, 0, optimizers},
	{"learning_rate", DP_OPTION_FLOAT, OPTION(learning_rate), NULL, 1e-30, 1000, NULL},
	{"schedule", DP_OPTION_CHOICE, OPTION(schedule), "constant", 0, 0, schedules},
	{"warmup_epochs", DP_OPTION_FLOAT, OPTION(warmup_epochs), "0", 0, 1000000, NULL},
	{"step_epochs", DP_OPTION_INT, OPTION(step_epochs), NULL, 1, 1000000, NULL},
	{"step_factor", DP_OPTION_FLOAT, OPTION(step_factor), "0.1", 1e-6, 1, NULL},
	{"plateau_patience", DP_OPTION_INT, OPTION(plateau_patience), "10", 1, 1000000, NULL},
	{"plateau_factor", DP_OPTION_FLOAT, OPTION(plateau_factor), "0.1", 1e-6, 1, NULL},
	{"plateau_min_delta", DP_OPTION_FLOAT, OPTION(plateau_min_delta), "1e-4", 0, 1e6, NULL},
	{"momentum", DP_OPTION_FLOAT, OPTION(momentum), NULL, 0, 1, NULL},
	{"nesterov", DP_OPTION_BOOL, OPTION(nesterov), "false", 0, 0, NULL},
	{"alpha", DP_OPTION_FLOAT, OPTION(alpha), "0.99", 0, 0.999999, NULL},
	{"beta1", DP_OPTION_FLOAT, OPTION(beta1), "0.9", 0, 0.999999, NULL},
	{"beta2", DP_OPTION_FLOAT, OPTION(beta2), "0.999", 0, 0.999999, NULL},
	{"epsilon", DP_OPTION_FLOAT, OPTION(epsilon), "1e-7", 1e-30, 1, NULL},
	{"weight_decay", DP_OPTION_FLOAT, OPTION(weight_decay), NULL, 0, 1000, NULL},
	{"clip_norm", DP_OPTION_FLOAT, OPTION(clip_norm), NULL, 1e-30, 1e30, NULL},
	{"ema", DP_OPTION_FLOAT, OPTION(ema), "0", 0, 0.9999999, NULL},
	{"early_stopping", DP_OPTION_INT, OPTION(early_stopping), "0", 0, 1000000, NULL},
	{"monitor", DP_OPTION_CHOICE, OPTION(monitor), "loss", 0, 0, monitors},
	{"loss", DP_OPTION_CHOICE, OPTION(loss), "auto", 0, 0, losses},
	{"label_smoothing", DP_OPTION_FLOAT, OPTION(label_smoothing), "0", 0, 0.999999, NULL},
	{"class_weights", DP_OPTION_JSON, OPTION(class_weights), NULL, 0, 0, NULL},
	{"classes", DP_OPTION_JSON, OPTION(classes), NULL, 0, 0, NULL},
	{"seed", DP_OPTION_INT64, OPTION(seed), "0", -9007199254740991.0, 9007199254740991.0, NULL},
	{"shards", DP_OPTION_INT, OPTION(shards), "8", 1, 1024, NULL},
	{"workers", DP_OPTION_INT, OPTION(workers), NULL, 0, 1024, NULL},
	{"shuffle", DP_OPTION_BOOL, OPTION(shuffle), "true", 0, 0, NULL},
	{"augment", DP_OPTION_JSON, OPTION(augment), NULL, 0, 0, NULL},
	{"mixup", DP_OPTION_FLOAT, OPTION(mixup), "0", 0, 1000, NULL},
	{"cutmix", DP_OPTION_FLOAT, OPTION(cutmix), "0", 0, 1000, NULL},
	{"on_error", DP_OPTION_CHOICE, OPTION(on_error), "error", 0, 0, on_errors},
	{"resume", DP_OPTION_BOOL, OPTION(resume), "true", 0, 0, NULL},
	{"segment_seconds", DP_OPTION_FLOAT, OPTION(segment_seconds), "120", 0, 86400, NULL},
};

/* Defaults by dpk_optimizer_method */
static const double learning_rates[] = {0.001, 0.01, 0.001, 0.001};
static const double momenta[] = {0, 0.9, 0, 0};
static const double weight_decays[] = {0, 0, 0.01, 0};

static void
read_optimizer(dpk_optimizer *optimizer, const dp_train_options *o)
{
	*optimizer = (dpk_optimizer) {
		.method = o->optimizer,
		.learning_rate = o->learning_rate > 0 ? o->learning_rate : learning_rates[o->optimizer],
		.schedule = o->schedule,
		.factor = o->schedule == DPK_STAIRS ? o->step_factor : o->plateau_factor,
		.beta1 = o->beta1,
		.beta2 = o->optimizer == DPK_RMSPROP ? o->alpha : o->beta2,
		.epsilon = o->epsilon,
		.momentum = o->momentum >= 0 ? o->momentum : momenta[o->optimizer],
		.nesterov = o->nesterov,
		.ema = o->ema,
		.weight_decay = o->weight_decay >= 0 ? o->weight_decay : weight_decays[o->optimizer]
	};
	if (optimizer->method == DPK_ADAM && optimizer->weight_decay != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the option \"weight_decay\" is not for the optimizer \"adam\""),
				 errdetail("Adam would divide a decay that is added to the gradient by the size of the gradient."),
				 errhint("\"optimizer\": \"adamw\" takes it off the weights themselves.")));
	if (optimizer->nesterov && (optimizer->method != DPK_SGD || optimizer->momentum == 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the option \"nesterov\" is for the optimizer \"sgd\" with a momentum")));
}

/* An option that would change nothing is a mistake, but for one whose value asks for nothing */
static void
check_use(Jsonb *options, const dp_train_options *o)
{
	const bool	adam = o->optimizer == DPK_ADAM || o->optimizer == DPK_ADAMW;
	const struct
	{
		const char *name;
		bool		used;
		bool		by_schedule;	/* else by the optimizer */
		const char *goes_with;
	}			rules[] = {
		{"step_epochs", o->schedule == DPK_STAIRS, true, "\"schedule\": \"step\""},
		{"step_factor", o->schedule == DPK_STAIRS, true, "\"schedule\": \"step\""},
		{"plateau_patience", o->schedule == DPK_PLATEAU, true, "\"schedule\": \"reduce_on_plateau\""},
		{"plateau_factor", o->schedule == DPK_PLATEAU, true, "\"schedule\": \"reduce_on_plateau\""},
		{"plateau_min_delta", o->schedule == DPK_PLATEAU, true, "\"schedule\": \"reduce_on_plateau\""},
		{"momentum", o->optimizer == DPK_SGD || o->optimizer == DPK_RMSPROP || o->momentum == 0, false, "\"optimizer\": \"sgd\" or \"rmsprop\""},
		{"alpha", o->optimizer == DPK_RMSPROP, false, "\"optimizer\": \"rmsprop\""},
		{"beta1", adam, false, "\"optimizer\": \"adam\" or \"adamw\""},
		{"beta2", adam, false, "\"optimizer\": \"adam\" or \"adamw\""},
		{"epsilon", adam || o->optimizer == DPK_RMSPROP, false, "\"optimizer\": \"adam\", \"adamw\" or \"rmsprop\""},
	};

	for (int i = 0; i < lengthof(rules); i++)
		if (!rules[i].used && dp_option_given(options, rules[i].name))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("the option \"%s\" is not for the %s \"%s\"", rules[i].name, rules[i].by_schedule ? "schedule" : "optimizer",
							rules[i].by_schedule ? schedules[o->schedule] : optimizers[o->optimizer]),
					 errhint("It goes with %s.", rules[i].goes_with)));
	if (o->early_stopping == 0 && o->schedule != DPK_PLATEAU && dp_option_given(options, "monitor"))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the option \"monitor\" is not for a run that looks at no metric"),
				 errhint("It goes with \"early_stopping\" or \"schedule\": \"reduce_on_plateau\".")));
}

static void
check_schedule(const dp_train_options *o)
{
	if (o->schedule == DPK_STAIRS && o->step_epochs < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the schedule \"step\" needs the option \"step_epochs\""),
				 errhint("After that many epochs, and again after as many, the learning rate is multiplied by \"step_factor\".")));
	if (o->schedule == DPK_ONE_CYCLE && o->warmup_epochs > 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the option \"warmup_epochs\" is not for the schedule \"one_cycle\""),
				 errdetail("It rises over the first 30 %% of the steps by itself.")));
	if (o->warmup_epochs >= o->epochs)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the warmup takes all of the run"),
				 errdetail("\"warmup_epochs\" is %g, and \"epochs\" is %d.", o->warmup_epochs, o->epochs),
				 errhint("A warmup takes a small part of the epochs, after which the learning rate is as the schedule has it.")));
}

void
dp_train_read_options(dp_train *train, Jsonb *options)
{
	dp_train_options *o = &train->options;

	dp_read_options(options, option_table, lengthof(option_table), o);
	read_optimizer(&train->optimizer, o);
	check_schedule(o);
	check_use(options, o);
	if (o->early_stopping > 0 && train->validation == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the option \"early_stopping\" needs a validation"),
				 errhint("Give the argument \"validation\" rows that are not in the source; dp.split() divides a table.")));
	if (o->augment != NULL)
		dp_read_recipe(o->augment, &train->recipe);
}

/* A double as JSON, with no more digits than it takes to read it back */
const char *
dp_train_exact(double x)
{
	char	   *s = palloc(DOUBLE_SHORTEST_DECIMAL_LEN);

	double_to_shortest_decimal_buf(x, s);
	return s;
}

/* The options as the run uses them, defaults included */
Datum
dp_train_options_json(const dp_train *train)
{
	const dp_train_options *o = &train->options;
	const dpk_optimizer *optimizer = &train->optimizer;
	StringInfoData s;

	initStringInfo(&s);
	appendStringInfo(&s, "{\"epochs\": %d, \"batch_size\": %d, \"optimizer\": \"%s\", \"learning_rate\": %s, \"schedule\": \"%s\", \"shards\": %d, "
					 "\"loss\": \"%s\", \"seed\": " INT64_FORMAT ", \"shuffle\": %s, \"workers\": %d, \"segment_seconds\": %s",
					 o->epochs, o->batch_size, optimizers[o->optimizer], dp_train_exact(optimizer->learning_rate),
					 schedules[o->schedule], o->shards,
					 dp_loss_names[train->loss], o->seed, o->shuffle ? "true" : "false", train->nworkers, dp_train_exact(o->segment_seconds));
	switch (optimizer->method)
	{
		case DPK_ADAM:
		case DPK_ADAMW:
			appendStringInfo(&s, ", \"beta1\": %s, \"beta2\": %s, \"epsilon\": %s", dp_train_exact(o->beta1), dp_train_exact(o->beta2), dp_train_exact(o->epsilon));
			break;
		case DPK_SGD:
			appendStringInfo(&s, ", \"momentum\": %s, \"nesterov\": %s", dp_train_exact(optimizer->momentum), o->nesterov ? "true" : "false");
			break;
		case DPK_RMSPROP:
			appendStringInfo(&s, ", \"alpha\": %s, \"epsilon\": %s, \"momentum\": %s", dp_train_exact(o->alpha), dp_train_exact(o->epsilon), dp_train_exact(optimizer->momentum));
			break;
	}
	if (optimizer->method != DPK_ADAM)
		appendStringInfo(&s, ", \"weight_decay\": %s", dp_train_exact(optimizer->weight_decay));
	if (o->early_stopping > 0)
		appendStringInfo(&s, ", \"early_stopping\": %d", o->early_stopping);
	if (o->early_stopping > 0 || o->schedule == DPK_PLATEAU)
		appendStringInfo(&s, ", \"monitor\": \"%s\"", monitors[o->monitor]);
	if (o->ema > 0)
		appendStringInfo(&s, ", \"ema\": %s", dp_train_exact(o->ema));
	if (o->clip_norm > 0)
		appendStringInfo(&s, ", \"clip_norm\": %s", dp_train_exact(o->clip_norm));
	if (o->warmup_epochs > 0)
		appendStringInfo(&s, ", \"warmup_epochs\": %s", dp_train_exact(o->warmup_epochs));
	if (o->schedule == DPK_STAIRS)
		appendStringInfo(&s, ", \"step_epochs\": %d, \"step_factor\": %s", o->step_epochs, dp_train_exact(o->step_factor));
	if (o->schedule == DPK_PLATEAU)
		appendStringInfo(&s, ", \"plateau_patience\": %d, \"plateau_factor\": %s, \"plateau_min_delta\": %s",
						 o->plateau_patience, dp_train_exact(o->plateau_factor), dp_train_exact(o->plateau_min_delta));
	if (o->label_smoothing > 0)
		appendStringInfo(&s, ", \"label_smoothing\": %s", dp_train_exact(o->label_smoothing));
	if (o->class_weights != NULL)
		appendStringInfo(&s, ", \"class_weights\": %s", JsonbToCString(NULL, &o->class_weights->root, VARSIZE(o->class_weights)));
	if (o->classes != NULL)
		appendStringInfo(&s, ", \"classes\": %s", JsonbToCString(NULL, &o->classes->root, VARSIZE(o->classes)));
	if (o->mixup > 0)
		appendStringInfo(&s, ", \"mixup\": %s", dp_train_exact(o->mixup));
	if (o->cutmix > 0)
		appendStringInfo(&s, ", \"cutmix\": %s", dp_train_exact(o->cutmix));
	if (o->augment != NULL)
		appendStringInfo(&s, ", \"augment\": %s", JsonbToCString(NULL, &o->augment->root, VARSIZE(o->augment)));
	appendStringInfoChar(&s, '}');
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(s.data));
}

/* The rates of some schedules are shares of all steps */
static bool
may_go_on_longer(const dp_train *train)
{
	return train->optimizer.schedule != DPK_COSINE && train->optimizer.schedule != DPK_ONE_CYCLE;
}

/* What may differ between a run and its resumption */
const char *
dp_train_free_options(const dp_train *train)
{
	return may_go_on_longer(train) ? "{epochs,workers,segment_seconds}" : "{workers,segment_seconds}";
}

static bool
is_free(const dp_train *train, const char *name)
{
	return strcmp(name, "workers") == 0 || strcmp(name, "segment_seconds") == 0 ||
		(strcmp(name, "epochs") == 0 && may_go_on_longer(train));
}

#define SHOWN 60				/* bytes of a value */

static const char *
option_text(Jsonb *json)
{
	char	   *text;

	if (json == NULL)
		return "not given";
	text = JsonbToCString(NULL, &json->root, VARSIZE(json));
	return strlen(text) <= SHOWN ? text : psprintf("%s...", pnstrdup(text, pg_mbcliplen(text, strlen(text), SHOWN)));
}

char *
dp_train_changed_options(const dp_train *train, Jsonb *was)
{
	Jsonb	   *sides[2] = {was, DatumGetJsonbP(dp_train_options_json(train))};
	StringInfoData s;

	initStringInfo(&s);
	for (int side = 0; side < 2; side++)
	{
		JsonbIterator *it = JsonbIteratorInit(&sides[side]->root);
		JsonbIteratorToken token;
		JsonbValue	v;

		while ((token = JsonbIteratorNext(&it, &v, true)) != WJB_DONE)
		{
			Jsonb	   *values[2] = {NULL, NULL};
			JsonbValue *other;
			char	   *name;

			if (token != WJB_KEY)
				continue;
			name = pnstrdup(v.val.string.val, v.val.string.len);
			other = getKeyJsonValueFromContainer(&sides[1 - side]->root, name, strlen(name), NULL);
			JsonbIteratorNext(&it, &v, true);
			values[side] = JsonbValueToJsonb(&v);
			values[1 - side] = other ? JsonbValueToJsonb(other) : NULL;
			if (is_free(train, name) || (other != NULL && (side == 1 || compareJsonbContainers(&values[0]->root, &values[1]->root) == 0)))
				continue;
			appendStringInfo(&s, "%s\"%s\" was %s and is %s", s.len > 0 ? "; " : "", name, option_text(values[0]), option_text(values[1]));
		}
	}
	return s.data;
}
