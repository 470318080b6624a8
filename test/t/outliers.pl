# outliers.pl - how well methods rank the outliers of 14 public sets
#
# The sets are DATA/outliers/NAME.csv.gz: a heading, then 1 for an outlier else
# 0, and the features.  What they must reach, test/data/outlier_auc.csv, was
# computed with numpy and scikit-learn from the definitions of the methods.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $data = ($ENV{DATA} || '') . '/outliers';
plan skip_all => 'DATA names no folder with outliers/*.csv.gz' unless $ENV{DATA} && -e "$data/wine.csv.gz";

my $node = PostgreSQL::Test::Cluster->new('outliers');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nmax_worker_processes = 16\n");
$node->start;
$node->safe_psql('postgres', q{CREATE EXTENSION datapower; CREATE UNLOGGED TABLE line (set text, line text)});

# method, options, column of the table, the difference that is allowed
my @methods = (
	[ 'ecod', '{}', 'ecod_auc', 0.002 ],
	[ 'ecod', '{"tails": "sums"}', 'ecod_paper_auc', 0.002 ],
	[ 'copod', '{}', 'copod_auc', 0.002 ],
	[ 'hbos', '{}', 'hbos10_auc', 0.002 ],
	[ 'mahalanobis', '{}', 'pca_maha_auc', 0.002 ],
	[ 'pca', '{}', 'pca_auc', 0.002 ]);

# of the extended forest, by test/oracle/extended_forest.py
open my $in, '<', 'test/data/extended_forest_auc.csv' or die;
my %extended = map { chomp; my ($set, @figures) = split /,/; ($set => \@figures) } <$in>;

# of pca, by test/oracle/pca_auc.py
open $in, '<', 'test/data/pca_auc.csv' or die;
my %pca = map { chomp; split /,/ } <$in>;

# with seeds of its own a forest may differ by three times what the other's did
sub is_near
{
	my ($set, $options, $mean, $sd) = @_;
	my $auc = $node->safe_psql('postgres', qq{SELECT avg(auc) FROM (SELECT dp.auc(score, odd) AS auc FROM (SELECT odd, seed, dp.outlier_score(features, 'isolation_forest',
		jsonb_build_object('seed', seed) || '$options') OVER (PARTITION BY seed) AS score FROM point, generate_series(1, 5) seed) s GROUP BY seed) t});
	ok(abs($auc - $mean) <= 3 * $sd, "isolation_forest $options on $set: mean AUC of five seeds $auc, wanted $mean, standard deviation $sd");
}

open $in, '<', 'test/data/outlier_auc.csv' or die;
chomp(my @names = split /,/, <$in>);
while (my $row = <$in>)
{
	chomp $row;
	my %wanted;
	@wanted{@names} = split /,/, $row;
	my $set = $wanted{dataset};
	$wanted{pca_auc} = $pca{$set};
	$node->safe_psql('postgres', qq{DROP TABLE IF EXISTS point; CREATE UNLOGGED TABLE point (line text);
		COPY point FROM PROGRAM 'zcat $data/$set.csv.gz | tail -n +2' (DELIMITER '|');
		ALTER TABLE point ADD odd boolean, ADD features float8[];
		UPDATE point SET odd = line LIKE '1%', features = (string_to_array(line, ',')::float8[])[2:]});
	for my $m (@methods)
	{
		my ($method, $options, $column, $allowed) = @$m;
		my $auc = $node->safe_psql('postgres', qq{SELECT dp.auc(score, odd) FROM (SELECT odd, dp.outlier_score(features, '$method', '$options') OVER () AS score FROM point) s});
		ok(abs($auc - $wanted{$column}) <= $allowed, "$method $options on $set: AUC $auc, wanted $wanted{$column}");
	}
	is_near($set, '{}', @wanted{qw(iforest100_mean5_auc iforest_sd_auc)});
	is_near($set, '{"extended": true}', @{$extended{$set}}) if $extended{$set};
}
$node->stop;
done_testing();
