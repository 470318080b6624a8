#!/usr/bin/python3
"""Writes test/data/pixels.h: what Pillow, OpenCV, torchvision and scipy make of a small picture.

The picture is a part of scikit-learn's china.jpg, made small by Pillow.
"""
import io
import os

import cv2
import numpy as np
import PIL
import scipy
import scipy.stats
import sklearn.datasets
import torch
import torchvision
import torchvision.transforms.functional as F
from PIL import Image, ImageEnhance, ImageOps

path = os.path.join(os.path.dirname(sklearn.datasets.__file__), "images", "china.jpg")
photo = Image.open(path).crop((120, 60, 520, 360)).resize((20, 15), Image.LANCZOS)
pixels = np.array(photo)
gray = np.array(photo.convert("L"))


def emit(name, array, kind="uint8_t"):
    flat = np.asarray(array).ravel()
    print("static const %s %s[%d] = {" % (kind, name, flat.size))
    for i in range(0, flat.size, 24):
        print("\t" + " ".join("%.17g," % v for v in flat[i:i + 24]))
    print("};\n")


print("""/*
 * pixels.h - what other programs make of a small picture
 *
 * Written by test/oracle/pixels.py (Pillow %s, OpenCV %s, torchvision %s, scipy %s); do not edit.
 */
#include <stdint.h>
""" % (PIL.__version__, cv2.__version__, torchvision.__version__, scipy.__version__))

emit("photo", pixels)
emit("photo_gray", gray)
emit("inverted", np.array(ImageOps.invert(photo)))
emit("posterized", np.array(ImageOps.posterize(photo, 3)))
emit("solarized", np.array(ImageOps.solarize(photo, 100)))
emit("equalized", np.array(ImageOps.equalize(photo)))
emit("equalized_gray", np.array(ImageOps.equalize(photo.convert("L"))))
emit("autocontrasted", np.array(ImageOps.autocontrast(photo)))
emit("autocontrasted_10", np.array(ImageOps.autocontrast(photo, 10)))
emit("gamma_7", np.array(F.adjust_gamma(photo, 0.7)))
emit("gamma_22", np.array(F.adjust_gamma(photo, 2.2)))

tensor = torch.from_numpy(pixels.copy()).permute(2, 0, 1)
for factor in (0.3, 1.7):
    suffix = "_%d" % round(factor * 10)
    emit("saturated" + suffix, np.array(ImageEnhance.Color(photo).enhance(factor)))
    emit("saturated_torch" + suffix, F.adjust_saturation(tensor, factor).permute(1, 2, 0).numpy())
    emit("sharpened" + suffix, np.array(ImageEnhance.Sharpness(photo).enhance(factor)))
emit("hue_1", F.adjust_hue(tensor, 0.1).permute(1, 2, 0).numpy())
emit("hue_minus_4", F.adjust_hue(tensor, -0.4).permute(1, 2, 0).numpy())

for size in (3, 5, 7, 9, 21):
    emit("median_%d" % size, cv2.medianBlur(pixels, size))
for sigma in (0.8, 2.5):
    emit("gaussian_%d" % round(sigma * 10), cv2.GaussianBlur(pixels, (0, 0), sigma))


def streak(length, degrees):
    """Weights of a line of points, each shared among the four pixels around it."""
    r = length // 2 + 1
    kernel = np.zeros((2 * r + 1, 2 * r + 1))
    for t in np.arange(length) - (length - 1) / 2:
        x, y = r + t * np.cos(np.deg2rad(degrees)), r - t * np.sin(np.deg2rad(degrees))
        x0, y0 = int(np.floor(x)), int(np.floor(y))
        for j in (0, 1):
            for i in (0, 1):
                w = (1 - abs(x - x0 - i)) * (1 - abs(y - y0 - j))
                if w > 0:
                    kernel[y0 + j, x0 + i] += w / length
    return kernel


emit("streak_flat", np.round(cv2.filter2D(pixels.astype(float), -1, streak(7, 0))))
emit("streak_30", np.round(cv2.filter2D(pixels.astype(float), -1, streak(8, 30))))

emit("clahe_gray", cv2.createCLAHE(4.0, (4, 3)[:1] * 2).apply(gray))
emit("clahe_gray_even", cv2.createCLAHE(2.0, (5, 5)).apply(gray))
luma = cv2.cvtColor(pixels, cv2.COLOR_RGB2YCrCb)
luma[..., 0] = cv2.createCLAHE(4.0, (4, 4)).apply(luma[..., 0])
emit("clahe_color", cv2.cvtColor(luma, cv2.COLOR_YCrCb2RGB))

for quality, subsampling in ((30, 2), (95, 0)):
    data = io.BytesIO()
    photo.save(data, "JPEG", quality=quality, subsampling=subsampling)
    emit("jpeg_%d" % quality, np.array(Image.open(data)))

# chances of at most k photons
emit("poisson_3", scipy.stats.poisson.cdf(np.arange(20), 3), "double")
emit("poisson_100", scipy.stats.poisson.cdf(np.arange(256), 100), "double")
emit("poisson_30_of_80", scipy.stats.poisson.cdf(np.arange(40), 80 * 30 / 255), "double")
