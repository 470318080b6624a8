# dp.train: the same bits whatever the workers, the order of rows and what interrupts it

use strict;
use warnings;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time sleep);

my $node = PostgreSQL::Test::Cluster->new('train');
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
	SELECT i AS key, i % 4 AS label, i % 3 + 1 AS weight,
		convert_to('P5 20 20 255 ', 'latin1') || substr(decode(repeat(lpad(to_hex(i % 4 * 60), 2, '0'), 100), 'hex')
			|| (SELECT string_agg(sha512((i || '-' || j)::text::bytea), '') FROM generate_series(1, 5) j), 1, 400) AS image
	FROM generate_series(1, 400) i;
});

our $network = q{'[{"conv2d": {"filters": 16, "kernel": 3, "activation": "relu"}}, {"max_pool2d": {}}, {"flatten": {}},
	{"dropout": {"rate": 0.25}}, {"dense": {"activation": "softmax"}}]'};
my $augment = q{"augment": [{"flip": {"direction": "horizontal"}}, {"rotate": {"degrees": [-10, 10]}}, {"randaugment": {"magnitude": 3}}, {"augmix": {"p": 0.5}}]};

sub call
{
	my ($model, $options, $source, $validation) = @_;
	$source //= 'picture';
	$validation = defined $validation ? "'$validation'" : 'NULL';
	return "CALL dp.train('$model', '$source', $network, '{\"batch_size\": 50, \"seed\": 3, $augment, $options}', $validation)";
}

sub weights
{
	my ($model, $db) = @_;
	return $node->safe_psql($db // 'postgres', qq{
		SELECT md5(string_agg(data::text, ',' ORDER BY layer, tensor, chunk)) FROM dp.weights
		WHERE model_id = (SELECT max(model_id) FROM dp.models WHERE name = '$model')});
}

# What a run must not leave behind
sub is_clean
{
	my ($what) = @_;
	ok($node->poll_query_until('postgres', q{
		SELECT (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory') = 0
			AND (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'parallel worker') = 0
			AND (SELECT count(*) FROM dp.progress) = 0}), "$what: no lock, no worker, no progress is left");
	my @files = glob($node->data_dir . '/base/pgsql_tmp/*');
	is(scalar(@files), 0, "$what: no temporary file is left");
	no_crash($what);
}

# Only the kill -9 of a test may end a process by a signal: a restart after a crash would leave nothing behind either
sub no_crash
{
	my ($what) = @_;
	unlike(slurp_file($node->logfile), qr/terminated by signal (?!9\b)|abnormal database system shutdown/, "$what: no process crashed");
}

# ---- the same bits ----

$node->safe_psql('postgres', call('reference', '"epochs": 6, "workers": 0', 'picture', 'picture'));
my $reference = weights('reference');
my $metrics = q{SELECT string_agg(split || metric || epoch || ' ' || value, ',' ORDER BY split, metric, epoch) FROM dp.metrics
	WHERE metric IN ('loss', 'accuracy') AND run_id = (SELECT run_id FROM dp.models WHERE name = '%s')};
my $reference_metrics = $node->safe_psql('postgres', sprintf($metrics, 'reference'));
cmp_ok(length($reference_metrics), '>', 100, 'metrics are stored');
is($node->safe_psql('postgres', "SELECT count(DISTINCT data) FROM dp.weights WHERE model_id = 1"), 4, 'and four tensors');
for my $workers (1, 2, 4)
{
	$node->safe_psql('postgres', call("workers $workers", "\"epochs\": 6, \"workers\": $workers", 'picture', 'picture'));
	is(weights("workers $workers"), $reference, "$workers workers: the same weights");
	is($node->safe_psql('postgres', sprintf($metrics, "workers $workers")), $reference_metrics, "$workers workers: the same metrics");
	is($node->safe_psql('postgres', "SELECT workers FROM dp.runs WHERE model = 'workers $workers'"), $workers, "$workers workers were there");
}
$node->safe_psql('postgres', call('order', '"epochs": 6', 'SELECT * FROM picture ORDER BY sha256(image)'));
is(weights('order'), $reference, 'another order of rows: the same weights');
$node->safe_psql('postgres', call('steps', '"epochs": 6, "workers": 1, "segment_seconds": 0', 'picture', 'picture'));
is(weights('steps'), $reference, 'a commit after every step: the same weights');
is($node->safe_psql('postgres', sprintf($metrics, 'steps')), $reference_metrics, 'and the same metrics');
$node->safe_psql('postgres', "SET max_parallel_workers = 0;" . call('none granted', '"epochs": 6, "workers": 3'));
is(weights('none granted'), $reference, 'no worker granted: the same weights');
$node->safe_psql('postgres', call('other seed', '"epochs": 6, "workers": 0, "seed": 4'));
isnt(weights('other seed'), $reference, 'another seed: other weights');
$node->safe_psql('postgres', "CALL dp.train('on the fly', 'picture', $network, '{\"epochs\": 1, \"seed\": 3, $augment}')");
my $recipe = $augment =~ s/"augment": //r;
$node->safe_psql('postgres', "CREATE VIEW augmented AS SELECT key, label, weight, dp.augment(image, '$recipe', 3 + 1, key) AS image FROM picture");
$node->safe_psql('postgres', "CALL dp.train('beforehand', 'augmented', $network, '{\"epochs\": 1, \"seed\": 3}')");
is(weights('on the fly'), weights('beforehand'), 'training in epoch e sees dp.augment(image, recipe, seed + e, key)');
$node->safe_psql('postgres', "CALL dp.train('plain', 'picture', $network, '{\"epochs\": 1, \"seed\": 3}')");
isnt(weights('plain'), weights('on the fly'), 'which is not the image itself');
$node->safe_psql('postgres', 'CREATE TABLE no_key AS SELECT image, label FROM picture UNION ALL SELECT image, label FROM picture WHERE label < 2');
$node->safe_psql('postgres', call('no key', '"epochs": 2, "workers": 0', 'no_key'));
$node->safe_psql('postgres', call('no key, order', '"epochs": 2, "workers": 0', 'SELECT * FROM no_key ORDER BY md5(image)'));
is(weights('no key, order'), weights('no key'), 'without a key, equal rows, another order: the same weights');
is_clean('after training');

# ---- interruptions ----

# Start training in a session of its own and wait for its second commit
sub start
{
	my ($model, $options, $before, $validation) = @_;
	my $session = {out => '', err => ''};
	$session->{run} = IPC::Run::start(
		['psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('postgres'), '-c', $before // 'SELECT 1', '-c', call($model, $options, undef, $validation)],
		'<', \undef, '>', \$session->{out}, '2>', \$session->{err});
	$node->poll_query_until('postgres', "SELECT EXISTS (SELECT FROM dp.runs WHERE model = '$model' AND epoch >= 1)")
		or die "$model did not start: $session->{err}";
	$session->{pid} = $node->safe_psql('postgres', "SELECT pid FROM dp.progress WHERE model = '$model'");
	return $session;
}

sub finish
{
	my ($session) = @_;
	my $start = time;
	IPC::Run::finish($session->{run});
	return time - $start;
}

# Run it to its end, and compare with a run that nothing disturbed.  What is to
# be interrupted commits after every step, so that it lasts on any machine.
my $long = '"epochs": 40, "workers": 2, "segment_seconds": 0';
my $rest = '"epochs": 40, "workers": 1';
$node->safe_psql('postgres', call('undisturbed', '"epochs": 40, "workers": 0'));
our $undisturbed = weights('undisturbed');

sub resumes
{
	my ($model, $what) = @_;
	my ($status, $out, $err) = $node->psql('postgres', 'SET client_min_messages = notice;' . call($model, $rest));
	like($err, qr/resuming run \d+ of model "$model" after \d+ epochs and \d+ steps/, "$what: the same CALL resumes");
	is(weights($model), $undisturbed, "$what: and ends with the same weights");
	is($node->safe_psql('postgres', "SELECT count(*), min(status), (SELECT count(*) FROM dp.checkpoints JOIN dp.runs USING (run_id) WHERE model = '$model') FROM dp.runs WHERE model = '$model'"),
		'1|finished|0', "$what: as one run, without a checkpoint");
}

my $s = start('cancel', $long);
my $watch = $node->safe_psql('postgres', "SELECT phase IN ('training', 'storing') AND epochs = 40 AND total = 400 AND loss > 0 AND samples_per_second > 0 FROM dp.progress");
is($watch, 't', 'dp.progress shows it to another session');
$node->safe_psql('postgres', "CREATE ROLE nobody_special");
is($node->safe_psql('postgres', "SET ROLE nobody_special; SELECT count(*) FROM dp.progress"), '0', 'but not to every role');
my ($status, $out, $err) = $node->psql('postgres', call('cancel', $long));
like($err, qr/model "cancel" is being trained by another session/, 'a second trainer is refused');
($status, $out, $err) = $node->psql('postgres', "SELECT dp.drop_model('cancel')");
like($err, qr/model "cancel" is being trained by another session/, 'and so is dropping the model');
$node->safe_psql('postgres', "SELECT pg_cancel_backend($s->{pid})");
cmp_ok(finish($s), '<', 3, 'cancel: obeyed at once');
like($s->{err}, qr/canceling statement due to user request/, 'cancel: says so');
is_clean('cancel');
my $checkpoint = $node->safe_psql('postgres', "SELECT count(*) FROM dp.checkpoints");
cmp_ok($checkpoint, '>', 0, 'cancel: a checkpoint is there');
($status, $out, $err) = $node->psql('postgres', call('cancel', $long, 'SELECT * FROM picture WHERE key <> 7'));
like($err, qr/cannot resume run \d+ of model "cancel": the data of the source or the validation has changed.*"resume": false/s, 'other data are refused');
($status, $out, $err) = $node->psql('postgres', call('cancel', "$long, \"learning_rate\": 0.1, \"workers\": 3, \"clip_norm\": 2"));
like($err, qr/the set of options has changed\nDETAIL:  "learning_rate" was [0-9.]+ and is 0.1; "clip_norm" was not given and is 2\.\nHINT:  Give the options of the run, or start over with the option "resume": false\./,
	'and so are other options, by name');
$node->safe_psql('postgres', "UPDATE dp.runs SET checksum = checksum + 1 WHERE model = 'cancel'");
($status, $out, $err) = $node->psql('postgres', call('cancel', $long));
like($err, qr/stored checkpoint of run \d+ is damaged/, 'and so is a damaged checkpoint');
$node->safe_psql('postgres', "UPDATE dp.runs SET checksum = checksum - 1 WHERE model = 'cancel'");
$node->safe_psql('postgres', "UPDATE dp.checkpoints SET slot = slot + 100");
($status, $out, $err) = $node->psql('postgres', call('cancel', $long));
like($err, qr/stored checkpoint of run \d+ is damaged.*is missing.*"resume": false/s, 'or one without a row');
$node->safe_psql('postgres', "UPDATE dp.checkpoints SET slot = slot - 100");
for my $damage ('{"step": 1e300}', '{"step": -1}', '{"step": 0.5}', '{"step": 8}')
{
	$node->safe_psql('postgres', qq{ALTER TABLE dp.runs ADD kept jsonb; UPDATE dp.runs SET kept = position, position = position || '$damage' WHERE model = 'cancel'});
	($status, $out, $err) = $node->psql('postgres', call('cancel', $long));
	like($err, qr/stored position of run \d+ is damaged/, "and so is the position $damage");
	$node->safe_psql('postgres', "UPDATE dp.runs SET position = kept WHERE model = 'cancel'; ALTER TABLE dp.runs DROP kept");
}
resumes('cancel', 'cancel');

$s = start('terminate', $long);
$node->safe_psql('postgres', "SELECT pg_terminate_backend($s->{pid})");
cmp_ok(finish($s), '<', 3, 'terminate: obeyed at once');
is_clean('terminate');
resumes('terminate', 'terminate');

# What a step keeps beside the weights: running statistics, in which the order of adding would show
{
	local $network = q{'[{"conv2d": {"filters": 10, "kernel": 3, "use_bias": false}}, {"batch_norm": {"momentum": 0.9, "activation": "relu"}},
		{"max_pool2d": {}}, {"flatten": {}}, {"dense": {"units": 20, "use_bias": false}}, {"batch_norm": {"activation": "relu"}},
		{"dense": {"activation": "softmax"}}]'};
	local $undisturbed;

	$node->safe_psql('postgres', call('normalized', '"epochs": 40, "workers": 0', 'picture', 'picture'));
	$undisturbed = weights('normalized');
	$reference_metrics = $node->safe_psql('postgres', sprintf($metrics, 'normalized'));
	is($node->safe_psql('postgres', q{SELECT count(DISTINCT data) FROM dp.weights JOIN dp.models USING (model_id) WHERE name = 'normalized' AND tensor LIKE 'moving%'}),
		4, 'four running statistics');
	for my $workers (1, 2, 4)
	{
		$node->safe_psql('postgres', call("normalized $workers", "\"epochs\": 40, \"workers\": $workers", 'picture', 'picture'));
		is(weights("normalized $workers"), $undisturbed, "$workers workers: the same weights and running statistics");
		is($node->safe_psql('postgres', sprintf($metrics, "normalized $workers")), $reference_metrics, "$workers workers: the same metrics by them");
	}
	$s = start('normalized, cancelled', $long);
	$node->safe_psql('postgres', "SELECT pg_cancel_backend($s->{pid})");
	finish($s);
	like($s->{err}, qr/canceling statement due to user request/, 'cancelled with running statistics');
	resumes('normalized, cancelled', 'running statistics');
}

# while the source is read, and in a block: nothing has been committed yet
for my $before ('SELECT 1', 'BEGIN')
{
	$s = {out => '', err => ''};
	$s->{run} = IPC::Run::start(['psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', $before,
		'-c', call('reading', '"epochs": 6', 'SELECT p.* FROM picture p, LATERAL pg_sleep(0.05 * sign(key))')], '<', \undef, '>', \$s->{out}, '2>', \$s->{err});
	$node->poll_query_until('postgres', 'SELECT count(*) > 0 FROM dp.progress');
	$node->safe_psql('postgres', 'SELECT pg_terminate_backend(pid) FROM dp.progress');
	finish($s);
	is_clean("terminated while reading, after $before");
}

($status, $out, $err) = $node->psql('postgres', "SET statement_timeout = '1500ms';" . call('timeout', $long));
like($err, qr/canceling statement due to statement timeout/, 'statement_timeout: obeyed');
is_clean('statement_timeout');
resumes('timeout', 'statement_timeout');

$s = start('worker', $rest);
while ($s->{run}->pumpable)
{
	$node->safe_psql('postgres', "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'parallel worker'");
	$s->{run}->pump_nb;
}
finish($s);
like($s->{err}, qr/terminating .*due to administrator command|lost connection to parallel worker/, 'a worker terminated: an error');
is_clean('a worker terminated');
resumes('worker', 'a worker terminated');

# The leader is stopped while the worker is looked for, or an epoch may be over before it is found
for my $victim ('backend', 'worker')
{
	my $model = "kill $victim";
	my $pid;
	$s = start($model, $victim eq 'worker' ? $rest : $long);
	do
	{
		kill 'STOP', $s->{pid};
		$pid = $victim eq 'backend' ? $s->{pid}
			: $node->safe_psql('postgres', "SELECT max(pid) FROM pg_stat_activity WHERE backend_type = 'parallel worker'");
		kill 'CONT', $s->{pid} unless $pid;
	} until $pid && kill 'KILL', $pid;
	kill 'CONT', $s->{pid};
	finish($s);
	sleep 0.5;
	$node->poll_query_until('postgres', 'SELECT true');
	is_clean("kill -9 of a $victim");
	resumes($model, "kill -9 of a $victim");
}

($status, $out, $err) = $node->psql('postgres', "SET temp_file_limit = '64kB';" . call('no room', '"epochs": 2'));
like($err, qr/temporary file size exceeds temp_file_limit/, 'no room for temporary files: an error');
is_clean('no room for temporary files');
is($node->safe_psql('postgres', "SELECT count(*) FROM dp.model_names WHERE name = 'no room'"), '0', 'and no trace of the model');

SKIP:
{
	my $dir = $ENV{SMALL_TABLESPACE} // '';
	skip 'a full disk: SMALL_TABLESPACE names no directory on a file system of some 100 kB', 5 unless $dir ne '' && -d $dir;
	$node->safe_psql('postgres', "CREATE TABLESPACE small LOCATION '$dir'");
	($status, $out, $err) = $node->psql('postgres', "SET temp_tablespaces = small;" . call('full', '"epochs": 2'));
	like($err, qr/could not write to file .*No space left on device/, 'a full disk: an error');
	is_clean('a full disk');
	$node->safe_psql('postgres', call('full', '"epochs": 2'));
	isnt(weights('full'), '', 'a full disk: training goes on elsewhere');
}

# ---- a learning rate that depends on the number of epochs, and more epochs than before ----

my $cosine = '"epochs": 10, "schedule": "cosine", "workers": 1';
$node->safe_psql('postgres', call('cosine, undisturbed', $cosine));
$s = start('cosine', "$cosine, \"segment_seconds\": 0");
$node->safe_psql('postgres', "SELECT pg_cancel_backend($s->{pid})");
finish($s);
is($node->safe_psql('postgres', "SELECT status FROM dp.runs WHERE model = 'cosine'"), 'unfinished', 'a cosine, interrupted');
($status, $out, $err) = $node->psql('postgres', call('cosine', $cosine =~ s/10/11/r));
like($err, qr/the set of options has changed\nDETAIL:  "epochs" was 10 and is 11\./, 'another number of epochs is refused');
($status, $out, $err) = $node->psql('postgres', 'SET client_min_messages = notice;' . call('cosine', $cosine));
like($err, qr/resuming run/, 'the same is resumed');
is(weights('cosine'), weights('cosine, undisturbed'), 'and ends with the same weights');

$s = start('longer', $long);
$node->poll_query_until('postgres', "SELECT epoch >= 2 FROM dp.runs WHERE model = 'longer'");
$node->safe_psql('postgres', "SELECT pg_cancel_backend($s->{pid})");
finish($s);
($status, $out, $err) = $node->psql('postgres', call('longer', $rest =~ s/40/1/r));
like($err, qr/cannot resume run \d+ of model "longer": it has made \d+ epochs already, and "epochs" is 1/, 'fewer epochs than are done are refused');
($status, $out, $err) = $node->psql('postgres', call('longer', $rest, undef, 'SELECT * FROM picture WHERE key < 20'));
like($err, qr/the data of the source or the validation has changed/, 'and so is a validation that was not there');
$node->safe_psql('postgres', call('longer', $rest =~ s/40/42/r));
$node->safe_psql('postgres', call('forty-two', '"epochs": 42'));
is(weights('longer'), weights('forty-two'), 'more epochs at a constant rate: resumed to the same weights');
is($node->safe_psql('postgres', "SELECT epochs, options ->> 'epochs', options ->> 'segment_seconds' FROM dp.runs WHERE model = 'longer'"), '42|42|120', 'and the run says what it was asked last');

# ---- every method and what it keeps, through other workers and commits ----

for my $method ('"optimizer": "sgd", "nesterov": true, "weight_decay": 0.01', '"optimizer": "adamw", "weight_decay": 0.1',
	'"optimizer": "rmsprop", "momentum": 0.9, "weight_decay": 0.001',
	'"optimizer": "sgd", "clip_norm": 0.5, "ema": 0.9',
	'"schedule": "reduce_on_plateau", "plateau_patience": 1, "plateau_factor": 0.5, "plateau_min_delta": 0.02, "warmup_epochs": 1.5')
{
	$node->safe_psql('postgres', call("one $method", "\"epochs\": 3, \"workers\": 0, $method"));
	$node->safe_psql('postgres', call("two $method", "\"epochs\": 3, \"workers\": 2, \"segment_seconds\": 0, $method"));
	is(weights("two $method"), weights("one $method"), "$method: the same weights with two workers");
	$s = start("three $method", "\"epochs\": 40, \"workers\": 1, \"segment_seconds\": 0, $method");
	$node->safe_psql('postgres', "SELECT pg_cancel_backend($s->{pid})");
	finish($s);
	is($node->safe_psql('postgres', "SELECT status FROM dp.runs WHERE model = 'three $method'"), 'unfinished', 'interrupted');
	$node->safe_psql('postgres', call("three $method", "\"epochs\": 40, \"workers\": 0, $method"));
	$node->safe_psql('postgres', call("four $method", "\"epochs\": 40, \"workers\": 0, $method"));
	is(weights("three $method"), weights("four $method"), 'resumed to the same weights');
	my $rates = q{SELECT string_agg(value::text, ' ' ORDER BY m.epoch), count(DISTINCT value) FROM dp.metrics m JOIN dp.runs USING (run_id) WHERE metric = 'learning_rate' AND model = '%s'};
	is($node->safe_psql('postgres', sprintf($rates, "three $method")), $node->safe_psql('postgres', sprintf($rates, "four $method")), 'at the same rates');
	like($node->safe_psql('postgres', sprintf($rates, "four $method")), qr/\|[5-9]$|\|\d\d$/, 'which a plateau has lowered') if $method =~ /plateau/;
}

# ---- early stopping: the best weights survive; the labels of the validation are others, so an early epoch is the best ----

my $others = 'SELECT key, (label + 1) % 4 AS label, weight, image FROM picture';
my $early = '"epochs": 40, "early_stopping": 30, "ema": 0.5, "learning_rate": 0.0003';
$node->safe_psql('postgres', call('early', "$early, \"workers\": 0", undef, $others));
$s = start('early, interrupted', "$early, \"workers\": 1, \"segment_seconds\": 0", undef, $others);
$node->poll_query_until('postgres', q{SELECT epoch > 10 FROM dp.runs WHERE model = 'early, interrupted'});
$node->safe_psql('postgres', "SELECT pg_cancel_backend($s->{pid})");
finish($s);
is($node->safe_psql('postgres', "SELECT status FROM dp.runs WHERE model = 'early, interrupted'"), 'unfinished', 'early stopping, interrupted');
($status, $out, $err) = $node->psql('postgres', 'SET client_min_messages = notice;' . call('early, interrupted', $early, undef, $others));
like($err, qr/the weights of epoch \d+ are kept, the best of \d+/, 'early stopping says what it kept');
is(weights('early, interrupted'), weights('early'), 'the same weights');
my $ends = $node->safe_psql('postgres', q{SELECT string_agg(epoch || ' ' || best_epoch, ',') FROM dp.runs WHERE model LIKE 'early%'});
like($ends, qr/^(3\d ([1-9])),\1$/, 'of the same early epoch');
my ($best) = $ends =~ /^\d+ (\d+)/;
$node->safe_psql('postgres', call('early, best', $early =~ s/"epochs": 40, "early_stopping": 30/"epochs": $best/r));
is(weights('early, best'), weights('early'), 'which are those of a run that ends there');

# ---- starting over, and transaction blocks ----

$s = start('again', $long);
$node->safe_psql('postgres', "SELECT pg_cancel_backend($s->{pid})");
finish($s);
$node->safe_psql('postgres', call('again', '"epochs": 6, "workers": 0, "resume": false'));
is(weights('again'), $reference, 'resume => false starts over');
is($node->safe_psql('postgres', "SELECT string_agg(status, ',' ORDER BY run_id) FROM dp.runs WHERE model = 'again'"), 'abandoned,finished', 'and says so in dp.runs');

($status, $out, $err) = $node->psql('postgres', 'SET client_min_messages = notice; BEGIN;' . call('block', '"epochs": 6, "workers": 2') . '; ROLLBACK');
like($err, qr/training inside a transaction block: nothing is committed until it ends/, 'in a transaction block: a notice');
is($node->safe_psql('postgres', "SELECT count(*) FROM dp.models WHERE name = 'block'"), '0', 'and ROLLBACK takes it back');
is_clean('in a transaction block');
$node->safe_psql('postgres', 'BEGIN;' . call('block', '"epochs": 6, "workers": 2') . '; COMMIT');
is(weights('block'), $reference, 'in a transaction block: the same weights');

$s = start('shutdown', $long);
$node->stop('fast');
no_crash('a fast shutdown');
finish($s);
done_testing();
