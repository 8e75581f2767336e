//! What a bounded sample of whole paths tells: storylines and influences.
//!
//! The sample depends on the size of the run alone, so that the same run tells the same stories on any machine.

use super::exit::{Exit, Failure};
use crate::analysis::{self, Correlation, Insight, STORY_SHARES, Storyline};
use crate::domain::PolicyType;
use crate::engine::{Pool, Stop};
use crate::lanes::Row;
use crate::model::{LANES, Model, Outcome, Workspace};
use crate::stats::{Cell, Recorder, Sheet, UNDEFINED, spearman};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// The most worlds in the sample.
const MOST_WORLDS: u64 = 1_000;
/// The most paths in the sample: four of each of so many worlds, or more of fewer.
const MOST_PATHS: u64 = 4 * MOST_WORLDS;
/// The outcome that inputs are correlated with.
const INFLUENCED: &str = "delivered_T";

/// The paths that are looked at: the first few of worlds spread evenly over the run; all of them if there are few.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Chosen {
    worlds_in_run: u64,
    worlds: u64,
    paths_per_world: u64,
}

impl Chosen {
    fn of(worlds: u64, paths_per_world: u64) -> Self {
        let sampled = if worlds.saturating_mul(paths_per_world) <= MOST_PATHS { worlds } else { worlds.min(MOST_WORLDS) };
        Self { worlds_in_run: worlds, worlds: sampled, paths_per_world: paths_per_world.min(MOST_PATHS / sampled.max(1)) }
    }

    fn paths(self) -> u64 {
        self.worlds * self.paths_per_world
    }

    /// The world of the run that is at a position of the sample.
    fn world(self, position: u64) -> u64 {
        (u128::from(position) * u128::from(self.worlds_in_run) / u128::from(self.worlds)) as u64
    }

    /// The sample's paths among some of a world: the position of the first, and how many.
    fn among(self, world: u64, paths: &Range<u64>) -> Option<(u64, usize)> {
        let position = (u128::from(world) * u128::from(self.worlds)).div_ceil(u128::from(self.worlds_in_run)) as u64;
        let count = self.paths_per_world.min(paths.end).saturating_sub(paths.start);
        let is_chosen = position < self.worlds && self.world(position) == world && count > 0;
        is_chosen.then_some((position * self.paths_per_world + paths.start, count as usize))
    }

    /// World and path in it of a path of the sample.
    fn place(self, path: u64) -> (u64, u64) {
        (self.world(path / self.paths_per_world), path % self.paths_per_world)
    }
}

/// What the sample of a run recorded of the headline outcomes, taken down while the run plays it.
pub(super) struct Sample {
    chosen: Chosen,
    cells: Vec<usize>,
    /// By position in the sample.
    taken: Mutex<BTreeMap<u64, Vec<i64>>>,
}

impl Sample {
    /// Nothing yet of a run of this model.
    pub fn of(model: &Model) -> Self {
        let simulation = model.scenario().simulation;
        Self {
            chosen: Chosen::of(simulation.worlds, simulation.paths_per_world),
            cells: analysis::headline_outcomes(model.layout()).iter().map(|outcome| outcome.cell).collect(),
            taken: Mutex::default(),
        }
    }

    /// Plays paths of a world side by side onto a recorder, and takes down those of the sample; false if they cannot be counted.
    pub fn count(&self, model: &Model, world: u64, paths: Range<u64>, workspace: &mut Workspace, recorder: &mut Recorder) -> bool {
        let Some((first, count)) = self.chosen.among(world, &paths) else {
            return model.simulate_block(world, paths, workspace, recorder).is_ok();
        };
        let mut sheet = Beside { recorder, cells: &self.cells, rows: vec![Row::default(); self.cells.len()] };
        let is_counted = model.simulate_block(world, paths, workspace, &mut sheet).is_ok();
        let whole = |value: f64| if value.is_nan() { UNDEFINED } else { value as i64 };
        let path = |l: usize| (first + l as u64, sheet.rows.iter().map(|row| whole(row[l])).collect());
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).extend((0..count).map(path));
        is_counted
    }
}

/// A recorder, and rows for a few outcomes.
struct Beside<'a> {
    recorder: &'a mut Recorder,
    cells: &'a [usize],
    rows: Vec<Row<f64, LANES>>,
}

impl Sheet<LANES> for Beside<'_> {
    fn take(&mut self, cell: Cell, row: &Row<f64, LANES>) {
        self.recorder.take(cell, row);
        if let Cell::Outcome(outcome) = cell {
            self.rows.iter_mut().zip(self.cells).filter(|(_, asked)| **asked == outcome).for_each(|(place, _)| *place = *row);
        }
    }
}

/// Looks at a sample of at most 4,000 paths of a run, tells three of them, and ranks the uncertain inputs.
///
/// The world's mean that inputs are correlated with is over its sampled paths, so that chance weakens the correlations a little.
///
/// # Errors
/// If it is stopped, or a path breaks a law.
pub fn insight(model: &Model, pool: &Pool, stop: &Stop) -> Result<Insight, Failure> {
    insight_of(model, Sample::of(model), pool, stop)
}

/// The same, given what the run has taken down; the rest of the sample is simulated again.
pub(super) fn insight_of(model: &Model, sample: Sample, pool: &Pool, stop: &Stop) -> Result<Insight, Failure> {
    let Sample { chosen, taken, .. } = sample;
    let taken = taken.into_inner().unwrap_or_else(PoisonError::into_inner);
    let headline = analysis::headline_outcomes(model.layout());
    let outcomes = |workspace: &mut Workspace, position: u64| {
        if let Some(taken) = taken.get(&position) {
            return Ok(taken.clone());
        }
        let (world, path) = chosen.place(position);
        if stop.requested() {
            return Err(Failure::new(Exit::Interrupt, "stopped"));
        }
        let record = model.simulate(world, path, workspace).map_err(|error| broken(world, path, &error))?;
        Ok(headline.iter().map(|outcome| record.outcomes[outcome.cell]).collect())
    };
    let sample: Vec<Vec<i64>> = pool.map(0..chosen.paths(), || model.workspace(), outcomes).into_iter().collect::<Result<_, _>>()?;
    let storylines = storylines(model, chosen, &headline, &sample)?;
    let drawn = |(): &mut (), position| (model.inputs(chosen.world(position)), model.world(chosen.world(position)).policy_type);
    let (worlds, kinds): (Vec<Vec<f64>>, Vec<PolicyType>) = pool.map(0..chosen.worlds, || (), drawn).into_iter().unzip();
    let means = world_means(chosen, &headline, &sample).unwrap_or_default();
    let keys: Vec<String> = model.scenario().uncertain().iter().map(|(input, _)| input.key.clone()).collect();
    Ok(Insight {
        paths: chosen.paths(),
        storylines,
        outcome: INFLUENCED.to_owned(),
        influences: analysis::influences(&keys, &worlds, &means),
        correlations: correlations(model, &worlds),
        types: analysis::type_effects(&kinds, &means),
    })
}

/// Tells the medoids of the sample. `sample[i][k]` is what path `i` recorded of headline outcome `k`.
fn storylines(model: &Model, chosen: Chosen, headline: &[&Outcome], sample: &[Vec<i64>]) -> Result<Vec<Storyline>, Failure> {
    let column = |k: usize| sample.iter().map(|path| path[k]).collect::<Vec<i64>>();
    let ranked: Vec<Vec<f64>> = headline.iter().enumerate().filter_map(|(k, outcome)| analysis::oriented(outcome, &column(k))).collect();
    let mut workspace = model.workspace();
    let mut tell = |(share, position): (f64, usize)| {
        let (world, path) = chosen.place(position as u64);
        let log = model.tell(world, path, &mut workspace).map_err(|error| broken(world, path, &error))?;
        let values = headline.iter().zip(&sample[position]);
        let outcomes = values.map(|(outcome, recorded)| (outcome.name.clone(), analysis::recorded_value(outcome, *recorded))).collect();
        let number = world * model.scenario().simulation.paths_per_world + path;
        Ok(Storyline { share, world, path, number, outcomes, log })
    };
    analysis::medoids(&ranked, &STORY_SHARES).into_iter().map(&mut tell).collect()
}

/// The mean outcome of every sampled world, in its unit.
fn world_means(chosen: Chosen, headline: &[&Outcome], sample: &[Vec<i64>]) -> Option<Vec<f64>> {
    let (place, outcome) = headline.iter().enumerate().find(|(_, outcome)| outcome.name == INFLUENCED)?;
    let mean = |paths: &[Vec<i64>]| paths.iter().map(|path| path[place] as f64).sum::<f64>() / paths.len() as f64 * outcome.scale;
    Some(sample.chunks(chosen.paths_per_world as usize).map(mean).collect())
}

/// The rank correlations that were asked for, beside those that the worlds have.
fn correlations(model: &Model, worlds: &[Vec<f64>]) -> Vec<Correlation> {
    let scenario = model.scenario();
    let uncertain = scenario.uncertain();
    let column = |input: usize| worlds.iter().map(|inputs| inputs[input]).collect::<Vec<f64>>();
    let correlation = |(a, b, requested): &(usize, usize, f64)| Correlation {
        between: [*a, *b].map(|input| uncertain[input].0.key.clone()),
        requested: *requested,
        achieved: spearman(&column(*a), &column(*b)),
    };
    scenario.dependence.pairs.iter().map(correlation).collect()
}

fn broken(world: u64, path: u64, error: &dyn std::fmt::Display) -> Failure {
    Failure::new(Exit::Numeric, format!("path {path} of world {world}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn a_small_run_is_looked_at_whole() {
        let chosen = Chosen::of(40, 5);
        let all: Vec<(u64, u64)> = (0..40).flat_map(|world| (0..5).map(move |path| (world, path))).collect();
        assert_eq!((0..chosen.paths()).map(|path| chosen.place(path)).collect::<Vec<_>>(), all);
        assert_eq!(Chosen::of(4_000, 1).paths(), 4_000);
    }

    #[test]
    fn of_a_large_run_the_first_paths_of_evenly_spread_worlds_are_looked_at() {
        // 2,500 worlds: every 2.5th, so 0, 2, 5, 7, 10 …; the last is 999 × 2.5 = 2,497.5.
        let chosen = Chosen::of(2_500, 50);
        assert_eq!((chosen.worlds, chosen.paths_per_world), (1_000, 4));
        assert_eq!([0, 1, 2, 3, 4, 999].map(|position| chosen.world(position)), [0, 2, 5, 7, 10, 2_497]);
        assert_eq!([0, 3, 4, 3_999].map(|path| chosen.place(path)), [(0, 0), (0, 3), (2, 0), (2_497, 3)]);
        // Few worlds: more paths of each. One path each: a thousand of them.
        assert_eq!(Chosen::of(3, 1_000_000), Chosen { worlds_in_run: 3, worlds: 3, paths_per_world: 1_333 });
        assert_eq!(Chosen::of(40_000, 1).paths(), 1_000);
        assert_eq!(Chosen::of(4_000_000_000, 1).world(999), 3_996_000_000);
    }

    #[test]
    fn a_path_of_the_sample_is_found_where_it_is_played() {
        for (worlds, paths_per_world) in [(40, 5), (2_500, 50), (3, 1_000_000), (40_000, 1), (4_000_000_000, 1)] {
            let chosen = Chosen::of(worlds, paths_per_world);
            for position in (0..chosen.paths()).step_by(7) {
                let (world, path) = chosen.place(position);
                assert_eq!(chosen.among(world, &(path..path + 1)), Some((position, 1)), "{chosen:?}");
            }
        }
        let chosen = Chosen::of(2_500, 50);
        // Four of world 2: two of them in this block; none of world 1, none after the fourth.
        assert_eq!(chosen.among(2, &(2..50)), Some((6, 2)));
        assert_eq!(chosen.among(1, &(0..50)), None);
        assert_eq!(chosen.among(2, &(4..50)), None);
        assert_eq!(chosen.among(2_499, &(0..50)), None);
    }

    #[test]
    fn what_a_run_takes_down_is_what_the_paths_record_alone() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/baseline-dec-2025.toml");
        let scenario = crate::io::scenario_files::load(&file, &[]).unwrap();
        let model = Model::new(scenario, crate::model::Audit::EachPath).unwrap();
        let sample = Sample::of(&model);
        let (mut workspace, mut alone) = (model.workspace(), model.workspace());
        let mut recorder = model.recorder(analysis::shape(model.recorded(), 50));
        recorder.open_block(0, 0, 50).unwrap();
        assert!(sample.count(&model, 0, 0..50, &mut workspace, &mut recorder));
        let taken = sample.taken.lock().unwrap();
        assert_eq!(taken.len(), 4);
        for (path, values) in &*taken {
            let record = model.simulate(0, *path, &mut alone).unwrap();
            assert_eq!(*values, sample.cells.iter().map(|cell| record.outcomes[*cell]).collect::<Vec<_>>());
        }
    }
}
