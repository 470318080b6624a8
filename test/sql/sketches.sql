\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
-- sketches: within their stated error of what PostgreSQL works out exactly, merged, in parallel, and odd input
BEGIN;
SELECT no_plan();

CREATE FUNCTION pg_temp.plan(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE line text; result text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP result := result || line || E'\n'; END LOOP;
	RETURN result;
END $$;
CREATE FUNCTION pg_temp.parallel(workers int) RETURNS void LANGUAGE SQL AS $$
	SELECT set_config('max_parallel_workers_per_gather', workers::text, true), set_config('parallel_setup_cost', '0', true),
		set_config('parallel_tuple_cost', '0', true), set_config('min_parallel_table_scan_size', '0', true);
$$;
SELECT pg_temp.parallel(0) \g /dev/null

-- quantiles: 300,000 values, in orders that sketches are bad at; x is its own rank
CREATE TABLE ranks AS SELECT i, i::float8 AS up, (300000 - i)::float8 AS down, (CASE i % 2 WHEN 0 THEN i / 2 ELSE 300000 - i / 2 END)::float8 AS inwards,
	(i % 600 * 500 + i / 600)::float8 AS saw, (i * 7919::bigint % 300000)::float8 AS scattered FROM generate_series(0, 299999) i;
ANALYZE ranks;
CREATE TEMP TABLE sketched (how text, q dp.quantiles);
INSERT INTO sketched SELECT 'serial', dp.quantiles_state(ARRAY[up, down, inwards, saw, scattered]) FROM ranks;
CREATE TEMP TABLE sketch_parts AS SELECT i % 13 AS day, dp.quantiles_state(ARRAY[up, down, inwards, saw, scattered]) AS q FROM ranks GROUP BY 1;
INSERT INTO sketched SELECT 'merged', dp.merge(q) FROM sketch_parts;
INSERT INTO sketched SELECT 'merged from ranges', dp.merge(q) FROM (SELECT i / 20000, dp.quantiles_state(ARRAY[up, down, inwards, saw, scattered]) AS q FROM ranks GROUP BY 1) p;
SELECT pg_temp.parallel(3) \g /dev/null
SELECT matches(pg_temp.plan($$SELECT dp.quantiles_state(ARRAY[up, down]), dp.quantiles_state(saw) FROM ranks$$), 'Partial Aggregate', 'quantiles are made in parallel');
SELECT dp.quantiles_state(ARRAY[up, down, inwards, saw, scattered]) AS q FROM ranks \gset
SELECT pg_temp.parallel(0) \g /dev/null
INSERT INTO sketched VALUES ('parallel', :'q');
SELECT ok(max(abs(dp.quantile(q, p / 100.0, f) / 300000 - p / 100.0)) < 0.009 AND count(*) FILTER (WHERE abs(dp.quantile(q, p / 100.0, f) / 300000 - p / 100.0) > 0.006) <= 2
	AND max(abs(dp.cdf(q, p * 3000, f) - p / 100.0)) < 0.009, format('%s, order %s: percentiles and ranks are within their error', how, f))
FROM sketched, generate_series(1, 5) f, generate_series(0, 100) p GROUP BY how, f ORDER BY how, f;
SELECT ok(bool_and(dp.row_count(q, f) = 300000), 'all rows are counted') FROM sketched, generate_series(1, 5) f;
SELECT ok(max(pg_column_size(q)) < 5 * 17000, 'a sketch is small') FROM sketched;
-- exact up to 512 values
SELECT ok(bool_and(abs(ours - theirs) < 1e-12 * theirs + 1e-300), 'few values are exact')
FROM (SELECT dp.quantile(dp.quantiles_state(scattered), p), percentile_cont(p) WITHIN GROUP (ORDER BY scattered) FROM ranks, (SELECT ARRAY[0, 0.05, 0.25, 0.333, 0.5, 0.95, 1]::float8[]) v(p) WHERE i < 512 GROUP BY p) s(o, t), unnest(o, t) u(ours, theirs);
SELECT is(dp.cdf(dp.quantiles_state(x), 2), 0.75::float8, 'as are their ranks, ties included') FROM unnest('{1,2,2,3}'::float8[]) x;

-- every way to write it, odd input, errors
SELECT is(dp.quantile(dp.quantiles_state(x), 0.5), 2::float8, 'integer') FROM generate_series(1, 3) x;
SELECT is(dp.quantile(dp.quantiles_state(x), 1), 3::float8, 'numeric') FROM generate_series(1.0, 3.0) x;
SELECT is(dp.quantile(dp.quantiles_state(ARRAY[x, x]), ARRAY[0, 1], 2), '{1,3}', 'integer[]') FROM generate_series(1, 3) x;
SELECT is(dp.quantile(dp.quantiles_state(ARRAY[x, x]), 0, 2), 1::float8, 'numeric[]') FROM generate_series(1.0, 3.0) x;
SELECT throws_ok($$SELECT dp.quantiles_state('{1,2}')$$, '42725', NULL, 'an untyped literal could be either');
PREPARE quantile(float8[], float8, float8) AS SELECT dp.quantile(dp.quantiles_state($1), $2) + dp.quantile(dp.quantiles_state($3), $2);
SELECT lives_ok($$EXECUTE quantile('{1,2}', 0.5, 3)$$, 'parameters');
SELECT ok(dp.quantiles_state(x) IS NULL, 'no value, no quantiles') FROM unnest(ARRAY[NULL, NULL]::float8[]) x;
SELECT ok(dp.quantile(q, 0.5) IS NULL AND dp.quantile(q, '{0.5}'::float8[]) IS NULL AND dp.cdf(q, 1) IS NULL AND dp.row_count(q) = 0, 'nothing but NaN') FROM (SELECT dp.quantiles_state('NaN'::float8)) s(q);
SELECT ok(dp.quantile(q, 0.1) = 7 AND dp.cdf(q, 6) = 0 AND dp.cdf(q, 'Infinity') = 1 AND dp.cdf(q, 'NaN') = 1 AND dp.cdf(q, '-Infinity') = 0, 'one row') FROM (SELECT dp.quantiles_state(7)) s(q);
SELECT is(dp.quantile(dp.quantiles_state(0.1), '{0,0.3,1}'::float8[]), '{0.1,0.1,0.1}', 'equal rows, thousands of them') FROM generate_series(1, 5000);
SELECT ok(dp.quantiles_merge(NULL, NULL) IS NULL AND dp.merge(NULL::dp.quantiles) IS NULL AND dp.quantile(NULL, 0.5) IS NULL, 'nothing merged is nothing');
SELECT throws_ok($$SELECT dp.quantiles_state('Infinity'::float8)$$, '22023', 'cannot take quantiles of an infinite value', 'an infinite value');
SELECT throws_ok($$SELECT dp.quantiles_state(array_fill(1::float8, ARRAY[i])) FROM generate_series(2, 3) i$$, '22023', 'wrong number of features: 3', 'rows of different lengths');
SELECT throws_ok(format('SELECT dp.quantile(dp.quantiles_state(1), %s)', p), '22023', NULL, 'p = ' || p) FROM unnest(ARRAY['1.5', '-0.1', '''NaN''::float8', '''{0.5,2}''::float8[]']) p;
SELECT throws_ok($$SELECT dp.quantile(dp.quantiles_state(1), '{NULL}'::float8[])$$, '22004', '"p" must not contain nulls', 'p is NULL');
SELECT throws_ok($$SELECT dp.quantile(dp.quantiles_state(1), 0.5, 2)$$, '22023', 'invalid value for parameter "feature": 2', 'a feature that is not there');
SELECT throws_ok($$SELECT dp.merge(q) FROM unnest(ARRAY['1 0 1 0', '2 0 1 0 0 1 0']::dp.quantiles[]) q$$, '22023', 'wrong number of features: 2', 'merging different lengths');
SELECT throws_ok(format('SELECT %L::dp.quantiles', t), '22P02', NULL, 'refused as quantiles: ' || t)
FROM unnest(ARRAY['', '0', '1', '1 1 1 0', '1 1 1 2 1 1', '1 1 1 1 NaN', '1 1 1 1 Infinity', '1 2 1 1 5', '100000 1 1 1 1', '1 9007199254740992 55 1 1', '1 1 1 1 1 1']) t;

-- histograms, distinct and top values: the same bins and counts whatever the order, the plan and the parts
CREATE TABLE counted AS SELECT i, ((i * 7919::bigint % 100003) ^ 2 / 1e6 - 500)::float8 AS x, 'value ' || (i * 7919::bigint % 100003 % (1 + i % 997)) AS word FROM generate_series(1, 60000) i;
ANALYZE counted;
CREATE FUNCTION pg_temp.count_states(source text) RETURNS TABLE (auto dp.histogram, bounded dp.histogram, words dp.distinct, many dp.distinct, top dp.top, exact dp.top) LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE 'SELECT dp.histogram_state(x, 40), dp.histogram_state(x, 40, 0, 5000), dp.distinct_state(word), dp.distinct_state(i), dp.top_state(word, 60), dp.top_state(left(word, 7)) FROM ' || source;
END $$;
CREATE TEMP TABLE whole AS SELECT * FROM pg_temp.count_states('counted');
CREATE TEMP TABLE count_parts AS SELECT day, s.* FROM generate_series(0, 18) day, pg_temp.count_states(format('counted WHERE i * 7 %% 19 = %s', day)) s;
CREATE TEMP TABLE counts AS SELECT 'serial' AS how, * FROM whole
	UNION ALL SELECT 'backwards', * FROM pg_temp.count_states('(SELECT * FROM counted ORDER BY i DESC) c')
	UNION ALL SELECT 'merged', dp.merge(auto), dp.merge(bounded), dp.merge(words), dp.merge(many), dp.merge(top), dp.merge(exact) FROM count_parts;
SELECT pg_temp.parallel(3) \g /dev/null
SELECT matches(pg_temp.plan($$SELECT dp.histogram_state(x, 40), dp.histogram_state(x, 40, 0, 5000), dp.distinct_state(i), dp.top_state(word, 60), dp.top_state(word) FROM counted$$), 'Partial Aggregate', 'counts are made in parallel');
SELECT dp.histogram_state(x, 40) AS auto, dp.histogram_state(x, 40, 0, 5000) AS bounded, dp.distinct_state(word) AS words, dp.distinct_state(i) AS many, dp.top_state(word, 60) AS top, dp.top_state(left(word, 7)) AS exact FROM counted \gset
SELECT pg_temp.parallel(0) \g /dev/null
INSERT INTO counts VALUES ('parallel', :'auto', :'bounded', :'words', :'many', :'top', :'exact');
SELECT ok(c.auto::text = w.auto::text AND c.bounded::text = w.bounded::text AND c.words::text = w.words::text AND c.many::text = w.many::text AND c.exact::text = w.exact::text, how || ': the same bytes') FROM counts c, whole w ORDER BY how;

SELECT is((SELECT array_agg(format('%s %s', bin, count) ORDER BY bin) FROM whole, dp.histogram_bins(bounded) WHERE count > 0),
	(SELECT array_agg(format('%s %s', bin, count) ORDER BY bin) FROM (SELECT width_bucket(x, 0, 5000, 40) AS bin, count(*) FROM counted GROUP BY 1) b), 'bins between bounds are those of width_bucket');
SELECT is((SELECT sum(count) FROM whole, dp.histogram_bins(auto)), 60000::numeric, 'no value is lost');
SELECT is((SELECT count(*) FROM whole, dp.histogram_bins(auto) b WHERE b.count <> (SELECT count(*) FROM counted WHERE x >= lower AND x < upper)), 0::bigint, 'each is where it belongs');
SELECT is((SELECT array_agg(DISTINCT upper - lower) FROM whole, dp.histogram_bins(auto)), '{256}', 'in bins of one width, a power of two');
SELECT ok(count(*) BETWEEN 21 AND 40, 'as narrow as it can be') FROM whole, dp.histogram_bins(auto);
SELECT is((SELECT string_agg(format('%s..%s:%s', lower, upper, count), ' ' ORDER BY bin) FROM dp.histogram_bins(h)), '-1..0:1 0..1:2 1..2:1 2..3:0 3..4:1', 'a few values')
FROM (SELECT dp.histogram_state(x, 5) FROM unnest('{0,-1,3,NaN,NULL,0.5,1}'::float8[]) x) s(h);
SELECT is((SELECT sum(count) FROM dp.histogram_bins(h)), 7::numeric, 'from the least double to the largest') FROM (SELECT dp.histogram_state(x, b) FROM unnest('{0,-4.9e-324,4.9e-324,1.7e308,-1.7e308,1,1e-300}'::float8[]) x, unnest(ARRAY[2, 10000]) b GROUP BY b) s(h);
SELECT is(array_agg(b.upper ORDER BY b.bin)::text, '{0,Infinity}', 'the edge beyond the largest double is infinite') FROM (SELECT dp.histogram_state(x, 2) FROM unnest('{1.7e308,-1.7e308}'::float8[]) x) s(h), dp.histogram_bins(h) b;
SELECT is((SELECT string_agg(format('%s:%s', bin, count), ' ' ORDER BY bin) FROM dp.histogram_bins(h)), '0:1 1:1 2:0 3:2 4:2', 'below, above and on the bounds') FROM (SELECT dp.histogram_state(x, 3, 0, 3) FROM unnest('{-1,0,2,2.9,3,9}'::float8[]) x) s(h);
SELECT is(count(*)::int, 1, 'equal values need one bin') FROM (SELECT dp.histogram_state(0.1, 10) FROM generate_series(1, 1000)) s(h), dp.histogram_bins(h);
SELECT is(dp.row_count(dp.histogram_state(x, 4)) + dp.row_count(dp.histogram_state(x, 4, 0, 1)), 6::bigint, 'integer') FROM generate_series(1, 3) x;
SELECT is(dp.row_count(dp.histogram_state(x, 4)) + dp.row_count(dp.histogram_state(x, 4, 0.0, 1)), 6::bigint, 'numeric') FROM generate_series(1.0, 3.0) x;
SELECT is(dp.row_count(dp.histogram_state('1', 4)), 1::bigint, 'a literal');
PREPARE histogram(float8, int) AS SELECT dp.row_count(dp.histogram_state($1, $2));
SELECT lives_ok($$EXECUTE histogram(1, 5)$$, 'parameters');
SELECT ok(dp.histogram_state(NULL, 4) IS NULL AND dp.merge(NULL::dp.histogram) IS NULL AND dp.row_count(dp.histogram_state('NaN', 4)) = 0, 'nothing to count');
SELECT throws_ok(format('SELECT dp.histogram_state(%s)', a), '22023', NULL, a) FROM unnest(ARRAY['1, 1', '1, 10001', '''Infinity'', 4', '1, 0, 0, 1', '1, 4, 1, 1', '1, 4, 2, 1', '1, 4, ''NaN'', 1', '1, 4, -1.7e308, 1.7e308']) a;
SELECT throws_ok(format('SELECT dp.histogram_state(%s)', a), '22004', NULL, a) FROM unnest(ARRAY['1, NULL', '1, 4, 0, NULL']) a;
SELECT throws_ok($$SELECT dp.histogram_state(1, i) FROM generate_series(4, 5) i$$, '22023', 'bins and bounds must be the same for every row', 'bins that change');
SELECT throws_ok($$SELECT dp.merge(h) FROM (SELECT dp.histogram_state(1, i) FROM generate_series(4, 5) i GROUP BY i) s(h)$$, '22023', 'cannot merge histograms of different bins', 'merging different bins');
SELECT throws_ok(format('SELECT %L::dp.histogram', t), '22P02', NULL, 'refused as a histogram: ' || t)
FROM unnest(ARRAY['', '0 0 0 0 0 0', '1 0 0 0 0 0', '4 1 1 0 0 0', '4 0 0 0 0 5 1 1 1 1 1', '4 0 0 0 0 2 1', '4 0 0 0 0 1 -1', '4 0 0 2000 0 0', '4 0 0 0 4503599627370496 1 1', '1 0 1 0 -1 1', '1 0 1 0 0', '1 NaN 1 0 0 1', '10001 0 1 0 0']) t;

SELECT is(dp.distinct_count(words) BETWEEN 0.96 * n AND 1.04 * n, true, 'different words') FROM whole, (SELECT count(DISTINCT word) FROM counted) c(n);
SELECT is(dp.distinct_count(many) BETWEEN 57600 AND 62400, true, 'different numbers') FROM whole;
SELECT is(array_agg(dp.distinct_count(d) ORDER BY n), '{1,2,500,512}', 'exact up to 512') FROM unnest(ARRAY[1, 2, 500, 512]) n, LATERAL (SELECT dp.distinct_state(i % n) FROM generate_series(1, 3000) i) s(d);
SELECT ok(sqrt(avg((dp.distinct_count(d) / n::float8 - 1) ^ 2)) BETWEEN 0.005 AND 0.02, 'the standard error is 1.6 %: ' || n) FROM unnest(ARRAY[600, 3000, 9000, 20000]) n,
	generate_series(1, 40) g, LATERAL (SELECT dp.distinct_state(g * 1000000 + i) FROM generate_series(1, n) i) s(d) GROUP BY n ORDER BY n;
SELECT is(array_agg(dp.distinct_count(d)), '{2,2,2,2,2}', 'equal values count once, of any type that can be hashed') FROM (
	SELECT dp.distinct_state(x) FROM unnest(ARRAY[1.0, 1.00, 2]) x UNION ALL SELECT dp.distinct_state(x) FROM unnest(ARRAY['0', '-0', 'NaN']::float8[]) x
	UNION ALL SELECT dp.distinct_state(x) FROM unnest(ARRAY['a', 'b', 'a']) x UNION ALL SELECT dp.distinct_state(x) FROM (VALUES (ARRAY[1, 2]), (ARRAY[2, 1]), (ARRAY[1, 2])) v(x)
	UNION ALL SELECT dp.distinct_state(x) FROM unnest(ARRAY['{"a": 1}', '{"a":1}', '{}']::jsonb[]) x) s(d);
SELECT is(dp.distinct_count(('-1 "' || repeat('e', 4096) || '"')::dp.distinct), (2 ^ 53)::bigint, 'more than can be told');
SELECT ok(dp.distinct_state(NULL::int) IS NULL AND dp.merge(NULL::dp.distinct) IS NULL AND dp.distinct_count(NULL) IS NULL, 'NULL is no value');
SELECT throws_ok($$SELECT dp.distinct_state('a')$$, '42804', NULL, 'a literal without a type');
SELECT throws_ok($$SELECT dp.distinct_state(point(1, 2))$$, '42883', 'could not identify an extended hash function for type point', 'a type that cannot be hashed');
PREPARE different(text) AS SELECT dp.distinct_count(dp.distinct_state($1));
SELECT lives_ok($$EXECUTE different('a')$$, 'parameters');
SELECT throws_ok(format('SELECT %L::dp.distinct', t), '22P02', NULL, 'refused as distinct values: ' || left(t, 40))
FROM unnest(ARRAY['', '-2', '1', '2 5 5', '2 6 5', '0 1', '513', '-1 "000"', '-1 "' || repeat('z', 4096) || '"', '-1 "' || repeat('0', 4095) || '"']) t;

CREATE TEMP VIEW truth AS SELECT word, count(*) AS n FROM counted GROUP BY 1;
SELECT ok(count(*) > 0 AND bool_and(count <= n AND n <= count + missed) AND max(missed) <= 60000 / 61 AND max(missed) > 0 AND min(dp.row_count(top)) = 60000, how || ': counts are within their error')
FROM counts, dp.top_values(top, 100) v JOIN truth ON word = value GROUP BY how ORDER BY how;
SELECT is((SELECT count(*) FROM truth WHERE n > 60000 / 61 AND word NOT IN (SELECT value FROM dp.top_values(top, 120))), 0::bigint, how || ': no frequent value is missing') FROM counts ORDER BY how;
SELECT is((SELECT string_agg(format('%s:%s+%s', value, count, missed), ', ' ORDER BY count DESC, value) FROM whole, dp.top_values(exact, 200)),
	(SELECT string_agg(format('%s:%s+0', word, n), ', ' ORDER BY n DESC, word) FROM (SELECT left(word, 7) AS word, count(*) AS n FROM counted GROUP BY 1) t), 'few values are exact');
SELECT is(string_agg(value || ':' || count, ' '), 'b:3 a:2 c:2', 'the most frequent first, then by their bytes') FROM (SELECT dp.top_state(x) FROM unnest('{b,c,a,b,d,a,c,b,NULL}'::text[]) x) s(t), dp.top_values(t, 3);
SELECT is(string_agg(format('[%s:%s]', value, count), ' '), '[:2] [é"\:1]', 'empty and quoted') FROM (SELECT dp.top_state(x)::text::dp.top FROM unnest(ARRAY['', 'é"\', '']) x) s(t), dp.top_values(t);
SELECT ok(count(*) = 1 AND min(value) = 'a' AND min(count) > 50, 'one counter finds a majority') FROM (SELECT dp.top_state(CASE WHEN i % 5 = 0 THEN i::text ELSE 'a' END, 1) FROM generate_series(1, 110) i) s(t), dp.top_values(t, 1);
SELECT ok(dp.top_state(NULL) IS NULL AND dp.merge(NULL::dp.top) IS NULL, 'NULL is no value');
SELECT is(dp.row_count(dp.top_state(x::varchar(5))), 3::bigint, 'varchar') FROM generate_series(1, 3) x;
PREPARE top(text, int) AS SELECT dp.row_count(dp.top_state($1, $2));
SELECT lives_ok($$EXECUTE top('a', 5)$$, 'parameters');
SELECT throws_ok($$SELECT dp.top_state(repeat('x', 1001))$$, '54000', 'value is longer than 1000 bytes', 'a long value');
SELECT throws_ok(format('SELECT dp.top_state(''a'', %s)', n), CASE n WHEN 'NULL' THEN '22004' ELSE '22023' END, NULL, n || ' counters') FROM unnest(ARRAY['0', '4097', 'NULL']) n;
SELECT throws_ok($$SELECT dp.top_state('a', i) FROM generate_series(4, 5) i$$, '22023', '"counters" must be the same for every row', 'counters that change');
SELECT throws_ok($$SELECT dp.merge(t) FROM (SELECT dp.top_state('a', i) FROM generate_series(4, 5) i GROUP BY i) s(t)$$, '22023', 'cannot merge states with different numbers of counters', 'merging different counters');
SELECT throws_ok($$SELECT * FROM dp.top_values('4 0 0 0', 0)$$, '22023', NULL, 'no values asked for');
SELECT throws_ok(format('SELECT %L::dp.top', t), '22P02', NULL, 'refused as top values: ' || t)
FROM unnest(ARRAY['', '0 0 0 0', '4097 0 0 0', '4 0 0 1 "a" 1', '4 1 0 1 "a" 0', '4 1 1 1 "a" 1', '4 3 0 2 "a" 1 "a" 1', '4 3 0 2 "b" 1 "a" 1', '1 9 0 3 "a" 1 "b" 1 "c" 1', '4 1 0 1 a 1']) t;

-- text and binary, there and back
SELECT current_setting('data_directory') || '/dp_sketches.bin' AS file \gset
CREATE TEMP TABLE all_parts AS SELECT day, q, auto, bounded, words, many, top, exact FROM sketch_parts FULL JOIN count_parts USING (day);
CREATE TEMP TABLE back (LIKE all_parts);
COPY all_parts TO :'file' (FORMAT binary);
COPY back FROM :'file' (FORMAT binary);
SELECT is((SELECT md5(string_agg(b::text, ' ' ORDER BY day)) FROM back b), (SELECT md5(string_agg(p::text, ' ' ORDER BY day)) FROM all_parts p), 'binary there and back');
SELECT is((SELECT count(*) FROM all_parts p WHERE p::text::all_parts::text <> p::text), 0::bigint, 'text there and back');

SELECT * FROM finish();
ROLLBACK;
