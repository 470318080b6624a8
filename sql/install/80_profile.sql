-- What is in a table

CREATE FUNCTION dp.profile(source text, options jsonb DEFAULT '{}')
RETURNS TABLE (column_name text, metric text, item text, value text, number float8, column_no integer)
AS 'MODULE_PATHNAME', 'dp_profile_table'
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 1000000 ROWS 500;
COMMENT ON FUNCTION dp.profile(text, jsonb) IS 'what is in each column of a relation or query, found in one pass: a row per figure';

CREATE FUNCTION dp.profile_columns(source text, options jsonb DEFAULT '{}')
RETURNS TABLE (column_name text, type text, count bigint, nulls bigint, distinct_values bigint,
	min text, median text, max text, mean text, sd text, shape text, top text)
AS 'MODULE_PATHNAME', 'dp_profile_columns'
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 1000000 ROWS 20;
COMMENT ON FUNCTION dp.profile_columns(text, jsonb) IS 'the same for people: a row per column, with the shape of its histogram';
