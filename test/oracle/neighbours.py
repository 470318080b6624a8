#!/usr/bin/env python3
"""neighbours.py - what scikit-learn makes of the nearest neighbours of some rows

Writes test/data/neighbours.h, which test/kernel/test_neighbours.c includes.
Run with Debian's python3-sklearn (1.2):
        /usr/bin/python3 test/oracle/neighbours.py > test/data/neighbours.h
The rows are formulas that C evaluates alike; of the scores every 7th is kept.
"""
import numpy as np
import sklearn
from sklearn.neighbors import LocalOutlierFactor, NearestNeighbors

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
    show(name + "_new_lof", -novel.score_samples(new)[::7])
