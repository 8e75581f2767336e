//! `greenlight anchor FILE --probability "…"`: what would have to change for somebody's probabilities to be right.

use super::ensemble::{self, Places, afford, gather, reweigh, told, unresolved};
use super::exit::{Exit, Failure, say};
use super::findings::Findings;
use super::options::{self, Computing, Draws, Writing};
use super::signals::Listener;
use crate::analysis::{Impossible, MOST_STATEMENTS, Stated, Tilt, before_after, tilt};
use crate::charts::{self, Chart};
use crate::io::{Staging, tables_codebook, updates};
use crate::model::Model;
use crate::report::{self, AnchorPage, Repeat};
use crate::scenario::Statement;
use std::io::Write;
use std::path::{Path, PathBuf};

pub const HELP: &str = "\
Examples:
  greenlight anchor scenarios/baseline-dec-2025.toml --probability \"first_delivery_by(2026-12) = 0.65 ± 0.05\"
  greenlight anchor scenarios/baseline-dec-2025.toml --probability \"delivered_T >= 250000 = 0.5\" \\
      --probability \"beijing(2026-06) in case_by_case|open = 0.3 +- 0.1\"

Histories get the weights nearest to equal ones (least relative entropy) under which every statement holds; with ± it holds
if the probability lies in that interval. What moves with them is what would have to be believed. docs/updating.md says more.";

/// Worlds if nobody says otherwise: about ten seconds on two cores.
const WORLDS: u64 = 8_000;

/// Arguments of `anchor`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Scenario file
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// An event and its probability, such as "first_delivery_by(2026-12) = 0.65 ± 0.05"; may be given again
    #[arg(long, required = true, value_name = "STATEMENT")]
    probability: Vec<String>,

    /// The fewest effective worlds; at 400 a probability of one half has a 95% interval of ±5 points
    #[arg(long, value_name = "N", default_value = "400", value_parser = clap::value_parser!(u64).range(1..))]
    min_ess: u64,

    #[command(flatten)]
    draws: Draws,

    #[command(flatten)]
    computing: Computing,

    /// Output folder [default: output/anchor-NAME]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    #[command(flatten)]
    writing: Writing,
}

/// Runs the command.
pub fn run(args: &Args, out: &mut dyn Write, err: &mut dyn Write) -> Result<Exit, Failure> {
    options::names_a_folder(args.out.as_deref())?;
    let usage = |why: String| Failure::new(Exit::Usage, format!("--probability: {why}"));
    let statements = args.probability.iter().map(|text| Statement::parse(text)).collect::<Result<Vec<_>, _>>().map_err(usage)?;
    if statements.len() > MOST_STATEMENTS {
        return Err(Failure::new(Exit::Limit, format!("{} statements; at most {MOST_STATEMENTS}", statements.len())));
    }
    if let Some(certain) = statements.iter().find(|s| s.margin == 0.0 && (s.probability == 0.0 || s.probability == 1.0)) {
        let why = format!("`{}` is to be certain; that is a fact: give it to `greenlight update` in a file of facts", certain.event);
        return Err(usage(why));
    }
    let model = ensemble::model(&args.file, &args.draws, &args.computing, WORLDS)?;
    let (deliveries, outcomes) = told(&model)?;
    let places = Places::of(&deliveries, &outcomes);
    let mut probes: Vec<_> = deliveries.into_iter().chain(outcomes).collect();
    let mut targets = Vec::new();
    for statement in &statements {
        let (probe, test) = model.happening(&statement.event).map_err(|why| usage(unresolved(&model, &why)))?;
        let (low, high) = (statement.probability - statement.margin, statement.probability + statement.margin);
        targets.push(Stated { column: probes.len(), test, low, high });
        probes.push(probe);
    }
    let target = args.out.clone().unwrap_or_else(|| Path::new("output").join(format!("anchor-{}", model.scenario().name)));
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
    let tilted = tilt(&ensemble, &targets).map_err(|why| impossible(&statements, &why))?;
    let found = reweigh(&ensemble, &tilted.weights, &places, &pool, |header| {
        let said = if statements.len() == 1 { statements[0].event.to_string() } else { format!("{} statements", statements.len()) };
        header.title = format!("{}, anchored to {said}", header.title);
    });
    if found.effective_worlds < args.min_ess as f64 {
        return Err(too_few(&model, &tilted, found.effective_worlds, args));
    }
    let of_table = |error| Failure::of_table("anchor", &error);
    let mut tables = vec![updates::statements(&statements, &tilted).map_err(of_table)?];
    tables.extend(updates::tables(&found).map_err(of_table)?);
    let findings = Findings {
        verb: "anchor",
        scenario: model.scenario(),
        file: &args.file,
        draws: &args.draws,
        writing: &args.writing,
        options: args.probability.iter().map(|text| format!("--probability={text}")).collect(),
        inputs: Vec::new(),
        header: &found.header,
        tables,
        codebook: &|tables, format| tables_codebook(tables, updates::MEANINGS, format),
    };
    let scenario = model.scenario();
    let draw = || charts::draw_reweighting(&found);
    let page = |charts: &[Chart], repeat: &Repeat| {
        report::anchor(&AnchorPage { found: &found, scenario, statements: &statements, tilt: &tilted, charts, repeat })
    };
    findings.write(staging, &pool, &listener, draw, Some(&page))?;
    if !args.writing.quiet {
        say(out, &format!("{}{}{}\n", updates::statement_lines(&statements, &tilted), before_after(&found, None), target.display()))?;
    }
    Ok(Exit::Ok)
}

fn impossible(statements: &[Statement], why: &Impossible) -> Failure {
    let text = match why {
        Impossible::Never(m) => {
            format!(
                "`{}` happens in no history: no weights make it so; try more --worlds, or a scenario that allows it",
                statements[*m].event
            )
        }
        Impossible::Always(m) => format!("`{}` happens in every history: no weights make it rarer", statements[*m].event),
        Impossible::Contradiction => {
            "the statements contradict each other: no weights make all of them true; widen one with ±, or leave one out".to_owned()
        }
    };
    Failure::new(Exit::CheckFailed, text)
}

fn too_few(model: &Model, tilt: &Tilt, effective: f64, args: &Args) -> Failure {
    let worlds = model.scenario().simulation.worlds;
    let text = format!(
        "the statements leave {effective:.0} effective worlds of {worlds} (relative entropy {:.3} nats), fewer than --min-ess {}: \
         the scenario is too far from them; ask for more --worlds, widen a statement with ±, or change the scenario",
        tilt.divergence, args.min_ess
    );
    Failure::new(Exit::CheckFailed, text)
}
