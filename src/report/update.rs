//! What facts do to a scenario: the answer, the facts, and a number before beside the same number after.

use maud::{Markup, html};

use super::frame::{self, Section, scroll};
use super::{Repeat, method, words};
use crate::analysis::{Conditioning, InputShift, Reweighting, Tilt, Z95, before_after, digits, is_moved, percent};
use crate::charts::Chart;
use crate::charts::words::{change, date, label, whole};
use crate::scenario::facts::{Fact, Facts};
use crate::scenario::{Scenario, Statement};

/// What a page about an update shows.
pub struct UpdatePage<'a> {
    /// Before and after.
    pub found: &'a Reweighting,
    /// The scenario that was updated.
    pub scenario: &'a Scenario,
    /// The file of facts.
    pub facts: &'a Facts,
    /// The facts that were used, in the order in which they became known.
    pub used: &'a [&'a Fact],
    /// Those that were not, and why.
    pub unused: &'a [(&'a Fact, String)],
    /// What each of them did.
    pub conditioning: &'a Conditioning,
    /// Its charts.
    pub charts: &'a [Chart],
    /// How to repeat it.
    pub repeat: &'a Repeat,
}

/// The page about an update.
pub fn update(page: &UpdatePage<'_>) -> String {
    let header = &page.found.header;
    let section = |id, title, body| Section { id, title, body };
    let sections = [
        section("answer", "The answer", html! { (super::box_of(&sentences(page.found))) (table(page.found, Some(page.conditioning))) }),
        section("charts", "In pictures", frame::figures(page.charts)),
        section("facts", "The facts", facts(page)),
        section("inputs", "What moved", inputs(page.found)),
        section("method", "Method", method_of_update(page)),
        section("limits", "Limits", method::limits(&[page.scenario])),
        section("repeat", "How to repeat it", method::repeat(page.repeat, header)),
    ];
    let lead = html! {
        p.question { "What did the news change?" }
        p.kind { "With the facts of “" bdi { (page.facts.title) } "” that were known by " (date(header.as_of)) "." }
    };
    frame::page(&header.title, &lead, &sections)
}

/// The most important shifts in sentences.
pub fn sentences(found: &Reweighting) -> Vec<Markup> {
    let moved = |t: &&crate::analysis::TypeShare| (t.posterior.0 - t.prior.0).abs();
    let kind = found.types.iter().max_by(|a, b| moved(a).total_cmp(&moved(b)));
    let deliveries = found.outcomes.iter().find(|moved| moved.name == "delivered_T");
    let mut sentences = Vec::new();
    if let Some(t) = kind {
        sentences.push(html! {
            "The hidden type whose weight moves most is “" (label(t.kind.word())) "”: from " (percent(t.prior)) " to " (percent(t.posterior)) "."
        });
    }
    if let Some((before, after)) = deliveries.and_then(|moved| Some((moved.prior.mean?, moved.posterior.mean?))) {
        sentences.push(html! {
            "H200 delivered by " (words::horizon(&found.header)) ", mean: " (words::rounded(before.0, Some(before.1))) " before and "
            (words::rounded(after.0, Some(after.1))) " ± " (digits::error(after.1)) " after."
        });
    }
    let shifted: Vec<String> = found.inputs.iter().filter(|input| is_moved(input.shift)).take(3).map(said).collect();
    sentences.push(match shifted.is_empty() {
        true => html! { "No uncertain input moves by more than its Monte Carlo error." },
        false => html! { "Of the uncertain inputs these move most, in standard deviations of what was held before: " (words::list(&shifted)) "." },
    });
    sentences
}

fn said(input: &InputShift) -> String {
    format!("{} ({})", input.moved.name, change(input.shift.0, Some(input.shift.1), 1.0))
}

/// Before beside after.
pub fn table(found: &Reweighting, conditioning: Option<&Conditioning>) -> Markup {
    let before_after = before_after(found, conditioning);
    let table = html! {
        table.headline {
            caption { (before_after.basis) ". “±” is the Monte Carlo standard error." }
            thead { tr { th scope="col" { "Observable" } th scope="col" { "Before" } th scope="col" { "After" } } }
            tbody {
                @for [name, before, after] in &before_after.rows {
                    tr class=(if name.starts_with(' ') { "sub" } else { "main" }) {
                        th scope="row" { (name.trim()) } td { (before) } td { (after) }
                    }
                }
            }
        }
    };
    scroll("Before and after", &table)
}

fn facts(page: &UpdatePage<'_>) -> Markup {
    let source = |fact: &Fact| {
        html! {
            @if let Some(source) = page.facts.source_of(fact) {
                bdi { (source.outlet) } ", " (date(source.date)) ": "
                @if let Some(url) = &source.url { a href=(url) rel="noreferrer" { bdi { (source.title) } } } @else { bdi { (source.title) } }
            }
        }
    };
    let used = html! {
        table {
            caption { "Facts that were used, in the order in which they became known" }
            thead { tr {
                th scope="col" { "Known" } th scope="col" { "What was seen" } th.number scope="col" { "Sure" }
                th.number scope="col" { "Held before" } th.number scope="col" { "Holds after" }
                th.number scope="col" { "Effective worlds so far" } th scope="col" { "Source" }
            } }
            tbody {
                @for (fact, step) in page.used.iter().zip(&page.conditioning.steps) {
                    tr {
                        td { (fact.known) }
                        th scope="row" { (fact.observable) " " (fact.condition) @if fact.error > 0.0 { " (error " (digits::rounded(fact.error, 0.0)) ")" }
                            @if !fact.note.is_empty() { br; small { (fact.note) } } }
                        td.number { (words::three_digits(fact.sure)) }
                        td.number { (percent(step.holds)) } td.number { (percent(step.holds_after)) }
                        td.number { (whole(step.so_far as u64)) }
                        td { (source(fact)) }
                    }
                }
            }
        }
    };
    html! {
        (scroll("Facts", &used))
        @if !page.unused.is_empty() {
            h3 { "Not used" }
            ul { @for (fact, why) in page.unused { li { (fact.observable) " " (fact.condition) ": " (why) "." } } }
        }
        @if !page.facts.left_out.is_empty() {
            h3 { "Known, and left out of the file" }
            ul { @for left in &page.facts.left_out { li { bdi { (left.what) } ": " (left.why) } } }
        }
    }
}

/// The uncertain inputs before and after.
pub fn inputs(found: &Reweighting) -> Markup {
    let mean =
        |marginal: &crate::analysis::Marginal| marginal.mean.map_or_else(String::new, |(mean, error)| words::rounded(mean, Some(error)));
    let table = html! {
        table {
            caption { "Uncertain inputs, the most shifted first. Shift: change of the mean in standard deviations of what was held before." }
            thead { tr {
                th scope="col" { "Input" } th.number scope="col" { "Mean before" } th.number scope="col" { "Mean after" }
                th.number scope="col" { "Shift" } th.number scope="col" { "Divergence, nats" }
            } }
            tbody {
                @for input in &found.inputs {
                    tr {
                        th scope="row" { (input.moved.name) }
                        td.number { (mean(&input.moved.prior)) } td.number { (mean(&input.moved.posterior)) }
                        td.number { (change(input.shift.0, Some(input.shift.1), 1.0)) }
                        td.number { (words::three_digits(input.divergence)) }
                    }
                }
            }
        }
    };
    scroll("Uncertain inputs", &table)
}

fn method_of_update(page: &UpdatePage<'_>) -> Markup {
    let found = page.found;
    html! {
        p {
            "Every simulated history is weighed by how likely the facts are in it (Bayes’ rule by importance weights). A report that is right with \
             probability s has likelihood s in a history in which it holds, and 1 − s in one in which it does not; near a range the likelihood falls like a \
             normal error of the stated standard deviation. Reports are taken as independent given the history."
        }
        p {
            "Worlds whose histories agree with the facts gain weight, and with them the hidden types and inputs they were drawn with. The weights rest on as \
             many worlds as " (whole(found.effective_worlds as u64)) " equal ones (Kish’s effective number). Monte Carlo errors are those of ratios of weighted \
             sums over worlds; a 95% interval is " (digits::rounded(Z95, 0.01)) " of them on either side."
        }
    }
}

/// What a page about an anchoring shows.
pub struct AnchorPage<'a> {
    /// Before and after.
    pub found: &'a Reweighting,
    /// The scenario that was anchored.
    pub scenario: &'a Scenario,
    /// What is to hold.
    pub statements: &'a [Statement],
    /// The new weights.
    pub tilt: &'a Tilt,
    /// Its charts.
    pub charts: &'a [Chart],
    /// How to repeat it.
    pub repeat: &'a Repeat,
}

/// The page about an anchoring.
pub fn anchor(page: &AnchorPage<'_>) -> String {
    let found = page.found;
    let section = |id, title, body| Section { id, title, body };
    let sections = [
        section("answer", "The answer", html! { (super::box_of(&sentences(found))) (statements(page)) (table(found, None)) }),
        section("charts", "In pictures", frame::figures(page.charts)),
        section("inputs", "What had to change", inputs(found)),
        section(
            "method",
            "Method",
            html! {
                p {
                    "Every simulated history gets a new weight: of all weights under which the statements hold, those nearest to equal ones, by least relative \
                     entropy. A statement with ± holds anywhere in its interval, and is met at the nearer end. The relative entropy, "
                    (digits::rounded(page.tilt.divergence, 1e-4)) " nats, says how far the scenario had to be moved; the weights rest on as many worlds as "
                    (whole(found.effective_worlds as u64)) " equal ones."
                }
            },
        ),
        section("limits", "Limits", method::limits(&[page.scenario])),
        section("repeat", "How to repeat it", method::repeat(page.repeat, &found.header)),
    ];
    let lead = html! { p.question { "What would have to be believed for these probabilities to be right?" } };
    frame::page(&found.header.title, &lead, &sections)
}

fn statements(page: &AnchorPage<'_>) -> Markup {
    let percent = |p: f64| words::percent(p, Some(0.0005));
    let table = html! {
        table {
            caption { "What was asked for" }
            thead { tr { th scope="col" { "Event" } th.number scope="col" { "Before" } th.number scope="col" { "Asked" } th.number scope="col" { "After" } } }
            tbody {
                @for (statement, (before, after, _)) in page.statements.iter().zip(&page.tilt.moved) {
                    tr {
                        th scope="row" { (statement.event) } td.number { (percent(*before)) }
                        td.number { (percent(statement.probability)) @if statement.margin > 0.0 { " ± " (percent(statement.margin)) } }
                        td.number { (percent(*after)) }
                    }
                }
            }
        }
    };
    scroll("Statements", &table)
}

/// What a page about a discovery shows.
pub struct DiscoverPage<'a> {
    /// Before, and given that it happens.
    pub given: &'a Reweighting,
    /// The scenario.
    pub scenario: &'a Scenario,
    /// The box in sentences.
    pub sentences: &'a [String],
    /// Its charts.
    pub charts: &'a [Chart],
    /// How to repeat it.
    pub repeat: &'a Repeat,
}

/// The page about a discovery.
pub fn discovery(page: &DiscoverPage<'_>) -> String {
    let given = page.given;
    let section = |id, title, body| Section { id, title, body };
    let sections = [
        section("answer", "The answer", super::box_of(page.sentences)),
        section("charts", "In pictures", frame::figures(page.charts)),
        section("given", "Given that it happens", html! { (table(given, None)) (inputs(given)) }),
        section(
            "method",
            "Method",
            html! {
                p {
                    "From all worlds, slices of a twentieth are peeled off one end of one input at a time, always the slice whose loss makes cases most frequent \
                     among the rest (PRIM). Of the boxes on the way the densest that covers enough cases is shown, without the edges that cut off nothing poorer. \
                     Every edge is told with the share of boxes of resampled worlds that have it: an edge that few have is an accident. A box is one answer; others may \
                     do as well where inputs can stand for each other."
                }
            },
        ),
        section("limits", "Limits", method::limits(&[page.scenario])),
        section("repeat", "How to repeat it", method::repeat(page.repeat, &given.header)),
    ];
    let lead = html! { p.question { "What would have to be true?" } };
    frame::page(&given.header.title, &lead, &sections)
}
