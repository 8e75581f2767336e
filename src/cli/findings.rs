//! The folder of a command that finds something out about one scenario: tables, codebook, charts, page, manifest.

use super::exit::Failure;
use super::options::{Draws, Writing};
use super::publish;
use super::signals::Listener;
use crate::analysis::Header;
use crate::charts::Chart;
use crate::engine::{BLOCK_PATHS, Pool};
use crate::io::tables::{Format, Table};
use crate::io::{self, Staging, manifest};
use crate::report::Repeat;
use crate::scenario::{self, Scenario, SourceFile};
use std::path::Path;

/// What is written, whatever the command.
pub struct Findings<'a> {
    /// The command's verb.
    pub verb: &'a str,
    /// The scenario, as it was simulated.
    pub scenario: &'a Scenario,
    /// The file it came from.
    pub file: &'a Path,
    /// What the command line changed.
    pub draws: &'a Draws,
    /// How to write.
    pub writing: &'a Writing,
    /// Options of the command, as they are typed.
    pub options: Vec<String>,
    /// Files that were read beside the scenario's.
    pub inputs: Vec<SourceFile>,
    /// What was run.
    pub header: &'a Header,
    /// The results.
    pub tables: Vec<Table>,
    /// What their columns mean.
    pub codebook: &'a dyn Fn(&[Table], Format) -> String,
}

/// Makes the page of charts and of how to repeat them.
pub type Page<'a> = &'a dyn Fn(&[Chart], &Repeat) -> String;

impl Findings<'_> {
    /// Writes the folder; charts and page, if there is one, only if they are wanted.
    ///
    /// # Errors
    /// If a signal arrives or the disk fails.
    pub fn write(
        mut self,
        mut staging: Staging,
        pool: &Pool,
        listener: &Listener,
        charts: impl FnOnce() -> Vec<Chart>,
        page: Option<Page<'_>>,
    ) -> Result<(), Failure> {
        let Self { verb, scenario, writing, .. } = self;
        self.tables.sort_by_key(|table| table.name);
        publish::write_tables(&mut staging, verb, &self.tables, writing.format)?;
        staging.write("columns.md", (self.codebook)(&self.tables, writing.format).as_bytes())?;
        staging.write(io::SCENARIO, scenario::resolved_toml(scenario).as_bytes())?;
        let inputs = [scenario.files.clone(), self.inputs].concat();
        let repeat = publish::repeat(verb, [self.file].into_iter(), self.draws, &self.options, &self.tables, inputs.clone());
        if !writing.no_charts {
            let charts = charts();
            publish::write_charts(&mut staging, &charts, pool, listener)?;
            if let Some(page) = page {
                staging.write(publish::PAGE, page(&charts, &repeat).as_bytes())?;
            }
        }
        listener.check()?;
        let overrides = self.draws.overrides();
        let results_sha256 = &repeat.results_sha256;
        let provenance = manifest::Provenance { inputs: &inputs, overrides: &overrides, block_paths: BLOCK_PATHS, results_sha256 };
        let manifest = manifest::render_asked(&format!("{verb}_of"), self.header, provenance, &self.options, staging.files());
        Ok(staging.commit(&manifest)?)
    }
}
