#!/usr/bin/python3
"""Numbers for test/sql/statistics.sql, split.sql and metrics.sql from scikit-learn, numpy and scipy.

    test/oracle/statistics.py > test/data/statistics.sql

The data are integer formulas of the row number, written once here and once
as the view the tests read; everything else comes from the libraries.
"""
import numpy as np
import scipy
import scipy.stats
import sklearn
from sklearn import metrics, preprocessing

i = np.arange(1, 2001)
a = (i * 7919 % 10007) / 10.0
b = 1e9 + (i * 104729 % 1013) / 7.0
c = np.where((i % 5 == 0) | (i % 97 == 0), np.nan, (i * i % 307) / 3.0)
d = np.full(len(i), 0.1)
x = np.column_stack([a, b, c, d])
actual = i * 31 % 5
predicted = np.where(i % 3 == 0, i * 17 % 6, actual)
score = (i * 6571 % 1009) / 1009.0
positive = i * 6571 % 1009 + i * 389 % 500 > 750
estimate = a + (i * 271 % 100 - 50) / 10.0
probability = np.where(i % 400 == 0, positive == 0, score).astype(float)

rows = []


def put(name, value):
    rows.append((name, repr(float(value))))


for method, scaler in (("standard", preprocessing.StandardScaler()),
                       ("minmax", preprocessing.MinMaxScaler()),
                       ("robust", preprocessing.RobustScaler())):
    # 500 rows: within what the sketch keeps whole
    part = x[:500] if method == "robust" else x
    scaled = scaler.fit_transform(part)
    for feature in range(4):
        put(f"{method} {feature + 1} row 7", scaled[6, feature])
        put(f"{method} {feature + 1} row 499", scaled[498, feature])

wide = np.concatenate([a, [1e5, -3e4]])
put("zscore 2001", abs(scipy.stats.zscore(wide)[2000]))
put("zscore 1", abs(scipy.stats.zscore(wide)[0]))
mad = scipy.stats.median_abs_deviation(wide)
put("mad 2001", 0.6745 * abs(wide[2000] - np.median(wide)) / mad)
put("mad 1", 0.6745 * abs(wide[0] - np.median(wide)) / mad)
flat = np.array([5.0] * 7 + [1, 2, 30])
put("mad fallback", abs(30 - np.median(flat)) / (1.253314 * np.mean(np.abs(flat - np.median(flat)))))

put("accuracy", metrics.accuracy_score(actual, predicted))
for name, function in (("precision", metrics.precision_score), ("recall", metrics.recall_score), ("f1", metrics.f1_score)):
    put(name, function(actual, predicted, average="macro", zero_division=0))
    put(f"{name} of 2", function(actual == 2, predicted == 2))
put("auc", metrics.roc_auc_score(positive, score))
put("log_loss", metrics.log_loss(positive, probability))
put("rmse", np.sqrt(metrics.mean_squared_error(a, estimate)))
put("mae", metrics.mean_absolute_error(a, estimate))
put("r2", metrics.r2_score(a, estimate))

print(f"-- Written by test/oracle/statistics.py: scikit-learn {sklearn.__version__}, "
      f"numpy {np.__version__}, scipy {scipy.__version__}")
print("""CREATE TEMP VIEW numbers AS
SELECT i,
	(i * 7919 % 10007) / 10.0::float8 AS a,
	1e9::float8 + (i * 104729 % 1013) / 7.0::float8 AS b,
	CASE WHEN i % 5 = 0 THEN NULL WHEN i % 97 = 0 THEN 'NaN' ELSE (i * i % 307) / 3.0::float8 END AS c,
	0.1::float8 AS d,
	i * 31 % 5 AS actual,
	CASE WHEN i % 3 = 0 THEN i * 17 % 6 ELSE i * 31 % 5 END AS predicted,
	(i * 6571 % 1009) / 1009.0::float8 AS score,
	i * 6571 % 1009 + i * 389 % 500 > 750 AS positive,
	(i * 7919 % 10007) / 10.0::float8 + (i * 271 % 100 - 50) / 10.0::float8 AS estimate,
	CASE WHEN i % 400 <> 0 THEN (i * 6571 % 1009) / 1009.0::float8
		 WHEN i * 6571 % 1009 + i * 389 % 500 > 750 THEN 0 ELSE 1 END AS probability
FROM generate_series(1, 2000) i;
CREATE TEMP TABLE expected (name text PRIMARY KEY, value float8);
INSERT INTO expected VALUES""")
print(",\n".join(f"\t('{name}', '{value}')" for name, value in rows) + ";")
