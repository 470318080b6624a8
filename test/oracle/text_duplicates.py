#!/usr/bin/python3
"""Texts, their normal text, hashes and signatures for test/sql/text_duplicates.sql.

    test/oracle/text_duplicates.py > test/data/text_duplicates.sql

Needs datasketch 2.0.0, simhash 2.1.2 and xxhash 4.1.0 from PyPI, and numpy.
"""
import random
import unicodedata

import datasketch
import simhash
import xxhash

texts = ["", "  \t\n", "---", "Hello, World!", "hello   world", "The quick brown fox jumps over the lazy dog.",
         "the quick brown fox jumped over the lazy dog", "STRASSE Straße ﬁn ＦＵＬＬ ｗｉｄｔｈ", "Ünïcödé Ελληνικός ΣΊΣΥΦΟΣ Кириллица",
         "e\u0301cole \u00e9cole Å Å", "東京都に行く 日本語テキスト", "İstanbul ıspanak ŉ ǰ ΐ ᾳ", "don't e-mail: a_b@c.de, 3.14 € ½ ²",
         "नमस्ते दुनिया", "a😀b c\u00a0d\u3000e\u200bf", "\u1e9e\ufb03 \u0130 \u03d1 \u13a0\uab70"]
draw = random.Random(3)
vocabulary = ["".join(draw.choice("abcdefghijklmnoprstuvw") for _ in range(draw.randint(1, 9))) for _ in range(400)]
base = [draw.choice(vocabulary) for _ in range(120)]
for edits in (0, 1, 3, 8, 20, 60):
    words = list(base)
    for _ in range(edits):
        words[draw.randrange(len(words))] = draw.choice(vocabulary)
    texts.append(" ".join(words))
texts.append(" ".join(draw.choice(vocabulary) for _ in range(900)) + " Ende — ß")


def normal(s, form="NFKC", fold=True, strip=True, accents=False):
    s = unicodedata.normalize({"K": "NFKD"}.get(form[2], "NFD") if accents else form, s)
    out = []
    for c in s:
        category = unicodedata.category(c)
        if accents and category == "Mn":
            continue
        out.append(" " if strip and category[0] not in "LMN" else c)
    s = "".join(out)
    s = s.casefold() if fold else s
    s = unicodedata.normalize(form, s) if fold or accents else s
    return " ".join(s.split())


def shingles(s, n, unit):
    s = normal(s)
    units = s.split() if unit == "word" else list(s)
    join = " " if unit == "word" else ""
    if not units:
        return []
    return [join.join(units[i:i + n]) for i in range(max(1, len(units) - n + 1))]


def hash64(b):
    return xxhash.xxh64_intdigest(b)


def signed(x, bits):
    return x - (1 << bits) if x >= 1 << (bits - 1) else x


def minhash(tokens):
    m = datasketch.MinHash(num_perm=128, hashfunc=lambda b: hash64(b) & 0xFFFFFFFF)
    for t in tokens:
        m.update(t.encode())
    return "{" + ",".join(str(signed(int(v), 32)) for v in m.hashvalues) + "}"


def sim(tokens):
    counts = {t: tokens.count(t) for t in tokens} if len(tokens) < 1000 else None
    if counts is None:
        counts = {}
        for t in tokens:
            counts[t] = counts.get(t, 0) + 1
    return signed(simhash.Simhash(counts, f=64, hashfunc=hash64).value, 64)


def quote(s):
    return "'" + s.replace("'", "''") + "'"


print(f"-- Written by test/oracle/text_duplicates.py: Unicode {unicodedata.unidata_version}, datasketch 2.0.0, simhash 2.1.2, xxhash {xxhash.VERSION}")
print("CREATE TEMP TABLE sample (id int, text text, normal text, nfc text, cased text, plain text, hash bigint);\nINSERT INTO sample VALUES")
print(",\n".join("\t(%d, %s, %s, %s, %s, %s, %s)" % (
    i, quote(s), quote(normal(s)), quote(normal(s, "NFC", strip=False)), quote(normal(s, fold=False)), quote(normal(s, accents=True)),
    signed(hash64(normal(s).encode()), 64) if normal(s) else "NULL") for i, s in enumerate(texts)) + ";")
print("CREATE TEMP TABLE signature (id int, ngram int, unit text, nshingles int, minhash int[], simhash bigint);\nINSERT INTO signature VALUES")
rows = []
for i, s in enumerate(texts):
    for n, unit in ((5, "word"), (2, "word"), (1, "word"), (4, "character")):
        tokens = shingles(s, n, unit)
        rows.append("\t(%d, %d, '%s', %d, %s, %s)" % (i, n, unit, len(tokens), quote(minhash(tokens)) if tokens else "NULL", sim(tokens) if tokens else "NULL"))
print(",\n".join(rows) + ";")
print("CREATE TEMP TABLE jaccard (a int, b int, ngram int, unit text, jaccard float8);\nINSERT INTO jaccard VALUES")
rows = []
for a in range(16, 22):
    for b in range(a, 22):
        for n, unit in ((5, "word"), (1, "word"), (4, "character")):
            x, y = set(shingles(texts[a], n, unit)), set(shingles(texts[b], n, unit))
            rows.append("\t(%d, %d, %d, '%s', %r)" % (a, b, n, unit, len(x & y) / len(x | y)))
print(",\n".join(rows) + ";")
