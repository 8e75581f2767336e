//! Correlations of paired numbers. Ties share the average of their ranks.

/// Rank correlation (Spearman). `None` if a list is constant, too short, of another length, or holds a NaN.
pub fn spearman(xs: &[f64], ys: &[f64]) -> Option<f64> {
    if xs.len() != ys.len() || xs.len() < 2 {
        return None;
    }
    let (xs, ys) = (doubled_ranks(xs)?, doubled_ranks(ys)?);
    // Doubled ranks are whole, so that everything up to the last division is exact.
    let n = xs.len() as i128;
    let sum = |values: &[i64]| values.iter().map(|value| i128::from(*value)).sum::<i128>();
    let product = |a: &[i64], b: &[i64]| a.iter().zip(b).map(|(a, b)| i128::from(*a) * i128::from(*b)).sum::<i128>();
    let moment = |a: &[i64], b: &[i64]| (n * product(a, b) - sum(a) * sum(b)) as f64;
    ratio(moment(&xs, &ys), moment(&xs, &xs), moment(&ys, &ys))
}

/// Linear correlation (Pearson). `None` if a list is constant, too short, of another length, or not finite.
pub fn pearson(xs: &[f64], ys: &[f64]) -> Option<f64> {
    if xs.len() != ys.len() || xs.len() < 2 {
        return None;
    }
    let centred = |values: &[f64]| {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        values.iter().map(|value| value - mean).collect::<Vec<_>>()
    };
    let (xs, ys) = (centred(xs), centred(ys));
    let moment = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    ratio(moment(&xs, &ys), moment(&xs, &xs), moment(&ys, &ys))
}

fn ratio(covariance: f64, x_variance: f64, y_variance: f64) -> Option<f64> {
    let product = x_variance * y_variance;
    // Roots apart where the product leaves the range of doubles.
    let scale = if product.is_normal() { product.sqrt() } else { x_variance.sqrt() * y_variance.sqrt() };
    (scale > 0.0 && scale.is_finite()).then(|| (covariance / scale).clamp(-1.0, 1.0))
}

/// Twice the average rank of each value, from 2. `None` if one is a NaN.
pub fn doubled_ranks(values: &[f64]) -> Option<Vec<i64>> {
    if values.iter().any(|value| value.is_nan()) {
        return None;
    }
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0; values.len()];
    let mut start = 0;
    // Compared by value, so that 0 and −0 are tied.
    for tied in order.chunk_by(|a, b| values[*a] == values[*b]) {
        // Ranks start + 1 to start + len have the average start + (len + 1) / 2.
        tied.iter().for_each(|index| ranks[*index] = (2 * start + tied.len() + 1) as i64);
        start += tied.len();
    }
    Some(ranks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_share_the_average_rank() {
        // 1 2 2 2 5: ranks 1, 3, 3, 3, 5.
        assert_eq!(doubled_ranks(&[2.0, 1.0, 2.0, 5.0, 2.0]), Some(vec![6, 2, 6, 10, 6]));
        assert_eq!(doubled_ranks(&[0.0, -0.0]), Some(vec![3, 3]));
    }

    #[test]
    fn rank_correlation_is_that_worked_by_hand() {
        // Ranks 1 2 3 4 5 against 2 1 4 3 5: 1 − 6 (1 + 1 + 1 + 1 + 0) / (5 × 24) = 0.8.
        assert_eq!(spearman(&[1.0, 2.0, 3.0, 4.0, 5.0], &[20.0, 10.0, 40.0, 30.0, 50.0]), Some(0.8));
        // Ranks 1 2.5 2.5 4 against 1 2 3 4, less 2.5: (−1.5, 0, 0, 1.5) · (−1.5, −.5, .5, 1.5) = 4.5; squares 4.5 and 5;
        // 4.5 / √22.5 = 0.948683.
        let tied = spearman(&[1.0, 2.0, 2.0, 3.0], &[1.0, 2.0, 3.0, 4.0]).unwrap();
        assert!((tied - 0.948_683_298_050_513_8).abs() < 1e-15);
        assert_eq!(spearman(&[1.0, 2.0, 3.0], &[1e300, 1e-300, -1e300]), Some(-1.0));
    }

    #[test]
    fn linear_correlation_is_that_worked_by_hand() {
        // Less the means 2 and 3: (−1, 0, 1) · (−2, 1, 1) = 3; squares 2 and 6; 3 / √12 = 0.866025.
        assert!((pearson(&[1.0, 2.0, 3.0], &[1.0, 4.0, 4.0]).unwrap() - 0.866_025_403_784_438_6).abs() < 1e-15);
        assert_eq!(pearson(&[1.0, 2.0], &[4.0, -4.0]), Some(-1.0));
    }

    #[test]
    fn correlations_without_meaning_are_none() {
        for correlation in [spearman, pearson] {
            assert_eq!(correlation(&[1.0, 1.0, 1.0], &[1.0, 2.0, 3.0]), None);
            assert_eq!(correlation(&[1.0], &[1.0]), None);
            assert_eq!(correlation(&[1.0, 2.0], &[1.0]), None);
            assert_eq!(correlation(&[1.0, f64::NAN], &[1.0, 2.0]), None);
        }
    }
}
