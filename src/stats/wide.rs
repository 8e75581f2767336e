//! Unsigned 256-bit integers: sums of squares of world totals need more than 128 bits to stay exact.
//!
//! Arithmetic is modulo 2^256; the bounds in `cells.rs` keep honest tallies far below that.

const HALF: u128 = u64::MAX as u128;

/// An unsigned 256-bit integer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Wide {
    /// First, so that the derived order is the numeric one.
    pub high: u128,
    pub low: u128,
}

impl Wide {
    /// `a × b`, exact.
    pub fn product(a: u128, b: u128) -> Self {
        let (a_high, a_low, b_high, b_low) = (a >> 64, a & HALF, b >> 64, b & HALF);
        let middle = [a_high * b_low, a_low * b_high];
        let shifted = |x: u128| Self { high: x >> 64, low: x << 64 };
        Self { high: a_high * b_high, low: a_low * b_low }.plus(shifted(middle[0])).plus(shifted(middle[1]))
    }

    /// `x²`, exact.
    #[inline]
    pub fn square(x: i128) -> Self {
        let x = x.unsigned_abs();
        if x <= HALF { Self { high: 0, low: x * x } } else { Self::product(x, x) }
    }

    #[inline]
    pub fn plus(self, other: Self) -> Self {
        let (low, carry) = self.low.overflowing_add(other.low);
        Self { high: self.high.wrapping_add(other.high).wrapping_add(u128::from(carry)), low }
    }

    /// The difference, or zero if `other` is larger.
    pub fn minus(self, other: Self) -> Self {
        if self <= other {
            return Self::default();
        }
        let (low, borrow) = self.low.overflowing_sub(other.low);
        Self { high: self.high - other.high - u128::from(borrow), low }
    }

    pub fn times(self, factor: u64) -> Self {
        let factor = u128::from(factor);
        let low = Self::product(self.low, factor);
        Self { high: low.high.wrapping_add(self.high.wrapping_mul(factor)), low: low.low }
    }

    /// The nearest real number but for two roundings: conversions of integers are correctly rounded everywhere.
    pub fn real(self) -> f64 {
        const TWO_TO_128: f64 = 18_446_744_073_709_551_616.0 * 18_446_744_073_709_551_616.0;
        self.high as f64 * TWO_TO_128 + self.low as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_square_of_all_ones_is_worked_by_hand() {
        // (2^128 - 1)² = 2^256 - 2 × 2^128 + 1: high half 2^128 - 2, low half 1.
        assert_eq!(Wide::product(u128::MAX, u128::MAX), Wide { high: u128::MAX - 1, low: 1 });
        // (2^64)² = 2^128.
        assert_eq!(Wide::square(-(1 << 64)), Wide { high: 1, low: 0 });
        assert_eq!(Wide::square(-3), Wide { high: 0, low: 9 });
    }

    #[test]
    fn carries_and_borrows_cross_the_halves() {
        let edge = Wide { high: 0, low: u128::MAX };
        let one = Wide { high: 0, low: 1 };
        assert_eq!(edge.plus(one), Wide { high: 1, low: 0 });
        assert_eq!(Wide { high: 1, low: 0 }.minus(one), edge);
        assert_eq!(one.minus(edge), Wide::default());
        // (2^128 - 1) × 3 = 2 × 2^128 + (2^128 - 3).
        assert_eq!(edge.times(3), Wide { high: 2, low: u128::MAX - 2 });
        assert_eq!(Wide { high: 5, low: 0 }.times(7), Wide { high: 35, low: 0 });
    }

    #[test]
    fn reals_of_powers_of_two_are_exact() {
        assert_eq!(Wide { high: 1, low: 0 }.real(), 340_282_366_920_938_463_463_374_607_431_768_211_456.0);
        assert_eq!(Wide { high: 0, low: 1 << 70 }.real(), 1_180_591_620_717_411_303_424.0);
    }
}
