#!/usr/bin/env python3
"""Writes the seed corpora fuzz/corpus/<format>/.

Files named ok_* must be accepted, and files named bad_* refused (tests/support/replay.h); files with other names are findings of
the fuzzers and stay. Needs the package xxhash (pip install xxhash). Every call writes the same files.
"""
import json
import pathlib
import struct
import zipfile

from fuzz_formats import archive, event, npy, png, record, safetensors, stamps, state, tensor, varint

ROOT = pathlib.Path(__file__).resolve().parent.parent / "fuzz" / "corpus"


def save(fmt, name, data):
    folder = ROOT / fmt
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def make_npy():
    save("npy", "ok_matrix", npy())
    save("npy", "ok_scalar_v2", npy("<f8", "()", struct.pack("<d", 0.5), version=2))
    save("npy", "ok_fortran_vector_v3", npy("|u1", "(3,)", b"abc", order="True", version=3))
    save("npy", "ok_empty", npy("<i8", "(0, 9)", b""))
    save("npy", "bad_object", npy("|O", "(1,)", b"\x80\x04N."))
    save("npy", "ok_fortran", npy(order="True"))
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
    save("safetensors", "bad_mark", safetensors(b"\xef\xbb\xbf" + json.dumps(two).encode(), data))


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


def make_config():
    config = {"architecture": "trecvit", "width": 32, "depth": 1, "mlp_dim": 128, "num_heads": 2, "lru_width": 64,
              "conv1d_width": 4, "patch_size": 16, "image_size": [48, 80], "num_classes": 10, "head_dim": 3072,
              "pool": "cls", "position": "learned", "input_scale": "sqrt", "readout": "window=2.5", "frame_stride": 2,
              "clip_frames": 16, "id2label": {"0": "walk", "9": "run \u00e4"},
              "preprocess": {"resize": "short_side", "interpolation": "bilinear", "crop": "center", "scale": 0.5}}
    sizes = {key: config[key] for key in ("width", "depth", "mlp_dim", "num_heads", "lru_width", "num_classes")}

    def put(name, **changes):
        save("config", name, json.dumps({**config, **changes}).encode())

    put("ok_all")
    save("config", "ok_sizes", json.dumps(sizes, indent=1).encode())
    put("ok_sincos", position="sincos2d", pool="gap", image_size=224, readout="last")
    put("bad_memory", width=2**20, mlp_dim=2**20, depth=2**20, num_heads=1, lru_width=1, conv1d_width=1,
        image_size=16)
    put("bad_unknown_key", widht=32)
    put("bad_zero", width=0)
    put("bad_negative", depth=-1)
    put("bad_huge", mlp_dim=2**63)
    put("bad_state_size", lru_width=2**20, image_size=2**10 * 16)
    put("bad_fraction", num_heads=2.0)
    put("bad_division", num_heads=3)
    put("bad_patch", patch_size=7)
    put("bad_word", pool="mean")
    put("bad_readout", readout="window=1e400")
    put("bad_label", id2label={"-1": "x"})
    put("bad_scale", preprocess={"scale": 0})
    save("config", "bad_duplicate", b'{"width": 1, "width": 2}')
    save("config", "bad_array", b"[]")


def make_event_file():
    version = event(0, b"\x1a\x0dbrain.Event:2")
    value = b"\x0a\x04loss\x15" + struct.pack("<f", 0.5)
    scalar = b"\x2a" + varint(len(value) + 2) + b"\x0a" + varint(len(value)) + value
    steps = [event(i, scalar) for i in range(1, 10)]
    whole = version + b"".join(steps)
    save("event_file", "ok_steps", whole)
    save("event_file", "ok_version", version)
    save("event_file", "ok_again", version + steps[6] + steps[2] + version + steps[8])
    save("event_file", "large_step", version + event(2**63 - 1, scalar) + event(2**64 - 1))
    save("event_file", "bad_torn", whole[:-7])
    save("event_file", "bad_flip", whole[:60] + bytes([whole[60] ^ 1]) + whole[61:])
    save("event_file", "bad_length", version + struct.pack("<Q", 2**40) + whole[:40])
    save("event_file", "bad_no_event", version + record(b"\xff" * 12) + steps[0])
    save("event_file", "bad_field_length", version + record(b"\x2a\xff\xff\xff\xff\xff\xff\xff\xff\x7f") + steps[0])


def make_run_log():
    save("run_log", "ok_json", b'{"step":1,"loss":0.5}\n{"step":2,"note":"a"}\n{"step":2,"val":{"accuracy":1}}\n')
    save("run_log", "ok_csv", b"step,loss,accuracy\n1,0.5,\n2,0.25,0.5\n2,,0.75\n")
    save("run_log", "ok_words", b'nonsense\n\n[1]\n{"step":1.5}\n{"step":"9"}\n')
    save("run_log", "bad_torn", b'{"step":1,"loss":0.5}\n{"step":2,"lo')
    save("run_log", "bad_no_line", b"step,loss")
    save("run_log", "later", b'{"step":4}\n{"step":5}\n{"step":99999999999999999999}\n5,1\n4,1\n')
    save("run_log", "deep", b"[" * 40 + b"\n" + b'{"step":' * 40 + b"1\n")


def make_state():
    save("state", "ok_mean", state(3, 3, "mean", 0.12))
    save("state", "ok_before_the_first_frame", state(0, 0, "mean"))
    save("state", "ok_last", state(9, 1, "last", -1.5))
    save("state", "ok_ema", state(100, 12.75, "ema=0.5", 4.0))
    save("state", "ok_window", state(40, 2, "window=0.1", 1.0, (0.95, 1.0)))
    save("state", "bad_checksum", state(3, 3, "mean", checksum="0" * 16))
    save("state", "bad_weight", state(3, 2, "mean"))
    save("state", "bad_frames", state(-3, -3, "mean"))
    save("state", "bad_many_frames", state(2**63 - 1, 2**63 - 1, "mean"))
    save("state", "bad_time", state(40, 2, "window=0.1", 0.0, (0.95, 1.0)))
    save("state", "bad_order", state(40, 2, "window=0.1", 1.0, (1.0, 0.95)))
    save("state", "bad_window", state(3, 3, "mean", 1.0, (0.9, 1.0)))
    save("state", "bad_no_number", state(3, 3, "mean", h=(1, -2, float("nan"), 0)))
    save("state", "bad_sum", state(3, 3, "mean", sums=(0.5, -3.5)))
    save("state", "bad_window_sum", state(40, 2, "window=0.1", 1.0, (0.95, 1.0), window_sums=(0.5, 0.25)))
    save("state", "bad_offset", state(3, 3, "mean", readout_time_offset="-1"))
    save("state", "bad_late", state(3, 3, "mean", 1e308))
    save("state", "bad_outside_window", state(40, 2, "window=0.1", 1.0, (0.5, 1.0)))
    save("state", "bad_field", state(3, 3, "mean", another="field"))
    save("state", "bad_version", state(3, 3, "mean", format="trecvit.state/1"))
    save("state", "bad_model", state(3, 3, "mean", model="0" * 16))
    save("state", "bad_cut", state(3, 3, "mean")[:-4])


def make_synthetic_name():
    ok = ["black", "noise?seed=5&frames=3&size=8x6&fps=10", "shapes?size=16", "camera_moves?class=pan_left&objects=0&size=32x24",
          "shape_events?event=order&frames=70&size=24", "shape_row?size=16&first=disc", "noise?frames=1099511627776&size=4",
          "shapes?seed=18446744073709551615&fps=0.001&size=1"]
    bad = ["", "cats", "noise?", "noise?seed", "noise?seed=1&seed=2", "noise?size=0", "noise?size=8x", "noise?fps=nan",
           "noise?frames=-1", "noise?frames=1e3", "shapes?class=pan_left", "noise?seed=18446744073709551616", "noise?size=99999999999"]
    for verdict, names in (("ok", ok), ("bad", bad)):
        for i, name in enumerate(names):
            save("synthetic_name", f"{verdict}_{i:02}", name.encode())


def make_frame_clock():
    steady = [3600 * i for i in range(30)]
    save("frame_clock", "ok_steady", stamps(steady))
    save("frame_clock", "ok_late", stamps(steady[:5] + [45_000_000] + steady[6:]))
    save("frame_clock", "ok_joined", stamps(steady + steady))
    save("frame_clock", "ok_wraps", stamps([(2**33 - 7200 + s) % 2**33 for s in steady], wraps=True))
    save("frame_clock", "ok_missing", stamps([None, None] + steady[2:9] + [None] * 3, length=0))
    save("frame_clock", "ok_extremes", stamps([2**63 - 1, -2**63, 0, 2**62, -2**62, None], length=2**63 - 1))
    save("frame_clock", "bad_empty", b"")
    save("frame_clock", "bad_short", stamps([0])[:-1])


def make_video_and_picture():
    clips = ROOT.parent.parent / "tests" / "golden" / "video"
    for name in ("late_stamp.mkv", "still_first.mp4", "two_videos.mp4", "vp9_odd_size.webm", "mpeg2.ts", "size_change.264",
                 "windows.wmv", "animated.gif", "animated.png", "mpeg2.mxf", "mpeg4.nut", "av1.obu", "jpegs.mjpeg"):
        save("video", "ok_" + name.replace(".", "_"), (clips / name).read_bytes())
    for name in ("audio_only.mp4", "encrypted.mp4", "real_media.rm", "picture.jpg"):
        save("video", "bad_" + name.replace(".", "_"), (clips / name).read_bytes())
    save("video", "bad_cut", (clips / "bt601_bframes.mp4").read_bytes()[:900])
    save("picture", "ok_jpeg", (clips / "picture.jpg").read_bytes())
    save("picture", "ok_png", png(5, 4))
    save("picture", "bad_large", png(257, 256))
    save("picture", "bad_cut", png(5, 4)[:50])
    save("picture", "bad_kind", b"GIF89a")


if __name__ == "__main__":
    make_npy()
    make_npz()
    make_safetensors()
    make_json()
    make_config()
    make_state()
    make_event_file()
    make_run_log()
    make_synthetic_name()
    make_frame_clock()
    make_video_and_picture()
