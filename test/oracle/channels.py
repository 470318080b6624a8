#!/usr/bin/env python3
"""channels.py - what PyTorch computes for pad_channels and slice_channels

Writes test/data/channels.h, which test/kernel/test_channels.c includes.  Run
with Debian's python3-torch (1.13):
        python3 test/oracle/channels.py > test/data/channels.h
"""
import torch
import torch.nn.functional as F

from known import case, flatten, image, same


def padded(x, w):
    """The short cut of a residual network: every second pixel, and zeros behind"""
    a = F.conv2d(same(x, 3, 1), w[0], w[1])
    short = F.pad(a[:, :, ::2, ::2], (0, 0, 0, 0, 0, 19 - 5))
    b = F.conv2d(same(a, 3, 2), w[2], w[3], stride=2)
    return flatten(torch.tanh(b + short)) @ w[4].T + w[5]


def sliced(x, w):
    """Channels 0 to 13 and 9 to 27 of 30: neither is a multiple of any block, and some are taken twice"""
    a = torch.tanh(F.conv2d(x, w[0], w[1]))
    left, right = a[:, 0:14], a[:, 9:28]
    left = F.conv2d(left, w[2], w[3])
    return flatten(torch.tanh(left + F.conv2d(right, w[4], w[5]))) @ w[6].T + w[7]


print("/* Written by test/oracle/channels.py with PyTorch " + torch.__version__ + " */\n")
case("padded", image(2, 6, 7, 2), [(5, 2, 3, 3), (5,), (19, 5, 3, 3), (19,), (3, 228), (3,)], padded, "values")
case("sliced", image(2, 5, 6, 2), [(30, 2, 2, 2), (30,), (5, 14, 2, 2), (5,), (5, 19, 2, 2), (5,), (2, 60), (2,)], sliced, "classes")
