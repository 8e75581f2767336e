//! What one path hands over: plain integers, laid out once per model.

/// An outcome that this path does not define, such as a ratio of nothing to nothing.
pub const UNDEFINED: i64 = i64::MIN;

/// The numbers of one path. The model owns one per workspace and overwrites it.
///
/// Integers only: sums of integers are exact, so tallies merge to the same bits in any order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// `[series][month]`, `series × months + month`; never [`UNDEFINED`].
    pub monthly: Vec<i64>,
    /// One per outcome cell; may be [`UNDEFINED`].
    pub outcomes: Vec<i64>,
    /// `[category][month]`: which state each categorical series was in.
    pub states: Vec<u8>,
}
