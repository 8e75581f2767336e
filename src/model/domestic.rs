//! E5: Chinese chips are shared out, first to those who must buy them (`model.md` 4.6, 4.7).

use super::draws::Luck;
use super::state::{Account, State};
use crate::domain::{Chips, MilliH200, Washington};
use crate::lanes::{Row, any, each};
use crate::random::exp;
use crate::scenario::parameters::Parameters;

/// Domestic supply of one world, and the H20 pool beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct Terms {
    /// Expected units by month.
    expected: Vec<f64>,
    log_std_dev: f64,
    maximum: Chips,
    domestic: Usefulness,
    /// Domestic units that must be bought for each H200; 0 for no such rule.
    pub pairing_ratio: f64,
    h20_units: Chips,
    h20: Usefulness,
}

/// What one unit is good for, and for how much of their need buyers will take it.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Usefulness {
    inference: MilliH200,
    training: MilliH200,
    inference_accepted: f64,
    training_accepted: f64,
}

impl Terms {
    /// Supply over `months` months.
    pub fn new(numbers: &Parameters<f64>, months: usize) -> Self {
        let (domestic, h20) = (&numbers.domestic, &numbers.h20);
        let mut units = domestic.units_per_month;
        let expected = (0..months).map(|_| {
            let this_month = units;
            units *= 1.0 + domestic.growth_per_month;
            this_month
        });
        // Whole thousandths of an H200, so that need balances stay exact.
        let milli = |ratio: f64| MilliH200::floor(1000.0 * ratio + 0.5).max(MilliH200(1.0));
        let usefulness = |inference: f64, training: f64| Usefulness {
            inference: milli(inference),
            training: milli(training),
            inference_accepted: domestic.inference_accepted_share,
            training_accepted: domestic.training_accepted_share,
        };
        Self {
            expected: expected.collect(),
            log_std_dev: domestic.log_std_dev,
            maximum: Chips::floor(domestic.maximum_units_per_month),
            domestic: usefulness(domestic.inference_ratio, domestic.training_ratio),
            pairing_ratio: domestic.pairing_ratio,
            h20_units: Chips::floor(h20.units_per_month),
            h20: usefulness(h20.inference_ratio, h20.training_ratio),
        }
    }

    /// H200 that the pairing rule lets this buyer have been shipped in all.
    #[inline(always)]
    pub fn paired_limit(&self, domestic: Chips) -> Chips {
        if self.pairing_ratio > 0.0 { Chips::floor(domestic.real() / self.pairing_ratio) } else { Chips::UNLIMITED }
    }
}

/// Shares out the month's domestic units; `mandated` says who must buy domestic for the whole need.
#[inline(always)]
pub fn share_out<const N: usize>(state: &mut State<N>, terms: &Terms, luck: &Luck<N>, mandated: &[bool], month: usize) {
    let mut offered: Row<_, N> = Row::all(terms.expected[month - 1]);
    if terms.log_std_dev > 0.0 {
        let shock = luck.domestic.normal(&luck.now, 0);
        offered = each(|l| offered[l] * exp(terms.log_std_dev * shock[l] - terms.log_std_dev * terms.log_std_dev / 2.0));
    }
    let offered: Row<_, N> = each(|l| Chips::floor(offered[l]).min(terms.maximum));
    let buyers = mandated.len();

    let mut left = offered;
    for ((slot, account), must) in state.desk.demands.iter_mut().zip(&state.accounts).zip(mandated) {
        *slot = match must {
            true => terms.domestic.whole_need(account),
            false if terms.pairing_ratio > 0.0 => each(|l| {
                let owed = Chips::floor(terms.pairing_ratio * (account.backlog[l] + account.shipped[l]).real());
                (owed - account.domestic[l]).positive()
            }),
            false => Row::default(),
        };
    }
    left -= state.desk.share_out(buyers, &left);
    buy(state, buyers, &terms.domestic, |account| &mut account.domestic);
    for ((slot, account), must) in state.desk.demands.iter_mut().zip(&state.accounts).zip(mandated) {
        *slot = if *must { Row::default() } else { terms.domestic.accepted_need(account) };
    }
    left -= state.desk.share_out(buyers, &left);
    buy(state, buyers, &terms.domestic, |account| &mut account.domestic);

    state.flows.domestic_offered = offered;
    state.flows.domestic_sold = each(|l| offered[l] - left[l]);
    state.flows.domestic_idle = left;
}

/// Shares out the month's H20, if there are any and both governments let them in.
#[inline(always)]
pub fn share_out_h20<const N: usize>(state: &mut State<N>, terms: &Terms, may_buy: &[bool]) {
    if terms.h20_units > Chips::ZERO {
        let open = |l: usize| state.washington[l] == Washington::Licensing && state.beijing[l].admits();
        let offered = each(|l| terms.h20_units.only_if(open(l)));
        for ((slot, account), may) in state.desk.demands.iter_mut().zip(&state.accounts).zip(may_buy) {
            *slot = if *may { terms.h20.accepted_need(account) } else { Row::default() };
        }
        state.desk.share_out(may_buy.len(), &offered);
        buy(state, may_buy.len(), &terms.h20, |account| &mut account.h20);
    }
}

/// Books what each buyer got.
#[inline(always)]
fn buy<const N: usize>(state: &mut State<N>, buyers: usize, use_of: &Usefulness, count: impl Fn(&mut Account<N>) -> &mut Row<Chips, N>) {
    for (account, units) in state.accounts.iter_mut().zip(&state.desk.shares[..buyers]) {
        if any::<N>(|l| units[l] > Chips::ZERO) {
            use_of.serve(account, units);
            *count(account) += *units;
        }
    }
}

impl Usefulness {
    /// Units that would meet everything.
    #[inline(always)]
    fn whole_need<const N: usize>(&self, account: &Account<N>) -> Row<Chips, N> {
        each(|l| units_for(account.inference[l], self.inference) + units_for(account.training[l], self.training))
    }

    /// Units for the part of the need that buyers accept to serve this way.
    #[inline(always)]
    fn accepted_need<const N: usize>(&self, account: &Account<N>) -> Row<Chips, N> {
        let part = |share: f64, need: MilliH200, unit: MilliH200| Chips::floor(share * need.positive().real() / unit.real());
        each(|l| {
            part(self.inference_accepted, account.inference[l], self.inference)
                + part(self.training_accepted, account.training[l], self.training)
        })
    }

    /// Units go to inference first, the rest to training.
    #[inline(always)]
    fn serve<const N: usize>(&self, account: &mut Account<N>, units: &Row<Chips, N>) {
        let to_inference: Row<_, N> = each(|l| units[l].min(units_for(account.inference[l], self.inference)));
        let inference: Row<_, N> = each(|l| MilliH200(to_inference[l].0 * self.inference.0));
        let training: Row<_, N> = each(|l| MilliH200((units[l] - to_inference[l]).0 * self.training.0));
        account.inference -= inference;
        account.training -= training;
        account.served_otherwise += each(|l| inference[l] + training[l]);
    }
}

/// Units, rounded up, that meet a need.
#[inline(always)]
fn units_for(need: MilliH200, per_unit: MilliH200) -> Chips {
    Chips((need.positive().0 / per_unit.0).ceil())
}
