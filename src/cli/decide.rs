//! `greenlight decide FILE`: which action is best, and what it would be worth to know more before acting.

use super::exit::{Exit, Failure, say};
use super::findings::Findings;
use super::forecast::{self, Work};
use super::options::{self, Computing, Draws, Writing};
use super::signals::Listener;
use super::simulate::{header, progress_bar, told};
use super::watch::selection;
use crate::analysis::decision::{Benefit, Gains, SHUFFLES, Verdict};
use crate::analysis::sensitivity::by_decider;
use crate::analysis::shapley::random_order;
use crate::analysis::{Measure, Worth, decision_table};
use crate::charts::{self, Chart};
use crate::domain::{Beijing, Grade, Month, Washington};
use crate::engine::{Cause, Halt, Pool};
use crate::io::tables::decision as decision_tables;
use crate::io::{self, Staging};
use crate::lanes::Row;
use crate::model::{BrokenBooks, LANES, Model, Workspace};
use crate::random::{Draws as Stream, PathKey, Tag};
use crate::report::{self, DecisionPage, Repeat};
use crate::scenario::{self, Decision, Scenario, nearest};
use crate::stats::{Cell, Selection, Sheet};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

pub const HELP: &str = "\
Examples:
  greenlight decide scenarios/decisions.toml
  greenlight decide scenarios/decisions.toml --decision build_ahead --until 2026-06 --until 2026-12

Decisions are data of a scenario:
  [decisions.build_ahead]
  title       = \"How far should Nvidia build ahead of approvals?\"
  net_benefit = \"nvidia_profit\"
  actions     = [\"not at all: supply.build_ahead_share = 0\", \"half: supply.build_ahead_share = 0.5\"]
A net benefit is a sum of outcomes with factors; a condition in brackets counts 1 where it holds.
Every action has the same draws, so that differences between them are never luck.";

/// Arguments of `decide`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Scenario file
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Key of the decision [default: the scenario's first]
    #[arg(long, value_name = "KEY")]
    decision: Option<String>,

    /// Also tell what it would be worth to see how both governments move until this month, before acting
    #[arg(long, value_name = "YYYY-MM", value_parser = month)]
    until: Vec<Month>,

    #[command(flatten)]
    draws: Draws,

    #[command(flatten)]
    computing: Computing,

    /// Output folder [default: output/decide-NAME-KEY]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    #[command(flatten)]
    writing: Writing,
}

fn month(text: &str) -> Result<Month, String> {
    Month::parse(text).ok_or_else(|| "a month is written YYYY-MM".to_owned())
}

/// Runs the command.
pub fn run(args: &Args, out: &mut dyn Write, err: &mut dyn Write) -> Result<Exit, Failure> {
    options::names_a_folder(args.out.as_deref())?;
    let scenario = args.draws.load(&args.file)?;
    let decision = chosen(args, &scenario)?;
    let models = models(args, &scenario, &decision)?;
    let benefit = benefit(args, &decision, &models[0])?;
    let dates = dates(args, &scenario)?;
    let name = format!("decide-{}-{}", scenario.name, decision.key);
    let target = args.out.clone().unwrap_or_else(|| Path::new("output").join(&name));
    let work =
        Work::of_question("decide", &models[0], models.len() as u64, benefit.terms.len(), args.computing.threads()).writing(&args.writing);
    let kept = kept_bytes(&models[0], models.len(), dates.len());
    if u128::from(kept) > forecast::MAX_MEMORY {
        let why = format!("{name}: the gains of all paths would take {} MB of memory: lower --worlds", kept / 1_000_000);
        return Err(Failure::new(Exit::Limit, why));
    }
    let work = Work { tally_bytes: kept, tallies: 1, ..work };
    forecast::check_limits(std::slice::from_ref(&work), std::slice::from_ref(&target))?;

    let listener = Listener::listen()?;
    let staging = Staging::create(&target, args.writing.overwrite)?;
    let pool = args.computing.pool()?;
    if !args.writing.quiet {
        let _ = writeln!(err, "{}", work.describe());
    }
    let played = play(args, &models, &benefit, &dates, &pool, &listener)?;
    let found = judge(&scenario, &decision, &models[0], &dates, &played, &pool);
    let findings = Findings {
        verb: "decide",
        scenario: &scenario,
        file: &args.file,
        draws: &args.draws,
        writing: &args.writing,
        options: asked(args),
        inputs: Vec::new(),
        header: &found.header,
        tables: decision_tables::tables(&found).map_err(|error| Failure::of_table("decide", &error))?,
        codebook: &|_, format| io::decision_codebook(format),
    };
    let page = |charts: &[Chart], repeat: &Repeat| report::decision(&DecisionPage { found: &found, scenario: &scenario, charts, repeat });
    findings.write(staging, &pool, &listener, || charts::draw_decision(&found), Some(&page))?;
    if !args.writing.quiet {
        say(out, &format!("{}{}\n", decision_table(&found), target.display()))?;
    }
    Ok(Exit::Ok)
}

/// Bytes that are kept of all paths: a list of gains, one for each action, and for each date a class; shuffled orders if there is one.
fn kept_bytes(model: &Model, actions: usize, dates: usize) -> u64 {
    let counts = model.scenario().simulation;
    let shuffled = if dates > 0 { SHUFFLES } else { 0 };
    let each = size_of::<Vec<f64>>() + 8 * (actions + dates + shuffled);
    // While the worlds are put together there are two of each.
    counts.worlds.saturating_mul(counts.paths_per_world).saturating_mul(2 * each as u64)
}

fn chosen(args: &Args, scenario: &Scenario) -> Result<Decision, Failure> {
    let usage = |text: String| Failure::new(Exit::Usage, text);
    let shown = args.file.display();
    let Some(key) = &args.decision else {
        let first = scenario.decisions.first().cloned();
        return first.ok_or_else(|| usage(format!("{shown} has no decisions; write one as `greenlight decide --help` shows")));
    };
    let keys = || scenario.decisions.iter().map(|decision| decision.key.as_str());
    let hint = nearest(key, keys()).map_or(String::new(), |near| format!("; did you mean \"{near}\"?"));
    let found = scenario.decisions.iter().find(|decision| decision.key == *key).cloned();
    found.ok_or_else(|| usage(format!("{shown} has no decision called \"{}\"{hint}", scenario::excerpt(key))))
}

/// The scenario under each action.
fn models(args: &Args, scenario: &Scenario, decision: &Decision) -> Result<Vec<Model>, Failure> {
    let (mut models, mut failures) = (Vec::new(), Vec::new());
    for action in &decision.actions {
        let changed = args.draws.clone().with_changes(&action.sets).load(&args.file);
        match changed.and_then(|scenario| args.computing.model(scenario, &args.file)) {
            Ok(model) if alike(model.scenario(), scenario) => models.push(model),
            Ok(_) => {
                let why = format!("action \"{}\" changes months, buyers, seed or counts: its paths cannot be compared", action.name);
                failures.push(Failure::new(Exit::Scenario, why));
            }
            Err(failure) => failures.push(failure),
        }
    }
    Failure::all(failures).map(|()| models)
}

/// Whether paths of both can be compared one by one.
fn alike(one: &Scenario, other: &Scenario) -> bool {
    let keys = |scenario: &Scenario| scenario.buyers.iter().map(|buyer| buyer.key.clone()).collect::<Vec<_>>();
    (one.start, one.months, one.simulation) == (other.start, other.months, other.simulation) && keys(one) == keys(other)
}

fn benefit(args: &Args, decision: &Decision, model: &Model) -> Result<Benefit, Failure> {
    Benefit::parse(&decision.net_benefit, model).map_err(|error| {
        let shown = args.file.display();
        Failure::new(Exit::Scenario, format!("{shown}: decisions.{}.net_benefit: {error}", decision.key))
    })
}

/// Positions of the months until which the governments are seen.
fn dates(args: &Args, scenario: &Scenario) -> Result<Vec<usize>, Failure> {
    let last = scenario.start.plus(scenario.months as i32 - 1);
    let position = |month: &Month| {
        let at = usize::try_from(month.since(scenario.start)).ok().filter(|at| *at < scenario.months);
        at.ok_or_else(|| Failure::new(Exit::Usage, format!("--until {month} is no month from {} to {last}", scenario.start)))
    };
    args.until.iter().map(position).collect()
}

/// What was taken down of every path.
struct Played {
    gains: Gains,
    /// `[date][path]`: a class of what was seen by then.
    seen: Vec<Vec<usize>>,
}

impl Played {
    fn new(per_world: usize, dates: usize) -> Self {
        Self { gains: Gains { paths: Vec::new(), per_world }, seen: vec![Vec::new(); dates] }
    }
}

/// What a thread takes down of a block: the terms of the net benefit, and how the governments stand.
struct Desk {
    workspaces: Vec<Workspace>,
    sheet: Seeing,
}

struct Seeing {
    taken: Selection<LANES>,
    months: usize,
    dates: Vec<usize>,
    /// Months so far in which Beijing admitted chips, by path.
    open: Row<u32, LANES>,
    /// `[date]`: the class of each path.
    classes: Vec<Row<u32, LANES>>,
}

/// Months in which Beijing was open so far: none, up to a quarter, more.
const OPEN_CLASSES: u32 = 3;

impl Sheet<LANES> for Seeing {
    fn take(&mut self, cell: Cell, row: &Row<f64, LANES>) {
        self.taken.take(cell, row);
        if let Cell::State(cell) = cell {
            self.see(cell / self.months, cell % self.months, row);
        }
    }
}

impl Seeing {
    /// How a government stands at the end of a month.
    fn see(&mut self, category: usize, month: usize, states: &Row<f64, LANES>) {
        let state = |l: usize| states[l] as usize;
        for l in 0..LANES {
            if category == 0 {
                self.open[l] = if month == 0 { 0 } else { self.open[l] } + u32::from(Beijing::ALL[state(l)].admits());
            }
        }
        for (date, classes) in self.dates.iter().zip(&mut self.classes) {
            for l in (0..LANES).filter(|_| *date == month) {
                let open = match self.open[l] {
                    0 => 0,
                    1..=3 => 1,
                    _ => 2,
                };
                classes[l] = match category {
                    0 => state(l) as u32 * OPEN_CLASSES + open,
                    1 => classes[l] * Washington::ALL.len() as u32 + state(l) as u32,
                    _ => classes[l],
                };
            }
        }
    }
}

/// Plays every path under every action.
fn play(args: &Args, models: &[Model], benefit: &Benefit, dates: &[usize], pool: &Pool, listener: &Listener) -> Result<Played, Failure> {
    let scenario = models[0].scenario();
    let counts = scenario.simulation;
    let measures = benefit.measures();
    let bar = progress_bar(&scenario.name, counts, args.writing.quiet);
    let desk = || Desk {
        workspaces: models.iter().map(Model::workspace).collect(),
        sheet: Seeing {
            taken: selection(&models[0], &measures),
            months: scenario.months,
            dates: dates.to_vec(),
            open: Row::default(),
            classes: vec![Row::default(); dates.len()],
        },
    };
    let world = |desk: &mut Desk, world: u64| -> Result<Played, Halt<BrokenBooks>> {
        let mut played = Played::new(counts.paths_per_world as usize, dates.len());
        played.gains.paths = vec![Vec::new(); counts.paths_per_world as usize];
        for first in (0..counts.paths_per_world).step_by(LANES) {
            let paths = first..counts.paths_per_world.min(first + LANES as u64);
            for (action, (model, workspace)) in models.iter().zip(&mut desk.workspaces).enumerate() {
                if listener.stop().requested() {
                    return Err(Halt::Stopped { paths: 0 });
                }
                let block = model.simulate_block(world, paths.clone(), workspace, &mut desk.sheet);
                block.map_err(|broken| Halt::Failed { world, path: first, cause: Cause::Simulation(broken) })?;
                for (l, path) in paths.clone().enumerate() {
                    played.gains.paths[path as usize].push(benefit.of(&values(&measures, &desk.sheet.taken, l)));
                }
                if action == 0 {
                    for (seen, classes) in played.seen.iter_mut().zip(&desk.sheet.classes) {
                        seen.extend((0..paths.end - paths.start).map(|l| classes[l as usize] as usize));
                    }
                }
            }
        }
        bar.inc(counts.paths_per_world);
        Ok(played)
    };
    let worlds = pool.map(0..counts.worlds, desk, world);
    bar.finish_and_clear();
    let mut played = Played::new(counts.paths_per_world as usize, dates.len());
    for world in worlds {
        let Played { gains, seen } =
            world.map_err(|halt| told(&halt, &scenario.name, &args.file.display().to_string(), counts, listener))?;
        played.gains.paths.extend(gains.paths);
        played.seen.iter_mut().zip(seen).for_each(|(all, seen)| all.extend(seen));
    }
    if played.gains.paths.iter().flatten().any(|gain| !gain.is_finite()) {
        return Err(Failure::new(
            Exit::Scenario,
            "the net benefit is not defined in every path: leave out ratios that may be of nothing to nothing",
        ));
    }
    Ok(played)
}

/// Judges the actions, and what is not known.
fn judge(scenario: &Scenario, decision: &Decision, model: &Model, dates: &[usize], played: &Played, pool: &Pool) -> Worth {
    let counts = scenario.simulation;
    let verdict: Verdict = played.gains.verdict();
    let shuffles = |items: usize| -> Vec<Vec<usize>> {
        let order = |shuffle: usize| {
            let mut stream = Stream::new(PathKey::world(counts.seed, shuffle as u64), Tag::new("decide", "shuffle")).stream(0, 0);
            random_order(items, || stream.uniform())
        };
        (0..SHUFFLES).map(order).collect()
    };
    let (of_worlds, orders) = (played.gains.of_worlds(), shuffles(counts.worlds as usize));
    // The inputs in the order of the language, and last Beijing's type.
    let uncertain = model.scenario().uncertain();
    let mut values = vec![Vec::with_capacity(counts.worlds as usize); uncertain.len() + 1];
    for world in 0..counts.worlds {
        let kind = f64::from(model.world(world).policy_type as u8);
        values.iter_mut().zip(model.inputs(world).into_iter().chain([kind])).for_each(|(values, value)| values.push(value));
    }
    let named = uncertain.iter().map(|(input, _)| (input.key.clone(), input.grade)).chain([("beijing.types".to_owned(), None)]);
    let named: Vec<(String, Option<Grade>)> = named.collect();
    let (group_of, groups) = by_decider(named.iter().map(|(key, _)| key.as_str()));
    let members = |group: usize| (0..named.len()).filter(|input| group_of[*input] == group).collect::<Vec<usize>>();
    let known: Vec<Vec<usize>> = (0..named.len()).map(|input| vec![input]).chain((0..groups.len()).map(members)).collect();
    let mut worths = pool.map(
        0..known.len() as u64,
        || (),
        |(), i| {
            let inputs: Vec<&[f64]> = known[i as usize].iter().map(|input| &values[*input][..]).collect();
            of_worlds.information_of(&inputs, &orders)
        },
    );
    let of_groups = worths.split_off(named.len());
    let keys = |group: usize| members(group).into_iter().map(|input| named[input].0.clone()).collect();
    let groups = groups.into_iter().enumerate().map(|(group, name)| (name, keys(group))).zip(of_groups);
    let groups = groups.map(|((name, keys), worth)| (name, keys, worth)).collect();
    let inputs = named.iter().cloned().zip(worths).map(|((key, grade), worth)| (key, grade, worth)).collect();
    let orders = if dates.is_empty() { Vec::new() } else { shuffles(played.gains.paths.len()) };
    let waiting = dates.iter().zip(&played.seen).map(|(date, seen)| {
        let mut known = BTreeMap::new();
        let classes: Vec<usize> = seen
            .iter()
            .map(|class| {
                let next = known.len();
                *known.entry(*class).or_insert(next)
            })
            .collect();
        (scenario.start.plus(*date as i32), played.gains.information(&classes, &orders))
    });
    Worth { header: header(scenario), decision: decision.clone(), verdict, inputs, groups, waiting: waiting.collect() }
}

/// The options that are the command's own, as they were typed.
fn asked(args: &Args) -> Vec<String> {
    let decision = args.decision.iter().map(|key| format!("--decision={key}"));
    decision.chain(args.until.iter().map(|month| format!("--until={month}"))).collect()
}

/// The value of each measure in its unit, in one path.
fn values(measures: &[Measure], taken: &Selection<LANES>, path: usize) -> Vec<f64> {
    measures.iter().map(|measure| measure.counted(taken, path) * measure.scale()).collect()
}
