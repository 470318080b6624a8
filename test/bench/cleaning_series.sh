# cleaning_series.sh - matrix profile and STL: speed against STUMPY and statsmodels, one core each
#
# PEER_PYTHON names the interpreters to try.  The best of three runs counts.
set -eu
n=65536
[ -z "${BENCH_SHORT:-}" ] || n=16384
m=50
period=24
export PGOPTIONS='-c client_min_messages=warning'
psql='psql -XAtq -v ON_ERROR_STOP=1'
$psql -d postgres -c 'DROP DATABASE IF EXISTS bench_series' -c 'CREATE DATABASE bench_series'
$psql -d bench_series > build/bench/series.csv <<SQL
CREATE EXTENSION datapower;
CREATE TABLE series AS SELECT i AS t, sum(random() - 0.5) OVER (ORDER BY i) + 3 * sin(i * 6.2831853 / $period) AS x FROM generate_series(1, $n) i;
VACUUM ANALYZE series;
SELECT x FROM series ORDER BY t;
SQL

ours() {
	for run in 1 2 3; do
		$psql -d bench_series -c "SET jit = off; SET work_mem = '256MB'; EXPLAIN (ANALYZE, TIMING off)
			SELECT dp.series_outlier_score(x, t, '$1', '$2') OVER () FROM series" | sed -n 's/^Execution Time: \([0-9.]*\) ms$/\1/p'
	done | sort -n | head -n 1
}

for python in ${PEER_PYTHON:-python3 /usr/bin/python3}; do
	"$python" test/bench/cleaning_peers.py series build/bench/series.csv $m $period 2> build/bench/peer.err || true
done > build/bench/peer.log
status=0
for pair in "matrix_profile:{\"window\": $m}" "seasonal:{\"period\": $period}"; do
	method=${pair%%:*}
	theirs=$(grep ": $method " build/bench/peer.log | head -n 1)
	if [ -z "$theirs" ]; then
		echo "dp.series_outlier_score(), $method | | | | | skipped: no peer in ${PEER_PYTHON:-python3 /usr/bin/python3}"
		continue
	fi
	time=$(ours "$method" "${pair#*:}")
	echo "${theirs%:*}|${theirs##* }" | awk -F '|' -v method="$method" -v n="$n" -v ours="$time" -v factor="${BENCH_FACTOR:-1}" '{
		bar = (method == "seasonal" ? 1 : 2) * factor
		printf "dp.series_outlier_score(), %s, %d rows | %.0f ms | %s: %.0f ms | %.2f | %.2f | %s\n", method, n, ours, $1, $2, $2 / ours, bar, ($2 / ours >= bar ? "holds" : "falls short")
		exit $2 / ours < bar
	}' || status=1
done
$psql -d postgres -c 'DROP DATABASE bench_series'
exit $status
