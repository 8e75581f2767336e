//! A whole path, month by month, as the chronicle asks about it: stocks, gains, and who had which part.

use super::World;
use super::state::{Account, State};
use super::wording::{chips, count, listed};
use crate::domain::{Chips, Month, Washington};
use crate::lanes::Row;
use crate::scenario::Scenario;

/// A number of chips for each buyer that has any, the largest first.
pub type ByBuyer = Vec<(usize, Chips)>;

/// A whole path: `states[0]` is before the first month, `states[t]` the end of month `t`.
pub struct Course<'a> {
    pub scenario: &'a Scenario,
    pub world: &'a World,
    pub states: Vec<State<1>>,
}

impl Course<'_> {
    pub fn last(&self) -> usize {
        self.scenario.months
    }

    pub fn month(&self, t: usize) -> Month {
        self.scenario.start.plus(t.max(1) as i32 - 1)
    }

    pub fn accounts(&self, t: usize) -> &[Account<1>] {
        &self.states[t].accounts[..self.world.buyers()]
    }

    pub fn name(&self, buyer: usize) -> &str {
        &self.scenario.buyers[buyer].name
    }

    /// A stock of all buyers at the end of month `t`.
    pub fn total(&self, t: usize, of: fn(&Account<1>) -> Row<Chips, 1>) -> Chips {
        self.accounts(t).iter().map(|a| of(a)[0]).sum()
    }

    /// What a cumulative count of all buyers gained in month `t`.
    pub fn gain(&self, t: usize, of: fn(&Account<1>) -> Row<Chips, 1>) -> Chips {
        self.total(t, of) - self.total(t - 1, of)
    }

    /// What a stock is in month `t`, by buyer.
    pub fn each(&self, t: usize, of: impl Fn(&Account<1>) -> Row<Chips, 1>) -> ByBuyer {
        largest_first(self.accounts(t).iter().map(|a| of(a)[0]).collect())
    }

    /// What a cumulative count gained in month `t`, by buyer.
    pub fn gains(&self, t: usize, of: impl Fn(&Account<1>) -> Row<Chips, 1>) -> ByBuyer {
        largest_first(self.accounts(t).iter().zip(self.accounts(t - 1)).map(|(now, was)| of(now)[0] - of(was)[0]).collect())
    }

    /// What Beijing had before it when it reviewed this buyer in month `t`.
    pub fn asked(&self, t: usize, buyer: usize) -> Chips {
        let (was, now) = (&self.accounts(t - 1)[buyer], &self.accounts(t)[buyer]);
        was.pending[0] + now.requested[0] - was.requested[0]
    }

    /// What buyers cancelled of their own will in month `t`: what did not survive the terms is left out.
    pub fn withdrawn(&self, t: usize, buyer: usize) -> Chips {
        let (was, now) = (&self.accounts(t - 1)[buyer], &self.accounts(t)[buyer]);
        let turned_down = (now.granted[0] - was.granted[0]) - (now.confirmed[0] - was.confirmed[0]);
        now.cancelled[0] - was.cancelled[0] - turned_down
    }

    /// The same of all buyers, the largest first.
    pub fn withdrawals(&self, t: usize) -> ByBuyer {
        largest_first((0..self.world.buyers()).map(|buyer| self.withdrawn(t, buyer)).collect())
    }

    /// Whether Washington revoked in month `t`.
    pub fn revoked(&self, t: usize) -> bool {
        self.states[t].washington[0] == Washington::Revoked && self.states[t - 1].washington[0] != Washington::Revoked
    }

    /// `Alpha 12,000, Beta 8,000 and 3 others 9,000`.
    pub fn amounts(&self, buyers: &[(usize, Chips)]) -> String {
        let others = |rest: &[(usize, Chips)]| format!("{} others {}", rest.len(), chips(sum(rest)));
        listed(buyers, |(buyer, amount)| format!("{} {}", self.name(*buyer), chips(*amount)), others)
    }

    /// Who it was, for the end of a sentence: `: Alpha 12,000 and Beta 8,000`, or `, all to Alpha`.
    pub fn shared(&self, buyers: &[(usize, Chips)], preposition: &str) -> String {
        match buyers {
            [(only, _)] => format!(", all {preposition} {}", self.name(*only)),
            several => format!(": {}", self.amounts(several)),
        }
    }

    /// The month in which a flow was largest; the first of equals.
    pub fn largest_month(&self, of: impl Fn(usize) -> Chips) -> usize {
        (1..=self.last()).rev().max_by_key(|t| of(*t)).unwrap_or(1)
    }

    /// Who got how much of what was asked for, and how much of that became orders.
    pub fn grants(&self, t: usize, granted: &[(usize, Chips)]) -> String {
        let orders = self.gain(t, |a| a.confirmed);
        let survive =
            if orders == sum(granted) { "all of which become orders".into() } else { format!("of which {} become orders", chips(orders)) };
        let asked = |buyers: &[(usize, Chips)]| chips(buyers.iter().map(|(buyer, _)| self.asked(t, *buyer)).sum());
        let each = |it: &(usize, Chips)| format!("{} {} of {}", self.name(it.0), chips(it.1), asked(&[*it]));
        let others = |rest: &[(usize, Chips)]| format!("{} others {} of {}", rest.len(), chips(sum(rest)), asked(rest));
        match granted {
            [] => String::new(),
            [(only, got)] => format!("grants {} {} of the {} H200 asked for, {survive}", self.name(*only), chips(*got), asked(granted)),
            several => format!(
                "grants {} of the {} H200 asked for, {survive}: {}",
                chips(sum(several)),
                asked(several),
                listed(several, each, others)
            ),
        }
    }

    pub fn refusals(&self, t: usize, refused: &[(usize, Chips)]) -> String {
        let cooling = refused.iter().map(|(buyer, _)| self.accounts(t)[*buyer].cooling[0] as usize).max().unwrap_or_default();
        let wait = if cooling > 0 { format!(" (no new request for {})", count(cooling, "month")) } else { String::new() };
        match refused {
            [] => String::new(),
            [(only, amount)] => format!("refuses {} the {} H200 asked for{wait}", self.name(*only), chips(*amount)),
            several => format!("refuses {} H200{wait}: {}", chips(sum(several)), self.amounts(several)),
        }
    }
}

/// All of them together.
pub fn sum(buyers: &[(usize, Chips)]) -> Chips {
    buyers.iter().map(|(_, amount)| *amount).sum()
}

/// Buyers with any, the largest first; equals in the order of the scenario.
fn largest_first(amounts: Vec<Chips>) -> ByBuyer {
    let mut buyers: ByBuyer = amounts.into_iter().enumerate().filter(|(_, amount)| *amount > Chips::ZERO).collect();
    buyers.sort_by_key(|(_, amount)| -*amount);
    buyers
}
