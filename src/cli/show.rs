//! `greenlight show`: every value in force, and the file and line it came from.

use std::io::Write;
use std::path::Path;

use super::exit::{Exit, Failure, say};
use crate::io::scenario_files::load;
use crate::scenario::{Row, Scenario, rows};

/// The columns of the table.
const COLUMNS: [&str; 6] = ["key", "value", "unit", "from", "source", "grade"];
/// The widest cell, in characters.
const WIDEST: usize = 60;

/// Prints the values of a scenario after inheritance and `--set`.
///
/// # Errors
/// Every problem of the scenario.
pub fn show(path: &Path, sets: &[String], out: &mut dyn Write) -> Result<Exit, Failure> {
    let scenario = load(path, sets)?;
    let table: Vec<[String; COLUMNS.len()]> = rows(&scenario).iter().map(|row| cells(&scenario, row)).collect();
    let header = COLUMNS.map(str::to_owned);
    let mut widths = header.each_ref().map(|cell| cell.chars().count());
    for line in &table {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let lines = std::iter::once(&header).chain(&table).map(|line| aligned(line, &widths));
    say(out, &lines.collect::<String>())?;
    Ok(Exit::Ok)
}

fn cells(scenario: &Scenario, row: &Row) -> [String; COLUMNS.len()] {
    let input = row.input.as_ref();
    let source = input.and_then(|input| input.source.clone()).unwrap_or_default();
    let grade = input.and_then(|input| input.grade).map_or("", |grade| grade.word());
    [row.key.clone(), cut(&row.value), row.unit.to_owned(), scenario.place(row.origin), source, grade.to_owned()]
}

fn cut(text: &str) -> String {
    if text.chars().count() <= WIDEST { text.to_owned() } else { text.chars().take(WIDEST - 1).chain(['…']).collect() }
}

fn aligned(cells: &[String], widths: &[usize]) -> String {
    let padded: Vec<String> = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
    format!("{}\n", padded.join("  ").trim_end())
}
