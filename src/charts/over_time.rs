//! `over_time`: month by month, what the deliveries since the start are uncertain for: luck, and those who decide.

use plotters::style::RGBColor;

use super::Chart;
use super::axes::{self, Scale};
use super::canvas::{Canvas, Frame, Span};
use super::labels::{self, EndLabel};
use super::page::{self, Heading};
use super::sensitivity::{self, ink};
use super::theme::{PAPER, PLAIN, REST, STRONG};
use super::words;
use crate::analysis::Valued;
use crate::analysis::sensitivity::Sensitivity;

/// One band: its name, its colour, and its share in each month; none where nothing varies.
struct Band {
    name: String,
    ink: RGBColor,
    shares: Vec<Option<Valued>>,
}

/// Draws the chart.
pub fn draw(found: &Sensitivity) -> Chart {
    let bands = bands(found);
    let heading = Heading {
        name: "over_time",
        title: "What deliveries are uncertain for, month by month".into(),
        note: "Areas: shares of the variance of the H200 delivered since the start, by whose inputs account for it (Shapley effects); grey: luck, \
               which no research removes. A share that noise puts below zero has no area. Blank: nothing varies yet."
            .into(),
        alt: alt(found, &bands),
    };
    page::compose(sensitivity::origin(found), heading, |canvas, frame| {
        if bands.iter().all(|band| band.shares.iter().all(Option::is_none)) {
            page::nothing(canvas, frame, "Nothing is delivered in any of these paths.");
        } else {
            picture(canvas, frame, found, &bands);
        }
    })
}

/// From the axis upwards: groups from the largest at the end, then luck.
fn bands(found: &Sensitivity) -> Vec<Band> {
    let of = |group: usize, name: &String| Band {
        name: name.clone(),
        ink: ink(name, group),
        shares: found.over_time.iter().map(|month| month.as_ref().map(|month| month.groups[group])).collect(),
    };
    let mut bands: Vec<Band> = found.groups.iter().enumerate().map(|(group, name)| of(group, name)).collect();
    bands.sort_by(|a, b| last(b).total_cmp(&last(a)));
    let luck = found.over_time.iter().map(|month| month.as_ref().map(|month| month.luck)).collect();
    bands.push(Band { name: "Luck".into(), ink: REST, shares: luck });
    bands
}

/// The share in the last month, for sorting and labels.
fn last(band: &Band) -> f64 {
    band.shares.last().copied().flatten().map_or(0.0, |share| share.value)
}

fn picture(canvas: &mut Canvas<'_>, frame: Frame, found: &Sensitivity, bands: &[Band]) {
    let months = found.header.axis();
    let ends = end_labels(bands);
    let plot = Frame {
        left: frame.left + Scale::SHARE.label_width(words::percent_tick),
        right: frame.right - labels::room(&ends),
        bottom: frame.bottom - axes::Months::HEIGHT,
        ..frame
    };
    let panel = canvas.panel(plot, months.end(), (0.0, 1.0));
    for month in 0..months.count {
        let (left, right) = (month as f64, (month + 1) as f64);
        let mut base: f64 = 0.0;
        for band in bands {
            let Some(share) = band.shares.get(month).copied().flatten() else { continue };
            let top = (base + share.value.max(0.0)).min(1.0);
            panel.fill_box((left, base), (right, top), band.ink);
            panel.line(vec![(left, top), (right, top)], PAPER, 1.0);
            base = top;
        }
    }
    axes::grid(&panel, &Scale::SHARE, months.end());
    axes::values(canvas, &panel, &Scale::SHARE, "Share of the variance", words::percent_tick);
    months.draw(canvas, &panel);
    labels::write_at_end(canvas, plot.right, (plot.top, plot.bottom), &ends, |v| panel.place(0.0, v).1);
}

/// The shares of the last month from the top, each at the middle of its area.
fn end_labels(bands: &[Band]) -> Vec<EndLabel> {
    let mut base: f64 = 0.0;
    let mut label = |band: &Band| {
        let share = band.shares.last().copied().flatten()?;
        let top = (base + share.value.max(0.0)).min(1.0);
        let value = (base + top) / 2.0;
        base = top;
        let text = if share.is_real() { words::percent(share.value.max(0.0)) } else { "≈0%".into() };
        let spans = vec![Span::new(text, STRONG), Span::new(format!(" {}", band.name), PLAIN)];
        Some(EndLabel { value, spans, swatch: Some(band.ink) })
    };
    let mut ends: Vec<EndLabel> = bands.iter().filter_map(&mut label).collect();
    ends.reverse();
    ends
}

fn alt(found: &Sensitivity, bands: &[Band]) -> String {
    let say = |band: &Band| {
        let share = band.shares.last().copied().flatten()?;
        Some(format!("{} {}", band.name, words::percent(share.value.clamp(0.0, 1.0))))
    };
    let said: Vec<String> = bands.iter().filter_map(say).collect();
    let end = words::month(found.header.axis().last());
    format!(
        "Stacked areas of the shares of the variance of cumulative deliveries by month. At the end of {end}: {}.",
        if said.is_empty() { "nothing varies".into() } else { said.join(", ") }
    )
}
