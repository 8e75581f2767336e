//! From rows to indices.

use super::design::{Design, Row, Whole};
use super::estimate::Estimator;
use super::pawn::{self, Curves};
use super::ranks;
use super::{Audit, Effect, GroupEffect, InputEffects, MonthShares, OutcomeEffects, Response, Tornado, Valued};

/// Copies of an input or a group without effect, of which the largest is the floor: a real null passes it once in twenty.
const COPIES: usize = 19;

/// The rows of a run with the values that their inputs have.
pub struct Rows<'a> {
    design: &'a Design,
    rows: &'a [Row],
    /// `[input][world]`: the values of the inputs in the worlds A, then in the worlds B.
    values: Vec<Vec<f64>>,
}

impl<'a> Rows<'a> {
    /// Rows, of which `values` tells the inputs' values at their ranks.
    pub fn new(design: &'a Design, rows: &'a [Row], values: impl Fn(&[f64]) -> Vec<f64>) -> Self {
        let mut all = Self { design, rows, values: Vec::new() };
        let worlds: Vec<Vec<f64>> = all.worlds().map(|world| values(&world.ranks)).collect();
        all.values = (0..design.inputs()).map(|input| worlds.iter().map(|values| values[input]).collect()).collect();
        all
    }

    /// The worlds A, then the worlds B: independent draws.
    fn worlds(&self) -> impl Iterator<Item = &'a Whole> {
        self.rows.iter().map(|row| &row.a).chain(self.rows.iter().map(|row| &row.b))
    }

    fn mean(&self, of: impl Fn(&Row) -> f64) -> Estimator {
        Estimator::mean(self.rows.iter().map(of).collect())
    }

    /// The mean outcome of all worlds A and B.
    fn centre(&self, response: usize) -> Estimator {
        self.mean(|row| (row.a.levels[response].mean + row.b.levels[response].mean) / 2.0)
    }

    /// The variance of the mean of a world: what is not known. The variance that luck gives that mean is taken off.
    fn ignorance(&self, response: usize, centre: f64) -> Estimator {
        let worlds = 2.0 * self.rows.len() as f64;
        self.mean(|row| {
            let [a, b] = [&row.a, &row.b].map(|world| world.levels[response]);
            let squares = (a.mean - centre) * (a.mean - centre) + (b.mean - centre) * (b.mean - centre);
            (squares * worlds / (worlds - 1.0) - a.noise - b.noise) / 2.0
        })
    }

    /// The variance of the paths of a world: luck.
    fn luck(&self, response: usize, paths: f64) -> Estimator {
        self.mean(|row| (row.a.levels[response].noise + row.b.levels[response].noise) / 2.0 * paths)
    }

    /// All about one chosen outcome.
    pub fn outcome(&self, chosen: usize) -> OutcomeEffects {
        let centre = self.centre(chosen);
        let whole = self.ignorance(chosen, centre.value);
        let paths = self.rows.first().map_or(0, |row| row.a.paths[chosen].len()) as f64;
        let luck = self.luck(chosen, paths);
        let totals: Vec<Estimator> = (0..self.design.inputs()).map(|i| self.total(chosen, i, &whole)).collect();
        let places = places(&totals);
        let correlations = self.correlations(chosen);
        let worlds: Vec<&[f64]> = self.worlds().map(|world| &world.paths[chosen][..]).collect();
        let curves = Curves::new(&worlds);
        let effects = |input: usize| {
            let (pawn, pawn_floor) = curves.index_and_floor(&pawn::bins(&self.values[input]), COPIES);
            InputEffects {
                first: finite(self.first(chosen, input, centre.value, &whole).measure()),
                total: finite(totals[input].measure()),
                place: places[input],
                rank: correlations[input].0,
                partial: correlations[input].1,
                pawn: finite(pawn),
                pawn_floor,
                tornado: self.tornado(chosen, input),
            }
        };
        let inputs = (0..self.design.inputs()).map(effects).collect();
        let total = Estimator::sum([&whole, &luck]);
        OutcomeEffects {
            mean: centre.measure(),
            std_dev: total.value.max(0.0).sqrt(),
            ignorance: finite(whole.over(&total).measure()),
            inputs,
            groups: self.groups(chosen, centre.value),
        }
    }

    /// First-order index by Jansen's estimator, with a fitted weight on the part of it whose mean is zero.
    fn first(&self, chosen: usize, input: usize, centre: f64, whole: &Estimator) -> Estimator {
        let gain = |row: &Row, control: bool| {
            let from = row.a.levels[chosen].mean - centre;
            let to = row.exchanges[input].means[chosen] - centre;
            gain(row.b.levels[chosen].mean - centre, from, to, control)
        };
        self.mean(|row| gain(row, false)).over(whole).controlled(&self.mean(|row| gain(row, true)))
    }

    /// Total index by Jansen's estimator.
    fn total(&self, chosen: usize, input: usize, whole: &Estimator) -> Estimator {
        self.mean(|row| row.exchanges[input].squares[chosen] / 2.0).over(whole)
    }

    fn tornado(&self, chosen: usize, input: usize) -> Option<Tornado> {
        let rows: Vec<&Row> = self.rows.iter().filter(|row| !row.ends.is_empty()).collect();
        let change = |from: fn(&Row, usize, usize) -> f64, to: fn(&Row, usize, usize) -> f64| {
            Estimator::mean(rows.iter().map(|row| to(row, input, chosen) - from(row, input, chosen)).collect()).measure()
        };
        let (low, high) = (|r: &Row, i: usize, c: usize| r.ends[i][0][c], |r: &Row, i: usize, c: usize| r.ends[i][1][c]);
        let middle = |r: &Row, _: usize, c: usize| r.a.levels[c].mean;
        (rows.len() > 1).then(|| Tornado { low: change(middle, low), high: change(middle, high), change: change(low, high) })
    }

    /// Of each input, Spearman's rank correlation with the mean of the world, and the one with the other inputs held.
    fn correlations(&self, chosen: usize) -> Vec<(Option<Effect>, Option<Effect>)> {
        let means: Vec<f64> = self.worlds().map(|world| world.levels[chosen].mean).collect();
        let lists: Vec<&[f64]> = self.values.iter().map(|values| &values[..]).chain([&means[..]]).collect();
        ranks::correlations(&lists)
    }

    /// What each group adds to the explained variance, averaged over the orders of the rows. `turned` pairs a row with another's A.
    fn gains(&self, response: usize, centre: f64, turned: usize) -> Vec<Estimator> {
        let n = self.rows.len();
        let of = |group: usize, control: bool| {
            let rows = self.rows.iter().enumerate().map(|(j, row)| {
                let place = row.order.iter().position(|other| *other == group).unwrap_or(0);
                let anchor = self.rows[(j + turned) % n].a.levels[response].mean;
                gain(anchor - centre, row.chain[place][response] - centre, row.chain[place + 1][response] - centre, control)
            });
            Estimator::mean(rows.collect())
        };
        (0..self.design.groups).map(|group| of(group, false).controlled(&of(group, true))).collect()
    }

    fn groups(&self, response: usize, centre: f64) -> Vec<GroupEffect> {
        let gains = self.gains(response, centre, 0);
        let whole = Estimator::sum(&gains);
        let n = self.rows.len();
        let copies: Vec<Vec<Estimator>> = (1..=COPIES).map(|copy| self.gains(response, centre, copy * n / (COPIES + 1))).collect();
        let floor = |group: usize| copies.iter().map(|gains| gains[group].value / whole.value).fold(0.0, f64::max);
        let share = |group: usize| finite(gains[group].over(&whole).measure());
        (0..gains.len()).map(|group| GroupEffect { share: share(group), floor: Some(floor(group)).filter(|f| f.is_finite()) }).collect()
    }

    /// Of a response that is followed over time, the shares of its variance.
    pub fn month(&self, month: usize, paths: f64) -> Option<MonthShares> {
        let response = self.design.chosen.len() + month;
        let centre = self.centre(response).value;
        let (gains, luck) = (self.gains(response, centre, 0), self.luck(response, paths));
        let total = Estimator::sum(gains.iter().chain([&luck]));
        let share = |part: &Estimator| finite(part.over(&total).measure());
        Some(MonthShares { luck: share(&luck)?, groups: gains.iter().map(share).collect::<Option<_>>()? })
    }

    /// What responds to what, of all that was recorded.
    pub fn audit(&self) -> Audit {
        let cells = self.rows.first().map_or(0, |row| row.range.len());
        let moves = |input: usize, cell: usize| self.rows.iter().any(|row| row.exchanges[input].moved[cell]);
        let moved_by: Vec<Vec<bool>> = (0..cells).map(|cell| (0..self.design.inputs()).map(|input| moves(input, cell)).collect()).collect();
        let response = |cell: usize| {
            let least = self.rows.iter().map(|row| row.range[cell][0]).fold(f64::NAN, f64::min);
            let most = self.rows.iter().map(|row| row.range[cell][1]).fold(f64::NAN, f64::max);
            Response { varies: least < most, moved_by: moved_by[cell].clone() }
        };
        Audit { cells: (0..cells).map(response).collect() }
    }
}

/// Part of the covariance of an anchor with what changes from one value to another; or the part of Jansen's estimator whose mean is
/// zero, since both values have one law: half the difference of their squares.
///
/// With weight 1 on the latter it is Jansen's: `(b − a)² / 2 − (b − x)² / 2 = (x − a) b − (x² − a²) / 2`.
fn gain(anchor: f64, from: f64, to: f64, control: bool) -> f64 {
    if control { (to * to - from * from) / 2.0 } else { anchor * (to - from) }
}

/// The best and the worst place that each input may have by its total index: 1, and one more for every input that is larger beyond
/// noise; the last, and one less for every one that is smaller beyond noise.
fn places(totals: &[Estimator]) -> Vec<(usize, usize)> {
    let beyond = |a: &Estimator, b: &Estimator| {
        let difference = a.less(1.0, b).measure();
        difference.value > 0.0 && difference.is_real()
    };
    let of = |own: &Estimator| {
        let (above, below) = totals
            .iter()
            .fold((0, 0), |(above, below), other| (above + usize::from(beyond(other, own)), below + usize::from(beyond(own, other))));
        (1 + above, totals.len() - below)
    };
    totals.iter().map(of).collect()
}

fn finite(measure: Valued) -> Option<Valued> {
    (measure.value.is_finite() && measure.std_error.is_finite()).then_some(measure)
}
