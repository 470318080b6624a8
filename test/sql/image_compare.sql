\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true

BEGIN;
SELECT plan(41);

-- A photograph as JPEG of quality 90 and 40; test/oracle/image_compare.py --sql
-- (imagehash 4.3.2, Pillow 9.4.0, scikit-image 0.20.0, OpenCV 4.6.0)
CREATE TEMPORARY TABLE picture (name text, image bytea);
INSERT INTO picture VALUES
('photo', '\xffd8ffe000104a46494600010100000100010000ffdb0043000302020302020303030304030304050805050404050a070706080c0a0c0c0b0a0b0b0d0e12100d0e110e0b0b1016101113141515150c0f171816141812141514ffdb00430103040405040509050509140d0b0d1414141414141414141414141414141414141414141414141414141414141414141414141414141414141414141414141414ffc0001108001e002803012200021101031101ffc4001f0000010501010101010100000000000000000102030405060708090a0bffc400b5100002010303020403050504040000017d01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a3435363738393a434445464748494a535455565758595a636465666768696a737475767778797a838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9faffc4001f0100030101010101010101010000000000000102030405060708090a0bffc400b51100020102040403040705040400010277000102031104052131061241510761711322328108144291a1b1c109233352f0156272d10a162434e125f11718191a262728292a35363738393a434445464748494a535455565758595a636465666768696a737475767778797a82838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae2e3e4e5e6e7e8e9eaf2f3f4f5f6f7f8f9faffda000c03010002110311003f00fb3e18718e2af431f19c74a82649bec739b50ad75e5b792afc297c1db9f6ce335f01fc51fdae7e2de87a9eb7e16d6fc3ba0e8bac587eeee926d4da68a362a08648d15448a410ca199ba8c8ed5ef56c77b28dd2bb3c8a5839549db63ed8f867f13ecbc73e23f15e9515ddb3cda55f3476d0c6852492d800be6f24ef5f315c6f5c0c015ea56ca060d7e4adb7c53f185ebc3adacfa245aa5b3830ded95d4f6d75139006500048072011ca9e720e2bee1fd92fe277c51f8830dcc3e2eb1d32ef4cb108a75a8a6092c9b90b20f2c282cc46324851c7a9c570e1b1d29ae5aaad2d7cff00c8ecc4607d9be6a7ac6cba5b5fbd9f4fdb0ce31c514eb7edcd15d0eac5b39d52958f90ec3e34e95f143e1e6b3a55f6a175a16ad3d8cecd369123c12c48a372c91c841d8dc74c9e01afccbd4f569ffe120d464b649754569888aeeeb734b3e5b3e6648c8247e23d6bec2f8bff000da7bbf0330d3f511612c4ea1d5232a2e5588528eca410bdf03392066be34d1f5bf0c45aa359cfa45fcfa8c17490002f156d99b70e48d85f180470c3ad7cff00ef614e2ab3bbfebccf5a8ca336da5fd7dc7af0b6f1126673612457092eed8cb9670707ef63823279ef8afa37f652b3d53c3baf58de6a7f68b3d1d4b48c96978f869f23e42b9e10800941c12071c9af95b56f8b5a3592339f0f90bf6936c57cd2e030eb8c9e9fad7a17c17f8a7f6ed7ee2ca3496db4eb9905bbd92aab4624dca04ab924a9edc71df938c7145d58b526adf77e8d9ec3742a4651846ff37a7c9a5f99fa7307c52d34f459ff00ef834570fa65fbe99a75ac11ee648e245532485d8f03ab36493ee68af7138be9f89f31cf2ee7ffd9'),
('copy', '\xffd8ffe000104a46494600010100000100010000ffdb004300140e0f120f0d14121012171514181e32211e1c1c1e3d2c2e243249404c4b47404645505a736250556d5645466488656d777b8182814e608d978c7d96737e817cffdb0043011517171e1a1e3b21213b7c5346537c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7cffc0001108001e002803012200021101031101ffc4001f0000010501010101010100000000000000000102030405060708090a0bffc400b5100002010303020403050504040000017d01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a3435363738393a434445464748494a535455565758595a636465666768696a737475767778797a838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9faffc4001f0100030101010101010101010000000000000102030405060708090a0bffc400b51100020102040403040705040400010277000102031104052131061241510761711322328108144291a1b1c109233352f0156272d10a162434e125f11718191a262728292a35363738393a434445464748494a535455565758595a636465666768696a737475767778797a82838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae2e3e4e5e6e7e8e9eaf2f3f4f5f6f7f8f9faffda000c03010002110311003f00df029c0521ced3b7ae38fad73379acdfc6f2412c31472270d97c81f403ad68e562146e7436976b712cc819728d8007523d7df9cd5c15c48bbb86c4998838e8cac4115d0e8b757d7208b954645ff9680f27d38a98cbb8dc6db1b028a51453b8ac612df25ddac88eed1b953ca1208f707b5722ee7cd72a0bf3c31ea7deb76fad4b5b7c8fb48ebc7deac149210fb4c6e5c363ef7159eb6d4b45ec4dd761073f9d6ae8caf14aacf958fafcac7aff0087b5633de46bcf95fc58eb56ac2ef74a5402118e36f6cfad4ea69a33af1769eff9515591b62003b0ee7345686373ffd9');

CREATE FUNCTION pg_temp.picture(text) RETURNS bytea LANGUAGE sql AS 'SELECT image FROM picture WHERE name = $1';

-- Hashes
SELECT is(dp.image_hash(pg_temp.picture('photo')), -4844804918343342961, 'phash as imagehash has it');
SELECT is(dp.image_hash(pg_temp.picture('photo'), 'phash'), dp.image_hash(pg_temp.picture('photo')), 'phash is the default');
SELECT is(dp.image_hash(pg_temp.picture('photo'), 'dhash'), -2320744594771921097, 'dhash');
SELECT is(dp.image_hash(pg_temp.picture('photo'), 'ahash'), -26648065670397, 'ahash');
SELECT is(dp.image_hash(pg_temp.picture('copy')), -4844804918343342961, 'phash of the copy');
SELECT is(dp.image_hash(pg_temp.picture('copy'), 'dhash'), -14901585684054217, 'dhash of the copy');
SELECT is(dp.image_hash(pg_temp.picture('copy'), 'ahash'), -26648065670397, 'ahash of the copy');
SELECT is(dp.image_hash(pg_temp.picture('photo'), 'whash'), -4530522579336957, 'whash');
SELECT is(dp.image_hash(pg_temp.picture('copy'), 'whash'), -4530522579336957, 'whash of the copy');
SELECT is(dp.image_hash(dp.image_convert(pg_temp.picture('photo'), 'png'), m), dp.image_hash(pg_temp.picture('photo'), m), m || ' does not ask for the file format')
	FROM unnest(ARRAY['phash', 'dhash', 'ahash', 'whash']) AS m;
SELECT ok(dp.hash_distance(dp.image_hash(dp.image_resize(pg_temp.picture('photo'), 80, 60)), dp.image_hash(pg_temp.picture('photo'))) <= 6, 'phash survives a larger size');
SELECT is(dp.image_hash(dp.image_encode('\x5a', 1, 1, 1)), (1::bit || repeat('0', 63)::bit(63))::bit(64)::bigint, 'phash of one pixel');
SELECT is(dp.image_hash(dp.image_encode('\x5a', 1, 1, 1), 'whash'), 0::bigint, 'whash of one pixel');

-- Their distance
SELECT is(dp.hash_distance(-2320744594771921097, -14901585684054217), bit_count((-2320744594771921097 # -14901585684054217)::bit(64))::integer, 'distance as bit_count');
SELECT is(dp.hash_distance(0, -1), 64, 'all bits differ');
SELECT is(dp.hash_distance(-9223372036854775808, 0), 1, 'the highest bit');
SELECT is(dp.hash_distance(5, 5), 0, 'no bit differs');

-- Differences
SELECT ok(abs(dp.image_difference(pg_temp.picture('photo'), pg_temp.picture('copy')) - 8.356388888888889) < 1e-12, 'mean absolute difference');
SELECT ok(abs(dp.image_difference(pg_temp.picture('photo'), pg_temp.picture('copy'), 'mse') - 141.10805555555555) < 1e-12, 'mean squared difference');
SELECT ok(abs(dp.image_difference(pg_temp.picture('photo'), pg_temp.picture('copy'), 'ssim') - 0.0864770234534078) < 1e-12, '1 - SSIM');
SELECT is(dp.image_difference(pg_temp.picture('photo'), dp.image_convert(pg_temp.picture('photo'), 'png'), m), 0::float8, 'equal pixels: ' || m)
	FROM unnest(ARRAY['mae', 'mse', 'ssim']) AS m;
SELECT is(dp.image_difference(dp.image_encode('\x00', 1, 1, 1), dp.image_encode('\x0000ff', 1, 1, 3)), 85::float8, 'gray against colour');
SELECT is(dp.image_difference(dp.image_encode('\x0000ff', 1, 1, 3), dp.image_encode('\x00', 1, 1, 1)), 85::float8, 'colour against gray');

-- Statistics
SELECT ok(abs(mean - 156.485) < 1e-10 AND abs(spread - 71.17860007286835) < 1e-10 AND
	abs(sharpness - 3730.8720493055553) < 1e-8 AND abs(entropy - 7.261467171118185) < 1e-12, 'statistics of a photograph')
	FROM dp.image_stats(pg_temp.picture('photo'));
SELECT is(dp.image_stats(dp.image_encode('\x00ff', 2, 1, 1))::text, '(127.5,127.5,260100,1)', 'statistics of black and white');

-- NULL
SELECT is(dp.image_hash(NULL), NULL, 'hash of NULL');
SELECT is(dp.image_hash('\x00', NULL), NULL, 'hash by NULL');
SELECT is(dp.hash_distance(NULL, 1), NULL, 'distance to NULL');
SELECT is(dp.image_difference(NULL, '\x00'), NULL, 'difference to NULL');
SELECT ok(dp.image_stats(NULL) IS NULL, 'statistics of NULL');

-- Errors
SELECT throws_ok($$SELECT dp.image_hash('\x', 'xhash')$$, '22023', 'unrecognized method "xhash"');
SELECT throws_ok($$SELECT dp.image_hash('\x')$$, '22P03', NULL, 'hash of no image');
SELECT throws_ok($$SELECT dp.image_stats('\xffd8')$$, '22P03', NULL, 'statistics of a broken image');
SELECT throws_ok($$SELECT dp.image_difference('\x', '\x', 'psnr')$$, '22023', 'unrecognized method "psnr"');
SELECT throws_ok($$SELECT dp.image_difference(dp.image_encode('\x0000', 2, 1, 1), dp.image_encode('\x0000', 1, 2, 1))$$,
	'22023', 'images differ in size: 2 x 1 and 1 x 2');
SELECT throws_ok($$SELECT dp.image_difference(dp.image_encode('\x00', 1, 1, 1), dp.image_encode('\x00', 1, 1, 1), 'ssim')$$,
	'22023', 'images are too small to compare by "ssim": 1 x 1');

SELECT * FROM finish();
ROLLBACK;
