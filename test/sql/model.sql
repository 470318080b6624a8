\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
-- models as values, against PyTorch and bytes written by Python (test/oracle/predict.py)
BEGIN;
\getenv dir PG_ABS_SRCDIR
\set data :dir '/data/predict.sql'
\i :data
SELECT plan(49);

CREATE FUNCTION pg_temp.near(a float8, b float8) RETURNS boolean LANGUAGE SQL AS
	$$ SELECT abs(a - b) <= 1e-5 * greatest(1, abs(b)) $$;

-- ---- the bytes ----
SELECT is((SELECT string_agg(model, ', ') FROM oracle_value WHERE dp.model_value(model)::text <> value), NULL, 'the text of a model is the one that Python writes');
SELECT cmp_ok((SELECT count(*) FROM oracle_value), '>', 7::bigint, 'of several models');
CREATE TEMP TABLE deployed AS SELECT model, value::dp.model AS value FROM oracle_value;
SELECT is((SELECT string_agg(model, ', ') FROM deployed JOIN oracle_value o USING (model) WHERE deployed.value::text <> o.value), NULL, 'text read and written is the same text');
SELECT ok((SELECT bool_and(encode('dpmodel1'::bytea || decode(substr(o.value, 10), 'base64'), 'hex') = encode(dp.model_send(d.value), 'hex'))
	FROM deployed d JOIN oracle_value o USING (model)), 'the binary form is those bytes');
DO $$ BEGIN PERFORM oracle_second_version(); END $$;
SELECT is(dp.model_value('changing', 1)::text, (SELECT value FROM oracle_value WHERE model = 'changing'), 'a version that is named');
SELECT isnt(dp.model_value('changing')::text, dp.model_value('changing', 1)::text, 'else the newest');
SELECT is(dp.model_value('changing', NULL)::text, dp.model_value('changing', 2)::text, 'also where it is NULL');
SELECT is(dp.model_value(NULL) IS NULL, true, 'NULL in, NULL out');
SELECT throws_ok($$SELECT dp.model_value('no')$$, '42704', 'model "no" does not exist', 'a model that does not exist');
SELECT throws_ok($$SELECT dp.model_value('changing', 3)$$, '42704', 'version 3 of model "changing" does not exist', 'nor that version');
SELECT throws_ok($$SELECT dp.model_value('changing', 0)$$, '22023', NULL, 'a version that cannot be');

-- from here on nothing is in the tables
CREATE TEMP TABLE big AS SELECT name, dp.model_value(name) AS value FROM (VALUES ('big one'), ('big two')) v(name);
CREATE TEMP TABLE huge AS SELECT dp.model_value('poster') AS value;
UPDATE dp.models SET network = '[{"dense": {"units": 1000000}}, {"dense": {"units": 150}}, {"dense": {}}]' WHERE name = 'price';
SELECT throws_ok($$SELECT dp.model_value('price')$$, '54000', 'model is too big for a value of type dp.model', 'a model over the limit of values');
DELETE FROM dp.model_names;

-- ---- predictions ----
SELECT ok((SELECT bool_and(pg_temp.near(p.probability, r.y[array_position(ARRAY['iris', 'lily', 'it''s a rose'], p.class)])) AND count(*) = 120
	FROM oracle_row r JOIN deployed d USING (model), dp.predict_proba(d.value, r.features) p WHERE model = 'flowers'), 'probabilities of features');
SELECT ok((SELECT bool_and(pg_temp.near(p.probability, r.y[array_position(ARRAY['beach', 'city', 'forest', 'sea'], p.class)])) AND count(*) = 36
	FROM oracle_row r JOIN deployed d USING (model), dp.predict_proba(d.value, r.image) p WHERE model = 'photos'), 'of images');
SELECT ok((SELECT bool_and(dp.predict(d.value, image) = label) AND count(*) = 11 FROM oracle_row JOIN deployed d USING (model) WHERE model = 'digits' AND n > 0), 'classes of images');
SELECT ok((SELECT bool_and(dp.predict(d.value, features) = (SELECT (ARRAY['iris', 'lily', 'it''s a rose'])[o] FROM unnest(y) WITH ORDINALITY u(v, o) ORDER BY v DESC LIMIT 1))
	FROM oracle_row JOIN deployed d USING (model) WHERE model = 'flowers'), 'of features');
SELECT ok((SELECT bool_and(pg_temp.near(dp.predict_value(d.value, features), y[1])) AND count(*) = 30 FROM oracle_row JOIN deployed d USING (model) WHERE model = 'price'), 'a value');
SELECT ok((SELECT bool_and(pg_temp.near(a[1], y[1]) AND pg_temp.near(a[2], y[2])) AND count(*) = 20
	FROM (SELECT dp.predict_values(d.value, features) a, y FROM oracle_row JOIN deployed d USING (model) WHERE model = 'pair') s), 'two values');
SELECT ok((SELECT bool_and((SELECT bool_and(pg_temp.near(v, w)) FROM unnest(a, y) u(v, w))) AND count(*) = 102 FROM (
	SELECT e.y, CASE WHEN model = 'flowers' THEN dp.embed(d.value, features, layer) ELSE dp.embed(d.value, image, layer) END AS a
	FROM oracle_embedding e JOIN oracle_row r USING (model, n) JOIN deployed d USING (model)) s), 'outputs of layers');
SELECT is(dp.predict(NULL::dp.model, ARRAY[1.0]) IS NULL AND dp.embed(NULL::dp.model, ARRAY[1.0]) IS NULL
	AND (SELECT dp.predict(value, NULL::bytea) FROM deployed WHERE model = 'photos') IS NULL, true, 'NULL in, NULL out');
SELECT throws_ok($$SELECT dp.predict(value, ARRAY[1.0, 2, 3]) FROM deployed WHERE model = 'flowers'$$, '22023', 'row has 3 features, but the network takes 4', 'errors are those of a model by name');
SELECT throws_ok($$SELECT dp.predict(value, ARRAY[1.0, 2, 3]) FROM deployed WHERE model = 'price'$$, '22023', 'model "price" predicts values, not a class', 'with its name');

-- ---- equal, in an order, hashed ----
CREATE TEMP TABLE twice AS SELECT 1 AS copy, * FROM deployed UNION ALL SELECT 2, model, value::text::dp.model FROM deployed;
SELECT is((SELECT count(*) FROM (SELECT DISTINCT value FROM twice) t), (SELECT count(*) FROM deployed), 'DISTINCT');
SELECT is((SELECT string_agg(DISTINCT copies::text, ',') FROM (SELECT count(*) AS copies FROM twice GROUP BY value) t), '2', 'GROUP BY');
SET LOCAL enable_hashagg = off;
SELECT is((SELECT string_agg(DISTINCT copies::text, ',') FROM (SELECT count(*) AS copies FROM twice GROUP BY value) t), '2', 'also sorted');
RESET enable_hashagg;
SELECT is((SELECT count(*) FROM twice a JOIN twice b ON a.value OPERATOR(dp.=) b.value AND a.copy < b.copy WHERE a.model = b.model), (SELECT count(*) FROM deployed), 'joined by what they are');
SELECT is((SELECT count(*) FROM twice a JOIN twice b ON a.value OPERATOR(dp.<>) b.value), (SELECT 4 * n * (n - 1) FROM (SELECT count(*) AS n FROM deployed) d), 'or by what they are not');
SELECT results_eq('SELECT value::text AS v FROM twice ORDER BY value DESC, copy',
	$$SELECT value::text AS v FROM twice ORDER BY sha256('dpmodel1'::bytea || decode(substr(value::text, 10), 'base64')) DESC, copy$$, 'the order is that of SHA-256');
SELECT ok(bool_and((a.value OPERATOR(dp.<) b.value) = (a.h < b.h) AND (a.value OPERATOR(dp.<=) b.value) = (a.h <= b.h) AND (a.value OPERATOR(dp.>) b.value) = (a.h > b.h)
	AND (a.value OPERATOR(dp.>=) b.value) = (a.h >= b.h) AND sign(dp.model_cmp(a.value, b.value)) = CASE WHEN a.h < b.h THEN -1 WHEN a.h > b.h THEN 1 ELSE 0 END), 'and of every operator')
	FROM (SELECT value, sha256(dp.model_send(value)) AS h FROM deployed) a, (SELECT value, sha256(dp.model_send(value)) AS h FROM deployed) b;
SELECT is(count(DISTINCT dp.model_hash(value)) || ' ' || count(DISTINCT dp.model_hash_extended(value, 7)), count(*) || ' ' || count(*), 'hashes tell them apart') FROM deployed;
SELECT ok(bool_and(dp.model_hash_extended(value, 0)::bit(64) << 32 = dp.model_hash(value)::bigint::bit(64) << 32), 'the low bits without a seed are those of the hash') FROM deployed;
CREATE UNIQUE INDEX ON deployed (value);
SELECT throws_ok('INSERT INTO deployed SELECT model, value FROM twice WHERE copy = 2 LIMIT 1', '23505', NULL, 'a model once');

-- ---- where the value comes from ----
SELECT ok((SELECT pg_column_size(value) > 600000 FROM big LIMIT 1), 'a large value is not compressed');
SELECT ok((SELECT bool_and(pg_temp.near(dp.predict_value(value, features), y[1])) AND count(*) = 2 FROM oracle_row JOIN big ON name = model), 'a value that lies on disk');
SELECT ok((SELECT bool_and(pg_temp.near(dp.predict_value(value, features), y[1])) AND count(*) = 20
	FROM (SELECT * FROM oracle_row JOIN big ON name = model, generate_series(1, 10) i ORDER BY i, name) s), 'two of them in turns');
SET LOCAL datapower.model_cache = '1MB';
SELECT ok((SELECT bool_and(pg_temp.near(dp.predict_value(value, features), y[1])) AND count(*) = 20
	FROM (SELECT * FROM oracle_row JOIN big ON name = model, generate_series(1, 10) i ORDER BY i, name) s), 'though there is room for one alone');
RESET datapower.model_cache;
ALTER TABLE big ALTER COLUMN value SET STORAGE EXTENDED;
CREATE TEMP TABLE squeezed (LIKE big INCLUDING STORAGE);
INSERT INTO squeezed SELECT name, value::text::dp.model FROM big;
SELECT cmp_ok((SELECT pg_column_size(value) FROM squeezed LIMIT 1), '<', (SELECT pg_column_size(value) FROM big LIMIT 1), 'compressed where the column says so');
SELECT ok((SELECT bool_and(pg_temp.near(dp.predict_value(value, features), y[1])) FROM oracle_row JOIN squeezed ON name = model), 'and read from there');
-- within one snapshot of a loop, too, what is written over is not remembered
CREATE FUNCTION pg_temp.replaced(OUT before float8, OUT after float8) LANGUAGE plpgsql AS $$
DECLARE
	answer float8;
BEGIN
	FOR i IN 1..2 LOOP
		SELECT dp.predict_value(value, features) INTO answer FROM big JOIN oracle_row ON model = 'big one' WHERE name = 'big one';
		IF i = 1 THEN before := answer; ELSE after := answer; END IF;
		UPDATE big SET value = (SELECT b.value FROM big b WHERE b.name = 'big two') WHERE name = 'big one';
	END LOOP;
END $$;
SELECT is((SELECT (after - before)::numeric FROM pg_temp.replaced()), 1::numeric, 'a value that is replaced');

CREATE TEMP TABLE sample (n integer, features float8[]);
DO $$ BEGIN EXECUTE format('CREATE INDEX sample_class ON sample (dp.predict(%L::dp.model, features))', (SELECT value FROM oracle_value WHERE model = 'flowers'));
	EXECUTE format('ALTER TABLE sample ADD class text GENERATED ALWAYS AS (dp.predict(%L::dp.model, features)) STORED', (SELECT value FROM oracle_value WHERE model = 'flowers')); END $$;
INSERT INTO sample SELECT n, features FROM oracle_row WHERE model = 'flowers';
SELECT ok((SELECT bool_and(s.class = dp.predict(d.value, s.features)) AND count(*) = 40 FROM sample s, deployed d WHERE d.model = 'flowers'), 'a generated column');
SET LOCAL enable_seqscan = off;
DO $$ DECLARE line text; all_lines text := ''; BEGIN
	FOR line IN EXECUTE format('EXPLAIN SELECT n FROM sample WHERE dp.predict(%L::dp.model, features) = ''lily''', (SELECT value FROM oracle_value WHERE model = 'flowers')) LOOP
		all_lines := all_lines || line; END LOOP;
	CREATE TEMP TABLE plan_text AS SELECT all_lines; END $$;
SELECT matches((SELECT all_lines FROM plan_text), 'sample_class', 'an index over predictions is used');
SET LOCAL enable_seqscan = on;

-- ---- what strangers send ----
CREATE FUNCTION pg_temp.says(text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	d text;
BEGIN
	PERFORM $1::dp.model;
	RETURN 'nothing';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS d = PG_EXCEPTION_DETAIL;
	RETURN concat_ws(' ', SQLSTATE, d);
END $$;
CREATE FUNCTION pg_temp.text_of(bytea) RETURNS text LANGUAGE sql AS $$ SELECT 'dpmodel1:' || translate(encode($1, 'base64'), E'\n', '') $$;
CREATE TEMP VIEW flowers AS SELECT decode(substr(value, 10), 'base64') AS bytes FROM oracle_value WHERE model = 'flowers';
SELECT is((SELECT string_agg(DISTINCT left(pg_temp.says(pg_temp.text_of(set_bit(bytes, i, 1 - get_bit(bytes, i)))), 5), ', ')
	FROM flowers, generate_series(0, 8 * length(bytes) - 1) i), '22P03', 'every bit is needed');
SELECT is((SELECT string_agg(DISTINCT left(pg_temp.says(pg_temp.text_of(substr(bytes, 1, i))), 5), ', ')
	FROM flowers, generate_series(0, length(bytes) - 1) i), '22P03', 'and every byte');
SELECT is((SELECT pg_temp.says(pg_temp.text_of(bytes || '\x00'))  FROM flowers), '22P03 Its checksum does not fit.', 'and no more');
SELECT is(pg_temp.says('x') || '|' || pg_temp.says('') || '|' || pg_temp.says('dpmodel2:AAAA'), repeat('22P02 A model begins with "dpmodel1:".|', 2) || '22P02 A model begins with "dpmodel1:".', 'not a model');
SELECT is(pg_temp.says('dpmodel1:AAA') || '|' || pg_temp.says('dpmodel1:A=AA') || '|' || pg_temp.says('dpmodel1:AA A') || '|' || pg_temp.says('dpmodel1:****'),
	'22P03 Its base64 is cut off.|22P03 Its base64 is damaged.|22P03 Its base64 is damaged.|22P03 Its base64 is damaged.', 'not base64');

-- whole, with a checksum, and wrong
CREATE FUNCTION pg_temp.u32(bigint) RETURNS bytea LANGUAGE sql AS $$ SELECT decode(string_agg(lpad(to_hex(($1 >> (8 * i)) & 255), 2, '0'), '' ORDER BY i), 'hex') FROM generate_series(0, 3) i $$;
CREATE FUNCTION pg_temp.crc32c(bytea) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	crc bigint := 4294967295;
BEGIN
	FOR i IN 0..length($1) - 1 LOOP
		crc := crc # get_byte($1, i);
		FOR j IN 1..8 LOOP
			crc := (crc >> 1) # (CASE WHEN crc & 1 = 1 THEN 2197175160 ELSE 0 END);
		END LOOP;
	END LOOP;
	RETURN crc # 4294967295;
END $$;
CREATE FUNCTION pg_temp.model(description text, tensors integer, rest bytea) RETURNS text LANGUAGE sql AS $$
	SELECT pg_temp.text_of(body || pg_temp.u32(pg_temp.crc32c('dpmodel1'::bytea || body)))
	FROM (SELECT pg_temp.u32(octet_length(description)) || convert_to(description, 'UTF8') || pg_temp.u32(tensors) || rest) s(body) $$;
CREATE TEMP TABLE good AS SELECT '{"name": "m", "version": 1, "network": [{"dense": {}}], "input": {"kind": "features", "height": 1, "width": 1, "channels": 1}, "outputs": 1, "loss": "mse", "classes": null, "output_image": null}'::text AS d,
	'\x0764656e73655f31066b65726e656c0201000000010000000000803f'::bytea AS kernel, '\x0764656e73655f3104626961730101000000000000bf'::bytea AS bias;
SELECT is((SELECT dp.predict_value(pg_temp.model(d, 2, kernel || bias)::dp.model, ARRAY[3.0]) FROM good), 2.5::float8, 'a model written by hand');
CREATE TEMP TABLE bad AS SELECT v.* FROM good, LATERAL (VALUES
	(1, pg_temp.model(d, 1, kernel), 'It has 1 tensors, but its network has 2.'),
	(2, pg_temp.model(d, 2, kernel), 'The name of a tensor is damaged.'),
	(3, pg_temp.model(d, 2, bias || kernel), 'Its tensor 1 is not the "kernel" of layer "dense_1" that the network has.'),
	(4, pg_temp.model(d, 2, kernel || bias || '\x00'), 'There is more behind the last tensor.'),
	(5, pg_temp.model(d, 2, set_byte(kernel, 19, 255) || bias), 'The shape of a tensor is damaged.'),
	(18, pg_temp.model(d, 2, set_byte(kernel, 16, 255) || bias), 'The weights of a tensor are cut off.'),
	(6, pg_temp.model(d, 2, set_byte(kernel, 20, 0) || bias), 'The shape of a tensor is damaged.'),
	(7, pg_temp.model('', 2, kernel || bias), 'Its description cannot be read: invalid input syntax for type json.'),
	(8, pg_temp.model('[]', 2, kernel || bias), 'Its description has not the eight fields it should have.'),
	(9, pg_temp.model(replace(d, 'null}', 'null, "more": 1}'), 2, kernel || bias), 'Its description has not the eight fields it should have.'),
	(10, pg_temp.model(replace(d, '"m"', '7'), 2, kernel || bias), 'Field "name" does not hold what it should.'),
	(11, pg_temp.model(replace(d, '"version": 1', '"version": 1.5'), 2, kernel || bias), 'Field "version" does not hold what it should.'),
	(12, pg_temp.model(replace(d, '"dense"', '"dence"'), 2, kernel || bias), 'Its network does not fit: unrecognized layer "dence".%'),
	(13, pg_temp.model(replace(d, '[{"dense": {}}]', '{}'), 2, kernel || bias), 'Its network cannot be read: invalid network. A network must be a JSON list.'),
	(14, pg_temp.model(replace(d, '"outputs": 1', '"outputs": 2'), 2, kernel || bias), 'Its tensor 1 is not the "kernel" of layer "dense_1" that the network has.'),
	(15, pg_temp.model(replace(d, '"channels": 1', '"channels": 0'), 2, kernel || bias), 'Field "input" does not hold what it should.'),
	(16, pg_temp.model(replace(d, 'mse', 'cross_entropy'), 2, kernel || bias), 'Field "classes" does not hold what it should.'),
	(17, pg_temp.model(replace(d, 'mse', 'guess'), 2, kernel || bias), 'Field "loss" does not hold what it should.')) v(n, text, detail);
SELECT is((SELECT string_agg(n || ': ' || pg_temp.says(text), E'\n' ORDER BY n) FROM bad WHERE NOT pg_temp.says(text) LIKE '22P03 ' || detail), NULL, 'models that do not fit together are refused');
SELECT is((SELECT pg_temp.says(pg_temp.text_of(a || '\xff' || b || pg_temp.u32(pg_temp.crc32c('dpmodel1'::bytea || a || '\xff' || b)))) FROM (
	SELECT substr(bytes, 1, 30) AS a, substr(bytes, 32, length(bytes) - 35) AS b FROM flowers) s), '22P03 Its description cannot be read: invalid byte sequence for encoding "UTF8": 0xff.', 'nor what is no text');

SELECT * FROM finish();
ROLLBACK;
