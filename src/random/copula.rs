//! Dependence between uncertain inputs: a Gaussian or Student-t copula with given rank correlations.
//!
//! Only inputs named in a pair change, and the first of each group of connected inputs keeps its own
//! draw: adding a correlation moves as few inputs as possible.

use super::special::{StudentT, normal_cdf, normal_quantile};
use std::fmt;

/// A pivot this close to zero is zero: the input follows from those before it.
const ROUNDING: f64 = 1e-12;

/// Turns independent uniform draws into dependent ones.
///
/// The inputs of one group get w = one independent draw each, then x = L w with L the Cholesky factor
/// of their correlations. For a Student-t copula w_i is a Student draw with nu + i degrees of freedom,
/// scaled by sqrt((nu + w_0^2 + ... + w_(i-1)^2) / (nu + i)): the law of x_i given those before it.
/// Unlike a common divisor this needs no draw of its own, and ties no group to another.
#[derive(Clone, Debug, PartialEq)]
pub struct Copula {
    groups: Vec<Group>,
    /// Student laws with nu, nu + 1, ... degrees of freedom; empty for a Gaussian copula.
    students: Vec<StudentT>,
    degrees_of_freedom: f64,
}

#[derive(Clone, Debug, PartialEq)]
struct Group {
    /// Positions of the inputs, rising.
    inputs: Vec<usize>,
    /// The Cholesky factor; row i has i + 1 entries.
    rows: Vec<Vec<f64>>,
}

impl Copula {
    /// A copula over `inputs` inputs with the Spearman rank correlations of `pairs` (two positions and a
    /// correlation); a pair that is not named is uncorrelated. Gaussian unless degrees of freedom are given.
    pub fn new(inputs: usize, pairs: &[(usize, usize, f64)], degrees_of_freedom: Option<f64>) -> Result<Self, CopulaError> {
        check(inputs, pairs, degrees_of_freedom)?;
        let groups = connected(inputs, pairs);
        let largest = groups.iter().map(Vec::len).max().unwrap_or(0);
        let students: Vec<_> = match degrees_of_freedom {
            Some(nu) => (0..largest).map(|i| StudentT::new(nu + i as f64)).collect(),
            None => Vec::new(),
        };
        let ranks = degrees_of_freedom.map(StudentRanks::new);
        let linear: Vec<_> = pairs.iter().map(|&(a, b, rho)| (a, b, to_linear(rho, ranks.as_ref()))).collect();
        let groups = groups.into_iter().map(|group| {
            let rows = cholesky(&group, &linear).map_err(|row| not_possible(&group[..=row], pairs))?;
            Ok(Group { inputs: group, rows })
        });
        Ok(Self { groups: groups.collect::<Result<_, _>>()?, students, degrees_of_freedom: degrees_of_freedom.unwrap_or(f64::INFINITY) })
    }

    /// Replaces independent uniform draws, one per input, by dependent ones strictly between 0 and 1.
    pub fn apply(&self, uniforms: &mut [f64]) {
        self.complete(uniforms, |_| false);
    }

    /// The same, given some of the inputs: a known one keeps its dependent draw, and the independent draws of the others become
    /// draws from their law given the known ones.
    pub fn complete(&self, uniforms: &mut [f64], known: impl Fn(usize) -> bool) {
        for group in &self.groups {
            let (mut order, others): (Vec<usize>, Vec<usize>) = group.inputs.iter().partition(|input| known(**input));
            let given = order.len();
            order.extend(others);
            // In an order that begins with the known ones, the rest have draws of their own in any copula of this kind.
            let reordered = (given > 0).then(|| group.reordered(&order));
            let (mut draws, mut squares) = (Vec::with_capacity(order.len()), 0.0);
            for (i, (&input, row)) in order.iter().zip(reordered.as_ref().unwrap_or(&group.rows)).enumerate() {
                let from_others: f64 = row.iter().zip(&draws).map(|(weight, w)| weight * w).sum();
                let own = row[i];
                let w = match i < given {
                    true if own > 0.0 => (self.value(uniforms[input]) - from_others) / own,
                    true => 0.0,
                    false => self.independent(i, uniforms[input], squares),
                };
                // The first keeps the bits of its own draw.
                if i >= given.max(1) {
                    uniforms[input] = self.probability(from_others + own * w);
                }
                squares += w * w;
                draws.push(w);
            }
        }
    }

    /// The value of which `u` is the probability.
    fn value(&self, u: f64) -> f64 {
        self.students.first().map_or_else(|| normal_quantile(u), |student| student.quantile(u))
    }

    fn independent(&self, i: usize, u: f64, squares: f64) -> f64 {
        match self.students.get(i) {
            None => normal_quantile(u),
            Some(student) => {
                let nu = self.degrees_of_freedom;
                ((nu + squares) / (nu + i as f64)).sqrt() * student.quantile(u)
            }
        }
    }

    fn probability(&self, x: f64) -> f64 {
        const LEAST: f64 = f64::EPSILON / 2.0;
        self.students.first().map_or_else(|| normal_cdf(x), |student| student.cdf(x)).clamp(LEAST, 1.0 - LEAST)
    }
}

impl Group {
    /// The Cholesky factor when the inputs come in another order.
    fn reordered(&self, order: &[usize]) -> Vec<Vec<f64>> {
        let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let rows = || self.inputs.iter().zip(&self.rows);
        let pairs: Vec<_> = rows().flat_map(|(a, x)| rows().map(move |(b, y)| (*a, *b, product(x, y)))).collect();
        cholesky(order, &pairs).unwrap_or_else(|_| unreachable!("correlations fit together in every order or in none"))
    }
}

/// Why correlations do not make a copula. Inputs are positions.
#[derive(Clone, Debug, PartialEq)]
pub enum CopulaError {
    /// A correlation outside -1..=1, or not a number.
    Correlation(usize, usize, f64),
    /// A pair that names one input twice, or an input that does not exist.
    Pair(usize, usize),
    /// Two entries for one pair.
    Twice(usize, usize),
    /// Degrees of freedom below 1 or not finite.
    DegreesOfFreedom(f64),
    /// No joint distribution has all these correlations (the matrix is not positive semidefinite).
    NotPossible(Vec<(usize, usize, f64)>),
}

impl fmt::Display for CopulaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Correlation(a, b, rho) => write!(f, "the rank correlation of inputs {a} and {b} is {rho}: a correlation lies in -1..=1"),
            Self::Pair(a, b) => write!(f, "inputs {a} and {b} are not two different uncertain inputs"),
            Self::Twice(a, b) => write!(f, "the rank correlation of inputs {a} and {b} is given twice"),
            Self::DegreesOfFreedom(nu) => write!(f, "{nu} degrees of freedom: a Student-t copula needs a finite number from 1 up"),
            Self::NotPossible(pairs) => {
                write!(f, "no joint distribution has these rank correlations (the matrix is not positive semidefinite):")?;
                for (index, (a, b, rho)) in pairs.iter().enumerate() {
                    write!(f, "{} inputs {a} and {b} at {rho}", if index == 0 { "" } else { "," })?;
                }
                write!(f, "; a pair that is not named has correlation 0: bring them nearer to 0 or name the missing pairs")
            }
        }
    }
}

impl std::error::Error for CopulaError {}

fn check(inputs: usize, pairs: &[(usize, usize, f64)], degrees_of_freedom: Option<f64>) -> Result<(), CopulaError> {
    if let Some(nu) = degrees_of_freedom
        && !(1.0..f64::INFINITY).contains(&nu)
    {
        return Err(CopulaError::DegreesOfFreedom(nu));
    }
    for (index, &(a, b, rho)) in pairs.iter().enumerate() {
        if a == b || a.max(b) >= inputs {
            return Err(CopulaError::Pair(a, b));
        }
        if !(-1.0..=1.0).contains(&rho) {
            return Err(CopulaError::Correlation(a, b, rho));
        }
        if pairs[..index].iter().any(|&(c, d, _)| (c, d) == (a, b) || (d, c) == (a, b)) {
            return Err(CopulaError::Twice(a, b));
        }
    }
    Ok(())
}

/// The groups of inputs that pairs connect, each in rising order.
fn connected(inputs: usize, pairs: &[(usize, usize, f64)]) -> Vec<Vec<usize>> {
    // Each input points at the lowest member of its group.
    let mut lowest: Vec<usize> = (0..inputs).collect();
    for &(a, b, _) in pairs {
        let (keep, merge) = (lowest[a].min(lowest[b]), lowest[a].max(lowest[b]));
        lowest.iter_mut().filter(|root| **root == merge).for_each(|root| *root = keep);
    }
    let members = |root| (0..inputs).filter(|&input| lowest[input] == root).collect::<Vec<_>>();
    (0..inputs).map(members).filter(|group| group.len() > 1).collect()
}

/// The lower triangle L with L L^T the correlations among `group`; semidefinite is enough.
/// Fails with the first row that no correlation matrix can have.
fn cholesky(group: &[usize], pairs: &[(usize, usize, f64)]) -> Result<Vec<Vec<f64>>, usize> {
    let correlation = |a: usize, b: usize| pairs.iter().find(|p| (p.0, p.1) == (a, b) || (p.1, p.0) == (a, b)).map_or(0.0, |p| p.2);
    let mut rows: Vec<Vec<f64>> = Vec::new();
    for (i, &input) in group.iter().enumerate() {
        let mut row: Vec<f64> = Vec::with_capacity(i + 1);
        for (j, above) in rows.iter().enumerate() {
            let rest = correlation(input, group[j]) - row.iter().zip(above).map(|(a, b)| a * b).sum::<f64>();
            if above[j] > 0.0 {
                row.push(rest / above[j]);
            } else if rest.abs() < ROUNDING.sqrt() {
                row.push(0.0);
            } else {
                return Err(i);
            }
        }
        let pivot = 1.0 - row.iter().map(|a| a * a).sum::<f64>();
        if pivot < -ROUNDING.sqrt() {
            return Err(i);
        }
        row.push(if pivot > ROUNDING { pivot.sqrt() } else { 0.0 });
        rows.push(row);
    }
    Ok(rows)
}

fn not_possible(inputs: &[usize], pairs: &[(usize, usize, f64)]) -> CopulaError {
    let involved = |&&(a, b, _): &&(usize, usize, f64)| inputs.contains(&a) && inputs.contains(&b);
    CopulaError::NotPossible(pairs.iter().filter(involved).copied().collect())
}

/// From Spearman's rank correlation to the linear correlation inside the copula: 2 sin(pi rho / 6) for
/// a Gaussian one (Pearson 1907), found by bisection for Student's, to 2e-4 in the rank correlation.
fn to_linear(rank: f64, student: Option<&StudentRanks>) -> f64 {
    if rank.abs() == 1.0 || rank == 0.0 {
        return rank;
    }
    let gaussian = 2.0 * libm::sin(std::f64::consts::PI / 6.0 * rank.abs());
    let Some(student) = student else { return gaussian.copysign(rank) };
    // Heavy common tails weaken ranks: the root lies between the Gaussian value and 1.
    let (mut low, mut high) = (gaussian, 1.0);
    while high - low > 1e-6 {
        let middle = 0.5 * (low + high);
        if student.rank_correlation(middle) < rank.abs() { low = middle } else { high = middle }
    }
    (0.5 * (low + high)).copysign(rank)
}

/// Spearman's correlation in a Student-t copula, by quadrature over the independent draws of two inputs.
struct StudentRanks {
    degrees: f64,
    law: StudentT,
    nodes: Vec<Node>,
}

struct Node {
    u: f64,
    weight: f64,
    /// The quantile with nu degrees of freedom.
    first: f64,
    /// The quantile with nu + 1 degrees of freedom.
    second: f64,
}

impl StudentRanks {
    fn new(degrees: f64) -> Self {
        const NODES: usize = 32;
        let (law, next) = (StudentT::new(degrees), StudentT::new(degrees + 1.0));
        let nodes = (0..NODES).map(|i| {
            // u = v^3 (10 - 15 v + 6 v^2) smooths the ends, where quantiles are steep.
            let v = (i as f64 + 0.5) / NODES as f64;
            let u = v * v * v * (10.0 - v * (15.0 - 6.0 * v));
            let weight = 30.0 * v * v * (1.0 - v) * (1.0 - v) / NODES as f64;
            Node { u, weight, first: law.quantile(u), second: next.quantile(u) }
        });
        Self { degrees, law, nodes: nodes.collect() }
    }

    /// 12 E[(U - 1/2) (V - 1/2)] with linear correlation `r`.
    fn rank_correlation(&self, r: f64) -> f64 {
        let rest = (1.0 - r * r).sqrt();
        let mut sum = 0.0;
        // (u, v) -> (1 - u, 1 - v) is a symmetry: half of the nodes are enough.
        for a in &self.nodes[..self.nodes.len() / 2] {
            let spread = rest * ((self.degrees + a.first * a.first) / (self.degrees + 1.0)).sqrt();
            let mean: f64 = self.nodes.iter().map(|b| b.weight * self.law.cdf(r * a.first + spread * b.second)).sum();
            sum += a.weight * (a.u - 0.5) * (mean - 0.5);
        }
        24.0 * sum
    }
}

#[cfg(test)]
mod tests {
    use super::super::address::{Draws, PathKey, Tag};
    use super::*;
    use std::f64::consts::PI;

    /// The rank correlation whose Gaussian copula has this linear correlation.
    fn rank(linear: f64) -> f64 {
        6.0 / PI * libm::asin(0.5 * linear)
    }

    fn draw<const N: usize>(copula: &Copula, n: usize) -> impl Iterator<Item = [f64; N]> {
        let draws = Draws::new(PathKey::world(7, 0), Tag::new("test", "copula"));
        (0..n).map(move |month| {
            let mut u = std::array::from_fn(|slot| draws.uniform(month, slot as u64));
            copula.apply(&mut u);
            u
        })
    }

    type Property<const N: usize> = fn([f64; N]) -> bool;

    /// The share of draws with each property lies within four standard errors of what is expected.
    fn assert_shares<const N: usize>(copula: &Copula, cases: &[(Property<N>, f64)]) {
        let n = 100_000;
        let draws: Vec<_> = draw(copula, n).collect();
        for (index, (property, expected)) in cases.iter().enumerate() {
            let found = draws.iter().filter(|u| property(**u)).count() as f64 / n as f64;
            let tolerance = 4.0 * (expected * (1.0 - expected) / n as f64).sqrt();
            assert!((found - expected).abs() <= tolerance, "property {index}: {found} instead of {expected} +- {tolerance}");
        }
    }

    #[test]
    fn joint_odds_are_the_gaussian_orthants_of_model_o10() {
        let r = rank(0.5);
        let copula = Copula::new(3, &[(0, 1, r), (0, 2, r), (1, 2, r)], None).unwrap();
        assert_shares(&copula, &[(|u: [f64; 3]| u[1] < 0.5 && u[2] < 0.5, 1.0 / 3.0), (|u| u.iter().all(|u| *u < 0.5), 0.25)]);
    }

    #[test]
    fn joint_odds_are_those_of_model_o11() {
        let r = rank(0.35);
        let copula = Copula::new(3, &[(2, 1, r), (0, 2, r), (1, 0, r)], None).unwrap();
        let two: Property<3> = |u| u[0] < 0.3 && u[2] < 0.3;
        assert_shares(
            &copula,
            &[(two, 0.134_981), (|u| u.iter().all(|u| *u < 0.3), 0.074_384), (|u| u.iter().all(|u| *u >= 0.3), 0.430_559)],
        );
    }

    #[test]
    fn the_rank_correlation_achieved_is_the_one_asked_for() {
        for degrees in [None, Some(1.0), Some(4.0)] {
            for rho in [-1.0, -0.5, 0.0, 0.3, 0.9] {
                let copula = Copula::new(2, &[(0, 1, rho)], degrees).unwrap();
                let n = 40_000;
                let sum: f64 = draw(&copula, n).map(|[u, v]: [f64; 2]| 12.0 * (u - 0.5) * (v - 0.5)).sum();
                // One product has a standard deviation of at most 1.1: four standard errors are 0.022.
                assert!((sum / n as f64 - rho).abs() < 0.022, "{degrees:?}: {} instead of {rho}", sum / n as f64);
            }
        }
    }

    #[test]
    fn students_copula_weakens_ranks_as_theory_says() {
        // 6/pi E asin(r V / sqrt((V + V') (V + V''))) with V inverse gamma (nu/2), by a 120^3 Gauss rule in SciPy.
        for (nu, r, expected) in
            [(1.0, 0.5, 0.432_125), (2.0, 0.8, 0.756_527), (4.0, 0.3, 0.278_535), (4.0, 0.95, 0.939_622), (30.0, 0.5, 0.480_907)]
        {
            let found = StudentRanks::new(nu).rank_correlation(r);
            assert!((found - expected).abs() < 2e-4, "nu {nu}, r {r}: {found} instead of {expected}");
        }
    }

    #[test]
    fn students_copula_has_joint_tails() {
        // scipy.stats.multivariate_t with 4 degrees of freedom; a Gaussian copula gives 0.0122 for the first.
        let linear = |r| StudentRanks::new(4.0).rank_correlation(r);
        let pairs = [(0, 1, linear(0.5)), (0, 2, linear(0.2)), (1, 2, linear(0.4))];
        let copula = Copula::new(3, &pairs, Some(4.0)).unwrap();
        let two: Property<3> = |u| u[0] < 0.05 && u[1] < 0.05;
        // Every elliptical law has the Gaussian orthant, and the last input is still uniform.
        let orthant = 0.25 + libm::asin(0.4) / (2.0 * PI);
        assert_shares(
            &copula,
            &[
                (two, 0.016_937),
                (|u| u.iter().all(|u| *u < 0.1), 0.014_325),
                (|u| u[1] < 0.5 && u[2] < 0.5, orthant),
                (|u| u[2] < 0.02, 0.02),
            ],
        );
    }

    #[test]
    fn groups_are_independent_of_each_other_even_in_the_tails() {
        let copula = Copula::new(4, &[(0, 2, 0.7), (1, 3, 0.7)], Some(2.0)).unwrap();
        assert_shares(&copula, &[(|u: [f64; 4]| u[2] < 0.05 && u[3] < 0.05, 0.0025)]);
    }

    #[test]
    fn inputs_without_a_pair_and_the_first_of_a_group_keep_their_bits() {
        for degrees in [None, Some(3.0)] {
            let copula = Copula::new(5, &[(3, 1, 0.6), (4, 3, -0.2)], degrees).unwrap();
            let before = [0.1, 0.2, 0.3, 0.4, 0.5];
            let mut after = before;
            copula.apply(&mut after);
            assert_eq!([after[0], after[1], after[2]], [0.1, 0.2, 0.3]);
            assert!(after[3] != 0.4 && after[4] != 0.5);
        }
    }

    #[test]
    fn what_is_drawn_given_some_inputs_has_the_law_of_all_and_keeps_the_known() {
        // Draw all three, forget one, draw it again: the joint law stays, and draws that share the known are otherwise independent.
        // Gaussian with linear correlations .6, .3, .5: of the third given the first two, beta = R^-1 r = (.36 - .30, .50 - .18) x
        // (1 / .64) by Cramer = ((.3 - .6 x .5) / .64, (.5 - .6 x .3) / .64) = (0, .5), so two such draws correlate .5 x .5 = .25.
        // Their joint odds of both below the median: 1/4 + asin(.25) / (2 pi) = .290215; of the new with the second: 1/3.
        let pairs = [(0, 1, rank(0.6)), (0, 2, rank(0.3)), (1, 2, rank(0.5))];
        let copula = Copula::new(3, &pairs, None).unwrap();
        let n = 40_000;
        let fresh = Draws::new(PathKey::world(8, 0), Tag::new("test", "copula"));
        let (mut both, mut beside) = (0, 0);
        for (month, drawn) in draw::<3>(&copula, n).enumerate() {
            let mut again = [drawn[0], drawn[1], fresh.uniform(month, 0)];
            copula.complete(&mut again, |input| input < 2);
            assert_eq!(again[..2], drawn[..2]);
            both += usize::from(again[2] < 0.5 && drawn[2] < 0.5);
            beside += usize::from(again[2] < 0.5 && drawn[1] < 0.5);
        }
        for (count, odds) in [(both, 0.290_215), (beside, 1.0 / 3.0)] {
            let (share, error) = (count as f64 / n as f64, (odds * (1.0 - odds) / n as f64).sqrt());
            assert!((share - odds).abs() < 4.0 * error, "{share} instead of {odds}");
        }
        // Student's keeps its tails: forgetting and drawing again leaves the odds of both in the lowest 2% as they were.
        let heavy = Copula::new(2, &[(0, 1, 0.5)], Some(2.0)).unwrap();
        let (mut before, mut after) = (0.0, 0.0);
        for (month, drawn) in draw::<2>(&heavy, n).enumerate() {
            let mut again = [fresh.uniform(month, 1), drawn[1]];
            heavy.complete(&mut again, |input| input == 1);
            before += f64::from(u8::from(drawn[0] < 0.02 && drawn[1] < 0.02));
            after += f64::from(u8::from(again[0] < 0.02 && again[1] < 0.02));
        }
        // Two counts around one mean of several hundred.
        assert!((before - after).abs() < 4.0 * (before + after).sqrt(), "{before} {after}");
        assert!(after > 0.02 * 0.02 * 1.5 * n as f64, "tails are joint: {after}");
    }

    #[test]
    fn perfect_correlations_copy_and_mirror() {
        for degrees in [None, Some(3.0)] {
            let copula = Copula::new(3, &[(0, 1, 1.0), (0, 2, -1.0), (1, 2, -1.0)], degrees).unwrap();
            let mut u = [0.3, 0.9, 0.6];
            copula.apply(&mut u);
            assert!((u[1] - 0.3).abs() < 1e-14 && (u[2] - 0.7).abs() < 1e-14, "{u:?}");
            let mut u = [1.0 - f64::EPSILON / 2.0; 3];
            copula.apply(&mut u);
            assert!(u.iter().all(|u| 0.0 < *u && *u < 1.0), "{u:?}");
        }
    }

    #[test]
    fn correlations_that_cannot_be_are_refused() {
        let new = |pairs: &[(usize, usize, f64)]| Copula::new(4, pairs, None);
        // 1 - 0.9^2 - 0.9^2 < 0: the pair 0, 2 that is not named would have to be correlated.
        let chain = [(0, 1, 0.9), (1, 2, 0.9), (2, 3, 0.1)];
        assert_eq!(new(&chain), Err(CopulaError::NotPossible(chain[..2].to_vec())));
        assert!(new(&chain).unwrap_err().to_string().contains("inputs 0 and 1 at 0.9, inputs 1 and 2 at 0.9; a pair"));
        assert!(matches!(new(&[(0, 1, 1.0), (1, 2, 1.0), (0, 2, 0.9)]), Err(CopulaError::NotPossible(_))));
        assert_eq!(new(&[(0, 1, 1.01)]), Err(CopulaError::Correlation(0, 1, 1.01)));
        assert!(new(&[(0, 1, f64::NAN)]).is_err());
        assert_eq!(new(&[(0, 4, 0.1)]), Err(CopulaError::Pair(0, 4)));
        assert_eq!(new(&[(2, 2, 1.0)]), Err(CopulaError::Pair(2, 2)));
        assert_eq!(new(&[(0, 1, 0.1), (1, 0, 0.1)]), Err(CopulaError::Twice(1, 0)));
        assert_eq!(Copula::new(2, &[], Some(0.5)), Err(CopulaError::DegreesOfFreedom(0.5)));
        assert!(Copula::new(2, &[], Some(f64::NAN)).is_err());
        // Three inputs at the most negative common correlation, -1/2: semidefinite, and legal.
        let r = rank(-0.5);
        assert!(new(&[(0, 1, r), (0, 2, r), (1, 2, r)]).is_ok());
    }
}
