//! E7: Washington licenses buyers one by one (`model.md` 4.9).

use super::draws::Luck;
use super::state::{Licence, State};
use crate::domain::{Chips, Washington};
use crate::scenario::parameters::Parameters;

/// Licensing in one world.
#[derive(Clone, Debug, PartialEq)]
pub struct Terms {
    /// `n_0`, months (the first included) before a decision.
    minimum_months: u32,
    decided_per_month: f64,
    denial: Vec<f64>,
    may_license: Vec<bool>,
}

impl Terms {
    /// Licensing for buyers of whom `may_license` says who can ever be licensed.
    pub fn new(numbers: &Parameters<f64>, may_license: Vec<bool>) -> Self {
        Self {
            minimum_months: numbers.washington.licence_minimum_months as u32,
            decided_per_month: numbers.washington.licence_per_month,
            denial: numbers.buyers.iter().map(|b| b.us_denial).collect(),
            may_license,
        }
    }
}

/// Decides applications; a denied buyer stays in the queue and may be decided again next month.
pub fn decide(state: &mut State, terms: &Terms, luck: &Luck, month: usize) {
    if state.washington != Washington::Licensing {
        return;
    }
    for (buyer, may) in terms.may_license.iter().enumerate() {
        let account = &mut state.accounts[buyer];
        let waited = match account.licence {
            Licence::Granted => continue,
            Licence::Waiting(months) => months + 1,
            Licence::None if *may && account.pending + account.backlog > Chips::ZERO => 1,
            Licence::None => continue,
        };
        let decided = waited > terms.minimum_months && luck.licences[buyer].uniform(month, 0) < terms.decided_per_month;
        let granted = decided && luck.licences[buyer].uniform(month, 1) >= terms.denial[buyer];
        account.licence = if granted { Licence::Granted } else { Licence::Waiting(waited) };
    }
}
