#!/usr/bin/env python3
"""Out-of-fold probabilities of test/sql/cross_predict.sql by scikit-learn's logistic regression.

    test/oracle/cross_predict.py > test/data/cross_predict.sql

A network of one dense layer with softmax, trained to the end with weight decay,
is a multinomial logistic regression with an L2 penalty: the mean loss plus
decay / 2 * sum(w^2) has one minimum, whoever finds it.  Folds are those of
dp.fold(key, 4, 9), Philox4x32-10 in Python's integers as in split.py.
"""
import contextlib
import io
import math
import os
import sys

import numpy
import sklearn
from sklearn.linear_model import LogisticRegression

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
with contextlib.redirect_stdout(io.StringIO()):
    from split import fold

ROWS, FOLDS, SEED, DECAY = 60, 4, 9, 0.02
keys = list(range(1, ROWS + 1))
x = numpy.array([[math.sin(k), math.cos(k * 0.7)] for k in keys])
y = numpy.array([0 if k % 7 == 0 else 1 + (math.sin(k) + math.cos(k * 0.7) > 0) for k in keys])
folds = numpy.array([fold(k, FOLDS, SEED) for k in keys])
probabilities = numpy.zeros((ROWS, 3))
for f in range(1, FOLDS + 1):
    seen = folds != f
    model = LogisticRegression(C=1 / (seen.sum() * DECAY), tol=1e-12, max_iter=100000)
    probabilities[~seen] = model.fit(x[seen], y[seen]).predict_proba(x[~seen])

print(f"-- Written by test/oracle/cross_predict.py, scikit-learn {sklearn.__version__}")
print("CREATE TABLE oracle (key int, fold int, probabilities float8[]);")
print("INSERT INTO oracle VALUES")
print(",\n".join(f"({k}, {f}, '{{{','.join(f'{p:.6f}' for p in row)}}}')" for k, f, row in zip(keys, folds, probabilities)) + ";")
