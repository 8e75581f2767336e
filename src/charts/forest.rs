//! `forest`: headline outcomes of each scenario as paired differences from the reference, dots with their 95% intervals.
//!
//! Outcomes have different units, so dots lie where the difference is in percent of the reference's mean; the numbers beside them
//! have their unit. Of many scenarios only the deliveries over the horizon are shown, a row each.

use plotters::style::{Color, RGBColor};

use super::Chart;
use super::axes::Scale;
use super::canvas::{Align, Canvas, Frame, Span, line_width};
use super::outcomes::{self, Reading};
use super::overlay::MOST;
use super::page::{self, Heading};
use super::scenarios;
use super::theme::{AXIS, GRID, GRID_STRENGTH, LESS, MORE, NOISE, PANEL, PLAIN, REST, SMALL, SMALL_STRONG, SOFT_INK, STRONG, TICK};
use super::words;
use crate::analysis::{Comparison, Contrast, Difference, OutcomeDifference, Z95};

/// The outcomes shown, after the deliveries of the first year.
const SHOWN: [&str; 9] =
    ["delivered_T", "t_first", "revenue", "us_take", "nvidia_share", "grey_units", "domestic_share", "unmet_training", "stranded"];
/// Room for the names of rows.
const NAMES: f64 = 300.0;
/// Room between columns.
const GUTTER: f64 = 28.0;
/// Tallest row, and that of a row of its own scenario.
const TALLEST: f64 = 56.0;
/// Room for the percentages below the dots.
const FOOT: f64 = 50.0;
/// Percentages beyond this are drawn as an arrow at the edge.
const FAR: f64 = 1000.0;
const BEYOND: &str = "no difference beyond noise";

/// A row of the chart.
struct Row {
    name: String,
    /// What the reference has.
    reference: String,
    /// One per column.
    cells: Vec<Option<Cell>>,
}

/// What a scenario does to an outcome.
struct Cell {
    mark: Mark,
    ink: RGBColor,
    /// The mean difference with its interval.
    number: String,
    /// In how many paths.
    share: String,
    /// The mean difference, for sorting.
    rank: f64,
}

enum Mark {
    /// Mean difference and its interval, in percent of the reference's mean.
    Dot(f64, f64, f64),
    /// Shares of paths in which a wait ends earlier and later.
    Bar(f64, f64),
    /// Percentages of nothing.
    None,
}

/// Draws the chart.
pub fn draw(comparison: &Comparison) -> Chart {
    let many = comparison.scenarios.len() > MOST;
    let (rows, columns) = if many { (by_scenario(comparison), Vec::new()) } else { by_outcome(comparison) };
    let reference = if many { of_deliveries(comparison) } else { String::new() };
    let last = words::month(comparison.reference().header.axis().last());
    let title = match (many, columns.len()) {
        (true, _) => format!("H200 delivered by {last}: difference from the reference"),
        (_, 1) => "What the scenario changes, against the reference".into(),
        _ => "What each scenario changes, against the reference".into(),
    };
    let heading = Heading {
        name: "forest",
        title,
        note: format!(
            "Dots: mean difference between paths with the same luck, placed in percent of the reference’s mean. Lines and ±: 95% Monte Carlo \
             interval; grey: {BEYOND}."
        ),
        alt: alt(&rows, &columns),
    };
    page::compose(comparison, heading, |canvas, frame| {
        if rows.is_empty() {
            page::nothing(canvas, frame, "These scenarios have no headline outcome in common.");
        } else {
            picture(canvas, frame, &rows, &columns, &reference);
        }
    })
}

/// One row per headline outcome, one column per scenario.
fn by_outcome(comparison: &Comparison) -> (Vec<Row>, Vec<String>) {
    let first_year = first_year(comparison);
    let names = first_year.iter().map(String::as_str).chain(SHOWN);
    let rows = names.filter_map(|name| {
        let reading = reading(comparison, name)?;
        let cells: Vec<_> = comparison.contrasts.iter().map(|c| cell(comparison, c, name, &reading)).collect();
        let row = Row { name: reading.name.clone(), reference: of_reference(comparison, name, &reading), cells };
        row.cells.iter().any(Option::is_some).then_some(row)
    });
    (rows.collect(), scenarios::names(comparison).split_off(1))
}

/// One row per scenario: deliveries over the horizon.
fn by_scenario(comparison: &Comparison) -> Vec<Row> {
    let Some(reading) = reading(comparison, "delivered_T") else { return Vec::new() };
    let names = scenarios::names(comparison).into_iter().skip(1);
    let row = |(name, contrast): (String, &Contrast)| {
        let cells = vec![cell(comparison, contrast, "delivered_T", &reading)];
        Row { name, reference: String::new(), cells }
    };
    let mut rows: Vec<Row> = names.zip(&comparison.contrasts).map(row).collect();
    // From the most to the fewest; what has no number comes last.
    let rank = |row: &Row| row.cells[0].as_ref().map_or(f64::MIN, |c| c.rank);
    rows.sort_by(|a, b| rank(b).total_cmp(&rank(a)));
    rows
}

/// What the reference delivers, where every row is about that.
fn of_deliveries(comparison: &Comparison) -> String {
    reading(comparison, "delivered_T").map_or_else(String::new, |reading| of_reference(comparison, "delivered_T", &reading))
}

/// The deliveries of the first calendar year, unless the run ends with it.
fn first_year(comparison: &Comparison) -> Option<String> {
    let header = &comparison.reference().header;
    let year = header.start.year();
    (header.axis().last().year() > year).then(|| format!("delivered_{year}"))
}

fn reading(comparison: &Comparison, name: &str) -> Option<Reading> {
    let difference = comparison.contrasts.iter().find_map(|c| c.outcome(name, None))?;
    let of = |s: &crate::analysis::Summary| s.outcome(name, None)?.estimate.mean.filter(|m| m.is_finite());
    let size = comparison.scenarios.iter().filter_map(of).fold(0.0, |size: f64, mean| size.max(mean.abs()));
    Some(outcomes::reading(name, difference.unit, size, comparison.reference().header.axis().last()))
}

fn of_reference(comparison: &Comparison, name: &str, reading: &Reading) -> String {
    let header = &comparison.reference().header;
    let Some(outcome) = comparison.reference().outcome(name, None) else { return String::new() };
    if outcome.outcome.censored_at.is_some() {
        return match outcome.estimate.quantiles[3] {
            Some(wait) if wait >= 1.0 => format!("Reference: median {}", words::month(header.axis().at(wait as usize - 1))),
            _ => format!("Reference: median after {}", words::month(header.axis().last())),
        };
    }
    let Some(mean) = outcome.estimate.mean.filter(|m| m.is_finite()) else { return String::new() };
    let number = words::measured(mean * reading.scale, outcome.estimate.std_error.map(|e| e * reading.scale));
    format!("Reference: {}", reading.with_unit(&number))
}

fn cell(comparison: &Comparison, contrast: &Contrast, name: &str, reading: &Reading) -> Option<Cell> {
    let outcome = contrast.outcome(name, None)?;
    if outcome.is_wait {
        return wait(outcome);
    }
    let difference = &outcome.difference;
    let mean = difference.mean.filter(|m| m.is_finite())?;
    let reference = comparison.reference().outcome(name, None).and_then(|o| o.estimate.mean);
    let percent = reference.filter(|r| r.is_finite() && *r != 0.0).map(|r| 100.0 / r.abs());
    let (low, high) = difference.interval().filter(|i| i.0.is_finite() && i.1.is_finite()).unwrap_or((mean, mean));
    let mark = percent.map_or(Mark::None, |p| Mark::Dot(mean * p, low * p, high * p));
    let noise = difference.is_noise();
    let ink = match difference.std_error {
        _ if noise => NOISE,
        // Without an error nobody can tell more from less.
        None => AXIS,
        Some(_) => ink_of(mean),
    };
    let mut number = words::change(mean, difference.std_error, reading.scale);
    if !reading.unit_of_change.is_empty() {
        number += &format!(" {}", reading.unit_of_change);
    }
    let share = if noise { BEYOND.into() } else { share(difference, ("more", "less")) };
    Some(Cell { mark, ink, number, share, rank: mean })
}

fn ink_of(mean: f64) -> RGBColor {
    match mean {
        m if m > 0.0 => MORE,
        m if m < 0.0 => LESS,
        _ => AXIS,
    }
}

/// In how many paths the scenario has more or less, whichever is in more of them.
fn share(difference: &Difference, (more, less): (&str, &str)) -> String {
    match (difference.above, difference.below) {
        (Some(0.0), Some(0.0)) => "the same in every path".into(),
        (Some(above), Some(below)) if below > above => format!("{less} in {}", words::percent(below)),
        (Some(above), Some(_)) => format!("{more} in {}", words::percent(above)),
        _ => String::new(),
    }
}

/// A waiting time has no mean while some paths still wait: it ends earlier, later, or at the same time.
fn wait(outcome: &OutcomeDifference) -> Option<Cell> {
    let difference = &outcome.difference;
    let (later, earlier) = (difference.above.filter(|s| s.is_finite())?, difference.below.filter(|s| s.is_finite())?);
    // Shares of the same paths: the error of their difference is at most the sum of theirs.
    let reach = difference.share_std_errors.map_or(0.0, |(a, b)| Z95 * (a + b));
    let noise = earlier + later > 0.0 && (earlier - later).abs() <= reach;
    let number = format!("earlier in {}, later in {}", words::percent(earlier), words::percent(later));
    let share = match (noise, earlier + later > 0.0) {
        (true, _) => BEYOND.into(),
        (_, false) => "the same in every path".into(),
        _ => String::new(),
    };
    let ink = if noise { NOISE } else { ink_of(earlier - later) };
    Some(Cell { mark: Mark::Bar(earlier, later), ink, number, share, rank: 0.0 })
}

fn picture(canvas: &mut Canvas<'_>, frame: Frame, rows: &[Row], columns: &[String], reference: &str) {
    let scale = scale(rows);
    let (waits, dots): (Vec<&Row>, Vec<&Row>) = rows.iter().partition(|r| is_wait(r));
    let count = columns.len().max(1);
    let beside = count == 1;
    let numbers = if beside { text_columns(rows) } else { (0.0, 0.0) };
    let left = frame.left + NAMES;
    let right = frame.right - if beside { numbers.0 + numbers.1 + 2.0 * GUTTER } else { 0.0 };
    let width = (right - left - GUTTER * (count as f64 - 1.0)) / count as f64;
    let top = if beside { heads_of_numbers(canvas, frame, right, numbers, reference) } else { heads(canvas, frame, left, width, columns) };
    let foot = if dots.is_empty() { 0.0 } else { FOOT };
    let row = ((frame.bottom - top - foot) / rows.len() as f64).min(TALLEST);
    let plot = |column: usize, top: f64| {
        let x = left + column as f64 * (width + GUTTER);
        Frame { left: x, right: x + width, top, bottom: top + row }
    };
    if !dots.is_empty() {
        let bottom = top + row * dots.len() as f64;
        // Lines stay clear of the numbers under the dots.
        let ladder = |i: usize| (top + row * i as f64, top + row * i as f64 + row / 2.0);
        let stretches = if beside { vec![(top, bottom + 4.0)] } else { (0..dots.len()).map(ladder).collect() };
        // Labels may reach into the gutter, but not across it.
        let margin = if beside { GUTTER - 1.0 } else { GUTTER / 2.0 - 1.0 };
        for column in 0..count {
            axis(canvas, Frame { bottom, ..plot(column, top) }, &stretches, margin, &scale);
        }
    }
    let below = top + row * dots.len() as f64 + foot;
    let tops = (0..dots.len()).map(|i| top + row * i as f64).chain((0..waits.len()).map(|i| below + row * i as f64));
    for (line, y) in dots.iter().chain(&waits).zip(tops) {
        name(canvas, frame.left, y + row / 2.0, line);
        for (column, cell) in line.cells.iter().enumerate() {
            let area = plot(column, y);
            match cell {
                Some(cell) if beside => {
                    mark(canvas, area, y + row / 2.0, &scale, cell);
                    beside_it(canvas, area.right, y + row / 2.0, numbers, cell);
                }
                Some(cell) => {
                    mark(canvas, area, y + row / 2.0 - 9.0, &scale, cell);
                    under_it(canvas, area, y + row / 2.0 + 9.5, cell);
                }
                None => canvas.text(area.left, y + row / 2.0, Align::Left, &[Span::new("not comparable", SMALL.in_ink(NOISE))]),
            }
        }
    }
}

fn is_wait(row: &Row) -> bool {
    row.cells.iter().flatten().any(|c| matches!(c.mark, Mark::Bar(..)))
}

fn scale(rows: &[Row]) -> Scale {
    let reach = |cell: &Cell| match cell.mark {
        Mark::Dot(_, low, high) => [low, high].map(|v| v.clamp(-FAR, FAR) * 0.98),
        _ => [0.0, 0.0],
    };
    let all = rows.iter().flat_map(|r| r.cells.iter().flatten()).flat_map(reach);
    let (low, high) = all.fold((0.0, 0.0), |(low, high): (f64, f64), v| (low.min(v), high.max(v)));
    // Room for the dots themselves at either end.
    Scale::of_counts(low * 1.02, high * 1.02)
}

/// Widths of the two columns of text at the right.
fn text_columns(rows: &[Row]) -> (f64, f64) {
    let cells = || rows.iter().flat_map(|r| r.cells.iter().flatten());
    let dots = |c: &&Cell| !matches!(c.mark, Mark::Bar(..));
    let number = cells().filter(dots).map(|c| Span::new(&c.number, STRONG).width()).fold(0.0, f64::max);
    let share = cells().map(|c| Span::new(&c.share, SMALL).width()).fold(0.0, f64::max);
    let bar = cells().filter(|c| !dots(c)).map(|c| Span::new(&c.number, SMALL_STRONG).width()).fold(0.0, f64::max);
    let (number, share) = (number.max(Span::new("Mean difference", TICK).width()), share.max(Span::new("Share of paths", TICK).width()));
    (number, share.max(bar - number - GUTTER))
}

/// What the numbers at the right are; gives the place below.
fn heads_of_numbers(canvas: &mut Canvas<'_>, frame: Frame, right: f64, (number, _): (f64, f64), reference: &str) -> f64 {
    let y = frame.top - 14.0;
    let name = scenarios::short(reference, TICK, NAMES - 20.0);
    canvas.text(frame.left, y, Align::Left, &[Span::new(name, TICK)]);
    canvas.text(right + GUTTER + number, y, Align::Right, &[Span::new("Mean difference", TICK)]);
    canvas.text(right + 2.0 * GUTTER + number, y, Align::Left, &[Span::new("Share of paths", TICK)]);
    y + TICK.line_height() / 2.0 + 4.0
}

/// Names of the columns; gives the place below them.
fn heads(canvas: &mut Canvas<'_>, frame: Frame, left: f64, width: f64, columns: &[String]) -> f64 {
    let top = frame.top - 24.0;
    for (i, name) in columns.iter().enumerate() {
        for (k, line) in page::wrap(name, PANEL, width, 2).into_iter().enumerate() {
            let y = top + (k as f64 + 0.5) * PANEL.line_height();
            canvas.text(left + i as f64 * (width + GUTTER), y, Align::Left, &[Span::new(line, PANEL)]);
        }
    }
    let tallest = columns.iter().map(|name| page::wrap(name, PANEL, width, 2).len()).max().unwrap_or(0);
    top + tallest as f64 * PANEL.line_height() + 8.0
}

/// Percentages below, as many as have room, and faint lines in the given stretches above them.
fn axis(canvas: &mut Canvas<'_>, plot: Frame, stretches: &[(f64, f64)], margin: f64, scale: &Scale) {
    let mut free = f64::MIN;
    let x = |value: f64| place(plot, scale, value);
    let write = |value: f64| format!("{}%", words::signed(&words::grouped(value)));
    let widest = scale.ticks().map(|v| Span::new(write(v), TICK).width() + 14.0).fold(0.0, f64::max);
    let every = libm::ceil(widest / (x(scale.step) - x(0.0)).max(1.0)).max(1.0);
    for value in scale.ticks() {
        let labelled = libm::round(value / scale.step) % every == 0.0;
        let (ink, thickness) = if value == 0.0 { (AXIS.mix(1.0), 1.5) } else { (GRID.mix(GRID_STRENGTH), 1.0) };
        for (from, to) in stretches {
            canvas.trace(&[(x(value), *from), (x(value), *to)], ink, thickness);
        }
        let label = Span::new(write(value), TICK);
        let inside = x(value) + label.width() / 2.0 <= plot.right + margin && x(value) - label.width() / 2.0 >= plot.left - margin;
        if labelled && inside && x(value) - label.width() / 2.0 >= free {
            free = x(value) + label.width() / 2.0 + 8.0;
            canvas.text(x(value), plot.bottom + 15.0, Align::Centre, &[label]);
        }
    }
}

fn place(plot: Frame, scale: &Scale, value: f64) -> f64 {
    plot.left + (value - scale.low) / (scale.high - scale.low) * (plot.right - plot.left)
}

fn name(canvas: &mut Canvas<'_>, left: f64, y: f64, row: &Row) {
    let room = NAMES - 20.0;
    let title = Span::new(scenarios::short(&row.name, PLAIN, room), PLAIN);
    if row.reference.is_empty() {
        return canvas.text(left, y, Align::Left, &[title]);
    }
    let reference = Span::new(scenarios::short(&row.reference, SMALL, room), SMALL.in_ink(SOFT_INK));
    canvas.text(left, y - 9.0, Align::Left, &[title]);
    canvas.text(left, y + 9.5, Align::Left, &[reference]);
}

fn mark(canvas: &Canvas<'_>, plot: Frame, y: f64, scale: &Scale, cell: &Cell) {
    let x = |value: f64| place(plot, scale, value.clamp(-FAR, FAR));
    match cell.mark {
        Mark::Dot(mean, ..) if mean.abs() > FAR => {
            let tip = x(mean);
            let back = tip - 11.0 * mean.signum();
            canvas.trace(&[(back, y - 6.0), (tip, y), (back, y + 6.0)], cell.ink, 3.0);
        }
        Mark::Dot(mean, low, high) => {
            canvas.rule((x(low), y), (x(high), y), cell.ink, 2.5);
            canvas.dot((x(mean), y), cell.ink, 5.5);
        }
        Mark::Bar(earlier, later) => {
            let at = |share: f64| plot.left + share.clamp(0.0, 1.0) * (plot.right - plot.left);
            let block = |from: f64, to: f64, ink: RGBColor| canvas.block((at(from), y - 6.0), (at(to), y + 6.0), ink);
            let grey = cell.ink == NOISE;
            block(0.0, 1.0, REST);
            block(0.0, earlier, if grey { NOISE } else { MORE });
            block(1.0 - later, 1.0, if grey { NOISE } else { LESS });
        }
        Mark::None => {}
    }
}

fn beside_it(canvas: &mut Canvas<'_>, right: f64, y: f64, (number, _): (f64, f64), cell: &Cell) {
    let at = right + GUTTER;
    if matches!(cell.mark, Mark::Bar(..)) {
        let lift = if cell.share.is_empty() { 0.0 } else { 9.0 };
        canvas.text(at, y - lift, Align::Left, &[Span::new(&cell.number, SMALL_STRONG.in_ink(cell.ink))]);
        if !cell.share.is_empty() {
            canvas.text(at, y + 9.5, Align::Left, &[Span::new(&cell.share, SMALL.in_ink(cell.ink))]);
        }
        return;
    }
    canvas.text(at + number, y, Align::Right, &[Span::new(&cell.number, STRONG.in_ink(cell.ink))]);
    canvas.text(at + number + GUTTER, y, Align::Left, &[Span::new(&cell.share, SMALL)]);
}

fn under_it(canvas: &mut Canvas<'_>, plot: Frame, y: f64, cell: &Cell) {
    let number = Span::new(&cell.number, SMALL_STRONG.in_ink(cell.ink));
    let gap = if cell.share.is_empty() { "" } else { " · " };
    let whole = vec![number.clone(), Span::new(format!("{gap}{}", cell.share), SMALL)];
    let spans = if line_width(&whole) <= plot.right - plot.left { whole } else { vec![number] };
    canvas.text(plot.left, y, Align::Left, &spans);
}

fn alt(rows: &[Row], columns: &[String]) -> String {
    let cell = |cell: &Cell| match cell.share.as_str() {
        "" => cell.number.clone(),
        share => format!("{} ({share})", cell.number),
    };
    let row = |row: &Row, column: usize| Some(format!("{} {}", row.name, cell(row.cells.get(column)?.as_ref()?)));
    let all = |column: usize| rows.iter().filter_map(|r| row(r, column)).collect::<Vec<_>>().join("; ");
    let said: String = match columns {
        [] => format!(" Deliveries by scenario: {}.", all(0)),
        _ => columns.iter().enumerate().map(|(i, name)| format!(" {name}: {}.", all(i))).collect(),
    };
    format!("Dots of paired mean differences from the reference with 95% Monte Carlo intervals.{said}")
}
