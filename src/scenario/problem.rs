//! What is wrong with a scenario, said so that its author can repair it.
//!
//! Nothing read from a file is ever echoed raw: control characters are escaped and long values cut.

use std::fmt;

use super::Origin;

/// The most characters of a value that are shown.
const SHOWN_CHARACTERS: usize = 80;
/// The most problems that are printed; the rest are counted.
const SHOWN_PROBLEMS: usize = 20;
/// The most problems that are kept in memory; the rest are counted.
const KEPT_PROBLEMS: usize = 100;

/// What kind of problem, in the order in which phases fail: the first kind present decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ErrorKind {
    /// A named file is missing, unreadable or not a regular file.
    Input,
    /// The text breaks a rule of the language.
    Scenario,
    /// The text asks for more than the program will ever do.
    Limit,
}

/// One broken rule, with its place and what to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What kind of problem.
    pub kind: ErrorKind,
    /// The file as the user would name it, or `--set`.
    pub file: String,
    /// Line from 1; 0 when the problem has no line.
    pub line: usize,
    /// Column in characters from 1; 0 when the problem has no line.
    pub column: usize,
    /// Full key, such as `supply.stock_chips`; may be empty.
    pub key: String,
    /// The offending value; empty when the rule says it all.
    pub value: String,
    /// The rule that is broken.
    pub rule: String,
    /// What to do next; may be empty.
    pub hint: String,
}

/// Why a scenario could not be loaded: every problem found, never none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioError {
    /// The first kind present, in the order of [`ErrorKind`].
    pub kind: ErrorKind,
    /// The problems in the order of files and lines.
    pub problems: Vec<Problem>,
    /// Further problems that were counted but not kept.
    pub more: usize,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&escape(&self.file))?;
        if self.line > 0 {
            write!(f, ":{}:{}", self.line, self.column)?;
        }
        f.write_str(": ")?;
        if !self.value.is_empty() {
            write!(f, "{} = {}: ", excerpt(&self.key), excerpt(&self.value))?;
        }
        f.write_str(&escape(&self.rule))?;
        if !self.hint.is_empty() {
            write!(f, "; {}", escape(&self.hint))?;
        }
        Ok(())
    }
}

impl fmt::Display for ScenarioError {
    /// One problem a line, at most 20.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.problems.iter().take(SHOWN_PROBLEMS).enumerate() {
            write!(f, "{}{problem}", if i == 0 { "" } else { "\n" })?;
        }
        match self.problems.len().saturating_sub(SHOWN_PROBLEMS) + self.more {
            0 => Ok(()),
            more => write!(f, "\nand {more} more"),
        }
    }
}

impl std::error::Error for ScenarioError {}

/// Escapes what could move a cursor, ring a bell or reverse a line.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || is_invisible(c) { out.extend(c.escape_unicode()) } else { out.push(c) }
    }
    out
}

/// [`escape`], cut at 80 characters.
pub fn excerpt(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARACTERS) {
        None => escape(text),
        Some((end, _)) => escape(&text[..end]) + "…",
    }
}

/// Whether a character changes how its neighbours are shown without being seen itself.
///
/// The joiners U+200C and U+200D do too, but Persian and emoji need them.
pub fn is_invisible(c: char) -> bool {
    matches!(c, '\u{061C}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

/// Whether text of several lines may hold the character.
pub(super) fn is_prose(c: char) -> bool {
    matches!(c, '\n' | '\t') || !(c.is_control() || is_invisible(c))
}

/// Collects problems while a scenario is read.
#[derive(Debug, Default)]
pub(super) struct Problems {
    /// The files read so far as the user would name them, in the order of [`Origin::File`].
    pub files: Vec<String>,
    found: Vec<(Place, Problem)>,
    more: usize,
}

/// Sorts problems: files in reading order, then lines, the command line last.
type Place = (usize, usize, usize);

/// The parts of a problem besides its place.
#[derive(Debug, Default)]
pub(super) struct Finding {
    pub key: String,
    pub value: String,
    pub rule: String,
    pub hint: String,
}

impl Finding {
    /// A rule that speaks for itself.
    pub fn rule(rule: impl Into<String>) -> Self {
        Self { rule: rule.into(), ..Self::default() }
    }

    /// A rule broken by the value of a key.
    pub fn value(key: impl Into<String>, value: impl Into<String>, rule: impl Into<String>) -> Self {
        Self { key: key.into(), value: value.into(), rule: rule.into(), hint: String::new() }
    }

    /// The same, with what to do next.
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: hint.into(), ..self }
    }
}

impl Problems {
    /// Of a file that stands alone.
    pub fn of(shown: String) -> Self {
        Self { files: vec![shown], ..Self::default() }
    }

    /// Adds a problem against the language at a place; `None` is the scenario as a whole.
    pub fn add(&mut self, origin: Option<Origin>, finding: Finding) {
        self.add_kind(ErrorKind::Scenario, origin, finding);
    }

    /// Adds a problem of some kind.
    pub fn add_kind(&mut self, kind: ErrorKind, origin: Option<Origin>, finding: Finding) {
        if self.is_full() {
            self.more += 1;
            return;
        }
        let (place, file) = match origin {
            None => ((0, 0, 0), self.files.first().cloned().unwrap_or_default()),
            Some(Origin::File { file, line, column }) => ((file, line, column), self.files.get(file).cloned().unwrap_or_default()),
            Some(Origin::CommandLine) => ((usize::MAX, 0, 0), "--set".to_owned()),
        };
        let Finding { key, value, rule, hint } = finding;
        self.found.push((place, Problem { kind, file, line: place.1, column: place.2, key, value, rule, hint }));
    }

    /// Whether further problems are only counted, so that they need no hint.
    pub fn is_full(&self) -> bool {
        self.found.len() >= KEPT_PROBLEMS
    }

    /// What was found, if anything.
    pub fn into_error(mut self) -> Option<ScenarioError> {
        self.found.sort_by_key(|(place, _)| *place);
        let problems: Vec<Problem> = self.found.into_iter().map(|(_, problem)| problem).collect();
        let kind = problems.iter().map(|p| p.kind).min()?;
        Some(ScenarioError { kind, problems, more: self.more })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_line_and_shows_no_control_character() {
        let mut problems = Problems { files: vec!["a\u{1b}[2J.toml".into()], ..Problems::default() };
        let origin = Origin::File { file: 0, line: 3, column: 7 };
        problems.add(Some(origin), Finding::value("title", "x\u{202E}y\nz", "is bad").hint("change it"));
        let error = problems.into_error().unwrap();
        assert_eq!(error.to_string(), "a\\u{1b}[2J.toml:3:7: title = x\\u{202e}y\\u{a}z: is bad; change it");
    }

    #[test]
    fn twenty_problems_are_shown_and_the_rest_counted_while_the_first_phase_decides() {
        let mut problems = Problems::default();
        for _ in 0..1500 {
            problems.add_kind(ErrorKind::Limit, None, Finding::rule("too much"));
        }
        problems.found[3].1.kind = ErrorKind::Scenario;
        let error = problems.into_error().unwrap();
        assert_eq!(error.kind, ErrorKind::Scenario);
        assert_eq!(error.to_string().lines().count(), 21);
        assert!(error.to_string().ends_with("\nand 1480 more"));
    }

    #[test]
    fn a_long_value_is_cut_at_eighty_characters() {
        assert_eq!(excerpt(&"é".repeat(81)), "é".repeat(80) + "…");
        assert_eq!(excerpt(&"é".repeat(80)), "é".repeat(80));
    }
}
