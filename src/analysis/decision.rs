//! Which action is best, and what knowing more would be worth (`model.md` section 9, item 5).
//!
//! A decision is taken before chance plays, so an action is judged by its mean net benefit over paths. With perfect information about
//! the world the best action of each world is taken: EVPI = E max_d E[NB_d | world] − max_d E NB_d. With information about one input the
//! best action of each part of its range is taken: EVPPI = Σ_b w_b max_d mean_b(NB_d) − max_d mean(NB_d).
//!
//! All actions of a world share its luck, so that their differences hold little chance. What is left makes the largest of several
//! means too large; the same number on a shuffled copy of the input is that bias, and EVPI is shown with the two numbers it lies between.

use super::{Header, Measure, MeasureError, digits};
use crate::domain::{Grade, Month};
use crate::model::Model;
use crate::scenario::{Decision, excerpt};
use crate::stats::Z95;
use std::cmp::Ordering::Equal;
use std::fmt;

/// A sum of measures with factors.
#[derive(Clone, Debug, PartialEq)]
pub struct Benefit {
    /// Its terms: factor and measure.
    pub terms: Vec<(f64, Measure)>,
    /// What is added to them.
    pub constant: f64,
}

/// Why a text is no net benefit.
#[derive(Clone, Debug, PartialEq)]
pub enum BenefitError {
    /// A term measures nothing known.
    Measure(MeasureError),
    /// It is not written as a sum.
    Form(String),
}

impl fmt::Display for BenefitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Measure(error) => error.fmt(f),
            Self::Form(rule) => f.write_str(rule),
        }
    }
}

impl std::error::Error for BenefitError {}

impl Benefit {
    /// Reads a sum such as `revenue - 4_250 * stranded + 2e9 * (delivered_T >= 250000) - 1e9`.
    ///
    /// # Errors
    /// If it is not written like this, or a term measures nothing known.
    pub fn parse(text: &str, model: &Model) -> Result<Self, BenefitError> {
        let mut benefit = Self { terms: Vec::new(), constant: 0.0 };
        for (sign, term) in terms(text) {
            let number = |text: &str| text.trim().replace('_', "").parse::<f64>().ok().filter(|n| n.is_finite());
            let inner =
                |text: &str| text.trim().strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(text.trim()).to_owned();
            let measure = |text: &str| Measure::parse(&inner(text), model).map_err(BenefitError::Measure);
            let parts: Vec<&str> = outside(&term, '*');
            match (parts.as_slice(), parts.first().and_then(|part| number(part)), parts.last().and_then(|part| number(part))) {
                ([_], Some(constant), _) => benefit.constant += sign * constant,
                ([only], None, _) => benefit.terms.push((sign, measure(only)?)),
                ([_, factor], Some(number), None) => benefit.terms.push((sign * number, measure(factor)?)),
                ([factor, _], None, Some(number)) => benefit.terms.push((sign * number, measure(factor)?)),
                _ => {
                    let rule = format!("\"{}\" is no term: write NUMBER * OUTCOME", excerpt(term.trim()));
                    return Err(BenefitError::Form(rule));
                }
            }
        }
        if let Some((_, wait)) = benefit.terms.iter().find(|(_, measure)| measure.censored_at().is_some()) {
            let rule = format!("{} may never end, and has no mean: make it a condition, such as ({} <= 12)", wait.text, wait.text);
            return Err(BenefitError::Form(rule));
        }
        if benefit.terms.is_empty() {
            return Err(BenefitError::Form(format!("\"{}\" names no outcome", excerpt(text))));
        }
        Ok(benefit)
    }

    /// What it measures.
    pub fn measures(&self) -> Vec<Measure> {
        self.terms.iter().map(|(_, measure)| measure.clone()).collect()
    }

    /// Its value from the means of its measures, each in its own unit.
    pub fn of(&self, means: &[f64]) -> f64 {
        self.terms.iter().zip(means).fold(self.constant, |sum, ((factor, _), mean)| sum + factor * mean)
    }
}

/// The parts of a text between a sign, outside brackets.
fn outside(text: &str, sign: char) -> Vec<&str> {
    let (mut parts, mut depth, mut from) = (Vec::new(), 0_i32, 0);
    for (at, c) in text.char_indices() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            c if c == sign && depth == 0 => {
                parts.push(&text[from..at]);
                from = at + c.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[from..]);
    parts
}

/// The terms of a sum with their signs. A sign inside a number (`1e-9`) or brackets is none.
fn terms(text: &str) -> Vec<(f64, String)> {
    let (mut found, mut depth, mut term, mut sign) = (Vec::new(), 0_i32, String::new(), 1.0);
    let chars: Vec<char> = text.chars().collect();
    for (i, c) in chars.iter().enumerate() {
        depth += i32::from(matches!(c, '(' | '[')) - i32::from(matches!(c, ')' | ']'));
        let before = chars[..i].iter().rev().find(|c| !c.is_whitespace());
        let is_inside = i > 0 && !chars[i - 1].is_whitespace() && chars.get(i + 1).is_some_and(char::is_ascii_digit);
        let is_sign = matches!(c, '+' | '-') && depth == 0 && !(is_inside && before.is_some_and(char::is_ascii_alphanumeric));
        if !is_sign {
            term.push(*c);
            continue;
        }
        if !term.trim().is_empty() {
            found.push((sign, std::mem::take(&mut term)));
            sign = 1.0;
        }
        sign = if *c == '-' { -sign } else { sign };
        term.clear();
    }
    found.push((sign, term));
    found
}

/// The net benefit of every action in every path.
#[derive(Clone, Debug, PartialEq)]
pub struct Gains {
    /// `[path][action]`, world by world.
    pub paths: Vec<Vec<f64>>,
    /// Paths of each world.
    pub per_world: usize,
}

/// A number with its Monte Carlo standard error over worlds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Valued {
    /// The value.
    pub value: f64,
    /// Its error.
    pub std_error: f64,
}

impl Valued {
    /// The 95% interval.
    pub fn interval(self) -> (f64, f64) {
        (self.value - Z95 * self.std_error, self.value + Z95 * self.std_error)
    }
}

/// What information about something would be worth.
#[derive(Clone, Debug, PartialEq)]
pub struct Information {
    /// The number itself.
    pub worth: Valued,
    /// The same where the information is shuffled, and so worth nothing: the mean and the largest of several shuffles.
    pub floor: (f64, f64),
}

impl Information {
    /// Whether it stands out of what shuffled information seems to be worth.
    pub fn stands_out(&self) -> bool {
        self.worth.value > self.floor.1
    }
}

/// What was found of a decision.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// Mean net benefit of each action.
    pub actions: Vec<Valued>,
    /// What each gives less than the best on the same luck; zero for the best.
    pub behind: Vec<Valued>,
    /// Share of worlds in which each is the best.
    pub best_in: Vec<f64>,
    /// Position of the best.
    pub best: usize,
    /// What perfect information about the world would be worth, at most: the best action by the very paths it is judged by.
    pub evpi: Valued,
    /// At least: the best action by half of the paths, judged by the other half; `None` with one path a world.
    pub evpi_at_least: Option<Valued>,
}

/// Shuffles behind a floor.
pub const SHUFFLES: usize = 20;

impl Gains {
    /// Judges the actions.
    pub fn verdict(&self) -> Verdict {
        let worlds = self.means(0, 1);
        let actions: Vec<Valued> = (0..self.actions()).map(|d| valued(worlds.iter().map(|world| world[d]))).collect();
        let best = best_of(actions.iter().map(|action| action.value));
        let behind = (0..self.actions()).map(|d| valued(worlds.iter().map(|world| world[best] - world[d]))).collect();
        let winners: Vec<usize> = worlds.iter().map(|world| best_of(world.iter().copied())).collect();
        let share = |d: usize| winners.iter().filter(|winner| **winner == d).count() as f64 / winners.len().max(1) as f64;
        let halves = (self.per_world > 1).then(|| [self.means(0, 2), self.means(1, 2)]);
        let crossed = |[even, odd]: [Vec<Vec<f64>>; 2]| {
            let judged = |chosen: &[f64], by: &[f64]| by[best_of(chosen.iter().copied())] - by[best];
            let worlds: Vec<f64> = even.iter().zip(&odd).map(|(even, odd)| (judged(even, odd) + judged(odd, even)) / 2.0).collect();
            valued(worlds.into_iter())
        };
        Verdict {
            best_in: (0..self.actions()).map(share).collect(),
            evpi: valued(worlds.iter().zip(&winners).map(|(world, winner)| world[*winner] - world[best])),
            evpi_at_least: halves.map(crossed),
            actions,
            behind,
            best,
        }
    }

    /// The gains of worlds instead of paths.
    pub fn of_worlds(&self) -> Self {
        Self { paths: self.means(0, 1), per_world: 1 }
    }

    /// The mean over every `step`-th path of each world, from the `first` on.
    fn means(&self, first: usize, step: usize) -> Vec<Vec<f64>> {
        let mean = |world: &[Vec<f64>]| {
            let chosen = || world.iter().skip(first).step_by(step);
            let count = chosen().count() as f64;
            (0..self.actions()).map(|d| chosen().map(|path| path[d]).sum::<f64>() / count).collect()
        };
        self.paths.chunks(self.per_world.max(1)).map(mean).collect()
    }

    /// What it would be worth to know in which class a path is. `shuffles` give the paths in random orders.
    pub fn information(&self, classes: &[usize], shuffles: &[Vec<usize>]) -> Information {
        let worth = self.worth(classes);
        let floors: Vec<f64> =
            shuffles.iter().map(|order| self.worth(&order.iter().map(|i| classes[*i]).collect::<Vec<_>>()).value).collect();
        let mean = floors.iter().sum::<f64>() / floors.len().max(1) as f64;
        Information { worth, floor: (mean, floors.iter().copied().fold(0.0, f64::max)) }
    }

    /// Σ_b w_b max_d mean_b(NB_d) − max_d mean(NB_d), with the error of the actions so chosen.
    fn worth(&self, classes: &[usize]) -> Valued {
        let count = classes.iter().max().map_or(0, |most| most + 1);
        let mut sums = vec![vec![0.0; self.actions()]; count];
        let mut all = vec![0.0; self.actions()];
        for (path, class) in self.paths.iter().zip(classes) {
            sums[*class].iter_mut().zip(path).for_each(|(sum, gain)| *sum += gain);
            all.iter_mut().zip(path).for_each(|(sum, gain)| *sum += gain);
        }
        let chosen: Vec<usize> = sums.iter().map(|sums| best_of(sums.iter().copied())).collect();
        let best = best_of(all.iter().copied());
        let gained: Vec<f64> = self.paths.iter().zip(classes).map(|(path, class)| path[chosen[*class]] - path[best]).collect();
        let worlds: Vec<f64> = gained.chunks(self.per_world.max(1)).map(|world| world.iter().sum::<f64>() / world.len() as f64).collect();
        valued(worlds.into_iter())
    }

    fn actions(&self) -> usize {
        self.paths.first().map_or(0, Vec::len)
    }
}

/// Classes of equally many worlds by the value of an input, about the cube root of the worlds but 50 at most. Equal values share a class.
pub fn classes(values: &[f64]) -> Vec<usize> {
    let count = (libm::cbrt(values.len() as f64) as usize).clamp(1, 50);
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut classes = vec![0; values.len()];
    let mut last = None;
    for (rank, world) in order.into_iter().enumerate() {
        let class = match last {
            Some((value, class)) if value == values[world] => class,
            _ => rank * count / values.len(),
        };
        last = Some((values[world], class));
        classes[world] = class;
    }
    classes
}

/// Position of the largest; the first of equals.
fn best_of(values: impl Iterator<Item = f64>) -> usize {
    values.enumerate().fold((0, f64::NEG_INFINITY), |best, (i, value)| if value > best.1 { (i, value) } else { best }).0
}

/// Mean and its standard error over worlds.
fn valued(values: impl Iterator<Item = f64> + Clone) -> Valued {
    let (count, sum) = values.clone().fold((0.0, 0.0), |(count, sum), value| (count + 1.0, sum + value));
    let mean = sum / count;
    let squares: f64 = values.map(|value| (value - mean) * (value - mean)).sum();
    Valued { value: mean, std_error: libm::sqrt(squares / (count * (count - 1.0))) }
}

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
    /// What it would be worth to see how the governments move until the end of a month.
    pub waiting: Vec<(Month, Information)>,
}

impl Worth {
    /// The inputs, those worth most first; what does not stand out of its floor comes last.
    pub fn ranked(&self) -> Vec<&(String, Option<Grade>, Information)> {
        let mut ranked: Vec<_> = self.inputs.iter().collect();
        ranked.sort_by(|a, b| (b.2.stands_out(), b.2.worth.value).partial_cmp(&(a.2.stands_out(), a.2.worth.value)).unwrap_or(Equal));
        ranked
    }
}

/// How much research could still teach about a number: its worth times the weakness of its grade.
pub fn research(grade: Option<Grade>, information: &Information) -> f64 {
    let weakness = match grade {
        Some(Grade::Filing) => 0.25,
        Some(Grade::Reported) => 0.5,
        Some(Grade::Derived) => 0.75,
        Some(Grade::Judgement) | None => 1.0,
    };
    if information.stands_out() { weakness * (information.worth.value - information.floor.0) } else { 0.0 }
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
    for (key, _, information) in found.ranked().into_iter().take(SHOWN) {
        text += &format!("knowing {key} is worth {}\n", told(information));
    }
    text
}

/// Inputs in the short table.
const SHOWN: usize = 5;

fn said(value: Valued) -> String {
    format!("{} ± {}", digits::rounded(value.value, value.std_error), digits::error(value.std_error))
}

fn told(information: &Information) -> String {
    match information.stands_out() {
        true => format!("{} (shuffled: {})", said(information.worth), digits::rounded(information.floor.0, information.worth.std_error)),
        false => "nothing beyond noise".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Φ⁻¹ at the middle of each of n equal parts, by bisection of erfc, shuffled by a stride.
    fn normals(n: usize, stride: usize) -> Vec<f64> {
        let quantile = |p: f64| {
            let (mut low, mut high) = (-9.0_f64, 9.0_f64);
            for _ in 0..60 {
                let middle = (low + high) / 2.0;
                *(if 0.5 * libm::erfc(-middle / std::f64::consts::SQRT_2) < p { &mut low } else { &mut high }) = middle;
            }
            low
        };
        (0..n).map(|i| quantile(((i * stride % n) as f64 + 0.5) / n as f64)).collect()
    }

    #[test]
    fn perfect_and_partial_information_are_worth_what_oracle_27_says() {
        // Two options, the second gains N(.5 B, (2 B)²): EVPI .572689 B; a signal of correlation .6 is worth .269696 B.
        let n = 40_000;
        let (signal, noise) = (normals(n, 1), normals(n, 15_331));
        let gain: Vec<f64> = signal.iter().zip(&noise).map(|(s, e)| 0.5 + 2.0 * (0.6 * s + 0.8 * e)).collect();
        let gains = Gains { paths: gain.iter().map(|gain| vec![0.0, *gain]).collect(), per_world: 1 };
        let verdict = gains.verdict();
        assert_eq!((verdict.best, verdict.evpi_at_least), (1, None));
        assert!((verdict.evpi.value - 0.572_689).abs() <= 4.0 * verdict.evpi.std_error, "{:?}", verdict.evpi);
        // P(gain < 0) = Φ(−.25) = .401294.
        assert!((verdict.best_in[0] - 0.401_294).abs() < 0.01, "{:?}", verdict.best_in);
        let identity: Vec<usize> = (0..n).map(|i| i * 7_919 % n).collect();
        let found = gains.information(&classes(&signal), &[identity]);
        assert!((found.worth.value - 0.269_696).abs() <= 4.0 * found.worth.std_error, "{found:?}");
        // 34 classes of 1,176 worlds: shuffled, a class errs on the side of the other option with Φ(−.25 √1176) = 5e-18.
        assert!(found.floor.1 < 1e-9 && found.stands_out(), "{found:?}");
    }

    #[test]
    fn halves_bound_what_chance_makes_too_large() {
        // Four worlds of two paths; the second action gains ±1 by chance alone, so information is worth nothing.
        let path = |gain: f64| vec![0.0, gain];
        let paths = [1.0, 1.0, 1.0, -1.0, -1.0, 1.0, -1.0, -1.0].map(path).to_vec();
        let verdict = Gains { paths, per_world: 2 }.verdict();
        // The means tie, and the first action is best. By all paths one world of four gains 1: a quarter too much.
        assert_eq!((verdict.best, verdict.evpi.value), (0, 0.25));
        // By halves: worlds 1 to 4 gain 1, (−1 + 0) / 2, (0 − 1) / 2 and 0.
        assert_eq!(verdict.evpi_at_least.unwrap().value, 0.0);
        assert_eq!(verdict.best_in, [0.75, 0.25]);
    }

    #[test]
    fn what_is_seen_in_a_path_is_worth_what_it_tells() {
        // The class tells the gain of ±1 of the second action exactly: half of the paths gain 1. Errors are those of worlds.
        let paths: Vec<Vec<f64>> = (0..8).map(|i| vec![0.0, if i % 2 == 0 { 1.0 } else { -1.0 }]).collect();
        let found = Gains { paths, per_world: 2 }.information(&[0, 1, 0, 1, 0, 1, 0, 1], &[]);
        assert_eq!(found.worth, Valued { value: 0.5, std_error: 0.0 });
    }

    #[test]
    fn classes_are_equally_many_and_equal_values_are_not_parted() {
        let values: Vec<f64> = (0..1000).map(f64::from).collect();
        let found = classes(&values);
        assert!((0..10).all(|class| found.iter().filter(|c| **c == class).count() == 100));
        assert_eq!(classes(&[1.0; 30]), [0; 30]);
    }

    #[test]
    fn sums_are_read_with_their_signs() {
        let read = |text: &str| terms(text).into_iter().map(|(sign, term)| (sign, term.trim().to_owned())).collect::<Vec<_>>();
        assert_eq!(read("revenue - 4_250 * stranded"), [(1.0, "revenue".to_owned()), (-1.0, "4_250 * stranded".to_owned())]);
        assert_eq!(read("-a + b"), [(-1.0, "a".to_owned()), (1.0, "b".to_owned())]);
        assert_eq!(read("1e-9 * a - delivered(2026-06)"), [(1.0, "1e-9 * a".to_owned()), (-1.0, "delivered(2026-06)".to_owned())]);
        assert_eq!(read("2*(t_first <= 12)+1"), [(1.0, "2*(t_first <= 12)".to_owned()), (1.0, "1".to_owned())]);
    }
}
