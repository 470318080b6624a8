#!/usr/bin/env python3
"""Fingerprints of labels by OpenRefine's key collision methods, for test/sql/label_map.sql.

    test/oracle/label_fingerprint.py > test/data/label_fingerprint.sql

PUBLISHED are pairs that OpenRefine 3.8 tests itself with (FingerprintKeyerTests);
the rules, as its FingerprintKeyer states them, must give all of them before they
are used for made labels: trim, lower case, NFKD without combining diacritical
marks, modifier letters and modifier symbols, plain letters for those that do not
decompose, neither punctuation (Unicode's P) nor control characters, split at white
space, sort, each once.  N-gram fingerprints, of labels without symbols, are
those of abydos 0.5.0 (QGram).  Texts are printed in NFKC.
"""
import collections
import collections.abc
import random
import unicodedata

collections.Iterable = collections.abc.Iterable  # abydos is older than Python 3.10
from abydos.fingerprint import QGram, String  # noqa: E402

PLAIN = {"ß": "ss", "æ": "ae", "ø": "oe", "©": "c", "ð": "d", "đ": "d", "ɖ": "d", "þ": "th", "ƿ": "w", "ħ": "h", "ı": "i", "ĸ": "k",
         "ł": "l", "ŋ": "n", "ſ": "s", "ŧ": "t", "œ": "oe", "ẜ": "s", "ẝ": "s"}

PUBLISHED = [
    ("the multi multi word test", "multi test the word"), (" école ÉCole ecoLe ", "ecole"), ("a b c d", "a b c d"), (" d c b a ", "a b c d"),
    ("\tABC \t DEF ", "abc def"), ("bbb\taaa", "aaa bbb"), ("æø", "aeoe"), ("©ß", "css"), ("\u00D0\u00F0\u00DE\u00FE\u01F7\u01BF", "ddththww"),
    ("ﬀﬁﬂﬃﬅﬆ", "fffiflffistst"), ("ÀÁÂÃÄÅàáâãäåĀāĂăĄą", "a" * 18), ("ÐðĎďĐđ", "d" * 6), ("Ħħ", "hh"), ("ÌÍÎÏìíîïĨĩĪīĬĭĮįİ", "i" * 17), ("ı", "i"),
    ("Ķķ", "kk"), ("ĸ", "k"), ("ĹĺĻļĽľŁł", "l" * 8), ("Ŀŀ", "ll"), ("ŉ", "n"), ("Ŋŋ", "nn"), ("Øø", "oeoe"), ("ŚśŜŝŞşŠšſ", "s" * 9), ("ŢţŤťŦŧ", "t" * 6),
    ("a\t\nb\x0bc\x0cd\re\x85f\xa0g\u1680h\u2000i\u2001j\u2002k\u2003l\u2004m\u2005n\u2006o\u2007p\u2008q\u2009r\u200as\u2028t\u2029u\u202fv\u205fw\u3000z",
     "a b c d e f g h i j k l m n o p q r s t u v w z"),
    ("ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿ",
     "aaaaaaaeceeeeiiiidnooooooeuuuuythssaaaaaaaeceeeeiiiidnooooooeuuuuythy"),
    ("ĲĳĴĵŒœŔŕŸŹźŻżŽž", "ijijjjoeoerryzzzzzz"), ("ẖẗẘẙẚẛẜẝẞẠạẢảẤấẦầ", "htwyasssssaaaaaaaa"), ("", "")]

ALPHABETS = ["abcdefghijklmnopqrstuvwxyzABCDEFGHIJ0123456789", "aeiouéèàçüößñøåæœłđÉÀÜØŁİ", "αβγδεζηθικλμνξοπρτυφχψωΑΒΓΔΕάέή", "абвгдежзийклмнопрстёАБВЙ",
             "日本東京語ビルガパかきぎ", "हिन्दीकिकाकुं", "שָׁלוֹם", "ไทยก็ี", "한국어서울", "ﬁﬂＡＢ１２²½"]
LEFT_OUT = list(".,;:!?-_/\\'\"()[]{}@#%&*") + ["–", "—", "“", "”", "«", "»", "·", "…", "¿", "、", "。"]
SYMBOLS = list("+$<=>|~") + ["€", "£", "×", "÷", "°", "→", "♥", "👍"]
SPACES = [" ", " ", " ", "  ", "\t", "\u00a0", "\u3000", "\n"]


def refine(label):
    text = unicodedata.normalize("NFKD", label.strip().lower())
    text = "".join(c for c in text if not 0x300 <= ord(c) <= 0x36F and unicodedata.category(c) not in ("Lm", "Sk"))
    text = "".join(PLAIN.get(c, c) for c in text)
    text = "".join(c for c in text if unicodedata.category(c)[0] != "P" and (unicodedata.category(c) != "Cc" or c.isspace()))
    return " ".join(sorted(set(unicodedata.normalize("NFKC", text).split())))


def quoted(text):
    if text is None:
        return "NULL"
    if any(ord(c) < 32 or c == "\\" or not c.isprintable() for c in text):
        return "U&'" + "".join(c if 32 <= ord(c) < 127 and c not in "\\'" else "\\%04X" % ord(c) if ord(c) < 65536 else "\\+%06X" % ord(c) for c in text) + "'"
    return "'" + text.replace("'", "''") + "'"


for label, fingerprint in PUBLISHED:
    assert refine(label) == fingerprint, (label, refine(label), fingerprint)

rng = random.Random(1)
rows = [(label, fingerprint, None) for label, fingerprint in PUBLISHED]
for i in range(800):
    words = []
    for _ in range(rng.randint(1, 4)):
        alphabet = rng.choice(ALPHABETS if i % 2 else ALPHABETS[: 1 + i % 4])
        word = "".join(rng.choice(alphabet) for _ in range(rng.randint(1, 8)))
        if rng.random() < 0.4:
            # a mark stays with its letter: no other order of marks comes up
            at = len(word) if any(unicodedata.category(c)[0] == "M" for c in word) else rng.randint(0, len(word))
            word = word[:at] + rng.choice(LEFT_OUT if i % 4 < 3 else SYMBOLS) + word[at:]
        words.append(word)
    if rng.random() < 0.3:
        words.append(words[0].upper())
    label = rng.choice(["", " "]) + "".join(w + rng.choice(SPACES) for w in words)
    ascii_only = all(ord(c) < 128 for c in label)
    ngrams = QGram().fingerprint(label) if i % 4 < 3 and ascii_only else None
    if ngrams is not None:
        assert String().fingerprint(label) == refine(label), label
    rows.append((label, refine(label), ngrams))

print("-- Written by test/oracle/label_fingerprint.py: OpenRefine's rules and its own tests, abydos 0.5.0")
print("CREATE TEMP TABLE openrefine (label text, fingerprint text, bigrams text);\nINSERT INTO openrefine VALUES")
print(",\n".join("\t(%s, %s, %s)" % tuple(map(quoted, r)) for r in rows) + ";")
