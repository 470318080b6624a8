#!/usr/bin/env python3
"""optimizer.py - what PyTorch's optimisers make of 37 numbers in three steps

Writes test/data/optimizer.h, which test/kernel/test_optimizer.c includes.  Run
with Debian's python3-torch (1.13):
        python3 test/oracle/optimizer.py > test/data/optimizer.h
Parameters and gradients are formulas that C evaluates alike; only results are
kept.  In the cases called decay, numbers 8 to 19 and 24 to 36 are decayed and
the others are not, which in PyTorch are two groups of parameters.
"""
import torch
from torch import optim

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
N = 37
DECAYED = [i for i in range(N) if 8 <= i < 20 or i >= 24]
CLIPPED = 10000
OTHERS = [i for i in range(N) if i not in DECAYED]


def numbers(n, salt):
    """(i * 37 + salt * 101) mod 61, centred: the same in C"""
    i = torch.arange(n)
    return ((i * 37 + salt * 101) % 61 - 30).to(torch.float64) / 40


def show(name, t):
    values = t.detach().reshape(-1).tolist()
    print(f"static const float {name}[] = {{")
    for i in range(0, len(values), 8):
        print("\t" + ", ".join(f"{v:.9g}" for v in values[i:i + 8]) + ",")
    print("};\n")


def steps(name, make, decay=0):
    """Three steps; two groups of parameters, of which the first is decayed"""
    start = numbers(N, 5)
    groups = [(start[places].clone().requires_grad_(), places) for places in (DECAYED, OTHERS)]
    opt = make([{"params": [groups[0][0]], "weight_decay": decay}, {"params": [groups[1][0]], "weight_decay": 0}])
    for step in range(1, 4):
        grad = (numbers(N, 10 + step) + numbers(N, 20 + step)) * 0.25
        for p, places in groups:
            p.grad = grad[places]
        opt.step()
        whole = torch.empty(N)
        for p, places in groups:
            whole[places] = p.detach()
        show(f"{name}_{step}", whole)


def averages():
    """an average of the parameters, as the update of one by momentum leaves them"""
    model = torch.nn.ParameterList([torch.nn.Parameter(numbers(N, 5))])
    opt = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    average = torch.optim.swa_utils.AveragedModel(model, avg_fn=lambda a, p, n: 0.9 * a + 0.1 * p)
    for step in range(1, 4):
        model[0].grad = (numbers(N, 10 + step) + numbers(N, 20 + step)) * 0.25
        opt.step()
        average.update_parameters(model)
        show(f"average_{step}", average.module[0])


def clip():
    """the norm of a gradient of two shards, and what it becomes"""
    p = torch.zeros(CLIPPED, requires_grad=True)
    p.grad = (numbers(CLIPPED, 11) + numbers(CLIPPED, 21)) * 0.25
    norm = torch.nn.utils.clip_grad_norm_([p], 3)
    print(f"static const double clip_from = {norm.item():.17g};\n")
    show("clip_to", p.grad[-40:])


print("/* Written by test/oracle/optimizer.py with PyTorch " + torch.__version__ + " */\n")
steps("adam", lambda p: optim.Adam(p, lr=0.01, betas=(0.9, 0.99), eps=1e-6))
steps("sgd", lambda p: optim.SGD(p, lr=0.1))
steps("momentum", lambda p: optim.SGD(p, lr=0.1, momentum=0.9))
steps("nesterov", lambda p: optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True))
steps("rmsprop", lambda p: optim.RMSprop(p, lr=0.01, alpha=0.9, eps=1e-6))
steps("rmsprop_momentum", lambda p: optim.RMSprop(p, lr=0.01, alpha=0.9, eps=1e-6, momentum=0.8))
steps("adamw_decay", lambda p: optim.AdamW(p, lr=0.01, betas=(0.9, 0.99), eps=1e-6), 0.5)
steps("sgd_decay", lambda p: optim.SGD(p, lr=0.1), 0.25)
steps("nesterov_decay", lambda p: optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True), 0.25)
steps("rmsprop_decay", lambda p: optim.RMSprop(p, lr=0.01, alpha=0.9, eps=1e-6), 0.25)
averages()
clip()
