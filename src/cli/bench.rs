//! `greenlight bench`: how fast this machine simulates a scenario, what the time goes into, and how far the machine's limits are.
//!
//! Everything is measured in turn, round after round, so that what disturbs the machine disturbs all; medians are shown.

#![allow(clippy::disallowed_methods, reason = "a benchmark is what has a clock; no result depends on it")]

use super::exit::{Exit, Failure, say};
use super::forecast::Work;
use super::options;
use super::simulate::Paths;
use crate::analysis;
use crate::engine::{Job, Pool, Stop};
use crate::io::scenario_files::load;
use crate::lanes::{Isa, Row, each};
use crate::model::{LANES, Model, Workspace};
use crate::random::{DrawRows, PathKey, Place, Tag};
use crate::scenario::Scenario;
use crate::stats::{Recorder, TallyShape};
use clap::Args as Arguments;
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};
use std::fmt::Display;
use std::hint::black_box;
use std::io::Write;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Shown after the options.
pub const HELP: &str = "\
Examples:
  greenlight bench
  greenlight bench scenarios/open-and-ramp.toml --seconds 30 --json";

/// Worlds that are simulated at a time: a few alone would weigh one kind of world too much.
const WORLDS: u64 = 40;
/// The engine gets more: what its threads add up at the end is not what is asked here.
const ENGINE_WORLDS: u64 = 4 * WORLDS;
/// And paths of each at most, so that a round takes a moment whatever the scenario asks for.
const MOST_PATHS: u64 = 500;

/// A list of outcomes that is recorded beside everything, to show what recording costs.
const SHORT_LIST: &str = "delivered_*";

/// What to measure.
#[derive(Arguments, Debug)]
pub struct Args {
    /// Scenario file
    #[arg(value_name = "FILE", default_value = "scenarios/baseline-dec-2025.toml")]
    file: PathBuf,
    /// How long to measure
    #[arg(long, value_name = "N", default_value_t = 10.0)]
    seconds: f64,
    /// The most threads to scale to [default: the number of processors]
    #[arg(long, value_name = "N", value_parser = options::thread_count)]
    threads: Option<NonZeroUsize>,
    /// Vector instructions to compute with; the others of this machine are timed beside them [default: the widest]
    #[arg(long, value_name = "SET", value_parser = options::isa())]
    isa: Option<Isa>,
    /// Print the figures as JSON
    #[arg(long)]
    json: bool,
}

/// Something that is timed: in each round it does so many units of work.
struct Case<'a> {
    name: String,
    work: Box<dyn FnMut() -> Result<u64, Failure> + 'a>,
    /// Nanoseconds a unit, by round.
    ns: Vec<f64>,
    /// The same of all processors together.
    cpu_ns: Vec<f64>,
}

impl<'a> Case<'a> {
    fn new(name: impl Into<String>, work: impl FnMut() -> Result<u64, Failure> + 'a) -> Self {
        Self { name: name.into(), work: Box::new(work), ns: Vec::new(), cpu_ns: Vec::new() }
    }

    fn play(&mut self) -> Result<(), Failure> {
        let (start, cpu) = (Instant::now(), cpu_ns());
        let units = (self.work)()? as f64;
        self.ns.push(start.elapsed().as_nanos() as f64 / units);
        self.cpu_ns.push((cpu_ns() - cpu) / units);
        Ok(())
    }

    fn median(&self) -> f64 {
        median(&self.ns)
    }

    fn range(&self) -> [f64; 2] {
        let fold = |pick: fn(f64, f64) -> f64| self.ns.iter().copied().reduce(pick).unwrap_or(f64::NAN);
        [fold(f64::min), fold(f64::max)]
    }

    fn line(&self) -> String {
        let [low, high] = self.range();
        format!("  {:<46} {:>8.1} ns  ({low:.1} to {high:.1})\n", self.name, self.median())
    }

    fn json(&self) -> Value {
        json!({ "name": self.name, "ns": self.median(), "range": self.range(), "cpu_ns": median(&self.cpu_ns), "rounds": self.ns.len() })
    }
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Nanoseconds that all threads of this process have computed.
fn cpu_ns() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

/// One thread with a model on one set of instructions.
struct Lone<'a> {
    model: &'a Model,
    workspace: Workspace,
    recorder: Recorder,
    next_world: u64,
}

impl<'a> Lone<'a> {
    fn new(model: &'a Model) -> Self {
        let recorder = model.recorder(shape(model));
        Self { model, workspace: model.workspace(), recorder, next_world: 0 }
    }

    /// Blocks of paths, of worlds that were not simulated before.
    fn count(&mut self, now: &mut dyn FnMut(&'static str)) -> Result<u64, Failure> {
        let paths = self.model.scenario().simulation.paths_per_world;
        for world in self.next_world..self.next_world + WORLDS {
            for first in (0..paths).step_by(LANES) {
                let last = paths.min(first + LANES as u64);
                self.recorder.open_block(world, first, (last - first) as usize).map_err(numeric)?;
                self.model.narrate_block(world, first..last, &mut self.workspace, &mut self.recorder, now).map_err(numeric)?;
                now("Blocks are closed");
                self.recorder.close_block().map_err(numeric)?;
            }
        }
        self.next_world += WORLDS;
        Ok(buyer_months(self.model))
    }

    /// The same few worlds each time, and nothing is counted.
    fn play(&mut self) -> Result<u64, Failure> {
        let paths = self.model.scenario().simulation.paths_per_world;
        for world in 0..WORLDS {
            for first in (0..paths).step_by(LANES) {
                let block = first..paths.min(first + LANES as u64);
                self.model.simulate_block(world, block, &mut self.workspace, &mut ()).map_err(numeric)?;
            }
        }
        Ok(buyer_months(self.model))
    }

    /// As `count`, one path after another.
    fn count_alone(&mut self) -> Result<u64, Failure> {
        for world in self.next_world..self.next_world + WORLDS {
            for path in 0..self.model.scenario().simulation.paths_per_world {
                let record = self.model.simulate(world, path, &mut self.workspace).map_err(numeric)?;
                self.recorder.push(world, path, record).map_err(numeric)?;
            }
        }
        self.next_world += WORLDS;
        Ok(buyer_months(self.model))
    }
}

/// What is recorded of the model.
fn shape(model: &Model) -> TallyShape {
    analysis::shape(model.recorded(), model.scenario().simulation.paths_per_world)
}

/// In one round of a case.
fn buyer_months(model: &Model) -> u64 {
    let scenario = model.scenario();
    WORLDS * scenario.simulation.paths_per_world * (scenario.months * scenario.buyers.len()) as u64
}

fn numeric(error: impl Display) -> Failure {
    Failure::new(Exit::Numeric, error)
}

/// Measures, and prints what was found.
///
/// # Errors
/// If the scenario cannot be loaded, or a path breaks a law.
pub fn run(args: &Args, out: &mut dyn Write) -> Result<Exit, Failure> {
    if !(args.seconds > 0.0 && args.seconds <= 3600.0) {
        return Err(Failure::new(Exit::Usage, "--seconds must lie between 0 and 3600"));
    }
    let mut scenario = load(&args.file, &[])?;
    // What the engine simulates in a round.
    scenario.simulation.worlds = ENGINE_WORLDS;
    scenario.simulation.paths_per_world = scenario.simulation.paths_per_world.min(MOST_PATHS);
    let model = options::model(scenario, &args.file)?.with_isa(args.isa.unwrap_or_else(Isa::widest));
    let short =
        options::model(Scenario { outcomes: vec![SHORT_LIST.to_owned()], ..model.scenario().clone() }, &args.file)?.with_isa(model.isa());
    let sets: Vec<Model> = Isa::here().map(|isa| model.clone().with_isa(isa)).collect();
    let pools = pools(args.threads)?;
    let most_threads = pools.iter().filter_map(|(threads, _)| NonZeroUsize::new(*threads)).max().unwrap_or(NonZeroUsize::MIN);
    Work::of(&model, most_threads).check()?;
    let job = Job { worlds: ENGINE_WORLDS, shape: shape(&model) };

    let mut lone = Lone::new(&model);
    let mut events = Lone::new(&model);
    let mut alone = Lone::new(&model);
    let mut shortened = Lone::new(&short);
    let mut parts = Parts::default();
    let mut narrated = Lone::new(&model);
    let mut cases = vec![
        Case::new("side by side, with the record", move || lone.count(&mut |_| ())),
        Case::new("side by side, the events alone", move || events.play()),
        Case::new("one path at a time, with the record", move || alone.count_alone()),
        Case::new(format!("side by side, with --outcomes {SHORT_LIST}"), move || shortened.count(&mut |_| ())),
    ];
    let first_set = cases.len();
    for model in sets.iter().filter(|set| set.isa() != model.isa()) {
        let mut lone = Lone::new(model);
        cases.push(Case::new(format!("side by side, with the record, {}", model.isa().word()), move || lone.count(&mut |_| ())));
    }
    let first_pool = cases.len();
    for (threads, pool) in &pools {
        let (model, job) = (&model, &job);
        cases.push(Case::new(format!("the engine on {threads} thread{}", if *threads == 1 { "" } else { "s" }), move || {
            pool.run(&Paths { model, sample: None }, job, &|_| (), &Stop::default()).map_err(numeric)?;
            Ok(buyer_months(model) / WORLDS * ENGINE_WORLDS)
        }));
    }
    let first_limit = cases.len();
    let mut words = Words::new(model.isa());
    let mut memory = Memory::new(&model);
    cases.push(Case::new("a random word drawn", move || Ok(words.draw())));
    cases.push(Case::new("writing the record's numbers to memory", move || Ok(memory.copy())));

    let end = Instant::now() + Duration::from_secs_f64(args.seconds);
    let (started, mut rounds) = (Instant::now(), 0);
    while rounds == 0 || Instant::now() < end {
        cases.iter_mut().try_for_each(Case::play)?;
        parts.time(&mut narrated)?;
        rounds += 1;
    }
    let ratio = |a: usize, b: usize| cases[a].median() / cases[b].median();
    let (lanes, plain) = (0, 2);
    if args.json {
        let scaling: Vec<Value> = pools
            .iter()
            .enumerate()
            .map(|(i, (threads, _))| json!({ "threads": threads, "speedup": ratio(first_pool, first_pool + i) }))
            .collect();
        let report = json!({
            "scenario": model.scenario().name, "isa": model.isa().word(), "rounds": rounds,
            "seconds": started.elapsed().as_secs_f64(), "buyer_months_per_round": buyer_months(&model),
            "ns_per_buyer_month": cases[..first_limit].iter().map(Case::json).collect::<Vec<_>>(),
            "ratio_to_plain": ratio(plain, lanes), "scaling": scaling,
            "parts": parts.shares().iter().map(|(part, share)| json!({ "part": part, "share": share, "ns": share * cases[lanes].median() })).collect::<Vec<_>>(),
            "ns_per_word": cases[first_limit].json(), "ns_per_buyer_month_memory": cases[first_limit + 1].json(),
        });
        say(out, &format!("{report:#}\n"))?;
        return Ok(Exit::Ok);
    }
    let mut text = format!(
        "{}: {:.1} million buyer-months a second on one thread ({}), {rounds} rounds\n\nNanoseconds a buyer-month, median and range:\n",
        crate::scenario::escape(&model.scenario().name),
        1e3 / cases[lanes].median(),
        model.isa().word()
    );
    cases[..first_limit].iter().for_each(|case| text += &case.line());
    text += &format!("\nSide by side against one path at a time: {:.2} times as fast\n", ratio(plain, lanes));
    for (i, (threads, _)) in pools.iter().enumerate().skip(1) {
        text += &format!("{threads} threads against one: {:.2} times as fast\n", ratio(first_pool, first_pool + i));
    }
    for (i, set) in sets.iter().filter(|set| set.isa() != model.isa()).enumerate() {
        text += &format!("{} against {}: {:.2} times as fast\n", model.isa().word(), set.isa().word(), ratio(first_set + i, lanes));
    }
    text += "\nWhat the time goes into, side by side:\n";
    for (part, share) in parts.shares() {
        text += &format!("  {part:<66} {:>5.1}%  {:>6.1} ns\n", 100.0 * share, share * cases[lanes].median());
    }
    text += "\nThe limits of this machine:\n";
    cases[first_limit..].iter().for_each(|case| text += &case.line());
    say(out, &text)?;
    Ok(Exit::Ok)
}

/// Pools of one thread, of twice as many, and so on.
fn pools(most: Option<NonZeroUsize>) -> Result<Vec<(usize, Pool)>, Failure> {
    let most = most.or_else(|| std::thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
    let mut counts: Vec<usize> = std::iter::successors(Some(1), |n| Some(2 * n)).take_while(|n| *n < most).collect();
    counts.push(most);
    let pool = |threads: usize| {
        let pool = Pool::new(NonZeroUsize::new(threads).unwrap_or(NonZeroUsize::MIN)).map_err(|error| Failure::new(Exit::Resources, error));
        Ok((threads, pool?))
    };
    counts.into_iter().map(pool).collect()
}

/// How long each part of a month takes.
#[derive(Default)]
struct Parts(Vec<(&'static str, Duration)>);

impl Parts {
    fn time(&mut self, lone: &mut Lone<'_>) -> Result<(), Failure> {
        let mut last = ("Paths begin and end", Instant::now());
        let mut book = |part: &'static str| {
            let (before, since) = std::mem::replace(&mut last, (part, Instant::now()));
            match self.0.iter_mut().find(|(known, _)| *known == before) {
                Some((_, time)) => *time += since.elapsed(),
                None => self.0.push((before, since.elapsed())),
            }
        };
        lone.count(&mut book)?;
        book("Paths begin and end");
        Ok(())
    }

    /// Each part of the whole, in the order of the month.
    fn shares(&self) -> Vec<(&'static str, f64)> {
        let whole: Duration = self.0.iter().map(|(_, time)| *time).sum();
        self.0.iter().map(|(part, time)| (*part, time.as_secs_f64() / whole.as_secs_f64())).collect()
    }
}

/// Random numbers alone: for each turn to a month as many sources as the baseline has, two words of each.
struct Words {
    isa: Isa,
    sources: Vec<DrawRows<LANES>>,
    place: Place<LANES>,
}

impl Words {
    const MONTHS: usize = 200;
    /// Eleven, and six of each of ten buyers.
    const SOURCES: usize = 71;

    fn new(isa: Isa) -> Self {
        let keys: Row<PathKey, LANES> = each(|l| PathKey::path(1, 0, l as u64));
        let sources = (0..Self::SOURCES).map(|source| DrawRows::new(&keys, Tag::new("bench", &source.to_string())));
        Self { isa, sources: sources.collect(), place: Place::new(&keys) }
    }

    fn draw(&mut self) -> u64 {
        self.isa.run(
            #[inline(always)]
            || {
                let mut total: Row<f64, LANES> = Row::all(0.0);
                for month in 0..Self::MONTHS {
                    self.place.turn_to(month);
                    for source in &self.sources {
                        total += source.uniform(&self.place, 0);
                        total += source.uniform(&self.place, 1);
                    }
                }
                black_box(total);
            },
        );
        (2 * Self::SOURCES * Self::MONTHS * LANES) as u64
    }
}

/// Memory alone: as many bytes as the monthly numbers of a block have, from one place to another.
struct Memory {
    from: Vec<f64>,
    to: Vec<f64>,
    buyer_months: u64,
}

impl Memory {
    const TIMES: u64 = 20;

    fn new(model: &Model) -> Self {
        let numbers = model.layout().monthly.len() * model.layout().months * LANES;
        let buyer_months = (model.layout().months * model.layout().buyers * LANES) as u64;
        Self { from: vec![1.0; numbers], to: vec![0.0; numbers], buyer_months }
    }

    fn copy(&mut self) -> u64 {
        for _ in 0..Self::TIMES {
            self.to.copy_from_slice(black_box(&self.from));
            black_box(&self.to);
        }
        Self::TIMES * self.buyer_months
    }
}
