//! Prose whose figures are bound to a run: `{{delivered_2026.median}}` becomes `81,200`, and stays checkable.
//!
//! Behind every figure stands a comment that Markdown hides, with the field, the value and its error. A check needs nothing
//! else to tell whether another run moves the figure, or a hand has changed it.

use std::collections::BTreeMap;
use std::fmt;

use super::{PROBABILITIES, Z95, digits};
use crate::domain::Month;

/// The figures of a run by field, such as `delivered_2026[bytedance].mean`.
pub type Figures = BTreeMap<String, Figure>;

/// One figure of a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Figure {
    /// A number with its Monte Carlo standard error; 0 for an exact one.
    Number {
        /// In its unit.
        value: f64,
        /// In the same unit.
        error: f64,
    },
    /// A calendar month.
    Month {
        /// The month.
        month: Month,
        /// Standard error in months.
        error: f64,
    },
    /// A waiting time that ends after the horizon.
    After {
        /// The last month of the horizon.
        last: Month,
    },
    /// A word of the run itself.
    Word(String),
    /// The run does not define it.
    Undefined,
}

/// Something about a place in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is the matter.
    pub text: String,
}

const OPEN: &str = "{{";
const CLOSE: &str = "}}";
const COMMENT: &str = "<!--{{";
const END: &str = "-->";

/// What may follow a field behind a bar.
const FORMATS: [&str; 5] = ["exact", "percent", "thousands", "millions", "billions"];

/// The longest field, in characters.
const LONGEST: usize = 200;
/// After so many fields that cannot be filled, the rest is not looked at; and so many remarks are made of a filled text.
const MOST_UNFILLED: usize = 20;
const MOST_REMARKS: usize = 1000;

/// Replaces every field by its figure and the comment that binds it. `\{{` stands for the braces themselves.
///
/// # Errors
/// The fields that cannot be filled, with their places; at most 20.
pub fn fill(text: &str, figures: &Figures) -> Result<String, Vec<Remark>> {
    let (mut out, mut wrong, mut at) = (String::new(), Vec::new(), 0);
    while let Some(start) = text[at..].find(OPEN).map(|offset| at + offset).filter(|_| wrong.len() < MOST_UNFILLED) {
        out += &text[at..start];
        at = start + OPEN.len();
        if out.ends_with('\\') {
            out.pop();
            out += OPEN;
            continue;
        }
        match filled(&text[at..], &text[..start], &out, figures) {
            Ok((length, figure)) => {
                out += &figure;
                at += length;
            }
            Err(rule) => wrong.push(remark(text, start, rule)),
        }
    }
    out += &text[at..];
    if wrong.is_empty() { Ok(out) } else { Err(wrong) }
}

/// The text for the field that a rest begins with, and how much of the rest it replaces.
fn filled(rest: &str, before: &str, out: &str, figures: &Figures) -> Result<(usize, String), String> {
    if before.ends_with("<!--") {
        return Err("this text is filled already; fill the one it came from".to_owned());
    }
    let head = rest.char_indices().nth(LONGEST).map_or(rest, |(end, _)| &rest[..end]);
    let line = head.lines().next().unwrap_or_default();
    let end = line.find(CLOSE).ok_or("`{{` is not closed by `}}` on its line; write `\\{{` for the braces themselves")?;
    let name = &line[..end];
    let after = &rest[end + CLOSE.len()..];
    let field = name.trim();
    let (key, format) = split_format(field)?;
    let figure = figures.get(key).ok_or_else(|| unknown(key) + &nearest(key, figures))?;
    if touches(out, after) {
        return Err(format!("`{}` stands directly at a digit or a minus; put a space between", excerpt(field)));
    }
    Ok((end + CLOSE.len(), format!("{}{COMMENT}{field}{CLOSE} {figure}{END}", shown(figure, format)?)))
}

/// How many bound figures a filled text has, and what is wrong with them by the figures of a run: those that the run moves
/// beyond the 95% error of both runs together, and those that were edited by hand.
pub fn check(text: &str, figures: &Figures) -> (usize, Vec<Remark>) {
    let (mut count, mut wrong, mut at) = (0, Vec::new(), 0);
    while let Some(start) = text[at..].find(COMMENT).map(|offset| at + offset).filter(|_| wrong.len() < MOST_REMARKS) {
        at = start + COMMENT.len();
        count += 1;
        let held = match text[at..].split_once(END) {
            Some((comment, after)) => held(comment, &text[..start], after, figures),
            None => Err("the comment that binds a figure never ends; fill the text again".to_owned()),
        };
        wrong.extend(held.err().map(|rule| remark(text, start, rule)));
    }
    (count, wrong)
}

/// Whether one figure of a text still holds; the error says why not.
fn held(comment: &str, before: &str, after: &str, figures: &Figures) -> Result<(), String> {
    let unreadable = || "the comment that binds a figure was edited; fill the text again".to_owned();
    let (field, bound) = comment.split_once("}} ").ok_or_else(unreadable)?;
    let (key, format) = split_format(field).map_err(|_| unreadable())?;
    let old = Figure::read(bound, key).ok_or_else(unreadable)?;
    let was = shown(&old, format).map_err(|_| unreadable())?;
    let field = excerpt(field);
    match before.strip_suffix(was.as_str()) {
        Some(before) if !touches(before, after) => {}
        _ => return Err(format!("{field} was edited by hand: it stood at {was}")),
    }
    let new = figures.get(key).ok_or_else(|| unknown(key))?;
    if !old.is_moved_to(new) {
        return Ok(());
    }
    let now = shown(new, format).unwrap_or_else(|_| "not defined".to_owned());
    Err(format!("{field} was {was} and is {now}: beyond the error of both runs ({} against {})", old.told(), new.told()))
}

/// A field without its format, and the format.
fn split_format(field: &str) -> Result<(&str, &str), String> {
    match field.split_once('|') {
        None => Ok((field, "")),
        Some((key, format)) if FORMATS.contains(&format.trim()) => Ok((key.trim(), format.trim())),
        Some((_, format)) => Err(format!("unknown format `{}`; there are {}", excerpt(format), FORMATS.join(", "))),
    }
}

/// Whether a figure between these texts would run into another number.
fn touches(before: &str, after: &str) -> bool {
    let number = |c: char| c.is_ascii_digit();
    let mark = |c: char| matches!(c, '.' | ',');
    let (mut back, mut front) = (before.chars().rev(), after.chars());
    let at_back = match (back.next(), back.next()) {
        (Some(c), _) if number(c) => true,
        (Some(c), Some(d)) if mark(c) => number(d),
        (Some('-' | '−'), d) => !d.is_some_and(char::is_alphanumeric),
        _ => false,
    };
    let at_front = match (front.next(), front.next()) {
        (Some(c), _) if number(c) => true,
        (Some(c), Some(d)) if mark(c) => number(d),
        _ => false,
    };
    at_back || at_front
}

/// A figure as its reader sees it, cut to the digits that its error allows.
fn shown(figure: &Figure, format: &str) -> Result<String, String> {
    let no_format =
        |text: String| if matches!(format, "" | "exact") { Ok(text) } else { Err(format!("{text} cannot be shown as {format}")) };
    let (value, error) = match figure {
        Figure::Number { value, error } => (*value, *error),
        Figure::Month { month, .. } => return no_format(month.to_string()),
        Figure::After { last } => return no_format(format!("after {last}")),
        Figure::Word(word) => return no_format(word.clone()),
        Figure::Undefined => return Err("it is not defined in this run".to_owned()),
    };
    let in_units_of = |unit: f64| digits::rounded(value / unit, error / unit);
    Ok(match format {
        "exact" => digits::rounded(value, 0.0),
        // A product with 100 has noise in its last digits, which an exact share would show.
        "percent" => digits::rounded((value * 1e12).round() / 1e10, error * 100.0) + "%",
        "thousands" => in_units_of(1e3),
        "millions" => in_units_of(1e6),
        "billions" => in_units_of(1e9),
        _ => digits::rounded(value, error),
    })
}

/// What to say of a field that the run does not have.
fn unknown(key: &str) -> String {
    format!("the run has no figure `{}`", excerpt(key))
}

/// The field that may have been meant.
fn nearest(key: &str, figures: &Figures) -> String {
    let near = figures.keys().min_by_key(|other| strsim::damerau_levenshtein(key, other));
    near.map_or(String::new(), |near| format!("; the nearest is `{near}`"))
}

/// A few characters of a text, with nothing that could move a cursor.
fn excerpt(text: &str) -> String {
    text.chars().take(80).flat_map(char::escape_debug).collect()
}

fn remark(text: &str, offset: usize, rule: String) -> Remark {
    let before = &text[..offset];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    Remark { line: before.matches('\n').count() + 1, column: before[line_start..].chars().count() + 1, text: rule }
}

impl Figure {
    /// A quantile with the ends of its 95% interval and the width of the bin it was counted in.
    ///
    /// Its error is half the interval over 1.96, and never less than a bin allows.
    pub fn quantile(value: f64, ends: (Option<f64>, Option<f64>), bin: f64) -> Self {
        Self::Number { value, error: half(value, ends).map_or_else(|| digits::rough_error(value), |half| half.max(bin) / Z95) }
    }

    /// The `i`-th of the quantiles at [`PROBABILITIES`] among the paths that are not zero, of which the table has no intervals.
    ///
    /// Its error is √(p (1 − p) / n) over the density, taken from the quantiles beside it. n counts the paths that are not zero;
    /// paths of one world count as alike as the error of the share of zeros says. `None` if no path is zero, or a quantile is missing.
    pub fn conditional(
        quantiles: &[Option<f64>; PROBABILITIES.len()],
        i: usize,
        paths: f64,
        share_zero: (f64, f64),
        bin: f64,
    ) -> Option<Self> {
        let (value, (share, error)) = (quantiles[i]?, share_zero);
        if share <= 0.0 {
            return None;
        }
        let alike = (error * error * paths / (share * (1.0 - share))).max(1.0);
        let (left, right) = (i.saturating_sub(1), (i + 1).min(PROBABILITIES.len() - 1));
        let slope = (quantiles[right]? - quantiles[left]?) / (PROBABILITIES[right] - PROBABILITIES[left]);
        let p = PROBABILITIES[i];
        let error = slope * (p * (1.0 - p) * alike / (paths * (1.0 - share))).sqrt();
        error.is_finite().then_some(Self::Number { value, error: error.max(bin / Z95) })
    }

    /// A quantile of a waiting time that is counted in months, 1 being `start`.
    pub fn wait(months: f64, ends: (Option<f64>, Option<f64>), start: Month) -> Self {
        Self::Month { month: start.plus(months.clamp(1.0, 1e4).round() as i32 - 1), error: half(months, ends).unwrap_or(1.0) / Z95 }
    }

    /// A number of which no error is known: two digits count.
    pub fn rough(value: f64) -> Self {
        Self::Number { value, error: digits::rough_error(value) }
    }

    /// The figure as a message tells it: two digits of the error say enough.
    fn told(&self) -> String {
        match self {
            Self::Number { value, error } => format!("{value} ± {}", digits::error(*error)),
            Self::Month { month, error } => format!("{month} ± {} months", digits::error(*error)),
            other => other.to_string(),
        }
    }

    /// Whether another run's figure differs by more than the 95% error of both together. Exact figures must be equal.
    fn is_moved_to(&self, new: &Self) -> bool {
        let beyond = |difference: f64, a: f64, b: f64| difference.abs() > Z95 * (a * a + b * b).sqrt();
        match (self, new) {
            (Self::Number { value: a, error: e }, Self::Number { value: b, error: f }) => beyond(a - b, *e, *f),
            (Self::Word(a), Self::Word(b)) => a != b,
            _ => match (self.month(), new.month()) {
                (Some((a, e)), Some((b, f))) => beyond(f64::from(a.since(b)), e, f),
                _ => true,
            },
        }
    }

    /// The month with its error, if it is one; what lies after the horizon counts as the month after it.
    fn month(&self) -> Option<(Month, f64)> {
        match self {
            Self::Month { month, error } => Some((*month, *error)),
            Self::After { last } => Some((last.plus(1), 0.0)),
            _ => None,
        }
    }

    /// Reads back what a comment says; the field tells words from numbers.
    fn read(text: &str, field: &str) -> Option<Self> {
        if !field.contains('.') && field != "paths" {
            return Some(Self::Word(text.to_owned()));
        }
        if let Some(last) = text.strip_prefix("after ") {
            return Month::parse(last).map(|last| Self::After { last });
        }
        let (value, error) = text.split_once(" ± ")?;
        let number = |text: &str| text.parse().ok().filter(|number: &f64| number.is_finite());
        let error = number(error).filter(|error| *error >= 0.0)?;
        match Month::parse(value) {
            Some(month) => Some(Self::Month { month, error }),
            None => number(value).map(|value| Self::Number { value, error }),
        }
    }
}

/// Half the width of an interval; from the value on, where one end is not known.
fn half(value: f64, ends: (Option<f64>, Option<f64>)) -> Option<f64> {
    match ends {
        (Some(low), Some(high)) => Some((high - low) / 2.0),
        (Some(low), None) => Some(value - low),
        (None, Some(high)) => Some(high - value),
        (None, None) => None,
    }
}

/// As a comment says it: the shortest text that reads back to the same figure.
impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number { value, error } => write!(f, "{value} ± {error}"),
            Self::Month { month, error } => write!(f, "{month} ± {error}"),
            Self::After { last } => write!(f, "after {last}"),
            Self::Word(word) => f.write_str(word),
            Self::Undefined => write!(f, "not defined"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(text: &str) -> Month {
        Month::parse(text).unwrap()
    }

    fn figures() -> Figures {
        [
            ("delivered_2026.median", Figure::Number { value: 81_234.5, error: 1_200.0 }),
            ("delivered_2026.share_zero", Figure::Number { value: 0.3125, error: 0.0051 }),
            ("delivered_2026.p05", Figure::Number { value: 0.0, error: 0.0 }),
            ("t_first.median", Figure::Month { month: month("2026-08"), error: 0.5 }),
            ("t_first.p90", Figure::After { last: month("2027-12") }),
            ("t_first.mean", Figure::Undefined),
            ("scenario", Figure::Word("mine".into())),
            ("paths", Figure::Number { value: 50_000.0, error: 0.0 }),
        ]
        .map(|(field, figure)| (field.to_owned(), figure))
        .into()
    }

    fn filled(text: &str) -> String {
        fill(text, &figures()).unwrap()
    }

    #[test]
    fn a_field_becomes_a_figure_with_its_error_s_digits_and_a_comment_that_binds_it() {
        // The first digit of 1,200 is in the thousands, that of 0.0051 in the third place, and
        // that of 0.51% in the first; 0.3125 lies in the middle and goes to the even digit.
        for (text, expected) in [
            ("{{delivered_2026.median}}", "81,000<!--{{delivered_2026.median}} 81234.5 ± 1200-->"),
            ("{{ delivered_2026.median | exact }}", "81,234.5<!--{{delivered_2026.median | exact}} 81234.5 ± 1200-->"),
            ("{{delivered_2026.median|thousands}}", "81<!--{{delivered_2026.median|thousands}} 81234.5 ± 1200-->"),
            ("{{delivered_2026.share_zero}}", "0.312<!--{{delivered_2026.share_zero}} 0.3125 ± 0.0051-->"),
            ("{{delivered_2026.share_zero|percent}}", "31.2%<!--{{delivered_2026.share_zero|percent}} 0.3125 ± 0.0051-->"),
            ("{{t_first.median}}", "2026-08<!--{{t_first.median}} 2026-08 ± 0.5-->"),
            ("{{t_first.p90}}", "after 2027-12<!--{{t_first.p90}} after 2027-12-->"),
            ("{{scenario}}", "mine<!--{{scenario}} mine-->"),
            ("{{paths}}", "50,000<!--{{paths}} 50000 ± 0-->"),
        ] {
            assert_eq!(filled(text), expected);
            assert_eq!(check(&filled(text), &figures()), (1, Vec::new()), "{text}");
        }
    }

    #[test]
    fn everything_else_stays_byte_by_byte() {
        let text = "\u{FEFF}# <script>alert(1)</script>\r\n=cmd|' /C' {x} }} <!-- a --> \u{1b}[2J 字\r\n{{scenario}} \\{{scenario}}\r\n";
        let (before, after) = text.split_once("{{scenario}} \\").unwrap();
        assert_eq!(filled(text), format!("{before}mine<!--{{{{scenario}}}} mine--> {after}"));
        assert_eq!(filled(""), "");
    }

    #[test]
    fn every_field_that_cannot_be_filled_is_told_with_its_place() {
        let text = "é {{delivered_2026.medan}}\n{{nonsense\n}} {{t_first.mean}} {{scenario|percent}} {{paths|dozens}}\n1{{paths}} {{paths}}0 -{{paths}} <!--{{paths}} 5-->";
        let wrong = fill(text, &figures()).unwrap_err();
        let found: Vec<(usize, usize, &str)> = wrong.iter().map(|remark| (remark.line, remark.column, remark.text.as_str())).collect();
        let expected = [
            (1, 3, "the run has no figure `delivered_2026.medan`; the nearest is `delivered_2026.median`"),
            (2, 1, "`{{` is not closed"),
            (3, 4, "it is not defined in this run"),
            (3, 21, "mine cannot be shown as percent"),
            (3, 42, "unknown format `dozens`; there are exact, percent"),
            (4, 2, "`paths` stands directly at a digit"),
            (4, 12, "`paths` stands directly at a digit"),
            (4, 24, "`paths` stands directly at a digit"),
            (4, 38, "this text is filled already"),
        ];
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!((found.0, found.1) == (expected.0, expected.1) && found.2.starts_with(expected.2), "{found:?} {expected:?}");
        }
    }

    /// Whether a check complains when the run's figure becomes another.
    fn moves(field: &str, new: Figure) -> bool {
        let text = filled(&format!("x {{{{{field}}}}} y"));
        let mut figures = figures();
        figures.insert(field.to_owned(), new);
        !check(&text, &figures).1.is_empty()
    }

    #[test]
    fn a_figure_may_move_by_the_error_of_both_runs_together_and_no_more() {
        // 1.96 √(1200² + 500²) = 1.96 × 1300 = 2547.95.
        let median = |value, error| moves("delivered_2026.median", Figure::Number { value, error });
        assert!(!median(81_234.5 + 2_547.0, 500.0) && median(81_234.5 + 2_549.0, 500.0));
        assert!(!median(81_234.5 - 2_547.0, 500.0) && median(81_234.5 - 2_549.0, 500.0));
        // Exact figures must be equal.
        assert!(!moves("paths", Figure::Number { value: 50_000.0, error: 0.0 }));
        assert!(moves("paths", Figure::Number { value: 50_001.0, error: 0.0 }));
        assert!(moves("scenario", Figure::Word("yours".into())));
        // 1.96 √(0.5² + 0.5²) = 1.39 months; the month after the horizon is 2028-01.
        let first = |text, error| moves("t_first.median", Figure::Month { month: month(text), error });
        assert!(!first("2026-09", 0.5) && first("2026-10", 0.5) && !first("2026-10", 1.0));
        assert!(moves("t_first.median", Figure::After { last: month("2027-12") }));
        let late = |text| moves("t_first.p90", Figure::Month { month: month(text), error: 1.0 });
        assert!(!late("2027-12") && late("2027-11"));
        assert!(moves("t_first.p90", Figure::Undefined));
    }

    #[test]
    fn a_figure_edited_by_hand_is_noticed_and_so_is_an_edited_comment() {
        let text = filled("On {{t_first.median}}, {{delivered_2026.median}} chips, or {{delivered_2026.share_zero|percent}}.");
        for (from, to) in [
            ("81,000<", "82,000<"),
            ("81,000<", "181,000<"),
            ("81,000<", "-81,000<"),
            ("81,000<", "<"),
            ("1200-->", "1200-->,000"),
            ("31.2%<", "31.2<"),
            ("2026-08<", "2026-07<"),
            ("81234.5 ± 1200-->", "81234.5 ± -->"),
            ("81234.5 ± 1200-->", "91234.5 ± 1200-->"),
            ("81234.5 ± 1200-->", "81234.5 ± -1200-->"),
            ("81234.5 ± 1200-->", "NaN ± 1200-->"),
            ("|percent}}", "|per mille}}"),
        ] {
            let edited = text.replacen(from, to, 1);
            assert_ne!(edited, text, "{from}");
            let (count, wrong) = check(&edited, &figures());
            assert!(count == 3 && wrong.len() == 1, "{from} {to}: {wrong:?}");
        }
        assert_eq!(check(&text[..text.len() - 5], &figures()).1.len(), 1, "a comment that never ends");
        let moved = check("\n a 5<!--{{gone.mean}} 5 ± 0-->", &figures()).1;
        assert!((moved[0].line, moved[0].column) == (2, 5) && moved[0].text.starts_with("the run has no figure `gone.mean`"), "{moved:?}");
        assert_eq!(check("no figures {{here}}", &figures()), (0, Vec::new()));
    }

    #[test]
    fn a_text_of_nothing_but_braces_is_done_at_once() {
        // A mebibyte on one line: looking for the end of each field to the end of the text would take hours.
        assert_eq!(fill(&"{{".repeat(1 << 19), &figures()).unwrap_err().len(), MOST_UNFILLED);
        assert_eq!(filled(&"{{scenario}} ".repeat(80_000)).matches("mine<").count(), 80_000);
        assert_eq!(check(&"<!--{{".repeat(170_000), &figures()).1.len(), MOST_REMARKS);
    }

    #[test]
    fn quantiles_have_the_error_of_their_interval_or_of_their_bin() {
        let error = |ends, bin| match Figure::quantile(1000.0, ends, bin) {
            Figure::Number { error, .. } => error * Z95,
            other => panic!("{other}"),
        };
        // Half of 900 to 1,060; from 900 on; a bin of 8; and nothing known: a unit of the second digit.
        assert!((error((Some(900.0), Some(1060.0)), 8.0) - 80.0).abs() < 1e-9);
        assert!((error((Some(900.0), None), 8.0) - 100.0).abs() < 1e-9);
        assert!((error((Some(1000.0), Some(1000.0)), 8.0) - 8.0).abs() < 1e-9);
        assert_eq!(Figure::quantile(1234.0, (None, None), 8.0), Figure::Number { value: 1234.0, error: 100.0 });
        // Quantiles 1000 p: the density is 1/1000. Of 10,000 paths half are zero, with an error of 0.01, that of 2,500 independent
        // ones: four paths count as one. √(0.25 / (10,000 × 0.5 / 4)) = 0.014142.
        let quantiles = PROBABILITIES.map(|p| Some(1000.0 * p));
        let found = Figure::conditional(&quantiles, 3, 10_000.0, (0.5, 0.01), 1.0);
        assert!(matches!(found, Some(Figure::Number { value: 500.0, error }) if (error - 14.142).abs() < 0.001), "{found:?}");
        assert_eq!(Figure::conditional(&quantiles, 3, 10_000.0, (0.0, 0.0), 1.0), None);
        assert_eq!(Figure::conditional(&[None; 7], 3, 10_000.0, (1.0, 0.0), 1.0), None);
        let wait = Figure::wait(8.0, (Some(7.0), Some(9.0)), month("2026-01"));
        assert_eq!(wait, Figure::Month { month: month("2026-08"), error: 1.0 / Z95 });
    }
}
