#!/usr/bin/env python3
"""Makes docs/images/first_result.png: frames of a video with their predictions, and the time of each frame.

    tools/make_first_result.py TRECVIT VIDEO OUT.png

Needs numpy, matplotlib and av (PyPI). The picture in the README shows the clip of script/demo.
"""
import json
import subprocess
import sys

import av
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

PICTURES = 5


def main(trecvit, video, out):
    run = subprocess.run([trecvit, "stream", "--model", "generated:Ti", "--json", video], check=True, text=True,
                         capture_output=True)
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    summary = run.stderr.strip().splitlines()[-1].split(": ", 2)[2]
    wanted = [round(i * (len(lines) - 1) / (PICTURES - 1)) for i in range(PICTURES)]
    with av.open(video) as container:
        pictures = {i: f.to_ndarray(format="rgb24") for i, f in enumerate(container.decode(video=0)) if i in wanted}

    figure = plt.figure(figsize=(11, 3.4), dpi=110)
    for place, index in enumerate(wanted):
        axes = figure.add_axes([0.01 + place * 0.1975, 0.58, 0.19, 0.36])
        axes.imshow(pictures[index])
        axes.set_axis_off()
        best = lines[index]["top"][0]
        axes.set_title(f"{lines[index]['time_s']:.2f} s: class {best['label']} ({100 * best['prob']:.0f} %)", fontsize=9)
    axes = figure.add_axes([0.06, 0.15, 0.92, 0.38])
    axes.plot([line["time_s"] for line in lines], [line["latency_ms"] for line in lines], color="#1f5fa8", linewidth=1)
    axes.set_ylim(0, 1.1 * max(line["latency_ms"] for line in lines))
    axes.set_xlim(0, lines[-1]["time_s"])
    axes.set_xlabel("time in the video, seconds", fontsize=9)
    axes.set_ylabel("ms a frame", fontsize=9)
    axes.text(0.01, 0.08, summary, transform=axes.transAxes, fontsize=9)
    axes.tick_params(labelsize=8)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    figure.savefig(out)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
