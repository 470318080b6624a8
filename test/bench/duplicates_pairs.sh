# duplicates_pairs.sh - candidate pairs by bands and plans of merging, against plain SQL
#
# Rows of 20 bands, of which one in ten is a copy.  Pairs against a join of the
# bands, then with a band that every row has, whose pairs would be the square.
# Plans against ordered aggregates that give the same rows, values, origins and conflicts.
set -eu
n=200000
[ -z "${BENCH_SHORT:-}" ] || n=50000
export PGOPTIONS='-c client_min_messages=error -c max_parallel_workers_per_gather=0 -c jit=off -c work_mem=64MB'
psql='psql -XAtq -v ON_ERROR_STOP=1'
$psql -d postgres -c 'DROP DATABASE IF EXISTS bench_pairs' -c 'CREATE DATABASE bench_pairs'
db="$psql -d bench_pairs"
status=0
line() { # name, ours, against, ratio, bar, test
	if awk "BEGIN { exit !($6) }"; then verdict=holds; else verdict='falls short'; status=1; fi
	echo "$1 | $2 | $3 | $4 | $5 | $verdict"
}
calc() { awk "BEGIN { printf \"%.2f\", $1 }"; }
# milliseconds, the least of three runs
ms() {
	for i in 1 2 3; do
		$db -c "EXPLAIN (ANALYZE, TIMING off) $1" | sed -n 's/^Execution Time: \([0-9.]*\) ms$/\1/p'
	done | sort -n | head -1
}
factor=${BENCH_FACTOR:-1}
$db <<SQL
CREATE EXTENSION datapower;
CREATE UNLOGGED TABLE banded AS SELECT id AS key, (SELECT array_agg(hashint8extended(id % ($n * 10 / 11), b)) FROM generate_series(1, 20) b) AS bands FROM generate_series(1, $n) id;
CREATE UNLOGGED TABLE with_footer AS SELECT key, bands || 7::bigint AS bands FROM banded;
CREATE UNLOGGED TABLE grouped AS SELECT id AS key, id % ($n / 3) AS "group", md5(id::text) AS name, CASE WHEN id % 3 > 0 THEN md5((id % 1000)::text) END AS email, id % 7 AS price, now() + hashint8(id) % 1000000 * interval '1s' AS changed FROM generate_series(1, $n) id;
VACUUM ANALYZE banded, with_footer, grouped;
SQL
join='WITH band AS MATERIALIZED (SELECT key, unnest(bands) AS band FROM banded) SELECT count(*) FROM (SELECT DISTINCT x.key, y.key FROM band x JOIN band y USING (band) WHERE x.key < y.key) p'
ours="SELECT count(*) FROM dp.candidate_pairs('banded')"
[ "$($db -c "$join")" = "$($db -c "$ours")" ] || { echo "candidate pairs | | | | | falls short: not those of the join"; status=1; }
pairs=$(ms "$ours")
against=$(ms "$join")
line "candidate pairs, $n rows of 20 bands" "$pairs ms" "join in SQL: $against ms" "$(calc "$pairs / $against")" "$(calc "1 / $factor") at most" "$pairs <= $against / $factor"
footer=$(ms "SELECT count(*) FROM dp.candidate_pairs('with_footer')")
line "the same with a band in every row" "$footer ms" "without: $pairs ms" "$(calc "$footer / $pairs")" "$(calc "1.5 / $factor") at most" "$footer <= 1.5 / $factor * $pairs"
plan=$(ms "SELECT count(*) FROM dp.merge_plan('grouped', 'latest by changed', '{\"name\": \"longest\"}')")
of() { # a column, its order: the value of the first row, and its key
	echo "(array_agg($1 ORDER BY $2, key) FILTER (WHERE $3 IS NOT NULL))[1]"
}
latest='changed DESC'
long='length(name) DESC'
against=$(ms "SELECT count(s), count(m), count(r), count(o), count(c) FROM (SELECT (array_agg(key::text ORDER BY $latest, key))[1] AS s, array_agg(key::text ORDER BY key) AS m,
	jsonb_build_object('name', $(of name "$long" name), 'email', $(of email "$latest" email), 'price', $(of price "$latest" price), 'changed', $(of changed "$latest" changed)) AS r,
	jsonb_build_object('name', $(of key::text "$long" name), 'email', $(of key::text "$latest" email), 'price', $(of key::text "$latest" price), 'changed', $(of key::text "$latest" changed)) AS o,
	array_remove(ARRAY[CASE WHEN count(DISTINCT name) > 1 THEN 'name' END, CASE WHEN count(DISTINCT email) > 1 THEN 'email' END, CASE WHEN count(DISTINCT price) > 1 THEN 'price' END,
		CASE WHEN count(DISTINCT changed) > 1 THEN 'changed' END], NULL) AS c FROM grouped GROUP BY \"group\" HAVING count(*) > 1) g")
line "dp.merge_plan(), $n rows in groups of three" "$plan ms" "ordered aggregates: $against ms" "$(calc "$plan / $against")" "$(calc "1 / $factor") at most" "$plan <= $against / $factor"
$psql -d postgres -c 'DROP DATABASE bench_pairs'
exit $status
