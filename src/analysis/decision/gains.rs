//! The net benefit of actions in every path, and what knowing more before acting would be worth.

use super::basis::{self, Basis};
use crate::analysis::Valued;

/// The net benefit of every action in every path.
#[derive(Clone, Debug, PartialEq)]
pub struct Gains {
    /// `[path][action]`, world by world.
    pub paths: Vec<Vec<f64>>,
    /// Paths of each world.
    pub per_world: usize,
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
/// Folds of worlds: what is done in one is learned from the others.
const FOLDS: usize = 5;

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
    ///
    /// The action of a class is the one that was best in it in the other folds of worlds.
    pub fn information(&self, classes: &[usize], shuffles: &[Vec<usize>]) -> Information {
        self.with_floor(shuffles, |gains| gains.chosen_in(classes))
    }

    /// What it would be worth to know several inputs together: `inputs[i][world]` are their values, the gains those of worlds.
    /// `shuffles` give the worlds in random orders.
    ///
    /// The action of a world is the one of which the other folds of worlds, by regression on the inputs, expect most.
    pub fn information_of(&self, inputs: &[&[f64]], shuffles: &[Vec<usize>]) -> Information {
        let (worlds, terms) = (self.paths.len(), basis::terms(inputs));
        let teaches = |fold: usize| move |world: usize| world % FOLDS != fold;
        let learned: [_; FOLDS] = std::array::from_fn(teaches);
        let bases: Vec<Basis<'_>> = learned.iter().map(|teaches| Basis::new(&terms, worlds, teaches)).collect();
        self.with_floor(shuffles, |gains| {
            let mut expected = vec![vec![0.0; self.actions()]; worlds];
            for action in 1..self.actions() {
                let beyond: Vec<f64> = gains.paths.iter().map(|world| world[action] - world[0]).collect();
                for (fold, basis) in bases.iter().enumerate() {
                    let predicted = basis.predict(&beyond);
                    (fold..worlds).step_by(FOLDS).for_each(|world| expected[world][action] = predicted[world]);
                }
            }
            expected.into_iter().map(|expected| best_of(expected.into_iter())).collect()
        })
    }

    fn with_floor(&self, shuffles: &[Vec<usize>], choose: impl Fn(&Self) -> Vec<usize>) -> Information {
        let shuffled = |order: &Vec<usize>| Self { paths: order.iter().map(|i| self.paths[*i].clone()).collect(), ..*self };
        let floors: Vec<f64> = shuffles.iter().map(shuffled).map(|gains| gains.worth(&choose(&gains)).value).collect();
        let mean = floors.iter().sum::<f64>() / floors.len().max(1) as f64;
        Information { worth: self.worth(&choose(self)), floor: (mean, floors.iter().copied().fold(0.0, f64::max)) }
    }

    /// The mean gain of the actions chosen for each path over that of the best single one.
    fn worth(&self, chosen: &[usize]) -> Valued {
        let best = best_of((0..self.actions()).map(|d| self.paths.iter().map(|path| path[d]).sum()));
        let gained: Vec<f64> = self.paths.iter().zip(chosen).map(|(path, chosen)| path[*chosen] - path[best]).collect();
        valued(gained.chunks(self.per_world.max(1)).map(|world| world.iter().sum::<f64>() / world.len() as f64))
    }

    /// For each path the action that was best in its class in the other folds; in all classes of them if its own is not among them.
    fn chosen_in(&self, classes: &[usize]) -> Vec<usize> {
        let count = classes.iter().max().map_or(0, |most| most + 1);
        let fold_of = |path: usize| path / self.per_world.max(1) % FOLDS;
        let mut sums = vec![vec![vec![0.0; self.actions()]; count]; FOLDS];
        let mut met = vec![vec![0_u64; count]; FOLDS];
        for (i, (path, class)) in self.paths.iter().zip(classes).enumerate() {
            met[fold_of(i)][*class] += 1;
            sums[fold_of(i)][*class].iter_mut().zip(path).for_each(|(sum, gain)| *sum += gain);
        }
        let others = |fold: usize| (0..FOLDS).filter(move |other| *other != fold);
        let best = |fold: usize, class: usize| {
            let is_met = others(fold).any(|other| met[other][class] > 0);
            let of_it = || others(fold).flat_map(|other| &sums[other]).enumerate().filter(|(i, _)| !is_met || i % count == class);
            best_of((0..self.actions()).map(|d| of_it().map(|(_, sums)| sums[d]).sum()))
        };
        let best: Vec<Vec<usize>> = (0..FOLDS).map(|fold| (0..count).map(|class| best(fold, class)).collect()).collect();
        classes.iter().enumerate().map(|(i, class)| best[fold_of(i)][*class]).collect()
    }

    fn actions(&self) -> usize {
        self.paths.first().map_or(0, Vec::len)
    }
}

/// Position of the largest; the first of equals.
fn best_of(values: impl Iterator<Item = f64>) -> usize {
    values.enumerate().fold((0, f64::NEG_INFINITY), |best, (i, value)| if value > best.1 { (i, value) } else { best }).0
}

/// Mean and its standard error over worlds.
fn valued(values: impl Iterator<Item = f64> + Clone) -> Valued {
    let (count, sum) = values.clone().fold((0.0, 0.0), |(count, sum), value| (count + 1.0, sum + value));
    let mean = sum / count;
    Valued::of_mean(mean, values.map(|value| value - mean))
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
        let found = gains.information_of(&[&signal], &[identity]);
        assert!((found.worth.value - 0.269_696).abs() <= 4.0 * found.worth.std_error, "{found:?}");
        // Shuffled, a term that stands out by chance has a coefficient of about 2 / √32,000, far from the .5 that would be given up.
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
}
