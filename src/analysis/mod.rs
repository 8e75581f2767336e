//! From tallies to what a person reads: estimates with their errors.

pub mod bound;
mod comparison;
mod contrast_table;
pub mod digits;
mod explanation;
mod headline;
mod influence;
mod insight;
mod pairing;
pub mod sensitivity;
pub mod shapley;
mod storylines;
mod summarise;
mod summary;

pub use crate::stats::Z95;
pub use comparison::{Comparison, Contrast, Difference, MonthlyDifference, OutcomeDifference};
pub use contrast_table::{ContrastRow, contrast_rows, contrast_table};
pub use explanation::{Averaging, Contribution, Explanation};
pub use headline::{Headline, HeadlineRow, headline};
pub use influence::{influences, type_effects};
pub use insight::{Correlation, Influence, Insight, Storyline, TypeEffect};
pub use pairing::Pairing;
pub use storylines::{STORY_SHARES, headline_outcomes, medoids, oriented, recorded_value};
pub use summarise::{in_unit, shape, summarise};
pub use summary::*;
