#!/usr/bin/python3
"""Weights and cosines for test/sql/tfidf.sql from scikit-learn's TfidfVectorizer.

    test/oracle/tfidf.py > test/data/tfidf.sql
"""
import random
import re

import sklearn
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics.pairwise import cosine_similarity

draw = random.Random(5)
vocabulary = ["".join(draw.choice("abcdeilmnorstu") for _ in range(draw.randint(1, 7))) for _ in range(80)]
texts = ["", "?!", "The cat sat on the mat.", "the CAT sat; the dog sat, too", "straße straße über"]
texts += [" ".join(draw.choice(vocabulary[:draw.choice((5, 20, 80))]) for _ in range(draw.randint(1, 25))) for _ in range(40)]
new = ["the cat and the cat", "unheard of words", "zzzz", " ".join(vocabulary[:30]), "über mat dog sat"]


def terms(n, unit):
    def shingles(text):
        words = re.findall(r"[^\W_]+", text.casefold())
        if unit == "character":
            words = list(" ".join(words))
        join = " " if unit == "word" else ""
        return [join.join(words[i:i + n]) for i in range(max(1, len(words) - n + 1))] if words else []
    return shingles


def quote(s):
    return "'" + s.replace("'", "''") + "'"


print(f"-- Written by test/oracle/tfidf.py: scikit-learn {sklearn.__version__}")
print("CREATE TABLE document (id int, text text);\nINSERT INTO document VALUES")
print(",\n".join("\t(%d, %s)" % (i, quote(t)) for i, t in enumerate(texts)) + ";")
print("CREATE TEMP TABLE fresh (id int, text text);\nINSERT INTO fresh VALUES")
print(",\n".join("\t(%d, %s)" % (i, quote(t)) for i, t in enumerate(new)) + ";")
weights, cosines = [], []
for n, unit in ((1, "word"), (2, "word"), (3, "character")):
    model = TfidfVectorizer(analyzer=terms(n, unit)).fit(texts)
    names = model.get_feature_names_out()
    x = model.transform(new)
    for i in range(len(new)):
        for j in x[i].indices:
            weights.append("\t(%d, %s, %d, %s, %r)" % (n, quote(unit), i, quote(names[j]), float(x[i, j])))
    c = cosine_similarity(x, model.transform(texts))
    for i in range(len(new)):
        for j in range(len(texts)):
            cosines.append("\t(%d, %s, %d, %d, %r)" % (n, quote(unit), i, j, float(c[i, j])))
print("CREATE TEMP TABLE weight (ngram int, unit text, id int, term text, weight float8);\nINSERT INTO weight VALUES")
print(",\n".join(weights) + ";")
print("CREATE TEMP TABLE cosine (ngram int, unit text, fresh int, document int, cosine float8);\nINSERT INTO cosine VALUES")
print(",\n".join(cosines) + ";")
