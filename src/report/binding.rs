//! What binds: which gate holds back the most chips, and how many each holds.

use maud::{Markup, html};

use super::frame::scroll;
use super::words::{self, percent_of_worlds, rounded};
use crate::analysis::{MonthlySummary, Summary, digits};
use crate::charts::words::label;
use crate::model::BINDING_GATES;

/// The table of gates at the ends of years and at the horizon.
pub fn table(summary: &Summary) -> Markup {
    let header = &summary.header;
    let dates = words::milestones(header);
    let (shown, idle): (Vec<&str>, Vec<&str>) = BINDING_GATES.into_iter().partition(|gate| matters(summary, gate, &dates));
    let idle: Vec<String> = idle.into_iter().filter(|gate| *gate != "none").map(|gate| words::gate(gate).to_owned()).collect();
    let table = html! {
        table.wide {
            caption { "Gates in the order in which a chip meets them. “Binds” is the share of histories in which the gate holds back more chips \
                than any other; “holds” is the mean number of chips it holds back, with its standard error." }
            thead {
                tr {
                    th scope="col" rowspan="2" { "Gate" }
                    @for index in &dates { th scope="colgroup" colspan="2" { (words::capital(&words::end_of(header, *index))) } }
                }
                tr { @for _ in &dates { th.number scope="col" { "binds" } th.number scope="col" { "holds" } } }
            }
            tbody {
                @for gate in &shown {
                    tr {
                        th scope="row" { (name(gate)) @if let Some(meaning) = meaning(summary, gate) { span.note { (meaning) } } }
                        @for index in &dates {
                            td.number { (binds(summary, gate, *index)) }
                            td.number { (holds(summary, gate, *index)) }
                        }
                    }
                }
            }
        }
    };
    html! {
        p { "A chip must pass every gate in turn. A gate that binds is the one to open first; opening another moves nothing until it is open." }
        (scroll("Gates", &table))
        @if !idle.is_empty() { p.small.soft { "At these dates nothing is held back by " (words::list(&idle)) "." } }
    }
}

fn name(gate: &str) -> String {
    if gate == "none" { "Nothing is held back".into() } else { words::capital(words::gate(gate)) }
}

/// Whether a gate holds anything at one of the dates.
fn matters(summary: &Summary, gate: &str, dates: &[usize]) -> bool {
    dates.iter().any(|index| {
        share(summary, gate, *index).is_some_and(|share| share > 0.0)
            || held(summary, gate).and_then(|held| held.months.get(*index)?.mean).is_some_and(|mean| mean > 0.0)
    })
}

fn held<'a>(summary: &'a Summary, gate: &str) -> Option<&'a MonthlySummary> {
    summary.series(&format!("held_{gate}"), None)
}

fn meaning(summary: &Summary, gate: &str) -> Option<&'static str> {
    held(summary, gate).map(|held| held.series.metric.meaning)
}

fn share(summary: &Summary, gate: &str, month: usize) -> Option<f64> {
    let gates = summary.category("binding_gate")?;
    let state = gates.category.states.iter().position(|state| *state == gate)?;
    gates.shares.get(month)?.get(state).copied()
}

fn binds(summary: &Summary, gate: &str, month: usize) -> String {
    share(summary, gate, month).map_or_else(String::new, |share| percent_of_worlds(share, &summary.header))
}

fn holds(summary: &Summary, gate: &str, month: usize) -> String {
    let Some(estimate) = held(summary, gate).and_then(|held| held.months.get(month)) else { return String::new() };
    let error = estimate.std_error.filter(|error| *error > 0.0).map_or_else(String::new, |error| format!(" ± {}", digits::error(error)));
    estimate.mean.map_or_else(String::new, |mean| rounded(mean, estimate.std_error) + &error)
}

/// The shares of both governments' regimes at the same dates, for readers who cannot see the chart.
pub fn regimes(summary: &Summary) -> Markup {
    let header = &summary.header;
    let dates = words::milestones(header);
    let table = html! {
        table.wide {
            caption { "Share of histories in which each government is in a state." }
            thead {
                tr {
                    th scope="col" { "Government and state" }
                    @for index in &dates { th.number scope="col" { (words::capital(&words::end_of(header, *index))) } }
                }
            }
            @for government in summary.categories.iter().filter(|category| category.category.name != "binding_gate") {
                tbody.group {
                    tr { th scope="rowgroup" colspan=(dates.len() + 1) { (label(government.category.name)) } }
                    @for (position, state) in government.category.states.iter().enumerate() {
                        tr {
                            th scope="row" { (label(state)) }
                            @for index in &dates {
                                td.number {
                                    @if let Some(share) = government.shares.get(*index).and_then(|shares| shares.get(position)) {
                                        (percent_of_worlds(*share, header))
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    };
    scroll("Regimes", &table)
}
