//! What the worlds of each scramble add up to: where points are scrambled, only the spread between independent scrambles tells
//! how far off a number is.
//!
//! World w belongs to scramble `w mod R`. Points of one scramble depend on each other, scrambles do not: for any integrand the
//! R scramble means are independent and alike in law (Owen 1997, *Scrambled net variance for integrals of smooth functions*).

use super::Z95;
use super::cells::WorldSums;
use super::histogram::Table;
use super::quantile::Histogram;

/// The most scrambles there are.
const SCRAMBLES: usize = crate::domain::SCRAMBLES as usize;
const _: () = assert!(SCRAMBLES == 16, "the constants below are for 15 degrees of freedom");

/// The two-sided 95% point of Student's t distribution with the degrees of freedom that the scrambles leave, one less than there are.
pub const T95_OF_SCRAMBLES: f64 = 2.131_449_545_559_323;
/// The same over that of the normal distribution.
pub(super) const WIDENING: f64 = T95_OF_SCRAMBLES / Z95;

/// The 2.5% and 97.5% quantiles of a chi-squared variable over its degrees of freedom, [`SCRAMBLES`] − 1.
const SPREAD_OF_VARIANCE: [f64; 2] = [6.262_137_795_043_255 / 15.0, 27.488_392_863_442_98 / 15.0];

/// Sums of each scramble, and histograms where they are kept.
#[derive(Clone, Debug, Default)]
pub(super) struct Scrambles<const BITS: u32> {
    /// Number of scrambles; 0 if worlds are independent.
    count: usize,
    /// `[scramble][cell]`.
    pub sums: Vec<ScrambleSums>,
    /// One per cell, with a row for each scramble; none where only sums are kept.
    pub tables: Vec<Table<BITS>>,
}

/// What the finished worlds of one scramble add up to in one cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ScrambleSums {
    /// Paths in which the cell is defined.
    pub paths: u64,
    /// Sum of values.
    pub value: i128,
    /// Number of zeros.
    pub zeros: u64,
}

impl ScrambleSums {
    #[inline(always)]
    pub fn fold(&mut self, world: &WorldSums, paths_per_world: u64) {
        self.paths = self.paths.wrapping_add(paths_per_world.wrapping_sub(world.gaps));
        self.value = self.value.wrapping_add(world.value);
        self.zeros = self.zeros.wrapping_add(world.zeros);
    }
}

impl<const BITS: u32> Scrambles<BITS> {
    pub fn new(count: u64, cells: usize, with_tables: bool) -> Self {
        let count = count as usize;
        let tables = if count > 0 && with_tables { vec![Table::new(count); cells] } else { Vec::new() };
        Self { count, sums: vec![ScrambleSums::default(); count * cells], tables }
    }

    /// Number of scrambles; 0 if worlds are independent.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The sums of the scramble of a world, a cell each.
    pub fn sums_mut(&mut self, world: u64) -> &mut [ScrambleSums] {
        let cells = self.sums.len() / self.count;
        let scramble = (world % self.count as u64) as usize;
        &mut self.sums[scramble * cells..(scramble + 1) * cells]
    }

    /// Counts bins of one cell, given world by world.
    #[inline(always)]
    pub fn count_bins<'a>(&mut self, cell: usize, worlds: impl Iterator<Item = (u64, &'a [i16])>) {
        let Some(table) = self.tables.get_mut(cell) else { return };
        worlds.for_each(|(world, bins)| table.count_defined((world % self.count as u64) as usize, bins));
    }

    /// What is known of a cell with this histogram, of the whole.
    pub fn between<'a>(&'a self, cell: usize, whole: Histogram<'a>) -> Option<Between<'a>> {
        let cells = self.sums.len().checked_div(self.count)?;
        let sums = self.sums[cell..].iter().step_by(cells).copied();
        let mut between = Between { count: 0, sums: [ScrambleSums::default(); SCRAMBLES], bins: None, whole };
        for (mine, sums) in between.sums.iter_mut().zip(sums) {
            *mine = sums;
            between.count += 1;
        }
        between.bins = self.tables.get(cell).map(Table::rows);
        Some(between)
    }

    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.sums.iter_mut().zip(&other.sums) {
            mine.paths = mine.paths.wrapping_add(theirs.paths);
            mine.value = mine.value.wrapping_add(theirs.value);
            mine.zeros = mine.zeros.wrapping_add(theirs.zeros);
        }
        self.tables.iter_mut().zip(&other.tables).for_each(|(mine, theirs)| mine.merge(theirs));
    }
}

/// How far the scrambles of a cell lie apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Between<'a> {
    count: usize,
    sums: [ScrambleSums; SCRAMBLES],
    /// The rows of its table: first bin, and the counters of all scrambles.
    bins: Option<(i16, &'a [u32])>,
    whole: Histogram<'a>,
}

impl Between<'_> {
    fn sums(&self) -> &[ScrambleSums] {
        &self.sums[..self.count]
    }

    /// Standard error of the mean; `None` if a scramble does not define it.
    pub fn error_of_mean(&self) -> Option<f64> {
        self.error(|sums| sums.value)
    }

    /// Standard error of the share of zeros.
    pub fn error_of_zeros(&self) -> Option<f64> {
        self.error(|sums| sums.zeros.into())
    }

    /// √(R/(R−1) Σ (S_r − x̄ m_r)²) / n over R scrambles with sums S_r over m_r paths; differences are exact.
    fn error(&self, sum: impl Fn(&ScrambleSums) -> i128) -> Option<f64> {
        let n: u64 = self.sums().iter().map(|sums| sums.paths).sum();
        let whole: i128 = self.sums().iter().map(&sum).sum();
        let all_known = self.count > 1 && self.sums().iter().all(|sums| sums.paths > 0);
        // Below 2^32 paths and sums below 2^80: no product overflows.
        let residual = |sums: &ScrambleSums| sum(sums) * i128::from(n) - whole * i128::from(sums.paths);
        let residuals = self.sums().iter().map(|sums| residual(sums) as f64 / n as f64);
        all_known.then(|| self.of_residuals(residuals, n as f64))
    }

    fn of_residuals(&self, residuals: impl Iterator<Item = f64>, n: f64) -> f64 {
        let scrambles = self.count as f64;
        (residuals.map(|x| x * x).sum::<f64>() * scrambles / (scrambles - 1.0)).sqrt() / n
    }

    /// Standard error of the share of paths at or below the quantile at `p` (inside a bucket, the part of it below that), and the
    /// share of paths in its bucket.
    pub fn error_at(&self, p: f64) -> Option<(f64, f64)> {
        let (first, rows) = self.bins?;
        let n = self.whole.count();
        let (bin, part) = self.whole.bin_at(p)?;
        let (width, at) = (rows.len() / self.count.max(1), (bin - first) as usize);
        let counts = |row: &[u32]| {
            (row[..at].iter().map(|c| f64::from(*c)).sum::<f64>(), f64::from(row[at]), row.iter().map(|c| f64::from(*c)).sum::<f64>())
        };
        let each: Vec<_> = rows.chunks_exact(width).map(counts).collect();
        let (below, inside) = each.iter().fold((0.0, 0.0), |(below, inside), one| (below + one.0, inside + one.1));
        let share = (below + part * inside) / n as f64;
        let residuals = each.iter().map(|(below, inside, paths)| below + part * inside - share * paths);
        (self.count > 1 && each.iter().all(|one| one.2 > 0.0)).then(|| (self.of_residuals(residuals, n as f64), inside / n as f64))
    }
}

/// What sampling by scrambled points gained over as many independent worlds, for one number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gain {
    /// Standard error between scrambles.
    pub std_error: f64,
    /// Standard error that as many independent worlds would have, from the spread between worlds.
    pub independent: f64,
}

impl Gain {
    /// How many times as many independent worlds it would take: the ratio of the two variances. Infinite without an error.
    pub fn factor(self) -> f64 {
        let ratio = self.independent / self.std_error;
        ratio * ratio
    }

    /// The 95% interval of [`Self::factor`]: scrambles are few, and their variance is known with as many degrees of freedom less one.
    /// Takes the scramble means as normal, and the spread between worlds, which are many, as known.
    pub fn interval(self) -> (f64, f64) {
        (self.factor() * SPREAD_OF_VARIANCE[0], self.factor() * SPREAD_OF_VARIANCE[1])
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Recorder, Tally, TallyShape, UNDEFINED};

    fn tally(scrambles: u64, paths_per_world: u64, values: &[i64]) -> Tally {
        let shape = TallyShape { months: 1, monthly_cells: 1, outcome_cells: 1, states: vec![], paths_per_world, scrambles };
        let mut recorder = Recorder::new(shape);
        for (path, value) in (0..).zip(values) {
            let record = super::super::Record { monthly: vec![value.max(&0).to_owned()], outcomes: vec![*value], states: vec![] };
            recorder.push(path / paths_per_world, path % paths_per_world, &record).unwrap();
        }
        recorder.finish().unwrap()
    }

    fn near(found: Option<f64>, expected: f64) -> bool {
        found.is_some_and(|found| (found - expected).abs() <= 1e-14 * expected)
    }

    #[test]
    fn errors_between_scrambles_are_those_worked_by_hand() {
        // Scrambles (1, 5) and (3, 11): means 3 and 7, which differ by √2 × their error of √((4 + 4) / (2 × 1)) = 2. Independent worlds
        // 1, 3, 5, 11 would have √((16 + 4 + 0 + 36) / (4 × 3)). t with 15 degrees of freedom over z: 2.1314495 / 1.9599640 = 1.0874942.
        let tally = tally(2, 1, &[1, 3, 5, 11]);
        let sample = tally.outcome(0);
        let gain = sample.gain_of_mean().unwrap();
        assert!(near(Some(gain.std_error), 2.0) && near(Some(gain.independent), (56.0_f64 / 12.0).sqrt()), "{gain:?}");
        assert!(near(Some(gain.factor()), 56.0 / 48.0));
        assert!((sample.std_error().unwrap() / 2.0 - 1.087_494_2).abs() < 1e-7);
        assert_eq!(tally.monthly(0).std_error(), sample.std_error());
        // At or below 5 are both of the first scramble and one of the second: shares 1 and 1/2 around 3/4.
        let between = tally.outcomes.scrambles.between(0, sample.histogram()).unwrap();
        assert_eq!(between.error_at(0.75), Some((0.25, 0.25)));
        assert_eq!((between.error_at(0.5), sample.gain_of_zeros()), (Some((0.0, 0.25)), None));
    }

    #[test]
    fn paths_that_do_not_define_a_cell_count_for_nothing() {
        // Scrambles (1, 5, 9) over three paths and (3) over one: x̄ = 18 / 4; residuals 15 - 13.5 and 3 - 4.5; √(2 × 4.5) / 4.
        let values = [1, 5, 3, UNDEFINED, 9, UNDEFINED, UNDEFINED, UNDEFINED];
        let tally = tally(2, 2, &values);
        assert!(near(tally.outcome(0).gain_of_mean().map(|gain| gain.std_error), 0.75));
        // A scramble without any tells no spread.
        assert_eq!(tally_of_one_scramble().outcome(0).std_error(), None);
    }

    fn tally_of_one_scramble() -> Tally {
        tally(2, 1, &[1, UNDEFINED, 2, UNDEFINED])
    }

    #[test]
    fn scrambles_are_kept_merged_and_read_back() {
        // More paths than wait at a time, worlds in parts and in any order; the whole is what one recorder counts.
        let value = |path: u64| if path % 17 == 3 { UNDEFINED } else { (path * path % 4001) as i64 - 200 };
        let values: Vec<i64> = (0..3000).map(value).collect();
        let whole = tally(16, 5, &values);
        let shape = whole.shape().clone();
        let part = |first: u64, step: usize| {
            let mut recorder = Recorder::new(shape.clone());
            for path in (first..3000).step_by(step) {
                let record = super::super::Record { monthly: vec![value(path).max(0)], outcomes: vec![value(path)], states: vec![] };
                recorder.push(path / 5, path % 5, &record).unwrap();
            }
            recorder.finish().unwrap()
        };
        let mut merged = part(1, 3);
        merged.merge(part(0, 3)).unwrap();
        merged.merge(part(2, 3)).unwrap();
        assert!(merged.is_whole(600));
        assert_eq!(merged.to_bytes(), whole.to_bytes());
        let read = Tally::from_bytes(&whole.to_bytes(), &shape).unwrap();
        assert_eq!(read.to_bytes(), whole.to_bytes());
        assert_eq!(read.outcome(0).quantile_intervals([0.1, 0.5], 1.0), whole.outcome(0).quantile_intervals([0.1, 0.5], 1.0));
        // Every path is in the histogram of its scramble.
        let (_, rows) = whole.outcomes.scrambles.tables[0].rows();
        assert_eq!(rows.iter().map(|count| u64::from(*count)).sum::<u64>(), whole.outcome(0).count());
    }
}
