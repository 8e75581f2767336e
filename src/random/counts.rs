//! Draws of counts, and the beta draws that mix them.
//!
//! A binomial count is a non-decreasing function of one uniform draw, at a cost that does not grow with
//! the number of trials: with the same draw, more trials or better odds never give fewer successes
//! beyond the error of the approximation.

use super::address::{Draws, Stream};
use super::special::normal_quantile;

/// Above this variance the normal expansion is within 5e-6 of the exact distribution function.
const EXACT_UP_TO_VARIANCE: f64 = 25.0;

/// The number of successes in `n` trials of probability `p`, as the quantile at `u`.
///
/// Exact for variances `n p (1 - p)` up to 25; beyond, the distribution function is within 5e-6, and
/// closer as the variance grows (2e-7 at 100).
pub fn binomial(n: i64, p: f64, u: f64) -> i64 {
    if n <= 0 || p <= 0.0 || p.is_nan() {
        return 0;
    }
    if p >= 1.0 {
        return n;
    }
    if p <= 0.5 { at_most_even_odds(n, p, u) } else { n - at_most_even_odds(n, 1.0 - p, 1.0 - u) }
}

fn at_most_even_odds(n: i64, p: f64, u: f64) -> i64 {
    if n as f64 * p * (1.0 - p) <= EXACT_UP_TO_VARIANCE { by_inversion(n, p, u) } else { by_expansion(n, p, u) }
}

/// Adds up probabilities from zero; at most about a hundred terms, as the mean is at most 50.
fn by_inversion(n: i64, p: f64, u: f64) -> i64 {
    let odds = p / (1.0 - p);
    let mut mass = libm::exp(n as f64 * libm::log1p(-p));
    let mut left = u - mass;
    let mut k = 0;
    // Rounding can leave a remainder that no later term uses up; mass is zero beyond the far tail.
    while left > 0.0 && k < n && (mass > 1e-20 || (k as f64) < n as f64 * p) {
        mass *= (n - k) as f64 / (k + 1) as f64 * odds;
        left -= mass;
        k += 1;
    }
    k
}

/// Cornish-Fisher expansion to third order (Abramowitz and Stegun 26.2.49) of the smooth law whose
/// unit cells hold the binomial probabilities; its even cumulants are Sheppard-corrected.
fn by_expansion(n: i64, p: f64, u: f64) -> i64 {
    let (trials, pq, skew) = (n as f64, p * (1.0 - p), 1.0 - 2.0 * p);
    let variance = trials * pq;
    let smooth = variance - 1.0 / 12.0;
    let sigma = smooth.sqrt();
    let g1 = variance * skew / (smooth * sigma);
    let g2 = (variance * (1.0 - 6.0 * pq) + 1.0 / 120.0) / (smooth * smooth);
    let g3 = variance * skew * (1.0 - 12.0 * pq) / (smooth * smooth * sigma);
    let z = normal_quantile(u);
    let s = z * z;
    let first = g1 * (s - 1.0) / 6.0;
    let second = z * (g2 * (s - 3.0) / 24.0 - g1 * g1 * (2.0 * s - 5.0) / 36.0);
    let third =
        g3 * ((s - 6.0) * s + 3.0) / 120.0 - g1 * g2 * ((s - 5.0) * s + 2.0) / 24.0 + g1 * g1 * g1 * ((12.0 * s - 53.0) * s + 17.0) / 324.0;
    let x = trials * p + sigma * (z + first + second + third);
    // The cell of k is (k - 1/2, k + 1/2]. The cast saturates, and no cell lies outside 0..=n.
    ((x - 0.5).ceil() as i64).clamp(0, n)
}

/// A Beta(alpha, beta) draw, as a ratio of gamma draws on a stream of its own.
pub fn beta(alpha: f64, beta: f64, stream: &mut Stream) -> f64 {
    if alpha >= 1.0 && beta >= 1.0 {
        let (x, y) = (gamma(alpha, stream), gamma(beta, stream));
        return x / (x + y);
    }
    // Gammas of small shape underflow; their logarithms do not.
    let (x, y) = (ln_gamma(alpha, stream), ln_gamma(beta, stream));
    1.0 / (1.0 + libm::exp(y - x))
}

/// Successes in `n` trials whose common probability is itself Beta with this mean and concentration
/// (alpha = mean x concentration): batches or lots that differ. Uses slots `slot` and `slot + 1`.
pub fn beta_binomial(n: i64, mean: f64, concentration: f64, draws: Draws, month: usize, slot: u64) -> i64 {
    if n <= 0 || mean <= 0.0 || mean.is_nan() {
        return 0;
    }
    if mean >= 1.0 {
        return n;
    }
    let p = beta(mean * concentration, (1.0 - mean) * concentration, &mut draws.stream(month, slot));
    binomial(n, p, draws.uniform(month, slot + 1))
}

/// A Gamma(shape, 1) draw for shapes from 1 (Marsaglia and Tsang 2000).
fn gamma(shape: f64, stream: &mut Stream) -> f64 {
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let z = normal_quantile(stream.uniform());
        let root = 1.0 + c * z;
        if root <= 0.0 {
            continue;
        }
        let v = root * root * root;
        let u = stream.uniform();
        let square = z * z;
        // Written as a rejection, so that a shape which is not a number ends the loop.
        let reject = u >= 1.0 - 0.0331 * square * square && libm::log(u) >= 0.5 * square + d * (1.0 - v + libm::log(v));
        if !reject {
            return d * v;
        }
    }
}

/// The logarithm of a Gamma(shape, 1) draw of any shape: Gamma(shape) = Gamma(shape + 1) U^(1 / shape).
fn ln_gamma(shape: f64, stream: &mut Stream) -> f64 {
    if shape >= 1.0 {
        return libm::log(gamma(shape, stream));
    }
    libm::log(gamma(shape + 1.0, stream)) + libm::log(stream.uniform()) / shape
}
