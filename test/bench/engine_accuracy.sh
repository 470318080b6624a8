#!/bin/sh
# Accuracy on the test images of docs/fashion_mnist.sql and docs/cifar10.sql, and how long their CALL takes
#
# FASHION names the folder of Debian's dataset-fashion-mnist, DATA that of
# images/cifar10_jpeg.tar.gz; build/bench/accuracy.log has the epochs.  SEEDS are those of Fashion-MNIST; CIFAR-10 has one.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
export PGOPTIONS='-c client_min_messages=warning'
fashion=${FASHION:-/usr/share/datasets/fashion-mnist}
cifar=${DATA:-}/images/cifar10_jpeg.tar.gz
status=0

# run NAME SCRIPT MODEL ACCURACY MINUTES ARGUMENT...: a line for the test accuracy, one for the time of the run
run()
{
	name=$1 script=$2 model=$3 accuracy=$4 minutes=$5
	shift 5
	psql -Xq -d postgres -c 'DROP DATABASE IF EXISTS bench_accuracy' -c 'CREATE DATABASE bench_accuracy'
	value=$(psql -XAtq -F ' ' -d bench_accuracy "$@" -f "$root/docs/$script" 2> "$root/build/bench/accuracy.log" | awk '$1 == "accuracy" { print $2 }')
	seconds=$(psql -XAtq -d bench_accuracy -c "SELECT extract(epoch FROM finished - started) FROM dp.runs WHERE model = '$model'")
	psql -Xq -d postgres -c 'DROP DATABASE bench_accuracy'
	awk -v name="$name" -v value="$value" -v accuracy="$accuracy" -v seconds="$seconds" -v minutes="$minutes" -v factor="${BENCH_FACTOR:-1}" '
		function figure(what, ours, against, ratio)
		{
			printf "%s | %s | %s | %.3f | %.2f | %s\n", what, ours, against, ratio, factor, (ratio >= factor ? "holds" : "falls short")
			if (ratio < factor) short = 1
		}
		BEGIN {
			figure(name, "accuracy " value, "accuracy " accuracy, value / accuracy)
			figure(name ", dp.train", sprintf("%.1f minutes", seconds / 60), minutes " minutes", minutes * 60 / seconds)
			exit short
		}' || status=1
}

if [ -n "${BENCH_SHORT:-}" ]; then
	echo "accuracy | | | | | skipped: takes half an hour"
	exit 0
fi
if [ -e "$fashion/train-images-idx3-ubyte.gz" ]; then
	for seed in ${SEEDS:-1 2 3}; do
		run "Fashion-MNIST, seed $seed" fashion_mnist.sql fashion 0.94 5 -v fashion="$fashion" -v seed="$seed"
	done
else
	echo "Fashion-MNIST | | | | | skipped: no $fashion (Debian's dataset-fashion-mnist)"
fi
if [ -e "$cifar" ]; then
	run "CIFAR-10" cifar10.sql pictures 0.88 15 -v archive="$cifar"
else
	echo "CIFAR-10 | | | | | skipped: DATA does not name a folder with images/cifar10_jpeg.tar.gz"
fi
exit $status
