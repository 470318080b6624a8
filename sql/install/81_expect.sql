-- Whether a table is as it should be

CREATE FUNCTION dp.expect(source text, rules jsonb)
RETURNS TABLE (rule_no integer, rule text, column_name text, ok boolean, failing bigint, checked bigint, failing_query text, detail text)
AS 'MODULE_PATHNAME', 'dp_expect'
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 1000000 ROWS 20;
COMMENT ON FUNCTION dp.expect(text, jsonb) IS 'which rules a relation or query keeps: a row per rule, with a query for the rows that break it';

CREATE FUNCTION dp.suggest_rules(source text) RETURNS jsonb
AS 'MODULE_PATHNAME', 'dp_suggest_rules'
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 1000000;
COMMENT ON FUNCTION dp.suggest_rules(text) IS 'rules for dp.expect that a relation or query keeps as it is';
