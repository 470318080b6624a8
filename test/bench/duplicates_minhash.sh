# duplicates_minhash.sh - near-duplicate documents by MinHash, at 100 thousand and a million
#
# Documents of 60 words.  Of every 10, one is copied: shouted, or with one word
# replaced (a duplicate; Jaccard 0.83 and more by runs of five words), or with
# a fifth of its words replaced (none; about 0.2).  All is done by the queries of
# docs/text_duplicates.md in one session, whose peak of memory is read from /proc.
# Then the duplicates of one new document by the index.
set -eu
small=100000
large=1000000
[ -z "${BENCH_SHORT:-}" ] || { small=50000; large=200000; }
export PGOPTIONS='-c client_min_messages=warning'
psql='psql -XAtq -v ON_ERROR_STOP=1'
$psql -d postgres -c 'DROP DATABASE IF EXISTS bench_minhash' -c 'CREATE DATABASE bench_minhash'
$psql -d bench_minhash -c 'CREATE EXTENSION datapower'
status=0
line() { # name, ours, against, ratio, bar, test
	if awk "BEGIN { exit !($6) }"; then verdict=holds; else verdict='falls short'; status=1; fi
	echo "$1 | $2 | $3 | $4 | $5 | $verdict"
}

generate() {
	$psql -d bench_minhash <<SQL
DROP TABLE IF EXISTS document, signed, near;
CREATE UNLOGGED TABLE document AS
SELECT id, (SELECT string_agg('w' || (hashint8(id * 64 + i) & 16383), ' ' ORDER BY i) FROM generate_series(1, 60) i) AS body
FROM generate_series(1, $1 * 10 / 11) id;
INSERT INTO document
SELECT id + 10000000 * kind, CASE kind WHEN 1 THEN upper(replace(body, ' ', ',  '))
	WHEN 2 THEN regexp_replace(body, '\mw\d+\M', 'new', 1, 1 + (id % 60)::int)
	ELSE (SELECT string_agg(CASE WHEN n % 5 = 0 THEN 'other' || n ELSE w END, ' ' ORDER BY n) FROM string_to_table(body, ' ') WITH ORDINALITY x(w, n)) END
FROM (SELECT id, body, 1 + id / 10 % 3 AS kind FROM document WHERE id % 10 = 0) x;
VACUUM ANALYZE document;
SQL
}

# seconds, kB of the session, true pairs found, pairs found, true pairs
work() {
	$psql -d bench_minhash <<SQL
SET work_mem = '8MB';
SET max_parallel_workers_per_gather = 0;
SET jit = off;
SELECT extract(epoch FROM clock_timestamp()) AS start \gset
CREATE UNLOGGED TABLE signed AS SELECT id, signature, dp.minhash_bands(signature) AS bands FROM (SELECT id, dp.minhash(body) AS signature FROM document OFFSET 0) x;
SELECT extract(epoch FROM clock_timestamp()) - :start AS signing \gset
ANALYZE signed;
CREATE UNLOGGED TABLE near AS
SELECT a::bigint, b::bigint FROM dp.candidate_pairs('SELECT id AS key, bands FROM signed') JOIN signed x ON x.id = a::bigint JOIN signed y ON y.id = b::bigint
WHERE dp.minhash_similarity(x.signature, y.signature) >= 0.7;
SELECT count(*) AS groups FROM (SELECT component FROM dp.connected_components('near') GROUP BY component) x \gset
SELECT extract(epoch FROM clock_timestamp()) - :start AS total, pg_backend_pid() AS pid \gset
\setenv PID :pid
SELECT count(*) FILTER (WHERE b % 10000000 = a AND b / 10000000 IN (1, 2)) AS right, count(*) AS found FROM near \gset
SELECT count(*) AS pairs FROM document WHERE id / 10000000 IN (1, 2) \gset
\set memory \`sed -n 's/^VmHWM:[[:space:]]*\([0-9]*\) kB/\1/p' /proc/\$PID/status\`
\echo :signing :total :memory :right :found :pairs
SQL
}

generate "$small"
# shellcheck disable=SC2046
set -- $(work)
small_signing=$1 small_total=$2 small_memory=$3
generate "$large"
# shellcheck disable=SC2046
set -- $(work)
signing=$1 total=$2 memory=$3 right=$4 found=$5 pairs=$6
factor=${BENCH_FACTOR:-1}
calc() { awk "BEGIN { printf \"%.${2:-2}f\", $1 }"; }
line "MinHash duplicates, $large documents, recall" "$(calc "$right / $pairs" 4)" "planted: $pairs" "$(calc "$right / $pairs" 4)" "0.95 at least" "$right >= 0.95 * $pairs"
line "MinHash duplicates, $large documents, precision" "$(calc "$right / $found" 4)" "found: $found" "$(calc "$right / $found" 4)" "0.95 at least" "$right >= 0.95 * $found"
line "dp.minhash(), $large documents of 60 words" "$(calc "$signing / $large * 1e6" 1) us a document" "$small documents: $(calc "$small_signing / $small * 1e6" 1) us" \
	"$(calc "$signing / $large * $small / $small_signing")" "$(calc "1.2 / $factor") at most" "$signing / $large <= 1.2 / $factor * $small_signing / $small"
line "signatures, pairs and groups, $large documents" "$(calc "$total / $large * 1e6" 1) us a document" "$small documents: $(calc "$small_total / $small * 1e6" 1) us" \
	"$(calc "$total / $large * $small / $small_total")" "$(calc "1.5 / $factor") at most" "$total / $large <= 1.5 / $factor * $small_total / $small"
line "memory of that session, $large documents" "$memory kB" "$small documents: $small_memory kB" "$(calc "$memory / $small_memory")" "$(calc "1.5 / $factor") at most" "$memory <= 1.5 / $factor * $small_memory"

# milliseconds for one new row, the median of 200; $1: a loop's query of row r
median() {
	$psql -d bench_minhash <<SQL
CREATE OR REPLACE FUNCTION pg_temp.median() RETURNS float8 LANGUAGE plpgsql SET enable_seqscan = off AS \$\$
DECLARE r record; start timestamptz; times float8[]; n bigint;
BEGIN
	FOR r IN SELECT id, body, dp.simhash(body) AS hash FROM document TABLESAMPLE SYSTEM (1) WHERE id > 10000000 LIMIT 200 LOOP
		start := clock_timestamp();
		$1;
		times := times || extract(epoch FROM clock_timestamp() - start)::float8 * 1000;
		IF n = 0 THEN RAISE 'row % was not found', r.id; END IF;
	END LOOP;
	RETURN (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY t) FROM unnest(times) t);
END \$\$;
SELECT pg_temp.median();
SQL
}
$psql -d bench_minhash -c "SET maintenance_work_mem = '256MB'" -c 'CREATE INDEX ON signed USING gin (bands)' \
	-c 'CREATE UNLOGGED TABLE hashed AS SELECT id, dp.simhash(body) AS hash FROM document' \
	-c 'CREATE UNLOGGED TABLE band AS SELECT unnest(dp.hash_bands(hash)) AS band, hash, id FROM hashed' -c 'CREATE INDEX ON band (band) INCLUDE (hash, id)' -c 'VACUUM ANALYZE signed, band'
ms=$(median 'SELECT count(*) INTO n FROM signed, dp.minhash(r.body) s WHERE bands && dp.minhash_bands(s) AND dp.minhash_similarity(signature, s) >= 0.7')
line "duplicates of one new document among $large, median" "$(calc "$ms") ms" "-" "-" "$(calc "5 / $factor") ms at most" "$ms <= 5 / $factor"
for distance in 3 7 10; do
	ms=$(median "SELECT count(DISTINCT b.id) INTO n FROM band b WHERE band = ANY (dp.hash_probes(r.hash, $distance)) AND dp.hash_distance(b.hash, r.hash) <= $distance")
	line "64-bit hashes at most $distance bits from one among $large, median" "$(calc "$ms") ms" "-" "-" "$(calc "5 / $factor") ms at most" "$ms <= 5 / $factor"
done
$psql -d postgres -c 'DROP DATABASE bench_minhash'
exit $status
