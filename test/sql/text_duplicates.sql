\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
-- normal texts, their hashes and signatures against Python's Unicode data, xxhash, datasketch and simhash
BEGIN;
SELECT no_plan();
\getenv srcdir PG_ABS_SRCDIR
\set data :srcdir '/data/text_duplicates.sql'
\i :data

SELECT is((SELECT string_agg(id::text || ': ' || dp.text_normalize(text), '; ' ORDER BY id) FROM sample WHERE dp.text_normalize(text) <> normal), NULL, 'normal texts');
SELECT is((SELECT string_agg(id::text, ', ') FROM sample WHERE dp.text_normalize(text, 'nfc', strip_punctuation => false) <> nfc), NULL, 'canonical form, with punctuation');
SELECT is((SELECT string_agg(id::text, ', ') FROM sample WHERE dp.text_normalize(text, fold_case => false) <> cased), NULL, 'with case');
SELECT is((SELECT string_agg(id::text, ', ') FROM sample WHERE dp.text_normalize(text, strip_accents => true) <> plain), NULL, 'without accents');
SELECT is((SELECT string_agg(id::text, ', ') FROM sample WHERE dp.text_normalize(normal) <> normal), NULL, 'a normal text stays what it is');
SELECT is((SELECT string_agg(id::text, ', ') FROM sample WHERE dp.text_hash(text) IS DISTINCT FROM hash), NULL, 'hashes');
SELECT is(dp.text_hash('Don''t  STOP.'), dp.text_hash('don t stop'), 'same words, same hash');
SELECT is((SELECT string_agg(format('%s %s %s', id, ngram, unit), ', ') FROM signature JOIN sample USING (id)
	WHERE cardinality(dp.text_shingles(text, ngram, unit)) <> nshingles), NULL, 'number of shingles');
SELECT is((SELECT string_agg(format('%s %s %s', id, ngram, unit), ', ') FROM signature JOIN sample USING (id)
	WHERE dp.minhash(text, ngram, unit) IS DISTINCT FROM minhash), NULL, 'signatures are datasketch''s');
SELECT is((SELECT string_agg(format('%s %s %s', id, ngram, unit), ', ') FROM signature JOIN sample USING (id)
	WHERE dp.simhash(text, ngram, unit) IS DISTINCT FROM simhash), NULL, 'SimHash is that of simhash');
SELECT is((SELECT string_agg(format('%s %s %s %s', a, b, ngram, unit), ', ') FROM jaccard JOIN sample s ON s.id = a JOIN sample t ON t.id = b
	WHERE abs(dp.text_jaccard(s.text, t.text, ngram, unit) - jaccard) > 1e-15), NULL, 'Jaccard similarity of shingles');
SELECT is((SELECT string_agg(format('%s %s %s %s', a, b, ngram, unit), ', ') FROM jaccard JOIN sample s ON s.id = a JOIN sample t ON t.id = b
	WHERE abs(dp.minhash_similarity(dp.minhash(s.text, ngram, unit), dp.minhash(t.text, ngram, unit)) - jaccard) > 3 * sqrt(jaccard * (1 - jaccard) / 128)), NULL,
	'and as signatures estimate it, within three standard errors');
SELECT is((SELECT string_agg(id::text, ', ') FROM (SELECT s.id, minhash, dp.minhash_agg(shingle) AS agg FROM signature s JOIN sample USING (id)
	CROSS JOIN unnest(dp.text_shingles(text, 2)) shingle WHERE ngram = 2 GROUP BY 1, 2) x WHERE agg <> minhash), NULL, 'the aggregate of a text''s shingles is its signature');

-- the aggregate: parallel, merged, empty
CREATE TABLE token AS SELECT i % 3 AS g, md5((i / 7)::text) AS token FROM generate_series(1, 50000) i;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
CREATE FUNCTION pg_temp.plan_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE line text; plan text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN ' || query LOOP plan := plan || line; END LOOP;
	RETURN plan;
END $$;
SELECT matches(pg_temp.plan_of('SELECT dp.minhash_agg(token) FROM token'), 'Partial Aggregate', 'the plan is parallel');
CREATE TEMP TABLE par AS SELECT dp.minhash_agg(token) AS m FROM token;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT is((SELECT dp.minhash_agg(token) FROM token), (SELECT m FROM par), 'parallel gives what serial does');
SELECT is((SELECT dp.minhash_agg(m) FROM (SELECT dp.minhash_agg(token) AS m FROM token GROUP BY g) x), (SELECT m FROM par), 'merged from stored parts, too');
SELECT is((SELECT dp.minhash_agg(token) FROM token WHERE false), NULL, 'of nothing: NULL');
SELECT is((SELECT dp.minhash_agg(NULL::text) FROM token), NULL, 'of NULLs: NULL');
SELECT is((SELECT dp.minhash_agg(x) FROM (VALUES ('a'), (NULL), ('b')) v(x)), (SELECT dp.minhash_agg(x) FROM unnest('{b,a,a}'::text[]) x), 'NULL counts for nothing, neither does repeating');
SELECT is(dp.minhash_merge(NULL, NULL), NULL, 'NULL merged with NULL');

-- bands
SELECT is(cardinality(dp.minhash_bands(dp.minhash('a b c'))), 20, 'bands');
SELECT is((SELECT count(DISTINCT b) FROM unnest(dp.minhash_bands(array_fill(7, '{128}'), 128, 1)) b), 128::bigint, 'a band''s place counts');
SELECT is(dp.minhash_bands(dp.minhash('a b c'), 4, 3), (dp.minhash_bands(dp.minhash('a b c'), 9, 3))[1:4], 'bands from the beginning');
SELECT is((SELECT string_agg(format('%s-%s', x.id, y.id), ', ') FROM signature x JOIN signature y USING (ngram, unit) WHERE x.id < y.id AND x.minhash[1:6] = y.minhash[1:6]
	AND NOT dp.minhash_bands(x.minhash) && dp.minhash_bands(y.minhash)), NULL, 'equal rows make equal bands');
SELECT throws_ok($$SELECT dp.minhash_bands(dp.minhash('a'), 20, 7)$$, '22023', 'too many bands for a signature: 20 of 7 rows');
SELECT throws_ok($$SELECT dp.minhash_bands(dp.minhash('a'), 0, 7)$$, '22023', 'invalid value for parameter "bands": 0');
SELECT throws_ok($$SELECT dp.minhash_similarity('{1,2}', '{1,2}')$$, '22023', 'array is no MinHash signature');
SELECT throws_ok($$SELECT dp.minhash_merge(NULL, '{1,2}')$$, '22023', 'array is no MinHash signature');
SELECT throws_ok($$SELECT dp.minhash_similarity(array_fill(NULL::int, '{128}'), array_fill(1, '{128}'))$$, '22023', 'array is no MinHash signature');
SELECT is(dp.minhash_similarity(array_fill(1, '{128}'), array_fill(1, '{128}')), 1::float8, 'equal signatures');

-- hashes near another: every pair of random hashes at a distance is found
SELECT is(dp.hash_bands(x'0001000200030004'::bigint), '{4,65539,131074,196609}'::int[], 'bands of a hash, the lowest first');
SELECT is((SELECT array_agg(cardinality(dp.hash_probes(5, d)) ORDER BY d) FROM generate_series(0, 10) d), '{1,2,3,4,20,36,52,68,188,308,428}'::int[], 'how many bands to look up');
CREATE TEMP TABLE near AS SELECT i, d, ('x' || left(md5(i::text), 16))::bit(64)::bigint AS h,
	(SELECT bit_or(1::bigint << bit::int) FROM (SELECT bit FROM generate_series(0, 63) bit ORDER BY md5(i::text || '/' || bit) LIMIT d) x) AS mask
FROM generate_series(1, 500) i, generate_series(1, 12) d;
SELECT is((SELECT count(*) FROM near WHERE dp.hash_distance(h, h # mask) <> d), 0::bigint, 'hashes at a distance');
SELECT is((SELECT count(*) FROM near WHERE NOT dp.hash_bands(h # mask) && dp.hash_probes(h, d)), 0::bigint, 'and each is found');
SELECT is(dp.hash_bands(7) && dp.hash_probes(7, 0), true, 'itself, too');
SELECT throws_ok($$SELECT dp.hash_probes(1, 16)$$, '22023', 'invalid value for parameter "distance": 16');

-- what is not a text to compare
SELECT is(array[dp.minhash('') IS NULL, dp.simhash(' .') IS NULL, dp.text_hash('!') IS NULL, dp.text_jaccard('', '-') IS NULL, dp.minhash(NULL) IS NULL], array_fill(true, '{5}'), 'no words, no answer');
SELECT is(dp.text_shingles(''), '{}', 'and no shingles');
SELECT is(dp.text_jaccard('', 'a'), 0::float8, 'against words: nothing in common');
SELECT is(dp.minhash('a b'), dp.minhash('A  b!', 7), 'a short text is one shingle');
SELECT is(dp.text_shingles('a b c', 2), '{a b,b c}'::text[], 'shingles of words');
SELECT is(dp.text_shingles('Ab, c', 3, 'character'), '{"ab ","b c"}'::text[], 'shingles of characters');
SELECT is(dp.text_normalize(repeat('Äa ', 100000)), rtrim(repeat('äa ', 100000)), 'a text longer than a piece');
SELECT is(dp.text_normalize(repeat('漢字', 60000)), repeat('漢字', 60000), 'one without ASCII');
-- against the server's own normal form, whatever lies where a piece of 65,536 bytes ends
SELECT is(string_agg(what || ' ' || n, ', '), NULL, 'no cut parts what belongs together') FROM generate_series(65500, 65540) n,
	LATERAL (VALUES ('accents', repeat('a', n) || repeat(U&'e\0301\0316\0327', 30)), ('letters of Hangul', repeat('a', n) || repeat(U&'\1112\1161\11ab', 30)), ('Bengali', repeat('a', n) || repeat(U&'\0995\09c7\09be', 30)),
		('half width', repeat('a', n) || repeat(U&'\ff76\ff9e', 30))) v(what, t)
	WHERE dp.text_normalize(t, 'nfkc', false, false) <> normalize(t, nfkc);
SELECT is(dp.text_normalize(repeat(U&'a' || repeat(U&'\0301\0316', 500), 100), 'nfc', false, false), normalize(repeat(U&'a' || repeat(U&'\0301\0316', 500), 100), nfc), '1,000 marks in a row');
SELECT throws_ok($$SELECT dp.text_normalize(repeat(U&'\0301\0316', 501))$$, '54000', 'text has more than 1000 combining characters in a row');
SELECT throws_ok($$SELECT dp.text_normalize(repeat(U&'\0301\0316', 10000000))$$, '54000', 'text has more than 1000 combining characters in a row', 'which takes no time');
SELECT is(cardinality(dp.text_shingles(repeat('a ', 300000), 32)), 299969, 'many shingles');
-- what they take is limited, however long the text or its shingles are
SET datapower.memory_limit = '4MB';
SELECT throws_ok($$SELECT dp.text_shingles(repeat('a ', 200000), 32)$$, '54000', 'text has too many shingles');
SELECT throws_ok($$SELECT dp.text_shingles((SELECT string_agg(repeat('x', 10000), ' ') FROM generate_series(1, 100)), 32)$$, '54000', 'text has too many shingles', 'or few long ones');
SELECT throws_ok($$SELECT dp.text_jaccard(repeat('abc', 200000), 'x', 3, 'character')$$, '54000', 'text has too many shingles');
SELECT throws_ok($$SELECT dp.simhash(repeat('a ', 600000))$$, '54000', 'text has too many shingles');
SELECT throws_ok($$SELECT dp.fit_tfidf(repeat('a ', 200000))$$, '54000', 'text has too many shingles');
SELECT is(array[dp.minhash(repeat('a ', 600000)) IS NULL, dp.simhash(repeat('abcdefghi', 200000)) IS NULL, cardinality(dp.text_shingles(repeat('a ', 9000), 32)) <> 8969], array_fill(false, '{3}'), 'not what needs none');
RESET datapower.memory_limit;
SELECT throws_ok($$SELECT dp.minhash('a', 0)$$, '22023', 'invalid value for parameter "ngram": 0');
SELECT throws_ok($$SELECT dp.minhash('a', 3, 'letter')$$, '22023', 'unrecognized unit "letter"');
SELECT throws_ok($$SELECT dp.text_normalize('a', 'utf8')$$, '22023', 'unrecognized form "utf8"');

SELECT * FROM finish();
ROLLBACK;
