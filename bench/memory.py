#!/usr/bin/env python3
"""Memory of a stream: peaks of the command, and growth of its resident pages over a long stream.

    python3 bench/memory.py --trecvit build/release/bin/trecvit [--video FILE]

Peaks come from GNU time (package `time`). Growth comes from /proc/PID/statm while the command runs: resident pages at the end
compared with those after a tenth of the frames. Needs Linux.
"""
import argparse
import json
import subprocess
import time


def peak_mb(*command):
    """Peak resident size in MB (1e6 bytes) of a command."""
    run = subprocess.run(["/usr/bin/time", "-f", "%M", *command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if run.returncode != 0:
        raise SystemExit(run.stderr)
    return int(run.stderr.split()[-1]) * 1024 / 1e6


def growth(trecvit, model, frames):
    """Resident pages after a tenth of the frames, at the end, and the maximum in between."""
    source = f"synthetic:shapes?frames={frames}"
    process = subprocess.Popen([trecvit, "stream", "--json", "--model", model, source], stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, text=True)
    pages = lambda: int(open(f"/proc/{process.pid}/statm").read().split()[1])
    settled = most = last = None
    for number, _ in enumerate(process.stdout, 1):
        if number == frames // 10:
            settled = most = pages()
        elif settled is not None and number % max(frames // 1000, 1) == 0 and number < frames:
            last = pages()
            most = max(most, last)
    process.wait()
    return {"model": model, "frames": frames, "pages_after_tenth": settled, "pages_at_end": last, "most": most,
            "growth_pages": most - settled}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trecvit", default="build/release/bin/trecvit")
    parser.add_argument("--video", help="also the peak with this file")
    parser.add_argument("--quick", action="store_true", help="a hundredth of the frames")
    args = parser.parse_args()
    scale = 100 if args.quick else 1
    info = json.loads(subprocess.check_output([args.trecvit, "info", "--model", "generated:B", "--json"]))
    base = peak_mb(args.trecvit, "--version")
    budget = (info["weight_bytes"] + info["state_bytes"]) / 1e6 + 40
    stream = [args.trecvit, "stream", "--quiet", "--model", "generated:B", "--max-frames", "20"]
    result = {"version_peak_mb": base, "budget_mb": budget,
              "B_synthetic_mb": peak_mb(*stream, "synthetic:shapes?frames=20") - base}
    if args.video:
        result["B_video_mb"] = peak_mb(*stream, args.video) - base
    print(json.dumps(result), flush=True)
    for model, frames in (("generated:mu", 100_000), ("generated:Ti", 5_000)):
        start = time.time()
        print(json.dumps({**growth(args.trecvit, model, frames // scale), "seconds": round(time.time() - start)}), flush=True)


if __name__ == "__main__":
    main()
