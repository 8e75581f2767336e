//! Whole numbers with a unit, so that a chip is never added to a thousandth of one.

use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

/// No count of anything in this model may pass this: a hundred billion, far beyond all chips ever made.
/// It keeps every sum and product inside 64 bits; the books refuse a path that passes it.
pub const COUNT_LIMIT: i64 = 100_000_000_000;

macro_rules! unit {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(transparent)]
        pub struct $name(pub i64);

        impl $name {
            /// None at all.
            pub const ZERO: Self = Self(0);
            /// More than anything in the model; stands for "no limit".
            pub const UNLIMITED: Self = Self(4 * COUNT_LIMIT);

            /// The part above zero, written `x+` in `model.md`.
            #[inline(always)]
            pub fn positive(self) -> Self {
                Self(self.0.max(0))
            }

            /// The real number rounded down; saturates at ±4 × [`COUNT_LIMIT`], so that an overflowing
            /// draw is seen by the books instead of wrapping. NaN becomes the upper end.
            #[inline(always)]
            pub fn floor(x: f64) -> Self {
                const END: f64 = (4 * COUNT_LIMIT) as f64;
                // Adding 1.5 × 2^52 leaves the nearest integer in the last bits: exact below 2^51, and
                // several times cheaper than a saturating cast.
                const SHIFTER: f64 = 6_755_399_441_055_744.0;
                let below = if x < END { x } else { END };
                let bounded = if below > -END { below } else { -END };
                let shifted = bounded + SHIFTER;
                let nearest = shifted.to_bits().wrapping_sub(SHIFTER.to_bits()) as i64;
                Self(nearest.wrapping_sub(i64::from(shifted - SHIFTER > bounded)))
            }

            /// As a real number.
            #[inline(always)]
            pub fn real(self) -> f64 {
                self.0 as f64
            }
        }
        // Sums and differences cannot overflow: every inflow is at most 4 × COUNT_LIMIT = 2^39, and even 16 buyers
        // over 600 months add up to less than 2^53 of them, 2^63 in thousandths. So they need no check.
        impl Add for $name {
            type Output = Self;
            #[inline(always)]
            fn add(self, other: Self) -> Self {
                Self(self.0.wrapping_add(other.0))
            }
        }
        impl Sub for $name {
            type Output = Self;
            #[inline(always)]
            fn sub(self, other: Self) -> Self {
                Self(self.0.wrapping_sub(other.0))
            }
        }
        impl Neg for $name {
            type Output = Self;
            #[inline(always)]
            fn neg(self) -> Self {
                Self(self.0.wrapping_neg())
            }
        }
        impl AddAssign for $name {
            #[inline(always)]
            fn add_assign(&mut self, other: Self) {
                self.0 = self.0.wrapping_add(other.0);
            }
        }
        impl SubAssign for $name {
            #[inline(always)]
            fn sub_assign(&mut self, other: Self) {
                self.0 = self.0.wrapping_sub(other.0);
            }
        }
        impl Sum for $name {
            fn sum<I: Iterator<Item = Self>>(items: I) -> Self {
                items.fold(Self::ZERO, Add::add)
            }
        }
        impl<'a> Sum<&'a $name> for $name {
            fn sum<I: Iterator<Item = &'a Self>>(items: I) -> Self {
                items.copied().sum()
            }
        }
    };
}

unit!(
    /// H200 chips (or packaged units of another accelerator where a name says so).
    Chips
);
unit!(
    /// Compute need in thousandths of an H200, so that need balances stay exact.
    MilliH200
);
unit!(
    /// Whole US dollars.
    Usd
);

impl Chips {
    /// The need this many H200 serve.
    #[inline(always)]
    pub fn need(self) -> MilliH200 {
        MilliH200(self.0.wrapping_mul(1000))
    }

    /// What this many chips cost at `price` each; saturates, which the books then refuse.
    #[inline(always)]
    pub fn at(self, price: Usd) -> Usd {
        Usd(self.0.saturating_mul(price.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_down_is_exact_and_saturates() {
        for (x, expected) in [(2.9, 2), (-2.1, -3), (-2.0, -2), (0.0, 0), (-0.0, 0), (0.999_999, 0)] {
            assert_eq!(Chips::floor(x), Chips(expected), "{x}");
        }
        assert_eq!(Chips::floor(f64::INFINITY), Chips::UNLIMITED);
        assert_eq!(Chips::floor(f64::NAN), Chips::UNLIMITED);
        assert_eq!(Chips::floor(-1e300), -Chips::UNLIMITED);
    }
}
