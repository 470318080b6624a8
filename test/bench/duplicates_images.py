"""duplicates_images.py FILE: hashes of images by the package imagehash, as duplicates_images.sh asks

Each line of FILE is an image in hexadecimal.  Prints a line a method: its name
and the seconds to decode and hash all images; the hashes go to FILE.METHOD, a
line "tie" instead where a block of whash equals the median.
"""
import io
import sys
import time

import imagehash
import numpy as np
from PIL import Image


def tied(image):
    """The wavelet's low frequencies are sums of blocks; the package rounds, integers do not."""
    side = max(8, 1 << int(np.log2(min(image.size))))
    small = np.array(image.convert("L").resize((side, side), Image.LANCZOS)).astype(int)
    sums = np.sort(small.reshape(8, side // 8, 8, side // 8).sum((1, 3)).ravel())
    return sums[31] == sums[32]


images = [bytes.fromhex(line) for line in open(sys.argv[1])]
for name, function in (("phash", imagehash.phash), ("dhash", imagehash.dhash),
                       ("ahash", imagehash.average_hash), ("whash", imagehash.whash)):
    start = time.perf_counter()
    hashes = [function(Image.open(io.BytesIO(image))) for image in images]
    seconds = time.perf_counter() - start
    with open("%s.%s" % (sys.argv[1], name), "w") as out:
        for h, image in zip(hashes, images):
            v = int(str(h), 16)
            if name == "whash" and tied(Image.open(io.BytesIO(image))):
                out.write("tie\n")
            else:
                out.write("%d\n" % (v - (1 << 64) if v >> 63 else v))
    print(name, seconds)
