//! E8: Beijing reviews requests one by one; what survives the terms becomes an order (`model.md` 4.10).

use super::draws::Luck;
use super::state::{Account, State, at};
use crate::domain::{Beijing, Chips, Gate, MilliH200};
use crate::lanes::{Row, any, each};
use crate::random::{beta_binomials, ln, normal_quantile};
use crate::scenario::parameters::Parameters;

/// Beijing's review in one world. Arrays run over regimes in the order of [`Beijing::ALL`].
#[derive(Clone, Debug, PartialEq)]
pub struct Terms {
    /// Probit of the approval chance; minus infinity for never.
    approve_below: [f64; 4],
    /// Probit above which a request is refused; infinity for never.
    refuse_above: [f64; 4],
    granted_share: [f64; 4],
    granted_concentration: [f64; 4],
    common: f64,
    own: f64,
    training_weight: f64,
    size_weight: f64,
    size_reference: f64,
    cooling_off: f64,
    /// Monthly quota in case-by-case, `Q`.
    quota: Chips,
    /// `conv`.
    pub confirmed_share: f64,
    /// `1 - d_i` and `beta_i` of each buyer.
    buyers: Vec<(f64, f64)>,
    may_approve: Vec<bool>,
}

impl Terms {
    /// The review of buyers of whom `may_approve` says whom Beijing may ever approve, `may_buy` whose demand counts in the assessment.
    pub fn new(numbers: &Parameters<f64>, may_approve: Vec<bool>, may_buy: &[bool]) -> Self {
        let (regimes, terms) = (&numbers.regimes, &numbers.beijing);
        let preferred = numbers.requests.preferred_inference_share;
        let eligible = numbers.buyers.iter().zip(may_buy).filter(|(_, may)| **may);
        let monthly: f64 = eligible.map(|(b, _)| b.need_per_month * (b.training_share + preferred * (1.0 - b.training_share))).sum();
        let assessed = monthly * numbers.needs.scale * terms.assessment_ratio;
        Self {
            approve_below: regimes.each_ref().map(|r| normal_quantile(r.approve_per_month)),
            refuse_above: regimes.each_ref().map(|r| normal_quantile(1.0 - r.refuse_per_month)),
            granted_share: regimes.each_ref().map(|r| r.granted_share),
            granted_concentration: regimes.each_ref().map(|r| r.granted_concentration),
            common: terms.correlation.sqrt(),
            own: (1.0 - terms.correlation).sqrt(),
            training_weight: terms.training_weight,
            size_weight: terms.size_weight,
            size_reference: terms.size_reference_chips,
            cooling_off: terms.cooling_off_months.trunc(),
            // An unlimited share of no demand is still unlimited.
            quota: if terms.quota_share.is_finite() { Chips::floor(terms.quota_share * assessed) } else { Chips::UNLIMITED },
            confirmed_share: terms.confirmed_share,
            buyers: numbers.buyers.iter().map(|b| (1.0 - b.discretion_share, b.favour)).collect(),
            may_approve,
        }
    }

    /// How much easier this buyer's request passes, in probit units.
    #[inline(always)]
    fn shift<const N: usize>(&self, account: &Account<N>, buyer: usize) -> Row<f64, N> {
        let (visibility, favour) = self.buyers[buyer];
        each(
            #[inline(always)]
            |l| {
                let least = MilliH200(1.0);
                let (training, inference) = (account.training[l].max(least).real(), account.inference[l].max(least).real());
                let size = account.pending[l].real() / self.size_reference;
                let penalty = self.size_weight * visibility * ln(if size > 1.0 { size } else { 1.0 });
                self.training_weight * (training / (training + inference) - 0.5) - penalty + favour
            },
        )
    }
}

/// Approves, refuses or defers every pending request, applies the quota, and books what is confirmed.
#[inline(always)]
pub fn review<const N: usize>(state: &mut State<N>, terms: &Terms, luck: &Luck<N>) {
    let in_regime = |of: &[f64; 4]| -> Row<f64, N> { each(|l| of[state.beijing[l] as usize]) };
    let (approve_below, refuse_above) = (in_regime(&terms.approve_below), in_regime(&terms.refuse_above));
    if !any::<N>(|l| approve_below[l] > f64::NEG_INFINITY || refuse_above[l] < f64::INFINITY) {
        return;
    }
    let common = luck.review.normal(&luck.now, 0);
    state.errands.clear();
    for (buyer, may) in terms.may_approve.iter().enumerate() {
        let account = &mut state.accounts[buyer];
        if !may || !any::<N>(|l| account.pending[l] > Chips::ZERO) {
            continue;
        }
        let own = luck.reviews[buyer].normal(&luck.now, 0);
        let severity: Row<f64, N> = each(|l| terms.common * common[l] + terms.own * own[l]);
        let shift = terms.shift(account, buyer);
        let approved: Row<bool, N> = each(|l| severity[l] < approve_below[l] + shift[l]);
        let refused: Row<bool, N> = each(|l| !approved[l] & (severity[l] > refuse_above[l] + shift[l].max(-1.0)));

        state.errands.note(buyer, |l| approved[l] & (account.pending[l] > Chips::ZERO));
        let turned_down: Row<_, N> = each(|l| account.pending[l].only_if(refused[l]));
        account.refused += turned_down;
        account.pending -= turned_down;
        account.cooling = each(|l| if turned_down[l] > Chips::ZERO { terms.cooling_off } else { account.cooling[l] });
    }
    let buyers = terms.may_approve.len();
    grant(state, terms, luck, buyers);
    let quota: Row<_, N> = each(|l| if state.beijing[l] == Beijing::CaseByCase { terms.quota } else { Chips(f64::INFINITY) });
    state.desk.share_out(buyers, &quota);
    confirm(state, terms, buyers);
}

/// Puts on the desk how many chips each approval grants.
#[inline(always)]
fn grant<const N: usize>(state: &mut State<N>, terms: &Terms, luck: &Luck<N>, buyers: usize) {
    let State { beijing, accounts, desk, errands, .. } = state;
    desk.demands[..buyers].fill(Row::default());
    for batch in errands.batches() {
        let regime = |i: usize| beijing[at(batch, i).1] as usize;
        let asked = each(|i| {
            let (buyer, l) = at(batch, i);
            accounts[buyer].pending[l].0
        });
        let (draws, place) = luck.now.gather(&luck.grants, |i| at(batch, i));
        let mean = each(|i| terms.granted_share[regime(i)]);
        let concentration = each(|i| terms.granted_concentration[regime(i)]);
        let granted = beta_binomials(&asked, &mean, &concentration, &draws, &place);
        for (i, (buyer, l)) in batch.iter().enumerate() {
            desk.demands[usize::from(*buyer)][usize::from(*l)] = Chips(granted[i]);
        }
    }
}

/// Of a grant, the confirmed share becomes an order; the rest is cancelled.
#[inline(always)]
fn confirm<const N: usize>(state: &mut State<N>, terms: &Terms, buyers: usize) {
    let State { accounts, desk, flows, .. } = state;
    for (account, granted) in accounts.iter_mut().zip(&desk.shares[..buyers]) {
        if !any::<N>(|l| granted[l] > Chips::ZERO) {
            continue;
        }
        let confirmed: Row<Chips, N> = each(|l| Chips::floor(terms.confirmed_share * granted[l].real()));
        let dropped = each(|l| granted[l] - confirmed[l]);
        account.pending -= *granted;
        account.granted += *granted;
        account.confirmed += confirmed;
        account.backlog += confirmed;
        account.cancelled += dropped;
        flows.hold(Gate::Confirmation, dropped);
    }
}
