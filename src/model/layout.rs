//! What is recorded of a path: the catalogue of monthly series and outcomes, with units and meanings.
//!
//! To add one: declare it in a table here and fill it in `record.rs`.

use crate::domain::{
    Beijing, Gate, H20_PER_H200_REPORTED, H20_TPP, H100_TPP, H200_FLOP_PER_SECOND, H200_TPP, Month, Quarter, SECONDS_PER_MONTH, Washington,
};
use crate::scenario::Scenario;

/// One measured quantity.
#[derive(Debug, PartialEq)]
pub struct Metric {
    /// Name in tables.
    pub name: &'static str,
    /// Unit in words.
    pub unit: &'static str,
    /// What it is, for the codebook.
    pub meaning: &'static str,
    /// The recorded integer times this is the value in its unit.
    pub scale: f64,
}

/// One monthly series: a metric of one buyer, or in total (`buyer: None`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Series {
    /// What is measured.
    pub metric: &'static Metric,
    /// Position of the buyer in the scenario; `None` for the total.
    pub buyer: Option<usize>,
}

/// One row of `outcomes.csv`: a metric of a buyer or in total, as a multiple of a recorded cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Name in tables; carries the date where there is one, such as `delivered_2026`.
    pub name: String,
    /// Unit in words.
    pub unit: &'static str,
    /// What it is, for the codebook.
    pub meaning: String,
    /// Position of the buyer in the scenario; `None` for the total.
    pub buyer: Option<usize>,
    /// Position in [`crate::stats::Record::outcomes`]; several outcomes may be multiples of one cell.
    pub cell: usize,
    /// The recorded integer times this is the value in its unit.
    pub scale: f64,
    /// The recorded integer that means "not within the horizon", if the outcome is a waiting time.
    pub censored_at: Option<i64>,
}

/// One categorical series of which every path is in exactly one state each month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Category {
    /// `beijing`, `washington` or `binding_gate`.
    pub name: &'static str,
    /// The words of its states.
    pub states: &'static [&'static str],
}

/// The categorical series, in the order of [`crate::stats::Record::states`].
pub const CATEGORIES: [Category; 3] = [
    Category { name: "beijing", states: &Beijing::WORDS },
    Category { name: "washington", states: &Washington::WORDS },
    Category { name: "binding_gate", states: &BINDING_GATES },
];

/// The gates, and last `none` for a month in which nothing was held back.
pub const BINDING_GATES: [&str; Gate::WORDS.len() + 1] = {
    let mut words = ["none"; Gate::WORDS.len() + 1];
    let mut i = 0;
    while i < Gate::WORDS.len() {
        words[i] = Gate::WORDS[i];
        i += 1;
    }
    words
};

/// Recorded thousandths.
const MILLI: f64 = 1e-3;
/// Ratios are recorded in millionths.
pub const MICRO: f64 = 1e-6;

macro_rules! metrics {
    ($(#[$doc:meta])* $enum:ident in $table:ident { $($variant:ident = $name:literal, $unit:literal, $scale:expr, $meaning:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $enum { $(#[doc = $meaning] $variant),+ }

        /// The declarations, in the order of the enum.
        pub const $table: &[Metric] = &[$(Metric { name: $name, unit: $unit, meaning: $meaning, scale: $scale }),+];
    };
}

metrics! {
    /// Monthly series that exist for each buyer and in total.
    BuyerMonthly in BUYER_MONTHLY {
        Requested = "requested", "chips", 1.0, "Chips asked for since the start; refused and cancelled buyers ask again.";
        Pending = "pending", "chips", 1.0, "Chips asked for that Beijing has not answered.";
        Granted = "granted", "chips", 1.0, "Chips granted by Beijing since the start.";
        Confirmed = "confirmed", "chips", 1.0, "Granted chips that became orders, since the start.";
        Backlog = "backlog", "chips", 1.0, "Approved and confirmed chips not yet shipped.";
        Licensed = "licensed", "buyers", 1.0, "Buyers with a US licence in force.";
        Shipped = "shipped", "chips", 1.0, "Chips shipped since the start, less what a US reversal sent back.";
        InTransit = "in_transit", "chips", 1.0, "Chips on the way that have not reached the border.";
        AtBorder = "at_border", "chips", 1.0, "Chips waiting at the border for a lot to be let in.";
        Delivered = "delivered", "chips", 1.0, "H200 legally delivered since the start, mainland and Hong Kong.";
        DeliveredMainland = "delivered_mainland", "chips", 1.0, "H200 legally delivered to the mainland since the start.";
        DeliveredOffshore = "delivered_offshore", "chips", 1.0, "H200 legally delivered to Hong Kong sites since the start.";
        Refused = "refused", "chips", 1.0, "Chips refused by Beijing since the start.";
        Cancelled = "cancelled", "chips", 1.0, "Chips cancelled since the start, by terms or by the buyer.";
        UnmetTraining = "unmet_training", "H200-equivalents", MILLI, "Training need waiting at the month's end; negative when stocked ahead.";
        UnmetInference = "unmet_inference", "H200-equivalents", MILLI, "Inference need waiting at the month's end; negative when stocked ahead.";
        Domestic = "domestic", "910C-class units", 1.0, "Chinese accelerators bought since the start.";
        Grey = "grey", "chips", 1.0, "H200 bought on the grey market since the start.";
    }
}

metrics! {
    /// Monthly series that exist in total only.
    TotalMonthly in TOTAL_MONTHLY {
        RequestedInMonth = "requested_in_month", "chips", 1.0, "Chips asked for in the month.";
        ShippedInMonth = "shipped_in_month", "chips", 1.0, "Chips shipped in the month.";
        DeliveredInMonth = "delivered_in_month", "chips", 1.0, "H200 legally delivered in the month.";
        Capacity = "capacity", "chips", 1.0, "Chips that could be started in the month.";
        Starts = "starts", "chips", 1.0, "Chips started in the month.";
        Good = "good", "chips", 1.0, "Chips finished in the month that passed test.";
        Scrapped = "scrapped", "chips", 1.0, "Chips finished in the month that failed test.";
        Line = "line", "chips", 1.0, "Chips in the line at the month's end.";
        Stock = "stock", "chips", 1.0, "Finished H200 owned by Nvidia at the month's end.";
        RestOfWorld = "rest_of_world", "chips", 1.0, "H200 held outside China at the month's end.";
        CeilingHeadroom = "us_ceiling_headroom", "chips", 1.0, "Chips that the US volume ceiling would still let ship; empty ceilings count as unlimited.";
        Squeezed = "squeezed", "share", 1.0, "1 in a month with a capacity squeeze.";
        OrderInflation = "order_inflation", "ratio", MICRO, "Chips asked for per chip needed; 0 when buyers stay out.";
        BelievedFill = "believed_fill", "share", MICRO, "Fill rate buyers expect after the month.";
        Diverted = "diverted", "chips", 1.0, "Chips diverted from the rest of the world in the month.";
        Seized = "seized", "chips", 1.0, "Diverted chips seized since the start.";
        DealersStock = "dealers_stock", "chips", 1.0, "Chips in dealers' hands at the month's end.";
        Premium = "premium", "ratio", MICRO, "Grey-market premium over the list price.";
        Gross = "gross_revenue", "USD", 1.0, "Gross revenue from China in the month, booked on delivery.";
        UsTake = "us_take", "USD", 1.0, "The US government's share of it.";
        Net = "net_revenue", "USD", 1.0, "What Nvidia keeps of it.";
        H20 = "h20", "chips", 1.0, "H20 sold since the start.";
        ComputeLegal = "compute_legal", "H100-equivalents", 1.0, "Compute added by legally delivered H200 since the start, by TPP.";
        ComputeGrey = "compute_grey", "H100-equivalents", 1.0, "Compute added by grey-market H200 since the start, by TPP.";
        ComputeDomestic = "compute_domestic", "H100-equivalents", MILLI, "Compute added by Chinese accelerators since the start, by TPP.";
        HeldRequest = "held_request", "chips", 1.0, "Wanted now by buyers who could be approved and licensed, but not asked for.";
        HeldBeijing = "held_beijing", "chips", 1.0, "Asked for and not answered by Beijing, or ordered and frozen.";
        HeldConfirmation = "held_confirmation", "chips", 1.0, "Granted in the month, but the terms were not accepted.";
        HeldLicence = "held_licence", "chips", 1.0, "Ordered, but no US licence in force.";
        HeldLot = "held_lot", "chips", 1.0, "Ordered and licensed, but enough lots are on the way.";
        HeldCustomerCap = "held_customer_cap", "chips", 1.0, "Beyond the US cap per customer.";
        HeldPairing = "held_pairing", "chips", 1.0, "Waiting for paired domestic purchases.";
        HeldStock = "held_stock", "chips", 1.0, "Could ship, but Nvidia has no more chips that US customers leave free.";
        HeldUsCeiling = "held_us_ceiling", "chips", 1.0, "Could ship, but China's share of US volume is used up.";
        HeldLaboratory = "held_laboratory", "chips", 1.0, "Could ship, but the US test laboratory is full.";
        HeldClearing = "held_clearing", "chips", 1.0, "Shipped and waiting at the border.";
    }
}

metrics! {
    /// Outcomes that exist for each buyer and in total.
    BuyerOutcome in BUYER_OUTCOMES {
        FirstDelivery = "t_first", "month", 1.0, "First month with a delivery, counted from 1; paths without one are censored.";
        Delivered = "delivered_T", "chips", 1.0, "H200 legally delivered by the end of the horizon.";
        Requested = "requested_T", "chips", 1.0, "Chips asked for by the end of the horizon.";
        Refused = "refused_T", "chips", 1.0, "Chips refused by the end of the horizon.";
        Cancelled = "cancelled_T", "chips", 1.0, "Chips cancelled by the end of the horizon.";
        AtBorder = "border_T", "chips", 1.0, "Chips waiting at the border at the end of the horizon.";
        NeedFill = "need_fill", "ratio", MICRO, "Delivered per addressable need, the need at the start included; the total counts buyers who could be approved and licensed.";
        ApprovalYield = "approval_yield", "ratio", MICRO, "Delivered per chip granted; undefined where nothing was granted.";
        UnmetTraining = "unmet_training", "H200-equivalents", MILLI, "Training need unmet at the end of the horizon.";
        UnmetTotal = "unmet_total", "H200-equivalents", MILLI, "Need unmet at the end of the horizon.";
        Domestic = "domestic_units", "910C-class units", 1.0, "Chinese accelerators bought by the end of the horizon.";
        Grey = "grey_units", "chips", 1.0, "H200 bought on the grey market by the end of the horizon.";
    }
}

metrics! {
    /// Outcomes that exist in total only.
    TotalOutcome in TOTAL_OUTCOMES {
        FirstFiveThousand = "t_5k", "month", 1.0, "First month in which 5,000 H200 have been delivered; other paths are censored.";
        FirstHundredThousand = "t_100k", "month", 1.0, "First month in which 100,000 H200 have been delivered; other paths are censored.";
        SupplyFill = "supply_fill", "ratio", MICRO, "Chips shipped per chip that could ship, over the months in which any could.";
        InflationFirst = "inflation_first_month", "ratio", MICRO, "Chips on request and on order after the first month per addressable need.";
        InflationMean = "inflation_mean", "ratio", MICRO, "Mean over months of the factor by which buyers inflate their needs.";
        Bullwhip = "bullwhip", "ratio", MICRO, "Squared coefficient of variation of monthly starts over that of monthly new need.";
        ComputeB300 = "compute_delivered_b300e", "B300-equivalents", MILLI, "Legal H200 deliveries over the horizon in B300s for training, at the scenario's contested ratio.";
        TrainingCompute = "training_compute", "FLOP", H200_FLOP_PER_SECOND * SECONDS_PER_MONTH * MILLI, "Training arithmetic done by delivered H200, summed over months, at the scenario's utilisation.";
        Revenue = "revenue", "USD", 1.0, "Gross revenue from China over the horizon.";
        UsTake = "us_take", "USD", 1.0, "The US government's share of it.";
        Net = "net_revenue", "USD", 1.0, "What Nvidia keeps of it.";
        Profit = "nvidia_profit", "USD", 1.0, "Net revenue less building and opportunity cost of all starts, plus salvage; leaves out US sales of the same starts, so read differences, not levels.";
        ProfitWithoutOpportunity = "nvidia_profit_o0", "USD", 1.0, "The same with no opportunity cost.";
        ProfitAt6000 = "nvidia_profit_o6000", "USD", 1.0, "The same with an opportunity cost of 6,000 USD a chip.";
        ProfitAt15000 = "nvidia_profit_o15000", "USD", 1.0, "The same with an opportunity cost of 15,000 USD a chip.";
        Stranded = "stranded", "chips", 1.0, "Finished chips and chips in the line that Nvidia holds at the end of the horizon; an upper estimate.";
        DomesticShare = "domestic_share", "ratio", MICRO, "Domestic part of the compute delivered (domestic, legal and grey), by TPP.";
        NvidiaShare = "nvidia_share", "ratio", MICRO, "Legal H200 part of the compute delivered (domestic, legal and grey), by TPP.";
        Seized = "seized", "chips", 1.0, "Diverted chips seized over the horizon.";
        PremiumMean = "premium_mean", "ratio", MICRO, "Mean over months of the grey-market premium.";
        MonthsOpen = "months_open", "months", 1.0, "Months in which Beijing reviewed case by case or was open.";
        H20 = "h20_units", "chips", 1.0, "H20 sold over the horizon.";
    }
}

/// The catalogue of one model: what each recorded integer means.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// First month.
    pub start: Month,
    /// Number of months.
    pub months: usize,
    /// Number of buyers, at most [`crate::domain::MAX_BUYERS`].
    pub buyers: usize,
    /// The monthly series, in the order of [`crate::stats::Record::monthly`].
    pub monthly: Vec<Series>,
    /// The rows of `outcomes.csv`, in order.
    pub outcomes: Vec<Outcome>,
    /// Number of recorded outcome cells.
    pub outcome_cells: usize,
    /// Calendar years that end inside the horizon, or its last year: (year, last month simulated in it).
    pub years: Vec<(i32, usize)>,
    /// Calendar quarters of the horizon.
    pub quarters: Vec<Quarter>,
}

impl Layout {
    /// The catalogue of a scenario.
    pub fn new(scenario: &Scenario) -> Self {
        let (months, buyers) = (scenario.months, scenario.buyers.len());
        let mut layout = Self {
            start: scenario.start,
            months,
            buyers,
            monthly: Vec::new(),
            outcomes: Vec::new(),
            outcome_cells: 0,
            years: Vec::new(),
            quarters: Vec::new(),
        };
        let everybody = || (0..buyers).map(Some).chain([None]);
        layout.monthly.extend(BUYER_MONTHLY.iter().flat_map(|metric| everybody().map(move |buyer| Series { metric, buyer })));
        layout.monthly.extend(TOTAL_MONTHLY.iter().map(|metric| Series { metric, buyer: None }));
        for t in 1..=months {
            let month = scenario.start.plus(t as i32 - 1);
            match layout.years.last_mut() {
                Some((year, last)) if *year == month.year() => *last = t,
                _ => layout.years.push((month.year(), t)),
            }
            if layout.quarters.last() != Some(&month.quarter()) {
                layout.quarters.push(month.quarter());
            }
        }
        layout.declare_outcomes();
        layout
    }

    /// Position of a monthly value; `t` counts from 1.
    #[inline(always)]
    pub fn buyer_month(&self, metric: BuyerMonthly, buyer: Option<usize>, t: usize) -> usize {
        (metric as usize * (self.buyers + 1) + buyer.unwrap_or(self.buyers)) * self.months + t - 1
    }

    /// Position of a monthly value that exists in total only; `t` counts from 1.
    #[inline(always)]
    pub fn total_month(&self, metric: TotalMonthly, t: usize) -> usize {
        (BUYER_MONTHLY.len() * (self.buyers + 1) + metric as usize) * self.months + t - 1
    }

    /// Cell of an outcome of a buyer or in total.
    pub fn buyer_outcome(&self, metric: BuyerOutcome, buyer: Option<usize>) -> usize {
        metric as usize * (self.buyers + 1) + buyer.unwrap_or(self.buyers)
    }

    /// Cell of an outcome that exists in total only.
    pub fn total_outcome(&self, metric: TotalOutcome) -> usize {
        BUYER_OUTCOMES.len() * (self.buyers + 1) + metric as usize
    }

    /// Cell of the deliveries by the end of the `year`-th calendar year.
    pub fn year_outcome(&self, year: usize, buyer: Option<usize>) -> usize {
        BUYER_OUTCOMES.len() * (self.buyers + 1) + TOTAL_OUTCOMES.len() + year * (self.buyers + 1) + buyer.unwrap_or(self.buyers)
    }

    /// Cell of the gross revenue of the `quarter`-th calendar quarter.
    pub fn quarter_outcome(&self, quarter: usize) -> usize {
        self.year_outcome(self.years.len(), Some(0)) + quarter
    }

    fn declare_outcomes(&mut self) {
        let everybody: Vec<Option<usize>> = (0..self.buyers).map(Some).chain([None]).collect();
        let censored = self.months as i64 + 1;
        let waits = |name: &str| name.starts_with("t_").then_some(censored);
        for (i, (year, last)) in self.years.clone().into_iter().enumerate() {
            let until = self.start.plus(last as i32 - 1);
            for buyer in &everybody {
                self.outcomes.push(Outcome {
                    name: format!("delivered_{year}"),
                    unit: "chips",
                    meaning: format!("H200 legally delivered by the end of {until}."),
                    buyer: *buyer,
                    cell: self.year_outcome(i, *buyer),
                    scale: 1.0,
                    censored_at: None,
                });
            }
        }
        for (i, metric) in BUYER_OUTCOMES.iter().enumerate() {
            for buyer in &everybody {
                let cell = i * (self.buyers + 1) + buyer.unwrap_or(self.buyers);
                self.outcomes.push(recorded(metric, *buyer, cell, waits(metric.name)));
            }
        }
        for (i, metric) in TOTAL_OUTCOMES.iter().enumerate() {
            let cell = BUYER_OUTCOMES.len() * (self.buyers + 1) + i;
            self.outcomes.push(recorded(metric, None, cell, waits(metric.name)));
        }
        for (i, quarter) in self.quarters.clone().into_iter().enumerate() {
            self.outcomes.push(Outcome {
                name: format!("revenue_{}q{}", quarter.year, quarter.quarter),
                unit: "USD",
                meaning: format!("Gross revenue from China in the months of {quarter} that were simulated."),
                buyer: None,
                cell: self.quarter_outcome(i),
                scale: 1.0,
                censored_at: None,
            });
        }
        self.declare_conversions();
        self.outcome_cells = self.quarter_outcome(self.quarters.len());
    }

    /// The outcomes that are fixed multiples of legal deliveries.
    fn declare_conversions(&mut self) {
        let rates = [
            ("compute_delivered_tpp", "TPP", H200_TPP, "Compute of the H200 legally delivered over the horizon, in TPP."),
            ("compute_delivered_h100e", "H100-equivalents", H200_TPP / H100_TPP, "The same in H100s of equal TPP."),
            ("compute_delivered_h20e", "H20-equivalents", H200_TPP / H20_TPP, "The same in H20s of equal TPP (6.69 for one H200)."),
            (
                "compute_delivered_h20e_reported",
                "H20-equivalents",
                H20_PER_H200_REPORTED,
                "The same at the reported ratio of nearly six H20s.",
            ),
        ];
        let cell = self.buyer_outcome(BuyerOutcome::Delivered, None);
        for (name, unit, scale, meaning) in rates {
            let (name, meaning) = (name.to_string(), meaning.to_string());
            self.outcomes.push(Outcome { name, unit, meaning, buyer: None, cell, scale, censored_at: None });
        }
    }
}

fn recorded(metric: &'static Metric, buyer: Option<usize>, cell: usize, censored_at: Option<i64>) -> Outcome {
    Outcome {
        name: metric.name.to_string(),
        unit: metric.unit,
        meaning: metric.meaning.to_string(),
        buyer,
        cell,
        scale: metric.scale,
        censored_at,
    }
}
