"""Compare the NumPy model with a folder written by greenlight run.

    python check.py FOLDER [--result result.json | --worlds 1000 --paths 20 --seed 1] [--all]

Compared are: every mean, standard deviation, share of zeros, share censored and quantile (10, 50, 90%) of outcomes.csv in total, all but
quantiles for each buyer; every mean and standard deviation of monthly.csv in total; every regime's share by month.
z = difference / combined standard error, the paths of one world counted as alike as they are. Exit code 1 if any |z| > 4.5.

Prints one row per outcome, then the worst of each other family and all beyond 4.
"""

import argparse
import csv
import json
import math
import os
import sys

import model

PASS, LIMIT, BIN = 4.0, 4.5, 0.008


def number(text):
    return float(text) if text not in ("", None) else None


def z(a, ea, b, eb):
    if a is None or b is None:
        return None if a is b else math.inf
    if ea is None or eb is None:
        return None
    error, scale = math.hypot(ea, eb), max(abs(a), abs(b))
    if abs(a - b) <= 1e-6 * scale:
        return 0.0
    return (a - b) / error if error > 0 else math.copysign(math.inf, a - b)


def z_share(a, ea, na, b, eb, nb):
    """Of two shares: neither error below the binomial one of the pooled share, which matters for rare events."""
    if None in (a, ea, b, eb):
        return z(a, ea, b, eb)
    pooled = (a * na + b * nb) / (na + nb)
    binomial = math.sqrt(pooled * (1 - pooled))
    return z(a, max(ea, binomial / math.sqrt(na)), b, max(eb, binomial / math.sqrt(nb)))


def rows(folder, name):
    with open(os.path.join(folder, name), newline="") as file:
        return list(csv.DictReader(file))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--result", help="what model.py printed; without it the model is run")
    parser.add_argument("--worlds", type=int, default=1000)
    parser.add_argument("--paths", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--all", action="store_true", help="print every comparison")
    a = parser.parse_args()
    if a.result:
        with open(a.result) as file:
            mine = json.load(file)
    else:
        mine = model.run(os.path.join(a.folder, "scenario.resolved.toml"), a.worlds, a.paths, a.seed)

    found = []  # family, label, mine, theirs, combined error, z
    missing = []
    print(f"{'outcome':24} {'numpy':>15} {'greenlight':>15} {'z mean':>7} {'z sd':>7} {'z zero':>7} {'z p10':>7} {'z p50':>7} {'z p90':>7}")
    with open(os.path.join(a.folder, "scenario.resolved.toml"), "rb") as file:
        simulation = model.tomllib.load(file)["simulation"]
    # Where greenlight writes no error, ours is scaled by the number of worlds.
    worlds_ratio, theirs_paths = mine["worlds"] / simulation["worlds"], simulation["worlds"] * simulation["paths_per_world"]
    for row in rows(a.folder, "outcomes.csv"):
        key, buyer = row["outcome"], row["buyer"]
        ours = mine["outcomes"].get(key, {}).get(buyer)
        if ours is None:
            missing.append(f"{key}/{buyer}")
            continue
        cells = []

        def compare(what, x, ex, y, ey):
            counts = ours["paths"], int(row["paths"])
            score = z_share(x, ex, counts[0], y, ey, counts[1]) if what.startswith("share") else z(x, ex, y, ey)
            family = "outcome" if buyer == "total" else "outcome by buyer"
            if score is not None:
                found.append((family, f"{key}/{buyer} {what}", x, y, score))
            cells.append(f"{score:7.2f}" if score is not None else " " * 7)

        waiting = ours.get("share_censored") is not None
        if waiting:
            share = number(row["share_censored"])
            error = ours["share_censored_std_error"]
            compare("share_censored", ours["share_censored"], error, share, error * math.sqrt(worlds_ratio))
            cells.append(" " * 7)
        else:
            compare("mean", ours["mean"], ours["std_error"], number(row["mean"]), number(row["std_error"]))
            if ours["std_dev_std_error"]:
                e = ours["std_dev_std_error"]
                compare("std_dev", ours["std_dev"], e, number(row["std_dev"]), e * math.sqrt(worlds_ratio))
            else:
                cells.append(" " * 7)
        compare("share_zero", ours["share_zero"], ours["share_zero_std_error"], number(row["share_zero"]), number(row["share_zero_std_error"]))
        if buyer == "total":
            for q in ("p10", "p50", "p90"):
                low, high, theirs = (number(row[q + end]) for end in ("_low", "_high", ""))
                if None in (low, high, theirs):  # beyond the horizon
                    cells.append(" " * 7)
                    continue
                # A wait has few possible values: half a month is the error of a quantile that lies on a step.
                # Others cannot be told apart within a bin of greenlight's histograms, 0.8% (docs/bound-numbers.md).
                floor = 0.5 if waiting or key == "months_open" else BIN * abs(theirs) / 1.96
                compare(q, ours[q], max(ours[q + "_std_error"], floor if floor == 0.5 else 0), theirs, max((high - low) / 3.92, floor))
            x, y = (ours["share_censored"], number(row["share_censored"])) if waiting else (ours["mean"], number(row["mean"]))
            label = key + (" censored" if waiting else "")
            print(f"{label:24} {x:15.6g} {y:15.6g} {' '.join(cells)}" if x is not None else f"{label:24} undefined")

    monthly = {}
    for row in rows(a.folder, "monthly.csv"):
        if row["buyer"] == "total":
            monthly.setdefault(row["metric"], []).append((row["month"], *(number(row[k]) for k in ("mean", "std_error", "std_dev"))))
    for key, series in monthly.items():
        if key not in mine["monthly"]:
            missing.append("monthly " + key)
            continue
        ours = mine["monthly"][key]
        for t, (month, mean, error, std_dev) in enumerate(series):
            score = z(ours["mean"][t], ours["std_error"][t], mean, error)
            found.append(("month", f"{key} {month}", ours["mean"][t], mean, score))
            x, e = ours["std_dev"][t], ours["std_dev_std_error"][t]
            if max(x, std_dev) > 1e-5 * abs(mean):  # what is the same in every path has no spread but rounding
                found.append(("month, spread", f"{key} {month} std_dev", x, std_dev, z(x, e, std_dev, e * math.sqrt(worlds_ratio))))
    months = {}
    for row in rows(a.folder, "regimes.csv"):
        key = f"{row['government']}:{row['regime']}"
        t = months.setdefault(key, []) or months[key]
        t.append(row)
        ours, share = mine["monthly"][key], number(row["share_of_paths"])
        x, e = ours["mean"][len(t) - 1], ours["std_error"][len(t) - 1]
        found.append(("regime", f"{key} {row['month']}", x, share,
                      z_share(x, e, mine["paths"], share, e * math.sqrt(worlds_ratio), theirs_paths)))

    print(f"\n{'family':18} {'compared':>8} {'|z|>2':>6} {'|z|>3':>6} {'|z|>4':>6} {'rms z':>6}   worst")
    for family in dict.fromkeys(f[0] for f in found):
        part = [f for f in found if f[0] == family]
        worst = max(part, key=lambda f: abs(f[4]))
        over = [sum(abs(f[4]) > k for f in part) for k in (2, 3, 4)]
        rms = math.sqrt(sum(min(abs(f[4]), 99) ** 2 for f in part) / len(part))
        print(f"{family:18} {len(part):8} {over[0]:6} {over[1]:6} {over[2]:6} {rms:6.2f}   {worst[1]}: {worst[4]:.2f}")
    for family, label, x, y, score in found:
        if a.all or abs(score) > PASS:
            print(f"  {label:44} numpy {x:<14.8g} greenlight {y:<14.8g} z {score:.2f}")
    if missing:
        print("not in the NumPy model:", ", ".join(missing))
    print(f"{mine['worlds']} worlds x {mine['paths_per_world']} paths: {mine['seconds']:.1f} s, {mine['ns_per_buyer_month']:.0f} ns per buyer-month")
    beyond = [f for f in found if abs(f[4]) > LIMIT]
    print("FAIL" if beyond else "agree", f"({len(beyond)} of {len(found)} beyond {LIMIT})")
    sys.exit(1 if beyond else 0)


if __name__ == "__main__":
    main()
