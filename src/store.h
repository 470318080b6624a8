/*
 * store.h - models, their weights and the checkpoints of runs, in tables
 *
 * Everything goes through SPI as the current user, so that GRANTs and
 * row-level security hold; every name and operator is qualified, because the
 * callers cannot set a search path.  Weights of a model_id never change: a
 * cache may be keyed by (model_id, checksum), and a name is resolved to a
 * model_id per snapshot.  Functions open an SPI level of their own and leave
 * their results in the caller's memory context.
 */
#ifndef DP_STORE_H
#define DP_STORE_H

#include "compat.h"

#include "utils/jsonb.h"

#include "network.h"

typedef struct dp_stored_model
{
	Jsonb	   *description;	/* {"name", "version", "network", "input", "outputs", "loss", "classes", "output_image"} */
	bool		is_value;		/* of type dp.model, not of the tables: the next two, checksum and run_id are 0 */
	int64		model_id;
	Oid			owner;
	char	   *name;
	int			version;
	Jsonb	   *network;		/* a list of steps; a preset is stored as its steps */
	dpk_input	input;
	dpk_output	output;			/* of the network: an image, or numbers */
	int			noutputs;		/* so many numbers; of a binary cross-entropy of classes two, where the network gives one */
	dpk_loss	loss;
	int			nclasses;		/* 0 for regression */
	char	  **classes;		/* labels as text, in the order of the outputs */
	bool		classes_are_text;	/* else they are integers */
	uint32		checksum;
	int64		run_id;			/* 0: none */
} dp_stored_model;

extern const char *const dp_loss_names[];	/* by dpk_loss */

/* The model_id and checksum of a name's version (0: the newest), or ERROR 42704 */
extern int64 dp_store_find(const char *name, int version, uint32 *checksum);

/* All of a model but its weights, palloc'd.  Damaged rows are ERROR XX001. */
extern dp_stored_model *dp_store_read(int64 model_id);

/* The same from the description of a value of type dp.model; what is wrong with it is ERROR 22P03 */
extern dp_stored_model *dp_store_describe(Jsonb *description);

/* Fill a slab of dpk_net_param_floats() zeros; ERROR XX001 where rows are missing or the checksum differs */
extern void dp_store_read_weights(const dp_stored_model *model, const dpk_net *net, float *params);

/* Store a new version with its weights; sets model_id, version and checksum */
extern void dp_store_write(dp_stored_model *model, const dpk_net *net, const float *params);

/*
 * Take the name for the current user, or find it taken.  Returns the owner,
 * a role the user has the privileges of; ERROR 42710 or 42501 otherwise.
 */
extern Oid	dp_store_claim(const char *name);

/* ERROR 42602 where a model cannot be called that */
extern void dp_store_check_name(const char *name);

/* One trainer per model: a session lock in a class of our own.  ERROR 55006 where another session holds it. */
extern void dp_store_lock(const char *name, bool session);
extern void dp_store_unlock(const char *name);

/* The tensors of a slab, as rows; both return the CRC-32C of what they stored or found */
typedef enum dp_slab_table
{
	DP_WEIGHTS,					/* id is a model_id, slot is not used */
	DP_CHECKPOINTS				/* id is a run_id */
} dp_slab_table;

/* ERROR XX001: stored <what> is damaged; the detail is a sentence, the hint the table's */
extern void dp_store_damaged(dp_slab_table table, const char *what, const char *detail);
extern void dp_store_damaged_model(const dp_stored_model *model, const char *detail);	/* or a value: ERROR 22P03 */

extern uint32 dp_slab_write(dp_slab_table table, int64 id, int slot, Oid owner, const dpk_net *net, const float *slab, uint32 crc);
extern uint32 dp_slab_read(dp_slab_table table, int64 id, int slot, const dpk_net *net, float *slab, uint32 crc);

/* Bytes dp_slab_write and dp_slab_read use on top, for a memory plan */
extern size_t dp_slab_bytes(const dpk_net *net);

/*
 * The tables of the store are read with row_security = on, whatever the session
 * has set: pg_dump's scripts set it off, and what they hold must run.  Between
 * the two calls, which an ERROR ends too, no text of the user may be planned.
 */
extern int	dp_store_begin(void);
extern void dp_store_end(int level);

/* SPI_execute_with_args on tables of the store, which must return 'expect'; a SELECT has the snapshot of the caller */
extern void dp_spi_run(const char *sql, int nargs, const Oid *types, const Datum *values, const char *nulls, int expect);

/* A SELECT that sees what the calling statement has changed so far */
extern void dp_spi_look(const char *sql, int nargs, const Oid *types, const Datum *values);

#endif							/* DP_STORE_H */
