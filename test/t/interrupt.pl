# interrupt.pl - training interrupted at random moments, again and again, ends with the same bits
#
# Runs are cancelled, terminated and timed out at 50 moments, and a process of
# them is killed at 10.  Each is taken up again by another session, with other
# workers, other commits and the rows in another order, until it ends: then its
# weights are those of a run that nobody disturbed.  After each interruption
# nothing is left behind.  INTERRUPTIONS and KILLS change the numbers; the
# moments follow from a fixed seed and the speed of the machine.

use strict;
use warnings;
use IPC::Run;
use List::Util qw(max sum);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time sleep);

my $interruptions = $ENV{INTERRUPTIONS} // 50;
my $kills = $ENV{KILLS} // 10;
srand(20240229);

my $node = PostgreSQL::Test::Cluster->new('interrupt');
$node->init;
# shared memory as files, to be counted: /dev/shm belongs to all servers of the machine
$node->append_conf('postgresql.conf', q{
dynamic_shared_memory_type = mmap
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
	SELECT i AS key, i % 4 AS label,
		convert_to('P5 20 20 255 ', 'latin1') || substr(decode(repeat(lpad(to_hex(i % 4 * 60), 2, '0'), 100), 'hex')
			|| (SELECT string_agg(sha512((i || '-' || j)::text::bytea), '') FROM generate_series(1, 5) j), 1, 400) AS image
	FROM generate_series(1, 400) i;
});

my $network = q{'[{"conv2d": {"filters": 8, "kernel": 3, "activation": "relu"}}, {"max_pool2d": {}}, {"flatten": {}},
	{"dropout": {"rate": 0.25}}, {"dense": {"activation": "softmax"}}]'};
my @sources = ('picture', 'SELECT * FROM picture ORDER BY sha256(image)', 'SELECT * FROM picture ORDER BY key DESC');

sub pick { return $_[int(rand(@_))] }

# The same run in one of the ways that must not make a difference
sub call
{
	my ($model, $source, $workers, $seconds) = @_;
	return "CALL dp.train('$model', '$source', $network, '{\"epochs\": 12, \"batch_size\": 50, \"seed\": 3, \"workers\": $workers, \"segment_seconds\": $seconds,"
		. " \"augment\": [{\"flip\": {\"direction\": \"horizontal\"}}]}')";
}

sub any_call { return call($_[0], pick(@sources), pick(0, 1, 2, 4), pick(0, 120)) }

sub weights
{
	my ($model) = @_;
	return $node->safe_psql('postgres', qq{
		SELECT md5(string_agg(data::text, ',' ORDER BY layer, tensor, chunk)) FROM dp.weights JOIN dp.models USING (model_id) WHERE name = '$model'});
}

my $start = time;
$node->safe_psql('postgres', call('undisturbed', 'picture', 0, 120));
my $duration = time - $start;
my $undisturbed = weights('undisturbed');
cmp_ok(length($undisturbed), '==', 32, 'a run that nothing disturbs');

# Begin a call in a session of its own; its pid is known when this returns
sub begin
{
	my ($call, $timeout) = @_;
	my $s = {out => '', err => ''};
	$s->{run} = IPC::Run::start(
		['psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', 'SELECT pg_backend_pid()', '-c', 'SET statement_timeout = ' . int(1000 * ($timeout // 0)),
			'-c', 'SELECT extract(epoch FROM clock_timestamp())', '-c', $call, '-c', 'SELECT extract(epoch FROM clock_timestamp())'],
		'<', \undef, '>', \$s->{out}, '2>', \$s->{err});
	$s->{run}->pump until $s->{out} =~ /\n/ || !$s->{run}->pumpable;
	($s->{pid}) = $s->{out} =~ /^(\d+)\n/;
	return $s;
}

sub segments { my @f = glob($node->data_dir . '/pg_dynshmem/*'); return scalar(@f) }

my $segments = segments();
my @left;

# What an interruption left behind; workers may take a moment to go
sub look
{
	my ($what) = @_;
	my $free = $node->poll_query_until('postgres', q{
		SELECT NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory') AND NOT EXISTS (SELECT FROM dp.progress)
			AND NOT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'parallel worker' OR (backend_type = 'client backend' AND pid <> pg_backend_pid()))});
	my @files = glob($node->data_dir . '/base/pgsql_tmp/*');
	push @left, "$what: locks, workers or sessions" unless $free;
	push @left, "$what: @files" if @files;
	push @left, "$what: shared memory" if segments() != $segments;
}

sub finished { return $node->safe_psql('postgres', "SELECT count(*) FROM dp.models WHERE name = '$_[0]'") }

my ($name, @models) = (1);
my (%latency, %said, $unexpected);
my %message = (
	cancel => qr/canceling statement due to user request/,
	terminate => qr/terminating connection due to administrator command/,
	timeout => qr/canceling statement due to statement timeout/);
my $done = 0;

while ($done < $interruptions)
{
	my $kind = pick('cancel', 'terminate', 'timeout');
	my $delay = 0.01 + rand($duration);
	my $s = begin(any_call($name), $kind eq 'timeout' ? $delay : 0);
	my $asked = time;
	if ($kind ne 'timeout')
	{
		$s->{run}->pump_nb, sleep 0.002 while time < $asked + $delay && $s->{run}->pumpable;
		$asked = time;
		kill $kind eq 'cancel' ? 'INT' : 'TERM', $s->{pid} if $s->{run}->pumpable;
	}
	IPC::Run::finish($s->{run});
	my $took = time - $asked;
	$models[$name] = 1;
	if ($s->{err} eq '')
	{
		$name++;	# it was faster
		next;
	}
	$name++ if finished($name);	# it was, too, but for its answer: called again, it would train version 2
	$took = $2 - $1 - $delay if $kind eq 'timeout' && $s->{out} =~ /([\d.]+)\n([\d.]+)\n\z/;
	push @{ $latency{$kind} }, $took;
	$unexpected .= "$kind: $s->{err}" unless $s->{err} =~ $message{$kind};
	look("$kind after $delay s");
	$done++;
}
for my $kind (sort keys %latency)
{
	my @t = sort { $a <=> $b } @{ $latency{$kind} };
	note sprintf('%s: %d times, obeyed within %.3f s in the median, %.3f s at worst', $kind, scalar(@t), $t[@t / 2], $t[-1]);
	cmp_ok($t[@t / 2], '<', 1, "$kind: obeyed within a second");
	cmp_ok($t[-1], '<', 3, "$kind: at worst, too, as far as the machine was idle");
}
is($unexpected, undef, "$done interruptions say what they are");
unlike(slurp_file($node->logfile), qr/terminated by signal|PANIC|abnormal database system shutdown/, 'no process crashed');

# ---- kill -9 ----
my %killed;
$done = 0;
while ($done < $kills)
{
	my $victim = $done % 2 ? 'worker' : 'backend';
	my $s = begin(call($name, pick(@sources), $victim eq 'worker' ? pick(1, 2, 4) : pick(0, 1, 2, 4), pick(0, 120)));
	my $until = time + 0.01 + rand($duration);
	my $pid = $s->{pid};
	$models[$name] = 1;
	$s->{run}->pump_nb, sleep 0.002 while time < $until && $s->{run}->pumpable;
	$pid = $node->safe_psql('postgres', "SELECT pid FROM pg_stat_activity WHERE backend_type = 'parallel worker' ORDER BY random() LIMIT 1")
		if $victim eq 'worker';
	my $hit = $pid && $s->{run}->pumpable && kill 'KILL', $pid;
	IPC::Run::finish($s->{run});
	if (!$hit || $s->{err} eq '')
	{
		$name++ if $s->{err} eq '';
		next;
	}
	$node->poll_query_until('postgres', 'SELECT true');
	$name++ if finished($name);
	$segments = segments() if $done == 0;	# the control segment of the restarted server
	look("kill -9 of a $victim");
	$killed{$victim}++;
	$done++;
}
note join ', ', map { "$killed{$_} times kill -9 of a $_" } sort keys %killed;
is(join("\n", @left), '', 'no lock, worker, session, temporary file or shared memory is left');
unlike(slurp_file($node->logfile), qr/terminated by signal (?!9\b)|PANIC/, 'nothing but the killed processes crashed');

# ---- all that was interrupted ends alike ----
my %ends;
for my $model (grep { $models[$_] } 1 .. $#models)
{
	$node->safe_psql('postgres', call($model, pick(@sources), pick(0, 1, 2, 4), 120)) unless finished($model);
	$ends{ weights($model) }++;
}
is(join(' ', keys %ends), $undisturbed, sum(values %ends) . ' models, interrupted ' . ($interruptions + $kills) . ' times, have the weights of the undisturbed one');
is($node->safe_psql('postgres', q{SELECT string_agg(DISTINCT status, ',') || ' ' || (count(*) - count(DISTINCT model)) || ' ' || (SELECT count(*) FROM dp.checkpoints) FROM dp.runs}),
	'finished 0 0', 'each in one run, without a checkpoint left');

$node->stop;
done_testing();
