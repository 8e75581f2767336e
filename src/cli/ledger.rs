//! `greenlight ledger FILE…`: keep what is forecast today of what may be scored later.

use super::ensemble::{self, afford, gather, unresolved};
use super::exit::{Exit, Failure, say};
use super::options::{Computing, Draws};
use super::signals::Listener;
use crate::analysis::SAMPLE;
use crate::io::manifest::{COMMIT, FileRecord};
use crate::io::{check_text, create_folders, scenario_files, write_text};
use crate::model::{MODEL_VERSION, Model, Probe, Unresolved};
use crate::random::STREAM_VERSION;
use crate::scenario::facts::Facts;
use crate::scenario::forecasts::{self, Stamp};
use crate::scenario::{self, Observable};
use crate::stats::rising;
use std::io::Write;
use std::path::PathBuf;

pub const HELP: &str = "\
Examples:
  greenlight ledger scenarios/baseline-dec-2025.toml scenarios/baseline-strict.toml --facts facts/h200-2026.toml
  greenlight ledger my-view.toml --dir my-forecasts

Writes NAME.toml into the folder: the predictive distribution of deliveries at the end of each month, and of everything the facts
observe, with the hash of the scenario and the versions it was made by. A forecast that is kept is never overwritten.";

/// Worlds if nobody says otherwise.
const WORLDS: u64 = 4_000;

/// Arguments of `ledger`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Scenario files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Also keep what these facts observe
    #[arg(long, value_name = "FACTS")]
    facts: Option<PathBuf>,

    /// Folder of the ledger
    #[arg(long, value_name = "DIR", default_value = "forecasts")]
    dir: PathBuf,

    #[command(flatten)]
    draws: Draws,

    #[command(flatten)]
    computing: Computing,

    /// Say nothing but errors
    #[arg(long)]
    quiet: bool,
}

/// Runs the command.
pub fn run(args: &Args, out: &mut dyn Write) -> Result<Exit, Failure> {
    let facts = args.facts.as_deref().map(scenario_files::load_facts).transpose()?;
    let models =
        args.files.iter().map(|file| ensemble::model(file, &args.draws, &args.computing, WORLDS)).collect::<Result<Vec<_>, _>>()?;
    let paths: Vec<PathBuf> = models.iter().map(|model| args.dir.join(format!("{}.toml", model.scenario().name))).collect();
    for (i, path) in paths.iter().enumerate() {
        check_text(path, false)?;
        if paths[..i].contains(path) {
            return Err(Failure::new(Exit::Usage, format!("two of the scenarios would be kept as {path:?}; keep them one by one")));
        }
    }
    for (model, path) in models.iter().zip(&paths) {
        afford(model, probes(model, facts.as_ref())?.len(), &args.computing, path)?;
    }
    let listener = Listener::listen()?;
    create_folders(&args.dir)?;
    let pool = args.computing.pool()?;
    for (model, path) in models.iter().zip(&paths) {
        let scenario = model.scenario();
        let ensemble = gather(model, probes(model, facts.as_ref())?, &pool, &listener, args.quiet)?;
        let row = |(probe, column): (&Probe, &Vec<f64>)| {
            let order = rising(column);
            let n = order.len();
            let zero = column.iter().filter(|x| **x == 0.0).count() as f64 / n as f64;
            let at = |i: usize| column[order[(((i as f64 + 0.5) / SAMPLE as f64 * n as f64) as usize).min(n - 1)] as usize];
            (probe.name.clone(), probe.unit, zero, (0..SAMPLE).map(at).collect::<Vec<f64>>())
        };
        let defined = |(_, column): &(&Probe, &Vec<f64>)| column.iter().all(|x| !x.is_nan());
        let rows: Vec<_> = ensemble.probes.iter().zip(&ensemble.columns).filter(defined).map(row).collect();
        let text = forecasts::write(&scenario.title, scenario.as_of, &stamp(model), &rows);
        write_text(path, &text, false)?;
        if !args.quiet {
            say(out, &format!("{}\n", path.display()))?;
        }
    }
    Ok(Exit::Ok)
}

/// Deliveries of each month and all that the facts observe, each once.
fn probes(model: &Model, facts: Option<&Facts>) -> Result<Vec<Probe>, Failure> {
    let layout = model.layout();
    let month = |t: i32| (layout.start.plus(t), layout.start.plus(t));
    let deliveries = (0..layout.months as i32).map(|t| Observable { name: "delivered".into(), months: Some(month(t)), buyer: None });
    let first = Observable { name: "t_first".into(), months: None, buyer: None };
    let mut probes: Vec<Probe> = Vec::new();
    for observable in deliveries.chain([first]).chain(facts.iter().flat_map(|facts| &facts.facts).map(|fact| fact.observable.clone())) {
        match model.probe(&observable) {
            Ok(probe) if probes.iter().all(|known| known.name != probe.name) => probes.push(probe),
            Ok(_) | Err(Unresolved::Outside) => {}
            Err(why) => return Err(Failure::new(Exit::Scenario, format!("{observable}: {}", unresolved(model, &why)))),
        }
    }
    Ok(probes)
}

fn stamp(model: &Model) -> Stamp {
    let scenario = model.scenario();
    let quoted = |text: &str| format!("\"{text}\"");
    let sha256 = FileRecord::of(scenario::resolved_toml(scenario).as_bytes()).sha256;
    let counts = scenario.simulation;
    Stamp {
        lines: vec![
            ("scenario_sha256", quoted(&sha256)),
            ("program", quoted(concat!("greenlight ", env!("CARGO_PKG_VERSION")))),
            ("commit", quoted(COMMIT)),
            ("stream_version", STREAM_VERSION.to_string()),
            ("model_version", MODEL_VERSION.to_string()),
            ("seed", counts.seed.to_string()),
            ("worlds", counts.worlds.to_string()),
            ("paths_per_world", counts.paths_per_world.to_string()),
        ],
    }
}
