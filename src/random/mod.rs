//! Numbers by address: a draw is a function of (stream version, seed, world, path, source, entity, month, slot).
//!
//! No generator travels through the program, so adding a buyer, skipping a draw or changing the
//! number of threads moves no other draw.

mod address;
mod chance;
mod copula;
mod counts;
mod distribution;
#[cfg(test)]
mod distribution_tests;
mod metalog;
mod points;
mod shape;
mod sobol_table;
mod special;

pub use address::{DrawRows, Draws, PathKey, Place, STREAM_VERSION, Stream, Streams, Tag};
pub use chance::{exp, ln, normal_chance, normal_draw, normal_draws, power};
pub use copula::{Copula, CopulaError};
pub use counts::{beta, beta_binomials, binomial, binomials};
pub use distribution::{Distribution, DistributionError};
pub use points::{Points, TooManyDimensions};
pub use special::{IncompleteBeta, StudentT, normal_cdf, normal_quantile};
