-- image_restoration.sql - photographs made larger, and freed of noise
--
--   tar cf photos.tar train test
--   psql -v photos=photos.tar -f docs/image_restoration.sql
--
-- The folders hold photographs, train/NAME.jpg and test/NAME.jpg: two networks
-- learn from patches of the one what they are asked of the other.  As in their
-- papers it is the gray levels that are restored.
--
-- Variables and their defaults: factor 2 (or 3, 4), sigma 25 of the noise, depth
-- 6 and filters 32 of the denoiser, step 14 pixels between patches of the small
-- image, batch 16, and for how long: large_epochs 25, clean_epochs 12

\set ON_ERROR_STOP on
\set QUIET on
\pset footer off
\if :{?factor} \else \set factor 2 \endif
\if :{?sigma} \else \set sigma 25 \endif
\if :{?depth} \else \set depth 6 \endif
\if :{?filters} \else \set filters 32 \endif
\if :{?step} \else \set step 14 \endif
\if :{?batch} \else \set batch 16 \endif
\if :{?large_epochs} \else \set large_epochs 25 \endif
\if :{?clean_epochs} \else \set clean_epochs 12 \endif

CREATE EXTENSION IF NOT EXISTS datapower;

-- psql reads the file, so it may lie on the client and no privilege is needed
\lo_import :photos
\set archive :LASTOID

-- gray, with sides that 2, 3 and 4 divide
CREATE TABLE photo AS
SELECT row_number() OVER (ORDER BY path COLLATE "C") AS id, path, split_part(path, '/', 1) AS part, size.width, size.height,
       dp.image_crop(dp.image_encode(dp.image_decode(data, 1), info.width, info.height, 1, 'pnm'), 0, 0, size.width, size.height) AS image
FROM dp.tar_items(lo_get(:archive)), dp.image_info(data) AS info,
     LATERAL (SELECT info.width / 12 * 12 AS width, info.height / 12 * 12 AS height) AS size
WHERE path ~* '^(train|test)/[^/]+\.(jpe?g|png)$' AND info.status = 'ok';
\lo_unlink :archive

-- peak signal-to-noise ratio, in decibels
CREATE FUNCTION psnr(a bytea, b bytea) RETURNS numeric LANGUAGE sql IMMUTABLE
RETURN round((10 * log(65025 / dp.image_difference(a, b, 'mse')))::numeric, 2);

-- Larger: a network that makes a photograph of a small one

CREATE TABLE small AS
SELECT *, dp.image_resize(image, width / :factor, height / :factor, 'bicubic') AS small FROM photo;

CREATE TABLE small_patch AS
SELECT row_number() OVER (ORDER BY id, x, y) AS key,
       dp.image_crop(small, x, y, 20, 20) AS image,
       dp.image_crop(image, x * :factor, y * :factor, 20 * :factor, 20 * :factor) AS target
FROM small, generate_series(0, width / :factor - 20, :step) AS x, generate_series(0, height / :factor - 20, :step) AS y
WHERE part = 'train';

CALL dp.train('larger', 'small_patch', format('{"espcn": {"factor": %s}}', :factor),
    jsonb_build_object('epochs', :large_epochs, 'batch_size', :batch, 'shards', 2, 'learning_rate', 0.003, 'schedule', 'one_cycle'));

CREATE TABLE larger AS
SELECT path, psnr(dp.image_resize(small, width, height, 'bicubic'), image) AS bicubic,
       psnr(dp.predict_image('larger', small), image) AS network
FROM small WHERE part = 'test';
SELECT * FROM larger ORDER BY path COLLATE "C";

-- Cleaner: a network that finds the noise

CREATE TABLE noisy AS
SELECT *, dp.image_noise(image, :sigma, 1, id) AS noisy FROM photo;

CREATE TABLE noisy_patch AS
SELECT row_number() OVER (ORDER BY id, x, y) AS key,
       dp.image_crop(noisy, x, y, 40, 40) AS image, dp.image_crop(image, x, y, 40, 40) AS target
FROM noisy, generate_series(0, width - 40, 25) AS x, generate_series(0, height - 40, 25) AS y
WHERE part = 'train';

CALL dp.train('cleaner', 'noisy_patch', format('{"dncnn": {"depth": %s, "filters": %s}}', :depth, :filters),
    jsonb_build_object('epochs', :clean_epochs, 'batch_size', :batch, 'shards', 2, 'learning_rate', 0.003, 'schedule', 'one_cycle'));

CREATE TABLE cleaner AS
SELECT path, psnr(noisy, image) AS noisy, psnr(dp.predict_image('cleaner', noisy), image) AS network
FROM noisy WHERE part = 'test';
SELECT * FROM cleaner ORDER BY path COLLATE "C";
