//! Every value in force, as rows and as a scenario file that stands alone.
//!
//! Reading the file again gives an equal scenario, apart from origins (a sample comes back as a choice).

use std::collections::BTreeMap;

use super::schema::{self, Item, Table};
use super::uncertain::plain;
use super::unknown::join;
use super::{Input, Origin, Scenario, Value};

/// One value in force.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Full key, such as `supply.stock_chips`.
    pub key: String,
    /// The value as TOML, without its remarks.
    pub value: String,
    /// The unit in words; empty for what is not a number.
    pub unit: &'static str,
    /// What it means, in a sentence or two.
    pub meaning: &'static str,
    /// Where it was written; `None` for a default.
    pub origin: Option<Origin>,
    /// The number with its source, grade and note.
    pub input: Option<Input>,
}

/// Every value in force, in the order of the story.
pub fn rows(scenario: &Scenario) -> Vec<Row> {
    let mut rows = Vec::new();
    walk(scenario, |_, row| rows.push(row));
    rows
}

/// A scenario file that stands alone: every value spelled out, each with a comment that says where it was written.
pub fn resolved_toml(scenario: &Scenario) -> String {
    let mut out = format!("# Every value in force in {}, and where it was written.\nschema = 1\n", super::escape(&scenario.name));
    let mut current = String::new();
    walk(scenario, |table, row| {
        if table.header != current {
            out += &format!("\n{}\n", table.header);
            current = table.header.clone();
        }
        let key = row.key.rsplit('.').next().unwrap_or(&row.key);
        out += &format!("{key} = {} # {}\n", spelled(&row), scenario.place(row.origin));
    });
    out
}

impl Scenario {
    /// Where a value was written, for a person: `baseline.toml:41`, `--set` or `default`.
    pub fn place(&self, origin: Option<Origin>) -> String {
        match origin {
            None => "default".to_owned(),
            Some(Origin::CommandLine) => "--set".to_owned(),
            Some(Origin::File { file, line, .. }) => {
                let path = self.files.get(file).map_or("", |file| &file.path);
                format!("{}:{line}", super::escape(path))
            }
        }
    }
}

/// Text as a TOML string on one line.
pub fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out += "\\\"",
            '\\' => out += "\\\\",
            '\n' => out += "\\n",
            '\t' => out += "\\t",
            c if c.is_control() => out += &format!("\\u{:04X}", u32::from(c)),
            c => out.push(c),
        }
    }
    out + "\""
}

/// A table while it is walked.
pub(super) struct Place {
    /// Full key, such as `buyers.bytedance` or `events[1]`.
    path: String,
    /// Its header line; the tables of a list are told apart by a comment.
    pub header: String,
}

/// Shows every value in force with its table, in the order of the story.
pub(super) fn walk(scenario: &Scenario, mut emit: impl FnMut(&Place, Row)) {
    let mut inputs = BTreeMap::new();
    scenario.parameters.each(|input| {
        inputs.insert(input.key.clone(), input);
    });
    let walker = Walker { scenario, inputs, settings: settings(scenario) };
    walker.table(&Place { path: String::new(), header: String::new() }, schema::root(), &mut emit);
}

struct Walker<'a> {
    scenario: &'a Scenario,
    inputs: BTreeMap<String, &'a Input>,
    settings: BTreeMap<String, String>,
}

impl Walker<'_> {
    fn table(&self, place: &Place, table: &Table, emit: &mut impl FnMut(&Place, Row)) {
        for (key, item) in &table.entries {
            let full = join(&place.path, key);
            match item {
                Item::Number(field, _) => {
                    if let Some(input) = self.inputs.get(&full) {
                        let row = Row {
                            key: full,
                            value: input.written.clone(),
                            unit: field.unit,
                            meaning: field.meaning,
                            origin: input.origin,
                            input: Some((*input).clone()),
                        };
                        emit(place, row);
                    }
                }
                Item::Setting(setting) => {
                    if let Some(value) = self.settings.get(&full) {
                        let origin = self.scenario.origins.get(&full).copied();
                        let (value, meaning) = (value.clone(), setting.meaning);
                        emit(place, Row { key: full, value, unit: "", meaning, origin, input: None });
                    }
                }
                Item::Table(inner) => self.table(&Place { header: format!("[{full}]"), path: full }, inner, emit),
                Item::Named(inner) => {
                    let names: Vec<&str> = match *key {
                        "decisions" => self.scenario.decisions.iter().map(|decision| decision.key.as_str()).collect(),
                        "sources" => self.scenario.sources.iter().map(|source| source.id.as_str()).collect(),
                        _ => self.scenario.buyers.iter().map(|buyer| buyer.key.as_str()).collect(),
                    };
                    for name in names {
                        let path = join(&full, name);
                        self.table(&Place { header: format!("[{path}]"), path }, inner, emit);
                    }
                }
                Item::List(inner) => {
                    let count = match *key {
                        "events" => self.scenario.events.len(),
                        "sweep" => self.scenario.sweeps.len(),
                        _ => self.scenario.dependence.pairs.len(),
                    };
                    for i in 1..=count {
                        let place = Place { header: format!("[[{full}]] # {i}"), path: format!("{full}[{i}]") };
                        self.table(&place, inner, emit);
                    }
                }
            }
        }
    }
}

/// The settings in force as TOML, by full key.
fn settings(s: &Scenario) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let mut put = |table: &str, setting: &schema::Setting, value: String| {
        all.insert(join(table, setting.key), value);
    };
    put("", &schema::TITLE, quoted(&s.title));
    put("", &schema::STORY, quoted(&s.story));
    put("", &schema::AS_OF, s.as_of.to_string());
    put("", &schema::START, quoted(&s.start.to_string()));
    put("", &schema::MONTHS, s.months.to_string());
    put("simulation", &schema::SEED, s.simulation.seed.to_string());
    put("simulation", &schema::WORLDS, s.simulation.worlds.to_string());
    put("simulation", &schema::PATHS_PER_WORLD, s.simulation.paths_per_world.to_string());
    put("simulation", &schema::SAMPLING, quoted(s.simulation.sampling.word()));
    let outcomes: Vec<String> = s.outcomes.iter().map(|name| quoted(name)).collect();
    put("simulation", &schema::OUTCOMES, format!("[{}]", outcomes.join(", ")));
    for source in &s.sources {
        let table = join("sources", &source.id);
        put(&table, &schema::SOURCE_TITLE, quoted(&source.title));
        put(&table, &schema::SOURCE_OUTLET, quoted(&source.outlet));
        put(&table, &schema::SOURCE_DATE, source.date.to_string());
        source.url.iter().for_each(|url| put(&table, &schema::SOURCE_URL, quoted(url)));
    }
    for decision in &s.decisions {
        let table = join("decisions", &decision.key);
        let action = |action: &super::Action| quoted(&format!("{}: {}", action.name, action.sets.join("; ")));
        put(&table, &schema::DECISION_TITLE, quoted(&decision.title));
        put(&table, &schema::NET_BENEFIT, quoted(&decision.net_benefit));
        put(&table, &schema::ACTIONS, format!("[{}]", decision.actions.iter().map(action).collect::<Vec<_>>().join(", ")));
    }
    for (i, sweep) in s.sweeps.iter().enumerate() {
        let table = format!("sweep[{}]", i + 1);
        let list = |texts: &[String]| format!("[{}]", texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", "));
        put(&table, &schema::SWEEP_NAME, quoted(&sweep.name));
        put(&table, &schema::SWEEP_VARY, list(&sweep.vary));
        put(&table, &schema::SWEEP_OUTCOMES, list(&sweep.outcomes));
        sweep.level.iter().for_each(|level| put(&table, &schema::SWEEP_LEVEL, level.to_string()));
    }
    put("washington", &schema::WASHINGTON_START, quoted(s.rules.washington_start.word()));
    put("beijing", &schema::BEIJING_START, quoted(s.rules.beijing_start.word()));
    put("requests", &schema::BEHAVIOUR, quoted(s.rules.ordering.word()));
    put("shipping", &schema::RATIONING, quoted(s.rules.rationing.word()));
    put("supply", &schema::FORBID_DIVERSION, s.rules.forbid_diversion.to_string());
    put("supply", &schema::SQUEEZED_AT_START, s.rules.squeezed_at_start.to_string());
    for buyer in &s.buyers {
        let table = join("buyers", &buyer.key);
        put(&table, &schema::BUYER_NAME, quoted(&buyer.name));
        put(&table, &schema::BEIJING_MAY_APPROVE, buyer.beijing_may_approve.to_string());
        put(&table, &schema::US_MAY_LICENSE, buyer.us_may_license.to_string());
        put(&table, &schema::DOMESTIC_MANDATE, buyer.domestic_mandate.to_string());
    }
    for (i, event) in s.events.iter().enumerate() {
        let table = format!("events[{}]", i + 1);
        put(&table, &schema::EVENT_MONTH, quoted(&s.start.plus(event.month as i32 - 1).to_string()));
        event.beijing.iter().for_each(|regime| put(&table, &schema::EVENT_BEIJING, quoted(regime.word())));
        event.washington.iter().for_each(|regime| put(&table, &schema::EVENT_WASHINGTON, quoted(regime.word())));
        put(&table, &schema::EVENT_NOTE, quoted(&event.note));
    }
    let uncertain = s.uncertain();
    let key = |position: usize| uncertain.get(position).map_or(String::new(), |(input, _)| quoted(&input.key));
    for (i, (a, b, correlation)) in s.dependence.pairs.iter().enumerate() {
        let table = format!("dependence[{}]", i + 1);
        put(&table, &schema::BETWEEN, format!("[{}, {}]", key(*a), key(*b)));
        put(&table, &schema::RANK_CORRELATION, plain(*correlation));
    }
    let degrees = s.dependence.degrees_of_freedom;
    put("copula", &schema::FAMILY, quoted(if degrees.is_some() { "student_t" } else { "gaussian" }));
    degrees.iter().for_each(|degrees| put("copula", &schema::DEGREES_OF_FREEDOM, plain(*degrees)));
    all
}

/// The value with its remarks, as TOML.
fn spelled(row: &Row) -> String {
    let Some(input) = &row.input else { return row.value.clone() };
    let mut remarks = String::new();
    input.source.iter().for_each(|source| remarks += &format!(", source = {}", quoted(source)));
    input.grade.iter().for_each(|grade| remarks += &format!(", grade = {}", quoted(grade.word())));
    if !input.note.is_empty() {
        remarks += &format!(", note = {}", quoted(&input.note));
    }
    match &input.value {
        Value::Certain(_) if remarks.is_empty() => row.value.clone(),
        Value::Certain(_) => format!("{{ value = {}{remarks} }}", row.value),
        Value::Uncertain(_) => format!("{{ {}{remarks} }}", row.value),
    }
}
