#!/usr/bin/python3
"""Writes test/data/geometry.h: what numpy, scipy and Pillow make of a small picture.

Where an operation draws, the words of Philox4x32-10 are computed here, from the
paper's definition, and the law is that of the reference (torchvision's
RandomResizedCrop and RandomPerspective, Albumentations' ElasticTransform).
"""
import os

import numpy as np
import PIL
import scipy
import scipy.ndimage
import sklearn.datasets
from PIL import Image, ImageEnhance

path = os.path.join(os.path.dirname(sklearn.datasets.__file__), "images", "china.jpg")
photo = Image.open(path).crop((150, 80, 350, 230)).resize((40, 30), Image.LANCZOS)
pixels = np.array(photo)
h, w, c = pixels.shape
OPERATION, SEED, KEY = 0x61756700, 1, 2


def words(seed, key, operation):
    k = [seed & 0xFFFFFFFF, seed >> 32]
    draw = 0
    while True:
        x, (k0, k1) = [draw, operation, key & 0xFFFFFFFF, key >> 32], k
        for _ in range(10):
            p0, p1 = 0xD2511F53 * x[0], 0xCD9E8D57 * x[2]
            x = [(p1 >> 32) ^ x[1] ^ k0, p1 & 0xFFFFFFFF, (p0 >> 32) ^ x[3] ^ k1, p0 & 0xFFFFFFFF]
            k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
        yield from x
        draw += 1


def doubles(stream, n):
    return [(((next(stream) >> 5) << 26) | (next(stream) >> 6)) / 2.0 ** 53 for _ in range(n)]


def emit(name, array):
    flat = np.asarray(array).astype(int).ravel()
    print("static const uint8_t %s[%d] = {" % (name, flat.size))
    for i in range(0, flat.size, 24):
        print("\t" + " ".join("%d," % v for v in flat[i:i + 24]))
    print("};\n")


def sample(x, y, mode, value=0.0):
    planes = [scipy.ndimage.map_coordinates(pixels[..., k].astype(float), [y, x], order=1, mode=mode, cval=value) for k in range(c)]
    return np.floor(np.stack(planes, -1) + 0.5)


print("""/*
 * geometry.h - what other programs make of a small picture
 *
 * Written by test/oracle/geometry.py (Pillow %s, scipy %s, numpy %s); do not edit.
 */
#include <stdint.h>
""" % (PIL.__version__, scipy.__version__, np.__version__))
emit("picture", pixels)

for turns in (1, 2, 3):
    emit("turned_%d" % turns, np.rot90(pixels, turns))
emit("transposed", pixels.transpose(1, 0, 2))
emit("cropped", pixels[4:23, 7:28])
emit("centre", pixels[7:22, 11:28])  # 17 x 15 of 40 x 30
widths = ((3, 5), (41, 7), (0, 0))
for name, mode in (("constant", "constant"), ("nearest", "edge"), ("reflect", "symmetric")):
    more = {"constant_values": 77} if mode == "constant" else {}
    emit("padded_" + name, np.pad(pixels, widths, mode, **more))
# numpy before 1.25 wraps wrongly where a border is wider than the image
emit("padded_wrap", pixels.take(range(-3, h + 5), 0, mode="wrap").take(range(-41, w + 7), 1, mode="wrap"))

yy, xx = np.mgrid[0:h, 0:w].astype(float)
matrix = np.array([[0.9, 0.2, 3.3], [-0.1, 1.1, -2.2], [0, 0, 1]])
back = np.linalg.inv(matrix)
emit("affine", sample(back[0, 0] * xx + back[0, 1] * yy + back[0, 2], back[1, 0] * xx + back[1, 1] * yy + back[1, 2], "reflect"))

x, y = back[0, 0] * xx + back[0, 1] * yy + back[0, 2], back[1, 0] * xx + back[1, 1] * yy + back[1, 2]
emit("affine_nearest", np.stack([scipy.ndimage.map_coordinates(pixels[..., k], [y, x], order=0, mode="reflect") for k in range(c)], -1))

# Keras' ImageDataGenerator (keras_preprocessing 1.1.2, image/affine_transformations.py and
# image_data_generator.py): whether; rotation, height shift, width shift, shear, zooms, flips, brightness
u = doubles(words(SEED, KEY, OPERATION), 10)[1:]
theta, shear = np.deg2rad(-30 + 60 * u[0]), np.deg2rad(-15 + 30 * u[3])
down, right = (-0.1 + 0.2 * u[1]) * h, (-0.2 + 0.4 * u[2]) * w
zx, zy = 0.7 + 0.6 * u[4], 0.7 + 0.6 * u[5]
m = np.array([[np.cos(theta), -np.sin(theta), 0], [np.sin(theta), np.cos(theta), 0], [0, 0, 1]])
m = m @ np.array([[1, 0, down], [0, 1, right], [0, 0, 1]])
m = m @ np.array([[1, -np.sin(shear), 0], [0, np.cos(shear), 0], [0, 0, 1]])
m = m @ np.array([[zx, 0, 0], [0, zy, 0], [0, 0, 1]])
ox, oy = h / 2 - 0.5, w / 2 - 0.5
m = np.array([[1, 0, ox], [0, 1, oy], [0, 0, 1]]) @ m @ np.array([[1, 0, -ox], [0, 1, -oy], [0, 0, 1]])
turned = sample(m[1, 0] * yy + m[1, 1] * xx + m[1, 2], m[0, 0] * yy + m[0, 1] * xx + m[0, 2], "reflect")
turned = turned[:, ::-1] if u[6] < 0.5 else turned
turned = turned[::-1] if u[7] < 0.5 else turned
emit("keras", np.array(ImageEnhance.Brightness(Image.fromarray(turned.astype(np.uint8))).enhance(0.5 + 1.0 * u[8])))
print("/* flips of keras: %s %s */" % (u[6] < 0.5, u[7] < 0.5))

# random_crop: whether, width, height, x, y
u = doubles(words(SEED, KEY, OPERATION), 5)
x, y = int(u[3] * (w - 17 + 1)), int(u[4] * (h - 15 + 1))
emit("randomly_cropped", pixels[y:y + 15, x:x + 17])

# random_resized_crop: whether, width, height; then area, ratio, x, y until they fit
for name, key in (("", 2), ("_late", None)):
    area, ratio = ((0.08, 1), (3 / 4, 4 / 3)) if key else ((0.9, 1), (0.6, 1.6))
    for key in ([key] if key else range(1000)):
        stream = words(SEED, key, OPERATION)
        doubles(stream, 3)
        for tries in range(10):
            a, r, x, y = doubles(stream, 4)
            a, r = (area[0] + a * (area[1] - area[0])) * w * h, np.exp(np.log(ratio[0]) + r * (np.log(ratio[1]) - np.log(ratio[0])))
            bw, bh = int(round(np.sqrt(a * r))), int(round(np.sqrt(a / r)))
            if 0 < bw <= w and 0 < bh <= h:
                break
        if name == "" or tries == 3:
            break
    x, y = int(x * (w - bw + 1)), int(y * (h - bh + 1))
    print("#define KEY_OF_BOX%s %d\t/* %d x %d at %d, %d */" % (name.upper(), key, bw, bh, x, y))
    emit("box" + name, np.array(photo.crop((x, y, x + bw, y + bh)).resize((20, 14), Image.BILINEAR)))
# a ratio that never fits: the middle
bw, bh = w, int(round(w / 2.0))
emit("box_never", np.array(photo.crop((0, (h - bh) // 2, bw, (h - bh) // 2 + bh)).resize((20, 14), Image.BILINEAR)))

# perspective: whether, distortion, value, corners
u = doubles(words(SEED, KEY, OPERATION), 11)[3:]
start = [(0, 0), (w - 1, 0), (w - 1, h - 1), (0, h - 1)]
end = []
for i, (x, y) in enumerate(start):
    dx, dy = int(u[2 * i] * (int(0.5 * (w // 2)) + 1)), int(u[2 * i + 1] * (int(0.5 * (h // 2)) + 1))
    end.append((x - dx if x else dx, y - dy if y else dy))
a, b = [], []
for (x, y), (X, Y) in zip(end, start):
    a += [[x, y, 1, 0, 0, 0, -X * x, -X * y], [0, 0, 0, x, y, 1, -Y * x, -Y * y]]
    b += [X, Y]
m = np.linalg.solve(np.array(a, float), np.array(b, float))
z = m[6] * xx + m[7] * yy + 1
emit("perspective", sample((m[0] * xx + m[1] * yy + m[2]) / z, (m[3] * xx + m[4] * yy + m[5]) / z, "grid-constant", 77.0))
print("static const double ends[8] = {%s};\n" % ", ".join("%d, %d" % e for e in end))

# elastic: whether, alpha, sigma, value; then a word per pixel and axis
stream = words(SEED, KEY, OPERATION)
doubles(stream, 4)
fields = []
for _ in range(2):
    noise = np.array([(next(stream) >> 8) / 2.0 ** 24 * 2 - 1 for _ in range(w * h)]).reshape(h, w)
    fields.append(40 * scipy.ndimage.gaussian_filter(noise, 3, mode="reflect", truncate=4))
emit("elastic", sample(xx + fields[0], yy + fields[1], "reflect"))
