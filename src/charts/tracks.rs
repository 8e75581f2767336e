//! Monthly numbers as points of a chart, with gaps where a number is not defined.

use crate::analysis::{Estimate, Summary};

/// One number a month, where it is defined.
#[derive(Clone, Debug, PartialEq)]
pub struct Track(pub Vec<Option<f64>>);

impl Track {
    /// A number of a total series; `None` if the run did not record the series, or the number in no month.
    pub fn of(summary: &Summary, metric: &str, number: impl Fn(&Estimate) -> Option<f64>) -> Option<Self> {
        let months = &summary.series(metric, None)?.months;
        let values: Vec<_> = months.iter().map(|e| number(e).filter(|v| v.is_finite())).collect();
        values.iter().any(Option::is_some).then_some(Self(values))
    }

    /// The number at the end of a month.
    pub fn at(&self, month: usize) -> Option<f64> {
        self.0.get(month).copied().flatten()
    }

    /// The last defined number.
    pub fn last(&self) -> Option<f64> {
        self.0.iter().rev().find_map(|v| *v)
    }

    /// The largest number; 0 if there is none above.
    pub fn highest(&self) -> f64 {
        self.0.iter().flatten().copied().fold(0.0, f64::max)
    }

    /// Unbroken lines through the ends of months; what begins with the first month begins at `start`.
    pub fn lines(&self, start: f64) -> Vec<Vec<(f64, f64)>> {
        unbroken(self.0.len(), |i| self.at(i)).into_iter().map(|run| from_start(run, start)).collect()
    }

    /// Outlines of what lies between this and `lower`.
    pub fn bands(&self, lower: &Self, start: f64) -> Vec<Vec<(f64, f64)>> {
        let both = |i: usize| Some((self.at(i)?, lower.at(i)?));
        let outline = |run: Vec<(f64, (f64, f64))>| {
            let upper = run.iter().map(|(x, (up, _))| (*x, *up)).collect();
            let lower = run.iter().map(|(x, (_, low))| (*x, *low)).collect();
            let mut corners = from_start(upper, start);
            corners.extend(from_start(lower, start).into_iter().rev());
            corners
        };
        unbroken(self.0.len(), both).into_iter().map(outline).collect()
    }

    /// The number across the whole of each month, for what holds for a month or is counted in it.
    pub fn steps(&self) -> Vec<Vec<(f64, f64)>> {
        let across = |run: Vec<(f64, f64)>| run.into_iter().flat_map(|(end, v)| [(end - 1.0, v), (end, v)]).collect();
        unbroken(self.0.len(), |i| self.at(i)).into_iter().map(across).collect()
    }

    /// Unbroken lines through the ends of months where nothing is known of the start; a lone month is a line across it.
    pub fn open_lines(&self) -> Vec<Vec<(f64, f64)>> {
        unbroken(self.0.len(), |i| self.at(i)).into_iter().map(at_least_a_month).collect()
    }

    /// Outlines of what lies between this and `lower` where nothing is known of the start.
    pub fn open_bands(&self, lower: &Self) -> Vec<Vec<(f64, f64)>> {
        let both = |i: usize| Some((self.at(i)?, lower.at(i)?));
        let outline = |run: Vec<(f64, (f64, f64))>| {
            let run = at_least_a_month(run);
            let upper = run.iter().map(|(x, (up, _))| (*x, *up));
            upper.chain(run.iter().rev().map(|(x, (_, low))| (*x, *low))).collect()
        };
        unbroken(self.0.len(), both).into_iter().map(outline).collect()
    }
}

/// Stretches of months in which a value is defined, each at the x of its month's end.
fn unbroken<T>(months: usize, value: impl Fn(usize) -> Option<T>) -> Vec<Vec<(f64, T)>> {
    let mut runs = vec![Vec::new()];
    for i in 0..months {
        match (value(i), runs.last_mut()) {
            (Some(v), Some(run)) => run.push(((i + 1) as f64, v)),
            (None, Some(run)) if !run.is_empty() => runs.push(Vec::new()),
            _ => {}
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}

fn from_start(mut run: Vec<(f64, f64)>, start: f64) -> Vec<(f64, f64)> {
    if run.first().is_some_and(|(x, _)| *x == 1.0) {
        run.insert(0, (0.0, start));
    }
    run
}

fn at_least_a_month<T: Copy>(mut run: Vec<(f64, T)>) -> Vec<(f64, T)> {
    if let [(end, value)] = run[..] {
        run.insert(0, (end - 1.0, value));
    }
    run
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_breaks_a_line_and_the_first_month_begins_at_the_start() {
        let track = Track(vec![Some(1.0), None, Some(3.0), Some(4.0)]);
        assert_eq!(track.lines(0.0), [vec![(0.0, 0.0), (1.0, 1.0)], vec![(3.0, 3.0), (4.0, 4.0)]]);
        let lower = Track(vec![Some(0.5), None, None, Some(2.0)]);
        assert_eq!(track.bands(&lower, 0.0), [vec![(0.0, 0.0), (1.0, 1.0), (1.0, 0.5), (0.0, 0.0)], vec![(4.0, 4.0), (4.0, 2.0)]]);
    }

    #[test]
    fn without_a_start_a_line_begins_with_its_first_month_and_a_lone_month_is_as_wide_as_it_is() {
        let track = Track(vec![Some(1.0), None, Some(3.0), Some(4.0)]);
        assert_eq!(track.open_lines(), [vec![(0.0, 1.0), (1.0, 1.0)], vec![(3.0, 3.0), (4.0, 4.0)]]);
        assert_eq!(track.steps(), [vec![(0.0, 1.0), (1.0, 1.0)], vec![(2.0, 3.0), (3.0, 3.0), (3.0, 4.0), (4.0, 4.0)]]);
        let lower = Track(vec![Some(0.5), None, Some(2.0), Some(2.5)]);
        let lone = vec![(0.0, 1.0), (1.0, 1.0), (1.0, 0.5), (0.0, 0.5)];
        assert_eq!(track.open_bands(&lower), [lone, vec![(3.0, 3.0), (4.0, 4.0), (4.0, 2.5), (3.0, 2.0)]]);
    }
}
