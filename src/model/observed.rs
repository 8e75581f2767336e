//! What the names of observables mean: which recorded cells they are read from, and whether a condition holds.

use super::layout::{BUYER_MONTHLY, BuyerMonthly, TOTAL_MONTHLY};
use super::{CATEGORIES, Model};
use crate::scenario::{Condition, Happening, Observable, Range, excerpt, nearest};
use crate::stats::{Cell, Selection};

/// How an observable is read from what a path records.
#[derive(Clone, Debug, PartialEq)]
pub struct Probe {
    /// What it is called, such as `delivered(2026-05)`.
    pub name: String,
    /// Unit in words.
    pub unit: &'static str,
    reading: Reading,
}

#[derive(Clone, Debug, PartialEq)]
enum Reading {
    /// The sum of cells, times the scale.
    Sum(Vec<usize>, f64),
    /// 1 if the cell is above zero.
    Positive(usize),
    /// An outcome; infinite if it is a wait that did not end.
    Outcome(usize, f64, Option<f64>),
    /// The states visited, as bits.
    Visited(Vec<usize>),
}

/// Whether a value is what somebody says it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Test {
    /// It lies in a range.
    Range(Range),
    /// No other states than these bits were visited.
    States(u32),
}

/// Why an observable cannot be read from a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unresolved {
    /// Its months are not all simulated.
    Outside,
    /// It is not of this scenario; a sentence says why.
    Unknown(String),
}

/// The sugar for "something was delivered by the end of the month".
const FIRST_DELIVERY_BY: &str = "first_delivery_by";

impl Probe {
    /// The cells that must be taken down.
    pub fn cells(&self) -> Vec<Cell> {
        match &self.reading {
            Reading::Sum(cells, _) => cells.iter().map(|cell| Cell::Monthly(*cell)).collect(),
            Reading::Positive(cell) => vec![Cell::Monthly(*cell)],
            Reading::Outcome(cell, ..) => vec![Cell::Outcome(*cell)],
            Reading::Visited(cells) => cells.iter().map(|cell| Cell::State(*cell)).collect(),
        }
    }

    /// An outcome by its cell; `censored_at` means "not within the horizon".
    pub fn of_outcome(name: impl Into<String>, unit: &'static str, cell: usize, scale: f64, censored_at: Option<i64>) -> Self {
        Self { name: name.into(), unit, reading: Reading::Outcome(cell, scale, censored_at.map(|months| months as f64)) }
    }

    /// The whole number that a path of a block recorded: times the scale it is the value. NaN if it is not defined.
    pub fn recorded<const N: usize>(&self, taken: &Selection<N>, path: usize) -> f64 {
        match &self.reading {
            Reading::Sum(cells, _) => cells.iter().map(|cell| taken.value(Cell::Monthly(*cell), path)).sum(),
            Reading::Outcome(cell, ..) => taken.value(Cell::Outcome(*cell), path),
            Reading::Positive(_) | Reading::Visited(_) => self.value(taken, path),
        }
    }

    /// What the recorded number is multiplied with.
    pub fn scale(&self) -> f64 {
        match self.reading {
            Reading::Sum(_, scale) | Reading::Outcome(_, scale, _) => scale,
            Reading::Positive(_) | Reading::Visited(_) => 1.0,
        }
    }

    /// The recorded number that means "not within the horizon", if it is a waiting time.
    pub fn censored_at(&self) -> Option<i64> {
        if let Reading::Outcome(_, _, Some(at)) = self.reading { Some(at as i64) } else { None }
    }

    /// Whether it is 1 or 0 in every path.
    pub fn is_event(&self) -> bool {
        matches!(self.reading, Reading::Positive(_))
    }

    /// Whether it tells regimes, which are no numbers.
    pub fn is_regime(&self) -> bool {
        matches!(self.reading, Reading::Visited(_))
    }

    /// The value in a path of a block, in its unit: NaN if it is not defined, infinite if it is a wait that has not ended.
    pub fn value<const N: usize>(&self, taken: &Selection<N>, path: usize) -> f64 {
        match &self.reading {
            Reading::Sum(cells, scale) => cells.iter().map(|cell| taken.value(Cell::Monthly(*cell), path)).sum::<f64>() * scale,
            Reading::Positive(cell) => f64::from(taken.value(Cell::Monthly(*cell), path) > 0.0),
            Reading::Outcome(cell, scale, censored) => match taken.value(Cell::Outcome(*cell), path) {
                value if Some(value) == *censored => f64::INFINITY,
                value => value * scale,
            },
            Reading::Visited(cells) => {
                let bits = cells.iter().fold(0_u32, |bits, cell| bits | 1 << taken.value(Cell::State(*cell), path) as u32);
                bits.into()
            }
        }
    }
}

impl Test {
    /// What a condition asks of an observable.
    ///
    /// # Errors
    /// [`Unresolved::Unknown`] for regimes of a number, numbers of a regime, or a regime that there is not.
    pub fn of(observable: &Observable, condition: &Condition) -> Result<Self, Unresolved> {
        let words = CATEGORIES.iter().find(|category| category.name == observable.name).map(|c| c.states);
        match (condition, words) {
            (Condition::Range(range), None) => Ok(Self::Range(*range)),
            (Condition::Happens, None) => Ok(Self::Range(Range::closed(1.0, f64::INFINITY))),
            (Condition::Range(_) | Condition::Happens, Some(words)) => {
                Err(Unresolved::Unknown(format!("`{}` is not a number but one of {}", observable.name, words.join(", "))))
            }
            (Condition::AnyOf(_), None) => Err(Unresolved::Unknown(format!("`{}` is a number and no regime", observable.name))),
            (Condition::AnyOf(allowed), Some(words)) => {
                let bit = |word: &String| match words.iter().position(|known| known == word) {
                    Some(state) => Ok(1 << state),
                    None => Err(Unresolved::Unknown(format!(
                        "`{}` is none of {}{}",
                        excerpt(word),
                        words.join(", "),
                        did_you_mean(word, words.iter().copied())
                    ))),
                };
                allowed.iter().map(bit).try_fold(0, |bits, bit| Ok(bits | bit?)).map(Self::States)
            }
        }
    }

    /// Whether it holds of a value.
    pub fn holds(self, value: f64) -> bool {
        match self {
            Self::Range(range) => range.contains(value),
            Self::States(allowed) => value as u32 & !allowed == 0,
        }
    }

    /// The same with a range that reaches further at both ends.
    pub fn widened(self, by: f64) -> Self {
        match self {
            Self::Range(range) if by > 0.0 => Self::Range(Range::closed(range.low - by, range.high + by)),
            _ => self,
        }
    }

    /// How well a value agrees with an observation that has a normal error: 1 where it holds, `exp(-(d/e)²/2)` at a distance d from it.
    pub fn agreement(self, value: f64, error: f64) -> f64 {
        match self {
            _ if self.holds(value) => 1.0,
            Self::Range(range) if error > 0.0 && !value.is_nan() => {
                let distance = range.distance(value) / error;
                libm::exp(-0.5 * distance * distance)
            }
            _ => 0.0,
        }
    }
}

impl Model {
    /// How an observable is read.
    ///
    /// # Errors
    /// [`Unresolved`].
    pub fn probe(&self, observable: &Observable) -> Result<Probe, Unresolved> {
        let (layout, buyer) = (self.layout(), self.buyer(observable)?);
        let unknown = |why: String| Err(Unresolved::Unknown(why));
        let probe = |unit, reading| Ok(Probe { name: observable.to_string(), unit, reading });
        let Some((first, last)) = observable.months else {
            let Some(outcome) = layout.outcomes.iter().find(|o| o.name == observable.name && o.buyer == buyer) else {
                return unknown(self.no_such_outcome(observable));
            };
            return Ok(Probe::of_outcome(observable.to_string(), outcome.unit, outcome.cell, outcome.scale, outcome.censored_at));
        };
        let [first, last] = [first, last].map(|month| month.since(layout.start) + 1);
        let span = if first >= 1 && last as usize <= layout.months { Some(first as usize..=last as usize) } else { None };
        let name = observable.name.as_str();
        if let Some(position) = CATEGORIES.iter().position(|category| category.name == name) {
            let span = span.ok_or(Unresolved::Outside)?;
            return probe("regime bits", Reading::Visited(span.map(|t| position * layout.months + t - 1).collect()));
        }
        if name == FIRST_DELIVERY_BY {
            let span = span.ok_or(Unresolved::Outside)?;
            return probe("0 or 1", Reading::Positive(layout.buyer_month(BuyerMonthly::Delivered, buyer, *span.end())));
        }
        let Some(position) = layout.monthly.iter().position(|series| series.metric.name == name && series.buyer == buyer) else {
            return unknown(no_such_series(observable));
        };
        let metric = layout.monthly[position].metric;
        if first != last && !(name.ends_with("_in_month") || name.ends_with("_revenue") || FLOWS.contains(&name)) {
            return unknown(format!("`{name}` is the level at a month's end, not a flow that adds up; name one month"));
        }
        let cells = span.ok_or(Unresolved::Outside)?.map(|t| position * layout.months + t - 1).collect();
        probe(metric.unit, Reading::Sum(cells, metric.scale))
    }

    /// How an event is read, and when it happens.
    ///
    /// # Errors
    /// [`Unresolved`].
    pub fn happening(&self, event: &Happening) -> Result<(Probe, Test), Unresolved> {
        let probe = self.probe(&event.observable)?;
        let test = Test::of(&event.observable, &event.condition)?;
        if event.condition == Condition::Happens && !probe.is_event() {
            let name = &event.observable;
            return Err(Unresolved::Unknown(format!("`{name}` is a number: say what must hold of it, for example {name} >= 1000")));
        }
        Ok((probe, test))
    }

    fn buyer(&self, observable: &Observable) -> Result<Option<usize>, Unresolved> {
        let Some(key) = &observable.buyer else { return Ok(None) };
        let buyers = &self.scenario().buyers;
        buyers.iter().position(|buyer| buyer.key == *key).map(Some).ok_or_else(|| {
            let hint = did_you_mean(key, buyers.iter().map(|buyer| buyer.key.as_str()));
            Unresolved::Unknown(format!("no buyer is called `{}`{hint}", excerpt(key)))
        })
    }

    fn no_such_outcome(&self, observable: &Observable) -> String {
        let name = observable.name.as_str();
        let is_monthly = all_series().any(|known| known == name) || name == FIRST_DELIVERY_BY || CATEGORIES.iter().any(|c| c.name == name);
        if is_monthly {
            return format!("`{name}` needs a month; write for example {name}(2026-06)");
        }
        if self.layout().outcomes.iter().any(|outcome| outcome.name == name) {
            return format!("`{name}` is not counted by buyer");
        }
        format!("no outcome is called `{}`{}", excerpt(name), did_you_mean(name, self.layout().outcomes.iter().map(|o| o.name.as_str())))
    }
}

/// Flows whose names do not say so.
const FLOWS: [&str; 5] = ["starts", "good", "scrapped", "diverted", "us_take"];

fn all_series() -> impl Iterator<Item = &'static str> {
    BUYER_MONTHLY.iter().chain(TOTAL_MONTHLY).map(|metric| metric.name)
}

fn no_such_series(observable: &Observable) -> String {
    let name = observable.name.as_str();
    if all_series().any(|known| known == name) {
        return format!("`{name}` is not counted by buyer");
    }
    let known = all_series().chain(CATEGORIES.iter().map(|category| category.name)).chain([FIRST_DELIVERY_BY]);
    format!("no monthly series is called `{}`{}", excerpt(name), did_you_mean(name, known))
}

fn did_you_mean<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> String {
    nearest(word, candidates).map_or(String::new(), |near| format!("; did you mean `{near}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agreement_is_one_inside_and_falls_like_a_normal_error_outside() {
        let test = Test::Range(Range::closed(0.0, 10.0));
        assert_eq!([0.0, 5.0, 10.0].map(|x| test.agreement(x, 2.0)), [1.0; 3]);
        // Two standard deviations off: exp(-2) = 0.1353352832.
        assert!((test.agreement(14.0, 2.0) - 0.135_335_283_236_612_7).abs() < 1e-15);
        assert_eq!([test.agreement(14.0, 0.0), test.agreement(f64::NAN, 2.0), test.agreement(f64::INFINITY, 2.0)], [0.0; 3]);
    }

    #[test]
    fn a_span_of_regimes_must_lie_in_those_allowed() {
        // Frozen and pending are bits 1 and 2.
        let test = Test::States(0b0011);
        assert!(test.holds(1.0) && test.holds(3.0) && !test.holds(4.0) && !test.holds(5.0));
    }
}
