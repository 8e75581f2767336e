//! The command line: one file per command, wiring only.

pub mod exit;
