#!/usr/bin/env python3
"""Runs greenlight and its peers in turn, checks that they find the same, and writes their speed into docs/performance.md.

    run.py [--rounds 5] [--paths 20000] [--only numpy,numba,cpp,simpy,botec] [--quick] [--greenlight PROGRAM]

In turn means A B C A B C …: what disturbs the machine disturbs all. A peer that cannot be had here (no compiler, no node, no registry) is
said to be so in its row. Exit code 1 if a peer disagrees or fails. Python's standard library only; everything it makes is in target/peers.
"""

import argparse
import json
import math
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field

import check

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
WORK = ROOT / "target" / "peers"
PAGE = ROOT / "docs" / "performance.md"
SCENARIO = ROOT / "scenarios" / "baseline-dec-2025.toml"
BEGIN, END = "<!-- peers:begin -->", "<!-- peers:end -->"
MONTHS, BUYERS = 24, 10
PATHS_PER_WORLD = 50
SAMPLES = 1_000_000
REFERENCE_WORLDS = 1_000  # of the run of ours that every peer is held against
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
ONE_THREAD = {k: "1" for k in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}


class Unavailable(Exception):
    """A peer cannot be had on this machine."""


@dataclass
class Row:
    """A program in the table, and what was measured of it."""

    name: str
    threads: int
    run: object  # () -> {"seconds", "cpu_seconds", …} of one run
    units: float  # buyer-months, or samples
    remark: str = ""
    note: str = ""
    times: list = field(default_factory=list)
    cpu: list = field(default_factory=list)
    whole: list = field(default_factory=list)
    last: dict = field(default_factory=dict)
    broken: bool = False

    def measure(self):
        began = time.perf_counter()
        self.last = self.run()
        self.whole.append(time.perf_counter() - began)
        self.times.append(self.last["seconds"] / self.units)
        self.cpu.append(self.last.get("cpu_seconds", math.nan) / self.units)


def call(command, threads=1, **more):
    """What a program prints; its complaint if it fails."""
    env = os.environ | (ONE_THREAD if threads == 1 else {})
    done = subprocess.run([str(c) for c in command], env=env, capture_output=True, text=True, **more)
    if done.returncode:
        complaint = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()[-1]
        raise RuntimeError(f"{pathlib.Path(command[0]).name}: exit code {done.returncode}: {complaint}")
    return done.stdout


def attempt(what, command, **more):
    """A step of an installation; without it the peer is not available."""
    try:
        return call(command, **more)
    except (OSError, RuntimeError) as error:
        raise Unavailable(f"{what} failed: {error}") from None


def need(program, what):
    if not shutil.which(program):
        raise Unavailable(f"{what} needs `{program}`")


# --------------------------------------------------------------------------------------------------------------------- ours


def build(given):
    """Our programs: built from the lock file, or the one given."""
    if given:
        return pathlib.Path(given).resolve(), None
    for more in ([], ["--example", "time_to_botec"]):
        if subprocess.run(["cargo", "build", "--release", "--locked", *more], cwd=ROOT).returncode:
            sys.exit("greenlight does not build")
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
    return target / "greenlight", target / "examples" / "time_to_botec"


def reference(program):
    """The run of ours that every peer is held against: the tables, and the scenario with every value in force."""
    call([program, "run", SCENARIO, "--threads", CORES, "--worlds", REFERENCE_WORLDS, "--paths-per-world", PATHS_PER_WORLD, "--no-charts", "--quiet",
          "--overwrite", "--out", WORK / "reference"])


def ours(program, threads, units):
    """Our simulation as `greenlight bench` times it through the engine, scaled to the same work."""
    report = json.loads(call([program, "bench", SCENARIO, "--seconds", "3", "--threads", threads, "--json"]))
    name = f"the engine on {threads} thread{'' if threads == 1 else 's'}"
    case = next(case for case in report["ns_per_buyer_month"] if case["name"] == name)
    return {"seconds": case["ns"] * 1e-9 * units, "cpu_seconds": case["cpu_ns"] * 1e-9 * units}


# -------------------------------------------------------------------------------------------------------------------- peers


def python(*requirements):
    """The Python of the virtual environment, with what these folders require."""
    folder = WORK / "venv"
    program = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not program.exists():
        attempt("python -m venv", [sys.executable, "-m", "venv", folder])
    for name in requirements:
        attempt(f"installing {name}/requirements.txt", [program, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", HERE / name / "requirements.txt"])
    return program


def in_python(name, title, worlds, paths, remark, scenario, threads=1, more=()):
    program = python(name)
    command = [program, HERE / name / "model.py", scenario, "--worlds", worlds, "--paths", paths, *more]
    return Row(title, threads, lambda: json.loads(call(command, threads)), worlds * paths * MONTHS * BUYERS, remark)


def numpy(scenario, worlds):
    yield in_python("numpy", "NumPy", worlds, PATHS_PER_WORLD, "totals by month, buyers at the end; no histograms", scenario)


def numba(scenario, worlds):
    for threads in sorted({1, CORES}):
        yield in_python("numba", "Numba", worlds, PATHS_PER_WORLD, "the same series, histograms of 16 bins an octave", scenario, threads, ["--threads", threads])


def cpp(scenario, worlds):
    need("make", "C++")
    need(os.environ.get("CXX", "g++"), "C++")
    folder = HERE / "cpp"
    attempt("make", ["make", "--silent", "-C", folder])
    params = WORK / "params.txt"
    params.write_text(attempt("flatten.py", [sys.executable, folder / "flatten.py", scenario]))
    command = [folder / "model", params, worlds, PATHS_PER_WORLD, 1]
    yield Row("C++, scalar", 1, lambda: json.loads(call(command)), worlds * PATHS_PER_WORLD * MONTHS * BUYERS, "the same series, histograms of 16 bins an octave")


def simpy(scenario, worlds):
    yield in_python("simpy", "SimPy", 150, 2, "300 paths; outcomes, nothing by month", scenario)


PEERS = {"numpy": numpy, "numba": numba, "cpp": cpp, "simpy": simpy}
TITLES = {"numpy": "NumPy", "numba": "Numba", "cpp": "C++, scalar", "simpy": "SimPy"}


def squigglepy():
    command = [python("botec"), HERE / "botec" / "botec.py", SAMPLES]
    yield Row("squigglepy", 1, lambda: json.loads(call(command)), SAMPLES)


def squiggle():
    need("node", "Squiggle")
    need("npm", "Squiggle")
    folder = WORK / "squiggle"
    folder.mkdir(exist_ok=True)
    for name in ("package.json", "package-lock.json", "botec.js"):
        shutil.copy(HERE / "botec" / name, folder)
    attempt("npm ci", ["npm", "ci", "--no-audit", "--no-fund", "--silent"], cwd=folder)
    yield Row("Squiggle", 1, lambda: json.loads(call(["node", "botec.js", SAMPLES], cwd=folder)), SAMPLES)


def our_botec(program):
    if program is None:
        raise Unavailable("needs the example built by cargo")
    for threads in sorted({1, CORES}):
        yield Row("greenlight", threads, lambda threads=threads: json.loads(call([program, SAMPLES, threads])), SAMPLES)


# ------------------------------------------------------------------------------------------------------------------- measure


def gather(title, make):
    """The rows of a peer, or one that says why there are none."""
    try:
        return list(make())
    except Unavailable as why:
        print(f"{title}: not available here: {why}", file=sys.stderr)
        return [Row(title, 1, None, 1, note="not available here")]


def rounds(rows, count):
    for r in range(count):
        for row in rows:
            if row.run is None or row.broken:
                continue
            try:
                row.measure()
            except (OSError, RuntimeError, ValueError) as error:
                print(f"{row.name}: {error}", file=sys.stderr)
                row.note, row.broken = "failed", True
            print(f"round {r + 1} of {count}: {row.name}, {row.threads} thread{'s' * (row.threads > 1)}: "
                  + (row.note or f"{1e9 * row.times[-1]:.0f} ns"), file=sys.stderr)


def agreement(row, folder):
    """Holds what a peer found against our tables."""
    found = [f for f in check.compare(folder, row.last) if f.family == "outcome"]
    names = {f.key for f in found}
    bad, worst = check.beyond(found), max(found, key=lambda f: abs(f.z))
    for f in bad:
        print(f"{row.name} disagrees: {f.key} {f.what}: {f.peer:.6g}, ours {f.ours:.6g}, z {f.z:.1f}", file=sys.stderr)
    row.note = f"{len(names)} outcomes, {len(found)} figures, largest z {abs(worst.z):.1f}"
    row.broken = bool(bad) or len(names) < 10
    if row.broken:
        row.note = "**disagrees**: " + row.note


def botec_agreement(row):
    """The mean is known on paper: 0, 1 and two lognormals by their 5% and 95% quantiles."""
    part = [(0.6, 0.0, 0.0), (0.2, 1.0, 1.0)]
    for low, high in ((1, 3), (2, 10)):
        mu, sigma = math.log(low * high) / 2, math.log(high / low) / (2 * statistics.NormalDist().inv_cdf(0.95))
        part.append((0.1, math.exp(mu + sigma**2 / 2), math.exp(2 * mu + 2 * sigma**2)))
    mean, second = (sum(p[0] * p[k] for p in part) for k in (1, 2))
    z = (row.last["mean"] - mean) / math.sqrt((second - mean**2) / row.last["samples"])
    row.note = f"{row.last['mean']:.4f} (exact {mean:.4f}, z {z:.1f})"
    row.broken = abs(z) > check.LIMIT or row.last["samples"] != SAMPLES


def span(values, scale):
    def digits(x):
        return f"{x:,.0f}" if x >= 99.5 else f"{x:.1f}"

    low, middle, high = (scale * x for x in (min(values), statistics.median(values), max(values)))
    return f"{digits(middle)} ({digits(low)} to {digits(high)})"


def ratio(row, base):
    """To our row with as many threads, round by round, so that a slow minute counts for both."""
    if not base or not base.times:
        return ""
    if row is base:
        return "1"
    x = statistics.median(a / b for a, b in zip(row.times, base.times))
    return f"{x:.2f}" if x < 9.95 else f"{x:,.0f}"


def table(rows, heads, cells):
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for row in rows:
        measured = cells(row) if row.times else [""] * (len(heads) - 3)
        lines.append("| " + " | ".join([row.name, str(row.threads), *measured, row.note]) + " |")
    return "\n".join(lines)


def base_of(rows, row):
    return next((r for r in rows if r.name == "greenlight" and r.threads == row.threads), None)


def machine():
    name = platform.processor() or platform.machine()
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        name = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return f"{name}, {CORES} cores"


def write(text):
    page = PAGE.read_text()
    if BEGIN not in page or END not in page:
        sys.exit(f"{PAGE} has no markers {BEGIN} and {END}")
    head, rest = page.split(BEGIN, 1)
    PAGE.write_text(head + BEGIN + "\n" + text + "\n" + END + rest.split(END, 1)[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--paths", type=int, default=20_000, help=f"paths of the baseline, in worlds of {PATHS_PER_WORLD}")
    parser.add_argument("--only", default=",".join([*PEERS, "botec"]), help="some of them, and docs/performance.md stays as it is: " + ", ".join([*PEERS, "botec"]))
    parser.add_argument("--quick", action="store_true", help="2 rounds of 10,000 paths, and docs/performance.md stays as it is")
    parser.add_argument("--greenlight", help="a program that is built already")
    a = parser.parse_args()
    if a.quick:
        a.rounds, a.paths = 2, 10_000
    only = a.only.split(",")
    if unknown := [name for name in only if name not in PEERS and name != "botec"]:
        parser.error("unknown: " + ", ".join(unknown))
    worlds = a.paths // PATHS_PER_WORLD
    if worlds < 2 or a.rounds < 1:
        parser.error("needs a round, and two worlds")

    program, example = build(a.greenlight)
    WORK.mkdir(parents=True, exist_ok=True)
    (WORK / ".gitignore").write_text("*\n")
    text = []

    if chosen := [name for name in PEERS if name in only]:
        reference(program)
        folder, units = WORK / "reference", worlds * PATHS_PER_WORLD * MONTHS * BUYERS
        rows = [Row("greenlight", t, lambda t=t: ours(program, t, units), units, "series, histograms of 0.8%") for t in sorted({1, CORES})]
        for name in chosen:
            rows += gather(TITLES[name], lambda: PEERS[name](folder / "scenario.resolved.toml", worlds))
        rounds(rows, a.rounds)
        for row in rows:
            if row.times and not row.broken and row.name != "greenlight":
                agreement(row, folder)
        text.append(f"The baseline, {worlds * PATHS_PER_WORLD:,} paths, {a.rounds} rounds in turn on {machine()}: nanoseconds per buyer-month, median and range; the ratio is to "
                    "greenlight on as many threads, the median over the rounds. What is compared are outcomes in total: means, spreads, shares of "
                    "zeros and quantiles.\n\n"
                    + table(rows, ["program", "threads", "ns", "of which processor", "ratio", "records", "agrees with ours"],
                            lambda row: [span(row.times, 1e9), f"{1e9 * statistics.median(row.cpu):,.0f}", ratio(row, base_of(rows, row)), row.remark]))
    else:
        rows = []

    if "botec" in only:
        botec = gather("greenlight", lambda: our_botec(example)) + gather("squigglepy", squigglepy) + gather("Squiggle", squiggle)
        rounds(botec, a.rounds)
        for row in botec:
            if row.times and not row.broken:
                botec_agreement(row)
        text.append("The public [time-to-botec](https://github.com/NunoSempere/time-to-botec) estimate, a million samples of a mixture of four parts, in milliseconds: sampling "
                    "and averaging alone, and the whole command.\n\n"
                    + table(botec, ["program", "threads", "sampling", "ratio", "whole command", "mean"],
                            lambda row: [span(row.times, 1e3 * row.units), ratio(row, base_of(botec, row)), span(row.whole, 1e3)]))
        rows += botec

    text = "\n\n".join(text)
    print(text)
    if a.quick or set(only) != {*PEERS, "botec"}:
        print("\nNot everything was run, or only quickly: docs/performance.md stays as it is.", file=sys.stderr)
    else:
        write(text)
    sys.exit(any(row.broken for row in rows))


if __name__ == "__main__":
    main()
