//! Every number in force: its value, its shape, and where it comes from.
//!
//! A reader must see at once which numbers rest on nothing, and which weak ones matter most.

use maud::{Markup, html};
use std::collections::{BTreeMap, BTreeSet};

use super::RunPage;
use super::frame::scroll;
use super::sketch::sketch;
use super::words::{self, cut, three_digits};
use crate::analysis::{Influence, Insight, digits};
use crate::domain::{Grade, PolicyType};
use crate::scenario::{Input, Origin, Row, Scenario, Value, rows, table_of, unsupported};

/// Tables that say what the scenario is about; the page shows them elsewhere.
const ELSEWHERE: [&str; 11] =
    ["title", "story", "as_of", "start", "months", "simulation", "sources", "decisions", "sweep", "dependence", "copula"];
/// At most so many in the list of weak inputs that matter.
const MOST_WEAK: usize = 10;
/// A value is shown up to so many characters.
const MOST_WRITTEN: usize = 160;

/// What a row of the inputs needs to know besides itself.
struct Marks<'a> {
    scenario: &'a Scenario,
    /// What a number lacks, by key.
    lacks: BTreeMap<String, String>,
    /// Keys of weak inputs that matter.
    weak: BTreeSet<&'a str>,
}

/// The section of inputs.
pub fn tables(page: &RunPage<'_>) -> Markup {
    let scenario = page.scenario;
    let weak = weak_and_influential(scenario, page.insight);
    let marks = Marks {
        scenario,
        lacks: unsupported(scenario).into_iter().map(|number| (number.key, number.lack)).collect(),
        weak: weak.iter().map(|(influence, _)| influence.key.as_str()).collect(),
    };
    let rows: Vec<(usize, Row)> =
        rows(scenario).into_iter().enumerate().filter(|(_, row)| !ELSEWHERE.contains(&table_of(&row.key))).collect();
    let numbers: Vec<&Input> = rows.iter().filter_map(|(_, row)| row.input.as_ref()).collect();
    let uncertain = numbers.iter().filter(|input| matches!(input.value, Value::Uncertain(_))).count();
    html! {
        p {
            (numbers.len()) " numbers are in force, " (uncertain) " of them uncertain. " (grades(&numbers)) " "
            @if marks.lacks.is_empty() { "None lacks both a source and a grade, and none rests on a source younger than the information date." }
            @else { (marks.lacks.len()) " of them lack support and are marked." }
        }
        (weak_table(&weak, page, &rows))
        (first_tables(&rows, &marks))
        h3 { "Certain numbers and settings" }
        @for group in rows.chunk_by(|(_, a), (_, b)| table_of(&a.key) == table_of(&b.key)) { (folded(group, &marks)) }
    }
}

/// What a reader should see first: the uncertain numbers, and the certain ones that rest on nothing.
fn first_tables(rows: &[(usize, Row)], marks: &Marks<'_>) -> Markup {
    let uncertain: Vec<_> = rows.iter().filter(|(_, row)| is_uncertain(row)).collect();
    let bare: Vec<_> = rows.iter().filter(|(_, row)| is_bare(row, marks)).collect();
    html! {
        h3 { "Uncertain numbers" }
        @if uncertain.is_empty() { p { "This scenario holds every number certain." } }
        @else {
            p { "Each is told by its median and, in brackets, the middle nine tenths; the picture is its density, or a bar for each value it may take, with \
                a tick at the median." }
            (scroll("Uncertain numbers", &entries(&uncertain, marks, "Uncertain numbers")))
        }
        @if !bare.is_empty() {
            h3 { "Certain numbers without support" }
            (scroll("Certain numbers without support", &entries(&bare, marks, "Certain numbers without support")))
        }
    }
}

fn is_uncertain(row: &Row) -> bool {
    row.input.as_ref().is_some_and(|input| matches!(input.value, Value::Uncertain(_)))
}

fn is_bare(row: &Row, marks: &Marks<'_>) -> bool {
    !is_uncertain(row) && marks.lacks.contains_key(&row.key)
}

/// How many numbers have each grade, in a sentence.
fn grades(numbers: &[&Input]) -> String {
    let count = |grade| numbers.iter().filter(|input| input.grade == grade).count();
    let graded = Grade::ALL.iter().map(|grade| (count(Some(*grade)), grade.word()));
    let parts: Vec<String> =
        graded.chain([(count(None), "without a grade")]).filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    format!("By grade: {}.", words::list(&parts))
}

/// The inputs that matter and are judged or not graded at all, strongest first.
fn weak_and_influential<'a>(scenario: &'a Scenario, insight: &'a Insight) -> Vec<(&'a Influence, &'a Input)> {
    let inputs: BTreeMap<&str, &Input> = scenario.uncertain().into_iter().map(|(input, _)| (input.key.as_str(), input)).collect();
    let known = insight.influences.iter().filter_map(|influence| Some((influence, *inputs.get(influence.key.as_str())?)));
    known.filter(|(influence, input)| influence.is_real() && matches!(input.grade, None | Some(Grade::Judgement))).take(MOST_WEAK).collect()
}

fn weak_table(weak: &[(&Influence, &Input)], page: &RunPage<'_>, rows: &[(usize, Row)]) -> Markup {
    let outcome = words::label(&page.insight.outcome, "", &page.summary.header).name;
    if page.insight.influences.is_empty() {
        return html! { p { "Which of the uncertain ones matter most was not measured in this run." } };
    }
    let place = |key: &str| rows.iter().find(|(_, row)| row.key == key);
    let table = html! {
        table.wide {
            caption { "Rank correlation between the input and " (outcome)
                " as the mean of a world, with its 95% interval; 1 and −1 would mean that the input alone decides." }
            thead { tr { th scope="col" { "Input" } th.number scope="col" { "Correlation" } th scope="col" { "95% interval" } th scope="col" { "Grade" } th scope="col" { "Value" } } }
            tbody {
                @for (influence, input) in weak {
                    @let (low, high) = influence.interval;
                    tr {
                        th scope="row" {
                            @if let Some((number, row)) = place(&input.key) { a href={ "#input-" (number) } { (plain(row.meaning)) } }
                            span.key { (input.key) }
                        }
                        td.number { (signed(influence.rank_correlation)) }
                        td.range { (signed(low)) " to " (signed(high)) }
                        td { (input.grade.map_or("none", Grade::word)) }
                        td { (in_short(&input.value)) }
                    }
                }
            }
        }
    };
    html! {
        h3 { "Weakest and most influential" }
        @if weak.is_empty() {
            p { "No uncertain input that rests on judgement shows an influence on the answer that chance could not explain." }
        } @else {
            p { "Better evidence on these would sharpen the answer most: they move it, and they rest on judgement. A number that the scenario \
                holds certain cannot show up here, however weak it is." }
            (scroll("Weakest and most influential inputs", &table))
        }
        (types(page))
    }
}

/// A hidden type in words.
fn type_of(kind: PolicyType) -> &'static str {
    match kind {
        PolicyType::Stonewall => "Stonewall: self-reliance first",
        PolicyType::Drip => "Drip: small lots, case by case",
        PolicyType::Quota => "Quota: volume managed by assessed demand",
        PolicyType::Open => "Open: the compute shortage wins",
    }
}

/// The one unknown that is no number.
fn types(page: &RunPage<'_>) -> Markup {
    let effects = &page.insight.types;
    if effects.len() < 2 {
        return html! {};
    }
    let all: u64 = effects.iter().map(|effect| effect.worlds).sum();
    let outcome = words::label(&page.insight.outcome, "", &page.summary.header);
    let table = html! {
        table {
            caption { "Worlds by the type that Beijing turns out to be: how many, and " (outcome.name) " in them, mean with its standard error." }
            thead { tr { th scope="col" { "Type" } th.number scope="col" { "Worlds" } th.number scope="col" { "Mean" } } }
            tbody {
                @for effect in effects {
                    tr {
                        th scope="row" { (type_of(effect.kind)) }
                        td.number { (crate::charts::words::percent(effect.worlds as f64 / all as f64)) }
                        td.number {
                            (words::rounded(effect.mean * outcome.scale, effect.std_error.map(|error| error * outcome.scale)))
                            @if let Some(error) = effect.std_error { " ± " (digits::error(error * outcome.scale)) }
                        }
                    }
                }
            }
        }
    };
    html! {
        h3 { "Beijing’s hidden type" }
        p { "Nobody knows it, it is drawn once for a world, and silence shows it only slowly. It is no number, so it has no correlation; \
            what it moves shows in the means." }
        (scroll("Hidden types", &table))
    }
}

/// The other numbers and settings of one table of the language, folded away.
fn folded(rows: &[(usize, Row)], marks: &Marks<'_>) -> Markup {
    let Some((_, first)) = rows.first() else { return html! {} };
    let title = words::capital(&words::table(table_of(&first.key)));
    let rows: Vec<_> = rows.iter().filter(|(_, row)| !is_uncertain(row) && !is_bare(row, marks)).collect();
    let defaults = rows.iter().filter(|(_, row)| row.origin.is_none()).count();
    html! {
        @if !rows.is_empty() {
            details {
                summary {
                    h4 { (title) }
                    span.soft {
                        (rows.len()) @if rows.len() == 1 { " value" } @else { " values" }
                        @if defaults > 0 { ", " (defaults) " of them defaults left untouched" }
                    }
                }
                (scroll(&format!("Inputs: {title}"), &entries(&rows, marks, &title)))
            }
        }
    }
}

fn entries(rows: &[&(usize, Row)], marks: &Marks<'_>, title: &str) -> Markup {
    html! {
        table.inputs {
            caption.sr { (title) }
            colgroup { col.what; col.value; col.grade; col; }
            thead { tr { th scope="col" { "Input" } th scope="col" { "Value in force" } th scope="col" { "Grade" } th scope="col" { "Source and note" } } }
            @for part in rows.chunk_by(|(_, a), (_, b)| folder(&a.key) == folder(&b.key)) {
                tbody.group {
                    @if let Some((_, first)) = part.first() {
                        tr { th scope="rowgroup" colspan="4" { (part_name(folder(&first.key), marks.scenario)) } }
                    }
                    @for (number, row) in part { (entry(*number, row, marks)) }
                }
            }
        }
    }
}

/// The table a full key lies in: all but its last word.
fn folder(key: &str) -> &str {
    key.rsplit_once('.').map_or(key, |(folder, _)| folder)
}

/// A table inside a table, in words: a buyer by its name.
fn part_name(folder: &str, scenario: &Scenario) -> Markup {
    let buyer = folder.strip_prefix("buyers.").and_then(|key| scenario.buyers.iter().find(|buyer| buyer.key == key));
    let parts: Vec<String> = folder.split('.').map(words::table).collect();
    html! {
        @if let Some(buyer) = buyer { bdi { (buyer.name) } }
        @else { (words::capital(&parts.join(", "))) }
        span.key { "[" (folder) "]" }
    }
}

fn entry(number: usize, row: &Row, marks: &Marks<'_>) -> Markup {
    html! {
        tr id={ "input-" (number) } {
            th scope="row" { (plain(row.meaning)) span.key { (row.key) } }
            td {
                @match &row.input {
                    Some(input) => { (value(input, row.unit)) }
                    None => { (cut(&row.value, MOST_WRITTEN)) }
                }
            }
            td {
                @if let Some(grade) = row.input.as_ref().and_then(|input| input.grade) { (grade.word()) }
                @if marks.weak.contains(row.key.as_str()) { " " span.tag { "weak and influential" } }
            }
            td {
                @if let Some(lack) = marks.lacks.get(&row.key) { span.tag { (lack) } }
                @match row.origin {
                    Some(Origin::CommandLine) => { span.tag.plain { "set on the command line" } }
                    None => { span.tag.plain { "default" } }
                    Some(Origin::File { .. }) => {}
                }
                @if let Some(input) = &row.input { (provenance(input, marks.scenario)) }
            }
        }
    }
}

/// A number with its unit; an uncertain one as median and range, with its shape and as it was written.
fn value(input: &Input, unit: &str) -> Markup {
    html! {
        (in_short(&input.value)) " " span.soft { (unit) }
        @if let Value::Uncertain(distribution) = &input.value {
            (sketch(distribution))
            span.written { (cut(&input.written, MOST_WRITTEN)) }
        }
    }
}

/// `350,000`, or `350,000 (61,200 to 1,050,000)`: the median and the middle nine tenths.
fn in_short(value: &Value) -> String {
    match value {
        Value::Certain(number) if number.is_infinite() => "unlimited".into(),
        Value::Certain(number) => digits::rounded(*number, 0.0).replace('-', "−"),
        Value::Uncertain(distribution) => {
            let [low, median, high] = [0.05, 0.5, 0.95].map(|p| three_digits(distribution.quantile(p)));
            format!("{median} ({low} to {high})")
        }
    }
}

/// Source and note of a number. The source leads to the list of sources.
fn provenance(input: &Input, scenario: &Scenario) -> Markup {
    let source = input.source.as_ref().and_then(|id| scenario.sources.iter().position(|source| source.id == *id));
    html! {
        @if let Some((position, source)) = source.and_then(|i| Some((i + 1, scenario.sources.get(i)?))) {
            a href={ "#source-" (position) } { "[" (position) "] " (source.outlet) } ", " span.date { (source.date) }
        }
        @if !input.note.is_empty() { span.note dir="auto" { (input.note) } }
    }
}

/// What a value of a scenario rests on, for a page without a list of sources.
pub fn support(scenario: &Scenario, key: &str) -> Markup {
    let mut found = None;
    scenario.parameters.each(|input| {
        if input.key == key {
            found = Some(input);
        }
    });
    let Some(input) = found else { return html! {} };
    let source = scenario.sources.iter().find(|source| Some(&source.id) == input.source.as_ref());
    html! {
        @if let Some(grade) = input.grade { (grade.word()) }
        @if let Some(source) = source { @if input.grade.is_some() { "; " } (source.outlet) ", " span.date { (source.date) } }
        @if input.origin.is_some() && input.grade.is_none() && source.is_none() { span.tag { "has neither source nor grade" } }
        @if input.origin == Some(Origin::CommandLine) { " " span.tag.plain { "set on the command line" } }
        @if !input.note.is_empty() { span.note dir="auto" { (input.note) } }
    }
}

/// The sources of a scenario, numbered.
pub fn sources(scenario: &Scenario) -> Markup {
    html! {
        @if scenario.sources.is_empty() { p { "This scenario names no sources." } }
        @else {
            p { "No number may rest on a source younger than " (crate::charts::words::date(scenario.as_of)) "." }
            ol {
                @for (number, source) in (1..).zip(&scenario.sources) {
                    li id={ "source-" (number) } dir="auto" {
                        @match source.url.as_deref().filter(|url| url.starts_with("https://") || url.starts_with("http://")) {
                            Some(url) => { a href=(url) rel="noreferrer" { (source.title) } }
                            None => { (source.title) }
                        }
                        ". " (source.outlet) ", " span.date { (source.date) "." }
                        @if source.date > scenario.as_of { " " span.tag { "younger than the information date" } }
                        span.key { (source.id) }
                    }
                }
            }
        }
    }
}

/// A meaning without the marks of code that the reference has.
fn plain(meaning: &str) -> String {
    meaning.replace('`', "")
}

fn signed(correlation: f64) -> String {
    format!("{correlation:+.2}").replace('-', "−")
}
