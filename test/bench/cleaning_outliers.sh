# cleaning_outliers.sh - outliers of 14 public sets: how well methods rank them,
# how fast, how time grows with rows, and what memory they take
#
# DATA/outliers has the sets.  AUCs are compared with those of numpy and
# scikit-learn in test/data.  PEER_PYTHON names the interpreters to try for
# scikit-learn.  All on one core unless said; the best of three runs counts.
set -eu
folder=${DATA:-}/outliers
if [ ! -e "$folder/shuttle.csv.gz" ]; then
	echo "outliers | | | | | skipped: DATA names no folder with outliers/*.csv.gz"
	exit 0
fi
export PGOPTIONS='-c client_min_messages=warning -c jit=off -c work_mem=256MB -c max_parallel_workers_per_gather=0'
psql='psql -XAtq -v ON_ERROR_STOP=1'
$psql -d postgres -c 'DROP DATABASE IF EXISTS bench_outliers' -c 'CREATE DATABASE bench_outliers'
$psql -d bench_outliers -c 'CREATE EXTENSION datapower'
db="$psql -d bench_outliers"
status=0

# name, ours, against, ratio, bar, 1 where the ratio is to be below
figure() {
	awk -v name="$1" -v ours="$2" -v against="$3" -v ratio="$4" -v bar="$5" -v below="${6:-0}" 'BEGIN {
		good = below ? ratio <= bar : ratio >= bar
		printf "%s | %s | %s | %.4g | %.4g%s | %s\n", name, ours, against, ratio, bar, below ? " at most" : "", good ? "holds" : "falls short"
		exit !good
	}' || status=1
}
quotient() { awk "BEGIN {print $1 / $2}"; }
# a bar scaled for short runs; the precision of an AUC is not
scaled() { awk "BEGIN {print $1 * ${BENCH_FACTOR:-1}}"; }
scaled_up() { awk "BEGIN {print $1 / ${BENCH_FACTOR:-1}}"; }

# ms of the best of three runs of a query
best() {
	for run in 1 2 3; do
		$db -c "EXPLAIN (ANALYZE, TIMING off) $1" | sed -n 's/^Execution Time: \([0-9.]*\) ms$/\1/p'
	done | sort -n | head -n 1
}

# ---- ranking ----
while IFS=, read -r set ecod paper copod hbos mahalanobis forest sd; do
	[ "$set" != dataset ] || continue
	gzip -dc "$folder/$set.csv.gz" | tail -n +2 > build/bench/rows.csv
	$db <<SQL
CREATE TABLE line (line text);
\\copy line FROM build/bench/rows.csv WITH (DELIMITER E'\\x01')
CREATE TABLE "$set" AS SELECT row_number() OVER (ORDER BY md5(line), ctid) AS row, line LIKE '1%' AS odd, (string_to_array(line, ',')::float8[])[2:] AS features FROM line ORDER BY 1;
DROP TABLE line;
VACUUM ANALYZE "$set";
SQL
	for pair in "ecod $ecod" "copod $copod" "hbos $hbos" "mahalanobis $mahalanobis"; do
		auc=$($db -c "SELECT dp.auc(score, odd) FROM (SELECT odd, dp.outlier_score(features, '${pair% *}') OVER () AS score FROM \"$set\") s")
		figure "AUC, ${pair% *}, $set" "$(printf %.4f "$auc")" "numpy: ${pair#* }" "$(awk "BEGIN {d = $auc - ${pair#* }; print d < 0 ? -d : d}")" 0.002 1
	done
	[ "$set" != http ] || [ -z "${BENCH_SHORT:-}" ] || continue
	auc=$($db -c "SELECT avg(auc) FROM (SELECT dp.auc(score, odd) AS auc FROM (SELECT odd, seed, dp.outlier_score(features, 'isolation_forest', jsonb_build_object('seed', seed))
		OVER (PARTITION BY seed) AS score FROM \"$set\", generate_series(1, 5) seed) s GROUP BY seed) t")
	figure "AUC, isolation_forest, mean of five seeds, $set" "$(printf %.4f "$auc")" "scikit-learn: $forest, standard deviation $sd" \
		"$(awk "BEGIN {d = $auc - $forest; print (d < 0 ? -d : d) / $sd}")" 3 1
done < test/data/outlier_auc.csv

# ---- speed ----
python=
for p in ${PEER_PYTHON:-python3 /usr/bin/python3}; do
	[ -n "$python" ] || ! "$p" -c 'import sklearn' > /dev/null 2>&1 || python=$p
done
for set in shuttle http; do
	if [ -z "$python" ]; then
		echo "isolation_forest and ecod of $set and scikit-learn | | | | | skipped: no sklearn in ${PEER_PYTHON:-python3 /usr/bin/python3}"
		continue
	fi
	$db -c "COPY (SELECT array_to_string(features, ',') FROM \"$set\" ORDER BY row) TO STDOUT" > build/bench/peer.csv
	"$python" test/bench/cleaning_peers.py outliers build/bench/peer.csv > build/bench/peer.log
	for pair in isolation_forest:5 ecod:1; do
		method=${pair%:*}
		line=$(grep " $method " build/bench/peer.log)
		whole=$(best "SELECT dp.outlier_score(features, '$method') OVER () FROM \"$set\"")
		figure "dp.outlier_score(), $method, $set" "$whole ms" "${line% *}: ${line##* } ms" "$(quotient "${line##* }" "$whole")" "$(scaled "${pair#*:}")"
	done
done

# ---- a stored detector: in a parallel plan, and against the window ----
$db -c "CREATE TABLE detectors AS SELECT m AS method, dp.fit_detector(features, m, '{}', row) AS detector FROM http, unnest(ARRAY['isolation_forest', 'ecod', 'mad']) m GROUP BY 1"
for method in isolation_forest ecod; do
	query="SELECT sum(dp.outlier_score((SELECT detector FROM detectors WHERE method = '$method'), features)) FROM http"
	alone=$(best "$query")
	PGOPTIONS="$PGOPTIONS -c max_parallel_workers_per_gather=1 -c parallel_setup_cost=0 -c parallel_tuple_cost=0 -c min_parallel_table_scan_size=0"
	case $($db -c "EXPLAIN $query") in *'Partial Aggregate'*) ;; *) echo "not parallel: $query" >&2; exit 1 ;; esac
	both=$(best "$query")
	PGOPTIONS=${PGOPTIONS%% -c max_parallel_workers_per_gather=1*}
	figure "dp.outlier_score(detector), $method, http, two processes" "$both ms" "one process: $alone ms" "$(quotient "$alone" "$both")" "$(scaled 1.5)"
done

# ---- growth: http has 567,498 rows of 3 features ----
n=560000
for method in zscore mad tukey ecod copod hbos isolation_forest mahalanobis pca mcd; do
	times=
	for part in 8 4 2 1; do
		times="$times $(best "SELECT dp.outlier_score(features, '$method') OVER () FROM http WHERE row <= $((n / part))")"
	done
	set -- $times
	figure "$method, $n rows of http" "$4 ms" "an eighth, a quarter, half: $1, $2, $3 ms" "$(quotient "$4" "$1")" "$(scaled_up "$(awk "BEGIN {print 8 * log($n) / log($n / 8)}")")" 1
done
times=
for part in 8 4 2 1; do
	times="$times $(best "SELECT dp.outlier_score(features[1], 'esd') OVER () FROM http WHERE row <= $((n / part))")"
done
set -- $times
figure "esd, $n values of http" "$4 ms" "an eighth, a quarter, half: $1, $2, $3 ms" "$(quotient "$4" "$1")" "$(scaled_up "$(awk "BEGIN {print 8 * log($n) / log($n / 8)}")")" 1

# ---- memory: the peak of a session beyond one that reads the same rows, against what the error announces ----
peak() {
	$db -c 'SELECT dp.outlier_score(1) OVER ()' -c "SELECT count(x) FROM (SELECT $1 AS x FROM http) s" -c "SELECT substring(pg_read_file('/proc/self/status') FROM 'VmHWM:\s*(\d+)')" | tail -n 1
}
base=$(peak 'first_value(features) OVER ()')
for method in mad ecod isolation_forest mcd; do
	announced=$($db -c "SET datapower.memory_limit = '1MB'" -c "SELECT dp.outlier_score(features, '$method') OVER () FROM http" 2>&1 | sed -n 's/^DETAIL: *It takes \([0-9]*\) kB.*/\1/p')
	taken=$(($(peak "dp.outlier_score(features, '$method') OVER ()") - base))
	figure "memory, $method, http" "$taken kB" "announced: $announced kB" "$(quotient "$taken" "$announced")" 1.1 1
done
$psql -d postgres -c 'DROP DATABASE bench_outliers'
exit $status
