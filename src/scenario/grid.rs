//! The points of a sweep: keys of a scenario, each with the values it takes in turn.

use super::{escape, excerpt, quoted};
use std::fmt;

/// The most points along one key.
pub const MOST_POINTS: usize = 1000;
/// The most combinations.
pub const MOST_CELLS: usize = 10_000;

/// One key and its values.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// Full key, such as `supply.stock_chips`.
    pub key: String,
    /// The values as TOML, in order.
    pub values: Vec<String>,
    /// The same as numbers that rise, if they are.
    pub numbers: Option<Vec<f64>>,
}

/// Why a text describes no axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AxisError {
    text: String,
    /// What is wrong with it.
    pub rule: String,
}

impl fmt::Display for AxisError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\": {}", excerpt(&self.text), self.rule)
    }
}

impl std::error::Error for AxisError {}

impl Axis {
    /// Reads `key=LOW..HIGH:POINTS`, the same with `:log`, or `key=VALUE,VALUE,…`.
    ///
    /// # Errors
    /// If it is none of them, or has fewer than two values.
    pub fn parse(text: &str) -> Result<Self, AxisError> {
        let refuse = |rule: String| AxisError { text: text.to_owned(), rule };
        let (key, values) = text.split_once('=').ok_or_else(|| refuse("write KEY=LOW..HIGH:POINTS or KEY=VALUE,VALUE".into()))?;
        let (key, values) = (key.trim().to_owned(), values.trim());
        if key.is_empty() {
            return Err(refuse("it names no key".into()));
        }
        let axis = match values.split_once("..") {
            Some((low, rest)) if !values.starts_with(['"', '[', '{']) => {
                let numbers = range(low, rest).map_err(refuse)?;
                Self { key, values: numbers.iter().map(|number| plain(*number)).collect(), numbers: Some(numbers) }
            }
            _ => Self::listed(key, values),
        };
        match axis.values.len() {
            0 | 1 => Err(refuse("it has one value; a sweep needs two or more".into())),
            more if more > MOST_POINTS => Err(refuse(format!("it has {more} values; at most {MOST_POINTS}"))),
            _ => Ok(axis),
        }
    }

    fn listed(key: String, values: &str) -> Self {
        let values = parts(values);
        let numbers: Option<Vec<f64>> =
            values.iter().map(|value| value.replace('_', "").parse().ok().filter(|n: &f64| n.is_finite())).collect();
        let numbers = numbers.filter(|numbers| numbers.windows(2).all(|pair| pair[0] < pair[1]));
        let toml = |value: &String| match value.replace('_', "").parse::<f64>() {
            Ok(_) => value.replace('_', ""),
            Err(_) if value.starts_with(['"', '\'', '[', '{']) || ["true", "false"].contains(&value.as_str()) => value.clone(),
            Err(_) => quoted(value),
        };
        Self { key, values: values.iter().map(toml).collect(), numbers }
    }
}

/// What is wrong if a key is named twice.
pub fn named_twice(axes: &[Axis]) -> Option<String> {
    let is_again = |i: usize| axes[..i].iter().any(|earlier| earlier.key == axes[i].key);
    let again = (0..axes.len()).find(|i| is_again(*i));
    again.map(|i| format!("{} is named twice; list its values in one", escape(&axes[i].key)))
}

/// What is wrong if there are more combinations than a sweep may have.
pub fn too_many(axes: &[Axis]) -> Option<String> {
    let cells = axes.iter().try_fold(1_usize, |product, axis| product.checked_mul(axis.values.len())).unwrap_or(usize::MAX);
    let counts: Vec<String> = axes.iter().map(|axis| axis.values.len().to_string()).collect();
    (cells > MOST_CELLS).then(|| format!("{} are more than {MOST_CELLS} combinations: take fewer values", counts.join(" × ")))
}

/// A number as TOML: without a point where it is whole.
pub fn plain(number: f64) -> String {
    if number == libm::trunc(number) && number.abs() < 1e15 { format!("{number:.0}") } else { format!("{number}") }
}

/// `LOW` and `HIGH:POINTS` or `HIGH:POINTS:log`, as rising numbers.
fn range(low: &str, rest: &str) -> Result<Vec<f64>, String> {
    let mut parts = rest.split(':');
    let number = |text: &str| text.trim().replace('_', "").parse::<f64>().ok().filter(|n| n.is_finite());
    let (low, high, points, scale) = (number(low), parts.next().and_then(number), parts.next(), parts.next());
    let (Some(low), Some(high), Some(points), None) = (low, high, points, parts.next()) else {
        return Err("write it as LOW..HIGH:POINTS, such as 0.05..0.9:8".to_owned());
    };
    let is_log = match scale {
        None => false,
        Some("log") => true,
        Some(other) => return Err(format!("\"{}\" is not known; only :log may follow the points", excerpt(other))),
    };
    let points = points.trim().parse::<usize>().ok().filter(|n| (2..=MOST_POINTS).contains(n));
    let points = points.ok_or_else(|| format!("points must be a whole number from 2 to {MOST_POINTS}"))?;
    if low >= high {
        return Err("the first end must be below the second".to_owned());
    }
    if is_log && low <= 0.0 {
        return Err("a range with :log must be above 0".to_owned());
    }
    let at = |i: usize| match (i as f64 / (points - 1) as f64, is_log) {
        (share, false) => low + (high - low) * share,
        (share, true) => low * libm::pow(high / low, share),
    };
    // The ends as they were written, and between them four digits; whole numbers between whole ends that leave room for them.
    let is_whole = [low, high].iter().all(|end| *end == libm::trunc(*end)) && high - low >= 10.0 * (points - 1) as f64;
    let round = |x: f64| {
        let four: f64 = format!("{x:.3e}").parse().unwrap_or(x);
        if is_whole { libm::round(four) } else { four }
    };
    Ok((0..points)
        .map(|i| {
            if i == 0 {
                low
            } else if i == points - 1 {
                high
            } else {
                round(at(i))
            }
        })
        .collect())
}

/// What stands between commas that are in no bracket and no quotes.
fn parts(text: &str) -> Vec<String> {
    let (mut parts, mut depth, mut quote) = (vec![String::new()], 0_i32, None);
    for c in text.chars() {
        match c {
            ',' if depth == 0 && quote.is_none() => {
                parts.push(String::new());
                continue;
            }
            '"' | '\'' => quote = if quote == Some(c) { None } else { quote.or(Some(c)) },
            '[' | '{' if quote.is_none() => depth += 1,
            ']' | '}' if quote.is_none() => depth -= 1,
            _ => {}
        }
        if let Some(last) = parts.last_mut() {
            last.push(c);
        }
    }
    parts.into_iter().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

/// Every combination of one value of each axis, as positions along the axes; the last axis runs fastest.
pub fn combinations(axes: &[Axis]) -> Vec<Vec<usize>> {
    axes.iter().fold(vec![Vec::new()], |all, axis| {
        all.iter().flat_map(|place| (0..axis.values.len()).map(move |at| [place.as_slice(), &[at]].concat())).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<String> {
        Axis::parse(text).unwrap().values
    }

    #[test]
    fn ranges_have_their_ends_and_even_steps_between() {
        assert_eq!(values("a.b=0.05..0.2:4"), ["0.05", "0.1", "0.15", "0.2"]);
        assert_eq!(values("a.b = 1_000..5_000:3"), ["1000", "3000", "5000"]);
        assert_eq!(values("a=1..100:3:log"), ["1", "10", "100"]);
        assert_eq!(values("a=-1..1:3"), ["-1", "0", "1"]);
        // Thirds with four digits, and chips stay whole.
        assert_eq!(values("a=0..1:4"), ["0", "0.3333", "0.6667", "1"]);
        assert_eq!(values("a=50..1000:3:log"), ["50", "224", "1000"]);
        assert_eq!(Axis::parse("a=0..1:2").unwrap().numbers, Some(vec![0.0, 1.0]));
    }

    #[test]
    fn lists_may_be_numbers_words_or_tables() {
        assert_eq!(values("shipping.rationing=proportional, uniform"), ["\"proportional\"", "\"uniform\""]);
        assert_eq!(values("a={ pert = [1, 2, 3] },4"), ["{ pert = [1, 2, 3] }", "4"]);
        assert_eq!(values("a=1_000,2_000"), ["1000", "2000"]);
        assert_eq!(values("a=true,false"), ["true", "false"]);
        assert_eq!(values("a=\"x, y\",z"), ["\"x, y\"", "\"z\""]);
        assert_eq!(Axis::parse("a=1,2,5").unwrap().numbers, Some(vec![1.0, 2.0, 5.0]));
        // Not in order, so not an axis of numbers.
        assert_eq!(Axis::parse("a=2,1").unwrap().numbers, None);
    }

    #[test]
    fn what_is_no_axis_is_refused() {
        for (text, why) in [
            ("a", "KEY=LOW..HIGH:POINTS"),
            ("=1,2", "no key"),
            ("a=1", "two or more"),
            ("a=0..1", "LOW..HIGH:POINTS"),
            ("a=0..1:1", "from 2 to"),
            ("a=1..0:3", "below the second"),
            ("a=0..1:3:log", "above 0"),
            ("a=1..2:3:cube", ":log"),
            ("a=0..x:3", "LOW..HIGH:POINTS"),
        ] {
            let told = Axis::parse(text).unwrap_err().to_string();
            assert!(told.contains(why), "{text}: {told}");
        }
    }

    #[test]
    fn the_last_axis_runs_fastest() {
        let axes = ["a=1,2", "b=x,y,z"].map(|text| Axis::parse(text).unwrap());
        assert_eq!(combinations(&axes), [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]]);
        assert_eq!(combinations(&[]), [Vec::<usize>::new()]);
    }
}
