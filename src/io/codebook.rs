//! `columns.md`: what every column, metric and outcome means, and in which unit.
//!
//! Generated from the catalogue of the model, so that it cannot disagree with the tables.

use crate::analysis::Summary;
use std::collections::BTreeSet;

/// A column, or several alike, and what it means.
type Column = (&'static str, &'static str);

/// The tables, with a sentence and the columns of each.
const TABLES: [(&str, &str, &[Column]); 4] = [
    (
        "outcomes.csv",
        "One row per outcome, for each buyer where it makes sense and in total.",
        &[
            ("outcome", "what is measured: see the outcomes below"),
            ("buyer", "key of the buyer group in the scenario, or `total`"),
            ("unit", "unit of the mean, the deviations and the quantiles"),
            ("paths", "simulated histories in which the outcome is defined"),
            ("mean", "mean over those paths"),
            ("std_dev", "standard deviation over those paths: how uncertain the outcome is"),
            ("std_error", "Monte Carlo standard error of the mean: how far more paths could still move it"),
            ("p05 … p95", "quantiles: 5% of the paths lie at or below p05"),
            ("p05_low, p05_high …", "95% Monte Carlo interval of the quantile before it"),
            ("share_zero", "share of the paths at exactly zero"),
            ("share_zero_std_error", "Monte Carlo standard error of that share"),
            ("if_positive_p05 …", "quantiles among the paths that are not zero"),
            ("share_censored", "for waiting times: share of the paths in which it did not end within the horizon"),
            (
                "ignorance_share",
                "share of the variance that comes from what nobody knows, the rest being chance; an estimate, so it may be slightly negative",
            ),
        ],
    ),
    (
        "monthly.csv",
        "One row per metric, buyer and month.",
        &[
            ("metric", "what is measured: see the metrics below"),
            ("buyer", "key of the buyer group in the scenario, or `total`"),
            ("month", "calendar month, `YYYY-MM`"),
            ("mean, std_dev, std_error", "as in outcomes.csv"),
            ("p05 … p95", "as in outcomes.csv, month by month: a quantile is not one history"),
            ("share_zero", "share of the paths at exactly zero in this month"),
        ],
    ),
    (
        "gates.csv",
        "One row per gate and month: what held volume back.",
        &[
            ("gate", "the gate, in the order in which a chip meets them; `none` stands for paths in which nothing was held back"),
            ("month", "calendar month, `YYYY-MM`"),
            ("held", "mean number of chips the gate holds back"),
            ("share_of_held", "the same as a share of what all gates hold; empty if they hold nothing"),
            ("share_of_paths", "share of the paths in which this gate holds the most"),
        ],
    ),
    (
        "regimes.csv",
        "One row per government, regime and month.",
        &[
            ("government", "`beijing` or `washington`"),
            ("regime", "the regime, from tightest to loosest"),
            ("month", "calendar month, `YYYY-MM`"),
            ("share_of_paths", "share of the paths in which the government is in this regime at the end of the month"),
        ],
    ),
];

/// The codebook of one run, as Markdown.
pub fn codebook(summary: &Summary) -> String {
    let mut text = String::from("# What is in these tables\n\nAn empty field means unknown or undefined; it never means zero.\n");
    for (name, about, columns) in TABLES {
        text += &format!("\n## {name}\n\n{about}\n\n| column | meaning |\n|---|---|\n");
        columns.iter().for_each(|(column, meaning)| text += &row(&[column, meaning]));
    }
    text += "\n## Metrics of monthly.csv\n\n| metric | unit | for each buyer | meaning |\n|---|---|---|---|\n";
    let mut seen = BTreeSet::new();
    for metric in summary.monthly.iter().map(|series| series.series.metric).filter(|metric| seen.insert(metric.name)) {
        let of_buyers = summary.monthly.iter().any(|series| series.series.metric.name == metric.name && series.series.buyer.is_some());
        text += &row(&[metric.name, metric.unit, if of_buyers { "yes" } else { "no" }, metric.meaning]);
    }
    text += "\n## Outcomes of outcomes.csv\n\n| outcome | unit | meaning |\n|---|---|---|\n";
    let mut seen = BTreeSet::new();
    for outcome in summary.outcomes.iter().map(|row| &row.outcome).filter(|outcome| seen.insert(&outcome.name)) {
        text += &row(&[&outcome.name, outcome.unit, &outcome.meaning]);
    }
    text
}

fn row(cells: &[&str]) -> String {
    format!("| {} |\n", cells.iter().map(|cell| cell.replace('|', "\\|")).collect::<Vec<_>>().join(" | "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::{example, tables};

    #[test]
    fn every_metric_and_outcome_is_explained_once() {
        let text = codebook(&example::summary());
        assert_eq!(text.matches("\n| delivered | chips | yes | Chips let in. |\n").count(), 1, "{text}");
        assert_eq!(text.matches("\n| need_fill | ratio | Delivered per \\| needed. |\n").count(), 1, "{text}");
    }

    #[test]
    fn every_column_of_every_table_is_explained() {
        for table in tables::tables(&example::summary()).unwrap() {
            let (_, _, explained) = TABLES.iter().find(|(name, ..)| *name == table.name).unwrap();
            let explained: Vec<&str> = explained.iter().flat_map(|(columns, _)| columns.split([',', ' ', '…'])).collect();
            let head = table.bytes.split(|b| *b == b'\n').next().unwrap();
            for column in std::str::from_utf8(head).unwrap().split(',') {
                // A quantile is explained by the first of its kind.
                let first: String = ["p10", "p25", "p50", "p75", "p90", "p95"].iter().fold(column.to_owned(), |c, p| c.replace(p, "p05"));
                assert!(explained.contains(&first.as_str()), "{} of {}", column, table.name);
            }
        }
    }
}
