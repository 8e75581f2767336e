//! Fills a tally path by path.

use std::fmt;
use std::mem;

use super::cells::{MAX_SUMMED, Sums};
use super::tally::{MONTHLY_BITS, OUTCOME_BITS, PartialWorld};
use super::{Cell, MergeError, OpenWorlds, PATH_LIMIT, Record, Sheet, Tally, TallyShape, UNDEFINED, VALUE_LIMIT};
use crate::lanes::{Isa, Row};

/// Accepts the records of paths; [`Recorder::finish`] gives their tally.
///
/// The order of paths never matters to the tally. Paths of one world in a row are fastest.
#[derive(Clone, Debug)]
pub struct Recorder {
    tally: Tally,
    /// The world of the last path, while it misses paths.
    world: Option<u64>,
    /// Its paths that are in the sums.
    summed: u64,
    monthly: Sums<MONTHLY_BITS>,
    outcomes: Sums<OUTCOME_BITS>,
    /// Paths of the open block, and whether a value of theirs cannot be counted.
    live: usize,
    uncountable: bool,
}

/// Which cells of a record are counted, and as which cells of the tally.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// By cell of [`Record::monthly`].
    pub monthly: Vec<Option<usize>>,
    /// By cell of [`Record::outcomes`].
    pub outcomes: Vec<Option<usize>>,
}

/// Why a record cannot be counted: a fault of the model, or a quantity beyond all bounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordError {
    /// Its lists do not have the lengths that belong to the [`TallyShape`].
    Shape,
    /// A monthly value at or beyond ±[`VALUE_LIMIT`].
    Monthly {
        /// `series × months + month`.
        cell: usize,
        /// The value.
        value: i64,
    },
    /// An outcome at or beyond ±[`VALUE_LIMIT`].
    Outcome {
        /// Position among the recorded outcomes.
        cell: usize,
        /// The value.
        value: i64,
    },
    /// A state that the category does not have.
    State {
        /// `category × months + month`.
        cell: usize,
        /// The state.
        state: u8,
    },
    /// Some value of a block of paths.
    Block,
    /// The path lies outside its world, or beyond [`PATH_LIMIT`].
    Position,
    /// The path was counted before.
    Twice(MergeError),
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shape => write!(f, "the record of a path has another shape than the tally"),
            Self::Monthly { cell, value } => {
                write!(f, "monthly cell {cell} has the value {value}: magnitudes must lie below {VALUE_LIMIT}")
            }
            Self::Outcome { cell, value } => {
                write!(f, "outcome cell {cell} has the value {value}: magnitudes must lie below {VALUE_LIMIT}")
            }
            Self::State { cell, state } => write!(f, "category cell {cell} has the state {state}, which does not exist"),
            Self::Block => write!(f, "a block of paths has a value that cannot be counted"),
            Self::Position => write!(f, "the path lies outside its world, or the run has more than {PATH_LIMIT} paths"),
            Self::Twice(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for RecordError {}

const LIMIT: u64 = VALUE_LIMIT as u64;

impl Recorder {
    /// A recorder of no paths yet.
    pub fn new(shape: TallyShape) -> Self {
        let tally = Tally::new(shape);
        Self {
            world: None,
            summed: 0,
            live: 0,
            uncountable: false,
            monthly: Sums::new(tally.shape.monthly_cells, tally.monthly.group),
            outcomes: Sums::new(tally.shape.outcome_cells, tally.outcomes.group),
            tally,
        }
    }

    /// The same recorder on another set of vector instructions; it counts the same on each.
    pub fn with_isa(mut self, isa: Isa) -> Self {
        (self.monthly.isa, self.outcomes.isa) = (isa, isa);
        self
    }

    /// The same recorder of longer records, of which it counts an excerpt.
    pub fn with_excerpt(mut self, excerpt: &Excerpt) -> Self {
        self.monthly = self.monthly.with_places(excerpt.monthly.clone());
        self.outcomes = self.outcomes.with_places(excerpt.outcomes.clone());
        self
    }

    /// Counts one path.
    pub fn push(&mut self, world: u64, path_in_world: u64, record: &Record) -> Result<(), RecordError> {
        let position = self.position(world, path_in_world).ok_or(RecordError::Position)?;
        self.check(record)?;
        if self.world != Some(world) {
            self.leave_world().map_err(RecordError::Twice)?;
            self.enter_world(world);
        }
        self.tally.coverage.push(position);
        self.outcomes.enter(world, path_in_world);
        self.count_states(&record.states);
        self.monthly.push(&record.monthly, &mut self.tally.monthly);
        self.outcomes.push(&record.outcomes, &mut self.tally.outcomes);
        self.summed += 1;
        if self.summed == self.tally.shape.paths_per_world {
            self.end_world();
        } else if self.summed == MAX_SUMMED {
            self.leave_world().map_err(RecordError::Twice)?;
        }
        Ok(())
    }

    /// Moves worlds of which paths are missing to `shared`, and takes over those that have all now.
    ///
    /// Threads that share the paths of large worlds call this now and then, so that few worlds are open.
    pub fn exchange(&mut self, shared: &mut OpenWorlds) -> Result<(), MergeError> {
        self.leave_world()?;
        for (world, part) in mem::take(&mut self.tally.open.0) {
            if let Some(whole) = shared.add(world, part, self.tally.shape.paths_per_world)? {
                self.tally.fold(world, &whole);
            }
        }
        Ok(())
    }

    /// The tally of all paths pushed.
    pub fn finish(mut self) -> Result<Tally, MergeError> {
        self.leave_world()?;
        self.monthly.count(&mut self.tally.monthly);
        self.outcomes.count(&mut self.tally.outcomes);
        Ok(self.tally)
    }

    /// Opens a block: what the first `live` of `N` paths from `path_in_world` on did, a row at a time through [`Sheet`].
    pub fn open_block(&mut self, world: u64, path_in_world: u64, live: usize) -> Result<(), RecordError> {
        if self.world != Some(world) || self.summed + live as u64 > MAX_SUMMED {
            self.leave_world().map_err(RecordError::Twice)?;
            self.enter_world(world);
        }
        for path in path_in_world..path_in_world + live as u64 {
            let position = self.position(world, path).ok_or(RecordError::Position)?;
            self.tally.coverage.push(position);
        }
        self.outcomes.enter(world, path_in_world);
        (self.live, self.uncountable) = (live, false);
        Ok(())
    }

    /// Closes the block.
    ///
    /// # Errors
    /// If it has a value that cannot be counted. The recorder is of no use then.
    pub fn close_block(&mut self) -> Result<(), RecordError> {
        if self.uncountable {
            return Err(RecordError::Block);
        }
        self.monthly.advance(self.live, &mut self.tally.monthly);
        self.outcomes.advance(self.live, &mut self.tally.outcomes);
        self.summed += self.live as u64;
        if self.summed == self.tally.shape.paths_per_world {
            self.end_world();
        }
        Ok(())
    }

    fn position(&self, world: u64, path_in_world: u64) -> Option<u64> {
        let paths_per_world = self.tally.shape.paths_per_world;
        let position = world.checked_mul(paths_per_world)?.checked_add(path_in_world)?;
        (path_in_world < paths_per_world && position < PATH_LIMIT && self.tally.paths() < PATH_LIMIT).then_some(position)
    }

    fn check(&self, record: &Record) -> Result<(), RecordError> {
        let shape = &self.tally.shape;
        let lengths = (record.monthly.len(), record.outcomes.len(), record.states.len());
        if lengths != (self.monthly.record_cells(), self.outcomes.record_cells(), shape.states.len() * shape.months) {
            return Err(RecordError::Shape);
        }
        // One pass without branches finds out whether anything is wrong; a second one, what.
        if record.monthly.iter().fold(0, |bits, value| bits | value.unsigned_abs()) >= LIMIT {
            let found = record.monthly.iter().enumerate().find(|(_, value)| value.unsigned_abs() >= LIMIT);
            return Err(found.map_or(RecordError::Shape, |(cell, value)| RecordError::Monthly { cell, value: *value }));
        }
        let too_large = |value: &i64| *value != UNDEFINED && value.unsigned_abs() >= LIMIT;
        if let Some(cell) = record.outcomes.iter().position(too_large) {
            return Err(RecordError::Outcome { cell, value: record.outcomes[cell] });
        }
        for (category, months) in record.states.chunks(shape.months.max(1)).enumerate() {
            if let Some(month) = months.iter().position(|state| usize::from(*state) >= shape.states[category]) {
                return Err(RecordError::State { cell: category * shape.months + month, state: months[month] });
            }
        }
        Ok(())
    }

    fn count_states(&mut self, states: &[u8]) {
        let mut start = 0;
        for (category, months) in states.chunks(self.tally.shape.months.max(1)).enumerate() {
            for state in months {
                self.tally.states[start + usize::from(*state)] += 1;
                start += self.tally.shape.states[category];
            }
        }
    }

    /// Begins with a world's paths, all or some.
    fn enter_world(&mut self, world: u64) {
        self.world = Some(world);
    }

    /// Counts paths by the state they are in; false if there is no such state.
    fn count_row(&mut self, cell: usize, states: &[f64]) -> bool {
        let shape = &self.tally.shape;
        let (category, month) = (cell / shape.months, cell % shape.months);
        let before: usize = shape.states[..category].iter().sum();
        let (start, count) = (before * shape.months + month * shape.states[category], shape.states[category]);
        let counts = &mut self.tally.states[start..start + count];
        states.iter().all(|state| counts.get_mut(*state as usize).map(|paths| *paths += 1).is_some())
    }

    /// Closes the world of the last path, all of which is in the sums.
    fn end_world(&mut self) {
        if let Some(world) = self.world.take() {
            self.tally.fold_sums(world, self.monthly.take(), self.outcomes.take());
        }
        self.summed = 0;
    }

    /// Puts the world of the last path aside if it misses paths.
    fn leave_world(&mut self) -> Result<(), MergeError> {
        let Some(world) = self.world.take() else { return Ok(()) };
        let part = PartialWorld {
            paths: mem::take(&mut self.summed),
            monthly: self.monthly.take().collect(),
            outcomes: self.outcomes.take().collect(),
        };
        if let Some(whole) = self.tally.open.add(world, part, self.tally.shape.paths_per_world)? {
            self.tally.fold(world, &whole);
        }
        Ok(())
    }
}

/// The rows of the open block.
impl<const N: usize> Sheet<N> for Recorder {
    fn take(&mut self, cell: Cell, row: &Row<f64, N>) {
        self.uncountable |= match cell {
            Cell::Monthly(i) => !self.monthly.push_row(i, row, self.live),
            Cell::Outcome(i) => !self.outcomes.push_row(i, row, self.live),
            Cell::State(i) => !self.count_row(i, &row.0[..self.live.min(N)]),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{record, shape};
    use super::*;
    use crate::lanes::each;

    #[test]
    fn records_that_cannot_be_counted_are_refused_and_leave_no_trace() {
        let shape = shape(3);
        let good = record(&shape, 0);
        let mut recorder = Recorder::new(shape.clone());
        let mut refuse = |change: &dyn Fn(&mut Record), expected: RecordError| {
            let mut bad = good.clone();
            change(&mut bad);
            assert_eq!(recorder.push(0, 0, &bad), Err(expected));
        };
        refuse(&|r| r.monthly.truncate(3), RecordError::Shape);
        refuse(&|r| r.monthly[2] = VALUE_LIMIT, RecordError::Monthly { cell: 2, value: VALUE_LIMIT });
        refuse(&|r| r.monthly[2] = UNDEFINED, RecordError::Monthly { cell: 2, value: UNDEFINED });
        refuse(&|r| r.outcomes[1] = -VALUE_LIMIT, RecordError::Outcome { cell: 1, value: -VALUE_LIMIT });
        refuse(&|r| r.states[4] = 3, RecordError::State { cell: 4, state: 3 });
        assert_eq!(recorder.push(0, 3, &good), Err(RecordError::Position));
        assert_eq!(recorder.push(PATH_LIMIT / 3 + 1, 0, &good), Err(RecordError::Position));
        assert_eq!(recorder.finish().unwrap().to_bytes(), Tally::new(shape).to_bytes());
    }

    #[test]
    fn a_block_counts_what_its_paths_count() {
        // Zeros, gaps, negative and very large values; more paths than wait at a time, and a world in two blocks.
        let shape = shape(30);
        let mut alone = Recorder::new(shape.clone());
        let mut blocks = Recorder::new(shape.clone());
        for world in 0..40 {
            let records: Vec<_> = (0..30).map(|path| record(&shape, world * 30 + path)).collect();
            (0..30).for_each(|path| alone.push(world, path, &records[path as usize]).unwrap());
            for (first, live) in [(0, 22), (22, 8)] {
                blocks.open_block(world, first as u64, live).unwrap();
                let sheet: &mut dyn Sheet<56> = &mut blocks;
                let of = |l: usize| &records[(first + l).min(29)];
                let real = |value: i64| if value == UNDEFINED { f64::NAN } else { value as f64 };
                (0..shape.monthly_cells).for_each(|cell| sheet.monthly(cell, &each::<_, 56>(|l| real(of(l).monthly[cell]))));
                (0..shape.outcome_cells).for_each(|cell| sheet.outcome(cell, &each::<_, 56>(|l| real(of(l).outcomes[cell]))));
                (0..6).for_each(|cell| sheet.state(cell, |l| of(l).states[cell]));
                blocks.close_block().unwrap();
            }
        }
        assert_eq!(blocks.finish().unwrap().to_bytes(), alone.finish().unwrap().to_bytes());
    }

    #[test]
    fn an_excerpt_counts_its_cells_and_no_others() {
        // The second month and the first, and the last outcome; a value too large elsewhere is not its concern in a block.
        let whole = shape(30);
        let short = TallyShape { monthly_cells: 2, outcome_cells: 1, ..whole.clone() };
        let mut excerpt = Excerpt { monthly: vec![None; whole.monthly_cells], outcomes: vec![None; whole.outcome_cells] };
        (excerpt.monthly[1], excerpt.monthly[0], excerpt.outcomes[whole.outcome_cells - 1]) = (Some(0), Some(1), Some(0));
        let mut all = Recorder::new(whole.clone());
        let mut one_by_one = Recorder::new(short.clone()).with_excerpt(&excerpt);
        let mut block = one_by_one.clone();
        let records: Vec<_> = (0..30).map(|path| record(&whole, path)).collect();
        for (path, record) in records.iter().enumerate() {
            all.push(0, path as u64, record).unwrap();
            one_by_one.push(0, path as u64, record).unwrap();
        }
        block.open_block(0, 0, 30).unwrap();
        let sheet: &mut dyn Sheet<56> = &mut block;
        let real = |value: i64| if value == UNDEFINED { f64::NAN } else { value as f64 };
        let of = |l: usize| &records[l.min(29)];
        for cell in 0..whole.monthly_cells {
            let huge = if cell < 2 { 0.0 } else { 1e300 };
            sheet.monthly(cell, &each::<_, 56>(|l| real(of(l).monthly[cell]) + huge));
        }
        (0..whole.outcome_cells).for_each(|cell| sheet.outcome(cell, &each::<_, 56>(|l| real(of(l).outcomes[cell]))));
        (0..6).for_each(|cell| sheet.state(cell, |l| of(l).states[cell]));
        block.close_block().unwrap();
        let [all, one_by_one, block] = [all, one_by_one, block].map(|recorder| recorder.finish().unwrap());
        assert_eq!(block.to_bytes(), one_by_one.to_bytes());
        let mean = |tally: &Tally, cell| tally.monthly(cell).mean();
        assert_eq!((mean(&block, 0), mean(&block, 1)), (mean(&all, 1), mean(&all, 0)));
        assert_eq!(block.outcome(0).mean(), all.outcome(whole.outcome_cells - 1).mean());
        assert!(mean(&all, 0) != mean(&all, 1));
    }

    #[test]
    fn paths_of_one_world_may_be_shared_by_recorders() {
        let shape = shape(4);
        let mut shared = OpenWorlds::default();
        let mut recorders = [Recorder::new(shape.clone()), Recorder::new(shape.clone())];
        for world in 0..20 {
            for (half, recorder) in recorders.iter_mut().enumerate() {
                for path in [2 * half as u64, 2 * half as u64 + 1] {
                    recorder.push(world, path, &record(&shape, world * 4 + path)).unwrap();
                }
                recorder.exchange(&mut shared).unwrap();
                // However many worlds there are, at most one is open.
                assert!(shared.len() <= 1);
            }
        }
        let [a, b] = recorders.map(|recorder| recorder.finish().unwrap());
        let mut merged = a;
        merged.merge(b).unwrap();
        let mut whole = Recorder::new(shape.clone());
        (0..80).for_each(|path| whole.push(path / 4, path % 4, &record(&shape, path)).unwrap());
        assert_eq!(merged.to_bytes(), whole.finish().unwrap().to_bytes());
    }
}
