//! The JSON Schema of scenario files, with which editors complete and check.

use serde_json::{Map, Value, json};

use super::parameters::Field;
use super::schema::{self, Absent, Item, Setting, SettingKind, Table};
use crate::domain::Grade;

/// The schema, as the text of `schemas/scenario.schema.json`.
pub fn json_schema() -> String {
    let mut root = table(schema::root());
    if let Value::Object(root) = &mut root {
        root.insert("$schema".into(), json!("http://json-schema.org/draft-07/schema#"));
        root.insert("title".into(), json!("A greenlight scenario"));
        root.insert("required".into(), json!(["schema"]));
        root.insert("definitions".into(), json!({ "uncertain": uncertain() }));
    }
    format!("{root:#}\n")
}

fn table(table: &Table) -> Value {
    let properties: Map<String, Value> = table.entries.iter().map(|(key, item)| ((*key).to_owned(), entry(item))).collect();
    json!({ "type": "object", "description": table.meaning, "properties": properties, "additionalProperties": false })
}

fn entry(item: &Item) -> Value {
    match item {
        Item::Number(field, instance) => number(field, *instance),
        Item::Setting(setting) => one_setting(setting),
        Item::Table(inner) => table(inner),
        Item::Named(inner) => json!({ "type": "object", "description": inner.meaning, "additionalProperties": table(inner) }),
        Item::List(inner) => json!({ "type": "array", "description": inner.meaning, "items": table(inner) }),
    }
}

fn number(field: &Field, instance: usize) -> Value {
    let kind = if field.kind.is_whole() { "integer" } else { "number" };
    let mut forms = vec![json!({ "type": kind, "minimum": exact(field.min), "maximum": exact(field.max) })];
    if field.kind.may_be_unlimited() {
        forms.push(json!({ "const": "unlimited" }));
    }
    forms.push(json!({ "$ref": "#/definitions/uncertain" }));
    let mut entry = json!({ "description": format!("{} Unit: {}. Symbol: {}.", field.meaning, field.unit, field.symbol), "anyOf": forms });
    if let Some(default) = field.default_for(instance) {
        entry["default"] = if default.is_finite() { exact(default) } else { json!("unlimited") };
    }
    entry
}

/// A number without a needless `.0`.
fn exact(x: f64) -> Value {
    if x == libm::trunc(x) && x.abs() < 9e15 { json!(x as i64) } else { json!(x) }
}

fn one_setting(setting: &Setting) -> Value {
    let mut entry = match setting.kind {
        SettingKind::Version => json!({ "const": 1 }),
        SettingKind::Word(words) => json!({ "type": "string", "enum": words }),
        SettingKind::Switch => json!({ "type": "boolean" }),
        SettingKind::Line(most) => json!({ "type": "string", "minLength": 1, "maxLength": most }),
        SettingKind::Prose(most) => json!({ "type": "string", "maxLength": most }),
        SettingKind::Address => json!({ "type": "string", "pattern": "^https?://" }),
        SettingKind::Day => json!({ "type": "string", "format": "date" }),
        SettingKind::Month => json!({ "type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$" }),
        SettingKind::Count(least, most, _) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        SettingKind::Ratio(low, high) if low < 0.0 => json!({ "type": "number", "minimum": exact(low), "maximum": exact(high) }),
        SettingKind::Ratio(low, high) => json!({ "type": "number", "exclusiveMinimum": exact(low), "maximum": exact(high) }),
        SettingKind::Keys(least, most) | SettingKind::Names(least, most) => {
            json!({ "type": "array", "items": { "type": "string" }, "minItems": least, "maxItems": most })
        }
    };
    entry["description"] = json!(setting.meaning);
    if let Absent::Means(text) = setting.default {
        // Every default is a word, a switch or a whole number, which TOML and JSON write alike.
        entry["default"] = serde_json::from_str(text).unwrap_or(Value::Null);
    }
    entry
}

/// A number with its distribution and remarks; exactly one of the shapes is written.
fn uncertain() -> Value {
    let numbers = |count: usize| json!({ "type": "array", "items": { "type": "number" }, "minItems": count, "maxItems": count });
    let named = |required: &[&str], optional: &[&str]| {
        let properties: Map<String, Value> =
            required.iter().chain(optional).map(|name| ((*name).to_owned(), json!({ "type": "number" }))).collect();
        json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
    };
    let shapes = [
        ("value", json!({ "anyOf": [{ "type": "number" }, { "const": "unlimited" }] })),
        ("uniform", numbers(2)),
        ("pert", numbers(3)),
        ("triangular", numbers(3)),
        ("normal", named(&["mean", "std_dev"], &[])),
        ("lognormal", named(&["p10", "p90"], &[])),
        ("metalog", named(&["p10", "p50", "p90"], &["lower", "upper"])),
        ("beta", named(&["alpha", "beta"], &["min", "max"])),
        ("choice", json!({ "type": "object", "additionalProperties": { "type": "number", "minimum": 0 } })),
        ("empirical", json!({ "type": "string" })),
    ];
    let one_of: Vec<Value> = shapes.iter().map(|(name, _)| json!({ "required": [name] })).collect();
    let mut properties: Map<String, Value> = shapes.into_iter().map(|(name, shape)| (name.to_owned(), shape)).collect();
    properties.insert("truncate".into(), numbers(2));
    properties.insert("source".into(), json!({ "type": "string", "description": "An id from [sources]." }));
    properties.insert("grade".into(), json!({ "enum": Grade::WORDS }));
    properties.insert("note".into(), json!({ "type": "string" }));
    let description = "A number with its source, or a distribution: uncertainty about the world, drawn once per world.";
    json!({ "type": "object", "description": description, "properties": properties, "additionalProperties": false, "oneOf": one_of })
}
