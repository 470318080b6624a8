-- Networks before they are trained: what they are made of.

CREATE FUNCTION dp.network_summary(network text, input int[], outputs int DEFAULT 10)
RETURNS TABLE (layer text, kind text, inputs text, shape text, parameters bigint, mflop float8)
AS 'MODULE_PATHNAME', 'dp_network_summary_text'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000 ROWS 10;
COMMENT ON FUNCTION dp.network_summary(text, int[], int) IS 'layers of a network, given by name or as JSON text: shape, trained parameters and millions of operations of each';

CREATE FUNCTION dp.network_summary(network jsonb, input int[], outputs int DEFAULT 10)
RETURNS TABLE (layer text, kind text, inputs text, shape text, parameters bigint, mflop float8)
AS 'MODULE_PATHNAME', 'dp_network_summary_jsonb'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000 ROWS 10;
COMMENT ON FUNCTION dp.network_summary(jsonb, int[], int) IS 'layers of a network, given as JSON: shape, trained parameters and millions of operations of each';

CREATE FUNCTION dp.network_summary(model text)
RETURNS TABLE (layer text, kind text, inputs text, shape text, parameters bigint, mflop float8)
AS 'MODULE_PATHNAME', 'dp_network_summary_model'
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 1000 ROWS 10;
COMMENT ON FUNCTION dp.network_summary(text) IS 'layers of a trained model: shape, trained parameters and millions of operations of each';
