#!/usr/bin/env python3
"""Checks that each layer includes only the layers and libraries that it may use, which no compiler does.

    tools/check_includes.py [ROOT]

Prints one line "FILE:LINE: message" for each violation and exits 1 if there is any. Needs nothing but Python 3.
"""
import pathlib
import re
import sys

# layer: (layers that it may include in addition to itself, outside libraries that it may include). Lower layers come
# first; ARCHITECTURE.md has the same table.
LAYERS = {
    "base": ("", "fmt spdlog xxhash"),
    "io": ("base", "fmt zlib nlohmann"),
    "config": ("io base", "fmt toml++"),
    "terminal": ("config io base", "fmt cli11"),
    "image": ("config base", "fmt png"),
    "synth": ("image config base", "fmt"),
    "weights": ("config io base", "fmt"),
    "engine": ("weights image config io base", "fmt"),
    "capi": ("engine weights image config io base", "fmt public"),
    "video": ("synth image config io base", "fmt ffmpeg"),
    "data": ("video synth image config io base", "fmt"),
    "report": ("data image config io base", "fmt"),
    "pipeline": ("engine report data video weights image config io base", "fmt"),
    "model": ("weights config base", "fmt torch"),
    "train": ("report pipeline data model engine video weights image config io base", "fmt torch"),
    "serve": ("pipeline engine data video weights image config io base", "fmt boost"),
    "cli": ("base io terminal config image synth weights engine capi video data report pipeline model train serve", "fmt cli11 zlib"),  # zlib for its version
}

# How the names of an outside library's headers begin; "public" stands for the project's own headers in include/.
LIBRARIES = {
    "public": "trecvit/",
    "fmt": "fmt/",
    "spdlog": "spdlog/",
    "xxhash": "xxhash.h",
    "zlib": "zlib.h",
    "nlohmann": "nlohmann/",
    "toml++": "toml++/",
    "png": "png.h",
    "ffmpeg": ("libav", "libsw"),
    "torch": ("torch/", "ATen/", "c10/", "caffe2/"),
    "boost": "boost/",
    "cli11": "CLI/",
}
SYSTEM_FOLDERS = ("sys/", "linux/", "netinet/", "arpa/")

INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')
SOURCES = (".h", ".cc")


def library_of(header):
    for library, begins in LIBRARIES.items():
        if header.startswith(begins):
            return library
    if "/" in header and not header.startswith(SYSTEM_FOLDERS):
        return header.split("/")[0]
    return None  # the standard library, or a system header


def check_include(layer, quote, header):
    """The error message if the layer may not include this header, otherwise None."""
    layers, libraries = LAYERS[layer]
    if quote == '"':
        parts = header.split("/")
        if parts[0] != "trecvit" or len(parts) < 3:
            return f'expected an include from the root like "trecvit/{layer}/name.h", got "{header}"'
        if parts[1] != layer and parts[1] not in layers.split():
            return f'{layer} may include {layers.replace(" ", ", ") or "no other layer"}, got "{header}"'
        return None
    library = library_of(header)
    if library and library not in libraries.split():
        return f'{layer} may use {libraries.replace(" ", ", ")}, got <{header}>'
    return None


def check_source(path, layer):
    lines = path.read_text().splitlines()
    for number, line in enumerate(lines, 1):
        include = INCLUDE.match(line)
        problem = include and check_include(layer, *include.groups())
        if problem:
            yield number, problem
        if path.suffix == ".h" and re.match(r"\s*using\s+namespace\b", line):
            yield number, "expected no `using namespace` in a header"
    if path.suffix == ".h" and not any(line.strip() == "#pragma once" for line in lines):
        yield 1, "expected #pragma once in a header"


def check_sources(root):
    top = root / "src" / "trecvit"
    for path in sorted(top.rglob("*")):
        if path.suffix not in SOURCES:
            continue
        layer = path.relative_to(top).parts[0]
        if layer not in LAYERS:
            yield path, 1, f"expected a layer among {', '.join(LAYERS)}, got {layer}"
            continue
        for number, problem in check_source(path, layer):
            yield path, number, problem


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent).resolve()
    problems = [*check_sources(root)]
    for path, number, problem in problems:
        print(f"{path.relative_to(root)}:{number}: {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
