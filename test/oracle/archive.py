#!/usr/bin/python3
"""archive.py - writes the small archives of test/data/idx and test/data/tar

Standard library only: tarfile writes the formats, gzip packs them.  Run from
the top of the project.
"""
import gzip
import io
import os
import struct
import tarfile


def save(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    open(path, 'wb').write(data)


def pack(data):
    return gzip.compress(data, 9, mtime=0)


# ---- IDX ----

def idx(type_code, dims, data):
    return bytes([0, 0, type_code, len(dims)]) + b''.join(struct.pack('>I', d) for d in dims) + data


images = idx(8, [3, 2, 2], bytes(range(12)))
save('test/data/idx/images.idx', images)
save('test/data/idx/images.idx.gz', pack(images))
save('test/data/idx/labels.idx', idx(8, [4], bytes([7, 0, 9, 1])))
save('test/data/idx/floats.idx', idx(0x0D, [2, 3], struct.pack('>6f', 1, 2, 3, -1, .5, 1e9)))
save('test/data/idx/two_members.idx.gz', pack(images[:20]) + pack(images[20:]) + bytes(7))
save('test/data/idx/huge_item.idx.gz', pack(idx(8, [1, 2147483647, 2], b'')))
save('test/data/idx/overflow.idx', idx(0x0E, [2] + [2147483647] * 3, b''))
save('test/data/idx/no_bytes.idx', idx(8, [2147483647, 0], b''))

# ---- tar ----

LONG = 'long/' + 'directory/' * 20 + 'file.txt'
files = [('one.txt', b'first'), ('class/empty', b''), ('class/block', b'x' * 512), (LONG, b'deep'),
         ('caf\u00e9.txt', b'utf-8'), ('class/big', bytes(range(256)) * 5)]


def tar(format):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w', format=format) as t:
        d = tarfile.TarInfo('class')
        d.type = tarfile.DIRTYPE
        t.addfile(d)
        for name, data in files:
            if format == tarfile.USTAR_FORMAT and name == LONG:
                name = 'prefix/' * 20 + 'f' * 90
            f = tarfile.TarInfo(name)
            f.size = len(data)
            t.addfile(f, io.BytesIO(data))
        link = tarfile.TarInfo('link')
        link.type = tarfile.SYMTYPE
        link.linkname = 'l' * 150 if format != tarfile.USTAR_FORMAT else 'one.txt'
        t.addfile(link)
    return out.getvalue()


save('test/data/tar/ustar.tar.gz', pack(tar(tarfile.USTAR_FORMAT)))
save('test/data/tar/gnu.tar.gz', pack(tar(tarfile.GNU_FORMAT)))
save('test/data/tar/pax.tar.gz', pack(tar(tarfile.PAX_FORMAT)))
save('test/data/tar/bomb.tar.gz', pack(bytes(512) + bytes(50_000_000)))
f = tarfile.TarInfo('zeros')
f.size = 20_000_000
save('test/data/tar/zeros.tar.gz', pack(f.tobuf() + bytes(f.size + 256 + 1024)))
f.size = 1 << 40
save('test/data/tar/huge_file.tar.gz', pack(f.tobuf(tarfile.GNU_FORMAT)))

# a name that is no UTF-8
f = tarfile.TarInfo('\udcff')
save('test/data/tar/bytes.tar.gz', pack(f.tobuf(tarfile.GNU_FORMAT, 'utf-8', 'surrogateescape') + bytes(1024)))
