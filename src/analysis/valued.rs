//! A number that was estimated.

use super::digits;
use crate::stats::Z95;

/// What stands below a table on the terminal with numbers as [`Valued::with_reach`] tells them.
pub const HALF_OF_95: &str = "± is half of the 95% Monte Carlo interval\n";

/// A number with its Monte Carlo standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Valued {
    /// The estimate, as it comes: it may lie beyond what its quantity can be.
    pub value: f64,
    /// Its standard error.
    pub std_error: f64,
}

impl Valued {
    /// The mean of independent numbers, given how far each lies from it.
    ///
    /// Of skewed numbers the plain interval holds the truth too rarely. To order 1/n its coverage is
    /// 2Φ(z) − 1 + 2 φ(z) z (κ (z² − 3)/12 − γ² (z⁴ + 2z² − 3)/18 − (z² + 3)/4) / n with skewness γ and excess kurtosis κ
    /// (Hall 1992, The Bootstrap and Edgeworth Expansion, section 2.5); the error is wider by as much as this lacks of 95%.
    pub fn of_mean(value: f64, deviations: impl Iterator<Item = f64>) -> Self {
        let (mut n, mut squares, mut cubes, mut fourths) = (0.0, 0.0, 0.0, 0.0);
        for deviation in deviations {
            let square = deviation * deviation;
            n += 1.0;
            squares += square;
            cubes += square * deviation;
            fourths += square * square;
        }
        let std_error = (squares / (n * (n - 1.0))).sqrt();
        let variance: f64 = squares / n;
        if variance <= 0.0 || std_error.is_nan() {
            return Self { value, std_error };
        }
        let skewness_squared = cubes * cubes / (n * n * variance * variance * variance);
        let kurtosis = fourths / (n * variance * variance) - 3.0;
        const Z2: f64 = Z95 * Z95;
        let lack = skewness_squared * (Z2 * Z2 + 2.0 * Z2 - 3.0) / 18.0 + (Z2 + 3.0) / 4.0 - kurtosis * (Z2 - 3.0) / 12.0;
        Self { value, std_error: std_error * (1.0 + lack.max(0.0) / n) }
    }

    /// The 95% interval.
    pub fn interval(self) -> (f64, f64) {
        let reach = Z95 * self.std_error;
        (self.value - reach, self.value + reach)
    }

    /// The value with half of its 95% interval, times `scale`, cut to the digits that its error allows: what [`HALF_OF_95`] says.
    pub fn with_reach(self, scale: f64) -> String {
        let error = self.std_error * scale;
        format!("{} ± {}", digits::rounded(self.value * scale, error), digits::error(Z95 * error))
    }

    /// Whether the interval leaves zero out.
    pub fn is_real(self) -> bool {
        self.value.abs() > Z95 * self.std_error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skewed_numbers_have_a_wider_error() {
        // 0, 0, 0, 4: mean 1 with a plain error of √(12 / 12). Skewness² 24² / (16 × 27) = 4/3, kurtosis 84 / 36 − 3 = −2/3, so with z² = 3.841459
        // 4/3 × 19.439725 / 18 + 6.841459 / 4 + 2/3 × .841459 / 12 = 3.197093, a quarter of which is added.
        let found = Valued::of_mean(1.0, [-1.0, -1.0, -1.0, 3.0].into_iter());
        assert!((found.std_error - 1.799_273).abs() < 1e-5, "{found:?}");
        // Two alike: 1/4 × 6.841459 / 2 + .841459 × 2 / 12 / 2, and √(2 / 2).
        let even = Valued::of_mean(0.0, [-1.0, 1.0].into_iter());
        assert!((even.std_error - (1.0 + 0.855_182 + 0.070_122)).abs() < 1e-5, "{even:?}");
        assert_eq!(Valued::of_mean(7.0, [0.0; 3].into_iter()), Valued { value: 7.0, std_error: 0.0 });
    }
}
