//! `greenlight list`: the scenarios of a folder.

use std::io::Write;
use std::path::Path;

use super::exit::{Exit, Failure, say};
use crate::io::scenario_files::{in_folder, load};

/// Prints the scenarios in a folder with their titles.
///
/// # Errors
/// If the folder cannot be read.
pub fn list(dir: &Path, out: &mut dyn Write) -> Result<Exit, Failure> {
    let mut lines = Vec::new();
    for path in in_folder(dir)? {
        let name = crate::scenario::escape(&path.file_stem().unwrap_or_default().to_string_lossy());
        let title = match load(&path, &[]) {
            Ok(scenario) => scenario.title,
            Err(error) => format!("({} problems; see `greenlight check`)", error.problems.len() + error.more),
        };
        lines.push((name, title));
    }
    let width = lines.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    say(out, &lines.iter().map(|(name, title)| format!("{name:<width$}  {title}\n")).collect::<String>())?;
    Ok(Exit::Ok)
}
