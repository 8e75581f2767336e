//! TOML text as a tree in which every key and value knows its place.
//!
//! The tree knows TOML and nothing of chips. It is never so deep that walking it could exhaust the stack.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue, Error};
use toml::value::Datetime;

use super::Origin;
use super::problem::{ErrorKind, Finding, Problems, excerpt};

/// The deepest nesting of brackets, and of dots in one key; the language itself needs 5 levels.
pub(super) const DEPTH: usize = 24;
/// Syntax errors reported of one file; later ones are often echoes of the first.
const SYNTAX_ERRORS: usize = 3;

/// A table: the entries by key.
pub(super) type Branch = BTreeMap<String, Entry>;

/// One key with its value.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Where the key stands.
    pub key: Origin,
    /// The value.
    pub node: Node,
}

/// One value with its place.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// Where the value begins.
    pub origin: Origin,
    /// What it is.
    pub value: Raw,
}

/// A TOML value; numbers keep their text for messages.
#[derive(Clone, Debug)]
pub(super) enum Raw {
    Text(String),
    Whole(String, Option<i64>),
    Real(String, f64),
    Switch(bool),
    Time(Datetime),
    List(Vec<Node>),
    Table(Branch),
}

impl Node {
    /// The table, if it is one.
    pub fn table(&self) -> Option<&Branch> {
        if let Raw::Table(table) = &self.value { Some(table) } else { None }
    }

    /// The text, if it is text.
    pub fn text(&self) -> Option<&str> {
        if let Raw::Text(text) = &self.value { Some(text) } else { None }
    }

    /// The number, if it is one, whole or not.
    pub fn number(&self) -> Option<f64> {
        match &self.value {
            // Adding zero turns -0.0 into 0.0.
            Raw::Whole(_, Some(n)) => Some(*n as f64),
            Raw::Whole(text, None) => Some(if text.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY }),
            Raw::Real(_, x) => Some(x + 0.0),
            _ => None,
        }
    }

    /// The value as TOML, for a message; may be cut.
    pub fn show(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        excerpt(&out)
    }

    /// What it is, for a message.
    pub fn kind(&self) -> &'static str {
        match self.value {
            Raw::Text(_) => "text",
            Raw::Whole(..) => "a whole number",
            Raw::Real(..) => "a number",
            Raw::Switch(_) => "true or false",
            Raw::Time(_) => "a date",
            Raw::List(_) => "a list",
            Raw::Table(_) => "a table",
        }
    }

    fn write(&self, out: &mut String) {
        if out.len() > 400 {
            return; // four times what is ever shown
        }
        match &self.value {
            Raw::Text(text) => *out += &format!("{text:?}"),
            Raw::Whole(text, _) | Raw::Real(text, _) => *out += text,
            Raw::Switch(on) => *out += if *on { "true" } else { "false" },
            Raw::Time(time) => *out += &time.to_string(),
            Raw::List(items) => {
                *out += "[";
                for (i, item) in items.iter().enumerate().take(100) {
                    *out += if i == 0 { "" } else { ", " };
                    item.write(out);
                }
                *out += "]";
            }
            Raw::Table(table) => {
                *out += "{ ";
                for (i, (key, entry)) in in_order(table).into_iter().enumerate().take(100) {
                    *out += if i == 0 { "" } else { ", " };
                    *out += key;
                    *out += " = ";
                    entry.node.write(out);
                }
                *out += " }";
            }
        }
    }
}

/// The entries as a reader meets them: the oldest ancestor's first, the command line's last.
pub(super) fn in_order(table: &Branch) -> Vec<(&String, &Entry)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(_, entry)| match entry.key {
        Origin::File { file, line, column } => (usize::MAX - file, line, column),
        Origin::CommandLine => (usize::MAX, usize::MAX, usize::MAX),
    });
    entries
}

/// Reads the text of the `file`-th file; `None` if its syntax is broken.
pub(super) fn parse(text: &str, file: usize, problems: &mut Problems) -> Option<Branch> {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let lines = Lines::new(text);
    let origin = |offset: usize| {
        let (line, column) = lines.place(offset);
        Origin::File { file, line, column }
    };
    if let Some(offset) = too_deep(text) {
        problems.add_kind(ErrorKind::Limit, Some(origin(offset)), deep());
        return None;
    }
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors.iter().take(SYNTAX_ERRORS) {
        let offset = error.span().map_or(text.len(), |span| span.start);
        problems.add(Some(origin(offset)), syntax(text, &lines, error));
    }
    if !errors.is_empty() {
        return None;
    }
    Some(branch(table.into_inner(), &|span| origin(span.start)))
}

/// Reads one value given on the command line; the error is a sentence.
pub(super) fn parse_value(text: &str) -> Result<Node, String> {
    if too_deep(text).is_some() {
        return Err(deep().rule);
    }
    let value = DeValue::parse(text).map_err(|error| format!("not a TOML value: {}", error.message()))?;
    Ok(node(value, &|_| Origin::CommandLine))
}

fn deep() -> Finding {
    Finding::rule(format!("tables and lists nest deeper than {DEPTH}")).hint("the language needs no more than 5 levels")
}

fn branch(table: DeTable<'_>, origin: &dyn Fn(Range<usize>) -> Origin) -> Branch {
    let entry = |(key, value): (Spanned<std::borrow::Cow<'_, str>>, Spanned<DeValue<'_>>)| {
        let place = origin(key.span());
        (key.into_inner().into_owned(), Entry { key: place, node: node(value, origin) })
    };
    table.into_iter().map(entry).collect()
}

fn node(value: Spanned<DeValue<'_>>, origin: &dyn Fn(Range<usize>) -> Origin) -> Node {
    let place = origin(value.span());
    let value = match value.into_inner() {
        DeValue::String(text) => Raw::Text(text.replace("\r\n", "\n")),
        DeValue::Integer(n) => Raw::Whole(n.to_string(), i64::from_str_radix(n.as_str(), n.radix()).ok()),
        DeValue::Float(x) => Raw::Real(x.to_string(), x.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(on) => Raw::Switch(on),
        DeValue::Datetime(time) => Raw::Time(time),
        DeValue::Array(items) => Raw::List(items.into_iter().map(|item| node(item, origin)).collect()),
        DeValue::Table(table) => Raw::Table(branch(table, origin)),
    };
    Node { origin: place, value }
}

/// The crate's sentence, without its copy of the source line.
fn syntax(text: &str, lines: &Lines<'_>, error: &Error) -> Finding {
    let span = error.span().unwrap_or(text.len()..text.len());
    if error.message().starts_with("duplicate key") {
        let key = text.get(span.clone()).unwrap_or_default();
        let first = first_mention(text, lines, span).map_or(String::new(), |line| format!(", first on line {line}"));
        return Finding::rule(format!("`{}` is given twice{first}", excerpt(key))).hint("keep one");
    }
    let hint = if error.message().contains("dotted key") { "a key with a point needs quotes, such as \"0.25\" = 0.3" } else { "" };
    Finding::rule(format!("not valid TOML: {}", excerpt(error.message()))).hint(hint)
}

/// The line on which the key or table at `span` was given first.
fn first_mention(text: &str, lines: &Lines<'_>, span: Range<usize>) -> Option<usize> {
    let (line, _) = lines.place(span.start);
    let here = lines.line(line).trim_start();
    let earlier = (1..line).rev();
    if here.starts_with('[') {
        let header = here.split_inclusive(']').next()?;
        return earlier.into_iter().find(|&n| lines.line(n).trim_start().starts_with(header));
    }
    let key = text.get(span)?;
    let names = |n: &usize| lines.line(*n).trim_start().strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('='));
    earlier.take_while(|&n| !lines.line(n).trim_start().starts_with('[')).find(names)
}

/// Where brackets or dotted keys first nest deeper than [`DEPTH`], if they do.
///
/// The parser bounds each of the two at 80, but their product would still be deep enough to
/// exhaust the stack when the tree is dropped, so the text is looked at before it is parsed.
fn too_deep(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut brackets, mut dots, mut i) = (0_usize, 0_usize, 0_usize);
    while i < bytes.len() {
        match bytes[i] {
            quote @ (b'"' | b'\'') => {
                i = after_string(bytes, i, quote);
                continue;
            }
            b'#' => i += bytes[i..].iter().take_while(|b| **b != b'\n').count().saturating_sub(1),
            b'[' | b'{' => (brackets, dots) = (brackets + 1, 0),
            b']' | b'}' => brackets = brackets.saturating_sub(1),
            b'.' => dots += 1,
            b'=' | b',' | b'\n' => dots = 0,
            _ => {}
        }
        if brackets > DEPTH || dots > DEPTH {
            return Some(i);
        }
        i += 1;
    }
    None
}

/// The position behind the string that opens at `start`; a single-line string ends at its line.
fn after_string(bytes: &[u8], start: usize, quote: u8) -> usize {
    let triple = bytes[start..].starts_with(&[quote; 3]);
    let mut i = start + if triple { 3 } else { 1 };
    while i < bytes.len() {
        match bytes[i] {
            b'\\' if quote == b'"' => i += 1,
            b'\n' if !triple => return i,
            b if b == quote && !triple => return i + 1,
            b if b == quote && bytes[i..].starts_with(&[quote; 3]) => return i + 3,
            _ => {}
        }
        i += 1;
    }
    bytes.len()
}

/// Where lines begin, and how many characters lie before every thousandth byte, so that finding a column is cheap.
struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
    characters: Vec<usize>,
}

impl<'a> Lines<'a> {
    const STRIDE: usize = 1024;

    fn new(text: &'a str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i + 1);
        let mut characters = vec![0];
        let mut count = 0;
        for chunk in text.as_bytes().chunks(Self::STRIDE) {
            count += leading_bytes(chunk);
            characters.push(count);
        }
        Self { text, starts: std::iter::once(0).chain(ends).collect(), characters }
    }

    /// Line and column in characters, both from 1.
    fn place(&self, offset: usize) -> (usize, usize) {
        let offset = offset.min(self.text.len());
        let line = self.starts.partition_point(|start| *start <= offset);
        (line, self.characters_before(offset) - self.characters_before(self.starts[line - 1]) + 1)
    }

    /// The text of a line, counted from 1, without its end.
    fn line(&self, line: usize) -> &'a str {
        let end = self.starts.get(line).map_or(self.text.len(), |next| next - 1);
        self.text.get(self.starts[line - 1]..end).unwrap_or_default()
    }

    fn characters_before(&self, offset: usize) -> usize {
        let stride = offset / Self::STRIDE;
        self.characters[stride] + leading_bytes(&self.text.as_bytes()[stride * Self::STRIDE..offset])
    }
}

/// The number of characters that begin in these bytes of UTF-8.
fn leading_bytes(bytes: &[u8]) -> usize {
    bytes.iter().filter(|b| **b & 0xC0 != 0x80).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_is_counted_outside_strings_and_comments_only() {
        let brackets = |n: usize| format!("x = {}", "[".repeat(n));
        assert_eq!(too_deep(&brackets(DEPTH)), None);
        assert_eq!(too_deep(&brackets(DEPTH + 1)), Some(4 + DEPTH));
        let dots = format!("{}a = 1", "a.".repeat(DEPTH + 1));
        assert_eq!(too_deep(&dots), Some(2 * DEPTH + 1));
        for harmless in [
            format!("x = \"{}\"", "[".repeat(99)),
            format!("x = '{}'", "{".repeat(99)),
            format!("x = \"\"\"\n\" \\\"\"\" {}\n\"\"\"", "[".repeat(99)),
            format!("x = \'\'\'\n{}\'\'\'", "a.".repeat(99)),
            format!("# {}\n", "[".repeat(99)),
            format!("x = [{}]", "1.5, ".repeat(99)),
            "[a.b.c]\n".repeat(99),
            "x = { y = [1] }\n".repeat(99),
        ] {
            assert_eq!(too_deep(&harmless), None, "{harmless}");
        }
        // An unclosed string ends at its line, so it hides nothing of the next one.
        assert!(too_deep(&format!("x = \"\n{}", "[".repeat(99))).is_some());
    }

    #[test]
    fn places_are_lines_and_characters_even_far_into_a_long_line() {
        let text = format!("a\nb{}x\n", "é".repeat(5000));
        let lines = Lines::new(&text);
        assert_eq!(lines.place(0), (1, 1));
        assert_eq!(lines.place(2), (2, 1));
        assert_eq!(lines.place(text.find('x').unwrap()), (2, 5002));
        assert_eq!(lines.place(text.len() + 9), (3, 1));
        assert_eq!(lines.line(1), "a");
    }

    #[test]
    fn a_value_is_shown_as_it_was_written_and_a_large_one_briefly() {
        let show = |text: &str| parse_value(text).unwrap().show();
        assert_eq!(show("{ pert = [0.1, 0.20, 3e-1], source = \"s\" }"), "{ pert = [0.1, 0.20, 3e-1], source = \"s\" }");
        assert_eq!(show("0x1F"), "0x1F");
        assert_eq!(show(&format!("[{}]", "1,".repeat(100_000))).chars().count(), 81);
    }
}
