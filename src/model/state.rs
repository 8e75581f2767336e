//! The state of a block of paths (`model.md` 3.2): everything that one month hands to the next.

use super::allocation::Desk;
use super::line::MAX_LINE;
use crate::domain::{Beijing, Chips, Gate, MAX_BUYERS, MilliH200, Usd, Washington};
use crate::lanes::{Row, each};

/// The longest transit in months.
pub const MAX_TRANSIT: usize = 12;

/// `N` paths of one world, at the end of a month. `State<1>` is one path.
#[derive(Clone, Debug, PartialEq)]
#[repr(align(64))]
pub struct State<const N: usize> {
    /// Beijing's regime, `b`.
    pub beijing: Row<Beijing, N>,
    /// Washington's regime, `u`.
    pub washington: Row<Washington, N>,
    /// Whether a capacity squeeze is on, `z_sq`.
    pub squeezed: Row<bool, N>,
    /// Log capacity noise, `X`.
    pub capacity_noise: Row<f64, N>,
    /// Chips in the line, oldest first, `wip`; only the first `line_months` bins are used.
    pub line: [Row<Chips, N>; MAX_LINE],
    /// Finished H200 owned by Nvidia, `Inv`.
    pub stock: Row<Chips, N>,
    /// H200 held in the rest of the world, `Row`.
    pub rest_of_world: Row<Chips, N>,
    /// Cumulative shipments to US end use, `U`.
    pub us_shipped: Row<Chips, N>,
    /// Dealers' stock, `GreyStock`.
    pub dealers_stock: Row<Chips, N>,
    /// Chips that escaped seizure last month, `landed`.
    pub landed: Row<Chips, N>,
    /// Cumulative chips seized.
    pub seized: Row<Chips, N>,
    /// Cumulative chips that failed test.
    pub scrapped: Row<Chips, N>,
    /// Cumulative chips started.
    pub started: Row<Chips, N>,
    /// Cumulative good chips finished.
    pub finished: Row<Chips, N>,
    /// Fill rate buyers expect, `m_t`.
    pub belief: Row<f64, N>,
    /// Visible deliveries of last month in units of 10,000 chips, `V_t`.
    pub visible: Row<f64, N>,
    /// H200 in Hong Kong sites so far.
    pub offshore: Row<Chips, N>,
    /// Cumulative gross revenue.
    pub gross: Row<Usd, N>,
    /// Cumulative US share of it.
    pub fee: Row<Usd, N>,
    /// The buyers' accounts, in scenario order; only the scenario's number of them is used.
    pub accounts: [Account<N>; MAX_BUYERS],
    /// What happened this month, for the books and the record.
    pub flows: Flows<N>,
    /// Where the month's shortages are shared out.
    pub desk: Desk<N>,
    /// Lots let in this month.
    pub lots: [Row<Chips, N>; MAX_BUYERS],
    /// What happens to few this month.
    pub errands: Errands<N>,
}

/// Buyers and paths that something rare happens to: lined up, so that they too are worked on side by side.
#[derive(Clone, Debug, PartialEq)]
pub struct Errands<const N: usize> {
    list: Vec<(u8, u8)>,
    length: usize,
}

impl<const N: usize> Default for Errands<N> {
    fn default() -> Self {
        Self { list: vec![(0, 0); MAX_BUYERS * N + 1], length: 0 }
    }
}

impl<const N: usize> Errands<N> {
    /// Starts a new list.
    #[inline(always)]
    pub fn clear(&mut self) {
        self.length = 0;
    }

    /// Lines up a buyer in every path in which something is so; each buyer once.
    #[inline(always)]
    pub fn note(&mut self, buyer: usize, so: impl Fn(usize) -> bool) {
        for l in 0..N {
            // Written always, kept only if so: a branch would be guessed wrong every other time.
            self.list[self.length] = (buyer as u8, l as u8);
            self.length += usize::from(so(l));
        }
    }

    /// The list in batches of up to `N`.
    #[inline(always)]
    pub fn batches(&self) -> impl Iterator<Item = &[(u8, u8)]> {
        self.list[..self.length].chunks(N)
    }
}

/// Buyer and path in place `i` of a batch, which is filled up with its last.
#[inline(always)]
pub fn at(batch: &[(u8, u8)], i: usize) -> (usize, usize) {
    let (buyer, l) = batch[i.min(batch.len() - 1)];
    (buyer.into(), l.into())
}

/// One buyer group's orders and needs.
#[derive(Clone, Debug, Default, PartialEq)]
#[repr(align(64))]
pub struct Account<const N: usize> {
    /// Cumulative chips asked for, `req`.
    pub requested: Row<Chips, N>,
    /// Asked, Beijing has not answered, `pend`.
    pub pending: Row<Chips, N>,
    /// Cumulative chips granted by Beijing.
    pub granted: Row<Chips, N>,
    /// Cumulative grants that became orders.
    pub confirmed: Row<Chips, N>,
    /// Approved and confirmed, not yet shipped, `back`.
    pub backlog: Row<Chips, N>,
    /// Shipped, not cleared, by age; the last used bin waits at the border, `tran`.
    pub transit: [Row<Chips, N>; MAX_TRANSIT + 1],
    /// The part of the last bin that was at the border this month and was not let in; the rest arrives next month.
    pub stuck: Row<Chips, N>,
    /// Cumulative chips shipped and not returned, `shp`.
    pub shipped: Row<Chips, N>,
    /// Cumulative chips delivered to the mainland.
    pub delivered_mainland: Row<Chips, N>,
    /// Cumulative chips delivered to Hong Kong sites.
    pub delivered_offshore: Row<Chips, N>,
    /// Cumulative chips cancelled, `canc`.
    pub cancelled: Row<Chips, N>,
    /// Cumulative chips refused, `ref`.
    pub refused: Row<Chips, N>,
    /// Months since a licence was applied for, the first included; 0 for not applied, `lic`.
    pub applied: Row<f64, N>,
    /// Whether a US licence is in force.
    pub licensed: Row<bool, N>,
    /// Months of cooling-off left, `cool`.
    pub cooling: Row<f64, N>,
    /// Open training need, `WT`; negative when stocked ahead.
    pub training: Row<MilliH200, N>,
    /// Open inference need, `WI`; negative when stocked ahead.
    pub inference: Row<MilliH200, N>,
    /// Cumulative need at the start and since.
    pub generated: Row<MilliH200, N>,
    /// The part of it for which H200 is the preferred chip.
    pub addressable_generated: Row<MilliH200, N>,
    /// Cumulative need that lapsed.
    pub lapsed: Row<MilliH200, N>,
    /// Cumulative need served by domestic chips and H20.
    pub served_otherwise: Row<MilliH200, N>,
    /// Delivered H200 that serve training, in thousandths.
    pub training_served: Row<MilliH200, N>,
    /// Cumulative domestic units.
    pub domestic: Row<Chips, N>,
    /// Cumulative H20.
    pub h20: Row<Chips, N>,
    /// Cumulative grey-market H200.
    pub grey: Row<Chips, N>,
}

/// What happened in the current month.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Flows<const N: usize> {
    /// Most chips that could be started.
    pub capacity: Row<Chips, N>,
    /// Chips started.
    pub started: Row<Chips, N>,
    /// Chips that passed test.
    pub good: Row<Chips, N>,
    /// Chips that failed test.
    pub scrapped: Row<Chips, N>,
    /// New compute need of all buyers.
    pub new_need: Row<MilliH200, N>,
    /// Domestic units offered, sold, and left over.
    pub domestic_offered: Row<Chips, N>,
    /// Domestic units sold.
    pub domestic_sold: Row<Chips, N>,
    /// Domestic units nobody took.
    pub domestic_idle: Row<Chips, N>,
    /// Order inflation, `theta`; 0 when buyers stay out.
    pub inflation: Row<f64, N>,
    /// Chips asked for this month.
    pub requested: Row<Chips, N>,
    /// Chips on request or on order right after this month's requests.
    pub on_order: Row<Chips, N>,
    /// Addressable need of those who may buy, at that moment.
    pub addressable: Row<MilliH200, N>,
    /// Chips that could ship if Nvidia had them, `sum q`.
    pub eligible: Row<Chips, N>,
    /// Chips shipped.
    pub shipped: Row<Chips, N>,
    /// Chips delivered.
    pub delivered: Row<Chips, N>,
    /// Chips diverted from the rest of the world.
    pub diverted: Row<Chips, N>,
    /// Grey-market premium over list price.
    pub premium: Row<f64, N>,
    /// Gross revenue.
    pub gross: Row<Usd, N>,
    /// US share of it.
    pub fee: Row<Usd, N>,
    /// Chips held back by each gate, in the order of [`Gate::ALL`].
    pub held: [Row<Chips, N>; Gate::ALL.len()],
}

impl<const N: usize> State<N> {
    /// Nothing yet; [`super::World::begin`] fills it.
    pub fn blank() -> Self {
        Self {
            beijing: Row::default(),
            washington: Row::default(),
            squeezed: Row::default(),
            capacity_noise: Row::default(),
            line: [Row::default(); MAX_LINE],
            stock: Row::default(),
            rest_of_world: Row::default(),
            us_shipped: Row::default(),
            dealers_stock: Row::default(),
            landed: Row::default(),
            seized: Row::default(),
            scrapped: Row::default(),
            started: Row::default(),
            finished: Row::default(),
            belief: Row::default(),
            visible: Row::default(),
            offshore: Row::default(),
            gross: Row::default(),
            fee: Row::default(),
            accounts: std::array::from_fn(|_| Account::default()),
            flows: Flows::default(),
            desk: Desk::default(),
            lots: [Row::default(); MAX_BUYERS],
            errands: Errands::default(),
        }
    }
}

impl<const N: usize> Flows<N> {
    /// Adds chips to what a gate holds back.
    #[inline(always)]
    pub fn hold(&mut self, gate: Gate, chips: Row<Chips, N>) {
        self.held[gate as usize] += chips;
    }
}

impl<const N: usize> Account<N> {
    /// Chips shipped and not delivered.
    #[inline(always)]
    pub fn in_transit(&self, transit_months: usize) -> Row<Chips, N> {
        sum(&self.transit[..=transit_months])
    }

    /// Chips requested or ordered and not delivered.
    #[inline(always)]
    pub fn on_order(&self, transit_months: usize) -> Row<Chips, N> {
        let way = self.in_transit(transit_months);
        each(|l| self.pending[l] + self.backlog[l] + way[l])
    }

    /// Chips delivered anywhere.
    #[inline(always)]
    pub fn delivered(&self) -> Row<Chips, N> {
        each(|l| self.delivered_mainland[l] + self.delivered_offshore[l])
    }

    /// New chips serve training first, then inference, which may go negative (`model.md` 4.5).
    /// Returns the part that serves training.
    #[inline(always)]
    pub fn serve(&mut self, chips: Row<Chips, N>) -> Row<MilliH200, N> {
        let training: Row<_, N> = each(|l| self.training[l].positive().min(chips[l].need()));
        self.training -= training;
        self.inference -= each(|l| chips[l].need() - training[l]);
        training
    }

    /// Need not yet met.
    #[inline(always)]
    pub fn open_need(&self) -> Row<MilliH200, N> {
        each(|l| self.training[l].positive() + self.inference[l].positive())
    }
}

/// The sum of rows.
#[inline(always)]
pub fn sum<const N: usize>(rows: &[Row<Chips, N>]) -> Row<Chips, N> {
    let mut total = Row::default();
    for row in rows {
        total += *row;
    }
    total
}
