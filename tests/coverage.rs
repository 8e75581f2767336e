//! Stated uncertainty is honest: in replicate runs of models whose truth is known, 95% intervals cover it as often as they say.
//!
//! 2,000 runs of 2,000 paths each. A right interval covers 1,900 times, with a standard deviation of √(2000 × .95 × .05) = 9.75;
//! the window is 4.5 of them. It notices a true coverage below 0.923 or above 0.976 nearly always. What the tests draw with is
//! tested elsewhere (`statistics.rs`, `battery.rs`).

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should stop")]

mod common;
mod told;

use greenlight::analysis::{Comparison, Header, PROBABILITIES, Pairing, Summary, Z95};
use greenlight::cli::summarise;
use greenlight::domain::{Date, Month};
use greenlight::engine::{Pool, Stop};
use greenlight::lanes::Row;
use greenlight::model::{CATEGORIES, Layout, Outcome};
use greenlight::random::{Draws, PathKey, Tag, normal_cdf, normal_quantile};
use greenlight::stats::{Record, Recorder, Rows, TallyShape};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::ops::RangeInclusive;

const RUNS: u64 = 2000;
const HONEST: RangeInclusive<u32> = 1856..=1944;

/// The correlation of two paths of one world.
const ALIKE: f64 = 0.3;
/// A standard deviation in recorded integers.
const UNIT: f64 = 1e5;

/// A model of three outcomes, each in two scenarios on the same luck.
const NORMAL: usize = 0;
const SKEWED: usize = 1;
const RARE: usize = 2;

fn outcome(name: &str, cell: usize) -> Outcome {
    Outcome { name: name.into(), unit: "", meaning: String::new(), buyer: None, cell, scale: 1.0, censored_at: None }
}

fn layout() -> Layout {
    let outcomes = vec![outcome("normal", NORMAL), outcome("skewed", SKEWED), outcome("rare", RARE)];
    let outcome_cells = outcomes.len();
    let start = Month::new(2026, 1).unwrap();
    Layout { start, months: 1, buyers: 0, monthly: Vec::new(), outcomes, outcome_cells, years: Vec::new(), quarters: Vec::new() }
}

fn header(worlds: u64, paths_per_world: u64) -> Header {
    let as_of = Date { year: 2025, month: 12, day: 10 };
    let text = String::new;
    let (start, months, buyers) = (Month::new(2026, 1).unwrap(), 1, Vec::new());
    Header {
        name: text(),
        title: text(),
        story: text(),
        as_of,
        start,
        months,
        buyers,
        worlds,
        paths_per_world,
        seed: 0,
        sampling: greenlight::domain::Sampling::Random,
    }
}

/// A standard normal number of a world and a path in it, with that correlation inside worlds.
fn normal(world: Draws, path: Draws, slot: u64) -> f64 {
    ALIKE.sqrt() * world.normal(0, slot) + (1.0 - ALIKE).sqrt() * path.normal(0, slot)
}

/// What a path does in the reference and in the other scenario.
fn values(world: Draws, path: Draws) -> [[f64; 3]; 2] {
    let (luck, effect) = (normal(world, path, 0), normal(world, path, 1));
    // A chance that is Beta(2, 6): the second smallest of seven uniform draws of the world.
    let mut draws: [f64; 7] = std::array::from_fn(|i| world.uniform(1, i as u64));
    draws.sort_by(f64::total_cmp);
    let rare = if path.uniform(1, 0) < draws[1] { 0.0 } else { 1.0 + (1000.0 * path.uniform(1, 1)).floor() };
    let skewed = (1e4 * libm::exp(0.5 * luck)).round();
    let normal = (UNIT * luck).round();
    // The other has half a standard deviation more on average, with an effect that differs between worlds and paths.
    let other = normal + (UNIT * (0.5 + effect)).round();
    [[normal, skewed, rare], [other, skewed, rare]]
}

/// One replicate run.
fn run(seed: u64, worlds: u64, paths_per_world: u64) -> Comparison {
    let layout = layout();
    let header = header(worlds, paths_per_world);
    let all = ["*".to_owned()];
    let pairing = Pairing::new(vec![(header.clone(), &layout, &all), (header, &layout, &all)]);
    let mut recorder = Recorder::new(pairing.shape(paths_per_world));
    let blank = Record { monthly: Vec::new(), outcomes: vec![0; 3], states: vec![0; CATEGORIES.len()] };
    let mut rows: [Rows<1>; 2] = [Rows::like(&blank), Rows::like(&blank)];
    let mut record = vec![pairing.blank()];
    let tag = Tag::new("coverage", "");
    for world in 0..worlds {
        let shared = Draws::new(PathKey::world(seed, world), tag);
        for path in 0..paths_per_world {
            let values = values(shared, Draws::new(PathKey::path(seed, world, path), tag));
            for (rows, values) in rows.iter_mut().zip(values) {
                rows.outcomes.iter_mut().zip(values).for_each(|(row, value)| *row = Row([value]));
            }
            pairing.write(&rows, &mut record);
            recorder.push(world, path, &record[0]).unwrap();
        }
    }
    pairing.summarise(&recorder.finish().unwrap())
}

/// How often an interval of each name held what it should.
#[derive(Default)]
struct Coverage(BTreeMap<String, u32>);

impl Coverage {
    fn push(&mut self, name: impl Into<String>, interval: Option<(f64, f64)>, truth: f64) {
        let covers = interval.is_some_and(|(low, high)| low <= truth && truth <= high);
        *self.0.entry(name.into()).or_default() += u32::from(covers);
    }
}

fn around(value: Option<f64>, error: Option<f64>) -> Option<(f64, f64)> {
    value.zip(error).map(|(value, error)| (value - Z95 * error, value + Z95 * error))
}

/// Of as many intervals as are asked for, those of the names that begin so, and those of all others.
fn coverage(worlds: u64, paths_per_world: u64) -> [Coverage; 2] {
    let (mut honest, mut planted) = (Coverage::default(), Coverage::default());
    let independent = |spread: Option<f64>| spread.map(|spread| spread / ((worlds * paths_per_world) as f64).sqrt());
    for seed in 0..RUNS {
        let comparison = run(seed, worlds, paths_per_world);
        let (summary, contrast): (&Summary, _) = (comparison.reference(), &comparison.contrasts[0]);
        let of = |cell: usize| &summary.outcomes[cell];
        // E exp(Z / 2) = exp(1/8); a quarter of the rare is nothing, the rest 1 to 1,000.
        let means = [(NORMAL, 0.0), (SKEWED, 1e4 * libm::exp(0.125)), (RARE, 0.75 * 500.5)];
        for (cell, truth) in means {
            let estimate = &of(cell).estimate;
            let name = &of(cell).outcome.name;
            honest.push(format!("mean of {name}"), around(estimate.mean, estimate.std_error), truth);
            planted.push(format!("mean of {name} with the standard deviation"), around(estimate.mean, estimate.std_dev), truth);
            if paths_per_world > 1 && cell == NORMAL {
                planted.push("mean as if paths were independent", around(estimate.mean, independent(estimate.std_dev)), truth);
            }
        }
        let rare = &of(RARE).estimate;
        honest.push("share of nothing", around(rare.share_zero, rare.share_zero_std_error), 0.25);
        for (which, p) in PROBABILITIES.into_iter().enumerate() {
            let z = normal_quantile(p);
            honest.push(format!("normal quantile {p}"), of(NORMAL).quantile_intervals[which], UNIT * z);
            honest.push(format!("skewed quantile {p}"), of(SKEWED).quantile_intervals[which], 1e4 * libm::exp(0.5 * z));
        }
        // Normal, with mean and standard deviation of half a unit and one.
        let difference = &contrast.outcome("normal", None).unwrap().difference;
        honest.push("paired difference", difference.interval(), 0.5 * UNIT);
        let errors = difference.share_std_errors.unwrap();
        honest.push("share of more", around(difference.above, Some(errors.0)), normal_cdf(0.5));
        honest.push("share of less", around(difference.below, Some(errors.1)), normal_cdf(-0.5));
        planted.push("difference with the standard deviation", around(difference.mean, difference.std_dev), 0.5 * UNIT);
        let unpaired = comparison.scenarios.iter().map(|s| s.outcomes[NORMAL].estimate.std_error.unwrap());
        let unpaired = unpaired.map(|error| error * error).sum::<f64>().sqrt();
        planted.push("difference as if runs were independent", around(difference.mean, Some(unpaired)), 0.5 * UNIT);
    }
    [honest, planted]
}

fn assert_honest(worlds: u64, paths_per_world: u64) {
    let [honest, planted] = coverage(worlds, paths_per_world);
    let wrong: Vec<_> = honest.0.iter().filter(|(_, covered)| !HONEST.contains(covered)).collect();
    assert!(honest.0.len() == 21 && wrong.is_empty(), "of {RUNS} runs of {worlds} × {paths_per_world} these cover: {wrong:?}");
    let missed: Vec<_> = planted.0.iter().filter(|(_, covered)| HONEST.contains(covered)).collect();
    assert!(planted.0.len() >= 5 && missed.is_empty(), "these bugs are not noticed: {missed:?}");
    let (least, most) = (honest.0.values().min().unwrap(), honest.0.values().max().unwrap());
    let names = honest.0.len();
    told::figure(format_args!(
        "{RUNS} runs of {worlds} worlds x {paths_per_world} paths: {names} kinds of interval cover {least} to {most} times"
    ));
    planted.0.iter().for_each(|(name, covered)| told::figure(format_args!("planted: {name}; covers {covered} times")));
}

#[test]
fn intervals_of_two_thousand_independent_paths_cover_the_truth_as_often_as_they_say() {
    assert_honest(2000, 1);
}

#[test]
fn intervals_of_a_hundred_worlds_of_twenty_paths_cover_the_truth_as_often_as_they_say() {
    assert_honest(100, 20);
}

/// P(from ≤ B ≤ to) of a binomial count.
fn binomial(n: u32, p: f64, range: RangeInclusive<u32>) -> f64 {
    let ratio = p / (1.0 - p);
    let (mut mass, mut sum) = (libm::pow(1.0 - p, f64::from(n)), 0.0);
    for k in 0..=n {
        sum += if range.contains(&k) { mass } else { 0.0 };
        mass *= ratio * f64::from(n - k) / f64::from(k + 1);
    }
    sum
}

/// One rank more or less moves the coverage of a large run by less than can be seen, and that of a small one by much: the
/// number of paths below a quantile is binomial, so that its interval covers with P(low ≤ B < high), exactly.
#[test]
fn quantiles_of_small_runs_lie_at_the_ranks_they_should_and_not_one_off() {
    // n p ± 1.96 √(n p q): 4 ± 3.82 and 76 ± 3.82 of 80, 10 ± 4.38 of 20.
    for (n, p, low, high, rank) in [(80, 0.05, 1, 8, 4), (80, 0.95, 73, 80, 76), (20, 0.5, 6, 15, 10)] {
        let truth = (p * 1_048_576.0) as i64;
        let shape = TallyShape { months: 0, monthly_cells: 0, outcome_cells: 1, states: Vec::new(), paths_per_world: 1, scrambles: 0 };
        let [mut covered, mut below, mut narrow, mut narrower, mut next] = [0_u32; 5];
        for seed in 0..RUNS {
            let mut recorder = Recorder::new(shape.clone());
            for path in 0..n {
                let draw = Draws::new(PathKey::path(seed, 0, path.into()), Tag::new("coverage", "small")).word(0, 0) >> 44;
                recorder.push(path.into(), 0, &Record { outcomes: vec![draw as i64], ..Record::default() }).unwrap();
            }
            let tally = recorder.finish().unwrap();
            let histogram = tally.outcome(0).histogram();
            let holds = |low: i64, high: i64| u32::from(low <= truth && truth <= high);
            let at = |rank: u32| histogram.at_rank(rank.into()).unwrap();
            let (found_low, found_high) = histogram.quantile_interval(p, 1.0).unwrap();
            covered += holds(found_low, found_high);
            below += u32::from(histogram.quantile(p).unwrap() <= truth);
            // The bugs: the upper rank without its one, both ranks one inside, the next rank for the quantile itself.
            narrow += holds(at(low), at(high - 1));
            narrower += holds(at(low + 1), at(high - 1));
            next += u32::from(at(rank + 1) <= truth);
        }
        let agrees = |found: u32, chance: f64| {
            let runs = RUNS as f64;
            (f64::from(found) - runs * chance).abs() <= 4.5 * (runs * chance * (1.0 - chance)).sqrt()
        };
        let [covers, lies_below] = [binomial(n, p, low..=high - 1), binomial(n, p, rank..=n)];
        assert!(agrees(covered, covers), "the interval at {p} of {n} covers {covered} times, not {}", 2000.0 * covers);
        assert!(agrees(below, lies_below), "the quantile at {p} of {n} lies below {below} times, not {}", 2000.0 * lies_below);
        assert!(!agrees(next, lies_below), "the next rank is not noticed at {p} of {n}");
        assert!(!agrees(narrow, covers), "an upper rank one inside is not noticed at {p} of {n}");
        assert!(!agrees(narrower, covers), "both ranks inside are not noticed at {p} of {n}");
        told::figure(format_args!(
            "quantile {p} of {n} paths: covers {covered} times, {:.0} expected; one rank inside {narrow}, both {narrower}",
            2000.0 * covers
        ));
    }
}

/// On a real scenario, where worlds differ in most things and many have nothing: the truth is a run two hundred times as large.
#[test]
#[ignore = "minutes: for just nightly"]
fn intervals_of_the_baseline_cover_what_a_run_two_hundred_times_as_large_finds() {
    const RUNS: u64 = 1000;
    let run = |seed: u64, worlds: u64, paths: u64| {
        let counts = [
            format!("simulation.seed={seed}"),
            format!("simulation.worlds={worlds}"),
            format!("simulation.paths_per_world={paths}"),
            "simulation.outcomes=[\"delivered_*\", \"revenue\", \"nvidia_share\", \"grey_units\"]".to_owned(),
        ];
        let model = common::model("baseline-dec-2025", &counts.each_ref().map(String::as_str));
        summarise(&model, &Pool::new(NonZeroUsize::new(2).unwrap()).unwrap(), &|_| {}, &Stop::default()).unwrap()
    };
    let truth = run(999_999, 20_000, 20);
    let mut coverage = Coverage::default();
    for seed in 0..RUNS {
        let found = run(seed, 100, 20);
        for (found, truth) in found.outcomes.iter().zip(&truth.outcomes).filter(|(found, _)| found.outcome.buyer.is_none()) {
            let (name, ours, theirs) = (&found.outcome.name, &found.estimate, &truth.estimate);
            coverage.push(format!("mean of {name}"), around(ours.mean, ours.std_error), theirs.mean.unwrap());
            if (0.01..0.99).contains(&theirs.share_zero.unwrap()) {
                coverage.push(
                    format!("share of no {name}"),
                    around(ours.share_zero, ours.share_zero_std_error),
                    theirs.share_zero.unwrap(),
                );
            }
            for (which, p) in PROBABILITIES.into_iter().enumerate().filter(|(which, _)| theirs.quantiles[*which] != Some(0.0)) {
                coverage.push(format!("quantile {p} of {name}"), found.quantile_intervals[which], theirs.quantiles[which].unwrap());
            }
        }
    }
    let (least, most) = (coverage.0.values().min().unwrap(), coverage.0.values().max().unwrap());
    let names = coverage.0.len();
    told::figure(format_args!("baseline, {RUNS} runs of 100 worlds x 20 paths: {names} intervals cover {least} to {most} times"));
    // A hundred skewed worlds are fewer than a normal interval likes; wide is honest, narrow is not.
    let narrow: Vec<_> = coverage.0.iter().filter(|(_, covered)| **covered < 900).collect();
    assert!(coverage.0.len() > 20 && narrow.is_empty(), "{narrow:?}");
}
