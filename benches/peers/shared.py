"""What the peers in Python share: drawing what nobody knows, and summing up what came out. Simulating a path is each one's own."""

import json
import sys
import tomllib
from statistics import NormalDist

import numpy as np

BEIJING = ["frozen", "pending", "case_by_case", "open"]  # tightest to loosest
WASHINGTON = ["revoked", "waiting", "licensing"]
UNLIMITED = 1 << 60
P90 = NormalDist().inv_cdf(0.9)
MAX_LINE, MAX_TRANSIT = 36, 12


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


def refuse_all_but_baseline(scenario):
    refuse(scenario, {("requests", "behaviour"): "best_response", ("shipping", "rationing"): "proportional", ("h20", "units_per_month"): 0,
                      ("diplomacy", "loading"): 0, ("supply", "forbid_diversion"): False, ("domestic", "pairing_ratio"): 0,
                      ("shipping", "mainland_share"): 1, **{("buyers", b, "granted_at_start_chips"): 0 for b in scenario["buyers"]}})
    if scenario.get("events"):
        raise SystemExit("not supported here: events")


# ----------------------------------------------------------------------------------- worlds, for models that take them one by one


def normal_quantiles(p):
    inverse = NormalDist().inv_cdf
    return np.reshape([-np.inf if x <= 0 else np.inf if x >= 1 else inverse(x) for x in p.flat], p.shape)


def draw_worlds(scenario, rng, n):
    """One record for each world: what nobody knows, and what follows from it month by month."""
    inp, f = Inputs(scenario, rng, n), {}
    buyers, months = list(scenario["buyers"]), scenario["months"]
    t = np.arange(months)

    def many(table, **fields):
        for name, key in fields.items():
            f[name] = inp.real(table, key)

    def whole(table, **fields):
        for name, key in fields.items():
            f[name] = inp.whole(table, key)

    def of_buyers(key):
        return np.array([inp.real("buyers", b, key) for b in buyers]).T

    def flags(key):
        return np.tile([int(scenario["buyers"][b][key]) for b in buyers], (n, 1))  # Numba has no nested arrays of bool

    whole("supply", inv0="stock_chips", line="line_months", s_min="minimum_starts_per_month")
    many("supply", y_inf="yield_share", y_gap="yield_gap_at_start_share", nu="yield_learning_chips", kappa_y="yield_concentration",
         sigma_c="capacity_log_std_dev", phi_c="capacity_persistence", sq_on="squeeze_begins_per_month", sq_off="squeeze_ends_per_month",
         sq_q="squeeze_capacity_ratio", omega="build_ahead_share", c_s="us_cover_months", pause="pause_share_when_frozen")
    f["wip0"] = np.floor(f["s_min"] * inp.real("supply", "line_fill_ratio")).astype(np.int64)
    f["squeezed"] = np.full(n, scenario["supply"]["squeezed_at_start"])
    c_max = np.minimum.reduce([
        inp.real("supply", "wafers_per_month") * inp.real("supply", "dies_per_wafer"),
        inp.real("supply", "packaging_wafers_per_month") * inp.real("supply", "packages_per_wafer"),
        inp.real("supply", "memory_stacks_per_month") / inp.real("supply", "memory_stacks_per_chip")])[:, None]
    b0, b1, t_r, tau_r = (inp.real("supply", k)[:, None] for k in ("newer_chips_share_at_start", "newer_chips_share_later", "ramp_start_months", "ramp_months"))
    f["capacity"] = c_max * (1 - b1 - (b0 - b1) * np.exp(-np.maximum(t + 1 - t_r, 0) / tau_r)) * np.exp(-f["sigma_c"] ** 2 / 2)[:, None]
    d0, decline = (inp.real("us_market", k)[:, None] for k in ("demand_chips_per_month", "decline_per_month"))
    f["us_demand"] = np.floor(d0 * (1 - decline) ** t).astype(np.int64)
    many("us_market", us_share="us_share", c_row="cover_months")
    whole("us_market", us0="base_shipped_chips")
    f["row0"] = np.floor(f["us0"] / f["us_share"]).astype(np.int64)

    many("washington", eta_u="visibility_hazard", ell="licence_per_month", ceiling="ceiling_share")
    whole("washington", n_0="licence_minimum_months", cap="customer_cap_chips")
    f["fee_bp"] = np.rint(inp.real("washington", "fee_share") * 10_000).astype(np.int64)
    u = np.array([[inp.real("washington", "transitions", a, b) for b in WASHINGTON] for a in WASHINGTON]).transpose(2, 0, 1)
    f["u_cum"] = np.cumsum(u / u.sum(2, keepdims=True), 2)
    f["u0"] = np.full(n, WASHINGTON.index(scenario["washington"]["start"]))

    many("beijing", eta_b="visibility_hazard", gamma_u="training_weight", gamma_v="size_weight", size_ref="size_reference_chips", conv="confirmed_share")
    whole("beijing", cooling="cooling_off_months")
    rho = inp.real("beijing", "correlation")
    f["common"], f["own"] = np.sqrt(rho), np.sqrt(1 - rho)
    types = scenario["beijing"]["types"]
    weights = np.array([inp.real("beijing", "types", k, "weight") for k in types])
    kind = (rng.uniform(size=n) > np.cumsum(weights / weights.sum(0), 0)[:-1]).sum(0)
    loosen, tighten, lot_x, clear_x = (np.array([inp.real("beijing", "types", k, key) for k in types])[kind, np.arange(n)]
                                       for key in ("loosen_ratio", "tighten_ratio", "lot_ratio", "clear_ratio"))
    case = BEIJING.index("case_by_case")
    b = np.array([[inp.real("beijing", "transitions", a, c) for c in BEIJING] for a in BEIJING]).transpose(2, 0, 1)
    off = np.triu(b, 1) * loosen[:, None, None] + np.tril(b, -1) * tighten[:, None, None]
    off /= np.maximum(off.sum(2, keepdims=True), 1)
    f["b_cum"] = np.cumsum(off + np.eye(4) * (1 - off.sum(2, keepdims=True)), 2)
    f["b0"] = np.full(n, BEIJING.index(scenario["beijing"]["start"]))
    approve, refused, f["mu"], f["kappa"], clear, lot = (
        np.array([inp.real("beijing", "regimes", r, key) for r in BEIJING]).T.copy()
        for key in ("approve_per_month", "refuse_per_month", "granted_share", "granted_concentration", "clear_per_month", "lot_chips"))
    clear[:, case] = np.minimum(1, clear[:, case] * clear_x)
    f["approve"], f["refuse"], f["clear"] = normal_quantiles(approve), normal_quantiles(1 - refused), normal_quantiles(clear)
    lot[:, case] = np.where(lot[:, case] >= UNLIMITED, UNLIMITED, np.floor(lot[:, case]) * lot_x)
    ahead = lot * inp.real("shipping", "lots_ahead")[:, None]
    f["ahead"] = np.where(lot >= UNLIMITED, UNLIMITED, np.floor(ahead)).astype(np.int64)
    f["lot"] = np.floor(lot).astype(np.int64)

    scale, pent = inp.real("needs", "scale")[:, None], inp.real("needs", "pent_up_months")[:, None]
    many("needs", sigma_d="log_std_dev", lapse="lapse_per_month")
    many("requests", iota="preferred_inference_share", c_u="shortage_cost", c_o="surplus_cost", r="order_cost", s="belief_log_std_dev",
         m_0="belief_at_start_share", lambda_m="belief_learning_share", lambda_0="belief_recovery_share", theta_max="largest_inflation_ratio",
         psi="cancel_per_month", chi="prepayment_strength")
    whole("requests", tranche="tranche_chips")
    whole("shipping", transit="transit_months", lab="laboratory_chips_per_month")
    for name, key in dict(tau="training_share", denial="us_denial", favour="favour", grey="grey_share_per_month").items():
        f[name] = of_buyers(key)
    f["visible"] = 1 - of_buyers("discretion_share")
    f["mandate"], f["may_approve"], f["may_license"] = flags("domestic_mandate"), flags("beijing_may_approve"), flags("us_may_license")
    milli = 1000 * of_buyers("need_per_month") * scale
    wanted = milli * (f["tau"] + f["iota"][:, None] * (1 - f["tau"]))
    f["w0"] = np.floor(pent * milli).astype(np.int64)
    f["plan"] = wanted * inp.real("requests", "horizon_months")[:, None]
    growth = (1 + inp.real("needs", "growth_per_month")[:, None]) ** t * np.exp(-f["sigma_d"] ** 2 / 2)[:, None]
    f["new_need"] = milli[:, None, :] * growth[:, :, None]
    asks = f["may_approve"] * f["may_license"]
    quota = inp.real("beijing", "quota_share") * inp.real("beijing", "assessment_ratio") * (wanted * asks).sum(1) / 1000
    f["quota"] = np.floor(np.minimum(quota, UNLIMITED)).astype(np.int64)

    dom0, dom_g = (inp.real("domestic", k)[:, None] for k in ("units_per_month", "growth_per_month"))
    many("domestic", sigma_dom="log_std_dev", s_i="inference_accepted_share", s_t="training_accepted_share", dom_max="maximum_units_per_month")
    f["dom"] = dom0 * (1 + dom_g) ** t * np.exp(-f["sigma_dom"] ** 2 / 2)[:, None]
    f["e_i"], f["e_t"] = (np.floor(1000 * inp.real("domestic", k) + 1e-9).astype(np.int64) for k in ("inference_ratio", "training_ratio"))
    many("grey_market", delta="diverted_per_month", enforce="enforcement_ratio", eps="premium_elasticity", zeta_g="scarcity_elasticity",
         pi_ref="reference_premium", pi_s="seized_share")
    whole("money", price="price_usd", cost="build_cost_usd", opportunity="opportunity_cost_usd", salvage="salvage_usd")
    many("compute", mfu="utilisation_share", b300="b300_ratio")
    if f["line"].max() > MAX_LINE or f["transit"].max() > MAX_TRANSIT:
        raise SystemExit("the line or the transit is too long")
    worlds = np.empty(n, [(k, v.dtype, v.shape[1:]) for k, v in f.items()])
    for k, v in f.items():
        worlds[k] = v
    return worlds


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
    # The delta method is blind to a tail that few worlds have not met.
    r["std_dev_std_error"] = e / (2 * r["std_dev"]) if r["std_dev"] and worlds >= 200 else None
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
