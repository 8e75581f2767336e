//! The command line: one file per command, wiring only.

pub mod check;
mod exit;
pub mod list;
pub mod new;
pub mod schema;
pub mod show;

pub use exit::{Exit, Failure};
