//! What spreading the worlds evenly gained over independent ones, number by number.

use super::headline::amounts;
use super::summarise::in_unit;
use super::{PROBABILITIES, Summary, digits};
use crate::model::Outcome;
use crate::stats::{Gain, Sample};

/// The quantiles of which it is told, by position in [`PROBABILITIES`].
const TOLD: [usize; 3] = [0, 3, 6];

/// What was gained for one number.
#[derive(Clone, Debug, PartialEq)]
pub struct SamplingGain {
    /// Position of the outcome in the summary.
    pub outcome: usize,
    /// `mean`, `share_zero` or a quantile such as `p50`.
    pub statistic: String,
    /// The number, in the unit of the outcome or as a share.
    pub value: f64,
    /// Its errors; those of a quantile are of the share of paths at or below it.
    pub gain: Gain,
}

/// What was gained for one outcome; nothing if worlds are independent. Of a waiting time that has not ended in every path there is no mean.
pub(super) fn gains(position: usize, outcome: &Outcome, sample: Sample<'_>) -> Vec<SamplingGain> {
    let mut found = Vec::new();
    let mut tell = |statistic: &str, value: Option<f64>, gain: Option<Gain>| {
        let (Some(value), Some(gain)) = (value, gain) else { return };
        found.push(SamplingGain { outcome: position, statistic: statistic.to_owned(), value, gain });
    };
    let scaled = |gain: Gain| Gain { std_error: gain.std_error * outcome.scale, independent: gain.independent * outcome.scale };
    if outcome.censored_at.is_none() {
        tell("mean", sample.mean().map(|mean| mean * outcome.scale), sample.gain_of_mean().map(scaled));
    }
    tell("share_zero", sample.share_zero(), sample.gain_of_zeros());
    for p in TOLD.map(|at| PROBABILITIES[at]) {
        let value = sample.histogram().quantile(p).filter(|value| outcome.censored_at.is_none_or(|end| *value < end));
        tell(&format!("p{:02}", (100.0 * p).round()), value.map(|value| in_unit(value, outcome.scale)), sample.gain_at(p));
    }
    found
}

/// What was gained for the means of the short table, a line each: the outcome, the factor and its 95% interval. Nothing if worlds
/// are independent.
pub fn gains_of_headline(summary: &Summary) -> Vec<(String, String)> {
    let words = |(label, of): (String, &super::OutcomeSummary)| {
        let is_its = |gain: &&SamplingGain| {
            gain.statistic == "mean" && summary.outcomes.get(gain.outcome).is_some_and(|row| row.outcome == of.outcome)
        };
        let gain = summary.gains.iter().find(is_its)?.gain;
        let ((low, high), two) = (gain.interval(), digits::error);
        Some((label, format!("{} ({} to {})", two(gain.factor()), two(low), two(high))))
    };
    amounts(summary).into_iter().filter_map(words).collect()
}

/// The same for a terminal; empty if worlds are independent.
pub fn gains_in_words(summary: &Summary) -> String {
    let gains = gains_of_headline(summary);
    if gains.is_empty() {
        return String::new();
    }
    let lines: String = gains.iter().map(|(label, gain)| format!("  {label}, mean: {gain}\n")).collect();
    let (worlds, word) = (summary.header.worlds, summary.header.sampling.word());
    format!(
        "{worlds} worlds spread by {word} tell as much as so many times as many independent ones (95% interval from 16 scrambles):\n{lines}"
    )
}
