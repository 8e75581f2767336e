//! `governments`: the share of paths in each regime, Beijing above Washington.
//!
//! A regime holds for a whole month, so the areas have steps. The tightest regime lies on top.

use plotters::style::RGBColor;

use super::Chart;
use super::axes::{self, Months, Scale};
use super::canvas::{Align, Canvas, Frame, Panel, Span};
use super::labels::{self, EndLabel};
use super::page::{self, Heading};
use super::theme::{DOORS, PANEL, PAPER, PLAIN, STRONG, ink_on};
use super::words;
use crate::analysis::{CategorySummary, Summary};

/// Room between the panels.
const GUTTER: f64 = 52.0;

struct Government {
    category: &'static str,
    name: &'static str,
    /// Colours of its states, in their order: from shut to open.
    inks: &'static [RGBColor],
}

const BEIJING: Government = Government { category: "beijing", name: "Beijing", inks: &DOORS };
const WASHINGTON: Government = Government { category: "washington", name: "Washington", inks: &[DOORS[0], DOORS[1], DOORS[3]] };

/// Draws the chart.
pub fn draw(summary: &Summary) -> Chart {
    let header = &summary.header;
    let heading = Heading {
        name: "governments",
        title: "Which regimes are in force in Beijing and in Washington".into(),
        note: "Areas: share of paths in each regime during the month.".into(),
        alt: alt(summary),
    };
    page::compose(header, heading, |canvas, frame| {
        let months = header.axis();
        let ends = [BEIJING, WASHINGTON].map(|g| summary.category(g.category).map_or(Vec::new(), |c| end_labels(&g, c)));
        let middle = (frame.top + frame.bottom - Months::HEIGHT) / 2.0;
        let plot = Frame {
            left: frame.left + Scale::SHARE.label_width(words::percent_tick),
            right: frame.right - ends.iter().map(|e| labels::room(e)).fold(0.0, f64::max),
            ..frame
        };
        let upper = Frame { bottom: middle - GUTTER / 2.0, ..plot };
        let lower = Frame { top: middle + GUTTER / 2.0, bottom: frame.bottom - Months::HEIGHT, ..plot };
        for ((government, frame), ends) in [(BEIJING, upper), (WASHINGTON, lower)].into_iter().zip(&ends) {
            let panel = canvas.panel(frame, months.end(), (0.0, 1.0));
            let left = plot.left - Scale::SHARE.label_width(words::percent_tick);
            canvas.text(left, frame.top - 19.0, Align::Left, &[Span::new(government.name, PANEL)]);
            match summary.category(government.category) {
                Some(shares) if !ends.is_empty() => picture(canvas, &panel, months, &government, shares, ends),
                _ => page::nothing(canvas, frame, &format!("This run has no regimes of {}.", government.name)),
            }
        }
        let floor = canvas.panel(lower, months.end(), (0.0, 1.0));
        months.draw(canvas, &floor);
    })
}

fn picture(
    canvas: &mut Canvas<'_>,
    panel: &Panel<'_>,
    months: Months,
    government: &Government,
    shares: &CategorySummary,
    ends: &[EndLabel],
) {
    let mut names = Vec::new();
    let mut lower = vec![0.0; shares.shares.len()];
    for state in (0..shares.category.states.len()).rev() {
        let upper: Vec<f64> = lower.iter().zip(&shares.shares).map(|(low, month)| low + share(month, state)).collect();
        let ink = ink_of(government, state);
        let mut outline = steps(&upper);
        outline.extend(steps(&lower).into_iter().rev());
        panel.fill(outline, ink);
        let column = |i: usize| {
            let (x, top) = panel.place(i as f64, upper[i]);
            (x, top, panel.place(0.0, lower[i]).1)
        };
        let columns: Vec<_> = (0..upper.len()).map(column).collect();
        let name = Span::new(words::label(shares.category.states[state]), STRONG.in_ink(ink_on(ink)));
        if let Some(place) = labels::inside(&columns, panel.frame.right, name.width() + 12.0, name.style.line_height()) {
            names.push((place, name));
        }
        if state > 0 {
            panel.line(steps(&upper), PAPER, 1.5);
        }
        lower = upper;
    }
    axes::grid(panel, &Scale::SHARE, months.end());
    axes::values(canvas, panel, &Scale::SHARE, "", words::percent_tick);
    for ((x, y), name) in names {
        canvas.text(x, y, Align::Centre, &[name]);
    }
    labels::write_at_end(canvas, panel.frame.right, (panel.frame.top, panel.frame.bottom), ends, |v| panel.place(0.0, v).1);
}

/// The shares of the last month, each at the middle of its area.
fn end_labels(government: &Government, shares: &CategorySummary) -> Vec<EndLabel> {
    let Some(last) = shares.shares.last() else { return Vec::new() };
    let mut above = 0.0;
    let label = |state: usize| {
        let value = share(last, state);
        above += value;
        let name = words::label(shares.category.states[state]).to_lowercase();
        let spans = vec![Span::new(words::percent(value), STRONG), Span::new(format!(" {name}"), PLAIN)];
        EndLabel { value: 1.0 - above + value / 2.0, spans, swatch: Some(ink_of(government, state)) }
    };
    (0..shares.category.states.len()).map(label).collect()
}

fn share(month: &[f64], state: usize) -> f64 {
    month.get(state).copied().filter(|s| s.is_finite()).unwrap_or(0.0)
}

fn ink_of(government: &Government, state: usize) -> RGBColor {
    government.inks[state.min(government.inks.len() - 1)]
}

fn steps(values: &[f64]) -> Vec<(f64, f64)> {
    values.iter().enumerate().flat_map(|(i, v)| [(i as f64, *v), ((i + 1) as f64, *v)]).collect()
}

fn alt(summary: &Summary) -> String {
    let mut text = String::from("Stacked areas of the share of paths in each regime by month.");
    for government in [BEIJING, WASHINGTON] {
        let category = summary.category(government.category);
        let Some((category, last)) = category.and_then(|c| Some((c, c.shares.last()?))) else { continue };
        let say = |(state, word): (usize, &&str)| format!("{} {}", words::label(word).to_lowercase(), words::percent(share(last, state)));
        let said: Vec<String> = category.category.states.iter().enumerate().map(say).collect();
        text += &format!(" {} in {}: {}.", government.name, words::month(summary.header.axis().last()), said.join(", "));
    }
    text
}
