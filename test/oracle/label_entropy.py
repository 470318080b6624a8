#!/usr/bin/env python3
"""Confidence weighted entropy where probabilities are near 0 and 1: Python's decimal, 700 digits.

Writes test/data/label_entropy.sql.  cleanlab is no oracle here: it clips what it divides by.
"""
from decimal import Decimal, getcontext

getcontext().prec = 700


def score(label, p):
    p = [Decimal(x) for x in p]
    if p[label] == 0:
        return Decimal(0)
    entropy = -sum(x * x.ln() for x in p if x > 0) / Decimal(len(p)).ln()
    e = entropy / p[label]
    return Decimal(1) if e == 0 else (1 + e).ln() / e


rows = []
for q in (0.25, 1e-3, 1e-6, 2.0**-24, 1e-9, 1e-12, 1e-15, 1e-30, 1e-300):
    for p in ([1 - q, q], [q, 1 - q], [q / 2, 1 - q, q / 2]):
        for label in (0, 1):
            rows.append((label, p))
for p in ([1.0, 0.0], [0.0, 1.0, 0.0]):
    for label in (0, 1):
        rows.append((label, p))
print("-- Written by test/oracle/label_entropy.py")
print("CREATE TEMP TABLE weighted_entropy (label int, probabilities float8[], value float8);\nINSERT INTO weighted_entropy VALUES")
print(",\n".join("\t(%d, '{%s}', %r)" % (label, ",".join(repr(x) for x in p), float(score(label, p))) for label, p in rows) + ";")
