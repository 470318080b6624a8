# labels_kmeans.sh - clusters of scikit-learn's data sets, and their time, against scikit-learn
#
# The inertia to meet is the least of 100 starts of scikit-learn 1.2's KMeans;
# the adjusted Rand index and the accuracy, each cluster taken for the class
# most of its rows are of, are reported.  SETS names the folder of the csv files
# where Debian's python3-sklearn does not have them.  Times are of the whole
# statement on one side, of fit() on the other, which has the rows in memory and
# uses all processors; the best of three each.
set -eu
export PGOPTIONS='-c client_min_messages=warning -c jit=off -c max_parallel_workers_per_gather=0'
psql='psql -XAtq -v ON_ERROR_STOP=1'
status=0
$psql -d postgres -c 'DROP DATABASE IF EXISTS bench_kmeans' -c 'CREATE DATABASE bench_kmeans'
db="$psql -d bench_kmeans"
$db -c 'CREATE EXTENSION datapower' -c 'CREATE TABLE sample (set text, id bigint, class int, features float8[])'

sets=${SETS:-/usr/lib/python3/dist-packages/sklearn/datasets/data}
for set in iris:3:78.851441426146 wine_data:3:2370689.686782969 breast_cancer:2:77943099.8782988 digits:10:1165116.4813265; do
	name=${set%%:*} k=${set#*:} least=${set##*:}
	k=${k%%:*}
	if [ -e "$sets/$name.csv" ]; then
		tail -n +2 "$sets/$name.csv" > build/bench/rows.csv
	elif [ -e "$sets/$name.csv.gz" ]; then
		gzip -dc "$sets/$name.csv.gz" > build/bench/rows.csv
	else
		echo "clusters of $name | | | | | skipped: no $name.csv (Debian package python3-sklearn, or SETS=folder)"
		continue
	fi
	$db <<SQL
CREATE TABLE line (id bigserial, line text);
\\copy line (line) FROM build/bench/rows.csv WITH (DELIMITER E'\\x01')
INSERT INTO sample SELECT '$name', id, x[cardinality(x)]::int, x[:cardinality(x) - 1] FROM (SELECT id, string_to_array(line, ',')::float8[] AS x FROM line) s;
DROP TABLE line;
CREATE TABLE found AS SELECT class, dp.kmeans_cluster(model, features) AS cluster, dp.kmeans_distance(model, features) ^ 2 AS square
	FROM sample, (SELECT dp.fit_kmeans(features, $k) AS model FROM sample WHERE set = '$name') m WHERE set = '$name';
SQL
	figures=$($db -F ' ' -c "WITH cell AS (SELECT class, cluster, count(*)::float8 AS n FROM found GROUP BY 1, 2), pairs AS (SELECT
			(SELECT sum(n * (n - 1) / 2) FROM cell) AS c, (SELECT sum(n * (n - 1) / 2) FROM (SELECT sum(n) AS n FROM cell GROUP BY class) s) AS a,
			(SELECT sum(n * (n - 1) / 2) FROM (SELECT sum(n) AS n FROM cell GROUP BY cluster) s) AS b, (SELECT count(*) * (count(*) - 1) / 2.0 FROM found) AS n)
		SELECT (SELECT sum(square) FROM found), (c - a * b / n) / ((a + b) / 2 - a * b / n),
			(SELECT sum(n) FROM (SELECT max(n) AS n FROM cell GROUP BY cluster) s) / (SELECT count(*) FROM found) FROM pairs")
	echo "$figures" | awk -v name="$name" -v k="$k" -v least="$least" '{
		good = $1 <= least * 1.001
		printf "%s, %d clusters, inertia (Rand index %.4f, accuracy %.4f) | %.8g | scikit-learn, best of 100: %.8g | %.6f | 1.001 at most | %s\n", name, k, $2, $3, $1, least, $1 / least, good ? "holds" : "falls short"
		exit !good
	}' || status=1
	$db -c 'DROP TABLE found'
	[ $name = digits ] || continue
	batches=$($db -c "SELECT sum(inertia) FROM (SELECT dp.fit_kmeans(features, $k, '{\"batch\": 256}', id) AS model FROM sample WHERE set = '$name') m, dp.kmeans_centers(model)")
	echo "$batches 1190430.26" | awk '{
		printf "digits, 10 clusters by batches of 256, inertia | %.8g | scikit-learn'"'"'s MiniBatchKMeans, mean of 20: %.8g | %.6f | 1.02 at most | %s\n", $1, $2, $1 / $2, $1 <= $2 * 1.02 ? "holds" : "falls short"
		exit $1 > $2 * 1.02
	}' || status=1
done

rows=50000 few=5000
[ -z "${BENCH_SHORT:-}" ] || rows=10000 few=1000
$db -c "CREATE TABLE big AS SELECT i AS id, (SELECT array_agg((i * (j * 7919 + 13) % 10007) / 5000.0 + (i % 40 * (j + 3) * 31 % 7) ORDER BY j) FROM generate_series(1, 32) j)::float8[] AS features FROM generate_series(1::bigint, $rows) i" -c 'VACUUM ANALYZE big'
best() {
	for run in 1 2 3; do
		$db -c "EXPLAIN (ANALYZE, TIMING off) $1" | sed -n 's/^Execution Time: \([0-9.]*\) ms$/\1/p'
	done | sort -n | head -n 1
}
$db -c "CREATE TABLE fitted AS SELECT dp.fit_kmeans(features, 20) AS model FROM big"
fit=$(best 'SELECT dp.fit_kmeans(features, 20) FROM big')
batch=$(best "SELECT dp.fit_kmeans(features, 20, '{\"batch\": 1024, \"starts\": 3}', id) FROM big")
predict=$(best 'SELECT dp.kmeans_cluster(model, features) FROM big, fitted')
inertia=$($db -c 'SELECT sum(inertia) FROM fitted, dp.kmeans_centers(model)')
silhouette=$(best "SELECT dp.silhouette((id % 10)::int, features) FROM big WHERE id <= $few")
score=$($db -c "SELECT dp.silhouette((id % 10)::int, features) FROM big WHERE id <= $few")
python=${PYTHON:-python3}
if $python -c 'import sklearn' 2> /dev/null; then
	$db -c "COPY (SELECT array_to_string(features, ',') FROM big ORDER BY id) TO STDOUT" > build/bench/rows.csv
	peer=$($python - build/bench/rows.csv "$few" <<'PY'
import sys, time, warnings
import numpy as np
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.metrics import silhouette_score
warnings.simplefilter("ignore")
x = np.loadtxt(sys.argv[1], delimiter=",")
few = int(sys.argv[2])
def best(run):
    times = []
    for i in range(3):
        start = time.perf_counter()
        result = run()
        times.append(time.perf_counter() - start)
    return min(times) * 1000, result
fit, model = best(lambda: KMeans(20, n_init=10, random_state=0).fit(x))
batch, _ = best(lambda: MiniBatchKMeans(20, batch_size=1024, n_init=3, random_state=0).fit(x))
predict, _ = best(lambda: model.predict(x))
silhouette, score = best(lambda: silhouette_score(x[:few], np.arange(1, few + 1) % 10))
print(fit, predict, silhouette, model.inertia_, repr(score), batch)
PY
)
	echo "$fit $predict $silhouette $inertia $score $peer $batch" | awk -v rows="$rows" -v few="$few" -v factor="${BENCH_FACTOR:-1}" '
		function line(name, ours, peer, bar) {
			good = ours / peer <= bar
			printf "%s | %.0f ms | scikit-learn: %.0f ms | %.2f | %.2f at most | %s\n", name, ours, peer, ours / peer, bar, good ? "holds" : "falls short"
			bad = bad || !good
		}
		{
			line("dp.fit_kmeans(), " rows " rows of 32, 20 clusters, ten starts", $1, $6, 1 / factor)
			printf "its inertia | %.8g | scikit-learn: %.8g | %.6f | 1.01 at most | %s\n", $4, $9, $4 / $9, $4 / $9 <= 1.01 ? "holds" : "falls short"
			printf "the same by batches of 1024, three starts | %.0f ms | scikit-learn: %.0f ms | %.2f | | reported\n", $12, $11, $12 / $11
			printf "dp.kmeans_cluster(), the same rows | %.0f ms | scikit-learn: %.0f ms | %.2f | | reported\n", $2, $7, $2 / $7
			printf "dp.silhouette(), %d rows of 32 | %.0f ms | scikit-learn: %.0f ms | %.2f | | reported\n", few, $3, $8, $3 / $8
			same = ($5 - $10) ^ 2 < 1e-18
			printf "its score | %.12f | scikit-learn: %.12f | | within 1e-9 | %s\n", $5, $10, same ? "holds" : "falls short"
			exit bad || !same || $4 / $9 > 1.01
		}' || status=1
else
	echo "dp.fit_kmeans(), $rows rows of 32, 20 clusters, ten starts | $fit ms | | | | skipped: scikit-learn is not installed"
fi
$psql -d postgres -c 'DROP DATABASE bench_kmeans'
exit $status
