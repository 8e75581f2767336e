//! `--samples`: simulates every path again and writes its row, chunk by chunk.
//!
//! Memory does not grow with paths: a chunk is simulated by all threads, written in order, and forgotten.

use super::exit::{Exit, Failure};
use super::options::Writing;
use super::signals::Listener;
use super::simulate::{progress_bar, told};
use crate::engine::{Cause, Halt, Pool};
use crate::io::Staging;
use crate::io::tables::samples::{self, WorldDraws};
use crate::io::tables::{Column, Encoder, Format, Sheet, Table};
use crate::model::{Model, Workspace};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// Paths that one thread simulates and formats at a time; few, because a signal waits for the end of them.
const PIECE_PATHS: u64 = 64;
/// Fields in a chunk, and so in a row group of Parquet: enough for all threads, few enough to hold.
const CHUNK_CELLS: u64 = 1 << 21;
/// Bytes of one field of a chunk while it is formatted and written.
const MEMORY_PER_CELL: u128 = 40;
/// Bytes that the footer of a Parquet file takes for one column of one row group until the file is closed.
const FOOTER_PER_COLUMN: u128 = 1 << 10;

/// Bytes of memory that writing so many paths takes.
pub fn memory_bytes(paths: u128, columns: usize, format: Format) -> u128 {
    let chunk_paths = chunk_pieces(columns) * PIECE_PATHS;
    let footer =
        if format.has_parquet() { paths.div_ceil(chunk_paths.into()).saturating_mul(columns as u128 * FOOTER_PER_COLUMN) } else { 0 };
    (paths.min(chunk_paths.into()) * columns as u128 * MEMORY_PER_CELL).saturating_add(footer)
}

/// Pieces in a chunk; depends on nothing but the table, so that the bytes do not either.
fn chunk_pieces(columns: usize) -> u64 {
    (CHUNK_CELLS / (columns as u64 * PIECE_PATHS).max(1)).max(1)
}

/// Writes the table of all paths.
///
/// # Errors
/// If a signal arrives, or the disk fails.
pub fn write(
    model: &Model,
    file: &Path,
    pool: &Pool,
    listener: &Listener,
    writing: &Writing,
    staging: &mut Staging,
) -> Result<(), Failure> {
    let mut streams = BTreeMap::new();
    for name in writing.format.files(samples::NAME) {
        streams.insert(name.clone(), staging.stream(&name)?);
    }
    let mut append = |name: &str, bytes: &[u8]| {
        let stream = streams.get_mut(name).ok_or_else(|| Failure::new(Exit::Internal, format!("no file {name} was opened for samples")))?;
        Ok(stream.write(bytes)?)
    };
    each(model, file, pool, listener, writing.format, writing.quiet, &mut append)?;
    streams.into_values().try_for_each(|stream| Ok(staging.close(stream)?))
}

/// Takes the next bytes of a file.
pub type Take<'a> = &'a mut dyn FnMut(&str, &[u8]) -> Result<(), Failure>;

/// Hands over the next bytes of each file of the table, named, until all are complete.
///
/// # Errors
/// If a signal arrives, or whoever takes the bytes fails.
pub fn each(
    model: &Model,
    file: &Path,
    pool: &Pool,
    listener: &Listener,
    format: Format,
    quiet: bool,
    take: Take<'_>,
) -> Result<(), Failure> {
    let scenario = model.scenario();
    let refused = |error| Failure::of_table(&scenario.name, &error);
    let columns: Arc<[Column]> = samples::columns(model).into();
    let mut encoders = Encoder::each(samples::NAME, &columns, format).map_err(refused)?;
    let bar = progress_bar(&scenario.name, scenario.simulation, quiet);
    bar.set_prefix(format!("{}: samples", scenario.name));
    let paths = scenario.simulation.worlds * scenario.simulation.paths_per_world;
    let (pieces, step) = (paths.div_ceil(PIECE_PATHS), chunk_pieces(columns.len()));
    for first in (0..pieces).step_by(step as usize) {
        let chunk = first..pieces.min(first + step);
        let tables = pool.map(
            chunk.clone(),
            || model.workspace(),
            |workspace, number| {
                if listener.stop().requested() {
                    return Ok(None);
                }
                let span = number * PIECE_PATHS..paths.min((number + 1) * PIECE_PATHS);
                piece(model, file, &columns, span, workspace, listener).map(|table| Some(table.only(format)))
            },
        );
        listener.check()?;
        let tables = tables.into_iter().filter_map(Result::transpose).collect::<Result<Vec<_>, _>>()?;
        for encoder in &mut encoders {
            let bytes = encoder.append(&tables).map_err(refused)?;
            take(encoder.file(), &bytes)?;
        }
        bar.set_position(chunk.end * PIECE_PATHS);
    }
    bar.finish_and_clear();
    encoders.into_iter().try_for_each(|encoder| {
        let name = encoder.file().to_owned();
        take(&name, &encoder.finish().map_err(refused)?)
    })
}

/// The rows of some paths, counted from the first path of the first world.
fn piece(
    model: &Model,
    file: &Path,
    columns: &Arc<[Column]>,
    paths: Range<u64>,
    workspace: &mut Workspace,
    listener: &Listener,
) -> Result<Table, Failure> {
    let scenario = model.scenario();
    let per_world = scenario.simulation.paths_per_world;
    let mut sheet = Sheet::more(samples::NAME, columns.clone());
    let mut draws = WorldDraws::of(model, paths.start / per_world);
    for path in paths {
        let (world, path) = (path / per_world, path % per_world);
        if draws.world != world {
            draws = WorldDraws::of(model, world);
        }
        let record = model.simulate(world, path, workspace);
        let record = record.map_err(|broken| {
            let halt = Halt::Failed { world, path, cause: Cause::Simulation(broken) };
            told(&halt, &scenario.name, &file.display().to_string(), scenario.simulation, listener)
        })?;
        samples::row(&mut sheet, model, &draws, path, record);
    }
    sheet.finish().map_err(|error| Failure::of_table(&scenario.name, &error))
}
