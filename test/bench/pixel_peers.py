"""pixel_peers.py - what the comparisons of operations on decoded pixels share

    SCRIPT.py LIBRARY FACTOR SHORT

One thread each, the same pixels, turns taken within one run.  A turn is the
best of five short slices of processor time on each side, since other work on
the machine only slows; the figure is the median of the turns' ratios.  Where that is close to
the bar, four times as many turns are taken: where both move memory and do
nothing else, a ratio of 1 is the truth and a few turns tell it from .98 by luck.
"""
import ctypes
import os
import statistics
import sys
import time

import numpy as np
from PIL import Image

try:
    import cv2
    cv2.setNumThreads(1)
except ImportError:
    cv2 = None

library, factor, short = ctypes.CDLL(os.path.abspath(sys.argv[1])), float(sys.argv[2]), len(sys.argv) > 3 and sys.argv[3] != ""
turns, seconds, slices = (3, 0.02, 2) if short else (9, 0.05, 5)
out = np.empty(1 << 24, np.uint8)
status = 0


def address(a):
    return a.ctypes.data_as(ctypes.c_void_p)


def rate(f):
    """Calls per second: the best slice; a call that takes longer is a slice"""
    best = 0
    f()
    for _ in range(slices):
        start, n = time.thread_time(), 0
        while True:
            f()
            n += 1
            spent = time.thread_time() - start
            if spent > seconds / slices:
                break
        best = max(best, n / spent)
        if spent > seconds:
            break
    return best


def figure(label, peer, ours, runs, theirs, their_runs, bar):
    """A line; ours() is 'runs' images and theirs() 'their_runs'.  bar 0: none"""
    global status
    if theirs is None:
        if cv2 is None and peer != "Pillow":
            print("%s | | OpenCV | | | skipped: no python3-opencv" % label)
        return
    pairs = []

    def ratio(n):
        pairs.extend((rate(ours) * runs, rate(theirs) * their_runs) for _ in range(n))
        return statistics.median(x / y for x, y in pairs)

    found, least = ratio(turns), bar * factor
    if abs(found - least) < 0.05 * least:
        found = ratio(3 * turns)
    mine, other = (statistics.median(p[i] for p in pairs) for i in (0, 1))
    holds = found >= least
    status |= not holds
    print("%s | %.0f images/s | %s %.0f images/s | %.2f | %s | %s" % (label, mine, peer, other, found, "%.2f" % least if bar else "none",
          "holds" if holds else "falls short"), flush=True)


def no_peer(label, ours, runs):
    print("%s | %.0f images/s | no peer | | none | holds" % (label, rate(ours) * runs), flush=True)


def recipe(text, a, runs):
    """A call that applies a recipe so many times"""
    h, w, c = a.shape

    def call():
        return library.run_recipe(text.encode(), w, h, c, address(a), address(out), out.size, runs)
    if call() < 0:
        sys.exit("the recipe \"%s\" failed" % text)
    return call


def photographs():
    try:
        import sklearn.datasets
        china = Image.open(os.path.join(os.path.dirname(sklearn.datasets.__file__), "images", "china.jpg"))
    except ImportError:
        print("operations on pixels | | | | | skipped: no python3-sklearn, whose china.jpg is the photograph")
        sys.exit(0)
    return [("427x640", china), ("256x256", china.crop((150, 80, 406, 336)))]
