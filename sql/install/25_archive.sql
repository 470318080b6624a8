-- Archives in bytea: IDX and tar, plain or within gzip

CREATE FUNCTION dp.idx_items(data bytea, OUT item bigint, OUT data bytea, OUT shape integer[]) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'dp_idx_items'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000 ROWS 10000;
COMMENT ON FUNCTION dp.idx_items(bytea) IS 'the items of an IDX file (MNIST and its relatives), counted from 0: bytes and shape of each';

CREATE FUNCTION dp.tar_items(data bytea, OUT path text, OUT data bytea) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'dp_tar_items'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000 ROWS 10000;
COMMENT ON FUNCTION dp.tar_items(bytea) IS 'the regular files of a tar archive: path and content of each';
