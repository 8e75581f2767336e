//! A file, its ancestors and the command line, laid over each other.
//!
//! One rule: tables merge key by key, everything else replaces, `remove` deletes from what was inherited.

use super::problem::{ErrorKind, Finding, Problems, excerpt};
use super::raw::{self, Branch, Entry, Node, Raw};
use super::schema::{self, Child, Item, Table};
use super::unknown;
use super::{Document, Library, Origin, SourceFile};

/// The most ancestors a file may have.
const MAX_ANCESTORS: usize = 16;

/// The tree in force, and the files it came from.
pub(super) struct Layers {
    /// Everything written, merged; without `schema`, `extends` and `remove`.
    pub tree: Branch,
    /// The files in reading order: the scenario itself first, then its ancestors.
    pub files: Vec<Document>,
}

/// One file's own part, before its parent is laid under it.
struct Layer {
    tree: Branch,
    remove: Vec<(String, Origin)>,
}

/// Reads the file's ancestors and lays everything over each other; `None` if a file could not be read or parsed.
pub(super) fn read(main: Document, overrides: &[String], library: &mut dyn Library, problems: &mut Problems) -> Option<Layers> {
    let mut files = Vec::new();
    let mut layers = Vec::new();
    let mut next = Some(main);
    let mut complete = true;
    while let Some(mut document) = next.take() {
        let file = files.len();
        problems.files.push(document.shown.clone());
        let parsed = raw::parse(&std::mem::take(&mut document.text), file, problems);
        files.push(document);
        let Some(mut tree) = parsed else {
            complete = false;
            break;
        };
        check_version(file, &mut tree, problems);
        let extends = tree.remove(schema::EXTENDS.key);
        let remove = removals(&mut tree, extends.is_some(), problems);
        layers.push(Layer { tree, remove });
        if let Some(entry) = extends {
            next = parent(&entry, &files, library, problems);
            complete = next.is_some();
        }
    }
    if !complete {
        layers.iter().for_each(|layer| unknown::check(&layer.tree, schema::root(), schema::LIST, problems));
        return None;
    }
    let mut tree = Branch::new();
    for layer in layers.into_iter().rev() {
        layer.remove.iter().for_each(|(path, origin)| delete(&mut tree, path, *origin, problems));
        merge(&mut tree, layer.tree, Below::Table(schema::root()));
    }
    overrides.iter().for_each(|text| apply(&mut tree, text, problems));
    Some(Layers { tree, files })
}

impl From<&Document> for SourceFile {
    fn from(document: &Document) -> Self {
        Self { path: document.path.clone(), sha256: document.sha256.clone() }
    }
}

fn check_version(file: usize, tree: &mut Branch, problems: &mut Problems) {
    match tree.remove(schema::SCHEMA.key) {
        None => {
            let origin = Origin::File { file, line: 1, column: 1 };
            problems.add(Some(origin), Finding::rule("`schema` is missing").hint("begin the file with `schema = 1`"));
        }
        Some(entry) if matches!(entry.node.value, Raw::Whole(_, Some(1))) => {}
        Some(entry) => {
            let finding = Finding::value("schema", entry.node.show(), "this program reads version 1 of the language");
            problems.add(Some(entry.node.origin), finding.hint("write `schema = 1`, or use a newer program"));
        }
    }
}

fn parent(entry: &Entry, files: &[Document], library: &mut dyn Library, problems: &mut Problems) -> Option<Document> {
    let origin = Some(entry.node.origin);
    let shown = entry.node.show();
    let Some(name) = entry.node.text() else {
        let finding = Finding::value("extends", shown, format!("must name one file as text, not {}", entry.node.kind()));
        problems.add(origin, finding.hint("write `extends = \"parent.toml\"`; a file has one parent"));
        return None;
    };
    if files.len() > MAX_ANCESTORS {
        let finding = Finding::value("extends", shown, format!("more than {MAX_ANCESTORS} levels of `extends`"));
        problems.add_kind(ErrorKind::Limit, origin, finding.hint("merge some of the files"));
        return None;
    }
    let document = match library.open(files.last()?, name) {
        Ok(document) => document,
        Err(refusal) => {
            problems.add_kind(refusal.kind, origin, Finding::value("extends", shown, refusal.rule).hint(refusal.hint));
            return None;
        }
    };
    if files.iter().any(|file| file.path == document.path) {
        let finding = Finding::value("extends", shown, "the file extends itself, directly or through others");
        problems.add(origin, finding.hint("break the circle: a scenario cannot be its own ancestor"));
        return None;
    }
    Some(document)
}

fn removals(tree: &mut Branch, has_parent: bool, problems: &mut Problems) -> Vec<(String, Origin)> {
    let Some(entry) = tree.remove(schema::REMOVE.key) else { return Vec::new() };
    let Raw::List(items) = &entry.node.value else {
        let finding = Finding::value("remove", entry.node.show(), format!("must be a list of keys, not {}", entry.node.kind()));
        problems.add(Some(entry.node.origin), finding.hint("write `remove = [\"buyers.universities\"]`"));
        return Vec::new();
    };
    if !has_parent {
        let finding = Finding::rule("`remove` deletes from a parent, and this file extends none");
        problems.add(Some(entry.key), finding.hint("delete the keys themselves"));
        return Vec::new();
    }
    let mut paths = Vec::new();
    for item in items {
        match item.text() {
            Some(path) => paths.push((path.to_owned(), item.origin)),
            None => problems.add(Some(item.origin), Finding::value("remove", item.show(), format!("a key is text, not {}", item.kind()))),
        }
    }
    paths
}

fn delete(tree: &mut Branch, path: &str, origin: Origin, problems: &mut Problems) {
    let (parents, last) = path.rsplit_once('.').unwrap_or(("", path));
    let mut table = Some(tree);
    for part in parents.split('.').filter(|part| !part.is_empty()) {
        table = table.and_then(|table| match &mut table.get_mut(part)?.node.value {
            Raw::Table(inner) => Some(inner),
            _ => None,
        });
    }
    let keys: Vec<String> = table.as_ref().map(|table| table.keys().cloned().collect()).unwrap_or_default();
    if table.and_then(|table| table.remove(last)).is_none() {
        let hint = unknown::nearest(last, keys.iter().map(String::as_str))
            .map_or(String::new(), |near| format!("did you mean `{}{}{near}`?", parents, if parents.is_empty() { "" } else { "." }));
        problems.add(Some(origin), Finding::rule(format!("`remove` finds no `{}` in the parent", excerpt(path))).hint(hint));
    }
}

/// What the language says about a table that is being merged.
#[derive(Clone, Copy)]
enum Below<'a> {
    Table(&'a Table),
    Item(&'a Item),
    Unknown,
}

impl<'a> Below<'a> {
    /// What it says about the table under `key`; `None` if that value is whole and must be replaced.
    fn child(self, key: &str) -> Option<Self> {
        let item = match self {
            Self::Table(table) => table.item(key),
            Self::Item(item) => match item.child(key) {
                Some(Child::Item(item)) => Some(item),
                Some(Child::Table(table)) => return Some(Self::Table(table)),
                None => None,
            },
            Self::Unknown => None,
        };
        match item {
            Some(Item::Number(..) | Item::Setting(_) | Item::List(_)) => None,
            Some(item) => Some(Self::Item(item)),
            None => Some(Self::Unknown),
        }
    }
}

fn merge(base: &mut Branch, layer: Branch, below: Below<'_>) {
    for (key, entry) in layer {
        let child = below.child(&key);
        match (base.get_mut(&key).map(|old| &mut old.node.value), entry.node.value, child) {
            (Some(Raw::Table(old)), Raw::Table(new), Some(child)) => merge(old, new, child),
            (_, value, _) => {
                let order = base.get(&key).map_or(entry.key, |old| old.key);
                base.insert(key, Entry { key: order, node: Node { value, ..entry.node } });
            }
        }
    }
}

/// Lays one `key=value` of the command line over everything.
fn apply(tree: &mut Branch, text: &str, problems: &mut Problems) {
    let refuse = |problems: &mut Problems, rule: String, hint: &str| {
        problems.add(Some(Origin::CommandLine), Finding::rule(format!("`{}`: {rule}", excerpt(text))).hint(hint));
    };
    let Some((key, value)) = text.split_once('=') else {
        return refuse(problems, "is not key=value".into(), "write for example `--set supply.stock_chips=200000`");
    };
    let parts: Vec<&str> = key.trim().split('.').collect();
    let bare = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if !parts.iter().all(bare) || parts.len() > raw::DEPTH {
        return refuse(problems, "the key is not words joined by dots".into(), schema::LIST);
    }
    if [&schema::SCHEMA, &schema::EXTENDS, &schema::REMOVE].iter().any(|setting| setting.key == parts[0]) {
        return refuse(problems, format!("`{}` belongs in a file", parts[0]), "`greenlight new` writes a file that extends another");
    }
    let value = value.trim();
    let node = match raw::parse_value(value) {
        Ok(node) => node,
        Err(rule) if value.starts_with(['{', '[', '"', '\'']) => return refuse(problems, rule, "quote the whole argument for your shell"),
        Err(_) => Node { origin: Origin::CommandLine, value: Raw::Text(value.to_owned()) },
    };
    let wrap = |node: Node, part: &&str| Node {
        origin: Origin::CommandLine,
        value: Raw::Table(Branch::from([((*part).to_owned(), Entry { key: Origin::CommandLine, node })])),
    };
    if let Raw::Table(layer) = parts.iter().rev().fold(node, wrap).value {
        merge(tree, layer, Below::Table(schema::root()));
    }
}
