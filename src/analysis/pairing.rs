//! One record for several scenarios: each one's values, then what each gives more than the first in the same path.
//!
//! Differences are taken path by path in whole numbers and counted like any other value, so that they cost
//! no second pass and their errors hold what common random numbers take away.

use super::summarise::{View, in_unit, summarise_view};
use super::{Comparison, Contrast, Difference, Header, Measure, MonthlyDifference, OutcomeDifference, PROBABILITIES, Summary};
use crate::domain::{Month, Quarter};
use crate::lanes::{Row, each};
use crate::model::{BuyerOutcome, CATEGORIES, Layout, Outcome, Series, names};
use crate::stats::{Cell, Record, Rows, Sample, Sheet, Tally, TallyShape, UNDEFINED};
use std::ops::Range;

/// The monthly series that are also compared by buyer; of the others only totals are kept.
const BY_BUYER: [&str; 1] = ["delivered"];

/// Where the values of every scenario, and their differences, lie in one record.
#[derive(Clone, Debug)]
pub struct Pairing {
    parts: Vec<Part>,
    links: Vec<Links>,
    /// Months of the longest scenario.
    months: usize,
    monthly_cells: usize,
    outcome_cells: usize,
}

/// One scenario.
#[derive(Clone, Debug)]
struct Part {
    header: Header,
    /// Its catalogue, with the kept series and outcomes only.
    layout: Layout,
    /// Where each kept series begins in the scenario's own record.
    sources: Vec<usize>,
    /// Where its values begin in the common record.
    view: View,
}

/// What is subtracted for one scenario after the first.
#[derive(Clone, Debug)]
struct Links {
    start: Month,
    months: usize,
    monthly: Vec<MonthlyLink>,
    outcomes: Vec<OutcomeLink>,
    /// Where the differences begin in the common record.
    monthly_at: usize,
    outcomes_at: usize,
}

/// A series of both: where its first common month lies in the common record.
#[derive(Clone, Debug)]
struct MonthlyLink {
    series: Series,
    reference: usize,
    other: usize,
}

/// An outcome of both, with its cells in the common record and its rows in the catalogues.
#[derive(Clone, Debug)]
struct OutcomeLink {
    row: usize,
    reference: usize,
    other_row: usize,
    other: usize,
}

impl Pairing {
    /// Lays out the common record of scenarios, each with its catalogue and the names of what it records; the first is the reference.
    pub fn new(scenarios: Vec<(Header, &Layout, &[String])>) -> Self {
        let months = scenarios.iter().map(|(_, layout, _)| layout.months).max().unwrap_or(0);
        let mut pairing = Self { parts: Vec::new(), links: Vec::new(), months, monthly_cells: 0, outcome_cells: 0 };
        for (position, (header, layout, list)) in scenarios.into_iter().enumerate() {
            let view = View { monthly: pairing.monthly_cells, outcomes: pairing.outcome_cells, categories: position * CATEGORIES.len() };
            let is_kept = |series: &Series| is_compared(series) && names(list, series.metric.name);
            let kept: Vec<usize> = (0..layout.monthly.len()).filter(|i| is_kept(&layout.monthly[*i])).collect();
            let monthly = kept.iter().map(|i| layout.monthly[*i]).collect();
            let outcomes = layout.outcomes.iter().filter(|outcome| names(list, &outcome.name)).cloned().collect();
            let reduced = Layout { monthly, outcomes, ..layout.clone() };
            pairing.monthly_cells += kept.len() * layout.months;
            pairing.outcome_cells += layout.outcome_cells;
            pairing.parts.push(Part { header, layout: reduced, sources: kept.iter().map(|i| i * layout.months).collect(), view });
        }
        for position in 1..pairing.parts.len() {
            let mut links = Links::new(&pairing.parts[0], &pairing.parts[position]);
            (links.monthly_at, links.outcomes_at) = (pairing.monthly_cells, pairing.outcome_cells);
            pairing.monthly_cells += links.monthly.len() * links.months;
            pairing.outcome_cells += links.outcomes.len();
            pairing.links.push(links);
        }
        pairing
    }

    /// What the common record looks like to a tally.
    pub fn shape(&self, paths_per_world: u64) -> TallyShape {
        TallyShape {
            months: self.months,
            monthly_cells: self.monthly_cells,
            outcome_cells: self.outcome_cells,
            states: self.parts.iter().flat_map(|_| CATEGORIES.iter().map(|category| category.states.len())).collect(),
            paths_per_world,
            scrambles: 0,
        }
    }

    /// A common record to fill.
    pub fn blank(&self) -> Record {
        Record {
            monthly: vec![0; self.monthly_cells],
            outcomes: vec![UNDEFINED; self.outcome_cells],
            states: vec![0; self.parts.len() * CATEGORIES.len() * self.months],
        }
    }

    /// Writes common records of `N` paths down, given what they did in each scenario.
    pub fn write<const N: usize>(&self, scenarios: &[Rows<N>], sheet: &mut dyn Sheet<N>) {
        for (Part { layout, sources, view, .. }, rows) in self.parts.iter().zip(scenarios) {
            let months = layout.months;
            let kept = sources.iter().flat_map(|source| &rows.monthly[*source..source + months]);
            kept.enumerate().for_each(|(i, row)| sheet.monthly(view.monthly + i, row));
            rows.outcomes.iter().enumerate().for_each(|(i, row)| sheet.outcome(view.outcomes + i, row));
            for (category, states) in rows.states.chunks_exact(months).enumerate() {
                for month in 0..self.months {
                    let state = |l: usize| states.get(month).map_or(0, |row| row[l]);
                    sheet.state((view.categories + category) * self.months + month, state);
                }
            }
        }
        for (position, links) in self.links.iter().enumerate() {
            let (reference, other) = (0, position + 1);
            let difference = |from: &Row<f64, N>, to: &Row<f64, N>| -> Row<f64, N> { each(|l| to[l] - from[l]) };
            for (i, link) in links.monthly.iter().enumerate() {
                let places = [(reference, link.reference), (other, link.other)].map(|(part, cell)| self.parts[part].own_month(cell));
                for month in 0..links.months {
                    let row = difference(&scenarios[reference].monthly[places[0] + month], &scenarios[other].monthly[places[1] + month]);
                    sheet.monthly(links.monthly_at + i * links.months + month, &row);
                }
            }
            for (i, link) in links.outcomes.iter().enumerate() {
                let places = [(reference, link.reference), (other, link.other)].map(|(part, cell)| cell - self.parts[part].view.outcomes);
                let row = difference(&scenarios[reference].outcomes[places[0]], &scenarios[other].outcomes[places[1]]);
                sheet.outcome(links.outcomes_at + i, &row);
            }
        }
    }

    /// What a tally of common records found out.
    pub fn summarise(&self, tally: &Tally) -> Comparison {
        let scenarios: Vec<Summary> =
            self.parts.iter().map(|part| summarise_view(part.header.clone(), &part.layout, tally, part.view)).collect();
        let others = self.links.iter().zip(&scenarios[1..]);
        let contrasts = others.map(|(links, other)| links.contrast(tally, &self.parts[0], &scenarios[0], other)).collect();
        Comparison { scenarios, contrasts }
    }
}

fn is_compared(series: &Series) -> bool {
    series.buyer.is_none() || BY_BUYER.contains(&series.metric.name)
}

impl Part {
    /// Where a monthly value of the common record comes from in the scenario's own.
    fn own_month(&self, cell: usize) -> usize {
        let cell = cell - self.view.monthly;
        self.sources[cell / self.layout.months] + cell % self.layout.months
    }
}

impl Links {
    fn new(reference: &Part, other: &Part) -> Self {
        let common = common_months(&reference.layout, &other.layout);
        let buyer = |buyer: Option<usize>| same_buyer(&reference.header, &other.header, buyer);
        let place = |part: &Part, index: usize| {
            let first = common.start.since(part.layout.start).unsigned_abs() as usize;
            part.view.monthly + index * part.layout.months + first
        };
        let monthly = reference.layout.monthly.iter().enumerate().filter_map(|(i, series)| {
            let wanted = Series { metric: series.metric, buyer: buyer(series.buyer)? };
            let j = other.layout.monthly.iter().position(|series| *series == wanted)?;
            Some(MonthlyLink { series: *series, reference: place(reference, i), other: place(other, j) })
        });
        let outcomes = reference.layout.outcomes.iter().enumerate().filter_map(|(row, outcome)| {
            let whose = buyer(outcome.buyer)?;
            let same = |o: &Outcome| o.name == outcome.name && o.buyer == whose && o.scale == outcome.scale;
            let other_row = other.layout.outcomes.iter().position(same)?;
            let counterpart = &other.layout.outcomes[other_row];
            means_the_same(&reference.layout, outcome, &other.layout, counterpart).then(|| OutcomeLink {
                row,
                reference: reference.view.outcomes + outcome.cell,
                other_row,
                other: other.view.outcomes + counterpart.cell,
            })
        });
        Self {
            start: common.start,
            months: common.months,
            monthly: monthly.filter(|_| common.months > 0).collect(),
            outcomes: outcomes.collect(),
            monthly_at: 0,
            outcomes_at: 0,
        }
    }

    fn contrast(&self, tally: &Tally, reference: &Part, ours: &Summary, theirs: &Summary) -> Contrast {
        let monthly = self.monthly.iter().enumerate().map(|(i, link)| {
            let month = |month: usize| {
                let values = [link.reference + month, link.other + month].map(|cell| tally.monthly(cell));
                difference(tally.monthly(self.monthly_at + i * self.months + month), values, link.series.metric.scale, false)
            };
            MonthlyDifference { metric: link.series.metric, buyer: link.series.buyer, months: (0..self.months).map(month).collect() }
        });
        let outcomes = self.outcomes.iter().enumerate().map(|(i, link)| {
            let outcome = &reference.layout.outcomes[link.row];
            let unended =
                [&ours.outcomes[link.row], &theirs.outcomes[link.other_row]].iter().any(|o| o.share_censored.is_some_and(|s| s > 0.0));
            let values = [link.reference, link.other].map(|cell| tally.outcome(cell));
            OutcomeDifference {
                name: outcome.name.clone(),
                unit: outcome.unit,
                buyer: outcome.buyer,
                is_wait: outcome.censored_at.is_some(),
                difference: difference(tally.outcome(self.outcomes_at + i), values, outcome.scale, unended),
            }
        });
        Contrast { start: self.start, months: self.months, monthly: monthly.collect(), outcomes: outcomes.collect() }
    }
}

/// The distribution of a difference. Of waits that have not all ended only the order is known.
fn difference(sample: Sample<'_>, values: [Sample<'_>; 2], scale: f64, unended: bool) -> Difference {
    let histogram = sample.histogram();
    let paths = sample.count();
    let signs = sample.signs();
    let known = |value: Option<f64>| value.filter(|_| !unended).map(|value| value * scale);
    let independent = values.map(|value| value.std_error().map(|error| error * error));
    let paired = sample.std_error().map(|error| error * error).filter(|variance| *variance > 0.0 && !unended);
    Difference {
        paths,
        mean: known(sample.mean()),
        std_dev: known(sample.std_dev()),
        std_error: known(sample.std_error()),
        quantiles: PROBABILITIES.map(|p| histogram.quantile(p).filter(|_| !unended).map(|value| in_unit(value, scale))),
        above: signs.map(|[(share, _), _]| share),
        below: signs.map(|[_, (share, _)]| share),
        share_std_errors: signs.and_then(|[(_, above), (_, below)]| above.zip(below)),
        variance_reduction: match (independent, paired) {
            ([Some(a), Some(b)], Some(paired)) => Some((a + b) / paired),
            _ => None,
        },
    }
}

/// Months that both simulate.
struct CommonMonths {
    start: Month,
    months: usize,
}

fn common_months(a: &Layout, b: &Layout) -> CommonMonths {
    let start = a.start.max(b.start);
    let last = last_month(a).min(last_month(b));
    CommonMonths { start, months: usize::try_from(last.since(start) + 1).unwrap_or(0) }
}

fn last_month(layout: &Layout) -> Month {
    layout.start.plus(layout.months as i32 - 1)
}

/// The buyer of the other scenario with the key of the reference's buyer; the total stays the total.
fn same_buyer(reference: &Header, other: &Header, buyer: Option<usize>) -> Option<Option<usize>> {
    let Some(buyer) = buyer else { return Some(None) };
    let (key, _) = &reference.buyers[buyer];
    other.buyers.iter().position(|(theirs, _)| theirs == key).map(Some)
}

/// Whether what is measured in two scenarios has one unit and covers the same time. Months are matched by the calendar.
pub(super) fn is_comparable(a: (&Layout, &Measure), b: (&Layout, &Measure)) -> bool {
    let outcome = |(layout, measure): (&'_ Layout, &Measure)| match measure.probe.cells().first() {
        Some(Cell::Outcome(cell)) => layout.outcomes.iter().find(|o| o.cell == *cell && o.scale == measure.probe.scale()).cloned(),
        _ => None,
    };
    a.1.probe.scale() == b.1.probe.scale()
        && match (outcome(a), outcome(b)) {
            (Some(ours), Some(theirs)) => means_the_same(a.0, &ours, b.0, &theirs),
            _ => true,
        }
}

/// Whether two outcomes of one name cover the same time: both horizons are the same, or the outcome counts deliveries until a
/// date, or revenue of a quarter, that both reach.
fn means_the_same(a: &Layout, outcome: &Outcome, b: &Layout, counterpart: &Outcome) -> bool {
    if a.start == b.start && a.months == b.months {
        return true;
    }
    let delivered = a.buyer_outcome(BuyerOutcome::Delivered, Some(0))..=a.buyer_outcome(BuyerOutcome::Delivered, None);
    if delivered.contains(&outcome.cell) && last_month(a) == last_month(b) {
        return true;
    }
    let year_cells = year_cells(a);
    let quarter = outcome.cell.checked_sub(year_cells.end).and_then(|quarter| a.quarters.get(quarter));
    match quarter {
        Some(quarter) => covers(a, *quarter) && covers(b, *quarter),
        // The sentence names the last month that counts.
        None => year_cells.contains(&outcome.cell) && outcome.meaning == counterpart.meaning,
    }
}

/// Cells of the deliveries by the ends of years; those of quarters follow.
fn year_cells(layout: &Layout) -> Range<usize> {
    layout.year_outcome(0, Some(0))..layout.quarter_outcome(0)
}

fn covers(layout: &Layout, quarter: Quarter) -> bool {
    let simulated = (0..layout.months).filter(|t| layout.start.plus(*t as i32).quarter() == quarter);
    simulated.count() == 3
}
