//! Scenarios against the reference: the answer in three sentences, and the tables behind it.
//!
//! A difference inside its Monte Carlo error is called so in words, not by its colour alone.

use maud::{Markup, html};

use super::ComparisonPage;
use super::frame::scroll;
use super::inputs::support;
use super::words::{self, percent, rounded};
use crate::analysis::{Contrast, Contribution, Difference, Explanation, Header, OutcomeDifference, Summary, digits};
use crate::scenario::{Change, Scenario, table_of};

/// Who delivers more, how surely, and which changes do it.
pub fn sentences(page: &ComparisonPage<'_>) -> [Markup; 3] {
    let reference = &page.comparison.reference().header;
    let pairs: Vec<(&Summary, &Contrast)> = page.comparison.pairs().collect();
    [how_much(reference, &pairs), how_surely(&pairs), why(page)]
}

/// The deliveries that both know: over the whole horizon, or by the end of the last year they share.
fn deliveries(contrast: &Contrast) -> Option<&OutcomeDifference> {
    let yearly = |o: &&OutcomeDifference| o.buyer.is_none() && o.name.starts_with("delivered_");
    contrast.outcome("delivered_T", None).or_else(|| contrast.outcomes.iter().rfind(yearly))
}

fn quoted(header: &Header) -> Markup {
    html! { "“" bdi { (header.title) } "”" }
}

/// Clauses with semicolons between them, and the last with an and.
fn joined(clauses: &[Markup]) -> Markup {
    html! { @for (i, clause) in clauses.iter().enumerate() { @if i > 0 { @if i + 1 == clauses.len() { "; and " } @else { "; " } } (clause) } }
}

fn how_much(reference: &Header, pairs: &[(&Summary, &Contrast)]) -> Markup {
    let until = |contrast: &Contrast| {
        let name = words::label(&deliveries(contrast)?.name, "", reference).name;
        name.strip_prefix("H200 delivered ").map(str::to_owned)
    };
    let mut dates: Vec<String> = pairs.iter().filter_map(|(_, contrast)| until(contrast)).collect();
    dates.dedup();
    // One date is told once, in front.
    let (front, each) = if let [one] = dates.as_slice() { (format!(", {one}"), false) } else { (String::new(), true) };
    let clauses: Vec<Markup> = pairs
        .iter()
        .map(|(summary, contrast)| {
            let date = until(contrast).filter(|_| each).map_or_else(String::new, |date| format!(" {date}"));
            html! { (quoted(&summary.header)) " " (more_or_fewer(contrast)) (date) (interval_note(contrast)) }
        })
        .collect();
    html! { "Beside " (quoted(reference)) ", on average and with the same luck" (front) ", " (joined(&clauses)) "." }
}

fn more_or_fewer(contrast: &Contrast) -> String {
    let Some((difference, mean)) = deliveries(contrast).and_then(|outcome| Some((&outcome.difference, outcome.difference.mean?))) else {
        return "cannot be compared in deliveries".into();
    };
    let size = rounded(mean.abs(), difference.std_error);
    match direction(difference) {
        Direction::None => "delivers exactly as many H200".into(),
        Direction::Noise => "delivers as many H200 as far as these histories can tell".into(),
        Direction::Up => format!("delivers {size} H200 more"),
        Direction::Down => format!("delivers {size} H200 fewer"),
    }
}

fn interval_note(contrast: &Contrast) -> String {
    let difference = deliveries(contrast).map(|outcome| &outcome.difference).filter(|difference| difference.std_error > Some(0.0));
    let interval = difference.and_then(|difference| interval(difference, 1.0));
    interval.map_or_else(String::new, |text| format!(" (95% interval of the difference: {text})"))
}

/// Which way a mean difference points.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    None,
    Noise,
    Up,
    Down,
}

fn direction(difference: &Difference) -> Direction {
    match difference.mean {
        _ if difference.is_noise() => Direction::Noise,
        Some(mean) if mean > 0.0 => Direction::Up,
        Some(mean) if mean < 0.0 => Direction::Down,
        _ => Direction::None,
    }
}

fn how_surely(pairs: &[(&Summary, &Contrast)]) -> Markup {
    let clauses: Vec<Markup> = pairs
        .iter()
        .filter_map(|(summary, contrast)| {
            let difference = &deliveries(contrast)?.difference;
            let ((above, below), errors) = ((difference.above?, difference.below?), difference.share_std_errors);
            let name = if pairs.len() == 1 {
                html! { "it" }
            } else {
                quoted(&summary.header)
            };
            let (more, fewer) = (percent(above, errors.map(|e| e.0)), percent(below, errors.map(|e| e.1)));
            Some(match (above, below) {
                (0.0, 0.0) => html! { (name) " delivers the same number in every one" },
                (1.0, _) => html! { (name) " delivers more in every one" },
                (_, 1.0) => html! { (name) " delivers fewer in every one" },
                (above, below) if above + below >= 1.0 => html! { (name) " delivers more in " (more) " and fewer in " (fewer) },
                _ => html! { (name) " delivers more in " (more) ", fewer in " (fewer) " and the same number in the rest" },
            })
        })
        .collect();
    if clauses.is_empty() {
        return html! { "In how many histories it delivers more is not known." };
    }
    html! { "History by history, " (joined(&clauses)) "." }
}

fn why(page: &ComparisonPage<'_>) -> Markup {
    match page.explanation {
        Some(explanation) if !explanation.groups.is_empty() => explained(explanation, &page.comparison.reference().header),
        _ => changed(page),
    }
}

/// At most so many groups are named in a sentence.
const SPOKEN: usize = 4;

/// The groups that do most of it.
fn explained(explanation: &Explanation, reference: &Header) -> Markup {
    let shown = words::label(&explanation.outcome, explanation.unit, reference);
    let mut groups: Vec<&Contribution> = explanation.groups.iter().collect();
    groups.sort_by(|a, b| b.mean.abs().total_cmp(&a.mean.abs()));
    let part = |group: &&Contribution| format!("{} {}", words::table(&group.name), with_error(group, shown.scale));
    let told = if groups.len() > SPOKEN { SPOKEN - 1 } else { SPOKEN };
    let mut parts: Vec<String> = groups.iter().take(told).map(part).collect();
    if groups.len() > SPOKEN {
        parts.push("less from every other group".into());
    }
    html! {
        "By what was changed, the difference in " (in_sentence(&shown.name)) ", " (with_error(&explanation.total, shown.scale)) " " (shown.unit)
        ", is made of: " (words::list(&parts)) "."
    }
}

/// A name that begins with a small letter inside a sentence, unless it is a proper name.
fn in_sentence(name: &str) -> String {
    name.replacen("Gross", "gross", 1).replacen("First", "first", 1)
}

fn with_error(contribution: &Contribution, scale: f64) -> String {
    let error = contribution.std_error * scale;
    let text = digits::rounded(contribution.mean * scale, error);
    let sign = if contribution.mean > 0.0 && !words::is_zero(&text) { "+" } else { "" };
    format!("{sign}{} ± {}", text.replace('-', "−"), digits::error(error))
}

/// How many values differ, and in which tables.
fn changed(page: &ComparisonPage<'_>) -> Markup {
    let clauses: Vec<Markup> = page
        .scenarios
        .iter()
        .skip(1)
        .zip(page.changes)
        .map(|(scenario, changes)| {
            let mut tables: Vec<String> = changes.iter().map(|change| words::table(table_of(&change.key))).collect();
            tables.dedup();
            let values = match changes.len() {
                0 => return html! { "“" bdi { (scenario.title) } "” changes no value" },
                1 => "one value".to_owned(),
                n => format!("{n} values"),
            };
            html! { "“" bdi { (scenario.title) } "” changes " (values) " (" (words::list(&tables)) ")" }
        })
        .collect();
    html! { "What decides it is what was changed: " (joined(&clauses)) "." }
}

/// For each scenario, its headline outcomes beside the reference's.
pub fn outcomes(page: &ComparisonPage<'_>) -> Markup {
    let reference = page.comparison.reference();
    html! {
        @for (summary, contrast) in page.comparison.pairs() {
            h3 { bdi { (summary.header.title) } }
            (scroll("Headline outcomes", &outcome_table(reference, summary, contrast)))
        }
        p.small.soft {
            "“More” and “fewer” are shares of histories in which the scenario’s value is above and below the reference’s; for a waiting time they mean later and sooner. \
             “Variance reduction” is the variance of the mean difference of runs with luck of their own over that of this paired one. “±” and intervals are Monte Carlo error; \
             a difference whose 95% interval holds zero is called noise."
        }
    }
}

fn outcome_table(reference: &Summary, summary: &Summary, contrast: &Contrast) -> Markup {
    let rows = words::headline_outcomes(&reference.header);
    let rows: Vec<&OutcomeDifference> = rows.iter().filter_map(|name| contrast.outcome(name, None)).collect();
    html! {
        table.wide {
            caption {
                "“" bdi { (summary.header.title) } "” beside the reference: means, and the mean of the paired difference with its 95% interval. \
                 Waiting times are told by their median month."
            }
            thead {
                tr {
                    th scope="col" { "Outcome" }
                    th.number scope="col" { "Reference" }
                    th.number scope="col" { "Scenario" }
                    th.number scope="col" { "Difference" }
                    th scope="col" { "95% interval" }
                    th.number scope="col" { "More" }
                    th.number scope="col" { "Fewer" }
                    th.number scope="col" { "Variance reduction" }
                    th scope="col" { "Reading" }
                }
            }
            tbody { @for row in rows { (outcome_row(row, reference, summary)) } }
        }
    }
}

fn outcome_row(row: &OutcomeDifference, reference: &Summary, summary: &Summary) -> Markup {
    let difference = &row.difference;
    let shown = words::label(&row.name, row.unit, &reference.header);
    let errors = difference.share_std_errors;
    let share = |share: Option<f64>, error: Option<f64>| share.map_or_else(String::new, |share| percent(share, error));
    let scaled = |value: Option<f64>| value.map(|value| value * shown.scale);
    html! {
        tr.noise[reading(row) == "within the noise"] {
            th scope="row" { (shown.name) @if !shown.unit.is_empty() { span.soft { ", " (shown.unit) } } }
            td.number { (level(reference, row, shown.scale)) }
            td.number { (level(summary, row, shown.scale)) }
            td.number { @if let Some(mean) = scaled(difference.mean) { (plus(mean, scaled(difference.std_error))) } }
            td.range { (interval(difference, shown.scale).unwrap_or_default()) }
            td.number { (share(difference.above, errors.map(|e| e.0))) }
            td.number { (share(difference.below, errors.map(|e| e.1))) }
            td.number { @if let Some(factor) = difference.variance_reduction { (words::two_digits(factor)) " ×" } }
            td { (reading(row)) }
        }
    }
}

/// What a row says, in words.
fn reading(row: &OutcomeDifference) -> &'static str {
    match (row.difference.mean, direction(&row.difference), row.is_wait) {
        (None, _, true) => lead(&row.difference),
        (None, ..) => "not defined",
        (_, Direction::Noise, _) => "within the noise",
        (_, Direction::None, _) => "no difference",
        (_, Direction::Up, true) => "later",
        (_, Direction::Down, true) => "sooner",
        (_, Direction::Up, false) => "more",
        (_, Direction::Down, false) => "less",
    }
}

/// Whether a wait that does not always end is more often longer or shorter: the two shares must differ by three standard errors,
/// of which the sum of theirs is an upper bound.
fn lead(difference: &Difference) -> &'static str {
    match (difference.above, difference.below, difference.share_std_errors) {
        (Some(later), Some(sooner), Some((a, b))) if later - sooner > 3.0 * (a + b) => "more often later",
        (Some(later), Some(sooner), Some((a, b))) if sooner - later > 3.0 * (a + b) => "more often sooner",
        (Some(later), Some(sooner), _) if later == sooner => "no difference",
        (Some(_), Some(_), _) => "within the noise",
        _ => "not defined",
    }
}

/// The mean of an outcome, or the median of a waiting time.
fn level(summary: &Summary, row: &OutcomeDifference, scale: f64) -> String {
    let Some(outcome) = summary.outcome(&row.name, None) else { return String::new() };
    let estimate = &outcome.estimate;
    if row.is_wait {
        return match estimate.quantiles[3] {
            Some(month) => words::waited(&summary.header, month),
            None if estimate.paths > 0 => format!("after {}", crate::charts::words::month(words::last_month(&summary.header))),
            None => String::new(),
        };
    }
    estimate.mean.map_or_else(String::new, |mean| rounded(mean * scale, estimate.std_error.map(|error| error * scale)))
}

fn plus(value: f64, std_error: Option<f64>) -> String {
    let text = rounded(value, std_error);
    if value > 0.0 && !words::is_zero(&text) { format!("+{text}") } else { text }
}

fn interval(difference: &Difference, scale: f64) -> Option<String> {
    let (low, high) = difference.interval()?;
    let error = difference.std_error.map(|error| error * scale);
    Some(format!("{} to {}", plus(low * scale, error), plus(high * scale, error)))
}

/// What was changed, with both values.
pub fn changes(page: &ComparisonPage<'_>) -> Markup {
    html! {
        @for (scenario, changes) in page.scenarios.iter().skip(1).zip(page.changes) {
            h3 { bdi { (scenario.title) } }
            @if !scenario.story.is_empty() { p.story dir="auto" { (scenario.story) } }
            @if changes.is_empty() { p { "No value differs from the reference." } }
            @else { (scroll("Changed values", &change_table(changes, scenario))) }
        }
    }
}

fn change_table(changes: &[Change], scenario: &Scenario) -> Markup {
    let value = |value: &Option<String>| {
        html! {
            @match value { Some(text) => { code { (words::cut(text, 160)) } } None => { span.soft { "not there" } } }
        }
    };
    html! {
        table.changes {
            caption { "Values that differ, as a scenario file writes them" }
            thead { tr { th scope="col" { "Key" } th scope="col" { "Reference" } th scope="col" { "Scenario" } th scope="col" { "What the scenario’s value rests on" } } }
            tbody {
                @for change in changes {
                    tr { th scope="row" { code { (words::breakable(&change.key)) } } td { (value(&change.before)) } td { (value(&change.after)) @if change.after.is_some() { " " span.soft { (change.unit) } } } td { (support(scenario, &change.key)) } }
                }
            }
        }
    }
}

/// Which group of changes does how much.
pub fn explanation(explanation: &Explanation, reference: &Header) -> Markup {
    let shown = words::label(&explanation.outcome, explanation.unit, reference);
    let paths = crate::charts::words::whole(explanation.worlds * explanation.paths_per_world);
    let how = match explanation.method {
        crate::analysis::Averaging::Exact => "over all orders in which the groups can change",
        crate::analysis::Averaging::Sampled => "over random orders, one in each world; the errors hold that too",
    };
    let row = |group: &Contribution, class: &str| {
        html! {
            tr class=(class) {
                th scope="row" { (words::capital(&words::table(&group.name))) @if class != "total" && !group.keys.is_empty() { span.key { (words::cut(&group.keys.join(", "), 400)) } } }
                td.number { (with_error(group, shown.scale)) }
            }
        }
    };
    let table = html! {
        table {
            caption { (shown.name) ", " (shown.unit) ": what each group of changed values adds, with its standard error" }
            thead { tr { th scope="col" { "Changed values" } th.number scope="col" { "Adds" } } }
            tbody {
                @for group in &explanation.groups { (row(group, "main")) }
                (row(&explanation.total, "total"))
            }
        }
    };
    html! {
        p { "Each group’s part is its mean effect " (how) " (Shapley values), with the same luck in every case, on " (paths)
            " histories. The parts add up to the whole before they are rounded." }
        (scroll("Explanation", &table))
    }
}
