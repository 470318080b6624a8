# image_classifier.pl - docs/image_classifier.sql on 200 real JPEG files
#
# The files are a part of DATA/images/cifar10_jpeg.tar.gz: train/CLASS/NNNN.jpg
# and test/CLASS/NNNN.jpg.
use strict;
use warnings;
use Archive::Tar;
use File::Basename;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $file = ($ENV{DATA} || '') . '/images/cifar10_jpeg.tar.gz';
plan skip_all => 'DATA names no folder with images/cifar10_jpeg.tar.gz' unless $ENV{DATA} && -e $file;

# two classes, 80 + 20 photographs each: easy enough to be learned in two epochs
my $photos = PostgreSQL::Test::Utils::tempdir() . '/photos.tar.gz';
my %taken;
my $next = Archive::Tar->iter($file, 1, { filter => qr{(train|test)/(automobile|frog)/\w+\.jpg$} });
my $small = Archive::Tar->new;
while (my $f = $next->())
{
	my ($part, $class) = $f->full_path =~ m{(train|test)/(\w+)/};
	next if $taken{"$part $class"}++ >= ($part eq 'train' ? 80 : 20);
	$small->add_data("$part/$class/" . basename($f->full_path), $f->get_content);
}
$small->write($photos, COMPRESS_GZIP);

my $node = PostgreSQL::Test::Cluster->new('classifier');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nmax_worker_processes = 16\n");
$node->start;

my ($out, $err);
my $done = IPC::Run::run(
	[ 'psql', '-Xq', '-d', $node->connstr('postgres'), '-v', "photos=$photos", '-v', 'epochs=2', '-f', 'docs/image_classifier.sql' ],
	'<', \undef, '>', \$out, '2>', \$err);
ok($done, 'the classifier is trained') or diag($out, $err);
note($out, $err);

is($node->safe_psql('postgres', 'SELECT count(*) FROM photo'), 200, 'all photographs are rows');
is($node->safe_psql('postgres', q{SELECT input->>'height' || ' x ' || (input->>'width') FROM dp.models WHERE name = 'photos'}),
	'224 x 224', 'the network sees 224 x 224 pixels');
my $accuracy = $node->safe_psql('postgres', q{SELECT value FROM dp.evaluate('photos', 'test_photo') WHERE metric = 'accuracy'});
cmp_ok($accuracy, '>', 0.6, "test accuracy after two epochs: $accuracy");
is($node->safe_psql('postgres', q{SELECT sum(count) FROM dp.confusion('photos', 'test_photo')}), 40, 'the confusion table counts every test photograph');
$node->stop;
done_testing();
