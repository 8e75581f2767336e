//! `multiples`: the fan of deliveries of each of many scenarios, with the median of the reference behind it, all on one scale.

use plotters::style::Color;

use super::Chart;
use super::axes::{Months, Scale};
use super::canvas::{Align, Canvas, Frame, Panel, Span, line_width};
use super::page::{self, Heading};
use super::scenarios;
use super::theme::{AXIS, GRID, GRID_STRENGTH, INNER_BAND, MAIN, NOISE, OUTER_BAND, SMALL, SMALL_STRONG, STRONG, TICK};
use super::tracks::Track;
use super::words;
use crate::analysis::{Comparison, Summary};

/// More scenarios than this are not shown.
const MOST: usize = 16;
/// Room between panels: across and down, without the title of the lower one.
const GUTTERS: (f64, f64) = (26.0, 12.0);
/// Room for the title of a panel.
const TITLE: f64 = 22.0;
/// Room for the years below the lowest row.
const YEARS: f64 = 24.0;

/// A scenario on the common axis.
struct Fan {
    name: String,
    /// Quantiles from low to high; the median in the middle.
    quantiles: Option<[Track; 5]>,
    zero: Option<f64>,
}

/// Draws the chart.
pub fn draw(comparison: &Comparison) -> Chart {
    let axis = scenarios::axis(comparison);
    let digits = comparison.reference().header.digits();
    let names = scenarios::names(comparison);
    let fans: Vec<Fan> = comparison.scenarios.iter().zip(names).take(MOST).map(|(s, name)| fan(s, axis, name)).collect();
    let left_out = comparison.scenarios.len() - fans.len();
    let more = if left_out > 0 { format!(" The last {left_out} scenarios are not shown.") } else { String::new() };
    let heading = Heading {
        name: "multiples",
        title: "H200 chips delivered to China, scenario by scenario".into(),
        note: format!(
            "Cumulative chips at the end of the month, all on one scale. Line: median. Dark band: the middle 50% of paths; light band: \
             the middle 90%. Grey line: median of the reference. At zero: paths with nothing delivered at the end.{more}"
        ),
        alt: alt(axis, &fans, digits),
    };
    page::compose(comparison, heading, |canvas, frame| picture(canvas, frame, axis, &fans, digits))
}

fn fan(summary: &Summary, axis: Months, name: String) -> Fan {
    let quantile = |q: usize| scenarios::track(summary, axis, "delivered", 0.0, |e| e.quantiles[q]);
    let all: Option<Vec<Track>> = [0, 2, 3, 4, 6].into_iter().map(quantile).collect();
    let zero = Track::of(summary, "delivered", |e| e.share_zero).and_then(|t| t.last());
    Fan { name, quantiles: all.and_then(|tracks| tracks.try_into().ok()), zero }
}

fn picture(canvas: &mut Canvas<'_>, frame: Frame, axis: Months, fans: &[Fan], digits: i32) {
    let frame = Frame { top: frame.top - 30.0, ..frame };
    let (columns, rows) = grid(fans.len());
    let highest = fans.iter().filter_map(|f| Some(f.quantiles.as_ref()?[4].highest())).fold(0.0, f64::max);
    let scale = coarse(highest);
    let left = frame.left + scale.label_width(words::grouped);
    let width = (frame.right - left - GUTTERS.0 * (columns - 1) as f64) / columns as f64;
    let height = (frame.bottom - YEARS - frame.top - GUTTERS.1 * (rows - 1) as f64) / rows as f64;
    let reference = fans.first().and_then(|f| Some(&f.quantiles.as_ref()?[2]));
    for (i, fan) in fans.iter().enumerate() {
        let (column, row) = (i % columns, i / columns);
        let top = frame.top + row as f64 * (height + GUTTERS.1) + TITLE;
        let x = left + column as f64 * (width + GUTTERS.0);
        let plot = Frame { left: x, right: x + width, top, bottom: top + height - TITLE };
        let panel = canvas.panel(plot, axis.end(), (scale.low, scale.high));
        let mark = if i == 0 { " (reference)" } else { "" };
        let room = width - Span::new(mark, STRONG).width();
        let title = format!("{}{mark}", scenarios::short(&fan.name, STRONG, room));
        canvas.text(x, top - TITLE / 2.0 - 3.0, Align::Left, &[Span::new(title, STRONG)]);
        shapes(&panel, axis, &scale, fan, reference.filter(|_| i > 0));
        numbers(canvas, plot, fan, digits);
        if column == 0 {
            values(canvas, &panel, &scale);
        }
        // The lowest panel of each column carries the years.
        if i + columns >= fans.len() {
            years(canvas, &panel, axis);
        }
        canvas.rule((plot.left, plot.bottom), (plot.right, plot.bottom), AXIS, 1.25);
    }
}

/// Columns and rows with room for this many panels.
fn grid(panels: usize) -> (usize, usize) {
    let columns = match panels {
        0..=1 => 1,
        2..=4 => 2,
        5..=9 => 3,
        _ => 4,
    };
    (columns, panels.div_ceil(columns).max(1))
}

/// A scale of few steps that ends with the data, for a low panel.
fn coarse(highest: f64) -> Scale {
    let fine = Scale::of_counts(0.0, highest);
    let step = if fine.high / fine.step > 4.0 { fine.step * 2.0 } else { fine.step };
    Scale { low: 0.0, high: (highest * 1.03).max(step), step }
}

fn shapes(panel: &Panel<'_>, axis: Months, scale: &Scale, fan: &Fan, reference: Option<&Track>) {
    if let Some([p05, p25, _, p75, p95]) = &fan.quantiles {
        p95.bands(p05, 0.0).into_iter().for_each(|band| panel.fill(band, OUTER_BAND));
        p75.bands(p25, 0.0).into_iter().for_each(|band| panel.fill(band, INNER_BAND));
    }
    for value in scale.ticks().filter(|v| *v > 0.0 && *v <= scale.high) {
        panel.line(vec![(0.0, value), (axis.end(), value)], GRID.mix(GRID_STRENGTH), 1.0);
    }
    if let Some(reference) = reference {
        reference.lines(0.0).into_iter().for_each(|line| panel.line(line, NOISE, 2.0));
    }
    if let Some(quantiles) = &fan.quantiles {
        quantiles[2].lines(0.0).into_iter().for_each(|line| panel.line(line, MAIN, 2.5));
    }
}

/// Median and share at zero, in the corner where a fan is lowest.
fn numbers(canvas: &mut Canvas<'_>, plot: Frame, fan: &Fan, digits: i32) {
    let lines = match fan.quantiles.as_ref().and_then(|q| q[2].last()) {
        Some(median) => {
            let zero = fan.zero.map(|z| vec![Span::new(words::percent(z), SMALL_STRONG), Span::new(" at zero", SMALL)]);
            let median = vec![Span::new(words::count(median, digits), SMALL_STRONG.in_ink(MAIN)), Span::new(" median", SMALL)];
            [Some(median), zero]
        }
        None => [Some(vec![Span::new("no quantiles", SMALL.in_ink(NOISE))]), None],
    };
    for (i, line) in lines.into_iter().flatten().enumerate() {
        let line = if line_width(&line) > plot.right - plot.left { line.into_iter().take(1).collect() } else { line };
        canvas.text_with_rim(plot.left + 7.0, plot.top + 9.0 + i as f64 * SMALL.line_height(), Align::Left, &line);
    }
}

fn values(canvas: &mut Canvas<'_>, panel: &Panel<'_>, scale: &Scale) {
    let height = panel.frame.bottom - panel.frame.top;
    // In a low panel only the ends have room.
    let crowded = height * scale.step / scale.high < TICK.line_height();
    let ticks: Vec<f64> = scale.ticks().filter(|v| *v <= scale.high).collect();
    for value in ticks.iter().copied().filter(|v| !crowded || *v == 0.0 || ticks.last() == Some(v)) {
        let (_, y) = panel.place(0.0, value);
        canvas.text(panel.frame.left - 10.0, y, Align::Right, &[Span::new(words::grouped(value), TICK)]);
    }
}

/// Years below a panel, as many as have room, or the first and the last month.
fn years(canvas: &mut Canvas<'_>, panel: &Panel<'_>, axis: Months) {
    let Frame { left, right, bottom, .. } = panel.frame;
    let column = (right - left) / axis.end();
    let room = Span::new("2028", TICK).width() + 14.0;
    let mut free = left;
    let mut begin = 0;
    while begin < axis.count {
        let year = axis.at(begin).year();
        let end = begin + (12 - axis.at(begin).month() as usize + 1).min(axis.count - begin);
        let middle = left + column * (begin + end) as f64 / 2.0;
        if begin > 0 {
            canvas.rule((left + column * begin as f64, bottom), (left + column * begin as f64, bottom + 5.0), AXIS, 1.0);
        }
        if middle - room / 2.0 >= free - 7.0 && middle + room / 2.0 <= right + 7.0 {
            canvas.text(middle, bottom + 14.0, Align::Centre, &[Span::new(year.to_string(), TICK)]);
            free = middle + room / 2.0;
        }
        begin = end;
    }
}

fn alt(axis: Months, fans: &[Fan], digits: i32) -> String {
    let say = |fan: &Fan| {
        let zero = fan.zero.map_or(String::new(), |z| format!(", nothing at all in {} of paths", words::percent(z)));
        match fan.quantiles.as_ref().and_then(|q| q[2].last()) {
            Some(median) => format!("{}: median {} chips{zero}", fan.name, words::count(median, digits)),
            None => format!("{}: no quantiles", fan.name),
        }
    };
    let said: Vec<String> = fans.iter().map(say).collect();
    format!(
        "Fan charts of cumulative deliveries of H200 chips, one for each scenario, by the end of {}: {}.",
        words::month(axis.last()),
        said.join("; ")
    )
}
