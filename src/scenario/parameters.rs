//! Every number of a scenario, declared once: key, unit, range, default, symbol, meaning.
//!
//! The same shape holds what the user wrote (`Parameters<Input>`) and what is true in one world
//! (`Parameters<f64>`). The parser, the validator, the JSON Schema and `docs/scenario-reference.md`
//! are all driven by these tables, so that a number is added in one place.
//! Symbols and defaults are those of `model.md` sections 3 and 4.

use std::array::from_fn;

use crate::domain::{Beijing, PolicyType, Washington};

/// What kind of number a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A whole number.
    Whole,
    /// A whole number or the word `"unlimited"`, which reads as infinity.
    WholeOrUnlimited,
    /// A real number.
    Real,
    /// A real number or the word `"unlimited"`.
    RealOrUnlimited,
}

impl Kind {
    /// Whether a certain value must be a whole number.
    pub fn is_whole(self) -> bool {
        matches!(self, Self::Whole | Self::WholeOrUnlimited)
    }

    /// Whether the word `"unlimited"` is allowed.
    pub fn may_be_unlimited(self) -> bool {
        matches!(self, Self::WholeOrUnlimited | Self::RealOrUnlimited)
    }
}

/// One number of the scenario language.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The key inside its table.
    pub key: &'static str,
    /// What it means, in one or two sentences.
    pub meaning: &'static str,
    /// The unit in words.
    pub unit: &'static str,
    /// What kind of number it is.
    pub kind: Kind,
    /// Smallest legal value.
    pub min: f64,
    /// Largest legal value (besides `"unlimited"`).
    pub max: f64,
    /// Value when the scenario does not say: none (the key is required), one for all instances, or one for each.
    pub default: &'static [f64],
    /// The symbol in `model.md`.
    pub symbol: &'static str,
}

impl Field {
    /// The default of the `instance`-th table of its kind; `None` if the key is required.
    pub fn default_for(&self, instance: usize) -> Option<f64> {
        match self.default {
            [] => None,
            [one] => Some(*one),
            many => many.get(instance).copied(),
        }
    }
}

macro_rules! fields {
    ($(#[$doc:meta])* $name:ident {
        $($key:ident: $kind:ident [$min:expr, $max:expr] $unit:literal = [$($default:expr),*], $symbol:literal, $meaning:literal;)+
    }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name<T> {
            $(#[doc = $meaning] #[doc = concat!("Unit: ", $unit, ". Symbol: `", $symbol, "`.")] pub $key: T,)+
        }

        impl<T> $name<T> {
            /// The declaration of every field, in order.
            pub const FIELDS: &'static [Field] = &[$(Field {
                key: stringify!($key), meaning: $meaning, unit: $unit, kind: Kind::$kind,
                min: $min, max: $max, default: &[$($default),*], symbol: $symbol,
            }),+];

            /// Builds the table by asking for each field in order.
            pub fn build(ask: &mut impl FnMut(&'static Field) -> T) -> Self {
                let mut fields = Self::FIELDS.iter();
                Self { $($key: ask(fields.next().unwrap_or_else(|| unreachable!("one field declared for {}", stringify!($key)))),)+ }
            }

            /// The same table with every value replaced.
            pub fn map<'a, U>(&'a self, f: &mut impl FnMut(&'a T) -> U) -> $name<U> {
                $name { $($key: f(&self.$key),)+ }
            }
        }
    };
}

const INF: f64 = f64::INFINITY;
const MANY: f64 = 1e9;

fields! {
    /// What Nvidia and its suppliers can make (`model.md` 4.3, 4.4).
    Supply {
        stock_chips: Whole [0.0, MANY] "chips" = [350_000.0], "Inv_0", "Finished H200 that Nvidia owns at the start and could aim at China.";
        line_months: Whole [1.0, 36.0] "months" = [7.0], "L", "Months from starting a wafer to a finished chip.";
        line_fill_ratio: Real [0.0, 1000.0] "ratio" = [1.0], "wip_0 / S_min", "How full the line is at the start: chips in each month's bin, per chip of `minimum_starts_per_month`.";
        minimum_starts_per_month: Whole [0.0, MANY] "chips per month" = [5_000.0], "S_min", "Chips started every month whatever the order book says, if capacity allows.";
        yield_share: Real [0.0, 1.0] "share" = [0.93], "y_inf", "Share of started chips that pass packaging and test once the process is mature.";
        yield_gap_at_start_share: Real [0.0, 1.0] "share" = [0.0], "y_inf - y_0", "How far the yield of the first chip lies below the mature yield; 0 for a mature product.";
        yield_learning_chips: Real [1.0, MANY] "chips" = [100_000.0], "nu", "Chips that must be started for the yield gap to fall to 37%.";
        yield_concentration: Real [0.001, 1e9] "ratio" = [150.0], "kappa_y", "How alike the batches are: a batch's yield is Beta with this concentration.";
        wafers_per_month: Real [0.0, MANY] "wafers per month" = [3_000.0], "W_fe", "4N wafers a month that H200 could contest at most.";
        dies_per_wafer: Real [0.0, 10_000.0] "chips per wafer" = [55.0], "g_w", "Good dies on a wafer.";
        packaging_wafers_per_month: Real [0.0, MANY] "wafers per month" = [6_000.0], "W_pk", "CoWoS wafers a month that H200 could contest at most.";
        packages_per_wafer: Real [0.0, 10_000.0] "chips per wafer" = [29.0], "u_p", "Hopper packages on a CoWoS wafer.";
        memory_stacks_per_month: Real [0.0, MANY] "stacks per month" = [1_000_000.0], "H", "HBM3e stacks a month that H200 could contest at most.";
        memory_stacks_per_chip: Real [1.0, 100.0] "stacks per chip" = [6.0], "6", "HBM3e stacks on one H200.";
        newer_chips_share_at_start: Real [0.0, 1.0] "share" = [0.95], "b_0", "Share of contestable capacity kept for Blackwell and Rubin at the start.";
        newer_chips_share_later: Real [0.0, 1.0] "share" = [0.75], "b_1", "Share kept for Blackwell and Rubin after the ramp.";
        ramp_start_months: Real [0.0, 600.0] "months" = [4.0], "t_r", "Month (1 is the first) in which the ramp towards the later share begins.";
        ramp_months: Real [0.01, 600.0] "months" = [3.0], "tau_r", "Months in which 63% of the ramp is done.";
        capacity_log_std_dev: Real [0.0, 3.0] "ratio" = [0.20], "sigma_c", "Standard deviation of the logarithm of monthly capacity.";
        capacity_persistence: Real [0.0, 0.999] "ratio" = [0.6], "phi_c", "Correlation of this month's capacity noise with last month's.";
        squeeze_begins_per_month: Real [0.0, 1.0] "probability per month" = [0.05], "sq_on", "Chance that a squeeze (supplier pause, wafers moved, memory shortage) begins.";
        squeeze_ends_per_month: Real [0.0, 1.0] "probability per month" = [0.35], "sq_off", "Chance that a squeeze ends.";
        squeeze_capacity_ratio: Real [0.0, 1.0] "ratio" = [0.4], "q", "Capacity in a squeeze, as a ratio of capacity without.";
        build_ahead_share: Real [0.0, 10.0] "share" = [0.25], "omega", "Share of unanswered requests that Nvidia builds for; 0 builds for approved orders only, 1 for every request.";
        us_cover_months: Real [0.0, 120.0] "months" = [1.0], "c_s", "Months of US demand that starts should cover.";
        pause_share_when_frozen: Real [0.0, 1.0] "share" = [0.8], "pause", "By how much Nvidia cuts its target for starts while Beijing is frozen.";
    }
}

fields! {
    /// US and allied customers, who are served first (`model.md` 4.1).
    UsMarket {
        demand_chips_per_month: Real [0.0, MANY] "chips per month" = [25_000.0], "d_0", "H200 that US and allied customers take in the first month.";
        decline_per_month: Real [-0.5, 1.0] "share per month" = [0.06], "delta_d", "Share by which that demand falls each month as Blackwell replaces Hopper.";
        us_share: Real [0.0, 1.0] "share" = [0.60], "phi_US", "Share of those chips that goes to US end use and so lifts the ceiling for China.";
        cover_months: Real [0.0, 120.0] "months" = [1.0], "c_row", "Months of US demand that must stay in stock before China is served.";
        base_shipped_chips: Whole [0.0, MANY] "chips" = [1_550_000.0], "U_0", "H200 shipped to US end use before the start.";
    }
}

fields! {
    /// Washington's licences, ceiling, cap and fee (`model.md` 4.2, 4.9).
    WashingtonTerms {
        visibility_hazard: Real [0.0, 100.0] "per 10,000 visible chips" = [0.002], "eta_U", "How strongly visible deliveries raise the monthly chance that licences are revoked.";
        licence_minimum_months: Whole [0.0, 120.0] "months" = [1.0], "n_0", "Months, the first included, before a licence can be decided.";
        licence_per_month: Real [0.0, 1.0] "probability per month" = [0.40], "ell", "Chance of a decision in each later month.";
        ceiling_share: RealOrUnlimited [0.0, 1000.0] "share" = [0.5], "0.5", "Shipments to China may not exceed this share of cumulative US volume.";
        customer_cap_chips: WholeOrUnlimited [0.0, MANY] "chips" = [INF], "K", "Most chips any one customer may ever be shipped.";
        fee_share: Real [0.0, 1.0] "share" = [0.25], "fee", "Share of gross revenue that goes to the US government; counted in hundredths of a percent.";
    }
}

fields! {
    /// Beijing's review, quota, confirmation and feedback (`model.md` 4.2, 4.10).
    BeijingTerms {
        visibility_hazard: Real [0.0, 100.0] "per 10,000 visible chips" = [0.005], "eta_B", "How strongly visible deliveries raise the monthly chance of a freeze.";
        correlation: Real [0.0, 0.999] "ratio" = [0.35], "rho", "Correlation between buyers of the answers (and of the clearings) of one month.";
        training_weight: Real [-10.0, 10.0] "probit units" = [0.8], "gamma_u", "How much a training-heavy request is favoured.";
        size_weight: Real [-10.0, 10.0] "probit units per log" = [0.15], "gamma_v", "How much a large, visible request is disfavoured.";
        size_reference_chips: Real [1.0, MANY] "chips" = [50_000.0], "50,000", "Requests up to this size are not disfavoured.";
        cooling_off_months: Whole [0.0, 120.0] "months" = [3.0], "cool", "Months a refused buyer stays away.";
        quota_share: RealOrUnlimited [0.0, 1e6] "share" = [1.0], "zeta", "Monthly quota in case-by-case, as a share of a twelfth of assessed annual demand.";
        assessment_ratio: Real [0.0, 1000.0] "ratio" = [1.0], "exp(0.3 Z)", "What the regulators learned when they asked, per unit of true addressable need.";
        confirmed_share: Real [0.0, 1.0] "share" = [0.8], "conv", "Share of a grant that survives its terms and becomes an order.";
    }
}

fields! {
    /// What one Beijing regime does to requests and lots (`model.md` 4.2).
    Regime {
        approve_per_month: Real [0.0, 1.0] "probability per month" = [0.0, 0.02, 0.30, 0.80], "a_b", "Chance that a pending request is approved this month; 0 means never.";
        refuse_per_month: Real [0.0, 1.0] "probability per month" = [0.03, 0.0, 0.06, 0.01], "r_b", "Chance that a pending request is refused this month.";
        granted_share: Real [0.0, 1.0] "share" = [0.0, 0.30, 0.50, 0.95], "mu_b", "Mean share of an approved request that is granted.";
        granted_concentration: Real [0.001, 1e9] "ratio" = [6.0, 6.0, 6.0, 40.0], "kappa_b", "How alike granted shares are: Beta with this concentration.";
        clear_per_month: Real [0.0, 1.0] "probability per month" = [0.0, 0.0, 0.50, 0.95], "c_b", "Chance that a buyer's waiting lot is let in this month.";
        lot_chips: WholeOrUnlimited [0.0, MANY] "chips" = [0.0, 0.0, 15_000.0, INF], "lot_b", "Most chips let in for one buyer in one month.";
    }
}

fields! {
    /// One of Beijing's hidden policy types (`model.md` 4.2).
    TypeProfile {
        weight: Real [0.0, 1.0] "probability" = [0.30, 0.35, 0.25, 0.10], "prior", "The analyst's credence that this is Beijing's true policy.";
        loosen_ratio: Real [0.0, 100.0] "ratio" = [0.35, 1.0, 1.0, 2.0], "lo_k", "Multiplies every chance of moving to a looser regime.";
        tighten_ratio: Real [0.0, 100.0] "ratio" = [2.0, 1.0, 1.0, 0.4], "ti_k", "Multiplies every chance of moving to a tighter regime.";
        lot_ratio: Real [0.0, 1000.0] "ratio" = [0.5, 0.5, 2.0, 4.0], "a_k", "Multiplies the lot in case-by-case.";
        clear_ratio: Real [0.0, 1000.0] "ratio" = [0.5, 0.5, 1.2, 1.6], "c_k", "Multiplies the clearing chance in case-by-case (at most 1).";
    }
}

fields! {
    /// One buyer group (`model.md` 3.1).
    Buyer {
        need_per_month: Real [0.0, MANY] "H200-equivalents per month" = [], "m_i", "New compute need in the first month.";
        training_share: Real [0.0, 1.0] "share" = [0.5], "tau_i", "Share of the need that is training.";
        us_denial: Real [0.0, 1.0] "probability" = [0.10], "d^US_i", "Chance that a licence decision is a denial.";
        favour: Real [-10.0, 10.0] "probit units" = [0.0], "beta_i", "How much Beijing favours this group's requests.";
        discretion_share: Real [0.0, 1.0] "share" = [0.5], "d_i", "How discreetly the group buys: 1 is invisible.";
        grey_share_per_month: Real [0.0, 1.0] "share per month" = [0.0], "g_i", "Share of its open need that the group seeks on the grey market each month.";
        tier: Whole [0.0, 15.0] "rank" = [0.0], "tier", "Rank under priority rationing; 0 is served first.";
        granted_at_start_chips: Whole [0.0, MANY] "chips" = [0.0], "initial grant", "Chips approved in principle before the start; the confirmed share becomes an order, the rest waits.";
    }
}

fields! {
    /// How needs start, grow and lapse (`model.md` 4.5).
    Needs {
        scale: Real [0.0, 1000.0] "ratio" = [1.0], "kappa_D", "Multiplies every buyer's need: how large demand really is.";
        growth_per_month: Real [-0.5, 0.5] "share per month" = [0.02], "g", "Growth of new need.";
        log_std_dev: Real [0.0, 3.0] "ratio" = [0.25], "sigma_d", "Standard deviation of the logarithm of a buyer's monthly new need.";
        pent_up_months: Real [0.0, 120.0] "months" = [5.0], "pent", "Months of need already waiting at the start.";
        lapse_per_month: Real [0.0, 1.0] "share per month" = [0.05], "lambda_W", "Share of open need that lapses: rented abroad or given up.";
    }
}

fields! {
    /// Chinese accelerators, in Ascend 910C-class units (`model.md` 4.6).
    Domestic {
        units_per_month: Real [0.0, MANY] "units per month" = [39_000.0], "D_0", "910C-class units that reach these buyers in the first month.";
        growth_per_month: Real [-0.5, 0.5] "share per month" = [0.03], "g_D", "Growth of that supply.";
        log_std_dev: Real [0.0, 3.0] "ratio" = [0.10], "sigma_D", "Standard deviation of the logarithm of monthly supply.";
        maximum_units_per_month: WholeOrUnlimited [0.0, MANY] "units per month" = [INF], "D_max", "Most units a month.";
        inference_ratio: Real [0.001, 100.0] "H200 per unit" = [0.60], "e_I", "H200-equivalents of inference that one unit serves.";
        training_ratio: Real [0.001, 100.0] "H200 per unit" = [0.30], "e_T", "H200-equivalents of training that one unit serves.";
        inference_accepted_share: Real [0.0, 1.0] "share" = [0.50], "s_I", "Share of inference need that buyers will serve with domestic chips.";
        training_accepted_share: Real [0.0, 1.0] "share" = [0.15], "s_T", "Share of training need that buyers will serve with domestic chips.";
        pairing_ratio: Real [0.0, 100.0] "units per H200" = [0.0], "kappa_p", "Domestic units that must be bought for each H200; 0 for no such rule.";
        huawei_share: Real [0.0, 1.0] "share" = [0.84], "0.84", "Share of the pool that is Huawei's, for reports only.";
    }
}

fields! {
    /// The H20, an optional pool beside the H200 (`model.md` 4.7).
    H20 {
        units_per_month: Whole [0.0, MANY] "chips per month" = [0.0], "h20_units", "H20 offered each month while Washington licenses and Beijing admits.";
        inference_ratio: Real [0.001, 100.0] "H200 per chip" = [0.50], "e_I (H20)", "H200-equivalents of inference that one H20 serves.";
        training_ratio: Real [0.001, 100.0] "H200 per chip" = [0.15], "e_T (H20)", "H200-equivalents of training that one H20 serves.";
        price_usd: Whole [0.0, 10_000_000.0] "USD per chip" = [13_000.0], "price (H20)", "Price of one H20.";
    }
}

fields! {
    /// How buyers ask, believe and cancel (`model.md` 4.8, 4.13, 5.4).
    Requests {
        preferred_inference_share: Real [0.0, 1.0] "share" = [0.5], "iota", "Share of inference need for which H200 is preferred.";
        horizon_months: Real [0.0, 120.0] "months" = [6.0], "h", "Months of coming need that buyers plan for.";
        tranche_chips: WholeOrUnlimited [0.0, MANY] "chips" = [INF], "tranche", "Most chips one buyer asks for in one month.";
        shortage_cost: Real [0.0001, 1000.0] "chip prices" = [1.5], "c_u", "Cost of going without one needed chip.";
        surplus_cost: Real [0.0, 1000.0] "chip prices" = [0.35], "c_o", "Cost of one chip too many.";
        order_cost: Real [0.0, 1000.0] "chip prices" = [0.12], "r", "Cost of asking for one chip: capital in prepayment, risk of forfeit.";
        belief_log_std_dev: Real [0.01, 5.0] "ratio" = [0.5], "s", "Standard deviation of the logarithm of the fill rate buyers expect.";
        belief_at_start_share: Real [0.000001, 1.0] "share" = [0.35], "m_0", "Fill rate buyers expect at the start.";
        belief_learning_share: Real [0.0, 1.0] "share" = [0.3], "lambda_m", "Weight of this month's fill rate in the next belief.";
        belief_recovery_share: Real [0.0, 1.0] "share" = [0.05], "lambda_0", "Weight of the first belief when no fill rate was seen.";
        largest_inflation_ratio: Real [1.0, 1e6] "ratio" = [5.0], "theta_max", "Most chips asked for per chip needed.";
        cancel_per_month: Real [0.0, 1.0] "probability per month" = [0.3], "psi", "Chance that a chip asked for beyond the wish is cancelled.";
        prepayment_strength: Real [0.0, 1.0] "share" = [0.5], "chi", "How firmly prepayment binds: at 1 an order cannot be cancelled.";
    }
}

fields! {
    /// From order to door (`model.md` 4.4, 4.11, and the location option of 4.2).
    Shipping {
        transit_months: Whole [0.0, 12.0] "months" = [1.0], "Ls", "Months from shipping to the border.";
        laboratory_chips_per_month: WholeOrUnlimited [0.0, MANY] "chips per month" = [INF], "lab_units", "Most chips a month that the US test laboratory passes.";
        lots_ahead: Real [0.0, 1e6] "lots" = [2.0], "B_max", "Lots per buyer that Nvidia ships ahead of clearance.";
        mainland_share: Real [0.0, 1.0] "share" = [1.0], "ml", "Share of each cleared lot that may go to the mainland; the rest must stay in Hong Kong.";
        offshore_cap_chips: WholeOrUnlimited [0.0, MANY] "chips" = [INF], "offshore_cap", "H200 that Hong Kong sites can power.";
    }
}

fields! {
    /// The side door (`model.md` 4.12).
    GreyMarket {
        diverted_per_month: Real [0.0, 1.0] "share per month" = [0.00253], "delta", "Share of chips in the rest of the world that dealers divert each month.";
        enforcement_ratio: Real [0.0, 100.0] "ratio" = [1.0], "e", "Multiplies diversion: below 1 is tighter enforcement.";
        premium_elasticity: Real [0.0, 10.0] "ratio" = [0.5], "eps", "How diversion answers the premium.";
        reference_premium: Real [0.0, 3.0] "ratio" = [0.5], "pi_ref", "Premium over list price when half a year of flow would meet demand.";
        scarcity_elasticity: Real [0.0, 10.0] "ratio" = [0.8], "zeta_g", "How the premium answers scarcity.";
        seized_share: Real [0.0, 1.0] "share" = [0.10], "pi_s", "Share of diverted chips that is seized.";
    }
}

fields! {
    /// Prices and costs (`model.md` section 6).
    Money {
        price_usd: Whole [0.0, 10_000_000.0] "USD per chip" = [27_000.0], "price", "Price of one H200 to a Chinese buyer.";
        build_cost_usd: Whole [0.0, 10_000_000.0] "USD per chip" = [4_250.0], "c", "Cost of building one H200.";
        opportunity_cost_usd: Whole [0.0, 10_000_000.0] "USD per chip" = [6_000.0], "o", "Profit forgone because the package was not a Blackwell.";
        salvage_usd: Whole [0.0, 10_000_000.0] "USD per chip" = [2_000.0], "s", "What a chip left at the end is worth.";
    }
}

fields! {
    /// How chips convert into compute (`model.md` sections 1 and 6).
    Compute {
        utilisation_share: Real [0.0, 1.0] "share" = [0.35], "MFU", "Share of peak arithmetic that training reaches.";
        b300_ratio: Real [0.0, 10.0] "B300 per H200" = [0.28], "0.28", "Training value of one H200 in B300s; contested, 0.25 to 0.40.";
    }
}

fields! {
    /// Summits and spats that move both governments (`model.md` 13.5).
    Diplomacy {
        loading: Real [0.0, 0.999] "ratio" = [0.0], "lambda_dip", "Share of each government's monthly draw that is common to both.";
    }
}

/// A monthly transition matrix, from row to column, in the order of the states' enum.
pub type Matrix<T, const N: usize> = [[T; N]; N];

/// Beijing's monthly chances from row to column: frozen, pending, case by case, open (`model.md` 4.2).
pub const BEIJING_TRANSITIONS: Matrix<f64, 4> =
    [[0.78, 0.12, 0.09, 0.01], [0.10, 0.65, 0.22, 0.03], [0.08, 0.05, 0.83, 0.04], [0.03, 0.01, 0.06, 0.90]];
/// Washington's monthly chances from row to column: revoked, waiting, licensing (`model.md` 4.2).
pub const WASHINGTON_TRANSITIONS: Matrix<f64, 3> = [[0.95, 0.0, 0.05], [0.03, 0.37, 0.60], [0.008, 0.0, 0.992]];

/// One entry of a transition matrix.
pub const TRANSITION: Field = Field {
    key: "(state)",
    meaning: "Chance of being in the column's state next month, from the row's state. A row sums to 1; a row with an uncertain entry is divided by its sum in every world.",
    unit: "probability per month",
    kind: Kind::Real,
    min: 0.0,
    max: 1.0,
    default: &[],
    symbol: "P",
};

/// The declarations of `[beijing.transitions]`, rows and columns as [`Beijing::ALL`].
pub static BEIJING_ROWS: Matrix<Field, 4> = declare(&BEIJING_DEFAULTS, &Beijing::WORDS);
/// The declarations of `[washington.transitions]`, rows and columns as [`Washington::ALL`].
pub static WASHINGTON_ROWS: Matrix<Field, 3> = declare(&WASHINGTON_DEFAULTS, &Washington::WORDS);

static BEIJING_DEFAULTS: Matrix<f64, 4> = BEIJING_TRANSITIONS;
static WASHINGTON_DEFAULTS: Matrix<f64, 3> = WASHINGTON_TRANSITIONS;

const fn declare<const N: usize>(defaults: &'static Matrix<f64, N>, words: &[&'static str; N]) -> Matrix<Field, N> {
    let mut fields = [[TRANSITION; N]; N];
    let mut cell = 0;
    while cell < N * N {
        let (row, column) = (cell / N, cell % N);
        fields[row][column].key = words[column];
        fields[row][column].default = std::slice::from_ref(&defaults[row][column]);
        cell += 1;
    }
    fields
}

/// Every number of a scenario: what the user wrote (`T = Input`) or what holds in one world (`T = f64`).
#[derive(Clone, Debug, PartialEq)]
pub struct Parameters<T> {
    /// `[supply]`
    pub supply: Supply<T>,
    /// `[us_market]`
    pub us_market: UsMarket<T>,
    /// `[washington]`
    pub washington: WashingtonTerms<T>,
    /// `[washington.transitions]`, rows and columns as [`Washington::ALL`]
    pub washington_transitions: Matrix<T, { Washington::ALL.len() }>,
    /// `[beijing]`
    pub beijing: BeijingTerms<T>,
    /// `[beijing.transitions]`, rows and columns as [`Beijing::ALL`]
    pub beijing_transitions: Matrix<T, { Beijing::ALL.len() }>,
    /// `[beijing.regimes.*]`, as [`Beijing::ALL`]
    pub regimes: [Regime<T>; Beijing::ALL.len()],
    /// `[beijing.types.*]`, as [`PolicyType::ALL`]
    pub types: [TypeProfile<T>; PolicyType::ALL.len()],
    /// `[diplomacy]`
    pub diplomacy: Diplomacy<T>,
    /// `[buyers.*]`, in the order of the scenario's buyers
    pub buyers: Vec<Buyer<T>>,
    /// `[needs]`
    pub needs: Needs<T>,
    /// `[requests]`
    pub requests: Requests<T>,
    /// `[shipping]`
    pub shipping: Shipping<T>,
    /// `[domestic]`
    pub domestic: Domestic<T>,
    /// `[h20]`
    pub h20: H20<T>,
    /// `[grey_market]`
    pub grey_market: GreyMarket<T>,
    /// `[money]`
    pub money: Money<T>,
    /// `[compute]`
    pub compute: Compute<T>,
}

impl<T> Parameters<T> {
    /// Builds every table by asking for each number in the order of [`Parameters::map`]: its table's full key,
    /// its declaration, and which of the declaration's defaults is its own.
    pub fn build(buyers: &[String], ask: &mut impl FnMut(&str, &'static Field, usize) -> T) -> Self {
        Self {
            supply: Supply::build(&mut |field| ask("supply", field, 0)),
            us_market: UsMarket::build(&mut |field| ask("us_market", field, 0)),
            washington: WashingtonTerms::build(&mut |field| ask("washington", field, 0)),
            washington_transitions: matrix("washington.transitions", &Washington::WORDS, &WASHINGTON_ROWS, ask),
            beijing: BeijingTerms::build(&mut |field| ask("beijing", field, 0)),
            beijing_transitions: matrix("beijing.transitions", &Beijing::WORDS, &BEIJING_ROWS, ask),
            regimes: from_fn(|i| Regime::build(&mut |field| ask(&format!("beijing.regimes.{}", Beijing::WORDS[i]), field, i))),
            types: from_fn(|i| TypeProfile::build(&mut |field| ask(&format!("beijing.types.{}", PolicyType::WORDS[i]), field, i))),
            diplomacy: Diplomacy::build(&mut |field| ask("diplomacy", field, 0)),
            buyers: buyers.iter().map(|key| Buyer::build(&mut |field| ask(&format!("buyers.{key}"), field, 0))).collect(),
            needs: Needs::build(&mut |field| ask("needs", field, 0)),
            requests: Requests::build(&mut |field| ask("requests", field, 0)),
            shipping: Shipping::build(&mut |field| ask("shipping", field, 0)),
            domestic: Domestic::build(&mut |field| ask("domestic", field, 0)),
            h20: H20::build(&mut |field| ask("h20", field, 0)),
            grey_market: GreyMarket::build(&mut |field| ask("grey_market", field, 0)),
            money: Money::build(&mut |field| ask("money", field, 0)),
            compute: Compute::build(&mut |field| ask("compute", field, 0)),
        }
    }

    /// The same shape with every value replaced, always visited in the order of the fields above.
    pub fn map<'a, U>(&'a self, f: &mut impl FnMut(&'a T) -> U) -> Parameters<U> {
        Parameters {
            supply: self.supply.map(f),
            us_market: self.us_market.map(f),
            washington: self.washington.map(f),
            washington_transitions: self.washington_transitions.each_ref().map(|row| row.each_ref().map(&mut *f)),
            beijing: self.beijing.map(f),
            beijing_transitions: self.beijing_transitions.each_ref().map(|row| row.each_ref().map(&mut *f)),
            regimes: self.regimes.each_ref().map(|r| r.map(f)),
            types: self.types.each_ref().map(|k| k.map(f)),
            diplomacy: self.diplomacy.map(f),
            buyers: self.buyers.iter().map(|b| b.map(f)).collect(),
            needs: self.needs.map(f),
            requests: self.requests.map(f),
            shipping: self.shipping.map(f),
            domestic: self.domestic.map(f),
            h20: self.h20.map(f),
            grey_market: self.grey_market.map(f),
            money: self.money.map(f),
            compute: self.compute.map(f),
        }
    }

    /// Calls `f` with every value, in the order of [`Parameters::map`].
    pub fn each<'a>(&'a self, mut f: impl FnMut(&'a T)) {
        self.map(&mut |value| f(value));
    }
}

fn matrix<T, const N: usize>(
    table: &str,
    words: &[&str; N],
    rows: &'static Matrix<Field, N>,
    ask: &mut impl FnMut(&str, &'static Field, usize) -> T,
) -> Matrix<T, N> {
    from_fn(|row| {
        let table = format!("{table}.{}", words[row]);
        from_fn(|column| ask(&table, &rows[row][column], 0))
    })
}
