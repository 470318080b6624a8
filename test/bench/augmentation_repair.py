"""augmentation_repair.py LIBRARY FACTOR SHORT - mixing and repair against OpenCV, NumPy and Pillow

How is in pixel_peers.py.  As many copies are made on both sides.  Mixup is
rounded from double precision here and in NumPy, from single in OpenCV.  The
bilateral filter may take half as long again as OpenCV's, which picks neighbours
from a table by hand; sums here have one order on every instruction set.
"""
import ctypes
import sys

import numpy as np
from PIL import ImageFilter

import pixel_peers
from pixel_peers import address, cv2, figure, library, out, photographs

library.run_denoise.argtypes = [ctypes.c_char_p] + [ctypes.c_double] * 3 + [ctypes.c_int] * 3 + [ctypes.c_void_p] * 2 + [ctypes.c_int]
library.run_mix.argtypes = [ctypes.c_char_p, ctypes.c_double] + [ctypes.c_int] * 3 + [ctypes.c_void_p] * 3 + [ctypes.c_int]
library.run_inpaint.argtypes = [ctypes.c_void_p] + [ctypes.c_int] * 3 + [ctypes.c_void_p] * 2 + [ctypes.c_int]


def cv(f):
    return None if cv2 is None else f


def denoise(a, runs, method, *numbers):
    h, w, c = a.shape
    three = (*numbers, 0, 0)[:3]

    def call():
        return library.run_denoise(method, *three, w, h, c, address(a), address(out), runs)
    if call() < 0:
        sys.exit("%s failed" % method)
    return call


def mix(a, b, method, share, runs):
    h, w, c = a.shape
    return lambda: library.run_mix(method, share, w, h, c, address(a), address(b), address(out), runs)


def mixup_of_numpy(a, b):
    return np.rint(0.3 * a + 0.7 * b).astype(np.uint8)


def cutmix_of_numpy(a, b, box):
    y0, y1, x0, x1 = box
    m = a.copy()
    m[y0:y1, x0:x1] = b[y0:y1, x0:x1]
    return m


def mosaic_of_numpy(a, b):
    h, w, _ = a.shape
    x, y = w // 3, h // 3
    m = np.empty_like(a)
    m[:h - y, :w - x] = a[y:, x:]
    m[:h - y, w - x:] = b[y:, :x]
    m[h - y:, :w - x] = b[:y, x:]
    m[h - y:, w - x:] = a[:y, :x]
    return m


for size, photo in photographs():
    photo.load()
    a = np.ascontiguousarray(photo)
    h, w, c = a.shape
    b = np.ascontiguousarray(a[::-1, ::-1])
    half = (int(w * 0.5 ** 0.5) // 2, int(h * 0.5 ** 0.5) // 2)
    box = (h // 2 - half[1], h // 2 + half[1], w // 2 - half[0], w // 2 + half[0])

    figure("mixup, " + size, "OpenCV", mix(a, b, b"mixup", 0.3, 16), 16, cv(lambda: cv2.addWeighted(a, 0.3, b, 0.7, 0)), 1, 0)
    figure("mixup, " + size, "NumPy", mix(a, b, b"mixup", 0.3, 16), 16, lambda: mixup_of_numpy(a, b), 1, 1)
    figure("CutMix, " + size, "NumPy", mix(a, b, b"cutmix", 0.5, 32), 32, lambda: cutmix_of_numpy(a, b, box), 1, 1)
    figure("mosaic, " + size, "NumPy", mix(a, b, b"mosaic", 0, 32), 32, lambda: mosaic_of_numpy(a, b), 1, 1)

    for n in (3, 5):
        figure("denoise, median of %d, %s" % (n, size), "OpenCV", denoise(a, 2, b"median", n), 2, cv(lambda: cv2.medianBlur(a, n)), 1, 0)
        figure("denoise, median of %d, %s" % (n, size), "Pillow", denoise(a, 2, b"median", n), 2, lambda: photo.filter(ImageFilter.MedianFilter(n)), 1, 1)
    figure("denoise, gaussian of 1, " + size, "OpenCV", denoise(a, 2, b"gaussian", 1), 2, cv(lambda: cv2.GaussianBlur(a, (0, 0), 1)), 1, 0)
    figure("denoise, gaussian of 1, " + size, "Pillow", denoise(a, 2, b"gaussian", 1), 2, lambda: photo.filter(ImageFilter.GaussianBlur(1)), 1, 1)
    for n, space, color in ((5, 3, 50), (9, 75, 75)):
        figure("denoise, bilateral of %d, %s" % (n, size), "OpenCV", denoise(a, 1, b"bilateral", n, space, color), 1,
               cv(lambda: cv2.bilateralFilter(a, n, color, space)), 1, 0.67)
    gray = np.ascontiguousarray(a[..., :1])
    figure("denoise, bilateral of 9, gray, " + size, "OpenCV", denoise(gray, 1, b"bilateral", 9, 75, 75), 1,
           cv(lambda: cv2.bilateralFilter(gray, 9, 75, 75)), 1, 0.67)
    if size == "256x256":
        figure("denoise, nlm, " + size, "OpenCV", denoise(a, 1, b"nlm", 10, 7, 21), 1, cv(lambda: cv2.fastNlMeansDenoising(a, None, 10, 7, 21)), 1, 0)
    scratch = np.zeros((h, w), np.uint8)
    for i in range(h):
        scratch[i, (2 * i) % w:(2 * i) % w + 4] = 255
    figure("inpaint, a scratch, " + size, "OpenCV",
           lambda: library.run_inpaint(address(scratch), w, h, c, address(a), address(out), 1), 1,
           cv(lambda: cv2.inpaint(a, scratch, 3, cv2.INPAINT_TELEA)), 1, 0)
sys.exit(pixel_peers.status)
