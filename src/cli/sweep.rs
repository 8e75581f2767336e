//! `greenlight sweep FILE --vary KEY=LOW..HIGH:POINTS`: what happens as one or more values change, on the same luck throughout.

use super::exit::{Exit, Failure, say};
use super::findings::Findings;
use super::forecast::{self, Work};
use super::options::{self, Computing, Draws, Writing};
use super::signals::Listener;
use super::simulate::{header, progress_bar, told};
use super::watch::Watch;
use crate::analysis::{Estimated, Measure, OutcomeSummary, Sweep, Threshold, first_crossing, sweep_table};
use crate::charts::{self, Chart};
use crate::engine::Pool;
use crate::io::tables::sweep;
use crate::io::{self, Staging};
use crate::model::Model;
use crate::report::{self, Repeat, SweepPage};
use crate::scenario::grid::{self, Axis};
use crate::scenario::{self, Scenario, StoredSweep, nearest};
use indicatif::ProgressBar;
use std::io::Write;
use std::path::{Path, PathBuf};

pub const HELP: &str = "\
Examples:
  greenlight sweep scenarios/baseline-dec-2025.toml --vary beijing.regimes.case_by_case.approve_per_month=0.05..0.9:8
  greenlight sweep my-view.toml --vary supply.stock_chips=50000..1000000:7:log --outcome delivered_2026 --outcome t_first
  greenlight sweep my-view.toml --vary shipping.rationing=proportional,uniform,linear --outcome 'delivered_T(bytedance)'
  greenlight sweep scenarios/sweeps.toml
  greenlight sweep scenarios/sweeps.toml --sweep approvals
  greenlight sweep my-view.toml --vary A=0..1:12 --vary B=0..1:12 --outcome 'delivered_T >= 250000' --level 0.5

An outcome may be asked for as it is (delivered_T), of one buyer ('delivered_T(bytedance)'), in a month ('delivered(2026-06)'),
or as an event whose chance is told ('first_delivery_by(2026-12)', 'delivered_T >= 250000'); docs/updating.md lists the forms. With --level the smallest value of the first key is
searched at which that chance reaches the level, for each combination of the other keys.
Without --vary, the [[sweep]] tables of the scenario are run: a name, vary, outcomes and perhaps a level.
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

    /// A key and the values it takes in turn; several keys are combined [default: the scenario's [[sweep]] tables]
    #[arg(long, value_name = "KEY=VALUES")]
    vary: Vec<String>,

    /// What is told of every combination [default: delivered_T]
    #[arg(long = "outcome", value_name = "OUTCOME", requires = "vary")]
    outcome: Vec<String>,

    /// A chance to be reached, from 0 to 1; needs an outcome with a condition, and numbers for the first key
    #[arg(long, value_name = "CHANCE", requires = "vary")]
    level: Option<f64>,

    /// Name of one [[sweep]] table of the scenario [default: all of them]
    #[arg(long, value_name = "NAME", conflicts_with = "vary")]
    sweep: Option<String>,

    #[command(flatten)]
    draws: Draws,

    #[command(flatten)]
    computing: Computing,

    /// Output folder; with several tables, the folder that holds theirs [default: output/sweep-NAME, for a table output/sweep-NAME-TABLE]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    #[command(flatten)]
    writing: Writing,
}

/// One sweep that is asked for.
struct Asked {
    /// What messages call it: an option, or a table of the scenario.
    shown: String,
    axes: Vec<Axis>,
    outcomes: Vec<String>,
    level: Option<f64>,
    target: PathBuf,
    /// As it is typed to be asked again.
    options: Vec<String>,
}

/// Runs the command.
pub fn run(args: &Args, out: &mut dyn Write, err: &mut dyn Write) -> Result<Exit, Failure> {
    options::names_a_folder(args.out.as_deref())?;
    let asked = asked(args)?;
    let ready = asked.iter().map(|asked| Ready::new(args, asked)).collect::<Result<Vec<_>, _>>()?;
    let forecasts: Vec<Work> = ready.iter().map(|ready| ready.work(args)).collect();
    forecast::check_limits(&forecasts, &asked.iter().map(|asked| asked.target.clone()).collect::<Vec<_>>())?;

    let listener = Listener::listen()?;
    let stagings = asked.iter().map(|asked| Staging::create(&asked.target, args.writing.overwrite)).collect::<Result<Vec<_>, _>>()?;
    let pool = args.computing.pool()?;
    for ((ready, staging), work) in ready.iter().zip(stagings).zip(&forecasts) {
        if !args.writing.quiet {
            let _ = writeln!(err, "{}", work.describe());
        }
        let found = ready.sweep(args, &pool, &listener)?;
        ready.write(args, &found, staging, &pool, &listener)?;
        if !args.writing.quiet {
            say(out, &format!("{}{}\n", sweep_table(&found), ready.asked.target.display()))?;
        }
    }
    Ok(Exit::Ok)
}

/// The sweep of the command line, or those that the scenario keeps.
fn asked(args: &Args) -> Result<Vec<Asked>, Failure> {
    let usage = |text: String| Failure::new(Exit::Usage, text);
    if !args.vary.is_empty() {
        return typed(args).map(|asked| vec![asked]);
    }
    let scenario = args.draws.load(&args.file)?;
    let (shown, tables) = (args.file.display(), &scenario.sweeps);
    let chosen: Vec<&StoredSweep> = tables.iter().filter(|table| args.sweep.as_ref().is_none_or(|name| *name == table.name)).collect();
    match &args.sweep {
        _ if tables.is_empty() => {
            return Err(usage(format!("{shown} has no [[sweep]] table; name a key and its values with --vary, as --help shows")));
        }
        Some(name) if chosen.is_empty() => {
            let hint = nearest(name, tables.iter().map(|table| table.name.as_str()));
            let hint = hint.map_or(String::new(), |near| format!("; did you mean \"{near}\"?"));
            return Err(usage(format!("{shown} has no [[sweep]] called \"{}\"{hint}", scenario::excerpt(name))));
        }
        _ => {}
    }
    let target = |table: &StoredSweep| match &args.out {
        Some(out) if chosen.len() == 1 => out.clone(),
        Some(out) => out.join(&table.name),
        None => Path::new("output").join(format!("sweep-{}-{}", scenario.name, table.name)),
    };
    let stored = |table: &&StoredSweep| Asked {
        shown: format!("{shown}: [[sweep]] {}: ", table.name),
        axes: table.axes.clone(),
        outcomes: table.outcomes.clone(),
        level: table.level,
        target: target(table),
        options: vec![format!("--sweep={}", table.name)],
    };
    Ok(chosen.iter().map(stored).collect())
}

/// The sweep of the command line.
fn typed(args: &Args) -> Result<Asked, Failure> {
    let usage = |error: &dyn std::fmt::Display| Failure::new(Exit::Usage, format!("--vary {error}"));
    let axes = args.vary.iter().map(|text| Axis::parse(text).map_err(|error| usage(&error))).collect::<Result<Vec<_>, _>>()?;
    let name = args.draws.load(&args.file)?.name;
    let outcomes = if args.outcome.is_empty() { vec!["delivered_T".to_owned()] } else { args.outcome.clone() };
    let options = [
        args.vary.iter().map(|text| format!("--vary={text}")).collect::<Vec<_>>(),
        args.outcome.iter().map(|text| format!("--outcome={text}")).collect(),
        args.level.iter().map(|level| format!("--level={level}")).collect(),
    ];
    Ok(Asked {
        shown: String::new(),
        axes,
        outcomes,
        level: args.level,
        target: args.out.clone().unwrap_or_else(|| Path::new("output").join(format!("sweep-{name}"))),
        options: options.concat(),
    })
}

/// Says of every [[sweep]] table of a scenario whether it could be run.
///
/// # Errors
/// Why not.
pub fn check(file: &Path, scenario: &Scenario) -> Result<(), Failure> {
    let (draws, computing) = (Draws::default(), Computing::default());
    let failures = scenario.sweeps.iter().filter_map(|table| {
        let shown = format!("{}: [[sweep]] {}: ", file.display(), table.name);
        let desk = Desk { file, draws: &draws, computing: &computing, axes: &table.axes };
        desk.measures(&shown, &table.outcomes, table.level).err()
    });
    Failure::all(failures.collect())
}

/// A sweep of which every value is legal.
struct Ready<'a> {
    asked: &'a Asked,
    desk: Desk<'a>,
    model: Model,
    measures: Vec<Measure>,
}

impl<'a> Ready<'a> {
    fn new(args: &'a Args, asked: &'a Asked) -> Result<Self, Failure> {
        if let Some(rule) = grid::named_twice(&asked.axes) {
            return Err(Failure::new(Exit::Usage, format!("{}--vary {rule}", asked.shown)));
        }
        if let Some(rule) = grid::too_many(&asked.axes) {
            return Err(Failure::new(Exit::Limit, format!("{}{rule}", asked.shown)));
        }
        let desk = Desk { file: &args.file, draws: &args.draws, computing: &args.computing, axes: &asked.axes };
        let (model, measures) = desk.measures(&asked.shown, &asked.outcomes, asked.level)?;
        Ok(Self { asked, desk, model, measures })
    }

    fn work(&self, args: &Args) -> Work {
        let cells = self.asked.axes.iter().map(|axis| axis.values.len() as u64).product();
        Work::of_question("sweep", &self.model, cells, self.measures.len(), args.computing.threads()).writing(&args.writing)
    }

    /// Runs every combination, and searches the thresholds.
    fn sweep(&self, args: &Args, pool: &Pool, listener: &Listener) -> Result<Sweep, Failure> {
        let scenario = self.model.scenario();
        let places = grid::combinations(&self.asked.axes);
        let bar = progress_bar(&scenario.name, scenario.simulation, args.writing.quiet);
        bar.set_length(scenario.simulation.worlds * scenario.simulation.paths_per_world * places.len() as u64);
        let runner = Runner { desk: self.desk, measures: &self.measures, pool, listener, bar: &bar };
        let cells =
            places.iter().map(|place| runner.summarise(&self.desk.model(&self.desk.changes(place))?)).collect::<Result<Vec<_>, _>>()?;
        let (axes, measures) = (self.asked.axes.clone(), self.measures.clone());
        let mut found = Sweep { header: header(scenario), axes, measures, cells, thresholds: Vec::new() };
        if let Some(level) = self.asked.level {
            found.thresholds = thresholds(&runner, &found, level)?;
        }
        bar.finish_and_clear();
        Ok(found)
    }

    fn write(&self, args: &Args, found: &Sweep, staging: Staging, pool: &Pool, listener: &Listener) -> Result<(), Failure> {
        let scenario = self.model.scenario();
        let findings = Findings {
            verb: "sweep",
            scenario,
            file: &args.file,
            draws: &args.draws,
            writing: &args.writing,
            options: self.asked.options.clone(),
            inputs: Vec::new(),
            header: &found.header,
            tables: sweep::tables(found).map_err(|error| Failure::of_table("sweep", &error))?,
            codebook: &|tables, format| io::sweep_codebook(tables.len() > 1, format),
        };
        let page = |charts: &[Chart], repeat: &Repeat| report::sweep(&SweepPage { sweep: found, scenario, charts, repeat });
        findings.write(staging, pool, listener, || charts::draw_sweep(found), Some(&page))
    }
}

/// Scenarios by the values of the keys that vary.
#[derive(Clone, Copy)]
struct Desk<'a> {
    file: &'a Path,
    draws: &'a Draws,
    computing: &'a Computing,
    axes: &'a [Axis],
}

impl Desk<'_> {
    /// The scenario as it is and what is asked of it, once every value of every key is known to be legal. `shown` begins messages.
    fn measures(&self, shown: &str, outcomes: &[String], level: Option<f64>) -> Result<(Model, Vec<Measure>), Failure> {
        let usage = |text: String| Failure::new(if shown.is_empty() { Exit::Usage } else { Exit::Scenario }, format!("{shown}{text}"));
        if level.is_some() && self.axes.first().is_some_and(|axis| axis.numbers.is_none()) {
            return Err(usage(format!("--level needs rising numbers for the first key, {}", scenario::escape(&self.axes[0].key))));
        }
        let model = self.model(&[])?;
        let parse = |text: &String| Measure::parse(text, &model).map_err(|error| usage(format!("--outcome {error}")));
        let measures = outcomes.iter().map(parse).collect::<Result<Vec<_>, _>>()?;
        if measures.len() > charts::SWEEP_NAMES.len() {
            return Err(usage(format!("--outcome is given {} times; at most {}", measures.len(), charts::SWEEP_NAMES.len())));
        }
        match level {
            Some(level) if !(level > 0.0 && level < 1.0) => return Err(usage("--level is a chance and must lie between 0 and 1".into())),
            Some(_) if measures.iter().all(|measure| !measure.is_chance()) => {
                return Err(usage("--level is a chance to be reached; ask for one with --outcome 'delivered_T >= 250000'".into()));
            }
            _ => {}
        }
        Failure::all(self.ends().into_iter().filter_map(|changes| self.model(&changes).err()).collect())?;
        Ok((model, measures))
    }

    /// The scenario with these `key=value`, ready to run.
    fn model(&self, changes: &[String]) -> Result<Model, Failure> {
        let mut scenario = self.draws.clone().with_changes(changes).load(self.file)?;
        let counts = &mut scenario.simulation;
        if !self.draws.sets("simulation.worlds") {
            counts.worlds = counts.worlds.min(WORLDS);
        }
        if !self.draws.sets("simulation.paths_per_world") {
            counts.paths_per_world = counts.paths_per_world.min(PATHS_PER_WORLD);
        }
        self.computing.model(scenario, self.file)
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
        let (scenario, file) = (model.scenario(), self.desk.file.display().to_string());
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
