//! Writes an output folder, all or nothing.
//!
//! The order is the promise: hold the lock, write and fsync every file in a hidden folder beside the
//! target, the manifest last, fsync the folders, give the folder its name in one step, fsync the
//! parent. Whoever sees the name sees everything.

use super::checkpoint::CheckpointFile;
use super::disk::{self, DiskError};
use super::manifest::{self, FileRecord};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Why an output folder could not be made.
#[derive(Debug)]
pub enum OutputError {
    /// The folder is somebody else's: it exists already, or another run is writing it.
    Conflict {
        /// The folder.
        path: PathBuf,
        /// What is in the way and what to do.
        reason: String,
    },
    /// The system refused something.
    Disk(DiskError),
}

/// An output folder in the making. Dropped without [`Staging::commit`], it leaves nothing behind.
#[derive(Debug)]
pub struct Staging {
    target: PathBuf,
    partial: PathBuf,
    overwrite: bool,
    files: BTreeMap<String, FileRecord>,
    /// Files that were begun and not closed.
    open: BTreeSet<String>,
    committed: bool,
    _lock: Lock,
}

/// A file too large to be held, written piece by piece. It counts only once [`Staging::close`] has it.
#[derive(Debug)]
pub struct Stream {
    name: String,
    path: PathBuf,
    file: File,
    written: u64,
    digest: Sha256,
}

impl Stream {
    /// Writes the next bytes.
    ///
    /// # Errors
    /// [`OutputError::Disk`]; the folder then cannot be completed.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), OutputError> {
        disk::append(&mut self.file, &self.path, bytes)?;
        self.written += bytes.len() as u64;
        self.digest.update(bytes);
        Ok(())
    }
}

impl Staging {
    /// Claims `target` and makes the hidden folder beside it. With `overwrite`, a folder this program
    /// wrote and nobody added to may be replaced; anything else is never touched.
    ///
    /// # Errors
    /// [`OutputError::Conflict`] if the target exists or a rival holds it; [`OutputError::Disk`] otherwise.
    pub fn create(target: &Path, overwrite: bool) -> Result<Self, OutputError> {
        let conflict = |reason: &str| OutputError::Conflict { path: target.to_owned(), reason: reason.to_owned() };
        let name = target.file_name().ok_or_else(|| conflict("it is not a name for a folder"))?.to_string_lossy().into_owned();
        let parent = parent_of(target);
        outside_of_runs(target)?;
        disk::create_folders(parent)?;
        let lock = Lock::take(parent.join(format!(".{name}.lock")), target)?;
        check_free(target, overwrite)?;
        remove_stale(parent, &name)?;
        let partial = parent.join(format!(".{name}.partial-{}", std::process::id()));
        disk::create_folder(&partial)?;
        Ok(Self {
            target: target.to_owned(),
            partial,
            overwrite,
            files: BTreeMap::new(),
            open: BTreeSet::new(),
            committed: false,
            _lock: lock,
        })
    }

    /// Writes one file, down to the disk. `name` is ours, never a scenario's: plain, with at most one folder.
    ///
    /// # Errors
    /// [`OutputError::Disk`]; the folder then cannot be completed.
    pub fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), OutputError> {
        disk::write_new(&self.place(name)?, bytes)?;
        self.files.insert(name.to_owned(), FileRecord::of(bytes));
        Ok(())
    }

    /// Begins a file that is written piece by piece; names are as for [`Staging::write`].
    ///
    /// # Errors
    /// [`OutputError::Disk`]; the folder then cannot be completed.
    pub fn stream(&mut self, name: &str) -> Result<Stream, OutputError> {
        let path = self.place(name)?;
        let file = disk::create_file(&path)?;
        self.open.insert(name.to_owned());
        Ok(Stream { name: name.to_owned(), path, file, written: 0, digest: Sha256::new() })
    }

    /// Ends a file that was written piece by piece, down to the disk.
    ///
    /// # Errors
    /// [`OutputError::Disk`]; the folder then cannot be completed.
    pub fn close(&mut self, stream: Stream) -> Result<(), OutputError> {
        disk::sync_file(&stream.file, &stream.path)?;
        self.open.remove(&stream.name);
        self.files.insert(stream.name, FileRecord { bytes: stream.written, sha256: manifest::hex(&stream.digest.finalize()) });
        Ok(())
    }

    /// Where a file goes; makes its folder if it is the first there.
    fn place(&self, name: &str) -> Result<PathBuf, OutputError> {
        let path = self.partial.join(name);
        if let Some(folder) = path.parent().filter(|folder| !folder.is_dir()) {
            disk::create_folder(folder)?;
        }
        Ok(path)
    }

    /// What was written so far, by name, for the manifest.
    pub fn files(&self) -> &BTreeMap<String, FileRecord> {
        &self.files
    }

    /// The folder that will appear.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Where what is done so far can be kept, should the run be interrupted. A finished run has none.
    pub fn checkpoint(&self) -> CheckpointFile {
        CheckpointFile::of(&self.target, &self.partial)
    }

    /// Writes the manifest and gives the folder its name.
    ///
    /// # Errors
    /// As for [`Staging::create`]. If only the very last steps fail, the folder is there, and complete.
    pub fn commit(mut self, manifest: &[u8]) -> Result<(), OutputError> {
        if let Some(name) = self.open.first() {
            let source = io::Error::other("it was begun and never closed");
            return Err(DiskError { operation: "complete the file", path: self.partial.join(name), source }.into());
        }
        disk::write_new(&self.partial.join(manifest::NAME), manifest)?;
        let inner: Vec<PathBuf> = self.files.keys().filter_map(|name| Some(self.partial.join(name).parent()?.to_owned())).collect();
        for folder in inner.iter().chain([&self.partial]).collect::<std::collections::BTreeSet<_>>() {
            disk::sync_folder(folder)?;
        }
        check_free(&self.target, self.overwrite)?;
        let replace = self.overwrite && fs::symlink_metadata(&self.target).is_ok();
        if replace {
            disk::exchange(&self.partial, &self.target)?;
        } else {
            self.rename()?;
        }
        self.committed = true;
        disk::sync_folder(parent_of(&self.target))?;
        if replace {
            disk::remove_folder(&self.partial)?;
        }
        Ok(self.checkpoint().remove()?)
    }

    fn rename(&self) -> Result<(), OutputError> {
        disk::rename_new(&self.partial, &self.target).map_err(|error| match error.source.kind() {
            io::ErrorKind::AlreadyExists => {
                OutputError::Conflict { path: self.target.clone(), reason: "it appeared during the run".into() }
            }
            _ => error.into(),
        })
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if !self.committed {
            // Nobody is left to tell of a failure; the next run removes what stays.
            let _ = disk::remove_folder(&self.partial);
        }
    }
}

/// The parent in which names are looked up; `.` for a bare name.
pub(super) fn parent_of(target: &Path) -> &Path {
    target.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Refuses a target in the folder of a finished run, whose seal it would break.
///
/// # Errors
/// [`OutputError::Conflict`].
pub(super) fn outside_of_runs(target: &Path) -> Result<(), OutputError> {
    let conflict = |folder: PathBuf| {
        let reason = format!("it lies in {folder:?}, which would then no longer be what its run wrote; choose another place");
        Err(OutputError::Conflict { path: target.to_owned(), reason })
    };
    manifest::sealed_above(target).map_or(Ok(()), conflict)
}

/// Whether the target may be given its name, now or at the end.
///
/// # Errors
/// As for [`Staging::create`].
pub fn check_free(target: &Path, overwrite: bool) -> Result<(), OutputError> {
    match fs::symlink_metadata(target) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(DiskError { operation: "look at", path: target.to_owned(), source }.into()),
    }
    let conflict = |reason: String| Err(OutputError::Conflict { path: target.to_owned(), reason });
    match manifest::foreign_entry(target) {
        _ if !overwrite => conflict("it exists already; choose another folder with --out, or replace it with --overwrite".into()),
        Ok(None) => Ok(()),
        Ok(Some(entry)) => conflict(format!("--overwrite would destroy {entry:?} in it, which no run wrote; move that away first")),
        Err(reason) => conflict(format!("--overwrite replaces only folders that a run wrote, and {reason}; remove it yourself")),
    }
}

/// Removes the hidden folders of runs that died. Whoever holds the lock is the only one alive.
fn remove_stale(parent: &Path, name: &str) -> Result<(), OutputError> {
    let prefix = format!(".{name}.partial-");
    for entry in disk::attempt("list the folder", parent, || fs::read_dir(parent)?.collect::<io::Result<Vec<_>>>())? {
        let file_name = entry.file_name();
        let process = file_name.to_str().and_then(|n| n.strip_prefix(&prefix));
        if process.is_some_and(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit())) {
            disk::remove_folder(&entry.path())?;
        }
    }
    Ok(())
}

/// The operating system's lock on one target; it dies with its holder.
#[derive(Debug)]
struct Lock {
    path: PathBuf,
    _file: File,
}

impl Lock {
    fn take(path: PathBuf, target: &Path) -> Result<Self, OutputError> {
        loop {
            if fs::symlink_metadata(&path).is_ok_and(|found| !found.is_file()) {
                let reason = format!("{path:?} should be its lock, and is not a regular file; remove that yourself");
                return Err(OutputError::Conflict { path: target.to_owned(), reason });
            }
            let file = disk::open_lock(&path)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    let reason = "another run is writing it; wait for that run or choose another folder with --out".into();
                    return Err(OutputError::Conflict { path: target.to_owned(), reason });
                }
                Err(TryLockError::Error(source)) => return Err(DiskError { operation: "lock", path, source }.into()),
            }
            // The last holder removes the file: what we locked may be a file that no longer has the name.
            let held = disk::attempt("look at the lock file", &path, || file.metadata())?;
            match fs::symlink_metadata(&path) {
                Ok(named) if (named.dev(), named.ino()) == (held.dev(), held.ino()) => return Ok(Self { path, _file: file }),
                _ => {}
            }
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Removed before the lock is released, so that a rival sees either our lock or no name.
        let _ = fs::remove_file(&self.path);
    }
}

impl From<DiskError> for OutputError {
    fn from(error: DiskError) -> Self {
        Self::Disk(error)
    }
}

impl fmt::Display for OutputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conflict { path, reason } => write!(f, "cannot write {path:?}: {reason}"),
            Self::Disk(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for OutputError {}

#[cfg(test)]
mod tests {
    use super::super::disk::failing_disk::{self, Failure};
    use super::*;
    use crate::io::{example, verify};

    /// The first of them is written piece by piece.
    const FILES: [(&str, &[u8]); 3] = [("a.csv", b"1,2\n"), ("charts/b.svg", b"<svg/>"), ("charts/c.svg", b"<svg></svg>")];

    fn write(target: &Path, overwrite: bool, files: &[(&str, &[u8])]) -> Result<(), OutputError> {
        let mut staging = Staging::create(target, overwrite)?;
        if let Some(((name, bytes), rest)) = files.split_first() {
            let mut stream = staging.stream(name)?;
            bytes.chunks(2).try_for_each(|piece| stream.write(piece))?;
            staging.close(stream)?;
            rest.iter().try_for_each(|(name, bytes)| staging.write(name, bytes))?;
        }
        let header = example::summary().header;
        let provenance = manifest::Provenance { inputs: &[], overrides: &[], block_paths: 64, results_sha256: "" };
        let manifest = manifest::render(&header, provenance, staging.files());
        staging.commit(&manifest)
    }

    fn is_complete(target: &Path, files: &[(&str, &[u8])]) -> bool {
        verify(target).is_ok_and(|(intact, problems)| intact == files.len() + 1 && problems.is_empty())
            && files.iter().all(|(name, bytes)| fs::read(target.join(name)).is_ok_and(|found| found == *bytes))
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_committed_folder_is_complete_and_alone() {
        let home = tempfile::tempdir().unwrap();
        let target = home.path().join("new/parents/run");
        write(&target, false, &FILES).unwrap();
        assert!(is_complete(&target, &FILES));
        assert_eq!(names(target.parent().unwrap()), ["run"], "neither lock nor partial folder stays");
    }

    #[test]
    fn a_file_written_in_pieces_is_recorded_like_one_written_at_once() {
        let home = tempfile::tempdir().unwrap();
        let mut staging = Staging::create(&home.path().join("run"), false).unwrap();
        staging.write("at-once.csv", b"1,2\n3,4\n").unwrap();
        let mut stream = staging.stream("charts/in-pieces.csv").unwrap();
        for piece in [&b"1,"[..], b"", b"2\n3,4", b"\n"] {
            stream.write(piece).unwrap();
        }
        assert!(!staging.files().contains_key("charts/in-pieces.csv"), "not before it is closed");
        staging.close(stream).unwrap();
        assert_eq!(staging.files()["charts/in-pieces.csv"], staging.files()["at-once.csv"]);
        assert_eq!(fs::read(staging.partial.join("charts/in-pieces.csv")).unwrap(), b"1,2\n3,4\n");
    }

    #[test]
    fn a_file_that_was_never_closed_stops_the_commit_and_leaves_nothing() {
        let home = tempfile::tempdir().unwrap();
        let mut staging = Staging::create(&home.path().join("run"), false).unwrap();
        staging.write("a.csv", b"1").unwrap();
        drop(staging.stream("samples.csv").unwrap());
        let error = staging.commit(b"{}").unwrap_err();
        assert!(error.to_string().contains("samples.csv"), "{error}");
        assert!(names(home.path()).is_empty());
    }

    #[test]
    fn dropping_without_commit_leaves_nothing() {
        let home = tempfile::tempdir().unwrap();
        let mut staging = Staging::create(&home.path().join("run"), false).unwrap();
        staging.write("a.csv", b"1").unwrap();
        assert_eq!(names(home.path()).len(), 2, "lock and partial folder");
        drop(staging);
        assert!(names(home.path()).is_empty());
    }

    #[test]
    fn an_existing_folder_is_a_conflict_and_stays_as_it_is() {
        let home = tempfile::tempdir().unwrap();
        let target = home.path().join("run");
        write(&target, false, &FILES).unwrap();
        let error = write(&target, false, &[("other.csv", b"")]).unwrap_err();
        assert!(matches!(&error, OutputError::Conflict { path, .. } if *path == target), "{error}");
        assert!(error.to_string().contains("--overwrite"), "{error}");
        assert!(is_complete(&target, &FILES));
        assert_eq!(names(home.path()), ["run"]);
    }

    #[test]
    fn overwriting_leaves_only_the_new_files() {
        let home = tempfile::tempdir().unwrap();
        let target = home.path().join("run");
        write(&target, true, &FILES).unwrap();
        let new: [(&str, &[u8]); 1] = [("new.csv", b"3\n")];
        write(&target, true, &new).unwrap();
        assert!(is_complete(&target, &new));
        assert_eq!(names(&target), [manifest::NAME, "new.csv"]);
        assert_eq!(names(home.path()), ["run"]);
    }

    #[test]
    fn overwriting_never_destroys_what_no_run_wrote() {
        let home = tempfile::tempdir().unwrap();
        let target = home.path().join("run");
        fs::create_dir(&target).unwrap();
        let is_conflict = |what: &str| {
            let error = write(&target, true, &FILES).unwrap_err();
            assert!(matches!(error, OutputError::Conflict { .. }), "{what}: {error}");
            assert!(error.to_string().contains(what), "{error}");
        };
        fs::write(target.join("thesis.txt"), "years of work").unwrap();
        is_conflict("no manifest.json");
        fs::write(target.join(manifest::NAME), "{}").unwrap();
        is_conflict("manifest.json is not ours");
        fs::remove_dir_all(&target).unwrap();
        write(&target, false, &FILES).unwrap();
        fs::write(target.join("charts/my notes.txt"), "years of work").unwrap();
        is_conflict("my notes.txt");
        assert_eq!(fs::read_to_string(target.join("charts/my notes.txt")).unwrap(), "years of work");
        fs::remove_dir_all(&target).unwrap();
        fs::write(&target, "a file").unwrap();
        is_conflict("not a folder");
        assert_eq!(fs::read_to_string(&target).unwrap(), "a file");
    }

    #[test]
    fn a_rival_is_refused_while_the_lock_is_held_and_welcome_afterwards() {
        let home = tempfile::tempdir().unwrap();
        let target = home.path().join("run");
        let first = Staging::create(&target, false).unwrap();
        let error = Staging::create(&target, true).unwrap_err();
        assert!(error.to_string().contains("another run"), "{error}");
        assert!(first.partial.is_dir(), "the rival did not clean up the living");
        drop(first);
        write(&target, false, &FILES).unwrap();
    }

    #[test]
    fn of_many_rivals_exactly_one_wins() {
        let home = tempfile::tempdir().unwrap();
        let target = home.path().join("run");
        for _ in 0..20 {
            let results: Vec<_> = std::thread::scope(|scope| {
                let rivals: Vec<_> = (0..8).map(|_| scope.spawn(|| write(&target, false, &FILES))).collect();
                rivals.into_iter().map(|rival| rival.join().unwrap()).collect()
            });
            assert_eq!(results.iter().filter(|r| r.is_ok()).count(), 1, "{results:?}");
            assert!(results.iter().all(|r| matches!(r, Ok(()) | Err(OutputError::Conflict { .. }))), "{results:?}");
            assert!(is_complete(&target, &FILES));
            fs::remove_dir_all(&target).unwrap();
            assert!(names(home.path()).is_empty());
        }
    }

    #[test]
    fn leftovers_of_dead_runs_are_removed_and_nothing_else_is() {
        let home = tempfile::tempdir().unwrap();
        for name in
            [".run.partial-1", ".run.partial-77", ".run.partial-1.partial-2", ".run.partial-x", ".running.partial-1", "run.partial-1"]
        {
            fs::create_dir_all(home.path().join(name).join("charts")).unwrap();
        }
        write(&home.path().join("run"), false, &FILES).unwrap();
        assert_eq!(names(home.path()), [".run.partial-1.partial-2", ".run.partial-x", ".running.partial-1", "run", "run.partial-1"]);
    }

    /// Fails every disk operation in turn and returns how many there were.
    fn fail_each(overwrite: bool, failure: impl Fn(u32) -> Failure, check: impl Fn(&Path, Result<(), OutputError>)) -> u32 {
        for k in 0.. {
            let home = tempfile::tempdir().unwrap();
            let target = home.path().join("run");
            if overwrite {
                write(&target, false, &FILES[..1]).unwrap();
            }
            failing_disk::set(Some(failure(k)));
            let result = write(&target, overwrite, &FILES);
            let tried = failing_disk::set(None);
            if tried <= k {
                assert!(result.is_ok());
                return tried;
            }
            check(&target, result);
        }
        unreachable!("a run has finitely many steps")
    }

    #[test]
    fn every_failed_operation_is_reported_and_leaves_the_old_state_or_the_new() {
        for (overwrite, old) in [(false, None), (true, Some(&FILES[..1]))] {
            let steps = fail_each(overwrite, Failure::Once, |target, result| {
                let error = result.expect_err("an operation failed");
                let OutputError::Disk(disk) = &error else { panic!("{error}") };
                assert_eq!(disk.source.raw_os_error(), Some(5), "{error}");
                let home = target.parent().and_then(Path::to_str).unwrap();
                assert!(error.to_string().starts_with("cannot ") && error.to_string().contains(home), "{error}");
                let as_before = old.map_or(!target.exists(), |old| is_complete(target, old));
                assert!(as_before || is_complete(target, &FILES), "{error}");
            });
            // Per file create, write and fsync, for three files and the manifest, and one more piece: 13 of the steps.
            assert!(steps > 20, "{steps}");
        }
    }

    #[test]
    fn after_a_power_cut_at_any_step_the_folder_is_old_or_new_and_the_next_run_works() {
        for (overwrite, old) in [(false, None), (true, Some(&FILES[..1]))] {
            fail_each(overwrite, Failure::From, |target, result| {
                assert!(result.is_err());
                let as_before = old.map_or(!target.exists(), |old| is_complete(target, old));
                assert!(as_before || is_complete(target, &FILES), "{result:?}");
                write(target, true, &FILES[1..]).unwrap();
                assert!(is_complete(target, &FILES[1..]));
                assert_eq!(names(target.parent().unwrap()), ["run"]);
            });
        }
    }
}
