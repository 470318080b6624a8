-- Training.  The procedures commit, so they can have neither a SET clause nor
-- SECURITY DEFINER; every name in the SQL they run is qualified.

CREATE PROCEDURE dp.train(model text, source text, network text, options jsonb DEFAULT '{}', validation text DEFAULT NULL)
AS 'MODULE_PATHNAME', 'dp_train_text'
LANGUAGE C;
COMMENT ON PROCEDURE dp.train(text, text, text, jsonb, text) IS 'train a network, given by name or as JSON text, on the rows of a source';

CREATE PROCEDURE dp.train(model text, source text, network jsonb, options jsonb DEFAULT '{}', validation text DEFAULT NULL)
AS 'MODULE_PATHNAME', 'dp_train_jsonb'
LANGUAGE C;
COMMENT ON PROCEDURE dp.train(text, text, jsonb, jsonb, text) IS 'train a network, given as JSON, on the rows of a source';

CREATE PROCEDURE dp.cross_predict(result text, source text, network text, folds integer DEFAULT 5, options jsonb DEFAULT '{}')
AS 'MODULE_PATHNAME', 'dp_cross_predict_text'
LANGUAGE C;
COMMENT ON PROCEDURE dp.cross_predict(text, text, text, integer, jsonb) IS 'class probabilities for every row into a table, by networks, given by name or as JSON text, that have not seen the row';

CREATE PROCEDURE dp.cross_predict(result text, source text, network jsonb, folds integer DEFAULT 5, options jsonb DEFAULT '{}')
AS 'MODULE_PATHNAME', 'dp_cross_predict_jsonb'
LANGUAGE C;
COMMENT ON PROCEDURE dp.cross_predict(text, text, jsonb, integer, jsonb) IS 'class probabilities for every row into a table, by networks, given as JSON, that have not seen the row';

CREATE FUNCTION dp.progress_rows(
	OUT pid integer, OUT run_id bigint, OUT phase text, OUT epoch integer, OUT epochs integer, OUT done bigint, OUT total bigint,
	OUT loss double precision, OUT accuracy double precision, OUT samples_per_second double precision,
	OUT workers integer, OUT started timestamptz) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'dp_progress_rows'
LANGUAGE C VOLATILE PARALLEL RESTRICTED ROWS 10;
COMMENT ON FUNCTION dp.progress_rows() IS 'the rows of dp.progress, without the names of the models';

CREATE VIEW dp.progress WITH (security_invoker = true) AS
	SELECT p.pid, r.model, p.run_id, p.phase, p.epoch, p.epochs, p.done, p.total,
		round(100.0 * p.done / p.total, 1)::double precision AS percent,
		p.loss, nullif(p.accuracy, 'NaN') AS accuracy,
		p.samples_per_second,
		CASE WHEN p.phase = 'training' THEN (p.total - p.done + (p.epochs - p.epoch) * p.total) / p.samples_per_second END AS seconds_left,
		p.workers, p.started
	FROM dp.progress_rows() p LEFT JOIN dp.runs r USING (run_id);
COMMENT ON VIEW dp.progress IS 'what trains now: a row per session you may watch';
COMMENT ON COLUMN dp.progress.pid IS 'process of the session';
COMMENT ON COLUMN dp.progress.model IS 'model it trains; null before the first commit';
COMMENT ON COLUMN dp.progress.run_id IS 'number of the run in dp.runs';
COMMENT ON COLUMN dp.progress.phase IS 'reading, training, validating or storing';
COMMENT ON COLUMN dp.progress.epoch IS 'epoch, from 1';
COMMENT ON COLUMN dp.progress.epochs IS 'epochs asked for';
COMMENT ON COLUMN dp.progress.done IS 'samples of this epoch trained on, or rows read';
COMMENT ON COLUMN dp.progress.total IS 'samples of an epoch';
COMMENT ON COLUMN dp.progress.percent IS 'share of this epoch that is done';
COMMENT ON COLUMN dp.progress.loss IS 'mean loss of this epoch so far';
COMMENT ON COLUMN dp.progress.accuracy IS 'share of this epoch''s samples classified right so far';
COMMENT ON COLUMN dp.progress.samples_per_second IS 'speed';
COMMENT ON COLUMN dp.progress.seconds_left IS 'estimate for all epochs';
COMMENT ON COLUMN dp.progress.workers IS 'parallel workers beside the session itself';
COMMENT ON COLUMN dp.progress.started IS 'when the session began this run';
GRANT SELECT ON dp.progress TO PUBLIC;
