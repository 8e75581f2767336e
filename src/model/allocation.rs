//! How a shortage is shared: five rules, exact in whole chips (`model.md` section 5).
//!
//! Every rule gives `sum a = min(S, Q)` and `0 <= a_i <= q_i`; ties go to the lower index.

use super::state::sum;
use crate::domain::{Chips, MAX_BUYERS, Rationing};
use crate::lanes::{Row, any, each};

/// What each buyer gets in each path; unused places are zero.
pub type Shares<const N: usize> = [Row<Chips, N>; MAX_BUYERS];

/// The same in one path.
pub type Share = [Chips; MAX_BUYERS];

/// What the rules other than the symmetric ones look at.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// Rank under priority; 0 is served first.
    pub tiers: &'a [u8],
    /// Past deliveries, for turn-and-earn.
    pub delivered: &'a [Chips],
}

/// Shares `supply` among `demands` in one path.
pub fn ration(rule: Rationing, demands: &[Chips], supply: Chips, standing: Standing<'_>) -> Share {
    let total: Chips = demands.iter().sum();
    if total <= supply {
        return all(demands);
    }
    match rule {
        Rationing::Proportional => proportional(demands, supply),
        Rationing::Uniform => uniform(demands, supply),
        Rationing::Linear => linear(demands, supply),
        Rationing::Priority => priority(demands, supply, standing.tiers),
        Rationing::TurnAndEarn => turn_and_earn(demands, supply, standing.delivered),
    }
}

/// Products up to here are exact in a double.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Where a shortage is shared out, in every path of a block: demands in, shares out. Kept from month to month, because
/// paper is dearer than pencil.
#[derive(Clone, Debug, PartialEq)]
#[repr(align(64))]
pub struct Desk<const N: usize> {
    /// What each buyer asks for.
    pub demands: Shares<N>,
    /// What each buyer gets.
    pub shares: Shares<N>,
    remainders: [Row<f64, N>; MAX_BUYERS],
}

impl<const N: usize> Default for Desk<N> {
    fn default() -> Self {
        let none = [Row::default(); MAX_BUYERS];
        Self { demands: none, shares: none, remainders: [Row::default(); MAX_BUYERS] }
    }
}

impl<const N: usize> Desk<N> {
    /// Shares `supply` among the first `buyers` in proportion to their demands; the chips that rounding leaves go to the
    /// largest remainders (`model.md` 5.1). Returns what was given in all.
    #[inline(always)]
    pub fn share_out(&mut self, buyers: usize, supply: &Row<Chips, N>) -> Row<Chips, N> {
        let demands = &self.demands[..buyers];
        let total = sum(demands);
        self.shares[..buyers].copy_from_slice(demands);
        if !any::<N>(|l| total[l] > supply[l]) {
            return total;
        }
        // Where there is plenty, a supply equal to demand gives everybody what they ask.
        let supply: Row<Chips, N> = each(|l| supply[l].positive().min(total[l]));
        let whole: Row<Chips, N> = each(|l| total[l].max(Chips(1.0)));
        let mut left = supply;
        for ((share, remainder), demand) in self.shares.iter_mut().zip(&mut self.remainders).zip(demands) {
            let product: Row<f64, N> = each(|l| supply[l].0 * demand[l].0);
            // A quotient just below a whole number may be rounded up to it; the remainder shows.
            let quotient: Row<f64, N> = each(|l| (product[l] / whole[l].0).floor());
            *share = each(|l| Chips(if quotient[l] * whole[l].0 > product[l] { quotient[l] - 1.0 } else { quotient[l] }));
            *remainder = each(|l| product[l] - share[l].0 * whole[l].0);
            left -= *share;
        }
        if any::<N>(|l| left[l] > Chips::ZERO) {
            self.give_odd_chips(buyers, &left);
        }
        for l in 0..N {
            if supply[l].0 * whole[l].0 >= EXACT {
                self.share_out_wide(buyers, supply[l], total[l], l);
            }
        }
        supply
    }

    /// One chip each to the largest remainders, and to the lower index among equals.
    #[inline(always)]
    fn give_odd_chips(&mut self, buyers: usize, left: &Row<Chips, N>) {
        let remainders = &self.remainders[..buyers];
        for (i, (share, mine)) in self.shares.iter_mut().zip(remainders).enumerate() {
            let mut before: Row<f64, N> = Row::all(0.0);
            for other in &remainders[..i] {
                before += each(|l| if other[l] >= mine[l] { 1.0 } else { 0.0 });
            }
            for other in &remainders[i + 1..] {
                before += each(|l| if other[l] > mine[l] { 1.0 } else { 0.0 });
            }
            *share += each(|l| Chips(if before[l] < left[l].0 { 1.0 } else { 0.0 }));
        }
    }

    /// The same in one path whose products only 128 bits hold.
    #[cold]
    fn share_out_wide(&mut self, buyers: usize, supply: Chips, total: Chips, l: usize) {
        let (supply, total) = (supply.0 as i128, total.0 as i128);
        let mut left = supply;
        let mut order = [(0_i128, 0_usize); MAX_BUYERS];
        for (i, demand) in self.demands[..buyers].iter().enumerate() {
            let product = supply * demand[l].0 as i128;
            self.shares[i][l] = Chips((product / total) as f64);
            order[i] = (-(product % total), i);
            left -= product / total;
        }
        let order = &mut order[..buyers];
        order.sort_unstable();
        for (_, i) in order.iter().take(left as usize) {
            self.shares[*i][l] += Chips(1.0);
        }
    }
}

/// In proportion to demand, in one path ([`Desk::share_out`]).
pub fn proportional(demands: &[Chips], supply: Chips) -> Share {
    let mut desk = Desk::<1>::default();
    for (row, demand) in desk.demands.iter_mut().zip(demands) {
        row[0] = *demand;
    }
    desk.share_out(demands.len(), &Row::all(supply));
    desk.shares.map(|row| row[0])
}

/// Equal gains: everybody up to the same level, found by filling from the smallest demand (`model.md` 5.2).
fn uniform(demands: &[Chips], supply: Chips) -> Share {
    let mut order = [(Chips::ZERO, 0_usize); MAX_BUYERS];
    for (i, demand) in demands.iter().enumerate() {
        order[i] = (*demand, i);
    }
    let order = &mut order[..demands.len()];
    order.sort_unstable();

    let mut shares = [Chips::ZERO; MAX_BUYERS];
    let mut left = supply;
    for served in 0..order.len() {
        let waiting = (order.len() - served) as f64;
        let (demand, i) = order[served];
        if demand.0 * waiting <= left.0 {
            shares[i] = demand;
            left -= demand;
            continue;
        }
        // The water stops here: the rest share what is left, the odd chips go to the lowest indices.
        let level = (left.0 / waiting).floor();
        let odd = left.0 - level * waiting;
        let rest = &mut order[served..];
        rest.sort_unstable_by_key(|(_, i)| *i);
        for (rank, (_, i)) in rest.iter().enumerate() {
            shares[*i] = Chips(level + if (rank as f64) < odd { 1.0 } else { 0.0 });
        }
        break;
    }
    shares
}

/// Equal losses: the shortage is shared equally, nobody below zero (`model.md` 5.2).
fn linear(demands: &[Chips], supply: Chips) -> Share {
    let total: Chips = demands.iter().sum();
    let losses = uniform(demands, total - supply);
    let mut shares = all(demands);
    for (share, loss) in shares.iter_mut().zip(losses) {
        *share -= loss;
    }
    shares
}

/// Tiers in order, proportional inside a tier (`model.md` 5.3).
fn priority(demands: &[Chips], supply: Chips, tiers: &[u8]) -> Share {
    let mut shares = [Chips::ZERO; MAX_BUYERS];
    let mut left = supply;
    for tier in 0..MAX_BUYERS as u8 {
        let mut asked = [Chips::ZERO; MAX_BUYERS];
        for (i, demand) in demands.iter().enumerate() {
            if tiers[i] == tier {
                asked[i] = *demand;
            }
        }
        for (share, given) in shares.iter_mut().zip(proportional(&asked[..demands.len()], left)) {
            *share += given;
            left -= given;
        }
    }
    shares
}

/// Past deliveries earn a guaranteed part; what is left goes in proportion to unmet demand (`model.md` 5.3).
fn turn_and_earn(demands: &[Chips], supply: Chips, delivered: &[Chips]) -> Share {
    let weight = |i: usize| if demands[i] > Chips::ZERO { delivered[i].0 as i128 + 1 } else { 0 };
    let total: i128 = (0..demands.len()).map(weight).sum();
    let mut shares = [Chips::ZERO; MAX_BUYERS];
    let mut unmet = all(demands);
    let mut left = supply;
    for (i, demand) in demands.iter().enumerate() {
        let earned = supply.0 as i128 * weight(i) / total.max(1);
        shares[i] = (*demand).min(Chips(earned as f64));
        unmet[i] -= shares[i];
        left -= shares[i];
    }
    for (share, given) in shares.iter_mut().zip(proportional(&unmet[..demands.len()], left)) {
        *share += given;
    }
    shares
}

fn all(demands: &[Chips]) -> Share {
    let mut shares = [Chips::ZERO; MAX_BUYERS];
    shares[..demands.len()].copy_from_slice(demands);
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(rule: Rationing, demands: &[i64], supply: i64, delivered: &[i64]) -> Vec<i64> {
        let chips: Vec<Chips> = demands.iter().map(|d| Chips(*d as f64)).collect();
        let delivered: Vec<Chips> = delivered.iter().map(|d| Chips(*d as f64)).collect();
        let standing = Standing { tiers: &[0, 1, 1, 2], delivered: &delivered };
        ration(rule, &chips, Chips(supply as f64), standing)[..demands.len()].iter().map(|c| c.whole()).collect()
    }

    #[test]
    fn the_symmetric_rules_give_the_contracts_numbers() {
        // model.md section 7, O18.
        use Rationing::{Linear, Proportional, Uniform};
        struct Case<'a>(&'a [i64], i64, [&'a [i64]; 3]);
        let cases = [
            Case(&[1000, 700, 300], 999, [&[499, 350, 150], &[350, 349, 300], &[649, 350, 0]]),
            Case(&[10, 20, 30, 100], 90, [&[6, 11, 17, 56], &[10, 20, 30, 30], &[0, 0, 10, 80]]),
            Case(&[100, 60, 20], 90, [&[50, 30, 10], &[35, 35, 20], &[65, 25, 0]]),
            Case(&[5, 5, 5], 7, [&[3, 2, 2], &[3, 2, 2], &[2, 2, 3]]),
        ];
        for Case(demands, supply, expected) in cases {
            for (rule, shares) in [Proportional, Uniform, Linear].into_iter().zip(expected) {
                assert_eq!(given(rule, demands, supply, &[0; 4]), shares, "{rule:?} {demands:?} {supply}");
            }
        }
    }

    #[test]
    fn past_deliveries_earn_a_guaranteed_part() {
        // model.md O18 with v = (600, 300, 100): guaranteed 500, 300, 100; the last 100 go 33.3 to 66.7.
        assert_eq!(given(Rationing::TurnAndEarn, &[500, 500, 500], 1000, &[599, 299, 99]), [500, 333, 167]);
    }

    #[test]
    fn asking_for_twice_as_much_pays_under_the_proportional_rule() {
        // model.md O18: firm 1 doubles its ask in the first case: 999 × (2000, 700, 300) / 3000.
        assert_eq!(given(Rationing::Proportional, &[2000, 700, 300], 999, &[0; 3]), [666, 233, 100]);
    }

    #[test]
    fn the_first_tier_is_served_first() {
        // 10 to the first; 80 left over tiers 1 (20 + 30 = 50, all served); 30 left for the last.
        assert_eq!(given(Rationing::Priority, &[10, 20, 30, 100], 90, &[0; 4]), [10, 20, 30, 30]);
    }

    #[test]
    fn plenty_gives_everybody_what_they_ask() {
        for rule in Rationing::ALL {
            assert_eq!(given(rule, &[4, 0, 7], 11, &[0; 3]), [4, 0, 7]);
        }
    }
}
