#!/usr/bin/env python3
"""label_noise.py - wrong labels among the digits, found by confident learning as the paper defines it

Writes test/data/label_noise.sql, which test/sql/label_noise.sql reads.  Run
with Debian's python3-sklearn (1.2):
        /usr/bin/python3 test/oracle/label_noise.py > test/data/label_noise.sql
A fifth of the 1,797 labels becomes another one, and five logistic regressions
say how probable each class is for the rows they have not learnt.  The
probabilities are kept in ten thousandths, and what is flagged is worked out
from those, so that the same rows must come out.
"""
import numpy as np
import sklearn
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

CLASSES = 10


def joint_of(label, p):
    """Northcutt, Jiang and Chuang, JAIR 2021: thresholds, confident joint, calibrated"""
    n = len(label)
    threshold = np.array([p[label == k, k].mean() for k in range(CLASSES)])
    confident = np.where(p >= threshold, p, -1)
    guess = confident.argmax(axis=1)
    sure = confident[np.arange(n), guess] >= 0
    counts = np.zeros((CLASSES, CLASSES))
    np.add.at(counts, (label[sure], guess[sure]), 1)
    labelled = np.bincount(label, minlength=CLASSES)
    return counts / counts.sum(axis=1, keepdims=True) * labelled[:, None]


def by_class(label, p):
    joint = joint_of(label, p)
    flagged = np.zeros(len(label), bool)
    for k in range(CLASSES):
        rows = np.where(label == k)[0]
        wrong = int(round(joint[k].sum() - joint[k, k]))
        flagged[rows[np.argsort(p[rows, k], kind="stable")[:wrong]]] = True
    return flagged


def found(flagged, wrong):
    hits = (flagged & wrong).sum()
    return 2 * hits / (flagged.sum() + wrong.sum())


def draw(seed, x, truth):
    random = np.random.RandomState(seed)
    label = truth.copy()
    rows = random.choice(len(truth), len(truth) // 5, replace=False)
    label[rows] = (label[rows] + random.randint(1, CLASSES, len(rows))) % CLASSES
    p = cross_val_predict(LogisticRegression(max_iter=2000), x, label, cv=StratifiedKFold(5, shuffle=True, random_state=seed), method="predict_proba")
    return label, np.round(p * 10000)


x, truth = load_digits(return_X_y=True)
draws = [draw(seed, x / 16, truth) for seed in range(5)]
f1 = [found(by_class(label, p / 10000), label != truth) for label, p in draws]
label, p = draws[0]
flagged = by_class(label, p / 10000)
print("-- Written by test/oracle/label_noise.py: scikit-learn %s, numpy %s" % (sklearn.__version__, np.__version__))
print("-- F1 of five draws: %s, mean %.4f; the first is here" % (", ".join("%.4f" % f for f in f1), np.mean(f1)))
print("CREATE TEMP TABLE raw (key int, label int, truth int, p text, flagged int);")
print("INSERT INTO raw VALUES")
print(",\n".join("(%d,%d,%d,'%s',%d)" % (i + 1, label[i], truth[i], " ".join("%d" % v for v in p[i]), flagged[i])
                 for i in range(len(truth))) + ";")
