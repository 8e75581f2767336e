//! Paths side by side: rows of values, and the vector instructions their loops are compiled for.

mod isa;
mod row;

pub use isa::Isa;
pub use row::{Row, any, each, in_few};
