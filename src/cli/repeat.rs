//! `greenlight repeat DIR`: does this program get the results of a finished run again?
//!
//! A run is repeated from the scenario in its folder, a comparison from all of them. Nothing is written: results are compared by their hashes.

use super::exit::{Exit, Failure, say};
use super::explain::Request;
use super::forecast::{self, Work};
use super::options::{self, Computing};
use super::signals::Listener;
use super::simulate::{contrast, progress_bar, summarise, told};
use super::{compare, samples};
use crate::engine::Pool;
use crate::io::manifest::{COMMIT, FileRecord, hex};
use crate::io::tables::{self, Format, Table};
use crate::io::{self, ComparisonFolder, Finished, RunFolder};
use crate::scenario::{self, Scenario};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The help below the options.
pub const HELP: &str = "\
Example:
  greenlight repeat output/baseline-dec-2025 --threads 1 --isa baseline

Equal: every table has the same bytes, samples included; charts and the page only show them.
Results of another law of draws or another version of the model are not equal, and are not tried.";

/// A table that every run has, and one that every comparison has.
const TABLES: [&str; 2] = ["monthly", "differences"];
/// What the manifest calls the digest of all tables.
const DIGEST: &str = "results_sha256";

/// Arguments of `repeat`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Output folders of runs and comparisons
    #[arg(required = true, value_name = "DIR")]
    folders: Vec<PathBuf>,

    #[command(flatten)]
    computing: Computing,

    /// Say nothing but errors
    #[arg(long)]
    quiet: bool,
}

/// Runs the command.
pub fn run(args: &Args, out: &mut dyn Write) -> Result<Exit, Failure> {
    let (listener, pool) = (Listener::listen()?, args.computing.pool()?);
    let mut failures = Vec::new();
    for folder in &args.folders {
        match repeat(folder, args, &pool, &listener) {
            Ok(_) if args.quiet => {}
            Ok(equal) => say(out, &format!("{folder:?} is repeated: {equal} digests are equal\n"))?,
            Err(failure) if listener.stop().requested() => return Err(failure),
            Err(failure) => failures.push(failure),
        }
    }
    Failure::all(failures).map(|()| Exit::Ok)
}

/// Repeats one run or comparison; the number of files that are equal.
fn repeat(path: &Path, args: &Args, pool: &Pool, listener: &Listener) -> Result<usize, Failure> {
    let differs = |what: String| Failure::new(Exit::CheckFailed, format!("{path:?} is not repeated: {what}"));
    let finished = Finished::open(path)?;
    let folder = finished.common();
    if let Some(rule) = options::broken_rule(folder) {
        return Err(differs(rule));
    }
    let found = match &finished {
        Finished::Run(folder) => results(folder, args, pool, listener),
        Finished::Comparison(folder) => differences(folder, args, pool, listener),
    }?;
    let expected = |name: &str| if name == DIGEST { Some(&folder.results_sha256) } else { folder.files.get(name) };
    let unlike: Vec<&str> = found.iter().filter(|(name, sha256)| expected(name) != Some(sha256)).map(|(name, _)| name.as_str()).collect();
    if unlike.is_empty() {
        return Ok(found.len());
    }
    let ours = (env!("CARGO_PKG_VERSION"), COMMIT);
    let (version, commit) = (&folder.version, &folder.commit);
    let reason = match (version.as_str(), commit.as_str()) == ours {
        true => "the same program wrote them, so that this is a fault of a machine or a bug: please report it".to_owned(),
        false => format!("they were written by greenlight {version} ({commit}), and this is {} ({}): use that program", ours.0, ours.1),
    };
    Err(differs(format!("other bytes in {}; {reason}", unlike.join(", "))))
}

/// Every table of the run as this program makes it, by name of the file, and the digest of all.
fn results(folder: &RunFolder, args: &Args, pool: &Pool, listener: &Listener) -> Result<BTreeMap<String, String>, Failure> {
    let file = folder.scenario_file();
    let model = args.computing.model(folder.scenario()?, &file)?;
    let (name, counts) = (&folder.scenario, options::same_counts(folder, model.scenario())?);
    forecast::check_limits(&[Work::of(&model, args.computing.threads())], &[])?;
    let bar = progress_bar(name, counts, args.quiet);
    let summary = summarise(&model, pool, &|paths| bar.set_position(paths), listener.stop());
    bar.finish_and_clear();
    let summary = summary.map_err(|halt| told(&halt, name, &file.display().to_string(), counts, listener))?;
    let tables = tables::tables(&summary).map_err(|error| Failure::of_table(name, &error))?;
    let (mut found, written) = digests(folder, &tables)?;
    if written.files(tables::samples::NAME).iter().any(|file| folder.files.contains_key(file)) {
        let mut digests = BTreeMap::<String, Sha256>::new();
        let mut digest = |file: &str, bytes: &[u8]| {
            digests.entry(file.to_owned()).or_default().update(bytes);
            Ok(())
        };
        samples::each(&model, &file, pool, listener, written, args.quiet, &mut digest)?;
        found.extend(digests.into_iter().map(|(file, digest)| (file, hex(&digest.finalize()))));
    }
    Ok(found)
}

/// The same of a comparison, with what it was asked to explain.
fn differences(folder: &ComparisonFolder, args: &Args, pool: &Pool, listener: &Listener) -> Result<BTreeMap<String, String>, Failure> {
    let scenarios = folder.scenarios()?;
    let counts = scenarios.iter().map(|(scenario, _)| options::same_counts(&folder.common, scenario)).collect::<Result<Vec<_>, _>>()?[0];
    let models = scenarios.iter().map(|(scenario, file)| args.computing.model(scenario.clone(), file)).collect::<Result<Vec<_>, _>>()?;
    let name = folder.scenarios.join(" and ");
    forecast::check_limits(&[Work::of_comparison(&name, &models, args.computing.threads())], &[])?;
    let scenarios: Vec<&Scenario> = scenarios.iter().map(|(scenario, _)| scenario).collect();
    let explanation = compare::explanation(Request::from_json(&folder.explain).as_ref(), &scenarios, pool, listener, args.quiet)?;
    let bar = progress_bar(&name, counts, args.quiet);
    let comparison = contrast(&models, counts, pool, &|paths| bar.set_position(paths), listener.stop());
    bar.finish_and_clear();
    let comparison = comparison.map_err(|halt| told(&halt, &name, "FILE", counts, listener))?;
    let changes: Vec<_> = scenarios[1..].iter().map(|other| scenario::changes(scenarios[0], other)).collect();
    let tables = io::differences::tables(&comparison, &changes, explanation.as_ref());
    Ok(digests(&folder.common, &tables.map_err(|error| Failure::of_table(&name, &error))?)?.0)
}

/// The digests of tables, in the format in which the folder has them, and that of all.
fn digests(folder: &RunFolder, tables: &[Table]) -> Result<(BTreeMap<String, String>, Format), Failure> {
    let mut found = BTreeMap::from([(DIGEST.to_owned(), tables::digest(tables))]);
    let format = format(folder)?;
    for table in tables {
        let files = table.files(format).map_err(|error| Failure::of_table(&folder.scenario, &error))?;
        found.extend(files.into_iter().map(|(file, bytes)| (file, FileRecord::of(&bytes).sha256)));
    }
    Ok((found, format))
}

/// In which format the folder has its tables.
fn format(folder: &RunFolder) -> Result<Format, Failure> {
    let has = |format: Format| TABLES.iter().any(|table| format.files(table).iter().all(|file| folder.files.contains_key(file)));
    let word = match (has(Format::Csv), has(Format::Parquet)) {
        (true, true) => "both",
        (false, true) => "parquet",
        _ => "csv",
    };
    Format::parse(word).map_err(|why| Failure::new(Exit::Usage, why))
}
