//! E3: US and allied customers take theirs first (`model.md` 4.1).

use super::state::State;
use crate::domain::Chips;
use crate::lanes::{Row, each};
use crate::scenario::parameters::UsMarket;

/// The US market of one world.
#[derive(Clone, Debug, PartialEq)]
pub struct Terms {
    /// Demand by month, `d_t`.
    pub demand: Vec<Chips>,
    /// `U_0`.
    pub shipped_at_start: Chips,
    /// `Row_0`, H200 held in the rest of the world at the start.
    pub rest_of_world_at_start: Chips,
    us_share: f64,
    cover_months: f64,
}

impl Terms {
    /// The market over `months` months.
    pub fn new(market: &UsMarket<f64>, months: usize) -> Self {
        let shipped = Chips::floor(market.base_shipped_chips);
        let mut demand = market.demand_chips_per_month;
        let demand = (0..months).map(|_| {
            let this_month = Chips::floor(demand);
            demand *= 1.0 - market.decline_per_month;
            this_month
        });
        Self {
            demand: demand.collect(),
            shipped_at_start: shipped,
            // Without a US share nothing says how many chips the rest of the world holds beyond these.
            rest_of_world_at_start: if market.us_share > 0.0 { Chips::floor(shipped.real() / market.us_share) } else { shipped },
            us_share: market.us_share,
            cover_months: market.cover_months,
        }
    }

    /// What must stay in stock before China is served.
    pub fn cover(&self, month: usize) -> Chips {
        Chips::floor(self.cover_months * self.demand[month - 1].real())
    }
}

/// Serves US and allied customers from stock.
#[inline(always)]
pub fn serve<const N: usize>(state: &mut State<N>, terms: &Terms, month: usize) {
    let demand = terms.demand[month - 1];
    let served: Row<_, N> = each(|l| state.stock[l].min(demand));
    state.stock -= served;
    state.rest_of_world += served;
    state.us_shipped += each(|l| Chips::floor(terms.us_share * served[l].real()));
}
