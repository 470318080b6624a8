#!/usr/bin/env python3
"""norm.py - what PyTorch computes for networks with normalisation

Writes test/data/norm.h, which test/kernel/test_norm.c includes.  Run with
Debian's python3-torch (1.13):
        python3 test/oracle/norm.py > test/data/norm.h

A network is trained for three steps of gradient descent on two shards of
unequal size and weight.  Each shard is normalised by its own statistics
(torch.nn.functional.batch_norm); the running ones move towards the mean over
the shards, by weight.  Kept are the loss of each step, all weights and running
statistics at the end, and the outputs then, by the running statistics.
"""
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)

RATE = 0.05
SHARDS = ((0, 3), (3, 5))


def numbers(n, salt):
    """(i * 37 + salt * 101) mod 61, centred: the same in C"""
    i = torch.arange(n)
    return ((i * 37 + salt * 101) % 61 - 30).to(torch.float64) / 40


def image(n, h, w, c):
    """bytes (n, h, w, c) -> float (n, c, h, w) / 255"""
    i = torch.arange(n * h * w * c)
    x = ((i * 89 + 7) % 256).to(torch.float64) / 255
    return x.reshape(n, h, w, c).permute(0, 3, 1, 2)


def show(name, t):
    values = t.detach().reshape(-1).tolist()
    print(f"static const float {name}[] = {{")
    for i in range(0, len(values), 8):
        print("\t" + ", ".join(f"{v:.9g}" for v in values[i:i + 8]) + ",")
    print("};\n")


def flatten(x):
    return x.permute(0, 2, 3, 1).reshape(x.shape[0], -1)


class Tensors:
    """The tensors of a network in the order of the library, filled by a formula"""

    def __init__(self, shapes, running):
        self.all = []
        for i, s in enumerate(shapes):
            t = numbers(int(torch.tensor(s).prod()), i + 1).reshape(s)
            if i in running:        # a variance is positive
                t = t.abs() + 0.5 if running[i] else t
            else:
                t.requires_grad_()
            self.all.append(t)
        self.running = running

    def weights(self):
        return [t for i, t in enumerate(self.all) if i not in self.running]


class Norm:
    """batch_norm over tensors k .. k + 3; collects the statistics of each shard"""

    def __init__(self, tensors, training):
        self.tensors = tensors
        self.training = training
        self.seen = {}

    def __call__(self, x, k, epsilon):
        gamma, beta, mean, variance = self.tensors.all[k:k + 4]
        if not self.training:
            return F.batch_norm(x, mean, variance, gamma, beta, False, 0, epsilon)
        dims = [d for d in range(x.dim()) if d != 1]
        self.seen[k] = (x.detach().mean(dims), x.detach().var(dims, unbiased=False))
        return F.batch_norm(x, None, None, gamma, beta, True, 0, epsilon)


def case(name, x, shapes, running, momenta, forward, loss):
    tensors = Tensors(shapes, running)
    n = x.shape[0]
    weight = 0.5 + 0.25 * torch.arange(n)
    noutputs = shapes[-1][0]
    classes = (torch.arange(n) * 2 + 1) % noutputs
    values = numbers(n * noutputs, 99).reshape(n, noutputs)
    losses = []
    for _ in range(3):
        total = 0
        seen = []
        for a, b in SHARDS:
            norm = Norm(tensors, True)
            y = forward(x[a:b], tensors.all, norm)
            each = F.cross_entropy(y, classes[a:b], reduction="none") if loss == "classes" else ((y - values[a:b]) ** 2).mean(1)
            total = total + (each * weight[a:b]).sum()
            seen.append((weight[a:b].sum(), norm.seen))
        losses.append(total.item())
        grads = torch.autograd.grad(total / weight.sum(), tensors.weights())
        with torch.no_grad():
            for t, g in zip(tensors.weights(), grads):
                t -= RATE * g
            for k, momentum in momenta.items():
                for j in (0, 1):
                    merged = sum(w * s[k][j] for w, s in seen) / weight.sum()
                    tensors.all[k + 2 + j].mul_(momentum).add_((1 - momentum) * merged)
    show(name + "_losses", torch.tensor(losses))
    show(name + "_tensors", torch.cat([t.detach().reshape(-1) for t in tensors.all]))
    y = forward(x, tensors.all, Norm(tensors, False))
    show(name + "_y", F.softmax(y, 1) if loss == "classes" else y)


def residual(x, t, norm):
    a = F.relu(norm(F.conv2d(x, t[0], padding=1), 1, 1e-3))
    b = norm(F.conv2d(a, t[5], padding=1), 6, 1e-2)
    y = F.relu(a + b).mean((2, 3))
    return y @ t[10].T + t[11]


def ragged(x, t, norm):
    x = torch.tanh(norm(norm(x, 0, 1e-3), 4, 1e-3))
    x = torch.sigmoid(norm(F.conv2d(x, t[8], t[9], stride=2, groups=3), 10, 1e-3))
    return flatten(x) @ t[14].T + t[15]


def lists(x, t, norm):
    x = F.relu(norm(flatten(x) @ t[0].T, 1, 1e-3))
    x = norm(x @ t[5].T + t[6], 7, 1e-3)
    return x @ t[11].T


print("/* Written by test/oracle/norm.py with PyTorch " + torch.__version__ + " */\n")
case("residual", image(5, 6, 5, 3), [(10, 3, 3, 3), (10,), (10,), (10,), (10,), (10, 10, 3, 3), (10,), (10,), (10,), (10,), (4, 10), (4,)],
     {3: 0, 4: 1, 8: 0, 9: 1}, {1: 0.99, 6: 0.5}, residual, "classes")
case("ragged", image(5, 5, 7, 3), [(3,)] * 8 + [(6, 1, 3, 3), (6,)] + [(6,)] * 4 + [(2, 36), (2,)],
     {2: 0, 3: 1, 6: 0, 7: 1, 12: 0, 13: 1}, {0: 0.9, 4: 0, 10: 0.9}, ragged, "values")
case("lists", image(5, 2, 3, 1), [(7, 6), (7,), (7,), (7,), (7,), (5, 7), (5,), (5,), (5,), (5,), (5,), (3, 5)],
     {3: 0, 4: 1, 9: 0, 10: 1}, {1: 0.8, 7: 1}, lists, "values")
