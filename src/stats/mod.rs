//! Statistics of plain numbers: records, tallies, histograms, quantiles. Knows no chips.

mod bytes;
mod cells;
mod histogram;
mod record;
mod recorder;
#[cfg(test)]
mod samples;
mod tally;
mod wide;

pub use bytes::BytesError;
pub use record::{Record, UNDEFINED};
pub use recorder::{RecordError, Recorder};
pub use tally::{MergeError, OpenWorlds, PATH_LIMIT, Tally, TallyShape, VALUE_LIMIT};
