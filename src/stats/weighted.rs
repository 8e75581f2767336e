//! Means, shares and quantiles of weighted values whose neighbours are alike, with their Monte Carlo errors.
//!
//! Values come in clusters of equal size, such as the paths of a world. A ratio estimate `Σwx / Σw` has the linearised error
//! `√(J/(J−1) Σ_j r_j²) / Σw` with `r_j = Σ_{i in j} w_i (x_i − mean)` over the J clusters (Cochran, Sampling Techniques, 1977, ch. 6 and 9);
//! a quantile has Woodruff's interval (1952): that of its share, read back through the distribution. Sums run in one order, so that the bits
//! never depend on threads.

use super::Z95;

/// An estimate with its 95% interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The estimate.
    pub value: f64,
    /// Lower end of its 95% interval; `None` if too few values bound it.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
}

/// Weights of values, cluster after cluster.
#[derive(Clone, Copy, Debug)]
pub struct Weighted<'a> {
    weights: &'a [f64],
    cluster: usize,
}

impl<'a> Weighted<'a> {
    /// Weights, none negative, of which `cluster` neighbours at a time are alike.
    pub fn new(weights: &'a [f64], cluster: usize) -> Self {
        Self { weights, cluster: cluster.max(1) }
    }

    /// The weights.
    pub fn weights(self) -> &'a [f64] {
        self.weights
    }

    /// The sum of the weights of each cluster.
    pub fn of_clusters(self) -> Vec<f64> {
        self.weights.chunks(self.cluster).map(|cluster| cluster.iter().sum()).collect()
    }

    /// Kish's effective number of values, `(Σw)² / Σw²`; 0 without any weight.
    pub fn effective(self) -> f64 {
        effective(self.weights)
    }

    /// The same of clusters: how many worlds the weights rest on. Never more than [`Weighted::effective`].
    pub fn effective_clusters(self) -> f64 {
        effective(&self.of_clusters())
    }

    /// The mean of the values that are not NaN and its standard error. `None` if they have no weight; no error with one cluster.
    pub fn mean(self, value: impl Fn(usize) -> f64) -> Option<(f64, f64)> {
        let (mut total, mut sum) = (0.0, 0.0);
        for (i, weight) in self.weights.iter().enumerate().filter(|(_, weight)| **weight > 0.0) {
            let x = value(i);
            if !x.is_nan() {
                total += weight;
                sum += weight * x;
            }
        }
        if total <= 0.0 {
            return None;
        }
        let mean = sum / total;
        let (mut squares, mut clusters) = (0.0, 0.0);
        for (j, weights) in self.weights.chunks(self.cluster).enumerate() {
            let mut residual = 0.0;
            for (k, weight) in weights.iter().enumerate().filter(|(_, weight)| **weight > 0.0) {
                let x = value(j * self.cluster + k);
                residual += if x.is_nan() { 0.0 } else { weight * (x - mean) };
            }
            squares += residual * residual;
            clusters += 1.0;
        }
        let error = if clusters > 1.0 { (squares * clusters / (clusters - 1.0)).sqrt() / total } else { f64::NAN };
        Some((mean, error))
    }

    /// The quantiles at `probabilities`, rising, with their intervals; `order` lists the values that count from the smallest. `None` without weight.
    pub fn quantiles<const M: usize>(self, order: &[u32], values: &[f64], probabilities: [f64; M]) -> [Option<Interval>; M] {
        let mut below = Vec::with_capacity(order.len());
        let mut total = 0.0;
        for i in order {
            total += self.weights[*i as usize];
            below.push(total);
        }
        let at = |p: f64| {
            let rank = below.partition_point(|sum| *sum < p * total * (1.0 - 1e-12)).min(order.len() - 1);
            values[order[rank] as usize]
        };
        probabilities.map(|p| {
            if total <= 0.0 {
                return None;
            }
            let value = at(p);
            let (_, error) = self.mean(|i| if values[i].is_nan() { f64::NAN } else { f64::from(values[i] <= value) })?;
            let end = |side: f64| Some(p + side * Z95 * error).filter(|p| *p > 0.0 && *p < 1.0).map(at);
            Some(Interval { value, low: end(-1.0), high: end(1.0) })
        })
    }
}

/// The positions of the values that are not NaN, from the smallest; equals keep their order.
pub fn rising(values: &[f64]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..values.len() as u32).filter(|i| !values[*i as usize].is_nan()).collect();
    order.sort_by(|a, b| values[*a as usize].total_cmp(&values[*b as usize]));
    order
}

fn effective(weights: &[f64]) -> f64 {
    let (sum, squares) = weights.iter().fold((0.0, 0.0), |(sum, squares), w| (sum + w, squares + w * w));
    if squares > 0.0 { sum * sum / squares } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_and_errors_are_those_of_paper() {
        // Weights 1, 3 on values 0, 4: mean 3; residuals 1 × −3 and 3 × 1; √(2/1 × (9 + 9)) / 4 = 1.5.
        let weighted = Weighted::new(&[1.0, 3.0], 1);
        let values = [0.0, 4.0];
        assert_eq!(weighted.mean(|i| values[i]), Some((3.0, 1.5)));
        // (1 + 3)² / (1 + 9) = 1.6.
        assert_eq!((weighted.effective(), weighted.effective_clusters()), (1.6, 1.6));
        // In clusters of two with equal weights: (0, 2), (4, 6): mean 3, residuals −4 and 4, √(2 × 32) / 4 = 2.
        let values = [0.0, 2.0, 4.0, 6.0];
        assert_eq!(Weighted::new(&[1.0; 4], 2).mean(|i| values[i]), Some((3.0, 2.0)));
        assert_eq!(Weighted::new(&[1.0; 4], 2).effective_clusters(), 2.0);
        assert_eq!(Weighted::new(&[0.0; 4], 2).mean(|i| values[i]), None);
        assert_eq!(Weighted::new(&[0.0; 4], 2).effective(), 0.0);
    }

    #[test]
    fn values_that_are_not_defined_do_not_count() {
        let values = [1.0, f64::NAN, 3.0, 100.0];
        let weighted = Weighted::new(&[1.0, 5.0, 1.0, 0.0], 1);
        assert_eq!(weighted.mean(|i| values[i]).unwrap().0, 2.0);
        let order = rising(&values);
        assert_eq!(order, [0, 2, 3]);
        assert_eq!(weighted.quantiles(&order, &values, [0.5, 0.9]).map(|q| q.unwrap().value), [1.0, 3.0]);
    }

    #[test]
    fn a_quantile_is_the_smallest_value_with_enough_weight_below() {
        let values = [30.0, 10.0, 20.0];
        let weighted = Weighted::new(&[0.5, 0.2, 0.3], 1);
        let quantiles = weighted.quantiles(&rising(&values), &values, [0.1, 0.2, 0.5, 0.51]);
        assert_eq!(quantiles.map(|q| q.unwrap().value), [10.0, 10.0, 20.0, 30.0]);
    }
}
