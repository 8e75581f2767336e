//! E9 and E10: Nvidia rations and ships, lots clear the border (`model.md` 4.11, and the location option of 4.2).

use super::allocation::{Desk, Standing, ration};
use super::domestic;
use super::draws::Luck;
use super::state::{Account, MAX_TRANSIT, State, sum};
use crate::domain::{Beijing, Chips, Gate, MAX_BUYERS, PolicyType, Rationing, Washington};
use crate::lanes::{Row, any, each};
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
    #[inline(always)]
    pub fn ceiling(&self, us_shipped: Chips) -> Chips {
        if self.ceiling_share.is_finite() { Chips::floor(self.ceiling_share * us_shipped.real()) } else { Chips::UNLIMITED }
    }

    /// The cap per customer, `K`.
    pub fn customer_cap(&self) -> Chips {
        self.customer_cap
    }
}

/// Ships what both governments, the order book and the stock all allow; `cover` stays for US customers.
#[inline(always)]
pub fn ship<const N: usize>(state: &mut State<N>, terms: &Terms, domestic: &domestic::Terms, cover: Chips) {
    let buyers = terms.visibility.len();
    let mut shipped_so_far = Row::default();
    for buyer in 0..buyers {
        state.desk.demands[buyer] = shippable(state, terms, domestic, buyer);
        shipped_so_far += state.accounts[buyer].shipped;
    }
    let stock: Row<Chips, N> = each(|l| (state.stock[l] - cover).positive());
    let headroom: Row<Chips, N> = each(|l| (terms.ceiling(state.us_shipped[l]) - shipped_so_far[l]).positive());
    let supply: Row<_, N> = each(|l| stock[l].min(headroom[l]).min(terms.laboratory));

    let flows = &mut state.flows;
    flows.eligible = sum(&state.desk.demands[..buyers]);
    flows.shipped = match terms.rationing {
        Rationing::Proportional => state.desk.share_out(buyers, &supply),
        _ => ration_each(&mut state.desk, terms, &supply, &state.accounts[..buyers]),
    };
    state.stock -= flows.shipped;
    for (account, chips) in state.accounts.iter_mut().zip(&state.desk.shares[..buyers]) {
        account.backlog -= *chips;
        account.shipped += *chips;
        account.transit[0] += *chips;
    }

    let short: Row<Chips, N> = each(|l| flows.eligible[l] - flows.shipped[l]);
    if any::<N>(|l| short[l] > Chips::ZERO) {
        let of_stock: Row<bool, N> = each(|l| stock[l] <= headroom[l].min(terms.laboratory));
        let of_ceiling: Row<bool, N> = each(|l| !of_stock[l] & (headroom[l] <= terms.laboratory));
        flows.hold(Gate::Stock, each(|l| short[l].only_if(of_stock[l])));
        flows.hold(Gate::UsCeiling, each(|l| short[l].only_if(of_ceiling[l])));
        flows.hold(Gate::Laboratory, each(|l| short[l].only_if(!of_stock[l] & !of_ceiling[l])));
    }
}

/// Rations path by path, by a rule other than the proportional one. Returns what was given in all.
fn ration_each<const N: usize>(desk: &mut Desk<N>, terms: &Terms, supply: &Row<Chips, N>, accounts: &[Account<N>]) -> Row<Chips, N> {
    let (mut demands, mut delivered) = ([Chips::ZERO; MAX_BUYERS], [Chips::ZERO; MAX_BUYERS]);
    for l in 0..N {
        for (buyer, account) in accounts.iter().enumerate() {
            demands[buyer] = desk.demands[buyer][l];
            delivered[buyer] = account.delivered_mainland[l] + account.delivered_offshore[l];
        }
        let standing = Standing { tiers: &terms.tiers, delivered: &delivered };
        let given = ration(terms.rationing, &demands[..accounts.len()], supply[l], standing);
        desk.shares.iter_mut().zip(given).for_each(|(row, chips)| row[l] = chips);
    }
    sum(&desk.shares[..accounts.len()])
}

/// What of a buyer's backlog could ship, `q_i`; each limit books what it holds back.
#[inline(always)]
fn shippable<const N: usize>(state: &mut State<N>, terms: &Terms, domestic: &domestic::Terms, buyer: usize) -> Row<Chips, N> {
    let account = &state.accounts[buyer];
    let flows = &mut state.flows;
    let backlog = account.backlog;
    if !any::<N>(|l| backlog[l] > Chips::ZERO) {
        return Row::default();
    }
    let licensed: Row<bool, N> = each(|l| account.licensed[l] & (state.washington[l] == Washington::Licensing));
    let frozen: Row<bool, N> = each(|l| state.beijing[l] == Beijing::Frozen);
    flows.hold(Gate::Licence, each(|l| backlog[l].only_if(!licensed[l])));
    flows.hold(Gate::Beijing, each(|l| backlog[l].only_if(licensed[l] & frozen[l])));
    let mut chips: Row<Chips, N> = each(|l| backlog[l].only_if(licensed[l] & !frozen[l]));

    let way = account.in_transit(terms.transit_months);
    let mut pass = |gate: Gate, limit: Row<Chips, N>| {
        let passing: Row<_, N> = each(|l| chips[l].min(limit[l].positive()));
        flows.hold(gate, each(|l| chips[l] - passing[l]));
        chips = passing;
    };
    pass(Gate::Lot, each(|l| terms.room[state.beijing[l] as usize] - way[l]));
    pass(Gate::CustomerCap, each(|l| terms.customer_cap - account.shipped[l]));
    if domestic.pairing_ratio > 0.0 {
        pass(Gate::Pairing, each(|l| domestic.paired_limit(account.domestic[l]) - account.shipped[l]));
    }
    chips
}

/// Lets waiting lots in, books deliveries, and moves everything on the way one month closer.
#[inline(always)]
pub fn clear<const N: usize>(state: &mut State<N>, terms: &Terms, luck: &Luck<N>) {
    let (border, buyers) = (terms.transit_months, terms.visibility.len());
    let clear_below: Row<f64, N> = each(|l| match state.washington[l] {
        Washington::Revoked => f64::NEG_INFINITY,
        _ => terms.clear_below[state.beijing[l] as usize],
    });
    state.lots[..buyers].fill(Row::default());
    if any::<N>(|l| clear_below[l] > f64::NEG_INFINITY) {
        let lot: Row<Chips, N> = each(|l| terms.lot[state.beijing[l] as usize]);
        let common = luck.clearing.normal(&luck.now, 0);
        for buyer in 0..buyers {
            let waiting = &state.accounts[buyer].transit[border];
            if any::<N>(|l| waiting[l] > Chips::ZERO) {
                let own = luck.clearings[buyer].normal(&luck.now, 0);
                let resistance = |l: usize| terms.common * common[l] + terms.own * own[l];
                state.lots[buyer] = each(|l| waiting[l].min(lot[l]).only_if(resistance(l) < clear_below[l]));
            }
        }
    }
    deliver(state, terms, buyers);

    for account in &mut state.accounts[..buyers] {
        account.stuck = account.transit[border];
        state.flows.hold(Gate::Clearing, account.stuck);
        // The border keeps what was not let in; every other bin moves on.
        for age in (1..=border).rev() {
            let arriving = std::mem::take(&mut account.transit[age - 1]);
            account.transit[age] += arriving;
        }
    }
}

/// The mainland's share of each lot goes in; the rest goes to Hong Kong while there is room; what fits nowhere waits.
#[inline(always)]
fn deliver<const N: usize>(state: &mut State<N>, terms: &Terms, buyers: usize) {
    let State { accounts, desk, lots, offshore, visible, flows, .. } = state;
    let mainland = |lot: Chips| if terms.mainland_share < 1.0 { Chips::floor(terms.mainland_share * lot.real()) } else { lot };
    if terms.mainland_share < 1.0 {
        for (slot, lot) in desk.demands.iter_mut().zip(&lots[..buyers]) {
            *slot = each(|l| lot[l] - mainland(lot[l]));
        }
        *offshore += desk.share_out(buyers, &each(|l| (terms.offshore_cap - offshore[l]).positive()));
    }
    *visible = Row::all(0.0);
    for (buyer, lot) in lots[..buyers].iter().enumerate() {
        if !any::<N>(|l| lot[l] > Chips::ZERO) {
            continue;
        }
        let account = &mut accounts[buyer];
        let inland: Row<Chips, N> = each(|l| mainland(lot[l]));
        let mut delivered = inland;
        if terms.mainland_share < 1.0 {
            delivered += desk.shares[buyer];
            account.delivered_offshore += desk.shares[buyer];
        }
        account.transit[terms.transit_months] -= delivered;
        account.delivered_mainland += inland;
        let training = account.serve(delivered);
        account.training_served += training;
        flows.delivered += delivered;
        *visible += each(|l| terms.visibility[buyer] * delivered[l].real());
    }
    *visible = each(|l| visible[l] / 10_000.0);
}
