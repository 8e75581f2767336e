//! The only place that opens files: scenario files, result tables, the manifest, the staged output folder.
//!
//! Everything that formats returns bytes; [`Staging`] alone writes them.

pub mod checkpoint;
mod codebook;
pub mod differences;
pub mod discoveries;
mod disk;
#[cfg(test)]
mod example;
mod figures;
pub mod manifest;
mod memory;
mod run_folder;
pub mod scenario_files;
pub mod scores;
pub mod sensitivity;
mod staging;
pub mod tables;
mod text_file;
pub mod updates;
mod verify;

pub use codebook::{codebook, comparison_codebook, decision_codebook, sensitivity_codebook, sweep_codebook, tables_codebook};
pub use disk::{DiskError, create_folders, free_bytes, is_out_of_resources};
pub use figures::figures;
pub use memory::{free_memory, grants_memory};
pub use run_folder::{ComparisonFolder, Finished, FolderError, RunFolder, SCENARIO, compared, intact};
pub use staging::{OutputError, Staging, Stream, check_free};
pub use text_file::{MAX_TEXT_BYTES, TextError, check_text, read_text, write_text};
pub use verify::verify;
