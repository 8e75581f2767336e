//! One self-contained page: the answer, the charts, where every input comes from, and how to repeat it.
//!
//! The page asks nobody for anything: style, fonts and pictures are inside it, and its content-security policy forbids the rest.

use crate::analysis::{Comparison, Explanation, Insight, Summary};
use crate::charts::Chart;
use crate::scenario::{Change, Scenario, SourceFile};

/// What a page about one run shows.
pub struct RunPage<'a> {
    /// The results.
    pub summary: &'a Summary,
    /// The scenario that was run.
    pub scenario: &'a Scenario,
    /// Its charts, in the order in which they are shown.
    pub charts: &'a [Chart],
    /// Representative paths and influential inputs.
    pub insight: &'a Insight,
    /// How to repeat the run.
    pub repeat: &'a Repeat,
}

/// What a page about a comparison shows.
pub struct ComparisonPage<'a> {
    /// The results; the reference first.
    pub comparison: &'a Comparison,
    /// The scenarios, in the same order.
    pub scenarios: &'a [&'a Scenario],
    /// For each scenario after the reference, the keys in which they differ.
    pub changes: &'a [Vec<Change>],
    /// Which changes make the difference, if that was asked.
    pub explanation: Option<&'a Explanation>,
    /// Its charts, in the order in which they are shown.
    pub charts: &'a [Chart],
    /// How to repeat the comparison.
    pub repeat: &'a Repeat,
}

/// How to get the same bytes again.
pub struct Repeat {
    /// The command line, ready to be copied.
    pub command: String,
    /// Commit the program was built from; or `unknown`.
    pub commit: &'static str,
    /// SHA-256 over the result tables.
    pub results_sha256: String,
    /// The scenario files that were read, and their ancestors.
    pub inputs: Vec<SourceFile>,
}
