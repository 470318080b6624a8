# labels_errors.sh - wrong labels of MNIST and CIFAR-10 found again, and confident learning over 1.28 million rows
#
# The probabilities and the verdicts of people are those of Northcutt, Athalye
# and Mueller, "Pervasive Label Errors" (2021), in DATA/labels.  The counts to
# meet are those of their program.
set -eu
psql='psql -XAtq -v ON_ERROR_STOP=1'
export PGOPTIONS='-c client_min_messages=warning'
status=0
$psql -d postgres -c 'DROP DATABASE IF EXISTS bench_labels' -c 'CREATE DATABASE bench_labels'
$psql -d bench_labels -c 'CREATE EXTENSION datapower'

# name, ours, against, ratio, least, most
line() {
	echo "$2 $3 $4" | awk -v name="$1" -v what="$5" '
		{
			good = $1 >= $2 && $1 <= $3
			printf "%s | %s | %s | | %s to %s | %s\n", name, $1, what, $2, $3, (good ? "holds" : "falls short")
			exit !good
		}' || status=1
}

if [ -n "${DATA:-}" ] && [ -e "$DATA/labels/mnist_test.csv.gz" ]; then
	for set in mnist cifar10; do
		$psql -d bench_labels -c "CREATE TABLE raw_$set (key int, label int, p0 float8, p1 float8, p2 float8, p3 float8, p4 float8,
			p5 float8, p6 float8, p7 float8, p8 float8, p9 float8, given int, guessed int, neither int, neither_of_both int)"
		gzip -dc "$DATA/labels/${set}_test.csv.gz" | $psql -d bench_labels -c "COPY raw_$set FROM STDIN (FORMAT csv, HEADER)"
		$psql -d bench_labels -c "CREATE TABLE $set AS SELECT key, label, ARRAY[p0, p1, p2, p3, p4, p5, p6, p7, p8, p9] AS probabilities, given < 3 AS is_wrong FROM raw_$set"
	done
	line 'MNIST, labels flagged' "$($psql -d bench_labels -c "SELECT count(*) FROM dp.label_issues('mnist')")" 15 15 'published count: 15'
	line 'CIFAR-10, labels flagged' "$($psql -d bench_labels -c "SELECT count(*) FROM dp.label_issues('cifar10')")" 281 287 'published count: 284'
	line 'CIFAR-10, confirmed errors among the 275 of lowest margin' "$($psql -d bench_labels -c "SELECT count(*) FILTER (WHERE is_wrong)
		FROM (SELECT * FROM cifar10 ORDER BY dp.label_quality(label, probabilities), key LIMIT 275) t")" 54 54 'confirmed by people: 54'
else
	echo 'wrong labels of MNIST and CIFAR-10 | | | | | skipped: no DATA/labels'
fi

# a hundred classes, a tenth of the labels wrong
rows=1280000
[ -z "${BENCH_SHORT:-}" ] || rows=80000
$psql -d bench_labels <<SQL
CREATE UNLOGGED TABLE big AS SELECT i AS key, CASE WHEN i % 10 = 0 THEN i * 31 % 100 ELSE i % 100 END AS label,
	array_fill(0.002::float8, ARRAY[i % 100]) || (0.802 - i % 7 * 0.05)::float8 || array_fill(0.002::float8, ARRAY[98 - i % 100 + CASE WHEN i % 100 = 99 THEN 1 ELSE 0 END]) ||
	CASE WHEN i % 100 = 99 THEN '{}'::float8[] ELSE ARRAY[(0.002 + i % 7 * 0.05)::float8] END AS probabilities
FROM generate_series(1, $rows) i;
UPDATE big SET probabilities[1] = 0.002 + key % 7 * 0.05 WHERE key % 100 = 99;
VACUUM ANALYZE big;
SQL
settings='SET jit = off; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;'
best() {
	plan=$($psql -d bench_labels -c "$settings EXPLAIN $1")
	case $plan in *'Partial Aggregate'*) ;; *) echo "not parallel: $1" >&2; exit 1 ;; esac
	for run in 1 2 3; do
		$psql -d bench_labels -c "$settings EXPLAIN (ANALYZE, TIMING off) $1" | sed -n 's/^Execution Time: \([0-9.]*\) ms$/\1/p'
	done | sort -n | head -n 1
}
$psql -d bench_labels -c "CREATE TABLE learnt AS SELECT dp.label_thresholds(label, probabilities) AS t FROM big"
bare=$(best 'SELECT sum(probabilities[50]) FROM big')
thresholds=$(best 'SELECT dp.label_thresholds(label, probabilities) FROM big')
joint=$(best 'SELECT dp.confident_joint(label, probabilities, (SELECT t FROM learnt)) FROM big')
echo "$thresholds $joint $bare" | awk -v rows="$rows" '{ printf "label_thresholds and confident_joint, %d rows, 100 classes | %.0f + %.0f ms | one element of each array: %.0f ms | %.2f | | reported\n", rows, $1, $2, $3, ($1 + $2) / $3 }'
python=${PYTHON:-python3}
if $python -c 'import numpy' 2> /dev/null; then
	peer=$($python - "$rows" <<'PY'
import sys, time
import numpy as np
n = int(sys.argv[1])
i = np.arange(1, n + 1)
label = np.where(i % 10 == 0, i * 31 % 100, i % 100)
p = np.full((n, 100), 0.002)
p[np.arange(n), i % 100] = 0.802 - i % 7 * 0.05
p[np.arange(n), (i + 1) % 100] = 0.002 + i % 7 * 0.05
best = 1e9
for run in range(3):
    start = time.perf_counter()
    t = np.array([p[label == k, k].mean() for k in range(100)])
    q = np.where(p >= t, p, -1)
    j = q.argmax(axis=1)
    sure = q[np.arange(n), j] >= 0
    c = np.zeros((100, 100), int)
    np.add.at(c, (label[sure], j[sure]), 1)
    best = min(best, time.perf_counter() - start)
print(best * 1000)
PY
)
	echo "$thresholds $joint $peer" | awk '{ printf "the same, against arrays in memory | %.0f ms | numpy: %.0f ms | %.2f | | reported\n", $1 + $2, $3, ($1 + $2) / $3 }'
else
	echo 'confident learning against numpy | | | | | skipped: numpy is not installed'
fi
$psql -d postgres -c 'DROP DATABASE bench_labels'
exit $status
