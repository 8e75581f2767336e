//! PAWN (Pianosi and Wagener 2015, 2018): how far knowing an input moves the distribution of an outcome, luck included.
//!
//! The largest distance between the distribution function of the outcome where the input is in one of ten equal bins and the one of
//! all, averaged over the bins. It needs no independence between inputs. The plain estimate is never zero; here one half of the
//! worlds says at which value, and in which direction, a bin is furthest away, and the other half how far: without any effect the
//! mean is zero, and the interval is one of means.

use super::Measure;
use crate::stats::doubled_ranks;

/// Bins of an input that has more values than this.
const BINS: usize = 10;
/// Distribution functions are compared at so many quantiles of the outcome.
const GRID: usize = 99;

/// For each of two halves of independent worlds, `[world][place]`: the share of its paths at or below each place of the grid.
pub struct Curves([Vec<Vec<f64>>; 2]);

impl Curves {
    /// The curves of an outcome, of which each half has the paths of its worlds.
    pub fn new(halves: [Vec<&[f64]>; 2]) -> Self {
        let mut all: Vec<f64> = halves.iter().flatten().flat_map(|paths| paths.iter().copied()).collect();
        all.sort_by(f64::total_cmp);
        let mut grid: Vec<f64> = (1..=GRID).filter_map(|i| all.get(i * all.len() / (GRID + 1)).copied()).collect();
        grid.dedup();
        let curve = |paths: &&[f64]| {
            let below = |place: &f64| paths.iter().filter(|value| *value <= place).count() as f64 / paths.len() as f64;
            grid.iter().map(below).collect()
        };
        Self(halves.map(|worlds| worlds.iter().map(curve).collect()))
    }

    /// The index of an input that puts each world of each half in a bin.
    pub fn index(&self, bins: [&[usize]; 2]) -> Measure {
        let [first, second] = [0, 1].map(|half| Half::new(&self.0[half], bins[half]));
        let [a, b] = [first.measured_at(&second.witnesses()), second.measured_at(&first.witnesses())];
        Measure { value: (a.value + b.value) / 2.0, std_error: libm::hypot(a.std_error, b.std_error) / 2.0 }
    }

    /// The largest index of so many copies of the input in which worlds have the input of others.
    pub fn floor(&self, bins: [&[usize]; 2], copies: usize) -> f64 {
        let turned = |half: usize, copy: usize| {
            let mut bins = bins[half].to_vec();
            let by = (copy + 1) * bins.len() / (copies + 1);
            bins.rotate_left(by);
            bins
        };
        (0..copies).map(|copy| self.index([&turned(0, copy), &turned(1, copy)]).value).fold(0.0, f64::max)
    }
}

/// The bin of each value: one for each value if they are few, else ten with equal numbers; equal values share one.
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

/// One half of the worlds.
struct Half<'a> {
    curves: &'a [Vec<f64>],
    bins: &'a [usize],
    overall: Vec<f64>,
}

/// Where on the grid a bin is furthest from all, and in which direction; direction 0 if that is not known.
#[derive(Clone, Copy, Default)]
struct Witness {
    place: usize,
    sign: f64,
}

impl<'a> Half<'a> {
    fn new(curves: &'a [Vec<f64>], bins: &'a [usize]) -> Self {
        let mut overall = vec![0.0; curves.first().map_or(0, Vec::len)];
        for curve in curves {
            overall.iter_mut().zip(curve).for_each(|(sum, share)| *sum += share / curves.len() as f64);
        }
        Self { curves, bins, overall }
    }

    fn witnesses(&self) -> [Witness; BINS] {
        let mut sums = vec![vec![0.0; self.overall.len()]; BINS];
        for (curve, bin) in self.curves.iter().zip(self.bins) {
            let beyond = curve.iter().zip(&self.overall).map(|(share, overall)| share - overall);
            sums[*bin].iter_mut().zip(beyond).for_each(|(sum, beyond)| *sum += beyond);
        }
        std::array::from_fn(|bin| {
            let furthest = sums[bin].iter().enumerate().max_by(|(_, a), (_, b)| a.abs().total_cmp(&b.abs()));
            furthest.filter(|(_, sum)| **sum != 0.0).map_or_else(Witness::default, |(place, sum)| Witness { place, sign: sum.signum() })
        })
    }

    fn measured_at(&self, witnesses: &[Witness; BINS]) -> Measure {
        let n = self.curves.len() as f64;
        let mut weights = [0.0; BINS];
        self.bins.iter().for_each(|bin| weights[*bin] += 1.0 / n);
        let beyond = |curve: &[f64], Witness { place, sign }: Witness| match sign {
            0.0 => 0.0,
            sign => sign * (curve[place] - self.overall[place]),
        };
        let terms: Vec<f64> = self.curves.iter().zip(self.bins).map(|(curve, bin)| beyond(curve, witnesses[*bin])).collect();
        let value = terms.iter().sum::<f64>() / n;
        // A world counts in its bin, and against every bin in the distribution of all.
        let influence = |(curve, term): (&Vec<f64>, &f64)| {
            let against: f64 = weights.iter().zip(witnesses).map(|(weight, witness)| weight * beyond(curve, *witness)).sum();
            term - value - against
        };
        let squares: f64 = self.curves.iter().zip(&terms).map(influence).map(|influence| influence * influence).sum();
        Measure { value, std_error: (squares / (n * (n - 1.0))).sqrt() }
    }
}
