//! The only place that opens files.

pub mod scenario_files;
