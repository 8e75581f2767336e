//! E7: Washington licenses buyers one by one (`model.md` 4.9).

use super::draws::Luck;
use super::state::State;
use crate::domain::{Chips, Washington};
use crate::lanes::{Row, any, each};
use crate::scenario::parameters::Parameters;

/// Licensing in one world.
#[derive(Clone, Debug, PartialEq)]
pub struct Terms {
    /// `n_0`, months (the first included) before a decision.
    minimum_months: f64,
    decided_per_month: f64,
    denial: Vec<f64>,
    may_license: Vec<bool>,
}

impl Terms {
    /// Licensing for buyers of whom `may_license` says who can ever be licensed.
    pub fn new(numbers: &Parameters<f64>, may_license: Vec<bool>) -> Self {
        Self {
            minimum_months: numbers.washington.licence_minimum_months.trunc(),
            decided_per_month: numbers.washington.licence_per_month,
            denial: numbers.buyers.iter().map(|b| b.us_denial).collect(),
            may_license,
        }
    }
}

/// Decides applications; a denied buyer stays in the queue and may be decided again next month.
#[inline(always)]
pub fn decide<const N: usize>(state: &mut State<N>, terms: &Terms, luck: &Luck<N>) {
    let licensing: Row<bool, N> = each(|l| state.washington[l] == Washington::Licensing);
    for (buyer, may) in terms.may_license.iter().enumerate() {
        let account = &mut state.accounts[buyer];
        let applies: Row<bool, N> = each(|l| {
            let asks = *may & ((account.pending[l] + account.backlog[l]) > Chips::ZERO);
            licensing[l] & !account.licensed[l] & (asks | (account.applied[l] > 0.0))
        });
        if !any::<N>(|l| applies[l]) {
            continue;
        }
        account.applied += each(|l| if applies[l] { 1.0 } else { 0.0 });
        let (decision, verdict) = (luck.licences[buyer].uniform(&luck.now, 0), luck.licences[buyer].uniform(&luck.now, 1));
        account.licensed = each(|l| {
            let decided = (account.applied[l] > terms.minimum_months) & (decision[l] < terms.decided_per_month);
            account.licensed[l] | (applies[l] & decided & (verdict[l] >= terms.denial[buyer]))
        });
    }
}
