//! From a model to its summary: the one place where chips meet threads.

use super::checkpoints::Checkpoints;
use super::exit::{Exit, Failure};
use super::insight::Sample;
use super::signals::Listener;
use crate::analysis::{self, Comparison, Header, Pairing, Summary};
use crate::domain::Sampling;
use crate::engine::{Cause, Halt, Job, Keeper, Pool, Progress, Simulation, Stop};
use crate::model::{BrokenBooks, LANES, Model, Workspace};
use crate::scenario::{Scenario, Simulation as Counts};
use crate::stats::{Record, Recorder, Rows, TallyShape};
use indicatif::{HumanCount, ProgressBar, ProgressState, ProgressStyle};
use std::ops::{Range, RangeInclusive};
use std::path::Path;

/// A block costs as much as about twenty paths alone, however few of its places are taken; the results are the same.
pub(super) const SIDE_BY_SIDE: RangeInclusive<u64> = 20..=LANES as u64;

/// The model as the engine sees it.
#[derive(Clone, Copy)]
pub(super) struct Paths<'a> {
    pub model: &'a Model,
    /// Is filled on the way.
    pub sample: Option<&'a Sample>,
}

impl Simulation for Paths<'_> {
    type Workspace = Workspace;
    type Error = BrokenBooks;

    fn workspace(&self) -> Workspace {
        self.model.workspace()
    }

    fn recorder(&self, shape: TallyShape) -> Recorder {
        self.model.recorder(shape)
    }

    fn side_by_side(&self) -> RangeInclusive<u64> {
        SIDE_BY_SIDE
    }

    fn count(&self, world: u64, paths: Range<u64>, workspace: &mut Workspace, recorder: &mut Recorder) -> bool {
        recorder.open_block(world, paths.start, (paths.end - paths.start) as usize).is_ok()
            && match self.sample {
                Some(sample) => sample.count(self.model, world, paths, workspace, recorder),
                None => self.model.simulate_block(world, paths, workspace, recorder).is_ok(),
            }
            && recorder.close_block().is_ok()
    }

    fn simulate<'w>(&self, world: u64, path: u64, workspace: &'w mut Workspace) -> Result<&'w Record, BrokenBooks> {
        self.model.simulate(world, path, workspace)
    }
}

/// What a run of one scenario counts.
pub fn job(model: &Model) -> Job {
    let counts = model.scenario().simulation;
    let shape = analysis::shape(model.recorded(), counts.paths_per_world);
    Job { worlds: counts.worlds, shape: TallyShape { scrambles: counts.sampling.scrambles(), ..shape } }
}

/// Runs the paths of one scenario that an interrupted run has not counted.
///
/// # Errors
/// If a signal arrives, the time is up, the disk fails, or a path breaks a law.
pub fn simulate(
    paths: Paths<'_>,
    file: &Path,
    pool: &Pool,
    listener: &Listener,
    quiet: bool,
    checkpoints: &Checkpoints<'_>,
) -> Result<Summary, Failure> {
    let scenario = paths.model.scenario();
    let bar = progress_bar(&scenario.name, scenario.simulation, quiet).with_position(checkpoints.paths().unwrap_or(0));
    let outcome = summary(paths, pool, &|done| bar.set_position(done), listener.stop(), checkpoints);
    bar.finish_and_clear();
    ended(outcome, &scenario.name, &file.display().to_string(), scenario.simulation, listener, checkpoints)
}

/// Several scenarios as the engine sees them: every path in each, then the differences. They share seed and counts; the first is
/// the reference.
pub struct SidePaths<'a> {
    models: &'a [Model],
    counts: Counts,
    pairing: Pairing,
}

/// What one thread needs for them.
pub struct Side {
    workspaces: Vec<Workspace>,
    rows: Vec<Rows<LANES>>,
    alone: Vec<Rows<1>>,
    /// One.
    common: Vec<Record>,
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
            alone: self.models.iter().map(|model| Rows::like(&model.blank_record())).collect(),
            common: vec![self.pairing.blank()],
        }
    }

    fn side_by_side(&self) -> RangeInclusive<u64> {
        SIDE_BY_SIDE
    }

    fn count(&self, world: u64, paths: Range<u64>, side: &mut Side, recorder: &mut Recorder) -> bool {
        let mut scenarios = self.models.iter().zip(&mut side.workspaces).zip(&mut side.rows);
        if !scenarios.all(|((model, workspace), rows)| model.simulate_block(world, paths.clone(), workspace, rows).is_ok()) {
            return false;
        }
        recorder.open_block(world, paths.start, (paths.end - paths.start) as usize).is_ok() && {
            self.pairing.write(&side.rows, recorder);
            recorder.close_block().is_ok()
        }
    }

    fn simulate<'w>(&self, world: u64, path: u64, side: &'w mut Side) -> Result<&'w Record, BrokenIn> {
        let Side { workspaces, alone, common, .. } = side;
        for ((model, workspace), rows) in self.models.iter().zip(workspaces).zip(&mut *alone) {
            let record = model.simulate(world, path, workspace);
            let record = record.map_err(|books| BrokenIn { scenario: model.scenario().name.clone(), books })?;
            rows.copy(record);
        }
        self.pairing.write(alone, common);
        Ok(&common[0])
    }
}

impl<'a> SidePaths<'a> {
    /// All paths of the models.
    pub fn new(models: &'a [Model], counts: Counts) -> Self {
        let part = |model: &'a Model| (header(model.scenario()), model.layout(), &model.scenario().outcomes[..]);
        Self { models, counts, pairing: Pairing::new(models.iter().map(part).collect()) }
    }

    /// What a run of them counts.
    pub fn job(&self) -> Job {
        Job { worlds: self.counts.worlds, shape: self.pairing.shape(self.counts.paths_per_world) }
    }

    /// Runs the paths that an interrupted run has not counted, in one pass.
    ///
    /// # Errors
    /// As for [`simulate`].
    pub fn compare(
        &self,
        name: &str,
        pool: &Pool,
        listener: &Listener,
        quiet: bool,
        checkpoints: &Checkpoints<'_>,
    ) -> Result<Comparison, Failure> {
        let bar = progress_bar(name, self.counts, quiet).with_position(checkpoints.paths().unwrap_or(0));
        let outcome = self.comparison(pool, &|paths| bar.set_position(paths), listener.stop(), checkpoints);
        bar.finish_and_clear();
        ended(outcome, name, "FILE", self.counts, listener, checkpoints)
    }

    fn comparison(&self, pool: &Pool, progress: Progress<'_>, stop: &Stop, keeper: &dyn Keeper) -> Result<Comparison, Halt<BrokenIn>> {
        let tally = pool.resume(self, &self.job(), progress, stop, keeper)?;
        Ok(self.pairing.summarise(&tally))
    }
}

/// Runs all paths of several scenarios that share seed and counts, in one pass, for those who bring their own progress and their own way to stop.
///
/// # Errors
/// If the run is stopped, or a path breaks a law.
pub fn contrast(models: &[Model], counts: Counts, pool: &Pool, progress: Progress<'_>, stop: &Stop) -> Result<Comparison, Halt<BrokenIn>> {
    SidePaths::new(models, counts).comparison(pool, progress, stop, &())
}

/// Runs all paths of one scenario, for those who bring their own progress and their own way to stop.
///
/// # Errors
/// If the run is stopped, or a path breaks a law.
pub fn summarise(model: &Model, pool: &Pool, progress: Progress<'_>, stop: &Stop) -> Result<Summary, Halt<BrokenBooks>> {
    summary(Paths { model, sample: None }, pool, progress, stop, &())
}

fn summary(paths: Paths<'_>, pool: &Pool, progress: Progress<'_>, stop: &Stop, keeper: &dyn Keeper) -> Result<Summary, Halt<BrokenBooks>> {
    let model = paths.model;
    let tally = pool.resume(&paths, &job(model), progress, stop, keeper)?;
    Ok(analysis::summarise(header(model.scenario()), model.recorded(), &tally))
}

/// What was run, for tables and charts.
pub(super) fn header(scenario: &Scenario) -> Header {
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
        sampling: simulation.sampling,
    }
}

/// The result of a run, or why it has none.
fn ended<T, E: std::fmt::Display>(
    outcome: Result<T, Halt<E>>,
    name: &str,
    file: &str,
    counts: Counts,
    listener: &Listener,
    checkpoints: &Checkpoints<'_>,
) -> Result<T, Failure> {
    checkpoints.check()?;
    outcome.map_err(|halt| match halt {
        Halt::Stopped { .. } if !listener.stop().requested() => checkpoints.time_is_up(),
        halt => told(&halt, name, file, counts, listener),
    })
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
    let Counts { seed, worlds, sampling, .. } = simulation;
    // Latin hypercubes of another size are others.
    let worlds = if sampling == Sampling::Latin { worlds } else { sampling.next_fit(world + 1) };
    let sampled = if sampling == Sampling::Random { String::new() } else { format!(" --sampling {}", sampling.word()) };
    let again = format!("greenlight run {file} --seed {seed} --worlds {worlds} --paths-per-world {}{sampled}", path + 1);
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
