//! `supply`: what Nvidia's line could start, started and finished, above the stock that this leaves.
//!
//! Flows are counted in a month, so their lines have steps; stock is counted at a month's end.

use plotters::style::RGBColor;

use super::Chart;
use super::axes::{self, Months, Scale};
use super::canvas::{Align, Canvas, Frame, Span};
use super::deliveries::{SHOWN, end_labels};
use super::labels::{self, EndLabel};
use super::page::{self, Heading};
use super::theme::{BLUES, INNER_BAND, MAIN, OUTER_BAND, PANEL, PLAIN, STRONG};
use super::tracks::Track;
use super::words;
use crate::analysis::{Header, Summary};

/// One flow: series, words for its label, colour, thickness of its line.
type Flow = (&'static str, &'static str, RGBColor, f64);

const FLOWS: [Flow; 3] =
    [("capacity", "could be started", BLUES[2], 2.0), ("starts", "started", BLUES[3], 3.0), ("good", "finished, passed test", MAIN, 3.0)];
/// Room between the panels.
const GUTTER: f64 = 56.0;

/// What the chart shows: flows, and quantiles of the stock from low to high.
struct Data {
    flows: Vec<(Flow, Track)>,
    stock: Option<Vec<Track>>,
}

/// Draws the chart.
pub fn draw(summary: &Summary) -> Chart {
    let header = &summary.header;
    let flows = FLOWS.iter().filter_map(|flow| Some((*flow, Track::of(summary, flow.0, |e| e.mean)?))).collect();
    let stock = SHOWN.iter().map(|(q, _)| Track::of(summary, "stock", |e| e.quantiles[*q])).collect();
    let data = Data { flows, stock };
    let heading = Heading {
        name: "supply",
        title: "H200 chips that Nvidia makes, and the stock it holds".into(),
        note: "Upper lines: mean over paths of chips in the month. Lower line: median at the end of the month; \
               dark band: the middle 50% of paths; light band: the middle 90%. The stock serves customers in the US and elsewhere too."
            .into(),
        alt: alt(header, &data),
    };
    page::compose(header, heading, |canvas, frame| picture(canvas, frame, header, &data))
}

fn picture(canvas: &mut Canvas<'_>, frame: Frame, header: &Header, data: &Data) {
    let months = header.axis();
    let flow_ends: Vec<EndLabel> = data.flows.iter().filter_map(|flow| flow_label(flow, header.digits())).collect();
    let stock_ends = data.stock.as_deref().map_or(Vec::new(), |fan| end_labels(fan, header.digits()));
    let height = |tracks: &mut dyn Iterator<Item = &Track>| Scale::of_counts(0.0, tracks.map(Track::highest).fold(0.0, f64::max));
    let flow_scale = height(&mut data.flows.iter().map(|(_, track)| track));
    let stock_scale = height(&mut data.stock.iter().flatten());
    let ticks = flow_scale.label_width(words::grouped).max(stock_scale.label_width(words::grouped));
    let middle = (frame.top + frame.bottom - Months::HEIGHT) / 2.0;
    let plot = Frame { left: frame.left + ticks, right: frame.right - labels::room(&flow_ends).max(labels::room(&stock_ends)), ..frame };
    let upper = Frame { bottom: middle - GUTTER / 2.0, ..plot };
    let lower = Frame { top: middle + GUTTER / 2.0, bottom: frame.bottom - Months::HEIGHT, ..plot };
    for (place, title) in [(upper, "Chips a month"), (lower, "Chips in stock at the end of the month")] {
        canvas.text(frame.left, place.top - 21.0, Align::Left, &[Span::new(title, PANEL)]);
    }
    let panel = canvas.panel(lower, months.end(), (0.0, stock_scale.high));
    if let Some(fan) = &data.stock {
        for ((low, high), ink) in [((0, 4), OUTER_BAND), ((1, 3), INNER_BAND)] {
            fan[high].open_bands(&fan[low]).into_iter().for_each(|band| panel.fill(band, ink));
        }
        axes::grid(&panel, &stock_scale, months.end());
        fan[2].open_lines().into_iter().for_each(|line| panel.line(line, MAIN, 3.0));
        axes::values(canvas, &panel, &stock_scale, "", words::grouped);
        labels::write_at_end(canvas, lower.right, (lower.top, lower.bottom), &stock_ends, |v| panel.place(0.0, v).1);
    } else {
        page::nothing(canvas, lower, "This run has no monthly quantiles of `stock`.");
    }
    months.draw(canvas, &panel);
    if data.flows.is_empty() {
        return page::nothing(canvas, upper, "This run has no monthly means of `capacity`, `starts` or `good`.");
    }
    let panel = canvas.panel(upper, months.end(), (0.0, flow_scale.high));
    axes::grid(&panel, &flow_scale, months.end());
    months.rule(canvas, &panel);
    for ((.., ink, thickness), track) in &data.flows {
        track.steps().into_iter().for_each(|line| panel.line(line, *ink, *thickness));
    }
    axes::values(canvas, &panel, &flow_scale, "", words::grouped);
    labels::write_at_end(canvas, upper.right, (upper.top, upper.bottom), &flow_ends, |v| panel.place(0.0, v).1);
}

fn flow_label(((_, name, ink, _), track): &(Flow, Track), digits: i32) -> Option<EndLabel> {
    let value = track.last()?;
    let spans = vec![Span::new(words::count(value, digits), STRONG), Span::new(format!(" {name}"), PLAIN)];
    Some(EndLabel { value, spans, swatch: Some(*ink) })
}

fn alt(header: &Header, data: &Data) -> String {
    let count = |value: f64| words::count(value, header.digits());
    let end = words::month(header.axis().last());
    let mut text = String::from("Line charts of Nvidia's H200 line and stock by month.");
    let said: Vec<String> = data.flows.iter().filter_map(|((_, name, ..), t)| Some(format!("{} {name}", count(t.last()?)))).collect();
    if !said.is_empty() {
        text += &format!(" Mean chips a month in {end}: {}.", said.join(", "));
    }
    let stock: Option<Vec<String>> = data.stock.as_ref().and_then(|fan| fan.iter().map(|t| t.last().map(count)).collect());
    if let Some([p05, p25, p50, p75, p95]) = stock.as_deref() {
        text += &format!(
            " Stock at the end of {end}: median {p50} chips; half of the paths lie between {p25} and {p75}, nine in ten between {p05} and {p95}."
        );
    }
    text
}
