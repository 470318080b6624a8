# engine_clang.sh - the kernels as clang compiles them against the build under test, which is gcc's
#
# A line for each instruction set and direction: the layer of engine_kernels.c
# in which clang does worst, as shares of the peak beside it.  The sources are
# compiled in a copy, by the Makefile's own rules.
set -eu
clang=${CLANG:-clang}
gcc=build/bench/engine_kernels
copy=build/bench/clang
if [ -n "${BENCH_SHORT:-}" ]; then
	echo "clang against gcc | | | | | skipped: takes minutes"
	exit 0
fi
if ! command -v "$clang" > /dev/null || ! command -v "${PG_CONFIG:-pg_config}" > /dev/null || [ ! -x "$gcc" ]; then
	echo "clang against gcc | | | | | skipped: needs clang, pg_config and engine_kernels"
	exit 0
fi
if strings -a src/kernel/simd/table.generic.o | grep -q 'clang version'; then
	echo "clang against gcc | | | | | skipped: this build is clang's"
	exit 0
fi
mkdir -p "$copy/src/kernel/simd" "$copy/test/tools" "$copy/sql/install"
cp -pu Makefile "$copy"
cp -pu test/tools/commands.mk "$copy/test/tools"
cp -pu src/kernel/*.[ch] "$copy/src/kernel"
cp -pu src/kernel/simd/*.[ch] "$copy/src/kernel/simd"
objects=$(ls src/kernel/*.o src/kernel/simd/*.o)
# shellcheck disable=SC2086  (a list of objects)
make -s -C "$copy" -j "$(nproc)" CC="$clang" $objects > /dev/null
# shellcheck disable=SC2046
"$clang" -std=gnu11 -O2 -Isrc/kernel -Itest/bench -o "$copy/engine_kernels" test/bench/engine_kernels.c test/bench/peak.c $(for o in $objects; do echo "$copy/$o"; done) -ljpeg -lpng -lz -lm -ldl

# shares NAME: "ISA, layer, direction | GFLOP/s | share of the peak", whatever engine_kernels thinks of its bars
shares() { "$1" 0 | awk -F ' [|] ' '/skipped/ {next} {split($2, a, " "); n = split($3, p, " "); print $1 "|" a[1] "|" a[1] / p[n]}'; }
shares "$gcc" > build/bench/gcc.shares
shares "$copy/engine_kernels" > build/bench/clang.shares
awk -F '|' -v factor="${BENCH_FACTOR:-1}" -v version="$("$clang" -dumpversion)" '
	NR == FNR {speed[$1] = $2; share[$1] = $3; next}
	{
		ratio = $3 / share[$1]
		isa = $1; sub(/,.*/, "", isa)
		direction = $1; sub(/.*, /, "", direction)
		key = isa ", " direction
		if (!(key in worst)) order[++n] = key
		if (!(key in worst) || ratio < worst[key])
		{
			worst[key] = ratio
			layer[key] = substr($1, length(isa) + 3, length($1) - length(isa) - length(direction) - 4)
			text[key] = sprintf("%.1f GFLOP/s | gcc: %.1f GFLOP/s", $2, speed[$1])
		}
	}
	END {
		bar = 0.8 * factor
		for (i = 1; i <= n; i++)
		{
			key = order[i]
			printf "clang %s, %s, at worst in %s | %s | %.2f | %.2f | %s\n", version, key, layer[key], text[key], worst[key], bar, (worst[key] >= bar ? "holds" : "falls short")
			short += worst[key] < bar
		}
		exit short > 0
	}' build/bench/gcc.shares build/bench/clang.shares
