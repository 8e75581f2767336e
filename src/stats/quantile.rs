//! Quantiles and exceedance curves of a histogram.
//!
//! The quantile at p is the smallest value x with F(x) ≥ p, the one of rank ⌈n p⌉. Inside a bin of
//! several integers ranks are spread evenly, so the answer is exact wherever a bin is one integer.

use super::histogram::range_of;

/// The two-sided 95% point of the normal distribution.
pub const Z95: f64 = 1.959_963_984_540_054;

/// Where the normal distribution function is `p`, by halving: for those who ask for few.
pub fn normal_quantile(p: f64) -> f64 {
    let (mut low, mut high) = (-40.0, 40.0);
    for _ in 0..50 {
        let middle = 0.5 * (low + high);
        let end = if 0.5 * libm::erfc(-middle * std::f64::consts::FRAC_1_SQRT_2) < p { &mut low } else { &mut high };
        *end = middle;
    }
    0.5 * (low + high)
}

/// The counts of a cell's values.
#[derive(Clone, Copy, Debug)]
pub struct Histogram<'a> {
    bits: u32,
    first_bin: i16,
    counts: &'a [u32],
}

/// The values from `low` to `high`, both included, and how many paths have one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Smallest value.
    pub low: i64,
    /// Largest value.
    pub high: i64,
    /// Paths.
    pub count: u64,
}

impl<'a> Histogram<'a> {
    pub(super) fn new(bits: u32, first_bin: i16, counts: &'a [u32]) -> Self {
        Self { bits, first_bin, counts }
    }

    /// The buckets that hold a path, rising.
    pub fn buckets(self) -> impl Iterator<Item = Bucket> + 'a {
        self.bins().map(move |(bin, count)| {
            let (low, high) = range_of(self.bits, bin);
            Bucket { low, high, count }
        })
    }

    /// Number of paths counted.
    pub fn count(self) -> u64 {
        self.bins().map(|(_, count)| count).sum()
    }

    /// Number of paths at exactly zero.
    pub fn zeros(self) -> u64 {
        self.counts.get(-self.first_bin as usize).copied().unwrap_or(0).into()
    }

    /// The quantile at `p`, for 0 < p < 1. `None` of no paths.
    pub fn quantile(self, p: f64) -> Option<i64> {
        self.at_rank(rank(self.count(), p)?)
    }

    /// The quantiles at rising `p`, in one walk over the buckets.
    pub fn quantiles<const N: usize>(self, probabilities: [f64; N]) -> [Option<i64>; N] {
        let count = self.count();
        let mut buckets =
            self.buckets().scan(0, |below, bucket| Some((std::mem::replace(below, *below + bucket.count), bucket))).peekable();
        probabilities.map(|p| {
            let rank = rank(count, p)?;
            while buckets.next_if(|(below, bucket)| below + bucket.count < rank).is_some() {}
            let (below, bucket) = buckets.peek()?;
            Some(inside(*bucket, rank - below))
        })
    }

    /// The quantile at `p` among the paths that are not zero. `None` if there are none.
    pub fn nonzero_quantile(self, p: f64) -> Option<i64> {
        let zero = |bucket: &Bucket| bucket.low == 0;
        at_rank(self.buckets().filter(|bucket| !zero(bucket)), rank(self.count() - self.zeros(), p)?)
    }

    /// The 95% interval of the quantile at `p` from order statistics, where paths carry the information
    /// of `1 / design_effect` independent ones. `None` if it reaches beyond the smallest or largest path.
    pub fn quantile_interval(self, p: f64, design_effect: f64) -> Option<(i64, i64)> {
        let (low, high) = rank_interval(self.count(), p, design_effect)?;
        Some((self.at_rank(low)?, self.at_rank(high)?))
    }

    /// The value of a rank, from 1.
    pub fn at_rank(self, rank: u64) -> Option<i64> {
        at_rank(self.buckets(), rank)
    }

    /// The exceedance curve: (x, share of paths above x), x rising from zero, at most 200 points.
    ///
    /// A bucket is drawn as a straight line between its ends and a gap between buckets as a level one.
    /// Where there are too many buckets, neighbours are drawn as one until 1% of the paths are passed.
    pub fn exceedance(self) -> Vec<(i64, f64)> {
        const MOST_BUCKETS: usize = 97;
        let all = self.count();
        if all == 0 {
            return Vec::new();
        }
        let positive = || self.buckets().filter(|bucket| bucket.low > 0);
        let step = if positive().count() > MOST_BUCKETS { all.div_ceil(MOST_BUCKETS as u64) } else { 1 };
        let mut above: u64 = positive().map(|bucket| bucket.count).sum();
        let share = |paths: u64| paths as f64 / all as f64;
        let mut curve = vec![(0, share(above))];
        let mut drawn = above;
        let mut buckets = positive().peekable();
        while let Some(bucket) = buckets.next() {
            let before = above;
            above -= bucket.count;
            if drawn - above < step && buckets.peek().is_some() {
                continue;
            }
            if curve.last().is_some_and(|(x, _)| *x < bucket.low - 1) {
                curve.push((bucket.low - 1, share(before)));
            }
            curve.push((bucket.high, share(above)));
            drawn = above;
        }
        curve
    }

    /// The bin in which the quantile at `p` lies, and the share of its paths that are below that.
    pub(super) fn bin_at(self, p: f64) -> Option<(i16, f64)> {
        let count = self.count();
        let rank = rank(count, p)?;
        let mut below = 0;
        let (bin, paths) = self.bins().find(|(_, paths)| {
            below += paths;
            below >= rank
        })?;
        Some((bin, ((p * count as f64 - (below - paths) as f64) / paths as f64).clamp(0.0, 1.0)))
    }

    /// The bins that hold a path, rising, and how many they hold.
    pub(super) fn bins(self) -> impl Iterator<Item = (i16, u64)> + 'a {
        (self.first_bin..).zip(self.counts).filter(|(_, count)| **count > 0).map(|(bin, count)| (bin, u64::from(*count)))
    }
}

/// ⌈n p⌉, at least 1; the least excess of a product of doubles does not push it to the next rank.
fn rank(n: u64, p: f64) -> Option<u64> {
    const SLACK: f64 = 1.0 / (1_u64 << 50) as f64;
    let n_real = n as f64;
    (n > 0).then(|| libm::ceil(n_real * p - n_real * SLACK).clamp(1.0, n_real) as u64)
}

/// The number of paths below the quantile is binomial, with mean n p: ranks that it reaches with 95%.
fn rank_interval(n: u64, p: f64, design_effect: f64) -> Option<(u64, u64)> {
    let middle = n as f64 * p;
    let reach = Z95 * (middle * (1.0 - p) * design_effect).sqrt();
    let (low, high) = (libm::ceil(middle - reach), libm::floor(middle + reach) + 1.0);
    (low >= 1.0 && high <= n as f64).then_some((low as u64, high as u64))
}

fn at_rank(buckets: impl Iterator<Item = Bucket>, rank: u64) -> Option<i64> {
    let mut below = 0;
    for bucket in buckets {
        if rank <= below + bucket.count {
            return Some(inside(bucket, rank - below));
        }
        below += bucket.count;
    }
    None
}

/// The middle of the share of a bucket that a rank in it has, in whole numbers.
fn inside(bucket: Bucket, rank: u64) -> i64 {
    let width = u128::from(bucket.low.abs_diff(bucket.high)) + 1;
    let steps = width * u128::from(2 * rank - 1) / u128::from(2 * bucket.count);
    bucket.low + steps as i64
}

#[cfg(test)]
mod tests {
    use super::super::samples::tally_of;
    use super::*;

    #[test]
    fn the_quantile_is_the_smallest_value_with_enough_paths_at_or_below_it() {
        // Ten values 1 to 10: the quantile at p has rank ⌈10 p⌉.
        let tally = tally_of(1, &(1..=10).collect::<Vec<_>>());
        let histogram = tally.outcome(0).histogram();
        let found = [0.05, 0.1, 0.11, 0.5, 0.7, 0.95].map(|p| histogram.quantile(p).unwrap());
        assert_eq!(found, [1, 1, 2, 5, 7, 10]);
        // In floating point 0.07 × 100 is 7.000000000000001: still the seventh.
        assert_eq!(rank(100, 0.07), Some(7));
        assert_eq!(rank(0, 0.5), None);
    }

    #[test]
    fn ranks_are_spread_evenly_inside_a_wide_bin() {
        // 128 bins an octave: 1024 to 1031 share a bin. Four paths get the middles of quarters: 1, 3, 5, 7.
        assert_eq!(range_of(7, 512), (1024, 1031));
        let tally = tally_of(1, &[1024, 1024, 1031, 1031]);
        let histogram = tally.outcome(0).histogram();
        assert_eq!([1, 2, 3, 4].map(|rank| histogram.at_rank(rank).unwrap()), [1025, 1027, 1029, 1031]);
        assert_eq!(histogram.at_rank(5), None);
        // Mirrored below zero: −1031 to −1024.
        let tally = tally_of(1, &[-1024, -1031]);
        assert_eq!([1, 2].map(|rank| tally.outcome(0).histogram().at_rank(rank).unwrap()), [-1029, -1025]);
    }

    #[test]
    fn every_quantile_is_within_a_bin_of_the_true_one() {
        let values: Vec<i64> = (0..4000).map(|i: i64| i * i * i - 1_000_000).collect();
        let tally = tally_of(1, &values);
        for (rank, value) in values.iter().enumerate() {
            let found = tally.outcome(0).histogram().at_rank(rank as u64 + 1).unwrap();
            assert!((found - value).abs() * 128 <= value.abs(), "{found} for {value}");
        }
    }

    #[test]
    fn conditional_quantiles_leave_out_zeros_only() {
        let tally = tally_of(1, &[0, 0, 0, 0, 0, 0, -5, 3, 3, 40]);
        let histogram = tally.outcome(0).histogram();
        assert_eq!(histogram.quantile(0.5), Some(0));
        // Of −5, 3, 3, 40: ranks 1, 2 and 4.
        assert_eq!([0.25, 0.5, 0.9].map(|p| histogram.nonzero_quantile(p).unwrap()), [-5, 3, 40]);
        assert_eq!(tally_of(1, &[0, 0]).outcome(0).histogram().nonzero_quantile(0.5), None);
        assert_eq!(tally_of(1, &[]).outcome(0).histogram().quantile(0.5), None);
    }

    #[test]
    fn ranks_of_an_interval_are_those_worked_by_hand() {
        // n p = 50, 1.959964 √(100 × 0.25) = 9.79982: ranks from ⌈40.2⌉ = 41 to ⌊59.8⌋ + 1 = 60, the textbook's for the median of 100.
        assert_eq!(rank_interval(100, 0.5, 1.0), Some((41, 60)));
        // Four times the variance, twice the reach: ⌈30.4⌉ = 31, ⌊69.6⌋ + 1 = 70.
        assert_eq!(rank_interval(100, 0.5, 4.0), Some((31, 70)));
        // n p = 2, reach 1.96 √1.9 = 2.7: below the first path. Nothing is known of how far down it goes.
        assert_eq!(rank_interval(40, 0.05, 1.0), None);
        assert_eq!(rank_interval(40, 0.95, 1.0), None);
    }

    #[test]
    fn an_exceedance_curve_of_few_values_is_exact() {
        let tally = tally_of(1, &[-7, 0, 0, 0, 2, 2, 2, 3, 10, 10]);
        // Level up to the integer before a value, then down.
        let expected = [(0, 0.6), (1, 0.6), (2, 0.3), (3, 0.2), (9, 0.2), (10, 0.0)];
        assert_eq!(tally.outcome(0).histogram().exceedance(), expected);
        assert_eq!(tally_of(1, &[0, 0]).outcome(0).histogram().exceedance(), [(0, 0.0)]);
        assert_eq!(tally_of(1, &[]).outcome(0).histogram().exceedance(), []);
    }

    #[test]
    fn an_exceedance_curve_of_many_values_is_short_and_falls() {
        let tally = tally_of(1, &(0..5000).map(|i: i64| i * i).collect::<Vec<_>>());
        let curve = tally.outcome(0).histogram().exceedance();
        assert!(curve.len() <= 200 && curve.len() > 100, "{} points", curve.len());
        assert!(curve.is_sorted_by(|a, b| a.0 < b.0 && a.1 >= b.1));
        // Of the values i², those above x are i from ⌊√x⌋ + 1 on; a bucket is at most 1 / 128 wide, so i is at most 1 / 256 off.
        for (x, share) in curve {
            let exact = 1.0 - ((x as f64).sqrt().floor() + 1.0) / 5000.0;
            assert!((share - exact).abs() <= 1.0 / 256.0 + 1.0 / 5000.0, "{share} at {x} instead of {exact}");
        }
    }

    #[test]
    fn intervals_cover_the_true_quantile_of_independent_paths_as_often_as_they_say() {
        // 400 samples of 500 uniforms. The ranks cover with 0.946 to 0.950 (binomial probabilities of ranks low to
        // high − 1, from SciPy), so 378 to 380 times, with a standard deviation of 4.4: four of them are 17.4.
        let mut state = 88_172_645_463_325_252_u64;
        let mut draw = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 44) as i64
        };
        let mut covered = [0; 3];
        for _ in 0..400 {
            let tally = tally_of(1, &(0..500).map(|_| draw()).collect::<Vec<_>>());
            for (count, p) in covered.iter_mut().zip([0.05, 0.5, 0.95]) {
                let (low, high) = tally.outcome(0).histogram().quantile_interval(p, 1.0).unwrap();
                let truth = (p * 1_048_576.0) as i64;
                *count += i32::from(low <= truth && truth <= high);
            }
        }
        assert!(covered.iter().all(|count| (361..=397).contains(count)), "{covered:?}");
    }
}
