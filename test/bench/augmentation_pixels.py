"""augmentation_pixels.py LIBRARY FACTOR SHORT - our operations on samples against OpenCV and Pillow

How is in pixel_peers.py.  JPEG is held against libjpeg-turbo called alone.
"""
import io
import sys

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

import pixel_peers
from pixel_peers import address, cv2, figure, library, no_peer, out, photographs, recipe


def hue_of_pillow(photo):
    h, s, v = photo.convert("HSV").split()
    return Image.merge("HSV", (h.point(lambda x: (x + 25) % 256), s, v)).convert("RGB")


def noise_of_opencv(a, z):
    cv2.randn(z, 0, 10)
    return cv2.add(a, z, dtype=cv2.CV_8U)


for size, photo in photographs():
    photo.load()
    a = np.ascontiguousarray(photo)
    h, w, _ = a.shape
    z = np.empty(a.shape, np.int16)
    curve = np.minimum(np.arange(256) * 1.2, 255).astype(np.uint8)
    clahe = cv2 and cv2.createCLAHE(4, (8, 8))
    line = np.full((1, 9), 1 / 9, np.float32)
    cases = [
        ("brightness", "brightness factor=1.2", [("OpenCV LUT", 1, lambda: cv2.LUT(a, curve)), ("OpenCV scale", 0, lambda: cv2.convertScaleAbs(a, alpha=1.2))],
         lambda: ImageEnhance.Brightness(photo).enhance(1.2)),
        ("contrast", "contrast factor=1.2", [], lambda: ImageEnhance.Contrast(photo).enhance(1.2)),
        ("gamma", "gamma gamma=0.8", [("OpenCV LUT", 0, lambda: cv2.LUT(a, curve))], lambda: photo.point([int(255.999 * (i / 255) ** 0.8) for i in range(256)] * 3)),
        ("invert", "invert", [], lambda: ImageOps.invert(photo)),
        ("posterize", "posterize bits=4", [], lambda: ImageOps.posterize(photo, 4)),
        ("solarize", "solarize threshold=128", [], lambda: ImageOps.solarize(photo, 128)),
        ("equalize", "equalize", [], lambda: ImageOps.equalize(photo)),
        ("autocontrast", "autocontrast", [], lambda: ImageOps.autocontrast(photo)),
        ("clahe", "clahe", [("OpenCV, gray", 0, lambda: clahe.apply(a[..., 0]))], None),
        ("saturation", "saturation factor=1.3", [], lambda: ImageEnhance.Color(photo).enhance(1.3)),
        ("hue", "hue shift=0.1", [], lambda: hue_of_pillow(photo)),
        ("grayscale", "grayscale", [("OpenCV, one channel", 0, lambda: cv2.cvtColor(a, cv2.COLOR_RGB2GRAY))], lambda: ImageOps.grayscale(photo).convert("RGB")),
        ("noise", "noise sigma=10", [("OpenCV randn", 1, lambda: noise_of_opencv(a, z))], lambda: Image.effect_noise((w, h), 10)),
        ("salt and pepper", "salt_pepper amount=0.05", [], None),
        ("speckle", "speckle sigma=0.1", [("OpenCV randn", 0, lambda: noise_of_opencv(a, z))], None),
        ("poisson", "poisson", [], None),
        ("blur, sigma 1", "blur sigma=1", [("OpenCV", 0, lambda: cv2.GaussianBlur(a, (0, 0), 1))], lambda: photo.filter(ImageFilter.GaussianBlur(1))),
        ("blur, sigma 5", "blur sigma=5", [("OpenCV", 0, lambda: cv2.GaussianBlur(a, (0, 0), 5))], lambda: photo.filter(ImageFilter.GaussianBlur(5))),
        ("median of 3", "median size=3", [("OpenCV", 0, lambda: cv2.medianBlur(a, 3))], lambda: photo.filter(ImageFilter.MedianFilter(3))),
        ("median of 5", "median size=5", [("OpenCV", 0, lambda: cv2.medianBlur(a, 5))], lambda: photo.filter(ImageFilter.MedianFilter(5))),
        ("median of 9", "median size=9", [("OpenCV", 0, lambda: cv2.medianBlur(a, 9))], lambda: photo.filter(ImageFilter.MedianFilter(9))),
        ("motion blur of 9", "motion_blur length=9", [("OpenCV", 0, lambda: cv2.filter2D(a, -1, line))], None),
        ("sharpness", "sharpness factor=1.5", [], lambda: ImageEnhance.Sharpness(photo).enhance(1.5)),
        ("erase a tenth", "erase area=0.1", [("OpenCV", 1, lambda: cv2.rectangle(a.copy(), (40, 40), (190, 190), 0, -1))],
         lambda: photo.copy().paste(0, (40, 40, 190, 190))),
    ]
    for name, text, with_cv, with_pillow in cases:
        runs = 2 if "median" in text or "blur" in text or "poisson" in text else 16
        ours = recipe(text, a, runs)
        label = "%s, %s" % (name, size)
        for peer, bar, f in with_cv:
            figure(label, peer, ours, runs, None if cv2 is None else f, 1, bar)
        if with_pillow is not None:
            figure(label, "Pillow", ours, runs, with_pillow, 1, 1)
        elif not with_cv:
            no_peer(label, ours, runs)

    data = io.BytesIO()
    photo.save(data, "JPEG", quality=90)
    bytes_ = np.frombuffer(data.getvalue(), np.uint8)
    figure("decode JPEG, %s" % size, "libjpeg-turbo", lambda: library.our_decode(address(bytes_), bytes_.size, address(out), 2), 2,
           lambda: library.bare_decode(address(bytes_), bytes_.size, address(out), 2), 2, 0.95)
    figure("encode JPEG, %s" % size, "libjpeg-turbo", lambda: library.our_encode(address(a), w, h, 90, address(out), out.size, 2), 2,
           lambda: library.bare_encode(address(a), w, h, 90, address(out), out.size, 2), 2, 0.95)
sys.exit(pixel_peers.status)
