//! E6: buyers ask, and for more than they need when they expect to be rationed (`model.md` 4.8, 5.4).

use super::state::{Account, State};
use crate::domain::{Beijing, Chips, Gate, MilliH200, Ordering, Rationing, Washington};
use crate::lanes::{Row, each};
use crate::random::{exp, ln, normal_chance, normal_draws};
use crate::scenario::parameters::Parameters;

/// How buyers ask in one world.
#[derive(Clone, Debug, PartialEq)]
pub struct Terms {
    /// Cost and belief constants of the best response.
    pub reply: BestReply,
    /// `m_0`.
    pub belief_at_start: f64,
    ordering: Ordering,
    rationing: Rationing,
    preferred_inference: f64,
    /// Coming need that each buyer plans for.
    horizon: Vec<MilliH200>,
    tranche: Chips,
    learning: f64,
    recovery: f64,
}

/// The constants of `model.md` 5.4, in units of the chip price.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BestReply {
    /// `c_u`
    pub shortage_cost: f64,
    /// `c_o`
    pub surplus_cost: f64,
    /// `r`
    pub order_cost: f64,
    /// `s`
    pub log_std_dev: f64,
    /// `theta_max`
    pub largest: f64,
}

impl Terms {
    /// How the scenario's buyers ask.
    pub fn new(numbers: &Parameters<f64>, ordering: Ordering, rationing: Rationing) -> Self {
        let requests = &numbers.requests;
        let preferred = requests.preferred_inference_share;
        let horizon = numbers.buyers.iter().map(|b| {
            let addressable = b.training_share + preferred * (1.0 - b.training_share);
            MilliH200::floor(1000.0 * requests.horizon_months * b.need_per_month * numbers.needs.scale * addressable)
        });
        Self {
            reply: BestReply {
                shortage_cost: requests.shortage_cost,
                surplus_cost: requests.surplus_cost,
                order_cost: requests.order_cost,
                log_std_dev: requests.belief_log_std_dev,
                largest: requests.largest_inflation_ratio,
            },
            belief_at_start: requests.belief_at_start_share,
            ordering,
            rationing,
            preferred_inference: preferred,
            horizon: horizon.collect(),
            tranche: Chips::floor(requests.tranche_chips),
            learning: requests.belief_learning_share,
            recovery: requests.belief_recovery_share,
        }
    }

    /// Order inflation at a belief; 0 when asking does not pay.
    #[inline(always)]
    fn inflation<const N: usize>(&self, belief: &Row<f64, N>) -> Row<f64, N> {
        match (self.ordering, self.rationing) {
            // Under equal gains over-asking wins nothing, so the best reply is the truth.
            (Ordering::Truthful, _) | (Ordering::BestResponse, Rationing::Uniform) => Row::all(1.0),
            (Ordering::Naive, _) => each(|l| (1.0 / belief[l]).min(self.reply.largest)),
            (Ordering::BestResponse, _) => self.reply.inflations(belief),
        }
    }

    /// Open need for which this buyer would take an H200, now.
    #[inline(always)]
    pub fn wanted_now<const N: usize>(&self, account: &Account<N>) -> Row<MilliH200, N> {
        let preferred = |l: usize| MilliH200::floor(self.preferred_inference * account.inference[l].positive().real());
        each(|l| account.training[l].positive() + preferred(l))
    }

    /// Addressable need over the planning horizon, `A_i`.
    #[inline(always)]
    pub fn addressable<const N: usize>(&self, account: &Account<N>, buyer: usize) -> Row<MilliH200, N> {
        let (wanted, horizon) = (self.wanted_now(account), self.horizon[buyer]);
        let stocked_ahead = |l: usize| (-account.training[l]).positive() + (-account.inference[l]).positive();
        each(|l| (wanted[l] + horizon - stocked_ahead(l)).positive())
    }

    /// What buyers believe after a month in which `shipped` of `eligible` chips were shipped.
    #[inline(always)]
    pub fn learn<const N: usize>(&self, belief: Row<f64, N>, shipped: &Row<Chips, N>, eligible: &Row<Chips, N>) -> Row<f64, N> {
        each(|l| {
            let seen = eligible[l] > Chips::ZERO;
            let fill = shipped[l].real() / eligible[l].max(Chips(1.0)).real();
            let weight = if seen { self.learning } else { self.recovery };
            let news = if seen { fill } else { self.belief_at_start };
            // Kept above zero: a belief of exactly nothing has no logarithm.
            ((1.0 - weight) * belief[l] + weight * news).max(1e-9)
        })
    }
}

/// Chips a buyer would like to have on order: `floor(theta A_i / 1000)`.
#[inline(always)]
pub fn wish(addressable: MilliH200, inflation: f64) -> Chips {
    Chips::floor(inflation * addressable.real() / 1000.0)
}

impl BestReply {
    /// The factor by which a buyer inflates its need; 0 when asking costs more than it can win.
    pub fn inflation(&self, belief: f64) -> f64 {
        self.inflations(&Row([belief]))[0]
    }

    /// The same at the belief of each path.
    #[inline(always)]
    fn inflations<const N: usize>(&self, belief: &Row<f64, N>) -> Row<f64, N> {
        let Self { shortage_cost, surplus_cost, order_cost, log_std_dev: s, largest } = *self;
        let mu: Row<_, N> = each(
            #[inline(always)]
            |l| ln(belief[l]) - s * s / 2.0,
        );
        let fill: Row<_, N> = each(
            #[inline(always)]
            |l| belief[l] * normal_chance((-mu[l] - s * s) / s) + normal_chance(mu[l] / s),
        );
        let fractile: Row<_, N> = each(|l| (order_cost + surplus_cost * fill[l]) / ((shortage_cost + surplus_cost) * belief[l]));
        let z: Row<_, N> = normal_draws(&each(|l| if fractile[l] < 1.0 { fractile[l] } else { 0.5 }));
        each(
            #[inline(always)]
            |l| {
                let theta = exp(-(mu[l] + s * s + s * z[l]));
                let bounded = if theta < largest { theta } else { largest };
                let theta = if (fractile[l] < 1.0) & (bounded > 1.0) { bounded } else { 1.0 };
                if order_cost >= shortage_cost * fill[l] { 0.0 } else { theta }
            },
        )
    }
}

/// Lodges the month's requests; `may_buy` says who could ever be approved and licensed.
#[inline(always)]
pub fn lodge<const N: usize>(state: &mut State<N>, terms: &Terms, may_buy: &[bool], transit_months: usize) {
    let inflation = terms.inflation(&state.belief);
    let flows = &mut state.flows;
    flows.inflation = inflation;
    let doors_shut: Row<bool, N> = each(|l| state.beijing[l] == Beijing::Frozen || state.washington[l] == Washington::Revoked);
    for (buyer, (account, may)) in state.accounts.iter_mut().zip(may_buy).enumerate() {
        let may_ask: Row<_, N> = each(|l| !doors_shut[l] & (account.cooling[l] <= 0.0));
        account.cooling = each(|l| if account.cooling[l] > 1.0 { account.cooling[l] - 1.0 } else { 0.0 });
        if !may {
            continue;
        }
        let addressable = terms.addressable(account, buyer);
        let on_order = account.on_order(transit_months);
        let request: Row<_, N> =
            each(|l| (wish(addressable[l], inflation[l]) - on_order[l]).positive().min(terms.tranche).only_if(may_ask[l]));
        account.pending += request;
        account.requested += request;
        flows.requested += request;
        flows.on_order += each(|l| on_order[l] + request[l]);
        flows.addressable += addressable;
    }
}

/// Books what the first two gates hold back at the month's end: wanted but not asked for, asked but not answered.
#[inline(always)]
pub fn book_waiting<const N: usize>(state: &mut State<N>, terms: &Terms, may_buy: &[bool], transit_months: usize) {
    for (account, may) in state.accounts.iter().zip(may_buy) {
        if *may {
            let (wanted, on_order) = (terms.wanted_now(account), account.on_order(transit_months));
            state.flows.hold(Gate::Request, each(|l| (wanted[l].chips() - on_order[l]).positive()));
        }
        state.flows.hold(Gate::Beijing, account.pending);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::normal_quantile;

    const REPLY: BestReply = BestReply { shortage_cost: 1.5, surplus_cost: 0.35, order_cost: 0.12, log_std_dev: 0.5, largest: 1e9 };

    fn inflation(belief: f64, order_cost: f64) -> f64 {
        BestReply { order_cost, ..REPLY }.inflation(belief)
    }

    #[test]
    fn the_best_reply_gives_the_contracts_numbers() {
        // model.md section 7, O20; the contract gives five decimals, so half of the last one is 5e-6.
        for (belief, order_cost, expected) in [
            (0.35, 0.00, 3.92409),
            (0.35, 0.05, 3.44945),
            (0.35, 0.12, 2.96273),
            (0.35, 0.25, 2.29603),
            (0.35, 0.50, 1.04840),
            (0.60, 0.12, 1.94613),
            (0.90, 0.12, 1.41528),
            (0.20, 0.25, 2.54289),
        ] {
            let theta = inflation(belief, order_cost);
            assert!((theta - expected).abs() < 6e-6, "belief {belief}, cost {order_cost}: {theta} is not {expected}");
        }
    }

    #[test]
    fn nobody_asks_when_asking_costs_more_than_it_wins() {
        // O20: at m = 0.35, M1 = 0.34813 and c_u M1 = 0.5222, so r = 0.53 is too much.
        assert_eq!(inflation(0.35, 0.53), 0.0);
    }

    #[test]
    fn the_best_reply_minimises_the_expected_cost() {
        // Independent check: minimise r q + c_u E(n - qF)+ + c_o E(qF - n)+ on a grid of q, with F = min(1, LN).
        let (belief, s) = (0.35, 0.5);
        let mu = libm::log(belief) - s * s / 2.0;
        let cost = |q: f64| -> f64 {
            let cells = 4000;
            let short_and_over = (0..cells).map(|i| {
                let fill = libm::exp(mu + s * normal_quantile((f64::from(i) + 0.5) / f64::from(cells))).min(1.0);
                1.5 * (1.0 - q * fill).max(0.0) + 0.35 * (q * fill - 1.0).max(0.0)
            });
            0.12 * q + short_and_over.sum::<f64>() / f64::from(cells)
        };
        let grid = (1000..5000).map(|q| f64::from(q) / 1000.0);
        let best = grid.min_by(|a, b| cost(*a).total_cmp(&cost(*b))).unwrap();
        // 4,000 cells place the kink of the cost to about 0.01 near the optimum.
        assert!((best - REPLY.inflation(belief)).abs() < 0.02, "{best}");
    }

    #[test]
    fn beliefs_settle_at_the_rationing_equilibrium() {
        // O21: N/S = 1.3, r = 0.25, lambda_m = 0.3 from 0.35: .34551, .34172, .33853 ... .32198 with theta* 2.3891.
        let mut belief = 0.35_f64;
        let mut seen = Vec::new();
        for _ in 0..200 {
            let fill = (1.0 / (1.3 * inflation(belief, 0.25))).min(1.0);
            belief = 0.7 * belief + 0.3 * fill;
            seen.push(belief);
        }
        for (value, expected) in seen.iter().zip([0.34551, 0.34172, 0.33853]) {
            assert!((value - expected).abs() < 6e-6, "{value} is not {expected}");
        }
        assert!((belief - 0.32198).abs() < 6e-6, "{belief}");
        assert!((inflation(belief, 0.25) - 2.3891).abs() < 6e-5);
    }

    #[test]
    fn when_need_is_four_times_supply_buyers_drop_out_and_return() {
        // O21: at N/S = 4, r = 0.25 the iteration does not settle: both staying out and asking recur.
        let mut belief = 0.35_f64;
        let (mut out, mut asking) = (0, 0);
        for month in 0..400 {
            let theta = inflation(belief, 0.25);
            let fill = if theta > 0.0 { (1.0 / (4.0 * theta)).min(1.0) } else { 0.35 };
            let weight = if theta > 0.0 { 0.3 } else { 0.05 };
            belief = (1.0 - weight) * belief + weight * fill;
            if month >= 200 {
                if theta > 0.0 { asking += 1 } else { out += 1 }
            }
        }
        assert!(out > 10 && asking > 10, "out {out}, asking {asking}");
    }
}
