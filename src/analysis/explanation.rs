//! Which changed assumptions make the difference between two scenarios (Shapley values on common random numbers).

/// The difference of one outcome, split over groups of changed keys.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// Name of the outcome; in total over buyers.
    pub outcome: String,
    /// Unit in words.
    pub unit: &'static str,
    /// Worlds that were simulated for it.
    pub worlds: u64,
    /// Paths in each of them.
    pub paths_per_world: u64,
    /// How the orders in which groups can change were averaged.
    pub method: Averaging,
    /// Mean outcome of the reference on these paths.
    pub reference: f64,
    /// Mean outcome of the other scenario on these paths.
    pub scenario: f64,
    /// The mean difference; the contributions sum to it.
    pub total: Contribution,
    /// One per group, in the order of the language.
    pub groups: Vec<Contribution>,
}

/// What one group of keys adds to the mean outcome.
#[derive(Clone, Debug, PartialEq)]
pub struct Contribution {
    /// Name of the group, such as `beijing`.
    pub name: String,
    /// The changed keys in it.
    pub keys: Vec<String>,
    /// Shapley value: its mean marginal contribution over all orders, in the unit of the outcome.
    pub mean: f64,
    /// Monte Carlo standard error; holds the error of sampled orders, if they were sampled.
    pub std_error: f64,
}

/// How the orders were averaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Averaging {
    /// Over all orders, by way of all subsets of groups.
    Exact,
    /// Over one random order in each world.
    Sampled,
}
