#!/usr/bin/python3
"""A part of scikit-learn's china.jpg, scratched, and how well OpenCV fills the scratches.

    test/oracle/inpaint.py > test/data/inpaint.sql
"""
import os

import cv2
import numpy as np
import sklearn.datasets

path = os.path.join(os.path.dirname(sklearn.datasets.__file__), "images", "china.jpg")
photo = cv2.imread(path)[90:170, 250:350]
mask = np.zeros(photo.shape[:2], np.uint8)
for a, b, width in (((3, 5), (95, 60), 1), ((90, 2), (10, 78), 2), ((50, 0), (55, 79), 3), ((0, 40), (99, 35), 1)):
    cv2.line(mask, a, b, 255, width)
scratched = photo.copy()
scratched[mask > 0] = 255


def png(image):
    return "'\\x%s'::bytea" % cv2.imencode(".png", image)[1].tobytes().hex()


def error(image):
    return ((image.astype(float) - photo) ** 2).mean()


print("-- Written by test/oracle/inpaint.py with OpenCV %s" % cv2.__version__)
print("CREATE TEMPORARY TABLE scratch (photo bytea, mask bytea, scratched bytea);")
print("INSERT INTO scratch VALUES (%s, %s, %s);" % (png(photo), png(mask), png(scratched)))
print("CREATE TEMPORARY TABLE filled (radius int, mse float8);")
print("INSERT INTO filled VALUES " + ", ".join("(%d, %.6f)" % (r, error(cv2.inpaint(scratched, mask, r, cv2.INPAINT_TELEA))) for r in (3, 5)) + ";")
