//! From the merged tree to a [`Scenario`], or to every rule it breaks.

use super::layers::Layers;
use super::parameters::{Matrix, Parameters};
use super::problem::{ErrorKind, Finding, Problems, excerpt};
use super::quoted;
use super::raw::{Branch, Entry, Node, Raw, in_order};
use super::reader::{Reader, Scope};
use super::schema as s;
use super::sweeps::sweeps;
use super::uncertain::{FIRST_DRAW, plain};
use super::unknown::{join, nearest};
use super::{Action, BuyerIdentity, Decision, Dependence, Event, Input, Library, Rules, Scenario, Simulation, Source, SourceFile, Value};
use crate::domain::{Beijing, MAX_BUYERS, MAX_MONTHS, Month, Ordering, PolicyType, Rationing, Sampling, Washington};
use crate::random::{Copula, CopulaError};

/// The most entries of one list of tables; two governments can move only twice a month.
const MAX_LISTED: usize = 2 * MAX_MONTHS;
/// How far chances that must sum to 1 may be off by rounding.
const SUM_TOLERANCE: f64 = 1e-9;

/// Reads everything; problems are collected, and the result counts only if there are none.
pub(super) fn scenario(name: String, layers: Layers, library: &mut dyn Library, problems: &mut Problems) -> Option<Scenario> {
    let Layers { tree, mut files } = layers;
    let mut reader = Reader { problems, library, files: &mut files, source_ids: Vec::new(), origins: Default::default() };
    let reader = &mut reader;
    let top = Scope { path: "", table: Some(&tree), origin: None };
    let title = reader.text(top, &s::TITLE);
    let story = reader.text(top, &s::STORY);
    let as_of = reader.day(top, &s::AS_OF);
    let start = reader.month(top, &s::START);
    let months = reader.count(top, &s::MONTHS) as usize;
    let simulation = simulation(reader, &tree);
    let outcomes = reader.keys(Scope::at(&tree, "simulation"), &s::OUTCOMES);
    let sources = sources(reader, &tree);
    let decisions = decisions(reader, &tree);
    let sweeps = sweeps(reader, &tree);
    let rules = rules(reader, &tree);
    let buyers = buyers(reader, &tree);
    let keys: Vec<String> = buyers.iter().map(|buyer| buyer.key.clone()).collect();
    let parameters = Parameters::build(&keys, &mut |path, field, instance| reader.number(Scope::at(&tree, path), field, instance));
    sums(reader, &parameters);
    let events =
        events(reader, &tree, start.unwrap_or_else(|| Month::new(2000, 1).unwrap_or_else(|| unreachable!("a valid month"))), months);
    let dependence = dependence(reader, &tree, &parameters);
    let origins = std::mem::take(&mut reader.origins);
    let files = files.iter().map(SourceFile::from).collect();
    let (title, story, as_of, start) = (title?, story?, as_of?, start?);
    Some(Scenario {
        name,
        title,
        story,
        as_of,
        start,
        months,
        simulation,
        outcomes,
        sources,
        decisions,
        sweeps,
        rules,
        buyers,
        events,
        dependence,
        parameters,
        origins,
        files,
    })
}

fn simulation(reader: &mut Reader<'_>, tree: &Branch) -> Simulation {
    let scope = Scope::at(tree, "simulation");
    let seed = reader.count(scope, &s::SEED);
    let read = reader.count_if_read(scope, &s::WORLDS);
    let (worlds, paths_per_world) = (read.unwrap_or(1), reader.count(scope, &s::PATHS_PER_WORLD));
    if worlds.checked_mul(paths_per_world).is_none_or(|paths| paths > s::MAX_PATHS) {
        let rule = format!(
            "{worlds} worlds x {paths_per_world} paths are {} paths; at most {}",
            u128::from(worlds) * u128::from(paths_per_world),
            s::MAX_PATHS
        );
        let origin = ["worlds", "paths_per_world"].iter().find_map(|key| scope.node(key)).map(|node| node.origin);
        reader.problems.add_kind(
            ErrorKind::Limit,
            origin,
            Finding::rule(rule).hint("ask for fewer; a million paths already give three digits"),
        );
    }
    let sampling = reader.text(scope, &s::SAMPLING).and_then(|word| Sampling::from_word(&word)).unwrap_or_default();
    if read.is_some() && !sampling.fits(worlds) {
        let count = if sampling == Sampling::Sobol { "a power of two of worlds" } else { "a multiple of 16 worlds" };
        let (word, fewest) = (sampling.word(), sampling.fewest_worlds());
        let rule = format!("sampling \"{word}\" needs {count}, {fewest} at least, so that 16 scrambles tell the error; this is {worlds}");
        let origin = ["worlds", "sampling"].iter().find_map(|key| scope.node(key)).map(|node| node.origin);
        let hint = format!("ask for {} worlds, or for sampling \"random\"", sampling.next_fit(worlds));
        reader.problems.add(origin, Finding::rule(rule).hint(hint));
    }
    Simulation { seed, worlds, paths_per_world, sampling }
}

/// The tables of a table of tables, in the order of the file.
pub(super) fn named<'a>(tree: &'a Branch, key: &str) -> Vec<(&'a String, &'a Entry)> {
    tree.get(key).and_then(|entry| entry.node.table()).map(in_order).unwrap_or_default()
}

/// The tables of `[[key]]`; none if there are too many.
pub(super) fn listed<'a>(reader: &mut Reader<'_>, tree: &'a Branch, key: &str) -> Vec<(&'a Node, &'a Branch)> {
    let Some(entry) = tree.get(key) else { return Vec::new() };
    let Raw::List(items) = &entry.node.value else { return Vec::new() };
    if items.len() > MAX_LISTED {
        let rule = format!("{} entries of [[{key}]]; at most {MAX_LISTED}", items.len());
        reader.problems.add_kind(ErrorKind::Limit, Some(entry.key), Finding::rule(rule));
        return Vec::new();
    }
    items.iter().filter_map(|item| Some((item, item.table()?))).collect()
}

/// Whether a text can name a source or a fact.
pub(super) fn is_id(id: &str) -> bool {
    (1..=80).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// `[sources.ID]`
pub(super) fn sources(reader: &mut Reader<'_>, tree: &Branch) -> Vec<Source> {
    let mut sources = Vec::new();
    for (id, entry) in named(tree, "sources") {
        let path = join("sources", id);
        let scope = Scope { path: &path, table: entry.node.table(), origin: Some(entry.key) };
        if !is_id(id) {
            let rule = format!("`{}` cannot name a source", excerpt(id));
            reader
                .problems
                .add(Some(entry.key), Finding::rule(rule).hint("use up to 80 letters, digits, - and _, such as reuters-2025-12-10"));
        }
        reader.source_ids.push(id.clone());
        let (title, outlet) = (reader.text(scope, &s::SOURCE_TITLE), reader.text(scope, &s::SOURCE_OUTLET));
        let (date, url) = (reader.day(scope, &s::SOURCE_DATE), reader.text(scope, &s::SOURCE_URL));
        if let (Some(title), Some(outlet), Some(date)) = (title, outlet, date) {
            sources.push(Source { id: id.clone(), title, outlet, date, url });
        }
    }
    sources
}

fn decisions(reader: &mut Reader<'_>, tree: &Branch) -> Vec<Decision> {
    let mut decisions = Vec::new();
    for (key, entry) in named(tree, "decisions") {
        let path = join("decisions", key);
        let scope = Scope { path: &path, table: entry.node.table(), origin: Some(entry.key) };
        if let Some((rule, _)) = bad_buyer_key(key) {
            let finding = Finding::rule(format!("`{}` cannot name a decision: {rule}", excerpt(key)));
            reader.problems.add(Some(entry.key), finding.hint("write for example [decisions.build_ahead]"));
        }
        let (title, net_benefit) = (reader.text(scope, &s::DECISION_TITLE), reader.text(scope, &s::NET_BENEFIT));
        let written = reader.keys(scope, &s::ACTIONS);
        let mut actions: Vec<Action> = Vec::new();
        for text in &written {
            match action(text) {
                Some(action) if actions.iter().all(|earlier| earlier.name != action.name) => actions.push(action),
                Some(_) => reader
                    .problems
                    .add(scope.origin, Finding::value(join(&path, "actions"), quoted(text), "has the name of another action")),
                None => {
                    let finding = Finding::value(join(&path, "actions"), quoted(text), "is no action");
                    reader.problems.add(scope.origin, finding.hint("write NAME: KEY = VALUE; KEY = VALUE; a name has up to 40 characters"));
                }
            }
        }
        if let (Some(title), Some(net_benefit)) = (title, net_benefit) {
            decisions.push(Decision { key: key.clone(), title, net_benefit, actions });
        }
    }
    decisions
}

/// `NAME: KEY = VALUE; …`; an action that sets nothing leaves the scenario as it is.
fn action(text: &str) -> Option<Action> {
    let (name, sets) = text.split_once(':')?;
    let is_name = (1..=40).contains(&name.trim().chars().count()) && name.chars().all(super::problem::is_prose);
    let sets: Vec<String> = sets.split(';').map(|set| set.trim().to_owned()).filter(|set| !set.is_empty()).collect();
    (is_name && sets.iter().all(|set| set.contains('='))).then(|| Action { name: name.trim().to_owned(), sets })
}

fn rules(reader: &mut Reader<'_>, tree: &Branch) -> Rules {
    let mut word = |path, setting| reader.text(Scope::at(tree, path), setting).unwrap_or_default();
    let washington_start = Washington::from_word(&word("washington", &s::WASHINGTON_START)).unwrap_or(Washington::Waiting);
    let beijing_start = Beijing::from_word(&word("beijing", &s::BEIJING_START)).unwrap_or(Beijing::Pending);
    let ordering = Ordering::from_word(&word("requests", &s::BEHAVIOUR)).unwrap_or(Ordering::BestResponse);
    let rationing = Rationing::from_word(&word("shipping", &s::RATIONING)).unwrap_or(Rationing::Proportional);
    let forbid_diversion = reader.switch(Scope::at(tree, "supply"), &s::FORBID_DIVERSION);
    let squeezed_at_start = reader.switch(Scope::at(tree, "supply"), &s::SQUEEZED_AT_START);
    Rules { washington_start, beijing_start, ordering, rationing, forbid_diversion, squeezed_at_start }
}

fn buyers(reader: &mut Reader<'_>, tree: &Branch) -> Vec<BuyerIdentity> {
    let tables = named(tree, "buyers");
    let header = tree.get("buyers").map(|entry| entry.key);
    if tables.is_empty() {
        reader
            .problems
            .add(header, Finding::rule("the scenario has no buyers").hint("add a table such as [buyers.bytedance] with `need_per_month`"));
    }
    if tables.len() > MAX_BUYERS {
        let rule = format!("{} buyers; at most {MAX_BUYERS}", tables.len());
        reader.problems.add_kind(ErrorKind::Limit, header, Finding::rule(rule).hint("merge the smaller groups into one"));
        return Vec::new();
    }
    let mut buyers = Vec::new();
    for (key, entry) in tables {
        if let Some((rule, hint)) = bad_buyer_key(key) {
            let finding = Finding::rule(format!("`{}` cannot be a buyer's key: {rule}", excerpt(key)));
            reader.problems.add(Some(entry.key), finding.hint(hint));
        }
        if entry.node.table().is_none() {
            continue; // reported with the unknown keys
        }
        let path = join("buyers", key);
        let scope = Scope { path: &path, table: entry.node.table(), origin: Some(entry.key) };
        buyers.push(BuyerIdentity {
            key: key.clone(),
            name: reader.text(scope, &s::BUYER_NAME).unwrap_or_else(|| key.clone()),
            beijing_may_approve: reader.switch(scope, &s::BEIJING_MAY_APPROVE),
            us_may_license: reader.switch(scope, &s::US_MAY_LICENSE),
            domestic_mandate: reader.switch(scope, &s::DOMESTIC_MANDATE),
        });
    }
    buyers
}

/// Why a key cannot name a buyer, and what to do.
fn bad_buyer_key(key: &str) -> Option<(&'static str, &'static str)> {
    const HINT: &str = "write for example [buyers.other_internet] and put the full name in `name`";
    if key == "total" {
        return Some(("tables use the word for the sum of all buyers", "choose another word"));
    }
    if !(1..=40).contains(&key.len()) {
        return Some(("it has 1 to 40 characters", HINT));
    }
    let plain = key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    (!plain).then_some(("it is made of lower-case letters, digits and _", HINT))
}

/// Chances that must sum to 1: the rows of both matrices and the weights of the types.
fn sums(reader: &mut Reader<'_>, parameters: &Parameters<Input>) {
    rows(reader, "washington.transitions", &Washington::WORDS, &parameters.washington_transitions);
    rows(reader, "beijing.transitions", &Beijing::WORDS, &parameters.beijing_transitions);
    let weights: Vec<&Input> = parameters.types.iter().map(|profile| &profile.weight).collect();
    one(reader, "the weights of [beijing.types]", &PolicyType::WORDS, &weights);
}

fn rows<const N: usize>(reader: &mut Reader<'_>, table: &str, words: &[&'static str; N], matrix: &Matrix<Input, N>) {
    for (word, row) in words.iter().zip(matrix) {
        let row: Vec<&Input> = row.iter().collect();
        one(reader, &format!("the chances of {table}.{word}"), words, &row);
    }
}

fn one(reader: &mut Reader<'_>, what: &str, words: &[&str], inputs: &[&Input]) {
    let origin = inputs.iter().rev().find_map(|input| input.origin);
    let certain: Vec<f64> = inputs.iter().filter_map(|input| if let Value::Certain(x) = input.value { Some(x) } else { None }).collect();
    if certain.iter().any(|x| x.is_nan()) {
        return; // a number that broke its own rule
    }
    let total: f64 = certain.iter().sum();
    if certain.len() == inputs.len() {
        if (total - 1.0).abs() > SUM_TOLERANCE {
            let terms: Vec<String> = words.iter().zip(&certain).map(|(word, x)| format!("{word} {}", plain(*x))).collect();
            let rule = format!("{what} sum to {}, not 1 ({})", plain(libm::round(total * 1e12) / 1e12), terms.join(", "));
            reader.problems.add(origin, Finding::rule(rule).hint("one that is not written here keeps its inherited or default value"));
        }
        return;
    }
    let least = inputs.iter().map(|input| match &input.value {
        Value::Certain(x) => *x,
        Value::Uncertain(distribution) => distribution.quantile(FIRST_DRAW),
    });
    if least.sum::<f64>() <= 0.0 {
        let rule = format!("{what} may all be 0 in some world, so that they cannot be divided by their sum");
        reader.problems.add(origin, Finding::rule(rule).hint("keep one of them above 0"));
    }
}

fn events(reader: &mut Reader<'_>, tree: &Branch, start: Month, months: usize) -> Vec<Event> {
    let mut events: Vec<(Event, usize)> = Vec::new();
    for (i, (node, table)) in listed(reader, tree, "events").into_iter().enumerate() {
        let path = format!("events[{}]", i + 1);
        let scope = Scope { path: &path, table: Some(table), origin: Some(node.origin) };
        let month = reader.month(scope, &s::EVENT_MONTH);
        let beijing = reader.text(scope, &s::EVENT_BEIJING).and_then(|word| Beijing::from_word(&word));
        let washington = reader.text(scope, &s::EVENT_WASHINGTON).and_then(|word| Washington::from_word(&word));
        let note = reader.text(scope, &s::EVENT_NOTE).unwrap_or_default();
        if table.get("beijing").or(table.get("washington")).is_none() {
            let finding = Finding::rule(format!("{path} moves nobody")).hint("give `beijing` or `washington` or both");
            reader.problems.add(Some(node.origin), finding);
        }
        let Some(month) = month else { continue };
        let number = month.since(start) + 1;
        let Some(number) = usize::try_from(number).ok().filter(|n| (1..=months).contains(n)) else {
            let rule = format!("lies outside the horizon, {start} to {}", start.plus(months as i32 - 1));
            let origin = scope.node("month").map(|node| node.origin);
            reader.problems.add(origin, Finding::value(join(&path, "month"), format!("\"{month}\""), rule));
            continue;
        };
        let event = Event { month: number, beijing, washington, note };
        let clashes = |other: &Event| {
            other.month == number
                && ((other.beijing.is_some() && beijing.is_some()) || (other.washington.is_some() && washington.is_some()))
        };
        if events.iter().any(|(other, _)| clashes(other)) {
            let finding = Finding::rule(format!("two events of {month} move the same government")).hint("keep one");
            reader.problems.add(Some(node.origin), finding);
        }
        events.push((event, i));
    }
    events.sort_by_key(|(event, _)| event.month);
    // Places go by the order in time, as the events do.
    let renamed = |key: String| {
        let (old, rest) = key.strip_prefix("events[")?.split_once(']')?;
        let new = events.iter().position(|(_, i)| old.parse() == Ok(i + 1))?;
        Some(format!("events[{}]{rest}", new + 1))
    };
    let origins = std::mem::take(&mut reader.origins);
    reader.origins = origins.into_iter().map(|(key, origin)| (renamed(key.clone()).unwrap_or(key), origin)).collect();
    events.into_iter().map(|(event, _)| event).collect()
}

fn dependence(reader: &mut Reader<'_>, tree: &Branch, parameters: &Parameters<Input>) -> Dependence {
    let mut uncertain: Vec<&str> = Vec::new();
    let mut certain: Vec<&str> = Vec::new();
    parameters.each(|input| match input.value {
        Value::Uncertain(_) => uncertain.push(&input.key),
        Value::Certain(_) => certain.push(&input.key),
    });
    let mut pairs: Vec<(usize, usize, f64)> = Vec::new();
    for (i, (node, table)) in listed(reader, tree, "dependence").into_iter().enumerate() {
        let path = format!("dependence[{}]", i + 1);
        let scope = Scope { path: &path, table: Some(table), origin: Some(node.origin) };
        let keys = reader.keys(scope, &s::BETWEEN);
        let correlation = reader.ratio(scope, &s::RANK_CORRELATION);
        let origin = scope.node("between").map(|node| node.origin);
        let mut position = |key: &String| {
            let found = uncertain.iter().position(|other| other == key);
            if found.is_none() {
                let (rule, hint) = if certain.contains(&key.as_str()) {
                    ("is certain, so nothing can depend on it", "give it a distribution first".to_owned())
                } else {
                    let near = nearest(key, uncertain.iter().copied());
                    ("is not a number of this scenario", near.map_or(String::new(), |near| format!("did you mean `{near}`?")))
                };
                let finding = Finding::value(join(&path, "between"), format!("\"{key}\""), rule);
                reader.problems.add(origin, finding.hint(hint));
            }
            found
        };
        let positions: Vec<usize> = keys.iter().filter_map(&mut position).collect();
        if let (&[a, b], Some(correlation)) = (positions.as_slice(), correlation) {
            if a == b || pairs.iter().any(|(c, d, _)| (*c, *d) == (a, b) || (*c, *d) == (b, a)) {
                let rule = if a == b { "names the same number twice" } else { "this pair has a correlation already" };
                reader.problems.add(origin, Finding::rule(format!("{path}: {rule}")).hint("keep one entry for each pair"));
            } else {
                pairs.push((a, b, correlation));
            }
        }
    }
    let degrees_of_freedom = copula(reader, tree);
    if let Err(CopulaError::NotPossible(clash)) = Copula::new(uncertain.len(), &pairs, degrees_of_freedom) {
        let terms: Vec<String> =
            clash.iter().map(|(a, b, r)| format!("{} with {} at {}", uncertain[*a], uncertain[*b], plain(*r))).collect();
        let rule = format!("no numbers can have these rank correlations (their matrix is not positive semidefinite): {}", terms.join(", "));
        let hint = "a pair that is not written has correlation 0: bring them nearer to 0, or write the missing pairs";
        reader.problems.add(tree.get("dependence").map(|entry| entry.key), Finding::rule(rule).hint(hint));
    }
    Dependence { degrees_of_freedom, pairs }
}

fn copula(reader: &mut Reader<'_>, tree: &Branch) -> Option<f64> {
    let scope = Scope::at(tree, "copula");
    let family = reader.text(scope, &s::FAMILY);
    let degrees = reader.ratio(scope, &s::DEGREES_OF_FREEDOM);
    let written = scope.node(s::DEGREES_OF_FREEDOM.key);
    match (family.as_deref(), written) {
        (Some("student_t"), None) => reader.missing(scope, s::DEGREES_OF_FREEDOM.key, "a Student-t copula needs them; 4 is common"),
        (Some("gaussian"), Some(node)) => {
            let finding = Finding::value("copula.degrees_of_freedom", node.show(), "a Gaussian copula has none");
            reader.problems.add(Some(node.origin), finding.hint("remove it, or write family = \"student_t\""));
        }
        _ => {}
    }
    degrees
}
