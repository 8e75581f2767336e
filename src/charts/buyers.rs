//! `buyers`: what each buyer has received by the end, and beside it what it still wants.
//!
//! Requests made since the start are never shown: refused buyers ask again, so they count the same wish many times.

use super::Chart;
use super::axes::{self, Scale};
use super::canvas::{self, Align, Canvas, Frame, Panel, Span};
use super::labels;
use super::page::{self, Heading};
use super::theme::{GRID, GRID_STRENGTH, INNER_BAND, LOSSES, MAIN, OUTER_BAND, PANEL, PLAIN, SOFT_INK, STRONG, TICK};
use super::words;
use crate::analysis::{Estimate, Header, Summary};
use crate::domain::MAX_BUYERS;
use plotters::style::Color;

/// The widest name, the columns of numbers, and the gaps between columns.
const NAME: f64 = 240.0;
const NUMBER: f64 = 84.0;
const GAP: f64 = 26.0;
/// The tallest row, the shortest with room for a name of two lines, from one such line to the next, and the room for the axes and the key below the rows.
const ROW: f64 = 84.0;
const TWO_LINES: f64 = 40.0;
const NAME_LINE: f64 = 17.0;
const BELOW: f64 = 62.0;
/// The part of what is left that the panel of deliveries takes.
const DELIVERIES: f64 = 0.56;

/// One buyer.
struct Row {
    name: String,
    delivered: Estimate,
    /// Mean need unmet at the end, in H200-equivalents.
    unmet: Option<f64>,
    /// Mean chips at the end that Beijing has not answered, or that are approved and not shipped.
    outstanding: Option<f64>,
}

/// Where the columns are, from left to right.
struct Columns {
    delivered: Frame,
    mean: f64,
    none: f64,
    wanted: Frame,
}

/// Draws the chart.
pub fn draw(summary: &Summary) -> Chart {
    let header = &summary.header;
    let rows = rows(summary);
    let heading = Heading {
        name: "buyers",
        title: format!("What each buyer has received by the end of {}, and still wants", words::month(header.axis().last())),
        note: "Left: dot, mean; dark bar, the middle 50% of paths; light bar, the middle 90%; “none”, paths in which the buyer \
               gets nothing. Right, on a scale of its own: mean chips on request or on order, and mean need unmet in H200s; buyers \
               may ask for more than they need."
            .into(),
        alt: alt(header, &rows),
    };
    page::compose(header, heading, |canvas, frame| {
        if rows.is_empty() {
            page::nothing(canvas, frame, "This run has no outcome `delivered_T` of buyers.");
        } else {
            picture(canvas, frame, &rows, header.digits());
        }
    })
}

/// The buyers of which deliveries are known, the largest mean first; equals stay in the order of the scenario.
fn rows(summary: &Summary) -> Vec<Row> {
    let last = |metric: &str, buyer| known(summary.series(metric, Some(buyer))?.months.last()?.mean);
    let row = |(buyer, (_, name)): (usize, &(String, String))| {
        Some(Row {
            name: canvas::visible(name),
            delivered: summary.outcome("delivered_T", Some(buyer))?.estimate.clone(),
            unmet: summary.outcome("unmet_total", Some(buyer)).and_then(|o| known(o.estimate.mean)),
            outstanding: last("pending", buyer).zip(last("backlog", buyer)).map(|(pending, backlog)| pending + backlog),
        })
    };
    let mut rows: Vec<Row> = summary.header.buyers.iter().enumerate().take(MAX_BUYERS).filter_map(row).collect();
    rows.retain(|row| known(row.delivered.mean).is_some());
    rows.sort_by(|a, b| b.delivered.mean.unwrap_or(0.0).total_cmp(&a.delivered.mean.unwrap_or(0.0)));
    rows
}

fn known(number: Option<f64>) -> Option<f64> {
    number.filter(|v| v.is_finite())
}

fn picture(canvas: &mut Canvas<'_>, frame: Frame, rows: &[Row], digits: i32) {
    let tall = frame.bottom - BELOW - frame.top >= TWO_LINES * rows.len() as f64;
    let write = |row: &Row| if tall { labels::in_two(&row.name, PLAIN, NAME) } else { vec![labels::shortened(&row.name, PLAIN, NAME)] };
    let names: Vec<Vec<Span>> = rows.iter().map(write).collect();
    let widest = names.iter().flatten().map(Span::width).fold(0.0, f64::max);
    let highest = |values: &dyn Fn(&Row) -> [Option<f64>; 2]| rows.iter().flat_map(values).filter_map(known).fold(0.0, f64::max);
    let delivered = Scale::of_counts(0.0, highest(&|row| [row.delivered.mean, row.delivered.quantiles[6]]));
    let wanted = Scale::of_counts(0.0, highest(&|row| [row.unmet, row.outstanding]));
    let columns = columns(frame, rows.len(), widest, wanted.label_width(words::grouped) / 2.0);
    let count = rows.len() as f64;
    let left = canvas.panel(columns.delivered, delivered.high, (0.0, count));
    let right = canvas.panel(columns.wanted, wanted.high, (0.0, count));
    titles(canvas, frame, &columns);
    for (panel, scale) in [(&left, &delivered), (&right, &wanted)] {
        axes::grid_up(panel, scale);
    }
    for (i, (row, name)) in rows.iter().zip(names).enumerate() {
        let middle = count - 0.5 - i as f64;
        let (_, y) = left.place(0.0, middle);
        if i > 0 {
            let edge = y - (columns.delivered.bottom - columns.delivered.top) / count / 2.0;
            canvas.rule((frame.left, edge), (frame.right, edge), GRID.mix(GRID_STRENGTH), 1.0);
        }
        let nothing = row.delivered.share_zero == Some(1.0);
        let ink = if nothing { SOFT_INK } else { MAIN };
        let above = (name.len() as f64 - 1.0) / 2.0;
        for (line, span) in name.into_iter().enumerate() {
            let style = if nothing { PLAIN.in_ink(SOFT_INK) } else { PLAIN };
            canvas.text(frame.left, y + (line as f64 - above) * NAME_LINE, Align::Left, &[Span { style, ..span }]);
        }
        intervals(&left, &row.delivered, middle, ink);
        let mean = words::count(row.delivered.mean.unwrap_or(0.0), digits);
        canvas.text(columns.mean, y, Align::Right, &[Span::new(mean, STRONG.in_ink(ink))]);
        if let Some(none) = known(row.delivered.share_zero) {
            canvas.text(columns.none, y, Align::Right, &[Span::new(words::percent(none), PLAIN)]);
        }
        still_wanted(&right, row, middle);
    }
    axes::values_below(canvas, &left, &delivered, words::grouped);
    axes::values_below(canvas, &right, &wanted, words::grouped);
    key(canvas, &columns);
}

fn columns(frame: Frame, rows: usize, name: f64, beyond: f64) -> Columns {
    let bottom = frame.bottom - BELOW;
    let bottom = bottom.min(frame.top + ROW * rows as f64);
    let left = frame.left + name.max(40.0) + GAP;
    let panels = frame.right - left - 2.0 * NUMBER - 2.0 * GAP;
    let split = left + DELIVERIES * panels;
    Columns {
        delivered: Frame { left, right: split, bottom, ..frame },
        mean: split + NUMBER + 6.0,
        none: split + 2.0 * NUMBER - 4.0,
        wanted: Frame { left: split + 2.0 * NUMBER + GAP + 8.0, right: frame.right - beyond.max(12.0), bottom, ..frame },
    }
}

fn titles(canvas: &mut Canvas<'_>, frame: Frame, columns: &Columns) {
    let y = frame.top - 21.0;
    canvas.text(columns.delivered.left, y, Align::Left, &[Span::new("Delivered, chips", PANEL)]);
    canvas.text(columns.mean, y, Align::Right, &[Span::new("mean", TICK)]);
    canvas.text(columns.none, y, Align::Right, &[Span::new("none", TICK)]);
    canvas.text(columns.wanted.left, y, Align::Left, &[Span::new("Still wanted at the end, chips", PANEL)]);
}

/// Where the paths of a buyer lie, around the middle of its row.
fn intervals(panel: &Panel<'_>, delivered: &Estimate, middle: f64, ink: plotters::style::RGBColor) {
    let half = 0.16_f64.min(half_height(panel, 10.0));
    for ((low, high), shade) in [((0, 6), OUTER_BAND), ((2, 4), INNER_BAND)] {
        if let (Some(low), Some(high)) = (known(delivered.quantiles[low]), known(delivered.quantiles[high])) {
            panel.fill_box((low, middle + half), (high, middle - half), shade);
        }
    }
    if let Some(mean) = known(delivered.mean) {
        panel.dot((mean, middle), ink, 5.0);
    }
}

/// Need as a bar and requests as a ring, around the middle of the row.
fn still_wanted(panel: &Panel<'_>, row: &Row, middle: f64) {
    let half = 0.09_f64.min(half_height(panel, 6.0));
    if let Some(unmet) = row.unmet {
        panel.fill_box((0.0, middle + half), (unmet.max(0.0), middle - half), LOSSES[1]);
    }
    if let Some(outstanding) = row.outstanding {
        panel.ring((outstanding, middle), LOSSES[0], 5.0);
    }
}

/// So many picture units as part of a row.
fn half_height(panel: &Panel<'_>, units: f64) -> f64 {
    units * panel.limits().1 / (panel.frame.bottom - panel.frame.top)
}

/// What bar and ring mean, below the axis of the right half.
fn key(canvas: &mut Canvas<'_>, columns: &Columns) {
    let Frame { left, right, bottom, .. } = columns.wanted;
    let y = bottom + 46.0;
    let marks = canvas.panel(Frame { left, right, top: y - 8.0, bottom: y + 8.0 }, right - left, (0.0, 1.0));
    let need = Span::new("need unmet", TICK);
    marks.fill_box((0.0, 0.75), (20.0, 0.25), LOSSES[1]);
    let ring = 27.0 + need.width() + 22.0;
    canvas.text(left + 27.0, y, Align::Left, &[need]);
    marks.ring((ring, 0.5), LOSSES[0], 5.0);
    canvas.text(left + ring + 12.0, y, Align::Left, &[Span::new("requests outstanding", TICK)]);
}

fn alt(header: &Header, rows: &[Row]) -> String {
    let count = |value: f64| words::count(value, header.digits());
    let say = |row: &Row| {
        let mut text = format!("{} {}", row.name, count(row.delivered.mean?));
        if let (Some(low), Some(high)) = (known(row.delivered.quantiles[0]), known(row.delivered.quantiles[6])) {
            text += &format!(" (nine in ten paths {} to {})", count(low), count(high));
        }
        if let Some(none) = known(row.delivered.share_zero) {
            text += &format!(", nothing in {}", words::percent(none));
        }
        Some(text)
    };
    let said: Vec<String> = rows.iter().filter_map(say).collect();
    let end = words::month(header.axis().last());
    match said.len() {
        0 => "This run has no deliveries by buyer.".into(),
        _ => format!("Dots and intervals of H200 chips delivered to each buyer by the end of {end}, means: {}.", said.join("; ")),
    }
}
