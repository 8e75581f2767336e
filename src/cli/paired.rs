//! `compare --precision`: what sets scenarios apart, path by path, and nothing else of them.

use super::simulate::{BrokenIn, SIDE_BY_SIDE};
use super::watch::selection;
use crate::analysis::{Measure, PairedTarget, Target};
use crate::engine::Simulation;
use crate::lanes::each;
use crate::model::{LANES, Model, Workspace};
use crate::stats::{Cell, Record, Recorder, Selection, Sheet, TallyShape, UNDEFINED};
use std::ops::{Range, RangeInclusive};

/// Several models of the same counts, the first of them the reference, and what is asked of the others' differences to it.
pub struct PairedWatch<'a> {
    models: &'a [Model],
    /// `[other]`: what is measured there, each target in the reference and in the other.
    pairs: Vec<Vec<[Measure; 2]>>,
}

/// What one thread needs for it.
pub struct Desk {
    workspaces: Vec<Workspace>,
    taken: Vec<Selection<LANES>>,
    record: Record,
}

impl<'a> PairedWatch<'a> {
    /// Watches targets of models: `targets[i]` are those of model `i + 1`. They are counted in this order.
    pub fn new(models: &'a [Model], targets: &[Vec<PairedTarget>]) -> Self {
        let pair = |paired: &PairedTarget| [paired.target.measure.clone(), paired.other.clone()];
        Self { models, pairs: targets.iter().map(|targets| targets.iter().map(pair).collect()).collect() }
    }

    /// What each model's paths must tell.
    fn measures(&self, model: usize) -> Vec<&Measure> {
        let of = |other: usize, side: usize| self.pairs[other].iter().map(move |pair| &pair[side]);
        match model.checked_sub(1) {
            Some(other) => of(other, 1).collect(),
            None => (0..self.pairs.len()).flat_map(|other| of(other, 0)).collect(),
        }
    }

    /// The differences of a path, one for each target; NaN where one of both is not defined.
    fn differences<'t>(&'t self, taken: &'t [Selection<LANES>], path: usize) -> impl Iterator<Item = f64> + 't {
        let others = self.pairs.iter().zip(&taken[1..]);
        others.flat_map(move |(pairs, other)| {
            pairs.iter().map(move |[ours, theirs]| theirs.counted(other, path) - ours.counted(&taken[0], path))
        })
    }
}

impl Simulation for PairedWatch<'_> {
    type Workspace = Desk;
    type Error = BrokenIn;

    fn workspace(&self) -> Desk {
        Desk {
            workspaces: self.models.iter().map(Model::workspace).collect(),
            taken: self.models.iter().enumerate().map(|(i, model)| selection(model, self.measures(i))).collect(),
            record: Record { outcomes: vec![0; self.pairs.iter().map(Vec::len).sum()], ..Record::default() },
        }
    }

    fn recorder(&self, shape: TallyShape) -> Recorder {
        Recorder::new(shape).with_isa(self.models[0].isa())
    }

    fn side_by_side(&self) -> RangeInclusive<u64> {
        SIDE_BY_SIDE
    }

    fn count(&self, world: u64, paths: Range<u64>, desk: &mut Desk, recorder: &mut Recorder) -> bool {
        let Desk { workspaces, taken, .. } = desk;
        let live = (paths.end - paths.start) as usize;
        let mut blocks = self.models.iter().zip(workspaces).zip(&mut *taken);
        if !blocks.all(|((model, workspace), taken)| model.simulate_block(world, paths.clone(), workspace, taken).is_ok())
            || recorder.open_block(world, paths.start, live).is_err()
        {
            return false;
        }
        let rows: Vec<Vec<f64>> = (0..live).map(|l| self.differences(taken, l).collect()).collect();
        for cell in 0..desk.record.outcomes.len() {
            recorder.take(Cell::Outcome(cell), &each::<_, LANES>(|l| rows.get(l).map_or(0.0, |row| row[cell])));
        }
        recorder.close_block().is_ok()
    }

    fn simulate<'w>(&self, world: u64, path: u64, desk: &'w mut Desk) -> Result<&'w Record, BrokenIn> {
        let Desk { workspaces, taken, record } = desk;
        for ((model, workspace), taken) in self.models.iter().zip(workspaces).zip(&mut *taken) {
            let done = model.simulate(world, path, workspace);
            taken.copy(0, done.map_err(|books| BrokenIn { scenario: model.scenario().name.clone(), books })?);
        }
        for (value, difference) in record.outcomes.iter_mut().zip(self.differences(taken, 0)) {
            *value = if difference.is_nan() { UNDEFINED } else { difference as i64 };
        }
        Ok(record)
    }
}

/// The targets in the order in which they are counted.
pub fn flat(targets: &[Vec<PairedTarget>]) -> Vec<Target> {
    targets.iter().flatten().map(|paired| paired.target.clone()).collect()
}
