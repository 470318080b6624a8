# label_corrections.pl - corrections of labels: roles, two sessions at once, tables renamed and dropped, dump and restore

use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);

my $node = PostgreSQL::Test::Cluster->new('corrections');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nclient_min_messages = warning\n");
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION datapower;
	CREATE ROLE engineer LOGIN;
	CREATE ROLE annotators;
	CREATE ROLE reviewer LOGIN IN ROLE annotators;
	CREATE ROLE proposer LOGIN;
	CREATE ROLE stranger LOGIN;
	GRANT CREATE ON SCHEMA public TO engineer;
	GRANT INSERT, UPDATE (status, review_note) ON dp.label_proposals TO engineer;
	GRANT UPDATE (status, review_note) ON dp.label_proposals TO annotators;
	GRANT INSERT ON dp.label_proposals TO proposer;
	SET ROLE engineer;
	CREATE TABLE clothes (id int PRIMARY KEY, label text, price int);
	INSERT INTO clothes SELECT i, CASE i % 2 WHEN 0 THEN 'shirt' ELSE 'shoe' END, i FROM generate_series(1, 3000) i;
	GRANT SELECT (id, label), UPDATE (label) ON clothes TO annotators;
	GRANT SELECT (id, label) ON clothes TO proposer});

sub as
{
	my ($role, $sql) = @_;
	my ($status, $out, $err) = $node->psql('postgres', $sql, extra_params => [ '-U', $role ]);
	return $status == 0 ? $out : $err;
}

# who may what
my $propose = q{SELECT p::text FROM dp.propose_labels('clothes', 'id', 'label', 'SELECT i AS key, ''coat'' AS suggested FROM generate_series(1, 4) i') p};
is(as('proposer', $propose), '(4,0,0,0,0)', 'who may read the labels proposes');
is(as('proposer', q{SELECT count(*), min(proposed_by) FROM dp.label_corrections}), '4|proposer', 'and sees the queue');
like(as('stranger', $propose), qr/permission denied to read labels of table public.clothes/, 'others do not propose');
is(as('stranger', q{SELECT count(*) FROM dp.label_corrections}), '0', 'nor see');
is(as('stranger', q{SELECT count(*) FROM dp.label_proposals}), '0', 'by no way');
like(as('stranger', q{SELECT dp.review_label(1, 'accept')}), qr/permission denied to review.*GRANT UPDATE \(status, review_note\) ON dp.label_proposals TO stranger/s, 'nor review: an error that says what is granted');
like(as('proposer', q{SELECT dp.review_label(1, 'accept')}), qr/permission denied to review/, 'who proposes does not review');
$node->safe_psql('postgres', 'GRANT UPDATE (status, review_note) ON dp.label_proposals TO proposer, stranger');
like(as('stranger', q{SELECT dp.review_label(1, 'accept')}), qr/correction 1 does not exist/, 'what one cannot see one cannot review');
like(as('proposer', q{SELECT dp.review_label(1, 'accept')}), qr/permission denied to review labels of table clothes.*needs UPDATE of column label/s, 'nor where one could not change the label');
is(as('proposer', q{UPDATE dp.label_proposals SET status = 'accepted'; SELECT count(*) FROM dp.label_corrections WHERE status = 'accepted'}), '0', 'by no way');
like(as('proposer', q{SELECT dp.propose_labels('clothes', 'id', 'price', 'SELECT 1 AS key, 0 AS suggested')}), qr/permission denied to read labels/, 'nor is another column a label');
like(as('proposer', q{INSERT INTO dp.label_proposals (source, source_name, key_column, label_column, key, label, suggested, proposed_by)
	VALUES ('clothes', 'clothes', 'id', 'label', '7', 'shoe', 'x', 'engineer')}), qr/violates row-level security/, 'nobody proposes in the name of another');
like(as('proposer', q{INSERT INTO dp.label_proposals (source, source_name, key_column, label_column, key, label, suggested, status)
	VALUES ('clothes', 'clothes', 'id', 'label', '7', 'shoe', 'x', 'accepted')}), qr/violates row-level security/, 'or what is accepted already');
is(as('reviewer', q{SET ROLE annotators; SELECT string_agg(dp.review_label(correction_id, 'accept'), ',') FROM dp.label_corrections WHERE key <> '4'}), 'accepted,accepted,accepted', 'who may change them reviews');
is(as('reviewer', q{SELECT dp.review_label(correction_id, 'reject', 'a shirt') FROM dp.label_corrections WHERE key = '4'}), 'rejected', 'or rejects');
is(as('engineer', q{SELECT string_agg(reviewed_by, ',' ORDER BY correction_id) FROM dp.label_corrections}), 'annotators/reviewer,annotators/reviewer,annotators/reviewer,reviewer', 'the login is told where it is another');
like(as('engineer', q{DELETE FROM dp.label_proposals}), qr/permission denied for table label_proposals/, 'nobody deletes');
like(as('proposer', q{SELECT dp.apply_labels('clothes')}), qr/permission denied to change labels of table public.clothes/, 'who may not change labels does not apply');
is(as('engineer', q{SELECT a::text FROM dp.apply_labels('clothes') a}), '(3,0)', 'the owner applies');

# row-level security of the table: the queue would show what it hides
$node->safe_psql('postgres', q{ALTER TABLE clothes ENABLE ROW LEVEL SECURITY; CREATE POLICY few ON clothes USING (id < 3)});
is(as('reviewer', q{SELECT count(*) FROM dp.label_corrections}), '0', 'a role that sees some rows sees no corrections');
like(as('proposer', $propose), qr/row-level security of table public.clothes applies to you/, 'nor proposes any');
is(as('engineer', q{SELECT count(*) FROM dp.label_corrections}), '4', 'the owner does');
$node->safe_psql('postgres', q{ALTER TABLE clothes DISABLE ROW LEVEL SECURITY});

# two sessions apply at once
is(as('engineer', q{SELECT p::text FROM dp.propose_labels('clothes', 'id', 'label', 'SELECT i AS key, ''skirt'' AS suggested FROM generate_series(11, 2510) i') p}), '(2500,0,0,0,0)', 'more than a batch');
as('engineer', q{SELECT dp.review_label(correction_id, 'accept') FROM dp.label_corrections WHERE status = 'proposed'});
my @out = ('', '');
my @in = ('', '');
my @session = map { IPC::Run::start([ 'psql', '-XqAt', '-d', $node->connstr('postgres') . ' user=engineer' ], '<', \$in[$_], '>', \$out[$_], '2>&1') } 0, 1;
sub wait_for { my ($s, $pattern) = @_; for (1 .. 600) { $_->pump_nb for @session; return 1 if $out[$s] =~ $pattern; usleep(50_000); } return 0; }
$in[0] .= "BEGIN; SELECT a::text FROM dp.apply_labels('clothes') a;\n";
ok(wait_for(0, qr/\(2500,0\)/), 'one session applies');
$in[1] .= "SELECT a::text FROM dp.apply_labels('clothes') a;\n";
$session[1]->pump_nb;
ok($node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE usename = 'engineer' AND wait_event_type = 'Lock'}), 'the other waits');
$in[0] .= "COMMIT;\n";
ok(wait_for(1, qr/\(0,0\)/), 'and finds nothing left to do');
# a label changed meanwhile
$in[0] .= "BEGIN; UPDATE clothes SET label = 'hat' WHERE id = 20; SELECT 'changed';\n";
ok(wait_for(0, qr/changed/), 'a label is being changed');
$in[1] .= "SELECT r::text FROM dp.revert_labels('clothes', ARRAY(SELECT correction_id FROM dp.label_corrections WHERE key IN ('20', '21'))) r;\n";
$session[1]->pump_nb;
ok($node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE usename = 'engineer' AND wait_event_type = 'Lock'}), 'who reverts waits for it');
$in[0] .= "COMMIT;\n";
ok(wait_for(1, qr/\(1,1\)/), 'and leaves it alone');
# a table that takes the name of another meanwhile
as('engineer', q{CREATE TABLE swapped AS SELECT 1 AS id, 'old' AS label; CREATE TABLE coming AS SELECT 1 AS id, 'new' AS label});
my $swap = "ALTER TABLE swapped RENAME TO gone; ALTER TABLE coming RENAME TO swapped;";
$in[0] .= "BEGIN; $swap SELECT 'swapping';\n";
ok(wait_for(0, qr/swapping/), 'tables are being swapped');
$in[1] .= "SELECT 'proposed' || p::text FROM dp.propose_labels('swapped', 'id', 'label', 'SELECT 1 AS key, ''cape'' AS suggested') p;\n";
$session[1]->pump_nb;
ok($node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE usename = 'engineer' AND wait_event_type = 'Lock'}), 'who proposes waits for it');
$in[0] .= "COMMIT;\n";
ok(wait_for(1, qr/proposed\(1,0,0,0,0\)/), 'and goes on');
is(as('engineer', q{SELECT source || ' ' || label FROM dp.label_corrections WHERE suggested = 'cape'}), 'public.gone old', 'with the table it was asked about');
as('engineer', q{SELECT dp.review_label(correction_id, 'accept') FROM dp.label_corrections WHERE suggested = 'cape'; UPDATE swapped SET label = 'old'; ALTER TABLE swapped RENAME TO coming; ALTER TABLE gone RENAME TO swapped});
$in[0] .= "BEGIN; $swap SELECT 'again';\n";
ok(wait_for(0, qr/again/), 'swapped again');
$in[1] .= "SELECT 'applied' || a::text FROM dp.apply_labels('swapped') a;\n";
$session[1]->pump_nb;
ok($node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE usename = 'engineer' AND wait_event_type = 'Lock'}), 'who applies waits for it');
$in[0] .= "COMMIT;\n";
ok(wait_for(1, qr/applied\(1,0\)/), 'and goes on');
is(as('engineer', q{SELECT gone.label || ' ' || swapped.label FROM gone, swapped}), 'cape old', 'with the same table');
as('engineer', q{DROP TABLE gone, swapped});
$in[$_] .= "\\q\n" for 0, 1;
$_->finish for @session;
is(as('engineer', q{SELECT string_agg(id || label, ' ' ORDER BY id) FROM clothes WHERE id IN (10, 11, 20, 21)}), '10shirt 11skirt 20hat 21shoe', 'labels');

# a renamed table keeps its corrections, a renamed column is an error, a dropped table shows nothing
as('engineer', q{ALTER TABLE clothes RENAME TO garments});
is(as('reviewer', q{SELECT DISTINCT source FROM dp.label_corrections}), 'public.garments', 'a renamed table');
is(as('engineer', q{SELECT r::text FROM dp.revert_labels('garments', ARRAY(SELECT correction_id FROM dp.label_corrections WHERE key = '22')) r}), '(1,0)', 'is reverted');
as('engineer', q{ALTER TABLE garments RENAME label TO kind});
like(as('engineer', q{SELECT dp.revert_labels('garments')}), qr/table public.garments has no column "label"/, 'a renamed column');
is(as('reviewer', q{SELECT count(*) FROM dp.label_corrections}), '0', 'whose right no longer counts');
is(as('engineer', q{SELECT count(*) FROM dp.label_corrections}), '2504', 'but that on the table does');
as('engineer', q{ALTER TABLE garments RENAME kind TO label});
as('engineer', q{CREATE TABLE other (id int, label text); INSERT INTO other VALUES (1, 'a'); SELECT dp.propose_labels('other', 'id', 'label', 'SELECT 1 AS key, ''b'' AS suggested')});
is(as('engineer', q{SELECT count(*) FROM dp.label_corrections WHERE source = 'public.other'}), '1', 'another table');
as('engineer', q{DROP TABLE other});
is(as('engineer', q{SELECT count(*) FROM dp.label_corrections WHERE source = 'public.other'}), '0', 'dropped');
is(as('postgres', q{SELECT count(*) FROM dp.label_corrections WHERE source = 'public.other'}), '1', 'the administrator still sees it');

# dump and restore
my $all = q{SELECT md5(string_agg(t::text, ',' ORDER BY correction_id)) FROM dp.label_proposals t WHERE source_name = 'public.clothes'};
my $before = $node->safe_psql('postgres', $all);
my $dump = $node->data_dir . '/../dump.sql';
$node->command_ok([ 'pg_dump', '-d', $node->connstr('postgres'), '-f', $dump ], 'pg_dump');
$node->safe_psql('postgres', 'CREATE DATABASE copy');
$node->command_ok([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('copy'), '-f', $dump ], 'restore');
is($node->safe_psql('copy', $all), $before, 'all of it is the same, who and when included');
is($node->safe_psql('copy', q{SELECT count(*) FROM dp.label_proposals WHERE source_name = 'public.other'}), '0', 'but not that of a dropped table');
is($node->safe_psql('copy', q{SET ROLE engineer; SELECT r::text FROM dp.revert_labels('garments') r}), '(2500,1)', 'and can still be reverted');
is($node->safe_psql('copy', q{SET ROLE engineer; SELECT p::text FROM dp.propose_labels('garments', 'id', 'label', 'SELECT 5 AS key, ''coat'' AS suggested') p}), '(1,0,0,0,0)', 'numbers go on');

$node->stop;
done_testing();
