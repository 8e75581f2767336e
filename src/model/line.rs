//! E2: wafers, packaging, memory: chips come off the line, new ones are started (`model.md` 4.3).
//!
//! Capacity is what Blackwell and Rubin leave free; starts follow the order book, within capacity.

use super::draws::Luck;
use super::state::{State, sum};
use crate::domain::{Beijing, Chips};
use crate::lanes::{Row, each};
use crate::random::{beta_binomials, exp};
use crate::scenario::parameters::Supply;

/// The longest line in months.
pub const MAX_LINE: usize = 36;

/// The line of one world.
#[derive(Clone, Debug, PartialEq)]
pub struct Terms {
    /// `L`, months from start to finish.
    pub months: usize,
    /// `Inv_0`.
    pub stock_at_start: Chips,
    /// `wip_0` of each bin.
    pub bin_at_start: Chips,
    /// Capacity by month before noise and squeeze, `C_max (1 - b_t)`.
    free_capacity: Vec<f64>,
    minimum_starts: Chips,
    yield_share: f64,
    yield_gap: f64,
    learning_chips: f64,
    yield_concentration: f64,
    noise: f64,
    persistence: f64,
    squeeze_begins: f64,
    squeeze_ends: f64,
    squeeze_ratio: f64,
    build_ahead: f64,
    us_cover: f64,
    frozen_ratio: f64,
}

impl Terms {
    /// The line over `months` months.
    pub fn new(supply: &Supply<f64>, forbid_diversion: bool, months: usize) -> Self {
        let minimum_starts = Chips::floor(supply.minimum_starts_per_month);
        Self {
            months: (supply.line_months as usize).clamp(1, MAX_LINE),
            stock_at_start: Chips::floor(supply.stock_chips),
            bin_at_start: Chips::floor(supply.line_fill_ratio * minimum_starts.real()),
            free_capacity: (1..=months).map(|t| free_capacity(supply, forbid_diversion, t)).collect(),
            minimum_starts,
            yield_share: supply.yield_share,
            yield_gap: supply.yield_gap_at_start_share,
            learning_chips: supply.yield_learning_chips,
            yield_concentration: supply.yield_concentration,
            noise: supply.capacity_log_std_dev,
            persistence: supply.capacity_persistence,
            squeeze_begins: supply.squeeze_begins_per_month,
            squeeze_ends: supply.squeeze_ends_per_month,
            squeeze_ratio: supply.squeeze_capacity_ratio,
            build_ahead: supply.build_ahead_share,
            us_cover: supply.us_cover_months,
            frozen_ratio: 1.0 - supply.pause_share_when_frozen,
        }
    }

    /// The first noise comes from the stationary law, so that the mean factor is exactly 1 from the start.
    #[inline(always)]
    pub fn first_noise<const N: usize>(&self, luck: &Luck<N>) -> Row<f64, N> {
        let first = luck.capacity.normal(&luck.now, 0);
        each(|l| self.noise * first[l])
    }
}

/// What the tightest of wafers, packaging and memory allows and the newer chips leave free, in month `t`.
pub(super) fn free_capacity(supply: &Supply<f64>, forbid_diversion: bool, t: usize) -> f64 {
    let contestable = (supply.wafers_per_month * supply.dies_per_wafer)
        .min(supply.packaging_wafers_per_month * supply.packages_per_wafer)
        .min(supply.memory_stacks_per_month / supply.memory_stacks_per_chip);
    let (start, later) = (supply.newer_chips_share_at_start, supply.newer_chips_share_later);
    let ramped = (t as f64 - supply.ramp_start_months).max(0.0);
    let newer = if forbid_diversion { start } else { later + (start - later) * exp(-ramped / supply.ramp_months) };
    contestable * (1.0 - newer)
}

/// The oldest batch finishes; some of it fails test.
#[inline(always)]
pub fn finish<const N: usize>(state: &mut State<N>, terms: &Terms, luck: &Luck<N>) {
    let batch = state.line[0];
    state.line.copy_within(1..terms.months, 0);
    state.line[terms.months - 1] = Row::default();

    let mut yield_share: Row<_, N> = Row::all(terms.yield_share);
    if terms.yield_gap > 0.0 {
        let learnt: Row<_, N> = each(|l| terms.yield_gap * exp(-state.started[l].real() / terms.learning_chips));
        yield_share = each(|l| (terms.yield_share - learnt[l]).max(0.0));
    }
    let good = beta_binomials(&each(|l| batch[l].0), &yield_share, &Row::all(terms.yield_concentration), &luck.yields, &luck.now);
    let good: Row<_, N> = each(|l| Chips(good[l]));
    let scrapped: Row<_, N> = each(|l| batch[l] - good[l]);
    state.flows.good = good;
    state.flows.scrapped = scrapped;
    state.finished += good;
    state.scrapped += scrapped;
    state.stock += good;
}

/// New chips are started: enough for approved orders, some of the requests and US cover, within capacity.
#[inline(always)]
pub fn start<const N: usize>(state: &mut State<N>, terms: &Terms, luck: &Luck<N>, us_demand: Chips, accounts: usize, month: usize) {
    let turn = luck.squeeze.uniform(&luck.now, 0);
    state.squeezed = each(|l| if state.squeezed[l] { turn[l] >= terms.squeeze_ends } else { turn[l] < terms.squeeze_begins });
    let mut capacity: Row<_, N> = Row::all(terms.free_capacity[month - 1]);
    if terms.noise > 0.0 {
        let shock = luck.capacity.normal(&luck.now, 0);
        let fresh = terms.noise * (1.0 - terms.persistence * terms.persistence).sqrt();
        state.capacity_noise = each(|l| terms.persistence * state.capacity_noise[l] + fresh * shock[l]);
        capacity = each(|l| capacity[l] * exp(state.capacity_noise[l] - terms.noise * terms.noise / 2.0));
    }
    let capacity: Row<_, N> = each(|l| Chips::floor(if state.squeezed[l] { capacity[l] * terms.squeeze_ratio } else { capacity[l] }));

    let (mut ordered, mut asked) = (Row::default(), Row::default());
    for account in &state.accounts[..accounts] {
        ordered += account.backlog;
        asked += account.pending;
    }
    let in_line = sum(&state.line[..terms.months]);
    let started: Row<_, N> = each(|l| {
        let target = ordered[l].real() + terms.build_ahead * asked[l].real() + terms.us_cover * us_demand.real()
            - state.stock[l].real()
            - in_line[l].real();
        let target = if state.beijing[l] == Beijing::Frozen { target * terms.frozen_ratio } else { target };
        Chips::floor(target).max(terms.minimum_starts).min(capacity[l])
    });
    state.line[terms.months - 1] = started;
    state.started += started;
    state.flows.capacity = capacity;
    state.flows.started = started;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The defaults of `model.md` 4.3.
    fn defaults() -> Supply<f64> {
        Supply::build(&mut |field| field.default_for(0).unwrap())
    }

    #[test]
    fn wafers_are_the_tightest_stage_by_default() {
        // min(3,000 × 55, 6,000 × 29, 1,000,000 / 6) = 165,000; before the ramp 5% of it is free.
        assert!((free_capacity(&defaults(), false, 1) - 165_000.0 * 0.05).abs() < 1e-6);
    }

    #[test]
    fn a_ramp_adds_up_to_the_contracts_total() {
        // model.md O4: C_0 = 10,000, C_1 = 60,000, tau = 3, from month 0: floors of months 1 to 12.
        let supply = Supply {
            wafers_per_month: 1_000.0,
            dies_per_wafer: 100.0,
            newer_chips_share_at_start: 0.9,
            newer_chips_share_later: 0.4,
            ramp_start_months: 0.0,
            ramp_months: 3.0,
            ..defaults()
        };
        let months: Vec<i64> = (1..=12).map(|t| Chips::floor(free_capacity(&supply, false, t)).whole()).collect();
        assert_eq!(months[..3], [24_173, 34_329, 41_606]);
        assert_eq!(months.iter().sum::<i64>(), 595_924);
    }

    #[test]
    fn the_strict_foundry_certificate_stops_the_ramp() {
        assert_eq!(free_capacity(&defaults(), true, 24), free_capacity(&defaults(), true, 1));
    }
}
