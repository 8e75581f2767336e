//! The short table after a comparison.

use std::fmt::Write;

use super::{Comparison, Contrast, OutcomeDifference, Summary, digits};

/// The outcomes shown, with their words; those that a scenario lacks are left out.
const SHOWN: [(&str, &str); 6] = [
    ("delivered_T", "H200 delivered by the end"),
    ("t_first", "First delivery"),
    ("revenue", "Gross revenue from China, USD"),
    ("us_take", "US government's take, USD"),
    ("unmet_training", "Training need unmet at the end, H200-equivalents"),
    ("grey_units", "H200 through the grey market"),
];

/// At most this many calendar years have rows of their own.
const YEARS: usize = 3;

/// One row, ready to print. A field is empty where nothing is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContrastRow {
    /// Name of the outcome in tables.
    pub name: String,
    /// What is compared.
    pub label: String,
    /// Mean of the reference.
    pub reference: String,
    /// Mean of the scenario.
    pub scenario: String,
    /// Mean paired difference with its 95% interval; says so where it is noise.
    pub difference: String,
    /// In how many paths the scenario has more, or is later, and in how many less.
    pub odds: String,
    /// Variance of independent runs over the variance of this paired one.
    pub variance_reduction: String,
    /// Whether the difference cannot be told from zero.
    pub is_noise: bool,
}

/// The headline rows of one scenario against the reference.
pub fn contrast_rows(reference: &Summary, other: &Summary, contrast: &Contrast) -> Vec<ContrastRow> {
    let header = &reference.header;
    // The last year ends with the horizon, which has its row where both reach it.
    let last = header.start.plus(header.months as i32 - 1).year() + i32::from(contrast.outcome("delivered_T", None).is_none());
    let years = (header.start.year()..last).take(YEARS);
    let dated = years.map(|year| (format!("delivered_{year}"), format!("H200 delivered by the end of {year}")));
    let shown = dated.chain(SHOWN.map(|(name, label)| (name.to_owned(), label.to_owned())));
    shown.filter_map(|(name, label)| Some(row(reference, other, contrast.outcome(&name, None)?, label))).collect()
}

fn row(reference: &Summary, other: &Summary, outcome: &OutcomeDifference, label: String) -> ContrastRow {
    let difference = &outcome.difference;
    let mean = |summary: &Summary| {
        let estimate = &summary.outcome(&outcome.name, None)?.estimate;
        Some(digits::rounded(estimate.mean?, estimate.std_error.unwrap_or(f64::NAN)))
    };
    let percent = |share: f64, error: f64| format!("{}%", digits::rounded(share * 100.0, error * 100.0));
    let odds = difference.above.zip(difference.below).zip(difference.share_std_errors);
    let (more, less) = if outcome.is_wait { ("later", "earlier") } else { ("more", "less") };
    ContrastRow {
        name: outcome.name.clone(),
        label,
        reference: mean(reference).unwrap_or_default(),
        scenario: mean(other).unwrap_or_default(),
        difference: spoken(outcome),
        odds: odds.map_or_else(String::new, |((above, below), (e_above, e_below))| {
            format!("{more} in {}, {less} in {}", percent(above, e_above), percent(below, e_below))
        }),
        variance_reduction: difference.variance_reduction.map_or_else(String::new, |factor| format!("{factor:.1}")),
        is_noise: difference.is_noise(),
    }
}

/// `+81,000 (80,000 to 82,000)`.
fn spoken(outcome: &OutcomeDifference) -> String {
    let difference = &outcome.difference;
    let (Some(mean), Some(error), Some((low, high))) = (difference.mean, difference.std_error, difference.interval()) else {
        return String::new();
    };
    let text = |value: f64| digits::rounded(value, error);
    let signed = |value: f64| if value > 0.0 { format!("+{}", text(value)) } else { text(value) };
    match (difference.is_noise(), error == 0.0) {
        (true, _) => format!("none beyond noise ({} to {})", signed(low), signed(high)),
        (false, true) => signed(mean),
        (false, false) => format!("{} ({} to {})", signed(mean), signed(low), signed(high)),
    }
}

/// All scenarios against the reference, as text with aligned columns.
pub fn contrast_table(comparison: &Comparison) -> String {
    let mut text = String::new();
    for (other, contrast) in comparison.pairs() {
        let rows = contrast_rows(comparison.reference(), other, contrast);
        let head = ContrastRow {
            reference: "reference".into(),
            scenario: "scenario".into(),
            difference: "difference (95% interval)".into(),
            odds: "in the same path".into(),
            variance_reduction: "variance reduced by".into(),
            ..ContrastRow::default()
        };
        let lines = || [&head].into_iter().chain(&rows);
        let width = |field: fn(&ContrastRow) -> &str| lines().map(|row| field(row).chars().count()).max().unwrap_or(0);
        let (label, a, b) = (width(|row| &row.label), width(|row| &row.reference), width(|row| &row.scenario));
        let (difference, odds) = (width(|row| &row.difference), width(|row| &row.odds));
        let _ = writeln!(text, "{} against {}", other.header.name, comparison.reference().header.name);
        for row in lines() {
            let line = format!(
                "{:label$}  {:>a$}  {:>b$}  {:difference$}  {:odds$}  {}",
                row.label, row.reference, row.scenario, row.difference, row.odds, row.variance_reduction
            );
            let _ = writeln!(text, "{}", line.trim_end());
        }
        text.push('\n');
    }
    text
}
