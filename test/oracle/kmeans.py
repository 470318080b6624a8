#!/usr/bin/env python3
"""kmeans.py - clusters of some rows by scikit-learn, from the same centers, and silhouettes

Writes test/data/kmeans.h, which test/kernel/test_kmeans.c includes, and what
test/sql/clustering.sql reads.  Run with Debian's python3-sklearn (1.2):
        /usr/bin/python3 test/oracle/kmeans.py > test/data/kmeans.h
        /usr/bin/python3 test/oracle/kmeans.py sql > test/data/clustering.sql
The rows are formulas that C and SQL evaluate alike.
"""
import sys
import warnings

import numpy as np
import sklearn
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.metrics import silhouette_score

warnings.simplefilter("ignore")
MASK = (1 << 64) - 1


def mix(z):
    """splitmix64"""
    z = (z + 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def rows(n, d, groups):
    """Groups about corners of a lattice, wide enough to touch"""
    return np.array([[(mix(i << 16 | j) >> 11) / 9007199254740992.0 + mix((i % groups) << 8 | j) % 3 for j in range(d)] for i in range(n)])


def in_order(model, x):
    """The largest cluster first, as we have them"""
    sizes = np.bincount(model.labels_, minlength=len(model.cluster_centers_))
    order = sorted(range(len(sizes)), key=lambda c: (-sizes[c], tuple(model.cluster_centers_[c])))
    return sizes[order], model.cluster_centers_[order]


def header():
    print("/*\n * kmeans.h - written by test/oracle/kmeans.py: scikit-learn %s, numpy %s\n */" % (sklearn.__version__, np.__version__))
    print("static const struct\n{\n\tint\t\t\tn,\n\t\t\t\td,\n\t\t\t\tgroups,\n\t\t\t\tk;\n\tbool\t\tfar;\t\t\t/* the last center starts where no row is near */")
    print("\tdouble\t\tinertia;\n\tconst double *centers;\t\t/* (k, d + 1), the number of rows first */\n}\t\t\tkmeans_cases[] = {")
    for n, d, groups, k, far in ((3000, 3, 5, 5, False), (2000, 20, 9, 12, False), (1500, 7, 6, 40, False), (1000, 2, 4, 7, True), (500, 1, 3, 3, False), (300, 4, 2, 1, False)):
        x = rows(n, d, groups)
        init = x[:k].copy()
        if far:
            init[k - 1] = 1000
        model = KMeans(k, init=init, n_init=1, tol=0, max_iter=1000, algorithm="lloyd").fit(x)
        sizes, centers = in_order(model, x)
        inertia = sum(((x[model.labels_ == c] - x[model.labels_ == c].mean(0)) ** 2).sum() for c in range(k))
        values = ", ".join(", ".join([str(s)] + [repr(float(v)) for v in c]) for s, c in zip(sizes, centers))
        print("\t{%d, %d, %d, %d, %s, %r, (const double[]) {%s}}," % (n, d, groups, k, "true" if far else "false", float(inertia), values))
    print("};")


def sql():
    i = np.arange(1, 401)
    x = np.stack([(i * 7919 % 1009) / 300 + i % 4 * 3, (i * 104729 % 997) / 250 + i % 2 * 4, (i * i * i % 9973) / 6000], 1)
    print("-- Written by test/oracle/kmeans.py: scikit-learn %s, numpy %s" % (sklearn.__version__, np.__version__))
    print("""CREATE TABLE points AS
SELECT i, ARRAY[(i * 7919 % 1009) / 300.0 + i % 4 * 3, (i * 104729 % 997) / 250.0 + i % 2 * 4, (i * i * i % 9973) / 6000.0]::float8[] AS features
FROM generate_series(1, 400) i;
CREATE TEMP TABLE expected (name text PRIMARY KEY, value float8);
INSERT INTO expected VALUES""")
    values = [("silhouette mod %d" % m, silhouette_score(x, i % m)) for m in (2, 4, 7)]
    values.append(("silhouette of one alone", silhouette_score(x, np.where(i == 17, 9, i % 2))))
    for k in (1, 2, 4, 6):
        best = KMeans(k, n_init=200, tol=0, max_iter=1000, random_state=0).fit(x)
        values.append(("inertia %d" % k, best.inertia_))
        values.append(("inertia of batches %d" % k, np.mean([MiniBatchKMeans(k, batch_size=64, n_init=10, random_state=s).fit(x).inertia_ for s in range(20)])))
        if k > 2:  # of two the best start is rare
            values.append(("silhouette %d" % k, silhouette_score(x, best.labels_)))
    print(",\n".join("\t('%s', '%r')" % (name, float(value)) for name, value in values) + ";")


if sys.argv[1:] == ["sql"]:
    sql()
else:
    header()
