# blas.pl - OpenBLAS starts no threads in a session, and where it cannot be
# loaded or has no room there is an error, not a dead session
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('blas');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\n");
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION datapower;
	CREATE TABLE points AS SELECT ARRAY[i / 100.0, -i / 100.0]::float8[] AS features, i > 0 AS label FROM generate_series(-50, 49) AS i;
	CALL dp.train('sign', 'points', '[{"dense": {"activation": "softmax"}}]'::jsonb, '{"epochs": 2}');
});
my $predict = "SELECT dp.predict('sign', ARRAY[0.5, -0.5]) IS NOT NULL";

SKIP:
{
	skip 'needs /proc', 3 unless -d "/proc/$$/task";
	my $session = $node->background_psql('postgres');
	my $pid = $session->query_safe('SELECT pg_backend_pid()');
	my $before = slurp_file("/proc/$pid/status");
	is($session->query_safe($predict), 't', 'a prediction');
	my $after = slurp_file("/proc/$pid/status");
	my ($threads) = $after =~ /^Threads:\s*(\d+)/m;
	is($threads, 1, 'the session has one thread');
	is(join(' ', $after =~ /^(SigBlk:.*)$/m), join(' ', $before =~ /^(SigBlk:.*)$/m), 'and the signal mask it had');
	$session->quit;
}

SKIP:
{
	skip 'needs prlimit', 2 if system('command -v prlimit > /dev/null') != 0;
	my $session = $node->background_psql('postgres', on_error_stop => 0);
	my $pid = $session->query_safe('SELECT pg_backend_pid()');
	my ($kb) = slurp_file("/proc/$pid/status") =~ /^VmSize:\s*(\d+)/m;
	system('prlimit', "--pid=$pid", '--as=' . ($kb + 100 * 1024) * 1024);
	my ($out, $failed) = $session->query($predict);
	like($session->{stderr}, qr/out of memory.*OpenBLAS needs 192 MB of address space/s, 'too little address space is an error');
	$session->{stderr} = '';
	is($session->query('SELECT 1'), '1', 'and the session goes on');
	$session->quit;
}
$node->stop;

my $dir = PostgreSQL::Test::Utils::tempdir();
append_to_file("$dir/libopenblas.so.0", 'x' x 1000);
{
	local $ENV{LD_LIBRARY_PATH} = $dir;
	$node->start;
}
my ($status, $out, $err) = $node->psql('postgres', $predict);
isnt($status, 0, 'a broken library');
like($err, qr/ERROR:  could not load OpenBLAS\nDETAIL:  .*libopenblas.*\nHINT:  Install it on the server/, 'is an error that says what to install');
$node->stop;
done_testing();
