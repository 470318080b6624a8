\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
-- the tables of models: who sees and who writes
BEGIN;
SELECT plan(42);

CREATE ROLE dp_test_anna;
CREATE ROLE dp_test_bert;
GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA dp TO dp_test_anna, dp_test_bert;

CREATE FUNCTION pg_temp.make_model(n text, o regrole) RETURNS void LANGUAGE SQL AS $$
	INSERT INTO dp.model_names VALUES (n, o);
	INSERT INTO dp.runs (model, owner, kind, status, source, network, options, seed, fingerprint, samples, epochs, library_version)
	VALUES (n, o, 'train', 'finished', 't', '[]', '{}', 0, 0, 1, 1, '0');
	INSERT INTO dp.metrics SELECT run_id, o, 1, 'train', 'loss', 0.5 FROM dp.runs WHERE model = n;
	INSERT INTO dp.models (name, version, owner, network, input, outputs, loss, parameters, checksum, library_version)
	VALUES (n, 1, o, '[]', '{"kind": "features"}', 1, 'mse', 1, 0, '0');
	INSERT INTO dp.weights SELECT model_id, o, 'dense_1', 'kernel', 0, '{1}', '{0.5}' FROM dp.models WHERE name = n;
$$;

SET LOCAL ROLE dp_test_anna;
SELECT lives_ok($$SELECT pg_temp.make_model('a', 'dp_test_anna')$$, 'an ordinary role with the grants stores a model');
SELECT is((SELECT owner FROM dp.model_list WHERE name = 'a'), 'dp_test_anna', 'the list says whose it is');

SET LOCAL ROLE dp_test_bert;
SELECT is((SELECT count(*) FROM dp.models) + (SELECT count(*) FROM dp.weights) + (SELECT count(*) FROM dp.runs)
	+ (SELECT count(*) FROM dp.metrics) + (SELECT count(*) FROM dp.model_names), 0::bigint, 'another role sees nothing of it');
SELECT throws_ok($$INSERT INTO dp.model_names VALUES ('b', 'dp_test_anna')$$, '42501', NULL, 'nor writes in its name');
SELECT throws_ok($$INSERT INTO dp.model_names VALUES ('a', 'dp_test_bert')$$, '23505', NULL, 'a name is taken once');
SELECT throws_ok($$INSERT INTO dp.models (name, version, owner, network, input, outputs, loss, parameters, checksum, library_version)
	VALUES ('a', 2, 'dp_test_bert', '[]', '{}', 1, 'mse', 1, 0, '0')$$, '23503', NULL, 'no version under a name of another role');
SELECT throws_ok($$INSERT INTO dp.model_shares VALUES ('a', 'dp_test_bert', 'dp_test_bert')$$, '23503', NULL, 'nobody shares with himself');
SELECT throws_ok($$SELECT dp.drop_model('a')$$, '42704', 'model "a" does not exist', 'nor drops it');
SELECT lives_ok($$SELECT pg_temp.make_model('b', 'dp_test_bert')$$, 'it has its own');

SET LOCAL ROLE dp_test_anna;
SELECT throws_ok($$SELECT dp.rename_model('a', 'b')$$, '42710', 'model name "b" is in use', 'no renaming onto a hidden name');
SELECT throws_ok($$SELECT dp.rename_model('a', repeat('x', 1001))$$, '42602', 'invalid model name', 'nor onto a name too long');
SELECT lives_ok($$SELECT dp.rename_model('a', 'c')$$, 'renaming');
SELECT is((SELECT string_agg(name, ',') FROM dp.models), 'c', 'the versions follow');
SELECT is((SELECT string_agg(model, ',') FROM dp.runs), 'c', 'and the runs');
SELECT lives_ok($$SELECT dp.share_model('c', 'dp_test_bert')$$, 'sharing');
SELECT lives_ok($$SELECT dp.share_model('c', 'dp_test_bert')$$, 'sharing twice');

SET LOCAL ROLE dp_test_bert;
SELECT is((SELECT string_agg(name, ',' ORDER BY name) FROM dp.models), 'b,c', 'the reader sees the model');
SELECT is((SELECT count(*) FROM dp.weights), 2::bigint, 'and its weights');
SELECT is((SELECT count(*) FROM dp.metrics), 2::bigint, 'and its metrics');
SELECT throws_ok($$SELECT dp.drop_model('c')$$, '42501', 'must be owner of model "c"', 'but does not drop it');
UPDATE dp.weights SET data = '{7}';
DELETE FROM dp.models WHERE name = 'c';

SET LOCAL ROLE dp_test_anna;
SELECT is((SELECT data FROM dp.weights), '{0.5}'::real[], 'nor changes or deletes a row of it');
SELECT throws_ok($$SELECT dp.share_model('c', '99999')$$, '42704', 'role "99999" does not exist', 'only with a role');
SELECT throws_ok($$SELECT dp.share_model('c', '-')$$, '42704', 'role "0" does not exist', 'which nobody is not');
SELECT throws_ok($$SELECT dp.rename_model('c', 'd'), dp.share_model('c', 'dp_test_bert')$$, '42704', 'model "c" does not exist', 'what a statement renamed, it knows by its new name');
SELECT lives_ok($$SELECT dp.unshare_model('c', 'dp_test_bert')$$, 'unsharing');
SELECT throws_ok($$SELECT dp.drop_model('c', 2)$$, '42704', 'version 2 of model "c" does not exist', 'a version that is not there');
SELECT lives_ok($$SELECT dp.drop_model('c', 1), dp.drop_model('c')$$, 'dropping');

-- another owner
SELECT lives_ok($$SELECT pg_temp.make_model('e', 'dp_test_anna')$$, 'a model to give away');
INSERT INTO dp.checkpoints SELECT run_id, owner, 0, 'dense_1', 'kernel', 0, '{1}', '{0.5}' FROM dp.runs WHERE model = 'e';
SELECT throws_ok($$SELECT dp.change_model_owner('e', 'dp_test_bert')$$, '42501', 'must be member of role "dp_test_bert"', 'nobody is given a model by a stranger');
SELECT throws_ok($$SELECT dp.change_model_owner('e', '99999')$$, '42704', 'role "99999" does not exist', 'nor is no role');
SELECT throws_ok($$SELECT dp.change_model_owner('x', 'dp_test_anna')$$, '42704', 'model "x" does not exist', 'nor a model that is not there');
SELECT is(dp.change_model_owner(NULL, 'dp_test_anna')::text, NULL, 'a null does nothing');
RESET ROLE;
CREATE ROLE dp_test_carl;
GRANT dp_test_carl TO dp_test_anna;
SET LOCAL ROLE dp_test_bert;
SELECT throws_ok($$SELECT dp.change_model_owner('e', 'dp_test_bert')$$, '42704', 'model "e" does not exist', 'nor does one take it');
SET LOCAL ROLE dp_test_anna;
SELECT dp.share_model('e', 'dp_test_bert') \gset
SET LOCAL ROLE dp_test_bert;
SELECT throws_ok($$SELECT dp.change_model_owner('e', 'dp_test_bert')$$, '42501', 'must be owner of model "e"', 'not even a reader');
SET LOCAL ROLE dp_test_anna;
SELECT lives_ok($$SELECT dp.change_model_owner('e', 'dp_test_carl')$$, 'a member of both gives it');
RESET ROLE;
CREATE TEMP VIEW owners AS SELECT string_agg(DISTINCT owner::text, ',') AS owner, count(*) FROM (
	SELECT owner FROM dp.model_names WHERE name = 'e' UNION ALL SELECT owner FROM dp.model_shares WHERE model = 'e'
	UNION ALL SELECT owner FROM dp.models WHERE name = 'e' UNION ALL SELECT owner FROM dp.runs WHERE model = 'e'
	UNION ALL SELECT x.owner FROM dp.metrics x JOIN dp.runs USING (run_id) WHERE model = 'e'
	UNION ALL SELECT c.owner FROM dp.checkpoints c JOIN dp.runs USING (run_id) WHERE model = 'e'
	UNION ALL SELECT w.owner FROM dp.weights w JOIN dp.models USING (model_id) WHERE name = 'e') x;
SELECT is((SELECT owners::text FROM owners), '(dp_test_carl,7)', 'with every row of every table');
SET LOCAL ROLE dp_test_bert;
SELECT is((SELECT count(*) FROM dp.weights w JOIN dp.models USING (model_id) WHERE name = 'e'), 1::bigint, 'its reader reads on');
RESET ROLE;
REVOKE dp_test_carl FROM dp_test_anna;
SET LOCAL ROLE dp_test_anna;
SELECT throws_ok($$SELECT dp.drop_model('e')$$, '42704', 'model "e" does not exist', 'the old owner has nothing to say');
RESET ROLE;
DROP ROLE dp_test_carl;
SELECT throws_like($$SELECT dp.change_model_owner('e', regrole(owner::oid)) FROM dp.model_names WHERE name = 'e'$$, 'role "%" does not exist', 'a dropped role is none');
SELECT lives_ok($$SELECT dp.change_model_owner('e', 'dp_test_anna')$$, 'what a dropped role owned, a superuser gives on');
SELECT is((SELECT owners::text FROM owners), '(dp_test_anna,7)', 'all of it');
SET LOCAL ROLE dp_test_anna;
SELECT dp.drop_model('e') \gset

RESET ROLE;
SELECT is((SELECT string_agg(n, ',') FROM (SELECT name FROM dp.models UNION SELECT model FROM dp.runs UNION SELECT name FROM dp.model_names) x(n)),
	'b', 'nothing is left of it');
SELECT * FROM finish();
ROLLBACK;
