//! The result tables as CSV.
//!
//! Unknown is an empty field, never 0. A number is written in the shortest form that reads back to
//! the same value. Every word in a table is ours or a checked key, so no cell can be a formula.

use crate::analysis::{CategorySummary, Estimate, PROBABILITIES, Summary};
use crate::domain::Gate;
use sha2::{Digest, Sha256};
use std::fmt;

/// What stands in the buyer column of a total.
pub const TOTAL: &str = "total";

/// The categorical series that `gates.csv` shows; the others are in `regimes.csv`.
const BINDING_GATE: &str = "binding_gate";

/// One finished table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// File name.
    pub name: &'static str,
    /// Its CSV text.
    pub bytes: Vec<u8>,
}

/// Why there is no table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TableError {
    /// A NaN or an infinity reached a table.
    NotFinite {
        /// File name of the table.
        table: &'static str,
        /// Which number: the words of its row and its column.
        place: String,
    },
    /// The CSV writer refused a row; a bug of ours.
    Writer(String),
}

/// All tables of one run, in the order of their names.
///
/// # Errors
/// If a number is not finite.
pub fn tables(summary: &Summary) -> Result<[Table; 4], TableError> {
    Ok([gates(summary)?, monthly(summary)?, outcomes(summary)?, regimes(summary)?])
}

/// SHA-256 over the bytes of the tables, one after another: `cat *.csv | sha256sum` in the folder.
pub fn digest(tables: &[Table]) -> String {
    let all = tables.iter().fold(Sha256::new(), |digest, table| digest.chain_update(&table.bytes));
    super::manifest::hex(&all.finalize())
}

/// The name of a quantile in columns: `p05` for the 5% quantile.
pub(super) fn quantile(probability: f64) -> String {
    format!("p{:02}", (probability * 100.0).round())
}

/// `gates.csv`: what held volume back.
fn gates(summary: &Summary) -> Result<Table, TableError> {
    let mut sheet = Sheet::new("gates.csv", ["gate", "month", "held", "share_of_held", "share_of_paths"].map(String::from));
    let binding = summary.category(BINDING_GATE);
    let means = |gate: &str, month: usize| summary.series(&format!("held_{gate}"), None).and_then(|s| s.months.get(month)?.mean);
    for gate in binding.map_or(&Gate::WORDS[..], |binding| binding.category.states) {
        for month in 0..summary.header.months {
            let held = means(gate, month);
            let all: f64 = Gate::WORDS.iter().filter_map(|gate| means(gate, month)).sum();
            sheet.word(gate);
            sheet.word(&summary.header.start.plus(month as i32).to_string());
            sheet.number(held);
            sheet.number(held.filter(|_| all > 0.0).map(|held| held / all));
            sheet.number(binding.and_then(|binding| share(binding, month, gate)));
            sheet.end_row();
        }
    }
    sheet.finish()
}

/// `monthly.csv`: every series, month by month.
fn monthly(summary: &Summary) -> Result<Table, TableError> {
    let columns = ["metric", "buyer", "month", "mean", "std_dev", "std_error"].map(String::from).into_iter();
    let columns = columns.chain(PROBABILITIES.map(quantile)).chain(["share_zero".to_owned()]);
    let mut sheet = Sheet::new("monthly.csv", columns);
    for series in &summary.monthly {
        for (month, estimate) in series.months.iter().enumerate() {
            sheet.word(series.series.metric.name);
            sheet.word(buyer(summary, series.series.buyer));
            sheet.word(&summary.header.start.plus(month as i32).to_string());
            sheet.moments(estimate);
            for i in 0..PROBABILITIES.len() {
                sheet.number(estimate.quantiles[i]);
            }
            sheet.number(estimate.share_zero);
            sheet.end_row();
        }
    }
    sheet.finish()
}

/// `outcomes.csv`: one row per outcome and buyer.
///
/// # Errors
/// If a number is not finite.
pub fn outcomes(summary: &Summary) -> Result<Table, TableError> {
    let columns = ["outcome", "buyer", "unit", "paths", "mean", "std_dev", "std_error"].map(String::from).into_iter();
    let columns = columns
        .chain(PROBABILITIES.iter().flat_map(|p| ["", "_low", "_high"].map(|end| quantile(*p) + end)))
        .chain(["share_zero", "share_zero_std_error"].map(String::from))
        .chain(PROBABILITIES.map(|p| format!("if_positive_{}", quantile(p))))
        .chain(["share_censored", "ignorance_share"].map(String::from));
    let mut sheet = Sheet::new("outcomes.csv", columns);
    for row in &summary.outcomes {
        sheet.word(&row.outcome.name);
        sheet.word(buyer(summary, row.outcome.buyer));
        sheet.word(row.outcome.unit);
        sheet.word(&row.estimate.paths.to_string());
        sheet.moments(&row.estimate);
        for i in 0..PROBABILITIES.len() {
            sheet.number(row.estimate.quantiles[i]);
            sheet.number(row.quantile_intervals[i].map(|(low, _)| low));
            sheet.number(row.quantile_intervals[i].map(|(_, high)| high));
        }
        sheet.number(row.estimate.share_zero);
        sheet.number(row.estimate.share_zero_std_error);
        for i in 0..PROBABILITIES.len() {
            sheet.number(row.conditional_quantiles[i]);
        }
        sheet.number(row.share_censored);
        sheet.number(row.ignorance_share);
        sheet.end_row();
    }
    sheet.finish()
}

/// `regimes.csv`: which regime each government is in.
fn regimes(summary: &Summary) -> Result<Table, TableError> {
    let mut sheet = Sheet::new("regimes.csv", ["government", "regime", "month", "share_of_paths"].map(String::from));
    for series in summary.categories.iter().filter(|series| series.category.name != BINDING_GATE) {
        for regime in series.category.states {
            for month in 0..summary.header.months {
                sheet.word(series.category.name);
                sheet.word(regime);
                sheet.word(&summary.header.start.plus(month as i32).to_string());
                sheet.number(share(series, month, regime));
                sheet.end_row();
            }
        }
    }
    sheet.finish()
}

fn share(series: &CategorySummary, month: usize, state: &str) -> Option<f64> {
    let state = series.category.states.iter().position(|s| *s == state)?;
    series.shares.get(month)?.get(state).copied()
}

fn buyer(summary: &Summary, buyer: Option<usize>) -> &str {
    buyer.map_or(TOTAL, |i| summary.header.buyers.get(i).map_or("", |(key, _)| key))
}

/// A table in the making. The first problem is kept and stops the table at the end.
pub(super) struct Sheet {
    name: &'static str,
    columns: Vec<String>,
    row: Vec<String>,
    writer: csv::Writer<Vec<u8>>,
    problem: Option<TableError>,
}

impl Sheet {
    pub fn new(name: &'static str, columns: impl IntoIterator<Item = String>) -> Self {
        let columns: Vec<String> = columns.into_iter().collect();
        let mut sheet = Self { name, row: columns.clone(), columns, writer: csv::Writer::from_writer(Vec::new()), problem: None };
        sheet.end_row();
        sheet
    }

    pub fn word(&mut self, word: &str) {
        self.row.push(word.to_owned());
    }

    pub fn number(&mut self, number: Option<f64>) {
        if number.is_some_and(|x| !x.is_finite()) && self.problem.is_none() {
            let column = self.columns.get(self.row.len()).map_or("", String::as_str);
            let place = format!("{} of {}", column, self.row.iter().take(3).cloned().collect::<Vec<_>>().join(", "));
            self.problem = Some(TableError::NotFinite { table: self.name, place });
        }
        // Adding zero turns -0 into 0. Display is the shortest text that reads back, without an exponent.
        self.row.push(number.map_or_else(String::new, |x| (x + 0.0).to_string()));
    }

    fn moments(&mut self, estimate: &Estimate) {
        self.number(estimate.mean);
        self.number(estimate.std_dev);
        self.number(estimate.std_error);
    }

    pub fn end_row(&mut self) {
        if let Err(error) = self.writer.write_record(&self.row) {
            self.problem.get_or_insert(TableError::Writer(error.to_string()));
        }
        self.row.clear();
    }

    pub fn finish(self) -> Result<Table, TableError> {
        match (self.problem, self.writer.into_inner()) {
            (None, Ok(bytes)) => Ok(Table { name: self.name, bytes }),
            (Some(problem), _) => Err(problem),
            (None, Err(error)) => Err(TableError::Writer(error.to_string())),
        }
    }
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFinite { table, place } => write!(f, "{table}: {place} is not a finite number"),
            Self::Writer(error) => write!(f, "cannot format a table: {error}"),
        }
    }
}

impl std::error::Error for TableError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::example;

    fn text(table: &Table) -> &str {
        std::str::from_utf8(&table.bytes).unwrap()
    }

    fn rows(table: &Table) -> Vec<Vec<String>> {
        let mut reader = csv::Reader::from_reader(&table.bytes[..]);
        reader.records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect()
    }

    #[test]
    fn tables_come_in_the_order_of_their_names_with_the_promised_columns() {
        let tables = tables(&example::summary()).unwrap();
        let heads: Vec<(&str, &str)> = tables.iter().map(|t| (t.name, text(t).lines().next().unwrap())).collect();
        assert_eq!(
            heads,
            [
                ("gates.csv", "gate,month,held,share_of_held,share_of_paths"),
                ("monthly.csv", "metric,buyer,month,mean,std_dev,std_error,p05,p10,p25,p50,p75,p90,p95,share_zero"),
                (
                    "outcomes.csv",
                    "outcome,buyer,unit,paths,mean,std_dev,std_error,p05,p05_low,p05_high,p10,p10_low,p10_high,\
                     p25,p25_low,p25_high,p50,p50_low,p50_high,p75,p75_low,p75_high,p90,p90_low,p90_high,p95,p95_low,p95_high,\
                     share_zero,share_zero_std_error,if_positive_p05,if_positive_p10,if_positive_p25,if_positive_p50,\
                     if_positive_p75,if_positive_p90,if_positive_p95,share_censored,ignorance_share"
                ),
                ("regimes.csv", "government,regime,month,share_of_paths"),
            ]
        );
    }

    #[test]
    fn a_series_is_one_row_per_month_named_by_buyer_key_or_total() {
        let [_, monthly, ..] = tables(&example::summary()).unwrap();
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
        let [_, _, outcomes, _] = tables(&example::summary()).unwrap();
        let rows = rows(&outcomes);
        let undefined = rows.iter().find(|row| row[0] == "need_fill").unwrap();
        assert_eq!(undefined[..4], ["need_fill", "bytedance", "ratio", "0"]);
        assert!(undefined[4..].iter().all(String::is_empty), "{undefined:?}");
    }

    #[test]
    fn numbers_read_back_to_the_same_bits_without_exponent_or_minus_zero() {
        let mut sheet = Sheet::new("x.csv", ["n".to_owned()]);
        let numbers = [0.1 + 0.2, 1e-7, 9.1e26, f64::MIN_POSITIVE, f64::MAX, 1_250_000.0, -3.5, 5e-324];
        for number in numbers {
            sheet.number(Some(number));
            sheet.end_row();
        }
        sheet.number(Some(-0.0));
        sheet.end_row();
        let table = sheet.finish().unwrap();
        let mut lines = text(&table).lines().skip(1);
        for number in numbers {
            let line = lines.next().unwrap();
            assert_eq!(line.parse::<f64>().unwrap().to_bits(), number.to_bits());
            assert!(!line.contains(['e', 'E']), "{line}");
        }
        assert_eq!(lines.next(), Some("0"));
    }

    #[test]
    fn a_number_that_is_not_finite_stops_the_table_and_is_named() {
        let mut summary = example::summary();
        summary.monthly[1].months[1].std_error = Some(f64::NAN);
        let error = tables(&summary).unwrap_err();
        assert_eq!(error.to_string(), "monthly.csv: std_error of delivered, bytedance, 2026-02 is not a finite number");
    }

    #[test]
    fn shares_of_held_chips_add_up_to_one_and_are_empty_when_nothing_is_held() {
        // Held on average in the example: stock 30 and 0, clearing 10 and 0.
        let [gates, ..] = tables(&example::summary()).unwrap();
        let row = |gate: &str, month: &str| rows(&gates).into_iter().find(|r| r[0] == gate && r[1] == month).unwrap()[2..].to_vec();
        assert_eq!(row("stock", "2026-01"), ["30", "0.75", "0.5"]);
        assert_eq!(row("clearing", "2026-01"), ["10", "0.25", "0.25"]);
        assert_eq!(row("none", "2026-01"), ["", "", "0.25"]);
        assert_eq!(row("stock", "2026-02"), ["0", "", "0"]);
        assert_eq!(row("none", "2026-02"), ["", "", "1"]);
    }

    #[test]
    fn every_regime_of_both_governments_has_a_row_in_every_month() {
        let [.., regimes] = tables(&example::summary()).unwrap();
        let rows = rows(&regimes);
        assert_eq!(rows.len(), (4 + 3) * 2);
        assert_eq!(rows[0], ["beijing", "frozen", "2026-01", "1"]);
        assert_eq!(rows[8], ["washington", "revoked", "2026-01", "1"]);
    }

    #[test]
    fn the_digest_is_that_of_the_tables_one_after_another() {
        // printf 'abc' | sha256sum
        let tables = [Table { name: "a.csv", bytes: b"ab".to_vec() }, Table { name: "b.csv", bytes: b"c".to_vec() }];
        assert_eq!(digest(&tables), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
