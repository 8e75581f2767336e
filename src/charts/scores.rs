//! `forecasts_scored`: what each forecast said of deliveries, month by month, beside what was seen.

use super::Chart;
use super::axes::{self, Scale};
use super::blocks::{self, Block};
use super::canvas::{Align, Canvas, Frame, Span};
use super::page::{self, Heading, Origin};
use super::scenarios::{LOOKS, stroke};
use super::theme::{AXIS, INK, PLAIN, STRONG, TICK};
use super::words;
use crate::analysis::{Scoreboard, Scored};

/// The smallest number of chips on the axis above zero.
const LEAST: f64 = 100.0;
/// Room for zero below it, in decades.
const ZERO: f64 = 0.6;

/// A number of chips that was seen at a month's end, with everybody's forecast.
struct Column<'a> {
    label: String,
    seen: f64,
    forecasts: Vec<&'a Scored>,
}

/// Draws the chart.
pub fn draw(board: &Scoreboard, facts: &str) -> Chart {
    let columns = columns(board);
    let heading = Heading {
        name: "forecasts_scored",
        title: "What was forecast of H200 deliveries, and what came".into(),
        note: "Bars: from the 5% to the 95% quantile of each forecast; dot: its median. Ring: what was seen. Chips on a logarithmic scale, with zero below it.".into(),
        alt: alt(board, &columns),
    };
    let known = board.scored.iter().map(|s| s.known).max();
    let known = known.map_or(String::new(), |day| format!("Facts known by {}; forecasts as they were kept.", words::date(day)));
    page::compose(Origin::of_facts(facts.to_owned(), known), heading, |canvas, frame| match columns.is_empty() {
        true => page::nothing(canvas, frame, "No forecast speaks of a number of delivered chips that was seen."),
        false => picture(canvas, frame, board, &columns),
    })
}

fn columns(board: &Scoreboard) -> Vec<Column<'_>> {
    let mut columns: Vec<Column<'_>> = Vec::new();
    let total = |s: &&Scored| s.observable.starts_with("delivered(") && !s.observable.contains(',');
    for scored in board.scored.iter().filter(total) {
        let (Some(month), Some(number)) = (scored.month, scored.score.number) else { continue };
        let label = format!("{} {}", words::short_month(month), month.year());
        match columns.iter_mut().find(|c| c.label == label) {
            Some(column) => column.forecasts.push(scored),
            None => columns.push(Column { label, seen: number.seen, forecasts: vec![scored] }),
        }
    }
    columns
}

fn picture(canvas: &mut Canvas<'_>, frame: Frame, board: &Scoreboard, columns: &[Column<'_>]) {
    let highest = columns.iter().flat_map(|c| &c.forecasts).map(|s| s.quantiles[2]).fold(LEAST * 10.0, f64::max);
    let place = |chips: f64| if chips < LEAST { 0.0 } else { ZERO + libm::log10(chips / LEAST) };
    let top = place(highest) + 0.1;
    let names: Vec<Block> = board
        .forecasters
        .iter()
        .zip(LOOKS.iter().cycle())
        .enumerate()
        .map(|(i, (forecaster, look))| Block::new(top - i as f64, *look, &forecaster.title, PLAIN, 230.0, 3).ending(false))
        .collect();
    let scale = Scale { low: 0.0, high: top, step: 1.0 };
    let plot = Frame { left: frame.left + 90.0, right: frame.right - blocks::room(&names), bottom: frame.bottom - 34.0, ..frame };
    let panel = canvas.panel(plot, columns.len() as f64, (scale.low - 0.15, scale.high));
    let ticks = [(0.0, "0".to_owned())]
        .into_iter()
        .chain((0..).map(|d| LEAST * libm::pow(10.0, f64::from(d))).take_while(|c| place(*c) <= top).map(|c| (c, words::grouped(c))));
    for (chips, label) in ticks {
        let y = panel.place(0.0, place(chips)).1;
        panel.line(vec![(0.0, place(chips)), (columns.len() as f64, place(chips))], AXIS, 0.4);
        canvas.text(plot.left - 10.0, y, Align::Right, &[Span::new(label, TICK)]);
    }
    canvas.text(frame.left, plot.top - 19.0, Align::Left, &[Span::new("Chips delivered by the end of the month", TICK)]);
    let width = (plot.right - plot.left) / columns.len() as f64;
    for (c, column) in columns.iter().enumerate() {
        let left = plot.left + c as f64 * width;
        canvas.text(left + width / 2.0, plot.bottom + 18.0, Align::Centre, &[Span::new(&column.label, STRONG)]);
        for scored in &column.forecasts {
            let look = LOOKS[scored.forecaster % LOOKS.len()];
            let x = left + width * (scored.forecaster as f64 + 1.0) / (board.forecasters.len() as f64 + 1.0);
            let y = |chips: f64| panel.place(0.0, place(chips)).1;
            let [low, middle, high] = scored.quantiles;
            stroke(canvas, &[(x, y(low)), (x, y(high))], look, 5.0);
            canvas.dot((x, y(middle)), look.ink, 6.0);
        }
        let y = place(column.seen);
        panel.line(vec![(c as f64 + 0.06, y), (c as f64 + 0.94, y)], INK, 1.0);
        panel.ring((c as f64 + 0.04, y), INK, 6.0);
    }
    axes::grid_up(&panel, &Scale { low: 0.0, high: columns.len() as f64, step: 1.0 });
    blocks::write_at_end(canvas, plot.right, (plot.top, plot.bottom), &names, |v| panel.place(0.0, v).1);
}

fn alt(board: &Scoreboard, columns: &[Column<'_>]) -> String {
    let Some(last) = columns.last() else { return "There is no number of delivered chips to compare forecasts with.".into() };
    let say = |s: &&Scored| {
        let [low, _, high] = s.quantiles.map(|chips| words::count(chips, 2));
        format!("{} {low} to {high}", board.forecasters[s.forecaster].title)
    };
    let said: Vec<String> = last.forecasts.iter().map(say).collect();
    format!(
        "Intervals of forecasts beside what was seen. By the end of {} {} chips were seen; nine in ten: {}.",
        last.label,
        words::count(last.seen, 2),
        said.join("; ")
    )
}
