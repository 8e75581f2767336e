//! What information is worth against closed forms, and how often its intervals hold them.
//!
//! To act gains a normal number of mean m and deviation s that becomes known, not to act nothing. Knowing is worth
//! E max(0, gain) − max(0, m) = s (φ(z) − z Φ(−z)) with z = |m| / s, the unit normal loss (Raiffa and Schlaifer 1961).
//! A gain of a lognormal number of mean F, of which the part with the deviation s of its logarithm becomes known, less a price K ≥ F, is
//! worth F Φ(d) − K Φ(d − s) with d = ln(F / K) / s + s / 2 (Black 1976).

use super::{Gains, Valued};
use crate::random::{Draws, PathKey, Tag, normal_cdf};
use std::f64::consts::PI;

fn loss(mean: f64, deviation: f64) -> f64 {
    let z = mean.abs() / deviation;
    deviation * (libm::exp(-z * z / 2.0) / (2.0 * PI).sqrt() - z * normal_cdf(-z))
}

fn call(forward: f64, price: f64, deviation: f64) -> f64 {
    let d = libm::log(forward / price) / deviation + deviation / 2.0;
    forward * normal_cdf(d) - price * normal_cdf(d - deviation)
}

/// Standard normal numbers: `[input][world]`.
fn normals(seed: u64, inputs: u64, worlds: u64) -> Vec<Vec<f64>> {
    let draws = |world| Draws::new(PathKey::world(seed, world), Tag::new("test", "worth"));
    (0..inputs).map(|input| (0..worlds).map(|world| draws(world).normal(0, input)).collect()).collect()
}

/// To act or not, in worlds with one path each.
fn to_act(inputs: &[Vec<f64>], gain: impl Fn(&dyn Fn(usize) -> f64) -> f64) -> Gains {
    let worlds = inputs.first().map_or(0, Vec::len);
    let paths = (0..worlds).map(|world| vec![0.0, gain(&|input| inputs[input][world])]).collect();
    Gains { paths, per_world: 1 }
}

fn known<'a>(inputs: &'a [Vec<f64>], which: &[usize]) -> Vec<&'a [f64]> {
    which.iter().map(|input| &inputs[*input][..]).collect()
}

/// m = .5 and weights 1, 1.5 and 2: z of the first two is .5 / √3.25, of all .5 / √7.25.
fn linear(x: &dyn Fn(usize) -> f64) -> f64 {
    0.5 + x(0) + 1.5 * x(1) + 2.0 * x(2)
}

/// Stock and price of oracle O26 (logarithms of deviation ln 8 / 2.563103 = .811302 and ln 1.55 / 2.563103 = .170985) and a factor of
/// deviation .5, each of mean 1, less 1.1.
const LOGS: [f64; 3] = [0.811_302, 0.170_985, 0.5];

fn product(x: &dyn Fn(usize) -> f64) -> f64 {
    (0..3).map(|i| libm::exp(LOGS[i] * x(i) - LOGS[i] * LOGS[i] / 2.0)).product::<f64>() - 1.1
}

/// Interaction alone: the gain is 2 x₁ x₂ + x₃ − .5. Of the pair it is worth E max(0, 2 x₁ x₂ − .5); alone each input is worth nothing.
fn interaction(x: &dyn Fn(usize) -> f64) -> f64 {
    2.0 * x(0) * x(1) + x(2) - 0.5
}

#[test]
fn groups_are_worth_what_paper_says_and_all_inputs_what_perfect_information_is() {
    let inputs = normals(1, 4, 20_000);
    let near = |found: Valued, truth: f64| {
        assert!((found.value - truth).abs() <= 4.0 * found.std_error && found.std_error < 0.02, "{found:?} instead of {truth}");
    };
    let gains = to_act(&inputs, linear);
    let worth = |which: &[usize]| gains.information_of(&known(&inputs, which), &[]).worth;
    near(worth(&[0]), loss(0.5, 1.0));
    near(worth(&[0, 1]), loss(0.5, 3.25_f64.sqrt()));
    near(worth(&[2, 3, 0, 1]), loss(0.5, 7.25_f64.sqrt()));
    // Given all inputs nothing is left to chance: the action is that of perfect information but next to the line.
    let lost = gains.verdict().evpi.value - worth(&[0, 1, 2]).value;
    assert!((0.0..1e-4).contains(&lost), "{lost}");
    let gains = to_act(&inputs, product);
    let worth = |which: &[usize]| gains.information_of(&known(&inputs, which), &[]).worth;
    near(worth(&[0, 1]), call(1.0, 1.1, (LOGS[0] * LOGS[0] + LOGS[1] * LOGS[1]).sqrt()));
    near(worth(&[1]), call(1.0, 1.1, LOGS[1]));
}

#[test]
fn a_pair_is_worth_more_than_its_parts_and_what_does_nothing_is_worth_nothing() {
    let inputs = normals(2, 4, 4_000);
    let gains = to_act(&inputs, interaction);
    let order: Vec<usize> = (0..4_000).map(|i| i * 1_327 % 4_000).collect();
    let found = |which: &[usize]| gains.information_of(&known(&inputs, which), std::slice::from_ref(&order));
    // P = x₁ x₂ has the density K₀(|p|) / π, and K₀(p) = ∫₀^∞ exp(−p cosh t) dt: E max(0, 2 P − .5) is
    // 2/π ∫₀^∞ exp(−cosh(t) / 4) / cosh²(t) dt = .446507 by Simpson's rule.
    let pair = found(&[0, 1]);
    assert!((pair.worth.value - PAIR).abs() <= 4.0 * pair.worth.std_error && pair.stands_out(), "{pair:?}");
    let single = found(&[0]);
    assert!(single.worth.value < 0.02, "{single:?}");
    assert!(found(&[3]).worth.value < 0.01 && pair.floor.1 < 0.05, "{pair:?}");
}

const PAIR: f64 = 0.446_507;

/// Of so many replicates, how often each interval holds the truth.
fn coverage(replicates: u64, worlds: u64) -> Vec<(&'static str, u64)> {
    let mut counts: Vec<(&'static str, u64)> = Vec::new();
    let mut count = |name: &'static str, found: (f64, f64), truth: f64| {
        let holds = u64::from(found.0 <= truth && truth <= found.1);
        match counts.iter_mut().find(|(known, _)| *known == name) {
            Some((_, count)) => *count += holds,
            None => counts.push((name, holds)),
        }
    };
    for seed in 1..=replicates {
        let inputs = normals(seed, 4, worlds);
        let gains = to_act(&inputs, linear);
        let worth = |gains: &Gains, which: &[usize]| gains.information_of(&known(&inputs, which), &[]).worth.interval();
        count("EVPI, linear", gains.verdict().evpi.interval(), loss(0.5, 7.25_f64.sqrt()));
        count("one input, linear", worth(&gains, &[2]), loss(0.5, 2.0));
        count("two inputs, linear", worth(&gains, &[0, 1]), loss(0.5, 3.25_f64.sqrt()));
        count("all inputs, linear", worth(&gains, &[0, 1, 2, 3]), loss(0.5, 7.25_f64.sqrt()));
        // x₁ with x₂ of correlation .6 to it: x₂ = .6 x₁ + .8 e.
        let tied = to_act(&inputs, |x| 0.5 + x(0) + 1.5 * (0.6 * x(0) + 0.8 * x(1)) + 2.0 * x(2));
        count("one of two dependent inputs, linear", worth(&tied, &[0]), loss(0.5, 1.9));
        let gains = to_act(&inputs, product);
        count("one input, product", worth(&gains, &[0]), call(1.0, 1.1, LOGS[0]));
        count("two inputs, product", worth(&gains, &[0, 1]), call(1.0, 1.1, (LOGS[0] * LOGS[0] + LOGS[1] * LOGS[1]).sqrt()));
        let gains = to_act(&inputs, interaction);
        count("two inputs, interaction", worth(&gains, &[0, 1]), PAIR);
    }
    counts
}

#[test]
fn intervals_cover_about_as_often_as_they_say() {
    // Of 100 intervals of 95%, 95 with a deviation of 2.2; four and a half of them are 10. Of 89%, 89 with one of 3.1: 75.
    let counts = coverage(100, 500);
    let least = |name: &str| if name.ends_with("product") { 75 } else { 85 };
    assert!(counts.iter().all(|(name, covered)| (least(name)..=100).contains(covered)), "{counts:?}");
}

#[test]
#[ignore = "long: 2,000 replicates; part of just nightly"]
fn two_thousand_intervals_cover_as_often_as_promised() {
    // As many worlds as the shipped scenarios have.
    let counts = coverage(2_000, 1_000);
    let wrong: Vec<_> = counts.iter().filter(|(_, covered)| !(1_856..=1_944).contains(covered)).collect();
    assert!(counts.len() == 8 && wrong.is_empty(), "{wrong:?}");
}
