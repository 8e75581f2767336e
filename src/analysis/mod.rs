//! From tallies to what a person reads: estimates with their errors.

mod summary;

pub use summary::*;
