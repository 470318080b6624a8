-- Spellings of labels brought to one

CREATE FUNCTION dp.label_fingerprint(label text) RETURNS text
AS 'MODULE_PATHNAME', 'dp_label_fingerprint' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION dp.label_fingerprint(text) IS 'the different words of a label in order, without case, accents and punctuation: the same for its spellings';
CREATE FUNCTION dp.label_map(source text, options jsonb DEFAULT '{}', OUT label text, OUT canonical text, OUT rows bigint, OUT method text, OUT similarity float8)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'dp_label_map' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 100000;
COMMENT ON FUNCTION dp.label_map(text, jsonb) IS 'each label of a query or table and the spelling it should have, by synonyms, fingerprints and similarity';
