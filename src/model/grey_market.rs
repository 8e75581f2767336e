//! E11: chips come in by the side door, at a premium; some are seized (`model.md` 4.12).

use super::allocation::proportional;
use super::draws::Luck;
use super::state::State;
use crate::domain::{Beijing, Chips, MAX_BUYERS, Washington};
use crate::random::{binomial, power};
use crate::scenario::parameters::Parameters;

/// The grey market of one world.
#[derive(Clone, Debug, PartialEq)]
pub struct Terms {
    diverted: f64,
    premium_elasticity: f64,
    reference_premium: f64,
    scarcity_elasticity: f64,
    seized_share: f64,
    /// `g_i` of each buyer.
    propensity: Vec<f64>,
}

/// The premium never passes three times the list price (`model.md` 4.12).
const LARGEST_PREMIUM: f64 = 3.0;
/// Months of last month's flow that would meet demand at the reference premium (`model.md` 4.12).
const REFERENCE_MONTHS: f64 = 6.0;

impl Terms {
    /// The dealers and their customers.
    pub fn new(numbers: &Parameters<f64>) -> Self {
        let grey = &numbers.grey_market;
        Self {
            diverted: grey.diverted_per_month * grey.enforcement_ratio,
            premium_elasticity: grey.premium_elasticity,
            reference_premium: grey.reference_premium,
            scarcity_elasticity: grey.scarcity_elasticity,
            seized_share: grey.seized_share,
            propensity: numbers.buyers.iter().map(|b| b.grey_share_per_month).collect(),
        }
    }

    /// What landed in the month before the start, `delta Row_0 (1 - pi_s)`.
    pub fn landed_at_start(&self, rest_of_world: Chips) -> Chips {
        Chips::floor(self.diverted * rest_of_world.real() * (1.0 - self.seized_share))
    }

    /// The premium when buyers want `wanted` chips and `landed` came last month.
    pub(super) fn premium(&self, wanted: Chips, landed: Chips) -> f64 {
        if wanted == Chips::ZERO {
            return 0.0;
        }
        let scarcity = wanted.real() / (REFERENCE_MONTHS * landed.real());
        (self.reference_premium * power(scarcity, self.scarcity_elasticity)).clamp(0.0, LARGEST_PREMIUM)
    }
}

/// Diverts, seizes and sells.
pub fn trade(state: &mut State, terms: &Terms, luck: &Luck, month: usize) {
    let urgency = if state.beijing == Beijing::Frozen || state.washington == Washington::Revoked { 2.0 } else { 1.0 };
    let buyers = terms.propensity.len();
    let mut wanted = [Chips::ZERO; MAX_BUYERS];
    for ((slot, account), propensity) in wanted.iter_mut().zip(&state.accounts).zip(&terms.propensity) {
        *slot = Chips::floor(propensity * account.open_need().real() / 1000.0 * urgency);
    }
    let premium = terms.premium(wanted.iter().sum(), state.landed);
    let pull = power((1.0 + premium) / (1.0 + terms.reference_premium), terms.premium_elasticity);
    let diverted = Chips(binomial(state.rest_of_world.0, (terms.diverted * pull).min(1.0), luck.diversion.uniform(month, 0)));
    let seized = Chips(binomial(diverted.0, terms.seized_share, luck.seizure.uniform(month, 0)));
    state.rest_of_world -= diverted;
    state.seized += seized;
    state.landed = diverted - seized;
    state.dealers_stock += state.landed;
    state.flows.diverted = diverted;
    state.flows.premium = premium;

    let sold = proportional(&wanted[..buyers], state.dealers_stock);
    for (account, chips) in state.accounts[..buyers].iter_mut().zip(sold) {
        account.serve(chips);
        account.grey += chips;
        state.dealers_stock -= chips;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TERMS: Terms = Terms {
        diverted: 0.0025,
        premium_elasticity: 0.5,
        reference_premium: 0.5,
        scarcity_elasticity: 0.8,
        seized_share: 0.1,
        propensity: Vec::new(),
    };

    #[test]
    fn half_a_year_of_flow_gives_exactly_the_reference_premium() {
        // model.md O24: want 9,000, landed 1,500.
        assert_eq!(TERMS.premium(Chips(9_000), Chips(1_500)), 0.5);
    }

    #[test]
    fn the_premium_stays_between_nothing_and_three_times_the_price() {
        assert_eq!(TERMS.premium(Chips::ZERO, Chips::ZERO), 0.0);
        assert_eq!(TERMS.premium(Chips(1), Chips::ZERO), LARGEST_PREMIUM);
    }

    #[test]
    fn what_landed_before_the_start_is_the_expected_flow_less_seizures() {
        // 1,000,000 × 0.0025 × 0.9 = 2,250.
        assert_eq!(TERMS.landed_at_start(Chips(1_000_000)), Chips(2_250));
    }
}
