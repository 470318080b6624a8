#!/usr/bin/python3
"""The frozen parts and folds of test/sql/split.sql, from Philox4x32-10 written in Python's integers.

    test/oracle/split.py > test/data/split.sql
"""
M = (1 << 32) - 1
M64 = (1 << 64) - 1


def philox(counter, key):
    c, k = list(counter), list(key)
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(p1 >> 32) ^ c[1] ^ k[0], p1 & M, (p0 >> 32) ^ c[3] ^ k[1], p0 & M]
        k = [(k[0] + 0x9E3779B9) & M, (k[1] + 0xBB67AE85) & M]
    return c


# the first of Salmon's known answers
assert philox([0] * 4, [0] * 2) == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]


def words(seed, key, operation):
    seed, key = seed & M64, key & M64
    return philox([0, operation, key & M, key >> 32], [seed & M, seed >> 32])


def text_key(text):
    h = 0xCBF29CE484222325
    for byte in text.encode("utf-8"):
        h = (h ^ byte) * 0x100000001B3 & M64
    h = (h ^ h >> 30) * 0xBF58476D1CE4E5B9 & M64
    h = (h ^ h >> 27) * 0x94D049BB133111EB & M64
    return h ^ h >> 31


def split(key, seed, fractions):
    w = words(seed, key, int.from_bytes(b"SPLT", "big"))
    u = ((w[0] >> 5 << 26) | w[1] >> 6) / 2.0 ** 53
    total = 0.0
    for part, fraction in enumerate(fractions, 1):
        total += fraction
        if u < total:
            return part
    return len(fractions)


def fold(key, k, seed=0):
    w = words(seed, key, int.from_bytes(b"FOLD", "big"))
    return ((w[0] << 32 | w[1]) * k >> 64) + 1


def show(name, numbers):
    print(f"\\set {name} {''.join(str(n) for n in numbers)}")


keys = range(-5, 35)
print("-- Written by test/oracle/split.py")
show("split_bigint", (split(k, 42, [0.7, 0.2, 0.1]) for k in keys))
show("split_text", (split(text_key(f"key {k}"), 42, [0.7, 0.2, 0.1]) for k in keys))
show("fold_bigint", (fold(k, 5) for k in keys))
show("fold_text", (fold(text_key(f"ключ {k}"), 5, 7) for k in keys))
