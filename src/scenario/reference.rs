//! `docs/scenario-reference.md`: the rules of the language, and every key with its meaning, range and default.

use super::number::grouped;
use super::parameters::{Field, Kind};
use super::schema::{self, Absent, Item, Setting, SettingKind, Table};
use super::uncertain::plain;
use super::unknown::join;

/// The text of the reference.
pub fn reference_markdown() -> String {
    let mut out = include_str!("language.md").to_owned();
    section(&mut out, "the top of the file", "", schema::root());
    out
}

fn section(out: &mut String, name: &str, path: &str, table: &Table) {
    let has = |wanted: fn(&Item) -> bool| table.entries.iter().any(|(_, item)| wanted(item));
    let settings = has(|item| matches!(item, Item::Setting(_)));
    let numbers = has(|item| matches!(item, Item::Number(..)));
    *out += &format!("\n### {}{}\n\n{}\n", name[..1].to_uppercase(), &name[1..], table.meaning);
    if settings {
        *out += "\n| key | meaning | written as | default |\n|---|---|---|---|\n";
    }
    for (_, item) in &table.entries {
        if let Item::Setting(setting) = item {
            *out += &setting_row(setting);
        }
    }
    if numbers {
        *out += "\n| key | meaning | unit | range | default | symbol |\n|---|---|---|---|---|---|\n";
    }
    for (_, item) in &table.entries {
        if let Item::Number(field, _) = item {
            *out += &number_row(field);
        }
    }
    for (key, item) in &table.entries {
        let path = join(path, key);
        match item {
            Item::Number(..) | Item::Setting(_) => {}
            Item::Table(inner) if is_family(inner) => family(out, &path, inner),
            Item::Table(inner) => section(out, &format!("`[{path}]`"), &path, inner),
            Item::Named(inner) => section(out, &format!("`[{path}.NAME]`"), &path, inner),
            Item::List(inner) => section(out, &format!("`[[{path}]]`"), &path, inner),
        }
    }
}

/// Whether a table holds only tables of the same fields, one for each regime or type.
fn is_family(table: &Table) -> bool {
    table.entries.iter().all(|(_, item)| matches!(item, Item::Table(_)))
}

/// One section for tables that differ only in their defaults.
fn family(out: &mut String, path: &str, table: &Table) {
    let words: Vec<String> = table.entries.iter().map(|(word, _)| format!("`{word}`")).collect();
    *out += &format!("\n### `[{path}.*]`\n\n{} One table for each of {}.\n", table.meaning, words.join(", "));
    let Some((_, Item::Table(first))) = table.entries.first() else { return };
    *out += "\n| key | meaning | unit | range | default, in that order | symbol |\n|---|---|---|---|---|---|\n";
    for (key, _) in &first.entries {
        let defaults = table.entries.iter().filter_map(|(_, item)| {
            let Item::Table(inner) = item else { return None };
            let Some(Item::Number(field, instance)) = inner.item(key) else { return None };
            Some((*field, default(field.default_for(*instance))))
        });
        let (fields, mut defaults): (Vec<_>, Vec<_>) = defaults.unzip();
        if defaults.iter().all(|one| *one == defaults[0]) {
            defaults.truncate(1);
        }
        if let Some(field) = fields.first() {
            *out += &row(field, &defaults.join(", "));
        }
    }
}

fn number_row(field: &Field) -> String {
    row(field, &default(field.default_for(0)))
}

fn row(field: &Field, default: &str) -> String {
    let range = format!("{} to {}, {}", grouped(field.min), grouped(field.max), kind_words(field.kind));
    format!("| `{}` | {} | {} | {range} | {default} | `{}` |\n", field.key, field.meaning, field.unit, field.symbol.replace('|', "\\|"))
}

fn default(default: Option<f64>) -> String {
    match default {
        None => "required".to_owned(),
        Some(f64::INFINITY) => "`\"unlimited\"`".to_owned(),
        Some(x) => grouped(x),
    }
}

fn kind_words(kind: Kind) -> &'static str {
    match kind {
        Kind::Whole => "whole",
        Kind::WholeOrUnlimited => "whole or `\"unlimited\"`",
        Kind::Real => "real",
        Kind::RealOrUnlimited => "real or `\"unlimited\"`",
    }
}

fn setting_row(setting: &Setting) -> String {
    let written = match setting.kind {
        SettingKind::Version => "`1`".to_owned(),
        SettingKind::Word(words) => words.iter().map(|word| format!("`\"{word}\"`")).collect::<Vec<_>>().join(", "),
        SettingKind::Switch => "`true` or `false`".to_owned(),
        SettingKind::Line(most) => format!("text on one line, at most {most} characters"),
        SettingKind::Prose(most) => format!("text, at most {most} characters"),
        SettingKind::Address => "an address beginning `https://` or `http://`".to_owned(),
        SettingKind::Day => "a date without quotes, `2025-12-10`".to_owned(),
        SettingKind::Month => "a month in quotes, `\"2026-01\"`".to_owned(),
        SettingKind::Count(least, most, _) => format!("a whole number, {least} to {most}"),
        SettingKind::Ratio(low, high) if low < 0.0 => format!("a number, {} to {}", plain(low), plain(high)),
        SettingKind::Ratio(low, high) => format!("a number above {}, at most {}", plain(low), plain(high)),
        SettingKind::Keys(2, 2) => "a list of two keys".to_owned(),
        SettingKind::Keys(..) => "a list of keys".to_owned(),
        SettingKind::Names(..) => "a list of names".to_owned(),
    };
    let default = match setting.default {
        Absent::Required => "required".to_owned(),
        Absent::Nothing(meaning) => meaning.to_owned(),
        Absent::Means(value) => format!("`{value}`"),
    };
    format!("| `{}` | {} | {written} | {default} |\n", setting.key, setting.meaning)
}
