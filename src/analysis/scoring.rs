//! How well a forecast did once the number is known: log score, Brier score, CRPS, coverage and PIT (Gneiting and Raftery 2007).
//!
//! A forecast is an equally weighted sample, rising: its i-th of n values is the quantile at (i − ½)/n. All scores are losses: less is better.

use crate::model::Test;

/// Values of a forecast that is kept.
pub const SAMPLE: usize = 200;

/// The predictive distribution of one number.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// Values with equal weights, rising.
    pub sample: Vec<f64>,
    /// Probability of exactly zero, where it is known better than from the sample.
    pub zero: Option<f64>,
}

/// How a forecast did on one fact.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// Probability it gave to what was seen; never quite 0 or 1.
    pub probability: f64,
    /// −ln of that.
    pub log: f64,
    /// Squared distance of that probability from 1.
    pub brier: f64,
    /// The same for a number that was seen, if it is one.
    pub number: Option<NumberScore>,
}

/// How a forecast did on a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NumberScore {
    /// The number.
    pub seen: f64,
    /// Continuous ranked probability score, in the unit of the number.
    pub crps: f64,
    /// Shares of the forecast below the number, and at or below it; they differ where the forecast has an atom.
    pub pit: (f64, f64),
    /// Whether the middle half of the forecast holds it.
    pub in_half: bool,
    /// Whether the middle nine tenths hold it.
    pub in_ninety: bool,
}

impl Prediction {
    /// The quantile at a level.
    pub fn quantile(&self, level: f64) -> f64 {
        let n = self.sample.len();
        self.sample[((level * n as f64).ceil() as usize).clamp(1, n) - 1]
    }

    /// The probability that a test holds, kept away from 0 and 1 by half a value of the sample, as no sample shows that something is impossible.
    pub fn probability(&self, test: Test) -> f64 {
        let n = self.sample.len() as f64;
        let is_zero = matches!(test, Test::Range(range) if range.low == 0.0 && range.high == 0.0);
        let count = match self.zero {
            Some(zero) if is_zero => zero * n,
            _ => self.sample.iter().filter(|x| test.holds(**x)).count() as f64,
        };
        (count + 0.5) / (n + 1.0)
    }

    /// How it did on a fact; `seen` is the number where one was seen.
    pub fn score(&self, test: Test, seen: Option<f64>) -> Score {
        let probability = self.probability(test);
        let number = seen.filter(|_| self.sample.iter().all(|x| x.is_finite())).map(|y| self.number(y));
        Score { probability, log: -libm::log(probability), brier: (1.0 - probability) * (1.0 - probability), number }
    }

    fn number(&self, seen: f64) -> NumberScore {
        let share = |so: &dyn Fn(f64) -> bool| self.sample.iter().filter(|x| so(**x)).count() as f64 / self.sample.len() as f64;
        let inside = |tail: f64| (self.quantile(tail)..=self.quantile(1.0 - tail)).contains(&seen);
        let pit = (share(&|x| x < seen), share(&|x| x <= seen));
        NumberScore { seen, crps: crps(&self.sample, seen), pit, in_half: inside(0.25), in_ninety: inside(0.05) }
    }
}

/// The continuous ranked probability score of an equally weighted sample, rising: `2/n Σ_i (1{y < x_i} − (i − ½)/n) (x_i − y)`
/// (Laio and Tamea 2007), which is the integral of the squared distance between the forecast's distribution and that of what came.
pub fn crps(sample: &[f64], seen: f64) -> f64 {
    let n = sample.len() as f64;
    let term = |(i, x): (usize, &f64)| (f64::from(seen < *x) - (i as f64 + 0.5) / n) * (x - seen);
    2.0 / n * sample.iter().enumerate().map(term).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::normal_quantile;
    use crate::scenario::Range;

    fn at(quantile: impl Fn(f64) -> f64) -> Vec<f64> {
        (0..SAMPLE).map(|i| quantile((i as f64 + 0.5) / SAMPLE as f64)).collect()
    }

    #[test]
    fn crps_has_its_closed_forms() {
        // A point: the distance. Two points 0 and 2 at 1: ∫ = 1 × ¼ + 1 × ¼ = ½.
        assert_eq!(crps(&[3.0], 5.0), 2.0);
        assert_eq!(crps(&[0.0, 2.0], 1.0), 0.5);
        // Standard normal: y (2Φ(y) − 1) + 2φ(y) − 1/√π: at 0, 0.233695; at 1, 0.602441.
        let normal = at(normal_quantile);
        assert!((crps(&normal, 0.0) - 0.233_695).abs() < 5e-4, "{}", crps(&normal, 0.0));
        assert!((crps(&normal, 1.0) - 0.602_441).abs() < 5e-4, "{}", crps(&normal, 1.0));
        // Uniform on 0..1 at y: (y³ + (1 − y)³)/3; at 0.3: (0.027 + 0.343)/3.
        assert!((crps(&at(|p| p), 0.3) - 0.37 / 3.0).abs() < 1e-4);
        // Zero with probability 0.4, else uniform on 0..1, at 0: ∫ (0.6 (1 − x))² = 0.36/3.
        assert!((crps(&at(|p| ((p - 0.4) / 0.6).max(0.0)), 0.0) - 0.12).abs() < 1e-4);
    }

    #[test]
    fn what_was_seen_has_a_probability_a_log_score_and_a_brier_score() {
        let zero = Test::Range(Range::closed(0.0, 0.0));
        let prediction = Prediction { sample: at(|p| ((p - 0.4) / 0.6).max(0.0)), zero: Some(0.4) };
        // (0.4 × 200 + ½) / 201.
        let p = 80.5 / 201.0;
        let score = prediction.score(zero, Some(0.0));
        assert!(
            (score.probability - p).abs() < 1e-15
                && (score.log + libm::log(p)).abs() < 1e-15
                && (score.brier - (1.0 - p) * (1.0 - p)).abs() < 1e-15
        );
        let number = score.number.unwrap();
        assert_eq!((number.pit, number.in_half, number.in_ninety), ((0.0, 0.4), true, true));
        // Never seen in 200 values: ½ / 201, and not infinitely wrong.
        assert!((prediction.score(Test::Range(Range::closed(9.0, 9.0)), None).log - libm::log(402.0)).abs() < 1e-12);
        let high = prediction.score(Test::Range(Range::closed(0.97, 0.97)), Some(0.97)).number.unwrap();
        assert_eq!((high.in_half, high.in_ninety), (false, false));
    }

    #[test]
    fn the_pit_of_a_right_forecast_is_even() {
        // Quantiles of the forecast itself, seen one after another, lie evenly in its distribution: mean ½, variance 1/12.
        let prediction = Prediction { sample: at(normal_quantile), zero: None };
        let pits: Vec<f64> =
            (0..1000).map(|i| prediction.number(normal_quantile((f64::from(i) + 0.5) / 1000.0)).pit).map(|(a, b)| (a + b) / 2.0).collect();
        let mean = pits.iter().sum::<f64>() / 1000.0;
        let variance = pits.iter().map(|p| (p - mean) * (p - mean)).sum::<f64>() / 1000.0;
        assert!((mean - 0.5).abs() < 0.005 && (variance - 1.0 / 12.0).abs() < 0.002, "{mean} {variance}");
    }
}
