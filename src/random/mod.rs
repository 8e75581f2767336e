//! Numbers by address: a draw is a function of (stream version, seed, world, path, source, entity, month, slot).
//!
//! No generator travels through the program, so adding a buyer, skipping a draw or changing the
//! number of threads moves no other draw.

mod address;
mod distribution;

pub use address::{Draws, PathKey, STREAM_VERSION, Stream, Tag};
pub use distribution::Distribution;
