//! One world: what nobody knows, drawn once and held for all its paths (`model.md` 4.14).

use super::state::{Account, Flows, State};
use super::{cancellation, domestic, draws::Luck, grey_market, licences, line, needs, policy, requests, review, shipping, us_market};
use crate::domain::{Chips, MilliH200, PolicyType, Usd};
use crate::lanes::Row;
use crate::scenario::Scenario;
use crate::scenario::parameters::Parameters;

/// The terms of every mechanism in one world.
#[derive(Clone, Debug, PartialEq)]
pub struct World {
    /// Beijing's hidden type.
    pub policy_type: PolicyType,
    /// E1
    pub policy: policy::Terms,
    /// E2
    pub line: line::Terms,
    /// E3
    pub us_market: us_market::Terms,
    /// E4
    pub needs: needs::Terms,
    /// E5
    pub domestic: domestic::Terms,
    /// E6
    pub requests: requests::Terms,
    /// E7
    pub licences: licences::Terms,
    /// E8
    pub review: review::Terms,
    /// E9, E10
    pub shipping: shipping::Terms,
    /// E11
    pub grey_market: grey_market::Terms,
    /// E12
    pub cancellation: cancellation::Terms,
    /// Price of one H200.
    pub price: Usd,
    /// The US share of gross revenue, in hundredths of a percent.
    pub fee_basis_points: f64,
    /// Building cost, opportunity cost and salvage value of one chip.
    pub costs: Costs,
    /// Model FLOP utilisation in training.
    pub utilisation: f64,
    /// B300s that equal one H200 in training.
    pub b300_ratio: f64,
    /// Chips that each buyer was granted before the first month.
    pub granted_at_start: Vec<Chips>,
    /// Need that each buyer has before the first month.
    pub opening_need: Vec<MilliH200>,
}

/// What Nvidia pays for a chip, forgoes for it, and saves of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Costs {
    /// `c`
    pub build: Usd,
    /// `o`
    pub opportunity: Usd,
    /// `s`
    pub salvage: Usd,
}

impl World {
    /// The world in which these numbers hold and Beijing is of this type.
    pub fn new(scenario: &Scenario, numbers: &Parameters<f64>, policy_type: PolicyType) -> Self {
        let (rules, months) = (&scenario.rules, scenario.months);
        let flag = |f: fn(&crate::scenario::BuyerIdentity) -> bool| -> Vec<bool> { scenario.buyers.iter().map(f).collect() };
        let may_buy = flag(|b| b.beijing_may_approve && b.us_may_license);
        let usd = |x: f64| Usd::floor(x + 0.5);
        let mut world = Self {
            policy_type,
            policy: policy::Terms::new(numbers, &numbers.types[policy_type as usize]),
            line: line::Terms::new(&numbers.supply, rules.forbid_diversion, months),
            us_market: us_market::Terms::new(&numbers.us_market, months),
            needs: needs::Terms::new(numbers, months),
            domestic: domestic::Terms::new(numbers, months),
            requests: requests::Terms::new(numbers, rules.ordering, rules.rationing),
            licences: licences::Terms::new(numbers, flag(|b| b.us_may_license)),
            review: review::Terms::new(numbers, flag(|b| b.beijing_may_approve), &may_buy),
            shipping: shipping::Terms::new(numbers, policy_type, rules.rationing),
            grey_market: grey_market::Terms::new(numbers),
            cancellation: cancellation::Terms::new(&numbers.requests),
            price: usd(numbers.money.price_usd),
            fee_basis_points: usd(numbers.washington.fee_share * 10_000.0).0,
            costs: Costs {
                build: usd(numbers.money.build_cost_usd),
                opportunity: usd(numbers.money.opportunity_cost_usd),
                salvage: usd(numbers.money.salvage_usd),
            },
            utilisation: numbers.compute.utilisation_share,
            b300_ratio: numbers.compute.b300_ratio,
            granted_at_start: numbers.buyers.iter().map(|b| Chips::floor(b.granted_at_start_chips)).collect(),
            opening_need: Vec::new(),
        };
        let mut account = Account::<1>::default();
        for buyer in 0..numbers.buyers.len() {
            world.open(buyer, &mut account);
            world.opening_need.push(account.generated[0]);
        }
        world
    }

    /// Number of buyers.
    pub fn buyers(&self) -> usize {
        self.granted_at_start.len()
    }

    /// Puts a block of paths before the first month.
    pub fn begin<const N: usize>(&self, scenario: &Scenario, luck: &Luck<N>, state: &mut State<N>) {
        let rest_of_world = self.us_market.rest_of_world_at_start;
        state.beijing = Row::all(scenario.rules.beijing_start);
        state.washington = Row::all(scenario.rules.washington_start);
        state.squeezed = Row::all(scenario.rules.squeezed_at_start);
        state.capacity_noise = self.line.first_noise(luck);
        state.line[..self.line.months].fill(Row::all(self.line.bin_at_start));
        state.stock = Row::all(self.line.stock_at_start);
        state.rest_of_world = Row::all(rest_of_world);
        state.us_shipped = Row::all(self.us_market.shipped_at_start);
        state.dealers_stock = Row::default();
        state.landed = Row::all(self.grey_market.landed_at_start(rest_of_world));
        state.seized = Row::default();
        state.scrapped = Row::default();
        state.started = Row::default();
        state.finished = Row::default();
        state.belief = Row::all(self.requests.belief_at_start);
        state.visible = Row::default();
        state.offshore = Row::default();
        state.gross = Row::default();
        state.fee = Row::default();
        state.flows = Flows::default();
        for (buyer, account) in state.accounts[..self.buyers()].iter_mut().enumerate() {
            self.open(buyer, account);
        }
    }

    /// Opens a fresh account: need that is already waiting, and what was granted before the start.
    /// Of an initial grant the confirmed share is an order; the rest stays pending (`model.md` 4.10).
    fn open<const N: usize>(&self, buyer: usize, account: &mut Account<N>) {
        *account = Account::default();
        self.needs.open(account, buyer);
        let granted = self.granted_at_start[buyer];
        let confirmed = Chips::floor(self.review.confirmed_share * granted.real());
        account.requested = Row::all(granted);
        account.granted = Row::all(confirmed);
        account.confirmed = Row::all(confirmed);
        account.backlog = Row::all(confirmed);
        account.pending = Row::all(granted - confirmed);
    }
}
