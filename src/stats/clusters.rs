//! How alike the paths of one world are, at every value: some paths of the first worlds, one by one.
//!
//! Sums and histograms do not tell how far the distribution functions of worlds lie apart at a point, and no law takes it over
//! from the mean: a few worlds may hold all of a tail. Worlds are alike in law, so the first of them show it for all.

use super::histogram::GAP;
use std::collections::BTreeMap;

/// Worlds and paths in each of which bins are kept: more worlds rather than more paths, because a tail may be a few worlds'.
const WORLDS: u64 = 1024;
const PATHS: u64 = 16;

/// The bins of some paths of the first worlds.
#[derive(Clone, Debug)]
pub(super) struct Clusters {
    cells: usize,
    /// Paths kept of each world; 0 if none are, because nothing would be learnt.
    paths: usize,
    kept: BTreeMap<u64, Cluster>,
}

/// Of one world.
#[derive(Clone, Debug)]
pub(super) struct Cluster {
    /// A bit for each path that is here.
    pub present: u16,
    /// `[cell][path]`, zero where a path is missing, [`GAP`] where it does not define the cell.
    pub bins: Vec<i16>,
}

impl Clusters {
    pub fn none() -> Self {
        Self { cells: 0, paths: 0, kept: BTreeMap::new() }
    }

    pub fn new(cells: usize, paths_per_world: u64) -> Self {
        let paths = if paths_per_world > 1 { paths_per_world.min(PATHS) as usize } else { 0 };
        Self { cells, paths, ..Self::none() }
    }

    /// Where to keep so many paths of a world from `first` on, and how many of them; `None` if they are not kept.
    fn place(&mut self, world: u64, first: u64, count: usize) -> Option<(&mut Cluster, usize, usize)> {
        let (paths, cells) = (self.paths, self.cells);
        let first = usize::try_from(first).ok().filter(|first| *first < paths && world < WORLDS)?;
        let cluster = self.kept.entry(world).or_insert_with(|| Cluster { present: 0, bins: vec![0; cells * paths] });
        Some((cluster, first, count.min(paths - first)))
    }

    /// Keeps the bins of paths of one world; `of` gives those of a cell.
    pub fn keep<'b>(&mut self, world: u64, first: u64, count: usize, of: impl Fn(usize) -> &'b [i16]) {
        let paths = self.paths;
        let Some((cluster, first, count)) = self.place(world, first, count) else { return };
        cluster.present |= mask(count) << first;
        for (cell, kept) in cluster.bins.chunks_exact_mut(paths).enumerate() {
            kept[first..first + count].copy_from_slice(&of(cell)[..count]);
        }
    }

    /// The worlds that are here, wholly or in part.
    pub fn kept(&self) -> &BTreeMap<u64, Cluster> {
        &self.kept
    }

    /// Puts back what was kept of a world, if it is of this form.
    pub fn restore(&mut self, world: u64, cluster: Cluster) -> Option<()> {
        let fits = world < WORLDS
            && cluster.present > 0
            && cluster.present & !mask(self.paths) == 0
            && cluster.bins.len() == self.cells * self.paths;
        (fits && self.kept.insert(world, cluster).is_none()).then_some(())
    }

    /// Whether any path is kept.
    pub fn keep_any(&self) -> bool {
        self.bins_per_world() > 0
    }

    /// Numbers that are kept of each world.
    pub fn bins_per_world(&self) -> usize {
        self.cells * self.paths
    }

    pub fn merge(&mut self, other: &Self) {
        for (world, theirs) in &other.kept {
            let mine = self.kept.entry(*world).or_insert_with(|| Cluster { present: 0, bins: vec![0; theirs.bins.len()] });
            // No path is in both.
            mine.present |= theirs.present;
            mine.bins.iter_mut().zip(&theirs.bins).for_each(|(mine, theirs)| *mine |= theirs);
        }
    }

    /// The bins of one cell in the worlds that are here wholly.
    pub fn of(&self, cell: usize) -> Alike {
        let whole = self.kept.values().filter(|cluster| cluster.present == mask(self.paths));
        let row = |cluster: &Cluster| {
            let mut bins = [GAP; PATHS as usize];
            bins[..self.paths].copy_from_slice(&cluster.bins[cell * self.paths..(cell + 1) * self.paths]);
            bins
        };
        Alike(whole.map(row).filter(|bins| bins.iter().any(|bin| *bin != GAP)).collect())
    }
}

/// The bins of one cell: a row for each world, [`GAP`] where there is no path that defines it.
#[derive(Clone, Debug)]
pub(super) struct Alike(Vec<[i16; PATHS as usize]>);

impl Alike {
    /// The intraclass correlation of being below a point: in a lower bin, or in its own and of the part of it that is below. 0 to 1;
    /// `None` if all paths are alike.
    ///
    /// From the ratio estimator for clusters, 1 + (m − 1) ρ times the variance of independent paths (Kish 1965, *Survey Sampling*,
    /// 5.4 and 6.5). Sums over worlds in their order: the same on any machine.
    pub fn correlation(&self, bin: i16, part: f64) -> Option<f64> {
        let count =
            |row: &[i16], holds: fn(i16, i16) -> bool| f64::from(row.iter().map(|other| u16::from(holds(*other, bin))).sum::<u16>());
        let world = |row: &[i16; PATHS as usize]| {
            let gaps = count(row, |other, _| other == GAP);
            let (below, inside) = (count(row, |other, bin| other < bin) - gaps, count(row, |other, bin| other == bin));
            (PATHS as f64 - gaps, below + part * inside, below + part * part * inside)
        };
        let sums = self.0.iter().map(world).fold([0.0; 6], |[n, x, squares, mm, mx, xx], (m, own, square)| {
            [n + m, x + own, squares + square, mm + m * m, mx + m * own, xx + own * own]
        });
        let [n, x, squares, mm, mx, xx] = sums;
        let (worlds, mean, size) = (self.0.len() as f64, x / n, mm / n);
        let variance = squares / n - mean * mean;
        if worlds < 2.0 || size <= 1.0 || variance <= f64::EPSILON {
            return None;
        }
        // Σ (x − x̄ m)² over worlds: sums of small numbers, of which no digits are lost.
        let residuals = xx - 2.0 * mean * mx + mean * mean * mm;
        let design_effect = worlds / (worlds - 1.0) * residuals / (n * variance);
        Some(((design_effect - 1.0) / (size - 1.0)).clamp(0.0, 1.0))
    }
}

/// The lowest so many bits.
fn mask(paths: usize) -> u16 {
    (u16::MAX as u32 >> (16 - paths.min(16))) as u16
}
