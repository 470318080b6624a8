#!/bin/sh
# augmentation_sql.sh - JPEG through SQL: dp.augment() with three steps against the kernels alone, two workers against one process, decoding and encoding against libjpeg-turbo alone
#
# Images are 640 x 427, one a row, in a table of its own; each query runs three times, the best counts.
set -eu
rows=600
[ -z "${BENCH_SHORT:-}" ] || rows=150
export PGOPTIONS='-c client_min_messages=warning'
psql='psql -XAtq -v ON_ERROR_STOP=1 -d bench_augment'
kernel=build/bench/augmentation_sql_kernel
# shellcheck disable=SC2046  (a list of objects)
${CC:-cc} -std=gnu11 -O2 -Wall -Isrc/kernel -o "$kernel" test/bench/augmentation_sql_lib.c test/bench/augmentation_pixels_lib.c $(ls src/kernel/*.o src/kernel/simd/*.o) -ljpeg -lpng -lz -lm -ldl
psql -Xq -d postgres -c 'DROP DATABASE IF EXISTS bench_augment' -c 'CREATE DATABASE bench_augment'
trap 'psql -Xq -d postgres -c "DROP DATABASE bench_augment"' EXIT
$psql <<SQL
CREATE EXTENSION datapower;
CREATE TABLE original AS SELECT dp.image_encode(dp.image_decode(dp.image_noise(dp.image_resize(dp.image_noise(
	dp.image_encode(decode(repeat('80', 12 * 8 * 3), 'hex'), 12, 8, 3, 'pnm'), 60, 1, 1), 640, 427, 'bicubic'), 4, 1, 1)), 640, 427, 3, 'jpeg') AS image;
-- workers share a table page by page: few rows on each
CREATE TABLE photo (id int, room char(1900), image bytea);
ALTER TABLE photo ALTER room SET STORAGE PLAIN, ALTER image SET STORAGE EXTERNAL;
INSERT INTO photo SELECT id, '', image FROM original, generate_series(1, $rows) AS id;
ALTER TABLE photo SET (parallel_workers = 2);
VACUUM ANALYZE photo;
SQL
$psql > /dev/null <<SQL
SELECT lo_from_bytea(0, image) AS file FROM original \gset
\lo_export :file build/bench/augmentation_sql.jpg
SQL
query="SELECT count(length(dp.augment(image, '[\"flip\", {\"rotate\": {\"degrees\": [-15, 15], \"fill\": \"reflect\"}}, {\"brightness\": {\"factor\": [0.8, 1.2]}}]', 1, id))) FROM photo"

# best WORKERS QUERY: ms of the best of three
best()
{
	settings="SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
		SET max_parallel_workers_per_gather = $1; SET parallel_leader_participation = off; SET jit = off;"
	for run in 1 2 3; do
		$psql -c "$settings EXPLAIN (ANALYZE, TIMING off) $2" | tee build/bench/augmentation_sql.plan | sed -n 's/^Execution Time: \([0-9.]*\) ms$/\1/p'
		grep -q "Workers Launched: $1" build/bench/augmentation_sql.plan || [ "$1" = 0 ] || { echo "no $1 workers" >&2; exit 1; }
	done | sort -n | head -n 1
}

alone=$("$kernel" build/bench/augmentation_sql.jpg "$rows")
serial=$(best 0 "$query")
two=$(best 2 "$query")
decoded=$(best 0 "SELECT count(length(dp.image_decode(image))) FROM photo")
again=$(best 0 "SELECT count(length(dp.image_encode(dp.image_decode(image), 640, 427, 3, 'jpeg', 95))) FROM photo")
echo "$alone $serial $two $decoded $again" | awk -v rows="$rows" -v factor="${BENCH_FACTOR:-1}" -v cores="$(nproc)" '
	function figure(name, ours, against, ratio, bar)
	{
		holds = ratio >= bar * factor
		printf "%s | %.0f images/s | %s | %.2f | %.2f | %s\n", name, rows * 1000 / ours, against, ratio, bar * factor, holds ? "holds" : "falls short"
		short = short || !holds
	}
	{
		figure("dp.augment(), JPEG 640 x 427, three steps", $4, sprintf("kernels alone: %.0f images/s", rows * 1000 / $1), $1 / $4, 0.85)
		if (cores >= 2)
			figure("dp.augment(), two workers", $5, sprintf("one process: %.0f images/s", rows * 1000 / $4), $4 / $5, 1.8)
		else
			print "dp.augment(), two workers | | | | | skipped: one core"
		figure("dp.image_decode(), JPEG 640 x 427", $6, sprintf("libjpeg-turbo: %.0f images/s", rows * 1000 / $2), $2 / $6, 0.95)
		figure("dp.image_decode() and dp.image_encode(), JPEG 640 x 427", $7,
			sprintf("libjpeg-turbo: %.0f images/s", rows * 1000 / ($2 + $3)), ($2 + $3) / $7, 0.95)
		exit short
	}'
