# duplicates_text.sh - F1 of dp.tfidf_similarity() on the Magellan sets of restaurants, papers and products
#
# DATA/linkage has pairs of records, "COL name VAL value ..." twice and whether they
# are the same.  Terms (words, pairs of words, runs of 3 to 5 characters), the columns
# left out, if any, and the limit of the similarity are those with the best F1 on valid;
# test is scored once, with these.  The vocabulary is that of all records, whose labels it
# does not see.  The bars are what a TF-IDF cosine reached on the same split.
set -eu
folder=${DATA:-}/linkage
if [ ! -e "$folder/DBLP-ACM.test.txt.gz" ]; then
	echo "TF-IDF on the Magellan sets | | | | | skipped: DATA names no folder with linkage/DBLP-ACM.test.txt.gz"
	exit 0
fi
export PGOPTIONS='-c client_min_messages=warning'
psql='psql -XAtq -v ON_ERROR_STOP=1'
$psql -d postgres -c 'DROP DATABASE IF EXISTS bench_text' -c 'CREATE DATABASE bench_text'
db="$psql -d bench_text"
status=0
$db <<'SQL'
CREATE EXTENSION datapower;
CREATE TABLE pair (name text, part text, a text, b text, same integer);
-- the values of a record but those of some columns
CREATE FUNCTION body(record text, dropped text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
SELECT regexp_replace(CASE WHEN dropped = '' THEN record ELSE regexp_replace(record, 'COL (' || dropped || ') VAL .*?(?=COL |$)', '', 'g') END, 'COL \S+ VAL', ' ', 'g') $$;
SQL
for name in Fodors-Zagats DBLP-ACM Amazon-Google; do
	for part in valid test; do
		gzip -dc "$folder/$name.$part.txt.gz" | sed 's/\\/\\\\/g' | awk -F'\t' -v OFS='\t' -v n=$name -v p=$part '{ print n, p, $1, $2, $3 }' | $db -c '\copy pair FROM STDIN'
	done
done
judge() { # name, columns that may be left out, bar
	chosen=$($db -v name="$1" -v columns="$2" <<'SQL'
CREATE TEMPORARY TABLE model AS
SELECT unit, ngram, dropped, dp.fit_tfidf(body(t, dropped), ngram, unit) AS model
FROM (SELECT DISTINCT t FROM pair, LATERAL (VALUES (a), (b)) v (t) WHERE name = :'name') record,
	(VALUES ('word', 1), ('word', 2), ('character', 3), ('character', 4), ('character', 5)) u (unit, ngram), unnest(string_to_array(:'columns', ',')) AS dropped
GROUP BY 1, 2, 3;
CREATE TEMPORARY TABLE scored AS
SELECT unit, ngram, dropped, same, s FROM model m, LATERAL (SELECT same, dp.tfidf_similarity(m.model, body(a, m.dropped), body(b, m.dropped)) AS s FROM pair WHERE name = :'name' AND part = 'valid' OFFSET 0) p;
-- the limit lies between the last pair taken and the next
SELECT unit, ngram, dropped, f1, (s + coalesce(next, 0)) / 2 AS limit FROM (
	SELECT *, 2.0 * sum(same) OVER taken / (count(*) OVER taken + sum(same) OVER setting) AS f1, min(s) FILTER (WHERE s < 2) OVER (PARTITION BY unit, ngram, dropped ORDER BY s DESC GROUPS BETWEEN 1 FOLLOWING AND 1 FOLLOWING) AS next
	FROM scored WINDOW taken AS (PARTITION BY unit, ngram, dropped ORDER BY s DESC), setting AS (PARTITION BY unit, ngram, dropped)) x
ORDER BY f1 DESC, unit DESC, ngram, dropped, s DESC LIMIT 1 \gset
SELECT format('%s|%s|%s|%s|%s', :'unit', :'ngram', :'dropped', round(:f1, 4), 2.0 * sum(same) FILTER (WHERE s >= :limit) / (count(*) FILTER (WHERE s >= :limit) + sum(same)))
FROM (SELECT same, dp.tfidf_similarity(model, body(a, :'dropped'), body(b, :'dropped')) AS s
	FROM model, pair WHERE (unit, ngram, dropped) = (:'unit', :ngram, :'dropped') AND name = :'name' AND part = 'test') p;
SQL
	)
	echo "$chosen" | awk -F'|' -v name="$1" -v bar="$3" '{
		printf "%s, F1 on test | %.4f | TF-IDF cosine; %s n-grams of %d, %s, F1 on valid %.4f | %.4f | %s | %s\n", name, $5, $1, $2, ($3 == "" ? "all columns" : "without " $3), $4, $5 / bar, bar, ($5 >= bar ? "holds" : "falls short")
		exit $5 < bar }' || status=1
}
judge Fodors-Zagats ',class,class|type' 1.0
if [ -z "${BENCH_SHORT:-}" ]; then
	judge DBLP-ACM ',venue,year,venue|year' 0.933
	judge Amazon-Google ',price,manufacturer,manufacturer|price' 0.567
fi
$psql -d postgres -c 'DROP DATABASE bench_text'
exit $status
