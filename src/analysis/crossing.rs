//! Where an estimated curve first reaches a level, with the interval of places that its errors cannot tell from it.
//!
//! The interval is that of inverted tests: all x between the first at which estimate + z × error reaches the level and the first at
//! which estimate − z × error does. It holds for each x alone, and needs no slope.

use crate::stats::Z95;
use std::collections::BTreeMap;

/// An estimate with its standard error.
pub type Estimated = (f64, f64);

/// Where a curve first reaches a level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Crossing {
    /// The place; `None` if it does not reach the level, or is beyond it from the start.
    pub at: Option<f64>,
    /// The 95% interval; an end is `None` where it lies outside what was searched.
    pub low: Option<f64>,
    /// See `low`.
    pub high: Option<f64>,
    /// Whether the curve is beyond the level from the start, that is at the level or above it if it rises.
    pub from_start: bool,
}

/// Halvings of an interval between two points: to a thousandth of it.
const HALVINGS: usize = 10;

/// Searches along points that rise, and between the two where the curve first passes the level by halving. Whether the curve is to
/// rise or to fall to the level is told by its first and its last point.
///
/// # Errors
/// Those of the curve.
pub fn first_crossing<E>(points: &[f64], level: f64, mut curve: impl FnMut(f64) -> Result<Estimated, E>) -> Result<Crossing, E> {
    let mut known: BTreeMap<u64, Estimated> = BTreeMap::new();
    let mut curve = |x: f64| -> Result<Estimated, E> {
        if let Some(found) = known.get(&x.to_bits()) {
            return Ok(*found);
        }
        let found = curve(x)?;
        known.insert(x.to_bits(), found);
        Ok(found)
    };
    let [Some(first), Some(last)] = [points.first(), points.last()] else {
        return Ok(Crossing { at: None, low: None, high: None, from_start: false });
    };
    let sign = if curve(*last)?.0 < curve(*first)?.0 { -1.0 } else { 1.0 };
    let mut reach = |shift: f64| -> Result<Reach, E> {
        let mut is_there = |x: f64| curve(x).map(|(value, error)| sign * (value - level) + shift * error >= 0.0);
        if is_there(*first)? {
            return Ok(Reach::FromStart);
        }
        for pair in points.windows(2) {
            let [mut before, mut there] = [pair[0], pair[1]];
            if !is_there(there)? {
                continue;
            }
            for _ in 0..HALVINGS {
                let middle = before + (there - before) / 2.0;
                *(if is_there(middle)? { &mut there } else { &mut before }) = middle;
            }
            return Ok(Reach::At(there));
        }
        Ok(Reach::Never)
    };
    let (at, low, high) = (reach(0.0)?, reach(Z95)?, reach(-Z95)?);
    Ok(Crossing { at: at.place(), low: low.place(), high: high.place(), from_start: at == Reach::FromStart })
}

#[derive(Clone, Copy, PartialEq)]
enum Reach {
    FromStart,
    At(f64),
    Never,
}

impl Reach {
    fn place(self) -> Option<f64> {
        if let Self::At(x) = self { Some(x) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POINTS: [f64; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];

    fn found(level: f64, curve: impl Fn(f64) -> Estimated) -> Crossing {
        first_crossing::<()>(&POINTS, level, |x| Ok(curve(x))).unwrap()
    }

    #[track_caller]
    fn near(found: Option<f64>, expected: f64) {
        // A quarter halved ten times.
        assert!(found.is_some_and(|x| (x - expected).abs() <= 0.25 / 1024.0), "{found:?} is not {expected}");
    }

    #[test]
    fn a_line_crosses_where_it_does_and_its_errors_make_the_interval() {
        // Reaches .4 at .4; .4 − .05 z and .4 + .05 z are .302 and .498.
        let line = found(0.4, |x| (x, 0.05));
        near(line.at, 0.4);
        near(line.low, 0.4 - 0.05 * 1.959_964);
        near(line.high, 0.4 + 0.05 * 1.959_964);
        // The same falling.
        let fall = found(0.6, |x| (1.0 - x, 0.05));
        near(fall.at, 0.4);
        near(fall.high, 0.4 + 0.05 * 1.959_964);
        assert!(!fall.from_start);
    }

    #[test]
    fn what_is_not_crossed_is_said() {
        let never = found(2.0, |x| (x, 0.1));
        assert_eq!((never.at, never.low, never.high, never.from_start), (None, None, None, false));
        let always = found(-1.0, |x| (x, 0.1));
        assert_eq!((always.at, always.from_start), (None, true));
        // Reached, but the upper end of the interval is beyond 1.
        let open = found(0.95, |x| (x, 0.1));
        near(open.at, 0.95);
        assert_eq!(open.high, None);
    }

    #[test]
    fn the_first_of_several_crossings_counts_and_a_step_is_found() {
        near(found(0.5, |x| (if x >= 0.3 { 1.0 } else { 0.0 }, 0.0)).at, 0.3);
        // Up at .2, down at .6, up at .9.
        let wave = |x: f64| (f64::from(u8::from((0.2..0.6).contains(&x) || x >= 0.9)), 0.0);
        near(found(0.5, wave).at, 0.2);
    }

    #[test]
    fn no_point_is_asked_twice_and_errors_come_through() {
        let mut asked = Vec::new();
        let line = |x: f64| {
            asked.push(x.to_bits());
            Ok::<_, ()>((x, 0.05))
        };
        first_crossing(&POINTS, 0.4, line).unwrap();
        let all = asked.len();
        asked.sort_unstable();
        asked.dedup();
        assert_eq!(asked.len(), all);
        assert_eq!(first_crossing(&POINTS, 0.4, |_| Err::<Estimated, _>("no")), Err("no"));
    }
}
