#!/usr/bin/env python3
"""Writes the seed corpora fuzz/corpus/<format>/.

ok_* must be accepted and bad_* refused (tests/io/corpus_test.cc); other names are findings of the fuzzers and stay.
Needs the standard library only. The same files come out each time.
"""
import io
import json
import pathlib
import struct
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent / "fuzz" / "corpus"


def save(fmt, name, data):
    folder = ROOT / fmt
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def npy(descr="<f4", shape="(2, 3)", values=struct.pack("<6f", *range(6)), order="False", version=1):
    text = f"{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}".encode()
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    length = struct.pack("<H" if version == 1 else "<I", len(text))
    return b"\x93NUMPY" + bytes([version, 0]) + length + text + values


def archive(arrays, method=zipfile.ZIP_STORED, zip64=False, comment=b""):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as z:
        z.comment = comment
        for name, data in arrays:
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = method
            with z.open(info, "w", force_zip64=zip64) as f:
                f.write(data)
    return out.getvalue()


def safetensors(header, data=b"", length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def tensor(dtype="F32", shape=(2, 3), begin=0, end=24):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [begin, end]}


def make_npy():
    save("npy", "ok_matrix", npy())
    save("npy", "ok_scalar_v2", npy("<f8", "()", struct.pack("<d", 0.5), version=2))
    save("npy", "ok_fortran_vector_v3", npy("|u1", "(3,)", b"abc", order="True", version=3))
    save("npy", "ok_empty", npy("<i8", "(0, 9)", b""))
    save("npy", "bad_object", npy("|O", "(1,)", b"\x80\x04N."))
    save("npy", "bad_fortran", npy(order="True"))
    save("npy", "bad_huge_shape", npy(shape="(4294967296, 4294967296)"))
    save("npy", "bad_length", npy()[:8] + b"\xff\xff" + npy()[10:])
    save("npy", "bad_short", npy()[:-1])


def make_npz():
    arrays = [("a.npy", npy()), ("b/c.npy", npy("|u1", "(200,)", bytes(200)))]
    stored, deflated = archive(arrays), archive(arrays, zipfile.ZIP_DEFLATED)
    save("npz", "ok_stored", stored)
    save("npz", "ok_deflated", deflated)
    save("npz", "ok_zip64", archive(arrays, zip64=True, comment=b"comment"))
    save("npz", "ok_none", archive([]))
    save("npz", "bad_crc", stored.replace(b"\x00\x00\x80?", b"\x00\x00\x81?"))
    save("npz", "bad_cut", stored[:-30])
    save("npz", "bad_name", archive([("../a.npy", npy())]))
    save("npz", "bad_duplicate", stored.replace(b"b/c.npy", b"a.npy\0\0"))
    save("npz", "bad_text", archive([("a.txt", b"text")]))
    size = struct.pack("<I", 200 + len(npy(shape="(200,)", values=b"")))
    lie = struct.pack("<I", 0x7FFFFFFF)
    save("npz", "bad_size", deflated.replace(size, lie))
    bomb = npy("|u1", "(20000000,)", bytes(20_000_000))
    save("npz", "bad_bomb", archive([("a.npy", bomb)], zipfile.ZIP_DEFLATED))


def make_safetensors():
    data = bytes(range(28))
    two = {"a": tensor(), "b": tensor("U8", (4,), 24, 28), "__metadata__": {"k": "v"}}
    save("safetensors", "ok_two", safetensors(two, data))
    save("safetensors", "ok_blanks", safetensors(b"  " + json.dumps(two).encode() + b"    ", data))
    save("safetensors", "ok_scalar_and_empty",
         safetensors({"s": tensor("BF16", (), 0, 2), "e": tensor("F64", (0, 7), 2, 2)}, b"ab"))
    save("safetensors", "ok_none", safetensors(b"{}"))
    save("safetensors", "bad_length", safetensors(two, data, length=2**63))
    save("safetensors", "bad_cut", safetensors(two, data)[:-1])
    save("safetensors", "bad_tail", safetensors(two, data + b"x"))
    save("safetensors", "bad_overlap", safetensors({"a": tensor(), "b": tensor("U8", (4,), 20, 24)}, data[:24]))
    save("safetensors", "bad_overflow", safetensors({"a": tensor(shape=(2**62, 4), end=0)}))
    save("safetensors", "bad_duplicate",
         safetensors(b'{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],'
                     b'"data_offsets":[0,1]}}', b"x"))
    save("safetensors", "bad_deep", safetensors(b"[" * 200))


def make_json():
    save("json", "ok_config", b'{"width": 768, "heads": [1, 2.5e3, -7], "name": "tr\\u00e4\\n", "deep": {"a": [null]}}')
    save("json", "ok_lone", b" -0.0 ")
    save("json", "ok_depth", b"[" * 32 + b"]" * 32)
    save("json", "bad_depth", b"[" * 33 + b"]" * 33)
    save("json", "bad_duplicate", b'{"a": 1, "b": {"c": 1, "c": 2}}')
    save("json", "bad_overflow", b"1e400")
    save("json", "bad_integer", b"18446744073709551616")
    save("json", "bad_utf8", b'"\xc0\x80"')
    save("json", "bad_zero", b"{}\0hidden")
    save("json", "bad_tail", b"{} x")


if __name__ == "__main__":
    make_npy()
    make_npz()
    make_safetensors()
    make_json()
