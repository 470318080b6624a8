#!/usr/bin/python3
"""What Pillow's median filter makes of a noisy image, in decibels.

Reads two images as hexadecimal, the noisy one and the clean one, a line each:
    psql -Atc "SELECT encode(noisy, 'hex'), encode(image, 'hex') FROM noisy WHERE path = 'test/china.png'" -F '
' | python3 test/oracle/median.py
"""
import io
import sys

import numpy as np
from PIL import Image, ImageFilter

noisy, clean = (Image.open(io.BytesIO(bytes.fromhex(line))) for line in sys.stdin.read().split())
for size in (3, 5):
    error = np.asarray(noisy.filter(ImageFilter.MedianFilter(size)), float) - np.asarray(clean, float)
    print("%d x %d: %.2f" % (size, size, 10 * np.log10(255 ** 2 / np.mean(error ** 2))))
