//! Digests of the tables of every shipped scenario at small size. They only prove "unchanged": nobody checked these
//! numbers, other tests check the laws they come from.
//!
//! `GREENLIGHT_BLESS=1 cargo test --release --test golden` rewrites `tests/golden.txt`; a renewed digest is a
//! *value-changing* entry in the changelog. Results of one scenario never change under the same versions of the law of draws and
//! of the model: that is what `repeat` and checkpoints go by, so that not even the rewriting lets them.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;
mod told;

use common::shipped;
use greenlight::cli::summarise;
use greenlight::engine::{Pool, Stop};
use greenlight::io::checkpoint::Identity;
use greenlight::io::scenario_files::load;
use greenlight::io::tables;
use greenlight::model::{Audit, MODEL_VERSION, Model};
use greenlight::random::STREAM_VERSION;
use std::fmt::Write;
use std::num::NonZeroUsize;
use std::path::Path;

/// Large enough that every mechanism acts, small enough that all scenarios take a few seconds.
const COUNTS: [&str; 2] = ["simulation.worlds=60", "simulation.paths_per_world=5"];

/// The digests of the results and of the scenario they come from.
fn digests(file: &Path, threads: usize) -> (String, String) {
    let scenario = load(file, &COUNTS.map(str::to_string)).unwrap_or_else(|error| panic!("{error}"));
    let inputs = Identity::of(scenario.simulation, [&scenario]).scenario_sha256;
    let model = Model::new(scenario, Audit::EachMonth).unwrap();
    let pool = Pool::new(NonZeroUsize::new(threads).unwrap()).unwrap();
    let summary = summarise(&model, &pool, &|_| {}, &Stop::default()).expect("it runs");
    (tables::digest(&tables::tables(&summary).unwrap()), inputs)
}

/// Names of scenarios whose results are others although neither the scenario nor a version is.
fn unversioned<'a>(found: &'a str, stored: &str) -> Vec<&'a str> {
    if found.lines().next() != stored.lines().next() {
        return Vec::new();
    }
    let words = |line: &'a str| line.split_whitespace().collect::<Vec<_>>();
    let before: Vec<Vec<&str>> = stored.lines().map(|line| line.split_whitespace().collect()).collect();
    let is_unversioned = |now: &Vec<&str>| before.iter().any(|then| then[1..] == now[1..] && then[0] != now[0]);
    found.lines().skip(1).map(words).filter(is_unversioned).map(|now| now[2]).collect()
}

#[test]
fn tables_of_shipped_scenarios_are_unchanged_on_any_number_of_threads() {
    let mut found = format!("stream {STREAM_VERSION} model {MODEL_VERSION}\n");
    for file in shipped() {
        let [one, two, seven] = [1, 2, 7].map(|threads| digests(&file, threads));
        assert!(one == two && one == seven, "{} differs between 1, 2 and 7 threads", file.display());
        writeln!(found, "{} {} {}", one.0, one.1, file.file_stem().unwrap().to_string_lossy()).unwrap();
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden.txt");
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    let wrong = unversioned(&found, &stored);
    assert!(
        wrong.is_empty(),
        "{wrong:?} have other results under the same versions: raise MODEL_VERSION in src/model/mod.rs, or STREAM_VERSION in \
         src/random/address.rs if a draw moved, then run `just goldens` and mark the entry in the changelog *value-changing*"
    );
    if std::env::var_os("GREENLIGHT_BLESS").is_some() {
        std::fs::write(&path, &found).unwrap();
        return;
    }
    let changed: Vec<&str> = found.lines().filter(|line| !stored.lines().any(|before| before == *line)).collect();
    assert!(changed.is_empty(), "these results or scenarios changed; run `just goldens`:\n{}", changed.join("\n"));
    told::figure(format_args!("{} scenarios on 1, 2 and 7 threads: digests as stored", found.lines().count() - 1));
    assert_eq!(found.lines().count(), stored.lines().count(), "a shipped scenario vanished");
}

#[test]
fn other_results_need_another_version_and_another_scenario_does_not() {
    let stored = "stream 2 model 1\naa 11 one\nbb 22 two\n";
    assert_eq!(unversioned("stream 2 model 1\naa 11 one\ncc 22 two\n", stored), ["two"]);
    for fine in [stored, "stream 2 model 2\naa 11 one\ncc 22 two\n", "stream 2 model 1\naa 11 one\ncc 33 two\ndd 44 three\n"] {
        assert!(unversioned(fine, stored).is_empty(), "{fine}");
    }
}
