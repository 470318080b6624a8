\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
-- rows from IDX and tar archives
BEGIN;
SELECT plan(26);

CREATE FUNCTION pg_temp.report(q text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE m text; d text; h text; s text;
BEGIN
	EXECUTE q;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS m = MESSAGE_TEXT, d = PG_EXCEPTION_DETAIL, h = PG_EXCEPTION_HINT, s = RETURNED_SQLSTATE;
	RETURN concat_ws(' | ', s, m, nullif(d, ''), nullif(h, ''));
END $$;

-- the files of test/data, written by Python (test/oracle/archive.py)
CREATE TEMP TABLE a (name text PRIMARY KEY, data bytea);
INSERT INTO a VALUES
	('images.idx', '\x00000803000000030000000200000002000102030405060708090a0b'),
	('images.idx.gz', '\x1f8b08000000000002036360e0606660600061263066646266616563e7e0e4e2060063446fc61c000000'),
	('two_members.idx.gz', '\x1f8b08000000000002036360e06066606000612630666462060022201f08140000001f8b080000000000020363616563e7e0e4e206005be371700800000000000000000000'),
	('labels.idx', '\x000008010000000407000901'),
	('floats.idx', '\x00000d0200000002000000033f8000004000000040400000bf8000003f0000004e6e6b28'),
	('ustar.tar.gz', '\x1f8b08000000000002034bce492c2ed667a029300002331313300d04e83416b6b9818939838229031d406971496211d04a869109f2f352f54a2a4a0638fe4dd1e3dfc8cc8841c16034fe690ed2328b8a4b1846c14805c9e0f23f35b7a0a472f094ff8606864686a3f99f7ef19f94939f9c3d50f16f8825fe0d4ccd46e39f1ea062148c685050949a9659a19f46334054f96f829affcd8c0d8d867afb0f1ab0034a11e1cc94d4d482d156d0086eff25a61d5e49e31e20c9fd3f508b60b4fea70b282d49d3b518cd0623bcff9794993e70f9dfc80473fccfd47874fc873e8091899985958d9d83938b9b87978f5f4050485844544c5c42524a5a46564e5e4151495945554d5d43534b5b47574f1fd8333736313533b7b0b4b2b6b1b5b37770747276717573f7f0f4f2f6f1f5f30f080c0a0e090d0b8f888c8a8e898d8b4f484c4a4e494d4bcfc8cccacec9cdcb2f282c2a2e292d2bafa8acaaaea9adab6f686c6a6e696d6befe8eceaeee9edeb9f3071d2e42953a74d9f3173d6ec3973e7cd5fb070d1e2254b972d5fb172d5ea356bd7addfb071d3e62d5bb76ddfb173d7ee3d7bf7ed3f70f0d0e123478f1d3f71f2d4e93367cf9dbf70f1d2e52b57af5dbf71f3d6ed3b77efdd7ff0f0d1e3274f9f3d7ff1f2d5eb376fdfbdfff0f1d3e72f5fbf7dfff1f3d7ef3f7ffffd1ff5ffa8ff47fd3f82fd3fc2414e665e36aded2067fcd7d89441c1881e935323bdfe1f05a360148c8251300a46c1281805230a0000699361f400280000'),
	('gnu.tar.gz', '\x1f8b0800000000000203edd8558c1a511406e0a9bbbb53d7054660b6be7559eaeec54b6181c2d042ddddddddb6eeee5b77777777f7c93e34294bd26c9319d8ccff8564ee032f3767fe3be71ebd4deb762b084129796a86897df2fc9f01d62cff23642a42041e37a775c964844439ec4639e7e5825c7f957ffd298a22644ad45f70268bcbcd112055fad8f3df18e5e47ca173fe93fcff49e45fbcfaeb6c0ebd3558f52703d59f54a3fe62f082a4c915724584c661376b2c76ab80f90f90fb3f99a729b57fffc7aaf8fc6b907fc1d9f8d22b0c169751cf395cbe04be32596cc2df6650fff8aefeddff317fe79f265992c6f75f0c06a3d1891448f8fea735c5440b7c66fec7fc8765d0ff8bc2c399c2c2110389cf7f741673f0f24f3171e7ff0c8bf9af3812254e923459f2142953a54e93365dfa0c193365ce92355bf61c3973e5ce93375ffe02b282850a17295aac788992a54a9709932b942445332a351b5eb65cf90a152b558ea852b55af51a356bd5ae53375253af7e83868d1a3769daac798b96ad5ab769dbae7d878e5a9dde6034993b593a5b6d517687b38bcbcd79ba76f3fabaf7e8d9ab779fbefdfa0f183868f090a1c3868f18396af498b1e3c64f983869f294a9d3a6cf98396bf69cb9f3e62f58b868f192a5d1cb96af58b96af59ab5ebd66fd8b869f396addbb6efd8b96bf79ebdfb62f61f3878e8f091a3c78e9f3879eaf499b3e7ce5fb878e9f295abd7aedfb879ebf69dbbf7ee3f78f8e8f193a7cf9ebf78f9eaf59bb7efde7ff8f8e9f397afdfbefff8f90bfbc7feb17f09ef5fe24261fe47516cdcf99f8a9045e2fb2ffcfc2724a12f17adfec2c53e1ef77fbf354dab693eff9418af9ad4fb7f000000000000000000000000000000000000000048507e03262871ec00500000'),
	('pax.tar.gz', '\x1f8b0800000000000203edda6570d3601807f0e030dc1d8aebda6833646cf8f0e12e599b6e655d5bda0c3adcdddddd86bbfb70777777772fdb1d776cbbdbc15dd271f9ffbe24df72ef3dfde7799f37355804a75347c88a74d3b36cf4d52df6359e7b9e647942c3110a08774a82c3fd48429d6c56512bb9240fd79f8b5d7f5a4f131a12f5979dc9ec704a04a89521fafd2f86d9a588c4f3fea7488aa6907fe5ea1f64b119423d557f2a9efa939c1ef557820b544dabd3eafc03055780281845877cf98f27f7bf33cf307cecfcd33449685cc8bfec689ad1d80529c4d762b306eb8c668768906c8e88fffcce64b6448f355ed8e0254089b227bcff63ffcc3f43f11c83feaf04a328da9102f54a0cfddfddede3f47f9247ff5702e513d3fe0d82292a122d537df3bf60f293fb00f81fce7f1906e73f8a08974cde3e88817af31f73fe670ef65cfe6936eef73f8ec1f71f6524499a2c798a94a952a7f14a9b2e7d868c993267c99a2d7b8e9cb972e7c99b2f7f81829a42858b142d56bc44c952a5cb94f5d6ea488a66584ecffb942b5fa1a26f253fffca55aa56ab5ea36640adda75ead6abdf20b061a3c64d9a366bdea265abd66ddab66bdf4108321845537088b963a825cc6ab3777238a5f0ce5d5c115dbb75efd1b357ef3e7dfbf51f3070d0e02143870d1f3172d4e83163c78d9f3071d2e42953a74d9f3173d6ec3973e7cd5fb070d1e2c8254b972d5fb172d5ea356bd7addfb071d3e62d5bb76ddfb173d7ee3d517bf7ed3f70f0d0e123478f1d3f71f2d4e93367cf9dbf70f1d2e52b57af5dbf71f3d6ed3b77efdd7ff0f0d1e3274f9f3d7ff1f2d5eb376fdfbdfff0f1d3e72f5fbf7dff81f563fd58bf8ad78ff9dfe3f33fcdb271e67f8ac3fcafc8fcaf673516b33534e61b40a284130919fdaabddccff8ebff7f308c9e77e79f56e2d7a5f6fd3f000000000000000000000000000000000000fc977e02ef6f8ffb00500000'),
	('bytes.tar.gz', '\x1f8b0800000000000203fbcf407b600004662626601a08d0692c6c332373130605033ab88da1b4b824b148418161148c8251300a4618000078ea688f00060000');

-- IDX
SELECT results_eq($$SELECT i.* FROM a, LATERAL dp.idx_items(data) i WHERE name = 'images.idx'$$,
	$$VALUES (0::bigint, '\x00010203'::bytea, ARRAY[2, 2]), (1, '\x04050607', ARRAY[2, 2]), (2, '\x08090a0b', ARRAY[2, 2])$$, 'images');
SELECT set_eq($$SELECT i.* FROM a, LATERAL dp.idx_items(a.data) i WHERE name = 'images.idx.gz'$$,
	$$SELECT i.* FROM a, LATERAL dp.idx_items(a.data) i WHERE name = 'images.idx'$$, 'the same within gzip');
SELECT results_eq($$SELECT i.item, get_byte(i.data, 0), i.shape FROM a, LATERAL dp.idx_items(a.data) i WHERE name = 'labels.idx'$$,
	$$VALUES (0::bigint, 7, '{}'::int[]), (1, 0, '{}'), (2, 9, '{}'), (3, 1, '{}')$$, 'labels');
SELECT results_eq($$SELECT i.data, i.shape FROM a, LATERAL dp.idx_items(a.data) i WHERE name = 'floats.idx'$$,
	$$VALUES ('\x3f8000004000000040400000'::bytea, '{3}'::int[]), ('\xbf8000003f0000004e6e6b28', '{3}')$$, 'floats stay big-endian');
SELECT is(count(*), 2::bigint, 'in the select list, with a limit') FROM (SELECT dp.idx_items(data) FROM a WHERE name = 'images.idx.gz' LIMIT 2) s;
SELECT is_empty('SELECT * FROM dp.idx_items(NULL)', 'NULL');
SELECT is_empty($$SELECT * FROM dp.idx_items('\x0000080100000000')$$, 'no items');
SELECT is(pg_temp.report($$SELECT * FROM dp.idx_items('')$$),
	'22P03 | unrecognized archive format | IDX data begin with 00 00, a type (08, 09, 0B .. 0E) and the number of dimensions, plain or within gzip.', 'nothing');
SELECT is(pg_temp.report($$SELECT i.* FROM a, LATERAL dp.idx_items(substring(data FROM 1 FOR length(data) - 1)) i WHERE name = 'labels.idx'$$),
	'22P03 | could not read IDX data | Premature end of IDX data', 'an item is missing');
SELECT is(pg_temp.report($$SELECT i.* FROM a, LATERAL dp.idx_items(data || '\x00') i WHERE name = 'labels.idx'$$),
	'22P03 | could not read IDX data | There are more bytes than the dimensions say.', 'a byte too many');
SELECT is(pg_temp.report($$SELECT i.* FROM a, LATERAL dp.idx_items(substring(data FROM 1 FOR length(data) - 9)) i WHERE name = 'images.idx.gz'$$),
	'22P03 | could not read gzip data | Premature end of gzip data', 'gzip is cut off');
SELECT is(pg_temp.report($$SELECT dp.idx_items('\x00000802000000017fffffff')$$),
	'22P03 | could not read IDX data | Premature end of IDX data', 'a claim of two thousand million bytes');
SELECT is(pg_temp.report($$SELECT dp.idx_items('\x00000e04000000017fffffff7fffffff7fffffff')$$),
	'22P03 | could not read IDX data | The items are too big.', 'a claim that overflows');

-- tar
SELECT results_eq(format($$SELECT i.path, i.data FROM a, LATERAL dp.tar_items(a.data) i WHERE name = %L$$, n || '.tar.gz'),
	$$VALUES ('one.txt', 'first'::bytea), ('class/empty', ''), ('class/block', repeat('x', 512)::bytea),
		($$ || quote_literal(CASE n WHEN 'ustar' THEN repeat('prefix/', 20) || repeat('f', 90)
							ELSE 'long/' || repeat('directory/', 20) || 'file.txt' END) || $$, 'deep'),
		('café.txt', 'utf-8'), ('class/big', decode(repeat((SELECT string_agg(lpad(to_hex(i), 2, '0'), '' ORDER BY i) FROM generate_series(0, 255) i), 5), 'hex'))$$,
	n)
FROM unnest(ARRAY['ustar', 'gnu', 'pax']) n;
SELECT is_empty('SELECT * FROM dp.tar_items(NULL)', 'NULL');
SELECT is_empty($$SELECT * FROM dp.tar_items(decode(repeat('00', 1024), 'hex'))$$, 'an empty archive');
SELECT is(pg_temp.report($$SELECT * FROM dp.tar_items('')$$),
	'22P03 | unrecognized archive format | Supported is tar, plain or within gzip.', 'nothing');
SELECT is(pg_temp.report($$SELECT * FROM dp.tar_items('PK')$$),
	'22P03 | unrecognized archive format | Supported is tar, plain or within gzip.', 'another format');
SELECT is(pg_temp.report($$SELECT i.* FROM a, LATERAL dp.tar_items(substring(data FROM 1 FOR length(data) / 2)) i WHERE name = 'gnu.tar.gz'$$),
	'22P03 | could not read gzip data | Premature end of gzip data', 'cut off');
-- an archive without its end marker: a header and its block, plain
SELECT is(pg_temp.report($$SELECT * FROM dp.tar_items(decode('61000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000303030303634340000000000000000000000000000000000303030303030303030303000303030303030303030303000303033343137002030' || repeat('00', 355), 'hex'))$$),
	'22P03 | could not read tar archive | Premature end of tar archive', 'without its end');
SET LOCAL datapower.max_archive_bytes = '4kB';
SELECT is(pg_temp.report($$SELECT i.* FROM a, LATERAL dp.tar_items(data) i WHERE name = 'gnu.tar.gz'$$),
	'54000 | archive is too big | It unpacks to more than 4 kB (datapower.max_archive_bytes).', 'max_archive_bytes');
RESET datapower.max_archive_bytes;
-- a path that is not text in this database: the only file is named \xff
SELECT alike(pg_temp.report($$SELECT i.* FROM a, LATERAL dp.tar_items(data) i WHERE name = 'bytes.tar.gz'$$),
	'22021 | invalid byte sequence for encoding "UTF8": 0xff%', 'a path in another encoding');

-- both read a stored value as well as a fresh one, several at a time
SELECT is(count(*), 9::bigint, 'several archives in one query') FROM a, LATERAL dp.idx_items(a.data) WHERE name LIKE '%images%' OR name = 'two_members.idx.gz';
SELECT results_eq($$SELECT x.path, x.item FROM a b, a c, LATERAL ROWS FROM (dp.tar_items(b.data), dp.idx_items(c.data)) AS x(path, content, item, bytes, shape)
	WHERE b.name = 'gnu.tar.gz' AND c.name = 'images.idx' LIMIT 3$$,
	$$VALUES ('one.txt', 0::bigint), ('class/empty', 1), ('class/block', 2)$$, 'side by side');

SELECT * FROM finish();
ROLLBACK;
