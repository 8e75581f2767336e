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
#[derive(Clone, Debug, Default)]
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
        Self { first_delivery: vec![Row::default(); buyers + 1], ..Self::default() }
    }

    /// Starts new paths.
    pub fn reset(&mut self) {
        let mut first_delivery = std::mem::take(&mut self.first_delivery);
        first_delivery.fill(Row::default());
        *self = Self { first_delivery, ..Self::default() };
    }
}

/// Writes month `t` down.
#[inline(always)]
pub fn month<const N: usize>(
    sheet: &mut dyn Sheet<N>,
    running: &mut Running<N>,
    layout: &Layout,
    state: &State<N>,
    world: &World,
    t: usize,
) {
    let mut totals = [Row::<f64, N>::default(); BUYER_MONTHLY.len()];
    for (buyer, account) in state.accounts[..layout.buyers].iter().enumerate() {
        Line { sheet, totals: &mut totals, layout, buyer, t }.write_account(account, world.shipping.transit_months);
        running.training_months += account.training_served;
        note_first(&mut running.first_delivery[buyer], &account.delivered(), Chips(1.0), t);
    }
    for (cell, total) in totals.iter().enumerate() {
        sheet.monthly((cell * (layout.buyers + 1) + layout.buyers) * layout.months + t - 1, total);
    }
    let total = |metric: B| &totals[metric as usize];

    let flows = &state.flows;
    let in_line = sum(&state.line[..world.line.months]);
    let headroom: Row<f64, N> = each(|l| (world.shipping.ceiling(state.us_shipped[l]) - Chips(total(B::Shipped)[l])).positive().0);
    let mut h20 = Row::default();
    for account in &state.accounts[..layout.buyers] {
        h20 += account.h20;
    }
    let cell = |metric: M| layout.total_month(metric, t);
    sheet.monthly(cell(M::RequestedInMonth), &flows.requested);
    sheet.monthly(cell(M::ShippedInMonth), &flows.shipped);
    sheet.monthly(cell(M::DeliveredInMonth), &flows.delivered);
    sheet.monthly(cell(M::Capacity), &flows.capacity);
    sheet.monthly(cell(M::Starts), &flows.started);
    sheet.monthly(cell(M::Good), &flows.good);
    sheet.monthly(cell(M::Scrapped), &flows.scrapped);
    sheet.monthly(cell(M::Line), &in_line);
    sheet.monthly(cell(M::Stock), &state.stock);
    sheet.monthly(cell(M::RestOfWorld), &state.rest_of_world);
    sheet.monthly(cell(M::CeilingHeadroom), &headroom);
    sheet.monthly(cell(M::Squeezed), &each::<f64, N>(|l| if state.squeezed[l] { 1.0 } else { 0.0 }));
    sheet.monthly(cell(M::OrderInflation), &each::<f64, N>(|l| micro(flows.inflation[l])));
    sheet.monthly(cell(M::BelievedFill), &each::<f64, N>(|l| micro(state.belief[l])));
    sheet.monthly(cell(M::Diverted), &flows.diverted);
    sheet.monthly(cell(M::Seized), &state.seized);
    sheet.monthly(cell(M::DealersStock), &state.dealers_stock);
    sheet.monthly(cell(M::Premium), &each::<f64, N>(|l| micro(flows.premium[l])));
    sheet.monthly(cell(M::Gross), &flows.gross);
    sheet.monthly(cell(M::UsTake), &flows.fee);
    sheet.monthly(cell(M::Net), &each::<f64, N>(|l| flows.gross[l].0 - flows.fee[l].0));
    sheet.monthly(cell(M::H20), &h20);
    sheet.monthly(cell(M::ComputeLegal), total(B::Delivered));
    sheet.monthly(cell(M::ComputeGrey), total(B::Grey));
    sheet.monthly(
        cell(M::ComputeDomestic),
        &each::<f64, N>(|l| Chips::floor(total(B::Domestic)[l] * (1000.0 * ASCEND_910C_TPP / H100_TPP)).0),
    );
    for (gate, held) in flows.held.iter().enumerate() {
        sheet.monthly(cell(M::HeldRequest) + gate * layout.months, held);
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
    sheet: &mut dyn Sheet<N>,
    running: &mut Running<N>,
    layout: &Layout,
    state: &State<N>,
    delivered: &Row<Chips, N>,
    t: usize,
) {
    if let Some(year) = layout.years.iter().position(|(_, last)| *last == t) {
        for (buyer, account) in state.accounts[..layout.buyers].iter().enumerate() {
            sheet.outcome(layout.year_outcome(year, Some(buyer)), &account.delivered());
        }
        sheet.outcome(layout.year_outcome(year, None), delivered);
    }
    running.quarter_gross += state.flows.gross;
    let quarter = layout.start.plus(t as i32 - 1).quarter();
    if t == layout.months || layout.start.plus(t as i32).quarter() != quarter {
        if let Some(place) = layout.quarters.iter().position(|known| *known == quarter) {
            sheet.outcome(layout.quarter_outcome(place), &running.quarter_gross);
        }
        running.quarter_gross = Row::default();
    }
}

/// The outcomes of finished paths.
#[inline(always)]
pub fn outcomes<const N: usize>(
    sheet: &mut dyn Sheet<N>,
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
        let cell = |metric: O| layout.buyer_outcome(metric, Some(buyer));
        account_outcomes(account, |metric, row| {
            sheet.outcome(cell(metric), &row);
            totals[metric as usize] += row;
        });
        let need_fill = each::<_, N>(|l| ratio(own[l].need().real(), account.addressable_generated[l].real()));
        sheet.outcome(cell(O::NeedFill), &need_fill);
        sheet.outcome(cell(O::ApprovalYield), &each::<_, N>(|l| ratio(own[l].real(), account.granted[l].real())));
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
        sheet.outcome(layout.buyer_outcome(metric, None), &totals[metric as usize]);
    }
    let need_fill = each::<_, N>(|l| ratio(to_eligible[l].need().real(), addressable[l].real()));
    sheet.outcome(layout.buyer_outcome(O::NeedFill, None), &need_fill);
    sheet.outcome(layout.buyer_outcome(O::ApprovalYield, None), &each::<_, N>(|l| ratio(delivered[l].real(), granted[l].real())));

    let months = layout.months as f64;
    let month_or_never = |month: f64| if month == 0.0 { months + 1.0 } else { month };
    for (slot, first) in running.first_delivery.iter().enumerate() {
        let buyer = (slot < layout.buyers).then_some(slot);
        sheet.outcome(layout.buyer_outcome(O::FirstDelivery, buyer), &each::<_, N>(|l| month_or_never(first[l])));
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
    let mut set = |metric: T, row: Row<f64, N>| sheet.outcome(layout.total_outcome(metric), &row);
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

/// The line of a buyer in a month.
struct Line<'a, const N: usize> {
    sheet: &'a mut dyn Sheet<N>,
    totals: &'a mut [Row<f64, N>; BUYER_MONTHLY.len()],
    layout: &'a Layout,
    buyer: usize,
    t: usize,
}

impl<const N: usize> Line<'_, N> {
    /// Writes one row per metric.
    #[inline(always)]
    fn write_account(&mut self, account: &Account<N>, transit_months: usize) {
        let way = account.in_transit(transit_months);
        self.write(B::Requested, &account.requested);
        self.write(B::Pending, &account.pending);
        self.write(B::Granted, &account.granted);
        self.write(B::Confirmed, &account.confirmed);
        self.write(B::Backlog, &account.backlog);
        self.write(B::Licensed, &each::<_, N>(|l| if account.licensed[l] { 1.0 } else { 0.0 }));
        self.write(B::Shipped, &account.shipped);
        self.write(B::InTransit, &each::<_, N>(|l| way[l] - account.stuck[l]));
        self.write(B::AtBorder, &account.stuck);
        self.write(B::Delivered, &account.delivered());
        self.write(B::DeliveredMainland, &account.delivered_mainland);
        self.write(B::DeliveredOffshore, &account.delivered_offshore);
        self.write(B::Refused, &account.refused);
        self.write(B::Cancelled, &account.cancelled);
        self.write(B::UnmetTraining, &account.training);
        self.write(B::UnmetInference, &account.inference);
        self.write(B::Domestic, &account.domestic);
        self.write(B::Grey, &account.grey);
    }

    /// Writes a row and adds it to the total.
    #[inline(always)]
    fn write<T: Copy + Into<f64>>(&mut self, metric: B, row: &Row<T, N>) {
        self.sheet.monthly(self.layout.buyer_month(metric, Some(self.buyer), self.t), row);
        let total = &mut self.totals[metric as usize];
        for l in 0..N {
            total[l] += row[l].into();
        }
    }
}

/// The outcomes whose total is the sum over buyers.
const ADD_UP: [O; 9] =
    [O::Delivered, O::Requested, O::Refused, O::Cancelled, O::AtBorder, O::UnmetTraining, O::UnmetTotal, O::Domestic, O::Grey];

/// Writes the outcomes that add up over buyers.
#[inline(always)]
fn account_outcomes<const N: usize>(account: &Account<N>, mut write: impl FnMut(O, Row<f64, N>)) {
    let open = account.open_need();
    write(O::Delivered, each(|l| (account.delivered_mainland[l] + account.delivered_offshore[l]).0));
    write(O::Requested, each(|l| account.requested[l].0));
    write(O::Refused, each(|l| account.refused[l].0));
    write(O::Cancelled, each(|l| account.cancelled[l].0));
    write(O::AtBorder, each(|l| account.stuck[l].0));
    write(O::UnmetTraining, each(|l| account.training[l].positive().0));
    write(O::UnmetTotal, each(|l| open[l].0));
    write(O::Domestic, each(|l| account.domestic[l].0));
    write(O::Grey, each(|l| account.grey[l].0));
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
