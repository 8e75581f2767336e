//! A small summary, made by hand, for the tests of this layer.

use crate::analysis::{CategorySummary, Estimate, Header, MonthlySummary, OutcomeSummary, Summary};
use crate::domain::{Date, Month};
use crate::model::{CATEGORIES, Metric, Outcome, Series};

static DELIVERED: Metric = Metric { name: "delivered", unit: "chips", meaning: "Chips let in.", scale: 1.0 };
static HELD_STOCK: Metric = Metric { name: "held_stock", unit: "chips", meaning: "Held by stock.", scale: 1.0 };
static HELD_CLEARING: Metric = Metric { name: "held_clearing", unit: "chips", meaning: "Held at the border.", scale: 1.0 };

const ESTIMATE: Estimate = Estimate {
    paths: 8,
    mean: Some(0.1),
    std_dev: Some(2.0),
    std_error: Some(0.3),
    share_zero: Some(0.25),
    share_zero_std_error: Some(0.125),
    quantiles: [Some(0.0), Some(0.0), Some(0.0), Some(1.5), Some(2.0), Some(3.0), Some(4.0)],
};
const UNDEFINED: Estimate =
    Estimate { paths: 0, mean: None, std_dev: None, std_error: None, share_zero: None, share_zero_std_error: None, quantiles: [None; 7] };

/// Two months, one buyer, two gates.
pub fn summary() -> Summary {
    let with_mean = |mean| Estimate { mean: Some(mean), ..ESTIMATE };
    Summary {
        gains: Vec::new(),
        header: Header {
            name: "example".into(),
            title: "An example".into(),
            story: String::new(),
            as_of: Date { year: 2025, month: 12, day: 10 },
            start: Month::new(2026, 1).unwrap(),
            months: 2,
            buyers: vec![("bytedance".into(), "=ByteDance|字节跳动".into())],
            worlds: 4,
            paths_per_world: 2,
            seed: 7,
            sampling: crate::domain::Sampling::Random,
        },
        monthly: vec![
            MonthlySummary { series: Series { metric: &DELIVERED, buyer: None }, months: vec![ESTIMATE; 2] },
            MonthlySummary { series: Series { metric: &DELIVERED, buyer: Some(0) }, months: vec![ESTIMATE; 2] },
            MonthlySummary { series: Series { metric: &HELD_STOCK, buyer: None }, months: [30.0, 0.0].map(with_mean).to_vec() },
            MonthlySummary { series: Series { metric: &HELD_CLEARING, buyer: None }, months: [10.0, 0.0].map(with_mean).to_vec() },
        ],
        outcomes: vec![
            outcome("delivered_2026", "Chips delivered in 2026.", "chips", None, ESTIMATE),
            outcome("need_fill", "Delivered per | needed.", "ratio", Some(0), UNDEFINED),
        ],
        categories: CATEGORIES.iter().map(|category| categorical(*category)).collect(),
    }
}

fn outcome(name: &str, meaning: &str, unit: &'static str, buyer: Option<usize>, estimate: Estimate) -> OutcomeSummary {
    OutcomeSummary {
        outcome: Outcome { name: name.into(), unit, meaning: meaning.into(), buyer, cell: 0, scale: 1.0, censored_at: None },
        quantile_intervals: estimate.quantiles.map(|q| q.map(|x| (x - 0.5, x + 0.5))),
        conditional_quantiles: estimate.quantiles,
        estimate,
        share_censored: None,
        ignorance_share: None,
        exceedance: Vec::new(),
    }
}

/// Governments stay in their first state; gates bind in the first month only.
fn categorical(category: crate::model::Category) -> CategorySummary {
    let share = |month: usize, state: &str| match (category.name, month, state) {
        ("binding_gate", 0, "stock") => 0.5,
        ("binding_gate", 0, "none" | "clearing") => 0.25,
        ("binding_gate", 1, "none") => 1.0,
        ("binding_gate", ..) => 0.0,
        (.., state) if state == category.states[0] => 1.0,
        _ => 0.0,
    };
    CategorySummary { category, shares: (0..2).map(|month| category.states.iter().map(|state| share(month, state)).collect()).collect() }
}
