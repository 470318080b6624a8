"""augmentation_geometry.py LIBRARY FACTOR SHORT - our geometry against OpenCV and Pillow

One thread each, decoded pixels, turns taken within one run; the figure is the
median of the turns' ratios.  Shrinking, our filters widen, as Pillow's do; of
OpenCV's only INTER_AREA looks at every pixel, so that is what they are held
against there, and INTER_LINEAR and INTER_CUBIC for enlarging.
"""
import ctypes
import os
import statistics
import sys
import time

import numpy as np
from PIL import Image, ImageOps

try:
    import cv2
    cv2.setNumThreads(1)
except ImportError:
    cv2 = None

library, factor, short = ctypes.CDLL(os.path.abspath(sys.argv[1])), float(sys.argv[2]), len(sys.argv) > 3 and sys.argv[3] != ""
turns, seconds = (3, 0.02) if short else (9, 0.05)


def rate(f):
    f()
    start, n = time.perf_counter(), 0
    while True:
        f()
        n += 1
        spent = time.perf_counter() - start
        if spent > seconds:
            return n / spent


def photographs():
    try:
        import sklearn.datasets
        china = Image.open(os.path.join(os.path.dirname(sklearn.datasets.__file__), "images", "china.jpg"))
    except ImportError:
        print("geometry | | | | | skipped: no python3-sklearn, whose china.jpg is the photograph")
        sys.exit(0)
    return [("427x640", china), ("256x256", china.crop((150, 80, 406, 336)))]


status = 0
out = np.empty(1 << 24, np.uint8)
for size, photo in photographs():
    a = np.ascontiguousarray(photo)
    h, w, _ = a.shape
    turn = None if cv2 is None else cv2.getRotationMatrix2D(((w - 1) / 2, (h - 1) / 2), 30, 1)
    forward = np.array([[0.9, 0.2, 3.3], [-0.1, 1.1, -2.2]])
    m = np.linalg.inv(np.vstack([forward, [0, 0, 1]]))
    back = (*m[0], *m[1])
    slant = (1, 0.21255656, -0.2126 * h / 2, 0, 1, 0)
    nearer = np.float32([[w / 10, h / 8], [w * 0.9, 0], [w - 1, h * 0.8], [0, h - 1]])
    corners = np.float32([[0, 0], [w - 1, 0], [w - 1, h - 1], [0, h - 1]])
    H = None if cv2 is None else cv2.getPerspectiveTransform(corners, nearer)
    eight = (1.1, 0.1, -20, 0.05, 1.05, -9, 0.0001, 0.0002)
    bilinear, transform = Image.BILINEAR, Image.Transform
    v = lambda f: None if cv2 is None else f
    cases = [
        ("flip horizontally", "flip p=1", 1, v(lambda: cv2.flip(a, 1)), lambda: photo.transpose(Image.FLIP_LEFT_RIGHT)),
        ("flip vertically", "flip direction=vertical p=1", 1, v(lambda: cv2.flip(a, 0)), lambda: photo.transpose(Image.FLIP_TOP_BOTTOM)),
        ("crop 224 x 224", "crop x=20 y=10 width=224 height=224", 1, lambda: a[10:234, 20:244].copy(), lambda: photo.crop((20, 10, 244, 234))),
        ("pad by 32", "pad left=32 top=32 right=32 bottom=32", 0, v(lambda: cv2.copyMakeBorder(a, 32, 32, 32, 32, cv2.BORDER_CONSTANT)), lambda: ImageOps.expand(photo, 32)),
        ("quarter turn", "rot90", 0, v(lambda: cv2.rotate(a, cv2.ROTATE_90_COUNTERCLOCKWISE)), lambda: photo.transpose(Image.ROTATE_90)),
        ("transpose", "transpose", 0, v(lambda: cv2.transpose(a)), lambda: photo.transpose(Image.TRANSPOSE)),
        ("rotate by 30 degrees", "rotate degrees=30 fill=constant", 0.7,
         v(lambda: cv2.warpAffine(a, turn, (w, h), flags=cv2.INTER_LINEAR)), lambda: photo.rotate(30, bilinear)),
        ("affine", "affine matrix=0.9,0.2,3.3,-0.1,1.1,-2.2 fill=constant", 0.7,
         v(lambda: cv2.warpAffine(a, forward, (w, h), flags=cv2.INTER_LINEAR)), lambda: photo.transform((w, h), transform.AFFINE, back, bilinear)),
        ("shear by 12 degrees", "shear degrees=12 fill=constant", 0.7,
         v(lambda: cv2.warpAffine(a, np.array([[1, -0.2126, 0.2126 * h / 2], [0, 1, 0]]), (w, h), flags=cv2.INTER_LINEAR)),
         lambda: photo.transform((w, h), transform.AFFINE, slant, bilinear)),
        ("perspective", "perspective distortion=0.3", 0, v(lambda: cv2.warpPerspective(a, H, (w, h), flags=cv2.INTER_LINEAR)),
         lambda: photo.transform((w, h), transform.PERSPECTIVE, eight, bilinear)),
        ("shrink by area", "resize width=160 height=107 method=area", 0.7, v(lambda: cv2.resize(a, (160, 107), interpolation=cv2.INTER_AREA)),
         lambda: photo.resize((160, 107), Image.BOX)),
        ("shrink, bilinear", "resize width=160 height=107", 0.7, v(lambda: cv2.resize(a, (160, 107), interpolation=cv2.INTER_AREA)),
         lambda: photo.resize((160, 107), bilinear)),
        ("shrink, Lanczos", "resize width=160 height=107 method=lanczos", 0, None, lambda: photo.resize((160, 107), Image.LANCZOS)),
        ("enlarge, bilinear", "resize width=800 height=600", 0.7, v(lambda: cv2.resize(a, (800, 600), interpolation=cv2.INTER_LINEAR)),
         lambda: photo.resize((800, 600), bilinear)),
        ("enlarge, bicubic", "resize width=800 height=600 method=bicubic", 0.7, v(lambda: cv2.resize(a, (800, 600), interpolation=cv2.INTER_CUBIC)),
         lambda: photo.resize((800, 600), Image.BICUBIC)),
        ("enlarge, nearest", "resize width=800 height=600 method=nearest", 0, v(lambda: cv2.resize(a, (800, 600), interpolation=cv2.INTER_NEAREST)),
         lambda: photo.resize((800, 600), Image.NEAREST)),
    ]
    for name, text, cv_bar, with_cv, with_pillow in cases:
        text, runs = text.encode(), 2 if "resize" in text else 32
        ours = lambda: library.run_recipe(text, w, h, 3, a.ctypes.data_as(ctypes.c_void_p), out.ctypes.data_as(ctypes.c_void_p), out.size, runs)
        if ours() < 0:
            sys.exit("the recipe \"%s\" failed" % text.decode())
        for peer, f, bar in (("OpenCV", with_cv, cv_bar), ("Pillow", with_pillow, 1)):
            label = "%s, %s" % (name, size)
            if f is None:
                if cv2 is None:
                    print("%s | | OpenCV | | | skipped: no python3-opencv" % label)
                continue
            pairs = [(rate(ours) * runs, rate(f)) for _ in range(turns)]
            ratio = statistics.median(x / y for x, y in pairs)
            mine, theirs = (statistics.median(p[i] for p in pairs) for i in (0, 1))
            holds = ratio >= bar * factor
            status |= not holds
            print("%s | %.0f images/s | %s %.0f images/s | %.2f | %s | %s" % (label, mine, peer, theirs, ratio, "%.2f" % (bar * factor) if bar else "none",
                  "holds" if holds else "falls short"), flush=True)
sys.exit(status)
