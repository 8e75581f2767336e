//! The only place that opens files: scenario files, result tables, the manifest, the staged output folder.
//!
//! Everything that formats returns bytes; [`Staging`] alone writes them.

pub mod checkpoint;
mod codebook;
pub mod differences;
mod disk;
#[cfg(test)]
mod example;
mod figures;
pub mod manifest;
mod run_folder;
pub mod scenario_files;
pub mod sensitivity;
mod staging;
pub mod tables;
mod text_file;
mod verify;

pub use codebook::{codebook, comparison_codebook, decision_codebook, sensitivity_codebook, sweep_codebook};
pub use disk::{DiskError, free_bytes, is_out_of_resources};
pub use figures::figures;
pub use run_folder::{FolderError, RunFolder, SCENARIO};
pub use staging::{OutputError, Staging, Stream};
pub use text_file::{MAX_TEXT_BYTES, TextError, read_text, write_text};
pub use verify::verify;
