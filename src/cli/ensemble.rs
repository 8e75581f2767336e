//! Histories kept one by one, for the commands that weigh them: simulated in blocks, of each only what is asked for.

use super::exit::{Exit, Failure};
use super::forecast::{self, Work};
use super::options::{Computing, Draws};
use super::signals::Listener;
use super::simulate::{SIDE_BY_SIDE, header, progress_bar};
use crate::analysis::{Ensemble, Header, Reweighting};
use crate::engine::Pool;
use crate::model::{BuyerMonthly, LANES, Layout, Model, Probe, Unresolved, Workspace};
use crate::scenario::Observable;
use crate::stats::{Selection, Weighted};
use std::ops::Range;
use std::path::Path;

/// Paths in each world if nobody says otherwise: as many as are simulated side by side.
pub const PATHS_PER_WORLD: u64 = LANES as u64;
/// The most numbers that are kept: 12 GiB of memory hold them twice.
const MOST_NUMBERS: u128 = 400_000_000;
/// Blocks that are simulated before the next look at signals and progress.
const STRETCH: u64 = 512;
/// Outcomes that are told before and after, beside the deliveries of each year.
const OUTCOMES: [&str; 7] = ["delivered_T", "t_first", "t_100k", "revenue", "nvidia_share", "grey_units", "unmet_training"];

/// Reads a scenario whose histories are to be weighed: `worlds` of [`PATHS_PER_WORLD`] unless the command line says otherwise.
///
/// # Errors
/// Every problem of the scenario.
pub fn model(file: &Path, draws: &Draws, computing: &Computing, worlds: u64) -> Result<Model, Failure> {
    let mut scenario = draws.load(file)?;
    let counts = &mut scenario.simulation;
    if !draws.sets("simulation.worlds") {
        counts.worlds = worlds;
    }
    if !draws.sets("simulation.paths_per_world") {
        counts.paths_per_world = PATHS_PER_WORLD;
    }
    computing.model(scenario, file)
}

/// The probes of deliveries at the end of each month, and of the outcomes that are told before and after.
///
/// # Errors
/// None for the names asked for here: they are those of the model.
pub fn told(model: &Model) -> Result<(Vec<Probe>, Vec<Probe>), Failure> {
    let layout: &Layout = model.layout();
    let of = |observable: Observable| {
        model.probe(&observable).map_err(|why| Failure::new(Exit::Internal, format!("{observable} cannot be read: {why:?}")))
    };
    let monthly = |t: i32| Some((layout.start.plus(t), layout.start.plus(t)));
    let delivered = crate::model::BUYER_MONTHLY[BuyerMonthly::Delivered as usize].name;
    let deliveries = (0..layout.months as i32).map(|t| of(Observable { name: delivered.into(), months: monthly(t), buyer: None }));
    let years = layout.years.iter().take(layout.years.len() - 1).map(|(year, _)| format!("delivered_{year}"));
    let names = years.chain(OUTCOMES.map(str::to_owned));
    let outcomes = names.map(|name| of(Observable { name, months: None, buyer: None }));
    Ok((deliveries.collect::<Result<_, _>>()?, outcomes.collect::<Result<_, _>>()?))
}

/// What to say of an observable that a scenario does not have.
pub fn unresolved(model: &Model, why: &Unresolved) -> String {
    match why {
        Unresolved::Unknown(why) => why.clone(),
        Unresolved::Outside => {
            let layout = model.layout();
            format!("lies outside the simulated months, {} to {}", layout.start, layout.start.plus(layout.months as i32 - 1))
        }
    }
}

/// How many numbers are kept.
///
/// # Errors
/// [`Exit::Limit`] if that is more than memory should hold.
fn numbers(model: &Model, probes: usize) -> Result<u64, Failure> {
    let (counts, inputs) = (model.scenario().simulation, model.scenario().uncertain().len());
    let (worlds, each) = (counts.worlds, counts.paths_per_world);
    let numbers = u128::from(worlds) * u128::from(each) * probes as u128 + u128::from(worlds) * inputs as u128;
    match u64::try_from(numbers) {
        Ok(number) if numbers <= MOST_NUMBERS => Ok(number),
        _ => {
            let product = format!("{worlds} worlds × {each} paths × {probes} observables = {numbers} numbers to keep");
            Err(Failure::new(Exit::Limit, format!("{product}, at most {MOST_NUMBERS}: lower --worlds")))
        }
    }
}

/// Refuses more histories than the machine has room for, before anything is claimed or simulated.
///
/// # Errors
/// [`Exit::Limit`] or [`Exit::Resources`].
pub fn afford(model: &Model, probes: usize, computing: &Computing, target: &Path) -> Result<(), Failure> {
    let work = Work::of(model, computing.threads());
    // Kept once, and once more while they are weighed.
    let work = Work { tally_bytes: numbers(model, probes)? * 16, tallies: 1, ..work };
    forecast::check_limits(&[work], &[target.to_owned()])
}

/// Simulates every path and keeps what the probes read.
///
/// # Errors
/// [`Exit::Limit`] if that is more than memory should hold; if a signal arrives, or a path breaks a law.
pub fn gather(model: &Model, probes: Vec<Probe>, pool: &Pool, listener: &Listener, quiet: bool) -> Result<Ensemble, Failure> {
    let scenario = model.scenario();
    let counts = scenario.simulation;
    let (worlds, each) = (counts.worlds, counts.paths_per_world);
    let uncertain = scenario.uncertain();
    numbers(model, probes.len())?;
    let bar = progress_bar(&scenario.name, counts, quiet);
    let blocks_per_world = each.div_ceil(LANES as u64);
    let blocks = worlds * blocks_per_world;
    let mut columns: Vec<Vec<f64>> = probes.iter().map(|_| Vec::with_capacity((worlds * each) as usize)).collect();
    let selection = Selection::<LANES>::new(&model.blank_record(), probes.iter().flat_map(Probe::cells));
    let place = |block: u64| {
        let first = block % blocks_per_world * LANES as u64;
        (block / blocks_per_world, first..each.min(first + LANES as u64))
    };
    let play = |(workspace, taken): &mut (Workspace, Selection<LANES>), block: u64| -> Result<Vec<f64>, Failure> {
        let (world, paths) = place(block);
        let count = (paths.end - paths.start) as usize;
        if !SIDE_BY_SIDE.contains(&(count as u64)) || model.simulate_block(world, paths.clone(), workspace, taken).is_err() {
            for (l, path) in paths.enumerate() {
                let broken = |error| Failure::new(Exit::Numeric, format!("path {path} of world {world}: {error}"));
                taken.copy(l, model.simulate(world, path, workspace).map_err(broken)?);
            }
        }
        Ok(probes.iter().flat_map(|probe| (0..count).map(|l| probe.value(taken, l))).collect())
    };
    for first in (0..blocks).step_by(STRETCH as usize) {
        let stretch = first..blocks.min(first + STRETCH);
        for values in pool.map(stretch.clone(), || (model.workspace(), selection.clone()), play) {
            let values = values?;
            let count = values.len() / probes.len().max(1);
            columns.iter_mut().zip(values.chunks(count.max(1))).for_each(|(column, values)| column.extend_from_slice(values));
        }
        bar.set_position(stretch.end * each / blocks_per_world);
        listener.check()?;
    }
    bar.finish_and_clear();
    let drawn = pool.map(0..worlds, || (), |(), world| (model.inputs(world), model.world(world).policy_type));
    let mut inputs = vec![Vec::with_capacity(worlds as usize); uncertain.len()];
    for (values, _) in &drawn {
        inputs.iter_mut().zip(values).for_each(|(input, value)| input.push(*value));
    }
    Ok(Ensemble {
        header: header(scenario),
        probes,
        columns,
        kinds: drawn.into_iter().map(|(_, kind)| kind).collect(),
        keys: uncertain.iter().map(|(input, _)| input.key.clone()).collect(),
        inputs,
    })
}

/// Where in an ensemble the deliveries and the outcomes stand.
pub struct Places {
    /// Deliveries at the end of each month.
    pub deliveries: Range<usize>,
    /// Outcomes that are told before and after.
    pub outcomes: Range<usize>,
}

impl Places {
    /// Where they stand if they come first.
    pub fn of(deliveries: &[Probe], outcomes: &[Probe]) -> Self {
        Self { deliveries: 0..deliveries.len(), outcomes: deliveries.len()..deliveries.len() + outcomes.len() }
    }
}

/// Everything before and after. `say` changes what the header says of the weights.
pub fn reweigh(ensemble: &Ensemble, weights: &[f64], places: &Places, pool: &Pool, say: impl FnOnce(&mut Header)) -> Reweighting {
    let weighted = Weighted::new(weights, ensemble.cluster());
    let worlds = weighted.of_clusters();
    let mut header = ensemble.header.clone();
    say(&mut header);
    let columns =
        |range: &Range<usize>| pool.map(range.start as u64..range.end as u64, || (), |(), column| ensemble.moved(column as usize, weights));
    let mut inputs = pool.map(0..ensemble.inputs.len() as u64, || (), |(), input| ensemble.input(input as usize, &worlds));
    inputs.sort_by(|a, b| b.shift.0.abs().total_cmp(&a.shift.0.abs()));
    Reweighting {
        header,
        effective_paths: weighted.effective(),
        effective_worlds: weighted.effective_clusters(),
        types: ensemble.types(weights),
        inputs,
        deliveries: columns(&places.deliveries),
        outcomes: columns(&places.outcomes),
    }
}
