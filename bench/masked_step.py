#!/usr/bin/env python3
"""Compares the time of a step of masked auto-encoding with nine tenths of the patches hidden and with one patch hidden. The
second step shows the cost of an encoder that sees nearly everything, with the same decoder. The two alternate, each in a
process of its own.

    python3 bench/masked_step.py --rounds 3

Needs Python 3.11 without packages, and build/release/bin/trecvit with LibTorch.
"""
import argparse
import csv
import pathlib
import re
import statistics
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
GIGA = {"k": 1e-6, "M": 1e-3, "G": 1, "T": 1e3}


def measure(ratio, threads, runs):
    """The median seconds per step without the first step, and the counted GFLOP per frame of encoder and decoder."""
    command = [ROOT / "build/release/bin/trecvit", "pretrain", "--config", ROOT / "bench/masked_step.toml", "--runs", runs,
               "--set", f"mask.ratio={ratio}", "--set", f"name=masked_{ratio}", "--set", f"run.threads={threads}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    counted = re.search(r"([\d.]+) (.)FLOP per frame for the visible ones instead of [\d.]+ .FLOP, ([\d.]+) (.)FLOP", done.stderr)
    folder = re.search(r"run: (\S+)", done.stderr).group(1)
    with open(pathlib.Path(folder) / "metrics.csv") as file:
        rates = [float(row["clips_per_second"]) for row in csv.DictReader(file)]
    encoder, unit, reconstruction, other = counted.groups()
    gflop = float(encoder) * GIGA[unit] + float(reconstruction) * GIGA[other]
    return statistics.median(1 / rate for rate in rates[1:]), gflop


def main():
    parser = argparse.ArgumentParser(description="Compares a masked step with one of the whole encoder.")
    parser.add_argument("--rounds", type=int, default=3, help="rounds, each with both steps (default: 3)")
    parser.add_argument("--threads", type=int, default=2, help="threads of each process (default: 2)")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as runs:
        rounds = [[measure(ratio, args.threads, runs) for ratio in (0.9, 0)] for _ in range(args.rounds)]
    masked, whole = ([of_round[i][0] for of_round in rounds] for i in (0, 1))
    ratios = [m / w for m, w in zip(masked, whole)]
    print(f"masked {statistics.median(masked):.2f} s, whole {statistics.median(whole):.2f} s a step")
    print(f"ratio {statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f}), "
          f"counted {rounds[0][0][1] / rounds[0][1][1]:.3f}")


if __name__ == "__main__":
    main()
