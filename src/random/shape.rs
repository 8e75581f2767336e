//! The shapes of uncertain inputs: quantile, distribution function and moments of each (`model.md` 4.14).
//!
//! Probabilities come in pairs (below, above), so that truncation far out in either tail keeps its digits.

use super::metalog::Metalog;
use super::special::{IncompleteBeta, normal_cdf, normal_quantile};

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shape {
    Uniform { min: f64, max: f64 },
    Pert { mode: f64, law: ScaledBeta },
    Triangular { min: f64, mode: f64, max: f64 },
    Normal { mean: f64, std_dev: f64 },
    Lognormal { p10: f64, p90: f64, mu: f64, sigma: f64 },
    Metalog(Metalog),
    Beta(ScaledBeta),
    Choice(Steps),
    Empirical(Steps),
}

impl Shape {
    /// The smallest x with P(X <= x) >= p, where q = 1 - p.
    pub fn quantile(&self, p: f64, q: f64) -> f64 {
        match self {
            Self::Uniform { min, max } => from_nearer_end(*min, *max, p, q),
            Self::Pert { law, .. } | Self::Beta(law) => law.quantile(p, q),
            Self::Triangular { min, mode, max } => {
                let (left, right, width) = (mode - min, max - mode, max - min);
                if p * width < left { min + (p * left * width).sqrt() } else { max - (q * right * width).sqrt() }
            }
            Self::Normal { mean, std_dev } => mean + std_dev * standard_normal(p, q),
            Self::Lognormal { mu, sigma, .. } => libm::exp(mu + sigma * standard_normal(p, q)),
            Self::Metalog(metalog) => metalog.quantile(p, q),
            Self::Choice(steps) | Self::Empirical(steps) => steps.quantile(p),
        }
    }

    /// (P(X <= x), P(X > x)).
    pub fn cdf(&self, x: f64) -> (f64, f64) {
        let (min, max) = self.support();
        if x < min {
            return (0.0, 1.0);
        }
        if x >= max {
            return (1.0, 0.0);
        }
        match self {
            Self::Uniform { min, max } => ((x - min) / (max - min), (max - x) / (max - min)),
            Self::Pert { law, .. } | Self::Beta(law) => law.cdf(x),
            Self::Triangular { min, mode, max } => {
                let (up, down, width) = (x - min, max - x, max - min);
                if x < *mode {
                    let p = up / width * (up / (mode - min));
                    (p, 1.0 - p)
                } else {
                    let q = down / width * (down / (max - mode));
                    (1.0 - q, q)
                }
            }
            Self::Normal { mean, std_dev } => both_tails((x - mean) / std_dev),
            Self::Lognormal { mu, sigma, .. } => both_tails((libm::log(x) - mu) / sigma),
            Self::Metalog(metalog) => metalog.cdf(x),
            Self::Choice(steps) | Self::Empirical(steps) => {
                let p = steps.cdf(x);
                (p, 1.0 - p)
            }
        }
    }

    /// The smallest interval that holds every draw.
    pub fn support(&self) -> (f64, f64) {
        match self {
            Self::Uniform { min, max } | Self::Triangular { min, max, .. } => (*min, *max),
            Self::Pert { law, .. } | Self::Beta(law) => (law.min, law.max),
            Self::Normal { .. } => (f64::NEG_INFINITY, f64::INFINITY),
            Self::Lognormal { .. } => (0.0, f64::INFINITY),
            Self::Metalog(metalog) => (metalog.lower, metalog.upper),
            Self::Choice(steps) | Self::Empirical(steps) => steps.support(),
        }
    }

    /// Mean and variance where they have a closed form.
    pub fn moments(&self) -> Option<(f64, f64)> {
        match self {
            Self::Uniform { min, max } => Some((min + 0.5 * (max - min), (max - min) * (max - min) / 12.0)),
            Self::Pert { law, .. } | Self::Beta(law) => Some(law.moments()),
            Self::Triangular { min, mode, max } => {
                let (m, c) = (mode - min, max - min);
                Some((min + (m + c) / 3.0, (m * m + c * c - m * c) / 18.0))
            }
            Self::Normal { mean, std_dev } => Some((*mean, std_dev * std_dev)),
            Self::Lognormal { mu, sigma, .. } => {
                let mean = libm::exp(mu + 0.5 * sigma * sigma);
                Some((mean, mean * mean * libm::expm1(sigma * sigma)))
            }
            Self::Metalog(metalog) => metalog.moments(),
            Self::Choice(steps) | Self::Empirical(steps) => Some(steps.moments()),
        }
    }

    /// Where the quantile function has a kink, as the probability below it; integration stops there.
    pub fn kink(&self) -> f64 {
        if let Self::Triangular { mode, .. } = self { self.cdf(*mode).0 } else { 0.0 }
    }
}

/// Beta stretched to [min, max].
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ScaledBeta {
    pub alpha: f64,
    pub beta: f64,
    pub min: f64,
    pub max: f64,
    law: IncompleteBeta,
}

impl ScaledBeta {
    pub fn new(alpha: f64, beta: f64, min: f64, max: f64) -> Self {
        Self { alpha, beta, min, max, law: IncompleteBeta::new(alpha, beta) }
    }

    fn quantile(&self, p: f64, q: f64) -> f64 {
        let (x, y) = self.law.quantile(p, q);
        from_nearer_end(self.min, self.max, x, y)
    }

    fn cdf(&self, x: f64) -> (f64, f64) {
        let width = self.max - self.min;
        self.law.cdf((x - self.min) / width, (self.max - x) / width)
    }

    fn moments(&self) -> (f64, f64) {
        let (n, width) = (self.alpha + self.beta, self.max - self.min);
        let share = self.alpha / n;
        (self.min + width * share, width * width * share * (self.beta / n) / (n + 1.0))
    }
}

/// Values with weights; the distribution function steps up at each value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Steps {
    /// Rising, each with a positive weight.
    values: Vec<f64>,
    /// They sum to 1.
    weights: Vec<f64>,
    cumulative: Vec<f64>,
}

impl Steps {
    /// Sorts, merges equal values, drops those without weight; `None` if no weight is left.
    pub fn new(pairs: impl Iterator<Item = (f64, f64)>) -> Option<Self> {
        let mut pairs: Vec<_> = pairs.filter(|(_, weight)| *weight > 0.0).collect();
        pairs.sort_by(|(x, _), (y, _)| x.total_cmp(y));
        pairs.dedup_by(|(x, weight), (kept, sum)| {
            let same = x == kept;
            if same {
                *sum += *weight;
            }
            same
        });
        let total: f64 = pairs.iter().map(|(_, weight)| weight).sum();
        let mut steps = Self { values: Vec::new(), weights: Vec::new(), cumulative: Vec::new() };
        let mut running = 0.0;
        for (value, weight) in pairs {
            running += weight;
            steps.values.push(value);
            steps.weights.push(weight / total);
            steps.cumulative.push(running / total);
        }
        (!steps.values.is_empty()).then_some(steps)
    }

    /// The same values between two bounds.
    pub fn within(&self, low: f64, high: f64) -> Option<Self> {
        Self::new(self.each().filter(|(x, _)| (low..=high).contains(x)))
    }

    /// Values with their weights, in rising order.
    pub fn each(&self) -> impl ExactSizeIterator<Item = (f64, f64)> {
        self.values.iter().copied().zip(self.weights.iter().copied())
    }

    fn quantile(&self, p: f64) -> f64 {
        let index = self.cumulative.partition_point(|sum| *sum < p);
        self.values[index.min(self.values.len() - 1)]
    }

    fn cdf(&self, x: f64) -> f64 {
        match self.values.partition_point(|value| *value <= x) {
            0 => 0.0,
            count => self.cumulative[count - 1],
        }
    }

    fn support(&self) -> (f64, f64) {
        (self.values[0], self.values[self.values.len() - 1])
    }

    fn moments(&self) -> (f64, f64) {
        let mean = self.each().map(|(x, weight)| weight * x).sum();
        (mean, self.each().map(|(x, weight)| weight * (x - mean) * (x - mean)).sum())
    }
}

/// The point of [min, max] at share `p` from the left and `q` from the right.
fn from_nearer_end(min: f64, max: f64, p: f64, q: f64) -> f64 {
    if p < 0.5 { min + (max - min) * p } else { max - (max - min) * q }
}

fn standard_normal(p: f64, q: f64) -> f64 {
    if p <= q { normal_quantile(p) } else { -normal_quantile(q) }
}

fn both_tails(z: f64) -> (f64, f64) {
    (normal_cdf(z), normal_cdf(-z))
}
