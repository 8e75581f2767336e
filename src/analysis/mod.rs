//! From tallies to what a person reads: estimates with their errors.

mod comparison;
pub mod digits;
mod explanation;
mod headline;
mod influence;
mod insight;
mod storylines;
mod summarise;
mod summary;

pub use comparison::{Comparison, Contrast, Difference, MonthlyDifference, OutcomeDifference, Z95};
pub use explanation::{Averaging, Contribution, Explanation};
pub use headline::{Headline, HeadlineRow, headline};
pub use influence::influences;
pub use insight::{Influence, Insight, Storyline};
pub use storylines::{STORY_SHARES, headline_outcomes, medoids, oriented, outcome_value};
pub use summarise::{shape, summarise};
pub use summary::*;
