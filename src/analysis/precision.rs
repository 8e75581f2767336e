//! How narrow an interval has to be, and whether it is: `delivered_2026.median=2%`.
//!
//! A run that looks at its intervals and stops when they are narrow enough stops more often when they are wrong. So each look k = 1, 2, …
//! is given its own part of the error of 5%: α_k = 5% / 2^k, which sum to 5%. Whenever the run stops, its interval covers with 95%
//! (Bonferroni over looks, at sizes fixed beforehand). The price is an interval wider by a seventh at the first look, two fifths at the third.

use super::{Measure, MeasureError, OutcomeSummary, PROBABILITIES};
use crate::domain::Sampling;
use crate::model::Model;
use crate::scenario::excerpt;
use crate::stats::{T95_OF_SCRAMBLES, Z95};
use std::fmt;

/// What has to be known, and how well.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// As it was asked for.
    pub text: String,
    /// What is measured.
    pub measure: Measure,
    /// What of its distribution.
    pub statistic: Statistic,
    /// The half-width that is asked for.
    pub goal: Width,
}

/// A number that a distribution has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Statistic {
    /// Mean; of a condition its chance.
    Mean,
    /// Quantile, by its position in [`PROBABILITIES`].
    Quantile(usize),
    /// Chance of exactly zero.
    ShareZero,
}

/// Half of the width of a 95% interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Width {
    /// As a share of the value.
    Relative(f64),
    /// In its unit.
    Absolute(f64),
}

/// How far a run has come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reached {
    /// The value.
    pub value: f64,
    /// Half of its interval, valid whenever the run stops.
    pub half_width: f64,
    /// Half of the interval that was asked for.
    pub goal: f64,
}

impl Reached {
    /// Whether it is narrow enough.
    pub fn is_there(self) -> bool {
        self.half_width <= self.goal
    }

    /// Whether a share of it may never be reached, since it cannot be told from zero.
    pub fn is_noise(self) -> bool {
        self.half_width > 0.0 && self.value.abs() <= self.half_width
    }

    /// How many times as many worlds it takes to reach another half-width, about: errors fall with the square root.
    pub fn factor(self, goal: f64) -> f64 {
        (self.half_width / goal) * (self.half_width / goal)
    }
}

/// Why a text is no target.
#[derive(Clone, Debug, PartialEq)]
pub enum TargetError {
    /// It measures nothing known.
    Measure(MeasureError),
    /// It is not written as one.
    Form(String),
}

impl fmt::Display for TargetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Measure(error) => error.fmt(f),
            Self::Form(rule) => f.write_str(rule),
        }
    }
}

impl std::error::Error for TargetError {}

/// What may follow the name, after a point.
const STATISTICS: [(&str, Statistic); 10] = [
    ("mean", Statistic::Mean),
    ("median", Statistic::Quantile(3)),
    ("share_zero", Statistic::ShareZero),
    ("p05", Statistic::Quantile(0)),
    ("p10", Statistic::Quantile(1)),
    ("p25", Statistic::Quantile(2)),
    ("p50", Statistic::Quantile(3)),
    ("p75", Statistic::Quantile(4)),
    ("p90", Statistic::Quantile(5)),
    ("p95", Statistic::Quantile(6)),
];
const _: () = assert!(PROBABILITIES[0] == 0.05 && PROBABILITIES[3] == 0.5 && PROBABILITIES[6] == 0.95);

impl Target {
    /// Reads `MEASURE=WIDTH`; a measure that is no condition may end in `.mean`, `.median`, `.p05` … `.p95` or `.share_zero`. A width with
    /// `%` is a share of the value, but of a chance percentage points.
    ///
    /// # Errors
    /// If it is not written like this, or measures nothing known.
    pub fn parse(text: &str, model: &Model) -> Result<Self, TargetError> {
        let form = |rule: &str| TargetError::Form(format!("\"{}\": {rule}", excerpt(text)));
        let (subject, width) = text.rsplit_once('=').ok_or_else(|| form("write OUTCOME=WIDTH, such as delivered_2026.median=2%"))?;
        let is_condition = super::measure::is_condition(subject);
        let (name, statistic) = match subject.trim().rsplit_once('.') {
            Some((name, word)) if !is_condition => match STATISTICS.iter().find(|(known, _)| *known == word.trim()) {
                Some((_, statistic)) => (name, *statistic),
                None => return Err(form("after the point stands mean, median, share_zero or one of p05 to p95")),
            },
            _ => (subject, Statistic::Mean),
        };
        let measure = Measure::parse(name, model).map_err(TargetError::Measure)?;
        let is_chance = measure.is_chance() || statistic == Statistic::ShareZero;
        let (number, is_percent) = width.trim().strip_suffix('%').map_or((width.trim(), false), |number| (number.trim(), true));
        let number = number.replace(['_', ','], "").parse::<f64>().ok().filter(|n| n.is_finite() && *n > 0.0);
        let number = number.ok_or_else(|| form("the width is a number above 0, with or without %"))?;
        let goal = match (is_percent, is_chance) {
            (true, false) => Width::Relative(number / 100.0),
            (true, true) => Width::Absolute(number / 100.0),
            (false, _) => Width::Absolute(number),
        };
        Ok(Self { text: text.trim().to_owned(), measure, statistic, goal })
    }

    /// How far a run has come at a look, counted from 1, from a summary whose quantiles have intervals [as wide](Measure::summarise_at)
    /// as that look needs. `None` if its value or its error is not known: not yet, or in no run.
    pub fn reached(&self, found: &OutcomeSummary, look: u32, sampling: Sampling) -> Option<Reached> {
        let estimate = &found.estimate;
        let reach = Z95 * widening(look, sampling);
        let (value, half_width) = match self.statistic {
            Statistic::Mean => (estimate.mean?, reach * estimate.std_error?),
            Statistic::ShareZero => (estimate.share_zero?, reach * estimate.share_zero_std_error?),
            Statistic::Quantile(at) => {
                let (low, high) = found.quantile_intervals[at]?;
                (estimate.quantiles[at]?, (high - low) / 2.0)
            }
        };
        let goal = match self.goal {
            Width::Absolute(width) => width,
            Width::Relative(share) => share * value.abs(),
        };
        Some(Reached { value, half_width, goal })
    }
}

/// Two-sided points of the normal distribution for an error of 5% / 2^k, from k = 1 on. A run doubles so often at most.
const LOOKS: [f64; 20] = [
    2.241403, 2.497705, 2.734369, 2.955167, 3.162818, 3.359354, 3.546338, 3.725004, 3.896343, 4.061167, 4.220149, 4.373857, 4.522771,
    4.667305, 4.807816, 4.944616, 5.077980, 5.208148, 5.335337, 5.459738,
];

/// The same of Student's t with the 15 degrees of freedom that 16 scrambles leave.
const LOOKS_OF_SCRAMBLES: [f64; 20] = [
    2.489880, 2.836627, 3.177104, 3.515129, 3.853567, 4.194683, 4.540345, 4.892153, 5.251524, 5.619744, 5.998012, 6.387467, 6.789208,
    7.204310, 7.633841, 8.078865, 8.540456, 9.019702, 9.517714, 10.035628,
];

/// How much wider an interval is at a look than one of 95%; of worlds in scrambles, by Student's t.
pub fn widening(look: u32, sampling: Sampling) -> f64 {
    let (looks, of_95) = if sampling.is_random() { (LOOKS, Z95) } else { (LOOKS_OF_SCRAMBLES, T95_OF_SCRAMBLES) };
    looks[(look.max(1) as usize - 1).min(looks.len() - 1)] / of_95
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_share_the_error() {
        // Φ⁻¹(1 − .0125) = 2.241403, Φ⁻¹(1 − .00625) = 2.497705, Φ⁻¹(1 − .003125) = 2.734369.
        for (look, z) in [(1, 2.241_403), (2, 2.497_705), (3, 2.734_369)] {
            let found = widening(look, Sampling::Random) * 1.959_964;
            assert!((found - z).abs() < 1e-5, "{look}: {found}");
        }
        // Student's t with 15 degrees of freedom at every level, by another way than these tables were made.
        let law = crate::random::StudentT::new((crate::domain::SCRAMBLES - 1) as f64);
        let point = |error: f64| -law.quantile(error / 2.0);
        for look in 1..=20 {
            let found = widening(look, Sampling::Sobol) * point(0.05);
            let wanted = point(0.05 / f64::from(1_u32 << look));
            assert!((found - wanted).abs() < 2e-6 * wanted, "{look}: {found} for {wanted}");
        }
    }

    #[test]
    fn a_quantile_has_the_ranks_of_its_look() {
        use crate::model::Probe;
        use crate::stats::{Record, Recorder};
        let measure = Measure { text: "x".into(), probe: Probe::of_outcome("x", "", 0, 1.0, None), test: None };
        let target = Target { text: "x".into(), measure, statistic: Statistic::Quantile(3), goal: Width::Absolute(1.0) };
        let measures = [target.measure.clone()];
        let mut recorder = Recorder::new(Measure::shape(&measures, 1));
        (0..100).for_each(|i| recorder.push(i, 0, &Record { outcomes: vec![i as i64 + 1], ..Record::default() }).unwrap());
        let tally = recorder.finish().unwrap();
        let half_width = |look| {
            target
                .reached(&Measure::summarise_at(&measures, &tally, widening(look, Sampling::Random))[0], look, Sampling::Random)
                .unwrap()
                .half_width
        };
        // 50 ± 2.241403 × 5 are ranks 39 and 62, 50 ± 2.497705 × 5 ranks 38 and 63; of 1 to 100 the ranks are the values.
        assert_eq!([half_width(1), half_width(2)], [11.5, 12.5]);
    }

    #[test]
    fn four_times_the_worlds_halve_the_interval() {
        let reached = Reached { value: 100.0, half_width: 4.0, goal: 2.0 };
        assert!(!reached.is_there());
        assert_eq!((reached.factor(2.0), reached.factor(1.0)), (4.0, 16.0));
    }
}
