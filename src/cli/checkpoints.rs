//! When a run keeps what it has counted, and what an interrupted run goes on from.

use super::exit::{Exit, Failure};
use crate::engine::{Job, Keeper};
use crate::io::checkpoint::{self, Checkpoint, CheckpointFile, Identity};
use crate::io::manifest::{self, FileRecord};
use crate::stats::Tally;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What a checkpoint costs is repaid by so many times as long without one: less than 5% of a run go into them.
const WORK_PER_COST: u32 = 24;
/// A stopped run has five seconds in all; the rest of them is for the checkpoint.
const PATIENCE: Duration = Duration::from_secs(2);

/// What to do about interruptions.
#[derive(clap::Args, Clone, Debug)]
pub struct Interruptions {
    /// Stop simulating after so many seconds, with a checkpoint and exit code 75; the same command goes on
    #[arg(long, value_name = "S", value_parser = seconds)]
    max_seconds: Option<Duration>,

    /// Seconds between checkpoints; the first comes after twice as long
    #[arg(long, value_name = "S", default_value = "5", value_parser = seconds)]
    checkpoint_seconds: Duration,

    /// Begin anew, and discard the checkpoint of an interrupted run
    #[arg(long)]
    fresh: bool,
}

/// One command, which may run several scenarios: its time, and what it has finished.
#[derive(Debug)]
pub struct Session {
    began: Instant,
    every: Duration,
    most: Duration,
    fresh: bool,
    /// Finished folders by name, with the SHA-256 of their manifests.
    finished: Mutex<BTreeMap<String, String>>,
}

impl Session {
    /// Begins now.
    #[allow(clippy::disallowed_methods)]
    pub fn begin(options: &Interruptions) -> Self {
        let Interruptions { max_seconds, checkpoint_seconds, fresh } = options;
        let (every, most) = (*checkpoint_seconds, max_seconds.unwrap_or(Duration::MAX));
        Self { began: Instant::now(), every, most, fresh: *fresh, finished: Mutex::default() }
    }

    /// The time of the command in seconds.
    pub fn seconds(&self) -> f64 {
        self.most.as_secs_f64()
    }

    /// What an interrupted run of this identity left beside the folder `target`, if that is to be used.
    ///
    /// # Errors
    /// If it cannot be used.
    pub fn find(&self, target: &Path, identity: &Identity, most_bytes: u64) -> Result<Option<Checkpoint>, Failure> {
        if self.fresh {
            return Ok(None);
        }
        let found = checkpoint::read(target, identity, most_bytes)?;
        found.iter().for_each(|found| self.finished().extend(found.finished.clone()));
        Ok(found)
    }

    /// Remembers that a folder is finished.
    pub fn finish(&self, target: &Path, manifest: &[u8]) {
        self.finished().insert(name_of(target), FileRecord::of(manifest).sha256);
    }

    /// Whether the same command finished a folder before it was interrupted, and the folder still is what it was.
    pub fn has_finished(&self, target: &Path) -> bool {
        self.finished().get(&name_of(target)).is_some_and(|expected| manifest::sha256(target).is_some_and(|found| found == *expected))
    }

    fn finished(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.finished.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first checkpoint of a command; what took less time is as easily done again.
    fn first(&self) -> Duration {
        self.every.saturating_mul(2)
    }

    /// Whether the time of the command is up.
    pub fn is_over(&self) -> bool {
        self.began.elapsed() >= self.most
    }
}

/// Keeps the tally of one run in its checkpoint.
#[derive(Debug)]
pub struct Checkpoints<'a> {
    session: &'a Session,
    identity: Identity,
    file: CheckpointFile,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// What an earlier run left.
    found: Option<Tally>,
    /// Paths in the checkpoint on the disk.
    saved: Option<u64>,
    /// When the next one is due, counted from the beginning of the command.
    next: Duration,
    /// Since when the threads have been asked to pause.
    waiting: Option<Duration>,
    failure: Option<Failure>,
}

impl<'a> Checkpoints<'a> {
    /// Takes over what [`Session::find`] found.
    ///
    /// # Errors
    /// If it is not a beginning of the job, or should be discarded and the disk fails.
    pub fn new(
        session: &'a Session,
        identity: Identity,
        file: CheckpointFile,
        job: &Job,
        found: Option<Checkpoint>,
    ) -> Result<Self, Failure> {
        if session.fresh {
            file.remove()?;
        }
        let found = found.map(|found| found.tally(&job.shape, &file)).transpose()?;
        if found.as_ref().is_some_and(|tally| !job.begins_with(tally)) {
            return Err(file.refuse("it does not hold the first paths of this run".into()).into());
        }
        let state = State { saved: found.as_ref().map(Tally::paths), found, next: session.first(), ..State::default() };
        Ok(Self { session, identity, file, state: Mutex::new(state) })
    }

    /// Paths that need not be simulated again.
    pub fn paths(&self) -> Option<u64> {
        self.state().saved
    }

    /// What to tell of a run that goes on.
    pub fn remark(&self, name: &str) -> Option<String> {
        Some(format!("{name}: going on after {} of {} paths", self.paths()?, self.all_paths()))
    }

    fn all_paths(&self) -> u128 {
        u128::from(self.identity.worlds) * u128::from(self.identity.paths_per_world)
    }

    /// Why keeping failed, if it did.
    ///
    /// # Errors
    /// If the disk failed.
    pub fn check(&self) -> Result<(), Failure> {
        self.state().failure.take().map_or(Ok(()), Err)
    }

    /// That the time is up.
    pub fn time_is_up(&self) -> Failure {
        Failure::new(Exit::Resumable, format!("stopped after {} s, as --max-seconds asks", self.session.seconds()))
    }

    /// Says of an interrupted run how to go on. A run that breaks a law, or is found wanting, never will: its checkpoint goes, or
    /// it would bar the way of the mended scenario, or of more worlds.
    pub fn after(&self, failure: Failure) -> Failure {
        match (failure.exit, self.paths()) {
            (Exit::Numeric | Exit::CheckFailed, Some(_)) => {
                // The failure is what there is to tell.
                let _ = self.file.remove();
                failure
            }
            (_, Some(paths)) => {
                let all = self.all_paths();
                let message = format!("{}\nthe same command goes on after {paths} of {all} paths; --fresh begins anew", failure.message);
                Failure { message, ..failure }
            }
            (_, None) => failure,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Keeper for Checkpoints<'_> {
    fn kept(&self) -> Option<Tally> {
        self.state().found.take()
    }

    fn is_due(&self) -> bool {
        let now = self.session.began.elapsed();
        let mut state = self.state();
        let due = now >= state.next || self.session.is_over();
        if due {
            state.waiting.get_or_insert(now);
        }
        due
    }

    fn keep(&self, tally: &Tally) -> ControlFlow<()> {
        let now = self.session.began.elapsed();
        let mut state = self.state();
        if now < self.session.first() && !self.session.is_over() {
            return ControlFlow::Continue(());
        }
        if let Err(error) = self.file.save(&Checkpoint::new(&self.identity, &self.session.finished(), tally)) {
            state.failure = Some(error.into());
            return ControlFlow::Break(());
        }
        let after = self.session.began.elapsed();
        let cost = after.saturating_sub(state.waiting.take().unwrap_or(now));
        state.saved = Some(tally.paths());
        state.next = after.saturating_add(self.session.every.max(cost.saturating_mul(WORK_PER_COST)));
        if self.session.is_over() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn patience(&self) -> Duration {
        PATIENCE
    }
}

fn name_of(target: &Path) -> String {
    target.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Seconds on the command line.
fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.ok_or_else(|| "write a number of seconds, such as 30 or 0.5".to_owned())
}
