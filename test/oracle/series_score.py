#!/usr/bin/env python3
"""series_score.py - what other libraries make of unusual values in a series

Writes test/data/series_score.h, which test/kernel/test_series_score.c includes,
and with the argument sql what test/sql/series_outlier.sql reads.
Run where pandas, statsmodels, adtk and stumpy are installed (pip install adtk stumpy 'pandas<2'):
        python3 test/oracle/series_score.py > test/data/series_score.h
        python3 test/oracle/series_score.py sql > test/data/series_score.sql
Series are formulas that C evaluates alike; scores are kept as NaN where there is none.
"""
import sys

import adtk
import numpy as np
import pandas as pd
import statsmodels
import stumpy
from adtk.detector import LevelShiftAD
from adtk.transformer import DoubleRollingAggregate
from statsmodels.tsa.seasonal import STL


def series(n, salt, missing=0):
    """Seasons of 12 on a trend with two steps, noise and a few glitches; every 'missing'-th value is missing"""
    i = np.arange(n)
    noise = (i * 7919 + salt * 104729) % 1009 / 1009
    x = i % 12 * (i % 12 - 7) / 4 + i / 50 + 3 * (i > n // 3) - 8 * (i > n // 2) + noise
    x[i % 97 == 50] += 9
    if missing:
        x[i % missing == missing - 1] = np.nan
    return x


def show(name, values, digits=14):
    print("static const double %s[] = {" % name)
    text = ["NAN" if np.isnan(v) else "INFINITY" if np.isinf(v) else "%.*g" % (digits, v) for v in values]
    for i in range(0, len(text), 6):
        print("\t" + ", ".join(text[i:i + 6]) + ",")
    print("};\n")


def hampel(x, half):
    s = pd.Series(x)
    scores = []
    for i in range(len(x)):
        near = s[max(0, i - half):i + half + 1].dropna()
        scores.append(abs(x[i] - near.median()) / (1.4826 * (near - near.median()).abs().median()))
    return np.array(scores)


def ewma(x, alpha):
    e = pd.Series(x).ewm(alpha=alpha)
    return ((pd.Series(x) - e.mean().shift(1)).abs() / e.std().shift(1)).to_numpy()


def remainder(x, **options):
    return STL(pd.Series(x).interpolate(limit_direction="both").to_numpy(), **options).fit().resid


def robust(r, x):
    r = np.where(np.isnan(x), np.nan, r)
    return abs(r - np.nanmedian(r)) / (np.nanmedian(abs(r - np.nanmedian(r))) / 0.6745)


def level_shift(x, window):
    s = pd.Series(x, index=pd.date_range("2020-01-01", periods=len(x)))
    least = -(-window // 2)
    d = DoubleRollingAggregate(agg="median", window=window, min_periods=least, diff="l1").transform(s)
    q1, q3 = d.quantile(0.25), d.quantile(0.75)
    scores = ((d - q3) / (q3 - q1)).clip(lower=0)
    flags = LevelShiftAD(window=window, c=1, min_periods=least).fit_detect(s)
    known = d.notna()
    assert ((scores > 1)[known] == flags[known].astype(bool)).all() and (scores > 1).any()
    return np.where(np.isnan(x), np.nan, scores)


def profile(x, m):
    p = stumpy.stump(x, m)[:, 0].astype(float)
    return np.where(np.isinf(p), np.nan, p)


def header():
    print("/* Written by test/oracle/series_score.py with pandas %s, statsmodels %s, adtk %s, stumpy %s */\n" %
          (pd.__version__, statsmodels.__version__, adtk.__version__, stumpy.__version__))
    whole, gaps = series(240, 1), series(240, 2, 17)
    show("hampel_3", hampel(whole, 3))
    show("hampel_gaps", hampel(gaps, 5))
    show("ewma_02", ewma(whole, 0.2))
    show("ewma_gaps", ewma(gaps, 0.05))
    show("seasonal_7", robust(remainder(whole, period=12), whole))
    show("seasonal_robust", robust(remainder(whole, period=12, robust=True), whole))
    show("seasonal_gaps", robust(remainder(gaps, period=12, seasonal=13), gaps))
    show("seasonal_short", robust(remainder(whole[:30], period=14), whole[:30]))
    show("shift_12", level_shift(whole, 12))
    show("shift_gaps", level_shift(gaps, 8))
    show("profile_20", profile(whole, 20))
    flat = whole.copy()
    flat[100:140] = 2.5
    flat[180:215] = -1
    show("profile_flat", profile(flat, 16))
    one = whole.copy()
    one[100:140] = 2.5
    show("profile_one", profile(one, 33))
    show("profile_gaps", profile(series(240, 2, 80), 9))


def sql():
    """The first, the last and some other scores"""
    x = series(240, 2, 17)
    rows = []

    def put(method, options, scores):
        rows.extend("('%s', '%s', %d, %s)" % (method, options, k, "NULL" if np.isnan(scores[k]) else "%.15g" % scores[k])
                    for k in (0, 2, 16, 51, 100, 121, 147, 239))

    put("hampel", "{}", hampel(x, 3))
    put("hampel", '{"half_window": 12}', hampel(x, 12))
    put("ewma", "{}", ewma(x, 0.2))
    put("ewma", '{"alpha": 0.4}', ewma(x, 0.4))
    put("seasonal", '{"period": 12}', robust(remainder(x, period=12), x))
    put("seasonal", '{"period": 24, "seasonal": 9, "robust": true}', robust(remainder(x, period=24, seasonal=9, robust=True), x))
    put("level_shift", '{"window": 12}', level_shift(x, 12))
    p = profile(x, 6)
    put("matrix_profile", '{"window": 6}', np.concatenate([[p[0]] * 3, p, [p[-1]] * 2]))
    print("-- Written by test/oracle/series_score.py with pandas %s, statsmodels %s, adtk %s, stumpy %s" %
          (pd.__version__, statsmodels.__version__, adtk.__version__, stumpy.__version__))
    print("CREATE TEMP VIEW reading AS SELECT i, CASE WHEN i % 17 <> 16 THEN i % 12 * (i % 12 - 7) / 4.0::float8 + i / 50.0::float8 + CASE WHEN i > 80 THEN 3 ELSE 0 END"
          " - CASE WHEN i > 120 THEN 8 ELSE 0 END\n\t+ (i * 7919 + 2 * 104729) % 1009 / 1009.0::float8 + CASE WHEN i % 97 = 50 THEN 9 ELSE 0 END END AS x FROM generate_series(0, 239) i;")
    print("CREATE TEMP TABLE score (method text, options text, i int, score float8);\nINSERT INTO score VALUES")
    print(",\n".join(rows) + ";")


sql() if sys.argv[1:] == ["sql"] else header()
