//! From tallies to what a person reads: estimates with their errors.

pub mod digits;
mod headline;
mod summarise;
mod summary;

pub use headline::{Headline, HeadlineRow, headline};
pub use summarise::{shape, summarise};
pub use summary::*;
