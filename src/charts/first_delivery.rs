//! `first_delivery`: the probability that nothing has been delivered yet, with its Monte Carlo error.

use super::Chart;
use super::axes::{self, Months, Scale};
use super::canvas::{Align, Canvas, Frame, Panel, Span};
use super::labels::{self, EndLabel};
use super::page::{self, Heading};
use super::theme::{INNER_BAND, MAIN, OUTER_BAND, PLAIN, STRONG};
use super::tracks::Track;
use super::words;
use crate::analysis::Summary;

/// Standard errors on either side of an estimate that make a 95% interval.
const STANDARD_ERRORS: f64 = 1.96;

/// Draws the chart.
pub fn draw(summary: &Summary) -> Chart {
    let header = &summary.header;
    let share = Track::of(summary, "delivered", |e| e.share_zero);
    let error = Track::of(summary, "delivered", |e| e.share_zero_std_error);
    let heading = Heading {
        name: "first_delivery",
        title: "Probability that no H200 has been delivered to China yet".into(),
        note: "Line: share of paths at the end of the month. Band and ±: 95% Monte Carlo interval, in percentage points.".into(),
        alt: alt(header.axis(), share.as_ref()),
    };
    page::compose(header, heading, |canvas, frame| match &share {
        Some(share) => picture(canvas, frame, header.axis(), share, error.as_ref()),
        None => page::nothing(canvas, frame, "This run has no shares of paths with nothing `delivered`."),
    })
}

fn picture(canvas: &mut Canvas<'_>, frame: Frame, months: Months, share: &Track, error: Option<&Track>) {
    let scale = Scale::SHARE;
    let ends: Vec<EndLabel> = share.last().map(|v| end_label(v, error.and_then(Track::last))).into_iter().collect();
    let plot = Frame {
        left: frame.left + scale.label_width(words::percent_tick),
        right: frame.right - labels::room(&ends),
        bottom: frame.bottom - Months::HEIGHT,
        ..frame
    };
    let panel = canvas.panel(plot, months.end(), (scale.low, scale.high));
    let none = Track(vec![Some(0.0); months.count]);
    for mut area in share.bands(&none, 1.0) {
        // What begins with the first month begins at 100% above and 0% below.
        if let Some(corner) = area.last_mut().filter(|c| c.0 == 0.0) {
            corner.1 = 0.0;
        }
        panel.fill(area, OUTER_BAND);
    }
    axes::grid(&panel, &scale, months.end());
    months.draw(canvas, &panel);
    if let Some(error) = error {
        let edge = |side: f64| {
            let at = |i| Some((share.at(i)? + side * STANDARD_ERRORS * error.at(i)?).clamp(0.0, 1.0));
            Track((0..months.count).map(at).collect())
        };
        edge(1.0).bands(&edge(-1.0), 1.0).into_iter().for_each(|band| panel.fill(band, INNER_BAND));
    }
    share.lines(1.0).into_iter().for_each(|line| panel.line(line, MAIN, 3.0));
    axes::values(canvas, &panel, &scale, "Share of paths", words::percent_tick);
    regions(canvas, &panel, months, share);
    year_ends(canvas, &panel, months, share, error);
    labels::write_at_end(canvas, plot.right, (plot.top, plot.bottom), &ends, |v| panel.place(0.0, v).1);
}

/// Names the areas below and above the line, where there is room.
fn regions(canvas: &mut Canvas<'_>, panel: &Panel<'_>, months: Months, share: &Track) {
    let Frame { top, bottom, right, .. } = panel.frame;
    let column = |i: usize| {
        let (x, y) = panel.place(i as f64, share.at(i).unwrap_or(0.0));
        (x, y, panel.place(0.0, i.checked_sub(1).and_then(|before| share.at(before)).unwrap_or(1.0)).1)
    };
    let columns: Vec<_> = (0..months.count).map(column).collect();
    let below: Vec<_> = columns.iter().map(|(x, now, _)| (*x, *now, bottom)).collect();
    let above: Vec<_> = columns.iter().map(|(x, _, before)| (*x, top, *before)).collect();
    for (area, text) in [(below, "Nothing delivered yet"), (above, "Something delivered")] {
        let span = Span::new(text, PLAIN.in_ink(MAIN));
        if let Some((x, y)) = labels::inside(&area, right, span.width() + 24.0, 40.0) {
            canvas.text(x, y, Align::Centre, &[span]);
        }
    }
}

/// Marks the ends of years on the line; the last month has its label beside the panel.
fn year_ends(canvas: &mut Canvas<'_>, panel: &Panel<'_>, months: Months, share: &Track, error: Option<&Track>) {
    let last = months.count.saturating_sub(1);
    let column = (panel.frame.right - panel.frame.left) / months.end();
    for i in months.spaced(column.min(8.0), 96.0) {
        let Some(value) = share.at(i) else { continue };
        let end = (i + 1) as f64;
        panel.dot((end, value), MAIN, 5.0);
        if i < last && (last - i) as f64 * column > 60.0 {
            let (x, y) = panel.place(end, value);
            canvas.text_with_rim(x + 8.0, y - 16.0, Align::Left, &number(value, error.and_then(|e| e.at(i))));
        }
    }
}

fn number(share: f64, error: Option<f64>) -> Vec<Span> {
    let mut spans = vec![Span::new(words::percent(share), STRONG.in_ink(MAIN))];
    if let Some(error) = error.filter(|e| *e > 0.0) {
        spans.push(Span::new(format!(" ±{:.1}", (STANDARD_ERRORS * error * 100.0).max(0.1)), PLAIN));
    }
    spans
}

fn end_label(share: f64, error: Option<f64>) -> EndLabel {
    EndLabel { value: share, spans: number(share, error), swatch: None }
}

fn alt(months: Months, share: Option<&Track>) -> String {
    let Some(share) = share else { return "This run has no shares of paths with nothing delivered.".into() };
    let decembers = (0..months.count).filter(|i| months.at(*i).month() == 12 || i + 1 == months.count);
    let say = |i| Some(format!("{} at the end of {}", words::percent(share.at(i)?), words::month(months.at(i))));
    let said: Vec<String> = decembers.filter_map(say).collect();
    format!("Line chart of the share of paths in which nothing has been delivered yet: {}.", said.join(", "))
}
