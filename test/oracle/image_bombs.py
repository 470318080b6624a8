#!/usr/bin/python3
"""image_bombs.py - writes images of a few kilobytes that ask for seconds or gigabytes

image_bombs.py [FOLDER [all]]: the small ones to test/data/bombs, or all of
them, some megabytes, to a folder of your own.  Standard library only; the
JPEG files are put together from their markers, flat grey throughout.
"""
import os
import struct
import sys
import zlib

OUT = sys.argv[1] if len(sys.argv) > 1 else 'test/data/bombs'
ALL = len(sys.argv) > 2
os.makedirs(OUT, exist_ok=True)


def save(name, data):
    open(os.path.join(OUT, name), 'wb').write(data)


# ---- JPEG ----

def marker(code, data):
    return b'\xff' + bytes([code]) + struct.pack('>H', len(data) + 2) + data


def one_code(table, symbol):
    """A Huffman table with a single code, '0'"""
    return marker(0xC4, bytes([table, 1] + [0] * 15 + [symbol]))


def head(w, h, ncomp, sof):
    return (b'\xff\xd8' + marker(0xDB, b'\0' + b'\x01' * 64) +
            marker(sof, struct.pack('>BHHB', 8, h, w, ncomp) + b''.join(bytes([i + 1, 0x11, 0]) for i in range(ncomp))) +
            one_code(0x00, 0) + one_code(0x10, 0xE0 if sof == 0xC2 else 0))


def scan(components, ss, se, ah, al, bits):
    """The header, then 'bits' zero bits filled up with ones"""
    body = bytearray((bits + 7) // 8)
    if bits % 8:
        body[-1] |= (1 << (8 - bits % 8)) - 1
    return (marker(0xDA, bytes([len(components)]) + b''.join(bytes([c + 1, 0]) for c in components) +
                   bytes([ss, se, ah << 4 | al])) + bytes(body))


def blocks(w, h):
    return ((w + 7) // 8) * ((h + 7) // 8)


def ac_bits(n):
    """End-of-band runs of 2^14 blocks (code 0, then 14 zero bits) over n blocks"""
    return (n + 16383) // 16384 * 15


def scans(w, h, ncomp, nscans, band):
    """Progressive: DC, then valid AC scans, bit plane after bit plane, without a warning"""
    data = head(w, h, ncomp, 0xC2) + scan(range(ncomp), 0, 0, 0, 0, ncomp * blocks(w, h))
    count = 1
    for first in range(1, 64, band):
        for comp in range(ncomp):
            for al in range(13, -1, -1):
                if count < nscans:
                    data += scan([comp], first, min(first + band - 1, 63), 0 if al == 13 else al + 1, al, ac_bits(blocks(w, h)))
                    count += 1
    return data + b'\xff\xd9'


def baseline(w, h, ncomp):
    # DC difference 0 is '0'; the AC table's single code, 0, is the end of block
    return head(w, h, ncomp, 0xC0) + scan(range(ncomp), 0, 63, 0, 0, 2 * ncomp * blocks(w, h)) + b'\xff\xd9'


save('scans_882.jpg', scans(2000, 2000, 1, 882, 1))
save('scans_56.jpg', scans(2000, 2000, 3, 56, 63))
save('side_65500.jpg', head(65500, 65500, 3, 0xC0) + scan(range(3), 0, 63, 0, 0, 800) + b'\xff\xd9')
save('memory.jpg', head(5792, 5792, 4, 0xC2) + scan(range(4), 0, 0, 0, 0, 800) + b'\xff\xd9')
save('no_data.jpg', head(5792, 5792, 3, 0xC2) + scan(range(3), 0, 0, 0, 0, 0) + b'\xff\xd9')
twice = baseline(64, 64, 1)
save('warnings.jpg', twice[:-2] + b'\xff\xd0\xff\xd1' * 2000 + b'\xff\xd9')
bogus = scan([0], 1, 1, 0, 1, ac_bits(64))
save('bogus_scans.jpg', head(64, 64, 1, 0xC2) + scan([0], 0, 0, 0, 0, 64) + bogus * 90 + b'\xff\xd9')
if ALL:
    save('flat_32mpx_gray.jpg', baseline(5792, 5792, 1))
    save('flat_32mpx.jpg', baseline(5792, 5792, 3))
    save('dc_only_32mpx.jpg', scans(5792, 5792, 3, 1, 63))
    save('scans_8_32mpx.jpg', scans(5760, 5760, 3, 8, 63))
    save('scans_100.jpg', scans(1638, 1638, 3, 100, 21))
    save('markers.jpg', b'\xff\xd8' + marker(0xFE, b'') * 5000000 + baseline(64, 64, 1)[2:])
    save('fill.jpg', b'\xff\xd8' + b'\xff' * 30000000 + baseline(64, 64, 1)[3:])


# ---- PNG ----

def chunk(name, data):
    return struct.pack('>I', len(data)) + name + data + struct.pack('>I', zlib.crc32(name + data))


def png(w, h, bits, color, raw_bytes, before=b'', interlaced=0):
    z = zlib.compressobj(9)
    packed = b''
    while raw_bytes > 0:
        packed += z.compress(bytes(min(raw_bytes, 1 << 20)))
        raw_bytes -= 1 << 20
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', w, h, bits, color, 0, 0, interlaced)) +
            before + chunk(b'IDAT', packed + z.flush()) + chunk(b'IEND', b''))


def raw_size(w, h, bits_per_pixel, interlaced=False):
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)] \
        if interlaced else [(0, 0, 1, 1)]
    n = 0
    for x0, y0, dx, dy in passes:
        pw, ph = (w - x0 + dx - 1) // dx, (h - y0 + dy - 1) // dy
        if pw > 0 and ph > 0:
            n += ph * (1 + (pw * bits_per_pixel + 7) // 8)
    return n


zeros = zlib.compress(bytes(30000000), 9)
save('ztxt.png', png(8, 8, 8, 0, 72, chunk(b'zTXt', b'bomb\0\0' + zeros)))
save('iccp.png', png(8, 8, 8, 2, 200, chunk(b'iCCP', b'bomb\0\0' + zeros)))
save('side_2147483647.png', png(2147483647, 2147483647, 8, 6, 1000))
save('header_rgba16.png', png(5000, 5000, 16, 6, 1000))
save('flat_1bit.png', png(5792, 5792, 1, 0, raw_size(5792, 5792, 1)))
save('interlaced_1bit.png', png(5792, 5792, 1, 0, raw_size(5792, 5792, 1, True), interlaced=1))
save('wide.png', png(1000000, 33, 1, 0, raw_size(1000000, 33, 1)))
save('tall.png', png(1, 1000000, 1, 0, 2000000))
save('too_much_data.png', png(8, 8, 8, 0, 20000000))
if ALL:
    key = chunk(b'tRNS', b'\0\0\0\0\0\0')
    save('flat_rgba16.png', png(5792, 5792, 16, 6, raw_size(5792, 5792, 64)))
    save('flat_rgb.png', png(5792, 5792, 8, 2, raw_size(5792, 5792, 24)))
    save('flat_rgb_key.png', png(5792, 5792, 8, 2, raw_size(5792, 5792, 24), key))
    save('interlaced_rgba16.png', png(5792, 5792, 16, 6, raw_size(5792, 5792, 64, True), interlaced=1))
    save('interlaced_rgb.png', png(5792, 5792, 8, 2, raw_size(5792, 5792, 24, True), interlaced=1))
    save('interlaced_tall.png', png(1, 1000000, 8, 0, raw_size(1, 1000000, 8, True), interlaced=1))
    save('chunks.png', png(8, 8, 8, 0, 72, chunk(b'tEXt', b'') * 2000000))

# ---- PNM ----
save('side_65536.ppm', b'P6 65536 65536 255\n' + bytes(100))
save('side_overflow.ppm', b'P6 99999999999999999999 4294967297 255\n')
