\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
-- weights and cosines against scikit-learn
BEGIN;
SELECT no_plan();
\getenv srcdir PG_ABS_SRCDIR
\set data :srcdir '/data/tfidf.sql'
\i :data

CREATE TEMP TABLE model AS SELECT ngram, unit, (SELECT dp.fit_tfidf(text, ngram, unit) FROM document) AS m
FROM (VALUES (1, 'word'), (2, 'word'), (3, 'character')) v(ngram, unit);
CREATE TEMP VIEW got AS SELECT ngram, unit, id, key AS term, value::float8 AS weight FROM model, fresh, jsonb_each_text(dp.tfidf(m, text));
SELECT is((SELECT count(*) FROM got), (SELECT count(*) FROM weight), 'as many terms');
SELECT is((SELECT string_agg(w::text, ', ') FROM weight w LEFT JOIN got g USING (ngram, unit, id, term) WHERE NOT coalesce(abs(w.weight - g.weight) < 1e-12, false)), NULL, 'weights');
SELECT is((SELECT string_agg(c::text, ', ') FROM cosine c JOIN model USING (ngram, unit) JOIN fresh f ON f.id = fresh JOIN document d ON d.id = document
	WHERE NOT abs(dp.tfidf_similarity(m, f.text, d.text) - cosine) < 1e-12), NULL, 'cosines');
SELECT is((SELECT m::text FROM model WHERE ngram = 1), (SELECT dp.fit_tfidf(text)::text FROM document), 'words are the default');
SELECT is(dp.row_count(m), 45::bigint, 'documents') FROM model WHERE ngram = 1;
SELECT is((SELECT string_agg(ngram::text, ',') FROM model WHERE m::text::dp.tfidf::text <> m::text), NULL, 'text and back');
SELECT is((SELECT dp.merge(x)::text FROM (SELECT dp.fit_tfidf(text) AS x FROM document GROUP BY id % 4) p), (SELECT m::text FROM model WHERE ngram = 1), 'merged from parts');
SELECT is((SELECT dp.fit_tfidf(text)::text FROM (SELECT text FROM document ORDER BY id DESC) x), (SELECT m::text FROM model WHERE ngram = 1), 'in any order');

SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
CREATE FUNCTION pg_temp.plan_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE line text; plan text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN ' || query LOOP plan := plan || line; END LOOP;
	RETURN plan;
END $$;
SELECT matches(pg_temp.plan_of('SELECT dp.fit_tfidf(text) FROM document'), 'Partial Aggregate', 'the plan is parallel');
SELECT is((SELECT dp.fit_tfidf(text)::text FROM document), (SELECT m::text FROM model WHERE ngram = 1), 'parallel gives the same');
CREATE TEMP TABLE many AS SELECT md5(i::text) || ' ' || md5((i / 2)::text) AS text FROM generate_series(1, 3000) i;
SELECT is((SELECT round(dp.tfidf_similarity(dp.fit_tfidf(text), md5('4') || ' ' || md5('9'), md5('9') || ' x')::numeric, 6) FROM many),
	(SELECT round((b / sqrt(a * a + b * b))::numeric, 6) FROM (SELECT ln(3001 / 4.0) + 1 AS a, ln(3001 / 4.0) + 1 AS b) x), 'a table that grew');

SELECT is(dp.tfidf(m, ''), '{}', 'no words, no weights') FROM model WHERE ngram = 1;
SELECT is(dp.tfidf_similarity(m, 'zzzz', 'zzzz'), 0::float8, 'unknown words are like nothing') FROM model WHERE ngram = 1;
SELECT is(abs(dp.tfidf_similarity(m, 'the cat', 'The Cat!') - 1) < 1e-15, true, 'the same words') FROM model WHERE ngram = 1;
SELECT is(dp.tfidf_similarity(m, NULL, 'a'), NULL, 'NULL') FROM model WHERE ngram = 1;
SELECT is((SELECT dp.fit_tfidf(NULL::text) FROM document)::text, NULL, 'nothing but NULLs');
SELECT is((SELECT dp.fit_tfidf(x) FROM (VALUES ('a'), (NULL)) v(x))::text, (SELECT dp.fit_tfidf('a'::text))::text, 'a NULL is no document');
SELECT is(abs(dp.tfidf_similarity(dp.tfidf_add(dp.tfidf_add(NULL, 'a b'), 'b c'), 'a b', 'a b') - 1) < 1e-15, true, 'states by hand, not yet in order');
SELECT throws_ok($$SELECT dp.tfidf_merge((SELECT m FROM model WHERE ngram = 1), (SELECT m FROM model WHERE ngram = 2))$$, '22023', 'terms are of different kinds: 1 words, and 2 words');
SELECT throws_ok($$SELECT dp.fit_tfidf(text, NULL, 'word') FROM document$$, '22004', '"ngram" and "unit" must not be null');
SELECT throws_ok($$SELECT dp.fit_tfidf(text, 1, 'letter') FROM document$$, '22023', 'unrecognized unit "letter"');
SELECT throws_ok(format('SELECT %L::dp.tfidf', s), '22P02', format('invalid input syntax for type dp.tfidf: "%s"', s), 'not a state: ' || s)
FROM unnest('{"",1,"0 0 1 0","1 0 5 2 7 1 7 1","1 0 5 2 9 1 7 1","1 0 5 1 0 1","1 0 5 1 7 6","1 0 5 1 7 0","1 0 5 1 7 1 1","1 2 5 0","1 0 5 2000000 1 1"}'::text[]) s;
SELECT is('1 0 5 1 7 5'::dp.tfidf::text, '1 0 5 1 7 5', 'a state');

SELECT * FROM finish();
ROLLBACK;
