#!/usr/bin/env python3
"""neighbours.py - what scikit-learn makes of the nearest neighbours of some rows

Writes test/data/neighbours.h, which test/kernel/test_neighbours.c includes, and
what test/sql/neighbours.sql reads.  Run with Debian's python3-sklearn (1.2):
        /usr/bin/python3 test/oracle/neighbours.py > test/data/neighbours.h
        /usr/bin/python3 test/oracle/neighbours.py sql > test/data/neighbours.sql
The rows are formulas that C evaluates alike; of the scores every 7th is kept.
"""
import sys

import numpy as np
import sklearn
from sklearn.cluster import DBSCAN
from sklearn.neighbors import LocalOutlierFactor, NearestNeighbors
from sklearn.preprocessing import MinMaxScaler

MASK = (1 << 64) - 1


def mix(z):
    """splitmix64"""
    z = (z + 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def rows(n, d, salt, copies=1):
    """Three groups, the third wide; each row up to 'copies' times"""
    x = []
    i = 0
    while len(x) < n:
        row = [(mix(salt << 40 | i << 16 | j) >> 11) / 2.0 ** 53 * (4 if i % 3 == 2 else 1) + i % 3 for j in range(d)]
        x += [row] * (i % copies + 1)
        i += 1
    return np.array(x[:n])


def show(name, values):
    print("static const double %s[] = {" % name)
    for i in range(0, len(values), 6):
        print("\t" + ", ".join("%.17g" % v for v in values[i:i + 6]) + ",")
    print("};\n")


def dbscan(x, new, eps, k):
    """How far rows are from the nearest core row, in units of eps; above 1 is noise"""
    fitted = DBSCAN(eps=eps, min_samples=k).fit(x)
    near = NearestNeighbors(n_neighbors=1, algorithm="kd_tree").fit(x[fitted.core_sample_indices_])
    scores = near.kneighbors(x)[0][:, 0] / eps
    assert ((scores > 1) == (fitted.labels_ == -1)).all() and 0 < (scores > 1).sum() < len(x) / 2
    return scores, near.kneighbors(new)[0][:, 0] / eps


def header():
    print("/* Written by test/oracle/neighbours.py with scikit-learn %s */\n" % sklearn.__version__)
    for name, n, d, k, copies in ("line", 300, 1, 5, 1), ("plane", 500, 2, 20, 1), ("space", 400, 12, 20, 1), ("wide", 200, 70, 33, 1), ("copies", 450, 4, 10, 5):
        x = rows(n, d, 1, copies)
        new = rows(21, d, 2)
        near = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(x)
        distance = near.kneighbors()[0]
        lof = LocalOutlierFactor(n_neighbors=k, algorithm="brute").fit(x)
        novel = LocalOutlierFactor(n_neighbors=k, algorithm="brute", novelty=True).fit(x)
        show(name + "_kth", distance[::7, -1])
        show(name + "_mean", distance[::7].mean(1))
        show(name + "_lof", -lof.negative_outlier_factor_[::7])
        show(name + "_new_kth", near.kneighbors(new)[0][::7, -1])
        # eps so that some rows are noise
        scores, new_scores = dbscan(x, new, np.quantile(distance[:, 3], 0.9), 4)
        show(name + "_dbscan", np.concatenate([[np.quantile(distance[:, 3], 0.9)], scores[::7]]))
        show(name + "_new_dbscan", new_scores[::7])
        show(name + "_new_lof", -novel.score_samples(new)[::7])


def sql():
    """Scores of some of 400 rows, a feature of which is large and another constant"""
    i = np.arange(1, 401)
    x = np.column_stack([i * 7919 % 1009, (i * i % 307) * 1000.0 + i, i * 104729 % 997 / 100.0, np.full(400, 7.0)])
    scaled = MinMaxScaler().fit_transform(x)
    print("-- Written by test/oracle/neighbours.py with scikit-learn %s" % sklearn.__version__)
    print("CREATE TEMP VIEW spot AS SELECT i, ARRAY[i * 7919 % 1009, (i * i % 307) * 1000.0 + i, (i::bigint * 104729 % 997) / 100.0, 7]::float8[] AS features FROM generate_series(1, 400) i;")
    print("CREATE TEMP TABLE score (method text, options text, i int, score float8);\nINSERT INTO score VALUES")
    rows = []

    def put(method, options, scores):
        rows.extend("('%s', '%s', %d, %.17g)" % (method, options, k, scores[k - 1]) for k in (1, 7, 100, 250, 333, 400))

    for scale, values in ("minmax", scaled), ("none", x):
        for k in 5, 30:
            distance = NearestNeighbors(n_neighbors=k).fit(values).kneighbors()[0]
            options = '"k": %d, "scale": "%s"' % (k, scale)
            put("knn", "{%s}" % options, distance[:, -1])
            put("knn", '{%s, "distance": "mean"}' % options, distance.mean(1))
            put("lof", "{%s}" % options, -LocalOutlierFactor(n_neighbors=k).fit(values).negative_outlier_factor_)
        for eps, k in ((0.12, 2), (0.14, 5), (0.2, 12)) if scale == "minmax" else ((1500, 5), (3000, 5)):
            put("dbscan", '{"eps": %g, "min_samples": %d, "scale": "%s"}' % (eps, k, scale), dbscan(values, values, eps, k)[0])
    put("knn", "{}", NearestNeighbors(n_neighbors=5).fit(scaled).kneighbors()[0][:, -1])
    put("lof", "{}", -LocalOutlierFactor().fit(scaled).negative_outlier_factor_)
    print(",\n".join(rows) + ";")


sql() if sys.argv[1:] == ["sql"] else header()
