//! `--sampling`: worlds that are spread evenly, and errors that stay honest.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should stop")]

mod support;

use greenlight::domain::{SCRAMBLES, Sampling};
use greenlight::engine::{Job, Pool, Simulation, Stop};
use greenlight::random::{Draws, PathKey, Points, Tag};
use greenlight::stats::{Record, Tally, TallyShape, Z95};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::num::NonZeroUsize;
use support::{Home, code, stderr, stdout};

/// Paths of each world.
const PATHS: u64 = 2;

/// In millionths: u + v of a world, and the same plus w of a path, for uniform u, v and w; so that half of what there is to know is luck.
struct Sums {
    seed: u64,
    points: Points,
}

impl Simulation for Sums {
    type Workspace = Record;
    type Error = Infallible;

    fn workspace(&self) -> Record {
        Record { outcomes: vec![0; 2], ..Record::default() }
    }

    fn simulate<'w>(&self, world: u64, path: u64, record: &'w mut Record) -> Result<&'w Record, Infallible> {
        let known = ["u", "v"].iter().enumerate().map(|(d, name)| self.points.uniform(self.seed, world, d, Tag::new("inputs", name)));
        let luck = Draws::new(PathKey::path(self.seed, world, path), Tag::new("test", "w")).uniform(0, 0);
        let sum: f64 = known.sum();
        record.outcomes.copy_from_slice(&[sum, sum + luck].map(|x| (1e6 * x).round() as i64));
        Ok(record)
    }
}

fn tally(sampling: Sampling, seed: u64, worlds: u64, threads: usize) -> Tally {
    let simulation = Sums { seed, points: Points::new(sampling, 2, worlds).unwrap() };
    let (months, states, scrambles) = (0, Vec::new(), sampling.scrambles());
    let shape = TallyShape { months, monthly_cells: 0, outcome_cells: 2, states, paths_per_world: PATHS, scrambles };
    let pool = Pool::new(NonZeroUsize::new(threads).unwrap()).unwrap();
    pool.run(&simulation, &Job { worlds, shape }, &|_| {}, &Stop::default()).unwrap()
}

/// How often 95% intervals of the means and of 5%, 50% and 95% quantiles hold the truth, of so many replicates.
///
/// u + v has F(x) = x²/2 below 1, so that 5% lie below √0.1; u + v + w has F(x) = x³/6 below 1 and density 3/4 in the middle.
fn coverage(sampling: Sampling, replicates: u64) -> BTreeMap<String, u64> {
    let low = [0.1_f64.sqrt(), libm::cbrt(0.3)];
    let mut covered = BTreeMap::new();
    for seed in 0..replicates {
        let tally = tally(sampling, seed, 256, 1);
        for (cell, middle) in [(0, 1.0), (1, 1.5)] {
            let sample = tally.outcome(cell);
            let off = (sample.mean().unwrap() / 1e6 - middle).abs();
            *covered.entry(format!("mean of {cell}")).or_default() += u64::from(off <= Z95 * sample.std_error().unwrap() / 1e6);
            let truths = [low[cell], middle, 2.0 * middle - low[cell]].map(|x| (1e6 * x).round() as i64);
            for (i, interval) in sample.quantile_intervals([0.05, 0.5, 0.95], 1.0).into_iter().enumerate() {
                let (from, to) = interval.unwrap();
                *covered.entry(format!("quantile {i} of {cell}")).or_default() += u64::from((from..=to).contains(&truths[i]));
            }
        }
    }
    covered
}

/// All within so many binomial standard errors of 95%.
fn assert_covered(replicates: u64, errors: f64) {
    for sampling in [Sampling::Sobol, Sampling::Latin] {
        for (what, count) in coverage(sampling, replicates) {
            let n = replicates as f64;
            let share = count as f64 / n;
            let reach = errors * (0.95 * 0.05 / n).sqrt();
            assert!((share - 0.95).abs() <= reach, "{sampling:?}, {what}: {count} of {replicates}");
        }
    }
}

#[test]
fn intervals_between_scrambles_cover_as_often_as_they_say() {
    assert_covered(200, 4.0);
}

#[test]
#[ignore = "long: 2,000 replicates"]
fn intervals_between_scrambles_cover_in_two_thousand_replicates() {
    // Sixteen numbers; 3.5 errors with a chance of 0.0005 each. Quantiles of lattices of points and of bins may be a little conservative.
    assert_covered(2000, 3.5);
}

#[test]
fn what_was_gained_is_what_is_left_of_the_variance() {
    // Of the mean of u + v + w over W worlds of 2 paths, independent worlds leave (1/6 + 1/24) / W, spread ones little more than
    // the luck, (1/24) / W: five times less. The mean of 40 such factors, each chi-squared with 15 degrees of freedom, 5 x 15 / 13 = 5.8 in
    // the mean with a deviation of 5.8 √(2 / 11) = 2.5 each, lies within 5.8 ± 4 x 2.5 / √40. The interval holds 5 in 95% of them.
    for sampling in [Sampling::Sobol, Sampling::Latin] {
        let gains: Vec<_> = (0..40).map(|seed| tally(sampling, seed, 1024, 1).outcome(1).gain_of_mean().unwrap()).collect();
        let mean = gains.iter().map(|gain| gain.factor()).sum::<f64>() / 40.0;
        assert!((mean - 5.8).abs() < 1.6, "{sampling:?}: {mean}");
        let held = gains.iter().filter(|gain| gain.interval().0 <= 5.0 && 5.0 <= gain.interval().1).count();
        assert!(held >= 32, "{sampling:?}: {held} of 40");
    }
}

#[test]
fn threads_change_nothing() {
    for sampling in [Sampling::Sobol, Sampling::Latin] {
        let bytes = [1, 2, 7].map(|threads| tally(sampling, 5, 512, threads).to_bytes());
        assert!(bytes[0] == bytes[1] && bytes[0] == bytes[2]);
    }
    assert_eq!(SCRAMBLES, 16);
}

#[test]
fn a_run_tells_its_gain_repeats_and_goes_on_to_the_same_bytes() {
    let home = Home::new();
    let run = ["run", "small.toml", "--worlds", "4096", "--sampling", "sobol"];
    let output = home.run(&[&run[..], &["--out", "a", "--threads", "1"]].concat());
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stdout(&output).contains(" worlds spread by sobol tell as much as"), "{}", stdout(&output));
    let told = std::fs::read_to_string(home.path().join("a/sampling.csv")).unwrap();
    assert!(told.lines().any(|row| row.starts_with("delivered_T,total,mean,")), "{told}");
    assert!(std::fs::read_to_string(home.path().join("a/report.html")).unwrap().contains("Owen-scrambled Sobol points"));
    assert!(std::fs::read_to_string(home.path().join("a/columns.md")).unwrap().contains("variance_reduction"));
    assert!(std::fs::read_to_string(home.path().join("a/manifest.json")).unwrap().contains("\"sampling\": \"sobol\""));
    assert!(std::fs::read_to_string(home.path().join("a/scenario.resolved.toml")).unwrap().contains("sampling = \"sobol\""));
    assert!(home.is_intact("a"));
    assert_eq!(code(&home.run(&["repeat", "a", "--threads", "2", "--quiet"])), 0);
    let again = [&run[..], &["--out", "b", "--threads", "2", "--max-seconds", "0", "--checkpoint-seconds", "0"]].concat();
    assert_eq!(code(&home.run(&again)), 75);
    let mut output = home.run(&again);
    while code(&output) == 75 {
        output = home.run(&again);
    }
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(home.tree("a")[std::path::Path::new("sampling.csv")], home.tree("b")[std::path::Path::new("sampling.csv")]);
    assert_eq!(home.tree("a")[std::path::Path::new("outcomes.csv")], home.tree("b")[std::path::Path::new("outcomes.csv")]);
}

#[test]
fn what_would_have_no_honest_error_is_refused() {
    let home = Home::new();
    let refused = |arguments: &[&str], status: i32, why: &[&str]| {
        let output = home.run(arguments);
        assert_eq!(code(&output), status, "{arguments:?}: {}", stderr(&output));
        assert!(why.iter().all(|why| stderr(&output).contains(why)), "{arguments:?}: {}", stderr(&output));
    };
    refused(&["run", "small.toml", "--sampling", "sobol"], 3, &["a power of two of worlds, 256 at least", "ask for 256 worlds"]);
    refused(&["run", "small.toml", "--sampling", "sobol", "--worlds", "1000"], 3, &["ask for 1024 worlds"]);
    // Worlds that cannot be read are one problem and not two.
    let unread = home.run(&["run", "small.toml", "--sampling", "sobol", "--set", "simulation.worlds=1e3"]);
    assert!(code(&unread) == 3 && !stderr(&unread).contains("power of two"), "{}", stderr(&unread));
    refused(&["run", "small.toml", "--sampling", "latin", "--worlds", "1000"], 3, &["a multiple of 16", "ask for 1008 worlds"]);
    let latin = ["run", "small.toml", "--sampling", "latin", "--worlds", "256", "--precision", "delivered_T=10%"];
    refused(&latin, 2, &["choose --sampling sobol or random"]);
    let sampled = ["--worlds", "256", "--set", "simulation.sampling=\"sobol\""];
    for command in ["compare", "sensitivity", "sweep", "discover"] {
        let more: &[&str] = match command {
            "compare" => &["small.toml"],
            "sweep" => &["--vary", "supply.stock_chips=1000,2000"],
            "discover" => &["--when", "delivered_T >= 1"],
            _ => &[],
        };
        refused(&[&[command, "small.toml"], more, &sampled].concat(), 2, &["is for `run`", "leave it out"]);
    }
    assert_eq!(home.names("."), ["small.toml"]);
}

#[test]
fn what_a_file_asks_of_runs_does_not_stop_other_commands() {
    let home = Home::new();
    let text = std::fs::read_to_string(home.path().join("small.toml")).unwrap();
    home.write("spread.toml", &text.replace("= 40\n", "= 256\nsampling = \"sobol\"\n"));
    let output = home.run(&["compare", "spread.toml", "spread.toml", "--no-charts", "--out", "b"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let name = home.names("b/scenarios").remove(0);
    assert!(std::fs::read_to_string(home.path().join("b/scenarios").join(name)).unwrap().contains("sampling = \"random\""));
    // The numbers of a finished run are met again exactly, or not compared.
    assert_eq!(code(&home.run(&["run", "spread.toml", "--no-charts", "--out", "a"])), 0);
    let refused = home.run(&["compare", "a", "a", "--no-charts", "--out", "c"]);
    assert!(code(&refused) == 2 && stderr(&refused).contains("were spread evenly"), "{}", stderr(&refused));
}

#[test]
fn precision_doubles_whole_nets() {
    let home = Home::new();
    let output =
        home.run(&["run", "small.toml", "--sampling", "sobol", "--worlds", "256", "--precision", "delivered_T=10%", "--no-charts"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let told = stderr(&output);
    let worlds: u64 = told.split(" worlds × 5 paths reach").next().unwrap().rsplit(['\n', ' ', '\r']).next().unwrap().parse().expect(&told);
    assert!(worlds.is_power_of_two() && worlds >= 256, "{told}");
}
