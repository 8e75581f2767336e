//! `greenlight run FILE…`: simulate scenarios and write their folders.
//!
//! The phases are in the order of the exit codes; nothing is touched before every scenario is known
//! to be valid, affordable and free to write.

use super::exit::{Exit, Failure, say};
use super::forecast::Work;
use super::signals::Listener;
use super::simulate::simulate;
use crate::analysis::{self, Summary};
use crate::engine::{BLOCK_PATHS, Pool};
use crate::io::tables::{self, TableError};
use crate::io::{self, Staging, manifest, scenario_files};
use crate::model::{Audit, Model};
use crate::{charts, scenario};
use std::collections::BTreeSet;
use std::io::Write;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread::available_parallelism;

pub const HELP: &str = "\
Examples:
  greenlight run scenarios/baseline-dec-2025.toml
  greenlight run my-view.toml --set supply.stock_chips=200000 --out output/low-stock
  greenlight run scenarios/*.toml --worlds 200 --out output/draft --overwrite

Results depend on the scenario, the counts and the seed, never on the number of threads.
A run is refused beyond 4e9 paths, 2e13 buyer-months (paths × months × buyers) or 12 GiB of memory.";

/// Far beyond any machine this runs on; keeps a typing error from asking the system for a million.
const MAX_THREADS: usize = 1024;

/// Arguments of `run`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Scenario files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Draws of what nobody knows
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    worlds: Option<u64>,

    /// Draws of chance inside each world
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    paths_per_world: Option<u64>,

    /// Seed of every draw, 0 to 9223372036854775807
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64))]
    seed: Option<u64>,

    /// Threads, 1 to 1024 [default: all cores]
    #[arg(long, value_name = "N", value_parser = thread_count)]
    threads: Option<NonZeroUsize>,

    /// Replace one value of every scenario
    #[arg(long, value_name = "KEY=VALUE", value_parser = assignment)]
    set: Vec<String>,

    /// Output folder; with several files, the folder that holds theirs [default: output/NAME]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Replace output folders of earlier runs
    #[arg(long)]
    overwrite: bool,

    /// Leave out the charts
    #[arg(long)]
    no_charts: bool,

    /// Say nothing but errors
    #[arg(long)]
    quiet: bool,
}

/// Runs the command.
pub fn run(args: &Args, out: &mut dyn Write, err: &mut dyn Write) -> Result<Exit, Failure> {
    let targets = targets(args)?;
    let threads = args.threads.or_else(|| available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN);
    let models = models(args)?;
    let forecasts: Vec<Work> = models.iter().map(|model| Work::of(model, threads)).collect();
    check_limits(&forecasts, &targets)?;

    let listener = Listener::listen()?;
    let stagings = targets.iter().map(|target| Ok(Staging::create(target, args.overwrite)?)).collect::<Result<Vec<_>, Failure>>()?;
    let pool = Pool::new(threads).map_err(|error| Failure::new(Exit::Resources, error))?;
    for (((model, file), staging), forecast) in models.iter().zip(&args.files).zip(stagings).zip(&forecasts) {
        if !args.quiet {
            // A lost forecast is no reason to lose the run.
            let _ = writeln!(err, "{}", forecast.describe());
        }
        let summary = simulate(model, file, &pool, &listener, args.quiet)?;
        let target = staging.target().display().to_string();
        write(args, model, &summary, staging, &listener)?;
        if !args.quiet {
            say(out, &format!("{}\n{target}\n", analysis::headline(&summary)))?;
        }
    }
    Ok(Exit::Ok)
}

/// The output folder of each file; two files must not share one.
fn targets(args: &Args) -> Result<Vec<PathBuf>, Failure> {
    let stems: Vec<_> = args.files.iter().map(|file| file.file_stem().unwrap_or_default()).collect();
    let mut seen = BTreeSet::new();
    for (file, stem) in args.files.iter().zip(&stems) {
        // Some file systems do not tell upper from lower case.
        if !seen.insert(stem.to_string_lossy().to_lowercase()) {
            return Err(Failure::new(
                Exit::Usage,
                format!("{file:?} would be written to the folder of another file of this name; run them one by one"),
            ));
        }
    }
    if args.out.as_ref().is_some_and(|out| out.file_name().is_none()) {
        return Err(Failure::new(Exit::Usage, "--out must end in the name of a folder"));
    }
    let parent = args.out.clone().unwrap_or_else(|| PathBuf::from("output"));
    let one = args.files.len() == 1 && args.out.is_some();
    Ok(if one { vec![parent] } else { stems.iter().map(|stem| parent.join(stem)).collect() })
}

/// Reads every scenario; the problems of all files are told together.
fn models(args: &Args) -> Result<Vec<Model>, Failure> {
    let overrides = overrides(args);
    let (mut models, mut failures) = (Vec::new(), Vec::new());
    for file in &args.files {
        let model = scenario_files::load(file, &overrides).map_err(Failure::from).and_then(|scenario| {
            let audit = Audit::EachPath;
            Model::new(scenario, audit).map_err(|error| Failure::new(Exit::Scenario, format!("{}: {error}", file.display())))
        });
        match model {
            Ok(model) => models.push(model),
            Err(failure) => failures.push(failure),
        }
    }
    Failure::all(failures).map(|()| models)
}

/// Everything the command line changes, as `key=value`. The manifest repeats it.
fn overrides(args: &Args) -> Vec<String> {
    let counts = [("worlds", args.worlds), ("paths_per_world", args.paths_per_world), ("seed", args.seed)];
    let counts = counts.iter().filter_map(|(key, value)| Some(format!("simulation.{key}={}", (*value)?)));
    args.set.iter().cloned().chain(counts).collect()
}

fn thread_count(text: &str) -> Result<NonZeroUsize, String> {
    let threads = text.parse().ok().filter(|threads: &NonZeroUsize| threads.get() <= MAX_THREADS);
    threads.ok_or_else(|| format!("the number of threads is 1 to {MAX_THREADS}"))
}

/// One `--set`; the scenario language judges the rest.
pub fn assignment(text: &str) -> Result<String, String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() && !value.trim().is_empty() => Ok(text.to_owned()),
        _ => Err("write it as key=value, such as supply.stock_chips=200000".into()),
    }
}

/// Refuses absurd work, and results that would not fit where they go.
fn check_limits(forecasts: &[Work], targets: &[PathBuf]) -> Result<(), Failure> {
    Failure::all(forecasts.iter().filter_map(|work| work.check().err()).collect())?;
    let needed: u128 = forecasts.iter().map(Work::output_bytes).sum();
    let Some(target) = targets.first() else { return Ok(()) };
    match io::free_bytes(target) {
        Ok(free) if needed > free.into() => {
            Err(Failure::new(Exit::Limit, format!("the results may take {needed} bytes and the disk of {target:?} has only {free} left")))
        }
        // What is wrong with the place shows when we write there.
        _ => Ok(()),
    }
}

/// Formats everything and writes the folder.
fn write(args: &Args, model: &Model, summary: &Summary, mut staging: Staging, listener: &Listener) -> Result<(), Failure> {
    let scenario = model.scenario();
    let tables = tables::tables(summary).map_err(|error| match error {
        TableError::NotFinite { .. } => Failure::new(Exit::Numeric, format!("{}: {error}", scenario.name)),
        TableError::Writer(_) => Failure::new(Exit::Internal, error),
    })?;
    for table in &tables {
        staging.write(table.name, &table.bytes)?;
    }
    staging.write("columns.md", io::codebook(summary).as_bytes())?;
    staging.write("scenario.resolved.toml", scenario::resolved_toml(scenario).as_bytes())?;
    if !args.no_charts {
        for chart in charts::draw(summary) {
            listener.check()?;
            let png = charts::png(&chart).map_err(|error| Failure::new(Exit::Internal, error))?;
            staging.write(&format!("charts/{}.svg", chart.name), chart.svg.as_bytes())?;
            staging.write(&format!("charts/{}.png", chart.name), &png)?;
        }
    }
    listener.check()?;
    let provenance = manifest::Provenance {
        inputs: &scenario.files,
        overrides: &overrides(args),
        block_paths: BLOCK_PATHS,
        results_sha256: &tables::digest(&tables),
    };
    let manifest = manifest::render(&summary.header, provenance, staging.files());
    Ok(staging.commit(&manifest)?)
}
