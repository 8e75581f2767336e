//! Sums and histograms of many cells at once.
//!
//! Everything is an integer. With |value| < 2^48 and fewer than 2^32 paths, squares of values sum to
//! less than 2^128, a world's values to less than 2^80, and squares of those to less than 2^192.

use super::clusters::Clusters;
use super::histogram::{GAP, Table, Tallies, bin_of, bin_of_key, key_of, last_bin};
use super::scrambles::Scrambles;
use super::wide::Wide;
use super::{UNDEFINED, VALUE_LIMIT};
use crate::lanes::{Isa, Row, each};
use pulp::NullaryFnOnce;

/// Paths whose bins wait until they are counted together, so that a table is fetched once for all of them.
const WAITING: usize = 512;
/// Room for them, and for one block of paths more.
const STRIDE: usize = WAITING + 64;

/// Squares of magnitudes below this sum to less than 2^61 in one world, and a double holds each.
const SMALL: u64 = 1 << 24;

/// A whole number in a double as an integer, for sums whose order is free: 1.5 × 2^52 added to it leaves it in the last bits.
#[inline(always)]
fn whole(x: f64) -> u64 {
    const SHIFTER: f64 = 6_755_399_441_055_744.0;
    (x + SHIFTER).to_bits().wrapping_sub(SHIFTER.to_bits())
}

/// The most paths of one world in [`Sums`]: their values sum to less than 2^61.
pub(super) const MAX_SUMMED: u64 = 8192;

/// Everything summed over the finished worlds in one cell. A world has the total S in its u undefined
/// and other paths; what u makes S miss is kept apart, because it is nearly always nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Totals {
    /// Sum of S, and of S², where S is the sum of a world's values.
    pub value: (i128, Wide),
    /// The same of its number of zeros.
    pub zeros: (u64, u64),
    /// Sum of squared values.
    pub square: u128,
    /// Sum of u, and of u².
    pub gaps: (u64, u64),
    /// Worlds in which the cell is never defined.
    pub absent: u64,
    /// Sum of S u for values and zeros.
    pub lost: (i128, u64),
}

impl Totals {
    #[inline(always)]
    pub fn fold(&mut self, world: &WorldSums, paths_per_world: u64) {
        let (value, zeros, gaps) = (world.value, world.zeros, world.gaps);
        if world.square == 0 && gaps == 0 {
            // Nothing but zeros.
            self.zeros.0 = self.zeros.0.wrapping_add(zeros);
            self.zeros.1 = self.zeros.1.wrapping_add(zeros.wrapping_mul(zeros));
            return;
        }
        self.value.0 = self.value.0.wrapping_add(value);
        self.value.1 = self.value.1.plus(Wide::square(value));
        self.zeros.0 = self.zeros.0.wrapping_add(zeros);
        self.zeros.1 = self.zeros.1.wrapping_add(zeros.wrapping_mul(zeros));
        self.square = self.square.wrapping_add(world.square);
        if gaps > 0 {
            self.gaps.0 = self.gaps.0.wrapping_add(gaps);
            self.gaps.1 = self.gaps.1.wrapping_add(gaps.wrapping_mul(gaps));
            self.absent = self.absent.wrapping_add(u64::from(gaps == paths_per_world));
            self.lost.0 = self.lost.0.wrapping_add(value.wrapping_mul(i128::from(gaps)));
            self.lost.1 = self.lost.1.wrapping_add(zeros.wrapping_mul(gaps));
        }
    }

    fn add(&mut self, other: &Self) {
        self.value.0 = self.value.0.wrapping_add(other.value.0);
        self.value.1 = self.value.1.plus(other.value.1);
        self.zeros.0 = self.zeros.0.wrapping_add(other.zeros.0);
        self.zeros.1 = self.zeros.1.wrapping_add(other.zeros.1);
        self.square = self.square.wrapping_add(other.square);
        self.gaps.0 = self.gaps.0.wrapping_add(other.gaps.0);
        self.gaps.1 = self.gaps.1.wrapping_add(other.gaps.1);
        self.absent = self.absent.wrapping_add(other.absent);
        self.lost.0 = self.lost.0.wrapping_add(other.lost.0);
        self.lost.1 = self.lost.1.wrapping_add(other.lost.1);
    }
}

/// What the paths of one world add up to in one cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct WorldSums {
    pub value: i128,
    pub square: u128,
    pub zeros: u64,
    /// Paths in which the cell is undefined.
    pub gaps: u64,
}

impl WorldSums {
    pub fn add(&mut self, other: &Self) {
        self.value = self.value.wrapping_add(other.value);
        self.square = self.square.wrapping_add(other.square);
        self.zeros = self.zeros.wrapping_add(other.zeros);
        self.gaps = self.gaps.wrapping_add(other.gaps);
    }
}

/// A family of cells with `2^BITS` histogram bins per octave.
#[derive(Clone, Debug)]
pub(super) struct Cells<const BITS: u32> {
    pub totals: Vec<Totals>,
    /// One per group of cells.
    pub tables: Vec<Table<BITS>>,
    /// Cells in a group, such as the months of a series.
    pub group: usize,
    /// The same scramble by scramble, if worlds come in scrambles.
    pub scrambles: Scrambles<BITS>,
    /// The first worlds path by path, if anybody asks how alike theirs are.
    pub clusters: Clusters,
}

impl<const BITS: u32> Cells<BITS> {
    pub fn new(cells: usize, group: usize, scrambles: Scrambles<BITS>, clusters: Clusters) -> Self {
        let group = group.max(1);
        let rows = |first: usize| group.min(cells - first);
        Self {
            totals: vec![Totals::default(); cells],
            tables: (0..cells).step_by(group).map(|first| Table::new(rows(first))).collect(),
            group,
            scrambles,
            clusters,
        }
    }

    /// The first bin and the counters of a cell.
    pub fn row(&self, cell: usize) -> (i16, &[u32]) {
        self.tables[cell / self.group].row(cell % self.group)
    }

    /// The same to write to, with room for bins `low..=high`.
    pub fn row_mut(&mut self, cell: usize, low: i16, high: i16) -> (i16, &mut [u32]) {
        self.tables[cell / self.group].row_mut(cell % self.group, low, high)
    }

    /// Adds the sums of a finished world.
    pub fn fold(&mut self, world: u64, sums: impl Iterator<Item = WorldSums>, paths_per_world: u64) {
        if self.scrambles.count() == 0 {
            return self.totals.iter_mut().zip(sums).for_each(|(totals, sums)| totals.fold(&sums, paths_per_world));
        }
        let own = self.scrambles.sums_mut(world);
        for ((totals, own), sums) in self.totals.iter_mut().zip(own).zip(sums) {
            totals.fold(&sums, paths_per_world);
            own.fold(&sums, paths_per_world);
        }
    }

    pub fn merge(&mut self, other: &Self) {
        self.scrambles.merge(&other.scrambles);
        self.clusters.merge(&other.clusters);
        self.totals.iter_mut().zip(&other.totals).for_each(|(mine, theirs)| mine.add(theirs));
        self.tables.iter_mut().zip(&other.tables).for_each(|(mine, theirs)| mine.merge(theirs));
    }
}

/// Paths of one world that wait side by side.
#[derive(Clone, Copy, Debug)]
struct Segment {
    /// Place of the first among all that wait.
    start: usize,
    world: u64,
    /// Its position in the world.
    path: u64,
}

/// The paths of one world so far, at most [`MAX_SUMMED`], and the bins not counted yet.
#[derive(Clone, Debug)]
pub(super) struct Sums<const BITS: u32> {
    value: Vec<i64>,
    /// Squares of values below [`SMALL`], which fit 64 bits and vectorise, and of the others.
    small_square: Vec<u64>,
    square: Vec<u128>,
    zeros: Vec<u32>,
    gaps: Vec<u32>,
    /// `[cell][path]`, with room for [`STRIDE`] paths in each cell.
    waiting: Vec<i16>,
    paths_waiting: usize,
    /// Of what waits, where the paths of each world begin, if it matters which they are.
    segments: Vec<Segment>,
    tallies: Tallies,
    /// The set of instructions that rows are counted with.
    pub isa: Isa,
    /// Where each cell of a record is counted, if not all of them are.
    places: Option<Vec<Option<usize>>>,
    group: usize,
}

impl<const BITS: u32> Sums<BITS> {
    pub fn new(cells: usize, group: usize) -> Self {
        Self {
            value: vec![0; cells],
            small_square: vec![0; cells],
            square: vec![0; cells],
            zeros: vec![0; cells],
            gaps: vec![0; cells],
            waiting: vec![0; cells * STRIDE],
            paths_waiting: 0,
            segments: Vec::new(),
            tallies: Tallies::default(),
            isa: Isa::widest(),
            places: None,
            group: group.max(1),
        }
    }

    /// The same sums of longer records: each of their cells is counted at its place, or not at all.
    pub fn with_places(self, places: Vec<Option<usize>>) -> Self {
        Self { places: Some(places), ..self }
    }

    /// Number of cells of a record.
    pub fn record_cells(&self) -> usize {
        self.places.as_ref().map_or(self.value.len(), Vec::len)
    }

    fn place(&self, cell: usize) -> Option<usize> {
        self.places.as_ref().map_or(Some(cell), |places| places[cell])
    }

    /// Says that the next paths are those of this world from `path` on.
    pub fn enter(&mut self, world: u64, path: u64) {
        let start = self.paths_waiting;
        let goes_on = |last: &Segment| last.world == world && path == last.path + (start - last.start) as u64;
        if !self.segments.last().is_some_and(goes_on) {
            self.segments.push(Segment { start, world, path });
        }
    }

    /// Adds one path. Values that are not [`UNDEFINED`] lie within [`VALUE_LIMIT`].
    pub fn push(&mut self, values: &[i64], cells: &mut Cells<BITS>) {
        for (cell, value) in values.iter().enumerate() {
            if let Some(place) = self.place(cell) {
                self.push_value(place, self.paths_waiting, *value);
            }
        }
        self.advance(1, cells);
    }

    /// Makes the last `paths` part of what waits.
    pub fn advance(&mut self, paths: usize, cells: &mut Cells<BITS>) {
        self.paths_waiting += paths;
        if self.paths_waiting >= WAITING {
            self.count(cells);
        }
    }

    /// Adds one value of the path that waits at a position.
    fn push_value(&mut self, cell: usize, position: usize, value: i64) {
        let waiting = &mut self.waiting[cell * STRIDE + position];
        if value == UNDEFINED {
            self.gaps[cell] += 1;
            *waiting = GAP;
            return;
        }
        let (bin, magnitude) = (bin_of::<BITS>(value), value.unsigned_abs());
        *waiting = bin;
        self.value[cell] = self.value[cell].wrapping_add(value);
        if magnitude < SMALL {
            self.small_square[cell] += magnitude * magnitude;
        } else {
            self.square[cell] += u128::from(magnitude) * u128::from(magnitude);
        }
        self.zeros[cell] += u32::from(bin == 0);
    }

    /// Adds one cell of the first `live` paths of a block: whole numbers, NaN for undefined. Says whether all can be counted.
    // Out of line: a month writes hundreds of rows, and would be ten times as long.
    #[inline(never)]
    pub fn push_row<const N: usize>(&mut self, cell: usize, row: &Row<f64, N>, live: usize) -> bool {
        let Some(cell) = self.place(cell) else { return true };
        self.isa.run(PushRow { sums: self, cell, row, live })
    }

    #[inline(always)]
    fn add_row<const N: usize>(&mut self, cell: usize, row: &Row<f64, N>, live: usize) -> bool {
        let value: Row<f64, N> = each(|l| if l < live { row[l] } else { 0.0 });
        let start = cell * STRIDE + self.paths_waiting;
        let waiting = &mut self.waiting[start..start + N];
        let mut found = 0;
        for l in 0..N {
            found |= value[l].abs().to_bits();
        }
        if found == 0 {
            // Most cells are zero in most paths.
            waiting.fill(0);
            self.zeros[cell] = self.zeros[cell].wrapping_add(live as u32);
            return true;
        }
        let mut keys = Row::<u32, N>::default();
        let (mut sum, mut squares) = (0_u64, 0_u64);
        for l in 0..N {
            keys[l] = key_of::<BITS>(value[l]);
            sum = sum.wrapping_add(whole(value[l]));
            squares = squares.wrapping_add(whole(value[l] * value[l]));
        }
        let (mut zeros, mut largest) = (0_u32, 0);
        for l in 0..N {
            let bin = bin_of_key::<BITS>(keys[l]);
            waiting[l] = bin as i16;
            zeros = zeros.wrapping_add(u32::from(bin == 0));
            largest = largest.max(bin.wrapping_abs());
        }
        if largest > last_bin(BITS).into() {
            return self.push_strange(cell, row, live);
        }
        self.value[cell] = self.value[cell].wrapping_add(sum as i64);
        self.zeros[cell] = self.zeros[cell].wrapping_add(zeros.wrapping_sub((N - live) as u32));
        if largest < bin_of::<BITS>(SMALL as i64).into() {
            self.small_square[cell] = self.small_square[cell].wrapping_add(squares);
        } else {
            // In two halves of 24 bits, whose products a double holds.
            let (mut high, mut cross, mut low) = (0_u64, 0_u64, 0_u64);
            for l in 0..N {
                let magnitude = value[l].abs();
                let h = (magnitude * (1.0 / SMALL as f64)).floor();
                let rest = magnitude - h * SMALL as f64;
                high = high.wrapping_add(whole(h * h));
                cross = cross.wrapping_add(whole(h * rest));
                low = low.wrapping_add(whole(rest * rest));
            }
            let squares = (u128::from(high) << 48) + (u128::from(cross) << 25) + u128::from(low);
            self.square[cell] = self.square[cell].wrapping_add(squares);
        }
        true
    }

    /// As `add_row`, for values of which some are undefined or too large.
    #[cold]
    fn push_strange<T: Copy + Into<f64>, const N: usize>(&mut self, cell: usize, row: &Row<T, N>, live: usize) -> bool {
        for l in 0..live {
            let value = row[l].into();
            if value.abs() >= VALUE_LIMIT as f64 {
                return false;
            }
            let value = if value.is_nan() { UNDEFINED } else { value as i64 };
            self.push_value(cell, self.paths_waiting + l, value);
        }
        true
    }

    /// Counts the waiting bins.
    pub fn count(&mut self, cells: &mut Cells<BITS>) {
        self.isa.run(Count { sums: self, cells });
    }

    /// Hands out what one world added up to in each cell, and starts another.
    pub fn take(&mut self) -> impl Iterator<Item = WorldSums> {
        let squares = self.small_square.iter_mut().zip(&mut self.square);
        let columns = self.value.iter_mut().zip(squares).zip(&mut self.zeros).zip(&mut self.gaps);
        columns.map(|(((value, (small, square)), zeros), gaps)| {
            let sums = WorldSums {
                value: (*value).into(),
                square: square.wrapping_add(u128::from(*small)),
                zeros: (*zeros).into(),
                gaps: (*gaps).into(),
            };
            (*value, *small, *square, *zeros, *gaps) = (0, 0, 0, 0, 0);
            sums
        })
    }
}

/// Counts the waiting bins, compiled for each set of instructions.
struct Count<'a, const BITS: u32> {
    sums: &'a mut Sums<BITS>,
    cells: &'a mut Cells<BITS>,
}

impl<const BITS: u32> NullaryFnOnce for Count<'_, BITS> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { sums, cells } = self;
        let (segments, paths_waiting) = (&sums.segments, sums.paths_waiting);
        let ends = || segments.iter().skip(1).map(|next| next.start).chain([paths_waiting]);
        for (cell, waiting) in sums.waiting.chunks_exact(STRIDE).enumerate() {
            cells.tables[cell / sums.group].count(cell % sums.group, &waiting[..sums.paths_waiting], &mut sums.tallies);
            cells
                .scrambles
                .count_bins(cell, sums.segments.iter().zip(ends()).map(|(segment, end)| (segment.world, &waiting[segment.start..end])));
        }
        for (segment, end) in sums.segments.iter().zip(ends()) {
            let bins = |cell: usize| &sums.waiting[cell * STRIDE + segment.start..][..end - segment.start];
            cells.clusters.keep(segment.world, segment.path, end - segment.start, bins);
        }
        if let Some(last) = sums.segments.pop() {
            sums.segments.clear();
            let counted = (sums.paths_waiting - last.start) as u64;
            sums.segments.push(Segment { start: 0, path: last.path + counted, ..last });
        }
        sums.paths_waiting = 0;
    }
}

/// [`Sums::push_row`] as a function of its own, compiled for each set of instructions.
struct PushRow<'a, const BITS: u32, const N: usize> {
    sums: &'a mut Sums<BITS>,
    cell: usize,
    row: &'a Row<f64, N>,
    live: usize,
}

impl<const BITS: u32, const N: usize> NullaryFnOnce for PushRow<'_, BITS, N> {
    type Output = bool;

    #[inline(always)]
    fn call(self) -> bool {
        self.sums.add_row(self.cell, self.row, self.live)
    }
}
