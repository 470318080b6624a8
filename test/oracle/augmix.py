#!/usr/bin/python3
"""Writes test/data/augmix.sql: images that torchvision's AugMix makes, and as a recipe what it drew for them.

Its chains are taken as they are, and summed in double precision and rounded to the
nearest: torchvision sums in single precision and cuts off, which makes images
darker by half a level.  Chains with two neighbours that move pixels are left out:
torchvision resamples twice there, and a recipe once.
"""
import json

import numpy as np
import torch
import torchvision
from torchvision.transforms import autoaugment

from policy_step import step

WIDTH, HEIGHT = 24, 18
ONE = 1 << 24
MOVES = ("affine", "rotate", "shift")


class Recorded(autoaugment.AugMix):
    def _sample_dirichlet(self, params):
        # as whole parts of 2^24, so that sums are exact
        d = super()._sample_dirichlet(params)
        n = torch.floor(d.double() * ONE)
        n[0, -1] = ONE - n[0, :-1].sum()
        self.weights.append(n[0].numpy())
        return d


def as_recipe(op, m):
    name, numbers = step(op, m)
    fill = {"fill": "constant", "value": 0}
    if name == "affine":
        return {"affine": {"matrix": numbers, **fill}}
    if name == "shift":
        return {"shift": {"x": numbers[0], "y": numbers[1], **fill}}
    if name == "rotate":
        return {"rotate": {"degrees": numbers[0], **fill}}
    if name == "posterize":
        return {"posterize": {"bits": numbers[0]}}
    if name == "solarize":
        return {"solarize": {"threshold": numbers[0]}}
    return {name: {"factor": numbers[0]}} if numbers else {name: {}}


def draw(image, seed):
    """The recipe and the mixture, or None"""
    torch.manual_seed(seed)
    mix = Recorded(severity=8)
    mix.weights, chains = [], []
    apply = autoaugment._apply_op

    def recorded(img, op, m, interpolation, fill):
        result = apply(img, op, m, interpolation=interpolation, fill=fill)
        if img is mix.start:
            chains.append([])
        chains[-1].append((op, m, result))
        return result

    view = torch.Tensor.view

    def first_view(self, *shape):
        result = view(self, *shape)
        if self is image:
            mix.start = result
        return result

    autoaugment._apply_op, torch.Tensor.view = recorded, first_view
    try:
        theirs = mix(image)
    finally:
        autoaugment._apply_op, torch.Tensor.view = apply, view
    (own, mixed), shares = mix.weights
    weights = np.floor(shares / ONE * mixed)
    weights[-1] = mixed - weights[:-1].sum()
    recipe = [{"blend": {"weight": own / ONE}}]
    total = own * image.numpy().astype(np.float64)
    for chain, w in zip(chains, weights):
        steps = [as_recipe(op, m) for op, m, _ in chain]
        names = [next(iter(s)) for s in steps]
        if any(a in MOVES and b in MOVES for a, b in zip(names, names[1:])):
            return None
        recipe += steps + [{"blend": {"weight": w / ONE}}]
        total += w * chain[-1][2].reshape(image.shape).numpy()
    recipe[-1]["blend"]["last"] = True
    mixture = np.floor(total / ONE + 0.5).astype(np.uint8)
    difference = mixture.astype(int) - theirs.numpy()
    assert difference.min() >= -1 and difference.max() <= 1, difference
    return recipe, mixture


rng = np.random.default_rng(5)
coarse = torch.from_numpy(rng.uniform(0, 255, (1, 3, 6, 8)).astype(np.float32))
image = torch.nn.functional.interpolate(coarse, (HEIGHT, WIDTH), mode="bicubic", align_corners=False)[0].clamp(0, 255).round().to(torch.uint8)


def pixels(chw):
    return np.ascontiguousarray(np.transpose(chw, (1, 2, 0))).tobytes().hex()


print("-- Written by test/oracle/augmix.py: torchvision %s" % torchvision.__version__)
print("CREATE TEMPORARY TABLE mixed_image AS SELECT dp.image_encode('\\x%s', %d, %d, 3) AS image;" % (pixels(image.numpy()), WIDTH, HEIGHT))
print("CREATE TEMPORARY TABLE mixture (seed int, recipe jsonb, pixels bytea);")
print("INSERT INTO mixture VALUES")
rows, seed = [], 0
while len(rows) < 8:
    drawn = draw(image, seed)
    if drawn is not None:
        rows.append("(%d, '%s', '\\x%s')" % (seed, json.dumps(drawn[0]), pixels(drawn[1])))
    seed += 1
print(",\n".join(rows) + ";")
