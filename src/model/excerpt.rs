//! The list of what a run records, which a user may shorten (`simulation.outcomes`): whole records become shorter ones.

use super::Layout;
use crate::scenario::nearest;
use crate::stats::Excerpt;
use std::fmt;

/// A name that no outcome and no monthly series has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownOutcome {
    name: String,
    nearest: Option<String>,
}

impl fmt::Display for UnknownOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = crate::scenario::excerpt(&self.name);
        write!(f, "simulation.outcomes: no outcome or monthly series is called \"{name}\"")?;
        match &self.nearest {
            Some(nearest) => write!(f, "; did you mean \"{nearest}\"?"),
            None => write!(f, "; `columns.md` of any run lists them"),
        }
    }
}

impl std::error::Error for UnknownOutcome {}

/// Whether a name is among these, of which some may end in `*`.
pub fn names(list: &[impl AsRef<str>], name: &str) -> bool {
    list.iter().map(AsRef::as_ref).any(|listed| match listed.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => name == listed,
    })
}

impl Layout {
    /// What is left of it if only the outcomes and monthly series of these names are recorded, and where their cells are; all of it,
    /// and no excerpt, if that is everything.
    ///
    /// # Errors
    /// If something listed names nothing.
    pub fn only(&self, list: &[String]) -> Result<(Self, Option<Excerpt>), UnknownOutcome> {
        let known = || self.outcomes.iter().map(|o| o.name.as_str()).chain(self.monthly.iter().map(|series| series.metric.name));
        if let Some(name) = list.iter().find(|name| !known().any(|known| names(&[name], known))) {
            return Err(UnknownOutcome { name: name.clone(), nearest: nearest(name, known()).map(str::to_owned) });
        }
        let mut short = Self { monthly: Vec::new(), outcomes: Vec::new(), outcome_cells: 0, ..self.clone() };
        let mut excerpt = Excerpt { monthly: vec![None; self.monthly.len() * self.months], outcomes: vec![None; self.outcome_cells] };
        for (i, series) in self.monthly.iter().enumerate().filter(|(_, series)| names(list, series.metric.name)) {
            for month in 0..self.months {
                excerpt.monthly[i * self.months + month] = Some(short.monthly.len() * self.months + month);
            }
            short.monthly.push(*series);
        }
        for outcome in self.outcomes.iter().filter(|outcome| names(list, &outcome.name)) {
            let cell = *excerpt.outcomes[outcome.cell].get_or_insert(short.outcome_cells);
            short.outcome_cells = short.outcome_cells.max(cell + 1);
            short.outcomes.push(super::Outcome { cell, ..outcome.clone() });
        }
        let all = (short.monthly.len(), short.outcomes.len()) == (self.monthly.len(), self.outcomes.len());
        Ok(if all { (self.clone(), None) } else { (short, Some(excerpt)) })
    }
}
