#!/usr/bin/env python3
"""schedule.py - learning rates of PyTorch's schedulers, and Keras's callbacks

Writes test/data/schedule.h, which test/kernel/test_optimizer.c includes: rates
of ten steps by PyTorch, and what Keras's ReduceLROnPlateau and EarlyStopping
make of a list of losses.  Run with PyTorch 1.13 and Keras 3.15, each where it
is installed:
        python3 test/oracle/schedule.py torch > test/data/schedule.h
        KERAS_BACKEND=numpy python3 test/oracle/schedule.py keras >> test/data/schedule.h
"""
import sys

STEPS = 10
# falls, rests within 1e-4 of the best, rises, and falls again
LOSSES = [1.0, 0.8, 0.79995, 0.8, 0.79992, 0.9, 0.7, 0.75, 0.72, 0.7, 0.71, 0.71, 0.5, 0.6, 0.6, 0.6, 0.6]


def show(kind, name, values):
    print(f"static const {kind} {name}[] = {{" + ", ".join(f"{v:.17g}" for v in values) + "};\n")


def with_torch():
    import torch
    from torch.optim.lr_scheduler import (ConstantLR, CosineAnnealingLR, LinearLR, OneCycleLR, SequentialLR, StepLR)

    def rates(name, make):
        opt = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
        schedule = make(opt)
        out = []
        for _ in range(STEPS):
            out.append(opt.param_groups[0]["lr"])
            opt.step()
            schedule.step()
        show("double", name, out)

    def warm(opt, make, n=4):
        """a line from 1/n of the rate at the first step to all of it at step n"""
        return SequentialLR(opt, [LinearLR(opt, start_factor=1 / n, total_iters=n - 1), make(opt)], milestones=[n])

    print("/* Written by test/oracle/schedule.py with PyTorch " + torch.__version__ + " */\n")
    rates("rates_cosine", lambda o: CosineAnnealingLR(o, T_max=STEPS))
    rates("rates_one_cycle", lambda o: OneCycleLR(o, max_lr=0.1, total_steps=STEPS))
    rates("rates_step", lambda o: StepLR(o, step_size=3, gamma=0.5))
    rates("rates_warm_constant", lambda o: warm(o, lambda p: ConstantLR(p, factor=1)))
    rates("rates_warm_cosine", lambda o: warm(o, lambda p: CosineAnnealingLR(p, T_max=STEPS - 4)))
    rates("rates_warm_step", lambda o: warm(o, lambda p: StepLR(p, step_size=3, gamma=0.5)))


def with_keras():
    import keras

    class Model:
        """What the callbacks ask of a model: its epoch stands for its weights"""
        def __init__(self):
            self.optimizer = type("Optimizer", (), {"learning_rate": 0.1})()
            self.stop_training = False
            self.weights = 0
            self.metrics = []

        def get_weights(self):
            return self.weights

        def set_weights(self, weights):
            self.weights = weights

    def drive(callback, losses):
        model = Model()
        callback.set_model(model)
        callback.on_train_begin()
        rates = []
        for epoch, loss in enumerate(losses):
            model.weights = epoch + 1
            rates.append(model.optimizer.learning_rate)
            callback.on_epoch_end(epoch, {"val_loss": loss})
            if model.stop_training:
                break
        callback.on_train_end()
        return rates, len(rates), model.weights

    print("/* and with Keras " + keras.__version__ + " */\n")
    show("double", "plateau_losses", LOSSES)
    plateau = keras.callbacks.ReduceLROnPlateau
    show("double", "plateau_rates_2", drive(plateau(factor=0.5, patience=2, mode="min"), LOSSES)[0])
    show("double", "plateau_rates_3", drive(plateau(factor=0.1, patience=3, min_delta=0, mode="min"), LOSSES)[0])
    stops = []
    for patience in range(1, 7):
        early = keras.callbacks.EarlyStopping(patience=patience, mode="min", restore_best_weights=True)
        stops += drive(early, LOSSES)[1:]
    print("/* by patience from 1: the last epoch, and that of the weights kept */")
    show("int", "early_stops", stops)


with_torch() if sys.argv[1] == "torch" else with_keras()
