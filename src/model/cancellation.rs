//! E12: buyers cancel what they asked for beyond their wish, where terms allow (`model.md` 4.13).

use super::allocation::Shares;
use super::draws::Luck;
use super::requests;
use super::state::{Account, Errands, State, at};
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
    let State { accounts: all, desk, errands, flows, .. } = state;
    let accounts = &mut all[..accounts];
    let inflation: Row<f64, N> = each(|l| if flows.inflation[l] > 1.0 { flows.inflation[l] } else { 1.0 });
    // Requests beyond the wish go on the desk as demands, orders as shares.
    errands.clear();
    for (buyer, account) in accounts.iter().enumerate() {
        let has_any: Row<Chips, N> = each(|l| account.pending[l] + account.backlog[l]);
        if !any::<N>(|l| has_any[l] > Chips::ZERO) {
            continue;
        }
        let addressable = requests.addressable(account, buyer);
        let excess: Row<Chips, N> = each(|l| (has_any[l] - requests::wish(addressable[l], inflation[l])).positive());
        desk.demands[buyer] = each(|l| excess[l].min(account.pending[l]));
        desk.shares[buyer] = each(|l| (excess[l] - excess[l].min(account.pending[l])).min(account.backlog[l]));
        errands.note(buyer, |l| desk.demands[buyer][l] > Chips::ZERO);
    }
    withdraw(accounts, errands, &desk.demands, |a| &mut a.pending, (terms.request, 0), luck);
    errands.clear();
    for (buyer, account) in accounts.iter().enumerate() {
        if any::<N>(|l| account.backlog[l] > Chips::ZERO) {
            errands.note(buyer, |l| desk.shares[buyer][l] > Chips::ZERO);
        }
    }
    withdraw(accounts, errands, &desk.shares, |a| &mut a.backlog, (terms.order, 1), luck);
}

/// Takes a binomial part of `most` from everybody on the list, each chip with this chance, by the draw in this slot.
#[inline(always)]
fn withdraw<const N: usize>(
    accounts: &mut [Account<N>],
    errands: &Errands<N>,
    most: &Shares<N>,
    from: impl Fn(&mut Account<N>) -> &mut Row<Chips, N>,
    (chance, slot): (f64, usize),
    luck: &Luck<N>,
) {
    for batch in errands.batches() {
        let (draws, place) = luck.now.gather(&luck.cancellations, |i| at(batch, i));
        let trials = each(|i| {
            let (buyer, l) = at(batch, i);
            most[buyer][l].0
        });
        let counts = binomials(&trials, &Row::all(chance), &draws.uniform(&place, slot));
        for (i, (buyer, l)) in batch.iter().enumerate() {
            let (account, l) = (&mut accounts[usize::from(*buyer)], usize::from(*l));
            from(account)[l] -= Chips(counts[i]);
            account.cancelled[l] += Chips(counts[i]);
        }
    }
}
