//! `repeat`: a finished run gives the same results again, or is told by which rule it cannot.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should stop")]

mod support;
mod told;

use greenlight::io::manifest::FileRecord;
use greenlight::io::verify;
use serde_json::json;
use std::fs;
use std::process::Output;
use support::{Home, code, reseal, stderr, stdout};

/// A finished run, with everything that `repeat` may look at.
fn finished(more: &[&str]) -> Home {
    let home = Home::new();
    let output = home.run(&[&["run", "small.toml", "--no-charts", "--threads", "2", "--out", "run"], more].concat());
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    home
}

fn repeat(home: &Home) -> Output {
    home.run(&["repeat", "run", "--threads", "1"])
}

#[track_caller]
fn is_not_repeated(home: &Home, because: &str) {
    let output = repeat(home);
    assert_eq!(code(&output), 9, "{because}: {}", stderr(&output));
    assert!(stderr(&output).contains(because) && stdout(&output).is_empty(), "{because}: {}", stderr(&output));
}

#[test]
fn a_finished_run_is_repeated_on_any_threads_and_instructions_from_its_folder_alone() {
    // Four tables and the digest of all; twice as many files as Parquet too; samples.
    let several: [(&[&str], &str); 4] = [
        (&[], "5 digests"),
        (&["--seed", "99", "--set", "supply.stock_chips=123", "--worlds", "10"], "5 digests"),
        (&["--samples"], "6 digests"),
        (&["--samples", "--format", "both"], "11 digests"),
    ];
    for (more, equal) in several {
        let home = finished(more);
        fs::remove_file(home.path().join("small.toml")).unwrap();
        let before = home.tree(".");
        for threads in ["1", "2", "7"] {
            let output = home.run(&["repeat", "run", "--threads", threads, "--isa", "baseline"]);
            assert_eq!(code(&output), 0, "{more:?}: {}", stderr(&output));
            assert!(stdout(&output).contains(equal), "{more:?}: {}", stdout(&output));
        }
        assert!(home.tree(".") == before, "nothing is written");
        let silent = home.run(&["repeat", "run", "--quiet"]);
        assert_eq!((code(&silent), stdout(&silent), stderr(&silent)), (0, String::new(), String::new()));
    }
}

#[test]
fn a_comparison_is_repeated_with_what_it_explains() {
    let home = Home::new();
    home.write(
        "more.toml",
        "schema = 1\nextends = \"small.toml\"\ntitle = \"More\"\n[supply]\nstock_chips = 900000\n[needs]\nscale = 2.0\n",
    );
    // Changes and differences, and the digest of both; the explanation; all of them as Parquet too.
    let several: [(&[&str], &str); 4] = [
        (&["small.toml", "more.toml"], "3 digests"),
        (&["small.toml", "more.toml", "small.toml", "--seed", "3"], "3 digests"),
        (&["small.toml", "more.toml", "--explain=delivered_2026", "--group", "all=supply,needs"], "4 digests"),
        (&["small.toml", "more.toml", "--explain", "--explain-worlds", "10", "--format", "both"], "7 digests"),
    ];
    for (what, equal) in several {
        let output = home.run(&[&["compare", "--no-charts", "--overwrite", "--out", "run"], what].concat());
        assert_eq!(code(&output), 0, "{what:?}: {}", stderr(&output));
        let output = repeat(&home);
        assert_eq!(code(&output), 0, "{what:?}: {}", stderr(&output));
        assert!(stdout(&output).contains(equal), "{what:?}: {}", stdout(&output));
    }
    reseal(&home.path().join("run"), |content| content["explain"]["outcome"] = json!("revenue"));
    is_not_repeated(&home, "other bytes in explanation.csv");
    reseal(&home.path().join("run"), |content| content["explain"] = json!(null));
    is_not_repeated(&home, "results_sha256");
    reseal(&home.path().join("run"), |content| content["model_version"] = json!(999));
    is_not_repeated(&home, "version 999 of the model");
}

#[test]
fn the_version_rule_that_forbids_equality_is_named() {
    let home = finished(&[]);
    let folder = home.path().join("run");
    reseal(&folder, |content| content["stream_version"] = json!(999));
    is_not_repeated(&home, "version 999 of the law of draws");

    let home = finished(&[]);
    let folder = home.path().join("run");
    reseal(&folder, |content| content["model_version"] = json!(999));
    is_not_repeated(&home, "version 999 of the model");

    // Another program with the same laws gets the same results.
    let home = finished(&[]);
    let folder = home.path().join("run");
    reseal(&folder, |content| content["version"] = json!("9.9.9"));
    assert_eq!(code(&repeat(&home)), 0);
    // Unless it does not.
    let table = fs::read_to_string(folder.join("gates.csv")).unwrap().replacen("2026", "2027", 1);
    fs::write(folder.join("gates.csv"), &table).unwrap();
    is_not_repeated(&home, "gates.csv");
    reseal(&folder, |content| content["files"]["gates.csv"]["sha256"] = json!(FileRecord::of(table.as_bytes()).sha256));
    is_not_repeated(&home, "other bytes in gates.csv; they were written by greenlight 9.9.9");
    reseal(&folder, |content| content["version"] = json!(env!("CARGO_PKG_VERSION")));
    is_not_repeated(&home, "other bytes in gates.csv; the same program wrote them");
}

#[test]
fn a_manifest_that_does_not_tell_of_its_own_run_is_found() {
    for (key, value) in [("seed", json!(8)), ("worlds", json!(41)), ("paths_per_world", json!(6))] {
        let home = finished(&[]);
        reseal(&home.path().join("run"), |content| content[key] = value);
        is_not_repeated(&home, "in its manifest");
    }
    let home = finished(&[]);
    reseal(&home.path().join("run"), |content| content["results_sha256"] = json!("00"));
    is_not_repeated(&home, "results_sha256");
}

#[test]
fn every_edit_of_one_byte_of_a_run_is_found() {
    let home = Home::new();
    let small = ["run", "small.toml", "--no-charts", "--outcomes", "delivered_T", "--worlds", "3", "--set", "months=2", "--out", "run"];
    assert_eq!(code(&home.run(&small)), 0);
    let folder = home.path().join("run");
    let mut edits = 0;
    for (name, good) in home.tree("run") {
        for i in 0..good.len() {
            let mut edited = good.clone();
            edited[i] ^= 1 << (i % 8);
            fs::write(folder.join(&name), &edited).unwrap();
            assert!(!verify(&folder).unwrap().1.is_empty(), "byte {i} of {name:?}");
            edits += 1;
        }
        fs::write(folder.join(&name), &good).unwrap();
    }
    assert!(edits > 5_000 && verify(&folder).unwrap().1.is_empty());
    told::figure(format_args!("{edits} edits of one byte, at every place of every file: all found"));
}

#[test]
fn every_folder_is_told_of_and_one_that_is_none_is_no_check() {
    let home = finished(&[]);
    assert_eq!(code(&home.run(&["run", "small.toml", "--no-charts", "--out", "edited"])), 0);
    home.write("edited/gates.csv", "");
    let output = home.run(&["repeat", "edited", "run"]);
    assert_eq!(code(&output), 9);
    assert!(stdout(&output).contains("\"run\" is repeated") && stderr(&output).contains("gates.csv"), "{}", stderr(&output));
    assert_eq!(code(&home.run(&["repeat", "nowhere"])), 7);
    assert_eq!(code(&home.run(&["repeat"])), 2);
}
