//! Paths of which only a few numbers are taken down: what sweeps and other questions run.

use super::simulate::SIDE_BY_SIDE;
use crate::analysis::{Measure, OutcomeSummary, Source};
use crate::engine::{Halt, Job, Pool, Progress, Simulation, Stop};
use crate::lanes::{Row, each};
use crate::model::{BrokenBooks, LANES, Model, Workspace};
use crate::stats::{Record, Recorder, Sheet, TallyShape};
use std::ops::{Range, RangeInclusive};

/// A model, and what is asked of each of its paths.
pub struct Watch<'a> {
    model: &'a Model,
    measures: &'a [Measure],
}

/// What one thread needs for it.
pub struct Desk {
    workspace: Workspace,
    rows: Rows,
    record: Record,
}

/// Takes down the rows that are asked for, and nothing else.
pub(super) struct Rows {
    places: Vec<Source>,
    rows: Vec<Row<f64, LANES>>,
}

impl Rows {
    /// For these measures.
    pub fn new(measures: &[Measure]) -> Self {
        Self { places: measures.iter().map(|measure| measure.source).collect(), rows: vec![Row::default(); measures.len()] }
    }

    /// What was recorded for each measure.
    pub fn rows(&self) -> &[Row<f64, LANES>] {
        &self.rows
    }

    #[inline(always)]
    fn take<T: Copy + Into<f64>>(&mut self, place: Source, row: &Row<T, LANES>) {
        for (wanted, kept) in self.places.iter().zip(&mut self.rows) {
            if *wanted == place {
                *kept = each(|l| row[l].into());
            }
        }
    }
}

impl Sheet<LANES> for Rows {
    #[inline(always)]
    fn monthly<T: Copy + Into<f64>>(&mut self, cell: usize, row: &Row<T, LANES>) {
        self.take(Source::Monthly(cell), row);
    }

    #[inline(always)]
    fn outcome<T: Copy + Into<f64>>(&mut self, cell: usize, row: &Row<T, LANES>) {
        self.take(Source::Outcome(cell), row);
    }

    #[inline(always)]
    fn state(&mut self, _: usize, _: impl Fn(usize) -> u8) {}
}

impl<'a> Watch<'a> {
    /// Watches these measures of a model.
    pub fn new(model: &'a Model, measures: &'a [Measure]) -> Self {
        Self { model, measures }
    }

    /// Runs every path of the model's counts.
    ///
    /// # Errors
    /// If the run is stopped, or a path breaks a law.
    pub fn summarise(&self, pool: &Pool, progress: Progress<'_>, stop: &Stop) -> Result<Vec<OutcomeSummary>, Halt<BrokenBooks>> {
        let counts = self.model.scenario().simulation;
        let job = Job { worlds: counts.worlds, shape: Measure::shape(self.measures, counts.paths_per_world) };
        Ok(Measure::summarise(self.measures, &pool.run(self, &job, progress, stop)?))
    }
}

impl Simulation for Watch<'_> {
    type Workspace = Desk;
    type Error = BrokenBooks;

    fn workspace(&self) -> Desk {
        let rows = Rows::new(self.measures);
        let record = Record { outcomes: vec![0; self.measures.len()], ..Record::default() };
        Desk { workspace: self.model.workspace(), rows, record }
    }

    fn recorder(&self, shape: TallyShape) -> Recorder {
        Recorder::new(shape).with_isa(self.model.isa())
    }

    fn side_by_side(&self) -> RangeInclusive<u64> {
        SIDE_BY_SIDE
    }

    fn count(&self, world: u64, paths: Range<u64>, desk: &mut Desk, recorder: &mut Recorder) -> bool {
        let live = (paths.end - paths.start) as usize;
        if self.model.simulate_block(world, paths.clone(), &mut desk.workspace, &mut desk.rows).is_err()
            || recorder.open_block(world, paths.start, live).is_err()
        {
            return false;
        }
        for (cell, (measure, row)) in self.measures.iter().zip(&desk.rows.rows).enumerate() {
            recorder.outcome::<f64>(cell, &each::<_, LANES>(|l| measure.of(row[l])));
        }
        recorder.close_block().is_ok()
    }

    fn simulate<'w>(&self, world: u64, path: u64, desk: &'w mut Desk) -> Result<&'w Record, BrokenBooks> {
        let record = self.model.simulate(world, path, &mut desk.workspace)?;
        for (value, measure) in desk.record.outcomes.iter_mut().zip(self.measures) {
            *value = measure.of_integer(match measure.source {
                Source::Monthly(cell) => record.monthly[cell],
                Source::Outcome(cell) => record.outcomes[cell],
            });
        }
        Ok(&desk.record)
    }
}
