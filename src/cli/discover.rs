//! `greenlight discover FILE --when "…"`: what would have to be true for something to happen.

use super::ensemble::{self, Places, afford, gather, reweigh, told, unresolved};
use super::exit::{Exit, Failure, say};
use super::findings::Findings;
use super::options::{self, Computing, Draws, Writing};
use super::signals::Listener;
use crate::analysis::prim::{self, Edge, Factor, Found};
use crate::analysis::{Ensemble, before_after};
use crate::charts::{self, Chart};
use crate::engine::Pool;
use crate::io::{Staging, discoveries, tables_codebook};
use crate::random::{Draws as Addressed, PathKey, Tag};
use crate::report::{self, DiscoverPage, Repeat};
use crate::scenario::Happening;
use std::io::Write;
use std::path::{Path, PathBuf};

pub const HELP: &str = "\
Examples:
  greenlight discover scenarios/baseline-dec-2025.toml --when \"delivered_T >= 250000\"
  greenlight discover scenarios/baseline-dec-2025.toml --when \"first_delivery_by(2026-06)\" --coverage 0.7
  greenlight discover my-view.toml --when \"delivered_2026(bytedance) > 50000\"

Finds a box in the uncertain inputs and Beijing's hidden type inside which it happens often: the densest that covers --coverage of all cases.
Each edge is told with the share of resampled boxes that have it. docs/updating.md says more.";

/// Worlds if nobody says otherwise: about ten seconds on two cores.
const WORLDS: u64 = 6_000;
/// Boxes of resampled worlds.
const RESAMPLES: u64 = 100;

/// Arguments of `discover`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Scenario file
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// What is to happen, such as "delivered_T >= 250000"
    #[arg(long, value_name = "EVENT")]
    when: String,

    /// Share of all cases that the box must cover
    #[arg(long, value_name = "SHARE", default_value = "0.5", value_parser = share)]
    coverage: f64,

    #[command(flatten)]
    draws: Draws,

    #[command(flatten)]
    computing: Computing,

    /// Output folder [default: output/discover-NAME]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    #[command(flatten)]
    writing: Writing,
}

/// Runs the command.
pub fn run(args: &Args, out: &mut dyn Write, err: &mut dyn Write) -> Result<Exit, Failure> {
    options::names_a_folder(args.out.as_deref())?;
    let usage = |why: String| Failure::new(Exit::Usage, format!("--when: {why}"));
    let event = Happening::parse(&args.when).map_err(usage)?;
    let model = ensemble::model(&args.file, &args.draws, &args.computing, WORLDS)?;
    let (probe, test) = model.happening(&event).map_err(|why| usage(unresolved(&model, &why)))?;
    let (deliveries, outcomes) = told(&model)?;
    let places = Places::of(&deliveries, &outcomes);
    let probes: Vec<_> = deliveries.into_iter().chain(outcomes).chain([probe]).collect();
    let target = args.out.clone().unwrap_or_else(|| Path::new("output").join(format!("discover-{}", model.scenario().name)));
    afford(&model, probes.len(), &args.computing, &target)?;
    let listener = Listener::listen()?;
    let staging = Staging::create(&target, args.writing.overwrite)?;
    let pool = args.computing.pool()?;
    if !args.writing.quiet {
        let counts = model.scenario().simulation;
        // A lost remark is no reason to lose the work.
        let _ = writeln!(err, "{}: {} worlds × {} paths", model.scenario().name, counts.worlds, counts.paths_per_world);
    }
    let ensemble = gather(&model, probes, &pool, &listener, args.writing.quiet)?;
    let happens: Vec<f64> = ensemble.columns[places.outcomes.end].iter().map(|value| f64::from(test.holds(*value))).collect();
    let total: f64 = happens.iter().sum();
    if total == 0.0 || total == happens.len() as f64 {
        let how = if total == 0.0 { "in no history" } else { "in every history" };
        return Err(Failure::new(
            Exit::CheckFailed,
            format!("`{event}` happens {how}: there is nothing to find out; choose another threshold"),
        ));
    }
    let (factors, found) = discover(&ensemble, &happens, args.coverage, &pool);
    let given = reweigh(&ensemble, &happens, &places, &pool, |header| header.title = format!("{}, given {event}", header.title));
    let of_table = |error| Failure::of_table("discover", &error);
    let mut tables = vec![discoveries::edges(&factors, &found).map_err(of_table)?, discoveries::trajectory(&found).map_err(of_table)?];
    tables.extend(crate::io::updates::tables(&given).map_err(of_table)?);
    let sentences = discoveries::sentences(&event, &factors, &found);
    let findings = Findings {
        verb: "discover",
        scenario: model.scenario(),
        file: &args.file,
        draws: &args.draws,
        writing: &args.writing,
        options: vec![format!("--when={}", args.when), format!("--coverage={}", args.coverage)],
        inputs: Vec::new(),
        header: &given.header,
        tables,
        codebook: &|tables, format| tables_codebook(tables, discoveries::MEANINGS, format),
    };
    let scenario = model.scenario();
    let draw = || charts::draw_discovery(&given, &event.to_string(), &factors, &found);
    let page = |charts: &[Chart], repeat: &Repeat| {
        report::discovery(&DiscoverPage { given: &given, scenario, sentences: &sentences, charts, repeat })
    };
    findings.write(staging, &pool, &listener, draw, Some(&page))?;
    if !args.writing.quiet {
        say(out, &format!("{}\n\nGiven that it happens:\n{}{}\n", sentences.join("\n"), before_after(&given, None), target.display()))?;
    }
    Ok(Exit::Ok)
}

/// The box, and how stable it is.
fn discover(ensemble: &Ensemble, happens: &[f64], coverage: f64, pool: &Pool) -> (Vec<Factor>, Found) {
    let each = ensemble.cluster();
    let cases: Vec<f64> = happens.chunks(each).map(|paths| paths.iter().sum::<f64>() / paths.len() as f64).collect();
    let inputs = ensemble.keys.iter().zip(&ensemble.inputs).map(|(key, values)| Factor { key: key.clone(), values: values.clone() });
    let kind = Factor { key: prim::TYPE.into(), values: ensemble.kinds.iter().map(|kind| f64::from(*kind as u8)).collect() };
    let factors: Vec<Factor> = inputs.chain([kind]).filter(|factor| factor.values.iter().any(|x| *x != factor.values[0])).collect();
    let orders = prim::orders(&factors);
    let mut found = prim::find(&factors, &orders, &cases, coverage);
    // Resamples have addresses of their own, so that they move no other draw.
    let seed = ensemble.header.seed;
    let resample = |(): &mut (), b: u64| -> Vec<Edge> {
        let mut stream = Addressed::new(PathKey::world(seed, b), Tag::new("discover", "resample")).stream(0, 0);
        let mut counts = vec![0.0; cases.len()];
        (0..cases.len()).for_each(|_| counts[((stream.uniform() * cases.len() as f64) as usize).min(cases.len() - 1)] += 1.0);
        prim::edges_of_resample(&factors, &orders, &cases, &counts, coverage)
    };
    prim::judge(&mut found, &pool.map(0..RESAMPLES, || (), resample));
    (factors, found)
}

fn share(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|t: &f64| *t > 0.0 && *t < 1.0).ok_or_else(|| "must lie between 0 and 1".into())
}
