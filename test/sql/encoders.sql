\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
-- encoders against scikit-learn, merged, in parallel, their inverse, and what they do not know
BEGIN;
SELECT no_plan();
\getenv srcdir PG_ABS_SRCDIR
\set file :srcdir '/data/encoders.sql'
\i :file

CREATE FUNCTION pg_temp.near(got float8, wanted float8, tolerance float8 DEFAULT 1e-9) RETURNS boolean LANGUAGE SQL
RETURN abs(got - wanted) <= tolerance * greatest(1, abs(wanted)) AND got <> 'NaN';
CREATE TABLE sale AS SELECT s.*, w.x FROM sold s LEFT JOIN wine w USING (key);
ANALYZE sale;
CREATE FUNCTION pg_temp.fit(source text) RETURNS TABLE (what text, e dp.encoder) LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT u.* FROM (SELECT dp.fit_encoder(shop, ''ordinal'') AS a, dp.fit_encoder(word, ''ordinal'') AS b, dp.fit_encoder(shop, ''one_hot'') AS c, dp.fit_encoder(word, ''one_hot'') AS d,
		dp.fit_encoder(shop, ''target'', amount, key) AS e, dp.fit_encoder(shop, ''target'', paid, key) AS f, dp.fit_encoder(word, ''target'', amount, key) AS g, dp.fit_encoder(word, ''target'', paid, key) AS h,
		dp.fit_encoder(x, ''k_bins'', 5) AS i, dp.fit_encoder(amount, ''k_bins'', 7) AS j, dp.fit_encoder(ties, ''k_bins'', 4) AS k FROM %s) s,
		LATERAL (VALUES (''ordinal shop'', a), (''ordinal word'', b), (''one_hot shop'', c), (''one_hot word'', d), (''target shop amount'', e), (''target shop paid'', f), (''target word amount'', g), (''target word paid'', h),
		(''wine'', i), (''amount'', j), (''ties'', k)) u', source);
END $$;
CREATE TEMP TABLE fitted AS SELECT 'serial' AS how, * FROM pg_temp.fit('sale');
CREATE TEMP TABLE parts AS SELECT day, f.* FROM generate_series(0, 6) day, pg_temp.fit(format('sale WHERE key %% 7 = %s', day)) f;
INSERT INTO fitted SELECT 'merged', what, dp.merge(e::text::dp.encoder) FROM parts GROUP BY what;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 3;
CREATE FUNCTION pg_temp.plan(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE line text; result text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP result := result || line || E'\n'; END LOOP;
	RETURN result;
END $$;
SELECT matches(pg_temp.plan($$SELECT dp.fit_encoder(shop, 'ordinal'), dp.fit_encoder(shop, 'target', amount, key), dp.fit_encoder(x, 'k_bins', 5) FROM sale$$), 'Partial Aggregate', 'encoders are fitted in parallel');
SELECT dp.fit_encoder(shop, 'ordinal') AS o, dp.fit_encoder(shop, 'target', amount, key) AS t, dp.fit_encoder(x, 'k_bins', 5) AS k FROM sale \gset
SET LOCAL max_parallel_workers_per_gather = 0;
INSERT INTO fitted VALUES ('parallel', 'ordinal shop', :'o'), ('parallel', 'target shop amount', :'t'), ('parallel', 'wine', :'k');

SELECT ok(bool_and(pg_temp.near((dp.encode(e, category))[1], value)) AND count(*) >= 9, how || ': ' || what)
FROM fitted, LATERAL (SELECT substr(name, length(what) + 2), value FROM expected WHERE starts_with(name, what || ' ')) x(category, value) WHERE what ~ '^(ordinal|target)' GROUP BY how, what ORDER BY how, what;
SELECT ok(bool_and(dp.encode(e, c) = (SELECT array_agg((o = n)::int::float8 ORDER BY o) FROM generate_series(1, cardinality(dp.encoder_categories(e))) o)), how || ': ' || what)
FROM fitted, unnest(dp.encoder_categories(e)) WITH ORDINALITY u(c, n) WHERE what ~ '^one_hot' GROUP BY how, what ORDER BY how, what;
SELECT ok(bool_and(pg_temp.near((dp.encode(e, v))[1], (SELECT value FROM expected WHERE name = format('bin %s %s', what, key)), 0) AND pg_temp.near(dp.decode(e, dp.encode(e, v))::float8, (SELECT value FROM expected WHERE name = format('middle %s %s', what, key))))
	AND count(*) = 6 AND max(cardinality(dp.encoder_edges(e))) = (SELECT value + 1 FROM expected WHERE name = 'bins ' || what), how || ': bins of ' || what)
FROM fitted, (SELECT key, unnest(ARRAY['wine', 'amount', 'ties']) AS name, unnest(ARRAY[x, amount, ties]) AS v FROM sale WHERE key IN (1, 2, 3, 10, 101, 178)) s WHERE s.name = what GROUP BY how, what ORDER BY how, what;
SELECT is(string_agg((dp.encode(e, x))[1]::text, ' ' ORDER BY key), '4 2 2', 'the first three wines') FROM fitted, wine WHERE what = 'wine' AND how = 'serial' AND key <= 3;
SELECT ok(bool_and(dp.hash_encode(category, 10) = (SELECT array_agg(CASE WHEN o = abs(value) THEN sign(value) ELSE 0 END ORDER BY o) FROM generate_series(1, 10) o)) AND count(*) = 19, 'hashes are those of FeatureHasher')
FROM (SELECT substr(name, 11), value FROM expected WHERE name ~ '^hash') x(category, value);

-- cross-fitted: what a row is given was learnt from the other folds
SELECT ok(bool_and(pg_temp.near((dp.encode(f.e, shop, key))[1], (dp.encode(o.e, shop))[1], 1e-12)) AND count(*) = 500, 'a row is encoded without its own fold')
FROM fitted f, sale, LATERAL (SELECT dp.fit_encoder(shop, 'target', amount, key) AS e FROM sale s WHERE dp.fold(s.key, 5) <> dp.fold(sale.key, 5)) o WHERE how = 'serial' AND what = 'target shop amount';
SELECT ok(max(abs((dp.encode(e, shop, key))[1] - (dp.encode(e, shop))[1])) > 0.1, 'which is another code than that of all rows') FROM fitted, sale WHERE how = 'serial' AND what = 'target shop amount';

-- back
SELECT ok(bool_and(dp.decode(e, dp.encode(e, CASE WHEN what ~ 'shop' THEN shop ELSE word END)) = CASE WHEN what ~ 'shop' THEN shop ELSE word END), what || ' can be undone')
FROM fitted, sale WHERE how = 'serial' AND what ~ '^(ordinal|one_hot)' GROUP BY what ORDER BY what;
SELECT throws_ok($$SELECT dp.decode(e, '{1}') FROM fitted WHERE what ~ 'target'$$, '0A000', 'method "target" cannot be undone', 'a mean cannot');

-- what is not known, and NULL
SELECT is(dp.encode(e, c)::text, '{NULL}', 'ordinal of ' || coalesce(c, 'NULL')) FROM fitted, unnest(ARRAY['?', NULL]) c WHERE how = 'serial' AND what = 'ordinal shop';
SELECT is(dp.encode(e, c)::text, '{0,0,0,0,0,0,0}', 'one_hot of ' || coalesce(c, 'NULL')) FROM unnest(ARRAY['?', NULL]) c, (SELECT dp.fit_encoder(shop, 'one_hot') FROM sale WHERE shop > 'shop 2') f(e);
SELECT ok(dp.encode(e, NULL) = dp.encode(e, 'unknown') AND pg_temp.near((dp.encode(e, NULL, 7))[1], o.m), 'target of NULL is the mean of all, or of the other folds')
FROM fitted, (SELECT avg(amount) FROM sale WHERE dp.fold(key, 5) <> dp.fold(7, 5)) o(m) WHERE how = 'serial' AND what = 'target shop amount';
SELECT is(array_agg((dp.encode(e, v))[1]), '{0,4,0,4,NULL,NULL}', 'bins of what lies outside') FROM fitted, unnest('{0,1e9,-Infinity,Infinity,NaN,NULL}'::float8[]) v WHERE how = 'serial' AND what = 'wine';
SELECT is(dp.encode(NULL, 'a'), NULL, 'no encoder');
SELECT is(dp.decode(e, '{0,0}') IS NULL AND dp.decode(e, '{NULL,NaN}') IS NULL, true, 'back from nothing') FROM (SELECT dp.fit_encoder(c, 'one_hot') FROM unnest(ARRAY['a', 'b']) c) f(e);
SELECT is(dp.decode(e, '{NULL,0.3}') || dp.decode(e, '{0.7,0.3}'), 'ba', 'the largest wins') FROM (SELECT dp.fit_encoder(c, 'one_hot') FROM unnest(ARRAY['a', 'b']) c) f(e);
SELECT ok(dp.fit_encoder(NULL::text, 'ordinal') IS NULL AND dp.fit_encoder(NULL, 'target', 1, 1) IS NULL AND dp.fit_encoder('a', 'target', 'NaN', 1) IS NULL AND dp.fit_encoder(NULL::float8, 'k_bins', 4) IS NULL AND dp.merge(NULL::dp.encoder) IS NULL, 'rows that tell nothing');
SELECT is(dp.encode(e, 'a')::text || dp.encode(e, 'a', 1)::text, '{5}{NULL}', 'one row, whose fold leaves nothing') FROM (SELECT dp.fit_encoder('a', 'target', 5, 1)) f(e);
SELECT is(dp.encode(e, 3)::text || dp.encode(e, 8)::text || dp.decode(e, '{0}') || dp.encoder_edges(e)::text, '{0}{0}3{3,3}', 'equal rows make one bin') FROM (SELECT dp.fit_encoder(3, 'k_bins', 4) FROM generate_series(1, 3)) f(e);
SELECT ok(dp.encoder_categories(e) IS NULL, 'bins have no categories') FROM fitted WHERE what = 'ties' AND how = 'serial';
SELECT is(dp.hash_encode(NULL, 2), '{0,0}', 'the hash of NULL is nowhere');

-- every way to write it
SELECT is(dp.encoder_categories(dp.fit_encoder(c::varchar(3), 'ordinal')), '{a,b}', 'varchar') FROM unnest(ARRAY['b', 'a']) c;
SELECT is(dp.encoder_categories(dp.fit_encoder('a', 'ordinal')), '{a}', 'a literal');
SELECT is(dp.encoder_edges(dp.fit_encoder(i, 'k_bins', 2)), '{1,2,3}', 'integer') FROM generate_series(1, 3) i;
SELECT is(dp.encoder_edges(dp.fit_encoder(i, 'k_bins', 2)), '{1,2,3}', 'numeric') FROM generate_series(1.0, 3.0) i;
SELECT is((dp.encode(dp.fit_encoder(i, 'k_bins', 2), 2.5))[1], 1::float8, 'encoding numeric') FROM generate_series(1.0, 3.0) i;
SELECT is(dp.decode(dp.fit_encoder(i::text, 'ordinal'), ARRAY[1]), '2', 'decoding integer[]') FROM generate_series(1, 3) i;
SELECT is(dp.decode(dp.fit_encoder(i::text, 'ordinal'), ARRAY[1.0]), '2', 'decoding numeric[]') FROM generate_series(1, 3) i;
SELECT throws_ok($$SELECT dp.fit_encoder('a', 'target', t, k) FROM unnest('{1e308,-1e308,1e308}'::float8[]) WITH ORDINALITY v(t, k)$$, '22003', 'target is out of range', 'targets too large to have a spread');
SELECT throws_ok($$SELECT dp.fit_encoder(k::text, 'target', t, k) FROM unnest('{1e300,-1e300}'::float8[]) WITH ORDINALITY v(t, k)$$, '22003', 'target is out of range', 'of different categories');
PREPARE code(text, float8, bigint) AS SELECT dp.encode(dp.fit_encoder($1, 'ordinal'), $1), dp.encode(dp.fit_encoder($2, 'k_bins', 3), $2), dp.encode(dp.fit_encoder($1, 'target', $2, $3), $1, $3), dp.decode(dp.fit_encoder($1, 'ordinal'), '{0}');
SELECT lives_ok($$EXECUTE code('a', 1, 2)$$, 'parameters');

-- errors
SELECT throws_ok(format('SELECT dp.%s', call), state, message, call) FROM (VALUES
	('fit_encoder(''a'', ''binary'')', '22023', 'unrecognized method "binary"'), ('fit_encoder(''a'', NULL)', '22004', '"method" must not be null'),
	('fit_encoder(''a'', ''target'')', '22023', 'method "target" needs a target'), ('fit_encoder(''a'', ''k_bins'')', '22023', 'method "k_bins" needs numbers'),
	('fit_encoder(''a'', ''ordinal'', 1, 1)', '22023', 'method "ordinal" takes no target'), ('fit_encoder(1, ''ordinal'', 3)', '22023', 'method "ordinal" takes no bins'),
	('fit_encoder(1, ''k_bins'', 1)', '22023', 'invalid value for parameter "bins": 1'), ('fit_encoder(1, ''k_bins'', NULL)', '22004', '"bins" must not be null'),
	('fit_encoder(''Infinity''::float8, ''k_bins'', 3)', '22023', 'cannot fit an encoder to an infinite value'), ('fit_encoder(''a'', ''target'', ''Infinity'', 1)', '22023', 'cannot fit an encoder to an infinite target'),
	('fit_encoder(''a'', ''target'', 1, NULL)', '22004', '"key" must not be null'), ('fit_encoder(repeat(''x'', 1001), ''ordinal'')', '54000', 'category is longer than 1000 bytes'),
	('fit_encoder(i::text, ''ordinal'') FROM generate_series(1, 10001) i', '54000', 'more than 10000 categories'),
	('fit_encoder(i, ''k_bins'', i) FROM generate_series(2, 3) i', '22023', '"method" and "bins" must be the same for every row'),
	('encode(''"k_bins" 2 0 1 0'', ''a''::text)', '22023', 'method "k_bins" needs numbers'), ('encode(''"ordinal" 0'', 1)', '22023', 'method "ordinal" needs text'),
	('encode(''"ordinal" 0'', ''a'', 1)', '22023', 'method "ordinal" takes no key'), ('encode(''"target" 0'', ''a'', NULL)', '22004', '"key" must not be null'),
	('decode(''"ordinal" 1 "a"'', ''{1}'')', '22023', 'invalid code: 1'), ('decode(''"ordinal" 1 "a"'', ''{0.5}'')', '22023', 'invalid code: 0.5'), ('decode(''"one_hot" 1 "a"'', ''{1,2}'')', '22023', 'wrong number of features: 2'),
	('hash_encode(''a'', 0)', '22023', 'invalid value for parameter "places": 0'),
	('merge(e) FROM (VALUES (''"ordinal" 0''::dp.encoder), (''"one_hot" 0'')) v(e)', '22023', 'cannot merge encoders of different methods or bins')) v(call, state, message);
SELECT throws_ok(format('SELECT %L::dp.encoder', t), '22P02', NULL, 'refused: ' || t)
FROM unnest(ARRAY['', '"binary" 0', '"ordinal" 1', '"ordinal" 2 "b" "a"', '"ordinal" 2 "a" "a"', '"ordinal" 10001', '"one_hot" 1 a', '"target" 1 "a" 1 0 0 0 0 0', '"k_bins" 1 0 1 0', '"k_bins" 2 1 1 0', '"ordinal" 0 0']) t;

SELECT current_setting('data_directory') || '/dp_encoders.bin' AS file \gset
CREATE TEMP TABLE back (LIKE parts);
COPY parts TO :'file' (FORMAT binary);
COPY back FROM :'file' (FORMAT binary);
SELECT is((SELECT md5(string_agg(b::text, ' ' ORDER BY day, what)) FROM back b), (SELECT md5(string_agg(p::text, ' ' ORDER BY day, what)) FROM parts p), 'binary there and back');
SELECT is((SELECT count(*) FROM parts WHERE e::text::dp.encoder::text <> e::text), 0::bigint, 'text there and back');

SELECT * FROM finish();
ROLLBACK;
