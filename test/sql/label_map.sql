\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
-- similarity is tested against RapidFuzz on floor 0
BEGIN;
SELECT plan(27);
\getenv srcdir PG_ABS_SRCDIR
\set file :srcdir '/data/label_fingerprint.sql'
\i :file
SELECT is((SELECT string_agg(format('"%s": "%s" for "%s"', label, dp.label_fingerprint(label), fingerprint), ', ') FROM openrefine WHERE dp.label_fingerprint(label) IS DISTINCT FROM fingerprint), NULL,
	'fingerprints are those of OpenRefine');
SELECT is((SELECT count(*) > 800 FROM openrefine), true, 'of many labels');
-- its n-gram fingerprint, as the docs write it
SELECT is((SELECT string_agg(label, ', ') FROM openrefine CROSS JOIN LATERAL (SELECT replace(dp.text_normalize(label, strip_accents => true), ' ', '')) AS n (word)
	CROSS JOIN LATERAL (SELECT string_agg(DISTINCT substr(word, i, 2) COLLATE "C", '' ORDER BY substr(word, i, 2) COLLATE "C") FROM generate_series(1, length(word) - 1) AS i) AS b (key)
	WHERE bigrams IS NOT NULL AND key <> bigrams), NULL, 'as are those of pairs of letters, in SQL');
SELECT is((SELECT count(*) > 60 FROM openrefine WHERE bigrams IS NOT NULL), true, 'of some labels');
-- what OpenRefine's documentation has its methods for: key collision, and n-grams, for which similarity stands here
CREATE TEMP TABLE documented (label text, canonical text);
INSERT INTO documented VALUES ('New York', 'New York'), ('new york', 'New York'), ('Gödel', 'Gödel'), ('Godel', 'Gödel'), ('Tom Cruise', 'Tom Cruise'), ('Cruise, Tom', 'Tom Cruise'),
	('Krzysztof', 'Krzysztof'), ('Kryzysztof', 'Krzysztof'), ('Krzystof', 'Krzysztof');
SELECT is((SELECT string_agg(m.label || ' > ' || m.canonical, ', ') FROM dp.label_map('SELECT label FROM documented UNION ALL SELECT canonical FROM documented') AS m
	JOIN documented AS d ON d.label = m.label WHERE d.canonical <> m.canonical), NULL, 'its examples are brought together');
SELECT is((SELECT string_agg(DISTINCT canonical, ' ' ORDER BY canonical) FROM dp.label_map('SELECT unnest(ARRAY[''C++'', ''C'', ''A+'', ''A'', ''$5'', ''5'']) AS label')), '$5 5 A A+ C C++', 'symbols are part of a label');
SELECT is(dp.label_fingerprint('Hawaiʻi') || dp.label_fingerprint('ビール') || dp.label_fingerprint(E'a\x01b \u200Bc'), 'hawaiiビールa b c', 'modifiers, but not those of Japanese; what is invisible');
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
SET datapower.memory_limit = '1MB';
SELECT throws_like($$SELECT * FROM dp.label_map('SELECT i || repeat(''x'', 240) AS label FROM generate_series(1, 1020) i')$$, 'too many labels to compare: % of 1020 take % kB', 'and the memory of their spellings');

SELECT * FROM finish();
ROLLBACK;
