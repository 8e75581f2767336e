//! What a question asks of a path: an outcome, a monthly value, or whether one of them satisfies a condition.
//!
//! Written as in `delivered_T`, `delivered_T[bytedance]`, `delivered@2026-06`, `delivered_T >= 250000` or `t_first <= 2026-12`.

use super::OutcomeSummary;
use super::summarise::{in_unit, summarise_outcome};
use crate::domain::Month;
use crate::model::{Layout, Outcome};
use crate::scenario::{excerpt, nearest};
use crate::stats::{Tally, TallyShape, UNDEFINED};
use std::fmt;

/// What is asked of every path: a number, or (1 or 0) whether a condition holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// Its name in tables; blanks around the relation are made one.
    pub text: String,
    /// What is compared or told, without its buyer's name.
    pub name: String,
    /// Unit in words; `share of paths` for a condition.
    pub unit: &'static str,
    /// Where its number stands in the record of a path.
    pub source: Source,
    /// The recorded integer times this is the value in its unit.
    pub scale: f64,
    /// The recorded integer that means "not within the horizon", if it is a waiting time.
    pub censored_at: Option<i64>,
    /// What has to hold.
    pub condition: Option<Condition>,
}

/// A cell of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Of the monthly values.
    Monthly(usize),
    /// Of the outcomes.
    Outcome(usize),
}

/// A relation to a number in the unit of what is compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Condition {
    /// How they relate.
    pub relation: Relation,
    /// The number.
    pub bound: f64,
}

/// How two numbers relate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// `>=`
    AtLeast,
    /// `<=`
    AtMost,
    /// `>`
    Above,
    /// `<`
    Below,
    /// `=`
    Equal,
}

impl Relation {
    /// Longer signs first, so that none is taken for the beginning of another.
    const SIGNS: [(&'static str, Self); 6] =
        [(">=", Self::AtLeast), ("<=", Self::AtMost), ("==", Self::Equal), (">", Self::Above), ("<", Self::Below), ("=", Self::Equal)];

    fn sign(self) -> &'static str {
        match self {
            Self::AtLeast => ">=",
            Self::AtMost => "<=",
            Self::Above => ">",
            Self::Below => "<",
            Self::Equal => "=",
        }
    }

    fn holds(self, value: f64, bound: f64) -> bool {
        match self {
            Self::AtLeast => value >= bound,
            Self::AtMost => value <= bound,
            Self::Above => value > bound,
            Self::Below => value < bound,
            Self::Equal => value == bound,
        }
    }
}

/// Why a text asks for nothing known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeasureError {
    text: String,
    rule: String,
}

impl fmt::Display for MeasureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\": {}", excerpt(&self.text), self.rule)
    }
}

impl std::error::Error for MeasureError {}

impl Measure {
    /// Reads what is asked of a model with this catalogue and these buyers' keys.
    ///
    /// # Errors
    /// If it names nothing that is recorded, or its number is none.
    pub fn parse(text: &str, buyers: &[&str], layout: &Layout) -> Result<Self, MeasureError> {
        let refuse = |rule: String| MeasureError { text: text.trim().to_owned(), rule };
        let found = Relation::SIGNS.iter().filter_map(|(sign, relation)| Some((text.find(sign)?, *sign, *relation))).min_by_key(|f| f.0);
        let (subject, condition) = match found {
            None => (text.trim(), None),
            Some((at, sign, relation)) => (text[..at].trim(), Some((relation, text[at + sign.len()..].trim()))),
        };
        let mut measure = Self::subject(subject, buyers, layout).map_err(refuse)?;
        if let Some((relation, bound)) = condition {
            let bound = measure.bound(bound, layout.start).map_err(refuse)?;
            measure.text = format!("{} {} {}", measure.text, relation.sign(), bound.1);
            (measure.condition, measure.unit) = (Some(Condition { relation, bound: bound.0 }), "share of paths");
            measure.censored_at = None;
        }
        Ok(measure)
    }

    fn subject(subject: &str, buyers: &[&str], layout: &Layout) -> Result<Self, String> {
        let (name, buyer) = match subject.strip_suffix(']').and_then(|rest| rest.split_once('[')) {
            Some((name, buyer)) => (name.trim(), Some(buyer.trim())),
            None => (subject, None),
        };
        let keys = || buyers.iter().copied();
        let whose = buyer.map(|buyer| keys().position(|key| key == buyer).ok_or_else(|| unknown("buyer", buyer, keys()))).transpose()?;
        let new = |unit, source, scale, censored_at| Self {
            text: subject.to_owned(),
            name: name.to_owned(),
            unit,
            source,
            scale,
            censored_at,
            condition: None,
        };
        if let Some((metric, month)) = name.split_once('@') {
            let names = || layout.monthly.iter().map(|series| series.metric.name);
            let series = layout.monthly.iter().position(|series| series.metric.name == metric && series.buyer == whose);
            let series = series.ok_or_else(|| of_nobody(metric, buyer, names().any(|name| name == metric), "monthly series", names()))?;
            let last = layout.start.plus(layout.months as i32 - 1);
            let at = Month::parse(month).map(|month| month.since(layout.start));
            let at = at.and_then(|at| usize::try_from(at).ok()).filter(|at| *at < layout.months);
            let at = at.ok_or_else(|| format!("{} is no month from {} to {last}", excerpt(month), layout.start))?;
            let metric = layout.monthly[series].metric;
            return Ok(new(metric.unit, Source::Monthly(series * layout.months + at), metric.scale, None));
        }
        let names = || layout.outcomes.iter().map(|outcome| outcome.name.as_str());
        let outcome = layout.outcomes.iter().find(|outcome| outcome.name == name && outcome.buyer == whose);
        let outcome = outcome.ok_or_else(|| of_nobody(name, buyer, names().any(|known| known == name), "outcome", names()))?;
        Ok(new(outcome.unit, Source::Outcome(outcome.cell), outcome.scale, outcome.censored_at))
    }

    /// A number, or of a waiting time a month, and how it is written.
    fn bound(&self, text: &str, start: Month) -> Result<(f64, String), String> {
        if let Some(month) = Month::parse(text) {
            return match self.censored_at {
                Some(_) => Ok((f64::from(month.since(start)) + 1.0, month.to_string())),
                None => Err(format!("{} is not a month; compare it with a number", self.name)),
            };
        }
        let plain = text.replace(['_', ','], "");
        match plain.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok((number, plain)),
            _ if self.censored_at.is_some() => Err(format!("compare it with a month, such as {start}, or a number of months")),
            _ => Err("compare it with a number, such as 250000".to_owned()),
        }
    }

    /// What is counted of a path that recorded this number; NaN for undefined.
    #[inline(always)]
    pub fn of(&self, recorded: f64) -> f64 {
        match self.condition {
            None => recorded,
            Some(_) if recorded.is_nan() => recorded,
            Some(Condition { relation, bound }) => f64::from(u8::from(relation.holds(in_unit(recorded as i64, self.scale), bound))),
        }
    }

    /// The same of an integer of a record.
    pub fn of_integer(&self, recorded: i64) -> i64 {
        if recorded == UNDEFINED { UNDEFINED } else { self.of(recorded as f64) as i64 }
    }

    /// What several measures look like to a tally: an outcome each, and nothing else.
    pub fn shape(measures: &[Self], paths_per_world: u64) -> TallyShape {
        TallyShape { months: 0, monthly_cells: 0, outcome_cells: measures.len(), states: Vec::new(), paths_per_world }
    }

    /// What a tally of that shape knows of each.
    pub fn summarise(measures: &[Self], tally: &Tally) -> Vec<OutcomeSummary> {
        let summarise = |(cell, measure): (usize, &Self)| {
            let (name, unit, censored_at) = (measure.text.clone(), measure.unit, measure.censored_at);
            let scale = if measure.condition.is_some() { 1.0 } else { measure.scale };
            summarise_outcome(&Outcome { name, unit, meaning: String::new(), buyer: None, cell, scale, censored_at }, tally.outcome(cell))
        };
        measures.iter().enumerate().map(summarise).collect()
    }
}

fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let hint = nearest(name, known).map_or(String::new(), |near| format!("; did you mean \"{near}\"?"));
    format!("no {what} is called \"{}\"{hint}", excerpt(name))
}

/// Why a name with or without a buyer names nothing.
fn of_nobody<'a>(name: &str, buyer: Option<&str>, is_known: bool, what: &str, known: impl Iterator<Item = &'a str>) -> String {
    match buyer {
        Some(buyer) if is_known => format!("{name} exists in total only, not for {}", excerpt(buyer)),
        _ => unknown(what, name, known),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Metric, Series};

    static DELIVERED: Metric = Metric { name: "delivered", unit: "chips", meaning: "", scale: 1.0 };

    fn layout() -> Layout {
        let outcome = |name: &str, buyer, cell, scale, censored_at| Outcome {
            name: name.into(),
            unit: "chips",
            meaning: String::new(),
            buyer,
            cell,
            scale,
            censored_at,
        };
        Layout {
            start: Month::new(2026, 1).unwrap(),
            months: 24,
            buyers: 1,
            monthly: vec![Series { metric: &DELIVERED, buyer: Some(0) }, Series { metric: &DELIVERED, buyer: None }],
            outcomes: vec![
                outcome("delivered_T", None, 0, 1.0, None),
                outcome("delivered_T", Some(0), 1, 1.0, None),
                outcome("t_first", None, 2, 1.0, Some(25)),
                outcome("supply_fill", None, 3, 1e-6, None),
            ],
            outcome_cells: 4,
            years: Vec::new(),
            quarters: Vec::new(),
        }
    }

    fn parse(text: &str) -> Result<Measure, String> {
        Measure::parse(text, &["bytedance"], &layout()).map_err(|error| error.to_string())
    }

    #[test]
    fn outcomes_and_monthly_values_are_found() {
        assert_eq!(parse("delivered_T").unwrap().source, Source::Outcome(0));
        assert_eq!(parse(" delivered_T[bytedance] ").unwrap().source, Source::Outcome(1));
        // The second series of 24 months; June is the sixth.
        assert_eq!(parse("delivered@2026-06").unwrap().source, Source::Monthly(24 + 5));
        assert_eq!(parse("delivered@2026-06[bytedance]").unwrap().source, Source::Monthly(5));
    }

    #[test]
    fn a_condition_holds_or_not_in_the_unit_of_its_outcome() {
        let large = parse("delivered_T>=250_000").unwrap();
        assert_eq!((large.text.as_str(), large.unit), ("delivered_T >= 250000", "share of paths"));
        assert_eq!([249_999.0, 250_000.0].map(|value| large.of(value)), [0.0, 1.0]);
        // 0.3 is recorded as 300,000 millionths.
        let fill = parse("supply_fill > 0.3").unwrap();
        assert_eq!([300_000.0, 300_001.0].map(|value| fill.of(value)), [0.0, 1.0]);
        assert!(fill.of(f64::NAN).is_nan());
        assert_eq!((fill.of_integer(UNDEFINED), fill.of_integer(400_000)), (UNDEFINED, 1));
        // December 2026 is month 12; 25 means never.
        let wait = parse("t_first <= 2026-12").unwrap();
        assert_eq!([12.0, 13.0, 25.0].map(|value| wait.of(value)), [1.0, 0.0, 0.0]);
        assert_eq!(parse("t_first = 3").unwrap().of(3.0), 1.0);
        assert_eq!(parse("delivered_T < 1").unwrap().of(0.0), 1.0);
    }

    #[test]
    fn what_is_not_known_is_refused_with_the_nearest() {
        let refused = |text: &str| parse(text).unwrap_err();
        assert!(refused("deliverd_T").contains("did you mean \"delivered_T\"?"));
        assert!(refused("delivered_T[bytdance]").contains("did you mean \"bytedance\"?"));
        assert!(refused("t_first[bytedance]").contains("in total only"));
        assert!(refused("delivered@2028-01").contains("from 2026-01 to 2027-12"));
        assert!(refused("delivered_T >= many").contains("a number, such as"));
        assert!(refused("delivered_T <= 2026-12").contains("is not a month"));
        assert!(refused("").contains("no outcome"));
    }
}
