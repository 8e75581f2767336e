//! How a shortage is shared: five rules, exact in whole chips (`model.md` section 5).
//!
//! Every rule gives `sum a = min(S, Q)` and `0 <= a_i <= q_i`; ties go to the lower index.

use crate::domain::{Chips, MAX_BUYERS, Rationing};

/// What each buyer gets; unused places are zero.
pub type Shares = [Chips; MAX_BUYERS];

/// What the rules other than the symmetric ones look at.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// Rank under priority; 0 is served first.
    pub tiers: &'a [u8],
    /// Past deliveries, for turn-and-earn.
    pub delivered: &'a [Chips],
}

/// Shares `supply` among `demands`.
pub fn ration(rule: Rationing, demands: &[Chips], supply: Chips, standing: Standing<'_>) -> Shares {
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

/// In proportion to demand; the chips that rounding leaves go to the largest remainders (`model.md` 5.1).
pub fn proportional(demands: &[Chips], supply: Chips) -> Shares {
    let total: Chips = demands.iter().sum();
    if total <= supply {
        return all(demands);
    }
    let mut shares = [Chips::ZERO; MAX_BUYERS];
    if supply <= Chips::ZERO {
        return shares;
    }
    let mut order = [0_i64; MAX_BUYERS];
    let mut left = supply;
    for (i, demand) in demands.iter().enumerate() {
        let (whole, remainder) = divide(supply.0, demand.0, total.0);
        shares[i] = Chips(whole);
        // Remainder above, place below: the smallest key has the largest remainder, and the lower index among equals.
        order[i] = (-remainder << 4) + i as i64;
        left -= shares[i];
    }
    if left > Chips::ZERO {
        let order = &mut order[..demands.len()];
        order.sort_unstable();
        for key in order.iter().take(left.0 as usize) {
            shares[(key & 15) as usize] += Chips(1);
        }
    }
    shares
}

/// `a × b / total`, whole and remainder, in 128 bits only where 64 do not hold the product.
#[inline(always)]
fn divide(a: i64, b: i64, total: i64) -> (i64, i64) {
    match a.checked_mul(b) {
        Some(product) => (product / total, product % total),
        None => {
            let (product, total) = (i128::from(a) * i128::from(b), i128::from(total));
            ((product / total) as i64, (product % total) as i64)
        }
    }
}

/// Equal gains: everybody up to the same level, found by filling from the smallest demand (`model.md` 5.2).
pub fn uniform(demands: &[Chips], supply: Chips) -> Shares {
    let mut order = [(Chips::ZERO, 0_usize); MAX_BUYERS];
    for (i, demand) in demands.iter().enumerate() {
        order[i] = (*demand, i);
    }
    let order = &mut order[..demands.len()];
    order.sort_unstable();

    let mut shares = [Chips::ZERO; MAX_BUYERS];
    let mut left = supply;
    for served in 0..order.len() {
        let waiting = (order.len() - served) as i64;
        let (demand, i) = order[served];
        if demand.0 * waiting <= left.0 {
            shares[i] = demand;
            left -= demand;
            continue;
        }
        // The water stops here: the rest share what is left, the odd chips go to the lowest indices.
        let (level, odd) = (left.0 / waiting, left.0 % waiting);
        let rest = &mut order[served..];
        rest.sort_unstable_by_key(|(_, i)| *i);
        for (rank, (_, i)) in rest.iter().enumerate() {
            shares[*i] = Chips(level + i64::from((rank as i64) < odd));
        }
        break;
    }
    shares
}

/// Equal losses: the shortage is shared equally, nobody below zero (`model.md` 5.2).
fn linear(demands: &[Chips], supply: Chips) -> Shares {
    let total: Chips = demands.iter().sum();
    let losses = uniform(demands, total - supply);
    let mut shares = all(demands);
    for (share, loss) in shares.iter_mut().zip(losses) {
        *share -= loss;
    }
    shares
}

/// Tiers in order, proportional inside a tier (`model.md` 5.3).
fn priority(demands: &[Chips], supply: Chips, tiers: &[u8]) -> Shares {
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
fn turn_and_earn(demands: &[Chips], supply: Chips, delivered: &[Chips]) -> Shares {
    let weight = |i: usize| if demands[i] > Chips::ZERO { i128::from(delivered[i].0) + 1 } else { 0 };
    let total: i128 = (0..demands.len()).map(weight).sum();
    let mut shares = [Chips::ZERO; MAX_BUYERS];
    let mut unmet = all(demands);
    let mut left = supply;
    for (i, demand) in demands.iter().enumerate() {
        let earned = i128::from(supply.0) * weight(i) / total.max(1);
        shares[i] = (*demand).min(Chips(earned as i64));
        unmet[i] -= shares[i];
        left -= shares[i];
    }
    for (share, given) in shares.iter_mut().zip(proportional(&unmet[..demands.len()], left)) {
        *share += given;
    }
    shares
}

fn all(demands: &[Chips]) -> Shares {
    let mut shares = [Chips::ZERO; MAX_BUYERS];
    shares[..demands.len()].copy_from_slice(demands);
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(rule: Rationing, demands: &[i64], supply: i64, delivered: &[i64]) -> Vec<i64> {
        let chips: Vec<Chips> = demands.iter().copied().map(Chips).collect();
        let delivered: Vec<Chips> = delivered.iter().copied().map(Chips).collect();
        let standing = Standing { tiers: &[0, 1, 1, 2], delivered: &delivered };
        ration(rule, &chips, Chips(supply), standing)[..demands.len()].iter().map(|c| c.0).collect()
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
