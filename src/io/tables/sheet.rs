//! A table: columns of one kind each, filled row by row.
//!
//! Unknown is an empty field, never 0. A number is written in the shortest form that reads back to
//! the same value. No cell can be a formula, whatever a file is called.

use crate::scenario::escape;
use std::borrow::Cow;
use std::fmt::{self, Write};
use std::sync::Arc;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Words; UTF-8 in Parquet.
    Text,
    /// Whole numbers; INT64 in Parquet.
    Whole,
    /// Real numbers; DOUBLE in Parquet.
    Real,
}

impl Kind {
    /// The word for it in the codebook.
    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Whole => "whole",
            Self::Real => "real",
        }
    }
}

/// One column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Name in the first line, and in Parquet.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// Unit in words; empty where it has none, or where another column says it.
    pub unit: &'static str,
    /// Whether a field may be empty.
    pub may_be_empty: bool,
    /// Whether real numbers are written `2.0` where they are whole. Programs guess the type of a column from the
    /// first rows of a long file, and take 30-digit numbers without a point for text.
    pub has_point: bool,
}

impl Column {
    /// A column of words that are always known.
    pub fn text(name: impl Into<String>) -> Self {
        Self { name: name.into(), kind: Kind::Text, unit: "", may_be_empty: false, has_point: false }
    }

    /// A column of whole numbers that are always known.
    pub fn whole(name: impl Into<String>) -> Self {
        Self { name: name.into(), kind: Kind::Whole, unit: "", may_be_empty: false, has_point: false }
    }

    /// A column of real numbers, of which any may be unknown.
    pub fn real(name: impl Into<String>) -> Self {
        Self { name: name.into(), kind: Kind::Real, unit: "", may_be_empty: true, has_point: false }
    }

    /// The same, in a unit.
    pub fn unit(self, unit: &'static str) -> Self {
        Self { unit, ..self }
    }

    /// The same, with a decimal point in every number.
    pub fn with_point(self) -> Self {
        Self { has_point: true, ..self }
    }

    /// The same, with fields that may be empty.
    pub fn or_empty(self) -> Self {
        Self { may_be_empty: true, ..self }
    }
}

/// The fields of one column, from the first row to the last.
#[derive(Clone, Debug, PartialEq)]
pub enum Cells {
    /// Of a column of words.
    Text(Vec<Option<String>>),
    /// Of a column of whole numbers.
    Whole(Vec<Option<i64>>),
    /// Of a column of real numbers.
    Real(Vec<Option<f64>>),
}

/// One finished table, or a piece of one.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// File name without its ending.
    pub name: &'static str,
    /// Its columns, in order.
    pub columns: Arc<[Column]>,
    /// One per column.
    pub cells: Vec<Cells>,
    /// The table as CSV text.
    pub csv: Vec<u8>,
}

/// Why there is no table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TableError {
    /// A NaN or an infinity reached a table.
    NotFinite {
        /// Name of the table.
        table: &'static str,
        /// Which number: the words of its row and its column.
        place: String,
    },
    /// A row does not fit its columns, or cannot be formatted; a bug of ours.
    Writer(String),
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFinite { table, place } => write!(f, "table {table}: {place} is not a finite number"),
            Self::Writer(error) => write!(f, "cannot format a table: {error}"),
        }
    }
}

impl std::error::Error for TableError {}

/// A table in the making. The first problem is kept and stops the table at the end.
///
/// ```
/// use greenlight::io::tables::{Column, Sheet};
///
/// let columns = [Column::text("buyer"), Column::whole("paths"), Column::real("mean").unit("chips")];
/// let mut sheet = Sheet::new("example", columns);
/// sheet.word("bytedance").count(50).number(1.5).end_row();
/// sheet.word("total").count(50).number(None).end_row();
/// assert_eq!(sheet.finish().unwrap().csv, b"buyer,paths,mean\nbytedance,50,1.5\ntotal,50,\n");
/// ```
#[derive(Debug)]
pub struct Sheet {
    name: &'static str,
    columns: Arc<[Column]>,
    cells: Vec<Cells>,
    /// The column to be filled next.
    next: usize,
    csv: csv::Writer<Vec<u8>>,
    /// Room for one number in digits.
    digits: String,
    problem: Option<TableError>,
}

impl Sheet {
    /// An empty table. `name` is the file's, without its ending.
    pub fn new(name: &'static str, columns: impl Into<Arc<[Column]>>) -> Self {
        let mut sheet = Self::more(name, columns);
        let heading = sheet.csv.write_record(sheet.columns.iter().map(|column| column.name.as_bytes()));
        sheet.check(heading);
        sheet
    }

    /// More rows of a table: its CSV text has no heading.
    pub fn more(name: &'static str, columns: impl Into<Arc<[Column]>>) -> Self {
        let columns = columns.into();
        let cells = columns.iter().map(|column| match column.kind {
            Kind::Text => Cells::Text(Vec::new()),
            Kind::Whole => Cells::Whole(Vec::new()),
            Kind::Real => Cells::Real(Vec::new()),
        });
        let csv = csv::Writer::from_writer(Vec::new());
        Self { name, cells: cells.collect(), columns, next: 0, csv, digits: String::new(), problem: None }
    }

    /// Fills the next field with a word.
    pub fn word(&mut self, word: &str) -> &mut Self {
        let word = inert(word);
        let written = self.csv.write_field(&*word);
        self.check(written);
        match self.cells.get_mut(self.next) {
            Some(Cells::Text(cells)) => cells.push(Some(word.into_owned())),
            _ => self.refuse("a word"),
        }
        self.advance(false)
    }

    /// Leaves the next field empty, whatever it holds.
    pub fn empty(&mut self) -> &mut Self {
        self.write_digits(None::<i64>);
        match self.cells.get_mut(self.next) {
            Some(Cells::Text(cells)) => cells.push(None),
            Some(Cells::Whole(cells)) => cells.push(None),
            Some(Cells::Real(cells)) => cells.push(None),
            None => self.refuse("an empty field"),
        }
        self.advance(true)
    }

    /// Fills the next field with a whole number, or leaves it empty.
    pub fn count(&mut self, count: impl Into<Option<i64>>) -> &mut Self {
        let count = count.into();
        self.write_digits(count);
        match self.cells.get_mut(self.next) {
            Some(Cells::Whole(cells)) => cells.push(count),
            _ => self.refuse("a whole number"),
        }
        self.advance(count.is_none())
    }

    /// Fills the next field with a real number, or leaves it empty.
    pub fn number(&mut self, number: impl Into<Option<f64>>) -> &mut Self {
        // Adding zero turns -0 into 0.
        let number = number.into().map(|x| x + 0.0);
        if number.is_some_and(|x| !x.is_finite()) && self.problem.is_none() {
            self.problem = Some(TableError::NotFinite { table: self.name, place: self.place() });
        }
        // Display is the shortest text that reads back, without an exponent.
        self.write_digits(number);
        match self.cells.get_mut(self.next) {
            Some(Cells::Real(cells)) => cells.push(number),
            _ => self.refuse("a real number"),
        }
        self.advance(number.is_none())
    }

    /// Ends the row; every column must have been filled.
    pub fn end_row(&mut self) {
        if self.next != self.columns.len() {
            self.refuse("the end of a row");
        }
        self.next = 0;
        let ended = self.csv.write_record(None::<&[u8]>);
        self.check(ended);
    }

    /// The finished table.
    ///
    /// # Errors
    /// The first problem of any row.
    pub fn finish(self) -> Result<Table, TableError> {
        match (self.problem, self.csv.into_inner()) {
            (None, Ok(csv)) => Ok(Table { name: self.name, columns: self.columns, cells: self.cells, csv }),
            (Some(problem), _) => Err(problem),
            (None, Err(error)) => Err(TableError::Writer(error.to_string())),
        }
    }

    fn write_digits(&mut self, number: Option<impl fmt::Display>) {
        self.digits.clear();
        if let Some(number) = number {
            // Writing to a string cannot fail.
            let _ = write!(self.digits, "{number}");
            if self.columns.get(self.next).is_some_and(|column| column.has_point) && !self.digits.contains('.') {
                self.digits += ".0";
            }
        }
        let written = self.csv.write_field(&self.digits);
        self.check(written);
    }

    fn advance(&mut self, is_empty: bool) -> &mut Self {
        if is_empty && self.columns.get(self.next).is_some_and(|column| !column.may_be_empty) {
            self.refuse("nothing");
        }
        self.next += 1;
        self
    }

    /// Keeps that `what` came where the columns ask for something else.
    fn refuse(&mut self, what: &str) {
        let expected = self.columns.get(self.next).map_or("the end of the row".into(), |column| format!("{:?}", column.name));
        self.problem.get_or_insert_with(|| TableError::Writer(format!("table {}: {what} where {expected} belongs", self.name)));
    }

    fn check(&mut self, written: csv::Result<()>) {
        if let Err(error) = written {
            self.problem.get_or_insert_with(|| TableError::Writer(error.to_string()));
        }
    }

    /// The column to be filled next, and the first fields of the row.
    fn place(&self) -> String {
        let column = self.columns.get(self.next).map_or("", |column| &column.name);
        let first = self.cells.iter().take(self.next.min(3)).map(|cells| match cells {
            Cells::Text(cells) => cells.last().cloned().flatten().unwrap_or_default(),
            Cells::Whole(cells) => cells.last().copied().flatten().map_or_else(String::new, |x| x.to_string()),
            Cells::Real(cells) => cells.last().copied().flatten().map_or_else(String::new, |x| x.to_string()),
        });
        format!("{column} of {}", first.collect::<Vec<_>>().join(", "))
    }
}

/// What a spreadsheet takes for the beginning of a formula, in its wide forms too.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// A word that is no formula, moves no cursor and hides nothing. Words of ours and checked keys stay as they are.
fn inert(word: &str) -> Cow<'_, str> {
    let shown = escape(word);
    match shown.starts_with(FORMULA) {
        true => Cow::Owned(format!("'{shown}")),
        false if shown == word => Cow::Borrowed(word),
        false => Cow::Owned(shown),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(sheet: Sheet) -> String {
        sheet.finish().unwrap_err().to_string()
    }

    #[test]
    fn a_table_holds_the_same_fields_as_text_and_as_values() {
        let columns = [Column::text("buyer").or_empty(), Column::whole("first_month").or_empty(), Column::real("mean")];
        let mut sheet = Sheet::new("x", columns);
        sheet.word("字节, \"B\"").count(-3).number(0.25).end_row();
        sheet.empty().count(None).number(None).end_row();
        let table = sheet.finish().unwrap();
        assert_eq!(String::from_utf8(table.csv).unwrap(), "buyer,first_month,mean\n\"字节, \"\"B\"\"\",-3,0.25\n,,\n");
        let text = Cells::Text(vec![Some("字节, \"B\"".into()), None]);
        assert_eq!(table.cells, [text, Cells::Whole(vec![Some(-3), None]), Cells::Real(vec![Some(0.25), None])]);
    }

    #[test]
    fn more_rows_have_no_heading() {
        let mut sheet = Sheet::more("x", [Column::whole("n")]);
        sheet.count(1).end_row();
        assert_eq!(sheet.finish().unwrap().csv, b"1\n");
    }

    #[test]
    fn numbers_read_back_to_the_same_bits_without_exponent_or_minus_zero() {
        let mut sheet = Sheet::more("x", [Column::real("n")]);
        let numbers = [0.1 + 0.2, 1e-7, 9.1e26, f64::MIN_POSITIVE, f64::MAX, 1_250_000.0, -3.5, 5e-324];
        numbers.iter().for_each(|number| sheet.number(*number).end_row());
        sheet.number(-0.0).end_row();
        let table = sheet.finish().unwrap();
        let text = String::from_utf8(table.csv).unwrap();
        for (line, number) in text.lines().zip(numbers) {
            assert_eq!(line.parse::<f64>().unwrap().to_bits(), number.to_bits());
            assert!(!line.contains(['e', 'E']), "{line}");
        }
        assert_eq!(text.lines().last(), Some("0"));
        let Cells::Real(cells) = &table.cells[0] else { panic!("{:?}", table.cells) };
        assert_eq!(cells.last().unwrap().unwrap().to_bits(), 0, "no minus zero among the values either");
    }

    #[test]
    fn a_column_with_a_point_shows_it_in_whole_numbers_too() {
        let mut sheet = Sheet::more("x", [Column::real("n").with_point(), Column::real("m")]);
        sheet.number(2.0).number(2.0).end_row();
        sheet.number(0.5).number(0.5).end_row();
        sheet.number(3e22).empty().end_row();
        assert_eq!(String::from_utf8(sheet.finish().unwrap().csv).unwrap(), "2.0,2\n0.5,0.5\n30000000000000000000000.0,\n");
    }

    #[test]
    fn a_number_that_is_not_finite_is_named_by_its_column_and_row() {
        let mut sheet = Sheet::new("x", [Column::text("metric"), Column::whole("paths"), Column::real("mean"), Column::real("p05")]);
        sheet.word("delivered").count(7).number(1.5).number(f64::INFINITY).end_row();
        assert_eq!(message(sheet), "table x: p05 of delivered, 7, 1.5 is not a finite number");
    }

    #[test]
    fn a_row_that_does_not_fit_its_columns_stops_the_table() {
        let new = || Sheet::new("x", [Column::text("a"), Column::whole("b")]);
        let mut sheet = new();
        sheet.word("one").number(2.0).end_row();
        assert_eq!(message(sheet), "cannot format a table: table x: a real number where \"b\" belongs");
        let mut sheet = new();
        sheet.word("one").end_row();
        assert_eq!(message(sheet), "cannot format a table: table x: the end of a row where \"b\" belongs");
        let mut sheet = new();
        sheet.word("one").count(2).count(3).end_row();
        assert_eq!(message(sheet), "cannot format a table: table x: a whole number where the end of the row belongs");
        let mut sheet = new();
        sheet.empty().count(2).end_row();
        assert_eq!(message(sheet), "cannot format a table: table x: nothing where \"a\" belongs");
    }

    #[test]
    fn no_word_becomes_a_formula_or_moves_the_cursor() {
        for (word, shown) in [
            ("=cmd|'/c calc'!A1", "'=cmd|'/c calc'!A1"),
            ("+1", "'+1"),
            ("-2+3", "'-2+3"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("＝1+1", "'＝1+1"),
            ("\t=1", "\\u{9}=1"),
            ("\r\n=1", "\\u{d}\\u{a}=1"),
            ("\u{1b}[2J", "\\u{1b}[2J"),
            ("a\u{202e}b", "a\\u{202e}b"),
            ("bytedance", "bytedance"),
            ("2026-01", "2026-01"),
            ("字节跳动", "字节跳动"),
        ] {
            assert_eq!(inert(word), shown);
        }
    }
}
