//! E12: buyers cancel what they asked for beyond their wish, where terms allow (`model.md` 4.13).

use super::draws::Luck;
use super::requests;
use super::state::State;
use crate::domain::Chips;
use crate::random::binomial;
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
pub fn cancel(state: &mut State, terms: &Terms, requests: &requests::Terms, luck: &Luck, accounts: usize, month: usize) {
    let inflation = state.flows.inflation.max(1.0);
    for (buyer, account) in state.accounts[..accounts].iter_mut().enumerate() {
        let excess = (account.pending + account.backlog - requests.wish(account, buyer, inflation)).positive();
        if excess == Chips::ZERO {
            continue;
        }
        let of_requests = excess.min(account.pending);
        let of_orders = (excess - of_requests).min(account.backlog);
        let requests = Chips(binomial(of_requests.0, terms.request, luck.cancellations[buyer].uniform(month, 0)));
        let orders = Chips(binomial(of_orders.0, terms.order, luck.cancellations[buyer].uniform(month, 1)));
        account.pending -= requests;
        account.backlog -= orders;
        account.cancelled += requests + orders;
    }
}
