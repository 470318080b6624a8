# engine_train.sh - dp.train() against the FMA peak of two cores, and against itself on one
#
# Whole epochs as a user runs them: samples from the spool, parallel workers,
# barriers and the optimiser are counted; reading the source and the commits
# are not (dp.metrics has the time of the steps).  Wall-clock time, so an
# otherwise idle machine is needed.  Median of the runs.
set -eu
line='dp.train(), 28 x 28 x 1, conv 32 and 64, batch 64'
if [ "$(nproc)" -lt 2 ]; then
	echo "$line | | | | | skipped: needs two cores"
	exit 0
fi
cat > build/bench/peak_now.c <<'C'
#include <stdio.h>
#include "kernels.h"
#include "peak.h"
int main(void) { printf("%.3f\n", peak_flops(dpk_kernels_best()->isa) / 1e9); return 0; }
C
${CC:-cc} -std=gnu11 -O2 -Isrc/kernel -Itest/bench -o build/bench/peak_now build/bench/peak_now.c test/bench/peak.c src/kernel/*.o src/kernel/simd/*.o -ljpeg -lpng -lz -lm -ldl
export PGOPTIONS='-c client_min_messages=warning'
psql='psql -XAtq -v ON_ERROR_STOP=1'
runs=3
[ -z "${BENCH_SHORT:-}" ] || runs=1
$psql -d postgres -c 'DROP DATABASE IF EXISTS bench_train' -c 'CREATE DATABASE bench_train'
$psql -d bench_train <<'SQL'
CREATE EXTENSION datapower;
CREATE TABLE picture AS SELECT i AS key, i % 10 AS label,
	convert_to('P5 28 28 255 ', 'UTF8') || substr(decode(repeat(md5(i::text), 49), 'hex'), 1, 784) AS image FROM generate_series(1, 16384) i;
SQL
network='[{"conv2d": {"filters": 32, "kernel": 3, "activation": "relu"}}, {"max_pool2d": {}}, {"conv2d": {"filters": 64, "kernel": 3, "activation": "relu"}}, {"max_pool2d": {}}, {"flatten": {}}, {"dense": {"activation": "softmax"}}]'
before=$(build/bench/peak_now)
for i in $(seq "$runs"); do
	for workers in 0 1; do
		$psql -d bench_train -c "CALL dp.train('bench $workers', 'picture', '$network', '{\"epochs\": 2, \"workers\": $workers}')"
	done
done
after=$(build/bench/peak_now)
figures=$($psql -F ' ' -d bench_train <<'SQL'
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY value) FILTER (WHERE model = 'bench 0' AND metric = 'samples_per_second'),
	percentile_cont(0.5) WITHIN GROUP (ORDER BY value) FILTER (WHERE model = 'bench 1' AND metric = 'samples_per_second'),
	percentile_cont(0.5) WITHIN GROUP (ORDER BY value) FILTER (WHERE model = 'bench 1' AND metric = 'gflops')
FROM dp.metrics JOIN dp.runs USING (run_id) WHERE metrics.epoch = 2;
SQL
)
$psql -d postgres -c 'DROP DATABASE bench_train'
echo "$figures" | awk -v line="$line" -v before="$before" -v after="$after" -v factor="${BENCH_FACTOR:-1}" '
	function figure(name, ours, against, ratio, bar)
	{
		printf "%s | %s | %s | %.2f | %.2f | %s\n", name, ours, against, ratio, bar, (ratio >= bar ? "holds" : "falls short")
		if (ratio < bar) short = 1
	}
	{
		peak = 2 * (before > after ? before : after)
		figure(line ", two processes", sprintf("%.1f GFLOP/s, %.0f images/s", $3, $2), sprintf("FMA peak of two cores: %.1f", peak), $3 / peak, 0.5 * factor)
		figure(line ", two processes", sprintf("%.0f images/s", $2), sprintf("one process: %.0f", $1), $2 / $1, 1.8 * factor)
		exit short
	}'
