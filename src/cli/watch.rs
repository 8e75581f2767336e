//! Paths of which only a few numbers are taken down: what sweeps and other questions run.

use super::simulate::SIDE_BY_SIDE;
use crate::analysis::{Measure, OutcomeSummary};
use crate::engine::{Halt, Job, Pool, Progress, Simulation, Stop};
use crate::lanes::each;
use crate::model::{BrokenBooks, LANES, Model, Probe, Workspace};
use crate::stats::{Cell, Record, Recorder, Selection, Sheet, TallyShape};
use std::ops::{Range, RangeInclusive};

/// A model, and what is asked of each of its paths.
pub struct Watch<'a> {
    model: &'a Model,
    measures: &'a [Measure],
}

/// What one thread needs for it.
pub struct Desk {
    workspace: Workspace,
    taken: Selection<LANES>,
    record: Record,
}

/// Room for what measures need of a block of paths.
pub(super) fn selection<'a>(model: &Model, measures: impl IntoIterator<Item = &'a Measure>) -> Selection<LANES> {
    let probes: Vec<&Probe> = measures.into_iter().map(|measure| &measure.probe).collect();
    Selection::new(&model.blank_record(), probes.into_iter().flat_map(Probe::cells))
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
        let record = Record { outcomes: vec![0; self.measures.len()], ..Record::default() };
        Desk { workspace: self.model.workspace(), taken: selection(self.model, self.measures), record }
    }

    fn recorder(&self, shape: TallyShape) -> Recorder {
        Recorder::new(shape).with_isa(self.model.isa())
    }

    fn side_by_side(&self) -> RangeInclusive<u64> {
        SIDE_BY_SIDE
    }

    fn count(&self, world: u64, paths: Range<u64>, desk: &mut Desk, recorder: &mut Recorder) -> bool {
        let live = (paths.end - paths.start) as usize;
        if self.model.simulate_block(world, paths.clone(), &mut desk.workspace, &mut desk.taken).is_err()
            || recorder.open_block(world, paths.start, live).is_err()
        {
            return false;
        }
        for (cell, measure) in self.measures.iter().enumerate() {
            recorder.take(Cell::Outcome(cell), &each::<_, LANES>(|l| if l < live { measure.counted(&desk.taken, l) } else { 0.0 }));
        }
        recorder.close_block().is_ok()
    }

    fn simulate<'w>(&self, world: u64, path: u64, desk: &'w mut Desk) -> Result<&'w Record, BrokenBooks> {
        desk.taken.copy(0, self.model.simulate(world, path, &mut desk.workspace)?);
        for (value, measure) in desk.record.outcomes.iter_mut().zip(self.measures) {
            let counted = measure.counted(&desk.taken, 0);
            *value = if counted.is_nan() { crate::stats::UNDEFINED } else { counted as i64 };
        }
        Ok(&desk.record)
    }
}
