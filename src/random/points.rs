//! Where the uncertain inputs of a world lie in the unit cube: anywhere, or spread evenly with the other worlds.
//!
//! Spread points come in [`SCRAMBLES`] scrambles, which worlds take turns in. Each is a whole net, or a whole Latin hypercube, with
//! randomness of its own, so that the scrambles are independent and alike, and their spread tells the error. As every draw, a
//! coordinate is a function of its address: (seed, scramble, input) makes the scramble, and the place in it is given by the world.

use super::address::{Draws, PathKey, Tag, open_unit};
use super::sobol_table::{DIMENSIONS, MOST_DEGREE};
use crate::domain::{SCRAMBLES, Sampling};
use std::fmt;

/// Binary digits of a Sobol coordinate; the rest of a draw is random.
const DIGITS: usize = 32;

/// Rounds of the Feistel network that permutes strata.
const ROUNDS: u64 = 8;
/// The slot of the place inside a stratum; those below belong to the rounds.
const INSIDE: u64 = ROUNDS;

/// The points of the worlds of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Points {
    /// Independent.
    Random,
    /// Scrambled Sobol points, with the direction numbers of each dimension.
    Sobol(Vec<[u32; DIGITS]>),
    /// Latin hypercubes of so many strata.
    Latin(u64),
}

/// There are no direction numbers for so many dimensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyDimensions(pub usize);

impl fmt::Display for TooManyDimensions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (asked, most) = (self.0 - 1, DIMENSIONS.len());
        write!(
            f,
            "{asked} uncertain numbers: sampling \"sobol\" has dimensions for {most} of them and Beijing's type; make some certain, or choose \
             \"latin\" or \"random\""
        )
    }
}

impl std::error::Error for TooManyDimensions {}

impl Points {
    /// The points of so many worlds.
    ///
    /// # Errors
    /// If Sobol points have fewer dimensions.
    pub fn new(sampling: Sampling, dimensions: usize, worlds: u64) -> Result<Self, TooManyDimensions> {
        match sampling {
            Sampling::Random => Ok(Self::Random),
            Sampling::Latin => Ok(Self::Latin((worlds / SCRAMBLES).max(1))),
            Sampling::Sobol if dimensions > DIMENSIONS.len() + 1 => Err(TooManyDimensions(dimensions)),
            Sampling::Sobol => Ok(Self::Sobol((0..dimensions).map(directions).collect())),
        }
    }

    /// The coordinate of a world in a dimension, strictly between 0 and 1; the tag names what it is drawn for.
    pub fn uniform(&self, seed: u64, world: u64, dimension: usize, tag: Tag) -> f64 {
        let scramble = || Draws::new(PathKey::scramble(seed, world % SCRAMBLES), tag);
        let place = world / SCRAMBLES;
        match self {
            Self::Random => Draws::new(PathKey::world(seed, world), tag).uniform(0, 0),
            Self::Sobol(directions) => scrambled(digits(&directions[dimension], place as u32), scramble()),
            Self::Latin(strata) => stratified(place % strata, *strata, scramble()),
        }
    }
}

/// The direction numbers of a dimension, counted from 0, as 32 binary digits each (Joe and Kuo 2008, section 2).
fn directions(dimension: usize) -> [u32; DIGITS] {
    let mut v = std::array::from_fn(|k| 1 << (DIGITS - 1 - k));
    // The first dimension is van der Corput's sequence.
    let Some((polynomial, initial)) = dimension.checked_sub(1).and_then(|above| DIMENSIONS.get(above)) else { return v };
    let degree = polynomial.ilog2() as usize;
    for k in 0..DIGITS {
        if k < degree.min(MOST_DEGREE) {
            v[k] = u32::from(initial[k]) << (DIGITS - 1 - k);
            continue;
        }
        // v_k = a_1 v_(k-1) + … + a_s v_(k-s) + v_(k-s) / 2^s, where sums are exclusive; a_s is 1.
        v[k] = v[k - degree] >> degree;
        for back in 1..=degree {
            if polynomial >> (degree - back) & 1 == 1 {
                v[k] ^= v[k - back];
            }
        }
    }
    v
}

/// A coordinate of the Sobol point of this number, as 32 binary digits.
fn digits(directions: &[u32; DIGITS], number: u32) -> u32 {
    let chosen = directions.iter().enumerate().filter(|(k, _)| number >> k & 1 == 1);
    chosen.fold(0, |x, (_, v)| x ^ v)
}

/// Nested uniform scrambling (Owen 1995): whether a digit flips is a fair coin for each string of digits before it, and what follows
/// the last digit is uniform. The coins are hashes, as in Burley (2020), *Practical hash-based Owen scrambling*; not of his short hash,
/// whose coins are a little alike, but the words of a stream at the address of the string.
fn scrambled(digits: u32, draws: Draws) -> f64 {
    // Strings are numbered as in a heap: 1, then 10 and 11, and so on. Sixteen slots make a month.
    let word = |node: u64| draws.word((node / 16) as usize, node % 16);
    let flips = (0..DIGITS).fold(0, |flips, k| {
        let before = (1 << k) | (u64::from(digits) >> (DIGITS - k));
        flips << 1 | (word(before) >> 63) as u32
    });
    let rest = word(1 << DIGITS | u64::from(digits));
    open_unit(u64::from(digits ^ flips) << 32 | rest >> 32)
}

/// A uniform place inside the stratum that a random permutation gives to this place.
fn stratified(place: u64, strata: u64, draws: Draws) -> f64 {
    let inside = draws.uniform(place as usize, INSIDE);
    let x = (permuted(place, strata, draws) as f64 + inside) / strata as f64;
    // The largest may be rounded up to 1.
    x.min(1.0 - f64::EPSILON / 2.0)
}

/// A random permutation of `0..n` at one of them: a Feistel network on the next even number of bits, walked until it is back below n
/// (Black and Rogaway 2002, *Ciphers with arbitrary finite domains*).
fn permuted(place: u64, n: u64, draws: Draws) -> u64 {
    let half = (u64::BITS - n.saturating_sub(1).leading_zeros()).div_ceil(2).max(1);
    let mask = (1 << half) - 1;
    let mut x = place;
    loop {
        let (mut left, mut right) = (x >> half, x & mask);
        for round in 0..ROUNDS {
            (left, right) = (right, left ^ (draws.word(right as usize, round) >> 32 & mask));
        }
        x = left << half | right;
        if x < n {
            return x;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: u64 = 20_251_210;

    fn tag(input: usize) -> Tag {
        Tag::new("inputs", &format!("input {input}"))
    }

    /// The coordinates of the worlds of one scramble.
    fn points<const D: usize>(sampling: Sampling, worlds: u64, seed: u64, scramble: u64) -> Vec<[f64; D]> {
        let points = Points::new(sampling, D, worlds).unwrap();
        let of = |place| std::array::from_fn(|d| points.uniform(seed, place * SCRAMBLES + scramble, d, tag(d)));
        (0..worlds / SCRAMBLES).map(of).collect()
    }

    #[test]
    fn the_first_points_are_those_of_joe_and_kuo() {
        // In sixteenths, in the order of the Gray code: their own program on the first three dimensions, and SciPy 1.17's
        // `qmc.Sobol(8, scramble=False)`, which has their direction numbers, on eight.
        let expected: [[u32; 8]; 16] = [
            [0, 0, 0, 0, 0, 0, 0, 0],
            [8, 8, 8, 8, 8, 8, 8, 8],
            [12, 4, 4, 4, 12, 12, 4, 12],
            [4, 12, 12, 12, 4, 4, 12, 4],
            [6, 6, 10, 14, 6, 2, 6, 14],
            [14, 14, 2, 6, 14, 10, 14, 6],
            [10, 2, 14, 10, 10, 14, 2, 2],
            [2, 10, 6, 2, 2, 6, 10, 10],
            [3, 5, 15, 7, 9, 5, 7, 15],
            [11, 13, 7, 15, 1, 13, 15, 7],
            [15, 1, 11, 3, 5, 9, 3, 3],
            [7, 9, 3, 11, 13, 1, 11, 11],
            [5, 3, 5, 9, 15, 7, 1, 1],
            [13, 11, 13, 1, 7, 15, 9, 9],
            [9, 7, 1, 13, 3, 11, 5, 13],
            [1, 15, 9, 5, 11, 3, 13, 5],
        ];
        for (i, point) in (0..).zip(expected) {
            for (dimension, x) in point.into_iter().enumerate() {
                assert_eq!(digits(&directions(dimension), i ^ (i >> 1)), x << 28, "point {i}, dimension {dimension}");
            }
        }
        // The last of 1,024 points in higher dimensions, from the same.
        let last = [(8, 0.3447265625), (20, 0.8662109375), (63, 0.0400390625), (100, 0.2373046875), (127, 0.7001953125)];
        for (dimension, x) in last {
            assert_eq!(
                f64::from(digits(&directions(dimension), 1023 ^ (1023 >> 1))) / f64::from(u32::MAX),
                x * (1.0 + 1.0 / f64::from(u32::MAX))
            );
        }
    }

    #[test]
    fn scrambled_points_are_nets() {
        // Sobol's first two dimensions are a (0, m, 2)-net in base 2: of 2^m points, each box of 2^-a by 2^-(m-a) has one, and
        // scrambling keeps that. Every coordinate alone has one point in each of 2^m intervals.
        for scramble in [0, 5, 15] {
            let found = points::<40>(Sampling::Sobol, 256 * SCRAMBLES, SEED, scramble);
            for a in 0..=8 {
                let mut boxes = vec![0; 256];
                for point in &found {
                    let at = |x: f64, bits: u32| (x * f64::from(1 << bits)) as usize;
                    boxes[at(point[0], a) << (8 - a) | at(point[1], 8 - a)] += 1;
                }
                assert!(boxes.iter().all(|count| *count == 1), "scramble {scramble}, {a} digits of the first");
            }
            for dimension in 0..40 {
                let mut strata: Vec<usize> = found.iter().map(|point| (point[dimension] * 256.0) as usize).collect();
                strata.sort_unstable();
                assert!(strata.into_iter().eq(0..256), "scramble {scramble}, dimension {dimension}");
            }
        }
    }

    #[test]
    fn latin_points_have_one_in_each_stratum() {
        for worlds in [256, 400, 1008, 4096] {
            let strata = (worlds / SCRAMBLES) as usize;
            let found = points::<6>(Sampling::Latin, worlds, SEED, 3);
            for dimension in 0..6 {
                let mut at: Vec<usize> = found.iter().map(|point| (point[dimension] * strata as f64) as usize).collect();
                at.sort_unstable();
                assert!(at.into_iter().eq(0..strata), "{worlds} worlds, dimension {dimension}");
            }
        }
    }

    /// The largest distance of a sample from the uniform law, times √n (Kolmogorov).
    fn kolmogorov(mut sample: Vec<f64>) -> f64 {
        sample.sort_by(f64::total_cmp);
        let n = sample.len() as f64;
        let distance = sample.iter().enumerate().map(|(i, x)| (x - i as f64 / n).abs().max(((i + 1) as f64 / n - x).abs()));
        distance.fold(0.0, f64::max) * n.sqrt()
    }

    #[test]
    fn one_world_over_many_seeds_is_uniform_in_every_dimension() {
        // Spread points are uniform one by one. 2.0 is passed with a chance of 2 exp(-8) = 0.0007 for each of 24.
        for sampling in [Sampling::Sobol, Sampling::Latin] {
            for world in [0, 17, 4095] {
                for dimension in [0, 1, 7, 39] {
                    let points = Points::new(sampling, 40, 4096).unwrap();
                    let sample = (0..2000).map(|seed| points.uniform(seed, world, dimension, tag(dimension))).collect();
                    let distance = kolmogorov(sample);
                    assert!(distance < 2.0, "{sampling:?}, world {world}, dimension {dimension}: {distance}");
                }
            }
        }
    }

    #[test]
    fn two_worlds_and_two_dimensions_are_as_dependent_as_they_should_be() {
        // Over seeds: two dimensions of one world are independent, and two scrambles too. Two points of one scramble avoid each other:
        // in a Latin hypercube of n strata by -1 / n in correlation; of 16 points here -0.0625. Four standard errors are 4 / √20,000 = 0.028.
        let n = 20_000;
        for sampling in [Sampling::Sobol, Sampling::Latin] {
            let points = Points::new(sampling, 2, 256).unwrap();
            let correlation = |a: (u64, usize), b: (u64, usize)| {
                let of = |seed, (world, dimension): (u64, usize)| points.uniform(seed, world, dimension, tag(dimension)) - 0.5;
                (0..n).map(|seed| 12.0 * of(seed, a) * of(seed, b)).sum::<f64>() / n as f64
            };
            assert!(correlation((0, 0), (0, 1)).abs() < 0.028, "{sampling:?}");
            assert!(correlation((0, 0), (1, 0)).abs() < 0.028, "{sampling:?}");
            let apart = (correlation((0, 0), (16, 0)) + correlation((32, 1), (240, 1))) / 2.0;
            if sampling == Sampling::Latin {
                assert!((apart + 0.0625).abs() < 0.028, "{apart}");
            }
        }
    }

    #[test]
    fn permutations_are_permutations_and_evenly_so() {
        for n in [1, 2, 3, 16, 25, 63, 64, 65, 1000] {
            let draws = Draws::new(PathKey::scramble(SEED, 0), tag(0));
            let mut image: Vec<u64> = (0..n).map(|place| permuted(place, n, draws)).collect();
            image.sort_unstable();
            assert!(image.into_iter().eq(0..n), "{n}");
        }
        // Where 0 and 1 go, of 5 × 4 ordered pairs: chi squared with 19 degrees of freedom passes 43.8 with a chance of 0.001.
        let mut pairs = [0.0_f64; 25];
        for seed in 0..20_000 {
            let draws = Draws::new(PathKey::scramble(seed, 0), tag(0));
            pairs[(permuted(0, 5, draws) * 5 + permuted(1, 5, draws)) as usize] += 1.0;
        }
        let chi: f64 = (0..25).filter(|i| i / 5 != i % 5).map(|i| libm::pow(pairs[i] - 1000.0, 2.0) / 1000.0).sum();
        assert!(chi < 43.8, "{chi}");
    }

    #[test]
    fn a_sum_of_inputs_is_known_far_better() {
        // The mean of x_1 + … + x_8 over 64 points of a Latin hypercube has a variance of 8 / (12 n^3) against 8 / (12 n) of independent
        // ones: 4,096 times less. Sobol's coordinates are such strata too. A variance from 16 scrambles is off by a factor
        // below 4 with a chance of 1 - 1e-5.
        for sampling in [Sampling::Sobol, Sampling::Latin] {
            let means: Vec<f64> = (0..SCRAMBLES)
                .map(|scramble| {
                    points::<8>(sampling, 64 * SCRAMBLES, SEED, scramble).iter().map(|x| x.iter().sum::<f64>()).sum::<f64>() / 64.0
                })
                .collect();
            let variance = means.iter().map(|mean| libm::pow(mean - 4.0, 2.0)).sum::<f64>() / SCRAMBLES as f64;
            let gain = 8.0 / (12.0 * 64.0) / variance;
            assert!((1024.0..16_384.0).contains(&gain), "{sampling:?}: {gain}");
        }
    }

    #[test]
    fn independent_worlds_keep_their_draws_and_too_many_dimensions_are_refused() {
        let points = Points::new(Sampling::Random, 500, 1000).unwrap();
        assert_eq!(points.uniform(SEED, 3, 9, tag(9)), Draws::new(PathKey::world(SEED, 3), tag(9)).uniform(0, 0));
        assert!(Points::new(Sampling::Sobol, 128, 256).is_ok() && Points::new(Sampling::Latin, 500, 256).is_ok());
        let refused = Points::new(Sampling::Sobol, 129, 256).unwrap_err().to_string();
        assert!(refused.starts_with("128 uncertain numbers") && refused.contains("for 127 of them"), "{refused}");
    }
}
