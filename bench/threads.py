#!/usr/bin/env python3
"""Measures how well one stream uses a second thread: rounds that alternate between one and two threads.

    python3 bench/threads.py [--size B] [--rounds 5]

Prints per round the median ms with one and with two threads, the speed-up, the speed-up of the two-thread peak in the same
round, and the quotient of the two; 1 means that the second core is used in full.
"""
import argparse
import json
import statistics
import subprocess


def bench(args, threads):
    command = [args.trecvit, "bench", "--model", f"generated:{args.size}", "--threads", str(threads), "--frames",
               str(args.frames), "--json"]
    return json.loads(subprocess.check_output(command))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trecvit", default="build/release/bin/trecvit")
    parser.add_argument("--size", default="B")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--frames", type=int, default=15)
    args = parser.parse_args()
    quotients = []
    for _ in range(args.rounds):
        one, two = bench(args, 1), bench(args, 2)
        speedup = one["median_ms"] / two["median_ms"]
        allowed = two["peak_gflops"] / one["peak_gflops"]
        quotients.append(speedup / allowed)
        print(f"{one['median_ms']:.1f} ms, {two['median_ms']:.1f} ms: {speedup:.2f} times, peak allows {allowed:.2f}, "
              f"quotient {quotients[-1]:.2f}", flush=True)
    print(f"{args.size}: median quotient {statistics.median(quotients):.2f}")


if __name__ == "__main__":
    main()
