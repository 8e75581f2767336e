//! The page of a decision: the best action, how far the others are behind, and what knowing more would be worth.
//!
//! An action is called better, and information worth something, only where the noise allows it.

use super::frame::{self, Section, scroll};
use super::words::{self, breakable, percent_of_worlds, rounded};
use super::{Repeat, box_of, inputs, method, months};
use crate::analysis::Valued;
use crate::analysis::decision::{Information, Verdict};
use crate::analysis::{Worth, Z95, digits, research};
use crate::charts::Chart;
use crate::charts::words::{date, month, whole};
use crate::domain::Grade;
use crate::scenario::Scenario;
use maud::{Markup, html};

/// At most so many inputs are named in a sentence.
const SPOKEN: usize = 3;

/// What a page about a decision shows.
pub struct DecisionPage<'a> {
    /// The results.
    pub found: &'a Worth,
    /// The scenario that it is taken in.
    pub scenario: &'a Scenario,
    /// Its charts, in the order in which they are shown.
    pub charts: &'a [Chart],
    /// How to repeat it.
    pub repeat: &'a Repeat,
}

/// The page about a decision.
pub fn decision(page: &DecisionPage<'_>) -> String {
    let (found, header) = (page.found, &page.found.header);
    let section = |id, title, body| Section { id, title, body };
    let mut sections = vec![
        section("answer", "The answer", box_of(&sentences(found))),
        section("charts", "In pictures", frame::figures(page.charts)),
        section("actions", "What may be done", actions(found)),
        section("information", "What knowing more is worth", information(found)),
        section("research", "What to research next", next(found)),
        section("sources", "Sources", inputs::sources(page.scenario)),
        section("method", "Method", html! { (explained()) (method::method(header, &[page.scenario], &[])) }),
        section("limits", "Limits", method::limits(&[page.scenario])),
        section("repeat", "How to repeat it", method::repeat(page.repeat, header)),
    ];
    sections.retain(|section| section.id != "charts" || !page.charts.is_empty());
    let lead = html! {
        p.question { (found.decision.title) }
        p.kind { "What is to be made large: " code { (found.decision.net_benefit) } "." }
        p.kind {
            "The scenario is “" bdi { (header.title) } "”, as known on " (date(header.as_of)) ", for " (months(header)) ". "
            (whole(header.paths())) " simulated histories under each action, with the same luck."
        }
    };
    frame::page(&found.decision.title, &lead, &sections)
}

/// The best action, its rival, and what knowing more or waiting would be worth.
fn sentences(found: &Worth) -> Vec<String> {
    let Verdict { actions, best_in, best, evpi, evpi_at_least, .. } = &found.verdict;
    let name = |action: usize| format!("“{}”", found.decision.actions[action].name);
    let mut said = vec![format!(
        "The best action is {}, with a mean net benefit of {}; it is the best in {} of the worlds.",
        name(*best),
        with_error(actions[*best]),
        percent_of_worlds(best_in[*best], &found.header)
    )];
    let behind = |action: &usize| found.verdict.behind[*action].value;
    let rival = (0..actions.len()).filter(|action| action != best).min_by(|a, b| behind(a).total_cmp(&behind(b)));
    said.extend(rival.map(|rival| {
        let gap = found.verdict.behind[rival];
        match is_beyond_noise(gap) {
            true => format!("{} comes next, {} behind it on the same luck.", name(rival), with_error(gap)),
            false => {
                format!("These histories cannot tell it from {}, which is {} behind it on the same luck.", name(rival), with_error(gap))
            }
        }
    }));
    let least = evpi_at_least.map_or_else(String::new, |least| format!(" and at least {}", with_error(least)));
    said.push(format!("To know everything about the world before acting would be worth at most {}{least}.", with_error(*evpi)));
    let worthy: Vec<String> = found
        .ranked()
        .into_iter()
        .filter(|(_, _, information)| information.stands_out())
        .take(SPOKEN)
        .map(|(key, _, information)| format!("{} ({})", words::input(key), with_error(information.worth)))
        .collect();
    said.push(match worthy.is_empty() {
        true => "Of no single input would knowing it be worth more than shuffled information seems to be.".to_owned(),
        false => format!("Of single inputs most would be worth {}.", words::list(&worthy)),
    });
    said.extend(found.waiting.iter().map(|(until, information)| {
        let worth = if information.stands_out() { with_error(information.worth) } else { "nothing beyond noise".to_owned() };
        format!("To see both governments move until {} would be worth {worth}, before what waiting costs.", month(*until))
    }));
    said
}

/// Every action beside the best.
fn actions(found: &Worth) -> Markup {
    let verdict = &found.verdict;
    let table = html! {
        table {
            caption { "Mean net benefit, and what each action gives less than the best on the same luck; “±” is half of the 95% Monte Carlo interval." }
            thead { tr {
                th scope="col" { "Action" } th scope="col" { "What it sets" } th.number scope="col" { "Net benefit" }
                th.number scope="col" { "Behind the best" } th.number scope="col" { "Best in worlds" }
            } }
            tbody {
                @for (i, action) in found.decision.actions.iter().enumerate() {
                    tr class=(if i == verdict.best { "main" } else if is_beyond_noise(verdict.behind[i]) { "sub" } else { "noise" }) {
                        th scope="row" { (action.name) }
                        td { @if action.sets.is_empty() { "nothing" } @for set in &action.sets { span.key { (breakable(set)) } " " } }
                        td.number { (with_error(verdict.actions[i])) }
                        td.number { @if i == verdict.best { "best" } @else { (with_error(verdict.behind[i])) } }
                        td.number { (percent_of_worlds(verdict.best_in[i], &found.header)) }
                    }
                }
            }
        }
    };
    scroll("Actions", &table)
}

/// Everything, what the governments show by a date, and each input.
fn information(found: &Worth) -> Markup {
    let whole = |name: &str, worth: Valued| {
        html! { tr.main { th scope="row" { (name) } td.number { (with_error(worth)) } td.number { "–" } td { "–" } } }
    };
    let row = |name: &Markup, known: &Information| {
        html! {
            tr class=(if known.stands_out() { "sub" } else { "noise" }) {
                th scope="row" { (name) }
                td.number { (with_error(known.worth)) }
                td.number { (shuffled(known)) }
                td { (if known.stands_out() { "yes" } else { "no" }) }
            }
        }
    };
    let table = html! {
        table {
            caption { "Worth of knowing before acting, in units of the net benefit; “±” is half of the 95% Monte Carlo interval. Beside it what shuffled \
                information, worth nothing, seems to be worth: on average, and at most." }
            thead { tr {
                th scope="col" { "Knowing" } th.number scope="col" { "Worth" } th.number scope="col" { "Shuffled" } th scope="col" { "Stands out" }
            } }
            tbody {
                (whole("everything about the world, at most", found.verdict.evpi))
                @if let Some(least) = found.verdict.evpi_at_least { (whole("the same, at least", least)) }
                @for (until, known) in &found.waiting { (row(&html! { "both governments until " (month(*until)) }, known)) }
                @for (name, keys, known) in found.ranked_groups() {
                    @let what = if keys.len() == 1 { "the input".to_owned() } else { format!("all {} inputs", keys.len()) };
                    (row(&html! { (what) " of " (name) }, known))
                }
                @for (key, _, known) in found.ranked() { (row(&named(key), known)) }
            }
        }
    };
    scroll("Worth of information", &table)
}

/// Inputs by what research on them could still teach.
fn next(found: &Worth) -> Markup {
    let mut inputs: Vec<_> = found.inputs.iter().map(|(key, grade, known)| (key, *grade, known, research(*grade, known))).collect();
    inputs.retain(|(.., teach)| *teach > 0.0);
    inputs.sort_by(|a, b| b.3.total_cmp(&a.3));
    let table = html! {
        table {
            caption { "Worth beyond what shuffled information seems to be worth, times the weakness of the source: a filing counts a quarter, a report a half, \
                a derived number three quarters, a judgement or none all of it." }
            thead { tr {
                th scope="col" { "Input" } th scope="col" { "Grade" } th.number scope="col" { "Worth of knowing" } th.number scope="col" { "Left to learn" }
            } }
            tbody {
                @for (key, grade, known, teach) in &inputs {
                    tr {
                        th scope="row" { (named(key)) }
                        td { (grade.map_or("none", Grade::word)) }
                        td.number { (with_error(known.worth)) }
                        td.number { (number(*teach, known.worth.std_error)) }
                    }
                }
            }
        }
    };
    html! {
        @if inputs.is_empty() {
            p { "Nothing: no input is worth knowing beyond noise for this decision. More worlds would find what is worth less." }
        } @else { (scroll("What to research next", &table)) }
    }
}

/// What the numbers are.
fn explained() -> Markup {
    html! {
        p { "A decision is taken before chance plays, so an action is judged by its mean over histories. All actions share the luck of each history, so that \
            their differences hold little of it." }
        dl.facts {
            dt { "Everything about the world" } dd { "EVPI: the best action of each world instead of one action for all. Chosen and judged by the same histories it \
                is too large; chosen by half of them and judged by the other half it is too small." }
            dt { "An input" } dd { "EVPPI: the best action in each part of its range. Beside it the same with the input shuffled over worlds, which is worth nothing." }
            dt { "All inputs of a decider" } dd { "The same for several inputs at once, by regression of each action's net benefit on them." }
            dt { "Until a date" } dd { "The best action for each way in which both governments have moved by then." }
        }
    }
}

fn named(key: &str) -> Markup {
    html! { (words::input(key)) span.key { (breakable(key)) } }
}

fn is_beyond_noise(gap: Valued) -> bool {
    gap.interval().0 > 0.0
}

fn shuffled(known: &Information) -> String {
    let error = known.worth.std_error;
    format!("{} to {}", number(known.floor.0, error), number(known.floor.1, error))
}

fn with_error(worth: Valued) -> String {
    let error = if worth.std_error.is_finite() { format!(" ± {}", digits::error(Z95 * worth.std_error)) } else { String::new() };
    number(worth.value, worth.std_error) + &error
}

/// A number with the digits that its error allows; with two if that is not known, and as it is if it is exact.
fn number(value: f64, std_error: f64) -> String {
    rounded(value, Some(std_error))
}
