#!/usr/bin/python3
"""Edges and components for test/data/components.h and test/data/components.sql from scipy.

    test/oracle/components.py test/data
"""
import random
import sys

import numpy as np
import scipy
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

n = 300
draw = random.Random(7)
edges = [(draw.randrange(n), draw.randrange(n)) for _ in range(170)] + [(250 + i, 251 + i) for i in range(30)] + [(5, 5), (299, 0)]
a, b = np.array(edges).T
count, label = connected_components(coo_matrix((np.ones(len(a)), (a, b)), shape=(n, n)), directed=False)
smallest = {}
for i in range(n):
    smallest.setdefault(label[i], i)
component = [smallest[label[i]] for i in range(n)]
named = sorted(set(a) | set(b))
head = f"Written by test/oracle/components.py: scipy {scipy.__version__}"

with open(sys.argv[1] + "/components.h", "w") as out:
    print(f"/* {head} */\n\nstatic const uint32_t edges[][2] = {{", file=out)
    for at in range(0, len(edges), 12):
        print("\t" + " ".join("{%d, %d}," % e for e in edges[at:at + 12]), file=out)
    print("};\n\nstatic const uint32_t components[] = {", file=out)
    for at in range(0, n, 20):
        print("\t" + " ".join("%d," % c for c in component[at:at + 20]), file=out)
    print("};", file=out)

with open(sys.argv[1] + "/components.sql", "w") as out:
    print(f"-- {head}\nCREATE TEMP TABLE edge (a bigint, b bigint);\nINSERT INTO edge VALUES", file=out)
    print(",\n".join("\t" + ", ".join("(%d, %d)" % e for e in edges[at:at + 12]) for at in range(0, len(edges), 12)) + ";", file=out)
    print("CREATE TEMP TABLE component (key bigint, component bigint);\nINSERT INTO component VALUES", file=out)
    rows = ["(%d, %d)" % (i, component[i]) for i in named]
    print(",\n".join("\t" + ", ".join(rows[at:at + 12]) for at in range(0, len(rows), 12)) + ";", file=out)
