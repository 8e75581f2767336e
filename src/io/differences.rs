//! The tables of a comparison.

use super::tables::{Sheet, TOTAL, Table, TableError, quantile};
use crate::analysis::{Comparison, Difference, Explanation, PROBABILITIES, Summary};
use crate::scenario::Change;

/// All tables of a comparison, in the order of their names. `changes` has one list for each scenario after the reference.
///
/// # Errors
/// If a number is not finite.
pub fn tables(comparison: &Comparison, changes: &[Vec<Change>], explanation: Option<&Explanation>) -> Result<Vec<Table>, TableError> {
    let mut tables = vec![changed(comparison, changes)?, differences(comparison)?];
    tables.extend(explanation.map(explained).transpose()?);
    Ok(tables)
}

/// `changes.csv`: every key in which a scenario differs from the reference.
fn changed(comparison: &Comparison, changes: &[Vec<Change>]) -> Result<Table, TableError> {
    let mut sheet = Sheet::new("changes.csv", ["scenario", "key", "unit", "reference", "value"].map(String::from));
    for ((other, _), changes) in comparison.pairs().zip(changes) {
        for change in changes {
            sheet.word(&other.header.name);
            sheet.word(&change.key);
            sheet.word(change.unit);
            sheet.word(change.before.as_deref().unwrap_or_default());
            sheet.word(change.after.as_deref().unwrap_or_default());
            sheet.end_row();
        }
    }
    sheet.finish()
}

/// `differences.csv`: scenario less reference in the same path, month by month and for every outcome.
fn differences(comparison: &Comparison) -> Result<Table, TableError> {
    let columns = ["scenario", "kind", "metric", "buyer", "month", "unit", "paths", "reference_mean", "scenario_mean"];
    let columns = columns.into_iter().chain(["mean", "std_error", "low", "high", "std_dev"]).map(String::from);
    let columns = columns.chain(PROBABILITIES.map(quantile)).chain(["above", "below", "equal", "variance_reduction"].map(String::from));
    let mut sheet = Sheet::new("differences.csv", columns);
    let reference = comparison.reference();
    for (other, contrast) in comparison.pairs() {
        let whose = |buyer: Option<usize>| buyer.and_then(|b| reference.header.buyers.get(b)).map_or(TOTAL, |(key, _)| key);
        for series in &contrast.monthly {
            for (i, difference) in series.months.iter().enumerate() {
                let month = contrast.start.plus(i as i32);
                let mean = |summary: &Summary| monthly_mean(summary, series.metric.name, whose(series.buyer), month);
                for word in [&other.header.name, "monthly", series.metric.name, whose(series.buyer), &month.to_string(), series.metric.unit]
                {
                    sheet.word(word);
                }
                difference_cells(&mut sheet, difference, [mean(reference), mean(other)]);
            }
        }
        for outcome in &contrast.outcomes {
            let mean = |summary: &Summary| {
                summary.outcome(&outcome.name, position(summary, whose(outcome.buyer))?).and_then(|outcome| outcome.estimate.mean)
            };
            for word in [&other.header.name, "outcome", &outcome.name, whose(outcome.buyer), "", outcome.unit] {
                sheet.word(word);
            }
            difference_cells(&mut sheet, &outcome.difference, [mean(reference), mean(other)]);
        }
    }
    sheet.finish()
}

fn difference_cells(sheet: &mut Sheet, difference: &Difference, means: [Option<f64>; 2]) {
    sheet.word(&difference.paths.to_string());
    means.into_iter().for_each(|mean| sheet.number(mean));
    sheet.number(difference.mean);
    sheet.number(difference.std_error);
    sheet.number(difference.interval().map(|(low, _)| low));
    sheet.number(difference.interval().map(|(_, high)| high));
    sheet.number(difference.std_dev);
    difference.quantiles.into_iter().for_each(|quantile| sheet.number(quantile));
    sheet.number(difference.above);
    sheet.number(difference.below);
    sheet.number(difference.equal());
    sheet.number(difference.variance_reduction);
    sheet.end_row();
}

/// `explanation.csv`: what each group of changes contributes to the difference.
fn explained(explanation: &Explanation) -> Result<Table, TableError> {
    let columns = ["outcome", "unit", "group", "keys", "mean", "std_error"];
    let mut sheet = Sheet::new("explanation.csv", columns.map(String::from));
    for group in explanation.groups.iter().chain([&explanation.total]) {
        sheet.word(&explanation.outcome);
        sheet.word(explanation.unit);
        sheet.word(&group.name);
        sheet.word(&group.keys.join(" "));
        sheet.number(Some(group.mean));
        sheet.number(Some(group.std_error));
        sheet.end_row();
    }
    sheet.finish()
}

/// The position of a buyer by key: `Some(None)` for the total.
fn position(summary: &Summary, key: &str) -> Option<Option<usize>> {
    match key {
        TOTAL => Some(None),
        key => summary.header.buyers.iter().position(|(known, _)| known == key).map(Some),
    }
}

fn monthly_mean(summary: &Summary, metric: &str, buyer: &str, month: crate::domain::Month) -> Option<f64> {
    let months = &summary.series(metric, position(summary, buyer)?)?.months;
    months.get(usize::try_from(month.since(summary.header.start)).ok()?)?.mean
}
