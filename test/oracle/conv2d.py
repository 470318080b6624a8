#!/usr/bin/python3
"""Convolution and pooling as PyTorch computes them, frozen for test/kernel/test_conv2d.c.

    test/oracle/conv2d.py > test/data/conv2d_torch.h

Inputs are element i = ((i * 37) % 19 - 9) / 8, exact in a float, and shifted
by one for each further tensor, so that the test makes them itself.
"""
import torch
import torch.nn.functional as F

torch.set_num_threads(1)


def series(shape, shift):
    n = 1
    for s in shape:
        n *= s
    i = torch.arange(n)
    return (((i + shift) * 37 % 19 - 9).double() / 8).reshape(shape)


# n, c_in, h, w, c_out, k, stride, padding, dilation, groups
cases = [
    (1, 3, 5, 6, 4, 3, 1, 1, 1, 1),
    (2, 4, 6, 5, 6, 3, 2, 1, 1, 2),
    (1, 9, 7, 7, 2, 3, 1, 2, 2, 1),
    (1, 4, 6, 6, 4, 5, 3, 2, 1, 4),
    (2, 19, 7, 6, 19, 3, 1, 1, 1, 19),
    (1, 16, 9, 8, 16, 3, 2, 2, 2, 16),
]


def numbers(t):
    """The first and last eight numbers, and the sum of all of them, weighted by their position"""
    t = t.detach().flatten()
    weights = 1 + torch.arange(len(t)).double() % 7
    return list(t[:8]) + list(t[-8:]) + [(t * weights).sum()]


print("/* Written by test/oracle/conv2d.py with PyTorch %s in double precision */" % torch.__version__.split("+")[0])
print("static const struct frozen\n{")
print("\tint\t\t\tn, c_in, h, w, c_out, k, stride, padding, dilation, groups;")
print("\tdouble\t\ty[17], dx[17], dw[17], db[17];\n}\t\t\tfrozen[] = {")
for case in cases:
    n, c_in, h, w, c_out, k, stride, padding, dilation, groups = case
    x = series((n, c_in, h, w), 0).requires_grad_()
    weight = series((c_out, c_in // groups, k, k), 1).requires_grad_()
    bias = series((c_out,), 2).requires_grad_()
    y = F.conv2d(x, weight, bias, stride, padding, dilation, groups)
    y.backward(series(y.shape, 3))
    print("\t{%s," % ", ".join(map(str, case)))
    for t in (y, x.grad, weight.grad, bias.grad):
        v = numbers(t)
        if len(t.flatten()) < 16:
            v = list(t.detach().flatten()) + [torch.tensor(0.0)] * (16 - t.numel()) + [v[-1]]
        print("\t\t{%s}," % ", ".join("%.10g" % float(f) for f in v))
    print("\t},")
print("};")
