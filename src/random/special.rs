//! The functions of probability that samplers need: normal, Student-t and incomplete beta, with their inverses.
//!
//! Every transcendental comes from `libm`, so that the bits are the same on every platform.
//! Accuracy, against SciPy: normal quantile 1e-15 relative; incomplete beta 1e-12 absolute and 1e-10
//! relative far in the tails, for shapes 0.001 to 1e9.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

/// P(Z <= x) of a standard normal Z; keeps its relative accuracy far in the lower tail.
pub fn normal_cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x * FRAC_1_SQRT_2)
}

/// The standard normal quantile (Wichura 1988, algorithm AS 241): infinite at and beyond 0 and 1, NaN for NaN.
#[inline]
pub fn normal_quantile(p: f64) -> f64 {
    let centred = p - 0.5;
    // One rational function for 85% of draws, without a transcendental.
    if centred.abs() <= 0.425 {
        return centred * ratio(&CENTRAL, 0.180625 - centred * centred);
    }
    if centred < 0.0 { -upper_normal_quantile(p) } else { upper_normal_quantile(1.0 - p) }
}

/// Where a standard normal exceeds with probability `tail`, for `tail` below 0.075.
fn upper_normal_quantile(tail: f64) -> f64 {
    if tail <= 0.0 {
        return f64::INFINITY;
    }
    let r = (-libm::log(tail)).sqrt();
    if r <= 5.0 { ratio(&MIDDLE, r - 1.6) } else { ratio(&FAR, r - 5.0) }
}

/// The regularised incomplete beta function I_x(a, b) and its inverse: the law of a Beta(a, b) variable.
///
/// Arguments and results are pairs that sum to one, so that neither tail loses digits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IncompleteBeta {
    a: f64,
    b: f64,
    /// ln of x^a y^b / B(a, b) where both deviances vanish, at the mean.
    ln_peak: f64,
    /// ln B(a, b).
    ln_beta: f64,
    /// I at the crossover: below it the lower tail is computed, above it the upper one.
    crossover_mass: f64,
}

impl IncompleteBeta {
    /// The law of Beta(a, b), for a and b from 0.001 to 1e9.
    pub fn new(a: f64, b: f64) -> Self {
        let n = a + b;
        let ln_peak = 0.5 * libm::log(a / n * b / (2.0 * PI)) + stirling_error(n) - stirling_error(a) - stirling_error(b);
        let ln_beta = -ln_peak - a * libm::log1p(b / a) - b * libm::log1p(a / b);
        let mut law = Self { a, b, ln_peak, ln_beta, crossover_mass: 1.0 };
        law.crossover_mass = libm::exp(law.lower(crossover(a, b), crossover(b, a)).ln_mass);
        law
    }

    /// (P(X <= x), P(X > x)) at `x`, with `y = 1 - x`.
    pub fn cdf(&self, x: f64, y: f64) -> (f64, f64) {
        if x <= 0.0 {
            (0.0, 1.0)
        } else if y <= 0.0 {
            (1.0, 0.0)
        } else if x <= crossover(self.a, self.b) {
            let p = libm::exp(self.lower(x, y).ln_mass).min(1.0);
            (p, 1.0 - p)
        } else {
            let q = libm::exp(self.mirrored().lower(y, x).ln_mass).min(1.0);
            (1.0 - q, q)
        }
    }

    /// The quantile as (x, 1 - x) where the mass below is `p` and above is `q = 1 - p`.
    pub fn quantile(&self, p: f64, q: f64) -> (f64, f64) {
        if p <= 0.0 {
            (0.0, 1.0)
        } else if q <= 0.0 {
            (1.0, 0.0)
        } else if p <= self.crossover_mass {
            self.solve(p)
        } else {
            let (y, x) = self.mirrored().solve(q);
            (x, y)
        }
    }

    /// The law of 1 - X.
    fn mirrored(&self) -> Self {
        Self { a: self.b, b: self.a, crossover_mass: 1.0 - self.crossover_mass, ..*self }
    }

    /// ln I_x(a, b) and its slope, for x up to the crossover, where the continued fraction converges fast.
    fn lower(&self, x: f64, y: f64) -> LogMass {
        let (a, b, n, x) = (self.a, self.b, self.a + self.b, x.max(f64::MIN_POSITIVE));
        let fraction = continued_fraction(a, b, x, y);
        LogMass { ln_mass: self.ln_peak - deviance(a, n * x) - deviance(b, n * y) - libm::log(fraction), slope: fraction / y }
    }

    /// Solves I_x = p for an x up to the crossover: Halley's method on ln I as a function of ln x.
    ///
    /// In these coordinates a power law is a straight line, so that tails of any shape take two or three steps.
    fn solve(&self, p: f64) -> (f64, f64) {
        let (a, b, goal) = (self.a, self.b, libm::log(p));
        let (mut low, mut high) = (f64::NEG_INFINITY, libm::log(crossover(a, b)));
        let mut t = self.guess(p, goal).min(high);
        for _ in 0..100 {
            let (x, y) = (libm::exp(t), -libm::expm1(t));
            if x < f64::MIN_POSITIVE {
                break;
            }
            let LogMass { ln_mass, slope } = self.lower(x, y);
            let miss = ln_mass - goal;
            if miss > 0.0 {
                high = t
            } else {
                low = t
            }
            let newton = -miss / slope;
            let curvature = a - (b - 1.0) * x / y - slope;
            let next = t + newton / (1.0 + 0.5 * newton * curvature).clamp(0.5, 2.0);
            if (low..=high).contains(&next) {
                t = next;
                // Convergence is cubic: a step of 1e-5 on the scale where ln I bends leaves an error of 1e-15.
                if newton.abs() * (slope + ((b - 1.0).abs() * x).sqrt() / y) < 1e-5 {
                    break;
                }
            } else {
                let middle = if low.is_finite() { 0.5 * (low + high) } else { 2.0 * t - 1.0 };
                if middle == t {
                    break;
                }
                t = middle;
            }
        }
        (libm::exp(t), -libm::expm1(t))
    }

    /// A first ln x: Abramowitz and Stegun 26.5.22 in the bulk, the leading power of x far in the tail.
    fn guess(&self, p: f64, ln_p: f64) -> f64 {
        let (a, b) = (self.a, self.b);
        // I_x = x^a / (a B) (1 - a (b - 1) / (a + 1) x + ...)
        let power = (ln_p + libm::log(a) + self.ln_beta) / a;
        if a < 1.0 || b < 1.0 {
            return power + ((b - 1.0) / (a + 1.0) * libm::exp(power.min(0.0))).clamp(-1.0, 1.0);
        }
        let z = -normal_quantile(p);
        let (u, v) = (1.0 / (2.0 * a - 1.0), 1.0 / (2.0 * b - 1.0));
        let (lambda, h) = ((z * z - 3.0) / 6.0, 2.0 / (u + v));
        let w = z * (h + lambda).sqrt() / h - (v - u) * (lambda + 5.0 / 6.0 - 2.0 / (3.0 * h));
        // For b >= 1 the leading power never exceeds the root.
        (-libm::log1p(b / a * libm::exp(2.0 * w))).max(power)
    }
}

struct LogMass {
    ln_mass: f64,
    /// d ln I / d ln x.
    slope: f64,
}

/// Student's t with given degrees of freedom, from 1 up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StudentT {
    degrees: f64,
    law: IncompleteBeta,
}

impl StudentT {
    /// The law with `degrees` of freedom.
    pub fn new(degrees: f64) -> Self {
        Self { degrees, law: IncompleteBeta::new(0.5 * degrees, 0.5) }
    }

    /// P(T <= t).
    pub fn cdf(&self, t: f64) -> f64 {
        let square = t * t;
        let tail = 0.5 * self.law.cdf(1.0 / (1.0 + square / self.degrees), 1.0 / (1.0 + self.degrees / square)).0;
        if t < 0.0 { tail } else { 1.0 - tail }
    }

    /// The value below which T lies with probability `p`.
    pub fn quantile(&self, p: f64) -> f64 {
        let tail = p.min(1.0 - p);
        let (x, y) = self.law.quantile(2.0 * tail, 1.0 - 2.0 * tail);
        let t = (self.degrees * y / x).sqrt();
        if p < 0.5 { -t } else { t }
    }
}

/// Below it x -> I_x(a, b) has a fast continued fraction; above it the mirrored one does.
fn crossover(a: f64, b: f64) -> f64 {
    (a + 1.0) / (a + b + 2.0)
}

/// The continued fraction K with I_x(a, b) = x^a y^b / (B(a, b) K) (Didonato and Morris 1992, equation 9), by Lentz's method.
///
/// About ten steps for shapes of a few units; the number grows as the square root of the smaller shape.
fn continued_fraction(a: f64, b: f64, x: f64, y: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let balance = a * y - b * x + 1.0;
    let mut fraction = a * balance / (a + 1.0);
    let (mut c, mut d, mut m) = (fraction, 0.0, 0.0);
    while m < 1e6 {
        m += 1.0;
        let r = 1.0 / (a + 2.0 * m - 1.0);
        let top = m * (a + m - 1.0) * r * ((a + b + m - 1.0) * r) * (b - m) * x * x;
        let bottom = m + m * (b - m) * x * r + (a + m) * (balance + m * (1.0 + y)) / (a + 2.0 * m + 1.0);
        d = bottom + top * d;
        d = 1.0 / if d == 0.0 { TINY } else { d };
        c = bottom + top / if c == 0.0 { TINY } else { c };
        let factor = c * d;
        fraction *= factor;
        if (factor - 1.0).abs() < 4.0 * f64::EPSILON {
            break;
        }
    }
    fraction
}

/// x ln(x / mean) + mean - x, without cancellation where x is close to the mean (Loader 2000).
fn deviance(x: f64, mean: f64) -> f64 {
    let difference = x - mean;
    if difference.abs() >= 0.1 * (x + mean) {
        return x * libm::log(x / mean) - difference;
    }
    let v = difference / (x + mean);
    let mut sum = difference * v;
    let mut term = 2.0 * x * v;
    let mut odd = 1.0;
    loop {
        term *= v * v;
        odd += 2.0;
        let next = sum + term / odd;
        if next == sum {
            return sum;
        }
        sum = next;
    }
}

/// ln Gamma(x + 1) minus Stirling's formula: 1/(12 x) - 1/(360 x^3) + ...
fn stirling_error(x: f64) -> f64 {
    if x < 10.0 {
        const HALF_LN_2_PI: f64 = 0.918_938_533_204_672_7;
        return libm::lgamma(x + 1.0) - (x + 0.5) * libm::log(x) + x - HALF_LN_2_PI;
    }
    let r = 1.0 / (x * x);
    (1.0 / 12.0 - r * (1.0 / 360.0 - r * (1.0 / 1260.0 - r * (1.0 / 1680.0 - r * (1.0 / 1188.0 - r * (691.0 / 360_360.0)))))) / x
}

/// Numerator and denominator of a rational function, lowest power first.
type Rational = [[f64; 8]; 2];

#[inline(always)]
fn ratio([top, bottom]: &Rational, x: f64) -> f64 {
    let horner = |c: &[f64; 8]| c.iter().rev().fold(0.0, |sum, c| sum * x + c);
    horner(top) / horner(bottom)
}

#[rustfmt::skip]
const CENTRAL: Rational = [
    [3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987, 67265.7709270087, 33430.57558358813, 2509.0809287301227],
    [1.0, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271, 28729.085735721943, 5226.495278852854],
];
#[rustfmt::skip]
const MIDDLE: Rational = [
    [1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684, 0.2417807251774506, 0.022723844989269184, 0.0007745450142783414],
    [1.0, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457, 0.0005475938084995345, 1.0507500716444169e-9],
];
#[rustfmt::skip]
const FAR: Rational = [
    [6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124, 0.0012426609473880784, 2.7115555687434876e-5, 2.0103343992922881e-7],
    [1.0, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133, 1.8463183175100548e-5, 1.421511758316446e-7, 2.0442631033899397e-15],
];

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_near(what: &str, found: f64, expected: f64, tolerance: f64) {
        assert!((found - expected).abs() <= tolerance, "{what}: {found} instead of {expected}");
    }

    // Expected values: mpmath with 40 digits, for exactly the arguments written here.

    #[test]
    fn the_normal_quantile_has_fifteen_digits() {
        let cases = [
            (1e-300, -37.0470962993612),
            (1e-16, -8.222082216130435),
            (1e-5, -4.264890793922825),
            (0.02425, -1.972961051311885),
            (0.075, -1.439531470938456),
            (0.3, -0.5244005127080408),
            (0.5, 0.0),
            (0.6, 0.2533471031357997),
            (0.925, 1.4395314709384561),
            (0.999, 3.090232306167813),
            (1.0 - f64::EPSILON / 2.0, 8.209536151601387),
        ];
        for (p, expected) in cases {
            assert_near(&format!("quantile of {p}"), normal_quantile(p), expected, 1e-15 * expected.abs());
        }
        assert_eq!((normal_quantile(0.0), normal_quantile(1.0)), (f64::NEG_INFINITY, f64::INFINITY));
        assert!(normal_quantile(f64::NAN).is_nan());
    }

    #[test]
    fn the_normal_distribution_function_keeps_its_digits_in_the_tail() {
        let cases = [
            (-37.0, 5.725571222524577e-300),
            (-8.0, 6.220960574271784e-16),
            (-1.5, 0.06680720126885807),
            (0.0, 0.5),
            (0.3, 0.6179114221889527),
            (2.0, 0.9772498680518208),
            (7.0, 0.9999999999987201),
        ];
        for (x, expected) in cases {
            // The rounding of x / sqrt(2) alone moves the tail by x^2 2^-53: 1.5e-13 at -37.
            assert_near(&format!("P(Z <= {x})"), normal_cdf(x), expected, 1e-12 * expected);
        }
    }

    #[test]
    fn the_incomplete_beta_function_agrees_with_mpmath() {
        const A: f64 = 11.0 / 3.0;
        const B: f64 = 7.0 / 3.0;
        let cases = [
            (0.001, 0.001, 1e-200, 0.315479190424884),
            (0.001, 0.001, 0.7, 0.5004230378603235),
            (0.001, 0.001, 0.999, 0.5034406643608944),
            (0.5, 0.5, 1e-200, 6.366197723675814e-101),
            (0.5, 0.5, 0.2, 0.2951672353008666),
            (0.5, 0.5, 0.999, 0.9798649583666225),
            (1.0, 5.0, 1e-200, 5e-200),
            (1.0, 5.0, 0.2, 0.67232),
            (1.0, 5.0, 0.7, 0.99757),
            (A, B, 0.2, 0.014928707197488646),
            (A, B, 0.7, 0.6486246145165285),
            (A, B, 0.999, 0.999998925440186),
            (139.5, 10.5, 0.2, 1.1252172252955217e-84),
            (139.5, 10.5, 0.7, 9.280875770407656e-13),
            (3000.0, 500_000.0, 0.005964214711729622, 0.5024061156427551),
            (1e5, 1e5, 0.4977639376126492, 0.022749996968316824),
            (1e9, 1e9, 0.5000111803398847, 0.841344746007436),
            (1e9, 1e6, 0.9989960064916374, 2.9873052874600943e-7),
            (5.0, 1e9, 4.9999999750000005e-9, 0.5595067144961192),
        ];
        for (a, b, x, expected) in cases as [(f64, f64, f64, f64); 19] {
            let found = IncompleteBeta::new(a, b).cdf(x, 1.0 - x).0;
            // Rounding 1 - x moves the result by the density times 2^-54: 5e-12 for 1e9 and 1e9.
            let tolerance = (1e-12 * expected).max(1e-17 * (a + b).sqrt() * expected.sqrt() * 40.0);
            assert_near(&format!("I_{x}({a}, {b})"), found, expected, tolerance);
        }
    }

    #[test]
    fn the_inverse_undoes_the_incomplete_beta_function_for_all_shapes() {
        let shapes = [0.001, 0.03, 0.5, 1.0, 1.5, 3.0, 40.0, 1e3, 1e6, 1e9];
        for a in shapes {
            for b in shapes {
                let law = IncompleteBeta::new(a, b);
                for p in [1e-15, 1e-6, 0.01, 0.2, 0.5, 0.7, 0.95, 0.999_999] {
                    let (x, y) = law.quantile(p, 1.0 - p);
                    assert!((x + y - 1.0).abs() <= f64::EPSILON, "{a}, {b} at {p}: {x} + {y}");
                    if x.min(y) < f64::MIN_POSITIVE {
                        continue;
                    }
                    // Half a unit in the last place of x moves p by the hazard, up to 8 standard deviations of 1 / (2 sqrt(a + b)),
                    // times 2^-54: a relative 1e-15 sqrt(a + b).
                    let (below, above) = law.cdf(x, y);
                    assert_near(&format!("{a}, {b} at {p}"), below, p, (1e-12 + 1e-15 * (a + b).sqrt()) * p.min(above) + 1e-15);
                }
            }
        }
    }

    #[test]
    fn students_t_agrees_with_mpmath() {
        let cases = [
            (1.0, -1.0, 0.25),
            (1.0, 1e6, 0.9999996816901138),
            (1.0, 0.0, 0.5),
            (4.0, -2.5, 0.03338327240599407),
            (4.0, 0.1, 0.5374220795302733),
            (30.5, 1.7, 0.9503456775417385),
            (1e6, -3.0, 0.0013499312707108985),
        ];
        for (degrees, t, p) in cases {
            let student = StudentT::new(degrees);
            assert_near(&format!("P(T_{degrees} <= {t})"), student.cdf(t), p, 1e-13);
            // The rounding of p moves t by 2^-53 over the density; 1 / (pi t^2) for one degree of freedom.
            assert_near(&format!("T_{degrees} at {p}"), student.quantile(p), t, 1e-11 * t.abs().max(1.0) + 4e-16 * t * t);
        }
        assert_eq!((StudentT::new(3.0).cdf(f64::NEG_INFINITY), StudentT::new(3.0).cdf(f64::INFINITY)), (0.0, 1.0));
    }
}
