//! Histograms of integers: only counters, so that they merge to the same bits in any order.
//!
//! The bin of a value is its sign and the leading bits of its magnitude: `2^BITS` bins per octave,
//! every integer below `2^(BITS + 1)` a bin of its own.

use super::VALUE_LIMIT;

/// The bin of a value with magnitude below [`VALUE_LIMIT`]: 0 for 0, rising with the value, mirrored below zero.
#[inline(always)]
pub(super) fn bin_of<const BITS: u32>(value: i64) -> i16 {
    bin_of_key::<BITS>(key_of::<BITS>(value as f64)) as i16
}

/// Half the bits of a float from which the bin of a whole number is read; the float `x + max(x, 2^BITS)` of a magnitude x
/// has a leading bit that counts octaves, linear up to `2^(BITS + 1)`, and BITS bits that count inside.
///
/// Read from bits, because that compiles to vector instructions of every processor, which counting leading zeros does not;
/// in two steps, because the second works on twice as many numbers at a time. All steps are exact.
#[inline(always)]
pub(super) fn key_of<const BITS: u32>(whole: f64) -> u32 {
    let magnitude = whole.abs();
    let linear = (1 << BITS) as f64;
    let folded = magnitude + if magnitude > linear { magnitude } else { linear };
    // The half has BITS bits of the fraction and more.
    ((folded.to_bits() | (whole.to_bits() & (1 << 63))) >> 32) as u32
}

/// The bin of a number with this key; beyond the last for numbers that are too large, or are none.
#[inline(always)]
pub(super) fn bin_of_key<const BITS: u32>(key: u32) -> i32 {
    let bin = ((key & 0x7FFF_FFFF) >> (20 - BITS)).wrapping_sub((1023 + BITS) << BITS) as i32;
    let sign = key as i32 >> 31;
    (bin ^ sign).wrapping_sub(sign)
}

/// Stands among bins for an undefined value.
pub(super) const GAP: i16 = i16::MIN;

/// The last bin any value can have.
pub(super) const fn last_bin(bits: u32) -> i16 {
    let shift = VALUE_LIMIT.ilog2() - 1 - bits;
    ((shift << bits) + (2 << bits) - 1) as i16
}

/// The smallest and the largest integer of a bin.
pub(super) fn range_of(bits: u32, bin: i16) -> (i64, i64) {
    if bin < 0 {
        let (low, high) = range_of(bits, -bin);
        return (-high, -low);
    }
    let shift = ((bin >> bits) - 1).max(0);
    let lead = i64::from(bin - (shift << bits));
    (lead << shift, ((lead + 1) << shift) - 1)
}

/// Histograms of a few cells that share one range of bins, such as the months of a series.
#[derive(Clone, Debug)]
pub(super) struct Table<const BITS: u32> {
    /// First bin of every row, zero or below.
    low: i16,
    /// Bins in a row.
    width: usize,
    /// `[row][bin - low]`.
    counts: Vec<u32>,
}

impl<const BITS: u32> Table<BITS> {
    pub fn new(rows: usize) -> Self {
        let width = 1 << BITS;
        Self { low: 0, width, counts: vec![0; rows * width] }
    }

    /// Counts bins of one row.
    #[inline(always)]
    pub fn count(&mut self, row: usize, bins: &[i16], tallies: &mut Tallies) {
        let low = bins.iter().fold(0, |low, bin| low.min(*bin));
        let high = bins.iter().fold(0, |high, bin| high.max(*bin));
        if low == GAP {
            return self.count_defined(row, bins);
        }
        let (first, counts) = self.row_mut(row, low, high);
        if low == 0 && high == 0 {
            counts[-first as usize] += bins.len() as u32;
            return;
        }
        tallies.count(bins);
        tallies.hand_over(low, &mut counts[(low - first) as usize..=(high - first) as usize]);
    }

    /// As `count`, one by one, for bins of which some may be [`GAP`].
    #[inline(never)]
    pub fn count_defined(&mut self, row: usize, bins: &[i16]) {
        for bin in bins.iter().filter(|bin| **bin != GAP) {
            let (low, counts) = self.row_mut(row, (*bin).min(0), (*bin).max(0));
            counts[(bin - low) as usize] += 1;
        }
    }

    /// The counters of one cell, with room for bins `low..=high`, and their first bin.
    pub fn row_mut(&mut self, row: usize, low: i16, high: i16) -> (i16, &mut [u32]) {
        self.cover(low, high);
        (self.low, &mut self.counts[row * self.width..(row + 1) * self.width])
    }

    /// The first bin and the counters of one cell.
    pub fn row(&self, row: usize) -> (i16, &[u32]) {
        (self.low, &self.counts[row * self.width..(row + 1) * self.width])
    }

    /// The first bin, and the counters of all cells, one after another.
    pub fn rows(&self) -> (i16, &[u32]) {
        (self.low, &self.counts)
    }

    pub fn merge(&mut self, other: &Self) {
        if self.counts.is_empty() {
            return;
        }
        self.cover(other.low, other.end() - 1);
        let offset = (other.low - self.low) as usize;
        for (mine, theirs) in self.counts.chunks_exact_mut(self.width).zip(other.counts.chunks_exact(other.width)) {
            for (a, b) in mine[offset..].iter_mut().zip(theirs) {
                *a += b;
            }
        }
    }

    fn end(&self) -> i16 {
        self.low + self.width as i16
    }

    fn cover(&mut self, low: i16, high: i16) {
        if low < self.low || high >= self.end() {
            self.widen(low, high);
        }
    }

    /// Lays the rows out anew over whole octaves. Rare: a range soon stops growing.
    #[cold]
    fn widen(&mut self, low: i16, high: i16) {
        let octave = 1 << BITS;
        let new_low = self.low.min(low.div_euclid(octave) * octave);
        let new_end = self.end().max((high.div_euclid(octave) + 1) * octave);
        let width = (new_end - new_low) as usize;
        let mut counts = vec![0; self.counts.len() / self.width * width];
        let offset = (self.low - new_low) as usize;
        for (new, old) in counts.chunks_exact_mut(width).zip(self.counts.chunks_exact(self.width)) {
            new[offset..offset + self.width].copy_from_slice(old);
        }
        *self = Self { low: new_low, width, counts };
    }
}

/// Counters of one batch of bins: four to each bin, so that no increment waits for the one before, even where one bin
/// is most of what comes.
#[derive(Clone, Debug)]
pub(super) struct Tallies(Box<[[u16; Tallies::BINS + Tallies::APART]; 4]>);

impl Default for Tallies {
    fn default() -> Self {
        Self(Box::new([[0; Self::BINS + Self::APART]; 4]))
    }
}

impl Tallies {
    /// More than there are bins of either sign; a power of two.
    const BINS: usize = 1 << 14;
    /// A line of cache more, so that the four counters of a bin lie in different ones.
    const APART: usize = 32;

    /// Negative bins stand at the end.
    #[inline(always)]
    fn place(bin: i16) -> usize {
        bin as usize & (Self::BINS - 1)
    }

    /// Counts at most 65,535 bins.
    #[inline(always)]
    fn count(&mut self, bins: &[i16]) {
        let (fours, rest) = bins.as_chunks::<4>();
        for four in fours {
            for (tally, bin) in self.0.iter_mut().zip(four) {
                let counter = &mut tally[Self::place(*bin)];
                *counter = counter.wrapping_add(1);
            }
        }
        for bin in rest {
            self.0[0][Self::place(*bin)] += 1;
        }
    }

    /// Adds the counts of the bins from `low` on to a row, and starts anew.
    #[inline(always)]
    fn hand_over(&mut self, low: i16, row: &mut [u32]) {
        let below_zero = usize::from(low.unsigned_abs());
        let (negative, other) = row.split_at_mut(below_zero);
        for (start, counts) in [(Self::BINS - below_zero, negative), (0, other)] {
            let [first, second, third, fourth] = self.0.each_mut().map(|tally| &mut tally[start..start + counts.len()]);
            for (i, count) in counts.iter_mut().enumerate() {
                // A tally has fewer paths than a counter can hold.
                *count = count.wrapping_add(u32::from(first[i]) + u32::from(second[i]) + u32::from(third[i]) + u32::from(fourth[i]));
            }
            for tally in [first, second, third, fourth] {
                tally.fill(0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_integers_have_a_bin_each_and_octaves_are_contiguous() {
        for value in 0..64 {
            assert_eq!(bin_of::<5>(value), value as i16);
            assert_eq!(bin_of::<5>(-value), -value as i16);
        }
        // 64 and 65 share the first bin of width two; 127 is in the last of that octave; 128 starts the next.
        assert_eq!([64, 65, 66, 127, 128].map(bin_of::<5>), [64, 64, 65, 95, 96]);
        assert_eq!([255, 256, 257, 258].map(bin_of::<7>), [255, 256, 256, 257]);
    }

    #[test]
    fn every_bin_covers_its_own_range_and_no_more() {
        fn check<const BITS: u32>() {
            for bin in -last_bin(BITS)..=last_bin(BITS) {
                let (low, high) = range_of(BITS, bin);
                assert_eq!((bin_of::<BITS>(low), bin_of::<BITS>(high)), (bin, bin));
                assert!(bin == last_bin(BITS) || bin_of::<BITS>(high + 1) == bin + 1);
                assert!((high - low) << BITS <= low.abs().max(high.abs()), "bin {bin} is wider than 1 / 2^{BITS}");
            }
            assert_eq!(range_of(BITS, last_bin(BITS)).1, VALUE_LIMIT - 1);
        }
        check::<5>();
        check::<7>();
    }

    #[test]
    fn widening_keeps_every_count() {
        let mut table = Table::<5>::new(2);
        let mut put = |row, bin: i16| {
            let (low, counts) = table.row_mut(row, bin, bin);
            counts[(bin - low) as usize] += 1;
        };
        [(0, 0), (1, 31), (1, 400), (0, -70), (1, 31)].into_iter().for_each(|(row, bin)| put(row, bin));
        let found = |row| {
            let (low, counts) = table.row(row);
            counts.iter().enumerate().filter(|(_, n)| **n > 0).map(|(i, n)| (low + i as i16, *n)).collect::<Vec<_>>()
        };
        assert_eq!(found(0), [(-70, 1), (0, 1)]);
        assert_eq!(found(1), [(31, 2), (400, 1)]);
    }
}
