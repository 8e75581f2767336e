#!/usr/bin/env python3
"""Does a peer find what greenlight finds?

    check.py FOLDER RESULT.json [--all]

FOLDER is what `greenlight run` wrote, RESULT what a peer printed. Compared is whatever both know: mean, standard deviation, share of zeros,
share of waits that never ended and quantiles (10, 50, 90%) of outcomes.csv in total, all but quantiles for each buyer; mean and standard
deviation of monthly.csv, in total and by buyer; every regime's share by month.
z = difference / combined standard error, the paths of one world counted as alike as they are. Exit code 1 if any |z| > 4.5
(in a single month of a single buyer, of which there are thousands, 5.5).

Prints one row per outcome, then the worst of each other family and all beyond 4.
"""

import argparse
import csv
import json
import math
import os
import sys
import tomllib
from collections import namedtuple

PASS, LIMIT, LIMIT_BY_BUYER, BIN = 4.0, 4.5, 5.5, 0.008
RARE = 30  # hits below which a mean of a rare event has no error worth the name
Found = namedtuple("Found", "family key what peer ours z")


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


def outcomes(folder, peer, worlds_ratio):
    for row in rows(folder, "outcomes.csv"):
        key, buyer = row["outcome"], row["buyer"]
        theirs = peer["outcomes"].get(key, {}).get(buyer)
        if theirs is None or theirs["paths"] < RARE:
            continue
        family = "outcome" if buyer == "total" else "outcome by buyer"
        counts = theirs["paths"], int(row["paths"])
        rare = theirs["paths"] * (1 - (theirs.get("share_zero") or 0)) < RARE

        def one(what, a, ea, b, eb):
            if theirs.get(what) is None and number(row.get(what)) is None:
                return None
            score = z_share(a, ea, counts[0], b, eb, counts[1]) if what.startswith("share") else z(a, ea, b, eb)
            return score if score is None else Found(family, f"{key}/{buyer}", what, a, b, score)

        waiting = theirs.get("share_censored") is not None
        if waiting:
            e = theirs["share_censored_std_error"]
            yield one("share_censored", theirs["share_censored"], e, number(row["share_censored"]), e * math.sqrt(worlds_ratio))
        else:
            if not rare:
                yield one("mean", theirs["mean"], theirs["std_error"], number(row["mean"]), number(row["std_error"]))
                if e := theirs.get("std_dev_std_error"):
                    yield one("std_dev", theirs["std_dev"], e, number(row["std_dev"]), e * math.sqrt(worlds_ratio))
            yield one("share_zero", theirs["share_zero"], theirs["share_zero_std_error"], number(row["share_zero"]), number(row["share_zero_std_error"]))
        if buyer == "total":
            for q in ("p10", "p50", "p90"):
                low, high, ours = (number(row[q + end]) for end in ("_low", "_high", ""))
                error = theirs.get(q + "_std_error")
                if None in (low, high, ours, theirs.get(q), error):  # beyond the horizon, or not recorded
                    continue
                # A wait has few possible values: half a month is the error of a quantile that lies on a step.
                # Others cannot be told apart within a bin of greenlight's histograms, 0.8% (docs/bound-numbers.md).
                step = waiting or key == "months_open"
                floor = 0.5 if step else BIN * abs(ours) / 1.96
                yield one(q, theirs[q], max(error, 0.5 if step else 0), ours, max((high - low) / 3.92, floor))


def months(folder, peer, worlds_ratio, our_paths):
    place = {}
    for row in rows(folder, "monthly.csv"):
        key = row["metric"] if row["buyer"] == "total" else f"{row['metric']}/{row['buyer']}"
        t = place.setdefault(key, []) or place[key]
        t.append(row)
        series = peer["monthly"].get(key)
        if series is None or max(float(row["share_zero"]), series.get("share_zero", [0] * len(t))[len(t) - 1]) > 0.999:
            continue
        family = "month" if row["buyer"] == "total" else "month by buyer"
        a, e, mean = series["mean"][len(t) - 1], series["std_error"][len(t) - 1], number(row["mean"])
        yield Found(family, key, row["month"], a, mean, z(a, e, mean, number(row["std_error"])))
        if "std_dev_std_error" in series:
            a, e, b = series["std_dev"][len(t) - 1], series["std_dev_std_error"][len(t) - 1], number(row["std_dev"])
            if max(a, b) > 1e-5 * abs(mean):  # what is the same in every path has no spread but rounding
                yield Found("month, spread", key, row["month"], a, b, z(a, e, b, e * math.sqrt(worlds_ratio)))
    place = {}
    for row in rows(folder, "regimes.csv"):
        key = f"{row['government']}:{row['regime']}"
        t = place.setdefault(key, []) or place[key]
        t.append(row)
        if key in peer["monthly"]:
            a, e = (peer["monthly"][key][k][len(t) - 1] for k in ("mean", "std_error"))
            share = number(row["share_of_paths"])
            yield Found("regime", key, row["month"], a, share, z_share(a, e, peer["paths"], share, e * math.sqrt(worlds_ratio), our_paths))


def compare(folder, peer):
    """Everything that both know. Where greenlight writes no error, the peer's is scaled by the number of worlds."""
    with open(os.path.join(folder, "scenario.resolved.toml"), "rb") as file:
        simulation = tomllib.load(file)["simulation"]
    ratio, our_paths = peer["worlds"] / simulation["worlds"], simulation["worlds"] * simulation["paths_per_world"]
    found = list(outcomes(folder, peer, ratio)) + list(months(folder, peer, ratio, our_paths))
    return [f for f in found if f is not None and f.z is not None]


def beyond(found):
    return [f for f in found if not abs(f.z) <= (LIMIT_BY_BUYER if f.family == "month by buyer" else LIMIT)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("result")
    parser.add_argument("--all", action="store_true", help="print every comparison")
    a = parser.parse_args()
    with open(a.result) as file:
        peer = json.load(file)
    found = compare(a.folder, peer)
    whats = ["mean", "std_dev", "share_zero", "share_censored", "p10", "p50", "p90"]
    print(f"{'outcome':28} {peer['model']:>14} {'greenlight':>14}  z: {' '.join(f'{w[:9]:>9}' for w in whats)}")
    total = {}
    for f in found:
        if f.family == "outcome":
            total.setdefault(f.key.split("/")[0], {})[f.what] = f
    for key, cells in total.items():
        first = next(iter(cells.values()))
        print(f"{key:28} {first.peer:14.6g} {first.ours:14.6g}     {' '.join(f'{cells[w].z:9.2f}' if w in cells else ' ' * 9 for w in whats)}")
    print(f"\n{'family':18} {'compared':>8} {'|z|>2':>6} {'|z|>3':>6} {'|z|>4':>6} {'rms z':>6}   worst")
    for family in dict.fromkeys(f.family for f in found):
        part = [f for f in found if f.family == family]
        worst = max(part, key=lambda f: abs(f.z))
        over = [sum(abs(f.z) > k for f in part) for k in (2, 3, 4)]
        rms = math.sqrt(sum(min(abs(f.z), 99) ** 2 for f in part) / len(part))
        print(f"{family:18} {len(part):8} {over[0]:6} {over[1]:6} {over[2]:6} {rms:6.2f}   {worst.key} {worst.what}: {worst.z:.2f}")
    for f in found:
        if a.all or abs(f.z) > PASS:
            print(f"  {f.key + ' ' + f.what:44} {peer['model']} {f.peer:<14.8g} greenlight {f.ours:<14.8g} z {f.z:.2f}")
    bad = beyond(found)
    print(f"{peer['worlds']} worlds x {peer['paths_per_world']} paths: {peer['seconds']:.1f} s, {peer['ns_per_buyer_month']:.0f} ns per buyer-month")
    print("FAIL" if bad else "agree", f"({len(bad)} of {len(found)} beyond {LIMIT})")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
