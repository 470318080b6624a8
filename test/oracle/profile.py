#!/usr/bin/python3
"""Numbers for test/sql/profile.sql and test/sql/expect.sql from pandas, numpy and scipy.

    test/oracle/profile.py > test/data/profile.sql

The data are integer formulas of the row number, written once here and once as
the view the tests read.  500 rows: within what the sketches keep whole.
"""
import numpy as np
import pandas as pd
import scipy
from scipy import stats

i = np.arange(1, 501)
frame = pd.DataFrame({
    "whole": (i * 7919 % 10007) - 3000,
    "price": np.where(i % 5 == 0, np.nan, (i * 104729 % 1013) / 8.0),
    "far": np.where(i % 7 == 0, np.nan, 1e9 + (i * i % 307) / 4.0),
    "city": ["city %d" % (v * v % 11) for v in i],
})
rows = []


def put(column, metric, item, value):
    rows.append((column, metric, item, repr(float(value))))


for name in ("whole", "price", "far"):
    x = frame[name].dropna()
    put(name, "count", None, len(x))
    put(name, "nulls", None, 500 - len(x))
    put(name, "distinct", None, x.nunique())
    put(name, "min", None, x.min())
    put(name, "max", None, x.max())
    put(name, "mean", None, x.mean())
    put(name, "sd", None, x.std())
    put(name, "zeros", None, (x == 0).sum())
    put(name, "negatives", None, (x < 0).sum())
    for q in (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99):
        put(name, "quantile", repr(q), np.quantile(x, q))
# pairs of rows in which both are there, around the mean, as pandas' own corr() loses digits of "far"
for a in ("whole", "price", "far"):
    for b in ("whole", "price", "far"):
        if a != b:
            both = frame[[a, b]].dropna()
            put(a, "correlation", b, np.corrcoef(both[a] - round(both[a].mean()), both[b] - round(both[b].mean()))[0, 1])
for value, count in frame["city"].value_counts().items():
    put("city", "top", value, count)
put("city", "distinct", None, frame["city"].nunique())
put("city", "length_mean", None, frame["city"].str.len().mean())

# drift: the last 300 rows, some of them moved, against the first 400
reference = frame["price"][:400].dropna().to_numpy()
current = (frame["price"][200:] * np.where(i[200:] % 3 == 0, 0.5, 1.0)).dropna().to_numpy()
edges = np.quantile(reference, np.arange(1, 10) / 10)
# a value at an edge belongs to the bin below it
p = np.bincount(np.searchsorted(edges, reference, side="left"), minlength=10) / len(reference)
q = np.bincount(np.searchsorted(edges, current, side="left"), minlength=10) / len(current)
put("drift", "ks", None, stats.ks_2samp(reference, current).statistic)
put("drift", "psi", None, stats.entropy(p, q) + stats.entropy(q, p))
classes = sorted(set(frame["city"]))
p = np.array([(frame["city"][:400] == v).mean() for v in classes])
q = np.array([(frame["city"][300:] == v).mean() for v in classes])
put("drift", "city psi", None, stats.entropy(p, q) + stats.entropy(q, p))

print(f"-- Written by test/oracle/profile.py: pandas {pd.__version__}, numpy {np.__version__}, scipy {scipy.__version__}")
print("""CREATE TEMP VIEW profiled AS
SELECT i::int AS i, (i * 7919 % 10007 - 3000)::int AS whole,
	CASE WHEN i % 5 <> 0 THEN (i * 104729 % 1013) / 8.0 END AS price,
	CASE WHEN i % 7 <> 0 THEN 1e9::float8 + (i * i % 307) / 4.0 END AS far,
	'city ' || i * i % 11 AS city
FROM generate_series(1::bigint, 500) i;
CREATE TEMP TABLE oracle (column_name text, metric text, item text, number float8);
INSERT INTO oracle VALUES""")
print(",\n".join("('%s', '%s', %s, %s)" % (c, m, "NULL" if t is None else "'%s'" % t, v) for c, m, t, v in rows) + ";")
