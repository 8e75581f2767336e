//! Means over independent rows, ratios of them, and what they differ by: values with the influence of each row.

use crate::stats::Z95;

/// A value that was estimated, with its 95% interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measure {
    /// The estimate, as it comes: it may lie beyond what its quantity can be.
    pub value: f64,
    /// Its standard error.
    pub std_error: f64,
}

impl Measure {
    /// The 95% interval.
    pub fn interval(&self) -> (f64, f64) {
        let reach = Z95 * self.std_error;
        (self.value - reach, self.value + reach)
    }

    /// Whether the interval leaves zero out.
    pub fn is_real(&self) -> bool {
        self.value.abs() > Z95 * self.std_error
    }
}

/// An estimate, and by how much each independent row moves it: their mean is zero, and their variance over their number is its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimator {
    /// The estimate.
    pub value: f64,
    /// One per row.
    pub influence: Vec<f64>,
}

impl Estimator {
    /// The mean of rows.
    pub fn mean(rows: Vec<f64>) -> Self {
        let value = rows.iter().sum::<f64>() / rows.len() as f64;
        Self { value, influence: rows.into_iter().map(|row| row - value).collect() }
    }

    /// The ratio of two estimates, to first order (the delta method).
    pub fn over(&self, whole: &Self) -> Self {
        let value = self.value / whole.value;
        let influence = self.influence.iter().zip(&whole.influence).map(|(part, of)| (part - value * of) / whole.value).collect();
        Self { value, influence }
    }

    /// The sum of estimates over the same rows.
    pub fn sum<'a>(parts: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut parts = parts.into_iter();
        let mut sum = parts.next().cloned().unwrap_or(Self { value: 0.0, influence: Vec::new() });
        for part in parts {
            sum.value += part.value;
            sum.influence.iter_mut().zip(&part.influence).for_each(|(sum, part)| *sum += part);
        }
        sum
    }

    /// This estimate less `weight` times another over the same rows.
    pub fn less(&self, weight: f64, other: &Self) -> Self {
        let influence = self.influence.iter().zip(&other.influence).map(|(own, other)| own - weight * other).collect();
        Self { value: self.value - weight * other.value, influence }
    }

    /// This estimate less that multiple of a mean known to be zero which leaves it the least variance (a control variate).
    pub fn controlled(&self, control: &Self) -> Self {
        let product = |a: &Self, b: &Self| a.influence.iter().zip(&b.influence).map(|(a, b)| a * b).sum::<f64>();
        let square = product(control, control);
        self.less(if square > 0.0 { product(self, control) / square } else { 0.0 }, control)
    }

    /// The estimate with its error.
    pub fn measure(&self) -> Measure {
        let n = self.influence.len() as f64;
        let squares: f64 = self.influence.iter().map(|row| row * row).sum();
        Measure { value: self.value, std_error: (squares / (n * (n - 1.0))).sqrt() }
    }
}
