//! The public time-to-botec estimate: a mixture of four parts, sampled and averaged.
//!
//! `cargo run --release --example time_to_botec -- [SAMPLES] [THREADS]` prints one line of JSON. Every sample is kept, as the other
//! programs of that comparison keep theirs, and is a function of its address, so the mean is the same on any number of threads.
#![allow(clippy::print_stdout, reason = "an example talks to its user")]

use greenlight::engine::Pool;
use greenlight::random::{Draws, PathKey, Tag, exp};
use std::error::Error;
use std::num::NonZeroUsize;
use std::time::Instant;

/// Samples that share a path; a sample is one of its steps.
const CHUNK: u64 = 10_000;
const SEED: u64 = 20_251_210;

/// A lognormal that lies between two values with probability 90%.
struct Between {
    mu: f64,
    sigma: f64,
}

impl Between {
    fn new(low: f64, high: f64) -> Self {
        let (low, high) = (libm::log(low), libm::log(high));
        Self { mu: (low + high) / 2.0, sigma: (high - low) / (2.0 * 1.644_853_626_951_472_2) }
    }
}

#[allow(clippy::disallowed_methods, reason = "the clock is what this example is for; no sample sees it")]
fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let samples: u64 = arguments.next().map_or(Ok(1_000_000), |text| text.parse())?;
    let threads: NonZeroUsize = arguments.next().map_or(Ok(NonZeroUsize::MIN), |text| text.parse())?;
    let pool = Pool::new(threads)?;

    let began = Instant::now();
    let (p_a, p_b) = (0.8, 0.5);
    let p_c = p_a * p_b;
    let (nothing, one, few) = (1.0 - p_c, 1.0 - p_c / 2.0, 1.0 - p_c / 4.0);
    let (to_three, to_ten) = (Between::new(1.0, 3.0), Between::new(2.0, 10.0));
    let tag = Tag::new("botec", "estimate");
    let sample = |draws: Draws, step: usize| {
        let part = draws.uniform(step, 0);
        if part < nothing {
            return 0.0;
        }
        if part < one {
            return 1.0;
        }
        let law = if part < few { &to_three } else { &to_ten };
        exp(law.mu + law.sigma * draws.normal(step, 1))
    };
    let chunk = |index: u64| -> Vec<f64> {
        let draws = Draws::new(PathKey::path(SEED, 0, index), tag);
        let length = CHUNK.min(samples - index * CHUNK) as usize;
        (0..length).map(|step| sample(draws, step)).collect()
    };
    let chunks = pool.map(0..samples.div_ceil(CHUNK), || (), |(), index| chunk(index));
    // Added in the order of the samples: floating-point sums depend on it.
    let mean = chunks.iter().flatten().sum::<f64>() / samples as f64;
    let seconds = began.elapsed().as_secs_f64();

    let kept: usize = chunks.iter().map(Vec::len).sum();
    println!("{{\"seconds\": {seconds}, \"samples\": {kept}, \"mean\": {mean}}}");
    Ok(())
}
