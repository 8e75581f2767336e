//! Writes a block of paths down: a row for each series in each month, the outcomes at the end (`model.md` section 6).

use super::World;
use super::layout::{
    BUYER_MONTHLY, BUYER_OUTCOMES, BuyerMonthly as B, BuyerOutcome as O, Layout, MICRO, TotalMonthly as M, TotalOutcome as T,
};
use super::state::{Account, State, sum};
use crate::domain::{ASCEND_910C_TPP, Chips, Gate, H100_TPP, H200_TPP, MilliH200, Usd};
use crate::lanes::{Row, each};
use crate::stats::{Record, Sheet, UNDEFINED};

/// What outcomes need beyond the final state.
#[derive(Clone, Debug)]
pub struct Running<const N: usize> {
    /// First month with a delivery, by buyer and (last) in total; 0 for none yet.
    first_delivery: Vec<Row<f64, N>>,
    first_five_thousand: Row<f64, N>,
    first_hundred_thousand: Row<f64, N>,
    shipped: Row<Chips, N>,
    eligible: Row<Chips, N>,
    inflation: Row<f64, N>,
    inflation_first: Row<f64, N>,
    premium: Row<f64, N>,
    months_open: Row<f64, N>,
    training_months: Row<MilliH200, N>,
    quarter_gross: Row<Usd, N>,
    starts: Moments<N>,
    new_need: Moments<N>,
}

/// First two moments of a monthly flow within each path.
#[derive(Clone, Debug, Default)]
struct Moments<const N: usize> {
    sum: Row<f64, N>,
    squares: Row<f64, N>,
}

/// A record of the right size for a layout.
pub fn blank(layout: &Layout) -> Record {
    Record {
        monthly: vec![0; layout.monthly.len() * layout.months],
        outcomes: vec![UNDEFINED; layout.outcome_cells],
        states: vec![0; super::CATEGORIES.len() * layout.months],
    }
}

impl<const N: usize> Running<N> {
    /// For so many buyers.
    pub fn new(buyers: usize) -> Self {
        Self {
            first_delivery: vec![Row::default(); buyers + 1],
            first_five_thousand: Row::default(),
            first_hundred_thousand: Row::default(),
            shipped: Row::default(),
            eligible: Row::default(),
            inflation: Row::default(),
            inflation_first: Row::default(),
            premium: Row::default(),
            months_open: Row::default(),
            training_months: Row::default(),
            quarter_gross: Row::default(),
            starts: Moments::default(),
            new_need: Moments::default(),
        }
    }

    /// Starts new paths.
    pub fn reset(&mut self) {
        let mut first_delivery = std::mem::take(&mut self.first_delivery);
        first_delivery.fill(Row::default());
        *self = Self { first_delivery, ..Self::new(0) };
    }
}

/// Writes month `t` down.
#[inline(always)]
pub fn month<const N: usize>(
    sheet: &mut (impl Sheet<N> + ?Sized),
    running: &mut Running<N>,
    layout: &Layout,
    state: &State<N>,
    world: &World,
    t: usize,
) {
    let mut totals = [Row::<f64, N>::default(); BUYER_MONTHLY.len()];
    for (buyer, account) in state.accounts[..layout.buyers].iter().enumerate() {
        account_month(&mut totals, account, world.shipping.transit_months, |metric, row| {
            sheet.monthly(layout.buyer_month(metric, Some(buyer), t), |l| row[l]);
        });
        running.training_months += account.training_served;
        note_first(&mut running.first_delivery[buyer], &account.delivered(), Chips(1.0), t);
    }
    for (cell, total) in totals.iter().enumerate() {
        sheet.monthly((cell * (layout.buyers + 1) + layout.buyers) * layout.months + t - 1, |l| total[l]);
    }
    let total = |metric: B| &totals[metric as usize];

    let flows = &state.flows;
    let in_line = sum(&state.line[..world.line.months]);
    let headroom: Row<f64, N> = each(|l| (world.shipping.ceiling(state.us_shipped[l]) - Chips(total(B::Shipped)[l])).positive().0);
    let mut h20 = Row::default();
    for account in &state.accounts[..layout.buyers] {
        h20 += account.h20;
    }
    let mut set = |metric: M, row: Row<f64, N>| sheet.monthly(layout.total_month(metric, t), |l| row[l]);
    set(M::RequestedInMonth, each(|l| flows.requested[l].0));
    set(M::ShippedInMonth, each(|l| flows.shipped[l].0));
    set(M::DeliveredInMonth, each(|l| flows.delivered[l].0));
    set(M::Capacity, each(|l| flows.capacity[l].0));
    set(M::Starts, each(|l| flows.started[l].0));
    set(M::Good, each(|l| flows.good[l].0));
    set(M::Scrapped, each(|l| flows.scrapped[l].0));
    set(M::Line, each(|l| in_line[l].0));
    set(M::Stock, each(|l| state.stock[l].0));
    set(M::RestOfWorld, each(|l| state.rest_of_world[l].0));
    set(M::CeilingHeadroom, headroom);
    set(M::Squeezed, each(|l| if state.squeezed[l] { 1.0 } else { 0.0 }));
    set(M::OrderInflation, each(|l| micro(flows.inflation[l])));
    set(M::BelievedFill, each(|l| micro(state.belief[l])));
    set(M::Diverted, each(|l| flows.diverted[l].0));
    set(M::Seized, each(|l| state.seized[l].0));
    set(M::DealersStock, each(|l| state.dealers_stock[l].0));
    set(M::Premium, each(|l| micro(flows.premium[l])));
    set(M::Gross, each(|l| flows.gross[l].0));
    set(M::UsTake, each(|l| flows.fee[l].0));
    set(M::Net, each(|l| flows.gross[l].0 - flows.fee[l].0));
    set(M::H20, each(|l| h20[l].0));
    set(M::ComputeLegal, *total(B::Delivered));
    set(M::ComputeGrey, *total(B::Grey));
    set(M::ComputeDomestic, each(|l| Chips::floor(total(B::Domestic)[l] * (1000.0 * ASCEND_910C_TPP / H100_TPP)).0));
    for (gate, held) in flows.held.iter().enumerate() {
        sheet.monthly(layout.total_month(M::HeldRequest, t) + gate * layout.months, |l| held[l].0);
    }
    let binding = binding(&flows.held);
    sheet.state(t - 1, |l| state.beijing[l] as u8);
    sheet.state(layout.months + t - 1, |l| state.washington[l] as u8);
    sheet.state(2 * layout.months + t - 1, |l| binding[l]);

    let delivered: Row<_, N> = each(|l| Chips(total(B::Delivered)[l]));
    note_first(&mut running.first_delivery[layout.buyers], &delivered, Chips(1.0), t);
    note_first(&mut running.first_five_thousand, &delivered, Chips(5_000.0), t);
    note_first(&mut running.first_hundred_thousand, &delivered, Chips(100_000.0), t);
    running.shipped += flows.shipped;
    running.eligible += flows.eligible;
    running.inflation += flows.inflation;
    running.premium += flows.premium;
    if t == 1 {
        running.inflation_first = each(|l| ratio(flows.on_order[l].need().real(), flows.addressable[l].real()));
    }
    running.months_open += each(|l| if state.beijing[l].admits() { 1.0 } else { 0.0 });
    running.starts.push(|l| flows.started[l].real());
    running.new_need.push(|l| flows.new_need[l].real());
    by_date(sheet, running, layout, state, &delivered, t);
}

/// Deliveries by the end of each calendar year and revenue of each quarter.
#[inline(always)]
fn by_date<const N: usize>(
    sheet: &mut (impl Sheet<N> + ?Sized),
    running: &mut Running<N>,
    layout: &Layout,
    state: &State<N>,
    delivered: &Row<Chips, N>,
    t: usize,
) {
    if let Some(year) = layout.years.iter().position(|(_, last)| *last == t) {
        for (buyer, account) in state.accounts[..layout.buyers].iter().enumerate() {
            let delivered = account.delivered();
            sheet.outcome(layout.year_outcome(year, Some(buyer)), |l| delivered[l].0);
        }
        sheet.outcome(layout.year_outcome(year, None), |l| delivered[l].0);
    }
    running.quarter_gross += state.flows.gross;
    let quarter = layout.start.plus(t as i32 - 1).quarter();
    if t == layout.months || layout.start.plus(t as i32).quarter() != quarter {
        if let Some(place) = layout.quarters.iter().position(|known| *known == quarter) {
            sheet.outcome(layout.quarter_outcome(place), |l| running.quarter_gross[l].0);
        }
        running.quarter_gross = Row::default();
    }
}

/// The outcomes of finished paths.
#[inline(always)]
pub fn outcomes<const N: usize>(
    sheet: &mut (impl Sheet<N> + ?Sized),
    running: &Running<N>,
    layout: &Layout,
    state: &State<N>,
    world: &World,
    may_buy: &[bool],
) {
    let mut totals = [Row::<f64, N>::default(); BUYER_OUTCOMES.len()];
    let (mut delivered, mut granted, mut to_eligible) = (Row::default(), Row::default(), Row::default());
    let (mut domestic, mut grey, mut h20) = (Row::default(), Row::default(), Row::default());
    let mut addressable = Row::default();
    for (buyer, (account, may)) in state.accounts.iter().zip(may_buy).enumerate() {
        let own = account.delivered();
        account_outcomes(&mut totals, account, |metric, row| {
            sheet.outcome(layout.buyer_outcome(metric, Some(buyer)), |l| row[l]);
        });
        sheet.outcome(layout.buyer_outcome(O::NeedFill, Some(buyer)), |l| {
            ratio(own[l].need().real(), account.addressable_generated[l].real())
        });
        sheet.outcome(layout.buyer_outcome(O::ApprovalYield, Some(buyer)), |l| ratio(own[l].real(), account.granted[l].real()));
        delivered += own;
        granted += account.granted;
        domestic += account.domestic;
        grey += account.grey;
        h20 += account.h20;
        if *may {
            to_eligible += own;
            addressable += account.addressable_generated;
        }
    }
    for metric in ADD_UP {
        let total = &totals[metric as usize];
        sheet.outcome(layout.buyer_outcome(metric, None), |l| total[l]);
    }
    sheet.outcome(layout.buyer_outcome(O::NeedFill, None), |l| ratio(to_eligible[l].need().real(), addressable[l].real()));
    sheet.outcome(layout.buyer_outcome(O::ApprovalYield, None), |l| ratio(delivered[l].real(), granted[l].real()));

    let months = layout.months as f64;
    let month_or_never = |month: f64| if month == 0.0 { months + 1.0 } else { month };
    for (slot, first) in running.first_delivery.iter().enumerate() {
        let buyer = (slot < layout.buyers).then_some(slot);
        sheet.outcome(layout.buyer_outcome(O::FirstDelivery, buyer), |l| month_or_never(first[l]));
    }
    let domestic_tpp = |l: usize| domestic[l].real() * ASCEND_910C_TPP;
    let legal_tpp = |l: usize| delivered[l].real() * H200_TPP;
    let all_tpp = |l: usize| domestic_tpp(l) + legal_tpp(l) + grey[l].real() * H200_TPP;
    let in_line = sum(&state.line[..world.line.months]);
    let stranded: Row<Chips, N> = each(|l| state.stock[l] + in_line[l]);
    let profit = |l: usize, opportunity: Usd| {
        let unit_cost = world.costs.build + opportunity;
        (state.gross[l] - state.fee[l] - state.started[l].at(unit_cost) + stranded[l].at(world.costs.salvage)).0
    };
    let mut set = |metric: T, row: Row<f64, N>| sheet.outcome(layout.total_outcome(metric), |l| row[l]);
    set(T::FirstFiveThousand, each(|l| month_or_never(running.first_five_thousand[l])));
    set(T::FirstHundredThousand, each(|l| month_or_never(running.first_hundred_thousand[l])));
    set(T::SupplyFill, each(|l| ratio(running.shipped[l].real(), running.eligible[l].real())));
    set(T::InflationFirst, running.inflation_first);
    set(T::InflationMean, each(|l| micro(running.inflation[l] / months)));
    set(T::Bullwhip, bullwhip(&running.starts, &running.new_need, months));
    set(T::ComputeB300, each(|l| Chips::floor(delivered[l].real() * 1000.0 * world.b300_ratio).0));
    set(T::TrainingCompute, each(|l| Chips::floor(running.training_months[l].real() * world.utilisation).0));
    set(T::Revenue, each(|l| state.gross[l].0));
    set(T::UsTake, each(|l| state.fee[l].0));
    set(T::Net, each(|l| (state.gross[l] - state.fee[l]).0));
    set(T::Profit, each(|l| profit(l, world.costs.opportunity)));
    set(T::ProfitWithoutOpportunity, each(|l| profit(l, Usd::ZERO)));
    set(T::ProfitAt6000, each(|l| profit(l, Usd(6_000.0))));
    set(T::ProfitAt15000, each(|l| profit(l, Usd(15_000.0))));
    set(T::Stranded, each(|l| stranded[l].0));
    set(T::DomesticShare, each(|l| ratio(domestic_tpp(l), all_tpp(l))));
    set(T::NvidiaShare, each(|l| ratio(legal_tpp(l), all_tpp(l))));
    set(T::Seized, each(|l| state.seized[l].0));
    set(T::PremiumMean, each(|l| micro(running.premium[l] / months)));
    set(T::MonthsOpen, running.months_open);
    set(T::H20, each(|l| h20[l].0));
}

/// Writes one row per metric, and adds it to the total.
#[inline(always)]
fn account_month<const N: usize>(
    totals: &mut [Row<f64, N>; BUYER_MONTHLY.len()],
    account: &Account<N>,
    transit_months: usize,
    mut write: impl FnMut(B, &Row<f64, N>),
) {
    let way = account.in_transit(transit_months);
    set(totals, &mut write, B::Requested, &each(|l| account.requested[l].0));
    set(totals, &mut write, B::Pending, &each(|l| account.pending[l].0));
    set(totals, &mut write, B::Granted, &each(|l| account.granted[l].0));
    set(totals, &mut write, B::Confirmed, &each(|l| account.confirmed[l].0));
    set(totals, &mut write, B::Backlog, &each(|l| account.backlog[l].0));
    set(totals, &mut write, B::Licensed, &each(|l| if account.licensed[l] { 1.0 } else { 0.0 }));
    set(totals, &mut write, B::Shipped, &each(|l| account.shipped[l].0));
    set(totals, &mut write, B::InTransit, &each(|l| (way[l] - account.stuck[l]).0));
    set(totals, &mut write, B::AtBorder, &each(|l| account.stuck[l].0));
    set(totals, &mut write, B::Delivered, &each(|l| (account.delivered_mainland[l] + account.delivered_offshore[l]).0));
    set(totals, &mut write, B::DeliveredMainland, &each(|l| account.delivered_mainland[l].0));
    set(totals, &mut write, B::DeliveredOffshore, &each(|l| account.delivered_offshore[l].0));
    set(totals, &mut write, B::Refused, &each(|l| account.refused[l].0));
    set(totals, &mut write, B::Cancelled, &each(|l| account.cancelled[l].0));
    set(totals, &mut write, B::UnmetTraining, &each(|l| account.training[l].0));
    set(totals, &mut write, B::UnmetInference, &each(|l| account.inference[l].0));
    set(totals, &mut write, B::Domestic, &each(|l| account.domestic[l].0));
    set(totals, &mut write, B::Grey, &each(|l| account.grey[l].0));
}

/// Writes a row and adds it to the total.
#[inline(always)]
fn set<const N: usize>(
    totals: &mut [Row<f64, N>; BUYER_MONTHLY.len()],
    write: &mut impl FnMut(B, &Row<f64, N>),
    metric: B,
    row: &Row<f64, N>,
) {
    write(metric, row);
    totals[metric as usize] += *row;
}

/// The outcomes whose total is the sum over buyers.
const ADD_UP: [O; 9] =
    [O::Delivered, O::Requested, O::Refused, O::Cancelled, O::AtBorder, O::UnmetTraining, O::UnmetTotal, O::Domestic, O::Grey];

/// Writes the outcomes that add up over buyers, and adds them to the total.
#[inline(always)]
fn account_outcomes<const N: usize>(
    totals: &mut [Row<f64, N>; BUYER_OUTCOMES.len()],
    account: &Account<N>,
    mut write: impl FnMut(O, &Row<f64, N>),
) {
    let mut set = |metric: O, row: Row<f64, N>| {
        write(metric, &row);
        totals[metric as usize] += row;
    };
    let open = account.open_need();
    set(O::Delivered, each(|l| (account.delivered_mainland[l] + account.delivered_offshore[l]).0));
    set(O::Requested, each(|l| account.requested[l].0));
    set(O::Refused, each(|l| account.refused[l].0));
    set(O::Cancelled, each(|l| account.cancelled[l].0));
    set(O::AtBorder, each(|l| account.stuck[l].0));
    set(O::UnmetTraining, each(|l| account.training[l].positive().0));
    set(O::UnmetTotal, each(|l| open[l].0));
    set(O::Domestic, each(|l| account.domestic[l].0));
    set(O::Grey, each(|l| account.grey[l].0));
}

/// Position in [`super::BINDING_GATES`] of the gate that holds most: the earlier one of equals, the last place for none.
#[inline(always)]
fn binding<const N: usize>(held: &[Row<Chips, N>; Gate::ALL.len()]) -> Row<u8, N> {
    let mut most: Row<Chips, N> = Row::default();
    let mut binding: Row<_, N> = Row::all(Gate::ALL.len() as u8);
    for (gate, chips) in held.iter().enumerate() {
        binding = each(|l| if chips[l] > most[l] { gate as u8 } else { binding[l] });
        most = each(|l| chips[l].max(most[l]));
    }
    binding
}

#[inline(always)]
fn note_first<const N: usize>(first: &mut Row<f64, N>, delivered: &Row<Chips, N>, threshold: Chips, month: usize) {
    *first = each(|l| if (first[l] == 0.0) & (delivered[l] >= threshold) { month as f64 } else { first[l] });
}

/// A ratio in millionths; a ratio to nothing is undefined.
#[inline(always)]
fn ratio(part: f64, whole: f64) -> f64 {
    let millionths = micro(part / if whole > 0.0 { whole } else { 1.0 });
    if whole > 0.0 { millionths } else { f64::NAN }
}

#[inline(always)]
fn micro(value: f64) -> f64 {
    Chips::floor(value / MICRO + 0.5).0
}

#[inline(always)]
fn bullwhip<const N: usize>(starts: &Moments<N>, need: &Moments<N>, months: f64) -> Row<f64, N> {
    let (starts, need) = (starts.squared_variation(months), need.squared_variation(months));
    each(|l| if starts[l].is_nan() | need[l].is_nan() { f64::NAN } else { ratio(starts[l], need[l]) })
}

impl<const N: usize> Moments<N> {
    #[inline(always)]
    fn push(&mut self, value: impl Fn(usize) -> f64) {
        self.sum += each(&value);
        self.squares += each(|l| value(l) * value(l));
    }

    /// Squared coefficient of variation over at least two months; NaN where there is none.
    #[inline(always)]
    fn squared_variation(&self, months: f64) -> Row<f64, N> {
        each(|l| {
            let mean = self.sum[l] / months;
            let variance = (self.squares[l] - months * mean * mean) / (months - 1.0);
            if (months >= 2.0) & (mean > 0.0) { variance.max(0.0) / (mean * mean) } else { f64::NAN }
        })
    }
}
