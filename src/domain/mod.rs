//! The words of the problem: units, calendar, governments, rules, products.
//!
//! Layer 0: everything may import this, and this imports nothing of ours.

mod calendar;
mod products;
mod states;
mod units;

pub use calendar::{Date, Month, Quarter};
pub use products::*;
pub use states::*;
pub use units::*;

/// The most buyer groups one scenario may have (`model.md` 3.1).
pub const MAX_BUYERS: usize = 16;
/// Independent scrambles that worlds take turns in where their inputs are spread evenly: enough to tell an error from, few enough to
/// leave each of them many points.
pub const SCRAMBLES: u64 = 16;
/// The longest horizon in months: fifty years, far beyond what the model means.
pub const MAX_MONTHS: usize = 600;
