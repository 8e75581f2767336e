//! H200 supply, Chinese orders and two governments' approvals, as a distribution.
//!
//! ```text
//! scenarios/x.toml
//!   | io::read              text; errors have path, line, column
//!   v scenario::Scenario    if you hold one, it is valid
//!   | model::Model::new     names -> indices; tags hashed; distributions prepared
//!   v model::Model          immutable, shared by all threads
//!   | engine::run           fixed blocks of paths; inside a block one thread, in order
//!   |   model.simulate(world, path, &mut workspace); tally.push(workspace.record())
//!   v stats::Tally          integers only, so merging is exact in any order; has a byte form
//!   | analysis::summarise
//!   v analysis::Summary --> io::tables -> csv, parquet    charts -> svg, png    report -> html    io::manifest
//! ```

pub mod analysis;
pub mod charts;
pub mod cli;
pub mod domain;
pub mod engine;
pub mod io;
pub mod lanes;
pub mod model;
pub mod random;
pub mod report;
pub mod scenario;
pub mod stats;
