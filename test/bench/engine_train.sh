# engine_train.sh - dp.train() against the FMA peak of two cores, and against itself on one
#
# Median of the runs; networks.sh says what is counted.
set -eu
if [ "$(nproc)" -lt 2 ]; then
	echo "dp.train() | | | | | skipped: needs two cores"
	exit 0
fi
. test/bench/networks.sh
cat > build/bench/peak_now.c <<'C'
#include <stdio.h>
#include "kernels.h"
#include "peak.h"
int main(void) { printf("%.3f\n", peak_flops(dpk_kernels_best()->isa) / 1e9); return 0; }
C
${CC:-cc} -std=gnu11 -O2 -Isrc/kernel -Itest/bench -o build/bench/peak_now build/bench/peak_now.c test/bench/peak.c src/kernel/*.o src/kernel/simd/*.o -ljpeg -lpng -lz -lm -ldl
status=0
for net in a:0.5 b:0.65; do
	bar=${net#*:}
	net=${net%:*}
	eval "line=\"dp.train(), \$name_$net, two processes\""
	before=$(build/bench/peak_now)
	for i in $(seq "$runs"); do
		train "$net" 0 >&3
		train "$net" 1 >&4
	done 3> build/bench/one 4> build/bench/two
	peak=$(printf '%s\n' "$before" "$(build/bench/peak_now)" | sort -n | awk 'END {print 2 * $1}')
	one=$(median 1 < build/bench/one)
	two=$(median 1 < build/bench/two)
	gflops=$(median 2 < build/bench/two)
	figure "$line" "$(printf '%.1f GFLOP/s, %.0f images/s' "$gflops" "$two")" "FMA peak of two cores: $peak" "$(ratio "$gflops" "$peak")" "$bar" || status=1
	figure "$line" "$(printf '%.0f images/s' "$two")" "$(printf 'one process: %.0f' "$one")" "$(ratio "$two" "$one")" 1.8 || status=1
done
$psql -d postgres -c 'DROP DATABASE bench_train'
exit $status
