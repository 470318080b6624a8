#!/usr/bin/env python3
"""Fingerprints of labels by OpenRefine's documented key collision method.

Trim, lower case, remove punctuation and control characters, normalize extended
characters to their ASCII form where they have one (Unicode decomposition), split
at white space, sort, remove duplicates, join.  Prints INSERTs for
test/sql/label_map.sql.
"""
import unicodedata

LABELS = ["New York", "  new   york ", "York, New", "NEW YORK!", "new-york", "A.B.C. Ltd", "Ltd. abc", "Café Müller", "cafe muller",
          "Straße 5", "STRASSE 5", "b a B A c", "", " ", "?!", "日本 東京", "ＡＢＣ １２", "Ελλάδα ελλαδα", "C++", "1st, 2nd & 3rd", "Łódź"]


def fingerprint(label):
    text = unicodedata.normalize("NFKD", label.strip().casefold())
    text = "".join(c for c in text if not unicodedata.combining(c))
    text = "".join(c for c in text if c.isspace() or unicodedata.category(c)[0] in "LMN")
    return " ".join(sorted(set(unicodedata.normalize("NFKC", text).split())))


print("INSERT INTO vector VALUES")
print(",\n".join("\t('%s', '%s')" % (s, fingerprint(s)) for s in LABELS) + ";")
