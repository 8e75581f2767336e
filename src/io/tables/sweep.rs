//! The tables of a sweep.

use super::{Column, Sheet, Table, TableError, quantile};
use crate::analysis::{PROBABILITIES, Sweep, Z95};

/// All tables of a sweep, in the order of their names.
///
/// # Errors
/// If a number is not finite.
pub fn tables(sweep: &Sweep) -> Result<Vec<Table>, TableError> {
    let mut tables = vec![cells(sweep)?];
    if !sweep.thresholds.is_empty() {
        tables.push(thresholds(sweep)?);
    }
    Ok(tables)
}

/// `sweep`: each measure at each combination of values.
fn cells(sweep: &Sweep) -> Result<Table, TableError> {
    let mut columns: Vec<Column> = sweep.axes.iter().map(|axis| Column::text(&axis.key)).collect();
    columns.extend(["measure", "unit"].map(Column::text));
    columns.push(Column::whole("paths").unit("paths"));
    columns.extend(["mean", "std_error", "low", "high", "std_dev"].map(Column::real));
    columns.push(Column::real("share_zero").unit("share"));
    columns.extend(PROBABILITIES.map(quantile).map(Column::real));
    let mut sheet = Sheet::new("sweep", columns);
    for (place, cell) in sweep.places().iter().zip(&sweep.cells) {
        for (measure, found) in sweep.measures.iter().zip(cell) {
            for (axis, at) in sweep.axes.iter().zip(place) {
                sheet.word(axis.values[*at].trim_matches('"'));
            }
            let estimate = &found.estimate;
            let end = |sign: f64| Some(estimate.mean? + sign * Z95 * estimate.std_error?);
            sheet.word(&measure.text).word(measure.unit()).count(estimate.paths as i64);
            for number in [estimate.mean, estimate.std_error, end(-1.0), end(1.0), estimate.std_dev, estimate.share_zero] {
                sheet.number(number);
            }
            // Of what is 1 or 0 the mean says all.
            estimate.quantiles.iter().for_each(|quantile| _ = sheet.number(quantile.filter(|_| !measure.is_chance())));
            sheet.end_row();
        }
    }
    sheet.finish()
}

/// `thresholds`: the value of the first key at which a measure reaches a level, for each combination of the others.
fn thresholds(sweep: &Sweep) -> Result<Table, TableError> {
    let Some((solved, others)) = sweep.axes.split_first() else { return Sheet::new("thresholds", Vec::new()).finish() };
    let mut columns: Vec<Column> = others.iter().map(|axis| Column::text(&axis.key)).collect();
    columns.push(Column::text("measure"));
    columns.push(Column::real("level"));
    columns.push(Column::text("key"));
    columns.extend(["value", "low", "high"].map(Column::real));
    columns.push(Column::text("remark"));
    let mut sheet = Sheet::new("thresholds", columns);
    for threshold in &sweep.thresholds {
        for (axis, at) in others.iter().zip(&threshold.others) {
            sheet.word(axis.values[*at].trim_matches('"'));
        }
        let crossing = &threshold.crossing;
        sheet.word(&sweep.measures[threshold.measure].text).number(threshold.level).word(&solved.key);
        sheet.number(crossing.at).number(crossing.low).number(crossing.high).word(threshold.remark()).end_row();
    }
    sheet.finish()
}
