//! Keys that the language does not know, each with the nearest one that it does.

use super::problem::{Finding, Problems, excerpt};
use super::raw::{Branch, Node, Raw};
use super::schema::{Item, Table};

/// Reports every unknown key of a file of this language, and every table that is not one.
/// `list` says where a reader finds all keys.
pub(super) fn check(tree: &Branch, language: &Table, list: &'static str, problems: &mut Problems) {
    Check { language, list, problems }.table(tree, language, "");
}

/// The walk over a file.
struct Check<'a> {
    language: &'a Table,
    list: &'static str,
    problems: &'a mut Problems,
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

impl Check<'_> {
    fn table(&mut self, branch: &Branch, table: &Table, path: &str) {
        for (key, entry) in branch {
            match table.item(key) {
                Some(item) => self.item(&entry.node, item, &join(path, key)),
                None => {
                    let place = if path.is_empty() { "at the top of the file".to_owned() } else { format!("in [{}]", excerpt(path)) };
                    let finding = Finding { key: join(path, key), ..Finding::rule(format!("unknown key `{}` {place}", excerpt(key))) };
                    let hint = if self.problems.is_full() { String::new() } else { self.hint(key, table) };
                    self.problems.add(Some(entry.key), finding.hint(hint));
                }
            }
        }
    }

    fn item(&mut self, node: &Node, item: &Item, path: &str) {
        match (item, &node.value) {
            (Item::Number(..) | Item::Setting(_), _) => {}
            (Item::Table(table), Raw::Table(branch)) => self.table(branch, table, path),
            (Item::Named(table), Raw::Table(branch)) => {
                for (name, entry) in branch {
                    let path = join(path, name);
                    match &entry.node.value {
                        Raw::Table(branch) => self.table(branch, table, &path),
                        _ => self.not_a_table(&entry.node, &path, &format!("must be a table; write [{}]", excerpt(&path))),
                    }
                }
            }
            (Item::List(table), Raw::List(items)) => {
                for (i, item) in items.iter().enumerate() {
                    let path = format!("{path}[{}]", i + 1);
                    match &item.value {
                        Raw::Table(branch) => self.table(branch, table, &path),
                        _ => self.not_a_table(item, &path, "must be a table"),
                    }
                }
            }
            (Item::List(_), _) => self.not_a_table(node, path, &format!("must be a list of tables; write [[{path}]]")),
            (Item::Table(_) | Item::Named(_), _) => self.not_a_table(node, path, &format!("must be a table; write [{path}]")),
        }
    }

    fn not_a_table(&mut self, node: &Node, path: &str, rule: &str) {
        self.problems.add(Some(node.origin), Finding::value(path, node.show(), rule));
    }

    fn hint(&self, key: &str, table: &Table) -> String {
        let elsewhere = tables_with(key, self.language);
        if !elsewhere.is_empty() {
            return format!("it belongs in {}", elsewhere.join(" or "));
        }
        if let Some(near) = nearest(key, table.entries.iter().map(|(name, _)| *name)) {
            return format!("did you mean `{near}`?");
        }
        let mut all = Vec::new();
        every_key(self.language, "", &mut |_, key| all.push(key));
        match nearest(key, all.iter().copied()) {
            Some(near) => format!("did you mean `{near}` in {}?", tables_with(near, self.language).join(" or ")),
            None => self.list.to_owned(),
        }
    }
}

/// The tables that have this key, as a reader would write their headers.
fn tables_with(key: &str, language: &Table) -> Vec<String> {
    let mut tables: Vec<String> = Vec::new();
    every_key(language, "", &mut |table, name| {
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
