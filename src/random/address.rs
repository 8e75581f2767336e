//! Addressed draws.
//!
//! Each address (seed, world, path, source, entity) is hashed to 128 bits: a start and an odd step.
//! The word at (month, slot) is a strong 64-bit mix of `start + (16 month + slot) × step`: a
//! counter-based generator, so that words are independent of the order in which they are asked for,
//! and lanes of paths can compute them side by side.

use super::chance::{normal_draw, normal_draws};
use crate::domain::{Row, each};
use rand::TryRng;
use std::convert::Infallible;

/// Changes whenever any draw at any address changes.
pub const STREAM_VERSION: u64 = 1;

/// Slots a source may use per entity and month; more words come from [`Draws::stream`].
const SLOTS: u64 = 16;

/// Moremur (Pelle Evensen, 2019): a bijective 64-bit mix that passes strict tests even on plain counters.
#[inline(always)]
const fn mix(mut x: u64) -> u64 {
    x ^= x >> 27;
    x = x.wrapping_mul(0x3C79_AC49_2BA7_B653);
    x ^= x >> 33;
    x = x.wrapping_mul(0x1C69_B3F7_4AC4_AE35);
    x ^ (x >> 27)
}

/// The hash of (version, seed, world, path): 128 bits, so that no two paths of any run share draws.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PathKey {
    high: u64,
    low: u64,
}

impl PathKey {
    /// Draws of chance, made afresh for each path inside a world.
    pub fn path(seed: u64, world: u64, path: u64) -> Self {
        Self::of([seed, world, path, 1])
    }

    /// Draws of ignorance, made once for a world.
    pub fn world(seed: u64, world: u64) -> Self {
        Self::of([seed, world, 0, 0])
    }

    fn of(parts: [u64; 4]) -> Self {
        let start = Self { high: mix(STREAM_VERSION ^ 0x9E37_79B9_7F4A_7C15), low: mix(STREAM_VERSION ^ 0xD1B5_4A32_D192_ED03) };
        parts.iter().fold(start, |key, part| Self {
            high: mix(key.high ^ mix(part.wrapping_add(0xA076_1D64_78BD_642F))),
            low: mix(key.low.wrapping_add(mix(part ^ 0xE703_7ED1_A0B4_28DB))),
        })
    }
}

/// The hash of (source, entity), computed once per model. Entities are named, never numbered:
/// a buyer keeps its draws wherever it stands in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag(u64);

impl Tag {
    /// The tag of an entity's draws from one source, such as `("review", "bytedance")`.
    pub fn new(source: &str, entity: &str) -> Self {
        // The length of the source separates ("ab", "c") from ("a", "bc").
        let bytes = source.bytes().chain(entity.bytes());
        Self(bytes.fold(mix(source.len() as u64), |hash, byte| mix(hash ^ u64::from(byte)).wrapping_add(0x9E37_79B9_7F4A_7C15)))
    }
}

/// All draws of one (path, source, entity).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draws {
    start: u64,
    step: u64,
}

impl Draws {
    /// The draws at this address.
    #[inline(always)]
    pub fn new(key: PathKey, tag: Tag) -> Self {
        Self { start: mix(key.high ^ tag.0), step: mix(key.low.wrapping_add(tag.0)) | 1 }
    }

    /// The word at (month, slot); `slot` is below 16.
    #[inline(always)]
    pub fn word(self, month: usize, slot: u64) -> u64 {
        debug_assert!(slot < SLOTS);
        mix(self.start.wrapping_add((month as u64 * SLOTS + slot).wrapping_mul(self.step)))
    }

    /// A uniform draw strictly between 0 and 1, with 52 bits.
    #[inline(always)]
    pub fn uniform(self, month: usize, slot: u64) -> f64 {
        open_unit(self.word(month, slot))
    }

    /// A standard normal draw; see [`super::normal_draw`] for its accuracy.
    #[inline(always)]
    pub fn normal(self, month: usize, slot: u64) -> f64 {
        normal_draw(self.uniform(month, slot))
    }

    /// An unbounded stream of words for one month, for samplers that reject. It touches no other draw.
    pub fn stream(self, month: usize, slot: u64) -> Stream {
        Stream { start: self.word(month, slot), step: mix(self.step ^ (month as u64 * SLOTS + slot)) | 1, next: 0 }
    }
}

/// The draws of one source and entity in each path of a block.
#[derive(Clone, Debug, PartialEq)]
pub struct DrawRows<const N: usize> {
    start: Row<u64, N>,
    step: Row<u64, N>,
}

impl<const N: usize> DrawRows<N> {
    /// The draws at these addresses.
    #[inline(always)]
    pub fn new(keys: &Row<PathKey, N>, tag: Tag) -> Self {
        Self { start: each(|l| mix(keys[l].high ^ tag.0)), step: each(|l| mix(keys[l].low.wrapping_add(tag.0)) | 1) }
    }

    /// The draws of one path.
    #[inline(always)]
    pub fn path(&self, l: usize) -> Draws {
        Draws { start: self.start[l], step: self.step[l] }
    }

    /// [`Draws::uniform`] of each path.
    #[inline(always)]
    pub fn uniform(&self, month: usize, slot: u64) -> Row<f64, N> {
        let place = u64::from(month as u32) * SLOTS + slot;
        each(|l| open_unit(mix(self.start[l].wrapping_add(place.wrapping_mul(self.step[l])))))
    }

    /// [`Draws::normal`] of each path.
    #[inline(always)]
    pub fn normal(&self, month: usize, slot: u64) -> Row<f64, N> {
        normal_draws(&self.uniform(month, slot))
    }
}

/// The middle of one of 2^52 equal cells of the unit interval: never 0, never 1, exact in an `f64`.
#[inline(always)]
fn open_unit(word: u64) -> f64 {
    ((word >> 12) as f64 + 0.5) * (1.0 / 4_503_599_627_370_496.0)
}

/// A stream of words with an address of its own; a [`rand`] generator.
#[derive(Clone, Debug)]
pub struct Stream {
    start: u64,
    step: u64,
    next: u64,
}

impl Stream {
    /// The next uniform draw strictly between 0 and 1.
    pub fn uniform(&mut self) -> f64 {
        open_unit(self.word())
    }

    fn word(&mut self) -> u64 {
        let word = mix(self.start.wrapping_add(self.next.wrapping_mul(self.step)));
        self.next += 1;
        word
    }
}

impl TryRng for Stream {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.word() >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.word())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.word().to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    // The expected words come from a second implementation, in Python, of the rule at the top of this file.

    #[test]
    fn known_words_at_known_addresses() {
        let path = Draws::new(PathKey::path(20_251_210, 3, 7), Tag::new("review", "bytedance"));
        let words = [(0, 0), (0, 1), (1, 0), (24, 15)].map(|(month, slot)| path.word(month, slot));
        assert_eq!(words, [0xB652_780E_1D7F_0142, 0x08EE_64A7_E8CF_CFA9, 0xC7DB_C53B_EE4A_517C, 0xE573_138A_10DE_EE60]);
        let world = Draws::new(PathKey::world(20_251_210, 3), Tag::new("inputs", "supply.stock_chips"));
        assert_eq!((world.word(0, 0), world.uniform(0, 0)), (0xF5F8_9F1D_C842_0F4D, 0.960_824_913_760_241_5));
        let last_seed = Draws::new(PathKey::path(i64::MAX as u64, 0, 0), Tag::new("grants", "字节跳动"));
        assert_eq!(last_seed.word(11, 3), 0xEBDB_E3F6_845E_370E);
        let mut stream = path.stream(5, 2);
        let words: [u64; 3] = std::array::from_fn(|_| stream.next_u64());
        assert_eq!(words, [0xF861_4F8A_C70F_8EDF, 0x1811_47DC_CCDC_5F66, 0xC787_D700_012B_EAD6]);
    }

    #[test]
    fn the_mix_is_a_bijection() {
        // Undo each step: x ^= x >> 27 and 33, and the inverses of the two odd factors modulo 2^64.
        let inverse = |odd: u64| (0..6).fold(odd, |x, _| x.wrapping_mul(2_u64.wrapping_sub(odd.wrapping_mul(x))));
        let unshift = |x: u64, by: u32| x ^ (x >> by) ^ x.checked_shr(2 * by).unwrap_or(0);
        for k in 0..1000_u64 {
            let x = k.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let mut y = unshift(mix(x), 27).wrapping_mul(inverse(0x1C69_B3F7_4AC4_AE35));
            y = unshift(y, 33).wrapping_mul(inverse(0x3C79_AC49_2BA7_B653));
            assert_eq!(unshift(y, 27), x);
        }
    }

    #[test]
    fn uniform_draws_lie_strictly_between_0_and_1() {
        assert_eq!((open_unit(0), open_unit(u64::MAX)), (f64::EPSILON / 2.0, 1.0 - f64::EPSILON / 2.0));
    }

    #[test]
    fn the_border_between_source_and_entity_counts() {
        assert_ne!(Tag::new("ab", "c"), Tag::new("a", "bc"));
        assert_ne!(Tag::new("", "ab"), Tag::new("ab", ""));
        assert_ne!(PathKey::world(1, 2), PathKey::path(1, 2, 0));
    }
}
