//! The checkpoint of an unfinished run: which run, and the tally of its first paths.
//!
//! SHA-256 of everything before it ends the file: a byte that was changed is never used.

use super::disk::{self, DiskError};
use super::manifest::{COMMIT, hex};
use crate::model::MODEL_VERSION;
use crate::random::STREAM_VERSION;
use crate::scenario::{self, Scenario, Simulation};
use crate::stats::{Tally, TallyShape};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const MARK: &[u8] = b"greenlight checkpoint ";
/// Changes whenever the layout of the file does.
const FORMAT: u64 = 1;
const DIGEST: usize = 32;

/// What decides the tally of a run. Neither threads nor the place of files do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Version and commit of the program.
    pub program: String,
    /// Version of the law by which draws have addresses.
    pub stream_version: u64,
    /// Version of what the model makes of its draws.
    pub model_version: u64,
    /// Seed of every draw.
    pub seed: u64,
    /// Draws of what nobody knows.
    pub worlds: u64,
    /// Draws of chance in each world.
    pub paths_per_world: u64,
    /// SHA-256 over every value in force in every scenario.
    pub scenario_sha256: String,
}

impl Identity {
    /// The identity of a run of scenarios side by side, which share seed and counts.
    pub fn of<'a>(counts: Simulation, scenarios: impl IntoIterator<Item = &'a Scenario>) -> Self {
        let mut digest = Sha256::new();
        for scenario in scenarios {
            digest.update(b"\nscenario\n");
            scenario::rows(scenario).iter().for_each(|row| digest.update(format!("{} = {}\n", row.key, row.value)));
        }
        Self {
            program: format!("{} ({COMMIT})", env!("CARGO_PKG_VERSION")),
            stream_version: STREAM_VERSION,
            model_version: MODEL_VERSION,
            seed: counts.seed,
            worlds: counts.worlds,
            paths_per_world: counts.paths_per_world,
            scenario_sha256: hex(&digest.finalize()),
        }
    }

    /// How the run of a checkpoint differs from this one.
    fn difference(&self, theirs: &Self) -> Option<String> {
        let numbers = [
            ("law of draws", self.stream_version, theirs.stream_version),
            ("version of the model", self.model_version, theirs.model_version),
            ("seed", self.seed, theirs.seed),
            ("number of worlds", self.worlds, theirs.worlds),
            ("number of paths per world", self.paths_per_world, theirs.paths_per_world),
        ];
        if self.program != theirs.program {
            return Some(format!("it was written by greenlight {}, and this is {}", scenario::escape(&theirs.program), self.program));
        }
        let other = numbers.into_iter().find(|(_, ours, theirs)| ours != theirs);
        let number = other.map(|(what, ours, theirs)| format!("its {what} is {theirs}, and that of this run {ours}"));
        number.or_else(|| (self.scenario_sha256 != theirs.scenario_sha256).then(|| "its scenario has other values".to_owned()))
    }
}

/// What an unfinished run left.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    /// The run.
    pub identity: Identity,
    /// Folders that its command had finished before it, by name, with the SHA-256 of their manifests.
    pub finished: BTreeMap<String, String>,
    tally: Vec<u8>,
}

/// Why a checkpoint is not used. It stays where it is.
#[derive(Debug)]
pub struct CheckpointError {
    path: PathBuf,
    reason: String,
}

impl fmt::Display for CheckpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, reason } = self;
        write!(
            f,
            "cannot go on from the checkpoint {path:?}: {reason}; begin anew with --fresh, which discards it, or choose another --out"
        )
    }
}

impl std::error::Error for CheckpointError {}

impl Checkpoint {
    /// The checkpoint of a run that has counted so much.
    pub fn new(identity: &Identity, finished: &BTreeMap<String, String>, tally: &Tally) -> Self {
        Self { identity: identity.clone(), finished: finished.clone(), tally: tally.to_bytes() }
    }

    /// What was counted, as records of a known shape.
    ///
    /// # Errors
    /// If it counts something else; `place` is what messages call it.
    pub fn tally(&self, shape: &TallyShape, place: &CheckpointFile) -> Result<Tally, CheckpointError> {
        Tally::from_bytes(&self.tally, shape).map_err(|error| place.refuse(error.to_string()))
    }

    fn to_bytes(&self) -> Vec<u8> {
        let Identity { program, stream_version, model_version, seed, worlds, paths_per_world, scenario_sha256 } = &self.identity;
        let head = json!({
            "program": program, "stream_version": stream_version, "model_version": model_version, "seed": seed, "worlds": worlds,
            "paths_per_world": paths_per_world, "scenario_sha256": scenario_sha256, "finished": self.finished,
        });
        let mut bytes = [MARK, format!("{FORMAT}\n{head}\n").as_bytes(), &self.tally].concat();
        bytes.extend_from_slice(&Sha256::digest(&bytes));
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        let line = |bytes: &[u8]| bytes.iter().position(|byte| *byte == b'\n');
        let rest = bytes.strip_prefix(MARK).ok_or("it is damaged: it does not begin like one")?;
        let format = line(rest).and_then(|end| std::str::from_utf8(&rest[..end]).ok()?.parse::<u64>().ok()).ok_or("it is damaged")?;
        if format != FORMAT {
            return Err(format!("it has format {format}, and this program reads format {FORMAT}: use the greenlight that wrote it"));
        }
        let damaged = "it is damaged: its bytes are not those that were written";
        let (content, digest) = bytes.split_at_checked(bytes.len().saturating_sub(DIGEST)).ok_or(damaged)?;
        if Sha256::digest(content)[..] != *digest {
            return Err(damaged.into());
        }
        let rest = content.strip_prefix(MARK).and_then(|rest| rest.get(line(rest)? + 1..)).ok_or(damaged)?;
        let (head, tally) = line(rest).map(|end| (&rest[..end], &rest[end + 1..])).ok_or(damaged)?;
        Self::read(&serde_json::from_slice(head).unwrap_or_default(), tally).ok_or(damaged.into())
    }

    fn read(head: &Value, tally: &[u8]) -> Option<Self> {
        let text = |key: &str| head[key].as_str().map(str::to_owned);
        let number = |key: &str| head[key].as_u64();
        let identity = Identity {
            program: text("program")?,
            stream_version: number("stream_version")?,
            model_version: number("model_version")?,
            seed: number("seed")?,
            worlds: number("worlds")?,
            paths_per_world: number("paths_per_world")?,
            scenario_sha256: text("scenario_sha256")?,
        };
        let finished = head["finished"].as_object()?.iter().map(|(name, sha256)| Some((name.clone(), sha256.as_str()?.to_owned())));
        Some(Self { identity, finished: finished.collect::<Option<_>>()?, tally: tally.to_owned() })
    }
}

/// Where the checkpoint of an output folder is: beside it, under a hidden name.
#[derive(Clone, Debug)]
pub struct CheckpointFile {
    path: PathBuf,
    /// Where a new one is written before it takes the place of the old one.
    draft: PathBuf,
}

impl CheckpointFile {
    /// That of the folder `target`, drafted in the hidden folder of its run.
    pub(super) fn of(target: &Path, partial: &Path) -> Self {
        Self { path: path_of(target), draft: partial.join("checkpoint") }
    }

    /// Replaces the checkpoint in one step, once the new one is down on the disk itself.
    ///
    /// # Errors
    /// If the disk fails; the old one then still stands.
    pub fn save(&self, checkpoint: &Checkpoint) -> Result<(), DiskError> {
        disk::write_new(&self.draft, &checkpoint.to_bytes())?;
        disk::replace(&self.draft, &self.path)?;
        disk::sync_folder(super::staging::parent_of(&self.path))
    }

    /// Removes the checkpoint, if there is one.
    ///
    /// # Errors
    /// If the disk fails.
    pub fn remove(&self) -> Result<(), DiskError> {
        if fs::symlink_metadata(&self.path).is_ok() { disk::remove_file(&self.path) } else { Ok(()) }
    }

    /// Why this checkpoint is not used.
    pub fn refuse(&self, reason: String) -> CheckpointError {
        CheckpointError { path: self.path.clone(), reason }
    }
}

/// Reads what an unfinished run of this identity left beside the folder `target`, if anything.
///
/// # Errors
/// If it is damaged, larger than `most_bytes`, of another run or of another program.
pub fn read(target: &Path, identity: &Identity, most_bytes: u64) -> Result<Option<Checkpoint>, CheckpointError> {
    let path = path_of(target);
    let refuse = |reason: String| CheckpointError { path: path.clone(), reason };
    let unreadable = |error: io::Error| refuse(format!("it cannot be read: {error}"));
    match fs::symlink_metadata(&path) {
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => return Ok(None),
        Err(error) => return Err(unreadable(error)),
        Ok(found) if !found.is_file() => return Err(refuse("it is not a regular file".into())),
        Ok(_) => {}
    }
    let bytes = disk::read_capped(&path, most_bytes).map_err(unreadable)?;
    if bytes.len() as u64 > most_bytes {
        return Err(refuse(format!("it is larger than any of this run, which has at most {most_bytes} bytes")));
    }
    let checkpoint = Checkpoint::from_bytes(&bytes).map_err(refuse)?;
    match identity.difference(&checkpoint.identity) {
        Some(difference) => Err(refuse(format!("it belongs to another run: {difference}"))),
        None => Ok(Some(checkpoint)),
    }
}

fn path_of(target: &Path) -> PathBuf {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    target.with_file_name(format!(".{name}.checkpoint"))
}

#[cfg(test)]
mod tests {
    use super::super::disk::failing_disk::{self, Failure};
    use super::*;
    use crate::io::Staging;

    const SHAPE: TallyShape =
        TallyShape { months: 1, monthly_cells: 1, outcome_cells: 1, states: Vec::new(), paths_per_world: 50, scrambles: 0 };

    fn identity() -> Identity {
        Identity {
            program: "0.1.0 (abc)".into(),
            stream_version: 2,
            model_version: 1,
            seed: 7,
            worlds: 1000,
            paths_per_world: 50,
            scenario_sha256: "00ff".into(),
        }
    }

    fn checkpoint(finished: &str) -> Checkpoint {
        Checkpoint::new(&identity(), &BTreeMap::from([(finished.to_owned(), "1234".to_owned())]), &Tally::new(SHAPE))
    }

    fn finished(target: &Path) -> String {
        read(target, &identity(), 1 << 20).unwrap().unwrap().finished.into_keys().next().unwrap()
    }

    #[test]
    fn what_is_saved_is_found_until_the_folder_is_finished() {
        let home = tempfile::tempdir().unwrap();
        let target = home.path().join("run");
        assert!(read(&target, &identity(), 1 << 20).unwrap().is_none());
        let staging = Staging::create(&target, false).unwrap();
        staging.checkpoint().save(&checkpoint("a")).unwrap();
        staging.checkpoint().save(&checkpoint("b")).unwrap();
        let found = read(&target, &identity(), 1 << 20).unwrap().unwrap();
        assert_eq!((&found.identity, &found.finished), (&identity(), &BTreeMap::from([("b".to_owned(), "1234".to_owned())])));
        assert_eq!(found.tally(&SHAPE, &staging.checkpoint()).unwrap().to_bytes(), Tally::new(SHAPE).to_bytes());
        let other = TallyShape { months: 2, ..SHAPE };
        assert!(found.tally(&other, &staging.checkpoint()).unwrap_err().to_string().contains("another scenario"));
        drop(staging);
        assert_eq!(finished(&target), "b", "an interrupted run leaves it");
        Staging::create(&target, false).unwrap().commit(b"{}").unwrap();
        assert!(read(&target, &identity(), 1 << 20).unwrap().is_none(), "a finished one does not");
    }

    #[test]
    fn every_edited_byte_and_every_cut_is_refused() {
        let bytes = checkpoint("a").to_bytes();
        for i in 0..bytes.len() {
            for byte in [bytes[i] ^ 1, bytes[i] ^ 0x80, bytes[i].wrapping_add(1), b'\n'] {
                let mut edited = bytes.clone();
                edited[i] = byte;
                assert!(edited == bytes || Checkpoint::from_bytes(&edited).is_err(), "byte {i} as {byte}");
            }
            assert!(Checkpoint::from_bytes(&bytes[..i]).is_err(), "cut at {i}");
        }
        assert!(Checkpoint::from_bytes(&[&bytes[..], b"\n"].concat()).is_err());
    }

    #[test]
    fn what_differs_is_named() {
        let other = |change: &dyn Fn(&mut Identity)| {
            let mut other = identity();
            change(&mut other);
            identity().difference(&other).unwrap_or_default()
        };
        assert_eq!(other(&|_| ()), "");
        assert!(other(&|i| i.program = "0.2.0\u{1b} (def)".into()).contains("by greenlight 0.2.0\\u{1b} (def), and this is 0.1.0 (abc)"));
        assert!(other(&|i| i.stream_version = 3).contains("law of draws is 3"));
        assert!(other(&|i| i.model_version = 3).contains("version of the model is 3"));
        assert!(other(&|i| i.seed = 8).contains("seed is 8, and that of this run 7"));
        assert!(other(&|i| i.worlds = 8).contains("number of worlds is 8"));
        assert!(other(&|i| i.paths_per_world = 8).contains("paths per world is 8"));
        assert!(other(&|i| i.scenario_sha256 = String::new()).contains("other values"));
    }

    #[test]
    fn a_disk_that_fails_at_any_step_leaves_the_old_checkpoint_or_the_new() {
        for failure in [Failure::Once as fn(u32) -> Failure, Failure::From] {
            for k in 0.. {
                let home = tempfile::tempdir().unwrap();
                let target = home.path().join("run");
                let staging = Staging::create(&target, false).unwrap();
                staging.checkpoint().save(&checkpoint("old")).unwrap();
                failing_disk::set(Some(failure(k)));
                let saved = staging.checkpoint().save(&checkpoint("new"));
                let tried = failing_disk::set(None);
                let found = finished(&target);
                if tried <= k {
                    saved.unwrap();
                    // Create, write, fsync, rename; open and fsync the folder.
                    assert_eq!((found.as_str(), tried), ("new", 6));
                    break;
                }
                assert!(saved.is_err() && found == if k < 4 { "old" } else { "new" }, "step {k}: {found}");
            }
        }
    }
}
