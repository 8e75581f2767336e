//! `shapley`: of what is not known about each outcome, how much those who decide account for.

use super::Chart;
use super::axes::Scale;
use super::canvas::{Align, Canvas, Frame, Span};
use super::page::{self, Heading};
use super::sensitivity::{self, ink, read};
use super::theme::{INK, PANEL, PLAIN, REST, SOFT_INK, STRONG};
use super::waterfall::{axis_above, whisker};
use super::words;
use crate::analysis::sensitivity::{GroupEffect, Sensitivity};

/// Room for names at the left, and between columns.
const NAMES: f64 = 190.0;
const GUTTER: f64 = 22.0;
/// Room for the number of a bar.
const NUMBER: f64 = 50.0;
/// More outcomes than this are left to the table.
const MOST_COLUMNS: usize = 4;
const TALLEST: f64 = 62.0;
const BAR: f64 = 0.52;

/// Draws the chart.
pub fn draw(found: &Sensitivity) -> Chart {
    let columns = found.outcomes.len().min(MOST_COLUMNS);
    let heading = Heading {
        name: "shapley",
        title: "Who decides: shares of what is not known".into(),
        note: "Shapley effects of the inputs that each decides: shares of the variance that is not luck; they sum to 100% and are valid where \
               inputs depend on each other. Whiskers: 95% interval; grey ticks: what a group without effect reaches."
            .into(),
        alt: alt(found),
    };
    page::compose(sensitivity::origin(found), heading, |canvas, frame| {
        if columns == 0 || found.groups.is_empty() {
            page::nothing(canvas, frame, "Nothing was analysed.");
        } else {
            picture(canvas, frame, found, columns);
        }
    })
}

fn picture(canvas: &mut Canvas<'_>, frame: Frame, found: &Sensitivity, columns: usize) {
    let all = || found.outcomes.iter().take(columns).flat_map(|o| &o.groups).filter_map(|g| g.share);
    let low = all().map(|s| s.interval().0).fold(0.0, f64::min);
    let scale = Scale::of_reals(low, all().map(|s| s.interval().1).fold(0.1, f64::max));
    let scale = Scale { step: scale.step * 2.0, ..scale };
    let top = frame.top + 46.0;
    let row = ((frame.bottom - top) / found.groups.len() as f64).min(TALLEST);
    let wide = (frame.right - frame.left - NAMES) / columns as f64;
    let bottom = top + row * found.groups.len() as f64;
    for (i, name) in found.groups.iter().enumerate() {
        canvas.text(frame.left, top + (i as f64 + 0.5) * row, Align::Left, &[Span::new(name, STRONG)]);
    }
    for (column, (named, effects)) in found.names.iter().zip(&found.outcomes).take(columns).enumerate() {
        let left = frame.left + NAMES + wide * column as f64;
        let plot = Frame { left, right: left + wide - GUTTER - NUMBER, top, bottom };
        let panel = canvas.panel(plot, 1.0, (0.0, 1.0));
        let title = read(found, named, effects).name;
        for (line, text) in page::wrap(&title, PANEL, wide - GUTTER, 2).into_iter().enumerate() {
            canvas.text(left, frame.top - 18.0 + 21.0 * line as f64, Align::Left, &[Span::new(text, PANEL)]);
        }
        axis_above(canvas, &panel, &scale, ("", 0.0), |v| format!("{:.0}%", v * 100.0));
        let x = |value: f64| plot.left + (value - scale.low) / (scale.high - scale.low) * (plot.right - plot.left);
        for (i, (group, name)) in effects.groups.iter().zip(&found.groups).enumerate() {
            let Some(share) = group.share else { continue };
            let (y, half) = (top + (i as f64 + 0.5) * row, row * BAR / 2.0);
            let color = if is_beyond(group) { ink(name, i) } else { REST };
            canvas.block((x(share.value.min(0.0)), y - half), (x(share.value.max(0.0)).max(x(0.0) + 1.0), y + half), color);
            if let Some(floor) = group.floor {
                canvas.rule((x(floor), y - half - 4.0), (x(floor), y + half + 4.0), SOFT_INK, 1.5);
            }
            let (low, high) = share.interval();
            whisker(canvas, (x(low), x(high)), y);
            let style = if is_beyond(group) { STRONG.in_ink(INK) } else { PLAIN.in_ink(SOFT_INK) };
            canvas.text(left + wide - GUTTER, y, Align::Right, &[Span::new(words::percent(share.value.max(0.0)), style)]);
        }
    }
}

/// Whether the share is beyond its noise, and beyond what nothing reaches.
fn is_beyond(group: &GroupEffect) -> bool {
    group.share.is_some_and(|share| share.is_real() && group.floor.is_none_or(|floor| share.value > floor))
}

fn alt(found: &Sensitivity) -> String {
    let of = |(named, effects): (&crate::analysis::sensitivity::Named, &crate::analysis::sensitivity::OutcomeEffects)| {
        let say = |(name, group): (&String, &GroupEffect)| {
            let noise = if is_beyond(group) { "" } else { " (not beyond noise)" };
            group.share.map(|share| format!("{name} {}{noise}", words::percent(share.value.max(0.0))))
        };
        let said: Vec<String> = found.groups.iter().zip(&effects.groups).filter_map(say).collect();
        format!("{}: {}", read(found, named, effects).name, if said.is_empty() { "nothing varies".into() } else { said.join(", ") })
    };
    let said: Vec<String> = found.names.iter().zip(&found.outcomes).take(MOST_COLUMNS).map(of).collect();
    format!("Bars of the Shapley effects of those who decide, for each outcome. {}.", said.join(". "))
}
