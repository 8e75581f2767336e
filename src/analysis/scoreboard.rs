//! Several forecasts on the same facts: each score, and means over the facts that all of them speak of.

use std::fmt;

use super::first_delivery::common_window;
use super::{Arrival, NumberScore, Ranked, Score, Waits, digits};
use crate::domain::{Date, Month};

/// One forecast on one fact.
#[derive(Clone, Debug, PartialEq)]
pub struct Scored {
    /// Key of the fact.
    pub fact: String,
    /// What was seen.
    pub seen: String,
    /// Name of the observable.
    pub observable: String,
    /// When it became known.
    pub known: Date,
    /// The month it is about, or the last of a span; none of an outcome.
    pub month: Option<Month>,
    /// Months from the forecast's day to that month's end; none of an outcome.
    pub horizon: Option<i32>,
    /// Probability that the report is right; scores take it as right.
    pub sure: f64,
    /// Position of the forecast in [`Scoreboard::forecasters`].
    pub forecaster: usize,
    /// Whether every forecaster speaks of it.
    pub is_common: bool,
    /// How it did.
    pub score: Score,
    /// Its 5%, 50% and 95% quantiles.
    pub quantiles: [f64; 3],
}

/// Who forecast.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forecaster {
    /// Name of its file.
    pub name: String,
    /// Its title.
    pub title: String,
    /// Whether it is ours.
    pub is_ours: bool,
    /// When.
    pub as_of: Date,
}

/// All scores.
#[derive(Clone, Debug, PartialEq)]
pub struct Scoreboard {
    /// Ours first.
    pub forecasters: Vec<Forecaster>,
    /// Fact by fact.
    pub scored: Vec<Scored>,
    /// What each forecaster says of the month of the first delivery.
    pub waits: Vec<Waits>,
    /// What is known of it.
    pub arrival: Arrival,
}

/// Means of one forecaster over some facts.
#[derive(Clone, Debug, PartialEq)]
pub struct Means {
    /// Position of the forecaster.
    pub forecaster: usize,
    /// Which facts: `common`, `all`, or a horizon.
    pub over: String,
    /// How many facts.
    pub facts: usize,
    /// Mean log score.
    pub log: f64,
    /// Mean Brier score.
    pub brier: f64,
    /// How many of them are numbers of chips; the next four are over these.
    pub numbers: usize,
    /// Mean CRPS in chips.
    pub crps: Option<f64>,
    /// Share inside the middle half.
    pub in_half: Option<f64>,
    /// Share inside the middle nine tenths.
    pub in_ninety: Option<f64>,
    /// Mean of the middles of the PIT.
    pub pit: Option<f64>,
    /// Score of the month of the first delivery, over the months that all speak of or over its own.
    pub first_delivery: Option<Ranked>,
}

/// What is printed beside every score of ours (`model.md` section 11).
pub const HINDSIGHT: &str = "Hindsight, declared: the lot gate, the confirmation share and the hidden types of baseline-dec-2025 were added after later events were \
known. baseline-strict removes them. The gap between the two is the price of what was learned. Facts overlap, so that means describe and do not test.";

impl Scoreboard {
    /// Means over the facts that all speak of, over all facts of each, and by horizon in half-years.
    pub fn means(&self) -> Vec<Means> {
        let mut means = Vec::new();
        for f in 0..self.forecasters.len() {
            let own: Vec<&Scored> = self.scored.iter().filter(|s| s.forecaster == f).collect();
            let common: Vec<&Scored> = own.iter().copied().filter(|s| s.is_common).collect();
            means.extend(mean(f, "common", &common).map(|means| Means { first_delivery: self.first_delivery(f, true), ..means }));
            means.extend(mean(f, "all", &own).map(|means| Means { first_delivery: self.first_delivery(f, false), ..means }));
            for (over, low, high) in [("0 to 3 months", 0, 3), ("4 to 6 months", 4, 6), ("7 months and more", 7, i32::MAX)] {
                let near: Vec<&Scored> = common.iter().copied().filter(|s| s.horizon.is_some_and(|h| (low..=high).contains(&h))).collect();
                means.extend(mean(f, over, &near));
            }
        }
        means
    }

    /// How a forecaster did on the month of the first delivery, from the month on in which it spoke or, of what is common, all had.
    fn first_delivery(&self, forecaster: usize, is_common: bool) -> Option<Ranked> {
        let made = |forecaster: &Forecaster| Month::new(forecaster.as_of.year, forecaster.as_of.month);
        let window = match is_common {
            true => common_window(self.waits.iter(), self.forecasters.iter().filter_map(made).max()?)?,
            false => common_window([&self.waits[forecaster]].into_iter(), made(&self.forecasters[forecaster])?)?,
        };
        self.arrival.score(&self.waits[forecaster], window)
    }
}

fn mean(forecaster: usize, over: &str, scored: &[&Scored]) -> Option<Means> {
    let n = scored.len();
    let average = |of: &dyn Fn(&Scored) -> f64| scored.iter().map(|s| of(s)).sum::<f64>() / n as f64;
    // Chips alone: means over different units would mean nothing.
    let numbers: Vec<NumberScore> =
        scored.iter().filter(|s| s.observable.starts_with("delivered")).filter_map(|s| s.score.number).collect();
    let of_numbers =
        |of: fn(&NumberScore) -> f64| (!numbers.is_empty()).then(|| numbers.iter().map(of).sum::<f64>() / numbers.len() as f64);
    (n > 0).then(|| Means {
        forecaster,
        over: over.to_owned(),
        facts: n,
        log: average(&|s| s.score.log),
        brier: average(&|s| s.score.brier),
        numbers: numbers.len(),
        crps: of_numbers(|s| s.crps),
        in_half: of_numbers(|s| f64::from(s.in_half)),
        in_ninety: of_numbers(|s| f64::from(s.in_ninety)),
        pit: of_numbers(|s| (s.pit.0 + s.pit.1) / 2.0),
        first_delivery: None,
    })
}

impl fmt::Display for Scoreboard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let means = self.means();
        let rows: Vec<[String; 8]> = means.iter().filter(|m| m.over == "common").map(|m| self.row(m)).collect();
        let facts = means.iter().find(|m| m.over == "common").map_or(0, |m| m.facts);
        let title =
            ["forecast", "log score", "Brier", "CRPS, chips", "first delivery, months", "in 50%", "in 90%", "mean PIT"].map(String::from);
        let width = |c: usize| rows.iter().chain([&title]).map(|row| row[c].chars().count()).max().unwrap_or(0);
        writeln!(f, "Means over the {facts} facts that all forecasts speak of; less is better in the first four.")?;
        for row in [&title].into_iter().chain(&rows) {
            let cells: Vec<String> = row
                .iter()
                .enumerate()
                .map(|(c, text)| if c == 0 { format!("{text:w$}", w = width(c)) } else { format!("{text:>w$}", w = width(c)) })
                .collect();
            writeln!(f, "{}", cells.join("  "))?;
        }
        if let Some(gap) = self.gap(&means) {
            writeln!(f, "{gap}")?;
        }
        writeln!(f, "{HINDSIGHT}")
    }
}

impl Scoreboard {
    fn row(&self, m: &Means) -> [String; 8] {
        let share = |x: Option<f64>| x.map_or(String::new(), |x| format!("{:.0}%", 100.0 * x));
        [
            self.forecasters[m.forecaster].name.clone(),
            format!("{:.3}", m.log),
            format!("{:.3}", m.brier),
            m.crps.map_or(String::new(), |x| digits::rounded(x, x / 100.0)),
            m.first_delivery.map_or(String::new(), |first| format!("{:.2}", first.score)),
            share(m.in_half),
            share(m.in_ninety),
            m.pit.map_or(String::new(), |x| format!("{x:.2}")),
        ]
    }

    /// The gap between the two baselines, if both are there.
    pub fn gap(&self, means: &[Means]) -> Option<String> {
        let of = |name: &str| {
            let f = self.forecasters.iter().position(|f| f.name == name)?;
            means.iter().find(|m| m.forecaster == f && m.over == "common")
        };
        let (ours, strict) = (of("baseline-dec-2025")?, of("baseline-strict")?);
        let crps = strict
            .crps
            .zip(ours.crps)
            .map_or(String::new(), |(s, o)| format!(", of CRPS {} chips", digits::rounded(s - o, (s - o).abs() / 100.0)));
        Some(format!(
            "Gap, baseline-strict less baseline-dec-2025: of log score {:.3}, of Brier score {:.3}{crps}.",
            strict.log - ours.log,
            strict.brier - ours.brier
        ))
    }
}
