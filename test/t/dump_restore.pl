# dump_restore.pl - models go through pg_dump and pg_restore and answer as before
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('dump');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nmax_worker_processes = 16\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION datapower');
$node->psql('postgres', slurp_file('test/data/predict.sql'), on_error_die => 1);

# trained models: one whose weights need two rows, and one of an ordinary role, shared with another
$node->safe_psql('postgres', q{
	CREATE ROLE owner LOGIN;
	CREATE ROLE reader LOGIN;
	GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA dp TO owner;
	CREATE TABLE shades AS
		SELECT i AS key, convert_to(E'P5 8 8 255\n', 'UTF8') || decode(repeat(lpad(to_hex(i % 256), 2, '0'), 64), 'hex') AS image,
			CASE WHEN i % 256 < 128 THEN 'dark' ELSE 'bright' END AS label FROM generate_series(0, 511) i;
	GRANT SELECT ON shades TO PUBLIC});
$node->safe_psql('postgres', q{
	CALL dp.train('wide', 'SELECT array_fill(i::float8 / 100, ARRAY[1100]) AS features, i::float8 AS target, i AS key FROM generate_series(1, 8) i',
		'[{"dense": {"units": 1000, "activation": "relu"}}, {"dense": {}}]', '{"epochs": 1, "workers": 0}')});
$node->safe_psql('postgres', q{
	SET ROLE owner;
	CALL dp.train('shades', 'shades', '[{"conv2d": {"filters": 4, "kernel": 3, "activation": "relu"}}, {"flatten": {}}, {"dense": {"activation": "softmax"}}]',
		'{"epochs": 3, "workers": 0}');
	SELECT dp.share_model('shades', 'reader')});
# what a role has made of its model is made again by a script that sets row_security off
$node->safe_psql('postgres', q{GRANT CREATE ON SCHEMA public TO owner});
$node->safe_psql('postgres', q{
	SET ROLE owner;
	CREATE MATERIALIZED VIEW scored AS SELECT key, dp.predict('shades', image) FROM shades;
	CREATE MATERIALIZED VIEW listed AS SELECT name, version, is_newest FROM dp.model_list;
	CREATE MATERIALIZED VIEW quality AS SELECT * FROM dp.evaluate('shades', 'SELECT image, label FROM public.shades')});
cmp_ok($node->safe_psql('postgres', q{SELECT count(*) FROM dp.weights w JOIN dp.models m USING (model_id) WHERE name = 'wide' AND layer = 'dense_1' AND tensor = 'kernel'}),
	'>', 1, 'a tensor of more than a million numbers lies in several rows');

# every digit of every answer, and what the tables say of the models
my $answers = q{
	SET extra_float_digits = 3;
	SELECT model, n, p.class, p.probability FROM oracle_row r, dp.predict_proba(model, features) p WHERE model IN ('flowers', 'changing') ORDER BY 1, 2, 3;
	SELECT model, n, p.class, p.probability FROM oracle_row r, dp.predict_proba(model, image) p WHERE model IN ('digits', 'photos') ORDER BY 1, 2, 3;
	SELECT model, n, dp.predict_values(model, features) FROM oracle_row WHERE model IN ('price', 'pair', 'big one', 'big two') ORDER BY 1, 2;
	SELECT dp.predict_value('wide', array_fill(i::float8 / 10, ARRAY[1100])) FROM generate_series(1, 9) i;
	SELECT key, p.class, p.probability FROM shades, dp.predict_proba('shades', image) p ORDER BY 1, 2;
	SELECT * FROM scored ORDER BY 1;
	SELECT * FROM quality ORDER BY 1;
	SELECT * FROM listed ORDER BY 1;
	SELECT * FROM dp.model_list ORDER BY 1;
	SELECT * FROM dp.runs ORDER BY 1;
	SELECT * FROM dp.metrics ORDER BY run_id, epoch, split, metric;};
my $before = $node->safe_psql('postgres', $answers);
cmp_ok(length($before), '>', 10000, 'there is something to compare');

my $file = $node->basedir . '/dump';
for my $format ('custom', 'plain')
{
	$node->safe_psql('postgres', "CREATE DATABASE $format");
	$node->command_ok([ 'pg_dump', '-F', $format, '-f', "$file.$format", '-d', $node->connstr('postgres') ], "pg_dump, $format");
	$node->command_ok(
		$format eq 'custom'
		? [ 'pg_restore', '--exit-on-error', '-d', $node->connstr($format), "$file.$format" ]
		: [ 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr($format), '-f', "$file.$format", '-o', '/dev/null' ],
		'restore');
	is($node->safe_psql($format, $answers), $before, 'every answer as before, to the last digit');

	# whose it is came along, and numbers go on where they were
	is($node->safe_psql($format, q{SET ROLE reader; SELECT dp.predict('shades', image) FROM shades WHERE key = 3}), 'dark', 'the reader reads on');
	my ($rc, $out, $err) = $node->psql($format, q{SET ROLE reader; SELECT dp.predict('flowers', ARRAY[1.0, 2, 3, 4])});
	like($err, qr/model "flowers" does not exist/, 'but nothing more');
	$node->safe_psql($format, q{
		SET ROLE owner;
		CALL dp.train('shades', 'shades', '[{"flatten": {}}, {"dense": {"activation": "softmax"}}]', '{"epochs": 1, "workers": 0}')});
	is($node->safe_psql($format, q{SELECT count(*), bool_and(model_id > (SELECT max(model_id) FROM dp.models WHERE NOT (name = 'shades' AND version = 2)))
		FROM dp.models WHERE name = 'shades' AND version = 2}), '1|t', 'its owner trains a second version');
}

# the store filters with either setting; the query of a source does not change its meaning
$node->safe_psql('postgres', q{
	ALTER TABLE shades ENABLE ROW LEVEL SECURITY;
	CREATE POLICY few ON shades USING (key < 50)});
my ($rc, $out, $err) = $node->psql('postgres', q{SET ROLE owner; SET row_security = off; SELECT * FROM dp.evaluate('shades', 'SELECT image, label FROM public.shades')});
like($err, qr/row-level security policy for table "shades"/, 'a source asks for its rows with the setting of the session');
is($node->safe_psql('postgres', q{
	SET ROLE owner;
	SET row_security = off;
	CALL dp.train('off', 'SELECT ARRAY[i]::float8[] AS features, i::float8 AS target FROM generate_series(1, 9) i', '[{"dense": {}}]', '{"epochs": 2, "workers": 0, "learning_rate": 0.01}');
	SELECT dp.rename_model('off', 'set off');
	SELECT dp.share_model('set off', 'reader');
	SELECT dp.predict_value('set off', ARRAY[1.0]) IS NOT NULL;
	SHOW row_security;
	SET ROLE reader;
	SELECT dp.predict_value('set off', ARRAY[1.0]) IS NOT NULL}), "\n\nt\noff\nt", 'training, sharing and predicting with row_security = off');
($rc, $out, $err) = $node->psql('postgres', q{SET ROLE reader; SET row_security = off; SELECT dp.predict_value('price', ARRAY[1.0, 2])});
like($err, qr/model "price" does not exist/, 'which shows nothing more');

$node->stop;
done_testing();
