//! E11: chips come in by the side door, at a premium; some are seized (`model.md` 4.12).

use super::draws::Luck;
use super::state::{State, sum};
use crate::domain::{Beijing, Chips, Washington};
use crate::lanes::{Row, each};
use crate::random::{binomials, power};
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
    #[inline(always)]
    pub(super) fn premium(&self, wanted: Chips, landed: Chips) -> f64 {
        let scarcity = wanted.real() / (REFERENCE_MONTHS * landed.real());
        let premium = self.reference_premium * power(scarcity, self.scarcity_elasticity);
        let bounded = if premium < LARGEST_PREMIUM { premium } else { LARGEST_PREMIUM };
        if wanted == Chips::ZERO { 0.0 } else { bounded }
    }
}

/// Diverts, seizes and sells.
#[inline(always)]
pub fn trade<const N: usize>(state: &mut State<N>, terms: &Terms, luck: &Luck<N>) {
    let buyers = terms.propensity.len();
    let urgency: Row<f64, N> = each(|l| match (state.beijing[l], state.washington[l]) {
        (Beijing::Frozen, _) | (_, Washington::Revoked) => 2.0,
        _ => 1.0,
    });
    for ((slot, account), propensity) in state.desk.demands.iter_mut().zip(&state.accounts).zip(&terms.propensity) {
        let open = account.open_need();
        *slot = each(|l| Chips::floor(propensity * open[l].real() / 1000.0 * urgency[l]));
    }
    let in_all = sum(&state.desk.demands[..buyers]);
    let premium: Row<_, N> = each(|l| terms.premium(in_all[l], state.landed[l]));
    let pull: Row<f64, N> = each(|l| power((1.0 + premium[l]) / (1.0 + terms.reference_premium), terms.premium_elasticity));
    let hazard: Row<_, N> = each(|l| if terms.diverted * pull[l] < 1.0 { terms.diverted * pull[l] } else { 1.0 });
    let diverted = binomials(&each(|l| state.rest_of_world[l].0), &hazard, &luck.diversion.uniform(&luck.now, 0));
    let seized = binomials(&diverted, &Row::all(terms.seized_share), &luck.seizure.uniform(&luck.now, 0));
    let (diverted, seized): (Row<Chips, N>, Row<Chips, N>) = (each(|l| Chips(diverted[l])), each(|l| Chips(seized[l])));
    state.rest_of_world -= diverted;
    state.seized += seized;
    state.landed = each(|l| diverted[l] - seized[l]);
    state.dealers_stock += state.landed;
    state.flows.diverted = diverted;
    state.flows.premium = premium;

    state.dealers_stock -= state.desk.share_out(buyers, &state.dealers_stock);
    for (account, chips) in state.accounts.iter_mut().zip(&state.desk.shares[..buyers]) {
        account.serve(*chips);
        account.grey += *chips;
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
        assert_eq!(TERMS.premium(Chips(9_000.0), Chips(1_500.0)), 0.5);
    }

    #[test]
    fn the_premium_stays_between_nothing_and_three_times_the_price() {
        assert_eq!(TERMS.premium(Chips::ZERO, Chips::ZERO), 0.0);
        assert_eq!(TERMS.premium(Chips(1.0), Chips::ZERO), LARGEST_PREMIUM);
    }

    #[test]
    fn what_landed_before_the_start_is_the_expected_flow_less_seizures() {
        // 1,000,000 × 0.0025 × 0.9 = 2,250.
        assert_eq!(TERMS.landed_at_start(Chips(1_000_000.0)), Chips(2_250.0));
    }
}
