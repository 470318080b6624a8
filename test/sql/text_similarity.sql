\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
-- the numbers themselves are tested against RapidFuzz on floor 0
BEGIN;
SELECT no_plan();

SELECT is(round(dp.text_similarity('MARTHA', 'MARHTA')::numeric, 12), 0.961111111111, 'Jaro-Winkler is the default');
SELECT is(round(dp.text_similarity('DIXON', 'DICKSONX', 'jaro')::numeric, 12), 0.766666666667, 'Jaro');
SELECT is(dp.text_similarity('ca', 'abc', 'damerau_levenshtein') BETWEEN 0.333333 AND 0.333334, true, 'edits against the longer length');
SELECT is(dp.text_distance('ca', 'abc'), 2, 'a swapped pair may be edited between');
SELECT is(dp.text_distance('Straße', 'Strasse'), 2, 'characters count, not bytes');
SELECT is(array[dp.text_similarity('', ''), dp.text_similarity('', '', 'damerau_levenshtein'), dp.text_similarity('', 'a'), dp.text_similarity('', 'a', 'damerau_levenshtein')],
	array[1, 1, 0, 0]::float8[], 'empty texts');
SELECT is(dp.text_similarity(NULL, 'a'), NULL, 'NULL');
SELECT is(dp.text_distance('a', NULL), NULL, 'NULL again');
SELECT is(dp.text_distance(repeat('a', 10000), repeat('b', 9999) || 'a'), 9999, 'long texts');
SELECT throws_ok($$SELECT dp.text_distance(repeat('ä', 10001), 'a')$$, '54000', 'text is too long to compare: 10001 characters');
SELECT throws_ok($$SELECT dp.text_similarity('a', repeat('ä', 20001))$$, '54000', 'text is too long to compare: 20001 characters');
SELECT throws_ok($$SELECT dp.text_similarity('a', 'b', 'soundex')$$, '22023', 'unrecognized method "soundex"');
SELECT is(dp.text_similarity('x'::varchar, 'x'::bpchar), 1::float8, 'other types of strings');
SELECT is(provolatile::text || proparallel::text, 'is', 'immutable and parallel safe') FROM pg_proc WHERE oid = 'dp.text_similarity'::regproc;

SELECT * FROM finish();
ROLLBACK;
