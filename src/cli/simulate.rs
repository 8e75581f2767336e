//! From a model to its summary: the one place where chips meet threads.

use super::exit::{Exit, Failure};
use super::signals::Listener;
use crate::analysis::{self, Comparison, Header, Pairing, Summary};
use crate::engine::{Cause, Halt, Job, Pool, Progress, Simulation, Stop};
use crate::model::{BrokenBooks, LANES, Model, Workspace};
use crate::scenario::{Scenario, Simulation as Counts};
use crate::stats::{Record, Recorder, Rows, TallyShape};
use indicatif::{HumanCount, ProgressBar, ProgressState, ProgressStyle};
use std::ops::Range;
use std::path::Path;

/// A block costs as much as about twenty paths alone, however few of its places are taken; the results are the same.
const WORTH_A_BLOCK: usize = 20;

/// The model as the engine sees it.
pub(super) struct Paths<'a>(pub &'a Model);

impl Simulation for Paths<'_> {
    type Workspace = Workspace;
    type Error = BrokenBooks;

    fn workspace(&self) -> Workspace {
        self.0.workspace()
    }

    fn recorder(&self, shape: TallyShape) -> Recorder {
        Recorder::new(shape).with_isa(self.0.isa())
    }

    fn side_by_side(&self) -> u64 {
        LANES as u64
    }

    fn count(&self, world: u64, paths: Range<u64>, workspace: &mut Workspace, recorder: &mut Recorder) -> bool {
        let live = (paths.end - paths.start) as usize;
        if live < WORTH_A_BLOCK {
            return self.count_alone(world, paths, workspace, recorder);
        }
        recorder.open_block(world, paths.start, live).is_ok()
            && self.0.simulate_block(world, paths, workspace, recorder).is_ok()
            && recorder.close_block().is_ok()
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
    let bar = progress_bar(&scenario.name, scenario.simulation, quiet);
    let outcome = summarise(model, pool, &|paths| bar.set_position(paths), listener.stop());
    bar.finish_and_clear();
    outcome.map_err(|halt| told(&halt, &scenario.name, &file.display().to_string(), scenario.simulation, listener))
}

/// Several scenarios as the engine sees them: every path in each, then the differences.
struct SidePaths<'a> {
    models: &'a [Model],
    pairing: &'a Pairing,
}

/// What one thread needs for them.
struct Side {
    workspaces: Vec<Workspace>,
    rows: Vec<Rows<LANES>>,
    common: Record,
}

/// A path that broke a law, and in which scenario.
#[derive(Debug)]
pub struct BrokenIn {
    /// Name of the scenario.
    pub scenario: String,
    /// The law.
    pub books: BrokenBooks,
}

impl std::fmt::Display for BrokenIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.scenario, self.books)
    }
}

impl Simulation for SidePaths<'_> {
    type Workspace = Side;
    type Error = BrokenIn;

    fn workspace(&self) -> Side {
        Side {
            workspaces: self.models.iter().map(Model::workspace).collect(),
            rows: self.models.iter().map(|model| Rows::like(&model.blank_record())).collect(),
            common: self.pairing.blank(),
        }
    }

    fn side_by_side(&self) -> u64 {
        LANES as u64
    }

    fn count(&self, world: u64, paths: Range<u64>, side: &mut Side, recorder: &mut Recorder) -> bool {
        let live = (paths.end - paths.start) as usize;
        if live < WORTH_A_BLOCK {
            return self.count_alone(world, paths, side, recorder);
        }
        let mut scenarios = self.models.iter().zip(&mut side.workspaces).zip(&mut side.rows);
        if !scenarios.all(|((model, workspace), rows)| model.simulate_block(world, paths.clone(), workspace, rows).is_ok()) {
            return false;
        }
        recorder.open_block(world, paths.start, live).is_ok() && {
            self.pairing.count(&side.rows, recorder);
            recorder.close_block().is_ok()
        }
    }

    fn simulate<'w>(&self, world: u64, path: u64, side: &'w mut Side) -> Result<&'w Record, BrokenIn> {
        let Side { workspaces, common, .. } = side;
        for (position, (model, workspace)) in self.models.iter().zip(workspaces).enumerate() {
            let record = model.simulate(world, path, workspace);
            let record = record.map_err(|books| BrokenIn { scenario: model.scenario().name.clone(), books })?;
            self.pairing.put(position, record, common);
        }
        self.pairing.subtract(common);
        Ok(common)
    }
}

/// Runs all paths of several scenarios that share seed and counts, in one pass. The first is the reference.
///
/// # Errors
/// As for [`simulate`].
pub fn compare(models: &[Model], name: &str, pool: &Pool, listener: &Listener, quiet: bool) -> Result<Comparison, Failure> {
    let Some(counts) = models.first().map(|model| model.scenario().simulation) else {
        return Err(Failure::new(Exit::Usage, "there is nothing to compare"));
    };
    let bar = progress_bar(name, counts, quiet);
    let outcome = contrast(models, counts, pool, &|paths| bar.set_position(paths), listener.stop());
    bar.finish_and_clear();
    outcome.map_err(|halt| told(&halt, name, "FILE", counts, listener))
}

/// The same, for those who bring their own progress and their own way to stop.
///
/// # Errors
/// If the run is stopped, or a path breaks a law.
pub fn contrast(models: &[Model], counts: Counts, pool: &Pool, progress: Progress<'_>, stop: &Stop) -> Result<Comparison, Halt<BrokenIn>> {
    let pairing = Pairing::new(models.iter().map(|model| (header(model.scenario()), model.layout())).collect());
    let job = Job { worlds: counts.worlds, shape: pairing.shape(counts.paths_per_world) };
    let tally = pool.run(&SidePaths { models, pairing: &pairing }, &job, progress, stop)?;
    Ok(pairing.summarise(&tally))
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

/// Says by which signal a run was stopped, or which path failed and how to see it again.
pub(super) fn told<E: std::fmt::Display>(halt: &Halt<E>, name: &str, file: &str, simulation: Counts, listener: &Listener) -> Failure {
    if let Err(stopped) = listener.check() {
        return stopped;
    }
    let Halt::Failed { world, path, cause } = halt else { return Failure::new(Exit::Internal, halt) };
    let exit = match cause {
        // The checked arithmetic of the release build speaks through a panic.
        Cause::Panic(message) if !message.contains("overflow") => Exit::Internal,
        _ => Exit::Numeric,
    };
    let seed = simulation.seed;
    let again = format!("greenlight run {file} --seed {seed} --worlds {} --paths-per-world {}", world + 1, path + 1);
    Failure::new(exit, format!("{name}: {halt}\nreplay it, with the same --set if any: {again}"))
}

/// A bar with rate and time left, on a terminal's standard error only.
pub(super) fn progress_bar(name: &str, simulation: Counts, quiet: bool) -> ProgressBar {
    if quiet {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(simulation.worlds * simulation.paths_per_world);
    let style = ProgressStyle::with_template("{prefix} [{wide_bar}] {human_pos} of {human_len} paths, {rate} a second, {eta} left");
    let rate = |state: &ProgressState, text: &mut dyn std::fmt::Write| _ = write!(text, "{}", HumanCount(state.per_sec() as u64));
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).with_key("rate", rate).progress_chars("=> "));
    bar.set_prefix(name.to_owned());
    bar
}
