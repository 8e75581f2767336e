//! What a run keeps of its paths: integers only, so that tallies merge to the same bits in any order,
//! on any number of threads, processes and machines.

use std::collections::BTreeMap;
use std::fmt;

use super::cells::{Cells, WorldSums};
use super::clusters::Clusters;
use super::quantile::Histogram;
use super::sample::Sample;
use super::scrambles::Scrambles;

/// Recorded magnitudes lie below this: then no sum in a tally can overflow.
pub const VALUE_LIMIT: i64 = 1 << 48;
/// A tally holds fewer paths than this: its counters have 32 bits.
pub const PATH_LIMIT: u64 = u32::MAX as u64;

/// Histogram bins per octave are 2 to this power: 32 for monthly cells, a width of 3% at most.
pub(super) const MONTHLY_BITS: u32 = 5;
/// 128 for outcomes: 0.8% at most.
pub(super) const OUTCOME_BITS: u32 = 7;

/// Outcomes that share a range of bins: enough to be counted side by side, few enough to be alike.
const OUTCOME_GROUP: usize = 8;

/// What the records of one model look like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TallyShape {
    /// Number of months.
    pub months: usize,
    /// Series times months.
    pub monthly_cells: usize,
    /// Length of [`super::Record::outcomes`].
    pub outcome_cells: usize,
    /// States of each category.
    pub states: Vec<usize>,
    /// Draws of chance in each world.
    pub paths_per_world: u64,
    /// Independent scrambles that worlds take turns in; 0 if worlds are independent.
    pub scrambles: u64,
}

/// Everything accumulated over paths. Filled by a [`super::Recorder`].
#[derive(Clone, Debug)]
pub struct Tally {
    pub(super) shape: TallyShape,
    /// Finished worlds.
    pub(super) worlds: u64,
    pub(super) coverage: Coverage,
    pub(super) monthly: Cells<MONTHLY_BITS>,
    pub(super) outcomes: Cells<OUTCOME_BITS>,
    /// `[category][month][state]`.
    pub(super) states: Vec<u64>,
    pub(super) open: OpenWorlds,
}

/// Which paths were pushed: their number, and the sums of their positions and of the squares.
///
/// A path left out or counted twice shows, however the tally came together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Coverage {
    pub paths: u64,
    pub positions: u128,
    pub squares: u128,
}

/// Worlds of which only some paths are in yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenWorlds(pub(super) BTreeMap<u64, PartialWorld>);

/// What the paths of one world so far add up to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PartialWorld {
    pub paths: u64,
    pub monthly: Vec<WorldSums>,
    pub outcomes: Vec<WorldSums>,
}

/// Why two tallies cannot become one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MergeError {
    /// They count different things.
    Shape,
    /// Together they have more than [`PATH_LIMIT`] paths.
    TooManyPaths,
    /// Both hold the same paths of a world.
    Overlap {
        /// Position of the world.
        world: u64,
    },
}

impl fmt::Display for MergeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shape => write!(f, "the tallies belong to different models: merge only blocks of one scenario"),
            Self::TooManyPaths => write!(f, "together the tallies have more than {PATH_LIMIT} paths: use fewer worlds or paths per world"),
            Self::Overlap { world } => write!(f, "both tallies hold the same paths of world {world}: merge each block once"),
        }
    }
}

impl std::error::Error for MergeError {}

impl Tally {
    /// An empty tally.
    pub fn new(shape: TallyShape) -> Self {
        Self {
            worlds: 0,
            coverage: Coverage::default(),
            monthly: Cells::new(
                shape.monthly_cells,
                shape.months,
                Scrambles::new(shape.scrambles, shape.monthly_cells, false),
                Clusters::none(),
            ),
            outcomes: Cells::new(
                shape.outcome_cells,
                OUTCOME_GROUP,
                Scrambles::new(shape.scrambles, shape.outcome_cells, true),
                Clusters::new(shape.outcome_cells, shape.paths_per_world),
            ),
            states: vec![0; shape.states.iter().sum::<usize>() * shape.months],
            open: OpenWorlds::default(),
            shape,
        }
    }

    /// What its records look like.
    pub fn shape(&self) -> &TallyShape {
        &self.shape
    }

    /// Number of paths.
    pub fn paths(&self) -> u64 {
        self.coverage.paths
    }

    /// Number of finished worlds.
    pub fn worlds(&self) -> u64 {
        self.worlds
    }

    /// Number of worlds of which some paths are still missing.
    pub fn open_worlds(&self) -> usize {
        self.open.0.len()
    }

    /// Whether it holds every path of worlds `0..worlds`, each once.
    pub fn is_whole(&self, worlds: u64) -> bool {
        self.worlds == worlds && self.open.0.is_empty() && self.is_beginning()
    }

    /// Whether it holds the first paths of a run, from path 0 of world 0 on, each once.
    pub fn is_beginning(&self) -> bool {
        let per_world = self.shape.paths_per_world.max(1);
        let (worlds, rest) = (self.paths() / per_world, self.paths() % per_world);
        let open = self.open.0.iter().map(|(world, part)| (*world, part.paths));
        self.worlds == worlds && self.coverage == Coverage::whole(self.paths()) && open.eq((rest > 0).then_some((worlds, rest)))
    }

    /// What is known of a monthly cell, `series × months + month`.
    pub fn monthly(&self, cell: usize) -> Sample<'_> {
        self.sample(&self.monthly, cell)
    }

    /// What is known of an outcome cell.
    pub fn outcome(&self, cell: usize) -> Sample<'_> {
        self.sample(&self.outcomes, cell)
    }

    fn sample<'a, const BITS: u32>(&self, cells: &'a Cells<BITS>, cell: usize) -> Sample<'a> {
        let (first_bin, counts) = cells.row(cell);
        let histogram = Histogram::new(BITS, first_bin, counts);
        Sample {
            totals: &cells.totals[cell],
            worlds: self.worlds,
            paths_per_world: self.shape.paths_per_world,
            histogram,
            between: cells.scrambles.between(cell, histogram),
            clusters: &cells.clusters,
            cell,
        }
    }

    /// Paths in each state of a category in a month.
    pub fn states(&self, category: usize, month: usize) -> &[u64] {
        let before: usize = self.shape.states[..category].iter().sum();
        let states = self.shape.states[category];
        let start = before * self.shape.months + month * states;
        &self.states[start..start + states]
    }

    /// Adds the paths of another tally. The order of merges does not matter, down to the last bit.
    pub fn merge(&mut self, other: Self) -> Result<(), MergeError> {
        if self.shape != other.shape {
            return Err(MergeError::Shape);
        }
        if self.paths() + other.paths() > PATH_LIMIT {
            return Err(MergeError::TooManyPaths);
        }
        self.worlds += other.worlds;
        self.coverage.add(other.coverage);
        self.monthly.merge(&other.monthly);
        self.outcomes.merge(&other.outcomes);
        self.states.iter_mut().zip(&other.states).for_each(|(mine, theirs)| *mine += theirs);
        self.add_open(other.open)
    }

    /// Adds the sums of worlds of which paths are missing; the paths themselves are counted already.
    pub fn add_open(&mut self, open: OpenWorlds) -> Result<(), MergeError> {
        for (world, part) in open.0 {
            if let Some(whole) = self.open.add(world, part, self.shape.paths_per_world)? {
                self.fold(world, &whole);
            }
        }
        Ok(())
    }

    /// Closes a world with these sums.
    pub(super) fn fold_sums(&mut self, world: u64, monthly: impl Iterator<Item = WorldSums>, outcomes: impl Iterator<Item = WorldSums>) {
        self.worlds += 1;
        self.monthly.fold(world, monthly, self.shape.paths_per_world);
        self.outcomes.fold(world, outcomes, self.shape.paths_per_world);
    }

    /// Closes a world that came in parts.
    pub(super) fn fold(&mut self, world: u64, sums: &PartialWorld) {
        self.fold_sums(world, sums.monthly.iter().copied(), sums.outcomes.iter().copied());
    }
}

impl Coverage {
    /// Counts the path at a position below [`PATH_LIMIT`].
    pub fn push(&mut self, position: u64) {
        let position = u128::from(position);
        self.add(Self { paths: 1, positions: position, squares: position * position });
    }

    pub fn add(&mut self, other: Self) {
        self.paths = self.paths.wrapping_add(other.paths);
        self.positions = self.positions.wrapping_add(other.positions);
        self.squares = self.squares.wrapping_add(other.squares);
    }

    /// Positions `0..paths`, each once.
    fn whole(paths: u64) -> Self {
        let n = u128::from(paths.min(PATH_LIMIT));
        let before = n.saturating_sub(1);
        Self { paths, positions: n * before / 2, squares: n * before * (2 * n).saturating_sub(1) / 6 }
    }
}

impl OpenWorlds {
    /// Number of worlds held.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no world is held.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds paths of a world; hands the world out once it has all its paths.
    pub(super) fn add(&mut self, world: u64, part: PartialWorld, paths_per_world: u64) -> Result<Option<PartialWorld>, MergeError> {
        let whole = match self.0.remove(&world) {
            None => part,
            Some(mut known) => {
                known.paths = known.paths.saturating_add(part.paths);
                known.monthly.iter_mut().zip(&part.monthly).for_each(|(mine, theirs)| mine.add(theirs));
                known.outcomes.iter_mut().zip(&part.outcomes).for_each(|(mine, theirs)| mine.add(theirs));
                known
            }
        };
        if whole.paths > paths_per_world {
            return Err(MergeError::Overlap { world });
        }
        if whole.paths == paths_per_world {
            return Ok(Some(whole));
        }
        self.0.insert(world, whole);
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{record, shape};
    use super::super::{Recorder, UNDEFINED};
    use super::*;
    use proptest::prelude::*;

    fn tally_of(shape: &TallyShape, paths: &[u64]) -> Tally {
        let mut recorder = Recorder::new(shape.clone());
        for path in paths {
            recorder.push(path / shape.paths_per_world, path % shape.paths_per_world, &record(shape, *path)).unwrap();
        }
        recorder.finish().unwrap()
    }

    #[test]
    fn sums_are_those_worked_by_hand() {
        // Worlds (3, 0), (−2, 5), with the outcome undefined in the third path.
        let shape = TallyShape { months: 1, monthly_cells: 1, outcome_cells: 1, states: vec![2], paths_per_world: 2, scrambles: 0 };
        let mut recorder = Recorder::new(shape);
        for (path, (value, outcome)) in [(3, 3), (0, 0), (-2, UNDEFINED), (5, 5)].into_iter().enumerate() {
            let record = super::super::Record { monthly: vec![value], outcomes: vec![outcome], states: vec![u8::from(value > 0)] };
            recorder.push(path as u64 / 2, path as u64 % 2, &record).unwrap();
        }
        let tally = recorder.finish().unwrap();
        let monthly = tally.monthly.totals[0];
        // World sums 3 and 3: 6, 9 + 9. Squares 9 + 0 + 4 + 25. One zero in the first world.
        assert_eq!((monthly.value.0, monthly.value.1.low, monthly.square), (6, 18, 38));
        assert_eq!((monthly.zeros, monthly.gaps), ((1, 1), (0, 0)));
        let outcome = tally.outcomes.totals[0];
        // World sums 3 and 5; one gap in the second world, where S = 5.
        assert_eq!((outcome.value.0, outcome.value.1.low, outcome.square), (8, 34, 34));
        assert_eq!((outcome.zeros, outcome.gaps, outcome.lost), ((1, 1), (1, 1), (5, 0)));
        assert_eq!(tally.states(0, 0), [2, 2]);
        assert_eq!((tally.paths(), tally.worlds(), tally.open_worlds()), (4, 2, 0));
    }

    #[test]
    fn histograms_count_every_value_once() {
        let shape = shape(5);
        // More paths than wait at a time.
        let paths: Vec<u64> = (0..700).collect();
        let tally = tally_of(&shape, &paths);
        for cell in 0..shape.monthly_cells {
            let mut expected = BTreeMap::new();
            for path in &paths {
                *expected.entry(super::super::histogram::bin_of::<MONTHLY_BITS>(record(&shape, *path).monthly[cell])).or_insert(0) += 1;
            }
            let (first, counts) = tally.monthly.row(cell);
            let found: BTreeMap<i16, u32> = (first..).zip(counts.iter().copied()).filter(|(_, count)| *count > 0).collect();
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn a_missing_and_a_repeated_path_are_noticed() {
        let shape = shape(4);
        assert!(tally_of(&shape, &(0..40).collect::<Vec<_>>()).is_whole(10));
        assert!(!tally_of(&shape, &(0..40).collect::<Vec<_>>()).is_whole(11));
        // World 3 twice and world 2 never.
        let twice: Vec<u64> = (0..40).map(|path| if path / 4 == 2 { path + 4 } else { path }).collect();
        assert!(!tally_of(&shape, &twice).is_whole(10));
        assert!(!tally_of(&shape, &(0..39).collect::<Vec<_>>()).is_whole(10));
        assert!(Tally::new(shape).is_whole(0));
    }

    #[test]
    fn a_beginning_has_the_first_paths_and_no_others() {
        let shape = shape(4);
        for paths in 0..=12 {
            assert!(tally_of(&shape, &(0..paths).collect::<Vec<_>>()).is_beginning(), "{paths}");
        }
        // A path left out at the beginning, inside, and in the world that is not finished.
        for missing in [0, 5, 9] {
            assert!(!tally_of(&shape, &(0..11).filter(|path| *path != missing).collect::<Vec<_>>()).is_beginning(), "{missing}");
        }
    }

    #[test]
    fn tallies_that_do_not_belong_together_are_refused() {
        let other = Tally::new(shape(5));
        assert_eq!(Tally::new(shape(4)).merge(other), Err(MergeError::Shape));
        let part = tally_of(&shape(4), &[0, 1, 2]);
        assert_eq!(part.clone().merge(part), Err(MergeError::Overlap { world: 0 }));
    }

    #[test]
    fn a_world_with_more_paths_than_fit_the_sums_is_counted_whole() {
        let shape = TallyShape { months: 1, monthly_cells: 1, outcome_cells: 0, states: vec![], paths_per_world: 20_000, scrambles: 0 };
        let mut recorder = Recorder::new(shape);
        let largest = super::super::Record { monthly: vec![VALUE_LIMIT - 1], ..Default::default() };
        (0..20_000).for_each(|path| recorder.push(0, path, &largest).unwrap());
        let tally = recorder.finish().unwrap();
        assert_eq!(tally.monthly.totals[0].value.0, 20_000 * i128::from(VALUE_LIMIT - 1));
        assert!(tally.is_whole(1));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 60, rng_seed: proptest::test_runner::RngSeed::Fixed(1), ..ProptestConfig::default() })]

        #[test]
        fn merging_any_parts_in_any_order_gives_the_same_bytes(
            paths_per_world in 1_u64..6,
            worlds in 1_u64..9,
            parts in proptest::collection::vec(0_usize..4, 60),
            order in Just([0_usize, 1, 2, 3]).prop_shuffle(),
            pairs_first in any::<bool>(),
            backwards in any::<bool>(),
        ) {
            let shape = shape(paths_per_world);
            let paths: Vec<u64> = (0..worlds * paths_per_world).collect();
            let whole = tally_of(&shape, &paths);
            let part = |wanted: usize| {
                let mut mine: Vec<u64> = paths.iter().copied().filter(|path| parts[*path as usize] == wanted).collect();
                if backwards {
                    mine.reverse();
                }
                tally_of(&shape, &mine)
            };
            let [mut a, mut b, mut c, d] = order.map(part);
            if pairs_first {
                a.merge(b).unwrap();
                c.merge(d).unwrap();
                a.merge(c).unwrap();
            } else {
                c.merge(d).unwrap();
                b.merge(c).unwrap();
                a.merge(b).unwrap();
            }
            prop_assert!(a.is_whole(worlds));
            prop_assert_eq!(a.to_bytes(), whole.to_bytes());
        }
    }
}
