# cancel.pl - a cancel is heard while a network computes, however large its maps are
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $node = PostgreSQL::Test::Cluster->new('cancel');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nmax_worker_processes = 16\nclient_min_messages = warning\ndatapower.memory_limit = '8GB'\n");
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION datapower;
	CREATE TABLE picture AS
		SELECT i AS key, i % 2 AS label, convert_to('P5 1024 1024 255 ', 'latin1') || decode(repeat(lpad(to_hex(i * 50), 2, '0'), 1048576), 'hex') AS image
		FROM generate_series(1, 4) i;
	CREATE TABLE wide AS
		SELECT i AS key, i % 2 AS label, convert_to('P5 2048 2048 255 ', 'latin1') || decode(repeat(lpad(to_hex(i * 50), 2, '0'), 4194304), 'hex') AS image
		FROM generate_series(1, 2) i});

sub train
{
	my ($source, $network, $options) = @_;
	my $start = time;
	my ($rc, $out, $err) = $node->psql('postgres', "SET statement_timeout = '300ms'; CALL dp.train('m', '$source', '$network', '{\"batch_size\": 1, \"epochs\": 1, $options}')");
	return ($err, time - $start);
}

# 59 GFLOP in the second convolution of one sample: it is cut into calls of 2
my $network = '[{"conv2d": {"filters": 8, "kernel": 3, "padding": "same", "activation": "relu"}}, {"conv2d": {"filters": 8, "kernel": 21, "padding": "same"}},
	{"global_avg_pool2d": {}}, {"dense": {"activation": "softmax"}}]';
for my $workers (0, 2)
{
	my ($err, $seconds) = train('picture', $network, "\"workers\": $workers");
	like($err, qr/canceling statement due to statement timeout/, "a training step of large maps is cancelled, $workers workers");
	cmp_ok($seconds, '<', 1.3, 'soon');
}

# what no row of which fits into a call is refused
for my $layer ('"conv2d": {"filters": 8, "kernel": 1024, "padding": "same"}', '"max_pool2d": {"size": 1024, "stride": 1}')
{
	my ($err, $seconds) = train('wide', "[{$layer}, {\"global_avg_pool2d\": {}}, {\"dense\": {\"activation\": \"softmax\"}}]", '"workers": 0');
	like($err, qr/a row of the output of layer "\w+" is too large: [\d.]+ billion operations, more than 10 billion/, 'a window too large is refused');
}

# a model of patches asked for a whole picture
$node->safe_psql('postgres', q{CALL dp.train('tidy', 'SELECT key, dp.image_crop(image, 0, 0, 8, 8) AS image, dp.image_crop(image, 0, 0, 8, 8) AS target FROM picture',
	'[{"conv2d": {"filters": 64, "kernel": 9, "padding": "same"}}, {"conv2d": {"filters": 1, "kernel": 9, "padding": "same"}}]', '{"epochs": 1}')});
my $start = time;
my ($rc, $out, $err) = $node->psql('postgres', "SET statement_timeout = '300ms'; SELECT length(dp.predict_image('tidy', image)) FROM wide WHERE key = 1");
like($err, qr/canceling statement due to statement timeout/, 'a prediction of an image is cancelled');
cmp_ok(time - $start, '<', 1.3, 'soon');
is($node->safe_psql('postgres', "SELECT (dp.image_info(dp.predict_image('tidy', dp.image_crop(image, 0, 0, 70, 50)))).width FROM picture WHERE key = 1"), 70, 'and smaller ones are made');

$node->stop;
done_testing();
