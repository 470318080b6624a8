#!/usr/bin/python3
"""Writes test/data/predict_image.sql: networks from images to images, and what they make of images of several sizes.

Outputs are PyTorch's, in float64, rounded to bytes as by numpy; metrics are
scikit-image's (Debian's 0.19).
"""
import json
import os

import numpy as np
import PIL
import skimage
import skimage.metrics
import torch
import torch.nn.functional as F
from PIL import Image

from stored import checksum

rng = np.random.RandomState(3)
out = open(os.path.join(os.path.dirname(__file__), "..", "data", "predict_image.sql"), "w")


def emit(text):
    out.write(text + "\n")


def sql(x):
    return "'" + str(x).replace("'", "''") + "'"


def store(name, network, input, output, tensors):
    m = {"network": network, "input": dict(zip(("kind", "height", "width", "channels"), ("image",) + input)),
         "output_image": dict(zip(("height", "width", "channels"), output)), "outputs": int(np.prod(output)),
         "loss": "mse", "classes": None, "tensors": tensors}
    emit("INSERT INTO dp.model_names VALUES (%s, current_user::regrole);" % sql(name))
    emit("INSERT INTO dp.models (name, version, owner, network, input, outputs, output_image, loss, parameters, checksum, library_version)")
    emit("\tVALUES (%s, 1, current_user::regrole, %s, %s, %d, %s, 'mse', %d, %d, '0');" % (
        sql(name), sql(json.dumps(network)), sql(json.dumps(m["input"])), m["outputs"], sql(json.dumps(m["output_image"])),
        sum(a.size for _, _, a in tensors), checksum(m)))
    for layer, tensor, a in tensors:
        emit("INSERT INTO dp.weights SELECT model_id, owner, %s, %s, 0, '{%s}', '{%s}' FROM dp.models WHERE name = %s;" % (
            sql(layer), sql(tensor), ",".join(map(str, a.shape)), ",".join("%.9g" % v for v in a.ravel()), sql(name)))


def weights(*shape):
    """Multiples of 1/64: exact in float, short in SQL"""
    return (rng.randint(-16, 17, shape) / 64).astype(np.float32)


def picture(h, w, c):
    return rng.randint(0, 256, (h, w, c)).astype(np.uint8)


def pnm(x):
    h, w, c = x.shape
    return b"P%d %d %d 255\n" % (5 if c == 1 else 6, w, h) + x.tobytes()


def case(model, x, y):
    """x (h, w, c) bytes; y (h, w, c) values, white being 1"""
    pixels = np.floor(np.clip(y * 255, 0, 255) + 0.5).astype(np.uint8)
    error = "NULL" if x.shape != y.shape else "%.17g" % np.mean((y - x / 255.0) ** 2)
    emit("INSERT INTO oracle_image VALUES (%s, '\\x%s', '{%d,%d,%d}', '\\x%s', %s);" % (
        sql(model), pnm(x).hex(), *y.shape, pixels.tobytes().hex(), error))


def t(a):
    return torch.tensor(np.asarray(a, dtype=np.float64))


emit("-- Written by test/oracle/predict_image.py with PyTorch %s, numpy %s" % (torch.__version__, np.__version__))
emit("CREATE TABLE oracle_image (model text, image bytea, shape int[], pixels bytea, error float8);")

# --- gray to gray of the same size
w1, b1, w2, b2 = weights(18, 1, 3, 3), weights(18), weights(1, 18, 3, 3), weights(1)
store("same", [{"conv2d": {"filters": 18, "kernel": 3, "padding": "same", "activation": "relu"}},
               {"conv2d": {"filters": 1, "kernel": 3, "padding": "same"}}, {"add": {"inputs": ["input", "conv2d_2"]}}],
      (6, 5, 1), (6, 5, 1), [("conv2d_1", "kernel", w1), ("conv2d_1", "bias", b1), ("conv2d_2", "kernel", w2), ("conv2d_2", "bias", b2)])
for h, w in ((6, 5), (1, 1), (9, 4), (9, 4), (3, 33)):
    x = picture(h, w, 1)
    v = t(x / 255.0).permute(2, 0, 1)[None]
    y = v + F.conv2d(F.relu(F.conv2d(v, t(w1), t(b1), padding=1)), t(w2), t(b2), padding=1)
    case("same", x, y[0].permute(1, 2, 0).numpy())

# --- colour to gray of another size: 5 x 5 pixels less two at each side, every second of them
w1, b1 = weights(1, 3, 5, 5), weights(1) + np.float32(0.5)
store("half", [{"conv2d": {"filters": 1, "kernel": 5, "stride": 2}}], (9, 9, 3), (3, 3, 1),
      [("conv2d_1", "kernel", w1), ("conv2d_1", "bias", b1)])
for h, w in ((9, 9), (5, 5), (12, 7)):
    x = picture(h, w, 3)
    y = F.conv2d(t(x / 255.0).permute(2, 0, 1)[None], t(w1), t(b1), stride=2)
    case("half", x, y[0].permute(1, 2, 0).numpy())

# --- a list at the end: one size only
w1, b1 = weights(6, 6), weights(6)
store("list", [{"flatten": {}}, {"dense": {}}], (2, 3, 1), (2, 3, 1), [("dense_1", "kernel", w1), ("dense_1", "bias", b1)])
x = picture(2, 3, 1)
case("list", x, (t(w1) @ t(x / 255.0).reshape(-1) + t(b1)).reshape(2, 3, 1).numpy())

# --- an input step that says the size
store("fixed", [{"input": {"height": 2, "width": 3, "channels": 1}}, {"conv2d": {"filters": 1, "kernel": 1}}], (2, 3, 1), (2, 3, 1),
      [("conv2d_1", "kernel", np.full((1, 1, 1, 1), 0.5, np.float32)), ("conv2d_1", "bias", np.zeros(1, np.float32))])

# --- colour to colour, and how near it comes to a target: errors of the values, PSNR of the image, SSIM of its gray bytes
emit("-- Metrics with scikit-image %s, gray with Pillow %s" % (skimage.__version__, PIL.__version__))
emit("CREATE TABLE oracle_target (model text, image bytea, target bytea, weight float8);")
emit("CREATE TABLE oracle_image_metric (model text, weighted boolean, metric text, value float8);")


def gray(x):
    return x[:, :, 0] if x.shape[2] == 1 else np.asarray(Image.fromarray(x).convert("L"))


def compare(model, sizes, channels, apply):
    rows = []
    for i, (h, w) in enumerate(sizes):
        x = picture(h, w, channels)
        y = apply(t(x / 255.0).permute(2, 0, 1)[None])[0].permute(1, 2, 0).numpy()
        pixels = np.floor(np.clip(y * 255, 0, 255) + 0.5).astype(np.uint8)
        target = np.clip(pixels.astype(int) + rng.randint(-40, 41, pixels.shape), 0, 255).astype(np.uint8)
        truth = target / 255.0
        weight = (i * 3 % 5) / 2
        emit("INSERT INTO oracle_target VALUES (%s, '\\x%s', '\\x%s', %g);" % (sql(model), pnm(x).hex(), pnm(target).hex(), weight))
        rows.append((weight, dict(
            mse=skimage.metrics.mean_squared_error(truth, y), mae=np.abs(truth - y).mean(),
            psnr=skimage.metrics.peak_signal_noise_ratio(truth, y, data_range=1),
            ssim=skimage.metrics.structural_similarity(gray(target), gray(pixels), gaussian_weights=True, sigma=1.5,
                                                       use_sample_covariance=False, data_range=255))))
    for weighted, weights_of in (("false", [1] * len(rows)), ("true", [r[0] for r in rows])):
        for metric in rows[0][1]:
            emit("INSERT INTO oracle_image_metric VALUES (%s, %s, '%s', %.17g);" % (
                sql(model), weighted, metric, np.average([r[1][metric] for r in rows], weights=weights_of)))


# biases that leave no value half way between two bytes
w3, b3 = weights(3, 3, 3, 3) / 2, weights(3) + np.float32(0.251)
for name, sizes in (("colours", [(14, 16), (14, 16), (14, 16)]), ("colours of any size", [(14, 16), (11, 30), (20, 12)])):
    store(name, [{"conv2d": {"filters": 3, "kernel": 3, "padding": "same"}}], (14, 16, 3), (14, 16, 3),
          [("conv2d_1", "kernel", w3), ("conv2d_1", "bias", b3)])
    compare(name, sizes, 3, lambda v: F.conv2d(v, t(w3), t(b3), padding=1))
w4, b4 = weights(1, 1, 5, 5) / 2, weights(1) + np.float32(0.251)
store("smaller", [{"conv2d": {"filters": 1, "kernel": 5}}], (20, 17, 1), (16, 13, 1), [("conv2d_1", "kernel", w4), ("conv2d_1", "bias", b4)])
compare("smaller", [(20, 17), (20, 17), (23, 15)], 1, lambda v: F.conv2d(v, t(w4), t(b4)))
