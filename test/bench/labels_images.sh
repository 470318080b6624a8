#!/bin/sh
# labels_images.sh - wrong labels found from raw images, by docs/label_errors.sql
#
# FASHION names the folder of Debian's dataset-fashion-mnist.  3,000 of the
# 60,000 labels are replaced; what was wrong from the beginning counts against
# us.  Whole, it takes as long as the script says; BENCH_SHORT takes 4,000
# images, of which 200 are replaced, and does not compare trainings.
set -eu
fashion=${FASHION:-/usr/share/datasets/fashion-mnist}
if [ ! -e "$fashion/train-images-idx3-ubyte.gz" ]; then
	echo "wrong labels from raw images | | | | | skipped: no $fashion (Debian's dataset-fashion-mnist)"
	exit 0
fi
psql='psql -XAtq -v ON_ERROR_STOP=1 -d bench_label_images'
options=''
[ -z "${BENCH_SHORT:-}" ] || options='-v rows=4000 -v epochs=5 -v compare=0'
factor=${BENCH_FACTOR:-1}
status=0

psql -Xq -d postgres -c 'DROP DATABASE IF EXISTS bench_label_images' -c 'CREATE DATABASE bench_label_images' 2> /dev/null
# shellcheck disable=SC2086  (options are words)
$psql -v fashion="$fashion" $options -f docs/label_errors.sql > build/bench/label_errors.out 2>&1 || { cat build/bench/label_errors.out; exit 1; }

planted=$($psql -c 'SELECT count(*) FROM labelled WHERE label <> truth')
$psql -F ' ' -c 'SELECT method, precision FROM ranked ORDER BY precision DESC' | awk -v planted="$planted" -v bar=0.85 -v factor="$factor" '
	{
		best = NR == 1
		if (best)
			failed = $2 < bar * factor
		printf "planted labels among the %d of lowest quality, %s | %.4f | planted: %d | | %s | %s\n", planted, $1, $2, planted,
			(best ? bar * factor : ""), (best ? (failed ? "falls short" : "holds") : "reported")
	}
	END { exit failed }' || status=1
$psql -F ' ' -c "SELECT method, count(*), avg((label <> truth)::int), count(*) FILTER (WHERE label <> truth)::float8 / $planted
	FROM flagged JOIN labelled USING (id) GROUP BY method ORDER BY method" | awk '
	{ printf "flagged by %s: %d rows | precision %.4f | recall %.4f | | | reported\n", $1, $2, $3, $4 }'
if [ -z "${BENCH_SHORT:-}" ]; then
	$psql -F ' ' -c "SELECT avg(accuracy) FILTER (WHERE rows = 'remaining'), avg(accuracy) FILTER (WHERE rows = 'all') FROM compared" | awk '
		{
			good = $1 > $2
			printf "test accuracy of what remains, mean of three seeds | %.4f | of all rows: %.4f | %.4f | 1 | %s\n", $1, $2, $1 / $2, (good ? "holds" : "falls short")
			exit !good
		}' || status=1
	sed -n 's/^All of this took \([0-9]*\) seconds$/\1/p' build/bench/label_errors.out | awk -v bar=600 -v factor="$factor" '
		{
			good = $1 <= bar / factor
			printf "wrong labels from 60,000 raw images, two cores | %d s | bar: %d s | %.2f | %d s | %s\n", $1, bar, $1 / bar, bar / factor, (good ? "holds" : "falls short")
			exit !good
		}' || status=1
fi
psql -Xq -d postgres -c 'DROP DATABASE bench_label_images'
exit $status
