\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
-- plans of merging duplicates against PostgreSQL's own ordered aggregates; applied; what makes no sense
BEGIN;
SELECT no_plan();
CREATE FUNCTION pg_temp.h(i int, salt int) RETURNS int LANGUAGE SQL IMMUTABLE RETURN (hashint8extended(i, salt) & 1048575)::int;
CREATE TABLE contact AS
SELECT i AS id, pg_temp.h(i, 1) % 900 AS cluster, CASE WHEN pg_temp.h(i, 2) % 4 > 0 THEN 'name ' || pg_temp.h(i, 3) % 5 END AS name, CASE WHEN pg_temp.h(i, 4) % 5 > 0 THEN repeat('x', pg_temp.h(i, 5) % 7) || pg_temp.h(i, 6) % 10 END AS email,
	CASE WHEN pg_temp.h(i, 7) % 3 > 0 THEN (pg_temp.h(i, 8) % 100) / 4.0::float8 END AS price, CASE WHEN pg_temp.h(i, 9) % 6 > 0 THEN date '2025-01-01' + pg_temp.h(i, 10) % 40 END AS changed
FROM generate_series(1, 3000) i;

-- the first of rows in an order, beside what ordered aggregates choose
CREATE FUNCTION pg_temp.wrong(keep text, rules jsonb, survivor_order text, name_order text, email_order text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	EXECUTE format('WITH wanted AS (SELECT cluster, (array_agg(id::text ORDER BY %1$s, id))[1] AS survivor, array_agg(id::text ORDER BY id) AS members,
			(array_agg(name ORDER BY %2$s, id) FILTER (WHERE name IS NOT NULL))[1] AS name, (array_agg(id::text ORDER BY %2$s, id) FILTER (WHERE name IS NOT NULL))[1] AS name_of,
			(array_agg(email ORDER BY %3$s, id) FILTER (WHERE email IS NOT NULL))[1] AS email, (array_agg(id::text ORDER BY %3$s, id) FILTER (WHERE email IS NOT NULL))[1] AS email_of,
			(array_agg(price ORDER BY %1$s, id) FILTER (WHERE price IS NOT NULL))[1] AS price, array_remove(ARRAY[CASE WHEN count(DISTINCT name) > 1 THEN ''name'' END,
			CASE WHEN count(DISTINCT email) > 1 THEN ''email'' END, CASE WHEN count(DISTINCT price) > 1 THEN ''price'' END, CASE WHEN count(DISTINCT changed) > 1 THEN ''changed'' END], NULL) AS conflicts
		FROM (SELECT *, count(*) OVER (PARTITION BY cluster, name) AS names, count(*) OVER (PARTITION BY cluster, email) AS emails, num_nonnulls(name, email, price, changed) AS filled FROM contact) c GROUP BY cluster HAVING count(*) > 1)
	SELECT count(*) FILTER (WHERE (p.survivor, p.merged, p.conflicts) IS DISTINCT FROM (w.survivor, array_remove(members, w.survivor), w.conflicts)
		OR (record->>''name'', record->>''email'', (record->>''price'')::float8) IS DISTINCT FROM (name, email, price) OR (origins->>''name'', origins->>''email'') IS DISTINCT FROM (name_of, email_of))
		+ abs(count(*) - (SELECT count(*) FROM wanted)) + CASE WHEN count(*) > 500 THEN 0 ELSE 1000 END
	FROM dp.merge_plan($1, $2, $3) p FULL JOIN wanted w ON w.survivor = p.survivor', survivor_order, name_order, email_order)
	INTO n USING 'SELECT id AS key, cluster AS "group", name, email, price, changed FROM contact ORDER BY md5(id::text)', keep, rules;
	RETURN n;
END $$;
SELECT is(pg_temp.wrong(keep, rules::jsonb, s, n, e), 0::bigint, keep || ' ' || rules) FROM (VALUES
	('first', '{}', 'id', 'id', 'id'),
	('latest by changed', '{}', 'changed DESC NULLS LAST', 'changed DESC NULLS LAST', 'changed DESC NULLS LAST'),
	('earliest by price', '{}', 'price NULLS LAST', 'price NULLS LAST', 'price NULLS LAST'),
	('most_complete', '{"name": "most_frequent", "email": "longest"}', 'filled DESC', 'names DESC', 'length(email) DESC NULLS LAST'),
	('latest by email', '{"name": "first", "email": "most_frequent"}', 'email DESC NULLS LAST', 'id', 'emails DESC'),
	('first', '{"name": "earliest by changed", "email": "latest by email"}', 'id', 'changed NULLS LAST', 'email DESC NULLS LAST'),
	('earliest by changed', '{"name": "longest", "email": "most_complete"}', 'changed NULLS LAST', 'length(name) DESC NULLS LAST', 'filled DESC')) v(keep, rules, s, n, e);
SELECT ok(pg_temp.wrong('first', '{}', 'id', 'id DESC', 'id') > 100, 'another order would be seen');
SELECT is((SELECT jsonb_agg(p) FROM dp.merge_plan('SELECT id AS key, cluster AS "group", * FROM contact ORDER BY name', 'most_complete') p), (SELECT jsonb_agg(p) FROM dp.merge_plan('SELECT id AS key, cluster AS "group", * FROM contact ORDER BY price DESC', 'most_complete') p), 'the order of rows does not matter');

-- values of all types come back as they were; NULL, groups of one row and none
CREATE TABLE kinds (key text, "group" text, f float8, t timestamptz, b bytea, a int[], j jsonb, n text, "odd "" name" inet);
INSERT INTO kinds VALUES ('b', 'x', 'NaN', '2025-01-01 12:00:00.123456+02', '\x0001', '{1,NULL}', '{"a": [1, "\""]}', NULL, '1.2.3.4/8'), ('a', 'x', NULL, NULL, NULL, NULL, NULL, NULL, NULL), ('c', 'y', 1, NULL, NULL, NULL, NULL, NULL, NULL), ('d', NULL, 2, NULL, NULL, NULL, NULL, NULL, NULL), ('e', NULL, 2, NULL, NULL, NULL, NULL, NULL, NULL);
SELECT is(jsonb_populate_record(k, record)::text, (SELECT ROW('a', 'x', f, t, b, a, j, n, "odd "" name")::text FROM kinds WHERE key = 'b'), 'values of all types') FROM dp.merge_plan('kinds') p JOIN kinds k ON k.key = p.survivor;
SELECT is((survivor, merged, conflicts, record->'n', origins->>'n', origins->>'f')::text, '(a,{b},{},null,,b)', 'the lowest key by its bytes stays; what no row has is null') FROM dp.merge_plan('kinds');
SELECT is((SELECT count(*) FROM dp.merge_plan('SELECT * FROM kinds WHERE "group" IS NULL OR "group" = ''y''')), 0::bigint, 'rows alone or without a group need no plan');
SELECT is(survivor || merged::text || record || origins, '9{10}{}{}', 'integers by value, and no columns at all') FROM dp.merge_plan('SELECT * FROM (VALUES (10, 1), (9, 1)) v(key, "group")', 'most_complete');

-- from pairs to fewer rows
CREATE TABLE person (id int PRIMARY KEY, name text, email text, changed date);
INSERT INTO person VALUES (1, 'Ann', NULL, '2025-01-01'), (2, 'Ann Lee', 'ann@x.org', '2025-01-02'), (3, 'A. Lee', NULL, '2025-01-03'), (4, 'Bo', 'bo@x.org', '2025-01-04');
CREATE TEMP TABLE plan AS SELECT * FROM dp.merge_plan('SELECT p.*, p.id AS key, c.component AS "group" FROM person p JOIN dp.connected_components(''SELECT * FROM (VALUES (1, 2), (2, 3)) v(a, b)'') c ON c.key = p.id::text', 'latest by changed', '{"name": "longest"}');
UPDATE person p SET (name, email) = (SELECT r.name, r.email FROM jsonb_populate_record(p, record) r) FROM plan WHERE p.id = survivor::int;
DELETE FROM person p USING plan, unnest(merged) k WHERE p.id = k::int;
SELECT is(string_agg((id, name, email)::text, ' ' ORDER BY id), '(3,"Ann Lee",ann@x.org) (4,Bo,bo@x.org)', 'applied') FROM person p;

-- what makes no sense
SELECT throws_ok(format('SELECT * FROM dp.merge_plan(%L, %L, %L)', source, keep, rules), code, message, message) FROM (VALUES
	('SELECT id AS key, name FROM contact', 'first', '{}', '42703', 'the source has no column "group"'), ('SELECT cluster AS "group", name FROM contact', 'first', '{}', '42703', 'the source has no column "key"'),
	('SELECT 1 AS key, 1 AS key, 1 AS "group"', 'first', '{}', '42702', 'the source has two columns "key"'), ('SELECT 1 AS key, 1 AS "group", 1 AS a, 2 AS a', 'first', '{}', '42702', 'the source has two columns "a"'),
	('SELECT NULL AS key, 1 AS "group"', 'first', '{}', '22004', 'a key of the source is null'), ('SELECT 1 AS key, i AS "group" FROM generate_series(1, 2) i', 'first', '{}', '23505', 'the source has several rows with key "1"'),
	('kinds', 'best', '{}', '22023', 'unrecognized rule "best"'), ('kinds', 'longest', '{}', '22023', 'unrecognized rule "longest"'), ('kinds', 'latest by z', '{}', '42703', 'the source has no column "z"'),
	('SELECT key, "group", j::json FROM kinds', 'latest by j', '{}', '42883', 'values of type json have no order'), ('kinds', 'first', '[]', '22023', '"rules" must be an object'), ('kinds', 'first', '{"z": "first"}', '42703', 'the source has no column "z"'),
	('kinds', 'first', '{"f": 1}', '22023', 'the rule of column "f" is not text'), ('kinds', 'first', '{"f": "frequent"}', '22023', 'unrecognized rule "frequent"'), ('kinds', 'first', '{"key": "first"}', '22023', 'column "key" has no rule'),
	('nothing', 'first', '{}', '42P01', 'relation "nothing" does not exist'), ('kinds', NULL, '{}', '22004', '"keep" must not be null')) v(source, keep, rules, code, message);
CREATE ROLE merge_plan_test;
SET LOCAL ROLE merge_plan_test;
SELECT throws_ok($$SELECT * FROM dp.merge_plan('kinds')$$, '42501', 'permission denied for table kinds', 'a table that may not be read');
RESET ROLE;
SET LOCAL datapower.memory_limit = '1MB';
SELECT throws_like($$SELECT * FROM dp.merge_plan('SELECT i AS key, 1 AS "group" FROM generate_series(1, 100000) i')$$, 'too many rows in the group of key "1": more than %', 'a group larger than memory');
RESET datapower.memory_limit;

SELECT * FROM finish();
ROLLBACK;
