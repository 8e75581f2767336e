//! The smallest change of weights that makes stated probabilities true: minimum relative entropy.
//!
//! Among all weights under which each event's probability lies in its interval, the one nearest to equal weights (least Kullback–Leibler
//! divergence) is an exponential tilt: a history's weight is the product of `exp(λ)` over the events that happen in it (Csiszár 1975). The dual
//! in the λ is convex, with a kink at 0 for an interval that holds without help. It is minimised one event at a time, each time exactly: the
//! odds of one event are multiplied by what brings its probability to the nearest end of its interval (iterative proportional fitting). No step
//! can overshoot, and contradictory statements show by never settling.

use std::collections::BTreeMap;

use super::ensemble::Ensemble;
use crate::model::Test;

/// Rounds over all events before statements are called contradictory.
const ROUNDS: usize = 20_000;
/// How near a probability must come to its interval.
const TOLERANCE: f64 = 1e-10;
/// The most statements: their patterns are counted in the bits of a word.
pub const MOST_STATEMENTS: usize = 16;

/// An event that is to have a probability between two ends.
#[derive(Clone, Debug, PartialEq)]
pub struct Stated {
    /// The column of the ensemble it is about.
    pub column: usize,
    /// When it happens.
    pub test: Test,
    /// Lowest probability.
    pub low: f64,
    /// Highest probability.
    pub high: f64,
}

/// New weights.
#[derive(Clone, Debug, PartialEq)]
pub struct Tilt {
    /// One per history; their mean is 1.
    pub weights: Vec<f64>,
    /// For each statement the probability before, the probability after, and λ.
    pub moved: Vec<(f64, f64, f64)>,
    /// Kullback–Leibler divergence of the new weights from equal ones, in nats.
    pub divergence: f64,
}

/// Why there are no such weights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Impossible {
    /// The event of this statement happens in no history.
    Never(usize),
    /// It happens in every history.
    Always(usize),
    /// The statements cannot all be true.
    Contradiction,
}

/// The tilt of an ensemble under which every target holds.
///
/// # Errors
/// [`Impossible`].
pub fn tilt(ensemble: &Ensemble, targets: &[Stated]) -> Result<Tilt, Impossible> {
    let paths = ensemble.paths();
    let pattern = |i: usize| {
        targets.iter().enumerate().fold(0_u32, |bits, (m, t)| bits | u32::from(t.test.holds(ensemble.columns[t.column][i])) << m)
    };
    let patterns: Vec<u32> = (0..paths).map(pattern).collect();
    let mut counts: BTreeMap<u32, f64> = BTreeMap::new();
    patterns.iter().for_each(|bits| *counts.entry(*bits).or_default() += 1.0);
    let table: Vec<(u32, f64)> = counts.into_iter().map(|(bits, count)| (bits, count / paths as f64)).collect();
    let ends: Vec<(f64, f64)> = targets.iter().map(|t| (t.low, t.high)).collect();
    let lambdas = solve(&table, &ends)?;
    let factors: BTreeMap<u32, f64> = tilted(&table, &lambdas).into_iter().zip(&table).map(|(q, (bits, p))| (*bits, q / p)).collect();
    let divergence = table.iter().map(|(bits, p)| factors[bits] * p * libm::log(factors[bits])).sum();
    let after = tilted(&table, &lambdas);
    let moved = (0..targets.len()).map(|m| (share(&table, m, |i| table[i].1), share(&table, m, |i| after[i]), lambdas[m])).collect();
    Ok(Tilt { weights: patterns.iter().map(|bits| factors[bits]).collect(), moved, divergence })
}

/// The λ of every statement; `table` has the share of histories with each pattern of events.
fn solve(table: &[(u32, f64)], ends: &[(f64, f64)]) -> Result<Vec<f64>, Impossible> {
    let mut lambdas = vec![0.0; ends.len()];
    for m in 0..ends.len() {
        let before = share(table, m, |i| table[i].1);
        if before == 0.0 && ends[m].0 > 0.0 {
            return Err(Impossible::Never(m));
        }
        if before == 1.0 && ends[m].1 < 1.0 {
            return Err(Impossible::Always(m));
        }
    }
    for _ in 0..ROUNDS {
        for (m, (low, high)) in ends.iter().enumerate() {
            lambdas[m] = 0.0;
            let without = tilted(table, &lambdas);
            let at = share(table, m, |i| without[i]);
            if at < *low || at > *high {
                lambdas[m] = logit(at.clamp(*low, *high)) - logit(at);
            }
        }
        let now = tilted(table, &lambdas);
        let off = |(m, (low, high)): (usize, &(f64, f64))| {
            let at = share(table, m, |i| now[i]);
            (at - at.clamp(*low, *high)).abs()
        };
        let worst = ends.iter().enumerate().map(off).fold(0.0, f64::max);
        if worst <= TOLERANCE && lambdas.iter().all(|l| l.is_finite()) {
            return Ok(lambdas);
        }
    }
    Err(Impossible::Contradiction)
}

/// The share of each pattern under λ.
fn tilted(table: &[(u32, f64)], lambdas: &[f64]) -> Vec<f64> {
    let exponent = |bits: u32| lambdas.iter().enumerate().filter(|(m, _)| bits >> m & 1 == 1).map(|(_, l)| l).sum::<f64>();
    let most = table.iter().map(|(bits, _)| exponent(*bits)).fold(f64::NEG_INFINITY, f64::max);
    let raw: Vec<f64> = table.iter().map(|(bits, p)| p * libm::exp(exponent(*bits) - most)).collect();
    let total: f64 = raw.iter().sum();
    raw.into_iter().map(|q| q / total).collect()
}

fn share(table: &[(u32, f64)], event: usize, of: impl Fn(usize) -> f64) -> f64 {
    let all = table.iter().all(|(bits, _)| bits >> event & 1 == 1);
    if all { 1.0 } else { table.iter().enumerate().filter(|(_, (bits, _))| bits >> event & 1 == 1).map(|(i, _)| of(i)).sum() }
}

fn logit(p: f64) -> f64 {
    libm::log(p / (1.0 - p))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::ensemble::tests::of_worlds;
    use crate::domain::PolicyType;
    use crate::scenario::Range;

    fn ensemble(columns: Vec<Vec<f64>>) -> Ensemble {
        let n = columns[0].len();
        of_worlds(vec![PolicyType::Drip; n], vec![0.0; n], columns)
    }

    fn target(column: usize, low: f64, high: f64) -> Stated {
        Stated { column, test: Test::Range(Range::closed(1.0, 1.0)), low, high }
    }

    #[test]
    fn one_event_gets_the_weights_p_over_q() {
        // It happens in 2 of 10 and is to have 0.65: weights 0.65/0.2 and 0.35/0.8; divergence 0.65 ln 3.25 + 0.35 ln 0.4375.
        let ten = ensemble(vec![(0..10).map(|i| f64::from(i < 2)).collect()]);
        let found = tilt(&ten, &[target(0, 0.65, 0.65)]).unwrap();
        assert!((found.weights[0] - 3.25).abs() < 1e-12 && (found.weights[9] - 0.4375).abs() < 1e-12);
        let divergence = 0.65 * libm::log(3.25) + 0.35 * libm::log(0.4375);
        assert!((found.divergence - divergence).abs() < 1e-12);
        assert!((found.moved[0].2 - libm::log(3.25 / 0.4375)).abs() < 1e-12);
    }

    #[test]
    fn an_interval_is_met_at_its_nearer_end_or_not_at_all() {
        let ten = ensemble(vec![(0..10).map(|i| f64::from(i < 2)).collect()]);
        let after = |low, high| tilt(&ten, &[target(0, low, high)]).unwrap().moved[0].1;
        assert!((after(0.6, 0.7) - 0.6).abs() < 1e-10 && (after(0.05, 0.1) - 0.1).abs() < 1e-10);
        let untouched = tilt(&ten, &[target(0, 0.1, 0.3)]).unwrap();
        assert_eq!((untouched.divergence, untouched.weights), (0.0, vec![1.0; 10]));
    }

    #[test]
    fn several_statements_hold_together_and_independent_ones_stay_so() {
        // Four equal patterns of two independent events: (0.7, 0.2) gives the products 0.14, 0.56, 0.06, 0.24, four times as weights.
        let a = vec![1.0, 1.0, 0.0, 0.0];
        let b = vec![1.0, 0.0, 1.0, 0.0];
        let found = tilt(&ensemble(vec![a, b]), &[target(0, 0.7, 0.7), target(1, 0.2, 0.2)]).unwrap();
        for (weight, expected) in found.weights.iter().zip([0.56, 2.24, 0.24, 0.96]) {
            assert!((weight - expected).abs() < 1e-9, "{weight} {expected}");
        }
        // Nested: by June (2 of 8) 0.5 and by December (4 of 8) 0.8: 0.25 each for the first two, 0.15 each for the next, 0.05 for the last four.
        let june = (0..8).map(|i| f64::from(i < 2)).collect();
        let december = (0..8).map(|i| f64::from(i < 4)).collect();
        let found = tilt(&ensemble(vec![june, december]), &[target(0, 0.5, 0.5), target(1, 0.8, 0.8)]).unwrap();
        for (i, expected) in [(0, 2.0), (2, 1.2), (7, 0.4)] {
            assert!((found.weights[i] - expected).abs() < 1e-8, "{i}: {}", found.weights[i]);
        }
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let june: Vec<f64> = (0..8).map(|i| f64::from(i < 2)).collect();
        let december: Vec<f64> = (0..8).map(|i| f64::from(i < 4)).collect();
        let both = ensemble(vec![june, december, vec![0.0; 8], vec![1.0; 8]]);
        assert_eq!(tilt(&both, &[target(0, 0.7, 0.7), target(1, 0.5, 0.5)]), Err(Impossible::Contradiction));
        assert_eq!(tilt(&both, &[target(2, 0.1, 0.2)]), Err(Impossible::Never(0)));
        assert_eq!(tilt(&both, &[target(1, 0.5, 0.5), target(3, 0.1, 0.2)]), Err(Impossible::Always(1)));
    }
}
