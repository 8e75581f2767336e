//! The grammar of a number: certain, unlimited, or a distribution, with its source, grade and note.

use super::parameters::Field;
use super::problem::{Finding, excerpt, is_prose};
use super::raw::{Branch, Node, Raw, in_order};
use super::reader::{Reader, Scope};
use super::uncertain::{SHAPES, plain};
use super::unknown::{join, nearest};
use super::{Input, Value};
use crate::domain::Grade;

/// The keys that may stand beside the value.
const REMARKS: [&str; 4] = ["truncate", "source", "grade", "note"];
/// What stands in for a number that broke a rule; sums leave it out.
const UNREADABLE: f64 = f64::NAN;
/// The longest note.
const MAX_NOTE: usize = 2000;

impl Reader<'_> {
    /// The number under `field.key`, or its default.
    pub fn number(&mut self, scope: Scope<'_>, field: &'static Field, instance: usize) -> Input {
        let key = join(scope.path, field.key);
        let node = scope.node(field.key);
        let mut input = Input {
            key,
            value: Value::Certain(UNREADABLE),
            written: String::new(),
            source: None,
            grade: None,
            note: String::new(),
            origin: None,
        };
        let Some(node) = node else {
            match field.default_for(instance) {
                Some(default) => (input.value, input.written) = certain(default),
                None => self.missing(scope, field.key, field.meaning),
            }
            return input;
        };
        input.origin = Some(node.origin);
        let value = match &node.value {
            Raw::Table(table) => self.described(table, node, field, &mut input),
            _ => self.certain(node, field, &input.key).map(certain),
        };
        if let Some(value) = value {
            (input.value, input.written) = value;
        }
        input
    }

    /// A table such as `{ pert = [1, 2, 3], source = "x" }`.
    fn described(&mut self, table: &Branch, node: &Node, field: &'static Field, input: &mut Input) -> Option<(Value, String)> {
        let known = || std::iter::once("value").chain(SHAPES).chain(REMARKS);
        for (key, entry) in table.iter().filter(|(key, _)| !known().any(|k| k == *key)) {
            let hint = nearest(key, known())
                .map_or_else(|| format!("a number is one of value, {}", SHAPES.join(", ")), |k| format!("did you mean `{k}`?"));
            self.problems.add(Some(entry.key), Finding::rule(format!("unknown key `{}` in {}", excerpt(key), input.key)).hint(hint));
        }
        self.remarks(table, input);
        let given: Vec<_> = in_order(table).into_iter().filter(|(key, _)| *key == "value" || SHAPES.contains(&key.as_str())).collect();
        let [(shape, entry)] = given[..] else {
            let rule = match given.len() {
                0 => "says no value".to_owned(),
                _ => format!(
                    "says its value {} times: {}",
                    given.len(),
                    given.iter().map(|(k, _)| k.as_str()).collect::<Vec<_>>().join(", ")
                ),
            };
            let finding = Finding::value(&input.key, node.show(), rule);
            self.problems.add(Some(node.origin), finding.hint(format!("write exactly one of value, {}", SHAPES.join(", "))));
            return None;
        };
        let truncate = table.get("truncate").map(|entry| &entry.node);
        if shape == "value" {
            if let Some(node) = truncate {
                let finding = Finding::value(join(&input.key, "truncate"), node.show(), "a certain number cannot be truncated");
                self.problems.add(Some(node.origin), finding.hint("remove it"));
            }
            return self.certain(&entry.node, field, &input.key).map(certain);
        }
        let (distribution, written) = self.distribution(shape, &entry.node, truncate, field, &input.key)?;
        Some((Value::Uncertain(distribution), written))
    }

    fn remarks(&mut self, table: &Branch, input: &mut Input) {
        let texts = ["source", "grade", "note"].map(|key| {
            let node = &table.get(key)?.node;
            if node.text().is_none() {
                let finding = Finding::value(join(&input.key, key), node.show(), format!("must be text in quotes, not {}", node.kind()));
                self.problems.add(Some(node.origin), finding);
            }
            Some((node, node.text()?.to_owned()))
        });
        let [source, grade, note] = texts;
        if let Some((node, id)) = source {
            if !self.source_ids.contains(&id) {
                let near = nearest(&id, self.source_ids.iter().map(String::as_str));
                let hint = near.map_or_else(|| format!("add [sources.{}]", excerpt(&id)), |near| format!("did you mean \"{near}\"?"));
                self.problems
                    .add(Some(node.origin), Finding::value(join(&input.key, "source"), node.show(), "is not in [sources]").hint(hint));
            }
            input.source = Some(id);
        }
        if let Some((node, word)) = grade {
            input.grade = Grade::from_word(&word);
            if input.grade.is_none() {
                let rule = format!("must be one of {}", Grade::WORDS.join(", "));
                self.problems.add(Some(node.origin), Finding::value(join(&input.key, "grade"), node.show(), rule));
            }
        }
        if let Some((node, note)) = note {
            if note.chars().count() > MAX_NOTE || !note.chars().all(is_prose) {
                let rule = format!("must be text of at most {MAX_NOTE} characters without control characters");
                self.problems.add(Some(node.origin), Finding::value(join(&input.key, "note"), node.show(), rule));
            }
            input.note = note;
        }
    }

    /// A certain number that lies in the field's range.
    fn certain(&mut self, node: &Node, field: &'static Field, key: &str) -> Option<f64> {
        let mut refuse = |rule: String, hint: String| {
            self.problems.add(Some(node.origin), Finding::value(key, node.show(), rule).hint(hint));
            None
        };
        let x = match &node.value {
            Raw::Text(word) if word == "unlimited" && field.kind.may_be_unlimited() => return Some(f64::INFINITY),
            Raw::Text(word) if word == "unlimited" => return refuse("cannot be unlimited".into(), range(field)),
            Raw::Real(text, x) if field.kind.is_whole() => {
                let hint = if x.is_finite() && *x == libm::trunc(*x) && x.abs() < 9e15 {
                    format!("write {} without a point or exponent", grouped(*x))
                } else if !x.is_finite() && field.kind.may_be_unlimited() {
                    "write a whole number or \"unlimited\"".to_owned()
                } else {
                    "write a whole number".to_owned()
                };
                return refuse(format!("counts {}, so it must be a whole number, not {}", field.unit, excerpt(text)), hint);
            }
            Raw::Whole(..) | Raw::Real(..) => node.number()?,
            _ => {
                let or = if field.kind.may_be_unlimited() { " or \"unlimited\"" } else { "" };
                return refuse(
                    format!("must be a number{or}, not {}", node.kind()),
                    "write it without quotes; a distribution is a table such as { pert = [1, 2, 3] }".into(),
                );
            }
        };
        if x >= field.min && x <= field.max {
            return Some(x);
        }
        let hint = if field.max == 1.0 && (2.0..=100.0).contains(&x) {
            format!("for {x} percent write {}", plain(x / 100.0))
        } else if x == f64::INFINITY && field.kind.may_be_unlimited() {
            "write \"unlimited\"".to_owned()
        } else {
            String::new()
        };
        refuse(range(field), hint)
    }

    /// A list of exactly `N` numbers, or a problem that shows what `names` stand for.
    pub(super) fn numbers<const N: usize>(&mut self, node: &Node, key: &str, names: [&str; N]) -> Option<[f64; N]> {
        if let Raw::List(items) = &node.value {
            let numbers: Vec<f64> = items.iter().filter_map(Node::number).collect();
            if numbers.len() == items.len()
                && let Ok(numbers) = <[f64; N]>::try_from(numbers)
            {
                return Some(numbers);
            }
        }
        let rule = format!("must be a list of {N} numbers: [{}]", names.join(", "));
        self.problems.add(Some(node.origin), Finding::value(key, node.show(), rule));
        None
    }

    /// A table of named numbers, of which the first `required` must be there.
    pub(super) fn named<const N: usize>(&mut self, node: &Node, key: &str, names: [&str; N], required: usize) -> Option<[Option<f64>; N]> {
        let form = || {
            let optional = if required < N { format!(", and optionally {}", names[required..].join(", ")) } else { String::new() };
            format!("must be a table of {}{optional}", names[..required].join(", "))
        };
        let Raw::Table(table) = &node.value else {
            self.problems.add(Some(node.origin), Finding::value(key, node.show(), form()));
            return None;
        };
        let mut complete = true;
        for (name, entry) in table {
            if !names.contains(&name.as_str()) {
                let near = nearest(name, names.iter().copied()).map_or(String::new(), |near| format!("did you mean `{near}`?"));
                self.problems.add(Some(entry.key), Finding::rule(format!("unknown key `{}`: {key} {}", excerpt(name), form())).hint(near));
                complete = false;
            } else if entry.node.number().is_none() {
                let rule = format!("must be a number, not {}", entry.node.kind());
                self.problems.add(Some(entry.node.origin), Finding::value(join(key, name), entry.node.show(), rule));
                complete = false;
            }
        }
        let values = names.map(|name| table.get(name).and_then(|entry| entry.node.number()));
        if complete && values[..required].iter().any(Option::is_none) {
            self.problems.add(Some(node.origin), Finding::value(key, node.show(), form()));
            complete = false;
        }
        complete.then_some(values)
    }
}

/// A certain number, and how a scenario file writes it.
fn certain(x: f64) -> (Value, String) {
    (Value::Certain(x), if x == f64::INFINITY { "\"unlimited\"".to_owned() } else { plain(x) })
}

/// The rule of a field's range, in words.
pub(super) fn range(field: &Field) -> String {
    let noun = match field.unit {
        unit if unit.starts_with("probability") => "a probability lies",
        unit if unit.starts_with("share") => "a share lies",
        _ => "must lie",
    };
    let unit = if noun == "must lie" { format!(" {}", field.unit) } else { String::new() };
    format!("{noun} in {}..={}{unit}", grouped(field.min), grouped(field.max))
}

/// A number for people: whole ones grouped as TOML allows, such as `1_000_000`.
pub(super) fn grouped(x: f64) -> String {
    if x != libm::trunc(x) || !(1e4..9e15).contains(&x.abs()) {
        return plain(x);
    }
    let text = (x.abs() as i64).to_string();
    let mut out = if x < 0.0 { "-".to_owned() } else { String::new() };
    for (i, digit) in text.chars().enumerate() {
        if i > 0 && (text.len() - i).is_multiple_of(3) {
            out.push('_');
        }
        out.push(digit);
    }
    out
}
