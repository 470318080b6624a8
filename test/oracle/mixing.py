#!/usr/bin/python3
"""What dp.mix_partner, dp.mix_lambda, dp.image_mixup, dp.image_cutmix and dp.image_mosaic give.

NumPy's formulas, and draws from Philox4x32-10 written in Python's integers.
The images are 7 x 9 pixels of 3 channels, sample i of image k being
(i * FACTORS[k] + OFFSETS[k]) mod 256.

    test/oracle/mixing.py > test/data/mixing.sql
    test/oracle/mixing.py --header > test/data/mixing.h
"""
import math
import sys

import numpy as np
import scipy
from scipy.stats import beta as beta_law

M = (1 << 32) - 1
M64 = (1 << 64) - 1
W, H, C = 7, 9, 3
FACTORS, OFFSETS = (89, 53, 211, 7), (7, 11, 100, 3)


def philox(counter, key):
    c, k = list(counter), list(key)
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(p1 >> 32) ^ c[1] ^ k[0], p1 & M, (p0 >> 32) ^ c[3] ^ k[1], p0 & M]
        k = [(k[0] + 0x9E3779B9) & M, (k[1] + 0xBB67AE85) & M]
    return c


# the first of Salmon's known answers
assert philox([0] * 4, [0] * 2) == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]


class Random:
    def __init__(self, seed, key, operation):
        seed, key = seed & M64, key & M64
        self.key = [seed & M, seed >> 32]
        self.counter = [0, int.from_bytes(operation, "big"), key & M, key >> 32]
        self.words = []

    def word(self):
        if not self.words:
            self.words = philox(self.counter, self.key)
            self.counter[0] += 1
        return self.words.pop(0)

    def double(self):
        high, low = self.word() >> 5, self.word() >> 6
        return (high << 26 | low) / 2.0 ** 53

    def open_interval(self):
        while True:
            u = self.double()
            if u > 0:
                return u

    def below(self, n):
        high, low = self.word(), self.word()
        return (high << 32 | low) * n >> 64

    def beta(self, alpha):
        """Cheng's algorithm BA (1978), as Devroye's book has it, for equal parameters."""
        b = 1 / alpha if alpha <= 1 else 1 / math.sqrt(alpha)
        gamma = alpha + 1 / b
        while True:
            u1, u2 = self.open_interval(), self.open_interval()
            v = b * math.log(u1 / (1 - u1))
            if v > 700:         # his w overflows, and w / (alpha + w) is 1
                tail = v + math.log(alpha)
                share = 1.0
            else:
                w = alpha * math.exp(v)
                tail = math.log(alpha + w)
                share = w / (alpha + w)
            if 2 * alpha * (math.log(2 * alpha) - tail) + gamma * v - math.log(4) >= math.log(u1 * u1 * u2):
                return share


def partner(i, n, seed):
    """A Feistel network of ten rounds on 2 * half bits, walked until within 0 .. n - 1."""
    half = 1
    while half < 31 and n - 1 >> 2 * half:
        half += 1
    mask = (1 << half) - 1
    key = [seed & M, (seed & M64) >> 32]
    while True:
        left, right = i >> half, i & mask
        for r in range(10):
            left, right = right, left ^ philox([r, int.from_bytes(b"PERM", "big"), right, half], key)[0] & mask
        i = left << half | right
        if i < n:
            return i


def image(k):
    return ((np.arange(H * W * C) * FACTORS[k] + OFFSETS[k]) % 256).astype(np.uint8).reshape(H, W, C)


def cutmix(a, b, seed, key, alpha):
    """cutmix() and rand_bbox() of the authors' code, with these draws."""
    r = Random(seed, key, b"CUTM")
    lam = r.beta(alpha)
    cx, cy = r.below(W), r.below(H)
    cut_w, cut_h = int(W * np.sqrt(1 - lam)), int(H * np.sqrt(1 - lam))
    x1, x2 = np.clip([cx - cut_w // 2, cx + cut_w // 2], 0, W)
    y1, y2 = np.clip([cy - cut_h // 2, cy + cut_h // 2], 0, H)
    out = a.copy()
    out[y1:y2, x1:x2] = b[y1:y2, x1:x2]
    return out, 1 - (x2 - x1) * (y2 - y1) / (W * H)


def mosaic(images, seed, key):
    """A window on a canvas of two by two images, and on one of their numbers."""
    r = Random(seed, key, b"MOSA")
    x, y = r.below(W + 1), r.below(H + 1)
    t = [(0, 0, 0, 0), (0, 1, 1, 0), (0, 1, 2, 0), (0, 1, 2, 3)][len(images) - 1]
    rows = [np.concatenate([images[t[i]], images[t[i + 1]]], 1) for i in (0, 2)]
    canvas = np.concatenate(rows, 0)
    numbers = np.repeat(np.repeat(np.array(t).reshape(2, 2), H, 0), W, 1)
    seen = numbers[y:y + H, x:x + W]
    return canvas[y:y + H, x:x + W], [(seen == i).mean() for i in range(len(images))]


def row(*values):
    return "(" + ", ".join(str(v) for v in values) + ")"


def pixels(array):
    return f"'\\x{np.ascontiguousarray(array, np.uint8).tobytes().hex()}'::bytea"


def insert(table, columns, rows):
    print(f"CREATE TEMPORARY TABLE {table} ({columns});")
    print(f"INSERT INTO {table} VALUES\n" + ",\n".join(rows) + ";")


def write_sql():
    print(f"-- Written by test/oracle/mixing.py with NumPy {np.__version__} and SciPy {scipy.__version__}")
    insert("picture", "k int, pixels bytea", [row(k, pixels(image(k))) for k in range(4)])
    insert("partner", "key bigint, n bigint, seed bigint, partner bigint",
           [row(i, n, s, partner(i, n, s)) for n, s in ((1, 0), (2, 1), (3, 5), (10, 0), (257, -1)) for i in range(min(n, 10))] +
           [row(i, n, s, partner(i, n, s)) for n, s in ((10 ** 6, 42), (1 << 62, 7)) for i in (0, 1, n - 1)])
    insert("lambda", "key bigint, alpha float8, seed bigint, lambda float8",
           [row(k, a, 9, "%.17g" % Random(9, k, b"LAMB").beta(a)) for a in (0.001, 0.2, 1, 4, 1000) for k in range(-3, 5)])
    shares = (0, 0.1, 0.25, 1 / 3, 0.5, 0.7, 1)
    a, b = image(0).astype(float), image(1).astype(float)
    insert("mixup", "lambda float8, pixels bytea", [row("%.17g" % s, pixels(np.rint(s * a + (1 - s) * b))) for s in shares])
    rows = []
    for key in range(8):
        mixed, lam = cutmix(image(0), image(1), 3, key, 1.0 if key < 6 else 0.2)
        rows.append(row(key, 1 if key < 6 else 0.2, "%.17g" % lam, pixels(mixed)))
    insert("cutmix", "key bigint, alpha float8, lambda float8, pixels bytea", rows)
    rows = []
    for n in range(1, 5):
        for key in range(3):
            mixed, weights = mosaic([image(k) for k in range(n)], 11, key)
            rows.append(row(n, key, "'{%s}'::float8[]" % ",".join("%.17g" % w for w in weights), pixels(mixed)))
    insert("mosaic", "n int, key bigint, weights float8[], pixels bytea", rows)
    q = np.arange(1, 40) / 40
    insert("quantile", "alpha float8, p float8, x float8",
           [row(a, "%.17g" % p, "%.17g" % beta_law.ppf(p, a, a)) for a in (0.2, 0.4, 1, 2, 8) for p in q])


def write_header():
    print(f"/* Written by test/oracle/mixing.py with NumPy {np.__version__} */\n")
    print("/* share a + (1 - share) b for all a and b, the rounded numbers as a checksum: FNV-1a of 65536 bytes */")
    print("static const struct\n{\n\tdouble\t\tshare;\n\tuint64_t\tsum;\n}\t\t\trounded[] = {")
    a, b = np.repeat(np.arange(256.0), 256), np.tile(np.arange(256.0), 256)
    for share in (0, 0.1, 0.25, 0.3, 1 / 3, 0.5, 0.625, 0.7, 0.9999, 1):
        h = 0xCBF29CE484222325
        for byte in np.rint(share * a + (1 - share) * b).astype(np.uint8).tobytes():
            h = (h ^ byte) * 0x100000001B3 & M64
        print("\t{%.17g, UINT64_C(0x%016x)}," % (share, h))
    print("};")


write_header() if "--header" in sys.argv else write_sql()
