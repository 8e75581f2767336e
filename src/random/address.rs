//! Addressed draws.
//!
//! Each path (seed, world, path) is hashed to 128 bits. The first half and the hash of (source, entity) give the start of a
//! stream, the second half gives the odd step of all streams of the path. The word at (month, slot) is a strong 64-bit mix
//! of `start + (16 month + slot) × step`: a counter-based generator, so that words are independent of the order in which
//! they are asked for, and lanes of paths can compute them side by side.

use super::chance::{normal_draw, normal_draws};
use crate::lanes::{Row, each};
use rand::TryRng;
use std::convert::Infallible;

/// Changes whenever any draw at any address changes.
pub const STREAM_VERSION: u64 = 2;

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

    /// How the points of a scramble of worlds are laid.
    pub fn scramble(seed: u64, scramble: u64) -> Self {
        Self::of([seed, scramble, 0, 2])
    }

    #[inline(always)]
    fn start(self, tag: Tag) -> u64 {
        mix(self.high ^ tag.0)
    }

    #[inline(always)]
    fn step(self) -> u64 {
        self.low | 1
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
        Self { start: key.start(tag), step: key.step() }
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
        Stream { start: self.word(month, slot), step: stream_step(self.step, month as u64 * SLOTS + slot), next: 0 }
    }
}

/// The draws of one source and entity in each path of a block.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DrawRows<const N: usize> {
    start: Row<u64, N>,
}

/// How far the draws of one month lie from the start of each path's streams: the same for every source and entity.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Place<const N: usize> {
    step: Row<u64, N>,
    /// For slots 0 and 1, the only ones a month uses of a stream.
    offsets: [Row<u64, N>; 2],
    /// The step of the streams that start at slot 0, [`Draws::stream`].
    stream_step: Row<u64, N>,
}

impl<const N: usize> Place<N> {
    /// Month 0.
    #[inline(always)]
    pub fn new(keys: &Row<PathKey, N>) -> Self {
        let step = each(|l| keys[l].step());
        let mut place = Self { step, offsets: [Row::default(); 2], stream_step: Row::default() };
        place.turn_to(0);
        place
    }

    /// Goes to a month.
    #[inline(always)]
    pub fn turn_to(&mut self, month: usize) {
        let place = u64::from(month as u32) * SLOTS;
        let step = &self.step;
        self.offsets = [each(|l| place.wrapping_mul(step[l])), each(|l| (place + 1).wrapping_mul(step[l]))];
        self.stream_step = each(|l| stream_step(step[l], place));
    }
}

impl<const N: usize> Place<N> {
    /// The draws of entity and path `at(i)` in place `i`, and this month's place in them.
    #[inline(always)]
    pub fn gather(&self, entities: &[DrawRows<N>], at: impl Fn(usize) -> (usize, usize)) -> (DrawRows<N>, Self) {
        let start = each(|i| {
            let (entity, l) = at(i);
            entities[entity].start[l]
        });
        let from = |row: &Row<u64, N>| each(|i| row[at(i).1]);
        let [first, second] = &self.offsets;
        let place = Self { step: self.step, offsets: [from(first), from(second)], stream_step: from(&self.stream_step) };
        (DrawRows { start }, place)
    }
}

impl<const N: usize> DrawRows<N> {
    /// The draws at these addresses.
    #[inline(always)]
    pub fn new(keys: &Row<PathKey, N>, tag: Tag) -> Self {
        Self { start: each(|l| keys[l].start(tag)) }
    }

    #[inline(always)]
    fn words(&self, place: &Place<N>, slot: usize) -> Row<u64, N> {
        let offset = &place.offsets[slot];
        each(|l| mix(self.start[l].wrapping_add(offset[l])))
    }

    /// [`Draws::uniform`] of each path.
    #[inline(always)]
    pub fn uniform(&self, place: &Place<N>, slot: usize) -> Row<f64, N> {
        let offset = &place.offsets[slot];
        each(|l| open_unit(mix(self.start[l].wrapping_add(offset[l]))))
    }

    /// [`Draws::normal`] of each path.
    #[inline(always)]
    pub fn normal(&self, place: &Place<N>, slot: usize) -> Row<f64, N> {
        normal_draws(&self.uniform(place, slot))
    }

    /// [`Draws::stream`] of each path, from slot 0.
    #[inline(always)]
    pub fn streams(&self, place: &Place<N>) -> Streams<N> {
        Streams { start: self.words(place, 0), step: place.stream_step }
    }
}

/// An unbounded stream of words for each path.
#[derive(Clone, Debug, PartialEq)]
pub struct Streams<const N: usize> {
    start: Row<u64, N>,
    step: Row<u64, N>,
}

impl<const N: usize> Streams<N> {
    /// The uniform draw at a position of each stream.
    #[inline(always)]
    pub fn uniform(&self, position: u32) -> Row<f64, N> {
        let position = u64::from(position);
        each(|l| open_unit(mix(self.start[l].wrapping_add(position.wrapping_mul(self.step[l])))))
    }

    /// The stream of one path, from its first word.
    #[inline(always)]
    pub fn path(&self, l: usize) -> Stream {
        Stream { start: self.start[l], step: self.step[l], next: 0 }
    }
}

/// The step of the stream that starts at a place.
#[inline(always)]
fn stream_step(step: u64, place: u64) -> u64 {
    mix(step ^ place) | 1
}

/// The middle of one of 2^52 equal cells of the unit interval: never 0, never 1, exact in an `f64`.
#[inline(always)]
pub(super) fn open_unit(word: u64) -> f64 {
    // Between 1 and 2 the last bits of a double count cells of this size.
    f64::from_bits(0x3FF0_0000_0000_0000 | (word >> 12)) - (1.0 - f64::EPSILON / 2.0)
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
        assert_eq!(words, [0x9399_19BA_B0F0_16EF, 0x11D7_063D_7CF0_7F85, 0x5182_67B2_F755_EEA3, 0x2294_F54D_E083_EB3D]);
        let world = Draws::new(PathKey::world(20_251_210, 3), Tag::new("inputs", "supply.stock_chips"));
        assert_eq!((world.word(0, 0), world.uniform(0, 0)), (0xE9E9_C20D_BC4E_4BAF, 0.913_723_114_350_710_4));
        let last_seed = Draws::new(PathKey::path(i64::MAX as u64, 0, 0), Tag::new("grants", "字节跳动"));
        assert_eq!(last_seed.word(11, 3), 0x1CD6_7EE6_F10C_F5DD);
        let mut stream = path.stream(5, 2);
        let words: [u64; 3] = std::array::from_fn(|_| stream.next_u64());
        assert_eq!(words, [0xBC5E_E3F4_9F7D_F413, 0x297B_1197_F51B_FC0D, 0x723D_B811_31EB_F8D1]);
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
