# dp.train: targets of every kind give the same bits whatever the workers, and resume

use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('losses');
$node->init;
$node->append_conf('postgresql.conf', q{
max_worker_processes = 16
max_parallel_workers = 16
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
	FROM generate_series(1, 210) i;
});

sub weights
{
	my ($model) = @_;
	return $node->safe_psql('postgres', qq{
		SELECT md5(string_agg(data::text, ',' ORDER BY layer, tensor, chunk)) FROM dp.weights
		WHERE model_id = (SELECT max(model_id) FROM dp.models WHERE name = '$model')});
}

sub metrics
{
	my ($model) = @_;
	return $node->safe_psql('postgres', qq{
		SELECT string_agg(split || ' ' || metric || ' ' || epoch || ' ' || value, ', ' ORDER BY split, metric, epoch) FROM dp.metrics
		WHERE metric NOT IN ('seconds', 'samples_per_second', 'gflops') AND run_id = (SELECT max(run_id) FROM dp.models WHERE name = '$model')});
}

my $features = '[{"conv2d": {"filters": 8, "kernel": 3, "activation": "relu"}}, {"max_pool2d": {}}, {"flatten": {}}, {"dropout": {"rate": 0.25}}, ';
my $map = '[{"conv2d": {"filters": 8, "kernel": 3, "padding": "same", "activation": "relu"}}, ';
my @cases = (
	[ 'smoothed, weighed classes', 'SELECT * FROM picture', "$features {\"dense\": {\"activation\": \"softmax\"}}]", '"label_smoothing": 0.1, "class_weights": {"2": 3}' ],
	[ 'yes or no', 'SELECT key, image, label > 1 AS label FROM picture', "$features {\"dense\": {\"activation\": \"sigmoid\"}}]", '"loss": "binary_crossentropy"' ],
	[ 'several labels', 'SELECT key, image, ARRAY[label % 2, label / 2] AS label FROM picture', "$features {\"dense\": {}}, {\"sigmoid\": {}}]", '"loss": "binary_crossentropy"' ],
	[ 'probabilities', 'SELECT key, image, ARRAY[label / 3.0, 1 - label / 3.0] AS label FROM picture', "$features {\"dense\": {\"activation\": \"softmax\"}}]", '"loss": "cross_entropy"' ],
	[ 'mixed', 'SELECT * FROM picture', "$features {\"dense\": {\"activation\": \"softmax\"}}]",
		'"mixup": 0.2, "cutmix": 1, "label_smoothing": 0.1, "augment": [{"flip": {"direction": "horizontal"}}]' ],
	[ 'images', 'SELECT key, image, image AS target, weight FROM picture', "$map {\"conv2d\": {\"filters\": 1, \"kernel\": 3, \"padding\": \"same\"}}]", '"seed": 1' ],
);

for my $case (@cases)
{
	my ($name, $source, $network, $options) = @$case;
	my ($reference, $reference_metrics);
	for my $workers (0, 1, 3)
	{
		$node->safe_psql('postgres', qq{CALL dp.train('$name', '$source', '$network', '{"epochs": 2, "batch_size": 50, "workers": $workers, $options}', '$source')});
		$reference //= weights($name);
		$reference_metrics //= metrics($name);
		is(weights($name), $reference, "$name, $workers workers: the same weights");
		is(metrics($name), $reference_metrics, "$name, $workers workers: the same metrics");
	}
	like($reference_metrics, qr/train loss 1 \d.*validation loss 2 \d/, "$name: metrics are stored");
	$node->safe_psql('postgres', qq{CALL dp.train('$name', '$source', '$network', '{"epochs": 2, "batch_size": 50, "workers": 1, "segment_seconds": 0, $options}', '$source')});
	is(weights($name), $reference, "$name, a commit after every step: the same weights");
	is(metrics($name), $reference_metrics, "$name, a commit after every step: the same metrics");
	$node->safe_psql('postgres', qq{CALL dp.train('$name', 'SELECT * FROM ($source) AS s ORDER BY md5(image)', '$network', '{"epochs": 2, "batch_size": 50, $options}', '$source')});
	is(weights($name), $reference, "$name, another order of rows: the same weights");
}

# Stopped within an epoch, it continues where it was
my ($name, $source, $network, $options) = @{ $cases[-1] };
my $call = qq{CALL dp.train('stopped', '$source', '$network', '{"epochs": 2, "batch_size": 50, "segment_seconds": 0, $options}', '$source')};
$node->psql('postgres', "SET statement_timeout = '60ms'; $call") for 1 .. 20;
$node->safe_psql('postgres', $call);
is(weights('stopped'), weights($name), 'an interrupted run ends with the same weights');
is(metrics('stopped'), metrics($name), 'and the same metrics');
unlike(slurp_file($node->logfile), qr/terminated by signal|abnormal database system shutdown/, 'no process crashed');

done_testing();
