#!/usr/bin/env python3
"""Plots the PSNR of the memory task against the number of frames back, from docs/learning/results.csv.

    tools/recall_curve.py docs/images/recall.svg

Needs Python 3.11 without packages.
"""
import sys

import learn_tables

WIDTH, HEIGHT = 680, 340
LEFT, RIGHT, TOP, BOTTOM = 56, 196, 20, 48
# Row of the table, or baseline: its label, colour and dashes.
LINES = {
    "ours": ("TRecViT", "#0b6e4f", ""),
    "ours, tested on 96 frames": ("TRecViT, at the 96th frame", "#0b6e4f", "6 3"),
    "all frames, pooled": ("ViT over all frames, pooled", "#7a3e9d", ""),
    "the last frame alone": ("the last frame alone, trained", "#c25b12", ""),
    "last_frame": ("copy of the last frame", "#555555", "5 4"),
    "mean_picture": ("mean picture", "#999999", "2 3"),
}
LEAST_GAP = 15  # between labels, in pixels


def values_of(table, name, results):
    row, rule = (name, None) if name in table.rows else (table.first_row, name)
    return [table.psnr(row, fold, results, rule) for fold in range(len(table.folds))]


def apart(wanted, lowest):
    """Heights of labels near the wanted ones, in the same order, at least LEAST_GAP apart and not below `lowest`."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    got, last = list(wanted), -LEAST_GAP
    for i in order:
        got[i] = last = max(wanted[i], last + LEAST_GAP)
    for i in reversed(order):
        got[i] = lowest = min(got[i], lowest)
        lowest -= LEAST_GAP
    return got


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    table, results = learn_tables.load_tables()["recall"], learn_tables.read_results()
    names = table.spec["case_names"]
    lines = [(*style, values_of(table, name, results)) for name, style in LINES.items()]
    if missing := [label for label, _, _, values in lines if None in values]:
        sys.exit(f"recall_curve: expected results of all cases, some are missing of {', '.join(missing)}; "
                 "run script/learn recall")
    low = int(min(min(values) for *_, values in lines))
    high = int(max(max(values) for *_, values in lines)) + 1
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM

    def x(i):
        return LEFT + (right - LEFT) * i / (len(names) - 1)

    def y(value):
        return bottom - (bottom - TOP) * (value - low) / (high - low)

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
           'font-family="sans-serif" font-size="12" role="img">',
           "<title>PSNR of a frame given back after the last one, over how far back it is</title>",
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>']
    for value in range(low, high + 1, max(1, (high - low) // 6)):
        out.append(f'<line x1="{LEFT}" x2="{right}" y1="{y(value):.1f}" y2="{y(value):.1f}" stroke="#e4e4e4"/>')
        out.append(f'<text x="{LEFT - 8}" y="{y(value) + 4:.1f}" text-anchor="end" fill="#444444">{value}</text>')
    for i, name in enumerate(names):
        out.append(f'<text x="{x(i):.1f}" y="{bottom + 18}" text-anchor="middle" fill="#444444">{name}</text>')
    out.append(f'<text x="{(LEFT + right) / 2:.1f}" y="{HEIGHT - 10}" text-anchor="middle" fill="#444444">frames back</text>')
    out.append(f'<text x="14" y="{(TOP + bottom) / 2:.1f}" transform="rotate(-90 14 {(TOP + bottom) / 2:.1f})" '
               'text-anchor="middle" fill="#444444">PSNR, dB</text>')
    heights = apart([y(values[-1]) + 4 for *_, values in lines], bottom + 4)
    for (label, colour, dashes, values), height in zip(lines, heights):
        points = " ".join(f"{x(i):.1f},{y(value):.1f}" for i, value in enumerate(values))
        dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
        out.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"{dashed}/>')
        out += [f'<circle cx="{x(i):.1f}" cy="{y(value):.1f}" r="2.5" fill="{colour}"/>' for i, value in enumerate(values)]
        out.append(f'<text x="{right + 10}" y="{height:.1f}" fill="{colour}">{label}</text>')
    out.append("</svg>")
    with open(sys.argv[1], "w") as file:
        file.write("\n".join(out) + "\n")


if __name__ == "__main__":
    main()
