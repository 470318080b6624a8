# the store: a hostile schema at installation, ordinary roles, row-level security on the source, dump and restore

use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('store');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nmax_worker_processes = 16\nclient_min_messages = warning\n");
$node->start;
$node->safe_psql('postgres', q{
-- exact types beat the casts of pg_catalog's own operators, if this is found
CREATE FUNCTION public.hostile(regrole, regrole) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE OPERATOR public.= (LEFTARG = regrole, RIGHTARG = regrole, FUNCTION = public.hostile);
CREATE EXTENSION datapower;
CREATE ROLE anna LOGIN;
CREATE ROLE bert LOGIN;
CREATE ROLE team;
CREATE ROLE carl LOGIN IN ROLE team;
CREATE ROLE dora LOGIN IN ROLE team;
CREATE TABLE point AS SELECT i AS key, ARRAY[sin(i), cos(i * 0.7)] AS features, sin(i) > 0 AS label,
	CASE WHEN i % 2 = 0 THEN 'anna' ELSE 'bert' END AS who FROM generate_series(1, 400) i;
ALTER TABLE point ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON point USING (who = current_user);
GRANT SELECT ON point TO PUBLIC;
});

is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_depend
	WHERE refclassid = 'pg_operator'::regclass AND refobjid = 'public.=(regrole, regrole)'::regoperator}),
	0, 'no policy or view uses an operator of a schema that others can write to');

sub as
{
	my ($role, $sql) = @_;
	my ($status, $out, $err) = $node->psql('postgres', $sql, extra_params => [ '-U', $role ]);
	return $status == 0 ? $out : $err;
}

my $network = q{'[{"dense": {"units": 8, "activation": "relu"}}, {"dense": {"activation": "softmax"}}]'::jsonb};
sub call { my ($model, $options) = @_; return "CALL dp.train('$model', 'SELECT key, features, label FROM point', $network, '{\"epochs\": 2, $options}')"; }

like(as('anna', call('m', '"workers": 1')), qr/permission denied to train models.*GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA dp TO anna/s,
	'without the grants: an error that says which');
$node->safe_psql('postgres', 'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA dp TO anna, bert, team');
is(as('anna', call('m', '"workers": 1')), '', 'with them an ordinary role trains');
is(as('anna', "SELECT samples || ' ' || owner FROM dp.runs"), '200 anna', 'on the rows its policy lets it see, in its own name');
is(as('bert', 'SELECT count(*) FROM dp.runs'), '0', 'another role sees nothing of it');
like(as('bert', call('m', '"workers": 0')), qr/model name "m" is in use by another role.*Choose another name/s, 'and cannot take the name');
is(as('anna', "SELECT dp.share_model('m', 'bert')"), '', 'sharing');
is(as('bert', 'SELECT count(*) FROM dp.weights'), '4', 'lets it read');
like(as('bert', call('m', '"workers": 0')), qr/must be owner of model "m".*ask role "anna"/s, 'but not train');
is(as('bert', call("b\"; DROP TABLE point; --", '"workers": 1')), '', 'a name is a value, not SQL');

# members of a group own what the group owns
$node->safe_psql('postgres', "ALTER TABLE point DISABLE ROW LEVEL SECURITY");
is(as('carl', 'SET ROLE team; ' . call('ours', '"workers": 1')), '', 'a group owns a model');
is(as('dora', call('ours', '"workers": 0')), '', 'another member trains its next version');
is(as('dora', "SELECT string_agg(version || ' ' || owner, ', ' ORDER BY version) FROM dp.model_list WHERE name = 'ours'"), '1 team, 2 team', 'which is the group\'s too');

# a relation of that name somewhere first in the search path changes nothing
is(as('anna', q{CREATE TEMP TABLE runs (model text); CREATE TEMP TABLE models (name text); SET search_path = pg_temp, dp, public;
	CREATE FUNCTION pg_temp.wrong(text, text) RETURNS boolean LANGUAGE SQL AS 'SELECT 1 / 0 > 0';
	CREATE OPERATOR pg_temp.= (leftarg = text, rightarg = text, function = pg_temp.wrong);} . call('path', '"workers": 0') =~ s/point/public.point/r), '', 'a hostile search path');

# dump and restore, with an unfinished run
$node->psql('postgres', "SET statement_timeout = '2s';" . call('unfinished', '"workers": 0, "segment_seconds": 0') =~ s/"epochs": 2/"epochs": 100000/r);
is($node->safe_psql('postgres', "SELECT status FROM dp.runs WHERE model = 'unfinished'"), 'unfinished', 'an unfinished run');
my $all = q{SELECT string_agg(md5(t::text), ',' ORDER BY t::text) FROM dp.%s t};
my @tables = qw(model_names model_shares runs metrics models weights checkpoints);
my %before = map { $_ => $node->safe_psql('postgres', sprintf($all, $_)) } @tables;
my $dump = $node->data_dir . '/../dump.sql';
$node->command_ok([ 'pg_dump', '-d', $node->connstr('postgres'), '-f', $dump ], 'pg_dump');
$node->safe_psql('postgres', 'CREATE DATABASE copy');
$node->command_ok([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('copy'), '-f', $dump ], 'restore');
for my $table (@tables)
{
	cmp_ok(length($before{$table}), '>=', 32, "dp.$table holds something");
	is($node->safe_psql('copy', sprintf($all, $table)), $before{$table}, "dp.$table is the same");
}
is($node->safe_psql('copy', "SELECT has_table_privilege('bert', 'dp.models', 'INSERT')"), 't', 'so are the grants');
is(($node->psql('copy', call('after', '"workers": 0')))[0], 0, 'training goes on there, with new numbers');
my $epochs = 2 + $node->safe_psql('copy', "SELECT epoch FROM dp.runs WHERE model = 'unfinished'");
my ($status, $out, $err) = $node->psql('copy', 'SET client_min_messages = notice; '
	. call('unfinished', '"workers": 1, "segment_seconds": 10') =~ s/"epochs": 2/"epochs": $epochs/r);
like($err, qr/resuming run \d+ of model "unfinished"/, 'and so does the unfinished run');
is($node->safe_psql('copy', "SELECT status FROM dp.runs WHERE model = 'unfinished'"), 'finished', 'to its end');

# what the catalog says about us
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace WHERE nspname = 'dp' AND prosecdef}), '0', 'no SECURITY DEFINER');
is($node->safe_psql('postgres', q{SELECT string_agg(c.relname || coalesce('.' || attname, ''), ', ') FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
	LEFT JOIN pg_attribute a ON attrelid = c.oid AND attnum > 0 AND NOT attisdropped
	WHERE nspname = 'dp' AND relkind IN ('r', 'v') AND (col_description(c.oid, attnum) IS NULL OR obj_description(c.oid) IS NULL)}), '', 'every table, view and column has a comment');

$node->stop;
done_testing();
