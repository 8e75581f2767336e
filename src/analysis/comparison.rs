//! Scenarios side by side on the same luck: path by path, what one gives more than the reference.

use super::{PROBABILITIES, Summary};
use crate::domain::Month;
use crate::model::Metric;
use crate::stats::Z95;

/// Several scenarios and what sets each apart from the first.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// One per scenario, the reference first. Of the monthly series only those in total, and deliveries by buyer, are there.
    pub scenarios: Vec<Summary>,
    /// One per scenario after the reference, in order.
    pub contrasts: Vec<Contrast>,
}

/// One scenario less the reference, on common random numbers.
#[derive(Clone, Debug)]
pub struct Contrast {
    /// The first calendar month that both simulate.
    pub start: Month,
    /// Number of months that both simulate.
    pub months: usize,
    /// One per monthly series that both record.
    pub monthly: Vec<MonthlyDifference>,
    /// One per outcome that means the same in both.
    pub outcomes: Vec<OutcomeDifference>,
}

/// Differences of a monthly series.
#[derive(Clone, Debug)]
pub struct MonthlyDifference {
    /// What is measured.
    pub metric: &'static Metric,
    /// Position of the buyer in the reference; `None` for the total.
    pub buyer: Option<usize>,
    /// One per common month, in the unit of the metric.
    pub months: Vec<Difference>,
}

/// Differences of an outcome.
#[derive(Clone, Debug)]
pub struct OutcomeDifference {
    /// Name in tables.
    pub name: String,
    /// Unit in words.
    pub unit: &'static str,
    /// Position of the buyer in the reference; `None` for the total.
    pub buyer: Option<usize>,
    /// Whether it is a waiting time; then `above` means later.
    pub is_wait: bool,
    /// In the unit of the outcome.
    pub difference: Difference,
}

/// The distribution over paths of a scenario's value less the reference's in the same path. `None` where it is not defined.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Paths in which both values are defined.
    pub paths: u64,
    /// Mean. This and the next two are `None` for a waiting time that has not ended in every path of both.
    pub mean: Option<f64>,
    /// Standard deviation over paths.
    pub std_dev: Option<f64>,
    /// Monte Carlo standard error of the mean; paths of one world count as alike as they are.
    pub std_error: Option<f64>,
    /// Quantiles at [`PROBABILITIES`] of the paired difference; not the difference of quantiles. `None` for such a waiting time.
    pub quantiles: [Option<f64>; PROBABILITIES.len()],
    /// Share of paths in which the scenario's value is larger.
    pub above: Option<f64>,
    /// Share of paths in which it is smaller.
    pub below: Option<f64>,
    /// Monte Carlo standard errors of `above` and `below`.
    pub share_std_errors: Option<(f64, f64)>,
    /// Variance of the mean difference of independent runs over that of this paired one; `None` where nothing varies.
    pub variance_reduction: Option<f64>,
}

impl Difference {
    /// The 95% Monte Carlo interval of the mean.
    pub fn interval(&self) -> Option<(f64, f64)> {
        let reach = Z95 * self.std_error?;
        self.mean.map(|mean| (mean - reach, mean + reach))
    }

    /// Share of paths in which the values are equal.
    pub fn equal(&self) -> Option<f64> {
        let paths = self.paths as f64;
        // Back to a count of paths, so that rounding leaves no dust.
        Some(((1.0 - self.above? - self.below?) * paths).round() / paths)
    }

    /// Whether the mean difference cannot be told from zero with these paths. An exact zero is no noise but an answer.
    pub fn is_noise(&self) -> bool {
        self.std_error.is_some_and(|error| error > 0.0) && self.interval().is_some_and(|(low, high)| low <= 0.0 && high >= 0.0)
    }
}

impl Comparison {
    /// The first scenario.
    ///
    /// # Panics
    /// Never: a comparison has at least two scenarios.
    pub fn reference(&self) -> &Summary {
        &self.scenarios[0]
    }

    /// Each scenario after the reference, with what sets it apart.
    pub fn pairs(&self) -> impl Iterator<Item = (&Summary, &Contrast)> {
        self.scenarios.iter().skip(1).zip(&self.contrasts)
    }
}

impl Contrast {
    /// The monthly differences of a metric, for a buyer or in total.
    pub fn series(&self, metric: &str, buyer: Option<usize>) -> Option<&MonthlyDifference> {
        self.monthly.iter().find(|s| s.metric.name == metric && s.buyer == buyer)
    }

    /// The differences of an outcome, for a buyer or in total.
    pub fn outcome(&self, name: &str, buyer: Option<usize>) -> Option<&OutcomeDifference> {
        self.outcomes.iter().find(|o| o.name == name && o.buyer == buyer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn difference(mean: f64, std_error: f64) -> Difference {
        Difference {
            paths: 100,
            mean: Some(mean),
            std_dev: None,
            std_error: Some(std_error),
            quantiles: [None; 7],
            above: None,
            below: None,
            share_std_errors: None,
            variance_reduction: None,
        }
    }

    #[test]
    fn a_difference_within_its_error_is_noise_and_an_exact_zero_is_not() {
        // 1.96 standard errors of 1 reach 1.96.
        assert_eq!([1.9, 2.0, -1.9, -2.0].map(|mean| difference(mean, 1.0).is_noise()), [true, false, true, false]);
        assert!(!difference(0.0, 0.0).is_noise());
    }
}
