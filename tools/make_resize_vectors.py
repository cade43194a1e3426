#!/usr/bin/env python3
"""Writes tests/golden/resize/pillow_bilinear.npz: small pictures resized by Pillow.

Needs numpy and Pillow below 13 (made with 12.2.0): from 13 on, pictures whose height shrinks much more than their width
are resized vertically first, which rounds differently. For each case the file holds
  NAME/in      uint8 [h, w, 3]
  NAME/box     float64 [4]: x, y, width, height of the part of the input that is resized
  NAME/window  int32 [4]: full height, full width, then top, left of the crop in the resized picture
  NAME/out     uint8 [H, W, 3]: the crop
"""
import pathlib
import sys

import numpy as np
import PIL
from PIL import Image

CASES = {  # name: (input h, w), box or None (x, y, w, h), full (h, w), crop or None (top, left, h, w)
    "down_odd": ((61, 47), None, (17, 23), None),
    "up": ((13, 9), None, (40, 31), None),
    "mixed": ((30, 10), None, (10, 33), None),
    "one_row": ((1, 37), None, (1, 12), None),
    "one_row_up": ((1, 12), None, (5, 37), None),
    "one_column": ((37, 1), None, (50, 1), None),
    "one_pixel": ((1, 1), None, (5, 7), None),
    "to_one_pixel": ((31, 17), None, (1, 1), None),
    "strong_reduction": ((200, 150), None, (3, 2), None),
    "same_height": ((24, 20), None, (24, 11), None),
    "same_width": ((24, 20), None, (9, 20), None),
    "crop_wide": ((54, 96), None, (28, 49), (0, 10, 28, 28)),
    "crop_tall": ((77, 41), None, (60, 32), (14, 0, 32, 32)),
    "crop_up": ((10, 21), None, (16, 33), (0, 8, 16, 16)),
    "box": ((50, 60), (3, 5, 31, 40), (20, 20), None),
    "box_fraction": ((40, 40), (2.5, 0.25, 30.5, 20.75), (15, 16), None),
    "black_and_white": ((45, 45), None, (20, 31), None),
}


def picture(name, height, width):
    random = np.random.default_rng(list(name.encode()))
    if name == "black_and_white":
        return random.integers(0, 2, (height, width, 3), dtype=np.uint8) * np.uint8(255)
    return random.integers(0, 256, (height, width, 3), dtype=np.uint8)


def main():
    if int(PIL.__version__.split(".")[0]) >= 13:
        sys.exit(f"expected Pillow below 13, got {PIL.__version__}")
    arrays = {}
    for name, (size, box, full, crop) in CASES.items():
        pixels = picture(name, *size)
        x, y, w, h = box or (0, 0, size[1], size[0])
        top, left, height, width = crop or (0, 0, *full)
        resized = Image.fromarray(pixels).resize((full[1], full[0]), Image.Resampling.BILINEAR, box=(x, y, x + w, y + h))
        arrays[f"{name}/in"] = pixels
        arrays[f"{name}/box"] = np.array([x, y, w, h], np.float64)
        arrays[f"{name}/window"] = np.array([*full, top, left], np.int32)
        arrays[f"{name}/out"] = np.asarray(resized)[top : top + height, left : left + width]
    default = pathlib.Path(__file__).parent.parent / "tests/golden/resize/pillow_bilinear.npz"
    np.savez_compressed(sys.argv[1] if len(sys.argv) > 1 else default, **arrays)


if __name__ == "__main__":
    main()
