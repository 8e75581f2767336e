//! What is recorded of a path: the catalogue of monthly series and outcomes, with units and meanings.
//!
//! To add an outcome: declare it here and fill it in `books.rs`.

use crate::domain::{Beijing, Gate, MAX_BUYERS, Month, Washington};

/// One measured quantity.
#[derive(Debug, PartialEq)]
pub struct Metric {
    /// Name in tables.
    pub name: &'static str,
    /// Unit in words.
    pub unit: &'static str,
    /// What it is, for the codebook.
    pub meaning: &'static str,
    /// The recorded integer times this is the value in its unit.
    pub scale: f64,
    /// Whether it exists for each buyer as well as in total.
    pub per_buyer: bool,
}

/// One monthly series: a metric of one buyer, or in total (`buyer: None`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Series {
    /// What is measured.
    pub metric: &'static Metric,
    /// Position of the buyer in the scenario; `None` for the total.
    pub buyer: Option<usize>,
}

/// One row of `outcomes.csv`: a metric of a buyer or in total, as a multiple of a recorded cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Name in tables; carries the date where there is one, such as `delivered_2026`.
    pub name: String,
    /// Unit in words.
    pub unit: &'static str,
    /// What it is, for the codebook.
    pub meaning: String,
    /// Position of the buyer in the scenario; `None` for the total.
    pub buyer: Option<usize>,
    /// Position in [`crate::stats::Record::outcomes`]; several outcomes may be multiples of one cell.
    pub cell: usize,
    /// The recorded integer times this is the value in its unit.
    pub scale: f64,
    /// The recorded integer that means "not within the horizon", if the outcome is a waiting time.
    pub censored_at: Option<i64>,
}

/// One categorical series of which every path is in exactly one state each month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Category {
    /// `beijing`, `washington` or `binding_gate`.
    pub name: &'static str,
    /// The words of its states.
    pub states: &'static [&'static str],
}

/// The categorical series, in the order of [`crate::stats::Record::states`].
pub const CATEGORIES: [Category; 3] = [
    Category { name: "beijing", states: &Beijing::WORDS },
    Category { name: "washington", states: &Washington::WORDS },
    Category { name: "binding_gate", states: &BINDING_GATES },
];

/// The gates, and `none` for a month in which nothing was held back.
pub const BINDING_GATES: [&str; Gate::WORDS.len() + 1] = {
    let mut words = ["none"; Gate::WORDS.len() + 1];
    let mut i = 0;
    while i < Gate::WORDS.len() {
        words[i] = Gate::WORDS[i];
        i += 1;
    }
    words
};

/// The catalogue of one model: what each recorded integer means.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// First month.
    pub start: Month,
    /// Number of months.
    pub months: usize,
    /// Number of buyers, at most [`MAX_BUYERS`].
    pub buyers: usize,
    /// The monthly series, in the order of [`crate::stats::Record::monthly`].
    pub monthly: Vec<Series>,
    /// The rows of `outcomes.csv`, in order.
    pub outcomes: Vec<Outcome>,
    /// Number of recorded outcome cells.
    pub outcome_cells: usize,
}

const _: () = assert!(MAX_BUYERS <= 16);
