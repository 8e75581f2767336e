//! What one path hands over: plain integers, laid out once per model.

use crate::lanes::{Row, each};

/// An outcome that this path does not define, such as a ratio of nothing to nothing.
pub const UNDEFINED: i64 = i64::MIN;

/// The numbers of one path. The model owns one per workspace and overwrites it.
///
/// Integers only: sums of integers are exact, so tallies merge to the same bits in any order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// `[series][month]`, `series × months + month`; never [`UNDEFINED`].
    pub monthly: Vec<i64>,
    /// One per outcome cell; may be [`UNDEFINED`].
    pub outcomes: Vec<i64>,
    /// `[category][month]`: which state each categorical series was in.
    pub states: Vec<u8>,
}

/// Where a record has a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cell {
    /// In [`Record::monthly`].
    Monthly(usize),
    /// In [`Record::outcomes`].
    Outcome(usize),
    /// In [`Record::states`].
    State(usize),
}

impl Cell {
    /// Which list of a record, and where in it.
    fn place(self) -> (usize, usize) {
        match self {
            Self::Monthly(i) => (0, i),
            Self::Outcome(i) => (1, i),
            Self::State(i) => (2, i),
        }
    }
}

/// Takes down what a block of `N` paths did, a row of values at a time.
pub trait Sheet<const N: usize> {
    /// The value of each path, whole: NaN where a path does not define an outcome, a state as its position.
    fn take(&mut self, cell: Cell, row: &Row<f64, N>);

    /// Whether nothing is taken down at all.
    fn is_blank(&self) -> bool {
        false
    }
}

/// The words of those who write. Behind a pointer, so that what they write is compiled once and not once for each sheet.
impl<const N: usize> dyn Sheet<N> + '_ {
    /// A monthly value of each path; the cell is `series × months + month`.
    #[inline(always)]
    pub fn monthly<T: Copy + Into<f64>>(&mut self, cell: usize, row: &Row<T, N>) {
        self.take(Cell::Monthly(cell), &each(|l| row[l].into()));
    }

    /// An outcome of each path.
    #[inline(always)]
    pub fn outcome<T: Copy + Into<f64>>(&mut self, cell: usize, row: &Row<T, N>) {
        self.take(Cell::Outcome(cell), &each(|l| row[l].into()));
    }

    /// The state that a category is in; the cell is `category × months + month`.
    #[inline(always)]
    pub fn state(&mut self, cell: usize, state: impl Fn(usize) -> u8) {
        self.take(Cell::State(cell), &each(|l| state(l).into()));
    }
}

/// The first paths of a block, each in a record of its own.
impl<const N: usize> Sheet<N> for Vec<Record> {
    fn take(&mut self, cell: Cell, row: &Row<f64, N>) {
        for (value, record) in row.0.iter().zip(self) {
            match cell {
                // Saturates: what is too large to count stays so.
                Cell::Monthly(i) => record.monthly[i] = *value as i64,
                Cell::Outcome(i) => record.outcomes[i] = if value.is_nan() { UNDEFINED } else { *value as i64 },
                Cell::State(i) => record.states[i] = *value as u8,
            }
        }
    }
}

/// What a block of paths did, in rows that can be read again.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows<const N: usize> {
    /// As [`Record::monthly`].
    pub monthly: Vec<Row<f64, N>>,
    /// As [`Record::outcomes`]; NaN for undefined.
    pub outcomes: Vec<Row<f64, N>>,
    /// As [`Record::states`].
    pub states: Vec<Row<u8, N>>,
}

impl<const N: usize> Rows<N> {
    /// For records as long as this one.
    pub fn like(record: &Record) -> Self {
        Self {
            monthly: vec![Row::default(); record.monthly.len()],
            outcomes: vec![Row::default(); record.outcomes.len()],
            states: vec![Row::default(); record.states.len()],
        }
    }
}

impl Rows<1> {
    /// The same as a record of one path.
    pub fn copy(&mut self, record: &Record) {
        let real = |value: i64| if value == UNDEFINED { f64::NAN } else { value as f64 };
        self.monthly.iter_mut().zip(&record.monthly).for_each(|(row, value)| row[0] = *value as f64);
        self.outcomes.iter_mut().zip(&record.outcomes).for_each(|(row, value)| row[0] = real(*value));
        self.states.iter_mut().zip(&record.states).for_each(|(row, state)| row[0] = *state);
    }
}

impl<const N: usize> Sheet<N> for Rows<N> {
    fn take(&mut self, cell: Cell, row: &Row<f64, N>) {
        match cell {
            Cell::Monthly(i) => self.monthly[i] = *row,
            Cell::Outcome(i) => self.outcomes[i] = *row,
            Cell::State(i) => self.states[i] = each(|l| row[l] as u8),
        }
    }
}

/// Takes down a few cells of a block and nothing else: as real numbers, NaN for undefined, a state as its position.
#[derive(Clone, Debug)]
pub struct Selection<const N: usize> {
    /// The cells, rising.
    cells: Vec<Cell>,
    /// For each cell of a record the row it goes to; [`NOWHERE`] for most.
    places: [Vec<u32>; 3],
    rows: Vec<Row<f64, N>>,
}

/// The place of a cell that is not taken down.
const NOWHERE: u32 = u32::MAX;

impl<const N: usize> Selection<N> {
    /// Of some cells of records as long as this one. A cell may be named more than once.
    pub fn new(record: &Record, cells: impl IntoIterator<Item = Cell>) -> Self {
        let mut cells: Vec<Cell> = cells.into_iter().collect();
        cells.sort_unstable();
        cells.dedup();
        let mut places = [record.monthly.len(), record.outcomes.len(), record.states.len()].map(|length| vec![NOWHERE; length]);
        for (row, cell) in cells.iter().enumerate() {
            let (list, position) = cell.place();
            places[list][position] = row as u32;
        }
        Self { rows: vec![Row::default(); cells.len()], cells, places }
    }

    /// The value of a cell in a path of the block; NaN of a cell that was not asked for.
    pub fn value(&self, cell: Cell, path: usize) -> f64 {
        self.cells.binary_search(&cell).map_or(f64::NAN, |row| self.rows[row][path])
    }

    /// Takes down a path that was played alone.
    pub fn copy(&mut self, path: usize, record: &Record) {
        for (row, cell) in self.rows.iter_mut().zip(&self.cells) {
            row[path] = match *cell {
                Cell::Monthly(i) => record.monthly[i] as f64,
                Cell::Outcome(i) if record.outcomes[i] == UNDEFINED => f64::NAN,
                Cell::Outcome(i) => record.outcomes[i] as f64,
                Cell::State(i) => record.states[i].into(),
            };
        }
    }
}

impl<const N: usize> Sheet<N> for Selection<N> {
    fn take(&mut self, cell: Cell, row: &Row<f64, N>) {
        let (list, position) = cell.place();
        if let Some(place) = self.rows.get_mut(self.places[list][position] as usize) {
            *place = *row;
        }
    }
}

/// Takes nothing down: shows what a run costs without its record.
impl<const N: usize> Sheet<N> for () {
    fn take(&mut self, _: Cell, _: &Row<f64, N>) {}

    fn is_blank(&self) -> bool {
        true
    }
}
