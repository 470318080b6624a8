# labels_crowd.sh - votes and Dawid-Skene on two public crowds, against published figures and crowd-kit's time
#
# DATA/crowd has the answers and the truth.  PEER_PYTHON names the interpreters
# to try for crowd-kit.
set -eu
folder=${DATA:-}/crowd
if [ ! -e "$folder/bluebird_answer.csv" ]; then
	echo "crowd labels | | | | | skipped: DATA names no folder with crowd/*.csv"
	exit 0
fi
export PGOPTIONS='-c client_min_messages=warning'
psql='psql -XAtq -v ON_ERROR_STOP=1'
$psql -d postgres -c 'DROP DATABASE IF EXISTS bench_crowd' -c 'CREATE DATABASE bench_crowd'
db="$psql -d bench_crowd"
$db -c 'CREATE EXTENSION datapower'
status=0

# name, ours, against, bar
figure() {
	awk -v name="$1" -v ours="$2" -v against="$3" -v bar="$4" 'BEGIN {
		good = ours >= bar
		printf "%s | %.4f | %s | %.4f | %.4g | %s\n", name, ours, against, ours / bar, bar, good ? "holds" : "falls short"
		exit !good
	}' || status=1
}
exact() {
	[ "$2" = "$3" ] && verdict=holds || { verdict='falls short'; status=1; }
	echo "$1 | $2 | $3 | 1 | exactly | $verdict"
}

for set in product bluebird; do
	$db -c "CREATE TABLE ${set}_answer (task text, worker text, answer text)" -c "CREATE TABLE ${set}_truth (task text, truth text)"
	for what in answer truth; do
		{ cat "$folder/${set}_$what.csv" 2> /dev/null || gzip -dc "$folder/${set}_$what.csv.gz"; } > build/bench/rows.csv
		$db -c "\\copy ${set}_$what FROM build/bench/rows.csv WITH (FORMAT csv, HEADER)"
	done
	$db -c "CREATE TABLE ${set}_label AS SELECT s.*, truth FROM dp.dawid_skene('${set}_answer', '{\"iterations\": 20}') s JOIN ${set}_truth USING (task)"
done
scores() { $db -F ' ' -c "SELECT round(dp.accuracy(truth, $2)::numeric, 4), round(dp.f1(truth, $2, '1')::numeric, 4) FROM $1"; }
set -- $(scores product_label majority)
exact 'product, majority vote, accuracy' "$1" 0.8966
exact 'product, majority vote, F1' "$2" 0.5905
set -- $(scores product_label label)
figure 'product, Dawid-Skene, 20 iterations, accuracy' "$1" 'published: 0.937' 0.937
figure 'product, Dawid-Skene, 20 iterations, F1' "$2" 'published: 0.714' 0.714
set -- $(scores bluebird_label majority)
exact 'bluebird, majority vote, accuracy' "$1" 0.7593
set -- $(scores bluebird_label label)
figure 'bluebird, Dawid-Skene, accuracy' "$1" 'published: 0.898' 0.898

python=
for p in ${PEER_PYTHON:-python3}; do
	[ -n "$python" ] || ! "$p" -c 'import crowdkit' > /dev/null 2>&1 || python=$p
done
if [ -z "$python" ]; then
	echo "dp.dawid_skene() and crowd-kit | | | | | skipped: no crowdkit in ${PEER_PYTHON:-python3}"
else
	$db -c "\\copy product_answer TO build/bench/rows.csv WITH (FORMAT csv)"
	peer=$("$python" -c "
import time, pandas as pd
from crowdkit.aggregation import DawidSkene
d = pd.read_csv('build/bench/rows.csv', names=['task', 'worker', 'label'])
t = time.time(); DawidSkene(n_iter=20, tol=-1).fit(d); print((time.time() - t) * 1000)" 2> /dev/null)
	ours=$(for run in 1 2 3; do
		$db -c "EXPLAIN (ANALYZE, TIMING off) SELECT * FROM dp.dawid_skene('product_answer', '{\"iterations\": 20, \"tolerance\": 0}')" | sed -n 's/^Execution Time: \([0-9.]*\) ms$/\1/p'
	done | sort -n | head -n 1)
	awk -v ours="$ours" -v peer="$peer" -v factor="${BENCH_FACTOR:-1}" 'BEGIN {
		bar = 2 * factor
		printf "dp.dawid_skene(), product, 20 iterations | %.0f ms | crowd-kit: %.0f ms | %.2f | %.2f | %s\n", ours, peer, peer / ours, bar, (peer / ours >= bar ? "holds" : "falls short")
		exit peer / ours < bar
	}' || status=1
fi
$psql -d postgres -c 'DROP DATABASE bench_crowd'
exit $status
