//! The only place that opens files: scenario files, result tables, the manifest, the staged output folder.
//!
//! Everything that formats returns bytes; [`Staging`] alone writes them.

mod codebook;
pub mod differences;
mod disk;
#[cfg(test)]
mod example;
pub mod manifest;
mod run_folder;
pub mod scenario_files;
mod staging;
pub mod tables;
mod verify;

pub use codebook::{codebook, comparison_codebook};
pub use disk::{DiskError, free_bytes, is_out_of_resources};
pub use run_folder::{FolderError, RunFolder, SCENARIO};
pub use staging::{OutputError, Staging, Stream};
pub use verify::verify;
