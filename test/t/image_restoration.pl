# image_restoration.pl - docs/image_restoration.sql on parts of photographs
#
# The photographs are those of scikit-learn (Debian's python3-sklearn).  The left
# two thirds of both are learned from, and the right third of the one that has
# detail there is restored; that of the other is out of focus.
# PHOTOS names another folder with china.jpg and flower.jpg.
use strict;
use warnings;
use Archive::Tar;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $folder = $ENV{PHOTOS} || '/usr/lib/python3/dist-packages/sklearn/datasets/images';
plan skip_all => "there are no photographs in $folder (Debian's python3-sklearn has them)" unless -e "$folder/china.jpg" && -e "$folder/flower.jpg";

# what the median of 3 x 3 pixels makes of the noise there, and more than that of 5 x 5: Pillow 9.4 (test/oracle/median.py)
my $median = 22.37;

my $node = PostgreSQL::Test::Cluster->new('restoration');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nmax_worker_processes = 16\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION datapower');

my $tar = Archive::Tar->new;
for ([ 'train', 'china', 0, 424 ], [ 'train', 'flower', 0, 424 ], [ 'test', 'china', 424, 216 ])
{
	my ($part, $name, $x, $width) = @$_;
	my $hex = unpack 'H*', slurp_file("$folder/$name.jpg");
	my $png = $node->safe_psql('postgres', "SELECT encode(dp.image_convert(dp.image_crop('\\x$hex', $x, 0, $width, 427), 'png'), 'hex')");
	$tar->add_data("$part/$name.png", pack 'H*', $png);
}
my $photos = PostgreSQL::Test::Utils::tempdir() . '/photos.tar';
$tar->write($photos);

my ($out, $err);
my $done = IPC::Run::run(
	[ 'psql', '-Xq', '-d', $node->connstr('postgres'), '-v', "photos=$photos", '-v', 'factor=3', '-v', 'step=8', '-v', 'batch=8',
		'-v', 'large_epochs=24', '-v', 'clean_epochs=8',
		'-v', 'depth=5', '-v', 'filters=16', '-f', 'docs/image_restoration.sql' ],
	'<', \undef, '>', \$out, '2>', \$err);
ok($done, 'the networks are trained') or diag($out, $err);
note($out, $err);

my ($bicubic, $larger) = split /\|/, $node->safe_psql('postgres', 'SELECT bicubic, network FROM larger');
cmp_ok($larger, '>', $bicubic, "three times the size with $larger dB, bicubic with $bicubic dB");
my ($noisy, $cleaner) = split /\|/, $node->safe_psql('postgres', 'SELECT noisy, network FROM cleaner');
cmp_ok($cleaner, '>', $median, "noise of $noisy dB becomes $cleaner dB, with a median filter $median dB");
$node->stop;
done_testing();
