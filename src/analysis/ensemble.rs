//! Histories kept one by one, to be weighed again: what they recorded of a few observables, and the world each lies in.

use super::{Header, PROBABILITIES};
use crate::domain::PolicyType;
use crate::model::Probe;
use crate::stats::{Interval, Weighted, rising};

/// Bins of equal prior probability in which a shift is measured.
const BINS: usize = 10;
/// The quantiles at which an input is told in ranks of its prior.
pub const RANKED: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

/// A set of histories.
#[derive(Clone, Debug)]
pub struct Ensemble {
    /// What was run.
    pub header: Header,
    /// What was looked at.
    pub probes: Vec<Probe>,
    /// `[probe][path]` in the unit of the probe: NaN if undefined, infinite for a wait that did not end. Paths of a world are neighbours.
    pub columns: Vec<Vec<f64>>,
    /// Beijing's hidden type in each world.
    pub kinds: Vec<PolicyType>,
    /// Keys of the uncertain inputs.
    pub keys: Vec<String>,
    /// `[input][world]`
    pub inputs: Vec<Vec<f64>>,
}

/// A mean or a share with its Monte Carlo standard error.
pub type WithError = (f64, f64);

/// The distribution of one number.
#[derive(Clone, Debug, PartialEq)]
pub struct Marginal {
    /// Mean; `None` of a wait that does not end in every history.
    pub mean: Option<WithError>,
    /// Share at exactly zero.
    pub share_zero: Option<WithError>,
    /// Quantiles at [`PROBABILITIES`] with their 95% Monte Carlo intervals; infinite ones are left out.
    pub quantiles: [Option<Interval>; PROBABILITIES.len()],
}

/// A number before and after histories were weighed again.
#[derive(Clone, Debug, PartialEq)]
pub struct Moved {
    /// Name of the observable.
    pub name: String,
    /// Unit in words.
    pub unit: &'static str,
    /// With equal weights.
    pub prior: Marginal,
    /// With the new weights.
    pub posterior: Marginal,
}

/// An uncertain input before and after.
#[derive(Clone, Debug, PartialEq)]
pub struct InputShift {
    /// Its distribution before and after.
    pub moved: Moved,
    /// How far its mean moved, in standard deviations of the prior; and the Monte Carlo standard error of that.
    pub shift: WithError,
    /// Kullback–Leibler divergence from prior to posterior in nats, over ten bins of equal prior probability.
    pub divergence: f64,
    /// Its posterior quantiles at [`RANKED`], as shares of the prior that lie below.
    pub ranks: [f64; RANKED.len()],
}

/// A hidden type before and after.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeShare {
    /// The type.
    pub kind: PolicyType,
    /// Its share with equal weights.
    pub prior: WithError,
    /// Its share with the new weights.
    pub posterior: WithError,
}

/// What new weights do to an ensemble.
#[derive(Clone, Debug)]
pub struct Reweighting {
    /// What was run, with a title and a date that say what the weights know.
    pub header: Header,
    /// Kish's effective number of histories.
    pub effective_paths: f64,
    /// The same of worlds.
    pub effective_worlds: f64,
    /// The hidden types.
    pub types: Vec<TypeShare>,
    /// The uncertain inputs, the most shifted first.
    pub inputs: Vec<InputShift>,
    /// Cumulative deliveries at the end of each month.
    pub deliveries: Vec<Moved>,
    /// The outcomes.
    pub outcomes: Vec<Moved>,
}

impl Ensemble {
    /// Number of histories.
    pub fn paths(&self) -> usize {
        self.header.paths() as usize
    }

    /// Histories in each world.
    pub fn cluster(&self) -> usize {
        self.header.paths_per_world as usize
    }

    /// The hidden types before and after.
    pub fn types(&self, weights: &[f64]) -> Vec<TypeShare> {
        let cluster = self.cluster();
        let share = |weights: &[f64], kind: PolicyType| {
            Weighted::new(weights, cluster).mean(|i| f64::from(self.kinds[i / cluster] == kind)).unwrap_or((f64::NAN, f64::NAN))
        };
        let equal = vec![1.0; weights.len()];
        let of = |kind| TypeShare { kind, prior: share(&equal, kind), posterior: share(weights, kind) };
        PolicyType::ALL.into_iter().map(of).collect()
    }

    /// A probe before and after.
    pub fn moved(&self, column: usize, weights: &[f64]) -> Moved {
        let (probe, values) = (&self.probes[column], &self.columns[column]);
        moved(&probe.name, probe.unit, values, weights, self.cluster())
    }

    /// An uncertain input before and after; `worlds` has the weight of each world.
    pub fn input(&self, input: usize, worlds: &[f64]) -> InputShift {
        let values = &self.inputs[input];
        let moved = moved(&self.keys[input], "", values, worlds, 1);
        let spread = std_dev(values);
        let shift = match (moved.prior.mean, moved.posterior.mean) {
            (Some((prior, _)), Some((posterior, error))) if spread > 0.0 => ((posterior - prior) / spread, error / spread),
            _ => (0.0, 0.0),
        };
        let order = rising(values);
        let n = order.len() as f64;
        let mut bins = [0.0; BINS];
        for (rank, i) in order.iter().enumerate() {
            bins[rank * BINS / order.len().max(1)] += worlds[*i as usize];
        }
        let total: f64 = bins.iter().sum();
        let divergence = bins.iter().map(|weight| weight / total).filter(|q| *q > 0.0).map(|q| q * libm::log(q * BINS as f64)).sum();
        let below = |q: f64| {
            let mut sum = 0.0;
            let reached = |i: &u32| {
                sum += worlds[*i as usize];
                sum >= q * total
            };
            (order.iter().position(reached).unwrap_or(order.len().saturating_sub(1)) as f64 + 0.5) / n
        };
        InputShift { shift, divergence, ranks: RANKED.map(below), moved }
    }
}

fn moved(name: &str, unit: &'static str, values: &[f64], weights: &[f64], cluster: usize) -> Moved {
    let order = rising(values);
    let equal = vec![1.0; weights.len()];
    let of = |weights: &[f64]| marginal(values, &order, Weighted::new(weights, cluster));
    Moved { name: name.to_owned(), unit, prior: of(&equal), posterior: of(weights) }
}

fn marginal(values: &[f64], order: &[u32], weighted: Weighted<'_>) -> Marginal {
    let ends = order.iter().all(|i| values[*i as usize].is_finite() || weighted.weights()[*i as usize] == 0.0);
    let is = |so: fn(f64) -> bool| weighted.mean(|i| if values[i].is_nan() { f64::NAN } else { f64::from(so(values[i])) });
    let finite = |end: Option<f64>| end.filter(|x| x.is_finite());
    Marginal {
        mean: if ends { weighted.mean(|i| values[i]) } else { None },
        share_zero: is(|x| x == 0.0),
        quantiles: weighted.quantiles(order, values, PROBABILITIES).map(|quantile| {
            let quantile = quantile.filter(|q| q.value.is_finite())?;
            Some(Interval { low: finite(quantile.low), high: finite(quantile.high), ..quantile })
        }),
    }
}

fn std_dev(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0)).sqrt()
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::domain::{Date, Month};

    /// An ensemble of so many worlds with one path each, and one input.
    pub fn of_worlds(kinds: Vec<PolicyType>, input: Vec<f64>, columns: Vec<Vec<f64>>) -> Ensemble {
        let header = Header {
            name: "x".into(),
            title: "X".into(),
            story: String::new(),
            as_of: Date { year: 2025, month: 12, day: 10 },
            start: Month::new(2026, 1).unwrap(),
            months: 6,
            buyers: Vec::new(),
            worlds: kinds.len() as u64,
            paths_per_world: 1,
            seed: 1,
            sampling: crate::domain::Sampling::Random,
        };
        Ensemble { header, probes: Vec::new(), columns, kinds, keys: vec!["a.b".into()], inputs: vec![input] }
    }

    #[test]
    fn an_input_that_keeps_its_upper_half_shifts_as_on_paper() {
        // 0, 1, … 99 with weight on 50 … 99 alone: mean 49.5 → 74.5, s² = n(n+1)/12 = 841.67, so 25 / 29.0115 = 0.86173.
        // Ten bins of 10: the upper five have 1/5 each: 5 × 0.2 ln 2 = ln 2.
        let input: Vec<f64> = (0..100).map(f64::from).collect();
        let ensemble = of_worlds(vec![PolicyType::Drip; 100], input, Vec::new());
        let weights: Vec<f64> = (0..100).map(|i| f64::from(i >= 50)).collect();
        let shift = ensemble.input(0, &weights);
        assert!((shift.shift.0 - 25.0 / (100.0_f64 * 101.0 / 12.0).sqrt()).abs() < 1e-12, "{:?}", shift.shift);
        assert!((shift.divergence - std::f64::consts::LN_2).abs() < 1e-12);
        // The median of 50 … 99 is 74, the 75th of a hundred: rank (74 + ½) / 100.
        assert_eq!(shift.ranks[2], 0.745);
    }

    #[test]
    fn a_wait_that_never_ends_has_no_mean_and_its_late_quantiles_are_unknown() {
        let wait = vec![3.0, 5.0, f64::INFINITY, f64::INFINITY];
        let marginal = moved("t_first", "month", &wait, &[1.0, 1.0, 1.0, 1.0], 1).posterior;
        assert_eq!(marginal.mean, None);
        assert_eq!((marginal.quantiles[2].map(|q| q.value), marginal.quantiles[5]), (Some(3.0), None));
        // Where the weight lies on ended waits alone, there is a mean.
        assert_eq!(moved("t_first", "month", &wait, &[1.0, 1.0, 0.0, 0.0], 1).posterior.mean.map(|m| m.0), Some(4.0));
    }
}
