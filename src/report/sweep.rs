//! The page of a sweep: what was varied, the charts, thresholds, and the numbers.

use super::frame::{self, Section, scroll};
use super::{Repeat, box_of, inputs, method, months};
use crate::analysis::{Sweep, Z95, digits};
use crate::charts::Chart;
use crate::charts::words::{date, percent, significant, whole};
use crate::scenario::Scenario;
use maud::{Markup, html};

/// Tables on the page end after so many rows; the file has them all.
const MOST_ROWS: usize = 300;

/// What a page about a sweep shows.
pub struct SweepPage<'a> {
    /// The results.
    pub sweep: &'a Sweep,
    /// The scenario that was varied.
    pub scenario: &'a Scenario,
    /// Its charts, in the order in which they are shown.
    pub charts: &'a [Chart],
    /// How to repeat it.
    pub repeat: &'a Repeat,
}

/// The page about a sweep.
pub fn sweep(page: &SweepPage<'_>) -> String {
    let header = &page.sweep.header;
    let section = |id, title, body| Section { id, title, body };
    let mut sections = vec![
        section("answer", "The answer", box_of(&sentences(page.sweep))),
        section("charts", "In pictures", frame::figures(page.charts)),
        section("numbers", "In numbers", numbers(page.sweep)),
        section("sources", "Sources", inputs::sources(page.scenario)),
        section("method", "Method", method::method(header, &[page.scenario], &[])),
        section("limits", "Limits", method::limits(&[page.scenario])),
        section("repeat", "How to repeat it", method::repeat(page.repeat, header)),
    ];
    sections.retain(|section| section.id != "charts" || !page.charts.is_empty());
    let keys: Vec<&str> = page.sweep.axes.iter().map(|axis| axis.key.as_str()).collect();
    let lead = html! {
        p.question { "What happens as " (keys.join(" and ")) (if keys.len() == 1 { " changes?" } else { " change?" }) }
        p.kind {
            "The scenario is “" bdi { (header.title) } "”, as known on " (date(header.as_of)) ", for " (months(header)) ". "
            (whole(page.sweep.cells.len() as u64)) " combinations of " (whole(header.paths())) " simulated histories each, with the same luck."
        }
    };
    frame::page(&format!("Sweep of {}", header.title), &lead, &sections)
}

/// What the sweep says, in sentences.
fn sentences(sweep: &Sweep) -> Vec<String> {
    let mut said = Vec::new();
    let places = sweep.places();
    let at = |place: &[usize]| {
        let values = sweep.axes.iter().zip(place).map(|(axis, i)| format!("{} = {}", axis.key, axis.values[*i].trim_matches('"')));
        values.collect::<Vec<_>>().join(" and ")
    };
    for (i, measure) in sweep.measures.iter().enumerate() {
        let told = |mean: f64| if measure.is_chance() { percent(mean) } else { significant(mean, 2) };
        let means = || places.iter().zip(&sweep.cells).filter_map(|(place, cell)| Some((place, cell[i].estimate.mean?)));
        let least = means().min_by(|a, b| a.1.total_cmp(&b.1));
        let most = means().max_by(|a, b| a.1.total_cmp(&b.1));
        if let (Some(least), Some(most)) = (least, most) {
            let what = if measure.is_chance() { "The chance of" } else { "The mean of" };
            let (low, high) = (told(least.1), told(most.1));
            said.push(format!("{what} {} runs from {low} at {} to {high} at {}.", measure.text, at(least.0), at(most.0)));
        }
    }
    for threshold in sweep.thresholds.iter().filter(|threshold| threshold.others.is_empty()) {
        let (measure, level) = (&sweep.measures[threshold.measure].text, percent(threshold.level));
        let key = &sweep.axes[0].key;
        said.push(match threshold.crossing.at {
            Some(value) => format!(
                "{measure} reaches a chance of {level} at {key} = {}{}.",
                significant(value, 3),
                interval(threshold.crossing.low, threshold.crossing.high)
            ),
            None => format!("The level of {level} is {} for {measure}.", threshold.remark()),
        });
    }
    said
}

fn interval(low: Option<f64>, high: Option<f64>) -> String {
    match (low, high) {
        (Some(low), Some(high)) => format!(" (between {} and {} with 95% confidence)", significant(low, 3), significant(high, 3)),
        (Some(low), None) => format!(" ({} or more with 95% confidence)", significant(low, 3)),
        (None, Some(high)) => format!(" ({} or less with 95% confidence)", significant(high, 3)),
        (None, None) => String::new(),
    }
}

/// Means with their errors, and thresholds.
fn numbers(sweep: &Sweep) -> Markup {
    let rows = sweep.places().into_iter().zip(&sweep.cells).take(MOST_ROWS);
    let table = html! {
        table {
            caption { "Means over histories, or chances; “±” is half of the 95% Monte Carlo interval." @if sweep.cells.len() > MOST_ROWS { " The rest is in the file." } }
            thead { tr { @for axis in &sweep.axes { th scope="col" { (axis.key) } } @for measure in &sweep.measures { th.number scope="col" { (measure.text) } } } }
            tbody {
                @for (place, cell) in rows {
                    tr {
                        @for (axis, at) in sweep.axes.iter().zip(&place) { th scope="row" { (axis.values[*at].trim_matches('"')) } }
                        @for found in cell { td.number { (estimate(found.estimate.mean, found.estimate.std_error)) } }
                    }
                }
            }
        }
    };
    let thresholds = html! {
        table {
            caption { "Where a chance reaches its level, with the 95% interval of values that cannot be told from it." }
            thead { tr {
                @for axis in sweep.axes.iter().skip(1) { th scope="col" { (axis.key) } }
                th scope="col" { "Chance" } th.number scope="col" { "Level" } th.number scope="col" { (sweep.axes[0].key) } th scope="col" { "Interval" }
            } }
            tbody {
                @for threshold in &sweep.thresholds {
                    tr {
                        @for (axis, at) in sweep.axes.iter().skip(1).zip(&threshold.others) { th scope="row" { (axis.values[*at].trim_matches('"')) } }
                        td { (sweep.measures[threshold.measure].text) }
                        td.number { (percent(threshold.level)) }
                        td.number { (threshold.crossing.at.map_or_else(|| threshold.remark().to_owned(), |value| significant(value, 3))) }
                        td { (interval(threshold.crossing.low, threshold.crossing.high)) }
                    }
                }
            }
        }
    };
    html! {
        (scroll("Means by combination", &table))
        @if !sweep.thresholds.is_empty() { (scroll("Thresholds", &thresholds)) }
    }
}

fn estimate(mean: Option<f64>, std_error: Option<f64>) -> String {
    match (mean, std_error) {
        (Some(mean), Some(error)) => format!("{} ± {}", digits::rounded(mean, error), significant(Z95 * error, 2)),
        (Some(mean), None) => significant(mean, 2),
        _ => "–".to_owned(),
    }
}
