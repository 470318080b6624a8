"""known.py - what PyTorch computes for a network: used by the scripts that freeze it

Inputs and weights are formulas that C evaluates alike (test/kernel/known.h);
only results are kept.  Kernels are (out, in, kh, kw), and lists are flattened
in the order height, width, channel, as the library does.
"""
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)


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


def same(x, k, stride, dilation=1):
    """TensorFlow's padding: the smaller half comes first"""
    pads = []
    for size in (x.shape[3], x.shape[2]):
        out = -(-size // stride)
        p = max(0, (out - 1) * stride + (k - 1) * dilation + 1 - size)
        pads += [p // 2, p - p // 2]
    return F.pad(x, pads)


def flatten(x):
    return x.permute(0, 2, 3, 1).reshape(x.shape[0], -1)


def weights(shapes):
    out = []
    for i, s in enumerate(shapes):
        n = 1
        for d in s:
            n *= d
        out.append(numbers(n, i + 1).reshape(s).requires_grad_())
    return out


def case(name, x, shapes, forward, loss):
    w = weights(shapes)
    y = forward(x, w)
    n = y.shape[0]
    weight = 0.5 + 0.25 * torch.arange(n)
    if loss == "classes":
        target = (torch.arange(n) * 2 + 1) % y.shape[1]
        each = F.cross_entropy(y, target, reduction="none")
        out = F.softmax(y, 1)
    else:
        target = numbers(y.numel(), 99).reshape(y.shape)
        each = ((y - target) ** 2).mean(1)
        out = y
    total = (each * weight).sum()
    total.backward()
    show(name + "_y", out)
    show(name + "_loss", total)
    for i, t in enumerate(w):
        show(f"{name}_g{i}", t.grad)
