"""stored.py - the checksum of a model as dp.models has it, of a dictionary that has its columns and tensors"""
import json
import struct

TABLE = []
for i in range(256):
    c = i
    for _ in range(8):
        c = c >> 1 ^ (0x82F63B78 if c & 1 else 0)
    TABLE.append(c)


def crc32c(data):
    c = 0xFFFFFFFF
    for b in data:
        c = c >> 8 ^ TABLE[(c ^ b) & 255]
    return c ^ 0xFFFFFFFF


def jsonb_text(x):
    """The text PostgreSQL gives a jsonb: keys by length, then bytes."""
    if isinstance(x, dict):
        keys = sorted(x, key=lambda k: (len(k), k))
        return "{" + ", ".join(json.dumps(k) + ": " + jsonb_text(x[k]) for k in keys) + "}"
    if isinstance(x, list):
        return "[" + ", ".join(map(jsonb_text, x)) + "]"
    return json.dumps(x)


def checksum(m):
    i = m["input"]
    text = jsonb_text(m["network"]) + "\0"
    text += "%s %d %d %d %d %s %d\0" % (i["kind"], i["height"], i["width"], i["channels"],
                                        m["outputs"], m["loss"], len(m["classes"] or []))
    if "output_image" in m:
        o = m["output_image"]
        text += "image %d %d %d\0" % (o["height"], o["width"], o["channels"])
    text += "".join("%s\0" % c for c in m["classes"] or [])
    data = text.encode()
    for layer, tensor, a in m["tensors"]:
        data += ("%s\0%s\0" % (layer, tensor)).encode() + struct.pack("<%di" % a.ndim, *a.shape) + a.astype("<f4").tobytes()
    return crc32c(data)
