//! Draws of counts, and the beta draws that mix them.
//!
//! A binomial count is a non-decreasing function of one uniform draw, at a cost that does not grow with
//! the number of trials: with the same draw, more trials or better odds never give fewer successes
//! beyond the error of the approximation.

use super::address::{DrawRows, Place, Stream, Streams};
use super::chance::{exp, ln, normal_draw, normal_draws};
use crate::lanes::{Row, any, each, in_few};

/// Above this variance the normal expansion is within 5e-6 of the exact distribution function.
const EXACT_UP_TO_VARIANCE: f64 = 12.0;

/// The number of successes in `n` trials of probability `p`, as the quantile at `u`. `n` is whole.
///
/// Exact for variances `n p (1 - p)` up to 12; beyond, the distribution function is within 5e-6, and
/// closer as the variance grows (2e-8 at 100).
pub fn binomial(n: f64, p: f64, u: f64) -> f64 {
    binomials::<1>(&Row([n]), &Row([p]), &Row([u]))[0]
}

/// [`binomial`] of each path.
#[inline(always)]
pub fn binomials<const N: usize>(n: &Row<f64, N>, p: &Row<f64, N>, u: &Row<f64, N>) -> Row<f64, N> {
    let is_wide = |l: usize| n[l] * p[l] * (1.0 - p[l]) > EXACT_UP_TO_VARIANCE;
    let mut counts: Row<_, N> = Row::all(0.0);
    if any::<N>(is_wide) {
        // Beyond even odds, failures are counted instead.
        let odds: Row<f64, N> = each(|l| if p[l] <= 0.5 { p[l] } else { 1.0 - p[l] });
        let z: Row<_, N> = normal_draws(&each(|l| if p[l] <= 0.5 { u[l] } else { 1.0 - u[l] }));
        counts = each(
            #[inline(always)]
            |l| {
                let count = by_expansion(n[l], odds[l], z[l]);
                if p[l] <= 0.5 { count } else { n[l] - count }
            },
        );
    }
    // Nothing of nothing; the few of small variance one by one.
    counts = each(|l| if n[l] > 0.0 { counts[l] } else { 0.0 });
    in_few::<N>(|l| !is_wide(l) & (n[l] > 0.0), |l| counts[l] = narrow(n[l], p[l], u[l]));
    counts
}

/// A binomial draw of small variance.
fn narrow(n: f64, p: f64, u: f64) -> f64 {
    if p <= 0.0 || p.is_nan() {
        return 0.0;
    }
    if p >= 1.0 {
        return n;
    }
    if p <= 0.5 { by_inversion(n, p, u) } else { n - by_inversion(n, 1.0 - p, 1.0 - u) }
}

/// Adds up probabilities from zero: a few dozen terms at most, as the mean is at most 24.
fn by_inversion(n: f64, p: f64, u: f64) -> f64 {
    let (trials, odds) = (n, p / (1.0 - p));
    let mut mass = if n <= 64.0 { repeated(1.0 - p, n as u32) } else { exp(trials * libm::log1p(-p)) };
    let (mut left, mut k) = (u - mass, 0.0);
    // The first mass is above 1e-15. Rounding can leave a remainder that no later term uses up.
    while left > 0.0 && k < trials && mass > 1e-20 {
        let next = RECIPROCAL.get(k as usize).copied().unwrap_or_else(|| 1.0 / (k + 1.0));
        mass *= odds * ((trials - k) * next);
        left -= mass;
        k += 1.0;
    }
    k
}

/// 1, 1/2, 1/3, ...
const RECIPROCAL: [f64; 64] = {
    let mut table = [1.0; 64];
    let mut i = 0;
    while i < 64 {
        table[i] = 1.0 / (i + 1) as f64;
        i += 1;
    }
    table
};

/// `x^n` by repeated squaring.
fn repeated(x: f64, n: u32) -> f64 {
    let (mut square, mut product, mut left) = (x, 1.0, n);
    while left > 0 {
        if left & 1 == 1 {
            product *= square;
        }
        square *= square;
        left >>= 1;
    }
    product
}

/// Cornish-Fisher expansion to fourth order (Abramowitz and Stegun 26.2.49) of the smooth law whose
/// unit cells hold the binomial probabilities; its even cumulants are Sheppard-corrected.
#[inline(always)]
fn by_expansion(trials: f64, p: f64, z: f64) -> f64 {
    let (pq, skew) = (p * (1.0 - p), 1.0 - 2.0 * p);
    let variance = trials * pq;
    let smooth = variance - 1.0 / 12.0;
    let sigma = smooth.sqrt();
    let inverse = 1.0 / smooth;
    let (ratio, inverse_sigma) = (variance * inverse, sigma * inverse);
    let g1 = ratio * skew * inverse_sigma;
    let g2 = (variance * (1.0 - 6.0 * pq) + 1.0 / 120.0) * (inverse * inverse);
    let g3 = ratio * skew * (1.0 - 12.0 * pq) * inverse * inverse_sigma;
    let g4 = (variance * (1.0 - pq * (30.0 - 120.0 * pq)) - 1.0 / 252.0) * (inverse * inverse * inverse);
    let (s, g11) = (z * z, g1 * g1);
    // Multiplied by constant reciprocals: a division costs as much as the polynomial it closes.
    let first = g1 * (s - 1.0) * (1.0 / 6.0);
    let second = z * (g2 * (s - 3.0) * (1.0 / 24.0) - g11 * (2.0 * s - 5.0) * (1.0 / 36.0));
    let third = g3 * ((s - 6.0) * s + 3.0) * (1.0 / 120.0) - g1 * g2 * ((s - 5.0) * s + 2.0) * (1.0 / 24.0)
        + g1 * g11 * ((12.0 * s - 53.0) * s + 17.0) * (1.0 / 324.0);
    let fourth = z
        * (g4 * ((s - 10.0) * s + 15.0) * (1.0 / 720.0)
            - g2 * g2 * ((3.0 * s - 24.0) * s + 29.0) * (1.0 / 384.0)
            - g1 * g3 * ((2.0 * s - 17.0) * s + 21.0) * (1.0 / 180.0)
            + g11 * g2 * ((14.0 * s - 103.0) * s + 107.0) * (1.0 / 288.0)
            - g11 * g11 * ((252.0 * s - 1688.0) * s + 1511.0) * (1.0 / 7776.0));
    let x = trials * p + sigma * (z + first + second + third + fourth);
    // The cell of k is (k - 1/2, k + 1/2], and no cell lies outside 0..=n.
    let cell = (x - 0.5).ceil();
    let most = if cell < trials { cell } else { trials };
    if most > 0.0 { most } else { 0.0 }
}

/// A Beta(alpha, beta) draw, as a ratio of gamma draws on a stream of its own.
pub fn beta(alpha: f64, beta: f64, stream: &mut Stream) -> f64 {
    if alpha >= 1.0 && beta >= 1.0 {
        let (x, y) = (gamma(alpha, stream), gamma(beta, stream));
        return x / (x + y);
    }
    // Gammas of small shape underflow; their logarithms do not.
    let (x, y) = (ln_gamma(alpha, stream), ln_gamma(beta, stream));
    1.0 / (1.0 + exp(y - x))
}

/// [`beta`] of each path: the first candidates of all of them side by side, then one by one where a candidate is rejected.
#[inline(always)]
fn betas<const N: usize>(alpha: &Row<f64, N>, beta_: &Row<f64, N>, streams: &Streams<N>) -> Row<f64, N> {
    let (z, u) = (normal_draws(&streams.uniform(0)), streams.uniform(1));
    let x: Row<_, N> = each(
        #[inline(always)]
        |l| candidate(alpha[l], z[l], u[l]),
    );
    let (z, u) = (normal_draws(&streams.uniform(2)), streams.uniform(3));
    let y: Row<_, N> = each(
        #[inline(always)]
        |l| candidate(beta_[l], z[l], u[l]),
    );
    let mut shares: Row<_, N> = each(|l| x[l] / (x[l] + y[l]));
    let is_small = |l: usize| !((alpha[l] >= 1.0) & (beta_[l] >= 1.0));
    let is_open: Row<bool, N> = each(|l| shares[l].is_nan() | is_small(l));
    in_few::<N>(|l| is_open[l], |l| shares[l] = beta(alpha[l], beta_[l], &mut streams.path(l)));
    shares
}

/// Successes in `n` trials whose common probability is itself Beta with this mean and concentration
/// (alpha = mean x concentration), in each path: batches or lots that differ. Uses slots 0 and 1.
#[inline(always)]
pub fn beta_binomials<const N: usize>(
    n: &Row<f64, N>,
    mean: &Row<f64, N>,
    concentration: &Row<f64, N>,
    draws: &DrawRows<N>,
    place: &Place<N>,
) -> Row<f64, N> {
    if !any::<N>(|l| n[l] > 0.0) {
        return Row::all(0.0);
    }
    // Shares that are certain, and batches of nothing, are drawn at even odds and then forgotten.
    let is_mixed = |l: usize| (n[l] > 0.0) & (mean[l] > 0.0) & (mean[l] < 1.0) & (concentration[l] > 0.0);
    let alpha: Row<_, N> = each(|l| if is_mixed(l) { mean[l] * concentration[l] } else { 3.0 });
    let beta: Row<_, N> = each(|l| if is_mixed(l) { (1.0 - mean[l]) * concentration[l] } else { 3.0 });
    let shares = betas(&alpha, &beta, &draws.streams(place));
    let p: Row<_, N> = each(|l| match is_mixed(l) {
        true => shares[l],
        false if mean[l] >= 1.0 => 1.0,
        false => 0.0,
    });
    binomials(n, &p, &draws.uniform(place, 1))
}

/// A Gamma(shape, 1) draw for shapes from 1 (Marsaglia and Tsang 2000).
fn gamma(shape: f64, stream: &mut Stream) -> f64 {
    loop {
        let (z, u) = (normal_draw(stream.uniform()), stream.uniform());
        let x = candidate(shape, z, u);
        // A shape that is not a number ends the loop.
        if !x.is_nan() || shape.is_nan() {
            return x;
        }
    }
}

/// A candidate for a gamma draw; NaN if it is rejected.
#[inline(always)]
fn candidate(shape: f64, z: f64, u: f64) -> f64 {
    let d = shape - 1.0 / 3.0;
    let root = 1.0 + z / (9.0 * d).sqrt();
    let positive = if root > 1e-90 { root } else { 1e-90 };
    let v = positive * positive * positive;
    let accepted = (root > 1e-90) & (ln(u) < 0.5 * z * z + d * (1.0 - v + ln(v)));
    if accepted { d * v } else { f64::NAN }
}

/// The logarithm of a Gamma(shape, 1) draw of any shape: Gamma(shape) = Gamma(shape + 1) U^(1 / shape).
fn ln_gamma(shape: f64, stream: &mut Stream) -> f64 {
    if shape >= 1.0 {
        return libm::log(gamma(shape, stream));
    }
    libm::log(gamma(shape + 1.0, stream)) + libm::log(stream.uniform()) / shape
}

#[cfg(test)]
mod tests {
    use super::super::address::{Draws, PathKey, Tag};
    use super::super::special::IncompleteBeta;
    use super::*;

    /// P(X <= k) for 0 <= k < n, as I_(1 - p)(n - k, k + 1).
    fn exact(n: i64, p: f64, k: i64) -> f64 {
        IncompleteBeta::new((n - k) as f64, (k + 1) as f64).cdf(1.0 - p, p).0
    }

    #[test]
    fn a_binomial_quantile_changes_where_the_exact_distribution_function_does() {
        let sizes = [1, 2, 10, 24, 49, 50, 300, 10_000, 50_000, 1_000_000, 1_000_000_000];
        let mut worst = 0.0_f64;
        for n in sizes {
            let n: i64 = n;
            for p in [1e-6, 1.3e-5, 1e-3, 0.02, 0.3, 0.45, 0.5, 0.51, 0.93, 0.999] {
                let (mean, variance) = (n as f64 * p, n as f64 * p * (1.0 - p));
                let tolerance = if variance <= EXACT_UP_TO_VARIANCE { 1e-10 } else { 5e-6 };
                for z in -60..=60 {
                    let k = (mean + 0.1 * f64::from(z) * variance.sqrt()).round() as i64;
                    if !(0..n).contains(&k) {
                        continue;
                    }
                    let f = exact(n, p, k);
                    let (before, after) = (f - tolerance, f + tolerance);
                    assert!(before <= 0.0 || binomial(n as f64, p, before) <= k as f64, "n {n}, p {p}: beyond {k} at {before}");
                    assert!(after >= 1.0 || binomial(n as f64, p, after) > k as f64, "n {n}, p {p}: still {k} at {after}");
                    worst = worst.max(f);
                }
            }
        }
        assert!(worst > 0.999_999);
    }

    #[test]
    fn a_binomial_draw_never_falls_when_its_uniform_rises() {
        for (n, p) in [(5.0, 0.3), (48.0, 0.5), (60.0, 0.5), (13e6, 1e-6), (40.0, 0.6), (100.0, 0.15), (50_000.0, 0.97), (1e9, 0.4)] {
            let mut last = 0.0;
            for k in 1..4000 {
                // A logistic grid reaches 1e-15 on both sides.
                let u = 1.0 / (1.0 + libm::exp(35.0 - f64::from(k) * 70.0 / 4000.0));
                let count = binomial(n, p, u);
                assert!((last..=n).contains(&count), "n {n}, p {p}, u {u}: {count} after {last}");
                last = count;
            }
        }
    }

    #[test]
    fn certain_and_impossible_trials_need_no_luck() {
        let (least, most) = (f64::EPSILON / 2.0, 1.0 - f64::EPSILON / 2.0);
        for u in [least, 0.5, most] {
            assert_eq!([binomial(9.0, 0.0, u), binomial(9.0, -0.1, u), binomial(0.0, 0.5, u), binomial(-3.0, 0.5, u)], [0.0; 4]);
            assert_eq!([binomial(9.0, 1.0, u), binomial(9.0, 1.5, u)], [9.0; 2]);
            assert_eq!(binomial(9.0, f64::NAN, u), 0.0);
            assert_eq!(binomial(1e18, 1e-30, u.min(0.999)), 0.0);
        }
        // One fair trial: the quantile is 0 up to 1/2.
        assert_eq!((binomial(1.0, 0.5, 0.5), binomial(1.0, 0.5, 0.500_001)), (0.0, 1.0));
        assert_eq!((binomial(10.0, 1e-300, most), binomial(10.0, most, 0.5)), (0.0, 10.0));
    }

    fn addressed() -> Draws {
        Draws::new(PathKey::path(20_251_210, 0, 0), Tag::new("test", "counts"))
    }

    fn beta_binomial(n: f64, mean: f64, concentration: f64, month: usize) -> f64 {
        let keys = Row([PathKey::path(20_251_210, 0, 0)]);
        let (draws, mut place) = (DrawRows::new(&keys, Tag::new("test", "counts")), Place::new(&keys));
        place.turn_to(month);
        beta_binomials::<1>(&Row([n]), &Row([mean]), &Row([concentration]), &draws, &place)[0]
    }

    /// Mean and variance of `n` beta-binomial draws lie within four standard errors of the expected ones.
    fn assert_moments(trials: f64, mean: f64, concentration: f64, expected: (f64, f64), kurtosis: f64) {
        let n = 200_000;
        let draws: Vec<f64> = (0..n).map(|month| beta_binomial(trials, mean, concentration, month)).collect();
        let found = draws.iter().sum::<f64>() / n as f64;
        let variance = draws.iter().map(|x| (x - found) * (x - found)).sum::<f64>() / (n - 1) as f64;
        assert!((found - expected.0).abs() < 4.0 * (expected.1 / n as f64).sqrt(), "mean {found}");
        // The standard error of a variance is variance x sqrt((kurtosis - 1) / n).
        assert!((variance - expected.1).abs() < 4.0 * expected.1 * ((kurtosis - 1.0) / n as f64).sqrt(), "variance {variance}");
    }

    #[test]
    fn a_batch_yields_as_in_model_o5() {
        // Beta(139.5, 10.5) has kurtosis 3.31; four standard errors are 1.9 chips and 1.4% of the variance.
        assert_moments(10_000.0, 0.93, 150.0, (9_300.0, 43_759.27), 3.31);
    }

    #[test]
    fn a_lot_is_granted_as_in_model_o6() {
        // Beta(3, 3) has kurtosis 7/3; four standard errors are 85 chips and 1.0% of the variance.
        assert_moments(50_000.0, 0.5, 6.0, (25_000.0, 89_296_428.6), 7.0 / 3.0);
    }

    #[test]
    fn shares_that_are_certain_mix_nothing() {
        assert_eq!(beta_binomial(50.0, 0.0, 6.0, 0), 0.0);
        assert_eq!(beta_binomial(50.0, 1.0, 6.0, 0), 50.0);
        assert_eq!(beta_binomial(0.0, 0.5, 6.0, 0), 0.0);
        assert_eq!(beta_binomial(50.0, f64::NAN, 6.0, 0), 0.0);
        assert_eq!(beta_binomial(50.0, 0.5, f64::NAN, 0), 0.0);
    }

    #[test]
    fn extreme_shapes_stay_between_0_and_1() {
        for (a, b) in [(1e-3, 1e-3), (1e-9, 1e-3), (1e9, 1e9), (1e-3, 1e9), (0.5, 2.0)] {
            for month in 0..1000 {
                let x = beta(a, b, &mut addressed().stream(month, 0));
                assert!((0.0..=1.0).contains(&x), "Beta({a}, {b}): {x}");
            }
        }
    }
}
