//! Rank correlations, plain and partial, with errors that hold for any law of the pairs.
//!
//! A partial correlation is made of the inverse P of the covariances of ranks: −P_jy / √(P_jj P_yy); of two variables alone it is
//! Spearman's. To first order a world moves the covariance of ranks a and b by `a b + S_a(b) + S_b(a) − 3 cov(a, b)`, in which S_a(b) is
//! the mean of b where a is larger: a world's rank is its own and one more for all above it. Errors are those of independent worlds, and
//! intervals of Fisher's transform. Formulas that suppose normal pairs are too short or too long where dependence has another shape.

use super::Effect;
use crate::stats::{Z95, doubled_ranks};

/// The rank of every world in a list, from −½ to ½; and who is where.
struct Grades {
    grades: Vec<f64>,
    /// Worlds in the order of their ranks.
    order: Vec<usize>,
}

impl Grades {
    /// `None` for a list that never varies.
    fn new(values: &[f64]) -> Option<Self> {
        let ranks = doubled_ranks(values)?;
        let n = values.len();
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by_key(|world| ranks[*world]);
        let varies = order.first().zip(order.last()).is_some_and(|(first, last)| ranks[*first] < ranks[*last]);
        let grades = ranks.iter().map(|rank| (*rank as f64 / 2.0 - (n + 1) as f64 / 2.0) / n as f64).collect();
        varies.then_some(Self { grades, order })
    }

    /// For each world, the sum over worlds of higher rank, and half of it over those of the same, over all worlds.
    fn above(&self, values: &[f64]) -> Vec<f64> {
        let n = values.len();
        let (mut above, mut sum) = (vec![0.0; n], 0.0);
        let mut tied_from = n;
        while tied_from > 0 {
            let last = self.grades[self.order[tied_from - 1]];
            let first = self.order[..tied_from].partition_point(|world| self.grades[*world] < last);
            let tied = &self.order[first..tied_from];
            let own: f64 = tied.iter().map(|world| values[*world]).sum();
            tied.iter().for_each(|world| above[*world] = (sum + own / 2.0) / n as f64);
            sum += own;
            tied_from = first;
        }
        above
    }
}

/// Spearman's rank correlation of each list with the last, and the partial one in which all others are held; `None` for what never varies.
pub fn correlations(lists: &[&[f64]]) -> Vec<(Option<Effect>, Option<Effect>)> {
    let mut all: Vec<Option<Grades>> = lists.iter().map(|values| Grades::new(values)).collect();
    let last = all.pop().flatten();
    let Some(last) = last else { return vec![(None, None); all.len()] };
    let varying: Vec<&Grades> = all.iter().flatten().chain([&last]).collect();
    let mut partial = with_last(&varying).into_iter();
    let of = |own: &Option<Grades>| {
        let Some(own) = own else { return (None, None) };
        (with_last(&[own, &last]).pop().flatten(), partial.next().flatten())
    };
    all.iter().map(of).collect()
}

/// The partial correlation of each with the last, all others held; `None` where they cannot be told apart.
fn with_last(all: &[&Grades]) -> Vec<Option<Effect>> {
    let (count, n) = (all.len() - 1, all[0].grades.len());
    let covariance = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>() / n as f64;
    // Of ranks from −½ to ½ the variance is a twelfth: in units of it, for the sake of the pivots.
    let matrix = all.iter().map(|a| all.iter().map(|b| 12.0 * covariance(&a.grades, &b.grades)).collect()).collect();
    let Some(inverse) = inverse(matrix) else { return vec![None; count] };
    let weighed = |weights: &[f64], lists: &[Vec<f64>]| -> Vec<f64> {
        (0..n).map(|world| weights.iter().zip(lists).map(|(weight, list)| weight * list[world]).sum()).collect()
    };
    let grades: Vec<Vec<f64>> = all.iter().map(|own| own.grades.iter().map(|grade| grade * 12.0_f64.sqrt()).collect()).collect();
    let turned: Vec<Vec<f64>> = inverse.iter().map(|row| weighed(row, &grades)).collect();
    let above = |of: usize| -> Vec<Vec<f64>> {
        let scaled = |own: &&Grades| own.above(&turned[of]).into_iter().map(|value| value * 12.0_f64.sqrt()).collect();
        all.iter().map(scaled).collect()
    };
    // How each world moves an element of the inverse: − P dM P.
    let moves = |i: usize, j: usize, above_i: &[Vec<f64>], above_j: &[Vec<f64>]| -> Vec<f64> {
        let (by_i, by_j) = (weighed(&inverse[i], above_j), weighed(&inverse[j], above_i));
        (0..n).map(|world| 3.0 * inverse[i][j] - turned[i][world] * turned[j][world] - by_i[world] - by_j[world]).collect()
    };
    let y = count;
    let above_y = above(y);
    let of_y = moves(y, y, &above_y, &above_y);
    let freedom = n.saturating_sub(count + 2);
    let of = |own: usize| {
        let above_own = above(own);
        let scale = (inverse[own][own] * inverse[y][y]).sqrt();
        let value = (-inverse[own][y] / scale).clamp(-1.0, 1.0);
        let (of_both, of_own) = (moves(own, y, &above_own, &above_y), moves(own, own, &above_own, &above_own));
        let moved =
            |world: usize| -of_both[world] / scale - value / 2.0 * (of_own[world] / inverse[own][own] + of_y[world] / inverse[y][y]);
        let squares: f64 = (0..n).map(|world| moved(world) * moved(world)).sum();
        let std_error = (squares / n as f64 / freedom as f64).sqrt();
        (freedom > 0 && value.is_finite()).then(|| Effect { value, interval: fisher(value, std_error) })
    };
    (0..count).map(of).collect()
}

/// The 95% interval of a correlation with that error, by Fisher's transform.
fn fisher(value: f64, std_error: f64) -> (f64, f64) {
    let left = 1.0 - value * value;
    if left <= 0.0 {
        return (value, value);
    }
    let (z, reach) = (libm::atanh(value), Z95 * std_error / left);
    (libm::tanh(z - reach), libm::tanh(z + reach))
}

/// The inverse of a matrix, by elimination with the largest pivots; `None` if it has none.
fn inverse(mut matrix: Vec<Vec<f64>>) -> Option<Vec<Vec<f64>>> {
    const LEAST_PIVOT: f64 = 1e-9;
    let n = matrix.len();
    for (i, row) in matrix.iter_mut().enumerate() {
        row.extend((0..n).map(|j| if i == j { 1.0 } else { 0.0 }));
    }
    for column in 0..n {
        let pivot = (column..n).max_by(|a, b| matrix[*a][column].abs().total_cmp(&matrix[*b][column].abs()))?;
        matrix.swap(column, pivot);
        let head = matrix[column][column];
        if head.abs() < LEAST_PIVOT {
            return None;
        }
        matrix[column].iter_mut().for_each(|x| *x /= head);
        let leading = matrix[column].clone();
        for (_, row) in matrix.iter_mut().enumerate().filter(|(i, _)| *i != column) {
            let factor = row[column];
            row.iter_mut().zip(&leading).for_each(|(x, lead)| *x -= factor * lead);
        }
    }
    Some(matrix.into_iter().map(|row| row[n..].to_vec()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_ties_the_correlation_is_that_worked_by_hand_and_what_never_varies_has_none() {
        // Ranks 1 2.5 2.5 4 against 1 2 3 4, less 2.5: (−1.5, 0, 0, 1.5) · (−1.5, −.5, .5, 1.5) = 4.5; squares 4.5 and 5: 4.5 / √22.5.
        let found = correlations(&[&[1.0, 2.0, 2.0, 3.0], &[7.0; 4], &[1.0, 2.0, 3.0, 4.0]]);
        let (plain, partial) = found[0];
        assert!((plain.unwrap().value - 0.948_683_298).abs() < 1e-9 && plain == partial, "{found:?}");
        assert_eq!(found[1], (None, None));
    }

    #[test]
    fn a_world_counts_those_above_it_and_half_of_those_beside_it() {
        // The first counts 2, 3, 4 and half of its own 1; the tied ones 4 and half of 2 and 3; the last half of its own.
        let grades = Grades::new(&[1.0, 2.0, 2.0, 3.0]).unwrap();
        assert_eq!(grades.above(&[1.0, 2.0, 3.0, 4.0]), [9.5, 6.5, 6.5, 2.0].map(|sum| sum / 4.0));
    }
}
