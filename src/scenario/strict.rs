//! What a valid scenario still owes its reader: where each number comes from.

use super::{Origin, Scenario};
use crate::domain::Date;

/// One number that is not supported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsupported {
    /// Full key.
    pub key: String,
    /// Where the number was written.
    pub origin: Option<Origin>,
    /// What it lacks, as a sentence without its subject.
    pub lack: String,
}

/// The numbers written without source or grade, and those whose source is younger than the information date.
///
/// Defaults are documented in the reference and are not listed.
pub fn unsupported(scenario: &Scenario) -> Vec<Unsupported> {
    let dated = |id: &str| scenario.sources.iter().find(|source| source.id == id).map(|source| source.date);
    let mut found = Vec::new();
    scenario.parameters.each(|input| {
        let mut lacks = |lack: String| found.push(Unsupported { key: input.key.clone(), origin: input.origin, lack });
        match &input.source {
            Some(id) => {
                if let Some(date) = dated(id).filter(|date: &Date| *date > scenario.as_of) {
                    lacks(format!("rests on {id}, dated {date}, after the information date {}", scenario.as_of));
                }
            }
            None if input.origin.is_some() && input.grade.is_none() => lacks("has neither source nor grade".to_owned()),
            None => {}
        }
    });
    found
}
