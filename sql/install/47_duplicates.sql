-- Duplicates and groups of them

CREATE FUNCTION dp.connected_components(source text) RETURNS TABLE (key text, component text)
AS 'MODULE_PATHNAME', 'dp_connected_components'
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 100000 ROWS 10000;
COMMENT ON FUNCTION dp.connected_components(text) IS 'of pairs of keys, each key with the smallest it is connected with, directly or through others';
