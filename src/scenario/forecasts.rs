//! Forecasts as they were kept: who said when how probable what was. Ours and those of rivals have one form.

use std::sync::OnceLock;

use super::observable::Observable;
use super::problem::{Finding, Problems};
use super::raw;
use super::reader::{Reader, Scope};
use super::schema::Absent::{Means, Nothing, Required};
use super::schema::SettingKind::{Count, Day, Line, Prose, Ratio, Word};
use super::schema::{Excess, Item, Setting, TITLE, Table, setting};
use super::unknown::{self, join};
use super::validate::named;
use super::{Document, ScenarioError, SourceFile};
use crate::domain::Date;

/// A forecast that was kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// File stem.
    pub name: String,
    /// One line.
    pub title: String,
    /// Whether it is ours.
    pub is_ours: bool,
    /// What it rests on; may be empty.
    pub basis: String,
    /// The day on which it could be made.
    pub as_of: Date,
    /// What it says.
    pub predictions: Vec<Predicted>,
    /// The file.
    pub file: SourceFile,
}

/// What a forecast says of one number.
#[derive(Clone, Debug, PartialEq)]
pub struct Predicted {
    /// The number.
    pub observable: Observable,
    /// Probability of exactly zero, if it was kept.
    pub zero: Option<f64>,
    /// Values at the middles of as many equal parts of probability, rising.
    pub sample: Vec<f64>,
}

/// Where a forecast was made, for the head of its file.
#[derive(Clone, Debug)]
pub struct Stamp {
    /// `key = value` lines, as TOML.
    pub lines: Vec<(&'static str, String)>,
}

static SCHEMA: Setting = setting("schema", Count(1, 1, Excess::Invalid), Required, "The version of this language; 1.");
static KIND: Setting = setting("kind", Word(&["ours", "rival"]), Required, "Who forecast.");
static BASIS: Setting = setting("basis", Prose(4000), Means("\"\""), "What it rests on, with sources and arithmetic.");
static AS_OF: Setting = setting("as_of", Day, Required, "The day on which it could be made.");
static SOURCE: Setting = setting("source", Line(300), Nothing("ours"), "Where it was published.");
static URL: Setting = setting("url", Line(2000), Nothing("not on the web"), "Where it can be read.");
static STAMPS: [Setting; 8] = [
    setting("scenario_sha256", Line(64), Nothing("a rival"), "SHA-256 of the resolved scenario."),
    setting("program", Line(80), Nothing("a rival"), "The program."),
    setting("commit", Line(80), Nothing("a rival"), "What it was built from."),
    setting("stream_version", Count(0, u32::MAX as u64, Excess::Invalid), Means("0"), "The law of draws."),
    setting("model_version", Count(0, u32::MAX as u64, Excess::Invalid), Means("0"), "The model."),
    setting("seed", Count(0, i64::MAX as u64, Excess::Invalid), Means("0"), "The seed."),
    setting("worlds", Count(0, i64::MAX as u64, Excess::Invalid), Means("0"), "Draws of what nobody knows."),
    setting("paths_per_world", Count(0, i64::MAX as u64, Excess::Invalid), Means("0"), "Draws of chance."),
];
static UNIT: Setting = setting("unit", Line(60), Means("\"chips\""), "Unit in words.");
static ZERO: Setting = setting("zero", Ratio(0.0, 1.0), Nothing("not kept"), "Probability of exactly zero.");
static VALUES: Setting = setting("values", Line(1), Required, "Values, rising.");
static LEVELS: Setting =
    setting("levels", Line(1), Nothing("the middles of equal parts"), "The levels of the values, from 0 to 1, rising.");
static ROW_BASIS: Setting = setting("basis", Prose(2000), Means("\"\""), "Where these numbers come from.");

fn language() -> &'static Table {
    static LANGUAGE: OnceLock<Table> = OnceLock::new();
    let entries = |settings: &[&'static Setting]| settings.iter().map(|s| (s.key, Item::Setting(s))).collect::<Vec<_>>();
    LANGUAGE.get_or_init(|| {
        let mut top = entries(&[&SCHEMA, &TITLE, &KIND, &BASIS, &AS_OF, &SOURCE, &URL]);
        top.extend(STAMPS.iter().map(|s| (s.key, Item::Setting(s))));
        let row = Table { meaning: "A number that is forecast.", entries: entries(&[&UNIT, &ZERO, &VALUES, &LEVELS, &ROW_BASIS]) };
        top.push(("observables", Item::Named(row)));
        Table { meaning: "A forecast that was kept.", entries: top }
    })
}

/// Reads a forecast; its samples get `size` values.
///
/// # Errors
/// Every problem found, each with its place.
pub fn read(name: &str, document: Document, size: usize) -> Result<Forecast, ScenarioError> {
    let mut problems = Problems::of(document.shown.clone());
    let forecast = raw::parse(&document.text, 0, &mut problems).and_then(|tree| {
        unknown::check(&tree, language(), "docs/updating.md lists every key", &mut problems);
        let (mut library, mut files) = (super::facts::NoLibrary, Vec::new());
        let mut reader = Reader {
            problems: &mut problems,
            library: &mut library,
            files: &mut files,
            source_ids: Vec::new(),
            origins: Default::default(),
        };
        let top = Scope { path: "", table: Some(&tree), origin: None };
        reader.count(top, &SCHEMA);
        let (title, kind, basis) = (reader.text(top, &TITLE), reader.text(top, &KIND), reader.text(top, &BASIS));
        let as_of = reader.day(top, &AS_OF);
        let predictions = named(&tree, "observables").into_iter().filter_map(|(text, entry)| {
            let path = join("observables", text);
            let scope = Scope { path: &path, table: entry.node.table(), origin: Some(entry.key) };
            predicted(&mut reader, scope, text, size)
        });
        let predictions = predictions.collect();
        let file = SourceFile::from(&document);
        Some(Forecast { name: name.into(), title: title?, is_ours: kind? == "ours", basis: basis?, as_of: as_of?, predictions, file })
    });
    match (problems.into_error(), forecast) {
        (Some(error), _) => Err(error),
        (None, Some(forecast)) => Ok(forecast),
        (None, None) => unreachable!("a forecast is refused only with a reason"),
    }
}

fn predicted(reader: &mut Reader<'_>, scope: Scope<'_>, text: &str, size: usize) -> Option<Predicted> {
    let mut refuse = |key: &str, rule: &str| {
        let place = scope.node(key).map(|node| node.origin).or(scope.origin);
        let value = scope.node(key).map(raw::Node::show).unwrap_or_default();
        reader.problems.add(place, Finding::value(join(scope.path, key), value, rule));
    };
    let numbers = |key: &str| -> Option<Vec<f64>> {
        let raw::Raw::List(items) = &scope.node(key)?.value else { return None };
        items.iter().map(raw::Node::number).collect()
    };
    let rises = |values: &[f64]| !values.is_empty() && values.windows(2).all(|pair| pair[0] <= pair[1]);
    // A wait that never ends is infinite; nothing else is, and nothing lies between infinite values.
    let has_levels = scope.node(LEVELS.key).is_some();
    let is_known = |x: &f64| x.abs() <= LARGEST || (*x == f64::INFINITY && !has_levels);
    let Some(values) = numbers(VALUES.key).filter(|values| rises(values) && values.iter().all(is_known)) else {
        refuse(
            VALUES.key,
            "must be a list of numbers that do not fall, of at most 1e15, or inf where a wait never ends and there are no `levels`",
        );
        return None;
    };
    let sample = match scope.node(LEVELS.key) {
        None => values,
        Some(_) => {
            let levels = numbers(LEVELS.key).filter(|l| l.len() == values.len() && l.windows(2).all(|p| p[0] < p[1]));
            let Some(levels) = levels.filter(|l| l.first() == Some(&0.0) && l.last() == Some(&1.0)) else {
                refuse(LEVELS.key, "must rise from 0 to 1, one for each of `values`");
                return None;
            };
            (0..size).map(|i| between(&levels, &values, (i as f64 + 0.5) / size as f64)).collect()
        }
    };
    let observable = match Observable::parse(text) {
        Ok(observable) => observable,
        Err(rule) => {
            refuse("", &rule);
            return None;
        }
    };
    let zero = match scope.node(ZERO.key).map(|node| node.number().filter(|p| (0.0..=1.0).contains(p))) {
        Some(None) => {
            refuse(ZERO.key, "a probability lies in 0..=1");
            return None;
        }
        zero => zero.flatten(),
    };
    reader.text(scope, &UNIT);
    reader.text(scope, &ROW_BASIS);
    Some(Predicted { observable, zero, sample })
}

/// No number of a history is larger.
const LARGEST: f64 = 1e15;

/// The straight line between the points (level, value).
fn between(levels: &[f64], values: &[f64], at: f64) -> f64 {
    let above = levels.partition_point(|level| *level < at).clamp(1, levels.len() - 1);
    let part = (at - levels[above - 1]) / (levels[above] - levels[above - 1]);
    values[above - 1] + part * (values[above] - values[above - 1])
}

/// The text of a forecast of ours. `stamp` lists what it was made by, `rows` observable, unit, probability of zero, and values.
pub fn write(title: &str, as_of: Date, stamp: &Stamp, rows: &[(String, &str, f64, Vec<f64>)]) -> String {
    let mut text = String::from(
        "# Written by `greenlight ledger`. A forecast that is kept is never changed: make another.\n\nschema = 1\nkind   = \"ours\"\n",
    );
    text += &format!("title  = {}\nas_of  = {as_of}\n", super::quoted(title));
    for (key, value) in &stamp.lines {
        text += &format!("{key} = {value}\n");
    }
    for (observable, unit, zero, values) in rows {
        let list: Vec<String> = values.iter().map(|x| if x.is_infinite() { "inf".into() } else { plain(*x) }).collect();
        text += &format!(
            "\n[observables.{}]\nunit   = {}\nzero   = {}\nvalues = [{}]\n",
            super::quoted(observable),
            super::quoted(unit),
            plain(*zero),
            list.join(", ")
        );
    }
    text
}

/// The shortest text that reads back; a real number where TOML wants one.
fn plain(x: f64) -> String {
    format!("{}", x + 0.0)
}
