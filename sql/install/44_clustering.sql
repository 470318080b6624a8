-- Clusters of rows: what is learnt is a value of type dp.kmeans, the state of
-- the aggregate at the same time.

CREATE TYPE dp.kmeans;
CREATE FUNCTION dp.kmeans_in(cstring) RETURNS dp.kmeans
AS 'MODULE_PATHNAME', 'dp_kmeans_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.kmeans_out(dp.kmeans) RETURNS cstring
AS 'MODULE_PATHNAME', 'dp_kmeans_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.kmeans_recv(internal) RETURNS dp.kmeans
AS 'MODULE_PATHNAME', 'dp_kmeans_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION dp.kmeans_send(dp.kmeans) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_kmeans_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE TYPE dp.kmeans (
	INPUT = dp.kmeans_in, OUTPUT = dp.kmeans_out, RECEIVE = dp.kmeans_recv, SEND = dp.kmeans_send,
	ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE dp.kmeans IS 'clusters, as learnt by dp.fit_kmeans';
COMMENT ON FUNCTION dp.kmeans_in(cstring) IS 'text to dp.kmeans';
COMMENT ON FUNCTION dp.kmeans_out(dp.kmeans) IS 'dp.kmeans to text';
COMMENT ON FUNCTION dp.kmeans_recv(internal) IS 'binary to dp.kmeans';
COMMENT ON FUNCTION dp.kmeans_send(dp.kmeans) IS 'dp.kmeans to binary';

CREATE FUNCTION dp.kmeans_add(state dp.kmeans, features float8[], k integer) RETURNS dp.kmeans
AS 'MODULE_PATHNAME', 'dp_kmeans_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.kmeans_add(dp.kmeans, float8[], integer) IS 'transition function of dp.fit_kmeans';
CREATE FUNCTION dp.kmeans_add(state dp.kmeans, features float8[], k integer, options jsonb, key bigint) RETURNS dp.kmeans
AS 'MODULE_PATHNAME', 'dp_kmeans_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.kmeans_add(dp.kmeans, float8[], integer, jsonb, bigint) IS 'transition function of dp.fit_kmeans';
CREATE FUNCTION dp.kmeans_merge(a dp.kmeans, b dp.kmeans) RETURNS dp.kmeans
AS 'MODULE_PATHNAME', 'dp_kmeans_merge' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.kmeans_merge(dp.kmeans, dp.kmeans) IS 'combine function of dp.fit_kmeans';
CREATE FUNCTION dp.kmeans_finish(state dp.kmeans) RETURNS dp.kmeans
AS 'MODULE_PATHNAME', 'dp_kmeans_finish' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION dp.kmeans_finish(dp.kmeans) IS 'final function of dp.fit_kmeans';

CREATE AGGREGATE dp.fit_kmeans(features float8[], k integer) (
	SFUNC = dp.kmeans_add, STYPE = dp.kmeans, SSPACE = 65536,
	COMBINEFUNC = dp.kmeans_merge, FINALFUNC = dp.kmeans_finish, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.fit_kmeans(float8[], integer) IS 'learn k clusters of the rows, the largest first, by k-means';
CREATE AGGREGATE dp.fit_kmeans(features float8[], k integer, options jsonb, key bigint) (
	SFUNC = dp.kmeans_add, STYPE = dp.kmeans, SSPACE = 65536,
	COMBINEFUNC = dp.kmeans_merge, FINALFUNC = dp.kmeans_finish, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.fit_kmeans(float8[], integer, jsonb, bigint) IS 'learn k clusters from a sample of the rows, drawn by their key, the largest first, by k-means';

CREATE FUNCTION dp.kmeans_cluster(model dp.kmeans, features float8[]) RETURNS integer
AS 'MODULE_PATHNAME', 'dp_kmeans_cluster' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION dp.kmeans_cluster(dp.kmeans, float8[]) IS 'the cluster whose center is nearest, from 1';
CREATE FUNCTION dp.kmeans_distance(model dp.kmeans, features float8[]) RETURNS float8
AS 'MODULE_PATHNAME', 'dp_kmeans_distance' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION dp.kmeans_distance(dp.kmeans, float8[]) IS 'the distance from the nearest center';
CREATE FUNCTION dp.kmeans_centers(model dp.kmeans) RETURNS TABLE (cluster integer, size bigint, inertia float8, center float8[])
AS 'MODULE_PATHNAME', 'dp_kmeans_centers' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 10;
COMMENT ON FUNCTION dp.kmeans_centers(dp.kmeans) IS 'of each cluster its rows in what it was learnt from, the sum of their squared distances, and the center';

CREATE FUNCTION dp.silhouette_add(state internal, cluster integer, features float8[]) RETURNS internal
AS 'MODULE_PATHNAME', 'dp_silhouette_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.silhouette_add(internal, integer, float8[]) IS 'transition function of dp.silhouette';
CREATE FUNCTION dp.silhouette_finish(state internal) RETURNS float8
AS 'MODULE_PATHNAME', 'dp_silhouette_finish' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION dp.silhouette_finish(internal) IS 'final function of dp.silhouette';
CREATE AGGREGATE dp.silhouette(cluster integer, features float8[]) (
	SFUNC = dp.silhouette_add, STYPE = internal, SSPACE = 65536,
	FINALFUNC = dp.silhouette_finish, PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp.silhouette(integer, float8[]) IS 'how well rows lie in their clusters, from -1 to 1: Rousseeuw''s silhouette, exact';
