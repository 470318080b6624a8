#!/usr/bin/python3
"""Writes src/kernel/minhash_table.h: the permutations of datasketch 2.0.0 for
MinHash(num_perm=128), scheme "affine32", seed 1.

    test/oracle/minhash_table.py > src/kernel/minhash_table.h
"""
import datasketch

m = datasketch.MinHash(num_perm=128)
assert m.scheme == "affine32" and m.seed == 1
print("""/*
 * minhash_table.h - the permutations a*x + b of datasketch, seed 1
 *
 * Written by test/oracle/minhash_table.py with datasketch 2.0.0.
 */
#ifndef DPK_MINHASH_TABLE_H
#define DPK_MINHASH_TABLE_H

#include <stdint.h>
""")
for name, values in zip(("factors", "offsets"), m.permutations):
    assert len(values) == 128
    print(f"static const uint32_t {name}[128] __attribute__((aligned(64))) = {{")
    for at in range(0, 128, 8):
        print("\t" + " ".join("0x%08X," % v for v in values[at:at + 8]))
    print("};\n")
print("#endif\t\t\t\t\t\t\t/* DPK_MINHASH_TABLE_H */")
