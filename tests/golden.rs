//! Digests of the tables of every shipped scenario at small size. They only prove "unchanged": nobody checked these
//! numbers, other tests check the laws they come from.
//!
//! `GREENLIGHT_BLESS=1 cargo test --release --test golden` rewrites `tests/golden.txt`; a renewed digest is a
//! *value-changing* entry in the changelog.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::shipped;
use greenlight::cli::summarise;
use greenlight::engine::{Pool, Stop};
use greenlight::io::scenario_files::load;
use greenlight::io::tables;
use greenlight::model::{Audit, Model};
use std::fmt::Write;
use std::num::NonZeroUsize;
use std::path::Path;

/// Large enough that every mechanism acts, small enough that all scenarios take a few seconds.
const COUNTS: [&str; 2] = ["simulation.worlds=60", "simulation.paths_per_world=5"];

fn digest(file: &Path, threads: usize) -> String {
    let scenario = load(file, &COUNTS.map(str::to_string)).unwrap_or_else(|error| panic!("{error}"));
    let model = Model::new(scenario, Audit::EachMonth).unwrap();
    let pool = Pool::new(NonZeroUsize::new(threads).unwrap()).unwrap();
    let summary = summarise(&model, &pool, &|_| {}, &Stop::default()).expect("it runs");
    tables::digest(&tables::tables(&summary).unwrap())
}

#[test]
fn tables_of_shipped_scenarios_are_unchanged_on_any_number_of_threads() {
    let mut found = String::new();
    for file in shipped() {
        let [one, two, seven] = [1, 2, 7].map(|threads| digest(&file, threads));
        assert!(one == two && one == seven, "{} differs between 1, 2 and 7 threads", file.display());
        writeln!(found, "{one}  {}", file.file_stem().unwrap().to_string_lossy()).unwrap();
    }
    let stored = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden.txt");
    if std::env::var_os("GREENLIGHT_BLESS").is_some() {
        std::fs::write(&stored, &found).unwrap();
    }
    let expected = std::fs::read_to_string(&stored).unwrap_or_default();
    let changed: Vec<&str> = found.lines().filter(|line| !expected.contains(line)).collect();
    assert!(changed.is_empty(), "these results changed; if that is meant, see the head of this file:\n{}", changed.join("\n"));
    assert_eq!(found.lines().count(), expected.lines().count(), "a shipped scenario vanished");
}
