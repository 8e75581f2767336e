//! Regression of a gain on several inputs: a continuous, piecewise linear function of each, and products of pairs.
//!
//! The terms are made orthogonal one after the other, simple ones first, and each is shrunk by how little it stands out of its noise: the
//! non-negative garrote (Breiman, *Better subset regression using the nonnegative garrote*, Technometrics 37 (1995) 373–384) on
//! orthogonal terms. A gain that an input does nothing to is predicted by its mean.

use crate::stats::{doubled_ranks, normal_quantile};

/// An input with no more values than this has a term for each of them.
const FEW: usize = 5;
/// The function of an input bends at its octiles.
const BENDS: usize = 8;
/// The most terms; and one for so many worlds at least.
const MOST_TERMS: usize = 96;
const WORLDS_OF_TERM: usize = 10;
/// A term whose square is less than this many times its variance is taken for noise; 2 makes the expected error least where it is.
const GARROTE: f64 = 2.0;

/// The terms of a regression, orthogonal and of length 1 over the worlds that teach.
pub struct Basis<'a> {
    /// `[term][world]`; the first is constant.
    terms: Vec<Vec<f64>>,
    teaches: &'a dyn Fn(usize) -> bool,
}

/// Terms of several inputs, simple ones first. `inputs[i][world]` are their values.
pub fn terms(inputs: &[&[f64]]) -> Vec<Vec<f64>> {
    let worlds = inputs.first().map_or(0, |values| values.len());
    // The normal score of each doubled rank, from 2 to twice the number of worlds.
    let scores: Vec<f64> = (1..2 * worlds).map(|rank| normal_quantile(rank as f64 / (2 * worlds) as f64)).collect();
    let (mut simple, mut bends, mut fine) = (Vec::new(), Vec::new(), Vec::new());
    for values in inputs {
        let ranks = doubled_ranks(values).unwrap_or_default();
        let mut levels = ranks.clone();
        levels.sort_unstable();
        levels.dedup();
        if levels.len() <= FEW {
            let is_at = |level: &i64| ranks.iter().map(|rank| f64::from(u8::from(rank == level))).collect();
            simple.push(levels.iter().skip(1).map(is_at).collect::<Vec<Vec<f64>>>());
            continue;
        }
        let score: Vec<f64> = ranks.iter().map(|rank| scores[*rank as usize - 2]).collect();
        for bend in 1..BENDS {
            let at = normal_quantile(bend as f64 / BENDS as f64);
            let term = score.iter().map(|z| (z - at).max(0.0)).collect();
            if 2 * bend == BENDS { &mut bends } else { &mut fine }.push(term);
        }
        simple.push(vec![score]);
    }
    let product = |a: &Vec<f64>, b: &Vec<f64>| a.iter().zip(b).map(|(a, b)| a * b).collect();
    let pairs = (0..simple.len()).flat_map(|i| (0..i).map(move |j| (i, j)));
    let products: Vec<Vec<f64>> =
        pairs.flat_map(|(i, j)| simple[i].iter().flat_map(|a| simple[j].iter().map(move |b| product(a, b))).collect::<Vec<_>>()).collect();
    simple.into_iter().flatten().chain(bends).chain(products).chain(fine).collect()
}

impl<'a> Basis<'a> {
    /// Makes terms orthogonal over the worlds that teach.
    pub fn new(terms: &[Vec<f64>], worlds: usize, teaches: &'a dyn Fn(usize) -> bool) -> Self {
        const LEAST_LEFT: f64 = 1e-9;
        let teachers = (0..worlds).filter(|world| teaches(*world)).count();
        let most = MOST_TERMS.min(teachers / WORLDS_OF_TERM);
        let mut basis = Self { terms: Vec::new(), teaches };
        for term in [vec![1.0; worlds]].iter().chain(terms.iter().take(most)) {
            let mut left = term.clone();
            let whole = basis.along(&left, &left);
            for known in &basis.terms {
                let share = basis.along(&left, known);
                left.iter_mut().zip(known).for_each(|(left, known)| *left -= share * known);
            }
            let square = basis.along(&left, &left);
            if square > LEAST_LEFT * whole {
                let length = square.sqrt();
                left.iter_mut().for_each(|value| *value /= length);
                basis.terms.push(left);
            }
        }
        basis
    }

    /// Σ a b over the worlds that teach.
    fn along(&self, a: &[f64], b: &[f64]) -> f64 {
        a.iter().zip(b).enumerate().filter(|(world, _)| (self.teaches)(*world)).map(|(_, (a, b))| a * b).sum()
    }

    /// What the worlds that teach say of the gain in every world.
    pub fn predict(&self, gain: &[f64]) -> Vec<f64> {
        let found: Vec<f64> = self.terms.iter().map(|term| self.along(gain, term)).collect();
        let teachers = (0..gain.len()).filter(|world| (self.teaches)(*world)).count();
        let left = self.along(gain, gain) - found.iter().map(|of| of * of).sum::<f64>();
        let noise = left.max(0.0) / (teachers.saturating_sub(found.len())).max(1) as f64;
        let mut predicted = vec![0.0; gain.len()];
        for (place, (term, of)) in self.terms.iter().zip(&found).enumerate() {
            let kept = if place == 0 { 1.0 } else { (1.0 - GARROTE * noise / (of * of)).max(0.0) };
            if kept > 0.0 {
                predicted.iter_mut().zip(term).for_each(|(sum, value)| *sum += kept * of * value);
            }
        }
        predicted
    }
}
