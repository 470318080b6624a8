-- Records of two sources, or of one, that mean the same

CREATE FUNCTION dp.fit_linkage(left_source text, right_source text, comparisons jsonb, blocking text[], options jsonb DEFAULT '{}') RETURNS jsonb
AS 'MODULE_PATHNAME', 'dp_fit_linkage' LANGUAGE C VOLATILE COST 100000;
COMMENT ON FUNCTION dp.fit_linkage(text, text, jsonb, text[], jsonb) IS 'learn from records without known pairs what agreement of each column is worth';
CREATE FUNCTION dp.link(model jsonb, left_source text, right_source text DEFAULT NULL, options jsonb DEFAULT '{}') RETURNS TABLE (
	left_key text, right_key text, probability float8, weight float8, weights jsonb
)
AS 'MODULE_PATHNAME', 'dp_link' LANGUAGE C VOLATILE COST 100000 ROWS 1000;
COMMENT ON FUNCTION dp.link(jsonb, text, text, jsonb) IS 'the pairs of records that are likely the same, with what each column says of it';
CREATE FUNCTION dp.link_probability(model jsonb, a record, b record) RETURNS float8
AS 'MODULE_PATHNAME', 'dp_link_probability' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION dp.link_probability(jsonb, record, record) IS 'how probably two records are the same';
CREATE FUNCTION dp.linkage_weights(model jsonb) RETURNS TABLE (column_name text, level integer, agreement text, m float8, u float8, weight float8)
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE ROWS 30
BEGIN ATOMIC
	SELECT c.value ->> 'column', l.n::integer,
		CASE WHEN l.n = 1 THEN 'equal'
			WHEN l.n = jsonb_array_length(c.value -> 'm') THEN 'different'
			ELSE k.label || (c.value -> k.key ->> (l.n::integer - 2)) END,
		l.m::float8, (c.value -> 'u' ->> (l.n::integer - 1))::float8,
		ln(l.m::float8 / (c.value -> 'u' ->> (l.n::integer - 1))::float8) / ln(2::float8)
	FROM jsonb_array_elements(model -> 'comparisons') WITH ORDINALITY AS c(value, place)
		LEFT JOIN (VALUES ('jaro_winkler', 'similarity >= '), ('damerau_levenshtein', 'edits <= '), ('numeric', 'difference <= '), ('date', 'days <= ')) AS k(key, label)
			ON c.value ? k.key
		CROSS JOIN LATERAL jsonb_array_elements_text(c.value -> 'm') WITH ORDINALITY AS l(m, n)
	ORDER BY c.place, l.n;
END;
COMMENT ON FUNCTION dp.linkage_weights(jsonb) IS 'a model of dp.fit_linkage() as a table: what each level of agreement weighs, in bits';
