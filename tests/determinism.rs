//! The same bytes on any number of threads, under any load, in any order of blocks, on any instructions; and in any place, language
//! and time zone. `golden.rs` adds: in any build, on any day.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should stop")]

mod common;
mod support;
mod told;

use greenlight::analysis::shape;
use greenlight::engine::{Job, Pool, Simulation, Stop};
use greenlight::lanes::Isa;
use greenlight::model::{BrokenBooks, LANES, Model, Workspace};
use greenlight::random::{Draws, PathKey, Tag};
use greenlight::stats::{Record, Recorder, TallyShape};
use std::fs;
use std::hint::black_box;
use std::num::NonZeroUsize;
use std::ops::{Range, RangeInclusive};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;
use support::{Home, code, stderr};

/// A model whose threads fall asleep now and then, another way each time it runs.
struct Restless<'a> {
    model: &'a Model,
    restlessness: u64,
    calls: AtomicU64,
    /// The planted fault: draws by a generator of each thread instead of by address.
    forgets_addresses: bool,
}

struct Room {
    workspace: Workspace,
    paths_here: u64,
}

impl Restless<'_> {
    fn rest(&self) {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        let luck = Draws::new(PathKey::path(self.restlessness, 0, call), Tag::new("sleep", "")).uniform(0, 0);
        if luck < 0.02 {
            thread::sleep(Duration::from_micros((luck * 50_000.0) as u64));
        }
    }

    /// What stands for a path: itself, or how many this thread has run.
    fn drawn(&self, paths: Range<u64>, room: &mut Room) -> Range<u64> {
        let first = if self.forgets_addresses { room.paths_here } else { paths.start };
        room.paths_here += paths.end - paths.start;
        first..first + (paths.end - paths.start)
    }
}

impl Simulation for Restless<'_> {
    type Workspace = Room;
    type Error = BrokenBooks;

    fn workspace(&self) -> Room {
        Room { workspace: self.model.workspace(), paths_here: 0 }
    }

    fn recorder(&self, shape: TallyShape) -> Recorder {
        Recorder::new(shape).with_isa(self.model.isa())
    }

    fn side_by_side(&self) -> RangeInclusive<u64> {
        20..=LANES as u64
    }

    fn count(&self, world: u64, paths: Range<u64>, room: &mut Room, recorder: &mut Recorder) -> bool {
        self.rest();
        let drawn = self.drawn(paths.clone(), room);
        recorder.open_block(world, paths.start, (paths.end - paths.start) as usize).is_ok()
            && self.model.simulate_block(world, drawn, &mut room.workspace, recorder).is_ok()
            && recorder.close_block().is_ok()
    }

    fn simulate<'w>(&self, world: u64, path: u64, room: &'w mut Room) -> Result<&'w Record, BrokenBooks> {
        self.rest();
        let drawn = self.drawn(path..path + 1, room);
        self.model.simulate(world, drawn.start, &mut room.workspace)
    }
}

/// The bytes of everything that a run counts.
fn tally(model: &Model, threads: usize, restlessness: u64, forgets_addresses: bool) -> Vec<u8> {
    let counts = model.scenario().simulation;
    let job = Job { worlds: counts.worlds, shape: shape(model.layout(), counts.paths_per_world) };
    let restless = Restless { model, restlessness, calls: AtomicU64::new(0), forgets_addresses };
    let pool = Pool::new(NonZeroUsize::new(threads).unwrap()).unwrap();
    pool.run(&restless, &job, &|_| {}, &Stop::default()).unwrap().to_bytes()
}

/// Worlds that share a block of work, worlds that are split over several, paths alone and side by side.
const SIZES: [[&str; 2]; 3] = [
    ["simulation.worlds=60", "simulation.paths_per_world=5"],
    ["simulation.worlds=3", "simulation.paths_per_world=900"],
    ["simulation.worlds=25", "simulation.paths_per_world=57"],
];

/// How many runs were compared.
fn matrix(scenarios: &[&str], threads: &[usize], repeats: u64) -> usize {
    let mut runs = 0;
    for (which, name) in scenarios.iter().enumerate() {
        let model = common::model(name, &SIZES[which % SIZES.len()]);
        let expected = tally(&model.clone().with_isa(Isa::Baseline), 1, 0, false);
        for isa in Isa::here() {
            let model = model.clone().with_isa(isa);
            for threads in threads {
                for repeat in 1..=repeats {
                    let found = tally(&model, *threads, repeat, false);
                    assert!(found == expected, "{name} on {threads} threads, {}, repeat {repeat}", isa.word());
                    runs += 1;
                }
            }
        }
    }
    runs
}

#[test]
fn sleeping_threads_and_other_instructions_change_no_bit() {
    let runs = matrix(&["baseline-dec-2025", "beijing-opens", "oracles/oracle-12-beijing-chain"], &[1, 2, 7], 1);
    assert!(runs >= 9);
    told::figure(format_args!("{runs} runs of 3 scenarios, threads 1, 2, 7, on every set of instructions here: 0 mismatches"));
}

#[test]
#[ignore = "minutes: for just nightly"]
fn six_scenarios_on_six_numbers_of_threads_under_load_are_the_same_every_time() {
    let scenarios =
        ["baseline-dec-2025", "baseline-strict", "beijing-opens", "full-prepayment", "hong-kong-corridor", "as-known-2026-02-01"];
    let over = AtomicBool::new(false);
    let runs = thread::scope(|scope| {
        // Others want the processors too.
        for _ in 0..3 {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    black_box((0..10_000_u64).fold(0, |sum, x| sum ^ black_box(x)));
                }
            });
        }
        let runs = matrix(&scenarios, &[1, 2, 3, 5, 8, 16], 5);
        over.store(true, Ordering::Relaxed);
        runs
    });
    assert!(runs >= 180, "{runs}");
    told::figure(format_args!(
        "{runs} runs of 6 scenarios, threads 1, 2, 3, 5, 8, 16, on every set of instructions here, 5 times each under load: 0 mismatches"
    ));
}

#[test]
fn a_generator_of_each_thread_is_noticed() {
    let model = common::model("baseline-dec-2025", &SIZES[0]);
    let alone = tally(&model, 1, 0, true);
    assert!((1..=20).any(|repeat| tally(&model, 3, repeat, true) != alone));
}

#[test]
fn more_worlds_repeat_those_there_were() {
    let home = Home::new();
    let rows = |worlds: &str| {
        let output = home.run(&["run", "small.toml", "--samples", "--no-charts", "--quiet", "--worlds", worlds, "--out", worlds]);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        fs::read_to_string(home.path().join(worlds).join("samples.csv")).unwrap()
    };
    let (few, many) = (rows("200"), rows("2000"));
    assert!(few.lines().count() == 1_001 && many.lines().count() == 10_001 && many.starts_with(&few));
    told::figure("the first 1,000 of 10,000 paths are the 1,000 paths of a smaller run");
}

#[test]
fn language_time_zone_home_folder_and_other_surroundings_change_no_byte() {
    let (home, elsewhere) = (Home::new(), Home::new());
    home.write("more.toml", "schema = 1\nextends = \"small.toml\"\ntitle = \"More\"\n[supply]\nstock_chips = 900000\n");
    let deep = elsewhere.path().join("ein Ordner/文件夹");
    fs::create_dir_all(&deep).unwrap();
    ["small.toml", "more.toml"].iter().for_each(|name| _ = fs::copy(home.path().join(name), deep.join(name)).unwrap());
    let commands: [&[&str]; 2] = [&["run", "small.toml", "--samples"], &["compare", "small.toml", "more.toml"]];
    for command in commands {
        let plain = home.command().args(command).args(["--out", "plain", "--overwrite", "--quiet"]).output().unwrap();
        assert_eq!(code(&plain), 0, "{}", stderr(&plain));
        let expected = home.tree("plain");
        assert!(expected.len() > 7);
        let surroundings: [&[(&str, &str)]; 3] = [
            &[("TZ", "Asia/Kathmandu"), ("LC_ALL", "tr_TR.UTF-8"), ("LANG", "tr_TR.UTF-8"), ("LANGUAGE", "tr")],
            &[
                ("TZ", "America/St_Johns"),
                ("LC_ALL", "de_DE.UTF-8"),
                ("LC_NUMERIC", "de_DE.UTF-8"),
                ("HOME", "/nowhere"),
                ("USER", "somebody"),
            ],
            &[("SOURCE_DATE_EPOCH", "1"), ("COLUMNS", "40"), ("TERM", "dumb"), ("NO_COLOR", "1"), ("RAYON_NUM_THREADS", "3")],
        ];
        for variables in surroundings {
            let mut odd = elsewhere.command();
            odd.env_clear().envs(variables.iter().copied()).current_dir(&deep).args(command).args([
                "--out",
                "odd",
                "--overwrite",
                "--quiet",
            ]);
            let odd = odd.output().unwrap();
            assert_eq!(code(&odd), 0, "{variables:?}: {}", stderr(&odd));
            let found = elsewhere.tree("ein Ordner/文件夹/odd");
            assert!(found.keys().eq(expected.keys()), "{variables:?}");
            expected.iter().for_each(|(name, bytes)| assert!(found[name] == *bytes, "{name:?} differs with {variables:?}"));
        }
    }
}
