//! How alike the paths of one world are, and what that leaves of them for a quantile or a share.
//!
//! The tally holds, of every cell, how much the means of worlds differ, not how much their distribution functions do at each
//! point. The latter follows from the former if ranks depend on each other as those of a normal pair do.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

/// The correlation of two paths of one world, by rank.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Likeness {
    paths_per_world: f64,
    /// 0 to 1.
    correlation: f64,
}

impl Likeness {
    /// From the design effect of a mean, 1 + (m − 1) ρ.
    pub(super) fn of_mean(design_effect: f64, paths_per_world: u64) -> Self {
        let paths_per_world = paths_per_world as f64;
        let correlation = (design_effect - 1.0) / (paths_per_world - 1.0);
        // With one path a world there are no pairs, and 0 / 0 or more.
        Self { paths_per_world, correlation: if paths_per_world > 1.0 { correlation.clamp(0.0, 1.0) } else { 0.0 } }
    }

    /// At least as alike as the design effect of the share `p` of paths shows: the least correlation that gives it.
    pub(super) fn at_least_of_share(self, design_effect: f64, p: f64) -> Self {
        let (mut low, mut high) = (self.correlation, 1.0);
        for _ in 0..40 {
            let correlation = 0.5 * (low + high);
            let middle = Self { correlation, ..self };
            if middle.design_effect(p) < design_effect { low = correlation } else { high = correlation }
        }
        Self { correlation: low, ..self }
    }

    /// How many paths carry the information of one independent path about the share `p` of paths below some value, for
    /// 0 < p < 1, and so about the quantile at `p`.
    pub fn design_effect(self, p: f64) -> f64 {
        1.0 + (self.paths_per_world - 1.0) * shared(self.correlation, p)
    }
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

/// Where the normal distribution function is `p`, by halving: few are asked for.
fn normal_quantile(p: f64) -> f64 {
    let (mut low, mut high) = (-40.0, 40.0);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if 0.5 * libm::erfc(-middle * FRAC_1_SQRT_2) < p { low = middle } else { high = middle }
    }
    0.5 * (low + high)
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
    fn a_design_effect_is_taken_over_from_the_mean_to_quantiles() {
        // 1 + 19 × 0.5; at the median 1 + 19 × 2 asin(0.5) / π = 1 + 19 / 3.
        let likeness = Likeness::of_mean(10.5, 20);
        assert!((likeness.design_effect(0.5) - (1.0 + 19.0 / 3.0)).abs() < 1e-4);
        assert_eq!([Likeness::of_mean(1.2, 1), Likeness::of_mean(0.9, 20)].map(|none| none.design_effect(0.3).round()), [1.0, 1.0]);
        // Worlds all or nothing: twenty paths are as good as one.
        assert!((Likeness::of_mean(25.0, 20).design_effect(0.3) - 20.0).abs() < 1e-9);
        // A share that is more alike than the mean decides.
        let more = likeness.at_least_of_share(15.0, 0.3);
        assert!((more.design_effect(0.3) - 15.0).abs() < 1e-6);
        assert_eq!(likeness.at_least_of_share(2.0, 0.3), likeness);
    }
}
