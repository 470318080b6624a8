\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
-- corrections proposed, reviewed, applied, reverted; roles, sessions and dumps are in test/t/label_corrections.pl
BEGIN;
SELECT plan(64);
CREATE TABLE flower (id int PRIMARY KEY, species text, petals int);
INSERT INTO flower SELECT i, CASE i % 3 WHEN 0 THEN 'rose' WHEN 1 THEN 'tulip' END, i FROM generate_series(1, 12) i;
CREATE FUNCTION pg_temp.status(VARIADIC keys text[]) RETURNS text LANGUAGE sql AS
$$ SELECT string_agg(key || ' ' || status, ', ' ORDER BY correction_id) FROM dp.label_corrections WHERE key = ANY (keys) $$;
CREATE FUNCTION pg_temp.accept() RETURNS bigint LANGUAGE sql AS
$$ SELECT count(dp.review_label(correction_id, 'accept')) FROM dp.label_corrections WHERE status = 'proposed' $$;

-- proposals
PREPARE proposal AS SELECT p::text FROM dp.propose_labels('flower', 'id', 'species', $$VALUES (1, 'daisy'), (2, 'rose'), (3, 'rose'), (99, 'rose'), (NULL, 'rose'), (4, NULL)$$) p;
SELECT is((SELECT p::text FROM dp.propose_labels('flower', 'id', 'species',
	$$VALUES (1, 'daisy'), (2, 'rose'), (3, 'rose'), (99, 'rose'), (NULL, 'rose'), (4, NULL)$$) p), '(3,0,1,0,2)', 'proposed, known, unchanged, stale, missing');
SELECT results_eq('proposal', ARRAY['(0,3,1,0,2)'], 'the same again is known');
SELECT is((SELECT string_agg(concat_ws(' ', source, key_column, label_column, key, coalesce(label, '-'), coalesce(suggested, '-'), status), ', ' ORDER BY correction_id) FROM dp.label_corrections),
	'public.flower id species 1 tulip daisy proposed, public.flower id species 2 - rose proposed, public.flower id species 4 tulip - proposed', 'the queue');
SELECT is(bool_and(proposed_by = current_user AND proposed_at > now() AND reviewed_by IS NULL AND applied_by IS NULL AND history = '[]'), true, 'who and when') FROM dp.label_corrections;
SELECT is((SELECT string_agg(species, '' ORDER BY id) FROM flower), 'tuliprosetuliprosetuliprosetuliprose', 'nothing is changed yet');
SELECT is((SELECT p::text FROM dp.apply_labels('flower') p), '(0,0)', 'nor applied without a review');
SELECT is((SELECT p::text FROM dp.propose_labels('flower', 'id', 'species', 'SELECT 5 AS key, ''lily'' AS suggested, ''rose'' AS label, 0.25 AS quality, ''looks odd'' AS note'
	' UNION ALL SELECT 7, ''lily'', ''tulip'', 0.5, NULL') p), '(1,0,0,1,0)', 'a proposal about another label than the row has is stale');
SELECT is((SELECT concat_ws(' ', key, label, suggested, quality, note) FROM dp.label_corrections WHERE quality IS NOT NULL), '7 tulip lily 0.5', 'quality');

-- review
SELECT is(pg_temp.accept(), 4::bigint, 'accepted');
SELECT is(dp.review_label(correction_id, 'reject', 'leave it'), 'rejected', 'and the verdict changed') FROM dp.label_corrections WHERE key = '7';
SELECT is(dp.review_label(correction_id, 'reject'), 'rejected', 'the same verdict again') FROM dp.label_corrections WHERE key = '7';
SELECT is((SELECT string_agg(concat_ws(' ', e ->> 'status', e ->> 'by' = current_user, e ->> 'note'), ', ') FROM dp.label_corrections, jsonb_array_elements(history) e WHERE key = '7'),
	'accepted t, rejected t leave it', 'both are in the history, what changes nothing is not');
SELECT is(concat_ws(' ', status, reviewed_by = current_user, review_note), 'rejected t leave it', 'the last one counts') FROM dp.label_corrections WHERE key = '7';
SELECT is((SELECT p::text FROM dp.propose_labels('flower', 'id', 'species', 'SELECT 7 AS key, ''lily'' AS suggested') p), '(0,1,0,0,0)', 'what was rejected is not proposed again');
SELECT is(dp.review_label(NULL, 'accept'), NULL, 'NULL');
SELECT throws_ok('SELECT dp.review_label(1, NULL)', '22004', NULL, 'a verdict is needed');
SELECT throws_ok('SELECT dp.review_label(1, ''maybe'')', '22023', 'unrecognized verdict "maybe"', 'of two');
SELECT throws_ok('SELECT dp.review_label(-1, ''accept'')', '42704', 'correction -1 does not exist', 'unknown correction');

-- apply
UPDATE flower SET species = 'orchid' WHERE id = 4;
SELECT is((SELECT p::text FROM dp.apply_labels('flower') p), '(2,1)', 'applied where the label is what it was');
SELECT is((SELECT string_agg(id || species, ' ' ORDER BY id) FROM flower WHERE id IN (1, 2, 4, 7)), '1daisy 2rose 4orchid 7tulip', 'so they are');
SELECT is(pg_temp.status('1', '2', '4', '7'), '1 applied, 2 applied, 4 stale, 7 rejected', 'status');
SELECT is((SELECT p::text FROM dp.apply_labels('flower') p), '(0,0)', 'once');
SELECT is(bool_and(applied_by = current_user AND applied_at >= reviewed_at), true, 'who and when') FROM dp.label_corrections WHERE status = 'applied';
SELECT throws_like('SELECT dp.review_label(correction_id, ''reject'') FROM dp.label_corrections WHERE key = ''1''', 'correction % cannot become rejected: it is applied', 'too late for a review');
SELECT throws_ok('UPDATE dp.label_proposals SET status = ''applied'' WHERE key = ''7''', '55000', NULL, 'nobody says applied but apply_labels');
UPDATE dp.label_proposals SET status = 'accepted', review_note = 'by hand', suggested = 'forged', proposed_by = 'forged', history = '[]' WHERE key = '4';
SELECT is(concat_ws(' ', coalesce(suggested, '-'), proposed_by = current_user, status, review_note, jsonb_array_length(history)), '- t accepted by hand 3', 'an UPDATE reviews, and changes nothing else') FROM dp.label_corrections WHERE key = '4';

-- revert
UPDATE flower SET species = 'oak' WHERE id = 2;
SELECT is((SELECT p::text FROM dp.revert_labels('flower', ARRAY(SELECT correction_id FROM dp.label_corrections WHERE key = '7')) p), '(0,0)', 'what is not applied is not reverted');
SELECT is((SELECT p::text FROM dp.revert_labels('flower') p), '(1,1)', 'reverted where the label is what was written');
SELECT is((SELECT string_agg(id || species, ' ' ORDER BY id) FROM flower WHERE id IN (1, 2)), '1tulip 2oak', 'so they are');
SELECT is(pg_temp.status('1', '2'), '1 reverted, 2 applied', 'status');
SELECT is(reverted_by = current_user AND reverted_at >= applied_at, true, 'who and when') FROM dp.label_corrections WHERE key = '1';
SELECT is((SELECT p::text FROM dp.propose_labels('flower', 'id', 'species', 'SELECT 1 AS key, ''daisy'' AS suggested') p), '(0,1,0,0,0)', 'what was reverted is not proposed again');
SELECT is(dp.review_label(correction_id, 'accept'), 'accepted', 'but may be accepted again') FROM dp.label_corrections WHERE key = '1';
SELECT is((SELECT p::text FROM dp.apply_labels('flower', ARRAY(SELECT correction_id FROM dp.label_corrections WHERE key = '1')) p), '(1,0)', 'and applied, these corrections alone');
SELECT is(pg_temp.status('1', '4'), '1 applied, 4 accepted', 'others wait');

-- a chain of corrections of one row is taken back from its end; of two for one row the first counts
SELECT dp.propose_labels('flower', 'id', 'species', 'SELECT 1 AS key, ''violet'' AS suggested');
SELECT pg_temp.accept();
SELECT dp.apply_labels('flower');
SELECT is((SELECT p::text FROM dp.revert_labels('flower', ARRAY(SELECT correction_id FROM dp.label_corrections WHERE key = '1')) p), '(2,0)', 'a chain is reverted');
SELECT is(species, 'tulip', 'to its beginning') FROM flower WHERE id = 1;
SELECT dp.propose_labels('flower', 'id', 'species', 'VALUES (9, ''a''), (9, ''b'')');
SELECT pg_temp.accept();
SELECT is((SELECT p::text FROM dp.apply_labels('flower') p), '(1,1)', 'two for one row');
SELECT is(species, 'a', 'the first counts') FROM flower WHERE id = 9;

-- types of keys and labels
CREATE TYPE colour AS ENUM ('red', 'green');
CREATE DOMAIN grade AS int CHECK (VALUE BETWEEN 0 AND 9);
CREATE DOMAIN shade AS colour NOT NULL;
CREATE DOMAIN spread AS int[];
CREATE TABLE "Odd ""one""" ("a key" timestamptz, "E" colour, n numeric(5, 2), g grade, d float8, v varchar(3), c char(5), j json, k uuid, b bytea, i interval, x float4);
INSERT INTO "Odd ""one""" SELECT ('2026-01-0' || k || ' 12:00+02')::timestamptz, 'red', k, k, 0.1 + k, 'v' || k, 'c' || k, '{}', md5(k::text)::uuid, decode('0' || k, 'hex'), make_interval(hours => -k), k + 0.1
FROM generate_series(1, 5) k;
CREATE FUNCTION pg_temp.round_trip(k text, l text, suggested text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	before text; after text; restored text; counts text;
	look text := format('SELECT string_agg(concat_ws(''|'', %I, %I), '' '') FROM (SELECT * FROM "Odd ""one""" ORDER BY "a key") q', k, l);
BEGIN
	EXECUTE look INTO before;
	SELECT string_agg(p::text, '') INTO counts FROM dp.propose_labels('"Odd ""one"""', k, l, format('SELECT %I AS key, %L AS suggested FROM "Odd ""one""" WHERE g < 4', k, suggested)) p;
	SET LOCAL datestyle = 'German'; SET LOCAL timezone = 'Asia/Kathmandu'; SET LOCAL intervalstyle = 'iso_8601'; SET LOCAL extra_float_digits = -5;
	counts := counts || (SELECT p::text FROM dp.propose_labels('"Odd ""one"""', k, l, format('SELECT %I AS key, %L AS suggested FROM "Odd ""one""" WHERE g < 4', k, suggested)) p);
	PERFORM dp.review_label(correction_id, 'accept') FROM dp.label_corrections WHERE status = 'proposed';
	counts := counts || (SELECT p::text FROM dp.apply_labels('"Odd ""one"""') p);
	counts := counts || (SELECT p::text FROM dp.apply_labels('"Odd ""one"""') p);
	RESET datestyle; RESET timezone; RESET intervalstyle; RESET extra_float_digits;
	EXECUTE look INTO after;
	counts := counts || (SELECT p::text FROM dp.revert_labels('"Odd ""one"""') p);
	EXECUTE look INTO restored;
	RETURN counts || (before = after)::text || (before = restored)::text;
END $$;
SELECT is(pg_temp.round_trip('a key', 'E', 'green'), '(3,0,0,0,0)(0,3,0,0,0)(3,0)(0,0)(3,0)falsetrue', 'an enum by a time, whatever the settings');
SELECT is(pg_temp.round_trip('k', 'n', '1.239'), '(3,0,0,0,0)(0,3,0,0,0)(3,0)(0,0)(3,0)falsetrue', 'a numeric, rounded as its column does, by a uuid');
SELECT is(pg_temp.round_trip('b', 'g', '7'), '(3,0,0,0,0)(0,3,0,0,0)(3,0)(0,0)(3,0)falsetrue', 'a domain by a bytea');
SELECT is(pg_temp.round_trip('i', 'd', '0.30000000000000004'), '(3,0,0,0,0)(0,3,0,0,0)(3,0)(0,0)(3,0)falsetrue', 'a number by an interval');
SELECT is(pg_temp.round_trip('v', 'c', 'x'), '(3,0,0,0,0)(0,3,0,0,0)(3,0)(0,0)(3,0)falsetrue', 'a padded text by a varchar');
SELECT is(pg_temp.round_trip('n', 'v', 'abc'), '(3,0,0,0,0)(0,3,0,0,0)(3,0)(0,0)(3,0)falsetrue', 'a varchar by a numeric');

ALTER TABLE "Odd ""one""" ADD "D e" shade DEFAULT 'red', ADD ds spread DEFAULT '{1,2}';
SELECT is(pg_temp.round_trip('k', 'D e', 'green'), '(3,0,0,0,0)(0,3,0,0,0)(3,0)(0,0)(3,0)falsetrue', 'a domain over an enum');
SELECT is(pg_temp.round_trip('k', 'ds', '{3}'), '(3,0,0,0,0)(0,3,0,0,0)(3,0)(0,0)(3,0)falsetrue', 'and over an array');
SELECT is((SELECT p::text FROM dp.propose_labels('"Odd ""one"""', 'k', 'D e', 'SELECT k AS key, ''green'' AS suggested, CASE WHEN g = 1 THEN ''red'' WHEN g = 2 THEN ''green'' END AS label FROM "Odd ""one""" WHERE g IN (1, 2, 3, 7)') p),
	'(0,1,0,2,0)', 'whose labels before are compared, one that is NULL too');
SELECT is((SELECT p::text FROM dp.propose_labels('"Odd ""one"""', 'D e', 'v', 'SELECT ''green'' AS key, ''x'' AS suggested') p), '(0,0,0,0,1)', 'and as a key');

-- errors
SELECT throws_ok($$SELECT dp.propose_labels('flower', 'id', 'kind', 'flower')$$, '42703', 'table public.flower has no column "kind"', 'the columns exist');
SELECT throws_ok($$SELECT dp.propose_labels('flower', 'ctid', 'species', 'flower')$$, '42703', NULL, 'and are the table''s own');
SELECT throws_ok($$SELECT dp.propose_labels('flower', 'id', 'id', 'flower')$$, '22023', 'column "id" cannot be key and label', 'two');
SELECT throws_ok($$SELECT dp.propose_labels('flower', 'id', 'species', 'SELECT 1 AS key, 2 AS label')$$, '42703', 'the source has no column "suggested"', 'a suggestion is needed');
SELECT throws_ok($$SELECT dp.propose_labels('"Odd ""one"""', 'k', 'E', 'SELECT k AS key, ''blue'' AS suggested FROM "Odd ""one"""')$$, '22P02', NULL, 'the column would not take it');
SELECT throws_ok($$SELECT dp.propose_labels('"Odd ""one"""', 'k', 'g', 'SELECT k AS key, 10 AS suggested FROM "Odd ""one"""')$$, '23514', NULL, 'nor a domain');
SELECT throws_ok($$SELECT dp.propose_labels('"Odd ""one"""', 'k', 'v', 'SELECT k AS key, ''long'' AS suggested FROM "Odd ""one"""')$$, '22001', NULL, 'nor its length');
SELECT throws_ok($$SELECT dp.propose_labels('"Odd ""one"""', 'k', 'j', 'SELECT k AS key, ''1'' AS suggested FROM "Odd ""one"""')$$, '42883', 'values of type json cannot be compared', 'what cannot be compared');
SELECT throws_ok($$SELECT dp.propose_labels('"Odd ""one"""', 'E', 'v', 'SELECT ''red'' AS key, ''x'' AS suggested')$$, '21000', NULL, 'a key of several rows');
SELECT throws_ok($$SELECT dp.propose_labels('pg_roles', 'oid', 'rolname', 'SELECT 1 AS key, ''x'' AS suggested')$$, '42809', 'pg_catalog.pg_roles is not a table', 'no view');
SELECT throws_ok(format('SELECT dp.propose_labels(''flower'', ''id'', ''species'', ''SELECT 1 AS key, ''''x'''' AS suggested, %s AS quality'')', q), '22023', NULL, 'a quality of ' || q)
FROM unnest('{-0.1,1.5,''''NaN''''::float8}'::text[]) q;
CREATE TABLE made (id int GENERATED ALWAYS AS IDENTITY, k int, l text GENERATED ALWAYS AS (k::text) STORED);
SELECT throws_ok($$SELECT dp.propose_labels('made', 'k', 'l', 'SELECT 1, ''x''')$$, '428C9', 'labels in column "l" of table public.made are generated', 'nor what is computed');
SELECT throws_ok($$SELECT dp.propose_labels('made', 'k', 'id', 'SELECT 1, 2')$$, '428C9', 'labels in column "id" of table public.made are generated', 'nor an identity');

SELECT * FROM finish();
ROLLBACK;
