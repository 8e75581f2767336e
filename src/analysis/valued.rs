//! A number that was estimated.

use crate::stats::Z95;

/// A number with its Monte Carlo standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Valued {
    /// The estimate, as it comes: it may lie beyond what its quantity can be.
    pub value: f64,
    /// Its standard error.
    pub std_error: f64,
}

impl Valued {
    /// The 95% interval.
    pub fn interval(self) -> (f64, f64) {
        let reach = Z95 * self.std_error;
        (self.value - reach, self.value + reach)
    }

    /// Whether the interval leaves zero out.
    pub fn is_real(self) -> bool {
        self.value.abs() > Z95 * self.std_error
    }
}
