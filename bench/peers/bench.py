"""Compare CPU runtimes on one streaming step and one clip of TRecViT; print a JSON table.

    python bench.py --size Ti --peers torch:f32,ort:f32,openvino:f32 --threads 1 --cpus 1

Each peer runs in its own process.  Timed rounds are interleaved (A B C A B C ...), because absolute times on a shared
machine drift; every round also measures the instruction peaks (peak.cpp) so that a disturbed round can be seen.
Every peer first streams the same frames from the same weights; its tokens and logits are compared with torch:f32.
"""
from __future__ import annotations

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
MODULES = {"torch": "peer_torch", "torch+mkl": "peer_torch", "ort": "peer_ort", "openvino": "peer_openvino", "jax": "peer_jax",
           "trecvit": "peer_trecvit"}
DEFAULT = "trecvit:f32,torch:f32,torch+mkl:f32,ort:f32,openvino:f32"


def memory(field: str) -> int:
    """MB from /proc/self/status (VmRSS now, VmHWM peak of this program; getrusage would inherit the parent's peak)."""
    for line in open("/proc/self/status"):
        if line.startswith(field):
            return int(line.split()[1]) // 1024
    return -1


def worker(args):
    """Reads commands from stdin and answers each with one JSON line."""
    import importlib

    import numpy as np
    sys.path.insert(0, str(HERE))
    from spec import CONFIGS, frames, load_weights
    out = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)                                   # libraries may print; keep the answers clean
    c = CONFIGS[args.size]
    family, variant = args.worker.split(":")
    t0 = time.perf_counter()
    module = importlib.import_module(MODULES[family])
    source = (args.onnx if family in ("ort", "openvino") else args.weights if family == "trecvit" else
              load_weights(args.weights, c))
    peer = module.Peer(variant, c, source, args.threads)
    source = None
    video = frames(args.clip)
    first = True
    for line in sys.stdin:
        cmd = line.split()
        try:
            if cmd[0] == "verify":
                peer.reset()
                got = [tuple(np.array(a) for a in peer.step(f)) for f in video[:args.verify]]
                np.savez(cmd[1], tokens=np.stack([g[0] for g in got]), logits=np.stack([g[1] for g in got]))
                ans = {"version": module.version(), "setup_s": round(time.perf_counter() - t0, 1)}
            elif cmd[0] == "step":
                n, ts = int(cmd[1]), []
                for _ in range(3):
                    peer.step(video[0])
                for i in range(n):
                    t = time.perf_counter()
                    peer.step(video[i % len(video)])
                    ts.append(time.perf_counter() - t)
                ans = {"ms": [round(1e3 * t, 4) for t in ts], "rss_peak_mb": memory("VmHWM"), "rss_mb": memory("VmRSS")}
            elif cmd[0] == "clip":
                n, ts, err = int(cmd[1]), [], None
                res = peer.clip(video)
                if res is not None:
                    res = tuple(np.array(a) for a in res)
                    if first:                       # a clip must equal the stream
                        peer.reset()
                        last = [tuple(np.array(a) for a in peer.step(f)) for f in video][-1]
                        err = float(np.linalg.norm(last[0] - res[0][-1]) / np.linalg.norm(last[0]))
                        first = False
                    for _ in range(n):
                        t = time.perf_counter()
                        peer.clip(video)
                        ts.append(time.perf_counter() - t)
                ans = {"ms": [round(1e3 * t, 4) for t in ts], "clip_vs_step": err}
            else:
                break
        except Exception as e:                      # report, do not hide
            ans = {"error": f"{type(e).__name__}: {str(e)[:300]}"}
        out.write(json.dumps(ans) + "\n")
        out.flush()


def shim(args) -> str:
    """The MKL in PyTorch uses AVX2 kernels on CPUs of other vendors; this library makes it treat the CPU as one by Intel."""
    so = os.path.abspath(os.path.join(args.work, "mkl_shim.so"))
    if not os.path.exists(so):
        code = "int mkl_serv_intel_cpu_true(void){return 1;}\nint mkl_serv_intel_cpu(void){return 1;}\n"
        subprocess.run(["gcc", "-shared", "-fPIC", "-x", "c", "-", "-o", so], input=code, text=True, check=True)
    return so


class Remote:
    def __init__(self, name, args, weights, onnx):
        env = dict(os.environ)
        for v in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
            env[v] = str(args.threads)
        if name.startswith("jax"):
            env["XLA_FLAGS"] = env.get("XLA_FLAGS", "") + f" --xla_cpu_multi_thread_eigen={'true' if args.threads > 1 else 'false'}"
            env["NPROC"], env["JAX_PLATFORMS"] = str(args.threads), "cpu"
        cmd = [sys.executable, str(HERE / "bench.py"), "--worker", name, "--size", args.size, "--weights", weights,
               "--onnx", onnx, "--threads", str(args.threads), "--clip", str(args.clip), "--verify", str(args.verify)]
        if name.startswith("torch+mkl"):
            env["LD_PRELOAD"] = shim(args)
        if args.cpus and shutil.which("taskset"):
            cmd = ["taskset", "-c", args.cpus] + cmd
        log = open(os.path.join(args.work, f"{args.size}_{name.replace(':', '_')}.log"), "w")
        self.p = subprocess.Popen(cmd, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, env=env)

    def ask(self, cmd):
        try:
            self.p.stdin.write(cmd + "\n")
            self.p.stdin.flush()
            line = self.p.stdout.readline()
        except BrokenPipeError:
            line = ""
        return json.loads(line) if line else {"error": f"process ended ({self.p.wait()}); see its log"}

    def close(self):
        try:
            self.p.stdin.close()
            self.p.wait(20)
        except Exception:
            self.p.kill()


def peaks(args):
    exe = os.path.join(args.work, "peak")
    if not os.path.exists(exe):
        if not shutil.which("g++") or subprocess.run(
                ["g++", "-O3", "-march=native", "-pthread", str(HERE / "peak.cpp"), "-o", exe]).returncode:
            return {}
    pin = ["taskset", "-c", args.cpus.split(",")[-1]] if args.cpus and shutil.which("taskset") else []
    r = subprocess.run(pin + [exe, "--json"], capture_output=True, text=True)
    return json.loads(r.stdout) if r.returncode == 0 else {}


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--size", default="Ti", help="mu, Ti, S, B or L")
    a.add_argument("--peers", default=DEFAULT, help="comma-separated runtime:variant")
    a.add_argument("--threads", type=int, default=1)
    a.add_argument("--cpus", default="", help="cpu list for taskset; default: not pinned")
    a.add_argument("--rounds", type=int, default=5)
    a.add_argument("--steps", type=int, default=10, help="timed steps per peer and round")
    a.add_argument("--clip", type=int, default=16, help="frames per clip")
    a.add_argument("--clip-runs", type=int, default=0, help="timed clips per peer and round; 0 = none")
    a.add_argument("--verify", type=int, default=4, help="frames streamed for the comparison")
    a.add_argument("--weights", default="", help=".npz with the official keys; default: random")
    a.add_argument("--onnx", default="")
    a.add_argument("--work", default="peer_work", help="folder for exported models, logs and results")
    a.add_argument("--worker", help=argparse.SUPPRESS)
    args = a.parse_args()
    if args.worker:
        return worker(args)

    import numpy as np
    sys.path.insert(0, str(HERE))
    from spec import CONFIGS, load_weights, random_weights
    os.makedirs(args.work, exist_ok=True)
    c = CONFIGS[args.size]
    weights = args.weights or os.path.join(args.work, f"{args.size}.npz")
    if not os.path.exists(weights):
        np.savez(weights, **random_weights(c))
    names = [n for n in args.peers.split(",") if n]
    onnx = args.onnx or os.path.join(args.work, f"{args.size}.onnx")
    if any(n.startswith(("ort", "openvino")) for n in names) and not os.path.exists(onnx):
        import export_onnx
        export_onnx.export(c, load_weights(weights, c), onnx)
    if "torch:f32" not in names:
        names.insert(0, "torch:f32")

    rows, remotes, ref = {}, {}, None
    for n in names:
        remotes[n] = Remote(n, args, weights, onnx)
        npz = os.path.join(args.work, f"{args.size}_{n.replace(':', '_')}.npz")
        row = rows[n] = {"peer": n, **remotes[n].ask(f"verify {npz}"), "step_ms": [], "clip_ms": []}
        if "error" in row:
            print(n, row["error"], file=sys.stderr)
            remotes.pop(n).close()
            continue
        with np.load(npz) as z:
            got = {k: z[k].astype(np.float64) for k in z.files}
        ref = ref or got
        for k in ("tokens", "logits"):
            d = got[k][-1] - ref[k][-1]
            row[f"{k}_max_abs"] = float(np.abs(d).max())
            row[f"{k}_rel"] = float(np.linalg.norm(d) / np.linalg.norm(ref[k][-1]))
        print(n, "ready", {k: v for k, v in row.items() if not k.endswith("_ms")}, file=sys.stderr)
    table = {"size": args.size, "threads": args.threads, "gflop_per_frame": 2 * c.macs_per_frame / 1e9, "peaks": [], "rows": []}
    for r in range(args.rounds):
        table["peaks"].append(peaks(args))
        for n, p in list(remotes.items()):
            ans = p.ask(f"step {args.steps}")
            rows[n]["step_ms"].append(ans.get("ms", []))
            rows[n].update({k: v for k, v in ans.items() if k != "ms"})
            if args.clip_runs:
                ans = p.ask(f"clip {args.clip_runs}")
                rows[n]["clip_ms"].append(ans.get("ms", []))
                if ans.get("clip_vs_step") is not None:
                    rows[n]["clip_vs_step"] = ans["clip_vs_step"]
                if "error" in ans:
                    rows[n]["clip_error"] = ans["error"]
    for p in remotes.values():
        p.close()
    base = rows["torch:f32"]["step_ms"]
    for n, row in rows.items():
        steps, clips = row.pop("step_ms"), row.pop("clip_ms")
        flat = [t for s in steps for t in s]
        if flat:
            row["best_ms"], row["median_ms"] = min(flat), float(np.median(flat))
            row["gflops_best"] = round(table["gflop_per_frame"] / min(flat) * 1e3, 1)
            ratios = [np.median(b) / np.median(s) for b, s in zip(base, steps) if b and s]
            row["speedup_vs_torch_f32"] = [round(float(f(ratios)), 3) for f in (np.min, np.median, np.max)]
            row["round_best_ms"] = [min(s) for s in steps if s]
        flat = [t for s in clips for t in s]
        if flat:
            row["clip_ms_per_frame_best"] = min(flat) / args.clip
            row["clip_ms_per_frame_median"] = float(np.median(flat)) / args.clip
        table["rows"].append(row)
    text = json.dumps(table, indent=1)
    with open(os.path.join(args.work, f"result_{args.size}_{args.threads}t_{int(time.time())}.json"), "w") as f:
        f.write(text)
    print(text)


if __name__ == "__main__":
    main()
