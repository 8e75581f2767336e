//! A text of the user's: read whole or not at all, and written whole or not at all.

use super::disk;
use super::staging::{OutputError, outside_of_runs, parent_of};
use std::fmt;
use std::fs;
use std::io;
use std::path::Path;

/// The largest text that is read: 1 MiB.
pub const MAX_TEXT_BYTES: u64 = 1 << 20;

/// Why a text was not read.
#[derive(Debug)]
pub enum TextError {
    /// It is not there, not a regular file, or the system does not let us read it.
    Unreadable(String),
    /// It is larger than [`MAX_TEXT_BYTES`].
    TooLarge,
    /// It is not UTF-8.
    NotText,
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(reason) => f.write_str(reason),
            Self::TooLarge => write!(f, "the file is larger than {MAX_TEXT_BYTES} bytes (1 MiB)"),
            Self::NotText => write!(f, "the file is not UTF-8 text; save it as UTF-8"),
        }
    }
}

/// The text of a regular file.
///
/// # Errors
/// If it cannot be read, is too large or is not UTF-8.
pub fn read_text(path: &Path) -> Result<String, TextError> {
    let unreadable = |error: io::Error| TextError::Unreadable(format!("cannot read the file: {error}"));
    // A pipe or a device is refused before it is opened.
    if !fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(TextError::Unreadable("it is not a regular file".into()));
    }
    let bytes = disk::read_capped(path, MAX_TEXT_BYTES).map_err(unreadable)?;
    if bytes.len() as u64 > MAX_TEXT_BYTES {
        return Err(TextError::TooLarge);
    }
    String::from_utf8(bytes).map_err(|_| TextError::NotText)
}

/// Whether a text may be written there, before the work for it is done.
///
/// # Errors
/// As for [`write_text`].
pub fn check_text(path: &Path, overwrite: bool) -> Result<(), OutputError> {
    let conflict = |reason: &str| Err(OutputError::Conflict { path: path.to_owned(), reason: reason.to_owned() });
    outside_of_runs(path)?;
    match fs::symlink_metadata(path) {
        Ok(_) if !overwrite => conflict("it exists already; choose another name, or use --overwrite where there is one"),
        Ok(found) if !found.is_file() => conflict("it is not a regular file; remove it yourself"),
        _ => Ok(()),
    }
}

/// Writes a text under a hidden name beside the target, brings it down to the disk and gives it its name in one step.
///
/// # Errors
/// [`OutputError::Conflict`] if something has the name, unless it is a regular file that may be replaced.
pub fn write_text(path: &Path, text: &str, overwrite: bool) -> Result<(), OutputError> {
    check_text(path, overwrite)?;
    let conflict = |reason: &str| OutputError::Conflict { path: path.to_owned(), reason: reason.to_owned() };
    let name = path.file_name().ok_or_else(|| conflict("it is not a name for a file"))?.to_string_lossy();
    let parent = parent_of(path);
    let partial = parent.join(format!(".{name}.partial-{}", std::process::id()));
    let written = disk::write_new(&partial, text.as_bytes()).map_err(OutputError::from).and_then(|()| match overwrite {
        true => disk::replace(&partial, path).map_err(OutputError::from),
        false => disk::rename_new(&partial, path).map_err(|error| match error.source.kind() {
            io::ErrorKind::AlreadyExists => conflict("it appeared meanwhile"),
            _ => error.into(),
        }),
    });
    if written.is_err() {
        // Half a text is worse than none; the first error is the one to tell.
        let _ = fs::remove_file(&partial);
    }
    written.and_then(|()| Ok(disk::sync_folder(parent)?))
}
