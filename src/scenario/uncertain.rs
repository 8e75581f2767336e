//! Distributions as a scenario writes them.
//!
//! A distribution is refused unless every world's draw lies in its field's range.

use super::number::range;
use super::parameters::Field;
use super::problem::{ErrorKind, Finding, excerpt};
use super::raw::{Node, Raw, in_order};
use super::reader::Reader;
use super::unknown::join;
use crate::random::{Distribution, DistributionError};

/// The keys that say a distribution, one of which is written.
pub(super) const SHAPES: [&str; 9] = ["uniform", "pert", "triangular", "normal", "lognormal", "metalog", "beta", "choice", "empirical"];

/// The most values of a sample, so that a resolved scenario, which spells them out, stays a readable file.
const MAX_SAMPLE: usize = 10_000;
/// The smallest uniform draw there is; the largest is 1 minus it.
pub(super) const FIRST_DRAW: f64 = f64::EPSILON / 2.0;
/// A range whose end is at least this large guards arithmetic rather than meaning:
/// a tail may pass it with a chance of [`RARE`].
const SOFT_END: f64 = 1e6;
/// One draw in a billion.
const RARE: f64 = 1e-9;

/// A checked distribution, and its value as a scenario file writes it, such as `pert = [1, 2, 3]`.
pub(super) type Written = (Distribution, String);

impl Reader<'_> {
    /// The distribution called `shape`, if it is one and lies in the field's range.
    pub(super) fn distribution(
        &mut self,
        shape: &str,
        node: &Node,
        truncate: Option<&Node>,
        field: &'static Field,
        key: &str,
    ) -> Option<Written> {
        let full = join(key, shape);
        let ends = truncate.map(|node| self.numbers(node, &join(key, "truncate"), ["low", "high"]));
        let (distribution, mut written) = self.shape(shape, node, &full)?;
        let mut distribution = self.checked(distribution, node, &full)?;
        if let (Some(ends), Some(node)) = (ends, truncate) {
            let [low, high] = ends?;
            distribution = self.checked(distribution.truncated(low, high), node, &join(key, "truncate"))?;
            written += &format!(", truncate = [{}, {}]", plain(low), plain(high));
        }
        if let Some((rule, hint)) = outside(&distribution, field, matches!(shape, "normal" | "lognormal" | "metalog")) {
            self.problems.add(Some(node.origin), Finding::value(full, node.show(), rule).hint(hint));
            return None;
        }
        Some((distribution, written))
    }

    fn checked(&mut self, result: Result<Distribution, DistributionError>, node: &Node, key: &str) -> Option<Distribution> {
        result.map_err(|error| self.problems.add(Some(node.origin), Finding::value(key, node.show(), error.to_string()))).ok()
    }

    fn shape(&mut self, shape: &str, node: &Node, key: &str) -> Option<(Result<Distribution, DistributionError>, String)> {
        let list = |numbers: &[f64]| format!("{shape} = [{}]", numbers.iter().map(|x| plain(*x)).collect::<Vec<_>>().join(", "));
        let table = |pairs: &[(&str, Option<f64>)]| {
            let pairs = pairs.iter().filter_map(|(name, x)| Some(format!("{name} = {}", plain((*x)?))));
            format!("{shape} = {{ {} }}", pairs.collect::<Vec<_>>().join(", "))
        };
        Some(match shape {
            "uniform" => {
                let [low, high] = self.numbers(node, key, ["low", "high"])?;
                (Distribution::uniform(low, high), list(&[low, high]))
            }
            "pert" | "triangular" => {
                let [low, mode, high] = self.numbers(node, key, ["low", "most likely", "high"])?;
                let make = if shape == "pert" { Distribution::pert } else { Distribution::triangular };
                (make(low, mode, high), list(&[low, mode, high]))
            }
            "normal" => {
                let [mean, std_dev] = self.named(node, key, ["mean", "std_dev"], 2)?;
                (Distribution::normal(mean?, std_dev?), table(&[("mean", mean), ("std_dev", std_dev)]))
            }
            "lognormal" => {
                let [p10, p90] = self.named(node, key, ["p10", "p90"], 2)?;
                (Distribution::lognormal(p10?, p90?), table(&[("p10", p10), ("p90", p90)]))
            }
            "metalog" => {
                let [p10, p50, p90, lower, upper] = self.named(node, key, ["p10", "p50", "p90", "lower", "upper"], 3)?;
                let (low, high) = (lower.unwrap_or(0.0), upper.unwrap_or(f64::INFINITY));
                let written = table(&[("p10", p10), ("p50", p50), ("p90", p90), ("lower", Some(low)), ("upper", upper)]);
                (Distribution::metalog(p10?, p50?, p90?, low, high), written)
            }
            "beta" => {
                let [alpha, beta, min, max] = self.named(node, key, ["alpha", "beta", "min", "max"], 2)?;
                let written = table(&[("alpha", alpha), ("beta", beta), ("min", min), ("max", max)]);
                (Distribution::beta(alpha?, beta?, min.unwrap_or(0.0), max.unwrap_or(1.0)), written)
            }
            "choice" => {
                let pairs = self.choice(node, key)?;
                (Distribution::choice(&pairs), choices(&pairs))
            }
            _ => {
                let pairs = self.empirical(node, key)?;
                (Distribution::empirical(&pairs), choices(&shares(&pairs)))
            }
        })
    }

    /// `{ 5 = 0.2, "7.5" = 0.8 }`: values as keys, weights that sum to 1.
    fn choice(&mut self, node: &Node, key: &str) -> Option<Vec<(f64, f64)>> {
        let Raw::Table(table) = &node.value else {
            let finding = Finding::value(key, node.show(), format!("must be a table of values and their chances, not {}", node.kind()));
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
        Some(pairs)
    }

    /// Values, and weights if there is a second column, from a file beside the one that names it.
    fn empirical(&mut self, node: &Node, key: &str) -> Option<Vec<(f64, f64)>> {
        let Some(name) = node.text() else {
            let finding = Finding::value(key, node.show(), format!("must name a file as text, not {}", node.kind()));
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
            Ok(pairs) if pairs.len() > MAX_SAMPLE => {
                let finding = Finding::value(key, node.show(), format!("the sample has {} values; at most {MAX_SAMPLE}", pairs.len()));
                self.problems.add_kind(ErrorKind::Limit, Some(node.origin), finding.hint("bin it and give weights in a second column"));
                None
            }
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

/// A choice as a scenario file writes it; quotes keep a point from being read as a dotted key.
fn choices(pairs: &[(f64, f64)]) -> String {
    let pairs: Vec<String> = pairs.iter().map(|(value, weight)| format!("\"{}\" = {}", plain(*value), plain(*weight))).collect();
    format!("choice = {{ {} }}", pairs.join(", "))
}

/// A sample as different values in rising order, with the share of each.
fn shares(pairs: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let total: f64 = pairs.iter().map(|(_, weight)| weight).sum();
    let mut shares: Vec<(f64, f64)> = Vec::new();
    let mut sorted = pairs.to_vec();
    sorted.sort_by(|(x, _), (y, _)| x.total_cmp(y));
    for (value, weight) in sorted {
        match shares.last_mut() {
            Some((last, share)) if *last == value => *share += weight / total,
            _ => shares.push((value, weight / total)),
        }
    }
    shares
}

/// How a distribution's draws leave the field's range, and what to do.
fn outside(distribution: &Distribution, field: &Field, has_tails: bool) -> Option<(String, String)> {
    let (low, high) = match distribution.support() {
        ends if !has_tails => ends,
        _ if field.max >= SOFT_END => (distribution.quantile(FIRST_DRAW), distribution.quantile(1.0 - RARE)),
        _ => (distribution.quantile(FIRST_DRAW), distribution.quantile(1.0 - FIRST_DRAW)),
    };
    if low >= field.min && high <= field.max {
        return None;
    }
    let end = if low >= field.min { high } else { low };
    let rule = format!("{}, but draws reach {}", range(field), plain(end));
    Some((rule, format!("add `truncate = [{}, {}]`, or move the numbers", plain(field.min), plain(field.max))))
}

#[cfg(test)]
mod tests {
    use super::super::parameters::Supply;
    use super::*;

    fn field(key: &str) -> &'static Field {
        Supply::<()>::FIELDS.iter().find(|field| field.key == key).unwrap()
    }

    #[test]
    fn a_tail_is_legal_exactly_when_no_draw_can_leave_the_range() {
        // The smallest draw is 2^-53, where a standard normal is -8.2095; 0.9 + 8.2095 x 0.0121 = 0.9993 and x 0.0122 = 1.0002.
        let normal = |std_dev| Distribution::normal(0.9, std_dev).unwrap();
        assert_eq!(outside(&normal(0.0121), field("yield_share"), true), None);
        assert!(
            outside(&normal(0.0122), field("yield_share"), true).unwrap().0.starts_with("a share lies in 0..=1, but draws reach 1.000")
        );
    }

    #[test]
    fn beyond_a_limit_of_a_million_a_tail_may_reach_once_in_a_billion() {
        // ln p90 - ln p10 = 2.5631 sigma; one in a billion is 5.9978 sigma: with median 1e6 and sigma 1.15 that is
        // 1e6 exp(6.8974) = 9.897e8, with sigma 1.16 it is 1.0509e9, and the limit is 1e9.
        let lognormal = |sigma: f64| {
            let half = libm::exp(1.281_551_565_544_8 * sigma);
            Distribution::lognormal(1e6 / half, 1e6 * half).unwrap()
        };
        assert_eq!(outside(&lognormal(1.15), field("stock_chips"), true), None);
        assert!(outside(&lognormal(1.16), field("stock_chips"), true).is_some());
    }

    #[test]
    fn numbers_are_written_in_the_shortest_form_that_reads_back() {
        for (x, text) in [
            (0.0, "0"),
            (0.1, "0.1"),
            (-5.0, "-5"),
            (1e15, "1000000000000000"),
            (1e16, "1e16"),
            (1e-7, "1e-7"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(plain(x), text);
            assert_eq!(text.parse::<f64>().unwrap(), x);
        }
    }

    #[test]
    fn a_sample_may_have_a_header_weights_blank_lines_and_any_line_end() {
        assert_eq!(sample("\u{FEFF}months, weight\r\n 5 , 2\r\n\r\n7,0.5\r\n").unwrap(), [(5.0, 2.0), (7.0, 0.5)]);
        assert_eq!(sample("5\n-0\n").unwrap(), [(5.0, 1.0), (0.0, 1.0)]);
        for (text, line) in [("5\nx\n", 2), ("h\nh\n", 2), ("5,1,2\n6\n7,1,2", 3), ("1\n2,-1", 2), ("1\ninf", 2), ("", 1), ("header", 1)] {
            assert_eq!(sample(text).unwrap_err().0, line, "{text:?}");
        }
    }
}
