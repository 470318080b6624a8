# duplicates_images.sh - near-duplicate images among 100,000, by kind of change
#
# Fashion-MNIST's 70,000 pictures of 28 x 28 pixels and a changed copy of 30,000 of
# them, a twelfth each: copied, encoded anew, made lighter or darker, turned, cropped.
# The queries are those of docs/image_duplicates.md.  A pair is right if it is a
# copy with its original; a kind's precision counts every pair with a copy of that
# kind.  How far pixels may differ is chosen by the F1 of all JPEG kinds on a fifth of
# the copies and measured on the others.  FASHION names the folder of Debian's
# dataset-fashion-mnist, PEER_PYTHON the interpreter with imagehash, python3 by default.
set -eu
fashion=${FASHION:-/usr/share/datasets/fashion-mnist}
if [ ! -e "$fashion/train-images-idx3-ubyte.gz" ]; then
	echo "near-duplicate images | | | | | skipped: no $fashion (Debian's dataset-fashion-mnist)"
	exit 0
fi
originals=70000 sample=3000
[ -z "${BENCH_SHORT:-}" ] || originals=3500 sample=1500
export PGOPTIONS='-c client_min_messages=warning'
psql='psql -XAtq -v ON_ERROR_STOP=1'
$psql -d postgres -c 'DROP DATABASE IF EXISTS bench_images' -c 'CREATE DATABASE bench_images'
db="$psql -d bench_images"
status=0

$db <<SQL
CREATE EXTENSION datapower;
CREATE UNLOGGED TABLE photo AS
SELECT (row_number() OVER (ORDER BY name DESC, item))::int AS id, NULL::int AS original, 'original' AS kind, dp.image_encode(data, 28, 28, 1, 'png') AS image
FROM (VALUES ('train'), ('t10k')) AS file (name), LATERAL dp.idx_items(pg_read_binary_file(format('%s/%s-images-idx3-ubyte.gz', '$fashion', name)))
LIMIT $originals;
CREATE FUNCTION changed(image bytea, kind text) RETURNS bytea LANGUAGE sql IMMUTABLE AS \$\$
SELECT CASE
	WHEN kind ~ '^JPEG' THEN dp.image_convert(image, 'jpeg', right(kind, 2)::int)
	WHEN kind = 'twice as large, JPEG 80' THEN dp.image_convert(dp.image_resize(image, 56, 56, 'bicubic'), 'jpeg', 80)
	WHEN kind ~ '^brightness' THEN dp.image_brightness(image, right(kind, 3)::float8)
	WHEN kind ~ '^turned' THEN dp.image_rotate(image, split_part(kind, ' ', 2)::float8)
	WHEN kind = 'cropped by 5 %' THEN dp.image_crop(dp.image_resize(image, 140, 140, 'bicubic'), 3, 3, 133, 133)
	WHEN kind = 'cropped by 10 %' THEN dp.image_crop(dp.image_resize(image, 140, 140, 'bicubic'), 7, 7, 126, 126)
	WHEN kind = 'exact copy' THEN image
	END \$\$;
CREATE TABLE kind AS SELECT * FROM unnest('{exact copy,JPEG 95,JPEG 80,JPEG 60,"twice as large, JPEG 80",brightness 0.8,brightness 1.2,turned 2 degrees,turned 5 degrees,turned 10 degrees,cropped by 5 %,cropped by 10 %}'::text[]) WITH ORDINALITY k(kind, n);
INSERT INTO photo SELECT 1000000 + id, id, k.kind, changed(image, k.kind) FROM photo p JOIN kind k ON k.n = 1 + p.id / 7 % 12 WHERE p.id % 7 < 3;
VACUUM ANALYZE photo;
SQL

# Hashes, and how many pairs of unrelated images and copies of each method are near
images=$($db -c 'SELECT count(*) FROM photo')
python=
for p in ${PEER_PYTHON:-python3 /usr/bin/python3}; do
	[ -n "$python" ] || ! "$p" -c 'import imagehash, PIL' > /dev/null 2>&1 || python=$p
done
file=build/bench/duplicates_images
[ -z "$python" ] || $db -c "COPY (SELECT encode(image, 'hex') FROM photo ORDER BY id) TO STDOUT" > $file
[ -z "$python" ] || OMP_NUM_THREADS=1 "$python" test/bench/duplicates_images.py $file > $file.log
for method in phash dhash ahash whash; do
	$db > $file.seconds <<SQL
SET max_parallel_workers_per_gather = 0;
SELECT extract(epoch FROM clock_timestamp()) AS start \gset
CREATE UNLOGGED TABLE $method AS SELECT id, dp.image_hash(image, '$method') AS hash FROM photo;
SELECT extract(epoch FROM clock_timestamp()) - :start;
SQL
	ours=$(cat $file.seconds)
	if [ -z "$python" ]; then
		echo "$method of $images images | $(printf '%.2f' "$ours") s | imagehash | | | skipped: no imagehash and PIL in ${PEER_PYTHON:-python3}"
		continue
	fi
	peer=$(awk -v m=$method '$1 == m { print $2 }' $file.log)
	$db -c "COPY (SELECT hash FROM $method ORDER BY id) TO STDOUT" > $file.ours
	awk -v name="$method of $images images of 28 to 133 pixels" -v ours="$ours" -v peer="$peer" -v bar="${BENCH_FACTOR:-1}" 'BEGIN {
		printf "%s | %.2f s | imagehash and Pillow: %.2f s | %.2f | %.2g | %s\n", name, ours, peer, peer / ours, bar, (peer >= bar * ours ? "holds" : "falls short")
		exit peer < bar * ours }' || status=1
	# where a block equals the median, the package's bit of whash is rounding noise: "tie"
	paste -d= $file.ours $file.$method | awk -F= -v name="$method equal to imagehash" '$2 == "tie" { ties++; next } $1 == $2 { n++ } END {
		printf "%s | %d | %d images%s | %.4f | 1 | %s\n", name, n, NR - ties, (ties ? ", without the " ties " that have a block equal to the median" : ""), n / (NR - ties), (n == NR - ties ? "holds" : "falls short")
		exit n < NR - ties }' || status=1
done
rm -f $file $file.*

# What each method sees: the bits that bring 99 of 100 re-encodings, and what else they bring
$db <<SQL
CREATE UNLOGGED TABLE seen (method text, kind text, distance integer);
SQL
for method in phash dhash ahash whash; do
	$db <<SQL
CREATE INDEX ON $method (id);
ANALYZE $method;
INSERT INTO seen SELECT '$method', kind, dp.hash_distance(x.hash, y.hash) FROM photo p JOIN $method x USING (id) JOIN $method y ON y.id = p.original;
SELECT max(d) AS bits FROM (SELECT percentile_disc(0.99) WITHIN GROUP (ORDER BY distance) AS d FROM seen WHERE method = '$method' AND (kind ~ 'JPEG') GROUP BY kind) x \gset
SELECT count(*) FILTER (WHERE dp.hash_distance(x.hash, y.hash) <= :bits) * 1e6 / count(*) AS others
FROM $method x JOIN $method y ON x.id < y.id WHERE x.id <= $sample AND y.id <= $sample \gset
SELECT '$method, for 0.99 of all re-encodings | ' || :bits || ' bits | other pairs as near | ' || to_char(:others, 'FM999990.0') || ' of a million | - | -';
SELECT '$method, within ' || :bits || ' bits, recall | ' || string_agg(kind || ' ' || to_char(r, 'FM0.000'), ', ' ORDER BY n) || ' | - | - | - | -'
FROM (SELECT kind, avg((distance <= :bits)::int) AS r FROM seen WHERE method = '$method' GROUP BY kind) x JOIN kind USING (kind);
SQL
done

# The two stages of the page: what is at most 8 bits of phash from each copy, among all images, by the bands; then pixels
took=$($db <<SQL
SET work_mem = '64MB';
SELECT extract(epoch FROM clock_timestamp()) AS start \gset
CREATE UNLOGGED TABLE hashed AS
SELECT id, original, kind, dp.image_hash(image) AS hash, dp.image_resize(dp.image_convert(image, 'pnm'), 28, 28, 'area') AS small FROM photo;
CREATE UNLOGGED TABLE band AS SELECT unnest(dp.hash_bands(hash)) AS band, hash, id FROM hashed;
CREATE INDEX ON band (band) INCLUDE (hash, id);
VACUUM ANALYZE band, hashed;
CREATE UNLOGGED TABLE candidate AS
SELECT DISTINCT least(a.id, b.id) AS a, greatest(a.id, b.id) AS b FROM hashed AS a JOIN band AS b ON b.band = ANY (dp.hash_probes(a.hash, 8)) AND a.id <> b.id
WHERE dp.hash_distance(a.hash, b.hash) <= 8 AND a.original IS NOT NULL;
CREATE UNLOGGED TABLE compared AS
SELECT a, b, dp.image_difference(x.small, y.small, 'mse') AS mse FROM candidate JOIN hashed x ON x.id = a JOIN hashed y ON y.id = b;
SELECT extract(epoch FROM clock_timestamp()) - :start;
SQL
)
$db > $file.lines <<SQL
CREATE VIEW judged AS
SELECT mse, k.kind, k.n, y.original = a OR x.original = b AS right, coalesce(c.original / 84 % 5 = 0, false) AS choosing
FROM compared JOIN hashed x ON x.id = a JOIN hashed y ON y.id = b, LATERAL (VALUES (x.original, x.kind), (y.original, y.kind)) c (original, kind) JOIN kind k USING (kind);
CREATE VIEW planted AS SELECT kind, original / 84 % 5 = 0 AS choosing, count(*) AS copies FROM photo WHERE original IS NOT NULL GROUP BY 1, 2;
SELECT l AS mse_limit
FROM judged, generate_series(10, 400, 10) l, (SELECT sum(copies) AS copies FROM planted WHERE choosing AND kind ~ 'JPEG') p
WHERE choosing AND kind ~ 'JPEG' GROUP BY l, copies ORDER BY count(*) FILTER (WHERE "right" AND mse <= l) / (copies + count(*) FILTER (WHERE mse <= l)) DESC, l LIMIT 1 \gset
SELECT format('%s|%s|%s|%s|%s|%s', kind, copies, count(*) FILTER (WHERE "right"), count(*) FILTER (WHERE "right" AND mse <= :mse_limit), count(*) FILTER (WHERE mse <= :mse_limit), :mse_limit)
FROM planted LEFT JOIN judged USING (kind, choosing) WHERE NOT choosing GROUP BY kind, copies, n ORDER BY n;
SQL
while IFS='|' read -r kind copies hashed right found limit; do
	awk -v kind="$kind" -v copies="$copies" -v hashed="$hashed" -v right="$right" -v found="$found" -v limit="$limit" 'BEGIN {
		bar = kind ~ /JPEG/ ? 0.99 : 0
		precision = found > 0 ? sprintf("%.4f", right / found) : "-"
		verdict = bar == 0 ? "-" : right >= bar * copies ? "holds" : "falls short"
		printf "%s, recall | %.4f | %d copies; of the hash alone %.4f | %.4f | %s | %s\n", kind, right / copies, copies, hashed / copies, right / copies, (bar ? "0.99 at least" : "-"), verdict
		if (verdict == "falls short") bad = 1
		verdict = bar == 0 ? "-" : found > 0 && right >= bar * found ? "holds" : "falls short"
		printf "%s, precision | %s | %d pairs with mse at most %d | %s | %s | %s\n", kind, precision, found, limit, precision, (bar ? "0.99 at least" : "-"), verdict
		if (verdict == "falls short") bad = 1
		exit bad }' || status=1
done < $file.lines
echo "hashes and bands of $images images, candidates for the copies among them, their pixels | $(printf '%.1f' "$took") s | - | - | - | -"
rm -f $file.*
$psql -d postgres -c 'DROP DATABASE bench_images'
exit $status
