#!/usr/bin/python3
"""AUC of the distance from the principal components that explain 0.7 of the
variance, by scikit-learn, for test/t/outliers.pl.

    test/oracle/pca_auc.py DATA/outliers/*.csv.gz > test/data/pca_auc.csv
"""
import gzip
import os
import sys

import numpy as np
from sklearn.decomposition import PCA
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler

print("dataset,auc")
for name in sys.argv[1:]:
    rows = np.genfromtxt(gzip.open(name), delimiter=",", skip_header=1)
    z = StandardScaler().fit_transform(rows[:, 1:])
    pca = PCA(n_components=0.7, svd_solver="full").fit(z)
    print(f"{os.path.basename(name)[:-7]},{roc_auc_score(rows[:, 0], ((z - pca.inverse_transform(pca.transform(z))) ** 2).sum(axis=1)):.4f}")
