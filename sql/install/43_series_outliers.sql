-- Outliers in series: what is unusual where it stands

CREATE FUNCTION dp.series_outlier_score(x float8, t timestamptz, method text, options jsonb DEFAULT '{}') RETURNS float8
AS 'MODULE_PATHNAME', 'dp_series_outlier_score' LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.series_outlier_score(float8, timestamptz, text, jsonb) IS 'how unusual the value is where it stands in the series of the partition, by its time; higher is more unusual';
CREATE FUNCTION dp.series_outlier_score(x float8, t timestamp, method text, options jsonb DEFAULT '{}') RETURNS float8
AS 'MODULE_PATHNAME', 'dp_series_outlier_score' LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.series_outlier_score(float8, timestamp, text, jsonb) IS 'how unusual the value is where it stands in the series of the partition, by its time; higher is more unusual';
CREATE FUNCTION dp.series_outlier_score(x float8, t float8, method text, options jsonb DEFAULT '{}') RETURNS float8
AS 'MODULE_PATHNAME', 'dp_series_outlier_score' LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.series_outlier_score(float8, float8, text, jsonb) IS 'how unusual the value is where it stands in the series of the partition, by its time; higher is more unusual';
CREATE FUNCTION dp.series_outlier_score(x float8, t bigint, method text, options jsonb DEFAULT '{}') RETURNS float8
AS 'MODULE_PATHNAME', 'dp_series_outlier_score' LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.series_outlier_score(float8, bigint, text, jsonb) IS 'how unusual the value is where it stands in the series of the partition, by its time; higher is more unusual';
CREATE FUNCTION dp.is_series_outlier(x float8, t timestamptz, method text, options jsonb DEFAULT '{}') RETURNS boolean
AS 'MODULE_PATHNAME', 'dp_is_series_outlier' LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.is_series_outlier(float8, timestamptz, text, jsonb) IS 'whether the score exceeds the usual threshold, the option threshold, or what a share of contamination lies above';
CREATE FUNCTION dp.is_series_outlier(x float8, t timestamp, method text, options jsonb DEFAULT '{}') RETURNS boolean
AS 'MODULE_PATHNAME', 'dp_is_series_outlier' LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.is_series_outlier(float8, timestamp, text, jsonb) IS 'whether the score exceeds the usual threshold, the option threshold, or what a share of contamination lies above';
CREATE FUNCTION dp.is_series_outlier(x float8, t float8, method text, options jsonb DEFAULT '{}') RETURNS boolean
AS 'MODULE_PATHNAME', 'dp_is_series_outlier' LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.is_series_outlier(float8, float8, text, jsonb) IS 'whether the score exceeds the usual threshold, the option threshold, or what a share of contamination lies above';
CREATE FUNCTION dp.is_series_outlier(x float8, t bigint, method text, options jsonb DEFAULT '{}') RETURNS boolean
AS 'MODULE_PATHNAME', 'dp_is_series_outlier' LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp.is_series_outlier(float8, bigint, text, jsonb) IS 'whether the score exceeds the usual threshold, the option threshold, or what a share of contamination lies above';
