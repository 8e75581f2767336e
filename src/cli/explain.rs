//! Which changes make the difference between two scenarios: every path is played under mixes of both, on the same luck.
//!
//! The mixes differ in which groups of changed keys they take from the other scenario; `analysis::shapley` splits the rest.

use super::exit::{Exit, Failure};
use super::forecast::MAX_BUYER_MONTHS;
use super::simulate::SIDE_BY_SIDE;
use crate::analysis::shapley::{Coalition, MAX_GROUPS, Split, TooLarge, random_order, to_join};
use crate::analysis::{Averaging, Explanation};
use crate::engine::{Cause, Halt, Job, Pool, Simulation, Stop};
use crate::model::{Audit, BrokenBooks, LANES, Layout, Model, Outcome};
use crate::random::{Draws, PathKey, Tag};
use crate::scenario::{self, Scenario, excerpt, nearest, table_of};
use crate::stats::{Cell, PATH_LIMIT, Record, Selection, UNDEFINED};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

/// Simulated paths of an explanation that says no number of worlds: about 20 seconds on two cores.
const USUAL_SIMULATIONS: u64 = 400_000;
/// Fewer worlds than this say little about what nobody knows.
const USUAL_WORLDS: u64 = 50;
/// Paths that are played under one mix after another, so that a thread holds one workspace instead of 256.
const CHUNK: u64 = LANES as u64;
/// Tables in which the two scenarios must agree, or their paths would not be the same.
const SHARED: [&str; 3] = ["simulation", "start", "months"];

/// What to explain.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Name of an outcome in total, such as `delivered_2026`.
    pub outcome: String,
    /// Groups of changed keys, each as `name=key[,key…]`; other changed keys go by their table.
    pub groups: Vec<String>,
    /// Worlds to simulate; as many as the scenario has if `None`, but not more than take some 20 seconds.
    pub worlds: Option<u64>,
}

impl Request {
    /// As a manifest keeps it.
    pub fn to_json(&self) -> Value {
        json!({ "outcome": self.outcome, "groups": self.groups, "worlds": self.worlds })
    }

    /// As a manifest kept it; `None` if nothing was to be explained.
    pub fn from_json(value: &Value) -> Option<Self> {
        let groups = value["groups"].as_array()?.iter().map(|group| Some(group.as_str()?.to_owned())).collect::<Option<_>>()?;
        Some(Self { outcome: value["outcome"].as_str()?.to_owned(), groups, worlds: value["worlds"].as_u64() })
    }
}

/// Changed keys that come from the other scenario together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The table, or the name that the user gave.
    pub name: String,
    /// Full keys, such as `supply.stock_chips`.
    pub keys: Vec<String>,
}

/// Splits the difference of an outcome over groups of changed keys. `progress` hears how many paths of how many are done;
/// each is simulated under many mixes.
///
/// # Errors
/// [`Exit::Usage`] for an outcome or a group that is not there, or an outcome without a mean; [`Exit::Scenario`] if the
/// scenarios differ in nothing, in their draws or months, or their mixes are not valid; [`Exit::Limit`] for absurd work.
pub fn explain(
    reference: &Scenario,
    other: &Scenario,
    request: &Request,
    pool: &Pool,
    progress: &(dyn Fn(u64, u64) + Sync),
    stop: &Stop,
) -> Result<Explanation, Failure> {
    let groups = groups(reference, other, &request.groups)?;
    let outcome = outcome(reference, &request.outcome)?;
    let split = Split::new(groups.len());
    let (worlds, paths_per_world) = (worlds(reference, &split, request.worlds)?, reference.simulation.paths_per_world);
    let mixes = Mixes::new(reference, other, &groups);
    let game = Game { models: models(&mixes, &split, pool)?, mixes: &mixes, split: &split, outcome: &outcome.name, paths_per_world };
    let job = Job { worlds, shape: split.shape(paths_per_world) };
    let all = worlds * paths_per_world;
    let tally = pool.run(&game, &job, &|done| progress(done, all), stop).map_err(|halt| failure(&mixes, &outcome.name, &halt))?;
    Ok(split.explanation(&tally, &outcome, groups.into_iter().map(|group| (group.name, group.keys)).collect()))
}

/// The groups of changed keys, in the order of the language: those of the requests, and one for each table with other changes.
///
/// # Errors
/// If the scenarios differ in nothing or in what they must share, or a request does not fit the changes.
pub fn groups(reference: &Scenario, other: &Scenario, requests: &[String]) -> Result<Vec<Group>, Failure> {
    let changes = scenario::changes(reference, other);
    if let Some(change) = changes.iter().find(|change| SHARED.contains(&table_of(&change.key))) {
        let value = |value: &Option<String>| value.as_deref().map_or("nothing".to_owned(), excerpt);
        let (key, before, after) = (&change.key, value(&change.before), value(&change.after));
        return Err(Failure::new(
            Exit::Scenario,
            format!(
                "cannot explain a difference in `{key}` ({before} and {after}): the two scenarios must share it, or their paths differ"
            ),
        ));
    }
    let asked = requests.iter().map(|request| asked(request)).collect::<Result<Vec<_>, _>>()?.concat();
    let parts: Vec<String> = changes.iter().map(|change| part(change, reference, other)).collect();
    check_asked(&asked, &parts)?;
    let mut groups: Vec<Group> = Vec::new();
    for (change, part) in changes.iter().zip(&parts) {
        let names: Vec<&str> = asked.iter().filter(|(_, key)| lies_in(part, key)).map(|(name, _)| name.as_str()).collect();
        if let Some(second) = names.iter().find(|name| **name != names[0]) {
            let text = format!("--group: `{}` lies in `{}` and in `{}`; a key moves with one group", change.key, names[0], second);
            return Err(Failure::new(Exit::Usage, text));
        }
        let name = names.first().copied().unwrap_or(table_of(&change.key));
        match groups.iter_mut().find(|group| group.name == name) {
            Some(group) => group.keys.push(change.key.clone()),
            None => groups.push(Group { name: name.to_owned(), keys: vec![change.key.clone()] }),
        }
    }
    match groups.len() {
        0 => Err(Failure::new(Exit::Scenario, "nothing to explain: the two scenarios differ in no value that could change a result")),
        n if n > MAX_GROUPS => Err(Failure::new(Exit::Limit, format!("{n} groups of changed keys; at most {MAX_GROUPS}: join some"))),
        _ => Ok(groups),
    }
}

/// One `--group`, as pairs of its name and a key.
fn asked(request: &str) -> Result<Vec<(String, String)>, Failure> {
    let refuse = |rule: &str| {
        let text = format!("--group `{}`: {rule}; write it as name=key,key, such as governments=beijing,washington", excerpt(request));
        Failure::new(Exit::Usage, text)
    };
    let (name, keys) = request.split_once('=').ok_or_else(|| refuse("it has no `=`"))?;
    let (name, keys) = (name.trim(), keys.split(',').map(str::trim).collect::<Vec<_>>());
    if name.is_empty() || name.chars().count() > 60 || scenario::escape(name) != name {
        return Err(refuse("a name has 1 to 60 characters, all of them visible"));
    }
    if keys.contains(&"") {
        return Err(refuse("a key is missing"));
    }
    Ok(keys.into_iter().map(|key| (name.to_owned(), key.to_owned())).collect())
}

/// What moves together with a change: a whole list, a whole buyer whom only one scenario has, or just the key.
fn part(change: &scenario::Change, reference: &Scenario, other: &Scenario) -> String {
    if let Some((list, _)) = change.key.split_once('[') {
        return list.to_owned();
    }
    let has = |scenario: &Scenario, key: &str| scenario.buyers.iter().any(|buyer| buyer.key == key);
    match change.key.split('.').collect::<Vec<_>>()[..] {
        ["buyers", buyer, ..] if has(reference, buyer) != has(other, buyer) => format!("buyers.{buyer}"),
        _ => change.key.clone(),
    }
}

/// Whether a key is another one, or lies in its table.
fn lies_in(key: &str, table: &str) -> bool {
    key.strip_prefix(table).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Refuses keys of `--group` in which nothing changes.
fn check_asked(asked: &[(String, String)], parts: &[String]) -> Result<(), Failure> {
    let Some((name, key)) = asked.iter().find(|(_, key)| !parts.iter().any(|part| lies_in(part, key))) else { return Ok(()) };
    let whole = parts.iter().find(|part| lies_in(key, part) || key.strip_prefix(part.as_str()).is_some_and(|rest| rest.starts_with('[')));
    let hint = match whole {
        Some(whole) => format!("; `{whole}` changes as a whole"),
        None => nearest(key, parts.iter().map(String::as_str).chain(parts.iter().map(|part| table_of(part))))
            .map_or("; `greenlight compare` lists the keys that do".to_owned(), |near| format!("; did you mean `{near}`?")),
    };
    Err(Failure::new(Exit::Usage, format!("--group {name}: the two scenarios do not differ in `{}`{hint}", excerpt(key))))
}

/// The outcome of this name, in total.
fn outcome(reference: &Scenario, name: &str) -> Result<Outcome, Failure> {
    let totals: Vec<Outcome> = Layout::new(reference).outcomes.into_iter().filter(|outcome| outcome.buyer.is_none()).collect();
    totals.iter().find(|outcome| outcome.name == name).cloned().ok_or_else(|| {
        let near = nearest(name, totals.iter().map(|outcome| outcome.name.as_str()));
        let hint = near.map_or("columns.md of any run lists them".to_owned(), |near| format!("did you mean `{near}`?"));
        Failure::new(Exit::Usage, format!("no outcome is called `{}`; {hint}", excerpt(name)))
    })
}

/// How many worlds to simulate.
fn worlds(reference: &Scenario, split: &Split, wanted: Option<u64>) -> Result<u64, Failure> {
    let (paths, mixes) = (reference.simulation.paths_per_world, split.simulations_per_path());
    let usual = (USUAL_SIMULATIONS / mixes / paths).max(USUAL_WORLDS).min(reference.simulation.worlds).max(2);
    let worlds = wanted.unwrap_or(usual);
    if worlds < 2 {
        return Err(Failure::new(Exit::Usage, "an explanation needs at least 2 worlds: its errors come from the spread between them"));
    }
    let product = format!("{worlds} worlds × {paths} paths");
    if worlds.checked_mul(paths).is_none_or(|all| all >= PATH_LIMIT) {
        return Err(Failure::new(Exit::Limit, format!("{product} are {PATH_LIMIT} paths or more: lower the number of worlds")));
    }
    let (months, buyers) = (reference.months, reference.buyers.len());
    let buyer_months = [worlds, paths, mixes, months as u64, buyers as u64].iter().fold(1, |all: u128, n| all.saturating_mul((*n).into()));
    if buyer_months > MAX_BUYER_MONTHS {
        let text = format!(
            "{product} × {mixes} mixes × {months} months × {buyers} buyers = {buyer_months} buyer-months, at most {MAX_BUYER_MONTHS}: \
             lower the number of worlds, or join groups"
        );
        return Err(Failure::new(Exit::Limit, text));
    }
    Ok(worlds)
}

/// The scenarios between the two.
struct Mixes<'a> {
    reference: &'a Scenario,
    other: &'a Scenario,
    groups: &'a [Group],
    /// The group of every changed key, and of every list with changes.
    group_of: BTreeMap<&'a str, usize>,
}

impl<'a> Mixes<'a> {
    fn new(reference: &'a Scenario, other: &'a Scenario, groups: &'a [Group]) -> Self {
        let mut group_of = BTreeMap::new();
        for (i, group) in groups.iter().enumerate() {
            for key in &group.keys {
                group_of.insert(key.as_str(), i);
                key.split_once('[').into_iter().for_each(|(list, _)| _ = group_of.insert(list, i));
            }
        }
        Self { reference, other, groups, group_of }
    }

    /// The mix that takes the groups of a coalition from the other scenario.
    fn model(&self, coalition: Coalition) -> Result<Model, Fault> {
        let everything = coalition.count_ones() as usize == self.groups.len();
        let from_other = |key: &str| everything || self.group_of.get(key).is_some_and(|group| coalition >> group & 1 == 1);
        let refuse = |rule: String| Fault::Mix { coalition, rule };
        let scenario = scenario::mix(self.reference, self.other, &from_other)
            .map_err(|error| refuse(error.problems.first().map_or_else(|| error.to_string(), |problem| problem.rule.clone())))?;
        Model::new(scenario, Audit::EachPath).map_err(|error| refuse(error.to_string()))
    }

    /// The names of the groups in a coalition.
    fn names(&self, coalition: Coalition) -> String {
        let names = self.groups.iter().enumerate().filter(|(i, _)| coalition >> i & 1 == 1).map(|(_, group)| format!("`{}`", group.name));
        names.collect::<Vec<_>>().join(", ")
    }

    /// What to say of coalitions whose mixes are not valid.
    fn refusal(&self, impossible: &[Coalition], rule: &str) -> Failure {
        let rule = scenario::escape(rule);
        let text = match to_join(self.groups.len(), impossible) {
            Some(joined) => format!("{} cannot change one without the other ({rule}): join them with one --group", self.names(joined)),
            None => format!("the two scenarios cannot be mixed: {rule}"),
        };
        Failure::new(Exit::Scenario, text)
    }
}

/// The model of every coalition if all are averaged; else none, but a proof that each group can change first and last.
fn models(mixes: &Mixes<'_>, split: &Split, pool: &Pool) -> Result<Vec<Model>, Failure> {
    let everything: Coalition = (1 << mixes.groups.len()) - 1;
    let coalitions = match split.method() {
        Averaging::Exact => split.coalitions(&[]),
        Averaging::Sampled => (0..mixes.groups.len()).flat_map(|group| [1 << group, everything & !(1 << group)]).collect(),
    };
    let results = pool.map(0..coalitions.len() as u64, || (), |(), i| mixes.model(coalitions[i as usize]));
    let (mut models, mut impossible, mut first_rule) = (Vec::new(), Vec::new(), None);
    for result in results {
        match result {
            Ok(model) if split.method() == Averaging::Exact => models.push(model),
            Err(Fault::Mix { coalition, rule }) => {
                impossible.push(coalition);
                first_rule.get_or_insert(rule);
            }
            _ => {}
        }
    }
    first_rule.map_or(Ok(models), |rule| Err(mixes.refusal(&impossible, &rule)))
}

/// The paths of all mixes as the engine sees them: one record of shares for each path.
struct Game<'a> {
    mixes: &'a Mixes<'a>,
    /// One per coalition; empty if orders are sampled.
    models: Vec<Model>,
    split: &'a Split,
    outcome: &'a str,
    paths_per_world: u64,
}

/// What one thread works on.
#[derive(Default)]
struct Desk {
    world: Option<u64>,
    /// The order in which groups change in this world, if orders are sampled, and the models along it.
    order: Vec<usize>,
    chain: Vec<Model>,
    /// The first path of the chunk that was played last.
    chunk: Option<u64>,
    /// For each path of it the outcome under every coalition.
    values: Vec<Result<Vec<i64>, Fault>>,
    record: Record,
}

/// Why a path has no shares.
#[derive(Clone, Debug)]
enum Fault {
    Broken(BrokenBooks),
    NotDefined,
    NotEnded,
    TooLarge(TooLarge),
    Mix { coalition: Coalition, rule: String },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken(books) => books.fmt(f),
            Self::NotDefined => write!(f, "it is not defined in every path"),
            Self::NotEnded => write!(f, "in some paths the waiting does not end within the horizon"),
            Self::TooLarge(error) => error.fmt(f),
            Self::Mix { rule, .. } => f.write_str(rule),
        }
    }
}

impl Simulation for Game<'_> {
    type Workspace = Desk;
    type Error = Fault;

    fn workspace(&self) -> Desk {
        let cells = self.split.shape(self.paths_per_world).outcome_cells;
        Desk { record: Record { outcomes: vec![0; cells], ..Record::default() }, ..Desk::default() }
    }

    fn simulate<'w>(&self, world: u64, path: u64, desk: &'w mut Desk) -> Result<&'w Record, Fault> {
        if desk.world != Some(world) {
            *desk = Desk { record: std::mem::take(&mut desk.record), ..Desk::default() };
            if self.split.method() == Averaging::Sampled {
                desk.order = self.order(world);
                desk.chain = self.split.coalitions(&desk.order).into_iter().map(|c| self.mixes.model(c)).collect::<Result<_, _>>()?;
            }
            desk.world = Some(world);
        }
        let chunk = path / CHUNK * CHUNK;
        if desk.chunk != Some(chunk) {
            desk.chunk = None;
            desk.values = self.play(world, chunk, if desk.chain.is_empty() { &self.models } else { &desk.chain });
            desk.chunk = Some(chunk);
        }
        let values = desk.values[(path - chunk) as usize].as_ref().map_err(Clone::clone)?;
        self.split.record(&desk.order, values, &mut desk.record.outcomes).map_err(Fault::TooLarge)?;
        Ok(&desk.record)
    }
}

impl Game<'_> {
    /// The order of the groups in a world: a draw with an address of its own, so that it moves no other.
    fn order(&self, world: u64) -> Vec<usize> {
        let key = PathKey::world(self.mixes.reference.simulation.seed, world);
        let mut stream = Draws::new(key, Tag::new("explain", "order")).stream(0, 0);
        random_order(self.mixes.groups.len(), || stream.uniform())
    }

    /// The outcome of every path of a chunk under every model.
    fn play(&self, world: u64, chunk: u64, models: &[Model]) -> Vec<Result<Vec<i64>, Fault>> {
        let paths = chunk..self.paths_per_world.min(chunk + CHUNK);
        let mut rows: Vec<Result<Vec<i64>, Fault>> = paths.clone().map(|_| Ok(Vec::with_capacity(models.len()))).collect();
        for model in models {
            let found = model.layout().outcomes.iter().find(|outcome| outcome.name == self.outcome && outcome.buyer.is_none());
            let Some(outcome) = found else {
                rows.fill_with(|| Err(Fault::NotDefined));
                continue;
            };
            for (row, recorded) in rows.iter_mut().zip(recorded(model, outcome.cell, world, paths.clone())) {
                let Ok(values) = row else { continue };
                match recorded {
                    Err(books) => *row = Err(Fault::Broken(books)),
                    Ok(UNDEFINED) => *row = Err(Fault::NotDefined),
                    Ok(value) if outcome.censored_at == Some(value) => *row = Err(Fault::NotEnded),
                    Ok(value) => values.push(value),
                }
            }
        }
        rows
    }
}

/// What paths of a world record in an outcome cell.
fn recorded(model: &Model, cell: usize, world: u64, paths: Range<u64>) -> Vec<Result<i64, BrokenBooks>> {
    let mut workspace = model.workspace();
    let place = Cell::Outcome(cell);
    let mut found = Selection::<LANES>::new(&model.blank_record(), [place]);
    let is_worth_a_block = SIDE_BY_SIDE.contains(&(paths.end - paths.start));
    if is_worth_a_block && model.simulate_block(world, paths.clone(), &mut workspace, &mut found).is_ok() {
        let value = |real: f64| if real.is_nan() { UNDEFINED } else { real as i64 };
        return (0..(paths.end - paths.start) as usize).map(|path| Ok(value(found.value(place, path)))).collect();
    }
    paths.map(|path| model.simulate(world, path, &mut workspace).map(|record| record.outcomes[cell])).collect()
}

/// What to tell of a run without a result.
fn failure(mixes: &Mixes<'_>, outcome: &str, halt: &Halt<Fault>) -> Failure {
    let Halt::Failed { world, path, cause } = halt else {
        let exit = if matches!(halt, Halt::Stopped { .. }) { Exit::Interrupt } else { Exit::Internal };
        return Failure::new(exit, halt);
    };
    let place = format!("cannot explain `{outcome}`: path {path} of world {world}: {cause}");
    match cause {
        Cause::Simulation(Fault::NotDefined | Fault::NotEnded) => {
            Failure::new(Exit::Usage, format!("{place}; only an outcome with a value in every path has a mean to split: choose another"))
        }
        Cause::Simulation(Fault::Mix { coalition, rule }) => {
            let (names, rule) = (mixes.names(*coalition), scenario::escape(rule));
            Failure::new(Exit::Scenario, format!("{names} cannot change without the other groups ({rule}): join some with --group"))
        }
        Cause::Panic(message) if !message.contains("overflow") => Failure::new(Exit::Internal, place),
        _ => Failure::new(Exit::Numeric, place),
    }
}
