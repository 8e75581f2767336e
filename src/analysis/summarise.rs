//! From the integers of a tally to estimates in units.
//!
//! What is not known is `None`: a quantile at which waiting has not ended, the mean of waits of which
//! some have not, an interval that reaches beyond the paths simulated.

use super::gains::gains;
use super::{CategorySummary, Estimate, Header, MonthlySummary, OutcomeSummary, PROBABILITIES, Summary};
use crate::model::{CATEGORIES, Layout, Outcome};
use crate::stats::{Bucket, Sample, Tally, TallyShape, VarianceSplit};

/// What the records of a model look like to a tally.
pub fn shape(layout: &Layout, paths_per_world: u64) -> TallyShape {
    TallyShape {
        months: layout.months,
        monthly_cells: layout.monthly.len() * layout.months,
        outcome_cells: layout.outcome_cells,
        states: CATEGORIES.iter().map(|category| category.states.len()).collect(),
        paths_per_world,
        scrambles: 0,
    }
}

/// Everything a run found out, from a tally of the [`shape`] of this layout.
pub fn summarise(header: Header, layout: &Layout, tally: &Tally) -> Summary {
    summarise_view(header, layout, tally, View::default())
}

/// Where the cells of a layout begin in a tally that counts more than this layout.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct View {
    /// First monthly cell.
    pub monthly: usize,
    /// First outcome cell.
    pub outcomes: usize,
    /// First category.
    pub categories: usize,
}

/// The same of a part of a tally.
pub(super) fn summarise_view(header: Header, layout: &Layout, tally: &Tally, view: View) -> Summary {
    let monthly = layout.monthly.iter().enumerate().map(|(i, series)| MonthlySummary {
        series: *series,
        months: (0..layout.months)
            .map(|month| estimate(tally.monthly(view.monthly + i * layout.months + month), series.metric.scale))
            .collect(),
    });
    let categories = CATEGORIES.iter().enumerate().map(|(i, category)| CategorySummary {
        category: *category,
        shares: (0..layout.months).map(|month| shares(tally.states(view.categories + i, month))).collect(),
    });
    let sample = |outcome: &Outcome| tally.outcome(view.outcomes + outcome.cell);
    let gains = layout.outcomes.iter().enumerate().flat_map(|(i, outcome)| gains(i, outcome, sample(outcome))).collect();
    let outcomes = layout.outcomes.iter().map(|outcome| summarise_outcome(outcome, sample(outcome), 1.0));
    Summary { header, monthly: monthly.collect(), outcomes: outcomes.collect(), categories: categories.collect(), gains }
}

/// `widening` says how many times as far as those of 95% the intervals of quantiles reach.
pub(super) fn summarise_outcome(outcome: &Outcome, sample: Sample<'_>, widening: f64) -> OutcomeSummary {
    let (histogram, scale) = (sample.histogram(), outcome.scale);
    // The last bucket of a waiting time, if any path waited to the end. Beyond 254 months it is several months wide.
    let waits = |at: i64| histogram.buckets().find(|bucket| (bucket.low..=bucket.high).contains(&at));
    let unended = outcome.censored_at.and_then(waits);
    let ended = |value: &i64| unended.is_none_or(|bucket| *value < bucket.low);
    let real = |value: i64| in_unit(value, scale);
    let mut estimate = estimate(sample, scale);
    if unended.is_some() {
        estimate = Estimate { mean: None, std_dev: None, std_error: None, ..estimate };
    }
    estimate.quantiles = histogram.quantiles(PROBABILITIES).map(|value| value.filter(ended).map(real));
    let intervals = sample.quantile_intervals(PROBABILITIES, widening);
    let split = sample.variance_split().filter(|_| unended.is_none());
    OutcomeSummary {
        quantile_intervals: intervals.map(|ends| ends.filter(|(_, high)| ended(high)).map(|(low, high)| (real(low), real(high)))),
        conditional_quantiles: PROBABILITIES.map(|p| histogram.nonzero_quantile(p).filter(ended).map(real)),
        share_censored: outcome.censored_at.and_then(|at| share_at(histogram.count(), at, unended)),
        ignorance_share: split.map(VarianceSplit::ignorance_share),
        exceedance: histogram.exceedance().into_iter().filter(|(x, _)| ended(x)).map(|(x, share)| (real(x), share)).collect(),
        outcome: outcome.clone(),
        estimate,
    }
}

/// The share of paths at a value; unknown if its bucket holds other values too.
fn share_at(paths: u64, value: i64, bucket: Option<Bucket>) -> Option<f64> {
    let count = match bucket {
        None => Some(0),
        Some(bucket) => (bucket.low == value).then_some(bucket.count),
    };
    count.filter(|_| paths > 0).map(|count| count as f64 / paths as f64)
}

/// A recorded integer in its unit. Parts of a unit are divided out, which gives the nearest float to the decimal:
/// 16,465 millionths are 0.016465, where a product with 1e-6 would be a digit off.
pub fn in_unit(value: i64, scale: f64) -> f64 {
    if scale < 1.0 { value as f64 / (1.0 / scale).round() } else { value as f64 * scale }
}

fn estimate(sample: Sample<'_>, scale: f64) -> Estimate {
    let scaled = |value: f64| value * scale;
    let histogram = sample.histogram();
    Estimate {
        paths: sample.count(),
        mean: sample.mean().map(scaled),
        std_dev: sample.std_dev().map(scaled),
        std_error: sample.std_error().map(scaled),
        share_zero: sample.share_zero(),
        share_zero_std_error: sample.share_zero_std_error(),
        quantiles: histogram.quantiles(PROBABILITIES).map(|value| value.map(|value| in_unit(value, scale))),
    }
}

fn shares(counts: &[u64]) -> Vec<f64> {
    let all: u64 = counts.iter().sum();
    counts.iter().map(|count| if all > 0 { *count as f64 / all as f64 } else { 0.0 }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Date, Month};
    use crate::model::{Metric, Series};
    use crate::stats::{Record, Recorder, UNDEFINED};

    static NEED: Metric = Metric { name: "need", unit: "H200-equivalents", meaning: "", scale: 1e-3 };
    /// The horizon is two months: a wait of 3 has not ended.
    const CENSORED: i64 = 3;

    fn layout() -> Layout {
        let outcome = |name: &str, cell, scale, censored_at| Outcome {
            name: name.into(),
            unit: "",
            meaning: String::new(),
            buyer: None,
            cell,
            scale,
            censored_at,
        };
        Layout {
            start: Month::new(2026, 1).unwrap(),
            months: 2,
            buyers: 0,
            monthly: vec![Series { metric: &NEED, buyer: None }],
            outcomes: vec![
                outcome("wait", 0, 1.0, Some(CENSORED)),
                outcome("ratio", 1, 0.5, None),
                outcome("twice", 1, 1.0, None),
                outcome("never", 2, 1.0, None),
            ],
            outcome_cells: 3,
            years: Vec::new(),
            quarters: Vec::new(),
        }
    }

    /// Worlds of two paths, each (need in month 1, wait, ratio); need in month 2 is zero.
    fn summary(paths: &[(i64, i64, i64)]) -> Summary {
        let layout = layout();
        let mut recorder = Recorder::new(shape(&layout, 2));
        for (path, (need, wait, ratio)) in (0..).zip(paths) {
            let states = vec![0, 1, 0, 2, 0, (path % 2) as u8];
            let record = Record { monthly: vec![*need, 0], outcomes: vec![*wait, *ratio, UNDEFINED], states };
            recorder.push(path / 2, path % 2, &record).unwrap();
        }
        let header = Header {
            name: String::new(),
            title: String::new(),
            story: String::new(),
            as_of: Date { year: 2025, month: 12, day: 10 },
            start: layout.start,
            months: 2,
            buyers: Vec::new(),
            worlds: paths.len() as u64 / 2,
            paths_per_world: 2,
            seed: 0,
            sampling: crate::domain::Sampling::Random,
        };
        summarise(header, &layout, &recorder.finish().unwrap())
    }

    #[test]
    fn recorded_integers_become_values_in_units() {
        let summary = summary(&[(-1000, 1, 4), (3000, 1, 6), (2000, 2, 8), (4000, 2, 8)]);
        let need = &summary.series("need", None).unwrap().months;
        // (−1 + 3 + 2 + 4) / 4; world means 1 and 3, so √((1 + 1) / (2 × 1)) = 1.
        assert_eq!((need[0].paths, need[0].mean, need[0].std_error), (4, Some(2.0), Some(1.0)));
        // Rank ⌈.5 × 4⌉ = 2 is 2,000, which is the middle of its bin, 1,984 to 2,015.
        assert_eq!(need[0].quantiles[3], Some(2.0));
        assert_eq!((need[1].mean, need[1].share_zero, need[1].share_zero_std_error), (Some(0.0), Some(1.0), Some(0.0)));
        // Two outcomes may be multiples of one cell: (4 + 6 + 8 + 8) / 4 = 6.5.
        let mean = |name| summary.outcome(name, None).unwrap().estimate.mean;
        assert_eq!((mean("ratio"), mean("twice")), (Some(3.25), Some(6.5)));
    }

    #[test]
    fn categories_are_shares_of_paths() {
        let summary = summary(&[(0, 1, 1); 4]);
        assert_eq!(summary.category("beijing").unwrap().shares, [vec![1.0, 0.0, 0.0, 0.0], vec![0.0, 1.0, 0.0, 0.0]]);
        let gates = &summary.category("binding_gate").unwrap().shares[1];
        assert_eq!((gates[0], gates[1], gates.iter().sum::<f64>()), (0.5, 0.5, 1.0));
    }

    #[test]
    fn a_wait_that_has_not_ended_in_some_paths_has_no_mean_and_no_upper_quantiles() {
        let summary = summary(&[(0, 1, 0), (0, 2, 0), (0, CENSORED, 0), (0, 2, 0)]);
        let wait = summary.outcome("wait", None).unwrap();
        assert_eq!(wait.share_censored, Some(0.25));
        let estimate = &wait.estimate;
        assert_eq!((estimate.mean, estimate.std_dev, estimate.std_error, wait.ignorance_share), (None, None, None, None));
        // Sorted 1, 2, 2, 3: ranks 1, 1, 1, 2, 3, 4, 4.
        let expected = [Some(1.0), Some(1.0), Some(1.0), Some(2.0), Some(2.0), None, None];
        assert_eq!((estimate.quantiles, wait.conditional_quantiles), (expected, expected));
        assert_eq!(wait.exceedance.last(), Some(&(2.0, 0.25)));
    }

    #[test]
    fn a_wait_that_has_ended_everywhere_is_a_number_like_any_other() {
        let summary = summary(&[(0, 1, 0), (0, 2, 0), (0, 1, 0), (0, 2, 0)]);
        let wait = summary.outcome("wait", None).unwrap();
        assert_eq!((wait.share_censored, wait.estimate.mean), (Some(0.0), Some(1.5)));
        // Worlds alike, paths apart: MSB = 0, MSW = .5, so ignorance −.25 of .25.
        assert_eq!(wait.ignorance_share, Some(-1.0));
    }

    #[test]
    fn an_outcome_that_no_path_defines_is_unknown_throughout() {
        let summary = summary(&[(0, 1, 1); 4]);
        let never = summary.outcome("never", None).unwrap();
        let unknown = Estimate {
            paths: 0,
            mean: None,
            std_dev: None,
            std_error: None,
            share_zero: None,
            share_zero_std_error: None,
            quantiles: [None; PROBABILITIES.len()],
        };
        assert_eq!(never.estimate, unknown);
        assert_eq!((never.quantile_intervals, never.conditional_quantiles), ([None; 7], [None; 7]));
        assert_eq!((never.ignorance_share, never.share_censored, never.exceedance.len()), (None, None, 0));
    }

    #[test]
    fn intervals_hold_where_paths_bound_them() {
        // 200 paths, 0 to 199 in order, so that the two of a world are alike and carry the information of one: a design
        // effect of 2. n p = 100, reach 1.96 √(50 × 2) = 19.6: ranks 81 and 120, values 80 and 119. At 5%: 10 − 1.96 √19 = 1.5.
        let paths: Vec<_> = (0..200).map(|value| (0, 1, value)).collect();
        let outcome = summary(&paths).outcome("twice", None).unwrap().clone();
        assert_eq!(outcome.quantile_intervals[3], Some((80.0, 119.0)));
        assert_eq!(outcome.quantile_intervals[0].map(|(low, _)| low), Some(1.0));
        assert_eq!(summary(&paths[..20]).outcome("twice", None).unwrap().quantile_intervals[0], None);
    }
}
