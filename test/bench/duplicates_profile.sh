# duplicates_profile.sh - dp.profile() of 70 mixed columns against count, avg, stddev, min and max of the same
#
# Both in the same run, each once, on a table that fits neither the cache of the
# processor nor, in full, shared_buffers.  Then the memory of a backend's own
# that a profile takes, sampled while it runs, of 100,000 rows and of 10 million.
set -eu
rows=1000000 many=10000000
[ -z "${BENCH_SHORT:-}" ] || { rows=100000 many=1000000; }
export PGOPTIONS='-c client_min_messages=warning -c jit=off'
psql='psql -XAtq -v ON_ERROR_STOP=1'
$psql -d postgres -c 'DROP DATABASE IF EXISTS bench_profile' -c 'CREATE DATABASE bench_profile'

# one list of columns of each kind: name(kind, number)
columns() {
	awk 'BEGIN {
		for (i = 1; i <= 10; i++) {
			printf "%s(i * %d %% %d)::int AS int_%d", sep, 7 * i + 2, 10 ^ (i % 6 + 1), i; sep = ",\n"
			printf "%si * %d AS big_%d", sep, i, i
			printf "%srandom() * %d AS float_%d", sep, i, i
			printf "%sround((random() * 1000)::numeric, 2) AS price_%d", sep, i
			printf "%s%cname %c || (i * %d %% %d) AS name_%d", sep, 39, 39, i, 5 * i, i
		}
		for (i = 1; i <= 8; i++) printf "%smd5((i + %d)::text) AS code_%d", sep, i, i
		for (i = 1; i <= 4; i++) printf "%si %% %d = 0 AS flag_%d", sep, i + 1, i
		for (i = 1; i <= 3; i++) printf "%sdate %c2020-01-01%c + (i %% %d)::int AS day_%d", sep, 39, 39, 1000 * i, i
		for (i = 1; i <= 3; i++) printf "%stimestamptz %c2020-01-01%c + i * interval %c%d s%c AS at_%d", sep, 39, 39, 39, i, 39, i
		printf "%sgen_random_uuid() AS id, jsonb_build_object(%ca%c, i %% 10) AS doc", sep, 39, 39
	}'
}
$psql -d bench_profile -c 'CREATE EXTENSION datapower' -c "CREATE UNLOGGED TABLE wide AS SELECT $(columns) FROM generate_series(1::bigint, $rows) i" -c 'VACUUM ANALYZE wide'

# What plain SQL says of the same columns: avg and stddev of numbers, min and max of what has them
plain=$($psql -d bench_profile -c "SELECT 'SELECT count(*), ' || string_agg(CASE
		WHEN format_type(atttypid, NULL) IN ('integer', 'bigint', 'double precision', 'numeric') THEN format('count(%1\$I), avg(%1\$I), stddev(%1\$I), min(%1\$I), max(%1\$I)', attname)
		WHEN format_type(atttypid, NULL) IN ('text', 'date', 'timestamp with time zone') THEN format('count(%1\$I), min(%1\$I), max(%1\$I)', attname)
		ELSE format('count(%1\$I)', attname) END, ', ' ORDER BY attnum) || ' FROM wide' FROM pg_attribute WHERE attrelid = 'wide'::regclass AND attnum > 0")

# The time of a query, in ms
time_of() {
	$psql -d bench_profile -c 'SET max_parallel_workers_per_gather = 1' -c "EXPLAIN (ANALYZE, TIMING off) $1" | sed -n 's/^Execution Time: \([0-9.]*\) ms$/\1/p'
}
status=0
peer=$(time_of "$plain")
ours=$(time_of "SELECT count(*) FROM dp.profile('wide')")
echo "$ours $peer" | awk -v rows="$rows" -v factor="${BENCH_FACTOR:-1}" '
	{
		bar = 60 * rows / 1000000 / factor
		printf "dp.profile(), 70 columns, %d rows | %.1f s | count, avg, stddev, min, max by SQL: %.1f s | %.2f | %.0f s at most | %s\n", rows, $1 / 1000, $2 / 1000, $1 / $2, bar, ($1 / 1000 <= bar ? "holds" : "falls short")
		exit $1 / 1000 > bar
	}' || status=1

# The most memory of its own that a backend held while it profiled so many rows, in kB
memory_of() {
	$psql -d bench_profile -c "SET application_name = 'bench_profile'" -c "SELECT count(*) FROM dp.profile('SELECT int_1, big_1, float_1, price_1, name_1, code_1, day_1, id FROM long_table LIMIT $1')" > /dev/null &
	client=$!
	most=0
	while kill -0 $client 2> /dev/null; do
		pid=$($psql -d postgres -c "SELECT pid FROM pg_stat_activity WHERE application_name = 'bench_profile'")
		if [ -n "$pid" ] && [ -r "/proc/$pid/status" ]; then
			now=$(sed -n 's/^RssAnon:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$pid/status" 2> /dev/null || echo 0)
			[ "${now:-0}" -le $most ] || most=$now
		fi
		sleep 0.02
	done
	wait $client
	echo $most
}
$psql -d bench_profile -c "CREATE UNLOGGED TABLE long_table AS SELECT (i * 9 % 100)::int AS int_1, i AS big_1, random() AS float_1, round((random() * 1000)::numeric, 2) AS price_1, 'name ' || (i % 5) AS name_1, md5(i::text) AS code_1, date '2020-01-01' + (i % 1000)::int AS day_1, gen_random_uuid() AS id FROM generate_series(1::bigint, $many) i"
few=$(memory_of $((many / 100)))
all=$(memory_of $many)
if [ "$few" = 0 ] || [ "$all" = 0 ]; then
	echo "dp.profile(), memory, 100 times the rows | - | - | - | 1.25 at most | skipped: no /proc"
else
	echo "$all $few" | awk -v many="$many" '
		{
			printf "dp.profile(), memory, %d rows | %.1f MB | of %d rows: %.1f MB | %.2f | 1.25 at most | %s\n", many, $1 / 1024, many / 100, $2 / 1024, $1 / $2, ($1 / $2 <= 1.25 ? "holds" : "falls short")
			exit $1 / $2 > 1.25
		}' || status=1
fi
$psql -d postgres -c 'DROP DATABASE bench_profile'
exit $status
