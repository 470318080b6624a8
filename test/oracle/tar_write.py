#!/usr/bin/python3
"""Archives of one file as Python's tarfile writes them, by their MD5.

    test/oracle/tar_write.py > test/data/tar_write.sql

ustar where the path fits its fields, else pax, as dp.tar_file chooses.
"""
import hashlib
import io
import sys
import tarfile

PATHS = ["a.png", "class/b.jpg", "café/ü.png", "./c", "n" * 100, "d/" + "n" * 98, "d/" + "n" * 99, "p" * 155 + "/" + "n" * 100,
         "/".join(["directory"] * 20), "n" * 101, "p" * 156 + "/" + "n" * 100, "d/" + "n" * 101, "x/" * 500 + "y",
         "d/" + "n" * 4093, "p" * 80 + "/" + "n" * 3, "k" * (85 + 7) + "/" + "m" * 200]


def archive(path, content):
    out = io.BytesIO()
    info = tarfile.TarInfo(path)
    info.size, info.mtime = len(content), 946684800
    try:
        header = info.tobuf(tarfile.USTAR_FORMAT, "utf-8", "strict")
    except ValueError:
        header = info.tobuf(tarfile.PAX_FORMAT, "utf-8", "strict")
    out.write(header)
    out.write(content + bytes(-len(content) % 512))
    return out.getvalue() + bytes(1024)


print("-- Written by test/oracle/tar_write.py with Python %d.%d.%d" % sys.version_info[:3])
print("CREATE TEMPORARY TABLE written (path text, size int, md5 text);")
print("INSERT INTO written VALUES")
print(",\n".join("('%s', %d, '%s')" % (p, n, hashlib.md5(archive(p, b"x" * n)).hexdigest())
                 for p in PATHS for n in ((0, 1, 511, 512, 513, 100000) if p == "a.png" else (7,))) + ";")
