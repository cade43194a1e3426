#!/usr/bin/env python3
"""Runs the learning tables of configs/learning/tables.toml; script/learn builds first and then calls this.

    tools/learn.py TABLE... | all     trains and tests what is not in docs/learning/results.csv yet
    tools/learn.py --print            prints the tables as Markdown

Needs Python 3.11 alone. Runs build/release/bin/trecvit, or the command that TRECVIT_COMMAND names.
"""
import argparse
import csv
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import time
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
COMMAND = os.environ.get("TRECVIT_COMMAND", str(ROOT / "build/release/bin/trecvit"))
RUNS = ROOT / "build/learn"
RESULTS = ROOT / "docs/learning/results.csv"
COLUMNS = ["table", "row", "seed", "fold", "accuracy", "balanced", "clips", "confusion", "steps", "minutes"]
DATA = os.environ.get("TRECVIT_DATA", str(ROOT.parent / "shared/data"))

# Changes of the config for a row that trains; the others test the runs of "ours", or fit the ridge.
NO_ORDER = ["objective.motion_weight=0"]  # image motion is not known where frames are shuffled
TRAINED = {
    "ours": [],
    "trained on shuffled frames": ["clip.order=shuffled", *NO_ORDER],
    "one frame": ["clip.order=frozen", *NO_ORDER],
}
TESTED = {"ours, tested on shuffled frames": ["--order", "shuffled"]}
RIDGE = {"ridge, mean frame": "mean_frame", "ridge, one frame": "middle_frame"}
ROWS = [*TRAINED, *TESTED, *RIDGE]


def run(*arguments):
    """The JSON object a command prints; what it says on the way goes to the terminal."""
    done = subprocess.run([COMMAND, *arguments, "--json"], stdout=subprocess.PIPE, cwd=ROOT)
    if done.returncode != 0:
        sys.exit(f"learn: trecvit {' '.join(map(str, arguments))} ended with {done.returncode}")
    return json.loads(done.stdout)


def read_results():
    if not RESULTS.exists():
        return []
    with RESULTS.open() as file:
        return list(csv.DictReader(file))


def add_result(result):
    RESULTS.parent.mkdir(exist_ok=True)
    new = not RESULTS.exists()
    with RESULTS.open("a") as file:
        writer = csv.DictWriter(file, COLUMNS)
        if new:
            writer.writeheader()
        writer.writerow(result)
        file.flush()
        os.fsync(file.fileno())


class Table:
    def __init__(self, name, spec):
        self.name, self.spec = name, spec
        self.folds = spec.get("fold_groups", [None])
        self.rows = spec.get("rows", ROWS)

    def seeds(self, row):
        return self.spec["seeds"] if row in ("ours", *TESTED) else self.spec["seeds"][:1]

    def changes(self, fold):
        """Of the config, for a fold: where the data lie, who is left out, what it starts from."""
        text = (ROOT / "configs/learning" / self.spec["config"]).read_text()
        config, out = tomllib.loads(text), []
        for part in ("train", "val"):
            source = config["data"][part]["source"]
            out.append(f"data.{part}.source={json.dumps(source.replace('../shared/data', DATA))}")
        if self.folds[fold] is not None:
            out.append(f"data.train.without_groups={json.dumps(self.folds[fold])}")
            out.append(f"data.val.groups={json.dumps(self.folds[fold])}")
        out += self.spec.get("changes", [])
        if "start" in self.spec:
            out.append(f"start.from={json.dumps(str(start_model(self.spec['start'])))}")
        return out

    def folder(self, row, seed, fold):
        """Of a run: its name ends with a digest of all that is set, so that another config is another run."""
        text = (ROOT / "configs/learning" / self.spec["config"]).read_text()
        settings = json.dumps([text, self.changes(fold), TRAINED.get(row, []), seed])
        digest = hashlib.sha256(settings.encode()).hexdigest()[:8]
        return RUNS / self.name / f"{row.replace(' ', '-')}-{seed}-{fold}-{digest}"

    def train(self, row, seed, fold):
        """Trains, or goes on with training, and links the run to its folder. Returns what was printed."""
        link = self.folder(row, seed, fold)
        name = link.name
        runs = RUNS / self.name / "runs"
        existing = sorted(runs.glob(f"train/{name}-*"), key=lambda path: int(path.name.rsplit("-", 1)[1]))
        resumable = [path for path in existing if (path / "config.toml").exists()]
        # Of all parts of a run that was interrupted; training steps alone would leave out what testing takes.
        clock = runs / f"{name}.minutes"
        before = float(clock.read_text()) if resumable and clock.exists() else 0.0
        start = time.monotonic()
        try:
            if resumable:
                result = run("train", f"--resume={resumable[-1]}")
            else:
                changes = [*self.changes(fold), *TRAINED[row], f"name={json.dumps(name)}", f"seed={seed}"]
                sets = [word for change in changes for word in ("--set", change)]
                result = run("train", "--config", ROOT / "configs/learning" / self.spec["config"], "--runs", runs, *sets)
        finally:
            minutes = before + (time.monotonic() - start) / 60
            runs.mkdir(parents=True, exist_ok=True)
            clock.write_text(str(minutes))
        result["minutes"] = minutes
        if link.is_symlink():
            link.unlink()
        link.symlink_to(result["folder"])
        return result

    def measure(self, row, seed, fold):
        if row in TRAINED:
            result = self.train(row, seed, fold)
            return result["metrics"], result["steps"], result["minutes"]
        if row in TESTED:
            config = self.folder("ours", seed, fold) / "config.toml"
            return run("eval", "--config", config, *TESTED[row]), 0, 0
        sets = [word for change in self.changes(fold) for word in ("--set", change)]
        config = ROOT / "configs/learning" / self.spec["config"]
        return run("eval", "--config", config, *sets, "--baseline", RIDGE[row]), 0, 0


def load_tables():
    specs = tomllib.loads((ROOT / "configs/learning/tables.toml").read_text())
    return {name: Table(name, spec) for name, spec in specs.items()}


def start_model(name):
    """The model that other tables start from: ours of the first seed, trained here if it is not on this machine."""
    table = load_tables()[name]
    model = table.folder("ours", table.spec["seeds"][0], 0) / "model"
    if not model.exists():
        table.train("ours", table.spec["seeds"][0], 0)
    return model


def learn(name, only_row=None, only_seed=None):
    table = load_tables()[name]
    done = {(r["table"], r["row"], r["seed"], r["fold"]) for r in read_results()}
    for row in table.rows:
        for seed in table.seeds(row):
            if (only_row or row) != row or (only_seed or seed) != seed:
                continue
            for fold in range(len(table.folds)):
                if (name, row, str(seed), str(fold)) in done:
                    continue
                if row in TESTED and not table.folder("ours", seed, fold).exists():
                    table.train("ours", seed, fold)  # its weights are not on this machine
                print(f"learn: {name}, {row}, seed {seed}, fold {fold}", file=sys.stderr)
                metrics, steps, minutes = table.measure(row, seed, fold)
                add_result({
                    "table": name, "row": row, "seed": seed, "fold": fold,
                    "accuracy": f"{metrics['accuracy']:.4f}", "balanced": f"{metrics['balanced_accuracy']:.4f}",
                    "clips": metrics["count"], "confusion": json.dumps(metrics["confusion"], separators=(",", ":")),
                    "steps": steps, "minutes": f"{minutes:.1f}",
                })


def balanced(results):
    """Balanced accuracy of all folds together: mean recall over the summed confusion."""
    total = None
    for result in results:
        matrix = json.loads(result["confusion"])
        total = matrix if total is None else [[a + b for a, b in zip(x, y)] for x, y in zip(total, matrix)]
    recalls = [row[i] / sum(row) for i, row in enumerate(total) if sum(row) > 0]
    return sum(recalls) / len(recalls)


def print_tables():
    results = read_results()
    for name, table in load_tables().items():
        mine = [r for r in results if r["table"] == name]
        if not mine:
            continue
        print(f"### {table.spec['title']}\n")
        print("| row | balanced accuracy | seeds | minutes a run |\n| --- | --- | --- | --- |")
        for row in ROWS:
            scores, minutes = [], []
            for seed in table.seeds(row):
                runs = [r for r in mine if r["row"] == row and r["seed"] == str(seed)]
                if len(runs) == len(table.folds):
                    scores.append(balanced(runs))
                    minutes += [float(r["minutes"]) for r in runs]
            if not scores:
                continue
            spread = f" ({min(scores):.3f} to {max(scores):.3f})" if len(scores) > 1 else ""
            time_text = f"{sum(minutes) / len(minutes):.1f}" if max(minutes) > 0 else "–"
            print(f"| {row} | {sum(scores) / len(scores):.3f}{spread} | {len(scores)} | {time_text} |")
        if "order_free" in table.spec:
            print(f"| best possible without the order of frames | {table.spec['order_free']:.3f} | – | – |")
        print(f"| chance | {table.spec['chance']:.3f} | – | – |\n")


def main():
    tables = load_tables()
    parser = argparse.ArgumentParser(description="Runs and prints the learning tables.")
    parser.add_argument("tables", nargs="*", metavar="TABLE", help=", ".join([*tables, "all"]))
    parser.add_argument("--print", action="store_true", help="the tables as Markdown, from the results alone")
    parser.add_argument("--row", help="this row alone (default: all)", choices=ROWS)
    parser.add_argument("--seed", type=int, help="this seed alone (default: those of the table)")
    args = parser.parse_args()
    if args.print:
        return print_tables()
    unknown = [name for name in args.tables if name not in tables and name != "all"]
    if unknown or not args.tables:
        parser.error(f"expected names among {', '.join(tables)} or all, got {', '.join(unknown) or 'none'}")
    for name in tables if "all" in args.tables else args.tables:
        learn(name, args.row, args.seed)


if __name__ == "__main__":
    main()
