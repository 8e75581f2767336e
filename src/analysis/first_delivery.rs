//! How forecasts of the month of the first delivery did: the ranked probability score (Epstein 1969), in months.
//!
//! It is the sum, over months, of the squared distance between the probability that nothing has arrived by the end of the month and
//! what was so; for a wait counted in months that is its CRPS. Deliveries only grow: nothing by May says nothing by April, and some by
//! July says some by August. Months between are not settled and not counted.

use crate::domain::Month;

/// When, by what was seen, nothing had been delivered yet, and when something had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Arrival {
    /// The last month by the end of which nothing had been.
    pub none_by: Option<Month>,
    /// The first month by the end of which something had been.
    pub some_by: Option<Month>,
}

/// Of months at whose end a forecast speaks, rising, the probability that nothing has been delivered by then.
pub type Waits = Vec<(Month, f64)>;

/// A ranked probability score and the months it counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ranked {
    /// Sum of squared distances, in months; less is better.
    pub score: f64,
    /// How many months it counts.
    pub months: usize,
}

impl Arrival {
    /// Adds that at the end of a month nothing had been delivered, or something had.
    pub fn see(&mut self, month: Month, nothing: bool) {
        match nothing {
            true => self.none_by = self.none_by.max(Some(month)),
            false => self.some_by = Some(self.some_by.map_or(month, |known| known.min(month))),
        }
    }

    /// Whether nothing had been delivered by the end of a month, where that is settled.
    fn nothing_by(self, month: Month) -> Option<bool> {
        let before = self.none_by.is_some_and(|last| month <= last);
        let after = self.some_by.is_some_and(|first| month >= first);
        (before != after).then_some(before)
    }

    /// The score over the months of a window; `None` if none of them is settled. Between the months of a forecast the one before holds.
    pub fn score(self, waits: &Waits, (first, last): (Month, Month)) -> Option<Ranked> {
        let months = (0..=last.since(first)).map(|later| first.plus(later));
        let said = |month: Month| waits.iter().rev().find(|(at, _)| *at <= month).map(|(_, none)| *none);
        let distances = months.filter_map(|month| Some(said(month)? - f64::from(u8::from(self.nothing_by(month)?))));
        let (score, months) = distances.fold((0.0, 0), |(sum, months), distance| (sum + distance * distance, months + 1));
        (months > 0).then_some(Ranked { score, months })
    }
}

/// The months of which all forecasts speak, from `since` on, when the last of them was made.
pub fn common_window<'a>(all: impl Iterator<Item = &'a Waits>, since: Month) -> Option<(Month, Month)> {
    let (mut first, mut last) = (since, None::<Month>);
    for waits in all {
        let ends = (waits.first()?.0, waits.last()?.0);
        first = first.max(ends.0);
        last = Some(last.map_or(ends.1, |last| last.min(ends.1)));
    }
    last.filter(|last| first <= *last).map(|last| (first, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(month: u32) -> Month {
        Month::new(2026, month).unwrap()
    }

    #[test]
    fn the_score_is_that_worked_by_hand() {
        // Nothing by March, some by May; April is not settled. Nothing yet: .9 in January and February, .6 in March, .5 in May.
        let mut arrival = Arrival::default();
        [(2, true), (5, false), (3, true), (7, false)].into_iter().for_each(|(at, nothing)| arrival.see(month(at), nothing));
        assert_eq!(arrival, Arrival { none_by: Some(month(3)), some_by: Some(month(5)) });
        let waits = vec![(month(1), 0.9), (month(3), 0.6), (month(4), 0.55), (month(5), 0.5)];
        // .1² + .1² + .4² + .5² = .43 in four months.
        let found = arrival.score(&waits, (month(1), month(5))).unwrap();
        assert!((found.score - 0.43).abs() < 1e-15 && found.months == 4, "{found:?}");
        // Of one who is sure and right nothing, of one who is sure of January three months.
        let sure = |none: [f64; 2]| vec![(month(1), none[0]), (month(5), none[1])];
        assert_eq!(arrival.score(&sure([1.0, 0.0]), (month(1), month(5))).unwrap().score, 0.0);
        assert_eq!(arrival.score(&sure([0.0, 0.0]), (month(1), month(5))).unwrap().score, 3.0);
        assert_eq!(arrival.score(&waits, (month(4), month(4))), None);
        // Facts that contradict each other settle nothing.
        arrival.see(month(2), false);
        assert_eq!(arrival.score(&waits, (month(2), month(3))), None);
    }

    #[test]
    fn the_window_is_what_all_speak_of() {
        let of = |first: u32, last: u32| vec![(month(first), 0.5), (month(last), 0.5)];
        assert_eq!(common_window([of(1, 8), of(4, 6)].iter(), month(2)), Some((month(4), month(6))));
        assert_eq!(common_window([of(1, 8)].iter(), month(2)), Some((month(2), month(8))));
        assert_eq!(common_window([of(1, 2), of(4, 6)].iter(), month(1)), None);
        assert_eq!(common_window([of(1, 2), Vec::new()].iter(), month(1)), None);
    }
}
