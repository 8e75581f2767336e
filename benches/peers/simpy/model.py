"""The baseline model as SimPy processes, as someone writes it who thinks in actors: for scale, on a few hundred paths.

    python model.py SCENARIO.resolved.toml --worlds 150 --paths 2 --seed 1 > result.json

The whole month is simulated: two governments, a foundry whose batches are processes of their own, ten buyers, voyages that a revoked licence
interrupts, customs, dealers. Time is counted in sixteenths of a month, so that the order of events inside a month is a time of day.
It records outcomes, nothing by month, and does not assert the books.
"""

import argparse
import math
import os
import sys
import time
from statistics import NormalDist
from types import SimpleNamespace

import numpy as np
import simpy

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from shared import draw_worlds, load, refuse_all_but_baseline, result, show

F, P, C, O = range(4)
R, W, L = range(3)
MONTH = 16
POLICY, LINE, US, NEEDS, DOMESTIC, EXPECTATIONS, REQUESTS, LICENCES, REVIEW, SHIPPING, CLEARING, GREY, CANCELLATION, CLOSE = range(1, 15)

normal_quantile = NormalDist().inv_cdf


def phi(x):
    return 0.5 * math.erfc(-x / math.sqrt(2))


def proportional(q, supply):
    """Largest remainders, ties to the lower index."""
    total = sum(q)
    if total <= supply:
        return q
    got = [supply * x // total for x in q]
    order = sorted(range(len(q)), key=lambda i: -(supply * q[i] % total))
    for i in order[:supply - sum(got)]:
        got[i] += 1
    return got


class Buyer:
    def __init__(self, path, i):
        w = path.w
        self.i, self.path = i, path
        self.asks = w.may_approve[i] and w.may_license[i]
        self.wt = int(w.tau[i] * w.w0[i])
        self.wi = w.w0[i] - self.wt
        self.pend = self.back = self.transit = self.border = self.req = self.shp = self.delivered = self.canc = self.ref = self.granted = 0
        self.dom = self.grey = self.delivered_2026 = self.first = self.clock = self.cool = 0
        self.licensed = self.applied = False
        path.env.process(self.live())

    def addressable(self):
        w = self.path.w
        a = max(self.wt, 0) + w.iota * max(self.wi, 0) + w.plan[self.i] + min(self.wt, 0) + min(self.wi, 0)
        return max(int(a), 0)

    def serve(self, chips):
        """Training first, then inference; beyond that the need goes below zero."""
        training = min(1000 * chips, max(self.wt, 0))
        self.wt -= training
        self.wi -= 1000 * chips - training

    def live(self):
        path, w, i = self.path, self.path.w, self.i
        for t in range(path.months):
            yield path.at(t, NEEDS)
            new = int(w.new_need[t][i] * math.exp(w.sigma_d * path.normal()))
            training = int(w.tau[i] * new)
            self.wt += training - int(w.lapse * max(self.wt, 0))
            self.wi += new - training - int(w.lapse * max(self.wi, 0))

            yield path.at(t, REQUESTS)
            cooling = self.cool > 0
            self.cool -= cooling
            if self.asks and not cooling and path.b != F and path.u != R:
                wish = int(path.theta * self.addressable() / 1000)
                ask = min(max(wish - self.pend - self.back - self.transit - self.border, 0), w.tranche)
                self.pend += ask
                self.req += ask

            yield path.at(t, LICENCES)
            if path.u == L and w.may_license[i] and not self.licensed:
                self.applied = self.applied or self.pend + self.back > 0
                self.clock += self.applied
                if self.clock > w.n_0 and path.uniform() < w.ell and path.uniform() >= w.denial[i]:
                    self.licensed = True

            yield path.at(t, CANCELLATION)
            excess = self.pend + self.back - int(max(path.theta, 1) * self.addressable() / 1000)
            if excess > 0:
                asked = min(excess, self.pend)
                c1 = path.binomial(asked, w.psi)
                c2 = path.binomial(min(excess - asked, self.back), w.psi * (1 - w.chi))
                self.pend -= c1
                self.back -= c2
                self.canc += c1 + c2


class Path:
    def __init__(self, w, rng, months, first_month):
        self.w, self.months, self.first_month, self.rng = w, months, first_month, rng
        self.normal, self.uniform, self.env = rng.standard_normal, rng.random, simpy.Environment()
        self.b, self.u, self.theta, self.belief, self.visible = w.b0, w.u0, 0.0, w.m_0, 0.0
        self.inv, self.row, self.us, self.line, self.starts, self.dealers, self.seized = w.inv0, w.row0, w.us0, 0, 0, 0, 0
        self.landed = w.delta * w.row0 * (1 - w.pi_s)
        self.gross = self.take = self.open_months = self.t_first = self.t_5k = self.t_100k = 0
        self.theta_sum = self.premium_sum = self.ships = self.could_ship = 0.0
        self.voyages = {}
        for k in range(w.line):
            self.env.process(self.batch(w.wip0, k * MONTH + LINE))
        for actor in (self.governments, self.foundry, self.us_customers, self.domestic_makers, self.expectations, self.beijing, self.nvidia, self.customs,
                      self.grey_dealers, self.close):
            self.env.process(actor())
        self.buyers = [Buyer(self, i) for i in range(len(w.tau))]

    def at(self, month, event):
        return self.env.timeout(month * MONTH + event - self.env.now)

    def binomial(self, n, p):
        return int(self.rng.binomial(n, p)) if n > 0 else 0

    def beta_binomial(self, n, mean, concentration):
        return self.binomial(n, self.rng.beta(mean * concentration, (1 - mean) * concentration)) if 0 < mean < 1 else n * (mean >= 1)

    def governments(self):
        w = self.w
        for t in range(self.months):
            yield self.at(t, POLICY)
            v = self.uniform()
            self.b = sum(v >= x for x in w.b_cum[self.b][:3])
            if self.uniform() < -math.expm1(-w.eta_b * self.visible):
                self.b = F
            before, v = self.u, self.uniform()
            self.u = sum(v >= x for x in w.u_cum[self.u][:2])
            if self.uniform() < -math.expm1(-w.eta_u * self.visible):
                self.u = R
            if self.u == R and before != R:
                for voyage in list(self.voyages):
                    voyage.interrupt()
                for y in self.buyers:
                    self.bring_back(y, y.border)
                    y.border = 0
                    y.licensed, y.applied, y.clock = False, False, 0

    def bring_back(self, buyer, chips):
        self.inv += chips
        buyer.back += chips
        buyer.shp -= chips

    def batch(self, chips, until):
        self.line += chips
        yield self.env.timeout(until)
        w = self.w
        self.line -= chips
        self.inv += self.beta_binomial(chips, w.y_inf - w.y_gap * math.exp(-self.starts / w.nu), w.kappa_y) if chips else 0

    def foundry(self):
        """Its alarm is set a month ahead, a batch's several: what is finished this month is finished first."""
        w, squeezed, noise = self.w, self.w.squeezed, self.w.sigma_c * self.normal()
        for t in range(self.months):
            yield self.at(t, LINE)
            squeezed = self.uniform() >= w.sq_off if squeezed else self.uniform() < w.sq_on
            noise = w.phi_c * noise + w.sigma_c * math.sqrt(1 - w.phi_c**2) * self.normal()
            capacity = int(w.capacity[t] * math.exp(noise) * (w.sq_q if squeezed else 1))
            target = (sum(y.back for y in self.buyers) + w.omega * sum(y.pend for y in self.buyers) + w.c_s * w.us_demand[t]
                      - self.inv - self.line)
            if self.b == F:
                target *= 1 - w.pause
            start = min(max(math.floor(target), w.s_min), capacity)
            self.starts += start
            self.env.process(self.batch(start, w.line * MONTH))

    def us_customers(self):
        w = self.w
        for t in range(self.months):
            yield self.at(t, US)
            sold = min(self.inv, w.us_demand[t])
            self.inv -= sold
            self.row += sold
            self.us += int(w.us_share * sold)

    def domestic_makers(self):
        w = self.w
        for t in range(self.months):
            yield self.at(t, DOMESTIC)
            pool = int(min(w.dom_max, w.dom[t] * math.exp(w.sigma_dom * self.normal())))
            for mandated in (True, False):
                want = []
                for y in self.buyers:
                    wt, wi = max(y.wt, 0), max(y.wi, 0)
                    if bool(w.mandate[y.i]) != mandated:
                        want.append(0)
                    elif mandated:
                        want.append(-(-wi // w.e_i) - (-wt // w.e_t))
                    else:
                        want.append(int(w.s_i * wi / w.e_i) + int(w.s_t * wt / w.e_t))
                for y, units in zip(self.buyers, proportional(want, pool)):
                    inference = min(units, -(-max(y.wi, 0) // w.e_i))
                    y.wi -= inference * w.e_i
                    y.wt -= (units - inference) * w.e_t
                    y.dom += units
                    pool -= units

    def expectations(self):
        """What buyers believe about the fill rate makes them ask for `theta` times what they could use: their best response."""
        w = self.w
        for t in range(self.months):
            yield self.at(t, EXPECTATIONS)
            m = self.belief
            mu = math.log(m) - w.s**2 / 2
            m1 = m * phi((-mu - w.s**2) / w.s) + phi(mu / w.s)
            argument = (w.r + w.c_o * m1) / ((w.c_u + w.c_o) * m)
            if w.r >= w.c_u * m1:
                self.theta = 0.0
            elif argument >= 1:
                self.theta = 1.0
            else:
                self.theta = min(max(math.exp(-mu - w.s**2 - w.s * normal_quantile(argument)), 1), w.theta_max)
            self.theta_sum += self.theta

    def beijing(self):
        w = self.w
        for t in range(self.months):
            yield self.at(t, REVIEW)
            mood, grants = w.common * self.normal(), []
            for y in self.buyers:
                grants.append(0)
                if y.pend == 0 or not w.may_approve[y.i]:
                    continue
                x = mood + w.own * self.normal()
                wt, wi = max(y.wt, 1), max(y.wi, 1)
                shift = (w.gamma_u * (wt / (wt + wi) - 0.5) + w.favour[y.i]
                         - w.gamma_v * w.visible[y.i] * math.log(max(y.pend / w.size_ref, 1)))
                if x < w.approve[self.b] + shift:
                    grants[-1] = self.beta_binomial(y.pend, w.mu[self.b], w.kappa[self.b])
                elif x > w.refuse[self.b] + max(shift, -1):
                    y.ref += y.pend
                    y.pend, y.cool = 0, w.cooling
            for y, granted in zip(self.buyers, proportional(grants, w.quota if self.b == C else sum(grants))):
                kept = int(w.conv * granted)
                y.pend -= granted
                y.back += kept
                y.canc += granted - kept
                y.granted += granted

    def nvidia(self):
        w = self.w
        for t in range(self.months):
            yield self.at(t, SHIPPING)
            q = [min(y.back, max(w.ahead[self.b] - y.transit - y.border, 0), max(w.cap - y.shp, 0))
                 if self.u == L and y.licensed and self.b != F else 0 for y in self.buyers]
            total = sum(q)
            if total == 0:
                self.belief += w.lambda_0 * (w.m_0 - self.belief)
                continue
            room = max(int(w.ceiling * self.us) - sum(y.shp for y in self.buyers), 0)
            supply = min(max(self.inv - math.ceil(w.c_row * w.us_demand[t]), 0), room, w.lab)
            shipped = proportional(q, supply)
            for y, chips in zip(self.buyers, shipped):
                if chips:
                    y.back -= chips
                    y.shp += chips
                    y.transit += chips
                    self.inv -= chips
                    voyage = self.env.process(self.voyage(y, chips))
                    self.voyages[voyage] = None
            self.belief += w.lambda_m * (sum(shipped) / total - self.belief)
            self.ships += sum(shipped)
            self.could_ship += total

    def voyage(self, buyer, chips):
        try:
            yield self.env.timeout(self.w.transit * MONTH)
            buyer.border += chips
        except simpy.Interrupt:
            self.bring_back(buyer, chips)
        buyer.transit -= chips
        del self.voyages[self.env.active_process]

    def customs(self):
        w = self.w
        for t in range(self.months):
            yield self.at(t, CLEARING)
            mood, self.visible, arrived = w.common * self.normal(), 0.0, 0
            for y in self.buyers:
                if y.border > 0 and self.u != R and mood + w.own * self.normal() < w.clear[self.b]:
                    chips = min(y.border, w.lot[self.b])
                    y.border -= chips
                    y.delivered += chips
                    y.serve(chips)
                    arrived += chips
                    self.visible += w.visible[y.i] * chips / 10_000
                    y.first = y.first or t + 1
            self.gross += w.price * arrived
            self.take += w.price * arrived * w.fee_bp // 10_000

    def grey_dealers(self):
        w = self.w
        for t in range(self.months):
            yield self.at(t, GREY)
            eager = 2 if self.b == F or self.u == R else 1
            want = [int(w.grey[y.i] * (max(y.wt, 0) + max(y.wi, 0)) / 1000 * eager) for y in self.buyers]
            total = sum(want)
            premium = 0.0
            if total:
                premium = 3.0 if self.landed == 0 else min(w.pi_ref * (total / (6 * self.landed)) ** w.zeta_g, 3.0)
            diverted = self.binomial(self.row, min(1, w.delta * w.enforce * ((1 + premium) / (1 + w.pi_ref)) ** w.eps))
            caught = self.binomial(diverted, w.pi_s)
            self.row -= diverted
            self.seized += caught
            self.landed = diverted - caught
            self.dealers += self.landed
            self.premium_sum += premium
            for y, chips in zip(self.buyers, proportional(want, self.dealers)):
                self.dealers -= chips
                y.grey += chips
                y.serve(chips)

    def close(self):
        for t in range(self.months):
            yield self.at(t, CLOSE)
            self.open_months += self.b >= C
            delivered = sum(y.delivered for y in self.buyers)
            self.t_first = self.t_first or (t + 1) * (delivered > 0)
            self.t_5k = self.t_5k or (t + 1) * (delivered >= 5_000)
            self.t_100k = self.t_100k or (t + 1) * (delivered >= 100_000)
            if self.first_month + t == 12:
                for y in self.buyers:
                    y.delivered_2026 = y.delivered

    def outcomes(self):
        never = self.months + 1
        rows = [(y.delivered_2026, y.delivered, y.req, y.ref, y.canc, y.border, max(y.wt, 0) / 1000, (max(y.wt, 0) + max(y.wi, 0)) / 1000,
                 y.dom, y.grey, y.first or never) for y in self.buyers]
        total = [sum(column) for column in zip(*rows)]
        total[-1] = self.t_first or never
        more = (self.ships / self.could_ship if self.could_ship else math.nan, self.theta_sum / self.months, self.gross, self.take,
                self.gross - self.take, self.inv + self.line, self.seized, self.premium_sum / self.months, self.open_months,
                self.t_5k or never, self.t_100k or never)
        return [x for row in (*rows, total, more) for x in row]


BY_BUYER = """delivered_2026 delivered_T requested_T refused_T cancelled_T border_T unmet_training unmet_total domestic_units grey_units
    t_first""".split()
TOTALS = """supply_fill inflation_mean revenue us_take net_revenue stranded seized premium_mean months_open t_5k t_100k""".split()


def run(scenario, worlds, paths, seed):
    months, first_month = scenario["months"], int(scenario["start"].split("-")[1])
    rng = np.random.default_rng(seed)
    began, cpu = time.perf_counter(), time.process_time()
    rows = []
    for record in draw_worlds(scenario, rng, worlds):
        world = SimpleNamespace(**{name: record[name].tolist() for name in record.dtype.names})
        for _ in range(paths):
            path = Path(world, rng, months, first_month)
            path.env.run(until=months * MONTH)
            rows.append(path.outcomes())
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    keys = [(key, buyer) for buyer in [*scenario["buyers"], "total"] for key in BY_BUYER] + [(key, "total") for key in TOTALS]
    return result("simpy", scenario, worlds, paths, seconds, cpu, dict(zip(keys, np.array(rows, float).T)), {})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scenario", help="scenario.resolved.toml, as greenlight run writes it")
    parser.add_argument("--worlds", type=int, default=150)
    parser.add_argument("--paths", type=int, default=2, help="paths in each world")
    parser.add_argument("--seed", type=int, default=1)
    a = parser.parse_args()
    if a.worlds < 2:
        raise SystemExit("errors need two worlds")
    scenario = load(a.scenario)
    refuse_all_but_baseline(scenario)
    show(run(scenario, a.worlds, a.paths, a.seed))


if __name__ == "__main__":
    main()
