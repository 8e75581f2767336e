//! E12: buyers cancel what they asked for beyond their wish, where terms allow (`model.md` 4.13).

use super::draws::Luck;
use super::requests;
use super::state::State;
use crate::domain::{Chips, Row, any, each};
use crate::random::binomials;
use crate::scenario::parameters::Requests;

/// Cancellation in one world.
#[derive(Clone, Debug, PartialEq)]
pub struct Terms {
    request: f64,
    order: f64,
}

impl Terms {
    /// Requests are cancelled freely, orders as far as prepayment lets go.
    pub fn new(numbers: &Requests<f64>) -> Self {
        Self { request: numbers.cancel_per_month, order: numbers.cancel_per_month * (1.0 - numbers.prepayment_strength) }
    }
}

/// Cancels some of every excess, requests before orders.
#[inline(always)]
pub fn cancel<const N: usize>(
    state: &mut State<N>,
    terms: &Terms,
    requests: &requests::Terms,
    luck: &Luck<N>,
    accounts: usize,
    month: usize,
) {
    let inflation: Row<f64, N> = each(|l| if state.flows.inflation[l] > 1.0 { state.flows.inflation[l] } else { 1.0 });
    for (buyer, account) in state.accounts[..accounts].iter_mut().enumerate() {
        if !any::<N>(|l| account.pending[l] + account.backlog[l] > Chips::ZERO) {
            continue;
        }
        let addressable = requests.addressable(account, buyer);
        let excess: Row<Chips, N> =
            each(|l| (account.pending[l] + account.backlog[l] - requests::wish(addressable[l], inflation[l])).positive());
        if !any::<N>(|l| excess[l] > Chips::ZERO) {
            continue;
        }
        let of_requests: Row<Chips, N> = each(|l| excess[l].min(account.pending[l]));
        let of_orders: Row<Chips, N> = each(|l| (excess[l] - of_requests[l]).min(account.backlog[l]));
        let draws = &luck.cancellations[buyer];
        let requests = binomials(&each(|l| of_requests[l].0), &Row::all(terms.request), &draws.uniform(month, 0));
        let orders = binomials(&each(|l| of_orders[l].0), &Row::all(terms.order), &draws.uniform(month, 1));
        account.pending -= each(|l| Chips(requests[l]));
        account.backlog -= each(|l| Chips(orders[l]));
        account.cancelled += each(|l| Chips(requests[l] + orders[l]));
    }
}
