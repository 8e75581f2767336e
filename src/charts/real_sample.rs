//! Comparisons of shipped scenarios at small size, with the differences worked out path by path in the plainest way.

use crate::analysis::{Comparison, Contrast, Difference, MonthlyDifference, OutcomeDifference, PROBABILITIES};
use crate::cli::summarise;
use crate::engine::{Pool, Stop};
use crate::io::scenario_files::load;
use crate::model::{Audit, Model};
use crate::stats::UNDEFINED;
use std::num::NonZeroUsize;
use std::path::Path;

/// Every shipped scenario that can stand beside the baseline.
pub const ALL: [&str; 15] = [
    "baseline-dec-2025",
    "beijing-opens",
    "blackwell-priority",
    "case-by-case-drip",
    "customer-cap-75k",
    "customs-freeze",
    "domestic-surge",
    "full-prepayment",
    "hong-kong-corridor",
    "open-and-ramp",
    "quiet-buying",
    "tsmc-ramp",
    "us-reversal",
    "baseline-strict",
    "as-known-2026-02-01",
];

const WORLDS: u64 = 200;
const PATHS: u64 = 10;

/// One path: deliveries by month, outcomes in total.
type Numbers = (Vec<f64>, Vec<Option<f64>>);

fn model(name: &str) -> Model {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("scenarios/{name}.toml"));
    let counts = [format!("simulation.worlds={WORLDS}"), format!("simulation.paths_per_world={PATHS}")];
    Model::new(load(&file, &counts).unwrap(), Audit::EachPath).unwrap()
}

fn paths(model: &Model) -> Vec<Numbers> {
    let layout = model.layout();
    let delivered = layout.monthly.iter().position(|s| s.metric.name == "delivered" && s.buyer.is_none()).unwrap() * layout.months;
    let mut workspace = model.workspace();
    let mut all = Vec::new();
    for world in 0..WORLDS {
        for path in 0..PATHS {
            let record = model.simulate(world, path, &mut workspace).unwrap();
            let months = record.monthly[delivered..delivered + layout.months].iter().map(|v| *v as f64).collect();
            let total = layout.outcomes.iter().filter(|o| o.buyer.is_none());
            let value = |v: i64, scale: f64| (v != UNDEFINED).then_some(v as f64 * scale);
            all.push((months, total.map(|o| value(record.outcomes[o.cell], o.scale)).collect()));
        }
    }
    all
}

/// The scenarios, the first as the reference; all with the months of the reference.
pub fn comparison(names: &[&str]) -> Comparison {
    let models: Vec<Model> = names.iter().map(|name| model(name)).collect();
    let runs: Vec<Vec<Numbers>> = models.iter().map(paths).collect();
    let pool = Pool::new(NonZeroUsize::new(1).unwrap()).unwrap();
    let contrast = |run: &Vec<Numbers>| {
        let layout = models[0].layout();
        let pairs = || run.iter().zip(&runs[0]);
        let month = |t: usize| difference(&pairs().map(|(a, b)| Some(a.0[t] - b.0[t])).collect::<Vec<_>>());
        let metric = layout.monthly.iter().find(|s| s.metric.name == "delivered").unwrap().metric;
        let outcome = |(i, outcome): (usize, &crate::model::Outcome)| {
            let mut difference = difference(&pairs().map(|(a, b)| Some(a.1[i]? - b.1[i]?)).collect::<Vec<_>>());
            if outcome.censored_at.is_some() {
                (difference.mean, difference.std_error, difference.quantiles) = (None, None, [None; 7]);
            }
            let is_wait = outcome.censored_at.is_some();
            OutcomeDifference { name: outcome.name.clone(), unit: outcome.unit, buyer: None, is_wait, difference }
        };
        let months = (0..layout.months).map(month).collect();
        Contrast {
            start: layout.start,
            months: layout.months,
            monthly: vec![MonthlyDifference { metric, buyer: None, months }],
            outcomes: layout.outcomes.iter().filter(|o| o.buyer.is_none()).enumerate().map(outcome).collect(),
        }
    };
    Comparison {
        scenarios: models.iter().map(|m| summarise(m, &pool, &|_| {}, &Stop::default()).unwrap()).collect(),
        contrasts: runs[1..].iter().map(contrast).collect(),
    }
}

fn difference(values: &[Option<f64>]) -> Difference {
    let mut known: Vec<f64> = values.iter().flatten().copied().collect();
    known.sort_by(f64::total_cmp);
    let count = known.len() as f64;
    let mean = known.iter().sum::<f64>() / count;
    let worlds: Vec<f64> = values.chunks(PATHS as usize).map(|w| w.iter().flatten().sum::<f64>() / w.len() as f64).collect();
    let spread = worlds.iter().map(|w| (w - mean) * (w - mean)).sum::<f64>() / (worlds.len() as f64 - 1.0);
    let share = |is: &dyn Fn(f64) -> bool| known.iter().filter(|v| is(**v)).count() as f64 / count;
    let (above, below) = (share(&|v| v > 0.0), share(&|v| v < 0.0));
    let error = |p: f64| (p * (1.0 - p) / count).sqrt();
    Difference {
        paths: known.len() as u64,
        mean: Some(mean),
        std_dev: None,
        std_error: Some((spread / worlds.len() as f64).sqrt()),
        quantiles: PROBABILITIES.map(|p| known.get(((p * count) as usize).min(known.len().saturating_sub(1))).copied()),
        above: Some(above),
        below: Some(below),
        share_std_errors: Some((error(above), error(below))),
        variance_reduction: None,
    }
}
