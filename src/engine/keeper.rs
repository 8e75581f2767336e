//! Who keeps what a run has so far, so that it can go on after an interruption.

use crate::stats::Tally;
use std::ops::ControlFlow;
use std::time::Duration;

/// Keeps the tally of a run now and then. `()` keeps nothing.
pub trait Keeper: Sync {
    /// What an interrupted run of the same job kept; asked once, at the beginning.
    fn kept(&self) -> Option<Tally>;

    /// Whether the threads should pause, so that it can keep what they have; asked at most every 50 ms.
    fn is_due(&self) -> bool;

    /// Takes the tally of the first paths of the job, when it was due and at the end, early or not. Says whether to go on.
    fn keep(&self, tally: &Tally) -> ControlFlow<()>;

    /// How long a run that is asked to stop may take to finish its blocks. What is not finished then is not kept.
    fn patience(&self) -> Duration;
}

impl Keeper for () {
    fn kept(&self) -> Option<Tally> {
        None
    }

    fn is_due(&self) -> bool {
        false
    }

    fn keep(&self, _: &Tally) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn patience(&self) -> Duration {
        Duration::ZERO
    }
}
