\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
-- what holds for every object of the extension, whoever wrote it
BEGIN;
SELECT plan(13);

CREATE TEMP VIEW members AS
SELECT classid, objid FROM pg_depend WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
	AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'datapower');
CREATE TEMP VIEW functions AS
SELECT p.*, p.oid::regprocedure::text AS signature FROM pg_proc p JOIN members ON classid = 'pg_proc'::regclass AND objid = p.oid;
CREATE TEMP VIEW aggregates AS
SELECT a.*, f.signature, f.proparallel, f.proname FROM pg_aggregate a JOIN functions f ON f.oid = a.aggfnoid;

-- aggregates that by nature collect rows; their state is internal
CREATE TEMP TABLE collects (name text);
INSERT INTO collects VALUES ('image_grid'), ('tar_file'), ('fit_label_model'), ('fit_crowd'), ('silhouette');

-- each test lists the offenders
SELECT is((SELECT count(*) > 50 FROM functions), true, 'there is something to check');
SELECT is((SELECT string_agg(pg_describe_object(classid, objid, 0), ', ') FROM members
	WHERE obj_description(objid, classid::regclass::text) IS NULL
		AND NOT (classid = 'pg_type'::regclass AND EXISTS (SELECT FROM pg_type WHERE pg_type.oid = objid AND (typelem <> 0 OR typrelid <> 0)))
		AND classid IN ('pg_proc'::regclass, 'pg_type'::regclass, 'pg_class'::regclass, 'pg_namespace'::regclass, 'pg_cast'::regclass, 'pg_operator'::regclass, 'pg_opclass'::regclass)
		AND NOT (classid = 'pg_class'::regclass AND EXISTS (SELECT FROM pg_class WHERE pg_class.oid = objid AND relkind IN ('i', 'S', 't')))), NULL, 'every object has a comment');
SELECT is((SELECT string_agg(format('%s.%s', c.relname, attname), ', ') FROM members JOIN pg_class c ON classid = 'pg_class'::regclass AND objid = c.oid AND relkind = 'v'
	JOIN pg_attribute ON attrelid = c.oid AND attnum > 0 WHERE col_description(c.oid, attnum) IS NULL), NULL, 'every column of a view has a comment');
SELECT is((SELECT string_agg(pg_describe_object(classid, objid, 0), ', ') FROM members
	JOIN LATERAL pg_identify_object(classid, objid, 0) o ON true WHERE o.schema IS NOT NULL AND o.schema <> 'dp'), NULL, 'all is in the schema dp');
SELECT is((SELECT string_agg(signature, ', ') FROM functions WHERE prosecdef), NULL, 'nothing is SECURITY DEFINER');
SELECT is((SELECT string_agg(signature, ', ') FROM functions WHERE provolatile = 'v' AND prokind IN ('a', 'w')), NULL, 'no aggregate or window function is volatile');
SELECT is((SELECT string_agg(signature, ', ') FROM functions WHERE provolatile = 'i' AND proparallel <> 's'), NULL, 'what is immutable is parallel safe');
SELECT is((SELECT string_agg(signature, ', ') FROM functions f WHERE 'internal'::regtype = ANY (proargtypes::oid[]) AND prokind = 'f'
	AND prorettype <> 'internal'::regtype AND NOT EXISTS (SELECT FROM pg_type WHERE typreceive = f.oid)
	AND NOT EXISTS (SELECT FROM pg_aggregate WHERE f.oid IN (aggtransfn, aggfinalfn, aggcombinefn, aggserialfn, aggdeserialfn, aggmtransfn, aggminvtransfn))), NULL, 'arguments of type internal only where PostgreSQL asks for them');
SELECT is((SELECT string_agg(signature, ', ') FROM aggregates WHERE aggcombinefn = 0 AND proname NOT IN (SELECT name FROM collects)), NULL, 'every aggregate of statistics can be combined');
SELECT is((SELECT string_agg(signature, ', ') FROM aggregates JOIN pg_type t ON t.oid = aggtranstype
	WHERE (typtype = 'p' OR typsend = 0 OR typreceive = 0) AND proname NOT IN (SELECT name FROM collects)), NULL, 'and keeps its state in a type that can be sent');
SELECT is((SELECT string_agg(a.signature, ', ') FROM aggregates a WHERE (a.proparallel <> 's'
	OR EXISTS (SELECT FROM pg_proc p WHERE p.oid IN (aggtransfn, aggfinalfn, aggcombinefn) AND p.proparallel <> 's')) AND proname NOT IN (SELECT name FROM collects)), NULL, 'and is parallel safe with all its functions');
SELECT is((SELECT string_agg(signature, ', ') FROM aggregates WHERE proname IN
	('sum', 'count', 'avg', 'min', 'max', 'any_value', 'every', 'bool_and', 'bool_or', 'bit_and', 'bit_or', 'array_agg', 'json_agg', 'jsonb_agg')), NULL, 'no aggregate has the name of one that Citus takes for PostgreSQL''s');
-- a row type has no functions of its own; a base type must travel in binary
SELECT is((SELECT string_agg(typname, ', ') FROM members JOIN pg_type t ON classid = 'pg_type'::regclass AND objid = t.oid
	WHERE typtype = 'b' AND (typsend = 0 OR typreceive = 0)), NULL, 'every type has a binary form');

SELECT * FROM finish();
ROLLBACK;
