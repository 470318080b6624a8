\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
-- rows packed into a tar archive
BEGIN;
SELECT no_plan();

\getenv srcdir PG_ABS_SRCDIR
\set file :srcdir '/data/tar_write.sql'
\i :file

CREATE FUNCTION pg_temp.report(q text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE m text; d text; h text; s text;
BEGIN
	EXECUTE q;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS m = MESSAGE_TEXT, d = PG_EXCEPTION_DETAIL, h = PG_EXCEPTION_HINT, s = RETURNED_SQLSTATE;
	RETURN concat_ws(' | ', s, m, nullif(d, ''), nullif(h, ''));
END $$;

CREATE FUNCTION pg_temp.pack(path text, size int) RETURNS bytea LANGUAGE sql AS $$SELECT dp.tar_file(p, repeat('x', n)::bytea) FROM (SELECT path AS p, size AS n) AS s$$;

SELECT is(md5(pg_temp.pack(w.path, w.size)), w.md5, format('the bytes of Python''s tarfile: %s... of %s characters, %s bytes', left(path, 12), length(path), size)) FROM written AS w;
SELECT is((SELECT (i.path, i.data)::text FROM dp.tar_items(pg_temp.pack(w.path, w.size)) AS i), (w.path, repeat('x', w.size)::bytea)::text, 'and back') FROM written AS w;
SELECT results_eq($$SELECT path, data FROM dp.tar_items((SELECT dp.tar_file('class ' || k % 7 || '/' || repeat('d/', k / 2) || k || '.bin', convert_to(repeat(md5(k::text), k), 'utf8') ORDER BY k) FROM generate_series(0, 900) AS k))$$,
	$$SELECT 'class ' || k % 7 || '/' || repeat('d/', k / 2) || k || '.bin', convert_to(repeat(md5(k::text), k), 'utf8') FROM generate_series(0, 900) AS k ORDER BY k$$, 'many files there and back, in the order of ORDER BY');
SELECT results_eq($$SELECT g, count(i.path) FROM (SELECT k % 3 AS g, dp.tar_file(k::text, 'x') AS archive FROM generate_series(1, 10) AS k GROUP BY 1) AS s, dp.tar_items(archive) AS i GROUP BY 1 ORDER BY 1$$,
	$$VALUES (0, 3::bigint), (1, 4), (2, 3)$$, 'an archive for each group');
-- a character of two bytes across the end of the short name
SELECT is((SELECT convert_from(substr(a, 1025, 99), 'utf8') || encode(substr(a, 1124, 1), 'hex') FROM (SELECT dp.tar_file(repeat('n', 99) || 'é', 'x') AS a) AS s), repeat('n', 99) || '00', 'a name is cut between characters');

SELECT is(dp.tar_file(path, data), NULL, 'no rows') FROM (SELECT 'a' AS path, 'x'::bytea AS data WHERE false) AS s;
SELECT is(dp.tar_file('a', NULL), NULL, 'no data');
SELECT is(length(dp.tar_file(path, data)), 2048, 'rows without data are left out') FROM (VALUES ('a', 'x'::bytea), ('b', NULL), (NULL, NULL)) AS v(path, data);
SELECT is(pg_temp.report($$SELECT dp.tar_file(NULL, 'x')$$), '22004 | parameter "path" must not be null', 'no path');
SELECT is(pg_temp.report($$SELECT dp.tar_file('', 'x')$$), '22023 | invalid path of a file: "" | A path must not be empty.', 'an empty path');
SELECT is(pg_temp.report($$SELECT dp.tar_file('/etc/passwd', 'x')$$), '22023 | invalid path of a file: "/etc/passwd" | A path must not begin with "/": whoever unpacks the archive says where.', 'an absolute path');
SELECT is(pg_temp.report(format('SELECT dp.tar_file(%L, ''x'')', p)), format('22023 | invalid path of a file: "%s" | A path must not have ".." in it.', p), 'a path upwards: ' || p)
	FROM unnest('{..,../a,a/..,a/../b,./../a}'::text[]) AS p;
SELECT is(pg_temp.report(format('SELECT dp.tar_file(%L, ''x'')', p)), 'no error', 'a name with dots: ' || p) FROM unnest('{...,a..b,..a/b,a/b..,./a,a/./b}'::text[]) AS p;
SELECT is(pg_temp.report(format('SELECT dp.tar_file(%L, ''x'')', p)), format('22023 | invalid path of a file: "%s" | A path ends with the name of a file.', p), 'a directory: ' || p) FROM unnest('{a/,.,a/.}'::text[]) AS p;
SELECT alike(pg_temp.report($$SELECT dp.tar_file(repeat('ä', 2048), 'x')$$), '22023 | invalid path of a file: "ää%" | A path has at most 4095 bytes.', 'a path too long');
SELECT is(pg_temp.report($$SELECT dp.tar_file(p, 'x') FROM unnest('{b,a,b}'::text[]) AS p$$),
	'22023 | two files of the archive have the path "b" | One of them would be lost when the archive is unpacked. | Put the key into the path, as in label || ''/'' || id || ''.png''.', 'two files of one path');
SELECT is(pg_temp.report(format('SELECT dp.tar_file(p, ''x'') FROM unnest(ARRAY[%L, %L, ''z'']) AS p', a, b)),
	format('22023 | two files of the archive have the path "%s" | One of them would be lost when the archive is unpacked. | Put the key into the path, as in label || ''/'' || id || ''.png''.', c), 'one path: ' || a || ' and ' || b)
	FROM (VALUES ('a', './a', 'a'), ('a/b', 'a//b', 'a/b'), ('a/./b', './/a/b', 'a/b'), ('./a', '././a', 'a')) v(a, b, c);
SELECT alike(pg_temp.report($$SELECT dp.tar_file(p, 'x') FROM unnest('{a/b,a-c,ab,a}'::text[]) AS p$$), '22023 | a file of the archive lies in another: "a/b" | %', 'a file that is a directory, too');
SELECT is(pg_temp.report($$SELECT dp.tar_file(p, 'x') FROM unnest('{a/b,a/bc,a-b,ab/c,a/c/b}'::text[]) AS p$$), 'no error', 'paths that begin alike');

SELECT * FROM finish();
ROLLBACK;
