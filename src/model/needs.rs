//! E4: some needs lapse, then new ones come (`model.md` 4.5).

use super::draws::Luck;
use super::state::{Account, State};
use crate::domain::MilliH200;
use crate::lanes::{Row, each};
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
    #[inline(always)]
    pub fn open<const N: usize>(&self, account: &mut Account<N>, buyer: usize) {
        self.add(account, Row::all(MilliH200::floor(self.pent_up_months * self.first[buyer])), buyer);
    }

    #[inline(always)]
    fn add<const N: usize>(&self, account: &mut Account<N>, new: Row<MilliH200, N>, buyer: usize) {
        let training: Row<_, N> = each(|l| MilliH200::floor(self.training_share[buyer] * new[l].real()));
        let inference: Row<_, N> = each(|l| new[l] - training[l]);
        account.training += training;
        account.inference += inference;
        account.generated += new;
        account.addressable_generated += each(|l| training[l] + MilliH200::floor(self.preferred_inference * inference[l].real()));
    }
}

/// Lapses old needs and adds this month's.
#[inline(always)]
pub fn grow<const N: usize>(state: &mut State<N>, terms: &Terms, luck: &Luck<N>, month: usize) {
    for (buyer, (account, first)) in state.accounts.iter_mut().zip(&terms.first).enumerate() {
        let training: Row<_, N> = each(|l| MilliH200::floor(terms.lapse * account.training[l].positive().real()));
        let inference: Row<_, N> = each(|l| MilliH200::floor(terms.lapse * account.inference[l].positive().real()));
        account.training -= training;
        account.inference -= inference;
        account.lapsed += each(|l| training[l] + inference[l]);

        let expected = first * terms.growth[month - 1];
        let new = if terms.log_std_dev > 0.0 {
            let shock = luck.needs[buyer].normal(&luck.now, 0);
            let half_variance = terms.log_std_dev * terms.log_std_dev / 2.0;
            each(|l| MilliH200::floor(expected * exp(terms.log_std_dev * shock[l] - half_variance)))
        } else {
            Row::all(MilliH200::floor(expected))
        };
        terms.add(account, new, buyer);
        state.flows.new_need += new;
    }
}
