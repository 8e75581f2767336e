//! Reads settings out of the merged tree, each by the rule of its declaration.
//!
//! A broken rule becomes a problem and the reading goes on with a stand-in, so that every problem is found at once.

use std::collections::BTreeMap;

use super::Origin;
use super::problem::{ErrorKind, Finding, Problems, is_invisible, is_prose};
use super::raw::{Branch, Node, Raw};
use super::schema::{Absent, Excess, Setting, SettingKind};
use super::unknown::{join, nearest};
use super::{Document, Library};
use crate::domain::{Date, Month};

/// What reading needs besides the tree.
pub(super) struct Reader<'a> {
    /// Where problems go.
    pub problems: &'a mut Problems,
    /// Opens the files of `empirical`.
    pub library: &'a mut dyn Library,
    /// Every file read, the scenario itself first.
    pub files: &'a mut Vec<Document>,
    /// Ids of `[sources]`.
    pub source_ids: Vec<String>,
    /// Where each setting that is not a number was written.
    pub origins: BTreeMap<String, Origin>,
}

/// One table of the tree with its full key.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    /// Full key; empty for the top of the file.
    pub path: &'a str,
    /// Its entries, if it is written.
    pub table: Option<&'a Branch>,
    /// Where its header stands.
    pub origin: Option<Origin>,
}

/// A setting that obeys its declaration.
enum Reading {
    Text(String),
    Switch(bool),
    Day(Date),
    Month(Month),
    Count(u64),
    Ratio(f64),
    Keys(Vec<String>),
}

impl<'a> Scope<'a> {
    /// The table under a full key.
    pub fn at(tree: &'a Branch, path: &'a str) -> Self {
        let mut scope = Self { path, table: Some(tree), origin: None };
        for part in path.split('.') {
            let entry = scope.table.and_then(|table| table.get(part));
            scope.table = entry.and_then(|entry| entry.node.table());
            scope.origin = entry.map(|entry| entry.key);
        }
        scope
    }

    /// The value under a key of this table.
    pub fn node(&self, key: &str) -> Option<&'a Node> {
        Some(&self.table?.get(key)?.node)
    }
}

impl Reader<'_> {
    pub fn text(&mut self, scope: Scope<'_>, setting: &'static Setting) -> Option<String> {
        if let Some(Reading::Text(text)) = self.read(scope, setting) { Some(text) } else { None }
    }

    pub fn switch(&mut self, scope: Scope<'_>, setting: &'static Setting) -> bool {
        matches!(self.read(scope, setting), Some(Reading::Switch(true)))
    }

    pub fn day(&mut self, scope: Scope<'_>, setting: &'static Setting) -> Option<Date> {
        if let Some(Reading::Day(day)) = self.read(scope, setting) { Some(day) } else { None }
    }

    pub fn month(&mut self, scope: Scope<'_>, setting: &'static Setting) -> Option<Month> {
        if let Some(Reading::Month(month)) = self.read(scope, setting) { Some(month) } else { None }
    }

    /// 1 where it cannot be read.
    pub fn count(&mut self, scope: Scope<'_>, setting: &'static Setting) -> u64 {
        self.count_if_read(scope, setting).unwrap_or(1)
    }

    pub fn count_if_read(&mut self, scope: Scope<'_>, setting: &'static Setting) -> Option<u64> {
        if let Some(Reading::Count(count)) = self.read(scope, setting) { Some(count) } else { None }
    }

    pub fn ratio(&mut self, scope: Scope<'_>, setting: &'static Setting) -> Option<f64> {
        if let Some(Reading::Ratio(ratio)) = self.read(scope, setting) { Some(ratio) } else { None }
    }

    pub fn keys(&mut self, scope: Scope<'_>, setting: &'static Setting) -> Vec<String> {
        if let Some(Reading::Keys(keys)) = self.read(scope, setting) { keys } else { Vec::new() }
    }

    fn read(&mut self, scope: Scope<'_>, setting: &'static Setting) -> Option<Reading> {
        let key = join(scope.path, setting.key);
        let Some(node) = scope.node(setting.key) else { return self.absent(scope, setting) };
        self.origins.insert(key.clone(), node.origin);
        match parse(node, setting.kind) {
            Ok(reading) => Some(reading),
            Err(Refused { kind, rule, hint }) => {
                self.problems.add_kind(kind, Some(node.origin), Finding::value(key, node.show(), rule).hint(hint));
                None
            }
        }
    }

    fn absent(&mut self, scope: Scope<'_>, setting: &'static Setting) -> Option<Reading> {
        match setting.default {
            Absent::Nothing(_) => None,
            Absent::Means(text) => {
                let node = super::raw::parse_value(text).ok()?;
                parse(&node, setting.kind).ok()
            }
            Absent::Required => {
                self.missing(scope, setting.key, setting.meaning);
                None
            }
        }
    }

    /// Reports a key that must be written.
    pub fn missing(&mut self, scope: Scope<'_>, key: &str, meaning: &str) {
        let place = if scope.path.is_empty() { String::new() } else { format!(" in [{}]", scope.path) };
        let finding = Finding { key: join(scope.path, key), ..Finding::rule(format!("`{key}` is missing{place}")) };
        self.problems.add(scope.origin, finding.hint(meaning));
    }
}

struct Refused {
    kind: ErrorKind,
    rule: String,
    hint: String,
}

fn refuse<T>(rule: impl Into<String>, hint: impl Into<String>) -> Result<T, Refused> {
    Err(Refused { kind: ErrorKind::Scenario, rule: rule.into(), hint: hint.into() })
}

fn parse(node: &Node, kind: SettingKind) -> Result<Reading, Refused> {
    match (kind, &node.value) {
        (SettingKind::Word(words), Raw::Text(text)) => word(text, words),
        (SettingKind::Line(most), Raw::Text(text)) => line(text, most),
        (SettingKind::Prose(most), Raw::Text(text)) => prose(text, most),
        (SettingKind::Address, Raw::Text(text)) => address(text),
        (SettingKind::Month, Raw::Text(text)) => match Month::parse(text) {
            Some(month) => Ok(Reading::Month(month)),
            None => refuse("is not a month", "write year and month, such as \"2026-01\""),
        },
        (SettingKind::Day, Raw::Time(time)) => day(time),
        (SettingKind::Switch, Raw::Switch(on)) => Ok(Reading::Switch(*on)),
        (SettingKind::Count(least, most, excess), Raw::Whole(..)) => count(node, least, most, excess),
        (SettingKind::Ratio(low, high), Raw::Whole(..) | Raw::Real(..)) => ratio(node, low, high),
        (SettingKind::Keys(least, most) | SettingKind::Names(least, most), Raw::List(items)) => keys(items, kind, least, most),
        (kind, _) => refuse(format!("must be {}, not {}", noun(kind), node.kind()), example(kind)),
    }
}

fn word(text: &str, words: &'static [&'static str]) -> Result<Reading, Refused> {
    if words.contains(&text) {
        return Ok(Reading::Text(text.to_owned()));
    }
    let hint = nearest(text, words.iter().copied()).map_or(String::new(), |near| format!("did you mean \"{near}\"?"));
    refuse(format!("must be one of {}", words.join(", ")), hint)
}

fn line(text: &str, most: usize) -> Result<Reading, Refused> {
    match prose(text, most) {
        Ok(_) if text.trim().is_empty() => refuse("is empty", "write something to read"),
        Ok(_) if text.contains(['\n', '\t']) => refuse("must be one line", "remove the line break or tab"),
        other => other,
    }
}

fn prose(text: &str, most: usize) -> Result<Reading, Refused> {
    let count = text.chars().count();
    if count > most {
        return refuse(format!("has {count} characters; at most {most}"), "shorten it");
    }
    if !text.chars().all(is_prose) {
        return refuse("contains a control character or an invisible one that changes how text is shown", "remove it");
    }
    Ok(Reading::Text(text.to_owned()))
}

fn address(text: &str) -> Result<Reading, Refused> {
    let scheme = text.starts_with("https://") || text.starts_with("http://");
    if scheme && text.len() <= 2000 && !text.chars().any(|c| c.is_whitespace() || c.is_control() || is_invisible(c)) {
        return Ok(Reading::Text(text.to_owned()));
    }
    refuse("is not an address on the web", "write https://… without spaces")
}

fn day(time: &toml::value::Datetime) -> Result<Reading, Refused> {
    match (time.date, time.time, time.offset) {
        (Some(date), None, None) if date.year > 0 => {
            Ok(Reading::Day(Date { year: i32::from(date.year), month: u32::from(date.month), day: u32::from(date.day) }))
        }
        _ => refuse("must be a day without a time", "write year, month and day without quotes, such as 2025-12-10"),
    }
}

fn count(node: &Node, least: u64, most: u64, excess: Excess) -> Result<Reading, Refused> {
    let Raw::Whole(text, value) = &node.value else { return refuse("is a whole number", "") };
    let value = value.and_then(|n| u64::try_from(n).ok());
    let kind = match (value, excess) {
        (Some(n), _) if (least..=most).contains(&n) => return Ok(Reading::Count(n)),
        (Some(n), Excess::TooMuch) if n > most => ErrorKind::Limit,
        (None, Excess::TooMuch) if !text.starts_with('-') => ErrorKind::Limit,
        _ => ErrorKind::Scenario,
    };
    Err(Refused { kind, rule: format!("must lie in {least}..={most}"), hint: String::new() })
}

fn ratio(node: &Node, low: f64, high: f64) -> Result<Reading, Refused> {
    let x = node.number().unwrap_or(f64::NAN);
    // A correlation may be -1, degrees of freedom must be above 2: the end below zero is included.
    if (x > low || (low < 0.0 && x == low)) && x <= high {
        return Ok(Reading::Ratio(x));
    }
    refuse(if low < 0.0 { format!("must lie in {low}..={high}") } else { format!("must be above {low} and at most {high}") }, "")
}

fn keys(items: &[Node], kind: SettingKind, least: usize, most: usize) -> Result<Reading, Refused> {
    let keys: Vec<String> = items.iter().filter_map(|item| item.text().map(str::to_owned)).collect();
    if keys.len() == items.len() && (least..=most).contains(&keys.len()) {
        return Ok(Reading::Keys(keys));
    }
    let number = if least == most { least.to_string() } else { format!("{least} to {most}") };
    let what = if matches!(kind, SettingKind::Keys(..)) { "full keys" } else { "names" };
    refuse(format!("must be a list of {number} {what} in quotes"), example(kind))
}

/// What a setting is, for a message.
fn noun(kind: SettingKind) -> &'static str {
    match kind {
        SettingKind::Version => "a version",
        SettingKind::Word(_) => "a word in quotes",
        SettingKind::Switch => "true or false without quotes",
        SettingKind::Line(_) | SettingKind::Prose(_) => "text in quotes",
        SettingKind::Address => "an address in quotes",
        SettingKind::Day => "a date without quotes",
        SettingKind::Month => "a month in quotes",
        SettingKind::Count(..) => "a whole number",
        SettingKind::Ratio(..) => "a number",
        SettingKind::Keys(..) => "a list of keys in quotes",
        SettingKind::Names(..) => "a list of names in quotes",
    }
}

fn example(kind: SettingKind) -> &'static str {
    match kind {
        SettingKind::Day => "write for example 2025-12-10",
        SettingKind::Month => "write for example \"2026-01\"",
        SettingKind::Count(..) => "write it with digits only, such as 1_000",
        SettingKind::Keys(..) => "write for example [\"supply.stock_chips\", \"us_market.base_shipped_chips\"]",
        SettingKind::Names(..) => "write for example [\"delivered_*\", \"revenue\"]",
        _ => "",
    }
}
