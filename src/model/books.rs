//! E13: the books must balance to the last chip (`model.md` 3.4).
//!
//! Laws C1 to C6 and the bounds hold in every month of every path, exactly.

use super::World;
use super::state::{Account, State};
use crate::domain::{COUNT_LIMIT, Chips, MilliH200, Usd};
use std::fmt;

/// A law that did not hold: a bug, or numbers beyond what the model can count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenBooks {
    /// Which law.
    pub law: &'static str,
    /// In which month, from 1.
    pub month: usize,
    /// One side and the other.
    pub sides: (i64, i64),
}

impl fmt::Display for BrokenBooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { law, month, sides: (left, right) } = self;
        write!(f, "in month {month} the books broke: {law} ({left} against {right})")
    }
}

impl std::error::Error for BrokenBooks {}

/// Checks every law at the end of a month.
pub fn audit(state: &State, world: &World, month: usize) -> Result<(), BrokenBooks> {
    let equal = |law, left: i64, right: i64| if left == right { Ok(()) } else { Err(BrokenBooks { law, month, sides: (left, right) }) };
    let at_most = |law, left: i64, right: i64| if left <= right { Ok(()) } else { Err(BrokenBooks { law, month, sides: (left, right) }) };
    let accounts = &state.accounts[..world.buyers()];
    let sum = |of: fn(&Account) -> Chips| -> i64 { accounts.iter().map(of).sum::<Chips>().0 };

    let in_line: Chips = state.line[..world.line.months].iter().sum();
    let line_at_start = world.line.bin_at_start.0 * world.line.months as i64;
    let abroad = state.rest_of_world + state.dealers_stock + state.seized;
    let on_the_way: i64 = accounts.iter().flat_map(|a| a.transit.iter()).sum::<Chips>().0;
    equal(
        "C1: chips started and owned at the start are delivered, stocked, under way, diverted or scrapped",
        world.line.stock_at_start.0 + line_at_start + world.us_market.rest_of_world_at_start.0 + state.started.0,
        state.stock.0 + in_line.0 + abroad.0 + state.scrapped.0 + on_the_way + sum(Account::delivered) + sum(|a| a.grey),
    )?;
    equal(
        "C2: chips started are good, scrapped or in the line",
        state.started.0 + line_at_start,
        state.finished.0 + state.scrapped.0 + in_line.0,
    )?;
    let flows = &state.flows;
    equal("C5: domestic capacity is sold or idle", flows.domestic_offered.0, flows.domestic_sold.0 + flows.domestic_idle.0)?;
    equal("C6: gross revenue is price times deliveries", state.gross.0, Chips(sum(Account::delivered)).at(world.price).0)?;
    at_most("C6: the US share is part of gross revenue", state.fee.0, state.gross.0)?;

    for (account, opened) in accounts.iter().zip(&world.opened) {
        let way: Chips = account.transit.iter().sum();
        let orders = account.pending + way + account.backlog + account.delivered() + account.cancelled + account.refused;
        equal("C3: chips asked for are pending, under way, ordered, delivered, cancelled or refused", account.requested.0, orders.0)?;
        let served: MilliH200 = (account.delivered() + account.grey).need() + account.served_otherwise + account.lapsed;
        let open = account.training + account.inference;
        equal("C4: need is served, lapsed or open", account.generated.0, (served + open).0)?;
        at_most("C4: need only grows from what was there at the start", opened.generated.0, account.generated.0)?;
        at_most("deliveries were shipped", account.delivered().0, account.shipped.0)?;
        at_most("shipments were asked for", account.shipped.0, account.requested.0)?;
        at_most("shipments stay under the customer cap", account.shipped.0, world.shipping.customer_cap().0)?;
        let smallest = account.transit.iter().copied().chain([account.pending, account.backlog, account.shipped, account.grey]).min();
        at_most("no order is negative", 0, smallest.unwrap_or_default().0)?;
        at_most("needs stay countable", account.generated.0, COUNT_LIMIT)?;
        at_most("requests stay countable", account.requested.0, COUNT_LIMIT)?;
    }
    at_most("shipments stay under the US ceiling", sum(|a| a.shipped), world.shipping.ceiling(state).0)?;
    let smallest = [state.stock, state.rest_of_world, state.dealers_stock, state.scrapped, in_line].into_iter().min();
    at_most("no stock is negative", 0, smallest.unwrap_or_default().0)?;
    at_most("chips stay countable", state.started.0 + state.rest_of_world.0 + state.stock.0, COUNT_LIMIT)
}

/// Books the month's revenue: paid on delivery, the US share in whole hundredths of a percent.
pub fn book_revenue(state: &mut State, world: &World) {
    let gross = state.flows.delivered.at(world.price);
    let fee = Usd((i128::from(gross.0) * i128::from(world.fee_basis_points) / 10_000) as i64);
    state.flows.gross = gross;
    state.flows.fee = fee;
    state.gross += gross;
    state.fee += fee;
}
