//! `information`: what it would be worth to know each input, or to wait, before acting; shuffled information beside it.

use super::Chart;
use super::axes::{self, Scale};
use super::canvas::{Align, Canvas, Frame, Span};
use super::labels::shortened;
use super::page::{self, Heading};
use super::theme::{AXIS, INK, INNER_BAND, NOISE, PLAIN, REST, STRONG, TICK};
use super::words;
use crate::analysis::decision::Information;
use crate::analysis::{Valued, Worth};

/// The most bars of inputs.
const MOST: usize = 10;
/// The most bars of groups of inputs.
const MOST_GROUPS: usize = 4;
/// Room for names.
const NAMES: f64 = 420.0;
/// Room for the axis.
const BELOW: f64 = 62.0;

struct Bar {
    name: String,
    worth: Valued,
    floor: Option<(f64, f64)>,
    stands_out: bool,
}

/// The charts of a decision.
pub fn draw_decision(found: &Worth) -> Vec<Chart> {
    let bars = bars(found);
    let heading = Heading {
        name: "information",
        title: format!("What knowing more is worth: {}", found.decision.title),
        note: "Bars: worth of knowing before acting, in units of the net benefit, with the 95% Monte Carlo interval. Grey: what shuffled information, \
               worth nothing, seems to be worth at most; a bar inside it is drawn grey."
            .into(),
        alt: alt(found, &bars),
    };
    vec![page::compose(&found.header, heading, |canvas, frame| picture(canvas, frame, &bars))]
}

fn bars(found: &Worth) -> Vec<Bar> {
    let informed = |name: String, information: &Information| Bar {
        name,
        worth: information.worth,
        floor: Some(information.floor),
        stands_out: information.stands_out(),
    };
    let whole = |name: &str, worth: Valued| Bar { name: name.to_owned(), worth, floor: None, stands_out: true };
    let mut bars = vec![whole("everything about the world, at most", found.verdict.evpi)];
    bars.extend(found.verdict.evpi_at_least.map(|least| whole("the same, at least", least)));
    bars.extend(
        found.waiting.iter().map(|(month, information)| informed(format!("both governments until {}", words::month(*month)), information)),
    );
    let together = found.ranked_groups().into_iter().filter(|(_, keys, _)| keys.len() > 1).take(MOST_GROUPS);
    bars.extend(together.map(|(name, keys, information)| informed(format!("{name}: all {} inputs", keys.len()), information)));
    bars.extend(found.ranked().into_iter().take(MOST).map(|(key, _, information)| informed(key.clone(), information)));
    bars
}

fn picture(canvas: &mut Canvas<'_>, frame: Frame, bars: &[Bar]) {
    let high = bars.iter().map(|bar| bar.worth.interval().1.max(bar.floor.map_or(0.0, |floor| floor.1))).fold(0.0, f64::max);
    let scale = if high < 12.0 { Scale::covering(0.0, high.max(1e-9)) } else { Scale::of_counts(0.0, high) };
    let write = |value: f64| if scale.step >= 1.0 { words::grouped(value) } else { words::significant(value, 2) };
    let plot = Frame { left: frame.left + NAMES, right: frame.right - 90.0, top: frame.top - 24.0, bottom: frame.bottom - BELOW };
    let panel = canvas.panel(plot, scale.high, (0.0, bars.len() as f64));
    axes::grid_up(&panel, &scale);
    for (i, bar) in bars.iter().enumerate() {
        let y = bars.len() as f64 - i as f64 - 0.5;
        if let Some((_, most)) = bar.floor {
            panel.fill_box((0.0, y + 0.42), (most, y - 0.42), REST);
        }
        panel.fill_box((0.0, y + 0.26), (bar.worth.value.max(0.0), y - 0.26), if bar.stands_out { INNER_BAND } else { NOISE });
        let (low, high) = bar.worth.interval();
        panel.line(vec![(low.max(0.0), y), (high, y)], INK, 1.5);
        let (end, middle) = panel.place(high.max(0.0), y);
        canvas.text(plot.left - 12.0, middle, Align::Right, &[shortened(&bar.name, PLAIN, NAMES - 20.0)]);
        let told = if bar.stands_out { words::measured(bar.worth.value, Some(bar.worth.std_error)) } else { "noise".to_owned() };
        canvas.text_with_rim(end + 8.0, middle, Align::Left, &[Span::new(told, STRONG)]);
    }
    canvas.rule((plot.left, plot.top), (plot.left, plot.bottom), AXIS, 1.25);
    axes::values_below(canvas, &panel, &scale, write);
    canvas.text((plot.left + plot.right) / 2.0, plot.bottom + 44.0, Align::Centre, &[Span::new("In units of the net benefit", TICK)]);
}

fn alt(found: &Worth, bars: &[Bar]) -> String {
    let say = |bar: &Bar| match bar.stands_out {
        true => format!("{}: {}", bar.name, words::measured(bar.worth.value, Some(bar.worth.std_error))),
        false => format!("{}: nothing beyond noise", bar.name),
    };
    let best = &found.decision.actions[found.verdict.best].name;
    format!("The best action is “{best}”. Worth of knowing before acting: {}.", bars.iter().map(say).collect::<Vec<_>>().join("; "))
}
