//! From tallies to what a person reads: estimates with their errors.

pub mod bound;
mod comparison;
pub mod digits;
mod explanation;
mod headline;
mod insight;
pub mod shapley;
mod summarise;
mod summary;

pub use comparison::{Comparison, Contrast, Difference, MonthlyDifference, OutcomeDifference, Z95};
pub use explanation::{Averaging, Contribution, Explanation};
pub use headline::{Headline, HeadlineRow, headline};
pub use insight::{Influence, Insight, Storyline};
pub use summarise::{shape, summarise};
pub use summary::*;
