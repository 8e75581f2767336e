//! E1: how Washington and Beijing open and close the door, month by month (`model.md` 4.2, 13.5).
//!
//! A chip reaches China only while both doors are open long enough.

use super::draws::Luck;
use super::state::State;
use crate::domain::{Beijing, Chips, PolicyType, Washington};
use crate::lanes::{Row, any, each};
use crate::random::{exp, normal_cdf, normal_draw};
use crate::scenario::parameters::{Matrix, Parameters, TypeProfile};

/// The chances of one world.
#[derive(Clone, Debug, PartialEq)]
pub struct Terms {
    beijing: Matrix<f64, 4>,
    washington: Matrix<f64, 3>,
    freeze_hazard: f64,
    revocation_hazard: f64,
    diplomacy_loading: f64,
}

/// What a scenario scripts for one month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// Beijing's regime from this month on.
    pub beijing: Option<Beijing>,
    /// Washington's regime from this month on.
    pub washington: Option<Washington>,
}

impl Terms {
    /// The chances in a world where Beijing is of the given type.
    pub fn new(numbers: &Parameters<f64>, profile: &TypeProfile<f64>) -> Self {
        Self {
            beijing: cumulative(typed(normalised(numbers.beijing_transitions), profile.loosen_ratio, profile.tighten_ratio)),
            washington: cumulative(normalised(numbers.washington_transitions)),
            freeze_hazard: numbers.beijing.visibility_hazard,
            revocation_hazard: numbers.washington.visibility_hazard,
            diplomacy_loading: numbers.diplomacy.loading,
        }
    }

    /// How the month's diplomacy shifts a government's own draw.
    #[inline(always)]
    fn mood<const N: usize>(&self, luck: &Luck<N>) -> impl Fn(Row<f64, N>) -> Row<f64, N> {
        let loading = self.diplomacy_loading;
        let mood = if loading > 0.0 { luck.diplomacy.normal(&luck.now, 0) } else { Row::all(0.0) };
        move |own| match loading > 0.0 {
            true => each(|l| normal_cdf(loading.sqrt() * mood[l] + (1.0 - loading).sqrt() * normal_draw(own[l]))),
            false => own,
        }
    }
}

/// Moves both governments; a high draw loosens.
#[inline(always)]
pub fn move_governments<const N: usize>(state: &mut State<N>, terms: &Terms, luck: &Luck<N>, script: Script, accounts: usize) {
    let before = state.washington;
    let mood = terms.mood(luck);
    let moved = mood(luck.beijing.uniform(&luck.now, 0));
    state.beijing = each(|l| Beijing::ALL[next(&terms.beijing[state.beijing[l] as usize], moved[l])]);
    let moved = mood(luck.washington.uniform(&luck.now, 0));
    state.washington = each(|l| Washington::ALL[next(&terms.washington[state.washington[l] as usize], moved[l])]);
    if any::<N>(|l| state.visible[l] > 0.0) {
        let (frozen, revoked) = (luck.beijing.uniform(&luck.now, 1), luck.washington.uniform(&luck.now, 1));
        let provoked = |hazard: f64, l: usize, draw: f64| draw < 1.0 - exp(-hazard * state.visible[l]);
        for l in 0..N {
            if provoked(terms.freeze_hazard, l, frozen[l]) {
                state.beijing[l] = Beijing::Frozen;
            }
            if provoked(terms.revocation_hazard, l, revoked[l]) {
                state.washington[l] = Washington::Revoked;
            }
        }
    }
    state.beijing = script.beijing.map_or(state.beijing, Row::all);
    state.washington = script.washington.map_or(state.washington, Row::all);

    let recalled: Row<_, N> = each(|l| state.washington[l] == Washington::Revoked && before[l] != Washington::Revoked);
    if any::<N>(|l| recalled[l]) {
        recall(state, recalled, accounts);
    }
}

/// Licences lapse and everything not yet cleared returns to Nvidia, so that both order and chip books hold.
fn recall<const N: usize>(state: &mut State<N>, recalled: Row<bool, N>, accounts: usize) {
    for account in &mut state.accounts[..accounts] {
        for l in (0..N).filter(|l| recalled[*l]) {
            let returned: Chips = account.transit.iter().map(|bin| bin[l]).sum();
            account.transit.iter_mut().for_each(|bin| bin[l] = Chips::ZERO);
            account.stuck[l] = Chips::ZERO;
            account.shipped[l] -= returned;
            account.backlog[l] += returned;
            account.licensed[l] = false;
            account.applied[l] = 0.0;
            state.stock[l] += returned;
        }
    }
}

/// The state whose cumulative chance first passes `u`.
#[inline(always)]
fn next<const N: usize>(cumulative: &[f64; N], u: f64) -> usize {
    cumulative[..N - 1].iter().filter(|c| u >= **c).count()
}

/// Rows divided by their sums: they sum to 1 already unless an entry is uncertain.
fn normalised<const N: usize>(matrix: Matrix<f64, N>) -> Matrix<f64, N> {
    matrix.map(|row| {
        let sum: f64 = row.iter().sum();
        row.map(|p| p / sum)
    })
}

/// A type multiplies the chances of loosening and tightening; staying takes the rest.
pub(super) fn typed<const N: usize>(base: Matrix<f64, N>, loosen: f64, tighten: f64) -> Matrix<f64, N> {
    let mut matrix = base;
    for (from, row) in matrix.iter_mut().enumerate() {
        for (to, p) in row.iter_mut().enumerate() {
            *p *= match to.cmp(&from) {
                std::cmp::Ordering::Greater => loosen,
                std::cmp::Ordering::Less => tighten,
                std::cmp::Ordering::Equal => 0.0,
            };
        }
        let leaving: f64 = row.iter().sum();
        if leaving > 1.0 {
            row.iter_mut().for_each(|p| *p /= leaving);
        }
        row[from] = (1.0 - leaving).max(0.0);
    }
    matrix
}

fn cumulative<const N: usize>(matrix: Matrix<f64, N>) -> Matrix<f64, N> {
    matrix.map(running_sum)
}

fn running_sum<const N: usize>(row: [f64; N]) -> [f64; N] {
    let mut sum = 0.0;
    row.map(|p| {
        sum += p;
        sum
    })
}

/// The hidden type at `u`, by the analyst's credences.
pub fn draw_type(types: &[TypeProfile<f64>; PolicyType::ALL.len()], u: f64) -> PolicyType {
    let total: f64 = types.iter().map(|k| k.weight).sum();
    PolicyType::ALL[next(&running_sum(types.each_ref().map(|k| k.weight / total)), u)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::parameters::{BEIJING_TRANSITIONS, WASHINGTON_TRANSITIONS};

    fn after<const N: usize>(matrix: Matrix<f64, N>, from: usize, months: usize) -> [f64; N] {
        let mut now = [0.0; N];
        now[from] = 1.0;
        for _ in 0..months {
            let mut next = [0.0; N];
            for (p, row) in now.iter().zip(matrix) {
                for (slot, q) in next.iter_mut().zip(row) {
                    *slot += p * q;
                }
            }
            now = next;
        }
        now
    }

    fn close<const N: usize>(found: [f64; N], expected: [f64; N], tolerance: f64) {
        for (a, b) in found.iter().zip(expected) {
            assert!((a - b).abs() < tolerance, "{found:?} is not {expected:?}");
        }
    }

    #[test]
    fn beijings_base_chain_has_the_contracts_powers() {
        // model.md O12, six decimals.
        let pending = Beijing::Pending as usize;
        close(after(BEIJING_TRANSITIONS, pending, 6), [0.243431, 0.191223, 0.435032, 0.130314], 6e-7);
        close(after(BEIJING_TRANSITIONS, pending, 12), [0.249162, 0.153721, 0.413102, 0.184015], 6e-7);
        close(after(BEIJING_TRANSITIONS, pending, 4000), [0.238926, 0.144392, 0.392480, 0.224202], 6e-7);
        let open: f64 = (1..=24).map(|t| after(BEIJING_TRANSITIONS, pending, t)).map(|p| p[2] + p[3]).sum();
        assert!((open - 13.56855).abs() < 6e-6, "{open}");
    }

    #[test]
    fn types_mix_as_the_contract_says() {
        // model.md O14: occupancy at 12 under the prior weights; likelihoods of six months without C or O.
        let types = [(0.30, 0.35, 2.0), (0.35, 1.0, 1.0), (0.25, 1.0, 1.0), (0.10, 2.0, 0.4)];
        let mut mixed = [0.0; 4];
        let mut likelihoods = [0.0; 4];
        for (k, (weight, loosen, tighten)) in types.into_iter().enumerate() {
            let matrix = typed(BEIJING_TRANSITIONS, loosen, tighten);
            for (slot, p) in mixed.iter_mut().zip(after(matrix, 1, 12)) {
                *slot += weight * p;
            }
            let mut shut = [0.0, 1.0];
            for _ in 0..6 {
                shut = [shut[0] * matrix[0][0] + shut[1] * matrix[1][0], shut[0] * matrix[0][1] + shut[1] * matrix[1][1]];
            }
            likelihoods[k] = shut[0] + shut[1];
        }
        close(mixed, [0.35633, 0.14387, 0.33165, 0.16815], 6e-6);
        close(likelihoods, [0.66175, 0.24267, 0.24267, 0.02805], 6e-6);
        let evidence: f64 = types.iter().zip(likelihoods).map(|((w, _, _), l)| w * l).sum();
        assert!((evidence - 0.34693).abs() < 6e-6);
        let posterior: Vec<f64> = types.iter().zip(likelihoods).map(|((w, _, _), l)| w * l / evidence).collect();
        close([posterior[0], posterior[1], posterior[2], posterior[3]], [0.5722, 0.2448, 0.1749, 0.0081], 6e-5);
    }

    #[test]
    fn washingtons_chain_has_the_contracts_powers() {
        // model.md O15.
        let waiting = Washington::Waiting as usize;
        let licensing = |t| after(WASHINGTON_TRANSITIONS, waiting, t)[Washington::Licensing as usize];
        assert!((licensing(1) - 0.60).abs() < 1e-12);
        assert!((licensing(3) - 0.89651).abs() < 6e-6);
        assert!((licensing(12) - 0.910625).abs() < 6e-7);
        assert!((licensing(9000) - 0.862069).abs() < 6e-7);
    }

    #[test]
    fn a_higher_draw_never_tightens() {
        let rows = cumulative(typed(BEIJING_TRANSITIONS, 2.0, 0.4));
        for row in rows {
            let states: Vec<usize> = (0..1000).map(|i| next(&row, (f64::from(i) + 0.5) / 1000.0)).collect();
            assert!(states.is_sorted());
        }
    }

    #[test]
    fn a_row_that_leaves_with_more_than_certainty_is_rescaled() {
        // Off-diagonals 0.6 and 0.4 to the right, doubled: 2.0 in all, rescaled to 0.6 and 0.4; nothing stays.
        let matrix = typed([[0.0, 0.6, 0.4], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]], 2.0, 1.0);
        close(matrix[0], [0.0, 0.6, 0.4], 1e-15);
    }
}
