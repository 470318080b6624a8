\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
-- confident learning against cleanlab: thresholds, joint, quality, and the rows flagged by each method
BEGIN;
SELECT no_plan();
\getenv srcdir PG_ABS_SRCDIR
\set file :srcdir '/data/labels.sql'
\i :file

CREATE FUNCTION pg_temp.near(got float8, wanted float8, tolerance float8 DEFAULT 1e-12) RETURNS boolean LANGUAGE SQL
RETURN abs(got - wanted) <= tolerance * greatest(1, abs(wanted)) AND got <> 'NaN';
CREATE FUNCTION pg_temp.expect(n text) RETURNS float8 LANGUAGE SQL RETURN (SELECT value FROM expected WHERE name = n);
CREATE FUNCTION pg_temp.plan(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE line text; result text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP result := result || line || E'\n'; END LOOP;
	RETURN result;
END $$;

-- thresholds and joint: at once, from stored parts, read back, in parallel
CREATE TABLE many AS SELECT * FROM labelled;
ANALYZE many;
CREATE TEMP TABLE learnt (how text, t dp.label_thresholds, j dp.confident_joint);
INSERT INTO learnt SELECT 'serial', dp.label_thresholds(label, probabilities) FROM labelled;
INSERT INTO learnt SELECT 'merged', dp.merge(t) FROM (SELECT dp.label_thresholds(label, probabilities) t FROM labelled GROUP BY key % 7) p;
INSERT INTO learnt SELECT 'read back', dp.merge(t::text::dp.label_thresholds) FROM (SELECT dp.label_thresholds(label, probabilities) t FROM labelled GROUP BY key % 7) p;
INSERT INTO learnt SELECT 'backwards', dp.label_thresholds(label, probabilities ORDER BY key DESC) FROM labelled;
UPDATE learnt SET j = (SELECT dp.confident_joint(label, probabilities, t) FROM labelled);
UPDATE learnt SET j = (SELECT dp.merge(j) FROM (SELECT dp.confident_joint(label, probabilities, t) j FROM labelled GROUP BY key % 5) p) WHERE how = 'merged';
UPDATE learnt SET j = (SELECT dp.merge(j::text::dp.confident_joint) FROM (SELECT dp.confident_joint(label, probabilities, t) j FROM labelled GROUP BY key % 5) p) WHERE how = 'read back';
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 3;
SELECT dp.label_thresholds(label, probabilities) AS t FROM many \gset
SELECT dp.confident_joint(label, probabilities, (SELECT dp.label_thresholds(label, probabilities) FROM many)) AS j FROM many \gset
SELECT matches(pg_temp.plan($$SELECT dp.label_thresholds(label, probabilities) FROM many$$), 'Partial Aggregate', 'thresholds are learnt in parallel');
SELECT matches(pg_temp.plan($$SELECT dp.confident_joint(label, probabilities, (SELECT dp.label_thresholds(label, probabilities) FROM many)) FROM many$$), 'Partial Aggregate.*Partial Aggregate', 'so is the joint, in one query with them');
SET LOCAL max_parallel_workers_per_gather = 0;
INSERT INTO learnt VALUES ('parallel', :'t', :'j');
SELECT is(count(DISTINCT t::text)::int, 1, 'to the last bit, however they were added') FROM learnt;
SELECT is(count(DISTINCT j::text)::int, 1, 'the joint, too') FROM learnt;

SELECT ok(pg_temp.near((dp.thresholds(t))[c + 1], pg_temp.expect('threshold ' || c), 1e-14), 'threshold of class ' || c) FROM learnt, generate_series(0, 3) c WHERE how = 'serial' ORDER BY c;
SELECT ok((dp.thresholds(t))[5] IS NULL AND array_length(dp.thresholds(t), 1) = 5 AND dp.row_count(t) = 240 AND dp.row_count(j) = 240, 'a class that is nobody''s label has none') FROM learnt WHERE how = 'serial';
SELECT ok(bool_and(greatest(confident, (label = actual)::int) = pg_temp.expect(format('confident %s %s', label, actual))), 'rows surely of a class') FROM learnt, dp.joint_cells(j) WHERE how = 'serial';
SELECT ok(bool_and(pg_temp.near(joint_probability, pg_temp.expect(format('joint %s %s', label, actual))) AND pg_temp.near(expected, 240 * joint_probability)), 'the joint distribution') FROM learnt, dp.joint_cells(j) WHERE how = 'serial';
SELECT ok(count(*) = 20 AND bool_and(pg_temp.near(label_given_actual, pg_temp.expect(format('noise %s %s', label, actual)))), 'noise rates') FROM learnt, dp.joint_cells(j) WHERE how = 'serial' AND actual < 4;
SELECT ok(count(*) = 20 AND bool_and(pg_temp.near(actual_given_label, pg_temp.expect(format('inverse %s %s', label, actual)))), 'inverse noise rates') FROM learnt, dp.joint_cells(j) WHERE how = 'serial' AND label < 4;
SELECT ok(count(*) = 5 AND sum(labelled) = 240 AND bool_and(labelled = (SELECT count(*) FROM labelled WHERE label = class))
	AND bool_and(pg_temp.near(wrong, (SELECT 240 * sum(joint_probability) FROM dp.joint_cells(j) c WHERE c.label = class AND actual <> class)))
	AND bool_and(pg_temp.near(missed, (SELECT 240 * sum(joint_probability) FROM dp.joint_cells(j) c WHERE c.actual = class AND label <> class)))
	AND bool_and(pg_temp.near(quality, 1 - wrong_rate) AND pg_temp.near(missed_rate, missed / nullif(actual, 0)) OR class = 4 AND quality IS NULL AND wrong_rate IS NULL AND missed_rate IS NULL), 'health of each class')
FROM learnt, dp.label_health(j) WHERE how = 'serial';

-- quality
SELECT ok(count(*) = 12 AND bool_and(pg_temp.near(dp.label_quality(label, probabilities, m), value)), 'quality by ' || m)
FROM labelled, unnest('{normalized_margin,self_confidence,confidence_weighted_entropy}'::text[]) m JOIN expected ON true WHERE name = format('%s %s', m, key) GROUP BY m ORDER BY m;
SELECT ok(bool_and(dp.label_quality(label, probabilities) = dp.label_quality(label, probabilities, 'normalized_margin')), 'the margin by default') FROM labelled;
SELECT ok(count(*) = 12 AND bool_and(pg_temp.near(dp.label_quality_multi(labels, probabilities, m), value)), 'several labels by ' || m)
FROM several, unnest('{normalized_margin,self_confidence,confidence_weighted_entropy}'::text[]) m JOIN expected ON true WHERE name = format('multi %s %s', m, key) GROUP BY m ORDER BY m;
SELECT ok(bool_and(pg_temp.near(dp.label_quality_value(target, predicted), pg_temp.expect('value ' || key)) AND pg_temp.near(dp.label_quality_value(target / 10, predicted / 10, 0.1), pg_temp.expect('value ' || key))), 'values') FROM measured;

-- the rows flagged
SELECT is((SELECT string_agg(key, ' ' ORDER BY key::int) FROM dp.label_issues('labelled', method)), keys, 'flagged by ' || method) FROM issue ORDER BY method;
SELECT is((SELECT string_agg(key, ' ' ORDER BY quality, key) FROM dp.label_issues('labelled') i), (SELECT string_agg(key, ' ') FROM dp.label_issues('SELECT * FROM labelled ORDER BY key DESC;')), 'by noise rate by default; the worst first, whatever the order of rows');
SELECT ok(bool_and(i.label = l.label::text AND i.suggested = (SELECT (n - 1)::text FROM unnest(probabilities) WITH ORDINALITY u(p, n) ORDER BY p DESC LIMIT 1) AND i.quality = dp.label_quality(l.label, probabilities)), 'with its label, the most probable class and the quality') FROM dp.label_issues('labelled', 'both') i JOIN labelled l ON l.key = i.key::int;
SELECT is((SELECT string_agg(concat(key, label, suggested), ' ' ORDER BY key) FROM dp.label_issues($$SELECT key, ('{a,b,c,d,e}'::text[])[label + 1] AS label, probabilities FROM labelled$$, classes => '{a,b,c,d,e}')),
	(SELECT string_agg(concat(key, ('{a,b,c,d,e}'::text[])[label::int + 1], ('{a,b,c,d,e}'::text[])[suggested::int + 1]), ' ' ORDER BY key) FROM dp.label_issues('labelled')), 'labels by name');
SELECT is((SELECT string_agg(concat(key, label, suggested), ' ' ORDER BY key) FROM dp.label_issues($$SELECT key, ('{A,B,a,b,ä}'::text[])[label + 1] AS label, probabilities FROM labelled UNION ALL SELECT 900, 'ä', NULL UNION ALL SELECT 901, NULL, NULL$$)),
	(SELECT string_agg(concat(key, ('{A,B,a,b,ä}'::text[])[label::int + 1], ('{A,B,a,b,ä}'::text[])[suggested::int + 1]), ' ' ORDER BY key) FROM dp.label_issues('labelled')), 'by default those there are, in the order of bytes');
SELECT is((SELECT count(*)::int FROM dp.label_issues('SELECT key, NULL::text AS label, probabilities FROM labelled')), 0, 'no names, no issues');
SELECT is((SELECT count(*)::int FROM dp.label_issues('SELECT * FROM labelled WHERE false')), 0, 'no rows, no issues');
SELECT is((SELECT count(*)::int FROM dp.label_issues('SELECT key, 0 AS label, ''{1,0}''::float8[] AS probabilities FROM labelled')), 0, 'one class alone has none');
SELECT is((SELECT count(*)::int FROM dp.label_issues('SELECT key, key % 2 AS label, ''{0.5,0.5}''::float8[] AS probabilities FROM labelled')), 0, 'a label as probable as any class is left alone');
SELECT is((SELECT string_agg(key, ' ' ORDER BY key) FROM dp.label_issues($$SELECT key, label, probabilities FROM labelled UNION ALL SELECT 900, NULL, '{1,0,0,0,0}' UNION ALL SELECT 901, 3, NULL$$)), (SELECT string_agg(key, ' ' ORDER BY key) FROM dp.label_issues('labelled')), 'rows without label or probabilities are left out');
SELECT is(dp.row_count(dp.label_thresholds(label, p))::int, 1, 'by the aggregates as well') FROM (VALUES (1, '{0,1}'::float8[]), (NULL, '{0,1}'), (1, NULL)) v(label, p);

-- arguments
SELECT ok(dp.label_quality(1::smallint, '{0.25,0.75}') = 0.75 AND dp.label_quality('1', '{0,1}') = 1 AND dp.label_quality(0::bigint, ARRAY[0.5, 0.5]) = 0.5 AND dp.label_quality(0, ARRAY[1, 0]) = 1, 'numbers of every type');
PREPARE params(int, float8[]) AS SELECT dp.label_quality($1, $2);
SELECT lives_ok('EXECUTE params(0, ''{0,1}'')', 'parameters');
SELECT ok(dp.label_quality(NULL, '{0,1}') IS NULL AND dp.label_quality(0, NULL) IS NULL AND dp.label_quality_multi(NULL, '{1}') IS NULL AND dp.label_quality_value(NULL, 1) IS NULL AND dp.class_number(NULL, '{a}') IS NULL, 'NULL in, NULL out');
SELECT ok(dp.label_thresholds(label, p) IS NULL, 'no rows, no thresholds') FROM (SELECT 1, '{1,0}'::float8[] WHERE false) v(label, p);
SELECT ok(pg_temp.near(dp.label_quality(0, '{1.0000001,0}'), 1.00000005), 'single precision rounds up');
SELECT is(dp.class_number('b', '{a,b,b}'), 1, 'the first of equal classes');

-- errors
CREATE FUNCTION pg_temp.fails(what text, code text, message text) RETURNS text LANGUAGE SQL AS $$ SELECT throws_ok('SELECT ' || what, code, message, what) $$;
SELECT pg_temp.fails('dp.label_quality(2, ''{0.5,0.5}'')', '22023', 'label 2 is none of 2 classes');
SELECT pg_temp.fails('dp.label_quality(-1, ''{0.5,0.5}'')', '22023', 'label -1 is none of 2 classes');
SELECT pg_temp.fails('dp.label_quality(0, ''{0.5,0.4}'')', '22023', 'probabilities add up to 0.9');
SELECT pg_temp.fails('dp.label_quality(0, ''{NaN,0.4}'')', '22023', 'invalid probability: nan');
SELECT pg_temp.fails('dp.label_quality(0, ''{1.5,-0.5}'')', '22023', 'invalid probability: 1.5');
SELECT pg_temp.fails('dp.label_quality(0, ''{1,NULL}'')', '22004', '"probabilities" must not contain nulls');
SELECT pg_temp.fails('dp.label_quality(0, ''{1}'')', '22023', 'invalid value for parameter "number of classes": 1');
SELECT pg_temp.fails('dp.label_quality(0, ''{}'')', '2202E', '"probabilities" must not be empty');
SELECT pg_temp.fails('dp.label_quality(0, ''{{1,0}}'')', '2202E', '"probabilities" must have one dimension, not 2');
SELECT pg_temp.fails('dp.label_quality(0, ''{1,0}'', ''margin'')', '22023', 'unrecognized method "margin"');
SELECT pg_temp.fails('dp.label_quality_multi(''{0.5}'', ''{1}'')', '22023', 'invalid label: 0.5');
SELECT pg_temp.fails('dp.label_quality_multi(''{1,0}'', ''{1}'')', '22023', 'wrong number of labels: 2');
SELECT pg_temp.fails('dp.label_quality_multi(''{1}'', ''{1.5}'')', '22023', 'invalid value for parameter "probability": 1.5');
SELECT pg_temp.fails('dp.label_quality_value(1, ''NaN'')', '22023', 'a target that is not a finite number has no quality');
SELECT pg_temp.fails('dp.label_quality_value(1, 2, 0)', '22023', 'invalid value for parameter "scale": 0');
SELECT pg_temp.fails('dp.class_number(''c'', ''{a,b}'')', '22023', 'label "c" is not among the classes');
SELECT pg_temp.fails('dp.label_thresholds(0, p) FROM unnest(ARRAY[''1 0'', ''1 0 0'']) t, LATERAL (SELECT string_to_array(t, '' '')::float8[]) s(p)', '22023', 'wrong number of classes: 3');
SELECT pg_temp.fails('dp.confident_joint(0, ''{1,0}'', NULL)', '22004', '"thresholds" must not be null');
SELECT pg_temp.fails('dp.confident_joint(0, ''{1,0}'', (SELECT dp.label_thresholds(0, ''{1,0,0}'')))', '22023', 'wrong number of classes: 2');
SELECT pg_temp.fails('* FROM dp.label_issues(''SELECT 1 AS key, 0 AS label'')', '42703', 'the source has no column "probabilities"');
SELECT pg_temp.fails('* FROM dp.label_issues(''SELECT 1 AS key, text ''''a'''' AS label, ''''{1,0}''''::float8[] AS probabilities'')', '22023', 'the source has 1 different labels, but there are 2 probabilities');
SELECT pg_temp.fails('* FROM dp.label_issues(''SELECT 1 AS key, now() AS label, ''''{1,0}''''::float8[] AS probabilities'')', '42804', 'column "label" of the source has type timestamp with time zone');
SELECT pg_temp.fails('* FROM dp.label_issues(''labelled'', classes => ''{0,1,2,3}'')', '22023', '"classes" has 4 elements, but there are 5 probabilities');
SELECT pg_temp.fails('* FROM dp.label_issues(''labelled'', ''magic'')', '22023', 'unrecognized method "magic"');
SELECT pg_temp.fails('* FROM dp.label_issues(NULL)', '22004', '"source" must not be null');
SELECT pg_temp.fails('* FROM dp.label_issues(''SELECT NULL::int AS key, label, probabilities FROM labelled'')', '22004', '"key" must not be null');
SELECT throws_ok(format('SELECT %L::dp.label_thresholds', t), '22P02', NULL, 'refused as thresholds: ' || t) FROM unnest(ARRAY['', '1 0 0 0', '2 1 0 0 0 0', '2 1 2049 0 0 0 0', '2 0 0 1 0 0 0', '2 1 0 -1 0 0 0', '2001']) t;
SELECT throws_ok(format('SELECT %L::dp.confident_joint', t), '22P02', NULL, 'refused as a joint: ' || t) FROM unnest(ARRAY['', '2 1 0 2 0 0 0', '2 1 0 1 0 0', '2 1 -1 0 0 0 0', '2000 1 1', '2 4503599627370497 0 0 0 0 0']) t;

-- binary, there and back
SELECT current_setting('data_directory') || '/dp_labels.bin' AS file \gset
CREATE TEMP TABLE back (LIKE learnt);
COPY learnt TO :'file' (FORMAT binary);
COPY back FROM :'file' (FORMAT binary);
SELECT is((SELECT string_agg(t::text || j::text, ' ' ORDER BY how) FROM back), (SELECT string_agg(t::text || j::text, ' ' ORDER BY how) FROM learnt), 'binary there and back');

\set file :srcdir '/data/label_entropy.sql'
\i :file
SELECT ok(count(*) = 58 AND bool_and(pg_temp.near(dp.label_quality(label, probabilities, 'confidence_weighted_entropy'), value)), 'entropy of what is sure, right or wrong') FROM weighted_entropy;
SELECT ok(dp.label_quality(0, '{1.0000005,0}', 'confidence_weighted_entropy') = 1 AND dp.label_quality(1, '{1.0000005,1e-9}', 'confidence_weighted_entropy') BETWEEN 0 AND 0.2, 'also where single precision rounded up');

SELECT * FROM finish();
ROLLBACK;
