#!/usr/bin/env python3
"""mix.py - mixup and CutMix as their authors have them, with given shares, and Beta quantiles

Writes test/data/mix.h, which test/kernel/test_mix.c includes.  Run with
Debian's python3-numpy and python3-scipy:
        python3 test/oracle/mix.py > test/data/mix.h
The box is rand_bbox() of the CutMix authors' code with the centre given.
"""
import numpy as np
import scipy
from scipy.stats import beta

H, W, C = 9, 7, 3


def image(factor, offset):
    return ((np.arange(H * W * C) * factor + offset) % 256).astype(np.uint8).reshape(H, W, C)


def show(kind, name, values, form):
    print(f"static const {kind} {name}[] = {{")
    values = np.asarray(values).ravel()
    for i in range(0, len(values), 12):
        print("\t" + ", ".join(form % v for v in values[i:i + 12]) + ",")
    print("};\n")


def rand_bbox(lam, cx, cy):
    cut_rat = np.sqrt(1. - lam)
    cut_w = int(W * cut_rat)
    cut_h = int(H * cut_rat)
    bbx1 = np.clip(cx - cut_w // 2, 0, W)
    bby1 = np.clip(cy - cut_h // 2, 0, H)
    bbx2 = np.clip(cx + cut_w // 2, 0, W)
    bby2 = np.clip(cy + cut_h // 2, 0, H)
    return bbx1, bby1, bbx2, bby2


a, b = image(89, 7), image(53, 11)
print("/* Written by test/oracle/mix.py with NumPy %s and SciPy %s */\n" % (np.__version__, scipy.__version__))

shares = np.array([0, 1, 19661, 32768, 60000, 65535, 65536]) / 65536
show("double", "mixup_shares", shares, "%.17g")
show("uint8_t", "mixup_pixels", [np.floor(s * a + (1 - s) * b + 0.5) for s in shares], "%d")

cuts = [(0.5, 3, 4), (0.9, 0, 0), (0.1, 6, 8), (0, 3, 4), (1, 2, 2), (0.75, 6, 1)]
pixels, left = [], []
for lam, cx, cy in cuts:
    x1, y1, x2, y2 = rand_bbox(lam, cx, cy)
    m = a.copy()
    m[y1:y2, x1:x2] = b[y1:y2, x1:x2]
    pixels.append(m)
    left.append(1 - (x2 - x1) * (y2 - y1) / (W * H))
show("double", "cutmix_draws", cuts, "%.17g")
show("double", "cutmix_shares", left, "%.17g")
show("uint8_t", "cutmix_pixels", pixels, "%d")

alphas = [0.05, 0.2, 0.4, 1, 1.5, 4, 32]
show("double", "beta_alphas", alphas, "%g")
show("double", "beta_quantiles", [beta.ppf(np.arange(1, 21) / 40, x, x) for x in alphas], "%.12g")
