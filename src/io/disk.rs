//! One function per thing we do to a disk, each naming itself and its path when it fails.
//!
//! A failed fsync is final: the kernel may have dropped the bytes, so nothing here ever retries.

use rustix::fs::{CWD, OFlags, RenameFlags, renameat_with, statvfs};
use rustix::io::Errno;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// One operation that the system refused.
#[derive(Debug)]
pub struct DiskError {
    /// What was tried, as a verb phrase.
    pub operation: &'static str,
    /// On what.
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

impl fmt::Display for DiskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Debug formatting escapes control characters: a path comes from outside.
        write!(f, "cannot {} {:?}: {}", self.operation, self.path, self.source)
    }
}

impl std::error::Error for DiskError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// Whether the system refused for want of file handles or memory.
pub fn is_out_of_resources(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::MFILE | Errno::NFILE | Errno::NOMEM))
}

/// Opens a regular file to be read. Pipes, devices and files of the kernel that have nothing to say yet are never waited for.
pub(super) fn open_to_read(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().read(true).custom_flags(OFlags::NONBLOCK.bits() as i32).open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other("it is not a regular file")) }
}

/// The bytes of a regular file, one more than allowed if there are more.
pub(super) fn read_capped(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open_to_read(path)?.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Opens or makes a file to be locked. A link is not followed, and a pipe that nobody reads is not waited for.
pub(super) fn open_lock(path: &Path) -> Result<File, DiskError> {
    let flags = (OFlags::NONBLOCK | OFlags::NOFOLLOW).bits() as i32;
    attempt("open the lock file", path, || OpenOptions::new().write(true).create(true).truncate(false).custom_flags(flags).open(path))
}

/// Runs one operation; the one place where tests make the disk fail.
pub(super) fn attempt<T>(operation: &'static str, path: &Path, f: impl FnOnce() -> io::Result<T>) -> Result<T, DiskError> {
    #[cfg(test)]
    let f = || failing_disk::before().and_then(|()| f());
    f().map_err(|source| DiskError { operation, path: path.to_owned(), source })
}

/// Makes a folder that must not exist yet.
pub(super) fn create_folder(path: &Path) -> Result<(), DiskError> {
    attempt("create the folder", path, || fs::create_dir(path))
}

/// Makes a folder and all missing folders above it.
///
/// # Errors
/// If the system refuses.
pub fn create_folders(path: &Path) -> Result<(), DiskError> {
    attempt("create the folder", path, || fs::create_dir_all(path))
}

/// Writes a file that must not exist yet, down to the disk itself.
pub(super) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
    let mut file = create_file(path)?;
    append(&mut file, path, bytes)?;
    sync_file(&file, path)
}

/// Makes a file that must not exist yet, to be written.
pub(super) fn create_file(path: &Path) -> Result<File, DiskError> {
    attempt("create", path, || OpenOptions::new().write(true).create_new(true).open(path))
}

/// Writes more of a file; `path` is for messages.
pub(super) fn append(file: &mut File, path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
    attempt("write", path, || file.write_all(bytes))
}

/// Brings a file down to the disk itself.
pub(super) fn sync_file(file: &File, path: &Path) -> Result<(), DiskError> {
    attempt("flush (fsync)", path, || file.sync_all())
}

/// Brings a folder's list of names down to the disk itself.
pub(super) fn sync_folder(path: &Path) -> Result<(), DiskError> {
    let folder = attempt("open the folder", path, || File::open(path))?;
    attempt("flush (fsync) the folder", path, || folder.sync_all())
}

/// Renames a folder, in one step, to a name that nothing has. [`io::ErrorKind::AlreadyExists`] if something has it.
pub(super) fn rename_new(from: &Path, to: &Path) -> Result<(), DiskError> {
    attempt("give the finished work the name", to, || match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // Some network file systems lack the flag. A plain rename of a folder never replaces a file or a
        // folder with something in it, and the lock keeps our own rivals out.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => match fs::rename(from, to) {
            Err(error) if Errno::from_io_error(&error) == Some(Errno::NOTEMPTY) => Err(io::ErrorKind::AlreadyExists.into()),
            other => other,
        },
        other => Ok(other?),
    })
}

/// Gives a file, in one step, a name that another file may have.
pub(super) fn replace(from: &Path, to: &Path) -> Result<(), DiskError> {
    attempt("replace", to, || fs::rename(from, to))
}

/// Removes a file.
pub(super) fn remove_file(path: &Path) -> Result<(), DiskError> {
    attempt("remove", path, || fs::remove_file(path))
}

/// Exchanges two folders in one step.
pub(super) fn exchange(from: &Path, to: &Path) -> Result<(), DiskError> {
    attempt("exchange the finished folder with", to, || Ok(renameat_with(CWD, from, CWD, to, RenameFlags::EXCHANGE)?))
}

/// Removes a folder with everything in it; never follows a symbolic link.
pub(super) fn remove_folder(path: &Path) -> Result<(), DiskError> {
    attempt("remove the folder", path, || fs::remove_dir_all(path))
}

/// Bytes that may still be written where `path`, or the nearest folder above it that exists, lies;
/// `u64::MAX` where the file system does not count.
pub fn free_bytes(path: &Path) -> Result<u64, DiskError> {
    let here = Path::new(".");
    let existing = path.ancestors().find(|p| p.exists()).unwrap_or(here);
    let existing = if existing.as_os_str().is_empty() { here } else { existing };
    let space = attempt("ask for the free space of", existing, || Ok(statvfs(existing)?))?;
    Ok(if space.f_blocks == 0 { u64::MAX } else { space.f_bavail.saturating_mul(space.f_frsize) })
}

/// A disk that fails on purpose, for this thread only.
#[cfg(test)]
pub(super) mod failing_disk {
    use std::cell::Cell;
    use std::io;

    /// When the disk fails.
    #[derive(Clone, Copy, Debug)]
    pub enum Failure {
        /// Operation `k` from now fails, the others work.
        Once(u32),
        /// Operation `k` from now and all later ones fail, as after a power cut.
        From(u32),
    }

    thread_local! {
        static FAILURE: Cell<Option<Failure>> = const { Cell::new(None) };
        static COUNT: Cell<u32> = const { Cell::new(0) };
    }

    /// Sets or lifts the failure; returns how many operations were tried since the last call.
    pub fn set(failure: Option<Failure>) -> u32 {
        FAILURE.set(failure);
        COUNT.replace(0)
    }

    pub fn before() -> io::Result<()> {
        let now = COUNT.get();
        COUNT.set(now + 1);
        match FAILURE.get() {
            Some(Failure::Once(k)) if now == k => Err(io::Error::from_raw_os_error(5)),
            Some(Failure::From(k)) if now >= k => Err(io::Error::from_raw_os_error(28)),
            _ => Ok(()),
        }
    }
}
