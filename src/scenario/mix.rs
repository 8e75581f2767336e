//! A scenario between two others: some values of one, the rest of the other.
//!
//! The mix is written as a scenario file and read back, so that it obeys every rule of the language.

use super::resolved::{Row, walk};
use super::{Document, ErrorKind, Library, Refusal, Scenario, ScenarioError, Value, read, table_of};

/// What a mix always has from the reference: who it is, when, and its draws.
const OF_REFERENCE: [&str; 8] = ["title", "story", "as_of", "start", "months", "simulation", "decisions", "sweep"];
/// Lists stay whole, for their entries have no names by which they could be told apart.
const LISTS: [&str; 2] = ["events", "dependence"];

/// The scenario that takes from `other` every value for whose full key `from_other` is true, and all else from `reference`.
///
/// A key that the chosen side lacks is absent from the mix, so that a buyer may appear or vanish. A list comes as a whole from
/// one side: `from_other` is asked for `events` and for `dependence`. Title, story, dates, months and `simulation` are the
/// reference's. Sources and remarks, which change no result, are left out. Buyers stand in the reference's order unless `other`
/// gives one of their values.
///
/// # Errors
/// If the values do not go together.
pub fn mix(reference: &Scenario, other: &Scenario, from_other: &dyn Fn(&str) -> bool) -> Result<Scenario, ScenarioError> {
    let mut buyers_of_other = false;
    walk(other, |_, row| buyers_of_other |= table_of(&row.key) == "buyers" && from_other(&row.key));
    let mut tables = vec![(String::new(), "schema = 1\n".to_owned())];
    let mut take = |scenario: &Scenario, is_other: bool| {
        walk(scenario, |place, row| {
            if table_of(&row.key) != "sources" && comes_from_other(&row.key, from_other) == is_other {
                add(&mut tables, &place.header, &line(&row));
            }
        });
    };
    if buyers_of_other {
        take(other, true);
        take(reference, false);
    } else {
        take(reference, false);
        take(other, true);
    }
    let text = tables.iter().map(|(header, lines)| format!("{header}\n{lines}\n")).collect();
    let shown = format!("a mix of {} and {}", reference.name, other.name);
    let document = Document { path: shown.clone(), shown, text, sha256: String::new() };
    read(&reference.name, document, &[], &mut NoFiles)
}

fn comes_from_other(key: &str, from_other: &dyn Fn(&str) -> bool) -> bool {
    let table = table_of(key);
    !OF_REFERENCE.contains(&table) && from_other(if LISTS.contains(&table) { table } else { key })
}

/// Adds a line to the table of a header; a table that both sides give lines to is written once.
fn add(tables: &mut Vec<(String, String)>, header: &str, line: &str) {
    match tables.iter_mut().find(|(other, _)| other == header) {
        Some((_, lines)) => lines.push_str(line),
        None => tables.push((header.to_owned(), line.to_owned())),
    }
}

/// A value as TOML, without its remarks.
fn line(row: &Row) -> String {
    let key = row.key.rsplit('.').next().unwrap_or(&row.key);
    match row.input.as_ref().map(|input| &input.value) {
        Some(Value::Uncertain(_)) => format!("{key} = {{ {} }}\n", row.value),
        _ => format!("{key} = {}\n", row.value),
    }
}

/// A mix stands alone.
struct NoFiles;

impl Library for NoFiles {
    fn open(&mut self, _: &Document, _: &str) -> Result<Document, Refusal> {
        Err(Refusal { kind: ErrorKind::Scenario, rule: "a mix of scenarios names no file".into(), hint: String::new() })
    }
}
