"""Bytes of each format of the fuzz corpora, right or wrong on request. Needs the package xxhash (pip install xxhash)."""
import io
import json
import struct
import zipfile
import zlib

import xxhash


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


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def record(data):
    def masked(part):
        crc = crc32c(part)
        return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)

    length = struct.pack("<Q", len(data))
    return length + masked(length) + data + masked(data)


def varint(value):
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def event(step, content=b""):
    return record(b"\x09" + struct.pack("<d", 0.0) + b"\x10" + varint(step) + content)


def state(frames, weight, rule, time=0.0, times=(), h=(1, -2, 3, 1e-30), sums=(0.5, -0.25), window_sums=None, **changes):
    """A stream state of the model in tests/support/fuzz_state.h. Before the first frame, all values are 0. The window has one row
    for each of `times`; the rows are equal and add up to window_sums, or to `sums` if window_sums is None."""
    began = frames != 0
    row = struct.pack("<2f", *[v / max(1, len(times)) for v in window_sums or sums])
    parts = {"h": ("F32", (1, 1, 4), struct.pack("<4f", *[v * began for v in h])),
             "conv": ("F32", (1, 1, 1, 4), struct.pack("<4f", *[v * began for v in (4, 5, 6, 7)])),
             "readout.sum": ("F64", (2,), struct.pack("<2d", *[v * began for v in sums])),
             "readout.window_times": ("F64", (len(times),), struct.pack(f"<{len(times)}d", *times)),
             "readout.window": ("F32", (len(times), 2), row * len(times))}
    metadata = {"format": "trecvit.state/2", "model": "0123456789abcdef", "readout": rule, "frames": str(frames),
                "readout_weight": str(weight), "readout_time": str(time), "readout_time_offset": "0.25" if began else "0",
                **changes}
    checksum = 0
    for key, value in sorted(metadata.items()):
        checksum = xxhash.xxh3_64_intdigest(f"{key}={value}\n".encode(), checksum)
    header, data = {"__metadata__": metadata}, b""
    for name, (dtype, shape, values) in parts.items():
        checksum = xxhash.xxh3_64_intdigest(values, checksum)
        header[name] = tensor(dtype, shape, len(data), len(data) + len(values))
        data += values
    metadata.setdefault("checksum", f"{checksum:016x}")
    return safetensors(header, data)


def stamps(values, wraps=False, length=3600):
    record = lambda v: struct.pack("<Bqq", (v is not None) + 2 * wraps, v or 0, length)
    return b"".join(record(v) for v in values)


def png(width, height):
    chunk = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + bytes(3 * width) for _ in range(height))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
