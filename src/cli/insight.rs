//! What a bounded sample of whole paths tells: storylines and influences.
//!
//! The sample depends on the size of the run alone, so that the same run tells the same stories on any machine.

use super::exit::{Exit, Failure};
use crate::analysis::{self, Correlation, Insight, STORY_SHARES, Storyline};
use crate::domain::PolicyType;
use crate::engine::{Pool, Stop};
use crate::model::{Model, Outcome, Workspace};
use crate::stats::spearman;

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

    /// World and path in it of a path of the sample.
    fn place(self, path: u64) -> (u64, u64) {
        (self.world(path / self.paths_per_world), path % self.paths_per_world)
    }
}

/// Simulates a sample of at most 4,000 paths of a run again, tells three of them, and ranks the uncertain inputs.
///
/// The world's mean that inputs are correlated with is over its sampled paths, so that chance weakens the correlations a little.
///
/// # Errors
/// If it is stopped, or a path breaks a law.
pub fn insight(model: &Model, pool: &Pool, stop: &Stop) -> Result<Insight, Failure> {
    let simulation = model.scenario().simulation;
    let chosen = Chosen::of(simulation.worlds, simulation.paths_per_world);
    let headline = analysis::headline_outcomes(model.layout());
    let outcomes = |workspace: &mut Workspace, path: u64| {
        let (world, path) = chosen.place(path);
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
}
