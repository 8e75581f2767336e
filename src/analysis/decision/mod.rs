//! Which action is best, and what knowing more would be worth (`model.md` section 9, item 5).
//!
//! A decision is taken before chance plays, so an action is judged by its mean net benefit over paths. With perfect information about
//! the world the best action of each world is taken: EVPI = E max_d E[NB_d | world] − max_d E NB_d. With information about one input or
//! several the best action for their values is taken: EVPPI = E max_d E[NB_d | inputs] − max_d E NB_d.
//!
//! All actions of a world share its luck, so that their differences hold little chance. What is left makes the largest of several means
//! too large: EVPI is shown with the two numbers it lies between. For EVPPI the action of a world is learned from other worlds (E[NB_d |
//! inputs] by regression, Strong, Oakley and Brennan, *Medical Decision Making* 34 (2014) 311–326), and judged by what the world itself
//! gains. Its mean is that of an action taken with what can be learned, never more than EVPPI; what is lost falls with the square of the
//! error of the regression, and the error over independent worlds is that of a mean. The same number with worlds shuffled is its floor.

mod basis;
mod benefit;
mod gains;
#[cfg(test)]
mod tests;

pub use benefit::{Benefit, BenefitError};
pub use gains::{Gains, Information, SHUFFLES, Verdict};

use super::{HALF_OF_95, Header, Valued, digits};
use crate::domain::{Grade, Month};
use crate::scenario::Decision;
use std::cmp::Ordering::Equal;

/// Everything that was found of a decision.
#[derive(Clone, Debug)]
pub struct Worth {
    /// Which scenario, and how many draws.
    pub header: Header,
    /// The decision.
    pub decision: Decision,
    /// How its actions compare.
    pub verdict: Verdict,
    /// What it would be worth to know each uncertain input, and last Beijing's type: key, grade and worth.
    pub inputs: Vec<(String, Option<Grade>, Information)>,
    /// What it would be worth to know all inputs of a decider together: its name, their keys and the worth.
    pub groups: Vec<(String, Vec<String>, Information)>,
    /// What it would be worth to see how the governments move until the end of a month.
    pub waiting: Vec<(Month, Information)>,
}

impl Worth {
    /// The inputs, those worth most first; what does not stand out of its floor comes last.
    pub fn ranked(&self) -> Vec<&(String, Option<Grade>, Information)> {
        ranked(&self.inputs, |input| &input.2)
    }

    /// The groups in the same order.
    pub fn ranked_groups(&self) -> Vec<&(String, Vec<String>, Information)> {
        ranked(&self.groups, |group| &group.2)
    }
}

fn ranked<T>(items: &[T], of: impl Fn(&T) -> &Information) -> Vec<&T> {
    let mut ranked: Vec<_> = items.iter().collect();
    let key = |item: &T| (of(item).stands_out(), of(item).worth.value);
    ranked.sort_by(|a, b| key(b).partial_cmp(&key(a)).unwrap_or(Equal));
    ranked
}

/// How much research could still teach about a number: its worth times the weakness of its grade.
pub fn research(grade: Option<Grade>, information: &Information) -> f64 {
    let weakness = match grade {
        Some(Grade::Filing) => 0.25,
        Some(Grade::Reported) => 0.5,
        Some(Grade::Derived) => 0.75,
        Some(Grade::Judgement) | None => 1.0,
    };
    if information.stands_out() { weakness * (information.worth.value - information.floor.0.max(0.0)) } else { 0.0 }
}

/// What was found, as text with aligned columns.
pub fn decision_table(found: &Worth) -> String {
    let Verdict { actions, behind, best_in, best, evpi, evpi_at_least } = &found.verdict;
    let mut lines = vec![["action", "net benefit", "behind the best", "best in worlds"].map(str::to_owned)];
    for (i, action) in found.decision.actions.iter().enumerate() {
        let gap = if i == *best { "best".to_owned() } else { said(behind[i]) };
        lines.push([action.name.clone(), said(actions[i]), gap, format!("{:.0}%", 100.0 * best_in[i])]);
    }
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths = [0, 1, 2, 3].map(width);
    let mut text = format!("{}\n", found.decision.title);
    for line in &lines {
        let [name, value, gap, share] = line;
        text += &format!(
            "{name:w0$}  {value:>w1$}  {gap:>w2$}  {share:>w3$}\n",
            w0 = widths[0],
            w1 = widths[1],
            w2 = widths[2],
            w3 = widths[3]
        );
    }
    let least = evpi_at_least.map_or(String::new(), |least| format!(", at least {}", said(least)));
    text += &format!("knowing the world before acting is worth at most {}{least}\n", said(*evpi));
    for (month, information) in &found.waiting {
        text += &format!("seeing both governments move until {month} is worth {}\n", told(information));
    }
    for (name, keys, information) in found.ranked_groups().into_iter().filter(|(_, keys, _)| keys.len() > 1).take(SHOWN) {
        text += &format!("knowing all {} uncertain inputs of {name} is worth {}\n", keys.len(), told(information));
    }
    for (key, _, information) in found.ranked().into_iter().take(SHOWN) {
        text += &format!("knowing {key} is worth {}\n", told(information));
    }
    text + HALF_OF_95
}

/// Inputs, and groups of them, in the short table.
const SHOWN: usize = 5;

fn said(value: Valued) -> String {
    value.with_reach(1.0)
}

fn told(information: &Information) -> String {
    match information.stands_out() {
        true => format!("{} (shuffled: {})", said(information.worth), digits::rounded(information.floor.0, information.worth.std_error)),
        false => "nothing beyond noise".to_owned(),
    }
}
