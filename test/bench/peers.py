"""peers.py torch|keras a|b - images per second another library trains a network with

Networks a and b, batches, Adam and cross-entropy are those of networks.sh.
Images are floats in memory, in the layout the library likes best, and not
shuffled.  Each way the library has (layouts, compilers) is warmed up and then
timed three times; the best is printed: images/s, library, version, way.
"""
import os
import sys
import time

peer, net = sys.argv[1:3]
brief = bool(os.environ.get("BENCH_SHORT"))
side, channels, filters, batch, steps = (28, 1, (32, 64), 64, 100) if net == "a" else (224, 3, (32, 64, 128), 32, 4)
nbatches = 4
if brief:
    steps = max(2, steps // 4)


def best_of(step):
    """Images per second of calls of step(i), after a warm-up"""
    for i in range(nbatches):
        step(i)
    best = 0
    for _ in range(3):
        start = time.perf_counter()
        for i in range(steps):
            step(i % nbatches)
        best = max(best, steps * batch / (time.perf_counter() - start))
    return best


def flat_size():
    s = side
    for _ in filters:
        s = (s - 2) // 2
    return s * s * filters[-1]


def with_torch():
    import torch
    from torch import nn

    torch.set_num_threads(2)
    torch.manual_seed(1)

    def trainer(layout, compiled):
        layers, c = [], channels
        for f in filters:
            layers += [nn.Conv2d(c, f, 3), nn.ReLU(), nn.MaxPool2d(2)]
            c = f
        model = nn.Sequential(*layers, nn.Flatten(), nn.Linear(flat_size(), 10)).to(memory_format=layout)
        adam = torch.optim.Adam(model.parameters())
        loss = nn.CrossEntropyLoss()
        xs = [torch.rand(batch, channels, side, side).contiguous(memory_format=layout) for _ in range(nbatches)]
        ys = [torch.arange(batch) % 10 for _ in range(nbatches)]
        run = torch.compile(model) if compiled else model

        def step(i):
            adam.zero_grad(set_to_none=True)
            loss(run(xs[i]), ys[i]).backward()
            adam.step()
        return step

    name = "PyTorch " + torch.__version__
    yield name + " channels_last", lambda: best_of(trainer(torch.channels_last, False))
    if brief:
        return
    yield name, lambda: best_of(trainer(torch.contiguous_format, False))
    if hasattr(torch, "compile"):
        yield name + " channels_last compiled", lambda: best_of(trainer(torch.channels_last, True))


def with_keras():
    import keras
    import numpy

    if keras.backend.backend() == "tensorflow":
        import tensorflow
        tensorflow.config.threading.set_intra_op_parallelism_threads(2)
        tensorflow.config.threading.set_inter_op_parallelism_threads(2)

    class Watch(keras.callbacks.Callback):
        """Seconds of each epoch's steps"""
        def on_train_batch_begin(self, batch, logs=None):
            if batch == 0:
                self.start = time.perf_counter()

        def on_epoch_end(self, epoch, logs=None):
            self.seconds = getattr(self, "seconds", []) + [time.perf_counter() - self.start]

    def fit(jit):
        layers = [keras.layers.Input((side, side, channels))]
        for f in filters:
            layers += [keras.layers.Conv2D(f, 3, activation="relu"), keras.layers.MaxPooling2D(2)]
        model = keras.Sequential(layers + [keras.layers.Flatten(), keras.layers.Dense(10)])
        model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), jit_compile=jit)
        n = batch * steps
        x = numpy.random.default_rng(1).random((n, side, side, channels), dtype=numpy.float32)
        watch = Watch()
        model.fit(x, numpy.arange(n) % 10, batch_size=batch, epochs=4, shuffle=False, verbose=0, callbacks=[watch])
        return n / min(watch.seconds[1:])

    name = "Keras %s on %s" % (keras.__version__, keras.backend.backend())
    yield name, lambda: fit(False)
    if not brief:
        yield name + " compiled by XLA", lambda: fit(True)


best = (0, "")
for way, rate in {"torch": with_torch, "keras": with_keras}[peer]():
    try:
        best = max(best, (rate(), way))
    except Exception as e:      # a compiler that is not there
        print(way, e, file=sys.stderr)
if best[0] == 0:
    sys.exit("no way of %s works" % peer)
print("%.1f %s" % best)
