"""augmentation_geometry.py LIBRARY FACTOR SHORT - our geometry against OpenCV and Pillow

How is in pixel_peers.py.  Shrinking, our filters widen, as Pillow's do; of
OpenCV's only INTER_AREA looks at every pixel, so that is what they are held
against there, and INTER_LINEAR and INTER_CUBIC for enlarging.
"""
import sys

import numpy as np
from PIL import Image, ImageOps

import pixel_peers
from pixel_peers import cv2, figure, photographs, recipe

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
        runs = 2 if "resize" in text else 32
        ours = recipe(text, a, runs)
        label = "%s, %s" % (name, size)
        figure(label, "OpenCV", ours, runs, with_cv, 1, cv_bar)
        figure(label, "Pillow", ours, runs, with_pillow, 1, 1)
sys.exit(pixel_peers.status)
