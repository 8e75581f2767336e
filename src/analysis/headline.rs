//! The short table after a run.
//!
//! A mean never stands alone: beside it stand the range of paths, the chance of none at all, and the
//! median where there is any.

use std::fmt;

use super::{Header, OutcomeSummary, PROBABILITIES, Summary, digits};

/// The short table after a run; `Display` writes it with aligned columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Headline {
    /// Its rows.
    pub rows: Vec<HeadlineRow>,
}

/// One row, ready to print. A field is empty where nothing is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeadlineRow {
    /// What the value is; indented where it belongs to the row above.
    pub label: String,
    /// The value, with the digits that its error allows.
    pub value: String,
    /// Where nine paths in ten lie.
    pub range: String,
    /// Monte Carlo standard error of the value.
    pub error: String,
}

/// The outcomes shown after the deliveries, with their words.
const SHOWN: [(&str, &str); 4] = [
    ("revenue", "Gross revenue from China, USD"),
    ("us_take", "US government's take, USD"),
    ("nvidia_share", "Nvidia's share of compute added in China, %"),
    ("grey_units", "H200 through the grey market"),
];

/// At most this many calendar years have rows of their own.
const YEARS: usize = 3;

const LOW: usize = 0;
const MEDIAN: usize = 3;
const HIGH: usize = PROBABILITIES.len() - 1;

/// The short table of a run.
pub fn headline(summary: &Summary) -> Headline {
    let rows_of = |(label, outcome): (String, &OutcomeSummary)| amount(&label, outcome, if label.ends_with('%') { 100.0 } else { 1.0 });
    let mut rows: Vec<HeadlineRow> = deliveries(summary).into_iter().flat_map(rows_of).collect();
    rows.extend(summary.outcome("t_first", None).map(|outcome| waiting_time("First delivery, median", outcome, &summary.header)));
    rows.extend(others(summary).into_iter().flat_map(rows_of));
    Headline { rows }
}

/// The outcomes of which the table shows means, with their words.
pub(super) fn amounts(summary: &Summary) -> Vec<(String, &OutcomeSummary)> {
    [deliveries(summary), others(summary)].concat()
}

fn deliveries(summary: &Summary) -> Vec<(String, &OutcomeSummary)> {
    let (first, last) = (summary.header.start.year(), last_month(&summary.header));
    // The last year ends with the horizon, which has its row.
    let years = (first..last.year()).take(YEARS).map(|year| (format!("delivered_{year}"), year.to_string()));
    let dated = years.chain([("delivered_T".to_owned(), last.to_string())]);
    dated.filter_map(|(name, end)| Some((format!("H200 delivered by the end of {end}"), summary.outcome(&name, None)?))).collect()
}

fn others(summary: &Summary) -> Vec<(String, &OutcomeSummary)> {
    SHOWN.iter().filter_map(|(name, label)| Some(((*label).to_owned(), summary.outcome(name, None)?))).collect()
}

impl fmt::Display for Headline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let title = HeadlineRow {
            label: String::new(),
            value: "value".into(),
            range: "5% to 95% of paths".into(),
            error: "Monte Carlo error".into(),
        };
        let lines = || [&title].into_iter().chain(&self.rows);
        let width = |field: fn(&HeadlineRow) -> &str| lines().map(|row| field(row).chars().count()).max().unwrap_or(0);
        let (label, value, range) = (width(|row| &row.label), width(|row| &row.value), width(|row| &row.range));
        for row in lines() {
            let line = format!("{:label$}  {:>value$}  {:range$}  {}", row.label, row.value, row.range, row.error);
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// The rows of an amount: its mean, the chance of none, and the median of the rest.
fn amount(label: &str, outcome: &OutcomeSummary, scale: f64) -> Vec<HeadlineRow> {
    let estimate = &outcome.estimate;
    let std_error = estimate.std_error.unwrap_or(f64::NAN) * scale;
    let text = |value: f64, error: f64| digits::rounded(value * scale, error);
    let range = |quantiles: &[Option<f64>; PROBABILITIES.len()], error: f64| match (quantiles[LOW], quantiles[HIGH]) {
        (Some(low), Some(high)) => format!("{} to {}", text(low, error), text(high, error)),
        _ => String::new(),
    };
    let mut rows = vec![HeadlineRow {
        label: format!("{label}, mean"),
        value: estimate.mean.map_or_else(String::new, |mean| text(mean, std_error)),
        range: range(&estimate.quantiles, std_error),
        error: estimate.std_error.map_or_else(String::new, |error| format!("± {}", digits::error(error * scale))),
    }];
    if let Some(none) = estimate.share_zero.filter(|share| *share > 0.0) {
        let error = estimate.share_zero_std_error.map(|error| error * 100.0);
        rows.push(HeadlineRow {
            label: "  chance of none".into(),
            value: format!("{}%", digits::rounded(none * 100.0, error.unwrap_or(f64::NAN))),
            range: String::new(),
            error: error.map_or_else(String::new, |error| format!("± {}%", digits::error(error))),
        });
        // As uncertain as the mean of those paths, which is the mean of all over their share.
        let error = std_error / (1.0 - none);
        rows.extend(outcome.conditional_quantiles[MEDIAN].map(|median| HeadlineRow {
            label: "  otherwise, median".into(),
            value: text(median, error),
            range: range(&outcome.conditional_quantiles, error),
            error: String::new(),
        }));
    }
    rows
}

/// The row of a waiting time, in calendar months.
fn waiting_time(label: &str, outcome: &OutcomeSummary, header: &Header) -> HeadlineRow {
    let [low, median, high] = [LOW, MEDIAN, HIGH].map(|which| match outcome.estimate.quantiles[which] {
        Some(month) => header.start.plus(month as i32 - 1).to_string(),
        None if outcome.estimate.paths > 0 => format!("after {}", last_month(header)),
        None => String::new(),
    });
    let reach = outcome.estimate.quantiles[MEDIAN].zip(outcome.quantile_intervals[MEDIAN]);
    let error = reach.map(|(median, (low, high))| format!("95%: {:+} to {:+} months", low - median, high - median));
    let range = if low.is_empty() { low } else { format!("{low} to {high}") };
    HeadlineRow { label: label.into(), value: median, range, error: error.unwrap_or_default() }
}

fn last_month(header: &Header) -> crate::domain::Month {
    header.start.plus(header.months as i32 - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Estimate;
    use crate::domain::{Date, Month};
    use crate::model::Outcome;

    fn outcome(name: &str, estimate: Estimate, conditional: [Option<f64>; 7]) -> OutcomeSummary {
        OutcomeSummary {
            outcome: Outcome { name: name.into(), unit: "", meaning: String::new(), buyer: None, cell: 0, scale: 1.0, censored_at: None },
            estimate,
            quantile_intervals: [None; 7],
            conditional_quantiles: conditional,
            share_censored: None,
            ignorance_share: None,
            exceedance: Vec::new(),
        }
    }

    fn summary(outcomes: Vec<OutcomeSummary>) -> Summary {
        let header = Header {
            name: "example".into(),
            title: String::new(),
            story: String::new(),
            as_of: Date { year: 2025, month: 12, day: 10 },
            start: Month::new(2026, 1).unwrap(),
            months: 24,
            buyers: Vec::new(),
            worlds: 1000,
            paths_per_world: 50,
            seed: 1,
            sampling: crate::domain::Sampling::Random,
        };
        Summary { header, monthly: Vec::new(), outcomes, categories: Vec::new(), gains: Vec::new() }
    }

    fn mixed() -> Estimate {
        Estimate {
            paths: 50_000,
            mean: Some(123_456.7),
            std_dev: Some(150_000.0),
            std_error: Some(1_234.0),
            share_zero: Some(0.312_4),
            share_zero_std_error: Some(0.005_1),
            quantiles: [0.0, 0.0, 0.0, 81_000.0, 150_000.0, 280_000.0, 310_432.0].map(Some),
        }
    }

    #[test]
    fn a_mean_stands_beside_the_chance_of_none_and_the_rest() {
        let conditional = [12_345.0, 20_000.0, 60_000.0, 150_499.0, 200_000.0, 300_000.0, 420_000.0].map(Some);
        let all = summary(vec![outcome("delivered_2026", mixed(), conditional), outcome("delivered_T", mixed(), conditional)]);
        let expected = [
            "                                              value  5% to 95% of paths  Monte Carlo error",
            "H200 delivered by the end of 2026, mean     123,000  0 to 310,000        ± 1,200",
            "  chance of none                              31.2%                      ± 0.51%",
            "  otherwise, median                         150,000  12,000 to 420,000",
            "H200 delivered by the end of 2027-12, mean  123,000  0 to 310,000        ± 1,200",
            "  chance of none                              31.2%                      ± 0.51%",
            "  otherwise, median                         150,000  12,000 to 420,000",
        ];
        assert_eq!(headline(&all).to_string().lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn waiting_times_are_calendar_months_and_the_unended_say_so() {
        let months = [2.0, 3.0, 4.0, 7.0, 12.0].map(Some);
        let quantiles = [months[0], months[1], months[2], months[3], months[4], None, None];
        let estimate = Estimate { mean: None, std_dev: None, std_error: None, quantiles, ..mixed() };
        let mut first = outcome("t_first", estimate, quantiles);
        first.quantile_intervals[3] = Some((7.0, 8.0));
        let row = &headline(&summary(vec![first])).rows[0];
        assert_eq!((row.value.as_str(), row.range.as_str()), ("2026-07", "2026-02 to after 2027-12"));
        assert_eq!(row.error, "95%: +0 to +1 months");
    }

    #[test]
    fn shares_are_percentages() {
        let estimate = Estimate { mean: Some(0.123_4), std_error: Some(0.002), share_zero: Some(0.0), ..mixed() };
        let rows = headline(&summary(vec![outcome("nvidia_share", estimate, [None; 7])])).rows;
        assert_eq!((rows.len(), rows[0].value.as_str(), rows[0].error.as_str()), (1, "12.3", "± 0.20"));
    }

    #[test]
    fn what_is_unknown_is_left_empty() {
        let unknown = Estimate {
            paths: 0,
            mean: None,
            std_dev: None,
            std_error: None,
            share_zero: None,
            share_zero_std_error: None,
            quantiles: [None; 7],
        };
        for name in ["delivered_T", "t_first", "nvidia_share"] {
            let rows = headline(&summary(vec![outcome(name, unknown.clone(), [None; 7])])).rows;
            assert_eq!((rows.len(), rows[0].value.as_str(), rows[0].range.as_str(), rows[0].error.as_str()), (1, "", "", ""));
        }
    }

    #[test]
    fn a_certain_amount_is_printed_whole() {
        let estimate = Estimate {
            mean: Some(582_500.0),
            std_dev: Some(0.0),
            std_error: Some(0.0),
            share_zero: Some(0.0),
            share_zero_std_error: Some(0.0),
            quantiles: [Some(582_500.0); 7],
            ..mixed()
        };
        let row = &headline(&summary(vec![outcome("delivered_T", estimate, [None; 7])])).rows[0];
        assert_eq!((row.value.as_str(), row.range.as_str(), row.error.as_str()), ("582,500", "582,500 to 582,500", "± 0"));
    }
}
