//! Folders are layers: a module imports only from the layers `ARCHITECTURE.md` allows it.
#![allow(missing_docs, clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Each layer with what it may import.
const LAYERS: [(&str, &[&str]); 12] = [
    ("domain", &[]),
    ("lanes", &[]),
    ("random", &["domain", "lanes"]),
    ("stats", &["domain", "lanes"]),
    ("scenario", &["domain", "random"]),
    ("model", &["domain", "lanes", "random", "scenario", "stats"]),
    ("engine", &["stats"]),
    ("analysis", &["domain", "lanes", "stats", "scenario", "model"]),
    ("io", &["domain", "random", "stats", "scenario", "model", "analysis"]),
    ("charts", &["domain", "model", "analysis"]),
    ("report", &["domain", "random", "scenario", "model", "analysis", "charts"]),
    ("cli", &["domain", "lanes", "random", "stats", "scenario", "model", "engine", "analysis", "io", "charts", "report"]),
];

/// What a layer must not contain, outside its tests.
const BANNED: [(&[&str], &[&str]); 5] = [
    (
        &["domain", "lanes", "random", "stats", "scenario", "model", "engine", "analysis", "charts", "report"],
        &["std::fs", "File::open", "std::env::"],
    ),
    (&["domain", "random", "stats", "scenario", "model", "analysis", "io", "charts", "report"], &["std::thread", "rayon", "std::time"]),
    (
        &["domain", "random", "stats", "scenario", "model", "engine", "analysis", "io", "charts", "report"],
        &["println!", "stdout()", "stderr()"],
    ),
    (&["domain", "stats", "engine", "analysis", "charts"], &["rand::"]),
    (&["stats", "engine"], &["Chips", "Beijing", "Washington", "buyer"]),
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .flat_map(|entry| {
            let path = entry.unwrap().path();
            if path.is_dir() { sources(&path) } else { vec![path] }
        })
        .filter(|path| path.extension().is_some_and(|e| e == "rs"))
        .collect();
    files.sort();
    files
}

/// Whether a file's module is declared `#[cfg(test)] mod name;`.
fn is_for_tests(file: &Path) -> bool {
    let parent = fs::read_to_string(file.with_file_name("mod.rs")).unwrap_or_default();
    let declared = format!("mod {};", file.file_stem().unwrap().to_string_lossy());
    let lines: Vec<&str> = parent.lines().map(str::trim).collect();
    lines.windows(2).any(|pair| pair[0] == "#[cfg(test)]" && pair[1].ends_with(&declared))
}

/// Lines of code of a layer, comments and test modules left out.
fn code(layer: &str) -> Vec<(PathBuf, usize, String)> {
    let mut lines = Vec::new();
    for file in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(layer)) {
        let is_tests = is_for_tests(&file);
        let text = fs::read_to_string(&file).unwrap();
        for (number, line) in text.lines().enumerate() {
            if is_tests || line.trim() == "#[cfg(test)]" && text.lines().nth(number + 1).is_some_and(|next| next.contains("mod tests {")) {
                break;
            }
            let line = line.split("//").next().unwrap_or_default();
            lines.push((file.clone(), number + 1, line.to_string()));
        }
    }
    assert!(!lines.is_empty(), "the layer {layer} has no code");
    lines
}

#[test]
fn imports_point_up() {
    let names: BTreeSet<&str> = LAYERS.iter().map(|(name, _)| *name).collect();
    let mut wrong = Vec::new();
    for (layer, may) in LAYERS {
        for (file, number, line) in code(layer) {
            for other in names.iter().filter(|other| **other != layer && !may.contains(*other)) {
                if line.contains(&format!("crate::{other}::")) || line.contains(&format!("crate::{other};")) {
                    wrong.push(format!("{}:{number}: {layer} imports {other}", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn layers_do_not_contain_what_they_must_not() {
    let mut wrong = Vec::new();
    for (layers, words) in BANNED {
        for layer in layers {
            for (file, number, line) in code(layer) {
                for word in words.iter().filter(|word| line.contains(**word)) {
                    wrong.push(format!("{}:{number}: {layer} contains {word}", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_folder_of_the_source_is_a_layer() {
    let folders: BTreeSet<String> = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(folders, LAYERS.iter().map(|(name, _)| (*name).to_string()).collect());
}
