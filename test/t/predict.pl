# predict.pl - predictions in parallel workers, on a standby, and beside other sessions
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('primary');
$node->init(allows_streaming => 1);
$node->append_conf('postgresql.conf', "fsync = off\nmax_worker_processes = 16\nmax_parallel_workers = 16\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION datapower');
$node->psql('postgres', slurp_file('test/data/predict.sql'), on_error_die => 1);
$node->safe_psql('postgres', q{
	CREATE TABLE many AS SELECT i, r.* FROM generate_series(1, 500) i, oracle_row r WHERE model IN ('flowers', 'photos');
	ALTER TABLE many SET (parallel_workers = 3);
	ANALYZE many});

my $answers = q{
	SELECT string_agg(concat_ws(' ', model, p, rows, which), ',' ORDER BY model, p) FROM (
		SELECT model, p, count(*) AS rows, sum(i * n) AS which FROM (
			SELECT i, n, model, CASE model WHEN 'flowers' THEN dp.predict(model, features) ELSE dp.predict(model, image) END AS p FROM many) a
		GROUP BY model, p) s};
my $parallel = q{
	SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 3;};

# ---- parallel plans ----
my $serial = $node->safe_psql('postgres', "SET max_parallel_workers_per_gather = 0; $answers");
my $plan = $node->safe_psql('postgres', "$parallel EXPLAIN (ANALYZE, VERBOSE) $answers");
like($plan, qr/Workers Launched: [123].*dp\.predict.*Parallel Seq Scan/s, 'workers predict');
is($node->safe_psql('postgres', "$parallel $answers"), $serial, 'and give the same answers');
like($node->safe_psql('postgres', "$parallel EXPLAIN CREATE TABLE scored AS SELECT i, dp.predict('flowers', features) FROM many WHERE model = 'flowers'"),
	qr/Gather/, 'CREATE TABLE AS predicts in parallel');
unlike($node->safe_psql('postgres', "CREATE TABLE target (i int, p text); $parallel EXPLAIN INSERT INTO target SELECT i, dp.predict('flowers', features) FROM many WHERE model = 'flowers'"),
	qr/Gather/, 'INSERT does not, as the documents say');

# a worker sees what its leader has not committed, and privileges of the leader's role
is($node->safe_psql('postgres', qq{
	BEGIN; SELECT oracle_second_version(); $parallel
	SELECT count(DISTINCT dp.predict('changing', features)) > 1 FROM many WHERE model = 'flowers';
	SELECT bool_and(dp.predict('changing', features) = dp.predict('flowers', features)) FROM many WHERE model = 'flowers';
	ROLLBACK}), "\nt\nf", 'workers use a version that is not committed yet');
$node->safe_psql('postgres', 'CREATE ROLE reader; GRANT SELECT ON many TO reader');
my ($rc, $out, $err) = $node->psql('postgres', "SET ROLE reader; $parallel SELECT count(dp.predict('flowers', features)) FROM many WHERE model = 'flowers'");
like($err, qr/model "flowers" does not exist.*HINT:  SELECT name FROM dp\.models/s, 'workers respect who may see a model');

# nothing but the role changes between these two
($rc, $out, $err) = $node->psql('postgres', "BEGIN;\nSELECT dp.predict('flowers', ARRAY[1.0, 2, 3, 4]) IS NOT NULL;\nSET LOCAL ROLE reader;\nSELECT dp.predict('flowers', ARRAY[1.0, 2, 3, 4]);");
is($out, 't', 'a model that its owner has just used');
like($err, qr/model "flowers" does not exist/, 'does not exist for the next role of the same transaction');

# ---- other sessions ----
my $conn = $node->connstr('postgres');
is($node->safe_psql('postgres', join "\n",
		"SELECT DISTINCT dp.predict('changing', ARRAY[1.0, -2, 1, 2]) = dp.predict('flowers', ARRAY[1.0, -2, 1, 2]);",
		"\\! psql -XAtq -d \"$conn\" -c 'SELECT oracle_second_version()'",
		"SELECT dp.predict('changing', ARRAY[1.0, -2, 1, 2]) = dp.predict('flowers', ARRAY[1.0, -2, 1, 2]);",
		"BEGIN ISOLATION LEVEL REPEATABLE READ;",
		"SELECT dp.predict('price', ARRAY[1.0, 2, 3]) IS NULL FROM many WHERE false;",
		"SELECT dp.predict_value('price', ARRAY[1.0, 2, 3]) IS NOT NULL;",
		"\\! psql -XAtq -d \"$conn\" -c \"SELECT dp.drop_model('price')\"",
		"SELECT dp.predict_value('price', ARRAY[1.0, 2, 3]) IS NOT NULL;",
		"COMMIT;",
		"SELECT count(*) FROM dp.models WHERE name = 'price';"),
	"t\n\nf\nt\n\nt\n0", 'a version another session commits is used from the next statement on, a snapshot keeps what it saw');
($rc, $out, $err) = $node->psql('postgres', "SELECT dp.predict_value('price', ARRAY[1.0, 2, 3])");
like($err, qr/model "price" does not exist/, 'a dropped model is gone');

# ---- damage does not take the session along ----
$node->safe_psql('postgres', q{UPDATE dp.weights SET data[1] = data[1] + 1 WHERE model_id = (SELECT model_id FROM dp.models WHERE name = 'pair') AND tensor = 'bias'});
($rc, $out, $err) = $node->psql('postgres', "SELECT dp.predict_values('pair', ARRAY[1.0, 2]);\nSELECT 'alive';\nSELECT dp.predict('flowers', ARRAY[1.0, 2, 3, 4]) IS NOT NULL;", on_error_stop => 0);
is($out, "alive\nt", 'after an error over damaged weights the session goes on');
like($err, qr/stored model "pair" version 1 is damaged.*DETAIL:  The checksum.*HINT:  Train it again/s, 'which says what is wrong');

# ---- cancel ----
my $start = time;
($rc, $out, $err) = $node->psql('postgres', "SET statement_timeout = '300ms'; SELECT count(dp.predict('photos', image)) FROM many, generate_series(1, 100000) WHERE model = 'photos'");
like($err, qr/canceling statement due to statement timeout/, 'a prediction of many rows is cancelled');
cmp_ok(time - $start, '<', 10, 'soon');
($rc, $out, $err) = $node->psql('postgres', "SET statement_timeout = '300ms'; SELECT * FROM dp.evaluate('photos', 'SELECT image, label FROM many, generate_series(1, 100000) WHERE model = ''photos''')");
like($err, qr/canceling statement due to statement timeout/, 'and an evaluation');

# ---- rows left out are named ----
($rc, $out, $err) = $node->psql('postgres', "SELECT metric FROM dp.evaluate('photos', 'SELECT CASE WHEN n < 2 THEN image ELSE ''x'' END AS image, label, n AS key FROM oracle_row WHERE model = ''photos''', 'skip')");
is($out, "loss\naccuracy\nmacro_f1\nmacro_precision\nmacro_recall\nweighted_f1\nweighted_precision", 'an evaluation that skips');
like($err, qr/NOTICE:  rows left out: 7\nDETAIL:  They are the row with key "6", .*"3", \.\.\./, 'says which rows');

# ---- memory stays bounded ----
my $kb = q{
	SET datapower.model_cache = '1MB';
	CREATE TEMP TABLE m AS SELECT sum(total_bytes) AS b FROM pg_backend_memory_contexts WHERE false;
	SELECT count(dp.predict_value(model, features)) FROM oracle_row, generate_series(1, %d) i WHERE model LIKE 'big%%' AND (i %% 2 = 0) = (model = 'big one');
	SELECT sum(total_bytes) / 1024 FROM pg_backend_memory_contexts WHERE name = 'datapower model'};
my $bytes = (split /\n/, $node->safe_psql('postgres', sprintf($kb, 40)))[1];
cmp_ok($bytes, '<=', 1024, 'models in memory stay below datapower.model_cache');
cmp_ok($bytes, '>', 600, 'and are there');

# ---- a model as a value ----
my $by_value = q{
	SELECT string_agg(concat_ws(' ', model, p, rows, which), ',' ORDER BY model, p) FROM (
		SELECT model, p, count(*) AS rows, sum(i * n) AS which FROM (
			SELECT i, n, model, CASE model WHEN 'flowers' THEN dp.predict(value, features) ELSE dp.predict(value, image) END AS p
			FROM many JOIN deployed USING (model)) a
		GROUP BY model, p) s};
$node->safe_psql('postgres', "CREATE TABLE deployed AS SELECT name AS model, dp.model_value(name) AS value FROM dp.models WHERE name IN ('flowers', 'photos', 'big one')");
is($node->safe_psql('postgres', "SET max_parallel_workers_per_gather = 0; $by_value"), $serial, 'a value gives the same answers');
like($node->safe_psql('postgres', "$parallel EXPLAIN (ANALYZE, VERBOSE) $by_value"), qr/Workers Launched: [123]/, 'workers predict by value');
is($node->safe_psql('postgres', "$parallel $by_value"), $serial, 'and give the same answers');
is($node->safe_psql('postgres', join "\n",
		"CREATE TABLE copied (LIKE deployed);",
		"\\! psql -XAtq -d \"$conn\" -c 'COPY deployed TO STDOUT BINARY' | psql -XAtq -d \"$conn\" -c 'COPY copied FROM STDIN BINARY'",
		"SELECT count(*), bool_and(c.value::text = d.value::text AND dp.model_send(c.value) = dp.model_send(d.value)) FROM copied c JOIN deployed d USING (model);"),
	'3|t', 'values travel in binary');
$node->safe_psql('postgres', join "\n",
	"CREATE TABLE raw AS SELECT model, set_byte(dp.model_send(value), 400, 0) AS value FROM deployed WHERE model = 'photos';",
	"\\! psql -XAtq -d \"$conn\" -c 'COPY raw TO STDOUT BINARY' | psql -XAtq -d \"$conn\" -c 'COPY copied FROM STDIN BINARY' 2> /dev/null");
is($node->safe_psql('postgres', 'SELECT count(*) FROM copied'), '3', 'and damaged ones are refused');
$node->safe_psql('postgres', q{UPDATE deployed SET model = 'x' WHERE model = 'big one'});

# ---- a hot standby ----
$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
$node->wait_for_catchup($standby, 'replay', $node->lsn('insert'));
is($standby->safe_psql('postgres', 'SELECT pg_is_in_recovery()'), 't', 'a standby');
is($standby->safe_psql('postgres', $answers), $serial, 'gives the same answers');
is($standby->safe_psql('postgres', "$parallel $answers"), $serial, 'in parallel too');
is($standby->safe_psql('postgres', $by_value), $serial, 'by value, too');
is($standby->safe_psql('postgres', "$parallel $by_value"), $serial, 'and in parallel');
is($standby->safe_psql('postgres', "SELECT dp.model_value('flowers')::text = value::text FROM deployed WHERE model = 'flowers'"), 't', 'which it makes itself');
my $measures = q{SELECT round(value::numeric, 6) FROM dp.evaluate('flowers', 'SELECT features, label FROM oracle_row WHERE model = ''flowers''')};
is($standby->safe_psql('postgres', $measures), $node->safe_psql('postgres', $measures), 'and the same measures');
for my $reads ("SELECT * FROM dp.profile('oracle_row')", "SELECT * FROM dp.expect('oracle_row', dp.suggest_rules('oracle_row'))")
{
	is($standby->safe_psql('postgres', $reads), $node->safe_psql('postgres', $reads), "a standby answers, too: $reads");
}

# what the primary commits is seen by a session of the standby that has used the model before
my $primary = $node->connstr('postgres');
my $after = $standby->safe_psql('postgres', join "\n",
	"SELECT dp.predict('flowers', ARRAY[1.0, 2, 3, 4]) IS NOT NULL;",
	"\\! psql -XAtq -d \"$primary\" -c \"SELECT dp.rename_model('flowers', 'blossoms')\"",
	"SELECT pg_sleep(0.05) FROM generate_series(1, 200) WHERE EXISTS (SELECT FROM dp.models WHERE name = 'flowers');",
	"DO \$\$ BEGIN FOR i IN 1..600 LOOP EXIT WHEN pg_last_wal_replay_lsn() >= pg_last_wal_receive_lsn() AND i > 20; PERFORM pg_sleep(0.05); END LOOP; END \$\$;",
	"SELECT dp.predict('blossoms', ARRAY[1.0, 2, 3, 4]) IS NOT NULL;");
like($after, qr/^t\n.*\nt$/s, 'a change on the primary reaches it');

$standby->stop;
$node->stop;
done_testing();
