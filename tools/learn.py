#!/usr/bin/env python3
"""Runs the learning tables of configs/learning/tables.toml; script/learn builds first and then calls this.

    tools/learn.py TABLE... | all     trains and tests the runs that are not yet in docs/learning/results.csv
    tools/learn.py --print            prints the tables as Markdown

Needs Python 3.11 without packages. Runs build/release/bin/trecvit, or the command in TRECVIT_COMMAND, with TRECVIT_THREADS
threads (default: all). Two tables at a time with one thread each finish earlier than one after another.
"""
import argparse
import json
import sys

from learn_tables import TESTED, add_result, load_tables, read_results


def confusion_of(metrics):
    return json.dumps(metrics["confusion"], separators=(",", ":")) if "confusion" in metrics else ""


def more_of(metrics):
    known = {key: metrics[key] for key in ("psnr", "rules", "peak_mb", "accuracy_by_frame") if key in metrics}
    return json.dumps(known, separators=(",", ":")) if known else ""


def learn(name, only_row=None, only_seed=None):
    table = load_tables()[name]

    def add_missing(row, seed, fold):
        if only_row not in (None, row) or only_seed not in (None, seed):
            return
        if any((r["seed"], r["fold"]) == (str(seed), str(fold)) for r in table.of_row(row, read_results())):
            return
        if row in TESTED and not table.folder("ours", seed, fold).exists():
            table.train("ours", seed, fold)  # the weights are not on this machine
        print(f"learn: {name}, {row}, seed {seed}, fold {fold}", file=sys.stderr)
        metrics, steps, minutes = table.measure(row, seed, fold)
        part = {column: f"{metrics[key]:.4f}" if key in metrics else ""
                for column, key in (("accuracy", "accuracy"), ("balanced", "balanced_accuracy"))}
        add_result({
            "table": name, "row": row, "seed": seed, "fold": fold, **part, "clips": metrics["count"],
            "confusion": confusion_of(metrics), "steps": steps, "minutes": f"{minutes:.1f}",
            "settings": table.digest(row, seed, fold), "more": more_of(metrics),
        })

    folds = range(len(table.folds))
    for seed in table.spec["seeds"]:
        for fold in folds:
            add_missing(table.first_row, seed, fold)
            for row in [row for row in TESTED if row in table.rows and table.folder("ours", seed, fold).exists()]:
                add_missing(row, seed, fold)
    for row in table.rows[1:]:
        for seed in table.spec["seeds"]:
            for fold in folds if seed in table.seeds(row, read_results()) else []:
                add_missing(row, seed, fold)


def print_tables():
    results = read_results()
    together = 0.0
    for name, table in load_tables().items():
        if not any(r["table"] == name for r in results):
            continue
        print(f"### {table.spec['title']}\n")
        together += sum(float(r["minutes"]) for row in table.rows for r in table.of_row(row, results))
        if table.is_psnr:
            print_psnr(table, results)
            continue
        print("| row | balanced accuracy | seeds | minutes a run |\n| --- | --- | --- | --- |")
        for row in table.rows:
            scores = table.scores(row, table.spec["seeds"], results)
            if not scores:
                continue
            minutes = [float(r["minutes"]) for r in table.of_row(row, results)]
            spread = f" ({min(scores):.3f} to {max(scores):.3f})" if len(scores) > 1 else ""
            time_text = f"{sum(minutes) / len(minutes):.1f}" if max(minutes) > 0 else "–"
            print(f"| {row} | {sum(scores) / len(scores):.3f}{spread} | {len(scores)} | {time_text} |")
        if "order_free" in table.spec:
            print(f"| best possible without the order of frames | {table.spec['order_free']:.3f} | – | – |")
        print(f"| chance | {table.spec['chance']:.3f} | – | – |\n")
        print_by_frame(table, results)
    print(f"All runs together: {together / 60:.1f} hours.")


def print_by_frame(table, results):
    """For tables with one label per frame: accuracy after 1, 2, 4, ... frames, mean over the seeds."""
    of_row = {row: [json.loads(r["more"])["accuracy_by_frame"] for r in table.of_row(row, results)
                    if "accuracy_by_frame" in (r["more"] or "")] for row in table.rows}
    longest = max((len(run) for runs in of_row.values() for run in runs), default=0)
    if longest == 0:
        return
    frames = [2 ** i for i in range(longest.bit_length()) if 2 ** i <= longest]
    print("| accuracy at frame | " + " | ".join(map(str, frames)) + " |\n| --- |" + " --- |" * len(frames))
    for row, runs in of_row.items():
        if runs:
            values = [f"{sum(run[t - 1] for run in runs) / len(runs):.3f}" if t <= len(runs[0]) else "–" for t in frames]
            print(f"| {row} | " + " | ".join(values) + " |")
    print()


def print_psnr(table, results):
    """One column per case. Rows: trained networks, then untrained baselines, then peak memory and minutes."""
    names = table.spec.get("case_names", ["PSNR, dB"])
    print("| " + " | ".join([table.spec.get("case_title", ""), *names]) + " |\n| --- |" + " --- |" * len(names))

    def line(name, values, form):
        if any(value is not None for value in values):
            print(f"| {name} | " + " | ".join("–" if v is None else format(v, form) for v in values) + " |")

    folds = range(len(table.folds))
    for row in table.rows:
        line(row, [table.psnr(row, fold, results) for fold in folds], ".2f")
    for rule in ("last_frame", "mean_picture", "mean_colour", "nearest_patch", "linear"):
        line(rule.replace("_", " ") + ", no learning", [table.psnr(table.first_row, fold, results, rule) for fold in folds],
             ".2f")
    for row in [row for row in table.rows if row not in TESTED]:
        of_fold = [[r for r in table.of_row(row, results) if r["fold"] == str(fold)] for fold in folds]
        line(f"memory of {row}, MB", [max((json.loads(r["more"])["peak_mb"] for r in rs), default=None) for rs in of_fold],
             ".0f")
        line(f"minutes of {row}", [max((float(r["minutes"]) for r in rs), default=None) for rs in of_fold], ".1f")
    print()


def main():
    tables = load_tables()
    parser = argparse.ArgumentParser(description="Runs and prints the learning tables.")
    parser.add_argument("tables", nargs="*", metavar="TABLE", help=", ".join([*tables, "all"]))
    parser.add_argument("--print", action="store_true", help="print the tables as Markdown, from the stored results")
    parser.add_argument("--row", help="only this row (default: all)")
    parser.add_argument("--seed", type=int, help="only this seed (default: those of the table)")
    args = parser.parse_args()
    if args.print:
        return print_tables()
    unknown = [name for name in args.tables if name not in tables and name != "all"]
    if unknown or not args.tables:
        parser.error(f"expected names among {', '.join(tables)} or all, got {', '.join(unknown) or 'none'}")
    for name in tables if "all" in args.tables else args.tables:
        for what, given, known in (("row", args.row, tables[name].rows), ("seed", args.seed, tables[name].spec["seeds"])):
            if given not in (None, *known):
                parser.error(f"expected a {what} of {name} among {', '.join(map(str, known))}, got {given}")
        learn(name, args.row, args.seed)


if __name__ == "__main__":
    main()
