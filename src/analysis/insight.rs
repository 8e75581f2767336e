//! What a bounded sample of whole paths tells: representative histories, and which inputs matter.

use crate::domain::PolicyType;
use crate::model::Entry;

/// What was learned from a bounded sample of paths, kept whole.
#[derive(Clone, Debug, Default)]
pub struct Insight {
    /// Paths in the sample.
    pub paths: u64,
    /// Representative paths, from the poorest to the richest.
    pub storylines: Vec<Storyline>,
    /// The outcome that influences and types are about.
    pub outcome: String,
    /// One per uncertain input, strongest first.
    pub influences: Vec<Influence>,
    /// One per rank correlation that the scenario asks for.
    pub correlations: Vec<Correlation>,
    /// One per hidden type of Beijing that a sampled world has, in the order of the language.
    pub types: Vec<TypeEffect>,
}

/// What an outcome is where Beijing is of one hidden type.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeEffect {
    /// The type.
    pub kind: PolicyType,
    /// Sampled worlds in which Beijing is of this type.
    pub worlds: u64,
    /// Mean outcome of those worlds, in its unit.
    pub mean: f64,
    /// Its standard error between worlds; `None` with a single world.
    pub std_error: Option<f64>,
}

/// A rank correlation between two uncertain inputs.
#[derive(Clone, Debug, PartialEq)]
pub struct Correlation {
    /// Full keys of both.
    pub between: [String; 2],
    /// What the scenario asks for.
    pub requested: f64,
    /// Spearman's, over the worlds of the sample; `None` where one of them does not vary.
    pub achieved: Option<f64>,
}

/// One real path that stands for many: the medoid of those around a share of the joint headline outcomes.
#[derive(Clone, Debug)]
pub struct Storyline {
    /// The share of paths that are poorer: 0.1, 0.5 or 0.9.
    pub share: f64,
    /// Its world.
    pub world: u64,
    /// Its place in the world.
    pub path: u64,
    /// Its place in the run, as `replay --path` takes it: `world × paths per world + path`.
    pub number: u64,
    /// Its headline outcomes: name of the outcome, and its value in the unit of the outcome; `None` for a wait that did not end.
    pub outcomes: Vec<(String, Option<f64>)>,
    /// What happened.
    pub log: Vec<Entry>,
}

/// How strongly an uncertain input and an outcome go together.
#[derive(Clone, Debug, PartialEq)]
pub struct Influence {
    /// Full key of the input.
    pub key: String,
    /// Spearman's rank correlation between the input and the world's mean outcome.
    pub rank_correlation: f64,
    /// Its 95% interval.
    pub interval: (f64, f64),
}

impl Influence {
    /// Whether the interval leaves zero out.
    pub fn is_real(&self) -> bool {
        self.interval.0 > 0.0 || self.interval.1 < 0.0
    }
}
