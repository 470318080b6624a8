\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
-- classes made equally large
BEGIN;
SELECT no_plan();

CREATE FUNCTION pg_temp.report(q text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE m text; h text; s text;
BEGIN
	EXECUTE q;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS m = MESSAGE_TEXT, h = PG_EXCEPTION_HINT, s = RETURNED_SQLSTATE;
	RETURN concat_ws(' | ', s, m, nullif(h, ''));
END $$;
CREATE TABLE dp_test_photo AS SELECT id, dp.image_encode(set_byte('\x00', 0, id % 256), 1, 1, 1, 'pnm') AS image,
	CASE WHEN id <= 50 THEN 'house' WHEN id <= 57 THEN 'boat' WHEN id <= 60 THEN 'car' END AS label FROM generate_series(1, 64) AS id;

SELECT results_eq($$SELECT * FROM dp.augment_plan('dp_test_photo')$$,
	$$VALUES ('boat', 7::bigint, 50::bigint, 7::bigint, 1::bigint), ('car', 3, 50, 16, 2), ('house', 50, 50, 1, 0)$$, 'up to the largest class; without a label no class');
SELECT results_eq($$SELECT * FROM dp.augment_plan('dp_test_photo', 20)$$,
	$$VALUES ('boat', 7::bigint, 20::bigint, 2::bigint, 6::bigint), ('car', 3, 20, 6, 2), ('house', 50, 20, 0, 20)$$, 'a larger class is made smaller');
SELECT results_eq($$SELECT label, copies FROM dp.augment_plan('SELECT id % 2 = 0 AS target, image FROM dp_test_photo', target => 64)$$, $$VALUES ('false', 2::bigint), ('true', 2)$$, 'a column "target", of type boolean');
SELECT results_eq($$SELECT label, images FROM dp.augment_plan('SELECT id % 3 FROM dp_test_photo')$$, $$VALUES ('0', 21::bigint), ('1', 22), ('2', 21)$$, 'a single column of any name');
SELECT results_eq($$SELECT sum(images), count(*), max(extra) FROM dp.augment_plan('SELECT i AS label FROM generate_series(1, 5000) i')$$, $$VALUES (5000::numeric, 5000::bigint, 0::bigint)$$, 'many classes');
SELECT is_empty($$SELECT * FROM dp.augment_plan('SELECT label FROM dp_test_photo WHERE false')$$, 'no rows');
SELECT is_empty($$SELECT * FROM dp.augment_plan(NULL)$$, 'NULL');
SELECT is((SELECT count(*) FROM dp.augment_plan('dp_test_photo', 1000000000000000)), 3::bigint, 'the largest target');

-- the query of docs/augmentation.md, to several targets
CREATE FUNCTION pg_temp.expand(wanted bigint) RETURNS TABLE (id int, copy bigint, label text, image bytea) LANGUAGE sql AS $$
	SELECT id, copy, label, CASE copy WHEN 1 THEN image ELSE dp.augment(image, '[{"noise": {"sigma": 30}}]', seed => copy, key => id) END
	FROM (SELECT *, row_number() OVER (PARTITION BY label ORDER BY id) - 1 AS n FROM dp_test_photo) AS numbered
	JOIN dp.augment_plan('dp_test_photo', wanted) AS plan USING (label),
		generate_series(1, copies + (dp.mix_partner(n, images, seed => 1) < extra)::int) AS copy $$;
SELECT is((SELECT string_agg(label || ' ' || n, ', ' ORDER BY label) FROM (SELECT label, count(*) AS n FROM pg_temp.expand(t) GROUP BY 1) AS s), format('boat %s, car %1$s, house %1$s', t), 'each class has exactly ' || t)
	FROM unnest('{1,2,3,7,20,49,50,51,123}'::bigint[]) AS t;
SELECT ok(max(n) - min(n) <= 1, 'each image as often, give or take one: ' || label) FROM (SELECT label, id, count(*) AS n FROM pg_temp.expand(123) GROUP BY 1, 2) AS s GROUP BY label ORDER BY label;
SELECT is(count(*)::int, 64 - 4, 'copy 1 is the image itself') FROM pg_temp.expand(50) AS e JOIN dp_test_photo AS p USING (id) WHERE copy = 1 AND e.image = p.image;
SELECT ok(count(DISTINCT image) > 20, 'the others are changed') FROM pg_temp.expand(50) WHERE label = 'car';
SELECT is(count(DISTINCT id)::int, 20, 'a smaller class is a sample without repetition') FROM pg_temp.expand(20) WHERE label = 'house';

SELECT is(pg_temp.report($$SELECT * FROM dp.augment_plan('dp_test_photo', 0)$$), '22023 | invalid value for parameter "target": 0', 'a target of nothing');
SELECT is(pg_temp.report($$SELECT * FROM dp.augment_plan('SELECT 1 AS a, 2 AS b')$$), '42703 | the source has no column "label" | Name it in a query, as in SELECT class AS label FROM photos.', 'no label');
SELECT is(pg_temp.report($$SELECT * FROM dp.augment_plan('SELECT 1 AS label, 2 AS target')$$), '42702 | the source has two columns for the same thing: "label" and "target" | Name the columns you mean in a query.', 'two labels');
SELECT alike(pg_temp.report($$SELECT * FROM dp.augment_plan('nowhere')$$), '42P01 | relation "nowhere" does not exist%', 'no such table');
SELECT alike(pg_temp.report($$SELECT * FROM dp.augment_plan('DELETE FROM dp_test_photo')$$), '42601 | the source is not a query%', 'not a query');

SELECT * FROM finish();
ROLLBACK;
