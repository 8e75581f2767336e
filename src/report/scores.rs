//! How kept forecasts did: means beside the hindsight statement, and every fact.

use maud::{Markup, html};

use super::frame::{self, Section, scroll};
use super::words;
use crate::analysis::{HINDSIGHT, Means, Scoreboard, digits};
use crate::charts::Chart;
use crate::charts::words::date;
use crate::scenario::facts::Facts;
use crate::scenario::forecasts::Forecast;

/// What a page about a scoring shows.
pub struct ScorePage<'a> {
    /// The scores.
    pub board: &'a Scoreboard,
    /// What came.
    pub facts: &'a Facts,
    /// What was forecast, in the order of the scoreboard.
    pub forecasts: &'a [Forecast],
    /// Its charts.
    pub charts: &'a [Chart],
}

/// The page about a scoring.
pub fn scores(page: &ScorePage<'_>) -> String {
    let section = |id, title, body| Section { id, title, body };
    let means = page.board.means();
    let sections = [
        section(
            "answer",
            "The answer",
            html! {
                (table(page, &means, "Means over the facts that all forecasts speak of", |m| m.over == "common"))
                @if let Some(gap) = page.board.gap(&means) { p { strong { (gap) } } }
                p { (HINDSIGHT) }
            },
        ),
        section("charts", "In pictures", frame::figures(page.charts)),
        section(
            "horizons",
            "By horizon",
            table(page, &means, "The same facts by months from the forecast to what was observed", |m| m.over.contains("months")),
        ),
        section("facts", "Fact by fact", facts(page)),
        section("forecasts", "Who forecast what", forecasts(page)),
    ];
    let lead = html! { p.question { "How did the forecasts do?" } };
    frame::page(&format!("Forecasts scored on “{}”", page.facts.title), &lead, &sections)
}

fn table(page: &ScorePage<'_>, means: &[Means], caption: &str, is_shown: impl Fn(&Means) -> bool) -> Markup {
    let share = |x: Option<f64>| x.map_or_else(String::new, |x| format!("{:.0}%", 100.0 * x));
    let table = html! {
        table {
            caption { (caption) ". Less is better in log score, Brier score, CRPS and the score of the first delivery's month." }
            thead { tr {
                th scope="col" { "Forecast" } th scope="col" { "Over" } th.number scope="col" { "Facts" } th.number scope="col" { "Log score" }
                th.number scope="col" { "Brier" } th.number scope="col" { "CRPS, chips" } th.number scope="col" { "First delivery, months" } th.number scope="col" { "In 50%" } th.number scope="col" { "In 90%" }
                th.number scope="col" { "Mean PIT" }
            } }
            tbody {
                @for m in means.iter().filter(|m| is_shown(m)) {
                    tr {
                        th scope="row" { bdi { (page.board.forecasters[m.forecaster].title) } } td { (m.over) } td.number { (m.facts) }
                        td.number { (format!("{:.3}", m.log)) } td.number { (format!("{:.3}", m.brier)) }
                        td.number { @if let Some(crps) = m.crps { (digits::rounded(crps, crps / 100.0)) } }
                        td.number { @if let Some(first) = m.first_delivery { (format!("{:.2}", first.score)) } }
                        td.number { (share(m.in_half)) } td.number { (share(m.in_ninety)) }
                        td.number { @if let Some(pit) = m.pit { (format!("{pit:.2}")) } }
                    }
                }
            }
        }
    };
    scroll("Mean scores", &table)
}

fn facts(page: &ScorePage<'_>) -> Markup {
    let table = html! {
        table {
            caption { "Probability that each forecast gave to what was seen, and its log score" }
            thead { tr {
                th scope="col" { "Known" } th scope="col" { "What was seen" } th scope="col" { "Forecast" } th.number scope="col" { "Probability" }
                th.number scope="col" { "Log score" } th.number scope="col" { "CRPS" }
            } }
            tbody {
                @for s in &page.board.scored {
                    tr {
                        td { (date(s.known)) } th scope="row" { (s.observable) ": " (s.seen) } td { bdi { (page.board.forecasters[s.forecaster].title) } }
                        td.number { (words::percent(s.score.probability, Some(0.005))) } td.number { (format!("{:.2}", s.score.log)) }
                        td.number { @if let Some(n) = s.score.number { (digits::rounded(n.crps, n.crps / 100.0)) } }
                    }
                }
            }
        }
    };
    scroll("Scores", &table)
}

fn forecasts(page: &ScorePage<'_>) -> Markup {
    html! {
        dl {
            @for forecast in page.forecasts {
                dt { bdi { (forecast.title) } ", " (date(forecast.as_of)) @if forecast.is_ours { " (ours)" } }
                dd { @if forecast.basis.is_empty() { "A scenario of this repository; the file keeps its hash, seed and versions." } @else { (forecast.basis) } }
            }
        }
    }
}
