//! The result tables, built once as typed columns and written as CSV, as Parquet or as both.
//!
//! CSV is the reference: digests are taken of it in every format. Every word in a table is ours or a
//! checked key; what else a [`Sheet`] is given it makes inert.

pub mod decision;
mod format;
#[cfg(feature = "parquet")]
mod parquet;
#[cfg(not(feature = "parquet"))]
#[path = "without_parquet.rs"]
mod parquet;
pub mod samples;
mod sheet;
pub mod sweep;

pub use format::{Encoder, Format};
pub use sheet::{Cells, Column, Kind, Sheet, Table, TableError};

use crate::analysis::{CategorySummary, Estimate, PROBABILITIES, Summary};
use crate::domain::Gate;
use sha2::{Digest, Sha256};

/// What stands in the buyer column of a total.
pub const TOTAL: &str = "total";

/// The categorical series that `gates` shows; the others are in `regimes`.
const BINDING_GATE: &str = "binding_gate";

/// All tables of one run, in the order of their names.
///
/// # Errors
/// If a number is not finite.
pub fn tables(summary: &Summary) -> Result<Vec<Table>, TableError> {
    let mut all = vec![gates(summary)?, monthly(summary)?, outcomes(summary)?, regimes(summary)?];
    if !summary.header.sampling.is_random() {
        all.push(sampling(summary)?);
    }
    Ok(all)
}

/// SHA-256 over the CSV text of the tables, one after another, whatever format is written:
/// `cat gates.csv monthly.csv outcomes.csv regimes.csv | sha256sum` in the folder of a run, and `sampling.csv` last if there is one.
pub fn digest(tables: &[Table]) -> String {
    let all = tables.iter().fold(Sha256::new(), |digest, table| digest.chain_update(&table.csv));
    super::manifest::hex(&all.finalize())
}

/// The name of a quantile in columns: `p05` for the 5% quantile.
pub fn quantile(probability: f64) -> String {
    format!("p{:02}", (probability * 100.0).round())
}

/// `gates`: what held volume back.
fn gates(summary: &Summary) -> Result<Table, TableError> {
    let shares = ["share_of_held", "share_of_paths"].map(|name| Column::real(name).unit("share"));
    let columns = [Column::text("gate"), Column::text("month"), Column::real("held").unit("chips")].into_iter().chain(shares);
    let mut sheet = Sheet::new("gates", columns.collect::<Vec<_>>());
    let binding = summary.category(BINDING_GATE);
    let means = |gate: &str, month: usize| summary.series(&format!("held_{gate}"), None).and_then(|s| s.months.get(month)?.mean);
    for gate in binding.map_or(&Gate::WORDS[..], |binding| binding.category.states) {
        for month in 0..summary.header.months {
            let held = means(gate, month);
            let all: f64 = Gate::WORDS.iter().filter_map(|gate| means(gate, month)).sum();
            sheet.word(gate).word(&calendar_month(summary, month)).number(held);
            sheet.number(held.filter(|_| all > 0.0).map(|held| held / all));
            sheet.number(binding.and_then(|binding| share(binding, month, gate))).end_row();
        }
    }
    sheet.finish()
}

/// `monthly`: every series, month by month.
fn monthly(summary: &Summary) -> Result<Table, TableError> {
    let mut columns: Vec<Column> = ["metric", "buyer", "month"].map(Column::text).into();
    columns.extend(["mean", "std_dev", "std_error"].map(Column::real));
    columns.extend(PROBABILITIES.map(quantile).map(Column::real));
    columns.push(Column::real("share_zero").unit("share"));
    let mut sheet = Sheet::new("monthly", columns);
    for series in &summary.monthly {
        for (month, estimate) in series.months.iter().enumerate() {
            sheet.word(series.series.metric.name).word(buyer(summary, series.series.buyer)).word(&calendar_month(summary, month));
            moments(&mut sheet, estimate);
            for quantile in estimate.quantiles {
                sheet.number(quantile);
            }
            sheet.number(estimate.share_zero).end_row();
        }
    }
    sheet.finish()
}

/// `outcomes`: one row per outcome and buyer.
///
/// # Errors
/// If a number is not finite.
pub fn outcomes(summary: &Summary) -> Result<Table, TableError> {
    let shares = |names: [&str; 2]| names.map(|name| Column::real(name).unit("share"));
    let mut columns: Vec<Column> = ["outcome", "buyer", "unit"].map(Column::text).into();
    columns.push(Column::whole("paths").unit("paths"));
    columns.extend(["mean", "std_dev", "std_error"].map(Column::real));
    columns.extend(PROBABILITIES.iter().flat_map(|p| ["", "_low", "_high"].map(|end| Column::real(quantile(*p) + end))));
    columns.extend(shares(["share_zero", "share_zero_std_error"]));
    columns.extend(PROBABILITIES.map(|p| Column::real(format!("if_positive_{}", quantile(p)))));
    columns.extend(shares(["share_censored", "ignorance_share"]));
    let mut sheet = Sheet::new("outcomes", columns);
    for row in &summary.outcomes {
        sheet.word(&row.outcome.name).word(buyer(summary, row.outcome.buyer)).word(row.outcome.unit);
        sheet.count(row.estimate.paths as i64);
        moments(&mut sheet, &row.estimate);
        for (quantile, interval) in row.estimate.quantiles.iter().zip(row.quantile_intervals) {
            sheet.number(*quantile).number(interval.map(|(low, _)| low)).number(interval.map(|(_, high)| high));
        }
        sheet.number(row.estimate.share_zero).number(row.estimate.share_zero_std_error);
        for quantile in row.conditional_quantiles {
            sheet.number(quantile);
        }
        sheet.number(row.share_censored).number(row.ignorance_share).end_row();
    }
    sheet.finish()
}

/// `regimes`: which regime each government is in.
fn regimes(summary: &Summary) -> Result<Table, TableError> {
    let words = ["government", "regime", "month"].map(Column::text);
    let columns: Vec<Column> = words.into_iter().chain([Column::real("share_of_paths").unit("share")]).collect();
    let mut sheet = Sheet::new("regimes", columns);
    for series in summary.categories.iter().filter(|series| series.category.name != BINDING_GATE) {
        for regime in series.category.states {
            for month in 0..summary.header.months {
                sheet.word(series.category.name).word(regime).word(&calendar_month(summary, month));
                sheet.number(share(series, month, regime)).end_row();
            }
        }
    }
    sheet.finish()
}

/// `sampling`: what spreading the worlds evenly gained.
fn sampling(summary: &Summary) -> Result<Table, TableError> {
    let mut columns: Vec<Column> = ["outcome", "buyer", "statistic"].map(Column::text).into();
    columns.extend(["value", "std_error", "random_std_error"].map(Column::real));
    columns.extend(["", "_low", "_high"].map(|end| Column::real(format!("variance_reduction{end}")).unit("ratio")));
    let mut sheet = Sheet::new("sampling", columns);
    for row in &summary.gains {
        let Some(of) = summary.outcomes.get(row.outcome) else { continue };
        let (low, high) = row.gain.interval();
        sheet.word(&of.outcome.name).word(buyer(summary, of.outcome.buyer)).word(&row.statistic);
        [row.value, row.gain.std_error, row.gain.independent, row.gain.factor(), low, high]
            .into_iter()
            .for_each(|x| _ = sheet.number(Some(x)));
        sheet.end_row();
    }
    sheet.finish()
}

fn moments(sheet: &mut Sheet, estimate: &Estimate) {
    sheet.number(estimate.mean).number(estimate.std_dev).number(estimate.std_error);
}

/// `YYYY-MM`, in Parquet too: one query reads both, and it sorts like a date.
fn calendar_month(summary: &Summary, month: usize) -> String {
    summary.header.start.plus(month as i32).to_string()
}

fn share(series: &CategorySummary, month: usize, state: &str) -> Option<f64> {
    let state = series.category.states.iter().position(|s| *s == state)?;
    series.shares.get(month)?.get(state).copied()
}

fn buyer(summary: &Summary, buyer: Option<usize>) -> &str {
    buyer.map_or(TOTAL, |i| summary.header.buyers.get(i).map_or("", |(key, _)| key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::example;

    fn text(table: &Table) -> &str {
        std::str::from_utf8(&table.csv).unwrap()
    }

    fn rows(table: &Table) -> Vec<Vec<String>> {
        let mut reader = csv::Reader::from_reader(&table.csv[..]);
        reader.records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect()
    }

    #[test]
    fn tables_come_in_the_order_of_their_names_with_the_promised_columns() {
        let tables = tables(&example::summary()).unwrap();
        let heads: Vec<(&str, &str)> = tables.iter().map(|t| (t.name, text(t).lines().next().unwrap())).collect();
        assert_eq!(
            heads,
            [
                ("gates", "gate,month,held,share_of_held,share_of_paths"),
                ("monthly", "metric,buyer,month,mean,std_dev,std_error,p05,p10,p25,p50,p75,p90,p95,share_zero"),
                (
                    "outcomes",
                    "outcome,buyer,unit,paths,mean,std_dev,std_error,p05,p05_low,p05_high,p10,p10_low,p10_high,\
                     p25,p25_low,p25_high,p50,p50_low,p50_high,p75,p75_low,p75_high,p90,p90_low,p90_high,p95,p95_low,p95_high,\
                     share_zero,share_zero_std_error,if_positive_p05,if_positive_p10,if_positive_p25,if_positive_p50,\
                     if_positive_p75,if_positive_p90,if_positive_p95,share_censored,ignorance_share"
                ),
                ("regimes", "government,regime,month,share_of_paths"),
            ]
        );
    }

    #[test]
    fn a_series_is_one_row_per_month_named_by_buyer_key_or_total() {
        let monthly = tables(&example::summary()).unwrap().swap_remove(1);
        let lines: Vec<&str> = text(&monthly).lines().skip(1).take(3).collect();
        assert_eq!(
            lines,
            [
                "delivered,total,2026-01,0.1,2,0.3,0,0,0,1.5,2,3,4,0.25",
                "delivered,total,2026-02,0.1,2,0.3,0,0,0,1.5,2,3,4,0.25",
                "delivered,bytedance,2026-01,0.1,2,0.3,0,0,0,1.5,2,3,4,0.25",
            ]
        );
    }

    #[test]
    fn unknown_is_an_empty_field_and_never_zero() {
        let outcomes = tables(&example::summary()).unwrap().swap_remove(2);
        let rows = rows(&outcomes);
        let undefined = rows.iter().find(|row| row[0] == "need_fill").unwrap();
        assert_eq!(undefined[..4], ["need_fill", "bytedance", "ratio", "0"]);
        assert!(undefined[4..].iter().all(String::is_empty), "{undefined:?}");
    }

    #[test]
    fn a_number_that_is_not_finite_stops_the_table_and_is_named() {
        let mut summary = example::summary();
        summary.monthly[1].months[1].std_error = Some(f64::NAN);
        let error = tables(&summary).unwrap_err();
        assert_eq!(error.to_string(), "table monthly: std_error of delivered, bytedance, 2026-02 is not a finite number");
    }

    #[test]
    fn shares_of_held_chips_add_up_to_one_and_are_empty_when_nothing_is_held() {
        // Held on average in the example: stock 30 and 0, clearing 10 and 0.
        let gates = tables(&example::summary()).unwrap().swap_remove(0);
        let row = |gate: &str, month: &str| rows(&gates).into_iter().find(|r| r[0] == gate && r[1] == month).unwrap()[2..].to_vec();
        assert_eq!(row("stock", "2026-01"), ["30", "0.75", "0.5"]);
        assert_eq!(row("clearing", "2026-01"), ["10", "0.25", "0.25"]);
        assert_eq!(row("none", "2026-01"), ["", "", "0.25"]);
        assert_eq!(row("stock", "2026-02"), ["0", "", "0"]);
        assert_eq!(row("none", "2026-02"), ["", "", "1"]);
    }

    #[test]
    fn every_regime_of_both_governments_has_a_row_in_every_month() {
        let regimes = tables(&example::summary()).unwrap().swap_remove(3);
        let rows = rows(&regimes);
        assert_eq!(rows.len(), (4 + 3) * 2);
        assert_eq!(rows[0], ["beijing", "frozen", "2026-01", "1"]);
        assert_eq!(rows[8], ["washington", "revoked", "2026-01", "1"]);
    }

    #[test]
    fn the_digest_is_that_of_the_tables_one_after_another() {
        // printf 'abc' | sha256sum
        let table = |text: &str| Table { name: "x", columns: [].into(), cells: Vec::new(), csv: text.into() };
        assert_eq!(digest(&["ab", "c"].map(table)), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
