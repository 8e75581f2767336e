//! The model: one month, thirteen events, whole numbers (`model.md`).
//!
//! Pure: no files, clocks, threads or printing. One file per mechanism, each with the terms it needs
//! in a world and the step it makes in a month.

mod allocation;
mod books;
mod cancellation;
mod chronicle;
mod course;
mod domestic;
mod draws;
mod excerpt;
mod grey_market;
mod layout;
mod licences;
mod line;
mod needs;
mod observed;
mod policy;
mod record;
mod requests;
mod review;
mod shipping;
mod state;
mod us_market;
mod wording;
mod world;

pub use allocation::{Desk, Share, Shares, Standing, proportional, ration};
pub use books::BrokenBooks;
pub use chronicle::Entry;
pub use draws::{Luck, Tags};
pub use excerpt::{UnknownOutcome, names};
pub use layout::*;
pub use observed::{Probe, Test, Unresolved};
pub use policy::Script;
pub use requests::BestReply;
pub use state::{Account, Errands, Flows, State};
pub use world::{Costs, World};

use crate::lanes::{Isa, each};
use crate::random::{Copula, CopulaError, Distribution, PathKey, Points, Tag, TooManyDimensions};
use crate::scenario::parameters::Parameters;
use crate::scenario::{Scenario, Value};
use crate::stats::{Excerpt, Record, Recorder, Sheet, TallyShape};
use pulp::NullaryFnOnce;
use std::fmt;
use std::ops::Range;

/// A scenario made ready to run: names turned into positions, tags hashed. Immutable and shared by all threads.
#[derive(Clone, Debug)]
pub struct Model {
    scenario: Scenario,
    layout: Layout,
    recorded: Layout,
    excerpt: Option<Excerpt>,
    tags: Tags,
    certain: Parameters<f64>,
    inputs: Vec<UncertainInput>,
    copula: Copula,
    points: Points,
    type_tag: Tag,
    scripts: Vec<Script>,
    may_buy: Vec<bool>,
    mandated: Vec<bool>,
    audit: Audit,
    isa: Isa,
}

/// Why a valid scenario cannot be made ready.
#[derive(Clone, Debug, PartialEq)]
pub enum ModelError {
    /// Its rank correlations do not fit together.
    Copula(CopulaError),
    /// It has more uncertain numbers than its sampling has dimensions.
    Dimensions(TooManyDimensions),
    /// It asks to record what is not known.
    Outcome(UnknownOutcome),
}

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Copula(error) => error.fmt(f),
            Self::Dimensions(error) => error.fmt(f),
            Self::Outcome(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ModelError {}

/// How often the books are audited. The laws are over running totals, so that the last month's audit covers every month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Audit {
    /// At the end of each path.
    #[default]
    EachPath,
    /// At the end of each month of each path.
    EachMonth,
}

#[derive(Clone, Debug)]
struct UncertainInput {
    tag: Tag,
    distribution: Distribution,
}

/// Changes whenever other results are made of the same draws; a test holds the stored digests to it.
pub const MODEL_VERSION: u64 = 3;

/// Paths that are simulated side by side: a few dozen, all of one world.
pub const LANES: usize = 56;

/// What one thread needs to run paths: reused, so that the month loop allocates nothing.
#[derive(Clone, Debug)]
pub struct Workspace {
    world: World,
    world_number: u64,
    plain: Box<Stage<1>>,
    lanes: Box<Stage<LANES>>,
    /// One, of the last path played alone.
    record: Vec<Record>,
}

/// Where `N` paths of a world are played.
#[derive(Clone, Debug)]
struct Stage<const N: usize> {
    state: State<N>,
    luck: Luck<N>,
    running: record::Running<N>,
}

impl Workspace {
    /// The world of the last path.
    pub fn world(&self) -> &World {
        &self.world
    }
}

impl Model {
    /// Prepares a scenario.
    ///
    /// # Errors
    /// If its rank correlations do not fit together, it has too many uncertain numbers for its sampling, or it names an outcome that
    /// does not exist.
    pub fn new(scenario: Scenario, audit: Audit) -> Result<Self, ModelError> {
        let uncertain = scenario.uncertain();
        let inputs: Vec<UncertainInput> = uncertain
            .iter()
            .map(|(input, distribution)| UncertainInput { tag: Tag::new("inputs", &input.key), distribution: (*distribution).clone() })
            .collect();
        let copula =
            Copula::new(inputs.len(), &scenario.dependence.pairs, scenario.dependence.degrees_of_freedom).map_err(ModelError::Copula)?;
        let counts = scenario.simulation;
        // The last dimension is Beijing's hidden type.
        let points = Points::new(counts.sampling, inputs.len() + 1, counts.worlds).map_err(ModelError::Dimensions)?;
        let layout = Layout::new(&scenario);
        let (recorded, excerpt) = layout.only(&scenario.outcomes).map_err(ModelError::Outcome)?;
        let mut scripts = vec![Script::default(); scenario.months];
        for event in &scenario.events {
            let script = &mut scripts[event.month - 1];
            script.beijing = event.beijing.or(script.beijing);
            script.washington = event.washington.or(script.washington);
        }
        Ok(Self {
            layout,
            recorded,
            excerpt,
            tags: Tags::new(scenario.buyers.iter().map(|b| b.key.as_str())),
            certain: scenario.parameters.map(&mut |input| match input.value {
                Value::Certain(number) => number,
                Value::Uncertain(_) => f64::NAN,
            }),
            inputs,
            copula,
            points,
            type_tag: Tag::new("inputs", "beijing.types"),
            scripts,
            may_buy: scenario.buyers.iter().map(|b| b.beijing_may_approve && b.us_may_license).collect(),
            mandated: scenario.buyers.iter().map(|b| b.domestic_mandate).collect(),
            audit,
            isa: Isa::widest(),
            scenario,
        })
    }

    /// The same model on another set of vector instructions; results are the same on each.
    pub fn with_isa(mut self, isa: Isa) -> Self {
        self.isa = isa;
        self
    }

    /// The set of vector instructions it runs on.
    pub fn isa(&self) -> Isa {
        self.isa
    }

    /// The scenario this model runs.
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// What it writes down of a path.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// What of that a run records.
    pub fn recorded(&self) -> &Layout {
        &self.recorded
    }

    /// Counts what a run records, on the instructions of this model. The shape is that of [`Model::recorded`].
    pub fn recorder(&self, shape: TallyShape) -> Recorder {
        let recorder = Recorder::new(shape).with_isa(self.isa);
        match &self.excerpt {
            Some(excerpt) => recorder.with_excerpt(excerpt),
            None => recorder,
        }
    }

    /// Space for one thread; holds world 0.
    pub fn workspace(&self) -> Workspace {
        Workspace {
            world: self.world(0),
            world_number: 0,
            plain: Box::new(self.stage()),
            lanes: Box::new(self.stage()),
            record: vec![record::blank(&self.layout)],
        }
    }

    fn stage<const N: usize>(&self) -> Stage<N> {
        Stage { state: State::blank(), luck: Luck::default(), running: record::Running::new(self.layout.buyers) }
    }

    /// The uniform draws that a world is made of, independent of each other: one for each uncertain input, in the order of [`Scenario::uncertain`],
    /// and last the one of Beijing's hidden type.
    pub fn uniforms(&self, world: u64) -> Vec<f64> {
        let seed = self.scenario.simulation.seed;
        let tags = self.inputs.iter().map(|input| input.tag).chain([self.type_tag]);
        tags.enumerate().map(|(dimension, tag)| self.points.uniform(seed, world, dimension, tag)).collect()
    }

    /// How the ranks of the uncertain inputs depend on each other.
    pub fn copula(&self) -> &Copula {
        &self.copula
    }

    /// The uncertain inputs of one world, in the order of [`Scenario::uncertain`].
    pub fn inputs(&self, world: u64) -> Vec<f64> {
        self.inputs_at(&self.ranks(world))
    }

    /// The uncertain inputs at these ranks, each strictly between 0 and 1 and already dependent on each other.
    pub fn inputs_at(&self, ranks: &[f64]) -> Vec<f64> {
        self.inputs.iter().zip(ranks).map(|(input, rank)| input.distribution.quantile(*rank)).collect()
    }

    /// Draws what nobody knows.
    pub fn world(&self, world: u64) -> World {
        self.world_at(&self.ranks(world))
    }

    /// The world at these ranks, in the order of [`Model::uniforms`] and already dependent on each other.
    pub fn world_at(&self, ranks: &[f64]) -> World {
        let mut drawn = self.inputs_at(ranks).into_iter();
        // Both walks visit the numbers in one order; NaN marks the uncertain ones.
        let numbers = self.certain.map(&mut |number| if number.is_nan() { drawn.next().unwrap_or(f64::NAN) } else { *number });
        let policy_type = policy::draw_type(&numbers.types, ranks[self.inputs.len()]);
        World::new(&self.scenario, &numbers, policy_type)
    }

    fn ranks(&self, world: u64) -> Vec<f64> {
        let mut ranks = self.uniforms(world);
        self.copula.apply(&mut ranks);
        ranks
    }

    /// All draws of the `N` paths of a world from `first` on.
    #[inline(always)]
    fn draw<const N: usize>(&self, world: u64, first: u64, luck: &mut Luck<N>) {
        let seed = self.scenario.simulation.seed;
        self.tags.draw(&each(|l| PathKey::path(seed, world, first + l as u64)), luck);
    }

    /// Runs one path and returns its record.
    pub fn simulate<'w>(&self, world: u64, path: u64, workspace: &'w mut Workspace) -> Result<&'w Record, BrokenBooks> {
        self.enter(world, workspace);
        let Workspace { world, world_number, plain, record, .. } = workspace;
        self.play(*world_number, path..path + 1, world, plain, record, &mut |_| ())?;
        Ok(&record[0])
    }

    /// Runs paths of one world, at most [`LANES`] of them, side by side, and writes them down on a sheet.
    pub fn simulate_block(
        &self,
        world: u64,
        paths: Range<u64>,
        workspace: &mut Workspace,
        sheet: &mut dyn Sheet<LANES>,
    ) -> Result<(), BrokenBooks> {
        self.narrate_block(world, paths, workspace, sheet, &mut |_| ())
    }

    /// The same, and tells what comes next before each event of each month.
    pub fn narrate_block(
        &self,
        world: u64,
        paths: Range<u64>,
        workspace: &mut Workspace,
        sheet: &mut dyn Sheet<LANES>,
        now: Narrator<'_>,
    ) -> Result<(), BrokenBooks> {
        self.enter(world, workspace);
        let Workspace { world, world_number, lanes, .. } = workspace;
        self.play(*world_number, paths, world, lanes, sheet, now)
    }

    /// The same for a world that is given, on the luck of the paths of a numbered one.
    pub fn simulate_given(
        &self,
        world: &World,
        luck: u64,
        paths: Range<u64>,
        workspace: &mut Workspace,
        sheet: &mut dyn Sheet<LANES>,
    ) -> Result<(), BrokenBooks> {
        self.play(luck, paths, world, &mut workspace.lanes, sheet, &mut |_| ())
    }

    /// A record of the right size.
    pub fn blank_record(&self) -> Record {
        record::blank(&self.layout)
    }

    /// Runs one path, writes nothing down, and shows the state before the first month (0) and at the end of each.
    pub fn follow(
        &self,
        world: u64,
        path: u64,
        workspace: &mut Workspace,
        mut see: impl FnMut(usize, &State<1>, &World),
    ) -> Result<(), BrokenBooks> {
        self.enter(world, workspace);
        let Workspace { world, world_number, plain, .. } = workspace;
        let Stage { state, luck, .. } = &mut **plain;
        self.draw(*world_number, path, luck);
        world.begin(&self.scenario, luck, state);
        see(0, state, world);
        for t in 1..=self.scenario.months {
            alone(Month { model: self, state, world, luck, t, now: &mut |_| () });
            self.audit(state, world, 1, t)?;
            see(t, state, world);
        }
        Ok(())
    }

    fn enter(&self, world: u64, workspace: &mut Workspace) {
        if workspace.world_number != world {
            workspace.world = self.world(world);
            workspace.world_number = world;
        }
    }

    /// Plays the paths and writes them down on a sheet.
    fn play<const N: usize>(
        &self,
        world_number: u64,
        paths: Range<u64>,
        world: &World,
        stage: &mut Stage<N>,
        sheet: &mut dyn Sheet<N>,
        now: Narrator<'_>,
    ) -> Result<(), BrokenBooks> {
        let Stage { state, luck, running } = stage;
        let count = (paths.end - paths.start) as usize;
        self.draw(world_number, paths.start, luck);
        world.begin(&self.scenario, luck, state);
        running.reset();
        for t in 1..=self.scenario.months {
            self.run::<N>(Month { model: self, state, world, luck, t, now });
            self.audit(state, world, count, t)?;
            if !sheet.is_blank() {
                now("The month is written down");
                self.run::<N>(Write { model: self, state, world, running, sheet, month: Some(t) });
            }
        }
        if !sheet.is_blank() {
            self.run::<N>(Write { model: self, state, world, running, sheet, month: None });
        }
        Ok(())
    }

    /// Runs code about `N` paths: with vectors if there are several.
    fn run<const N: usize>(&self, code: impl NullaryFnOnce<Output = ()>) {
        if N == 1 { alone(code) } else { self.isa.run(code) }
    }

    #[inline(always)]
    fn audit<const N: usize>(&self, state: &State<N>, world: &World, paths: usize, t: usize) -> Result<(), BrokenBooks> {
        if self.audit == Audit::EachMonth || t == self.scenario.months {
            (0..paths).try_for_each(|l| books::audit(state, world, l, t))?;
        }
        Ok(())
    }

    /// One month: the thirteen events, in their order. `now` is told what comes next.
    #[inline(always)]
    fn month<const N: usize>(&self, state: &mut State<N>, world: &World, luck: &mut Luck<N>, t: usize, now: Narrator<'_>) {
        let buyers = self.layout.buyers;
        luck.now.turn_to(t);
        state.flows = Flows::default();
        now("E1  Both governments move");
        policy::move_governments(state, &world.policy, luck, self.scripts[t - 1], buyers);
        now("E2  Chips come off the line; new ones are started");
        line::finish(state, &world.line, luck);
        line::start(state, &world.line, luck, world.us_market.demand[t - 1], buyers, t);
        now("E3  US and allied customers take theirs first");
        us_market::serve(state, &world.us_market, t);
        now("E4  Needs lapse and grow");
        needs::grow(state, &world.needs, luck, t);
        now("E5  Domestic chips are shared out, and H20 where there are any");
        domestic::share_out(state, &world.domestic, luck, &self.mandated, t);
        domestic::share_out_h20(state, &world.domestic, &self.may_buy);
        now("E6  Buyers ask");
        requests::lodge(state, &world.requests, &self.may_buy, world.shipping.transit_months);
        now("E7  Washington licenses");
        licences::decide(state, &world.licences, luck);
        now("E8  Beijing reviews; what survives the terms becomes an order");
        review::review(state, &world.review, luck);
        now("E9  Nvidia rations and ships");
        shipping::ship(state, &world.shipping, &world.domestic, world.us_market.cover(t));
        state.belief = world.requests.learn(state.belief, &state.flows.shipped, &state.flows.eligible);
        now("E10 Lots clear the border, and are paid for");
        shipping::clear(state, &world.shipping, luck);
        books::book_revenue(state, world);
        now("E11 The side door");
        grey_market::trade(state, &world.grey_market, luck);
        now("E12 Buyers cancel what they no longer want");
        cancellation::cancel(state, &world.cancellation, &world.requests, luck, buyers);
        now("E13 What is still wanted or waiting is booked; the audit follows");
        requests::book_waiting(state, &world.requests, &self.may_buy, world.shipping.transit_months);
    }
}

/// Code for one path: compiled once, for what every processor has.
#[inline(never)]
fn alone(code: impl NullaryFnOnce<Output = ()>) {
    code.call();
}

/// Is told what comes next while a block is played, for those who measure.
pub type Narrator<'a> = &'a mut dyn FnMut(&'static str);

/// [`Model::month`], as code to be compiled for each set of instructions.
struct Month<'a, const N: usize> {
    model: &'a Model,
    state: &'a mut State<N>,
    world: &'a World,
    luck: &'a mut Luck<N>,
    t: usize,
    now: Narrator<'a>,
}

impl<const N: usize> NullaryFnOnce for Month<'_, N> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        self.model.month(self.state, self.world, self.luck, self.t, self.now);
    }
}

/// What a month, or (after the last) a path writes down, as code to be compiled for each set of instructions.
struct Write<'a, const N: usize> {
    model: &'a Model,
    state: &'a State<N>,
    world: &'a World,
    running: &'a mut record::Running<N>,
    sheet: &'a mut dyn Sheet<N>,
    month: Option<usize>,
}

impl<const N: usize> NullaryFnOnce for Write<'_, N> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { model, state, world, running, sheet, month } = self;
        match month {
            Some(t) => record::month(sheet, running, &model.layout, state, world, t),
            None => record::outcomes(sheet, running, &model.layout, state, world, &model.may_buy),
        }
    }
}
