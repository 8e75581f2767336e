//! `greenlight run FILE…`: simulate scenarios and write their folders.
//!
//! The phases are in the order of the exit codes; nothing is touched before every scenario is known
//! to be valid, affordable and free to write.

use super::checkpoints::{Checkpoints, Interruptions, Session};
use super::exit::{Exit, Failure, say};
use super::forecast::{self, Work};
use super::insight::{Sample, insight_of};
use super::options::{self, Computing, Draws, Writing};
use super::precision::Question;
use super::signals::Listener;
use super::simulate::{Paths, job, simulate};
use super::{precision, publish, samples};
use crate::analysis::{self, Summary, Target};
use crate::domain::Sampling;
use crate::engine::{BLOCK_PATHS, Pool};
use crate::io::checkpoint::Identity;
use crate::io::tables;
use crate::io::{self, Staging, manifest};
use crate::model::Model;
use crate::report::{self, RunPage};
use crate::{charts, scenario};
use std::collections::BTreeSet;
use std::io::Write;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::thread;

pub const HELP: &str = "\
Examples:
  greenlight run scenarios/baseline-dec-2025.toml
  greenlight run my-view.toml --set supply.stock_chips=200000 --out output/low-stock
  greenlight run scenarios/*.toml --worlds 200 --out output/draft --overwrite
  greenlight run my-view.toml --samples --format both
  greenlight run my-view.toml --worlds 1000000 --max-seconds 3600
  greenlight run my-view.toml --worlds 1024 --sampling sobol
  greenlight run my-view.toml --precision delivered_T=4% --precision 'delivered_T >= 250000 = 2%'

A run that takes longer than ten seconds keeps a checkpoint beside its folder, a new one every few seconds. If it is
interrupted, the same command goes on from there, on any number of threads, to the same bytes.
Results depend on the scenario, the counts and the seed, never on threads or instructions.
A run is refused beyond 4e9 paths, 2e13 buyer-months (paths × months × buyers) or 12 GiB of memory.";

/// Arguments of `run`.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// Scenario files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    #[command(flatten)]
    draws: Draws,

    #[command(flatten)]
    computing: Computing,

    /// Output folder; with several files, the folder that holds theirs [default: output/NAME]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Also write a table of all paths, one row each
    #[arg(long)]
    samples: bool,

    /// Double the worlds until half of an outcome's 95% interval is this narrow; may be given several times
    #[arg(long, value_name = "OUTCOME=WIDTH")]
    precision: Vec<String>,

    /// How the uncertain numbers of worlds are drawn; sobol and latin spread them evenly, in 16 scrambles that tell the error
    /// [default: as the scenario says, random]
    #[arg(long, value_name = "HOW", value_parser = options::sampling())]
    sampling: Option<Sampling>,

    #[command(flatten)]
    writing: Writing,

    #[command(flatten)]
    interruptions: Interruptions,
}

/// Runs the command.
pub fn run(args: &Args, out: &mut dyn Write, err: &mut dyn Write) -> Result<Exit, Failure> {
    let session = Session::begin(&args.interruptions);
    let draws = args.draws.clone().with_sampling(args.sampling);
    let args = &Args { draws, sampling: None, ..args.clone() };
    if args.precision.is_empty() {
        return run_all(args, &session, out, err);
    }
    run_all(&settled(args, &session, err)?, &session, out, err)
}

/// Runs every scenario with the worlds it has.
fn run_all(args: &Args, session: &Session, out: &mut dyn Write, err: &mut dyn Write) -> Result<Exit, Failure> {
    let targets = targets(args)?;
    let threads = args.computing.threads();
    let models = models(args)?;
    let forecast = |model| {
        let work = Work::of(model, threads).writing(&args.writing);
        if args.samples { work.with_samples(model) } else { work }
    };
    let forecasts: Vec<Work> = models.iter().map(forecast).collect();
    forecast::check_limits(&forecasts, &targets)?;

    let listener = Listener::listen()?;
    let runs = claim(args, session, &models, &targets, &forecasts)?;
    let pool = args.computing.pool()?;
    for (((model, file), run), forecast) in models.iter().zip(&args.files).zip(runs).zip(&forecasts) {
        // A lost remark is no reason to lose the run.
        let mut remark = |text: String| _ = (!args.writing.quiet).then(|| writeln!(err, "{text}"));
        let Some((staging, checkpoints)) = run else {
            remark(format!("{}: finished before the interruption", model.scenario().name));
            continue;
        };
        remark(forecast.describe());
        checkpoints.remark(&model.scenario().name).into_iter().for_each(&mut remark);
        let target = staging.target().to_owned();
        let written = simulate_and_write(args, (model, file), staging, &checkpoints, &pool, &listener);
        let Written { summary, manifest, warning } = written.map_err(|failure| checkpoints.after(failure))?;
        session.finish(&target, &manifest);
        warning.into_iter().for_each(&mut remark);
        if !args.writing.quiet {
            say(out, &format!("{}{}\n{}\n", analysis::headline(&summary), analysis::gains_in_words(&summary), target.display()))?;
        }
    }
    Ok(Exit::Ok)
}

/// The same run with as many worlds as its precision needs.
fn settled(args: &Args, session: &Session, err: &mut dyn Write) -> Result<Args, Failure> {
    let (folders, models) = (targets(args)?, models(args)?);
    let ([model], [file]) = (models.as_slice(), args.files.as_slice()) else {
        return Err(Failure::new(Exit::Usage, "--precision is for one scenario at a time"));
    };
    let asked = precision::targets(&args.precision, |text| Target::parse(text, model))?;
    let threads = args.computing.threads();
    forecast::check_limits(&[Work::of(model, threads)], &folders)?;
    // The search may take minutes: what is in the way is told before it.
    folders.iter().try_for_each(|target| io::check_free(target, args.writing.overwrite))?;
    let (listener, pool) = (Listener::listen()?, args.computing.pool()?);
    let question = Question {
        name: &model.scenario().name,
        file: &file.display().to_string(),
        counts: model.scenario().simulation,
        work: &|worlds| Work { worlds, ..Work::of(model, threads) },
        quiet: args.writing.quiet,
    };
    let (worlds, told) = precision::of_run(&question, &asked, model, &pool, &listener, session)?;
    if !args.writing.quiet {
        let _ = writeln!(err, "{told}");
    }
    Ok(Args { draws: args.draws.clone().with_worlds(worlds), precision: Vec::new(), ..args.clone() })
}

/// Claims every folder, with what an interrupted run left of it; `None` for those that the same command finished before it was
/// interrupted.
fn claim<'a>(
    args: &Args,
    session: &'a Session,
    models: &[Model],
    targets: &[PathBuf],
    forecasts: &[Work],
) -> Result<Vec<Option<(Staging, Checkpoints<'a>)>>, Failure> {
    let identities: Vec<Identity> = models.iter().map(|m| Identity::of(m.scenario().simulation, [m.scenario()])).collect();
    let find = |((target, identity), work): ((&PathBuf, _), &Work)| session.find(target, identity, work.checkpoint_bytes());
    let found: Vec<_> = targets.iter().zip(&identities).zip(forecasts).map(find).collect();
    let claim =
        |target: &PathBuf| if session.has_finished(target) { Ok(None) } else { Staging::create(target, args.writing.overwrite).map(Some) };
    let stagings = targets.iter().map(claim).collect::<Result<Vec<_>, _>>()?;
    let (mut runs, mut failures) = (Vec::new(), Vec::new());
    for (((staging, found), model), identity) in stagings.into_iter().zip(found).zip(models).zip(identities) {
        let Some(staging) = staging else {
            runs.push(None);
            continue;
        };
        match found.and_then(|found| Checkpoints::new(session, identity, staging.checkpoint(), &job(model), found)) {
            Ok(checkpoints) => runs.push(Some((staging, checkpoints))),
            Err(failure) => failures.push(failure),
        }
    }
    Failure::all(failures).map(|()| runs)
}

/// What was found out of one scenario and written.
struct Written {
    summary: Summary,
    manifest: Vec<u8>,
    warning: Option<String>,
}

/// Everything that is done for one scenario.
fn simulate_and_write(
    args: &Args,
    (model, file): (&Model, &Path),
    mut staging: Staging,
    checkpoints: &Checkpoints<'_>,
    pool: &Pool,
    listener: &Listener,
) -> Result<Written, Failure> {
    let sample = (!args.writing.no_charts).then(|| Sample::of(model));
    let paths = Paths { model, sample: sample.as_ref() };
    let summary = simulate(paths, file, pool, listener, args.writing.quiet, checkpoints)?;
    let warning = publish::converged(&model.scenario().name, analysis::doubt(&summary), &args.writing)?;
    if args.samples {
        samples::write(model, file, pool, listener, &args.writing, &mut staging)?;
    }
    let manifest = write(args, (model, file), (&summary, sample), staging, pool, listener)?;
    Ok(Written { summary, manifest, warning })
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
    options::names_a_folder(args.out.as_deref())?;
    let parent = args.out.clone().unwrap_or_else(|| PathBuf::from("output"));
    let one = args.files.len() == 1 && args.out.is_some();
    Ok(if one { vec![parent] } else { stems.iter().map(|stem| parent.join(stem)).collect() })
}

/// Reads every scenario; the problems of all files are told together.
fn models(args: &Args) -> Result<Vec<Model>, Failure> {
    let (mut models, mut failures) = (Vec::new(), Vec::new());
    for file in &args.files {
        match args.draws.load_sampled(file).and_then(|scenario| args.computing.model(scenario, file)) {
            Ok(model) => models.push(model),
            Err(failure) => failures.push(failure),
        }
    }
    Failure::all(failures).map(|()| models)
}

/// Formats everything and writes the folder, while a sample of histories is looked at for the page.
fn write(
    args: &Args,
    (model, file): (&Model, &Path),
    (summary, sample): (&Summary, Option<Sample>),
    mut staging: Staging,
    pool: &Pool,
    listener: &Listener,
) -> Result<Vec<u8>, Failure> {
    let (scenario, format) = (model.scenario(), args.writing.format);
    let repeat = thread::scope(|scope| {
        let look = |sample| publish::aside(scope, move || insight_of(model, sample, pool, listener.stop()));
        let insight = sample.map(look).transpose()?;
        let tables = tables::tables(summary).map_err(|error| Failure::of_table(&scenario.name, &error))?;
        publish::write_tables(&mut staging, &scenario.name, &tables, format)?;
        staging.write("columns.md", io::codebook(summary, format, args.samples.then_some(model)).as_bytes())?;
        staging.write(io::SCENARIO, scenario::resolved_toml(scenario).as_bytes())?;
        let repeat = publish::repeat("run", [file].into_iter(), &args.draws, &[], &tables, scenario.files.clone());
        if let Some(insight) = insight {
            let charts = charts::draw(summary);
            publish::write_charts(&mut staging, &charts, pool, listener)?;
            let insight = insight.join().unwrap_or_else(|panic| resume_unwind(panic));
            listener.check()?;
            let page = RunPage { summary, scenario, charts: &charts, insight: &insight?, repeat: &repeat };
            staging.write(publish::PAGE, report::run(&page).as_bytes())?;
        }
        Ok::<_, Failure>(repeat)
    })?;
    listener.check()?;
    let provenance = manifest::Provenance {
        inputs: &scenario.files,
        overrides: &args.draws.overrides(),
        block_paths: BLOCK_PATHS,
        results_sha256: &repeat.results_sha256,
    };
    let manifest = manifest::render(&summary.header, provenance, staging.files());
    staging.commit(&manifest)?;
    Ok(manifest)
}
