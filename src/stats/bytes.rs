//! The byte form of a tally: blocks computed elsewhere merge later to the same bits.
//!
//! Equal tallies have equal bytes, on any machine. Layout: a mark, then whole numbers of seven bits a
//! byte (low bits first, a set top bit for "more"; signed ones folded as 0, −1, 1, −2, …), then the
//! SHA-256 of all before it.

use std::fmt;

use sha2::{Digest, Sha256};

use super::cells::{Cells, Totals, WorldSums};
use super::clusters::{Cluster, Clusters};
use super::histogram::{GAP, last_bin};
use super::scrambles::{ScrambleSums, Scrambles};
use super::tally::PartialWorld;
use super::wide::Wide;
use super::{PATH_LIMIT, Tally, TallyShape};

const MARK: &[u8] = b"greenlight tally\n";
/// Changes whenever the byte form does.
const VERSION: u64 = 3;
const DIGEST: usize = 32;

/// Why bytes are not a tally of this run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BytesError {
    /// They do not begin like a tally.
    NotATally,
    /// Some byte differs from what was written, or some are missing.
    Damaged,
    /// A version of the program with another byte form wrote them.
    Version(u64),
    /// They count the paths of another model.
    Foreign,
}

impl fmt::Display for BytesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotATally => write!(f, "this is not a tally"),
            Self::Damaged => write!(f, "the tally is damaged: simulate its block again"),
            Self::Version(version) => {
                write!(f, "the tally has byte form {version} and this program reads {VERSION}: use the version that wrote it")
            }
            Self::Foreign => write!(f, "the tally belongs to another scenario: its series, outcomes or paths per world differ"),
        }
    }
}

impl std::error::Error for BytesError {}

impl Tally {
    /// Its byte form.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer(MARK.to_vec());
        writer.put(VERSION);
        writer.put_shape(&self.shape);
        writer.put(self.worlds);
        writer.put(self.coverage.paths);
        writer.put(self.coverage.positions);
        writer.put(self.coverage.squares);
        self.states.iter().for_each(|count| writer.put(*count));
        writer.put_cells(&self.monthly);
        writer.put_cells(&self.outcomes);
        writer.put(self.open.0.len() as u64);
        for (world, part) in &self.open.0 {
            writer.put(*world);
            writer.put(part.paths);
            part.monthly.iter().chain(&part.outcomes).for_each(|sums| writer.put_world(sums));
        }
        let digest = Sha256::digest(&writer.0);
        writer.0.extend_from_slice(&digest);
        writer.0
    }

    /// Reads the byte form of a tally of records of a known shape.
    pub fn from_bytes(bytes: &[u8], shape: &TallyShape) -> Result<Self, BytesError> {
        if !bytes.starts_with(MARK) {
            return Err(BytesError::NotATally);
        }
        let (content, digest) = bytes.split_at_checked(bytes.len().saturating_sub(DIGEST)).ok_or(BytesError::Damaged)?;
        if content.len() < MARK.len() || Sha256::digest(content)[..] != *digest {
            return Err(BytesError::Damaged);
        }
        let mut reader = Reader(&content[MARK.len()..]);
        let version = reader.get()?;
        if version != VERSION {
            return Err(BytesError::Version(version));
        }
        // From here on every size is known, so that no number in the file decides how much is allocated.
        let expected = {
            let mut writer = Writer(Vec::new());
            writer.put_shape(shape);
            writer.0
        };
        reader.0 = reader.0.strip_prefix(&expected[..]).ok_or(BytesError::Foreign)?;
        let mut tally = Self::new(shape.clone());
        reader.get_tally(&mut tally)?;
        if reader.0.is_empty() { Ok(tally) } else { Err(BytesError::Damaged) }
    }
}

struct Writer(Vec<u8>);

impl Writer {
    fn put(&mut self, number: impl Into<u128>) {
        let mut rest = number.into();
        while rest >= 0x80 {
            self.0.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        self.0.push(rest as u8);
    }

    fn put_signed(&mut self, number: impl Into<i128>) {
        let number = number.into();
        self.put(((number << 1) ^ (number >> 127)) as u128);
    }

    fn put_wide(&mut self, number: Wide) {
        self.put(number.high);
        self.put(number.low);
    }

    fn put_shape(&mut self, shape: &TallyShape) {
        for size in [shape.months, shape.monthly_cells, shape.outcome_cells, shape.states.len()] {
            self.put(size as u64);
        }
        shape.states.iter().for_each(|states| self.put(*states as u64));
        self.put(shape.paths_per_world);
        self.put(shape.scrambles);
    }

    fn put_cells<const BITS: u32>(&mut self, cells: &Cells<BITS>) {
        for (cell, totals) in cells.totals.iter().enumerate() {
            self.put_totals(totals);
            self.put_bins(cells.row(cell));
        }
        for sums in &cells.scrambles.sums {
            self.put(sums.paths);
            self.put_signed(sums.value);
            self.put(sums.zeros);
        }
        for table in &cells.scrambles.tables {
            (0..cells.scrambles.count()).for_each(|scramble| self.put_bins(table.row(scramble)));
        }
        self.put(cells.clusters.kept().len() as u64);
        for (world, cluster) in cells.clusters.kept() {
            self.put(*world);
            self.put(cluster.present);
            cluster.bins.iter().for_each(|bin| self.put_signed(*bin));
        }
    }

    fn put_bins(&mut self, (first, counts): (i16, &[u32])) {
        let bins = || (first..).zip(counts).filter(|(_, count)| **count > 0);
        self.put(bins().count() as u64);
        let mut previous = 0;
        for (bin, count) in bins() {
            self.put_signed(bin - previous);
            self.put(*count);
            previous = bin;
        }
    }

    fn put_totals(&mut self, totals: &Totals) {
        self.put_signed(totals.value.0);
        self.put_wide(totals.value.1);
        self.put(totals.zeros.0);
        self.put(totals.zeros.1);
        self.put(totals.square);
        self.put(totals.gaps.0);
        self.put(totals.gaps.1);
        self.put(totals.absent);
        self.put_signed(totals.lost.0);
        self.put(totals.lost.1);
    }

    fn put_world(&mut self, sums: &WorldSums) {
        self.put_signed(sums.value);
        self.put(sums.square);
        self.put(sums.zeros);
        self.put(sums.gaps);
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn get<T: TryFrom<u128>>(&mut self) -> Result<T, BytesError> {
        let mut number = 0_u128;
        for shift in (0..128).step_by(7) {
            let (byte, rest) = self.0.split_first().ok_or(BytesError::Damaged)?;
            self.0 = rest;
            number |= u128::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return T::try_from(number).map_err(|_| BytesError::Damaged);
            }
        }
        Err(BytesError::Damaged)
    }

    fn get_signed<T: TryFrom<i128>>(&mut self) -> Result<T, BytesError> {
        let folded: u128 = self.get()?;
        T::try_from((folded >> 1) as i128 ^ -((folded & 1) as i128)).map_err(|_| BytesError::Damaged)
    }

    fn get_tally(&mut self, tally: &mut Tally) -> Result<(), BytesError> {
        tally.worlds = self.get()?;
        tally.coverage.paths = self.get()?;
        tally.coverage.positions = self.get()?;
        tally.coverage.squares = self.get()?;
        let paths = tally.coverage.paths;
        if paths > PATH_LIMIT || tally.worlds > paths {
            return Err(BytesError::Damaged);
        }
        for count in &mut tally.states {
            *count = self.get()?;
            if *count > paths {
                return Err(BytesError::Damaged);
            }
        }
        self.get_cells(&mut tally.monthly, paths)?;
        self.get_cells(&mut tally.outcomes, paths)?;
        for _ in 0..self.get::<u64>()? {
            let world = self.get()?;
            let part = PartialWorld {
                paths: self.get()?,
                monthly: (0..tally.shape.monthly_cells).map(|_| self.get_world()).collect::<Result<_, _>>()?,
                outcomes: (0..tally.shape.outcome_cells).map(|_| self.get_world()).collect::<Result<_, _>>()?,
            };
            tally.open.0.insert(world, part);
        }
        Ok(())
    }

    fn get_cells<const BITS: u32>(&mut self, cells: &mut Cells<BITS>, paths: u64) -> Result<(), BytesError> {
        for cell in 0..cells.totals.len() {
            cells.totals[cell] = self.get_totals()?;
            self.get_bins::<BITS>(paths, |bin, count| {
                let (first, counts) = cells.row_mut(cell, bin.min(0), bin.max(0));
                counts[(bin - first) as usize] = count;
            })?;
        }
        self.get_scrambles(&mut cells.scrambles, paths)?;
        self.get_clusters::<BITS>(&mut cells.clusters)
    }

    fn get_scrambles<const BITS: u32>(&mut self, scrambles: &mut Scrambles<BITS>, paths: u64) -> Result<(), BytesError> {
        for sums in &mut scrambles.sums {
            *sums = ScrambleSums { paths: self.get()?, value: self.get_signed()?, zeros: self.get()? };
        }
        let count = scrambles.count();
        for table in &mut scrambles.tables {
            for scramble in 0..count {
                self.get_bins::<BITS>(paths, |bin, count| {
                    let (first, counts) = table.row_mut(scramble, bin.min(0), bin.max(0));
                    counts[(bin - first) as usize] = count;
                })?;
            }
        }
        Ok(())
    }

    fn get_clusters<const BITS: u32>(&mut self, clusters: &mut Clusters) -> Result<(), BytesError> {
        let known = |bin: &i16| *bin == GAP || bin.abs() <= last_bin(BITS);
        for _ in 0..self.get::<u64>()? {
            let (world, present) = (self.get()?, self.get()?);
            let bins = (0..clusters.bins_per_world())
                .map(|_| self.get_signed().and_then(|bin| Some(bin).filter(known).ok_or(BytesError::Damaged)));
            let bins = bins.collect::<Result<_, _>>()?;
            clusters.restore(world, Cluster { present, bins }).ok_or(BytesError::Damaged)?;
        }
        Ok(())
    }

    /// Hands out each bin and its count.
    fn get_bins<const BITS: u32>(&mut self, paths: u64, mut put: impl FnMut(i16, u32)) -> Result<(), BytesError> {
        let (mut bin, mut counted) = (0_i16, 0_u64);
        for _ in 0..self.get::<u64>()? {
            bin = bin.checked_add(self.get_signed()?).filter(|bin| bin.abs() <= last_bin(BITS)).ok_or(BytesError::Damaged)?;
            let count: u32 = self.get()?;
            counted += u64::from(count);
            put(bin, count);
        }
        if counted > paths { Err(BytesError::Damaged) } else { Ok(()) }
    }

    fn get_totals(&mut self) -> Result<Totals, BytesError> {
        Ok(Totals {
            value: (self.get_signed()?, Wide { high: self.get()?, low: self.get()? }),
            zeros: (self.get()?, self.get()?),
            square: self.get()?,
            gaps: (self.get()?, self.get()?),
            absent: self.get()?,
            lost: (self.get_signed()?, self.get()?),
        })
    }

    fn get_world(&mut self) -> Result<WorldSums, BytesError> {
        Ok(WorldSums { value: self.get_signed()?, square: self.get()?, zeros: self.get()?, gaps: self.get()? })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Recorder;
    use super::super::samples::{record, shape};
    use super::*;

    /// Seven whole worlds, and one of which two paths are missing.
    fn tally() -> Tally {
        let shape = shape(3);
        let mut recorder = Recorder::new(shape.clone());
        (0..22).for_each(|path| recorder.push(path / 3, path % 3, &record(&shape, path)).unwrap());
        recorder.finish().unwrap()
    }

    #[test]
    fn what_is_written_is_read_back() {
        let bytes = tally().to_bytes();
        let read = Tally::from_bytes(&bytes, &shape(3)).unwrap();
        assert_eq!((read.paths(), read.worlds(), read.open_worlds()), (22, 7, 1));
        assert_eq!(read.to_bytes(), bytes);
    }

    #[test]
    fn a_read_tally_merges_to_the_same_bytes() {
        let shape = shape(3);
        let mut rest = Recorder::new(shape.clone());
        (22..30).for_each(|path| rest.push(path / 3, path % 3, &record(&shape, path)).unwrap());
        let mut merged = Tally::from_bytes(&tally().to_bytes(), &shape).unwrap();
        merged.merge(rest.finish().unwrap()).unwrap();
        let mut whole = Recorder::new(shape.clone());
        (0..30).for_each(|path| whole.push(path / 3, path % 3, &record(&shape, path)).unwrap());
        assert_eq!(merged.to_bytes(), whole.finish().unwrap().to_bytes());
    }

    #[test]
    fn every_edit_of_one_byte_is_refused() {
        let bytes = tally().to_bytes();
        for position in 0..bytes.len() {
            for flip in [0x01, 0x80, 0xFF] {
                let mut edited = bytes.clone();
                edited[position] ^= flip;
                assert!(Tally::from_bytes(&edited, &shape(3)).is_err(), "byte {position} changed by {flip}");
            }
        }
    }

    #[test]
    fn every_cut_and_every_addition_is_refused() {
        let mut bytes = tally().to_bytes();
        for end in 0..bytes.len() {
            assert!(Tally::from_bytes(&bytes[..end], &shape(3)).is_err(), "cut at {end}");
        }
        bytes.push(0);
        assert_eq!(Tally::from_bytes(&bytes, &shape(3)).unwrap_err(), BytesError::Damaged);
    }

    #[test]
    fn another_shape_and_a_newer_form_are_named() {
        let bytes = tally().to_bytes();
        assert_eq!(Tally::from_bytes(&bytes, &shape(4)).unwrap_err(), BytesError::Foreign);
        assert_eq!(Tally::from_bytes(b"PK", &shape(3)).unwrap_err(), BytesError::NotATally);
        let mut newer = bytes[..bytes.len() - DIGEST].to_vec();
        newer[MARK.len()] = 9;
        let digest = Sha256::digest(&newer);
        newer.extend_from_slice(&digest);
        assert_eq!(Tally::from_bytes(&newer, &shape(3)).unwrap_err(), BytesError::Version(9));
    }
}
