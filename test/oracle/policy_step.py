"""policy_step.py - an operation of torchvision's policies as a step of ours

Shears are the forward map in pixel centres of the matrix that torchvision gives to Pillow.
"""
import math

import numpy as np
from torchvision.transforms import functional as F

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
