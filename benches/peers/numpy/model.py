"""The baseline model once more, in vectorised NumPy: an independent check and a yardstick of speed.

    python model.py SCENARIO.resolved.toml --worlds 1000 --paths 20 --seed 1 [--books] > result.json

Written from the model's specification (equations, order of events, rationing, outcomes), not from the Rust code. Laws must agree,
draws need not. Arrays run over paths, shape (buyers, paths) where buyers matter; the loop is over months.

It knows what the baseline uses, and initial grants, customer caps, pairing and Hong Kong besides. Left out, and refused: other
rationing rules and behaviours, the laboratory, H20, diplomacy, the strict foundry certificate, dependence between inputs.
"""

import argparse
import os
import sys
import time

import numpy as np
from scipy.special import ndtr, ndtri

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from shared import BEIJING, UNLIMITED, WASHINGTON, Inputs, load, refuse, result, show

F, P, C, O = range(4)  # Beijing, tightest to loosest
R, W, L = range(3)  # Washington, tightest to loosest
TPP_H200, TPP_910C = 15_832, 12_032
I = np.int64


# -------------------------------------------------------------------------------------------------------------- rationing


def proportional(q, supply):
    """Largest remainders, ties to the lower index. q: (buyers, paths), supply: (paths)."""
    total = q.sum(0)
    short = np.flatnonzero(total > supply)
    if short.size == 0:
        return q
    a = q.copy()
    qs, s, t = q[:, short], supply[short], total[short]
    share, remainder = np.divmod(qs * s, t)
    order = np.argsort(-remainder, axis=0, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(len(q))[:, None], axis=0)
    a[:, short] = share + (rank < s - share.sum(0))
    return a


def best_response(m, c_u, c_o, r, s, theta_max):
    """Order inflation under proportional rationing; 0 where a buyer stays out."""
    mu = np.log(m) - s * s / 2
    m1 = m * ndtr((-mu - s * s) / s) + ndtr(mu / s)
    argument = (r + c_o * m1) / ((c_u + c_o) * m)
    k = np.exp(mu + s * s + s * ndtri(np.minimum(argument, 1 - 1e-16)))
    theta = np.where(argument >= 1, 1, np.maximum(1, 1 / k))
    return np.where(r >= c_u * m1, 0, np.minimum(theta, theta_max))


def beta_binomial(rng, n, mean, concentration):
    return rng.binomial(n, rng.beta(mean * concentration, (1 - mean) * concentration))


# ------------------------------------------------------------------------------------------------------------- simulation


def simulate(scenario, rng, worlds, paths, books=False):
    """One chunk of worlds. Returns outcomes by path, and monthly totals and their mean squares by world."""
    inp = Inputs(scenario, rng, worlds)
    n = worlds * paths
    months = scenario["months"]
    keys = list(scenario["buyers"])
    nb = len(keys)
    world = np.repeat(np.arange(worlds), paths)
    at = np.arange(n)

    def real(*path):
        return inp.real(*path)[world]

    def whole(*path):
        return inp.whole(*path)[world]

    def per_buyer(key):
        x = np.array([inp.real("buyers", k, key) for k in keys])
        return x[:, :1].copy() if (x == x[:, :1]).all() else x[:, world]

    def flags(key):
        return np.array([scenario["buyers"][k][key] for k in keys])

    # buyers
    need = per_buyer("need_per_month")
    tau = per_buyer("training_share")
    denial = per_buyer("us_denial")
    favour = per_buyer("favour")
    visible = 1 - per_buyer("discretion_share")
    grey_share = per_buyer("grey_share_per_month")
    mandate = flags("domestic_mandate")[:, None]
    eligible = (flags("beijing_may_approve") & flags("us_may_license"))[:, None]

    # supply
    stock0, line_months = whole("supply", "stock_chips"), whole("supply", "line_months")
    s_min = whole("supply", "minimum_starts_per_month")
    y_inf, y_gap, nu = real("supply", "yield_share"), real("supply", "yield_gap_at_start_share"), real("supply", "yield_learning_chips")
    kappa_y = real("supply", "yield_concentration")
    c_max = np.minimum.reduce([
        real("supply", "wafers_per_month") * real("supply", "dies_per_wafer"),
        real("supply", "packaging_wafers_per_month") * real("supply", "packages_per_wafer"),
        real("supply", "memory_stacks_per_month") / real("supply", "memory_stacks_per_chip"),
    ])
    b0, b1 = real("supply", "newer_chips_share_at_start"), real("supply", "newer_chips_share_later")
    t_r, tau_r = real("supply", "ramp_start_months"), real("supply", "ramp_months")
    sigma_c, phi_c = real("supply", "capacity_log_std_dev"), real("supply", "capacity_persistence")
    sq_on, sq_off, sq_q = (real("supply", "squeeze_" + k) for k in ("begins_per_month", "ends_per_month", "capacity_ratio"))
    omega, c_s, pause = real("supply", "build_ahead_share"), real("supply", "us_cover_months"), real("supply", "pause_share_when_frozen")
    d0, decline = real("us_market", "demand_chips_per_month"), real("us_market", "decline_per_month")
    us_share, c_row = real("us_market", "us_share"), real("us_market", "cover_months")

    # governments
    eta_u, eta_b = real("washington", "visibility_hazard"), real("beijing", "visibility_hazard")
    n_0, ell = whole("washington", "licence_minimum_months"), real("washington", "licence_per_month")
    cap = whole("washington", "customer_cap_chips")
    ceiling, fee = real("washington", "ceiling_share"), real("washington", "fee_share")
    fee_bp = np.rint(fee * 10_000).astype(I)
    w_cum = np.array([[inp.real("washington", "transitions", a, b) for b in WASHINGTON] for a in WASHINGTON])
    w_cum = np.moveaxis(np.cumsum(w_cum / w_cum.sum(1, keepdims=True), 1), 2, 0)  # (world, from, to)
    types = scenario["beijing"]["types"]
    weights = np.array([inp.real("beijing", "types", k, "weight") for k in types])
    kind = (rng.uniform(size=worlds) > np.cumsum(weights / weights.sum(0), 0)[:-1]).sum(0)

    def of_type(key):
        return np.array([inp.real("beijing", "types", k, key) for k in types])[kind, np.arange(worlds)]

    matrix = np.array([[inp.real("beijing", "transitions", a, b) for b in BEIJING] for a in BEIJING])
    matrix = np.moveaxis(matrix / matrix.sum(1, keepdims=True), 2, 0)
    loosen, tighten = of_type("loosen_ratio")[:, None, None], of_type("tighten_ratio")[:, None, None]
    off = np.triu(matrix, 1) * loosen + np.tril(matrix, -1) * tighten
    off /= np.maximum(off.sum(2, keepdims=True), 1)
    b_cum = np.cumsum(off + np.eye(4) * (1 - off.sum(2, keepdims=True)), 2)

    def by_regime(key):
        return np.array([inp.real("beijing", "regimes", b, key) for b in BEIJING])

    approve_z = ndtri(by_regime("approve_per_month"))  # -inf at 0: never
    refuse_z = ndtri(1 - by_regime("refuse_per_month"))  # +inf at 0: never
    granted, concentration = by_regime("granted_share"), by_regime("granted_concentration")
    clear, lot = by_regime("clear_per_month"), by_regime("lot_chips")
    clear[C] = np.minimum(1, clear[C] * of_type("clear_ratio"))
    clear_z = ndtri(clear)
    lots_ahead = inp.real("shipping", "lots_ahead")
    lot[C] = np.where(lot[C] >= UNLIMITED, UNLIMITED, np.floor(np.floor(lot[C]) * of_type("lot_ratio")))
    ahead = np.where(lot >= UNLIMITED, UNLIMITED, np.floor(lot * lots_ahead)).astype(I)
    lot = lot.astype(I)
    rho = real("beijing", "correlation")
    common, own = np.sqrt(rho), np.sqrt(1 - rho)
    gamma_u, gamma_v = real("beijing", "training_weight"), real("beijing", "size_weight")
    size_ref = real("beijing", "size_reference_chips")
    cooling = whole("beijing", "cooling_off_months")
    conv = real("beijing", "confirmed_share")

    # needs and requests
    scale = real("needs", "scale")
    growth, sigma_d = real("needs", "growth_per_month"), real("needs", "log_std_dev")
    lapse, pent = real("needs", "lapse_per_month"), real("needs", "pent_up_months")
    iota, horizon = real("requests", "preferred_inference_share"), real("requests", "horizon_months")
    tranche = whole("requests", "tranche_chips")
    c_u, c_o, r = real("requests", "shortage_cost"), real("requests", "surplus_cost"), real("requests", "order_cost")
    s_m, theta_max = real("requests", "belief_log_std_dev"), real("requests", "largest_inflation_ratio")
    m_0, lam_m, lam_0 = (real("requests", "belief_" + k) for k in ("at_start_share", "learning_share", "recovery_share"))
    psi, chi = real("requests", "cancel_per_month"), real("requests", "prepayment_strength")
    wanted = need * scale * (tau + iota * (1 - tau))  # H200 a month each buyer would want
    quota = np.floor(np.minimum(real("beijing", "quota_share") * real("beijing", "assessment_ratio")
                                * (wanted * eligible).sum(0), UNLIMITED)).astype(I)
    ahead_need = np.floor(1000 * horizon * wanted).astype(I)
    transit = int(inp.whole("shipping", "transit_months")[0])

    mainland_share, offshore_room = real("shipping", "mainland_share"), whole("shipping", "offshore_cap_chips")

    # domestic chips, grey market, money
    dom0, dom_g, dom_sigma = real("domestic", "units_per_month"), real("domestic", "growth_per_month"), real("domestic", "log_std_dev")
    dom_max = real("domestic", "maximum_units_per_month")
    kappa_p = real("domestic", "pairing_ratio")
    e_i = np.floor(1000 * real("domestic", "inference_ratio") + 1e-9).astype(I)
    e_t = np.floor(1000 * real("domestic", "training_ratio") + 1e-9).astype(I)
    s_i, s_t = real("domestic", "inference_accepted_share"), real("domestic", "training_accepted_share")
    delta, enforce = real("grey_market", "diverted_per_month"), real("grey_market", "enforcement_ratio")
    eps_g, zeta_g = real("grey_market", "premium_elasticity"), real("grey_market", "scarcity_elasticity")
    pi_ref, pi_s = real("grey_market", "reference_premium"), real("grey_market", "seized_share")
    price = whole("money", "price_usd")
    build, opportunity, salvage = whole("money", "build_cost_usd"), whole("money", "opportunity_cost_usd"), whole("money", "salvage_usd")

    events = {}
    start_year, start_month = (int(x) for x in scenario["start"].split("-"))
    for e in scenario.get("events", []):
        y, m = (int(x) for x in e["month"].split("-"))
        events.setdefault(12 * (y - start_year) + m - start_month + 1, []).append(e)

    # state
    b = np.full(n, BEIJING.index(scenario["beijing"]["start"]))
    u = np.full(n, WASHINGTON.index(scenario["washington"]["start"]))
    squeezed = np.full(n, scenario["supply"]["squeezed_at_start"])
    noise = sigma_c * rng.standard_normal(n)
    bin0 = np.floor(s_min * real("supply", "line_fill_ratio")).astype(I)
    wip = np.where(np.arange(line_months.max())[:, None] < line_months, bin0, 0)
    inv = stock0.copy()
    us_shipped = whole("us_market", "base_shipped_chips")
    row = np.floor(us_shipped / us_share).astype(I)
    row0 = row.copy()

    def per_path():
        return np.zeros((nb, n), I)

    pend, back, delivered, cancelled, refused, requested, shipped, granted_sum, confirmed = (per_path() for _ in range(9))
    domestic, grey, licence, cool = (per_path() for _ in range(4))
    licensed = np.zeros((nb, n), bool)
    at_start = np.array([whole("buyers", k, "granted_at_start_chips") for k in keys])
    back += np.floor(conv * at_start).astype(I)  # counted as granted; the rest waits to be granted again
    pend += at_start - back
    for count in (granted_sum, confirmed):
        count += back
    requested += at_start
    tran = np.zeros((transit + 1, nb, n), I)
    w0 = np.floor(pent * 1000 * need * scale).astype(I)
    wt = np.floor(tau * w0).astype(I)
    wi = w0 - wt
    generated, lapsed, served = w0.copy(), per_path(), per_path()
    wanted_sum = np.floor(tau * w0 + iota * (1 - tau) * w0)
    dealers, seized, scrap, starts_sum, good_sum = (np.zeros(n, I) for _ in range(5))
    belief = m_0.copy()
    visible_last = np.zeros(n)
    landed_last = delta * row0 * (1 - pi_s)
    gross_sum, take_sum, ships_sum, could_ship_sum = (np.zeros(n, I) for _ in range(4))
    theta_sum, premium_sum, months_open = np.zeros(n), np.zeros(n), np.zeros(n, I)
    start_1, start_2, new_1, new_2 = (np.zeros(n) for _ in range(4))
    first = {k: np.full(n, months + 1) for k in ("t_first", "t_5k", "t_100k")}
    first_buyer = np.full((nb, n), months + 1)
    out, monthly, squares, quarters = {}, {}, {}, {}

    def addressable():
        a = np.maximum(wt, 0) + np.floor(iota * np.maximum(wi, 0)).astype(I) + ahead_need + np.minimum(wt, 0) + np.minimum(wi, 0)
        return np.maximum(a, 0)

    def serve(chips):
        """Training first, then inference; the surplus is stocked ahead."""
        nonlocal wt, wi
        milli = 1000 * chips
        training = np.minimum(milli, np.maximum(wt, 0))
        wt -= training
        wi -= milli - training
        return training

    def buy(units):
        """Domestic chips: inference first."""
        nonlocal wt, wi, served
        to_inference = np.minimum(units, -(-np.maximum(wi, 0) // e_i))
        wi -= e_i * to_inference
        wt -= e_t * (units - to_inference)
        served += e_i * to_inference + e_t * (units - to_inference)
        return units

    training_stock, training_months = np.zeros(n), np.zeros(n)

    for t in range(1, months + 1):
        # E1 policy
        before = u
        b = (rng.uniform(size=n)[:, None] >= b_cum[world, b, :3]).sum(1)
        b[rng.uniform(size=n) < -np.expm1(-eta_b * visible_last)] = F
        u = (rng.uniform(size=n)[:, None] >= w_cum[world, u, :2]).sum(1)
        u[rng.uniform(size=n) < -np.expm1(-eta_u * visible_last)] = R
        for e in events.get(t, []):
            if "beijing" in e:
                b[:] = BEIJING.index(e["beijing"])
            if "washington" in e:
                u[:] = WASHINGTON.index(e["washington"])
        entered = (u == R) & (before != R)
        if entered.any():
            returned = tran[:, :, entered].sum(0)
            inv[entered] += returned.sum(0)
            back[:, entered] += returned
            shipped[:, entered] -= returned
            tran[:, :, entered] = 0
            licence[:, entered] = 0
            licensed[:, entered] = False

        # E2 the line: finish, then start
        d_t = np.floor(d0 * (1 - decline) ** (t - 1)).astype(I)
        slot = (t - 1) % line_months
        finishing = wip[slot, at]
        good = beta_binomial(rng, finishing, y_inf - y_gap * np.exp(-starts_sum / nu), kappa_y)
        scrapped = finishing - good
        scrap += scrapped
        good_sum += good
        inv += good
        wip[slot, at] = 0
        noise = phi_c * noise + sigma_c * np.sqrt(1 - phi_c**2) * rng.standard_normal(n)
        squeezed = np.where(squeezed, rng.uniform(size=n) >= sq_off, rng.uniform(size=n) < sq_on)
        newer = b1 + (b0 - b1) * np.exp(-np.maximum(t - t_r, 0) / tau_r)
        capacity = np.floor(c_max * (1 - newer) * np.exp(noise - sigma_c**2 / 2) * np.where(squeezed, sq_q, 1)).astype(I)
        target = back.sum(0) + omega * pend.sum(0) + c_s * d_t - inv - wip.sum(0)
        target = np.floor(np.where(b == F, target * (1 - pause), target)).astype(I)
        start = np.minimum(np.maximum(target, s_min), capacity)
        wip[slot, at] = start
        starts_sum += start

        # E3 US and allied customers
        sale = np.minimum(inv, d_t)
        inv -= sale
        row += sale
        us_shipped += np.floor(us_share * sale).astype(I)

        # E4 needs lapse, then grow
        gone_t = np.floor(lapse * np.maximum(wt, 0)).astype(I)
        gone_i = np.floor(lapse * np.maximum(wi, 0)).astype(I)
        new = np.floor(1000 * need * scale * (1 + growth) ** (t - 1)
                       * np.exp(sigma_d * rng.standard_normal((nb, n)) - sigma_d**2 / 2)).astype(I)
        new_t = np.floor(tau * new).astype(I)
        wt += new_t - gone_t
        wi += new - new_t - gone_i
        generated += new
        lapsed += gone_t + gone_i
        wanted_sum += new_t + np.floor(iota * (new - new_t))

        # E5 domestic chips: mandates first
        pool = np.floor(np.minimum(dom_max, dom0 * (1 + dom_g) ** (t - 1)
                                   * np.exp(dom_sigma * rng.standard_normal(n) - dom_sigma**2 / 2))).astype(I)
        units_i, units_t = -(-np.maximum(wi, 0) // e_i), -(-np.maximum(wt, 0) // e_t)
        paired = np.maximum(np.floor(kappa_p * (back + shipped)).astype(I) - domestic, 0)
        first_tier = proportional(np.where(mandate, units_i + units_t, paired), pool)
        domestic += buy(first_tier)
        ask = np.floor(s_i * np.maximum(wi, 0) / e_i).astype(I) + np.floor(s_t * np.maximum(wt, 0) / e_t).astype(I)
        domestic += buy(proportional(np.where(mandate, 0, ask), pool - first_tier.sum(0)))

        # E6 requests
        theta = best_response(belief, c_u, c_o, r, s_m, theta_max)
        may_ask = eligible & (cool == 0) & (b != F) & (u != R) & (theta > 0)
        wish = np.floor(theta * addressable() / 1000).astype(I)
        ask = np.where(may_ask, np.clip(wish - pend - back - tran.sum(0), 0, tranche), 0)
        pend += ask
        requested += ask
        asked_now = ask.sum(0)
        if t == 1:
            asked_per_need = 1000 * ((pend + back) * eligible).sum(0) / np.maximum((addressable() * eligible).sum(0), 1)
        cool = np.maximum(cool - 1, 0)

        # E7 US licences
        running = (u == L) & eligible & ~licensed & ((licence > 0) | (pend + back > 0))
        licence += running
        decided = running & (licence > n_0) & (rng.uniform(size=(nb, n)) < ell * (1 - denial))
        licensed |= decided

        # E8 Beijing's review
        mood = rng.standard_normal(n)
        x = common * mood + own * rng.standard_normal((nb, n))
        bt, bi = np.maximum(wt, 1), np.maximum(wi, 1)
        shift = (gamma_u * (bt / (bt + bi) - 0.5) + favour
                 - gamma_v * visible * np.log(np.maximum(pend / size_ref, 1)))
        yes = (pend > 0) & (x < approve_z[b, world] + shift)
        no = (pend > 0) & ~yes & (x > refuse_z[b, world] + np.maximum(shift, -1))
        grant = per_path()
        who, where = np.nonzero(yes)
        if who.size:
            grant[who, where] = beta_binomial(rng, pend[who, where], granted[b[where], world[where]], concentration[b[where], world[where]])
        grant = proportional(grant, np.where(b == C, quota, UNLIMITED))
        order = np.floor(conv * grant).astype(I)
        pend -= grant
        back += order
        cancelled += grant - order
        granted_sum += grant
        confirmed += order
        refused += np.where(no, pend, 0)
        pend[no] = 0
        cool = np.where(no, cooling, cool)

        # E9 allocation and shipping
        with np.errstate(divide="ignore", invalid="ignore"):
            pairs = np.where(kappa_p > 0, np.minimum(np.floor(domestic / kappa_p), UNLIMITED), UNLIMITED).astype(I)
        limit = np.minimum.reduce([back, np.maximum(ahead[b, world] - tran.sum(0), 0), np.maximum(np.minimum(cap, pairs) - shipped, 0)])
        q = np.where(licensed & (u == L) & (b != F), limit, 0)
        headroom = np.maximum(np.floor(np.minimum(ceiling * us_shipped, UNLIMITED)).astype(I) - shipped.sum(0), 0)
        supply = np.minimum(np.maximum(inv - np.ceil(c_row * d_t).astype(I), 0), headroom)
        ship = proportional(q, supply)
        back -= ship
        shipped += ship
        tran[0] += ship
        q_sum, ship_sum = q.sum(0), ship.sum(0)
        inv -= ship_sum
        any_q = q_sum > 0
        belief = np.where(any_q, (1 - lam_m) * belief + lam_m * ship_sum / np.maximum(q_sum, 1), (1 - lam_0) * belief + lam_0 * m_0)
        ships_sum += ship_sum
        could_ship_sum += q_sum

        # E10 clearing
        x = common * rng.standard_normal(n) + own * rng.standard_normal((nb, n))
        arrive = np.where((x < clear_z[b, world]) & (u != R), np.minimum(tran[-1], lot[b, world]), 0)
        mainland = np.floor(mainland_share * arrive).astype(I)
        offshore = proportional(arrive - mainland, offshore_room)
        offshore_room -= offshore.sum(0)
        arrive = mainland + offshore
        tran[-1] -= arrive
        border = tran[-1].copy()  # what came in transit this month stands at the border only next month
        for age in range(transit, 0, -1):
            tran[age] += tran[age - 1]
            tran[age - 1] = 0
        delivered += arrive
        to_training = serve(arrive)
        visible_last = (visible * arrive).sum(0) / 10_000
        arrive_sum = arrive.sum(0)
        gross = price * arrive_sum
        take = gross * fee_bp // 10_000
        gross_sum += gross
        take_sum += take

        # E11 grey market
        want = np.floor(grey_share * (np.maximum(wt, 0) + np.maximum(wi, 0)) / 1000 * np.where((b == F) | (u == R), 2, 1)).astype(I)
        want_sum = want.sum(0)
        with np.errstate(divide="ignore", invalid="ignore"):
            scarcity = np.where(want_sum == 0, 0.0, want_sum / (6 * landed_last))
        premium = np.clip(pi_ref * scarcity**zeta_g, 0, 3)
        diverted = rng.binomial(row, np.minimum(1, delta * enforce * ((1 + premium) / (1 + pi_ref)) ** eps_g))
        caught = rng.binomial(diverted, pi_s)
        landed_last = diverted - caught
        row -= diverted
        seized += caught
        dealers += landed_last
        sold = proportional(want, dealers)
        dealers -= sold.sum(0)
        grey += sold
        serve(sold)

        # E12 cancellation
        keep = np.floor(np.maximum(theta, 1) * addressable() / 1000).astype(I)
        excess = np.maximum(pend + back - keep, 0)
        who, where = np.nonzero(excess)
        if who.size:
            e, p, o = excess[who, where], pend[who, where], back[who, where]
            from_pend = np.minimum(e, p)
            c1 = rng.binomial(from_pend, psi[where])
            c2 = rng.binomial(np.minimum(e - from_pend, o), (psi * (1 - chi))[where])
            pend[who, where] -= c1
            back[who, where] -= c2
            cancelled[who, where] += c1 + c2

        # E13 the books
        theta_sum += theta
        premium_sum += premium
        months_open += b >= C
        start_1, start_2 = start_1 + start, start_2 + start.astype(float) ** 2
        new_all = new.sum(0) / 1000
        new_1, new_2 = new_1 + new_all, new_2 + new_all**2
        training_stock = training_stock + to_training.sum(0) / 1000
        training_months += training_stock
        total = delivered.sum(0)
        for key, level in (("t_first", 1), ("t_5k", 5_000), ("t_100k", 100_000)):
            first[key] = np.minimum(first[key], np.where(total >= level, t, months + 1))
        first_buyer = np.minimum(first_buyer, np.where(delivered > 0, t, months + 1))
        year, month = divmod(12 * start_year + start_month - 1 + t - 1, 12)
        quarter = f"revenue_{year}q{month // 3 + 1}"
        quarters[quarter] = quarters.get(quarter, 0) + gross
        if (month == 11 or t == months) and year < start_year + 3:
            out[f"delivered_{year}"] = delivered.copy()
        if books:
            assert (stock0 + bin0 * line_months + row0 + starts_sum == inv + wip.sum(0) + row + tran.sum((0, 1)) + delivered.sum(0)
                    + grey.sum(0) + dealers + seized + scrap).all(), "C1"
            assert (starts_sum + bin0 * line_months == good_sum + scrap + wip.sum(0)).all(), "C2"
            assert (requested == pend + tran.sum(0) + back + delivered + cancelled + refused).all(), "C3"
            assert (generated == 1000 * (delivered + grey) + served + lapsed + wt + wi).all(), "C4"
            assert (delivered <= shipped).all() and (shipped <= requested).all(), "delivered <= shipped <= requested"
            for stock in (pend, back, tran, inv, row, dealers, wip):
                assert (stock >= 0).all(), "a stock below zero"
        month_of = {
            "requested": requested, "pending": pend, "granted": granted_sum, "confirmed": confirmed, "backlog": back, "licensed": licensed,
            "shipped": shipped, "in_transit": tran.sum(0) - border, "at_border": border, "delivered": delivered, "refused": refused,
            "cancelled": cancelled, "domestic": domestic, "grey": grey,
            "unmet_training": wt / 1000, "unmet_inference": wi / 1000,
            "requested_in_month": asked_now, "shipped_in_month": ship_sum, "delivered_in_month": arrive_sum, "capacity": capacity,
            "starts": start, "good": good, "scrapped": scrapped, "line": wip.sum(0), "stock": inv, "rest_of_world": row,
            "squeezed": squeezed, "order_inflation": theta, "believed_fill": belief, "diverted": diverted, "seized": seized,
            "dealers_stock": dealers, "premium": premium, "gross_revenue": gross, "us_take": take, "net_revenue": gross - take,
        }
        for key, value in month_of.items():
            value = value.sum(0) if value.ndim == 2 else value
            value = value.reshape(worlds, paths).astype(float)
            monthly.setdefault(key, []).append(value.mean(1))
            squares.setdefault(key, []).append((value**2).mean(1))
        for name, regimes, state in (("beijing", BEIJING, b), ("washington", WASHINGTON, u)):
            for i, regime in enumerate(regimes):
                monthly.setdefault(f"{name}:{regime}", []).append((state == i).reshape(worlds, paths).mean(1))

    # outcomes
    out |= {
        "delivered_T": delivered, "requested_T": requested, "refused_T": refused, "cancelled_T": cancelled, "border_T": border,
        "unmet_training": np.maximum(wt, 0) / 1000, "unmet_total": (np.maximum(wt, 0) + np.maximum(wi, 0)) / 1000,
        "domestic_units": domestic, "grey_units": grey,
    }
    flat = {}
    for key, value in out.items():
        flat[key, "total"] = value.sum(0)
        for i, buyer in enumerate(keys):
            flat[key, buyer] = value[i]
    for i, buyer in enumerate(keys):
        flat["t_first", buyer] = first_buyer[i]
    for key, value in first.items():
        flat[key, "total"] = value
    total, dom, gry = (x.sum(0) for x in (delivered, domestic, grey))
    tpp = dom * TPP_910C + (total + gry) * TPP_H200
    stranded = inv + wip.sum(0)
    net = gross_sum - take_sum
    with np.errstate(divide="ignore", invalid="ignore"):
        scalars = {
            "need_fill": 1000 * (delivered * eligible).sum(0) / (wanted_sum * eligible).sum(0),
            "approval_yield": np.where(granted_sum.sum(0) > 0, total / granted_sum.sum(0), np.nan),
            "supply_fill": np.where(could_ship_sum > 0, ships_sum / could_ship_sum, np.nan),
            "inflation_first_month": asked_per_need, "inflation_mean": theta_sum / months,
            "bullwhip": (start_2 * months / start_1**2 - 1) / (new_2 * months / new_1**2 - 1),
            "training_compute": training_months * 989.5e12 * real("compute", "utilisation_share") * 2.628e6,
            "revenue": gross_sum, "us_take": take_sum, "net_revenue": net, "stranded": stranded,
            "nvidia_profit": net - (build + opportunity) * starts_sum + salvage * stranded,
            "domestic_share": dom * TPP_910C / tpp, "nvidia_share": total * TPP_H200 / tpp,
            "seized": seized, "premium_mean": premium_sum / months, "months_open": months_open, "h20_units": np.zeros(n, I),
        }
        for i, buyer in enumerate(keys):
            flat["need_fill", buyer] = np.where(wanted_sum[i] > 0, 1000 * delivered[i] / wanted_sum[i], np.nan)
            flat["approval_yield", buyer] = np.where(granted_sum[i] > 0, delivered[i] / granted_sum[i], np.nan)
    flat |= {(k, "total"): v for k, v in scalars.items()}
    flat |= {(k, "total"): v for k, v in quarters.items()}
    return flat, {k: np.array(v) for k, v in monthly.items()}, {k: np.array(v) for k, v in squares.items()}


def run(scenario, worlds, paths, seed, chunk=4_000, books=False):
    """Worlds in chunks: all paths at once would need gigabytes and leave every cache."""
    step = max(1, min(worlds, chunk // paths))
    sizes = [min(step, worlds - i) for i in range(0, worlds, step)]
    began, cpu = time.perf_counter(), time.process_time()
    parts = [simulate(scenario, np.random.default_rng(s), w, paths, books)
             for s, w in zip(np.random.SeedSequence(seed).spawn(len(sizes)), sizes)]
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    outcomes = {key: np.concatenate([p[0][key] for p in parts]) for key in parts[0][0]}
    monthly = {}
    for key in parts[0][1]:
        x = np.concatenate([p[1][key] for p in parts], axis=1)
        mean = x.mean(1)
        monthly[key] = {"mean": mean.tolist(), "std_error": (x.std(1, ddof=1) / np.sqrt(worlds)).tolist()}
        if key in parts[0][2]:
            spread = np.concatenate([p[2][key] for p in parts], axis=1) - 2 * mean[:, None] * x + mean[:, None] ** 2
            std_dev = np.sqrt(np.maximum(spread.mean(1), 0))
            error = spread.std(1, ddof=1) / np.sqrt(worlds) / np.maximum(2 * std_dev, 1e-300)
            monthly[key] |= {"std_dev": std_dev.tolist(), "std_dev_std_error": error.tolist()}
    return result("numpy", scenario, worlds, paths, seconds, cpu, outcomes, monthly)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scenario", help="scenario.resolved.toml, as greenlight run writes it")
    parser.add_argument("--worlds", type=int, default=1000)
    parser.add_argument("--paths", type=int, default=20, help="paths in each world")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--chunk", type=int, default=4_000, help="paths simulated at a time")
    parser.add_argument("--books", action="store_true", help="assert the conservation laws in every month of every path")
    a = parser.parse_args()
    if a.worlds < 2:
        raise SystemExit("errors need two worlds")
    scenario = load(a.scenario)
    refuse(scenario, {("requests", "behaviour"): "best_response", ("shipping", "rationing"): "proportional", ("h20", "units_per_month"): 0,
                      ("diplomacy", "loading"): 0, ("shipping", "laboratory_chips_per_month"): "unlimited", ("supply", "forbid_diversion"): False})
    show(run(scenario, a.worlds, a.paths, a.seed, a.chunk, a.books))


if __name__ == "__main__":
    main()
