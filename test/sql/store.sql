\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
-- the tables of models: who sees and who writes
BEGIN;
SELECT plan(24);

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
SELECT lives_ok($$SELECT dp.unshare_model('c', 'dp_test_bert')$$, 'unsharing');
SELECT throws_ok($$SELECT dp.drop_model('c', 2)$$, '42704', 'version 2 of model "c" does not exist', 'a version that is not there');
SELECT lives_ok($$SELECT dp.drop_model('c', 1), dp.drop_model('c')$$, 'dropping');

RESET ROLE;
SELECT is((SELECT string_agg(n, ',') FROM (SELECT name FROM dp.models UNION SELECT model FROM dp.runs UNION SELECT name FROM dp.model_names) x(n)),
	'b', 'nothing is left of it');
SELECT * FROM finish();
ROLLBACK;
