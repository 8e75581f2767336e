//! Writes a path down: one column of the record each month, the outcomes at the end (`model.md` section 6).

use super::World;
use super::layout::{
    BUYER_MONTHLY, BUYER_OUTCOMES, BuyerMonthly as B, BuyerOutcome, Layout, MICRO, TOTAL_MONTHLY, TotalMonthly as M, TotalOutcome,
};
use super::state::{Account, Licence, State};
use crate::domain::{ASCEND_910C_TPP, Chips, Gate, H100_TPP, H200_TPP, MilliH200, Usd};
use crate::stats::{Record, UNDEFINED};

/// What outcomes need beyond the final state.
#[derive(Clone, Debug, Default)]
pub struct Running {
    /// First month with a delivery, by buyer and (last) in total; 0 for none yet.
    first_delivery: Vec<usize>,
    first_five_thousand: usize,
    first_hundred_thousand: usize,
    shipped: Chips,
    eligible: Chips,
    inflation: f64,
    inflation_first: i64,
    premium: f64,
    months_open: i64,
    training_months: i64,
    starts: Moments,
    new_need: Moments,
}

/// First two moments of a monthly flow within one path.
#[derive(Clone, Copy, Debug, Default)]
struct Moments {
    count: f64,
    sum: f64,
    squares: f64,
}

/// A record of the right size for a layout.
pub fn blank(layout: &Layout) -> Record {
    Record {
        monthly: vec![0; layout.monthly.len() * layout.months],
        outcomes: vec![UNDEFINED; layout.outcome_cells],
        states: vec![0; super::CATEGORIES.len() * layout.months],
    }
}

/// The months of a path as they come: each month the buyers' values one after another, their totals, and what
/// exists in total only. [`Sheet::turn`] lays them out by series. Writing rows and turning once is three times
/// faster than writing columns.
#[derive(Clone, Debug)]
pub struct Sheet {
    cells: Vec<i64>,
}

/// Values of one buyer, or of all together, in a month.
const EACH: usize = BUYER_MONTHLY.len();
/// Values of a month that exist in total only.
const ONCE: usize = TOTAL_MONTHLY.len();

impl Sheet {
    /// A sheet for a layout.
    pub fn new(layout: &Layout) -> Self {
        Self { cells: vec![0; Self::width(layout) * layout.months] }
    }

    fn width(layout: &Layout) -> usize {
        (layout.buyers + 1) * EACH + ONCE
    }

    /// The row of month `t`, from 1: what exists for each buyer and in total, and what exists in total only.
    fn row(&mut self, layout: &Layout, t: usize) -> (&mut [i64], &mut [i64]) {
        let width = Self::width(layout);
        self.cells[(t - 1) * width..t * width].split_at_mut((layout.buyers + 1) * EACH)
    }

    /// Copies the sheet into the record's order.
    pub fn turn(&self, layout: &Layout, record: &mut Record) {
        let width = Self::width(layout);
        let (for_each, once) = record.monthly.split_at_mut(EACH * (layout.buyers + 1) * layout.months);
        for (place, series) in for_each.chunks_exact_mut(layout.months).enumerate() {
            let (metric, who) = (place / (layout.buyers + 1), place % (layout.buyers + 1));
            self.copy_column(who * EACH + metric, width, series);
        }
        for (metric, series) in once.chunks_exact_mut(layout.months).enumerate() {
            self.copy_column((layout.buyers + 1) * EACH + metric, width, series);
        }
    }

    fn copy_column(&self, first: usize, width: usize, series: &mut [i64]) {
        let mut place = first;
        for value in series {
            *value = self.cells[place];
            place += width;
        }
    }
}

impl Running {
    /// Starts a new path.
    pub fn reset(&mut self, buyers: usize) {
        let mut first_delivery = std::mem::take(&mut self.first_delivery);
        first_delivery.clear();
        first_delivery.resize(buyers + 1, 0);
        *self = Self { first_delivery, ..Self::default() };
    }
}

/// Writes month `t` down.
pub fn month(sheet: &mut Sheet, record: &mut Record, running: &mut Running, layout: &Layout, state: &State, world: &World, t: usize) {
    let (for_each, once) = sheet.row(layout, t);
    let (buyers, total) = for_each.split_at_mut(layout.buyers * EACH);
    total.fill(0);
    for ((buyer, values), account) in buyers.chunks_exact_mut(EACH).enumerate().zip(&state.accounts) {
        values.copy_from_slice(&account_values(account, world.shipping.transit_months));
        // A sum of at most 16 counts that the books allow; see `units.rs`.
        total.iter_mut().zip(&*values).for_each(|(total, value)| *total = total.wrapping_add(*value));
        running.training_months += account.training_served.0;
        note_first(&mut running.first_delivery[buyer], account.delivered(), Chips(1), t);
    }
    let sum = |metric: B| Chips(total[metric as usize]);

    let flows = &state.flows;
    let in_line: Chips = state.line[..world.line.months].iter().sum();
    let headroom = (world.shipping.ceiling(state) - sum(B::Shipped)).positive();
    let h20: Chips = state.accounts[..layout.buyers].iter().map(|a| a.h20).sum();
    let domestic_compute = sum(B::Domestic).real() * (1000.0 * ASCEND_910C_TPP / H100_TPP);
    let mut set = |metric: M, value: i64| once[metric as usize] = value;
    set(M::RequestedInMonth, flows.requested.0);
    set(M::ShippedInMonth, flows.shipped.0);
    set(M::DeliveredInMonth, flows.delivered.0);
    set(M::Capacity, flows.capacity.0);
    set(M::Starts, flows.started.0);
    set(M::Good, flows.good.0);
    set(M::Scrapped, flows.scrapped.0);
    set(M::Line, in_line.0);
    set(M::Stock, state.stock.0);
    set(M::RestOfWorld, state.rest_of_world.0);
    set(M::CeilingHeadroom, headroom.0);
    set(M::Squeezed, i64::from(state.squeezed));
    set(M::OrderInflation, micro(flows.inflation));
    set(M::BelievedFill, micro(state.belief));
    set(M::Diverted, flows.diverted.0);
    set(M::Seized, state.seized.0);
    set(M::DealersStock, state.dealers_stock.0);
    set(M::Premium, micro(flows.premium));
    set(M::Gross, flows.gross.0);
    set(M::UsTake, flows.fee.0);
    set(M::Net, flows.gross.0 - flows.fee.0);
    set(M::H20, h20.0);
    set(M::ComputeLegal, sum(B::Delivered).0);
    set(M::ComputeGrey, sum(B::Grey).0);
    set(M::ComputeDomestic, Chips::floor(domestic_compute).0);
    for (slot, chips) in once[M::HeldRequest as usize..].iter_mut().zip(flows.held) {
        *slot = chips.0;
    }
    for (category, in_state) in [state.beijing as u8, state.washington as u8, binding(flows.held)].into_iter().enumerate() {
        record.states[category * layout.months + t - 1] = in_state;
    }

    note_first(&mut running.first_delivery[layout.buyers], sum(B::Delivered), Chips(1), t);
    note_first(&mut running.first_five_thousand, sum(B::Delivered), Chips(5_000), t);
    note_first(&mut running.first_hundred_thousand, sum(B::Delivered), Chips(100_000), t);
    running.shipped += flows.shipped;
    running.eligible += flows.eligible;
    running.inflation += flows.inflation;
    running.premium += flows.premium;
    if t == 1 {
        running.inflation_first = ratio(flows.on_order.need().real(), flows.addressable.real());
    }
    running.months_open += i64::from(state.beijing.admits());
    running.starts.push(flows.started.real());
    running.new_need.push(flows.new_need.real());
}

/// The outcomes of a finished path.
pub fn outcomes(record: &mut Record, running: &Running, layout: &Layout, state: &State, world: &World, may_buy: &[bool]) {
    let mut total = [0_i64; BUYER_OUTCOMES.len()];
    for (buyer, account) in state.accounts[..layout.buyers].iter().enumerate() {
        for (metric, value) in account_outcomes(account) {
            record.outcomes[layout.buyer_outcome(metric, Some(buyer))] = value;
            total[metric as usize] += value;
        }
        let need_fill = ratio(account.delivered().need().real(), account.addressable_generated.real());
        record.outcomes[layout.buyer_outcome(BuyerOutcome::NeedFill, Some(buyer))] = need_fill;
        record.outcomes[layout.buyer_outcome(BuyerOutcome::ApprovalYield, Some(buyer))] =
            ratio(account.delivered().real(), account.granted.real());
    }
    for (metric, value) in total.iter().enumerate() {
        record.outcomes[metric * (layout.buyers + 1) + layout.buyers] = *value;
    }
    let eligible = || state.accounts.iter().zip(may_buy).filter(|(_, may)| **may).map(|(a, _)| a);
    let accounts = &state.accounts[..layout.buyers];
    let delivered: Chips = accounts.iter().map(Account::delivered).sum();
    let granted: Chips = accounts.iter().map(|a| a.granted).sum();
    let addressable: MilliH200 = eligible().map(|a| a.addressable_generated).sum();
    let to_eligible: Chips = eligible().map(Account::delivered).sum();
    record.outcomes[layout.buyer_outcome(BuyerOutcome::NeedFill, None)] = ratio(to_eligible.need().real(), addressable.real());
    record.outcomes[layout.buyer_outcome(BuyerOutcome::ApprovalYield, None)] = ratio(delivered.real(), granted.real());

    let never = layout.months + 1;
    let month_or_never = |month: usize| if month == 0 { never as i64 } else { month as i64 };
    for (slot, first) in running.first_delivery.iter().enumerate() {
        let buyer = (slot < layout.buyers).then_some(slot);
        record.outcomes[layout.buyer_outcome(BuyerOutcome::FirstDelivery, buyer)] = month_or_never(*first);
    }
    let months = layout.months as f64;
    let domestic: Chips = accounts.iter().map(|a| a.domestic).sum();
    let grey: Chips = accounts.iter().map(|a| a.grey).sum();
    let h20: Chips = accounts.iter().map(|a| a.h20).sum();
    let (domestic_tpp, legal_tpp) = (domestic.real() * ASCEND_910C_TPP, delivered.real() * H200_TPP);
    let all_tpp = domestic_tpp + legal_tpp + grey.real() * H200_TPP;
    let in_line: Chips = state.line[..world.line.months].iter().sum();
    let stranded = state.stock + in_line;
    let profit = |opportunity: Usd| {
        let unit_cost = world.costs.build + opportunity;
        (state.gross - state.fee - state.started.at(unit_cost) + stranded.at(world.costs.salvage)).0
    };
    for (metric, value) in [
        (TotalOutcome::FirstFiveThousand, month_or_never(running.first_five_thousand)),
        (TotalOutcome::FirstHundredThousand, month_or_never(running.first_hundred_thousand)),
        (TotalOutcome::SupplyFill, ratio(running.shipped.real(), running.eligible.real())),
        (TotalOutcome::InflationFirst, running.inflation_first),
        (TotalOutcome::InflationMean, micro(running.inflation / months)),
        (TotalOutcome::Bullwhip, bullwhip(running.starts, running.new_need)),
        (TotalOutcome::ComputeB300, Chips::floor(delivered.real() * 1000.0 * world.b300_ratio).0),
        (TotalOutcome::TrainingCompute, Chips::floor(running.training_months as f64 * world.utilisation).0),
        (TotalOutcome::Revenue, state.gross.0),
        (TotalOutcome::UsTake, state.fee.0),
        (TotalOutcome::Net, state.gross.0 - state.fee.0),
        (TotalOutcome::Profit, profit(world.costs.opportunity)),
        (TotalOutcome::ProfitWithoutOpportunity, profit(Usd::ZERO)),
        (TotalOutcome::ProfitAt6000, profit(Usd(6_000))),
        (TotalOutcome::ProfitAt15000, profit(Usd(15_000))),
        (TotalOutcome::Stranded, stranded.0),
        (TotalOutcome::DomesticShare, ratio(domestic_tpp, all_tpp)),
        (TotalOutcome::NvidiaShare, ratio(legal_tpp, all_tpp)),
        (TotalOutcome::Seized, state.seized.0),
        (TotalOutcome::PremiumMean, micro(running.premium / months)),
        (TotalOutcome::MonthsOpen, running.months_open),
        (TotalOutcome::H20, h20.0),
    ] {
        record.outcomes[layout.total_outcome(metric)] = value;
    }
    by_date(record, layout);
}

/// Deliveries by the end of each calendar year and revenue of each quarter, read off the monthly record.
fn by_date(record: &mut Record, layout: &Layout) {
    for (year, (_, last)) in layout.years.iter().enumerate() {
        for buyer in (0..layout.buyers).map(Some).chain([None]) {
            record.outcomes[layout.year_outcome(year, buyer)] = record.monthly[layout.buyer_month(B::Delivered, buyer, *last)];
        }
    }
    for (quarter, wanted) in layout.quarters.iter().enumerate() {
        let months = (1..=layout.months).filter(|t| layout.start.plus(*t as i32 - 1).quarter() == *wanted);
        let revenue: i64 = months.map(|t| record.monthly[layout.total_month(M::Gross, t)]).sum();
        record.outcomes[layout.quarter_outcome(quarter)] = revenue;
    }
}

/// One value per metric, in the order of [`B`].
fn account_values(account: &Account, transit_months: usize) -> [i64; EACH] {
    let mut values = [0; EACH];
    let mut set = |metric: B, value: i64| values[metric as usize] = value;
    set(B::Requested, account.requested.0);
    set(B::Pending, account.pending.0);
    set(B::Granted, account.granted.0);
    set(B::Confirmed, account.confirmed.0);
    set(B::Backlog, account.backlog.0);
    set(B::Licensed, i64::from(account.licence == Licence::Granted));
    set(B::Shipped, account.shipped.0);
    set(B::InTransit, (account.in_transit(transit_months) - account.stuck).0);
    set(B::AtBorder, account.stuck.0);
    set(B::Delivered, account.delivered().0);
    set(B::DeliveredMainland, account.delivered_mainland.0);
    set(B::DeliveredOffshore, account.delivered_offshore.0);
    set(B::Refused, account.refused.0);
    set(B::Cancelled, account.cancelled.0);
    set(B::UnmetTraining, account.training.0);
    set(B::UnmetInference, account.inference.0);
    set(B::Domestic, account.domestic.0);
    set(B::Grey, account.grey.0);
    values
}

fn account_outcomes(account: &Account) -> [(BuyerOutcome, i64); 9] {
    [
        (BuyerOutcome::Delivered, account.delivered().0),
        (BuyerOutcome::Requested, account.requested.0),
        (BuyerOutcome::Refused, account.refused.0),
        (BuyerOutcome::Cancelled, account.cancelled.0),
        (BuyerOutcome::AtBorder, account.stuck.0),
        (BuyerOutcome::UnmetTraining, account.training.positive().0),
        (BuyerOutcome::UnmetTotal, account.open_need().0),
        (BuyerOutcome::Domestic, account.domestic.0),
        (BuyerOutcome::Grey, account.grey.0),
    ]
}

/// Position in [`super::BINDING_GATES`] of the gate that holds most: the earlier one of equals, the last place for none.
fn binding(held: [Chips; Gate::ALL.len()]) -> u8 {
    let mut most = (Chips::ZERO, Gate::ALL.len());
    for (gate, chips) in held.into_iter().enumerate() {
        if chips > most.0 {
            most = (chips, gate);
        }
    }
    most.1 as u8
}

fn note_first(first: &mut usize, delivered: Chips, threshold: Chips, month: usize) {
    if *first == 0 && delivered >= threshold {
        *first = month;
    }
}

/// A ratio in millionths; a ratio to nothing is undefined.
fn ratio(part: f64, whole: f64) -> i64 {
    if whole > 0.0 { micro(part / whole) } else { UNDEFINED }
}

fn micro(value: f64) -> i64 {
    Chips::floor(value / MICRO + 0.5).0
}

fn bullwhip(starts: Moments, need: Moments) -> i64 {
    match (starts.squared_variation(), need.squared_variation()) {
        (Some(starts), Some(need)) => ratio(starts, need),
        _ => UNDEFINED,
    }
}

impl Moments {
    fn push(&mut self, value: f64) {
        self.count += 1.0;
        self.sum += value;
        self.squares += value * value;
    }

    /// Squared coefficient of variation over at least two months.
    fn squared_variation(self) -> Option<f64> {
        let mean = self.sum / self.count;
        let variance = (self.squares - self.count * mean * mean) / (self.count - 1.0);
        (self.count >= 2.0 && mean > 0.0).then(|| variance.max(0.0) / (mean * mean))
    }
}
