//! Files of facts: what became known when, from where, and how surely. The grammar and the messages are those of scenarios.

use std::sync::OnceLock;

use super::observable::listed;
use super::problem::{ErrorKind, Finding, Problem, Problems, excerpt};
use super::raw;
use super::reader::{Reader, Scope};
use super::schema::Absent::{Means, Nothing, Required};
use super::schema::SettingKind::{Count, Day, Line, Prose, Ratio, Word};
use super::schema::{Excess, Item, SOURCE_DATE, SOURCE_OUTLET, SOURCE_TITLE, SOURCE_URL, STORY, Setting, TITLE, Table, setting};
use super::unknown::{self, nearest};
use super::validate::{named, sources};
use super::{Condition, Document, Library, Observable, Origin, Range, Refusal, ScenarioError, Source, SourceFile};
use crate::domain::{Beijing, Date, Grade, Washington};

/// A valid file of facts.
#[derive(Clone, Debug)]
pub struct Facts {
    /// File stem.
    pub name: String,
    /// One line.
    pub title: String,
    /// What it is about; may be empty.
    pub story: String,
    /// Where facts come from, in file order.
    pub sources: Vec<Source>,
    /// The facts, in file order.
    pub facts: Vec<Fact>,
    /// What is known and not used.
    pub left_out: Vec<LeftOut>,
    /// The file.
    pub file: SourceFile,
    /// What messages call it.
    shown: String,
}

/// Something that became known.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// Its key.
    pub id: String,
    /// The day on which it could first be known.
    pub known: Date,
    /// What was observed.
    pub observable: Observable,
    /// What was seen of it.
    pub condition: Condition,
    /// Standard deviation of the observation, in the unit of the observable; 0 if it is exact.
    pub error: f64,
    /// Probability that the report is right, above one half.
    pub sure: f64,
    /// A fact that it makes superfluous.
    pub replaces: Option<String>,
    /// Id in [`Facts::sources`].
    pub source: String,
    /// How good the source is.
    pub grade: Grade,
    /// Remark; may be empty.
    pub note: String,
    place: Origin,
}

/// Something known that is not used, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// What.
    pub what: String,
    /// Why.
    pub why: String,
}

/// No number of a history is larger.
const LARGEST: f64 = 1e15;

static SCHEMA: Setting = setting("schema", Count(1, 1, Excess::Invalid), Required, "The version of this language; 1.");
static KNOWN: Setting = setting("known", Day, Required, "The day on which it could first be known.");
static OBSERVABLE: Setting = setting("observable", Line(200), Required, "What was observed, such as delivered(2026-05).");
static VALUE: Setting = setting("value", Ratio(-LARGEST, LARGEST), Nothing("a range or a regime"), "The number that was seen.");
static AT_LEAST: Setting = setting("at_least", Ratio(-LARGEST, LARGEST), Nothing("no lower end"), "The number was no smaller.");
static AT_MOST: Setting = setting("at_most", Ratio(-LARGEST, LARGEST), Nothing("no upper end"), "The number was no larger.");
static IS: Setting =
    setting("is", Line(200), Nothing("a number"), "The regime, or several with ` or ` between them; of a span, in each month.");
static ERROR: Setting =
    setting("error", Ratio(0.0, LARGEST), Nothing("it is exact"), "Standard deviation of the observation, in the unit of the observable.");
static SURE: Setting = setting("sure", Ratio(0.5, 1.0), Means("1.0"), "Probability that the report is right.");
static REPLACES: Setting = setting("replaces", Line(80), Nothing("none"), "The fact that this one makes superfluous once it is known.");
static SOURCE: Setting = setting("source", Line(80), Required, "The name of its table in [sources].");
static GRADE: Setting = setting("grade", Word(&Grade::WORDS), Required, "How good the source is.");
static NOTE: Setting = setting("note", Prose(2000), Means("\"\""), "A remark.");
static WHAT: Setting = setting("what", Line(300), Required, "What is known.");
static WHY: Setting = setting("why", Prose(1000), Required, "Why it is not used.");

/// The most facts of a file.
const MOST: usize = 200;

fn language() -> &'static Table {
    static LANGUAGE: OnceLock<Table> = OnceLock::new();
    let table = |meaning, settings: &[&'static Setting]| Table {
        meaning,
        entries: settings.iter().map(|setting| (setting.key, Item::Setting(setting))).collect(),
    };
    LANGUAGE.get_or_init(|| {
        let mut root = table("A file of facts.", &[&SCHEMA, &TITLE, &STORY]);
        let source = table("Where facts come from.", &[&SOURCE_TITLE, &SOURCE_OUTLET, &SOURCE_DATE, &SOURCE_URL]);
        let keys = [&KNOWN, &OBSERVABLE, &VALUE, &AT_LEAST, &AT_MOST, &IS, &ERROR, &SURE, &REPLACES, &SOURCE, &GRADE, &NOTE];
        root.entries.push(("sources", Item::Named(source)));
        root.entries.push(("facts", Item::Named(table("What became known.", &keys))));
        root.entries.push(("left_out", Item::Named(table("What is known and not used.", &[&WHAT, &WHY]))));
        root
    })
}

/// Facts name no further files.
pub(super) struct NoLibrary;

impl Library for NoLibrary {
    fn open(&mut self, _: &Document, _: &str) -> Result<Document, Refusal> {
        Err(Refusal { kind: ErrorKind::Scenario, rule: "names a file".into(), hint: String::new() })
    }
}

/// Reads a file of facts.
///
/// # Errors
/// Every problem found, each with its place.
pub fn read(name: &str, document: Document) -> Result<Facts, ScenarioError> {
    let mut problems = Problems::of(document.shown.clone());
    let facts = raw::parse(&document.text, 0, &mut problems).and_then(|tree| {
        unknown::check(&tree, language(), "docs/updating.md lists every key", &mut problems);
        let (mut library, mut files) = (NoLibrary, Vec::new());
        let mut reader = Reader {
            problems: &mut problems,
            library: &mut library,
            files: &mut files,
            source_ids: Vec::new(),
            origins: Default::default(),
        };
        let top = Scope { path: "", table: Some(&tree), origin: None };
        reader.count(top, &SCHEMA);
        let (title, story) = (reader.text(top, &TITLE), reader.text(top, &STORY));
        let sources = sources(&mut reader, &tree);
        let facts = facts(&mut reader, &tree, &sources);
        let left_out = named(&tree, "left_out").into_iter().filter_map(|(id, entry)| {
            let path = unknown::join("left_out", id);
            let scope = Scope { path: &path, table: entry.node.table(), origin: Some(entry.key) };
            Some(LeftOut { what: reader.text(scope, &WHAT)?, why: reader.text(scope, &WHY)? })
        });
        let left_out = left_out.collect();
        let file = SourceFile::from(&document);
        Some(Facts { name: name.to_owned(), title: title?, story: story?, sources, facts, left_out, file, shown: document.shown.clone() })
    });
    match (problems.into_error(), facts) {
        (Some(error), _) => Err(error),
        (None, Some(facts)) => Ok(facts),
        (None, None) => unreachable!("facts are refused only with a reason"),
    }
}

fn facts(reader: &mut Reader<'_>, tree: &raw::Branch, sources: &[Source]) -> Vec<Fact> {
    let entries = named(tree, "facts");
    if entries.len() > MOST {
        let rule = format!("{} facts; at most {MOST}", entries.len());
        reader.problems.add_kind(ErrorKind::Limit, Some(entries[0].1.key), Finding::rule(rule));
        return Vec::new();
    }
    let ids: Vec<&str> = entries.iter().map(|(id, _)| id.as_str()).collect();
    let mut facts = Vec::new();
    for (id, entry) in &entries {
        let path = unknown::join("facts", id);
        let scope = Scope { path: &path, table: entry.node.table(), origin: Some(entry.key) };
        let Some(fact) = fact(reader, scope, id, &ids) else { continue };
        if let Some(source) = sources.iter().find(|source| source.id == fact.source && source.date > fact.known) {
            let place = scope.node(KNOWN.key).map(|node| node.origin);
            let rule = format!("its source `{}` was published later, on {}", source.id, source.date);
            let finding = Finding::value(unknown::join(&path, KNOWN.key), fact.known.to_string(), rule);
            reader.problems.add(place, finding.hint("nothing is known before it is published"));
        }
        facts.push(fact);
    }
    // Two facts that replaced each other would both be gone.
    for (i, fact) in facts.iter().enumerate() {
        let is_later = |other: &Fact| (fact.known, i) > (other.known, facts.iter().position(|f| f.id == other.id).unwrap_or(0));
        let replaced = facts.iter().find(|other| fact.replaces.as_ref() == Some(&other.id));
        if let Some(replaced) = replaced.filter(|replaced| !is_later(replaced)) {
            let rule = format!("`{}` became known on {}, and this fact is not later", replaced.id, replaced.known);
            let finding = Finding::value(unknown::join(&unknown::join("facts", &fact.id), REPLACES.key), &replaced.id, rule);
            reader.problems.add(Some(fact.place), finding.hint("a fact replaces one that was known before it, or stands before it"));
        }
    }
    facts
}

fn fact(reader: &mut Reader<'_>, scope: Scope<'_>, id: &str, ids: &[&str]) -> Option<Fact> {
    let wrong = |reader: &mut Reader<'_>, key: &str, rule: String, hint: String| {
        let place = scope.node(key).map(|node| node.origin).or(scope.origin);
        let value = scope.node(key).map(raw::Node::show).unwrap_or_default();
        reader.problems.add(place, Finding::value(unknown::join(scope.path, key), value, rule).hint(hint));
    };
    if !super::validate::is_id(id) {
        wrong(reader, "", format!("`{}` cannot name a fact", excerpt(id)), "use up to 80 letters, digits, - and _".into());
    }
    let known = reader.day(scope, &KNOWN);
    let observable = reader.text(scope, &OBSERVABLE).and_then(|text| match Observable::parse(&text) {
        Ok(observable) => Some(observable),
        Err(rule) => {
            wrong(reader, OBSERVABLE.key, rule, String::new());
            None
        }
    });
    let numbers = [&VALUE, &AT_LEAST, &AT_MOST].map(|setting| reader.ratio(scope, setting));
    let is = reader.text(scope, &IS);
    let condition = match (numbers, is) {
        ([Some(x), None, None], None) => Some(Condition::Range(Range::closed(x, x))),
        ([None, low, high], None) if low.or(high).is_some() => {
            let (low, high) = (low.unwrap_or(f64::NEG_INFINITY), high.unwrap_or(f64::INFINITY));
            if low > high {
                wrong(reader, AT_MOST.key, format!("lies below at_least = {low}"), "swap them".into());
            }
            Some(Condition::Range(Range::closed(low, high)))
        }
        ([None, None, None], Some(text)) => Some(regimes(&text, observable.as_ref(), |rule, hint| wrong(reader, IS.key, rule, hint))),
        _ => {
            let rule = format!("[{}] must say what was seen", excerpt(scope.path));
            reader.problems.add(scope.origin, Finding::rule(rule).hint("write one of `value`, `at_least` and `at_most`, or `is`"));
            None
        }
    };
    let error = if scope.node(ERROR.key).is_some() { reader.ratio(scope, &ERROR) } else { Some(0.0) };
    let sure = reader.ratio(scope, &SURE);
    let replaces = reader.text(scope, &REPLACES);
    if let Some(other) = replaces.as_deref().filter(|other| !ids.contains(other)) {
        wrong(reader, REPLACES.key, "names no fact of this file".into(), did_you_mean(other, ids.iter().copied()));
    }
    let source = reader.text(scope, &SOURCE);
    let known_sources = reader.source_ids.clone();
    if let Some(other) = source.as_ref().filter(|other| !known_sources.contains(other)) {
        wrong(reader, SOURCE.key, "names no table in [sources]".into(), did_you_mean(other, known_sources.iter().map(String::as_str)));
    }
    let grade = reader.text(scope, &GRADE).and_then(|word| Grade::from_word(&word));
    let note = reader.text(scope, &NOTE)?;
    Some(Fact {
        id: id.to_owned(),
        known: known?,
        observable: observable?,
        condition: condition?,
        error: error?,
        sure: sure?,
        replaces,
        source: source?,
        grade: grade?,
        note,
        place: scope.origin?,
    })
}

/// The regimes in a text; `wrong` hears of words that are none.
fn regimes(text: &str, observable: Option<&Observable>, mut wrong: impl FnMut(String, String)) -> Condition {
    let words = listed(text, " or ");
    let known: &[&str] = match observable.map(|o| o.name.as_str()) {
        Some("beijing") => &Beijing::WORDS,
        Some("washington") => &Washington::WORDS,
        _ => return Condition::AnyOf(words),
    };
    for word in words.iter().filter(|word| !known.contains(&word.as_str())) {
        wrong(format!("`{}` is no regime; must be one of {}", excerpt(word), known.join(", ")), did_you_mean(word, known.iter().copied()));
    }
    Condition::AnyOf(words)
}

fn did_you_mean<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> String {
    nearest(word, candidates).map_or(String::new(), |near| format!("did you mean `{near}`?"))
}

impl Facts {
    /// What to tell of a fact that does not fit the scenario.
    pub fn problem(&self, fact: &Fact, rule: String) -> Problem {
        let (line, column) = if let Origin::File { line, column, .. } = fact.place { (line, column) } else { (0, 0) };
        let (key, value) = (format!("facts.{}", fact.id), fact.observable.to_string());
        Problem { kind: ErrorKind::Scenario, file: self.shown.clone(), line, column, key, value, rule, hint: String::new() }
    }

    /// What was known by a day, in the order in which it became known.
    pub fn known_by(&self, day: Date) -> Vec<&Fact> {
        let mut known: Vec<&Fact> = self.facts.iter().filter(|fact| fact.known <= day).collect();
        known.sort_by_key(|fact| fact.known);
        known
    }

    /// The fact that makes another superfluous on a day.
    pub fn successor(&self, fact: &Fact, day: Date) -> Option<&Fact> {
        self.facts.iter().find(|later| later.known <= day && later.replaces.as_deref() == Some(fact.id.as_str()))
    }

    /// Where a fact comes from.
    pub fn source_of(&self, fact: &Fact) -> Option<&Source> {
        self.sources.iter().find(|source| source.id == fact.source)
    }

    /// The day on which the last of them became known.
    pub fn last_known(&self) -> Option<Date> {
        self.facts.iter().map(|fact| fact.known).max()
    }
}
