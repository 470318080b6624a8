#!/usr/bin/env python3
"""Numbers for test/sql/linkage.sql: EM in numpy over comparisons by jellyfish, splink's training, and its predictions.

    test/oracle/linkage.py > test/data/linkage.sql

Needs numpy, pandas and, from PyPI, jellyfish and splink.
"""
import importlib.metadata
import logging
import random
import sys

sys.path.pop(0)  # or statistics.py beside this file would hide Python's own
import jellyfish
import numpy as np
import pandas as pd
import splink.comparison_level_library as cll
import splink.internals.comparison_creator as creator
from splink import DuckDBAPI, Linker, SettingsCreator

random.seed(5)
logging.disable(logging.CRITICAL)
FIRST = "anna ben carla david emma felix greta hans ida jonas".split()
LAST = [a + b for b in ("", "berg", "stein", "hausen", "dorf") for a in "muell schmidt schneid fisch web mey wagn beck schulz hoffmann koch bau".split()]
OFTEN = [12, 8, 6] + [2] * 57
TOWN = "berlin hamburg muenchen koeln frankfurt".split()


def typo(s):
    i = random.randrange(len(s) - 1)
    return random.choice([s[:i] + s[i + 1:], s[:i] + s[i + 1] + s[i] + s[i + 2:], s[:i] + "x" + s[i:]])


def blur(v, p, f):
    return None if random.random() < 0.05 else f(v) if random.random() < p else v


left, right = [], []
for i in range(300):
    r = [f"a{i}", random.choice(FIRST), random.choices(LAST, OFTEN)[0], random.choice(TOWN), random.randrange(18, 90), 3 * random.randrange(2000)]
    left.append(r)
    if i % 2 == 0:
        right.append([f"b{i}", blur(r[1], 0.2, typo), blur(r[2], 0.2, typo), blur(r[3], 0.1, lambda v: random.choice(TOWN)),
                      blur(r[4], 0.2, lambda v: v + random.randrange(-6, 7)), blur(r[5], 0.1, lambda v: v + random.randrange(-40, 40))])
    else:
        right.append([f"b{i}", random.choice(FIRST), random.choices(LAST, OFTEN)[0], random.choice(TOWN), random.randrange(18, 90), 3 * random.randrange(2000)])

TEXT = {1: [0.92, 0.8], 2: [0.9]}
NUMBER = {4: [2, 5], 5: [30]}


def level(f, a, b):
    if a is None or b is None:
        return -1
    if a == b:
        return 0
    if f in TEXT:
        s = jellyfish.jaro_winkler_similarity(a, b)
        return next((i + 1 for i, t in enumerate(TEXT[f]) if s >= t), len(TEXT[f]) + 1)
    if f in NUMBER:
        return next((i + 1 for i, t in enumerate(NUMBER[f]) if abs(a - b) <= t), len(NUMBER[f]) + 1)
    return 1


def same(a, b):
    return a is not None and b is not None and a == b


RULES = [lambda a, b: same(a[2], b[2]), lambda a, b: same(a[5], b[5]), lambda a, b: same(a[1] and a[3] and a[1][:2] + a[3], b[1] and b[3] and b[1][:2] + b[3])]
DECIDED = [[1], [4], [0, 2]]  # fields, from 0
everything = [(i, j) for i in range(len(left)) for j in range(len(right))]  # fewer than random_pairs, so all are drawn
levels = np.array([[level(f, left[i][f], right[j][f]) for f in range(1, 6)] for i, j in everything])
agree = np.array([[rule(left[i], right[j]) for rule in RULES] for i, j in everything])
found = agree.any(axis=1)
pairs = [p for p, hit in zip(everything, found) if hit]
n = [len(TEXT.get(f, NUMBER.get(f, []))) + 2 for f in range(1, 6)]


def shares(f, rows, weights):
    known = levels[rows, f] >= 0
    counts = np.bincount(levels[rows, f][known], weights[known], n[f]) + 0.5
    return counts / counts.sum()


def odds(rows, lam, but=()):
    return np.log(lam / (1 - lam)) + sum(np.where(levels[rows, f] < 0, 0, np.log(m[f] / u[f])[levels[rows, f]]) for f in range(5) if f not in but)


every = np.ones(len(everything), bool)
lam, lam_of = 0.5 / (len(everything) + 1), [0.1] * 3
m = [np.array([0.9] + [0.1 / (k - 1)] * (k - 1)) for k in n]
u = [shares(f, every, np.ones(len(everything))) for f in range(5)]
for _ in range(25):
    p_found = 1 / (1 + np.exp(-odds(found, lam)))
    p_rule = [1 / (1 + np.exp(-odds(agree[:, r], lam_of[r], DECIDED[r]))) for r in range(3)]
    p_all = 1 / (1 + np.exp(-odds(every, lam)))
    matches = p_found.sum()
    lam = (matches + 0.5) / (len(everything) + 1)
    lam_of = [(p.sum() + 0.5) / (len(p) + 1) for p in p_rule]
    # each field from the pairs of the rules that leave it open, a pair as often as rules find it
    m = [(lambda rs: shares(f, np.concatenate([np.flatnonzero(agree[:, r]) for r in rs]), np.concatenate([p_rule[r] for r in rs])))([r for r in range(3) if f not in DECIDED[r]]) for f in range(5)]
    u = [shares(f, every, 1 - p_all) for f in range(5)]
rows = [("pairs", len(pairs)), ("lambda", lam), ("matches", matches)]
for f, name in enumerate(("first", "last", "town", "age", "born")):
    for k in range(n[f]):
        rows += [(f"m {name} {k}", m[f][k]), (f"u {name} {k}", u[f][k])]

# splink with these probabilities, equal last names counted by their frequency
columns = ["unique_id", "first", "last", "town", "age", "born"]
frames = [pd.DataFrame(side, columns=columns).astype({"age": "Int64", "born": "Int64"}) for side in (left, right)]


class Comparison(creator.ComparisonCreator):
    def __init__(self, f, known):
        self.f, self.known = f, known
        super().__init__(columns[f])

    def create_comparison_levels(self):
        c, f = columns[self.f], self.f
        exact = cll.ExactMatchLevel(c, term_frequency_adjustments=c == "last")
        rest = [cll.JaroWinklerLevel(c, t) for t in TEXT.get(f, [])] + [cll.AbsoluteDifferenceLevel(c, t) for t in NUMBER.get(f, [])]
        given = [exact] + rest + [cll.ElseLevel()]
        if self.known:
            given = [x.configure(m_probability=float(m[f - 1][k]), u_probability=float(u[f - 1][k])) for k, x in enumerate(given)]
        return [cll.NullLevel(c)] + given

    def create_description(self):
        return columns[self.f]

    def create_output_column_name(self):
        return columns[self.f]


BLOCKING = ["l.last = r.last", "l.born = r.born", "substr(l.first, 1, 2) = substr(r.first, 1, 2) AND l.town = r.town"]


def linker(known):
    settings = SettingsCreator(link_type="link_only", probability_two_random_records_match=float(lam), comparisons=[Comparison(f, known) for f in range(1, 6)],
                               blocking_rules_to_generate_predictions=BLOCKING, retain_intermediate_calculation_columns=True)
    api = DuckDBAPI()
    return Linker([api.register(frame) for frame in frames], settings, log_level=None)


def predictions(of):
    table = of.inference.predict().as_pandas_dataframe()
    assert len(table) == len(pairs), (len(table), len(pairs))
    return table.sort_values(["unique_id_l", "unique_id_r"])


for r in predictions(linker(True)).itertuples():
    if r.match_probability > 0.01 or (int(r.unique_id_l[1:]) * 31 + int(r.unique_id_r[1:])) % 997 == 0:
        rows += [(f"weight {r.unique_id_l} {r.unique_id_r}", r.match_weight), (f"probability {r.unique_id_l} {r.unique_id_r}", r.match_probability)]

# splink as it trains by itself, u from all pairs too: those that are the same are among them
trained = linker(False)
trained.training.estimate_u_using_random_sampling(max_pairs=1e6, min_count_per_level=None, num_chunks=1)
for rule in BLOCKING:
    trained.training.estimate_parameters_using_expectation_maximisation(rule)
for comparison in trained.misc.save_model_to_json()["comparisons"]:
    for k, x in enumerate(x for x in comparison["comparison_levels"] if not x.get("is_null_level")):
        rows += [(f"splink {which} {comparison['output_column_name']} {k}", x[f"{which}_probability"]) for which in "mu" if f"{which}_probability" in x]
for r in predictions(trained).itertuples():
    if r.match_weight > -10:
        rows += [(f"splink weight {r.unique_id_l} {r.unique_id_r}", r.match_weight)]


def literal(v):
    return "NULL" if v is None else f"'{v}'" if isinstance(v, str) else str(v)


version = importlib.metadata.version
print(f"-- Written by test/oracle/linkage.py: numpy {np.__version__}, jellyfish {version('jellyfish')}, splink {version('splink')}")
for name, side in (("link_left", left), ("link_right", right)):
    print(f"CREATE TABLE {name} (key text, first text, last text, town text, age integer, born date);\nINSERT INTO {name} SELECT a, b, c, d, e, date '1900-01-01' + f FROM (VALUES")
    print(",\n".join("\t(" + ", ".join(map(literal, r)) + ")" for r in side) + ") v(a, b, c, d, e, f);")
print("CREATE TEMP TABLE expected (name text PRIMARY KEY, value float8);\nINSERT INTO expected VALUES")
print(",\n".join(f"\t('{a}', '{float(b)!r}')" for a, b in rows) + ";")
