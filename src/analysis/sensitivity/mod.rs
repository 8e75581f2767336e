//! Which uncertain inputs drive an outcome: everything from the rows of one design, every index with its error.
//!
//! The estimators, where they come from and what they assume: `docs/sensitivity.md`.

mod assess;
mod design;
mod estimate;
mod pawn;
mod ranks;
#[cfg(test)]
mod tests;
mod words;

pub use assess::Rows;
pub use design::{Design, Experiment, Level, MOST_TORNADO_ROWS, Played, Row};
pub use estimate::Estimator;
pub use words::{by_decider, place, ranked, short, table};

use super::{Header, Valued};

/// What a sensitivity analysis found.
#[derive(Clone, Debug)]
pub struct Sensitivity {
    /// Which scenario; its worlds are those drawn whole: two for each row.
    pub header: Header,
    /// Worlds played in all, each with as many paths.
    pub worlds_played: u64,
    /// The uncertain inputs, in the order of the language, and last Beijing's hidden type.
    pub inputs: Vec<Uncertain>,
    /// Names of the groups of inputs: who decides, or knows best.
    pub groups: Vec<String>,
    /// Whether any input depends on another.
    pub is_dependent: bool,
    /// One per outcome that was asked for.
    pub outcomes: Vec<OutcomeEffects>,
    /// Name, unit and scale of each of them, in the same order.
    pub names: Vec<Named>,
    /// One per month: shares of the variance of the deliveries since the start; `None` where nothing varies.
    pub over_time: Vec<Option<MonthShares>>,
    /// What responds to what.
    pub audit: Audit,
    /// Names of the audited outcomes, in the same order.
    pub audited: Vec<Named>,
}

/// An uncertain input.
#[derive(Clone, Debug, PartialEq)]
pub struct Uncertain {
    /// Full key.
    pub key: String,
    /// Unit in words.
    pub unit: String,
    /// Position of its group.
    pub group: usize,
    /// What it is at its 10% and at its 90% value.
    pub ends: [String; 2],
}

/// An outcome's name.
#[derive(Clone, Debug, PartialEq)]
pub struct Named {
    /// As in tables.
    pub name: String,
    /// Key of the buyer; `None` for the total.
    pub buyer: Option<String>,
    /// Unit in words.
    pub unit: &'static str,
    /// What is estimated times this is in the unit.
    pub scale: f64,
}

/// What drives one outcome.
#[derive(Clone, Debug)]
pub struct OutcomeEffects {
    /// Mean outcome.
    pub mean: Valued,
    /// Standard deviation over paths of all worlds.
    pub std_dev: f64,
    /// Share of the variance that is ignorance: the part that all indices are shares of.
    pub ignorance: Option<Valued>,
    /// One per input.
    pub inputs: Vec<InputEffects>,
    /// One per group.
    pub groups: Vec<GroupEffect>,
}

/// What one input does to an outcome.
#[derive(Clone, Debug)]
pub struct InputEffects {
    /// First-order Sobol index.
    pub first: Option<Valued>,
    /// Total Sobol index.
    pub total: Option<Valued>,
    /// The best and the worst place by the total index that the noise allows, from 1.
    pub place: (usize, usize),
    /// Spearman's rank correlation.
    pub rank: Option<Effect>,
    /// Partial rank correlation.
    pub partial: Option<Effect>,
    /// PAWN index.
    pub pawn: Option<Valued>,
    /// What a PAWN index reaches without any effect.
    pub pawn_floor: f64,
    /// What its ends do to the mean.
    pub tornado: Option<Tornado>,
}

/// A number with a 95% interval that need not be symmetric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effect {
    /// The number.
    pub value: f64,
    /// Its interval.
    pub interval: (f64, f64),
}

/// Changes of the mean outcome.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tornado {
    /// With the input at its low value, less the mean.
    pub low: Valued,
    /// With the input at its high value, less the mean.
    pub high: Valued,
    /// High less low.
    pub change: Valued,
}

/// The Shapley effect of a group.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GroupEffect {
    /// Its share of the ignorance.
    pub share: Option<Valued>,
    /// What a share reaches without any effect.
    pub floor: Option<f64>,
}

/// Shares of the variance in a month; they sum to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct MonthShares {
    /// Luck.
    pub luck: Valued,
    /// Shapley effects of the groups, as shares of the whole variance.
    pub groups: Vec<Valued>,
}

/// What responds to what.
#[derive(Clone, Debug, PartialEq)]
pub struct Audit {
    /// One per audited cell.
    pub cells: Vec<Response>,
}

/// What one cell responds to.
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    /// Whether it varies at all.
    pub varies: bool,
    /// For each input, whether it ever moved it on the same luck.
    pub moved_by: Vec<bool>,
}
