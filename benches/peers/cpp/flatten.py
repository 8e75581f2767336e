#!/usr/bin/env python3
"""Turn the resolved scenario of a run into flat lines: key kind numbers…

    flatten.py RUN/scenario.resolved.toml > params.txt
"""
import sys
import tomllib

KINDS = {"value", "uniform", "pert", "triangular", "normal", "lognormal", "metalog", "beta", "choice", "empirical"}


def number(x):
    return repr(float(x))


def flat(key, v):
    if isinstance(v, bool):
        return f"{key} bool {int(v)}"
    if isinstance(v, (int, float)):
        return f"{key} fixed {number(v)}"
    if isinstance(v, str):
        return f"{key} unlimited" if v == "unlimited" else f"{key} text {v.replace(' ', '_')}"
    kind = next(k for k in v if k in KINDS)
    x = v[kind]
    if kind == "value":
        out = flat(key, x)
    elif kind in ("uniform", "pert", "triangular"):
        out = f"{key} {kind} " + " ".join(map(number, x))
    elif kind == "lognormal":
        out = f"{key} lognormal {number(x['p10'])} {number(x['p90'])}"
    elif kind == "normal":
        out = f"{key} normal {number(x['mean'])} {number(x['std_dev'])}"
    elif kind == "beta":
        out = f"{key} beta {number(x['alpha'])} {number(x['beta'])} {number(x.get('min', 0))} {number(x.get('max', 1))}"
    elif kind == "metalog":
        lower = float(x.get("lower", 0))
        if lower != 0 or "upper" in x:
            sys.exit(f"{key}: only a metalog from 0 without upper end is supported")
        out = f"{key} metalog {number(x['p10'])} {number(x['p50'])} {number(x['p90'])}"
    elif kind == "choice":
        out = f"{key} choice {len(x)} " + " ".join(f"{number(a)} {number(p)}" for a, p in x.items())
    else:
        sys.exit(f"{key}: {kind} is not supported")
    if "truncate" in v:
        out += " truncate " + " ".join(map(number, v["truncate"]))
    return out


def walk(prefix, table, lines):
    for k, v in table.items():
        key = f"{prefix}{k}"
        if isinstance(v, dict) and not (KINDS & v.keys()):
            walk(key + ".", v, lines)
        elif isinstance(v, (dict, bool, int, float, str)) and not key.endswith(".name"):
            lines.append(flat(key, v))


def main():
    with open(sys.argv[1], "rb") as f:
        s = tomllib.load(f)
    if s.get("events") or s.get("dependence"):
        sys.exit("events and dependence are not supported")
    year, month = map(int, s["start"].split("-"))
    lines = [f"start.year fixed {year}", f"start.month fixed {month}", f"months fixed {s['months']}"]
    tables = ("supply", "us_market", "washington", "beijing", "diplomacy", "buyers", "needs", "requests", "shipping",
              "domestic", "h20", "grey_market", "money", "compute")
    for t in tables:
        walk(t + ".", s[t], lines)
    print("\n".join(lines))


main()
