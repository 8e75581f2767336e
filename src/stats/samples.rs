//! Records for tests: small, with zeros, gaps, negative and very large values.

use super::{Record, TallyShape, UNDEFINED, VALUE_LIMIT};

/// Two series of three months, three outcomes, and two categories of two and three states.
pub fn shape(paths_per_world: u64) -> TallyShape {
    TallyShape { months: 3, monthly_cells: 6, outcome_cells: 3, states: vec![2, 3], paths_per_world }
}

/// The record of a path: arbitrary, but always the same.
pub fn record(shape: &TallyShape, path: u64) -> Record {
    let mut state = path.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x1234_5678_9ABC_DEF1;
    let mut word = || {
        // Xorshift64.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut value = |may_be_undefined: bool| match word() % 8 {
        0..=2 => 0,
        3 if may_be_undefined => UNDEFINED,
        4 => -((word() % 100_000) as i64),
        5 => (word() % VALUE_LIMIT as u64) as i64,
        _ => (word() % 300) as i64,
    };
    Record {
        monthly: (0..shape.monthly_cells).map(|_| value(false)).collect(),
        outcomes: (0..shape.outcome_cells).map(|_| value(true)).collect(),
        states: shape
            .states
            .iter()
            .flat_map(|states| (0..shape.months).map(move |month| ((path as usize + month) % states) as u8))
            .collect(),
    }
}
