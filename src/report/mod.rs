//! One self-contained page: the answer, the charts, where every input comes from, and how to repeat it.
//!
//! The page asks nobody for anything: style, fonts and pictures are inside it, and its content-security policy forbids the rest.

mod answer;
#[cfg(test)]
mod answer_tests;
mod binding;
mod contrast;
mod decision;
mod drivers;
mod frame;
mod inputs;
mod joined;
mod method;
mod scores;
mod sketch;
mod storylines;
mod style;
mod sweep;
#[cfg(test)]
mod tests;
mod update;
mod words;

use maud::{Markup, html};

use crate::analysis::sensitivity::Sensitivity;
use crate::analysis::{Comparison, Explanation, Header, Insight, Summary, doubt, doubt_of_difference, headline};
use crate::charts::Chart;
use crate::charts::words::{date, month, whole};
use crate::scenario::{Change, Scenario, SourceFile};
pub use decision::{DecisionPage, decision};
use frame::Section;
pub use joined::{OtherVersion, joined};
pub use sweep::{SweepPage, sweep};

pub use scores::{ScorePage, scores};
pub use update::{AnchorPage, DiscoverPage, UpdatePage, anchor, discovery, update};

/// What a page about one run shows.
pub struct RunPage<'a> {
    /// The results.
    pub summary: &'a Summary,
    /// The scenario that was run.
    pub scenario: &'a Scenario,
    /// Its charts, in the order in which they are shown.
    pub charts: &'a [Chart],
    /// Representative paths and influential inputs.
    pub insight: &'a Insight,
    /// How to repeat the run.
    pub repeat: &'a Repeat,
}

/// What a page about a comparison shows.
pub struct ComparisonPage<'a> {
    /// The results; the reference first.
    pub comparison: &'a Comparison,
    /// The scenarios, in the same order.
    pub scenarios: &'a [&'a Scenario],
    /// For each scenario after the reference, the keys in which they differ.
    pub changes: &'a [Vec<Change>],
    /// Which changes make the difference, if that was asked.
    pub explanation: Option<&'a Explanation>,
    /// Its charts, in the order in which they are shown.
    pub charts: &'a [Chart],
    /// How to repeat the comparison.
    pub repeat: &'a Repeat,
}

/// What a page about the drivers of outcomes shows.
pub struct SensitivityPage<'a> {
    /// The results.
    pub found: &'a Sensitivity,
    /// The scenario.
    pub scenario: &'a Scenario,
    /// Its charts, in the order in which they are shown.
    pub charts: &'a [Chart],
    /// How to repeat the analysis.
    pub repeat: &'a Repeat,
}

/// How to get the same bytes again.
pub struct Repeat {
    /// The command line, ready to be copied.
    pub command: String,
    /// Commit the program was built from; or `unknown`.
    pub commit: &'static str,
    /// SHA-256 over the result tables.
    pub results_sha256: String,
    /// The scenario files that were read, and their ancestors.
    pub inputs: Vec<SourceFile>,
}

/// The page about one run.
pub fn run(page: &RunPage<'_>) -> String {
    let (summary, scenario) = (page.summary, page.scenario);
    let header = &summary.header;
    let section = |id, title, body| Section { id, title, body };
    let mut sections = vec![
        section(
            "answer",
            "The answer",
            html! { (box_of(&answer::sentences(summary))) (caution(doubt(summary))) (headline_table(summary)) },
        ),
        section("charts", "In pictures", frame::figures(page.charts)),
        section("binding", "What binds", html! { (binding::table(summary)) h3 { "The two governments" } (binding::regimes(summary)) }),
        section("storylines", "Three histories", storylines::tell(page.insight, summary)),
        section("inputs", "Inputs", inputs::tables(page)),
        section("sources", "Sources", inputs::sources(scenario)),
        section("method", "Method", html! { (method::method(header, &[scenario], &page.insight.correlations)) (method::spread(summary)) }),
        section("limits", "Limits", method::limits(&[scenario])),
        section("repeat", "How to repeat it", method::repeat(page.repeat, header)),
    ];
    sections.retain(|section| match section.id {
        "charts" => !page.charts.is_empty(),
        "storylines" => !page.insight.storylines.is_empty(),
        _ => true,
    });
    let lead = html! {
        p.question { "How many H200 will arrive in China, when, and what decides it?" }
        @if !header.story.is_empty() { p.story dir="auto" { (header.story) } }
        p.kind { "As known on " (date(header.as_of)) ", for " (months(header)) ". " (whole(header.paths())) " simulated histories." }
    };
    frame::page(&header.title, &lead, &sections)
}

/// The page about scenarios side by side.
pub fn comparison(page: &ComparisonPage<'_>) -> String {
    let header = &page.comparison.reference().header;
    let others: Vec<String> = page.comparison.scenarios.iter().skip(1).map(|summary| summary.header.title.clone()).collect();
    let title = format!("{} beside {}", words::list(&others), header.title);
    let section = |id, title, body| Section { id, title, body };
    let mut sections = vec![
        section(
            "answer",
            "The answer",
            html! { (box_of(&contrast::sentences(page))) (caution(doubt_of_difference(page.comparison))) (contrast::outcomes(page)) },
        ),
        section("charts", "In pictures", frame::figures(page.charts)),
        section(
            "explanation",
            "Which changes do it",
            html! { @if let Some(why) = page.explanation { (contrast::explanation(why, header)) } },
        ),
        section("changes", "What was changed", contrast::changes(page)),
        section("method", "Method", method::method(header, page.scenarios, &[])),
        section("limits", "Limits", method::limits(page.scenarios)),
        section("repeat", "How to repeat it", method::repeat(page.repeat, header)),
    ];
    sections.retain(|section| match section.id {
        "charts" => !page.charts.is_empty(),
        "explanation" => page.explanation.is_some(),
        _ => true,
    });
    let lead = html! {
        p.question { "How many more H200 arrive in China, how surely, and which changes do it?" }
        p.kind {
            "The reference is “" bdi { (header.title) } "”, as known on " (date(header.as_of)) ", for " (months(header)) ". "
            (whole(header.paths())) " simulated histories of each, with the same luck."
        }
    };
    frame::page(&title, &lead, &sections)
}

/// The page about what drives the outcomes of a scenario.
pub fn sensitivity(page: &SensitivityPage<'_>) -> String {
    let header = &page.found.header;
    let section = |id, title, body| Section { id, title, body };
    let sections = [
        section("answer", "The answer", box_of(&drivers::sentences(page.found))),
        section("charts", "In pictures", frame::figures(page.charts)),
        section("indices", "Input by input", drivers::indices(page.found)),
        section("dead", "What nothing responds to", drivers::audit(page.found)),
        section("method", "Method", html! { (drivers::method(page)) (method::method(header, &[page.scenario], &[])) }),
        section("limits", "Limits", method::limits(&[page.scenario])),
        section("repeat", "How to repeat it", method::repeat(page.repeat, header)),
    ];
    let lead = html! {
        p.question { "Which of the things that nobody knows decide how many H200 arrive in China?" }
        p.kind {
            "As known on " (date(header.as_of)) ", for " (months(header)) ". " (whole(page.found.worlds_played * header.paths_per_world))
            " simulated histories."
        }
    };
    frame::page(&format!("What drives “{}”", header.title), &lead, &sections)
}

fn months(header: &Header) -> String {
    let (first, last) = (month(header.start), month(words::last_month(header)));
    if first == last { first } else { format!("{first} to {last}") }
}

fn box_of<T: maud::Render>(sentences: &[T]) -> Markup {
    html! { div.answer { @for sentence in sentences { p { (sentence) } } } }
}

/// That the run should have drawn more.
fn caution(doubt: Option<String>) -> Markup {
    html! { @if let Some(doubt) = doubt { p { span.tag { "Not converged" } " " (words::with_months(&words::capital(&doubt))) "." } } }
}

/// The table that the command line prints after a run.
fn headline_table(summary: &Summary) -> Markup {
    let table = html! {
        table.headline {
            caption { "Headline outcomes. “±” is the Monte Carlo standard error: how far another seed would move the value." }
            thead {
                tr { th scope="col" { "Outcome" } th.number scope="col" { "Value" } th scope="col" { "5% to 95% of histories" } th scope="col" { "Monte Carlo error" } }
            }
            tbody {
                @for row in &headline(summary).rows {
                    // A row that belongs to the one above it is indented.
                    tr class=(if row.label.starts_with(' ') { "sub" } else { "main" }) {
                        th scope="row" { (words::with_months(&words::capital(row.label.trim()))) }
                        td.number { (tidy(&row.value)) }
                        td.range { (tidy(&row.range)) }
                        td { (tidy(&row.error)) }
                    }
                }
            }
        }
    };
    frame::scroll("Headline outcomes", &table)
}

/// Months in words and real minus signs.
fn tidy(text: &str) -> String {
    words::with_months(text).replace('-', "−")
}
