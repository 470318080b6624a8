#!/usr/bin/python3
"""Writes test/data/predict.sql (and test/data/model, a seed for fuzzing): small networks, inputs, and what they must give.

Outputs are PyTorch's (images resized by Pillow), measures scikit-learn's, and
checksums come from the CRC-32C of stored.py, so nothing of datapower is involved.
"""
import base64
import io
import json
import os
import struct

import numpy as np
import PIL
import sklearn
import torch
import torch.nn.functional as F
from PIL import Image, ImageOps
from sklearn import metrics

from stored import checksum, crc32c, jsonb_text

rng = np.random.RandomState(7)

def weights(*shape, scale=8):
    """Multiples of 1/8: exact in float, short in SQL."""
    return (rng.randint(-scale, scale + 1, shape) / 8).astype(np.float32)


def values(a):
    return "{" + ",".join("%.9g" % v for v in np.asarray(a).ravel()) + "}"


def sql(x):
    return "NULL" if x is None else "'" + str(x).replace("'", "''") + "'"


out = open(os.path.join(os.path.dirname(__file__), "..", "data", "predict.sql"), "w")


def emit(text):
    out.write(text + "\n")


def features_input(n):
    return {"kind": "features", "height": 1, "width": 1, "channels": n}


def image_input(h, w, c):
    return {"kind": "image", "height": h, "width": w, "channels": c}


def store(name, m, version=1):
    if version == 1:
        emit("INSERT INTO dp.model_names VALUES (%s, current_user::regrole);" % sql(name))
    count = sum(a.size for _, _, a in m["tensors"])
    emit("INSERT INTO dp.models (name, version, owner, network, input, outputs, loss, classes, parameters, checksum, library_version)")
    emit("\tVALUES (%s, %d, current_user::regrole, %s, %s, %d, %s, %s, %d, %d, '0');" % (
        sql(name), version, sql(json.dumps(m["network"])), sql(json.dumps(m["input"])), m["outputs"], sql(m["loss"]),
        sql(json.dumps(m["classes"]) if m["classes"] else None), count, checksum(m)))
    for layer, tensor, a in m["tensors"]:
        data = m.get("generate") if a.size > 1000 else None
        data = data % a.size if data else sql(values(a))
        emit("INSERT INTO dp.weights SELECT model_id, owner, %s, %s, 0, %s, %s FROM dp.models WHERE name = %s AND version = %d;" % (
            sql(layer), sql(tensor), sql("{" + ",".join(map(str, a.shape)) + "}"), data, sql(name), version))
    if count < 1000 and version == 1:
        emit("INSERT INTO oracle_value VALUES (%s, %s);" % (sql(name), sql(value(name, m))))


def value(name, m, version=1):
    """The text of type dp.model, by what src/kernel/model_bytes.h says of it"""
    def u32(n):
        return struct.pack("<I", n)

    description = jsonb_text({"name": name, "version": version, "network": m["network"], "input": m["input"], "outputs": m["outputs"],
                              "loss": m["loss"], "classes": m["classes"], "output_image": None}).encode()
    data = b"dpmodel1" + u32(len(description)) + description + u32(len(m["tensors"]))
    for layer, tensor, a in m["tensors"]:
        data += bytes([len(layer)]) + layer.encode() + bytes([len(tensor)]) + tensor.encode() + bytes([a.ndim])
        data += b"".join(u32(n) for n in a.shape) + a.astype("<f4").tobytes()
    data += u32(crc32c(data))
    if name == "digits":
        seed = os.path.join(os.path.dirname(__file__), "..", "data", "model")
        os.makedirs(seed, exist_ok=True)
        open(os.path.join(seed, "digits"), "wb").write(data)
    return "dpmodel1:" + base64.b64encode(data[8:]).decode()


def row(model, n, y, label=None, image=None, features=None, weight=1):
    emit("INSERT INTO oracle_row VALUES (%s, %d, %s, %s, %s, %s, %s);" % (
        sql(model), n, sql("\\x" + image.hex()) if image else "NULL", sql(values(features)) if features is not None else "NULL",
        sql(label), weight, sql("{" + ",".join("%.9g" % v for v in y) + "}")))


def embedding(model, n, layer, y):
    """y: the output of a layer for the row n, a map as (height, width, channels)"""
    emit("INSERT INTO oracle_embedding VALUES (%s, %d, %s, %s);" % (sql(model), n, sql(layer), sql("{" + ",".join("%.9g" % v for v in np.asarray(y).ravel()) + "}")))


def measure(model, weighted, **named):
    for k, v in named.items():
        emit("INSERT INTO oracle_metric VALUES (%s, %s, %s, %.17g);" % (sql(model), weighted, sql(k), v))


def t(a):
    return torch.tensor(np.asarray(a, dtype=np.float32))


def class_measures(model, labels, p, classes, w):
    predicted = [classes[i] for i in p.argmax(1)]
    known = [i for i, x in enumerate(labels) if x in classes]
    for weighted, sw in (("false", np.ones(len(labels))), ("true", w)):
        logs = -np.log([p[i, classes.index(labels[i])] for i in known])
        measure(model, weighted,
                loss=np.average(logs, weights=sw[known]),
                accuracy=metrics.accuracy_score(labels, predicted, sample_weight=sw),
                macro_f1=metrics.f1_score(labels, predicted, average="macro", sample_weight=sw),
                macro_precision=metrics.precision_score(labels, predicted, average="macro", sample_weight=sw, zero_division=0),
                macro_recall=metrics.recall_score(labels, predicted, average="macro", sample_weight=sw, zero_division=0),
                weighted_f1=metrics.f1_score(labels, predicted, average="weighted", sample_weight=sw, zero_division=0),
                weighted_precision=metrics.precision_score(labels, predicted, average="weighted", sample_weight=sw, zero_division=0))
        if len(classes) == 2:
            second = [labels[i] == classes[1] for i in known]
            measure(model, weighted, auc=metrics.roc_auc_score(second, p[known, 1], sample_weight=sw[known]),
                    average_precision=metrics.average_precision_score(second, p[known, 1], sample_weight=sw[known]))
        if len(classes) > 5:
            measure(model, weighted,
                    top_5_accuracy=metrics.top_k_accuracy_score([classes.index(x) for x in labels], p, k=5, labels=range(len(classes)), sample_weight=sw))


emit("-- Written by test/oracle/predict.py with PyTorch %s, Pillow %s, scikit-learn %s, numpy %s" % (
    torch.__version__, PIL.__version__, sklearn.__version__, np.__version__))
emit("CREATE TABLE oracle_row (model text, n integer, image bytea, features float8[], label text, weight float8, y float8[]);")
emit("CREATE TABLE oracle_embedding (model text, n integer, layer text, y float8[]);")
emit("CREATE TABLE oracle_value (model text, value text);")
emit("CREATE TABLE oracle_metric (model text, weighted boolean, metric text, value float8);")

# --- features, classes; one of the labels is unknown to the model
net = [{"dense": {"units": 5, "activation": "relu"}}, {"dense": {"activation": "softmax"}}]
classes = ["iris", "lily", "it's a rose"]
w1, b1, w2, b2 = weights(5, 4), weights(5), weights(3, 5), weights(3)
w2[:, 0] = 1, -1, 0
b2[:] = 0.5, 1, -1
flowers = dict(network=net, input=features_input(4), outputs=3, loss="cross_entropy", classes=classes,
               tensors=[("dense_1", "kernel", w1), ("dense_1", "bias", b1), ("dense_2", "kernel", w2), ("dense_2", "bias", b2)])
store("flowers", flowers)
x = np.round(rng.uniform(-3, 3, (40, 4)), 2)
p = F.softmax(F.linear(F.relu(F.linear(t(x), t(w1), t(b1))), t(w2), t(b2)), 1).numpy()
labels = [classes[i] if rng.uniform() < 0.7 else classes[rng.randint(3)] for i in p.argmax(1)]
labels[5] = labels[11] = "orchid"
w = rng.randint(0, 9, 40) / 4
for i in range(40):
    row("flowers", i, p[i], labels[i], features=x[i], weight=w[i])
    if i < 10:
        embedding("flowers", i, None, F.relu(F.linear(t(x[i]), t(w1), t(b1))))
        embedding("flowers", i, "input", x[i])
        embedding("flowers", i, "dense_2", p[i])
class_measures("flowers", labels, p, classes, w)

# --- a second version of another model, with other weights
store("changing", flowers)
emit("CREATE FUNCTION oracle_second_version() RETURNS void LANGUAGE plpgsql AS $$ BEGIN")
swapped = dict(flowers, tensors=flowers["tensors"][:2] + [("dense_2", "kernel", w2[::-1].copy()), ("dense_2", "bias", b2[::-1].copy())])
store("changing", swapped, 2)
emit("END $$;")

# --- regression, one output and two
w1, b1, w2, b2 = weights(4, 3), weights(4), weights(1, 4), weights(1)
store("price", dict(network=[{"dense": {"units": 4, "activation": "tanh"}}, {"dense": {}}], input=features_input(3), outputs=1,
                    loss="mse", classes=None,
                    tensors=[("dense_1", "kernel", w1), ("dense_1", "bias", b1), ("dense_2", "kernel", w2), ("dense_2", "bias", b2)]))
x = np.round(rng.uniform(-2, 2, (30, 3)), 2)
y = F.linear(torch.tanh(F.linear(t(x), t(w1), t(b1))), t(w2), t(b2)).numpy().astype(float)
target = np.round(y[:, 0] + rng.normal(0, 0.3, 30), 3)
w = rng.randint(0, 9, 30) / 4
for i in range(30):
    row("price", i, y[i], "%g" % target[i], features=x[i], weight=w[i])
for weighted, sw in (("false", None), ("true", w)):
    mse = metrics.mean_squared_error(target, y, sample_weight=sw)
    measure("price", weighted, mse=mse, rmse=mse ** 0.5, mae=metrics.mean_absolute_error(target, y, sample_weight=sw),
            r2=metrics.r2_score(target, y, sample_weight=sw))

w1, b1 = weights(2, 2), weights(2)
store("pair", dict(network=[{"dense": {}}], input=features_input(2), outputs=2, loss="mse", classes=None,
                   tensors=[("dense_1", "kernel", w1), ("dense_1", "bias", b1)]))
x = np.round(rng.uniform(-2, 2, (20, 2)), 2)
y = F.linear(t(x), t(w1), t(b1)).numpy().astype(float)
target = np.round(y + rng.normal(0, 0.3, y.shape), 3)
for i in range(20):
    row("pair", i, y[i], values(target[i]), features=x[i])
measure("pair", "false", mse=metrics.mean_squared_error(target, y), mae=metrics.mean_absolute_error(target, y), r2=metrics.r2_score(target, y))

# --- gray images of one size, integer classes; weights are drawn until both classes are seen
gray = [rng.randint(0, 256, (6, 5)).astype(np.uint8) for _ in range(12)]


def digit_maps(g, k, b):
    """(height, width, channels) behind the convolution and behind the maxima"""
    y = F.relu(F.conv2d(t(g)[None, None] / 255, t(k), t(b)))
    return [m[0].permute(1, 2, 0) for m in (y, F.max_pool2d(y, 2))]


def digit(g, k, b, w2, b2):
    z = digit_maps(g, k, b)[1][None].permute(0, 3, 1, 2)
    return F.softmax(F.linear(z.permute(0, 2, 3, 1).reshape(1, 4), t(w2), t(b2)), 1).numpy()[0]


while True:
    k, b, w2, b2 = weights(2, 1, 3, 3), weights(2), weights(2, 4), weights(2)
    p = [digit(g, k, b, w2, b2) for g in gray]
    if 4 <= sum(q.argmax() for q in p) <= 8:
        break
store("digits", dict(network=[{"conv2d": {"filters": 2, "kernel": 3, "activation": "relu"}}, {"max_pool2d": {"size": 2}}, {"flatten": {}},
                              {"dense": {"activation": "softmax"}}],
                     input=image_input(6, 5, 1), outputs=2, loss="cross_entropy", classes=[3, 7],
                     tensors=[("conv2d_1", "kernel", k), ("conv2d_1", "bias", b), ("dense_1", "kernel", w2), ("dense_1", "bias", b2)]))
for i, g in enumerate(gray):
    row("digits", i, p[i], [3, 7][p[i].argmax()] if i else [7, 3][p[i].argmax()], image=b"P5 5 6 255\n" + g.tobytes())
    conv, pool = digit_maps(g, k, b)
    embedding("digits", i, "conv2d_1", conv)
    embedding("digits", i, "max_pool2d_1", pool)
    embedding("digits", i, "flatten_1", pool)
    embedding("digits", i, None, pool)
    embedding("digits", i, "input", g / 255.0)

# --- images of any size and colour
pictures = [rng.randint(0, 256, shape).astype(np.uint8) for shape in ((8, 9, 3), (20, 13, 3), (5, 4, 3), (11, 9, 1), (8, 9, 1), (8, 9, 3))]


def photo(g, k, b, w2, b2):
    rgb = Image.fromarray(g if g.shape[2] == 3 else g[:, :, 0]).convert("RGB")
    a = np.asarray(rgb if g.shape[:2] == (8, 9) else rgb.resize((9, 8), Image.BILINEAR))
    y = F.relu(F.conv2d(t(a).permute(2, 0, 1)[None] / 255, t(k), t(b), padding=1))
    z = y.mean((2, 3))
    maps = dict(input=a / 255.0, conv2d_1=y[0].permute(1, 2, 0), global_avg_pool2d_1=z[0])
    return F.softmax(F.linear(z, t(w2), t(b2)), 1).numpy()[0], maps


while True:
    k, b, w2, b2 = weights(3, 3, 3, 3), weights(3), weights(4, 3), weights(4)
    p, maps = zip(*(photo(g, k, b, w2, b2) for g in pictures))
    if len(set(q.argmax() for q in p)) > 2:
        break
classes = ["beach", "city", "forest", "sea"]
store("photos", dict(network=[{"input": {"height": 8, "width": 9, "channels": 3}},
                              {"conv2d": {"filters": 3, "kernel": 3, "padding": "same", "activation": "relu"}},
                              {"global_avg_pool2d": {}}, {"dense": {"activation": "softmax"}}],
                     input=image_input(8, 9, 3), outputs=4, loss="cross_entropy", classes=classes,
                     tensors=[("conv2d_1", "kernel", k), ("conv2d_1", "bias", b), ("dense_1", "kernel", w2), ("dense_1", "bias", b2)]))
for i, (size, orientation) in enumerate([((8, 9), 6), ((12, 17), 8), ((9, 8), 3)]):
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = io.BytesIO()
    Image.fromarray(rng.randint(0, 256, (size[1], size[0], 3)).astype(np.uint8)).save(data, "JPEG", quality=80, exif=exif)
    q = photo(np.asarray(ImageOps.exif_transpose(Image.open(data))), k, b, w2, b2)[0]
    row("photos", 6 + i, q, classes[q.argmax()], image=data.getvalue())
for i, g in enumerate(pictures):
    data = b"P%d %d %d 255\n" % (6 if g.shape[2] == 3 else 5, g.shape[1], g.shape[0]) + g.tobytes()
    row("photos", i, p[i], classes[p[i].argmax()], image=data)
    embedding("photos", i, None, maps[i]["global_avg_pool2d_1"])
    if g.shape == (8, 9, 3):
        for layer, y in maps[i].items():
            embedding("photos", i, layer, y)

# --- a network that overflows, and one whose maps are large
store("diverged", dict(network=[{"dense": {}}], input=features_input(1), outputs=1, loss="mse", classes=None,
                       tensors=[("dense_1", "kernel", np.full((1, 1), 2.0 ** 127, np.float32)), ("dense_1", "bias", np.zeros(1, np.float32))]))
store("poster", dict(network=[{"input": {"height": 512, "width": 512, "channels": 1}}, {"conv2d": {"filters": 1, "kernel": 1}},
                              {"global_avg_pool2d": {}}, {"dense": {}}],
                     input=image_input(512, 512, 1), outputs=1, loss="mse", classes=None,
                     tensors=[("conv2d_1", "kernel", np.ones((1, 1, 1, 1), np.float32)), ("conv2d_1", "bias", np.zeros(1, np.float32)),
                              ("dense_1", "kernel", np.ones((1, 1), np.float32)), ("dense_1", "bias", np.zeros(1, np.float32))]))

# --- big enough that two of them do not fit a cache of 1 MB; SQL makes the weights by the same rule
for name, bias in (("big one", 1), ("big two", 2)):
    w1 = ((np.arange(150000) % 7 - 3) / 8).astype(np.float32).reshape(500, 300)
    w2 = np.full((1, 500), 0.125, np.float32)
    store(name, dict(network=[{"dense": {"units": 500, "activation": "relu"}}, {"dense": {}}], input=features_input(300), outputs=1,
                     loss="mse", classes=None, generate="(SELECT array_agg(((i %% 7) - 3) / 8.0::real ORDER BY i) FROM generate_series(0, %d - 1) i)",
                     tensors=[("dense_1", "kernel", w1), ("dense_1", "bias", np.zeros(500, np.float32)),
                              ("dense_2", "kernel", w2), ("dense_2", "bias", np.full(1, bias, np.float32))]))
    x = np.arange(300) / 64
    y = F.linear(F.relu(F.linear(t(x)[None], t(w1))), t(w2), torch.tensor([float(bias)])).numpy()[0]
    row(name, 0, y, features=x)

# --- seven classes, so that five of them are a choice; nothing is ever predicted to be the last
classes = ["fig", "kiwi", "lime", "pear", "plum", "quince", "sloe"]
w1, b1 = weights(7, 3), weights(7)
b1[6] = -20
store("fruit", dict(network=[{"dense": {"activation": "softmax"}}], input=features_input(3), outputs=7, loss="cross_entropy", classes=classes,
                    tensors=[("dense_1", "kernel", w1), ("dense_1", "bias", b1)]))
x = np.round(rng.uniform(-2, 2, (50, 3)), 2)
p = F.softmax(F.linear(t(x), t(w1), t(b1)), 1).numpy()
labels = [classes[i if rng.uniform() < 0.3 else rng.randint(7)] for i in p.argmax(1)]
w = rng.randint(0, 9, 50) / 4
for i in range(50):
    row("fruit", i, p[i], labels[i], features=x[i], weight=w[i])
class_measures("fruit", labels, p, classes, w)

# --- two classes, told apart by a softmax and by one sigmoid; features on a grid, so that some rows tie
net = [{"dense": {"units": 4, "activation": "relu"}}, {"dense": {"activation": "softmax"}}]
w1, b1, w2, b2 = weights(4, 3), weights(4), weights(2, 4), weights(2)
x = rng.randint(-2, 3, (50, 3)) / 2
p = F.softmax(F.linear(F.relu(F.linear(t(x), t(w1), t(b1))), t(w2), t(b2)), 1).numpy()
classes = ["no", "yes"]
labels = [classes[int(q[1] + rng.normal(0, 0.4) > np.median(p[:, 1]))] for q in p]
labels[3] = "perhaps"
w = rng.randint(0, 9, 50) / 4
store("answers", dict(network=net, input=features_input(3), outputs=2, loss="cross_entropy", classes=classes,
                      tensors=[("dense_1", "kernel", w1), ("dense_1", "bias", b1), ("dense_2", "kernel", w2), ("dense_2", "bias", b2)]))
for i in range(50):
    row("answers", i, p[i], labels[i], features=x[i], weight=w[i])
class_measures("answers", labels, p, classes, w)
assert len(set(p[:, 1].tolist())) < 50

net = [{"dense": {"activation": "sigmoid"}}]
w1, b1 = weights(1, 3), weights(1)
q = torch.sigmoid(F.linear(t(x), t(w1), t(b1))).numpy()[:, 0]
p = np.stack([1 - q, q], 1)
labels = [classes[int(v + rng.normal(0, 0.4) > np.median(q))] for v in q]
store("one answer", dict(network=net, input=features_input(3), outputs=2, loss="binary_crossentropy", classes=classes,
                         tensors=[("dense_1", "kernel", w1), ("dense_1", "bias", b1)]))
for i in range(50):
    row("one answer", i, p[i], labels[i], features=x[i], weight=w[i])
class_measures("one answer", labels, p, classes, w)
