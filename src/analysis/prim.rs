//! What would have to be true: a box in the uncertain inputs inside which something happens often (PRIM: Friedman and Fisher 1999; as
//! scenario discovery: Bryant and Lempert 2010).
//!
//! From all worlds, slices of 5% are peeled off one end of one input at a time, always the slice whose loss raises the density of cases most for
//! each world given up. Of the boxes on the way, the densest that still covers the share of cases asked for is taken; an edge stays
//! only if the worlds it alone cuts off are poorer in cases than the box (one-sided test at 5%). Edges are told with how often, and where,
//! boxes of resampled worlds have them.

use super::digits;
use crate::domain::PolicyType;
use crate::stats::rising;

/// Share of the worlds left that is peeled off at a time.
const SLICE: f64 = 0.05;
/// No box has fewer worlds than this share.
const LEAST_MASS: f64 = 0.04;
/// The one-sided 5% point of the normal distribution.
const Z: f64 = 1.644_853_626_951_472;

/// What a world was drawn with.
#[derive(Clone, Debug, PartialEq)]
pub struct Factor {
    /// Key of the input, or `beijing.type`.
    pub key: String,
    /// One value per world.
    pub values: Vec<f64>,
}

/// The factor that is no input: the hidden type, from tightest to loosest.
pub const TYPE: &str = "beijing.type";

impl Factor {
    /// A value as people read it.
    pub fn word(&self, value: f64) -> String {
        match PolicyType::ALL.get(value as usize) {
            Some(kind) if self.key == TYPE => kind.word().to_owned(),
            _ => digits::rounded(value, value.abs() / 100.0),
        }
    }
}

impl Edge {
    /// `supply.stock_chips at least 320,000`.
    pub fn sentence(&self, factors: &[Factor]) -> String {
        let factor = &factors[self.factor];
        format!("{} at {} {}", factor.key, if self.is_lower { "least" } else { "most" }, factor.word(self.value))
    }
}

/// One end of an input's range in a box.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edge {
    /// Position of the factor.
    pub factor: usize,
    /// Whether values must be at least this; else at most.
    pub is_lower: bool,
    /// The value; it lies inside.
    pub value: f64,
    /// Share of worlds that lie below it.
    pub rank: f64,
    /// Share of resampled boxes with an edge on this side of this input.
    pub stability: f64,
    /// 5% and 95% quantiles of the ranks of those edges.
    pub spread: (f64, f64),
}

/// A box.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Its edges, the most stable first.
    pub edges: Vec<Edge>,
    /// Share of cases among all worlds.
    pub base: f64,
    /// Share of cases among its worlds.
    pub density: f64,
    /// Share of all cases that it covers.
    pub coverage: f64,
    /// Share of worlds in it.
    pub mass: f64,
    /// Coverage and density of every box on the way, from all worlds to the smallest.
    pub trajectory: Vec<(f64, f64)>,
}

/// Finite ends of each factor: (lowest, highest).
type Bounds = Vec<(f64, f64)>;

/// The worlds with their cases; resampled worlds count as often as they were drawn.
struct Worlds<'a> {
    factors: &'a [Factor],
    orders: &'a [Vec<u32>],
    cases: &'a [f64],
    counts: &'a [f64],
}

/// The orders of the factors' values, for [`find`] and [`edges_of_resample`].
pub fn orders(factors: &[Factor]) -> Vec<Vec<u32>> {
    factors.iter().map(|factor| rising(&factor.values)).collect()
}

/// The box of all worlds; `cases` has the share of paths of each world in which it happens. Stabilities are not known yet.
pub fn find(factors: &[Factor], orders: &[Vec<u32>], cases: &[f64], coverage: f64) -> Found {
    let counts = vec![1.0; cases.len()];
    let worlds = Worlds { factors, orders, cases, counts: &counts };
    let (bounds, trajectory) = worlds.best(coverage);
    let (mass, sum) = worlds.inside(&bounds);
    let (all, total) = worlds.inside(&vec![(f64::NEG_INFINITY, f64::INFINITY); factors.len()]);
    let edges = worlds.edges(&bounds);
    Found { edges, base: total / all, density: sum / mass, coverage: sum / total, mass: mass / all, trajectory }
}

/// The edges of the box of resampled worlds: `counts` says how often each was drawn.
pub fn edges_of_resample(factors: &[Factor], orders: &[Vec<u32>], cases: &[f64], counts: &[f64], coverage: f64) -> Vec<Edge> {
    let worlds = Worlds { factors, orders, cases, counts };
    worlds.edges(&worlds.best(coverage).0)
}

/// Fills in how stable the edges of a box are, given those of resampled boxes.
pub fn judge(found: &mut Found, resampled: &[Vec<Edge>]) {
    for edge in &mut found.edges {
        let same = |other: &&Edge| other.factor == edge.factor && other.is_lower == edge.is_lower;
        let mut ranks: Vec<f64> = resampled.iter().filter_map(|edges| edges.iter().find(same)).map(|edge| edge.rank).collect();
        ranks.sort_by(f64::total_cmp);
        edge.stability = ranks.len() as f64 / resampled.len().max(1) as f64;
        let at = |share: f64| ranks.get((share * ranks.len() as f64) as usize).or(ranks.last()).copied().unwrap_or(edge.rank);
        edge.spread = (at(0.05), at(0.95));
    }
    found.edges.sort_by(|a, b| b.stability.total_cmp(&a.stability).then(a.factor.cmp(&b.factor)));
}

impl Worlds<'_> {
    fn holds(&self, bounds: &Bounds, world: usize) -> bool {
        self.factors.iter().zip(bounds).all(|(factor, (low, high))| (*low..=*high).contains(&factor.values[world]))
    }

    /// Worlds and cases in a box.
    fn inside(&self, bounds: &Bounds) -> (f64, f64) {
        let inside = (0..self.cases.len()).filter(|world| self.counts[*world] > 0.0 && self.holds(bounds, *world));
        inside.fold((0.0, 0.0), |(n, sum), world| (n + self.counts[world], sum + self.counts[world] * self.cases[world]))
    }

    /// Peels, chooses and prunes.
    fn best(&self, coverage: f64) -> (Bounds, Vec<(f64, f64)>) {
        let mut bounds = vec![(f64::NEG_INFINITY, f64::INFINITY); self.factors.len()];
        let mut inside: Vec<bool> = self.counts.iter().map(|count| *count > 0.0).collect();
        let (all, total) = self.inside(&bounds);
        let (mut n, mut sum) = (all, total);
        let mut chosen = bounds.clone();
        let mut densest = total / all;
        let mut trajectory = vec![(1.0, densest)];
        while let Some((factor, is_lower, edge)) = self.next_slice(&inside, n, sum, all) {
            let values = &self.factors[factor].values;
            for world in 0..inside.len() {
                if inside[world] && (if is_lower { values[world] < edge } else { values[world] > edge }) {
                    inside[world] = false;
                    n -= self.counts[world];
                    sum -= self.counts[world] * self.cases[world];
                }
            }
            let end = &mut bounds[factor];
            if is_lower {
                end.0 = edge
            } else {
                end.1 = edge
            }
            trajectory.push((sum / total, sum / n));
            if sum / total >= coverage && sum / n > densest {
                (chosen, densest) = (bounds.clone(), sum / n);
            }
        }
        (self.pruned(chosen), trajectory)
    }

    /// The slice to peel next: factor, end, and the value that becomes the edge.
    fn next_slice(&self, inside: &[bool], n: f64, sum: f64, all: f64) -> Option<(usize, bool, f64)> {
        let mut best: Option<(f64, (usize, bool, f64))> = None;
        for (factor, order) in self.orders.iter().enumerate() {
            for is_lower in [true, false] {
                let walk: &mut dyn Iterator<Item = &u32> = if is_lower { &mut order.iter() } else { &mut order.iter().rev() };
                let (mut lost, mut cases, mut last) = (0.0, 0.0, f64::NAN);
                let mut edge = None;
                for world in walk.map(|world| *world as usize).filter(|world| inside[*world]) {
                    let value = self.factors[factor].values[world];
                    // Equal values go together.
                    if lost >= SLICE * n && value != last {
                        edge = Some(value);
                        break;
                    }
                    lost += self.counts[world];
                    cases += self.counts[world] * self.cases[world];
                    last = value;
                }
                let Some(edge) = edge.filter(|_| n - lost >= LEAST_MASS * all) else { continue };
                let gain = ((sum - cases) / (n - lost) - sum / n) / lost;
                if best.is_none_or(|(most, _)| gain > most) {
                    best = Some((gain, (factor, is_lower, edge)));
                }
            }
        }
        best.filter(|(gain, _)| *gain > 0.0).map(|(_, slice)| slice)
    }

    /// Without the edges that cut off nothing poorer, the least useful first.
    fn pruned(&self, mut bounds: Bounds) -> Bounds {
        loop {
            let (n, sum) = self.inside(&bounds);
            let useless = self.ends(&bounds).into_iter().map(|(factor, is_lower, _)| {
                let mut wider = bounds.clone();
                let end = &mut wider[factor];
                if is_lower {
                    end.0 = f64::NEG_INFINITY
                } else {
                    end.1 = f64::INFINITY
                }
                let (more, more_sum) = self.inside(&wider);
                let (cut, cut_sum) = (more - n, more_sum - sum);
                let (mean, density) = (cut_sum / cut, sum / n);
                let spread = (density * (1.0 - density) / n + mean * (1.0 - mean) / cut).max(1e-12).sqrt();
                (if cut > 0.0 { (density - mean) / spread } else { f64::NEG_INFINITY }, wider)
            });
            match useless.min_by(|a, b| a.0.total_cmp(&b.0)) {
                Some((z, wider)) if z < Z => bounds = wider,
                _ => return bounds,
            }
        }
    }

    /// The finite ends.
    fn ends(&self, bounds: &Bounds) -> Vec<(usize, bool, f64)> {
        let of = |(factor, (low, high)): (usize, &(f64, f64))| [(factor, true, *low), (factor, false, *high)];
        bounds.iter().enumerate().flat_map(of).filter(|(_, _, value)| value.is_finite()).collect()
    }

    fn edges(&self, bounds: &Bounds) -> Vec<Edge> {
        let edge = |(factor, is_lower, value): (usize, bool, f64)| {
            let (values, order) = (&self.factors[factor].values, &self.orders[factor]);
            let below =
                order.partition_point(|world| if is_lower { values[*world as usize] < value } else { values[*world as usize] <= value });
            let rank = below as f64 / order.len() as f64;
            Edge { factor, is_lower, value, rank, stability: f64::NAN, spread: (f64::NAN, f64::NAN) }
        };
        self.ends(bounds).into_iter().map(edge).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Draws, PathKey, Tag};

    /// Five even inputs; cases have probability 0.9 where the first is above 0.6 and the second below 0.4, and 0.05 elsewhere.
    fn planted(n: u64) -> (Vec<Factor>, Vec<f64>) {
        let draw = |world: u64, i: usize| Draws::new(PathKey::world(11, world), Tag::new("test", "prim")).uniform(i, 0);
        let factors: Vec<Factor> =
            (0..5).map(|f| Factor { key: format!("x{f}"), values: (0..n).map(|world| draw(world, f)).collect() }).collect();
        let case = |world: u64| {
            let inside = draw(world, 0) > 0.6 && draw(world, 1) < 0.4;
            f64::from(draw(world, 9) < if inside { 0.9 } else { 0.05 })
        };
        (factors, (0..n).map(case).collect())
    }

    #[test]
    fn a_planted_box_is_found_with_its_edges_and_nothing_else() {
        let (factors, cases) = planted(4_000);
        let orders = orders(&factors);
        let mut found = find(&factors, &orders, &cases, 0.5);
        let resampled: Vec<Vec<Edge>> = (0..40)
            .map(|b| {
                let mut counts = vec![0.0; cases.len()];
                let mut stream = Draws::new(PathKey::world(12, b), Tag::new("test", "bootstrap")).stream(0, 0);
                (0..cases.len()).for_each(|_| counts[(stream.uniform() * cases.len() as f64) as usize] += 1.0);
                edges_of_resample(&factors, &orders, &cases, &counts, 0.5)
            })
            .collect();
        judge(&mut found, &resampled);
        let mut edges: Vec<(usize, bool)> = found.edges.iter().map(|edge| (edge.factor, edge.is_lower)).collect();
        edges.sort_unstable();
        assert_eq!(edges, [(0, true), (1, false)], "{:?}", found.edges);
        for edge in &found.edges {
            // A slice is 5% of what is left, at most 0.05 of the whole.
            let planted = if edge.is_lower { 0.6 } else { 0.4 };
            assert!((edge.value - planted).abs() < 0.06 && (edge.rank - planted).abs() < 0.07, "{edge:?}");
            assert!(edge.stability >= 0.9, "{edge:?}");
        }
        // 0.05 + 0.85 × 0.16 = 0.186 in all; 0.9 in the box, which covers 0.144 / 0.186 = 0.774 of the cases if it is whole.
        assert!((found.base - 0.186).abs() < 0.025 && (found.density - 0.9).abs() < 0.05, "{found:?}");
        assert!((0.5..0.85).contains(&found.coverage) && found.mass < 0.2, "{found:?}");
        assert!(found.trajectory.windows(2).all(|pair| pair[1].0 <= pair[0].0));
    }

    #[test]
    fn where_nothing_matters_there_is_no_box() {
        let (factors, _) = planted(2_000);
        let orders = orders(&factors);
        let found = find(&factors, &orders, &vec![0.3; 2_000], 0.5);
        assert_eq!((found.edges.len(), found.coverage, found.mass), (0, 1.0, 1.0));
    }
}
