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
    // An error falls with the root of the number of worlds. Two digits are told; a twentieth more, so that they suffice.
    let needed = 1.05 * worlds as f64 * (worst.share / WIDEST) * (worst.share / WIDEST);
    Some(format!(
        "{} is known to ± {}% of the amount, and a headline number should be to {}%{others}; about {} worlds would do",
        worst.label,
        digits::error(100.0 * worst.share),
        100.0 * WIDEST,
        digits::error(needed),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{Contrast, Difference, Estimate, Header, OutcomeDifference, OutcomeSummary};
    use crate::domain::{Date, Month};
    use crate::model::Outcome;

    fn summary(worlds: u64, mean: f64, std_error: Option<f64>) -> Summary {
        let outcome =
            Outcome { name: "delivered_T".into(), unit: "", meaning: String::new(), buyer: None, cell: 0, scale: 1.0, censored_at: None };
        let estimate = Estimate {
            paths: 5 * worlds,
            mean: Some(mean),
            std_dev: None,
            std_error,
            share_zero: Some(0.0),
            share_zero_std_error: None,
            quantiles: [None; 7],
        };
        let outcome = OutcomeSummary {
            outcome,
            estimate,
            quantile_intervals: [None; 7],
            conditional_quantiles: [None; 7],
            share_censored: None,
            ignorance_share: None,
            exceedance: Vec::new(),
        };
        let header = Header {
            name: "mine".into(),
            title: String::new(),
            story: String::new(),
            as_of: Date { year: 2025, month: 12, day: 10 },
            start: Month::new(2026, 1).unwrap(),
            months: 24,
            buyers: Vec::new(),
            worlds,
            paths_per_world: 5,
            seed: 1,
            sampling: crate::domain::Sampling::Random,
        };
        Summary { header, monthly: Vec::new(), outcomes: vec![outcome], categories: Vec::new(), gains: Vec::new() }
    }

    #[test]
    fn a_mean_is_known_well_enough_up_to_a_tenth_of_it() {
        // 1.96 × 5.1 is 10.0 of 100; 1.96 × 10 is 19.6, for which 1,000 × 1.96² = 3,840 worlds are needed, told as 4,000.
        assert_eq!(doubt(&summary(1000, 100.0, Some(5.1))), None);
        let told = doubt(&summary(1000, 100.0, Some(10.0))).unwrap();
        assert!(told.starts_with("H200 delivered by the end of 2027-12 is known to ± 20% of the amount"), "{told}");
        assert!(told.ends_with("about 4,000 worlds would do"), "{told}");
        // Nothing ever delivered, the same number always, and one path of which nothing is known.
        assert_eq!(doubt(&summary(1000, 0.0, Some(0.0))), None);
        assert_eq!(doubt(&summary(20, 100.0, Some(0.0))), None);
        assert!(doubt(&summary(1, 100.0, None)).is_some());
    }

    #[test]
    fn few_worlds_do_not_know_how_far_off_they_are() {
        assert!(doubt(&summary(29, 100.0, Some(0.1))).is_some_and(|told| told.contains("29 worlds are too few")));
        assert_eq!(doubt(&summary(30, 100.0, Some(0.1))), None);
    }

    #[test]
    fn a_difference_is_held_against_the_larger_mean() {
        let compare = |mean: f64, std_error: f64| {
            let difference = Difference {
                paths: 5000,
                mean: Some(mean),
                std_dev: None,
                std_error: Some(std_error),
                quantiles: [None; 7],
                above: None,
                below: None,
                share_std_errors: None,
                variance_reduction: None,
            };
            let outcome = OutcomeDifference { name: "delivered_T".into(), unit: "", buyer: None, is_wait: false, difference };
            let contrast = Contrast { start: Month::new(2026, 1).unwrap(), months: 24, monthly: Vec::new(), outcomes: vec![outcome] };
            let scenarios = vec![summary(1000, 100.0, Some(50.0)), summary(1000, 100.0 + mean, Some(50.0))];
            doubt_of_difference(&Comparison { scenarios, contrasts: vec![contrast] })
        };
        // However badly the means are known: no difference that is known to be small is in doubt.
        assert_eq!(compare(0.0, 5.0), None);
        assert_eq!(compare(100.0, 10.0), None);
        assert!(compare(0.0, 10.0).is_some_and(|told| told.contains("mine against mine")));
    }
}
