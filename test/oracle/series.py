#!/usr/bin/env python3
"""series.py - what PyTorch computes for networks over series

Writes test/data/series.h, which test/kernel/test_series.c includes.  Run with
Debian's python3-torch (1.13):
        python3 test/oracle/series.py > test/data/series.h
A series is stored as (length, channels); to PyTorch it is (channels, length).
"""
import torch
import torch.nn.functional as F

from known import case, image


def series(n, length, channels):
    return image(n, 1, length, channels)[:, :, 0]


def same(x, k, stride, dilation=1):
    out = -(-x.shape[2] // stride)
    p = max(0, (out - 1) * stride + (k - 1) * dilation + 1 - x.shape[2])
    return F.pad(x, (p // 2, p - p // 2))


def causal(x, k, dilation):
    return F.pad(x, ((k - 1) * dilation, 0))


def deep(x, w):
    x = F.max_pool1d(F.relu(F.conv1d(same(x, 4, 1), w[0], w[1])), 2)
    x = F.conv1d(causal(x, 3, 2), w[2], w[3], dilation=2)
    # Keras's "same" average counts only what is inside the series
    x = F.avg_pool1d(x, 3, 2, 0, ceil_mode=True, count_include_pad=False)
    x = F.conv1d(x, w[4], w[5], stride=2, groups=2)
    return x.mean(2) @ w[6].T + w[7]


def strided(x, w):
    x = F.silu(F.conv1d(causal(x, 5, 1), w[0], w[1], stride=3))
    x = torch.tanh(F.conv1d(same(x, 3, 2), w[2], w[3], stride=2))
    return x.amax(2) @ w[4].T + w[5]


print("/* Written by test/oracle/series.py with PyTorch " + torch.__version__ + " */\n")
case("deep", series(3, 20, 3), [(5, 3, 4), (5,), (4, 5, 3), (4,), (6, 2, 2), (6,), (3, 6), (3,)], deep, "classes")
case("strided", series(2, 23, 1), [(18, 1, 5), (18,), (7, 18, 3), (7,), (2, 7), (2,)], strided, "values")
