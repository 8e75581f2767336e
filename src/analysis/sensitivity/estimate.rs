//! Means over independent rows, ratios of them, and what they differ by: values with the influence of each row.

use crate::analysis::Valued;

/// An estimate, and by how much each independent row moves it: their mean square over their number is the variance of the estimate.
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

    /// The ratio of two estimates. A row moves it as leaving it out does (the jackknife): more, if it is much of the whole.
    pub fn over(&self, whole: &Self) -> Self {
        let (value, n) = (self.value / whole.value, whole.influence.len() as f64);
        let moved = |(part, of): (&f64, &f64)| (part - value * of) * (n - 1.0) / ((n - 1.0) * whole.value - of);
        Self { value, influence: self.influence.iter().zip(&whole.influence).map(moved).collect() }
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
    ///
    /// That is the constant of a regression on the rows of the mean; a row moves it as leaving it out of the regression does.
    pub fn controlled(&self, control: &Self) -> Self {
        let product = |a: &Self, b: &Self| a.influence.iter().zip(&b.influence).map(|(a, b)| a * b).sum::<f64>();
        let (square, n) = (product(control, control), self.influence.len() as f64);
        if square <= 0.0 {
            return self.clone();
        }
        let mut found = self.less(product(self, control) / square, control);
        for (row, of) in found.influence.iter_mut().zip(&control.influence) {
            let leverage = 1.0 / n + of * of / square;
            *row *= (n - 1.0) * (1.0 / n - control.value * of / square) / (1.0 - leverage).max(1.0 / n);
        }
        found
    }

    /// The estimate with its error.
    pub fn measure(&self) -> Valued {
        Valued::of_mean(self.value, self.influence.iter().copied())
    }
}
