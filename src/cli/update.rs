//! `greenlight update FILE --facts F`: what facts that became known do to a scenario.

use super::ensemble::{self, Places, afford, gather, reweigh, told, unresolved};
use super::exit::{Exit, Failure, say};
use super::findings::Findings;
use super::options::{self, Computing, Draws, Writing};
use super::signals::Listener;
use crate::analysis::{Conditioning, Ensemble, Evidence, Reweighting, before_after, condition};
use crate::charts::{self, Chart};
use crate::domain::Date;
use crate::engine::Pool;
use crate::io::{Staging, scenario_files, tables_codebook, updates};
use crate::model::{Model, Probe, Test, Unresolved};
use crate::report::{self, Repeat, UpdatePage};
use crate::scenario::facts::{Fact, Facts};
use crate::scenario::{ErrorKind, ScenarioError};
use std::io::Write;
use std::path::{Path, PathBuf};

pub const HELP: &str = "\
Examples:
  greenlight update scenarios/baseline-dec-2025.toml --facts facts/h200-2026.toml --as-of 2026-06-01
  greenlight update scenarios/baseline-dec-2025.toml --facts facts/h200-2026.toml --as-of 2026-02-01 --out output/february
  greenlight update my-view.toml --facts my-facts.toml --temper 0.5 --min-ess 200

Every history is weighed by how likely the facts are in it; docs/updating.md says how. Facts known by the scenario's own date are in it
already and are not used again. An update is refused if fewer worlds than --min-ess bear the weight: ask for more --worlds, trust the facts less
(--temper), or start from a scenario nearer to them.";

/// Worlds if nobody says otherwise: about ten seconds on two cores.
const WORLDS: u64 = 8_000;

/// Arguments of `update`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Scenario file
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// File of facts
    #[arg(long, value_name = "FACTS")]
    facts: PathBuf,

    /// Use what was known by this day, YYYY-MM-DD [default: all facts]
    #[arg(long, value_name = "DAY", value_parser = day)]
    as_of: Option<Date>,

    /// Power of the likelihood: 1 takes the facts at their word, less trusts them less
    #[arg(long, value_name = "SHARE", default_value = "1", value_parser = temper)]
    temper: f64,

    /// The fewest effective worlds; at 400 a probability of one half has a 95% interval of ±5 points
    #[arg(long, value_name = "N", default_value = "400", value_parser = clap::value_parser!(u64).range(1..))]
    min_ess: u64,

    #[command(flatten)]
    draws: Draws,

    #[command(flatten)]
    computing: Computing,

    /// Output folder [default: output/update-NAME]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    #[command(flatten)]
    writing: Writing,
}

/// The facts of a file that say something about a scenario.
pub struct Selected<'a> {
    /// Those that are used, in the order in which they became known, and how each is read.
    pub used: Vec<(&'a Fact, Probe, Test)>,
    /// Those that are not, and why.
    pub unused: Vec<(&'a Fact, String)>,
}

/// Runs the command.
pub fn run(args: &Args, out: &mut dyn Write, err: &mut dyn Write) -> Result<Exit, Failure> {
    options::names_a_folder(args.out.as_deref())?;
    let facts = scenario_files::load_facts(&args.facts)?;
    let model = ensemble::model(&args.file, &args.draws, &args.computing, WORLDS)?;
    let as_of = args.as_of.or(facts.last_known()).unwrap_or(model.scenario().as_of);
    let selected = select(&model, &facts, as_of)?;
    if selected.used.is_empty() {
        let scenario = model.scenario();
        let why = format!("no fact of {:?} became known after {} and by {as_of}", args.facts, scenario.as_of);
        return Err(Failure::new(Exit::Usage, format!("{why}: there is nothing to update; choose a later --as-of")));
    }
    let name = format!("update-{}", model.scenario().name);
    let target = args.out.clone().unwrap_or_else(|| Path::new("output").join(&name));
    let (deliveries, outcomes) = told(&model)?;
    afford(&model, deliveries.len() + outcomes.len() + selected.used.len(), &args.computing, &target)?;
    let listener = Listener::listen()?;
    let staging = Staging::create(&target, args.writing.overwrite)?;
    let pool = args.computing.pool()?;
    if !args.writing.quiet {
        // A lost remark is no reason to lose the update.
        let _ = writeln!(err, "{}", describe(&model, &selected, as_of));
    }
    let (ensemble, evidence, places) = simulate(&model, &selected, &pool, &listener, args.writing.quiet)?;
    let conditioning = condition(&ensemble, &evidence, args.temper);
    let found = reweigh(&ensemble, &conditioning.weights, &places, &pool, |header| {
        header.title = format!("{}, with {} known by {as_of}", header.title, plural(selected.used.len(), "fact"));
        header.as_of = as_of;
    });
    if found.effective_worlds < args.min_ess as f64 {
        return Err(too_few(&found, &conditioning, args));
    }
    let of_table = |error| Failure::of_table("update", &error);
    let used: Vec<&Fact> = selected.used.iter().map(|(fact, ..)| *fact).collect();
    let mut tables = vec![updates::facts(&used, &selected.unused, &conditioning).map_err(of_table)?];
    tables.extend(updates::tables(&found).map_err(of_table)?);
    let findings = Findings {
        verb: "update",
        scenario: model.scenario(),
        file: &args.file,
        draws: &args.draws,
        writing: &args.writing,
        options: vec![format!("--facts={}.toml", facts.name), format!("--as-of={as_of}"), format!("--temper={}", args.temper)],
        inputs: vec![facts.file.clone()],
        header: &found.header,
        tables,
        codebook: &|tables, format| tables_codebook(tables, updates::MEANINGS, format),
    };
    let (scenario, unused) = (model.scenario(), &selected.unused);
    let draw = || charts::draw_reweighting(&found);
    let page = |charts: &[Chart], repeat: &Repeat| {
        report::update(&UpdatePage {
            found: &found,
            scenario,
            facts: &facts,
            used: &used,
            unused,
            conditioning: &conditioning,
            charts,
            repeat,
        })
    };
    findings.write(staging, &pool, &listener, draw, Some(&page))?;
    if !args.writing.quiet {
        say(out, &format!("{}{}\n", before_after(&found, Some(&conditioning)), target.display()))?;
    }
    Ok(Exit::Ok)
}

/// Chooses the facts that became known after the scenario's own date and by `as_of`, and finds out how they are read.
///
/// # Errors
/// Every fact that this scenario cannot have, with its place.
pub fn select<'a>(model: &Model, facts: &'a Facts, as_of: Date) -> Result<Selected<'a>, Failure> {
    let own = model.scenario().as_of;
    let mut ordered: Vec<&Fact> = facts.facts.iter().collect();
    ordered.sort_by_key(|fact| fact.known);
    let (mut used, mut unused, mut problems) = (Vec::new(), Vec::new(), Vec::new());
    for fact in ordered {
        let replaced = facts.successor(fact, as_of);
        let resolved = model.probe(&fact.observable).and_then(|probe| Ok((probe, Test::of(&fact.observable, &fact.condition)?)));
        match resolved {
            Err(why @ Unresolved::Unknown(_)) => problems.push(facts.problem(fact, unresolved(model, &why))),
            _ if fact.known > as_of => unused.push((fact, format!("became known after {as_of}"))),
            _ if fact.known <= own => unused.push((fact, format!("was known on {own}, the scenario's own date"))),
            _ if replaced.is_some() => unused.push((fact, format!("{} makes it superfluous", replaced.map_or("", |later| &later.id)))),
            Err(outside) => unused.push((fact, unresolved(model, &outside))),
            Ok((probe, test)) => used.push((fact, probe, test)),
        }
    }
    match problems.is_empty() {
        true => Ok(Selected { used, unused }),
        false => Err(ScenarioError { kind: ErrorKind::Scenario, problems, more: 0 }.into()),
    }
}

/// Simulates the histories, and finds the facts among their columns.
///
/// # Errors
/// As for [`gather`].
pub fn simulate(
    model: &Model,
    selected: &Selected<'_>,
    pool: &Pool,
    listener: &Listener,
    quiet: bool,
) -> Result<(Ensemble, Vec<Evidence>, Places), Failure> {
    let (deliveries, outcomes) = told(model)?;
    let places = Places::of(&deliveries, &outcomes);
    let first = places.outcomes.end;
    let evidence = selected.used.iter().enumerate().map(|(i, (fact, _, test))| Evidence {
        id: fact.id.clone(),
        column: first + i,
        test: *test,
        error: fact.error,
        sure: fact.sure,
    });
    let evidence = evidence.collect();
    let probes = deliveries.into_iter().chain(outcomes).chain(selected.used.iter().map(|(_, probe, _)| probe.clone())).collect();
    Ok((gather(model, probes, pool, listener, quiet)?, evidence, places))
}

fn describe(model: &Model, selected: &Selected<'_>, as_of: Date) -> String {
    let counts = model.scenario().simulation;
    format!(
        "{}: {} worlds × {} paths, weighed by {} known by {as_of}; {} not used",
        model.scenario().name,
        counts.worlds,
        counts.paths_per_world,
        plural(selected.used.len(), "fact"),
        plural(selected.unused.len(), "fact"),
    )
}

fn plural(count: usize, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}

/// Refuses weights that rest on too few worlds, and says what could be done.
fn too_few(found: &Reweighting, conditioning: &Conditioning, args: &Args) -> Failure {
    let (effective, worlds) = (found.effective_worlds, found.header.worlds);
    let hardest = conditioning.steps.iter().min_by(|a, b| a.alone.total_cmp(&b.alone));
    let hardest = hardest.map_or(String::new(), |step| {
        format!("; the fact that costs most alone is `{}`, which holds in {:.2}% of histories", step.id, 100.0 * step.holds.0)
    });
    let advice = if effective < 1.0 {
        "no history agrees with all of them: look at the facts, or start from a scenario that allows them".to_owned()
    } else {
        let needed = (worlds as f64 * args.min_ess as f64 / effective * 1.2 / 1000.0).ceil() * 1000.0;
        format!("try --worlds {needed}, --temper 0.5, or a scenario nearer to the facts")
    };
    let text = format!(
        "the facts leave {effective:.0} effective worlds of {worlds}, fewer than --min-ess {}: nothing that rests on so few would hold{hardest}; {advice}",
        args.min_ess
    );
    Failure::new(Exit::CheckFailed, text)
}

/// A day as it is written.
pub fn day(text: &str) -> Result<Date, String> {
    Date::parse(text).ok_or_else(|| "write year, month and day, such as 2026-06-01".into())
}

fn temper(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|t: &f64| *t > 0.0 && *t <= 1.0).ok_or_else(|| "must be above 0 and at most 1".into())
}
