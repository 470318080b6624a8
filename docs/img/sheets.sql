-- Contact sheets of docs/img, made by dp.image_grid; test/tools/sheets sets "photo" to a JPEG file in base64
--
-- Each sheet: the photograph, then a family of steps, eight in a row.
\set ON_ERROR_STOP 1
\set QUIET 1
CREATE EXTENSION IF NOT EXISTS datapower;
CREATE TEMPORARY TABLE photo AS SELECT dp.image_resize(dp.image_crop(dp.image_convert(decode(:'photo', 'base64'), 'png'), 120, 60, 340, 340), 80, 80) AS image;

CREATE TEMPORARY TABLE family (name text, place int, recipe jsonb);
INSERT INTO family VALUES
	('moves', 1, '[{"flip": {"p": 1}}]'), ('moves', 2, '["rot90"]'), ('moves', 3, '["transpose"]'),
	('moves', 4, '[{"rotate": {"degrees": 25, "fill": "constant"}}]'), ('moves', 5, '[{"rotate": {"degrees": 25}}]'),
	('moves', 6, '[{"rotate": {"degrees": 25, "fill": "reflect"}}]'), ('moves', 7, '[{"rotate": {"degrees": 25, "fill": "wrap"}}]'),
	('moves', 8, '[{"translate": {"x": 0.2, "y": 0.1, "fill": "constant"}}]'), ('moves', 9, '[{"shear": {"degrees": 20, "fill": "constant"}}]'),
	('moves', 10, '[{"shear": {"degrees": 20, "axis": "vertical", "fill": "constant"}}]'), ('moves', 11, '[{"zoom": {"factor": 1.5}}]'),
	('moves', 12, '[{"zoom": {"factor": 0.7, "fill": "reflect"}}]'), ('moves', 13, '[{"affine": {"matrix": [0.8, 0.2, 5, -0.2, 0.9, 12], "fill": "constant"}}]'),
	('moves', 14, '[{"perspective": {"distortion": 0.5}}]'), ('moves', 15, '[{"elastic": {"alpha": 60, "sigma": 5}}]'),
	('sizes', 1, '[{"center_crop": {"width": 50, "height": 60}}]'), ('sizes', 2, '[{"random_crop": {"width": 50, "height": 50}}]'),
	('sizes', 3, '[{"random_resized_crop": {"width": 80, "height": 80}}]'), ('sizes', 4, '[{"random_resized_crop": {"width": 80, "height": 80, "area": [0.3, 0.6]}}]'),
	('sizes', 5, '[{"center_crop": {"width": 60, "height": 60}}, {"pad": {"left": 10, "top": 10, "right": 10, "bottom": 10}}]'),
	('sizes', 6, '[{"center_crop": {"width": 60, "height": 60}}, {"pad": {"left": 10, "top": 10, "right": 10, "bottom": 10, "fill": "reflect"}}]'),
	('sizes', 7, '[{"resize": {"width": 80, "height": 40}}]');
INSERT INTO family SELECT 'keras', n, '{"rotation_range": 20, "width_shift_range": 0.15, "height_shift_range": 0.1, "shear_range": 10, "zoom_range": 0.2, "horizontal_flip": true, "brightness_range": [0.7, 1.3]}' FROM generate_series(1, 15) AS n;
INSERT INTO family SELECT 'recipe', n, '[{"flip": {}}, {"rotate": {"degrees": [-15, 15], "fill": "reflect"}}, {"crop": {"size": [0.7, 1]}}, {"brightness": {"factor": [0.7, 1.3]}}, {"noise": {"sigma": [0, 15]}}]' FROM generate_series(1, 15) AS n;

\t on
\a
SELECT name || ' ' || encode(dp.image_grid(sheet.image, 8 ORDER BY place), 'base64')
FROM (SELECT name, place, dp.augment(image, recipe, 3, place) AS image FROM photo, family
	UNION ALL SELECT DISTINCT name, 0, image FROM photo, family) AS sheet
GROUP BY name;
