#!/usr/bin/python3
"""Numbers for test/sql/encoders.sql from scikit-learn 1.3 or later (TargetEncoder).

    test/oracle/encoders.py > test/data/encoders.sql
"""
import numpy as np
import sklearn
from sklearn import datasets, feature_extraction, preprocessing

i = np.arange(1, 501)
shop = np.array([f"shop {v}" for v in (i * i % 37) % 11])
word = np.array(["" if v == 0 else "é" * v + "x" * (v % 3) for v in i * 7919 % 9])
amount = (i * 7919 % 1009) / 7.0 + (i * i % 37) % 11 * 20.0
paid = (i * 104729 % 997 % 100 < 10 + (i * i % 37) % 11 * 7).astype(float)
wine = datasets.load_wine().data[:, 0]
ties = (i * i % 13 % 5).astype(float)
rows = []


def put(name, value):
    rows.append((name, repr(float(value))))


for name, x in (("shop", shop), ("word", word)):
    ordinal = preprocessing.OrdinalEncoder().fit(x[:, None])
    for target_name, y in (("amount", amount), ("paid", paid)):
        # the kind is told, as numbers of few values would be taken for classes
        encoder = preprocessing.TargetEncoder(smooth="auto", target_type="continuous").fit(x[:, None], y)
        for category, code in zip(encoder.categories_[0], encoder.encodings_[0]):
            put(f"target {name} {target_name} {category}", code)
        put(f"target {name} {target_name} unknown", encoder.transform([["?"]])[0, 0])
    for code, category in enumerate(ordinal.categories_[0]):
        put(f"ordinal {name} {category}", code)
    hashed = feature_extraction.FeatureHasher(n_features=10, input_type="string").transform([[c] for c in ordinal.categories_[0]]).toarray()
    for category, row in zip(ordinal.categories_[0], hashed):
        place = np.flatnonzero(row)[0]
        put(f"hash {name} {category}", (place + 1) * row[place])

for name, x, bins in (("wine", wine, 5), ("amount", amount, 7), ("ties", ties, 4)):
    binner = preprocessing.KBinsDiscretizer(bins, encode="ordinal", strategy="quantile", subsample=None).fit(x[:, None])
    code = binner.transform(x[:, None])[:, 0]
    middle = binner.inverse_transform(code[:, None])[:, 0]
    put(f"bins {name}", binner.n_bins_[0])
    for row in (0, 1, 2, 9, 100, 177):
        put(f"bin {name} {row + 1}", code[row])
        put(f"middle {name} {row + 1}", middle[row])

print(f"-- Written by test/oracle/encoders.py: scikit-learn {sklearn.__version__}, numpy {np.__version__}")
print(f"""CREATE TEMP VIEW sold AS
SELECT i AS key, 'shop ' || (i * i % 37) % 11 AS shop,
	CASE i * 7919 % 9 WHEN 0 THEN '' ELSE repeat('é', i * 7919 % 9) || repeat('x', i * 7919 % 9 % 3) END AS word,
	(i * 7919 % 1009) / 7.0::float8 + (i * i % 37) % 11 * 20.0::float8 AS amount,
	(i * 104729::bigint % 997 % 100 < 10 + (i * i % 37) % 11 * 7)::int AS paid,
	(i * i % 13 % 5)::float8 AS ties
FROM generate_series(1, 500) i;
CREATE TEMP TABLE wine AS SELECT ordinality::int AS key, x FROM unnest('{{{",".join(repr(float(v)) for v in wine)}}}'::float8[]) WITH ORDINALITY AS u(x, ordinality);
CREATE TEMP TABLE expected (name text PRIMARY KEY, value float8);
INSERT INTO expected VALUES""")
print(",\n".join(f"\t('{name}', '{value}')" for name, value in rows) + ";")
