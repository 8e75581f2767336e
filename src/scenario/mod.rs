//! What the user asked: the scenario language, from text to a proof that it is valid.
//!
//! Holding a [`Scenario`] means that every rule of the language was checked.

mod changes;
pub mod facts;
pub mod forecasts;
pub mod grid;
mod layers;
mod mix;
mod number;
pub mod observable;
pub mod parameters;
mod problem;
mod raw;
mod reader;
mod reference;
mod resolved;
mod schema;
mod schema_json;
mod strict;
mod sweeps;
mod uncertain;
mod unknown;
mod validate;

pub use changes::{Change, changes, table_of};
pub use mix::mix;
pub use observable::{Condition, Happening, Observable, Range, Statement};
pub use problem::{ErrorKind, Problem, ScenarioError, escape, excerpt};
pub use reference::reference_markdown;
pub use resolved::{Row, quoted, resolved_toml, rows};
pub use schema_json::json_schema;
pub use strict::{Unsupported, unsupported};
pub use sweeps::StoredSweep;
pub use unknown::nearest;

use std::collections::BTreeMap;

use crate::domain::{Beijing, Date, Grade, Month, Ordering, Rationing, Sampling, Washington};
use crate::random::Distribution;
use parameters::Parameters;
use problem::Problems;

/// A valid scenario: everything the model needs, every value with its origin.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// File stem, such as `baseline-dec-2025`; names the output folder.
    pub name: String,
    /// One line for titles.
    pub title: String,
    /// What happens, in a sentence or two; may be empty.
    pub story: String,
    /// Nothing learned later feeds this scenario.
    pub as_of: Date,
    /// The first simulated month, `t = 1`.
    pub start: Month,
    /// Number of months simulated, 1 to [`crate::domain::MAX_MONTHS`].
    pub months: usize,
    /// Counts and seed.
    pub simulation: Simulation,
    /// What a run records, by name; a `*` at the end of a name stands for any ending.
    pub outcomes: Vec<String>,
    /// Where numbers come from, in file order.
    pub sources: Vec<Source>,
    /// Decisions that may be asked about, in file order.
    pub decisions: Vec<Decision>,
    /// What may be varied without being named, in file order.
    pub sweeps: Vec<StoredSweep>,
    /// Settings that are not numbers.
    pub rules: Rules,
    /// The buyer groups in file order; same order as `parameters.buyers`.
    pub buyers: Vec<BuyerIdentity>,
    /// What is scripted to happen, in month order.
    pub events: Vec<Event>,
    /// Rank correlations between uncertain inputs.
    pub dependence: Dependence,
    /// Every number, certain or uncertain.
    pub parameters: Parameters<Input>,
    /// Where each setting that is not a number was written, by full key; one without an entry has its default.
    pub origins: BTreeMap<String, Origin>,
    /// The files this scenario was read from: itself first, then its ancestors, then the files of `empirical`.
    pub files: Vec<SourceFile>,
}

/// `[simulation]`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Simulation {
    /// The seed of every draw, 0 to 2^63 - 1.
    pub seed: u64,
    /// Draws of what nobody knows.
    pub worlds: u64,
    /// Draws of chance inside one world.
    pub paths_per_world: u64,
    /// How the uncertain inputs of worlds are drawn.
    pub sampling: Sampling,
}

/// One entry of `[sources]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// Key, such as `reuters-2025-12-10`.
    pub id: String,
    /// Headline or document title.
    pub title: String,
    /// Who published it.
    pub outlet: String,
    /// When.
    pub date: Date,
    /// Where, if on the web.
    pub url: Option<String>,
}

/// One entry of `[decisions]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Key, such as `build_ahead`.
    pub key: String,
    /// The question.
    pub title: String,
    /// What it is to make large, as it was written.
    pub net_benefit: String,
    /// What may be done, two at least.
    pub actions: Vec<Action>,
}

/// One action of a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// What to call it.
    pub name: String,
    /// The values it sets, as `key = value`.
    pub sets: Vec<String>,
}

/// Settings that are words or switches, never uncertain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// `washington.start`: the regime on the information date.
    pub washington_start: Washington,
    /// `beijing.start`: the regime on the information date.
    pub beijing_start: Beijing,
    /// `requests.behaviour`
    pub ordering: Ordering,
    /// `shipping.rationing`
    pub rationing: Rationing,
    /// `supply.forbid_diversion`: the strict reading of the US foundry certificate, `b_t = b_0`.
    pub forbid_diversion: bool,
    /// `supply.squeezed_at_start`
    pub squeezed_at_start: bool,
}

/// The words and switches of one buyer group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuyerIdentity {
    /// Key in `[buyers]`; addresses its draws, so it must never depend on order.
    pub key: String,
    /// Name for people; may be in any script.
    pub name: String,
    /// Whether Beijing may ever approve its requests.
    pub beijing_may_approve: bool,
    /// Whether Washington may ever license it.
    pub us_may_license: bool,
    /// Whether it must buy domestic chips for its whole need (state-funded data centres).
    pub domestic_mandate: bool,
}

/// One entry of `[[events]]`: sets regimes at the end of the month's policy move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Month number, 1 is the first.
    pub month: usize,
    /// New Beijing regime, if any.
    pub beijing: Option<Beijing>,
    /// New US regime, if any.
    pub washington: Option<Washington>,
    /// Why.
    pub note: String,
}

/// All `[[dependence]]` entries and `[copula]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dependence {
    /// Degrees of freedom of a Student-t copula; `None` for a Gaussian one.
    pub degrees_of_freedom: Option<f64>,
    /// Pairs of uncertain inputs, by position in the order of [`Parameters::each`] over uncertain inputs, with their rank correlation.
    pub pairs: Vec<(usize, usize, f64)>,
}

/// A number as the user gave it, with where it came from.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// Full key, such as `supply.stock_chips`.
    pub key: String,
    /// The number or its distribution.
    pub value: Value,
    /// The value as a scenario file writes it, such as `350000` or `pert = [1, 2, 3]`; a sample is written as a choice.
    pub written: String,
    /// Id in [`Scenario::sources`].
    pub source: Option<String>,
    /// How good the source is.
    pub grade: Option<Grade>,
    /// Remark for the report; may be empty.
    pub note: String,
    /// The place in a file; `None` when the value is the schema's default.
    pub origin: Option<Origin>,
}

/// A certain or uncertain number.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// The same in every world. Infinite where `"unlimited"`.
    Certain(f64),
    /// Drawn once per world.
    Uncertain(Distribution),
}

/// A place in one of [`Scenario::files`], or an override on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// `file` indexes [`Scenario::files`]; line and column count from 1.
    File {
        /// Index into [`Scenario::files`].
        file: usize,
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
    },
    /// Given by `--set`.
    CommandLine,
}

/// One file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Path from the root of the scenarios' folder tree, with `/`, so that it is the same on every machine.
    pub path: String,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

impl Scenario {
    /// The uncertain inputs, in the order in which worlds draw them.
    pub fn uncertain(&self) -> Vec<(&Input, &Distribution)> {
        let mut inputs = Vec::new();
        self.parameters.each(|input| {
            if let Value::Uncertain(distribution) = &input.value {
                inputs.push((input, distribution));
            }
        });
        inputs
    }
}

/// The text of a file, as it was handed to the language.
#[derive(Clone, Debug)]
pub struct Document {
    /// The file as the user would name it, for messages.
    pub shown: String,
    /// See [`SourceFile::path`].
    pub path: String,
    /// Its text.
    pub text: String,
    /// See [`SourceFile::sha256`].
    pub sha256: String,
}

/// Why a file was not handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What kind of problem it is.
    pub kind: ErrorKind,
    /// The rule it breaks.
    pub rule: String,
    /// What to do next; may be empty.
    pub hint: String,
}

/// Opens the files that scenarios name; the language itself opens none.
pub trait Library {
    /// The file that `from` calls `name`.
    fn open(&mut self, from: &Document, name: &str) -> Result<Document, Refusal>;
}

/// Reads a scenario: the file, its ancestors and the `key=value` overrides of the command line.
///
/// # Errors
/// Every problem found, each with its place.
pub fn read(name: &str, main: Document, overrides: &[String], library: &mut dyn Library) -> Result<Scenario, ScenarioError> {
    let mut problems = Problems::default();
    let scenario = layers::read(main, overrides, library, &mut problems).and_then(|layers| {
        unknown::check(&layers.tree, schema::root(), schema::LIST, &mut problems);
        validate::scenario(name.to_owned(), layers, library, &mut problems)
    });
    match (problems.into_error(), scenario) {
        (Some(error), _) => Err(error),
        (None, Some(scenario)) => Ok(scenario),
        (None, None) => unreachable!("a scenario is refused only with a reason"),
    }
}
