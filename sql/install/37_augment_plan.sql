-- Classes made equally large

CREATE FUNCTION dp.augment_plan(source text, target bigint DEFAULT NULL)
RETURNS TABLE (label text, images bigint, target bigint, copies bigint, extra bigint)
AS 'MODULE_PATHNAME', 'dp_augment_plan'
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000 ROWS 10;
COMMENT ON FUNCTION dp.augment_plan(text, bigint) IS 'of each class, how often to take each image, and of how many once more, to have ''target'' of it; NULL: as many as the largest class has';
