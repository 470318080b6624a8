#!/usr/bin/python3
"""Writes test/data/policy.sql: every step that torchvision's policies can draw for an image of 40 x 30, and its chance.

A step is our name for it and the numbers that say what happens; what has the same
effect (nothing, mostly) is one row.  Shears are the forward map in pixel centres of
the matrix that torchvision gives to Pillow.
"""
import math
from collections import defaultdict
from fractions import Fraction

import numpy as np
import torchvision
from torchvision.transforms import autoaugment
from torchvision.transforms import functional as F

WIDTH, HEIGHT = 40, 30
NAMES = {"Brightness": "brightness", "Color": "saturation", "Contrast": "contrast", "Sharpness": "sharpness"}


def shear(degrees):
    inverse = np.array(F._get_inverse_affine_matrix([0, 0], 0, [0, 0], 1, degrees) + [0, 0, 1]).reshape(3, 3)
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])  # Pillow samples at the centres of pixels
    return (np.linalg.inv(half) @ np.linalg.inv(inverse) @ half)[:2].ravel().tolist()


def step(op, m):
    if op == "ShearX":
        return "affine", shear([math.degrees(math.atan(m)), 0])
    if op == "ShearY":
        return "affine", shear([0, math.degrees(math.atan(m))])
    if op.startswith("Translate"):
        return "shift", [int(m), 0] if op[-1] == "X" else [0, int(m)]
    if op == "Rotate":
        return "rotate", [m]
    if op in NAMES:
        return NAMES[op], [1 + m]
    if op == "Posterize":
        return "posterize", [int(m)]
    if op == "Solarize":
        return "solarize", [math.ceil(m)]
    return {"Identity": "", "AutoContrast": "autocontrast", "Equalize": "equalize"}[op], []


def emit(policy, space, bins):
    chances = defaultdict(Fraction)
    for op, (magnitudes, signed) in space.items():
        values = [0.0] if magnitudes.ndim == 0 else [float(magnitudes[i]) for i in bins]
        for m in values:
            for s in (1, -1) if signed else (1,):
                name, numbers = step(op, s * m)
                key = name, tuple(round(float(x), 4) + 0.0 for x in numbers)
                chances[key] += Fraction(1, len(space) * len(values) * (2 if signed else 1))
    assert sum(chances.values()) == 1
    return ["('%s', '%s', '{%s}', %.10f)" % (policy, name, ",".join("%g" % x for x in numbers), p)
            for (name, numbers), p in sorted((key, float(p)) for key, p in chances.items())]


print("-- Written by test/oracle/policy.py: torchvision %s" % torchvision.__version__)
print("CREATE TEMPORARY TABLE possible (policy text, step text, numbers numeric[], chance float8);")
print("INSERT INTO possible VALUES")
rand = autoaugment.RandAugment()
wide = autoaugment.TrivialAugmentWide()
rows = emit("randaugment", rand._augmentation_space(31, (HEIGHT, WIDTH)), [rand.magnitude])
rows += emit("trivial", wide._augmentation_space(31), range(31))
print(",\n".join(rows) + ";")
