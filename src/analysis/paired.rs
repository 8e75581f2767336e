//! How well a difference between two scenarios has to be known: `compare --precision`.
//!
//! What is asked for is measured in both on the same luck and subtracted path by path, so that an interval is that of the difference:
//! a mean of differences is the difference of means, and a median that of the paired differences, as in the tables of `compare`.

use super::pairing::is_comparable;
use super::{Measure, Target, TargetError};
use crate::model::Model;
use crate::scenario::excerpt;

/// A target for one scenario less the reference.
#[derive(Clone, Debug, PartialEq)]
pub struct PairedTarget {
    /// What has to be known of the difference; its measure is that of the reference.
    pub target: Target,
    /// What is measured in the other scenario.
    pub other: Measure,
}

impl PairedTarget {
    /// Reads a target as [`Target::parse`] does, in both scenarios.
    ///
    /// # Errors
    /// If it is none, or its paired difference has no interval: the end of a wait that may not come, or a number that covers other
    /// months in one than in the other.
    pub fn parse(text: &str, reference: &Model, other: &Model) -> Result<Self, TargetError> {
        let [ours, theirs] = [Target::parse(text, reference)?, Target::parse(text, other)?];
        let (base, name) = (&reference.scenario().name, &other.scenario().name);
        let form = |rule: String| TargetError::Form(format!("\"{}\": {rule}", excerpt(text)));
        if ours.measure.censored_at().is_some() {
            let wait = &ours.measure.text;
            let rule = format!(
                "a wait may not end within the horizon, and then has no difference; ask for a chance, such as \"{wait} <= 12 = 1%\""
            );
            return Err(form(rule));
        }
        if !is_comparable((reference.layout(), &ours.measure), (other.layout(), &theirs.measure)) {
            let rule = format!("it covers other months in {name} than in {base}; ask for something by a date, such as delivered(2026-12)");
            return Err(form(rule));
        }
        let target = Target { text: format!("{}, {name} less {base}", ours.text), ..ours };
        Ok(Self { target, other: theirs.measure })
    }
}
