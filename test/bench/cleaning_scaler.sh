# cleaning_scaler.sh - dp.fit_scaler() of eight columns against avg and stddev of the same
#
# All of them in parallel plans.  Each query runs three times, the best counts.
set -eu
rows=10000000
[ -z "${BENCH_SHORT:-}" ] || rows=2000000
export PGOPTIONS='-c client_min_messages=warning'
psql='psql -XAtq -v ON_ERROR_STOP=1'
$psql -d postgres -c 'DROP DATABASE IF EXISTS bench_scaler' -c 'CREATE DATABASE bench_scaler'
$psql -d bench_scaler <<SQL
CREATE EXTENSION datapower;
CREATE UNLOGGED TABLE reading AS SELECT random() AS a, random() * 9 AS b, random() + 1e6 AS c, -random() AS d,
	random() ^ 2 AS e, random() * 1e-3 AS f, i::float8 AS g, random() * i AS h FROM generate_series(1, $rows) i;
VACUUM ANALYZE reading;
SQL
settings="SET jit = off; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;"

# The best of three runs, in ms
best() {
	plan=$($psql -d bench_scaler -c "$settings EXPLAIN $1")
	case $plan in *'Partial Aggregate'*) ;; *) echo "not parallel: $1" >&2; exit 1 ;; esac
	for run in 1 2 3; do
		$psql -d bench_scaler -c "$settings EXPLAIN (ANALYZE, TIMING off) $1" | sed -n 's/^Execution Time: \([0-9.]*\) ms$/\1/p'
	done | sort -n | head -n 1
}

peer=$(best 'SELECT avg(a), stddev(a), avg(b), stddev(b), avg(c), stddev(c), avg(d), stddev(d),
	avg(e), stddev(e), avg(f), stddev(f), avg(g), stddev(g), avg(h), stddev(h) FROM reading')
status=0
for method in standard:1.2 robust:3; do
	ours=$(best "SELECT dp.fit_scaler(ARRAY[a, b, c, d, e, f, g, h], '${method%:*}') FROM reading")
	echo "$ours $peer" | awk -v method="$method" -v rows="$rows" -v factor="${BENCH_FACTOR:-1}" '
		{
			split(method, part, ":")
			bar = part[2] / factor
			printf "dp.fit_scaler(), %s, 8 columns, %d rows | %.0f ms | avg and stddev: %.0f ms | %.2f | %.2f at most | %s\n", part[1], rows, $1, $2, $1 / $2, bar, ($1 / $2 <= bar ? "holds" : "falls short")
			exit $1 / $2 > bar
		}' || status=1
done
$psql -d postgres -c 'DROP DATABASE bench_scaler'
exit $status
