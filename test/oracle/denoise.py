#!/usr/bin/python3
"""What OpenCV makes of a noisy corner of scikit-learn's china.jpg.

    test/oracle/denoise.py > test/data/denoise.sql
"""
import os

import cv2
import numpy as np
import sklearn.datasets

path = os.path.join(os.path.dirname(sklearn.datasets.__file__), "images", "china.jpg")
clean = cv2.imread(path)[100:132, 300:340, ::-1]
noisy = np.clip(np.rint(clean + np.random.default_rng(1).normal(0, 25, clean.shape)), 0, 255).astype(np.uint8)


def pixels(array):
    return "'\\x%s'::bytea" % np.ascontiguousarray(array, np.uint8).tobytes().hex()


print("-- Written by test/oracle/denoise.py with OpenCV %s and NumPy %s" % (cv2.__version__, np.__version__))
print("CREATE TEMPORARY TABLE noisy (channels int, pixels bytea);")
images = {3: noisy, 1: np.ascontiguousarray(noisy[..., 1])}
print("INSERT INTO noisy VALUES\n" + ",\n".join("(%d, %s)" % (c, pixels(a)) for c, a in images.items()) + ";")
print("CREATE TEMPORARY TABLE denoised (channels int, method text, options jsonb, pixels bytea);")
rows = []
for c, a in images.items():
    a = np.ascontiguousarray(a)
    for size in (3, 5):
        rows.append((c, "median", '{"size": %d}' % size, cv2.medianBlur(a, size)))
    for sigma in (1, 1.5):
        rows.append((c, "gaussian", '{"sigma": %g}' % sigma, cv2.GaussianBlur(a, (0, 0), sigma)))
    for size, space, color in ((9, 75, 75), (5, 3, 50), (9, 2, 100)):
        rows.append((c, "bilateral", '{"size": %d, "sigma_space": %g, "sigma_color": %g}' % (size, space, color),
                     cv2.bilateralFilter(a, size, color, space)))
    for strength, patch, search in ((10, 7, 21), (25, 7, 21), (20, 5, 15), (40, 1, 3)):
        rows.append((c, "nlm", '{"strength": %g, "patch": %d, "search": %d}' % (strength, patch, search),
                     cv2.fastNlMeansDenoising(a, None, strength, patch, search)))
print("INSERT INTO denoised VALUES\n" + ",\n".join("(%d, '%s', '%s', %s)" % (c, m, o, pixels(p)) for c, m, o, p in rows) + ";")
