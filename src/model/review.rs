//! E8: Beijing reviews requests one by one; what survives the terms becomes an order (`model.md` 4.10).

use super::allocation::{Shares, proportional};
use super::draws::Luck;
use super::state::{Account, State};
use crate::domain::{Beijing, Chips, Gate, MAX_BUYERS, MilliH200};
use crate::random::{beta_binomial, ln, normal_quantile};
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
    cooling_off: u32,
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
            cooling_off: terms.cooling_off_months as u32,
            // An unlimited share of no demand is still unlimited.
            quota: if terms.quota_share.is_finite() { Chips::floor(terms.quota_share * assessed) } else { Chips::UNLIMITED },
            confirmed_share: terms.confirmed_share,
            buyers: numbers.buyers.iter().map(|b| (1.0 - b.discretion_share, b.favour)).collect(),
            may_approve,
        }
    }

    /// How much easier this buyer's request passes, in probit units.
    fn shift(&self, account: &Account, buyer: usize) -> f64 {
        let (visibility, favour) = self.buyers[buyer];
        let (training, inference) = (account.training.max(MilliH200(1)).real(), account.inference.max(MilliH200(1)).real());
        let size = account.pending.real() / self.size_reference;
        let penalty = if size > 1.0 { self.size_weight * visibility * ln(size) } else { 0.0 };
        self.training_weight * (training / (training + inference) - 0.5) - penalty + favour
    }
}

/// Approves, refuses or defers every pending request, applies the quota, and books what is confirmed.
pub fn review(state: &mut State, terms: &Terms, luck: &Luck, month: usize) {
    let regime = state.beijing as usize;
    let (approve_below, refuse_above) = (terms.approve_below[regime], terms.refuse_above[regime]);
    if approve_below == f64::NEG_INFINITY && refuse_above == f64::INFINITY {
        return;
    }
    let mood = terms.common * luck.review.normal(month, 0);
    let mut grants = [Chips::ZERO; MAX_BUYERS];
    for (buyer, may) in terms.may_approve.iter().enumerate() {
        let account = &mut state.accounts[buyer];
        if !may || account.pending == Chips::ZERO {
            continue;
        }
        let severity = mood + terms.own * luck.reviews[buyer].normal(month, 0);
        let shift = terms.shift(account, buyer);
        if severity < approve_below + shift {
            let (mean, concentration) = (terms.granted_share[regime], terms.granted_concentration[regime]);
            grants[buyer] = Chips(beta_binomial(account.pending.0, mean, concentration, luck.grants[buyer], month, 0));
        } else if severity > refuse_above + shift.max(-1.0) {
            account.refused += account.pending;
            account.pending = Chips::ZERO;
            account.cooling = terms.cooling_off;
        }
    }
    if state.beijing == Beijing::CaseByCase {
        grants = proportional(&grants[..terms.may_approve.len()], terms.quota);
    }
    confirm(state, terms, &grants);
}

/// Of a grant, the confirmed share becomes an order; the rest is cancelled.
fn confirm(state: &mut State, terms: &Terms, grants: &Shares) {
    for (account, granted) in state.accounts.iter_mut().zip(grants) {
        let confirmed = Chips::floor(terms.confirmed_share * granted.real());
        account.pending -= *granted;
        account.granted += *granted;
        account.confirmed += confirmed;
        account.backlog += confirmed;
        account.cancelled += *granted - confirmed;
        state.flows.hold(Gate::Confirmation, *granted - confirmed);
    }
}
