#!/usr/bin/env python3
"""Compare the peer's results with the folder of a run, as z-scores.

    check.py MODEL.json RUN [MONTHLY.csv] [--all]

Means and shares at zero of every outcome that both have, in total and by buyer; with the peer's monthly table also the
mean of every series and month. Exit 1 if any outcome has |z| > 4.5, or any series |z| > 5.5 (there are thousands of them).
"""
import csv
import json
import math
import sys

LIMIT, LIMIT_MONTHLY = 4.5, 5.5
REQUIRED = ["delivered_2026", "delivered_T", "requested_T", "refused_T", "cancelled_T", "revenue", "us_take", "grey_units",
            "seized", "domestic_units", "unmet_training", "stranded", "months_open", "t_first"]
PATHS_NEEDED = 30


def num(s):
    return float(s) if s not in ("", None) else None


def z(a, ea, b, eb, scale):
    return 0.0 if abs(a - b) <= 1e-6 * scale else (a - b) / max(math.hypot(ea, eb), 1e-12 * scale)


def main():
    args = [a for a in sys.argv[1:] if a != "--all"]
    everything = "--all" in sys.argv
    peer = json.load(open(args[0]))
    ours = {(r["outcome"], r["buyer"]): r for r in csv.DictReader(open(f"{args[1]}/outcomes.csv"))}
    quarters = sorted(k[0] for k in ours if k[0].startswith("revenue_20"))
    rename = {f"revenue_q{i + 1}": q for i, q in enumerate(quarters)}
    rows, seen = [], set()
    for p in peer["outcomes"]:
        name, buyer = rename.get(p["outcome"], p["outcome"]), p["buyer"]
        r = ours.get((name, buyer))
        if r is None:
            continue
        if r["share_censored"]:  # a wait: the share that never ended; its error is that of having delivered nothing
            if name == "t_first":
                d = ours[("delivered_T", buyer)]
                q = next(o for o in peer["outcomes"] if o["outcome"] == "delivered_T" and o["buyer"] == buyer)
                a, b = p["share_undefined"], float(r["share_censored"])
                rows.append((name + " censored", buyer, a, q["share_zero_std_error"], b, float(d["share_zero_std_error"]), 1))
                seen.add(name)
            continue
        if num(r["mean"]) is None or p["paths"] < PATHS_NEEDED:
            continue
        m = float(r["mean"])
        rows.append((name, buyer, p["mean"], p["std_error"], m, float(r["std_error"]), max(1e-300, abs(m))))
        if 0 < float(r["share_zero"]) < 1:
            rows.append((name + " = 0", buyer, p["share_zero"], p["share_zero_std_error"], float(r["share_zero"]), float(r["share_zero_std_error"]), 1))
        seen.add(name)
    bad, worst = 0, {}
    squares = []
    for name, buyer, a, ea, b, eb, scale in rows:
        v = z(a, ea, b, eb, scale)
        squares.append(v * v)
        bad += abs(v) > LIMIT
        if buyer == "total" or everything or abs(v) > 3.5:
            print(f"{name:28} {buyer:18} peer {a:14.6g} ± {ea:10.3g}   greenlight {b:14.6g} ± {eb:10.3g}   z {v:6.2f}{'  <<<' if abs(v) > LIMIT else ''}")
    print(f"{len(rows)} outcome values, root mean square of z {math.sqrt(sum(squares) / len(squares)):.2f}, {bad} beyond {LIMIT}")
    missing = [n for n in REQUIRED if n not in seen]
    if missing:
        print("missing:", ", ".join(missing))
    if len(args) > 2:
        table, months = {}, {}
        for r in csv.DictReader(open(f"{args[1]}/monthly.csv")):
            t = months.setdefault(r["month"], len(months) + 1)
            table[(r["metric"], r["buyer"], t)] = r
        for r in csv.DictReader(open(f"{args[1]}/regimes.csv")):  # without an error of their own: the peer's is put in for it
            table[(f"{r['government']}_{r['regime']}", "total", months[r["month"]])] = {"mean": r["share_of_paths"], "std_error": "", "share_zero": 1 - float(r["share_of_paths"])}
        squares, far = [], 0
        for p in csv.DictReader(open(args[2])):
            r = table.get((p["metric"], p["buyer"], int(p["month"])))
            if r is None:
                continue
            a, ea, b, eb = float(p["mean"]), float(p["std_error"]), float(r["mean"]), float(r["std_error"] or p["std_error"])
            if min(float(p["share_zero"]), float(r["share_zero"])) > 0.999:
                continue
            v = z(a, ea, b, eb, max(1e-300, abs(b)))
            squares.append(v * v)
            if abs(v) > LIMIT_MONTHLY:
                far += 1
            k = (p["metric"], p["buyer"] == "total")
            if abs(v) > abs(worst.get(k, (0,))[0]):
                worst[k] = (v, p["buyer"], p["month"], a, b)
        for k, (v, buyer, month, a, b) in sorted(worst.items(), key=lambda x: -abs(x[1][0]))[: len(worst) if everything else 12]:
            print(f"  {k[0]:22} {buyer:18} month {month:>2}  peer {a:12.6g}  greenlight {b:12.6g}  z {v:6.2f}")
        print(f"{len(squares)} series-months, root mean square of z {math.sqrt(sum(squares) / len(squares)):.2f}, {far} beyond {LIMIT_MONTHLY}")
        bad += far
    return 1 if bad or missing else 0


sys.exit(main())
