#!/usr/bin/env python3
"""Compares a training step with the same network in eager PyTorch; every run is a process of its own.

    pip install torch==2.13.0 numpy
    cmake --preset release -DTRECVIT_BENCH=ON && cmake --build build/release --target trecvit_train_step
    python3 bench/train_step.py --verify              # the same network: losses and gradient norms agree
    python3 bench/train_step.py --size S --rounds 5   # speed and peak memory, runs alternate
    python3 bench/train_step.py --size S --memory     # peak memory against the number of frames

Both start from the same weights and clips and use MKL's fast kernels; for PyTorch, a preloaded library makes MKL treat the
processor as one by Intel. `--tuned` also runs PyTorch with the same allocator thresholds and thread spinning as trecvit-train.
Memory is the peak resident size of the whole process, including interpreter and libraries; "without start" subtracts the size
before the model was created. MB are 1e6 bytes. A run may use nine tenths of the memory that is free when it starts; a run that
needs more is reported and left out. Needs Linux and a C compiler.
"""
import argparse
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile

PEER = pathlib.Path(__file__).resolve().parent / "train_peer.py"
SHIM = "int mkl_serv_intel_cpu_true(void) { return 1; }\nint mkl_serv_intel_cpu(void) { return 1; }\n"
SPIN = {"GOMP_SPINCOUNT": "2000"}
KEEP = {"MALLOC_MMAP_THRESHOLD_": str(1 << 30), "MALLOC_TRIM_THRESHOLD_": str(1 << 30)}
TOLERANCE = 2e-5  # a different order of float32 sums gives up to 6e-6 here; a wrong GELU or decay rate gives 8e-5


class Failed(Exception):
    pass


def free_bytes():
    line = next(line for line in open("/proc/meminfo") if line.startswith("MemAvailable:"))
    return int(line.split()[1]) * 1024


def run(command, environment=None):
    """The JSON object that a program prints. Raises Failed if a signal ends the program or memory runs out."""
    limit = free_bytes() * 9 // 10
    done = subprocess.run([str(part) for part in command], env={**os.environ, **(environment or {})}, text=True,
                          capture_output=True, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))
    if done.returncode == 0:
        return json.loads(done.stdout)
    if done.returncode < 0:
        raise Failed(f"ended by signal {-done.returncode}")
    last = (done.stderr.strip() or "no message").splitlines()[-1]
    if any(sign in done.stderr for sign in ("alloc", "MemoryError")):
        raise Failed(f"out of memory ({limit / 1e6:.0f} MB allowed)")
    raise SystemExit(f"{command[0]}: {last}")


class Programs:
    """Starts the two sides. work: a folder for weights, clips and the preloaded library."""

    def __init__(self, args, work):
        self.args, self.work = args, pathlib.Path(work)
        self.shim = self.work / "mkl_fast.so"
        subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-x", "c", "-", "-o", str(self.shim)], input=SHIM,
                       text=True, check=True)

    def ours(self, frames, steps, *more, size=None, batch=None):
        a = self.args
        spin = {} if "OMP_WAIT_POLICY" in os.environ else SPIN
        return run([a.program, "--size", size or a.size, "--batch", batch or a.batch, "--frames", frames, "--steps", steps,
                    "--threads", a.threads, "--precision", a.precision, *more], spin)

    def peer(self, frames, steps, *more, size=None, batch=None, environment=None):
        a = self.args
        threads = {name: str(a.threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")}
        return run([sys.executable, PEER, "--size", size or a.size, "--batch", batch or a.batch, "--frames", frames, "--steps",
                    steps, "--threads", a.threads, "--precision", a.precision, *more],
                   {**threads, "LD_PRELOAD": str(self.shim), **(environment or {})})


def difference(ours, peer, key):
    """Largest relative difference over the steps."""
    return max(abs(a - b) / abs(b) for a, b in zip(ours[key], peer[key], strict=True))


def verify(programs):
    """Compares three steps from weights that keep every branch active: forward pass, gradients and optimiser must agree."""
    worst = 0
    for size, frames in (("mu", 5), ("Ti", 3)):
        ours = programs.ours(frames, 2, "--weights", "generated", "--save", programs.work / size, size=size, batch=2)
        peer = programs.peer(frames, 2, "--load", programs.work / size, size=size, batch=2)
        loss, norm = difference(ours, peer, "loss"), difference(ours, peer, "gradient_norm")
        worst = max(worst, loss, norm)
        print(f"{size}, batch 2, {frames} frames, 3 steps: loss {ours['loss'][0]:.6f} to {ours['loss'][-1]:.6f}, relative "
              f"difference {loss:.1e}; gradient norm {ours['gradient_norm'][0]:.5g}, {norm:.1e}", flush=True)
    if not worst <= TOLERANCE:
        raise SystemExit(f"expected relative differences up to {TOLERANCE}, got {worst:.1e}: another network")


def spread(values):
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def net(result):
    return result["peak_resident_bytes"] - result["start_bytes"]


def report(name, ours, peer):
    ms = lambda results: statistics.median(ms for r in results for ms in r["step_ms"])
    peak = lambda results: statistics.median(r["peak_resident_bytes"] for r in results) / 1e6
    pairs = list(zip(ours, peer))
    faster = [statistics.median(b["step_ms"]) / statistics.median(a["step_ms"]) for a, b in pairs]
    print(f"{name}: {ms(peer):.1f} ms, {peak(peer):.0f} MB; ours {ms(ours):.1f} ms, {peak(ours):.0f} MB")
    print(f"  ours is faster by {spread(faster)}")
    print(f"  our memory is {spread([a['peak_resident_bytes'] / b['peak_resident_bytes'] for a, b in pairs])} of its, "
          f"without start {spread([net(a) / net(b) for a, b in pairs])}")
    print(f"  losses differ by {max(difference(a, b, 'loss') for a, b in pairs):.1e}", flush=True)


def compare(programs, args):
    start = programs.work / "start"
    programs.ours(args.frames, 0, "--save", start)
    options = ["--recompute"] if args.recompute else []
    kinds = {"PyTorch eager": {}}
    if args.tuned:
        kinds["PyTorch eager, process set up like ours"] = {**SPIN, **KEEP}
    ours, peers = [], {name: [] for name in kinds}
    for number in range(1, args.rounds + 1):
        ours.append(programs.ours(args.frames, args.steps, *options))
        for name, environment in kinds.items():
            peers[name].append(programs.peer(args.frames, args.steps, "--load", start, environment=environment))
        row = [statistics.median(r["step_ms"]) for r in (ours[-1], *(results[-1] for results in peers.values()))]
        print(f"round {number}: ours " + ", PyTorch ".join(f"{ms:.1f} ms" for ms in row), flush=True)
    print(f"{args.size}, batch {args.batch}, {args.frames} frames, {args.precision}, {args.threads} threads, medians")
    for name, results in peers.items():
        report(name, ours, results)
    if args.json:
        with open(args.json, "w") as file:
            json.dump({"ours": ours, "peers": peers}, file, indent=1)


def slope(frames, megabytes):
    """A least-squares line: MB per frame, and the largest distance of a point from the line, relative to the point."""
    x, y = statistics.mean(frames), statistics.mean(megabytes)
    rise = sum((f - x) * (m - y) for f, m in zip(frames, megabytes)) / sum((f - x) ** 2 for f in frames)
    return rise, max(abs(m - (y + rise * (f - x))) / m for f, m in zip(frames, megabytes))


def memory(programs, args):
    kinds = {
        "ours": lambda t: programs.ours(t, 1, batch=1),
        "ours, recompute": lambda t: programs.ours(t, 1, "--recompute", batch=1),
        "PyTorch eager": lambda t: programs.peer(t, 1, batch=1),
        "joint ViT": lambda t: programs.peer(t, 1, "--model", "joint", batch=1),
        "joint ViT, matrices kept": lambda t: programs.peer(t, 1, "--model", "joint-matrix", batch=1),
    }
    lengths = [int(t) for t in args.lengths.split(",")]
    print(f"{args.size}, batch 1, {args.precision}, {args.threads} threads: peak MB (seconds a step)")
    print(f"{'frames':<26}" + "".join(f"{t:>16}" for t in lengths) + "   MB a frame", flush=True)
    for name, measure in kinds.items():
        print(f"{name:<26}", end="", flush=True)
        frames, peaks, note = [], [], ""
        for t in lengths:
            try:
                result = measure(t)
            except Failed as failure:
                note = f"   {t} frames: {failure}"
                break  # more frames need more memory
            frames.append(t)
            peaks.append(result["peak_resident_bytes"] / 1e6)
            print(f"{peaks[-1]:>8.0f} {'(%.2f)' % (result['step_ms'][0] / 1e3):>7}", end="", flush=True)
        if len(frames) > 2:
            rise, off = slope(frames, peaks)
            note = f"   {rise:.1f}, points within {100 * off:.1f} % of a line" + note
        print(" " * 16 * (len(lengths) - len(frames)) + note, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="build/release/bench/trecvit_train_step")
    parser.add_argument("--size", default="S")
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--frames", type=int, default=16)
    parser.add_argument("--steps", type=int, default=3, help="timed in a round, after one more")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--precision", default="f32", choices=["f32", "bf16"])
    parser.add_argument("--recompute", action="store_true", help="ours with activation checkpointing")
    parser.add_argument("--tuned", action="store_true", help="also PyTorch with our process settings")
    parser.add_argument("--lengths", default="8,16,32,64", help="frames, for --memory")
    parser.add_argument("--json", help="file for every run's figures")
    parser.add_argument("--verify", action="store_true")
    parser.add_argument("--memory", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        programs = Programs(args, work)
        if args.verify:
            verify(programs)
        elif args.memory:
            memory(programs, args)
        else:
            try:
                compare(programs, args)
            except Failed as failure:
                raise SystemExit(str(failure))


if __name__ == "__main__":
    main()
