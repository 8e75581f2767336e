//! The state of one path (`model.md` 3.2): everything that one month hands to the next.

use super::line::MAX_LINE;
use crate::domain::{Beijing, Chips, Gate, MAX_BUYERS, MilliH200, Usd, Washington};

/// The longest transit in months.
pub const MAX_TRANSIT: usize = 12;

/// One path, at the end of a month.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// Beijing's regime, `b`.
    pub beijing: Beijing,
    /// Washington's regime, `u`.
    pub washington: Washington,
    /// Whether a capacity squeeze is on, `z_sq`.
    pub squeezed: bool,
    /// Log capacity noise, `X`.
    pub capacity_noise: f64,
    /// Chips in the line, oldest first, `wip`; only the first `line_months` bins are used.
    pub line: [Chips; MAX_LINE],
    /// Finished H200 owned by Nvidia, `Inv`.
    pub stock: Chips,
    /// H200 held in the rest of the world, `Row`.
    pub rest_of_world: Chips,
    /// Cumulative shipments to US end use, `U`.
    pub us_shipped: Chips,
    /// Dealers' stock, `GreyStock`.
    pub dealers_stock: Chips,
    /// Chips that escaped seizure last month, `landed`.
    pub landed: Chips,
    /// Cumulative chips seized.
    pub seized: Chips,
    /// Cumulative chips that failed test.
    pub scrapped: Chips,
    /// Cumulative chips started.
    pub started: Chips,
    /// Cumulative good chips finished.
    pub finished: Chips,
    /// Fill rate buyers expect, `m_t`.
    pub belief: f64,
    /// Visible deliveries of last month in units of 10,000 chips, `V_t`.
    pub visible: f64,
    /// H200 in Hong Kong sites so far.
    pub offshore: Chips,
    /// Cumulative gross revenue.
    pub gross: Usd,
    /// Cumulative US share of it.
    pub fee: Usd,
    /// The buyers' accounts, in scenario order; only the scenario's number of them is used.
    pub accounts: [Account; MAX_BUYERS],
    /// What happened this month, for the books and the record.
    pub flows: Flows,
}

/// One buyer group's orders and needs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Account {
    /// Cumulative chips asked for, `req`.
    pub requested: Chips,
    /// Asked, Beijing has not answered, `pend`.
    pub pending: Chips,
    /// Cumulative chips granted by Beijing.
    pub granted: Chips,
    /// Cumulative grants that became orders.
    pub confirmed: Chips,
    /// Approved and confirmed, not yet shipped, `back`.
    pub backlog: Chips,
    /// Shipped, not cleared, by age; the last used bin waits at the border, `tran`.
    pub transit: [Chips; MAX_TRANSIT + 1],
    /// The part of the last bin that was at the border this month and was not let in; the rest arrives next month.
    pub stuck: Chips,
    /// Cumulative chips shipped and not returned, `shp`.
    pub shipped: Chips,
    /// Cumulative chips delivered to the mainland.
    pub delivered_mainland: Chips,
    /// Cumulative chips delivered to Hong Kong sites.
    pub delivered_offshore: Chips,
    /// Cumulative chips cancelled, `canc`.
    pub cancelled: Chips,
    /// Cumulative chips refused, `ref`.
    pub refused: Chips,
    /// US licence.
    pub licence: Licence,
    /// Months of cooling-off left, `cool`.
    pub cooling: u32,
    /// Open training need, `WT`; negative when stocked ahead.
    pub training: MilliH200,
    /// Open inference need, `WI`; negative when stocked ahead.
    pub inference: MilliH200,
    /// Cumulative need at the start and since.
    pub generated: MilliH200,
    /// The part of it for which H200 is the preferred chip.
    pub addressable_generated: MilliH200,
    /// Cumulative need that lapsed.
    pub lapsed: MilliH200,
    /// Cumulative need served by domestic chips and H20.
    pub served_otherwise: MilliH200,
    /// Delivered H200 that serve training, in thousandths.
    pub training_served: MilliH200,
    /// Cumulative domestic units.
    pub domestic: Chips,
    /// Cumulative H20.
    pub h20: Chips,
    /// Cumulative grey-market H200.
    pub grey: Chips,
}

/// Where a buyer's US licence stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Licence {
    /// Not applied for.
    #[default]
    None,
    /// Applied; months so far, the first included.
    Waiting(u32),
    /// In force until revoked.
    Granted,
}

/// What happened in the current month.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Flows {
    /// Most chips that could be started.
    pub capacity: Chips,
    /// Chips started.
    pub started: Chips,
    /// Chips that passed test.
    pub good: Chips,
    /// Chips that failed test.
    pub scrapped: Chips,
    /// Demand of US and allied customers, `d_t`.
    pub us_demand: Chips,
    /// New compute need of all buyers.
    pub new_need: MilliH200,
    /// Domestic units offered, sold, and left over.
    pub domestic_offered: Chips,
    /// Domestic units sold.
    pub domestic_sold: Chips,
    /// Domestic units nobody took.
    pub domestic_idle: Chips,
    /// Order inflation, `theta`; 0 when buyers stay out.
    pub inflation: f64,
    /// Chips asked for this month.
    pub requested: Chips,
    /// Chips on request or on order right after this month's requests.
    pub on_order: Chips,
    /// Addressable need of those who may buy, at that moment.
    pub addressable: MilliH200,
    /// Chips that could ship if Nvidia had them, `sum q`.
    pub eligible: Chips,
    /// Chips shipped.
    pub shipped: Chips,
    /// Chips delivered.
    pub delivered: Chips,
    /// Chips diverted from the rest of the world.
    pub diverted: Chips,
    /// Grey-market premium over list price.
    pub premium: f64,
    /// Gross revenue.
    pub gross: Usd,
    /// US share of it.
    pub fee: Usd,
    /// Chips held back by each gate, in the order of [`Gate::ALL`].
    pub held: [Chips; Gate::ALL.len()],
}

impl Flows {
    /// Adds chips to what a gate holds back.
    #[inline(always)]
    pub fn hold(&mut self, gate: Gate, chips: Chips) {
        self.held[gate as usize] += chips;
    }
}

impl Account {
    /// Chips shipped and not delivered.
    #[inline(always)]
    pub fn in_transit(&self, transit_months: usize) -> Chips {
        self.transit[..=transit_months].iter().sum()
    }

    /// Chips delivered anywhere.
    #[inline(always)]
    pub fn delivered(&self) -> Chips {
        self.delivered_mainland + self.delivered_offshore
    }

    /// New chips serve training first, then inference, which may go negative (`model.md` 4.5).
    /// Returns the part that serves training.
    #[inline(always)]
    pub fn serve(&mut self, chips: Chips) -> MilliH200 {
        let training = self.training.positive().min(chips.need());
        self.training -= training;
        self.inference -= chips.need() - training;
        training
    }

    /// Need not yet met.
    #[inline(always)]
    pub fn open_need(&self) -> MilliH200 {
        self.training.positive() + self.inference.positive()
    }
}
