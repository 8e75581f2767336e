//! Nanoseconds per buyer-month: one path at a time, blocks of paths side by side without and with their record, each event of a month, threads,
//! and a whole command.
//!
//! `cargo bench` prints elements a second; an element is one buyer in one month, so 3.3 Melem/s are 300 ns.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use greenlight::analysis::shape;
use greenlight::cli::summarise;
use greenlight::engine::{Pool, Stop};
use greenlight::io::scenario_files::load;
use greenlight::lanes::Isa;
use greenlight::model::{Audit, Model};
use greenlight::stats::Recorder;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::hint::black_box;
use std::io;
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::{Duration, Instant};

/// Forty worlds: a few alone would weigh one kind of world too much.
const PATHS: u64 = 2_000;
/// Enough to hide what a run does once.
const RUN_WORLDS: u64 = 200;
const BASELINE: &str = "scenarios/baseline-dec-2025.toml";

fn kernel(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("kernel");
    group.sample_size(20);
    for name in ["baseline-dec-2025", "open-and-ramp"] {
        let scenario = load(Path::new(&format!("scenarios/{name}.toml")), &[]).expect("a shipped scenario loads");
        let per_world = scenario.simulation.paths_per_world;
        let elements = PATHS * scenario.months as u64 * scenario.buyers.len() as u64;
        let model = Model::new(scenario, Audit::EachPath).expect("its correlations fit");
        let mut workspace = model.workspace();
        group.throughput(Throughput::Elements(elements));
        group.bench_function(BenchmarkId::new("plain, one path at a time", name), |bench| {
            bench.iter(|| {
                for p in 0..PATHS {
                    black_box(model.simulate(p / per_world, p % per_world, &mut workspace).expect("the books balance"));
                }
            });
        });
        for isa in Isa::here() {
            let model = model.clone().with_isa(isa);
            group.bench_function(BenchmarkId::new(format!("events, {}", isa.word()), name), |bench| {
                bench.iter(|| {
                    for world in 0..PATHS / per_world {
                        model.simulate_block(world, 0..per_world, &mut workspace, &mut ()).expect("the books balance");
                    }
                });
            });
        }
        let mut recorder = Recorder::new(shape(model.layout(), per_world));
        group.bench_function(BenchmarkId::new("events and record", name), |bench| {
            let mut world = 0;
            bench.iter(|| {
                for _ in 0..PATHS / per_world {
                    recorder.open_block(world, 0, per_world as usize).expect("a new world");
                    model.simulate_block(world, 0..per_world, &mut workspace, &mut recorder).expect("the books balance");
                    recorder.close_block().expect("the record can be counted");
                    world += 1;
                }
            });
        });
    }
    group.finish();
}

/// Each event of a month by itself, as the model's narrator tells them: blocks of the baseline on the widest instructions.
#[allow(clippy::disallowed_methods, reason = "a benchmark is what has a clock")]
fn mechanisms(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("mechanism");
    let scenario = load(Path::new(BASELINE), &[]).expect("a shipped scenario loads");
    let per_world = scenario.simulation.paths_per_world;
    group.sample_size(10).throughput(Throughput::Elements(PATHS * scenario.months as u64 * scenario.buyers.len() as u64));
    let model = Model::new(scenario, Audit::EachPath).expect("its correlations fit");
    let mut workspace = model.workspace();
    let mut times = |part: &mut dyn FnMut(&'static str, Duration)| {
        for world in 0..PATHS / per_world {
            let mut last = ("Paths begin and end", Instant::now());
            let mut now = |next: &'static str| {
                let (before, since) = std::mem::replace(&mut last, (next, Instant::now()));
                part(before, since.elapsed());
            };
            model.narrate_block(world, 0..per_world, &mut workspace, &mut (), &mut now).expect("the books balance");
        }
    };
    let mut parts = BTreeSet::new();
    times(&mut |part, _| _ = parts.insert(part));
    for wanted in parts {
        group.bench_function(wanted, |bench| {
            bench.iter_custom(|rounds| {
                let mut sum = Duration::ZERO;
                (0..rounds).for_each(|_| times(&mut |part, time| sum += if part == wanted { time } else { Duration::ZERO }));
                sum
            });
        });
    }
    group.finish();
}

/// A run from its first path to its summary, on one thread and on two.
fn engine(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("engine");
    group.sample_size(10).throughput(Throughput::Elements(buyer_months()));
    let scenario = load(Path::new(BASELINE), &[format!("simulation.worlds={RUN_WORLDS}")]).expect("a shipped scenario loads");
    let model = Model::new(scenario, Audit::EachPath).expect("its correlations fit");
    for threads in [1, 2] {
        let pool = Pool::new(NonZeroUsize::new(threads).unwrap()).expect("the system has threads");
        group.bench_function(BenchmarkId::new("threads", threads), |bench| {
            bench.iter(|| black_box(summarise(&model, &pool, &|_| (), &Stop::default()).expect("it runs")));
        });
    }
    group.finish();
}

/// What a user waits for: from the file to the folder, with and without charts, on all processors.
fn command(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("command");
    group.sample_size(10).throughput(Throughput::Elements(buyer_months()));
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let worlds = RUN_WORLDS.to_string();
    let all = ["greenlight", "run", BASELINE, "--worlds", &worlds, "--overwrite", "--quiet", "--out", out.to_str().unwrap()];
    for (name, more) in [("tables", &["--no-charts"][..]), ("tables, charts and page", &[])] {
        let arguments: Vec<OsString> = all.iter().chain(more).map(OsString::from).collect();
        group.bench_function(name, |bench| {
            bench.iter(|| greenlight::cli::run(&arguments, &mut io::sink(), &mut io::sink()).expect("it runs"));
        });
    }
    group.finish();
}

/// In one run of [`RUN_WORLDS`] worlds of the baseline.
fn buyer_months() -> u64 {
    let scenario = load(Path::new(BASELINE), &[]).expect("a shipped scenario loads");
    RUN_WORLDS * scenario.simulation.paths_per_world * (scenario.months * scenario.buyers.len()) as u64
}

criterion_group!(benches, kernel, mechanisms, engine, command);
criterion_main!(benches);
