#!/bin/sh
# augmentation_gain.sh - what a recipe is worth: the same small network with and without it, on 5,000 images
#
# FASHION names the folder of Debian's dataset-fashion-mnist, DATA that of
# images/cifar10_jpeg.tar.gz.  Every seed of SEEDS trains twice, with the same
# first weights and order of samples; accuracy is that on test images that no training saw.
# Each of the trainings takes about half a minute.
set -eu
fashion=${FASHION:-/usr/share/datasets/fashion-mnist}
cifar=${DATA:-}/images/cifar10_jpeg.tar.gz
if [ -n "${BENCH_SHORT:-}" ]; then
	echo "gain by a recipe | | | | | skipped: takes ten minutes"
	exit 0
fi
export PGOPTIONS='-c client_min_messages=warning'
psql='psql -XAtq -v ON_ERROR_STOP=1 -d bench_gain'
status=0

# accuracy SEED OPTIONS: trains on the table picture
accuracy()
{
	$psql <<SQL
CALL dp.train('small', 'SELECT id AS key, image, label FROM picture WHERE part = ''train''',
	'[{"conv2d": {"filters": 16, "kernel": 3, "padding": "same", "use_bias": false}},
	  {"batch_norm": {"momentum": 0.9, "activation": "relu"}}, {"max_pool2d": {}},
	  {"conv2d": {"filters": 32, "kernel": 3, "padding": "same", "use_bias": false}},
	  {"batch_norm": {"momentum": 0.9, "activation": "relu"}}, {"max_pool2d": {}},
	  {"conv2d": {"filters": 64, "kernel": 3, "padding": "same", "use_bias": false}},
	  {"batch_norm": {"momentum": 0.9, "activation": "relu"}}, {"max_pool2d": {}},
	  {"flatten": {}}, {"dense": {"activation": "softmax"}}]',
	'{"seed": $1, "epochs": ${EPOCHS:-30}, "batch_size": 64, "optimizer": "sgd", "nesterov": true, "learning_rate": 0.05,
	  "schedule": "one_cycle", "weight_decay": 0.0005$2}');
SELECT value FROM dp.evaluate('small', 'SELECT image, label FROM picture WHERE part = ''test''') WHERE metric = 'accuracy';
SELECT dp.drop_model('small');
SQL
}

# compare NAME BAR RECIPE: a line a seed, then the gain
compare()
{
	for seed in ${SEEDS:-1 2 3}; do
		plain=$(accuracy "$seed" '' | head -n 1)
		augmented=$(accuracy "$seed" ", \"augment\": $3" | head -n 1)
		echo "$seed $plain $augmented"
	done | awk -v name="$1" -v bar="$2" -v factor="${BENCH_FACTOR:-1}" '
		{
			gain = 100 * ($3 - $2)
			least = NR == 1 || gain < least ? gain : least
			most = NR == 1 || gain > most ? gain : most
			sum += gain
			squares += gain * gain
			with += $3
			without += $2
		}
		END {
			mean = sum / NR
			spread = NR > 1 ? sqrt((squares - sum * mean) / (NR - 1)) : 0
			holds = bar == "" || mean >= bar * factor
			printf "%s, %d seeds, gain in points %.2f (spread %.2f, %.2f to %.2f) | accuracy %.4f | without a recipe: %.4f | %.2f | %s | %s\n",
				name, NR, mean, spread, least, most, with / NR, without / NR, mean, bar == "" ? "-" : bar * factor, bar == "" ? "no bar" : (holds ? "holds" : "falls short")
			exit !holds
		}' || status=1
}

psql -Xq -d postgres -c 'DROP DATABASE IF EXISTS bench_gain' -c 'CREATE DATABASE bench_gain'
$psql -c 'CREATE EXTENSION datapower'
if [ -e "$cifar" ]; then
	$psql > /dev/null <<SQL
\lo_import '$cifar'
\set loaded :LASTOID
CREATE TABLE picture AS
SELECT id, part, label, image
FROM (SELECT hashtextextended(path, 0) AS id, split_part(path, '/', 1) AS part, split_part(path, '/', 2) AS label, data AS image,
		row_number() OVER (PARTITION BY split_part(path, '/', 1) ORDER BY hashtextextended(path, 1)) AS n
	FROM dp.tar_items(lo_get(:loaded)) WHERE path LIKE '%.jpg') AS all_pictures
WHERE n <= 5000;
\lo_unlink :loaded
SQL
	compare 'CIFAR-10, 5,000 files' 2 '[{"flip": {}}, {"shift": {"x": [-4, 4], "y": [-4, 4], "fill": "reflect"}}]'
	$psql -c 'DROP TABLE picture'
else
	echo "gain on CIFAR-10 | | | | | skipped: DATA does not name a folder with images/cifar10_jpeg.tar.gz"
fi
if [ -e "$fashion/train-images-idx3-ubyte.gz" ]; then
	$psql <<SQL
CREATE TABLE picture AS
SELECT part, i.item AS id, dp.image_encode(i.data, 28, 28, 1, 'pnm') AS image, get_byte(l.data, 0) AS label
FROM (VALUES ('train', 'train'), ('test', 't10k')) AS file (part, name),
	LATERAL dp.idx_items(pg_read_binary_file(format('%s/%s-images-idx3-ubyte.gz', '$fashion', name))) AS i
	JOIN LATERAL dp.idx_items(pg_read_binary_file(format('%s/%s-labels-idx1-ubyte.gz', '$fashion', name))) AS l USING (item)
WHERE i.item <= 5000;
SQL
	compare 'Fashion-MNIST, 5,000 images' '' '[{"flip": {}}, {"shift": {"x": [-1, 1], "y": [-1, 1]}}]'
else
	echo "gain on Fashion-MNIST | | | | | skipped: no $fashion (Debian's dataset-fashion-mnist)"
fi
psql -Xq -d postgres -c 'DROP DATABASE bench_gain'
exit $status
