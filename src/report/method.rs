//! Method and limits in plain words, and how to get the same bytes again.

use maud::{Markup, html};

use super::frame::scroll;
use super::{Repeat, words};
use crate::analysis::{Correlation, Header, Summary, digits, gains_of_headline};
use crate::charts::words::{date, month, whole};
use crate::domain::{Rationing, Sampling};
use crate::random::STREAM_VERSION;
use crate::scenario::Scenario;

/// How the numbers were made.
pub fn method(header: &Header, scenarios: &[&Scenario], achieved: &[Correlation]) -> Markup {
    html! {
        p {
            "One history is one path through " (header.months) " months, chip by chip: Nvidia makes chips and serves US customers first, Chinese buyers \
             ask, Washington licenses, Beijing reviews, Nvidia rations and ships, customs clears lots, and buyers cancel or turn to side doors. Chips are whole \
             numbers, and in every history the books balance to the last chip."
        }
        h3 { "Worlds and paths" }
        p {
            "There are two kinds of not knowing. What nobody knows, such as how much stock there is or what Beijing is up to, is drawn once for a "
            strong { "world" } "; luck is drawn afresh for each " strong { "path" } " inside it. This run has " (whole(header.worlds)) " worlds of "
            (whole(header.paths_per_world)) " paths: " (whole(header.paths())) " histories. The share of the variance that differs between worlds is ignorance, and \
             research could remove it; the rest is luck."
        }
        h3 { "Gates in order" }
        p {
            "A chip meets the gates one after another: " (gates()) ". “Approved” therefore means four things: permission to prepare an order, a US licence, \
             an order that survives its terms, and a lot that clears the border."
        }
        h3 { "Monte Carlo error" }
        p {
            "Every number comes from finitely many histories, and would come out a little different with another seed. “±” is the standard error of \
             that: two numbers that differ by less than about three of them are the same. Numbers are cut at the first digit that the error touches. \
             The paths of one world are alike, and the error counts them as alike as they are. It says nothing about whether the scenario is right: for \
             that, look at the inputs."
        }
        @if scenarios.len() > 1 {
            h3 { "The same luck" }
            p {
                "Every draw is a function of the seed and of what it decides, for whom and when. Scenarios with one seed therefore share their luck: history by \
                 history they differ only by what was changed, and most of the noise cancels in the difference. The factor by which the variance of the mean \
                 difference falls against runs with luck of their own is told for each outcome."
            }
        }
        (dependence(scenarios, achieved))
        @if scenarios.iter().any(|scenario| scenario.rules.rationing == Rationing::Linear) {
            h3 { "How buyers answer linear rationing" }
            p {
                "Where shortages are shared linearly (everybody bears the same loss), buyers here still inflate their requests by the factor that \
                 would be their best reply to proportional sharing. The best reply to the linear rule itself is not computed, so read the requests under it \
                 as an approximation."
            }
        }
    }
}

/// How the worlds of a run were spread, and what that gained; nothing if they are independent.
pub fn spread(summary: &Summary) -> Markup {
    let what = match summary.header.sampling {
        Sampling::Random => return html! {},
        Sampling::Sobol => "Owen-scrambled Sobol points",
        Sampling::Latin => "Latin hypercubes",
    };
    let gains = gains_of_headline(summary);
    html! {
        h3 { "Worlds spread evenly" }
        p {
            "The uncertain inputs of the worlds are " (what) ", which fill the space of inputs more evenly than independent draws. Such points depend on \
             each other, so the error is that between 16 scrambles, which do not: a sixteenth of the worlds each, drawn with randomness of its own. Sixteen tell \
             a spread roughly, and “±” is widened accordingly (Student's t). Only what nobody knows is spread; luck is not, so that little is gained \
             where luck is most of the variance. The rank correlations of inputs with outcomes are told with the intervals of independent worlds."
        }
        @if !gains.is_empty() {
            (scroll("What was gained", &html! {
                table {
                    caption { "How many times as many independent worlds would tell as much, with a 95% interval; all are in " code { "sampling" } "." }
                    thead { tr { th scope="col" { "Mean of" } th.number scope="col" { "Variance reduction" } } }
                    tbody { @for (label, gain) in &gains { tr { th scope="row" { (label) } td.number { (gain) } } } }
                }
            }))
        }
    }
}

fn gates() -> String {
    let gates: Vec<String> = crate::domain::Gate::WORDS.iter().map(|gate| words::gate(gate).to_owned()).collect();
    words::list(&gates)
}

/// The rank correlations that the scenarios ask for, beside those that the sampled worlds have.
fn dependence(scenarios: &[&Scenario], achieved: &[Correlation]) -> Markup {
    let pairs = |scenario: &Scenario| {
        let uncertain = scenario.uncertain();
        let key = |position: usize| uncertain.get(position).map_or(String::new(), |(input, _)| input.key.clone());
        let pairs = scenario.dependence.pairs.iter();
        pairs.map(|(a, b, correlation)| (scenario.title.clone(), [key(*a), key(*b)], *correlation)).collect::<Vec<_>>()
    };
    let asked: Vec<(String, [String; 2], f64)> = scenarios.iter().flat_map(|scenario| pairs(scenario)).collect();
    if asked.is_empty() {
        return html! { h3 { "How inputs depend on each other" } p { "The uncertain inputs are drawn independently of each other." } };
    }
    let found = |between: &[String; 2]| achieved.iter().find(|correlation| correlation.between == *between).and_then(|c| c.achieved);
    let number = |correlation: f64, error: f64| digits::rounded(correlation, error).replace('-', "−");
    let several = scenarios.len() > 1;
    let table = html! {
        table {
            caption { "Rank correlations asked for" @if !achieved.is_empty() { ", and those that the sampled worlds have" }
                "; all other pairs are independent unless these tie them." }
            thead { tr {
                @if several { th scope="col" { "Scenario" } }
                th scope="col" { "Input" } th scope="col" { "Input" } th.number scope="col" { "Asked for" }
                @if !achieved.is_empty() { th.number scope="col" { "Achieved" } }
            } }
            tbody {
                @for (title, between, correlation) in &asked {
                    tr {
                        @if several { td { bdi { (title) } } }
                        th scope="row" { (between[0]) }
                        td { (between[1]) }
                        td.number { (number(*correlation, 0.0)) }
                        @if !achieved.is_empty() { td.number { @if let Some(found) = found(between) { (number(found, 0.01)) } @else { "–" } } }
                    }
                }
            }
        }
    };
    html! {
        h3 { "How inputs depend on each other" }
        (scroll("Rank correlations", &table))
    }
}

/// What the numbers do not say.
pub fn limits(scenarios: &[&Scenario]) -> Markup {
    let hindsight = scenarios.iter().map(|scenario| declared_hindsight(scenario)).max().unwrap_or(0);
    html! {
        ul {
            li { "The answer is as good as the scenario: the model says what follows from the inputs, and many of those are judgement." }
            li { "Deliveries are legal deliveries. Training abroad, remote access and resale are left out; the grey market is told apart." }
            li { "One product, one seller, monthly steps. Prices are inputs and are not negotiated. Beijing and Washington follow chances, not a game." }
            @for (as_of, titles) in information_dates(scenarios) {
                li {
                    "Nothing learned after " (as_of) " may feed " @if scenarios.len() > 1 { (titles) } @else { "this scenario" } "."
                }
            }
            li {
                "Hindsight: the structure of the model (lots, confirmation of grants, hidden policy types) was in part chosen after later events were known, \
                 even where every number is older. "
                @if hindsight > 0 { "The notes of " (hindsight) " inputs declare hindsight of their own. " }
                "A run of " code { "baseline-strict" } ", which leaves out what a forecaster of December 2025 had no reason to think of, shows how much it matters."
            }
            li { "The range of nine histories in ten is the range of the model. What the model leaves out is not in it." }
        }
    }
}

fn declared_hindsight(scenario: &Scenario) -> usize {
    let mut declared = 0;
    scenario.parameters.each(|input| declared += usize::from(input.note.contains("Hindsight, declared")));
    declared
}

/// Each information date with the scenarios that have it.
fn information_dates(scenarios: &[&Scenario]) -> Vec<(String, Markup)> {
    let mut dates: Vec<_> = scenarios.iter().map(|scenario| scenario.as_of).collect();
    dates.sort_unstable();
    dates.dedup();
    let of = |as_of| -> Vec<&str> { scenarios.iter().filter(|scenario| scenario.as_of == as_of).map(|s| s.title.as_str()).collect() };
    dates
        .into_iter()
        .map(|as_of| {
            (date(as_of), html! { @for (i, title) in of(as_of).iter().enumerate() { @if i > 0 { ", " } "“" bdi { (title) } "”" } })
        })
        .collect()
}

/// How to get the same bytes again.
pub fn repeat(repeat: &Repeat, header: &Header) -> Markup {
    html! {
        p { "The same program, files and seed give the same bytes on any machine and any number of threads." }
        pre tabindex="0" role="group" aria-label="Command" { code { (repeat.command.replace('\n', " ")) } }
        dl.facts {
            dt { "Program" } dd { (super::frame::GENERATOR) ", draws by law " (STREAM_VERSION) }
            dt { "Built from commit" } dd.digest { code { (repeat.commit) } }
            dt { "Seed" } dd { (header.seed) }
            dt { "Worlds × paths" } dd { (whole(header.worlds)) " × " (whole(header.paths_per_world)) " = " (whole(header.paths())) }
            dt { "Months" } dd { (month(header.start)) " to " (month(words::last_month(header))) }
            dt { "SHA-256 of the result tables" } dd.digest { code { (repeat.results_sha256) } }
        }
        @if !repeat.inputs.is_empty() {
            (scroll("Input files", &html! {
                table {
                    caption { "Files that were read" }
                    thead { tr { th scope="col" { "File" } th scope="col" { "SHA-256" } } }
                    tbody {
                        // Where a user keeps a file is no part of the result.
                        @for file in &repeat.inputs {
                            tr { th scope="row" { (file_name(&file.path)) } td.digest { code { (file.sha256) } } }
                        }
                    }
                }
            }))
        }
    }
}

fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}
