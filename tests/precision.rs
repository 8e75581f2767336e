//! `--precision`: intervals that stopping early does not spoil, and the run that follows.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should stop")]

mod support;

use greenlight::analysis::{Measure, Statistic, Target, Width};
use greenlight::cli::settle;
use greenlight::domain::Sampling;
use greenlight::engine::{Pool, Simulation, Stop};
use greenlight::model::Probe;
use greenlight::random::{Draws, PathKey, Tag};
use greenlight::stats::Record;
use std::convert::Infallible;
use std::num::NonZeroUsize;
use support::{Home, code, stderr, stdout};

/// An exponential number of mean 1000, one path a world: skewed, so that early looks are tempted to stop on small means.
struct Exponential(u64);

impl Simulation for Exponential {
    type Workspace = Record;
    type Error = Infallible;

    fn workspace(&self) -> Record {
        Record { outcomes: vec![0], ..Record::default() }
    }

    fn simulate<'w>(&self, world: u64, _: u64, record: &'w mut Record) -> Result<&'w Record, Infallible> {
        let uniform = Draws::new(PathKey::world(self.0, world), Tag::new("test", "exponential")).uniform(0, 0);
        record.outcomes[0] = (-1000.0 * libm::log1p(-uniform)).round() as i64;
        Ok(record)
    }
}

fn mean_within(share: f64) -> Target {
    let measure = Measure { text: "x".into(), probe: Probe::of_outcome("x", "", 0, 1.0, None), test: None };
    Target { text: "x=10%".into(), measure, statistic: Statistic::Mean, goal: Width::Relative(share) }
}

#[test]
fn an_interval_covers_however_early_the_run_stops() {
    let pool = Pool::new(NonZeroUsize::MIN).unwrap();
    let targets = [mean_within(0.08)];
    let (mut covered, mut plain, mut stages) = (0, 0, [0_u32; 9]);
    for seed in 0..2000 {
        let found =
            settle(&Exponential(seed), &targets, 256, 1, Sampling::Random, &pool, &|_| {}, &Stop::default(), |_, _| Ok::<_, ()>(()))
                .unwrap();
        let reached = found.reached[0].unwrap();
        assert!(reached.half_width <= 0.08 * reached.value);
        let off = (reached.value - 1000.0).abs();
        covered += u32::from(off <= reached.half_width);
        plain += u32::from(off <= reached.half_width / greenlight::analysis::widening(found.looks, Sampling::Random));
        stages[found.looks as usize] += 1;
    }
    // 95% of 2,000 less 4.9 errors of √(2000 × .95 × .05) = 9.75: a valid rule covers more often, as it bounds all looks together.
    assert!(covered >= 1852, "{covered} of 2000; plain 95% intervals {plain}; looks {stages:?}");
    // n = (2.5 × 1000 / 80)² = 977 at the second or third look: several looks are in use, so that the test tests something.
    assert!(stages.iter().filter(|count| **count > 20).count() >= 2, "{stages:?}");
}

#[test]
fn the_run_that_follows_is_that_of_as_many_worlds() {
    let home = Home::new();
    let ran = |arguments: &[&str]| {
        let output = home.run(arguments);
        assert_eq!(code(&output), 0, "{arguments:?}: {}", stderr(&output));
        (stdout(&output), stderr(&output))
    };
    let asked = ["--precision", "delivered_T=10%", "--precision", "delivered_T > 0 = 5%", "--paths-per-world", "30"];
    let (_, told) = ran(&[&["run", "small.toml", "--out", "a"], &asked[..]].concat());
    let worlds: u64 =
        told.split(" worlds × 30 paths reach").next().unwrap().rsplit(['\n', ' ', '\r']).next().unwrap().parse().expect(&told);
    assert!(worlds > 40 && worlds.is_multiple_of(8), "{told}");
    assert!(told.contains("delivered_T > 0 = 5%") && told.contains("half of what was asked takes about"), "{told}");
    ran(&["run", "small.toml", "--out", "b", "--worlds", &worlds.to_string(), "--paths-per-world", "30"]);
    assert_eq!(home.tree("a"), home.tree("b"));
}

#[test]
fn what_is_no_target_or_beyond_all_bounds_is_refused() {
    let home = Home::new();
    for (text, expected, why) in [
        ("delivered_T", 2, "OUTCOME=WIDTH"),
        ("deliverd_T=2%", 2, "did you mean `delivered_T`?"),
        ("delivered_T.medan=2%", 2, "median"),
        ("delivered_T=0%", 2, "above 0"),
        ("delivered_T=wide", 2, "above 0"),
        ("delivered_T=0.00000001%", 4, "worlds"),
    ] {
        let output = home.run(&["run", "small.toml", "--quiet", "--precision", text]);
        assert_eq!(code(&output), expected, "{text}: {}", stderr(&output));
        assert!(stderr(&output).contains(why), "{text}: {}", stderr(&output));
    }
    assert_eq!(code(&home.run(&["run", "small.toml", "small.toml", "--precision", "delivered_T=2%"])), 2);
    assert_eq!(home.names("."), ["small.toml"]);
}
