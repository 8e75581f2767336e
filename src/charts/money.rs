//! `money`: gross revenue from China by calendar quarter, split into what Nvidia keeps and what the US government takes.
//!
//! A mean never stands alone: behind each column a band says where nine paths in ten lie, below it stands the chance of no revenue.

use plotters::style::RGBColor;

use super::Chart;
use super::axes::{self, Months, Scale};
use super::canvas::{Align, Canvas, Frame, Panel, Span};
use super::labels::{self, EndLabel};
use super::page::{self, Heading};
use super::theme::{AXIS, BLUES, INNER_BAND, LOSSES, OUTER_BAND, PLAIN, STRONG, TICK};
use super::words;
use crate::analysis::{Header, Summary};
use crate::domain::Quarter;

const NET: RGBColor = BLUES[3];
const TAKE: RGBColor = LOSSES[1];
/// Half the part of a quarter's width that its column takes, half that of the band behind it, and the band's greatest half width.
const COLUMN: f64 = 0.22;
const BAND: f64 = 0.36;
const WIDEST: f64 = 60.0;
/// Room for quarters and years, and for the rows of numbers below them.
const AXIS_HEIGHT: f64 = 46.0;
const STRIP: f64 = 56.0;
const ROW: f64 = 23.0;
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

/// Names of the rows of numbers.
const GROSS: &str = "gross revenue, mean";
const NONE: &str = "paths without any revenue";

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
            "Columns: mean over paths, booked on delivery. Light bars: the middle 90% of paths; they begin at zero where more than 5% \
             of paths earn nothing.{}",
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
    let tops = |bar: &Bar| [bar.gross, bar.parts.map(|(net, take)| net + take), bar.range.map(|(_, high)| high)];
    let highest = bars.iter().flat_map(tops).flatten().fold(0.0, f64::max);
    let unit = if highest >= BILLIONS_FROM { Unit { usd: 1e9, name: "billions" } } else { Unit { usd: 1e6, name: "millions" } };
    let scale = Scale::of_counts(0.0, highest / unit.usd);
    let ends = bars.last().map_or(Vec::new(), |bar| end_labels(bar, unit, digits));
    let plot = Frame {
        left: frame.left + scale.label_width(words::grouped),
        right: frame.right - labels::room(&ends).max(labels::LEAD + Span::new(NONE, TICK).width()),
        bottom: frame.bottom - AXIS_HEIGHT - STRIP,
        ..frame
    };
    let panel = canvas.panel(plot, bars.len() as f64, (0.0, scale.high));
    axes::grid(&panel, &scale, bars.len() as f64);
    let narrow = (WIDEST * bars.len() as f64 / (plot.right - plot.left) / BAND).min(1.0);
    for (i, bar) in bars.iter().enumerate() {
        column(&panel, i as f64 + 0.5, bar, unit, narrow);
    }
    axes::values(canvas, &panel, &scale, &format!("USD {} a quarter", unit.name), words::grouped);
    quarters(canvas, &panel, bars);
    table(canvas, &panel, bars, |v| words::significant(v / unit.usd, digits));
    labels::write_at_end(canvas, plot.right, (plot.top, plot.bottom), &ends, |v| panel.place(0.0, v).1);
}

/// One column around `x`, narrowed by a factor where quarters are wide.
fn column(panel: &Panel<'_>, x: f64, bar: &Bar, unit: Unit, narrow: f64) {
    let (inner, outer) = (COLUMN * narrow, BAND * narrow);
    if let Some((low, high)) = bar.range.map(|(low, high)| (low / unit.usd, high / unit.usd)) {
        panel.fill_box((x - outer, high), (x + outer, low), OUTER_BAND);
        for end in [low, high] {
            panel.line(vec![(x - outer, end), (x + outer, end)], INNER_BAND, 2.0);
        }
    }
    let Some(gross) = bar.gross.map(|v| v / unit.usd) else { return };
    let (left, right) = (x - inner, x + inner);
    panel.fill_box((left, gross), (right, 0.0), NET);
    if let Some((net, take)) = bar.parts.map(|(net, take)| (net / unit.usd, take / unit.usd)) {
        panel.fill_box((left, net + take), (right, net), TAKE);
    }
}

/// The numbers of the last quarter, at the middle of what they are.
fn end_labels(bar: &Bar, unit: Unit, digits: i32) -> Vec<EndLabel> {
    let label = |place: f64, value: f64, name: &str, swatch: Option<RGBColor>| {
        let spans = vec![Span::new(words::significant(value / unit.usd, digits), STRONG), Span::new(format!(" {name}"), PLAIN)];
        EndLabel { value: place / unit.usd, spans, swatch }
    };
    let mut labels = Vec::new();
    let written = |v: f64| words::significant(v / unit.usd, digits);
    let apart = bar.range.filter(|(low, high)| written(*low) != written(*high));
    labels.extend(apart.map(|(_, high)| label(high, high, "95th percentile", None)));
    match (bar.parts, bar.gross) {
        (Some((net, take)), _) => {
            labels.push(label(net + take / 2.0, take, "US share, mean", Some(TAKE)));
            labels.push(label(net / 2.0, net, "net to Nvidia, mean", Some(NET)));
        }
        (None, Some(gross)) => labels.push(label(gross / 2.0, gross, "gross, mean", Some(NET))),
        _ => {}
    }
    let name = if apart.is_some() { "5th percentile" } else { "5th to 95th percentile" };
    labels.extend(bar.range.map(|(low, _)| label(low, low, name, None)));
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
}

/// Two rows of numbers under their quarters, with their names at the right.
fn table(canvas: &mut Canvas<'_>, panel: &Panel<'_>, bars: &[Bar], write: impl Fn(f64) -> String) {
    let Frame { left, right, bottom, .. } = panel.frame;
    let width = (right - left) / bars.len() as f64;
    let bold = |text: String| Span::new(text, STRONG);
    let gross: Vec<Option<Span>> = bars.iter().map(|bar| bar.gross.map(|v| bold(write(v)))).collect();
    let none: Vec<Option<Span>> = bars.iter().map(|bar| bar.none.map(|v| bold(words::percent(v)))).collect();
    let widest = gross.iter().chain(&none).flatten().map(Span::width).fold(0.0, f64::max);
    for (row, (name, numbers)) in [(GROSS, gross), (NONE, none)].into_iter().enumerate() {
        let y = bottom + AXIS_HEIGHT + 16.0 + ROW * row as f64;
        for i in spaced(bars, width, widest + 12.0) {
            let number = numbers[i].clone();
            canvas.text(left + width * (i as f64 + 0.5), y, Align::Centre, number.as_slice());
        }
        canvas.text(right + labels::LEAD, y, Align::Left, &[Span::new(name, TICK)]);
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
    let million = |usd: f64| words::significant(usd / 1e6, header.digits());
    let say = |bar: &Bar| {
        let mut text = format!("{} {} million", name(bar.quarter), million(bar.gross?));
        if let Some((low, high)) = bar.range {
            text += &format!(" (nine in ten paths {} to {} million)", million(low), million(high));
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
