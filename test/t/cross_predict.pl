# cross_predict.pl - dp.cross_predict: the same bits whatever the workers and what interrupts it; commits; roles
use strict;
use warnings;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('cross');
$node->init;
$node->append_conf('postgresql.conf', q{
max_worker_processes = 16
max_parallel_workers = 16
restart_after_crash = on
fsync = off
client_min_messages = warning
});
$node->start;
$node->safe_psql('postgres', q{
CREATE EXTENSION datapower;
CREATE TABLE picture AS
	SELECT i AS key, 'kind ' || i % 4 AS label,
		convert_to('P5 20 20 255 ', 'latin1') || substr(decode(repeat(lpad(to_hex(i % 4 * 60), 2, '0'), 100), 'hex')
			|| (SELECT string_agg(sha512((i || '-' || j)::text::bytea), '') FROM generate_series(1, 5) j), 1, 400) AS image
	FROM generate_series(1, 400) i;
});

my $network = q{'[{"conv2d": {"filters": 16, "kernel": 3, "activation": "relu"}}, {"max_pool2d": {}}, {"flatten": {}},
	{"dropout": {"rate": 0.25}}, {"dense": {"activation": "softmax"}}]'};

sub call
{
	my ($result, $options, $source) = @_;
	$source //= 'picture';
	return "CALL dp.cross_predict('$result', '$source', $network, 3, '{\"batch_size\": 50, \"epochs\": 8, \"seed\": 3, \"augment\": [{\"flip\": {}}], $options}')";
}

sub bits { my ($result) = @_; return $node->safe_psql('postgres', "SELECT md5(string_agg(concat(key, fold, label, predicted, probabilities), ' ' ORDER BY key)) FROM $result WHERE probabilities IS NOT NULL"); }

# ---- the same bits ----

$node->safe_psql('postgres', call('reference', '"workers": 0'));
my $reference = bits('reference');
is($node->safe_psql('postgres', 'SELECT count(*), count(probabilities), count(DISTINCT fold) FROM reference'), '400|400|3', 'every row is predicted');
for my $workers (1, 3)
{
	$node->safe_psql('postgres', call("workers_$workers", "\"workers\": $workers"));
	is(bits("workers_$workers"), $reference, "$workers workers: the same bits");
}
$node->safe_psql('postgres', call('sorted', '"workers": 1', 'SELECT * FROM picture ORDER BY md5(image)'));
is(bits('sorted'), $reference, 'another order of rows: the same bits');
$node->safe_psql('postgres', 'BEGIN;' . call('in_a_block', '"workers": 1') . ';COMMIT');
is(bits('in_a_block'), $reference, 'in a transaction block: the same bits');

# ---- interruptions ----

# Of two that begin at once, one makes the table and the other does not wait for it
my ($twice_out, $twice_err) = ('', '');
my $twice = IPC::Run::start(['psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', 'BEGIN', '-c', call('twice', '"workers": 0'), '-c', 'SELECT pg_sleep(180)'],
	'<', \undef, '>', \$twice_out, '2>', \$twice_err);
$node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(180)' AND state = 'active'") or die "twice did not start: $twice_err";
my (undef, undef, $refused) = $node->psql('postgres', "SET statement_timeout = '60s';" . call('twice', '"workers": 0'));
like($refused, qr/model "twice" is being trained by another session/, 'of two that begin at the same time one is refused');
$node->safe_psql('postgres', "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(180)'");
$twice->finish;

# In a session of its own, until the second fold is under way
sub start
{
	my ($result) = @_;
	my $session = {out => '', err => ''};
	# a commit after every step lasts on any machine
	$session->{run} = IPC::Run::start(['psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', call($result, '"workers": 1, "segment_seconds": 0')],
		'<', \undef, '>', \$session->{out}, '2>', \$session->{err});
	$node->poll_query_until('postgres', "SELECT EXISTS (SELECT FROM dp.runs WHERE model = '$result/2' AND epoch >= 1)")
		or die "$result did not start: $session->{err}";
	$session->{pid} = $node->safe_psql('postgres', "SELECT pid FROM dp.progress WHERE model LIKE '$result/%'");
	return $session;
}

sub goes_on
{
	my ($result, $what) = @_;
	is($node->safe_psql('postgres', "SELECT count(*) = 400 AND count(DISTINCT fold) FILTER (WHERE probabilities IS NOT NULL) = 1 FROM $result"), 't', "$what: one fold is there, whole, and all keys");
	is($node->safe_psql('postgres', "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"), '0', "$what: no lock is left");
	my ($status, $out, $err) = $node->psql('postgres', 'SET client_min_messages = notice;' . call($result, '"workers": 0'));
	like($err, qr/fold 1 of 3 was predicted before.*resuming run \d+ of model "$result\/2" after \d+ epochs.*fold 2 of 3: \d+ rows predicted/s, "$what: the same CALL goes on");
	is(bits($result), $reference, "$what: with the same bits");
	is($node->safe_psql('postgres', "SELECT string_agg(concat(model, ' ', status), ', ' ORDER BY model) FROM dp.runs WHERE model LIKE '$result/%'"),
		"$result/1 finished, $result/2 finished, $result/3 finished", "$what: a run for each fold");
	unlike(slurp_file($node->logfile), qr/terminated by signal (?!9\b)|abnormal database system shutdown/, "$what: no process crashed");
}

my $s = start('cancelled');
my ($status, $out, $err) = $node->psql('postgres', call('cancelled', '"workers": 0'));
like($err, qr/model "cancelled" is being trained by another session/, 'a second session is refused');
$node->safe_psql('postgres', "SELECT pg_cancel_backend($s->{pid})");
IPC::Run::finish($s->{run});
like($s->{err}, qr/canceling statement due to user request/, 'cancelled');
$node->safe_psql('postgres', "CREATE TABLE cancelled_before AS SELECT * FROM cancelled");
($status, $out, $err) = $node->psql('postgres', call('cancelled', '"workers": 0', q{SELECT key, image, CASE key WHEN 17 THEN ''kind 0'' ELSE label END AS label FROM picture}));
like($err, qr/"cancelled" has predictions of other rows, labels or folds\nDETAIL:  The row with key "17" is one that differs/, 'other labels are refused');
($status, $out, $err) = $node->psql('postgres', call('cancelled', '"workers": 0, "learning_rate": 0.1'));
like($err, qr/"cancelled" has predictions that these arguments have not made\nDETAIL:  Fold 1 is not of a model "cancelled\/1"/, 'and so are other options');
goes_on('cancelled', 'cancel');
is($node->safe_psql('postgres', "SELECT count(*) FROM cancelled c JOIN cancelled_before b USING (key, probabilities)"), $node->safe_psql('postgres', 'SELECT count(*) FROM reference WHERE fold = 1'), 'what was there has stayed');

$s = start('killed');
kill 'KILL', $s->{pid};
IPC::Run::finish($s->{run});
$node->poll_query_until('postgres', 'SELECT true');
goes_on('killed', 'kill -9');

# between the commit of a model and that of its rows
$s = {out => '', err => ''};
$node->safe_psql('postgres', q{CREATE TABLE slow (key bigint PRIMARY KEY, fold int, label text, predicted text, probabilities float8[]);
	CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.5); RETURN new; END $$;
	CREATE TRIGGER wait BEFORE UPDATE ON slow FOR EACH ROW WHEN (new.fold = 2) EXECUTE FUNCTION wait()});
$s->{run} = IPC::Run::start(['psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', call('slow', '"workers": 0')], '<', \undef, '>', \$s->{out}, '2>', \$s->{err});
$node->poll_query_until('postgres', q{SELECT EXISTS (SELECT FROM dp.models WHERE name = 'slow/2')});
$node->safe_psql('postgres', q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'CALL dp.cross_predict%'});
IPC::Run::finish($s->{run});
$node->safe_psql('postgres', 'DROP TRIGGER wait ON slow');
$node->poll_query_until('postgres', q{SELECT count(*) = 0 FROM pg_locks WHERE locktype = 'advisory'});
is($node->safe_psql('postgres', 'SELECT string_agg(DISTINCT fold::text, $$ $$) FROM slow WHERE probabilities IS NOT NULL'), '1', 'terminated while the rows of a fold are written: none of them is there');
$node->safe_psql('postgres', call('slow', '"workers": 0'));
is(bits('slow'), $reference, 'and the same bits in the end');

# ---- roles ----

$node->safe_psql('postgres', q{
CREATE ROLE judge;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA dp TO judge;
CREATE SCHEMA work AUTHORIZATION judge;
CREATE TABLE work.picture AS SELECT * FROM picture;
ALTER TABLE work.picture OWNER TO judge, ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY few ON work.picture USING (key <= 300)});
$node->safe_psql('postgres', 'SET ROLE judge; SET search_path = work;' . call('judged', '"workers": 1'));
is($node->safe_psql('postgres', q{SELECT count(*), count(predicted), (SELECT string_agg(DISTINCT owner::text, ' ') FROM dp.models WHERE name LIKE 'judged/%') FROM work.judged}),
	'300|300|judge', 'a role of its own, under row-level security');
($status, $out, $err) = $node->psql('postgres', 'SET ROLE judge;' . call('judged', '"workers": 0'));
like($err, qr/permission denied/, 'needs the privilege to read the source');

$node->stop;
done_testing();
