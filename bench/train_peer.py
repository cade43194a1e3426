#!/usr/bin/env python3
"""A training step of TRecViT in eager PyTorch, for comparison with trecvit_train_step; started by bench/train_step.py.

    pip install torch==2.13.0 numpy
    python3 bench/train_peer.py --size S --load FOLDER --steps 5

The network is a trainable form of bench/peers/trecvit.py: it processes whole clips at once, loops over time only in the
recurrence, and fuses projections with the same input; it uses `AdamW(fused=True)` and `clip_grad_norm_`. FOLDER holds the
weights and clips that `trecvit_train_step --save` wrote. `--model joint` is a ViT with the same width, depth, heads and MLP
in which all T * N tokens attend to each other; `joint-matrix` is the same without fused attention, so that the attention
matrices are kept. Prints one JSON object.
"""
from __future__ import annotations

import argparse
import contextlib
import json
import pathlib
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "peers"))
from spec import CONFIGS, CONV_WIDTH, GRID, HEAD_WIDTH, IMAGE, PATCH, TOKENS, Config, load_weights, random_weights  # noqa: E402


def parameter(values) -> nn.Parameter:
    return nn.Parameter(torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32)))


def linear(w, b) -> nn.Linear:
    """The layer for a kernel [inputs, outputs], already flattened to two axes."""
    layer = nn.Linear(*w.shape, device="meta")
    layer.weight, layer.bias = parameter(w.T), parameter(b)
    return layer


class BoundedSqrt(torch.autograd.Function):
    """The published square root, whose derivative is at most 1000."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return torch.sqrt(x)

    @staticmethod
    def backward(ctx, gradient):
        x, = ctx.saved_tensors
        return gradient * 0.5 * torch.rsqrt(x.clamp_min(2.5e-7))


class Temporal(nn.Module):
    def __init__(self, c: Config, w: dict, i: int):
        super().__init__()
        self.c = c
        t = f"encoder/residualblock_{i:02d}/"
        r = t + "recurrent_block/"
        lru = r + "rg_lru/"
        both = lambda kind, axis, *names: np.concatenate([w[f"{n}/{kind}"] for n in names], axis)
        self.rms = parameter(w[t + "temporal_pre_norm/scale"])
        self.xy = linear(both("kernel", 1, r + "linear_x", r + "linear_y"), both("bias", 0, r + "linear_x", r + "linear_y"))
        self.out = linear(w[r + "linear_out/kernel"], w[r + "linear_out/bias"])
        self.conv_w, self.conv_b = parameter(w[r + "conv_1d/w"]), parameter(w[r + "conv_1d/b"])
        self.gate_w = parameter(both("w", 2, lru + "input_gate", lru + "a_gate"))
        self.gate_b = parameter(both("b", 1, lru + "input_gate", lru + "a_gate"))
        self.a_param = parameter(w[lru + "a_param"])

    def forward(self, x):                               # [B, T, N, D]
        c = self.c
        z, y = self.xy(F.rms_norm(x, (c.width,), 1 + self.rms, 1e-6)).float().split(c.rec, -1)
        t, k = x.shape[1], c.rec // c.heads
        pad = F.pad(z, (0, 0, 0, 0, CONV_WIDTH - 1, 0))
        u = self.conv_b + sum(self.conv_w[s] * pad[:, s:s + t] for s in range(CONV_WIDTH))
        rows = u.view(-1, c.heads, k)
        g = torch.sigmoid(torch.baddbmm(self.gate_b[:, None], rows.transpose(0, 1), self.gate_w).float()).transpose(0, 1)
        gx, ga = g.split(k, -1)
        log_a = (ga * (-8 * F.softplus(self.a_param)).view(c.heads, k)).reshape(u.shape)
        gated = (gx * rows).reshape(u.shape)
        a, scaled = torch.exp(log_a), BoundedSqrt.apply(-torch.expm1(2 * log_a)) * gated
        h = gated[:, 0]
        hs = [h]
        for i in range(1, t):
            h = a[:, i] * h + scaled[:, i]
            hs.append(h)
        return x + self.out(torch.stack(hs, 1) * F.gelu(y, approximate="tanh"))


class Spatial(nn.Module):
    """Attention over axis -2 and MLP."""

    def __init__(self, c: Config, w: dict, i: int):
        super().__init__()
        self.c = c
        d, e = c.width, f"encoder/encoderblock_{i}/"
        a, m = e + "MultiHeadDotProductAttention_0/", e + "MlpBlock_0/"
        qkv = [a + "query", a + "key", a + "value"]
        self.scale0, self.bias0 = parameter(w[e + "LayerNorm_0/scale"]), parameter(w[e + "LayerNorm_0/bias"])
        self.scale1, self.bias1 = parameter(w[e + "LayerNorm_1/scale"]), parameter(w[e + "LayerNorm_1/bias"])
        self.qkv = linear(np.concatenate([w[n + "/kernel"].reshape(d, d) for n in qkv], 1),
                          np.concatenate([w[n + "/bias"].reshape(d) for n in qkv]))
        self.out = linear(w[a + "out/kernel"].reshape(d, d), w[a + "out/bias"])
        self.up = linear(w[m + "Dense_0/kernel"], w[m + "Dense_0/bias"])
        self.down = linear(w[m + "Dense_1/kernel"], w[m + "Dense_1/bias"])

    def forward(self, x):
        c = self.c
        y = self.qkv(F.layer_norm(x, (c.width,), self.scale0, self.bias0, 1e-6))
        q, k, v = y.view(-1, x.shape[-2], 3, c.heads, c.width // c.heads).permute(2, 0, 3, 1, 4).unbind(0)
        x = x + self.out(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(x.shape))
        y = self.up(F.layer_norm(x, (c.width,), self.scale1, self.bias1, 1e-6))
        return x + self.down(F.gelu(y, approximate="tanh"))


class Network(nn.Module):
    """joint: no temporal blocks; all tokens of a clip form one sequence, with a learnt position for each frame."""

    def __init__(self, c: Config, w: dict, joint: bool, frames: int):
        super().__init__()
        self.c, self.joint = c, joint
        self.patch = linear(w["tokenizer/embedding/kernel"].reshape(-1, c.width), w["tokenizer/embedding/bias"])
        self.position, self.cls = parameter(w["tokenizer/pos_embedding"][0]), parameter(w["tokenizer/cls"].reshape(1, -1))
        if joint:
            self.time = nn.Parameter(0.02 * torch.randn(frames, 1, c.width))
        self.temporal = nn.ModuleList() if joint else nn.ModuleList(Temporal(c, w, i) for i in range(c.depth))
        self.spatial = nn.ModuleList(Spatial(c, w, i) for i in range(c.depth))
        self.scale, self.bias = parameter(w["encoder/encoder_norm/scale"]), parameter(w["encoder/encoder_norm/bias"])
        self.pre = linear(w["decoder/pre_logits/kernel"], w["decoder/pre_logits/bias"])
        self.head = linear(w["decoder/cls_head/kernel"], w["decoder/cls_head/bias"])

    def forward(self, video):                           # [B, T, H, W, 3] in [0, 1] -> logits [B, C]
        b, t = video.shape[:2]
        patches = video.view(b, t, GRID, PATCH, GRID, PATCH, 3).transpose(3, 4).reshape(b, t, TOKENS - 1, -1)
        x = self.patch(patches).float() + self.position
        x = torch.cat([self.cls.expand(b, t, 1, -1), x], 2)
        if self.joint:
            x = (x + self.time).flatten(1, 2)
        for i, spatial in enumerate(self.spatial):
            x = spatial(x if self.joint else self.temporal[i](x))
        x = F.layer_norm(x.float(), (self.c.width,), self.scale, self.bias, 1e-6).view(b, t, TOKENS, -1)
        return self.head(torch.tanh(self.pre(x[:, :, 0]).float()).mean(1)).float()


def groups(network):
    """Weight decay applies to kernels, not to biases, scales, positions, the class token or the decays of the recurrence."""
    free = ("bias", "position", "cls", "time", "gate_b")
    decays = lambda name, p: p.dim() >= 2 and not name.endswith(free)
    named = list(network.named_parameters())
    return [{"params": [p for n, p in named if decays(n, p)], "weight_decay": 0.03},
            {"params": [p for n, p in named if not decays(n, p)], "weight_decay": 0.0}]


def memory(field: str) -> int:
    """Bytes of VmRSS (now) or VmHWM (peak) of this process."""
    line = next(line for line in open("/proc/self/status") if line.startswith(field + ":"))
    return int(line.split()[1]) * 1024


def problem(args, c: Config):
    """Weights, pixels [B, T, H, W, 3] uint8, labels [B]."""
    folder = pathlib.Path(args.load) if args.load else None
    if folder:
        with np.load(folder / "batch.npz") as batch:
            pixels, labels = torch.from_numpy(batch["pixels"]), torch.from_numpy(batch["labels"])
        return load_weights(str(folder / "weights.npz"), c), pixels, labels
    shape = (args.batch, args.frames, IMAGE, IMAGE, 3)
    return (random_weights(c), torch.randint(256, shape, dtype=torch.uint8), torch.randint(c.classes, (args.batch,)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="trecvit", choices=["trecvit", "joint", "joint-matrix"])
    parser.add_argument("--size", default="S", choices=CONFIGS)
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--frames", type=int, default=16)
    parser.add_argument("--steps", type=int, default=5, help="timed, after one more")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--precision", default="f32", choices=["f32", "bf16"])
    parser.add_argument("--load", help="folder of weights and clips; its batch and frames count then")
    args = parser.parse_args()
    torch.set_flush_denormal(True)                      # before threads are created, because they inherit the setting
    torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    start_bytes = memory("VmRSS")
    weights, pixels, labels = problem(args, CONFIGS[args.size])
    network = Network(CONFIGS[args.size], weights, args.model != "trecvit", pixels.shape[1])
    weights = None
    optimiser = torch.optim.AdamW(groups(network), lr=1e-4, betas=(0.9, 0.999), eps=1e-8, fused=True)
    attention = sdpa_kernel(SDPBackend.MATH) if args.model == "joint-matrix" else contextlib.nullcontext()
    out = {"program": f"torch {torch.__version__}", "model": args.model, "size": args.size, "batch": pixels.shape[0],
           "frames": pixels.shape[1], "threads": args.threads, "precision": args.precision, "start_bytes": start_bytes,
           "step_ms": [], "loss": [], "gradient_norm": []}
    with attention:
        for i in range(args.steps + 1):
            start = time.perf_counter()
            with torch.autocast("cpu", torch.bfloat16, enabled=args.precision == "bf16"):
                loss = F.cross_entropy(network(pixels.float().mul_(1 / 255)), labels)
            loss.backward()
            norm = torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
            out["loss"].append(loss.item())
            out["gradient_norm"].append(norm.item())
            if i > 0:                                   # the first is warm-up
                out["step_ms"].append(1e3 * (time.perf_counter() - start))
    out["peak_resident_bytes"] = memory("VmHWM")
    print(json.dumps(out))


if __name__ == "__main__":
    main()
