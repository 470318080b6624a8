# cleaning_groups.sh - memory of the aggregates of statistics, per group, at a million groups
#
# Four rows a group, in one hash table; PostgreSQL's own avg() of the same rows
# beside it.  What EXPLAIN says of the hash table, divided by the groups.
set -eu
groups=1000000
[ -z "${BENCH_SHORT:-}" ] || groups=200000
export PGOPTIONS='-c client_min_messages=warning'
psql='psql -XAtq -v ON_ERROR_STOP=1'
$psql -d postgres -c 'DROP DATABASE IF EXISTS bench_groups' -c 'CREATE DATABASE bench_groups'
$psql -d bench_groups <<SQL
CREATE EXTENSION datapower;
CREATE UNLOGGED TABLE reading AS SELECT i % $groups AS g, random() AS x, (i % 50)::text AS w FROM generate_series(1, $groups * 4) i;
VACUUM ANALYZE reading;
SQL

# bytes of a group
memory() {
	$psql -d bench_groups -c "SET jit = off; SET work_mem = '16GB'; SET max_parallel_workers_per_gather = 0; SET enable_sort = off;
		EXPLAIN (ANALYZE, TIMING off) SELECT g, $1 FROM reading GROUP BY g" |
		sed -n 's/.*Batches: 1 .*Memory Usage: \([0-9]*\)kB.*/\1/p' | awk -v groups="$groups" '{ printf "%.0f", $1 * 1024 / groups }'
}

peer=$(memory 'avg(x)')
status=0
for aggregate in 'moments_state(x)' 'covariance_state(ARRAY[x, -x])' 'quantiles_state(x)' 'histogram_state(x, 20)' 'distinct_state(w)' 'top_state(w)' \
	"fit_scaler(x, 'standard')" "fit_scaler(x, 'robust')" "fit_encoder(w, 'one_hot')" "fit_encoder(w, 'target', x, g)"; do
	echo "$(memory "dp.$aggregate") $peer" | awk -v aggregate="$aggregate" -v groups="$groups" '
		{
			printf "dp.%s, %d groups | %.0f bytes a group | avg: %.0f | %.2f | 4096 bytes at most | %s\n", aggregate, groups, $1, $2, $1 / $2, ($1 > 0 && $1 <= 4096 ? "holds" : "falls short")
			exit !($1 > 0 && $1 <= 4096)
		}' || status=1
done
$psql -d postgres -c 'DROP DATABASE bench_groups'
exit $status
