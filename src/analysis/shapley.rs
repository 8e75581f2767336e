//! Shapley values: a difference, split fairly over the groups of changes that make it.
//!
//! A group's share is what it adds when it joins, averaged over the orders in which the groups can join. All weights are
//! whole numbers over one denominator, so that the shares of every path sum to its difference exactly.

use std::fmt;

use super::{Averaging, Contribution, Explanation};
use crate::model::Outcome;
use crate::stats::{Sample, Tally, TallyShape, VALUE_LIMIT};

/// Up to so many groups, all orders are averaged: 2^8 = 256 coalitions of groups give 8! = 40,320 orders.
pub const EXACT_GROUPS: usize = 8;
/// The most groups; the scenario language has fewer tables.
pub const MAX_GROUPS: usize = 20;

/// Cells of a record: the outcome of the reference, of the other scenario, their difference, then the groups' shares.
const REFERENCE: usize = 0;
const SCENARIO: usize = 1;
const TOTAL: usize = 2;
const GROUPS: usize = 3;

/// Some of the groups: bit `i` stands for group `i`. Those in it are changed, the others are as in the reference.
pub type Coalition = u32;

/// How the difference of one path becomes shares.
#[derive(Clone, Debug)]
pub struct Split {
    groups: usize,
    method: Averaging,
    /// By size of the coalition that is joined: its weight times the denominator.
    weights: Vec<i64>,
    denominator: i64,
}

/// A share is beyond what a tally can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge {
    /// The denominator of the shares.
    denominator: i64,
}

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a contribution times {} reaches {VALUE_LIMIT}, the most that can be summed exactly: use fewer groups", self.denominator)
    }
}

impl Split {
    /// Averages over all orders where they are few enough.
    pub fn new(groups: usize) -> Self {
        Self::with(groups, if groups <= EXACT_GROUPS { Averaging::Exact } else { Averaging::Sampled })
    }

    /// Averages in a given way; `groups` lies in 1 to [`MAX_GROUPS`], and in 1 to [`EXACT_GROUPS`] for exact averages.
    pub fn with(groups: usize, method: Averaging) -> Self {
        if method == Averaging::Sampled {
            return Self { groups, method, weights: Vec::new(), denominator: 1 };
        }
        // The weight s! (g-1-s)! / g! of joining a coalition of size s is 1 / (g × C(g-1, s)), and lcm(1..g) clears all of them.
        let denominator = (1..=groups as i64).fold(1, lcm);
        let weights = (0..groups).map(|size| denominator / (groups as i64 * choose(groups as i64 - 1, size as i64))).collect();
        Self { groups, method, weights, denominator }
    }

    /// How orders are averaged.
    pub fn method(&self) -> Averaging {
        self.method
    }

    /// What a path is simulated under: all coalitions, or those that grow in this order. The first is empty, the last is everything.
    pub fn coalitions(&self, order: &[usize]) -> Vec<Coalition> {
        match self.method {
            Averaging::Exact => (0..1 << self.groups).collect(),
            Averaging::Sampled => std::iter::once(0)
                .chain(order.iter().scan(0, |joined, group| {
                    *joined |= 1 << group;
                    Some(*joined)
                }))
                .collect(),
        }
    }

    /// Number of [`Self::coalitions`].
    pub fn simulations_per_path(&self) -> u64 {
        match self.method {
            Averaging::Exact => 1 << self.groups,
            Averaging::Sampled => self.groups as u64 + 1,
        }
    }

    /// Fills the outcome cells of a path's record from its outcomes under [`Self::coalitions`] of the same order.
    ///
    /// # Errors
    /// If a share is too large to be tallied.
    pub fn record(&self, order: &[usize], values: &[i64], cells: &mut [i64]) -> Result<(), TooLarge> {
        let (reference, scenario) = (values[0], values[values.len() - 1]);
        cells[REFERENCE] = reference;
        cells[SCENARIO] = scenario;
        cells[TOTAL] = scenario.saturating_sub(reference);
        match self.method {
            Averaging::Exact => {
                for (group, cell) in cells[GROUPS..].iter_mut().enumerate() {
                    *cell = self.share(group, values)?;
                }
            }
            Averaging::Sampled => {
                for (group, step) in order.iter().zip(values.windows(2)) {
                    cells[GROUPS + group] = step[1].saturating_sub(step[0]);
                }
            }
        }
        let too_large = cells.iter().any(|cell| cell.unsigned_abs() >= VALUE_LIMIT as u64);
        if too_large { Err(TooLarge { denominator: self.denominator }) } else { Ok(()) }
    }

    /// The share of a group times the denominator: its weighted steps from every coalition without it.
    fn share(&self, group: usize, values: &[i64]) -> Result<i64, TooLarge> {
        let bit = 1 << group;
        let mut share = 0_i128;
        for coalition in (0..values.len()).filter(|coalition| coalition & bit == 0) {
            let step = i128::from(values[coalition | bit]) - i128::from(values[coalition]);
            share += i128::from(self.weights[coalition.count_ones() as usize]) * step;
        }
        i64::try_from(share).map_err(|_| TooLarge { denominator: self.denominator })
    }

    /// What the records look like to a tally.
    pub fn shape(&self, paths_per_world: u64) -> TallyShape {
        TallyShape { months: 0, monthly_cells: 0, outcome_cells: GROUPS + self.groups, states: Vec::new(), paths_per_world, scrambles: 0 }
    }

    /// The explanation, from the tally of all paths. `groups` are names with their changed keys.
    pub fn explanation(&self, tally: &Tally, outcome: &Outcome, groups: Vec<(String, Vec<String>)>) -> Explanation {
        let mean = |sample: Sample<'_>, denominator: i64| sample.mean().unwrap_or(f64::NAN) / denominator as f64 * outcome.scale;
        let contribution = |name, keys, cell: usize, denominator: i64| {
            let sample = tally.outcome(cell);
            let std_error = sample.std_error().unwrap_or(f64::NAN) / denominator as f64 * outcome.scale;
            Contribution { name, keys, mean: mean(sample, denominator), std_error }
        };
        let all_keys = groups.iter().flat_map(|(_, keys)| keys.clone()).collect();
        Explanation {
            outcome: outcome.name.clone(),
            unit: outcome.unit,
            worlds: tally.worlds(),
            paths_per_world: tally.shape().paths_per_world,
            method: self.method,
            reference: mean(tally.outcome(REFERENCE), 1),
            scenario: mean(tally.outcome(SCENARIO), 1),
            total: contribution("total".to_owned(), all_keys, TOTAL, 1),
            groups: (GROUPS..).zip(groups).map(|(cell, (name, keys))| contribution(name, keys, cell, self.denominator)).collect(),
        }
    }
}

/// A random order of the groups, all orders alike, from uniform draws between 0 and 1.
pub fn random_order(groups: usize, mut uniform: impl FnMut() -> f64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..groups).collect();
    for last in (1..groups).rev() {
        let position = (uniform() * (last + 1) as f64) as usize;
        order.swap(last, position.min(last));
    }
    order
}

/// The smallest set of groups that must change together so that no coalition is one of these impossible ones.
///
/// A coalition cannot arise once two groups that it separates are joined. `None` if even joining all does not help.
pub fn to_join(groups: usize, impossible: &[Coalition]) -> Option<Coalition> {
    let separates = |coalition: Coalition, joined: Coalition| coalition & joined != 0 && !coalition & joined != 0;
    let helps = |joined: &Coalition| impossible.iter().all(|coalition| separates(*coalition, *joined));
    (0..1 << groups).filter(helps).min_by_key(|joined| joined.count_ones())
}

/// Binomial coefficient of small numbers.
fn choose(n: i64, k: i64) -> i64 {
    (0..k).fold(1, |product, i| product * (n - i) / (i + 1))
}

fn lcm(a: i64, b: i64) -> i64 {
    let (mut gcd, mut rest) = (a, b);
    while rest != 0 {
        (gcd, rest) = (rest, gcd % rest);
    }
    a / gcd * b
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The cells of one path of a game, over the denominator.
    fn cells(groups: usize, game: impl Fn(Coalition) -> i64) -> Vec<i64> {
        let split = Split::new(groups);
        let values: Vec<i64> = split.coalitions(&[]).into_iter().map(game).collect();
        let mut cells = vec![0; GROUPS + groups];
        split.record(&[], &values, &mut cells).unwrap();
        cells
    }

    fn has(coalition: Coalition, group: usize) -> i64 {
        i64::from(coalition >> group & 1)
    }

    #[test]
    fn shares_of_three_groups_with_interaction_are_those_worked_by_hand() {
        // v = 100 + 10 a + 20 b + 6 ab + 9 abc. An interaction is shared equally by those who make it:
        // a = 10 + 6/2 + 9/3 = 16, b = 20 + 3 + 3 = 26, c = 9/3 = 3; total 45. The denominator is lcm(1, 2, 3) = 6.
        let game = |s| {
            let (a, b, c) = (has(s, 0), has(s, 1), has(s, 2));
            100 + 10 * a + 20 * b + 6 * a * b + 9 * a * b * c
        };
        assert_eq!(cells(3, game), [100, 145, 45, 16 * 6, 26 * 6, 3 * 6]);
        // Order c, a, b: c adds nothing, a adds 10, and b adds 20 + 6 + 9.
        let split = Split::with(3, Averaging::Sampled);
        let order = [2, 0, 1];
        assert_eq!(split.coalitions(&order), [0, 0b100, 0b101, 0b111]);
        let values: Vec<i64> = split.coalitions(&order).into_iter().map(game).collect();
        let mut cells = [0; 6];
        split.record(&order, &values, &mut cells).unwrap();
        assert_eq!(cells, [100, 145, 45, 10, 35, 0]);
    }

    #[test]
    fn a_group_that_never_matters_gets_nothing_and_equal_groups_get_equal_shares() {
        // v = 7 for any two or more of the first three of four groups: each gets 7/3, 28 over the denominator lcm(1..4) = 12.
        let game = |s: Coalition| if (s & 0b111).count_ones() >= 2 { 7 } else { 0 };
        assert_eq!(cells(4, game)[GROUPS..], [28, 28, 28, 0]);
    }

    #[test]
    fn all_weights_are_whole_and_shares_sum_to_the_difference() {
        for groups in 1..=EXACT_GROUPS {
            let split = Split::new(groups);
            // Over all coalitions of the others, the weights of one group sum to 1.
            let sum: i64 = (0..groups).map(|size| choose(groups as i64 - 1, size as i64) * split.weights[size]).sum();
            assert_eq!(sum, split.denominator);
            // Values without any pattern.
            let cells = cells(groups, |s| i64::from(s.wrapping_mul(0x9E37_79B9) >> 12) - 300_000);
            assert_eq!(cells[GROUPS..].iter().sum::<i64>(), cells[TOTAL] * split.denominator);
        }
        assert_eq!(Split::new(8).denominator, 840);
    }

    #[test]
    fn a_share_that_no_tally_can_hold_is_refused() {
        // With two groups the denominator is 2: half of 2^48 fits no more.
        let split = Split::new(2);
        let mut cells = [0; 5];
        let fits = (1 << 47) - 1;
        assert_eq!(split.record(&[], &[0, fits, 0, fits], &mut cells), Ok(()));
        assert_eq!(split.record(&[], &[0, 1 << 47, 0, 1 << 47], &mut cells), Err(TooLarge { denominator: 2 }));
        assert!(split.record(&[], &[i64::MIN, i64::MAX, i64::MIN, i64::MAX], &mut cells).is_err());
    }

    #[test]
    fn every_order_is_drawn_alike() {
        // Every pair of draws on a fine grid: 3 × 2 equal cells for the 6 orders of 3 groups.
        let mut counts = std::collections::BTreeMap::new();
        for i in 0..30 {
            for j in 0..30 {
                let mut draws = [(f64::from(i) + 0.5) / 30.0, (f64::from(j) + 0.5) / 30.0].into_iter();
                *counts.entry(random_order(3, || draws.next().unwrap())).or_insert(0) += 1;
            }
        }
        assert_eq!(counts.len(), 6);
        assert!(counts.values().all(|count| *count == 150), "{counts:?}");
        assert!(random_order(1, || unreachable!("one order needs no draw")) == [0]);
    }

    #[test]
    fn groups_that_must_change_together_are_found() {
        // Groups 1 and 3 of four cannot change apart: every coalition with exactly one of them is impossible.
        let impossible: Vec<Coalition> = (0..16).filter(|s| has(*s, 1) != has(*s, 3)).collect();
        assert_eq!(to_join(4, &impossible), Some(0b1010));
        // Three that must go together.
        let impossible: Vec<Coalition> = (0..16).filter(|s: &Coalition| ![0, 0b111].contains(&(s & 0b111))).collect();
        assert_eq!(to_join(4, &impossible), Some(0b0111));
        // The ends are the scenarios themselves; nothing helps against them.
        assert_eq!(to_join(2, &[0]), None);
    }
}
