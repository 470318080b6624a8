\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
-- dp.profile: what pandas and PostgreSQL say of the same, all types, and odd input
BEGIN;
SELECT no_plan();
SET LOCAL datestyle = 'ISO';
\getenv srcdir PG_ABS_SRCDIR
\set file :srcdir '/data/profile.sql'
\i :file
SELECT ok(abs(p.number - o.number) <= 1e-12 * greatest(1, abs(o.number)), format('%s of %s %s is what pandas says', o.metric, o.column_name, o.item))
FROM oracle o LEFT JOIN (SELECT * FROM dp.profile('SELECT whole, price, far, city FROM profiled', '{"top": 20}')) p
	ON p.column_name = o.column_name AND p.metric = o.metric AND p.item IS NOT DISTINCT FROM o.item
WHERE o.column_name <> 'drift';

CREATE TABLE mixed AS SELECT i::smallint AS small, i AS big, (i / 7.0)::numeric(10, 3) AS dec, (i / 7.0)::real AS single,
	i % 3 = 0 AS flag, 'Text ' || i % 40 AS word, date '2024-01-01' + (i % 100)::int AS day, timestamp '2024-01-01' + i * interval '1 hour' AS at,
	timestamptz '2024-01-01 00:00+00' + i * interval '1 s' AS atz, md5(i::text)::uuid AS id, jsonb_build_object('k', i % 5) AS doc,
	array_fill(i, ARRAY[(i % 4)::int]) AS list, decode(md5(i::text), 'hex') AS raw, NULL::int AS nothing, 'same'::varchar(10) AS "Const ""x"""
FROM generate_series(1::bigint, 2000) i;
CREATE TABLE described AS SELECT * FROM dp.profile('mixed');
CREATE FUNCTION pg_temp.said(c text, m text, i text DEFAULT NULL) RETURNS text LANGUAGE SQL AS
	$$SELECT value FROM described WHERE column_name IS NOT DISTINCT FROM c AND metric = m AND (i IS NULL OR item = i)$$;
SELECT is(pg_temp.said(NULL, 'rows'), '2000', 'the rows are counted');
SELECT is(count(DISTINCT column_name), 15::bigint, 'a column with capitals and quotes is one, too') FROM described;
SELECT is((SELECT count(*) FROM (SELECT FROM described GROUP BY column_no, metric, item HAVING count(*) > 1) d), 0::bigint, 'a figure is told once');
SELECT is(pg_temp.said('dec', 'type'), 'numeric(10,3)', 'types are written in full');
SELECT is(pg_temp.said('dec', 'min') || ' ' || pg_temp.said('dec', 'max'), (SELECT min(dec) || ' ' || max(dec) FROM mixed), 'numeric: exact bounds');
SELECT is(pg_temp.said('big', 'max'), '2000', 'bigint');
SELECT is(pg_temp.said('word', 'min') || pg_temp.said('word', 'max'), (SELECT min(word) || max(word) FROM mixed), 'text: by the order of its collation');
SELECT is(pg_temp.said('day', 'min') || ' ' || pg_temp.said('day', 'max'), (SELECT min(day) || ' ' || max(day) FROM mixed), 'dates');
SELECT ok(abs(number - (SELECT extract(epoch FROM max(atz)) FROM mixed)) < 1e-6, 'the number of a time is in seconds since 1970') FROM described WHERE column_name = 'atz' AND metric = 'max';
SELECT is(pg_temp.said('at', 'quantile', '0.5')::timestamp BETWEEN '2024-02-10' AND '2024-02-13', true, 'quantiles of times');
SELECT ok(abs(number / 86400 - (SELECT avg(day - '1970-01-01') FROM mixed)) < 1e-9, 'and means') FROM described WHERE column_name = 'day' AND metric = 'mean';
SELECT is(pg_temp.said('flag', 'mean')::float8, (SELECT avg(flag::int)::float8 FROM mixed), 'the mean of booleans is the part that is true');
SELECT is(pg_temp.said('flag', 'top', 'f'), (SELECT count(*)::text FROM mixed WHERE NOT flag), 'and their values are counted');
SELECT is(pg_temp.said('doc', 'top', '{"k": 1}'), '400', 'jsonb');
SELECT is(pg_temp.said('list', 'length_max') || pg_temp.said('list', 'empty'), '3500', 'arrays by their elements');
SELECT is(pg_temp.said('raw', 'length_mean'), '16', 'bytea by its bytes');
SELECT is(pg_temp.said('id', 'distinct')::int BETWEEN 1800 AND 2200 AND pg_temp.said('id', 'count') = '2000', true, 'uuid');
SELECT is(pg_temp.said(c, 'distinct')::bigint, least(n, 2000), c || ': as many as dp.distinct_count() says') FROM (SELECT dp.distinct_count(dp.distinct_state(big)), dp.distinct_count(dp.distinct_state(word)), dp.distinct_count(dp.distinct_state(dec)) FROM mixed) s(a, b, d), LATERAL (VALUES ('big', a), ('word', b), ('dec', d)) v(c, n);
SELECT is(pg_temp.said('nothing', 'count') || pg_temp.said('nothing', 'nulls') || pg_temp.said('nothing', 'distinct') || coalesce(pg_temp.said('nothing', 'mean'), '-') || coalesce(pg_temp.said('nothing', 'min'), '-'), '020000--', 'a column of NULL');
SELECT is(pg_temp.said('Const "x"', 'top', 'same'), '2000', 'a constant');
SELECT is((SELECT sum(number) FROM described WHERE column_name = c AND metric = 'histogram'), 2000::float8, c || ': the histogram counts all') FROM unnest('{small,big,dec,single,day,at,atz}'::text[]) c;
SELECT is((SELECT count(*) FROM described WHERE column_name = 'big' AND metric = 'histogram' AND number <> (SELECT count(*) FROM mixed WHERE big >= item::float8 AND big < item::float8 + 128)), 0::bigint, 'and counts right');
SELECT ok(abs(number - (SELECT corr(big, single) FROM mixed)) < 1e-9, 'correlation as corr() has it') FROM described WHERE column_name = 'big' AND metric = 'correlation' AND item = 'single';
SELECT is(value, NULL, 'none with what has no values') FROM described WHERE column_name = 'big' AND metric = 'correlation' AND item = 'nothing';
SELECT is(array_to_string(array_agg(a ORDER BY a), ','), NULL, 'the same again') FROM (TABLE described EXCEPT SELECT * FROM dp.profile('TABLE mixed')) a;

-- sketches, to be kept
SELECT ok(abs(dp.quantile(value::dp.quantiles, 0.5) - 1000.5) < 20, 'quantiles of a number') FROM dp.profile('mixed', '{"sketches": true}') WHERE column_name = 'big' AND metric = 'sketch';
SELECT is((SELECT count(*) FROM dp.top_values(value::dp.top, 100) t WHERE count <> 50 OR missed <> 0), 0::bigint, 'frequent values of a text')
FROM dp.profile('mixed', '{"sketches": true}') WHERE column_name = 'word' AND metric = 'sketch';

-- the form for people
SELECT is(array_agg(column_name), '{small,big,dec,single,flag,word,day,at,atz,id,doc,list,raw,nothing,"Const \"x\""}', 'a row per column') FROM dp.profile_columns('mixed');
SELECT is((min, max, mean, shape, top)::text, (SELECT ROW('1', '3', '2', '███', NULL::text)::text), 'in short') FROM dp.profile_columns('SELECT generate_series(1, 3) AS x', '{"bins": 5}') p(a, b, c, d, e, min, f, max, mean, g, shape, top);
SELECT ok(octet_length(min) <= 24 AND min NOT LIKE E'%\n%', 'long values are cut, and stay on one line') FROM dp.profile_columns(E'SELECT E''a\\nb'' || repeat(''ü'', 1000) AS x');

-- images
CREATE TABLE pictures AS SELECT CASE WHEN i <= 3 THEN dp.image_encode(decode(repeat('7f', 6 * i), 'hex'), 3, 2 * i, 1, CASE i WHEN 3 THEN 'jpeg' ELSE 'png' END)
	WHEN i = 4 THEN '\xffd8ff' WHEN i = 5 THEN 'no image' END AS image FROM generate_series(1, 6) i;
INSERT INTO pictures SELECT substr(image, 1, octet_length(image) - 20) FROM pictures WHERE octet_length(image) > 60 LIMIT 1;
SELECT is(string_agg(concat_ws(' ', metric, item, value), ', ' ORDER BY ordinality), 'image jpeg 1, image png 3, image_broken 2, image_width min 3, image_width max 3, image_height min 2, image_height max 6', 'images by their headers')
FROM ROWS FROM (dp.profile('pictures')) WITH ORDINALITY WHERE metric LIKE 'image%';
SELECT is(value, '3', 'broken ones by decoding') FROM dp.profile('pictures', '{"decode_images": true}') WHERE metric = 'image_broken';
SELECT is(top, 'jpeg 1, png 3, broken 2', 'in short') FROM dp.profile_columns('pictures');

-- odd input
SELECT is(string_agg(concat_ws(' ', column_name, metric, value), ', '), 'rows 0, x type integer, x count 0, x nulls 0, x distinct 0, x min, x max, x mean, x sd, x zeros 0, x negatives 0', 'no rows') FROM dp.profile('SELECT 1 AS x WHERE false');
SELECT is(string_agg(concat_ws(' ', metric, value), ', '), 'rows 3', 'no columns') FROM dp.profile('SELECT FROM generate_series(1, 3)');
SELECT is(count(*), 0::bigint, 'of which there are none') FROM dp.profile_columns('SELECT FROM generate_series(1, 3)');
SELECT is(string_agg(concat_ws(' ', metric, value), ', '), 'nan 1, infinite 2, min 1, max 2, mean 1.5', 'NaN and infinities are counted apart')
FROM dp.profile($$SELECT unnest('{1,2,NaN,Infinity,-Infinity,NULL}'::float8[]) AS x$$) WHERE metric IN ('nan', 'infinite', 'min', 'max', 'mean');
SELECT is(string_agg(concat_ws(' ', metric, value), ', '), 'nan 1, infinite 2, min 0.5, max 0.5', 'of numeric, too')
FROM dp.profile($$SELECT unnest('{0.5,NaN,Infinity,-Infinity}'::numeric[]) AS x$$) WHERE metric IN ('nan', 'infinite', 'min', 'max');
SELECT is(string_agg(concat_ws(' ', metric, value), ', '), 'infinite 2, min 2024-05-05, max 2024-05-05, mean 2024-05-05', 'and of dates')
FROM dp.profile($$SELECT unnest('{2024-05-05,infinity,-infinity}'::date[]) AS x$$) WHERE metric IN ('nan', 'infinite', 'min', 'max', 'mean');
SELECT is(string_agg(value, ' '), '9007199254740993 9007199254740995', 'integers beyond what doubles tell apart')
FROM dp.profile('SELECT 9007199254740992 + i AS x FROM generate_series(1, 3) i') WHERE metric IN ('min', 'max');
SELECT is(string_agg(concat_ws(' ', metric, item, value), ', ' ORDER BY metric, item), 'distinct 3, empty 1, length_max 200000, top short 2', 'huge texts are not among the frequent')
FROM dp.profile($$SELECT unnest(ARRAY['short', 'short', repeat('x', 200000), '']) AS x$$) WHERE metric IN ('distinct', 'length_max', 'top', 'empty');
SELECT is(string_agg(column_no || ' ' || value, ', '), '1 1, 2 2', 'two columns of one name') FROM dp.profile('SELECT 1 AS x, 2 AS x') WHERE metric = 'max';
SELECT is(string_agg(metric, ','), 'rows,type,count,nulls', 'types that cannot be compared') FROM dp.profile($$SELECT '{}'::json AS x$$);
SELECT is(string_agg(metric, ','), 'rows,type,count,nulls', 'rows of unknown types') FROM dp.profile($$SELECT ROW(1, '{}'::json) AS x$$);
SELECT lives_ok($$SELECT * FROM dp.profile('pg_catalog.pg_class'), dp.profile_columns('pg_catalog.pg_class')$$, 'a table of the catalog');
SELECT lives_ok($$SELECT * FROM dp.profile('SELECT 1e308 * (-1) ^ i AS x, -1e308 * (-1) ^ i AS y FROM generate_series(1, 10) i')$$, 'numbers too far apart');
CREATE TYPE mood AS ENUM ('sad', 'glad');
CREATE DOMAIN percent AS int CHECK (VALUE <= 100);
SELECT is(string_agg(concat_ws(' ', column_name, metric, value), ', '), 'm min sad, m max glad, p min 5, p max 7', 'enums and domains')
FROM dp.profile($$SELECT * FROM (VALUES ('sad'::mood, 5::percent), ('glad', 7)) v(m, p)$$) WHERE metric IN ('min', 'max');
SELECT is(dp.profile(NULL), NULL, 'nothing of nothing');
SELECT throws_ok($$SELECT dp.profile('no_such_table')$$, '42P01', 'relation "no_such_table" does not exist', 'no such table');
SELECT throws_ok($$SELECT dp.profile('DELETE FROM mixed')$$, '42601', 'the source is not a query', 'not a query');
SELECT throws_ok($$SELECT dp.profile('mixed', '{"tops": 1}')$$, '22023', 'unrecognized option "tops"', 'no such option');
SELECT throws_ok($$SELECT dp.profile('mixed', '{"bins": 1}')$$, '22023', NULL, 'an option out of range');
SET TRANSACTION READ ONLY;
SELECT lives_ok($$SELECT * FROM dp.profile('mixed')$$, 'reads only');

SELECT * FROM finish();
ROLLBACK;
