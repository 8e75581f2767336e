//! `money`: gross revenue from China by calendar quarter, split into what Nvidia keeps and what the US government takes.
//!
//! A mean never stands alone: beside each column a whisker says where nine paths in ten lie, below it stands the chance of no revenue.

use plotters::style::RGBColor;

use super::Chart;
use super::axes::{self, Months, Scale};
use super::canvas::{Align, Canvas, Frame, Panel, Span};
use super::labels::{self, EndLabel};
use super::page::{self, Heading};
use super::theme::{AXIS, BLUES, INK, LOSSES, PLAIN, STRONG, TICK};
use super::words;
use crate::analysis::{Header, Summary};
use crate::domain::Quarter;

const NET: RGBColor = BLUES[3];
const TAKE: RGBColor = LOSSES[1];
/// The part of a quarter's width that its column takes, and where the whisker stands.
const COLUMN: (f64, f64) = (0.14, 0.70);
const WHISKER: f64 = 0.82;
/// Room for quarters and years, and for the row of chances.
const AXIS_HEIGHT: f64 = 46.0;
const STRIP: f64 = 54.0;
/// Below this many dollars the axis counts in millions.
const BILLIONS_FROM: f64 = 2.5e9;

/// What is known of one quarter, in USD.
struct Bar {
    quarter: Quarter,
    /// How many of its three months are simulated.
    months: usize,
    gross: Option<f64>,
    /// What Nvidia keeps and what the US takes; sums of monthly means.
    parts: Option<(f64, f64)>,
    /// Where nine paths in ten lie.
    range: Option<(f64, f64)>,
    none: Option<f64>,
}

/// In what the axis counts.
#[derive(Clone, Copy)]
struct Unit {
    usd: f64,
    name: &'static str,
}

/// Draws the chart.
pub fn draw(summary: &Summary) -> Chart {
    let header = &summary.header;
    let bars = bars(summary);
    let heading = Heading {
        name: "money",
        title: "Gross revenue from H200 chips delivered to China, by calendar quarter".into(),
        note: format!(
            "Columns: mean over paths, booked on delivery. Whiskers: from the 5th to the 95th percentile of paths; where more than \
             5% of paths earn nothing, they begin at zero.{}",
            partial(&bars)
        ),
        alt: alt(header, &bars),
    };
    page::compose(header, heading, |canvas, frame| {
        if bars.iter().all(|bar| bar.gross.is_none()) {
            page::nothing(canvas, frame, "This run has no revenue by quarter.");
        } else {
            picture(canvas, frame, &bars, header.digits());
        }
    })
}

fn bars(summary: &Summary) -> Vec<Bar> {
    let months: Months = summary.header.axis();
    let known = |v: Option<f64>| v.filter(|v| v.is_finite());
    let mut bars: Vec<(Quarter, Vec<usize>)> = Vec::new();
    for i in 0..months.count {
        let quarter = months.at(i).quarter();
        match bars.last_mut() {
            Some((same, positions)) if *same == quarter => positions.push(i),
            _ => bars.push((quarter, vec![i])),
        }
    }
    let sum = |metric: &str, positions: &[usize]| -> Option<f64> {
        let series = summary.series(metric, None)?;
        positions.iter().map(|i| known(series.months.get(*i)?.mean)).sum()
    };
    let bar = |(quarter, positions): (Quarter, Vec<usize>)| {
        let outcome = summary.outcome(&format!("revenue_{}q{}", quarter.year, quarter.quarter), None).map(|o| &o.estimate);
        Bar {
            quarter,
            months: positions.len(),
            gross: outcome.and_then(|e| known(e.mean)),
            parts: sum("net_revenue", &positions).zip(sum("us_take", &positions)),
            range: outcome.and_then(|e| known(e.quantiles[0]).zip(known(e.quantiles[6]))),
            none: outcome.and_then(|e| known(e.share_zero)),
        }
    };
    bars.into_iter().map(bar).collect()
}

/// Names the quarters of which not every month is simulated.
fn partial(bars: &[Bar]) -> String {
    let say = |bar: &Bar| format!("{} ({} of 3 months)", name(bar.quarter), bar.months);
    let said: Vec<String> = bars.iter().filter(|bar| bar.months < 3).map(say).collect();
    if said.is_empty() { String::new() } else { format!(" * Only partly simulated: {}.", said.join(", ")) }
}

fn name(quarter: Quarter) -> String {
    format!("Q{} {}", quarter.quarter, quarter.year)
}

fn picture(canvas: &mut Canvas<'_>, frame: Frame, bars: &[Bar], digits: i32) {
    let highest = bars.iter().flat_map(|bar| [bar.gross, bar.range.map(|r| r.1)]).flatten().fold(0.0, f64::max);
    let unit = if highest >= BILLIONS_FROM { Unit { usd: 1e9, name: "billions" } } else { Unit { usd: 1e6, name: "millions" } };
    let scale = Scale::of_counts(0.0, highest / unit.usd);
    let ends = bars.last().map_or(Vec::new(), |bar| end_labels(bar, unit, digits));
    let plot = Frame {
        left: frame.left + scale.label_width(words::grouped),
        right: frame.right - labels::room(&ends),
        bottom: frame.bottom - AXIS_HEIGHT - STRIP,
        ..frame
    };
    let panel = canvas.panel(plot, bars.len() as f64, (0.0, scale.high));
    axes::grid(&panel, &scale, bars.len() as f64);
    for (i, bar) in bars.iter().enumerate() {
        column(&panel, i as f64, bar, unit);
    }
    axes::values(canvas, &panel, &scale, &format!("USD {} a quarter", unit.name), words::grouped);
    quarters(canvas, &panel, bars);
    labels::write_at_end(canvas, plot.right, (plot.top, plot.bottom), &ends, |v| panel.place(0.0, v).1);
}

fn column(panel: &Panel<'_>, x: f64, bar: &Bar, unit: Unit) {
    let Some(gross) = bar.gross.map(|v| v / unit.usd) else { return };
    let (left, right) = (x + COLUMN.0, x + COLUMN.1);
    panel.fill_box((left, gross), (right, 0.0), NET);
    if let Some((net, take)) = bar.parts.map(|(net, take)| (net / unit.usd, take / unit.usd)) {
        panel.fill_box((left, net + take), (right, net), TAKE);
    }
    if let Some((low, high)) = bar.range.map(|(low, high)| (low / unit.usd, high / unit.usd)) {
        panel.line(vec![(x + WHISKER, low), (x + WHISKER, high)], INK, 1.75);
        for end in [low, high] {
            panel.line(vec![(x + WHISKER - 0.06, end), (x + WHISKER + 0.06, end)], INK, 1.75);
        }
    }
}

/// The numbers of the last quarter, at the middle of what they are.
fn end_labels(bar: &Bar, unit: Unit, digits: i32) -> Vec<EndLabel> {
    let label = |place: f64, value: f64, name: &str, swatch: Option<RGBColor>| {
        let spans = vec![Span::new(words::significant(value / unit.usd, digits), STRONG), Span::new(format!(" {name}"), PLAIN)];
        EndLabel { value: place / unit.usd, spans, swatch }
    };
    let mut labels = Vec::new();
    labels.extend(bar.range.map(|(_, high)| label(high, high, "95th percentile", None)));
    match (bar.parts, bar.gross) {
        (Some((net, take)), _) => {
            labels.push(label(net + take / 2.0, take, "the US share, mean", Some(TAKE)));
            labels.push(label(net / 2.0, net, "net to Nvidia, mean", Some(NET)));
        }
        (None, Some(gross)) => labels.push(label(gross / 2.0, gross, "gross, mean", Some(NET))),
        _ => {}
    }
    labels.extend(bar.range.map(|(low, _)| label(low, low, "5th percentile", None)));
    labels
}

/// Quarters and years along the foot of the panel, and below them the chance of no revenue.
fn quarters(canvas: &mut Canvas<'_>, panel: &Panel<'_>, bars: &[Bar]) {
    let Frame { left, right, bottom, .. } = panel.frame;
    let width = (right - left) / bars.len() as f64;
    let middle = |i: usize| left + width * (i as f64 + 0.5);
    canvas.rule((left, bottom), (right, bottom), AXIS, 1.25);
    for (i, bar) in bars.iter().enumerate().filter(|_| width >= 32.0) {
        let star = if bar.months < 3 { "*" } else { "" };
        canvas.text(middle(i), bottom + 18.0, Align::Centre, &[Span::new(format!("Q{}{star}", bar.quarter.quarter), TICK)]);
    }
    years(canvas, (left, width, bottom), bars);
    let y = bottom + AXIS_HEIGHT + 16.0;
    canvas.text(left, y, Align::Left, &[Span::new("Paths without any revenue in the quarter", TICK)]);
    for i in spaced(bars, width, 52.0) {
        if let Some(none) = bars[i].none {
            canvas.text(middle(i), y + 21.0, Align::Centre, &[Span::new(words::percent(none), STRONG)]);
        }
    }
}

fn years(canvas: &mut Canvas<'_>, (left, width, bottom): (f64, f64, f64), bars: &[Bar]) {
    let every = [1, 2, 5, 10, 20, 50].into_iter().find(|n| f64::from(*n) * 4.0 * width >= 48.0).unwrap_or(50);
    let mut begin = 0;
    while begin < bars.len() {
        let year = bars[begin].quarter.year;
        let end = bars.iter().position(|bar| bar.quarter.year > year).unwrap_or(bars.len());
        let (from, to) = (left + width * begin as f64, left + width * end as f64);
        if begin == 0 || year % every == 0 {
            canvas.rule((from, bottom), (from, bottom + 9.0), AXIS, 1.0);
        }
        let label = Span::new(year.to_string(), STRONG);
        if year % every == 0 && (every > 1 || to - from >= label.width() + 6.0) {
            canvas.text((from + to) / 2.0, bottom + if width >= 32.0 { 37.0 } else { 22.0 }, Align::Centre, &[label]);
        }
        begin = end;
    }
}

/// Positions with room for a number each: all, or the last quarters of half-years, of years, of several years.
fn spaced(bars: &[Bar], width: f64, room: f64) -> Vec<usize> {
    let stride = [1, 2, 4, 8, 20, 40, 80].into_iter().find(|n| f64::from(*n) * width >= room).unwrap_or(80);
    let last_of = |bar: &Bar| (bar.quarter.year * 4 + bar.quarter.quarter as i32) % stride == 0;
    (0..bars.len()).filter(|i| last_of(&bars[*i])).collect()
}

fn alt(header: &Header, bars: &[Bar]) -> String {
    let million = |usd: f64| format!("{} million", words::significant(usd / 1e6, header.digits()));
    let say = |bar: &Bar| {
        let mut text = format!("{} {}", name(bar.quarter), million(bar.gross?));
        if let Some((low, high)) = bar.range {
            text += &format!(" (nine in ten paths {} to {})", million(low), million(high));
        }
        if let Some(none) = bar.none {
            text += &format!(", none in {}", words::percent(none));
        }
        Some(text)
    };
    let said: Vec<String> = bars.iter().filter_map(say).collect();
    match said.len() {
        0 => "This run has no revenue by quarter.".into(),
        n if n > 12 => format!("Columns of mean gross revenue in USD; the last of {n} quarters is {}.", said[n - 1]),
        _ => format!("Columns of mean gross revenue in USD by quarter: {}.", said.join("; ")),
    }
}
