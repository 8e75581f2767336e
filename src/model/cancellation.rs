//! E12: buyers cancel what they asked for beyond their wish, where terms allow (`model.md` 4.13).

use super::draws::Luck;
use super::requests;
use super::state::State;
use crate::domain::Chips;
use crate::lanes::{Row, any, each};
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
pub fn cancel<const N: usize>(state: &mut State<N>, terms: &Terms, requests: &requests::Terms, luck: &Luck<N>, accounts: usize) {
    let flows = &state.flows;
    let inflation: Row<f64, N> = each(|l| if flows.inflation[l] > 1.0 { flows.inflation[l] } else { 1.0 });
    for (buyer, account) in state.accounts[..accounts].iter_mut().enumerate() {
        let has_any: Row<Chips, N> = each(|l| account.pending[l] + account.backlog[l]);
        if !any::<N>(|l| has_any[l] > Chips::ZERO) {
            continue;
        }
        // Requests go first, then orders.
        let addressable = requests.addressable(account, buyer);
        let excess: Row<Chips, N> = each(|l| (has_any[l] - requests::wish(addressable[l], inflation[l])).positive());
        let asked: Row<Chips, N> = each(|l| excess[l].min(account.pending[l]));
        let ordered: Row<Chips, N> = each(|l| (excess[l] - asked[l]).min(account.backlog[l]));
        let draws = &luck.cancellations[buyer];
        let asked = withdrawn(&asked, terms.request, || draws.uniform(&luck.now, 0));
        let ordered = withdrawn(&ordered, terms.order, || draws.uniform(&luck.now, 1));
        account.pending -= asked;
        account.backlog -= ordered;
        account.cancelled += each(|l| asked[l] + ordered[l]);
    }
}

/// How many of `most` are withdrawn, each with the same chance.
#[inline(always)]
fn withdrawn<const N: usize>(most: &Row<Chips, N>, chance: f64, draw: impl Fn() -> Row<f64, N>) -> Row<Chips, N> {
    if !any::<N>(|l| most[l] > Chips::ZERO) {
        return Row::default();
    }
    let counts = binomials(&each(|l| most[l].0), &Row::all(chance), &draw());
    each(|l| Chips(counts[l]))
}
