//! Statistics of plain numbers: records, tallies, histograms, quantiles. Knows no chips.

mod record;

pub use record::{Record, UNDEFINED};
