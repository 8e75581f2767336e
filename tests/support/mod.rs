//! What the tests of the program share: a home with a small scenario, and ways to look at folders.

#![allow(dead_code, reason = "each test file uses its own part")]

use greenlight::io::manifest::hex;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A scenario that is done in a blink.
pub const SMALL: &str = r#"
schema = 1
title  = "Small"
as_of  = 2025-12-10
start  = "2026-01"
months = 6

[simulation]
seed            = 7
worlds          = 40
paths_per_world = 5

[buyers.alpha]
name           = "Alpha"
need_per_month = 12_000

[buyers.beta]
name           = "Beta"
need_per_month = 3_000
training_share = { uniform = [0.2, 0.8] }
"#;

/// A scratch folder with `small.toml` in it, removed at the end.
pub struct Home {
    folder: tempfile::TempDir,
}

impl Home {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("small.toml"), SMALL).unwrap();
        Self { folder }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path().join(name), text).unwrap();
    }

    /// The program, ready to be given arguments, in this folder.
    pub fn command(&self) -> Command {
        let mut command = Command::new(program());
        command.current_dir(self.path());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command().args(arguments).output().unwrap()
    }

    /// Every file and folder below `name`, with the files' bytes; empty if there is no such folder.
    pub fn tree(&self, name: &str) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut found = BTreeMap::new();
        let mut open = vec![self.path().join(name)];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten() {
                let path = entry.unwrap().path();
                let inner = path.strip_prefix(self.path().join(name)).unwrap().to_owned();
                if path.is_dir() {
                    open.push(path);
                    found.insert(inner, Vec::new());
                } else {
                    found.insert(inner, fs::read(&path).unwrap());
                }
            }
        }
        found
    }

    /// The names in a folder of this home, hidden ones too.
    pub fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path().join(folder)).into_iter().flatten();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Whether `verify` calls a folder intact.
    pub fn is_intact(&self, folder: &str) -> bool {
        self.run(&["verify", folder]).status.success()
    }
}

/// Changes a manifest and seals it again, as its own program would have written it.
pub fn reseal(folder: &Path, change: impl FnOnce(&mut Value)) {
    let path = folder.join("manifest.json");
    let mut content: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    change(&mut content);
    content.as_object_mut().unwrap().remove("manifest_sha256");
    content["manifest_sha256"] = hex(&Sha256::digest(format!("{content:#}"))).into();
    fs::write(path, format!("{content:#}\n")).unwrap();
}

pub fn program() -> &'static str {
    env!("CARGO_BIN_EXE_greenlight")
}

/// The moment, for measuring how long the program takes.
#[expect(clippy::disallowed_methods, reason = "a test may look at the clock")]
pub fn now() -> std::time::Instant {
    std::time::Instant::now()
}

pub fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or_else(|| panic!("killed: {output:?}"))
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}
