#!/usr/bin/python3
"""Numbers for test/sql/states.sql from numpy and scipy.

    test/oracle/states.py > test/data/states.sql

The data are integer formulas of the row number, written once here and once
as the view the tests read; everything else comes from the libraries.  Where
the mean is far from 0 they work in long double.
"""
import numpy as np
import scipy
import scipy.stats

i = np.arange(1, 3001)
a = (i * 7919 % 10007) / 10.0
b = 1e9 + (i * 104729 % 1013) / 7.0
c = np.where((i % 5 == 0) | (i % 97 == 0), np.nan, (i * i % 307) ** 2 / 3.0)
d = a / 50 - (i * 31 % 101) / 4.0
rows = []


def put(name, value):
    rows.append((name, repr(float(value))))


for name, x in (("a", a), ("b", b), ("c", c), ("d", d)):
    x = x[~np.isnan(x)]
    wide = x.astype(np.longdouble)
    near = wide - wide[0]  # exact, and its mean loses nothing
    central = [np.mean((near - near.mean()) ** k) for k in range(5)]
    put(f"count {name}", len(x))
    put(f"mean {name}", wide.mean())
    put(f"stddev {name}", wide.std(ddof=1))
    put(f"variance {name}", wide.var(ddof=1))
    put(f"var_pop {name}", wide.var())
    put(f"stddev_pop {name}", wide.std())
    put(f"min {name}", x.min())
    put(f"max {name}", x.max())
    if name == "b":  # scipy works in double
        put(f"skewness {name}", central[3] / central[2] ** 1.5)
        put(f"kurtosis {name}", central[4] / central[2] ** 2 - 3)
    else:
        put(f"skewness {name}", scipy.stats.skew(x))
        put(f"kurtosis {name}", scipy.stats.kurtosis(x))

whole = ~np.isnan(c)
x = np.array([v[whole] - v[0] for v in (a, b, c, d)])  # the covariance does not see the shift
for p in range(4):
    put(f"whole mean {p + 1}", [a, b, c, d][p][whole].astype(np.longdouble).mean())
    for q in range(4):
        put(f"covariance {p + 1} {q + 1}", np.cov(x)[p, q])
        put(f"correlation {p + 1} {q + 1}", np.corrcoef(x)[p, q])
put("whole", whole.sum())

print(f"-- Written by test/oracle/states.py: numpy {np.__version__}, scipy {scipy.__version__}")
print("""CREATE TEMP VIEW numbers AS
SELECT i,
	(i * 7919 % 10007) / 10.0::float8 AS a,
	1e9::float8 + (i * 104729 % 1013) / 7.0::float8 AS b,
	CASE WHEN i % 5 = 0 THEN NULL WHEN i % 97 = 0 THEN 'NaN' ELSE (i * i % 307) ^ 2 / 3.0::float8 END AS c,
	(i * 7919 % 10007) / 10.0::float8 / 50 - (i * 31 % 101) / 4.0::float8 AS d
FROM generate_series(1, 3000) i;
CREATE TEMP TABLE expected (name text PRIMARY KEY, value float8);
INSERT INTO expected VALUES""")
print(",\n".join(f"\t('{name}', '{value}')" for name, value in rows) + ";")
