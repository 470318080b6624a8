#!/usr/bin/env python3
"""shapes.py - what PyTorch computes for networks whose layers join, cut and move maps

Writes test/data/shapes.h, which test/kernel/test_shapes.c includes.  Run with
Debian's python3-torch (1.13):
        python3 test/oracle/shapes.py > test/data/shapes.h
"""
import torch
import torch.nn.functional as F

from known import case, flatten, image, same


def dense(x, w, i):
    return x @ w[i].T + w[i + 1]


def excite(x, w):
    a = F.conv2d(same(x, 3, 1), w[0], w[1])
    s = F.relu(dense(a.mean((2, 3)), w, 2))
    s = torch.sigmoid(dense(s, w, 4))
    return dense((a * s[:, :, None, None]).amax((2, 3)), w, 6)


def shuffle(x, groups):
    """nn.ChannelShuffle, which has no derivative in 1.13"""
    n, c, h, w = x.shape
    y = x.reshape(n, groups, c // groups, h, w).transpose(1, 2).reshape(n, c, h, w)
    assert torch.equal(y, torch.nn.ChannelShuffle(groups)(x.detach()))
    return y


def joined(x, w):
    x = torch.cat([F.conv2d(x, w[0], w[1]), F.relu(F.conv2d(x, w[2], w[3]))], 1)
    x = shuffle(x, 3)
    return dense(flatten(F.conv2d(x, w[4], w[5])), w, 6)


def lists(x, w):
    x = flatten(x)
    d = dense(x, w, 0)
    m = d * dense(x, w, 2) * d
    return dense(torch.cat([m, d], 1), w, 4)


def pixels(x, w):
    x = F.pixel_shuffle(F.conv2d(x, w[0], w[1]), 2)
    x = flatten(F.conv2d(x, w[2], w[3])).reshape(-1, 9, 4, 4).permute(0, 3, 1, 2)
    return dense(flatten(F.max_pool2d(x, 2)), w, 4)


def upsampled(x, w):
    x = F.interpolate(F.conv2d(x, w[0], w[1]), scale_factor=(2, 3), mode="nearest")
    x = F.interpolate(F.conv2d(x, w[2], w[3], stride=2), scale_factor=3, mode="bilinear", align_corners=False)
    return dense(flatten(F.conv2d(x, w[4], w[5], stride=3)), w, 6)


print("/* Written by test/oracle/shapes.py with PyTorch " + torch.__version__ + " */\n")
case("excite", image(2, 5, 6, 3), [(10, 3, 3, 3), (10,), (4, 10), (4,), (10, 4), (10,), (3, 10), (3,)], excite, "classes")
case("joined", image(2, 5, 4, 2), [(5, 2, 3, 3), (5,), (7, 2, 3, 3), (7,), (4, 12, 2, 2), (4,), (2, 8), (2,)], joined, "values")
case("lists", image(3, 2, 2, 3), [(5, 12), (5,), (5, 12), (5,), (3, 10), (3,)], lists, "classes")
case("pixels", image(2, 6, 6, 1), [(12, 1, 3, 3), (12,), (4, 3, 3, 3), (4,), (2, 32), (2,)], pixels, "values")
case("upsampled", image(2, 4, 4, 2), [(3, 2, 2, 2), (3,), (5, 3, 3, 3), (5,), (2, 5, 3, 2), (2,), (3, 16), (3,)], upsampled, "values")
