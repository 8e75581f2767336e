//! The three-term metalog (Keelin 2016), unbounded or bounded on either side by a log or logit transform.
//!
//! M(y) = a1 + a2 L + a3 (y - 1/2) L with L = ln(y / (1 - y)), fitted exactly to three quantiles.

use super::distribution::DistributionError;

/// 1 / max over y of |(y - 1/2) + y (1 - y) L|: the quantile function rises while |a3| / a2 is below it.
const MOST_SKEW: f64 = 1.66711;
const LN_9: f64 = 2.197_224_577_336_219_6;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Metalog {
    /// The 10%, 50% and 90% quantiles that were asked for.
    pub quantiles: [f64; 3],
    /// Where it ends; infinite for no bound.
    pub lower: f64,
    pub upper: f64,
    a: [f64; 3],
}

impl Metalog {
    pub fn new(quantiles: [f64; 3], lower: f64, upper: f64) -> Result<Self, DistributionError> {
        let mut metalog = Self { quantiles, lower, upper, a: [0.0; 3] };
        let [low, middle, high] = quantiles.map(|x| metalog.flatten(x));
        let (a2, a3) = ((high - low) / (2.0 * LN_9), (high + low - 2.0 * middle) / (0.8 * LN_9));
        metalog.a = [middle, a2, a3];
        if a2 > 0.0 && a3.abs() / a2 < MOST_SKEW {
            return Ok(metalog);
        }
        // |a3| / a2 = 2.5 |high + low - 2 middle| / (high - low)
        let reach = MOST_SKEW / 5.0 * (high - low);
        let centre = 0.5 * (low + high);
        Err(DistributionError::Metalog { p50: quantiles[1], least: metalog.bend(centre - reach), most: metalog.bend(centre + reach) })
    }

    pub fn quantile(&self, p: f64, q: f64) -> f64 {
        let [a1, a2, a3] = self.a;
        let logit = libm::log(p / q);
        self.bend(a1 + (a2 + a3 * 0.5 * (p - q)) * logit)
    }

    /// (P(X <= x), P(X > x)), by Newton's method on the logit of the probability.
    pub fn cdf(&self, x: f64) -> (f64, f64) {
        if x <= self.lower {
            return (0.0, 1.0);
        }
        if x >= self.upper {
            return (1.0, 0.0);
        }
        let [a1, a2, a3] = self.a;
        let goal = self.flatten(x);
        // The slope in the logit lies between a2 -+ a3 / 2 in the tails: the root is bracketed by lines through the median.
        let reach = (goal - a1).abs() / (a2 - 0.5 * a3.abs()) + 1.0;
        let (mut low, mut high) = (-reach, reach);
        let mut logit = (goal - a1) / a2;
        for _ in 0..200 {
            let (p, q) = halves(logit);
            let miss = a1 + (a2 + a3 * 0.5 * (p - q)) * logit - goal;
            if miss > 0.0 {
                high = logit
            } else {
                low = logit
            }
            let mut next = logit - miss / (a2 + a3 * (0.5 * (p - q) + logit * p * q));
            if !(low..=high).contains(&next) {
                next = 0.5 * (low + high);
            }
            let moved = next - logit;
            logit = next;
            if moved.abs() <= 1e-15 * logit.abs().max(1.0) {
                break;
            }
        }
        halves(logit)
    }

    /// Mean and variance without bounds; with them there is no closed form.
    pub fn moments(&self) -> Option<(f64, f64)> {
        let [a1, a2, a3] = self.a;
        let pi_squared = std::f64::consts::PI * std::f64::consts::PI;
        let unbounded = self.lower.is_infinite() && self.upper.is_infinite();
        unbounded.then_some((a1 + 0.5 * a3, a2 * a2 * pi_squared / 3.0 + a3 * a3 * (1.0 / 12.0 + pi_squared / 36.0)))
    }

    /// The end of the long tail of a one-sided bound, and r where P(|X| > x) falls as x^(-1/r):
    /// the mean is infinite from r = 1, the variance from r = 1/2.
    pub fn heavy_tail(&self) -> Option<(f64, f64)> {
        let [_, a2, a3] = self.a;
        match (self.lower.is_finite(), self.upper.is_finite()) {
            (true, false) => Some((f64::INFINITY, a2 + 0.5 * a3)),
            (false, true) => Some((f64::NEG_INFINITY, a2 - 0.5 * a3)),
            _ => None,
        }
    }

    /// From the bounded scale to the whole line.
    fn flatten(&self, x: f64) -> f64 {
        match (self.lower.is_finite(), self.upper.is_finite()) {
            (false, false) => x,
            (true, false) => libm::log(x - self.lower),
            (false, true) => -libm::log(self.upper - x),
            (true, true) => libm::log((x - self.lower) / (self.upper - x)),
        }
    }

    /// The inverse of [`Self::flatten`].
    fn bend(&self, z: f64) -> f64 {
        match (self.lower.is_finite(), self.upper.is_finite()) {
            (false, false) => z,
            (true, false) => self.lower + libm::exp(z),
            (false, true) => self.upper - libm::exp(-z),
            (true, true) => {
                let (p, q) = halves(z);
                if z < 0.0 { self.lower + (self.upper - self.lower) * p } else { self.upper - (self.upper - self.lower) * q }
            }
        }
    }
}

/// (p, 1 - p) with the given logit.
fn halves(logit: f64) -> (f64, f64) {
    (1.0 / (1.0 + libm::exp(-logit)), 1.0 / (1.0 + libm::exp(logit)))
}
