"""The baseline model in Numba: one path at a time, compiled, worlds in parallel; as someone writes it who wants speed and stays in Python.

    python model.py SCENARIO.resolved.toml --worlds 1000 --paths 20 --seed 1 [--threads 2] > result.json

Written from the model's specification, like its neighbours; it shares no code with `src/`. Choices:

* A world and the state of a path are records (structured arrays): structs in compiled code, and one function for each event.
* Own xoshiro256++ and samplers: numpy.random inside Numba is a Mersenne Twister and takes twice as long. A path's stream is seeded
  by its world and number, so results do not depend on threads.
* `fastmath` is off: NaN means undefined in the outcomes. `error_model="numpy"` drops the checks for division by zero.
* Each thread counts into tables of its own, 64 paths at a time, because the histograms of all series are larger than any cache.

It knows what the baseline uses and refuses scenarios that need more.
"""

import argparse
import math
import os
import sys
import time

if "--threads" in sys.argv:  # before Numba is loaded: it does not start more later
    os.environ["NUMBA_NUM_THREADS"] = sys.argv[sys.argv.index("--threads") + 1]
import numpy as np
from numba import get_num_threads, njit, prange

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from shared import MAX_LINE, MAX_TRANSIT, draw_worlds, load, refuse_all_but_baseline, result, show

F, P, C, O = range(4)
R, W, L = range(3)
I, U = np.int64, np.uint64
BUYER_SERIES = """requested pending granted confirmed backlog licensed shipped in_transit at_border delivered delivered_mainland
    delivered_offshore refused cancelled unmet_training unmet_inference domestic grey""".split()
TOTAL_SERIES = """requested_in_month shipped_in_month delivered_in_month capacity starts good scrapped line stock rest_of_world
    us_ceiling_headroom squeezed order_inflation believed_fill diverted seized dealers_stock premium gross_revenue us_take net_revenue h20
    compute_legal compute_grey compute_domestic held_request held_beijing held_confirmation held_licence held_lot held_customer_cap
    held_pairing held_stock held_us_ceiling held_laboratory held_clearing beijing:frozen beijing:pending beijing:case_by_case beijing:open
    washington:revoked washington:waiting washington:licensing""".split()
BUYER_OUTCOMES = """delivered_2026 delivered_T requested_T refused_T cancelled_T border_T unmet_training unmet_total domestic_units grey_units
    need_fill approval_yield t_first""".split()
TOTAL_OUTCOMES = """supply_fill inflation_first_month inflation_mean bullwhip training_compute revenue us_take net_revenue nvidia_profit
    nvidia_profit_o0 nvidia_profit_o15000 stranded domestic_share nvidia_share seized premium_mean months_open t_5k t_100k
    compute_delivered_b300e""".split()
NB, NT, OB, OT = len(BUYER_SERIES), len(TOTAL_SERIES), len(BUYER_OUTCOMES), len(TOTAL_OUTCOMES)
BLOCK, SUB, LOW, OCTAVES = 64, 16, -8, 42  # paths counted at a time; bins to the octave, from 2^-8 on
BINS = 2 * SUB * OCTAVES + 1


def jit(function):
    return njit(cache=True, error_model="numpy")(function)


# ---------------------------------------------------------------------------------------------------------- random numbers

U11, U17, U19, U23, U27, U30, U31, U41, U45 = (U(k) for k in (11, 17, 19, 23, 27, 30, 31, 41, 45))
GOLDEN, MIX_1, MIX_2 = U(0x9E3779B97F4A7C15), U(0xBF58476D1CE4E5B9), U(0x94D049BB133111EB)
LCG_1, LCG_2 = U(0xD1342543DE82EF95), U(0xAF251AF3B0F025B5)


@jit
def mix(z):
    z = (z ^ (z >> U30)) * MIX_1
    z = (z ^ (z >> U27)) * MIX_2
    return z ^ (z >> U31)


@jit
def seed_path(s, seed, world, path):
    x = mix(U(seed) + GOLDEN) ^ (U(world + 1) * LCG_1)
    x = mix(x + GOLDEN) ^ (U(path + 1) * LCG_2)
    for k in range(4):
        x += GOLDEN
        s.rng[k] = mix(x)
    s.has_spare = False


@jit
def uniform(s):
    """xoshiro256++, inside (0, 1)."""
    g = s.rng
    a, b, c, d = g[0], g[1], g[2], g[3]
    r = a + d
    r = ((r << U23) | (r >> U41)) + a
    t = b << U17
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= t
    g[0], g[1], g[2], g[3] = a, b, c, (d << U45) | (d >> U19)
    return (float(I(r >> U11)) + 0.5) * 2.0**-53


@jit
def normal(s):
    """Marsaglia's polar method."""
    if s.has_spare:
        s.has_spare = False
        return s.spare
    while True:
        x, y = 2 * uniform(s) - 1, 2 * uniform(s) - 1
        r = x * x + y * y
        if 0 < r < 1:
            f = math.sqrt(-2 * math.log(r) / r)
            s.spare, s.has_spare = y * f, True
            return x * f


@jit
def gamma(s, a):
    """Marsaglia and Tsang."""
    boost = 1.0
    if a < 1:
        boost = uniform(s) ** (1 / a)
        a += 1
    d = a - 1 / 3
    c = 1 / math.sqrt(9 * d)
    while True:
        x = normal(s)
        v = 1 + c * x
        if v <= 0:
            continue
        v = v * v * v
        u = uniform(s)
        if u < 1 - 0.0331 * x * x * x * x or math.log(u) < 0.5 * x * x + d * (1 - v + math.log(v)):
            return d * v * boost


STIRLING = np.array([0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.02079067210376509, 0.0166446911898211,
                     0.0138761288230707, 0.0118967099458917, 0.0104112652619720, 0.00925546218271273, 0.00833056343336287])


@jit
def stirling(k):
    """ln k! less its Stirling approximation."""
    if k <= 9:
        return STIRLING[int(k)]
    q = (k + 1) * (k + 1)
    return (1 / 12 - (1 / 360 - 1 / 1260 / q) / q) / (k + 1)


@jit
def binomial(s, count, p):
    if count <= 0 or p <= 0:
        return I(0)
    if p >= 1:
        return count
    if p > 0.5:
        return count - binomial_half(s, count, 1 - p)
    return binomial_half(s, count, p)


@jit
def binomial_half(s, count, p):
    n, q, r = float(count), 1 - p, p / (1 - p)
    if n * p < 10:  # inversion
        while True:
            f, u, k = math.exp(n * math.log1p(-p)), uniform(s), 0
            while u > f and k <= 200:
                u -= f
                k += 1
                f *= r * (n - k + 1) / k
            if k <= 200 and k <= count:
                return I(k)
    # BTRS, transformed rejection with squeeze (Hoermann 1993)
    spread = math.sqrt(n * p * q)
    b = 1.15 + 2.53 * spread
    a = -0.0873 + 0.0248 * b + 0.01 * p
    c, vr, alpha, m = n * p + 0.5, 0.92 - 4.2 / b, (2.83 + 5.1 / b) * spread, math.floor((n + 1) * p)
    while True:
        u, v = uniform(s) - 0.5, uniform(s)
        us = 0.5 - abs(u)
        k = math.floor((2 * a / us + b) * u + c)
        if us >= 0.07 and v <= vr:
            return I(k)
        if k < 0 or k > n:
            continue
        v = math.log(v * alpha / (a / (us * us) + b))
        top = ((m + 0.5) * math.log((m + 1) / (r * (n - m + 1))) + (n + 1) * math.log((n - m + 1) / (n - k + 1))
               + (k + 0.5) * math.log(r * (n - k + 1) / (k + 1)) + stirling(m) + stirling(n - m) - stirling(k) - stirling(n - k))
        if v <= top:
            return I(k)


@jit
def beta_binomial(s, n, mean, concentration):
    if n <= 0 or mean <= 0:
        return I(0)
    if mean >= 1:
        return n
    x = gamma(s, mean * concentration)
    return binomial(s, n, x / (x + gamma(s, (1 - mean) * concentration)))


@jit
def phi(x):
    return 0.5 * math.erfc(-x * 0.7071067811865476)


@jit
def phi_inv(p):
    """Acklam's approximation and one Halley step."""
    if p <= 0:
        return -np.inf
    if p >= 1:
        return np.inf
    if p < 0.02425 or p > 0.97575:
        q = math.sqrt(-2 * math.log(min(p, 1 - p)))
        x = ((((((-7.784894002430293e-03 * q - 3.223964580411365e-01) * q - 2.400758277161838) * q - 2.549732539343734) * q
               + 4.374664141464968) * q + 2.938163982698783)
             / ((((7.784695709041462e-03 * q + 3.224671290700398e-01) * q + 2.445134137142996) * q + 3.754408661907416) * q + 1))
        if p > 0.5:
            x = -x
    else:
        q = p - 0.5
        r = q * q
        x = ((((((-39.69683028665376 * r + 220.9460984245205) * r - 275.9285104469687) * r + 138.3577518672690) * r - 30.66479806614716) * r
              + 2.506628277459239) * q
             / (((((-54.47609879822406 * r + 161.5858368580409) * r - 155.6989798598866) * r + 66.80131188771972) * r - 13.28068155288572) * r + 1))
    u = (phi(x) - p) * 2.5066282746310002 * math.exp(0.5 * x * x)
    return x - u / (1 + 0.5 * x * u)


# ------------------------------------------------------------------------------------------------------------------- state


def state_type(n):
    """The state of one path, and room to work in."""
    counts = """pend back border req shp del_ canc ref granted confirmed wt wi dom grey del_2026 generated addressable lapsed dom_milli
        licensed applied clock cool first q got remainder""".split()
    scalars = """inv row us wip_sum good starts scrap good_sum start capacity finished dealers seized diverted shipped_total delivered_total
        delivered shipped asked unconfirmed gross fee gross_sum fee_sum dom_cap dom_sold open_months t_first t_5k t_100k month_need
        held_licence held_lot held_cap held_stock held_ceiling held_lab b u""".split()
    reals = """noise belief theta visible landed premium spare theta_sum premium_sum ships could_ship inflation_1 start_1 start_2 need_1 need_2
        trained training_months""".split()
    return np.dtype([(k, I, (n,)) for k in counts] + [("tran", I, (n, MAX_TRANSIT + 1)),
                     ("wip", I, (MAX_LINE,)), ("quarters", I, (20,)), ("rng", U, (4,)), ("has_spare", bool), ("squeezed", bool)]
                    + [(k, I) for k in scalars] + [(k, float) for k in reals])


@jit
def pos(x):
    return x if x > 0 else I(0)


@jit
def proportional(s, n, supply):
    """Shares `supply` in proportion to s.q into s.got; leftovers to the largest remainders, ties to the lower index."""
    q, got, rest = s.q, s.got, s.remainder
    total = I(0)
    for i in range(n):
        total += q[i]
    if total <= supply:
        for i in range(n):
            got[i] = q[i]
        return total
    left = supply
    for i in range(n):
        x = supply * q[i]
        a = x // total
        got[i] = a
        rest[i] = x - a * total
        left -= a
    for _ in range(left):
        best = 0
        for i in range(1, n):
            if rest[i] > rest[best]:
                best = i
        got[best] += 1
        rest[best] = -1
    return supply


@jit
def in_transit(w, s, i):
    total = I(0)
    for k in range(w.transit + 1):
        total += s.tran[i, k]
    return total


@jit
def addressable(w, s, i):
    wt, wi = s.wt[i], s.wi[i]
    return pos(I(pos(wt) + w.iota * pos(wi) + w.plan[i] - pos(-wt) - pos(-wi)))


@jit
def serve(s, i, chips):
    """Training first, then inference; beyond that the need goes below zero. Returns what served training."""
    milli = 1000 * chips
    training = min(milli, pos(s.wt[i]))
    s.wt[i] -= training
    s.wi[i] -= milli - training
    return training


@jit
def start_path(w, s, n):
    for i in range(n):
        s.wt[i] = I(w.tau[i] * w.w0[i])
        s.wi[i] = w.w0[i] - s.wt[i]
        s.generated[i] = w.w0[i]
        s.addressable[i] = s.wt[i] + I(w.iota * s.wi[i])
        s.licensed[i] = s.applied[i] = 0
        for a in (s.pend, s.back, s.border, s.req, s.shp, s.del_, s.canc, s.ref, s.granted, s.confirmed, s.dom, s.grey, s.del_2026, s.lapsed,
                  s.dom_milli, s.clock, s.cool, s.first):
            a[i] = 0
        for k in range(w.transit + 1):
            s.tran[i, k] = 0
    for k in range(w.line):
        s.wip[k] = w.wip0
    s.quarters[:] = 0
    s.inv, s.row, s.us, s.wip_sum = w.inv0, w.row0, w.us0, w.wip0 * w.line
    s.starts = s.scrap = s.good_sum = s.dealers = s.seized = s.shipped_total = s.delivered_total = s.gross_sum = s.fee_sum = 0
    s.dom_cap = s.dom_sold = s.open_months = s.t_first = s.t_5k = s.t_100k = 0
    s.theta_sum = s.premium_sum = s.ships = s.could_ship = s.start_1 = s.start_2 = s.need_1 = s.need_2 = s.trained = s.training_months = 0.0
    s.b, s.u, s.squeezed = w.b0, w.u0, w.squeezed
    s.noise, s.belief, s.visible, s.landed = w.sigma_c * normal(s), w.m_0, 0.0, w.delta * w.row0 * (1 - w.pi_s)


# ------------------------------------------------------------------------------------------------------------------ events


@jit
def governments(w, s, n):
    v, to = uniform(s), 0
    while to < 3 and v >= w.b_cum[s.b, to]:
        to += 1
    s.b = to if uniform(s) >= -math.expm1(-w.eta_b * s.visible) else F
    before = s.u
    v, to = uniform(s), 0
    while to < 2 and v >= w.u_cum[before, to]:
        to += 1
    s.u = to if uniform(s) >= -math.expm1(-w.eta_u * s.visible) else R
    if s.u == R and before != R:
        for i in range(n):
            returned = in_transit(w, s, i)
            for k in range(w.transit + 1):
                s.tran[i, k] = 0
            s.inv += returned
            s.back[i] += returned
            s.shp[i] -= returned
            s.shipped_total -= returned
            s.licensed[i] = s.applied[i] = 0
            s.clock[i] = 0


@jit
def line(w, s, n, t):
    slot = t % w.line
    s.finished = s.wip[slot]
    s.good = beta_binomial(s, s.finished, w.y_inf - w.y_gap * math.exp(-s.starts / w.nu), w.kappa_y)
    s.inv += s.good
    s.good_sum += s.good
    s.scrap += s.finished - s.good
    s.wip_sum -= s.finished
    s.squeezed = uniform(s) >= w.sq_off if s.squeezed else uniform(s) < w.sq_on
    s.noise = w.phi_c * s.noise + w.sigma_c * math.sqrt(1 - w.phi_c * w.phi_c) * normal(s)
    s.capacity = I(w.capacity[t] * math.exp(s.noise) * (w.sq_q if s.squeezed else 1.0))
    back = pend = I(0)
    for i in range(n):
        back += s.back[i]
        pend += s.pend[i]
    target = back + w.omega * pend + w.c_s * w.us_demand[t] - s.inv - s.wip_sum
    if s.b == F:
        target *= 1 - w.pause
    s.start = min(max(I(math.floor(target)), w.s_min), s.capacity)
    s.wip[slot] = s.start
    s.wip_sum += s.start
    s.starts += s.start


@jit
def us_customers(w, s, t):
    sold = min(s.inv, w.us_demand[t])
    s.inv -= sold
    s.row += sold
    s.us += I(w.us_share * sold)


@jit
def needs(w, s, n, t):
    s.month_need = 0
    for i in range(n):
        gone_t, gone_i = I(w.lapse * pos(s.wt[i])), I(w.lapse * pos(s.wi[i]))
        new = I(w.new_need[t, i] * math.exp(w.sigma_d * normal(s)))
        new_t = I(w.tau[i] * new)
        s.wt[i] += new_t - gone_t
        s.wi[i] += new - new_t - gone_i
        s.lapsed[i] += gone_t + gone_i
        s.generated[i] += new
        s.addressable[i] += new_t + I(w.iota * (new - new_t))
        s.month_need += new


@jit
def domestic(w, s, n, t):
    pool = I(min(w.dom_max, w.dom[t] * math.exp(w.sigma_dom * normal(s))))
    s.dom_cap += pool
    for tier in range(2):
        for i in range(n):
            wt, wi = pos(s.wt[i]), pos(s.wi[i])
            if w.mandate[i] != (tier == 0):
                s.q[i] = 0
            elif tier == 0:
                s.q[i] = (wi + w.e_i - 1) // w.e_i + (wt + w.e_t - 1) // w.e_t
            else:
                s.q[i] = I(w.s_i * wi / w.e_i) + I(w.s_t * wt / w.e_t)
        sold = proportional(s, n, pool)
        pool -= sold
        s.dom_sold += sold
        for i in range(n):
            units = s.got[i]
            if units > 0:
                to_inference = min(units, (pos(s.wi[i]) + w.e_i - 1) // w.e_i)
                inference, training = to_inference * w.e_i, (units - to_inference) * w.e_t
                s.wi[i] -= inference
                s.wt[i] -= training
                s.dom[i] += units
                s.dom_milli[i] += inference + training


@jit
def best_response(w, m):
    mu = math.log(m) - w.s * w.s / 2
    m1 = m * phi((-mu - w.s * w.s) / w.s) + phi(mu / w.s)
    if w.r >= w.c_u * m1:
        return 0.0
    argument = (w.r + w.c_o * m1) / ((w.c_u + w.c_o) * m)
    if argument >= 1:
        return 1.0
    return min(max(1 / math.exp(mu + w.s * w.s + w.s * phi_inv(argument)), 1.0), w.theta_max)


@jit
def requests(w, s, n, t):
    s.theta = best_response(w, s.belief)
    s.asked = 0
    outstanding, need = 0.0, 0.0
    for i in range(n):
        cooling = s.cool[i] > 0
        if cooling:
            s.cool[i] -= 1
        asks = w.may_approve[i] and w.may_license[i]
        if asks and not cooling and s.b != F and s.u != R:
            wish = I(s.theta * addressable(w, s, i) / 1000)
            ask = min(pos(wish - s.pend[i] - s.back[i] - in_transit(w, s, i)), w.tranche)
            s.pend[i] += ask
            s.req[i] += ask
            s.asked += ask
        if t == 0:
            outstanding += s.pend[i] + s.back[i]
            if asks:
                need += addressable(w, s, i)
    if t == 0:
        s.inflation_1 = 1000 * outstanding / need if need > 0 else np.nan


@jit
def licences(w, s, n):
    if s.u != L:
        return
    for i in range(n):
        if w.may_license[i] and not s.licensed[i]:
            if s.pend[i] + s.back[i] > 0:
                s.applied[i] = 1
            if s.applied[i]:
                s.clock[i] += 1
                if s.clock[i] > w.n_0 and uniform(s) < w.ell * (1 - w.denial[i]):
                    s.licensed[i] = 1


@jit
def review(w, s, n):
    mood = w.common * normal(s)
    total = I(0)
    s.unconfirmed = 0
    for i in range(n):
        s.q[i] = 0
        if s.pend[i] == 0 or not w.may_approve[i]:
            continue
        x = mood + w.own * normal(s)
        wt, wi = max(s.wt[i], 1), max(s.wi[i], 1)
        shift = (w.gamma_u * (wt / (wt + wi) - 0.5) + w.favour[i]
                 - w.gamma_v * w.visible[i] * math.log(max(s.pend[i] / w.size_ref, 1.0)))
        if x < w.approve[s.b] + shift:
            s.q[i] = beta_binomial(s, s.pend[i], w.mu[s.b], w.kappa[s.b])
            total += s.q[i]
        elif x > w.refuse[s.b] + max(shift, -1.0):
            s.ref[i] += s.pend[i]
            s.pend[i] = 0
            s.cool[i] = w.cooling
    if total == 0:
        return
    proportional(s, n, w.quota if s.b == C else total)
    for i in range(n):
        granted = s.got[i]
        kept = I(w.conv * granted)
        s.pend[i] -= granted
        s.back[i] += kept
        s.canc[i] += granted - kept
        s.granted[i] += granted
        s.confirmed[i] += kept
        s.unconfirmed += granted - kept


@jit
def shipping(w, s, n, t):
    s.shipped = s.held_licence = s.held_lot = s.held_cap = s.held_stock = s.held_ceiling = s.held_lab = 0
    total = I(0)
    for i in range(n):
        s.q[i] = 0
        if s.u != L or not s.licensed[i]:
            s.held_licence += s.back[i]
        elif s.b != F:
            under_lot = min(s.back[i], pos(w.ahead[s.b] - in_transit(w, s, i)))
            s.q[i] = min(under_lot, pos(w.cap - s.shp[i]))
            s.held_lot += s.back[i] - under_lot
            s.held_cap += under_lot - s.q[i]
            total += s.q[i]
    if total == 0:
        s.belief = (1 - w.lambda_0) * s.belief + w.lambda_0 * w.m_0
        return
    stock, room = pos(s.inv - I(math.ceil(w.c_row * w.us_demand[t]))), pos(I(w.ceiling * s.us) - s.shipped_total)
    supply = min(stock, room, w.lab)
    s.shipped = proportional(s, n, supply)
    for i in range(n):
        s.back[i] -= s.got[i]
        s.tran[i, 0] += s.got[i]
        s.shp[i] += s.got[i]
    s.inv -= s.shipped
    s.shipped_total += s.shipped
    if supply == stock:
        s.held_stock = total - s.shipped
    elif supply == room:
        s.held_ceiling = total - s.shipped
    else:
        s.held_lab = total - s.shipped
    s.belief = (1 - w.lambda_m) * s.belief + w.lambda_m * s.shipped / total
    s.ships += s.shipped
    s.could_ship += total


@jit
def clearing(w, s, n, t):
    mood = w.common * normal(s)
    s.delivered, s.visible = 0, 0.0
    last = w.transit
    for i in range(n):
        waiting = s.tran[i, last]
        if waiting > 0 and s.u != R and mood + w.own * normal(s) < w.clear[s.b]:
            arrives = min(waiting, w.lot[s.b])
            if arrives > 0:
                s.tran[i, last] -= arrives
                s.del_[i] += arrives
                s.delivered += arrives
                s.trained += serve(s, i, arrives)
                s.visible += w.visible[i] * arrives / 10_000
                if s.first[i] == 0:
                    s.first[i] = t + 1
        s.border[i] = s.tran[i, last]  # what ages into it below arrives next month
        for k in range(last, 0, -1):
            s.tran[i, k] += s.tran[i, k - 1]
            s.tran[i, k - 1] = 0
    s.delivered_total += s.delivered
    s.gross = w.price * s.delivered
    s.fee = s.gross * w.fee_bp // 10_000
    s.gross_sum += s.gross
    s.fee_sum += s.fee


@jit
def grey_market(w, s, n):
    total = I(0)
    for i in range(n):
        s.q[i] = I(w.grey[i] * (pos(s.wt[i]) + pos(s.wi[i])) / 1000 * (2 if s.b == F or s.u == R else 1))
        total += s.q[i]
    s.premium = min(max(w.pi_ref * (total / (6 * s.landed)) ** w.zeta_g, 0.0), 3.0) if total > 0 else 0.0
    s.diverted = binomial(s, s.row, min(1.0, w.delta * w.enforce * ((1 + s.premium) / (1 + w.pi_ref)) ** w.eps))
    caught = binomial(s, s.diverted, w.pi_s)
    s.row -= s.diverted
    s.seized += caught
    s.landed = float(s.diverted - caught)
    s.dealers += s.diverted - caught
    s.dealers -= proportional(s, n, s.dealers)
    for i in range(n):
        s.grey[i] += s.got[i]
        serve(s, i, s.got[i])


@jit
def cancellation(w, s, n):
    for i in range(n):
        if s.pend[i] + s.back[i] == 0:
            continue
        excess = pos(s.pend[i] + s.back[i] - I(max(s.theta, 1.0) * addressable(w, s, i) / 1000))
        if excess > 0:
            asked = min(excess, s.pend[i])
            c1 = binomial(s, asked, w.psi)
            c2 = binomial(s, min(excess - asked, s.back[i]), w.psi * (1 - w.chi))
            s.pend[i] -= c1
            s.back[i] -= c2
            s.canc[i] += c1 + c2


@jit
def books(w, s, n, t, first_month, row):
    """Asserts the laws, and writes the month down."""
    chips = s.inv + s.wip_sum + s.row + s.dealers + s.seized + s.scrap
    width = (n + 1) * NB + NT
    at = t * width
    sums = row[at + n * NB:at + (n + 1) * NB]
    sums[:] = 0
    held_request = held_beijing = held_clearing = I(0)
    balanced = True
    for i in range(n):
        moving = in_transit(w, s, i)
        chips += moving + s.del_[i] + s.grey[i]
        balanced &= s.req[i] == s.pend[i] + moving + s.back[i] + s.del_[i] + s.canc[i] + s.ref[i]
        balanced &= s.generated[i] == 1000 * (s.del_[i] + s.grey[i]) + s.dom_milli[i] + s.lapsed[i] + s.wt[i] + s.wi[i]
        balanced &= s.pend[i] >= 0 and s.back[i] >= 0 and s.del_[i] <= s.shp[i] <= s.req[i] and s.shp[i] <= w.cap
        if w.may_approve[i] and w.may_license[i]:
            held_request += pos((pos(s.wt[i]) + I(w.iota * pos(s.wi[i]))) // 1000 - s.pend[i] - s.back[i] - moving)
        held_clearing += s.border[i]
        held_beijing += s.pend[i] + (s.back[i] if s.b == F and s.u == L and s.licensed[i] else 0)
        v = row[at + i * NB:at + (i + 1) * NB]
        v[0], v[1], v[2], v[3], v[4] = s.req[i], s.pend[i], s.granted[i], s.confirmed[i], s.back[i]
        v[5], v[6], v[7], v[8], v[9], v[10] = s.licensed[i], s.shp[i], moving - s.border[i], s.border[i], s.del_[i], s.del_[i]
        v[11], v[12], v[13], v[14], v[15], v[16], v[17] = 0, s.ref[i], s.canc[i], s.wt[i] / 1000, s.wi[i] / 1000, s.dom[i], s.grey[i]
        for k in range(NB):
            sums[k] += v[k]
    balanced &= chips == w.inv0 + w.wip0 * w.line + w.row0 + s.starts
    balanced &= s.starts + w.wip0 * w.line == s.good_sum + s.scrap + s.wip_sum
    balanced &= s.dom_sold <= s.dom_cap and s.inv >= 0 and s.row >= 0 and s.dealers >= 0 and s.shipped_total <= w.ceiling * s.us
    balanced &= s.gross_sum == w.price * s.delivered_total
    v = row[at + (n + 1) * NB:at + width]
    v[0], v[1], v[2], v[3], v[4], v[5] = s.asked, s.shipped, s.delivered, s.capacity, s.start, s.good
    v[6], v[7], v[8], v[9] = s.finished - s.good, s.wip_sum, s.inv, s.row
    v[10], v[11], v[12], v[13], v[14] = I(w.ceiling * s.us) - s.shipped_total, s.squeezed, s.theta, s.belief, s.diverted
    v[15], v[16], v[17], v[18], v[19], v[20], v[21] = s.seized, s.dealers, s.premium, s.gross, s.fee, s.gross - s.fee, 0
    v[22], v[23], v[24] = s.delivered_total, sums[17], sums[16] * 12032 / 15832
    v[25], v[26], v[27], v[28], v[29], v[30], v[31] = held_request, held_beijing, s.unconfirmed, s.held_licence, s.held_lot, s.held_cap, 0
    v[32], v[33], v[34], v[35] = s.held_stock, s.held_ceiling, s.held_lab, held_clearing
    v[36:43] = 0
    v[36 + s.b] = 1
    v[40 + s.u] = 1

    s.theta_sum += s.theta
    s.premium_sum += s.premium
    s.open_months += s.b >= C
    s.start_1 += s.start
    s.start_2 += float(s.start) ** 2
    s.need_1 += s.month_need
    s.need_2 += float(s.month_need) ** 2
    s.training_months += s.trained / 1000
    s.quarters[(first_month - 1 + t) // 3] += s.gross
    if s.t_first == 0 and s.delivered_total > 0:
        s.t_first = t + 1
    if s.t_5k == 0 and s.delivered_total >= 5_000:
        s.t_5k = t + 1
    if s.t_100k == 0 and s.delivered_total >= 100_000:
        s.t_100k = t + 1
    if first_month + t == 12:
        s.del_2026[:] = s.del_
    return balanced


@jit
def outcomes(w, s, n, months, out):
    """BUYER_OUTCOMES of each buyer and in total, TOTAL_OUTCOMES, quarters. NaN is undefined; a wait that never ended is months + 1."""
    never = months + 1
    total = out[n * OB:(n + 1) * OB]
    total[:] = 0
    need_sum, granted_sum = 0.0, 0.0
    for i in range(n):
        v = out[i * OB:(i + 1) * OB]
        need = s.addressable[i] / 1000
        v[0], v[1], v[2], v[3], v[4], v[5] = s.del_2026[i], s.del_[i], s.req[i], s.ref[i], s.canc[i], s.border[i]
        v[6], v[7] = pos(s.wt[i]) / 1000, (pos(s.wt[i]) + pos(s.wi[i])) / 1000
        v[8], v[9], v[10] = s.dom[i], s.grey[i], s.del_[i] / need if need > 0 else np.nan
        v[11] = s.del_[i] / s.granted[i] if s.granted[i] > 0 else np.nan
        v[12] = s.first[i] if s.first[i] > 0 else never
        for k in range(10):
            total[k] += v[k]
        if w.may_approve[i] and w.may_license[i]:
            need_sum += need
        granted_sum += s.granted[i]
    delivered = total[1]
    total[10] = delivered / need_sum
    total[11] = delivered / granted_sum if granted_sum > 0 else np.nan
    total[12] = s.t_first if s.t_first > 0 else never
    v = out[(n + 1) * OB:]
    net, stranded = float(s.gross_sum - s.fee_sum), float(s.inv + s.wip_sum)
    v[0] = s.ships / s.could_ship if s.could_ship > 0 else np.nan
    v[1], v[2] = s.inflation_1, s.theta_sum / months
    cv_need = s.need_2 * months / s.need_1**2 - 1
    v[3] = (s.start_2 * months / s.start_1**2 - 1) / cv_need if cv_need > 0 else np.nan
    v[4] = s.training_months * 989.5e12 * w.mfu * 2.628e6
    v[5], v[6], v[7] = s.gross_sum, s.fee_sum, net
    v[8] = net - float(w.cost + w.opportunity) * s.starts + w.salvage * stranded
    v[9] = net - float(w.cost) * s.starts + w.salvage * stranded
    v[10] = net - float(w.cost + 15_000) * s.starts + w.salvage * stranded
    v[11] = stranded
    tpp = total[8] * 12032 + (delivered + total[9]) * 15832
    v[12], v[13] = total[8] * 12032 / tpp, delivered * 15832 / tpp
    v[14], v[15], v[16] = s.seized, s.premium_sum / months, s.open_months
    v[17], v[18] = s.t_5k if s.t_5k > 0 else never, s.t_100k if s.t_100k > 0 else never
    v[19] = delivered * w.b300
    for k in range(v.size - OT):
        v[OT + k] = s.quarters[k]


# ---------------------------------------------------------------------------------------------------------------- counting


@jit
def count(rows, bits, filled, sums, squares, world, hist):
    """Sums and histograms of a block of paths, one series and month after the other."""
    for i in range(sums.size):
        one = two = 0.0
        for j in range(filled):
            x = rows[j, i]
            one += x
            two += x * x
            k = SUB * OCTAVES
            if x != 0:
                b = ((bits[j, i] >> 48) & 0x7FFF) - ((1023 + LOW) << 4)
                b = min(max(b, 0), SUB * OCTAVES - 1)
                k = k + 1 + b if x > 0 else k - 1 - b
            hist[i, k] += 1
        sums[i] += one
        squares[i] += two
        world[i] += one


@njit(cache=True, error_model="numpy", parallel=True)
def simulate(worlds, paths, seed, n, months, first_month, states, rows, sums, squares, world, between, hist, out):
    """Worlds in as many equal parts as there are states; one thread to a part. Returns the number of months whose books did not balance."""
    parts = states.size
    wrong = np.zeros(parts, I)
    for c in prange(parts):
        s, mine = states[c], rows[c]
        bits = mine.view(I)
        filled = 0
        for j in range(c * worlds.size // parts, (c + 1) * worlds.size // parts):
            w = worlds[j]
            for p in range(paths):
                seed_path(s, seed, j, p)
                start_path(w, s, n)
                for t in range(months):
                    governments(w, s, n)
                    line(w, s, n, t)
                    us_customers(w, s, t)
                    needs(w, s, n, t)
                    domestic(w, s, n, t)
                    requests(w, s, n, t)
                    licences(w, s, n)
                    review(w, s, n)
                    shipping(w, s, n, t)
                    clearing(w, s, n, t)
                    grey_market(w, s, n)
                    cancellation(w, s, n)
                    wrong[c] += not books(w, s, n, t, first_month, mine[filled])
                outcomes(w, s, n, months, out[j * paths + p])
                filled += 1
                if filled == BLOCK or p == paths - 1:
                    count(mine, bits, filled, sums[c], squares[c], world[c], hist[c])
                    filled = 0
            for i in range(world.shape[1]):
                between[c, i] += world[c, i] ** 2
                world[c, i] = 0
    return wrong.sum()


def run(scenario, worlds, paths, seed, threads):
    buyers, months = list(scenario["buyers"]), scenario["months"]
    year, month = map(int, scenario["start"].split("-"))
    n, quarters = len(buyers), (month - 1 + months + 2) // 3
    width = (n + 1) * NB + NT
    k = months * width
    rng = np.random.default_rng(seed)
    states = np.zeros(threads, state_type(n))
    rows = np.zeros((threads, BLOCK, k))
    sums, squares, world, between = (np.zeros((threads, k)) for _ in range(4))
    hist = np.zeros((threads, k, BINS), np.uint32)
    out = np.empty((worlds * paths, (n + 1) * OB + OT + quarters))
    began, cpu = time.perf_counter(), time.process_time()
    wrong = simulate(draw_worlds(scenario, rng, worlds), paths, seed, n, months, month, states, rows, sums, squares, world, between, hist, out)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    if wrong:
        raise SystemExit(f"the books of {wrong} months do not balance")

    found = {(key, b): out[:, i * OB + j] for j, key in enumerate(BUYER_OUTCOMES) for i, b in enumerate([*buyers, "total"])}
    names = TOTAL_OUTCOMES + [f"revenue_{year + q // 4}q{q % 4 + 1}" for q in range(quarters)]
    found |= {(key, "total"): out[:, (n + 1) * OB + j] for j, key in enumerate(names)}
    total = worlds * paths
    mean, mean_2 = (x.sum(0).reshape(months, width) / total for x in (sums, squares))
    error = np.sqrt(np.maximum(between.sum(0).reshape(months, width) / worlds - (mean * paths) ** 2, 0) / (worlds - 1)) / paths
    std_dev = np.sqrt(np.maximum(mean_2 - mean**2, 0) * total / (total - 1))
    keys = [f"{key}/{b}" if b else key for b in [*buyers, ""] for key in BUYER_SERIES] + TOTAL_SERIES
    monthly = {key: {"mean": mean[:, i].tolist(), "std_error": error[:, i].tolist(), "std_dev": std_dev[:, i].tolist()} for i, key in enumerate(keys)}
    return result("numba", scenario, worlds, paths, seconds, cpu, found, monthly, threads=threads)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scenario", help="scenario.resolved.toml, as greenlight run writes it")
    parser.add_argument("--worlds", type=int, default=1000)
    parser.add_argument("--paths", type=int, default=20, help="paths in each world")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, help="as many as there are cores, unless given")
    a = parser.parse_args()
    if a.worlds < 2:
        raise SystemExit("errors need two worlds")
    scenario = load(a.scenario)
    refuse_all_but_baseline(scenario)
    threads = a.threads or get_num_threads()
    run(scenario, max(2, threads), 1, a.seed, threads)  # compiles
    show(run(scenario, a.worlds, a.paths, a.seed, threads))


if __name__ == "__main__":
    main()
