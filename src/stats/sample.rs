//! What a tally knows of one cell: moments with honest errors, and the split of the variance.
//!
//! Paths of one world share its draws of what nobody knows, so they count as alike as they are: errors
//! come from the spread between worlds (the linearised ratio estimator for clusters).
//!
//! Worlds that come in scrambles depend on each other inside one. Errors then come from the spread between scrambles; they are
//! few, so that an error is told as large as makes ± 1.96 of it a 95% interval by Student's t.
//!
//! A variance is a difference of two large sums. It is taken in 256-bit integers, exactly, and made
//! real last; no digits are lost however large the mean is against the spread.

use super::cells::Totals;
use super::clusters::{Alike, Clusters};
use super::quantile::Histogram;
use super::scrambles::{Between, Gain, WIDENING};
use super::wide::Wide;
use std::array;

/// The distribution of one cell over paths. Moments are of the finished worlds.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'a> {
    pub(super) totals: &'a Totals,
    pub(super) worlds: u64,
    pub(super) paths_per_world: u64,
    pub(super) histogram: Histogram<'a>,
    pub(super) between: Option<Between<'a>>,
    pub(super) clusters: &'a Clusters,
    pub(super) cell: usize,
}

/// The variance of an outcome, split by one-way analysis of variance over worlds (`model.md` O25).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VarianceSplit {
    /// Inside worlds: what would remain if everything unknown were known.
    pub chance: f64,
    /// Between worlds. Unbiased, so it may come out slightly negative.
    pub ignorance: f64,
}

impl VarianceSplit {
    /// The share of ignorance in the whole.
    pub fn ignorance_share(self) -> f64 {
        self.ignorance / (self.chance + self.ignorance)
    }
}

impl<'a> Sample<'a> {
    /// The counts of its values.
    pub fn histogram(self) -> Histogram<'a> {
        self.histogram
    }

    /// Paths in which it is defined.
    pub fn count(self) -> u64 {
        self.worlds.saturating_mul(self.paths_per_world).saturating_sub(self.totals.gaps.0)
    }

    /// Mean.
    pub fn mean(self) -> Option<f64> {
        (self.count() > 0).then(|| self.totals.value.0 as f64 / self.count() as f64)
    }

    /// Standard deviation over paths, with n − 1.
    pub fn std_dev(self) -> Option<f64> {
        self.spread(self.value())
    }

    /// Standard error of the mean. With a single world there is nothing to compare it with, and paths
    /// count as independent: s / √n, the error given that world. Of scrambles, that of Student's t over 1.96.
    pub fn std_error(self) -> Option<f64> {
        match self.between {
            Some(between) => between.error_of_mean().map(|error| WIDENING * error),
            None => self.error(self.value()),
        }
    }

    /// What scrambles gained for the mean; `None` without scrambles, or where nothing varies.
    pub fn gain_of_mean(self) -> Option<Gain> {
        gain(self.between?.error_of_mean()?, self.error(self.value())?)
    }

    /// The same for the share of zeros.
    pub fn gain_of_zeros(self) -> Option<Gain> {
        gain(self.between?.error_of_zeros()?, self.error(self.zeros())?)
    }

    /// The same for the share of paths at or below the quantile at `p`; `None` also where one value holds 2% of the paths or more,
    /// because such a quantile does not move.
    pub fn gain_at(self, p: f64) -> Option<Gain> {
        const ATOM: f64 = 0.02;
        let (error, inside) = self.between?.error_at(p)?;
        let independent = (p * (1.0 - p) * self.design_effect_at(&self.clusters.of(self.cell), p)? / self.count() as f64).sqrt();
        gain(error, independent).filter(|_| inside < ATOM)
    }

    /// Share of paths at exactly zero.
    pub fn share_zero(self) -> Option<f64> {
        (self.count() > 0).then(|| self.totals.zeros.0 as f64 / self.count() as f64)
    }

    /// Standard error of [`Self::share_zero`].
    pub fn share_zero_std_error(self) -> Option<f64> {
        match self.between {
            Some(between) => between.error_of_zeros().map(|error| WIDENING * error),
            None => self.error(self.zeros()),
        }
    }

    /// The 95% intervals of the quantiles at some probabilities, or those that reach so many times as far. `None` where one reaches beyond the smallest or largest path.
    ///
    /// Ranks on either side of n p: as far as the share of paths at or below the quantile may be off, by how alike the paths of a world
    /// are there or, of scrambles, by their spread. Known of outcomes.
    pub fn quantile_intervals<const N: usize>(self, probabilities: [f64; N], widening: f64) -> [Option<(i64, i64)>; N] {
        let design_effects = match self.between {
            None => {
                let alike = self.clusters.of(self.cell);
                probabilities.map(|p| self.design_effect_at(&alike, p))
            }
            Some(between) => probabilities.map(|p| {
                let error = WIDENING * between.error_at(p)?.0;
                Some(error * error * self.count() as f64 / (p * (1.0 - p)))
            }),
        };
        array::from_fn(|i| self.histogram.quantile_interval(probabilities[i], design_effects[i]? * widening * widening))
    }

    /// The shares of paths above and below zero, each with its standard error where that is known, of outcomes.
    pub fn signs(self) -> Option<[(f64, Option<f64>); 2]> {
        let n = self.count() as f64;
        let paths = |holds: fn(i16) -> bool| self.histogram.bins().filter(|(bin, _)| holds(*bin)).map(|(_, paths)| paths).sum::<u64>();
        let alike = self.clusters.of(self.cell);
        let sign = |paths: u64, part: f64| {
            let share = paths as f64 / n;
            (share, self.design_effect(&alike, 0, part).map(|effect| (share * (1.0 - share) * effect / n).sqrt()))
        };
        // What is above zero is known as well as what is not.
        (n > 0.0).then(|| [sign(paths(|bin| bin > 0), 1.0), sign(paths(|bin| bin < 0), 0.0)])
    }

    /// How many paths carry the information of one independent path about the share of paths at or below the quantile at `p`.
    fn design_effect_at(self, alike: &Alike, p: f64) -> Option<f64> {
        let (bin, part) = self.histogram.bin_at(p)?;
        self.design_effect(alike, bin, part)
    }

    /// The same of the share of paths in lower bins and of that part of one, 1 + (m − 1) ρ. `None` where no world is kept path by path.
    ///
    /// Where none of the kept paths differ, though others do, worlds count as wholly alike.
    fn design_effect(self, alike: &Alike, bin: i16, part: f64) -> Option<f64> {
        if self.worlds < 2 || self.paths_per_world < 2 {
            return Some(1.0);
        }
        if !self.clusters.keep_any() {
            return None;
        }
        let weight = |other: i16| if other == bin { part } else { f64::from(u8::from(other < bin)) };
        let mut weights = self.histogram.bins().map(|(bin, _)| weight(bin));
        let first = weights.next()?;
        if weights.all(|weight| weight == first) {
            return Some(1.0);
        }
        let size = self.world_size_squares() as f64 / self.count() as f64;
        Some(1.0 + (size - 1.0) * alike.correlation(bin, part).unwrap_or(1.0))
    }

    /// Σ m² over worlds in which m paths define the cell.
    fn world_size_squares(self) -> u64 {
        let (m, gaps) = (self.paths_per_world, self.totals.gaps);
        self.worlds.wrapping_mul(m).wrapping_mul(m).wrapping_sub(2_u64.wrapping_mul(m).wrapping_mul(gaps.0)).wrapping_add(gaps.1)
    }

    /// The variance split. `None` with one world or one path per world, if some path leaves it undefined,
    /// or if all paths agree.
    pub fn variance_split(self) -> Option<VarianceSplit> {
        let (n, worlds, m) = (self.count(), self.worlds, self.paths_per_world);
        if worlds < 2 || m < 2 || self.totals.gaps.0 > 0 {
            return None;
        }
        let Quantity { sum, squares, world_squares, .. } = self.value();
        // MSB = (W ΣS² − (ΣS)²) / (n (W − 1)) and MSW = (m Σx² − ΣS²) / (n (m − 1)).
        let between = world_squares.times(worlds).minus(Wide::square(sum)).real() / (n as f64 * (worlds - 1) as f64);
        let chance = Wide::product(squares, m.into()).minus(world_squares).real() / (n as f64 * (m - 1) as f64);
        let split = VarianceSplit { chance, ignorance: (between - chance) / m as f64 };
        (between + chance > 0.0).then_some(split)
    }

    fn value(self) -> Quantity {
        let totals = self.totals;
        Quantity { sum: totals.value.0, squares: totals.square, world_squares: totals.value.1, lost: totals.lost.0 }
    }

    /// 1 for each path at zero.
    fn zeros(self) -> Quantity {
        let (zeros, world_squares) = self.totals.zeros;
        let world_squares = Wide { high: 0, low: world_squares.into() };
        Quantity { sum: zeros.into(), squares: zeros.into(), world_squares, lost: self.totals.lost.1.into() }
    }

    /// √((n Σx² − (Σx)²) / (n (n − 1))).
    fn spread(self, x: Quantity) -> Option<f64> {
        let n = self.count();
        let numerator = Wide::product(x.squares, n.into()).minus(Wide::square(x.sum));
        (n > 1).then(|| (numerator.real() / n as f64 / (n - 1) as f64).sqrt())
    }

    /// √(W/(W−1) Σ (S_j − x̄ m_j)²) / n over the W worlds that define the cell, in m_j paths.
    ///
    /// With m_j = m in all worlds this is √(Σ (S_j/m − x̄)² / (W (W−1))).
    fn error(self, x: Quantity) -> Option<f64> {
        let n = self.count();
        let worlds = self.worlds.saturating_sub(self.totals.absent);
        if worlds < 2 || n < 2 {
            return self.spread(x).map(|spread| spread / (n as f64).sqrt());
        }
        // n² Σ (S_j − x̄ m_j)² = n² ΣS² − 2 n ΣS ΣSm + (ΣS)² Σm².
        let m = self.paths_per_world;
        let m_squares = self.world_size_squares();
        let cross = x.sum.wrapping_mul(i128::from(m)).wrapping_sub(x.lost);
        let first = x.world_squares.times(n.wrapping_mul(n)).plus(Wide::square(x.sum).times(m_squares));
        let second = Wide::product(x.sum.unsigned_abs(), cross.unsigned_abs()).times(n).times(2);
        let residuals = if (x.sum < 0) == (cross < 0) { first.minus(second) } else { first.plus(second) };
        let n = n as f64;
        let worlds = worlds as f64;
        Some((residuals.real() * (worlds / (worlds - 1.0))).sqrt() / (n * n))
    }
}

fn gain(std_error: f64, independent: f64) -> Option<Gain> {
    (independent > 0.0 && std_error > 0.0).then_some(Gain { std_error, independent })
}

/// A quantity x of each path that sums to S in a world with u undefined paths.
#[derive(Clone, Copy)]
struct Quantity {
    /// Sum of x.
    sum: i128,
    /// Sum of x².
    squares: u128,
    /// Sum of S².
    world_squares: Wide,
    /// Sum of S u.
    lost: i128,
}

#[cfg(test)]
mod tests {
    use super::super::UNDEFINED;
    use super::super::samples::tally_of;
    use super::super::{Record, Recorder, Tally, TallyShape};
    use super::*;

    fn design_effect(tally: &Tally, p: f64) -> Option<f64> {
        tally.outcome(0).design_effect_at(&tally.outcomes.clusters.of(0), p)
    }

    fn near(found: Option<f64>, expected: f64) -> bool {
        // A handful of roundings of 2^-53 each.
        found.is_some_and(|found| (found - expected).abs() <= 1e-15 * expected.abs())
    }

    #[test]
    fn moments_are_those_worked_by_hand() {
        // Worlds (1, 3) and (4, 8): mean 16 / 4; squares 90, so variance (90 − 64) / 3; world means 2 and 6,
        // so standard error √((4 + 4) / (2 × 1)).
        let tally = tally_of(2, &[1, 3, 4, 8]);
        let sample = tally.outcome(0);
        assert_eq!((sample.count(), sample.mean(), sample.share_zero()), (4, Some(4.0), Some(0.0)));
        assert!(near(sample.std_dev(), (26.0_f64 / 3.0).sqrt()));
        assert!(near(sample.std_error(), 2.0));
        // MSB = 2 (4 + 4) / 1 = 16; MSW = (1 + 1 + 4 + 4) / 2 = 5; ignorance (16 − 5) / 2.
        assert_eq!(sample.variance_split(), Some(VarianceSplit { chance: 5.0, ignorance: 5.5 }));
        assert!(near(sample.variance_split().map(VarianceSplit::ignorance_share), 5.5 / 10.5));
    }

    #[test]
    fn zeros_are_counted_with_the_error_between_worlds() {
        // Zeros 2 of 3 and 1 of 3: √((1/36 + 1/36) / (2 × 1)) = 1/6.
        let tally = tally_of(3, &[0, 0, 1, 0, 1, 1]);
        assert_eq!(tally.outcome(0).share_zero(), Some(0.5));
        assert!(near(tally.outcome(0).share_zero_std_error(), 1.0 / 6.0));
    }

    #[test]
    fn undefined_paths_weigh_nothing() {
        // Worlds (1, undefined) and (4, 8): mean 13/3; residuals 1 − 13/3 = −10/3 and 12 − 26/3 = 10/3;
        // standard error √(2/1 × 200/9) / 3 = 20/9.
        let tally = tally_of(2, &[1, UNDEFINED, 4, 8]);
        let sample = tally.outcome(0);
        assert_eq!(sample.count(), 3);
        assert!(near(sample.mean(), 13.0 / 3.0));
        assert!(near(sample.std_error(), 20.0 / 9.0));
        assert_eq!(sample.variance_split(), None);
        // Means of opposite signs: worlds (−1, undefined) and (1, 1), mean 1/3; residuals −4/3 and 4/3; √(2 × 32/9) / 3 = 8/9.
        assert!(near(tally_of(2, &[-1, UNDEFINED, 1, 1]).outcome(0).std_error(), 8.0 / 9.0));
        // Only one world defines it: within that world s = √8, over √2.
        assert!(near(tally_of(2, &[UNDEFINED, UNDEFINED, 4, 8]).outcome(0).std_error(), 2.0));
        let none = tally_of(2, &[UNDEFINED, UNDEFINED]);
        let none = none.outcome(0);
        assert_eq!((none.count(), none.mean(), none.std_dev(), none.std_error(), none.share_zero()), (0, None, None, None, None));
    }

    #[test]
    fn one_world_or_one_path_a_world_have_the_plain_error() {
        // 1, 3, 4, 8 as above: √(26/3) / √4.
        let expected = (26.0_f64 / 12.0).sqrt();
        for paths_per_world in [1, 4] {
            let tally = tally_of(paths_per_world, &[1, 3, 4, 8]);
            assert!(near(tally.outcome(0).std_error(), expected));
            assert_eq!(tally.outcome(0).variance_split(), None);
            assert_eq!(design_effect(&tally, 0.5), Some(1.0));
        }
        let single = tally_of(1, &[5]);
        assert_eq!((single.outcome(0).mean(), single.outcome(0).std_dev(), single.outcome(0).std_error()), (Some(5.0), None, None));
    }

    #[test]
    fn paths_that_agree_have_no_spread_and_nothing_to_split() {
        let tally = tally_of(2, &[7, 7, 7, 7]);
        let sample = tally.outcome(0);
        assert_eq!((sample.std_dev(), sample.std_error(), sample.variance_split()), (Some(0.0), Some(0.0), None));
        // Alike inside worlds, worlds no more apart than chance has it: worlds (1, 3), (3, 1) give −1 of 2 − 1.
        let split = tally_of(2, &[1, 3, 3, 1]).outcome(0).variance_split().unwrap();
        assert_eq!((split.chance, split.ignorance), (2.0, -1.0));
    }

    #[test]
    fn a_small_spread_around_a_large_mean_keeps_its_digits() {
        // 2^47 + (0, 1, 2): variance 1. In doubles squares of 2^47 would have steps of 2^42.
        let tally = tally_of(1, &[0, 1, 2].map(|x| (1 << 47) + x));
        assert_eq!(tally.outcome(0).std_dev(), Some(1.0));
        assert!(near(tally.outcome(0).std_error(), (1.0_f64 / 3.0).sqrt()));
    }

    #[test]
    fn the_variance_splits_as_the_two_level_oracle_says() {
        // O25: Y = 1 with probability p, p ~ Beta(2, 6) in each world: ignorance Var p = 2 × 6 / (8² × 9) = .0208333,
        // chance E p(1 − p) = .25 × .75 − .0208333 = .1666667, share 1/9. The second smallest of seven uniforms is
        // Beta(2, 6). The mean of 60 runs of 200 worlds × 10 paths must lie within 4 of its standard errors. The share,
        // a ratio, is biased by less than 1 / (2 × 200) of itself.
        let mut state = 0x2545_F491_4F6C_DD1D_u64;
        let mut uniform = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        let runs: Vec<[f64; 3]> = (0..60)
            .map(|_| {
                let mut values = Vec::new();
                for _ in 0..200 {
                    let mut draws = [(); 7].map(|()| uniform());
                    draws.sort_by(f64::total_cmp);
                    values.extend([(); 10].map(|()| i64::from(uniform() < draws[1])));
                }
                let split = tally_of(10, &values).outcome(0).variance_split().unwrap();
                [split.ignorance, split.chance, split.ignorance_share()]
            })
            .collect();
        for (which, (expected, bias)) in [(1.0 / 48.0, 0.0), (1.0 / 6.0, 0.0), (1.0 / 9.0, 1.0 / 9.0 / 400.0)].into_iter().enumerate() {
            let mean = runs.iter().map(|run| run[which]).sum::<f64>() / 60.0;
            let variance = runs.iter().map(|run| (run[which] - mean) * (run[which] - mean)).sum::<f64>() / 59.0;
            let error = (variance / 60.0).sqrt();
            assert!((mean - expected).abs() <= 4.0 * error + bias, "{mean} ± {error} instead of {expected}");
            // The smallest error it would notice is a tenth of the expected value.
            assert!(4.0 * error < 0.1 * expected, "{error}");
        }
    }

    #[test]
    fn paths_of_a_world_that_are_one_path_ten_times_count_as_one() {
        let values: Vec<i64> = (0..80).map(|path| path / 10 + 1).collect();
        // 8 / 7 × 10 is more than ten paths can have.
        assert_eq!(design_effect(&tally_of(10, &values), 0.3), Some(10.0));
    }

    #[test]
    fn paths_of_a_world_are_as_alike_at_each_value_as_they_are_there() {
        // Worlds (1, 2), (1, 2), (9, 9), (1, 2), each twice. Up to 1 lie 1, 1, 0, 1 paths of them, .375 of all: residuals ¼, ¼, −¾, ¼;
        // 8/7 × (6 × .0625 + 2 × .5625) / (16 × .375 × .625) = .46, no more alike than chance has it. Up to 2 lie all or none:
        // 8/7 × (6 × .25 + 2 × 2.25) / (16 × .75 × .25) = 16/7, more than two paths can have.
        let values = [1, 2, 1, 2, 9, 9, 1, 2].repeat(2);
        let tally = tally_of(2, &values);
        assert_eq!([0.375, 0.75].map(|p| design_effect(&tally, p)), [Some(1.0), Some(2.0)]);
        // Months keep no path by itself, and say so.
        let mut recorder = Recorder::new(TallyShape { months: 1, monthly_cells: 1, outcome_cells: 0, ..tally.shape().clone() });
        for (path, value) in (0..).zip(&values) {
            recorder.push(path / 2, path % 2, &Record { monthly: vec![*value], ..Record::default() }).unwrap();
        }
        assert_eq!(recorder.finish().unwrap().monthly(0).quantile_intervals([0.5], 1.0), [None]);
    }

    #[test]
    fn the_first_paths_of_the_first_worlds_speak_for_all() {
        // Worlds of 40 paths, all or none of which are 1: one path of 40 is as good as all.
        let alike: Vec<i64> = (0..4000).map(|path| i64::from(path / 40 % 3 == 0)).collect();
        let tally = tally_of(40, &alike);
        assert_eq!(design_effect(&tally, 0.5), Some(40.0));
        let zero = tally.outcome(0).share_zero().unwrap();
        let [(above, error), (below, none)] = tally.outcome(0).signs().unwrap();
        assert!((above - (1.0 - zero)).abs() < 1e-15 && below == 0.0 && none == Some(0.0));
        assert!(near(error, (above * zero / 100.0).sqrt()));
    }
}
