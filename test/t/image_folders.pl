# image_folders.pl - folders of images into tables and back, as docs/image_folders.md has it
use strict;
use warnings;
use File::Find;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('folders');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION datapower');
my $dir = PostgreSQL::Test::Utils::tempdir();
$ENV{PGHOST} = $node->host;
$ENV{PGPORT} = $node->port;
$ENV{PGDATABASE} = 'postgres';
my $where = "cd '$dir' && ";

sub shell
{
	my ($command) = @_;
	my ($out, $err) = ('', '');
	my $good = IPC::Run::run([ 'bash', '-c', $where . $command ], '<', \undef, '>', \$out, '2>', \$err);
	ok($good && $err eq '', "runs: " . (split /\n/, $command)[0]) or diag($out, $err);
	return $out;
}

# names with a blank, a quote, an umlaut; a path of 300 characters
my $deep = join '/', ('directory') x 28, 'n' x 30;
$node->safe_psql('postgres', <<"SQL");
CREATE TABLE photo AS SELECT id, CASE id WHEN 7 THEN '$deep' ELSE format('photos/%s/%s.png', (ARRAY['cat', 'dog', 'a ship'])[id % 3 + 1],
	CASE id WHEN 1 THEN 'it''s' WHEN 2 THEN 'grün' ELSE id::text END) END AS path,
	dp.image_noise(dp.image_encode(decode(repeat('80', 192), 'hex'), 8, 8, 3), 50, 1, id) AS image FROM generate_series(1, 40) AS id;
SQL

# a table becomes a tar
shell(q{psql -XqAtc "COPY (SELECT dp.tar_file(path, image ORDER BY id) FROM photo) TO STDOUT (FORMAT binary)" | tail -c +26 | head -c -2 > photos.tar});
is(-s "$dir/photos.tar", $node->safe_psql('postgres', 'SELECT length(dp.tar_file(path, image)) FROM photo'), 'the file has the bytes of the value');
is(shell('LC_ALL=C.UTF-8 tar tf photos.tar --quoting-style=literal'), $node->safe_psql('postgres', 'SELECT path FROM photo ORDER BY id') . "\n", 'tar tf lists the paths');
shell('mkdir unpacked && cd unpacked && tar xf ../photos.tar');
my %files;
find({ no_chdir => 1, wanted => sub { -f and $files{ substr $_, length "$dir/unpacked/" } = unpack 'H*', slurp_file($_) } }, "$dir/unpacked");
is(join("\n", map { "$_ $files{$_}" } sort keys %files), $node->safe_psql('postgres', q{SELECT path || ' ' || encode(image, 'hex') FROM photo ORDER BY path COLLATE "C"}), 'tar xf gives back the bytes');

# the same through a large object
my ($out, $err);
IPC::Run::run([ 'psql', '-XqAt' ], '<', \<<"SQL", '>', \$out, '2>', \$err);
SELECT lo_from_bytea(0, dp.tar_file(path, image ORDER BY id)) AS archive FROM photo \\gset
\\lo_export :archive $dir/exported.tar
\\lo_unlink :archive
SQL
ok(slurp_file("$dir/exported.tar") eq slurp_file("$dir/photos.tar"), 'lo_export writes the same') or diag($out, $err);
is($node->safe_psql('postgres', 'SELECT count(*) FROM pg_largeobject_metadata'), 0, 'and leaves nothing behind');

# a tar becomes a table
IPC::Run::run([ 'psql', '-XqAt' ], '<', \<<"SQL", '>', \$out, '2>', \$err);
\\lo_import $dir/photos.tar
CREATE TABLE unpacked AS SELECT path, split_part(path, '/', -2) AS label, data AS image FROM dp.tar_items(lo_get(:LASTOID));
\\lo_unlink :LASTOID
SQL
is($node->safe_psql('postgres', 'SELECT count(*) FROM unpacked JOIN photo USING (path, image)'), 40, 'dp.tar_items reads it again') or diag($out, $err);
is($node->safe_psql('postgres', q{SELECT string_agg(DISTINCT label, ',' ORDER BY label) FROM unpacked}), 'a ship,cat,directory,dog', 'the class is the folder');

# a directory becomes a table, with psql alone, and on the server
$node->safe_psql('postgres', 'CREATE TABLE loaded (path text, hex text)');
IPC::Run::run([ 'bash', '-c', "$where cd unpacked && exec psql -XqAt" ], '<', \<<'SQL', '>', \$out, '2>', \$err);
\copy loaded FROM PROGRAM 'find photos -type f -name "*.png" | while read -r f; do printf "%s\t" "$f"; od -An -v -tx1 "$f" | tr -d " \n"; echo; done'
SQL
is($node->safe_psql('postgres', 'SELECT count(*) FROM loaded JOIN photo USING (path) WHERE image = decode(hex, \'hex\')'), 39, 'a directory by \copy') or diag($out, $err);
is($node->safe_psql('postgres', <<"SQL"), 39, 'a directory of the server');
SELECT count(*) FROM (SELECT 'photos/' || label || '/' || file AS path, pg_read_binary_file('$dir/unpacked/photos/' || label || '/' || file) AS image
	FROM pg_ls_dir('$dir/unpacked/photos') AS label, pg_ls_dir('$dir/unpacked/photos/' || label) AS file) AS s JOIN photo USING (path, image);
SQL

# no more than a value can have; some seconds and 1.5 GB
SKIP:
{
	my ($free) = slurp_file('/proc/meminfo') =~ /^MemAvailable:\s+(\d+)/m;
	skip 'there is less than 4 GB of free memory', 2 unless ($free // 0) > 4e6;
	my $large = q{SELECT length(dp.tar_file(k::text, repeat('x', 102400000)::bytea)) FROM generate_series(1, %d) AS k};
	is($node->safe_psql('postgres', sprintf $large, 10), 10 * (512 + 102400000) + 1024, 'an archive of nearly 1 GB');
	my ($rc, $stdout, $stderr) = $node->psql('postgres', sprintf $large, 11);
	like($stderr, qr/tar archive is too big: more than 10 files\nDETAIL:  It would have 1126406656 bytes; a value can have 1073741819\.\nHINT:  Make several archives: GROUP BY a class, or a part of the keys\./, 'a larger one is an error');
}

$node->stop;
done_testing();
