#!/usr/bin/python3
"""image.py - writes the small images of test/data/image and what they must decode to

Run from the top of the project with Pillow, OpenCV and numpy (frozen with
Pillow 9.4, OpenCV 4.6, numpy 1.24, libjpeg-turbo 2.1.5).  JPEG files are
written by Pillow and OpenCV and decoded by both; PNG files are written here,
byte by byte, so that every colour type, depth and interlacing occurs, and what
they must give is computed from the arrays and compared with Pillow where it
can read them as RGB.

expected.txt has a line per file: name, format, width, height, channels stored,
bits, EXIF orientation, CRC-32 of the pixels as stored (gray or RGB), as gray,
as RGB.
"""
import io
import os
import struct
import sys
import zlib

import cv2
import numpy as np
from PIL import Image

OUT = sys.argv[1] if len(sys.argv) > 1 else 'test/data/image'
os.makedirs(OUT, exist_ok=True)
lines = []
rng = np.random.default_rng(7)
W, H = 21, 17


def picture(channels, top=255):
    """Smooth waves with some noise: an image, not noise alone"""
    y, x = np.mgrid[0:H, 0:W]
    planes = [np.sin(x / (3 + c) + c) * np.cos(y / (4 - c * .5)) * .45 + .5 for c in range(channels)]
    a = np.stack(planes, -1) + rng.normal(0, .04, (H, W, channels))
    return np.clip(np.round(a * top), 0, top).astype(np.int64)


def crc(a):
    return '%08x' % zlib.crc32(np.ascontiguousarray(a, dtype=np.uint8).tobytes())


def luma(rgb):
    return ((rgb[..., 0] * 19595 + rgb[..., 1] * 38470 + rgb[..., 2] * 7471 + 0x8000) >> 16)


def note(name, data, fmt, channels, bits, orientation, stored, gray, rgb):
    open(os.path.join(OUT, name), 'wb').write(data)
    lines.append(' '.join(map(str, [name, fmt, W, H, channels, bits, orientation, crc(stored), crc(gray), crc(rgb)])))


# ---- JPEG ----

def jpeg(name, data, channels, orientation=1):
    image = Image.open(io.BytesIO(data))
    gray = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE | cv2.IMREAD_IGNORE_ORIENTATION)
    rgb = np.array(image.convert('RGB'))
    if channels < 4:
        other = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)[..., ::-1]
        assert (other == rgb).all(), name
    else:
        gray = luma(rgb.astype(np.int64))
    note(name, data, 'jpeg', channels, 8, orientation, gray if channels == 1 else rgb, gray, rgb)


def pillow(a, **args):
    out = io.BytesIO()
    Image.fromarray(a.astype(np.uint8).squeeze(), args.pop('mode', None)).save(out, 'JPEG', **args)
    return out.getvalue()


rgb = picture(3)
jpeg('gray.jpg', pillow(picture(1), quality=80), 1)
jpeg('rgb420.jpg', pillow(rgb, quality=80), 3)
jpeg('rgb422.jpg', pillow(rgb, quality=80, subsampling=1), 3)
jpeg('rgb444.jpg', pillow(rgb, quality=95, subsampling=0), 3)
jpeg('progressive.jpg', pillow(rgb, quality=80, progressive=True), 3)
jpeg('cmyk.jpg', pillow(picture(4), quality=90, mode='CMYK'), 4)
jpeg('restart.jpg', cv2.imencode('.jpg', rgb.astype(np.uint8), [cv2.IMWRITE_JPEG_RST_INTERVAL, 1])[1].tobytes(), 3)
exif = Image.Exif()
exif[0x0112] = 6
jpeg('exif6.jpg', pillow(rgb, quality=80, exif=exif), 3, 6)
exif[0x0112] = 3
exif.endian = '>'
jpeg('exif3.jpg', pillow(rgb, quality=80, exif=exif), 3, 3)


# ---- PNG ----

def chunk(name, data):
    return struct.pack('>I', len(data)) + name + data + struct.pack('>I', zlib.crc32(name + data))


def pack(row, bits):
    """One row of samples (flat) to bytes"""
    if bits == 8:
        return row.astype(np.uint8).tobytes()
    if bits == 16:
        return row.astype('>u2').tobytes()
    b = np.unpackbits(row.astype(np.uint8)[:, None], axis=1)[:, 8 - bits:]
    return np.packbits(b.ravel()).tobytes()


def write_png(a, color_type, bits, before=b'', interlaced=False):
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)] \
        if interlaced else [(0, 0, 1, 1)]
    raw = b''
    for x0, y0, dx, dy in passes:
        part = a[y0::dy, x0::dx]
        if part.size:
            raw += b''.join(b'\0' + pack(row.reshape(-1), bits) for row in part)
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', W, H, bits, color_type, 0, 0, interlaced)) +
            before + chunk(b'IDAT', zlib.compress(raw, 9)) + chunk(b'IEND', b''))


def over_white(a, alpha):
    return (a * alpha + 255 * (255 - alpha) + 127) // 255


def png(name, data, channels, bits, want, orientation=1, check=True):
    """'want' is gray (h, w, 1) or RGB, 8 bits, without alpha"""
    rgb = np.repeat(want, 3, -1) if want.shape[-1] == 1 else want
    gray = want if want.shape[-1] == 1 else luma(want)
    if check:
        assert (np.array(Image.open(io.BytesIO(data)).convert('RGB')) == rgb).all(), name
    note(name, data, 'png', channels, bits, orientation, want, gray, rgb)


for bits in 1, 2, 4, 8, 16:
    a = picture(1, 2 ** bits - 1)
    want = a >> 8 if bits == 16 else a * 255 // (2 ** bits - 1)
    png('gray%d.png' % bits, write_png(a, 0, bits), 1, bits, want, check=bits < 16)
for bits in 8, 16:
    shift = bits - 8
    top = 2 ** bits - 1
    a = picture(2, top)
    png('ga%d.png' % bits, write_png(a, 4, bits), 2, bits, over_white(a[..., :1] >> shift, a[..., 1:] >> shift), check=False)
    a = picture(3, top)
    png('rgb%d.png' % bits, write_png(a, 2, bits), 3, bits, a >> shift)
    a = picture(4, top)
    png('rgba%d.png' % bits, write_png(a, 6, bits), 4, bits, over_white(a[..., :3] >> shift, a[..., 3:] >> shift), check=False)
for bits in 1, 4, 8:
    colors = rng.integers(0, 256, (2 ** bits, 3))
    a = picture(1, 2 ** bits - 1)
    png('palette%d.png' % bits, write_png(a, 3, bits, chunk(b'PLTE', colors.astype(np.uint8).tobytes())), 3, bits, colors[a[..., 0]])
colors = rng.integers(0, 256, (16, 3))
alphas = rng.integers(0, 256, 16)
a = picture(1, 15)
png('palette_alpha.png', write_png(a, 3, 4, chunk(b'PLTE', colors.astype(np.uint8).tobytes()) +
                                   chunk(b'tRNS', alphas.astype(np.uint8).tobytes())), 4, 4,
    over_white(colors[a[..., 0]], alphas[a[..., 0]][..., None]), check=False)
a = picture(1)
png('gray_key.png', write_png(a, 0, 8, chunk(b'tRNS', struct.pack('>H', a[3, 3, 0]))), 2, 8,
    np.where(a == a[3, 3, 0], 255, a), check=False)
a = picture(3)
png('rgb_key.png', write_png(a, 2, 8, chunk(b'tRNS', struct.pack('>HHH', *a[5, 5]))), 4, 8,
    np.where((a == a[5, 5]).all(-1, keepdims=True), 255, a), check=False)
a = picture(1)
png('interlaced_gray.png', write_png(a, 0, 8, interlaced=True), 1, 8, a)
a = picture(3)
png('interlaced_rgb.png', write_png(a, 2, 8, interlaced=True), 3, 8, a)
a = picture(4)
png('interlaced_rgba.png', write_png(a, 6, 8, interlaced=True), 4, 8, over_white(a[..., :3], a[..., 3:]), check=False)
a = picture(3)
png('text_exif.png', write_png(a, 2, 8, chunk(b'gAMA', struct.pack('>I', 200000)) +
                               chunk(b'tEXt', b'Title\0a picture') +
                               chunk(b'eXIf', b'MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x08\0\0')), 3, 8, a, 8)


# ---- PNM ----

def pnm(name, a, top, comment=b''):
    head = b'P%d%s\n%d %d\n%d\n' % (6 if a.shape[-1] == 3 else 5, comment, W, H, top)
    want = (a * 255 + top // 2) // top
    gray = want if want.shape[-1] == 1 else luma(want)
    rgb = np.repeat(want, 3, -1) if want.shape[-1] == 1 else want
    note(name, head + a.astype('>u2' if top > 255 else np.uint8).tobytes(), 'pnm', a.shape[-1],
         16 if top > 255 else 8, 1, want, gray, rgb)


pnm('gray.pgm', picture(1), 255)
pnm('rgb.ppm', picture(3), 255, b'\n# a comment')
pnm('gray100.pgm', picture(1, 100), 100)
pnm('rgb16.ppm', picture(3, 65535), 65535)

open(os.path.join(OUT, 'expected.txt'), 'w').write('\n'.join(lines) + '\n')
