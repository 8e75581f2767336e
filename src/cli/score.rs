//! `greenlight score --facts F`: how forecasts that were kept did on facts that came later.

use super::exit::{Exit, Failure, say};
use super::options::{self, Computing, Writing};
use super::publish;
use super::signals::Listener;
use crate::analysis::{Arrival, Forecaster, Prediction, SAMPLE, Scoreboard, Scored, Waits};
use crate::charts;
use crate::domain::{Date, Month};
use crate::io::{self, Staging, manifest, scenario_files, scores, tables};
use crate::model::Test;
use crate::report::{self, ScorePage};
use crate::scenario::facts::{Fact, Facts};
use crate::scenario::forecasts::Forecast;
use crate::scenario::{Condition, ErrorKind, Observable, ScenarioError};
use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};

pub const HELP: &str = "\
Examples:
  greenlight score --facts facts/h200-2026.toml
  greenlight score --facts facts/h200-2026.toml --as-of 2026-06-01 forecasts/*.toml
  greenlight score --facts facts/h200-2026.toml --out output/score-autumn

Without files, those of the ledger (forecasts/ and forecasts/rivals/) are scored. A fact counts for a forecast only if it became known
after the forecast was made.";

/// Arguments of `score`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Forecasts [default: forecasts/*.toml and forecasts/rivals/*.toml]
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,

    /// File of facts
    #[arg(long, value_name = "FACTS")]
    facts: PathBuf,

    /// Use what was known by this day, YYYY-MM-DD [default: all facts]
    #[arg(long, value_name = "DAY", value_parser = super::update::day)]
    as_of: Option<Date>,

    #[command(flatten)]
    computing: Computing,

    /// Output folder [default: output/score-NAME of the facts]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    #[command(flatten)]
    writing: Writing,
}

/// A number reported with an error counts as forecast within so many standard deviations of it.
const WIDENED: f64 = 2.0;

/// Runs the command.
pub fn run(args: &Args, out: &mut dyn Write) -> Result<Exit, Failure> {
    options::names_a_folder(args.out.as_deref())?;
    let facts = scenario_files::load_facts(&args.facts)?;
    let mut forecasts = Vec::new();
    for file in files(args)? {
        forecasts.push(scenario_files::load_forecast(&file, SAMPLE)?);
    }
    // Ours first, each kind by name.
    forecasts.sort_by(|a, b| (!a.is_ours, &a.name).cmp(&(!b.is_ours, &b.name)));
    let mut names = BTreeSet::new();
    if let Some(twice) = forecasts.iter().find(|forecast| !names.insert(&forecast.name)) {
        let why = format!("two forecasts are called {}: results tell them by their names; give one file another", twice.name);
        return Err(Failure::new(Exit::Usage, why));
    }
    let as_of = args.as_of.or(facts.last_known());
    let board = board(&facts, &forecasts, as_of)?;
    if board.scored.is_empty() {
        let why = "no forecast speaks of a fact that became known after it: there is nothing to score";
        return Err(Failure::new(Exit::Usage, format!("{why}; `greenlight ledger` keeps forecasts of what facts observe")));
    }
    let target = args.out.clone().unwrap_or_else(|| Path::new("output").join(format!("score-{}", facts.name)));
    let listener = Listener::listen()?;
    let mut staging = Staging::create(&target, args.writing.overwrite)?;
    let tables = scores::tables(&board).map_err(|error| Failure::of_table("score", &error))?;
    publish::write_tables(&mut staging, "score", &tables, args.writing.format)?;
    staging.write("columns.md", io::tables_codebook(&tables, scores::MEANINGS, args.writing.format).as_bytes())?;
    staging.write("score.txt", board.to_string().as_bytes())?;
    if !args.writing.no_charts {
        let charts = charts::draw_scores(&board, &facts.title);
        publish::write_charts(&mut staging, &charts, &args.computing.pool()?, &listener)?;
        staging.write(
            publish::PAGE,
            report::scores(&ScorePage { board: &board, facts: &facts, forecasts: &forecasts, charts: &charts }).as_bytes(),
        )?;
    }
    let inputs: Vec<_> = std::iter::once(facts.file.clone()).chain(forecasts.iter().map(|forecast| forecast.file.clone())).collect();
    let options: Vec<String> = as_of.map(|day| format!("--as-of={day}")).into_iter().collect();
    let manifest = manifest::render_files("score", &inputs, &options, &tables::digest(&tables), staging.files());
    staging.commit(&manifest)?;
    if !args.writing.quiet {
        say(out, &format!("{board}{}\n", target.display()))?;
    }
    Ok(Exit::Ok)
}

/// The files named, or those of the ledger.
fn files(args: &Args) -> Result<Vec<PathBuf>, Failure> {
    if !args.files.is_empty() {
        return Ok(args.files.clone());
    }
    let mut files = scenario_files::in_folder(Path::new("forecasts"))?;
    let rivals = Path::new("forecasts/rivals");
    if rivals.is_dir() {
        files.extend(scenario_files::in_folder(rivals)?);
    }
    Ok(files)
}

fn board(facts: &Facts, forecasts: &[Forecast], as_of: Option<Date>) -> Result<Scoreboard, Failure> {
    let known = as_of.map(|day| facts.known_by(day).into_iter().filter(|fact| facts.successor(fact, day).is_none()).collect());
    let known: Vec<&Fact> = known.unwrap_or_default();
    let (mut scored, mut problems, mut arrival) = (Vec::new(), Vec::new(), Arrival::default());
    for fact in known {
        let test = match Test::of(&fact.observable, &fact.condition) {
            Ok(test) => test.widened(WIDENED * fact.error),
            Err(why) => {
                problems.push(facts.problem(fact, format!("{why:?}")));
                continue;
            }
        };
        if let (Some(month), Condition::Range(range)) = (delivered_by(&fact.observable), &fact.condition)
            && (range.high == 0.0 || range.low > 0.0 || range.low == 0.0 && range.above)
        {
            arrival.see(month, range.high == 0.0);
        }
        let speaks = |forecast: &Forecast| {
            let predicted = forecast.predictions.iter().find(|p| p.observable == fact.observable)?;
            (forecast.as_of < fact.known).then(|| Prediction { sample: predicted.sample.clone(), zero: predicted.zero })
        };
        let predictions: Vec<Option<Prediction>> = forecasts.iter().map(speaks).collect();
        let is_common = predictions.iter().all(Option::is_some);
        let month = fact.observable.months.map(|(_, last)| last);
        for (forecaster, prediction) in predictions.into_iter().enumerate() {
            let Some(prediction) = prediction else { continue };
            let made = forecasts[forecaster].as_of;
            let made = Month::new(made.year, made.month);
            scored.push(Scored {
                fact: fact.id.clone(),
                seen: fact.condition.seen(),
                observable: fact.observable.to_string(),
                known: fact.known,
                month,
                horizon: month.zip(made).map(|(month, made)| month.since(made)),
                sure: fact.sure,
                forecaster,
                is_common,
                score: prediction.score(test, number(fact)),
                quantiles: [0.05, 0.5, 0.95].map(|level| prediction.quantile(level)),
            });
        }
    }
    if !problems.is_empty() {
        return Err(ScenarioError { kind: ErrorKind::Scenario, problems, more: 0 }.into());
    }
    let forecaster = |f: &Forecast| Forecaster { name: f.name.clone(), title: f.title.clone(), is_ours: f.is_ours, as_of: f.as_of };
    Ok(Scoreboard {
        forecasters: forecasts.iter().map(forecaster).collect(),
        scored,
        waits: forecasts.iter().map(waits).collect(),
        arrival,
    })
}

/// The month by whose end an observable tells how much has been delivered in all.
fn delivered_by(observable: &Observable) -> Option<Month> {
    let is_total = observable.name == "delivered" && observable.buyer.is_none();
    observable.months.filter(|(first, last)| is_total && first == last).map(|(month, _)| month)
}

/// What a forecast says of the month of the first delivery.
fn waits(forecast: &Forecast) -> Waits {
    let said = forecast.predictions.iter().filter_map(|predicted| {
        let zeros = predicted.sample.iter().filter(|value| **value == 0.0).count() as f64 / predicted.sample.len() as f64;
        Some((delivered_by(&predicted.observable)?, predicted.zero.unwrap_or(zeros)))
    });
    let mut waits: Waits = said.collect();
    waits.sort_by_key(|(month, _)| *month);
    waits
}

/// The number that was seen, if one was: a value, or the middle of a range no wider than twice the error of the observation.
fn number(fact: &Fact) -> Option<f64> {
    match fact.condition {
        Condition::Range(range) if range.high - range.low <= 2.0 * fact.error => Some((range.low + range.high) / 2.0),
        _ => None,
    }
}
