//! One world: what nobody knows, drawn once and held for all its paths (`model.md` 4.14).

use super::state::{Account, Flows, State};
use super::{cancellation, domestic, draws::Luck, grey_market, licences, line, needs, policy, requests, review, shipping, us_market};
use crate::domain::{Chips, MAX_BUYERS, PolicyType, Usd};
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
    pub fee_basis_points: i64,
    /// Building cost, opportunity cost and salvage value of one chip.
    pub costs: Costs,
    /// Model FLOP utilisation in training.
    pub utilisation: f64,
    /// B300s that equal one H200 in training.
    pub b300_ratio: f64,
    /// The buyers' accounts before the first month.
    pub opened: Vec<Account>,
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
            opened: Vec::new(),
        };
        world.opened = numbers.buyers.iter().enumerate().map(|(i, b)| world.open(i, Chips::floor(b.granted_at_start_chips))).collect();
        world
    }

    /// Number of buyers.
    pub fn buyers(&self) -> usize {
        self.opened.len()
    }

    /// The state before the first month.
    pub fn initial_state(&self, scenario: &Scenario, luck: &Luck) -> State {
        let rest_of_world = self.us_market.rest_of_world_at_start;
        let mut in_line = [Chips::ZERO; line::MAX_LINE];
        in_line[..self.line.months].fill(self.line.bin_at_start);
        let mut accounts: [Account; MAX_BUYERS] = Default::default();
        accounts[..self.buyers()].clone_from_slice(&self.opened);
        State {
            beijing: scenario.rules.beijing_start,
            washington: scenario.rules.washington_start,
            squeezed: scenario.rules.squeezed_at_start,
            capacity_noise: self.line.first_noise(luck),
            line: in_line,
            stock: self.line.stock_at_start,
            rest_of_world,
            us_shipped: self.us_market.shipped_at_start,
            dealers_stock: Chips::ZERO,
            landed: self.grey_market.landed_at_start(rest_of_world),
            seized: Chips::ZERO,
            scrapped: Chips::ZERO,
            started: Chips::ZERO,
            finished: Chips::ZERO,
            belief: self.requests.belief_at_start,
            visible: 0.0,
            offshore: Chips::ZERO,
            gross: Usd::ZERO,
            fee: Usd::ZERO,
            accounts,
            flows: Flows::default(),
        }
    }

    /// A fresh account: need that is already waiting, and what was granted before the start.
    /// Of an initial grant the confirmed share is an order; the rest stays pending (`model.md` 4.10).
    fn open(&self, buyer: usize, granted: Chips) -> Account {
        let mut account = Account::default();
        self.needs.open(&mut account, buyer);
        let confirmed = Chips::floor(self.review.confirmed_share * granted.real());
        account.requested = granted;
        account.granted = confirmed;
        account.confirmed = confirmed;
        account.backlog = confirmed;
        account.pending = granted - confirmed;
        account
    }
}
