-- Archives in bytea: IDX and tar, plain or within gzip

CREATE FUNCTION dp.idx_items(data bytea, OUT item bigint, OUT data bytea, OUT shape integer[]) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'dp_idx_items'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000 ROWS 10000;
COMMENT ON FUNCTION dp.idx_items(bytea) IS 'the items of an IDX file (MNIST and its relatives), counted from 0: bytes and shape of each';

CREATE FUNCTION dp.tar_items(data bytea, OUT path text, OUT data bytea) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'dp_tar_items'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000 ROWS 10000;
COMMENT ON FUNCTION dp.tar_items(bytea) IS 'the regular files of a tar archive: path and content of each';

CREATE FUNCTION dp.tar_file_add(state internal, path text, data bytea) RETURNS internal
AS 'MODULE_PATHNAME', 'dp_tar_file_add'
LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.tar_file_add(internal, text, bytea) IS 'transition function of dp.tar_file';

CREATE FUNCTION dp.tar_file_final(state internal) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_tar_file_final'
LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.tar_file_final(internal) IS 'final function of dp.tar_file';

CREATE AGGREGATE dp.tar_file(path text, data bytea) (
	SFUNC = dp.tar_file_add,
	STYPE = internal,
	SSPACE = 1048576,
	FINALFUNC = dp.tar_file_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.tar_file(text, bytea) IS 'a tar archive of the rows, each a file, in the order of ORDER BY inside the call';
