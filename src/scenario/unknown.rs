//! Keys that the language does not know, each with the nearest one that it does.

use super::problem::{Finding, Problems, excerpt};
use super::raw::{Branch, Node, Raw};
use super::schema::{self, Item, Table};

/// Reports every unknown key, and every table that is not one.
pub(super) fn check(tree: &Branch, problems: &mut Problems) {
    check_table(tree, schema::root(), "", problems);
}

/// The candidate nearest to `key`, if any is near enough to be meant.
pub fn nearest<'a>(key: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let key: String = key.chars().take(80).flat_map(char::to_lowercase).collect();
    let limit = (key.chars().count() / 3).max(1);
    let distance = |candidate: &'a str| (strsim::damerau_levenshtein(&key, &candidate.to_lowercase()), candidate);
    candidates.map(distance).filter(|(d, _)| *d <= limit).min_by_key(|(d, _)| *d).map(|(_, candidate)| candidate)
}

/// Joins a table's full key and a key in it.
pub(super) fn join(table: &str, key: &str) -> String {
    if table.is_empty() { key.to_owned() } else { format!("{table}.{key}") }
}

fn check_table(branch: &Branch, table: &Table, path: &str, problems: &mut Problems) {
    for (key, entry) in branch {
        match table.item(key) {
            Some(item) => check_item(&entry.node, item, &join(path, key), problems),
            None => {
                let place = if path.is_empty() { "at the top of the file".to_owned() } else { format!("in [{}]", excerpt(path)) };
                let finding = Finding { key: join(path, key), ..Finding::rule(format!("unknown key `{}` {place}", excerpt(key))) };
                let hint = if problems.is_full() { String::new() } else { hint(key, table) };
                problems.add(Some(entry.key), finding.hint(hint));
            }
        }
    }
}

fn check_item(node: &Node, item: &Item, path: &str, problems: &mut Problems) {
    match (item, &node.value) {
        (Item::Number(..) | Item::Setting(_), _) => {}
        (Item::Table(table), Raw::Table(branch)) => check_table(branch, table, path, problems),
        (Item::Named(table), Raw::Table(branch)) => {
            for (name, entry) in branch {
                let path = join(path, name);
                match &entry.node.value {
                    Raw::Table(branch) => check_table(branch, table, &path, problems),
                    _ => not_a_table(&entry.node, &path, &format!("must be a table; write [{}]", excerpt(&path)), problems),
                }
            }
        }
        (Item::List(table), Raw::List(items)) => {
            for (i, item) in items.iter().enumerate() {
                let path = format!("{path}[{}]", i + 1);
                match &item.value {
                    Raw::Table(branch) => check_table(branch, table, &path, problems),
                    _ => not_a_table(item, &path, "must be a table", problems),
                }
            }
        }
        (Item::List(_), _) => not_a_table(node, path, &format!("must be a list of tables; write [[{path}]]"), problems),
        (Item::Table(_) | Item::Named(_), _) => not_a_table(node, path, &format!("must be a table; write [{path}]"), problems),
    }
}

fn not_a_table(node: &Node, path: &str, rule: &str, problems: &mut Problems) {
    problems.add(Some(node.origin), Finding::value(path, node.show(), rule));
}

fn hint(key: &str, table: &Table) -> String {
    let elsewhere = tables_with(key);
    if !elsewhere.is_empty() {
        return format!("it belongs in {}", elsewhere.join(" or "));
    }
    if let Some(near) = nearest(key, table.entries.iter().map(|(name, _)| *name)) {
        return format!("did you mean `{near}`?");
    }
    let mut all = Vec::new();
    every_key(schema::root(), "", &mut |_, key| all.push(key));
    match nearest(key, all.iter().copied()) {
        Some(near) => format!("did you mean `{near}` in {}?", tables_with(near).join(" or ")),
        None => "`greenlight show` lists every key".to_owned(),
    }
}

/// The tables that have this key, as a reader would write their headers.
fn tables_with(key: &str) -> Vec<String> {
    let mut tables: Vec<String> = Vec::new();
    every_key(schema::root(), "", &mut |table, name| {
        let header = if table.is_empty() { "the top of the file".to_owned() } else { format!("[{table}]") };
        if name == key && !tables.contains(&header) && tables.len() < 3 {
            tables.push(header);
        }
    });
    tables
}

fn every_key<'a>(table: &'a Table, path: &str, f: &mut impl FnMut(&str, &'a str)) {
    for (key, item) in &table.entries {
        f(path, key);
        match item {
            Item::Number(..) | Item::Setting(_) => {}
            Item::Table(inner) => every_key(inner, &join(path, key), f),
            Item::Named(inner) => every_key(inner, &join(path, &format!("{key}.*")), f),
            Item::List(inner) => every_key(inner, &format!("[{}]", join(path, key)), f),
        }
    }
}
