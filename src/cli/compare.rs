//! `greenlight compare A B…`: scenarios side by side on the same luck.
//!
//! Every path is simulated in every scenario before the next begins, so that differences are taken path by path.

use super::checkpoints::{Checkpoints, Interruptions, Session};
use super::exit::{Exit, Failure, say};
use super::explain::{Request, explain};
use super::forecast::{self, Work};
use super::options::{self, Computing, Draws, Writing};
use super::precision::{self, Question};
use super::publish;
use super::signals::Listener;
use super::simulate::{SidePaths, progress_bar};
use crate::analysis::{self, Comparison, Explanation, PairedTarget};
use crate::charts;
use crate::engine::{BLOCK_PATHS, Pool};
use crate::io::checkpoint::Identity;
use crate::io::tables;
use crate::io::{self, RunFolder, Staging, differences, manifest, scenario_files};
use crate::model::Model;
use crate::report::{self, ComparisonPage};
use crate::scenario::{self, Change, Scenario, SourceFile};
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};

pub const HELP: &str = "\
Examples:
  greenlight compare scenarios/baseline-dec-2025.toml scenarios/beijing-opens.toml
  greenlight compare output/baseline-dec-2025 output/low-stock
  greenlight compare scenarios/baseline-dec-2025.toml scenarios/us-reversal.toml --explain
  greenlight compare scenarios/*.toml --out output/all --overwrite
  greenlight compare scenarios/baseline-dec-2025.toml scenarios/tsmc-ramp.toml --precision delivered_T.mean=2%
  greenlight compare my-view.toml other-view.toml --precision delivered_2026=1000 --precision 'delivered_T >= 250000 = 1%'

The first is the reference. Path by path all of them share their draws, so that a difference is never luck.
A folder is run again from the scenario in it, and refused if that does not give the folder's own results.
A comparison that is interrupted goes on like a run; only what --explain asks for begins anew,
so that it cannot be given a time limit.
--precision is of the paired difference to the reference, for every other scenario: a number with % is a share of the difference,
but of a chance percentage points; without % it is in the outcome's unit, which is what a difference near zero needs.";

/// Arguments of `compare`.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// Scenario files, or folders of finished runs; the first is the reference
    #[arg(required = true, num_args = 2.., value_name = "FILE_OR_DIR")]
    subjects: Vec<PathBuf>,

    #[command(flatten)]
    draws: Draws,

    #[command(flatten)]
    computing: Computing,

    /// Double the worlds until half of the 95% interval of a paired difference is this narrow; may be given several times
    #[arg(long, value_name = "OUTCOME=WIDTH")]
    precision: Vec<String>,

    /// Split the difference of an outcome over the changes that make it [default outcome: delivered_T]
    #[arg(long, value_name = "OUTCOME", num_args = 0..=1, require_equals = true, default_missing_value = "delivered_T")]
    #[arg(conflicts_with = "max_seconds")]
    explain: Option<String>,

    /// Changed keys that are one group when the difference is split; without it, one group for each table
    #[arg(long, value_name = "NAME=KEY[,KEY…]", requires = "explain")]
    group: Vec<String>,

    /// Worlds that are simulated to split the difference [default: as many as take some twenty seconds]
    #[arg(long, value_name = "N", requires = "explain", value_parser = clap::value_parser!(u64).range(1..))]
    explain_worlds: Option<u64>,

    /// Output folder [default: output/compare-A-B]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    #[command(flatten)]
    writing: Writing,

    #[command(flatten)]
    interruptions: Interruptions,
}

/// What is compared: a scenario, and the folder it came from.
struct Subject {
    name: String,
    /// What messages call it.
    shown: PathBuf,
    scenario: Scenario,
    folder: Option<RunFolder>,
}

/// Everything that is written.
struct Findings<'a> {
    subjects: &'a [Subject],
    comparison: &'a Comparison,
    changes: &'a [Vec<Change>],
    explanation: Option<&'a Explanation>,
}

impl Args {
    /// What to explain.
    fn request(&self) -> Option<Request> {
        let outcome = self.explain.clone()?;
        Some(Request { outcome, groups: self.group.clone(), worlds: self.explain_worlds })
    }

    /// The options of the explanation, as they were typed.
    fn explanation_options(&self) -> Vec<String> {
        let explain = self.explain.iter().map(|outcome| format!("--explain={outcome}"));
        let groups = self.group.iter().map(|group| format!("--group={group}"));
        explain.chain(groups).chain(self.explain_worlds.iter().map(|worlds| format!("--explain-worlds={worlds}"))).collect()
    }
}

/// Runs the command.
pub fn run(args: &Args, out: &mut dyn Write, err: &mut dyn Write) -> Result<Exit, Failure> {
    if args.explain.is_some() && args.subjects.len() != 2 {
        return Err(Failure::new(Exit::Usage, "--explain splits the difference between two scenarios; name just two"));
    }
    let session = Session::begin(&args.interruptions);
    options::names_a_folder(args.out.as_deref())?;
    let asked = Asked::read(args)?;
    if args.precision.is_empty() {
        return compare(args, &asked, &session, out, err);
    }
    let args = settled(args, &asked, &session, err)?;
    compare(&args, &Asked::read(&args)?, &session, out, err)
}

/// What is compared, ready to run.
struct Asked {
    subjects: Vec<Subject>,
    models: Vec<Model>,
    name: String,
    target: PathBuf,
}

impl Asked {
    /// Reads everything, and refuses what cannot be compared or paid.
    fn read(args: &Args) -> Result<Self, Failure> {
        let subjects = subjects(args)?;
        same_draws(&subjects)?;
        let name = comparison_name(&subjects);
        let target = args.out.clone().unwrap_or_else(|| Path::new("output").join(&name));
        let models = subjects.iter().map(|s| args.computing.model(s.scenario.clone(), &s.shown)).collect::<Result<Vec<_>, _>>()?;
        let asked = Self { subjects, models, name, target };
        forecast::check_limits(&[asked.work(args)], std::slice::from_ref(&asked.target))?;
        Ok(asked)
    }

    fn work(&self, args: &Args) -> Work {
        Work::of_comparison(&self.name, &self.models, args.computing.threads()).writing(&args.writing)
    }
}

/// The same comparison with as many worlds as its precision needs.
fn settled(args: &Args, asked: &Asked, session: &Session, err: &mut dyn Write) -> Result<Args, Failure> {
    let Asked { subjects, models, name, .. } = asked;
    if let Some(finished) = subjects.iter().find(|subject| subject.folder.is_some()) {
        let shown = &finished.shown;
        let why = "is finished, and --precision cannot give it more worlds; compare the scenario file instead";
        return Err(Failure::new(Exit::Usage, format!("the run in {shown:?} {why}")));
    }
    let of = |other| precision::targets(&args.precision, |text| PairedTarget::parse(text, &models[0], other));
    let targets = models[1..].iter().map(of).collect::<Result<Vec<_>, _>>()?;
    // The search may take minutes: what is in the way is told before it.
    io::check_free(&asked.target, args.writing.overwrite)?;
    let (listener, pool) = (Listener::listen()?, args.computing.pool()?);
    let question = Question {
        name,
        file: "FILE",
        counts: subjects[0].scenario.simulation,
        work: &|worlds| Work { worlds, ..asked.work(args) },
        quiet: args.writing.quiet,
    };
    let (worlds, told) = precision::of_comparison(&question, &targets, models, &pool, &listener, session)?;
    if !args.writing.quiet {
        let _ = writeln!(err, "{told}");
    }
    Ok(Args { draws: args.draws.clone().with_worlds(worlds), precision: Vec::new(), ..args.clone() })
}

/// Compares everything with the worlds it has.
fn compare(args: &Args, asked: &Asked, session: &Session, out: &mut dyn Write, err: &mut dyn Write) -> Result<Exit, Failure> {
    let Asked { subjects, models, name, target } = asked;
    let (work, changes) = (asked.work(args), changes(subjects));
    let listener = Listener::listen()?;
    let staging = Staging::create(target, args.writing.overwrite)?;
    let counts = subjects[0].scenario.simulation;
    let side = SidePaths::new(models, counts);
    let identity = Identity::of(counts, subjects.iter().map(|subject| &subject.scenario));
    let found = session.find(target, &identity, work.checkpoint_bytes())?;
    let checkpoints = Checkpoints::new(session, identity, staging.checkpoint(), &side.job(), found)?;
    let pool = args.computing.pool()?;
    if !args.writing.quiet {
        // A lost forecast is no reason to lose the comparison.
        let lines: Vec<String> = std::iter::once(work.describe()).chain(checkpoints.remark(name)).collect();
        let _ = writeln!(err, "{}", lines.join("\n"));
    }
    // First, because it has more that can be refused.
    let scenarios: Vec<&Scenario> = subjects.iter().map(|subject| &subject.scenario).collect();
    let explanation = explanation(args.request().as_ref(), &scenarios, &pool, &listener, args.writing.quiet)?;
    let comparison = side.compare(name, &pool, &listener, args.writing.quiet, &checkpoints);
    let mut comparison = comparison.map_err(|failure| checkpoints.after(failure))?;
    let is_sound = || {
        subjects.iter().zip(&comparison.scenarios).try_for_each(|(subject, summary)| same_results(subject, summary))?;
        publish::converged(name, analysis::doubt_of_difference(&comparison), &args.writing)
    };
    let warning = is_sound().map_err(|failure| checkpoints.after(failure))?;
    tell_apart(&mut comparison);
    let findings = Findings { subjects, comparison: &comparison, changes: &changes, explanation: explanation.as_ref() };
    write(args, &findings, staging, &pool, &listener).map_err(|failure| checkpoints.after(failure))?;
    if !args.writing.quiet {
        warning.into_iter().for_each(|warning| _ = writeln!(err, "{warning}"));
        say(out, &format!("{}{}\n", analysis::contrast_table(&comparison), target.display()))?;
    }
    Ok(Exit::Ok)
}

/// The keys in which each scenario after the first differs from it.
fn changes(subjects: &[Subject]) -> Vec<Vec<Change>> {
    subjects[1..].iter().map(|other| scenario::changes(&subjects[0].scenario, &other.scenario)).collect()
}

/// Reads everything that is compared; all problems are told together.
fn subjects(args: &Args) -> Result<Vec<Subject>, Failure> {
    let (mut subjects, mut failures) = (Vec::<Subject>::new(), Vec::new());
    for path in &args.subjects {
        let read = if path.is_dir() { from_folder(args, path) } else { from_file(args, path) };
        match read {
            Ok(subject) => subjects.push(subject),
            Err(failure) => failures.push(failure),
        }
    }
    Failure::all(failures)?;
    let names = distinct(subjects.iter().map(|subject| subject.name.as_str()).collect());
    for (subject, name) in subjects.iter_mut().zip(names) {
        subject.scenario.name.clone_from(&name);
        subject.name = name;
    }
    Ok(subjects)
}

/// Names of which no two name the same file, even where upper and lower case are one: `x` becomes `x-2` if it was there before.
fn distinct(names: Vec<&str>) -> Vec<String> {
    let lower = |name: &str| name.to_lowercase();
    let given: BTreeSet<String> = names.iter().map(|name| lower(name)).collect();
    let mut taken = BTreeSet::new();
    let mut next = |name: &str| {
        let numbered = (2..).map(|number| format!("{name}-{number}")).filter(|other| !given.contains(&lower(other)));
        let mut free = std::iter::once(name.to_owned()).chain(numbered).filter(|other| taken.insert(lower(other)));
        free.next().unwrap_or_default()
    };
    names.into_iter().map(&mut next).collect()
}

fn from_file(args: &Args, file: &Path) -> Result<Subject, Failure> {
    let scenario = args.draws.load(file)?;
    Ok(Subject { name: scenario.name.clone(), shown: file.to_owned(), scenario, folder: None })
}

/// The scenario of a finished run. Its folder must be intact, and its draws must be ours.
fn from_folder(args: &Args, path: &Path) -> Result<Subject, Failure> {
    if !args.draws.overrides().is_empty() {
        let why = "is finished: --set, --seed, --worlds and --paths-per-world cannot change it; compare the scenario file instead";
        return Err(Failure::new(Exit::Usage, format!("the run in {path:?} {why}")));
    }
    let folder = options::finished_run(path)?;
    let mut scenario = folder.scenario()?;
    if !scenario.simulation.sampling.is_random() {
        let why = "were spread evenly, and paired differences take worlds for independent; compare its scenario file instead";
        return Err(Failure::new(Exit::Usage, format!("the worlds of the run in {path:?} {why}")));
    }
    // Several runs of one scenario differ in their folders, not in its name.
    let name = path.canonicalize().ok().and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned()));
    scenario.name = name.filter(|name| scenario_files::is_safe_name(name)).unwrap_or(scenario.name);
    Ok(Subject { name: scenario.name.clone(), shown: path.to_owned(), scenario, folder: Some(folder) })
}

/// Refuses what was not drawn alike: only the same luck can be compared path by path.
fn same_draws(subjects: &[Subject]) -> Result<(), Failure> {
    let reference = &subjects[0];
    let counts = |subject: &Subject| {
        let s = subject.scenario.simulation;
        [("seed", s.seed), ("worlds", s.worlds), ("paths_per_world", s.paths_per_world)]
    };
    let mut failures = Vec::new();
    for other in &subjects[1..] {
        for ((what, ours), (_, theirs)) in counts(reference).into_iter().zip(counts(other)) {
            if ours != theirs {
                let remedy = match (&reference.folder, &other.folder) {
                    (None, None) => format!("give both the same with --{}", what.replace('_', "-")),
                    _ => "run one of them again".into(),
                };
                let (a, b) = (&reference.shown, &other.shown);
                let why = format!("their draws do not match: {what} is {ours} in the first and {theirs} in the second; {remedy}");
                failures.push(Failure::new(Exit::Scenario, format!("cannot compare {a:?} and {b:?}: {why}")));
            }
        }
    }
    Failure::all(failures)
}

/// Refuses a folder whose results this program does not get.
fn same_results(subject: &Subject, summary: &analysis::Summary) -> Result<(), Failure> {
    let Some(folder) = &subject.folder else { return Ok(()) };
    let outcomes = tables::outcomes(summary).map_err(|error| Failure::of_table(&subject.name, &error))?;
    match folder.files.get("outcomes.csv") {
        Some(theirs) if *theirs != manifest::FileRecord::of(&outcomes.csv).sha256 => {
            let (shown, version, commit) = (&subject.shown, &folder.version, &folder.commit);
            let why = format!("were made by greenlight {version} ({commit}), and this program gets others; run it again");
            Err(Failure::new(Exit::CheckFailed, format!("the results in {shown:?} {why}")))
        }
        _ => Ok(()),
    }
}

/// `compare-a-b`, or of many `compare-a-and-3-others`.
fn comparison_name(subjects: &[Subject]) -> String {
    let names: Vec<&str> = subjects.iter().map(|subject| subject.name.as_str()).collect();
    match names.as_slice() {
        [a, b] => format!("compare-{a}-{b}"),
        [a, others @ ..] => format!("compare-{a}-and-{}-others", others.len()),
        [] => "compare".into(),
    }
}

/// Which changes make the difference between the first two, if that was asked.
///
/// # Errors
/// As for [`explain`], or if a signal arrives.
pub(super) fn explanation(
    request: Option<&Request>,
    scenarios: &[&Scenario],
    pool: &Pool,
    listener: &Listener,
    quiet: bool,
) -> Result<Option<Explanation>, Failure> {
    let (Some(request), [reference, other]) = (request, scenarios) else { return Ok(None) };
    let bar = progress_bar("splitting the difference", reference.simulation, quiet);
    let progress = |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    };
    let explanation = explain(reference, other, request, pool, &progress, listener.stop());
    bar.finish_and_clear();
    listener.check()?;
    explanation.map(Some)
}

/// Gives scenarios of one title their names too.
fn tell_apart(comparison: &mut Comparison) {
    let titles: Vec<String> = comparison.scenarios.iter().map(|summary| summary.header.title.clone()).collect();
    for summary in &mut comparison.scenarios {
        let header = &mut summary.header;
        if titles.iter().filter(|title| **title == header.title).count() > 1 {
            header.title = format!("{} ({})", header.title, header.name);
        }
    }
}

/// Formats everything and writes the folder.
fn write(args: &Args, findings: &Findings<'_>, mut staging: Staging, pool: &Pool, listener: &Listener) -> Result<(), Failure> {
    let Findings { subjects, comparison, changes, explanation } = findings;
    let format = args.writing.format;
    let tables = differences::tables(comparison, changes, *explanation).map_err(|error| Failure::of_table("compare", &error))?;
    publish::write_tables(&mut staging, "compare", &tables, format)?;
    staging.write("columns.md", io::comparison_codebook(comparison, explanation.is_some(), format).as_bytes())?;
    for subject in *subjects {
        staging.write(&io::compared(&subject.name), scenario::resolved_toml(&subject.scenario).as_bytes())?;
    }
    let inputs = subjects.iter().flat_map(|subject| subject.scenario.files.clone()).collect();
    let shown = subjects.iter().map(|subject| subject.shown.as_path());
    let repeat = publish::repeat("compare", shown, &args.draws, &args.explanation_options(), &tables, inputs);
    if !args.writing.no_charts {
        let charts = charts::draw_comparison(comparison, *explanation);
        publish::write_charts(&mut staging, &charts, pool, listener)?;
        let scenarios: Vec<&Scenario> = subjects.iter().map(|subject| &subject.scenario).collect();
        let page =
            ComparisonPage { comparison, scenarios: &scenarios, changes, explanation: *explanation, charts: &charts, repeat: &repeat };
        staging.write(publish::PAGE, report::comparison(&page).as_bytes())?;
    }
    listener.check()?;
    let scenarios: Vec<(&analysis::Header, &[SourceFile])> =
        comparison.scenarios.iter().zip(*subjects).map(|(summary, subject)| (&summary.header, subject.scenario.files.as_slice())).collect();
    let provenance = manifest::Provenance {
        inputs: &[],
        overrides: &args.draws.overrides(),
        block_paths: BLOCK_PATHS,
        results_sha256: &repeat.results_sha256,
    };
    let explain = args.request().map_or(Value::Null, |request| request.to_json());
    let manifest = manifest::render_comparison(&scenarios, explain, provenance, staging.files());
    Ok(staging.commit(&manifest)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_apart_and_never_take_anothers() {
        assert_eq!(distinct(vec!["x", "y", "x", "x"]), ["x", "y", "x-2", "x-3"]);
        assert_eq!(distinct(vec!["x-2", "x", "x", "x"]), ["x-2", "x", "x-3", "x-4"]);
        assert_eq!(distinct(vec!["x", "x", "x-2"]), ["x", "x-3", "x-2"]);
        assert_eq!(distinct(vec!["X", "x"]), ["X", "x-2"]);
    }
}
