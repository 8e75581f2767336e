//! From tallies to what a person reads: estimates with their errors.

pub mod bound;
mod comparison;
mod contrast_table;
mod crossing;
pub mod decision;
pub mod digits;
mod explanation;
pub mod grid;
mod headline;
mod influence;
mod insight;
mod measure;
mod pairing;
mod precision;
pub mod shapley;
mod storylines;
mod summarise;
mod summary;
mod sweep;

pub use crate::stats::Z95;
pub use comparison::{Comparison, Contrast, Difference, MonthlyDifference, OutcomeDifference};
pub use contrast_table::{ContrastRow, contrast_rows, contrast_table};
pub use crossing::{Crossing, Estimated, first_crossing};
pub use decision::{Worth, decision_table, research};
pub use explanation::{Averaging, Contribution, Explanation};
pub use grid::Axis;
pub use headline::{Headline, HeadlineRow, headline};
pub use influence::{influences, type_effects};
pub use insight::{Correlation, Influence, Insight, Storyline, TypeEffect};
pub use measure::{Condition, Measure, MeasureError, Relation, Source};
pub use pairing::Pairing;
pub use precision::{Reached, Statistic, Target, TargetError, Width, widening};
pub use storylines::{STORY_SHARES, headline_outcomes, medoids, oriented, recorded_value};
pub use summarise::{in_unit, shape, summarise};
pub use summary::*;
pub use sweep::{Sweep, Threshold, sweep_table};
