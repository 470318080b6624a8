#!/usr/bin/python3
"""AUC of the extended isolation forest, written down from Hariri, Carrasco Kind
and Brunner (2021) with numpy, over five seeds on min-max scaled features.

    test/oracle/extended_forest.py DATA/outliers/*.csv.gz > test/data/extended_forest_auc.csv

For test/t/outliers.pl.  About three minutes.
"""
import gzip
import os
import sys

import numpy as np
from sklearn.metrics import roc_auc_score


def c(n):
    return 0 if n <= 1 else 1 if n == 2 else 2 * (np.log(n - 1) + 0.5772156649) - 2 * (n - 1) / n


def grow(x, rows, sample, rng, depth, limit, paths):
    """grow a tree on 'sample', and send the rows of x down at once"""
    if depth >= limit or len(sample) <= 1 or (sample == sample[0]).all():
        paths[rows] += depth + c(len(sample))
        return
    w = rng.standard_normal(sample.shape[1])
    p = rng.uniform(sample.min(axis=0), sample.max(axis=0))
    left, goes_left = (sample - p) @ w <= 0, (x[rows] - p) @ w <= 0
    if goes_left.any():
        grow(x, rows[goes_left], sample[left], rng, depth + 1, limit, paths)
    if not goes_left.all():
        grow(x, rows[~goes_left], sample[~left], rng, depth + 1, limit, paths)


def scores(x, seed, trees=100, psi=256):
    rng = np.random.default_rng(seed)
    psi = min(psi, len(x))
    paths = np.zeros(len(x))
    for _ in range(trees):
        grow(x, np.arange(len(x)), x[rng.choice(len(x), psi, replace=False)], rng, 0, int(np.ceil(np.log2(psi))), paths)
    return 2 ** (-paths / trees / c(psi))


print("dataset,mean_auc,sd_auc")
for name in sys.argv[1:]:
    rows = np.genfromtxt(gzip.open(name), delimiter=",", skip_header=1)
    x = rows[:, 1:]
    spread = x.max(axis=0) - x.min(axis=0)
    x = (x - x.min(axis=0)) / np.where(spread > 0, spread, 1)
    aucs = [roc_auc_score(rows[:, 0], scores(x, seed)) for seed in range(1, 6)]
    print(f"{os.path.basename(name)[:-7]},{np.mean(aucs):.4f},{np.std(aucs):.4f}", flush=True)
