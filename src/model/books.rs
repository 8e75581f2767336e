//! E13: the books must balance to the last chip (`model.md` 3.4).
//!
//! Laws C1 to C6 and the bounds hold in every month of every path, exactly.

use super::World;
use super::state::{Account, State};
use crate::domain::{COUNT_LIMIT, Chips, MilliH200, Usd};
use crate::lanes::{Row, each};
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

/// Checks every law of path `l` of the block at the end of a month.
pub fn audit<const N: usize>(state: &State<N>, world: &World, l: usize, month: usize) -> Result<(), BrokenBooks> {
    let broken = |law, left: f64, right: f64| Err(BrokenBooks { law, month, sides: (left as i64, right as i64) });
    // Written so that a number that is not one fails.
    let equal = |law, left: f64, right: f64| if left == right { Ok(()) } else { broken(law, left, right) };
    let at_most = |law, left: f64, right: f64| if left <= right { Ok(()) } else { broken(law, left, right) };
    let accounts = &state.accounts[..world.buyers()];
    let sum = |of: fn(&Account<N>) -> &Row<Chips, N>| -> f64 { accounts.iter().map(|a| of(a)[l]).sum::<Chips>().0 };
    let delivered = |a: &Account<N>| a.delivered_mainland[l] + a.delivered_offshore[l];
    let on_the_way = |a: &Account<N>| -> Chips { a.transit[..=world.shipping.transit_months].iter().map(|bin| bin[l]).sum() };

    let in_line = state.line[..world.line.months].iter().map(|bin| bin[l]).sum::<Chips>().0;
    let line_at_start = world.line.bin_at_start.0 * world.line.months as f64;
    let abroad = state.rest_of_world[l] + state.dealers_stock[l] + state.seized[l];
    let all_delivered: Chips = accounts.iter().map(delivered).sum();
    let all_on_the_way: Chips = accounts.iter().map(on_the_way).sum();
    equal(
        "C1: chips started and owned at the start are delivered, stocked, under way, diverted or scrapped",
        world.line.stock_at_start.0 + line_at_start + world.us_market.rest_of_world_at_start.0 + state.started[l].0,
        state.stock[l].0 + in_line + abroad.0 + state.scrapped[l].0 + all_on_the_way.0 + all_delivered.0 + sum(|a| &a.grey),
    )?;
    equal(
        "C2: chips started are good, scrapped or in the line",
        state.started[l].0 + line_at_start,
        state.finished[l].0 + state.scrapped[l].0 + in_line,
    )?;
    let flows = &state.flows;
    equal("C5: domestic capacity is sold or idle", flows.domestic_offered[l].0, (flows.domestic_sold[l] + flows.domestic_idle[l]).0)?;
    equal("C6: gross revenue is price times deliveries", state.gross[l].0, all_delivered.at(world.price).0)?;
    at_most("C6: the US share is part of gross revenue", state.fee[l].0, state.gross[l].0)?;

    for (a, opening_need) in accounts.iter().zip(&world.opening_need) {
        let orders = a.pending[l] + on_the_way(a) + a.backlog[l] + delivered(a) + a.cancelled[l] + a.refused[l];
        equal("C3: chips asked for are pending, under way, ordered, delivered, cancelled or refused", a.requested[l].0, orders.0)?;
        let served: MilliH200 = (delivered(a) + a.grey[l]).need() + a.served_otherwise[l] + a.lapsed[l];
        let open = a.training[l] + a.inference[l];
        equal("C4: need is served, lapsed or open", a.generated[l].0, (served + open).0)?;
        at_most("C4: need only grows from what was there at the start", opening_need.0, a.generated[l].0)?;
        at_most("deliveries were shipped", delivered(a).0, a.shipped[l].0)?;
        at_most("shipments were asked for", a.shipped[l].0, a.requested[l].0)?;
        at_most("shipments stay under the customer cap", a.shipped[l].0, world.shipping.customer_cap().0)?;
        let orders = [a.pending[l], a.backlog[l], a.shipped[l], a.grey[l]];
        let smallest = a.transit.iter().map(|bin| bin[l]).chain(orders).fold(Chips::ZERO, Chips::min);
        at_most("no order is negative", 0.0, smallest.0)?;
        at_most("needs stay countable", a.generated[l].0, COUNT_LIMIT)?;
        at_most("requests stay countable", a.requested[l].0, COUNT_LIMIT)?;
    }
    at_most("shipments stay under the US ceiling", sum(|a| &a.shipped), world.shipping.ceiling(state.us_shipped[l]).0)?;
    let stocks = [state.stock[l], state.rest_of_world[l], state.dealers_stock[l], state.scrapped[l]];
    let smallest = stocks.into_iter().fold(Chips(in_line), Chips::min);
    at_most("no stock is negative", 0.0, smallest.0)?;
    at_most("chips stay countable", (state.started[l] + state.rest_of_world[l] + state.stock[l]).0, COUNT_LIMIT)
}

/// Books the month's revenue: paid on delivery, the US share in whole hundredths of a percent.
#[inline(always)]
pub fn book_revenue<const N: usize>(state: &mut State<N>, world: &World) {
    let gross: Row<Usd, N> = each(|l| state.flows.delivered[l].at(world.price));
    let fee: Row<Usd, N> = each(|l| {
        // In two parts, so that no product passes 2^53.
        let ten_thousands = (gross[l].0 / 10_000.0).floor();
        let rest = gross[l].0 - ten_thousands * 10_000.0;
        Usd(ten_thousands * world.fee_basis_points + (rest * world.fee_basis_points / 10_000.0).floor())
    });
    state.flows.gross = gross;
    state.flows.fee = fee;
    state.gross += gross;
    state.fee += fee;
}
