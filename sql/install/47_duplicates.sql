-- Duplicates and groups of them

CREATE FUNCTION dp.connected_components(source text) RETURNS TABLE (key text, component text)
AS 'MODULE_PATHNAME', 'dp_connected_components'
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 100000 ROWS 10000;
COMMENT ON FUNCTION dp.connected_components(text) IS 'of pairs of keys, each key with the smallest it is connected with, directly or through others';

CREATE FUNCTION dp.hash_bands(hash bigint) RETURNS integer[]
AS 'MODULE_PATHNAME', 'dp_hash_bands' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.hash_bands(bigint) IS 'a hash of 64 bits as four bands, for an index';
CREATE FUNCTION dp.hash_probes(hash bigint, distance integer) RETURNS integer[]
AS 'MODULE_PATHNAME', 'dp_hash_probes' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.hash_probes(bigint, integer) IS 'bands of which every hash at most so many bits away has one: band = ANY (dp.hash_probes(hash, distance))';

CREATE FUNCTION dp.duplicate_group(key anyelement, shared anycompatiblearray) RETURNS anyelement
AS 'MODULE_PATHNAME', 'dp_duplicate_group' LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.duplicate_group(anyelement, anycompatiblearray) IS 'the smallest key among the rows that share a value with this one, directly or through others';

CREATE FUNCTION dp.merge_plan(source text, keep text DEFAULT 'first', rules jsonb DEFAULT '{}') RETURNS TABLE (
	survivor text, merged text[], record jsonb, origins jsonb, conflicts text[]
)
AS 'MODULE_PATHNAME', 'dp_merge_plan' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000 ROWS 1000;
COMMENT ON FUNCTION dp.merge_plan(text, text, jsonb) IS 'what would become of each group of duplicates: the row that stays, the rows that go, and each value with the key it comes from';

CREATE FUNCTION dp.candidate_pairs(source text, max_block integer DEFAULT 1000, max_pairs float8 DEFAULT 1e8) RETURNS TABLE (a text, b text)
AS 'MODULE_PATHNAME', 'dp_candidate_pairs' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000 ROWS 10000;
COMMENT ON FUNCTION dp.candidate_pairs(text, integer, float8) IS 'pairs of keys that have a band in common; of a block with more rows than that each row with the next';
CREATE FUNCTION dp.candidate_blocks(source text, max_block integer DEFAULT 1000) RETURNS TABLE (band text, rows bigint, pairs bigint, taken bigint)
AS 'MODULE_PATHNAME', 'dp_candidate_blocks' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000 ROWS 1000;
COMMENT ON FUNCTION dp.candidate_blocks(text, integer) IS 'the bands that several rows have, the largest block first: its pairs, and how many dp.candidate_pairs() takes';
