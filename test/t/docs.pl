# docs.pl - the examples in README.md and docs/*.md give the output they show
#
# In a page, a block fenced with ```sql is run, in the order of the page and in
# one database per page; a block fenced with ``` right after it is what psql must
# print (space at line ends and runs of dashes and blanks aside).  A
# line "<!-- setup: SQL -->" is run without being shown, and a block fenced with
# ```text is not run.  In the expected output "..." stands for anything.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('docs');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nmax_worker_processes = 16\n");
$node->start;

sub squeeze
{
	my ($text) = @_;
	$text =~ s/^psql:[^ ]*: //mg;
	$text =~ s/-+/-/g;
	$text =~ s/[ \t]+/ /g;
	$text =~ s/ $//mg;
	$text =~ s/^\s*\n//mg;
	return $text;
}

sub same
{
	my ($got, $wanted) = map { squeeze($_) } @_;
	my $pattern = join '.*', map { quotemeta } split /\.\.\./, $wanted, -1;
	return $got =~ /^$pattern$/s;
}

for my $page (grep { -e } 'README.md', sort glob 'docs/*.md')
{
	open my $in, '<', $page or die "$page: $!";
	my $text = do { local $/; <$in> };
	next unless $text =~ /^```sql/m;
	(my $db = lc $page) =~ s/\W+/_/g;
	$node->safe_psql('postgres', "CREATE DATABASE $db");
	$node->safe_psql($db, 'CREATE EXTENSION datapower') unless $text =~ /CREATE EXTENSION datapower/;

	# one psql script per page, so that settings and prepared statements last
	my @wanted;
	my $script = "\\set VERBOSITY default\n\\pset pager off\n";
	while ($text =~ /^<!-- setup: (.*?) -->$|^```sql\n(.*?)^```\n(?:\s*^```\n(.*?)^```\n)?/msg)
	{
		if (defined $1) { $script .= "\\o /dev/null\n$1\n\\o\n"; next; }
		push @wanted, [ $2, $3 ];
		$script .= "\\echo '>>>> $#wanted'\n$2\n\\echo '<<<<'\n";
	}
	my ($out, $err);
	my @command = ('psql', '-XAq', '-P', 'format=aligned', '-d', $node->connstr($db), '-f', '-');
	# errors go where the output goes, in order
	IPC::Run::run([ 'sh', '-c', 'exec "$@" 2>&1', 'sh', @command ], '<', \$script, '>', \$out);
	for my $i (0 .. $#wanted)
	{
		my ($sql, $expected) = @{ $wanted[$i] };
		my ($got) = $out =~ /^>>>> $i\n(.*?)^<<<<$/ms;
		$got = '' unless defined $got;
		(my $first) = $sql =~ /^(.*)$/m;
		if (defined $expected)
		{
			ok(same($got, $expected), "$page: $first") or diag("ran:\n$sql\ngot:\n$got\nexpected:\n$expected");
		}
		else
		{
			ok($out =~ /^>>>> $i\n/m && $got !~ /ERROR:|FATAL:/, "$page: $first") or diag("ran:\n$sql\ngot:\n$got");
		}
	}
}

$node->stop;
done_testing();
