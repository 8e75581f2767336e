//! What a question asks of a path: a number, or whether something happens. Written as facts and forecasts are: `delivered_T`,
//! `delivered_T(bytedance)`, `delivered(2026-06)`, `delivered_T >= 250000`, `first_delivery_by(2026-12)`.

use super::OutcomeSummary;
use super::summarise::summarise_outcome;
use crate::model::{Model, Outcome, Probe, Test, Unresolved};
use crate::scenario::{Happening, Observable, excerpt};
use crate::stats::{Selection, Tally, TallyShape};
use std::fmt;

/// What is asked of every path: a number, or (1 or 0) whether something happens.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// Its name in tables.
    pub text: String,
    /// What is looked at.
    pub probe: Probe,
    /// What has to hold of it; `None` tells the number itself.
    pub test: Option<Test>,
}

/// Why a text asks for nothing known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeasureError {
    text: String,
    rule: String,
}

impl fmt::Display for MeasureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\": {}", excerpt(&self.text), self.rule)
    }
}

impl std::error::Error for MeasureError {}

impl Measure {
    /// Reads what is asked of a model.
    ///
    /// # Errors
    /// If it is not written as an observable or an event, or names nothing that is recorded.
    pub fn parse(text: &str, model: &Model) -> Result<Self, MeasureError> {
        let text = text.trim();
        let refuse = |rule: String| MeasureError { text: text.to_owned(), rule };
        let resolve = |why: Unresolved| match why {
            Unresolved::Unknown(rule) => refuse(rule),
            Unresolved::Outside => {
                let layout = model.layout();
                refuse(format!("lies outside the simulated months, {} to {}", layout.start, layout.start.plus(layout.months as i32 - 1)))
            }
        };
        if is_condition(text) {
            let event = Happening::parse(text).map_err(refuse)?;
            let (probe, test) = model.happening(&event).map_err(resolve)?;
            return Ok(Self { text: event.to_string(), probe, test: Some(test) });
        }
        let observable = Observable::parse(text).map_err(refuse)?;
        let probe = model.probe(&observable).map_err(resolve)?;
        if probe.is_regime() {
            return Err(refuse(format!("is no number; ask for example \"{observable} in open\"")));
        }
        let test = probe.is_event().then(|| model.happening(&Happening::parse(text).map_err(refuse)?).map_err(resolve)).transpose()?;
        Ok(Self { text: observable.to_string(), probe, test: test.map(|(_, test)| test) })
    }

    /// Whether its mean is a chance.
    pub fn is_chance(&self) -> bool {
        self.test.is_some()
    }

    /// Unit in words.
    pub fn unit(&self) -> &'static str {
        if self.is_chance() { "share of paths" } else { self.probe.unit }
    }

    /// The recorded integer times this is the value in its unit.
    pub fn scale(&self) -> f64 {
        if self.is_chance() { 1.0 } else { self.probe.scale() }
    }

    /// The recorded integer that means "not within the horizon", if it is a waiting time.
    pub fn censored_at(&self) -> Option<i64> {
        if self.is_chance() { None } else { self.probe.censored_at() }
    }

    /// What is counted of a path of a block, a whole number; NaN for undefined.
    pub fn counted<const N: usize>(&self, taken: &Selection<N>, path: usize) -> f64 {
        let Some(test) = self.test else { return self.probe.recorded(taken, path) };
        let value = self.probe.value(taken, path);
        if value.is_nan() { value } else { f64::from(u8::from(test.holds(value))) }
    }

    /// What several measures look like to a tally: an outcome each, and nothing else.
    pub fn shape(measures: &[Self], paths_per_world: u64) -> TallyShape {
        TallyShape { months: 0, monthly_cells: 0, outcome_cells: measures.len(), states: Vec::new(), paths_per_world, scrambles: 0 }
    }

    /// What a tally of that shape knows of each.
    pub fn summarise(measures: &[Self], tally: &Tally) -> Vec<OutcomeSummary> {
        Self::summarise_at(measures, tally, 1.0)
    }

    /// The same, with intervals of quantiles that reach so many times as far as those of 95%.
    pub fn summarise_at(measures: &[Self], tally: &Tally, widening: f64) -> Vec<OutcomeSummary> {
        let summarise = |(cell, measure): (usize, &Self)| {
            let (name, unit, scale, censored_at) = (measure.text.clone(), measure.unit(), measure.scale(), measure.censored_at());
            let outcome = Outcome { name, unit, meaning: String::new(), buyer: None, cell, scale, censored_at };
            summarise_outcome(&outcome, tally.outcome(cell), widening)
        };
        measures.iter().enumerate().map(summarise).collect()
    }
}

/// Whether a text says something of an observable.
pub(super) fn is_condition(text: &str) -> bool {
    text.contains(['<', '>', '=']) || text.contains(" in ")
}
