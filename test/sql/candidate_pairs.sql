\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
-- candidate pairs against joins in plain SQL; huge blocks cut, and what stays connected; what makes no sense
BEGIN;
SELECT no_plan();
CREATE FUNCTION pg_temp.h(i int, salt int) RETURNS int LANGUAGE SQL IMMUTABLE RETURN (hashint8extended(i, salt) & 1048575)::int;
CREATE TABLE banded AS SELECT i AS key, ARRAY[pg_temp.h(i, 1) % 700, 1000 + pg_temp.h(i, 2) % 700, CASE WHEN i % 10 > 0 THEN 2000 + pg_temp.h(i, 3) % 10 END, 1000 + pg_temp.h(i, 2) % 700] AS bands FROM generate_series(1, 2000) i;
INSERT INTO banded SELECT 10000 + key, bands FROM banded WHERE key % 7 = 0;
INSERT INTO banded VALUES (20000, NULL), (20001, '{}'), (20002, '{NULL}');
CREATE VIEW band AS SELECT DISTINCT key, band, hash_array_extended(bands, 0) AS h FROM banded, unnest(bands::bigint[]) AS band WHERE band IS NOT NULL;

-- all pairs of rows that have a band in common
CREATE FUNCTION pg_temp.differences(pairs text, wanted text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	EXECUTE format('SELECT (SELECT count(*) FROM ((SELECT * FROM (%1$s) p EXCEPT ALL SELECT * FROM (%2$s) w) UNION ALL (SELECT * FROM (%2$s) w EXCEPT ALL SELECT * FROM (%1$s) p)) d) + CASE WHEN (SELECT count(*) FROM (%1$s) p) > 1000 THEN 0 ELSE 1000 END', pairs, wanted) INTO n;
	RETURN n;
END $$;
SELECT is(pg_temp.differences('SELECT a::int, b::int FROM dp.candidate_pairs(''banded'')', 'SELECT DISTINCT x.key, y.key FROM band x JOIN band y ON x.band = y.band AND x.key < y.key'), 0::bigint, 'each pair with a band in common, once, the lower key first');
SELECT is(pg_temp.differences('SELECT a, b FROM dp.candidate_pairs(''SELECT key::text, bands::text[] FROM banded'')', 'SELECT DISTINCT x.key::text, y.key::text FROM band x JOIN band y ON x.band = y.band AND x.key::text COLLATE "C" < y.key::text COLLATE "C"'), 0::bigint, 'of texts too, by their bytes');
SELECT is(pg_temp.differences('SELECT a::int, b::int FROM dp.candidate_pairs(''SELECT key AS key, bands[1] AS bands FROM banded'')', 'SELECT x.key, y.key FROM banded x JOIN banded y ON x.bands[1] = y.bands[1] AND x.key < y.key'), 0::bigint, 'one band that is no array');

-- larger blocks
SET LOCAL client_min_messages = error;
SELECT is(pg_temp.differences('SELECT a::int, b::int FROM dp.candidate_pairs(''banded'', 100)', 'SELECT DISTINCT least(x.key, y.key), greatest(x.key, y.key) FROM (SELECT *, count(*) OVER (PARTITION BY band) AS n, row_number() OVER (PARTITION BY band ORDER BY h, key) AS place FROM band) x
	JOIN (SELECT *, row_number() OVER (PARTITION BY band ORDER BY h, key) AS place FROM band) y ON x.band = y.band AND CASE WHEN n > 100 THEN x.place + 1 = y.place ELSE x.key < y.key END'), 0::bigint, 'of a block of more than max_block rows each with the next');
CREATE TEMP TABLE near AS SELECT a, b FROM dp.candidate_pairs('banded', 2) JOIN banded x ON x.key = a::int JOIN banded y ON y.key = b::int WHERE x.bands = y.bands;
SELECT ok(count(*) FILTER (WHERE y.component = x.component) = count(*) AND count(*) = 285, 'rows with the same bands stay connected whatever is cut') FROM banded c JOIN banded d ON d.key = c.key + 10000 LEFT JOIN dp.connected_components('near') x ON x.key::int = c.key LEFT JOIN dp.connected_components('near') y ON y.key::int = d.key;
SELECT is((SELECT string_agg(a || ' ' || b, ',') FROM dp.candidate_pairs('SELECT * FROM banded ORDER BY md5(key::text)', 50)), (SELECT string_agg(a || ' ' || b, ',') FROM dp.candidate_pairs('SELECT * FROM banded ORDER BY key DESC', 50)), 'the order of rows changes nothing');
SELECT is(count(*), 49999::bigint, 'a block of many is one pair for a row') FROM dp.candidate_pairs('SELECT i AS key, 1 AS bands FROM generate_series(1, 50000) i');
RESET client_min_messages;
SELECT is(count(*), 2::bigint, 'with a warning') FROM dp.candidate_pairs('SELECT i AS key, ''same'' AS bands FROM generate_series(1, 3) i', 2);
SELECT is(count(*), 4::bigint, 'and its plural') FROM dp.candidate_pairs('SELECT i AS key, i % 2 AS bands FROM generate_series(1, 6) i', 2);

-- blocks
SELECT ok(count(*) = 0, 'blocks with their pairs') FROM dp.candidate_blocks('banded', 100) b FULL JOIN (SELECT band::text, count(*) AS rows, count(*) * (count(*) - 1) / 2 AS pairs, CASE WHEN count(*) > 100 THEN count(*) - 1 ELSE count(*) * (count(*) - 1) / 2 END AS taken FROM band GROUP BY 1 HAVING count(*) > 1) w USING (band, rows, pairs, taken)
WHERE b IS NULL OR w IS NULL;
SELECT ok(count(*) > 1000 AND array_agg(rows) = array_agg(rows ORDER BY rows DESC), 'the largest first') FROM dp.candidate_blocks('banded');
SELECT is((SELECT count(*) FROM dp.candidate_blocks('SELECT 1 AS key, NULL::int[] AS bands')) + (SELECT count(*) FROM dp.candidate_pairs('SELECT key, bands FROM banded WHERE false')), 0::bigint, 'no bands, no rows');

-- what makes no sense
SELECT throws_ok(format('SELECT * FROM dp.candidate_pairs(%L, %L, %L)', source, max_block, max_pairs), code, message, message) FROM (VALUES
	('SELECT key, bands, bands AS other FROM banded', 1, 1e8, '22023', 'invalid value for parameter "max_block": 1'), ('banded', 100001, 1e8, '22023', 'invalid value for parameter "max_block": 100001'), ('banded', 10, 0, '22023', 'invalid value for parameter "max_pairs": 0'),
	('SELECT key AS id, bands, 1 FROM banded', 10, 1e8, '42703', 'the source has no column "key"'), ('SELECT key, 1 AS a, 2 AS b FROM banded', 10, 1e8, '42703', 'the source has no column "bands"'), ('SELECT key, key, bands FROM banded', 10, 1e8, '42702', 'the source has two columns "key"'), ('SELECT NULL::int AS key, 1 AS bands', 10, 1e8, '22004', 'a key of the source is null'),
	('banded', 1000, 1000, '54000', 'too many candidate pairs: more than 1000'), ('banded', NULL, 1000, '22004', '"max_block" must not be null'), ('nothing', 10, 1000, '42P01', 'relation "nothing" does not exist')) v(source, max_block, max_pairs, code, message);
SELECT throws_ok($$SELECT * FROM dp.candidate_blocks('banded', 1)$$, '22023', 'invalid value for parameter "max_block": 1', 'blocks of one');
CREATE ROLE candidate_test;
SET LOCAL ROLE candidate_test;
SELECT throws_ok($$SELECT * FROM dp.candidate_pairs('banded')$$, '42501', 'permission denied for table banded', 'a table that may not be read');
RESET ROLE;
SET LOCAL datapower.memory_limit = '1MB';
SELECT throws_like($$SELECT * FROM dp.candidate_pairs('SELECT i AS key, i / 2 AS bands FROM generate_series(1, 100000) i')$$, 'too many keys: more than %', 'more keys than memory');
SELECT throws_like($$SELECT * FROM dp.candidate_pairs('SELECT repeat(i::text, 500) AS key, 1 AS bands FROM generate_series(1, 3000) i', 3000)$$, 'the keys of a block take % kB', 'or in a block');

SELECT * FROM finish();
ROLLBACK;
