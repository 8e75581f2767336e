//! How alike the paths of one world are, and what that leaves of them for a quantile or a share.
//!
//! The tally holds, of every cell, how much the mean bins of worlds differ, not how much their distribution functions do at each
//! point. The latter follows from the former if two paths of a world depend on each other like a normal pair (X, Y), each value
//! being a rising function g of its normal number: with Hermite polynomials, the correlation of g(X) and g(Y) is
//! Σ wₖ ρᵏ, where wₖ is the share of the variance of g that the k-th of them makes (Lancaster 1957).

use std::f64::consts::{FRAC_1_SQRT_2, PI};

/// Normal numbers at which g is looked at: the middles of cells of this width, up to five on both sides.
const WIDTH: f64 = 0.025;
const CELLS: usize = 400;
/// Hermite polynomials; what they leave of the variance counts as one more.
const DEGREES: usize = 16;

/// The correlation of the normal numbers of two paths of one world.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Likeness {
    paths_per_world: f64,
    /// 0 to 1.
    correlation: f64,
}

impl Likeness {
    /// From the design effect of the mean of g, 1 + (m − 1) × its correlation. `g` gives its values at rising shares of paths.
    pub(super) fn of_mean(design_effect: f64, paths_per_world: u64, g: impl FnOnce(&[f64]) -> Vec<f64>) -> Self {
        let paths_per_world = paths_per_world as f64;
        if paths_per_world <= 1.0 || design_effect <= 1.0 {
            return Self { paths_per_world, correlation: 0.0 };
        }
        let parts = hermite_parts(&g(&shares()));
        let found = (design_effect - 1.0) / (paths_per_world - 1.0);
        let correlation = halve(0.0, 1.0, |rho| parts.iter().rev().fold(0.0, |sum, part| (sum + part) * rho) < found);
        Self { paths_per_world, correlation }
    }

    /// At least as alike as the design effect of the share `p` of paths shows: the least correlation that gives it.
    pub(super) fn at_least_of_share(self, design_effect: f64, p: f64) -> Self {
        let correlation = halve(self.correlation, 1.0, |correlation| Self { correlation, ..self }.design_effect(p) < design_effect);
        Self { correlation, ..self }
    }

    /// How many paths carry the information of one independent path about the share `p` of paths below some value, for
    /// 0 < p < 1, and so about the quantile at `p`.
    pub fn design_effect(self, p: f64) -> f64 {
        1.0 + (self.paths_per_world - 1.0) * shared(self.correlation, p)
    }
}

/// The share of a normal distribution below the middle of each cell.
fn shares() -> Vec<f64> {
    (0..CELLS).map(|i| 0.5 * libm::erfc(-middle(i) * FRAC_1_SQRT_2)).collect()
}

/// The middle of a cell.
fn middle(cell: usize) -> f64 {
    WIDTH * (cell as f64 + 0.5 - 0.5 * CELLS as f64)
}

/// The shares of the variance of g, given in every cell, that Hermite polynomials of degree 1, 2, … make; the rest comes last.
fn hermite_parts(g: &[f64]) -> Vec<f64> {
    let density = |z: f64| libm::exp(-0.5 * z * z) / (2.0 * PI).sqrt() * WIDTH;
    let mut coefficients = [0.0; DEGREES + 1];
    let mut square = 0.0;
    for (cell, g) in g.iter().enumerate() {
        let z = middle(cell);
        let weighted = g * density(z);
        square += g * weighted;
        // Normalised: √(k + 1) hₖ₊₁ = z hₖ − √k hₖ₋₁.
        let (mut before, mut this) = (0.0, 1.0);
        for (k, coefficient) in coefficients.iter_mut().enumerate() {
            *coefficient += this * weighted;
            let k = k as f64;
            (before, this) = (this, (z * this - k.sqrt() * before) / (k + 1.0).sqrt());
        }
    }
    let variance = square - coefficients[0] * coefficients[0];
    let mut parts: Vec<f64> = coefficients[1..].iter().map(|c| c * c / variance).collect();
    parts.push((1.0 - parts.iter().sum::<f64>()).max(0.0));
    parts
}

/// Where something rising ceases to be `too_low`.
fn halve(mut low: f64, mut high: f64, too_low: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..50 {
        let middle = 0.5 * (low + high);
        if too_low(middle) { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

/// The correlation of the events X ≤ h and Y ≤ h, each of probability `p`, for a standard normal pair of correlation `rho`:
/// P(X ≤ h, Y ≤ h) = p − 2 T(h, a) with a² = (1 − ρ) / (1 + ρ) and Owen's T (Owen 1956).
fn shared(rho: f64, p: f64) -> f64 {
    let a = ((1.0 - rho) / (1.0 + rho)).sqrt();
    (1.0 - 2.0 * owen_t(normal_quantile(p), a) / (p * (1.0 - p))).clamp(0.0, 1.0)
}

/// ∫₀ᵃ exp(−h² (1 + x²) / 2) / (1 + x²) dx / 2π by Simpson's rule, for 0 ≤ a ≤ 1: the integrand is smooth, the error below 1e-6 of it.
fn owen_t(h: f64, a: f64) -> f64 {
    const HALVES: u32 = 16;
    let step = a / f64::from(2 * HALVES);
    let at = |i: u32| {
        let square = 1.0 + (step * f64::from(i)) * (step * f64::from(i));
        libm::exp(-0.5 * h * h * square) / square
    };
    let inner: f64 = (0..HALVES).map(|i| 4.0 * at(2 * i + 1) + 2.0 * at(2 * i)).sum();
    (inner - at(0) + at(2 * HALVES)) * step / 3.0 / (2.0 * PI)
}

/// Where the normal distribution function is `p`, by halving: for those who ask for few.
pub fn normal_quantile(p: f64) -> f64 {
    halve(-40.0, 40.0, |z| 0.5 * libm::erfc(-z * FRAC_1_SQRT_2) < p)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_of_a_normal_pair_are_as_alike_as_closed_forms_say() {
        // At the median P(X ≤ 0, Y ≤ 0) = 1/4 + asin(ρ) / 2π (Sheppard 1899), a correlation of 2 asin(ρ) / π.
        for rho in [0.0, 0.1, 0.5, 0.9, 1.0] {
            let expected = 2.0 / PI * libm::asin(rho);
            assert!((shared(rho, 0.5) - expected).abs() < 1e-6, "{rho}: {} instead of {expected}", shared(rho, 0.5));
        }
        for p in [0.001, 0.05, 0.3, 0.95, 0.999] {
            // Independent pairs share nothing, equal ones everything; both tails are alike.
            assert!(shared(0.0, p) < 1e-6 && (shared(1.0, p) - 1.0).abs() < 1e-12, "{p}: {}", shared(0.0, p));
            assert!((shared(0.4, p) - shared(0.4, 1.0 - p)).abs() < 1e-9);
            assert!(shared(0.4, p) < shared(0.4, 0.5) + 1e-12, "events in the tails are less alike");
        }
        // ∫ φ(x) Φ((h − ρ x) / √(1 − ρ²)) dx up to h, by another rule in another program: 0.01218943 at p = 0.05, ρ = 0.5.
        assert!((shared(0.5, 0.05) - (0.012_189_43 - 0.0025) / 0.0475).abs() < 1e-6, "{}", shared(0.5, 0.05));
    }

    #[test]
    fn the_correlation_of_what_normal_numbers_become_leads_back_to_theirs() {
        let m = 20;
        let found = |correlation: f64, g: &dyn Fn(f64) -> f64| {
            let values = |shares: &[f64]| shares.iter().map(|share| g(normal_quantile(*share))).collect();
            Likeness::of_mean(1.0 + 19.0 * correlation, m, values).correlation
        };
        for rho in [0.1, 0.3, 0.8] {
            // Themselves; signs, correlated by 2 asin(ρ) / π; and exponentials, by (e^ρ − 1) / (e − 1).
            assert!((found(rho, &|z| z) - rho).abs() < 1e-3);
            assert!(
                (found(2.0 / PI * libm::asin(rho), &f64::signum) - rho).abs() < 0.01,
                "{}",
                found(2.0 / PI * libm::asin(rho), &f64::signum)
            );
            assert!((found((libm::exp(rho) - 1.0) / (libm::exp(1.0) - 1.0), &libm::exp) - rho).abs() < 1e-3);
        }
    }

    #[test]
    fn a_design_effect_is_taken_over_from_the_mean_to_quantiles() {
        let of_mean = |design_effect, m| Likeness::of_mean(design_effect, m, |shares| shares.iter().map(|p| normal_quantile(*p)).collect());
        // 1 + 19 × 0.5; at the median 1 + 19 × 2 asin(0.5) / π = 1 + 19 / 3.
        let likeness = of_mean(10.5, 20);
        assert!((likeness.design_effect(0.5) - (1.0 + 19.0 / 3.0)).abs() < 1e-2, "{}", likeness.design_effect(0.5));
        assert_eq!([of_mean(1.2, 1), of_mean(0.9, 20)].map(|none| none.design_effect(0.3).round()), [1.0, 1.0]);
        // Worlds all or nothing: twenty paths are as good as one.
        assert!((of_mean(25.0, 20).design_effect(0.3) - 20.0).abs() < 1e-6);
        // A share that is more alike than the mean decides.
        let more = likeness.at_least_of_share(15.0, 0.3);
        assert!((more.design_effect(0.3) - 15.0).abs() < 1e-6);
        assert!((likeness.at_least_of_share(2.0, 0.3).correlation - likeness.correlation).abs() < 1e-9);
    }
}
