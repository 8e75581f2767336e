//! Names for what a history does, as facts, forecasts and questions write them: `delivered(2026-05)`, `beijing(2026-01..2026-06)`,
//! `delivered_T >= 250000`.
//!
//! Only the grammar is known here; which names there are, the model says.

use std::fmt;

use super::problem::excerpt;
use crate::domain::Month;

/// A number or a regime that every history has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observable {
    /// A monthly series, an outcome or a government.
    pub name: String,
    /// The month, or the first and last month of a span; `None` for an outcome.
    pub months: Option<(Month, Month)>,
    /// Key of a buyer; `None` for the total.
    pub buyer: Option<String>,
}

/// What is said of an observable.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// A number lies in a range.
    Range(Range),
    /// A regime is one of these, in every month of a span.
    AnyOf(Vec<String>),
    /// What is 0 or 1 is 1.
    Happens,
}

/// Numbers from one end to the other; an end may be infinite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Whether the lower end itself is left out.
    pub above: bool,
    /// Whether the upper end itself is left out.
    pub below: bool,
}

/// Something that happens in a history or does not.
#[derive(Clone, Debug, PartialEq)]
pub struct Happening {
    /// What is looked at.
    pub observable: Observable,
    /// What must hold of it.
    pub condition: Condition,
}

/// An event and how probable somebody holds it to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// The event.
    pub event: Happening,
    /// The probability, 0 to 1.
    pub probability: f64,
    /// How far off it may be.
    pub margin: f64,
}

impl Range {
    /// From one number to another, both included.
    pub fn closed(low: f64, high: f64) -> Self {
        Self { low, high, above: false, below: false }
    }

    /// Whether a number lies in it; NaN lies in none.
    pub fn contains(self, x: f64) -> bool {
        let over = if self.above { x > self.low } else { x >= self.low };
        over && if self.below { x < self.high } else { x <= self.high }
    }

    /// How far a number lies outside.
    pub fn distance(self, x: f64) -> f64 {
        if self.contains(x) { 0.0 } else { (self.low - x).max(x - self.high).max(0.0) }
    }
}

impl Observable {
    /// Reads `name`, `name(month)`, `name(month..month)`, each with `, buyer` if it is of one, or `name(buyer)`.
    ///
    /// # Errors
    /// A sentence that says what is wrong and what to write.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let shape = || format!("`{}` is not an observable; write for example delivered(2026-05) or delivered_T", excerpt(text));
        let (name, inside) = match text.split_once('(') {
            Some((name, rest)) => (name.trim(), Some(rest.strip_suffix(')').ok_or_else(shape)?)),
            None => (text, None),
        };
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            return Err(shape());
        }
        let mut found = Self { name: name.to_owned(), months: None, buyer: None };
        for part in inside.iter().flat_map(|inside| inside.split(',')).map(str::trim) {
            if part.starts_with(|c: char| c.is_ascii_digit()) && found.months.is_none() && found.buyer.is_none() {
                found.months = Some(span(part)?);
            } else if !part.is_empty() && found.buyer.is_none() {
                found.buyer = Some(part.to_owned());
            } else {
                return Err(shape());
            }
        }
        Ok(found)
    }
}

fn span(text: &str) -> Result<(Month, Month), String> {
    let month = |text: &str| {
        let text = text.trim();
        Month::parse(text).ok_or_else(|| format!("`{}` is not a month; write year and month, such as 2026-05", excerpt(text)))
    };
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    let (first, last) = (month(first)?, month(last)?);
    if last < first { Err(format!("{first}..{last} ends before it begins")) } else { Ok((first, last)) }
}

impl Happening {
    /// Reads `observable >= number` (or `>`, `<=`, `<`, `==`), `government(month) in regime|regime`, or an observable that is 0 or 1.
    ///
    /// # Errors
    /// A sentence that says what is wrong and what to write.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some((observable, words)) = text.split_once(" in ") {
            return Ok(Self { observable: Observable::parse(observable)?, condition: Condition::AnyOf(listed(words, "|")) });
        }
        let operators = [">=", "<=", "==", ">", "<"];
        let Some((operator, (observable, number))) = operators.iter().find_map(|op| Some((*op, text.split_once(op)?))) else {
            return Ok(Self { observable: Observable::parse(text)?, condition: Condition::Happens });
        };
        let x = number_in(number)
            .ok_or_else(|| format!("`{}` is not a number; write for example delivered_T >= 250000", excerpt(number.trim())))?;
        let mut range = Range::closed(f64::NEG_INFINITY, f64::INFINITY);
        match operator {
            ">=" => range.low = x,
            "<=" => range.high = x,
            ">" => (range.low, range.above) = (x, true),
            "<" => (range.high, range.below) = (x, true),
            _ => (range.low, range.high) = (x, x),
        }
        Ok(Self { observable: Observable::parse(observable)?, condition: Condition::Range(range) })
    }
}

impl Statement {
    /// Reads `event = probability`, with `± margin` (or `+- margin`) behind it if it need not be met exactly.
    ///
    /// # Errors
    /// A sentence that says what is wrong and what to write.
    pub fn parse(text: &str) -> Result<Self, String> {
        let shape =
            |what: &str| format!("`{}` {what}; write for example \"first_delivery_by(2026-12) = 0.65 ± 0.05\"", excerpt(text.trim()));
        let (event, numbers) = text.rsplit_once('=').ok_or_else(|| shape("has no `= probability`"))?;
        if event.ends_with(['<', '>', '=', '!']) {
            return Err(shape("has no `= probability` at its end"));
        }
        let (probability, margin) = numbers.split_once('±').or_else(|| numbers.split_once("+-")).unwrap_or((numbers, "0"));
        let (probability, margin) = number_in(probability).zip(number_in(margin)).ok_or_else(|| shape("has no number behind the `=`"))?;
        if !(0.0..=1.0).contains(&probability) || !(0.0..1.0).contains(&margin) {
            return Err(shape("asks for a probability outside 0 to 1"));
        }
        Ok(Self { event: Happening::parse(event)?, probability, margin })
    }
}

/// The words of a text between which something stands.
pub(super) fn listed(text: &str, between: &str) -> Vec<String> {
    text.split(between).map(|word| word.trim().to_owned()).collect()
}

fn number_in(text: &str) -> Option<f64> {
    let text = text.trim();
    let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b"._-+eE".contains(&b));
    text.replace('_', "").parse().ok().filter(|x: &f64| plain && x.is_finite())
}

impl fmt::Display for Observable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let months = self.months.map(|(first, last)| if first == last { first.to_string() } else { format!("{first}..{last}") });
        let inside: Vec<String> = months.into_iter().chain(self.buyer.clone()).collect();
        if inside.is_empty() { f.write_str(&self.name) } else { write!(f, "{}({})", self.name, inside.join(", ")) }
    }
}

impl Condition {
    /// What was seen, for a table: a number alone, so that no cell begins like a formula.
    pub fn seen(&self) -> String {
        self.to_string().trim_start_matches("== ").trim_start_matches("in ").to_owned()
    }
}

/// The shortest text that reads back; without a row of zeros.
fn short(x: f64) -> String {
    if x == 0.0 || (1e-6..1e15).contains(&x.abs()) { format!("{x}") } else { format!("{x:e}") }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AnyOf(words) => write!(f, "in {}", words.join("|")),
            Self::Happens => f.write_str("happens"),
            Self::Range(Range { low, high, .. }) if low == high => write!(f, "== {}", short(*low)),
            Self::Range(Range { low, high, above, .. }) if high.is_infinite() => {
                write!(f, "{} {}", if *above { ">" } else { ">=" }, short(*low))
            }
            Self::Range(Range { low, high, below, .. }) if low.is_infinite() => {
                write!(f, "{} {}", if *below { "<" } else { "<=" }, short(*high))
            }
            Self::Range(Range { low, high, .. }) => write!(f, "from {} to {}", short(*low), short(*high)),
        }
    }
}

impl fmt::Display for Happening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.condition {
            Condition::Happens => self.observable.fmt(f),
            _ => write!(f, "{} {}", self.observable, self.condition),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(text: &str) -> Month {
        Month::parse(text).unwrap()
    }

    #[test]
    fn observables_name_a_month_a_span_a_buyer_or_nothing_more() {
        let read = |text: &str| Observable::parse(text).unwrap();
        let may = Some((month("2026-05"), month("2026-05")));
        assert_eq!(read("delivered(2026-05)"), Observable { name: "delivered".into(), months: may, buyer: None });
        assert_eq!(read(" delivered ( 2026-05 , alpha ) ").buyer.as_deref(), Some("alpha"));
        assert_eq!(read("beijing(2026-01..2026-06)").months, Some((month("2026-01"), month("2026-06"))));
        assert_eq!(read("delivered_T(alpha)"), Observable { name: "delivered_T".into(), months: None, buyer: Some("alpha".into()) });
        for text in ["delivered(2026-05)", "delivered_T", "beijing(2026-01..2026-06)", "delivered(2026-05, alpha)", "t_first(alpha)"] {
            assert_eq!(read(text).to_string(), text);
        }
        for text in [
            "",
            "(2026-05)",
            "delivered(2026-05",
            "delivered(2026-13)",
            "delivered(2026-05..2026-04)",
            "a b",
            "x(,)",
            "x(a,b)",
            "x(a,2026-01)",
        ] {
            assert!(Observable::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn events_are_ranges_regimes_or_plain_yes() {
        let condition = |text: &str| Happening::parse(text).unwrap().condition;
        let range = |text: &str| if let Condition::Range(range) = condition(text) { range } else { panic!("{text}") };
        assert_eq!(range("delivered_T >= 250_000"), Range::closed(250_000.0, f64::INFINITY));
        assert!(!range("delivered_T > 3").contains(3.0) && range("delivered_T > 3").contains(4.0));
        assert!(range("t_first<7").contains(6.0) && !range("t_first<7").contains(7.0));
        assert_eq!(range("delivered(2026-05) == 0"), Range::closed(0.0, 0.0));
        assert_eq!(condition("first_delivery_by(2026-12)"), Condition::Happens);
        for text in [
            "first_delivery_by(2026-12)",
            "delivered_T >= 250000",
            "delivered_T >= 1",
            "delivered_T >= 1e300",
            "t_first < 7",
            "beijing(2026-06) in open|pending",
            "delivered(2026-05) == 0",
        ] {
            assert_eq!(Happening::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(condition("beijing(2026-06) in open|case_by_case"), Condition::AnyOf(vec!["open".into(), "case_by_case".into()]));
        assert!(!range("delivered_T >= 0").contains(f64::NAN));
        assert!(Happening::parse("delivered_T >= many").unwrap_err().contains("`many` is not a number"));
    }

    #[test]
    fn statements_end_in_a_probability_with_or_without_a_margin() {
        for text in ["first_delivery_by(2026-12) = 0.65 ± 0.05", "first_delivery_by(2026-12)=0.65+-0.05"] {
            let read = Statement::parse(text).unwrap();
            assert_eq!((read.probability, read.margin, read.event.observable.name.as_str()), (0.65, 0.05, "first_delivery_by"));
        }
        let read = Statement::parse("delivered_T >= 250000 = 0.4").unwrap();
        assert_eq!((read.probability, read.margin), (0.4, 0.0));
        assert_eq!(read.event, Happening::parse("delivered_T >= 250000").unwrap());
        for text in ["delivered_T >= 250000", "delivered_T", "first_delivery_by(2026-12) = 65", "x = 0.5 ± 2", "x = often"] {
            assert!(Statement::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_distance_to_a_range_is_zero_inside() {
        let range = Range::closed(1.0, 5.0);
        assert_eq!([0.0, 1.0, 3.0, 5.0, 9.0].map(|x| range.distance(x)), [1.0, 0.0, 0.0, 0.0, 4.0]);
    }
}
