//! A finished run's folder, read again.

use super::scenario_files::is_safe_name;
use super::{manifest, scenario_files, verify};
use crate::scenario::{Scenario, ScenarioError};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The resolved scenario's name in the output folder.
pub const SCENARIO: &str = "scenario.resolved.toml";

/// What the manifest of an intact folder says of the run that wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunFolder {
    /// The folder.
    pub path: PathBuf,
    /// Name of the scenario.
    pub scenario: String,
    /// Version of the program.
    pub version: String,
    /// Commit it was built from.
    pub commit: String,
    /// Version of the law by which draws have addresses.
    pub stream_version: u64,
    /// Version of what the model makes of its draws; 0 before versions were counted.
    pub model_version: u64,
    /// Seed of every draw.
    pub seed: u64,
    /// Draws of what nobody knows.
    pub worlds: u64,
    /// Draws of chance in each world.
    pub paths_per_world: u64,
    /// SHA-256 over the result tables.
    pub results_sha256: String,
    /// SHA-256 of every file, by name.
    pub files: BTreeMap<String, String>,
}

/// What the manifest of an intact folder says of the comparison that wrote it.
#[derive(Clone, Debug, PartialEq)]
pub struct ComparisonFolder {
    /// As of a run of the reference, but for the files.
    pub common: RunFolder,
    /// Names of the scenarios, the reference first.
    pub scenarios: Vec<String>,
    /// What was asked to be explained, as the command line keeps it.
    pub explain: Value,
}

/// An intact folder.
#[derive(Clone, Debug, PartialEq)]
pub enum Finished {
    /// Of a run.
    Run(RunFolder),
    /// Of a comparison.
    Comparison(ComparisonFolder),
}

/// Why a folder cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FolderError {
    /// It is not there, or the system does not let us read it.
    Unreadable(String),
    /// It is not exactly what a run wrote.
    Damaged(Vec<String>),
}

/// Proves that a folder, of whatever command, is exactly what it wrote.
///
/// # Errors
/// If it cannot be read, or was changed since it was written.
pub fn intact(path: &Path) -> Result<(), FolderError> {
    let (_, problems) = verify(path).map_err(|error| FolderError::Unreadable(format!("cannot read the folder {path:?}: {error}")))?;
    match problems.is_empty() {
        true => Ok(()),
        false => Err(FolderError::Damaged(problems.into_iter().map(|problem| format!("{path:?}: {problem}")).collect())),
    }
}

impl Finished {
    /// Opens a folder and proves it intact.
    ///
    /// # Errors
    /// If it cannot be read, or was changed since it was written.
    pub fn open(path: &Path) -> Result<Self, FolderError> {
        intact(path)?;
        let text = fs::read(path.join(manifest::NAME)).map_err(|error| FolderError::Unreadable(format!("{path:?}: {error}")))?;
        let content: Value = serde_json::from_slice(&text).unwrap_or_default();
        Self::from_manifest(path, &content)
            .ok_or_else(|| FolderError::Damaged(vec![format!("{path:?}: {} says nothing of a run or a comparison", manifest::NAME)]))
    }

    fn from_manifest(path: &Path, content: &Value) -> Option<Self> {
        if let Some(scenario) = content["scenario"].as_str() {
            return RunFolder::from_manifest(path, content, scenario.to_owned()).map(Self::Run);
        }
        let names = content["scenarios"].as_array()?.iter().map(|scenario| Some(scenario["name"].as_str()?.to_owned()));
        let scenarios: Vec<String> = names.collect::<Option<_>>()?;
        scenarios.iter().all(|name| is_name(name)).then_some(())?;
        let common = RunFolder::from_manifest(path, content, scenarios.first()?.clone())?;
        Some(Self::Comparison(ComparisonFolder { common, scenarios, explain: content["explain"].clone() }))
    }

    /// What both kinds of folder tell of how they were made.
    pub fn common(&self) -> &RunFolder {
        match self {
            Self::Run(folder) => folder,
            Self::Comparison(folder) => &folder.common,
        }
    }
}

impl ComparisonFolder {
    /// The scenarios that were compared, with the files that hold them.
    ///
    /// # Errors
    /// If this program cannot read them any more.
    pub fn scenarios(&self) -> Result<Vec<(Scenario, PathBuf)>, ScenarioError> {
        let load = |name: &String| {
            let file = self.common.path.join(compared(name));
            let mut scenario = scenario_files::load(&file, &[])?;
            scenario.name.clone_from(name);
            Ok((scenario, file))
        };
        self.scenarios.iter().map(load).collect()
    }
}

/// The resolved scenario of this name in the folder of a comparison.
pub fn compared(name: &str) -> String {
    format!("scenarios/{name}.resolved.toml")
}

/// Whether a manifest may call a scenario so: a comparison numbers those that share a name.
fn is_name(name: &str) -> bool {
    let numbered = |(_, number): &(&str, &str)| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    is_safe_name(name.rsplit_once('-').filter(numbered).map_or(name, |(stem, _)| stem))
}

impl RunFolder {
    /// Opens the folder of a run and proves it intact.
    ///
    /// # Errors
    /// If it cannot be read, or was changed since its run.
    pub fn open(path: &Path) -> Result<Self, FolderError> {
        match Finished::open(path)? {
            Finished::Run(folder) => Ok(folder),
            Finished::Comparison(_) => Err(FolderError::Damaged(vec![format!("{path:?} is the folder of a comparison, not of a run")])),
        }
    }

    /// The scenario that was run, under its own name.
    ///
    /// # Errors
    /// If this program cannot read it any more.
    pub fn scenario(&self) -> Result<Scenario, ScenarioError> {
        let mut scenario = scenario_files::load(&self.scenario_file(), &[])?;
        scenario.name.clone_from(&self.scenario);
        Ok(scenario)
    }

    /// The scenario that was run, as a file that stands alone.
    pub fn scenario_file(&self) -> PathBuf {
        self.path.join(SCENARIO)
    }

    fn from_manifest(path: &Path, content: &Value, scenario: String) -> Option<Self> {
        // Whoever changed a name and sealed the manifest again may not choose where things are read and written.
        is_name(&scenario).then_some(())?;
        let text = |key: &str| content[key].as_str().map(str::to_owned);
        let number = |key: &str| content[key].as_u64();
        Some(Self {
            path: path.to_owned(),
            scenario,
            version: text("version")?,
            commit: text("commit")?,
            stream_version: number("stream_version")?,
            model_version: number("model_version").unwrap_or(0),
            seed: number("seed")?,
            worlds: number("worlds")?,
            paths_per_world: number("paths_per_world")?,
            results_sha256: text("results_sha256")?,
            files: content["files"]
                .as_object()?
                .iter()
                .filter_map(|(name, file)| Some((name.clone(), file["sha256"].as_str()?.into())))
                .collect(),
        })
    }
}
