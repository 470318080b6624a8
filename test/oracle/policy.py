#!/usr/bin/python3
"""Writes test/data/policy.sql: every step that torchvision's policies can draw for an image of 40 x 30, and its chance.

A step is our name for it and the numbers that say what happens; what has the same
effect (nothing, mostly) is one row.
"""
from collections import defaultdict
from fractions import Fraction

import torchvision
from torchvision.transforms import autoaugment

from policy_step import step

WIDTH, HEIGHT = 40, 30


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
augmix = autoaugment.AugMix()
space = augmix._augmentation_space(augmix._PARAMETER_MAX, (HEIGHT, WIDTH))
rows += emit("augmix", space, range(augmix.severity))
rows += emit("augmix, few", {name: space[name] for name in list(space)[:9]}, range(5))
print(",\n".join(rows) + ";")
