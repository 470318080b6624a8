-- Records of two sources, or of one, that mean the same

CREATE FUNCTION dp.fit_linkage(left_source text, right_source text, comparisons jsonb, blocking text[], options jsonb DEFAULT '{}') RETURNS jsonb
AS 'MODULE_PATHNAME', 'dp_fit_linkage' LANGUAGE C VOLATILE COST 100000;
COMMENT ON FUNCTION dp.fit_linkage(text, text, jsonb, text[], jsonb) IS 'learn from records without known pairs what agreement of each column is worth';
CREATE FUNCTION dp.link(model jsonb, left_source text, right_source text DEFAULT NULL, options jsonb DEFAULT '{}') RETURNS TABLE (
	left_key text, right_key text, probability float8, weight float8, weights jsonb
)
AS 'MODULE_PATHNAME', 'dp_link' LANGUAGE C VOLATILE COST 100000 ROWS 1000;
COMMENT ON FUNCTION dp.link(jsonb, text, text, jsonb) IS 'the pairs of records that are likely the same, with what each column says of it';
