//! Options that several commands share.

use super::exit::{Exit, Failure};
use crate::domain::Sampling;
use crate::engine::Pool;
use crate::io::tables::Format;
use crate::io::{RunFolder, scenario_files};
use crate::lanes::Isa;
use crate::model::{Audit, MODEL_VERSION, Model};
use crate::random::STREAM_VERSION;
use crate::scenario::{Scenario, Simulation, quoted};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use std::num::NonZeroUsize;
use std::path::Path;
use std::thread::available_parallelism;

/// Far beyond any machine this runs on; keeps a typing error from asking the system for a million.
const MAX_THREADS: usize = 1024;

/// How to compute; no result depends on it.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct Computing {
    /// Threads, 1 to 1024 [default: all cores]
    #[arg(long, value_name = "N", value_parser = thread_count)]
    threads: Option<NonZeroUsize>,

    /// Vector instructions to compute with; results are the same on each [default: the widest this machine has]
    #[arg(long, value_name = "SET", value_parser = isa())]
    isa: Option<Isa>,
}

/// What to draw.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct Draws {
    /// Draws of what nobody knows
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    worlds: Option<u64>,

    /// Draws of chance inside each world
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    paths_per_world: Option<u64>,

    /// Seed of every draw, 0 to 9223372036854775807
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64))]
    seed: Option<u64>,

    /// Record only outcomes and monthly series of these names; a * at the end stands for any ending
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    outcomes: Vec<String>,

    /// Replace one value of every scenario
    #[arg(long, value_name = "KEY=VALUE", value_parser = assignment)]
    set: Vec<String>,
}

/// How to write.
#[derive(clap::Args, Clone, Debug)]
pub struct Writing {
    /// Replace output folders of earlier runs
    #[arg(long)]
    pub overwrite: bool,

    /// Format of the result tables
    #[arg(long, value_name = "FORMAT", default_value = Format::WORDS[0], value_parser = format())]
    pub format: Format,

    /// Leave out the charts, and the page that shows them
    #[arg(long)]
    pub no_charts: bool,

    /// Say nothing but errors
    #[arg(long)]
    pub quiet: bool,

    /// Write nothing, and end with exit code 9, if a headline number is not known to a tenth of itself
    #[arg(long)]
    pub strict: bool,
}

impl Computing {
    /// How many threads work.
    pub fn threads(&self) -> NonZeroUsize {
        self.threads.or_else(|| available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN)
    }

    /// Those threads.
    ///
    /// # Errors
    /// [`Exit::Resources`] if the system refuses them.
    pub fn pool(&self) -> Result<Pool, Failure> {
        Pool::new(self.threads()).map_err(|error| Failure::new(Exit::Resources, error))
    }

    /// A scenario made ready to run on the instructions asked for. `file` is what messages call it.
    ///
    /// # Errors
    /// As for [`model`].
    pub fn model(&self, scenario: Scenario, file: &Path) -> Result<Model, Failure> {
        model(scenario, file).map(|model| model.with_isa(self.isa.unwrap_or_else(Isa::widest)))
    }
}

impl Draws {
    /// Everything the command line changes, as `key=value`. The manifest repeats it.
    pub fn overrides(&self) -> Vec<String> {
        let counts = [("worlds", self.worlds), ("paths_per_world", self.paths_per_world), ("seed", self.seed)];
        let counts = counts.iter().filter_map(|(key, value)| Some(format!("simulation.{key}={}", (*value)?)));
        let listed = self.outcomes.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
        let outcomes = (!self.outcomes.is_empty()).then(|| format!("simulation.outcomes=[{listed}]"));
        self.set.iter().cloned().chain(counts).chain(outcomes).collect()
    }

    /// The same with more `key=value`.
    pub fn with_changes(mut self, changes: &[String]) -> Self {
        self.set.extend_from_slice(changes);
        self
    }

    /// The same with another number of worlds.
    pub fn with_worlds(self, worlds: u64) -> Self {
        Self { worlds: Some(worlds), ..self }
    }

    /// Whether the command line sets a key.
    pub fn sets(&self, key: &str) -> bool {
        self.overrides().iter().any(|change| change.split('=').next().is_some_and(|set| set.trim() == key))
    }

    /// The same with another way to draw worlds.
    pub fn with_sampling(mut self, sampling: Option<Sampling>) -> Self {
        self.set.extend(sampling.map(|sampling| format!("simulation.sampling={}", quoted(sampling.word()))));
        self
    }

    /// Reads a scenario file with the changes of the command line, for an analysis that takes worlds for independent: so they are drawn,
    /// however the file would have them drawn for a run.
    ///
    /// # Errors
    /// Every problem of the scenario, or that the command line asks for worlds that are not.
    pub fn load(&self, file: &Path) -> Result<Scenario, Failure> {
        let mut scenario = self.load_sampled(file)?;
        let word = scenario.simulation.sampling.word();
        if self.sets("simulation.sampling") && !scenario.simulation.sampling.is_random() {
            let why = format!("sampling \"{word}\" is for `run`; the intervals of this command take worlds for independent");
            return Err(Failure::new(Exit::Usage, format!("{}: {why}: leave it out", file.display())));
        }
        scenario.simulation.sampling = Sampling::Random;
        Ok(scenario)
    }

    /// The same for a run, which knows the errors of worlds that are spread evenly.
    ///
    /// # Errors
    /// Every problem of the scenario.
    pub fn load_sampled(&self, file: &Path) -> Result<Scenario, Failure> {
        Ok(scenario_files::load(file, &self.overrides())?)
    }
}

/// A way to draw worlds, by its word.
pub fn sampling() -> impl TypedValueParser<Value = Sampling> {
    PossibleValuesParser::new(Sampling::WORDS).map(|word| Sampling::from_word(&word).unwrap_or_default())
}

/// Makes a scenario ready to run. `file` is what messages call it.
///
/// # Errors
/// [`Exit::Scenario`] if its rank correlations do not fit together, or it records what does not exist.
pub fn model(scenario: Scenario, file: &Path) -> Result<Model, Failure> {
    Model::new(scenario, Audit::EachPath).map_err(|error| Failure::new(Exit::Scenario, format!("{}: {error}", file.display())))
}

/// Refuses an `--out` that is no name, such as `/`.
///
/// # Errors
/// [`Exit::Usage`].
pub fn names_a_folder(out: Option<&Path>) -> Result<(), Failure> {
    match out {
        Some(out) if out.file_name().is_none() => Err(Failure::new(Exit::Usage, "--out must end in the name of a folder")),
        _ => Ok(()),
    }
}

/// Opens the folder of a run whose draws we can repeat, and proves it intact.
///
/// # Errors
/// If it cannot be read or was changed, or its results follow other laws.
pub fn finished_run(path: &Path) -> Result<RunFolder, Failure> {
    let folder = RunFolder::open(path)?;
    match broken_rule(&folder) {
        Some(rule) => Err(Failure::new(Exit::Usage, format!("{path:?}: {rule}"))),
        None => Ok(folder),
    }
}

/// The counts of a scenario, if they are those that its manifest tells.
///
/// # Errors
/// [`Exit::CheckFailed`].
pub fn same_counts(folder: &RunFolder, scenario: &Scenario) -> Result<Simulation, Failure> {
    let (counts, told_of) = (scenario.simulation, (folder.seed, folder.worlds, folder.paths_per_world));
    if told_of == (counts.seed, counts.worlds, counts.paths_per_world) {
        return Ok(counts);
    }
    let message =
        format!("{:?}: seed, worlds and paths per world are {told_of:?} in its manifest, and others in its scenario", folder.path);
    Err(Failure::new(Exit::CheckFailed, message))
}

/// Why this program cannot get the results of a run again, if its versions forbid it.
pub fn broken_rule(folder: &RunFolder) -> Option<String> {
    let laws = [("law of draws", folder.stream_version, STREAM_VERSION), ("model", folder.model_version, MODEL_VERSION)];
    let (what, theirs, ours) = laws.into_iter().find(|(_, theirs, ours)| theirs != ours)?;
    let (version, commit) = (&folder.version, &folder.commit);
    Some(format!(
        "its results follow version {theirs} of the {what} and this program knows version {ours}: use greenlight {version} ({commit})"
    ))
}

/// A number of threads.
pub fn thread_count(text: &str) -> Result<NonZeroUsize, String> {
    let threads = text.parse().ok().filter(|threads: &NonZeroUsize| threads.get() <= MAX_THREADS);
    threads.ok_or_else(|| format!("the number of threads is 1 to {MAX_THREADS}"))
}

fn format() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::WORDS).try_map(|word| Format::parse(&word))
}

/// A set of vector instructions of this machine.
pub fn isa() -> impl TypedValueParser<Value = Isa> {
    PossibleValuesParser::new(Isa::ALL.map(Isa::word)).try_map(|word| {
        let here: Vec<&str> = Isa::here().map(Isa::word).collect();
        Isa::here().find(|isa| isa.word() == word).ok_or_else(|| format!("this machine has {}", here.join(", ")))
    })
}

/// One `--set`; the scenario language judges the rest.
pub fn assignment(text: &str) -> Result<String, String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() && !value.trim().is_empty() => Ok(text.to_owned()),
        _ => Err("write it as key=value, such as supply.stock_chips=200000".into()),
    }
}
