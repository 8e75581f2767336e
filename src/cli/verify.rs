//! `greenlight verify DIR`: is an output folder exactly what its run wrote?

use super::exit::{Exit, Failure, say};
use std::io::Write;
use std::path::PathBuf;

/// Arguments of `verify`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The output folders
    #[arg(required = true, value_name = "DIR")]
    folders: Vec<PathBuf>,
}

/// Compares every file of every folder with the folder's manifest.
pub fn run(args: &Args, out: &mut dyn Write) -> Result<Exit, Failure> {
    let mut failures = Vec::new();
    for folder in &args.folders {
        match crate::io::verify(folder) {
            Ok((intact, problems)) if problems.is_empty() => say(out, &format!("{folder:?} is intact: {intact} files\n"))?,
            Ok((_, problems)) => {
                let lines: Vec<String> = problems.iter().map(|problem| format!("{folder:?}: {problem}")).collect();
                failures.push(Failure::new(Exit::CheckFailed, lines.join("\n")));
            }
            Err(error) => failures.push(Failure::new(Exit::Input, format!("cannot read the folder {folder:?}: {error}"))),
        }
    }
    Failure::all(failures).map(|()| Exit::Ok)
}
