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
INSERT INTO family VALUES
	('tones', 1, '[{"gamma": {"gamma": 2}}]'),
	('tones', 2, '[{"gamma": {"gamma": 0.5}}]'),
	('tones', 3, '["invert"]'),
	('tones', 4, '[{"posterize": {"bits": 2}}]'),
	('tones', 5, '["solarize"]'),
	('tones', 6, '["equalize"]'),
	('tones', 7, '[{"autocontrast": {"cutoff": 5}}]'),
	('tones', 8, '["clahe"]'),
	('tones', 9, '[{"saturation": {"factor": 2}}]'),
	('tones', 10, '[{"saturation": {"factor": 0.3}}]'),
	('tones', 11, '[{"hue": {"shift": 0.3}}]'),
	('tones', 12, '["grayscale"]'),
	('tones', 13, '[{"color_jitter": {"brightness": 0.4, "contrast": 0.4, "saturation": 0.4, "hue": 0.1}}]'),
	('tones', 14, '[{"color_jitter": {"brightness": 0.4, "contrast": 0.4, "saturation": 0.4, "hue": 0.1}}]'),
	('tones', 15, '[{"color_jitter": {"brightness": 0.4, "contrast": 0.4, "saturation": 0.4, "hue": 0.1}}]'),
	('blurs', 1, '[{"noise": {"sigma": 25}}]'),
	('blurs', 2, '[{"speckle": {"sigma": 0.3}}]'),
	('blurs', 3, '[{"poisson": {"peak": 20}}]'),
	('blurs', 4, '[{"salt_pepper": {"amount": 0.05}}]'),
	('blurs', 5, '[{"blur": {"sigma": 1.5}}]'),
	('blurs', 6, '[{"median": {"size": 5}}]'),
	('blurs', 7, '[{"motion_blur": {"length": 11, "degrees": 30}}]'),
	('blurs', 8, '[{"sharpness": {"factor": 5}}]'),
	('blurs', 9, '[{"jpeg": {"quality": 8}}]'),
	('blurs', 10, '[{"erase": {"area": 0.15}}]'),
	('blurs', 11, '[{"erase": {"area": 0.15, "content": "noise"}}]'),
	('blurs', 12, '[{"cutout": {"size": 0.3}}]'),
	('blurs', 13, '[{"cutout": {"size": 0.2, "holes": 4}}]'),
	('blurs', 14, '[{"grid_dropout": {"unit": 20}}]'),
	('blurs', 15, '[{"grid_dropout": {"unit": 10, "value": 128}}]');
INSERT INTO family SELECT 'keras', n, '{"rotation_range": 20, "width_shift_range": 0.15, "height_shift_range": 0.1, "shear_range": 10, "zoom_range": 0.2, "horizontal_flip": true, "brightness_range": [0.7, 1.3]}' FROM generate_series(1, 15) AS n;
INSERT INTO family SELECT 'recipe', n, '[{"flip": {}}, {"rotate": {"degrees": [-15, 15], "fill": "reflect"}}, {"crop": {"size": [0.7, 1]}}, {"brightness": {"factor": [0.7, 1.3]}}, {"noise": {"sigma": [0, 15]}}]' FROM generate_series(1, 15) AS n;

\t on
\a
SELECT name || ' ' || encode(dp.image_grid(sheet.image, 8 ORDER BY place), 'base64')
FROM (SELECT name, place, dp.augment(image, recipe, 3, place) AS image FROM photo, family
	UNION ALL SELECT DISTINCT name, 0, image FROM photo, family) AS sheet
GROUP BY name;
