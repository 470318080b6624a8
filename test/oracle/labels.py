#!/usr/bin/env python3
"""Numbers for test/sql/labels.sql from cleanlab (pip install cleanlab) and numpy.

    test/oracle/labels.py > test/data/labels.sql

240 rows of five classes, the last of which is nobody's label, with a fifth of
the labels wrong.  cleanlab compares with thresholds less 1e-6; no probability
here is that near to one.
"""
import warnings

import cleanlab
import numpy as np
from cleanlab import count, filter, multilabel_classification, rank, regression

warnings.simplefilter("ignore")
rng = np.random.default_rng(7)
n, k = 240, 5
true = rng.integers(0, k - 1, n)
z = rng.normal(size=(n, k)) * 1.3
z[np.arange(n), true] += 2.5
p = np.exp(z)
p /= p.sum(axis=1, keepdims=True)
label = np.where(rng.random(n) < 0.2, rng.integers(0, k - 1, n), true)
rows = []


def put(name, value):
    rows.append((name, repr(float(value))))


t = count.get_confident_thresholds(label, p)
for j in range(k - 1):
    put(f"threshold {j}", t[j])
assert np.abs(p - t).min() > 1e-6
raw = count.compute_confident_joint(label, p, calibrate=False)
# as count.estimate_joint has it, before that rounds to whole rows
q = raw / raw.sum(axis=1, keepdims=True) * np.bincount(label, minlength=k)[:, None] / n
assert np.abs(q - count.estimate_joint(label, p, confident_joint=raw)).max() < 1 / n
for s in range(k):
    for j in range(k):
        put(f"confident {s} {j}", raw[s][j])
        put(f"joint {s} {j}", q[s][j])
        if q[:, j].sum() > 0:
            put(f"noise {s} {j}", q[s][j] / q[:, j].sum())
        if q[s].sum() > 0:
            put(f"inverse {s} {j}", q[s][j] / q[s].sum())
for method in ("normalized_margin", "self_confidence", "confidence_weighted_entropy"):
    score = rank.get_label_quality_scores(label, p, method=method, adjust_pred_probs=False)
    for i in range(0, n, 20):
        put(f"{method} {i}", score[i])
issues = {m: filter.find_label_issues(label, p, filter_by=m, n_jobs=1)
          for m in ("prune_by_class", "prune_by_noise_rate", "both", "confident_learning")}

several = (rng.random((12, 4)) < 0.4).astype(int)
chance = np.round(rng.random((12, 4)), 3)
for method in ("normalized_margin", "self_confidence", "confidence_weighted_entropy"):
    score = multilabel_classification.get_label_quality_scores([list(np.nonzero(r)[0]) for r in several], chance, method=method)
    for i, x in enumerate(score):
        put(f"multi {method} {i}", x)
y = np.round(rng.normal(size=8), 3)
guess = np.round(y + rng.normal(size=8), 3)
for i, x in enumerate(regression.rank.get_label_quality_scores(y, guess, method="residual")):
    put(f"value {i}", x)

array = lambda a: "'{" + ",".join(repr(float(v)) for v in a) + "}'"
print(f"-- Written by test/oracle/labels.py: cleanlab {cleanlab.__version__}, numpy {np.__version__}")
print("CREATE TEMP TABLE labelled (key int, label int, probabilities float8[]);\nINSERT INTO labelled VALUES")
print(",\n".join(f"\t({i}, {label[i]}, {array(p[i])})" for i in range(n)) + ";")
print("CREATE TEMP TABLE several (key int, labels float8[], probabilities float8[]);\nINSERT INTO several VALUES")
print(",\n".join(f"\t({i}, {array(several[i])}, {array(chance[i])})" for i in range(12)) + ";")
print("CREATE TEMP TABLE measured (key int, target float8, predicted float8);\nINSERT INTO measured VALUES")
print(",\n".join(f"\t({i}, {y[i]}, {guess[i]})" for i in range(8)) + ";")
print("CREATE TEMP TABLE issue (method text, keys text);\nINSERT INTO issue VALUES")
print(",\n".join(f"\t('{m}', '{' '.join(map(str, np.nonzero(x)[0]))}')" for m, x in issues.items()) + ";")
print("CREATE TEMP TABLE expected (name text PRIMARY KEY, value float8);\nINSERT INTO expected VALUES")
print(",\n".join(f"\t('{name}', '{value}')" for name, value in rows) + ";")
