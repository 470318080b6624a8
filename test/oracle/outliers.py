#!/usr/bin/python3
"""Numbers for test/sql/outlier.sql from numpy, scipy and scikit-learn.

    test/oracle/outliers.py > test/data/outliers.sql

The rows are integer formulas of their number, written once here and once as
the view the tests read.  Methods that no library of Debian has are written
down from their papers.
"""
import numpy as np
import scipy
import scipy.stats
import sklearn
from sklearn.covariance import EmpiricalCovariance, MinCovDet
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

i = np.arange(1, 501)
a = (i * 7919 % 1009) / 100.0 + np.where(i % 100 == 0, 30.0, 0.0)
b = a / 2 + (i * i % 307) / 100.0
c = (i * 37 % 11).astype(float)
d = (i * 104729 % 997) / 100.0
d = d * d * d / 10.0
x = np.column_stack([a, b, c, d])
n = len(x)
shown = [1, 7, 100, 250, 333, 500]

rows = []


def put(method, options, scores):
    for k in shown:
        rows.append((method, options, k, repr(float(scores[k - 1]))))


put("zscore", "{}", np.abs(scipy.stats.zscore(x)).max(axis=1))
mad = scipy.stats.median_abs_deviation(x)
put("mad", "{}", (0.6745 * np.abs(x - np.median(x, axis=0)) / mad).max(axis=1))
# numpy's names of the types of Hyndman and Fan
names = ["inverted_cdf", "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf", "hazen",
         "weibull", "linear", "median_unbiased", "normal_unbiased"]
for number, name in enumerate(names, 1):
    if number == 3:
        continue  # numpy 1.24 takes the odd one of two equally close
    q1, q3 = np.quantile(x, [0.25, 0.75], axis=0, method=name)
    scores = np.maximum(np.maximum(q1 - x, x - q3) / (q3 - q1), 0).max(axis=1)
    put("tukey", '{"quantile_type": %d}' % number, scores)


def ecdf_tails(v):
    """shares of rows at most and at least as large, and the signs of the skewness"""
    s = np.sort(v, axis=0)
    most = np.column_stack([np.searchsorted(s[:, j], v[:, j], side="right") for j in range(v.shape[1])]) / n
    least = 1 - np.column_stack([np.searchsorted(s[:, j], v[:, j], side="left") for j in range(v.shape[1])]) / n
    left, right = -np.log(most), -np.log(least)
    skew = np.sign(scipy.stats.skew(v, axis=0))
    return left, right, left * (skew <= 0) + right * (skew >= 0)


left, right, auto = ecdf_tails(x)
put("ecod", "{}", np.maximum(np.maximum(left, right), auto).sum(axis=1))
put("ecod", '{"tails": "sums"}', np.maximum(np.maximum(left.sum(axis=1), right.sum(axis=1)), auto.sum(axis=1)))
put("copod", "{}", np.maximum(auto, (left + right) / 2).sum(axis=1))

# with 10 bins numpy would round values of c on the edges down or up
for bins in (8, 7):
    unit = (x - x.min(axis=0)) / (x.max(axis=0) - x.min(axis=0))
    scores = np.zeros(n)
    for j in range(x.shape[1]):
        density, edges = np.histogram(unit[:, j], bins, density=True)
        scores -= np.log2(density[np.clip(np.digitize(unit[:, j], edges) - 1, 0, bins - 1)] + 0.1)
    put("hbos", '{"bins": %d}' % bins, scores)

put("mahalanobis", "{}", EmpiricalCovariance().fit(x).mahalanobis(x))
z = StandardScaler().fit_transform(x)
for share in (0.7, 0.4):
    pca = PCA(n_components=share, svd_solver="full").fit(z)
    put("pca", '{"variance": %s}' % share, ((z - pca.inverse_transform(pca.transform(z))) ** 2).sum(axis=1))
# scikit-learn's starts may end elsewhere: the best of several is the one with the smallest determinant
fits = [MinCovDet(random_state=seed).fit(x) for seed in range(20)]
best = min(fits, key=lambda m: np.linalg.slogdet(m.raw_covariance_)[1])
put("mcd", "{}", best.mahalanobis(x))

# a tenth of the rows in a cloud of their own
k = np.arange(1, 301)
u = (k * 7919 % 1009) / 1009.0 + np.where(k % 10 == 0, 5.0, 0.0)
v = (k * 7919 % 1009) / 1009.0 + (k * k % 307) / 307.0
dirty = np.column_stack([u, v])
fits = [MinCovDet(random_state=seed).fit(dirty) for seed in range(20)]
best = min(fits, key=lambda m: np.linalg.slogdet(m.raw_covariance_)[1])
flagged = k[best.mahalanobis(dirty) > scipy.stats.chi2.ppf(0.975, 2)]

print(f"-- Written by test/oracle/outliers.py: numpy {np.__version__}, scipy {scipy.__version__}, scikit-learn {sklearn.__version__}")
print("""CREATE TEMP VIEW point AS
SELECT i, ARRAY[a, a / 2 + (i * i % 307) / 100.0::float8, i * 37 % 11, d * d * d / 10.0::float8] AS features
FROM generate_series(1, 500) i, LATERAL (SELECT (i * 7919 % 1009) / 100.0::float8 + CASE WHEN i % 100 = 0 THEN 30 ELSE 0 END AS a,
	(i * 104729 % 997) / 100.0::float8 AS d) v;
CREATE TEMP TABLE expected (method text, options jsonb, i int, score float8);
INSERT INTO expected VALUES""")
print(",\n".join(f"\t('{m}', '{o}', {k}, '{s}')" for m, o, k, s in rows) + ";")
print("""CREATE TEMP VIEW dirty AS
SELECT k, ARRAY[(k * 7919 % 1009) / 1009.0::float8 + CASE WHEN k % 10 = 0 THEN 5 ELSE 0 END, (k * 7919 % 1009) / 1009.0::float8 + (k * k % 307) / 307.0::float8] AS features
FROM generate_series(1, 300) k;
CREATE TEMP TABLE flagged AS SELECT unnest(""" + f"'{{{','.join(map(str, flagged))}}}'::int[]) AS k;")
