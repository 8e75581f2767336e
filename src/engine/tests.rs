//! The engine with simulations that sleep, fail, panic and count.

use super::*;
use std::ops::ControlFlow;
use std::thread;

/// Records the path's position in a few ways; misbehaves on demand.
struct Fake {
    sleeps: bool,
    fails: fn(u64, u64) -> Option<Fault>,
    on_path: Box<dyn Fn(u64) + Sync>,
}

#[derive(Clone, Copy)]
enum Fault {
    Error,
    Panic,
    Record,
}

impl Default for Fake {
    fn default() -> Self {
        Self { sleeps: false, fails: |_, _| None, on_path: Box::new(|_| ()) }
    }
}

impl Simulation for Fake {
    type Workspace = Record;
    type Error = String;

    fn workspace(&self) -> Record {
        Record { monthly: vec![0; 4], outcomes: vec![0; 2], states: vec![0; 2] }
    }

    fn simulate<'w>(&self, world: u64, path: u64, record: &'w mut Record) -> Result<&'w Record, String> {
        (self.on_path)(world);
        let word = (world << 20 | path).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        if self.sleeps && word >> 60 == 0 {
            thread::sleep(Duration::from_micros(word >> 50 & 0xFF));
        }
        record.monthly = vec![world as i64, path as i64, 0, (word >> 30) as i64];
        match (self.fails)(world, path) {
            None => Ok(record),
            Some(Fault::Error) => Err(format!("fault of {world}:{path}")),
            Some(Fault::Panic) => panic!("panic of {world}:{path}"),
            Some(Fault::Record) => {
                record.monthly.clear();
                Ok(record)
            }
        }
    }
}

fn job(worlds: u64, paths_per_world: u64) -> Job {
    Job { worlds, shape: TallyShape { months: 2, monthly_cells: 4, outcome_cells: 2, states: vec![1], paths_per_world, scrambles: 0 } }
}

fn run(threads: usize, fake: &Fake, job: &Job) -> Result<Tally, Halt<String>> {
    Pool::new(NonZeroUsize::new(threads).unwrap()).unwrap().run(fake, job, &|_| (), &Stop::default())
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let sleepy = Fake { sleeps: true, ..Fake::default() };
    // Whole worlds in blocks; one world a block; worlds split over blocks.
    for (worlds, paths_per_world) in [(400, 5), (5, 300), (3, 5000)] {
        let job = job(worlds, paths_per_world);
        let expected = run(1, &Fake::default(), &job).unwrap();
        assert!(expected.is_whole(worlds));
        for threads in [1, 2, 7] {
            assert_eq!(run(threads, &sleepy, &job).unwrap().to_bytes(), expected.to_bytes(), "{threads} threads");
        }
    }
}

#[test]
fn a_run_without_worlds_is_an_empty_tally() {
    assert!(run(2, &Fake::default(), &job(0, 5)).unwrap().is_whole(0));
}

#[test]
fn the_first_failure_in_order_is_the_one_reported_on_any_number_of_threads() {
    let fails = |world, path| match (world, path) {
        (300, 3) => Some(Fault::Error),
        (310, _) => Some(Fault::Panic),
        (900.., _) => Some(Fault::Record),
        _ => None,
    };
    let fake = Fake { sleeps: true, fails, ..Fake::default() };
    for threads in [1, 2, 7] {
        let halt = run(threads, &fake, &job(1000, 5)).unwrap_err();
        assert_eq!(halt, Halt::Failed { world: 300, path: 3, cause: Cause::Simulation("fault of 300:3".into()) });
        assert_eq!(halt.to_string(), "path 3 of world 300: fault of 300:3");
    }
}

#[test]
fn a_panic_and_a_bad_record_become_errors_with_their_address() {
    let panics = Fake { fails: |world, path| (world == 7 && path == 2).then_some(Fault::Panic), ..Fake::default() };
    assert_eq!(run(2, &panics, &job(100, 5)).unwrap_err(), Halt::Failed { world: 7, path: 2, cause: Cause::Panic("panic of 7:2".into()) });
    let bad = Fake { fails: |world, _| (world == 9).then_some(Fault::Record), ..Fake::default() };
    assert_eq!(run(2, &bad, &job(100, 5)).unwrap_err(), Halt::Failed { world: 9, path: 0, cause: Cause::Record(RecordError::Shape) });
}

#[test]
fn a_stop_is_obeyed_between_paths() {
    let stop = Stop::default();
    let asking = stop.clone();
    let fake = Fake {
        on_path: Box::new(move |world| {
            if world == 20 {
                asking.request()
            }
        }),
        ..Fake::default()
    };
    let halt = Pool::new(NonZeroUsize::MIN).unwrap().run(&fake, &job(1000, 5), &|_| (), &stop).unwrap_err();
    // Worlds 0 to 19 and the path that asked.
    assert_eq!(halt, Halt::Stopped { paths: 101 });
}

#[test]
fn progress_counts_paths_up_to_the_last() {
    let slow = Fake { on_path: Box::new(|_| thread::sleep(Duration::from_millis(1))), ..Fake::default() };
    let seen = Mutex::new(Vec::new());
    let pool = Pool::new(NonZeroUsize::new(2).unwrap()).unwrap();
    pool.run(&slow, &job(60, 5), &|paths| seen.lock().unwrap().push(paths), &Stop::default()).unwrap();
    let seen = seen.into_inner().unwrap();
    assert!(seen.is_sorted() && seen.last() == Some(&300), "{seen:?}");
    assert!(seen.len() >= 2, "two threads take at least 150 ms, so it is told at least once before the end: {seen:?}");
}

#[test]
fn one_pool_runs_one_job_after_another() {
    let pool = Pool::new(NonZeroUsize::new(2).unwrap()).unwrap();
    let runs = [job(10, 5), job(3, 7)].map(|job| pool.run(&Fake::default(), &job, &|_| (), &Stop::default()).unwrap().paths());
    assert_eq!(runs, [50, 21]);
}

/// Keeps the bytes of every tally it is given, and ends the run after some of them.
#[derive(Default)]
struct Diary {
    kept: Option<Vec<u8>>,
    pages: Mutex<Vec<Vec<u8>>>,
    ends_after: usize,
    patience: Duration,
}

impl Diary {
    fn last(&self) -> Vec<u8> {
        self.pages.lock().unwrap().last().unwrap().clone()
    }
}

/// The same shape for every run of a test.
fn read(bytes: &[u8], job: &Job) -> Tally {
    Tally::from_bytes(bytes, &job.shape).unwrap()
}

struct Keeping<'a>(&'a Diary, &'a Job);

impl Keeper for Keeping<'_> {
    fn kept(&self) -> Option<Tally> {
        self.0.kept.as_ref().map(|bytes| read(bytes, self.1))
    }

    fn is_due(&self) -> bool {
        true
    }

    fn keep(&self, tally: &Tally) -> ControlFlow<()> {
        let mut pages = self.0.pages.lock().unwrap();
        pages.push(tally.to_bytes());
        if pages.len() == self.0.ends_after { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn patience(&self) -> Duration {
        self.0.patience
    }
}

#[test]
fn a_run_that_is_ended_and_resumed_many_times_gives_the_same_bytes() {
    let slow = Fake { on_path: Box::new(|_| thread::sleep(Duration::from_micros(20))), ..Fake::default() };
    // Whole worlds in blocks; worlds split over blocks.
    for (worlds, paths_per_world) in [(2000, 5), (2, 6000)] {
        let job = job(worlds, paths_per_world);
        let expected = run(1, &Fake::default(), &job).unwrap().to_bytes();
        let (mut kept, mut interruptions) = (None, 0);
        loop {
            let diary = Diary { kept, ends_after: 1, ..Diary::default() };
            let pool = Pool::new(NonZeroUsize::new(1 + interruptions % 3).unwrap()).unwrap();
            let outcome = pool.resume(&slow, &job, &|_| (), &Stop::default(), &Keeping(&diary, &job));
            assert!(job.begins_with(&read(&diary.last(), &job)));
            match outcome {
                Ok(tally) => break assert_eq!(tally.to_bytes(), expected),
                Err(halt) => assert_eq!(halt, Halt::Stopped { paths: read(&diary.last(), &job).paths() }),
            }
            (kept, interruptions) = (Some(diary.last()), interruptions + 1);
        }
        assert!(interruptions >= 2, "12,000 sleeping paths take longer than two ticks: {interruptions}");
    }
}

#[test]
fn keeping_changes_no_bit_and_the_last_page_is_the_result() {
    let slow = Fake { on_path: Box::new(|_| thread::sleep(Duration::from_micros(20))), ..Fake::default() };
    let job = job(2, 6000);
    let diary = Diary::default();
    let pool = Pool::new(NonZeroUsize::new(2).unwrap()).unwrap();
    let tally = pool.resume(&slow, &job, &|_| (), &Stop::default(), &Keeping(&diary, &job)).unwrap();
    assert_eq!(tally.to_bytes(), run(1, &Fake::default(), &job).unwrap().to_bytes());
    assert_eq!(diary.last(), tally.to_bytes());
    let pages = diary.pages.into_inner().unwrap();
    let paths: Vec<u64> = pages.iter().map(|page| read(page, &job).paths()).collect();
    assert!(paths.len() >= 3 && paths.is_sorted(), "{paths:?}");
}

#[test]
fn a_stopped_run_finishes_its_blocks_if_its_keeper_has_patience_and_keeps_nothing_unfinished_if_not() {
    let outcome = |patience| {
        let stop = Stop::default();
        let asking = stop.clone();
        let ask = move |world| {
            if world == 60 {
                asking.request();
            }
        };
        let fake = Fake { on_path: Box::new(ask), ..Fake::default() };
        let job = job(1000, 5);
        let diary = Diary { patience, ..Diary::default() };
        let halt = Pool::new(NonZeroUsize::MIN).unwrap().resume(&fake, &job, &|_| (), &stop, &Keeping(&diary, &job)).unwrap_err();
        (halt, diary.pages.into_inner().unwrap().iter().map(|page| read(page, &job).paths()).collect::<Vec<_>>())
    };
    // 51 worlds are a block; the second one holds world 60.
    assert_eq!(outcome(Duration::from_secs(600)), (Halt::Stopped { paths: 510 }, vec![510]));
    assert_eq!(outcome(Duration::ZERO), (Halt::Stopped { paths: 301 }, vec![]));
}

#[test]
fn a_tally_that_is_no_beginning_of_the_job_is_refused() {
    let counted = run(1, &Fake::default(), &job(50, 5)).unwrap();
    for other in [job(1000, 5), job(1000, 6)] {
        assert!(!other.begins_with(&counted), "250 paths end inside a block of 51 worlds");
        let diary = Diary { kept: Some(counted.to_bytes()), ..Diary::default() };
        let pool = Pool::new(NonZeroUsize::MIN).unwrap();
        let outcome = pool.resume(&Fake::default(), &other, &|_| (), &Stop::default(), &Keeping(&diary, &job(50, 5)));
        assert_eq!(outcome.unwrap_err(), Halt::Merge(MergeError::Shape));
    }
    assert!(job(50, 5).begins_with(&counted), "the end is a beginning too");
}
