# labels_propagation.sh - the digits of scikit-learn with a tenth of the labels, by dp.label_propagate()
#
# Five tenths, each the one with labels once; accuracy on the other nine.
# DIGITS names the csv where Debian's python3-sklearn does not have it.
set -eu
digits=${DIGITS:-/usr/lib/python3/dist-packages/sklearn/datasets/data/digits.csv.gz}
if [ ! -e "$digits" ]; then
	echo "digits, a tenth labelled | | | | | skipped: no digits.csv.gz (Debian package python3-sklearn, or DIGITS=file)"
	exit 0
fi
export PGOPTIONS='-c client_min_messages=warning'
psql='psql -XAtq -v ON_ERROR_STOP=1'
$psql -d postgres -c 'DROP DATABASE IF EXISTS bench_propagation' -c 'CREATE DATABASE bench_propagation'
db="$psql -d bench_propagation"
gzip -dc "$digits" > build/bench/rows.csv
$db <<SQL
CREATE EXTENSION datapower;
CREATE TABLE line (id bigserial, line text);
\\copy line (line) FROM build/bench/rows.csv WITH (DELIMITER E'\\x01')
CREATE TABLE digit AS SELECT id, x[65]::int::text AS label, x[:64] AS features FROM (SELECT id, string_to_array(line, ',')::float8[] AS x FROM line) s;
SQL
status=0
# method, options, name of the kernel, what scikit-learn makes of it; gamma is that of its own example with the digits
measure() {
	ours=$($db -c "SELECT round(avg(accuracy)::numeric, 4) FROM (SELECT seed, dp.accuracy(label, got) FILTER (WHERE dp.fold(id, 10, seed) > 1) AS accuracy
		FROM (SELECT seed, id, label, dp.label_propagate(features, CASE WHEN dp.fold(id, 10, seed) = 1 THEN label END, '$1', '$2') OVER (PARTITION BY seed) AS got
			FROM digit, generate_series(1, 5) seed) s GROUP BY seed) t")
	awk -v name="digits, a tenth labelled, $1, $3, mean of five" -v ours="$ours" -v against="scikit-learn, $4" -v bar=0.97 'BEGIN {
		good = ours >= bar
		printf "%s | %.4f | %s | %.4f | %.4g | %s\n", name, ours, against, ours / bar, bar, good ? "holds" : "falls short"
		exit !good
	}' || status=1
}
measure spreading '{"kernel": "rbf", "gamma": 0.25}' 'rbf 0.25' 'spreading, mean of thirty draws: 0.9743'
measure spreading '{}' '7 nearest' 'spreading, mean of thirty draws: 0.9617'
measure propagation '{}' '7 nearest' 'spreading, mean of thirty draws: 0.9617'
$psql -d postgres -c 'DROP DATABASE bench_propagation'
exit $status
