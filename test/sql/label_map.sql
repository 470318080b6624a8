\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
-- fingerprints are those of test/oracle/label_fingerprint.py; similarity is tested against RapidFuzz on floor 0
BEGIN;
SELECT plan(22);
CREATE TEMP TABLE vector (label text, fingerprint text);
INSERT INTO vector VALUES
	('New York', 'new york'),
	('  new   york ', 'new york'),
	('York, New', 'new york'),
	('NEW YORK!', 'new york'),
	('new-york', 'newyork'),
	('A.B.C. Ltd', 'abc ltd'),
	('Ltd. abc', 'abc ltd'),
	('Café Müller', 'cafe muller'),
	('cafe muller', 'cafe muller'),
	('Straße 5', '5 strasse'),
	('STRASSE 5', '5 strasse'),
	('b a B A c', 'a b c'),
	('', ''),
	(' ', ''),
	('?!', ''),
	('日本 東京', '日本 東京'),
	('ＡＢＣ １２', '12 abc'),
	('Ελλάδα ελλαδα', 'ελλαδα'),
	('C++', 'c'),
	('1st, 2nd & 3rd', '1st 2nd 3rd'),
	('Łódź', 'łodz');
SELECT is((SELECT string_agg(format('"%s": "%s"', label, dp.label_fingerprint(label)), ', ') FROM vector WHERE dp.label_fingerprint(label) IS DISTINCT FROM fingerprint), NULL,
	'fingerprints are those of the key collision method');
SELECT is(dp.label_fingerprint(NULL), NULL, 'NULL has none');
SELECT is(provolatile::text || proparallel::text, 'is', 'immutable and parallel safe') FROM pg_proc WHERE oid = 'dp.label_fingerprint'::regproc;

CREATE TEMP TABLE city (label text);
INSERT INTO city SELECT label FROM (VALUES ('New York', 3), ('new york', 2), ('York, New', 1), ('New Yrok', 1), ('NYC', 2), ('Boston', 2), ('BOSTON', 2),
	('', 1), ('?', 2), (NULL, 4)) AS v (label, n), generate_series(1, n);
CREATE FUNCTION pg_temp.map(options jsonb) RETURNS text LANGUAGE sql AS
$$ SELECT string_agg(format('%s>%s %s %s', label, canonical, rows, method), ', ' ORDER BY label COLLATE "C") FROM dp.label_map('city', options) $$;
SELECT is(pg_temp.map('{}'), '> 1 same, ?>? 2 same, BOSTON>BOSTON 2 same, Boston>BOSTON 2 fingerprint, NYC>NYC 2 same, New York>New York 3 same, '
	'New Yrok>New York 1 similarity, York, New>New York 1 fingerprint, new york>New York 2 fingerprint', 'the most frequent spelling, of equals the first; without words as it is');
SELECT is(pg_temp.map('{"min_similarity": 1}') LIKE '%New Yrok>New Yrok 1 same%', true, 'fingerprints alone');
SELECT is(pg_temp.map('{"synonyms": {"nyc": "new york"}}'), '> 1 same, ?>? 2 same, BOSTON>BOSTON 2 same, Boston>BOSTON 2 fingerprint, NYC>new york 2 synonym, '
	'New York>new york 3 synonym, New Yrok>New Yrok 1 same, York, New>new york 1 synonym, new york>new york 2 same', 'synonyms settle what they name and what it becomes');
SELECT is((SELECT count(*) FROM dp.label_map('city') WHERE (similarity IS NULL) = (method = 'similarity')), 0::bigint, 'similarity where it decided');
SELECT is(similarity, dp.text_similarity('new yrok', 'new york'), 'is that of the normal texts') FROM dp.label_map('city') WHERE method = 'similarity';
SELECT is((SELECT string_agg(m::text, ';') FROM dp.label_map('SELECT label FROM city ORDER BY label DESC') AS m),
	(SELECT string_agg(m::text, ';') FROM dp.label_map('SELECT label FROM city ORDER BY label') AS m), 'the order of rows changes nothing');
SELECT is((SELECT sum(rows) FROM dp.label_map('city')), (SELECT count(label)::numeric FROM city), 'every label that is not NULL');
SELECT is((SELECT count(*) FROM dp.label_map('SELECT label FROM city WHERE false')), 0::bigint, 'no rows');
SELECT is((SELECT count(*) FROM dp.label_map(NULL)), 0::bigint, 'NULL');

-- against all pairs in SQL
CREATE TEMP TABLE word AS SELECT DISTINCT 'w' || substr(md5(i::text), 1, 3 + i % 3) AS label FROM generate_series(1, 300) AS i;
CREATE TEMP TABLE near AS SELECT a.label AS a, b.label AS b FROM word a, word b WHERE a.label <= b.label AND dp.text_similarity(a.label, b.label) >= 0.93;
SELECT is((SELECT count(*) FROM near WHERE a <> b) > 10, true, 'there are similar words');
SELECT is((SELECT count(*) FROM dp.label_map('word', '{"min_similarity": 0.93}') AS m JOIN dp.connected_components('near') AS c ON c.key = m.label WHERE c.component = m.canonical),
	(SELECT count(*) FROM word), 'clusters are the connected components of all similar pairs');

SELECT throws_ok($$SELECT * FROM dp.label_map('SELECT 1 AS a, 2 AS b')$$, '42703', 'the source has no column "label"', 'the column');
SELECT throws_ok($$SELECT * FROM dp.label_map('city', '{"min_similarity": 0.1}')$$, '22023', NULL, 'min_similarity is checked');
SELECT throws_ok($$SELECT * FROM dp.label_map('city', '{"synonyms": ["a"]}')$$, '22023', 'invalid value for option "synonyms"', 'synonyms are an object');
SELECT throws_ok($$SELECT * FROM dp.label_map('city', '{"synonyms": {"a": 1}}')$$, '22023', 'synonym "a" does not become a text', 'of texts');
SELECT throws_ok($$SELECT * FROM dp.label_map('city', '{"synonyms": {"a": "b", "b": "c"}}')$$, '22023', NULL, 'without chains');
SELECT throws_ok($$SELECT * FROM dp.label_map('SELECT i::text AS label FROM generate_series(1, 100001) i')$$, '54000', 'too many labels: more than 100000 different ones', 'labels are bounded');
SELECT throws_ok($$SELECT * FROM dp.label_map('SELECT i::text AS label FROM generate_series(1, 30001) i')$$, '54000', 'too many labels to compare: 30001 with different fingerprints', 'and comparisons');
SET datapower.memory_limit = '1MB';
SELECT throws_like($$SELECT * FROM dp.label_map('SELECT i || repeat(''x'', 240) AS label FROM generate_series(1, 1020) i')$$, 'too many labels to compare: % of 1020 take % kB', 'and the memory of their spellings');

SELECT * FROM finish();
ROLLBACK;
