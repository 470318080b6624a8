#!/usr/bin/env python3
"""layer_norm.py - what PyTorch computes for networks with layer_norm

Writes test/data/layer_norm.h, which test/kernel/test_layer_norm.c includes.
Run with Debian's python3-torch (1.13):
        python3 test/oracle/layer_norm.py > test/data/layer_norm.h
"""
import torch
import torch.nn.functional as F

from known import case, flatten, image


def norm(x, w, i, epsilon=1e-3):
    """Over the channels of a map (n, c, h, w), or over the values of a list"""
    if x.dim() == 4:
        x = x.permute(0, 2, 3, 1)
        return F.layer_norm(x, x.shape[-1:], w[i], w[i + 1], epsilon).permute(0, 3, 1, 2)
    return F.layer_norm(x, x.shape[-1:], w[i], w[i + 1], epsilon)


def dense(x, w, i):
    return x @ w[i].T + w[i + 1]


def maps(x, w):
    a = norm(x, w, 0)
    b = F.relu(norm(F.conv2d(a, w[2], w[3], padding=1), w, 4, 0.01))
    return dense(flatten(b), w, 6)


def lists(x, w):
    return dense(torch.tanh(norm(dense(flatten(x), w, 0), w, 2)), w, 4)


print("/* Written by test/oracle/layer_norm.py with PyTorch " + torch.__version__ + " */\n")
case("maps", image(3, 4, 5, 3), [(3,), (3,), (21, 3, 3, 3), (21,), (21,), (21,), (2, 420), (2,)], maps, "values")
case("lists", image(3, 2, 3, 1), [(7, 6), (7,), (7,), (7,), (4, 7), (4,)], lists, "classes")
