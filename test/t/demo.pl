# demo.pl - docs/demo.sql reaches what it promises
#
# Fashion-MNIST comes from Debian's dataset-fashion-mnist, or from the folder
# FASHION_MNIST names; without it the test is skipped.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $fashion = $ENV{FASHION_MNIST} || '/usr/share/datasets/fashion-mnist';
plan skip_all => 'Fashion-MNIST is not here' unless -e "$fashion/train-images-idx3-ubyte.gz";

my $node = PostgreSQL::Test::Cluster->new('demo');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nshared_buffers = 256MB\nmax_wal_size = 4GB\nmax_worker_processes = 16\n");
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE demo');

my ($out, $err);
my $started = time;
my $done = IPC::Run::run([ 'psql', '-Xq', '-d', $node->connstr('demo'), '-v', "fashion=$fashion", '-f', 'docs/demo.sql' ],
	'<', \undef, '>', \$out, '2>', \$err);
ok($done, 'the demo runs to its end') or diag($out, $err);
note($out);
note("the demo took ", time - $started, " seconds");

sub value { my ($sql) = @_; return $node->safe_psql('demo', $sql); }

is(value('SELECT count(*) FROM raw WHERE id < 100000'), 60000, 'every training image is loaded');
cmp_ok(value(q{SELECT dp.accuracy(actual, predicted) FROM prediction}), '>=', 0.91, 'test accuracy is at least 0.91');

# rows planted and found, by kind; truncated and garbage files are both broken
my $planted = q{(SELECT id, CASE WHEN kind IN ('truncated', 'garbage') THEN 'broken' ELSE kind END AS kind FROM planted) AS p};
sub recall    { my ($kind) = @_; return value("SELECT avg((f.id IS NOT NULL)::int) FROM $planted LEFT JOIN found AS f USING (id, kind) WHERE kind = '$kind'"); }
sub precision { my ($kind) = @_; return value("SELECT avg((p.id IS NOT NULL)::int) FROM found AS f LEFT JOIN $planted USING (id, kind) WHERE kind = '$kind'"); }

cmp_ok(recall('broken'), '==', 1, 'every broken file is found');
cmp_ok(precision('broken'), '==', 1, 'no clean row is called broken');
cmp_ok(recall('copy'), '==', 1, 'every exact duplicate is found');
cmp_ok(precision('copy'), '==', 1, 'nothing else is called an exact duplicate');
cmp_ok(recall('re-encoded'), '>=', 0.99, 'recall of re-encoded duplicates is at least 0.99');
cmp_ok(precision('re-encoded'), '>=', 0.99, 'precision of re-encoded duplicates is at least 0.99');
note("$_: recall ", recall($_), ', precision ', precision($_)) for ('blank', 'noise', 'wrong label');

is(value(q{SELECT status FROM sheet, dp.image_info(image)}), 'ok', 'the contact sheet is an image');

$node->stop;
done_testing();
