#!/usr/bin/python3
"""Numbers for test/sql/propagation.sql from scikit-learn's LabelSpreading and LabelPropagation.

    test/oracle/propagation.py > test/data/propagation.sql

Points of integer formulas without ties among their distances, the same in SQL.
"""
import warnings

import numpy as np
import sklearn
from sklearn.metrics import pairwise_distances
from sklearn.semi_supervised import LabelPropagation, LabelSpreading

warnings.simplefilter("ignore")
i = np.arange(1, 151)
x = np.stack([(i * 7919 % 1009) / 100 + i % 3 * 4, (i * 104729 % 997) / 150 + i * i % 31 / 97, (i * i * i % 9973) / 6000 + i / 1e4], 1)
distance = pairwise_distances(x)
assert min(np.diff(np.sort(row)).min() for row in distance) > 1e-9, "ties"
label = np.where(i % 11 == 3, i % 3, -1)
rows = []
for name, model in (("spreading", LabelSpreading(kernel="knn", n_neighbors=7)),
                    ("spreading 12 0.9", LabelSpreading(kernel="knn", n_neighbors=12, alpha=0.9, max_iter=300)),
                    ("propagation", LabelPropagation(kernel="knn", n_neighbors=7, max_iter=1000)),
                    ("spreading rbf", LabelSpreading(kernel="rbf", gamma=0.7)),
                    ("propagation rbf", LabelPropagation(kernel="rbf", gamma=2.5, max_iter=1000))):
    model.fit(x, label)
    for k in range(150):
        for c in range(3):
            rows.append((f"{name} {k + 1} {c}", repr(float(model.label_distributions_[k, c]))))
print(f"-- Written by test/oracle/propagation.py: scikit-learn {sklearn.__version__}, numpy {np.__version__}")
print("""CREATE TABLE places AS
SELECT i, ARRAY[(i * 7919 % 1009) / 100.0 + i % 3 * 4, (i * 104729 % 997) / 150.0 + i * i % 31 / 97.0, (i * i * i % 9973) / 6000.0 + i / 1e4]::float8[] AS features,
	CASE WHEN i % 11 = 3 THEN (i % 3)::text END AS label
FROM generate_series(1, 150) i;
CREATE TEMP TABLE expected (name text PRIMARY KEY, value float8);
INSERT INTO expected VALUES""")
print(",\n".join(f"\t('{name}', '{value}')" for name, value in rows) + ";")
