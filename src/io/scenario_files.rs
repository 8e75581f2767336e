//! Opens scenario files, and only inside the scenario's folder tree.
//!
//! The root of the tree is the folder of the file named on the command line, or its nearest ancestor called
//! `scenarios`. Nothing outside the root is read, whatever a scenario says.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

use sha2::{Digest, Sha256};

use super::disk;
use crate::scenario::facts::{self, Facts};
use crate::scenario::forecasts::{self, Forecast};
use crate::scenario::{self, Document, ErrorKind, Library, Problem, Refusal, Scenario, ScenarioError};

/// The largest scenario or sample file.
pub const MAX_FILE_BYTES: u64 = 1 << 20;
/// The most files one scenario may be made of.
pub const MAX_FILES: usize = 64;
/// The folder name that marks the root of a tree of scenarios.
const ROOT_NAME: &str = "scenarios";
/// The longest name of a scenario in bytes, so that the names of its outputs fit every file system.
const MAX_NAME_BYTES: usize = 100;

/// Reads the scenario in a file, with `key=value` overrides laid over it.
///
/// # Errors
/// Every problem found, each with its place; see [`ErrorKind`] for the kinds.
pub fn load(path: &Path, overrides: &[String]) -> Result<Scenario, ScenarioError> {
    let whole = |refusal| whole(path, refusal);
    let canonical = regular_file(path).map_err(whole)?;
    let name = scenario_name(path).map_err(whole)?;
    let mut folder = Folder::around(&canonical);
    let main = folder.read(&canonical, path.display().to_string()).map_err(whole)?;
    scenario::read(&name, main, overrides, &mut folder)
}

/// Reads a file of facts.
///
/// # Errors
/// As for [`load`].
pub fn load_facts(path: &Path) -> Result<Facts, ScenarioError> {
    let (name, document) = document(path)?;
    facts::read(&name, document)
}

/// Reads a forecast that was kept; its samples get `size` values where they are given by levels.
///
/// # Errors
/// As for [`load`].
pub fn load_forecast(path: &Path, size: usize) -> Result<Forecast, ScenarioError> {
    let (name, document) = document(path)?;
    forecasts::read(&name, document, size)
}

/// The stem and the text of a file that stands alone.
fn document(path: &Path) -> Result<(String, Document), ScenarioError> {
    let whole = |refusal| whole(path, refusal);
    let canonical = regular_file(path).map_err(whole)?;
    let name = scenario_name(path).map_err(whole)?;
    let document = Folder::around(&canonical).read(&canonical, path.display().to_string()).map_err(whole)?;
    Ok((name, document))
}

/// The scenario files directly in a folder, by name.
///
/// # Errors
/// If the folder cannot be read.
pub fn in_folder(folder: &Path) -> Result<Vec<PathBuf>, ScenarioError> {
    let entries = fs::read_dir(folder).and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>());
    let mut paths = entries.map_err(|error| whole(folder, unreadable(&error)))?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    Ok(paths)
}

/// Writes a scenario file that must not exist yet.
///
/// # Errors
/// If it exists, or the folder cannot be written.
pub fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    if written.is_err() {
        // Half a scenario is worse than none; the first error is the one to tell.
        let _ = fs::remove_file(path);
    }
    written
}

/// The folder tree of one scenario.
struct Folder {
    /// Canonical path of the root.
    root: PathBuf,
    opened: BTreeSet<PathBuf>,
}

impl Folder {
    fn around(canonical: &Path) -> Self {
        let parent = canonical.parent().unwrap_or(Path::new("/"));
        let marked = parent.ancestors().find(|folder| folder.file_name().is_some_and(|name| name == ROOT_NAME));
        Self { root: marked.unwrap_or(parent).to_owned(), opened: BTreeSet::new() }
    }

    fn read(&mut self, canonical: &Path, shown: String) -> Result<Document, Refusal> {
        self.opened.insert(canonical.to_owned());
        if self.opened.len() > MAX_FILES {
            return Err(limit(format!("the scenario is made of more than {MAX_FILES} files"), "merge some of them"));
        }
        let bytes = disk::read_capped(canonical, MAX_FILE_BYTES).map_err(|error| unreadable(&error))?;
        if bytes.len() as u64 > MAX_FILE_BYTES {
            return Err(limit(format!("the file is larger than {MAX_FILE_BYTES} bytes (1 MiB)"), "a scenario needs a few kilobytes"));
        }
        let sha256 = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        let text = String::from_utf8(bytes).map_err(|error| not_utf8(&error))?;
        let inside = canonical.strip_prefix(&self.root).unwrap_or(canonical);
        let parts: Vec<String> = inside.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
        Ok(Document { shown, path: parts.join("/"), text, sha256 })
    }
}

impl Library for Folder {
    fn open(&mut self, from: &Document, name: &str) -> Result<Document, Refusal> {
        let inside = Path::new(&from.path).parent().unwrap_or(Path::new("")).join(relative(name)?);
        let inside = resolve(&inside).ok_or_else(|| outside("leaves the folder tree of the scenario"))?;
        let canonical = regular_file(&self.root.join(&inside))?;
        if !canonical.starts_with(&self.root) {
            return Err(outside("leads out of the folder tree of the scenario through a link"));
        }
        let shown = Path::new(&from.shown).parent().unwrap_or(Path::new("")).join(name);
        self.read(&canonical, tidy(&shown).display().to_string())
    }
}

/// A name that could only mean a file below or beside the one that says it.
fn relative(name: &str) -> Result<&Path, Refusal> {
    if name.is_empty() || name.contains('\0') || name.len() > 1000 {
        return Err(refusal(ErrorKind::Scenario, "is not the name of a file", "write a path from this file's folder"));
    }
    if name.contains("://") {
        return Err(outside("is an address, and nothing is ever fetched"));
    }
    let windows_drive = name.as_bytes().get(1) == Some(&b':');
    if name.starts_with(['/', '\\', '~']) || windows_drive {
        return Err(outside("is not a path from this file's folder"));
    }
    if name.contains('\\') {
        return Err(refusal(ErrorKind::Scenario, "has a backslash", "separate folders with /"));
    }
    Ok(Path::new(name))
}

/// The path without `.` and `..`; `None` if it climbs above its start.
fn resolve(path: &Path) -> Option<PathBuf> {
    let mut parts = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => parts.push(name),
            Component::CurDir => {}
            Component::ParentDir => {
                if !parts.pop() {
                    return None;
                }
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(parts)
}

/// The path with `folder/..` taken out, for messages.
fn tidy(path: &Path) -> PathBuf {
    let mut parts = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir if matches!(parts.components().next_back(), Some(Component::Normal(_))) => {
                parts.pop();
            }
            Component::CurDir => {}
            part => parts.push(part),
        }
    }
    parts
}

/// The canonical path of a regular file; a folder, pipe or device is refused before it is opened.
fn regular_file(path: &Path) -> Result<PathBuf, Refusal> {
    let canonical = fs::canonicalize(path).map_err(|error| unreadable(&error))?;
    let metadata = fs::metadata(&canonical).map_err(|error| unreadable(&error))?;
    if metadata.is_file() {
        return Ok(canonical);
    }
    let what = if metadata.is_dir() { "is a folder" } else { "is a pipe, a device or a socket" };
    Err(refusal(ErrorKind::Input, what, "name a regular file"))
}

/// The file stem, if it can name an output folder on every system.
fn scenario_name(path: &Path) -> Result<String, Refusal> {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    if is_safe_name(stem) {
        return Ok(stem.to_owned());
    }
    let rule = "the file's name cannot name an output folder";
    Err(refusal(ErrorKind::Scenario, rule, "rename it to letters, digits, - _ and . (at most 100), such as my-view.toml"))
}

/// Whether a name can be a file or folder on every system: letters, digits, `-`, `_`, `.`, no device name of Windows.
pub fn is_safe_name(name: &str) -> bool {
    let letters = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
    let first = name.chars().next().is_some_and(char::is_alphanumeric);
    letters && first && !name.ends_with('.') && name.len() <= MAX_NAME_BYTES && !is_device(name)
}

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().to_ascii_uppercase();
    let numbered = |prefix| stem.strip_prefix(prefix).is_some_and(|rest| rest.len() == 1 && rest.bytes().all(|b| b.is_ascii_digit()));
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL") || numbered("COM") || numbered("LPT")
}

/// A problem of a file as a whole.
fn whole(path: &Path, refusal: Refusal) -> ScenarioError {
    let Refusal { kind, rule, hint } = refusal;
    let file = path.display().to_string();
    let problem = Problem { kind, file, line: 0, column: 0, key: String::new(), value: String::new(), rule, hint };
    ScenarioError { kind, problems: vec![problem], more: 0 }
}

fn refusal(kind: ErrorKind, rule: impl Into<String>, hint: impl Into<String>) -> Refusal {
    Refusal { kind, rule: rule.into(), hint: hint.into() }
}

fn limit(rule: String, hint: &str) -> Refusal {
    refusal(ErrorKind::Limit, rule, hint)
}

fn outside(rule: &str) -> Refusal {
    refusal(ErrorKind::Scenario, rule, "name a file in the scenario's own folder tree, by a path from this file's folder")
}

fn unreadable(error: &io::Error) -> Refusal {
    let (rule, hint) = match error.kind() {
        io::ErrorKind::NotFound => ("no such file".to_owned(), "check the name; `greenlight list` shows the scenarios of a folder"),
        io::ErrorKind::PermissionDenied => ("may not be read".to_owned(), "check its permissions"),
        _ => (format!("cannot be read: {error}"), ""),
    };
    refusal(ErrorKind::Input, rule, hint)
}

fn not_utf8(error: &std::string::FromUtf8Error) -> Refusal {
    let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    refusal(ErrorKind::Scenario, format!("line {line} is not UTF-8 text"), "save the file as UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_safe_name_is_one_on_every_system() {
        for name in ["baseline-dec-2025", "my_view.2", "中国", "Économie", "a", "console", "com", "comet1"] {
            assert!(is_safe_name(name), "{name}");
        }
        let long = "x".repeat(101);
        for name in [
            "",
            ".",
            "..",
            ".hidden",
            "-rf",
            "a/b",
            "a\\b",
            "a b",
            "=cmd",
            "a\u{1b}",
            "a\u{202e}b",
            "end.",
            "CON",
            "con.x",
            "lpt1",
            "COM9.toml",
            &long,
        ] {
            assert!(!is_safe_name(name), "{name:?}");
        }
    }

    #[test]
    fn a_path_is_tidied_for_messages_without_losing_its_way() {
        for (path, tidied) in [
            ("scenarios/oracles/../base.toml", "scenarios/base.toml"),
            ("../x.toml", "../x.toml"),
            ("./a/./b", "a/b"),
            ("a/../../b", "../b"),
        ] {
            assert_eq!(tidy(Path::new(path)), Path::new(tidied));
        }
    }
}
