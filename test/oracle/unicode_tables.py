#!/usr/bin/python3
"""Writes src/kernel/unicode_tables.h from Python's Unicode data.

    test/oracle/unicode_tables.py > src/kernel/unicode_tables.h
"""
import sys
import unicodedata

POINTS = [c for c in range(128, sys.maxunicode + 1) if not 0xD800 <= c < 0xE000]


def lines(items, per_line):
    for at in range(0, len(items), per_line):
        print("\t" + " ".join(items[at:at + per_line]))


def ranges(wanted):
    """Ranges of points of these categories; code points not yet assigned join those around them"""
    found = []
    open_range = False
    for c in POINTS:
        category = unicodedata.category(chr(c))
        if category[0] in wanted or category in wanted:
            if open_range:
                found[-1][1] = c
            else:
                found.append([c, c])
            open_range = True
        elif category != "Cn":
            open_range = False
    return found


print(f"""/*
 * unicode_tables.h - letters, marks and case of Unicode {unicodedata.unidata_version}
 *
 * Written by test/oracle/unicode_tables.py.  Code points from 128 on.
 */
#ifndef DPK_UNICODE_TABLES_H
#define DPK_UNICODE_TABLES_H

#include <stdint.h>
""")
for name, wanted, what in (("words", ("L", "M", "N"), "letters, marks and numbers"), ("accents", ("Mn",), "marks that take no space"),
                           ("symbols", ("Sm", "Sc", "So"), "symbols that modify nothing")):
    print(f"/* First and last of ranges of {what} */\nstatic const uint32_t {name}[][2] = {{")
    lines(["{0x%X, 0x%X}," % tuple(r) for r in ranges(wanted)], 7)
    print("};\n")

# a mark, or the second half of a pair that composes, itself or what it decomposes to at first
seconds = {ord(unicodedata.normalize("NFD", chr(c))[1]) for c in POINTS
           if len(unicodedata.normalize("NFD", chr(c))) > 1 and unicodedata.normalize("NFC", unicodedata.normalize("NFD", chr(c))) == chr(c)}
seconds |= set(range(0x1161, 0x1176)) | set(range(0x11A8, 0x11C3))
joining = []
for c in POINTS:
    first = unicodedata.normalize("NFKD", chr(c))[0]
    if unicodedata.combining(chr(c)) or unicodedata.combining(first) or c in seconds or ord(first) in seconds:
        if joining and joining[-1][1] == c - 1:
            joining[-1][1] = c
        else:
            joining.append([c, c])
print("/* First and last of ranges of points that a normal form may join to, or move before, what precedes them */\n"
      "static const uint32_t joining[][2] = {")
lines(["{0x%X, 0x%X}," % tuple(r) for r in joining], 7)
print("};\n")

# full case folding: runs of one distance and step, and those that become several
runs, several = [], []
for c in POINTS:
    folded = chr(c).casefold()
    if folded == chr(c):
        continue
    if len(folded) > 1:
        several.append((c, [ord(f) for f in folded]))
        continue
    by = ord(folded) - c
    if runs and runs[-1][3] == by and (c - runs[-1][1] == runs[-1][2] or (runs[-1][0] == runs[-1][1] and c - runs[-1][1] <= 2)):
        runs[-1][2] = c - runs[-1][1]
        runs[-1][1] = c
    else:
        runs.append([c, c, 1, by])
print("/* Case folding: first, last, step of a run, and what is added */\nstatic const struct\n{\n\tuint32_t\tfirst,\n\t\t\t\tlast;\n\tint32_t\t\tstep,\n\t\t\t\tadd;\n}\t\t\tfolds[] = {")
lines(["{0x%X, 0x%X, %d, %d}," % tuple(r) for r in runs], 5)
print("};\n\n/* and those that become two or three */\nstatic const uint32_t long_folds[][4] = {")
lines(["{%s}," % ", ".join("0x%X" % x for x in [c] + f + [0] * (3 - len(f))) for c, f in several], 5)
print("};\n\n#endif\t\t\t\t\t\t\t/* DPK_UNICODE_TABLES_H */")
