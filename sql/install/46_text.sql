-- Texts compared with each other

CREATE FUNCTION dp.text_similarity(a text, b text, method text DEFAULT 'jaro_winkler') RETURNS float8
AS 'MODULE_PATHNAME', 'dp_text_similarity' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION dp.text_similarity(text, text, text) IS 'how alike two short texts are, 0 to 1: jaro_winkler, jaro or damerau_levenshtein';
CREATE FUNCTION dp.text_distance(a text, b text) RETURNS integer
AS 'MODULE_PATHNAME', 'dp_text_distance' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION dp.text_distance(text, text) IS 'Damerau-Levenshtein: insertions, deletions, replacements and swaps of neighbours that make one text of the other';
