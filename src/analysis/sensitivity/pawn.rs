//! PAWN (Pianosi and Wagener 2015, 2018): how far knowing an input moves the distribution of an outcome, luck included.
//!
//! The largest distance between the distribution function of the outcome where the input is in one of five equal bins, and the one of
//! all. It needs no independence between inputs. The plain estimate is never zero; here the worlds are in five folds, four of which say
//! for the fifth in which bin, at which value and in which direction the distance is largest: without any effect the mean is zero.

use super::Valued;
use crate::stats::{Z95, doubled_ranks};

/// Bins of an input that has more values than this.
const BINS: usize = 5;
/// Folds of worlds.
const FOLDS: usize = 5;
/// Distribution functions are compared at so many quantiles of the outcome.
const GRID: usize = 99;

/// For each world and each place of the grid, the share of its paths at or below it; and the mean of all worlds.
pub struct Curves {
    shares: Vec<Vec<f64>>,
    overall: Vec<f64>,
}

/// Where two distributions are furthest apart, and in which direction; direction 0 if they are nowhere apart.
#[derive(Clone, Copy, Default)]
struct Witness {
    bin: usize,
    place: usize,
    sign: f64,
    distance: f64,
}

impl Curves {
    /// The curves of an outcome from the paths of independent worlds.
    pub fn new(worlds: &[&[f64]]) -> Self {
        let mut all: Vec<f64> = worlds.iter().flat_map(|paths| paths.iter().copied()).collect();
        all.sort_by(f64::total_cmp);
        let mut grid: Vec<f64> = (1..=GRID).filter_map(|i| all.get(i * all.len() / (GRID + 1)).copied()).collect();
        grid.dedup();
        let curve = |paths: &&[f64]| -> Vec<f64> {
            let below = |place: &f64| paths.iter().filter(|value| *value <= place).count() as f64 / paths.len() as f64;
            grid.iter().map(below).collect()
        };
        let shares: Vec<Vec<f64>> = worlds.iter().map(curve).collect();
        let mut overall = vec![0.0; grid.len()];
        shares.iter().for_each(|curve| overall.iter_mut().zip(curve).for_each(|(sum, share)| *sum += share / shares.len() as f64));
        Self { shares, overall }
    }

    /// The index of an input that puts each world in a bin.
    ///
    /// Its error is that of means over worlds, and that of a truth anywhere between it and the plain estimate, gap / √3: between the
    /// means of the two it lies, for the place of the largest distance is not known.
    fn index(&self, bins: &[usize]) -> Valued {
        let n = self.shares.len();
        // By fold and bin: how many worlds, and the sum of their distances from all.
        let mut counts = [[0.0; BINS]; FOLDS];
        let mut sums = vec![vec![vec![0.0; self.overall.len()]; BINS]; FOLDS];
        for (world, (curve, bin)) in self.shares.iter().zip(bins).enumerate() {
            counts[world % FOLDS][*bin] += 1.0;
            let beyond = curve.iter().zip(&self.overall).map(|(share, overall)| share - overall);
            sums[world % FOLDS][*bin].iter_mut().zip(beyond).for_each(|(sum, beyond)| *sum += beyond);
        }
        let witness = |left_out: Option<usize>| {
            let folds = || (0..FOLDS).filter(|fold| Some(*fold) != left_out);
            let mut furthest = Witness::default();
            for bin in 0..BINS {
                let count: f64 = folds().map(|fold| counts[fold][bin]).sum();
                for place in 0..self.overall.len() {
                    let distance = folds().map(|fold| sums[fold][bin][place]).sum::<f64>() / count.max(1.0);
                    if distance.abs() > furthest.distance {
                        furthest = Witness { bin, place, sign: distance.signum(), distance: distance.abs() };
                    }
                }
            }
            furthest
        };
        let witnesses: [Witness; FOLDS] = std::array::from_fn(|fold| witness(Some(fold)));
        let sizes = counts.map(|bins| bins.iter().sum::<f64>());
        // What a world says of its fold's distance: in the bin, and in all.
        let said = |world: usize| {
            let (fold, Witness { bin, place, sign, .. }) = (world % FOLDS, witnesses[world % FOLDS]);
            let beyond = if sign == 0.0 { 0.0 } else { sign * (self.shares[world][place] - self.overall[place]) };
            let weight = if bins[world] == bin { sizes[fold] / counts[fold][bin] } else { 0.0 };
            (fold, beyond * (weight - 1.0), weight)
        };
        let mut distances = [0.0; FOLDS];
        for (fold, term, _) in (0..n).map(said) {
            distances[fold] += term / sizes[fold];
        }
        let value = distances.iter().zip(sizes).map(|(distance, size)| distance * size).sum::<f64>() / n as f64;
        let influence = |(fold, term, weight): (usize, f64, f64)| term - distances[fold] * weight;
        let squares: f64 = (0..n).map(said).map(influence).map(|influence| influence * influence).sum();
        let gap = witness(None).distance - value;
        Valued { value, std_error: (squares / (n as f64 * (n as f64 - 1.0)) + gap * gap / 3.0).sqrt() }
    }

    /// The index, and its floor: the largest of so many copies of the input in which worlds have the input of others.
    ///
    /// Folds learn from each other, so that where nothing has an effect all of them may err to one side; the floor tells that. An index that does not
    /// stand out of it has an interval that reaches zero.
    pub fn index_and_floor(&self, bins: &[usize], copies: usize) -> (Valued, f64) {
        let (Valued { value, std_error }, floor) = (self.index(bins), self.floor(bins, copies));
        let std_error = if value > floor { std_error } else { std_error.max(value / Z95) };
        (Valued { value, std_error }, floor)
    }

    fn floor(&self, bins: &[usize], copies: usize) -> f64 {
        let turned = |copy: usize| {
            let by = (copy + 1) * bins.len() / (copies + 1);
            [&bins[by..], &bins[..by]].concat()
        };
        (0..copies).map(|copy| self.index(&turned(copy)).value).fold(0.0, f64::max)
    }
}

/// The bin of each value: one for each value if they are few, else five with equal numbers; equal values share one.
pub fn bins(values: &[f64]) -> Vec<usize> {
    let ranks = doubled_ranks(values).unwrap_or_default();
    let mut distinct = ranks.clone();
    distinct.sort_unstable();
    distinct.dedup();
    let of = |rank: &i64| match distinct.len() > BINS {
        // Doubled ranks run from 2 to twice the number of values.
        true => (BINS * (*rank as usize - 1) / (2 * values.len())).min(BINS - 1),
        false => distinct.partition_point(|other| other < rank),
    };
    ranks.iter().map(of).collect()
}
