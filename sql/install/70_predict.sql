-- Using a model: predictions for a row, measures for a table.

CREATE FUNCTION dp.predict(model text, image bytea) RETURNS text
AS 'MODULE_PATHNAME', 'dp_predict_image'
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 5000;
COMMENT ON FUNCTION dp.predict(text, bytea) IS 'class of an image, the most probable one';

CREATE FUNCTION dp.predict(model text, features float8[]) RETURNS text
AS 'MODULE_PATHNAME', 'dp_predict_features'
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 200;
COMMENT ON FUNCTION dp.predict(text, float8[]) IS 'class of a row of features, the most probable one';

CREATE FUNCTION dp.predict_proba(model text, image bytea) RETURNS TABLE (class text, probability float8)
AS 'MODULE_PATHNAME', 'dp_predict_proba_image'
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 5000 ROWS 10;
COMMENT ON FUNCTION dp.predict_proba(text, bytea) IS 'all classes of an image with their probabilities, the most probable first';

CREATE FUNCTION dp.predict_proba(model text, features float8[]) RETURNS TABLE (class text, probability float8)
AS 'MODULE_PATHNAME', 'dp_predict_proba_features'
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 200 ROWS 10;
COMMENT ON FUNCTION dp.predict_proba(text, float8[]) IS 'all classes of a row of features with their probabilities, the most probable first';

CREATE FUNCTION dp.predict_probabilities(model text, image bytea) RETURNS float8[]
AS 'MODULE_PATHNAME', 'dp_predict_probabilities_image'
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 5000;
COMMENT ON FUNCTION dp.predict_probabilities(text, bytea) IS 'probabilities of all classes for an image, in the order of the classes';

CREATE FUNCTION dp.predict_probabilities(model text, features float8[]) RETURNS float8[]
AS 'MODULE_PATHNAME', 'dp_predict_probabilities_features'
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 200;
COMMENT ON FUNCTION dp.predict_probabilities(text, float8[]) IS 'probabilities of all classes for a row of features, in the order of the classes';

CREATE FUNCTION dp.predict_value(model text, image bytea) RETURNS float8
AS 'MODULE_PATHNAME', 'dp_predict_value_image'
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 5000;
COMMENT ON FUNCTION dp.predict_value(text, bytea) IS 'value a regression predicts for an image';

CREATE FUNCTION dp.predict_value(model text, features float8[]) RETURNS float8
AS 'MODULE_PATHNAME', 'dp_predict_value_features'
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 200;
COMMENT ON FUNCTION dp.predict_value(text, float8[]) IS 'value a regression predicts for a row of features';

CREATE FUNCTION dp.predict_values(model text, image bytea) RETURNS float8[]
AS 'MODULE_PATHNAME', 'dp_predict_values_image'
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 5000;
COMMENT ON FUNCTION dp.predict_values(text, bytea) IS 'all values a regression predicts for an image';

CREATE FUNCTION dp.predict_values(model text, features float8[]) RETURNS float8[]
AS 'MODULE_PATHNAME', 'dp_predict_values_features'
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 200;
COMMENT ON FUNCTION dp.predict_values(text, float8[]) IS 'all values a regression predicts for a row of features';

CREATE FUNCTION dp.embed(model text, image bytea, layer text DEFAULT NULL) RETURNS float8[]
AS 'MODULE_PATHNAME', 'dp_embed_image'
LANGUAGE C STABLE PARALLEL SAFE COST 5000;
COMMENT ON FUNCTION dp.embed(text, bytea, text) IS 'output of a layer for an image, by default of the one before the last dense layer';

CREATE FUNCTION dp.embed(model text, features float8[], layer text DEFAULT NULL) RETURNS float8[]
AS 'MODULE_PATHNAME', 'dp_embed_features'
LANGUAGE C STABLE PARALLEL SAFE COST 200;
COMMENT ON FUNCTION dp.embed(text, float8[], text) IS 'output of a layer for a row of features, by default of the one before the last dense layer';

CREATE FUNCTION dp.predict_image(model text, image bytea) RETURNS bytea
AS 'MODULE_PATHNAME', 'dp_predict_image_image'
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 50000;
COMMENT ON FUNCTION dp.predict_image(text, bytea) IS 'image a model makes of an image, as PNG: without noise, larger, or put together again';

CREATE FUNCTION dp.reconstruction_error(model text, image bytea) RETURNS float8
AS 'MODULE_PATHNAME', 'dp_reconstruction_error'
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 50000;
COMMENT ON FUNCTION dp.reconstruction_error(text, bytea) IS 'mean squared difference of an image and what a model makes of it, white being 1: high for images unlike those it was trained on';

CREATE FUNCTION dp.reconstruction_error(model text, features float8[]) RETURNS float8
AS 'MODULE_PATHNAME', 'dp_reconstruction_error_features'
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 200;
COMMENT ON FUNCTION dp.reconstruction_error(text, float8[]) IS 'mean squared difference of a row of features and what a model makes of it: high for rows unlike those it was trained on';

CREATE FUNCTION dp.evaluate(model text, source text, on_error text DEFAULT 'error') RETURNS TABLE (metric text, value float8)
AS 'MODULE_PATHNAME', 'dp_evaluate'
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 1000000 ROWS 4;
COMMENT ON FUNCTION dp.evaluate(text, text, text) IS 'metrics of a model on labelled rows: loss, accuracy, F1, area under the ROC curve; errors of values; psnr and ssim of images';

CREATE FUNCTION dp.confusion(model text, source text, on_error text DEFAULT 'error') RETURNS TABLE (actual text, predicted text, count bigint)
AS 'MODULE_PATHNAME', 'dp_confusion'
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 1000000 ROWS 100;
COMMENT ON FUNCTION dp.confusion(text, text, text) IS 'how often each class was taken for which, on labelled rows';
