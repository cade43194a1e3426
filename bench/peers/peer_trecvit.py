"""This project's engine through its C library, one step per call.

variants
  f32            the provider the library chooses
  f32-avx2 ...   a provider by name

The library is build/release/lib/libtrecvit.so of this checkout, or what TRECVIT_LIBRARY names.  Tokens and logits are
copied out after each step, as the other peers' are.
"""
from __future__ import annotations

import ctypes as c
import os
import pathlib

import numpy as np

from spec import Config

VARIANTS = ("f32", "f32-reference", "f32-avx2", "f32-avx512")
ROOT = pathlib.Path(__file__).resolve().parents[2]


def find_library() -> str:
    if os.environ.get("TRECVIT_LIBRARY"):
        return os.environ["TRECVIT_LIBRARY"]
    found = sorted((ROOT / "build" / "release").rglob("libtrecvit.so"))
    if not found:
        raise FileNotFoundError("libtrecvit.so: build it first (script/test), or set TRECVIT_LIBRARY")
    return str(found[0])


class Options(c.Structure):
    _fields_ = [("struct_size", c.c_size_t), ("provider", c.c_char_p), ("image_height", c.c_int32), ("image_width", c.c_int32)]


class Image(c.Structure):
    _fields_ = [("pixels", c.c_void_p), ("pixel_type", c.c_int32), ("height", c.c_int32), ("width", c.c_int32),
                ("row_stride_bytes", c.c_int64)]


class Result(c.Structure):
    _fields_ = [("struct_size", c.c_size_t), ("frame", c.c_int64), ("num_classes", c.c_int64), ("num_features", c.c_int64),
                ("num_tokens", c.c_int64), ("logits", c.POINTER(c.c_float)), ("probs", c.POINTER(c.c_float)),
                ("features", c.POINTER(c.c_float)), ("tokens", c.POINTER(c.c_float))]


def library():
    lib = c.CDLL(find_library())
    lib.trecvit_last_error.restype = lib.trecvit_version.restype = c.c_char_p
    return lib


def version():
    return f"trecvit {library().trecvit_version().decode()}"


class Peer:
    def __init__(self, variant: str, config: Config, weights_path: str, threads: int):
        if variant not in VARIANTS:
            raise ValueError(f"unknown variant {variant}; known: {', '.join(VARIANTS)}")
        self.c, self.lib = config, library()
        provider = variant.partition("-")[2] or "auto"
        options = Options(c.sizeof(Options), provider.encode(), 0, 0)
        self.model, self.engine, self.state = c.c_void_p(), c.c_void_p(), c.c_void_p()
        self.call("trecvit_model_load", os.fsencode(weights_path), c.byref(options), c.byref(self.model))
        self.call("trecvit_engine_create", self.model, c.c_int32(threads), c.byref(self.engine))
        self.call("trecvit_state_create", self.model, None, c.byref(self.state))

    def call(self, name, *args):
        if getattr(self.lib, name)(*args) != 0:
            raise RuntimeError(self.lib.trecvit_last_error().decode())

    def reset(self):
        self.call("trecvit_state_reset", self.state)

    def step(self, frame):
        image = Image(frame.ctypes.data, 1, frame.shape[0], frame.shape[1], 0)
        result = Result(struct_size=c.sizeof(Result))
        self.call("trecvit_engine_step", self.engine, self.state, c.byref(image), c.c_double(0), c.byref(result))
        tokens = np.ctypeslib.as_array(result.tokens, (result.num_tokens, result.num_features)).copy()
        logits = np.ctypeslib.as_array(result.logits, (result.num_classes,)).copy()
        return tokens, logits

    def clip(self, video):
        return None
