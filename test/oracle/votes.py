#!/usr/bin/env python3
"""Numbers for test/sql/votes.sql: Dawid-Skene in numpy, crowd-kit, statsmodels, krippendorff, Snorkel.

    test/oracle/votes.py > test/data/votes.sql

Needs numpy, pandas, statsmodels and, from PyPI, crowd-kit, krippendorff and
snorkel (of which one file is read, so its dependencies need not be there).
Answers are integer formulas, the same here and in SQL.
"""
import importlib.metadata
import importlib.util
import os
import sys
import types

import numpy as np
import pandas as pd
import krippendorff
from crowdkit.aggregation import DawidSkene, OneCoinDawidSkene, Wawa
from crowdkit.aggregation.classification import wawa
from statsmodels.stats.inter_rater import fleiss_kappa

wawa.check_is_fitted = lambda *args, **kwargs: None  # scikit-learn 1.7 no longer knows such classes

TASKS, WORKERS, CLASSES = 60, 7, "abc"
rows = []


def put(name, value):
    rows.append((name, repr(float(value))))


def answer(t, w):
    """None where the worker gave none"""
    if (t * 31 + w * 17) % 5 == 0:
        return None
    h = (t * 7919 + w * 104729) % 101
    return CLASSES[t % 3] if h < 50 + 6 * w else CLASSES[(t + w + h) % 3]


answers = np.array([[-1 if answer(t, w) is None else CLASSES.index(answer(t, w)) for w in range(1, WORKERS + 1)] for t in range(1, TASKS + 1)])
data = pd.DataFrame([(t, w, answer(t, w)) for t in range(1, TASKS + 1) for w in range(1, WORKERS + 1) if answer(t, w)], columns=["task", "worker", "label"])


def dawid_skene(iterations, smoothing):
    t, w = np.nonzero(answers >= 0)
    a = answers[t, w]
    q = np.zeros((TASKS, 3))
    np.add.at(q, (t, a), 1)
    q /= q.sum(1, keepdims=True)
    for _ in range(iterations):
        prior = q.mean(0)
        matrix = np.zeros((WORKERS, 3, 3))  # worker, class, answer
        np.add.at(matrix.transpose(0, 2, 1), (w, a), q[t])
        matrix += smoothing
        matrix /= matrix.sum(2, keepdims=True)
        log = np.repeat(np.log(prior)[None], TASKS, 0)
        np.add.at(log, t, np.log(matrix)[w, :, a])
        likelihood = np.logaddexp.reduce(log, 1)
        q = np.exp(log - likelihood[:, None])
    return q, prior, matrix


q, prior, matrix = dawid_skene(20, 0.01)
for t in range(TASKS):
    for c in range(3):
        put(f"numpy {t + 1} {CLASSES[c]}", q[t, c])
for c in range(3):
    put(f"share {CLASSES[c]}", prior[c])
for w in range(WORKERS):
    for c in range(3):
        for a in range(3):
            put(f"confusion {w + 1} {CLASSES[c]} {CLASSES[a]}", matrix[w, c, a])
for name, model in (("crowdkit", DawidSkene(n_iter=20, tol=-1)), ("one_coin", OneCoinDawidSkene(n_iter=20, tol=-1)), ("weighted_majority", Wawa())):
    p = model.fit_predict_proba(data).sort_index()[list(CLASSES)].to_numpy()
    for t in range(TASKS):
        for c in range(3):
            put(f"{name} {t + 1} {CLASSES[c]}", p[t, c])

# agreement: of all seven, made complete, and of those that answered
full = np.array([[CLASSES.index(answer(t, w) or CLASSES[(t + w) % 3]) for w in range(1, WORKERS + 1)] for t in range(1, TASKS + 1)])
put("kappa", fleiss_kappa(np.array([[(row == c).sum() for c in range(3)] for row in full])))
put("alpha full", krippendorff.alpha(reliability_data=full.T.astype(float), level_of_measurement="nominal"))
put("alpha", krippendorff.alpha(reliability_data=np.where(answers < 0, np.nan, answers).T, level_of_measurement="nominal"))

# Snorkel's report of the same votes
base = os.path.dirname(importlib.util.find_spec("snorkel").origin)
for name in ("snorkel", "snorkel.labeling", "snorkel.labeling.lf", "snorkel.utils"):
    sys.modules[name] = types.ModuleType(name)
sys.modules["snorkel.labeling.lf"].LabelingFunction = object
sys.modules["snorkel.utils"].to_int_label_array = lambda y: np.asarray(y)
spec = importlib.util.spec_from_file_location("snorkel.labeling.analysis", os.path.join(base, "labeling", "analysis.py"))
analysis = importlib.util.module_from_spec(spec)
spec.loader.exec_module(analysis)
summary = analysis.LFAnalysis(answers).lf_summary(np.array([t % 3 for t in range(1, TASKS + 1)]))
for w in range(WORKERS):
    for column in ("Coverage", "Overlaps", "Conflicts", "Correct", "Incorrect", "Emp. Acc."):
        put(f"snorkel {w + 1} {column}", summary[column].iloc[w])

version = importlib.metadata.version
print(f"-- Written by test/oracle/votes.py: numpy {np.__version__}, crowd-kit {version('crowd-kit')}, statsmodels {version('statsmodels')},")
print(f"-- krippendorff {version('krippendorff')}, snorkel {version('snorkel')}")
print("""CREATE TABLE answered AS
SELECT t AS task, w AS worker, CASE WHEN (t * 31 + w * 17) % 5 = 0 THEN NULL
	WHEN (t * 7919 + w * 104729) % 101 < 50 + 6 * w THEN substr('abc', t % 3 + 1, 1)
	ELSE substr('abc', (t + w + (t * 7919 + w * 104729) % 101) % 3 + 1, 1) END AS answer
FROM generate_series(1, 60) t, generate_series(1, 7) w;
CREATE TEMP TABLE expected (name text PRIMARY KEY, value float8);
INSERT INTO expected VALUES""")
print(",\n".join(f"\t('{name}', '{value}')" for name, value in rows) + ";")
