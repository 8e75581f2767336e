//! The answer in three sentences: how many, when, and what decides it.
//!
//! Every number is a value of the summary, rounded to its Monte Carlo error as the headline table rounds it. A sentence must
//! also read right when nothing arrives, when nothing is uncertain, and when nothing is known.

use super::words::{self, percent, percent_of_worlds, rounded};
use crate::analysis::{CategorySummary, Header, OutcomeSummary, PROBABILITIES, Summary, digits};
use crate::charts::words::whole;

const LOW: usize = 0;
const TENTH: usize = 1;
const MEDIAN: usize = 3;
const HIGH: usize = PROBABILITIES.len() - 1;

/// How many, when, and what decides it.
pub fn sentences(summary: &Summary) -> [String; 3] {
    [how_many(summary), when(summary), what_decides(summary)]
}

fn how_many(summary: &Summary) -> String {
    let header = &summary.header;
    let end = words::horizon(header);
    let total = summary.outcome("delivered_T", None);
    let Some((total, mean)) = total.and_then(|total| Some((total, total.estimate.mean?))) else {
        return format!("This run does not say how many H200 arrive by {end}.");
    };
    let estimate = &total.estimate;
    let (error, paths) = (estimate.std_error, whole(estimate.paths));
    let value = |value: f64| rounded(value, error);
    match (estimate.paths, estimate.share_zero, estimate.std_dev) {
        (1, Some(1.0), _) => {
            format!("No H200 arrives by {end} in the one history that was simulated; one history says nothing about chances.")
        }
        (1, ..) => {
            format!(
                "About {} H200 arrive by {end} in the one history that was simulated; one history says nothing about chances.",
                value(mean)
            )
        }
        (_, Some(1.0), _) => format!("No H200 arrives by {end} in any of {paths} simulated histories."),
        (_, _, Some(0.0)) => {
            format!("Exactly {} H200 arrive by {end}, the same number in each of {paths} simulated histories.", value(mean))
        }
        _ => {
            let reach = error.map_or_else(String::new, |error| format!(" (± {})", digits::error(error)));
            let mut text = match first_year(summary) {
                Some((year, first)) => format!("On average {first} H200 arrive by the end of {year} and {}{reach} by {end}", value(mean)),
                None => format!("On average {}{reach} H200 arrive by {end}", value(mean)),
            };
            if let (Some(low), Some(high)) = (estimate.quantiles[LOW], estimate.quantiles[HIGH]) {
                text += &format!("; in nine histories out of ten the total lies between {} and {}", value(low), value(high));
            }
            match estimate.share_zero {
                Some(none) if none > 0.0 => {
                    text += &format!(", and the chance that none at all arrives is {}.", percent(none, estimate.share_zero_std_error));
                }
                Some(_) => text += &format!(", and some arrive in each of {paths} histories."),
                None => text += ".",
            }
            text
        }
    }
}

/// The first year and the mean by its end, if the run goes on after it.
fn first_year(summary: &Summary) -> Option<(i32, String)> {
    let year = summary.header.start.year();
    let estimate = &summary.outcome(&format!("delivered_{year}"), None)?.estimate;
    let mean = estimate.mean.filter(|_| year < words::last_month(&summary.header).year())?;
    Some((year, rounded(mean, estimate.std_error)))
}

fn when(summary: &Summary) -> String {
    let header = &summary.header;
    let end = words::horizon(header);
    let Some(first) = summary.outcome("t_first", None).filter(|first| first.estimate.paths > 0) else {
        return "When the first of them arrives is not known from this run.".into();
    };
    let month = |which: usize| first.estimate.quantiles[which].map(|month| words::waited(header, month));
    let never = first.share_censored.map(|never| (never, percent(never, never_error(summary, never))));
    if first.estimate.paths == 1 {
        return month(MEDIAN)
            .map_or_else(|| format!("Its first delivery lies beyond {end}."), |month| format!("Its first delivery comes in {month}."));
    }
    match (month(LOW), month(TENTH), month(MEDIAN), never) {
        (_, _, _, Some((1.0, _))) => format!("In all of them the first delivery lies beyond {end}."),
        (.., Some(middle), Some((0.0, _))) if first.estimate.std_dev == Some(0.0) => {
            format!("The first delivery comes in {middle} in every history.")
        }
        (_, Some(early), Some(middle), never) => {
            let mut text = format!(
                "The first delivery comes by {middle} in half of the histories{}, by {early} in one of ten",
                month_interval(summary, first)
            );
            text += &match never {
                Some((0.0, _)) => format!(", and before {end} in all of them."),
                Some((_, never)) => format!(", and not before {end} in {never}."),
                None => ".".into(),
            };
            text
        }
        (_, Some(early), None, Some((_, never))) => {
            format!(
                "In {never} of the histories the first delivery lies beyond {end}, so that it has no median; in one of ten it comes by {early}."
            )
        }
        (_, None, None, Some((_, never))) => {
            format!("In {never} of the histories the first delivery lies beyond {end}; it is too rare to be dated.")
        }
        _ => format!("In how many histories the first delivery lies beyond {end} is not known."),
    }
}

/// The error of the chance of no delivery, which was estimated with the deliveries.
fn never_error(summary: &Summary, never: f64) -> Option<f64> {
    let delivered = &summary.outcome("delivered_T", None)?.estimate;
    delivered.share_zero_std_error.filter(|_| delivered.share_zero == Some(never))
}

fn month_interval(summary: &Summary, first: &OutcomeSummary) -> String {
    match first.quantile_intervals[MEDIAN] {
        Some((low, high)) if low < high => {
            let month = |month| words::waited(&summary.header, month);
            format!(" (95% interval: {} to {})", month(low), month(high))
        }
        _ => String::new(),
    }
}

fn what_decides(summary: &Summary) -> String {
    let binding = summary.category("binding_gate").and_then(|gates| binding(summary, gates));
    let ignorance = summary.outcome("delivered_T", None).and_then(|total| total.ignorance_share).map(|share| ignorance(share, summary));
    match (binding, ignorance) {
        (Some(binding), Some(ignorance)) => format!("{binding}; {ignorance}."),
        (Some(text), None) => format!("{text}."),
        (None, Some(text)) => format!("{}.", words::capital(&text)),
        (None, None) => "What decides it is not known from this run.".into(),
    }
}

/// The gate that most often holds back the most, after the first year and at the end.
fn binding(summary: &Summary, gates: &CategorySummary) -> Option<String> {
    let header = &summary.header;
    let milestones = words::milestones(header);
    let mut dates = vec![*milestones.first()?, *milestones.last()?];
    dates.dedup();
    let (mut held, mut free): (Vec<(&str, String)>, Vec<String>) = (Vec::new(), Vec::new());
    for index in dates {
        let date = words::end_of(header, index);
        let Some((gate, share)) = strongest(gates, index) else {
            free.push(date);
            continue;
        };
        let when = format!("at {date}{}", share_note(header, gates, index, share));
        match held.last_mut() {
            Some((same, whens)) if *same == gate => *whens += &format!(" and still {when}"),
            _ => held.push((gate, when)),
        }
    }
    let often = if header.paths() == 1 { "" } else { " most often" };
    let held: Vec<String> = held.into_iter().map(|(gate, when)| format!("{} {when}", words::gate(gate))).collect();
    let held_text = format!("What holds back the most chips is{often} {}", words::list(&held));
    Some(match (held.is_empty(), free.is_empty()) {
        (true, _) => format!("Nothing is held back at {}", words::list(&free)),
        (false, true) => held_text,
        (false, false) => format!("{held_text}; nothing is held back at {}", words::list(&free)),
    })
}

/// In how many histories that is so, and in how many nothing is held back if those are more.
fn share_note(header: &Header, gates: &CategorySummary, month: usize, share: f64) -> String {
    if header.paths() == 1 {
        return String::new();
    }
    let nothing = gates.category.states.iter().position(|state| *state == "none").and_then(|none| gates.shares[month].get(none));
    let nothing = nothing.filter(|nothing| **nothing > share);
    let nothing = nothing.map_or_else(String::new, |nothing| format!("; nothing in {}", percent_of_worlds(*nothing, header)));
    format!(" ({} of histories{nothing})", percent_of_worlds(share, header))
}

/// The gate that holds the most in most paths of a month, with its share of paths; none if none holds anything.
fn strongest(gates: &CategorySummary, month: usize) -> Option<(&'static str, f64)> {
    let states = gates.category.states.iter().zip(gates.shares.get(month)?);
    let gates = states.filter(|(state, share)| **state != "none" && **share > 0.0);
    // Of equals, the gate that a chip meets first.
    gates.fold(None, |best: Option<(&str, f64)>, (state, share)| match best {
        Some((_, most)) if most >= *share => best,
        _ => Some((state, *share)),
    })
}

fn ignorance(share: f64, summary: &Summary) -> String {
    // With many paths in each world its standard error is ρ (1 − ρ) √(2 / worlds), at most a quarter of the root.
    let error = 0.25 * (2.0 / summary.header.worlds as f64).sqrt();
    match share {
        s if s <= error => "almost all of the spread is luck, and research could remove little of it".into(),
        s if s >= 1.0 - error => "almost all of the spread is ignorance, which research could remove".into(),
        s => format!("about {} of the variance is ignorance, which research could remove, and the rest is luck", percent(s, Some(error))),
    }
}
