"""The learning tables of configs/learning/tables.toml: their runs, and the results in docs/learning/results.csv."""
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
THREADS = os.environ.get("TRECVIT_THREADS")
RUNS = ROOT / "build/learn"
RESULTS = ROOT / "docs/learning/results.csv"
# more: further results as JSON, such as the PSNR of the model and of untrained baselines, and the peak memory in MB.
COLUMNS = ["table", "row", "seed", "fold", "accuracy", "balanced", "clips", "confusion", "steps", "minutes", "settings",
           "more"]
DATA = os.environ.get("TRECVIT_DATA", str(ROOT.parent / "shared/data"))

# Changes of the config for the rows that train; the other rows test the runs of "ours" or fit the ridge.
NO_ORDER = ["objective.motion_weight=0"]  # the image motion of shuffled frames is not known
TRAINED = {
    "ours": [],
    "trained on shuffled frames": ["clip.order=shuffled", *NO_ORDER],
    "one frame": ["clip.order=frozen", *NO_ORDER],
}
TESTED = {
    "ours, tested on shuffled frames": ["--order", "shuffled"],
    "ours, tested on 128 frames": ["--frames", "128"],
    "ours, tested on 96 frames": ["--frames", "96"],
}
RIDGE = {"ridge, mean frame": "mean_frame", "ridge, one frame": "middle_frame"}
ROWS = [*TRAINED, "ours, tested on shuffled frames", *RIDGE]
CLOSE = 0.1  # a control whose score comes this close to ours is trained with every seed


def run(*arguments):
    """The JSON object that a command prints, together with its peak memory. Its messages go to the terminal."""
    child = subprocess.Popen([COMMAND, *arguments, "--json"], stdout=subprocess.PIPE, cwd=ROOT)
    printed = child.stdout.read()
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"learn: trecvit {' '.join(map(str, arguments))} ended with {child.returncode}")
    return {**json.loads(printed), "peak_mb": round(used.ru_maxrss / 1024)}


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
        # A fold is either a list of groups to leave out or a case, which is a list of config changes.
        self.folds = spec.get("fold_groups", spec.get("cases", [None]))
        # The rows that train: name -> {changes, start, verb}.
        self.trained = spec.get("trained") or {row: {"changes": changes} for row, changes in TRAINED.items()}
        self.rows = spec.get("rows") or (list(self.trained) if "trained" in spec else ROWS)
        self.first_row = self.rows[0]
        self.is_psnr = spec.get("metric", "balanced") == "psnr"

    def seeds(self, row, results):
        """All seeds for ours; one for a control, or all if its score comes close to ours. A ridge does not depend on the seed."""
        seeds = self.spec["seeds"]
        repeated = row not in RIDGE and not self.spec.get("controls_once", False)
        if row == "ours" or "trained" in self.spec or (repeated and self.is_close(row, results)):
            return seeds
        return [seed for seed in seeds if self.scores(row, [seed], results)][:1] or seeds[:1]

    def scores(self, row, seeds, results):
        """Balanced accuracy over all folds, for each seed whose folds are complete."""
        if self.is_psnr:
            return []
        runs = [[r for r in self.of_row(row, results) if r["seed"] == str(seed)] for seed in seeds]
        return [balanced(mine) for mine in runs if len(mine) == len(self.folds)]

    def psnr(self, row, fold, results, rule=None):
        """Mean PSNR over the seeds of a case, of the model or of a baseline (rule); None if there is no result."""
        mine = [json.loads(r["more"]) for r in self.of_row(row, results) if r["fold"] == str(fold)]
        values = [m["rules"].get(rule) if rule else m["psnr"] for m in mine]
        return sum(values) / len(values) if values and None not in values else None

    def of_row(self, row, results):
        """The results of a row that were made with the current settings."""
        mine = [r for r in results if (r["table"], r["row"]) == (self.name, row)]
        mine = [r for r in mine if int(r["seed"]) in self.spec["seeds"] and int(r["fold"]) < len(self.folds)]
        return [r for r in mine if r["settings"] == self.digest(row, int(r["seed"]), int(r["fold"]))]

    def is_close(self, row, results):
        ours = self.scores("ours", self.spec["seeds"], results)
        control = self.scores(row, self.spec["seeds"], results)
        return bool(ours and control) and control[0] > sum(ours) / len(ours) - CLOSE

    def start_of(self, row):
        return self.trained.get(row, {}).get("start", self.spec.get("start"))

    def changes(self, row, seed, fold):
        """The changes of the config: places of the data, groups to leave out, start of the training."""
        text = (ROOT / "configs/learning" / self.spec["config"]).read_text()
        config, out = tomllib.loads(text), []
        for part in ("train", "val"):
            source = config["data"][part]["source"]
            out.append(f"data.{part}.source={json.dumps(source.replace('../shared/data', DATA))}")
        out += self.spec.get("changes", [])
        if "cases" in self.spec:
            out += self.folds[fold]
        elif self.folds[fold] is not None:
            out.append(f"data.train.without_groups={json.dumps(self.folds[fold])}")
            out.append(f"data.val.groups={json.dumps(self.folds[fold])}")
        if "changes_of_seeds" in self.spec:
            out += self.spec["changes_of_seeds"][self.spec["seeds"].index(seed)]
        if start := self.start_of(row):
            out.append(f"start.from={json.dumps(str(start_model(start)))}")
        return out

    def digest(self, row, seed, fold):
        """A digest of all settings except paths, so that results of other settings are not confused with these."""
        config = tomllib.loads((ROOT / "configs/learning" / self.spec["config"]).read_text())
        start = load_tables()[self.start_of(row)].first_digest() if self.start_of(row) else None
        # A ridge and a test of ours depend on the training settings of ours.
        trained = self.trained.get(row, {})
        settings = [config, self.folds[fold], self.spec.get("changes", []), start, trained.get("changes", []), seed]
        if "trained" in self.spec:
            settings.append(trained.get("verb"))
        if "changes_of_seeds" in self.spec:
            settings.append(self.spec["changes_of_seeds"][self.spec["seeds"].index(seed)])
        return hashlib.sha256(json.dumps(settings).encode()).hexdigest()[:8]

    def first_digest(self):
        return self.digest(self.first_row, self.spec["seeds"][0], 0)

    def folder(self, row, seed, fold):
        """The folder of a run."""
        return RUNS / self.name / f"{row.replace(' ', '-')}-{seed}-{fold}-{self.digest(row, seed, fold)}"

    def train(self, row, seed, fold):
        """Trains or resumes a run and links it to its folder. Returns the printed JSON object."""
        link = self.folder(row, seed, fold)
        name = link.name
        runs = RUNS / self.name / "runs"
        verb = self.trained[row].get("verb", "train")
        existing = sorted(runs.glob(f"{verb}/{name}-*"), key=lambda path: int(path.name.rsplit("-", 1)[1]))
        resumable = [path for path in existing if (path / "config.toml").exists()]
        # The minutes of all parts of an interrupted run; the times of training steps would not include testing.
        clock = runs / f"{name}.minutes"
        before = float(clock.read_text()) if resumable and clock.exists() else 0.0
        if resumable:
            words = [f"--resume={resumable[-1]}"]
        else:
            changes = [*self.changes(row, seed, fold), *self.trained[row].get("changes", []),
                       f"name={json.dumps(name)}", f"seed={seed}", *([f"run.threads={THREADS}"] if THREADS else [])]
            words = ["--config", ROOT / "configs/learning" / self.spec["config"], "--runs", runs]
            words += [word for change in changes for word in ("--set", change)]
        start = time.monotonic()  # after the model that this run starts from was trained
        try:
            result = run(verb, *words)
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
        if row in self.trained:
            result = self.train(row, seed, fold)
            return {**result["metrics"], "peak_mb": result["peak_mb"]}, result["steps"], result["minutes"]
        if row in TESTED:
            config = self.folder("ours", seed, fold) / "config.toml"
            execution = ["--execution", "model"] if self.is_psnr else []
            return run("eval", "--config", config, *execution, *TESTED[row]), 0, 0
        sets = [word for change in self.changes(row, seed, fold) for word in ("--set", change)]
        config = ROOT / "configs/learning" / self.spec["config"]
        return run("eval", "--config", config, *sets, "--baseline", RIDGE[row]), 0, 0


def load_tables():
    specs = tomllib.loads((ROOT / "configs/learning/tables.toml").read_text())
    return {name: Table(name, spec) for name, spec in specs.items()}


def start_model(name):
    """The model that other tables start from, that of the first row and seed. It is trained if it is not on this machine."""
    table = load_tables()[name]
    model = table.folder(table.first_row, table.spec["seeds"][0], 0) / "model"
    if not model.exists():
        table.train(table.first_row, table.spec["seeds"][0], 0)
    return model


def balanced(results):
    """Balanced accuracy over all folds: the mean recall in the sum of their confusion matrices."""
    total = None
    for result in results:
        matrix = json.loads(result["confusion"])
        total = matrix if total is None else [[a + b for a, b in zip(x, y)] for x, y in zip(total, matrix)]
    recalls = [row[i] / sum(row) for i, row in enumerate(total) if sum(row) > 0]
    return sum(recalls) / len(recalls)
