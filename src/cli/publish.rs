//! What `run` and `compare` write alike: tables, charts, and the command that repeats it all.

use super::exit::{Exit, Failure};
use super::options::{Draws, Writing};
use super::signals::Listener;
use crate::charts::{self, Chart};
use crate::engine::Pool;
use crate::io::Staging;
use crate::io::manifest::COMMIT;
use crate::io::tables::{self, Format, Table};
use crate::report::Repeat;
use crate::scenario::SourceFile;
use std::path::Path;
use std::sync::mpsc::{self, Sender};
use std::thread::{self, Scope, ScopedJoinHandle};

/// The page's name in the output folder.
pub const PAGE: &str = "report.html";

/// Writes every table in the format.
///
/// # Errors
/// If the disk fails.
pub fn write_tables(staging: &mut Staging, name: &str, tables: &[Table], format: Format) -> Result<(), Failure> {
    for table in tables {
        for (file, bytes) in table.files(format).map_err(|error| Failure::of_table(name, &error))? {
            staging.write(&file, &bytes)?;
        }
    }
    Ok(())
}

/// What to tell of results that are not known well enough.
///
/// # Errors
/// [`Exit::CheckFailed`] if that should not be told but refused.
pub fn converged(name: &str, doubt: Option<String>, writing: &Writing) -> Result<Option<String>, Failure> {
    let doubt = doubt.map(|doubt| format!("{name}: not converged: {doubt}"));
    match doubt {
        Some(doubt) if writing.strict => Err(Failure::new(Exit::CheckFailed, format!("{doubt}; nothing is written, as --strict asks"))),
        doubt => Ok(doubt.map(|doubt| format!("warning: {doubt}"))),
    }
}

/// Writes every chart as SVG and as PNG. All threads draw; this one writes what they have finished.
///
/// # Errors
/// If a signal arrives, or the disk fails.
pub fn write_charts(staging: &mut Staging, charts: &[Chart], pool: &Pool, listener: &Listener) -> Result<(), Failure> {
    let (done, pictures) = mpsc::channel();
    thread::scope(|scope| {
        let draw = |done: &mut Sender<_>, position: u64| {
            let chart = &charts[position as usize];
            if !listener.stop().requested() {
                // Whoever no longer listens has failed already, and says why.
                let _ = done.send((chart, charts::png(chart)));
            }
        };
        aside(scope, move || pool.map(0..charts.len() as u64, || done.clone(), draw))?;
        for (chart, picture) in pictures {
            let picture = picture.map_err(|error| Failure::new(Exit::Internal, error))?;
            staging.write(&format!("charts/{}.svg", chart.name), chart.svg.as_bytes())?;
            staging.write(&format!("charts/{}.png", chart.name), &picture)?;
        }
        listener.check()
    })
}

/// Does something on a thread of its own, while this one goes on.
///
/// # Errors
/// If the system refuses the thread.
pub fn aside<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    work: impl FnOnce() -> T + Send + 'scope,
) -> Result<ScopedJoinHandle<'scope, T>, Failure> {
    let refused = |error| Failure::new(Exit::Resources, format!("cannot start a thread: {error}"));
    thread::Builder::new().name("aside".into()).spawn_scoped(scope, work).map_err(refused)
}

/// How to repeat `greenlight VERB SUBJECT…`. Where the subjects are kept is nobody's business, so that the page is the same everywhere.
pub fn repeat<'a>(
    verb: &str,
    subjects: impl Iterator<Item = &'a Path>,
    draws: &Draws,
    more: &[String],
    tables: &[Table],
    inputs: Vec<SourceFile>,
) -> Repeat {
    let mut words = vec!["greenlight".to_owned(), verb.to_owned()];
    words.extend(subjects.map(|path| path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())));
    words.extend(draws.overrides().into_iter().flat_map(|change| ["--set".to_owned(), change]));
    words.extend_from_slice(more);
    let command = words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ");
    Repeat { command, commit: COMMIT, results_sha256: tables::digest(tables), inputs }
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=,:".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_with_blanks_and_quotes_survive_a_shell() {
        assert_eq!(quoted("supply.stock_chips=200000"), "supply.stock_chips=200000");
        assert_eq!(quoted("title=\"It's\""), "'title=\"It'\\''s\"'");
        assert_eq!(quoted(""), "''");
    }
}
