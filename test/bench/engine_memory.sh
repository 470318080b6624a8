# engine_memory.sh - what dp.train() takes against what it planned, and whether that grows
#
# A message of level DEBUG1 tells the plan.  Several times a second the private
# memory of the backend and its workers is added up, Pss_Anon of /proc; what is
# shared is planned exactly, and is not in it.  Beside the plan there may be
# 64 MB: PostgreSQL's own, OpenBLAS's buffers, the reading of the source.
set -eu
line='dp.train() memory, lenet, 20 epochs, two processes'
export PGOPTIONS='-c client_min_messages=warning'
psql='psql -XAtq -v ON_ERROR_STOP=1'
out=build/bench/memory
mkdir -p "$out"
$psql -d postgres -c 'DROP DATABASE IF EXISTS bench_memory' -c 'CREATE DATABASE bench_memory'
$psql -d bench_memory <<'SQL'
CREATE EXTENSION datapower;
CREATE TABLE picture AS SELECT i AS key, i % 10 AS label,
	convert_to('P5 28 28 255 ', 'UTF8') || substr(decode(repeat(md5(i::text), 49), 'hex'), 1, 784) AS image FROM generate_series(1, 4000) i;
SQL
: > "$out/samples"
PGOPTIONS='-c client_min_messages=debug1' $psql -d bench_memory \
	-c "CALL dp.train('bench', 'picture', 'lenet', '{\"epochs\": 20, \"workers\": 1}')" 2> "$out/messages" &
call=$!
leader=
while [ -z "$leader" ] && kill -0 "$call" 2> /dev/null; do leader=$($psql -d bench_memory -c 'SELECT pid FROM dp.progress'); done
if ! [ -r "/proc/${leader:-none}/smaps_rollup" ]; then
	wait "$call"
	$psql -d postgres -c 'DROP DATABASE bench_memory'
	echo "$line | | | | | skipped: needs /proc/PID/smaps_rollup of a process that trains"
	exit 0
fi
while kill -0 "$call" 2> /dev/null; do
	for pid in "$leader" $(pgrep -f "parallel worker for PID $leader"); do
		sed -n 's/^Pss_Anon: *//p' "/proc/$pid/smaps_rollup" 2> /dev/null || true
	done | awk '{ sum += $1; n++ } END { if (n > 0) print sum }' >> "$out/samples"
	sleep 0.03
done
wait "$call"
$psql -d postgres -c 'DROP DATABASE bench_memory'
plan=$(sed -n 's/.*training plans [0-9]* kB of shared memory, \([0-9]*\) kB in 2 processes and \([0-9]*\) kB for.*/\1 \2/p' "$out/messages" | head -n 1)
awk -v line="$line" -v plan="$plan" -v factor="${BENCH_FACTOR:-1}" '
	function figure(name, ours, against, ratio, bar)
	{
		printf "%s | %s | %s | %.2f | %.2f | %s\n", name, ours, against, ratio, bar, (ratio >= bar ? "holds" : "falls short")
		if (ratio < bar) short = 1
	}
	{ kb[NR] = $1; if ($1 > peak) peak = $1 }
	END {
		if (NR < 9 || split(plan, p, " ") != 2) { print line " | | | | | skipped: too few samples"; exit }
		for (i = 1; i <= NR; i++) {
			if (i <= NR / 3 && kb[i] > early) early = kb[i]
			if (i > 2 * NR / 3 && kb[i] > late) late = kb[i]
		}
		planned = p[1] + p[2]
		figure(line, sprintf("%.1f MB", peak / 1024), sprintf("planned %.1f MB, and 64 MB", planned / 1024), (planned + 65536) / peak, factor)
		figure(line ", growth", sprintf("%.1f MB in the last third", late / 1024), sprintf("%.1f MB in the first, and 2 MB", early / 1024), (early + 2048) / late, factor)
		exit short
	}' "$out/samples"
