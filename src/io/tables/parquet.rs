//! Tables as Parquet: strings, INT64 and DOUBLE, snappy, the unit of each column in the file's metadata.
//!
//! Nothing in a file depends on the machine or the day: one table has one sequence of bytes.

use super::{Cells, Column, Kind, Table, TableError};
use ::parquet::basic::{Compression, ConvertedType, LogicalType, Repetition, Type as Physical};
use ::parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use ::parquet::errors::ParquetError;
use ::parquet::file::metadata::KeyValue;
use ::parquet::file::properties::{EnabledStatistics, WriterProperties};
use ::parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use ::parquet::schema::types::Type;
use std::mem;
use std::sync::Arc;

/// Before the name of a column, the key under which the file says its unit.
pub const UNIT_KEY: &str = "unit:";

/// A Parquet file in the making.
pub struct Writer(SerializedFileWriter<Vec<u8>>);

impl Writer {
    /// A file with these columns and no rows.
    pub fn new(columns: &[Column]) -> Result<Self, TableError> {
        let fields = columns.iter().map(field).collect::<Result<Vec<_>, _>>().map_err(refused)?;
        let schema = Type::group_type_builder("table").with_fields(fields).build().map_err(refused)?;
        let units = columns.iter().filter(|column| !column.unit.is_empty());
        let units = units.map(|column| KeyValue::new(format!("{UNIT_KEY}{}", column.name), column.unit.to_owned()));
        let properties = WriterProperties::builder()
            .set_created_by(concat!("greenlight ", env!("CARGO_PKG_VERSION")).to_owned())
            .set_compression(Compression::SNAPPY)
            // Smallest and largest value of each row group let a reader skip it; finer ones only swell the footer.
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_offset_index_disabled(true)
            .set_key_value_metadata(Some(units.collect()))
            .build();
        SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::new(properties)).map(Self).map_err(refused)
    }

    /// Adds the rows of these pieces as one row group; returns the bytes to be written next.
    pub fn append(&mut self, pieces: &[Table]) -> Result<Vec<u8>, TableError> {
        let mut group = self.0.next_row_group().map_err(refused)?;
        let columns = pieces.first().map_or(0, |piece| piece.columns.len());
        for column in 0..columns {
            let cells: Vec<&Cells> = pieces.iter().filter_map(|piece| piece.cells.get(column)).collect();
            let may_be_empty = pieces[0].columns[column].may_be_empty;
            write_column(&mut group, &cells, may_be_empty).map_err(refused)?;
        }
        group.close().map_err(refused)?;
        self.take()
    }

    /// The last bytes of the file.
    pub fn finish(mut self) -> Result<Vec<u8>, TableError> {
        self.0.finish().map_err(refused)?;
        self.take()
    }

    /// What was written since it was last taken; the file's own count of bytes goes on.
    fn take(&mut self) -> Result<Vec<u8>, TableError> {
        self.0.flush().map_err(|error| TableError::Writer(error.to_string()))?;
        Ok(mem::take(self.0.inner_mut()))
    }
}

fn field(column: &Column) -> Result<Arc<Type>, ParquetError> {
    let physical = match column.kind {
        Kind::Text => Physical::BYTE_ARRAY,
        Kind::Whole => Physical::INT64,
        Kind::Real => Physical::DOUBLE,
    };
    let repetition = if column.may_be_empty { Repetition::OPTIONAL } else { Repetition::REQUIRED };
    let field = Type::primitive_type_builder(&column.name, physical).with_repetition(repetition);
    let field = match column.kind {
        // Both marks: old readers know only the second.
        Kind::Text => field.with_logical_type(Some(LogicalType::String)).with_converted_type(ConvertedType::UTF8),
        Kind::Whole | Kind::Real => field,
    };
    field.build().map(Arc::new)
}

fn write_column(group: &mut SerializedRowGroupWriter<'_, Vec<u8>>, pieces: &[&Cells], may_be_empty: bool) -> Result<(), ParquetError> {
    let mut column = group.next_column()?.ok_or_else(|| ParquetError::General("a row has more fields than columns".into()))?;
    for cells in pieces {
        match cells {
            Cells::Text(cells) => {
                let values = cells.iter().flatten().map(|word| ByteArray::from(word.as_str())).collect::<Vec<_>>();
                write_cells::<ByteArrayType, _>(&mut column, cells, &values, may_be_empty)?;
            }
            Cells::Whole(cells) => {
                let values = cells.iter().flatten().copied().collect::<Vec<_>>();
                write_cells::<Int64Type, _>(&mut column, cells, &values, may_be_empty)?;
            }
            Cells::Real(cells) => {
                let values = cells.iter().flatten().copied().collect::<Vec<_>>();
                write_cells::<DoubleType, _>(&mut column, cells, &values, may_be_empty)?;
            }
        }
    }
    column.close()
}

/// Writes the values that are there, and for each field whether it is.
fn write_cells<D: DataType, T>(
    column: &mut ::parquet::file::writer::SerializedColumnWriter<'_>,
    cells: &[Option<T>],
    values: &[D::T],
    may_be_empty: bool,
) -> Result<(), ParquetError> {
    let is_there: Vec<i16> = if may_be_empty { cells.iter().map(|cell| cell.is_some().into()).collect() } else { Vec::new() };
    column.typed::<D>().write_batch(values, may_be_empty.then_some(&is_there[..]), None)?;
    Ok(())
}

fn refused(error: ParquetError) -> TableError {
    TableError::Writer(error.to_string())
}
