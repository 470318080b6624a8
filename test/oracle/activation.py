#!/usr/bin/env python3
"""activation.py - activations and their derivatives as PyTorch has them, alone and in networks

Writes test/data/activation.h, which test/kernel/test_activation.c includes.
Run with Debian's python3-torch (1.13):
        python3 test/oracle/activation.py > test/data/activation.h
With the argument "fit" it prints instead, with python3-mpmath and
python3-numpy, the polynomial of src/kernel/simd/activation.c for Mills' ratio
exp(t*t/2) * (1 - normal(t)) in u = (t - 3) / (t + 3), 0 <= t <= 13.2, and its
largest relative error.  Least squares are reweighted towards equal errors
(Lawson 1961).
"""
import sys

FUNCTIONS = ["relu", "leaky_relu", "elu", "sigmoid", "tanh", "gelu", "silu", "hard_sigmoid", "hard_swish"]
POINTS = [-80, -20, -13, -9.5, -6, -4.25, -3.5, -2.75, -2, -1.5, -1, -0.75, -0.625, -0.5, -0.25, -0.03125, -1e-5,
          0, 1e-5, 0.03125, 0.25, 0.5, 0.625, 0.75, 1, 1.5, 2, 2.75, 3.5, 4.25, 6, 9.5, 13, 20, 80]


def fit(degree=9, k=3.0, end=13.2, points=400):
    import mpmath as mp
    import numpy as np

    mp.mp.dps = 40
    low, high = -1.0, (end - k) / (end + k)
    u = (low + high) / 2 + (high - low) / 2 * np.cos(np.pi * (np.arange(points) + 0.5) / points)
    t = [mp.mpf(k) * (1 + mp.mpf(x)) / (1 - mp.mpf(x)) for x in u]
    y = np.array([float(mp.erfc(x / mp.sqrt(2)) / 2 * mp.exp(x * x / 2)) for x in t])
    a = np.polynomial.chebyshev.chebvander((2 * u - low - high) / (high - low), degree)
    w = np.ones(points)
    for _ in range(200):
        s = np.sqrt(w) / y
        c = np.linalg.lstsq(a * s[:, None], y * s, rcond=None)[0]
        error = np.abs(a @ c / y - 1)
        w *= error / error.max() + 1e-3
        w /= w.sum()
    p = np.polynomial.chebyshev.Chebyshev(c, domain=[low, high])
    p = p.convert(kind=np.polynomial.Polynomial, domain=[-1, 1], window=[-1, 1])
    print([float(np.float32(x)) for x in p.coef], error.max())


def show(name, values):
    print(f"static const double {name}[] = {{")
    for i in range(0, len(values), 4):
        print("\t" + ", ".join(f"{v:.17g}" for v in values[i:i + 4]) + ",")
    print("};\n")


def table():
    import torch
    import torch.nn.functional as F

    torch.set_default_dtype(torch.float64)
    functions = {"relu": F.relu, "leaky_relu": lambda x: F.leaky_relu(x, 0.25), "elu": lambda x: F.elu(x, 0.25),
                 "sigmoid": torch.sigmoid,
                 "tanh": torch.tanh, "gelu": F.gelu, "silu": F.silu,
                 "hard_sigmoid": F.hardsigmoid, "hard_swish": F.hardswish}
    print("/* Written by test/oracle/activation.py with PyTorch " + torch.__version__ + " */\n")
    points = torch.tensor(POINTS).float().double()
    show("known_x", points.tolist())
    for name in FUNCTIONS:
        x = points.clone().requires_grad_()
        y = functions[name](x)
        y.sum().backward()
        show(f"known_{name}", y.tolist())
        show(f"known_{name}_derivative", x.grad.tolist())


def fused(x, w):
    from known import flatten, same
    import torch.nn.functional as F

    x = F.gelu(F.conv2d(same(x, 3, 1), w[0], w[1]))
    x = F.hardswish(F.silu(F.conv2d(x, w[2], w[3])))
    return F.hardsigmoid(flatten(x) @ w[4].T + w[5]) @ w[6].T + w[7]


def layers(x, w):
    from known import flatten
    import torch.nn.functional as F

    x = F.gelu(F.conv2d(x, w[0], w[1]))
    x = F.silu(F.hardsigmoid(F.conv2d(x, w[2], w[3])))
    return F.hardswish(flatten(x) @ w[4].T + w[5]) @ w[6].T + w[7]


def elus(x, w):
    from known import flatten, same
    import torch.nn.functional as F

    x = F.elu(F.conv2d(same(x, 3, 1), w[0], w[1]))
    x = F.elu(F.conv2d(x, w[2], w[3]), 0.5)
    return F.elu(flatten(x) @ w[4].T + w[5]) @ w[6].T + w[7]


def networks():
    from known import case, image

    case("fused", image(3, 6, 5, 2), [(5, 2, 3, 3), (5,), (3, 5, 3, 3), (3,), (6, 36), (6,), (4, 6), (4,)], fused, "classes")
    case("layers", image(2, 6, 6, 3), [(6, 3, 3, 3), (6,), (5, 6, 2, 2), (5,), (4, 45), (4,), (2, 4), (2,)], layers, "values")
    case("elus", image(2, 6, 5, 2), [(5, 2, 3, 3), (5,), (3, 5, 3, 3), (3,), (6, 36), (6,), (2, 6), (2,)], elus, "values")


if sys.argv[1:] == ["fit"]:
    fit()
else:
    table()
    networks()
