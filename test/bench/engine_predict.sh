# engine_predict.sh - dp.predict() against the engine alone at batch 32
#
# The same network and size as engine_forward.c.  Images are PNM, so that
# decoding is a copy; reading them from the table and that copy are counted.
# Time is the backend's own, from /proc.
set -eu
forward=build/bench/engine_forward
line='dp.predict(), 224 x 224 x 3, conv 32, 64 and 128'
if [ ! -x "$forward" ] || [ ! -r /proc/self/stat ]; then
	echo "$line | | | | | skipped: needs /proc and engine_forward"
	exit 0
fi
export PGOPTIONS='-c client_min_messages=warning'
psql='psql -XAtq -v ON_ERROR_STOP=1'
$psql -d postgres -c 'DROP DATABASE IF EXISTS bench_predict' -c 'CREATE DATABASE bench_predict'
$psql -d bench_predict <<'SQL'
CREATE EXTENSION datapower;
CREATE TABLE photo (key int, image bytea, label int);
ALTER TABLE photo ALTER COLUMN image SET STORAGE EXTERNAL;
INSERT INTO photo SELECT i, convert_to(E'P6 224 224 255\n', 'UTF8') || decode(repeat(md5(i::text), 9408), 'hex'), i % 10 FROM generate_series(1, 96) i;
CALL dp.train('bench', 'SELECT * FROM photo WHERE key <= 10', '[
	{"conv2d": {"filters": 32, "kernel": 3, "activation": "relu"}}, {"max_pool2d": {}},
	{"conv2d": {"filters": 64, "kernel": 3, "activation": "relu"}}, {"max_pool2d": {}},
	{"conv2d": {"filters": 128, "kernel": 3, "activation": "relu"}}, {"global_avg_pool2d": {}},
	{"dense": {"activation": "softmax"}}]', '{"epochs": 1, "batch_size": 10, "workers": 0}');
SQL
before=$("$forward" rate)
ticks=$($psql -d bench_predict <<'SQL'
SET max_parallel_workers_per_gather = 0;
SET jit = off;
CREATE TEMP TABLE used (ticks int);
CREATE FUNCTION pg_temp.used() RETURNS int LANGUAGE sql AS
	$$ SELECT s[14]::int + s[15]::int FROM string_to_array(pg_read_file('/proc/self/stat'), ' ') s $$;
CREATE TEMP TABLE said AS SELECT count(dp.predict('bench', image)) FROM photo WHERE key = 1;
INSERT INTO used VALUES (pg_temp.used());
INSERT INTO said SELECT count(dp.predict('bench', image)) FROM photo;
SELECT pg_temp.used() - ticks FROM used;
SQL
)
after=$("$forward" rate)
$psql -d postgres -c 'DROP DATABASE bench_predict'
[ "$ticks" -gt 0 ]
echo "$ticks" | awk -v line="$line" -v before="$before" -v after="$after" -v hertz="$(getconf CLK_TCK)" -v factor="${BENCH_FACTOR:-1}" '
	{
		engine = before > after ? before : after
		ours = 96 / ($1 / hertz)
		bar = 0.8 * factor
		printf "%s | %.1f images/s | the engine alone, 32 at once: %.1f images/s | %.2f | %.2f | %s\n", line, ours, engine, ours / engine, bar, (ours / engine >= bar ? "holds" : "falls short")
		exit ours / engine < bar
	}'
