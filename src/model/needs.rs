//! E4: some needs lapse, then new ones come (`model.md` 4.5).

use super::draws::Luck;
use super::state::{Account, State};
use crate::domain::{MAX_BUYERS, MilliH200};
use crate::random::exp;
use crate::scenario::parameters::Parameters;

/// The needs of one world.
#[derive(Clone, Debug, PartialEq)]
pub struct Terms {
    /// Expected new need of each buyer in the first month.
    first: Vec<f64>,
    /// Growth factor by month, 1 in the first.
    growth: Vec<f64>,
    training_share: Vec<f64>,
    pent_up_months: f64,
    log_std_dev: f64,
    lapse: f64,
    preferred_inference: f64,
}

impl Terms {
    /// The needs of all buyers over `months` months.
    pub fn new(numbers: &Parameters<f64>, months: usize) -> Self {
        let needs = &numbers.needs;
        let mut factor = 1.0;
        let growth = (0..months).map(|_| {
            let this_month = factor;
            factor *= 1.0 + needs.growth_per_month;
            this_month
        });
        Self {
            first: numbers.buyers.iter().map(|b| 1000.0 * b.need_per_month * needs.scale).collect(),
            growth: growth.collect(),
            training_share: numbers.buyers.iter().map(|b| b.training_share).collect(),
            pent_up_months: needs.pent_up_months,
            log_std_dev: needs.log_std_dev,
            lapse: needs.lapse_per_month,
            preferred_inference: numbers.requests.preferred_inference_share,
        }
    }

    /// Puts the need that is already waiting into a fresh account.
    pub fn open(&self, account: &mut Account, buyer: usize) {
        self.add(account, MilliH200::floor(self.pent_up_months * self.first[buyer]), buyer);
    }

    /// New need of each buyer before rounding. Draws first and exponentials after, so that the processor works on several at once.
    fn expected(&self, luck: &Luck, month: usize) -> [f64; MAX_BUYERS] {
        let mut expected = [0.0; MAX_BUYERS];
        if self.log_std_dev > 0.0 {
            for (slot, draws) in expected.iter_mut().zip(&luck.needs).take(self.first.len()) {
                *slot = self.log_std_dev * draws.normal(month, 0) - self.log_std_dev * self.log_std_dev / 2.0;
            }
        }
        for (slot, first) in expected.iter_mut().zip(&self.first) {
            *slot = first * self.growth[month - 1] * exp(*slot);
        }
        expected
    }

    fn add(&self, account: &mut Account, new: MilliH200, buyer: usize) {
        let training = MilliH200::floor(self.training_share[buyer] * new.real());
        let inference = new - training;
        account.training += training;
        account.inference += inference;
        account.generated += new;
        account.addressable_generated += training + MilliH200::floor(self.preferred_inference * inference.real());
    }
}

/// Lapses old needs and adds this month's.
pub fn grow(state: &mut State, terms: &Terms, luck: &Luck, month: usize) {
    let expected = terms.expected(luck, month);
    for (buyer, account) in state.accounts[..terms.first.len()].iter_mut().enumerate() {
        let training = MilliH200::floor(terms.lapse * account.training.positive().real());
        let inference = MilliH200::floor(terms.lapse * account.inference.positive().real());
        account.training -= training;
        account.inference -= inference;
        account.lapsed += training + inference;

        let new = MilliH200::floor(expected[buyer]);
        terms.add(account, new, buyer);
        state.flows.new_need += new;
    }
}
