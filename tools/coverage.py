#!/usr/bin/env python3
"""Prints the line coverage of each layer from gcovr's JSON summary: coverage.py SUMMARY.json"""

import collections
import json
import sys

CORE = ("base", "io", "config", "image", "weights", "engine")


def main(path):
    with open(path, encoding="utf-8") as file:
        files = json.load(file)["files"]
    layers = collections.defaultdict(lambda: [0, 0])
    for entry in files:
        layer = entry["filename"].split("/")[2]
        for name in (layer, "all") + (("base to engine",) if layer in CORE else ()):
            layers[name][0] += entry["line_covered"]
            layers[name][1] += entry["line_total"]
    sums = ("base to engine", "all")
    print(f"{'layer':<16} {'lines':>6} {'covered':>8}")
    for name in sorted(layers, key=lambda name: (name in sums, name)):
        covered, lines = layers[name]
        print(f"{name:<16} {lines:>6} {100 * covered / lines:>7.1f}%")


if __name__ == "__main__":
    main(sys.argv[1])
