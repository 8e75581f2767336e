//! `greenlight report DIR`: fill the figures of a text from a finished run, check a filled text against one, or join its page with others.

use super::exit::{Exit, Failure, say};
use super::publish::PAGE;
use crate::analysis::bound::{self, Remark};
use crate::io::{self, RunFolder, TextError};
use crate::report::{self, OtherVersion};
use crate::scenario::{ErrorKind, Problem, ScenarioError};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

pub const HELP: &str = "\
Examples:
  greenlight report output/baseline-dec-2025 --text my-note.md --out my-note.filled.md
  greenlight report output/baseline-jan-2026 --check my-note.filled.md
  greenlight report output/baseline-dec-2025 --with output/sensitivity-baseline-dec-2025 output/update-june --out baseline.html

In the text, {{delivered_2026.median}} becomes 81,200, {{delivered_T[bytedance].share_zero|percent}} becomes 31%
and {{t_first.median}} becomes 2026-08; docs/bound-numbers.md lists the fields.
A check ends with exit code 9 if the run moves a figure by more than the error of both runs. --with writes one page: the report of
the run, and behind it a section for each question that other commands answered into these folders.";

/// Arguments of `report`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The output folder of a finished run
    #[arg(value_name = "DIR")]
    folder: PathBuf,

    /// The text to fill
    #[arg(long, value_name = "FILE", required_unless_present_any = ["check", "with"], conflicts_with_all = ["check", "with"])]
    text: Option<PathBuf>,

    /// Where the filled text or the page goes [default of a text: standard output]
    #[arg(long, value_name = "FILE", conflicts_with = "check")]
    out: Option<PathBuf>,

    /// Replace the file that --out names
    #[arg(long, requires = "out")]
    overwrite: bool,

    /// The filled text to check
    #[arg(long, value_name = "FILE", conflicts_with = "with")]
    check: Option<PathBuf>,

    /// Folders of questions whose pages are to stand behind the run's
    #[arg(long, value_name = "DIR", num_args = 1.., requires = "out")]
    with: Vec<PathBuf>,
}

/// Runs the command.
pub fn run(args: &Args, out: &mut dyn Write) -> Result<Exit, Failure> {
    if let Some(target) = &args.out {
        check_target(args, target)?;
    }
    if let (false, Some(target)) = (args.with.is_empty(), &args.out) {
        return join(args, target);
    }
    let folder = RunFolder::open(&args.folder)?;
    let figures = io::figures(&folder)?;
    match (&args.text, &args.check) {
        (Some(file), _) => {
            let filled = bound::fill(&read(file)?, &figures).map_err(|remarks| problems(file, &remarks))?;
            match &args.out {
                Some(target) => io::write_text(target, &filled, args.overwrite)?,
                None => say(out, &filled)?,
            }
        }
        (None, Some(file)) => {
            let (count, remarks) = bound::check(&read(file)?, &figures);
            if count == 0 {
                let text = format!("{}: it has no bound figures; fill it with `greenlight report DIR --text`", shown(file));
                return Err(Failure::new(Exit::CheckFailed, text));
            }
            if !remarks.is_empty() {
                // All of them: the author has to look at each.
                let failure = problems(file, &remarks);
                let message = failure.problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n");
                return Err(Failure { exit: Exit::CheckFailed, message, ..failure });
            }
            say(out, &format!("{}: all {count} figures hold in {}\n", shown(file), shown(&args.folder)))?;
        }
        (None, None) => return Err(Failure::new(Exit::Usage, "give --text, --check or --with")),
    }
    Ok(Exit::Ok)
}

/// No page of ours is nearly as large.
const MOST_PAGE_BYTES: u64 = 64 << 20;

/// Writes the page of the run with those of questions behind it.
fn join(args: &Args, target: &Path) -> Result<Exit, Failure> {
    RunFolder::open(&args.folder)?;
    args.with.iter().try_for_each(|folder| io::intact(folder))?;
    let folders: Vec<&PathBuf> = std::iter::once(&args.folder).chain(&args.with).collect();
    let pages: Vec<String> = folders.iter().map(|folder| page(folder)).collect::<Result<_, _>>()?;
    let joined = report::joined(&pages[0], &pages[1..]).map_err(|(at, OtherVersion)| {
        let why = "another version of the program made its page; run it again";
        Failure::new(Exit::Usage, format!("{}: {why}", shown(folders[at])))
    })?;
    io::write_text(target, &joined, args.overwrite)?;
    Ok(Exit::Ok)
}

/// The page in a folder that was proved intact.
fn page(folder: &Path) -> Result<String, Failure> {
    let file = folder.join(PAGE);
    match fs::metadata(&file).map(|meta| meta.len()) {
        Ok(..=MOST_PAGE_BYTES) => {
            fs::read_to_string(&file).map_err(|error| Failure::new(Exit::Input, format!("{}: {error}", shown(&file))))
        }
        Ok(_) => Err(Failure::new(Exit::Limit, format!("{}: it is larger than {MOST_PAGE_BYTES} bytes", shown(&file)))),
        Err(_) => Err(Failure::new(Exit::Usage, format!("{}: it has no {PAGE}; it was made with --no-charts", shown(folder)))),
    }
}

/// Refuses a target that would destroy the text itself, or break the seal of the folder.
fn check_target(args: &Args, target: &Path) -> Result<(), Failure> {
    let real = |path: &Path| path.canonicalize().ok();
    let folders = || std::iter::once(&args.folder).chain(&args.with);
    if real(target).is_some() && args.text.as_deref().and_then(real) == real(target) {
        return Err(Failure::new(Exit::Usage, "--out is the text itself; it could not be filled again from the next run"));
    }
    let parent = target.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let breaks = |folder: &PathBuf| real(parent).zip(real(folder)).is_some_and(|(parent, folder)| parent.starts_with(&folder));
    match folders().any(breaks) {
        true => Err(Failure::new(Exit::Usage, "--out lies in the folder of the run, which would then no longer be what its run wrote")),
        false => Ok(()),
    }
}

fn read(file: &Path) -> Result<String, Failure> {
    io::read_text(file).map_err(|error| {
        let exit = match error {
            TextError::Unreadable(_) => Exit::Input,
            TextError::TooLarge => Exit::Limit,
            TextError::NotText => Exit::Scenario,
        };
        Failure::new(exit, format!("{}: {error}", shown(file)))
    })
}

/// The remarks on a text as the problems of a file, at most as many as a person reads.
fn problems(file: &Path, remarks: &[Remark]) -> Failure {
    let problem = |remark: &Remark| Problem {
        kind: ErrorKind::Scenario,
        file: file.display().to_string(),
        line: remark.line,
        column: remark.column,
        key: String::new(),
        value: String::new(),
        rule: remark.text.clone(),
        hint: String::new(),
    };
    ScenarioError { kind: ErrorKind::Scenario, problems: remarks.iter().map(problem).collect(), more: 0 }.into()
}

fn shown(path: &Path) -> String {
    crate::scenario::escape(&path.display().to_string())
}
