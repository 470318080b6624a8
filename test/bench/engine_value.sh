# engine_value.sh - dp.predict() by a value of type dp.model against dp.predict() by name
#
# The value is a row's: what is counted on top is to know it again for each
# row, not to read its megabytes.  A small network on features shows that at
# its worst, one on images as it is used.  The two take turns, and each time is
# the least of the backend's own.
set -eu
export PGOPTIONS='-c client_min_messages=warning'
psql='psql -XAtq -v ON_ERROR_STOP=1'
$psql -d postgres -c 'DROP DATABASE IF EXISTS bench_value' -c 'CREATE DATABASE bench_value'
figures=$($psql -F ' ' -d bench_value <<'SQL'
CREATE EXTENSION datapower;
CREATE TABLE photo AS SELECT i AS key, i % 10 AS label,
	convert_to('P5 28 28 255 ', 'UTF8') || substr(decode(repeat(md5(i::text), 49), 'hex'), 1, 784) AS image,
	ARRAY(SELECT sin(i * j) FROM generate_series(1, 32) j) AS features FROM generate_series(1, 1000) i;
CALL dp.train('images', 'SELECT image, label, key FROM photo WHERE key <= 100', 'lenet', '{"epochs": 1, "workers": 0}');
CALL dp.train('numbers', 'SELECT features, label, key FROM photo WHERE key <= 100', '[{"dense": {"units": 256, "activation": "relu"}}, {"dense": {"units": 256, "activation": "relu"}}, {"dense": {"activation": "softmax"}}]', '{"epochs": 1, "workers": 0}');
CREATE TABLE deployed AS SELECT name, dp.model_value(name) AS model FROM dp.models;
SET max_parallel_workers_per_gather = 0;
SET jit = off;
CREATE FUNCTION microseconds(query text) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
	start timestamptz := clock_timestamp();
BEGIN
	EXECUTE query;
	RETURN extract(epoch FROM clock_timestamp() - start) * 1e6 / 1000;
END $$;
SELECT input, min(microseconds(format('SELECT count(dp.predict(%L, %I)) FROM photo', input || 's', CASE input WHEN 'image' THEN 'image' ELSE 'features' END))) AS by_name,
	min(microseconds(format('SELECT count(dp.predict(d.model, %I)) FROM photo, deployed d WHERE d.name = %L', CASE input WHEN 'image' THEN 'image' ELSE 'features' END, input || 's'))) AS by_value
FROM generate_series(1, 30) i, unnest('{image,number}'::text[]) input GROUP BY input ORDER BY input;
SQL
)
$psql -d postgres -c 'DROP DATABASE bench_value'
echo "$figures" | awk -v factor="${BENCH_FACTOR:-1}" '
	{
		bar = 0.9 * factor
		printf "dp.predict() by value, %s | %.1f us/row | by name: %.1f us/row | %.2f | %.2f | %s\n", $1 == "image" ? "lenet on 28 x 28 x 1" : "dense 256 and 256 on 32 features", $3, $2, $2 / $3, bar, ($2 / $3 >= bar ? "holds" : "falls short")
		if ($2 / $3 < bar) short = 1
	}
	END { exit short }'
