//! The summary of one run: everything tables, charts and reports show.

use super::SamplingGain;
use crate::domain::{Date, Month, Sampling};
use crate::model::{Category, Outcome, Series};

/// The probabilities at which quantiles are given.
pub const PROBABILITIES: [f64; 7] = [0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95];

/// Everything one run found out.
#[derive(Clone, Debug)]
pub struct Summary {
    /// Which scenario, and how many draws.
    pub header: Header,
    /// One per monthly series, in the order of the layout.
    pub monthly: Vec<MonthlySummary>,
    /// One per outcome, in the order of the layout.
    pub outcomes: Vec<OutcomeSummary>,
    /// One per categorical series.
    pub categories: Vec<CategorySummary>,
    /// What spreading the worlds evenly gained; nothing where they are independent.
    pub gains: Vec<SamplingGain>,
}

/// What was run.
#[derive(Clone, Debug)]
pub struct Header {
    /// File stem of the scenario.
    pub name: String,
    /// Title of the scenario.
    pub title: String,
    /// Its story; may be empty.
    pub story: String,
    /// Nothing learned later feeds it.
    pub as_of: Date,
    /// First month.
    pub start: Month,
    /// Number of months.
    pub months: usize,
    /// Buyers: (key, name for people).
    pub buyers: Vec<(String, String)>,
    /// Draws of what nobody knows.
    pub worlds: u64,
    /// Draws of chance in each world.
    pub paths_per_world: u64,
    /// Seed of every draw.
    pub seed: u64,
    /// How the uncertain inputs of worlds were drawn.
    pub sampling: Sampling,
}

impl Header {
    /// Number of simulated paths.
    pub fn paths(&self) -> u64 {
        self.worlds * self.paths_per_world
    }
}

/// A monthly series with one estimate per month.
#[derive(Clone, Debug)]
pub struct MonthlySummary {
    /// What is measured, and for whom.
    pub series: Series,
    /// One per month.
    pub months: Vec<Estimate>,
}

/// The distribution of one number over paths. `None` where it is not defined.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// Paths in which the number is defined.
    pub paths: u64,
    /// Mean. This and the next two are `None` for a waiting time that has not ended in every path.
    pub mean: Option<f64>,
    /// Standard deviation over paths.
    pub std_dev: Option<f64>,
    /// Monte Carlo standard error of the mean; paths of one world count as alike as they are.
    pub std_error: Option<f64>,
    /// Share of paths at exactly zero.
    pub share_zero: Option<f64>,
    /// Monte Carlo standard error of `share_zero`.
    pub share_zero_std_error: Option<f64>,
    /// Quantiles at [`PROBABILITIES`]; of a waiting time, those at which it has ended.
    pub quantiles: [Option<f64>; PROBABILITIES.len()],
}

/// One row of the outcome table.
#[derive(Clone, Debug)]
pub struct OutcomeSummary {
    /// What is measured, and for whom.
    pub outcome: Outcome,
    /// Its distribution over paths.
    pub estimate: Estimate,
    /// 95% intervals of the quantiles, from order statistics; `None` where too few paths were simulated to bound it.
    pub quantile_intervals: [Option<(f64, f64)>; PROBABILITIES.len()],
    /// Quantiles at [`PROBABILITIES`] among the paths that are not zero.
    pub conditional_quantiles: [Option<f64>; PROBABILITIES.len()],
    /// Share of paths in which a waiting time did not end within the horizon.
    pub share_censored: Option<f64>,
    /// Share of the variance that is ignorance (one-way analysis of variance over worlds); may be slightly negative.
    pub ignorance_share: Option<f64>,
    /// Exceedance curve: (x, share of paths above x), x rising, from zero on; for charts.
    pub exceedance: Vec<(f64, f64)>,
}

/// Share of paths in each state, by month.
#[derive(Clone, Debug)]
pub struct CategorySummary {
    /// Which series.
    pub category: Category,
    /// `[month][state]`; each month sums to 1.
    pub shares: Vec<Vec<f64>>,
}

impl Summary {
    /// The monthly series of a metric, for a buyer or in total.
    pub fn series(&self, metric: &str, buyer: Option<usize>) -> Option<&MonthlySummary> {
        self.monthly.iter().find(|s| s.series.metric.name == metric && s.series.buyer == buyer)
    }

    /// The row of an outcome, for a buyer or in total.
    pub fn outcome(&self, name: &str, buyer: Option<usize>) -> Option<&OutcomeSummary> {
        self.outcomes.iter().find(|o| o.outcome.name == name && o.outcome.buyer == buyer)
    }

    /// The categorical series of a name.
    pub fn category(&self, name: &str) -> Option<&CategorySummary> {
        self.categories.iter().find(|c| c.category.name == name)
    }
}
