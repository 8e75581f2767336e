//! E5: Chinese chips are shared out, first to those who must buy them (`model.md` 4.6, 4.7).

use super::allocation::{Shares, proportional};
use super::draws::Luck;
use super::state::{Account, State};
use crate::domain::{Chips, MAX_BUYERS, MilliH200, Washington};
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
        let milli = |ratio: f64| MilliH200::floor(1000.0 * ratio + 0.5).max(MilliH200(1));
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
    pub fn paired_limit(&self, account: &Account) -> Chips {
        if self.pairing_ratio > 0.0 { Chips::floor(account.domestic.real() / self.pairing_ratio) } else { Chips::UNLIMITED }
    }
}

/// Shares out the month's domestic units; `mandated` says who must buy domestic for the whole need.
pub fn share_out(state: &mut State, terms: &Terms, luck: &Luck, mandated: &[bool], month: usize) {
    let mut offered = terms.expected[month - 1];
    if terms.log_std_dev > 0.0 {
        let shock = luck.domestic.normal(month, 0);
        offered *= exp(terms.log_std_dev * shock - terms.log_std_dev * terms.log_std_dev / 2.0);
    }
    let offered = Chips::floor(offered).min(terms.maximum);
    let accounts = &mut state.accounts[..mandated.len()];

    let first = demands(accounts, mandated, |account, must| match must {
        true => terms.domestic.whole_need(account),
        false => {
            let owed = Chips::floor(terms.pairing_ratio * (account.backlog + account.shipped).real());
            (owed - account.domestic).positive()
        }
    });
    let left = offered - buy(accounts, &first, offered, &terms.domestic, |account, units| account.domestic += units);
    let second = demands(accounts, mandated, |account, must| if must { Chips::ZERO } else { terms.domestic.accepted_need(account) });
    let left = left - buy(accounts, &second, left, &terms.domestic, |account, units| account.domestic += units);

    state.flows.domestic_offered = offered;
    state.flows.domestic_sold = offered - left;
    state.flows.domestic_idle = left;
}

/// Shares out the month's H20, if there are any and both governments let them in.
pub fn share_out_h20(state: &mut State, terms: &Terms, may_buy: &[bool]) {
    let open = state.washington == Washington::Licensing && state.beijing.admits();
    if terms.h20_units > Chips::ZERO && open {
        let accounts = &mut state.accounts[..may_buy.len()];
        let wanted = demands(accounts, may_buy, |account, may| if may { terms.h20.accepted_need(account) } else { Chips::ZERO });
        buy(accounts, &wanted, terms.h20_units, &terms.h20, |account, units| account.h20 += units);
    }
}

fn demands(accounts: &[Account], flags: &[bool], demand: impl Fn(&Account, bool) -> Chips) -> Shares {
    let mut demands = [Chips::ZERO; MAX_BUYERS];
    for ((slot, account), flag) in demands.iter_mut().zip(accounts).zip(flags) {
        *slot = demand(account, *flag);
    }
    demands
}

/// Rations, books what each buyer gets, and returns the units sold.
fn buy(accounts: &mut [Account], wanted: &Shares, offered: Chips, use_of: &Usefulness, enter: impl Fn(&mut Account, Chips)) -> Chips {
    let shares = proportional(&wanted[..accounts.len()], offered);
    for (account, units) in accounts.iter_mut().zip(shares) {
        use_of.serve(account, units);
        enter(account, units);
    }
    shares.iter().sum()
}

impl Usefulness {
    /// Units that would meet everything.
    fn whole_need(&self, account: &Account) -> Chips {
        units_for(account.inference, self.inference) + units_for(account.training, self.training)
    }

    /// Units for the part of the need that buyers accept to serve this way.
    fn accepted_need(&self, account: &Account) -> Chips {
        let part = |share: f64, need: MilliH200, unit: MilliH200| Chips::floor(share * need.positive().real() / unit.real());
        part(self.inference_accepted, account.inference, self.inference) + part(self.training_accepted, account.training, self.training)
    }

    /// Units go to inference first, the rest to training.
    fn serve(&self, account: &mut Account, units: Chips) {
        let to_inference = units.min(units_for(account.inference, self.inference));
        let inference = MilliH200(to_inference.0 * self.inference.0);
        let training = MilliH200((units - to_inference).0 * self.training.0);
        account.inference -= inference;
        account.training -= training;
        account.served_otherwise += inference + training;
    }
}

/// Units, rounded up, that meet a need.
fn units_for(need: MilliH200, per_unit: MilliH200) -> Chips {
    Chips((need.positive().0 + per_unit.0 - 1) / per_unit.0)
}
