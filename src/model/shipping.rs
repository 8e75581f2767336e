//! E9 and E10: Nvidia rations and ships, lots clear the border (`model.md` 4.11, and the location option of 4.2).

use super::allocation::{Standing, proportional, ration};
use super::domestic;
use super::draws::Luck;
use super::state::{Account, Licence, MAX_TRANSIT, State};
use crate::domain::{Beijing, Chips, Gate, MAX_BUYERS, PolicyType, Rationing, Washington};
use crate::random::normal_quantile;
use crate::scenario::parameters::Parameters;

/// Shipping and clearing in one world. Arrays run over regimes in the order of [`Beijing::ALL`].
#[derive(Clone, Debug, PartialEq)]
pub struct Terms {
    /// `Ls`.
    pub transit_months: usize,
    rationing: Rationing,
    laboratory: Chips,
    ceiling_share: f64,
    customer_cap: Chips,
    /// Chips per buyer that may be on the way.
    room: [Chips; 4],
    /// Most chips let in for one buyer in one month.
    lot: [Chips; 4],
    /// Probit of the clearing chance; minus infinity for never.
    clear_below: [f64; 4],
    common: f64,
    own: f64,
    mainland_share: f64,
    offshore_cap: Chips,
    tiers: [u8; MAX_BUYERS],
    visibility: Vec<f64>,
}

impl Terms {
    /// Shipping where Beijing is of the given type, which scales lots and clearing in case-by-case.
    pub fn new(numbers: &Parameters<f64>, kind: PolicyType, rationing: Rationing) -> Self {
        let (shipping, profile) = (&numbers.shipping, &numbers.types[kind as usize]);
        let scaled = |regime: Beijing, value: f64, factor: f64| match regime {
            Beijing::CaseByCase if value.is_finite() => value * factor,
            _ => value,
        };
        let lot = Beijing::ALL.map(|b| scaled(b, numbers.regimes[b as usize].lot_chips, profile.lot_ratio));
        let clear = Beijing::ALL.map(|b| scaled(b, numbers.regimes[b as usize].clear_per_month, profile.clear_ratio).min(1.0));
        let mut tiers = [0; MAX_BUYERS];
        for (tier, buyer) in tiers.iter_mut().zip(&numbers.buyers) {
            *tier = buyer.tier as u8;
        }
        Self {
            transit_months: (shipping.transit_months as usize).min(MAX_TRANSIT),
            rationing,
            laboratory: Chips::floor(shipping.laboratory_chips_per_month),
            ceiling_share: numbers.washington.ceiling_share,
            customer_cap: Chips::floor(numbers.washington.customer_cap_chips),
            room: lot.map(|lot| if lot.is_finite() { Chips::floor(shipping.lots_ahead * lot) } else { Chips::UNLIMITED }),
            lot: lot.map(Chips::floor),
            clear_below: clear.map(normal_quantile),
            common: numbers.beijing.correlation.sqrt(),
            own: (1.0 - numbers.beijing.correlation).sqrt(),
            mainland_share: shipping.mainland_share,
            offshore_cap: Chips::floor(shipping.offshore_cap_chips),
            tiers,
            visibility: numbers.buyers.iter().map(|b| 1.0 - b.discretion_share).collect(),
        }
    }

    /// What China may have been shipped in all: a share of cumulative US volume.
    pub fn ceiling(&self, state: &State) -> Chips {
        if self.ceiling_share.is_finite() { Chips::floor(self.ceiling_share * state.us_shipped.real()) } else { Chips::UNLIMITED }
    }

    /// The cap per customer, `K`.
    pub fn customer_cap(&self) -> Chips {
        self.customer_cap
    }
}

/// Ships what both governments, the order book and the stock all allow; `cover` stays for US customers.
pub fn ship(state: &mut State, terms: &Terms, domestic: &domestic::Terms, cover: Chips) {
    let buyers = terms.visibility.len();
    let mut eligible = [Chips::ZERO; MAX_BUYERS];
    for (buyer, slot) in eligible.iter_mut().enumerate().take(buyers) {
        *slot = shippable(state, terms, domestic, buyer);
    }
    let shipped_so_far: Chips = state.accounts[..buyers].iter().map(|a| a.shipped).sum();
    let stock = (state.stock - cover).positive();
    let headroom = (terms.ceiling(state) - shipped_so_far).positive();
    let supply = stock.min(headroom).min(terms.laboratory);

    let mut delivered = [Chips::ZERO; MAX_BUYERS];
    for (slot, account) in delivered.iter_mut().zip(&state.accounts) {
        *slot = account.delivered();
    }
    let shares = ration(terms.rationing, &eligible[..buyers], supply, Standing { tiers: &terms.tiers, delivered: &delivered });
    for (account, chips) in state.accounts[..buyers].iter_mut().zip(shares) {
        account.backlog -= chips;
        account.shipped += chips;
        account.transit[0] += chips;
    }
    state.flows.eligible = eligible.iter().sum();
    state.flows.shipped = shares.iter().sum();
    state.stock -= state.flows.shipped;

    let short = state.flows.eligible - state.flows.shipped;
    let scarce = if stock <= headroom.min(terms.laboratory) {
        Gate::Stock
    } else if headroom <= terms.laboratory {
        Gate::UsCeiling
    } else {
        Gate::Laboratory
    };
    state.flows.hold(scarce, short);
}

/// What of a buyer's backlog could ship, `q_i`; each limit books what it holds back.
fn shippable(state: &mut State, terms: &Terms, domestic: &domestic::Terms, buyer: usize) -> Chips {
    let account = &state.accounts[buyer];
    let flows = &mut state.flows;
    let mut chips = account.backlog;
    if state.washington != Washington::Licensing || account.licence != Licence::Granted {
        flows.hold(Gate::Licence, chips);
        return Chips::ZERO;
    }
    if state.beijing == Beijing::Frozen {
        flows.hold(Gate::Beijing, chips);
        return Chips::ZERO;
    }
    let limits = [
        (Gate::Lot, terms.room[state.beijing as usize] - account.in_transit(terms.transit_months)),
        (Gate::CustomerCap, terms.customer_cap - account.shipped),
        (Gate::Pairing, domestic.paired_limit(account) - account.shipped),
    ];
    for (gate, limit) in limits {
        let passing = chips.min(limit.positive());
        flows.hold(gate, chips - passing);
        chips = passing;
    }
    chips
}

/// Lets waiting lots in, books deliveries, and moves everything on the way one month closer.
pub fn clear(state: &mut State, terms: &Terms, luck: &Luck, month: usize) {
    let regime = state.beijing as usize;
    let mood = terms.common * luck.clearing.normal(month, 0);
    let border = terms.transit_months;
    let may_clear = state.washington != Washington::Revoked && terms.clear_below[regime] > f64::NEG_INFINITY;

    let buyers = terms.visibility.len();
    let mut lots = [Chips::ZERO; MAX_BUYERS];
    for (buyer, lot) in lots.iter_mut().enumerate().take(buyers) {
        let waiting = state.accounts[buyer].transit[border];
        if may_clear && waiting > Chips::ZERO {
            let resistance = mood + terms.own * luck.clearings[buyer].normal(month, 0);
            if resistance < terms.clear_below[regime] {
                *lot = waiting.min(terms.lot[regime]);
            }
        }
    }
    deliver(state, terms, &lots[..buyers], border);

    for account in &mut state.accounts[..buyers] {
        account.stuck = account.transit[border];
        state.flows.hold(Gate::Clearing, account.stuck);
        // The border keeps what was not let in; every other bin moves on.
        for age in (1..=border).rev() {
            let arriving = account.transit[age - 1];
            account.transit[age - 1] = Chips::ZERO;
            account.transit[age] += arriving;
        }
    }
}

/// The mainland's share of each lot goes in; the rest goes to Hong Kong while there is room; what fits nowhere waits.
fn deliver(state: &mut State, terms: &Terms, lots: &[Chips], border: usize) {
    let mut offshore = [Chips::ZERO; MAX_BUYERS];
    let mainland = |lot: Chips| if terms.mainland_share < 1.0 { Chips::floor(terms.mainland_share * lot.real()) } else { lot };
    for (slot, lot) in offshore.iter_mut().zip(lots) {
        *slot = *lot - mainland(*lot);
    }
    let offshore = proportional(&offshore[..lots.len()], (terms.offshore_cap - state.offshore).positive());

    let mut visible = 0.0;
    for (buyer, lot) in lots.iter().enumerate() {
        let account: &mut Account = &mut state.accounts[buyer];
        let delivered = mainland(*lot) + offshore[buyer];
        account.transit[border] -= delivered;
        account.delivered_mainland += mainland(*lot);
        account.delivered_offshore += offshore[buyer];
        let training = account.serve(delivered);
        account.training_served += training;
        state.offshore += offshore[buyer];
        state.flows.delivered += delivered;
        visible += terms.visibility[buyer] * delivered.real();
    }
    state.visible = visible / 10_000.0;
}
