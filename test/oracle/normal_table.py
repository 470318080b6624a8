#!/usr/bin/python3
"""Writes src/kernel/normal_table.h: quantiles of the normal distribution.

scipy.stats.norm.ppf at the points that noise.c interpolates between.
"""
from scipy.stats import norm

OCTAVES, PIECES = 31, 32

z = []
for octave in range(OCTAVES):
    start = 2.0 ** (octave - OCTAVES - 1)
    z += [-norm.ppf(start * (1 + piece / PIECES)) for piece in range(PIECES)]
z += [0.0, 0.0]

print("""/*
 * normal_table.h - quantiles of the normal distribution, for noise.c
 *
 * Written by test/oracle/normal_table.py (scipy %s); do not edit.
 * Entry 32 * o + i is the z that a normal variable exceeds with probability
 * 2^(o - 32) * (1 + i / 32); that of 1/2 is there twice, to be interpolated to.
 */
static const float normal_table[%d * %d + 2] = {""" % (__import__("scipy").__version__, OCTAVES, PIECES))
for i in range(0, len(z), 8):
    print("\t" + " ".join("%.7ff," % (v + 0.0) for v in z[i:i + 8]))
print("};")
