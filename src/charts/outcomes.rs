//! What outcomes are called in a picture, and in which unit a person reads them.

use super::words;
use crate::domain::Month;

/// How to write an outcome.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// What it is.
    pub name: String,
    /// The unit of its value.
    pub unit: String,
    /// What to add to a difference whose value stands beside it with its unit.
    pub unit_of_change: String,
    /// The value in its table times this is the value in `unit`.
    pub scale: f64,
}

impl Reading {
    /// The unit of a change that stands without its value.
    pub fn unit_of_change_or_unit(&self) -> &str {
        if self.unit == "%" { "percentage points" } else { &self.unit }
    }

    /// A number with its unit.
    pub fn with_unit(&self, number: &str) -> String {
        match self.unit.split_once(' ') {
            _ if self.unit == "%" => format!("{number}%"),
            Some(("USD", size)) => format!("USD {number} {size}"),
            Some((unit, "bn")) => format!("{number} bn {unit}"),
            _ => format!("{number} {}", self.unit).trim_end().to_string(),
        }
    }
}

/// The words of an outcome that is about as large as `size`; `last` is the last month of the horizon.
pub fn reading(outcome: &str, unit: &str, size: f64, last: Month) -> Reading {
    let (unit, unit_of_change, scale) = match unit {
        "ratio" | "share" => ("%".into(), "points".into(), 100.0),
        _ if size >= 1e9 => (format!("{unit} bn"), "bn".into(), 1e-9),
        "USD" if size >= 1e6 => ("USD m".into(), "m".into(), 1e-6),
        _ => (unit.to_string(), String::new(), 1.0),
    };
    Reading { name: name(outcome, last), unit, unit_of_change, scale }
}

/// The year of `delivered_2026`.
pub fn year_of_deliveries(outcome: &str) -> Option<i32> {
    outcome.strip_prefix("delivered_")?.parse().ok()
}

/// A group of changed keys, named after the table they are in or by the user.
pub fn group(name: &str) -> String {
    if name == "us_market" { "US market".into() } else { words::label(name) }
}

fn name(outcome: &str, last: Month) -> String {
    if let Some(year) = year_of_deliveries(outcome) {
        return format!("H200 delivered by the end of {year}");
    }
    match outcome {
        "delivered_T" => format!("H200 delivered by {}", words::month(last)),
        "t_first" => "First delivery".into(),
        "revenue" => "Gross revenue from China".into(),
        "us_take" => "US government’s take".into(),
        "nvidia_share" => "Nvidia’s share of compute".into(),
        "grey_units" => "H200 from the grey market".into(),
        "domestic_share" => "Domestic share of compute".into(),
        "unmet_training" => "Training need unmet at the end".into(),
        "stranded" => "H200 left with Nvidia at the end".into(),
        other => words::label(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_carry_their_unit() {
        let last = Month::new(2027, 12).unwrap();
        let with = |unit: &str, size: f64, number: &str| reading("x", unit, size, last).with_unit(number);
        assert_eq!([with("USD", 5e9, "5.1"), with("ratio", 0.1, "12"), with("chips", 9.0, "9")], ["USD 5.1 bn", "12%", "9 chips"]);
    }

    #[test]
    fn outcomes_are_read_in_units_of_their_size() {
        let last = Month::new(2027, 12).unwrap();
        let read = |name: &str, unit: &str, size: f64| {
            let r = reading(name, unit, size, last);
            (r.name, r.unit, r.scale)
        };
        assert_eq!(read("revenue", "USD", 5.1e9), ("Gross revenue from China".into(), "USD bn".into(), 1e-9));
        assert_eq!(read("nvidia_share", "ratio", 0.12), ("Nvidia’s share of compute".into(), "%".into(), 100.0));
        assert_eq!(read("delivered_2026", "chips", 83_000.0), ("H200 delivered by the end of 2026".into(), "chips".into(), 1.0));
        assert_eq!(read("delivered_T", "chips", 0.0).0, "H200 delivered by December 2027");
        assert_eq!(read("border_T", "chips", 0.0).0, "Border T");
    }
}
