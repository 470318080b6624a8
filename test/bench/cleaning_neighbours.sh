# cleaning_neighbours.sh - knn and lof: speed against scikit-learn, one core
# each, and how time grows with rows
#
# DATA/outliers has the sets, their rows in random order here.  PEER_PYTHON
# names the interpreters to try for scikit-learn.  The best of three runs counts.
set -eu
folder=${DATA:-}/outliers
for set in shuttle magic.gamma; do
	if [ ! -e "$folder/$set.csv.gz" ]; then
		echo "knn and lof | | | | | skipped: DATA names no folder with outliers/$set.csv.gz"
		exit 0
	fi
done
export PGOPTIONS='-c client_min_messages=warning'
psql='psql -XAtq -v ON_ERROR_STOP=1'
$psql -d postgres -c 'DROP DATABASE IF EXISTS bench_neighbours' -c 'CREATE DATABASE bench_neighbours'
$psql -d bench_neighbours -c 'CREATE EXTENSION datapower'
for set in shuttle magic.gamma; do
	gzip -dc "$folder/$set.csv.gz" | tail -n +2 > build/bench/rows.csv
	# the same rows, scaled, for both
	$psql -d bench_neighbours > "build/bench/$set.csv" <<SQL
CREATE TABLE line (line text);
\\copy line FROM build/bench/rows.csv WITH (DELIMITER E'\\x01')
CREATE TABLE "$set" AS SELECT row_number() OVER (ORDER BY md5(line), ctid) AS row, (string_to_array(line, ',')::float8[])[2:] AS features FROM line ORDER BY 1;
DROP TABLE line;
VACUUM ANALYZE "$set";
SELECT array_to_string(dp.scale((SELECT dp.fit_scaler(features, 'minmax') FROM "$set"), features), ',') FROM "$set" ORDER BY row;
SQL
done

# ms of the best of three runs: set, method, rows
ours() {
	for run in 1 2 3; do
		$psql -d bench_neighbours -c "SET jit = off; SET work_mem = '256MB'; EXPLAIN (ANALYZE, TIMING off)
			SELECT dp.outlier_score(features, '$2') OVER () FROM \"$1\" WHERE row <= $3" | sed -n 's/^Execution Time: \([0-9.]*\) ms$/\1/p'
	done | sort -n | head -n 1
}

# name, ours, against, their number, ratio, bar, 1 where the ratio is to be below
figure() {
	awk -v name="$1" -v ours="$2" -v against="$3" -v ratio="$4" -v bar="$5" -v below="${6:-0}" -v factor="${BENCH_FACTOR:-1}" 'BEGIN {
		bar = below ? bar / factor : bar * factor
		good = below ? ratio <= bar : ratio >= bar
		printf "%s | %s | %s | %.2f | %.2f%s | %s\n", name, ours, against, ratio, bar, below ? " at most" : "", good ? "holds" : "falls short"
		exit !good
	}'
}

status=0
python=
for p in ${PEER_PYTHON:-python3 /usr/bin/python3}; do
	[ -n "$python" ] || ! "$p" -c 'import sklearn' > /dev/null 2>&1 || python=$p
done
for set in shuttle magic.gamma; do
	n=$($psql -d bench_neighbours -c "SELECT count(*) FROM \"$set\"")
	[ -z "$python" ] || "$python" test/bench/cleaning_peers.py neighbours "build/bench/$set.csv" > build/bench/peer.log
	for method in knn lof; do
		whole=$(ours "$set" $method "$n")
		if [ -z "$python" ]; then
			echo "$method of $set and scikit-learn | | | | | skipped: no sklearn in ${PEER_PYTHON:-python3 /usr/bin/python3}"
		else
			theirs=$(sed -n "s/^$method //p" build/bench/peer.log)
			figure "dp.outlier_score(), $method, $set, $n rows" "$whole ms" "$(head -n 1 build/bench/peer.log): $theirs ms" \
				"$(awk "BEGIN {print $theirs / $whole}")" 2 || status=1
		fi
		# n log n from an eighth of the rows to all of them
		part=$(ours "$set" $method $((n / 8)))
		figure "the same, against $((n / 8)) rows" "$whole ms" "$part ms" "$(awk "BEGIN {print $whole / $part}")" \
			"$(awk "BEGIN {print 8 * log($n) / log($n / 8)}")" 1 || status=1
	done
done
$psql -d postgres -c 'DROP DATABASE bench_neighbours'
exit $status
