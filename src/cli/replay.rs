//! `greenlight replay DIR --path N`: one path of a finished run, told as a dated log.
//!
//! What it tells is what was counted: a row of the run's `samples.csv`, where there is one, must be the same.

use super::exit::{Exit, Failure, say};
use super::options;
use crate::analysis::recorded_value;
use crate::io::RunFolder;
use crate::model::{BUYER_OUTCOMES, BuyerOutcome, Entry, Layout, Model, Outcome, Series};
use crate::scenario::escape;
use crate::stats::{Record, UNDEFINED};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

/// The help below the options.
pub const HELP: &str = "\
Examples:
  greenlight replay output/baseline-dec-2025 --path 1234
  greenlight replay output/baseline-dec-2025 --path 1234 --csv > path-1234.csv

Paths are counted from 0 over the whole run: world × paths per world + path in its world.
If the run kept its samples, the path must equal its row, or the command fails with exit code 9.";

/// The rows of every path, where a run kept them.
const SAMPLES: &str = "samples.csv";
/// The outcomes of each buyer that fit beside its name; the monthly record has the others.
const OF_BUYERS: [BuyerOutcome; 7] = [
    BuyerOutcome::Delivered,
    BuyerOutcome::FirstDelivery,
    BuyerOutcome::NeedFill,
    BuyerOutcome::Requested,
    BuyerOutcome::Refused,
    BuyerOutcome::Cancelled,
    BuyerOutcome::Grey,
];
/// What stands in the buyer column of a total.
const TOTAL: &str = "total";

/// Arguments of `replay`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Output folder of a run
    #[arg(value_name = "DIR")]
    folder: PathBuf,

    /// The path, counted from 0 over the run
    #[arg(long, value_name = "N")]
    path: u64,

    /// Also print what was drawn for its world
    #[arg(long, conflicts_with = "csv")]
    inputs: bool,

    /// Print its monthly record as CSV instead: metric, buyer, month, value
    #[arg(long)]
    csv: bool,
}

/// A path of a finished run, simulated again.
struct Replay {
    model: Model,
    folder: RunFolder,
    world: u64,
    path: u64,
    record: Record,
    log: Vec<Entry>,
}

/// Runs the command.
///
/// # Errors
/// If the folder is not an intact run of ours, has no such path, or kept another one under its number.
pub fn run(args: &Args, out: &mut dyn Write, err: &mut dyn Write) -> Result<Exit, Failure> {
    let folder = options::finished_run(&args.folder)?;
    let replay = Replay::new(folder, args.path)?;
    let (version, commit) = (env!("CARGO_PKG_VERSION"), crate::io::manifest::COMMIT);
    if !replay.check_samples(args.path)? && (replay.folder.version != version || replay.folder.commit != commit) {
        let Replay { folder: RunFolder { version: theirs, commit: at, .. }, .. } = &replay;
        // A lost warning is no reason to lose the log.
        let _ = writeln!(
            err,
            "warning: the run was made by greenlight {theirs} ({at}) and kept no samples, so that this path may not be the one it counted"
        );
    }
    say(out, &if args.csv { replay.csv() } else { replay.text(args) })?;
    Ok(Exit::Ok)
}

impl Replay {
    fn new(folder: RunFolder, number: u64) -> Result<Self, Failure> {
        let scenario = folder.scenario()?;
        let counts = options::same_counts(&folder, &scenario)?;
        let paths = counts.worlds * counts.paths_per_world;
        if number >= paths {
            let message = format!("{:?} has the paths 0 to {}, and no path {number}", folder.path, paths.saturating_sub(1));
            return Err(Failure::new(Exit::Usage, message));
        }
        let (world, path) = (number / folder.paths_per_world, number % folder.paths_per_world);
        let file = folder.scenario_file();
        let model = options::model(scenario, &file)?;
        let broken = |error| Failure::new(Exit::Numeric, format!("path {path} of world {world}: {error}"));
        let mut workspace = model.workspace();
        let record = model.simulate(world, path, &mut workspace).map_err(broken)?.clone();
        let log = model.tell(world, path, &mut workspace).map_err(broken)?;
        Ok(Self { model, folder, world, path, record, log })
    }

    fn layout(&self) -> &Layout {
        self.model.layout()
    }

    /// The log with its head, what was drawn, and the outcomes.
    fn text(&self, args: &Args) -> String {
        let scenario = self.model.scenario();
        let RunFolder { scenario: name, worlds, paths_per_world, seed, .. } = &self.folder;
        let mut text = format!("{} ({})\n", escape(&scenario.title), escape(name));
        text += &format!("path {} of {}", args.path, worlds * paths_per_world);
        text += &format!(": path {} of world {}, seed {seed}\n", self.path, self.world);
        if args.inputs {
            text += "\nDrawn for this world\n";
            text += &table(&self.inputs());
        }
        text += "\nWhat happened\n";
        for entry in &self.log {
            text += &format!("{}  {}\n", entry.month, escape(&entry.text));
        }
        text += "\nOutcomes\n";
        text += &table(&self.outcomes());
        text += "\nBuyers\n";
        text + &table(&self.buyers())
    }

    fn inputs(&self) -> Vec<Vec<String>> {
        let (scenario, values) = (self.model.scenario(), self.model.inputs(self.world));
        scenario.uncertain().iter().zip(values).map(|((input, _), value)| vec![input.key.clone(), shortest(value)]).collect()
    }

    /// The outcomes in total: name, value, unit.
    fn outcomes(&self) -> Vec<Vec<String>> {
        let totals = self.layout().outcomes.iter().filter(|outcome| outcome.buyer.is_none());
        totals.map(|outcome| vec![outcome.name.clone(), self.shown(outcome), outcome.unit.to_owned()]).collect()
    }

    /// A row for each buyer: its name and its outcomes over the horizon.
    fn buyers(&self) -> Vec<Vec<String>> {
        let layout = self.layout();
        let row = |name: String, cell: &dyn Fn(BuyerOutcome) -> String| std::iter::once(name).chain(OF_BUYERS.map(cell)).collect();
        let head = row("buyer".to_owned(), &|metric| BUYER_OUTCOMES[metric as usize].name.to_owned());
        let rows = self.model.scenario().buyers.iter().enumerate().map(|(buyer, who)| {
            row(escape(&who.name), &|metric| {
                let cell = layout.buyer_outcome(metric, Some(buyer));
                layout.outcomes.iter().find(|outcome| outcome.cell == cell).map_or_else(String::new, |outcome| self.shown(outcome))
            })
        });
        std::iter::once(head).chain(rows).collect()
    }

    /// The value of an outcome for people.
    fn shown(&self, outcome: &Outcome) -> String {
        let recorded = self.record.outcomes[outcome.cell];
        match recorded_value(outcome, recorded) {
            Some(month) if outcome.censored_at.is_some() => self.layout().start.plus(month as i32 - 1).to_string(),
            Some(value) => digits(value),
            None if recorded == UNDEFINED => "undefined".to_owned(),
            None => "not in time".to_owned(),
        }
    }

    /// The monthly record, tidy.
    fn csv(&self) -> String {
        let layout = self.layout();
        let buyers = &self.model.scenario().buyers;
        let mut text = String::from("metric,buyer,month,value\n");
        for (Series { metric, buyer }, values) in layout.monthly.iter().zip(self.record.monthly.chunks(layout.months)) {
            // Every word is ours or a checked key: no cell can be a formula.
            let who = buyer.map_or(TOTAL, |buyer| &buyers[buyer].key);
            for (t, value) in values.iter().enumerate() {
                let month = layout.start.plus(t as i32);
                text += &format!("{},{who},{month},{}\n", metric.name, shortest(*value as f64 * metric.scale));
            }
        }
        text
    }

    /// Compares the path with its row of the run's samples. Whether there are any.
    fn check_samples(&self, number: u64) -> Result<bool, Failure> {
        let file = self.folder.path.join(SAMPLES);
        if !file.exists() {
            return Ok(false);
        }
        let unreadable = |error: csv::Error| Failure::new(Exit::Input, format!("cannot read {file:?}: {error}"));
        let mut reader = csv::Reader::from_path(&file).map_err(unreadable)?;
        let head = reader.headers().map_err(unreadable)?.clone();
        let mut row = csv::StringRecord::new();
        // Rows are in the order of paths.
        for _ in 0..=number {
            if !reader.read_record(&mut row).map_err(unreadable)? {
                return Err(Failure::new(Exit::CheckFailed, format!("{file:?} has no row for path {number}")));
            }
        }
        let sample = head.iter().zip(&row).collect();
        let differs = |difference: String| {
            let difference = escape(&difference);
            Failure::new(Exit::CheckFailed, format!("path {number} is not the one that was counted: {difference}; was it another program?"))
        };
        self.first_difference(&sample).map_or(Ok(true), |difference| Err(differs(difference)))
    }

    /// The first thing in which a row of the samples is another path.
    fn first_difference(&self, sample: &BTreeMap<&str, &str>) -> Option<String> {
        let scenario = self.model.scenario();
        let place = [("world", self.world), ("path", self.path)].map(|(name, number)| (name.to_owned(), Some(number as f64)));
        let inputs = scenario.uncertain().into_iter().zip(self.model.inputs(self.world));
        let inputs = inputs.map(|((input, _), value)| (input.key.clone(), Some(value)));
        let outcomes = self.layout().outcomes.iter().map(|outcome| {
            let name = outcome.buyer.map_or_else(|| outcome.name.clone(), |b| format!("{}.{}", outcome.name, scenario.buyers[b].key));
            (name, recorded_value(outcome, self.record.outcomes[outcome.cell]))
        });
        place.into_iter().chain(inputs).chain(outcomes).find_map(|(name, now)| match sample.get(name.as_str()) {
            None => Some(format!("the samples have no {name}")),
            Some(then) if is_same(then, now) => None,
            Some(then) => Some(format!("{name} is {} and was {}", known(now), if then.is_empty() { "unknown" } else { then })),
        })
    }
}

/// Whether a field of a table is this value. The last bits may differ in how a count was brought to its unit; a count below a
/// thousand million million cannot hide in them.
fn is_same(field: &str, value: Option<f64>) -> bool {
    match (field.parse::<f64>(), value) {
        (Ok(field), Some(value)) => (field - value).abs() <= 4.0 * f64::EPSILON * value.abs(),
        (Err(_), None) => field.is_empty(),
        _ => false,
    }
}

/// A value that may be unknown, for people.
fn known(value: Option<f64>) -> String {
    value.map_or_else(|| "unknown".to_owned(), shortest)
}

/// The shortest text that reads back, as in every table.
fn shortest(value: f64) -> String {
    (value + 0.0).to_string()
}

/// Whole numbers with commas, others with up to six decimals.
fn digits(value: f64) -> String {
    let text = format!("{value:.6}");
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
    let (sign, whole) = whole.strip_prefix('-').map_or(("", whole), |whole| ("-", whole));
    let mut grouped = String::new();
    for (i, digit) in whole.chars().enumerate() {
        let comma = i > 0 && (whole.len() - i).is_multiple_of(3);
        grouped.extend(comma.then_some(',').into_iter().chain([digit]));
    }
    match decimals.trim_end_matches('0') {
        "" => format!("{sign}{grouped}"),
        decimals => format!("{sign}{grouped}.{decimals}"),
    }
}

/// Rows with aligned columns; all but the first to the right, if they are numbers.
fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let widths: Vec<usize> = (0..columns).map(|i| rows.iter().map(|row| row[i].chars().count()).max().unwrap_or(0)).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).enumerate().map(|(i, (cell, width))| match i {
            0 => format!("{cell:<width$}"),
            _ if columns == 3 && i == 2 => cell.clone(),
            _ => format!("{cell:>width$}"),
        });
        format!("  {}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}
