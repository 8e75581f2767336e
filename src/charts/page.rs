//! What every chart has around it: title, scenario, how to read it, and where it comes from.

use super::Chart;
use super::axes::Months;
use super::canvas::{self, Align, Canvas, Frame, Span};
use super::fonts;
use super::scenarios;
use super::theme::{FOOTER, HEIGHT, MARGIN, NOTE, SUBTITLE, TITLE, Type, WIDTH};
use super::words;
use crate::analysis::{Comparison, Header};
use crate::domain::Date;

/// Whose numbers a chart shows, and how many draws they rest on, in words.
pub struct Origin {
    /// The scenario, or the scenarios with the reference first.
    subtitle: String,
    /// How many paths.
    paths: String,
    /// Until when things are known.
    known: String,
    /// Program and seed.
    made: String,
}

/// What a chart says about itself.
pub struct Heading {
    /// File stem.
    pub name: &'static str,
    /// What is shown.
    pub title: String,
    /// How to read it: lines, bands, interval.
    pub note: String,
    /// The same in a sentence or two with numbers, for those who do not see it.
    pub alt: String,
}

impl Header {
    /// The months of the run, as an axis.
    pub(super) fn axis(&self) -> Months {
        Months { start: self.start, count: self.months }
    }

    /// How many digits of a count mean something with this many worlds; paths of one world are alike.
    pub(super) fn digits(&self) -> i32 {
        if self.worlds >= 10_000 { 3 } else { 2 }
    }
}

impl From<&Header> for Origin {
    fn from(header: &Header) -> Self {
        let known = format!("As of {}: nothing learned later is used.", words::date(header.as_of));
        Self { subtitle: header.title.clone(), paths: format!("{}.", paths(header)), known, made: made(header) }
    }
}

impl From<&Comparison> for Origin {
    fn from(comparison: &Comparison) -> Self {
        let header = &comparison.reference().header;
        let paths = match header.paths() {
            1 => "1 simulated path of each scenario.".into(),
            _ => format!("{} of each scenario, on the same luck.", paths(header)),
        };
        Self { subtitle: subtitle(comparison), paths, known: known(comparison), made: made(header) }
    }
}

impl Origin {
    /// Of facts and forecasts, which rest on no draws of their own.
    pub fn of_facts(subtitle: String, known: String) -> Self {
        Self { subtitle, paths: String::new(), known, made: format!("greenlight {}", env!("CARGO_PKG_VERSION")) }
    }

    /// With another number of draws, said in words.
    pub fn resting_on(self, paths: String) -> Self {
        Self { paths, ..self }
    }
}

/// A chart of which `draw` fills the frame below the heading.
pub fn compose(origin: impl Into<Origin>, heading: Heading, draw: impl FnOnce(&mut Canvas<'_>, Frame)) -> Chart {
    let origin = origin.into();
    let Heading { name, title, note, alt } = heading;
    let svg = canvas::svg(name, &title, &alt, |canvas| {
        let note = format!("{} {note}", origin.paths);
        let mut y = 22.0;
        for (text, style, most) in [(&title, TITLE, 2), (&origin.subtitle, SUBTITLE, 2), (&note, NOTE, 3)] {
            for line in wrap(&canvas::visible(text), style, WIDTH - 2.0 * MARGIN, most) {
                y += style.line_height();
                canvas.text(MARGIN, y - style.line_height() / 2.0, Align::Left, &[Span::new(line, style)]);
            }
            y += 4.0;
        }
        footer(canvas, &origin);
        draw(canvas, Frame { left: MARGIN, top: y + 44.0, right: WIDTH - MARGIN, bottom: HEIGHT - 52.0 });
    });
    Chart { name, title, alt, svg }
}

/// A chart that says why there is nothing to see.
pub fn nothing(canvas: &mut Canvas<'_>, frame: Frame, why: &str) {
    let middle = ((frame.left + frame.right) / 2.0, (frame.top + frame.bottom) / 2.0);
    canvas.text(middle.0, middle.1, Align::Centre, &[Span::new(why, NOTE)]);
}

fn paths(header: &Header) -> String {
    match (header.worlds, header.paths_per_world) {
        (1, 1) => "1 simulated path".into(),
        (worlds, each) => {
            let plural = if worlds == 1 { "world" } else { "worlds" };
            format!("{} simulated paths ({} {plural} × {})", words::whole(header.paths()), words::whole(worlds), words::whole(each))
        }
    }
}

/// The scenarios by name while there is room for them; a chart with many names them where it shows them.
fn subtitle(comparison: &Comparison) -> String {
    let names = scenarios::names(comparison);
    let others = names.len().saturating_sub(1);
    let room = 2.0 * (WIDTH - 2.0 * MARGIN) / names.len().max(1) as f64 - 130.0;
    let name = |i: usize| scenarios::short(&names[i], SUBTITLE, room.max(400.0));
    let listed: Vec<String> = (1..names.len()).map(name).collect();
    if others > 3 {
        format!("{} (reference) and {others} other scenarios", name(0))
    } else {
        format!("{} (reference) · {}", name(0), listed.join(" · "))
    }
}

fn known(comparison: &Comparison) -> String {
    let mut dates: Vec<Date> = comparison.scenarios.iter().map(|s| s.header.as_of).collect();
    dates.sort_unstable();
    dates.dedup();
    match dates.as_slice() {
        [one] => format!("As of {}: nothing learned later is used.", words::date(*one)),
        [first, .., last] => {
            format!("As of {} to {}, by scenario: nothing learned later is used.", words::date(*first), words::date(*last))
        }
        [] => String::new(),
    }
}

fn made(header: &Header) -> String {
    format!("greenlight {} · seed {}", env!("CARGO_PKG_VERSION"), header.seed)
}

fn footer(canvas: &mut Canvas<'_>, origin: &Origin) {
    canvas.text(MARGIN, HEIGHT - 22.0, Align::Left, &[Span::new(&origin.known, FOOTER)]);
    canvas.text(WIDTH - MARGIN, HEIGHT - 22.0, Align::Right, &[Span::new(&origin.made, FOOTER)]);
}

/// Breaks a text into at most `most` lines of at most `width`; what does not fit ends in an ellipsis.
pub fn wrap(text: &str, style: Type, width: f64, most: usize) -> Vec<String> {
    let fits = |line: &str| fonts::width(line, style.size, style.weight) <= width;
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for piece in pieces(text) {
        if fits(&format!("{line}{}", piece.trim_end())) {
            line.push_str(piece);
        } else {
            lines.push(std::mem::take(&mut line).trim_end().to_string());
            // A word wider than the line is broken where the line ends.
            for c in piece.chars() {
                if !fits(&format!("{line}{c}")) {
                    lines.push(std::mem::take(&mut line));
                }
                line.push(c);
            }
        }
    }
    lines.push(line.trim_end().to_string());
    lines.retain(|l| !l.is_empty());
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            while !fits(&format!("{last}…")) && last.pop().is_some() {}
            last.push('…');
        }
    }
    lines
}

/// Words with the spaces after them; every Chinese character is a word.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let wide = |c: char| ('\u{2e80}'..='\u{9fff}').contains(&c) || ('\u{ff00}'..='\u{ffef}').contains(&c);
    text.split_inclusive(move |c: char| c.is_whitespace() || wide(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_wraps_at_words_and_ends_in_an_ellipsis() {
        let lines = wrap(&"many words ".repeat(60), SUBTITLE, 1120.0, 2);
        assert_eq!(lines.len(), 2);
        assert!(lines[0].ends_with("words") || lines[0].ends_with("many"));
        assert!(lines[1].ends_with('…'));
        assert!(lines.iter().all(|l| fonts::width(l, SUBTITLE.size, SUBTITLE.weight) <= 1120.0));
    }

    #[test]
    fn a_word_wider_than_the_line_is_broken_and_chinese_wraps_anywhere() {
        assert_eq!(wrap(&"x".repeat(400), SUBTITLE, 1120.0, 9).concat(), "x".repeat(400));
        assert_eq!(wrap(&"字".repeat(80), SUBTITLE, 900.0, 9).iter().map(|l| l.chars().count()).collect::<Vec<_>>(), [50, 30]);
        assert!(wrap("", SUBTITLE, 900.0, 2).is_empty());
    }
}
