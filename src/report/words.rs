//! Results as people read them: rounded to their Monte Carlo error, months as names.
//!
//! One number is written in one way on the whole page; the headline table of the command line rounds alike.

use crate::analysis::{Header, digits};
use crate::charts::words;
use crate::domain::Month;

/// A share as a percentage, with the digits that its standard error allows; two if that is unknown.
pub fn percent(share: f64, std_error: Option<f64>) -> String {
    let error = std_error.unwrap_or(f64::NAN) * 100.0;
    // An exact share needs no more than tenths; it would otherwise show the last bits of the product.
    let share = if error == 0.0 { (share * 1000.0).round() / 10.0 } else { share * 100.0 };
    let text = digits::rounded(share, error);
    // Only none and all are called so: 0.0% would be neither.
    if share > 0.0 && is_zero(&text) {
        return format!("<{}1%", &text[..text.len() - 1]);
    }
    if share < 100.0 && text.starts_with("100") { ">99%".into() } else { text + "%" }
}

/// Whether a number was rounded to nothing.
pub fn is_zero(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0' | b'.'))
}

/// A share of paths of which no error was estimated: as uncertain as if all paths of a world were one.
pub fn percent_of_worlds(share: f64, header: &Header) -> String {
    percent(share, Some((share * (1.0 - share) / header.worlds as f64).sqrt()))
}

/// A value with the digits that its standard error allows, two if that is unknown; below zero with a real minus.
pub fn rounded(value: f64, std_error: Option<f64>) -> String {
    digits::rounded(value, std_error.unwrap_or(f64::NAN)).replace('-', "−")
}

/// A value that is known exactly, to three digits.
pub fn three_digits(value: f64) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "unlimited" } else { "no lower end" }.into();
    }
    let text = digits::rounded(value, value.abs() / 100.0).replace('-', "−");
    // It is exact: a zero behind the point says nothing.
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// The last simulated month.
pub fn last_month(header: &Header) -> Month {
    header.start.plus(header.months as i32 - 1)
}

/// The months at whose ends results are told: the first three Decembers, and the last month. Counted from 0.
pub fn milestones(header: &Header) -> Vec<usize> {
    let last = header.months.saturating_sub(1);
    let decembers = (0..last).filter(|i| header.start.plus(*i as i32).month() == 12).take(3);
    decembers.chain([last]).collect()
}

/// The end of a month, counted from 0: `the end of 2026`, `the end of June 2027`.
pub fn end_of(header: &Header, index: usize) -> String {
    let month = header.start.plus(index as i32);
    if month.month() == 12 { format!("the end of {}", month.year()) } else { format!("the end of {}", words::month(month)) }
}

/// The end of the last month.
pub fn horizon(header: &Header) -> String {
    end_of(header, header.months.saturating_sub(1))
}

/// The calendar month of a waiting time, counted from 1.
pub fn waited(header: &Header, month: f64) -> String {
    words::month(header.start.plus(month as i32 - 1))
}

/// Things in a row: `a`, `a and b`, `a, b and c`.
pub fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// A text of at most `most` characters.
pub fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// What an outcome is called, its unit, and by what its value is multiplied to be in that unit.
pub struct Label {
    /// Such as `Gross revenue from China`.
    pub name: String,
    /// Such as `million USD`; empty for months.
    pub unit: &'static str,
    /// Such as 0.000001.
    pub scale: f64,
}

/// How to show an outcome; one that is not known by name has its own name and unit.
pub fn label(outcome: &str, unit: &'static str, header: &Header) -> Label {
    let (name, unit, scale) = match outcome {
        "delivered_T" => (format!("H200 delivered by {}", horizon(header)), "chips", 1.0),
        "t_first" => ("First delivery".into(), "", 1.0),
        "t_5k" => ("5,000 H200 delivered".into(), "", 1.0),
        "t_100k" => ("100,000 H200 delivered".into(), "", 1.0),
        "revenue" => ("Gross revenue from China".into(), "million USD", 1e-6),
        "us_take" => ("US government’s take".into(), "million USD", 1e-6),
        "net_revenue" => ("What Nvidia keeps of it".into(), "million USD", 1e-6),
        "nvidia_share" => ("Nvidia’s share of compute added in China".into(), "%", 100.0),
        "grey_units" => ("H200 through the grey market".into(), "chips", 1.0),
        "domestic_share" => ("Domestic share of compute added in China".into(), "%", 100.0),
        "need_fill" => ("Share of the need that H200 could meet and did".into(), "%", 100.0),
        "approval_yield" => ("Delivered of what Beijing granted".into(), "%", 100.0),
        "supply_fill" => ("Shipped of what could ship".into(), "%", 100.0),
        "unmet_training" => ("Training need unmet at the end".into(), "H200-equivalents", 1.0),
        "unmet_total" => ("Need unmet at the end".into(), "H200-equivalents", 1.0),
        other => match other.strip_prefix("delivered_") {
            Some(year) if year.bytes().all(|b| b.is_ascii_digit()) => (format!("H200 delivered by the end of {year}"), "chips", 1.0),
            _ => (words::label(other), unit, 1.0),
        },
    };
    Label { name, unit, scale }
}

/// The outcomes that a person asks for first, in order.
pub fn headline_outcomes(header: &Header) -> Vec<String> {
    let years = (header.start.year()..last_month(header).year()).take(3).map(|year| format!("delivered_{year}"));
    years.chain(["delivered_T", "t_first", "revenue", "us_take", "nvidia_share", "grey_units"].map(str::to_owned)).collect()
}

/// What a gate is, as part of a sentence.
pub fn gate(word: &str) -> &str {
    match word {
        "request" => "demand that is not asked for",
        "beijing" => "Beijing’s answer",
        "confirmation" => "the terms of a grant",
        "licence" => "the US licence",
        "lot" => "the limit on lots ahead of clearance",
        "customer_cap" => "the US cap per customer",
        "pairing" => "the rule to buy domestic chips too",
        "stock" => "Nvidia’s stock",
        "us_ceiling" => "the US volume ceiling",
        "laboratory" => "the US test laboratory",
        "clearing" => "the Chinese border",
        other => other,
    }
}

/// An uncertain input as people call it.
pub fn input(key: &str) -> String {
    if key == "beijing.types" { "Beijing’s hidden type".into() } else { key.rsplit('.').next().unwrap_or(key).replace('_', " ") }
}

/// A key that may break after its points and strokes, and nowhere else.
pub fn breakable(key: &str) -> maud::Markup {
    maud::html! { @for part in key.split_inclusive(['.', '_']) { (part) wbr; } }
}

/// The text with a capital first letter.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A factor, to two digits.
pub fn two_digits(value: f64) -> String {
    digits::rounded(value, f64::NAN)
}

/// Months such as `2026-03` as people write them, wherever they stand between spaces.
pub fn with_months(text: &str) -> String {
    let word = |word: &str| {
        let (stem, comma) = word.strip_suffix(',').map_or((word, ""), |stem| (stem, ","));
        Month::parse(stem).map_or_else(|| word.to_owned(), |month| words::month(month) + comma)
    };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// What a table of the language is called inside a sentence.
pub fn table(name: &str) -> String {
    match name {
        "beijing" => "Beijing".into(),
        "washington" => "Washington".into(),
        "us_market" => "US market".into(),
        "h20" => "H20".into(),
        other => other.replace('_', " "),
    }
}
