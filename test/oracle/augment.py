#!/usr/bin/python3
"""Writes test/data/augment.h: what Pillow, scipy and numpy make of a small picture.

The picture is a corner of scikit-learn's china.jpg, made small by Pillow.
"""
import os

import numpy as np
import PIL
import scipy
import scipy.ndimage
import sklearn.datasets
from PIL import Image, ImageEnhance

path = os.path.join(os.path.dirname(sklearn.datasets.__file__), "images", "china.jpg")
photo = Image.open(path).crop((150, 80, 350, 230)).resize((16, 12), Image.LANCZOS)
pixels = np.array(photo)
h, w, c = pixels.shape


def emit(name, array):
    flat = np.asarray(array).astype(int).ravel()
    print("static const uint8_t %s[%d] = {" % (name, flat.size))
    for i in range(0, flat.size, 24):
        print("\t" + " ".join("%d," % v for v in flat[i:i + 24]))
    print("};\n")


def about_centre(linear):
    """Rows of an inverse map (x then y) that keeps the centre."""
    linear = np.array(linear, float)
    centre = np.array([(w - 1) / 2, (h - 1) / 2])
    return linear, centre - linear @ centre


def affine(maps, mode, value=0.0):
    linear, offset = maps
    yx = linear[::-1, ::-1]
    planes = [scipy.ndimage.affine_transform(pixels[..., k].astype(float), yx, offset[::-1], order=1, mode=mode,
                                             cval=value) for k in range(c)]
    return np.floor(np.stack(planes, -1) + 0.5)


def rotation(degrees):
    a = np.deg2rad(degrees)
    return about_centre([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])


print("""/*
 * augment.h - what other programs make of a small picture
 *
 * Written by test/oracle/augment.py (Pillow %s, scipy %s, numpy %s); do not edit.
 */
#include <stdint.h>
""" % (PIL.__version__, scipy.__version__, np.__version__))

emit("picture", pixels)

for name, method in (("area", Image.BOX), ("bilinear", Image.BILINEAR), ("bicubic", Image.BICUBIC), ("lanczos", Image.LANCZOS)):
    emit("smaller_" + name, np.array(photo.resize((7, 5), method)))
    emit("larger_" + name, np.array(photo.resize((19, 14), method)))
    emit("narrower_" + name, np.array(photo.resize((5, 12), method)))
rows, columns = ((2 * np.arange(5) + 1) * h) // 10, ((2 * np.arange(7) + 1) * w) // 14
emit("smaller_nearest", pixels[rows][:, columns])

emit("mirrored", pixels[:, ::-1])
emit("upside_down", pixels[::-1])
emit("cropped", pixels[2:9, 3:14])
emit("quarter_turn", np.array(Image.fromarray(pixels[:, :12].copy()).rotate(90)))

for name, mode in (("nearest", "nearest"), ("constant", "grid-constant"), ("reflect", "reflect"), ("wrap", "grid-wrap")):
    emit("rotated_" + name, affine(rotation(33), mode, 77.0))
emit("sheared", affine(about_centre([[1, np.tan(np.deg2rad(12))], [0, 1]]), "nearest"))
emit("sheared_down", affine(about_centre([[1, 0], [np.tan(np.deg2rad(-20)), 1]]), "reflect"))
emit("zoomed", affine(about_centre([[1 / 1.3, 0], [0, 1 / 1.3]]), "nearest"))
emit("zoomed_out", affine(about_centre([[1 / 0.61, 0], [0, 1 / 0.61]]), "grid-wrap"))
emit("translated", affine((np.eye(2), np.array([-0.13 * w, 0.29 * h])), "nearest"))

# a rotation by 20 degrees, then a shift to the right by 0.11, in one map
linear, offset = rotation(20)
emit("turned_and_moved", affine((linear, offset + linear @ [-0.11 * w, 0]), "nearest"))

for factor in (0.4, 1.6):
    suffix = "_%d" % (factor * 10)
    emit("brighter" + suffix, np.array(ImageEnhance.Brightness(photo).enhance(factor)))
    emit("contrast" + suffix, np.array(ImageEnhance.Contrast(photo).enhance(factor)))
