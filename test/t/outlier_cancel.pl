# outlier_cancel.pl - a cancel is heard while outliers are scored, and while a large state is written
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $node = PostgreSQL::Test::Cluster->new('outliers');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nclient_min_messages = warning\nmax_parallel_workers_per_gather = 0\nwork_mem = '256MB'\n");
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION datapower;
	CREATE TABLE wide AS SELECT i AS t, random() AS x, ARRAY(SELECT random() + i * 0 FROM generate_series(1, 40)) AS features FROM generate_series(1, 30000) i;
	CREATE TABLE long AS SELECT i AS t, random() AS x FROM generate_series(1, 200000) i});

sub cancelled
{
	my ($what, $query) = @_;
	my $start = time;
	my ($rc, $out, $err) = $node->psql('postgres', "SET statement_timeout = '400ms'; $query");
	like($err, qr/canceling statement due to statement timeout/, "$what is cancelled");
	cmp_ok(time - $start, '<', 1.4, 'soon');
}

cancelled($_, "SELECT count(s) FROM (SELECT dp.outlier_score(features, '$_') OVER () AS s FROM wide) w") for 'knn', 'lof';
cancelled($_->[0], "SELECT count(s) FROM (SELECT dp.series_outlier_score(x, t, '$_->[0]', '$_->[1]') OVER () AS s FROM long) l")
	for [ 'hampel', '{"half_window": 2000}' ], [ 'seasonal', '{"period": 10000, "robust": true}' ], [ 'level_shift', '{"window": 2000}' ], [ 'matrix_profile', '{"window": 50}' ];

$node->safe_psql('postgres', q{CREATE TABLE large AS SELECT dp.fit_detector(ARRAY[x, -x, sin(t), cos(t), x * x, x + t, sqrt(x), sqrt(t)], 'knn', '{"sample": 200000}', t) AS detector FROM long});
cancelled('writing a large detector', 'SELECT length(detector::text) FROM large');

$node->stop;
done_testing();
