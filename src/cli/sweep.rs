//! `greenlight sweep FILE --vary KEY=LOW..HIGH:POINTS`: what happens as one or more values change, on the same luck throughout.

use super::exit::{Exit, Failure, say};
use super::findings::Findings;
use super::forecast::{self, Work};
use super::options::{self, Computing, Draws, Writing};
use super::signals::Listener;
use super::simulate::{header, progress_bar, told};
use super::watch::Watch;
use crate::analysis::grid::{self, Axis};
use crate::analysis::{Estimated, Measure, OutcomeSummary, Sweep, Threshold, first_crossing, sweep_table};
use crate::charts::{self, Chart};
use crate::engine::Pool;
use crate::io::tables::sweep;
use crate::io::{self, Staging};
use crate::model::Model;
use crate::report::{self, Repeat, SweepPage};
use crate::scenario;
use indicatif::ProgressBar;
use std::io::Write;
use std::path::{Path, PathBuf};

pub const HELP: &str = "\
Examples:
  greenlight sweep scenarios/baseline-dec-2025.toml --vary beijing.regimes.case_by_case.approve_per_month=0.05..0.9:8
  greenlight sweep my-view.toml --vary supply.stock_chips=50000..1000000:7:log --outcome delivered_2026 --outcome t_first
  greenlight sweep my-view.toml --vary shipping.rationing=proportional,uniform,linear --outcome 'delivered_T(bytedance)'
  greenlight sweep my-view.toml --vary A=0..1:12 --vary B=0..1:12 --outcome 'delivered_T >= 250000' --level 0.5

An outcome may be asked for as it is (delivered_T), of one buyer ('delivered_T(bytedance)'), in a month ('delivered(2026-06)'),
or as an event whose chance is told ('first_delivery_by(2026-12)', 'delivered_T >= 250000'); docs/updating.md lists the forms. With --level the smallest value of the first key is
searched at which that chance reaches the level, for each combination of the other keys.
Every combination has the same draws, so that differences between them are never luck.
Without --worlds and --paths-per-world a combination has 5,000 paths: 250 worlds of 20.";

/// What a combination has unless it is said otherwise, or the scenario has fewer.
const WORLDS: u64 = 250;
const PATHS_PER_WORLD: u64 = 20;

/// Arguments of `sweep`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Scenario file
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// A key and the values it takes in turn; several keys are combined
    #[arg(long, value_name = "KEY=VALUES", required = true)]
    vary: Vec<String>,

    /// What is told of every combination [default: delivered_T]
    #[arg(long = "outcome", value_name = "OUTCOME")]
    outcome: Vec<String>,

    /// A chance to be reached, from 0 to 1; needs an outcome with a condition, and numbers for the first key
    #[arg(long, value_name = "CHANCE")]
    level: Option<f64>,

    #[command(flatten)]
    draws: Draws,

    #[command(flatten)]
    computing: Computing,

    /// Output folder [default: output/sweep-NAME]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    #[command(flatten)]
    writing: Writing,
}

/// Runs the command.
pub fn run(args: &Args, out: &mut dyn Write, err: &mut dyn Write) -> Result<Exit, Failure> {
    options::names_a_folder(args.out.as_deref())?;
    let axes = axes(args)?;
    if args.level.is_some() && axes[0].numbers.is_none() {
        let key = scenario::escape(&axes[0].key);
        return Err(Failure::new(Exit::Usage, format!("--level needs rising numbers for the first key, {key}")));
    }
    let desk = Desk { args, axes: &axes };
    let model = desk.model(&[])?;
    let scenario = model.scenario().clone();
    let measures = measures(args, &model)?;
    // Each value is legal before any is simulated.
    let places = grid::combinations(&axes);
    Failure::all(desk.ends().into_iter().filter_map(|changes| desk.model(&changes).err()).collect())?;
    let models = places.iter().map(|place| desk.model(&desk.changes(place)));
    let target = args.out.clone().unwrap_or_else(|| Path::new("output").join(format!("sweep-{}", scenario.name)));
    let work = Work::of_question("sweep", &model, places.len() as u64, measures.len(), args.computing.threads()).writing(&args.writing);
    forecast::check_limits(std::slice::from_ref(&work), std::slice::from_ref(&target))?;

    let listener = Listener::listen()?;
    let staging = Staging::create(&target, args.writing.overwrite)?;
    let pool = args.computing.pool()?;
    if !args.writing.quiet {
        let _ = writeln!(err, "{}", work.describe());
    }
    let bar = progress_bar(&scenario.name, scenario.simulation, args.writing.quiet);
    bar.set_length(scenario.simulation.worlds * scenario.simulation.paths_per_world * places.len() as u64);
    let runner = Runner { desk, measures: &measures, pool: &pool, listener: &listener, bar: &bar };
    let cells = models.map(|model| runner.summarise(&model?)).collect::<Result<Vec<_>, _>>()?;
    let mut found = Sweep { header: header(&scenario), axes: axes.clone(), measures: measures.clone(), cells, thresholds: Vec::new() };
    if let Some(level) = args.level {
        found.thresholds = thresholds(&runner, &found, level)?;
    }
    bar.finish_and_clear();
    let findings = Findings {
        verb: "sweep",
        scenario: &scenario,
        file: &args.file,
        draws: &args.draws,
        writing: &args.writing,
        options: asked(args),
        inputs: Vec::new(),
        header: &found.header,
        tables: sweep::tables(&found).map_err(|error| Failure::of_table("sweep", &error))?,
        codebook: &|tables, format| io::sweep_codebook(tables.len() > 1, format),
    };
    let page = |charts: &[Chart], repeat: &Repeat| report::sweep(&SweepPage { sweep: &found, scenario: &scenario, charts, repeat });
    findings.write(staging, &pool, &listener, || charts::draw_sweep(&found), Some(&page))?;
    if !args.writing.quiet {
        say(out, &format!("{}{}\n", sweep_table(&found), target.display()))?;
    }
    Ok(Exit::Ok)
}

/// The keys that vary, each once.
fn axes(args: &Args) -> Result<Vec<Axis>, Failure> {
    let usage = |error: &dyn std::fmt::Display| Failure::new(Exit::Usage, format!("--vary {error}"));
    let axes = args.vary.iter().map(|text| Axis::parse(text).map_err(|error| usage(&error))).collect::<Result<Vec<_>, _>>()?;
    for (i, axis) in axes.iter().enumerate() {
        if axes[..i].iter().any(|earlier| earlier.key == axis.key) {
            return Err(usage(&format!("{} is named twice; list its values in one", scenario::escape(&axis.key))));
        }
    }
    let cells = axes.iter().try_fold(1_usize, |product, axis| product.checked_mul(axis.values.len())).unwrap_or(usize::MAX);
    if cells > grid::MOST_CELLS {
        let counts: Vec<String> = axes.iter().map(|axis| axis.values.len().to_string()).collect();
        let why = format!("{} are more than {} combinations: take fewer values", counts.join(" × "), grid::MOST_CELLS);
        return Err(Failure::new(Exit::Limit, why));
    }
    Ok(axes)
}

/// What is asked of every path.
fn measures(args: &Args, model: &Model) -> Result<Vec<Measure>, Failure> {
    let usage = |text: String| Failure::new(Exit::Usage, text);
    let asked = if args.outcome.is_empty() { vec!["delivered_T".to_owned()] } else { args.outcome.clone() };
    let parse = |text: &String| Measure::parse(text, model).map_err(|error| usage(format!("--outcome {error}")));
    let measures = asked.iter().map(parse).collect::<Result<Vec<_>, _>>()?;
    if measures.len() > charts::SWEEP_NAMES.len() {
        return Err(usage(format!("--outcome is given {} times; at most {}", measures.len(), charts::SWEEP_NAMES.len())));
    }
    match args.level {
        Some(level) if !(level > 0.0 && level < 1.0) => Err(usage("--level is a chance and must lie between 0 and 1".into())),
        Some(_) if measures.iter().all(|measure| !measure.is_chance()) => {
            Err(usage("--level is a chance to be reached; ask for one with --outcome 'delivered_T >= 250000'".into()))
        }
        _ => Ok(measures),
    }
}

/// Scenarios by the values of the keys that vary.
#[derive(Clone, Copy)]
struct Desk<'a> {
    args: &'a Args,
    axes: &'a [Axis],
}

impl Desk<'_> {
    /// The scenario with these `key=value`, ready to run.
    fn model(&self, changes: &[String]) -> Result<Model, Failure> {
        let overrides: Vec<String> = self.args.draws.overrides().iter().chain(changes).cloned().collect();
        let mut scenario = crate::io::scenario_files::load(&self.args.file, &overrides)?;
        super::options::independent(&scenario, &self.args.file)?;
        let counts = &mut scenario.simulation;
        if !self.args.draws.sets("simulation.worlds") {
            counts.worlds = counts.worlds.min(WORLDS);
        }
        if !self.args.draws.sets("simulation.paths_per_world") {
            counts.paths_per_world = counts.paths_per_world.min(PATHS_PER_WORLD);
        }
        self.args.computing.model(scenario, &self.args.file)
    }

    /// The changes at positions along the axes.
    fn changes(&self, place: &[usize]) -> Vec<String> {
        self.axes.iter().zip(place).map(|(axis, at)| format!("{}={}", axis.key, axis.values[*at])).collect()
    }

    /// Whether a key takes numbers that are not whole.
    fn takes_fractions(&self, axis: &Axis) -> bool {
        let between = axis.numbers.as_ref().map_or(0.5, |numbers| numbers[0] + 0.618_034 * (numbers[1] - numbers[0]));
        self.model(&[format!("{}={between}", axis.key)]).is_ok()
    }

    /// Each value of each axis, with the first of the others.
    fn ends(&self) -> Vec<Vec<String>> {
        let one = |(moving, axis): (usize, &Axis)| -> Vec<Vec<String>> {
            let place = |at: usize| (0..self.axes.len()).map(|i| if i == moving { at } else { 0 }).collect::<Vec<_>>();
            (0..axis.values.len()).map(|at| self.changes(&place(at))).collect()
        };
        self.axes.iter().enumerate().flat_map(one).collect()
    }
}

/// Runs one combination after another.
struct Runner<'a> {
    desk: Desk<'a>,
    measures: &'a [Measure],
    pool: &'a Pool,
    listener: &'a Listener,
    bar: &'a ProgressBar,
}

impl Runner<'_> {
    fn summarise(&self, model: &Model) -> Result<Vec<OutcomeSummary>, Failure> {
        let before = self.bar.position();
        let found =
            Watch::new(model, self.measures).summarise(self.pool, &|paths| self.bar.set_position(before + paths), self.listener.stop());
        let (scenario, file) = (model.scenario(), self.desk.args.file.display().to_string());
        found.map_err(|halt| told(&halt, &scenario.name, &file, scenario.simulation, self.listener))
    }
}

/// Where each chance reaches the level, for each combination of the other keys.
fn thresholds(runner: &Runner<'_>, found: &Sweep, level: f64) -> Result<Vec<Threshold>, Failure> {
    let Some((solved, others)) = found.axes.split_first() else { return Ok(Vec::new()) };
    let Some(points) = &solved.numbers else { return Ok(Vec::new()) };
    let mut thresholds = Vec::new();
    let is_whole = !runner.desk.takes_fractions(solved);
    let stride: usize = others.iter().map(|axis| axis.values.len()).product();
    let asked: Vec<usize> = (0..found.measures.len()).filter(|i| found.measures[*i].is_chance()).collect();
    let known =
        |summary: &OutcomeSummary| -> Estimated { (summary.estimate.mean.unwrap_or(0.0), summary.estimate.std_error.unwrap_or(0.0)) };
    for (column, place) in grid::combinations(others).into_iter().enumerate() {
        for measure in &asked {
            let curve = |x: f64| -> Result<Estimated, Failure> {
                if let Some(row) = points.iter().position(|point| *point == x) {
                    return Ok(known(&found.cells[row * stride + column][*measure]));
                }
                let x = if is_whole { x.round() } else { x };
                let mut changes = vec![format!("{}={}", solved.key, grid::plain(x))];
                changes.extend(others.iter().zip(&place).map(|(axis, at)| format!("{}={}", axis.key, axis.values[*at])));
                Ok(known(&runner.summarise(&runner.desk.model(&changes)?)?[*measure]))
            };
            let crossing = first_crossing(points, level, curve)?;
            thresholds.push(Threshold { measure: *measure, level, others: place.clone(), crossing });
        }
    }
    Ok(thresholds)
}

/// The options that are the sweep's own, as they were typed.
fn asked(args: &Args) -> Vec<String> {
    let vary = args.vary.iter().map(|text| format!("--vary={text}"));
    let outcomes = args.outcome.iter().map(|text| format!("--outcome={text}"));
    vary.chain(outcomes).chain(args.level.iter().map(|level| format!("--level={level}"))).collect()
}
