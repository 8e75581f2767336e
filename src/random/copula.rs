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
        let rank = RankCorrelation::new(degrees_of_freedom);
        let linear: Vec<_> = pairs.iter().map(|&(a, b, rho)| (a, b, rank.to_linear(rho))).collect();
        let groups = groups.into_iter().map(|group| {
            let rows = cholesky(&group, &linear).map_err(|row| not_possible(&group[..=row], pairs))?;
            Ok(Group { inputs: group, rows })
        });
        Ok(Self { groups: groups.collect::<Result<_, _>>()?, students, degrees_of_freedom: degrees_of_freedom.unwrap_or(f64::INFINITY) })
    }

    /// Replaces independent uniform draws, one per input, by dependent ones strictly between 0 and 1.
    pub fn apply(&self, uniforms: &mut [f64]) {
        for group in &self.groups {
            let first = uniforms[group.inputs[0]];
            let mut squares = 0.0;
            for (i, &input) in group.inputs.iter().enumerate() {
                let w = self.independent(i, uniforms[input], squares);
                squares += w * w;
                uniforms[input] = w;
            }
            // From the last, so that every row still finds the draws before it.
            for (&input, row) in group.inputs.iter().zip(&group.rows).rev() {
                let x: f64 = row.iter().zip(&group.inputs).map(|(weight, &input)| weight * uniforms[input]).sum();
                uniforms[input] = self.probability(x);
            }
            uniforms[group.inputs[0]] = first;
        }
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

/// From Spearman's rank correlation to the linear correlation inside the copula.
enum RankCorrelation {
    Gaussian,
    /// Nodes of a quadrature over two independent draws: (u, weight, t, conditional t).
    Student(Vec<Node>, StudentT, f64),
}

struct Node {
    u: f64,
    weight: f64,
    /// The quantile with nu degrees of freedom.
    t: f64,
    /// The quantile with nu + 1 degrees of freedom.
    next: f64,
}

impl RankCorrelation {
    fn new(degrees_of_freedom: Option<f64>) -> Self {
        const NODES: usize = 48;
        let Some(nu) = degrees_of_freedom else { return Self::Gaussian };
        let (student, conditional) = (StudentT::new(nu), StudentT::new(nu + 1.0));
        let nodes = (0..NODES).map(|i| {
            // u = v^2 (3 - 2 v) smooths the ends, where quantiles are steep.
            let v = (i as f64 + 0.5) / NODES as f64;
            let u = v * v * (3.0 - 2.0 * v);
            Node { u, weight: 6.0 * v * (1.0 - v) / NODES as f64, t: student.quantile(u), next: conditional.quantile(u) }
        });
        Self::Student(nodes.collect(), student, nu)
    }

    /// 2 sin(pi rho / 6) for a Gaussian copula (Pearson 1907); found by bisection, to 1e-6, for Student's.
    fn to_linear(&self, rank: f64) -> f64 {
        let gaussian = 2.0 * libm::sin(std::f64::consts::PI / 6.0 * rank.abs());
        if matches!(self, Self::Gaussian) || rank == 0.0 || rank.abs() == 1.0 {
            return if rank.abs() == 1.0 { rank } else { gaussian.copysign(rank) };
        }
        // Heavy common tails weaken ranks: the root lies between the Gaussian value and 1.
        let (mut low, mut high) = (gaussian, 1.0);
        while high - low > 1e-6 {
            let middle = 0.5 * (low + high);
            if self.of_linear(middle) < rank.abs() { low = middle } else { high = middle }
        }
        (0.5 * (low + high)).copysign(rank)
    }

    /// Spearman's correlation 12 E[U V] - 3 of the Student-t copula with linear correlation `r`.
    fn of_linear(&self, r: f64) -> f64 {
        let Self::Student(nodes, student, nu) = self else { return 6.0 / std::f64::consts::PI * libm::asin(0.5 * r) };
        let rest = (1.0 - r * r).sqrt();
        let mut sum = 0.0;
        // (u, v) -> (1 - u, 1 - v) is a symmetry: half of the nodes are enough.
        for a in &nodes[..nodes.len() / 2] {
            let spread = rest * ((nu + a.t * a.t) / (nu + 1.0)).sqrt();
            let mean: f64 = nodes.iter().map(|b| b.weight * student.cdf(r * a.t + spread * b.next)).sum();
            sum += a.weight * (a.u - 0.5) * (mean - 0.5);
        }
        24.0 * sum
    }
}
