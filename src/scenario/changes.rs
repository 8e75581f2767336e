//! In which values two scenarios differ.

use std::collections::BTreeMap;

use super::{Scenario, rows};

/// A key whose value is not the same in two scenarios.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Full key, such as `supply.stock_chips`.
    pub key: String,
    /// The unit in words; empty for what is not a number.
    pub unit: &'static str,
    /// The reference's value as TOML; `None` if it has no such key, as with a buyer or an event that only the other has.
    pub before: Option<String>,
    /// The other's.
    pub after: Option<String>,
}

/// Tables and keys that say what a scenario is about and change no result.
const WORDS: [&str; 6] = ["title", "story", "as_of", "sources", "decisions", "sweep"];

/// Whether a key holds words for people: those of [`WORDS`], the name of a buyer, the note of an event.
fn is_words(key: &str) -> bool {
    let table = table_of(key);
    WORDS.contains(&table) || table == "buyers" && key.ends_with(".name") || table == "events" && key.ends_with(".note")
}

/// Every key in which the two differ, in the order of the language. What is only words is left out.
pub fn changes(reference: &Scenario, other: &Scenario) -> Vec<Change> {
    let (before, after) = (rows(reference), rows(other));
    let values =
        |rows: &[super::Row]| -> BTreeMap<String, String> { rows.iter().map(|row| (row.key.clone(), row.value.clone())).collect() };
    let (in_reference, in_other) = (values(&before), values(&after));
    let only_after = after.iter().filter(|row| !in_reference.contains_key(&row.key));
    before
        .iter()
        .chain(only_after)
        .filter(|row| !is_words(&row.key))
        .filter(|row| in_reference.get(&row.key) != in_other.get(&row.key))
        .map(|row| Change {
            key: row.key.clone(),
            unit: row.unit,
            before: in_reference.get(&row.key).cloned(),
            after: in_other.get(&row.key).cloned(),
        })
        .collect()
}

/// The top-level table or key that a full key lies in: `events[2].month` lies in `events`.
pub fn table_of(key: &str) -> &str {
    key.split(['.', '[']).next().unwrap_or(key)
}
