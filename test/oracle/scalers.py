#!/usr/bin/python3
"""Numbers for test/sql/scalers.sql from scikit-learn.

    test/oracle/scalers.py > test/data/scalers.sql

The alcohol column of the wine data, and two columns of integer formulas.
Powers are those of scikit-learn, sharpened with a tighter tolerance.
"""
import numpy as np
import scipy
import scipy.optimize
import scipy.stats
import sklearn
from sklearn import datasets, preprocessing

wine = datasets.load_wine().data[:, 0]
i = np.arange(1, 401)
skew = (i * 7919 % 1009) ** 2 / 1e4  # 0 and up
sign = (i * 104729 % 997 - 300) ** 3 / 1e6  # both signs
ties = (i * 31 % 7).astype(float)
rows = []


def put(name, value):
    rows.append((name, repr(float(value))))


def sharpened(x, method):
    scaler = preprocessing.PowerTransformer(method=method).fit(x[:, None])
    llf = scipy.stats.yeojohnson_llf if method == "yeo-johnson" else scipy.stats.boxcox_llf
    best = scipy.optimize.minimize_scalar(lambda l: -llf(l, x), bracket=(scaler.lambdas_[0] - 0.1, scaler.lambdas_[0] + 0.1),
                                          options={"xtol": 1e-12}).x
    assert abs(best - scaler.lambdas_[0]) < 1e-6
    y = scipy.stats.yeojohnson(x, best) if method == "yeo-johnson" else scipy.stats.boxcox(x, best)
    return scaler.lambdas_[0], (y - y.mean()) / y.std()


for name, x in (("wine", wine), ("skew", skew), ("sign", sign), ("ties", ties)):
    scaled = {
        "standard": preprocessing.StandardScaler().fit_transform(x[:, None])[:, 0],
        "minmax": preprocessing.MinMaxScaler().fit_transform(x[:, None])[:, 0],
        "robust": preprocessing.RobustScaler().fit_transform(x[:, None])[:, 0],
        "maxabs": preprocessing.MaxAbsScaler().fit_transform(x[:, None])[:, 0],
        "quantile": preprocessing.QuantileTransformer(n_quantiles=100).fit_transform(x[:, None])[:, 0],
        "winsor": np.clip(x, *np.percentile(x, [5, 95])),
    }
    put(f"{name} yeo_johnson lambda", sharpened(x, "yeo-johnson")[0])
    scaled["yeo_johnson"] = sharpened(x, "yeo-johnson")[1]
    if (x > 0).all():
        put(f"{name} box_cox lambda", sharpened(x, "box-cox")[0])
        scaled["box_cox"] = sharpened(x, "box-cox")[1]
    if (x > -1).all():
        scaled["log"] = preprocessing.StandardScaler().fit_transform(np.log1p(x)[:, None])[:, 0]
    for method, y in scaled.items():
        for row in (0, 1, 2, 50, 177):
            put(f"{name} {method} {row + 1}", y[row])

print(f"-- Written by test/oracle/scalers.py: scikit-learn {sklearn.__version__}, numpy {np.__version__}, scipy {scipy.__version__}")
print(f"""CREATE TEMP TABLE wine AS SELECT ordinality::int AS i, x FROM unnest('{{{",".join(repr(float(v)) for v in wine)}}}'::float8[]) WITH ORDINALITY AS u(x, ordinality);
CREATE TEMP VIEW scaled AS
SELECT 'wine' AS sample, i, x FROM wine
UNION ALL SELECT 'skew', i, (i * 7919 % 1009) ^ 2 / 1e4::float8 FROM generate_series(1, 400) i
UNION ALL SELECT 'sign', i, (i * 104729 % 997 - 300) ^ 3 / 1e6::float8 FROM generate_series(1, 400) i
UNION ALL SELECT 'ties', i, i * 31 % 7 FROM generate_series(1, 400) i;
CREATE TEMP TABLE expected (name text PRIMARY KEY, value float8);
INSERT INTO expected VALUES""")
print(",\n".join(f"\t('{name}', '{value}')" for name, value in rows) + ";")
