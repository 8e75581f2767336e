//! `greenlight sensitivity FILE`: which uncertain inputs drive the outcomes.
//!
//! The rows of one design are played on all threads; `analysis::sensitivity` makes every index of them.

use super::exit::{Exit, Failure, say};
use super::findings::Findings;
use super::forecast::{self, Work};
use super::options::{self, Computing, Draws, Writing};
use super::signals::Listener;
use super::simulate::{header, progress_bar};
use crate::analysis::sensitivity::{self, Design, Experiment, Named, Played, Row, Rows, Sensitivity, Uncertain};
use crate::analysis::{self, shapley::random_order};
use crate::charts::{self, Chart};
use crate::domain::PolicyType;
use crate::engine::{Pool, Stop};
use crate::io::tables::samples;
use crate::io::{self, Staging};
use crate::lanes::Row as Lanes;
use crate::model::{BrokenBooks, BuyerMonthly, LANES, Layout, Model, Outcome, Workspace};
use crate::random::{Draws as Addressed, PathKey, Tag};
use crate::report::{self, Repeat, SensitivityPage};
use crate::scenario::{self, excerpt, nearest};
use crate::stats::{Cell, Sheet};
use std::io::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};

pub const HELP: &str = "\
Examples:
  greenlight sensitivity scenarios/baseline-dec-2025.toml
  greenlight sensitivity scenarios/baseline-dec-2025.toml --outcome t_first,grey_units
  greenlight sensitivity my-view.toml --worlds 4000 --out output/my-drivers

One run gives every index with its 95% interval: what each input does to the mean between its 10% and its 90% value, rank
correlations, Sobol indices without the part that is luck, PAWN, the shares of those who decide, and all of it over time.
Inputs that the noise cannot tell apart share their places. docs/sensitivity.md says what each index is and when it is valid.
More --worlds sharpen every interval; two of them make a row of the design, for which another two dozen or so are played.
Without --worlds there are two and a half times those of the scenario.";

/// Outcomes that are analysed if none are named.
const USUAL: [&str; 4] = ["delivered_T", "t_first", "revenue", "nvidia_share"];
/// What the scenario's worlds are multiplied by and divided by, unless told how many: pairs of inputs that come after the first few
/// differ little, and the baseline still takes less than a minute on two cores.
const MORE_WORLDS: [u64; 2] = [5, 2];
/// Fewer rows say nothing.
const FEWEST_WORLDS: u64 = 20;
/// The ends of an input.
const ENDS: [f64; 2] = [0.1, 0.9];

/// Arguments of `sensitivity`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Scenario file
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// What to explain; the first has the charts [default: delivered_T, t_first, revenue, nvidia_share]
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    outcome: Vec<String>,

    #[command(flatten)]
    draws: Draws,

    #[command(flatten)]
    computing: Computing,

    /// Output folder [default: output/sensitivity-NAME]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    #[command(flatten)]
    writing: Writing,
}

/// Runs the command.
pub fn run(args: &Args, out: &mut dyn Write, err: &mut dyn Write) -> Result<Exit, Failure> {
    options::names_a_folder(args.out.as_deref())?;
    let mut scenario = args.draws.load(&args.file)?;
    if !args.draws.sets("simulation.worlds") {
        scenario.simulation.worlds = scenario.simulation.worlds.saturating_mul(MORE_WORLDS[0]) / MORE_WORLDS[1];
    }
    let model = args.computing.model(scenario, &args.file)?;
    let name = format!("sensitivity-{}", model.scenario().name);
    let target = args.out.clone().unwrap_or_else(|| Path::new("output").join(&name));
    let study = Study::new(&model, &args.outcome)?;
    let work = study.work(&name, args);
    if u128::from(work.tally_bytes) > forecast::MAX_MEMORY {
        let (rows, megabytes) = (study.rows, work.tally_bytes / 1_000_000);
        return Err(Failure::new(
            Exit::Limit,
            format!("{name}: {rows} pairs of worlds would take {megabytes} MB of memory: lower --worlds"),
        ));
    }
    forecast::check_limits(std::slice::from_ref(&work), std::slice::from_ref(&target))?;

    let listener = Listener::listen()?;
    let staging = Staging::create(&target, args.writing.overwrite)?;
    let pool = args.computing.pool()?;
    if !args.writing.quiet {
        // A lost forecast is no reason to lose the analysis.
        let _ = writeln!(err, "{}", work.describe());
    }
    let counts = scenario::Simulation { worlds: work.worlds, ..model.scenario().simulation };
    let bar = progress_bar(&name, counts, args.writing.quiet);
    let found = study.sensitivity(&pool, &|paths| bar.inc(paths), listener.stop());
    bar.finish_and_clear();
    listener.check()?;
    let found = found?;
    let scenario = model.scenario();
    let findings = Findings {
        verb: "sensitivity",
        scenario,
        file: &args.file,
        draws: &args.draws,
        writing: &args.writing,
        options: args.outcome.iter().map(|name| format!("--outcome={name}")).collect(),
        inputs: Vec::new(),
        header: &found.header,
        tables: io::sensitivity::tables(&found).map_err(|error| Failure::of_table(&scenario.name, &error))?,
        codebook: &|_, format| io::sensitivity_codebook(format),
    };
    let page = |charts: &[Chart], repeat: &Repeat| report::sensitivity(&SensitivityPage { found: &found, scenario, charts, repeat });
    findings.write(staging, &pool, &listener, || charts::draw_sensitivity(&found), Some(&page))?;
    if !args.writing.quiet {
        say(out, &format!("{}{}\n", sensitivity::table(&found), target.display()))?;
    }
    Ok(Exit::Ok)
}

/// Drives a sensitivity analysis, for those who bring their own progress (of paths done) and their own way to stop.
///
/// # Errors
/// [`Exit::Usage`] for an outcome that does not exist or is not defined in every path, and for too few worlds or paths.
pub fn drivers(
    model: &Model,
    outcomes: &[String],
    pool: &Pool,
    progress: &(dyn Fn(u64) + Sync),
    stop: &Stop,
) -> Result<Sensitivity, Failure> {
    Study::new(model, outcomes)?.sensitivity(pool, progress, stop)
}

/// What is played, and what of it is looked at.
struct Study<'a> {
    model: &'a Model,
    design: Design,
    inputs: Vec<Uncertain>,
    groups: Vec<String>,
    outcomes: Vec<Outcome>,
    rows: u64,
}

impl<'a> Study<'a> {
    fn new(model: &'a Model, names: &[String]) -> Result<Self, Failure> {
        let scenario = model.scenario();
        let counts = scenario.simulation;
        let usage = |text: String| Err(Failure::new(Exit::Usage, text));
        if counts.worlds < FEWEST_WORLDS {
            return usage(format!(
                "{} worlds say nothing about what drives an outcome: give at least --worlds {FEWEST_WORLDS}",
                counts.worlds
            ));
        }
        if counts.paths_per_world < 2 {
            return usage("one path in each world cannot tell luck from ignorance: give at least --paths-per-world 2".into());
        }
        let outcomes = outcomes(model.layout(), names)?;
        let inputs = inputs(model);
        let (keys, groups) = sensitivity::by_decider(inputs.iter().map(|(key, ..)| key.as_str()));
        let inputs: Vec<Uncertain> =
            inputs.into_iter().zip(&keys).map(|((key, unit, ends), group)| Uncertain { key, unit, group: *group, ends }).collect();
        let mut ends = vec![ENDS; inputs.len()];
        // The smallest type with so much weight at or below it, whatever the sum of weights rounds to.
        ends.iter_mut().last().into_iter().flatten().for_each(|end| *end -= 1e-9);
        let chosen = outcomes.iter().map(|outcome| outcome.cell).collect();
        let design = Design { group_of: keys, groups: groups.len(), chosen, ends };
        Ok(Self { model, design, inputs, groups, outcomes, rows: counts.worlds / 2 })
    }

    /// What it costs.
    fn work(&self, name: &str, args: &Args) -> Work {
        let layout = self.model.layout();
        let (inputs, cells) = (self.design.inputs(), layout.outcome_cells);
        let paths = self.model.scenario().simulation.paths_per_world;
        let row = 8 * (2 * paths * self.outcomes.len() as u64) + (inputs * (cells + 100) + 16 * cells + 8 * 30 * layout.months) as u64;
        let work = Work::of(self.model, args.computing.threads()).writing(&args.writing);
        Work { name: name.into(), worlds: self.design.worlds(self.rows), tally_bytes: row.saturating_mul(self.rows), tallies: 1, ..work }
    }

    fn sensitivity(&self, pool: &Pool, progress: &(dyn Fn(u64) + Sync), stop: &Stop) -> Result<Sensitivity, Failure> {
        let rows = pool.map(0..self.rows, || self.player(progress, stop), |player, number| self.row(player, number));
        let rows = rows.into_iter().collect::<Result<Vec<Row>, Fault>>().map_err(|fault| self.failure(&fault))?;
        let model = self.model;
        let values = |ranks: &[f64]| {
            let mut values = model.inputs_at(ranks);
            values.push(f64::from(model.world_at(ranks).policy_type as u8));
            values
        };
        let assessed = Rows::new(&self.design, &rows, values);
        let positions: Vec<usize> = (0..self.outcomes.len()).collect();
        let outcomes = pool.map(0..positions.len() as u64, || (), |(), position| assessed.outcome(position as usize));
        let (layout, paths) = (model.layout(), model.scenario().simulation.paths_per_world);
        let whose = |outcome: &Outcome| outcome.buyer.and_then(|buyer| model.scenario().buyers.get(buyer)).map(|buyer| buyer.key.clone());
        let named =
            |outcome: &Outcome| Named { name: outcome.name.clone(), buyer: whose(outcome), unit: outcome.unit, scale: outcome.scale };
        // Several outcomes may be multiples of one cell: the first names it.
        let audited = (0..layout.outcome_cells).filter_map(|cell| layout.outcomes.iter().find(|outcome| outcome.cell == cell));
        Ok(Sensitivity {
            header: analysis::Header { worlds: 2 * self.rows, ..header(model.scenario()) },
            worlds_played: self.design.worlds(self.rows),
            inputs: self.inputs.clone(),
            groups: self.groups.clone(),
            is_dependent: !model.scenario().dependence.pairs.is_empty(),
            outcomes,
            names: self.outcomes.iter().map(named).collect(),
            over_time: (0..layout.months).map(|month| assessed.month(month, paths as f64)).collect(),
            audit: assessed.audit(),
            audited: audited.map(named).collect(),
        })
    }

    fn player<'s>(&'s self, progress: &'s (dyn Fn(u64) + Sync), stop: &'s Stop) -> Player<'s> {
        let layout = self.model.layout();
        let first = layout.buyer_month(BuyerMonthly::Delivered, None, 1);
        let months = first..first + layout.months;
        let sheet =
            Taken { outcomes: vec![Lanes::default(); layout.outcome_cells], monthly: vec![Lanes::default(); layout.months], months };
        Player { study: self, workspace: self.model.workspace(), sheet, progress, stop }
    }

    /// Worlds 2j and 2j + 1 of the ordinary run are the two of row j.
    fn row(&self, player: &mut Player<'_>, number: u64) -> Result<Row, Fault> {
        let worlds = [2 * number, 2 * number + 1];
        let [a, b] = worlds.map(|world| self.model.uniforms(world));
        let key = PathKey::world(self.model.scenario().simulation.seed, worlds[0]);
        // A draw with an address of its own, so that it moves no other.
        let mut stream = Addressed::new(key, Tag::new("sensitivity", "order")).stream(0, 0);
        let order = random_order(self.design.groups, || stream.uniform());
        self.design.row(player, number as usize, [&a, &b], worlds, order)
    }

    fn failure(&self, fault: &Fault) -> Failure {
        match fault {
            Fault::Stopped => Failure::new(Exit::Interrupt, "stopped"),
            Fault::Broken(books) => Failure::new(Exit::Numeric, format!("{}: {books}", self.model.scenario().name)),
            Fault::NotDefined(place) => Failure::new(
                Exit::Usage,
                format!(
                    "`{}` is not defined in every path, so it has no mean whose drivers could be told: choose another",
                    self.outcomes[*place].name
                ),
            ),
        }
    }
}

/// The outcomes of these names, in total.
fn outcomes(layout: &Layout, names: &[String]) -> Result<Vec<Outcome>, Failure> {
    let totals = || layout.outcomes.iter().filter(|outcome| outcome.buyer.is_none());
    let usual = USUAL.map(str::to_owned);
    let mut found: Vec<Outcome> = Vec::new();
    for name in if names.is_empty() { &usual[..] } else { names } {
        let outcome = totals().find(|outcome| outcome.name == *name).ok_or_else(|| {
            let near = nearest(name, totals().map(|outcome| outcome.name.as_str()));
            let hint = near.map_or("columns.md of any run lists them".to_owned(), |near| format!("did you mean `{near}`?"));
            Failure::new(Exit::Usage, format!("no outcome is called `{}`; {hint}", excerpt(name)))
        })?;
        if !found.contains(outcome) {
            found.push(outcome.clone());
        }
    }
    Ok(found)
}

/// Key, unit and the values at both ends of every uncertain input, and last of Beijing's type.
fn inputs(model: &Model) -> Vec<(String, String, [String; 2])> {
    let at = |rank: f64| vec![rank; model.scenario().uncertain().len() + 1];
    let [low, high] = ENDS.map(|rank| model.inputs_at(&at(rank)));
    let ends = |i: usize| [low[i], high[i]].map(sensitivity::short);
    let numbers =
        samples::inputs(model).into_iter().enumerate().map(|(i, (input, field))| (input.key.clone(), field.unit.to_owned(), ends(i)));
    let types = ENDS.map(|rank| PolicyType::WORDS[model.world_at(&at(rank - 1e-9)).policy_type as usize].to_owned());
    numbers.chain([("beijing.types".to_owned(), String::new(), types)]).collect()
}

/// Why a row has no result.
#[derive(Clone, Debug)]
enum Fault {
    Stopped,
    Broken(BrokenBooks),
    /// The outcome at this place is not defined in every path.
    NotDefined(usize),
}

/// Plays worlds for the design.
struct Player<'a> {
    study: &'a Study<'a>,
    workspace: Workspace,
    sheet: Taken,
    progress: &'a (dyn Fn(u64) + Sync),
    stop: &'a Stop,
}

impl Experiment for Player<'_> {
    type Error = Fault;

    fn complete(&self, known: &dyn Fn(usize) -> bool, ranks: &mut [f64]) {
        self.study.model.copula().complete(ranks, known);
    }

    fn play(&mut self, ranks: &[f64], luck: u64, played: &mut Played) -> Result<(), Fault> {
        if self.stop.requested() {
            return Err(Fault::Stopped);
        }
        let model = self.study.model;
        let (world, paths) = (model.world_at(ranks), model.scenario().simulation.paths_per_world);
        let Taken { outcomes, monthly, .. } = &self.sheet;
        for (rows, of) in [(&mut played.outcomes, outcomes.len()), (&mut played.monthly, monthly.len())] {
            rows.resize(of, Vec::new());
            rows.iter_mut().for_each(Vec::clear);
        }
        for first in (0..paths).step_by(LANES) {
            let block = first..paths.min(first + LANES as u64);
            let count = (block.end - block.start) as usize;
            model.simulate_given(&world, luck, block, &mut self.workspace, &mut self.sheet).map_err(Fault::Broken)?;
            let Taken { outcomes, monthly, .. } = &self.sheet;
            for (rows, taken) in [(&mut played.outcomes, outcomes), (&mut played.monthly, monthly)] {
                rows.iter_mut().zip(taken).for_each(|(row, taken)| row.extend_from_slice(&taken.0[..count]));
            }
        }
        (self.progress)(paths);
        let undefined = self.study.design.chosen.iter().position(|cell| played.outcomes[*cell].iter().any(|value| value.is_nan()));
        undefined.map_or(Ok(()), |place| Err(Fault::NotDefined(place)))
    }
}

/// Takes down all outcomes of a block, and the deliveries month by month.
struct Taken {
    outcomes: Vec<Lanes<f64, LANES>>,
    monthly: Vec<Lanes<f64, LANES>>,
    /// The cells of the deliveries in total.
    months: Range<usize>,
}

impl Sheet<LANES> for Taken {
    fn take(&mut self, cell: Cell, row: &Lanes<f64, LANES>) {
        match cell {
            Cell::Monthly(i) if self.months.contains(&i) => self.monthly[i - self.months.start] = *row,
            Cell::Outcome(i) => self.outcomes[i] = *row,
            _ => {}
        }
    }
}
