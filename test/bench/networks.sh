# networks.sh - two networks and their images, for the scripts that train them
#
# Sourced; the caller drops the database.  "train NETWORK WORKERS" prints
# images/s and GFLOP/s of whole epochs as a user runs them: samples from the
# spool, parallel workers, barriers and the optimiser are counted; reading the
# source and the commits are not (dp.metrics has the time of the steps).
# Wall-clock time, so an otherwise idle machine is needed.
export PGOPTIONS='-c client_min_messages=warning'
psql='psql -XAtq -v ON_ERROR_STOP=1'
runs=3
[ -z "${BENCH_SHORT:-}" ] || runs=1
conv() { echo "{\"conv2d\": {\"filters\": $1, \"kernel\": 3, \"activation\": \"relu\"}}, {\"max_pool2d\": {}},"; }
end='{"flatten": {}}, {"dense": {"activation": "softmax"}}'
network_a="[$(conv 32) $(conv 64) $end]"
network_b="[$(conv 32) $(conv 64) $(conv 128) $end]"
name_a='28 x 28 x 1, conv 32 and 64, batch 64'
name_b='224 x 224 x 3, conv 32, 64 and 128, batch 32'
batch_a=64
batch_b=32

$psql -d postgres -c 'DROP DATABASE IF EXISTS bench_train' -c 'CREATE DATABASE bench_train'
$psql -d bench_train <<'SQL'
CREATE EXTENSION datapower;
CREATE TABLE picture_a AS SELECT i AS key, i % 10 AS label,
	convert_to('P5 28 28 255 ', 'UTF8') || substr(decode(repeat(md5(i::text), 49), 'hex'), 1, 784) AS image FROM generate_series(1, 16384) i;
CREATE TABLE picture_b (key int, label int, image bytea);
ALTER TABLE picture_b ALTER COLUMN image SET STORAGE EXTERNAL;
INSERT INTO picture_b SELECT i, i % 10, convert_to(E'P6 224 224 255\n', 'UTF8') || decode(repeat(md5(i::text), 9408), 'hex') FROM generate_series(1, 256) i;
SQL

train()
{
	eval "network=\$network_$1 batch=\$batch_$1"
	$psql -d bench_train -c "CALL dp.train('bench $1 $2', 'picture_$1', '$network', '{\"epochs\": 2, \"batch_size\": $batch, \"workers\": $2}')"
	$psql -F ' ' -d bench_train <<-SQL
		SELECT max(value) FILTER (WHERE metric = 'samples_per_second'), max(value) FILTER (WHERE metric = 'gflops')
		FROM dp.metrics JOIN dp.runs USING (run_id)
		WHERE metrics.epoch = 2 AND run_id = (SELECT max(run_id) FROM dp.runs WHERE model = 'bench $1 $2');
	SQL
}

# median FIELD: of the lines of standard input
median() { awk -v field="$1" '{print $field}' | sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }

# figure NAME OURS AGAINST RATIO BAR: prints the line, fails where it falls short
figure()
{
	awk -v name="$1" -v ours="$2" -v against="$3" -v ratio="$4" -v bar="$5" -v factor="${BENCH_FACTOR:-1}" 'BEGIN {
		bar *= factor
		printf "%s | %s | %s | %.2f | %.2f | %s\n", name, ours, against, ratio, bar, (ratio >= bar ? "holds" : "falls short")
		exit ratio < bar
	}'
}
ratio() { awk -v a="$1" -v b="$2" 'BEGIN {print a / b}'; }
