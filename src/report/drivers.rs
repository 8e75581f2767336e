//! Which uncertain inputs drive the outcomes: the answer in three sentences, and the tables behind it.
//!
//! An input is called larger than another only where the noise allows it.

use maud::{Markup, html};

use super::SensitivityPage;
use super::frame::scroll;
use super::words::{self, breakable, rounded};
use crate::analysis::Valued;
use crate::analysis::sensitivity::{Effect, InputEffects, Named, OutcomeEffects, Sensitivity, place, ranked};
use crate::analysis::{Z95, digits};

/// At most so many inputs are named in a sentence.
const SPOKEN: usize = 5;

/// What drives the first outcome, who decides it, and what does not matter.
pub fn sentences(found: &Sensitivity) -> [Markup; 3] {
    let Some((named, effects)) = found.names.first().zip(found.outcomes.first()) else {
        return [html! {}, html! {}, html! {}];
    };
    [what(found, named, effects), who(found, effects), dead(found)]
}

fn what(found: &Sensitivity, named: &Named, effects: &OutcomeEffects) -> Markup {
    let name = in_sentence(&words::label(&named.name, named.unit, &found.header).name);
    let real: Vec<usize> = ranked(&effects.inputs).into_iter().filter(|i| effects.inputs[*i].total.is_some_and(|t| t.is_real())).collect();
    let say =
        |i: &usize| format!("{} ({})", words::input(&found.inputs[*i].key), effects.inputs[*i].total.map_or_else(String::new, percent));
    let list: Vec<String> = real.iter().take(SPOKEN).map(say).collect();
    let ignorance = effects.ignorance.map_or_else(|| "nothing".into(), percent);
    html! {
        "Of the variance of " (name) ", " (ignorance) " is ignorance, and the rest is luck. "
        @if list.is_empty() { "No single input drives that part beyond noise." }
        @else {
            "Of that part most goes with " (words::list(&list)) ": shares with all interactions, so that they may add up to more than 100%. "
            (ties(found, effects, &real))
        }
    }
}

/// Which of the first ones the noise cannot tell apart.
fn ties(found: &Sensitivity, effects: &OutcomeEffects, real: &[usize]) -> String {
    let tied = |pair: &[usize]| effects.inputs[pair[0]].place.1 >= effects.inputs[pair[1]].place.0.max(effects.inputs[pair[0]].place.0 + 1);
    let pairs: Vec<String> = real
        .windows(2)
        .take(SPOKEN - 1)
        .filter(|pair| tied(pair))
        .map(|pair| format!("{} from {}", words::input(&found.inputs[pair[0]].key), words::input(&found.inputs[pair[1]].key)))
        .collect();
    match pairs.as_slice() {
        [] => "Their order is beyond noise.".into(),
        _ => format!("This run cannot tell {}.", words::list(&pairs)),
    }
}

fn who(found: &Sensitivity, effects: &OutcomeEffects) -> Markup {
    let mut groups: Vec<(&String, Valued)> =
        found.groups.iter().zip(&effects.groups).filter_map(|(name, group)| Some((name, group.share?))).collect();
    groups.sort_by(|(_, a), (_, b)| b.value.total_cmp(&a.value));
    let list: Vec<String> =
        groups.iter().filter(|(_, share)| share.is_real()).map(|(name, share)| format!("{name} {}", percent(*share))).collect();
    html! {
        @if list.is_empty() { "Nobody’s inputs account for it beyond noise." }
        @else { "By who decides or knows best, it is split into " (words::list(&list)) "." }
    }
}

fn dead(found: &Sensitivity) -> Markup {
    let dead: Vec<String> = dead_inputs(found).map(|key| format!("`{key}`")).collect();
    html! {
        @if dead.is_empty() { "Every uncertain input moves some outcome." }
        @else { "No outcome ever responded to " (words::list(&dead)) ": research on it could not change a result." }
    }
}

fn dead_inputs(found: &Sensitivity) -> impl Iterator<Item = &str> {
    let moves = |input: usize| found.audit.cells.iter().any(|cell| cell.moved_by[input]);
    found.inputs.iter().enumerate().filter(move |(i, _)| !moves(*i)).map(|(_, input)| input.key.as_str())
}

/// For each outcome a table of its inputs.
pub fn indices(found: &Sensitivity) -> Markup {
    html! {
        @for (named, effects) in found.names.iter().zip(&found.outcomes) {
            h3 { (words::label(&named.name, named.unit, &found.header).name) }
            (scroll("Sensitivity indices", &table(found, named, effects)))
        }
        p.small.soft {
            "“Place” is the range of places that the noise allows: two inputs that share a place cannot be told apart. “PAWN” is the mean distance between \
             distributions; below its floor, in grey, it says nothing. “±” is half of a 95% interval. An estimate of nothing may lie below zero."
        }
    }
}

fn table(found: &Sensitivity, named: &Named, effects: &OutcomeEffects) -> Markup {
    let shown = words::label(&named.name, named.unit, &found.header);
    let scale = named.scale * shown.scale;
    let row = |position: usize| {
        let (input, own) = (&found.inputs[position], &effects.inputs[position]);
        html! {
            tr class=(if own.total.is_some_and(|t| t.is_real()) { "main" } else { "noise" }) {
                td { (place(own.place)) }
                th scope="row" { (words::input(&input.key)) span.key { (breakable(&input.key)) } }
                td { (found.groups[input.group]) }
                td.number { (or_dash(own.total.map(percent))) }
                td.number { (or_dash(own.first.map(percent))) }
                td.number { (or_dash(own.tornado.map(|t| with_error(t.change, scale)))) }
                td.number { (or_dash(own.partial.map(correlation))) }
                td.number { (pawn(own)) }
            }
        }
    };
    html! {
        table.wide {
            caption { "Shares of the variance that is not luck; change of the mean in " (if shown.unit.is_empty() { "months" } else { shown.unit })
                " when the input goes from its 10% to its 90% value; partial rank correlation with the mean of a world; PAWN." }
            thead { tr {
                th scope="col" { "Place" } th scope="col" { "Input" } th scope="col" { "Who decides" } th.number scope="col" { "Total" }
                th.number scope="col" { "Alone" } th.number scope="col" { "10% to 90%" } th.number scope="col" { "Partial" } th.number scope="col" { "PAWN" }
            } }
            tbody { @for position in ranked(&effects.inputs) { (row(position)) } }
        }
    }
}

fn or_dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| "–".into())
}

/// Inputs and outcomes that nothing connects.
pub fn audit(found: &Sensitivity) -> Markup {
    let cells = || found.audited.iter().zip(&found.audit.cells);
    let unmoved = |varies: bool| {
        cells()
            .filter(move |(_, cell)| cell.varies == varies && !cell.moved_by.contains(&true))
            .map(|(named, _)| full_name(named))
            .collect()
    };
    let (by_luck, constant): (Vec<String>, Vec<String>) = (unmoved(true), unmoved(false));
    let dead: Vec<&str> = dead_inputs(found).collect();
    let codes = |names: &[String]| html! { @for (i, name) in names.iter().enumerate() { @if i > 0 { ", " } code { (name) } } "." };
    html! {
        p {
            "Every input was exchanged in " (found.header.worlds / 2) " worlds on the same luck, and all " (found.audit.cells.len())
            " recorded outcomes of every path were compared: an input that moves none of them is dead in this scenario, not merely weak."
        }
        ul {
            li { @if dead.is_empty() { "Every uncertain input moves some outcome." } @else { "Dead inputs: "
                (codes(&dead.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>())) } }
            li { @if by_luck.is_empty() { "Every outcome that varies is moved by some input." } @else { "Outcomes that luck alone moves: " (codes(&by_luck)) } }
            @if !constant.is_empty() { li { "Outcomes that are the same in every path: " (codes(&constant)) } }
        }
    }
}

fn full_name(named: &Named) -> String {
    named.buyer.as_ref().map_or_else(|| named.name.clone(), |buyer| format!("{}[{buyer}]", named.name))
}

/// What the indices are.
pub fn method(page: &SensitivityPage<'_>) -> Markup {
    let found = page.found;
    html! {
        p {
            "Pairs of worlds A and B are drawn as in an ordinary run. For every input A is played again with that input of B, and with it at its 10% and 90% \
             value; for groups, B is turned into A group by group in a random order. Everything comes from these " (found.worlds_played) " worlds of "
            (found.header.paths_per_world) " paths."
        }
        dl.facts {
            dt { "Sobol indices" } dd { "Jansen’s estimators. The share of the variance of a world’s mean that an input explains alone, and with all its \
                interactions. Luck is taken off: exactly, from the spread of the paths." }
            dt { "Shapley effects" } dd { "What a group of inputs explains when it joins the others, averaged over the orders in which they can join. They sum to \
                100%, whether or not inputs depend on each other." }
            dt { "PAWN" } dd { "How far the distribution of the outcome, luck included, moves when the input is known." }
            dt { "Rank correlations" } dd { "Spearman’s with the mean of a world, and the same with the other inputs held." }
        }
        @if found.is_dependent {
            p { strong { "Inputs depend on each other in this scenario." } " Sobol indices are those of the independent draws that the dependent ones are made of: the \
                first input of a tied group carries what it shares with the others. Shapley effects, PAWN, rank correlations and the tornado are about the inputs \
                themselves and stay valid; in the tornado the other inputs follow the one that is changed." }
        }
    }
}

/// A name that begins with a small letter inside a sentence, unless it is a proper name.
fn in_sentence(name: &str) -> String {
    name.replacen("Gross", "gross", 1).replacen("First", "the first", 1)
}

fn percent(measure: Valued) -> String {
    format!("{}% ± {}", rounded(100.0 * measure.value, Some(100.0 * measure.std_error)), digits::error(100.0 * Z95 * measure.std_error))
}

fn with_error(measure: Valued, scale: f64) -> String {
    let error = measure.std_error * scale;
    format!("{} ± {}", rounded(measure.value * scale, Some(error)), digits::error(Z95 * error))
}

fn correlation(effect: Effect) -> String {
    let (low, high) = effect.interval;
    let number = |value: f64| format!("{value:.2}").replace('-', "−");
    format!("{} ({} to {})", number(effect.value), number(low), number(high))
}

fn pawn(own: &InputEffects) -> Markup {
    let Some(measure) = own.pawn else { return html! { "–" } };
    let text = format!("{} ± {}", rounded(measure.value, Some(measure.std_error)), digits::error(Z95 * measure.std_error));
    if measure.value > own.pawn_floor {
        html! { (text) }
    } else {
        html! { span.soft { (text) } }
    }
}
