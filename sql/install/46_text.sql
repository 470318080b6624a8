-- Texts compared with each other

CREATE FUNCTION dp.text_similarity(a text, b text, method text DEFAULT 'jaro_winkler') RETURNS float8
AS 'MODULE_PATHNAME', 'dp_text_similarity' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION dp.text_similarity(text, text, text) IS 'how alike two short texts are, 0 to 1: jaro_winkler, jaro or damerau_levenshtein';
CREATE FUNCTION dp.text_distance(a text, b text) RETURNS integer
AS 'MODULE_PATHNAME', 'dp_text_distance' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION dp.text_distance(text, text) IS 'Damerau-Levenshtein: insertions, deletions, replacements and swaps of neighbours that make one text of the other';

CREATE FUNCTION dp.text_normalize(text text, form text DEFAULT 'nfkc', fold_case boolean DEFAULT true,
	strip_punctuation boolean DEFAULT true, strip_accents boolean DEFAULT false) RETURNS text
AS 'MODULE_PATHNAME', 'dp_text_normalize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION dp.text_normalize(text, text, boolean, boolean, boolean) IS 'a text in a normal form of Unicode, without case and punctuation unless they are to stay, its words one space apart';
CREATE FUNCTION dp.text_hash(text text) RETURNS bigint
AS 'MODULE_PATHNAME', 'dp_text_hash' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION dp.text_hash(text) IS 'XXH64 of dp.text_normalize(text): the same for texts with the same words; NULL where there are none';
CREATE FUNCTION dp.text_shingles(text text, ngram integer DEFAULT 5, unit text DEFAULT 'word') RETURNS text[]
AS 'MODULE_PATHNAME', 'dp_text_shingle_list' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;
COMMENT ON FUNCTION dp.text_shingles(text, integer, text) IS 'every run of so many words, or characters, of dp.text_normalize(text)';
CREATE FUNCTION dp.text_jaccard(a text, b text, ngram integer DEFAULT 5, unit text DEFAULT 'word') RETURNS float8
AS 'MODULE_PATHNAME', 'dp_text_jaccard' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION dp.text_jaccard(text, text, integer, text) IS 'the part of their different shingles that two texts share, 0 to 1';

-- Signatures of texts and sets

CREATE FUNCTION dp.simhash(text text, ngram integer DEFAULT 5, unit text DEFAULT 'word') RETURNS bigint
AS 'MODULE_PATHNAME', 'dp_simhash' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION dp.simhash(text, integer, text) IS '64 bits that texts with mostly the same shingles mostly share';
CREATE FUNCTION dp.minhash(text text, ngram integer DEFAULT 5, unit text DEFAULT 'word') RETURNS integer[]
AS 'MODULE_PATHNAME', 'dp_minhash' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION dp.minhash(text, integer, text) IS 'the MinHash signature of a text: 128 numbers that agree with those of another as far as the shingles do';
CREATE FUNCTION dp.minhash_similarity(a integer[], b integer[]) RETURNS float8
AS 'MODULE_PATHNAME', 'dp_minhash_similarity' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.minhash_similarity(integer[], integer[]) IS 'the Jaccard similarity of two sets as their signatures tell it';
CREATE FUNCTION dp.minhash_bands(signature integer[], bands integer DEFAULT 20, rows integer DEFAULT 6) RETURNS bigint[]
AS 'MODULE_PATHNAME', 'dp_minhash_bands' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.minhash_bands(integer[], integer, integer) IS 'hashes of bands of a signature, of which similar ones share one at least: for a GIN index and &&';

CREATE FUNCTION dp.minhash_add(state integer[], token text) RETURNS integer[]
AS 'MODULE_PATHNAME', 'dp_minhash_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.minhash_add(integer[], text) IS 'transition function of dp.minhash_agg';
CREATE FUNCTION dp.minhash_merge(a integer[], b integer[]) RETURNS integer[]
AS 'MODULE_PATHNAME', 'dp_minhash_merge' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.minhash_merge(integer[], integer[]) IS 'the MinHash signature of two sets together';
CREATE AGGREGATE dp.minhash_agg(token text) (
	SFUNC = dp.minhash_add, STYPE = integer[], SSPACE = 600,
	COMBINEFUNC = dp.minhash_merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.minhash_agg(text) IS 'the MinHash signature of a set of tokens, one a row';
CREATE AGGREGATE dp.minhash_agg(signature integer[]) (
	SFUNC = dp.minhash_merge, STYPE = integer[], SSPACE = 600,
	COMBINEFUNC = dp.minhash_merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.minhash_agg(integer[]) IS 'the MinHash signature of several sets together';
