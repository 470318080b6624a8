-- Labels of some rows of a partition for all of them

CREATE FUNCTION dp.label_propagate(features float8[], label text, method text DEFAULT 'spreading', options jsonb DEFAULT '{}') RETURNS text
AS 'MODULE_PATHNAME', 'dp_label_propagate' LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.label_propagate(float8[], text, text, jsonb) IS 'the label of a row by those of its neighbours in the partition whose labels are known';
CREATE FUNCTION dp.label_propagate_probabilities(features float8[], label text, method text DEFAULT 'spreading', options jsonb DEFAULT '{}') RETURNS float8[]
AS 'MODULE_PATHNAME', 'dp_label_propagate_probabilities' LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.label_propagate_probabilities(float8[], text, text, jsonb) IS 'how probable each label is by the neighbours, in order of their bytes';
