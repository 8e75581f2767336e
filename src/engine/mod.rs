//! Runs many paths on many threads. Knows no chips.
//!
//! The tally has the same bits on any number of threads: blocks are fixed, draws have addresses,
//! and all that is kept of a path are integers.

mod keeper;
mod plan;

use std::any::Any;
use std::fmt;
use std::mem;
use std::num::NonZeroUsize;
use std::ops::{Range, RangeInclusive};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use crate::stats::{MergeError, OpenWorlds, Record, RecordError, Recorder, Tally, TallyShape};
use plan::{Block, Plan};
use rayon::iter::{IntoParallelIterator, ParallelIterator};

pub use keeper::Keeper;
pub use plan::{BLOCK_PATHS, WHOLE_WORLD_PATHS};

/// What the engine runs: a model with its parameters.
///
/// Results may depend on nothing but the arguments: never on what the workspace was used for before.
pub trait Simulation: Sync {
    /// What one thread works in. Made once for each thread.
    type Workspace;
    /// What can go wrong in a path.
    type Error: Send;

    /// A workspace.
    fn workspace(&self) -> Self::Workspace;

    /// What one thread counts with.
    fn recorder(&self, shape: TallyShape) -> Recorder {
        Recorder::new(shape)
    }

    /// Simulates paths of one world and counts them; says whether that worked. If not, the run asks path by path what failed.
    fn count(&self, world: u64, paths: Range<u64>, workspace: &mut Self::Workspace, recorder: &mut Recorder) -> bool {
        self.count_alone(world, paths, workspace, recorder)
    }

    /// The same, one path after another.
    fn count_alone(&self, world: u64, mut paths: Range<u64>, workspace: &mut Self::Workspace, recorder: &mut Recorder) -> bool {
        paths.all(|path| self.simulate(world, path, workspace).is_ok_and(|record| recorder.push(world, path, record).is_ok()))
    }

    /// How many paths [`Simulation::count`] takes at a time; fewer are counted alone.
    fn side_by_side(&self) -> RangeInclusive<u64> {
        1..=1
    }

    /// Simulates one path. The paths of a world mostly come one after another.
    fn simulate<'w>(&self, world: u64, path_in_world: u64, workspace: &'w mut Self::Workspace) -> Result<&'w Record, Self::Error>;
}

/// What to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Draws of what nobody knows.
    pub worlds: u64,
    /// What the records look like; says how many paths each world has.
    pub shape: TallyShape,
}

impl Job {
    /// Whether a tally is a beginning of this job, from which it can go on.
    pub fn begins_with(&self, tally: &Tally) -> bool {
        *tally.shape() == self.shape && tally.is_beginning() && self.plan().block_after(tally.paths()).is_some()
    }

    fn plan(&self) -> Plan {
        Plan::new(self.worlds, self.shape.paths_per_world)
    }
}

/// Tells how many paths are done; called at most every 50 ms, by one thread at a time, and once at the end.
pub type Progress<'a> = &'a (dyn Fn(u64) + Sync);

/// Asks a run to stop. Clones ask the same run.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Stops the run within one path per thread, or within the patience of its [`Keeper`].
    pub fn request(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether anyone asked.
    pub fn requested(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Why a run has no result.
#[derive(Debug, PartialEq, Eq)]
pub enum Halt<E> {
    /// [`Stop::request`] was called.
    Stopped {
        /// Paths simulated by then.
        paths: u64,
    },
    /// A path failed: of all that fail, the first in order, on any number of threads.
    Failed {
        /// Its world.
        world: u64,
        /// Its position in the world.
        path: u64,
        /// What happened.
        cause: Cause<E>,
    },
    /// The threads' tallies do not fit together: a fault of this program.
    Merge(MergeError),
}

/// What happened in a path that failed.
#[derive(Debug, PartialEq, Eq)]
pub enum Cause<E> {
    /// The simulation says so.
    Simulation(E),
    /// Its record cannot be counted.
    Record(RecordError),
    /// It panicked with this message.
    Panic(String),
}

impl<E: fmt::Display> fmt::Display for Halt<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stopped { paths } => write!(f, "stopped after {paths} paths"),
            Self::Failed { world, path, cause } => write!(f, "path {path} of world {world}: {cause}"),
            Self::Merge(error) => write!(f, "the parts of the run do not fit together: {error}"),
        }
    }
}

impl<E: fmt::Display> fmt::Display for Cause<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Simulation(error) => error.fmt(f),
            Self::Record(error) => error.fmt(f),
            Self::Panic(message) => write!(f, "internal error: {message}"),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> std::error::Error for Halt<E> {}

/// The system refused threads.
#[derive(Debug)]
pub struct PoolError(rayon::ThreadPoolBuildError);

impl fmt::Display for PoolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the threads could not be started: {}; ask for fewer", self.0)
    }
}

impl std::error::Error for PoolError {}

/// Threads that run one job after another.
#[derive(Debug)]
pub struct Pool(rayon::ThreadPool);

impl Pool {
    /// Exactly so many threads.
    pub fn new(threads: NonZeroUsize) -> Result<Self, PoolError> {
        let builder = rayon::ThreadPoolBuilder::new().num_threads(threads.get()).thread_name(|index| format!("paths-{index}"));
        builder.build().map(Self).map_err(PoolError)
    }

    /// Simulates every path of a job and counts them.
    pub fn run<S: Simulation>(&self, simulation: &S, job: &Job, progress: Progress<'_>, stop: &Stop) -> Result<Tally, Halt<S::Error>> {
        self.resume(simulation, job, progress, stop, &())
    }

    /// The same, from where the keeper's tally ends; it is given another now and then. Neither changes a bit of the result.
    pub fn resume<S: Simulation>(
        &self,
        simulation: &S,
        job: &Job,
        progress: Progress<'_>,
        stop: &Stop,
        keeper: &dyn Keeper,
    ) -> Result<Tally, Halt<S::Error>> {
        let mut whole = keeper.kept().unwrap_or_else(|| Tally::new(job.shape.clone()));
        if !job.begins_with(&whole) {
            return Err(Halt::Merge(MergeError::Shape));
        }
        let plan = job.plan();
        let run = Run {
            simulation,
            shape: &job.shape,
            plan,
            stop,
            progress,
            keeper,
            next_block: AtomicU64::new(plan.block_after(whole.paths()).unwrap_or(0)),
            pause: AtomicBool::new(false),
            failed_block: AtomicU64::new(u64::MAX),
            failure: Mutex::new(None),
            open: Mutex::new(OpenWorlds::default()),
            done: AtomicU64::new(whole.paths()),
            stopped: OnceLock::new(),
            abandoned: AtomicBool::new(false),
            ticker: Mutex::new(Ticker::new()),
        };
        loop {
            run.pause.store(false, Ordering::Relaxed);
            let parts = self.0.broadcast(|_| run.work());
            run.gather(parts, &mut whole)?;
            let verdict = keeper.keep(&whole);
            if whole.paths() == plan.paths() {
                return Ok(whole);
            }
            if verdict.is_break() || stop.requested() {
                return Err(Halt::Stopped { paths: whole.paths() });
            }
        }
    }

    /// What `each` makes of every position, in order. Holds all results at once: for bounded samples and chunks.
    pub fn map<W, T: Send>(
        &self,
        positions: Range<u64>,
        workspace: impl Fn() -> W + Sync + Send,
        each: impl Fn(&mut W, u64) -> T + Sync + Send,
    ) -> Vec<T> {
        self.0.install(|| positions.into_par_iter().map_init(workspace, each).collect())
    }
}

/// What the threads of one run share.
struct Run<'a, S: Simulation> {
    simulation: &'a S,
    shape: &'a TallyShape,
    plan: Plan,
    stop: &'a Stop,
    progress: Progress<'a>,
    keeper: &'a dyn Keeper,
    /// Blocks before it are finished when no thread works.
    next_block: AtomicU64,
    /// Asks the threads to take no more blocks for now.
    pause: AtomicBool,
    /// The first block that has failed. Blocks before it go on, so that the first failure in order is found.
    failed_block: AtomicU64,
    failure: Mutex<Option<Failure<S::Error>>>,
    /// Worlds that are split over blocks, while paths are missing.
    open: Mutex<OpenWorlds>,
    done: AtomicU64,
    /// When somebody first saw that the run should stop.
    stopped: OnceLock<Instant>,
    /// Whether a block was left unfinished.
    abandoned: AtomicBool,
    ticker: Mutex<Ticker>,
}

struct Failure<E> {
    world: u64,
    path: u64,
    cause: Cause<E>,
}

impl<S: Simulation> Run<'_, S> {
    /// What one thread does: take blocks until there are none, or the run pauses. Its tally and its workspace are its only memory.
    fn work(&self) -> Result<Tally, MergeError> {
        let mut recorder = self.simulation.recorder(self.shape.clone());
        let mut workspace = None;
        while !self.pause.load(Ordering::Relaxed) && !self.stop.requested() {
            let index = self.next_block.fetch_add(1, Ordering::Relaxed);
            let Some(block) = self.plan.block(index) else { break };
            if index > self.failed_block.load(Ordering::Relaxed) {
                break;
            }
            if let Err(failure) = self.run_block(index, &block, &mut workspace, &mut recorder) {
                self.fail(index, failure);
            }
            if self.plan.splits_worlds() {
                recorder.exchange(&mut self.open.lock().unwrap_or_else(PoisonError::into_inner))?;
            }
        }
        recorder.finish()
    }

    fn run_block(
        &self,
        index: u64,
        block: &Block,
        workspace: &mut Option<S::Workspace>,
        recorder: &mut Recorder,
    ) -> Result<(), Failure<S::Error>> {
        let workspace = match workspace {
            Some(workspace) => workspace,
            None => {
                let made = catch_unwind(AssertUnwindSafe(|| self.simulation.workspace()));
                let cause = |panic: Box<dyn Any + Send>| Cause::Panic(message(&*panic));
                let first = (block.worlds.start, block.paths.start);
                workspace.insert(made.map_err(|panic| Failure { world: first.0, path: first.1, cause: cause(panic) })?)
            }
        };
        let (least, most) = self.simulation.side_by_side().into_inner();
        for world in block.worlds.clone() {
            for first in block.paths.clone().step_by(most.max(1) as usize) {
                if index > self.failed_block.load(Ordering::Relaxed) || self.is_out_of_patience() {
                    self.abandoned.store(true, Ordering::Relaxed);
                    return Ok(());
                }
                let paths = first..block.paths.end.min(first + most);
                let counted = catch_unwind(AssertUnwindSafe(|| match paths.end - paths.start < least {
                    true => self.simulation.count_alone(world, paths.clone(), workspace, recorder),
                    false => self.simulation.count(world, paths.clone(), workspace, recorder),
                }));
                if !matches!(counted, Ok(true)) {
                    return Err(self.diagnose(world, paths));
                }
                self.done.fetch_add(paths.end - paths.start, Ordering::Relaxed);
                self.report();
            }
        }
        Ok(())
    }

    /// Which of some paths fails, and why: each again, alone.
    fn diagnose(&self, world: u64, paths: Range<u64>) -> Failure<S::Error> {
        for path in paths.clone() {
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                let mut workspace = self.simulation.workspace();
                let record = self.simulation.simulate(world, path, &mut workspace).map_err(Cause::Simulation)?;
                Recorder::new(self.shape.clone()).push(world, path, record).map_err(Cause::Record)
            }));
            if let Err(cause) = outcome.unwrap_or_else(|panic| Err(Cause::Panic(message(&*panic)))) {
                return Failure { world, path, cause };
            }
        }
        let cause = Cause::Panic("paths that can be counted one by one cannot be counted side by side".to_owned());
        Failure { world, path: paths.start, cause }
    }

    /// Tells the progress, and asks whether to pause, if it is time to; whichever thread notices first does.
    fn report(&self) {
        if let Ok(mut ticker) = self.ticker.try_lock()
            && ticker.is_due()
        {
            (self.progress)(self.done.load(Ordering::Relaxed));
            self.pause.fetch_or(self.keeper.is_due(), Ordering::Relaxed);
        }
    }

    /// Whether the run was asked to stop, and the block at hand takes too long to be finished.
    fn is_out_of_patience(&self) -> bool {
        self.stop.requested() && self.stopped.get_or_init(Ticker::now).elapsed() >= self.keeper.patience()
    }

    /// Keeps the first failure in the order of paths.
    fn fail(&self, index: u64, failure: Failure<S::Error>) {
        let mut kept = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        if index < self.failed_block.fetch_min(index, Ordering::Relaxed) {
            *kept = Some(failure);
        }
    }

    /// Adds what the threads counted to the whole, unless a block of theirs is not finished.
    fn gather(&self, parts: Vec<Result<Tally, MergeError>>, whole: &mut Tally) -> Result<(), Halt<S::Error>> {
        if let Some(Failure { world, path, cause }) = self.failure.lock().unwrap_or_else(PoisonError::into_inner).take() {
            return Err(Halt::Failed { world, path, cause });
        }
        let paths = self.done.load(Ordering::Relaxed);
        (self.progress)(paths);
        if self.abandoned.load(Ordering::Relaxed) {
            return Err(Halt::Stopped { paths });
        }
        for part in parts {
            let part = part.map_err(Halt::Merge)?;
            // Most runs never pause: nothing to merge with, and no time lost.
            match whole.paths() {
                0 => *whole = part,
                _ => whole.merge(part).map_err(Halt::Merge)?,
            }
        }
        let open = mem::take(&mut *self.open.lock().unwrap_or_else(PoisonError::into_inner));
        whole.add_open(open).map_err(Halt::Merge)
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string).or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "a panic without a message".to_owned())
}

/// Is due every 50 ms. The only clock in the engine, and no result sees it.
struct Ticker(Instant);

impl Ticker {
    fn new() -> Self {
        Self(Self::now())
    }

    #[allow(clippy::disallowed_methods)]
    fn now() -> Instant {
        Instant::now()
    }

    fn is_due(&mut self) -> bool {
        let due = self.0.elapsed() >= Duration::from_millis(50);
        if due {
            self.0 = Self::now();
        }
        due
    }
}

#[cfg(test)]
mod tests;
