\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true

-- Memory that is used again by the next row: what it holds, and when it goes
CREATE FUNCTION pg_temp.kept() RETURNS bigint LANGUAGE sql AS
$$SELECT coalesce(sum(total_bytes), 0)::bigint FROM pg_backend_memory_contexts WHERE name = 'datapower scratch'$$;

-- Noise of many sizes, 30 x 20 to 630 x 420
CREATE TEMPORARY TABLE noise AS SELECT i AS id, dp.image_noise(dp.image_resize(dp.image_encode('\x80', 1, 1, 1), 30 * (i + 1), 20 * (i + 1)), 50, 1, i) AS image
	FROM generate_series(0, 20) AS i;

SELECT plan(14);
SELECT cmp_ok(pg_temp.kept(), '<', 20000::bigint, 'nothing is kept from one transaction to the next');
CREATE TEMPORARY TABLE alone (id int, hash text);
DO $$
BEGIN
	FOR i IN 0 .. 20 LOOP
		INSERT INTO alone SELECT id, md5(dp.augment(image, '["flip", {"rotate": {"degrees": [-9, 9]}}, {"blur": {"sigma": 1}}]', 1, id)) FROM noise WHERE id = i;
		COMMIT;
	END LOOP;
END $$;

BEGIN;
SELECT is(count(*), 21::bigint, 'rows of mixed sizes give what each gives alone')
FROM (SELECT id, md5(dp.augment(image, '["flip", {"rotate": {"degrees": [-9, 9]}}, {"blur": {"sigma": 1}}]', 1, id)) AS hash
	FROM (SELECT * FROM noise ORDER BY id * 8 % 21 OFFSET 0) AS mixed) AS m JOIN alone USING (id, hash);
SELECT cmp_ok(pg_temp.kept(), '>', 100000::bigint, 'memory is kept within a transaction');
SELECT cmp_ok(pg_temp.kept(), '<', 16000000::bigint, 'of 16 images at most');
SELECT is(dp.image_difference(dp.image_flip(dp.image_flip(dp.image_invert(dp.image_invert(image)))), image), 0::float8, 'calls within calls') FROM noise WHERE id = 20;

-- Errors leave nothing behind
CREATE FUNCTION pg_temp.fail(n int) RETURNS bigint LANGUAGE plpgsql AS
$$
DECLARE
	damaged bytea := (SELECT substr(dp.image_convert(image, 'jpeg'), 1, 20000) FROM noise WHERE id = 20);
	failed bigint := 0;
BEGIN
	FOR i IN 1 .. n LOOP
		BEGIN
			PERFORM dp.image_flip(damaged);
		EXCEPTION WHEN invalid_binary_representation OR invalid_text_representation THEN
			failed := failed + 1;
		END;
		BEGIN
			PERFORM dp.image_mixup(image, damaged, 0.5), dp.image_inpaint(image, damaged) FROM noise WHERE id = 20;
		EXCEPTION WHEN OTHERS THEN
			failed := failed + 1;
		END;
	END LOOP;
	RETURN failed;
END
$$;
SELECT is(pg_temp.fail(2), 4::bigint, 'broken images fail');
SELECT pg_temp.kept() AS before \gset
SELECT is(pg_temp.fail(200), 400::bigint, 'many of them');
SELECT cmp_ok(pg_temp.kept(), '<=', (:before + 1000000)::bigint, 'and leave no memory behind');

-- A set that is not read to its end, and a savepoint rolled back under it
SAVEPOINT s;
DECLARE copies CURSOR FOR SELECT copy FROM noise, dp.augment_n(image, '["flip"]', 5, 1, 1) WHERE id = 20;
FETCH 3 FROM copies \g /dev/null
ROLLBACK TO s;
SELECT cmp_ok(pg_temp.kept(), '<=', (:before + 1000000)::bigint, 'nor does a cursor that was not read to its end');

-- Within the limit
SET LOCAL datapower.memory_limit = '4MB';
SELECT isnt(count(dp.image_flip(image)), 0::bigint, 'under a small limit') FROM noise;
SELECT cmp_ok(pg_temp.kept(), '<', 540000::bigint, 'an eighth of datapower.memory_limit is kept');
COMMIT;
SELECT cmp_ok(pg_temp.kept(), '<', 20000::bigint, 'nothing is kept after the transaction');

-- Commits while a set is being read
DO $$
DECLARE
	n int := 0;
	r record;
BEGIN
	FOR r IN SELECT augmented FROM noise, dp.augment_n(image, '["flip"]', 20, 1, id) WHERE id > 15 LOOP
		n := n + length(dp.image_hash(r.augmented)::text) / length(dp.image_hash(r.augmented)::text);
		COMMIT;
	END LOOP;
	CREATE TEMPORARY TABLE read AS SELECT n;
END $$;
SELECT is(n, 100, 'commits while a set is read') FROM read;
SELECT cmp_ok(pg_temp.kept(), '<', 20000::bigint, 'and nothing is kept after it');
SELECT * FROM finish();
