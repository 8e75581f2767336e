"""What the peers in Python share: drawing what nobody knows, and summing up what came out. The models themselves share nothing."""

import json
import sys
import tomllib

import numpy as np

BEIJING = ["frozen", "pending", "case_by_case", "open"]  # tightest to loosest
WASHINGTON = ["revoked", "waiting", "licensing"]
UNLIMITED = 1 << 60
P90 = 1.2815515655446004  # of the standard normal


def load(path):
    with open(path, "rb") as file:
        return tomllib.load(file)


def draw(rng, spec, n):
    """n draws of a number that may be uncertain."""
    if not isinstance(spec, dict):
        return np.full(n, UNLIMITED if spec == "unlimited" else spec, float)
    if "value" in spec:
        return draw(rng, spec["value"], n)
    if "truncate" in spec:
        low, high = spec["truncate"]
        free = {k: v for k, v in spec.items() if k != "truncate"}
        x = draw(rng, free, n)
        while (out := (x < low) | (x > high)).any():
            x[out] = draw(rng, free, int(out.sum()))
        return x
    if "pert" in spec:
        a, m, c = spec["pert"]
        return a + (c - a) * rng.beta(1 + 4 * (m - a) / (c - a), 1 + 4 * (c - m) / (c - a), n)
    if "uniform" in spec:
        return rng.uniform(*spec["uniform"], n)
    if "triangular" in spec:
        return rng.triangular(*spec["triangular"], n)
    if "normal" in spec:
        return rng.normal(spec["normal"]["mean"], spec["normal"]["std_dev"], n)
    if "lognormal" in spec:
        low, high = np.log(spec["lognormal"]["p10"]), np.log(spec["lognormal"]["p90"])
        return np.exp(rng.normal((low + high) / 2, (high - low) / (2 * P90), n))
    if "metalog" in spec:
        s = spec["metalog"]
        if "upper" in s or s.get("lower", 0) != 0:
            raise SystemExit("only metalogs bounded below at 0")
        q10, q50, q90 = np.log([s["p10"], s["p50"], s["p90"]])
        y = rng.uniform(size=n)
        odds = np.log(y / (1 - y))
        return np.exp(q50 + (q90 - q10) / (2 * np.log(9)) * odds + (q90 + q10 - 2 * q50) / (0.8 * np.log(9)) * (y - 0.5) * odds)
    if "beta" in spec:
        s = spec["beta"]
        low, high = s.get("min", 0), s.get("max", 1)
        return low + (high - low) * rng.beta(s["alpha"], s["beta"], n)
    if "choice" in spec:
        values, chances = zip(*spec["choice"].items())
        chances = np.array(chances, float)
        return rng.choice(np.array(values, float), n, p=chances / chances.sum())
    raise SystemExit(f"unknown kind of number: {spec}")


class Inputs:
    """Every number of a scenario, one draw for each world."""

    def __init__(self, scenario, rng, worlds):
        self.scenario, self.rng, self.worlds = scenario, rng, worlds

    def real(self, *path):
        node = self.scenario
        for key in path:
            node = node[key]
        return draw(self.rng, node, self.worlds)

    def whole(self, *path):
        return np.floor(self.real(*path)).astype(np.int64)


def refuse(scenario, wanted):
    """Ends the program if a number is not at the only value a model knows."""
    wrong = []
    for path, value in wanted.items():
        node = scenario
        for key in path:
            node = node[key]
        if (node["value"] if isinstance(node, dict) and "value" in node else node) != value:
            wrong.append(".".join(path))
    if scenario.get("dependence"):
        wrong.append("dependence")
    if wrong:
        raise SystemExit("not supported here: " + ", ".join(wrong))


# ---------------------------------------------------------------------------------------------------------------- summary


def clustered(x, worlds):
    """Mean and standard error of a ratio of world totals; undefined paths left out."""
    x = x.reshape(worlds, -1)
    ok = ~np.isnan(x)
    size, total = ok.sum(1), np.where(ok, x, 0).sum(1)
    if size.sum() == 0:
        return None, None
    mean = total.sum() / size.sum()
    residual = total - mean * size
    return float(mean), float(np.sqrt((residual**2).sum() * worlds / max(worlds - 1, 1)) / size.sum())


def quantile(x, q):
    return float(np.quantile(x, q, method="inverted_cdf")) if x.size else None


def summarise(x, worlds, censored_at=None):
    x = x.astype(float)
    by_world = x.reshape(worlds, -1)
    known = x[~np.isnan(x)]
    mean, error = clustered(x, worlds)
    zero, zero_error = clustered(np.where(np.isnan(x), np.nan, x == 0), worlds)
    r = {"paths": int(known.size), "mean": mean, "std_error": error, "share_zero": zero, "share_zero_std_error": zero_error}
    centre = known.mean() if known.size else 0
    r["std_dev"] = float(known.std(ddof=1)) if known.size > 1 else None
    _, e = clustered((x - centre) ** 2, worlds)  # delta method
    r["std_dev_std_error"] = e / (2 * r["std_dev"]) if r["std_dev"] else None
    batches = np.array_split(by_world, min(25, worlds))
    for q in (0.1, 0.5, 0.9):
        name = f"p{round(100 * q)}"
        r[name] = quantile(known, q)
        parts = [quantile(part[~np.isnan(part)], q) for part in batches]
        parts = [p for p in parts if p is not None]
        r[name + "_std_error"] = float(np.std(parts, ddof=1) / np.sqrt(len(parts))) if len(parts) > 1 else None
    if censored_at is not None:
        r["mean"] = r["std_error"] = r["std_dev"] = r["std_dev_std_error"] = None
        r["share_censored"], r["share_censored_std_error"] = clustered(x == censored_at, worlds)
    return r


def result(model, scenario, worlds, paths, seconds, cpu_seconds, outcomes, monthly, **more):
    """What a peer prints. outcomes: {(key, buyer): array over paths}; monthly: {key: {"mean": […], "std_error": […], …}}."""
    months, buyers = scenario["months"], len(scenario["buyers"])
    summary = {}
    for (key, buyer), x in outcomes.items():
        summary.setdefault(key, {})[buyer] = summarise(x, worlds, months + 1 if key in ("t_first", "t_5k", "t_100k") else None)
    return {
        "model": model, "seconds": seconds, "cpu_seconds": cpu_seconds, "worlds": worlds, "paths_per_world": paths, "paths": worlds * paths,
        "ns_per_buyer_month": 1e9 * seconds / (worlds * paths * months * buyers), **more, "outcomes": summary, "monthly": monthly,
    }


def show(answer):
    json.dump(answer, sys.stdout, indent=1)
    print()
