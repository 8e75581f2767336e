//! What facts do to histories: Bayes' rule by importance weights (`model.md` section 9, item 6).
//!
//! A report says that a test holds of a number. If the report is right with probability `s` and the number agrees with it by `k` (1 where the
//! test holds, less with a normal error outside), its likelihood is `(1 − s) + (2s − 1) k`: `s` where it holds, `1 − s` where it does not.
//! With `s` = 1 and no error a history that contradicts it is out. Facts are taken as independent reports given the history.

use super::ensemble::{Ensemble, WithError};
use crate::model::Test;
use crate::stats::Weighted;

/// A fact, ready to be held against histories.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// Key of the fact.
    pub id: String,
    /// The column of the ensemble that it is about.
    pub column: usize,
    /// What was seen.
    pub test: Test,
    /// Standard deviation of the observation.
    pub error: f64,
    /// Probability that the report is right.
    pub sure: f64,
}

/// What one fact does, and what all so far do.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Key of the fact.
    pub id: String,
    /// Share of histories that agree with it, all counting alike; those near a number with an error count in part.
    pub holds: WithError,
    /// The same share of the weight once all facts are known.
    pub holds_after: WithError,
    /// Effective number of worlds if it were the only fact.
    pub alone: f64,
    /// Effective number of worlds after it and all before it.
    pub so_far: f64,
}

/// New weights of histories, and what they rest on.
#[derive(Clone, Debug, PartialEq)]
pub struct Conditioning {
    /// One weight per history: its likelihood, to the power of the tempering.
    pub weights: Vec<f64>,
    /// Mean likelihood: the probability of the facts where all are exact and sure.
    pub evidence: WithError,
    /// One per fact, in order.
    pub steps: Vec<Step>,
}

impl Evidence {
    /// How likely the report is if the number has this value; 0 to 1.
    pub fn likelihood(&self, value: f64) -> f64 {
        (1.0 - self.sure) + (2.0 * self.sure - 1.0) * self.test.agreement(value, self.error)
    }
}

/// Weighs the histories by the likelihood of all facts; `temper` of 1 takes them at their word, less trusts them less.
pub fn condition(ensemble: &Ensemble, facts: &[Evidence], temper: f64) -> Conditioning {
    let (paths, cluster) = (ensemble.paths(), ensemble.cluster());
    let tempered = |likelihood: f64| if temper == 1.0 { likelihood } else { libm::pow(likelihood, temper) };
    let equal = vec![1.0; paths];
    let mut likelihood = vec![1.0; paths];
    let mut steps = Vec::new();
    for fact in facts {
        let values = &ensemble.columns[fact.column];
        let own: Vec<f64> = values.iter().map(|value| tempered(fact.likelihood(*value))).collect();
        likelihood.iter_mut().zip(&own).for_each(|(product, factor)| *product *= factor);
        steps.push(Step {
            id: fact.id.clone(),
            holds: Weighted::new(&equal, cluster).mean(|i| fact.test.agreement(values[i], fact.error)).unwrap_or((f64::NAN, f64::NAN)),
            holds_after: (f64::NAN, f64::NAN),
            alone: Weighted::new(&own, cluster).effective_clusters(),
            so_far: Weighted::new(&likelihood, cluster).effective_clusters(),
        });
    }
    let weighted = Weighted::new(&likelihood, cluster);
    for (step, fact) in steps.iter_mut().zip(facts) {
        let values = &ensemble.columns[fact.column];
        step.holds_after = weighted.mean(|i| fact.test.agreement(values[i], fact.error)).unwrap_or((f64::NAN, f64::NAN));
    }
    let evidence = Weighted::new(&equal, cluster).mean(|i| likelihood[i]).unwrap_or((f64::NAN, f64::NAN));
    Conditioning { weights: likelihood, evidence, steps }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::ensemble::tests::of_worlds;
    use crate::domain::PolicyType;
    use crate::random::{Draws, PathKey, Tag, normal_draw};
    use crate::scenario::Range;

    fn fact(test: Range, error: f64, sure: f64) -> Evidence {
        Evidence { id: "f".into(), column: 0, test: Test::Range(test), error, sure }
    }

    #[test]
    fn a_report_is_as_likely_as_it_is_sure_where_it_holds_and_the_rest_elsewhere() {
        let report = fact(Range::closed(0.0, 0.0), 0.0, 0.9);
        assert_eq!([report.likelihood(0.0), (report.likelihood(7.0) * 1e15).round()], [0.9, 1e14]);
        // Five worlds of which two agree: (2 × 0.9 + 3 × 0.1) / 5 = 0.42; after it they have 1.8 / 2.1 of the weight.
        let ensemble = of_worlds(vec![PolicyType::Drip; 5], vec![1.0; 5], vec![vec![0.0, 0.0, 1.0, 2.0, 3.0]]);
        let result = condition(&ensemble, &[report], 1.0);
        assert!((result.evidence.0 - 0.42).abs() < 1e-12);
        assert!((result.steps[0].holds.0 - 0.4).abs() < 1e-12 && (result.steps[0].holds_after.0 - 1.8 / 2.1).abs() < 1e-12);
        // Kish: 2.1² / (2 × 0.81 + 3 × 0.01) = 4.41 / 1.65.
        assert!((result.steps[0].so_far - 4.41 / 1.65).abs() < 1e-12);
    }

    #[test]
    fn a_normal_prior_seen_with_a_normal_error_has_the_posterior_of_paper() {
        // x ~ N(0, 1) seen as 1.5 with error 0.5: posterior mean 1.5 / (1 + 0.25) = 1.2, variance 0.25 / 1.25 = 0.2. The mean of the
        // kernel exp(−(x − 1.5)²/(2 × 0.25)) is √(0.25/1.25) exp(−1.5²/(2 × 1.25)) = 0.4472136 × 0.4065697 = 0.1818235.
        let n = 200_000;
        let x: Vec<f64> = (0..n).map(|i| Draws::new(PathKey::world(5, i), Tag::new("test", "x")).uniform(0, 0)).map(normal_draw).collect();
        let ensemble = of_worlds(vec![PolicyType::Drip; n as usize], x.clone(), vec![x.clone()]);
        let exact = |temper| condition(&ensemble, &[fact(Range::closed(1.5, 1.5), 0.5, 1.0)], temper);
        let result = exact(1.0);
        let (mean, error) = Weighted::new(&result.weights, 1).mean(|i| x[i]).unwrap();
        assert!((mean - 1.2).abs() <= 4.0 * error && error < 0.004, "{mean} ± {error}");
        let (square, error) = Weighted::new(&result.weights, 1).mean(|i| (x[i] - 1.2) * (x[i] - 1.2)).unwrap();
        assert!((square - 0.2).abs() <= 4.0 * error, "{square} ± {error}");
        let (evidence, error) = result.evidence;
        assert!((evidence - 0.181_823_5).abs() <= 4.0 * error, "{evidence} ± {error}");
        // Half the trust is twice the variance of the error: 1.5 / (1 + 0.5) = 1.
        let (mean, error) = Weighted::new(&exact(0.5).weights, 1).mean(|i| x[i]).unwrap();
        assert!((mean - 1.0).abs() <= 4.0 * error, "{mean} ± {error}");
    }

    #[test]
    fn intervals_of_posterior_means_cover_in_nineteen_of_twenty() {
        // The same posterior mean 1.2 from 400 draws in worlds of 4 that share three quarters of their variance. 2,000 replicates at 95%
        // have a standard deviation of √(2000 × 0.05 × 0.95) = 9.7 around 1,900; a ratio of 100 clusters, of which the weights count some
        // forty, is about a point and a half short, so that 1,830 is nearly three and a half deviations below what is expected.
        let (replicates, worlds, each) = (2_000, 100, 4);
        let draw = |replicate: u64, world: u64, slot: usize| {
            normal_draw(Draws::new(PathKey::world(replicate, world), Tag::new("test", "cover")).uniform(slot, 0))
        };
        let mut covered = 0;
        for replicate in 0..replicates {
            let path = |i: u64| 0.75_f64.sqrt() * draw(replicate, i / each, 0) + 0.5 * draw(replicate, i / each, 1 + (i % each) as usize);
            let x: Vec<f64> = (0..worlds * each).map(path).collect();
            let report = fact(Range::closed(1.5, 1.5), 0.5, 1.0);
            let weights: Vec<f64> = x.iter().map(|x| report.likelihood(*x)).collect();
            let (mean, error) = Weighted::new(&weights, each as usize).mean(|i| x[i]).unwrap();
            covered += u32::from((mean - 1.2).abs() <= 1.96 * error);
        }
        assert!((1_830..=1_944).contains(&covered), "{covered} of {replicates}");
    }
}
