#!/usr/bin/env python3
"""Writes tests/golden/safetensors/verdicts.txt: files, and whether the package safetensors reads them.

Needs `pip install safetensors` (written with 0.8.0). One file per line: "accepted" or "refused", then its bytes in hex.
"stricter" marks files that the package reads and that trecvit refuses by its own rules: duplicate keys, extents beyond
2^63 - 1 and more than 32 axes.
"""
import json
import pathlib
import random
import struct

import safetensors

OUT = pathlib.Path(__file__).resolve().parent.parent / "tests" / "golden" / "safetensors" / "verdicts.txt"
SIZES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "U16": 2, "U32": 4,
         "U64": 8, "BOOL": 1}
BOUNDARIES = [0, 1, 2**31 - 1, 2**31, 2**32 - 1, 2**53 + 1, 2**63 - 1, 2**63, 2**64 - 1]


def pack(header, data=b"", length=None):
    text = header if isinstance(header, bytes) else json.dumps(header, separators=(",", ":")).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def tensor(dtype, shape, begin, end):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [begin, end]}


def hand_made():
    one = tensor("U8", [1], 0, 1)
    yield pack(b"{}")
    yield pack(b"")
    yield pack(b"[]")
    yield pack(b"{}", b"x")
    for blanks in (b" ", b"\n\t ", b"\r"):
        yield pack(blanks + json.dumps({"t": one}).encode() + blanks, b"x")
    for odd in (b"\0", b"x", b"\xef\xbb\xbf"):
        yield pack(odd + b"{}")
        yield pack(b"{}" + odd)
    for metadata in ({}, {"k": "v"}, {"k": 1}, {"k": None}, [], "v", None):
        yield pack({"__metadata__": metadata, "t": one}, b"x")
    for dtype in list(SIZES) + ["F8", "f32", "", "C64x"]:
        for count in (0, 1, 3, 8):
            yield pack({"t": tensor(dtype, [1], 0, count)}, bytes(count))
            yield pack({"t": tensor(dtype, [], 0, count)}, bytes(count))
    for a in BOUNDARIES:
        for b in BOUNDARIES:
            yield pack({"t": tensor("F32", [a, b], 0, 0)})
            yield pack({"t": tensor("U8", [1], a, b)}, b"x")
    for length in BOUNDARIES:
        yield pack({"t": one}, b"x", length)
    for extent in ("-1", "1.0", "1e0", "true", "null", '"1"', "[1]", "01", "-0", "18446744073709551616"):
        yield pack(b'{"t":{"dtype":"U8","shape":[%s],"data_offsets":[0,1]}}' % extent.encode(), b"x")
        yield pack(b'{"t":{"dtype":"U8","shape":[1],"data_offsets":[0,%s]}}' % extent.encode(), b"x")
    yield pack({"t": tensor("U8", [1] * 32, 0, 1)}, b"x")
    yield pack({"t": tensor("U8", [1] * 33, 0, 1)}, b"x")
    text = json.dumps(one).encode()
    yield pack(b'{"t":%s,"t":%s}' % (text, text), b"x")
    yield pack(b'{"__metadata__":{"k":"v","k":"w"}}')
    whole = pack({"a": tensor("F32", [2], 0, 8), "b": tensor("U8", [3], 8, 11)}, bytes(11))
    yield from (whole[:length] for length in range(len(whole)))


def generated(rng):
    """A valid file with a few tensors; in half of the calls, one number or one byte of it is changed."""
    tensors, end = {}, 0
    for i in rng.sample(range(9), rng.randrange(1, 5)):
        dtype = rng.choice(list(SIZES))
        shape = [rng.randrange(0, 4) for _ in range(rng.randrange(0, 3))]
        count = SIZES[dtype]
        for extent in shape:
            count *= extent
        tensors["t%d" % i] = tensor(dtype, shape, end, end + count)
        end += count
    if rng.random() < 0.3:
        changed = tensors[rng.choice(list(tensors))]
        field = changed[rng.choice(["shape", "data_offsets"])]
        if field:
            at = rng.randrange(len(field))
            field[at] = max(0, field[at] + rng.choice([-1, 1, 4]))
    names = list(tensors)
    rng.shuffle(names)
    data = bytearray(pack({name: tensors[name] for name in names}, bytes(end)))
    if rng.random() < 0.3:
        data[rng.randrange(len(data))] = rng.randrange(32, 127)
    return bytes(data)


def accepts(data):
    try:
        safetensors.deserialize(data)
        return True
    except Exception:
        return False


def stricter(data):
    length = struct.unpack("<Q", data[:8])[0]
    pairs = []
    header = json.loads(data[8:8 + length], object_pairs_hook=lambda p: pairs.append([k for k, _ in p]) or dict(p))
    shapes = [value["shape"] for name, value in header.items() if name != "__metadata__"]
    return any(len(set(keys)) != len(keys) for keys in pairs) or any(
        len(shape) > 32 or any(extent >= 2**63 for extent in shape) for shape in shapes)


if __name__ == "__main__":
    rng = random.Random(20)
    files = list(dict.fromkeys(list(hand_made()) + [generated(rng) for _ in range(1700)]))
    lines = []
    for data in files:
        verdict = "refused" if not accepts(data) else "stricter" if stricter(data) else "accepted"
        lines.append(f"{verdict} {data.hex()}\n")
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text("".join(lines))
    for verdict in ("accepted", "refused", "stricter"):
        print(verdict, sum(line.startswith(verdict) for line in lines))
