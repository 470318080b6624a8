-- The store: models, their weights, and the runs that made them.
--
-- Each table carries the owner, and row-level security lets only the members
-- of that role write.  A name belongs to one owner (model_names); the rows of
-- the others hang on it by foreign keys on (name, owner), so that dropping and
-- renaming are one statement.  Nobody is let in by a SECURITY DEFINER function:
-- SELECT is granted to everyone (and shows a role what it owns or was given),
-- INSERT, UPDATE and DELETE are for the administrator to grant.

CREATE TABLE dp.model_names (
	name text COLLATE "C" PRIMARY KEY CHECK (octet_length(name) BETWEEN 1 AND 1000),
	owner regrole NOT NULL,
	last_version integer NOT NULL DEFAULT 0,
	UNIQUE (name, owner)
);
COMMENT ON TABLE dp.model_names IS 'one row per model name: whose it is';
COMMENT ON COLUMN dp.model_names.name IS 'name of the model';
COMMENT ON COLUMN dp.model_names.owner IS 'role whose members may train, rename, share and drop the model';
COMMENT ON COLUMN dp.model_names.last_version IS 'highest version there has been, dropped ones included';

CREATE TABLE dp.model_shares (
	model text COLLATE "C" NOT NULL,
	owner regrole NOT NULL,
	reader regrole NOT NULL,
	PRIMARY KEY (model, reader),
	FOREIGN KEY (model, owner) REFERENCES dp.model_names (name, owner) ON UPDATE CASCADE ON DELETE CASCADE
);
COMMENT ON TABLE dp.model_shares IS 'roles that may read a model of another role';
COMMENT ON COLUMN dp.model_shares.model IS 'name of the model';
COMMENT ON COLUMN dp.model_shares.owner IS 'role that owns the model';
COMMENT ON COLUMN dp.model_shares.reader IS 'role whose members may read the model';

CREATE TABLE dp.runs (
	run_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	model text COLLATE "C" NOT NULL,
	owner regrole NOT NULL,
	kind text NOT NULL,
	status text NOT NULL CHECK (status IN ('unfinished', 'finished', 'abandoned')),
	source text NOT NULL,
	validation text,
	network jsonb NOT NULL,
	options jsonb NOT NULL,
	seed bigint NOT NULL,
	fingerprint bigint NOT NULL,
	samples bigint NOT NULL,
	skipped bigint NOT NULL DEFAULT 0,
	skipped_keys text,
	epochs integer NOT NULL,
	epoch integer NOT NULL DEFAULT 0,
	best_epoch integer,
	step bigint NOT NULL DEFAULT 0,
	position jsonb,
	checksum bigint,
	library_version text NOT NULL,
	workers integer,
	started timestamptz NOT NULL DEFAULT clock_timestamp(),
	updated timestamptz NOT NULL DEFAULT clock_timestamp(),
	finished timestamptz,
	FOREIGN KEY (model, owner) REFERENCES dp.model_names (name, owner) ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX runs_model_idx ON dp.runs (model);
COMMENT ON TABLE dp.runs IS 'every training run: what it was asked, on which data, and how far it came';
COMMENT ON COLUMN dp.runs.run_id IS 'number of the run';
COMMENT ON COLUMN dp.runs.model IS 'name of the model it trains';
COMMENT ON COLUMN dp.runs.owner IS 'role that owns the model';
COMMENT ON COLUMN dp.runs.kind IS 'what ran: train';
COMMENT ON COLUMN dp.runs.status IS 'unfinished (running now, or interrupted and waiting to be resumed), finished or abandoned; dp.progress shows what runs now';
COMMENT ON COLUMN dp.runs.source IS 'query or relation the samples came from';
COMMENT ON COLUMN dp.runs.validation IS 'query or relation of the validation samples';
COMMENT ON COLUMN dp.runs.network IS 'layers of the network';
COMMENT ON COLUMN dp.runs.options IS 'options as the run used them, defaults included';
COMMENT ON COLUMN dp.runs.seed IS 'seed of every random choice in the run';
COMMENT ON COLUMN dp.runs.fingerprint IS 'hash of all samples of source and validation, whatever their order';
COMMENT ON COLUMN dp.runs.samples IS 'number of training samples';
COMMENT ON COLUMN dp.runs.skipped IS 'number of rows left out by on_error = skip';
COMMENT ON COLUMN dp.runs.skipped_keys IS 'keys of the first rows left out';
COMMENT ON COLUMN dp.runs.epochs IS 'number of epochs asked for';
COMMENT ON COLUMN dp.runs.epoch IS 'number of epochs completed and committed';
COMMENT ON COLUMN dp.runs.best_epoch IS 'epoch whose weights early stopping gave the model; null where it has those of the last';
COMMENT ON COLUMN dp.runs.step IS 'number of optimiser steps committed';
COMMENT ON COLUMN dp.runs.position IS 'where inside the next epoch an unfinished run goes on';
COMMENT ON COLUMN dp.runs.checksum IS 'CRC-32C of the checkpoint of an unfinished run';
COMMENT ON COLUMN dp.runs.library_version IS 'version of datapower that ran it';
COMMENT ON COLUMN dp.runs.workers IS 'parallel workers of the last segment, beside the leader';
COMMENT ON COLUMN dp.runs.started IS 'when the run began';
COMMENT ON COLUMN dp.runs.updated IS 'when it last committed';
COMMENT ON COLUMN dp.runs.finished IS 'when it ended';

CREATE TABLE dp.metrics (
	run_id bigint NOT NULL REFERENCES dp.runs ON DELETE CASCADE,
	owner regrole NOT NULL,
	epoch integer NOT NULL,
	split text NOT NULL,
	metric text NOT NULL,
	value double precision NOT NULL,
	"time" timestamptz NOT NULL DEFAULT clock_timestamp(),
	PRIMARY KEY (run_id, epoch, split, metric)
);
COMMENT ON TABLE dp.metrics IS 'a value per run, epoch, split and metric';
COMMENT ON COLUMN dp.metrics.run_id IS 'number of the run';
COMMENT ON COLUMN dp.metrics.owner IS 'role that owns the model';
COMMENT ON COLUMN dp.metrics.epoch IS 'epoch, from 1';
COMMENT ON COLUMN dp.metrics.split IS 'train or validation';
COMMENT ON COLUMN dp.metrics.metric IS 'loss; accuracy of classes and labels, rmse of values or psnr of images; seconds; of training also samples_per_second, gflops and learning_rate (of the last step)';
COMMENT ON COLUMN dp.metrics.value IS 'the value';
COMMENT ON COLUMN dp.metrics."time" IS 'when it was measured';

CREATE TABLE dp.models (
	model_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name text COLLATE "C" NOT NULL,
	version integer NOT NULL CHECK (version > 0),
	owner regrole NOT NULL,
	network jsonb NOT NULL,
	input jsonb NOT NULL,
	outputs integer NOT NULL,
	output_image jsonb,
	loss text NOT NULL,
	classes jsonb,
	parameters bigint NOT NULL,
	checksum bigint NOT NULL,
	library_version text NOT NULL,
	created timestamptz NOT NULL DEFAULT clock_timestamp(),
	run_id bigint REFERENCES dp.runs ON DELETE SET NULL,
	UNIQUE (name, version),
	FOREIGN KEY (name, owner) REFERENCES dp.model_names (name, owner) ON UPDATE CASCADE ON DELETE CASCADE
);
COMMENT ON TABLE dp.models IS 'trained models, a row per version; a version never changes';
COMMENT ON COLUMN dp.models.model_id IS 'number of this version of this model, never used again';
COMMENT ON COLUMN dp.models.name IS 'name of the model';
COMMENT ON COLUMN dp.models.version IS 'version, from 1; the highest is used where none is named';
COMMENT ON COLUMN dp.models.owner IS 'role that owns the model';
COMMENT ON COLUMN dp.models.network IS 'layers of the network, with the input step that says what becomes of an image';
COMMENT ON COLUMN dp.models.input IS 'what a sample is: kind (image or features), height, width, channels';
COMMENT ON COLUMN dp.models.outputs IS 'number of classes or values; of an image height * width * channels';
COMMENT ON COLUMN dp.models.output_image IS 'height, width and channels of the image it gives; null where it gives a class or values';
COMMENT ON COLUMN dp.models.loss IS 'loss it was trained with';
COMMENT ON COLUMN dp.models.classes IS 'labels in the order of the outputs; null where it gives values or an image';
COMMENT ON COLUMN dp.models.parameters IS 'number of weights';
COMMENT ON COLUMN dp.models.checksum IS 'CRC-32C of network, input, output, classes and weights, checked when they are loaded';
COMMENT ON COLUMN dp.models.library_version IS 'version of datapower that made it';
COMMENT ON COLUMN dp.models.created IS 'when the version was made';
COMMENT ON COLUMN dp.models.run_id IS 'run that made it';

CREATE TABLE dp.weights (
	model_id bigint NOT NULL REFERENCES dp.models ON DELETE CASCADE,
	owner regrole NOT NULL,
	layer text COLLATE "C" NOT NULL,
	tensor text COLLATE "C" NOT NULL,
	chunk integer NOT NULL,
	shape integer[] NOT NULL,
	data real[] NOT NULL,
	PRIMARY KEY (model_id, layer, tensor, chunk)
);
ALTER TABLE dp.weights ALTER COLUMN data SET STORAGE EXTERNAL;
COMMENT ON TABLE dp.weights IS 'weights of the models, at most 1048576 numbers a row';
COMMENT ON COLUMN dp.weights.model_id IS 'model and version they belong to';
COMMENT ON COLUMN dp.weights.owner IS 'role that owns the model';
COMMENT ON COLUMN dp.weights.layer IS 'name of the layer';
COMMENT ON COLUMN dp.weights.tensor IS 'which of its tensors: kernel, bias, ...';
COMMENT ON COLUMN dp.weights.chunk IS 'part of a long tensor, from 0';
COMMENT ON COLUMN dp.weights.shape IS 'shape of the whole tensor';
COMMENT ON COLUMN dp.weights.data IS 'numbers in row-major order';

CREATE TABLE dp.checkpoints (
	run_id bigint NOT NULL REFERENCES dp.runs ON DELETE CASCADE,
	owner regrole NOT NULL,
	slot integer NOT NULL,
	layer text COLLATE "C" NOT NULL,
	tensor text COLLATE "C" NOT NULL,
	chunk integer NOT NULL,
	shape integer[] NOT NULL,
	data real[] NOT NULL,
	PRIMARY KEY (run_id, slot, layer, tensor, chunk)
);
ALTER TABLE dp.checkpoints ALTER COLUMN data SET STORAGE EXTERNAL;
COMMENT ON TABLE dp.checkpoints IS 'weights and optimiser state of unfinished runs';
COMMENT ON COLUMN dp.checkpoints.run_id IS 'number of the run';
COMMENT ON COLUMN dp.checkpoints.owner IS 'role that owns the model';
COMMENT ON COLUMN dp.checkpoints.slot IS '0: the weights, from 1: the moments of the optimiser, then an average of the weights, then those of the best epoch';
COMMENT ON COLUMN dp.checkpoints.layer IS 'name of the layer';
COMMENT ON COLUMN dp.checkpoints.tensor IS 'which of its tensors: kernel, bias, ...';
COMMENT ON COLUMN dp.checkpoints.chunk IS 'part of a long tensor, from 0';
COMMENT ON COLUMN dp.checkpoints.shape IS 'shape of the whole tensor';
COMMENT ON COLUMN dp.checkpoints.data IS 'numbers in row-major order';

-- Who sees and who writes.  A share counts only if the owner of the model wrote it.

ALTER TABLE dp.model_names ENABLE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON dp.model_names USING (pg_has_role(owner::oid, 'USAGE'));
CREATE POLICY reader_select ON dp.model_names FOR SELECT USING (EXISTS (
	SELECT FROM dp.model_shares s
	WHERE s.model = model_names.name AND s.owner = model_names.owner AND pg_has_role(s.reader::oid, 'USAGE')));

ALTER TABLE dp.model_shares ENABLE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON dp.model_shares USING (pg_has_role(owner::oid, 'USAGE'));
CREATE POLICY reader_select ON dp.model_shares FOR SELECT USING (pg_has_role(reader::oid, 'USAGE'));

ALTER TABLE dp.runs ENABLE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON dp.runs USING (pg_has_role(owner::oid, 'USAGE'));
CREATE POLICY reader_select ON dp.runs FOR SELECT USING (EXISTS (
	SELECT FROM dp.model_shares s
	WHERE s.model = runs.model AND s.owner = runs.owner AND pg_has_role(s.reader::oid, 'USAGE')));

ALTER TABLE dp.models ENABLE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON dp.models USING (pg_has_role(owner::oid, 'USAGE'));
CREATE POLICY reader_select ON dp.models FOR SELECT USING (EXISTS (
	SELECT FROM dp.model_shares s
	WHERE s.model = models.name AND s.owner = models.owner AND pg_has_role(s.reader::oid, 'USAGE')));

-- The rest follows its parent, whose own policy applies inside these queries
ALTER TABLE dp.metrics ENABLE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON dp.metrics USING (pg_has_role(owner::oid, 'USAGE'))
	WITH CHECK (EXISTS (SELECT FROM dp.runs r WHERE r.run_id = metrics.run_id AND r.owner = metrics.owner AND pg_has_role(r.owner::oid, 'USAGE')));
CREATE POLICY reader_select ON dp.metrics FOR SELECT USING (EXISTS (
	SELECT FROM dp.runs r WHERE r.run_id = metrics.run_id));

ALTER TABLE dp.weights ENABLE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON dp.weights USING (pg_has_role(owner::oid, 'USAGE'))
	WITH CHECK (EXISTS (SELECT FROM dp.models m WHERE m.model_id = weights.model_id AND m.owner = weights.owner AND pg_has_role(m.owner::oid, 'USAGE')));
CREATE POLICY reader_select ON dp.weights FOR SELECT USING (EXISTS (
	SELECT FROM dp.models m WHERE m.model_id = weights.model_id));

ALTER TABLE dp.checkpoints ENABLE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON dp.checkpoints USING (pg_has_role(owner::oid, 'USAGE'))
	WITH CHECK (EXISTS (SELECT FROM dp.runs r WHERE r.run_id = checkpoints.run_id AND r.owner = checkpoints.owner AND pg_has_role(r.owner::oid, 'USAGE')));

GRANT SELECT ON dp.model_names, dp.model_shares, dp.runs, dp.metrics, dp.models, dp.weights, dp.checkpoints TO PUBLIC;

SELECT pg_catalog.pg_extension_config_dump('dp.model_names', '');
SELECT pg_catalog.pg_extension_config_dump('dp.model_shares', '');
SELECT pg_catalog.pg_extension_config_dump('dp.runs', '');
SELECT pg_catalog.pg_extension_config_dump('dp.runs_run_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('dp.metrics', '');
SELECT pg_catalog.pg_extension_config_dump('dp.models', '');
SELECT pg_catalog.pg_extension_config_dump('dp.models_model_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('dp.weights', '');
SELECT pg_catalog.pg_extension_config_dump('dp.checkpoints', '');

-- What BI tools read: plain types only

CREATE FUNCTION dp.model_rows() RETURNS SETOF dp.models
LANGUAGE SQL STABLE PARALLEL SAFE SET row_security = on
AS 'SELECT * FROM dp.models';
COMMENT ON FUNCTION dp.model_rows() IS 'the rows of dp.model_list, filtered also where row_security is off, as in a script of pg_dump';

CREATE VIEW dp.model_list WITH (security_invoker = true) AS
	SELECT m.model_id, m.name, m.version, pg_get_userbyid(m.owner::oid)::text AS owner,
		m.input ->> 'kind' AS input, m.outputs, m.loss, m.parameters, m.created, m.run_id,
		m.version = max(m.version) OVER (PARTITION BY m.name) AS is_newest
	FROM dp.model_rows() m;
COMMENT ON VIEW dp.model_list IS 'the models you may use, a row per version';
COMMENT ON COLUMN dp.model_list.model_id IS 'number of this version of this model';
COMMENT ON COLUMN dp.model_list.name IS 'name of the model';
COMMENT ON COLUMN dp.model_list.version IS 'version, from 1';
COMMENT ON COLUMN dp.model_list.owner IS 'role that owns the model';
COMMENT ON COLUMN dp.model_list.input IS 'what it takes: image or features';
COMMENT ON COLUMN dp.model_list.outputs IS 'number of outputs';
COMMENT ON COLUMN dp.model_list.loss IS 'loss it was trained with';
COMMENT ON COLUMN dp.model_list.parameters IS 'number of weights';
COMMENT ON COLUMN dp.model_list.created IS 'when the version was made';
COMMENT ON COLUMN dp.model_list.run_id IS 'run that made it';
COMMENT ON COLUMN dp.model_list.is_newest IS 'whether this is the version used where none is named';
GRANT SELECT ON dp.model_list TO PUBLIC;

CREATE FUNCTION dp.drop_model(model text, version integer DEFAULT NULL) RETURNS void
AS 'MODULE_PATHNAME', 'dp_drop_model'
LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION dp.drop_model(text, integer) IS 'drop a model with its runs, or one version of it';

CREATE FUNCTION dp.rename_model(model text, new_name text) RETURNS void
AS 'MODULE_PATHNAME', 'dp_rename_model'
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION dp.rename_model(text, text) IS 'give a model another name';

CREATE FUNCTION dp.share_model(model text, role regrole) RETURNS void
AS 'MODULE_PATHNAME', 'dp_share_model'
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION dp.share_model(text, regrole) IS 'let another role read a model';

CREATE FUNCTION dp.unshare_model(model text, role regrole) RETURNS void
AS 'MODULE_PATHNAME', 'dp_unshare_model'
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION dp.unshare_model(text, regrole) IS 'take back what share_model gave';

CREATE FUNCTION dp.change_model_owner(model text, role regrole) RETURNS void
AS 'MODULE_PATHNAME', 'dp_change_model_owner'
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION dp.change_model_owner(text, regrole) IS 'give a model to another role';
