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

use super::Likeness;
use super::cells::Totals;
use super::quantile::Histogram;
use super::scrambles::{Between, Gain, WIDENING};
use super::wide::Wide;

/// The distribution of one cell over paths. Moments are of the finished worlds.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'a> {
    totals: &'a Totals,
    worlds: u64,
    paths_per_world: u64,
    histogram: Histogram<'a>,
    between: Option<Between<'a>>,
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
    pub(super) fn new(
        totals: &'a Totals,
        worlds: u64,
        paths_per_world: u64,
        histogram: Histogram<'a>,
        between: Option<Between<'a>>,
    ) -> Self {
        Self { totals, worlds, paths_per_world, histogram, between }
    }

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
        let independent = (p * (1.0 - p) * self.likeness().design_effect(p) / self.count() as f64).sqrt();
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
    /// Ranks on either side of n p: as far as the share of paths at or below the quantile may be off, by the likeness of worlds or, of
    /// scrambles, by their spread.
    pub fn quantile_intervals<const N: usize>(self, probabilities: [f64; N], widening: f64) -> [Option<(i64, i64)>; N] {
        let Some(between) = self.between else {
            let likeness = self.likeness();
            return probabilities.map(|p| self.histogram.quantile_interval(p, likeness.design_effect(p) * widening * widening));
        };
        let design_effect = |p: f64| {
            let error = WIDENING * between.error_at(p)?.0;
            Some(error * error * self.count() as f64 / (p * (1.0 - p)))
        };
        probabilities.map(|p| self.histogram.quantile_interval(p, design_effect(p)? * widening * widening))
    }

    /// How alike the paths of one world are, by rank: from their bins, which rise with values, and where zero is the least
    /// value also from the share of paths there.
    pub fn likeness(self) -> Likeness {
        let (sum, world_squares) = self.totals.bins;
        let world_squares = Wide { high: 0, low: world_squares };
        let bins = Quantity { sum: sum.into(), squares: self.histogram.bin_squares(), world_squares, lost: self.totals.lost.2 };
        let likeness = Likeness::of_mean(self.design_effect(bins), self.paths_per_world, |shares| self.histogram.bins_at(shares));
        let least = self.histogram.buckets().next();
        match self.share_zero() {
            Some(share) if share > 0.0 && share < 1.0 && least.is_some_and(|least| least.low == 0) => {
                likeness.at_least_of_share(self.design_effect(self.zeros()), share)
            }
            _ => likeness,
        }
    }

    /// Variance of the mean between worlds over that of independent paths, at least 1.
    fn design_effect(self, x: Quantity) -> f64 {
        match (self.error(x), self.spread(x)) {
            (Some(error), Some(spread)) if spread > 0.0 => (error * error * self.count() as f64 / (spread * spread)).max(1.0),
            _ => 1.0,
        }
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
        let gaps = self.totals.gaps;
        let m_squares =
            self.worlds.wrapping_mul(m).wrapping_mul(m).wrapping_sub(2_u64.wrapping_mul(m).wrapping_mul(gaps.0)).wrapping_add(gaps.1);
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
    use super::*;

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
        // Bins of small integers are the integers: a design effect of 4 × 2² / (26 / 3) for the mean, which is 1 + ρ.
        assert!(near(Some(sample.design_effect(sample.value())), 16.0 * 3.0 / 26.0));
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
            assert!((tally.outcome(0).likeness().design_effect(0.5) - 1.0).abs() < 1e-6);
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
        // A design effect of 80 × .75 × 79 / (80 × 5.25) = 11.3 is more than ten paths can have.
        assert!((tally_of(10, &values).outcome(0).likeness().design_effect(0.3) - 10.0).abs() < 1e-6);
    }

    #[test]
    fn worlds_that_differ_in_having_anything_at_all_count_as_alike_as_they_are_in_that() {
        // Half of the worlds have nothing, the others 1 to 200 at random: the events of having nothing are one event ten times.
        let values: Vec<i64> = (0..800).map(|path| if path / 10 % 2 == 0 { 0 } else { 1 + path * 37 % 200 }).collect();
        assert!(tally_of(10, &values).outcome(0).likeness().design_effect(0.5) > 9.9);
        // Where zero is no end of the scale, it is a value like others.
        let signed: Vec<i64> = values.iter().enumerate().map(|(i, x)| if i % 3 == 0 { -x } else { *x }).collect();
        assert!(tally_of(10, &signed).outcome(0).likeness().design_effect(0.5) < 2.0);
    }
}
