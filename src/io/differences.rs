//! The tables of a comparison.

use super::tables::{Column, Sheet, TOTAL, Table, TableError, quantile};
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

/// `changes`: every key in which a scenario differs from the reference.
fn changed(comparison: &Comparison, changes: &[Vec<Change>]) -> Result<Table, TableError> {
    let columns = ["scenario", "key", "unit", "reference", "value"].map(Column::text);
    let mut sheet = Sheet::new("changes", columns.map(Column::or_empty));
    for ((other, _), changes) in comparison.pairs().zip(changes) {
        for change in changes {
            sheet.word(&other.header.name).word(&change.key);
            for value in [Some(change.unit).filter(|unit| !unit.is_empty()), change.before.as_deref(), change.after.as_deref()] {
                match value {
                    Some(value) => sheet.word(value),
                    None => sheet.empty(),
                };
            }
            sheet.end_row();
        }
    }
    sheet.finish()
}

/// `differences`: scenario less reference in the same path, month by month and for every outcome.
fn differences(comparison: &Comparison) -> Result<Table, TableError> {
    let mut columns: Vec<Column> = ["scenario", "kind", "metric", "buyer"].map(Column::text).into();
    columns.extend([Column::text("month").or_empty(), Column::text("unit"), Column::whole("paths").unit("paths")]);
    columns.extend(["reference_mean", "scenario_mean", "mean", "std_error", "low", "high", "std_dev"].map(Column::real));
    columns.extend(PROBABILITIES.map(quantile).map(Column::real));
    columns.extend(["above", "below", "equal"].map(|name| Column::real(name).unit("share")));
    columns.push(Column::real("variance_reduction").unit("ratio"));
    let mut sheet = Sheet::new("differences", columns);
    let reference = comparison.reference();
    for (other, contrast) in comparison.pairs() {
        let whose = |buyer: Option<usize>| buyer.and_then(|b| reference.header.buyers.get(b)).map_or(TOTAL, |(key, _)| key);
        for series in &contrast.monthly {
            let (metric, buyer) = (series.metric, whose(series.buyer));
            for (i, difference) in series.months.iter().enumerate() {
                let month = contrast.start.plus(i as i32);
                let mean = |summary: &Summary| monthly_mean(summary, metric.name, buyer, month);
                sheet.word(&other.header.name).word("monthly").word(metric.name).word(buyer).word(&month.to_string()).word(metric.unit);
                difference_cells(&mut sheet, difference, [mean(reference), mean(other)]);
            }
        }
        for outcome in &contrast.outcomes {
            let buyer = whose(outcome.buyer);
            let mean =
                |summary: &Summary| summary.outcome(&outcome.name, position(summary, buyer)?).and_then(|outcome| outcome.estimate.mean);
            sheet.word(&other.header.name).word("outcome").word(&outcome.name).word(buyer).empty().word(outcome.unit);
            difference_cells(&mut sheet, &outcome.difference, [mean(reference), mean(other)]);
        }
    }
    sheet.finish()
}

fn difference_cells(sheet: &mut Sheet, difference: &Difference, [reference, scenario]: [Option<f64>; 2]) {
    let (low, high) = difference.interval().unzip();
    sheet.count(difference.paths as i64).number(reference).number(scenario);
    sheet.number(difference.mean).number(difference.std_error).number(low).number(high).number(difference.std_dev);
    for quantile in difference.quantiles {
        sheet.number(quantile);
    }
    sheet.number(difference.above).number(difference.below).number(difference.equal());
    sheet.number(difference.variance_reduction).end_row();
}

/// `explanation`: what each group of changes contributes to the difference.
fn explained(explanation: &Explanation) -> Result<Table, TableError> {
    let words = ["outcome", "unit", "group", "keys"].map(Column::text);
    let columns: Vec<Column> = words.into_iter().chain(["mean", "std_error"].map(Column::real)).collect();
    let mut sheet = Sheet::new("explanation", columns);
    for group in explanation.groups.iter().chain([&explanation.total]) {
        sheet.word(&explanation.outcome).word(explanation.unit).word(&group.name).word(&group.keys.join(" "));
        sheet.number(group.mean).number(group.std_error).end_row();
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
