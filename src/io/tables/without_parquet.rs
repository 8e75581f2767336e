//! Stands in for `parquet.rs` in a build without the feature. [`super::Format::parse`] lets nobody come here.

use super::{Column, Table, TableError};

/// A Parquet file that cannot be made.
pub struct Writer;

const ABSENT: &str = "this program was built without Parquet";

impl Writer {
    /// Refuses.
    pub fn new(_: &[Column]) -> Result<Self, TableError> {
        Err(TableError::Writer(ABSENT.into()))
    }

    /// Refuses.
    pub fn append(&mut self, _: &[Table]) -> Result<Vec<u8>, TableError> {
        Err(TableError::Writer(ABSENT.into()))
    }

    /// Refuses.
    pub fn finish(self) -> Result<Vec<u8>, TableError> {
        Err(TableError::Writer(ABSENT.into()))
    }
}
