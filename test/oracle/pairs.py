#!/usr/bin/python3
"""Correlations for test/kernel/test_profile.c from numpy.

    test/oracle/pairs.py > test/data/pairs.h
"""
import numpy as np

i = np.arange(1000, dtype=np.int64)
x = [(i * 7919 % 1009).astype(float),
     np.where(i % 4 == 0, np.nan, 1e9 + i * 104729 % 1013 / 7.0 + i * 7919 % 1009),
     np.where(i % 3 == 1, np.nan, 1e-3 * (i * i % 307) - 1e-3 * (i * 7919 % 1009)),
     None,
     np.where(i < 3, i, np.nan)]
print("/* Written by test/oracle/pairs.py: numpy %s; correlation, rows, 0 */" % np.__version__)
for a, b in ((1, 0), (2, 0), (2, 1), (4, 0)):
    both = ~np.isnan(x[a]) & ~np.isnan(x[b])
    # around the mean, as doubles lose the small changes of a large number
    u, v = (c[both] - np.round(np.mean(c[both])) for c in (x[a], x[b]))
    print("{%r, %d, 0}," % (float(np.corrcoef(u, v)[0, 1]), both.sum()))
