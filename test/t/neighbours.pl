# neighbours.pl - knn and lof on data sets of ADBench: the area under the ROC
# curve that scikit-learn 1.2 gives with all columns scaled to 0..1
#
# The files are DATA/outliers/NAME.csv.gz, the first column 1 for an outlier.
# breastw is full of equal distances, where lof depends on which neighbours are
# taken; http has no reference.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $folder = ($ENV{DATA} || '') . '/outliers';
plan skip_all => 'DATA names no folder with outliers/shuttle.csv.gz' unless $ENV{DATA} && -e "$folder/shuttle.csv.gz";

# kth distance, mean distance, local outlier factor
my %wanted = (
	'wine' => [ 0.4992, 0.4420, 0.8756 ],
	'glass' => [ 0.8640, 0.8672, 0.8114 ],
	'letter' => [ 0.8950, 0.9182, 0.8872 ],
	'thyroid' => [ 0.9508, 0.9466, 0.8075 ],
	'Ionosphere' => [ 0.9259, 0.9265, 0.8609 ],
	'annthyroid' => [ 0.7343, 0.7514, 0.7076 ],
	'cardio' => [ 0.7330, 0.6455, 0.6372 ],
	'vowels' => [ 0.9797, 0.9860, 0.9443 ],
	'mammography' => [ 0.8424, 0.8353, 0.7398 ],
	'satimage-2' => [ 0.9164, 0.8962, 0.5514 ],
	'shuttle' => [ 0.6317, 0.6250, 0.5239 ],
	'magic.gamma' => [ 0.8323, 0.8241, 0.6712 ],
	'breastw' => [ 0.9765, 0.9764, undef ],
);

my $node = PostgreSQL::Test::Cluster->new('neighbours');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\njit = off\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION datapower');

for my $name (sort(keys %wanted), 'http')
{
	my $file = $node->basedir . "/$name.csv";
	my $psql = [ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('postgres'), '-f', '-' ];
	my $out = '';

	next unless -e "$folder/$name.csv.gz";
	system("gzip -dc '$folder/$name.csv.gz' | tail -n +2 > '$file'") == 0 or die "gzip";
	my $script = "CREATE TABLE \"$name\" (row bigserial, line text);\n\\copy \"$name\" (line) FROM '$file' WITH (DELIMITER E'\\x01')\n"
	  . "CREATE VIEW \"$name rows\" AS SELECT row, a[1] = 1 AS odd, a[2:] AS features FROM \"$name\", LATERAL (SELECT string_to_array(line, ',')::float8[] AS a OFFSET 0) f;\n";
	IPC::Run::run($psql, '<', \$script, '>', \$out) or die "psql: $out";
	next if $name eq 'http';
	my @scores = ([ 'kth', 'knn', '{}' ], [ 'mean', 'knn', '{"distance": "mean"}' ], [ 'factor', 'lof', '{}' ]);
	for my $i (0 .. 2)
	{
		my ($what, $method, $options) = @{ $scores[$i] };
		next unless defined $wanted{$name}[$i];
		my $auc = $node->safe_psql('postgres', "WITH s AS (SELECT odd, dp.outlier_score(features, '$method', '$options') OVER () AS score FROM \"$name rows\"),
			r AS (SELECT odd, rank() OVER (ORDER BY score) + (count(*) OVER (PARTITION BY score) - 1) / 2.0 AS r FROM s)
			SELECT round((sum(r) FILTER (WHERE odd) - o * (o + 1) / 2.0) / (o * (count(*) - o)), 4) FROM r, (SELECT count(*) AS o FROM s WHERE odd) n GROUP BY o");
		ok(abs($auc - $wanted{$name}[$i]) <= 0.002, "$name, $method ($what): $auc");
	}
}

SKIP:
{
	skip 'DATA has no outliers/http.csv.gz', 2 unless -e "$folder/http.csv.gz";
	# 567,498 rows of which 3,325 differ: a matter of a second where nothing is quadratic
	my $start = time;
	is($node->safe_psql('postgres', q(SELECT count(score) FROM (SELECT dp.outlier_score(features, 'lof') OVER () AS score FROM "http rows") s)), 567498, 'as many scores as rows');
	cmp_ok(time - $start, '<', 60, 'in reasonable time');
}
done_testing();
