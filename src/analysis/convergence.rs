//! Whether a run has drawn enough for what it prints.
//!
//! A headline amount should be known to a tenth of itself, and a mean difference to a tenth of the larger of the two means: half
//! the 95% Monte Carlo interval. Where worlds differ, fewer than thirty of them do not tell their own spread: with 29 degrees of
//! freedom an interval of ± 1.96 standard errors holds 94% instead of 95%, with 9 only 92%.

use super::headline::amounts;
use super::{Comparison, Summary, Z95, digits};

/// Fewest worlds that tell how far off a number is.
pub const FEWEST_WORLDS: u64 = 30;
/// Widest half of a 95% interval, as a share of the amount.
pub const WIDEST: f64 = 0.1;

/// How well an amount is known.
struct Reach {
    label: String,
    /// Half of the 95% interval, as a share of the amount.
    share: f64,
}

/// Why the headline of a run is not known well enough, in words; `None` if it is.
pub fn doubt(summary: &Summary) -> Option<String> {
    let reaches = amounts(summary).into_iter().filter_map(|(label, outcome)| {
        let estimate = &outcome.estimate;
        reach(label, estimate.std_error, estimate.mean?)
    });
    in_words(summary.header.worlds, reaches.collect())
}

/// Why the headline differences of a comparison are not known well enough, in words; `None` if they are.
pub fn doubt_of_difference(comparison: &Comparison) -> Option<String> {
    let reference = comparison.reference();
    let reaches = comparison.pairs().flat_map(|(other, contrast)| {
        amounts(reference).into_iter().filter_map(|(label, outcome)| {
            let name = &outcome.outcome.name;
            let difference = &contrast.outcome(name, None)?.difference;
            let theirs = other.outcome(name, None)?.estimate.mean?;
            let label = format!("{label}, {} against {},", other.header.name, reference.header.name);
            reach(label, difference.std_error, outcome.estimate.mean?.abs().max(theirs.abs()))
        })
    });
    in_words(reference.header.worlds, reaches.collect())
}

/// How far an amount with this error may be off. Nothing where it does not vary.
fn reach(label: String, std_error: Option<f64>, amount: f64) -> Option<Reach> {
    let share = Z95 * std_error.unwrap_or(f64::INFINITY) / amount.abs();
    (std_error != Some(0.0) && amount != 0.0).then_some(Reach { label, share })
}

/// The worst of them, and what would do.
fn in_words(worlds: u64, reaches: Vec<Reach>) -> Option<String> {
    if worlds < FEWEST_WORLDS && !reaches.is_empty() {
        return Some(format!("{worlds} worlds are too few to tell how far off the numbers are; draw at least {FEWEST_WORLDS}"));
    }
    let wide = reaches.iter().filter(|reach| reach.share > WIDEST);
    let worst = wide.clone().max_by(|a, b| a.share.total_cmp(&b.share))?;
    let others = match wide.count() - 1 {
        0 => String::new(),
        n => format!(" (and {n} more are beyond that)"),
    };
    // An error falls with the root of the number of worlds.
    let needed = worlds as f64 * (worst.share / WIDEST) * (worst.share / WIDEST);
    Some(format!(
        "{} is known to ± {}% of the amount, and a headline number should be to {}%{others}; about {} worlds would do",
        worst.label,
        digits::error(100.0 * worst.share),
        100.0 * WIDEST,
        digits::error(needed),
    ))
}
