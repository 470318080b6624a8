#!/usr/bin/python3
"""Writes test/data/image_compare.h and, with --sql, what test/sql/image_compare.sql uses.

Needs Debian's Pillow, scipy, scikit-learn and OpenCV, and from PyPI imagehash
4.3.2, PyWavelets 1.1.1 and scikit-image 0.20.0.  The pictures are corners of
scikit-learn's photographs, made small by Pillow, and a formula's.
"""
import io
import os
import sys

import cv2
import imagehash
import numpy as np
import PIL
import skimage
import skimage.measure
import skimage.metrics
import sklearn.datasets
from PIL import Image

folder = os.path.join(os.path.dirname(sklearn.datasets.__file__), "images")
china = Image.open(os.path.join(folder, "china.jpg")).crop((20, 0, 420, 300)).resize((40, 30), Image.LANCZOS)
flower = Image.open(os.path.join(folder, "flower.jpg")).crop((100, 60, 500, 360)).resize((40, 30), Image.LANCZOS)


def as_jpeg(image, quality):
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return file.getvalue()


def signed(h):
    v = int(str(h), 16)
    return v - (1 << 64) if v >> 63 else v


def ssim(a, b):
    return skimage.metrics.structural_similarity(a, b, gaussian_weights=True, sigma=1.5, use_sample_covariance=False,
                                                 data_range=255)


def stats(gray):
    return gray.mean(), gray.std(), cv2.Laplacian(gray, cv2.CV_64F).var(), skimage.measure.shannon_entropy(gray)


def check_no_tie(image):
    """imagehash's wavelet rounds: where a block equals the median, its bit is noise."""
    side = max(8, 1 << int(np.log2(min(image.size))))
    small = np.array(image.convert("L").resize((side, side), Image.LANCZOS)).astype(int)
    sums = np.sort(small.reshape(8, side // 8, 8, side // 8).sum((1, 3)).ravel())
    assert sums[31] < sums[32], image.size


def hashes(image):
    check_no_tie(image)
    return [signed(f(image)) for f in (imagehash.phash, imagehash.dhash, imagehash.average_hash, imagehash.whash)]


versions = "imagehash %s, Pillow %s, scikit-image %s, OpenCV %s" % (
    imagehash.__version__, PIL.__version__, skimage.__version__, cv2.__version__)

if "--sql" in sys.argv:
    print("--", versions)
    a, b = Image.open(io.BytesIO(as_jpeg(china, 90))), Image.open(io.BytesIO(as_jpeg(china, 40)))
    for name, image, quality in (("photo", a, 90), ("copy", b, 40)):
        print(name, as_jpeg(china, quality).hex())
        print(hashes(image), stats(np.array(image.convert("L"))))
    print("mae", np.abs(np.array(a).astype(int) - np.array(b)).mean())
    print("mse", skimage.metrics.mean_squared_error(np.array(a), np.array(b)))
    print("dissimilarity", 1 - ssim(np.array(a.convert("L")), np.array(b.convert("L"))))
    sys.exit()

print("""/*
 * image_compare.h - what other programs say of small gray pictures
 *
 * Written by test/oracle/image_compare.py (%s);
 * do not edit.
 */
#include <stdint.h>

#define PICTURE_WIDTH 40
#define PICTURE_HEIGHT 30

typedef struct known_picture
{
	uint8_t		pixels[PICTURE_HEIGHT * PICTURE_WIDTH];
	int64_t		phash,
				dhash,
				ahash,
				whash;
	double		mean,
				spread,
				sharpness,
				entropy;
} known_picture;

/* china, its copy through JPEG of quality 40, flower */
static const known_picture pictures[3] = {""" % versions)
grays = [china.convert("L"), Image.open(io.BytesIO(as_jpeg(china.convert("L"), 40))), flower.convert("L")]
for image in grays:
    flat = np.array(image).ravel()
    print("\t{{")
    for i in range(0, flat.size, 24):
        print("\t\t" + " ".join("%d," % v for v in flat[i:i + 24]))
    print("\t}, %d, %d, %d, %d,\n\t%r, %r, %r, %r}," % (*hashes(image), *stats(np.array(image))))
print("};\n")


def drawn(width, height):
    y, x = np.mgrid[0:height, 0:width]
    return Image.fromarray(((x * 37 // width * (y * 41 // height) + 3 * x // 2 + (x * y) % 7) % 256).astype(np.uint8))


print("""/* Pictures of other sizes: (37x / width * (41y / height) + 3x / 2 + xy % 7) % 256 */
typedef struct known_size
{
	int			width,
				height;
	int64_t		hash[4];		/* phash, dhash, ahash, whash */
} known_size;

static const known_size sizes[] = {""")
for size in ((5, 7), (9, 8), (17, 16), (300, 520), (1100, 70), (900, 1024)):
    print("\t{%d, %d, {%s}}," % (*size, ", ".join(map(str, hashes(drawn(*size))))))
print("};\n")
arrays = [np.array(g) for g in grays]
print("static const double ssim_of_copy = %r;" % ssim(arrays[0], arrays[1]))
print("static const double ssim_of_flower = %r;" % ssim(arrays[0], arrays[2]))
print("static const double mae_of_copy = %r;" % np.abs(arrays[0].astype(int) - arrays[1]).mean())
print("static const double mse_of_copy = %r;" % skimage.metrics.mean_squared_error(arrays[0], arrays[1]))
