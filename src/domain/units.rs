//! Whole numbers with a unit, so that a chip is never added to a thousandth of one.
//!
//! They are whole numbers held in doubles: exact below 2^53, which no path that balances its books comes near
//! ([`COUNT_LIMIT`]), and added, compared and rounded four or eight at a time by every processor's vector unit, which
//! 64-bit integers are not.

use std::cmp::Ordering;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

/// No count of anything in this model may pass this: a hundred billion, far beyond all chips ever made.
/// The books refuse a path that passes it.
pub const COUNT_LIMIT: f64 = 100_000_000_000.0;

macro_rules! unit {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq)]
        #[repr(transparent)]
        pub struct $name(pub f64);

        impl $name {
            /// None at all.
            pub const ZERO: Self = Self(0.0);
            /// More than anything in the model; stands for "no limit".
            pub const UNLIMITED: Self = Self(4.0 * COUNT_LIMIT);

            /// The part above zero, written `x+` in `model.md`.
            #[inline(always)]
            pub fn positive(self) -> Self {
                self.max(Self::ZERO)
            }

            /// The smaller of two.
            #[inline(always)]
            pub fn min(self, other: Self) -> Self {
                if self.0 < other.0 { self } else { other }
            }

            /// The larger of two.
            #[inline(always)]
            pub fn max(self, other: Self) -> Self {
                if self.0 > other.0 { self } else { other }
            }

            /// All of it if so, otherwise none.
            #[inline(always)]
            pub fn only_if(self, so: bool) -> Self {
                if so { self } else { Self::ZERO }
            }

            /// The real number rounded down; saturates at ±4 × [`COUNT_LIMIT`], so that an overflowing
            /// draw is seen by the books. NaN becomes the upper end.
            #[inline(always)]
            pub fn floor(x: f64) -> Self {
                const END: f64 = 4.0 * COUNT_LIMIT;
                let below = if x < END { x } else { END };
                Self(if below > -END { below } else { -END }.floor())
            }

            /// As a real number.
            #[inline(always)]
            pub fn real(self) -> f64 {
                self.0
            }

            /// As an integer, for tables and texts.
            #[inline(always)]
            pub fn whole(self) -> i64 {
                self.0 as i64
            }
        }
        impl From<$name> for f64 {
            #[inline(always)]
            fn from(number: $name) -> f64 {
                number.0
            }
        }
        impl Eq for $name {}
        // Through the order of doubles, which compiles to one instruction.
        #[allow(clippy::non_canonical_partial_ord_impl)]
        impl PartialOrd for $name {
            #[inline(always)]
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                self.0.partial_cmp(&other.0)
            }
        }
        impl Ord for $name {
            fn cmp(&self, other: &Self) -> Ordering {
                // Never NaN: `floor` makes none, and sums of numbers below 2^53 make none.
                self.0.partial_cmp(&other.0).unwrap_or(Ordering::Equal)
            }
        }
        impl Add for $name {
            type Output = Self;
            #[inline(always)]
            fn add(self, other: Self) -> Self {
                Self(self.0 + other.0)
            }
        }
        impl Sub for $name {
            type Output = Self;
            #[inline(always)]
            fn sub(self, other: Self) -> Self {
                Self(self.0 - other.0)
            }
        }
        impl Neg for $name {
            type Output = Self;
            #[inline(always)]
            fn neg(self) -> Self {
                Self(-self.0)
            }
        }
        impl AddAssign for $name {
            #[inline(always)]
            fn add_assign(&mut self, other: Self) {
                self.0 += other.0;
            }
        }
        impl SubAssign for $name {
            #[inline(always)]
            fn sub_assign(&mut self, other: Self) {
                self.0 -= other.0;
            }
        }
        impl Sum for $name {
            #[inline(always)]
            fn sum<I: Iterator<Item = Self>>(items: I) -> Self {
                items.fold(Self::ZERO, Add::add)
            }
        }
        impl<'a> Sum<&'a $name> for $name {
            #[inline(always)]
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
        MilliH200(self.0 * 1000.0)
    }

    /// What this many chips cost at `price` each.
    #[inline(always)]
    pub fn at(self, price: Usd) -> Usd {
        Usd(self.0 * price.0)
    }
}

impl MilliH200 {
    /// Whole chips that serve this need, rounded down. Exact: below 2^43 no quotient is rounded up to the next whole.
    #[inline(always)]
    pub fn chips(self) -> Chips {
        Chips::floor(self.0 / 1000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_down_is_exact_and_saturates() {
        for (x, expected) in [(2.9, 2.0), (-2.1, -3.0), (-2.0, -2.0), (0.0, 0.0), (-0.0, 0.0), (0.999_999, 0.0)] {
            assert_eq!(Chips::floor(x), Chips(expected), "{x}");
        }
        assert_eq!(Chips::floor(f64::INFINITY), Chips::UNLIMITED);
        assert_eq!(Chips::floor(f64::NAN), Chips::UNLIMITED);
        assert_eq!(Chips::floor(-1e300), -Chips::UNLIMITED);
    }

    #[test]
    fn thousandths_make_whole_chips_exactly() {
        for k in [1_i64, 2, 999, 1_000_003, 99_999_999, 8_000_000_000] {
            for (milli, chips) in [(1000 * k, k), (1000 * k - 1, k - 1), (1000 * k + 999, k)] {
                assert_eq!(MilliH200(milli as f64).chips(), Chips(chips as f64));
            }
        }
    }
}
