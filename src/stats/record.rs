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

/// Takes down what a block of `N` paths did, a row of values at a time.
pub trait Sheet<const N: usize> {
    /// A monthly value of each path, whole; the cell is `series × months + month`.
    fn monthly<T: Copy + Into<f64>>(&mut self, cell: usize, row: &Row<T, N>);
    /// An outcome of each path, whole; NaN where the path does not define it.
    fn outcome<T: Copy + Into<f64>>(&mut self, cell: usize, row: &Row<T, N>);
    /// The state that a category is in; the cell is `category × months + month`.
    fn state(&mut self, cell: usize, state: impl Fn(usize) -> u8);
}

/// The first paths of a block, each in a record of its own.
impl<const N: usize> Sheet<N> for [Record] {
    #[inline(always)]
    fn monthly<T: Copy + Into<f64>>(&mut self, cell: usize, row: &Row<T, N>) {
        for (value, record) in row.0.iter().zip(self) {
            // Saturates: what is too large to count stays so.
            record.monthly[cell] = (*value).into() as i64;
        }
    }

    #[inline(always)]
    fn outcome<T: Copy + Into<f64>>(&mut self, cell: usize, row: &Row<T, N>) {
        for (value, record) in row.0.iter().zip(self) {
            let value = (*value).into();
            record.outcomes[cell] = if value.is_nan() { UNDEFINED } else { value as i64 };
        }
    }

    #[inline(always)]
    fn state(&mut self, cell: usize, state: impl Fn(usize) -> u8) {
        for (l, record) in self.iter_mut().enumerate().take(N) {
            record.states[cell] = state(l);
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
    #[inline(always)]
    fn monthly<T: Copy + Into<f64>>(&mut self, cell: usize, row: &Row<T, N>) {
        self.monthly[cell] = each(|l| row[l].into());
    }

    #[inline(always)]
    fn outcome<T: Copy + Into<f64>>(&mut self, cell: usize, row: &Row<T, N>) {
        self.outcomes[cell] = each(|l| row[l].into());
    }

    #[inline(always)]
    fn state(&mut self, cell: usize, state: impl Fn(usize) -> u8) {
        self.states[cell] = each(state);
    }
}

/// Takes nothing down: shows what a run costs without its record.
impl<const N: usize> Sheet<N> for () {
    #[inline(always)]
    fn monthly<T: Copy + Into<f64>>(&mut self, _: usize, _: &Row<T, N>) {}

    #[inline(always)]
    fn outcome<T: Copy + Into<f64>>(&mut self, _: usize, _: &Row<T, N>) {}

    #[inline(always)]
    fn state(&mut self, _: usize, _: impl Fn(usize) -> u8) {}
}
