# anomalies.pl - docs/anomalies.sql on Fashion-MNIST, from Debian's
# dataset-fashion-mnist or the folder FASHION_MNIST
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $fashion = $ENV{FASHION_MNIST} || '/usr/share/datasets/fashion-mnist';
plan skip_all => 'Fashion-MNIST is not here' unless -e "$fashion/train-images-idx3-ubyte.gz";

my $node = PostgreSQL::Test::Cluster->new('anomalies');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nmax_worker_processes = 16\n");
$node->start;
my ($out, $err);
ok(IPC::Run::run([ 'psql', '-Xq', '-d', $node->connstr('postgres'), '-v', "fashion=$fashion", '-v', 'epochs=8', '-f', 'docs/anomalies.sql' ],
	'<', \undef, '>', \$out, '2>', \$err), 'an autoencoder is trained on trousers') or diag($out, $err);
note($out, $err);
my $auc = $node->safe_psql('postgres', 'SELECT dp.auc(error, class <> 1) FROM score');
cmp_ok($auc, '>', 0.95, "what is none has a higher error: AUC $auc");
is($node->safe_psql('postgres', 'SELECT class FROM score GROUP BY class ORDER BY avg(error) LIMIT 1'), 1, 'trousers are put together best');
is($node->safe_psql('postgres', q{SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
	SELECT count(*) FROM score JOIN garment USING (key) WHERE dp.reconstruction_error('trousers', image) <> error}), 0, 'in parallel plans as in serial ones');
$node->stop;
done_testing();
