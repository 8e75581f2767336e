//! Uncertain inputs as quantile functions (`model.md` 4.14).
//!
//! One uniform draw makes one value, and a larger draw never makes a smaller value: the same draws
//! under another scenario give values that can be compared, and a copula can act on the draws.

use super::metalog::Metalog;
use super::shape::{ScaledBeta, Shape, Steps};
use std::fmt;

/// Twice the 90% quantile of a standard normal.
const Z10_TO_Z90: f64 = 2.563_103_131_089_200_7;
/// Shapes of a beta for which accuracy was checked.
const BETA_SHAPES: std::ops::RangeInclusive<f64> = 1e-3..=1e9;

/// A distribution whose parameters were checked. `Display` prints it as a scenario file would.
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution {
    shape: Shape,
    cut: Option<Cut>,
}

/// True truncation: the part of the shape between two bounds.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Cut {
    low: f64,
    high: f64,
    /// Probability of the shape below, above and between the bounds.
    below: f64,
    above: f64,
    between: f64,
}

impl Distribution {
    /// Equally likely everywhere from `min` to `max`.
    pub fn uniform(min: f64, max: f64) -> Result<Self, DistributionError> {
        range(min, max)?;
        Ok(Shape::Uniform { min, max }.into())
    }

    /// PERT: a beta on [min, max] with mean (min + 4 mode + max) / 6.
    pub fn pert(min: f64, mode: f64, max: f64) -> Result<Self, DistributionError> {
        range_with_mode(min, mode, max)?;
        let width = max - min;
        let law = ScaledBeta::new(1.0 + 4.0 * ((mode - min) / width), 1.0 + 4.0 * ((max - mode) / width), min, max);
        Ok(Shape::Pert { mode, law }.into())
    }

    /// A density that rises in a straight line to `mode` and falls in one to `max`.
    pub fn triangular(min: f64, mode: f64, max: f64) -> Result<Self, DistributionError> {
        range_with_mode(min, mode, max)?;
        Ok(Shape::Triangular { min, mode, max }.into())
    }

    /// Normal.
    pub fn normal(mean: f64, std_dev: f64) -> Result<Self, DistributionError> {
        finite(&[("mean", mean), ("std_dev", std_dev)])?;
        if std_dev > 0.0 { Ok(Shape::Normal { mean, std_dev }.into()) } else { Err(DistributionError::NotPositive("std_dev", std_dev)) }
    }

    /// Lognormal by its 10% and 90% quantiles.
    pub fn lognormal(p10: f64, p90: f64) -> Result<Self, DistributionError> {
        finite(&[("p10", p10), ("p90", p90)])?;
        if p10 <= 0.0 {
            return Err(DistributionError::NotPositive("p10", p10));
        }
        rising("p10", p10, "p90", p90)?;
        let (low, high) = (libm::log(p10), libm::log(p90));
        Ok(Shape::Lognormal { p10, p90, mu: 0.5 * (low + high), sigma: (high - low) / Z10_TO_Z90 }.into())
    }

    /// Metalog by its 10%, 50% and 90% quantiles, between `lower` and `upper` (infinite for no bound).
    pub fn metalog(p10: f64, p50: f64, p90: f64, lower: f64, upper: f64) -> Result<Self, DistributionError> {
        finite(&[("p10", p10), ("p50", p50), ("p90", p90)])?;
        if lower.is_nan() || upper.is_nan() {
            return Err(DistributionError::NotFinite(if lower.is_nan() { "lower" } else { "upper" }, f64::NAN));
        }
        rising("p10", p10, "p50", p50)?;
        rising("p50", p50, "p90", p90)?;
        rising("lower", lower, "p10", p10)?;
        rising("p90", p90, "upper", upper)?;
        if lower.is_finite() && upper.is_finite() {
            range(lower, upper)?;
        }
        Ok(Shape::Metalog(Metalog::new([p10, p50, p90], lower, upper)?).into())
    }

    /// Beta on [min, max], usually [0, 1].
    pub fn beta(alpha: f64, beta: f64, min: f64, max: f64) -> Result<Self, DistributionError> {
        for (name, value) in [("alpha", alpha), ("beta", beta)] {
            if !BETA_SHAPES.contains(&value) {
                return Err(DistributionError::BetaShape(name, value));
            }
        }
        range(min, max)?;
        Ok(Shape::Beta(ScaledBeta::new(alpha, beta, min, max)).into())
    }

    /// One of some values, with probabilities that sum to 1.
    pub fn choice(choices: &[(f64, f64)]) -> Result<Self, DistributionError> {
        let steps = steps(choices)?;
        let sum: f64 = choices.iter().map(|(_, weight)| weight).sum();
        if (sum - 1.0).abs() <= 1e-9 { Ok(Shape::Choice(steps).into()) } else { Err(DistributionError::WeightSum(sum)) }
    }

    /// The values of a sample with their weights, of any positive sum; only these values are drawn.
    pub fn empirical(sample: &[(f64, f64)]) -> Result<Self, DistributionError> {
        Ok(Shape::Empirical(steps(sample)?).into())
    }

    /// The same shape on condition that it lies in [low, high]; nothing piles up at the bounds.
    pub fn truncated(self, low: f64, high: f64) -> Result<Self, DistributionError> {
        if low.is_nan() || high.is_nan() || low > high {
            return Err(DistributionError::Truncation { low, high });
        }
        let (low, high) = self.cut.map_or((low, high), |cut| (low.max(cut.low), high.min(cut.high)));
        let nothing_left = DistributionError::NothingLeft { low, high };
        let shape = match &self.shape {
            Shape::Choice(steps) => Shape::Choice(steps.within(low, high).ok_or(nothing_left)?),
            Shape::Empirical(steps) => Shape::Empirical(steps.within(low, high).ok_or(nothing_left)?),
            smooth => {
                let ((below, after_low), (before_high, above)) = (smooth.cdf(low), smooth.cdf(high));
                // Subtract in the tail where the numbers are small.
                let between = if after_low < below { after_low - above } else { before_high - below };
                if between <= 0.0 || between.is_nan() {
                    return Err(nothing_left);
                }
                let cut = Some(Cut { low, high, below, above, between });
                return Ok(Self { cut, ..self });
            }
        };
        Ok(Self { shape, cut: Some(Cut { low, high, below: 0.0, above: 0.0, between: 1.0 }) })
    }

    /// The value at probability `u`: a draw if `u` is uniform on (0, 1).
    #[inline]
    pub fn quantile(&self, u: f64) -> f64 {
        self.quantile_of(u, 1.0 - u)
    }

    /// P(X <= x).
    pub fn cdf(&self, x: f64) -> f64 {
        let (p, q) = self.shape.cdf(x);
        match self.cut {
            None => p,
            Some(cut) if x < cut.low => 0.0,
            Some(cut) if x >= cut.high => 1.0,
            Some(cut) if p <= q => ((p - cut.below) / cut.between).clamp(0.0, 1.0),
            Some(cut) => (1.0 - (q - cut.above) / cut.between).clamp(0.0, 1.0),
        }
    }

    /// The mean; infinite for a metalog whose tail is that heavy.
    pub fn mean(&self) -> f64 {
        self.moments().0
    }

    /// The standard deviation; may be infinite.
    pub fn std_dev(&self) -> f64 {
        self.moments().1.sqrt()
    }

    /// The smallest interval that holds every draw.
    pub fn support(&self) -> (f64, f64) {
        let (min, max) = self.shape.support();
        self.cut.map_or((min, max), |cut| (min.max(cut.low), max.min(cut.high)))
    }

    /// Whether it draws from a list of values.
    pub fn is_discrete(&self) -> bool {
        matches!(self.shape, Shape::Choice(_) | Shape::Empirical(_))
    }

    fn quantile_of(&self, p: f64, q: f64) -> f64 {
        match &self.cut {
            None => self.shape.quantile(p, q),
            // Rounding may step over a bound by one unit in the last place.
            Some(cut) => self.shape.quantile(cut.below + p * cut.between, cut.above + q * cut.between).clamp(cut.low, cut.high),
        }
    }

    /// Mean and variance: in closed form, or by integrating the quantile function.
    fn moments(&self) -> (f64, f64) {
        if let (Some(moments), true) = (self.shape.moments(), self.cut.is_none() || self.is_discrete()) {
            return moments;
        }
        let (min, max) = self.support();
        let mut finite_variance = true;
        if let Shape::Metalog(metalog) = &self.shape
            && let Some((end, rate)) = metalog.heavy_tail()
            && (end == min || end == max)
        {
            if rate >= 1.0 {
                return (end, f64::INFINITY);
            }
            finite_variance = rate < 0.5;
        }
        let mean = self.integrate(|x| x);
        (mean, if finite_variance { self.integrate(|x| (x - mean) * (x - mean)) } else { f64::INFINITY })
    }

    /// The expectation of `f`, as the integral of f(quantile(u)) over u.
    fn integrate(&self, f: impl Fn(f64) -> f64) -> f64 {
        let kink = self.cut.map_or(self.shape.kink(), |cut| ((self.shape.kink() - cut.below) / cut.between).clamp(0.0, 1.0));
        let piece = |from: f64, to: f64| {
            let point = |u: f64, v: f64| f(self.quantile_of(from * v + to * u, (1.0 - from) * v + (1.0 - to) * u));
            if from < to { (to - from) * double_exponential(point) } else { 0.0 }
        };
        piece(0.0, kink) + piece(kink, 1.0)
    }
}

impl From<Shape> for Distribution {
    fn from(shape: Shape) -> Self {
        Self { shape, cut: None }
    }
}

impl fmt::Display for Distribution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.shape {
            Shape::Uniform { min, max } => write!(f, "uniform {min}, {max}")?,
            Shape::Pert { mode, law } => write!(f, "pert {}, {mode}, {}", law.min, law.max)?,
            Shape::Triangular { min, mode, max } => write!(f, "triangular {min}, {mode}, {max}")?,
            Shape::Normal { mean, std_dev } => write!(f, "normal mean {mean}, std_dev {std_dev}")?,
            Shape::Lognormal { p10, p90, .. } => write!(f, "lognormal p10 {p10}, p90 {p90}")?,
            Shape::Metalog(Metalog { quantiles: [p10, p50, p90], lower, upper, .. }) => {
                write!(f, "metalog p10 {p10}, p50 {p50}, p90 {p90}")?;
                if lower.is_finite() {
                    write!(f, ", lower {lower}")?;
                }
                if upper.is_finite() {
                    write!(f, ", upper {upper}")?;
                }
            }
            Shape::Beta(law) => {
                write!(f, "beta {}, {}", law.alpha, law.beta)?;
                if (law.min, law.max) != (0.0, 1.0) {
                    write!(f, " on {}, {}", law.min, law.max)?;
                }
            }
            Shape::Choice(steps) => {
                for (index, (value, weight)) in steps.each().enumerate() {
                    write!(f, "{} {value} = {}", if index == 0 { "choice" } else { "," }, (weight * 1e12).round() / 1e12)?;
                }
            }
            Shape::Empirical(steps) => write!(f, "empirical, {} values", steps.each().len())?,
        }
        match self.cut {
            Some(cut) => write!(f, ", truncate {}, {}", cut.low, cut.high),
            None => Ok(()),
        }
    }
}

/// Why numbers do not make a distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DistributionError {
    /// A parameter is infinite or not a number.
    NotFinite(&'static str, f64),
    /// A parameter is zero or negative.
    NotPositive(&'static str, f64),
    /// Two parameters, the first of which does not lie below the second.
    NotRising(&'static str, f64, &'static str, f64),
    /// The width `max - min` is too large for a number.
    TooWide(f64, f64),
    /// The mode lies outside the range.
    Mode {
        /// The range's lower end.
        min: f64,
        /// The mode.
        mode: f64,
        /// The range's upper end.
        max: f64,
    },
    /// A shape of a beta is out of range.
    BetaShape(&'static str, f64),
    /// Three quantiles that no three-term metalog has.
    Metalog {
        /// The median asked for.
        p50: f64,
        /// The median must lie above this,
        least: f64,
        /// and below this.
        most: f64,
    },
    /// A weight is negative.
    Weight(f64),
    /// The weights of a choice do not sum to one.
    WeightSum(f64),
    /// No value has any weight.
    NoValue,
    /// Bounds that are not numbers or not in order.
    Truncation {
        /// Lower bound.
        low: f64,
        /// Upper bound.
        high: f64,
    },
    /// No probability between the bounds.
    NothingLeft {
        /// Lower bound.
        low: f64,
        /// Upper bound.
        high: f64,
    },
}

impl fmt::Display for DistributionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFinite(name, value) => write!(f, "{name} is {value}: every number of a distribution must be finite"),
            Self::NotPositive(name, value) => write!(f, "{name} is {value}: it must be above 0"),
            Self::NotRising(low, a, high, b) => write!(f, "{low} must lie below {high}, but {low} is {a} and {high} is {b}"),
            Self::TooWide(min, max) => write!(f, "the range from {min} to {max} is too wide to compute with"),
            Self::Mode { min, mode, max } => write!(f, "the mode {mode} must lie between min {min} and max {max}"),
            Self::BetaShape(name, value) => {
                write!(f, "{name} is {value}: the shapes of a beta lie in {}..={}", BETA_SHAPES.start(), BETA_SHAPES.end())
            }
            Self::Metalog { p50, least, most } => write!(
                f,
                "no metalog has these quantiles: p50 is {p50}, but with this p10 and p90 it must lie between {least:.6} and {most:.6} (|a3| / a2 < 1.66711)"
            ),
            Self::Weight(weight) => write!(f, "a weight is {weight}: weights must be 0 or more"),
            Self::WeightSum(sum) => write!(f, "the weights sum to {sum}: they must sum to 1"),
            Self::NoValue => write!(f, "no value has a weight above 0: give at least one"),
            Self::Truncation { low, high } => write!(f, "truncation from {low} to {high}: the first bound must not exceed the second"),
            Self::NothingLeft { low, high } => write!(f, "truncation from {low} to {high} leaves no probability: widen the bounds"),
        }
    }
}

impl std::error::Error for DistributionError {}

fn finite(parameters: &[(&'static str, f64)]) -> Result<(), DistributionError> {
    let bad = parameters.iter().find(|(_, value)| !value.is_finite());
    bad.map_or(Ok(()), |(name, value)| Err(DistributionError::NotFinite(name, *value)))
}

fn rising(low: &'static str, a: f64, high: &'static str, b: f64) -> Result<(), DistributionError> {
    if a < b { Ok(()) } else { Err(DistributionError::NotRising(low, a, high, b)) }
}

fn range(min: f64, max: f64) -> Result<(), DistributionError> {
    finite(&[("min", min), ("max", max)])?;
    rising("min", min, "max", max)?;
    if (max - min).is_finite() { Ok(()) } else { Err(DistributionError::TooWide(min, max)) }
}

fn range_with_mode(min: f64, mode: f64, max: f64) -> Result<(), DistributionError> {
    finite(&[("mode", mode)])?;
    range(min, max)?;
    if (min..=max).contains(&mode) { Ok(()) } else { Err(DistributionError::Mode { min, mode, max }) }
}

fn steps(pairs: &[(f64, f64)]) -> Result<Steps, DistributionError> {
    for (value, weight) in pairs {
        finite(&[("a value", *value), ("a weight", *weight)])?;
        if *weight < 0.0 {
            return Err(DistributionError::Weight(*weight));
        }
    }
    finite(&[("the sum of the weights", pairs.iter().map(|(_, weight)| weight).sum())])?;
    Steps::new(pairs.iter().copied()).ok_or(DistributionError::NoValue)
}

/// The integral of f(u, 1 - u) over the unit interval (Takahasi and Mori 1974): singular ends are harmless.
fn double_exponential(f: impl Fn(f64, f64) -> f64) -> f64 {
    const STEP: f64 = 1.0 / 32.0;
    const REACH: i32 = 192; // u falls to 1e-275
    let term = |k: i32| {
        let t = f64::from(k) * STEP;
        let s = std::f64::consts::PI * libm::sinh(t);
        let (u, v) = (1.0 / (1.0 + libm::exp(-s)), 1.0 / (1.0 + libm::exp(s)));
        f(u, v) * u * v * std::f64::consts::PI * libm::cosh(t) * STEP
    };
    (-REACH..=REACH).map(term).sum()
}
