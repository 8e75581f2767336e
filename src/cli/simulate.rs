//! From a model to its summary: the one place where chips meet threads.

use super::exit::{Exit, Failure};
use super::signals::Listener;
use crate::analysis::{self, Header, Summary};
use crate::engine::{Cause, Halt, Job, Pool, Progress, Simulation, Stop};
use crate::model::{BrokenBooks, Model, Workspace};
use crate::scenario::Scenario;
use crate::stats::Record;
use indicatif::{HumanCount, ProgressBar, ProgressState, ProgressStyle};
use std::path::Path;

/// The model as the engine sees it.
struct Paths<'a>(&'a Model);

impl Simulation for Paths<'_> {
    type Workspace = Workspace;
    type Error = BrokenBooks;

    fn workspace(&self) -> Workspace {
        self.0.workspace()
    }

    fn simulate<'w>(&self, world: u64, path: u64, workspace: &'w mut Workspace) -> Result<&'w Record, BrokenBooks> {
        self.0.simulate(world, path, workspace)
    }
}

/// Runs all paths of one scenario.
///
/// # Errors
/// If a signal arrives, or a path breaks a law.
pub fn simulate(model: &Model, file: &Path, pool: &Pool, listener: &Listener, quiet: bool) -> Result<Summary, Failure> {
    let scenario = model.scenario();
    let bar = progress_bar(scenario, quiet);
    let outcome = summarise(model, pool, &|paths| bar.set_position(paths), listener.stop());
    bar.finish_and_clear();
    match outcome {
        Ok(summary) => Ok(summary),
        Err(halt) => Err(listener.check().err().unwrap_or_else(|| failure(scenario, file, &halt))),
    }
}

/// Runs all paths of one scenario, for those who bring their own progress and their own way to stop.
///
/// # Errors
/// If the run is stopped, or a path breaks a law.
pub fn summarise(model: &Model, pool: &Pool, progress: Progress<'_>, stop: &Stop) -> Result<Summary, Halt<BrokenBooks>> {
    let scenario = model.scenario();
    let job = Job { worlds: scenario.simulation.worlds, shape: analysis::shape(model.layout(), scenario.simulation.paths_per_world) };
    let tally = pool.run(&Paths(model), &job, progress, stop)?;
    Ok(analysis::summarise(header(scenario), model.layout(), &tally))
}

/// What was run, for tables and charts.
fn header(scenario: &Scenario) -> Header {
    let simulation = scenario.simulation;
    Header {
        name: scenario.name.clone(),
        title: scenario.title.clone(),
        story: scenario.story.clone(),
        as_of: scenario.as_of,
        start: scenario.start,
        months: scenario.months,
        buyers: scenario.buyers.iter().map(|buyer| (buyer.key.clone(), buyer.name.clone())).collect(),
        worlds: simulation.worlds,
        paths_per_world: simulation.paths_per_world,
        seed: simulation.seed,
    }
}

/// Says which path failed and how to see it again.
pub(super) fn failure(scenario: &Scenario, file: &Path, halt: &Halt<BrokenBooks>) -> Failure {
    let Halt::Failed { world, path, cause } = halt else { return Failure::new(Exit::Internal, halt) };
    let exit = match cause {
        // The checked arithmetic of the release build speaks through a panic.
        Cause::Panic(message) if !message.contains("overflow") => Exit::Internal,
        _ => Exit::Numeric,
    };
    let (file, seed) = (file.display(), scenario.simulation.seed);
    let again = format!("greenlight run {file} --seed {seed} --worlds {} --paths-per-world {}", world + 1, path + 1);
    Failure::new(exit, format!("{}: {halt}\nreplay it, with the same --set if any: {again}", scenario.name))
}

/// A bar with rate and time left, on a terminal's standard error only.
pub(super) fn progress_bar(scenario: &Scenario, quiet: bool) -> ProgressBar {
    if quiet {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(scenario.simulation.worlds * scenario.simulation.paths_per_world);
    let style = ProgressStyle::with_template("{prefix} [{wide_bar}] {human_pos} of {human_len} paths, {rate} a second, {eta} left");
    let rate = |state: &ProgressState, text: &mut dyn std::fmt::Write| _ = write!(text, "{}", HumanCount(state.per_sec() as u64));
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).with_key("rate", rate).progress_chars("=> "));
    bar.set_prefix(scenario.name.clone());
    bar
}
