//! `--precision`: how many worlds it takes until intervals are as narrow as asked for.
//!
//! Only what is asked for is recorded while worlds are doubled; the run itself follows, and is that of `--worlds` with the number found.

use super::exit::{Exit, Failure};
use super::forecast::Work;
use super::signals::Listener;
use super::simulate::{progress_bar, told};
use super::watch::Watch;
use crate::analysis::{Measure, Reached, Target};
use crate::engine::{BLOCK_PATHS, Halt, Job, Keeper, Pool, Progress, Simulation, Stop};
use crate::model::Model;
use crate::stats::Tally;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

/// An interval that is not known at this look will never be.
const UNKNOWN_LOOKS: u32 = 4;

/// What the search found.
#[derive(Clone, Debug)]
pub struct Settled {
    /// Worlds at which every target is reached, or known never to be.
    pub worlds: u64,
    /// How often it was looked.
    pub looks: u32,
    /// One per target; `None` if the value or its error is not known in any run.
    pub reached: Vec<Option<Reached>>,
}

/// Goes on from a tally, and keeps nothing.
struct GoesOn(Tally);

impl Keeper for GoesOn {
    fn kept(&self) -> Option<Tally> {
        Some(self.0.clone())
    }

    fn is_due(&self) -> bool {
        false
    }

    fn keep(&self, _: &Tally) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn patience(&self) -> Duration {
        Duration::ZERO
    }
}

/// Doubles the worlds of a simulation that counts one measure for each target, until all are reached.
///
/// `allowed` says no to a number of worlds that is too large, given how many would be needed.
///
/// # Errors
/// If it is stopped, a path fails (`Err(Ok(…))`), or more worlds are needed than are allowed (`Err(Err(…))`).
#[expect(clippy::too_many_arguments, reason = "a search, and all that a run needs")]
pub fn settle<S: Simulation, E>(
    simulation: &S,
    targets: &[Target],
    start: u64,
    paths_per_world: u64,
    pool: &Pool,
    progress: Progress<'_>,
    stop: &Stop,
    allowed: impl Fn(u64, f64) -> Result<(), E>,
) -> Result<Settled, Result<Halt<S::Error>, E>> {
    let measures: Vec<Measure> = targets.iter().map(|target| target.measure.clone()).collect();
    let shape = Measure::shape(&measures, paths_per_world);
    // So that each look ends where a block ends, and the next goes on from there.
    let step = (BLOCK_PATHS / paths_per_world.max(1)).max(1);
    let mut worlds = start.max(1).div_ceil(step).saturating_mul(step);
    let mut tally = Tally::new(shape.clone());
    for look in 1.. {
        let job = Job { worlds, shape: shape.clone() };
        tally = pool.resume(simulation, &job, progress, stop, &GoesOn(tally)).map_err(Ok)?;
        let found = Measure::summarise(&measures, &tally);
        let reached: Vec<Option<Reached>> = targets.iter().zip(&found).map(|(target, found)| target.reached(found, look)).collect();
        let missing = || reached.iter().flatten().filter(|reached| !reached.is_there());
        // What is not known after some doublings, such as the median of a wait that mostly never ends, no number of worlds tells.
        let is_patient = look < UNKNOWN_LOOKS && reached.iter().any(Option::is_none);
        if missing().next().is_none() && !is_patient {
            return Ok(Settled { worlds, looks: look, reached });
        }
        let factor = missing().map(|reached| reached.factor(reached.goal)).fold(2.0, f64::max);
        worlds = worlds.saturating_mul(2);
        allowed(worlds, factor / 2.0).map_err(Err)?;
    }
    unreachable!("the range of looks has no end")
}

/// The number of worlds that a run of a scenario needs, and what to tell of it.
///
/// # Errors
/// If a target means nothing, the run is stopped, a path fails, or more would be needed than a run may cost.
pub fn worlds(
    texts: &[String],
    model: &Model,
    file: &Path,
    pool: &Pool,
    listener: &Listener,
    threads: NonZeroUsize,
    quiet: bool,
) -> Result<(u64, String), Failure> {
    let scenario = model.scenario();
    let targets = targets(texts, model)?;
    let measures: Vec<Measure> = targets.iter().map(|target| target.measure.clone()).collect();
    let counts = scenario.simulation;
    let bar = progress_bar(&scenario.name, counts, quiet);
    bar.set_prefix(format!("{}: precision", scenario.name));
    let allowed = |worlds: u64, factor: f64| {
        // The time left is that of as many worlds as the narrowest target seems to need.
        bar.set_length(((worlds as f64 * factor) as u64).saturating_mul(counts.paths_per_world));
        let needed = worlds as f64 * factor;
        // Beyond that their number only says that it is absurd.
        let (about, needed) = if needed < 1e15 { (format!("about {needed:.0}"), needed) } else { ("far more than 1e15".to_owned(), 1e15) };
        let work = Work { worlds: needed as u64, ..Work::of(model, threads) };
        work.check().map_err(|failure| {
            Failure::new(Exit::Limit, format!("--precision: the narrowest target needs {about} worlds; {}", failure.message))
        })
    };
    let watch = Watch::new(model, &measures);
    let progress = |paths| bar.set_position(paths);
    let settled = settle(&watch, &targets, counts.worlds, counts.paths_per_world, pool, &progress, listener.stop(), allowed);
    bar.finish_and_clear();
    let settled = settled.map_err(|error| match error {
        Ok(halt) => told(&halt, &scenario.name, &file.display().to_string(), counts, listener),
        Err(failure) => failure,
    })?;
    Ok((settled.worlds, settled.describe(&targets, counts.paths_per_world)))
}

/// Reads the targets against the catalogue of a model.
///
/// # Errors
/// [`Exit::Usage`].
pub fn targets(texts: &[String], model: &Model) -> Result<Vec<Target>, Failure> {
    let parse = |text: &String| Target::parse(text, model);
    texts.iter().map(parse).collect::<Result<_, _>>().map_err(|error| Failure::new(Exit::Usage, format!("--precision {error}")))
}

impl Settled {
    /// What was reached, a line for each target, and what half of it would take.
    fn describe(&self, targets: &[Target], paths_per_world: u64) -> String {
        let (worlds, looks) = (self.worlds, if self.looks == 1 { "1 look".to_owned() } else { format!("{} looks", self.looks) });
        let mut text =
            format!("{worlds} worlds × {paths_per_world} paths reach the precision asked for, after {looks}; ± is valid at any of them");
        for (target, reached) in targets.iter().zip(&self.reached) {
            text += &match reached {
                None => format!("\n  {}: not known in this scenario, so no number of worlds tells it", target.text),
                Some(reached) => {
                    let paths = worlds as f64 * paths_per_world as f64 * reached.factor(reached.goal / 2.0);
                    let more = format!("half of what was asked takes about {paths:.2e} paths");
                    format!("\n  {}: {:.4e} ± {:.2e}; {more}", target.text, reached.value, reached.half_width)
                }
            };
        }
        text
    }
}
