\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
-- 100,000 texts that once were states: each is refused with a clear error, or is a state that can be used
BEGIN;
SELECT no_plan();

CREATE TEMP TABLE sound (type regtype, state text);
DO $$
DECLARE
	row_source text := 'generate_series(1, %s) i';
	kind record;
	n int;
BEGIN
	FOR kind IN SELECT * FROM (VALUES
		('dp.scaler', 'dp.fit_scaler(ARRAY[i, i * 7919 % 1009]::float8[], ''standard'')'), ('dp.scaler', 'dp.fit_scaler(i::float8, ''minmax'')'), ('dp.scaler', 'dp.fit_scaler(i::float8, ''robust'')'),
		('dp.class_counts', 'dp.count_classes(i % 3, i % 4)'), ('dp.score_bins', 'dp.bin_scores(i / 100.0, i % 2 = 0)'), ('dp.errors', 'dp.sum_errors(i, i + 1)'),
		('dp.moments', 'dp.moments_state(ARRAY[i, sqrt(i)])'), ('dp.covariance', 'dp.covariance_state(ARRAY[i, sqrt(i)])'), ('dp.quantiles', 'dp.quantiles_state(i)'),
		('dp.histogram', 'dp.histogram_state(i, 5)'), ('dp.histogram', 'dp.histogram_state(i, 3, 0, 30)'), ('dp.distinct', 'dp.distinct_state(i)'), ('dp.top', 'dp.top_state(i::text, 10)'),
		('dp.label_counts', 'dp.label_counts_merge(dp.label_counts_add(NULL, ''a'', 2), (SELECT dp.label_counts_add(NULL, array_agg(chr(97 + j))) FROM generate_series(1, least(max(i), 20)) j))'),
		('dp.tfidf', 'dp.fit_tfidf(''term '' || i)'), ('dp.tfidf', 'dp.fit_tfidf(repeat(i::text, 3), 3, ''character'')'),
		('dp.label_thresholds', 'dp.label_thresholds(i % 3, ARRAY[0.5, 0.25, 0.25])'), ('dp.confident_joint', 'dp.confident_joint(i % 3, ARRAY[0.5, 0.25, 0.25], ''3 5 9 9 5 9 9 5 9 9'')'),
		('dp.encoder', 'dp.fit_encoder((i % 50)::text, ''one_hot'')'), ('dp.encoder', 'dp.fit_encoder((i % 50)::text, ''target'', i, i)'), ('dp.encoder', 'dp.fit_encoder(i, ''k_bins'', 4)'),
		('dp.detector', 'dp.fit_detector(i, ''zscore'', ''{}'', i)'), ('dp.detector', 'dp.fit_detector(i, ''ecod'', ''{"sample": 20}'', i)'), ('dp.detector', 'dp.fit_detector(i, ''hbos'', ''{"contamination": 0.1}'', i)'),
		('dp.detector', 'dp.fit_detector(i, ''isolation_forest'', ''{"trees": 3, "psi": 8}'', i)'), ('dp.detector', 'dp.fit_detector(i, ''lof'', ''{"sample": 10}'', i)'), ('dp.detector', 'dp.fit_detector(i, ''pca'', ''{}'', i)'), ('dp.detector', 'dp.fit_detector(i, ''mcd'', ''{}'', i)'),
		('dp.kmeans', 'dp.fit_kmeans(ARRAY[i, i * 7919 % 1009], 1)'), ('dp.kmeans', 'dp.kmeans_add(NULL, ARRAY[max(i)], 2)')) k(type, aggregate)
	LOOP
		FOREACH n IN ARRAY ARRAY[1, 7, 60, 700] LOOP
			EXECUTE format('INSERT INTO sound SELECT %L, (%s)::text FROM %s', kind.type, kind.aggregate, format(row_source, n));
		END LOOP;
	END LOOP;
END $$;
SELECT is((SELECT string_agg(t.typname, ', ') FROM pg_type t JOIN pg_aggregate a ON a.aggtranstype = t.oid JOIN pg_namespace s ON s.oid = typnamespace AND nspname = 'dp'
	WHERE t.typtype = 'b' AND t.oid NOT IN (SELECT type FROM sound)), NULL, 'the state of every aggregate is tried');

-- What can be asked of a state: its type's functions of one argument, and merging it with itself
CREATE TEMP TABLE questions AS SELECT p.proargtypes[0] AS type, format(CASE WHEN proretset THEN 'SELECT count(*) FROM %s($1) f' WHEN prokind = 'a' THEN 'SELECT %s(s) FROM unnest(ARRAY[$1, $1]) s' ELSE 'SELECT %s($1)' END, p.oid::regproc) AS query
	FROM pg_proc p JOIN pg_namespace s ON s.oid = pronamespace AND nspname = 'dp'
	WHERE proargtypes[0] IN (SELECT type FROM sound) AND pronargs - pronargdefaults = 1 AND (prokind = 'a' AND proname = 'merge' OR prokind = 'f' AND proname NOT LIKE '%\_finish');

INSERT INTO questions VALUES ('dp.kmeans'::regtype, 'SELECT dp.kmeans_cluster($1, ARRAY[1, 2])'), ('dp.detector'::regtype, 'SELECT dp.outlier_score($1, 7)'), ('dp.detector'::regtype, 'SELECT count(*) FROM dp.outlier_explain($1, 7)');

CREATE FUNCTION pg_temp.random(n int, seed int) RETURNS int LANGUAGE SQL RETURN abs(hashint8extended(seed, n) % greatest(n, 1));
-- one to three changes: a character replaced, a word dropped, doubled or replaced by an odd one, or the rest cut off
CREATE FUNCTION pg_temp.damage(state text, seed int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	words text[];
	odd text[] := '{0,1,-1,2,NaN,inf,-inf,1e308,-1e308,4e-324,9007199254740992,9223372036854775807,-9223372036854775808,1e999,"",x,100000,""}';
	at int;
BEGIN
	FOR i IN 1..1 + seed % 3 LOOP
		words := string_to_array(left(state, 4000), ' ');
		at := 1 + pg_temp.random(least(cardinality(words), CASE WHEN seed % 5 = 0 THEN 100000 ELSE 12 END), seed * 7 + i);
		CASE pg_temp.random(7, seed * 13 + i)
			WHEN 0 THEN at := 1 + pg_temp.random(length(state), seed * 3 + i); state := overlay(state PLACING chr(33 + pg_temp.random(90, seed + i)) FROM at FOR 1);
			WHEN 1 THEN state := array_to_string(words[:at - 1] || words[at + 1:], ' ');
			WHEN 2 THEN state := array_to_string(words[:at] || words[at:], ' ');
			WHEN 3 THEN state := array_to_string(words[:at], ' ');
			ELSE words[at] := odd[1 + pg_temp.random(cardinality(odd), seed * 5 + i)]; state := array_to_string(words, ' ');
		END CASE;
	END LOOP;
	RETURN state;
END $$;
CREATE TEMP TABLE fate (type regtype, how text, n bigint);
DO $$
DECLARE
	s record;
	q record;
	damaged text;
	refused int;
	taken int;
	failed int;
BEGIN
	FOR s IN SELECT row_number() OVER () AS no, count(*) OVER () AS states, * FROM sound LOOP
		refused := 0; taken := 0; failed := 0;
		FOR i IN 1..(100000 / s.states + 1)::int LOOP
			damaged := pg_temp.damage(s.state, (s.no * 100000 + i)::int);
			BEGIN
				EXECUTE format('SELECT %L::%s', damaged, s.type);
				taken := taken + 1;
				FOR q IN SELECT query FROM questions WHERE type = s.type LOOP
					BEGIN
						EXECUTE replace(q.query, '$1', format('%L::%s', damaged, s.type));
					EXCEPTION
						-- beyond double precision, too many rows, no values, different lengths
						WHEN numeric_value_out_of_range OR program_limit_exceeded OR data_exception OR invalid_parameter_value OR feature_not_supported THEN failed := failed + 1;
					END;
				END LOOP;
			EXCEPTION WHEN invalid_text_representation THEN
				refused := refused + 1;
			END;
		END LOOP;
		INSERT INTO fate VALUES (s.type, 'refused', refused), (s.type, 'taken', taken), (s.type, 'failed', failed);
	END LOOP;
END $$;
SELECT ok(sum(n) >= 100000, 'a hundred thousand states were tried') FROM fate WHERE how <> 'failed';
SELECT ok(sum(n) FILTER (WHERE how = 'refused') > 0 AND sum(n) FILTER (WHERE how = 'taken') > 0, 'some were refused, some taken: ' || type) FROM fate GROUP BY type ORDER BY type::text;

SELECT * FROM finish();
ROLLBACK;
