#!/usr/bin/env python3
"""losses.py - what PyTorch computes for losses, targets of every kind, and gradients

Writes test/data/losses.h, which test/kernel/test_losses.c includes.  Run with
Debian's python3-torch (1.13):
        python3 test/oracle/losses.py > test/data/losses.h
Inputs, weights and targets are formulas that C evaluates alike; only results
are kept: the loss of the weighted sum over samples, the shares of it that
metrics are made of, and the gradients of the two tensors.
"""
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)


def numbers(n, salt):
    """(i * 37 + salt * 101) mod 61, centred: the same in C"""
    i = torch.arange(n)
    return ((i * 37 + salt * 101) % 61 - 30).to(torch.float64) / 40


def some_bytes(n, factor, offset):
    return ((torch.arange(n) * factor + offset) % 256).to(torch.float64) / 255


def show(name, t):
    values = t.detach().reshape(-1).tolist()
    print(f"static const float {name}[] = {{")
    for i in range(0, len(values), 8):
        print("\t" + ", ".join(f"{v:.9g}" for v in values[i:i + 8]) + ",")
    print("};\n")


def finish(name, each, y, w, squared=None):
    """each: loss of each sample; squared: its mean squared error"""
    weight = 0.5 + 0.25 * torch.arange(each.shape[0])
    total = (each * weight).sum()
    total.backward()
    sums = [total, (squared * weight).sum() if squared is not None else torch.zeros(())]
    show(name + "_sums", torch.stack([s.detach() for s in sums]))
    show(name + "_y", y)
    for i, t in enumerate(w):
        show(f"{name}_g{i}", t.grad)


def dense(n, inputs, outputs, scale=1):
    x = numbers(n * inputs, 50).reshape(n, inputs) * scale
    w = [numbers(outputs * inputs, 1).reshape(outputs, inputs).requires_grad_(), numbers(outputs, 2).requires_grad_()]
    return x @ w[0].T + w[1], w


def probabilities(n, c):
    q = numbers(n * c, 7).abs().reshape(n, c) + 0.05
    return q / q.sum(1, keepdim=True)


def classes(name, smoothing, soft):
    y, w = dense(5, 4, 3)
    target = probabilities(5, 3) if soft else torch.arange(5) % 3
    finish(name, F.cross_entropy(y, target, reduction="none", label_smoothing=smoothing), F.softmax(y, 1), w)


def each_loss(loss, y, t):
    if loss == "mse":
        return F.mse_loss(y, t, reduction="none"), y
    if loss == "mae":
        return F.l1_loss(y, t, reduction="none"), y
    if loss == "huber":
        return F.huber_loss(y, t, reduction="none"), y
    return F.binary_cross_entropy_with_logits(y, t, reduction="none"), torch.sigmoid(y)


def values(name, loss, scale):
    y, w = dense(5, 4, 3, scale)
    t = some_bytes(15, 53, 11).reshape(5, 3) if loss == "binary" else numbers(15, 99).reshape(5, 3) * 3
    each, out = each_loss(loss, y, t)
    finish(name, each.mean(1), out, w, ((out - t) ** 2).mean(1))


def images(name, loss):
    """a map of 6 x 5 x 5 from an image of 6 x 5 x 2, as (h, w, c)"""
    n, h, wide, cin, c = 2, 6, 5, 2, 5
    x = some_bytes(n * h * wide * cin, 89, 7).reshape(n, h, wide, cin).permute(0, 3, 1, 2)
    w = [numbers(c * cin * 9, 1).reshape(c, cin, 3, 3).requires_grad_(), numbers(c, 2).requires_grad_()]
    y = F.conv2d(x, w[0], w[1], padding=1).permute(0, 2, 3, 1).reshape(n, -1)
    t = some_bytes(n * h * wide * c, 53, 11).reshape(n, -1)
    each, out = each_loss(loss, y, t)
    finish(name, each.mean(1), out, w, ((out - t) ** 2).mean(1))


print("/* Written by test/oracle/losses.py with PyTorch " + torch.__version__ + " */\n")
classes("smoothed", 0.2, False)
classes("soft", 0, True)
classes("soft_smoothed", 0.1, True)
values("mse", "mse", 4)
values("mae", "mae", 4)
values("huber", "huber", 4)
values("binary", "binary", 1)
values("steep", "binary", 1000)
for kind in ("mse", "mae", "huber", "binary"):
    images("image_" + kind, kind)
