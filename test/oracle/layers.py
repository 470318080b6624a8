#!/usr/bin/env python3
"""layers.py - what PyTorch computes for small networks

Writes test/data/layers.h, which test/kernel/test_layers.c includes.  Run with Debian's python3-torch (1.13):
        python3 test/oracle/layers.py > test/data/layers.h
"""
import torch
import torch.nn.functional as F

from known import case, flatten, image, numbers, same, show


def lenet(x, w):
    x = F.max_pool2d(F.relu(F.conv2d(x, w[0], w[1])), 2)
    x = F.max_pool2d(F.relu(F.conv2d(x, w[2], w[3])), 2)
    return flatten(x) @ w[4].T + w[5]


def strided(x, w):
    x = torch.tanh(F.conv2d(same(x, 3, 2), w[0], w[1], stride=2))
    x = F.conv2d(same(x, 3, 1, 2), w[2], w[3], dilation=2, groups=2)
    x = F.leaky_relu(x, 0.2)
    return x.mean((2, 3)) @ w[4].T + w[5]


def pooled(x, w):
    x = torch.sigmoid(F.conv2d(x, w[0], w[1]))
    # Keras's "same" average counts only what is inside the map
    x = F.avg_pool2d(x, 3, 2, 1, ceil_mode=True, count_include_pad=False)
    return flatten(x) @ w[2].T + w[3]


def graph(x, w):
    a = F.relu(F.conv2d(same(x, 3, 1), w[0], w[1]))
    b = F.conv2d(same(a, 3, 1), w[2], w[3])
    return flatten(F.relu(a + b)) @ w[4].T + w[5]


def separable(x, w):
    x = torch.tanh(F.conv2d(x, w[0], w[1]))
    x = F.conv2d(same(x, 3, 2), w[2], w[3], stride=2, groups=6)
    return flatten(F.leaky_relu(x, 0.2)) @ w[4].T + w[5]


print("/* Written by test/oracle/layers.py with PyTorch " + torch.__version__ + " */\n")
case("lenet", image(3, 12, 12, 1), [(5, 1, 3, 3), (5,), (6, 5, 2, 2), (6,), (4, 24), (4,)], lenet, "classes")
case("strided", image(2, 7, 8, 3), [(6, 3, 3, 3), (6,), (4, 3, 3, 3), (4,), (2, 4), (2,)], strided, "values")
case("pooled", image(2, 7, 7, 5), [(3, 5, 3, 3), (3,), (3, 27), (3,)], pooled, "classes")
case("graph", image(2, 5, 4, 2), [(6, 2, 3, 3), (6,), (6, 6, 3, 3), (6,), (3, 120), (3,)], graph, "values")
case("separable", image(2, 8, 7, 3), [(6, 3, 2, 2), (6,), (6, 1, 3, 3), (6,), (3, 72), (3,)], separable, "values")
