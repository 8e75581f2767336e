//! Records for tests: small, with zeros, gaps, negative and very large values.

use super::{Record, Recorder, Tally, TallyShape, UNDEFINED, VALUE_LIMIT};

/// Two series of three months, three outcomes, and two categories of two and three states.
pub fn shape(paths_per_world: u64) -> TallyShape {
    TallyShape { months: 3, monthly_cells: 6, outcome_cells: 3, states: vec![2, 3], paths_per_world, scrambles: 0 }
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

/// The tally of one outcome's values, world by world.
pub fn tally_of(paths_per_world: u64, values: &[i64]) -> Tally {
    let mut recorder =
        Recorder::new(TallyShape { months: 0, monthly_cells: 0, outcome_cells: 1, states: vec![], paths_per_world, scrambles: 0 });
    let mut record = Record { outcomes: vec![0], ..Record::default() };
    for (position, value) in (0..).zip(values) {
        record.outcomes[0] = *value;
        recorder.push(position / paths_per_world, position % paths_per_world, &record).unwrap();
    }
    recorder.finish().unwrap()
}
