"""cleaning_peers.py - other libraries at the same work, on one core

    cleaning_peers.py neighbours FILE     knn (5) and lof (20) of the rows of a CSV file by scikit-learn
    cleaning_peers.py outliers FILE     isolation_forest by scikit-learn, ecod by numpy
    cleaning_peers.py series FILE M PERIOD     matrix profile by STUMPY, STL by statsmodels

Prints the library and its version, then "name milliseconds" lines: the best of three runs.
"""
import os
import sys
import time

for name in "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS":
    os.environ[name] = "1"

import numpy as np


def best(work):
    times = []
    for _ in range(3):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return "%.1f" % (1000 * min(times))


if sys.argv[1] == "neighbours":
    import sklearn
    from sklearn.neighbors import LocalOutlierFactor, NearestNeighbors

    x = np.loadtxt(sys.argv[2], delimiter=",")
    print("scikit-learn", sklearn.__version__)
    print("knn", best(lambda: NearestNeighbors(n_neighbors=5).fit(x).kneighbors()[0][:, -1]))
    print("lof", best(lambda: LocalOutlierFactor(n_neighbors=20).fit(x).negative_outlier_factor_))
elif sys.argv[1] == "outliers":
    import sklearn
    from sklearn.ensemble import IsolationForest

    x = np.loadtxt(sys.argv[2], delimiter=",")

    def ecod():
        n = len(x)
        scores = np.zeros(n)
        away = x - x.mean(axis=0)
        skew = np.sign((away**3).mean(axis=0))
        for j in range(x.shape[1]):
            s = np.sort(x[:, j])
            left = -np.log(np.searchsorted(s, x[:, j], side="right") / n)
            right = -np.log(1 - np.searchsorted(s, x[:, j], side="left") / n)
            auto = left * (skew[j] <= 0) + right * (skew[j] >= 0)
            scores += np.maximum(np.maximum(left, right), auto)
        return scores

    print("scikit-learn %s isolation_forest" % sklearn.__version__,
          best(lambda: -IsolationForest(n_estimators=100, max_samples=256, n_jobs=1, random_state=1).fit(x).score_samples(x)))
    print("numpy %s ecod" % np.__version__, best(ecod))
else:
    x = np.loadtxt(sys.argv[2])
    m, period = int(sys.argv[3]), int(sys.argv[4])
    try:
        import stumpy

        stumpy.stump(x[:1000], m)  # compiles
        print("STUMPY %s: matrix_profile" % stumpy.__version__, best(lambda: stumpy.stump(x, m)))
    except ImportError:
        pass
    try:
        import statsmodels
        from statsmodels.tsa.seasonal import STL

        print("statsmodels %s: seasonal" % statsmodels.__version__, best(lambda: STL(x, period=period).fit().resid))
    except ImportError:
        pass
