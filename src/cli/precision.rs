//! `--precision`: how many worlds it takes until intervals are as narrow as asked for.
//!
//! Only what is asked for is recorded while worlds are doubled; the run itself follows, and is that of `--worlds` with the number found.

use super::checkpoints::Session;
use super::exit::{Exit, Failure};
use super::forecast::Work;
use super::paired::{PairedWatch, flat};
use super::signals::Listener;
use super::simulate::{progress_bar, told};
use super::watch::Watch;
use crate::analysis::{Measure, PairedTarget, Reached, Target, TargetError, Width, digits, widening};
use crate::domain::Sampling;
use crate::engine::{BLOCK_PATHS, Halt, Job, Keeper, Pool, Progress, Simulation, Stop};
use crate::model::Model;
use crate::scenario::Simulation as Counts;
use crate::stats::{Tally, TallyShape};
use std::fmt::Display;
use std::ops::ControlFlow;
use std::time::Duration;

/// An interval that is not known at this look will never be.
const UNKNOWN_LOOKS: u32 = 4;

/// What the search found.
#[derive(Clone, Debug)]
pub struct Settled {
    /// Worlds at which every target is reached, or known never to be.
    pub worlds: u64,
    /// How often it was looked.
    pub looks: u32,
    /// One per target; `None` if the value or its error is not known in any run.
    pub reached: Vec<Option<Reached>>,
}

/// Why a search found no number of worlds.
#[derive(Debug)]
pub enum Unsettled<S, E> {
    /// It was stopped or a path failed; with what the last look found, if there was one.
    Halted(Halt<S>, Option<Settled>),
    /// More worlds are needed than are allowed.
    Refused(E),
}

/// Goes on from a tally, and keeps nothing.
struct GoesOn<'a>(Tally, &'a (dyn Fn() -> bool + Sync));

impl Keeper for GoesOn<'_> {
    fn kept(&self) -> Option<Tally> {
        Some(self.0.clone())
    }

    fn is_due(&self) -> bool {
        (self.1)()
    }

    fn keep(&self, _: &Tally) -> ControlFlow<()> {
        if self.is_due() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn patience(&self) -> Duration {
        Duration::ZERO
    }
}

/// How worlds are doubled.
pub struct Search<'a> {
    /// Worlds at the first look, at least.
    pub start: u64,
    /// Paths of each.
    pub paths_per_world: u64,
    /// How worlds are spread.
    pub sampling: Sampling,
    /// Who works.
    pub pool: &'a Pool,
    /// Is told how many paths are done.
    pub progress: Progress<'a>,
    /// Ends it early.
    pub stop: &'a Stop,
    /// Whether its time is over.
    pub is_over: &'a (dyn Fn() -> bool + Sync),
}

impl Search<'_> {
    /// Doubles the worlds of a simulation that counts one measure for each target, until all are reached.
    ///
    /// `allowed` says no to going on, given what was found and how many times as many worlds would be needed.
    ///
    /// # Errors
    /// If it is stopped, a path fails, or more worlds are needed than are allowed.
    pub fn settle<S: Simulation, E>(
        &self,
        simulation: &S,
        targets: &[Target],
        allowed: impl Fn(&Settled, f64) -> Result<(), E>,
    ) -> Result<Settled, Unsettled<S::Error, E>> {
        let measures: Vec<Measure> = targets.iter().map(|target| target.measure.clone()).collect();
        let shape = TallyShape { scrambles: self.sampling.scrambles(), ..Measure::shape(&measures, self.paths_per_world) };
        // So that each look ends where a block ends, and the next goes on from there.
        let step = (BLOCK_PATHS / self.paths_per_world.max(1)).max(1);
        let mut worlds = match self.sampling {
            Sampling::Random => self.start.max(1).div_ceil(step).saturating_mul(step),
            _ => self.sampling.next_fit(self.start),
        };
        let (mut tally, mut last) = (Tally::new(shape.clone()), None);
        for look in 1.. {
            let job = Job { worlds, shape: shape.clone() };
            if !self.sampling.is_random() {
                // A net is whole at powers of two, where blocks need not end: each look simulates all its worlds.
                tally = Tally::new(shape.clone());
            }
            let keeper = GoesOn(tally, self.is_over);
            let resumed = self.pool.resume(simulation, &job, self.progress, self.stop, &keeper);
            tally = resumed.map_err(|halt| Unsettled::Halted(halt, last.take()))?;
            let found = Measure::summarise_at(&measures, &tally, widening(look, self.sampling));
            let reached = targets.iter().zip(&found).map(|(target, found)| target.reached(found, look, self.sampling)).collect();
            let settled = Settled { worlds, looks: look, reached };
            let Some(factor) = settled.missing() else { return Ok(settled) };
            allowed(&settled, factor).map_err(Unsettled::Refused)?;
            last = Some(settled);
            worlds = worlds.saturating_mul(2);
        }
        unreachable!("the range of looks has no end")
    }
}

/// A search among the paths of a scenario or of several, and how to speak of it.
pub struct Question<'a> {
    /// What is searched for, for people.
    pub name: &'a str,
    /// The file of the scenario, to replay a path that fails.
    pub file: &'a str,
    /// Worlds to begin with, and paths of each.
    pub counts: Counts,
    /// What so many worlds cost.
    pub work: &'a dyn Fn(u64) -> Work,
    /// Whether nothing is shown.
    pub quiet: bool,
}

impl Question<'_> {
    /// The number of worlds that targets need, and what to tell of it.
    ///
    /// # Errors
    /// If it is stopped, its time is over, a path fails, or more would be needed than a run may cost.
    pub fn ask<S: Simulation<Error: Display>>(
        &self,
        simulation: &S,
        targets: &[Target],
        pool: &Pool,
        listener: &Listener,
        session: &Session,
    ) -> Result<(u64, String), Failure> {
        let counts = self.counts;
        let bar = progress_bar(self.name, counts, self.quiet);
        bar.set_prefix(format!("{}: precision", self.name));
        let allowed = |settled: &Settled, factor: f64| {
            // The time left is that of as many worlds as the narrowest target seems to need.
            let needed = settled.worlds as f64 * factor;
            bar.set_length((needed as u64).saturating_mul(counts.paths_per_world));
            // Beyond that their number only says that it is absurd.
            let about = if needed < 1e15 { format!("about {needed:.0}") } else { "far more than 1e15".to_owned() };
            (self.work)(needed.min(1e15) as u64).check().map_err(|failure| {
                let advice = settled.advice(targets);
                Failure::new(Exit::Limit, format!("--precision: the narrowest target needs {about} worlds; {}{advice}", failure.message))
            })
        };
        let progress = |paths| bar.set_position(paths);
        let search = Search {
            start: counts.worlds,
            paths_per_world: counts.paths_per_world,
            sampling: counts.sampling,
            pool,
            progress: &progress,
            stop: listener.stop(),
            is_over: &|| session.is_over(),
        };
        let settled = search.settle(simulation, targets, allowed);
        bar.finish_and_clear();
        match settled {
            Ok(settled) => Ok((settled.worlds, settled.describe(targets, counts.paths_per_world))),
            Err(Unsettled::Refused(failure)) => Err(failure),
            Err(Unsettled::Halted(Halt::Stopped { .. }, last)) if !listener.stop().requested() => {
                Err(Settled::unfinished(last, targets, session))
            }
            Err(Unsettled::Halted(halt, _)) => Err(told(&halt, self.name, self.file, counts, listener)),
        }
    }
}

/// Asks for targets of one scenario.
///
/// # Errors
/// As for [`Question::ask`].
pub fn of_run(
    question: &Question<'_>,
    targets: &[Target],
    model: &Model,
    pool: &Pool,
    listener: &Listener,
    session: &Session,
) -> Result<(u64, String), Failure> {
    let measures: Vec<Measure> = targets.iter().map(|target| target.measure.clone()).collect();
    if question.counts.sampling == Sampling::Latin {
        let why =
            "--precision doubles the worlds, and the Latin hypercubes of more worlds are other ones: choose --sampling sobol or random";
        return Err(Failure::new(Exit::Usage, why));
    }
    question.ask(&Watch::new(model, &measures), targets, pool, listener, session)
}

/// Asks for targets of what each scenario after the first gives more than it.
///
/// # Errors
/// As for [`Question::ask`].
pub fn of_comparison(
    question: &Question<'_>,
    targets: &[Vec<PairedTarget>],
    models: &[Model],
    pool: &Pool,
    listener: &Listener,
    session: &Session,
) -> Result<(u64, String), Failure> {
    question.ask(&PairedWatch::new(models, targets), &flat(targets), pool, listener, session)
}

/// Reads targets against the catalogue of a model.
///
/// # Errors
/// [`Exit::Usage`].
pub fn targets<T>(texts: &[String], parse: impl Fn(&str) -> Result<T, TargetError>) -> Result<Vec<T>, Failure> {
    let parsed: Result<_, _> = texts.iter().map(|text| parse(text)).collect();
    parsed.map_err(|error| Failure::new(Exit::Usage, format!("--precision {error}")))
}

impl Settled {
    /// How many times as many worlds the narrowest target that is not reached needs; `None` if all are, or are known never to be.
    fn missing(&self) -> Option<f64> {
        let missing = self.reached.iter().flatten().filter(|reached| !reached.is_there());
        let factor = missing
            .map(|reached| reached.factor(reached.goal))
            .fold(None, |most: Option<f64>, factor| Some(most.unwrap_or(2.0).max(factor)));
        // What is not known after some doublings, such as the median of a wait that mostly never ends, no number of worlds tells.
        let is_patient = self.looks < UNKNOWN_LOOKS && self.reached.iter().any(Option::is_none);
        factor.or(is_patient.then_some(2.0))
    }

    /// What was reached, a line for each target, and what half of it would take.
    fn describe(&self, targets: &[Target], paths_per_world: u64) -> String {
        let looks = if self.looks == 1 { "1 look".to_owned() } else { format!("{} looks", self.looks) };
        let (worlds, all) = (self.worlds, self.worlds as f64 * paths_per_world as f64);
        let mut text =
            format!("{worlds} worlds × {paths_per_world} paths reach the precision asked for, after {looks}; ± is valid at any of them");
        for (target, reached) in targets.iter().zip(&self.reached) {
            text += &match reached {
                None => format!("\n  {}: not known in this scenario, so no number of worlds tells it", target.text),
                Some(reached) if reached.half_width <= reached.goal / 2.0 => {
                    format!("\n  {}: {}; half of what was asked is reached too", target.text, said(*reached))
                }
                Some(reached) => {
                    let paths = all * reached.factor(reached.goal / 2.0);
                    format!("\n  {}: {}; half of what was asked takes about {} paths", target.text, said(*reached), digits::error(paths))
                }
            };
        }
        text
    }

    /// What to ask for instead of a share of something that may be zero.
    fn advice(&self, targets: &[Target]) -> String {
        let is_hopeless = |target: &Target, reached: &Reached| matches!(target.goal, Width::Relative(_)) && reached.is_noise();
        let found = targets.iter().zip(&self.reached).filter_map(|(target, reached)| Some((target, (*reached)?)));
        found
            .filter(|(target, reached)| is_hopeless(target, reached))
            .map(|(target, reached)| {
                let (asked, width) = (target.text.split('=').next().unwrap_or_default(), reached.half_width / 2.0);
                let unit = target.measure.unit();
                let width: f64 = format!("{width:.0e}").parse().unwrap_or(width);
                format!(
                    "\n  {}: {} cannot be told from zero, so a share of it may never be reached; ask for a width in {unit}: {}={width}",
                    target.text,
                    said(reached),
                    asked.trim()
                )
            })
            .collect()
    }

    /// That the time was over first.
    fn unfinished(last: Option<Self>, targets: &[Target], session: &Session) -> Failure {
        let so_far = last.map_or_else(String::new, |last| {
            let lines = targets
                .iter()
                .zip(&last.reached)
                .filter_map(|(target, reached)| Some(format!("\n  {}: {} with {} worlds", target.text, said((*reached)?), last.worlds)));
            let needed = last.worlds as f64 * last.missing().unwrap_or(1.0);
            format!("; it needs about {needed:.0} worlds{}{}", lines.collect::<String>(), last.advice(targets))
        });
        let spent = session.seconds();
        Failure::new(Exit::Limit, format!("--precision is not reached in the {spent} s of --max-seconds; nothing was written{so_far}"))
    }
}

fn said(reached: Reached) -> String {
    // The value to the digits of its reach.
    format!("{} ± {}", digits::rounded(reached.value, reached.half_width / 10.0), digits::error(reached.half_width))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Statistic;
    use crate::model::Probe;

    #[test]
    fn of_a_share_of_nothing_it_is_said_what_to_ask_instead() {
        let measure = Measure { text: "x".into(), probe: Probe::of_outcome("x", "chips", 0, 1.0, None), test: None };
        let target = |goal| Target { text: "x.mean=2%, b less a".into(), measure: measure.clone(), statistic: Statistic::Mean, goal };
        let reached = |value| Some(Reached { value, half_width: 800.0, goal: 0.1 });
        let settled = |value| Settled { worlds: 100, looks: 1, reached: vec![reached(value)] };
        let told = settled(-50.0).advice(&[target(Width::Relative(0.02))]);
        assert!(told.contains("cannot be told from zero") && told.ends_with("ask for a width in chips: x.mean=400"), "{told}");
        // A width can always be reached, and so can a share of what is not zero.
        assert_eq!(settled(-50.0).advice(&[target(Width::Absolute(10.0))]), "");
        assert_eq!(settled(900.0).advice(&[target(Width::Relative(0.02))]), "");
    }
}
