//! Statistics of plain numbers: records, tallies, histograms, quantiles. Knows no chips.

mod bytes;
mod cells;
mod clusters;
mod histogram;
mod quantile;
mod rank;
mod record;
mod recorder;
mod sample;
#[cfg(test)]
mod samples;
mod scrambles;
mod tally;
mod weighted;
mod wide;

pub use bytes::BytesError;
pub use quantile::{Bucket, Histogram, Z95, normal_quantile};
pub use rank::{doubled_ranks, pearson, spearman};
pub use record::{Cell, Record, Rows, Selection, Sheet, UNDEFINED};
pub use recorder::{Excerpt, RecordError, Recorder};
pub use sample::{Sample, VarianceSplit};
pub use scrambles::{Gain, T95_OF_SCRAMBLES};
pub use tally::{MergeError, OpenWorlds, PATH_LIMIT, Tally, TallyShape, VALUE_LIMIT};
pub use weighted::{Interval, Weighted, rising};
