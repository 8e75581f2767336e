//! `[[sweep]]`: what `greenlight sweep` varies when the command line names no key.

use super::Origin;
use super::grid::{self, Axis};
use super::problem::{Finding, excerpt};
use super::quoted;
use super::raw::{Branch, Node, Raw};
use super::reader::{Reader, Scope};
use super::schema::{self as s, Child, Item, Table};
use super::unknown::{join, nearest};
use super::validate::{is_id, listed};

/// One entry of `[[sweep]]`.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredSweep {
    /// What to call it.
    pub name: String,
    /// Keys and the values they take, as after `--vary`.
    pub vary: Vec<String>,
    /// The same, read.
    pub axes: Vec<Axis>,
    /// What is told of every combination, as after `--outcome`.
    pub outcomes: Vec<String>,
    /// A chance to be reached, as after `--level`.
    pub level: Option<f64>,
}

/// Reads every entry; its keys must be of the language, and its numbers legal there.
pub(super) fn sweeps(reader: &mut Reader<'_>, tree: &Branch) -> Vec<StoredSweep> {
    let mut sweeps: Vec<StoredSweep> = Vec::new();
    for (i, (node, table)) in listed(reader, tree, "sweep").into_iter().enumerate() {
        let path = format!("sweep[{}]", i + 1);
        let scope = Scope { path: &path, table: Some(table), origin: Some(node.origin) };
        let name = reader.text(scope, &s::SWEEP_NAME);
        let (vary, outcomes) = (reader.keys(scope, &s::SWEEP_VARY), reader.keys(scope, &s::SWEEP_OUTCOMES));
        let level = reader.ratio(scope, &s::SWEEP_LEVEL);
        let mut refuse = |key: &str, shown: String, rule: String, hint: String| {
            let origin = scope.node(key).map_or(scope.origin, |node| Some(node.origin));
            reader.problems.add(origin, Finding::value(join(&path, key), shown, rule).hint(hint));
        };
        if let Some(name) = name.as_ref().filter(|name| !is_id(name)) {
            refuse("name", quoted(name), "must be letters, digits, - and _".into(), "it names a folder".into());
        }
        if let Some(name) = name.as_ref().filter(|name| sweeps.iter().any(|earlier| earlier.name == **name)) {
            refuse("name", quoted(name), "is the name of another sweep".into(), String::new());
        }
        if level == Some(1.0) {
            refuse("level", "1".into(), "must lie below 1".into(), "a chance of 1 is never sure to be reached".into());
        }
        let axes = axes(reader, scope, &vary);
        if let Some(rule) = grid::named_twice(&axes).or_else(|| grid::too_many(&axes)) {
            reader.problems.add(scope.node("vary").map(|node| node.origin), Finding::rule(format!("{path}.vary: {rule}")));
        }
        if let Some(name) = name {
            sweeps.push(StoredSweep { name, vary, axes, outcomes, level });
        }
    }
    sweeps
}

/// Reads each key with its values; what is wrong is told with its place.
fn axes(reader: &mut Reader<'_>, scope: Scope<'_>, vary: &[String]) -> Vec<Axis> {
    let places: Vec<Origin> = match scope.node("vary").map(|node| &node.value) {
        Some(Raw::List(items)) => items.iter().map(|item: &Node| item.origin).collect(),
        _ => Vec::new(),
    };
    let mut axes = Vec::new();
    for (text, place) in vary.iter().zip(places) {
        let mut refuse = |rule: String, hint: String| {
            reader.problems.add(Some(place), Finding::value(join(scope.path, "vary"), quoted(text), rule).hint(hint));
        };
        match Axis::parse(text) {
            Err(error) => refuse(error.rule, "write for example \"supply.stock_chips = 50_000..1_000_000:8\"".into()),
            Ok(axis) => {
                match value_of(&axis.key) {
                    Err((rule, hint)) => refuse(rule, hint),
                    Ok(item) => illegal(item, &axis).into_iter().for_each(|rule| refuse(rule, String::new())),
                }
                axes.push(axis);
            }
        }
    }
    axes
}

/// What the language says about a full key that stands for a value.
fn value_of(key: &str) -> Result<&'static Item, (String, String)> {
    let unknown = |part: &str, table: &Table, before: &str| {
        let near = nearest(part, table.entries.iter().map(|(name, _)| *name));
        let hint = near.map_or_else(|| s::LIST.to_owned(), |near| format!("did you mean `{}`?", join(before, near)));
        (format!("unknown key `{}`", excerpt(key)), hint)
    };
    let (mut below, mut before) = (Child::Table(s::root()), String::new());
    for part in key.split('.') {
        below = match below {
            Child::Table(table) => Child::Item(table.item(part).ok_or_else(|| unknown(part, table, &before))?),
            Child::Item(item) => item.child(part).ok_or_else(|| match item {
                Item::Table(table) => unknown(part, table, &before),
                _ => (format!("unknown key `{}`: `{before}` holds no others", excerpt(key)), s::LIST.to_owned()),
            })?,
        };
        before = join(&before, part);
    }
    match below {
        Child::Item(item @ (Item::Number(..) | Item::Setting(_))) => Ok(item),
        _ => Err((format!("`{}` is a table, and a sweep varies a value", excerpt(key)), s::LIST.to_owned())),
    }
}

/// Which number of an axis the key may not have.
fn illegal(item: &Item, axis: &Axis) -> Option<String> {
    let (Item::Number(field, _), Some(numbers)) = (item, &axis.numbers) else { return None };
    let range = format!("{} to {}", grid::plain(field.min), grid::plain(field.max));
    let outside = numbers.iter().find(|number| !(field.min..=field.max).contains(*number));
    let outside = outside.map(|number| format!("{} lies outside the values of {}, {range}", grid::plain(*number), axis.key));
    let broken = numbers.iter().find(|number| field.kind.is_whole() && **number != libm::trunc(**number));
    outside.or_else(|| broken.map(|number| format!("{} takes whole numbers, and one is {}", axis.key, grid::plain(*number))))
}
